//! How what a screen shows looks: large, dark, and the same for as long as nothing changes, so that it is sent only when something does.

use std::collections::BTreeMap;

use jiff::civil::Date;
use maud::{Markup, html};
use uuid::Uuid;

use super::{
    super::{
        amount,
        board::{self, Board, Book, Line, Of, figure},
        celebrations::Celebration,
        contests, entries,
        formula::Fraction,
        ids::{ContestId, EntryId},
        period::{Kind, Period},
        ranking::Ties,
        snapshots::{self, Moved},
        store::{Entry, Metric},
        targets::{self, Wall, WallRow},
    },
    playlist::Item,
};
use crate::{
    error::{AppError, Code, Result},
    module::{Load, LoadRow},
    org::OrgTx,
    people::members,
};

/// So many places fit on a screen that is read from eight metres.
const MOST_PLACES: usize = 8;
/// So many, where each has words under its figure.
const MOST_ROWS: usize = 6;
/// So many pages of the ledger are looked through for them.
const MOST_PAGES: usize = 5;
/// What came in last is looked for in so many days.
const LATEST_DAYS: i64 = 14;
/// So many names stand in a summary.
const MOST_NAMES: usize = 3;

const GONE: &str = "This isn’t counted any more. An admin can choose what this screen shows.";
const PRIVATE: &str = "Each sees only their own place here. An admin can choose what this screen shows.";

/// What is shown of an item; empty: it drops out for now. What isn't there any more, or isn't for everybody, says so.
///
/// # Errors
/// The database is busy.
pub async fn item(tx: &mut OrgTx, book: &Book, item: &Item) -> Result<String> {
    let gone = if matches!(item, Item::Contest { .. }) {
        "This contest isn’t there any more. An admin can choose what this screen shows."
    } else {
        GONE
    };
    let shown = match item {
        Item::Board { .. } => match item.asked() {
            Some(asked) => ranked(tx, book, &asked).await,
            None => Ok(nothing("Nothing to show")),
        },
        Item::Latest { metric } => latest(tx, book, metric).await,
        Item::Targets { metric, period, of } => targets(tx, book, metric, period, of).await,
        Item::Contest { id } => contest(tx, book, *id).await,
        Item::Totals { metric, period } => totals(tx, book, metric, period).await,
        Item::Today => today(tx).await,
        Item::Announcement { words, .. } => Ok(announcement(words)),
    };
    match shown {
        Ok(markup) => Ok(markup.into_string()),
        Err(error) if error.code == Code::NotFound => Ok(nothing(gone).into_string()),
        Err(error) => Err(error),
    }
}

/// Words instead of anything to show.
pub fn nothing(words: &str) -> Markup {
    html! { div class="announcement" { p class="quiet" { (words) } } }
}

/// Something to celebrate.
pub fn celebration(one: &Celebration) -> Markup {
    html! {
        div class="celebrated" {
            p class="celebrated-who" { (one.who) }
            p class="celebrated-figure" { (one.figure) }
            p class="celebrated-words" { (one.words) }
        }
    }
}

/// Several in one, where there were too many to show each. `away`: the screen heard of none of them before.
pub fn celebrations(all: &[&Celebration], away: bool) -> Markup {
    let mut names: Vec<&str> = Vec::new();
    for one in all {
        if !names.contains(&one.who.as_str()) {
            names.push(&one.who);
        }
    }
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    let names = match (more, names.as_slice()) {
        (0, [names @ .., last]) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        (0, names) => names.concat(),
        (1, names) => format!("{} and one more", names.join(", ")),
        (more, names) => format!("{} and {more} more", names.join(", ")),
    };
    let count = all.len();
    html! {
        div class="celebrated" {
            p class="celebrated-figure" { (count) " celebrations" }
            @if away { p class="celebrated-words" { "while this screen was away:" } }
            p class="celebrated-who" { (names) }
        }
    }
}

fn announcement(words: &str) -> Markup {
    html! { div class="announcement" { p { (words) } } }
}

/// What everybody may see, and so a screen; `None`: only their own each.
fn public<'b>(tx: &OrgTx, book: &'b Book, key: &str) -> Result<Option<&'b Metric>> {
    let metric = board::asked_metric(tx, book, key)?;
    Ok((metric.shown_to == "everyone").then_some(metric))
}

async fn targets(tx: &mut OrgTx, book: &Book, key: &str, period: &str, of: &str) -> Result<Markup> {
    let (Some(kind), Some(of)) = (Kind::parse(period), Of::parse(of)) else { return Ok(nothing("Nothing to show")) };
    if public(tx, book, key)?.is_none() {
        return Ok(nothing(PRIVATE));
    }
    let wall = targets::on_wall(tx, book, key, kind, of).await?;
    Ok(of_wall(&wall, "There is no target for this yet."))
}

/// How a contest stands; nothing once it is over, so that it drops out.
async fn contest(tx: &mut OrgTx, book: &Book, id: ContestId) -> Result<Markup> {
    let wall = contests::on_wall(tx, book, id).await?;
    let is_running = contests::running(tx, book).await?.iter().any(|(running, _)| *running == id);
    Ok(if is_running {
        of_wall(&wall, "Nobody takes part yet.")
    } else {
        html! {}
    })
}

fn of_wall(wall: &Wall, nobody: &str) -> Markup {
    let rest = wall.rows.len().saturating_sub(MOST_ROWS);
    html! {
        header { h1 { (wall.title) } p { (wall.about) } }
        @if wall.rows.is_empty() {
            (nothing(nobody))
        } @else {
            ol class="places" { @for row in wall.rows.iter().take(MOST_ROWS) { (wall_row(row)) } }
        }
        footer { span { @if rest > 0 { "and " (rest) " more" } } }
    }
}

fn wall_row(row: &WallRow) -> Markup {
    let target = if row.target.is_empty() { String::new() } else { format!("of {}", row.target) };
    let beside = [target.as_str(), row.word.as_str()];
    let beside = beside.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" · ");
    html! {
        li class=(if row.good { "place is-good" } else { "place" }) {
            span class="who" { (row.name) (bar(row.thousandths)) }
            span class="goal" { span class="figure" { (row.done) } span class="goal-words" { (beside) } }
        }
    }
}

/// What all together come to, and each team's part of it.
async fn totals(tx: &mut OrgTx, book: &Book, key: &str, period: &str) -> Result<Markup> {
    let Some(metric) = public(tx, book, key)? else { return Ok(nothing(PRIVATE)) };
    let (metric, period, ties) = (metric.key.clone(), period.to_owned(), Ties::Shared);
    let asked = board::Asked { metric, period, of: Of::Teams, team: None, ties };
    let board = board::of(tx, book, &asked).await?;
    let best = board.lines.iter().filter_map(|line| line.value).max();
    let rest = board.lines.len().saturating_sub(MOST_ROWS);
    Ok(html! {
        header { h1 { (board.metric.name) } p { (board.period.label()) (board::gst_words(&board.metric)) } }
        p class="whole" { span class="whole-words" { "Everybody" } " " strong { (figure(&board.metric, board.total)) } }
        @if !board.lines.is_empty() {
            ol class="places" {
                @for line in board.lines.iter().take(MOST_ROWS) {
                    li class="place" {
                        span class="who" { (line.name) (bar(share(line.value, best))) }
                        span class="figure" { (figure(&board.metric, line.value)) }
                    }
                }
            }
        }
        footer { span { @if rest > 0 { "and " (rest) " more" } } }
    })
}

/// How full today is, in the modules that know and that the organisation uses.
async fn today(tx: &mut OrgTx) -> Result<Markup> {
    let mut loads = Vec::new();
    for module in members::modules(tx).await? {
        loads.extend(module.today_load(tx).await?);
    }
    if loads.is_empty() {
        return Ok(nothing("Nothing is known of today. An admin can choose what this screen shows."));
    }
    let most = MOST_ROWS / loads.len().min(MOST_ROWS);
    Ok(html! { @for load in &loads { (of_load(load, most)) } })
}

fn of_load(load: &Load, most: usize) -> Markup {
    let (count, open) = load.rows.iter().fold((0, 0), |(count, open), row| (count + row.count, open + row.open));
    let rest = load.rows.len().saturating_sub(most);
    html! {
        header { h1 { (load.title) } p { (count) " in all · " (hours(open)) " still free" } }
        @if load.rows.is_empty() {
            (nothing("Nobody works today."))
        } @else {
            ol class="places" { @for row in load.rows.iter().take(most) { (load_row(row)) } }
        }
        footer {
            span { @if rest > 0 { "and " (rest) " more" } }
            @if !load.next.is_empty() {
                span { "Next: " @for (at, (time, who)) in load.next.iter().enumerate() { @if at > 0 { ", " } (time) " " (who) } }
            }
        }
    }
}

fn load_row(row: &LoadRow) -> Markup {
    let all = row.booked + row.open;
    let full = if all > 0 { (row.booked * 1000 / all).clamp(0, 1000) } else { 0 };
    let free = if row.open > 0 { format!("{} free", hours(row.open)) } else { "none free".to_owned() };
    html! {
        li class="place" {
            span class="who" { (row.who) (bar(full)) }
            span class="goal" { span class="figure" { (row.count) } span class="goal-words" { (hours(row.booked)) " · " (free) } }
        }
    }
}

/// "2 h 30 min"
fn hours(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// So many thousandths of the whole.
fn bar(thousandths: i64) -> Markup {
    html! {
        svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" { rect width=(thousandths.clamp(0, 1000)) height="10" {} }
    }
}

/// How many thousandths of the best a value is.
fn share(value: Option<Fraction>, best: Option<Fraction>) -> i64 {
    match (value, best) {
        (Some(value), Some(best)) if !value.is_negative() && !best.is_zero() && !best.is_negative() => {
            value.checked_div(best).and_then(|share| share.round_to(3)).unwrap_or(0).clamp(0, 1000)
        }
        _ => 0,
    }
}

async fn ranked(tx: &mut OrgTx, book: &Book, asked: &board::Asked) -> Result<Markup> {
    let board = board::of(tx, book, asked).await?;
    let moved = snapshots::movement(tx, book, &board).await?;
    Ok(of_board(&board, &moved))
}

fn of_board(board: &Board, moved: &BTreeMap<Uuid, Moved>) -> Markup {
    let metric = &board.metric;
    if board.private {
        return nothing(PRIVATE);
    }
    let best = board.lines.iter().filter_map(|line| line.value).max();
    let rest = board.lines.len().saturating_sub(MOST_PLACES);
    html! {
        header {
            h1 { (metric.name) @if board.of != Of::People { " · " (board.of.label()) } }
            p { (board.period.label()) (board::gst_words(metric)) }
        }
        @if board.lines.is_empty() {
            (nothing("Nobody takes part yet."))
        } @else {
            ol class="places" {
                @for line in board.lines.iter().take(MOST_PLACES) { (place(board, line, best, moved.get(&line.id))) }
            }
        }
        footer {
            span { @if rest > 0 { "and " (rest) " more" } }
            @if let Some(total) = board.total { span { "Everybody " strong { (figure(metric, Some(total))) } } }
        }
    }
}

fn place(board: &Board, line: &Line, best: Option<Fraction>, moved: Option<&Moved>) -> Markup {
    html! {
        li class=(if line.rank == Some(1) { "place is-first" } else { "place" }) {
            span class="rank" { @match line.rank { Some(rank) => (rank), None => "–" } @if line.shared { "=" } }
            span class="who" { (line.name) (snapshots::arrow(moved)) (bar(share(line.value, best))) }
            span class="figure" { (figure(&board.metric, line.value)) }
        }
    }
}

async fn latest(tx: &mut OrgTx, book: &Book, key: &str) -> Result<Markup> {
    let metric = board::asked_metric(tx, book, key)?;
    let period = Period::rolling(LATEST_DAYS, book.today).map_err(|_| AppError::internal())?;
    let mut lines = Vec::new();
    let mut after: Option<(String, EntryId)> = None;
    // What was taken back or waits is passed over; of that there is no end of pages.
    for _ in 0..MOST_PAGES {
        let place = after.as_ref().map(|(day, id)| (day.as_str(), *id));
        let page = board::under(tx, book, metric, None, &period, place).await?;
        let counted = page.lines.iter().filter(|line| entries::counts(line));
        lines.extend(counted.filter_map(|line| told(book, metric, line)));
        after = page.next;
        if after.is_none() {
            break;
        }
        if lines.len() >= MOST_PLACES {
            break;
        }
    }
    lines.truncate(MOST_PLACES);
    Ok(html! {
        header { h1 { (metric.name) } p { "What came in last" (board::gst_words(metric)) } }
        @if lines.is_empty() {
            (nothing("Nothing in the last two weeks."))
        } @else {
            ol class="places" {
                @for (name, figure, day) in &lines {
                    li class="place" {
                        span class="rank is-day" { (day.strftime("%-d %b").to_string()) }
                        span class="who" { (name) }
                        span class="figure" { (figure) }
                    }
                }
            }
        }
    })
}

fn told(book: &Book, metric: &Metric, line: &Entry) -> Option<(String, String, Date)> {
    let person = book.everybody.people.iter().find(|person| person.id == line.person_id && !person.opted_out)?;
    Some((person.name.clone(), amount::show(line.value, &metric.unit()), line.day.parse().ok()?))
}
