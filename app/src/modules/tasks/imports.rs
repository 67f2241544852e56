//! Files of other products. Nothing of one is here before somebody has read what would be. What is taken over comes in blocks, each one act that is on
//! disk as a whole: wherever it stopped, doing it again goes on, and nothing comes in twice. What a file brought can be taken back as a whole: it goes to the
//! trash.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

pub use super::import_from::plain::Columns;
use super::{
    access,
    acts::{self, Act},
    checks, comments,
    desk::{DEEPEST, Desk, section_in},
    fields::{self, ChoiceBody, FieldBody},
    ids::{CommentId, FieldId, ImportId, LabelId, ListId, SectionId, SpaceId, StatusId, TaskId},
    import_fit::{self, Account, Here},
    import_from::{self, From, Unreadable, plain},
    import_tree::{self as tree, Stage, Tree, Value, Who},
    labels, links,
    lists::{self, ListBody, StatusBody, compared},
    order, parts, permissions, search, series,
    store::{self, List},
    store_board,
    store_inout::{self as rows, ImportRow},
    store_lists, store_time,
    task::{Assignee, Completes, Task, When},
};
use crate::{
    clock::{Instant, zone},
    crypto::{DataKeys, Place},
    db::Access,
    error::{AppError, Code, FieldError, Result},
    ids::{OrgId, UserId},
    module::{Job, SentFile, Upload},
    org::{Actor, Doer, OrgRef, OrgTx},
    people::members,
    permissions::ENTER,
    platform::Platform,
    platform_sql,
    ui::with_query,
};

/// A file that nobody takes over is kept so long: a week.
const KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;
/// So many are kept at once.
const MOST_KEPT: i64 = 10;
/// Whoever is at one has written something in the last minute. If they die, another goes on.
const LEASE_SECONDS: i64 = 60;
/// Tasks written in one transaction: so few that whoever changes something meanwhile hardly waits.
const BLOCK: usize = 200;
/// And of what belongs to them, so many: lines of checklists, comments, values, and what they wait for.
const BLOCK_PARTS: usize = 1_000;
/// So many comments of a task come in with it; the others follow, as many at a time.
const SAID_WITH: usize = 500;
/// The same of what is taken back.
const BLOCK_BACK: i64 = 200;
/// So many earlier ones are listed.
const LISTED: i64 = 50;
/// Forgotten at one look.
const AT_ONCE: i64 = 100;
/// So many people of a file are asked about at once.
pub const MOST_ASKED: usize = 100;

/// The files that can be sent: whose it is is the form’s `kind`.
pub const UPLOAD: Upload = Upload {
    path: "tasks/import/file",
    largest: import_from::MOST_MEGABYTES * 1024 * 1024,
    needs: &permissions::ORGANISE,
    take: |platform, actor, org, kind, file| Box::pin(upload(platform, actor, org, kind, file)),
};

/// Forgets files that nobody took over.
pub const JOB: Job = Job {
    name: "tasks.imports",
    every: std::time::Duration::from_hours(1),
    run: |platform| Box::pin(async move { forget(&platform).await }),
};

/// Where a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TaskImportTarget)]
pub enum To {
    /// Into a space, as new lists.
    Space(SpaceId),
    /// Into this list, all of it.
    List(ListId),
}

/// What is said about a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Chosen {
    /// Of a table: which column is what; `None`: as its names say.
    #[serde(default)]
    columns: Option<Columns>,
    /// Whom its people are, by [`import_fit::key`]; `None`: nobody here.
    #[serde(default)]
    people: BTreeMap<String, Option<UserId>>,
    /// Where it goes; `None`: into the first space that there is.
    #[serde(default)]
    to: Option<To>,
}

/// What is to be different about it. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskImportChoice)]
pub struct ChoiceOf {
    /// Of a table: which column is what.
    #[serde(default)]
    pub columns: Option<Columns>,
    /// Whom people of the file are, by what the report calls them; null: nobody here.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    pub people: BTreeMap<String, Option<UserId>>,
    /// Where it goes.
    #[serde(default)]
    pub to: Option<To>,
}

/// Somebody of a file, on how many tasks they are, and whom they are taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskImportPerson)]
pub struct Person {
    /// How they are told apart.
    pub key: String,
    /// “Sam Lee <sam@clinic.example>”
    pub name: String,
    /// On so many tasks.
    pub tasks: usize,
    /// Whom they are taken for; null: nobody here, and their name stands in the notes.
    pub member: Option<UserId>,
}

/// What taking a file over would do, or did.
#[derive(Debug, Clone)]
pub struct Report {
    /// The file.
    pub import: ImportRow,
    /// Whose it is.
    pub from: From,
    /// Of a table: what its columns are called.
    pub names: Vec<String>,
    /// Of a table: which column is what.
    pub columns: Columns,
    /// What is missing before it can be read; empty: nothing.
    pub asks: Vec<FieldError>,
    /// The account; as it was told when it was taken over.
    pub account: Account,
    /// Its people.
    pub people: Vec<Person>,
    /// Who they can be.
    pub members: Vec<(UserId, String)>,
    /// Where it goes.
    pub to: Option<To>,
    /// Where it can go: words as forms send them, and names.
    pub targets: Vec<(String, String)>,
    /// The same file was taken over before, then.
    pub before: Option<Instant>,
    /// What it made, or went into: lists that whoever asks sees.
    pub lists: Vec<(ListId, String)>,
}

/// A file that was sent earlier, in words.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// It.
    pub import: ImportRow,
    /// Who sent it.
    pub by: String,
    /// "24 November 2026, 3:15 pm"
    pub sent: String,
}

/// Keeps a file, sealed, until somebody has read what it would do.
///
/// # Errors
/// 422 at `file` for one that can’t be read, or is another product’s; 409 while too many are kept; as [`OrgTx::open`].
pub async fn keep(platform: &Platform, actor: &Actor, org: &str, from: From, file: &[u8]) -> Result<ImportId> {
    let tx = OrgTx::before_a_change(platform, actor, OrgRef::Slug(org), &permissions::ORGANISE).await?;
    let (today, _) = access::today(&tx)?;
    tx.rollback().await?;
    // A table whose columns have to be chosen first can be read then.
    let is_table = from == From::Csv && plain::names(file).is_ok();
    let file = file.to_vec();
    let (file, read) = tokio::task::spawn_blocking(move || {
        let read = import_from::read(from, &file, today).map(|tree| tree.is_empty());
        (file, read)
    })
    .await
    .map_err(|_| AppError::internal())?;
    match read {
        Ok(true) if !is_table => return Err(unreadable(&Unreadable::Empty)),
        Err(Unreadable::Table(crate::csv_in::Unreadable::Missing(_))) if is_table => {}
        Err(why) => return Err(unreadable(&why)),
        Ok(_) => {}
    }
    let mut tx = open(platform, actor, org).await?;
    if rows::imports_kept(&mut tx).await? >= MOST_KEPT {
        return Err(AppError::conflict(format!(
            "{MOST_KEPT} files wait to be imported. Import one of them first, or discard it."
        )));
    }
    let (keys, now, by) = (tx.keys().await?, tx.now(), tx.doer());
    let id = ImportId::new(now);
    let row = ImportRow {
        id,
        source: from.as_str().to_owned(),
        fingerprint: fingerprint(&keys, &file).to_vec(),
        chosen: sealed(&keys, id, "chosen", &Chosen::default()),
        told: None,
        state: "kept".to_owned(),
        tasks: 0,
        by_kind: by.kind.to_owned(),
        by_id: by.id,
        version: 1,
        created_at: now,
        started_at: None,
        done_at: None,
        expires_at: Some(now.plus_seconds(KEPT_SECONDS)),
    };
    rows::insert_import(&mut tx, &row, &keys.seal_bytes(place(id, "file"), &file)).await?;
    tx.commit().await?;
    Ok(id)
}

/// The files that were sent, the latest first: those of which whoever asks sees where they go.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn earlier(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Earlier>> {
    let mut tx = open_to_look(platform, actor, org).await?;
    let seen = Seen::read(&mut tx).await?;
    let mut imports = Vec::new();
    for import in rows::imports(&mut tx, LISTED).await? {
        if seen.holds(&mut tx, &import).await? {
            imports.push(import);
        }
    }
    let names = members::all(&mut tx).await?;
    let zone = zone(&tx.org().zone)?;
    tx.rollback().await?;
    let told = |import: ImportRow| {
        let member = names.iter().find(|member| Some(member.user.0) == import.by_id);
        let by = match (import.by_kind.as_str(), member) {
            ("member", Some(member)) => member.name.clone(),
            ("member", None) => "somebody who has left".to_owned(),
            ("token", _) => "a program".to_owned(),
            _ => "Devalo".to_owned(),
        };
        Earlier { sent: moment(&zone, import.created_at), by, import }
    };
    Ok(imports.into_iter().map(told).collect())
}

/// What taking a file over would do. Nothing is written. Of one that was taken over it is what was told then.
///
/// # Errors
/// 404 for a file that isn’t there for whoever asks.
pub async fn dry_run(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<Report> {
    let mut tx = open_to_look(platform, actor, org).await?;
    let import = find(&mut tx, id).await?;
    let keys = tx.keys().await?;
    let chosen = chosen(&keys, &import)?;
    let (today, _) = access::today(&tx)?;
    let before = rows::imported_before(&mut tx, &import.fingerprint, import.id).await?;
    let made: BTreeSet<Uuid> =
        rows::imported(&mut tx, import.id, "list").await?.into_iter().map(|(_, list)| list).collect();
    let seen = access::lists(&mut tx).await?;
    let lists = seen.iter().filter(|list| made.contains(&list.id.0)).map(|list| (list.id, list.name.clone())).collect();
    let everybody = members::all(&mut tx).await?;
    let mut report = Report {
        from: From::parse(&import.source).ok_or_else(AppError::internal)?,
        names: Vec::new(),
        columns: Columns::default(),
        asks: Vec::new(),
        account: Account::default(),
        people: Vec::new(),
        members: everybody.iter().map(|member| (member.user, member.name.clone())).collect(),
        to: chosen.to,
        targets: targets(&mut tx, &seen).await?,
        before,
        lists,
        import,
    };
    report.members.sort_by_cached_key(|(_, name)| name.to_lowercase());
    if let Some(told) = &report.import.told {
        report.account = opened(&keys, report.import.id, "told", told)?;
    }
    if report.import.state == "kept" && report.import.expires_at.is_some() {
        let file = file_of(&mut tx, &keys, report.import.id).await?;
        if report.from == From::Csv {
            report.names = plain::names(&file).map_err(|why| unreadable(&why))?;
            report.columns = chosen.columns.clone().unwrap_or_else(|| Columns::guess(&report.names));
            if let Err(error) = report.columns.check(report.names.len()) {
                report.asks = error.fields;
            }
        }
        if report.asks.is_empty() {
            let tree = parsed(today, report.from, file, Some(report.columns.clone())).await?;
            let to = target(&mut tx, chosen.to).await?;
            report.to = Some(to.to);
            let here = here(&mut tx, &to, &tree, &chosen).await?;
            report.people = people(&tree, &here);
            report.account = import_fit::fit(tree, &here).1;
        }
    }
    tx.rollback().await?;
    Ok(report)
}

/// Says what a table’s columns are, whom people are, and where it goes.
///
/// # Errors
/// 404 for a file that isn’t there for whoever asks, and for a space, a list or a person that isn’t there; 422 at each column that is wrong; 409 where somebody
/// changed it since `version`, or began to take it over.
pub async fn choose(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    choice: &ChoiceOf,
    version: i64,
) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let import = find(&mut tx, id).await?;
    if import.state != "kept" {
        return Err(changed());
    }
    let keys = tx.keys().await?;
    let mut chosen = chosen(&keys, &import)?;
    if let Some(columns) = &choice.columns {
        if import.source != From::Csv.as_str() {
            return Err(AppError::field("columns", "Only a table has columns to choose."));
        }
        let file = file_of(&mut tx, &keys, import.id).await?;
        columns.check(plain::names(&file).map_err(|why| unreadable(&why))?.len())?;
        chosen.columns = Some(columns.clone());
    }
    if !choice.people.is_empty() {
        let members: BTreeSet<UserId> = store::members(&mut tx).await?.into_iter().collect();
        if !choice.people.values().flatten().all(|user| members.contains(user)) {
            return Err(AppError::not_found("that person"));
        }
        chosen.people.extend(choice.people.clone());
        if chosen.people.len() > 5_000 || chosen.people.keys().any(|key| key.chars().count() > 400) {
            return Err(AppError::field("people", "Name people as the report does."));
        }
    }
    if let Some(to) = choice.to {
        target(&mut tx, Some(to)).await?;
        chosen.to = Some(to);
    }
    let chosen = sealed(&keys, import.id, "chosen", &chosen);
    if rows::choose_import(&mut tx, import.id, &chosen, version).await? == 0 {
        return Err(changed());
    }
    tx.commit().await
}

/// Takes a file over, in blocks. It goes on to its end when its sender goes away; and where it stopped in the middle, doing it again goes on. One that
/// was taken over is answered as it was. `again`: though the same file was taken over before.
///
/// # Errors
/// 404 for a file that isn’t there for whoever asks; 422 at `again` where the same file was taken over before, and at what a table’s columns lack; 409 where
/// somebody changed it since `version`, or takes it over just now, and where it goes into a list that was put away.
pub async fn take(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    again: bool,
) -> Result<Account> {
    // Read first, so that nobody waits for it who changes something meanwhile.
    let mut tx = open_to_look(platform, actor, org).await?;
    let import = find(&mut tx, id).await?;
    let keys = tx.keys().await?;
    if import.state == "taken" {
        let told = import.told.as_deref().map(|told| opened(&keys, import.id, "told", told)).transpose()?;
        tx.rollback().await?;
        return Ok(told.unwrap_or_default());
    }
    if import.expires_at.is_none() {
        return Err(file_gone());
    }
    if !again && rows::imported_before(&mut tx, &import.fingerprint, import.id).await?.is_some() {
        let words = "The same file was imported before. Tick that you want all of it a second time.";
        return Err(AppError::field("again", words));
    }
    let chosen = chosen(&keys, &import)?;
    let (today, _) = access::today(&tx)?;
    let from = From::parse(&import.source).ok_or_else(AppError::internal)?;
    let file = file_of(&mut tx, &keys, import.id).await?;
    let columns = match from {
        From::Csv => {
            let names = plain::names(&file).map_err(|why| unreadable(&why))?;
            let columns = chosen.columns.clone().unwrap_or_else(|| Columns::guess(&names));
            columns.check(names.len())?;
            Some(columns)
        }
        _ => None,
    };
    let tree = parsed(today, from, file, columns).await?;
    let to = target(&mut tx, chosen.to).await?;
    let here = here(&mut tx, &to, &tree, &chosen).await?;
    let (tree, account) = import_fit::fit(tree, &here);
    tx.rollback().await?;
    let mut tx = open(platform, actor, org).await?;
    let began = tx.now();
    let told = sealed(&keys, import.id, "told", &account);
    let before = began.plus_seconds(-LEASE_SECONDS);
    if rows::begin_import(&mut tx, import.id, version, &told, began, before).await? == 0 {
        return Err(AppError::conflict(
            "Somebody is importing that file just now, or changed what was chosen. Please look at it again.",
        ));
    }
    // Where it was begun before, what was told then holds.
    let told = find(&mut tx, id).await?.told;
    let account = told.as_deref().map_or(Ok(account), |told| opened(&keys, import.id, "told", told))?;
    tx.commit().await?;
    let work = Work { platform: platform.clone(), actor: actor.clone(), org: org.to_owned(), id: import.id };
    let task = tokio::spawn(async move { work.take_over(&tree, &here, to, began).await });
    task.await.map_err(|_| AppError::internal())??;
    Ok(account)
}

/// Takes back what a file brought: its tasks go to the trash, for 30 days. The lists that it made are deleted where nothing is in them, and put away where only
/// the trash has tasks of them: those go with the last of these. Where it stopped in the middle, doing it again goes on.
///
/// # Errors
/// 404 for a file that isn’t there for whoever asks; 409 for one that brought nothing, while somebody is at it, and where a task of it is in a list that whoever
/// asks can’t see.
pub async fn undo(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let import = find(&mut tx, id).await?;
    if import.state == "undone" {
        return tx.rollback().await;
    }
    let began = tx.now();
    let before = began.plus_seconds(-LEASE_SECONDS);
    if rows::begin_undoing_import(&mut tx, import.id, began, before).await? == 0 {
        return Err(AppError::conflict(if import.state == "kept" {
            "Nothing of that file was imported, so there is nothing to undo."
        } else {
            "Somebody is at that file just now. Please look again in a minute."
        }));
    }
    tx.commit().await?;
    let work = Work { platform: platform.clone(), actor: actor.clone(), org: org.to_owned(), id: import.id };
    let task = tokio::spawn(async move { work.take_back(began).await });
    task.await.map_err(|_| AppError::internal())?
}

/// Leaves a file of which nothing was taken over: it goes at once.
///
/// # Errors
/// 404 for a file that isn’t there for whoever asks; 409 where something of it came in.
pub async fn leave(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<()> {
    let mut tx = open(platform, actor, org).await?;
    let import = find(&mut tx, id).await?;
    if rows::delete_import(&mut tx, import.id).await? == 0 {
        return Err(AppError::conflict("Something of that file was imported. Undo that instead."));
    }
    tx.commit().await
}

/// Forgets the files that are kept no longer by now. What they brought stays.
///
/// # Errors
/// The database is busy.
pub async fn forget(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let over = platform_sql!(
        all(OrgId, ImportId),
        &mut tx,
        "SELECT org_id, id FROM tasks_imports WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        now,
        AT_ONCE
    )?;
    tx.rollback().await?;
    for (org, id) in over {
        // Also where the organisation is shut, or has tasks no longer.
        let actor = Actor::System("files that were sent");
        match OrgTx::open(platform, &actor, OrgRef::Id(org), &ENTER, Access::Write).await {
            Ok(mut tx) => {
                if rows::delete_import(&mut tx, id).await? == 0 {
                    rows::close_import(&mut tx, id).await?;
                }
                tx.commit().await?;
            }
            // It is gone meanwhile, with all of its files.
            Err(error) if error.code == Code::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whose file is meant by a word.
///
/// # Errors
/// 422 at `from`.
pub fn from_of(word: &str) -> Result<From> {
    From::parse(word).ok_or_else(|| AppError::field("from", "Choose trello, todoist, asana, vikunja or csv."))
}

/// Where a file goes, as a form says it: `space:…` or `list:…`.
///
/// # Errors
/// 404.
pub fn to_of(word: &str) -> Result<To> {
    let gone = || AppError::not_found("that list");
    match word.split_once(':') {
        Some(("space", id)) => id.parse().map(To::Space).map_err(|_| gone()),
        Some(("list", id)) => id.parse().map(To::List).map_err(|_| gone()),
        _ => Err(gone()),
    }
}

/// The same, the other way round.
pub fn to_in_words(to: To) -> String {
    match to {
        To::Space(id) => format!("space:{id}"),
        To::List(id) => format!("list:{id}"),
    }
}

async fn upload(
    platform: Platform,
    actor: Actor,
    org: String,
    kind: String,
    file: std::result::Result<SentFile, &'static str>,
) -> Result<String> {
    let page = format!("/app/{org}/tasks/import");
    let refused = |why: &str| Ok(with_query(&page, &[("refused", why), ("from", &kind)]));
    let Some(from) = From::parse(&kind) else { return refused("Choose where it comes from.") };
    let file = match file {
        Ok(file) => file.content,
        Err("large") => return refused(&Unreadable::TooLarge.to_string()),
        Err("again") => return refused("Your page was too old. Please choose the file again."),
        Err(_) => return refused("Choose a file."),
    };
    match keep(&platform, &actor, &org, from, &file).await {
        Ok(id) => Ok(format!("{page}/{id}")),
        Err(error) if matches!(error.code, Code::Invalid | Code::Conflict) => {
            refused(error.field_message("file").unwrap_or(&error.message))
        }
        Err(error) => Err(error),
    }
}

/// Where a file goes, as it is.
#[derive(Debug, Clone)]
struct Target {
    to: To,
    space: SpaceId,
    list: Option<List>,
}

/// Where it goes, for whoever may change it: what was chosen, or else the first space.
async fn target(tx: &mut OrgTx, to: Option<To>) -> Result<Target> {
    let spaces = access::spaces(tx).await?;
    match to {
        Some(To::List(id)) => {
            let list = access::list_to_change(tx, id).await?;
            Ok(Target { to: To::List(id), space: list.space_id, list: Some(list) })
        }
        Some(To::Space(id)) => {
            let space = spaces.iter().find(|space| space.id == id).ok_or_else(lists::no_space)?;
            if space.archived {
                return Err(AppError::conflict("This space is archived. Restore it first."));
            }
            Ok(Target { to: To::Space(id), space: id, list: None })
        }
        None => {
            let first = spaces.iter().find(|space| !space.archived);
            let none = || AppError::conflict("There is no space yet that its lists could go to. Add one first.");
            let space = first.ok_or_else(none)?.id;
            Ok(Target { to: To::Space(space), space, list: None })
        }
    }
}

/// Where it can go, in words.
async fn targets(tx: &mut OrgTx, seen: &[List]) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for space in access::spaces(tx).await?.into_iter().filter(|space| !space.archived) {
        found.push((to_in_words(To::Space(space.id)), format!("{}: as a new list", space.name)));
        let lists = seen.iter().filter(|list| list.space_id == space.id && !list.archived);
        found.extend(
            lists.map(|list| (to_in_words(To::List(list.id)), format!("{}: into “{}”", space.name, list.name))),
        );
    }
    Ok(found)
}

/// What there is here, for a file that goes there.
async fn here(tx: &mut OrgTx, to: &Target, tree: &Tree, chosen: &Chosen) -> Result<Here> {
    let everybody = members::all(tx).await?;
    let space = access::spaces(tx).await?.into_iter().find(|space| space.id == to.space).ok_or_else(lists::no_space)?;
    let sees: BTreeSet<UserId> = lists::who_sees(tx, &space).await?.into_iter().map(|who| who.id).collect();
    let those = everybody.iter().filter(|member| sees.contains(&member.user));
    let those = those.map(|member| (member.user, member.name.as_str(), member.email.as_str()));
    let mut people = import_fit::meant(tree, those, &chosen.people);
    people.retain(|_, user| sees.contains(user));
    let fields = match &to.list {
        None => None,
        Some(list) => {
            let all = fields::of_list(tx, list.id).await?;
            let room = fields::MOST.saturating_sub(all.len());
            let there = all.into_iter().filter(|field| !field.archived);
            Some((there.map(|field| (compared(&field.name), field.kind)).collect(), room))
        }
    };
    Ok(Here {
        zone: zone(&tx.org().zone)?,
        people,
        labels: store::labels(tx).await?.into_iter().map(|label| compared(&label.name)).collect(),
        fields,
    })
}

fn people(tree: &Tree, here: &Here) -> Vec<Person> {
    let person = |(who, tasks): (&Who, usize)| Person {
        key: import_fit::key(who),
        name: import_fit::in_words(who),
        tasks,
        member: here.people.get(who).copied(),
    };
    let mut all: Vec<Person> = tree.people().into_iter().map(person).collect();
    all.sort_by_key(|person| std::cmp::Reverse(person.tasks));
    all
}

/// What a file says, read away from what others wait for.
async fn parsed(today: Date, from: From, file: Vec<u8>, columns: Option<Columns>) -> Result<Tree> {
    let read = tokio::task::spawn_blocking(move || match columns.filter(|_| from == From::Csv) {
        Some(columns) => plain::read_as(&file, &columns, today),
        None => import_from::read(from, &file, today),
    });
    read.await.map_err(|_| AppError::internal())?.map_err(|why| unreadable(&why))
}

/// What goes on to its end in a task of its own.
struct Work {
    platform: Platform,
    actor: Actor,
    org: String,
    id: ImportId,
}

/// What the lists of a file became.
#[derive(Debug, Default)]
struct Made {
    lists: HashMap<Vec<u8>, Uuid>,
    statuses: HashMap<Vec<u8>, Uuid>,
    sections: HashMap<Vec<u8>, Uuid>,
    fields: HashMap<Vec<u8>, Uuid>,
    tasks: HashMap<Vec<u8>, Uuid>,
}

impl Made {
    async fn read(tx: &mut OrgTx, id: ImportId) -> Result<Self> {
        let mut all = [HashMap::new(), HashMap::new(), HashMap::new(), HashMap::new(), HashMap::new()];
        for (what, into) in ["list", "status", "section", "field", "task"].iter().zip(&mut all) {
            into.extend(rows::imported(tx, id, what).await?);
        }
        let [lists, statuses, sections, fields, tasks] = all;
        Ok(Self { lists, statuses, sections, fields, tasks })
    }
}

impl Work {
    async fn open(&self) -> Result<OrgTx> {
        open(&self.platform, &self.actor, &self.org).await
    }

    async fn take_over(&self, tree: &Tree, here: &Here, to: Target, began: Instant) -> Result<()> {
        let mut at = began;
        match self.all_blocks(tree, here, to, &mut at).await {
            Ok(()) => Ok(()),
            Err(error) => {
                // Nobody has to wait for the lease to end before they try again.
                let mut tx = self.open().await?;
                rows::let_import_go(&mut tx, self.id, at).await?;
                tx.commit().await?;
                Err(error)
            }
        }
    }

    async fn all_blocks(&self, tree: &Tree, here: &Here, to: Target, began: &mut Instant) -> Result<()> {
        let mut tx = self.open().await?;
        let mut made = Made::read(&mut tx, self.id).await?;
        let keys = tx.keys().await?;
        if made.lists.is_empty() {
            let now = self.goes_on(&mut tx, 0, *began).await?;
            self.make_lists(&mut tx, &keys, tree, &to).await?;
            made = Made::read(&mut tx, self.id).await?;
            tx.commit().await?;
            *began = now;
        } else {
            tx.rollback().await?;
        }
        for (at, list) in tree.lists.iter().enumerate() {
            let fresh = list.tasks.iter().filter(|task| !made.tasks.contains_key(hash(&keys, &task.source).as_slice()));
            let fresh: Vec<&tree::Task> = fresh.collect();
            let whole = whole_with(list);
            for block in blocks(&fresh, parts_of) {
                let tasks = self.block((at, &whole), block, here, &made, began).await?;
                made.tasks.extend(tasks);
            }
        }
        let waiting = tree.lists.iter().flat_map(|list| &list.tasks).filter(|task| !task.blocked_by.is_empty());
        let waiting: Vec<&tree::Task> = waiting.collect();
        for block in blocks(&waiting, |task| task.blocked_by.len()) {
            self.link(block, &made, began).await?;
        }
        self.say_the_rest(tree, here, began).await?;
        let mut tx = self.open().await?;
        if rows::end_import(&mut tx, self.id, *began).await? == 0 {
            return Err(others());
        }
        tx.commit().await
    }

    /// Whoever is at it still is, and has written something now, once this is on disk.
    async fn goes_on(&self, tx: &mut OrgTx, tasks: usize, began: Instant) -> Result<Instant> {
        let (now, tasks) = (tx.now(), i64::try_from(tasks).unwrap_or(i64::MAX));
        if rows::go_on_importing(tx, self.id, tasks, now, began).await? == 0 {
            return Err(others());
        }
        Ok(now)
    }

    /// The lists with what they are made of; or what the list has that all goes into.
    async fn make_lists(&self, tx: &mut OrgTx, keys: &DataKeys, tree: &Tree, to: &Target) -> Result<()> {
        for (at, list) in tree.lists.iter().enumerate() {
            let (id, is_new) = match &to.list {
                Some(list) => (list.id, false),
                None => (lists::add_list_in(tx, &list_body(to.space, list)).await?, true),
            };
            self.note(tx, keys, "list", &at.to_string(), id.0, is_new).await?;
            let there = store::statuses(tx, id).await?;
            for (number, status) in list.statuses.iter().enumerate() {
                let same = there.iter().find(|one| compared(&one.name) == compared(&status.name));
                let same = same.filter(|one| (one.kind == "done") == (status.stage == Stage::Done));
                let close = || there.iter().find(|one| one.kind == status.stage.as_str());
                let any = || there.iter().find(|one| (one.kind == "done") == (status.stage == Stage::Done));
                let found = if is_new { there.get(number) } else { same.or_else(close).or_else(any) };
                let found = found.ok_or_else(AppError::internal)?;
                self.note(tx, keys, "status", &format!("{at}/{}", status.source), found.id.0, is_new).await?;
            }
            let mut sections = store::sections(tx, id).await?;
            for section in &list.sections {
                let same = sections.iter().find(|one| compared(&one.name) == compared(&section.name));
                let (section_id, made) = match same {
                    Some(same) => (same.id, false),
                    // What doesn’t fit any more is in none.
                    None if sections.len() >= parts::MOST_SECTIONS => continue,
                    None => (parts::add_section_in(tx, id, &section.name).await?, true),
                };
                if made {
                    sections = store::sections(tx, id).await?;
                }
                self.note(tx, keys, "section", &format!("{at}/{}", section.source), section_id.0, made).await?;
            }
            let there = fields::of_list(tx, id).await?;
            for field in &list.fields {
                let same = there.iter().find(|one| !one.archived && compared(&one.name) == compared(&field.name));
                let (field_id, made) = match same {
                    Some(same) => (same.id, false),
                    None => (fields::add_in(tx, id, &field_body(field)).await?, true),
                };
                self.note(tx, keys, "field", &format!("{at}/{}", field.source), field_id.0, made).await?;
            }
            tx.emit("tasks.list_saved", id.0).await?;
        }
        Ok(())
    }

    async fn note(
        &self,
        tx: &mut OrgTx,
        keys: &DataKeys,
        what: &str,
        source: &str,
        id: Uuid,
        made: bool,
    ) -> Result<()> {
        rows::insert_imported(tx, self.id, what, &hash(keys, source), id, made).await?;
        Ok(())
    }

    /// One block of tasks of a list: what they became. What repeats begins to once the last of what it is made of is there ([`whole_with`]).
    async fn block(
        &self,
        (at, whole): (usize, &Whole<'_>),
        block: &[&tree::Task],
        here: &Here,
        made: &Made,
        began: &mut Instant,
    ) -> Result<Vec<(Vec<u8>, Uuid)>> {
        let mut tx = self.open().await?;
        let now = self.goes_on(&mut tx, block.len(), *began).await?;
        let keys = tx.keys().await?;
        let gone = || AppError::conflict("A list that this file went to isn’t there any more.");
        let own = made.lists.get(hash(&keys, &at.to_string()).as_slice()).copied().ok_or_else(gone)?;
        let own = ListId(own);
        let label_ids = labels_of(&mut tx, block).await?;
        let mut desk = Desk::read(&mut tx).await?;
        let place = desk.shelf(&mut tx, own).await?.clone();
        let there = fields::of_list(&mut tx, own).await?;
        let mut number = store::take_numbers(&mut tx, i64::try_from(block.len()).unwrap_or(i64::MAX)).await?;
        let mut position = store::last_place(&mut tx, own).await?;
        let mut act = Act::in_blocks(&tx, acts::IMPORT);
        let mut depths: HashMap<TaskId, i64> = HashMap::new();
        let mut added: Vec<(Vec<u8>, Uuid)> = Vec::new();
        for task in block {
            let next = order::last(position.as_deref()).map_err(|_| AppError::internal())?;
            let parent = task.parent.as_deref().and_then(|source| {
                let key = hash(&keys, source);
                let fresh = added.iter().find(|(one, _)| *one == key).map(|(_, id)| TaskId(*id));
                fresh.or_else(|| became(&keys, made, source))
            });
            let parent = match parent {
                None => None,
                Some(parent) => match depths.get(&parent) {
                    Some(depth) => Some((parent, *depth)),
                    // Of an earlier block: somebody may have moved it since, or thrown it away.
                    None => store::task(&mut tx, parent)
                        .await?
                        .filter(|row| row.list_id == own && row.trashed_at.is_none() && row.depth < DEEPEST)
                        .map(|row| (parent, row.depth)),
                },
            };
            let depth = parent.map_or(0, |(_, depth)| depth + 1);
            let id = TaskId::new(tx.now());
            let new = Task {
                id,
                number,
                list: own,
                section: section_in(&place, part(&keys, &made.sections, at, task.section.as_deref()).map(SectionId)),
                status: part(&keys, &made.statuses, at, Some(&task.status)).map(StatusId).ok_or_else(gone)?,
                parent: parent.map(|(id, _)| id),
                depth,
                position: next.clone(),
                title: task.title.clone(),
                notes: task.notes.clone(),
                priority: i64::from(task.priority),
                estimate: task.estimate.map(i64::from),
                start: when(task.start, &here.zone),
                due: when(task.due, &here.zone),
                labels: task.labels.iter().filter_map(|name| label_ids.get(&compared(name)).copied()).collect(),
                ..blank(&tx, own)
            };
            let new = add(&mut tx, &mut act, &mut desk, task, new, here).await?;
            depths.insert(id, depth);
            (number, position) = (number + 1, Some(next));
            around(&mut tx, task, &new, here).await?;
            for (source, value) in &task.values {
                let field = part(&keys, &made.fields, at, Some(source)).map(FieldId);
                if let Some(field) = field.and_then(|id| there.iter().find(|field| field.id == id))
                    && let Some(value) = value_of(field, value)
                {
                    fields::write(&mut tx, id, field.id, &value).await?;
                }
            }
            self.note(&mut tx, &keys, "task", &task.source, id.0, true).await?;
            let source = hash(&keys, &task.source);
            if task.comments.len() > SAID_WITH {
                rows::say_so_far(&mut tx, self.id, &source, i64::try_from(SAID_WITH).ok()).await?;
            }
            added.push((source, id.0));
        }
        let now_whole: Vec<&tree::Task> =
            block.iter().filter_map(|task| whole.get(task.source.as_str())).flatten().copied().collect();
        for task in now_whole {
            let key = hash(&keys, &task.source);
            let fresh = added.iter().find(|(one, _)| *one == key).map(|(_, id)| TaskId(*id));
            if let (Some(id), Some(rule)) = (fresh.or_else(|| became(&keys, made, &task.source)), &task.repeat) {
                begin_repeating(&mut tx, &mut act, id, rule).await?;
            }
        }
        act.finish(&mut tx).await?;
        tx.commit().await?;
        *began = now;
        Ok(added)
    }

    /// Has tasks wait for those that have to be done before.
    async fn link(&self, block: &[&tree::Task], made: &Made, began: &mut Instant) -> Result<()> {
        let mut tx = self.open().await?;
        let now = self.goes_on(&mut tx, 0, *began).await?;
        let keys = tx.keys().await?;
        let mut act = Act::in_blocks(&tx, acts::IMPORT);
        for task in block {
            let Some(then) = became(&keys, made, &task.source) else { continue };
            // Somebody may have deleted one for good since.
            if store::task(&mut tx, then).await?.is_none() {
                continue;
            }
            let there = store_time::blockers(&mut tx, then).await?;
            for source in &task.blocked_by {
                let Some(first) = became(&keys, made, source) else { continue };
                if !there.contains(&first) && store::task(&mut tx, first).await?.is_some() {
                    links::add_in(&mut tx, &mut act, first, then).await?;
                }
            }
        }
        act.finish(&mut tx).await?;
        tx.commit().await?;
        *began = now;
        Ok(())
    }

    /// What was said at tasks beyond what came in with them.
    async fn say_the_rest(&self, tree: &Tree, here: &Here, began: &mut Instant) -> Result<()> {
        let mut tx = self.open().await?;
        let keys = tx.keys().await?;
        let unsaid = rows::unsaid(&mut tx, self.id).await?;
        tx.rollback().await?;
        let unsaid: HashMap<Vec<u8>, (Uuid, i64)> =
            unsaid.into_iter().map(|(source, id, said)| (source, (id, said))).collect();
        if unsaid.is_empty() {
            return Ok(());
        }
        for task in tree.lists.iter().flat_map(|list| &list.tasks) {
            let source = hash(&keys, &task.source);
            let Some((id, said)) = unsaid.get(source.as_slice()) else { continue };
            let mut from = usize::try_from(*said).unwrap_or(usize::MAX);
            while from < task.comments.len() {
                let until = from.saturating_add(SAID_WITH).min(task.comments.len());
                let mut tx = self.open().await?;
                let now = self.goes_on(&mut tx, 0, *began).await?;
                let id = TaskId(*id);
                // Somebody may have deleted it for good since.
                if store::task(&mut tx, id).await?.is_some() {
                    say(&mut tx, id, task.comments.get(from..until).unwrap_or_default(), here).await?;
                    let touched = acts::touches(&tx);
                    store::touch(&mut tx, id, touched).await?;
                    tx.emit("tasks.task_changed", id.0).await?;
                }
                let left = if until < task.comments.len() { i64::try_from(until).ok() } else { None };
                rows::say_so_far(&mut tx, self.id, &source, left).await?;
                tx.commit().await?;
                (*began, from) = (now, until);
            }
        }
        Ok(())
    }

    /// Takes back what came in, block by block.
    async fn take_back(&self, began: Instant) -> Result<()> {
        let mut at = began;
        loop {
            match self.block_back(&mut at).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => {
                    let mut tx = self.open().await?;
                    rows::let_import_go(&mut tx, self.id, at).await?;
                    tx.commit().await?;
                    return Err(error);
                }
            }
        }
    }

    /// One block; `false`: there is nothing left.
    async fn block_back(&self, began: &mut Instant) -> Result<bool> {
        let mut tx = self.open().await?;
        let now = tx.now();
        if rows::go_on_undoing_import(&mut tx, self.id, now, *began).await? == 0 {
            return Err(others());
        }
        let mut ids: BTreeSet<TaskId> = rows::tasks_imported(&mut tx, self.id, BLOCK_BACK).await?.into_iter().collect();
        if ids.is_empty() {
            for list in rows::lists_made(&mut tx, self.id).await? {
                let Some(list) = store::list(&mut tx, list).await?.filter(|list| !list.archived) else { continue };
                if lists::delete_if_empty(&mut tx, list.id).await? {
                    continue;
                }
                // What is in the trash can still be taken out. The list goes with the last of it.
                if rows::count_tasks(&mut tx, list.id).await? == 0 {
                    let id = list.id;
                    store_lists::update_list(&mut tx, &List { archived: true, ..list }).await?;
                    tx.emit("tasks.list_saved", id.0).await?;
                }
            }
            rows::end_undoing_import(&mut tx, self.id).await?;
            tx.commit().await?;
            return Ok(false);
        }
        // With what people have made a part of them since.
        let parts = store_board::below(&mut tx, &store::as_json(ids.iter().map(|id| id.0))).await?;
        ids.extend(parts.into_iter().map(|(part, _)| part));
        let tasks = access::tasks(&mut tx, ids.iter().copied()).await?;
        if tasks.len() < ids.len() {
            return Err(AppError::conflict(
                "Some of its tasks are in a list that isn’t yours by now. An admin can undo the import.",
            ));
        }
        let mut act = Act::in_blocks(&tx, "trash");
        let with = act.id;
        for task in tasks.values() {
            let after = Task { trashed_at: Some(now), trashed_with: Some(with), ..task.clone() };
            act.save(&mut tx, task, after).await?;
        }
        act.finish(&mut tx).await?;
        tx.commit().await?;
        *began = now;
        Ok(true)
    }
}

/// Adds a task, with its people, and when it was completed.
async fn add(
    tx: &mut OrgTx,
    act: &mut Act,
    desk: &mut Desk,
    task: &tree::Task,
    mut new: Task,
    here: &Here,
) -> Result<Task> {
    let users = task.people.iter().filter_map(|who| here.people.get(who).copied());
    let mut users: Vec<UserId> = users.filter(|user| desk.members.contains(user)).collect();
    if !users.is_empty() {
        new.responsible = Some(users.remove(0));
    }
    new.people = users.into_iter().map(|user| Assignee { user, done_at: None }).collect();
    let status = new.status;
    desk.set_status(tx, &mut new, status, None).await?;
    if new.completed_at.is_some() {
        let now = tx.now();
        let at = task.completed_at.and_then(|moment| instant(moment, &here.zone)).map_or(now, |at| at.min(now));
        (new.completed_at, new.started_at) = (Some(at), new.started_at.map(|_| at));
    }
    desk.check(tx, &mut new, None).await?;
    act.add(tx, new.clone()).await?;
    Ok(new)
}

/// Tasks in blocks of which none has too many of them, nor too much that belongs to them.
fn blocks<'b, 't>(tasks: &'b [&'t tree::Task], weight: impl Fn(&tree::Task) -> usize) -> Vec<&'b [&'t tree::Task]> {
    let (mut blocks, mut rest) = (Vec::new(), tasks);
    while !rest.is_empty() {
        let (mut count, mut parts) = (0_usize, 0_usize);
        for &task in rest.iter().take(BLOCK) {
            parts = parts.saturating_add(weight(task));
            if count > 0 && parts > BLOCK_PARTS {
                break;
            }
            count += 1;
        }
        let (block, after) = rest.split_at(count);
        blocks.push(block);
        rest = after;
    }
    blocks
}

/// The tasks that repeat, by the last of what each is made of, in the order in which they come in.
type Whole<'t> = HashMap<&'t str, Vec<&'t tree::Task>>;

/// Those of a list. The next of a series is made of what was there when it began: so it begins once all of it is.
fn whole_with(list: &tree::List) -> Whole<'_> {
    let repeating = list.tasks.iter().filter(|task| task.repeat.is_some());
    let mut ends: HashMap<&str, &str> = repeating.map(|task| (task.source.as_str(), task.source.as_str())).collect();
    if ends.is_empty() {
        return HashMap::new();
    }
    let part_of = list.tasks.iter().filter_map(|task| Some((task.source.as_str(), task.parent.as_deref()?)));
    let part_of: HashMap<&str, &str> = part_of.collect();
    for task in &list.tasks {
        let mut above = part_of.get(task.source.as_str());
        for _ in 0..tree::LEVELS {
            let Some(source) = above else { break };
            if let Some(ends) = ends.get_mut(source) {
                *ends = task.source.as_str();
            }
            above = part_of.get(source);
        }
    }
    let mut whole = Whole::new();
    for task in list.tasks.iter().filter(|task| task.repeat.is_some()) {
        if let Some(ends) = ends.get(task.source.as_str()) {
            whole.entry(*ends).or_default().push(task);
        }
    }
    whole
}

/// Has a task repeat all of which is there. Somebody may have thrown it away since, completed it, or made too much of it for that: it stays as they left it.
async fn begin_repeating(tx: &mut OrgTx, act: &mut Act, id: TaskId, rule: &str) -> Result<()> {
    let row = store::task(tx, id).await?.filter(|row| row.trashed_at.is_none() && row.completed_at.is_none());
    let task = access::opened(tx, row.into_iter().collect()).await?.pop();
    let Some(task) = task else { return Ok(()) };
    if store_time::occurrence(tx, id).await?.is_some() {
        return Ok(());
    }
    match series::begin_in(tx, act, &task, rule).await {
        Err(error) if [Code::Conflict, Code::Invalid].contains(&error.code) => Ok(()),
        begun => begun,
    }
}

/// How much is written with a task beside its row.
fn parts_of(task: &tree::Task) -> usize {
    let said = task.comments.len().min(SAID_WITH);
    task.checklist.len().saturating_add(task.values.len()).saturating_add(said)
}

/// What belongs to a task and isn’t in its row.
async fn around(tx: &mut OrgTx, task: &tree::Task, new: &Task, here: &Here) -> Result<()> {
    let (now, keys) = (tx.now(), tx.keys().await?);
    if !task.checklist.is_empty() {
        let lines: Vec<String> = task.checklist.iter().map(|item| item.words.clone()).collect();
        let put = checks::put(tx, new.id, &lines).await?;
        for (check, item) in put.iter().zip(&task.checklist) {
            if item.done {
                let words = keys.seal(checks::words_of(check.id), &check.words);
                store_time::update_check(tx, check.id, &words, Some(now), None).await?;
            }
        }
    }
    let said = task.comments.len().min(SAID_WITH);
    say(tx, new.id, task.comments.get(..said).unwrap_or_default(), here).await
}

/// What was said at a task, when it was.
async fn say(tx: &mut OrgTx, task: TaskId, said: &[tree::Comment], here: &Here) -> Result<()> {
    let (now, keys) = (tx.now(), tx.keys().await?);
    for comment in said {
        let id = CommentId::new(now);
        let at = comment.at.and_then(|moment| instant(moment, &here.zone)).map_or(now, |at| at.min(now));
        let by = Doer { kind: "system", id: None };
        rows::insert_said(tx, id, task, by, &keys.seal(comments::words_of(id), &comment.text), at).await?;
        search::index_comment(tx, task, id, &comment.text).await?;
    }
    Ok(())
}

/// The labels of these tasks, by what they are called; what isn’t there yet is added.
async fn labels_of(tx: &mut OrgTx, block: &[&tree::Task]) -> Result<HashMap<String, LabelId>> {
    let mut ids: HashMap<String, LabelId> =
        store::labels(tx).await?.into_iter().map(|label| (compared(&label.name), label.id)).collect();
    for name in block.iter().flat_map(|task| &task.labels) {
        let key = compared(name);
        if ids.contains_key(&key) || ids.len() >= labels::MOST_LABELS {
            continue;
        }
        ids.insert(key, labels::add_label_in(tx, name).await?);
    }
    Ok(ids)
}

/// A task of which nothing is known yet.
fn blank(tx: &OrgTx, list: ListId) -> Task {
    Task {
        id: TaskId(Uuid::nil()),
        number: 0,
        list,
        section: None,
        status: StatusId(Uuid::nil()),
        parent: None,
        depth: 0,
        position: String::new(),
        title: String::new(),
        notes: String::new(),
        priority: 0,
        estimate: None,
        start: None,
        due: None,
        responsible: None,
        people: Vec::new(),
        team: None,
        completes: Completes::Any,
        labels: BTreeSet::new(),
        started_at: None,
        completed_at: None,
        completed_by: None,
        created_by: tx.user(),
        created_at: tx.now(),
        trashed_at: None,
        trashed_with: None,
        version: 1,
        touched: 0,
    }
}

fn list_body(space: SpaceId, list: &tree::List) -> ListBody {
    let status = |status: &tree::Status| StatusBody {
        name: status.name.clone(),
        kind: status.stage.as_str().to_owned(),
        most: None,
        version: None,
    };
    ListBody {
        space,
        name: list.name.clone(),
        about: list.notes.clone(),
        statuses: list.statuses.iter().map(status).collect(),
        version: None,
    }
}

fn field_body(field: &tree::Field) -> FieldBody {
    let choice = |name: &String| ChoiceBody { id: None, name: name.clone() };
    FieldBody {
        name: field.name.clone(),
        kind: import_fit::kind_of(field.kind),
        choices: field.choices.iter().map(choice).collect(),
        on_cards: false,
        archived: false,
        version: None,
    }
}

/// A value as it is kept in a field; `None`: it is nothing that the field takes.
fn value_of(field: &fields::Field, value: &Value) -> Option<serde_json::Value> {
    match (field.kind, value) {
        (fields::Kind::Text, Value::Text(words)) => Some(json!(words)),
        (fields::Kind::Number, Value::Number(number)) => {
            number.parse::<serde_json::Number>().ok().map(serde_json::Value::Number)
        }
        (fields::Kind::Money, Value::Money(cents)) => Some(json!(cents)),
        (fields::Kind::Date, Value::Date(day)) => Some(json!(day.to_string())),
        (fields::Kind::Choice, Value::Choice(name)) => {
            let choice = field.choices.iter().find(|choice| compared(&choice.name) == compared(name))?;
            Some(json!(choice.id.to_string()))
        }
        _ => None,
    }
}

fn when(moment: Option<tree::Moment>, zone: &TimeZone) -> Option<When> {
    let (day, time) = moment?.on(zone);
    Some(When { day, time })
}

fn instant(moment: tree::Moment, zone: &TimeZone) -> Option<Instant> {
    if let tree::Moment::Instant(at) | tree::Moment::DayOf(at) = moment {
        return Some(Instant::from_timestamp(at));
    }
    let (day, time) = moment.on(zone);
    let at = day.to_datetime(time.unwrap_or(jiff::civil::time(12, 0, 0, 0)));
    at.to_zoned(zone.clone()).ok().map(|at| Instant::from_timestamp(at.timestamp()))
}

/// What a task of an earlier block became.
fn became(keys: &DataKeys, made: &Made, source: &str) -> Option<TaskId> {
    made.tasks.get(hash(keys, source).as_slice()).copied().map(TaskId)
}

/// What a part of a list became.
fn part(keys: &DataKeys, made: &HashMap<Vec<u8>, Uuid>, at: usize, source: Option<&str>) -> Option<Uuid> {
    made.get(hash(keys, &format!("{at}/{}", source?)).as_slice()).copied()
}

fn hash(keys: &DataKeys, source: &str) -> Vec<u8> {
    keys.blind_index("tasks_imported", "source", source).to_vec()
}

fn fingerprint(keys: &DataKeys, file: &[u8]) -> [u8; 32] {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use sha2::{Digest as _, Sha256};
    keys.blind_index("tasks_imports", "fingerprint", &URL_SAFE_NO_PAD.encode(Sha256::digest(file)))
}

fn chosen(keys: &DataKeys, import: &ImportRow) -> Result<Chosen> {
    opened(keys, import.id, "chosen", &import.chosen)
}

fn sealed<T: Serialize>(keys: &DataKeys, id: ImportId, column: &'static str, value: &T) -> Vec<u8> {
    keys.seal(place(id, column), &serde_json::to_string(value).unwrap_or_default())
}

fn opened<T: serde::de::DeserializeOwned>(
    keys: &DataKeys,
    id: ImportId,
    column: &'static str,
    sealed: &[u8],
) -> Result<T> {
    let text = access::text(keys, place(id, column), sealed)?;
    serde_json::from_str(&text).map_err(|_| AppError::internal())
}

/// What a file’s report said when it was taken over, for whoever takes everything along.
///
/// # Errors
/// The keyring doesn’t hold the key.
pub fn told(keys: &DataKeys, import: &ImportRow) -> Result<serde_json::Value> {
    import.told.as_deref().map_or(Ok(serde_json::Value::Null), |told| opened(keys, import.id, "told", told))
}

async fn open(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await
}

async fn open_to_look(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    access::open(platform, actor, org, &permissions::ORGANISE, Access::Read).await
}

async fn find(tx: &mut OrgTx, id: &str) -> Result<ImportRow> {
    let Ok(id) = id.parse::<ImportId>() else { return Err(gone()) };
    let import = rows::import(tx, id).await?.ok_or_else(gone)?;
    let seen = Seen::read(tx).await?;
    if seen.holds(tx, &import).await? { Ok(import) } else { Err(gone()) }
}

/// The spaces and lists that whoever asks sees.
struct Seen {
    spaces: BTreeSet<SpaceId>,
    lists: BTreeSet<ListId>,
}

impl Seen {
    async fn read(tx: &mut OrgTx) -> Result<Self> {
        Ok(Self {
            spaces: access::spaces(tx).await?.into_iter().map(|space| space.id).collect(),
            lists: access::lists(tx).await?.into_iter().map(|list| list.id).collect(),
        })
    }

    /// Who doesn't see where a file goes, or what it became, doesn't know of it.
    async fn holds(&self, tx: &mut OrgTx, import: &ImportRow) -> Result<bool> {
        let keys = tx.keys().await?;
        let goes = match chosen(&keys, import)?.to {
            None => true,
            Some(To::List(id)) => self.lists.contains(&id),
            Some(To::Space(id)) => self.spaces.contains(&id),
        };
        // Of one that waits nothing came in yet.
        if !goes || import.state == "kept" {
            return Ok(goes);
        }
        let became = rows::imported(tx, import.id, "list").await?;
        Ok(became.iter().all(|(_, id)| self.lists.contains(&ListId(*id))))
    }
}

async fn file_of(tx: &mut OrgTx, keys: &DataKeys, id: ImportId) -> Result<Vec<u8>> {
    let sealed = rows::import_file(tx, id).await?.ok_or_else(file_gone)?;
    keys.open_bytes(place(id, "file"), &sealed).map_err(|error| {
        tracing::error!(%error, %id, "a file that was sent can’t be read");
        AppError::internal()
    })
}

/// "24 November 2026, 3:15 pm"
pub fn moment(zone: &TimeZone, at: Instant) -> String {
    at.timestamp().to_zoned(zone.clone()).strftime("%-d %B %Y, %-I:%M %P").to_string()
}

fn place(id: ImportId, column: &'static str) -> Place {
    Place { table: "tasks_imports", column, row: id.0 }
}

fn unreadable(why: &Unreadable) -> AppError {
    AppError::field("file", why.to_string())
}

fn changed() -> AppError {
    AppError::conflict("Somebody else changed this meanwhile, or is importing the file. Please look at it again.")
}

fn others() -> AppError {
    AppError::conflict("Somebody else is continuing that import. Please look at it again.")
}

fn file_gone() -> AppError {
    AppError::conflict(
        "That file was imported or its import undone, or a week has passed. Please upload it again if you need it.",
    )
}

fn gone() -> AppError {
    AppError::not_found("that file")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// A series begins with the last of what its task is made of, however deep, and with the task itself where it is made of nothing.
    #[test]
    fn a_series_begins_once_all_of_its_task_is_there() {
        let file = b"TYPE,CONTENT,INDENT,DATE\ntask,Close,1,every day\ntask,Till,2,every day\ntask,Coins,3,\ntask,Lock,2,\ntask,Post,1,every day\n";
        let tree = import_from::read(From::Todoist, file, date(2026, 11, 23)).expect("a file");
        let list = &tree.lists[0];
        let title = |source: &str| list.tasks.iter().find(|task| task.source == source).expect("a task").title.clone();
        let mut begun: Vec<(String, Vec<&str>)> = whole_with(list)
            .into_iter()
            .map(|(last, all)| (title(last), all.into_iter().map(|task| task.title.as_str()).collect()))
            .collect();
        begun.sort();
        let wanted = [("Coins", "Till"), ("Lock", "Close"), ("Post", "Post")];
        assert_eq!(begun, wanted.map(|(last, whole)| (last.to_owned(), vec![whole])));
    }
}
