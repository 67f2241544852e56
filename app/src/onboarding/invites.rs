//! Whoever runs the platform invites a business: with a plan, a price or a free time of its own, and modules.

use jiff::tz::TimeZone;

use super::{Fresh, LIFE_SECONDS, Signup, SignupId, address, gone, insert, invited, read, replace_link, views};
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
    /// How many may belong; empty: no limit.
    pub seats: String,
    /// Another price than the plan's, in dollars; empty: the plan's.
    pub price: String,
    /// Days without a payment; empty: nothing is to be paid until it is agreed otherwise.
    pub free_days: String,
    /// The modules; empty: the plan's.
    pub modules: Vec<String>,
}

/// Invites a business.
///
/// # Errors
/// 422 at the field that is wrong.
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
        invited_by: Some(user),
        partner: None,
        business: Some(business),
    };
    let mut tx = platform.begin(Access::Write).await?;
    let (id, token) = insert(platform, &mut tx, email, &fresh).await?;
    let detail = Detail::default()
        .with("plan", plan.title.clone())
        .with("price", each(terms.price(platform.plans()), fresh.period))
        .with("free days", free_days.map_or_else(|| "no end".to_owned(), |days| days.to_string()));
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

async fn write(platform: &Platform, tx: &mut Tx, by: Acting, signup: &Signup, token: &SecretToken) -> Result<()> {
    let by = accounts::person_in(platform, tx, by.operator().user()).await?.name;
    let business = signup.business.clone().unwrap_or_default();
    let offer = views::agreed(platform, signup);
    let letter =
        letter(&platform.origin, signup.email.clone(), &by, &business, &offer, signup.free_days, &token.reveal());
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
    free_days: Option<i64>,
    token: &str,
) -> Letter {
    let free = match free_days {
        Some(days) => format!("The first {days} days are free, and nobody asks for a card until then."),
        None => "There is nothing to pay now.".to_owned(),
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
