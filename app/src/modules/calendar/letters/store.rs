//! Statements about letters: one function each.

use uuid::Uuid;

use super::{kinds::Kind, template::Wording};
use crate::{
    clock::Instant,
    db::DbError,
    ids::{UserId, fresh},
    mail::MailId,
    modules::calendar::ids::{AppointmentId, StaffId},
    org::OrgTx,
    sql,
};

/// A letter that went out, as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Message {
    /// The word of a [`Kind`].
    pub kind: String,
    /// In the outbox; `None`: it went as a text message.
    pub letter_id: Option<MailId>,
    /// Somebody had it sent again.
    pub by_hand: bool,
    /// When it was written.
    pub created_at: Instant,
}

/// Something that is written later.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Reminder {
    /// Its id.
    pub id: Uuid,
    /// About which appointment.
    pub appointment_id: AppointmentId,
    /// `reminder` or `follow_up`.
    pub kind: String,
    /// So many before the start, or after the end.
    pub hours: i64,
    /// When.
    pub due_at: Instant,
    /// It needs nothing more.
    pub done_at: Option<Instant>,
    /// What came of it; empty: nothing yet.
    pub outcome: String,
}

/// What somebody who can be booked is told.
#[expect(clippy::struct_excessive_bools, reason = "each is switched by itself")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaffLetters {
    /// That they are booked.
    pub booked: bool,
    /// That an appointment is at another time.
    pub moved: bool,
    /// That a client cancelled.
    pub cancelled: bool,
    /// That a booking waits for a yes.
    pub to_confirm: bool,
    /// Of their day, at this hour of it on the business’s clock.
    pub agenda_hour: Option<i64>,
}

impl Default for StaffLetters {
    fn default() -> Self {
        Self { booked: true, moved: true, cancelled: true, to_confirm: true, agenda_hour: None }
    }
}

/// Somebody who can be booked and is a member, and what they are told.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Told {
    /// Who.
    pub id: StaffId,
    /// As clients know them.
    pub name: String,
    /// The member.
    pub user_id: UserId,
    booked: Option<bool>,
    moved: Option<bool>,
    cancelled: Option<bool>,
    to_confirm: Option<bool>,
    agenda_hour: Option<i64>,
}

impl Told {
    /// What they are told.
    pub fn letters(&self) -> StaffLetters {
        StaffLetters {
            booked: self.booked.unwrap_or(true),
            moved: self.moved.unwrap_or(true),
            cancelled: self.cancelled.unwrap_or(true),
            to_confirm: self.to_confirm.unwrap_or(true),
            agenda_hour: self.agenda_hour,
        }
    }
}

/// Notes that a letter about an appointment was written.
pub async fn add_message(
    tx: &mut OrgTx,
    appointment: AppointmentId,
    kind: Kind,
    letter: Option<MailId>,
    by_hand: bool,
) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_messages (org_id, id, appointment_id, kind, letter_id, by_hand, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        fresh(now),
        appointment,
        kind.as_str(),
        letter,
        by_hand,
        now
    )
}

/// The letters about an appointment, the latest first, at most 50.
pub async fn messages(tx: &mut OrgTx, appointment: AppointmentId) -> Result<Vec<Message>, DbError> {
    sql!(
        all Message,
        tx,
        "SELECT kind, letter_id, by_hand, created_at FROM calendar_messages WHERE org_id = $1 AND appointment_id = $2 ORDER BY id DESC LIMIT 50",
        appointment
    )
}

/// The last letter of a kind about an appointment, if it is one in the outbox.
pub async fn last_letter(tx: &mut OrgTx, appointment: AppointmentId, kind: Kind) -> Result<Option<MailId>, DbError> {
    let found = sql!(
        optional(Option<MailId>, Instant),
        tx,
        "SELECT letter_id, created_at FROM calendar_messages WHERE org_id = $1 AND appointment_id = $2 AND kind = $3 ORDER BY id DESC LIMIT 1",
        appointment,
        kind.as_str()
    )?;
    Ok(found.and_then(|(letter, _)| letter))
}

/// Forgets that a letter was written.
pub async fn drop_message(tx: &mut OrgTx, appointment: AppointmentId, letter: MailId) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "DELETE FROM calendar_messages WHERE org_id = $1 AND appointment_id = $2 AND letter_id = $3",
        appointment,
        letter
    )
}

/// Drops the text messages about an appointment, those that wait too.
pub async fn drop_texts(tx: &mut OrgTx, appointment: AppointmentId) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_texts WHERE org_id = $1 AND appointment_id = $2", appointment)
}

/// How many letters about an appointment were sent again by hand since an instant.
pub async fn by_hand_since(tx: &mut OrgTx, appointment: AppointmentId, since: Instant) -> Result<i64, DbError> {
    let (count,) = sql!(
        one(i64,),
        tx,
        "SELECT COUNT(*) FROM calendar_messages WHERE org_id = $1 AND appointment_id = $2 AND by_hand AND created_at > $3",
        appointment,
        since
    )?;
    Ok(count)
}

/// Something is to be written later.
pub async fn add_reminder(
    tx: &mut OrgTx,
    appointment: AppointmentId,
    kind: Kind,
    hours: i64,
    due_at: Instant,
) -> Result<u64, DbError> {
    let id = fresh(tx.now());
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_reminders (org_id, id, appointment_id, kind, hours, due_at) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        appointment,
        kind.as_str(),
        hours,
        due_at
    )
}

/// What was to be written later about an appointment isn’t, for this reason.
pub async fn drop_reminders(tx: &mut OrgTx, appointment: AppointmentId, why: &'static str) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_reminders SET done_at = $3, outcome = $4 WHERE org_id = $1 AND appointment_id = $2 AND done_at IS NULL",
        appointment,
        now,
        why
    )
}

/// What is, was or isn’t to be written later about an appointment, in order.
pub async fn reminders(tx: &mut OrgTx, appointment: AppointmentId) -> Result<Vec<Reminder>, DbError> {
    sql!(
        all Reminder,
        tx,
        "SELECT id, appointment_id, kind, hours, due_at, done_at, outcome FROM calendar_reminders WHERE org_id = $1 AND appointment_id = $2 ORDER BY due_at, id LIMIT 100",
        appointment
    )
}

/// Something that is to be written later, if that is still so.
pub async fn waiting_reminder(tx: &mut OrgTx, id: Uuid) -> Result<Option<Reminder>, DbError> {
    sql!(
        optional Reminder,
        tx,
        "SELECT id, appointment_id, kind, hours, due_at, done_at, outcome FROM calendar_reminders WHERE org_id = $1 AND id = $2 AND done_at IS NULL",
        id
    )
}

/// Takes it: nobody else does. 0 rows: somebody else did.
pub async fn finish_reminder(tx: &mut OrgTx, id: Uuid, outcome: &'static str) -> Result<u64, DbError> {
    let now = tx.now();
    sql!(
        exec,
        tx,
        "UPDATE calendar_reminders SET done_at = $3, outcome = $4 WHERE org_id = $1 AND id = $2 AND done_at IS NULL",
        id,
        now,
        outcome
    )
}

/// Of one request, the appointments that stand: which, from, until, and how often each was changed.
pub async fn of_series(tx: &mut OrgTx, series: Uuid) -> Result<Vec<(AppointmentId, Instant, Instant, i64)>, DbError> {
    sql!(
        all(AppointmentId, Instant, Instant, i64),
        tx,
        "SELECT id, starts_at, ends_at, version FROM calendar_appointments WHERE org_id = $1 AND series_id = $2 AND status = 'booked' ORDER BY starts_at, id LIMIT 60",
        series
    )
}

/// How the organisation words a kind, with the version; `None`: as we do.
pub async fn template(tx: &mut OrgTx, kind: Kind) -> Result<Option<(Wording, i64)>, DbError> {
    let found = sql!(
        optional(String, String, i64),
        tx,
        "SELECT subject, body, version FROM calendar_templates WHERE org_id = $1 AND kind = $2",
        kind.as_str()
    )?;
    Ok(found.map(|(subject, body, version)| (Wording { subject, body }, version)))
}

/// All that the organisation words itself.
pub async fn templates(tx: &mut OrgTx) -> Result<Vec<(String, String, String, i64)>, DbError> {
    sql!(
        all(String, String, String, i64),
        tx,
        "SELECT kind, subject, body, version FROM calendar_templates WHERE org_id = $1 ORDER BY kind"
    )
}

/// Words a kind, if that is unchanged since `version` (0: it was as we do). 0 rows: it has changed.
pub async fn save_template(tx: &mut OrgTx, kind: Kind, wording: &Wording, version: i64) -> Result<u64, DbError> {
    if version == 0 {
        return sql!(
            exec,
            tx,
            "INSERT INTO calendar_templates (org_id, kind, subject, body, version) VALUES ($1, $2, $3, $4, 1) ON CONFLICT (org_id, kind) DO NOTHING",
            kind.as_str(),
            wording.subject.as_str(),
            wording.body.as_str()
        );
    }
    sql!(
        exec,
        tx,
        "UPDATE calendar_templates SET subject = $3, body = $4, version = version + 1 WHERE org_id = $1 AND kind = $2 AND version = $5",
        kind.as_str(),
        wording.subject.as_str(),
        wording.body.as_str(),
        version
    )
}

/// Words a kind as we do again.
pub async fn delete_template(tx: &mut OrgTx, kind: Kind) -> Result<u64, DbError> {
    sql!(exec, tx, "DELETE FROM calendar_templates WHERE org_id = $1 AND kind = $2", kind.as_str())
}

/// Somebody who can be booked, if they are a member, with what they are told.
pub async fn told(tx: &mut OrgTx, staff: StaffId) -> Result<Option<Told>, DbError> {
    sql!(
        optional Told,
        tx,
        "SELECT s.id, s.name, s.user_id, l.booked, l.moved, l.cancelled, l.to_confirm, l.agenda_hour
         FROM calendar_staff AS s LEFT JOIN calendar_staff_letters AS l ON l.org_id = s.org_id AND l.staff_id = s.id
         WHERE s.org_id = $1 AND s.id = $2 AND s.user_id IS NOT NULL",
        staff
    )
}

/// Who else takes part in an appointment, beside the one it is with.
pub async fn also_with(tx: &mut OrgTx, appointment: AppointmentId) -> Result<Vec<(StaffId,)>, DbError> {
    sql!(
        all(StaffId,),
        tx,
        "SELECT staff_id FROM calendar_takes WHERE org_id = $1 AND appointment_id = $2 AND staff_id IS NOT NULL ORDER BY staff_id LIMIT 50",
        appointment
    )
}

/// All who can be booked and are members.
pub async fn all_told(tx: &mut OrgTx) -> Result<Vec<Told>, DbError> {
    sql!(
        all Told,
        tx,
        "SELECT s.id, s.name, s.user_id, l.booked, l.moved, l.cancelled, l.to_confirm, l.agenda_hour
         FROM calendar_staff AS s LEFT JOIN calendar_staff_letters AS l ON l.org_id = s.org_id AND l.staff_id = s.id
         WHERE s.org_id = $1 AND s.user_id IS NOT NULL ORDER BY s.position, s.name, s.id"
    )
}

/// Sets what somebody is told; `agenda_at`: when they are next told of their day.
pub async fn save_told(
    tx: &mut OrgTx,
    staff: StaffId,
    letters: StaffLetters,
    agenda_at: Option<Instant>,
) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "INSERT INTO calendar_staff_letters (org_id, staff_id, booked, moved, cancelled, to_confirm, agenda_hour, agenda_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (org_id, staff_id) DO UPDATE SET booked = excluded.booked, moved = excluded.moved, cancelled = excluded.cancelled, to_confirm = excluded.to_confirm,
           agenda_hour = excluded.agenda_hour, agenda_at = excluded.agenda_at",
        staff,
        letters.booked,
        letters.moved,
        letters.cancelled,
        letters.to_confirm,
        letters.agenda_hour,
        agenda_at
    )
}

/// When somebody is next told of their day, and at which hour, if that is due.
pub async fn due_agenda(tx: &mut OrgTx, staff: StaffId) -> Result<Option<(Instant, i64)>, DbError> {
    let now = tx.now();
    sql!(
        optional(Instant, i64),
        tx,
        "SELECT agenda_at, agenda_hour FROM calendar_staff_letters WHERE org_id = $1 AND staff_id = $2 AND agenda_at <= $3",
        staff,
        now
    )
}

/// Takes it: the next is then. 0 rows: somebody else did.
pub async fn finish_agenda(tx: &mut OrgTx, staff: StaffId, before: Instant, next_at: Instant) -> Result<u64, DbError> {
    sql!(
        exec,
        tx,
        "UPDATE calendar_staff_letters SET agenda_at = $4 WHERE org_id = $1 AND staff_id = $2 AND agenda_at = $3",
        staff,
        before,
        next_at
    )
}

/// Whether the organisation has the module, as it is turned on and off.
pub async fn has_module(tx: &mut OrgTx) -> Result<bool, DbError> {
    let found =
        sql!(optional(String,), tx, "SELECT module FROM org_modules WHERE org_id = $1 AND module = 'calendar'")?;
    Ok(found.is_some())
}
