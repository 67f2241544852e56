//! Who takes a booking, of those who are free.

use super::{
    ids::StaffId,
    options::{Assignment, AssignmentRule},
};
use crate::clock::Instant;

/// Somebody who is free, and what the rules look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub staff: StaffId,
    /// The greater the sooner.
    pub priority: i64,
    /// How large a share they get where turns are taken.
    pub weight: i64,
    /// Their bookings on the day of the start.
    pub that_day: usize,
    /// How many bookings of this service came to them in the period.
    pub turns: i64,
    /// When the last one came to them; `None`: none yet.
    pub last: Option<Instant>,
}

/// Those who are free, whoever is to be asked first in front; in the order of the list where the rule leaves it open.
///
/// Turns are fair by weight: next is whoever’s share of what came in would still be the smallest with one more, so that
/// with everybody always free each gets their weight’s part of every round.
pub fn order(assignment: Assignment, mut free: Vec<Candidate>) -> Vec<StaffId> {
    match assignment.rule {
        AssignmentRule::Fewest | AssignmentRule::Collective => free.sort_by_key(|one| one.that_day),
        AssignmentRule::Priority => free.sort_by_key(|one| (std::cmp::Reverse(one.priority), one.that_day)),
        AssignmentRule::LongestIdle => free.sort_by_key(|one| one.last),
        AssignmentRule::RoundRobin => free.sort_by(|a, b| {
            // (turns + 1) / weight, compared without division.
            let shares = ((a.turns + 1) * b.weight).cmp(&((b.turns + 1) * a.weight));
            shares.then(a.last.cmp(&b.last))
        }),
    }
    free.into_iter().map(|one| one.staff).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(number: u128, priority: i64, weight: i64) -> Candidate {
        let staff = StaffId(uuid::Uuid::from_u128(number));
        Candidate { staff, priority, weight, that_day: 0, turns: 0, last: None }
    }

    fn rule(rule: AssignmentRule) -> Assignment {
        Assignment { rule, ..Assignment::default() }
    }

    /// Gives out bookings one after the other, everybody always free, and counts what each got.
    fn dealt(assignment: Assignment, mut all: Vec<Candidate>, bookings: i64) -> Vec<i64> {
        for number in 0..bookings {
            let first = order(assignment, all.clone()).remove(0);
            for one in all.iter_mut().filter(|one| one.staff == first) {
                one.turns += 1;
                one.that_day += 1;
                one.last = Some(Instant::from_timestamp(jiff::Timestamp::UNIX_EPOCH).plus_seconds(number));
            }
        }
        all.iter().map(|one| one.turns).collect()
    }

    #[test]
    fn turns_follow_the_weights() {
        let all = vec![candidate(1, 0, 100), candidate(2, 0, 200), candidate(3, 0, 100)];
        assert_eq!(dealt(rule(AssignmentRule::RoundRobin), all.clone(), 400), [100, 200, 100]);
        // Never far off on the way there.
        for bookings in 1..100 {
            let got = dealt(rule(AssignmentRule::RoundRobin), all.clone(), bookings);
            for (one, got) in all.iter().zip(got) {
                assert!((got * 400 - bookings * one.weight).abs() <= 400 * 2, "{bookings}: {got} for {}", one.weight);
            }
        }
    }

    #[test]
    fn each_rule_asks_its_own_first() {
        let at = |second| Some(Instant::from_timestamp(jiff::Timestamp::UNIX_EPOCH).plus_seconds(second));
        let busy = Candidate { that_day: 3, turns: 1, last: at(5), ..candidate(1, 9, 100) };
        let idle = Candidate { that_day: 1, turns: 4, last: at(2), ..candidate(2, 1, 100) };
        let new = Candidate { that_day: 2, turns: 2, last: None, ..candidate(3, 9, 100) };
        let order = |by| -> Vec<u128> {
            order(rule(by), vec![busy, idle, new]).into_iter().map(|staff| staff.0.as_u128()).collect()
        };
        assert_eq!(order(AssignmentRule::Fewest), [2, 3, 1]);
        assert_eq!(order(AssignmentRule::Priority), [3, 1, 2]);
        assert_eq!(order(AssignmentRule::LongestIdle), [3, 2, 1]);
        assert_eq!(order(AssignmentRule::RoundRobin), [1, 3, 2]);
    }
}
