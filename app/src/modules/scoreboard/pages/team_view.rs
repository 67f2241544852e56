//! `/app/{org}/scoreboard/team/{id}`: what a team comes to, person by person, and for managers who has gone quiet and what waits.

use jiff::civil::Date;
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};
use maud::{Markup, html};

use super::day_words;
use crate::{
    modules::scoreboard::{
        amount,
        board::{Line, figure, gst_words},
        period::Kind,
        progress::Line as Target,
        team_view::{self, QUIET_DAYS, TeamPage, Watched},
    },
    pages::plain::written,
    request,
    ui::{
        DashboardShell, Icon, PageHeader, PageTitle,
        asking::{Choice, select},
        given, org_of_address, with_query,
    },
};

/// What can be chosen, and what people read.
const PERIODS: [(Kind, &str); 5] = [
    (Kind::Day, "Today"),
    (Kind::Week, "This week"),
    (Kind::Month, "This month"),
    (Kind::Quarter, "This quarter"),
    (Kind::FinancialYear, "This financial year"),
];

/// The page, in the dashboard’s frame.
#[component]
pub fn TeamViewRoute() -> AnyView {
    let (org, params, query) = (org_of_address(), use_params_map(), use_query_map());
    let id = given(&params, "id").unwrap_or_default();
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let (metric, period) = (get("metric"), get("period"));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = team_view::page(&platform, &actor, &slug, &id, &metric, &period).await?;
        Ok((slug, period, page))
    };
    let show = |(org, period, page): (String, String, TeamPage)| {
        let (back, title) = (format!("/app/{org}/scoreboard"), page.team.name.clone());
        let content = content(&org, &period, &page).into_string();
        view! {
            <PageTitle text=title.clone()/>
            <a class="back" href=back><Icon name="back"/>"Scoreboard"</a>
            <PageHeader title=title about="What the team comes to, and who brought how much of it."/>
            <div class="stack scoreboard reports numbers" inner_html=content></div>
        }
        .into_any()
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{written(read, show)}</div></DashboardShell>
    }
    .into_any()
}

fn content(org: &str, period: &str, page: &TeamPage) -> Markup {
    html! {
        (form(org, period, page))
        (people_card(org, page))
        @if let Some(watched) = &page.watched { (watched_card(org, watched)) }
    }
}

fn form(org: &str, period: &str, page: &TeamPage) -> Markup {
    let metrics = page.metrics.iter().map(|(value, label)| Choice { value, label });
    let own = page.board.period.label();
    let chosen = if period.is_empty() { Kind::Month.as_str() } else { period };
    let named = PERIODS.iter().map(|(kind, label)| Choice { value: kind.as_str(), label });
    // What another page led to can be a period of its own.
    let is_named = PERIODS.iter().any(|(kind, _)| kind.as_str() == chosen);
    let other = (!is_named).then(|| Choice { value: chosen, label: &own });
    html! {
        form class="card filters ask" method="get" action={ "/app/" (org) "/scoreboard/team/" (page.team.id) } {
            (select("metric", "What", metrics, &page.board.metric.key, None))
            (select("period", "When", named.chain(other), chosen, None))
            button type="submit" class="btn btn-quiet" { "Show" }
        }
    }
}

fn people_card(org: &str, page: &TeamPage) -> Markup {
    let board = &page.board;
    html! {
        section class="card stack" aria-labelledby="team-head" data-board=(board.metric.key) {
            h2 id="team-head" { (board.metric.name) }
            p class="soft" { (board.period.label()) (gst_words(&board.metric)) }
            @if let Some(total) = board.total {
                dl class="figures" {
                    div data-tile="total" { dt { "The team" } dd class="figure-value" { (figure(&board.metric, Some(total))) } }
                    @if let Some(target) = &page.target { (target_tile(page, target)) }
                }
            }
            @if board.lines.is_empty() {
                p { @if board.private { "You aren’t on this board." } @else { "Nobody of the team takes part in this time." } }
            } @else {
                div class="table-wrap" {
                    table class="table" {
                        thead { tr { th scope="col" { "Who" } th scope="col" { "Place" } th scope="col" { (board.metric.name) } th scope="col" { "Of the team" } } }
                        tbody { @for (line, share) in board.lines.iter().zip(&page.shares) { (person(org, page, line, *share)) } }
                    }
                }
            }
            @if board.private { p class="soft" { "Each sees only their own place here." } }
            @else { p class="soft" { "Who is on no board isn’t named, and is in what the team comes to." } }
            p class="row" {
                a class="btn btn-quiet" href=(with_query(&format!("/app/{org}/scoreboard/trends"), &[("metric", &board.metric.key), ("of", &format!("team:{}", page.team.id))])) { "How it went over time" }
            }
        }
    }
}

fn target_tile(page: &TeamPage, target: &Target) -> Markup {
    let metric = &page.board.metric;
    let standing = &target.standing;
    let wanted = target.target.amount;
    let more: Vec<String> =
        [standing.percent(metric), standing.apart(metric), standing.needed(metric), standing.left()]
            .into_iter()
            .flatten()
            .collect();
    html! {
        div data-tile="target" {
            dt { "Target" }
            dd class="figure-value" { (amount::show(wanted, &metric.unit())) }
            dd { (standing.word(metric)) }
            @if !more.is_empty() { dd class="soft" { (more.join(" · ")) } }
            @if let Some(heading) = standing.heading(metric) { dd class="soft" { "Heading for " (heading) } }
        }
    }
}

fn person(org: &str, page: &TeamPage, line: &Line, share: Option<i64>) -> Markup {
    let (id, period) = (line.id.to_string(), page.board.period.key());
    let pairs = [("metric", page.board.metric.key.as_str()), ("person", &id), ("period", &period)];
    let href = with_query(&format!("/app/{org}/scoreboard/entries"), &pairs);
    html! {
        tr data-name=(line.name) {
            th scope="row" { a href=(href) { (line.name) } @if line.own { " " span class="badge" { "You" } } }
            td data-label="Place" { @match line.rank { Some(rank) => { (rank) @if line.shared { "=" } }, None => { "–" } } }
            td data-label=(page.board.metric.name) { (figure(&page.board.metric, line.value)) }
            td data-label="Of the team" { (share.map_or_else(|| "–".to_owned(), percent)) }
        }
    }
}

fn watched_card(org: &str, watched: &Watched) -> Markup {
    html! {
        section class="card stack" aria-labelledby="quiet-head" {
            h2 id="quiet-head" { "Who has gone quiet" }
            p class="soft" { "Nothing was entered for them on their last " (QUIET_DAYS) " working days. Only managers see this." }
            @if watched.quiet.is_empty() { p { "Nobody. Something was entered for each." } }
            @else {
                ul class="bullets" {
                    @for (name, last) in &watched.quiet { li { strong { (name) } ": " (since(*last)) } }
                }
            }
        }
        @if !watched.waiting.is_empty() {
            section class="card stack" aria-labelledby="waiting-head" {
                h2 id="waiting-head" { "Waiting for a yes" }
                ul class="bullets" {
                    @for (name, count) in &watched.waiting { li { strong { (name) } ": " (count) (if *count == 1 { " entry" } else { " entries" }) } }
                }
                p class="row" { a class="btn btn-quiet" href={ "/app/" (org) "/scoreboard/entries?waiting=1" } { "Look at what waits" } }
            }
        }
    }
}

/// "last on 20 November 2026"
fn since(last: Option<Date>) -> String {
    last.map_or_else(|| "nothing yet".to_owned(), |day| format!("last on {}", day_words(day)))
}

/// "61.5%"
fn percent(thousandths: i64) -> String {
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}
