//! Taking everything along: all that an organisation owns, in one file. It is asked for by the owner, who has just shown again who
//! they are; prepared by a job; and kept for a week, sealed under the organisation's own key, for its owner to fetch.
//!
//! It lies in the database, in parts: whichever process prepared it, each can give it out, and it goes with the organisation.

use std::collections::HashSet;

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use bytes::Bytes;
use futures::stream;
use jiff::tz::TimeZone;
use serde_json::json;
use uuid::Uuid;

use super::export_files::{Files, Table};
use crate::{
    audit::{self, Detail, Filter},
    auth::{
        accounts,
        standing::{Elevated, Standing},
    },
    clock::Instant,
    crypto::Place,
    db::{Access, DbError},
    error::{AppError, Code, Result},
    id,
    ids::{OrgId, TokenId, UserId},
    mail::{self, Letter},
    modules::MODULES,
    onboarding::partners,
    org::{Actor, OrgRef, OrgTx, Role},
    people::{audit_words, invitations, members},
    permissions,
    platform::Platform,
    platform_sql, sql,
    support::consent::{self, AskId, ConsentId},
    ui::with_query,
    web::Path,
    webhooks,
};

id!(
    /// A file with everything of an organisation.
    ExportId
);

/// A file can be fetched for a week.
const KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;
/// Whoever prepares one has this long: ten minutes. If they die, another does it then.
const LEASE_SECONDS: i64 = 10 * 60;
/// It is usually there within this time: five minutes.
pub const READY_SECONDS: i64 = 5 * 60;
/// One that keeps failing is given up.
const MOST_ATTEMPTS: i64 = 5;
/// Prepared at one look.
const AT_ONCE: i64 = 10;
/// Each part of the file is sealed by itself: a megabyte.
const PART_BYTES: usize = 1 << 20;
/// Rows read at once.
const BLOCK: i64 = 500;
/// Before each part: its number and whether it is the last, so that none can be left out or moved.
const PART_HEAD: usize = 5;

/// What is known of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Export {
    /// Its id.
    pub id: ExportId,
    /// When it was asked for.
    pub asked_at: Instant,
    /// Since when it can be fetched.
    pub ready_at: Option<Instant>,
    /// When it was given up.
    pub failed_at: Option<Instant>,
    /// Until when it can be fetched, or that it failed is said.
    pub expires_at: Option<Instant>,
    /// Bytes.
    pub size: Option<i64>,
}

/// Asks for one.
///
/// # Errors
/// 403 for who isn't the owner; 409 while another is being prepared.
pub async fn ask(platform: &Platform, by: Elevated, org: &str) -> Result<()> {
    let user = by.person().user();
    let mut tx = open(platform, &Actor::User(user), org, Access::Write).await?;
    let now = tx.now();
    let id = ExportId::new(now);
    let asked = sql!(
        exec,
        &mut tx,
        "INSERT INTO exports (org_id, id, asked_by, asked_at, due_at) VALUES ($1, $2, $3, $4, $5)",
        id,
        user,
        now,
        now
    );
    match asked {
        Err(DbError::Unique) => {
            return Err(AppError::conflict("One is being prepared already. You are mailed when it is ready."));
        }
        other => other?,
    };
    tx.audit("platform.export_asked", id.0, &Detail::default()).await?;
    tx.commit().await
}

/// The organisation's exports, the newest first.
///
/// # Errors
/// The database is busy.
pub async fn all(tx: &mut OrgTx) -> Result<Vec<Export>> {
    Ok(sql!(
        all Export,
        &mut *tx,
        "SELECT id, asked_at, ready_at, failed_at, expires_at, size FROM exports WHERE org_id = $1 ORDER BY asked_at DESC, id DESC"
    )?)
}

/// Prepares what was asked for. A job does it every few seconds; it is safe to repeat and to stop at any point.
///
/// # Errors
/// The database is busy. One that fails doesn't keep the others back.
pub async fn prepare(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId, ExportId),
        &mut tx,
        "SELECT org_id, id FROM exports WHERE ready_at IS NULL AND failed_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2",
        platform.clock.now(),
        AT_ONCE
    )?;
    tx.commit().await?;
    for (org, id) in due {
        if let Err(error) = prepare_one(platform, org, id).await {
            tracing::error!(%error, %org, %id, "an export couldn’t be prepared; it is tried again");
        }
    }
    Ok(())
}

/// Forgets what could be fetched for a week, and wasn't or was.
///
/// # Errors
/// The database is busy.
pub async fn sweep(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let old = platform_sql!(
        all(OrgId, ExportId),
        &mut tx,
        "SELECT org_id, id FROM exports WHERE expires_at <= $1",
        platform.clock.now()
    )?;
    tx.commit().await?;
    for (org, id) in old {
        let mut tx = by_itself(platform, org, Access::Write).await?;
        sql!(exec, &mut tx, "DELETE FROM export_parts WHERE org_id = $1 AND export_id = $2", id)?;
        sql!(exec, &mut tx, "DELETE FROM exports WHERE org_id = $1 AND id = $2", id)?;
        tx.commit().await?;
    }
    Ok(())
}

/// `/app/{org}/settings/data/{id}/export.zip`. That it was fetched is in the log.
///
/// # Errors
/// 403 for who isn't the owner; 404 for one that isn't ready or is gone. Who hasn't shown lately who they are is led there first.
pub async fn download(
    State(platform): State<Platform>,
    Extension(standing): Extension<Standing>,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response> {
    let by = match standing.elevated() {
        Ok(by) => by,
        Err(error) if error.code == Code::Unconfirmed => {
            let page = format!("/app/{org}/settings/data");
            return Ok(Redirect::to(&with_query("/account/confirm", &[("next", &page)])).into_response());
        }
        Err(error) => return Err(error),
    };
    let actor = Actor::User(by.person().user());
    let mut tx = open(&platform, &actor, &org, Access::Write).await?;
    let id: ExportId = id.parse().map_err(|_| gone())?;
    let now = tx.now();
    let found = all(&mut tx).await?.into_iter().find(|export| export.id == id);
    found.filter(|one| one.ready_at.is_some() && one.expires_at.is_some_and(|until| now < until)).ok_or_else(gone)?;
    tx.audit("platform.export_downloaded", id.0, &Detail::default()).await?;
    let zone = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    let day = found.map(|one| one.asked_at.timestamp().to_zoned(zone).date().to_string()).unwrap_or_default();
    let file = format!("attachment; filename=\"{}-{day}.zip\"", tx.org().slug);
    tx.commit().await?;
    let parts = stream::try_unfold(Some(0), move |number: Option<u32>| {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.clone());
        async move {
            let Some(number) = number else { return Ok::<_, AppError>(None) };
            let (part, last) = part(&platform, &actor, &org, id, number).await?;
            Ok(Some((part, (!last).then_some(number + 1))))
        }
    });
    let headers = [(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_DISPOSITION, file)];
    Ok((headers, Body::from_stream(parts)).into_response())
}

type Content = (Vec<u8>,);

/// One part of the file, and whether it is the last.
async fn part(platform: &Platform, actor: &Actor, org: &str, id: ExportId, number: u32) -> Result<(Bytes, bool)> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let keys = tx.keys().await?;
    let sealed = sql!(
        optional Content,
        &mut tx,
        "SELECT content FROM export_parts WHERE org_id = $1 AND export_id = $2 AND number = $3",
        id,
        i64::from(number)
    )?;
    tx.rollback().await?;
    let (sealed,) = sealed.ok_or_else(gone)?;
    let opened = keys.open_bytes(place(id), &sealed).map_err(|error| {
        tracing::error!(%error, %id, number, "a part of an export can’t be read");
        AppError::internal()
    })?;
    match opened.split_first_chunk::<PART_HEAD>() {
        Some(([a, b, c, d, last], content)) if u32::from_be_bytes([*a, *b, *c, *d]) == number => {
            Ok((Bytes::copy_from_slice(content), *last == 1))
        }
        _ => {
            tracing::error!(%id, number, "a part of an export isn’t where it was");
            Err(AppError::internal())
        }
    }
}

async fn prepare_one(platform: &Platform, org: OrgId, id: ExportId) -> Result<()> {
    let mut tx = by_itself(platform, org, Access::Write).await?;
    let now = tx.now();
    let mine = sql!(
        optional(i64,),
        &mut tx,
        "UPDATE exports SET due_at = $3, attempts = attempts + 1 WHERE org_id = $1 AND id = $2 AND due_at <= $4 AND ready_at IS NULL AND failed_at IS NULL RETURNING attempts",
        id,
        now.plus_seconds(LEASE_SECONDS),
        now
    )?;
    tx.commit().await?;
    let Some((attempts,)) = mine else { return Ok(()) };
    if attempts > MOST_ATTEMPTS {
        return give_up(platform, org, id).await;
    }
    match Box::pin(written(platform, org)).await {
        Ok(zip) => keep(platform, org, id, &zip).await,
        Err(error) if error.code == Code::TooLarge => give_up(platform, org, id).await,
        Err(error) => Err(error),
    }
}

/// Everything, as it stands at one moment.
async fn written(platform: &Platform, org: OrgId) -> Result<Vec<u8>> {
    let mut tx = by_itself(platform, org, Access::Read).await?;
    let zone = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    let mut files = Files::new(&tx.now().timestamp().to_zoned(zone));
    files.describe(&ABOUT);
    names(&mut tx, &mut files).await?;
    own(&mut tx, &mut files).await?;
    webhooks::export::write(&mut tx, &mut files).await?;
    for module in MODULES {
        module.export(&mut tx, &mut files).await?;
    }
    let words = format!(
        "Everything of {} on Devalo.\n\nEach table is here twice: .csv is for spreadsheets, and has names beside ids; .json is for programs. Times are in\nUTC, which is 8 to 11 hours behind Australia. Amounts that say “cents” are in cents of Australian dollars.\n\nIt holds what your clients told you: keep it safe, and delete it when you no longer need it.",
        tx.org().name
    );
    files.read_me(&words)?;
    tx.rollback().await?;
    files.finish()
}

/// What the platform's own tables are, for whoever opens the file.
const ABOUT: [(&str, &str); 24] = [
    ("organisations", "Your business: its details, its address here, and its plan."),
    ("memberships", "Who belongs, since when, and what they may do."),
    ("invitations", "Invitations that nobody has taken up yet."),
    ("replaced_invitations", "When invitations that nobody has taken up yet were sent again, with another link."),
    ("used_invitations", "Invitations that were taken up lately: by whom they were sent, and when they were used."),
    ("ownership_offers", "Offers of the ownership that are open."),
    ("factor_resets", "Whose two-step login is to be removed, and when."),
    ("support_consents", "When Devalo’s support could look at your organisation, and who let them."),
    ("support_uses", "Who of support looked, and when first."),
    ("support_asks", "When support asked to look, why, and for how long."),
    ("org_modules", "Which modules are on, and since when."),
    ("api_tokens", "Tokens for programs, without their secrets."),
    ("quota_use", "How much you used of what your plan counts, by month."),
    ("partners", "What you may offer to businesses that you invite."),
    ("stripe_accounts", "By which number Stripe, which takes the payments, knows you, and until when is paid."),
    ("stripe_own_accounts", "Your own accounts at Stripe, to which your clients pay: which, and where they stand."),
    ("stripe_invoices", "Your invoices from us, with the GST in them."),
    ("stripe_invoice_lines", "What each invoice is for, line by line."),
    ("stripe_returns", "Payments that were refunded, or that your bank disputes."),
    ("plan_changes", "How your plan has changed, with what it comes to in a year."),
    ("exports", "Files like this one: when they were asked for, and when they were ready."),
    ("logos", "Your logo: its size, and the file that it is in."),
    ("events", "Everything that changed, by number, as open pages are told of it."),
    ("audit_entries", "The audit log, the newest first: who did what, and when."),
];

/// What ids stand for: people, those too who have left, and tokens.
async fn names(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut users: HashSet<Uuid> = members::all(tx).await?.into_iter().map(|member| member.user.0).collect();
    let acted = sql!(
        all Acted,
        &mut *tx,
        "SELECT DISTINCT actor_id FROM audit_entries WHERE org_id = $1 AND actor_kind = 'user'"
    )?;
    users.extend(acted.into_iter().filter_map(|(user,)| user));
    let platform = tx.platform().clone();
    for (user, name) in accounts::names_in(&platform, tx.platform_part(), users).await? {
        files.name(user, name);
    }
    let tokens = sql!(all(TokenId, String), &mut *tx, "SELECT id, name FROM api_tokens WHERE org_id = $1")?;
    for (token, name) in tokens {
        files.name(token.0, name);
    }
    Ok(())
}

/// Who did something.
type Acted = (Option<Uuid>,);

/// The file is there, whole, with whoever owns the organisation told: or nothing of it is.
async fn keep(platform: &Platform, org: OrgId, id: ExportId, zip: &[u8]) -> Result<()> {
    let mut tx = by_itself(platform, org, Access::Write).await?;
    let now = tx.now();
    let until = now.plus_seconds(KEPT_SECONDS);
    let size = i64::try_from(zip.len()).unwrap_or(i64::MAX);
    let mine = sql!(
        exec,
        &mut tx,
        "UPDATE exports SET ready_at = $3, expires_at = $4, size = $5 WHERE org_id = $1 AND id = $2 AND ready_at IS NULL AND failed_at IS NULL",
        id,
        now,
        until,
        size
    )?;
    if mine == 0 {
        return tx.rollback().await;
    }
    // The one before has had its time.
    sql!(exec, &mut tx, "DELETE FROM export_parts WHERE org_id = $1 AND export_id <> $2", id)?;
    sql!(exec, &mut tx, "DELETE FROM exports WHERE org_id = $1 AND id <> $2", id)?;
    let keys = tx.keys().await?;
    let last = zip.len().div_ceil(PART_BYTES).saturating_sub(1);
    for (at, content) in zip.chunks(PART_BYTES).enumerate() {
        let number = u32::try_from(at).map_err(|_| AppError::internal())?;
        let mut part = Vec::with_capacity(PART_HEAD + content.len());
        part.extend_from_slice(&number.to_be_bytes());
        part.push(u8::from(at == last));
        part.extend_from_slice(content);
        sql!(
            exec,
            &mut tx,
            "INSERT INTO export_parts (org_id, export_id, number, content) VALUES ($1, $2, $3, $4)",
            id,
            i64::from(number),
            keys.seal_bytes(place(id), &part)
        )?;
    }
    let words = "All that your organisation has on Devalo is in one file now. You can download it for a week; you will be asked to confirm that it is you.";
    tell_owner(&mut tx, "Your export is ready", words, "Download it").await?;
    tx.commit().await
}

async fn give_up(platform: &Platform, org: OrgId, id: ExportId) -> Result<()> {
    let mut tx = by_itself(platform, org, Access::Write).await?;
    let now = tx.now();
    let gone = sql!(
        exec,
        &mut tx,
        "UPDATE exports SET failed_at = $3, expires_at = $4 WHERE org_id = $1 AND id = $2 AND ready_at IS NULL AND failed_at IS NULL",
        id,
        now,
        now.plus_seconds(KEPT_SECONDS)
    )?;
    if gone == 0 {
        return tx.rollback().await;
    }
    tracing::error!(%org, %id, "an export was given up");
    let words = format!(
        "We couldn’t put all that your organisation has on Devalo into one file. Please write to {}.",
        platform.whom_to_write_to()
    );
    tell_owner(&mut tx, "Your export couldn’t be prepared", &words, "See your data").await?;
    tx.commit().await
}

async fn tell_owner(tx: &mut OrgTx, subject: &str, words: &str, button: &str) -> Result<()> {
    let platform = tx.platform().clone();
    let (name, slug) = (tx.org().name.clone(), tx.org().slug.clone());
    for owner in members::all(tx).await?.into_iter().filter(|member| member.role == Role::Owner) {
        let page = format!("{}/app/{slug}/settings/data", platform.origin);
        let letter = letter(owner.email, &owner.name, &format!("{subject}: {name}"), words, (button, page));
        mail::queue(&platform, tx.platform_part(), "settings.export", &letter, None).await?;
    }
    Ok(())
}

/// The platform's own part.
async fn own(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    organisation(tx, files).await?;
    people(tx, files).await?;
    set_up(tx, files).await?;
    logo(tx, files).await?;
    events(tx, files).await?;
    log(tx, files).await
}

#[derive(sqlx::FromRow)]
struct Row {
    slug: String,
    name: String,
    legal_name: String,
    abn: String,
    description: String,
    phone: String,
    address: String,
    state: String,
    zone: String,
    accent: String,
    plan: String,
    plan_period: String,
    plan_seats: Option<i64>,
    billing_state: String,
    billing_until: Option<Instant>,
    factor_policy: String,
    idle_minutes: i64,
    closes_at: Option<Instant>,
    created_at: Instant,
}

async fn organisation(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let row = sql!(
        one Row,
        &mut *tx,
        "SELECT slug, name, legal_name, abn, description, phone, address, state, zone, accent, plan, plan_period, plan_seats, billing_state,
           billing_until, factor_policy, idle_minutes, closes_at, created_at FROM organisations WHERE id = $1"
    )?;
    let mut table = Table::new(&[
        "id",
        "slug",
        "name",
        "legal_name",
        "abn",
        "description",
        "phone",
        "address",
        "state",
        "zone",
        "accent",
        "plan",
        "plan_period",
        "plan_seats",
        "billing_state",
        "billing_until",
        "factor_policy",
        "idle_minutes",
        "closes_at",
        "created_at",
    ])?;
    table.add([
        json!(tx.id()),
        json!(row.slug),
        json!(row.name),
        json!(row.legal_name),
        json!(row.abn),
        json!(row.description),
        json!(row.phone),
        json!(row.address),
        json!(row.state),
        json!(row.zone),
        json!(row.accent),
        json!(row.plan),
        json!(row.plan_period),
        json!(row.plan_seats),
        json!(row.billing_state),
        json!(row.billing_until),
        json!(row.factor_policy),
        json!(row.idle_minutes),
        json!(row.closes_at),
        json!(row.created_at),
    ])?;
    files.table("organisations", table)
}

async fn people(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table =
        Table::new(&["user_id", "name", "email", "role", "grants", "modules", "has_two_step_login", "since"])?;
    for member in members::all(tx).await? {
        table.add([
            json!(member.user),
            json!(member.name),
            json!(member.email),
            json!(member.role.as_str()),
            json!(member.grants),
            json!(member.modules),
            json!(member.has_factor),
            json!(member.since),
        ])?;
    }
    files.table("memberships", table)?;
    let mut table = Table::new(&["id", "email", "role", "invited_by", "expires_at"])?;
    for open in invitations::open_ones(tx).await? {
        table.add([json!(open.id), json!(open.email), json!(open.role.as_str()), json!(open.by), json!(open.until)])?;
    }
    files.table("invitations", table)?;
    let rows = sql!(
        all(Uuid, Instant),
        &mut *tx,
        "SELECT invitation_id, replaced_at FROM replaced_invitations WHERE org_id = $1 ORDER BY replaced_at, token_hash"
    )?;
    let mut table = Table::new(&["invitation_id", "replaced_at"])?;
    for (id, at) in rows {
        table.add([json!(id), json!(at)])?;
    }
    files.table("replaced_invitations", table)?;
    let rows = sql!(
        all(Uuid, UserId, Instant),
        &mut *tx,
        "SELECT id, invited_by, used_at FROM used_invitations WHERE org_id = $1 ORDER BY used_at, id"
    )?;
    let mut table = Table::new(&["id", "invited_by", "used_at"])?;
    for (id, by, at) in rows {
        table.add([json!(id), json!(by), json!(at)])?;
    }
    files.table("used_invitations", table)?;
    let rows = sql!(
        all(UserId, UserId, Instant),
        &mut *tx,
        "SELECT user_id, offered_by, expires_at FROM ownership_offers WHERE org_id = $1"
    )?;
    let mut table = Table::new(&["user_id", "offered_by", "expires_at"])?;
    for (user, by, until) in rows {
        table.add([json!(user), json!(by), json!(until)])?;
    }
    files.table("ownership_offers", table)?;
    let rows = sql!(
        all(UserId, UserId, Instant, Instant),
        &mut *tx,
        "SELECT user_id, asked_by, asked_at, due_at FROM factor_resets WHERE org_id = $1"
    )?;
    let mut table = Table::new(&["user_id", "asked_by", "asked_at", "due_at"])?;
    for (user, by, at, due) in rows {
        table.add([json!(user), json!(by), json!(at), json!(due)])?;
    }
    files.table("factor_resets", table)?;
    support(tx, files).await
}

/// When support could look, who did, and who asked to.
async fn support(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    type Given = (ConsentId, UserId, Instant, Instant, Vec<u8>, Option<Instant>, Option<UserId>);
    let rows = sql!(
        all Given,
        &mut *tx,
        "SELECT id, given_by, given_at, ends_at, about, ended_at, ended_by FROM support_consents WHERE org_id = $1 ORDER BY given_at, id"
    )?;
    let mut table = Table::new(&["id", "given_by", "given_at", "ends_at", "about", "ended_at", "ended_by"])?;
    for (id, by, at, ends, sealed, ended, ended_by) in rows {
        let about = consent::opened(tx, "support_consents", id.0, &sealed).await?;
        table.add([json!(id), json!(by), json!(at), json!(ends), json!(about), json!(ended), json!(ended_by)])?;
    }
    files.table("support_consents", table)?;
    let rows = sql!(
        all(ConsentId, UserId, Instant),
        &mut *tx,
        "SELECT consent_id, user_id, first_at FROM support_uses WHERE org_id = $1 ORDER BY first_at, user_id"
    )?;
    let mut table = Table::new(&["consent_id", "user_id", "first_at"])?;
    for (consent, user, at) in rows {
        table.add([json!(consent), json!(user), json!(at)])?;
    }
    files.table("support_uses", table)?;
    let rows = sql!(
        all(AskId, UserId, Instant, Vec<u8>, i64),
        &mut *tx,
        "SELECT id, asked_by, asked_at, about, hours FROM support_asks WHERE org_id = $1 ORDER BY asked_at, id"
    )?;
    let mut table = Table::new(&["id", "asked_by", "asked_at", "about", "hours"])?;
    for (id, by, at, sealed, hours) in rows {
        let about = consent::opened(tx, "support_asks", id.0, &sealed).await?;
        table.add([json!(id), json!(by), json!(at), json!(about), json!(hours)])?;
    }
    files.table("support_asks", table)
}

type Token = (TokenId, String, String, UserId, Instant, Option<Instant>, Option<Instant>);

async fn set_up(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let rows = sql!(
        all(String, Instant),
        &mut *tx,
        "SELECT module, enabled_at FROM org_modules WHERE org_id = $1 ORDER BY module"
    )?;
    let mut table = Table::new(&["module", "enabled_at"])?;
    for (module, at) in rows {
        table.add([json!(module), json!(at)])?;
    }
    files.table("org_modules", table)?;
    let rows = sql!(
        all Token,
        &mut *tx,
        "SELECT id, name, scopes, created_by, created_at, last_used_at, revoked_at FROM api_tokens WHERE org_id = $1 ORDER BY id"
    )?;
    let mut table = Table::new(&["id", "name", "scopes", "created_by", "created_at", "last_used_at", "revoked_at"])?;
    for (id, name, scopes, by, at, used, revoked) in rows {
        table.add([json!(id), json!(name), json!(scopes), json!(by), json!(at), json!(used), json!(revoked)])?;
    }
    files.table("api_tokens", table)?;
    let rows = sql!(
        all(String, String, i64),
        &mut *tx,
        "SELECT quota, period, used FROM quota_use WHERE org_id = $1 ORDER BY quota, period"
    )?;
    let mut table = Table::new(&["quota", "period", "used"])?;
    for (quota, period, used) in rows {
        table.add([json!(quota), json!(period), json!(used)])?;
    }
    files.table("quota_use", table)?;
    let mut table = Table::new(&["plans", "most_free_days", "least_percent", "most_open"])?;
    if let Some(bounds) = partners::bounds(tx).await? {
        table.add([
            json!(bounds.plans),
            json!(bounds.most_free_days),
            json!(bounds.least_percent),
            json!(bounds.most_open),
        ])?;
    }
    files.table("partners", table)?;
    money(tx, files).await?;
    let mut table = Table::new(&["id", "asked_at", "ready_at", "failed_at", "expires_at", "size"])?;
    for one in all(tx).await? {
        table.add([
            json!(one.id),
            json!(one.asked_at),
            json!(one.ready_at),
            json!(one.failed_at),
            json!(one.expires_at),
            json!(one.size),
        ])?;
    }
    files.table("exports", table)
}

#[derive(sqlx::FromRow)]
struct Invoiced {
    id: String,
    number: String,
    status: String,
    total: i64,
    gst: i64,
    made_at: Instant,
    paid_at: Option<Instant>,
    from_credit: i64,
    credit_left: i64,
    credited_before: i64,
    credited_after: i64,
    seller_name: String,
    seller_abn: String,
    seller_address: String,
    buyer_name: String,
    buyer_abn: String,
    buyer_address: String,
    zone: String,
}

/// What it paid, and what its plan brought.
async fn money(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    type Account = (String, Option<String>, Option<String>, Option<Instant>, Option<Instant>);
    type Return = (String, Option<String>, i64, i64, bool, Instant, Option<Instant>);
    type Own = (String, bool, bool, Instant, Option<Instant>, Option<Instant>);
    let rows = sql!(
        all Account,
        &mut *tx,
        "SELECT customer, subscription, status, paid_until, cancels_at FROM stripe_accounts WHERE org_id = $1"
    )?;
    let mut table = Table::new(&["customer", "subscription", "status", "paid_until", "cancels_at"])?;
    for (customer, subscription, status, until, cancels) in rows {
        table.add([json!(customer), json!(subscription), json!(status), json!(until), json!(cancels)])?;
    }
    files.table("stripe_accounts", table)?;
    let rows = sql!(
        all Own,
        &mut *tx,
        "SELECT account, charges_enabled, details_submitted, made_at, stopped_at, gone_at FROM stripe_own_accounts WHERE org_id = $1 ORDER BY made_at, account"
    )?;
    let mut table =
        Table::new(&["account", "charges_enabled", "details_submitted", "made_at", "stopped_at", "gone_at"])?;
    for (account, charges, details, made, stopped, gone) in rows {
        table.add([json!(account), json!(charges), json!(details), json!(made), json!(stopped), json!(gone)])?;
    }
    files.table("stripe_own_accounts", table)?;
    let rows = sql!(
        all Invoiced,
        &mut *tx,
        "SELECT id, number, status, total, gst, made_at, paid_at, from_credit, credit_left, credited_before, credited_after, seller_name, seller_abn, seller_address,
           buyer_name, buyer_abn, buyer_address, zone FROM stripe_invoices WHERE org_id = $1 ORDER BY made_at, id"
    )?;
    let mut table = Table::new(&[
        "id",
        "number",
        "status",
        "total_cents",
        "gst_cents",
        "made_at",
        "paid_at",
        "from_credit_cents",
        "credit_left_cents",
        "credited_before_cents",
        "credited_after_cents",
        "seller_name",
        "seller_abn",
        "seller_address",
        "buyer_name",
        "buyer_abn",
        "buyer_address",
        "zone",
    ])?;
    for row in rows {
        table.add([
            json!(row.id),
            json!(row.number),
            json!(row.status),
            json!(row.total),
            json!(row.gst),
            json!(row.made_at),
            json!(row.paid_at),
            json!(row.from_credit),
            json!(row.credit_left),
            json!(row.credited_before),
            json!(row.credited_after),
            json!(row.seller_name),
            json!(row.seller_abn),
            json!(row.seller_address),
            json!(row.buyer_name),
            json!(row.buyer_abn),
            json!(row.buyer_address),
            json!(row.zone),
        ])?;
    }
    files.table("stripe_invoices", table)?;
    let rows = sql!(
        all(String, i64, String, i64, i64, Instant, Instant),
        &mut *tx,
        "SELECT invoice, number, about, quantity, amount, starts_at, ends_at FROM stripe_invoice_lines WHERE org_id = $1 ORDER BY invoice, number"
    )?;
    let mut table = Table::new(&["invoice", "number", "about", "quantity", "amount_cents", "starts_at", "ends_at"])?;
    for (invoice, number, about, quantity, amount, from, until) in rows {
        table.add([
            json!(invoice),
            json!(number),
            json!(about),
            json!(quantity),
            json!(amount),
            json!(from),
            json!(until),
        ])?;
    }
    files.table("stripe_invoice_lines", table)?;
    let rows = sql!(
        all Return,
        &mut *tx,
        "SELECT id, invoice, amount, refunded, disputed, made_at, returned_at FROM stripe_returns WHERE org_id = $1 ORDER BY made_at, id"
    )?;
    let mut table =
        Table::new(&["id", "invoice", "amount_cents", "refunded_cents", "disputed", "made_at", "returned_at"])?;
    for (id, invoice, amount, refunded, disputed, made, returned) in rows {
        table.add([
            json!(id),
            json!(invoice),
            json!(amount),
            json!(refunded),
            json!(disputed),
            json!(made),
            json!(returned),
        ])?;
    }
    files.table("stripe_returns", table)?;
    let rows = sql!(
        all(i64, Instant, String, String, i64, i64),
        &mut *tx,
        "SELECT number, at, kind, plan, before_year, after_year FROM plan_changes WHERE org_id = $1 ORDER BY number"
    )?;
    let mut table = Table::new(&["number", "at", "kind", "plan", "before_cents_a_year", "after_cents_a_year"])?;
    for (number, at, kind, plan, before, after) in rows {
        table.add([json!(number), json!(at), json!(kind), json!(plan), json!(before), json!(after)])?;
    }
    files.table("plan_changes", table)
}

async fn logo(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let rows = sql!(
        all(i64, Vec<u8>, i64, i64),
        &mut *tx,
        "SELECT version, png, width, height FROM logos WHERE org_id = $1 ORDER BY version"
    )?;
    let mut table = Table::new(&["version", "width", "height", "file"])?;
    for (version, png, width, height) in rows {
        let file = format!("logo-{version}.png");
        files.file(&file, &png)?;
        table.add([json!(version), json!(width), json!(height), json!(file)])?;
    }
    files.table("logos", table)
}

async fn events(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&["sequence", "kind", "subject", "created_at"])?;
    let mut after = 0;
    loop {
        let rows = sql!(
            all(i64, String, Uuid, Instant),
            &mut *tx,
            "SELECT sequence, kind, subject, created_at FROM events WHERE org_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
            after,
            BLOCK
        )?;
        let Some((last, ..)) = rows.last() else { break };
        after = *last;
        for (sequence, kind, subject, at) in rows {
            table.add([json!(sequence), json!(kind), json!(subject), json!(at)])?;
        }
    }
    files.table("events", table)
}

/// The audit log, the newest first, with its sentences.
async fn log(tx: &mut OrgTx, files: &mut Files) -> Result<()> {
    let mut table = Table::new(&[
        "number",
        "at",
        "actor_kind",
        "actor_id",
        "who",
        "action",
        "what",
        "subject_id",
        "from",
        "detail",
    ])?;
    let mut filter = Filter::default();
    loop {
        let entries = audit::read(tx, &filter, BLOCK).await?;
        let Some(last) = entries.last() else { break };
        filter.before = Some(last.number);
        let words = audit_words::tell(tx, &entries).await?;
        for (entry, words) in entries.iter().zip(words) {
            table.add([
                json!(entry.number),
                json!(entry.at),
                json!(entry.actor_kind),
                json!(entry.actor),
                json!(words.who),
                json!(entry.action),
                json!(words.sentence),
                json!(entry.subject),
                json!(entry.place),
                json!(entry.detail.text()),
            ])?;
        }
    }
    files.table("audit_entries", table)
}

async fn open(platform: &Platform, actor: &Actor, org: &str, access: Access) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::OWN, access).await
}

async fn by_itself(platform: &Platform, org: OrgId, access: Access) -> Result<OrgTx> {
    OrgTx::open(platform, &Actor::System("an export"), OrgRef::Id(org), &permissions::OWN, access).await
}

fn gone() -> AppError {
    AppError::not_found("that file")
}

fn place(id: ExportId) -> Place {
    Place { table: "export_parts", column: "content", row: id.0 }
}

/// What the owner is told of their file.
pub(crate) fn letter(to: String, name: &str, subject: &str, words: &str, (button, page): (&str, String)) -> Letter {
    Letter {
        to,
        subject: subject.to_owned(),
        paragraphs: vec![format!("Hello {name},"), words.to_owned()],
        action: Some((button.to_owned(), page)),
        closing: vec!["You didn’t ask for it? Then change your password, and look at the audit log.".to_owned()],
    }
}
