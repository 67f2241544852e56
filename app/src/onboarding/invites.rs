//! Whoever runs the platform invites a business: with a plan, a price or a free time of its own, and modules.

use jiff::tz::TimeZone;

use super::{
    Fresh, LIFE_SECONDS, Signup, SignupId, address, agreed, gone, index_of, insert, invited, read, replace_link, views,
};
use crate::{
    admin::operator::{Acting, Operator},
    admin::orgs::{self, Agreed},
    audit::{self, Detail},
    auth::{
        accounts, log_in,
        secret_token::{Kind, SecretToken},
    },
    billing::{views::each, wire::Period},
    db::{Access, Tx},
    error::{AppError, FieldErrors, Result},
    mail::{self, Letter},
    platform::Platform,
    platform_sql,
    web::check_name,
};

/// The longest free time that a business is invited to.
const MOST_FREE_DAYS: i64 = 730;
/// So many are shown.
const SHOWN: i64 = 200;

/// What a business is offered, as a form gives it.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    /// Whom it is for.
    pub email: String,
    /// The business's name; they can change it.
    pub business: String,
    /// A plan's name.
    pub plan: String,
    /// `month` or `year`.
    pub period: String,
    /// How many may belong; empty: as many as come with the plan.
    pub seats: String,
    /// Another price than the plan's, in dollars; empty: the plan's.
    pub price: String,
    /// Days without a payment; empty: the first one is due at once, unless it is billed by hand.
    pub free_days: String,
    /// No card is asked for: whoever runs the platform sends invoices.
    pub by_hand: bool,
    /// The modules; empty: the plan's.
    pub modules: Vec<String>,
}

/// When a business that is invited pays first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// After so many days.
    After(i64),
    /// At once, by card.
    AtOnce,
    /// It is free, or billed by hand.
    Never,
}

impl First {
    /// For an invitation.
    pub(super) fn of(platform: &Platform, signup: &Signup) -> Self {
        match signup.free_days {
            Some(days) => Self::After(days),
            None if agreed(platform, signup, platform.clock.now()).awaits_payment() => Self::AtOnce,
            None => Self::Never,
        }
    }
}

/// Invites a business.
///
/// # Errors
/// 422 at the field that is wrong, also for a business that is invited at this address already.
pub async fn invite(platform: &Platform, by: Acting, offer: &Offer) -> Result<SignupId> {
    let mut errors = FieldErrors::default();
    let email = offer.email.trim();
    if !log_in::is_email(email) {
        errors.add("email", "Enter an email address like name@example.com.au.");
    }
    if offer.business.trim().is_empty() {
        errors.add("business", "Enter the business name.");
    }
    let business = errors.take("business", check_name(&offer.business));
    let free_days = match offer.free_days.trim() {
        "" => None,
        text => {
            let days = text.parse::<i64>().ok().filter(|days| (1..=MOST_FREE_DAYS).contains(days));
            if days.is_none() {
                errors.add("free_days", format!("Enter a number of days from 1 to {MOST_FREE_DAYS}, or nothing."));
            }
            days
        }
    };
    if offer.by_hand && free_days.is_some() {
        errors.add("free_days", "What is billed by hand has no free days: leave this empty, or untick that below.");
    }
    let agreed = Agreed {
        plan: offer.plan.clone(),
        period: offer.period.clone(),
        seats: offer.seats.clone(),
        price: offer.price.clone(),
        modules: offer.modules.clone(),
        state: "active".to_owned(),
        last_day: String::new(),
    };
    // What can be agreed to by hand can be offered.
    let terms = match orgs::check(platform, &agreed, &TimeZone::UTC, platform.clock.now(), 1) {
        Ok(terms) => Some(terms),
        Err(error) if error.fields.is_empty() => return Err(error),
        Err(error) => {
            for field in error.fields {
                errors.add(&field.field, field.message);
            }
            None
        }
    };
    errors.finish()?;
    let terms = terms.ok_or_else(AppError::internal)?;
    let plan = terms.find(platform.plans()).ok_or_else(AppError::internal)?;
    let user = by.operator().user();
    let fresh = Fresh {
        plan,
        period: Period::parse(&offer.period).unwrap_or(Period::Month),
        seats: terms.plan_seats,
        price: terms.plan_price,
        modules: terms.plan_modules.clone(),
        free_days,
        by_hand: offer.by_hand,
        invited_by: Some(user),
        partner: None,
        business: Some(business.clone()),
    };
    let mut tx = platform.begin(Access::Write).await?;
    // Two at once of the same person’s come one after the other: the second finds the first.
    platform_sql!(exec, &mut tx, "UPDATE users SET must_enrol = must_enrol WHERE id = $1", user)?;
    if is_invited(platform, &mut tx, email, &business).await? {
        return Err(AppError::field(
            "email",
            "This business is invited at this address already. Send that invitation again, or withdraw it first.",
        ));
    }
    let (id, token) = insert(platform, &mut tx, email, &fresh).await?;
    let detail = Detail::default()
        .with("plan", plan.title.clone())
        .with("price", each(terms.price(platform.plans()), fresh.period))
        .with("free days", free_days.map_or_else(|| "none".to_owned(), |days| days.to_string()))
        .with("billed by hand", if offer.by_hand { "yes" } else { "no" });
    audit::log(platform, &mut tx, Some(user), "admin.business_invited", Some(id.0), &detail).await?;
    let signup = read(platform, &mut tx, id).await?;
    write(platform, &mut tx, by, &signup, &token).await?;
    tx.commit().await?;
    Ok(id)
}

/// Sends an invitation once more, with another link; the one before is good no longer. A partner’s stands in the partner’s name, who
/// sends it again themselves.
///
/// # Errors
/// 404 for one that was taken up or back, or is a partner’s.
pub async fn send_again(platform: &Platform, by: Acting, id: SignupId) -> Result<()> {
    let token = SecretToken::generate(Kind::Mailed);
    let until = platform.clock.now().plus_seconds(LIFE_SECONDS);
    let mut tx = platform.begin(Access::Write).await?;
    let found = platform_sql!(
        exec,
        &mut tx,
        "UPDATE signups SET expires_at = $2 WHERE id = $1 AND invited_by IS NOT NULL AND partner_org IS NULL AND made_org IS NULL AND withdrawn_at IS NULL",
        id,
        until
    )?;
    if found == 0 {
        return Err(gone());
    }
    replace_link(&mut tx, id, &token).await?;
    let user = by.operator().user();
    audit::log(platform, &mut tx, Some(user), "admin.business_invited_again", Some(id.0), &Detail::default()).await?;
    let signup = read(platform, &mut tx, id).await?;
    write(platform, &mut tx, by, &signup, &token).await?;
    Ok(tx.commit().await?)
}

/// Takes an invitation back, a partner’s too: its link is good no longer.
///
/// # Errors
/// 404 for one that was taken up or back.
pub async fn withdraw(platform: &Platform, by: Acting, id: SignupId) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    let found = platform_sql!(
        exec,
        &mut tx,
        "UPDATE signups SET withdrawn_at = $2 WHERE id = $1 AND invited_by IS NOT NULL AND made_org IS NULL AND withdrawn_at IS NULL",
        id,
        platform.clock.now()
    )?;
    if found == 0 {
        return Err(gone());
    }
    let user = by.operator().user();
    audit::log(platform, &mut tx, Some(user), "admin.invitation_withdrawn", Some(id.0), &Detail::default()).await?;
    Ok(tx.commit().await?)
}

/// The invitations, the newest first, whatever became of them.
///
/// # Errors
/// The database is busy.
pub async fn all(platform: &Platform, _by: Operator) -> Result<Vec<Signup>> {
    let mut tx = platform.begin(Access::Read).await?;
    let all = invited(platform, &mut tx, SHOWN).await?;
    tx.commit().await?;
    Ok(all)
}

/// What a business is called, as far as it is known.
type Called = (Option<String>,);

/// The business has an invitation of the operator’s that is open, at this address.
async fn is_invited(platform: &Platform, tx: &mut Tx, email: &str, business: &str) -> Result<bool> {
    let index = index_of(platform, tx, email).await?;
    let open = platform_sql!(
        all Called,
        tx,
        "SELECT business FROM signups WHERE email_index = $1 AND invited_by IS NOT NULL AND partner_org IS NULL AND made_org IS NULL AND withdrawn_at IS NULL AND expires_at > $2",
        index,
        platform.clock.now()
    )?;
    let name = business.to_lowercase();
    Ok(open.into_iter().any(|(other,)| other.is_some_and(|other| other.to_lowercase() == name)))
}

async fn write(platform: &Platform, tx: &mut Tx, by: Acting, signup: &Signup, token: &SecretToken) -> Result<()> {
    let by = accounts::person_in(platform, tx, by.operator().user()).await?.name;
    let business = signup.business.clone().unwrap_or_default();
    let (offer, first) = (views::agreed(platform, signup), First::of(platform, signup));
    let letter = letter(&platform.origin, signup.email.clone(), &by, &business, &offer, first, &token.reveal());
    mail::queue(platform, tx, "onboarding.invited", &letter, Some(signup.until)).await
}

/// Invites a business. `by` is who does: "Olly Operator", or "Priya Nair of Harbour Accounting"; `offer` what for, and for how much: "Team,
/// 5 people, $49.50 a month, including GST".
pub(crate) fn letter(
    origin: &str,
    to: String,
    by: &str,
    business: &str,
    offer: &str,
    first: First,
    token: &str,
) -> Letter {
    let free = match first {
        First::After(days) => format!("The first {days} days are free, and nobody asks for a card until then."),
        First::AtOnce => "It is paid by card, and the first payment is due once you have accepted.".to_owned(),
        First::Never => "There is nothing to pay now.".to_owned(),
    };
    Letter {
        to,
        subject: format!("{business} is invited to Devalo"),
        paragraphs: vec![
            "Hello,".to_owned(),
            format!("{by} invites {business} to run its front office on Devalo. The offer: {offer}. {free}"),
            "It takes two minutes: your account, and your business’s name and address here.".to_owned(),
        ],
        action: Some(("Look at the invitation".to_owned(), address(origin, token))),
        closing: vec!["The link is good for a week. You don’t know us? Then do nothing, and it lapses.".to_owned()],
    }
}
