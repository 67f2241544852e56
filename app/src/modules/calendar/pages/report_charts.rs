//! The charts of the reports: SVG that the server writes, in the theme’s colours. What a bar stands for is told by its pattern too, so that
//! it reads without colour and on paper.

use maud::{Markup, html};

use crate::modules::calendar::reports::{Hour, Outcomes, files::WEEKDAYS};

/// A bar, or a line of bars.
#[derive(Debug)]
pub struct Column {
    /// Under it, or beside it: "23 Nov".
    pub label: String,
    /// "Monday 23 November"
    pub name: String,
    /// What it is made of.
    pub outcomes: Outcomes,
}

/// What a part of a bar is called, and how it is drawn.
const PARTS: [(&str, Drawn); 4] = [
    ("Went ahead or to come", Drawn { class: "chart-booked", pattern: None }),
    ("No-shows", Drawn { class: "chart-no-show", pattern: Some("url(#chart-stripes)") }),
    ("Cancelled late", Drawn { class: "chart-late", pattern: Some("url(#chart-dots)") }),
    ("Cancelled", Drawn { class: "chart-cancelled", pattern: None }),
];

/// How a part of a bar is drawn.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    class: &'static str,
    /// What it is filled with; where there is none the class says so. Not in the style sheet, where it would be looked for in that file.
    pattern: Option<&'static str>,
}

const WIDTH: i64 = 720;
const HEIGHT: i64 = 240;
const LEFT: i64 = 40;
const BOTTOM: i64 = 28;
const TOP: i64 = 10;
/// Labels under the bars at most.
const LABELS: usize = 12;

/// The patterns that all charts of a page share.
pub fn patterns() -> Markup {
    html! {
        svg class="chart-patterns" width="0" height="0" aria-hidden="true" focusable="false" {
            defs {
                pattern id="chart-stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect class="chart-no-show-ground" width="6" height="6" {}
                    rect class="chart-no-show-ink" width="3" height="6" {}
                }
                pattern id="chart-dots" width="6" height="6" patternUnits="userSpaceOnUse" {
                    rect class="chart-late-ground" width="6" height="6" {}
                    circle class="chart-late-ink" cx="3" cy="3" r="1.6" {}
                }
            }
        }
    }
}

/// What the patterns mean.
pub fn legend() -> Markup {
    html! {
        ul class="chart-legend" {
            @for (name, Drawn { class, pattern }) in PARTS {
                li {
                    svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false" {
                        rect class=(class) fill=[pattern] x="1" y="1" width="14" height="14" {}
                    }
                    (name)
                }
            }
        }
    }
}

/// Bars side by side, each stacked by what became of it.
pub fn columns(id: &str, title: &str, about: &str, columns: &[Column]) -> Markup {
    let most = columns.iter().map(|column| column.outcomes.all()).max().unwrap_or(0);
    let top = round_top(most);
    let count = i64::try_from(columns.len()).unwrap_or(1).max(1);
    // In tenths, so that many narrow bars don't add up to a gap.
    let step = (WIDTH - LEFT) * 10 / count;
    let wide = (step * 7 / 10).min(480);
    let every = columns.len().div_ceil(LABELS).max(1);
    let y_of = |value: i64| HEIGHT - BOTTOM - value * (HEIGHT - BOTTOM - TOP) / top;
    html! {
        (frame(id, title, about, HEIGHT, html! {
            @for value in [0, top / 2, top] {
                line class="chart-grid" x1=(LEFT) x2=(WIDTH) y1=(y_of(value)) y2=(y_of(value)) {}
                text class="chart-text" x=(LEFT - 6) y=(y_of(value) + 4) text-anchor="end" { (value) }
            }
            @for (at, column) in (0_i64..).zip(columns) {
                @let left = LEFT * 10 + step * at + (step - wide) / 2;
                g {
                    title { (column.name) ": " (in_words(column.outcomes)) }
                    @for (Drawn { class, pattern }, from, until) in stacked(column.outcomes) {
                        rect class=(class) fill=[pattern] x=(tenths(left)) width=(tenths(wide)) y=(y_of(until)) height=(y_of(from) - y_of(until)) {}
                    }
                }
                @if usize::try_from(at).is_ok_and(|at| at % every == 0) {
                    text class="chart-text" x=(tenths(left + wide / 2)) y=(HEIGHT - 8) text-anchor="middle" { (column.label) }
                }
            }
        }))
    }
}

/// Bars below each other, each stacked by what became of it, with its name.
pub fn rows(id: &str, title: &str, about: &str, rows: &[Column]) -> Markup {
    const LINE: i64 = 30;
    const NAMES: i64 = 210;
    const NUMBERS: i64 = 44;
    let most = rows.iter().map(|row| row.outcomes.all()).max().unwrap_or(0).max(1);
    let height = LINE * i64::try_from(rows.len()).unwrap_or(1).max(1);
    let x_of = |value: i64| NAMES + value * (WIDTH - NAMES - NUMBERS) / most;
    html! {
        (frame(id, title, about, height, html! {
            @for (at, row) in (0_i64..).zip(rows) {
                @let y = at * LINE;
                g {
                    title { (row.name) ": " (in_words(row.outcomes)) }
                    text class="chart-text chart-name" x="0" y=(y + 20) { (row.label) }
                    @for (Drawn { class, pattern }, from, until) in stacked(row.outcomes) {
                        rect class=(class) fill=[pattern] x=(x_of(from)) width=(x_of(until) - x_of(from)) y=(y + 5) height=(LINE - 10) {}
                    }
                    text class="chart-text" x=(x_of(row.outcomes.all()) + 6) y=(y + 20) { (row.outcomes.all()) }
                }
            }
        }))
    }
}

/// Weekday by hour: the more bookings begin in it, the stronger; the number is in each.
pub fn heat(id: &str, title: &str, about: &str, hours: &[Hour]) -> Markup {
    const LINE: i64 = 28;
    const NAMES: i64 = 48;
    let most = hours.iter().map(|hour| hour.bookings).max().unwrap_or(0).max(1);
    let first = hours.iter().map(|hour| hour.hour).min().unwrap_or(9);
    let last = hours.iter().map(|hour| hour.hour).max().unwrap_or(17);
    let wide = (WIDTH - NAMES) / (last - first + 1);
    let x_of = |hour: i64| NAMES + (hour - first) * wide;
    html! {
        (frame(id, title, about, LINE * 8, html! {
            @for hour in first..=last {
                text class="chart-text" x=(x_of(hour) + wide / 2) y="18" text-anchor="middle" { (short_hour(hour)) }
            }
            @for (weekday, name) in (1_i64..).zip(WEEKDAYS) {
                text class="chart-text" x="0" y=(weekday * LINE + 19) { (&name[..3]) }
            }
            @for hour in hours {
                @let (x, y) = (x_of(hour.hour), hour.weekday * LINE);
                @let strength = (hour.bookings * 8).div_euclid(most).clamp(1, 8);
                g {
                    title { (day_name(hour.weekday)) ", " (short_hour(hour.hour)) ": " (hour.bookings) (if hour.bookings == 1 { " booking" } else { " bookings" }) }
                    rect class="chart-heat" x=(x + 1) width=(wide - 2) y=(y + 1) height=(LINE - 2) rx="3" fill-opacity={ (tenths(strength)) } {}
                    text class={ "chart-text" @if strength >= 5 { " chart-on-heat" } } x=(x + wide / 2) y=(y + 19) text-anchor="middle" { (hour.bookings) }
                }
            }
        }))
    }
}

/// "9 am"
pub fn short_hour(hour: i64) -> String {
    let on_the_face = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{on_the_face} {}", if hour < 12 { "am" } else { "pm" })
}

/// "Monday" of 1.
pub fn day_name(weekday: i64) -> &'static str {
    usize::try_from(weekday - 1).ok().and_then(|at| WEEKDAYS.get(at)).copied().unwrap_or_default()
}

fn frame(id: &str, title: &str, about: &str, height: i64, content: Markup) -> Markup {
    html! {
        svg class="chart" viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-labelledby={ (id) "-title " (id) "-desc" } {
            title id={ (id) "-title" } { (title) }
            desc id={ (id) "-desc" } { (about) }
            (content)
        }
    }
}

/// Of each part that there is: how it is drawn, from where, and to where.
fn stacked(outcomes: Outcomes) -> Vec<(Drawn, i64, i64)> {
    let Outcomes { booked, no_show, cancelled_late, cancelled } = outcomes;
    let mut from = 0;
    PARTS
        .iter()
        .zip([booked, no_show, cancelled_late, cancelled])
        .filter(|(_, count)| *count > 0)
        .map(|((_, drawn), count)| {
            let part = (*drawn, from, from + count);
            from += count;
            part
        })
        .collect()
}

/// "5 bookings, 1 no-show, 2 cancelled"
fn in_words(outcomes: Outcomes) -> String {
    let Outcomes { booked, no_show, cancelled_late, cancelled } = outcomes;
    let plural = |count: i64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let mut words = vec![plural(booked, "booking", "bookings")];
    if no_show > 0 {
        words.push(plural(no_show, "no-show", "no-shows"));
    }
    if cancelled_late > 0 {
        words.push(format!("{cancelled_late} cancelled late"));
    }
    if cancelled > 0 {
        words.push(format!("{cancelled} cancelled"));
    }
    words.join(", ")
}

/// An even number with one digit that counts, at least as large.
fn round_top(most: i64) -> i64 {
    let mut unit = 1;
    loop {
        for digit in [2, 4, 6, 8, 10] {
            if digit * unit >= most {
                return digit * unit;
            }
        }
        unit *= 10;
    }
}

/// "12.5" of 125.
fn tenths(value: i64) -> String {
    format!("{}.{}", value / 10, value % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_at_a_round_number() {
        for (most, top) in [(0, 2), (1, 2), (3, 4), (7, 8), (10, 10), (11, 20), (61, 80), (999, 1000), (1001, 2000)] {
            assert_eq!(round_top(most), top, "{most}");
        }
    }

    #[test]
    fn names_are_escaped() {
        let row = Column {
            label: "<b>&".to_owned(),
            name: "\"><script>".to_owned(),
            outcomes: Outcomes { booked: 1, ..Outcomes::default() },
        };
        let text = rows("x", "<i>", "&", &[row]).into_string();
        assert!(!text.contains("<b>") && !text.contains("<script>") && !text.contains("<i>"), "{text}");
    }
}
