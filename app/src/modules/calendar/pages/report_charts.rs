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

/// What a chart is drawn on. Each is drawn twice, and the style sheet shows the one that the window has room for: a wide one made small
/// can’t be read.
#[derive(Debug, Clone, Copy)]
struct Paper {
    /// Its class.
    class: &'static str,
    /// After the chart’s id.
    suffix: &'static str,
    width: i64,
    /// For the scale.
    left: i64,
    /// Labels under the bars at most.
    labels: usize,
    /// Names stand above their bars rather than beside them.
    above: bool,
}

const WIDE: Paper = Paper { class: "chart", suffix: "", width: 720, left: 40, labels: 12, above: false };
const NARROW: Paper = Paper { class: "chart-narrow", suffix: "-narrow", width: 340, left: 36, labels: 5, above: true };

const HEIGHT: i64 = 240;
const BOTTOM: i64 = 28;
const TOP: i64 = 10;
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
    on_each(|paper| columns_on(paper, id, title, about, columns))
}

fn columns_on(paper: Paper, id: &str, title: &str, about: &str, columns: &[Column]) -> Markup {
    let Paper { width, left: scale, labels, .. } = paper;
    let most = columns.iter().map(|column| column.outcomes.all()).max().unwrap_or(0);
    let top = round_top(most);
    let count = i64::try_from(columns.len()).unwrap_or(1).max(1);
    // In tenths, so that many narrow bars don't add up to a gap.
    let step = (width - scale) * 10 / count;
    let wide = (step * 7 / 10).min(480);
    let every = columns.len().div_ceil(labels).max(1);
    let y_of = |value: i64| HEIGHT - BOTTOM - value * (HEIGHT - BOTTOM - TOP) / top;
    html! {
        (frame(paper, id, title, about, HEIGHT, html! {
            @for value in [0, top / 2, top] {
                line class="chart-grid" x1=(scale) x2=(width) y1=(y_of(value)) y2=(y_of(value)) {}
                text class="chart-text" x=(scale - 6) y=(y_of(value) + 4) text-anchor="end" { (value) }
            }
            @for (at, column) in (0_i64..).zip(columns) {
                @let left = scale * 10 + step * at + (step - wide) / 2;
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
    on_each(|paper| rows_on(paper, id, title, about, rows))
}

fn rows_on(paper: Paper, id: &str, title: &str, about: &str, rows: &[Column]) -> Markup {
    const NUMBERS: i64 = 44;
    const THICK: i64 = 20;
    let (line, names, bar, name) = if paper.above { (48, 0, 22, 16) } else { (30, 210, 5, 20) };
    let most = rows.iter().map(|row| row.outcomes.all()).max().unwrap_or(0).max(1);
    let height = line * i64::try_from(rows.len()).unwrap_or(1).max(1);
    let x_of = |value: i64| names + value * (paper.width - names - NUMBERS) / most;
    html! {
        (frame(paper, id, title, about, height, html! {
            @for (at, row) in (0_i64..).zip(rows) {
                @let y = at * line;
                g {
                    title { (row.name) ": " (in_words(row.outcomes)) }
                    text class="chart-text chart-name" x="0" y=(y + name) { (row.label) }
                    @for (Drawn { class, pattern }, from, until) in stacked(row.outcomes) {
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
    on_each(|paper| heat_on(paper, id, title, about, hours))
}

fn heat_on(paper: Paper, id: &str, title: &str, about: &str, hours: &[Hour]) -> Markup {
    const LINE: i64 = 28;
    let names = paper.left;
    let most = hours.iter().map(|hour| hour.bookings).max().unwrap_or(0).max(1);
    let first = hours.iter().map(|hour| hour.hour).min().unwrap_or(9);
    let last = hours.iter().map(|hour| hour.hour).max().unwrap_or(17);
    let wide = (paper.width - names) / (last - first + 1);
    let every = HOUR.div_euclid(wide) + 1;
    let x_of = |hour: i64| names + (hour - first) * wide;
    html! {
        (frame(paper, id, title, about, LINE * 8, html! {
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

fn on_each(draw: impl Fn(Paper) -> Markup) -> Markup {
    html! { (draw(WIDE)) (draw(NARROW)) }
}

fn frame(paper: Paper, id: &str, title: &str, about: &str, height: i64, content: Markup) -> Markup {
    let id = format!("{id}{}", paper.suffix);
    html! {
        svg class=(paper.class) viewBox={ "0 0 " (paper.width) " " (height) } role="img" aria-labelledby={ (id) "-title " (id) "-desc" } {
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

    #[test]
    fn what_is_drawn_twice_has_ids_of_its_own() {
        let hours = [Hour { weekday: 1, hour: 9, bookings: 3 }, Hour { weekday: 7, hour: 17, bookings: 12 }];
        let text = heat("when", "When", "About when", &hours).into_string();
        for id in ["when-title", "when-desc", "when-narrow-title", "when-narrow-desc"] {
            assert_eq!(text.matches(&format!("id=\"{id}\"")).count(), 1, "{id}: {text}");
        }
    }
}
