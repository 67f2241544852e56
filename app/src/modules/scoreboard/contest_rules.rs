//! Who wins a contest. Pure: figures in, places and prizes out, the same for the same figures in whatever order they come.

use jiff::civil::Date;

use super::{
    formula::Fraction,
    ranking::{self, Direction, Entrant, Ties},
};

/// How a contest is won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whoever leads at the end.
    Most,
    /// Whoever is the first to reach a goal, by when it happened.
    Race,
    /// Everybody who reaches a goal.
    Threshold,
    /// Whoever of two leads at the end.
    HeadToHead,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Most, Self::Race, Self::Threshold, Self::HeadToHead];

    /// The word in rows and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Most => "most",
            Self::Race => "race",
            Self::Threshold => "threshold",
            Self::HeadToHead => "head_to_head",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// There is something to reach.
    pub const fn has_goal(self) -> bool {
        matches!(self, Self::Race | Self::Threshold)
    }
}

/// Where a contest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its first day is still to come.
    Planned,
    /// Today is one of its days.
    Running,
    /// Its days are over, and nobody has signed it off yet.
    Over,
    /// What it came to is kept.
    SignedOff,
    /// It doesn’t take place.
    Cancelled,
}

impl State {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Over => "over",
            Self::SignedOff => "signed_off",
            Self::Cancelled => "cancelled",
        }
    }

    /// Of a contest with these days, both included.
    pub fn of(first: Date, last: Date, today: Date, signed_off: bool, cancelled: bool) -> Self {
        match (cancelled, signed_off) {
            (true, _) => Self::Cancelled,
            (false, true) => Self::SignedOff,
            (false, false) if today < first => Self::Planned,
            (false, false) if today <= last => Self::Running,
            (false, false) => Self::Over,
        }
    }
}

/// What decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// How it is won.
    pub kind: Kind,
    /// What is to be reached, where there is something.
    pub goal: Option<Fraction>,
    /// Which figures are the good ones.
    pub direction: Direction,
    /// What becomes of equals. In a race that is no question: who was there first is before.
    pub ties: Ties,
    /// So many prizes there are.
    pub prizes: usize,
}

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contender<K> {
    /// Who it is. No two are the same.
    pub key: K,
    /// Orders equals.
    pub name: String,
    /// The figure. `None`: nothing to show.
    pub value: Option<Fraction>,
    /// In a race, when they reached the goal, in microseconds since 1970; `None`: not yet. Elsewhere, when they reached the figure that they have,
    /// as [`Entrant::reached`] has it.
    pub reached: Option<i64>,
}

/// A place in a contest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<K> {
    /// One more than the number of those before. `None` where there is no figure.
    pub rank: Option<u32>,
    /// Somebody else has the same.
    pub shared: bool,
    /// Who it is.
    pub key: K,
    /// Their name.
    pub name: String,
    /// Their figure.
    pub value: Option<Fraction>,
    /// When they were there, where that decides.
    pub reached: Option<i64>,
    /// They win, if it stays as it is.
    pub won: bool,
    /// Which of the prizes is theirs, from 0, if it stays as it is.
    pub prize: Option<usize>,
}

/// Who stands where, the first first.
///
/// - `Most` and `HeadToHead`: by figure. Whoever is first wins, and the prize of a place is of everybody who has it; who shares a place shares the
///   rank, and those that they take up are skipped. Where more is better, nobody wins anything with nothing.
/// - `Race`: those who reached the goal, by when; then the others, by figure. The prize of a place is of whoever reached the goal as that one.
/// - `Threshold`: by figure. Everybody who reached the goal wins, and has the first prize.
pub fn standings<K: Ord>(rule: &Rule, contenders: Vec<Contender<K>>) -> Vec<Place<K>> {
    if rule.kind == Kind::Race {
        return raced(rule, contenders);
    }
    let entrants = contenders.into_iter().map(|one| Entrant {
        key: one.key,
        name: one.name,
        value: one.value,
        reached: one.reached,
    });
    let counts = |value: Fraction| match (rule.kind, rule.goal, rule.direction) {
        (Kind::Threshold, Some(goal), Direction::HigherIsBetter) => value >= goal,
        (Kind::Threshold, Some(goal), Direction::LowerIsBetter) => value <= goal,
        (Kind::Threshold, None, _) => false,
        (_, _, Direction::HigherIsBetter) => !value.is_negative() && !value.is_zero(),
        (_, _, Direction::LowerIsBetter) => true,
    };
    ranking::rank(entrants.collect(), rule.direction, rule.ties)
        .into_iter()
        .map(|standing| {
            let counts = standing.value.is_some_and(counts);
            let won = counts && (rule.kind == Kind::Threshold || standing.rank == Some(1));
            let place = if rule.kind == Kind::Threshold { Some(0) } else { nth(standing.rank) };
            Place {
                rank: standing.rank,
                shared: standing.shared,
                key: standing.key,
                name: standing.name,
                value: standing.value,
                reached: None,
                won,
                prize: place.filter(|place| counts && *place < rule.prizes),
            }
        })
        .collect()
}

fn raced<K: Ord>(rule: &Rule, contenders: Vec<Contender<K>>) -> Vec<Place<K>> {
    let (mut there, under_way): (Vec<_>, Vec<_>) = contenders.into_iter().partition(|one| one.reached.is_some());
    there.sort_by(|a, b| {
        a.reached
            .cmp(&b.reached)
            .then_with(|| a.name.to_lowercase().cmp(&b.name.to_lowercase()))
            .then_with(|| a.key.cmp(&b.key))
    });
    let times: Vec<Option<i64>> = there.iter().map(|one| one.reached).collect();
    let there = there.into_iter().map(|one| {
        let before = times.partition_point(|at| *at < one.reached);
        let rank = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
        Place {
            rank: Some(rank),
            shared: times.partition_point(|at| *at <= one.reached) - before > 1,
            key: one.key,
            name: one.name,
            value: one.value,
            reached: one.reached,
            won: rank == 1,
            prize: nth(Some(rank)).filter(|place| *place < rule.prizes),
        }
    });
    let before = u32::try_from(times.len()).unwrap_or(u32::MAX);
    let under_way =
        under_way.into_iter().map(|one| Entrant { key: one.key, name: one.name, value: one.value, reached: None });
    let under_way =
        ranking::rank(under_way.collect(), rule.direction, Ties::Shared).into_iter().map(|standing| Place {
            rank: standing.rank.map(|rank| rank.saturating_add(before)),
            shared: standing.shared,
            key: standing.key,
            name: standing.name,
            value: standing.value,
            reached: None,
            won: false,
            prize: None,
        });
    there.chain(under_way).collect()
}

/// A place, from 0.
fn nth(rank: Option<u32>) -> Option<usize> {
    usize::try_from(rank?.checked_sub(1)?).ok()
}

/// How much of something a figure is, in thousandths from 0 to 1000: nothing where either is no more than nothing.
pub fn thousandths(value: Option<Fraction>, of: Option<Fraction>) -> i64 {
    let (Some(value), Some(of)) = (value, of) else { return 0 };
    if value.is_negative() || of.is_zero() || of.is_negative() {
        return 0;
    }
    // Beyond what can be reckoned exactly it is more than all of it.
    value.checked_div(of).and_then(|share| share.round_to(3)).unwrap_or(1000).clamp(0, 1000)
}

/// Whether, and since when, a sum has been where it was to get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It isn’t there.
    Not,
    /// It was there before anything happened.
    FromTheStart,
    /// Since then, in microseconds since 1970.
    At(i64),
}

/// A sum on its way to a goal, told what happened one after the other, by when it did.
///
/// The goal is reached at the earliest instant from which on the sum was at least as good as it to the end, without a break: a refund that takes it
/// under the goal puts that off until it was made up for. What happened at the same instant counts together. For a goal that is the sum’s own
/// figure in the end this is [`ranking::reached_at`], without all of it in memory at once.
#[derive(Debug, Clone, Copy)]
pub struct Climb {
    goal: i128,
    direction: Direction,
    sum: i128,
    /// The instant that may not be over.
    at: Option<i64>,
    reached: Reached,
}

impl Climb {
    /// From nothing to a goal.
    pub fn to(goal: i128, direction: Direction) -> Self {
        let start = Self { goal, direction, sum: 0, at: None, reached: Reached::Not };
        Self { reached: if start.is_there() { Reached::FromTheStart } else { Reached::Not }, ..start }
    }

    /// Something happened, not before what was told already.
    pub fn add(&mut self, at: i64, value: i64) {
        if self.at != Some(at) {
            self.settle();
            self.at = Some(at);
        }
        self.sum = self.sum.saturating_add(i128::from(value));
    }

    /// How it stands, once all of it was told.
    pub fn reached(mut self) -> Reached {
        self.settle();
        self.reached
    }

    fn settle(&mut self) {
        let Some(at) = self.at else { return };
        self.reached = match (self.is_there(), self.reached) {
            (false, _) => Reached::Not,
            (true, Reached::Not) => Reached::At(at),
            (true, since) => since,
        };
    }

    fn is_there(&self) -> bool {
        match self.direction {
            Direction::HigherIsBetter => self.sum >= self.goal,
            Direction::LowerIsBetter => self.sum <= self.goal,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::{Direction::*, *};

    fn figure(value: i64) -> Option<Fraction> {
        Fraction::new(i128::from(value), 1)
    }

    fn rule(kind: Kind, goal: Option<i64>, prizes: usize) -> Rule {
        let goal = goal.and_then(figure);
        Rule { kind, goal, direction: HigherIsBetter, ties: Ties::Shared, prizes }
    }

    fn contenders(all: &[(&str, Option<i64>, Option<i64>)]) -> Vec<Contender<String>> {
        let one = |(name, value, reached): &(&str, Option<i64>, Option<i64>)| Contender {
            key: (*name).to_owned(),
            name: (*name).to_owned(),
            value: value.and_then(figure),
            reached: *reached,
        };
        all.iter().map(one).collect()
    }

    /// "1 Ada won prize 1, 2= Bo, – Cy"
    fn written(places: &[Place<String>]) -> String {
        let place = |place: &Place<String>| {
            let rank = place.rank.map_or("–".to_owned(), |rank| rank.to_string());
            let (shared, won) = (if place.shared { "=" } else { "" }, if place.won { " won" } else { "" });
            let prize = place.prize.map(|nth| format!(" prize {}", nth + 1)).unwrap_or_default();
            format!("{rank}{shared} {}{won}{prize}", place.name)
        };
        places.iter().map(place).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_most_wins_and_places_have_prizes() {
        let all =
            contenders(&[("Ada", Some(5), None), ("Bo", Some(9), None), ("Cy", Some(5), None), ("Di", None, None)]);
        let places = standings(&rule(Kind::Most, None, 2), all.clone());
        assert_eq!(written(&places), "1 Bo won prize 1, 2= Ada prize 2, 2= Cy prize 2, – Di");
        let lower = Rule { direction: LowerIsBetter, ..rule(Kind::Most, None, 1) };
        assert_eq!(written(&standings(&lower, all)), "1= Ada won prize 1, 1= Cy won prize 1, 3 Bo, – Di");
    }

    #[test]
    fn nobody_wins_with_nothing_where_more_is_better() {
        let all = contenders(&[("Ada", Some(0), None), ("Bo", Some(0), None), ("Cy", Some(-4), None)]);
        assert_eq!(written(&standings(&rule(Kind::Most, None, 3), all.clone())), "1= Ada, 1= Bo, 3 Cy");
        let lower = Rule { direction: LowerIsBetter, ..rule(Kind::HeadToHead, None, 1) };
        assert_eq!(written(&standings(&lower, all)), "1 Cy won prize 1, 2= Ada, 2= Bo");
    }

    #[test]
    fn of_equals_the_first_can_be_before() {
        let all = contenders(&[("Ada", Some(5), Some(20)), ("Bo", Some(5), Some(10))]);
        let first = Rule { ties: Ties::FirstToReach, ..rule(Kind::Most, None, 1) };
        assert_eq!(written(&standings(&first, all)), "1 Bo won prize 1, 2 Ada");
    }

    #[test]
    fn a_race_is_won_by_time_and_not_by_figure() {
        let all = contenders(&[
            ("Ada", Some(50), Some(20)),
            ("Bo", Some(10), Some(7)),
            ("Cy", Some(9), None),
            ("Di", Some(11), Some(20)),
            ("Ed", Some(3), None),
            ("Flo", None, None),
        ]);
        let places = standings(&rule(Kind::Race, Some(10), 3), all);
        assert_eq!(written(&places), "1 Bo won prize 1, 2= Ada prize 2, 2= Di prize 2, 4 Cy, 5 Ed, – Flo");
        let nobody = contenders(&[("Ada", Some(9), None)]);
        assert_eq!(written(&standings(&rule(Kind::Race, Some(10), 3), nobody)), "1 Ada");
    }

    #[test]
    fn everybody_over_a_threshold_wins() {
        let all = contenders(&[("Ada", Some(10), None), ("Bo", Some(12), None), ("Cy", Some(9), None)]);
        let places = standings(&rule(Kind::Threshold, Some(10), 1), all.clone());
        assert_eq!(written(&places), "1 Bo won prize 1, 2 Ada won prize 1, 3 Cy");
        let lower = Rule { direction: LowerIsBetter, ..rule(Kind::Threshold, Some(9), 0) };
        assert_eq!(written(&standings(&lower, all)), "1 Cy won, 2 Ada, 3 Bo");
    }

    #[test]
    fn a_contest_is_where_its_days_say() {
        let day = |day: i8| Date::constant(2026, 11, day);
        for (today, signed, cancelled, state) in [
            (9, false, false, State::Planned),
            (10, false, false, State::Running),
            (20, false, false, State::Running),
            (21, false, false, State::Over),
            (21, true, false, State::SignedOff),
            (15, false, true, State::Cancelled),
        ] {
            assert_eq!(State::of(day(10), day(20), day(today), signed, cancelled), state, "{today}");
        }
    }

    #[test]
    fn a_share_is_held_between_nothing_and_all() {
        for (value, of, wanted) in [
            (Some(5), Some(10), 500),
            (Some(20), Some(10), 1000),
            (Some(-5), Some(10), 0),
            (Some(5), Some(0), 0),
            (None, Some(10), 0),
            (Some(1), Some(3), 333),
        ] {
            assert_eq!(thousandths(value.and_then(figure), of.and_then(figure)), wanted, "{value:?} of {of:?}");
        }
    }

    #[test]
    fn a_refund_puts_the_goal_off() {
        let reached = |entries: &[(i64, i64)], goal: i128| {
            let mut climb = Climb::to(goal, HigherIsBetter);
            for (at, value) in entries {
                climb.add(*at, *value);
            }
            climb.reached()
        };
        assert_eq!(reached(&[(1, 50), (2, 50)], 100), Reached::At(2));
        assert_eq!(reached(&[(1, 120), (2, -30), (3, 30)], 100), Reached::At(3));
        assert_eq!(reached(&[(1, 120), (2, -10)], 100), Reached::At(1));
        assert_eq!(reached(&[(1, 120), (2, -30)], 100), Reached::Not);
        // At the same instant, in whatever order.
        assert_eq!(reached(&[(1, 120), (2, -30), (2, 30)], 100), Reached::At(1));
        assert_eq!(reached(&[], 0), Reached::FromTheStart);
        assert_eq!(reached(&[(1, -1), (2, 1)], 0), Reached::At(2));
    }

    fn kinds() -> impl Strategy<Value = Kind> {
        prop::sample::select(Kind::ALL.to_vec())
    }

    fn directions() -> impl Strategy<Value = Direction> {
        prop::sample::select(vec![HigherIsBetter, LowerIsBetter])
    }

    proptest! {
        /// Against every one compared with every other.
        #[test]
        fn places_are_those_of_a_naive_count(
            kind in kinds(),
            direction in directions(),
            goal in -3_i64..6,
            prizes in 0_usize..4,
            figures in vec((option::weighted(0.9, -4_i64..8), option::of(0_i64..4)), 0..25),
        ) {
            let rule = Rule { kind, goal: figure(goal), direction, ties: Ties::Shared, prizes };
            let all: Vec<Contender<usize>> = figures
                .iter()
                .enumerate()
                .map(|(key, (value, reached))| Contender { key, name: format!("n{}", key % 7), value: value.and_then(figure), reached: *reached })
                .collect();
            let better = |a: i64, b: i64| if direction == HigherIsBetter { a > b } else { a < b };
            let strictly_before = |a: usize, b: usize| {
                let ((a, at), (b, bt)) = (figures[a], figures[b]);
                match (kind, at, bt) {
                    (Kind::Race, Some(at), Some(bt)) => at < bt,
                    (Kind::Race, Some(_), None) => true,
                    (Kind::Race, None, Some(_)) => false,
                    _ => match (a, b) {
                        (Some(a), Some(b)) => better(a, b),
                        (a, _) => a.is_some(),
                    },
                }
            };
            let places = standings(&rule, all.clone());
            prop_assert_eq!(places.len(), all.len());
            for place in &places {
                let (value, reached) = figures[place.key];
                let before = (0..figures.len()).filter(|other| strictly_before(*other, place.key)).count();
                let has_rank = value.is_some() || kind == Kind::Race && reached.is_some();
                prop_assert_eq!(place.rank, has_rank.then(|| u32::try_from(before + 1).unwrap()));
                let there = match kind {
                    Kind::Race => reached.is_some(),
                    Kind::Threshold => value.is_some_and(|value| !better(goal, value)),
                    _ => value.is_some_and(|value| direction == LowerIsBetter || value > 0),
                };
                prop_assert_eq!(place.won, there && (kind == Kind::Threshold || before == 0));
                let nth = if kind == Kind::Threshold { 0 } else { before };
                prop_assert_eq!(place.prize, (there && nth < prizes).then_some(nth));
            }
            let mut turned = all;
            turned.reverse();
            prop_assert_eq!(standings(&rule, turned), places, "in any order");
        }

        /// Against the sum after every instant, and against what boards go by.
        #[test]
        fn a_climb_is_there_from_the_last_time_that_it_got_there(
            direction in directions(),
            goal in -20_i64..20,
            mut entries in vec((0_i64..12, -10_i64..12), 0..30),
        ) {
            entries.sort_by_key(|(at, _)| *at);
            let good = |sum: i64, goal: i64| if direction == HigherIsBetter { sum >= goal } else { sum <= goal };
            let run = |goal: i64| {
                let mut climb = Climb::to(i128::from(goal), direction);
                for (at, value) in &entries {
                    climb.add(*at, *value);
                }
                climb.reached()
            };
            let after = |at: i64| entries.iter().filter(|(other, _)| *other <= at).map(|(_, value)| value).sum::<i64>();
            let instants: Vec<i64> = entries.iter().map(|(at, _)| *at).collect();
            let from = |start: i64| instants.iter().filter(|at| **at >= start).all(|at| good(after(*at), goal));
            let expected = if good(0, goal) && from(i64::MIN) {
                Reached::FromTheStart
            } else {
                let since = instants.iter().copied().find(|at| from(*at));
                since.map_or(Reached::Not, Reached::At)
            };
            prop_assert_eq!(run(goal), expected);

            let figure: i64 = entries.iter().map(|(_, value)| value).sum();
            let own = match run(figure) {
                Reached::At(at) => Some(at),
                Reached::FromTheStart | Reached::Not => None,
            };
            prop_assert_eq!(own, ranking::reached_at(entries.clone(), direction));
        }
    }
}
