//! Who runs the platform, as a type: what is theirs alone takes it.

use crate::{
    auth::standing::{LoggedIn, Standing},
    clock::Instant,
    db::{Access, Tx},
    error::{AppError, Code, Result},
    ids::UserId,
    platform::Platform,
    platform_sql,
};

/// Somebody who runs the platform, logged in with a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator(LoggedIn);

/// The same, who has just shown again who they are: for what changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acting(Operator);

/// This person runs the platform, with or without a second factor: they are shown the way.
///
/// # Errors
/// The database is busy.
pub async fn runs_platform(tx: &mut Tx, user: UserId) -> Result<bool> {
    let (runs_it,) = platform_sql!(one(bool,), tx, "SELECT platform_admin FROM users WHERE id = $1", user)?;
    Ok(runs_it)
}

impl Operator {
    /// Whoever sends a request, if they run the platform.
    ///
    /// # Errors
    /// As [`Operator::at_the_door`]; 403 for who hasn't said yet who they are.
    pub async fn of(platform: &Platform, standing: Standing) -> Result<Self> {
        match Self::at_the_door(platform, standing).await? {
            (operator, false) => Ok(operator),
            (_, true) => Err(AppError::new(Code::Forbidden, "Say first who you are: customers read your name.")),
        }
    }

    /// Whoever sends a request, if they run the platform, and whether they have yet to say who they are.
    ///
    /// # Errors
    /// 401 for a stranger; 404 for anybody else, who needn't know that there is something; 403 without a second factor.
    pub async fn at_the_door(platform: &Platform, standing: Standing) -> Result<(Self, bool)> {
        let person = standing.logged_in()?;
        let mut tx = platform.begin(Access::Read).await?;
        let (runs_it, since, must_name) = platform_sql!(
            one(bool, Option<Instant>, bool),
            &mut tx,
            "SELECT platform_admin, second_factor_at, must_name FROM users WHERE id = $1",
            person.user()
        )?;
        tx.commit().await?;
        match (runs_it, since) {
            (false, _) => Err(AppError::not_found("that page")),
            (true, None) => Err(AppError::new(
                Code::FactorNeeded,
                "Running the platform takes two-step login. Set it up, then go on.",
            )),
            (true, Some(_)) => Ok((Self(person), must_name)),
        }
    }

    /// Who.
    pub fn user(&self) -> UserId {
        self.0.user()
    }

    /// They have just shown again who they are.
    pub fn is_elevated(&self) -> bool {
        self.0.is_elevated()
    }
}

impl Acting {
    /// Whoever sends a request, if they run the platform and have just shown again who they are.
    ///
    /// # Errors
    /// As [`Operator::of`]; 403 [`Code::Unconfirmed`] for who hasn't.
    pub async fn of(platform: &Platform, standing: Standing) -> Result<Self> {
        let operator = Operator::of(platform, standing).await?;
        standing.elevated()?;
        Ok(Self(operator))
    }

    /// The same person.
    pub fn operator(&self) -> Operator {
        self.0
    }
}
