//! How much is asked when somebody books, and how much of it comes back to whom cancels when. Cents of Australian dollars, exactly.

use crate::{
    billing::{
        own_account,
        till::{LEAST_CENTS, MOST_CENTS},
    },
    clock::Instant,
    error::Result,
    modules::calendar::{
        availability::Availability,
        options::{Payment, Refund},
        public_words as words,
    },
    org::OrgTx,
};

/// Stripe takes Australian dollars here, and nothing else.
const CURRENCY: &str = "AUD";

/// What a client pays when they book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Who is paid.
    pub account: String,
    /// Cents.
    pub cents: i64,
    /// What the appointment costs, in cents.
    pub price_cents: i64,
    /// What is paid back.
    pub rules: Vec<Refund>,
}

/// What a booking of these asks for: nothing where the service doesn’t, where it is free, and while no account can take it.
///
/// # Errors
/// The database is busy.
pub async fn due(tx: &mut OrgTx, free: &Availability) -> Result<Option<Due>> {
    let asks = free.options.payment.as_ref().filter(|_| free.service.currency == CURRENCY);
    let Some(payment) = asks else { return Ok(None) };
    let price_cents = free.price();
    let cents = asked(payment, price_cents, free.seats);
    if cents == 0 {
        return Ok(None);
    }
    let account = own_account::ready(tx).await?;
    Ok(account.map(|account| Due { account, cents, price_cents, rules: payment.refunds.clone() }))
}

/// How much of a price is asked: never more than it, and nothing where it is less than anybody can pay by card.
pub fn asked(payment: &Payment, price_cents: i64, seats: i64) -> i64 {
    if price_cents < LEAST_CENTS {
        return 0;
    }
    let part = match payment.cents {
        Some(deposit) => deposit.saturating_mul(seats.max(1)),
        None => percent_of(price_cents, payment.percent),
    };
    part.clamp(LEAST_CENTS, price_cents.min(MOST_CENTS))
}

/// How much of what was paid comes back to a client who cancels now.
pub fn back(rules: &[Refund], paid_cents: i64, starts_at: Instant, now: Instant) -> i64 {
    let holds = rules.iter().find(|rule| now.plus_seconds(rule.hours_before * 60 * 60) <= starts_at);
    holds.map_or(0, |rule| percent_of(paid_cents, rule.percent))
}

/// The rules from when on an appointment is moved that began then: never more than what holds now.
pub fn capped(rules: &[Refund], starts_at: Instant, now: Instant) -> Vec<Refund> {
    let held = back(rules, 100, starts_at, now);
    let mut capped: Vec<Refund> = Vec::new();
    for rule in rules {
        let percent = rule.percent.min(held);
        // The later of two that give the same says it all.
        capped.retain(|earlier| earlier.percent != percent);
        capped.extend((percent > 0).then_some(Refund { percent, ..*rule }));
    }
    capped
}

/// What held when an appointment was last moved, of what was paid.
pub fn held(rules: &[Refund], paid_cents: i64) -> i64 {
    rules.first().map_or(0, |first| percent_of(paid_cents, first.percent))
}

/// The rules as they are stored with a payment.
pub fn stored(rules: &[Refund]) -> String {
    serde_json::to_string(rules).unwrap_or_else(|_| "[]".to_owned())
}

/// Reads what is stored. What can’t be read gives nothing back by itself; the business still can.
pub fn read(stored: &str) -> Vec<Refund> {
    serde_json::from_str(stored).unwrap_or_else(|error| {
        tracing::error!(%error, "the rules of a payment can’t be read");
        Vec::new()
    })
}

/// "All of it until 24 hours before, then half until it begins." What somebody who cancels gets back.
pub fn in_words(rules: &[Refund]) -> String {
    let Some((first, rest)) = rules.split_first() else { return words::NOT_PAID_BACK_EVER.to_owned() };
    let mut said = words::comes_back(first.percent, first.hours_before);
    for rule in rest {
        said.push_str(&words::then_comes_back(rule.percent, rule.hours_before));
    }
    if rules.last().is_some_and(|last| last.hours_before > 0) {
        said.push_str(words::THEN_NOTHING);
    }
    said.push('.');
    said
}

/// To the nearest cent; half a cent is a cent.
fn percent_of(cents: i64, percent: i64) -> i64 {
    cents.saturating_mul(percent).saturating_add(50) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pays(percent: i64, cents: Option<i64>) -> Payment {
        Payment { percent, cents, refunds: Vec::new() }
    }

    #[test]
    fn a_deposit_is_a_part_of_the_price() {
        for (payment, price, seats, is) in [
            (pays(100, None), 13_500, 1, 13_500),
            (pays(33, None), 1_000, 1, 330),
            (pays(50, None), 12_345, 1, 6_173),
            // Less than anybody can pay by card is the least that they can; a price below that is paid there.
            (pays(1, None), 1_000, 1, 50),
            (pays(100, None), 49, 1, 0),
            (pays(100, None), 0, 1, 0),
            (pays(100, Some(2_000)), 13_500, 1, 2_000),
            (pays(100, Some(2_000)), 27_000, 2, 4_000),
            (pays(100, Some(2_000)), 1_500, 1, 1_500),
            (pays(100, Some(i64::MAX)), 100_000_000, 1_000, 99_999_999),
        ] {
            assert_eq!(asked(&payment, price, seats), is, "{payment:?} {price} {seats}");
        }
    }

    #[test]
    fn what_comes_back_is_by_the_hours_before() {
        let rules = [Refund { hours_before: 24, percent: 100 }, Refund { hours_before: 0, percent: 50 }];
        let starts = Instant::from_unix(1_000_000);
        let at = |before: i64| back(&rules, 4_501, starts, starts.plus_seconds(-before));
        assert_eq!(at(24 * 3600), 4_501);
        assert_eq!(at(24 * 3600 - 1), 2_251);
        assert_eq!(at(0), 2_251);
        assert_eq!(at(-1), 0);
        assert_eq!(back(&[], 4_501, starts, starts.plus_seconds(-1_000_000)), 0);
        assert_eq!(read(&stored(&rules)), rules);
    }

    #[test]
    fn nobody_gains_by_moving() {
        let rule = |hours_before, percent| Refund { hours_before, percent };
        let rules = [rule(48, 100), rule(24, 50), rule(0, 20)];
        let starts = Instant::from_unix(1_000_000);
        let at = |hours: i64| capped(&rules, starts, starts.plus_seconds(-hours * 3600));
        assert_eq!(at(48), rules);
        assert_eq!(at(47), [rule(24, 50), rule(0, 20)]);
        assert_eq!(at(1), [rule(0, 20)]);
        assert_eq!(at(-1), []);
        assert_eq!(capped(&[rule(24, 100)], starts, starts), []);
    }

    #[test]
    fn rules_are_said_in_words() {
        let rule = |hours_before, percent| Refund { hours_before, percent };
        assert_eq!(in_words(&[]), "It isn’t paid back if you cancel.");
        assert_eq!(in_words(&[rule(0, 100)]), "You get all of it back until it begins.");
        assert_eq!(
            in_words(&[rule(48, 100), rule(1, 50)]),
            "You get all of it back until 48 hours before, then half of it until an hour before, and nothing after that."
        );
    }
}
