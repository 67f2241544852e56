//! How the organisation counts: when its weeks and fortnights begin, and how far ahead something may be dated.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    board,
    people::{finish, open},
    permissions,
    store::{self, Settings},
};
use crate::{
    clock::day_typed,
    db::Access,
    error::{AppError, FieldErrors, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// What is set where nobody has set anything: weeks from Monday, and nothing ahead of today.
const FIRST_VERSION: i64 = 0;
/// Something may be dated so many days ahead at most.
pub const MOST_AHEAD: i64 = 366;

/// How the organisation counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsBody {
    /// The day on which weeks begin: 1 is Monday, 7 Sunday.
    pub week_starts: i64,
    /// A day in a fortnight: `2026-01-05`. Fortnights begin in its week, and in every second one before and after.
    pub fortnight_from: String,
    /// How many days ahead something may be dated, 0 to 366.
    pub future_days: i64,
    /// The version that was read.
    pub version: i64,
}

/// How the organisation counts, for who sets it up.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn read(platform: &Platform, actor: &Actor, org: &str) -> Result<SettingsBody> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let settings = now(&mut tx).await?;
    tx.rollback().await?;
    Ok(settings)
}

/// Says anew how the organisation counts. Weeks and fortnights are counted so from then on, those that are over among them.
///
/// # Errors
/// 422 at each field that is wrong; 409 where somebody else changed it since `version`.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, body: &SettingsBody) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let mut errors = FieldErrors::default();
    if !(1..=7).contains(&body.week_starts) {
        errors.add("week_starts", "Choose a day of the week.");
    }
    let fortnight = day_typed(&body.fortnight_from);
    if fortnight.is_none() {
        errors.add("fortnight_from", "Enter a day like 5/1/2026.");
    }
    if !(0..=MOST_AHEAD).contains(&body.future_days) {
        errors.add("future_days", "Enter 0 to 366 days.");
    }
    errors.finish()?;
    let before = now(&mut tx).await?;
    let new = Settings {
        week_starts: body.week_starts,
        fortnight_from: fortnight.unwrap_or(Date::ZERO).to_string(),
        future_days: body.future_days,
        version: body.version,
    };
    let done = body.version == before.version
        && if before.version == FIRST_VERSION {
            store::insert_settings(&mut tx, &new).await?
        } else {
            store::update_settings(&mut tx, &new).await? == 1
        };
    if !done {
        return Err(AppError::changed("how the scoreboard counts", before.version, differences(&before, body)));
    }
    let org = tx.id().0;
    finish(tx, "scoreboard.settings_saved", org).await
}

async fn now(tx: &mut OrgTx) -> Result<SettingsBody> {
    let stored = store::settings(tx).await?;
    let usual = board::calendar(tx).await?;
    Ok(SettingsBody {
        week_starts: i64::from(usual.week_starts.to_monday_one_offset()),
        fortnight_from: usual.fortnight_from.to_string(),
        future_days: stored.as_ref().map_or(0, |stored| stored.future_days),
        version: stored.map_or(FIRST_VERSION, |stored| stored.version),
    })
}

fn differences(now: &SettingsBody, body: &SettingsBody) -> Vec<crate::error::FieldError> {
    let mut fields = FieldErrors::default();
    if now.week_starts != body.week_starts {
        fields.add("week_starts", "It is another day now.");
    }
    if day_typed(&now.fortnight_from) != day_typed(&body.fortnight_from) {
        fields.add("fortnight_from", format!("It is {} now.", now.fortnight_from));
    }
    if now.future_days != body.future_days {
        fields.add("future_days", format!("It is {} now.", now.future_days));
    }
    fields.into_fields()
}
