//! Who belongs to an organisation, and what each may do: a role, and permissions beyond it. Nobody gives what they don't have,
//! or changes somebody who stands as high as they do; the owner changes everybody but themselves.

use crate::{
    audit::Detail,
    auth::{session, standing::Elevated},
    billing::seats,
    clock::Instant,
    crypto::Place,
    db::{Access, DbError},
    error::{AppError, Code, Result},
    ids::{OrgId, UserId},
    module::Module,
    modules::MODULES,
    money::counted,
    org::{ALL_MODULES, Actor, Audience, OrgRef, OrgTx, Permission, Role},
    others, permissions,
    platform::{PLATFORM_OWNER, Platform},
    sql, tokens,
};

/// Somebody who belongs to an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// The names of what they may do beyond it.
    pub grants: Vec<String>,
    /// The modules that they work with; `None`: all.
    pub modules: Option<Vec<String>>,
    /// They have a second factor.
    pub has_factor: bool,
    /// Since when they belong.
    pub since: Instant,
    /// Their second factor is to be taken away then.
    pub factor_reset_at: Option<Instant>,
}

/// Whose the organisation is.
///
/// # Errors
/// The database is busy.
pub async fn owners(tx: &mut OrgTx) -> Result<Vec<Member>> {
    let mut members = all(tx).await?;
    members.retain(|member| member.role == Role::Owner);
    Ok(members)
}

/// Who belongs, the owner first, then by role and by when they came.
///
/// # Errors
/// The database is busy.
pub async fn all(tx: &mut OrgTx) -> Result<Vec<Member>> {
    let rows = sql!(
        all Row,
        &mut *tx,
        "SELECT memberships.user_id, memberships.role, memberships.grants, memberships.modules, memberships.created_at, users.name, users.email, users.second_factor_at, factor_resets.due_at
         FROM memberships JOIN users ON users.id = memberships.user_id
         LEFT JOIN factor_resets ON factor_resets.org_id = memberships.org_id AND factor_resets.user_id = memberships.user_id
         WHERE memberships.org_id = $1 ORDER BY memberships.created_at, memberships.user_id"
    )?;
    let platform = tx.platform().clone();
    let keys = platform.data_keys(tx.platform_part(), PLATFORM_OWNER).await?;
    let open = |column, user: UserId, sealed: &[u8]| {
        keys.open(Place { table: "users", column, row: user.0 }, sealed).map_err(|error| {
            tracing::error!(%error, %user, column, "a person’s details can’t be read");
            AppError::internal()
        })
    };
    let mut members = rows
        .into_iter()
        .map(|row| {
            Ok(Member {
                user: row.user_id,
                name: open("name", row.user_id, &row.name)?,
                email: open("email", row.user_id, &row.email)?,
                role: Role::parse(&row.role).ok_or_else(AppError::internal)?,
                grants: words(&row.grants),
                modules: (row.modules != ALL_MODULES).then(|| words(&row.modules)),
                has_factor: row.second_factor_at.is_some(),
                since: row.created_at,
                factor_reset_at: row.due_at,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    members.sort_by_key(|member| std::cmp::Reverse(member.role));
    Ok(members)
}

/// One of them.
///
/// # Errors
/// 404 for somebody who doesn't belong.
pub async fn one(tx: &mut OrgTx, user: UserId) -> Result<Member> {
    all(tx).await?.into_iter().find(|member| member.user == user).ok_or_else(|| AppError::not_found("that person"))
}

/// May somebody with this role change what somebody with that one may do?
pub fn may_manage(role: Role, other: Role) -> bool {
    match role {
        Role::Owner => other < Role::Owner,
        Role::Admin => other < Role::Admin,
        Role::Member | Role::Manager => false,
    }
}

/// What a module declares can be allowed to somebody beyond their role.
pub fn grantable() -> impl Iterator<Item = &'static Permission> {
    permissions::all()
        .filter(|permission| permission.module.is_some() && matches!(permission.audience, Audience::Members(_)))
}

/// What somebody is to be allowed, as a form gives it.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `manager`
    pub role: String,
    /// The names of what they may do beyond it.
    pub grants: Vec<String>,
    /// The modules that they work with. Of no consequence where there is one, and for who manages the organisation.
    pub modules: Vec<String>,
}

/// The same, checked, as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    pub(super) role: Role,
    pub(super) grants: String,
    pub(super) modules: String,
}

/// How many belong, and how many may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seats {
    /// Who belongs takes a seat, the owner too.
    pub taken: i64,
    /// `None`: no limit.
    pub of: Option<i64>,
    /// A plan with so many is being paid for: nobody joins beyond them.
    pub ordered: Option<i64>,
}

impl Seats {
    /// One more may belong.
    pub fn is_one_free(self) -> bool {
        [self.of, self.ordered].into_iter().flatten().all(|most| self.taken < most)
    }

    /// The seats that are being paid for, where they are what keeps another from joining.
    pub fn held_to(self) -> Option<i64> {
        self.ordered.filter(|most| self.taken >= *most && self.of.is_none_or(|of| self.taken < of))
    }

    /// One more may belong; or why not, in these words where the plan’s seats are taken.
    pub(super) fn check_one_free(self, taken: &str) -> Result<()> {
        if self.is_one_free() {
            return Ok(());
        }
        Err(AppError::conflict(self.held_to().map_or_else(|| taken.to_owned(), held_words)))
    }
}

/// Why nobody more can join while a plan with so many seats is being paid for.
pub(super) fn held_words(most: i64) -> String {
    format!(
        "A plan for {} is being paid for, so nobody else can join until that is settled, within a day. To add people, choose more seats: Settings, then Plan and billing.",
        counted(most, "person", "people")
    )
}

/// How many belong, and how many may.
///
/// # Errors
/// The database is busy.
pub async fn seats(tx: &mut OrgTx) -> Result<Seats> {
    let (taken,) = sql!(one(i64,), &mut *tx, "SELECT COUNT(*) FROM memberships WHERE org_id = $1")?;
    let ordered = seats::ordered(tx).await?;
    Ok(Seats { taken, of: tx.org().terms.plan_seats, ordered })
}

/// Changes what somebody may do. It holds from their next request on.
///
/// # Errors
/// 422 at `role`, `grants` or `modules`; 403 for who may not change this person, or would give what they don't have; 404 for somebody
/// who doesn't belong.
pub async fn change(platform: &Platform, by: Elevated, org: &str, user: UserId, given: &Given) -> Result<()> {
    let mut tx = open(platform, by, org).await?;
    let member = one(&mut tx, user).await?;
    if !may_manage(tx.role().unwrap_or(Role::Member), member.role) {
        return Err(above());
    }
    let Checked { role, grants, modules } = check(&mut tx, given, Some(&member)).await?;
    sql!(
        exec,
        &mut tx,
        "UPDATE memberships SET role = $3, grants = $4, modules = $5 WHERE org_id = $1 AND user_id = $2",
        user,
        role.as_str(),
        grants.as_str(),
        modules.as_str()
    )?;
    let before = member.modules.as_ref().map_or_else(|| ALL_MODULES.to_owned(), |modules| modules.join(" "));
    let detail = Detail::default()
        .change("role", member.role.as_str(), role.as_str())
        .change("also", &member.grants.join(" "), &grants)
        .change("modules", &before, &modules);
    tx.audit("platform.member_changed", user.0, &detail).await?;
    // Who isn't an admin any more can't become the owner unasked, nor go on through a program.
    forget(&mut tx, user).await?;
    if role < Role::Admin {
        tokens::revoke_of(&mut tx, user).await?;
    }
    others::commit_and_look_again(platform, tx.commit(), [user]).await?;
    Ok(())
}

/// Takes somebody out of the organisation. Their account stays theirs; here nothing is open to them from now on, nor to programs
/// with a token that they made.
///
/// # Errors
/// 403 for who may not; 404 for somebody who doesn't belong.
pub async fn remove(platform: &Platform, by: Elevated, org: &str, user: UserId) -> Result<()> {
    let mut tx = open(platform, by, org).await?;
    let member = one(&mut tx, user).await?;
    if !may_manage(tx.role().unwrap_or(Role::Member), member.role) {
        return Err(above());
    }
    end(&mut tx, user).await?;
    let detail = Detail::default().with("role", member.role.as_str());
    tx.audit("platform.member_removed", user.0, &detail).await?;
    seats::somebody_left(&mut tx, "platform.member_removed", user).await?;
    others::commit_and_look_again(platform, tx.commit(), [user]).await?;
    session::set_idle(platform, user).await
}

/// Leaves the organisation.
///
/// # Errors
/// 409 for its owner, who offers the ownership to somebody first.
pub async fn leave(platform: &Platform, by: Elevated, org: &str) -> Result<()> {
    let user = by.person().user();
    let mut tx =
        OrgTx::open(platform, &Actor::User(user), OrgRef::Slug(org), &permissions::ENTER, Access::Write).await?;
    if tx.role() == Some(Role::Owner) {
        return Err(AppError::conflict("You own this organisation. Offer the ownership to somebody first."));
    }
    end(&mut tx, user).await?;
    tx.audit("platform.member_left", user.0, &Detail::default()).await?;
    seats::somebody_left(&mut tx, "platform.member_left", user).await?;
    others::commit_and_look_again(platform, tx.commit(), [user]).await?;
    session::set_idle(platform, user).await
}

/// Lets somebody belong, without an invitation: for seeding.
///
/// # Errors
/// 409 for somebody who belongs already, and where every seat is taken.
pub async fn add(platform: &Platform, org: OrgId, user: UserId, role: Role) -> Result<()> {
    let actor = Actor::System("adding a member");
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Write).await?;
    let given = Checked { role, grants: String::new(), modules: ALL_MODULES.to_owned() };
    belong(&mut tx, user, &given).await?;
    tx.commit().await
}

/// Gives somebody a seat. The organisation has one writer at a time: the last seat is taken once, however many want it.
pub(super) async fn belong(tx: &mut OrgTx, user: UserId, given: &Checked) -> Result<()> {
    seats(tx).await?.check_one_free(
        "Every seat of this organisation’s plan is taken. Its owner can add one: Settings, then Plan and billing.",
    )?;
    let now = tx.now();
    let added = sql!(
        exec,
        &mut *tx,
        "INSERT INTO memberships (org_id, user_id, role, grants, modules, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        user,
        given.role.as_str(),
        given.grants.as_str(),
        given.modules.as_str(),
        now
    );
    match added {
        Err(DbError::Unique) => Err(AppError::conflict("They belong to this organisation already.")),
        other => {
            other?;
            Ok(())
        }
    }
}

/// What somebody is to be allowed, as far as whoever gives it may. What they were allowed of modules that are off for now, or aren’t
/// in the plan, stays as it was: nobody was asked about it.
///
/// # Errors
/// 422 at `role`, `grants` or `modules`; 403 for what they don't have themselves.
pub(super) async fn check(tx: &mut OrgTx, given: &Given, before: Option<&Member>) -> Result<Checked> {
    let Some(role) = Role::parse(&given.role).filter(|role| *role < Role::Owner) else {
        return Err(AppError::field("role", "Choose member, manager or admin. The ownership is offered apart."));
    };
    if role > tx.role().unwrap_or(Role::Member) {
        return Err(AppError::new(Code::Forbidden, "You can’t give a role above your own."));
    }
    let mut kept: Vec<&str> = Vec::new();
    for name in &given.grants {
        let Some(permission) = grantable().find(|permission| permission.name == name) else {
            return Err(AppError::field("grants", format!("There is no permission “{}”.", shortened(name))));
        };
        if !tx.allows(permission) {
            return Err(AppError::new(Code::Forbidden, "You can’t allow others what you may not do yourself."));
        }
        // What the role allows needs no more.
        if !matches!(permission.audience, Audience::Members(least) if role >= least) {
            kept.push(permission.name);
        }
    }
    let has = modules(tx).await?;
    let is_off = |name: &str| !has.iter().any(|module| module.name() == name);
    for name in before.iter().flat_map(|member| &member.grants) {
        let of_one_off = |one: &&Permission| one.name == name && one.module.is_some_and(is_off);
        if let Some(permission) = grantable().find(of_one_off)
            && !matches!(permission.audience, Audience::Members(least) if role >= least)
        {
            kept.push(permission.name);
        }
    }
    kept.sort_unstable();
    kept.dedup();
    let wanted: Vec<&str> =
        has.iter().map(|module| module.name()).filter(|name| given.modules.iter().any(|one| one == name)).collect();
    if let Some(name) = given.modules.iter().find(|name| !has.iter().any(|module| module.name() == *name)) {
        return Err(AppError::field("modules", format!("You don’t have “{}”.", shortened(name))));
    }
    let theirs = before.and_then(|member| member.modules.as_deref());
    let modules = match (role, theirs) {
        (Role::Admin | Role::Owner, _) => ALL_MODULES.to_owned(),
        // There is nothing to choose from.
        (_, theirs) if has.len() < 2 => theirs.map_or_else(|| ALL_MODULES.to_owned(), |theirs| theirs.join(" ")),
        (_, None) if wanted.len() == has.len() => ALL_MODULES.to_owned(),
        _ if wanted.is_empty() => return Err(AppError::field("modules", "Choose at least one.")),
        (_, theirs) => {
            let off = theirs.unwrap_or_default().iter().map(String::as_str).filter(|name| is_off(name));
            let all: Vec<&str> = wanted.iter().copied().chain(off).collect();
            if MODULES.iter().all(|module| all.contains(&module.name())) {
                ALL_MODULES.to_owned()
            } else {
                all.join(" ")
            }
        }
    };
    Ok(Checked { role, grants: kept.join(" "), modules })
}

/// The modules that the organisation has and may use.
///
/// # Errors
/// The database is busy.
pub async fn modules(tx: &mut OrgTx) -> Result<Vec<&'static dyn Module>> {
    let on = sql!(all(String,), &mut *tx, "SELECT module FROM org_modules WHERE org_id = $1")?;
    let (terms, plans) = (&tx.org().terms, tx.platform().plans());
    let has = |name: &str| on.iter().any(|(on,)| on == name) && terms.has_module(plans, name);
    Ok(MODULES.iter().copied().filter(|module| has(module.name())).collect())
}

/// Opens the organisation for somebody who has just shown again who they are, to manage its people.
///
/// # Errors
/// As [`OrgTx::open`].
pub(super) async fn open(platform: &Platform, by: Elevated, org: &str) -> Result<OrgTx> {
    let actor = Actor::User(by.person().user());
    OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::MANAGE_PEOPLE, Access::Write).await
}

pub(super) fn above() -> AppError {
    AppError::new(Code::Forbidden, "Only somebody who stands above them can do that.")
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn shortened(name: &str) -> String {
    name.chars().take(60).collect()
}

async fn end(tx: &mut OrgTx, user: UserId) -> Result<()> {
    forget(tx, user).await?;
    tokens::revoke_of(tx, user).await?;
    sql!(exec, &mut *tx, "DELETE FROM factor_resets WHERE org_id = $1 AND user_id = $2", user)?;
    sql!(exec, &mut *tx, "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2", user)?;
    Ok(())
}

async fn forget(tx: &mut OrgTx, user: UserId) -> Result<()> {
    sql!(exec, &mut *tx, "DELETE FROM ownership_offers WHERE org_id = $1 AND user_id = $2", user)?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    user_id: UserId,
    role: String,
    grants: String,
    modules: String,
    created_at: Instant,
    name: Vec<u8>,
    email: Vec<u8>,
    second_factor_at: Option<Instant>,
    due_at: Option<Instant>,
}
