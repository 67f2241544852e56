//! The server functions of the scoreboard's pages: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{
    anew, digest, entries,
    forms::{self, TypedEntry, TypedMetric, TypedPerson},
    ids::TeamId,
    metrics, people,
    people::{MembershipBody, TeamBody},
    settings::{self, SettingsBody},
    targets::{self, TypedTargets},
    working::{self, LeaveBody},
};
use crate::{
    error::{AppError, Result},
    packed::Packed,
    request::{self, actor, platform},
    ui::{Sender, with_query},
};

/// Enters something that happened.
#[server(name = EnterResult, prefix = "/fn", endpoint = "scoreboard/enter", output = Packed, client = Sender)]
pub async fn enter_result(
    org: String,
    metric: String,
    value: String,
    key: String,
    #[server(default)] person: String,
    #[server(default)] day: String,
    #[server(default)] time: String,
    #[server(default)] note: String,
) -> Result<()> {
    let typed = TypedEntry { metric: metric.clone(), person: person.clone(), value, day: day.clone(), time, note };
    let entered = request::page(forms::enter(&platform(), &actor(), &org, &typed, &key).await)?;
    let id = entered.id.to_string();
    let pairs = [("entered", id.as_str()), ("metric", &metric), ("person", &person), ("day", &day)];
    leptos_axum::redirect(&with_query(&format!("/app/{org}/scoreboard/enter"), &pairs));
    Ok(())
}

/// Takes a line of the ledger back.
#[server(name = VoidResult, prefix = "/fn", endpoint = "scoreboard/void", output = Packed, client = Sender)]
pub async fn void_result(org: String, id: String, why: String) -> Result<()> {
    let voided = entries::void(&platform(), &actor(), &org, &id, &why).await;
    request::page(voided.map_err(|error| error.rename_field("reason", "why")))?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/entries/{id}?voided=1"));
    Ok(())
}

/// Puts a line of the ledger right.
#[server(name = CorrectResult, prefix = "/fn", endpoint = "scoreboard/correct", output = Packed, client = Sender)]
pub async fn correct_result(
    org: String,
    id: String,
    metric: String,
    value: String,
    reason: String,
    #[server(default)] person: String,
    #[server(default)] day: String,
    #[server(default)] time: String,
    #[server(default)] note: String,
) -> Result<()> {
    let typed = TypedEntry { metric, person, value, day, time, note };
    let new = request::page(forms::correct(&platform(), &actor(), &org, &id, &typed, &reason).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/entries/{new}?corrected=1"));
    Ok(())
}

/// Says yes or no to a line that waits for it.
#[server(name = DecideResult, prefix = "/fn", endpoint = "scoreboard/decide", output = Packed, client = Sender)]
pub async fn decide_result(org: String, id: String, #[server(default)] approved: bool) -> Result<()> {
    request::page(entries::decide(&platform(), &actor(), &org, &id, approved).await)?;
    let what = if approved { "approved" } else { "declined" };
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/entries?waiting=1&{what}=1"));
    Ok(())
}

/// Adds something that is counted.
#[server(name = AddMetric, prefix = "/fn", endpoint = "scoreboard/add-metric", output = Packed, client = Sender)]
pub async fn add_metric(
    org: String,
    name: String,
    what: String,
    #[server(default)] suffix: String,
    #[server(default)] decimals: String,
    #[server(default)] gst: String,
    #[server(default)] better: String,
    #[server(default)] numerator: String,
    #[server(default)] denominator: String,
    #[server(default)] formula: String,
) -> Result<()> {
    let typed = TypedMetric {
        name,
        what,
        suffix,
        decimals,
        gst,
        better,
        numerator,
        denominator,
        formula,
        active: true,
        ..TypedMetric::default()
    };
    let body = request::page(typed.body(None))?;
    let id = request::page(metrics::add(&platform(), &actor(), &org, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/metrics/{id}?added=1"));
    Ok(())
}

/// Changes something that is counted.
#[server(name = SaveMetric, prefix = "/fn", endpoint = "scoreboard/save-metric", output = Packed, client = Sender)]
pub async fn save_metric(
    org: String,
    id: String,
    version: i64,
    name: String,
    word: String,
    entered_by: String,
    shown_to: String,
    #[server(default)] better: String,
    #[server(default)] suffix: String,
    #[server(default)] gst: String,
    #[server(default)] numerator: String,
    #[server(default)] denominator: String,
    #[server(default)] formula: String,
    #[server(default)] approval: bool,
    #[server(default)] active: bool,
) -> Result<()> {
    let typed = TypedMetric {
        name,
        key: word,
        suffix,
        gst,
        better,
        numerator,
        denominator,
        formula,
        entered_by,
        approval,
        shown_to,
        active,
        ..TypedMetric::default()
    };
    let body = request::page(typed.body(Some(version)))?;
    let body = metrics::MetricBody { gst: typed.gst.clone(), ..body };
    let saved = metrics::save(&platform(), &actor(), &org, &id, &body).await;
    request::page(saved.map_err(|error| error.rename_field("key", "word").rename_field("lower_is_better", "better")))?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/metrics?saved=1"));
    Ok(())
}

/// Moves something that is counted by one in lists.
#[server(name = MoveMetric, prefix = "/fn", endpoint = "scoreboard/move-metric", output = Packed, client = Sender)]
pub async fn move_metric(org: String, id: String, #[server(default)] earlier: bool) -> Result<()> {
    request::page(metrics::move_one(&platform(), &actor(), &org, &id, earlier).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/metrics?moved=1"));
    Ok(())
}

/// Adds somebody whose results are counted.
#[server(name = AddScored, prefix = "/fn", endpoint = "scoreboard/add-person", output = Packed, client = Sender)]
pub async fn add_person(
    org: String,
    name: String,
    #[server(default)] aliases: String,
    #[server(default)] member: String,
    #[server(default)] joined_on: String,
) -> Result<()> {
    let typed = TypedPerson { name, aliases, member, joined_on, ..TypedPerson::default() };
    let body = request::page(typed.body(None))?;
    let id = request::page(people::add(&platform(), &actor(), &org, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/people/{id}?added=1"));
    Ok(())
}

/// Changes somebody whose results are counted.
#[server(name = SaveScored, prefix = "/fn", endpoint = "scoreboard/save-person", output = Packed, client = Sender)]
pub async fn save_person(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] aliases: String,
    #[server(default)] member: String,
    #[server(default)] joined_on: String,
    #[server(default)] left_on: String,
    #[server(default)] opted_out: bool,
) -> Result<()> {
    let typed = TypedPerson { name, aliases, member, joined_on, left_on, opted_out };
    let body = request::page(typed.body(Some(version)))?;
    request::page(people::save(&platform(), &actor(), &org, &id, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/people/{id}?saved=1"));
    Ok(())
}

/// Takes whoever asks off every board, or has them on boards again.
#[server(name = OptOut, prefix = "/fn", endpoint = "scoreboard/opt-out", output = Packed, client = Sender)]
pub async fn opt_out(org: String, #[server(default)] out: bool) -> Result<()> {
    request::page(people::opt_out(&platform(), &actor(), &org, out).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/mine?saved=1"));
    Ok(())
}

/// The weekly email comes to whoever asks, or no more.
#[server(name = ChooseDigest, prefix = "/fn", endpoint = "scoreboard/choose-digest", output = Packed, client = Sender)]
pub async fn choose_digest(org: String, #[server(default)] wanted: bool) -> Result<()> {
    request::page(digest::choose(&platform(), &actor(), &org, wanted).await)?;
    let said = if wanted { "weekly" } else { "quiet" };
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/mine?{said}=1"));
    Ok(())
}

/// Says on which days of the week somebody works: 1 is Monday.
#[server(name = SaveWorks, prefix = "/fn", endpoint = "scoreboard/save-works", output = Packed, client = Sender)]
pub async fn save_works(org: String, id: String, version: i64, #[server(default)] works: Vec<String>) -> Result<()> {
    // What is no number is no day of the week.
    let days: Vec<i64> = works.iter().map(|day| day.parse().unwrap_or(0)).collect();
    request::page(working::save_weekdays(&platform(), &actor(), &org, &id, &days, version).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/people/{id}?saved=1"));
    Ok(())
}

/// Notes that somebody is away.
#[server(name = AddLeave, prefix = "/fn", endpoint = "scoreboard/add-leave", output = Packed, client = Sender)]
pub async fn add_leave(
    org: String,
    id: String,
    #[server(default)] away_since: String,
    #[server(default)] away_until: String,
) -> Result<()> {
    let body = LeaveBody { since: away_since, until: Some(away_until) };
    let added = working::add_leave(&platform(), &actor(), &org, &id, &body).await;
    request::page(
        added.map_err(|error| error.rename_field("since", "away_since").rename_field("until", "away_until")),
    )?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/people/{id}?saved=1"));
    Ok(())
}

/// Takes a time away back.
#[server(name = RemoveLeave, prefix = "/fn", endpoint = "scoreboard/remove-leave", output = Packed, client = Sender)]
pub async fn remove_leave(org: String, id: String) -> Result<()> {
    let person = request::page(working::remove_leave(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/people/{person}?saved=1"));
    Ok(())
}

/// Sets all targets of what is counted in a period: by whom, in each of them.
#[server(name = SaveTargets, prefix = "/fn", endpoint = "scoreboard/save-targets", output = Packed, client = Sender)]
pub async fn save_targets(
    org: String,
    metric: String,
    period: String,
    #[server(default)] amount: BTreeMap<String, Vec<String>>,
    #[server(default)] stretch: BTreeMap<String, Vec<String>>,
    #[server(default)] versions: BTreeMap<String, Vec<String>>,
) -> Result<()> {
    let typed = TypedTargets { amount, stretch, versions };
    request::page(targets::save_typed(&platform(), &actor(), &org, (&metric, &period), &typed).await)?;
    let pairs = [("metric", metric.as_str()), ("period", &period), ("saved", "1")];
    leptos_axum::redirect(&with_query(&format!("/app/{org}/scoreboard/targets"), &pairs));
    Ok(())
}

/// Adds a team or a branch.
#[server(name = AddTeam, prefix = "/fn", endpoint = "scoreboard/add-team", output = Packed, client = Sender)]
pub async fn add_team(org: String, name: String, #[server(default)] kind: String) -> Result<()> {
    let kind = if kind.is_empty() { "team".to_owned() } else { kind };
    let body = TeamBody { name, kind, active: true, version: None };
    request::page(people::add_team(&platform(), &actor(), &org, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/teams?added=1"));
    Ok(())
}

/// Changes a team or a branch.
#[server(name = SaveTeam, prefix = "/fn", endpoint = "scoreboard/save-team", output = Packed, client = Sender)]
pub async fn save_team(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] active: bool,
) -> Result<()> {
    let body = TeamBody { name, kind: String::new(), active, version: Some(version) };
    request::page(people::save_team(&platform(), &actor(), &org, &id, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/teams?saved=1"));
    Ok(())
}

/// Puts somebody in a team from a day on.
#[server(name = JoinTeam, prefix = "/fn", endpoint = "scoreboard/join-team", output = Packed, client = Sender)]
pub async fn join_team(
    org: String,
    id: String,
    team: String,
    since: String,
    #[server(default)] until: String,
) -> Result<()> {
    let team: TeamId = request::page(team.parse().map_err(|_| AppError::field("team", "Choose a team or a branch.")))?;
    let body = MembershipBody { team, since, until: Some(until) };
    request::page(people::join_team(&platform(), &actor(), &org, &id, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/people/{id}?saved=1"));
    Ok(())
}

/// Says anew from when until when somebody was in a team, or takes it away.
#[server(name = MoveMembership, prefix = "/fn", endpoint = "scoreboard/move-membership", output = Packed, client = Sender)]
pub async fn move_membership(
    org: String,
    membership: String,
    since: String,
    #[server(default)] until: String,
    #[server(default)] never: bool,
) -> Result<()> {
    let done = if never {
        people::leave_team(&platform(), &actor(), &org, &membership).await
    } else {
        people::move_membership(&platform(), &actor(), &org, &membership, &since, Some(&until)).await
    };
    let person = request::page(done)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/people/{person}?saved=1"));
    Ok(())
}

/// Compares what is kept of each day with the ledger, and puts right what differs.
#[server(name = AddUp, prefix = "/fn", endpoint = "scoreboard/add-up", output = Packed, client = Sender)]
pub async fn add_up(org: String) -> Result<()> {
    let outcome = request::page(anew::add_up(&platform(), &actor(), &org).await)?;
    let came = if outcome.differed == 0 { "agreed" } else { "mended" };
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/counting?{came}=1"));
    Ok(())
}

/// Says anew how the organisation counts.
#[server(name = SaveCounting, prefix = "/fn", endpoint = "scoreboard/save-counting", output = Packed, client = Sender)]
pub async fn save_counting(
    org: String,
    version: i64,
    week_starts: i64,
    fortnight_from: String,
    future_days: String,
) -> Result<()> {
    let days = future_days.trim().parse().map_err(|_| AppError::field("future_days", "Enter 0 to 366 days."));
    let future_days = request::page(days)?;
    let body = SettingsBody { week_starts, fortnight_from, future_days, version };
    request::page(settings::save(&platform(), &actor(), &org, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/counting?saved=1"));
    Ok(())
}
