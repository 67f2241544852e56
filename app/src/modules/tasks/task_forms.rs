//! What people type in the forms of a task’s page, made what the verbs take: only what differs from how it was when they began. So what two people change of
//! different fields stays, whoever is first; and of the same field whoever is second reads what it is now.

use std::collections::BTreeSet;

use super::{
    access,
    ids::{LabelId, SectionId, StatusId, TeamId},
    permissions,
    saying::{Here, Names, minutes_typed, minutes_words, priority_words, time_typed},
    store,
    task::{Completes, Task},
    tasks::{self, Done, PatchBody},
};
use crate::{
    db::Access,
    error::{AppError, Code, FieldError, Result},
    ids::UserId,
    org::{Actor, OrgTx},
    platform::Platform,
};

/// A field as it was when somebody began, and as they sent it.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// As it is to be.
    pub now: String,
    /// As it was.
    pub was: String,
}

/// What is chosen of a task beside its title and notes.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// A status’s id.
    pub status: Typed,
    /// A section’s id; empty: none.
    pub section: Typed,
    /// Whose it is; empty: nobody’s.
    pub responsible: Typed,
    /// Who else is on it: their ids, with commas between.
    pub people: Typed,
    /// A team’s id; empty: none.
    pub team: Typed,
    /// `any` or `everyone`.
    pub completes: Typed,
    /// A day and a time.
    pub start: (Typed, Typed),
    /// Likewise.
    pub due: (Typed, Typed),
    /// 0 to 4.
    pub priority: Typed,
    /// "1 h 30 min"
    pub estimate: Typed,
    /// Labels’ ids, with commas between.
    pub labels: Typed,
}

impl Typed {
    /// A pair of what a form sends.
    pub fn of(now: &str, was: &str) -> Self {
        // Browsers send the ends of lines as two characters.
        let text = |text: &str| text.replace("\r\n", "\n");
        Self { now: text(now), was: text(was) }
    }

    fn changed(&self) -> Option<&str> {
        (self.now.trim() != self.was.trim()).then(|| self.now.trim())
    }

    /// `None`: it stays. `Some(None)`: it is taken away.
    #[expect(clippy::option_option, reason = "what is absent stays, and nothing takes away")]
    fn one<T: std::str::FromStr>(&self, what: &str) -> Result<Option<Option<T>>> {
        match self.changed() {
            None => Ok(None),
            Some("") => Ok(Some(None)),
            Some(text) => text.parse().map(|found| Some(Some(found))).map_err(|_| AppError::not_found(what)),
        }
    }

    fn many<T: std::str::FromStr + Ord>(&self, what: &str) -> Result<Option<BTreeSet<T>>> {
        let set = |text: &str| {
            let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            words.map(str::parse).collect::<std::result::Result<BTreeSet<T>, _>>()
        };
        let gone = |_| AppError::not_found(what);
        let (now, was) = (set(&self.now).map_err(gone)?, set(&self.was).map_err(gone)?);
        Ok((now != was).then_some(now))
    }
}

impl Details {
    fn body(&self) -> Result<PatchBody> {
        let when = |(day, time): &(Typed, Typed)| {
            let differs = day.changed().is_some() || time.changed().is_some();
            let day_now = Some(day.now.trim().to_owned()).filter(|day| !day.is_empty());
            // A day that is taken away takes its time along.
            let time_now = Some(time_typed(&time.now))
                .filter(|time| !time.is_empty() && (day_now.is_some() || day.was.is_empty()));
            (differs.then_some(day_now), differs.then_some(time_now))
        };
        let ((start_day, start_time), (due_day, due_time)) = (when(&self.start), when(&self.due));
        let status: Option<Option<StatusId>> = self.status.one("that status")?;
        let estimate = match self.estimate.changed() {
            None => None,
            Some("") => Some(None),
            Some(text) => {
                let minutes = minutes_typed(text);
                let minutes = minutes
                    .ok_or_else(|| AppError::field("estimate", "Enter how long, such as 45 min or 1 h 30 min."))?;
                Some(Some(minutes))
            }
        };
        let priority = match self.priority.changed() {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| AppError::field("priority", "Choose how much it matters."))?),
        };
        Ok(PatchBody {
            status: status.flatten(),
            section: self.section.one::<SectionId>("that section")?,
            responsible: self.responsible.one::<UserId>("that person")?,
            people: self.people.many::<UserId>("that person")?.map(|people| people.into_iter().collect()),
            team: self.team.one::<TeamId>("that team")?,
            completes: self.completes.changed().map(Completes::stored),
            start_day,
            start_time,
            due_day,
            due_time,
            priority,
            estimate,
            labels: self.labels.many::<LabelId>("that label")?,
            ..PatchBody::default()
        })
    }
}

/// Changes what a task is called.
///
/// # Errors
/// As [`tasks::patch`], at the form’s fields.
pub async fn save_title(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    title: &Typed,
) -> Result<Done> {
    let body = PatchBody { title: title.changed().map(str::to_owned), ..PatchBody::default() };
    save(platform, actor, org, id, version, body).await
}

/// Changes what more is said about it.
///
/// # Errors
/// As [`tasks::patch`], at the form’s fields.
pub async fn save_notes(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    notes: &Typed,
) -> Result<Done> {
    let body = PatchBody { notes: notes.changed().map(str::to_owned), ..PatchBody::default() };
    save(platform, actor, org, id, version, body).await
}

/// Changes all else that stands in its form.
///
/// # Errors
/// As [`tasks::patch`], at the form’s fields.
pub async fn save_details(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: &str,
    version: i64,
    details: &Details,
) -> Result<Done> {
    // Whoever may not hears nothing of what is wrong.
    access::open(platform, actor, org, &permissions::CHANGE, Access::Read).await?.rollback().await?;
    save(platform, actor, org, id, version, details.body()?).await
}

async fn save(platform: &Platform, actor: &Actor, org: &str, id: &str, version: i64, body: PatchBody) -> Result<Done> {
    let body = PatchBody { version: Some(version), ..body };
    let error = match tasks::patch(platform, actor, org, id, &body, None).await {
        Ok(done) => return Ok(done),
        Err(error) => error,
    };
    if error.code == Code::Conflict && error.version.is_some() {
        return Err(in_words(platform, actor, org, id, error).await?);
    }
    Err(error)
}

/// What holds now at each field, in words, at the fields as the form calls them.
async fn in_words(platform: &Platform, actor: &Actor, org: &str, id: &str, error: AppError) -> Result<AppError> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let task = access::task_called(&mut tx, id).await?;
    let (here, names) = (Here::of(&tx)?, Names::read(&mut tx).await?);
    let mut fields = Vec::new();
    for FieldError { field, .. } in &error.fields {
        let now = now_at(&mut tx, &task, field, &here, &names).await?;
        let message = match field.as_str() {
            "notes" => "Somebody else changed the notes meanwhile. What they say now stands above.".to_owned(),
            _ => format!("Somebody else changed this meanwhile. Now: {now}."),
        };
        fields.push(FieldError { field: field.clone(), message });
    }
    tx.rollback().await?;
    let message = "Somebody else changed the same meanwhile, so nothing was saved. What you typed is still here: “Keep mine” puts it in place of what is there now.";
    Ok(AppError { fields, message: message.to_owned(), ..error })
}

/// What holds now at a field, as the API and the form call it, in words.
///
/// # Errors
/// The database is busy.
pub(super) async fn now_at(tx: &mut OrgTx, task: &Task, field: &str, here: &Here, names: &Names) -> Result<String> {
    let none = || "none".to_owned();
    let listed = |words: Vec<String>| if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    Ok(match field {
        "title" => format!("“{}”", task.title),
        "status" => {
            let all = store::statuses(tx, task.list).await?;
            all.into_iter().find(|status| status.id == task.status).map_or_else(none, |status| status.name)
        }
        "section" => {
            let all = store::sections(tx, task.list).await?;
            all.into_iter().find(|section| Some(section.id) == task.section).map_or_else(none, |section| section.name)
        }
        "team" => {
            let all = store::teams(tx).await?;
            all.into_iter().find(|team| Some(team.id) == task.team).map_or_else(none, |team| team.name)
        }
        "labels" => {
            let all = store::labels(tx).await?.into_iter();
            listed(all.filter(|label| task.labels.contains(&label.id)).map(|label| label.name).collect())
        }
        "responsible" => task.responsible.map_or_else(|| "nobody".to_owned(), |user| names.of(user)),
        "people" => {
            let others = task.doers().filter(|user| Some(*user) != task.responsible);
            listed(others.map(|user| names.of(user)).collect())
        }
        "completes" => match task.completes {
            Completes::Any => "any one of them completes it".to_owned(),
            Completes::Everyone => "everyone completes their own part".to_owned(),
        },
        "priority" => priority_words(task.priority).to_lowercase(),
        "estimate" => task.estimate.map_or_else(none, minutes_words),
        "start_day" | "start_time" => task.start.map_or_else(none, |when| here.exactly(when)),
        "due_day" | "due_time" => task.due.map_or_else(none, |when| here.exactly(when)),
        _ => "something else".to_owned(),
    })
}
