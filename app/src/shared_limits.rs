//! On PostgreSQL several processes answer the same places on the network, and whoever floods all of them is to get no more than from one.
//! So each tells the others, once a second, what it let through, and counts what they did as its own. For a second a flood gets more; what must
//! never be exceeded, guessing at passwords for example, is counted in the database (`auth/throttle.rs`).

use std::{
    cmp::Reverse,
    collections::HashMap,
    fmt::Write as _,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::broadcast;

/// Of more places than this at once the busiest are told.
const MOST_PLACES: usize = 1_000;
/// PostgreSQL takes messages of fewer than 8,000 bytes.
const LONGEST: usize = 7_000;
/// Whoever counts falls no further behind; what is older is forgotten.
const WAITING: usize = 4_096;

/// What this process let through and the others haven't heard of, and what they did.
#[derive(Debug)]
pub struct SharedLimits {
    /// Somebody tells.
    told: AtomicBool,
    untold: Mutex<HashMap<(&'static str, String), u32>>,
    elsewhere: broadcast::Sender<Taken>,
}

/// What another process let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Of which limit.
    pub limit: String,
    /// For whom.
    pub place: String,
    /// How many times.
    pub times: u32,
}

impl Default for SharedLimits {
    fn default() -> Self {
        Self { told: AtomicBool::new(false), untold: Mutex::default(), elsewhere: broadcast::Sender::new(WAITING) }
    }
}

impl SharedLimits {
    /// One more was let through here. `place` holds no space and no semicolon.
    pub fn took(&self, limit: &'static str, place: &str) {
        if !self.told.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(mut untold) = self.untold.lock() {
            *untold.entry((limit, place.to_owned())).or_default() += 1;
        }
    }

    /// What others let through, from now on.
    pub fn elsewhere(&self) -> broadcast::Receiver<Taken> {
        self.elsewhere.subscribe()
    }

    /// From now on somebody takes [`SharedLimits::messages`] every second.
    pub(crate) fn begin_telling(&self) {
        self.told.store(true, Ordering::Relaxed);
    }

    /// What is to be told since the last time. Whatever becomes of it, it isn't told again: it is old by then.
    pub(crate) fn messages(&self) -> Vec<String> {
        let untold = self.untold.lock().map(|mut untold| std::mem::take(&mut *untold)).unwrap_or_default();
        let mut all: Vec<((&str, String), u32)> = untold.into_iter().collect();
        if all.len() > MOST_PLACES {
            all.sort_unstable_by_key(|(_, times)| Reverse(*times));
            all.truncate(MOST_PLACES);
        }
        let mut messages: Vec<String> = Vec::new();
        for ((limit, place), times) in all {
            if messages.last().is_none_or(|last| last.len() + limit.len() + place.len() + 16 > LONGEST) {
                messages.push(String::new());
            }
            if let Some(message) = messages.last_mut() {
                // Writing to a String cannot fail.
                let _ = write!(message, "{limit} {times} {place};");
            }
        }
        messages
    }

    /// Takes in one of another process's messages.
    pub(crate) fn heard(&self, message: &str) {
        for entry in message.split_terminator(';') {
            let mut words = entry.splitn(3, ' ');
            if let (Some(limit), Some(Ok(times)), Some(place)) =
                (words.next(), words.next().map(str::parse), words.next())
            {
                // Where nobody counts, nobody has to know.
                let _nobody = self.elsewhere.send(Taken { limit: limit.to_owned(), place: place.to_owned(), times });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one process let through the other hears of, as often as it was, once; the busiest first where there are too many, in messages that
    /// fit. What makes no sense is passed over.
    #[test]
    fn what_one_lets_through_the_other_counts() {
        let (here, there) = (SharedLimits::default(), SharedLimits::default());
        here.took("all", "203.0.113.7");
        assert_eq!(here.messages(), Vec::<String>::new(), "nobody tells");
        here.begin_telling();
        for _ in 0..3 {
            here.took("all", "203.0.113.7");
        }
        here.took("log_in", "2001:db8:0:1::/64");
        let mut heard = there.elsewhere();
        for message in here.messages() {
            there.heard(&message);
        }
        let mut taken = [heard.try_recv().unwrap(), heard.try_recv().unwrap()];
        taken.sort_by_key(|taken| taken.times);
        let taken: Vec<_> = taken.iter().map(|taken| (&*taken.limit, &*taken.place, taken.times)).collect();
        assert_eq!(taken, [("log_in", "2001:db8:0:1::/64", 1), ("all", "203.0.113.7", 3)]);
        assert!(heard.try_recv().is_err() && here.messages().is_empty(), "it is told once");

        for place in 0..2 * MOST_PLACES {
            for _ in 0..=usize::from(place < 10) {
                here.took("public", &format!("10.0.{}.{}", place / 250, place % 250));
            }
        }
        let messages = here.messages();
        assert!(messages.iter().all(|message| message.len() < 8_000));
        let told: Vec<&str> = messages.iter().flat_map(|message| message.split_terminator(';')).collect();
        assert_eq!(told.len(), MOST_PLACES);
        assert_eq!(told.iter().filter(|entry| entry.starts_with("public 2 ")).count(), 10);

        for odd in ["", ";;", "all", "all x 1.2.3.4;", "all -1 1.2.3.4", "all 99999999999 1.2.3.4"] {
            there.heard(odd);
        }
        assert!(heard.try_recv().is_err());
    }
}
