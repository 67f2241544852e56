//! How often pages ask Stripe about a customer: whoever opens one again and again doesn't use up what Stripe answers us for everybody.

use std::{collections::HashMap, sync::Mutex};

use crate::clock::Instant;

/// What a page asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    /// What holds: once in five seconds. Meanwhile what is known is shown, and events tell the rest.
    Standing,
    /// Where a client pays: five times in a row, and once in five seconds as time goes on.
    ToPay,
    /// Whether they have: likewise, and however often they went there.
    Paid,
    /// What a change would cost: five choices in a row, and one in five seconds as time goes on.
    Preview,
}

/// Who asked what lately, and how often.
#[derive(Debug, Default)]
pub struct Asks(Mutex<HashMap<(Ask, String), Asked>>);

#[derive(Debug, Clone, Copy)]
struct Asked {
    since: Instant,
    times: u32,
}

impl Ask {
    const fn most(self) -> u32 {
        match self {
            Self::Standing => 1,
            Self::ToPay | Self::Paid | Self::Preview => 5,
        }
    }

    const fn seconds(self) -> i64 {
        match self {
            Self::Standing => 5,
            Self::ToPay | Self::Paid | Self::Preview => 25,
        }
    }
}

impl Asks {
    /// It may be asked about this customer now; and it is counted.
    pub fn may(&self, ask: Ask, customer: &str, now: Instant) -> bool {
        let Ok(mut all) = self.0.lock() else { return true };
        all.retain(|(ask, _), asked| (0..ask.seconds() * 1_000_000).contains(&(now.micros() - asked.since.micros())));
        let asked = all.entry((ask, customer.to_owned())).or_insert(Asked { since: now, times: 0 });
        let may = asked.times < ask.most();
        asked.times += u32::from(may);
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_customer_has_its_number_of_asks_and_no_other_waits_for_it() {
        let (asks, at) = (Asks::default(), Instant::from_unix);
        let may = |ask, customer, second: i64| asks.may(ask, customer, at(1_000 + second));
        assert!(may(Ask::Standing, "cus_1", 0) && !may(Ask::Standing, "cus_1", 0) && !may(Ask::Standing, "cus_1", 4));
        assert!(may(Ask::Standing, "cus_2", 4));
        assert!(may(Ask::Standing, "cus_1", 5) && !may(Ask::Standing, "cus_1", 6));
        assert!((0..5).all(|second| may(Ask::Preview, "cus_1", second)));
        assert!(!may(Ask::Preview, "cus_1", 24) && may(Ask::Preview, "cus_1", 25));
        // A clock that was set back shuts nobody out.
        assert!(may(Ask::Standing, "cus_1", -1_000));
    }
}
