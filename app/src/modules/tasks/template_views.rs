//! What the pages about templates show, read in one go each.

use std::collections::BTreeMap;

use jiff::{civil::Date, tz::TimeZone};
use uuid::Uuid;

use super::{
    access, figures,
    ids::{SpaceId, TemplateId},
    notices, permissions, store,
    store_templates::TemplateRow,
    template_rules::Body,
    template_runs::{self as runs, Ran},
    templates::{self, Version},
    triggers::{self, Offer},
};
use crate::{
    clock::zone,
    db::Access,
    error::Result,
    module::EventField,
    money::counted,
    org::{Actor, OrgTx, Permission, Role},
    people::members,
    platform::Platform,
};

/// So many runs are shown on the page of all templates.
const MOST_RUNNING: usize = 12;

/// What whoever asks may do with templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct May {
    /// Start them.
    pub start: bool,
    /// Change them.
    pub organise: bool,
}

/// The page of all templates.
#[derive(Debug, Clone)]
pub struct ListPage {
    /// Those in use, by name.
    pub open: Vec<TemplateRow>,
    /// Those put away.
    pub archived: Vec<TemplateRow>,
    /// What is said of where they are from ([`templates::places`]).
    pub places: BTreeMap<TemplateId, String>,
    /// What was started and isn't done, the latest first.
    pub running: Vec<runs::Line>,
    /// What whoever asks may do.
    pub may: May,
    /// How much in their inbox they haven’t looked at.
    pub unread: i64,
}

/// A version, as people read it.
#[derive(Debug, Clone)]
pub struct Saved {
    /// It.
    pub version: Version,
    /// Who saved it: a member's name; empty for a program, and for who left.
    pub who: String,
    /// When, on the organisation's clock: "24 November 2026".
    pub when: String,
}

/// A template's page.
#[derive(Debug, Clone)]
pub struct TemplatePage {
    /// It.
    pub template: TemplateRow,
    /// Who sees the space of this name sees it; `None`: everybody does.
    pub space: Option<String>,
    /// What its latest version says.
    pub body: Body,
    /// Its versions, the latest first.
    pub versions: Vec<Saved>,
    /// What was started of it, the latest first.
    pub runs: Vec<runs::Line>,
    /// How long that takes, in sentences.
    pub times: Vec<String>,
    /// What starts it by itself.
    pub triggers: Vec<triggers::Line>,
    /// What whoever asks may do.
    pub may: May,
    /// For forms that make something, so that they make it once.
    pub key: String,
}

/// The page to change a template.
#[derive(Debug, Clone)]
pub struct EditPage {
    /// It.
    pub template: TemplateRow,
    /// What it says.
    pub body: Body,
    /// The names of labels.
    pub labels: Vec<String>,
    /// The names of teams in use.
    pub teams: Vec<String>,
}

/// The page to start a template, or to have it started by itself.
#[derive(Debug, Clone)]
pub struct StartPage {
    /// It.
    pub template: TemplateRow,
    /// What it says.
    pub body: Body,
    /// Lists that something can be added to, by their spaces: id and name.
    pub lists: Vec<(String, Vec<(String, String)>)>,
    /// Spaces that lists can be added to: id and name.
    pub spaces: Vec<(String, String)>,
    /// Who can have a role: id and name.
    pub people: Vec<(String, String)>,
    /// What can start it, by module: name and label.
    pub offers: Vec<(String, Vec<(String, String)>)>,
    /// What some of that says, to be filled in.
    pub fields: Vec<EventField>,
    /// Today, on the organisation's clock.
    pub today: Date,
    /// For the form, so that it is done once.
    pub key: String,
}

/// The page for another template.
#[derive(Debug, Clone)]
pub struct NewPage {
    /// What it is made of: "the list Front desk", "the task “Move in”".
    pub from: Option<String>,
    /// Today, on the organisation's clock.
    pub today: Date,
    /// For the form, so that it is made once.
    pub key: String,
}

/// The page of all templates.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn list(platform: &Platform, actor: &Actor, org: &str) -> Result<ListPage> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let all = templates::seen(&mut tx).await?;
    let places = templates::places(&mut tx, &all).await?;
    let (archived, open) = all.into_iter().partition(|template| template.archived);
    let mut running = runs::list_in(&mut tx, None).await?;
    running.retain(|run| run.done < run.total);
    running.truncate(MOST_RUNNING);
    let (may, unread) = (may(&tx), notices::unread(&mut tx).await?);
    tx.rollback().await?;
    Ok(ListPage { open, archived, places, running, may, unread })
}

/// What whoever looks at the gallery may do, and a key for taking one.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn gallery(platform: &Platform, actor: &Actor, org: &str) -> Result<(May, String)> {
    let tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let (may, key) = (may(&tx), key(&tx));
    tx.rollback().await?;
    Ok((may, key))
}

/// A template's page.
///
/// # Errors
/// 404 for one that isn't this organisation's.
pub async fn one(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<TemplatePage> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let template = templates::find(&mut tx, id).await?;
    let body = templates::body_of(&mut tx, &template, None).await?;
    let names: BTreeMap<Uuid, String> =
        members::all(&mut tx).await?.into_iter().map(|member| (member.user.0, member.name)).collect();
    let zone = zone(&tx.org().zone)?;
    let versions = templates::history_in(&mut tx, &template).await?;
    let versions = versions.into_iter().map(|version| saved(version, &names, &zone)).collect();
    let (may, key) = (may(&tx), key(&tx));
    let space = match template.space_id {
        Some(id) => access::spaces(&mut tx).await?.into_iter().find(|space| space.id == id).map(|space| space.name),
        None => None,
    };
    let page = TemplatePage {
        space,
        body,
        versions,
        runs: runs::list_in(&mut tx, Some(template.id)).await?,
        times: times(&runs::runs(&mut tx, Some(template.id)).await?, template.id),
        triggers: triggers::list_in(&mut tx, template.id).await?,
        template,
        may,
        key,
    };
    tx.rollback().await?;
    Ok(page)
}

/// The page to change a template.
///
/// # Errors
/// 404 for one that isn't this organisation's; 409 for one that was put away.
pub async fn edit(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<EditPage> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Read).await?;
    let template = templates::find(&mut tx, id).await?;
    templates::check_open(&template)?;
    let body = templates::body_of(&mut tx, &template, None).await?;
    let labels = store::labels(&mut tx).await?.into_iter().map(|label| label.name).collect();
    let teams = store::teams(&mut tx).await?.into_iter().filter(|team| team.active).map(|team| team.name).collect();
    tx.rollback().await?;
    Ok(EditPage { template, body, labels, teams })
}

/// The page to start a template.
///
/// # Errors
/// 404 for one that isn't this organisation's; 409 for one that was put away.
pub async fn start(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<StartPage> {
    starting(platform, actor, org, id, &permissions::CHANGE).await
}

/// The page to have a template started by itself.
///
/// # Errors
/// As [`start`].
pub async fn trigger(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<StartPage> {
    starting(platform, actor, org, id, &permissions::ORGANISE).await
}

/// The page to change what starts a template by itself.
///
/// # Errors
/// As [`start`]; 404 for one that isn't there for whoever asks, or that starts another template.
pub async fn change_trigger(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    trigger: &str,
) -> Result<(StartPage, triggers::Shown)> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Read).await?;
    let page = starting_in(&mut tx, id).await?;
    let shown = triggers::show_in(&mut tx, trigger).await?;
    tx.rollback().await?;
    if shown.template != page.template.id {
        return Err(triggers::gone());
    }
    Ok((page, shown))
}

/// The page for another template: of a list or a task, where one is named.
///
/// # Errors
/// 404 for a list or a task that whoever asks can't see.
pub async fn new(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    list: Option<&str>,
    task: Option<&str>,
) -> Result<NewPage> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Read).await?;
    let from = match (list, task) {
        (Some(list), _) => Some(format!("the list {}", access::list_called(&mut tx, list).await?.name)),
        (None, Some(task)) => Some(format!("the task “{}”", access::task_called(&mut tx, task).await?.title)),
        (None, None) => None,
    };
    let ((today, _), key) = (access::today(&tx)?, key(&tx));
    tx.rollback().await?;
    Ok(NewPage { from, today, key })
}

async fn starting(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    need: &'static Permission,
) -> Result<StartPage> {
    let mut tx = access::open(platform, actor, org, need, Access::Read).await?;
    let page = starting_in(&mut tx, id).await?;
    tx.rollback().await?;
    Ok(page)
}

async fn starting_in(tx: &mut OrgTx, id: &str) -> Result<StartPage> {
    let template = templates::find(tx, id).await?;
    templates::check_open(&template)?;
    let body = templates::body_of(tx, &template, None).await?;
    let mut spaces = access::spaces(tx).await?;
    spaces.retain(|space| !space.archived);
    let all = access::lists(tx).await?;
    let lists_of = |space: SpaceId| {
        let open = all.iter().filter(|list| list.space_id == space && !list.archived);
        open.map(|list| (list.id.to_string(), list.name.clone())).collect::<Vec<_>>()
    };
    let lists = spaces.iter().map(|space| (space.name.clone(), lists_of(space.id)));
    let lists = lists.filter(|(_, lists)| !lists.is_empty()).collect();
    let spaces = spaces.iter().map(|space| (space.id.to_string(), space.name.clone())).collect();
    let works = |member: &members::Member| {
        member.role >= Role::Admin
            || member.modules.as_ref().is_none_or(|modules| modules.iter().any(|name| name == "tasks"))
    };
    let mut people: Vec<(String, String)> = members::all(tx)
        .await?
        .into_iter()
        .filter(works)
        .map(|member| (member.user.to_string(), member.name))
        .collect();
    people.sort_by_cached_key(|(id, name)| (name.to_lowercase(), id.clone()));
    let offers = triggers::offers(tx).await?;
    let mut fields: Vec<EventField> = Vec::new();
    for field in offers.iter().flat_map(|offer| offer.fields) {
        if !fields.contains(field) {
            fields.push(*field);
        }
    }
    let offers = grouped(&offers);
    let ((today, _), key) = (access::today(tx)?, key(tx));
    Ok(StartPage { template, body, lists, spaces, people, offers, fields, today, key })
}

fn grouped(offers: &[Offer]) -> Vec<(String, Vec<(String, String)>)> {
    let mut groups: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for Offer { module, event, .. } in offers {
        let one = (event.name.to_owned(), event.label.to_owned());
        match groups.last_mut().filter(|(name, _)| name == module) {
            Some((_, events)) => events.push(one),
            None => groups.push(((*module).to_owned(), vec![one])),
        }
    }
    groups
}

/// “3 runs are going on.” “Half of the 7 that are done took 12 days or fewer.” “What takes longest is ‘Book a desk’: mostly 5 days.”
fn times(ran: &Ran, template: TemplateId) -> Vec<String> {
    let mut told = Vec::new();
    for of_it in figures::run_times(&ran.runs).into_iter().filter(|of_it| of_it.template == template) {
        match of_it.running {
            0 => {}
            1 => told.push("One is in progress.".to_owned()),
            running => told.push(format!("{running} are in progress.")),
        }
        if let Some(median) = of_it.taken.median {
            let took = counted(median, "day", "days");
            told.push(match of_it.taken.count {
                1 => format!("The one that is done took {took}."),
                count => format!("Of the {count} that are done, half took {took} or less."),
            });
        }
        if let Some((slowest, title)) = of_it.slowest.and_then(|slowest| Some((slowest, ran.steps.get(slowest.step)?)))
        {
            let took = counted(slowest.median, "day", "days");
            told.push(format!("What takes longest is “{title}”: {took} at half of the times, from when it can begin."));
        }
    }
    told
}

fn saved(version: Version, names: &BTreeMap<Uuid, String>, zone: &TimeZone) -> Saved {
    Saved {
        who: version.by.and_then(|by| names.get(&by).cloned()).unwrap_or_default(),
        when: version.saved_at.day_in(zone.clone()),
        version,
    }
}

fn may(tx: &OrgTx) -> May {
    May { start: tx.allows(&permissions::CHANGE), organise: tx.allows(&permissions::ORGANISE) }
}

fn key(tx: &OrgTx) -> String {
    crate::ids::fresh(tx.now()).to_string()
}
