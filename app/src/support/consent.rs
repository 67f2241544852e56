//! The owner's consent: given for a while, ended at any time, and asked for by who runs the platform. Whom it lets in is decided where
//! an organisation is opened ([`OrgTx::open`]).

use jiff::tz::TimeZone;

use super::letters;
use crate::{
    admin::{operator::Acting, orgs::refuse_closed},
    audit::{self, Detail},
    auth::{
        accounts,
        standing::{Elevated, LoggedIn},
    },
    clock::Instant,
    crypto::Place,
    db::Access,
    error::{AppError, Code, FieldErrors, Result},
    id,
    ids::{OrgId, UserId},
    mail,
    org::{Actor, By, OrgRef, OrgTx, Permission},
    people::members,
    permissions,
    platform::Platform,
    platform_sql, sql,
    web::is_text,
};

id!(
    /// A consent of an organisation's owner.
    ConsentId
);

id!(
    /// A question whether support may look.
    AskId
);

/// For how long support can look: hours, as a form has them, and in words.
pub const LENGTHS: [(&str, &str); 4] = [("1", "An hour"), ("4", "Four hours"), ("24", "A day"), ("72", "Three days")];
/// What is asked for where nobody says for how long.
const USUAL_LENGTH: &str = "4";
/// The most that can be said of what it is about.
pub const LONGEST_ABOUT: usize = 1000;
/// An organisation is asked once an hour at most.
const ASKED_AGAIN_SECONDS: i64 = 60 * 60;
/// A question that nobody has answered is forgotten after a week.
const ASKED_SECONDS: i64 = 7 * 24 * 60 * 60;
/// Who was told no asks again after a day.
const DECLINED_SECONDS: i64 = 24 * 60 * 60;
/// Looking at the same again is written down again after this long: five minutes.
pub(crate) const LOOKED_AGAIN_SECONDS: i64 = 5 * 60;

/// A consent that wasn't ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// It ends then by itself.
    pub ends_at: Instant,
}

/// The newest consent, open or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// Its id.
    pub id: ConsentId,
    /// When it was given.
    pub given_at: Instant,
    /// It ends then by itself.
    pub ends_at: Instant,
    /// When it was ended, if it was.
    pub ended_at: Option<Instant>,
    /// What it is about, in the owner's words; may be empty.
    pub about: String,
}

impl Latest {
    /// Support can look.
    pub fn is_open(&self, now: Instant) -> bool {
        self.ended_at.is_none() && now < self.ends_at
    }
}

/// A question of somebody who runs the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Instant,
    /// Why.
    pub about: String,
    /// For how many hours: one of [`LENGTHS`].
    pub hours: i64,
    /// When the owner said no.
    pub declined_at: Option<Instant>,
}

impl Asked {
    /// It waits for an answer.
    pub fn waits(&self) -> bool {
        self.declined_at.is_none()
    }
}

/// The owner lets support look, for so many hours.
///
/// # Errors
/// 403 for who isn't the owner; 422 at `hours` or `about`; 409 where support can look already, and where the organisation is closed.
pub async fn give(platform: &Platform, by: Elevated, org: &str, hours: &str, about: &str) -> Result<()> {
    let user = by.person().user();
    let mut tx = as_owner(platform, user, org).await?;
    if over(&mut tx).await?.is_some() {
        // The job that sees to it hasn't come by yet.
        let id = tx.id();
        tx.rollback().await?;
        end_over(platform, id).await?;
        tx = as_owner(platform, user, org).await?;
    }
    if tx.org().closes_at.is_some() {
        return Err(AppError::conflict("Your organisation is closed, for support too. Keep it first."));
    }
    let mut errors = FieldErrors::default();
    let length = length(hours);
    if length.is_none() {
        errors.add("hours", "Choose for how long.");
    }
    let about = errors.take("about", check(about));
    errors.finish()?;
    let hours = length.ok_or_else(AppError::internal)?;
    if open(&mut tx).await?.is_some() {
        return Err(AppError::conflict("Support can look already. To choose another time, end that first."));
    }
    let now = tx.now();
    let (id, ends_at) = (ConsentId::new(now), now.plus_seconds(hours * 60 * 60));
    let sealed = tx.keys().await?.seal(place("support_consents", id.0), &about);
    sql!(
        exec,
        &mut tx,
        "INSERT INTO support_consents (org_id, id, given_by, given_at, ends_at, about) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        user,
        now,
        ends_at,
        sealed
    )?;
    sql!(exec, &mut tx, "DELETE FROM support_asks WHERE org_id = $1")?;
    tx.audit("platform.support_given", id.0, &Detail::default().with("hours", hours)).await?;
    let (name, slug, until) = (tx.org().name.clone(), tx.org().slug.clone(), moment(&tx, ends_at));
    for owner in members::owners(&mut tx).await? {
        let letter = letters::given(&platform.origin, owner.email, &owner.name, &name, &slug, &until);
        mail::queue(platform, tx.platform_part(), "support.given", &letter, None).await?;
    }
    tx.commit().await
}

/// The owner or an admin ends it at once: support sees nothing from now on, in pages that are open too.
///
/// # Errors
/// 403 for other members; 409 where support can't look.
pub async fn end(platform: &Platform, by: LoggedIn, org: &str) -> Result<()> {
    let user = by.user();
    let actor = Actor::User(user);
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::SEE_SUPPORT, Access::Write).await?;
    let Some(consent) = open(&mut tx).await? else {
        return Err(AppError::conflict("Support can’t look any more."));
    };
    let name = accounts::person_in(platform, tx.platform_part(), user).await?.name;
    end_one(&mut tx, consent, Some(user), &format!("{name} has ended it.")).await?;
    tx.commit().await
}

/// What the owner until now agreed to ends with their ownership.
///
/// # Errors
/// The database is busy.
pub(crate) async fn end_with_ownership(tx: &mut OrgTx, user: UserId) -> Result<()> {
    if let Some(consent) = open(tx).await? {
        end_one(tx, consent, Some(user), "It has another owner now, who can let support look again.").await?;
    }
    Ok(())
}

/// Somebody who runs the platform asks to look. The owner is mailed, once an hour at most.
///
/// # Errors
/// 404 for an address that nobody has; 422 at `why` or `hours`; 409 where they can look already, and where it is closed; 429 for a question too soon after another.
pub async fn ask(platform: &Platform, by: Acting, org: &str, why: &str, hours: &str) -> Result<()> {
    let user = by.operator().user();
    let mut tx = by_itself(platform, OrgRef::Slug(org)).await?;
    refuse_closed(&tx)?;
    let mut errors = FieldErrors::default();
    let why = errors.take(
        "why",
        check(why).and_then(
            |why| {
                if why.is_empty() { Err("Say why: the owner reads it.".to_owned()) } else { Ok(why) }
            },
        ),
    );
    let hours = length(if hours.is_empty() { USUAL_LENGTH } else { hours });
    if hours.is_none() {
        errors.add("hours", "Choose for how long.");
    }
    errors.finish()?;
    let hours = hours.ok_or_else(AppError::internal)?;
    if open(&mut tx).await?.is_some() {
        return Err(AppError::conflict("You can look already."));
    }
    let now = tx.now();
    if let Some(asked) = asked(&mut tx).await? {
        let (from, words) = match asked.declined_at {
            Some(at) => (
                at.plus_seconds(DECLINED_SECONDS),
                "Its owner said no within the last day. Talk to them before you ask again.",
            ),
            None => (
                asked.at.plus_seconds(ASKED_AGAIN_SECONDS),
                "Its owner was asked within the last hour. Give them some time.",
            ),
        };
        let wait = from.micros() - now.micros();
        if wait > 0 {
            let retry_after = u32::try_from(wait / 1_000_000 + 1).ok();
            return Err(AppError { retry_after, ..AppError::new(Code::TooMany, words) });
        }
    }
    let id = AskId::new(now);
    let sealed = tx.keys().await?.seal(place("support_asks", id.0), &why);
    sql!(exec, &mut tx, "DELETE FROM support_asks WHERE org_id = $1")?;
    sql!(
        exec,
        &mut tx,
        "INSERT INTO support_asks (org_id, id, asked_by, asked_at, about, hours) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        user,
        now,
        sealed,
        hours
    )?;
    tx.audit("platform.support_asked", user.0, &Detail::default()).await?;
    let subject = tx.id().0;
    let part = tx.platform_part();
    audit::log(platform, part, Some(user), "admin.support_asked", Some(subject), &Detail::default()).await?;
    let who = accounts::person_in(platform, part, user).await?.name;
    let (name, slug) = (tx.org().name.clone(), tx.org().slug.clone());
    for owner in members::owners(&mut tx).await? {
        let asks = letters::Asks { who: &who, why: &why, length: length_in_words(hours) };
        let letter = letters::asked(&platform.origin, owner.email, &owner.name, &asks, &name, &slug);
        mail::queue(platform, tx.platform_part(), "support.asked", &letter, None).await?;
    }
    tx.commit().await
}

/// The owner says no to the question that waits. Nobody can ask again for a day.
///
/// # Errors
/// 403 for anybody but the owner; 409 where no question waits any more.
pub async fn decline(platform: &Platform, by: LoggedIn, org: &str) -> Result<()> {
    let mut tx = as_owner(platform, by.user(), org).await?;
    let now = tx.now();
    let declined =
        sql!(exec, &mut tx, "UPDATE support_asks SET declined_at = $2 WHERE org_id = $1 AND declined_at IS NULL", now)?;
    if declined == 0 {
        return Err(AppError::conflict("There is no question to answer any more."));
    }
    let subject = tx.id().0;
    tx.audit("platform.support_declined", subject, &Detail::default()).await?;
    let part = tx.platform_part();
    audit::log(platform, part, Some(by.user()), "admin.support_declined", Some(subject), &Detail::default()).await?;
    tx.commit().await
}

/// Ends what is over: it is written down, and the owner is mailed. A job does it every minute; nobody gets in before it has, either.
///
/// # Errors
/// The database is busy. One that fails doesn't keep the others back.
pub async fn carry_out(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT org_id FROM support_consents WHERE ended_at IS NULL AND ends_at <= $1",
        platform.clock.now()
    )?;
    tx.commit().await?;
    for (org,) in due {
        if let Err(error) = end_over(platform, org).await {
            tracing::error!(%error, %org, "that support’s time is over couldn’t be written down; it is tried again");
        }
    }
    Ok(())
}

/// The consent that lets support look now.
///
/// # Errors
/// The database is busy.
pub async fn open(tx: &mut OrgTx) -> Result<Option<Consent>> {
    let now = tx.now();
    Ok(unended(tx).await?.filter(|consent| now < consent.ends_at))
}

/// The one that lets this person look: they run the platform, with a second factor, and have said who they are.
///
/// # Errors
/// The database is busy.
pub(crate) async fn open_to(tx: &mut OrgTx, user: UserId) -> Result<Option<Consent>> {
    let now = tx.now();
    Ok(sql!(
        optional Consent,
        &mut *tx,
        "SELECT support_consents.id, support_consents.ends_at FROM support_consents JOIN users ON users.id = $2
         WHERE support_consents.org_id = $1 AND support_consents.ended_at IS NULL AND support_consents.ends_at > $3
           AND users.platform_admin AND users.second_factor_at IS NOT NULL AND NOT users.must_name",
        user,
        now
    )?)
}

/// Writes down that support looks where this permission leads, before it does. The first time of each person it is in the platform's
/// log too, and the owner is mailed.
///
/// # Errors
/// As [`OrgTx::open`]; the database is busy: then nothing is shown either.
pub(crate) async fn note(platform: &Platform, actor: &Actor, org: OrgId, need: &'static Permission) -> Result<()> {
    let mut tx = OrgTx::open_to_record(platform, actor, OrgRef::Id(org), need, Access::Write).await?;
    let (By::Support(user), Some(consent)) = (tx.by(), tx.support()) else { return tx.rollback().await };
    tx.audit("platform.support_looked", consent.id.0, &Detail::default().with("where", need.name)).await?;
    let now = tx.now();
    let first = sql!(
        exec,
        &mut tx,
        "INSERT INTO support_uses (org_id, consent_id, user_id, first_at) VALUES ($1, $2, $3, $4) ON CONFLICT (org_id, consent_id, user_id) DO NOTHING",
        consent.id,
        user,
        now
    )?;
    if first > 0 {
        let (name, slug, until) = (tx.org().name.clone(), tx.org().slug.clone(), moment(&tx, consent.ends_at));
        let part = tx.platform_part();
        let detail = Detail::default().with("until", &until);
        audit::log(platform, part, Some(user), "admin.support_used", Some(org.0), &detail).await?;
        let who = accounts::person_in(platform, part, user).await?.name;
        for owner in members::owners(&mut tx).await? {
            let letter = letters::used(&platform.origin, owner.email, &owner.name, &who, &name, &slug, &until);
            mail::queue(platform, tx.platform_part(), "support.used", &letter, None).await?;
        }
    }
    tx.commit().await
}

/// The newest consent, open or not.
///
/// # Errors
/// The database is busy.
pub async fn latest(tx: &mut OrgTx) -> Result<Option<Latest>> {
    let row = sql!(
        optional(ConsentId, Instant, Instant, Option<Instant>, Vec<u8>),
        &mut *tx,
        "SELECT id, given_at, ends_at, ended_at, about FROM support_consents WHERE org_id = $1 ORDER BY given_at DESC, id DESC LIMIT 1"
    )?;
    let Some((id, given_at, ends_at, ended_at, sealed)) = row else { return Ok(None) };
    let about = opened(tx, "support_consents", id.0, &sealed).await?;
    Ok(Some(Latest { id, given_at, ends_at, ended_at, about }))
}

/// The newest question, whether it waits for an answer or the owner said no.
///
/// # Errors
/// The database is busy.
pub async fn asked(tx: &mut OrgTx) -> Result<Option<Asked>> {
    let since = tx.now().plus_seconds(-ASKED_SECONDS);
    let row = sql!(
        optional(AskId, UserId, Instant, Vec<u8>, i64, Option<Instant>),
        &mut *tx,
        "SELECT id, asked_by, asked_at, about, hours, declined_at FROM support_asks WHERE org_id = $1 AND asked_at > $2 ORDER BY asked_at DESC LIMIT 1",
        since
    )?;
    let Some((id, by, at, sealed, hours, declined_at)) = row else { return Ok(None) };
    let about = opened(tx, "support_asks", id.0, &sealed).await?;
    Ok(Some(Asked { by, at, about, hours, declined_at }))
}

/// "four hours"
pub fn length_in_words(hours: i64) -> String {
    let known = LENGTHS.iter().find(|(length, _)| length.parse() == Ok(hours));
    known.map_or_else(|| format!("{hours} hours"), |(_, label)| label.to_lowercase())
}

/// The hours that a form gives, if they are among those to choose from.
fn length(hours: &str) -> Option<i64> {
    LENGTHS.iter().find(|(length, _)| *length == hours).and_then(|(length, _)| length.parse().ok())
}

/// What a consent or a question is about, in the words that it was sealed with.
///
/// # Errors
/// A text can't be read.
pub(crate) async fn opened(tx: &mut OrgTx, table: &'static str, row: uuid::Uuid, sealed: &[u8]) -> Result<String> {
    tx.keys().await?.open(place(table, row), sealed).map_err(|error| {
        tracing::error!(%error, table, %row, "what support’s access is about can’t be read");
        AppError::internal()
    })
}

/// "23 November 2026 at 2:30 pm AEDT", on the organisation's clock.
pub(crate) fn moment(tx: &OrgTx, at: Instant) -> String {
    let zone = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    at.timestamp().to_zoned(zone).strftime("%-d %B %Y at %-I:%M %P %Z").to_string()
}

/// "4:52 am" today, and on another day "29 November, 4:52 am": for where there is little room.
pub(crate) fn moment_from(tx: &OrgTx, at: Instant) -> String {
    let zone = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    let (now, at) = (tx.now().timestamp().to_zoned(zone.clone()), at.timestamp().to_zoned(zone));
    at.strftime(if at.date() == now.date() { "%-I:%M %P" } else { "%-d %B, %-I:%M %P" }).to_string()
}

/// The system's own way in, whoever asked.
pub(super) async fn by_itself(platform: &Platform, org: OrgRef<'_>) -> Result<OrgTx> {
    OrgTx::open(platform, &Actor::System("support’s access"), org, &permissions::SEE_SUPPORT, Access::Write).await
}

async fn as_owner(platform: &Platform, user: UserId, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, &Actor::User(user), OrgRef::Slug(org), &permissions::OWN, Access::Write).await
}

async fn unended(tx: &mut OrgTx) -> Result<Option<Consent>> {
    Ok(sql!(
        optional Consent,
        &mut *tx,
        "SELECT id, ends_at FROM support_consents WHERE org_id = $1 AND ended_at IS NULL"
    )?)
}

/// One whose time is over, though that isn't written down yet.
async fn over(tx: &mut OrgTx) -> Result<Option<Consent>> {
    let now = tx.now();
    Ok(unended(tx).await?.filter(|consent| consent.ends_at <= now))
}

async fn end_over(platform: &Platform, org: OrgId) -> Result<()> {
    let mut tx = by_itself(platform, OrgRef::Id(org)).await?;
    let Some(consent) = over(&mut tx).await? else { return tx.rollback().await };
    end_one(&mut tx, consent, None, "The time that you chose is over.").await?;
    tx.commit().await
}

async fn end_one(tx: &mut OrgTx, consent: Consent, by: Option<UserId>, why: &str) -> Result<()> {
    let ended_at = tx.now().min(consent.ends_at);
    sql!(
        exec,
        &mut *tx,
        "UPDATE support_consents SET ended_at = $3, ended_by = $4 WHERE org_id = $1 AND id = $2 AND ended_at IS NULL",
        consent.id,
        ended_at,
        by
    )?;
    tx.audit("platform.support_ended", consent.id.0, &Detail::default()).await?;
    let platform = tx.platform().clone();
    let (name, slug) = (tx.org().name.clone(), tx.org().slug.clone());
    for owner in members::owners(tx).await? {
        let letter = letters::ended(&platform.origin, owner.email, &owner.name, &name, &slug, why);
        mail::queue(&platform, tx.platform_part(), "support.ended", &letter, None).await?;
    }
    tx.all_look_again();
    Ok(())
}

/// What somebody says why, as it is kept.
pub(crate) fn check(text: &str) -> std::result::Result<String, String> {
    let text = text.trim();
    if text.chars().count() > LONGEST_ABOUT {
        Err(format!("Use at most {LONGEST_ABOUT} characters."))
    } else if !is_text(text) {
        Err("Leave out characters that can’t be seen.".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

fn place(table: &'static str, row: uuid::Uuid) -> Place {
    Place { table, column: "about", row }
}
