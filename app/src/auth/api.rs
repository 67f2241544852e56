//! Log in, log out, and who I am: server functions.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments, whose fields can’t be documented")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::wire::{AccountPage, Ceremony, Confirmation, EnrolmentPage, Measure, OrgCard, Owed, RecoveryCodes, Shell};
use crate::{error::Result, packed::Packed, ui::Sender};

/// Logs in with email and password, then goes to `next` (a path on this site) or to the organisations: straight to it
/// where there is one. Where something more is owed, it goes there first.
#[server(name = LogIn, prefix = "/fn", endpoint = "auth/log-in", output = Packed, client = Sender)]
pub async fn log_in(
    email: String,
    password: String,
    #[server(default)] remember: bool,
    next: Option<String>,
) -> Result<()> {
    use super::log_in;
    use crate::request;
    let platform = request::platform();
    let admitted =
        request::page(log_in::with_password(&platform, &email, &password, remember, &request::browser()).await)?;
    admit(&admitted, next.as_deref());
    Ok(())
}

/// Takes the code that is owed after the password.
#[server(name = EnterCode, prefix = "/fn", endpoint = "auth/code", output = Packed, client = Sender)]
pub async fn enter_code(code: String, next: Option<String>) -> Result<()> {
    use super::log_in;
    use crate::request;
    let half = request::page(request::standing().half_in())?;
    let admitted = request::page(log_in::with_code(&request::platform(), half, &code, &request::browser()).await)?;
    admit(&admitted, next.as_deref());
    Ok(())
}

/// Logs out and goes to the landing page. What waits in this browser of whoever does is forgotten.
#[server(name = LogOut, prefix = "/fn", endpoint = "auth/log-out", output = Packed, client = Sender)]
pub async fn log_out() -> Result<()> {
    use super::session;
    use crate::request;
    let platform = request::platform();
    if let Some(cookie) = request::session_cookie().await? {
        request::page(session::log_out(&platform, &cookie).await)?;
    }
    request::set_cookie(&session::removal_cookie(&platform));
    if let Some(user) = request::standing().user() {
        request::page(request::has_left(user).await)?;
    }
    leptos_axum::redirect("/");
    Ok(())
}

/// What an authenticator app needs: for somebody who owes a second factor, or wants one.
#[server(name = ReadEnrolment, prefix = "/fn", endpoint = "auth/enrolment", input = GetUrl, output = Packed)]
pub async fn enrolment() -> Result<EnrolmentPage> {
    use super::log_in;
    use crate::request;
    let enrolment = request::page(log_in::enrolment(&request::platform(), request::standing()).await)?;
    let picture = request::page(qr(&enrolment.address))?;
    Ok(EnrolmentPage { picture, address: enrolment.address, secret: enrolment.secret })
}

/// Confirms the authenticator app by its first code. The recovery codes are shown this once.
#[server(name = ConfirmEnrolment, prefix = "/fn", endpoint = "auth/confirm-enrolment", output = Packed, client = Sender)]
pub async fn confirm_enrolment(code: String) -> Result<RecoveryCodes> {
    use super::{log_in, standing::Standing};
    use crate::request;
    let platform = request::platform();
    let standing = request::standing();
    let (admitted, codes) = if let Standing::Half(half) = standing {
        request::page(log_in::with_enrolment(&platform, half, &code, &request::browser()).await)?
    } else {
        let elevated = request::page(standing.elevated())?;
        request::page(log_in::add_factor(&platform, elevated, &code).await)?
    };
    set_cookies(&admitted);
    Ok(show_codes(codes, "/account?app=1").await)
}

/// What somebody who gave their password can go on with.
#[server(name = ReadOwed, prefix = "/fn", endpoint = "auth/owed", input = GetUrl, output = Packed)]
pub async fn owed() -> Result<Owed> {
    use super::log_in;
    use crate::request;
    let half = request::page(request::standing().half_in())?;
    request::page(log_in::owed(&request::platform(), half).await)
}

/// Asks for something to sign with a passkey: to `add` one, to `log_in`, as the `code` after the password, or to show `again`
/// who one is.
#[server(name = BeginPasskey, prefix = "/fn", endpoint = "auth/passkey-begin", output = Packed, client = Sender)]
pub async fn begin_passkey(purpose: String) -> Result<Ceremony> {
    use super::passkeys::{self, Purpose};
    use crate::request;
    let purpose = request::page(Purpose::parse(&purpose))?;
    request::page(passkeys::begin(&request::platform(), request::standing(), purpose).await)
}

/// Logs in with a passkey alone.
#[server(name = LogInWithPasskey, prefix = "/fn", endpoint = "auth/passkey-log-in", output = Packed, client = Sender)]
pub async fn log_in_with_passkey(token: String, answer: String, next: Option<String>) -> Result<()> {
    use super::passkeys;
    use crate::request;
    let platform = request::platform();
    let admitted = request::page(passkeys::log_in(&platform, &token, &answer, &request::browser()).await)?;
    admit(&admitted, next.as_deref());
    Ok(())
}

/// Takes a passkey instead of the code that is owed after the password.
#[server(name = EnterPasskey, prefix = "/fn", endpoint = "auth/passkey-code", output = Packed, client = Sender)]
pub async fn enter_passkey(token: String, answer: String, next: Option<String>) -> Result<()> {
    use super::passkeys;
    use crate::request;
    let half = request::page(request::standing().half_in())?;
    let platform = request::platform();
    let admitted = request::page(passkeys::with_passkey(&platform, half, &token, &answer, &request::browser()).await)?;
    admit(&admitted, next.as_deref());
    Ok(())
}

/// Shows with a passkey again who one is. Then goes to `next`.
#[server(name = ConfirmAgainWithPasskey, prefix = "/fn", endpoint = "auth/passkey-again", output = Packed, client = Sender)]
pub async fn confirm_again_with_passkey(token: String, answer: String, next: Option<String>) -> Result<()> {
    use super::passkeys;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    let admitted = request::page(passkeys::again(&request::platform(), person, &token, &answer).await)?;
    set_cookies(&admitted);
    let next = next.filter(|path| request::is_local_path(path)).unwrap_or_else(|| "/account".to_owned());
    leptos_axum::redirect(&next);
    Ok(())
}

/// Keeps a passkey that was just made. With the first second factor come recovery codes, shown this once.
#[server(name = AddPasskey, prefix = "/fn", endpoint = "auth/passkey-add", output = Packed, client = Sender)]
pub async fn add_passkey(token: String, answer: String, name: String) -> Result<RecoveryCodes> {
    use super::passkeys;
    use crate::request;
    let platform = request::platform();
    let added = passkeys::add(&platform, request::standing(), &token, &answer, &name, &request::browser()).await;
    let (admitted, codes) = request::page(added)?;
    set_cookies(&admitted);
    Ok(show_codes(codes, "/account?passkey=1").await)
}

/// Takes a passkey away.
#[server(name = RemovePasskey, prefix = "/fn", endpoint = "auth/passkey-remove", output = Packed, client = Sender)]
pub async fn remove_passkey(id: String) -> Result<()> {
    use super::passkeys;
    use crate::{error::AppError, request};
    let elevated = request::page(request::standing().elevated())?;
    let id = request::page(id.parse().map_err(|_| AppError::not_found("that passkey")))?;
    let admitted = request::page(passkeys::remove(&request::platform(), elevated, id).await)?;
    set_cookies(&admitted);
    leptos_axum::redirect("/account?passkey_removed=1");
    Ok(())
}

/// Shows again who one is: the password, and a code where there is a second factor. Then goes to `next`.
#[server(name = ConfirmAgain, prefix = "/fn", endpoint = "auth/again", output = Packed, client = Sender)]
pub async fn confirm_again(password: String, code: Option<String>, next: Option<String>) -> Result<()> {
    use super::log_in;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    let code = code.unwrap_or_default();
    let admitted =
        request::page(log_in::again(&request::platform(), person, &password, &code, &request::browser()).await)?;
    set_cookies(&admitted);
    let next = next.filter(|path| request::is_local_path(path)).unwrap_or_else(|| "/account".to_owned());
    leptos_axum::redirect(&next);
    Ok(())
}

/// Gives oneself another password.
#[server(name = ChangePassword, prefix = "/fn", endpoint = "auth/change-password", output = Packed, client = Sender)]
pub async fn change_password(password: String) -> Result<()> {
    use super::log_in;
    use crate::request;
    let elevated = request::page(request::standing().elevated())?;
    let admitted = request::page(log_in::change_password(&request::platform(), elevated, &password).await)?;
    set_cookies(&admitted);
    leptos_axum::redirect("/account?password=1");
    Ok(())
}

/// Takes down that somebody forgot their password. The answer is the same for every address.
#[server(name = AskReset, prefix = "/fn", endpoint = "auth/ask-reset", output = Packed, client = Sender)]
pub async fn ask_reset(email: String) -> Result<()> {
    use super::{recovery, sent};
    use crate::{pages::RESET_SENT, request};
    let platform = request::platform();
    request::page(recovery::ask(&platform, &email, &request::browser()).await)?;
    sent::remember(&platform, sent::Kind::Reset, sent::Asked { email, ..sent::Asked::default() });
    leptos_axum::redirect(RESET_SENT);
    Ok(())
}

/// Whose password a mailed link sets.
#[server(name = ReadReset, prefix = "/fn", endpoint = "auth/reset-link", input = GetUrl, output = Packed)]
pub async fn reset_link(token: String) -> Result<String> {
    use super::recovery;
    use crate::request;
    Ok(request::page(recovery::look(&request::platform(), &token).await)?.email)
}

/// Sets another password with a mailed link.
#[server(name = ResetPassword, prefix = "/fn", endpoint = "auth/reset", output = Packed, client = Sender)]
pub async fn reset_password(token: String, password: String) -> Result<()> {
    use super::{recovery, session};
    use crate::request;
    let platform = request::platform();
    request::page(recovery::reset(&platform, &token, &password).await)?;
    // Whoever was logged in here is so no longer.
    request::set_cookie(&session::removal_cookie(&platform));
    leptos_axum::redirect("/login?reset=1");
    Ok(())
}

/// How hard a password would be to guess, while it is typed: for somebody logged in, or with a link that sets one.
#[server(name = MeasurePassword, prefix = "/fn", endpoint = "auth/measure-password", output = Packed, client = Sender)]
pub async fn measure_password(password: String, token: String) -> Result<Measure> {
    use super::{
        accounts::{self, Person},
        password, recovery,
        standing::Standing,
    };
    use crate::{people::invitations, request};
    let platform = request::platform();
    let person = match request::standing().logged_in() {
        Ok(person) => accounts::person(&platform, person.user()).await,
        Err(_) => match recovery::look(&platform, &token).await {
            Ok(person) => Ok(person),
            Err(_) => invitations::look(&platform, Standing::Anonymous, &token)
                .await
                .map(|invited| Person { name: String::new(), email: invited.email }),
        },
    };
    let person = request::page(person)?;
    let password::Strength { score, advice } = password::strength(&password, &[&person.name, &person.email]);
    Ok(Measure { score, advice })
}

/// What a mailed link about an address would do.
#[server(name = ReadConfirmation, prefix = "/fn", endpoint = "auth/confirmation", input = GetUrl, output = Packed)]
pub async fn confirmation(token: String) -> Result<Confirmation> {
    use super::{email, mailed_link::Purpose};
    use crate::request;
    Ok(match request::page(email::look(&request::platform(), &token).await)? {
        Purpose::OldEmail => Confirmation::Agree,
        _ => Confirmation::Address,
    })
}

/// Uses a mailed link about an address.
#[server(name = ConfirmEmail, prefix = "/fn", endpoint = "auth/confirm-email", output = Packed, client = Sender)]
pub async fn confirm_email(token: String) -> Result<()> {
    use super::email::{self, Confirmed};
    use crate::request;
    let to = match request::page(email::confirm(&request::platform(), &token).await)? {
        Confirmed::Address => "/login/confirmed?address=1",
        Confirmed::Half => "/login/confirmed?half=1",
        Confirmed::Changed => "/login/confirmed?changed=1",
    };
    leptos_axum::redirect(to);
    Ok(())
}

/// Has a link mailed that shows that one reads mail at one's address.
#[server(name = AskToConfirmEmail, prefix = "/fn", endpoint = "auth/ask-to-confirm-email", output = Packed, client = Sender)]
pub async fn ask_to_confirm_email() -> Result<()> {
    use super::email;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    request::page(email::ask_to_confirm(&request::platform(), person).await)?;
    leptos_axum::redirect("/account?mailed=1");
    Ok(())
}

/// Asks for another address.
#[server(name = ChangeEmail, prefix = "/fn", endpoint = "auth/change-email", output = Packed, client = Sender)]
pub async fn change_email(email: String) -> Result<()> {
    use super::email;
    use crate::request;
    let elevated = request::page(request::standing().elevated())?;
    request::page(email::ask_to_change(&request::platform(), elevated, &email).await)?;
    leptos_axum::redirect("/account?changing=1");
    Ok(())
}

/// Thinks better of another address.
#[server(name = KeepEmail, prefix = "/fn", endpoint = "auth/keep-email", output = Packed, client = Sender)]
pub async fn keep_email() -> Result<()> {
    use super::email;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    request::page(email::cancel_change(&request::platform(), person).await)?;
    leptos_axum::redirect("/account?kept=1");
    Ok(())
}

/// Changes one's name.
#[server(name = ChangeName, prefix = "/fn", endpoint = "auth/change-name", output = Packed, client = Sender)]
pub async fn change_name(name: String) -> Result<()> {
    use super::accounts;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    request::page(accounts::rename(&request::platform(), person.user(), &name).await)?;
    leptos_axum::redirect("/account?named=1");
    Ok(())
}

/// Takes the second factor away.
#[server(name = RemoveFactor, prefix = "/fn", endpoint = "auth/remove-factor", output = Packed, client = Sender)]
pub async fn remove_factor() -> Result<()> {
    use super::log_in;
    use crate::request;
    let elevated = request::page(request::standing().elevated())?;
    let admitted = request::page(log_in::remove_factor(&request::platform(), elevated).await)?;
    set_cookies(&admitted);
    leptos_axum::redirect("/account?removed=1");
    Ok(())
}

/// Replaces the recovery codes; shown this once.
#[server(name = NewRecoveryCodes, prefix = "/fn", endpoint = "auth/new-recovery-codes", output = Packed, client = Sender)]
pub async fn new_recovery_codes() -> Result<RecoveryCodes> {
    use super::log_in;
    use crate::request;
    let elevated = request::page(request::standing().elevated())?;
    let (admitted, codes) = request::page(log_in::new_recovery_codes(&request::platform(), elevated).await)?;
    set_cookies(&admitted);
    Ok(show_codes(codes, "/account").await)
}

/// How somebody's account is secured, and where they are logged in.
#[server(name = ReadAccount, prefix = "/fn", endpoint = "auth/account", input = GetUrl, output = Packed)]
pub async fn account() -> Result<AccountPage> {
    use super::overview;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    request::page(overview::account(&request::platform(), person).await)
}

/// Ends one of one's own sessions.
#[server(name = EndSession, prefix = "/fn", endpoint = "auth/end-session", output = Packed, client = Sender)]
pub async fn end_session(id: String) -> Result<()> {
    use super::session;
    use crate::{error::AppError, request};
    let person = request::page(request::standing().logged_in())?;
    let id = request::page(id.parse().map_err(|_| AppError::not_found("that session")))?;
    request::page(session::end(&request::platform(), person, id).await)?;
    leptos_axum::redirect("/account?ended=1");
    Ok(())
}

/// Logs out everywhere but here.
#[server(name = LogOutElsewhere, prefix = "/fn", endpoint = "auth/log-out-elsewhere", output = Packed, client = Sender)]
pub async fn log_out_elsewhere() -> Result<()> {
    use super::session;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    request::page(session::end_elsewhere(&request::platform(), person).await)?;
    leptos_axum::redirect("/account?elsewhere=1");
    Ok(())
}

/// Logs out everywhere, here too.
#[server(name = LogOutEverywhere, prefix = "/fn", endpoint = "auth/log-out-everywhere", output = Packed, client = Sender)]
pub async fn log_out_everywhere() -> Result<()> {
    use super::session;
    use crate::request;
    let platform = request::platform();
    let person = request::page(request::standing().logged_in())?;
    request::page(session::end_all(&platform, person).await)?;
    request::set_cookie(&session::removal_cookie(&platform));
    request::page(request::has_left(person.user()).await)?;
    leptos_axum::redirect("/login?everywhere=1");
    Ok(())
}

/// What the dashboard's frame shows: the organisation, the person, the navigation that their role allows.
#[server(prefix = "/fn", endpoint = "auth/whoami", input = GetUrl, output = Packed)]
pub async fn whoami(org: String) -> Result<Shell> {
    use super::{accounts, wire::NavItem};
    use crate::{
        admin::operator,
        billing,
        db::Access,
        org::{OrgRef, OrgTx},
        people::members,
        permissions, request, settings, support,
    };
    let platform = request::platform();
    let actor = request::actor();
    let mut tx =
        request::part(OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &permissions::ENTER, Access::Read).await)?;
    let modules = members::modules(&mut tx).await?;
    let groups = settings::hub::allowed(&mut tx).await?;
    let settings = (!groups.is_empty()).then(|| NavItem {
        label: "Settings".to_owned(),
        href: format!("/app/{org}/settings"),
        icon: "settings".to_owned(),
        also: groups.into_iter().flat_map(|group| group.pages).map(|page| page.href).collect(),
    });
    let nav = modules
        .iter()
        .flat_map(|module| {
            module.nav().iter().filter(|entry| {
                module.permissions().iter().any(|permission| permission.name == entry.needs && tx.allows(permission))
            })
        })
        .map(|entry| NavItem {
            label: entry.label.to_owned(),
            href: format!("/app/{org}{}", entry.path),
            icon: entry.icon.to_owned(),
            also: Vec::new(),
        })
        .chain(settings)
        .collect();
    let (org_name, role, member, user) = (tx.org().name.clone(), tx.role(), tx.user(), tx.person());
    let factor_due_on = match (member, role) {
        (Some(user), Some(role)) => request::page(factor_due_on(&mut tx, user, role).await)?,
        _ => None,
    };
    let plan = request::page(billing::views::notice(&mut tx).await)?;
    let is_support = tx.support().is_some();
    let support = request::page(support::views::notice(&mut tx).await)?;
    // One at a time: what can wait does.
    let plan = plan.filter(|plan| !plan.calm || (support.is_none() && factor_due_on.is_none()));
    let operator = match user {
        Some(user) => request::page(operator::runs_platform(tx.platform_part(), user).await)?,
        None => false,
    };
    tx.rollback().await?;
    let (user_name, others) = match user {
        Some(user) => (accounts::name_of(&platform, user).await?, accounts::orgs_of(&platform, user).await?),
        None => (String::new(), Vec::new()),
    };
    let others = others.into_iter().filter(|other| other.slug != org).map(card).collect();
    let role = role.map(|role| if is_support { "support" } else { role.as_str() }.to_owned()).unwrap_or_default();
    Ok(Shell { org_slug: org, org_name, user_name, role, others, factor_due_on, plan, support, operator, nav })
}

/// The organisations that I belong to; leads straight to it where there is one.
#[server(prefix = "/fn", endpoint = "auth/orgs", input = GetUrl, output = Packed)]
pub async fn my_orgs() -> Result<Vec<OrgCard>> {
    use super::accounts;
    use crate::{
        error::{AppError, Code},
        onboarding,
        org::Actor,
        request,
    };
    let Actor::User(user) = request::actor() else {
        return request::page(Err(AppError::new(Code::Unauthenticated, "Please log in to go on.")));
    };
    let orgs = request::page(accounts::orgs_of(&request::platform(), user).await)?;
    if let [only] = orgs.as_slice() {
        leptos_axum::redirect(&only.home());
    } else if orgs.is_empty()
        && let Some(begun) = request::page(onboarding::begun_by(&request::platform(), user).await)?
    {
        // Whoever has left in the middle of signing up goes on there.
        leptos_axum::redirect(&format!("/start/pay/{begun}"));
    }
    Ok(orgs.into_iter().map(card).collect())
}

#[cfg(feature = "ssr")]
fn card(org: super::accounts::Membership) -> OrgCard {
    OrgCard { home: org.home(), role: org.role.as_str().to_owned(), name: org.name }
}

/// From when on this member needs a second factor, where they have none and that is still to come.
#[cfg(feature = "ssr")]
async fn factor_due_on(
    tx: &mut crate::org::OrgTx,
    user: crate::ids::UserId,
    role: crate::org::Role,
) -> Result<Option<String>> {
    use super::factor;
    use crate::people::{security, views};
    let holds = security::read(tx).await?;
    let due = crate::org::factor_due(role, holds.due_at, holds.admins_due_at);
    let Some(due) = due.filter(|due| holds.policy.asks(role) && tx.now() < *due) else { return Ok(None) };
    let state = factor::state(tx.platform_part(), user).await?;
    Ok(state.since.is_none().then(|| views::day(tx, due)))
}

/// Sets the cookies of a step, and goes on to what comes next.
#[cfg(feature = "ssr")]
pub(crate) fn admit(admitted: &super::log_in::Admitted, next: Option<&str>) {
    use super::standing::Step;
    use crate::{request, ui::with_query};
    set_cookies(admitted);
    let next = next.filter(|path| request::is_local_path(path)).unwrap_or("/app");
    let to = match admitted.step {
        None => next.to_owned(),
        Some(Step::Code) => with_query("/login/code", &[("next", next)]),
        Some(Step::Enrolment) => with_query("/login/set-up", &[("next", next)]),
    };
    leptos_axum::redirect(&to);
}

/// Shows recovery codes this once; or leads on where there are none to show.
#[cfg(feature = "ssr")]
async fn show_codes(codes: Vec<String>, or: &str) -> RecoveryCodes {
    use super::accounts;
    use crate::request;
    if codes.is_empty() {
        leptos_axum::redirect(or);
        return RecoveryCodes { email: String::new(), codes };
    }
    // They are made, and shown whatever becomes of this.
    let email = match request::standing().user() {
        Some(user) => accounts::email_of(&request::platform(), user).await.unwrap_or_default(),
        None => String::new(),
    };
    let codes = RecoveryCodes { email, codes };
    request::show_once(&codes);
    codes
}

#[cfg(feature = "ssr")]
fn set_cookies(admitted: &super::log_in::Admitted) {
    use super::{log_in, session};
    use crate::request;
    let platform = request::platform();
    request::set_cookie(&session::cookie(&platform, &admitted.token, admitted.remembered));
    if let Some(known) = &admitted.known {
        request::set_cookie(&log_in::known_cookie(&platform, known));
    }
}

/// The address as a picture, made here: nobody else sees the secret in it.
#[cfg(feature = "ssr")]
fn qr(address: &str) -> Result<String> {
    use crate::error::AppError;
    use base64::{Engine, engine::general_purpose::STANDARD};
    use qrcode::{QrCode, render::svg};
    let code = QrCode::new(address).map_err(|_| AppError::internal())?;
    let svg = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    Ok(format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
}
