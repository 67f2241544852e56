//! The tables of a report as files for spreadsheets, and the appointments that it counts.

use std::ops::Range;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, Method, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream;
use jiff::tz::TimeZone;
use serde::Deserialize;
use uuid::Uuid;

use super::{Asked, Known, Line, Outcomes, Report, Revenue, SOURCES, midnight, seconds};
use crate::{
    audit::{self, Detail},
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    modules::calendar::{
        booking,
        ids::{AppointmentId, ServiceId, StaffId},
        permissions,
        store::{self, Listed, Narrowed},
    },
    money,
    org::{Actor, OrgRef, OrgTx, Permission},
    platform::Platform,
    spreadsheet::row,
    web::{Caller, Path, Query},
};

/// What there are files of.
pub const TABLES: [&str; 7] = ["totals", "time", "hours", "services", "staff", "sources", "appointments"];

/// Monday first.
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Appointments read at once for a file.
const BLOCK: i64 = 500;

/// What is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct FileAsked {
    period: String,
    from: String,
    to: String,
    staff: String,
    service: String,
    /// One of [`TABLES`].
    table: String,
    /// `1`: with the clients’ names.
    names: String,
}

/// `/app/{org}/calendar/reports.csv`: a table of a report. Clients’ names are in it only where they are asked for, by somebody who may
/// see them, and then it is in the log: so another site’s page can’t have a browser ask for it.
///
/// # Errors
/// As [`super::read`]; 422 at `table`; 403 for names by somebody who may not see clients, and for another site’s page.
pub async fn csv(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<FileAsked>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response> {
    if headers.get("sec-fetch-site").is_some_and(|site| matches!(site.as_bytes(), b"cross-site" | b"same-site")) {
        return Err(AppError::new(
            Code::Forbidden,
            "That request came from another site’s page, so nothing was exported.",
        ));
    }
    let FileAsked { period, from, to, staff, service, table, names } = asked;
    let asked = Asked { period, from, to, staff, service };
    if table == "appointments" {
        return appointments(platform, actor, org, &asked, !names.is_empty(), method == Method::HEAD).await;
    }
    let report = super::read(&platform, &actor, &org, &asked).await?;
    let paid = match table.as_str() {
        "totals" | "services" | "staff" => Paid::read(&platform, &actor, &org, &asked).await?,
        _ => Paid::default(),
    };
    let file = of_table(&report, &paid, &table)?;
    Ok((headers_of(&org, &table, &report.from, &report.to), file).into_response())
}

fn headers_of(org: &str, table: &str, from: &str, to: &str) -> [(header::HeaderName, String); 3] {
    let file = format!("attachment; filename=\"{org}-{table}-{from}-{to}.csv\"");
    [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, file),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ]
}

/// What was paid online for the appointments of a report, and of the period before, by service and person: cents that came in, and that
/// went back.
#[derive(Debug, Clone, Default)]
pub struct Paid {
    now: Vec<(ServiceId, StaffId, i64, i64)>,
    then: Vec<(ServiceId, StaffId, i64, i64)>,
}

impl Paid {
    async fn read(platform: &Platform, actor: &Actor, org: &str, asked: &Asked) -> Result<Self> {
        let mut tx = super::open(platform, actor, org).await?;
        let known = Known::read(&mut tx).await?;
        let (period, only) = known.understood(asked)?;
        let (before, from, after) = (period.before, period.from, period.after);
        let range = midnight(from, &known.tz)?..midnight(after, &known.tz)?;
        let now = store::report_money(&mut tx, &range, only).await?;
        let range = midnight(before, &known.tz)?..midnight(from, &known.tz)?;
        let then = store::report_money(&mut tx, &range, only).await?;
        tx.rollback().await?;
        Ok(Self { now, then })
    }

    /// What came in and went back, as cells, of those lines that are meant.
    fn cells(lines: &[(ServiceId, StaffId, i64, i64)], is_meant: impl Fn(ServiceId, StaffId) -> bool) -> [String; 2] {
        let meant = lines.iter().filter(|(service, staff, ..)| is_meant(*service, *staff));
        let (paid, back) = meant.fold((0, 0), |(paid, back), (_, _, more, gone)| (paid + more, back + gone));
        [money::plain(paid), money::plain(back)]
    }
}

/// One of the tables that are counted.
///
/// # Errors
/// 422 at `table` for a word that isn’t one.
pub fn of_table(report: &Report, paid: &Paid, table: &str) -> Result<Vec<u8>> {
    match table {
        "totals" => totals(report, paid),
        "time" => {
            let head = ["From", "To", "Booked", "No-shows", "Cancelled late", "Cancelled", "Hours", "Revenue"];
            let bars = report.over_time.iter().map(|bar| {
                let mut cells = vec![bar.from.clone(), bar.to.clone()];
                cells.extend(numbers(bar.outcomes, bar.minutes, &bar.revenue));
                cells
            });
            file(&head, bars)
        }
        "hours" => {
            let weekday = |number: i64| usize::try_from(number - 1).ok().and_then(|at| WEEKDAYS.get(at)).copied();
            let cells = report.hours.iter().map(|one| {
                let day = weekday(one.weekday).unwrap_or_default().to_owned();
                vec![day, format!("{}:00", one.hour), one.bookings.to_string()]
            });
            file(&["Weekday", "From", "Bookings"], cells)
        }
        "services" => {
            lines("Service", &report.services, false, |id| Paid::cells(&paid.now, |service, _| service.0 == id))
        }
        "staff" => lines("Person", &report.staff, true, |id| Paid::cells(&paid.now, |_, staff| staff.0 == id)),
        "sources" => {
            let head = ["Source", "Booked", "No-shows", "Cancelled late", "Cancelled"];
            let cells = report.sources.iter().map(|one| {
                let mut cells = vec![one.name.to_owned()];
                cells.extend(counts(one.outcomes));
                cells
            });
            file(&head, cells)
        }
        _ => Err(AppError::field("table", format!("Choose one of {}.", TABLES.join(", ")))),
    }
}

fn totals(report: &Report, paid: &Paid) -> Result<Vec<u8>> {
    let Report { totals: now, before: then, .. } = report;
    let number = |name: &str, now: i64, then: i64| vec![name.to_owned(), now.to_string(), then.to_string()];
    let share = |value: Option<i64>| value.map(decimal_of_thousand).unwrap_or_default();
    let mut rows = vec![
        number("Bookings", now.bookings, then.bookings),
        vec!["Hours booked".to_owned(), in_hours(now.minutes), in_hours(then.minutes)],
        vec!["Working hours".to_owned(), in_hours(now.working_minutes), in_hours(then.working_minutes)],
        vec!["Utilisation, %".to_owned(), share(now.utilisation_permille), share(then.utilisation_permille)],
        number("No-shows", now.no_shows, then.no_shows),
        vec!["No-show rate, %".to_owned(), share(now.no_show_permille), share(then.no_show_permille)],
        number("Cancelled", now.cancelled, then.cancelled),
        number("Cancelled late", now.cancelled_late, then.cancelled_late),
        number("New clients", now.clients_new, then.clients_new),
        number("Returning clients", now.clients_returning, then.clients_returning),
    ];
    let lead = |lead: Option<super::Lead>| {
        let lead = lead.map(|lead| [lead.lower, lead.median, lead.upper].map(|minutes| minutes.to_string()));
        lead.unwrap_or_default()
    };
    let names =
        ["Lead time in minutes, lower quarter", "Lead time in minutes, median", "Lead time in minutes, upper quarter"];
    for ((name, now), then) in names.into_iter().zip(lead(now.lead)).zip(lead(then.lead)) {
        rows.push(vec![name.to_owned(), now, then]);
    }
    rows.push(vec!["Revenue booked".to_owned(), amounts(&now.revenue), amounts(&then.revenue)]);
    let (now, then) = (Paid::cells(&paid.now, |_, _| true), Paid::cells(&paid.then, |_, _| true));
    for ((name, now), then) in ["Paid online", "Paid back"].into_iter().zip(now).zip(then) {
        rows.push(vec![name.to_owned(), now, then]);
    }
    let head = [
        "What".to_owned(),
        format!("{} – {}", report.from, report.to),
        format!("{} – {}", report.before_from, report.before_to),
    ];
    file(&head.each_ref().map(String::as_str), rows.into_iter())
}

fn lines(of: &str, lines: &[Line], working: bool, paid: impl Fn(Uuid) -> [String; 2]) -> Result<Vec<u8>> {
    let mut head =
        vec![of, "Booked", "No-shows", "Cancelled late", "Cancelled", "Hours", "Revenue", "Paid online", "Paid back"];
    if working {
        head.push("Utilisation, %");
    }
    let cells = lines.iter().map(|line| {
        let mut cells = vec![line.name.clone()];
        cells.extend(numbers(line.outcomes, line.minutes, &line.revenue));
        cells.extend(paid(line.id));
        if working {
            cells.push(line.utilisation_permille.map(decimal_of_thousand).unwrap_or_default());
        }
        cells
    });
    file(&head, cells)
}

fn file(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut file = row(head)?;
    for cells in rows {
        file.extend(row(cells)?);
    }
    Ok(file)
}

fn counts(outcomes: Outcomes) -> [String; 4] {
    let Outcomes { booked, no_show, cancelled_late, cancelled } = outcomes;
    [booked, no_show, cancelled_late, cancelled].map(|count| count.to_string())
}

fn numbers(outcomes: Outcomes, minutes: i64, revenue: &[Revenue]) -> Vec<String> {
    let mut cells = counts(outcomes).to_vec();
    cells.extend([in_hours(minutes), amounts(revenue)]);
    cells
}

/// "1.75"
fn in_hours(minutes: i64) -> String {
    let hundredths = (minutes * 100 + 30) / 60;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// "61.5"
fn decimal_of_thousand(permille: i64) -> String {
    format!("{}.{}", permille / 10, permille % 10)
}

/// "1234.50", with its currency where it isn’t the dollar or not the only one.
fn amounts(revenue: &[Revenue]) -> String {
    match revenue {
        [] => "0.00".to_owned(),
        [one] if one.currency == "AUD" => money::plain(one.cents),
        several => several
            .iter()
            .map(|one| format!("{} {}", one.currency, money::plain(one.cents)))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

async fn appointments(
    platform: Platform,
    actor: Actor,
    org: String,
    asked: &Asked,
    names: bool,
    looks_only: bool,
) -> Result<Response> {
    let mut tx = super::open(&platform, &actor, &org).await?;
    let known = Known::read(&mut tx).await?;
    let (period, only) = known.understood(asked)?;
    let tz = known.tz;
    let range = midnight(period.from, &tz)?..midnight(period.after, &tz)?;
    let (first, last) = (period.from.to_string(), period.until().to_string());
    tx.rollback().await?;
    let need = if names { &permissions::VIEW_APPOINTMENTS } else { &permissions::VIEW_REPORTS };
    let headers = headers_of(&org, "appointments", &first, &last);
    if looks_only {
        return Ok(headers.into_response());
    }
    if names {
        let tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), need, Access::Read).await?;
        let shown = Detail::default().with("from", &first).with("until", &last);
        let subject = tx.id().0;
        audit::end_reading(tx, &actor, need, "calendar.clients_read", subject, shown).await?;
    }
    let mut head = vec![
        "Start",
        "End",
        "Service",
        "Staff",
        "Status",
        "Source",
        "Booked on",
        "Lead in minutes",
        "Price",
        "Currency",
        "Asked online",
        "Paid online",
        "Paid back",
        "Payment",
    ];
    if names {
        head.push("Client");
    }
    let state =
        Export { platform, actor, org, need, tz, range, only, names, after: None, head: Some(row(head)?), done: false };
    let blocks = stream::try_unfold(state, |mut export| async move {
        let block = export.next().await?;
        Ok::<_, AppError>(block.map(|block| (block, export)))
    });
    Ok((headers, Body::from_stream(blocks)).into_response())
}

struct Export {
    platform: Platform,
    actor: Actor,
    org: String,
    need: &'static Permission,
    tz: TimeZone,
    range: Range<Instant>,
    only: Narrowed,
    names: bool,
    after: Option<(Instant, AppointmentId)>,
    head: Option<Vec<u8>>,
    done: bool,
}

impl Export {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        if let Some(head) = self.head.take() {
            return Ok(Some(head.into()));
        }
        if self.done {
            return Ok(None);
        }
        let org = OrgRef::Slug(&self.org);
        let mut tx = OrgTx::open(&self.platform, &self.actor, org, self.need, Access::Read).await?;
        let listed = store::report_list(&mut tx, &self.range, self.only, self.after, BLOCK).await?;
        let keys = if self.names { Some(tx.keys().await?) } else { None };
        tx.rollback().await?;
        self.done = i64::try_from(listed.len()).is_ok_and(|count| count < BLOCK);
        let Some(last) = listed.last() else { return Ok(None) };
        self.after = Some((last.starts_at, last.id));
        let mut block = Vec::new();
        for one in &listed {
            let mut cells = self.cells(one);
            if let Some(keys) = &keys {
                cells.push(booking::unseal(keys, one.id, "client_name", &one.client_name)?);
            }
            block.extend(row(cells)?);
        }
        Ok(Some(block.into()))
    }

    fn cells(&self, one: &Listed) -> Vec<String> {
        let local = |at: Instant| at.timestamp().to_zoned(self.tz.clone()).strftime("%Y-%m-%d %H:%M").to_string();
        let source = SOURCES.iter().find(|(word, _)| *word == one.source).map_or(one.source.as_str(), |(_, name)| name);
        let lead = ((seconds(one.starts_at) - seconds(one.created_at)) / 60).max(0);
        let price = if one.currency == "AUD" {
            money::plain(one.price_cents)
        } else {
            format!("{} {}", one.currency, money::plain(one.price_cents))
        };
        vec![
            local(one.starts_at),
            local(one.ends_at),
            one.service.clone(),
            one.staff.clone(),
            status(one).to_owned(),
            source.to_owned(),
            local(one.created_at),
            lead.to_string(),
            price,
            one.currency.clone(),
            money::plain(one.asked_cents),
            money::plain(one.paid_cents),
            money::plain(one.refunded_cents),
            payment(one).to_owned(),
        ]
    }
}

/// Where the payment of an appointment stands; empty where none was asked.
fn payment(one: &Listed) -> &'static str {
    match one.payment_state.as_deref() {
        Some("paid") if one.disputed => "disputed",
        Some("paid") if one.refunded_cents >= one.paid_cents => "paid back",
        Some("paid") if one.refunded_cents > 0 => "paid back in part",
        Some("paid") => "paid",
        Some("open") => "not paid yet",
        Some(_) => "never paid",
        None if one.by_package => "by a package",
        None => "",
    }
}

fn status(one: &Listed) -> &'static str {
    match (one.status.as_str(), one.ending.as_str()) {
        ("booked", _) => "booked",
        ("no_show", _) => "no-show",
        (_, "client") => "cancelled by the client",
        (_, "client_late") => "cancelled late by the client",
        (_, "business") => "cancelled by the business",
        (_, "declined") => "declined",
        (_, "expired") => "not confirmed in time",
        (_, "unpaid") => "not paid in time",
        _ => "cancelled",
    }
}
