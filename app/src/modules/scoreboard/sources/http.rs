//! `POST /webhooks/scoreboard/{source}`: where another program tells what happened. Whoever it is, what counts is the signature.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Serialize;

use super::{
    Outcome, gone, secrets,
    signing::{self, SignedBy, Unsigned},
    taking::{doubt, listened_to, listening, take},
};
use crate::{
    db::Access,
    error::{AppError, Code, Result},
    ids::OrgId,
    modules::scoreboard::ids::{EntryId, SourceId},
    platform::Platform,
    platform_sql,
    web::{Json, Path},
};

/// The largest message that is read.
pub const LARGEST: usize = 256 * 1024;
/// One source tells so much in a minute at most.
const A_MINUTE: u32 = 600;

/// Its routes.
pub fn router() -> Router<Platform> {
    Router::new().route("/webhooks/scoreboard/{id}", post(tell))
}

/// How much each source has told in the minute that runs: what it signed, and what it didn’t. Apart, so that nobody who only knows its address
/// keeps the program from being heard.
#[derive(Debug, Default)]
struct Rates(Mutex<HashMap<(SourceId, bool), (i64, u32)>>);

/// What is answered to a message that was taken.
#[derive(Debug, Serialize)]
struct Answer {
    /// `entered`, `again` or `ignored`.
    outcome: &'static str,
    /// The entry that it is.
    entry: Option<EntryId>,
}

/// Takes a message. What the source doesn't take is accepted all the same: it isn't to come again.
async fn tell(State(platform): State<Platform>, Path(id): Path<String>, request: Request) -> Result<Response> {
    let id: SourceId = id.parse().map_err(|_| gone())?;
    let org = whose(&platform, id).await?.ok_or_else(gone)?;
    let mut tx = listening(&platform, org, Access::Read).await?;
    let (stored, now) = (listened_to(&mut tx, id).await?, tx.now());
    let keys = tx.keys().await?;
    tx.rollback().await?;
    let signed_by = SignedBy::parse(&stored.signed_by).ok_or_else(AppError::internal)?;
    let secrets = secrets(&keys, &stored, now)?;
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST).await else {
        doubt(&platform, org, id, Outcome::Large, "It is larger than 256 KB.").await?;
        return Err(AppError::new(Code::TooLarge, "That is too large. Send at most 256 KB."));
    };
    let message = match signing::check(signed_by, &secrets, &head.headers, &body, now) {
        Ok(message) => message,
        Err(unsigned) => {
            check_rate(&platform, id, false)?;
            let outcome = if unsigned == Unsigned::Late { Outcome::Late } else { Outcome::Unsigned };
            doubt(&platform, org, id, outcome, unsigned.words()).await?;
            return Err(AppError::new(
                Code::Unauthenticated,
                "This isn’t signed as it should be, so nothing was done.",
            ));
        }
    };
    check_rate(&platform, id, true)?;
    let taken = take(&platform, org, id, &body, message).await?;
    Ok(Json(Answer { outcome: taken.outcome.as_str(), entry: taken.entry }).into_response())
}

/// Whose a source is.
async fn whose(platform: &Platform, id: SourceId) -> Result<Option<OrgId>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(optional(OrgId,), &mut tx, "SELECT org_id FROM scoreboard_sources WHERE id = $1", id)?;
    tx.rollback().await?;
    Ok(found.map(|(org,)| org))
}

fn check_rate(platform: &Platform, id: SourceId, signed: bool) -> Result<()> {
    let second = platform.clock.now().timestamp().as_second();
    let minute = second.div_euclid(60);
    let rates = platform.kept::<Rates>();
    let mut told = rates.0.lock().unwrap_or_else(PoisonError::into_inner);
    told.retain(|_, (at, _)| *at == minute);
    let (_, count) = told.entry((id, signed)).or_insert((minute, 0));
    *count += 1;
    if *count <= A_MINUTE {
        return Ok(());
    }
    let seconds = u32::try_from(60 - second.rem_euclid(60)).unwrap_or(60);
    let words = "That is more than we take from one program in a minute. Please wait a moment.";
    Err(AppError { retry_after: Some(seconds), ..AppError::new(Code::TooMany, words) })
}
