//! Counted limits. What is counted is counted in the transaction that makes it, and an organisation has one writer at a time:
//! however many come at once, no more get through than the plan allows.

use jiff::tz::TimeZone;

use crate::{
    clock::Instant,
    error::{AppError, Code, Result},
    mail::{self, Letter},
    module::Quota,
    modules::MODULES,
    org::{By, OrgTx, Role},
    people::members,
    permissions, sql,
};

/// Who books on a public page gets through for this share of the limit beyond it, so that a page doesn't stop from one moment to the
/// next: a tenth, and at least five. As much again is kept for the business's own people and programs, so that no visitor to its page
/// keeps them from working.
const GRACE_TENTHS: i64 = 1;
const LEAST_GRACE: i64 = 5;

/// How much of a quota is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// The quota.
    pub quota: &'static Quota,
    /// Counted in this period.
    pub used: i64,
    /// The plan's limit; `None`: no limit.
    pub limit: Option<i64>,
}

impl Used {
    /// Most of it is used, or all.
    pub fn is_nearing(&self) -> bool {
        self.limit.is_some_and(|limit| self.used >= four_fifths(limit))
    }

    /// All of it is used.
    pub fn is_reached(&self) -> bool {
        self.limit.is_some_and(|limit| self.used >= limit)
    }

    /// How much of it is used, in hundredths; nothing where there is no limit.
    pub fn percent(&self) -> i64 {
        self.limit.map_or(0, |limit| self.used * 100 / limit.max(1))
    }

    /// "120 of 150 bookings this month are used (80%). …": how it stands, and what to do about it.
    pub fn words(&self) -> String {
        let limit = self.limit.unwrap_or(self.used);
        let counts = self.quota.counts;
        let left = limit + grace(limit) - self.used;
        if !self.is_reached() {
            return format!(
                "{} of {limit} {counts} are used ({}%). Nothing changes yet; a larger plan has room for more.",
                self.used,
                self.percent()
            );
        }
        let next = match left {
            ..=0 => "Your public page asks clients to call.".to_owned(),
            left => format!("Clients can still make {left} more on your public page; then it asks them to call."),
        };
        let kept = match grace(limit) + left.min(0) {
            ..=0 => String::new(),
            kept => format!(" {kept} more are kept for what you add yourself."),
        };
        format!("Your plan’s {limit} {counts} are used up. {next}{kept} With a larger plan it goes on at once.")
    }
}

impl OrgTx {
    /// Counts one more of what a quota limits, in this transaction. At four fifths of the limit, and at the limit, the owner
    /// and the admins are told by mail, once in each period.
    ///
    /// # Errors
    /// 409 for whoever comes to a public page, a little beyond the plan's limit; 402 for the business itself, as much further on.
    pub async fn within(&mut self, quota: &'static Quota) -> Result<()> {
        let limit = self.org().terms.limit(self.platform().plans(), quota.name);
        let period = period(self, quota);
        let (used,) = sql!(
            one(i64,),
            &mut *self,
            "INSERT INTO quota_use (org_id, quota, period, used) VALUES ($1, $2, $3, 1)
             ON CONFLICT (org_id, quota, period) DO UPDATE SET used = quota_use.used + 1 RETURNING used",
            quota.name,
            period.as_str()
        )?;
        let Some(limit) = limit else { return Ok(()) };
        let is_public = self.by() == By::Client;
        if used > limit + grace(limit) * if is_public { 1 } else { 2 } {
            return Err(if is_public {
                call_instead()
            } else {
                let next = if self.allows(&permissions::CHANGE_PLAN) {
                    "A larger plan goes on at once: Settings, then Plan and billing."
                } else {
                    "Ask your organisation’s owner for a larger plan: with it this goes on at once."
                };
                let words = format!("Your plan’s limit is reached: {limit} {}. {next}", quota.counts);
                AppError::new(Code::PaymentNeeded, words)
            });
        }
        if used == four_fifths(limit) || used == limit {
            tell(self, quota, used, limit).await?;
        }
        Ok(())
    }

    /// Whoever comes to a public page gets no more of what a quota limits, before the period ends or the plan is a larger one.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn is_used_up_for_clients(&mut self, quota: &'static Quota) -> Result<bool> {
        let limit = self.org().terms.limit(self.platform().plans(), quota.name);
        let Some(limit) = limit else { return Ok(false) };
        let period = period(self, quota);
        let used = sql!(
            optional(i64,),
            &mut *self,
            "SELECT used FROM quota_use WHERE org_id = $1 AND quota = $2 AND period = $3",
            quota.name,
            period.as_str()
        )?;
        Ok(used.is_some_and(|(used,)| used >= limit + grace(limit)))
    }

    /// Counts one less, of what was counted at that moment and came to nothing. Where there are as many as its people were told of, it
    /// stays: nobody is told the same thing twice in a period.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn give_back(&mut self, quota: &'static Quota, counted_at: Instant) -> Result<()> {
        let limit = self.org().terms.limit(self.platform().plans(), quota.name);
        let told = limit.map_or((0, 0), |limit| (four_fifths(limit), limit));
        let period = period_at(quota, &self.org().zone, counted_at);
        sql!(
            exec,
            &mut *self,
            "UPDATE quota_use SET used = used - 1
             WHERE org_id = $1 AND quota = $2 AND period = $3 AND used > 0 AND used <> $4 AND used <> $5",
            quota.name,
            period.as_str(),
            told.0,
            told.1
        )?;
        Ok(())
    }
}

/// What a client reads where their business has used up its plan.
pub fn call_instead() -> AppError {
    AppError::conflict("This business can’t take more bookings online at the moment. Please call them.")
}

/// How much of each quota is used in the current period, of the modules that the organisation has.
///
/// # Errors
/// The database is busy.
pub async fn all(tx: &mut OrgTx) -> Result<Vec<Used>> {
    let terms = tx.org().terms.clone();
    let plans = tx.platform().plans().clone();
    let mut all = Vec::new();
    for module in MODULES.iter().filter(|module| terms.has_module(&plans, module.name())) {
        for quota in module.quotas() {
            let period = period(tx, quota);
            let used = sql!(
                optional(i64,),
                &mut *tx,
                "SELECT used FROM quota_use WHERE org_id = $1 AND quota = $2 AND period = $3",
                quota.name,
                period.as_str()
            )?;
            let used = used.map_or(0, |(used,)| used);
            all.push(Used { quota, used, limit: terms.limit(&plans, quota.name) });
        }
    }
    Ok(all)
}

fn period(tx: &OrgTx, quota: &Quota) -> String {
    period_at(quota, &tx.org().zone, tx.now())
}

/// The month that it is in the organisation's zone, "2026-11"; for what is counted in total, always the same.
pub(crate) fn period_at(quota: &Quota, zone: &str, now: Instant) -> String {
    if !quota.monthly {
        return "all".to_owned();
    }
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    now.timestamp().to_zoned(zone).strftime("%Y-%m").to_string()
}

/// How many more get through on a public page; and as many again for the business itself.
fn grace(limit: i64) -> i64 {
    (limit * GRACE_TENTHS / 10).max(LEAST_GRACE)
}

/// Rounded up: of 3, 3; of 10, 8.
fn four_fifths(limit: i64) -> i64 {
    (limit * 4 + 4) / 5
}

async fn tell(tx: &mut OrgTx, quota: &Quota, used: i64, limit: i64) -> Result<()> {
    let platform = tx.platform().clone();
    let (name, slug) = (tx.org().name.clone(), tx.org().slug.clone());
    let about = Nearing { org: &name, slug: &slug, counts: quota.counts, used, limit };
    for member in members::all(tx).await?.into_iter().filter(|member| member.role >= Role::Admin) {
        let letter = letter(&platform.origin, member.email, &member.name, &about);
        mail::queue(&platform, tx.platform_part(), "billing.quota", &letter, None).await?;
    }
    Ok(())
}

/// What an organisation has used of what it may, once that is most of it.
pub(crate) struct Nearing<'a> {
    /// Its name.
    pub org: &'a str,
    /// Its part of addresses.
    pub slug: &'a str,
    /// "bookings this month"
    pub counts: &'a str,
    /// So many.
    pub used: i64,
    /// Of so many.
    pub limit: i64,
}

/// Tells an admin that little is left, or nothing.
pub(crate) fn letter(origin: &str, to: String, name: &str, about: &Nearing<'_>) -> Letter {
    let Nearing { org, slug, counts, used, limit } = about;
    let reached = used == limit;
    let subject = if reached {
        format!("{org} has reached its plan’s limit")
    } else {
        format!("{org} has used four fifths of what its plan allows")
    };
    let more = grace(*limit);
    let next = if reached {
        format!(
            "Clients can still make {more} more on your public page; then it asks them to call. {more} more are kept for what you add yourself. What is booked stays booked, and everything \
             can be read. A larger plan goes on at once."
        )
    } else {
        format!(
            "Nothing changes yet. Beyond the limit clients can still make {more} more on your public page, so that it doesn’t stop from one \
             moment to the next, and {more} more are kept for what you add yourself. Then nothing more can be added until a new month begins, \
             or you take a larger plan."
        )
    };
    Letter {
        to,
        subject,
        paragraphs: vec![format!("Hello {name},"), format!("{used} of {limit} {counts} are used."), next],
        action: Some(("See your plan".to_owned(), format!("{origin}/app/{slug}/settings/billing"))),
        closing: Vec::new(),
    }
}
