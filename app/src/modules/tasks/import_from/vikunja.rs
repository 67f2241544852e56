//! Everything of an account of Vikunja, as it exports it: a ZIP file with `data.json` in it, or that alone. Each project is a list, and its buckets
//! are columns.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet, hash_map::Entry},
    io::{Cursor, Read},
};

use serde::Deserialize;
use zip::ZipArchive;

use super::{
    super::import_tree::{Builder, Colour, From, Ledger, Moment, Part, Stage, Task, Tree, Who},
    MOST_MEGABYTES, Unreadable, days, html, is_office,
    json::{self, Length, Many, One, Scalar},
};

const HOW: &str = "In Vikunja, open Settings, then Export your Vikunja data.";
/// A ZIP file of more files than that isn’t opened.
const MOST_FILES: usize = 50_000;
const DAY: i64 = 86_400;
/// So many labels of a task can have colours.
const COLOURS: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Project {
    id: Scalar,
    title: Scalar,
    description: Scalar,
    is_archived: Scalar,
    hex_color: Scalar,
    tasks: Many<One<Job>>,
    buckets: Many<One<Bucket>>,
    task_buckets: Many<One<InBucket>>,
    views: Many<One<View>>,
    child_projects: Many<One<Project>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct View {
    id: Scalar,
    #[serde(rename = "view_kind")]
    kind: Scalar,
    done_bucket_id: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Bucket {
    id: Scalar,
    title: Scalar,
    project_view_id: Scalar,
    #[serde(rename = "is_done_bucket")]
    is_last: Scalar,
    position: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InBucket {
    bucket_id: Scalar,
    task_id: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Job {
    id: Scalar,
    title: Scalar,
    description: Scalar,
    done: Scalar,
    done_at: Scalar,
    due_date: Scalar,
    start_date: Scalar,
    end_date: Scalar,
    reminders: Length,
    reminder_dates: Length,
    repeat_after: Scalar,
    repeat_mode: Scalar,
    priority: Scalar,
    percent_done: Scalar,
    labels: Many<One<Label>>,
    assignees: Many<One<User>>,
    attachments: Many<One<Attachment>>,
    comments: Many<One<Comment>>,
    related_tasks: One<Related>,
    bucket_id: Scalar,
    position: Scalar,
    index: Scalar,
    is_favorite: Scalar,
    cover_image_attachment_id: Scalar,
    hex_color: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Label {
    title: Scalar,
    hex_color: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct User {
    name: Scalar,
    username: Scalar,
    email: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Attachment {
    file: One<File>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    name: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Comment {
    #[serde(rename = "comment")]
    text: Scalar,
    author: One<User>,
    created: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Related {
    subtask: Many<One<Known>>,
    parenttask: Many<One<Known>>,
    blocking: Many<One<Known>>,
    blocked: Many<One<Known>>,
    #[serde(rename = "related")]
    somehow: Length,
    duplicateof: Length,
    duplicates: Length,
    precedes: Length,
    follows: Length,
    copiedfrom: Length,
    copiedto: Length,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Known {
    id: Scalar,
}

/// Reads a file.
///
/// # Errors
/// It is no such file.
pub fn read(file: &[u8]) -> Result<Tree, Unreadable> {
    if file.starts_with(b"PK\x03\x04") && !is_office(file) { read_data(&unpacked(file)?) } else { read_data(file) }
}

fn read_data(data: &[u8]) -> Result<Tree, Unreadable> {
    let projects: Many<One<Project>> = json::read(data, From::Vikunja)?;
    let all = flat(&projects);
    let looks_right =
        projects.is_there && all.iter().all(|project| !project.title.is_empty() || project.tasks.is_there);
    if !looks_right || all.is_empty() && !projects.members.is_empty() {
        return Err(Unreadable::Unlike(From::Vikunja.file(), HOW));
    }
    let mut builder = Builder::new(From::Vikunja);
    let ties = Ties::of(&all, &mut builder.ledger);
    for project in &all {
        project_into(&mut builder, project, &ties);
    }
    odd(&mut builder.ledger, Part::Other, projects.others());
    Ok(builder.finish()?)
}

/// The data in a ZIP file, however large it says that it is.
fn unpacked(file: &[u8]) -> Result<Vec<u8>, Unreadable> {
    if file.len() > MOST_MEGABYTES * 1024 * 1024 {
        return Err(Unreadable::TooLarge);
    }
    let files = file.windows(4).filter(|four| *four == b"PK\x01\x02").count();
    if files > MOST_FILES {
        return Err(Unreadable::TooLarge);
    }
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(|_| Unreadable::Broken)?;
    let name = archive.file_names().flatten().find(|name| name == "data.json" || name.ends_with("/data.json"));
    let Some(name) = name.map(Cow::into_owned) else {
        return Err(Unreadable::Unlike(From::Vikunja.file(), HOW));
    };
    let data = archive.by_name(&name).map_err(|_| Unreadable::Broken)?;
    let most = MOST_MEGABYTES * 1024 * 1024;
    let mut text = Vec::new();
    data.take(most as u64 + 1).read_to_end(&mut text).map_err(|_| Unreadable::Broken)?;
    if text.len() > most { Err(Unreadable::TooLarge) } else { Ok(text) }
}

/// The projects, each followed by those under it. The reader of JSON goes no deeper than this does.
fn flat(projects: &Many<One<Project>>) -> Vec<&Project> {
    let mut all = Vec::new();
    let mut next: Vec<&Project> = projects.objects().collect();
    next.reverse();
    while let Some(project) = next.pop() {
        all.push(project);
        let under: Vec<&Project> = project.child_projects.objects().collect();
        next.extend(under.into_iter().rev());
    }
    all
}

/// What is above what, and what waits for what. Vikunja says both from either side.
#[derive(Debug, Default)]
struct Ties {
    above: HashMap<String, String>,
    before: HashMap<String, Vec<String>>,
}

impl Ties {
    fn of(projects: &[&Project], ledger: &mut Ledger) -> Self {
        let tasks = || projects.iter().flat_map(|project| project.tasks.objects());
        let known: HashSet<String> = tasks().map(|task| task.id.text()).collect();
        let mut ties = Self::default();
        let mut said: HashSet<(bool, String, String)> = HashSet::new();
        for task in tasks() {
            let (id, Some(related)) = (task.id.text(), task.related_tasks.get()) else { continue };
            let of = |many: &Many<One<Known>>| many.objects().map(|one| one.id.text()).collect::<Vec<_>>();
            let above = of(&related.parenttask).into_iter().map(|above| (id.clone(), above));
            let under = of(&related.subtask).into_iter().map(|under| (under, id.clone()));
            for (under, above) in above.chain(under) {
                if said.insert((true, under.clone(), above.clone())) {
                    ties.put_under(ledger, &known, task, under, above);
                }
            }
            let before = of(&related.blocked).into_iter().map(|before| (before, id.clone()));
            let after = of(&related.blocking).into_iter().map(|after| (id.clone(), after));
            for (before, after) in before.chain(after) {
                if !said.insert((false, before.clone(), after.clone())) {
                    continue;
                }
                if known.contains(&after) && known.contains(&before) {
                    ties.before.entry(after).or_default().push(before);
                } else {
                    let why = "The other task isn’t in the file.";
                    ledger.leave(Part::Dependency, "Dependencies", why, task.title.str());
                }
            }
            let others = [
                related.somehow,
                related.duplicateof,
                related.duplicates,
                related.precedes,
                related.follows,
                related.copiedfrom,
                related.copiedto,
            ];
            let others: usize = others.iter().map(|many| many.0).sum();
            if others > 0 {
                let why = "Tasks are under another or wait for another, and are related in no other way.";
                ledger.leave_all(Part::Other, "Other relations", why, others, task.title.str());
            }
        }
        ties
    }

    fn put_under(&mut self, ledger: &mut Ledger, known: &HashSet<String>, task: &Job, under: String, above: String) {
        const WHAT: &str = "Places under another task";
        if !known.contains(&under) || !known.contains(&above) {
            ledger.leave(Part::Subtask, WHAT, "The other task isn’t in the file.", task.title.str());
            return;
        }
        match self.above.entry(under) {
            Entry::Vacant(place) => {
                place.insert(above);
            }
            Entry::Occupied(_) => {
                ledger.leave(Part::Subtask, WHAT, "A task is under one other at most.", task.title.str());
            }
        }
    }
}

fn project_into(builder: &mut Builder, project: &Project, ties: &Ties) {
    let archived = project.is_archived.flag();
    let list = if archived {
        None
    } else {
        let about = html::unmarked(project.description.str());
        builder.list(&format!("project {}", project.id.text()), project.title.str(), &about)
    };
    if !project.hex_color.is_empty() {
        let why = "Lists have none. Labels do.";
        builder.ledger.leave(Part::Other, "Colours of projects", why, project.title.str());
    }
    let columns = columns(builder, project, list);
    let mut tasks: Vec<&Job> = project.tasks.objects().collect();
    tasks.sort_by(|one, other| {
        one.position.number().total_cmp(&other.position.number()).then(one.index.whole().cmp(&other.index.whole()))
    });
    for job in tasks {
        let mut task = read_task(&mut builder.ledger, job, ties);
        task.status = columns.get(&job.id.text()).cloned().unwrap_or_else(|| job.bucket_id.text());
        match list {
            Some(list) => {
                for label in job.labels.objects().take(COLOURS) {
                    builder.colour(list, label.title.str(), Colour::of_hex(label.hex_color.str()));
                }
                builder.task(list, task);
            }
            None if archived => {
                builder.refuse(&task, "Tasks of archived projects", "Their project is archived in Vikunja.");
            }
            None => builder.refuse(&task, "Tasks", "There are too many projects."),
        }
    }
    odd(&mut builder.ledger, Part::Task, project.tasks.others());
}

/// The columns of the first board; which of them each task is in.
fn columns(builder: &mut Builder, project: &Project, list: Option<usize>) -> HashMap<String, String> {
    let mut buckets: Vec<&Bucket> = project.buckets.objects().collect();
    buckets.sort_by(|one, other| one.position.number().total_cmp(&other.position.number()));
    let boards: Vec<&View> = project.views.objects().filter(|view| view.kind.str() == "kanban").collect();
    let board =
        boards.iter().map(|view| view.id.text()).find(|id| buckets.iter().any(|one| one.project_view_id.text() == *id));
    let board = board.or_else(|| buckets.first().map(|one| one.project_view_id.text())).unwrap_or_default();
    let finish: HashSet<String> = boards.iter().map(|view| view.done_bucket_id.text()).filter(|id| id != "0").collect();
    let is_last = |bucket: &Bucket| bucket.is_last.flag() || finish.contains(&bucket.id.text());
    let says_last = buckets.iter().any(|bucket| is_last(bucket));
    let mut ours = HashSet::new();
    for bucket in buckets {
        let (id, name) = (bucket.id.text(), bucket.title.str());
        let stage = match Stage::of_name(name) {
            _ if is_last(bucket) => Stage::Done,
            // Where Vikunja says which bucket is for what is done, no other is.
            Stage::Done if says_last => Stage::Open,
            stage => stage,
        };
        match list {
            Some(list) if bucket.project_view_id.text() == board => {
                builder.status(list, &id, name, stage);
                ours.insert(id);
            }
            Some(_) => builder.ledger.leave(Part::Status, "Buckets", "A list has one board; this is another’s.", name),
            None => builder.ledger.leave(Part::Status, "Buckets", "Their project isn’t imported.", name),
        }
    }
    let places = project.task_buckets.objects().map(|one| (one.task_id.text(), one.bucket_id.text()));
    places.filter(|(_, bucket)| ours.contains(bucket)).collect()
}

fn read_task(ledger: &mut Ledger, job: &Job, ties: &Ties) -> Task {
    let id = job.id.text();
    let mut task = Task::new(&id, job.title.str());
    task.notes = html::unmarked(job.description.str());
    task.parent = ties.above.get(&id).cloned();
    for before in ties.before.get(&id).into_iter().flatten() {
        task.blocked_by(ledger, before);
    }
    dates(ledger, job, &mut task);
    repeat(ledger, job, &mut task);
    task.priority = match job.priority.whole() {
        number @ 1..=4 => u8::try_from(number).unwrap_or(0),
        5 => {
            ledger.change(Part::Priority, "Priorities", "“Do now” is urgent here.", job.title.str());
            4
        }
        0 => 0,
        _ => {
            ledger.leave(Part::Priority, "Priorities", "Vikunja has 0 to 5.", job.title.str());
            0
        }
    };
    for label in job.labels.objects() {
        match label.title.str() {
            title if title.trim().is_empty() => {
                ledger.leave(Part::Label, "Labels", "They have no name.", job.title.str());
            }
            title => task.label(ledger, title),
        }
    }
    for user in job.assignees.objects() {
        match who(user) {
            Some(who) => task.person(ledger, who),
            None => ledger.leave(Part::Person, "People", "They have no name.", job.title.str()),
        }
    }
    for comment in job.comments.objects() {
        let author = comment.author.get().and_then(who).map(|who| who.name).unwrap_or_default();
        let at = days::written(comment.created.str());
        task.comment(ledger, &author, at, &html::unmarked(comment.text.str()));
    }
    for attachment in job.attachments.objects() {
        let why = "The files are in the export, not on the web. Add them to the task by hand.";
        let name = attachment.file.get().map(|file| file.name.text()).unwrap_or_default();
        ledger.leave(Part::Attachment, "Attachments", why, &name);
    }
    extras(ledger, job);
    task
}

/// What Vikunja has that we haven’t, and what isn’t written as it writes it.
fn extras(ledger: &mut Ledger, job: &Job) {
    let title = job.title.str();
    let reminders = job.reminders.0 + job.reminder_dates.0;
    if reminders > 0 {
        let why = "Everybody chooses for themselves what they are reminded of.";
        ledger.leave_all(Part::Other, "Reminders", why, reminders, title);
    }
    if job.percent_done.number() > 0.0 && !job.done.flag() {
        let why = "How far a task has come is said by its column and its checklist.";
        ledger.leave(Part::Other, "Progress in percent", why, title);
    }
    if job.is_favorite.flag() {
        ledger.leave(Part::Other, "Favourites", "They were one person’s own.", title);
    }
    if job.cover_image_attachment_id.whole() > 0 {
        ledger.leave(Part::Other, "Covers", "Tasks have none.", title);
    }
    if !job.hex_color.is_empty() {
        ledger.leave(Part::Other, "Colours of tasks", "Tasks have none. Labels do.", title);
    }
    odd(ledger, Part::Label, job.labels.others());
    odd(ledger, Part::Person, job.assignees.others());
    odd(ledger, Part::Comment, job.comments.others());
    odd(ledger, Part::Attachment, job.attachments.others());
}

fn dates(ledger: &mut Ledger, job: &Job, task: &mut Task) {
    task.done = job.done.flag();
    if task.done {
        task.completed_at = date(ledger, "Dates of completion", &job.done_at);
    }
    task.start = date(ledger, "Start dates", &job.start_date);
    task.due = date(ledger, "Due dates", &job.due_date);
    let end = date(ledger, "End dates", &job.end_date);
    if task.due.is_none() {
        task.due = end;
    } else if end.is_some() {
        ledger.leave(Part::Date, "End dates", "The task has a due date as well.", job.title.str());
    }
}

fn repeat(ledger: &mut Ledger, job: &Job, task: &mut Task) {
    let seconds = job.repeat_after.whole();
    if job.repeat_mode.whole() == 1 {
        task.repeat = Some("FREQ=MONTHLY".to_owned());
    } else if seconds != 0 {
        let days = if seconds % DAY == 0 { seconds / DAY } else { 0 };
        let rule = if days % 7 == 0 { days::every("WEEKLY", days / 7) } else { days::every("DAILY", days) };
        if rule.is_none() {
            let why = "They aren’t a number of whole days up to 999.";
            ledger.leave(Part::Repeat, "Repetitions", why, job.title.str());
        }
        task.repeat = rule;
    }
}

/// A date; Vikunja writes the first day of all where there is none.
fn date(ledger: &mut Ledger, what: &'static str, text: &Scalar) -> Option<Moment> {
    if text.is_empty() || text.str().starts_with("0001-01-01") {
        return None;
    }
    let moment = days::written(text.str());
    if moment.is_none() {
        ledger.leave(Part::Date, what, "They can’t be read as dates.", &text.text());
    }
    moment
}

fn who(user: &User) -> Option<Who> {
    let name = if user.name.is_empty() { &user.username } else { &user.name };
    Who::of(name.str(), user.email.str())
}

/// What isn’t what it should be.
fn odd(ledger: &mut Ledger, part: Part, count: usize) {
    if count > 0 {
        ledger.leave_all(part, part.label(), "They aren’t written as Vikunja writes them.", count, "");
    }
}
