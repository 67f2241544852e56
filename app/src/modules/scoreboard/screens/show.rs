//! How what a screen shows looks: large, dark, and the same for as long as nothing changes, so that it is sent only when something does.

use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    super::{
        amount,
        board::{self, Board, Book, Line, Of, figure},
        entries,
        formula::Fraction,
        ids::EntryId,
        period::Period,
        store::{Entry, Metric},
    },
    playlist::Item,
};
use crate::{
    error::{AppError, Code, Result},
    org::OrgTx,
};

/// So many places fit on a screen that is read from eight metres.
const MOST_PLACES: usize = 8;
/// So many pages of the ledger are looked through for them.
const MOST_PAGES: usize = 5;
/// What came in last is looked for in so many days.
const LATEST_DAYS: i64 = 14;

/// What is shown of an item. What isn't there any more, or isn't for everybody, says so.
///
/// # Errors
/// The database is busy.
pub async fn item(tx: &mut OrgTx, book: &Book, item: &Item) -> Result<String> {
    let shown = match item {
        Item::Board { .. } => match item.asked() {
            Some(asked) => board::of(tx, book, &asked).await.map(|board| of_board(&board)),
            None => Ok(nothing("Nothing to show")),
        },
        Item::Latest { metric } => latest(tx, book, metric).await,
    };
    match shown {
        Ok(markup) => Ok(markup.into_string()),
        Err(error) if error.code == Code::NotFound => {
            Ok(nothing("This isn’t counted any more. An admin can choose what this screen shows.").into_string())
        }
        Err(error) => Err(error),
    }
}

/// An announcement.
pub fn announcement(words: &str) -> String {
    html! { div class="announcement" { p { (words) } } }.into_string()
}

/// Words instead of anything to show.
pub fn nothing(words: &str) -> Markup {
    html! { div class="announcement" { p class="quiet" { (words) } } }
}

fn of_board(board: &Board) -> Markup {
    let metric = &board.metric;
    if board.private {
        return nothing("Each sees only their own place here. An admin can choose what this screen shows.");
    }
    let best = board.lines.iter().filter_map(|line| line.value).max();
    let rest = board.lines.len().saturating_sub(MOST_PLACES);
    html! {
        header {
            h1 { (metric.name) @if board.of != Of::People { " · " (board.of.label()) } }
            p { (board.period.label()) (gst(&metric.gst)) }
        }
        @if board.lines.is_empty() {
            (nothing("Nobody takes part yet."))
        } @else {
            ol class="places" {
                @for line in board.lines.iter().take(MOST_PLACES) { (place(board, line, best)) }
            }
        }
        footer {
            span { @if rest > 0 { "and " (rest) " more" } }
            @if let Some(total) = board.total { span { "Everybody " strong { (figure(metric, Some(total))) } } }
        }
    }
}

fn place(board: &Board, line: &Line, best: Option<Fraction>) -> Markup {
    let share = match (line.value, best) {
        (Some(value), Some(best)) if !value.is_negative() && !best.is_zero() && !best.is_negative() => {
            value.checked_div(best).and_then(|share| share.round_to(3)).unwrap_or(0).clamp(0, 1000)
        }
        _ => 0,
    };
    html! {
        li class=(if line.rank == Some(1) { "place is-first" } else { "place" }) {
            span class="rank" { @match line.rank { Some(rank) => (rank), None => "–" } @if line.shared { "=" } }
            span class="who" {
                (line.name)
                svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" { rect width=(share) height="10" {} }
            }
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
        header { h1 { (metric.name) } p { "What came in last" (gst(&metric.gst)) } }
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

fn gst(word: &str) -> &'static str {
    match word {
        "including" => " · including GST",
        "excluding" => " · excluding GST",
        _ => "",
    }
}
