//! Setting up letters: which are sent and when, how they are worded, and what each person who is booked is told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    due,
    kinds::Kind,
    settings::LetterOptions,
    store::{self, StaffLetters},
    template::{VARIABLES, Values, Wording},
};
use crate::{
    db::Access,
    error::{AppError, FieldErrors, Result},
    mail::Letter,
    modules::calendar::{closures, ids::StaffId, options::CalendarOptions, permissions, store::save_settings},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// What an organisation sets about its letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Which are sent, and when.
    pub options: LetterOptions,
    /// Grows with every change of what the calendar is set to.
    pub version: i64,
    /// The kinds that the organisation words itself.
    pub own: Vec<Kind>,
    /// Text messages can be sent from here.
    pub has_texts: bool,
    /// Those who can be booked and are members, with what they are told.
    pub people: Vec<(StaffId, String, StaffLetters)>,
}

/// How a kind of letter is worded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worded {
    /// Which.
    pub kind: Kind,
    /// How.
    pub wording: Wording,
    /// 0: as we word it; else it grows with every change.
    pub version: i64,
    /// An example.
    pub example: Letter,
}

/// How a kind of letter is worded, as a program sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WordingBody {
    /// One line of at most 150 characters.
    pub subject: String,
    /// At most 5,000 characters; paragraphs with an empty line between.
    pub body: String,
    /// The version that you read; 0: it was worded as we do.
    #[serde(default)]
    pub version: i64,
}

/// What somebody who can be booked is told by mail.
#[expect(clippy::struct_excessive_bools, reason = "each is switched by itself")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffLettersBody {
    /// That they are booked.
    pub booked: bool,
    /// That an appointment of theirs is at another time, or with another person.
    pub moved: bool,
    /// That a client of theirs cancelled.
    pub cancelled: bool,
    /// That a booking waits for a yes.
    pub to_confirm: bool,
    /// Of their day, at this hour of it on the business’s clock: 0 to 23. Absent: not at all.
    #[serde(default)]
    pub agenda_hour: Option<i64>,
}

/// What is set.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn page(platform: &Platform, actor: &Actor, org: &str) -> Result<Page> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let (options, version) = closures::options(&mut tx).await?;
    let own = store::templates(&mut tx).await?.iter().filter_map(|(kind, ..)| Kind::parse(kind)).collect();
    let people = store::all_told(&mut tx).await?;
    let people = people.into_iter().map(|told| (told.id, told.name.clone(), told.letters())).collect();
    tx.rollback().await?;
    let has_texts = platform.text_messages().is_some();
    Ok(Page { options: options.letters, version, own, has_texts, people })
}

/// Sets which letters are sent and when, if what the calendar is set to is unchanged since `version`. Reminders of what is booked already
/// go by how it was booked, but for those that are switched off.
///
/// # Errors
/// 422 at each field that is wrong; 409 when something has changed.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, version: i64, letters: &LetterOptions) -> Result<()> {
    let mut errors = FieldErrors::default();
    letters.check(&mut errors);
    if letters.texts && platform.text_messages().is_none() {
        errors.add("texts", "Text messages can’t be sent from here yet.");
    }
    errors.finish()?;
    let mut tx = open(platform, actor, org, Access::Write).await?;
    let (before, found) = closures::options(&mut tx).await?;
    let options = CalendarOptions { letters: letters.clone(), ..before };
    if found != version || save_settings(&mut tx, &options.stored(), version).await? == 0 {
        return Err(AppError { version: Some(found), ..changed() });
    }
    finish(tx).await
}

/// How all kinds are worded.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn all(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Worded>> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let own = store::templates(&mut tx).await?;
    let all = Kind::ALL.map(|kind| {
        let found = own.iter().find(|(word, ..)| word == kind.as_str());
        let (wording, version) = match found {
            Some((_, subject, body, version)) => (Wording { subject: subject.clone(), body: body.clone() }, *version),
            None => (Wording::ours(kind), 0),
        };
        let example = example(&tx, &wording);
        Worded { kind, wording, version, example }
    });
    tx.rollback().await?;
    Ok(all.into())
}

/// How a kind is worded.
///
/// # Errors
/// 404 for a kind that there isn’t.
pub async fn one(platform: &Platform, actor: &Actor, org: &str, kind: &str) -> Result<Worded> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let kind = parse(kind)?;
    let (wording, version) = store::template(&mut tx, kind).await?.unwrap_or_else(|| (Wording::ours(kind), 0));
    let example = example(&tx, &wording);
    tx.rollback().await?;
    Ok(Worded { kind, wording, version, example })
}

/// What a letter worded like this looks like. Nothing is saved.
///
/// # Errors
/// 422 at `subject` or `body`.
pub async fn preview(platform: &Platform, actor: &Actor, org: &str, kind: &str, body: &WordingBody) -> Result<Letter> {
    let tx = open(platform, actor, org, Access::Read).await?;
    let wording = check(parse(kind)?, body)?;
    let letter = example(&tx, &wording);
    tx.rollback().await?;
    Ok(letter)
}

/// Words a kind, if that is unchanged since the version. As we word it is no wording of one’s own.
///
/// # Errors
/// 422 at `subject` or `body`, with the variables that there are; 409 when it has changed.
pub async fn word(platform: &Platform, actor: &Actor, org: &str, kind: &str, body: &WordingBody) -> Result<()> {
    let mut tx = open(platform, actor, org, Access::Write).await?;
    let kind = parse(kind)?;
    let wording = check(kind, body)?;
    let found = store::template(&mut tx, kind).await?.map_or(0, |(_, version)| version);
    if found != body.version {
        return Err(AppError { version: Some(found), ..changed() });
    }
    if wording == Wording::ours(kind) {
        store::delete_template(&mut tx, kind).await?;
    } else if store::save_template(&mut tx, kind, &wording, body.version).await? == 0 {
        return Err(changed());
    }
    finish(tx).await
}

/// Words a kind as we do again.
///
/// # Errors
/// 404 for a kind that there isn’t.
pub async fn word_as_ours(platform: &Platform, actor: &Actor, org: &str, kind: &str) -> Result<()> {
    let mut tx = open(platform, actor, org, Access::Write).await?;
    let kind = parse(kind)?;
    store::delete_template(&mut tx, kind).await?;
    finish(tx).await
}

/// What somebody who can be booked is told.
///
/// # Errors
/// 404 for somebody who isn’t there, or is no member.
pub async fn told(platform: &Platform, actor: &Actor, org: &str, staff: StaffId) -> Result<(String, StaffLetters)> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let found = store::told(&mut tx, staff).await?.ok_or_else(nobody)?;
    tx.rollback().await?;
    Ok((found.name.clone(), found.letters()))
}

/// Sets what somebody who can be booked is told.
///
/// # Errors
/// 404 for somebody who isn’t there, or is no member; 422 at `agenda_hour`.
pub async fn save_told(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    staff: StaffId,
    body: &StaffLettersBody,
) -> Result<()> {
    let mut tx = open(platform, actor, org, Access::Write).await?;
    store::told(&mut tx, staff).await?.ok_or_else(nobody)?;
    if body.agenda_hour.is_some_and(|hour| !(0..=23).contains(&hour)) {
        return Err(AppError::field("agenda_hour", "Choose an hour from 0 to 23."));
    }
    let StaffLettersBody { booked, moved, cancelled, to_confirm, agenda_hour } = *body;
    let agenda_at = agenda_hour.map(|hour| due::next_agenda(&tx.org().zone, hour, tx.now()));
    let letters = StaffLetters { booked, moved, cancelled, to_confirm, agenda_hour };
    store::save_told(&mut tx, staff, letters, agenda_at).await?;
    finish(tx).await
}

/// The variables, for whoever words a letter: "{client}: the client’s name".
pub fn variables() -> Vec<String> {
    VARIABLES.iter().map(|(name, words)| format!("{{{name}}}: {words}")).collect()
}

fn check(kind: Kind, body: &WordingBody) -> Result<Wording> {
    let mut errors = FieldErrors::default();
    let typed = Wording { subject: body.subject.clone(), body: body.body.clone() };
    let wording = typed.check(kind, &mut errors);
    errors.finish()?;
    Ok(wording)
}

fn example(tx: &OrgTx, wording: &Wording) -> Letter {
    let values = Values::example(&tx.org().name, &tx.platform().origin);
    wording.letter("casey@example.com.au".to_owned(), &values)
}

fn parse(kind: &str) -> Result<Kind> {
    Kind::parse(kind).ok_or_else(|| AppError::not_found("that kind of email"))
}

async fn open(platform: &Platform, actor: &Actor, org: &str, access: Access) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, access).await
}

async fn finish(mut tx: OrgTx) -> Result<()> {
    let id = tx.id().0;
    tx.emit("calendar.letters_saved", id).await?;
    tx.commit().await
}

fn changed() -> AppError {
    AppError::conflict("Somebody else changed this meanwhile. Please look at it again.")
}

fn nobody() -> AppError {
    AppError::not_found("that person among those who log in")
}
