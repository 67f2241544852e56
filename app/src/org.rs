//! The scoped handle: the only way to an organisation's data.
//!
//! [`OrgTx::open`] is its one constructor. It checks who asks, whether they belong here, whether their role allows what
//! they want, and whether the organisation may use the module; from then on every statement is bound to the organisation.

use std::{collections::HashSet, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    asked,
    audit::{self, Detail},
    auth::secret_token::{Kind, SecretToken},
    billing::terms::{Terms, Usage},
    clock::Instant,
    crypto::DataKeys,
    db::{Access, Exec, Tx},
    error::{AppError, Code, Result},
    ids::{OrgId, TokenId, UserId},
    links::Link,
    live::{LiveEvent, Whose},
    modules::MODULES,
    others,
    people::{members, views::day},
    permissions,
    platform::{Platform, PlatformTx},
    platform_sql, sql,
    support::consent::{self, Consent},
    webhooks::{self, Caused},
};

/// What stands for every module that an organisation has, where the modules of a member are listed.
pub const ALL_MODULES: &str = "*";
/// So many are named to whoever lacks something: that is enough to ask.
const MOST_NAMED: usize = 3;
/// A public page that is shut is worth another look after a day.
const CLOSED_SECONDS: u32 = 24 * 60 * 60;

/// What a member may do grows from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works with the modules.
    Member,
    /// Also sees to others' work.
    Manager,
    /// Also sets them up, and manages people.
    Admin,
    /// Also owns the account.
    Owner,
}

impl Role {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Member, Self::Manager, Self::Admin, Self::Owner];

    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Manager => "manager",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads the word stored.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// Who may use a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Anybody: what the public pages show and do.
    Public,
    /// The holder of a signed private link, for the one thing it names.
    Link,
    /// Members from this role upwards, and API tokens with this permission among their scopes.
    Members(Role),
}

/// Something that can be allowed. Modules declare theirs as constants.
#[derive(Debug, PartialEq, Eq)]
pub struct Permission {
    /// The stable name, also the API tokens' scope: `calendar.appointments.view`.
    pub name: &'static str,
    /// The module that it belongs to, which the organisation must have; `None` for the platform's own.
    pub module: Option<&'static str>,
    /// Who may use it.
    pub audience: Audience,
    /// For people: "See appointments and who booked".
    pub label: &'static str,
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Nobody that we know: the public.
    Anonymous,
    /// A logged-in person.
    User(UserId),
    /// A program with an API token, not yet checked: only the organisation named in the request can tell.
    Token(String),
    /// The holder of a private link, whose signature was checked.
    Link(Link),
    /// The platform itself, for this purpose: seeding, a job.
    System(&'static str),
}

/// How a request names the organisation.
#[derive(Debug, Clone, Copy)]
pub enum OrgRef<'a> {
    /// By the word in its addresses.
    Slug(&'a str),
    /// By id.
    Id(OrgId),
}

/// What is known of the organisation itself.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// The word in its addresses.
    pub slug: String,
    /// Its trading name.
    pub name: String,
    /// What it does, in its own words.
    pub description: String,
    /// Public phone number.
    pub phone: String,
    /// Street address in one line.
    pub address: String,
    /// IANA zone.
    pub zone: String,
    /// The colour of its public pages, like `#0b6e4f`; empty: ours.
    pub accent: String,
    /// Which logo it has; 0: none.
    pub logo_version: i64,
    /// Its owner wants it gone: it is closed, and erased from then on.
    pub closes_at: Option<Instant>,
    /// Somebody said that all that is set up first is.
    pub set_up_at: Option<Instant>,
    /// How many events it has had: everything up to here is in what this transaction reads.
    pub sequence: i64,
    /// What it has agreed to.
    #[sqlx(flatten)]
    pub terms: Terms,
}

/// A transaction inside one organisation, opened for one permission.
#[derive(Debug)]
pub struct OrgTx {
    tx: Tx,
    platform: Platform,
    org: Org,
    by: By,
    role: Option<Role>,
    grants: String,
    /// What a program's token is for.
    scopes: String,
    /// The modules that the member works with.
    modules: String,
    /// Whoever opened it doesn't belong, and looks by this consent of the owner's.
    support: Option<Consent>,
    events: Vec<LiveEvent>,
    /// Whose open streams look again whether they may go on, once the work is on disk.
    look_again: HashSet<Whose>,
    /// What is in the audit log already, of what this transaction does.
    audited: Vec<(&'static str, Uuid)>,
    /// What happened, where an address of the organisation's is told such things.
    caused: Vec<Caused>,
}

/// Who opened it, once that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// A member.
    User(UserId),
    /// Somebody who runs the platform, and looks while the organisation's owner lets them.
    Support(UserId),
    /// A program with an API token.
    Token(TokenId),
    /// The platform itself.
    System,
    /// The public, or the holder of a private link.
    Client,
}

/// Who did something, as rows keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doer {
    /// `member`, `token` or `system`.
    pub kind: &'static str,
    /// The member or the token.
    pub id: Option<Uuid>,
}

impl OrgTx {
    /// Opens the organisation for one permission, or says why not. What support looks at is in the organisation's log before it is
    /// shown.
    ///
    /// # Errors
    /// 401 when nobody is logged in and the permission isn't the public's; 404 when there is no such organisation, the
    /// person doesn't belong to it, or it doesn't have the module (which they can't tell apart); 403 when they belong but
    /// their role isn't enough, and for support, which changes nothing.
    pub async fn open(
        platform: &Platform,
        actor: &Actor,
        org: OrgRef<'_>,
        need: &'static Permission,
        access: Access,
    ) -> Result<Self> {
        let mut opened = Self::open_to_record(platform, actor, org, need, access).await?;
        if access == Access::Write {
            opened.check_may_change()?;
        }
        opened.check_usage(need, access).await?;
        let Some(consent) = opened.support else { return Ok(opened) };
        // Kept apart, so that what everybody else waits for stays small.
        Box::pin(opened.noted(consent, actor, need)).await
    }

    /// Opens it to read, for who may change it: asked before a body is read, or something is counted. The verb that makes the change decides
    /// all the same.
    ///
    /// # Errors
    /// As [`OrgTx::open`] for a change.
    pub async fn before_a_change(
        platform: &Platform,
        actor: &Actor,
        org: OrgRef<'_>,
        need: &'static Permission,
    ) -> Result<Self> {
        let mut opened = Self::open_to_record(platform, actor, org, need, Access::Read).await?;
        opened.check_may_change()?;
        opened.check_usage(need, Access::Read).await?;
        Ok(opened)
    }

    /// Opens it for writing down that something was read: whoever may read may do so, even where nothing can be changed.
    ///
    /// # Errors
    /// As [`OrgTx::open`].
    pub(crate) async fn open_to_record(
        platform: &Platform,
        actor: &Actor,
        org: OrgRef<'_>,
        need: &'static Permission,
        access: Access,
    ) -> Result<Self> {
        if *actor == Actor::Anonymous && need.audience != Audience::Public {
            return Err(AppError::new(Code::Unauthenticated, "Please log in to go on."));
        }
        let tx = platform.db.begin(access).await?;
        Self::enter(platform, tx, actor, org, need, access).await
    }

    /// Goes on inside an organisation that this transaction has just made, as the platform itself, for this purpose: it is there
    /// with all that it agreed to, or not at all.
    ///
    /// # Errors
    /// The database is busy.
    pub(crate) async fn of_new(platform: &Platform, tx: PlatformTx, org: OrgId, purpose: &'static str) -> Result<Self> {
        let actor = Actor::System(purpose);
        Self::enter(platform, tx.into_inner(), &actor, OrgRef::Id(org), &permissions::ENTER, Access::Write).await
    }

    /// Goes into an organisation for what is this person's own, which it can't keep from them by being closed or suspended, or by
    /// asking more of them. What is done is written down as theirs. Whoever calls it keeps to what is theirs.
    ///
    /// # Errors
    /// 404 for an organisation that isn't there.
    pub(crate) async fn for_ones_own(
        platform: &Platform,
        user: UserId,
        org: OrgId,
        purpose: &'static str,
    ) -> Result<Self> {
        let actor = Actor::System(purpose);
        let mut opened = Self::open(platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Write).await?;
        opened.by = By::User(user);
        Ok(opened)
    }

    async fn enter(
        platform: &Platform,
        mut tx: Tx,
        actor: &Actor,
        org: OrgRef<'_>,
        need: &'static Permission,
        access: Access,
    ) -> Result<Self> {
        let Found { org, has_module } = find(platform, &mut tx, org, need.module.unwrap_or_default(), access)
            .await?
            .ok_or_else(|| nothing_for(need))?;
        tx.speak_of(org.id.0);
        asked::about(org.id);
        let is_in_plan = need.module.is_none_or(|module| org.terms.has_module(platform.plans(), module));
        let mut opened = Self {
            tx,
            platform: platform.clone(),
            org,
            by: By::Client,
            role: None,
            grants: String::new(),
            scopes: String::new(),
            modules: ALL_MODULES.to_owned(),
            support: None,
            events: Vec::new(),
            look_again: HashSet::new(),
            audited: Vec::new(),
            caused: Vec::new(),
        };
        if !is_in_plan {
            return Err(nothing_for(need));
        }
        if need.module.is_some() && !has_module {
            return Err(opened.turned_off(actor, need).await?);
        }
        opened.check_actor(actor, need).await?;
        asked::by(opened.by);
        opened.check_open(need).await?;
        Ok(opened)
    }

    /// 404, which says to who belongs that it is turned off.
    async fn turned_off(&mut self, actor: &Actor, need: &'static Permission) -> Result<AppError> {
        let title = need.module.and_then(|name| MODULES.iter().find(|module| module.name() == name));
        if let (Actor::User(user), Audience::Members(_), Some(module)) = (actor, need.audience, title) {
            let found =
                sql!(optional(String,), self, "SELECT role FROM memberships WHERE org_id = $1 AND user_id = $2", user)?;
            if let Some((role,)) = found {
                return Ok(AppError::turned_off(module.title(), Role::parse(&role) >= Some(Role::Admin)));
            }
        }
        Ok(nothing_for(need))
    }

    fn check_may_change(&self) -> Result<()> {
        match self.support {
            None => Ok(()),
            Some(_) => Err(AppError::new(Code::Forbidden, "Support can look, and change nothing.")),
        }
    }

    /// Gives it out to support once it is written down where they look. The same again within five minutes is written down once.
    async fn noted(self, consent: Consent, actor: &Actor, need: &'static Permission) -> Result<Self> {
        let (platform, org, now) = (self.platform.clone(), self.org.id, self.now());
        let look = (self.by, "platform.support_looked", consent.id.0, need.name.to_owned());
        if platform.readings.has_lately(&look, now, consent::LOOKED_AGAIN_SECONDS) {
            return Ok(self);
        }
        self.rollback().await?;
        consent::note(&platform, actor, org, need).await?;
        platform.readings.remember(look, now);
        let mut opened = Self::open_to_record(&platform, actor, OrgRef::Id(org), need, Access::Read).await?;
        opened.check_usage(need, Access::Read).await?;
        Ok(opened)
    }

    /// An organisation whose owner wants it gone is closed to everybody, but for what only its owner may do: keeping it.
    async fn check_open(&mut self, need: &'static Permission) -> Result<()> {
        let Some(at) = self.org.closes_at.filter(|_| self.by != By::System && need != &permissions::OWN) else {
            return Ok(());
        };
        if self.by == By::Client {
            return Err(closed_to_all(&self.org));
        }
        let (name, on) = (self.org.name.clone(), day(self, at));
        let who = if self.role == Some(Role::Owner) {
            format!("You can keep it until then: {}/app/{}/closed.", self.platform.origin, self.org.slug)
        } else {
            let owner = self.names_of(Role::Owner).await?.pop();
            owner.map(|owner| format!("Until then {owner}, who owns it, can keep it.")).unwrap_or_default()
        };
        // Its people are led to a page that says it.
        let code = if matches!(self.by, By::User(_)) { Code::Closing } else { Code::Forbidden };
        Err(AppError::new(code, format!("{name} is closed, and will be deleted on {on}. {who}")))
    }

    /// What an organisation may use depends on what it has paid for. What is the platform's own stays open: its people, its plan.
    async fn check_usage(&mut self, need: &Permission, access: Access) -> Result<()> {
        let usage = self.org.terms.usage(self.now());
        if need.module.is_none() || matches!(usage, Usage::Full | Usage::Late(_)) || self.by == By::System {
            return Ok(());
        }
        let closed = usage == Usage::Closed;
        let reads = access == Access::Read;
        match need.audience {
            Audience::Link if reads || !closed => Ok(()),
            Audience::Public | Audience::Members(_) if reads && !closed => Ok(()),
            Audience::Public if closed => Err(closed_to_all(&self.org)),
            Audience::Public | Audience::Link => {
                Err(AppError::conflict("This business doesn’t take bookings online at the moment. Please call them."))
            }
            Audience::Members(_) if self.org.terms.suspended_at.is_some() => Err(self.suspended().await?),
            Audience::Members(_) if usage == Usage::Crowded => Err(AppError::new(
                Code::PaymentNeeded,
                "More people belong to your organisation than its plan has seats for, so nothing can be changed. The owner can add seats: Settings, then Plan and billing. Or an admin removes who has left.",
            )),
            Audience::Members(_) => Err(AppError::new(
                Code::PaymentNeeded,
                if closed {
                    "Your organisation’s plan has ended. The owner can take it up again: Settings, then Plan and billing."
                } else {
                    "Your organisation’s plan has ended, so nothing can be changed. The owner can take it up again: Settings, then Plan and billing."
                },
            )),
        }
    }

    /// What goes out to strangers, or opens another way in, is for an organisation that goes on: none whose plan has ended, or that is
    /// suspended. `so` says what it doesn't do meanwhile.
    ///
    /// # Errors
    /// 402, with what to do about it.
    pub fn check_goes_on(&self, so: &str) -> Result<()> {
        let what = match self.org.terms.usage(self.now()) {
            Usage::Full | Usage::Late(_) => return Ok(()),
            _ if self.org.terms.suspended_at.is_some() => "Your organisation is suspended",
            Usage::Crowded => "More people belong to your organisation than its plan has seats",
            _ => "Your organisation’s plan has ended",
        };
        Err(AppError::new(Code::PaymentNeeded, format!("{what}, so {so} for now.")))
    }

    /// What its people read while it is suspended: what that means, and who can do something about it.
    async fn suspended(&mut self) -> Result<AppError> {
        let name = self.org.name.clone();
        let words = if self.role == Some(Role::Owner) {
            format!(
                "{name} is suspended: nothing of it opens, and its public pages take no bookings. Nothing is lost. \
                 Write to {}, who can open it again; your people and your plan are still under Settings.",
                self.platform.whom_to_write_to()
            )
        } else {
            let owner = self.names_of(Role::Owner).await?.pop();
            let ask = owner.map(|owner| format!(" Ask {owner}, who owns it and can have it opened again."));
            format!("{name} is suspended, so nothing of it opens for now. Nothing is lost.{}", ask.unwrap_or_default())
        };
        Ok(AppError::new(Code::Suspended, words))
    }

    /// 403 for a member, with who can give them what they lack: "Ask Priya Nair or Sam Lee, who manage people here."
    ///
    /// # Errors
    /// The database is busy.
    pub async fn forbidden(&mut self, why: &str) -> Result<AppError> {
        let mut names = self.names_of(Role::Admin).await?;
        names.truncate(MOST_NAMED);
        let last = names.pop().unwrap_or_default();
        let ask = if names.is_empty() {
            format!("Ask {last}, who manages people here.")
        } else {
            format!("Ask {} or {last}, who manage people here.", names.join(", "))
        };
        Ok(AppError::new(Code::Forbidden, format!("{why} {ask}")))
    }

    /// The names of those who stand at least as high, the owner first.
    async fn names_of(&mut self, least: Role) -> Result<Vec<String>> {
        let members = members::all(self).await?;
        Ok(members.into_iter().filter(|member| member.role >= least).map(|member| member.name).collect())
    }

    async fn check_actor(&mut self, actor: &Actor, need: &'static Permission) -> Result<()> {
        match (actor, need.audience) {
            (Actor::Link(link), Audience::Link) if link.org == self.org.id.0 => Ok(()),
            (Actor::User(user), Audience::Members(least)) => {
                let found = sql!(
                    optional Member,
                    self,
                    "SELECT memberships.role, memberships.grants, memberships.modules, users.second_factor_at, organisations.factor_policy, organisations.factor_due_at, organisations.factor_admins_due_at
                     FROM memberships JOIN users ON users.id = memberships.user_id JOIN organisations ON organisations.id = memberships.org_id
                     WHERE memberships.org_id = $1 AND memberships.user_id = $2",
                    user
                )?;
                let Some(found) = found else { return Box::pin(self.check_support(*user, need)).await };
                let role = Role::parse(&found.role).ok_or_else(nothing_here)?;
                if found.owes_factor(role, self.now()) {
                    return Err(AppError::new(
                        Code::FactorNeeded,
                        "Your organisation asks for two-step login. Set it up, then go on.",
                    ));
                }
                (self.by, self.role) = (By::User(*user), Some(role));
                (self.grants, self.modules) = (found.grants, found.modules);
                if !self.works_with(need) {
                    return Err(self.forbidden("That is for others in your organisation.").await?);
                }
                if role < least && !self.is_granted(need) {
                    return Err(self.forbidden("Your role doesn’t allow that.").await?);
                }
                Ok(())
            }
            (Actor::Token(secret), Audience::Members(_)) => self.check_token(secret, need).await,
            (Actor::System(_), _) => {
                self.by = By::System;
                Ok(())
            }
            // A program that names itself is who it says, on public pages too: a made-up token would be a way around limits.
            (Actor::Token(secret), Audience::Public) => self.find_token(secret).await.map(|_| ()),
            (_, Audience::Public) => Ok(()),
            (Actor::Anonymous, _) => Err(AppError::new(Code::Unauthenticated, "Please log in to go on.")),
            // A link for another organisation, or no link where one is needed.
            (Actor::Link(_) | Actor::User(_) | Actor::Token(_), _) => Err(nothing_here()),
        }
    }

    /// Somebody who doesn't belong may look if they run the platform, and the owner lets support look: where an admin can, but for
    /// what [`permissions::is_seen_by_support`] leaves out.
    async fn check_support(&mut self, user: UserId, need: &Permission) -> Result<()> {
        let Some(consent) = consent::open_to(self, user).await? else {
            tracing::info!(target: "devalo::security", org = %self.org.id, "refused: not a member");
            return Err(nothing_here());
        };
        (self.by, self.role, self.support) = (By::Support(user), Some(Role::Admin), Some(consent));
        if permissions::is_seen_by_support(need) {
            Ok(())
        } else {
            Err(AppError::new(Code::Forbidden, "That is for the organisation’s own people, and not for support."))
        }
    }

    async fn check_token(&mut self, secret: &str, need: &Permission) -> Result<()> {
        let (id, scopes) = self.find_token(secret).await?;
        if !scopes.split(' ').any(|scope| scope == need.name) {
            return Err(AppError::new(
                Code::Forbidden,
                format!("This API token doesn’t have the scope {}.", need.name),
            ));
        }
        (self.by, self.scopes) = (By::Token(id), scopes);
        Ok(())
    }

    /// One of the organisation's tokens, and its scopes.
    async fn find_token(&mut self, secret: &str) -> Result<(TokenId, String)> {
        let unknown = || AppError::new(Code::Unauthenticated, "That API token isn’t valid for this organisation.");
        let hash = SecretToken::parse(Kind::Api, secret).map_err(|_| unknown())?.hash().to_vec();
        let (id, scopes, revoked) = sql!(
            optional(TokenId, String, Option<Instant>),
            self,
            "SELECT id, scopes, revoked_at FROM api_tokens WHERE org_id = $1 AND token_hash = $2",
            hash
        )?
        .ok_or_else(unknown)?;
        if revoked.is_some() { Err(unknown()) } else { Ok((id, scopes)) }
    }

    /// The organisation's id: what `$1` is bound to in every statement.
    pub fn id(&self) -> OrgId {
        self.org.id
    }

    /// The organisation.
    pub fn org(&self) -> &Org {
        &self.org
    }

    /// The member's role, where a member opened it.
    pub fn role(&self) -> Option<Role> {
        self.role
    }

    /// The member, where one opened it.
    pub fn user(&self) -> Option<UserId> {
        if let By::User(user) = self.by { Some(user) } else { None }
    }

    /// Who opened it.
    pub fn by(&self) -> By {
        self.by
    }

    /// Who opened it, as rows keep who did something.
    pub fn doer(&self) -> Doer {
        match self.by {
            By::User(user) | By::Support(user) => Doer { kind: "member", id: Some(user.0) },
            By::Token(token) => Doer { kind: "token", id: Some(token.0) },
            By::System | By::Client => Doer { kind: "system", id: None },
        }
    }

    /// The consent by which support looks; `None` for everybody else.
    pub fn support(&self) -> Option<Consent> {
        self.support
    }

    /// The person who opened it: a member, or support.
    pub fn person(&self) -> Option<UserId> {
        match self.by {
            By::User(user) | By::Support(user) => Some(user),
            By::Token(_) | By::System | By::Client => None,
        }
    }

    /// Would this member, or this program, be allowed that as well? Support isn’t where that is a change alone: what does it isn’t shown to them.
    pub fn allows(&self, other: &Permission) -> bool {
        match other.audience {
            Audience::Members(_) if self.support.is_some() => {
                permissions::is_seen_by_support(other) && !permissions::is_change(other)
            }
            Audience::Members(_) if matches!(self.by, By::Token(_)) => {
                self.scopes.split(' ').any(|scope| scope == other.name)
            }
            Audience::Members(least) => {
                self.works_with(other) && (self.role.is_some_and(|role| role >= least) || self.is_granted(other))
            }
            Audience::Public => true,
            Audience::Link => false,
        }
    }

    /// This member works with the permission's module. Who manages the organisation works with all.
    fn works_with(&self, permission: &Permission) -> bool {
        let Some(module) = permission.module else { return true };
        self.role.is_none_or(|role| role >= Role::Admin)
            || self.modules == ALL_MODULES
            || self.modules.split(' ').any(|name| name == module)
    }

    /// This member was allowed it beyond their role. Only what a module declares can be.
    fn is_granted(&self, permission: &Permission) -> bool {
        permission.module.is_some() && self.grants.split(' ').any(|name| name == permission.name)
    }

    /// The clock's now.
    pub fn now(&self) -> Instant {
        self.platform.clock.now()
    }

    /// The platform that it was opened on.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The transaction itself, for the platform's own tables: what is done to a member's account with what is done here.
    pub(crate) fn platform_part(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// The next statement is the last that reads here: see [`Tx::last`].
    pub fn last(&mut self) {
        self.tx.last();
    }

    /// The connection, for the statement macros.
    pub fn exec(&mut self) -> Exec<'_> {
        self.tx.exec()
    }

    /// For the statement macros, as [`Tx::ended`].
    #[doc(hidden)]
    pub fn ended(&mut self) {
        self.tx.ended();
    }

    /// The organisation's data keys.
    ///
    /// # Errors
    /// The keyring doesn't hold the key that wrapped them.
    pub async fn keys(&mut self) -> Result<Arc<DataKeys>> {
        self.platform.data_keys(&mut self.tx, self.org.id.0).await
    }

    /// Records that something happened, in the same transaction: the next number in the organisation's sequence. Open
    /// pages hear of it when the work is on disk. `kind` is like `calendar.appointment_booked`; nothing personal goes in.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn emit(&mut self, kind: &'static str, subject: Uuid) -> Result<()> {
        let now = self.now();
        let (sequence, told) = if self.platform.db.is_postgres() {
            // In one, for each answer is waited for with the organisation's row in hand.
            sql!(
                one(i64, bool),
                self,
                "WITH moved AS (UPDATE organisations SET sequence = sequence + 1 WHERE id = $1 RETURNING sequence)
                 INSERT INTO events (org_id, sequence, kind, subject, created_at) SELECT $1, sequence, $2, $3, $4 FROM moved
                 RETURNING sequence, EXISTS (SELECT 1 FROM webhooks WHERE webhooks.org_id = $1 AND webhooks.state = 'active')",
                kind,
                subject,
                now
            )?
        } else {
            let moved = sql!(
                one(i64, bool),
                self,
                "UPDATE organisations SET sequence = sequence + 1 WHERE id = $1
                 RETURNING sequence, EXISTS (SELECT 1 FROM webhooks WHERE webhooks.org_id = $1 AND webhooks.state = 'active')"
            )?;
            sql!(
                exec,
                self,
                "INSERT INTO events (org_id, sequence, kind, subject, created_at) VALUES ($1, $2, $3, $4, $5)",
                moved.0,
                kind,
                subject,
                now
            )?;
            moved
        };
        self.events.push(LiveEvent::new(sequence, kind, subject, now));
        if told {
            self.caused.push(Caused { sequence, kind, subject });
        }
        // What clients do with their own bookings is theirs; all else has somebody who did it.
        if matches!(self.by, By::User(_) | By::Support(_) | By::Token(_)) && !self.audited.contains(&(kind, subject)) {
            self.audit(kind, subject, &Detail::default()).await?;
        }
        Ok(())
    }

    /// Writes down who did what, in the same transaction. What is emitted is written down by itself; call this before, where
    /// there is more to tell.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn audit(&mut self, action: &'static str, subject: Uuid, detail: &Detail) -> Result<()> {
        self.audited.push((action, subject));
        audit::append(self, action, subject, detail).await
    }

    /// A token was revoked: what a program follows with it ends once the work is on disk.
    pub(crate) fn ends(&mut self, token: TokenId) {
        self.look_again.insert(Whose::Token(token));
    }

    /// Something was turned off for everybody here: whatever they follow looks again whether it may go on, once the work is on disk.
    pub(crate) fn all_look_again(&mut self) {
        self.look_again.insert(Whose::Org(self.org.id));
    }

    /// Makes the work durable, then tells the open pages. Once it returns, no page that was kept shows how things were.
    ///
    /// # Errors
    /// The work is undone, and nobody is told.
    pub async fn commit(mut self) -> Result<()> {
        let caused = std::mem::take(&mut self.caused);
        // Kept apart, so that what everybody else waits for stays small.
        let rings = !caused.is_empty() && Box::pin(webhooks::queue(&mut self, &caused)).await?;
        let Self { tx, platform, org, events, look_again, .. } = self;
        // In a task of its own: whoever asked may go away in the middle, and what is on disk must be told all the same.
        let told = tokio::spawn(async move {
            tx.commit().await?;
            for event in events {
                platform.pages.moved(org.id, event.sequence);
                let sequence = event.sequence;
                platform.live.publish(org.id, event);
                others::tell(&platform, org.id, sequence).await;
            }
            others::look_again(&platform, look_again).await;
            if rings {
                platform.webhooks.ring();
            }
            Ok(())
        });
        told.await.map_err(|_| AppError::internal())?
    }

    /// Undoes the work now.
    ///
    /// # Errors
    /// The connection was lost; the work is undone all the same.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.tx.rollback().await?)
    }
}

#[derive(sqlx::FromRow)]
struct Member {
    role: String,
    grants: String,
    modules: String,
    second_factor_at: Option<Instant>,
    factor_policy: String,
    factor_due_at: Option<Instant>,
    factor_admins_due_at: Option<Instant>,
}

impl Member {
    fn owes_factor(&self, role: Role, now: Instant) -> bool {
        self.second_factor_at.is_none()
            && FactorPolicy::parse(&self.factor_policy).is_some_and(|policy| policy.asks(role))
            && factor_due(role, self.factor_due_at, self.factor_admins_due_at).is_none_or(|due| due <= now)
    }
}

/// From when on somebody with this role needs the second factor that their organisation asks of them.
pub fn factor_due(role: Role, due: Option<Instant>, admins_due: Option<Instant>) -> Option<Instant> {
    admins_due.filter(|_| role >= Role::Admin).or(due)
}

/// Of whom an organisation asks a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorPolicy {
    /// Of nobody.
    Optional,
    /// Of its owner and its admins.
    Admins,
    /// Of everybody.
    Everyone,
}

impl FactorPolicy {
    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Admins => "admins",
            Self::Everyone => "everyone",
        }
    }

    /// Reads the word stored.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Optional, Self::Admins, Self::Everyone].into_iter().find(|policy| policy.as_str() == word)
    }

    /// Of somebody with this role?
    pub fn asks(self, role: Role) -> bool {
        match self {
            Self::Optional => false,
            Self::Admins => role >= Role::Admin,
            Self::Everyone => true,
        }
    }
}

/// What the public reads where nothing is open to it: whom to ask, as far as they say so in public.
fn closed_to_all(org: &Org) -> AppError {
    let on = if org.phone.is_empty() { String::new() } else { format!(" on {}", org.phone) };
    let at = if org.address.is_empty() { String::new() } else { format!(", at {}", org.address) };
    let words = format!("Please contact {}{on}{at}.", org.name);
    AppError { retry_after: Some(CLOSED_SECONDS), ..AppError::new(Code::Closed, words) }
}

/// 404 where there is no such organisation, or it doesn't have what is wanted: nobody can tell which. A client reads the same whether there is no such business here, or one that
/// doesn't take bookings online now.
fn nothing_for(need: &Permission) -> AppError {
    if need.audience == Audience::Public {
        let words = "No business takes bookings online at this address at the moment. Please check the address, or contact the business another way.";
        return AppError::new(Code::NotFound, words);
    }
    nothing_here()
}

/// 404 for who doesn't belong, as if there were nothing.
fn nothing_here() -> AppError {
    AppError::not_found("that page")
}

/// The organisation, and whether it has the module that was asked about.
#[derive(sqlx::FromRow)]
struct Found {
    #[sqlx(flatten)]
    org: Org,
    has_module: bool,
}

/// Finds the organisation and, on PostgreSQL, tells the row policies which it is; before anything is read that they guard.
///
/// Who writes takes the organisation's row first, so that an organisation has one writer at a time on PostgreSQL too:
/// its sequence stands still while they work, and two who want the same thing wait in line rather than for each other.
async fn find(
    platform: &Platform,
    tx: &mut Tx,
    org: OrgRef<'_>,
    module: &str,
    access: Access,
) -> Result<Option<Found>> {
    // PostgreSQL has no text with a NUL in it: asking would be an error rather than "not there".
    if matches!(org, OrgRef::Slug(slug) if slug.contains('\0')) {
        return Ok(None);
    }
    if access == Access::Write && platform.db.is_postgres() {
        wait_in_line(tx, org).await?;
    }
    Ok(match (org, access) {
        (OrgRef::Slug(slug), Access::Read) => platform_sql!(optional Found, tx,
            sqlite: "SELECT id, slug, name, description, phone, address, zone, accent, logo_version, closes_at, set_up_at, sequence,
                plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since,
                EXISTS (SELECT 1 FROM org_modules AS m WHERE m.org_id = organisations.id AND m.module = $2) AS has_module
              FROM organisations WHERE slug = $1",
            postgres: "WITH found AS MATERIALIZED (
                SELECT id, slug, name, description, phone, address, zone, accent, logo_version, closes_at, set_up_at, sequence,
                  plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since, set_config('devalo.org', id::TEXT, TRUE)
                FROM organisations WHERE slug = $1)
              SELECT found.id, slug, name, description, phone, address, zone, accent, logo_version, closes_at, set_up_at, sequence,
                plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since, EXISTS (SELECT 1 FROM org_modules AS m WHERE m.org_id = found.id AND m.module = $2) AS has_module FROM found",
            slug, module)?,
        (OrgRef::Slug(slug), Access::Write) => platform_sql!(optional Found, tx,
            sqlite: "SELECT id, slug, name, description, phone, address, zone, accent, logo_version, closes_at, set_up_at, sequence,
                plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since,
                EXISTS (SELECT 1 FROM org_modules AS m WHERE m.org_id = organisations.id AND m.module = $2) AS has_module
              FROM organisations WHERE slug = $1",
            postgres: "WITH found AS MATERIALIZED (
                SELECT id, slug, name, description, phone, address, zone, accent, logo_version, closes_at, set_up_at, sequence,
                  plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since, set_config('devalo.org', id::TEXT, TRUE)
                FROM organisations WHERE slug = $1 FOR UPDATE)
              SELECT found.id, slug, name, description, phone, address, zone, accent, logo_version, closes_at, set_up_at, sequence,
                plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since, EXISTS (SELECT 1 FROM org_modules AS m WHERE m.org_id = found.id AND m.module = $2) AS has_module FROM found",
            slug, module)?,
        (OrgRef::Id(id), Access::Read) => platform_sql!(optional Found, tx,
            sqlite: "SELECT id, slug, name, description, phone, address, zone, accent, logo_version, closes_at, set_up_at, sequence,
                plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since,
                EXISTS (SELECT 1 FROM org_modules AS m WHERE m.org_id = organisations.id AND m.module = $2) AS has_module
              FROM organisations WHERE id = $1",
            postgres: "WITH found AS MATERIALIZED (
                SELECT id, slug, name, description, phone, address, zone, accent, logo_version, closes_at, set_up_at, sequence,
                  plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since, set_config('devalo.org', id::TEXT, TRUE)
                FROM organisations WHERE id = $1)
              SELECT found.id, slug, name, description, phone, address, zone, accent, logo_version, closes_at, set_up_at, sequence,
                plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since, EXISTS (SELECT 1 FROM org_modules AS m WHERE m.org_id = found.id AND m.module = $2) AS has_module FROM found",
            id, module)?,
        (OrgRef::Id(id), Access::Write) => platform_sql!(optional Found, tx,
            sqlite: "SELECT id, slug, name, description, phone, address, zone, accent, logo_version, closes_at, set_up_at, sequence,
                plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since,
                EXISTS (SELECT 1 FROM org_modules AS m WHERE m.org_id = organisations.id AND m.module = $2) AS has_module
              FROM organisations WHERE id = $1",
            postgres: "WITH found AS MATERIALIZED (
                SELECT id, slug, name, description, phone, address, zone, accent, logo_version, closes_at, set_up_at, sequence,
                  plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since, set_config('devalo.org', id::TEXT, TRUE)
                FROM organisations WHERE id = $1 FOR UPDATE)
              SELECT found.id, slug, name, description, phone, address, zone, accent, logo_version, closes_at, set_up_at, sequence,
                plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since, EXISTS (SELECT 1 FROM org_modules AS m WHERE m.org_id = found.id AND m.module = $2) AS has_module FROM found",
            id, module)?,
    })
}

/// Who waits for a row that changes is overtaken there by whoever comes later, for as long as there is somebody; this lock is given in
/// the order in which it was asked for.
async fn wait_in_line(tx: &mut Tx, org: OrgRef<'_>) -> Result<()> {
    let _in_line = match org {
        OrgRef::Slug(slug) => platform_sql!(
            optional(String,),
            tx,
            "SELECT pg_advisory_xact_lock(hashtextextended(id::TEXT, 0))::TEXT FROM organisations WHERE slug = $1",
            slug
        )?,
        OrgRef::Id(id) => platform_sql!(
            optional(String,),
            tx,
            "SELECT pg_advisory_xact_lock(hashtextextended(id::TEXT, 0))::TEXT FROM organisations WHERE id = $1",
            id
        )?,
    };
    Ok(())
}
