//! How many requests were answered, and how, in the last hour: counted in memory, a minute at a time. A restart forgets them.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::clock::Instant;

const MINUTES: usize = 60;
const CLASSES: usize = 5;

/// The counts of an hour.
#[derive(Debug)]
pub struct Answers([Minute; MINUTES]);

#[derive(Debug, Default)]
struct Minute {
    /// Which minute since 1970 it counts.
    since: AtomicI64,
    /// Informational, success, redirection, refused, failed.
    by_class: [AtomicU64; CLASSES],
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// All requests that were answered.
    pub all: u64,
    /// That were refused: 400 to 499.
    pub refused: u64,
    /// That failed, by our own fault: 500 and above.
    pub failed: u64,
}

impl Default for Answers {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Minute::default()))
    }
}

impl Answers {
    /// Counts an answer with this status.
    pub fn count(&self, status: u16, now: Instant) {
        let minute = minute_of(now);
        let Some(slot) = self.0.get(place_of(minute)) else { return };
        let before = slot.since.load(Ordering::Relaxed);
        // Whoever comes first in a minute begins it anew; who counts in between may be lost, which is close enough.
        if before != minute && slot.since.compare_exchange(before, minute, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            for count in &slot.by_class {
                count.store(0, Ordering::Relaxed);
            }
        }
        if let Some(count) = slot.by_class.get(usize::from((status / 100).clamp(1, 5) - 1)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What was counted in the last hour.
    pub fn last_hour(&self, now: Instant) -> Counted {
        let minute = minute_of(now);
        let mut counted = Counted::default();
        for slot in &self.0 {
            let age = minute - slot.since.load(Ordering::Relaxed);
            if !(0..60).contains(&age) {
                continue;
            }
            let [informed, done, sent_on, refused, failed] =
                std::array::from_fn(|class| slot.by_class.get(class).map_or(0, |count| count.load(Ordering::Relaxed)));
            counted.all += informed + done + sent_on + refused + failed;
            counted.refused += refused;
            counted.failed += failed;
        }
        counted
    }
}

fn minute_of(now: Instant) -> i64 {
    now.micros().div_euclid(60_000_000)
}

fn place_of(minute: i64) -> usize {
    usize::try_from(minute.rem_euclid(60)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An hour is counted, minute by minute; what is older is forgotten.
    #[test]
    fn an_hour_is_counted() {
        let answers = Answers::default();
        let at =
            |minutes: i64| Instant::from_timestamp(jiff::Timestamp::UNIX_EPOCH).plus_seconds((1_000 + minutes) * 60);
        for status in [200, 204, 302, 404, 500] {
            answers.count(status, at(0));
        }
        answers.count(503, at(59));
        assert_eq!(answers.last_hour(at(0)), Counted { all: 5, refused: 1, failed: 1 });
        assert_eq!(answers.last_hour(at(59)), Counted { all: 6, refused: 1, failed: 2 });
        assert_eq!(answers.last_hour(at(60)), Counted { all: 1, refused: 0, failed: 1 });
        // The same place in the ring, an hour later.
        answers.count(200, at(60));
        assert_eq!(answers.last_hour(at(60)), Counted { all: 2, refused: 0, failed: 1 });
        assert_eq!(answers.last_hour(at(200)), Counted::default());
    }

    /// No status makes it fall over.
    #[test]
    fn any_status_is_counted() {
        let (answers, now) =
            (Answers::default(), Instant::from_timestamp(jiff::Timestamp::UNIX_EPOCH).plus_seconds(60));
        for status in [0, 99, 100, 599, 999, u16::MAX] {
            answers.count(status, now);
        }
        assert_eq!(answers.last_hour(now).all, 6);
    }
}
