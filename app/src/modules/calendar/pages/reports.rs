//! `/app/{org}/calendar/reports`: what was booked, what became of it and what it comes to. The server writes it alone.

use jiff::civil::Date;
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;
use maud::{Markup, html};

use super::{
    given,
    report_charts::{self as charts, Column},
};
use crate::{
    modules::calendar::{
        format,
        reports::{
            self, Asked, Bar, Hour, Line, Outcomes, Report, ReportPage, Revenue, SourceLine, Totals,
            period::{By, PERIODS},
        },
        typed::minutes_as_typed,
    },
    pages::plain::written,
    request,
    ui::{
        DashboardShell, Icon, PageHeader, PageTitle,
        asking::{Choice, notice_of, select, typed},
        empty_markup, org_of_address, with_query,
    },
};

/// Lines that a chart has at most; its table has all.
const MOST_LINES: usize = 20;
/// Characters of a name beside its bar.
const MOST_OF_A_NAME: usize = 26;

/// The report, in the dashboard's frame.
#[component]
pub fn ReportsRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let (chosen, was) = (get("period"), get("was"));
    // Whoever fills in days and leaves the list of periods as it was means those days.
    let dated = chosen == was && !(get("from").is_empty() && get("to").is_empty());
    let period = if dated { "custom".to_owned() } else { chosen };
    let asked = Asked { period, from: get("from"), to: get("to"), staff: get("staff"), service: get("service") };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = reports::page(&platform, &actor, &slug, asked).await?;
        Ok((slug, page))
    };
    let show = |(org, page): (String, ReportPage)| {
        let content = content(&org, &page).into_string();
        let back = format!("/app/{org}/calendar");
        view! {
            <PageTitle text="Reports"/>
            <a class="back" href=back><Icon name="back"/>"Calendar"</a>
            <PageHeader title="Reports" about="What was booked, what became of it and what it comes to, beside the period before."/>
            <div class="stack reports numbers" inner_html=content></div>
        }
        .into_any()
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{written(read, show)}</div></DashboardShell>
    }
    .into_any()
}

fn content(org: &str, page: &ReportPage) -> Markup {
    let place = Place { org, asked: &page.asked };
    html! {
        (form(org, page))
        @if let Some(report) = &page.report {
            (head(report))
            @if is_empty(&report.totals) && is_empty(&report.before) {
                (empty_markup("Nothing booked in this time", html! {
                    p { "Choose another period, or everybody and all services." }
                    p { a class="btn btn-quiet" href={ "/app/" (org) "/calendar/reports?period=year" } { "Show this year" } }
                }))
            } @else {
                (charts::patterns())
                (tiles(&place, report))
                (over_time(&place, report))
                (by_hour(&place, &report.hours))
                (by_line(&place, "services", "By service", "Service", &report.services, false))
                (by_line(&place, "staff", "By person", "Person", &report.staff, true))
                (by_source(&place, &report.sources))
                (all_of_them(&place, page.may_see_clients))
            }
        }
    }
}

fn is_empty(totals: &Totals) -> bool {
    totals.bookings == 0 && totals.cancelled == 0
}

/// Where the files are.
struct Place<'a> {
    org: &'a str,
    asked: &'a Asked,
}

impl Place<'_> {
    fn file(&self, table: &str, names: &str) -> String {
        let Asked { period, from, to, staff, service } = self.asked;
        let path = format!("/app/{}/calendar/reports.csv", self.org);
        // A named period is the days that it had when the page was read.
        let period = if period.is_empty() { "" } else { "custom" };
        let pairs = [
            ("table", table),
            ("period", period),
            ("from", from),
            ("to", to),
            ("staff", staff),
            ("service", service),
            ("names", names),
        ];
        with_query(&path, &pairs)
    }
}

fn form(org: &str, page: &ReportPage) -> Markup {
    let ReportPage { asked, services, people, refused, .. } = page;
    let refused = refused.as_ref();
    let all = [(String::new(), "All".to_owned())];
    let everybody = [(String::new(), "Everybody".to_owned())];
    let choices = |(value, label)| Choice { value, label };
    let periods = PERIODS.iter().map(|(value, label)| choices((value, label)));
    let period = if asked.period.is_empty() { "month" } else { &asked.period };
    let dates = if period == "custom" { (&*asked.from, &*asked.to) } else { ("", "") };
    let services = all.iter().chain(services).map(|(value, label)| choices((value, label)));
    let people = everybody.iter().chain(people).map(|(value, label)| choices((value, label)));
    html! {
        (notice_of(refused))
        form class="card filters ask" method="get" action={ "/app/" (org) "/calendar/reports" } novalidate {
            (select("period", "Period", periods, period, refused))
            (select("service", "Service", services, &asked.service, refused))
            (select("staff", "Person", people, &asked.staff, refused))
            input type="hidden" name="was" value=(period);
            (typed("from", "From", "date", dates.0, refused))
            (typed("to", "To", "date", dates.1, refused))
            button type="submit" class="btn btn-primary" { "Show" }
            p class="soft" { "For days of your own, fill in “From” and “To”: up to two years." }
        }
    }
}

fn head(report: &Report) -> Markup {
    html! {
        h2 class="report-title" { (days(&report.from, &report.to)) }
        p class="soft" {
            "Compared with " (days(&report.before_from, &report.before_to))
            (if is_empty(&report.before) { ", when nothing was booked." } else { "." })
            @if report.running { " The period isn’t over: what is booked ahead is counted in." }
        }
    }
}

/// "1 November 2026 – 30 November 2026"
fn days(from: &str, to: &str) -> String {
    let day = |text: &str| text.parse::<Date>().map(|date| date.strftime("%-d %B %Y").to_string()).unwrap_or_default();
    if from == to { day(from) } else { format!("{} – {}", day(from), day(to)) }
}

fn tiles(place: &Place<'_>, report: &Report) -> Markup {
    let (now, then) = (&report.totals, &report.before);
    // Where nothing was booked before, it is said once, above.
    let beside = |words: String| if is_empty(then) { String::new() } else { words };
    let rate = |value: Option<i64>| value.map_or_else(|| "–".to_owned(), percent);
    let hours = |minutes: i64| format!("{} h", thousands_of_tenths(minutes * 10 / 60));
    let revenue = |totals: &Totals| money(&totals.revenue);
    let cents = |totals: &Totals| totals.revenue.first().map_or(0, |one| one.cents);
    let lead = now.lead.map_or_else(|| "–".to_owned(), |lead| rough(lead.median));
    let lead_more = now.lead.filter(|lead| lead.upper > 0).map_or_else(String::new, |lead| {
        format!("Half of them between {} and {} ahead.", rough(lead.lower), rough(lead.upper))
    });
    html! {
        section class="card stack" aria-labelledby="at-a-glance" {
            h2 id="at-a-glance" { "At a glance" }
            dl class="figures" {
                (tile("bookings", "Bookings", &thousands(now.bookings), &beside(change(now.bookings, then.bookings, &thousands(then.bookings))), ""))
                (tile("hours", "Hours booked", &hours(now.minutes), &beside(change(now.minutes, then.minutes, &hours(then.minutes))), ""))
                (tile("utilisation", "Utilisation", &rate(now.utilisation_permille), &beside(points(now.utilisation_permille, then.utilisation_permille)), ""))
                (tile("revenue", "Revenue booked", &revenue(now), &beside(change(cents(now), cents(then), &revenue(then))), "Booked, not paid."))
                (tile("no-shows", "No-show rate", &rate(now.no_show_permille), &beside(points(now.no_show_permille, then.no_show_permille)), &format!("{} of {} that have begun.", now.no_shows, thousands(now.begun))))
                (tile("late", "Late cancellations", &thousands(now.cancelled_late), &beside(change(now.cancelled_late, then.cancelled_late, &thousands(then.cancelled_late))), &format!("Of {} cancelled.", thousands(now.cancelled))))
                (tile("lead", "Booked ahead", &lead, &beside(change_of_lead(now, then)), &lead_more))
                (tile("new", "New clients", &thousands(now.clients_new), &beside(change(now.clients_new, then.clients_new, &thousands(then.clients_new))), ""))
                (tile("returning", "Returning clients", &thousands(now.clients_returning), &beside(change(now.clients_returning, then.clients_returning, &thousands(then.clients_returning))), ""))
            }
            details class="folds" {
                summary { "How it is counted" }
                ul class="bullets" {
                    li { "An appointment belongs to the day on which it begins. Bookings and revenue are those that weren’t cancelled, no-shows among them." }
                    li { "Utilisation is booked minutes within working hours, of all working minutes: " (hours(now.worked_minutes)) " of " (hours(now.working_minutes)) ". Time off, blocked time and closed days are taken out, and hours are counted as they are set today." }
                    li { "The no-show rate is of the appointments that have begun. Late is a client’s cancellation after the time until which the service allows it." }
                    li { "New clients had their first appointment in the period; returning ones had been before. A class counts its hours once, however many come." }
                }
            }
            (file_link(place, "totals", "At a glance"))
        }
    }
}

fn tile(id: &str, name: &str, value: &str, change: &str, more: &str) -> Markup {
    html! {
        div data-tile=(id) {
            dt { (name) }
            dd class="figure-value" { (value) }
            @if !change.is_empty() { dd class="soft" { (change) } }
            @if !more.is_empty() { dd class="soft" { (more) } }
        }
    }
}

fn file_link(place: &Place<'_>, table: &str, of: &str) -> Markup {
    html! {
        p class="row" {
            a class="btn btn-quiet" href=(place.file(table, "")) rel="external" download { "Download as CSV" span class="sr-only" { ": " (of) } }
        }
    }
}

fn over_time(place: &Place<'_>, report: &Report) -> Markup {
    let (title, unit) = match report.by {
        By::Day => ("By day", "Day"),
        By::Week => ("By week", "Week"),
        By::Month => ("By month", "Month"),
    };
    let bars: Vec<(Column, &Bar)> = report.over_time.iter().map(|bar| (column(report.by, bar), bar)).collect();
    let most = bars.iter().max_by_key(|(_, bar)| bar.outcomes.all());
    let about = most.map_or_else(String::new, |(column, bar)| {
        format!("Appointments by what became of them. The most were {}: {}.", column.name, bar.outcomes.all())
    });
    let table = html! {
        table class="table" {
            thead { tr { th scope="col" { (unit) } (outcome_heads()) th scope="col" { "Hours" } th scope="col" { "Revenue" } } }
            tbody {
                @for (column, bar) in &bars {
                    tr { th scope="row" { (column.name) } (outcome_cells(bar.outcomes)) (hours_and_revenue(bar.minutes, &bar.revenue)) }
                }
            }
        }
    };
    let columns: Vec<Column> = bars.iter().map(|(_, bar)| column(report.by, bar)).collect();
    html! {
        section class="card stack" aria-labelledby="over-time" {
            h2 id="over-time" { (title) }
            (charts::legend())
            (charts::columns("chart-time", title, &about, &columns))
            (folded(&table))
            (file_link(place, "time", title))
        }
    }
}

fn column(by: By, bar: &Bar) -> Column {
    let date = bar.from.parse::<Date>().unwrap_or_default();
    let (label, name) = match by {
        By::Day => (date.strftime("%-d %b").to_string(), format::day(date)),
        By::Week => (date.strftime("%-d %b").to_string(), days(&bar.from, &bar.to)),
        By::Month => (date.strftime("%b %y").to_string(), date.strftime("%B %Y").to_string()),
    };
    Column { label, name, outcomes: bar.outcomes }
}

fn by_hour(place: &Place<'_>, hours: &[Hour]) -> Markup {
    let most = hours.iter().max_by_key(|hour| hour.bookings);
    let about = most.map_or_else(String::new, |hour| {
        let (day, time) = (charts::day_name(hour.weekday), charts::short_hour(hour.hour));
        format!("When bookings begin. The most begin on {day}s from {time}: {}.", hour.bookings)
    });
    let table = html! {
        table class="table" {
            thead { tr { th scope="col" { "Weekday" } th scope="col" { "From" } th scope="col" { "Bookings" } } }
            tbody {
                @for hour in hours {
                    tr {
                        th scope="row" { (charts::day_name(hour.weekday)) }
                        td data-label="From" { (charts::short_hour(hour.hour)) }
                        td data-label="Bookings" { (hour.bookings) }
                    }
                }
            }
        }
    };
    if hours.is_empty() {
        return html! {};
    }
    html! {
        section class="card stack" aria-labelledby="by-hour" {
            h2 id="by-hour" { "By weekday and hour" }
            p class="soft" { (about) }
            (charts::heat("chart-hours", "By weekday and hour", &about, hours))
            (folded(&table))
            (file_link(place, "hours", "By weekday and hour"))
        }
    }
}

fn by_line(place: &Place<'_>, table: &str, title: &str, of: &str, lines: &[Line], working: bool) -> Markup {
    if lines.is_empty() {
        return html! {};
    }
    let rows: Vec<Column> = lines
        .iter()
        .filter(|line| line.outcomes.all() > 0)
        .take(MOST_LINES)
        .map(|line| Column {
            label: format::shortened(&line.name, MOST_OF_A_NAME),
            name: line.name.clone(),
            outcomes: line.outcomes,
        })
        .collect();
    let about = "Appointments by what became of them, those with the most time first.";
    html! {
        section class="card stack" aria-labelledby={ "by-" (table) } {
            h2 id={ "by-" (table) } { (title) }
            @if !rows.is_empty() {
                (charts::legend())
                (charts::rows(&format!("chart-{table}"), title, about, &rows))
            }
            div class="table-wrap" {
                table class="table" {
                    thead {
                        tr {
                            th scope="col" { (of) } (outcome_heads()) th scope="col" { "Hours" } th scope="col" { "Revenue" }
                            @if working { th scope="col" { "Utilisation" } }
                        }
                    }
                    tbody {
                        @for line in lines {
                            tr {
                                th scope="row" { (line.name) }
                                (outcome_cells(line.outcomes))
                                (hours_and_revenue(line.minutes, &line.revenue))
                                @if working {
                                    td data-label="Utilisation" { (line.utilisation_permille.map_or_else(|| "–".to_owned(), percent)) }
                                }
                            }
                        }
                    }
                }
            }
            (file_link(place, table, title))
        }
    }
}

fn by_source(place: &Place<'_>, sources: &[SourceLine]) -> Markup {
    if sources.is_empty() {
        return html! {};
    }
    html! {
        section class="card stack" aria-labelledby="by-source" {
            h2 id="by-source" { "How they came in" }
            div class="table-wrap" {
                table class="table" {
                    thead { tr { th scope="col" { "Source" } (outcome_heads()) } }
                    tbody { @for line in sources { tr { th scope="row" { (line.name) } (outcome_cells(line.outcomes)) } } }
                }
            }
            (file_link(place, "sources", "How they came in"))
        }
    }
}

fn all_of_them(place: &Place<'_>, may_see_clients: bool) -> Markup {
    html! {
        section class="card stack" aria-labelledby="all-of-them" {
            h2 id="all-of-them" { "All appointments" }
            p class="soft" {
                "A line for each: when, what, with whom, and what became of it."
                @if may_see_clients { " Who downloads it with clients’ names is noted in the audit log." }
            }
            p class="row" {
                a class="btn btn-quiet" href=(place.file("appointments", "")) rel="external" download { "Without names" }
                @if may_see_clients {
                    a class="btn btn-quiet" href=(place.file("appointments", "1")) rel="external" download { "With clients’ names" }
                }
            }
        }
    }
}

fn folded(table: &Markup) -> Markup {
    html! { details class="folds" { summary { "As a table" } div class="table-wrap" { (table) } } }
}

const OUTCOMES: [&str; 4] = ["Booked", "No-shows", "Cancelled late", "Cancelled"];

fn outcome_heads() -> Markup {
    html! { @for name in OUTCOMES { th scope="col" { (name) } } }
}

fn outcome_cells(outcomes: Outcomes) -> Markup {
    let Outcomes { booked, no_show, cancelled_late, cancelled } = outcomes;
    html! { @for (name, count) in OUTCOMES.into_iter().zip([booked, no_show, cancelled_late, cancelled]) { td data-label=(name) { (count) } } }
}

fn hours_and_revenue(minutes: i64, revenue: &[Revenue]) -> Markup {
    html! {
        td data-label="Hours" { (thousands_of_tenths(minutes * 10 / 60)) }
        td data-label="Revenue" class="whitespace-nowrap" { (money(revenue)) }
    }
}

/// "▲ 12% more than 50": with words, for an arrow alone isn't read out.
fn change(now: i64, then: i64, before: &str) -> String {
    if then == 0 {
        return if now == 0 { "None before either".to_owned() } else { "None before".to_owned() };
    }
    if now == then {
        return format!("As before: {before}");
    }
    let (arrow, word) = if now > then { ("▲", "more") } else { ("▼", "less") };
    let percent = ((now - then).abs() * 200 + then) / (then * 2);
    format!("{arrow} {percent}% {word} than {before}")
}

fn points(now: Option<i64>, then: Option<i64>) -> String {
    match (now, then) {
        (_, None) => "Nothing to compare with".to_owned(),
        (None, Some(then)) => format!("{} before", percent(then)),
        (Some(now), Some(then)) if now == then => format!("As before: {}", percent(then)),
        (Some(now), Some(then)) => {
            let (arrow, word) = if now > then { ("▲", "more") } else { ("▼", "less") };
            let points = (now - then).abs();
            format!("{arrow} {}.{} points {word} than {}", points / 10, points % 10, percent(then))
        }
    }
}

fn change_of_lead(now: &Totals, then: &Totals) -> String {
    match (now.lead, then.lead) {
        (_, None) => "Nothing to compare with".to_owned(),
        (Some(now), Some(then)) if now.median == then.median => format!("As before: {}", rough(then.median)),
        (_, Some(then)) => format!("{} before", rough(then.median)),
    }
}

/// "61.5%"
fn percent(permille: i64) -> String {
    format!("{}.{}%", permille / 10, permille % 10)
}

/// Days and hours, without minutes that say nothing.
fn rough(minutes: i64) -> String {
    match minutes {
        ..120 => minutes_as_typed(minutes),
        120..2880 => format!("{} hours", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

/// "1,234"
fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut words = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            words.push(',');
        }
        words.push(digit);
    }
    if number < 0 { format!("−{words}") } else { words }
}

/// "1,234.5"
fn thousands_of_tenths(tenths: i64) -> String {
    format!("{}.{}", thousands(tenths / 10), tenths % 10)
}

/// "$1,234.50"
fn money(revenue: &[Revenue]) -> String {
    if revenue.is_empty() {
        return "$0.00".to_owned();
    }
    let amounts = revenue.iter().map(|one| {
        let amount = format!("{}.{:02}", thousands(one.cents / 100), one.cents % 100);
        if one.currency == "AUD" { format!("${amount}") } else { format!("{} {amount}", one.currency) }
    });
    amounts.collect::<Vec<_>>().join(" + ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (number, words) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1200, "−1,200")]
        {
            assert_eq!(thousands(number), words);
        }
        let aud = |cents| Revenue { currency: "AUD".to_owned(), cents };
        assert_eq!(money(&[aud(123_405)]), "$1,234.05");
        assert_eq!(money(&[]), "$0.00");
        assert_eq!(change(56, 50, "50"), "▲ 12% more than 50");
        assert_eq!(change(25, 50, "50"), "▼ 50% less than 50");
        assert_eq!(change(5, 0, "0"), "None before");
        assert_eq!(points(Some(615), Some(600)), "▲ 1.5 points more than 60.0%");
        assert_eq!(
            (rough(45), rough(150), rough(5000)),
            ("45 min".to_owned(), "2 hours".to_owned(), "3 days".to_owned())
        );
    }
}
