//! Inviting somebody to belong to an organisation: by mail, with what they are to be allowed. The link in the letter is good once,
//! for a week, and only for whoever has that address.

use super::members::{self, Checked, Given};
use crate::{
    audit::Detail,
    auth::{
        accounts,
        log_in::{self, Admitted, Browser},
        password,
        secret_token::{Kind, SecretToken},
        session,
        standing::{Elevated, LoggedIn, Standing},
        throttle::{self, Subject},
    },
    clock::Instant,
    crypto::{DataKeys, Place, normalise_email},
    db::{Access, DbError},
    error::{AppError, Code, FieldErrors, Result},
    id,
    ids::{OrgId, UserId},
    mail::{self, Letter},
    org::{Actor, OrgRef, OrgTx, Role},
    permissions,
    platform::{PLATFORM_OWNER, Platform},
    platform_sql, sql,
    web::check_own_name,
};

id!(
    /// An invitation.
    InvitationId
);

/// An invitation can be taken up for a week.
const LIFE_SECONDS: i64 = 7 * 24 * 60 * 60;
/// So many can be open at a time.
const MOST_OPEN: usize = 100;
const NO_SEAT: &str =
    "Every seat of your plan is taken. Add one under Settings, then Plan and billing, or remove somebody who has left.";

/// An invitation that nobody has answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Whom it is for.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// Who invited them.
    pub by: UserId,
    /// It can be taken up until then.
    pub until: Instant,
    /// The newest letter with an invitation to that address came back, or nobody took it.
    pub undelivered: bool,
}

/// An invitation as whoever has its link sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The organisation's name.
    pub org_name: String,
    /// Who invited them.
    pub by: String,
    /// For this address.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// Who is logged in, as far as it matters.
    pub you: You,
    /// They can have a seat.
    pub seat_free: bool,
}

/// Who looks at an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum You {
    /// Whom it is for, logged in.
    Invited,
    /// Somebody else, logged in.
    Another,
    /// Nobody is logged in; whom it is for has an account.
    Known,
    /// Nobody is logged in; whom it is for has no account yet.
    New,
}

/// Invites somebody.
///
/// # Errors
/// 422 at `email`, `role`, `grants` or `modules`; 403 for what whoever invites may not give; 409 for who belongs or is invited
/// already, or where no seat is free; 429 for too many; 402 where the plan has ended, and for an organisation that is suspended.
pub async fn invite(platform: &Platform, by: Elevated, org: &str, email: &str, given: &Given) -> Result<()> {
    let email = check(email)?;
    count(platform, by, org).await?;
    let mut tx = members::open(platform, by, org).await?;
    tx.check_goes_on("it invites nobody")?;
    let checked = members::check(&mut tx, given, None).await?;
    check_is_new(&mut tx, email).await?;
    let waiting = open_ones(&mut tx).await?.len();
    if waiting >= MOST_OPEN {
        return Err(AppError::conflict("A hundred invitations are open. Withdraw some that nobody will take up."));
    }
    members::seats(&mut tx).await?.check_one_free(NO_SEAT)?;
    let id = InvitationId::new(tx.now());
    let token = SecretToken::generate(Kind::Mailed);
    let (index, sealed) = (index(platform, &mut tx, email).await?, tx.keys().await?.seal(place(id), email));
    let now = tx.now();
    make_room(&mut tx, &index).await?;
    let made = sql!(
        exec,
        &mut tx,
        "INSERT INTO invitations (org_id, id, email, email_index, role, grants, modules, token_hash, invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        id,
        sealed,
        index,
        checked.role.as_str(),
        checked.grants.as_str(),
        checked.modules.as_str(),
        token.hash().to_vec(),
        by.person().user(),
        now,
        now.plus_seconds(LIFE_SECONDS)
    );
    match made {
        Err(DbError::Unique) => return Err(invited_already()),
        other => other?,
    };
    let detail = Detail::default().with("role", checked.role.as_str());
    tx.audit("platform.invited", id.0, &detail).await?;
    write(platform, &mut tx, by.person().user(), email, &token).await?;
    tx.commit().await
}

/// Sends an invitation once more, with another link; the one before is good no longer.
///
/// # Errors
/// 404 for one that was answered or withdrawn; 403 for one to a role above one's own; 429 for too many; 402 as [`invite`].
pub async fn send_again(platform: &Platform, by: Elevated, org: &str, id: InvitationId) -> Result<()> {
    count(platform, by, org).await?;
    let mut tx = members::open(platform, by, org).await?;
    tx.check_goes_on("it invites nobody")?;
    let invitation = one(&mut tx, id).await?;
    let token = SecretToken::generate(Kind::Mailed);
    let until = tx.now().plus_seconds(LIFE_SECONDS);
    // From now on it stands by whoever sent it last.
    let user = by.person().user();
    keep_replaced(&mut tx, id).await?;
    sql!(
        exec,
        &mut tx,
        "UPDATE invitations SET token_hash = $3, expires_at = $4, invited_by = $5 WHERE org_id = $1 AND id = $2",
        id,
        token.hash().to_vec(),
        until,
        user
    )?;
    tx.audit("platform.invited_again", id.0, &Detail::default()).await?;
    write(platform, &mut tx, user, &invitation.email, &token).await?;
    tx.commit().await
}

/// Sends an invitation to another address, with another link; the one before is good no longer. What it offers stays.
///
/// # Errors
/// 422 at `email`; 404, 403, 429 and 402 as [`send_again`].
pub async fn change_address(platform: &Platform, by: Elevated, org: &str, id: InvitationId, email: &str) -> Result<()> {
    let email = check(email)?;
    count(platform, by, org).await?;
    let mut tx = members::open(platform, by, org).await?;
    tx.check_goes_on("it invites nobody")?;
    one(&mut tx, id).await?;
    check_is_new(&mut tx, email).await?;
    let token = SecretToken::generate(Kind::Mailed);
    let (index, sealed) = (index(platform, &mut tx, email).await?, tx.keys().await?.seal(place(id), email));
    let (until, user) = (tx.now().plus_seconds(LIFE_SECONDS), by.person().user());
    let other = sql!(
        optional(InvitationId,),
        &mut tx,
        "SELECT id FROM invitations WHERE org_id = $1 AND email_index = $2",
        index.clone()
    )?;
    // Its own may be out of date, too, and is the one to be changed.
    if other.is_some_and(|(other,)| other != id) {
        make_room(&mut tx, &index).await?;
    }
    let changed = sql!(
        exec,
        &mut tx,
        "UPDATE invitations SET email = $3, email_index = $4, token_hash = $5, expires_at = $6, invited_by = $7 WHERE org_id = $1 AND id = $2",
        id,
        sealed,
        index,
        token.hash().to_vec(),
        until,
        user
    );
    match changed {
        Err(DbError::Unique) => return Err(invited_already()),
        other => other?,
    };
    // Whoever has a letter at the address of before was sent no newer one.
    sql!(exec, &mut tx, "DELETE FROM replaced_invitations WHERE org_id = $1 AND invitation_id = $2", id)?;
    tx.audit("platform.invited_again", id.0, &Detail::default().with("address", "changed")).await?;
    write(platform, &mut tx, user, email, &token).await?;
    tx.commit().await
}

/// Withdraws an invitation: its link is good no longer.
///
/// # Errors
/// 404 for one that was answered or withdrawn; 403 for one to a role above one's own.
pub async fn withdraw(platform: &Platform, by: Elevated, org: &str, id: InvitationId) -> Result<()> {
    let mut tx = members::open(platform, by, org).await?;
    one(&mut tx, id).await?;
    sql!(exec, &mut tx, "DELETE FROM invitations WHERE org_id = $1 AND id = $2", id)?;
    tx.audit("platform.invitation_withdrawn", id.0, &Detail::default()).await?;
    tx.commit().await
}

/// The invitations that nobody has answered yet, the newest first; those out of date, too.
///
/// # Errors
/// The database is busy.
pub async fn open_ones(tx: &mut OrgTx) -> Result<Vec<Invitation>> {
    let keys = tx.keys().await?;
    let rows = sql!(
        all OpenRow,
        &mut *tx,
        "SELECT id, email, role, grants, modules, invited_by, expires_at,
                COALESCE((SELECT mails.state IN ('bounced', 'given_up') FROM mails
                          WHERE mails.recipient = invitations.email_index AND mails.kind = 'people.invited'
                          ORDER BY mails.created_at DESC, mails.id DESC LIMIT 1), FALSE) AS undelivered
         FROM invitations WHERE org_id = $1 ORDER BY created_at DESC, id"
    )?;
    let opened =
        |OpenRow { row, undelivered }: &OpenRow| Ok(Invitation { undelivered: *undelivered, ..row.opened(&keys)? });
    rows.iter().map(opened).collect()
}

/// What an invitation offers, and what whoever has its link can do.
///
/// # Errors
/// 410 for a link that was used, replaced or is too old, 404 for one that doesn't work.
pub async fn look(platform: &Platform, standing: Standing, token: &str) -> Result<Invited> {
    let (mut tx, row) = find(platform, token, Access::Read).await?;
    let keys = tx.keys().await?;
    let invitation = row.opened(&keys)?;
    let index = index(platform, &mut tx, &invitation.email).await?;
    let account = account(&mut tx, &index).await?;
    let by = accounts::person_in(platform, tx.platform_part(), invitation.by).await?.name;
    let you = match (standing.logged_in(), account) {
        (Ok(person), Some(user)) if person.user() == user => You::Invited,
        (Ok(_), _) => You::Another,
        (Err(_), Some(_)) => You::Known,
        (Err(_), None) => You::New,
    };
    let seat_free = members::seats(&mut tx).await?.is_one_free();
    let org_name = tx.org().name.clone();
    let invited = Invited { org_name, by, email: invitation.email, role: invitation.role, you, seat_free };
    tx.rollback().await?;
    Ok(invited)
}

/// Takes an invitation up with the account that one has. Gives the page where they begin.
///
/// # Errors
/// 410 for a link that was used or is too old, 404 for one that doesn't work; 403 for an invitation to somebody else; 409 where no seat is free.
pub async fn accept(platform: &Platform, person: LoggedIn, token: &str) -> Result<String> {
    let (mut tx, row) = find(platform, token, Access::Write).await?;
    let keys = tx.keys().await?;
    let email = row.opened(&keys)?.email;
    let index = index(platform, &mut tx, &email).await?;
    if account(&mut tx, &index).await? != Some(person.user()) {
        return Err(AppError::new(
            Code::Forbidden,
            "This invitation is for somebody else. Log in with the address that it was sent to.",
        ));
    }
    take(&mut tx, row, person.user()).await?;
    let slug = tx.org().slug.clone();
    tx.commit().await?;
    // The strictest of their organisations says when an idle session ends.
    session::set_idle(platform, person.user()).await?;
    let mut theirs = accounts::orgs_of(platform, person.user()).await?.into_iter();
    Ok(theirs.find(|org| org.slug == slug).map_or_else(|| "/app".to_owned(), |org| org.home()))
}

/// Takes an invitation up with a new account, and logs in. Whoever has the link reads mail at its address.
///
/// # Errors
/// 422 at `name` or `password`; 404 for a link that doesn't work; 409 where the address has an account, or no seat is free.
pub async fn join(platform: &Platform, token: &str, name: &str, password: &str, browser: &Browser) -> Result<Admitted> {
    let (mut tx, row) = find(platform, token, Access::Read).await?;
    let keys = tx.keys().await?;
    let email = row.opened(&keys)?.email;
    tx.rollback().await?;
    let mut errors = FieldErrors::default();
    if name.trim().is_empty() {
        errors.add("name", "Enter your name.");
    }
    let name = errors.take("name", check_own_name(name));
    errors.take("password", password::check_new(password, &[&name, &email]));
    errors.finish()?;
    let hash = log_in::hashed(password).await?;

    let (mut tx, row) = find(platform, token, Access::Write).await?;
    let now = tx.now();
    let account = tx.platform_part();
    let user = accounts::insert_user(platform, account, &email, &name, hash).await.map_err(|error| {
        if error.code == Code::Conflict {
            AppError::conflict("There is an account with this address already. Log in with it, then join.")
        } else {
            error
        }
    })?;
    platform_sql!(exec, account, "UPDATE users SET email_confirmed_at = $2 WHERE id = $1", user, now)?;
    take(&mut tx, row, user).await?;
    tx.commit().await?;
    log_in::first_time(platform, user, browser).await
}

/// Forgets invitations that nobody took up, a month after their time; and that one was, a quarter of a year after.
///
/// # Errors
/// The database is busy.
pub async fn sweep(platform: &Platform) -> Result<()> {
    const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
    let before = platform.clock.now().plus_seconds(-KEPT_SECONDS);
    let mut tx = platform.begin_across_orgs(Access::Write).await?;
    platform_sql!(exec, &mut tx, "DELETE FROM invitations WHERE expires_at < $1", before)?;
    let before = platform.clock.now().plus_seconds(-3 * KEPT_SECONDS);
    platform_sql!(exec, &mut tx, "DELETE FROM used_invitations WHERE used_at < $1", before)?;
    Ok(tx.commit().await?)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: InvitationId,
    email: Vec<u8>,
    role: String,
    grants: String,
    modules: String,
    invited_by: UserId,
    expires_at: Instant,
}

/// One with what became of its letter.
#[derive(sqlx::FromRow)]
struct OpenRow {
    #[sqlx(flatten)]
    row: Row,
    undelivered: bool,
}

impl Row {
    fn opened(&self, keys: &DataKeys) -> Result<Invitation> {
        let email = keys.open(place(self.id), &self.email).map_err(|error| {
            tracing::error!(%error, id = %self.id, "an invitation can’t be read");
            AppError::internal()
        })?;
        let role = Role::parse(&self.role).ok_or_else(AppError::internal)?;
        let (by, until) = (self.invited_by, self.expires_at);
        Ok(Invitation { id: self.id, email, role, by, until, undelivered: false })
    }
}

/// The invitation that a link is for, in its organisation. Who has a link that was used, is too old, or has a newer one after it, reads
/// which of them it is; one that was withdrawn is like one that never was.
async fn find(platform: &Platform, token: &str, access: Access) -> Result<(OrgTx, Row)> {
    let hash = SecretToken::parse(Kind::Mailed, token).map_err(|_| gone())?.hash().to_vec();
    let mut across = platform.begin_across_orgs(Access::Read).await?;
    let found = platform_sql!(
        optional(OrgId,),
        &mut across,
        "SELECT org_id FROM invitations WHERE token_hash = $1 UNION SELECT org_id FROM used_invitations WHERE token_hash = $1
         UNION SELECT org_id FROM replaced_invitations WHERE token_hash = $1",
        hash.clone()
    )?;
    across.commit().await?;
    let (org,) = found.ok_or_else(gone)?;
    let actor = Actor::System("an invitation");
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::ENTER, access).await?;
    // One that is to be deleted takes nobody in.
    if tx.org().closes_at.is_some() {
        return Err(gone());
    }
    let now = tx.now();
    let row = sql!(
        optional Row,
        &mut tx,
        "SELECT id, email, role, grants, modules, invited_by, expires_at FROM invitations WHERE org_id = $1 AND token_hash = $2",
        hash.clone()
    )?;
    match row {
        Some(row) if row.expires_at > now => Ok((tx, row)),
        Some(row) => Err(expired(&mut tx, row.invited_by).await?),
        None => match replaced(&mut tx, hash.clone()).await? {
            Some(words) => Err(words),
            None => Err(used(&mut tx, hash).await?),
        },
    }
}

/// Keeps the link that an invitation has until now: who opens it afterwards is told of the newer one.
async fn keep_replaced(tx: &mut OrgTx, id: InvitationId) -> Result<()> {
    let found = sql!(optional Hash, &mut *tx, "SELECT token_hash FROM invitations WHERE org_id = $1 AND id = $2", id)?;
    let Some((hash,)) = found else { return Ok(()) };
    let now = tx.now();
    sql!(
        exec,
        &mut *tx,
        "INSERT INTO replaced_invitations (org_id, token_hash, invitation_id, replaced_at) VALUES ($1, $2, $3, $4)",
        hash,
        id,
        now
    )?;
    Ok(())
}

/// Who has a link of before a newer one was mailed to the same address is told so.
async fn replaced(tx: &mut OrgTx, hash: Vec<u8>) -> Result<Option<AppError>> {
    let found = sql!(
        optional(InvitationId,),
        &mut *tx,
        "SELECT invitation_id FROM replaced_invitations WHERE org_id = $1 AND token_hash = $2",
        hash
    )?;
    let name = tx.org().name.clone();
    Ok(found.map(|_| {
        AppError::new(
            Code::Gone,
            format!(
                "This invitation to {name} was sent again since, and only the newest link is good. Look for a newer email with it, and open that."
            ),
        )
    }))
}

/// Who has an invitation that is too old can have another.
async fn expired(tx: &mut OrgTx, by: UserId) -> Result<AppError> {
    let (name, ask) = (tx.org().name.clone(), whom_to_ask(tx, by).await?);
    Ok(AppError::new(
        Code::Gone,
        format!(
            "This invitation to {name} was good for a week, and has expired. Ask {ask} to send it again. If you belong already, log in."
        ),
    ))
}

/// Who has one that was used is who used it, or should know that somebody did.
async fn used(tx: &mut OrgTx, hash: Vec<u8>) -> Result<AppError> {
    let by = sql!(
        optional(UserId,),
        &mut *tx,
        "SELECT invited_by FROM used_invitations WHERE org_id = $1 AND token_hash = $2",
        hash
    )?;
    let Some((by,)) = by else { return Ok(gone()) };
    let (name, ask) = (tx.org().name.clone(), whom_to_ask(tx, by).await?);
    Ok(AppError::new(
        Code::Gone,
        format!(
            "This invitation to {name} was used already. If that was you, you belong: log in. If it wasn’t, please tell {ask}."
        ),
    ))
}

/// Who invited, if they still manage people; or else the owner.
async fn whom_to_ask(tx: &mut OrgTx, by: UserId) -> Result<String> {
    let all = members::all(tx).await?;
    let theirs = all.iter().find(|member| member.user == by && member.role >= Role::Admin);
    let ask = theirs.or_else(|| all.iter().find(|member| member.role == Role::Owner));
    Ok(ask.map_or_else(|| "whoever invited you".to_owned(), |member| member.name.clone()))
}

/// The hash of a link.
type Hash = (Vec<u8>,);

/// Uses the invitation up and gives the seat: both, or neither. Whoever invited must still be able to.
async fn take(tx: &mut OrgTx, row: Row, user: UserId) -> Result<()> {
    let taken = sql!(
        optional Hash,
        &mut *tx,
        "DELETE FROM invitations WHERE org_id = $1 AND id = $2 RETURNING token_hash",
        row.id
    )?;
    let Some((hash,)) = taken else { return Err(gone()) };
    let now = tx.now();
    sql!(
        exec,
        &mut *tx,
        "INSERT INTO used_invitations (org_id, id, token_hash, invited_by, used_at) VALUES ($1, $2, $3, $4, $5)",
        row.id,
        hash,
        row.invited_by,
        now
    )?;
    let role = Role::parse(&row.role).ok_or_else(AppError::internal)?;
    let by = sql!(
        optional(String,),
        &mut *tx,
        "SELECT role FROM memberships WHERE org_id = $1 AND user_id = $2",
        row.invited_by
    )?;
    let may = by.and_then(|(role,)| Role::parse(&role)).is_some_and(|by| by >= Role::Admin && by >= role);
    if !may {
        return Err(gone());
    }
    members::belong(tx, user, &Checked { role, grants: row.grants, modules: row.modules }).await?;
    tx.audit("platform.joined", user.0, &Detail::default().with("role", role.as_str())).await
}

/// An address that somebody can be written to at.
fn check(email: &str) -> Result<&str> {
    let email = email.trim();
    if email.is_empty() {
        return Err(AppError::field("email", "Enter their email address."));
    }
    if !log_in::is_email(email) {
        return Err(AppError::field("email", "Enter an email address like name@example.com.au."));
    }
    Ok(email)
}

/// Whoever belongs already isn't invited.
async fn check_is_new(tx: &mut OrgTx, email: &str) -> Result<()> {
    let all = members::all(tx).await?;
    if all.iter().any(|member| normalise_email(&member.email) == normalise_email(email)) {
        return Err(AppError::field("email", "They belong to your organisation already."));
    }
    Ok(())
}

/// An invitation to that address that is out of date makes room for another.
async fn make_room(tx: &mut OrgTx, index: &[u8]) -> Result<()> {
    let now = tx.now();
    sql!(
        exec,
        &mut *tx,
        "DELETE FROM invitations WHERE org_id = $1 AND email_index = $2 AND expires_at <= $3",
        index.to_vec(),
        now
    )?;
    Ok(())
}

fn invited_already() -> AppError {
    AppError::field("email", "They are invited already. Send that invitation again instead.")
}

/// An invitation that nobody has answered yet, for who may send it again.
///
/// # Errors
/// 404 for one that was answered or withdrawn; 403 for one to a role above one's own.
pub async fn one(tx: &mut OrgTx, id: InvitationId) -> Result<Invitation> {
    let all = open_ones(tx).await?;
    let found = all.into_iter().find(|invitation| invitation.id == id);
    let found = found.ok_or_else(|| AppError::not_found("that invitation"))?;
    if tx.role().is_some_and(|role| role >= found.role) { Ok(found) } else { Err(members::above()) }
}

/// Whose account has this address.
async fn account(tx: &mut OrgTx, index: &[u8]) -> Result<Option<UserId>> {
    let account = tx.platform_part();
    let found =
        platform_sql!(optional(UserId,), account, "SELECT id FROM users WHERE email_index = $1", index.to_vec())?;
    Ok(found.map(|(user,)| user))
}

/// The index under which an account with this address is found.
async fn index(platform: &Platform, tx: &mut OrgTx, email: &str) -> Result<Vec<u8>> {
    let keys = platform.data_keys(tx.platform_part(), PLATFORM_OWNER).await?;
    Ok(keys.blind_index("users", "email", &normalise_email(email)).to_vec())
}

/// An organisation's letters go to strangers: a hundred an hour, then slower. Only who may invite is counted.
async fn count(platform: &Platform, by: Elevated, org: &str) -> Result<()> {
    let actor = Actor::User(by.person().user());
    let mut tx = OrgTx::before_a_change(platform, &actor, OrgRef::Slug(org), &permissions::MANAGE_PEOPLE).await?;
    let keys = platform.data_keys(tx.platform_part(), PLATFORM_OWNER).await?;
    let subject = Subject::new(&keys, throttle::Kind::Organisation, &format!("invite {}", tx.id()));
    tx.rollback().await?;
    let _stays_counted = throttle::count(platform, vec![subject]).await?;
    Ok(())
}

async fn write(platform: &Platform, tx: &mut OrgTx, by: UserId, email: &str, token: &SecretToken) -> Result<()> {
    let by = accounts::person_in(platform, tx.platform_part(), by).await?.name;
    let name = tx.org().name.clone();
    let letter = letter(&platform.origin, email.to_owned(), &by, &name, &token.reveal());
    let until = tx.now().plus_seconds(LIFE_SECONDS);
    mail::queue(platform, tx.platform_part(), "people.invited", &letter, Some(until)).await
}

/// Invites somebody.
pub(crate) fn letter(origin: &str, to: String, by: &str, org: &str, token: &str) -> Letter {
    Letter {
        to,
        // Anybody may call themselves what they like: in the subject stands whom it is about.
        subject: format!("Your invitation to {org}"),
        paragraphs: vec![
            "Hello,".to_owned(),
            format!("{by} invites you to work with {org} on Devalo. It takes a minute; the link is good for a week."),
        ],
        action: Some(("Look at the invitation".to_owned(), format!("{origin}/login/invitation/{token}"))),
        closing: vec!["You don’t know them? Then do nothing, and the invitation lapses.".to_owned()],
    }
}

fn gone() -> AppError {
    AppError::new(
        Code::NotFound,
        "This invitation is no longer good: it was withdrawn, or is from long ago. If you took it up yourself, you belong already: log in. Otherwise ask whoever invited you for another.",
    )
}

fn place(id: InvitationId) -> Place {
    Place { table: "invitations", column: "email", row: id.0 }
}
