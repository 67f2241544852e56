//! The audit log as people read it, and as a file.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, Method, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream;
use jiff::{civil::Date, tz::TimeZone};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    audit_words,
    wire::{AuditDay, AuditLine, AuditPage, AuditQuery},
};
use crate::{
    audit::{self, Detail, Filter},
    clock::{Instant, day_typed},
    db::Access,
    error::{AppError, Code, FieldErrors, Result},
    org::{Actor, OrgRef, OrgTx},
    permissions,
    platform::Platform,
    request,
    spreadsheet::row,
    web::{Caller, Path, Query},
};

/// Entries on a page.
const PAGE: i64 = 50;
/// Entries read at once for a file.
const BLOCK: i64 = 500;

/// A page of the log, the newest first.
///
/// A day that there isn't is said at its field: the page is 422 then, with the other filters as they were, and lists nothing.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn page(platform: &Platform, actor: &Actor, org: &str, asked: AuditQuery) -> Result<AuditPage> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let zone = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    let asked = AuditQuery { from: as_chosen(asked.from), to: as_chosen(asked.to), ..asked };
    // One more, to know whether there is another page.
    let (mut entries, refused) = match filter(&asked, &zone) {
        Ok(filter) => (audit::read(&mut tx, &filter, PAGE + 1).await?, None),
        Err(error) => {
            request::set_status(&error);
            (Vec::new(), Some(error))
        }
    };
    let more = i64::try_from(entries.len()).is_ok_and(|count| count > PAGE);
    entries.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let words = audit_words::tell(&mut tx, &entries).await?;
    let mut people = vec![(String::new(), "Everybody".to_owned())];
    people.extend(audit_words::listed(&mut tx).await?);
    let today = tx.now().timestamp().to_zoned(zone.clone()).date();
    tx.rollback().await?;
    let mut actions = vec![(String::new(), "Everything".to_owned())];
    actions.extend(audit::labels().into_iter().map(|(name, label)| (name.to_owned(), label.to_owned())));
    let before = if more { entries.last().map(|entry| entry.number) } else { None };
    let mut days: Vec<AuditDay> = Vec::new();
    for (entry, words) in entries.iter().zip(words) {
        let at = entry.at.timestamp().to_zoned(zone.clone());
        let day = heading(at.date(), today);
        let line = AuditLine {
            number: entry.number,
            time: at.strftime("%-I:%M %P").to_string(),
            what: words.sentence,
            about: words.more,
            place: entry.place.clone(),
        };
        match days.last_mut().filter(|last| last.day == day) {
            Some(last) => last.entries.push(line),
            None => days.push(AuditDay { day, entries: vec![line] }),
        }
    }
    Ok(AuditPage { days, before, people, actions, asked, today: today.to_string(), refused })
}

/// As a date field holds it, whatever way it was typed.
fn as_chosen(day: String) -> String {
    day_typed(&day).map_or(day, |date| date.to_string())
}

/// "Today", "Yesterday", "Mon 23 Nov 2026".
fn heading(date: Date, today: Date) -> String {
    if date == today {
        "Today".to_owned()
    } else if Some(date) == today.yesterday().ok() {
        "Yesterday".to_owned()
    } else {
        date.strftime("%a %-d %b %Y").to_string()
    }
}

/// The same as the page's, for the file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    who: String,
    what: String,
    from: String,
    to: String,
}

/// `/app/{org}/settings/audit.csv`: all that a filter lets through, the newest first. That it was exported is in the log, too: so another
/// site’s page can’t have a browser ask for it, and who asks only what it would be like has exported nothing.
///
/// # Errors
/// As [`page`]; 403 for another site’s page.
pub async fn csv(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<Asked>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response> {
    if headers.get("sec-fetch-site").is_some_and(|site| matches!(site.as_bytes(), b"cross-site" | b"same-site")) {
        return Err(AppError::new(
            Code::Forbidden,
            "That request came from another site’s page, so nothing was exported.",
        ));
    }
    let looks_only = method == Method::HEAD;
    let Asked { who, what, from, to } = asked;
    let asked = AuditQuery { who, what, from, to, before: None };
    let access = if looks_only { Access::Read } else { Access::Write };
    let mut tx = open(&platform, &actor, &org, access).await?;
    let zone = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    let filter = filter(&asked, &zone)?;
    let subject = tx.id().0;
    let file = format!("attachment; filename=\"audit-{}.csv\"", tx.org().slug);
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, file)];
    if looks_only {
        tx.rollback().await?;
        return Ok(headers.into_response());
    }
    tx.audit("platform.audit_exported", subject, &Detail::default()).await?;
    tx.commit().await?;
    let head = row(["number", "at", "who", "who_id", "action", "what", "subject", "subject_id", "from", "detail"])?;
    let state = Export { platform, actor, org, zone, filter, head: Some(head), done: false };
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
    zone: TimeZone,
    filter: Filter,
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
        let mut tx = open(&self.platform, &self.actor, &self.org, Access::Read).await?;
        let entries = audit::read(&mut tx, &self.filter, BLOCK).await?;
        let words = audit_words::tell(&mut tx, &entries).await?;
        tx.rollback().await?;
        self.done = i64::try_from(entries.len()).is_ok_and(|count| count < BLOCK);
        let Some(last) = entries.last() else { return Ok(None) };
        self.filter.before = Some(last.number);
        let mut block = Vec::new();
        for (entry, words) in entries.iter().zip(words) {
            let at = entry.at.timestamp().to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
            block.extend(row([
                entry.number.to_string().as_str(),
                &at,
                &words.who,
                &entry.actor.map(|id| id.to_string()).unwrap_or_default(),
                &entry.action,
                &words.sentence,
                &words.subject,
                &entry.subject.to_string(),
                &entry.place,
                &entry.detail.text(),
            ])?);
        }
        Ok(Some(block.into()))
    }
}

fn filter(asked: &AuditQuery, zone: &TimeZone) -> Result<Filter> {
    let mut errors = FieldErrors::default();
    let mut day = |field: &str, text: &str, after: bool| {
        if text.trim().is_empty() {
            return None;
        }
        let midnight = day_typed(text).and_then(|date| {
            let date = if after { date.tomorrow().ok()? } else { date };
            date.to_zoned(zone.clone()).ok()
        });
        if midnight.is_none() {
            let typed: String = text.trim().chars().take(40).collect();
            errors.add(field, format!("“{typed}” is no day that we know. Enter one like 23/11/2026."));
        }
        midnight.map(|midnight| Instant::from_timestamp(midnight.timestamp()))
    };
    let (from, until) = (day("from", &asked.from, false), day("to", &asked.to, true));
    if from.is_some() && until.is_some() && from >= until {
        errors.add("to", "That is before the first day.");
    }
    let actor = (!asked.who.is_empty()).then(|| asked.who.parse::<Uuid>());
    if matches!(actor, Some(Err(_))) {
        errors.add("who", "Choose somebody from the list.");
    }
    errors.finish()?;
    Ok(Filter {
        actor: actor.and_then(std::result::Result::ok),
        action: Some(asked.what.clone()).filter(|what| !what.is_empty() && !what.contains('\0')),
        from,
        until,
        before: asked.before,
        ..Filter::default()
    })
}

async fn open(platform: &Platform, actor: &Actor, org: &str, access: Access) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::READ_AUDIT, access).await
}
