//! The charts of the reports: what their bars stand for, and the hours of a week.

use maud::{Markup, html};

use crate::{
    modules::calendar::reports::{Hour, Outcomes, files::WEEKDAYS},
    ui::chart::{self, Bar, Chart, Drawn, Paper, Part, frame, on_each},
};

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

/// The room that a figure of two digits takes.
const FIGURE: i64 = 18;
/// The room that an hour takes: "10 am".
const HOUR: i64 = 46;
/// How strong an hour is, from the fewest bookings to the most. Nothing lies in the middle, where neither light nor dark figures can be read.
const STRENGTHS: [&str; 8] = ["0.08", "0.16", "0.24", "0.32", "0.4", "0.86", "0.93", "1"];
/// The first of them with light figures.
const STRONG: usize = 5;

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
    let bar = |column: &Column| Bar {
        label: column.label.clone(),
        words: format!("{}: {}", column.name, in_words(column.outcomes)),
        parts: stacked(column.outcomes),
        mark: None,
    };
    let bars: Vec<Bar> = columns.iter().map(bar).collect();
    chart::columns(&Chart { id, title, about, beside: 0 }, &bars, &|value| value.to_string())
}

/// Bars below each other, each stacked by what became of it, with its name.
pub fn rows(id: &str, title: &str, about: &str, rows: &[Column]) -> Markup {
    let chart = Chart { id, title, about, beside: 0 };
    on_each(|paper| rows_on(paper, &chart, rows))
}

fn rows_on(paper: Paper, chart: &Chart<'_>, rows: &[Column]) -> Markup {
    const NUMBERS: i64 = 44;
    const THICK: i64 = 20;
    let (line, names, bar, name) = if paper.above { (48, 0, 22, 16) } else { (30, 210, 5, 20) };
    let most = rows.iter().map(|row| row.outcomes.all()).max().unwrap_or(0).max(1);
    let height = line * i64::try_from(rows.len()).unwrap_or(1).max(1);
    let x_of = |value: i64| names + value * (paper.width - names - NUMBERS) / most;
    html! {
        (frame(paper, chart, height, html! {
            @for (at, row) in (0_i64..).zip(rows) {
                @let y = at * line;
                g {
                    title { (row.name) ": " (in_words(row.outcomes)) }
                    text class="chart-text chart-name" x="0" y=(y + name) { (row.label) }
                    @for Part { drawn: Drawn { class, pattern }, from, until } in stacked(row.outcomes) {
                        rect class=(class) fill=[pattern] x=(x_of(from)) width=(x_of(until) - x_of(from)) y=(y + bar) height=(THICK) {}
                    }
                    text class="chart-text" x=(x_of(row.outcomes.all()) + 6) y=(y + bar + 15) { (row.outcomes.all()) }
                }
            }
        }))
    }
}

/// Weekday by hour: the more bookings begin in it, the stronger; the number is in each that has room for it.
pub fn heat(id: &str, title: &str, about: &str, hours: &[Hour]) -> Markup {
    let chart = Chart { id, title, about, beside: 0 };
    on_each(|paper| heat_on(paper, &chart, hours))
}

fn heat_on(paper: Paper, chart: &Chart<'_>, hours: &[Hour]) -> Markup {
    const LINE: i64 = 28;
    let names = paper.left;
    let most = hours.iter().map(|hour| hour.bookings).max().unwrap_or(0).max(1);
    let first = hours.iter().map(|hour| hour.hour).min().unwrap_or(9);
    let last = hours.iter().map(|hour| hour.hour).max().unwrap_or(17);
    let wide = (paper.width - names) / (last - first + 1);
    let every = HOUR.div_euclid(wide) + 1;
    let x_of = |hour: i64| names + (hour - first) * wide;
    html! {
        (frame(paper, chart, LINE * 8, html! {
            @for hour in (first..=last).filter(|hour| (hour - first) % every == 0) {
                text class="chart-text" x=(x_of(hour) + wide / 2) y="18" text-anchor="middle" { (short_hour(hour)) }
            }
            @for (weekday, name) in (1_i64..).zip(WEEKDAYS) {
                text class="chart-text" x="0" y=(weekday * LINE + 19) { (&name[..3]) }
            }
            @for hour in hours {
                @let (x, y) = (x_of(hour.hour), hour.weekday * LINE);
                @let strength = usize::try_from((hour.bookings * 8).div_euclid(most).clamp(1, 8) - 1).unwrap_or(0);
                g {
                    title { (day_name(hour.weekday)) ", " (short_hour(hour.hour)) ": " (hour.bookings) (if hour.bookings == 1 { " booking" } else { " bookings" }) }
                    rect class="chart-heat" x=(x + 1) width=(wide - 2) y=(y + 1) height=(LINE - 2) rx="3" fill-opacity=(STRENGTHS.get(strength).copied().unwrap_or("1")) {}
                    @if wide >= FIGURE {
                        text class={ "chart-text " (if strength >= STRONG { "chart-on-heat" } else { "chart-name" }) } x=(x + wide / 2) y=(y + 19) text-anchor="middle" { (hour.bookings) }
                    }
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

/// Each part that there is.
fn stacked(outcomes: Outcomes) -> Vec<Part> {
    let Outcomes { booked, no_show, cancelled_late, cancelled } = outcomes;
    let mut from = 0;
    PARTS
        .iter()
        .zip([booked, no_show, cancelled_late, cancelled])
        .filter(|(_, count)| *count > 0)
        .map(|((_, drawn), count)| {
            let part = Part { drawn: *drawn, from, until: from + count };
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_is_drawn_twice_has_ids_of_its_own() {
        let hours = [Hour { weekday: 1, hour: 9, bookings: 3 }, Hour { weekday: 7, hour: 17, bookings: 12 }];
        let text = heat("when", "When", "About when", &hours).into_string();
        for id in ["when-title", "when-desc", "when-narrow-title", "when-narrow-desc"] {
            assert_eq!(text.matches(&format!("id=\"{id}\"")).count(), 1, "{id}: {text}");
        }
    }
}
