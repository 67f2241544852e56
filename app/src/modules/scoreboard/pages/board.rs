//! `/app/{org}/scoreboard`: who stands where.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;
use maud::{Markup, html};

use super::tabs::{Tab, tabs};
use crate::{
    modules::scoreboard::{
        bests::{Improved, Improvement},
        board::{Asked, Board, Line, Of, figure, gst_words},
        board_page::{self, Also, BoardPage},
        closing::Shut,
        formula::Fraction,
        period::{Kind, Period},
        ranking::Ties,
        snapshots,
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        DashboardShell, LinkButton, PageHeader, PageTitle,
        asking::{Choice, select},
        empty_markup, given, icon_markup, org_of_address, with_query,
    },
};

/// The board, in the dashboard's frame.
#[component]
pub fn BoardRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let asked = Asked {
        metric: get("metric"),
        period: get("period"),
        of: Of::parse(&get("of")).unwrap_or(Of::People),
        team: get("team").parse().ok(),
        ties: if get("ties") == "first" { Ties::FirstToReach } else { Ties::Shared },
    };
    let also = Also { results: get("list") == RESULTS, improved: !get("improved").is_empty() };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = board_page::board(&platform, &actor, &slug, &asked, also).await?;
        Ok((slug, asked, page))
    };
    let show = move |(org, asked, page): (String, Asked, BoardPage)| {
        let content = content(&org, (&asked, also), &page).into_string();
        let enter = page.may_enter.then(|| format!("/app/{org}/scoreboard/enter"));
        view! {
            <PageTitle text="Scoreboard"/>
            <PageHeader title="Scoreboard" about="Who stands where, as of now.">
                {enter.map(|href| view! { <LinkButton href=href>"Enter a result"</LinkButton> })}
            </PageHeader>
            {tabs(&org, Tab::Boards)}
            <div class="stack scoreboard numbers" inner_html=content></div>
        }
        .into_any()
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{written(read, show)}</div></DashboardShell>
    }
    .into_any()
}

/// What the list is narrowed to: who has a result.
const RESULTS: &str = "results";

/// What is asked for, and what else of it.
type Whole<'a> = (&'a Asked, Also);

/// The way to a board, or to what is made of it.
fn address(org: &str, below: &str, (asked, also): Whole<'_>, period: &str) -> String {
    let team = asked.team.map(|team| team.to_string()).unwrap_or_default();
    let pairs = [
        ("metric", asked.metric.as_str()),
        ("period", period),
        ("of", if asked.of == Of::People { "" } else { asked.of.as_str() }),
        ("team", &team),
        ("ties", if asked.ties == Ties::FirstToReach { "first" } else { "" }),
        ("list", if also.results { RESULTS } else { "" }),
        ("improved", if also.improved { "1" } else { "" }),
    ];
    with_query(&format!("/app/{org}/scoreboard{below}"), &pairs)
}

fn content(org: &str, whole: Whole<'_>, page: &BoardPage) -> Markup {
    let Some(board) = &page.board else { return nothing_counted(org, page) };
    html! {
        @if page.waiting > 0 {
            p class="notice notice-info" {
                a href={ "/app/" (org) "/scoreboard/entries?waiting=1" } {
                    (match page.waiting { 1 => "1 entry waits".to_owned(), many => format!("{many} entries wait") }) " for your yes"
                }
            }
        }
        (form(org, whole, board, page))
        (board_card(org, whole, board, page))
        @if let Some(improved) = &page.improved { (most_improved(board, improved)) }
    }
}

fn nothing_counted(org: &str, page: &BoardPage) -> Markup {
    let metrics = format!("/app/{org}/scoreboard/metrics");
    empty_markup(
        "Nothing is counted yet",
        html! {
            @if page.may_set_up {
                p { "Say what counts in your business: sales, calls, new clients. Then say whose results are counted." }
                p { a class="btn btn-primary" href=(metrics) { "Say what is counted" } }
            } @else {
                p { "Once an admin has said what is counted, you see here who stands where." }
            }
        },
    )
}

fn form(org: &str, (asked, also): Whole<'_>, board: &Board, page: &BoardPage) -> Markup {
    let metrics = page.metrics.iter().map(|(value, label)| Choice { value, label });
    let own_range = board.period.key();
    let mut periods: Vec<(String, String)> =
        Kind::ALL.into_iter().map(|kind| (kind.as_str().to_owned(), running_label(kind).to_owned())).collect();
    periods.extend(
        [("last:7", "Last 7 days"), ("last:30", "Last 30 days"), ("last:90", "Last 90 days")]
            .map(|(key, label)| (key.to_owned(), label.to_owned())),
    );
    let chosen = if periods.iter().any(|(key, _)| *key == asked.period) {
        asked.period.clone()
    } else if asked.period.is_empty() {
        "month".to_owned()
    } else {
        periods.push((own_range.clone(), board.period.label()));
        own_range
    };
    let periods = periods.iter().map(|(value, label)| Choice { value, label });
    let ofs: Vec<Of> = Of::ALL.into_iter().filter(|of| *of != Of::Branches || page.has_branches).collect();
    let ofs = ofs.iter().map(|of| Choice { value: of.as_str(), label: of.label() });
    let everybody = [(String::new(), "Everybody".to_owned())];
    let teams = everybody.iter().chain(&page.teams).map(|(value, label)| Choice { value, label });
    let team = asked.team.map(|team| team.to_string()).unwrap_or_default();
    let ties = [Choice { value: "", label: "Share a place" }, Choice { value: "first", label: "First to reach it" }];
    let tie = if asked.ties == Ties::FirstToReach { "first" } else { "" };
    let lists =
        [Choice { value: "", label: "Everybody" }, Choice { value: RESULTS, label: "Only those with a result" }];
    let list = if also.results { RESULTS } else { "" };
    html! {
        form class="card filters ask" method="get" action={ "/app/" (org) "/scoreboard" } {
            (select("metric", "What", metrics, &board.metric.key, None))
            (select("period", "When", periods, &chosen, None))
            button type="submit" class="btn btn-quiet" { "Show" }
            details class="folds" open[is_narrowed(asked) || also.results] {
                summary { "Who, and what becomes of equals" }
                div class="filters" {
                    @if !page.teams.is_empty() {
                        (select("of", "Who", ofs, asked.of.as_str(), None))
                        (select("team", "In", teams, &team, None))
                    }
                    (select("list", "List", lists.into_iter(), list, None))
                    (select("ties", "Equals", ties.into_iter(), tie, None))
                }
            }
        }
    }
}

/// Something else is chosen than what a board begins with.
fn is_narrowed(asked: &Asked) -> bool {
    asked.of != Of::People || asked.team.is_some() || asked.ties != Ties::Shared
}

/// "This month"
pub(super) fn running_label(kind: Kind) -> &'static str {
    match kind {
        Kind::Day => "Today",
        Kind::Week => "This week",
        Kind::Fortnight => "This fortnight",
        Kind::Month => "This month",
        Kind::Quarter => "This quarter",
        Kind::Year => "This year",
        Kind::FinancialYear => "This financial year",
        Kind::FinancialQuarter => "This quarter of the financial year",
    }
}

fn board_card(org: &str, whole: Whole<'_>, board: &Board, page: &BoardPage) -> Markup {
    let (before, after) = &page.beside;
    html! {
        section class="card stack" aria-labelledby="board-title" data-board=(board.metric.key) {
            div class="board-head" {
                div {
                    h2 id="board-title" { (board.metric.name) }
                    p class="soft" {
                        (board.period.label())
                        @if let Some(team) = &board.team { " · " (team.name) }
                        (gst_words(&board.metric))
                    }
                    @if let Some(shut) = &page.shut { (closed(org, board, shut, page.manages)) }
                }
                nav class="board-steps" aria-label="Periods" {
                    @if let Some(before) = before { (step(org, whole, before, "Before", "left")) }
                    @if let Some(after) = after { (step(org, whole, after, "After", "right")) }
                }
            }
            @if board.lines.is_empty() {
                (nobody(org, board, page))
            } @else {
                ol class="board" {
                    @for line in &board.lines { (place(org, board, line, page)) }
                }
            }
            @if let Some(total) = board.total {
                p class="board-total" { span { (if board.of == Of::People && board.team.is_some() { "Team" } else { "Everybody" }) } strong { (figure(&board.metric, Some(total))) } }
            }
            @if board.private { p class="soft" { "Each sees only their own place here." } }
            @if let Some(team) = board.team.as_ref().filter(|_| page.sees_team) {
                p class="row" { a class="btn btn-quiet" href=(with_query(&format!("/app/{org}/scoreboard/team/{}", team.id), &[("metric", &board.metric.key), ("period", &board.period.key())])) { (team.name) ", person by person" } }
            }
            (ways(org, whole, board, page))
        }
    }
}

/// What can be had of a board besides.
fn ways(org: &str, (asked, also): Whole<'_>, board: &Board, page: &BoardPage) -> Markup {
    let key = board.period.key();
    let file = address(org, "/board.csv", (asked, Also { improved: false, ..also }), &key);
    let improved = address(org, "", (asked, Also { improved: true, ..also }), &asked.period);
    let close = with_query(&format!("/app/{org}/scoreboard/closing"), &[("period", &key)]);
    html! {
        ul class="board-ways" {
            @if !board.lines.is_empty() { li { a href=(file) { "Get it as a file (CSV)" } } }
            @if !board.private && !also.improved { li { a href={ (improved) "#improved" } { "Who improved most" } } }
            @if page.manages { li { a href=(close) { "Close a period" } } }
        }
    }
}

/// "Closed on 3 November 2026 by Ada; 2 late changes since"
fn closed(org: &str, board: &Board, shut: &Shut, manages: bool) -> Markup {
    let since = match shut.late {
        0 => "no late changes since".to_owned(),
        late => format!("{} since", counted(late, "late change", "late changes")),
    };
    let closed = if shut.label == board.period.label() {
        format!("Closed on {}", shut.on)
    } else {
        format!("{}: closed on {}", shut.label, shut.on)
    };
    let words = format!("{closed} by {}; {since}", shut.by);
    html! {
        p class="board-closed" {
            (icon_markup("lock")) " "
            @if manages { a href={ "/app/" (org) "/scoreboard/closing/" (shut.id) } { (words) } } @else { span { (words) } }
        }
    }
}

fn most_improved(board: &Board, improved: &Improvement) -> Markup {
    html! {
        section id="improved" class="card stack" aria-labelledby="improved-title" {
            div {
                h2 id="improved-title" { "Most improved" }
                p class="soft" {
                    "Against " (improved.against.label())
                    @if improved.cut { ": as far as this period has gone" }
                }
            }
            @if improved.lines.is_empty() {
                p { "Nobody is ahead of where they were." }
            } @else {
                ol class="board" { @for one in &improved.lines { (gained(board, one)) } }
            }
        }
    }
}

fn gained(board: &Board, one: &Improved) -> Markup {
    let show = |value: Fraction| figure(&board.metric, Some(value));
    let sign = if board.metric.lower_is_better { "−" } else { "+" };
    let share = match one.percent {
        Some(percent) => format!("{percent}%"),
        None => "new".to_owned(),
    };
    html! {
        li data-gained=(one.name) class=[one.own.then_some("is-own")] {
            span class="board-rank" aria-hidden="true" { "▲" }
            div class="board-who" {
                span { (one.name) }
                @if one.own { " " span class="badge" { "You" } }
                @if one.most { " " span class="badge" { "Most" } }
                p class="soft" { "From " (show(one.before)) " to " (show(one.now)) }
            }
            div class="board-figures" {
                strong { (sign) (show(one.gain)) }
                span class="soft" { (share) }
            }
        }
    }
}

fn step(org: &str, whole: Whole<'_>, period: &Period, label: &str, icon: &str) -> Markup {
    let href = address(org, "", whole, &period.key());
    html! { a class="btn-icon" href=(href) aria-label={ (label) ": " (period.label()) } { (icon_markup(icon)) } }
}

fn nobody(org: &str, board: &Board, page: &BoardPage) -> Markup {
    let people = format!("/app/{org}/scoreboard/people");
    html! {
        @if board.private {
            p { "You aren’t on this board." }
        } @else if !page.has_people && page.may_set_up {
            p { "Nobody’s results are counted yet." }
            p { a class="btn btn-primary" href=(people) { "Add people" } }
        } @else if board.takes_part > 0 {
            p { "Nobody has a result in this time." }
        } @else {
            p { "Nobody takes part in this time." }
        }
    }
}

fn place(org: &str, board: &Board, line: &Line, page: &BoardPage) -> Markup {
    let lines = (board.of == Of::People).then(|| {
        let (id, period) = (line.id.to_string(), board.period.key());
        let pairs = [("metric", board.metric.key.as_str()), ("person", &id), ("period", &period)];
        with_query(&format!("/app/{org}/scoreboard/entries"), &pairs)
    });
    let within = (board.of != Of::People).then(|| {
        let (id, period) = (line.id.to_string(), board.period.key());
        let pairs = [("metric", board.metric.key.as_str()), ("period", &period), ("team", &id)];
        with_query(&format!("/app/{org}/scoreboard"), &pairs)
    });
    let share = share(board, line.value);
    html! {
        li class={ "board-line" @if line.own { " is-own" } } data-name=(line.name) {
            span class="board-rank" {
                @match line.rank { Some(rank) => { (rank) @if line.shared { span class="board-shared" title="Shares this place" { "=" } } }, None => { "–" } }
                (snapshots::arrow(page.moved.get(&line.id)))
            }
            div class="board-who" {
                @if let Some(href) = lines.as_ref().or(within.as_ref()) { a href=(href) { (line.name) } } @else { span { (line.name) } }
                @if line.own { " " span class="badge" { "You" } }
                svg class="board-bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                    rect class="board-bar-all" width="1000" height="10" {}
                    rect class="board-bar-share" width=(share) height="10" {}
                }
            }
            div class="board-figures" {
                strong { (figure(&board.metric, line.value)) }
                @if let Some(gap) = line.gap { span class="soft" { (figure(&board.metric, Some(gap))) " behind" } }
            }
        }
    }
}

/// How much of the best figure, in thousandths; nothing where figures aren't more than nothing.
fn share(board: &Board, value: Option<Fraction>) -> i64 {
    let best = board.lines.iter().filter_map(|line| line.value).max();
    let (Some(value), Some(best)) = (value, best) else { return 0 };
    if value.is_negative() || best.is_zero() || best.is_negative() {
        return 0;
    }
    value.checked_div(best).and_then(|share| share.round_to(3)).unwrap_or(0).clamp(0, 1000)
}
