//! Partners: organisations that invite businesses, within bounds that whoever runs the platform has agreed to with them. What a
//! business agrees to is between it and the platform; a partner sees that an invitation was taken up, and nothing more.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    Fresh, LIFE_SECONDS, Signup, SignupId, insert, invited_by,
    invites::{First, Offer},
    read, replace_link, views,
};
use crate::{
    admin::{
        operator::{Acting, Operator},
        orgs::refuse_closed,
    },
    audit::{self, Detail},
    auth::{
        accounts, log_in,
        secret_token::{Kind, SecretToken},
        standing::{Elevated, LoggedIn},
        throttle::{self, Subject},
    },
    billing::{
        plans::{self, Plan},
        views::each,
    },
    crypto::normalise_email,
    db::Access,
    error::{AppError, FieldErrors, Result},
    mail,
    modules::MODULES,
    money::{self, dollars},
    org::{Actor, OrgRef, OrgTx},
    permissions,
    platform::{PLATFORM_OWNER, Platform},
    platform_sql, sql,
    ui::Choice,
    web::check_name,
};

/// The longest free time that can be agreed to.
const MOST_FREE_DAYS: i64 = 730;
/// The most invitations that can be open at a time.
const MOST_OPEN: i64 = 1000;
/// So many are shown.
const SHOWN: i64 = 200;

/// What a partner may offer.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Bounds {
    /// The names of the plans, with spaces between.
    pub plans: String,
    /// The longest free time.
    pub most_free_days: i64,
    /// The lowest price, in percent of the plan’s; `None`: no other than the plan’s.
    pub least_percent: Option<i64>,
    /// So many invitations may be open at a time.
    pub most_open: i64,
}

impl Bounds {
    /// This plan may be offered.
    pub fn offers(&self, plan: &str) -> bool {
        self.plans.split(' ').any(|name| name == plan)
    }

    /// The lowest price for what costs so much, both in cents: to the next cent above.
    fn least(&self, list: i64) -> Option<i64> {
        Some((list * self.least_percent? + 99) / 100)
    }
}

/// The same, as the operator’s form gives it.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The names of the plans.
    pub plans: Vec<String>,
    /// Days.
    pub most_free_days: String,
    /// Percent of the list price; empty: the list price alone.
    pub least_percent: String,
    /// A number.
    pub most_open: String,
}

/// What becomes of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has answered it yet.
    Invited,
    /// The business has its organisation.
    Accepted,
    /// It is too old.
    Expired,
    /// It was taken back.
    Revoked,
}

/// An invitation, on the partner’s page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: SignupId,
    /// What the partner called the business.
    pub business: String,
    /// Whom it is for.
    pub email: String,
    /// "Team, 5 people, $49.50 a month, including GST, the first 30 days free"
    pub offer: String,
    /// What became of it.
    pub state: State,
    /// "1 December 2026": until when it is good.
    pub until: String,
}

/// A partner’s page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The newest first.
    pub lines: Vec<Line>,
    /// The plans to choose from.
    pub plans: Vec<(String, String)>,
    /// The modules to choose from.
    pub modules: Vec<Choice>,
    /// What it may offer.
    pub bounds: Bounds,
    /// So many more can be open.
    pub left: i64,
    /// Whoever is asking has just shown again who they are.
    pub confirmed: bool,
}

/// Makes an organisation a partner, or agrees to other bounds with one. They hold for what is offered from then on.
///
/// # Errors
/// 422 at the field that is wrong; 404 for an address that nobody has.
pub async fn agree(platform: &Platform, by: Acting, slug: &str, given: &Given) -> Result<()> {
    let fresh = checked(platform, given)?;
    let mut tx = as_operator(platform, slug, Access::Write).await?;
    refuse_closed(&tx)?;
    if bounds(&mut tx).await?.as_ref() == Some(&fresh) {
        return tx.rollback().await;
    }
    let now = tx.now();
    sql!(
        exec,
        &mut tx,
        "INSERT INTO partners (org_id, plans, most_free_days, least_percent, most_open, since) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (org_id) DO UPDATE SET plans = $2, most_free_days = $3, least_percent = $4, most_open = $5",
        fresh.plans.as_str(),
        fresh.most_free_days,
        fresh.least_percent,
        fresh.most_open,
        now
    )?;
    let title = |name: &str| platform.plans().current(name).map_or_else(|| name.to_owned(), |plan| plan.title.clone());
    let titles: Vec<String> = fresh.plans.split(' ').map(title).collect();
    let detail = Detail::default()
        .with("plans", titles.join(", "))
        .with("most free days", fresh.most_free_days)
        .with(
            "lowest price",
            fresh.least_percent.map_or_else(|| "the list price".to_owned(), |least| format!("{least}%")),
        )
        .with("open at a time", fresh.most_open);
    note(&mut tx, by, "platform.partner_agreed", "admin.partner_agreed", &detail).await?;
    tx.commit().await
}

/// Ends a partnership. What is open is taken back with it, in the same moment: nobody is invited in the name of who isn’t a partner.
/// `typed` is its word in addresses, as a sign that it is meant.
///
/// # Errors
/// 404 for an address that nobody has; 409 for who is no partner; 422 at `typed` for another word.
pub async fn end(platform: &Platform, by: Acting, slug: &str, typed: &str) -> Result<()> {
    let mut tx = as_operator(platform, slug, Access::Write).await?;
    if typed.trim() != tx.org().slug {
        return Err(AppError::field("typed", format!("Type its word in addresses: {}.", tx.org().slug)));
    }
    if sql!(exec, &mut tx, "DELETE FROM partners WHERE org_id = $1")? == 0 {
        return Err(AppError::conflict("It isn’t a partner."));
    }
    let (org, now) = (tx.id(), tx.now());
    let taken_back = platform_sql!(
        exec,
        tx.platform_part(),
        "UPDATE signups SET withdrawn_at = $2 WHERE partner_org = $1 AND made_org IS NULL AND withdrawn_at IS NULL",
        org,
        now
    )?;
    let detail = Detail::default().with("invitations taken back", taken_back);
    note(&mut tx, by, "platform.partner_ended", "admin.partner_ended", &detail).await?;
    tx.commit().await
}

/// What an organisation may offer; `None`: it is no partner.
///
/// # Errors
/// 404 for an address that nobody has.
pub async fn of(platform: &Platform, _by: Operator, slug: &str) -> Result<Option<Bounds>> {
    let mut tx = as_operator(platform, slug, Access::Read).await?;
    let bounds = bounds(&mut tx).await?;
    tx.rollback().await?;
    Ok(bounds)
}

/// The same inside an opened organisation.
///
/// # Errors
/// The database is busy.
pub async fn bounds(tx: &mut OrgTx) -> Result<Option<Bounds>> {
    Ok(sql!(
        optional Bounds,
        &mut *tx,
        "SELECT plans, most_free_days, least_percent, most_open FROM partners WHERE org_id = $1"
    )?)
}

/// Invites a business, within the partner’s bounds.
///
/// # Errors
/// 404 where the organisation is no partner; 403 for who may not; 422 at the field that is wrong; 409 where too many are open; 429 for
/// too many letters.
pub async fn invite(platform: &Platform, by: Elevated, org: &str, offer: &Offer) -> Result<SignupId> {
    let (tx, bounds) = open(platform, by.person(), org, Access::Read).await?;
    check(platform, &bounds, offer)?;
    count(tx).await?;
    let (mut tx, bounds) = open(platform, by.person(), org, Access::Write).await?;
    tx.check_goes_on("it invites nobody")?;
    let user = by.person().user();
    let email = offer.email.trim();
    let fresh = Fresh { invited_by: Some(user), partner: Some(tx.id()), ..check(platform, &bounds, offer)? };
    // Whoever writes has the organisation’s row: the last free place is taken once.
    if open_ones(&mut tx).await? >= bounds.most_open {
        return Err(too_many(&bounds));
    }
    if is_invited(platform, &mut tx, email).await? {
        return Err(AppError::field("email", "They are invited already. Send that invitation again instead."));
    }
    let (id, token) = insert(platform, tx.platform_part(), email, &fresh).await?;
    let signup = read(platform, tx.platform_part(), id).await?;
    let detail = Detail::default()
        .with("plan", fresh.plan.title.clone())
        .with("price", price(&signup, fresh.plan))
        .with("free days", fresh.free_days.unwrap_or_default());
    note_own(&mut tx, by, id, "platform.business_invited", "partner.business_invited", &detail).await?;
    write(&mut tx, by, &signup, &token).await?;
    tx.commit().await?;
    Ok(id)
}

/// Sends an invitation once more, with another link; the one before is good no longer. One that had lapsed is open again.
///
/// # Errors
/// 404 for one that isn’t the partner’s, or was taken up or back; 409 where too many are open, and for an offer beyond what the partner
/// may offer now; 429 for too many letters.
pub async fn send_again(platform: &Platform, by: Elevated, org: &str, id: SignupId) -> Result<()> {
    count(open(platform, by.person(), org, Access::Read).await?.0).await?;
    let (mut tx, bounds) = open(platform, by.person(), org, Access::Write).await?;
    tx.check_goes_on("it invites nobody")?;
    let signup = one(platform, &mut tx, id).await?;
    if !is_within(platform, &bounds, &signup) {
        return Err(AppError::conflict(
            "That is more than you may offer now. Take this invitation back, and invite them anew.",
        ));
    }
    let now = tx.now();
    if signup.until <= now && open_ones(&mut tx).await? >= bounds.most_open {
        return Err(too_many(&bounds));
    }
    let (token, until) = (SecretToken::generate(Kind::Mailed), now.plus_seconds(LIFE_SECONDS));
    let (partner, user) = (tx.id(), by.person().user());
    let found = platform_sql!(
        exec,
        tx.platform_part(),
        "UPDATE signups SET expires_at = $3, invited_by = $4 WHERE id = $1 AND partner_org = $2 AND made_org IS NULL AND withdrawn_at IS NULL",
        id,
        partner,
        until,
        user
    )?;
    if found == 0 {
        return Err(no_invitation());
    }
    replace_link(tx.platform_part(), id, &token).await?;
    let detail = Detail::default();
    note_own(&mut tx, by, id, "platform.business_invited_again", "partner.business_invited_again", &detail).await?;
    let signup = read(platform, tx.platform_part(), id).await?;
    write(&mut tx, by, &signup, &token).await?;
    tx.commit().await
}

/// Takes an invitation back: its link is good no longer.
///
/// # Errors
/// 404 for one that isn’t the partner’s, or was taken up or back.
pub async fn withdraw(platform: &Platform, by: Elevated, org: &str, id: SignupId) -> Result<()> {
    let (mut tx, _) = open(platform, by.person(), org, Access::Write).await?;
    let (partner, now) = (tx.id(), tx.now());
    let found = platform_sql!(
        exec,
        tx.platform_part(),
        "UPDATE signups SET withdrawn_at = $3 WHERE id = $1 AND partner_org = $2 AND made_org IS NULL AND withdrawn_at IS NULL",
        id,
        partner,
        now
    )?;
    if found == 0 {
        return Err(no_invitation());
    }
    let detail = Detail::default();
    note_own(&mut tx, by, id, "platform.business_invitation_withdrawn", "partner.invitation_withdrawn", &detail)
        .await?;
    tx.commit().await
}

/// A partner’s invitations, and what it may offer.
///
/// # Errors
/// 404 where the organisation is no partner; 403 for who may not invite.
pub async fn page(platform: &Platform, person: LoggedIn, org: &str) -> Result<Page> {
    let (mut tx, bounds) = open(platform, person, org, Access::Read).await?;
    let (partner, now) = (tx.id(), tx.now());
    let open = open_ones(&mut tx).await?;
    let all = invited_by(platform, tx.platform_part(), partner, SHOWN).await?;
    tx.rollback().await?;
    let offered: Vec<&Plan> = platform.plans().sold().filter(|plan| bounds.offers(&plan.name)).collect();
    let modules = MODULES.iter().filter(|module| offered.iter().any(|plan| plan.opens(module.name())));
    let lines = all.into_iter().map(|signup| Line {
        id: signup.id,
        offer: views::offer(platform, &signup),
        state: match (signup.made, signup.withdrawn) {
            (Some(_), _) => State::Accepted,
            (None, true) => State::Revoked,
            (None, false) if signup.until > now => State::Invited,
            (None, false) => State::Expired,
        },
        until: views::day(&Signup { zone: None, ..signup.clone() }, signup.until),
        business: signup.invited_as.unwrap_or_default(),
        email: signup.email,
    });
    Ok(Page {
        lines: lines.collect(),
        plans: offered.iter().map(|plan| (plan.name.clone(), plan.title.clone())).collect(),
        modules: modules
            .map(|module| Choice { value: module.name().to_owned(), label: module.title().to_owned(), chosen: false })
            .collect(),
        left: (bounds.most_open - open).max(0),
        bounds,
        confirmed: person.is_elevated(),
    })
}

/// Bounds from the operator’s form, all of it checked together.
fn checked(platform: &Platform, given: &Given) -> Result<Bounds> {
    let mut errors = FieldErrors::default();
    let number = |text: &str, most: i64| text.trim().parse::<i64>().ok().filter(|number| (1..=most).contains(number));
    let plans: Vec<&str> = platform
        .plans()
        .sold()
        .map(|plan| plan.name.as_str())
        .filter(|name| given.plans.iter().any(|one| one == name))
        .collect();
    if given.plans.iter().any(|name| !plans.contains(&name.as_str())) {
        errors.add("plans", "Choose plans that can be bought.");
    } else if plans.is_empty() {
        errors.add("plans", "Choose at least one.");
    }
    let most_free_days = number(&given.most_free_days, MOST_FREE_DAYS);
    if most_free_days.is_none() {
        errors.add("most_free_days", format!("Enter a number of days from 1 to {MOST_FREE_DAYS}."));
    }
    let least_percent = match given.least_percent.trim() {
        "" => None,
        text => {
            let percent = number(text, 100);
            if percent.is_none() {
                errors.add("least_percent", "Enter a percentage from 1 to 100, or nothing.");
            }
            percent
        }
    };
    let most_open = number(&given.most_open, MOST_OPEN);
    if most_open.is_none() {
        errors.add("most_open", format!("Enter a number from 1 to {MOST_OPEN}."));
    }
    errors.finish()?;
    let (Some(most_free_days), Some(most_open)) = (most_free_days, most_open) else { return Err(AppError::internal()) };
    Ok(Bounds { plans: plans.join(" "), most_free_days, least_percent, most_open })
}

/// An offer from a partner’s form, all of it checked together against what it may offer.
fn check<'p>(platform: &'p Platform, bounds: &Bounds, offer: &Offer) -> Result<Fresh<'p>> {
    let mut errors = FieldErrors::default();
    if !log_in::is_email(offer.email.trim()) {
        errors.add("email", "Enter an email address like name@example.com.au.");
    }
    if offer.business.trim().is_empty() {
        errors.add("business", "Enter the business name.");
    }
    let business = errors.take("business", check_name(&offer.business));
    let plan = platform.plans().sold().find(|plan| plan.name == offer.plan && bounds.offers(&plan.name));
    let paid = plans::choose(plan, &offer.period, &offer.seats, 0, &mut errors);
    let most = bounds.most_free_days;
    let free_days = offer.free_days.trim().parse::<i64>().ok().filter(|days| (1..=most).contains(days));
    if free_days.is_none() {
        errors
            .add("free_days", format!("Enter a number of days from 1 to {most}: that is the most that you may offer."));
    }
    let list = plan.zip(paid).and_then(|(plan, (period, seats))| plan.price(period, seats));
    let price = match (offer.price.trim(), list) {
        ("", _) => None,
        (text, list) => {
            let cents = money::parse(text);
            match (cents, list) {
                (None, _) => errors.add("price", "Enter an amount like 59 or 59.50, or nothing for the plan’s price."),
                (Some(cents), Some(list)) => {
                    if let Err(words) = check_price(bounds, cents, list) {
                        errors.add("price", words);
                    }
                }
                // What it would cost isn’t known before the rest is right.
                (Some(_), None) => {}
            }
            cents.filter(|cents| Some(*cents) != list)
        }
    };
    let mut modules: Vec<&str> = Vec::new();
    for name in &offer.modules {
        let found = MODULES.iter().find(|module| module.name() == name && plan.is_none_or(|plan| plan.opens(name)));
        match found {
            Some(module) => modules.push(module.name()),
            None => errors.add("modules", "Choose modules that the plan includes."),
        }
    }
    modules.sort_unstable();
    modules.dedup();
    errors.finish()?;
    let Some((plan, (period, seats))) = plan.zip(paid) else { return Err(AppError::internal()) };
    Ok(Fresh {
        plan,
        period,
        seats: Some(seats),
        price,
        modules: (!modules.is_empty()).then(|| modules.join(" ")),
        free_days,
        by_hand: false,
        invited_by: None,
        partner: None,
        business: Some(business),
    })
}

fn check_price(bounds: &Bounds, cents: i64, list: i64) -> Result<(), String> {
    match bounds.least(list) {
        _ if cents > list => Err(format!("The plan’s price is {}: nobody pays more.", dollars(list))),
        None if cents != list => {
            Err(format!("You may offer the plan’s price alone, {}: leave this empty.", dollars(list)))
        }
        Some(least) if cents < least => {
            Err(format!("The plan’s price is {}, and you may offer it from {}.", dollars(list), dollars(least)))
        }
        _ => Ok(()),
    }
}

/// What was offered may still be offered.
fn is_within(platform: &Platform, bounds: &Bounds, signup: &Signup) -> bool {
    let list = signup.plan(platform.plans()).and_then(|plan| plan.price(signup.period, signup.seats?));
    bounds.offers(&signup.plan)
        && signup.free_days.is_some_and(|days| days <= bounds.most_free_days)
        && signup.price.is_none_or(|cents| list.is_some_and(|list| check_price(bounds, cents, list).is_ok()))
}

/// "$49.50 a month, including GST"
fn price(signup: &Signup, plan: &Plan) -> String {
    let list = signup.seats.and_then(|seats| plan.price(signup.period, seats));
    each(signup.price.or(list).unwrap_or_default(), signup.period)
}

/// How many invitations of the partner’s can be taken up at this moment.
async fn open_ones(tx: &mut OrgTx) -> Result<i64> {
    let (partner, now) = (tx.id(), tx.now());
    let (open,) = platform_sql!(
        one(i64,),
        tx.platform_part(),
        "SELECT COUNT(*) FROM signups WHERE partner_org = $1 AND made_org IS NULL AND withdrawn_at IS NULL AND expires_at > $2",
        partner,
        now
    )?;
    Ok(open)
}

/// This partner has an invitation open for this address.
async fn is_invited(platform: &Platform, tx: &mut OrgTx, email: &str) -> Result<bool> {
    let keys = platform.data_keys(tx.platform_part(), PLATFORM_OWNER).await?;
    let index = keys.blind_index("users", "email", &normalise_email(email)).to_vec();
    let (partner, now) = (tx.id(), tx.now());
    let found = platform_sql!(
        optional(SignupId,),
        tx.platform_part(),
        "SELECT id FROM signups WHERE partner_org = $1 AND email_index = $2 AND made_org IS NULL AND withdrawn_at IS NULL AND expires_at > $3 LIMIT 1",
        partner,
        index,
        now
    )?;
    Ok(found.is_some())
}

/// An invitation of the partner’s that nobody has taken up or back.
async fn one(platform: &Platform, tx: &mut OrgTx, id: SignupId) -> Result<Signup> {
    let partner = tx.id();
    let signup = read(platform, tx.platform_part(), id).await.map_err(|_| no_invitation())?;
    if signup.partner == Some(partner) && signup.made.is_none() && !signup.withdrawn {
        Ok(signup)
    } else {
        Err(no_invitation())
    }
}

/// What the businesses are called that a partner has invited, by their invitations’ ids.
///
/// # Errors
/// The database is busy.
pub(crate) async fn names_of_invited(tx: &mut OrgTx, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>> {
    let partner = Some(tx.id());
    let invited = super::names_of_invited(tx.platform_part(), ids).await?;
    let theirs = invited.into_iter().filter(|(_, one)| one.partner == partner);
    Ok(theirs.filter_map(|(id, one)| Some((id, one.then?))).collect())
}

async fn write(tx: &mut OrgTx, by: Elevated, signup: &Signup, token: &SecretToken) -> Result<()> {
    let platform = tx.platform().clone();
    let person = accounts::person_in(&platform, tx.platform_part(), by.person().user()).await?.name;
    let by = format!("{person} of {}", tx.org().name);
    let business = signup.invited_as.clone().unwrap_or_default();
    let offer = views::agreed(&platform, signup);
    let (to, first) = (signup.email.clone(), First::of(&platform, signup));
    let letter = super::invites::letter(&platform.origin, to, &by, &business, &offer, first, &token.reveal());
    mail::queue(&platform, tx.platform_part(), "onboarding.invited", &letter, Some(signup.until)).await
}

/// A partner’s letters go to strangers: a hundred an hour, then slower. Only who may invite is counted.
async fn count(mut tx: OrgTx) -> Result<()> {
    let platform = tx.platform().clone();
    let keys = platform.data_keys(tx.platform_part(), PLATFORM_OWNER).await?;
    let subject = Subject::new(&keys, throttle::Kind::Organisation, &format!("business {}", tx.id()));
    tx.rollback().await?;
    let _stays_counted = throttle::count(&platform, vec![subject]).await?;
    Ok(())
}

/// Opens a partner, with its bounds. An organisation that is none has no such page.
async fn open(platform: &Platform, by: LoggedIn, org: &str, access: Access) -> Result<(OrgTx, Bounds)> {
    let actor = Actor::User(by.user());
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::INVITE_BUSINESSES, access).await?;
    let bounds = bounds(&mut tx).await?.ok_or_else(|| AppError::not_found("that page"))?;
    Ok((tx, bounds))
}

async fn as_operator(platform: &Platform, slug: &str, access: Access) -> Result<OrgTx> {
    let actor = Actor::System("whoever runs the platform");
    OrgTx::open(platform, &actor, OrgRef::Slug(slug), &permissions::ENTER, access).await
}

/// What the operator does stands in the organisation’s log, and in the platform’s with who did it.
async fn note(tx: &mut OrgTx, by: Acting, theirs: &'static str, ours: &'static str, detail: &Detail) -> Result<()> {
    let (platform, org) = (tx.platform().clone(), tx.id().0);
    tx.audit(theirs, org, detail).await?;
    audit::log(&platform, tx.platform_part(), Some(by.operator().user()), ours, Some(org), detail).await
}

/// What a partner does stands in both logs, too.
async fn note_own(
    tx: &mut OrgTx,
    by: Elevated,
    id: SignupId,
    theirs: &'static str,
    ours: &'static str,
    detail: &Detail,
) -> Result<()> {
    let (platform, org) = (tx.platform().clone(), tx.id().0);
    tx.audit(theirs, id.0, detail).await?;
    audit::log(&platform, tx.platform_part(), Some(by.person().user()), ours, Some(org), detail).await
}

fn too_many(bounds: &Bounds) -> AppError {
    AppError::conflict(format!(
        "{} of your invitations are open, the most that you may have at a time. Take one back that nobody will take up.",
        bounds.most_open
    ))
}

fn no_invitation() -> AppError {
    AppError::not_found("that invitation")
}
