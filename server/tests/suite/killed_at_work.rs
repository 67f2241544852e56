//! The program itself, killed at any moment while a business is at work, and started again: no booking, payment, entry, task or letter is
//! lost, half there or there twice, nothing is as it must never be, and SQLite’s file is whole.
//!
//! Five times wherever all tests run; a hundred times by `make prove`, each time with another seed, which is printed.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use app::clock::Clock;

use crate::{
    at_work::{Business, until},
    killed_bookings::Random,
};

const FEW: usize = 5;
const MANY: usize = 100;
const HANDS: usize = 5;
/// A life of the program sees so much, however fast the machine is.
const DONE_IN_A_LIFE: usize = 8;
/// And goes on for so long at most.
const LONGEST_MILLIS: usize = 400;

#[test]
fn nothing_is_lost_on_sqlite() {
    kill_again_and_again(&Business::on_sqlite(0x5eed_0011), 0x5eed_0011, FEW);
}

#[test]
fn nothing_is_lost_on_postgres() {
    kill_again_and_again(&Business::on_postgres(1, 0x5eed_0012), 0x5eed_0012, FEW);
}

#[test]
#[ignore = "takes minutes: make prove"]
fn a_hundred_kills_on_sqlite() {
    let seed = seed_of_today();
    report("SQLite", || kill_again_and_again(&Business::on_sqlite(seed), seed, MANY));
}

#[test]
#[ignore = "takes minutes: make prove"]
fn a_hundred_kills_on_postgres() {
    let seed = seed_of_today();
    report("PostgreSQL", || kill_again_and_again(&Business::on_postgres(1, seed), seed, MANY));
}

/// Gives how much there was of each kind: bookings, payments, entries, tasks.
fn kill_again_and_again(business: &Business, seed: u64, kills: usize) -> [usize; 4] {
    let mut random = Random(seed);
    let program = &business.processes[0];
    let known = business.work(HANDS, |done| {
        for _ in 0..kills {
            until(done, done.load(Ordering::Relaxed) + DONE_IN_A_LIFE);
            thread::sleep(Duration::from_millis(u64::try_from(random.below(LONGEST_MILLIS)).expect("few")));
            program.kill();
            program.start();
        }
        comes_to_rest(done);
    });
    assert!(known.asked_again > 0, "somebody was cut off in the middle");
    let counts = known.counts();
    assert!(counts.iter().all(|many| *many > 0), "something of each kind: {counts:?}");
    business.settles();
    business.is_as_known(&known);
    business.is_whole();
    counts
}

/// The last life sees something, too.
fn comes_to_rest(done: &AtomicUsize) {
    until(done, done.load(Ordering::Relaxed) + DONE_IN_A_LIFE);
}

/// A line for `benches/README.md`.
fn report(database: &str, prove: impl FnOnce() -> [usize; 4]) {
    let started = Instant::now();
    let [bookings, payments, entries, tasks] = prove();
    eprintln!(
        "RESULT\tlost, doubled or half there after {MANY} kills at work, {database}: {bookings} bookings, {payments} payments, \
         {entries} entries, {tasks} tasks, and their letters ({} s)\t0\t\t\t0\tok",
        started.elapsed().as_secs()
    );
}

fn seed_of_today() -> u64 {
    Clock::system().now().micros().unsigned_abs()
}
