//! Emails about tasks: soon after somebody was told something that they want to hear of by email and haven't looked at, and once a day what is before them.
//! Each is read as whoever gets it, so that it tells what they may see and no more, and is stopped with one press (RFC 8058).

use std::{collections::BTreeSet, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use jiff::ToSpan as _;

use super::{
    access,
    cards::Card,
    mine::{self, Part},
    notices::{self, Kind, Told, Way},
    permissions,
    saying::Here,
    store_together::{self as rows, NoticeRow, OwnRow},
    task::When,
    triggers,
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Code, Result},
    ids::{OrgId, UserId},
    links::{LinkError, Purpose},
    mail::{self, Letter, Mailing, examples::Example},
    module::Job,
    money::counted,
    org::{Actor, OrgRef, OrgTx},
    people::members,
    permissions::ENTER,
    platform::Platform,
    platform_sql,
    web::Path,
};

/// What is later than this isn’t written any more: half a day.
const LATE_SECONDS: i64 = 12 * 60 * 60;
/// The link that stops it holds for so long: 400 days.
const LINK_SECONDS: i64 = 400 * 24 * 60 * 60;
/// Notices are kept for so long: 90 days.
const KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;
/// So many organisations are taken out at once.
const AT_ONCE: i64 = 200;
/// So many notices of one are emailed in a turn.
const MOST_NOTICES: i64 = 500;
/// A letter tells of so many of each.
const MOST_TOLD: usize = 20;
/// The daily email tells what happened in so many days at most: since the one before.
const MOST_DAYS: i64 = 7;

/// The job that writes soon after.
pub const SOON: Job = Job {
    name: "tasks.notices",
    every: Duration::from_mins(1),
    run: |platform| Box::pin(async move { write_notices(&platform).await }),
};

/// The job that writes once a day.
pub const DAILY: Job = Job {
    name: "tasks.daily",
    every: Duration::from_mins(5),
    run: |platform| Box::pin(async move { write_daily(&platform).await }),
};

/// The job that forgets what was told long ago.
pub const FORGET: Job = Job {
    name: "tasks.told",
    every: Duration::from_hours(6),
    run: |platform| Box::pin(async move { forget(&platform).await }),
};

/// When somebody’s daily email comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Daily {
    /// It does.
    pub on: bool,
    /// At which hour of the organisation’s clock: 0 to 23.
    pub hour: i64,
    /// On which days: Monday first, 1 is yes.
    pub weekdays: String,
}

impl Default for Daily {
    fn default() -> Self {
        Self { on: false, hour: 7, weekdays: "1111100".to_owned() }
    }
}

/// When whoever asks gets it.
///
/// # Errors
/// The database is busy.
pub async fn daily(tx: &mut OrgTx, user: UserId) -> Result<Daily> {
    let own = rows::own(tx, user).await?;
    Ok(own.map_or_else(Daily::default, |own| Daily { on: own.daily, hour: own.hour, weekdays: own.weekdays }))
}

/// Says when somebody gets it.
///
/// # Errors
/// 422 for an hour or days that aren’t there.
pub async fn set_daily(tx: &mut OrgTx, user: UserId, daily: &Daily) -> Result<()> {
    if !(0..=23).contains(&daily.hour) {
        return Err(AppError::field("hour", "Choose an hour from 0 to 23."));
    }
    if daily.weekdays.len() != 7 || !daily.weekdays.chars().all(|day| matches!(day, '0' | '1')) {
        return Err(AppError::field("weekdays", "Say of each day, Monday first, whether it comes: 1 or 0."));
    }
    if daily.on && !daily.weekdays.contains('1') {
        return Err(AppError::field("weekdays", "Choose the days on which it comes."));
    }
    let here = Here::of(tx)?;
    let next_at = next(&here, tx.now(), daily);
    let new = OwnRow {
        user_id: user,
        list_id: None,
        daily: daily.on,
        hour: daily.hour,
        weekdays: daily.weekdays.clone(),
        told_day: None,
        next_at,
    };
    rows::set_daily(tx, &new).await?;
    Ok(())
}

/// When it is due next, after now.
fn next(here: &Here, now: Instant, daily: &Daily) -> Option<Instant> {
    let hour = i8::try_from(daily.hour).ok().filter(|_| daily.on)?;
    (0..=7_i64).find_map(|days| {
        let day = here.today.saturating_add(days.days());
        let at = usize::try_from(day.weekday().to_monday_zero_offset()).ok()?;
        let comes = daily.weekdays.as_bytes().get(at) == Some(&b'1');
        here.at_hour(day, hour).filter(|at| comes && *at > now)
    })
}

/// Stops all of it by the link in it. Pressed again it is stopped still.
///
/// # Errors
/// 404 for a token that isn’t ours; 410 for one that has expired.
pub async fn stop(platform: &Platform, token: &str) -> Result<()> {
    let (mut tx, user) = open_own(platform, token, Access::Write).await?;
    for (kind, way) in notices::ways(&mut tx, user).await? {
        if way == Way::Email {
            rows::set_way(&mut tx, user, kind.as_str(), Way::App.as_str()).await?;
        }
    }
    rows::mail_nothing(&mut tx, user).await?;
    let daily = daily(&mut tx, user).await?;
    set_daily(&mut tx, user, &Daily { on: false, ..daily }).await?;
    tx.emit("tasks.notices_chosen", user.0).await?;
    tx.commit().await
}

/// Where mail programs stop it, and whoever opens that in a browser changes it.
pub fn router() -> Router<Platform> {
    Router::new().route("/tasks/letters/{token}/stop", get(to_page).post(stop_it))
}

/// To the page on which it is chosen: looking at an address changes nothing, for mail programs look at all of them.
async fn to_page(State(platform): State<Platform>, Path(token): Path<String>) -> Result<Response> {
    let (tx, _) = open_own(&platform, &token, Access::Read).await?;
    let page = format!("/app/{}/tasks/inbox/settings", tx.org().slug);
    tx.rollback().await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Redirect::to(&page)).into_response())
}

async fn stop_it(State(platform): State<Platform>, Path(token): Path<String>) -> Result<StatusCode> {
    stop(&platform, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Opens the organisation that a link is of, with whose it is.
async fn open_own(platform: &Platform, token: &str, access: Access) -> Result<(OrgTx, UserId)> {
    let now = platform.clock.now().timestamp().as_second();
    let link = platform.links.verify(Purpose::Letters, token, now).map_err(|error| match error {
        LinkError::Expired => {
            AppError::new(Code::Gone, "This link has expired. Change it in the inbox of your tasks instead.")
        }
        _ => AppError::not_found("that email"),
    })?;
    let (org, user) = (OrgRef::Id(OrgId(link.org)), UserId(link.subject));
    let tx = OrgTx::open(platform, &Actor::Link(link), org, &permissions::STOP_LETTERS, access).await?;
    Ok((tx, user))
}

/// Writes what is due by now to those who haven’t looked.
///
/// # Errors
/// The database is busy.
pub async fn write_notices(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT DISTINCT org_id FROM tasks_notices WHERE mail_at IS NOT NULL AND mail_at <= $1 LIMIT $2",
        platform.clock.now(),
        AT_ONCE
    )?;
    tx.rollback().await?;
    for (org,) in due {
        // One that can’t be written doesn’t keep the others waiting.
        if let Err(error) = Box::pin(notices_of(platform, org)).await {
            tracing::warn!(%error, %org, "what people were told isn’t emailed; it is tried again");
        }
    }
    Ok(())
}

async fn notices_of(platform: &Platform, org: OrgId) -> Result<()> {
    let Some(mut tx) = open(platform, org, Access::Read).await? else { return Ok(()) };
    let until = tx.now();
    let due = rows::notices_to_mail(&mut tx, until, MOST_NOTICES).await?;
    let shut = is_shut(&tx);
    tx.rollback().await?;
    let mut users: Vec<UserId> = due.iter().map(|row| row.user_id).collect();
    users.dedup();
    for user in users {
        let own: Vec<NoticeRow> = due.iter().filter(|row| row.user_id == user).cloned().collect();
        let late = |row: &NoticeRow| row.mail_at.is_some_and(|at| at.plus_seconds(LATE_SECONDS) < until);
        let worth: Vec<NoticeRow> = own.iter().filter(|row| !shut && !late(row)).cloned().collect();
        let facts = if worth.is_empty() { None } else { soon_facts(platform, org, user, worth).await? };
        let Some(mut tx) = open(platform, org, Access::Write).await? else { return Ok(()) };
        let mut claimed = 0;
        for row in &own {
            claimed += rows::set_mailed(&mut tx, row.id).await?;
        }
        match facts {
            Some((to, facts)) if claimed > 0 => {
                let letter = soon(to, &facts);
                let (mailing, until) = mailing(platform, &tx, user, letter);
                mail::queue_mailing(platform, tx.platform_part(), "tasks.notice", &mailing, Some(until)).await?;
                tx.commit().await?;
            }
            _ if claimed > 0 => tx.commit().await?,
            _ => tx.rollback().await?,
        }
    }
    Ok(())
}

/// What somebody is told, read as them; `None` where they see nothing of it, or may not come in.
async fn soon_facts(
    platform: &Platform,
    org: OrgId,
    user: UserId,
    own: Vec<NoticeRow>,
) -> Result<Option<(String, Soon)>> {
    let Some(mut tx) = open_as(platform, org, user).await? else { return Ok(None) };
    let told = notices::told(&mut tx, own).await?;
    let member = members::one(&mut tx, user).await?;
    let page = base(&tx);
    let org = tx.org().name.clone();
    tx.rollback().await?;
    let facts = Soon { name: member.name, org, told, base: page };
    Ok((!facts.told.is_empty()).then_some((member.email, facts)))
}

/// Writes what is before people on a day, to those to whom it is due.
///
/// # Errors
/// The database is busy.
pub async fn write_daily(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let due = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT DISTINCT org_id FROM tasks_own WHERE next_at IS NOT NULL AND next_at <= $1 LIMIT $2",
        platform.clock.now(),
        AT_ONCE
    )?;
    tx.rollback().await?;
    for (org,) in due {
        if let Err(error) = Box::pin(daily_of(platform, org)).await {
            tracing::warn!(%error, %org, "the daily email of tasks isn’t written; it is tried again");
        }
    }
    Ok(())
}

async fn daily_of(platform: &Platform, org: OrgId) -> Result<()> {
    let Some(mut tx) = open(platform, org, Access::Read).await? else { return Ok(()) };
    let now = tx.now();
    let here = Here::of(&tx)?;
    let due = rows::daily_due(&mut tx, now).await?;
    let shut = is_shut(&tx);
    tx.rollback().await?;
    let today = here.today.to_string();
    for own in due {
        let late = own.next_at.is_none_or(|at| at.plus_seconds(LATE_SECONDS) < now);
        let again = own.told_day.as_deref() == Some(today.as_str());
        let facts = if shut || late || again { None } else { daily_facts(platform, org, &own).await? };
        let wanted = Daily { on: own.daily, hour: own.hour, weekdays: own.weekdays.clone() };
        let Some(mut tx) = open(platform, org, Access::Write).await? else { return Ok(()) };
        if rows::claim_daily(&mut tx, &own, &today, next(&here, now, &wanted)).await? == 0 {
            tx.rollback().await?;
            continue;
        }
        if let Some((to, facts)) = facts {
            let (mailing, until) = mailing(platform, &tx, own.user_id, day(to, &facts));
            mail::queue_mailing(platform, tx.platform_part(), "tasks.daily", &mailing, Some(until)).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// What is before somebody today, read as them; `None` where there is nothing, or they may not come in.
async fn daily_facts(platform: &Platform, org: OrgId, own: &OwnRow) -> Result<Option<(String, Day)>> {
    let Some(mut tx) = open_as(platform, org, own.user_id).await? else { return Ok(None) };
    let here = Here::of(&tx)?;
    let before_them = mine::of(&mut tx, own.user_id, None).await?;
    let lists = access::lists(&mut tx).await?;
    let line = |card: &Card| {
        let list = lists.iter().find(|list| list.id == card.list).map(|list| list.name.as_str()).unwrap_or_default();
        let due = When::stored(card.due_day.as_deref(), card.due_time.as_deref());
        let due = due.map(|due| format!(", {}", here.exactly(due))).unwrap_or_default();
        format!("T-{} {} ({list}{due})", card.n, card.title)
    };
    let of = |wanted: Part| {
        let part = before_them.parts.iter().find(|(part, ..)| *part == wanted);
        let cards = part.map(|(_, cards, _)| cards.as_slice()).unwrap_or_default();
        (cards.iter().take(MOST_TOLD).map(line).collect::<Vec<_>>(), cards.len())
    };
    let (overdue, today) = (of(Part::Overdue), of(Part::Today));
    let least = here.start_of(here.today.saturating_sub(MOST_DAYS.days()));
    let since = own.told_day.as_deref().and_then(|day| day.parse().ok()).and_then(|day| {
        let hour = i8::try_from(own.hour).ok()?;
        here.at_hour(day, hour)
    });
    let since = since.unwrap_or_else(|| tx.now().plus_seconds(-24 * 60 * 60)).max(least);
    let found = rows::told_since(&mut tx, own.user_id, since, i64::try_from(MOST_TOLD).unwrap_or(i64::MAX)).await?;
    let told = notices::told(&mut tx, found).await?;
    let member = members::one(&mut tx, own.user_id).await?;
    let facts = Day {
        name: member.name,
        org: tx.org().name.clone(),
        day: here.date(here.today),
        overdue,
        today,
        told,
        base: base(&tx),
    };
    tx.rollback().await?;
    let is_empty = facts.overdue.1 == 0 && facts.today.1 == 0 && facts.told.is_empty();
    Ok((!is_empty).then_some((member.email, facts)))
}

/// Forgets what was told 90 days ago.
///
/// # Errors
/// The database is busy.
pub async fn forget(platform: &Platform) -> Result<()> {
    let before = platform.clock.now().plus_seconds(-KEPT_SECONDS);
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let whose = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT org_id FROM tasks_notices WHERE told_at < $1 ORDER BY told_at LIMIT $2",
        before,
        AT_ONCE
    )?;
    tx.rollback().await?;
    let whose: BTreeSet<OrgId> = whose.into_iter().map(|(org,)| org).collect();
    for org in whose {
        let Some(mut tx) = open(platform, org, Access::Write).await? else { continue };
        rows::forget_notices(&mut tx, before).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A letter that its reader stops with one press, and until when it is worth anything.
fn mailing(platform: &Platform, tx: &OrgTx, user: UserId, letter: Letter) -> (Mailing, Instant) {
    let until = tx.now().plus_seconds(LINK_SECONDS).timestamp().as_second();
    let token = platform.links.sign(Purpose::Letters, tx.id().0, user.0, until);
    let mailing = Mailing {
        sender: Some(tx.org().name.clone()),
        unsubscribe: Some(format!("{}/tasks/letters/{token}/stop", platform.origin)),
        ..Mailing::from(letter)
    };
    (mailing, tx.now().plus_seconds(LATE_SECONDS))
}

/// Where the organisation’s tasks are.
fn base(tx: &OrgTx) -> String {
    format!("{}/app/{}/tasks", tx.platform().origin, tx.org().slug)
}

/// An organisation that is closed or suspended writes to nobody.
fn is_shut(tx: &OrgTx) -> bool {
    tx.org().closes_at.is_some() || tx.check_goes_on("it writes no letters").is_err()
}

/// `None` for an organisation that is gone.
async fn open(platform: &Platform, org: OrgId, access: Access) -> Result<Option<OrgTx>> {
    let actor = Actor::System("emails about tasks");
    match OrgTx::open(platform, &actor, OrgRef::Id(org), &ENTER, access).await {
        Ok(tx) => Ok(Some(tx)),
        Err(error) if error.code == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// As somebody who gets a letter; `None` where they may not come in.
async fn open_as(platform: &Platform, org: OrgId, user: UserId) -> Result<Option<OrgTx>> {
    match OrgTx::open(platform, &Actor::User(user), OrgRef::Id(org), &permissions::VIEW, Access::Read).await {
        Ok(tx) => Ok(Some(tx)),
        Err(error) if matches!(error.code, Code::Internal | Code::Unavailable) => Err(error),
        Err(_) => Ok(None),
    }
}

/// What a letter tells soon after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Soon {
    /// Whoever gets it.
    pub name: String,
    /// The business.
    pub org: String,
    /// What they haven’t looked at, at least one.
    pub told: Vec<Told>,
    /// Where the tasks are.
    pub base: String,
}

/// What the daily letter tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Whoever gets it.
    pub name: String,
    /// The business.
    pub org: String,
    /// "Fri 27 Nov"
    pub day: String,
    /// What is overdue, and how much that is in all.
    pub overdue: (Vec<String>, usize),
    /// What is due today, likewise.
    pub today: (Vec<String>, usize),
    /// What became theirs, and where they were mentioned.
    pub told: Vec<Told>,
    /// Where the tasks are.
    pub base: String,
}

/// "T-12 Order paper: Priya Raman mentioned you. “…”"
fn line(told: &Told) -> String {
    let quote = if told.quote.is_empty() { String::new() } else { format!(" “{}”", told.quote) };
    format!("T-{} {}: {}{quote}", told.number, told.title, told.words)
}

/// The letter that comes soon after.
pub fn soon(to: String, facts: &Soon) -> Letter {
    let Soon { name, org, told, base } = facts;
    let first = told.first();
    let subject = match told.as_slice() {
        [one] => one.kind.in_subject(one.number),
        several => {
            format!("{} about your tasks", counted(several.len().try_into().unwrap_or(i64::MAX), "thing", "things"))
        }
    };
    let mut paragraphs = vec![format!("Hello {name},"), format!("This happened in the tasks of {org}:")];
    paragraphs.extend(told.iter().take(MOST_TOLD).map(line));
    let action = match (told.len(), first) {
        (1, Some(one)) => ("Open the task".to_owned(), format!("{base}/t/T-{}", one.number)),
        _ => ("Open your inbox".to_owned(), format!("{base}/inbox")),
    };
    Letter {
        to,
        subject,
        paragraphs,
        action: Some(action),
        closing: vec!["You choose what comes by email in the inbox of your tasks, under “Notifications”.".to_owned()],
    }
}

/// The daily letter.
pub fn day(to: String, facts: &Day) -> Letter {
    let Day { name, org, day, overdue, today, told, base } = facts;
    let mut paragraphs = vec![format!("Hello {name},"), format!("These are your tasks at {org}.")];
    let listed = |head: String, (lines, all): &(Vec<String>, usize)| {
        let more = all.saturating_sub(lines.len());
        let more = if more > 0 { format!("\nand {more} more") } else { String::new() };
        (*all > 0).then(|| format!("{head}\n{}{more}", lines.join("\n")))
    };
    paragraphs.extend(listed("Overdue".to_owned(), overdue));
    paragraphs.extend(listed(format!("Today, {day}"), today));
    let of = |kind: Kind| {
        let lines: Vec<String> = told.iter().filter(|one| one.kind == kind).map(line).collect();
        let count = lines.len();
        (lines, count)
    };
    paragraphs.extend(listed("Assigned to you since the last email".to_owned(), &of(Kind::Assigned)));
    paragraphs.extend(listed("You were mentioned".to_owned(), &of(Kind::Mentioned)));
    let count = |number: usize| counted(number, "task", "tasks");
    let subject = match (today.1, overdue.1) {
        (0, 0) => format!("{day}: news of your tasks"),
        (0, late) => format!("{day}: {} overdue", count(late)),
        (due, 0) => format!("{day}: {} today", count(due)),
        (due, late) => format!("{day}: {} today, {late} overdue", count(due)),
    };
    Letter {
        to,
        subject,
        paragraphs,
        action: Some(("Open my tasks".to_owned(), base.clone())),
        closing: vec![
            "This email comes on the days that you chose. To stop getting it, open the inbox of your tasks, and “Notifications”.".to_owned(),
        ],
    }
}

/// The kinds of letters that tasks write, and what they are for.
pub const KINDS: &[(&str, &str)] = &[
    ("tasks.notice", "What happened to somebody’s tasks, soon after"),
    ("tasks.daily", "Somebody’s tasks for the day, once a day"),
    triggers::LETTER,
];

/// One of each, for the operator’s previews and the tests.
pub fn examples(origin: &str) -> Vec<Example> {
    let told = |kind: Kind, number: i64, title: &str, words: &str, quote: &str| Told {
        id: super::ids::NoticeId(uuid::Uuid::nil()),
        kind,
        task: super::ids::TaskId(uuid::Uuid::nil()),
        number,
        title: title.to_owned(),
        words: words.to_owned(),
        quote: quote.to_owned(),
        at: Instant::from_unix(0),
        when: String::new(),
        read: false,
    };
    let base = format!("{origin}/app/harbour-physio/tasks");
    let mention = told(
        Kind::Mentioned,
        48,
        "Order tape and towels",
        "Tom Whitlock mentioned you.",
        "@Priya could you check how much is left in the store room?",
    );
    let assigned = told(Kind::Assigned, 51, "Call the builder about the ramp", "Mei-Lin Chua assigned it to you.", "");
    let (name, org) = ("Priya Raman".to_owned(), "Harbour Physio".to_owned());
    let to = "priya@example.com.au";
    let one = Soon { name: name.clone(), org: org.clone(), told: vec![mention.clone()], base: base.clone() };
    let several = Soon { told: vec![mention.clone(), assigned.clone()], ..one.clone() };
    let lines = |all: &[&str]| (all.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(), all.len());
    let facts = Day {
        name,
        org,
        day: "Fri 27 Nov".to_owned(),
        overdue: lines(&["T-39 Lodge the activity statement (Office, Wed 25 Nov)"]),
        today: lines(&[
            "T-51 Call the builder about the ramp (Front desk, Fri 27 Nov, 3:00 pm)",
            "T-52 Print the new price list (Front desk, Fri 27 Nov)",
        ]),
        told: vec![assigned, mention],
        base,
    };
    vec![
        Example { kind: "tasks.notice", variant: "", letter: soon(to.to_owned(), &one) },
        Example { kind: "tasks.notice", variant: "several", letter: soon(to.to_owned(), &several) },
        Example { kind: "tasks.daily", variant: "", letter: day(to.to_owned(), &facts) },
        triggers::example(origin),
    ]
}
