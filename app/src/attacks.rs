//! Whether a business, or the whole platform, is under attack: the public tries to hold and to book very much more often in a minute
//! than people do, from many places: whoever floods it from one is held back by the limits on places. Each process counts for itself, in
//! memory; a restart forgets it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::{clock::Instant, ids::OrgId};

/// Beyond so many tries a minute a business is under attack.
pub const A_MINUTE_OF_ONE: i64 = 60;
/// Beyond so many, at all businesses together, all of them are.
pub const A_MINUTE_OF_ALL: i64 = 600;
/// Of one place so many count in a minute.
pub const OF_A_PLACE: i64 = 10;
/// It is for so long after there were as many last: 15 minutes.
pub const LASTS_SECONDS: i64 = 15 * 60;
/// Whoever does no sum is let through so often at one business: one in 20 seconds.
const BUSINESS_WAITS_SECONDS: i64 = 20;
/// And so often from one place: one in a minute.
const PLACE_WAITS_SECONDS: i64 = 60;
/// Beyond so many businesses those are forgotten at which nothing happens.
const MANY: usize = 1_000;
const MINUTE: i64 = 60_000_000;

/// The tries of the last minutes.
#[derive(Debug, Default)]
pub struct Attacks(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    everywhere: Tries,
    at: HashMap<OrgId, Tries>,
}

/// What is under attack at the moment, and since when.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct UnderAttack {
    /// The platform as a whole.
    pub everywhere: Option<Instant>,
    /// Businesses by themselves, the first to be attacked first.
    pub businesses: Vec<(OrgId, Instant)>,
}

#[derive(Debug, Default)]
struct Tries {
    /// Which minute since 1970 is counted.
    minute: i64,
    in_it: i64,
    in_the_one_before: i64,
    /// How many of them from where, as long as that matters.
    from: HashMap<String, i64>,
    /// From when until when it is under attack.
    attack: Option<(Instant, Instant)>,
    /// When somebody was let through who did no sum, and from where.
    let_through: Vec<(String, Instant)>,
}

impl Attacks {
    /// Counts one try at a business, from this place on the network.
    pub fn count(&self, org: OrgId, place: &str, now: Instant) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.at.len() > MANY {
            seen.at.retain(|_, tries| tries.matters(now));
        }
        let everywhere = seen.everywhere.count(A_MINUTE_OF_ALL, place, now);
        let here = seen.at.entry(org).or_default().count(A_MINUTE_OF_ONE, place, now);
        drop(seen);
        if everywhere {
            tracing::warn!(target: "devalo::security", "under attack as a whole: bookings take a proof of work now");
        }
        if here {
            tracing::warn!(target: "devalo::security", %org, "a business is under attack: its bookings take a proof of work now");
        }
    }

    /// Whether a business is under attack, by itself or with all others.
    pub fn is_on(&self, org: OrgId, now: Instant) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.everywhere.since(now).is_some() || seen.at.get(&org).is_some_and(|tries| tries.since(now).is_some())
    }

    /// What is under attack.
    pub fn now(&self, now: Instant) -> UnderAttack {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut businesses: Vec<_> =
            seen.at.iter().filter_map(|(org, tries)| tries.since(now).map(|since| (*org, since))).collect();
        businesses.sort_unstable_by_key(|(org, since)| (*since, *org));
        UnderAttack { everywhere: seen.everywhere.since(now), businesses }
    }

    /// Lets somebody through who did no sum, where it is their turn.
    ///
    /// # Errors
    /// How many seconds there are to wait.
    pub fn let_through(&self, org: OrgId, place: &str, now: Instant) -> Result<(), i64> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let let_through = &mut seen.at.entry(org).or_default().let_through;
        let_through.retain(|(_, at)| now < at.plus_seconds(PLACE_WAITS_SECONDS));
        let waits = let_through.iter().map(|(from, at)| {
            let seconds = if from == place { PLACE_WAITS_SECONDS } else { BUSINESS_WAITS_SECONDS };
            (at.plus_seconds(seconds).micros() - now.micros() + 999_999) / 1_000_000
        });
        match waits.max().unwrap_or(0) {
            wait if wait > 0 => Err(wait),
            _ => {
                let_through.push((place.to_owned(), now));
                Ok(())
            }
        }
    }
}

impl Tries {
    /// Counts one. Says whether with it an attack begins.
    fn count(&mut self, most: i64, place: &str, now: Instant) -> bool {
        let minute = now.micros().div_euclid(MINUTE);
        if minute != self.minute {
            self.in_the_one_before = if minute == self.minute + 1 { self.in_it } else { 0 };
            (self.minute, self.in_it) = (minute, 0);
            self.from.clear();
        }
        // Once there are too many it doesn't matter any more from where.
        if self.in_it <= most {
            let of_it = self.from.entry(place.to_owned()).or_default();
            *of_it += 1;
            if *of_it > OF_A_PLACE {
                return false;
            }
        }
        self.in_it += 1;
        // Of the minute before as much counts as the last sixty seconds have of it.
        let left = MINUTE - now.micros().rem_euclid(MINUTE);
        if self.in_it + self.in_the_one_before * left / MINUTE <= most {
            return false;
        }
        let before = self.since(now);
        self.attack = Some((before.unwrap_or(now), now.plus_seconds(LASTS_SECONDS)));
        before.is_none()
    }

    fn since(&self, now: Instant) -> Option<Instant> {
        self.attack.filter(|(_, until)| now < *until).map(|(since, _)| since)
    }

    /// Whether anything of it would count yet.
    fn matters(&self, now: Instant) -> bool {
        self.since(now).is_some() || now.micros().div_euclid(MINUTE) <= self.minute + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_unix(1_800_000_000 + seconds)
    }

    /// One try after the other, each from somewhere else.
    fn count(attacks: &Attacks, org: OrgId, nth: i64, now: Instant) {
        attacks.count(org, &format!("place {nth}"), now);
    }

    fn org(number: u128) -> OrgId {
        OrgId(uuid::Uuid::from_u128(number))
    }

    /// As many as people make are no attack, however long that goes on; more are one, and it lasts a quarter of an hour longer than they do.
    #[test]
    fn an_attack_begins_and_ends() {
        let attacks = Attacks::default();
        for second in (0..600).step_by(2) {
            count(&attacks, org(1), second, at(second));
        }
        assert!(!attacks.is_on(org(1), at(600)));
        // Across the minute's end: thirty and thirty-one within a second of each other.
        for nth in 0..30 {
            count(&attacks, org(2), nth, at(659));
        }
        for nth in 0..31 {
            assert!(!attacks.is_on(org(2), at(660)));
            count(&attacks, org(2), nth, at(660));
        }
        assert!(attacks.is_on(org(2), at(660)) && !attacks.is_on(org(1), at(660)), "the one, and no other");
        assert_eq!(attacks.now(at(700)), UnderAttack { everywhere: None, businesses: vec![(org(2), at(660))] });
        assert!(attacks.is_on(org(2), at(660 + LASTS_SECONDS - 1)));
        assert!(!attacks.is_on(org(2), at(660 + LASTS_SECONDS)));
        assert_eq!(attacks.now(at(660 + LASTS_SECONDS)), UnderAttack::default());
    }

    /// It goes on while there are too many, and is known by when it began.
    #[test]
    fn an_attack_goes_on() {
        let attacks = Attacks::default();
        for minute in 0..30 {
            for nth in 0..100 {
                count(&attacks, org(1), nth, at(minute * 60));
            }
        }
        assert_eq!(attacks.now(at(30 * 60)).businesses, [(org(1), at(0))]);
        assert!(attacks.is_on(org(1), at(29 * 60 + LASTS_SECONDS - 1)));
        assert!(!attacks.is_on(org(1), at(29 * 60 + LASTS_SECONDS)));
    }

    /// A little at each of many businesses is much at the platform.
    #[test]
    fn many_businesses_at_once_are_an_attack_on_all() {
        let attacks = Attacks::default();
        for nth in 0..A_MINUTE_OF_ALL {
            let org = org(u128::try_from(nth).unwrap());
            count(&attacks, org, nth, at(0));
            assert!(!attacks.is_on(org, at(0)));
        }
        count(&attacks, org(1), A_MINUTE_OF_ALL, at(1));
        assert!(attacks.is_on(org(2), at(1)) && attacks.is_on(org(999_999), at(1)));
        assert_eq!(attacks.now(at(1)), UnderAttack { everywhere: Some(at(1)), businesses: Vec::new() });
    }

    /// A flood from a few places is no attack: there are limits on places for it.
    #[test]
    fn a_flood_from_few_places_is_none() {
        let attacks = Attacks::default();
        for nth in 0..1_000 {
            count(&attacks, org(1), nth % 6, at(0));
        }
        assert!(!attacks.is_on(org(1), at(0)));
        count(&attacks, org(1), 6, at(0));
        assert!(attacks.is_on(org(1), at(0)), "ten of each of six, and one more");
    }

    /// Whoever does no sum waits for their turn: a minute from one place, and a third of it at one business.
    #[test]
    fn without_a_sum_there_is_a_queue() {
        let attacks = Attacks::default();
        assert_eq!(attacks.let_through(org(1), "a", at(0)), Ok(()));
        assert_eq!(attacks.let_through(org(1), "a", at(1)), Err(59));
        assert_eq!(attacks.let_through(org(1), "b", at(1)), Err(19));
        assert_eq!(attacks.let_through(org(2), "b", at(1)), Ok(()), "another business");
        assert_eq!(attacks.let_through(org(1), "b", at(20)), Ok(()));
        assert_eq!(attacks.let_through(org(1), "a", at(59)), Err(1));
        assert_eq!(attacks.let_through(org(1), "a", at(60)), Ok(()));
    }

    /// However many businesses there are, what is kept of them stays small.
    #[test]
    fn what_is_past_is_forgotten() {
        let attacks = Attacks::default();
        for nth in 0..5_000 {
            count(&attacks, org(u128::try_from(nth).unwrap()), nth, at(nth));
        }
        assert!(attacks.0.lock().unwrap().at.len() <= MANY + 1);
    }
}
