//! Charts: SVG that the server writes, in the theme’s colours. What a bar stands for is told by its pattern too, so that it reads without
//! colour and on paper. The table beside a chart has all that it shows.

use maud::{Markup, html};

/// What a chart is called and tells, for who doesn’t see it.
#[derive(Debug, Clone, Copy)]
pub struct Chart<'a> {
    /// No other on the page has it.
    pub id: &'a str,
    /// "By week"
    pub title: &'a str,
    /// What there is to see, in a sentence.
    pub about: &'a str,
    /// Room beside the scale, beyond that of a figure of three digits.
    pub beside: i64,
}

/// A bar of several.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Under it: "23 Nov".
    pub label: String,
    /// All of it in words: "Monday 23 November: 5 bookings".
    pub words: String,
    /// What it is made of, one on the other; nothing: there is nothing to show.
    pub parts: Vec<Part>,
    /// What it is compared with: a stroke across it.
    pub mark: Option<i64>,
}

/// A part of a bar.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// How it looks.
    pub drawn: Drawn,
    /// Where it begins.
    pub from: i64,
    /// Where it ends.
    pub until: i64,
}

/// How a part of a bar is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    /// Its class.
    pub class: &'static str,
    /// What it is filled with; where there is none the class says so. Not in the style sheet, where it would be looked for in that file.
    pub pattern: Option<&'static str>,
}

/// What a chart is drawn on. Each is drawn twice, and the style sheet shows the one that the window has room for: a wide one made small
/// can’t be read.
#[derive(Debug, Clone, Copy)]
pub struct Paper {
    /// Its class.
    class: &'static str,
    /// After the chart’s id.
    suffix: &'static str,
    /// How wide it is.
    pub width: i64,
    /// For the scale.
    pub left: i64,
    /// Labels under the bars at most.
    labels: usize,
    /// Names stand above their bars rather than beside them.
    pub above: bool,
}

const WIDE: Paper = Paper { class: "chart", suffix: "", width: 720, left: 40, labels: 12, above: false };
const NARROW: Paper = Paper { class: "chart-narrow", suffix: "-narrow", width: 340, left: 36, labels: 5, above: true };

const HEIGHT: i64 = 240;
const BOTTOM: i64 = 28;
const TOP: i64 = 10;

/// Bars side by side, from a line at zero. `say` writes what stands at the scale.
pub fn columns(chart: &Chart<'_>, bars: &[Bar], say: &dyn Fn(i64) -> String) -> Markup {
    on_each(|paper| columns_on(paper, chart, bars, say))
}

fn columns_on(paper: Paper, chart: &Chart<'_>, bars: &[Bar], say: &dyn Fn(i64) -> String) -> Markup {
    let (width, scale) = (paper.width, paper.left + chart.beside);
    let [bottom, middle, top] = scale_of(bars);
    let count = i64::try_from(bars.len()).unwrap_or(1).max(1);
    // In tenths, so that many narrow bars don't add up to a gap.
    let step = (width - scale) * 10 / count;
    let wide = (step * 7 / 10).min(480);
    let every = bars.len().div_ceil(paper.labels).max(1);
    let y_of = |value: i64| {
        let share = (i128::from(value) - i128::from(bottom)) * i128::from(HEIGHT - BOTTOM - TOP);
        HEIGHT - BOTTOM - i64::try_from(share / (i128::from(top) - i128::from(bottom)).max(1)).unwrap_or(0)
    };
    html! {
        (frame(paper, chart, HEIGHT, html! {
            @for value in [bottom, middle, top] {
                line class="chart-grid" x1=(scale) x2=(width) y1=(y_of(value)) y2=(y_of(value)) {}
                text class="chart-text" x=(scale - 6) y=(y_of(value) + 4) text-anchor="end" { (say(value)) }
            }
            @for (at, bar) in (0_i64..).zip(bars) {
                @let left = scale * 10 + step * at + (step - wide) / 2;
                g {
                    title { (bar.words) }
                    @for Part { drawn: Drawn { class, pattern }, from, until } in &bar.parts {
                        @let (upper, lower) = (y_of(*from.max(until)), y_of(*from.min(until)));
                        rect class=(class) fill=[*pattern] x=(tenths(left)) width=(tenths(wide)) y=(upper) height=(lower - upper) {}
                    }
                    @if let Some(mark) = bar.mark {
                        line class="chart-mark" x1=(tenths(left - wide / 10)) x2=(tenths(left + wide + wide / 10)) y1=(y_of(mark)) y2=(y_of(mark)) {}
                    }
                }
                @if usize::try_from(at).is_ok_and(|at| at % every == 0) {
                    text class="chart-text" x=(tenths(left + wide / 2)) y=(HEIGHT - 8) text-anchor="middle" { (bar.label) }
                }
            }
        }))
    }
}

/// Draws it on either paper.
pub fn on_each(draw: impl Fn(Paper) -> Markup) -> Markup {
    html! { (draw(WIDE)) (draw(NARROW)) }
}

/// The frame around what is drawn.
pub fn frame(paper: Paper, chart: &Chart<'_>, height: i64, content: Markup) -> Markup {
    let id = format!("{}{}", chart.id, paper.suffix);
    html! {
        svg class=(paper.class) viewBox={ "0 0 " (paper.width) " " (height) } role="img" aria-labelledby={ (id) "-title " (id) "-desc" } {
            title id={ (id) "-title" } { (chart.title) }
            desc id={ (id) "-desc" } { (chart.about) }
            (content)
        }
    }
}

/// Where the scale begins, what stands on the way, and where it ends. Zero is on it.
fn scale_of(bars: &[Bar]) -> [i64; 3] {
    let ends = bars.iter().flat_map(|bar| bar.parts.iter().flat_map(|part| [part.from, part.until]).chain(bar.mark));
    let (lowest, highest) = ends.fold((0, 0), |(low, high), end| (end.min(low), end.max(high)));
    match (lowest, highest) {
        (0, highest) => {
            let top = round_top(highest);
            [0, top / 2, top]
        }
        (lowest, 0) => {
            let bottom = -round_top(lowest.saturating_neg());
            [bottom, bottom / 2, 0]
        }
        (lowest, highest) => [-round_top(lowest.saturating_neg()), 0, round_top(highest)],
    }
}

/// An even number with one digit that counts, at least as large.
fn round_top(most: i64) -> i64 {
    let mut unit: i64 = 1;
    loop {
        for digit in [2, 4, 6, 8, 10] {
            let top = unit.saturating_mul(digit);
            if top >= most {
                return top;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

/// "12.5" of 125, "−0.5" of −5, as SVG has it.
fn tenths(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}.{}", value.abs() / 10, value.abs() % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Drawn = Drawn { class: "plain", pattern: None };

    fn bar(value: i64) -> Bar {
        let parts = vec![Part { drawn: PLAIN, from: 0, until: value }];
        Bar { label: String::new(), words: "<b>&".to_owned(), parts, mark: None }
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        for (most, top) in [(0, 2), (1, 2), (3, 4), (7, 8), (10, 10), (11, 20), (61, 80), (999, 1000), (1001, 2000)] {
            assert_eq!(round_top(most), top, "{most}");
        }
        assert_eq!(round_top(i64::MAX), i64::MAX);
    }

    #[test]
    fn zero_is_on_the_scale_wherever_the_bars_are() {
        for (values, scale) in [
            (Vec::new(), [0, 1, 2]),
            (vec![7], [0, 4, 8]),
            (vec![-7], [-8, -4, 0]),
            (vec![-30, 55], [-40, 0, 60]),
            (vec![i64::MIN, i64::MAX], [-i64::MAX, 0, i64::MAX]),
        ] {
            let bars: Vec<Bar> = values.iter().map(|value: &i64| bar(*value)).collect();
            assert_eq!(scale_of(&bars), scale, "{values:?}");
        }
    }

    #[test]
    fn what_is_drawn_stays_on_the_paper_and_is_escaped() {
        let chart = Chart { id: "x", title: "<i>", about: "&", beside: 0 };
        let bars = [bar(i64::MIN), bar(i64::MAX), bar(0)];
        let text = columns(&chart, &bars, &|value| value.to_string()).into_string();
        assert!(!text.contains("<b>") && !text.contains("<i>"), "{text}");
        for part in text.split("height=\"").skip(1) {
            let height: i64 = part.split('"').next().unwrap_or_default().parse().unwrap_or(-1);
            assert!((0..=HEIGHT).contains(&height), "{part}");
        }
        for id in ["x-title", "x-desc", "x-narrow-title", "x-narrow-desc"] {
            assert_eq!(text.matches(&format!("id=\"{id}\"")).count(), 1, "{id}: {text}");
        }
    }
}
