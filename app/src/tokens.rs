//! An organisation's API tokens: shown once, stored hashed, limited to scopes, revocable.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    audit::Detail,
    auth::{
        accounts,
        notices::{self, Notice},
        secret_token::{Kind, SecretToken},
        standing::Elevated,
    },
    clock::Instant,
    db::Access,
    error::{AppError, Code, FieldErrors, Result},
    ids::{TokenId, UserId},
    org::{Actor, Audience, OrgRef, OrgTx, Permission},
    permissions,
    platform::Platform,
    sql,
    web::check_name,
};

/// A new token, as an admin asks for it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for, so that it can be told from others.
    pub name: String,
    /// The permissions that it has: `calendar.appointments.view`, …
    pub scopes: Vec<String>,
}

/// A token that was just made: the only time its secret is shown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MadeToken {
    /// Its id.
    pub id: TokenId,
    /// Send it as `Authorization: Bearer …`. It can't be shown again.
    pub secret: String,
}

/// A token as listed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TokenCard {
    /// Its id.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// The permissions that it has.
    pub scopes: Vec<String>,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// Set once it no longer works.
    pub revoked_at: Option<String>,
}

/// What a token can be allowed: all that members can be, but for making tokens, which would let it outgrow its scopes, and
/// what only somebody who has just shown again who they are may do, and what opens no path of the API.
pub fn scopes() -> impl Iterator<Item = &'static Permission> {
    let people_only = [
        &permissions::ENTER,
        &permissions::MANAGE_TOKENS,
        &permissions::MANAGE_PEOPLE,
        &permissions::MANAGE_SECURITY,
        &permissions::INVITE_BUSINESSES,
        &permissions::READ_AUDIT,
        &permissions::SEE_PLAN,
        &permissions::OWN,
        &permissions::CHANGE_PLAN,
        &permissions::TAKE_PAYMENTS,
        &permissions::SEE_SUPPORT,
    ];
    permissions::all().filter(move |permission| {
        matches!(permission.audience, Audience::Members(_)) && !people_only.contains(permission)
    })
}

/// Makes a token: somebody does who has just shown again who they are, for it outlives the browser that it was made in. They are told by
/// mail, and so is the owner.
///
/// # Errors
/// 422 for an empty name or an unknown scope; 403 for a scope that they don't hold themselves; 402 where the plan has ended, and for an
/// organisation that is suspended; as [`OrgTx::open`] for who may not.
pub async fn make(platform: &Platform, by: Elevated, org: &str, new: &NewToken) -> Result<MadeToken> {
    let mut errors = FieldErrors::default();
    if new.name.trim().is_empty() {
        errors.add("name", "Say what it is for.");
    }
    let name = errors.take("name", check_name(&new.name));
    if new.scopes.is_empty() {
        errors.add("scopes", "Tick at least one thing that it may do.");
    }
    let mut scopes = new.scopes.clone();
    scopes.sort();
    scopes.dedup();
    for scope in &scopes {
        let known = self::scopes().any(|permission| permission.name == scope);
        if !known {
            errors.add("scopes", format!("There is no scope “{}”.", scope.chars().take(60).collect::<String>()));
        }
    }
    errors.finish()?;
    let user = by.person().user();
    let actor = Actor::User(user);
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::MANAGE_TOKENS, Access::Write).await?;
    tx.check_goes_on("no tokens are made")?;
    if self::scopes().any(|permission| scopes.iter().any(|scope| scope == permission.name) && !tx.allows(permission)) {
        return Err(AppError::new(Code::Forbidden, "You can’t allow a program what you may not do yourself."));
    }
    let token = SecretToken::generate(Kind::Api);
    let now = tx.now();
    let id = TokenId::new(now);
    sql!(
        exec,
        &mut tx,
        "INSERT INTO api_tokens (org_id, id, name, token_hash, scopes, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        name.as_str(),
        token.hash().to_vec(),
        scopes.join(" "),
        user,
        now
    )?;
    let detail = Detail::default().with("may", scopes.join(", "));
    tx.audit("platform.token_made", id.0, &detail).await?;
    tell(&mut tx, user, &name).await?;
    tx.commit().await?;
    Ok(MadeToken { id, secret: token.reveal() })
}

/// Lists them, the newest first, never their secrets.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn list(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<TokenCard>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE_TOKENS, Access::Read).await?;
    let rows = sql!(
        all(TokenId, String, String, Instant, Option<Instant>),
        &mut tx,
        "SELECT id, name, scopes, created_at, revoked_at FROM api_tokens WHERE org_id = $1 ORDER BY created_at DESC, id DESC"
    )?;
    tx.rollback().await?;
    let card = |(id, name, scopes, created, revoked): (TokenId, String, String, Instant, Option<Instant>)| TokenCard {
        id,
        name,
        scopes: scopes.split(' ').map(str::to_owned).collect(),
        created_at: created.to_string(),
        revoked_at: revoked.map(|at| at.to_string()),
    };
    Ok(rows.into_iter().map(card).collect())
}

/// Revokes one; it stops working at once, in streams that are open too. Revoking it again changes nothing.
///
/// # Errors
/// 404 for a token that isn't this organisation's.
pub async fn revoke(platform: &Platform, actor: &Actor, org: &str, id: TokenId) -> Result<()> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE_TOKENS, Access::Write).await?;
    let now = tx.now();
    let rows = sql!(
        exec,
        &mut tx,
        "UPDATE api_tokens SET revoked_at = coalesce(revoked_at, $3) WHERE org_id = $1 AND id = $2",
        id,
        now
    )?;
    if rows == 0 {
        return Err(AppError::not_found("that token"));
    }
    tx.audit("platform.token_revoked", id.0, &Detail::default()).await?;
    tx.ends(id);
    tx.commit().await
}

/// Revokes the tokens that somebody made, in every organisation of theirs. Were there any?
///
/// # Errors
/// The database is busy; those that were revoked before stay so.
pub(crate) async fn revoke_everywhere(platform: &Platform, maker: UserId) -> Result<bool> {
    let actor = Actor::System("another password by mail");
    let mut any = false;
    for org in accounts::orgs_of(platform, maker).await? {
        let org = OrgRef::Slug(&org.slug);
        let mut tx = OrgTx::open(platform, &actor, org, &permissions::ENTER, Access::Write).await?;
        if revoke_of(&mut tx, maker).await? {
            any = true;
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
    }
    Ok(any)
}

/// The tokens that somebody made and that work: "“Website” of Harbour Physio".
///
/// # Errors
/// The database is busy.
pub(crate) async fn working_of(platform: &Platform, maker: UserId) -> Result<Vec<String>> {
    let actor = Actor::System("another password");
    let mut working = Vec::new();
    for org in accounts::orgs_of(platform, maker).await? {
        let named = OrgRef::Slug(&org.slug);
        let mut tx = OrgTx::open(platform, &actor, named, &permissions::ENTER, Access::Read).await?;
        let theirs = sql!(
            all(String,),
            &mut tx,
            "SELECT name FROM api_tokens WHERE org_id = $1 AND created_by = $2 AND revoked_at IS NULL ORDER BY created_at, id",
            maker
        )?;
        tx.rollback().await?;
        working.extend(theirs.into_iter().map(|(name,)| format!("“{name}” of {}", org.name)));
    }
    Ok(working)
}

/// Revokes the tokens that somebody made, who goes or is no admin any more. Were there any?
///
/// # Errors
/// The database is busy.
pub async fn revoke_of(tx: &mut OrgTx, maker: UserId) -> Result<bool> {
    let now = tx.now();
    let revoked = sql!(
        all(TokenId,),
        &mut *tx,
        "UPDATE api_tokens SET revoked_at = $3 WHERE org_id = $1 AND created_by = $2 AND revoked_at IS NULL RETURNING id",
        maker,
        now
    )?;
    for (id,) in &revoked {
        tx.audit("platform.token_revoked", id.0, &Detail::default()).await?;
        tx.ends(*id);
    }
    Ok(!revoked.is_empty())
}

/// Tells who made a token, and the owner, so that one which somebody else made in their name doesn’t go unseen.
async fn tell(tx: &mut OrgTx, maker: UserId, token: &str) -> Result<()> {
    let platform = tx.platform().clone();
    let (slug, org) = (tx.org().slug.clone(), tx.org().name.clone());
    let by = accounts::person_in(&platform, tx.platform_part(), maker).await?.name;
    let owners = sql!(
        all(UserId,),
        &mut *tx,
        "SELECT user_id FROM memberships WHERE org_id = $1 AND role = 'owner' AND user_id <> $2",
        maker
    )?;
    let told = std::iter::once((maker, None)).chain(owners.iter().map(|(owner,)| (*owner, Some(by.as_str()))));
    for (user, by) in told {
        let notice = Notice::TokenMade { slug: &slug, org: &org, token, by };
        notices::tell(&platform, tx.platform_part(), user, notice).await?;
    }
    Ok(())
}
