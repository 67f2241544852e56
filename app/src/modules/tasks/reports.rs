//! Reports: what was added and done by week, how long tasks take, what is overdue and whose, how much stood at each stage, and how long templates take. Of
//! the lists that whoever asks sees, those put away among them. Figures of persons are for themselves, and for who organises lists.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jiff::{Span, civil::Date, tz::TimeZone};
use serde::Deserialize;
use serde_json::Value;

use super::{
    access,
    acts::{self, Change},
    figures::{self, Bucket, Flow, Life, Open, Stage, Taken, Times, Week},
    ids::{ActId, ListId, SpaceId, StatusId, TaskId, TeamId},
    lists::told_apart,
    notices, permissions,
    saying::{capital, former},
    store::{self, as_json},
    store_reports::{self as rows, LifeRow, OpenRow, StandingRow},
    template_runs,
};
use crate::{
    clock::{Instant, day_typed, zone},
    db::Access,
    error::{AppError, FieldErrors, Result},
    ids::UserId,
    org::{Actor, OrgTx},
    people::members,
    platform::Platform,
    spreadsheet::figures as row,
    web::{Caller, Path, Query},
};

/// What can be chosen: the word in the address, and what people read.
pub const PERIODS: [(&str, &str); 5] = [
    ("4w", "The last 4 weeks"),
    ("12w", "The last 12 weeks"),
    ("26w", "The last 26 weeks"),
    ("financial-year", "This financial year"),
    ("custom", "From … to …"),
];
/// The longest that a report is about, in days.
const MOST_DAYS: i64 = 732;
/// So many moves of tasks are looked at, at most, to say how much stood at each stage.
const MOST_MOVES: i64 = 40_000;
/// What there are files of.
pub const TABLES: [&str; 8] = ["weeks", "cycle", "lead", "lists", "people", "teams", "flow", "templates"];

/// What is asked for, as it is in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// One of [`PERIODS`]; twelve weeks where none is said.
    pub period: String,
    /// The first day, of days of one’s own.
    pub from: String,
    /// The last one.
    pub to: String,
    /// A list’s id; empty: all.
    pub list: String,
    /// A space’s.
    pub space: String,
    /// A team’s: what is in its queue.
    pub team: String,
    /// A member’s: what is theirs.
    pub person: String,
}

/// What can be chosen: ids and names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// Lists that whoever asks sees.
    pub lists: Vec<(String, String)>,
    /// Their spaces.
    pub spaces: Vec<(String, String)>,
    /// Teams.
    pub teams: Vec<(String, String)>,
    /// Whose figures are for whoever asks.
    pub people: Vec<(String, String)>,
}

/// How late somebody’s open tasks are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// Whose they are.
    pub name: String,
    /// How many are open.
    pub open: i64,
    /// How many of them are overdue.
    pub overdue: i64,
    /// By how many days the latest is; 0: none.
    pub latest: i64,
    /// How many are how late.
    pub buckets: Vec<Bucket>,
}

/// How long a template takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// How many are going on.
    pub running: i64,
    /// How long those took that are over.
    pub taken: Taken,
    /// The step that takes longest, and how many days half of them don’t exceed.
    pub slowest: Option<(String, i64)>,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub until: Date,
    /// Today.
    pub today: Date,
    /// What was added and completed.
    pub weeks: Vec<Week>,
    /// How long what was completed took.
    pub times: Times,
    /// What is overdue now, by list.
    pub lists: Vec<Late>,
    /// By person, as far as that is for whoever asks.
    pub people: Vec<Late>,
    /// By team.
    pub teams: Vec<Late>,
    /// How much stood at each stage at each day’s end; `None`: too much has moved since to say.
    pub flow: Option<Vec<Flow>>,
    /// Of templates, started in this time.
    pub templates: Vec<Template>,
    /// They see the figures of all.
    pub of_all: bool,
}

/// The page.
#[derive(Debug, Clone)]
pub struct ReportPage {
    /// What was asked for.
    pub asked: Asked,
    /// What can be.
    pub choices: Choices,
    /// What is wrong with what was asked for.
    pub refused: Option<AppError>,
    /// The report; `None`: something is wrong.
    pub report: Option<Report>,
    /// How much in their inbox they haven’t looked at.
    pub unread: i64,
}

/// A report, of what whoever asks sees.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for a list, space, team or person that isn’t there or isn’t for them; 422 at `period`, `from` or `to`.
pub async fn read(platform: &Platform, actor: &Actor, org: &str, asked: &Asked) -> Result<Report> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let known = Known::read(&mut tx).await?;
    let report = report(&mut tx, &known, asked).await?;
    tx.rollback().await?;
    Ok(report)
}

/// The same with what else its page shows; what is wrong with what was asked for is on it.
///
/// # Errors
/// As [`read`], but for 422.
pub async fn page(platform: &Platform, actor: &Actor, org: &str, asked: Asked) -> Result<ReportPage> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let known = Known::read(&mut tx).await?;
    let (report, refused) = match report(&mut tx, &known, &asked).await {
        Ok(report) => (Some(report), None),
        Err(error) if !error.fields.is_empty() => (None, Some(error)),
        Err(error) => return Err(error),
    };
    let (choices, unread) = (known.choices(), notices::unread(&mut tx).await?);
    tx.rollback().await?;
    Ok(ReportPage { asked, choices, refused, report, unread })
}

/// `/app/{org}/tasks/reports.csv`: a table of the page.
///
/// # Errors
/// As [`read`]; 422 at `table`.
pub async fn csv(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Query(asked): Query<Asked>,
    Query(Table { table }): Query<Table>,
) -> Result<Response> {
    let report = read(&platform, &actor, &org, &asked).await?;
    let table = if table.is_empty() { TABLES[0] } else { &table };
    let file = of_table(&report, table)?;
    let name = format!("{org}-tasks-{table}-{}-{}.csv", report.from, report.last());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, file).into_response())
}

/// Which table a file is of; the weeks where none is said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Table {
    table: String,
}

impl Report {
    /// The last day.
    pub fn last(&self) -> Date {
        self.until.yesterday().unwrap_or(self.until)
    }
}

/// What reports go by.
struct Known {
    lists: Vec<store::List>,
    spaces: Vec<store::Space>,
    teams: Vec<store::Team>,
    people: BTreeMap<UserId, String>,
    zone: TimeZone,
    today: Date,
    me: Option<UserId>,
    of_all: bool,
}

/// What a report is about.
struct Scope {
    lists: BTreeSet<ListId>,
    team: Option<TeamId>,
    person: Option<UserId>,
    from: Date,
    until: Date,
}

impl Known {
    async fn read(tx: &mut OrgTx) -> Result<Self> {
        let (today, _) = access::today(tx)?;
        let zone = zone(&tx.org().zone)?;
        let (me, of_all) = (tx.person(), access::organises(tx));
        Ok(Self {
            lists: access::lists(tx).await?,
            spaces: access::spaces(tx).await?,
            teams: store::teams(tx).await?,
            people: members::all(tx).await?.into_iter().map(|member| (member.user, member.name)).collect(),
            zone,
            today,
            me,
            of_all,
        })
    }

    fn day(&self, at: Instant) -> Date {
        at.timestamp().to_zoned(self.zone.clone()).date()
    }

    /// The first moment of a day.
    fn begin(&self, day: Date) -> Result<Instant> {
        let first = day.to_zoned(self.zone.clone()).map_err(|_| AppError::internal())?;
        Ok(Instant::from_timestamp(first.timestamp()))
    }

    /// The figures of this person are for whoever asks.
    fn is_for_them(&self, user: Option<UserId>) -> bool {
        self.of_all || user.is_none() || user == self.me
    }

    fn choices(&self) -> Choices {
        let mut people: Vec<(String, String)> = self
            .people
            .iter()
            .filter(|(user, _)| self.is_for_them(Some(**user)))
            .map(|(user, name)| (user.to_string(), name.clone()))
            .collect();
        people.sort_by_cached_key(|(_, name)| name.to_lowercase());
        Choices {
            lists: told_apart(&self.lists, &self.spaces).into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
            spaces: self.spaces.iter().map(|space| (space.id.to_string(), space.name.clone())).collect(),
            teams: self.teams.iter().map(|team| (team.id.to_string(), team.name.clone())).collect(),
            people,
        }
    }

    fn scope(&self, asked: &Asked) -> Result<Scope> {
        let mut lists: BTreeSet<ListId> = self.lists.iter().map(|list| list.id).collect();
        if !asked.list.is_empty() {
            let id = asked.list.parse::<ListId>().map_err(|_| access::no_list())?;
            lists.retain(|list| *list == id);
            if lists.is_empty() {
                return Err(access::no_list());
            }
        }
        if !asked.space.is_empty() {
            let no_space = || AppError::not_found("that space");
            let id = asked.space.parse::<SpaceId>().map_err(|_| no_space())?;
            if !self.spaces.iter().any(|space| space.id == id) {
                return Err(no_space());
            }
            let within: BTreeSet<ListId> =
                self.lists.iter().filter(|list| list.space_id == id).map(|list| list.id).collect();
            lists.retain(|list| within.contains(list));
        }
        let team = match asked.team.as_str() {
            "" => None,
            word => {
                let found = self.teams.iter().find(|team| team.id.to_string() == word);
                Some(found.ok_or_else(|| AppError::not_found("that team"))?.id)
            }
        };
        let person = match asked.person.as_str() {
            "" => None,
            word => {
                let found = self.people.keys().find(|user| user.to_string() == word).copied();
                let found = found.filter(|user| self.is_for_them(Some(*user)));
                Some(found.ok_or_else(|| AppError::not_found("that person"))?)
            }
        };
        let (from, until) = self.period(asked)?;
        Ok(Scope { lists, team, person, from, until })
    }

    /// The first day, and the one after the last.
    fn period(&self, asked: &Asked) -> Result<(Date, Date)> {
        let dated = !asked.from.trim().is_empty() || !asked.to.trim().is_empty();
        let word = match asked.period.trim() {
            "" if dated => "custom",
            "" => "12w",
            word => word,
        };
        let after = self.today.saturating_add(Span::new().days(1));
        let monday =
            self.today.saturating_sub(Span::new().days(i64::from(self.today.weekday().to_monday_zero_offset())));
        let weeks = |count: i64| (monday.saturating_sub(Span::new().weeks(count - 1)), after);
        match word {
            "4w" => Ok(weeks(4)),
            "12w" => Ok(weeks(12)),
            "26w" => Ok(weeks(26)),
            "financial-year" => {
                // From July on.
                let back = (i64::from(self.today.month()) + 5) % 12;
                Ok((self.today.first_of_month().saturating_sub(Span::new().months(back)), after))
            }
            "custom" => dated_period(asked),
            _ => Err(AppError::field("period", "Choose one of these periods.")),
        }
    }
}

fn dated_period(asked: &Asked) -> Result<(Date, Date)> {
    let mut errors = FieldErrors::default();
    let day = |text: &str| {
        let day = day_typed(text.trim()).filter(|day| (2000..=2100).contains(&day.year()));
        day.map(Some).ok_or("Enter a day like 23/11/2026.")
    };
    let from = errors.take("from", day(&asked.from));
    let to = errors.take("to", day(&asked.to));
    errors.finish()?;
    let (Some(from), Some(to)) = (from, to) else { return Err(AppError::internal()) };
    if to < from {
        return Err(AppError::field("to", "That is before the first day."));
    }
    let until = to.saturating_add(Span::new().days(1));
    if until.duration_since(from).as_hours() / 24 > MOST_DAYS {
        return Err(AppError::field("to", "A report is about two years at most."));
    }
    Ok((from, until))
}

impl Scope {
    fn holds(&self, list: ListId, team: Option<TeamId>, person: Option<UserId>) -> bool {
        self.lists.contains(&list)
            && self.team.is_none_or(|wanted| team == Some(wanted))
            && self.person.is_none_or(|wanted| person == Some(wanted))
    }
}

async fn report(tx: &mut OrgTx, known: &Known, asked: &Asked) -> Result<Report> {
    let scope = known.scope(asked)?;
    let lives = lives(tx, known, &scope).await?;
    let json = as_json(scope.lists.iter().map(|list| list.0));
    let mut open = rows::open(tx, &json).await?;
    open.retain(|row| scope.holds(row.list_id, row.team_id, row.responsible_id));
    let names: BTreeMap<ListId, String> = told_apart(&known.lists, &known.spaces).into_iter().collect();
    let name_of_list = |id: ListId| names.get(&id).cloned();
    let name_of_team = |id: TeamId| known.teams.iter().find(|team| team.id == id).map(|team| team.name.clone());
    let name_of_person = |id: UserId| known.people.get(&id).cloned();
    let people = late(known, &open, |row| Some(row.responsible_id).filter(|user| known.is_for_them(*user)));
    let teams = late(known, &open, |row| row.team_id);
    Ok(Report {
        from: scope.from,
        until: scope.until,
        today: known.today,
        weeks: figures::throughput(&lives, scope.from, scope.until),
        times: figures::times(&lives, scope.from, scope.until),
        lists: named(late(known, &open, |row| Some(row.list_id)), |id| name_of_list(id).unwrap_or_default()),
        people: named(people, |id| match id {
            Some(user) => name_of_person(user).unwrap_or_else(|| capital(&former(user))),
            None => "Unassigned".to_owned(),
        }),
        teams: named(teams, |id| name_of_team(id).unwrap_or_default()),
        flow: flow(tx, known, &scope, &json).await?,
        templates: templates(tx, &scope).await?,
        of_all: known.of_all,
    })
}

/// What was added or completed in this time, each once.
async fn lives(tx: &mut OrgTx, known: &Known, scope: &Scope) -> Result<Vec<Life>> {
    let (from, until) = (known.begin(scope.from)?, known.begin(scope.until)?);
    let mut found: BTreeMap<TaskId, LifeRow> = BTreeMap::new();
    found.extend(rows::created_between(tx, from, until).await?.into_iter().map(|row| (row.id, row)));
    found.extend(rows::completed_between(tx, from, until).await?.into_iter().map(|row| (row.id, row)));
    let of = |row: LifeRow| Life {
        created: known.day(row.created_at),
        // What is completed at once counts as begun in that moment.
        started: row.started_at.filter(|at| row.completed_at != Some(*at)).map(|at| known.day(at)),
        completed: row.completed_at.map(|at| known.day(at)),
    };
    let within = |row: &LifeRow| scope.holds(row.list_id, row.team_id, row.responsible_id);
    Ok(found.into_values().filter(within).map(of).collect())
}

fn late<K: Copy + Ord>(
    known: &Known,
    open: &[OpenRow],
    of: impl Fn(&OpenRow) -> Option<K>,
) -> Vec<figures::Overdue<K>> {
    let due = |row: &OpenRow| row.due_day.as_deref().and_then(|day| day.parse().ok());
    let tasks: Vec<Open<K>> = open.iter().filter_map(|row| Some(Open { of: of(row)?, due: due(row) })).collect();
    figures::overdue(&tasks, known.today)
}

fn named<K: Copy + Ord>(all: Vec<figures::Overdue<K>>, name: impl Fn(K) -> String) -> Vec<Late> {
    all.into_iter()
        .map(|row| Late {
            name: name(row.of),
            open: row.open,
            overdue: row.overdue,
            latest: row.latest,
            buckets: row.buckets,
        })
        .collect()
}

/// How much stood at each stage. A task counts where it is now, whoever’s it was then; what has moved since is taken back, one by one.
async fn flow(tx: &mut OrgTx, known: &Known, scope: &Scope, lists: &str) -> Result<Option<Vec<Flow>>> {
    let from = known.begin(scope.from)?;
    let moves = rows::moves_since(tx, from, MOST_MOVES + 1).await?;
    if i64::try_from(moves.len()).is_ok_and(|count| count > MOST_MOVES) {
        return Ok(None);
    }
    let times: BTreeMap<ActId, Instant> = rows::acts_since(tx, from).await?.into_iter().collect();
    let mut by_task: BTreeMap<TaskId, Vec<Change>> = BTreeMap::new();
    for change in acts::changes(tx, moves).await? {
        by_task.entry(change.task).or_default().push(change);
    }
    let stages: BTreeMap<StatusId, Stage> =
        store::every_status(tx).await?.into_iter().map(|status| (status.id, stage_called(&status.kind))).collect();
    let mut still = Flow { day: scope.from, open: 0, started: 0, done: 0 };
    let mut count = |stage: Option<&Stage>, more: i64| match stage {
        Some(Stage::Open) => still.open += more,
        Some(Stage::Started) => still.started += more,
        Some(Stage::Done) => still.done += more,
        None => {}
    };
    for row in rows::stands(tx, lists).await? {
        let within = scope.team.is_none_or(|team| row.team_id == Some(team))
            && scope.person.is_none_or(|person| row.responsible_id == Some(person));
        if within {
            count(stages.get(&row.status_id), row.count);
        }
    }
    let ids = as_json(by_task.keys().map(|id| id.0));
    let before = scope.from.yesterday().unwrap_or(scope.from);
    let mut changes = Vec::new();
    for row in rows::standings(tx, &ids).await? {
        if !scope.holds(row.list_id, row.team_id, row.responsible_id) {
            continue;
        }
        let stage = stages.get(&row.status_id).copied().unwrap_or(Stage::Open);
        if row.trashed_at.is_none() {
            count(Some(&stage), -1);
        }
        let history = by_task.remove(&row.id).unwrap_or_default();
        changes.extend(stood(&row, stage, &history, before, |act| times.get(&act).map(|at| known.day(*at))));
    }
    let moving = figures::flow(&changes, before, scope.until);
    let all = moving.into_iter().skip(1).map(|at| Flow {
        day: at.day,
        open: at.open + still.open,
        started: at.started + still.started,
        done: at.done + still.done,
    });
    Ok(Some(all.filter(|at| at.day <= known.today).collect()))
}

/// Where a task came to with each of its moves, and where it stood before the first: taken back from where it stands now.
fn stood(
    row: &StandingRow,
    now: Stage,
    moved: &[Change],
    before: Date,
    day: impl Fn(ActId) -> Option<Date>,
) -> Vec<figures::Change<TaskId>> {
    let mut there = row.trashed_at.is_none();
    let mut stage = now;
    let mut known = Vec::with_capacity(moved.len() + 1);
    for change in moved.iter().rev() {
        let on = day(change.act).unwrap_or(before);
        known.push(figures::Change { task: row.id, on, to: there.then_some(stage) });
        if change.field == "status" {
            stage = stage_of(&change.before);
        } else {
            // What was just added wasn’t there before.
            there = !change.before.is_null() && change.before.get("at").is_none_or(Value::is_null);
        }
    }
    known.push(figures::Change { task: row.id, on: before, to: there.then_some(stage) });
    known.reverse();
    known
}

/// How far a task had come, by what its history says; the status itself may be gone.
fn stage_of(value: &Value) -> Stage {
    let has = |field: &str| value.get(field).is_some_and(|at| !at.is_null());
    if has("completed_at") {
        Stage::Done
    } else if has("started_at") {
        Stage::Started
    } else {
        Stage::Open
    }
}

fn stage_called(kind: &str) -> Stage {
    match kind {
        "done" => Stage::Done,
        "started" => Stage::Started,
        _ => Stage::Open,
    }
}

/// How long those templates took that were started in this time, wherever whoever asks sees it.
async fn templates(tx: &mut OrgTx, scope: &Scope) -> Result<Vec<Template>> {
    let mut ran = template_runs::runs(tx, None).await?;
    ran.runs.retain(|run| scope.from <= run.started && run.started < scope.until);
    let told = figures::run_times(&ran.runs).into_iter().map(|told| Template {
        name: ran.names.get(&told.template).cloned().unwrap_or_default(),
        running: told.running,
        slowest: told.slowest.map(|slow| (ran.steps.get(slow.step).cloned().unwrap_or_default(), slow.median)),
        taken: told.taken,
    });
    Ok(told.collect())
}

/// One of the tables.
fn of_table(report: &Report, table: &str) -> Result<Vec<u8>> {
    match table {
        "weeks" => file(
            &["Monday", "Added", "Completed"],
            report
                .weeks
                .iter()
                .map(|week| vec![week.monday.to_string(), week.created.to_string(), week.completed.to_string()]),
        ),
        "cycle" => taken(&report.times.cycle),
        "lead" => taken(&report.times.lead),
        "lists" => overdue("List", &report.lists),
        "people" => overdue("Person", &report.people),
        "teams" => overdue("Team", &report.teams),
        "flow" => {
            file(
                &["Day", "Not started", "In progress", "Done"],
                report.flow.iter().flatten().map(|at| {
                    vec![at.day.to_string(), at.open.to_string(), at.started.to_string(), at.done.to_string()]
                }),
            )
        }
        "templates" => file(
            &["Template", "In progress", "Finished", "Median days", "85% within days", "Slowest step", "Its days"],
            report.templates.iter().map(|one| {
                let (step, days) = one.slowest.clone().unwrap_or_default();
                let days = if step.is_empty() { String::new() } else { days.to_string() };
                let typed = |days: Option<i64>| days.map(|days| days.to_string()).unwrap_or_default();
                let count = one.taken.count.to_string();
                let (median, mostly) = (typed(one.taken.median), typed(one.taken.mostly));
                vec![one.name.clone(), one.running.to_string(), count, median, mostly, step, days]
            }),
        ),
        _ => Err(AppError::field("table", format!("Choose one of {}.", TABLES.join(", ")))),
    }
}

fn taken(taken: &Taken) -> Result<Vec<u8>> {
    let until = |bucket: &Bucket| bucket.until.map(|until| (until - 1).to_string()).unwrap_or_default();
    file(
        &["From days", "To days", "Tasks"],
        taken.buckets.iter().map(|bucket| vec![bucket.from.to_string(), until(bucket), bucket.count.to_string()]),
    )
}

fn overdue(of: &str, lines: &[Late]) -> Result<Vec<u8>> {
    file(
        &[of, "Open", "Overdue", "Longest overdue by days"],
        lines.iter().map(|line| {
            vec![line.name.clone(), line.open.to_string(), line.overdue.to_string(), line.latest.to_string()]
        }),
    )
}

fn file(head: &[&str], lines: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let mut file = row(&head)?;
    for line in lines {
        file.extend(row(&line)?);
    }
    Ok(file)
}
