//! What a filter finds. The database says which tasks can be matches: by their words, by who is on them, by their labels, by when they are due, by where
//! they stand. Each of those is then held against the whole filter.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
    time::Duration,
};

use jiff::{
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::{
    access, comments,
    fields::{self, Choice},
    filter::{self, Beside, Facts, Kind, Mark, Marks, Names, Person, Query, Reads, Standing, Team, Today},
    ids::{FieldId, LabelId, ListId, SectionId, SpaceId, StatusId, TaskId, TeamId},
    markdown, search,
    store::{self, CountRow, Label, List, Space, Status, TaskRow, as_json},
    store_search::{self as rows, Asked, SaidRow},
    store_time::{self, FieldRow},
    task::When,
    words::{self, Wanted},
};
use crate::{
    clock::{Instant, zone},
    crypto::{DataKeys, Place},
    error::{AppError, Code, Result},
    ids::UserId,
    org::OrgTx,
    people::members,
};

/// So many tasks are held against a filter at most, the newest of those that can be matches.
pub const MOST: i64 = 10_000;
/// So many words of a filter are looked up at most.
const MOST_WORDS: usize = 8;
/// Texts with a word are counted so many times further where several words are asked for.
const COUNTED_FURTHER: i64 = 20;
/// So many bytes of comments, as stored, are held against a filter at most, of the newest tasks.
const MOST_SAID: i64 = 16 * 1024 * 1024;
/// The comments of so many tasks are read at once.
const BLOCK: usize = 200;
/// So many filters are held against tasks at once: everything else goes on meanwhile.
static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2)));
/// And so many wait for their turn, each with a connection to the database, which others need too.
static QUEUE: Semaphore = Semaphore::const_new(8);
/// So long one waits for its turn.
const WAITS: Duration = Duration::from_secs(10);

/// What was held against a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matches {
    /// All that match, the newest first.
    pub rows: Vec<TaskRow>,
    /// Those of them that have all the words that are looked for in their titles.
    pub titled: BTreeSet<TaskId>,
    /// More could be matches than were looked at.
    pub cut: bool,
}

/// The names that a filter goes by, read once for all tasks. In it are the lists that whoever asks sees.
#[derive(Debug, Clone)]
pub struct Book {
    /// Whose “me” is.
    pub me: Option<UserId>,
    /// When it is.
    pub today: Today,
    /// The lists, in order.
    pub lists: Vec<List>,
    /// Their spaces, in order.
    pub spaces: Vec<Space>,
    /// The statuses of the lists.
    pub statuses: Vec<Status>,
    /// The labels.
    pub labels: Vec<Label>,
    /// The teams by name, and whether whoever asks is in them.
    pub teams: BTreeMap<TeamId, (String, bool)>,
    /// Who belongs, by name.
    pub people: BTreeMap<UserId, String>,
    sections: BTreeMap<SectionId, String>,
    zone: TimeZone,
}

impl Book {
    /// Of one list, which whoever calls this saw to it that it may be seen; or of all but those that were put away.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn read(tx: &mut OrgTx, within: Option<ListId>) -> Result<Self> {
        let me = tx.person();
        let zone = zone(&tx.org().zone)?;
        let now = tx.now().timestamp().to_zoned(zone.clone()).datetime();
        let spaces = access::spaces(tx).await?;
        let in_use = |list: &List| {
            let seen = spaces.iter().find(|space| space.id == list.space_id);
            seen.is_some_and(|space| within.is_some() || !space.archived && !list.archived)
        };
        let mut lists = store::lists(tx).await?;
        lists.retain(|list| within.is_none_or(|id| id == list.id) && in_use(list));
        let place = |space: SpaceId| spaces.iter().position(|one| one.id == space);
        lists.sort_by_key(|list| place(list.space_id));
        let known: BTreeSet<ListId> = lists.iter().map(|list| list.id).collect();
        let mut statuses = match within {
            Some(list) => store::statuses(tx, list).await?,
            None => store::every_status(tx).await?,
        };
        statuses.retain(|status| known.contains(&status.list_id));
        let own: BTreeSet<TeamId> = match me {
            Some(me) => {
                let members = store::team_members(tx).await?;
                members.into_iter().filter(|(_, user)| *user == me).map(|(team, _)| team).collect()
            }
            None => BTreeSet::new(),
        };
        let teams = store::teams(tx).await?.into_iter().map(|team| (team.id, (team.name, own.contains(&team.id))));
        Ok(Self {
            me,
            today: Today { now, week_starts: Weekday::Monday },
            teams: teams.collect(),
            labels: store::labels(tx).await?,
            people: members::all(tx).await?.into_iter().map(|member| (member.user, member.name)).collect(),
            sections: rows::section_names(tx).await?.into_iter().collect(),
            lists,
            spaces,
            statuses,
            zone,
        })
    }

    /// Where tasks can stand: each status with its list and the name of that one’s space.
    pub fn standing(&self) -> BTreeMap<StatusId, (&Status, &List, &str)> {
        let spaces: BTreeMap<SpaceId, &str> = self.spaces.iter().map(|space| (space.id, space.name.as_str())).collect();
        let lists: BTreeMap<ListId, &List> = self.lists.iter().map(|list| (list.id, list)).collect();
        let of = |status: &Status| {
            let list = lists.get(&status.list_id).copied()?;
            Some((list, spaces.get(&list.space_id).copied()?))
        };
        let all = self
            .statuses
            .iter()
            .filter_map(|status| of(status).map(|(list, space)| (status.id, (status, list, space))));
        all.collect()
    }

    /// On the organisation’s clock.
    pub fn civil(&self, at: Instant) -> DateTime {
        at.timestamp().to_zoned(self.zone.clone()).datetime()
    }

    /// A label’s name.
    fn label(&self, id: LabelId) -> Option<&str> {
        self.labels.iter().find(|label| label.id == id).map(|label| label.name.as_str())
    }

    /// Somebody by name; who has left has none.
    fn person(&self, user: UserId) -> Person<'_> {
        Person { name: self.people.get(&user).map_or("", String::as_str), is_me: self.me == Some(user) }
    }
}

/// By list, each in its order.
pub fn in_order(book: &Book, mut rows: Vec<TaskRow>) -> Vec<TaskRow> {
    let places: BTreeMap<ListId, usize> = book.lists.iter().enumerate().map(|(at, list)| (list.id, at)).collect();
    rows.sort_by(|one, other| {
        let place = |row: &TaskRow| places.get(&row.list_id).copied();
        place(one).cmp(&place(other)).then_with(|| one.position.cmp(&other.position))
    });
    rows
}

/// All that a filter finds, of the newest `most` that can be matches.
///
/// # Errors
/// The database is busy, or too many filters are.
pub async fn of(tx: &mut OrgTx, book: &Book, query: &Query, most: i64) -> Result<Matches> {
    let (mut found, mut cut) = possible(tx, book, query, most).await?;
    let reads = query.reads();
    let mut more = More::read(tx, book, &found, reads).await?;
    if reads.has(Beside::Text) || reads.asks(Mark::MentionsMe) {
        cut |= more.hear(tx, &mut found).await?;
    }
    if found.is_empty() {
        return Ok(Matches { rows: found, titled: BTreeSet::new(), cut });
    }
    let keys = tx.keys().await?;
    let busy = || AppError::new(Code::Unavailable, "Many are searching at this moment. Try again in a minute.");
    let place = QUEUE.try_acquire().map_err(|_| busy())?;
    let turn = tokio::time::timeout(WAITS, Arc::clone(&TURNS).acquire_owned()).await;
    let turn = turn.map_err(|_| busy())?.map_err(|_| AppError::internal())?;
    drop(place);
    let (book, query) = (book.clone(), query.clone());
    let work = move || {
        let _held = turn;
        more.mark_mentions(&book, &keys, &found, reads);
        let (names, standing) = (names(&book, &more), book.standing());
        let wanted = query.wanted();
        let mut titled = BTreeSet::new();
        found.retain(|row| {
            let read: OnceCell<Vec<Vec<String>>> = OnceCell::new();
            let texts = || {
                read.get_or_init(|| more.texts(&keys, row).iter().map(|text| words::in_order(text)).collect())
                    .as_slice()
            };
            let stands = standing.get(&row.status_id);
            let matches = stands.is_some_and(|stands| is_match(&book, (&more, &names), &texts, &query, row, *stands));
            let in_title = |title: &Vec<String>| wanted.iter().all(|one| one.is_in(title));
            if matches && !wanted.is_empty() && texts().first().is_some_and(in_title) {
                titled.insert(row.id);
            }
            matches
        });
        (found, titled)
    };
    let (rows, titled) = tokio::task::spawn_blocking(work).await.map_err(|_| AppError::internal())?;
    Ok(Matches { rows, titled, cut })
}

/// All names that tasks can be asked for by, and the texts in fields.
fn names(book: &Book, more: &More) -> Names {
    let mut names = Names::default();
    let of_places = book.lists.iter().map(|list| &list.name).chain(book.spaces.iter().map(|space| &space.name));
    let of_places = of_places.chain(book.statuses.iter().map(|status| &status.name)).chain(book.sections.values());
    let of_others = book.labels.iter().map(|label| &label.name).chain(book.teams.values().map(|(name, _)| name));
    for name in of_places.chain(of_others).chain(book.people.values()) {
        names.add(name);
    }
    // Of whoever has left.
    names.add("");
    for field in more.fields.values() {
        names.add(&field.name);
        for choice in &field.choices {
            names.add(&choice.name);
        }
    }
    for (field, value) in more.values.values().flatten() {
        if let Some(text) = value.as_str()
            && more.fields.get(field).is_some_and(|field| field.kind == fields::Kind::Text)
        {
            names.add(text);
        }
    }
    names
}

/// The newest tasks that can be what a filter asks for, and whether there are more than `most`. None is in the trash, and each is in a list of the book.
///
/// # Errors
/// The database is busy.
async fn possible(tx: &mut OrgTx, book: &Book, query: &Query, most: i64) -> Result<(Vec<TaskRow>, bool)> {
    let (ids, cut) = newest(tx, book, query, most).await?;
    Ok((among(tx, book, &ids).await?, cut))
}

/// The same without the tasks themselves.
///
/// # Errors
/// The database is busy.
pub async fn newest(tx: &mut OrgTx, book: &Book, query: &Query, most: i64) -> Result<(Vec<TaskId>, bool)> {
    let mut ids = candidates(tx, book, &book.standing(), query, most.saturating_add(1)).await?;
    ids.sort_unstable_by(|one, other| other.cmp(one));
    ids.dedup();
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let cut = ids.len() > most;
    ids.truncate(most);
    Ok((ids, cut))
}

/// Those of these tasks that are in lists of the book and not in the trash, the newest first.
///
/// # Errors
/// The database is busy.
pub async fn among(tx: &mut OrgTx, book: &Book, ids: &[TaskId]) -> Result<Vec<TaskRow>> {
    let standing = book.standing();
    let mut found = store::tasks(tx, &as_json(ids.iter().map(|id| id.0))).await?;
    found.retain(|row| row.trashed_at.is_none() && standing.contains_key(&row.status_id));
    found.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    Ok(found)
}

/// Tasks that can be matches, the newest of them, by whatever leaves the fewest; one can be there twice.
async fn candidates(
    tx: &mut OrgTx,
    book: &Book,
    standing: &BTreeMap<StatusId, (&Status, &List, &str)>,
    query: &Query,
    limit: i64,
) -> Result<Vec<TaskId>> {
    let names = names(book, &More::default());
    let can_match = |(status, list, space): &&(&Status, &List, &str)| {
        let kind = Kind::stored(&status.kind).unwrap_or(Kind::Open);
        query.can_match(&Standing { names: &names, status: &status.name, kind, list: &list.name, space })
    };
    let possible: Vec<&Status> = standing.values().filter(can_match).map(|(status, ..)| *status).collect();
    if possible.is_empty() {
        return Ok(Vec::new());
    }
    let statuses = as_json(possible.iter().map(|status| status.id.0));
    let words = rarest(tx, query, limit).await?;
    let fewest = words.first().map(|(_, count)| *count);
    if fewest == Some(0) {
        return Ok(Vec::new());
    }
    if fewest.is_some_and(|count| count < limit) {
        return with_words(tx, &words, &Asked { statuses, ..Asked::default() }, limit).await;
    }
    let people: Vec<(UserId, Person<'_>)> = book.people.keys().map(|user| (*user, book.person(*user))).collect();
    let people = query.doers(&people, &names).map(|people| as_json(people.into_iter().map(|user| user.0)));
    if let Some(people) = &people
        && rows::count_doers(tx, people, limit).await? < limit
    {
        let mut ids = rows::of_responsible(tx, people, &statuses, limit).await?;
        ids.extend(rows::of_assignees(tx, people, &statuses, limit).await?);
        return Ok(ids);
    }
    let labels: Vec<(LabelId, &str)> = book.labels.iter().map(|label| (label.id, label.name.as_str())).collect();
    let labels = query.labels(&labels, &names).map(|labels| as_json(labels.into_iter().map(|label| label.0)));
    if let Some(labels) = &labels
        && rows::count_labelled(tx, labels, limit).await? < limit
    {
        return Ok(rows::of_labels(tx, labels, &statuses, limit).await?);
    }
    let due = query.due(&book.today).map(|(from, until)| (stored(from), stored(until)));
    if let Some((from, until)) = &due
        && rows::count_due(tx, from, until, limit).await? < limit
    {
        return Ok(rows::due_between(tx, from, until, &statuses, limit).await?);
    }
    let lists: BTreeSet<ListId> = possible.iter().map(|status| status.list_id).collect();
    let lists = as_json(lists.into_iter().map(|list| list.0));
    if words.is_empty() && rows::count_at(tx, &lists, &statuses, limit).await? < limit {
        return Ok(rows::at_statuses(tx, &lists, &statuses, limit).await?);
    }
    let (from, until) = due.unzip();
    let asked = Asked { statuses, people, labels, from, until };
    if words.is_empty() {
        return Ok(rows::newest(tx, &asked, limit).await?);
    }
    with_words(tx, &words, &asked, limit).await
}

async fn with_words(tx: &mut OrgTx, words: &[(i64, i64)], asked: &Asked, limit: i64) -> Result<Vec<TaskId>> {
    let word = |at: usize| words.get(at).map(|(word, _)| *word);
    let Some(rarest) = word(0) else { return Ok(Vec::new()) };
    Ok(rows::with_words(tx, rarest, [word(1), word(2), word(3)], asked, limit).await?)
}

/// The fingerprints of words that every match has, the rarest first, each with in how many texts it is.
async fn rarest(tx: &mut OrgTx, query: &Query, most: i64) -> Result<Vec<(i64, i64)>> {
    let words = query.words();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let keys = tx.keys().await?;
    let prints: BTreeSet<i64> = words.into_iter().map(|word| search::fingerprint(&keys, word)).collect();
    // Of several it matters which is the rarest: what has it is gone through until enough have the others, too.
    let most = if prints.len() > 1 { most.saturating_mul(COUNTED_FURTHER) } else { most };
    let mut counted = Vec::new();
    for print in prints.into_iter().take(MOST_WORDS) {
        counted.push((print, rows::count_word(tx, print, most).await?));
    }
    counted.sort_by_key(|(_, count)| *count);
    Ok(counted)
}

/// As days are stored: those before the first year don’t occur.
fn stored(day: Date) -> String {
    if day < Date::ZERO { "0000-01-01".to_owned() } else { day.to_string() }
}

/// What is known about tasks beside their own rows, as far as a filter asks for it.
#[derive(Default)]
struct More {
    people: BTreeMap<TaskId, Vec<UserId>>,
    labels: BTreeMap<TaskId, Vec<LabelId>>,
    updated: BTreeMap<TaskId, Instant>,
    progress: BTreeMap<TaskId, i64>,
    parents: BTreeMap<TaskId, i64>,
    fields: BTreeMap<FieldId, Defined>,
    values: BTreeMap<TaskId, BTreeMap<FieldId, Value>>,
    said: BTreeMap<TaskId, Vec<SaidRow>>,
    marks: BTreeMap<TaskId, Marks>,
}

/// A field of a list, as a filter knows it.
struct Defined {
    list: ListId,
    name: String,
    kind: fields::Kind,
    choices: Vec<Choice>,
}

impl More {
    async fn read(tx: &mut OrgTx, book: &Book, rows_found: &[TaskRow], reads: Reads) -> Result<Self> {
        let mut more = Self::default();
        if rows_found.is_empty() {
            return Ok(more);
        }
        let ids = as_json(rows_found.iter().map(|row| row.id.0));
        if reads.has(Beside::People) {
            for row in store::assignees(tx, &ids).await? {
                more.people.entry(row.task_id).or_default().push(row.user_id);
            }
        }
        if reads.has(Beside::Labels) {
            for (task, label) in store::labels_of(tx, &ids).await? {
                more.labels.entry(task).or_default().push(label);
            }
        }
        if reads.has(Beside::Updated) {
            more.updated = rows::last_changed(tx, &ids).await?.into_iter().collect();
        }
        if reads.has(Beside::Progress) {
            more.progress = progress(tx, rows_found, &ids).await?;
        }
        if reads.has(Beside::Parents) {
            let parents: BTreeSet<TaskId> = rows_found.iter().filter_map(|row| row.parent_id).collect();
            let found = rows::numbers(tx, &as_json(parents.into_iter().map(|id| id.0))).await?;
            more.parents = found.into_iter().collect();
        }
        if reads.has(Beside::Fields) {
            more.fields = defined(tx).await?;
            more.values = fields::values(tx, rows_found.iter().map(|row| row.id)).await?;
        }
        more.mark(tx, book, rows_found, &ids, reads).await?;
        Ok(more)
    }

    async fn mark(
        &mut self,
        tx: &mut OrgTx,
        book: &Book,
        rows_found: &[TaskRow],
        ids: &str,
        reads: Reads,
    ) -> Result<()> {
        let mut so: Vec<(Mark, BTreeSet<TaskId>)> = Vec::new();
        if reads.asks(Mark::Files) {
            so.push((Mark::Files, rows::with_files(tx, ids).await?.into_iter().collect()));
        }
        if reads.asks(Mark::Comments) {
            so.push((Mark::Comments, rows::commented(tx, ids).await?.into_iter().collect()));
        }
        if reads.asks(Mark::Checklist) {
            let counts = store::check_counts(tx, ids).await?;
            so.push((Mark::Checklist, counts.into_iter().map(|row| row.task_id).collect()));
        }
        if reads.asks(Mark::Subtasks) {
            let counts = rows::counts_below(tx, ids).await?;
            so.push((Mark::Subtasks, counts.into_iter().map(|row| row.task_id).collect()));
        }
        if reads.asks(Mark::Repeat) {
            so.push((Mark::Repeat, store_time::repeating(tx, ids).await?.into_iter().collect()));
        }
        let open: BTreeSet<TaskId> =
            rows_found.iter().filter(|row| row.completed_at.is_none()).map(|row| row.id).collect();
        if reads.asks(Mark::Blocked) {
            let waiting = store::blocked(tx, ids).await?.into_iter();
            so.push((Mark::Blocked, waiting.filter(|id| open.contains(id)).collect()));
        }
        if reads.asks(Mark::Blocking) {
            let blocking = rows::blocking(tx, ids).await?.into_iter();
            so.push((Mark::Blocking, blocking.filter(|id| open.contains(id)).collect()));
        }
        if let Some(me) = book.me.filter(|_| reads.asks(Mark::Following)) {
            so.push((Mark::Following, rows::followed(tx, me, ids).await?.into_iter().collect()));
        }
        for row in rows_found {
            let own = Marks::default().with(Mark::Notes, row.notes.is_some());
            let own = so.iter().fold(own, |own, (mark, tasks)| own.with(*mark, tasks.contains(&row.id)));
            self.marks.insert(row.id, own);
        }
        Ok(())
    }

    /// Reads what was said about these tasks, the newest first, as far as it isn’t too much. A task about which more was said than fits is left out, since
    /// nobody can tell whether it is meant. `true`: there is one.
    async fn hear(&mut self, tx: &mut OrgTx, found: &mut Vec<TaskRow>) -> Result<bool> {
        let all = as_json(found.iter().map(|row| row.id.0));
        let bytes: BTreeMap<TaskId, i64> = rows::said_bytes(tx, &all).await?.into_iter().collect();
        let before = found.len();
        let mut left = MOST_SAID;
        found.retain(|row| {
            let own = bytes.get(&row.id).copied().unwrap_or(0);
            let fits = own <= left;
            if fits {
                left = left.saturating_sub(own);
            }
            fits
        });
        let heard: Vec<TaskId> = found.iter().map(|row| row.id).filter(|id| bytes.contains_key(id)).collect();
        for block in heard.chunks(BLOCK) {
            for row in rows::said(tx, &as_json(block.iter().map(|id| id.0))).await? {
                self.said.entry(row.task_id).or_default().push(row);
            }
        }
        Ok(found.len() < before)
    }

    /// Which of these tasks mention whoever looks, where that is asked.
    fn mark_mentions(&mut self, book: &Book, keys: &DataKeys, found: &[TaskRow], reads: Reads) {
        let Some(me) = book.me.filter(|_| reads.asks(Mark::MentionsMe)) else { return };
        let name = book.person(me).name;
        for row in found {
            if self.texts(keys, row).iter().skip(1).any(|text| is_mentioned(text, name)) {
                let own = self.marks.get(&row.id).copied().unwrap_or_default();
                self.marks.insert(row.id, own.with(Mark::MentionsMe, true));
            }
        }
    }

    /// Its title, its notes and what was said about it, opened. What can’t be is empty, and in the log.
    fn texts(&self, keys: &DataKeys, row: &TaskRow) -> Vec<String> {
        let open = |place: Place, sealed: &[u8]| access::text(keys, place, sealed).unwrap_or_default();
        let title = open(access::title_of(row.id), &row.title);
        let notes = row.notes.as_deref().map(|notes| open(access::notes_of(row.id), notes)).unwrap_or_default();
        let said = self.said.get(&row.id).into_iter().flatten();
        let said = said.map(|said| open(comments::words_of(said.id), &said.words));
        [title, notes].into_iter().chain(said).collect()
    }

    fn fields_of<'a>(&'a self, book: &'a Book, row: &TaskRow) -> Vec<filter::Field<'a>> {
        let own = self.values.get(&row.id).into_iter().flatten();
        own.filter_map(|(id, value)| {
            let field = self.fields.get(id).filter(|field| field.list == row.list_id)?;
            Some(filter::Field { name: &field.name, value: field.value(book, value)? })
        })
        .collect()
    }
}

impl Defined {
    fn value<'a>(&'a self, book: &'a Book, value: &'a Value) -> Option<filter::Value<'a>> {
        Some(match (self.kind, value) {
            (fields::Kind::Text, Value::String(text)) => filter::Value::Text(text),
            (fields::Kind::Number, Value::Number(number)) => {
                let (units, decimals) = units_of(&number.to_string())?;
                filter::Value::Number(units, decimals)
            }
            (fields::Kind::Money, Value::Number(cents)) => filter::Value::Money(cents.as_i64()?),
            (fields::Kind::Date, Value::String(day)) => filter::Value::Date(day.parse().ok()?),
            (fields::Kind::Choice, Value::String(id)) => {
                filter::Value::Choice(&self.choices.iter().find(|choice| choice.id.to_string() == *id)?.name)
            }
            (fields::Kind::Person, Value::String(id)) => filter::Value::Person(book.person(id.parse().ok()?)),
            _ => return None,
        })
    }
}

/// Whether a task is among what a filter asks for. Its texts are read where that matters: the words of each.
fn is_match<'t>(
    book: &Book,
    (more, names): (&More, &Names),
    texts: &dyn Fn() -> &'t [Vec<String>],
    query: &Query,
    row: &TaskRow,
    (status, list, space): (&Status, &List, &str),
) -> bool {
    let text = |wanted: &Wanted| texts().iter().any(|words| wanted.is_in(words));
    let start = When::stored(row.start_day.as_deref(), row.start_time.as_deref());
    let due = When::stored(row.due_day.as_deref(), row.due_time.as_deref());
    let people = more.people.get(&row.id).into_iter().flatten();
    let people: Vec<Person<'_>> = people.map(|user| book.person(*user)).collect();
    let labels = more.labels.get(&row.id).into_iter().flatten();
    let labels: Vec<&str> = labels.filter_map(|id| book.label(*id)).collect();
    let fields = more.fields_of(book, row);
    let created_by = row.created_by.filter(|_| row.created_by_kind == "member").map(UserId);
    let team = row.team_id.and_then(|team| book.teams.get(&team));
    query.matches(
        &Facts {
            number: row.number,
            text: &text,
            names,
            status: &status.name,
            kind: Kind::stored(&status.kind).unwrap_or(Kind::Open),
            list: &list.name,
            space,
            section: row.section_id.and_then(|section| book.sections.get(&section)).map(String::as_str),
            parent: row.parent_id.map(|parent| more.parents.get(&parent).copied().unwrap_or(0)),
            priority: row.priority,
            start: start.map(|start| start.day),
            due: due.map(|due| due.day),
            due_time: due.and_then(|due| due.time),
            created: book.civil(row.created_at),
            completed: row.completed_at.map(|at| book.civil(at)),
            updated: book.civil(more.updated.get(&row.id).copied().unwrap_or(row.created_at)),
            estimate: row.estimate,
            progress: more.progress.get(&row.id).copied().unwrap_or(0),
            responsible: row.responsible_id.map(|user| book.person(user)),
            people: &people,
            created_by: created_by.map(|user| book.person(user)),
            team: team.map(|(name, is_mine)| Team { name, is_mine: *is_mine }),
            labels: &labels,
            marks: more.marks.get(&row.id).copied().unwrap_or_default(),
            fields: &fields,
        },
        &book.today,
    )
}

/// Of a hundred: of what is below a task and has no parts itself; of its checklist, where nothing is.
async fn progress(tx: &mut OrgTx, found: &[TaskRow], ids: &str) -> Result<BTreeMap<TaskId, i64>> {
    let percent = |row: CountRow| (row.task_id, row.done.saturating_mul(100) / row.total.max(1));
    let mut progress: BTreeMap<TaskId, i64> = store::check_counts(tx, ids).await?.into_iter().map(percent).collect();
    progress.extend(rows::counts_below(tx, ids).await?.into_iter().map(percent));
    progress.extend(found.iter().filter(|row| row.completed_at.is_some()).map(|row| (row.id, 100)));
    Ok(progress)
}

/// The fields of all lists that are in use.
async fn defined(tx: &mut OrgTx) -> Result<BTreeMap<FieldId, Defined>> {
    let in_use = store_time::every_field(tx).await?.into_iter().filter(|row| !row.archived);
    let read = |row: FieldRow| {
        let kind = fields::Kind::parse(&row.kind)?;
        let choices = serde_json::from_str(&row.choices).unwrap_or_default();
        Some((row.id, Defined { list: row.list_id, name: row.name, kind, choices }))
    };
    Ok(in_use.filter_map(read).collect())
}

/// Somebody of this name is mentioned in a text: what was typed are some of their names.
fn is_mentioned(text: &str, name: &str) -> bool {
    let names = words::in_order(name);
    markdown::mentions(text).iter().any(|typed| {
        let typed = words::in_order(typed);
        !typed.is_empty() && typed.iter().all(|word| names.contains(word))
    })
}

/// `1234.5` is 12345 tenths.
fn units_of(number: &str) -> Option<(i64, u8)> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    Some((format!("{whole}{part}").parse().ok()?, u8::try_from(part.len()).ok()?))
}
