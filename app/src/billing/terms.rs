//! What an organisation has agreed to, and what it may use for it: the one place that says so.

use super::{
    changes,
    plans::{CUSTOM, Plan, Plans},
    seats,
    views::last_moment,
    wire::Period,
};
use crate::{
    audit::Detail, clock::Instant, error::Result, money::dollars, org::OrgTx, people::views::day, platform::Platform,
    sql,
};

const DAY: i64 = 24 * 60 * 60;
/// After a payment that failed everything goes on for a week.
pub const LATE_SECONDS: i64 = 7 * DAY;
/// After that, and after a trial, everything can be read for two weeks.
pub const READ_ONLY_SECONDS: i64 = 14 * DAY;
/// Who has cancelled can read everything for 30 days after what they paid for.
pub const ENDED_SECONDS: i64 = 30 * DAY;
/// Where more people belong than there are seats, everything goes on for two weeks.
pub const CROWDED_SECONDS: i64 = 14 * DAY;

/// What a log has where the modules are those of the plan.
pub const PLANS_OWN: &str = "the plan’s";

/// Where an organisation stands with its payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It tries everything out, until a day.
    Trial,
    /// It pays, or needn't; until a day, if one is set.
    Active,
    /// A payment has failed, since a day; or, agreed by hand, the first one is due since then.
    PastDue,
    /// It has cancelled, from a day on.
    Ended,
}

impl State {
    const ALL: [Self; 4] = [Self::Trial, Self::Active, Self::PastDue, Self::Ended];

    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Ended => "ended",
        }
    }

    /// Reads the word stored.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// How much of Devalo an organisation may use at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// All of it.
    Full,
    /// All of it, until then: a payment has failed.
    Late(Instant),
    /// Until then its people can read everything and change nothing; its public pages show, and take no bookings. Clients can
    /// still see to theirs.
    ReadOnly(Instant),
    /// The same, for as long as more people belong than there are seats.
    Crowded,
    /// Its people reach its billing and its people alone. Clients can still look at their bookings.
    Closed,
}

/// What an organisation has agreed to.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Terms {
    /// The plan's name.
    pub plan: String,
    /// Which version of it.
    pub plan_version: i64,
    /// `month` or `year`.
    pub plan_period: String,
    /// The seats that it has; `None`: no limit.
    pub plan_seats: Option<i64>,
    /// Cents for each period, if another price than the plan's was agreed.
    pub plan_price: Option<i64>,
    /// The modules agreed, with spaces between; `None`: the plan's.
    pub plan_modules: Option<String>,
    /// `manual` or `stripe`.
    pub billed_by: String,
    /// A [`State`].
    pub billing_state: String,
    /// Since when it is in this state.
    pub billing_since: Instant,
    /// Until when: the end of a trial, of a free period, of what was paid for.
    pub billing_until: Option<Instant>,
    /// The operator has shut it.
    pub suspended_at: Option<Instant>,
    /// Since when more people belong than it has seats for. It is counted where terms are agreed to, and where somebody leaves.
    pub plan_over_since: Option<Instant>,
}

impl Terms {
    /// Terms agreed with the operator by hand, without limits.
    pub fn custom(now: Instant) -> Self {
        Self {
            plan: CUSTOM.to_owned(),
            plan_version: 1,
            plan_period: Period::Month.as_str().to_owned(),
            plan_seats: None,
            plan_price: None,
            plan_modules: None,
            billed_by: "manual".to_owned(),
            billing_state: State::Active.as_str().to_owned(),
            billing_since: now,
            billing_until: None,
            suspended_at: None,
            plan_over_since: None,
        }
    }

    /// A plan to try out.
    pub fn trial(plan: &Plan, period: Period, seats: i64, now: Instant, days: i64) -> Self {
        Self {
            plan: plan.name.clone(),
            plan_version: plan.version,
            plan_period: period.as_str().to_owned(),
            plan_seats: Some(seats),
            billing_state: State::Trial.as_str().to_owned(),
            billing_until: Some(now.plus_seconds(days * DAY)),
            ..Self::custom(now)
        }
    }

    /// Where it stands with its payments.
    pub fn state(&self) -> State {
        // The column takes no other word.
        State::parse(&self.billing_state).unwrap_or(State::Active)
    }

    /// Stripe's word holds: what is agreed otherwise is undone at the next look.
    pub fn is_stripes(&self, platform: &Platform) -> bool {
        self.billed_by == "stripe" && platform.payments().is_some()
    }

    /// How often it pays.
    pub fn period(&self) -> Period {
        Period::parse(&self.plan_period).unwrap_or(Period::Month)
    }

    /// How much it may use now.
    pub fn usage(&self, now: Instant) -> Usage {
        if self.suspended_at.is_some() {
            return Usage::Closed;
        }
        match self.paid_for(now) {
            Usage::Full | Usage::Late(_) if self.crowded_from().is_some_and(|from| now >= from) => Usage::Crowded,
            usage => usage,
        }
    }

    /// Where more people belong than there are seats: when nothing can be changed any more, if nothing is done about it.
    pub fn crowded_from(&self) -> Option<Instant> {
        Some(self.plan_over_since?.plus_seconds(CROWDED_SECONDS))
    }

    /// How much it may use by what it pays.
    fn paid_for(&self, now: Instant) -> Usage {
        let Some(until) = self.ends_at() else { return Usage::Full };
        let after = if self.state() == State::Ended { ENDED_SECONDS } else { READ_ONLY_SECONDS };
        let closed = until.plus_seconds(after);
        if now < until {
            if self.state() == State::PastDue { Usage::Late(until) } else { Usage::Full }
        } else if now < closed {
            Usage::ReadOnly(closed)
        } else {
            Usage::Closed
        }
    }

    /// When everything stops being open, if nothing else is agreed before; `None`: it goes on.
    pub fn ends_at(&self) -> Option<Instant> {
        match self.state() {
            State::PastDue => Some(self.billing_since.plus_seconds(LATE_SECONDS)),
            State::Ended => Some(self.billing_until.unwrap_or(self.billing_since)),
            State::Trial | State::Active => self.billing_until,
        }
    }

    /// Cents that it brings in a year, including GST, as things are: nothing while it is tried out or isn’t paid for yet, and once it
    /// has ended.
    pub fn a_year(&self, plans: &Plans, now: Instant) -> i64 {
        let open = matches!(self.usage(now), Usage::Full | Usage::Late(_) | Usage::Crowded);
        let pays = open && self.state() != State::Trial && !self.awaits_payment();
        match self.period() {
            _ if !pays => 0,
            Period::Month => self.price(plans) * 12,
            Period::Year => self.price(plans),
        }
    }

    /// It may use this module.
    pub fn has_module(&self, plans: &Plans, module: &str) -> bool {
        match (&self.plan_modules, self.find(plans)) {
            (Some(agreed), _) => agreed.split(' ').any(|name| name == module),
            (None, Some(plan)) => plan.opens(module),
            // The operator's file doesn't have the plan any more: nobody is locked out for that.
            (None, None) => true,
        }
    }

    /// How many there may be of what a quota counts, in its period; `None`: as many as they like.
    pub fn limit(&self, plans: &Plans, quota: &str) -> Option<i64> {
        self.find(plans)?.quotas.get(quota).copied()
    }

    /// How many may belong for what is paid: exactly as many as were agreed at a price of their own, or else as many as come with the
    /// plan at least; `None`: no limit.
    pub fn agreed_seats(&self, plans: &Plans) -> Option<i64> {
        let with = self.find(plans).and_then(|plan| plan.seats);
        match (self.plan_seats, with) {
            (Some(seats), Some(with)) if self.plan_price.is_none() => Some(seats.max(with)),
            (seats, _) => seats,
        }
    }

    /// It is exactly what was agreed: the plan, how often is paid, and for how many, as a form gives them.
    pub fn are_for(&self, plans: &Plans, plan: &str, period: &str, seats: &str) -> bool {
        let Some(own) = self.find(plans).filter(|own| own.name == plan) else { return false };
        let typed = match seats.trim() {
            "" => None,
            text => match text.parse::<i64>() {
                Ok(typed) => Some(typed),
                Err(_) => return false,
            },
        };
        let (agreed, with) = (self.agreed_seats(plans), own.seats.unwrap_or(1));
        // Nothing, and fewer than come with the plan, are as many as come with it.
        let as_many = typed == agreed || agreed == Some(typed.unwrap_or(with).max(with));
        as_many && Period::parse(period) == Some(self.period())
    }

    /// It was agreed by hand to be paid from the first day on, and isn’t paid for yet.
    pub fn awaits_payment(&self) -> bool {
        self.billed_by == "manual" && self.state() == State::PastDue
    }

    /// Until when nothing is paid yet, by what was agreed by hand.
    pub fn free_until(&self, now: Instant) -> Option<Instant> {
        self.billing_until.filter(|until| self.billed_by == "manual" && *until > now)
    }

    /// What it costs for each period, in cents, including GST.
    pub fn price(&self, plans: &Plans) -> i64 {
        let by_plan = || self.find(plans)?.reckon(self.period(), self.plan_seats?);
        self.plan_price.or_else(by_plan).unwrap_or(0)
    }

    /// The plan, as it was when they agreed to it.
    pub fn find<'p>(&self, plans: &'p Plans) -> Option<&'p Plan> {
        plans.find(&self.plan, self.plan_version)
    }
}

/// What terms say of one thing.
type Words<'w> = &'w dyn Fn(&Terms) -> String;

/// What two terms say, thing by thing: its name, before, and after.
pub fn side_by_side(tx: &OrgTx, before: &Terms, after: &Terms) -> Vec<(&'static str, String, String)> {
    let plans = tx.platform().plans();
    let parts: [(&'static str, Words<'_>); 7] = [
        ("plan", &|terms| terms.find(plans).map_or_else(|| terms.plan.clone(), |plan| plan.title.clone())),
        ("price", &|terms| dollars(terms.price(plans))),
        ("period", &|terms| terms.plan_period.clone()),
        ("seats", &|terms| terms.plan_seats.map_or_else(|| "no limit".to_owned(), |seats| seats.to_string())),
        ("last day", &|terms| terms.billing_until.map_or_else(|| "none".to_owned(), |end| day(tx, last_moment(end)))),
        ("modules", &|terms| terms.plan_modules.clone().unwrap_or_else(|| PLANS_OWN.to_owned())),
        ("state", &|terms| terms.billing_state.replace('_', " ")),
    ];
    parts.into_iter().map(|(name, words)| (name, words(before), words(after))).collect()
}

/// What two terms say, for the audit log: what differs as before and after, and else as it is.
pub fn difference(tx: &OrgTx, before: &Terms, after: &Terms) -> Detail {
    side_by_side(tx, before, after).into_iter().fold(Detail::default(), |detail, (name, before, after)| {
        if before == after { detail.with(name, after) } else { detail.change(name, &before, &after) }
    })
}

/// Writes down what the organisation has agreed to from now on, for everybody to see in its audit log, under what was done.
///
/// # Errors
/// The database is busy.
pub async fn agree(tx: &mut OrgTx, terms: &Terms, action: &'static str, detail: &Detail) -> Result<()> {
    let over_since = seats::over_since(tx, terms).await?;
    sql!(
        exec,
        &mut *tx,
        "UPDATE organisations SET plan = $2, plan_version = $3, plan_period = $4, plan_seats = $5, plan_price = $6, plan_modules = $7,
           billed_by = $8, billing_state = $9, billing_since = $10, billing_until = $11, suspended_at = $12,
           plan_over_since = $13 WHERE id = $1",
        terms.plan.as_str(),
        terms.plan_version,
        terms.plan_period.as_str(),
        terms.plan_seats,
        terms.plan_price,
        terms.plan_modules.as_deref(),
        terms.billed_by.as_str(),
        terms.billing_state.as_str(),
        terms.billing_since,
        terms.billing_until,
        terms.suspended_at,
        over_since
    )?;
    changes::note(tx, terms).await?;
    let org = tx.id().0;
    tx.audit(action, org, detail).await?;
    // Public pages show whether bookings are taken.
    tx.emit(action, org).await
}
