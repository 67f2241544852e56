//! Mail to a list: what somebody sends to a list’s address becomes a task there, its attachments the task’s files. Whoever the list doesn’t take mail from
//! writes nothing; a message comes once, however often it is passed on; and what machines answer machines is left alone.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    access,
    acts::Act,
    comments,
    desk::{self, Desk},
    files::{self, Judged},
    ids::{CommentId, FileId, LabelId, ListId, TaskId},
    import_from::html::of_mail,
    lists, permissions,
    quick_add::{self, Choice},
    repeat::Rule,
    series,
    store::{self, List},
    store_inout::{self as rows, MailboxRow},
    tasks::{self, AddBody},
};
use crate::{
    audit::Detail,
    crypto::normalise_email,
    db::Access,
    error::{AppError, Code, Result},
    ids::{OrgId, UserId},
    module::{Job, SentFile},
    org::{Actor, OrgRef, OrgTx},
    people::members,
    permissions::ENTER,
    platform::Platform,
    platform_sql,
};

/// The largest message, with its attachments as text.
pub const LARGEST: usize = 36 * 1024 * 1024;
/// Of a message so many attachments are looked at, and may become files.
const MOST_FILES: usize = 20;
/// A list takes so many messages in an hour.
const AN_HOUR: i64 = 200;
/// That a message came is kept so long: 90 days.
const KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;
/// What stands before the word in an address.
const BEFORE: &str = "list+";
/// Letters and digits that nobody takes for each other.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Forgets which messages came long ago.
pub const JOB: Job = Job {
    name: "tasks.mail",
    every: std::time::Duration::from_hours(6),
    run: |platform| Box::pin(async move { forget(&platform).await }),
};

/// A message, as the program that passes mail on tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// Who sent it: `Sam Lee <sam@clinic.example>`.
    pub from: String,
    /// To whom: any of them may be a list.
    pub to: Vec<String>,
    /// Its subject.
    #[serde(default)]
    pub subject: String,
    /// What it says.
    #[serde(default)]
    pub text: String,
    /// The same as HTML, for where there is no text.
    #[serde(default)]
    pub html: String,
    /// Its Message-ID.
    pub message_id: String,
    /// It was checked that whoever it names as its sender sent it (DMARC). Without that nobody is taken for a member.
    #[serde(default)]
    pub authenticated: bool,
    /// Its header Auto-Submitted, if it has one.
    #[serde(default)]
    pub auto_submitted: Option<String>,
    /// Its header Precedence, if it has one.
    #[serde(default)]
    pub precedence: Option<String>,
    /// What it brings.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
}

/// A file that a message brings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Attachment {
    /// What it is called.
    #[serde(default)]
    pub name: String,
    /// What is in it, in base64.
    pub content: String,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A task was made of it.
    Task,
    /// It was added to a task as a comment.
    Comment,
    /// It came before.
    Again,
    /// It is for no list that takes it: nothing was done.
    Ignored,
}

/// How a list takes mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaskMailboxView)]
pub struct Mailbox {
    /// Where to write to.
    pub address: String,
    /// `members`: from members who see the list; `anyone`.
    pub takes: String,
}

/// How a list takes mail; `None`: it doesn’t.
///
/// # Errors
/// 404, also where this platform takes no mail.
pub async fn of_list(platform: &Platform, actor: &Actor, org: &str, list: &str) -> Result<Option<Mailbox>> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Read).await?;
    let domain = domain(platform)?;
    let list = access::list_called(&mut tx, list).await?;
    let found = rows::mailbox(&mut tx, list.id).await?;
    tx.rollback().await?;
    Ok(found.map(|row| mailbox(domain, row)))
}

/// Has a list take mail from now on, or from others than before. Its address stays as long as it takes any.
///
/// # Errors
/// 404, also where this platform takes no mail; 402 for an organisation that is suspended, or whose plan has ended; 422 at `takes`.
pub async fn turn_on(platform: &Platform, actor: &Actor, org: &str, list: &str, takes: &str) -> Result<Mailbox> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let domain = domain(platform)?;
    let list = access::list_called(&mut tx, list).await?.id;
    tx.check_goes_on("no list takes mail")?;
    if !["members", "anyone"].contains(&takes) {
        return Err(AppError::field("takes", "Choose members or anyone."));
    }
    let before = rows::mailbox(&mut tx, list).await?;
    rows::delete_mailbox(&mut tx, list).await?;
    let word = before.map_or_else(fresh_word, |before| before.word);
    rows::insert_mailbox(&mut tx, list, &word, takes).await?;
    tx.audit("tasks.list_mail_set", list.0, &Detail::default().with("takes", takes)).await?;
    tx.commit().await?;
    Ok(Mailbox { address: address(domain, &word), takes: takes.to_owned() })
}

/// A list takes mail no longer; its address is never another’s.
///
/// # Errors
/// 404.
pub async fn turn_off(platform: &Platform, actor: &Actor, org: &str, list: &str) -> Result<()> {
    let mut tx = access::open(platform, actor, org, &permissions::ORGANISE, Access::Write).await?;
    let list = access::list_called(&mut tx, list).await?.id;
    rows::delete_mailbox(&mut tx, list).await?;
    tx.audit("tasks.list_mail_set", list.0, &Detail::default().with("takes", "nothing")).await?;
    tx.commit().await
}

/// Takes a message. What is for no list, or from somebody whom it takes nothing from, is answered all the same: it isn’t to come again, and nobody learns
/// which addresses there are.
///
/// # Errors
/// 400 for a message without an id; 429 where a list gets more than it takes in an hour; the database is busy, so that it comes again.
pub async fn receive(platform: &Platform, message: Message) -> Result<Outcome> {
    let id = message.message_id.trim();
    if id.is_empty() || id.len() > 1000 {
        return Err(AppError::bad_request("A message has a Message-ID of at most 1,000 characters."));
    }
    let Some(inbound) = platform.inbound() else { return Ok(Outcome::Ignored) };
    let (name, sender) = sender(&message.from);
    if sender.is_empty() || is_a_machines(&message, &sender, &inbound.domain) {
        return Ok(Outcome::Ignored);
    }
    let words: BTreeSet<String> = message.to.iter().take(100).filter_map(|to| word_in(to, &inbound.domain)).collect();
    let mut outcome = Outcome::Ignored;
    for word in words {
        let became = match whose(platform, &word).await? {
            Some((org, list)) => deliver(platform, org, list, &message, &name, &sender).await?,
            None => Outcome::Ignored,
        };
        if became != Outcome::Ignored {
            outcome = became;
        }
    }
    Ok(outcome)
}

/// Forgets which messages came long ago.
///
/// # Errors
/// The database is busy.
pub async fn forget(platform: &Platform) -> Result<()> {
    let before = platform.clock.now().plus_seconds(-KEPT_SECONDS);
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let whose = platform_sql!(
        all(OrgId,),
        &mut tx,
        "SELECT org_id FROM tasks_mails WHERE taken_at < $1 ORDER BY taken_at LIMIT 200",
        before
    )?;
    tx.rollback().await?;
    let whose: BTreeSet<OrgId> = whose.into_iter().map(|(org,)| org).collect();
    for org in whose {
        let actor = Actor::System("messages that came long ago");
        match OrgTx::open(platform, &actor, OrgRef::Id(org), &ENTER, Access::Write).await {
            Ok(mut tx) => {
                rows::delete_mails(&mut tx, before).await?;
                tx.commit().await?;
            }
            Err(error) if error.code == Code::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn whose(platform: &Platform, word: &str) -> Result<Option<(OrgId, ListId)>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(
        optional(OrgId, ListId),
        &mut tx,
        "SELECT org_id, list_id FROM tasks_mailboxes WHERE word = $1",
        word
    )?;
    tx.rollback().await?;
    Ok(found)
}

/// Takes a message for a list, as whoever sent it; or as the platform where the list takes mail from anyone.
async fn deliver(
    platform: &Platform,
    org: OrgId,
    list: ListId,
    message: &Message,
    name: &str,
    sender: &str,
) -> Result<Outcome> {
    let Some(found) = look(platform, org, list, message, sender).await? else { return Ok(Outcome::Ignored) };
    let Found { mailbox, member, again } = found;
    if again {
        return Ok(Outcome::Again);
    }
    let whose = match member {
        Some(user) if opened_as(platform, &Actor::User(user), org).await?.is_some() => Actor::User(user),
        // Somebody else, or a member whom something keeps from writing here themselves.
        _ if mailbox.takes == "members" => return Ok(Outcome::Ignored),
        _ => Actor::System("mail to a list"),
    };
    let (kept, left_out) = keep(platform, org, &message.attachments).await?;
    let ids: Vec<FileId> = kept.iter().map(|(id, _)| *id).collect();
    let became = write(platform, &whose, org, list, message, (name, sender), &kept, &left_out).await;
    if !matches!(became, Ok(Outcome::Task | Outcome::Comment)) {
        for id in ids {
            platform.files.remove(org, id.0).await;
        }
    }
    became
}

/// What is known of a message before anything is written.
struct Found {
    mailbox: MailboxRow,
    /// The member who sent it, where that was checked, and they see the list.
    member: Option<UserId>,
    again: bool,
}

async fn look(platform: &Platform, org: OrgId, list: ListId, message: &Message, sender: &str) -> Result<Option<Found>> {
    let Some(mut tx) = opened_as(platform, &Actor::System("mail to a list"), org).await? else { return Ok(None) };
    let Some(mailbox) = rows::mailbox(&mut tx, list).await? else { return Ok(None) };
    let list = match access::list_to_change(&mut tx, list).await {
        Ok(list) => list,
        Err(error) if error.code.status() < 500 => return Ok(None),
        Err(error) => return Err(error),
    };
    let space = access::spaces(&mut tx).await?.into_iter().find(|space| space.id == list.space_id);
    let member = members::all(&mut tx).await?.into_iter().find(|member| normalise_email(&member.email) == sender);
    let member = match (member.filter(|_| message.authenticated), &space) {
        (Some(member), Some(space)) => {
            let sees = lists::who_sees(&mut tx, space).await?;
            sees.iter().any(|who| who.id == member.user).then_some(member.user)
        }
        _ => None,
    };
    let hash = hash(&mut tx, &message.message_id).await?;
    let again = rows::mail(&mut tx, list.id, &hash).await?.is_some();
    let since = tx.now().plus_seconds(-60 * 60);
    if !again && rows::mails_since(&mut tx, list.id, since).await? >= AN_HOUR {
        let words = "That list has had as much mail as it accepts in an hour. Please try again later.";
        return Err(AppError { retry_after: Some(10 * 60), ..AppError::new(Code::TooMany, words) });
    }
    tx.rollback().await?;
    Ok(Some(Found { mailbox, member, again }))
}

/// The organisation, for whoever may add a task there now; `None`: they may not, or it isn’t open for that.
async fn opened_as(platform: &Platform, actor: &Actor, org: OrgId) -> Result<Option<OrgTx>> {
    match OrgTx::open(platform, actor, OrgRef::Id(org), &permissions::CHANGE, Access::Read).await {
        Ok(tx) => Ok(tx.check_goes_on("no list takes mail").is_ok().then_some(tx)),
        Err(error) if error.code.status() < 500 => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts what a message brings on the disk; and what of it isn’t taken, in words.
async fn keep(
    platform: &Platform,
    org: OrgId,
    attachments: &[Attachment],
) -> Result<(Vec<(FileId, Judged)>, Vec<String>)> {
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    if attachments.is_empty() {
        return Ok((kept, left_out));
    }
    let actor = Actor::System("mail to a list");
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::CHANGE, Access::Read).await?;
    let keys = tx.keys().await?;
    tx.rollback().await?;
    for (at, attachment) in attachments.iter().enumerate() {
        let looked_at = if at < MOST_FILES { look_at(attachment).await? } else { None };
        if let Some((judged, content)) = looked_at {
            let id = FileId::new(platform.clock.now());
            platform.files.write(org, keys.clone(), files::content_of(id), content).await?;
            kept.push((id, judged));
        } else {
            let name: String = attachment.name.chars().filter(|c| !c.is_control()).take(100).collect();
            left_out.push(if name.is_empty() { "a file without a name".to_owned() } else { name });
        }
    }
    Ok((kept, left_out))
}

/// What an attachment is, with what is in it; `None`: it isn’t taken. That takes a while, and nobody else waits meanwhile.
async fn look_at(attachment: &Attachment) -> Result<Option<(Judged, Vec<u8>)>> {
    let content = BASE64.decode(attachment.content.as_bytes()).unwrap_or_default();
    let sent = SentFile { name: attachment.name.clone(), content };
    let look = move || files::judged(&sent).ok().map(|judged| (judged, sent.content));
    tokio::task::spawn_blocking(look).await.map_err(|_| AppError::internal())
}

#[expect(clippy::too_many_arguments, reason = "a message, from whom, for where, and what it brings")]
async fn write(
    platform: &Platform,
    actor: &Actor,
    org: OrgId,
    list: ListId,
    message: &Message,
    (name, sender): (&str, &str),
    kept: &[(FileId, Judged)],
    left_out: &[String],
) -> Result<Outcome> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Id(org), &permissions::CHANGE, Access::Write).await?;
    let hash = hash(&mut tx, &message.message_id).await?;
    if rows::mail(&mut tx, list, &hash).await?.is_some() {
        return Ok(Outcome::Again);
    }
    let list = access::list_to_change(&mut tx, list).await?;
    let mut said = said(message);
    if !left_out.is_empty() {
        format!("{said}\n\n(Not accepted: {}.)", left_out.join(", ")).trim().clone_into(&mut said);
    }
    let mut act = Act::new(&tx, "add");
    let mut desk = Desk::read(&mut tx).await?;
    let answered = match number_in(&message.subject).filter(|_| tx.user().is_some()) {
        Some(number) => match store::task_numbered(&mut tx, number).await? {
            Some(id) => access::tasks(&mut tx, [id]).await?.remove(&id),
            None => None,
        },
        None => None,
    };
    let answered = answered.filter(|task| task.list == list.id && task.trashed_at.is_none());
    let (task, outcome) = if let Some(task) = answered {
        if !said.is_empty() {
            let words: String = said.chars().take(comments::LONGEST).collect();
            let id = CommentId::new(tx.now());
            comments::add_in(&mut tx, &task, id, &words).await?;
        }
        (task.id, Outcome::Comment)
    } else {
        if tx.user().is_none() {
            let from = if name.is_empty() { sender.to_owned() } else { format!("{name} <{sender}>") };
            said = format!("From {from}\n\n{said}");
        }
        let id = add(&mut tx, &mut act, &mut desk, &list, &message.subject, &said).await?;
        (id, Outcome::Task)
    };
    for (id, judged) in kept {
        files::put(&mut tx, task, *id, judged).await?;
    }
    rows::insert_mail(&mut tx, list.id, &hash, task).await?;
    if outcome == Outcome::Comment && !kept.is_empty() {
        let touched = super::acts::touches(&tx);
        store::touch(&mut tx, task, touched).await?;
        tx.emit("tasks.task_changed", task.0).await?;
    }
    act.finish(&mut tx).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// Makes a task of a message. Marks in its subject are read where a member wrote them, and all of them can be told.
async fn add(tx: &mut OrgTx, act: &mut Act, desk: &mut Desk, list: &List, subject: &str, said: &str) -> Result<TaskId> {
    let subject = without_prefixes(subject);
    let subject = if subject.is_empty() { "An email without a subject".to_owned() } else { subject };
    let title: String = subject.chars().take(desk::LONGEST_TITLE).collect();
    let notes: String = said.chars().take(desk::LONGEST_NOTES).collect();
    let plain = AddBody { notes, ..AddBody::of(list.id, &title) };
    let (body, repeat) = match tx.user() {
        Some(_) => understood(tx, list, &subject, &plain).await?,
        None => (plain, None),
    };
    let id = TaskId::new(tx.now());
    let task = tasks::add_in(tx, act, desk, id, &body).await?;
    if let Some(rule) = repeat {
        series::begin_in(tx, act, &task, &rule).await?;
    }
    Ok(id)
}

async fn understood(tx: &mut OrgTx, list: &List, subject: &str, plain: &AddBody) -> Result<(AddBody, Option<String>)> {
    let (today, now) = access::today(tx)?;
    let quick = quick_add::read(subject, today, now);
    if quick.list.is_some() || quick.title.trim().is_empty() || quick.title.chars().count() > desk::LONGEST_TITLE {
        return Ok((plain.clone(), None));
    }
    let known = store::labels(tx).await?;
    let mut labels: BTreeSet<LabelId> = BTreeSet::new();
    for word in &quick.labels {
        match quick_add::choose(word, known.iter().map(|label| (label.id, label.name.as_str()))) {
            Choice::One(label) => labels.insert(label),
            _ => return Ok((plain.clone(), None)),
        };
    }
    let space = access::spaces(tx).await?.into_iter().find(|space| space.id == list.space_id);
    let people = lists::who_sees(tx, &space.ok_or_else(access::no_list)?).await?;
    let mut users: Vec<UserId> = Vec::new();
    for word in &quick.people {
        let one = match (word.as_str(), tx.user()) {
            ("me", Some(user)) => Choice::One(user),
            _ => quick_add::choose(word, people.iter().map(|who| (who.id, who.name.as_str()))),
        };
        match one {
            Choice::One(user) if !users.contains(&user) => users.push(user),
            Choice::One(_) => {}
            _ => return Ok((plain.clone(), None)),
        }
    }
    // What ends before anything would follow can’t repeat: then it is a subject as any other, and the message isn’t lost.
    let follows = |rule: &str, day: Date| Rule::parse(rule).is_ok_and(|rule| rule.next(day, day).is_some());
    if let (Some(rule), Some(day)) = (quick.repeat.as_deref(), quick.due_day)
        && !follows(rule, day)
    {
        return Ok((plain.clone(), None));
    }
    let responsible = if users.is_empty() { None } else { Some(users.remove(0)) };
    let shown = |time: Time| time.strftime("%H:%M").to_string();
    let body = AddBody {
        title: quick.title,
        start_day: quick.start_day.map(|day| day.to_string()),
        start_time: quick.start_time.map(shown),
        due_day: quick.due_day.map(|day| day.to_string()),
        due_time: quick.due_time.map(shown),
        priority: quick.priority.map_or(0, i64::from),
        estimate: quick.estimate_minutes,
        labels,
        responsible,
        people: users,
        ..plain.clone()
    };
    Ok((body, quick.repeat))
}

/// Who sent it: a name, and an address as it is compared; empty where there is none.
fn sender(from: &str) -> (String, String) {
    let (name, address) = match from.rsplit_once('<') {
        Some((name, rest)) => (name.trim().trim_matches('"').trim(), rest.split('>').next().unwrap_or_default()),
        None => ("", from),
    };
    let address = normalise_email(address);
    let is_one = address.len() <= 254
        && address.split_once('@').is_some_and(|(mailbox, domain)| !mailbox.is_empty() && domain.contains('.'))
        && !address.contains(char::is_whitespace);
    let name: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
    (name, if is_one { address } else { String::new() })
}

/// The word of a list’s address, if it is one.
fn word_in(to: &str, domain: &str) -> Option<String> {
    let (_, address) = sender(to);
    let (mailbox, at) = address.split_once('@')?;
    if at != domain {
        return None;
    }
    mailbox.strip_prefix(BEFORE).map(str::to_owned)
}

/// What a machine sent by itself isn’t answered, and makes nothing: two of them would go on for ever.
fn is_a_machines(message: &Message, sender: &str, domain: &str) -> bool {
    let is = |text: &Option<String>, words: &[&str]| {
        let text = text.as_deref().unwrap_or_default().trim().to_lowercase();
        words.iter().any(|word| text.starts_with(word))
    };
    let auto = is(&message.auto_submitted, &["auto-"]);
    let many = is(&message.precedence, &["bulk", "junk", "list", "auto_reply"]);
    let (mailbox, at) = sender.split_once('@').unwrap_or_default();
    auto || many || at == domain || ["mailer-daemon", "postmaster"].contains(&mailbox)
}

/// What a message says, without what it answers, and without who signs it.
fn said(message: &Message) -> String {
    let whole = if message.text.trim().is_empty() { of_mail(&message.html) } else { message.text.clone() };
    let whole = whole.replace("\r\n", "\n");
    let mut kept: Vec<&str> = Vec::new();
    for line in whole.lines() {
        let plain = line.trim();
        let quotes = plain.starts_with("-----Original Message")
            || plain.starts_with("________________________________")
            || plain.starts_with("On ") && plain.ends_with("wrote:")
            || line.trim_end() == "--"
            || line == "-- ";
        if quotes {
            break;
        }
        if !plain.starts_with('>') {
            kept.push(line.trim_end());
        }
    }
    let text: String = kept.join("\n").chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    text.trim().to_owned()
}

/// The number in a subject such as `Re: [T-12] Order paper`.
fn number_in(subject: &str) -> Option<i64> {
    let (_, rest) = subject.split_once("[T-")?;
    rest.split_once(']')?.0.parse().ok()
}

/// A subject without `Re:`, `Fwd:` and the like before it.
fn without_prefixes(subject: &str) -> String {
    let one_line: String = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut rest = one_line.trim();
    while let Some((before, after)) = rest.split_once(':') {
        if !["re", "fw", "fwd", "aw", "wg"].contains(&before.trim().to_lowercase().as_str()) {
            break;
        }
        rest = after.trim();
    }
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn hash(tx: &mut OrgTx, message_id: &str) -> Result<[u8; 32]> {
    Ok(tx.keys().await?.blind_index("tasks_mails", "message", message_id.trim()))
}

/// Nobody can guess one.
fn fresh_word() -> String {
    let mut left: u128 = rand::random();
    let mut word = String::with_capacity(20);
    for _ in 0..20 {
        let letter = usize::try_from(left % 32).ok().and_then(|at| LETTERS.get(at)).copied().unwrap_or(b'a');
        word.push(char::from(letter));
        left /= 32;
    }
    word
}

fn domain(platform: &Platform) -> Result<&str> {
    let inbound = platform.inbound().ok_or_else(|| AppError::not_found("any address for mail"))?;
    Ok(&inbound.domain)
}

fn mailbox(domain: &str, row: MailboxRow) -> Mailbox {
    Mailbox { address: address(domain, &row.word), takes: row.takes }
}

fn address(domain: &str, word: &str) -> String {
    format!("{BEFORE}{word}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_answers_is_cut() {
        let text = |text: &str| said(&Message { text: text.to_owned(), ..Message::default() });
        assert_eq!(text("Please order paper.\r\n\r\nThanks\r\n-- \r\nSam\r\n"), "Please order paper.\n\nThanks");
        assert_eq!(text("Done.\n\nOn Mon, 23 Nov 2026, Priya wrote:\n> Is it done?"), "Done.");
        assert_eq!(text("> quoted\nBelow it\n-----Original Message-----\nFrom: x"), "Below it");
        let html = |html: &str| said(&Message { html: html.to_owned(), ..Message::default() });
        assert_eq!(html("<p>One</p><p>Two</p>"), "One\n\nTwo");
        assert_eq!(html("<style>a { color: red }</style><div>One</div><div>Two</div>"), "One\nTwo");
    }

    #[test]
    fn subjects_are_read_as_people_write_them() {
        assert_eq!(without_prefixes("Re: FWD:  Order\r\npaper: A4 "), "Order paper: A4");
        assert_eq!(number_in("Re: [T-12] Order paper"), Some(12));
        assert_eq!((number_in("[T-x]"), number_in("T-12")), (None, None));
    }

    #[test]
    fn machines_are_left_alone() {
        let of = |auto: Option<&str>, precedence: Option<&str>| Message {
            auto_submitted: auto.map(str::to_owned),
            precedence: precedence.map(str::to_owned),
            ..Message::default()
        };
        assert!(is_a_machines(&of(Some("auto-replied"), None), "a@b.example", "in.example"));
        assert!(is_a_machines(&of(None, Some("Bulk")), "a@b.example", "in.example"));
        assert!(is_a_machines(&of(None, None), "MAILER-DAEMON@b.example".to_lowercase().as_str(), "in.example"));
        assert!(is_a_machines(&of(None, None), "list+x@in.example", "in.example"));
        assert!(!is_a_machines(&of(Some("no"), Some("normal")), "a@b.example", "in.example"));
    }

    #[test]
    fn addresses_are_told_apart() {
        assert_eq!(
            sender("\"Lee, Sam\" <Sam@Clinic.example>"),
            ("Lee, Sam".to_owned(), "sam@clinic.example".to_owned())
        );
        assert_eq!(sender("nobody"), (String::new(), String::new()));
        assert_eq!(word_in("Front desk <LIST+abc@in.example>", "in.example").as_deref(), Some("abc"));
        assert_eq!(word_in("<LIST+abc@in.clinic.example>", "in.clinic.example").as_deref(), Some("abc"));
        assert_eq!(word_in("list+abc@evil.example", "in.clinic.example"), None);
        let word = fresh_word();
        assert!(word.len() == 20 && word.bytes().all(|byte| LETTERS.contains(&byte)) && word != fresh_word());
    }
}
