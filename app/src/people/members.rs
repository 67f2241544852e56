//! Who belongs to an organisation, and what each may do: a role, and permissions beyond it. Nobody gives what they don't have,
//! or changes somebody who stands as high as they do; the owner changes everybody but themselves.

use crate::{
    audit::Detail,
    auth::standing::Elevated,
    clock::Instant,
    crypto::Place,
    db::{Access, DbError},
    error::{AppError, Code, Result},
    ids::{OrgId, UserId},
    org::{Actor, Audience, OrgRef, OrgTx, Permission, Role},
    permissions,
    platform::{PLATFORM_OWNER, Platform},
    sql,
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
    /// They have a second factor.
    pub has_factor: bool,
    /// Since when they belong.
    pub since: Instant,
    /// Their second factor is to be taken away then.
    pub factor_reset_at: Option<Instant>,
}

/// Who belongs, the owner first, then by role and by when they came.
///
/// # Errors
/// The database is busy.
pub async fn all(tx: &mut OrgTx) -> Result<Vec<Member>> {
    let rows = sql!(
        all Row,
        &mut *tx,
        "SELECT memberships.user_id, memberships.role, memberships.grants, memberships.created_at, users.name, users.email, users.second_factor_at, factor_resets.due_at
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
                grants: row.grants.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
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

/// Changes what somebody may do. It holds from their next request on.
///
/// # Errors
/// 422 at `role` or `grants`; 403 for who may not change this person, or would give what they don't have; 404 for somebody
/// who doesn't belong.
pub async fn change(
    platform: &Platform,
    by: Elevated,
    org: &str,
    user: UserId,
    role: &str,
    grants: &[String],
) -> Result<()> {
    let mut tx = open(platform, by, org).await?;
    let member = one(&mut tx, user).await?;
    let own = tx.role().unwrap_or(Role::Member);
    if !may_manage(own, member.role) {
        return Err(above());
    }
    let Some(role) = Role::parse(role).filter(|role| *role < Role::Owner) else {
        return Err(AppError::field("role", "Choose member, manager or admin. The ownership is offered apart."));
    };
    if role > own {
        return Err(AppError::new(Code::Forbidden, "You can’t give a role above your own."));
    }
    let mut kept: Vec<&str> = Vec::new();
    for name in grants {
        let Some(permission) = grantable().find(|permission| permission.name == name) else {
            let shown: String = name.chars().take(60).collect();
            return Err(AppError::field("grants", format!("There is no permission “{shown}”.")));
        };
        if !tx.allows(permission) {
            return Err(AppError::new(Code::Forbidden, "You can’t allow others what you may not do yourself."));
        }
        // What the role allows needs no more.
        if !matches!(permission.audience, Audience::Members(least) if role >= least) {
            kept.push(permission.name);
        }
    }
    kept.sort_unstable();
    kept.dedup();
    let kept = kept.join(" ");
    sql!(
        exec,
        &mut tx,
        "UPDATE memberships SET role = $3, grants = $4 WHERE org_id = $1 AND user_id = $2",
        user,
        role.as_str(),
        kept.as_str()
    )?;
    let before = member.grants.join(" ");
    let detail = Detail::default().change("role", member.role.as_str(), role.as_str()).change("also", &before, &kept);
    tx.audit("platform.member_changed", user.0, &detail).await?;
    // Who isn't an admin any more can't become the owner unasked.
    forget(&mut tx, user).await?;
    tx.commit().await?;
    platform.live.look_again(user);
    Ok(())
}

/// Takes somebody out of the organisation. Their account stays theirs; here nothing is open to them from now on.
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
    tx.commit().await?;
    platform.live.look_again(user);
    Ok(())
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
    tx.commit().await?;
    platform.live.look_again(user);
    Ok(())
}

/// Lets somebody belong: for seeding, and for whoever was invited.
///
/// # Errors
/// 409 for somebody who belongs already.
pub async fn add(platform: &Platform, org: OrgId, user: UserId, role: Role) -> Result<()> {
    let actor = Actor::System("adding a member");
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Write).await?;
    let now = tx.now();
    let added = sql!(
        exec,
        &mut tx,
        "INSERT INTO memberships (org_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)",
        user,
        role.as_str(),
        now
    );
    match added {
        Err(DbError::Unique) => return Err(AppError::conflict("They belong to this organisation already.")),
        other => other?,
    };
    tx.commit().await
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

async fn end(tx: &mut OrgTx, user: UserId) -> Result<()> {
    forget(tx, user).await?;
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
    created_at: Instant,
    name: Vec<u8>,
    email: Vec<u8>,
    second_factor_at: Option<Instant>,
    due_at: Option<Instant>,
}
