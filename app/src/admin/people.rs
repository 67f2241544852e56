//! Who has an account: their name and address, where they belong, and nothing of what they or anybody's clients wrote.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    operator::{Acting, Operator},
    views::day,
    wire::{PeoplePage, PersonLine, TheirOrg},
};
use crate::{
    audit::{self, Detail},
    auth::{overview::ago, session},
    clock::Instant,
    crypto::{Place, normalise_email},
    db::Access,
    error::{AppError, Result},
    ids::{UserId, batches},
    others,
    platform::{PLATFORM_OWNER, Platform},
    platform_sql,
};

/// So many on a page.
const PAGE: usize = 50;

#[derive(sqlx::FromRow)]
struct Row {
    id: UserId,
    email: Vec<u8>,
    name: Vec<u8>,
    created_at: Instant,
    second_factor_at: Option<Instant>,
    platform_admin: bool,
    seen_at: Option<Instant>,
}

/// Who has an account, the newest first, after one; or the one with exactly this address.
///
/// # Errors
/// The database is busy.
pub async fn list(platform: &Platform, by: Operator, email: &str, after: Option<UserId>) -> Result<PeoplePage> {
    let email = email.trim();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let mut rows = if email.is_empty() {
        platform_sql!(
            all Row,
            &mut tx,
            "SELECT id, email, name, created_at, second_factor_at, platform_admin,
               (SELECT MAX(s.seen_at) FROM sessions AS s WHERE s.user_id = users.id) AS seen_at
             FROM users WHERE id < $1 ORDER BY id DESC LIMIT $2",
            after.map_or(Uuid::max(), |after| after.0),
            i64::try_from(PAGE + 1).unwrap_or(i64::MAX)
        )?
    } else {
        platform_sql!(
            all Row,
            &mut tx,
            "SELECT id, email, name, created_at, second_factor_at, platform_admin,
               (SELECT MAX(s.seen_at) FROM sessions AS s WHERE s.user_id = users.id) AS seen_at
             FROM users WHERE email_index = $1",
            keys.blind_index("users", "email", &normalise_email(email)).to_vec()
        )?
    };
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let mut orgs: HashMap<UserId, Vec<TheirOrg>> = HashMap::new();
    for ids in batches::<25>(rows.iter().map(|row| row.id.0)) {
        let found = platform_sql!(
            all(UserId, String, String, String),
            &mut tx,
            "SELECT m.user_id, m.role, o.slug, o.name FROM memberships AS m JOIN organisations AS o ON o.id = m.org_id
             WHERE m.user_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25) ORDER BY o.name, o.slug",
            ids[0],
            ids[1],
            ids[2],
            ids[3],
            ids[4],
            ids[5],
            ids[6],
            ids[7],
            ids[8],
            ids[9],
            ids[10],
            ids[11],
            ids[12],
            ids[13],
            ids[14],
            ids[15],
            ids[16],
            ids[17],
            ids[18],
            ids[19],
            ids[20],
            ids[21],
            ids[22],
            ids[23],
            ids[24]
        )?;
        for (user, role, slug, name) in found {
            orgs.entry(user).or_default().push(TheirOrg { slug, name, role });
        }
    }
    tx.commit().await?;
    let now = platform.clock.now();
    let zone = super::revenue::zone();
    let people = rows
        .into_iter()
        .map(|row| {
            let open = |column, sealed: &[u8]| {
                keys.open(Place { table: "users", column, row: row.id.0 }, sealed).map_err(|error| {
                    tracing::error!(%error, user = %row.id, column, "a person’s details can’t be read");
                    AppError::internal()
                })
            };
            Ok(PersonLine {
                id: row.id.to_string(),
                name: open("name", &row.name)?,
                email: open("email", &row.email)?,
                since: day(&zone, row.created_at),
                seen: row.seen_at.map(|at| ago(at, now)).unwrap_or_default(),
                has_factor: row.second_factor_at.is_some(),
                runs_platform: row.platform_admin,
                orgs: orgs.remove(&row.id).unwrap_or_default(),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(PeoplePage {
        more_after: people.last().filter(|_| more).map(|person| person.id.clone()),
        people,
        email: email.chars().take(254).collect(),
        confirmed: by.is_elevated(),
    })
}

/// Ends everything that somebody is logged in with, wherever that is.
///
/// # Errors
/// 404 for nobody.
pub async fn log_out(platform: &Platform, by: Acting, user: UserId) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(optional(UserId,), &mut tx, "SELECT id FROM users WHERE id = $1", user)?
        .ok_or_else(|| AppError::not_found("that person"))?;
    session::end_every(&mut tx, user).await?;
    let who = Some(by.operator().user());
    audit::log(platform, &mut tx, who, "admin.logged_out", Some(user.0), &Detail::default()).await?;
    others::commit_and_look_again(platform, tx.commit(), [user]).await
}
