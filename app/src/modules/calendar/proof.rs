//! While very many try to book, a browser does a sum before it books: a second or two of work for a person, and for a program that
//! books thousands of times as many seconds. Nothing is asked of anybody while all is calm, and looking never takes any.
//!
//! The sum is in ALTCHA’s form (version 1), which needs no third party: a salt, the SHA-256 of the salt with a number after it, and the
//! most that the number can be; whoever finds the number has done the work. It holds for one service of one business, for some
//! minutes, and for one booking.

use base64::{Engine, engine::general_purpose::STANDARD};
use maud::html;
use rand::{RngExt, rand_core::UnwrapErr, rngs::SysRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{
    booking::{self, Request, Source},
    permissions, public_words as words,
    wire::Guard,
};
use crate::{
    audit::hex,
    auth::throttle,
    db::Access,
    error::{AppError, Code, FieldError, Result},
    ids::OrgId,
    org::{Actor, By, Org, OrgRef, OrgTx},
    packed::Inert,
    platform::Platform,
    ui::assets,
};

/// A sum holds for so long: 20 minutes, in which a form is filled in.
const HOLDS_SECONDS: i64 = 20 * 60;
/// The number is at most this; half of it is tried on average, which takes a phone a second or two.
const MOST: u32 = 200_000;
/// What is sent is never longer.
const LONGEST: usize = 1_000;
const ALGORITHM: &str = "SHA-256";

/// A sum to do before booking while very many try to. It is solved by the number from 0 to `maxnumber` whose SHA-256, as digits after
/// the salt, is the challenge, and sent along as `proof`: base64 of the JSON of `algorithm`, `challenge`, `number`, `salt` and
/// `signature` (ALTCHA’s form).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Challenge {
    /// `SHA-256`.
    pub algorithm: String,
    /// In small hexadecimal digits.
    pub challenge: String,
    /// The most that the number can be.
    pub maxnumber: u32,
    /// Stands before the number; says until when it holds.
    pub salt: String,
    /// Sent back as it is.
    pub signature: String,
}

#[derive(Debug, Deserialize)]
struct Solution {
    algorithm: String,
    challenge: String,
    number: u32,
    salt: String,
    signature: String,
}

/// What somebody brings who wants to book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brought {
    /// Nothing was asked.
    Nothing,
    /// The sum of this challenge, which holds for this one booking.
    Solved(String),
    /// No sum, with our own form: a browser without JavaScript.
    Unsolved,
}

/// A sum for one service of a business.
pub fn challenge(platform: &Platform, org: OrgId, service: &str) -> Challenge {
    let expires = platform.clock.now().timestamp().as_second() + HOLDS_SECONDS;
    let mut random = UnwrapErr(SysRng);
    // With a sign after it that is no digit, so that no end of the salt passes for the beginning of a number.
    let salt = format!("{:016x}?expires={expires}&", random.random::<u64>());
    let challenge = hash(&salt, random.random_range(0..=MOST));
    let signature = platform.links.sign_challenge(org.0, &challenge, service);
    Challenge { algorithm: ALGORITHM.to_owned(), challenge, maxnumber: MOST, salt, signature }
}

/// What the form brings along while a business is under attack; `None` while it isn’t.
pub fn for_form(platform: &Platform, org: &Org, service: &str) -> Option<Guard> {
    if !platform.attacks.is_on(org.id, platform.clock.now()) {
        return None;
    }
    let sum = serde_json::to_string(&challenge(platform, org.id, service)).unwrap_or_default();
    let again = format!("/api/v1/orgs/{}/calendar/services/{service}/challenge", org.slug);
    let content = html! {
        input type="hidden" name="proof" value="";
        p class="soft" id="proof-words" role="status" data-challenge=(sum) data-again=(again) {}
        noscript {
            p class="soft" {
                (words::VERY_MANY_BOOKINGS) " " (words::if_urgent(&org.phone))
            }
        }
    };
    Some(Guard { content: Inert::new(content.into_string()), script: assets::path("proof.js") })
}

/// Counts what the public tries at a business that is open, as long as it isn’t this machine that does.
pub fn count(tx: &OrgTx) {
    let place = booking::place_asking();
    if tx.by() == By::Client && !place.is_empty() {
        tx.platform().attacks.count(tx.id(), &place, tx.now());
    }
}

/// The same where a try came to nothing before the business was opened.
pub async fn count_refused(platform: &Platform, actor: &Actor, org: &str) {
    if booking::place_asking().is_empty() {
        return;
    }
    let opened = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BOOK, Access::Read).await;
    let Ok(tx) = opened else { return };
    count(&tx);
    if let Err(error) = tx.rollback().await {
        tracing::warn!(%error, "a look at a business doesn’t end as it should");
    }
}

/// Looks at what a booking brings: under attack the public brings a sum, or at least our own form.
///
/// # Errors
/// 409 where it brings neither: whoever sees the form again has a sum in it.
pub fn look(tx: &OrgTx, request: &Request, source: Source) -> Result<Brought> {
    // Whoever takes what they were offered has a secret link, and the time already.
    let is_awaited = source.is_staff() || matches!(source, Source::Waitlist { .. });
    if is_awaited || tx.by() != By::Client || !tx.platform().attacks.is_on(tx.id(), tx.now()) {
        return Ok(Brought::Nothing);
    }
    if request.proof.is_empty() && request.form.is_some() {
        return Ok(Brought::Unsolved);
    }
    solved(tx, &request.service, &request.proof).map(Brought::Solved).ok_or_else(|| asked_for(source))
}

/// Lets a browser through that does no sum, when it is its turn; and whoever did one at once.
///
/// # Errors
/// 429 with how long to wait.
pub fn let_through(tx: &OrgTx, brought: &Brought) -> Result<()> {
    if *brought != Brought::Unsolved {
        return Ok(());
    }
    tx.platform().attacks.let_through(tx.id(), &booking::place_asking(), tx.now()).map_err(|seconds| {
        let wait = throttle::in_words(seconds);
        let call = match tx.org().phone.as_str() {
            "" => "or call the business".to_owned(),
            phone => format!("or call {phone}"),
        };
        let words = format!(
            "Very many bookings are being sent here at the moment. Please press the button again in {wait}, {call}. What you typed stays."
        );
        AppError { retry_after: u32::try_from(seconds).ok(), ..AppError::new(Code::TooMany, words) }
    })
}

/// What is said to whoever brings no sum, or one that doesn’t hold (any more).
pub fn asked_for(source: Source) -> AppError {
    let words = "Very many bookings are being sent here at the moment, so your browser does a small sum first. Nothing was booked yet: please press the button once more.";
    let fields = match source {
        Source::Api => {
            let message = "Solve a challenge of this service, and send it along.".to_owned();
            vec![FieldError { field: "proof".to_owned(), message }]
        }
        _ => Vec::new(),
    };
    AppError { fields, ..AppError::conflict(words) }
}

/// The challenge that a proof solves, where that was given out for this service of this business, and holds yet.
fn solved(tx: &OrgTx, service: &str, proof: &str) -> Option<String> {
    if proof.len() > LONGEST {
        return None;
    }
    let Solution { algorithm, challenge, number, salt, signature } =
        serde_json::from_slice(&STANDARD.decode(proof).ok()?).ok()?;
    let expires = salt.split_once("?expires=")?.1.strip_suffix('&')?.parse::<i64>().ok()?;
    let holds = algorithm == ALGORITHM
        && tx.platform().links.is_challenge(tx.id().0, &challenge, service, &signature)
        && hash(&salt, number) == challenge
        && tx.now().timestamp().as_second() < expires;
    holds.then_some(challenge)
}

fn hash(salt: &str, number: u32) -> String {
    hex(&Sha256::digest(format!("{salt}{number}")))
}
