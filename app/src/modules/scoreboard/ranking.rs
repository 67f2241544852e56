//! Who stands where on a board, and what a person’s own figures say over time. Pure: figures in, places out, the same
//! for the same figures in whatever order they come.

use std::{cmp::Ordering, iter::repeat_n};

/// What happens to equal figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ties {
    /// Equals share a rank, and the ranks they take up are skipped: 1, 2, 2, 4 (standard competition ranking).
    #[default]
    Shared,
    /// Of equals, whoever had reached the figure first, by when it happened, is before. Still equal: shared.
    FirstToReach,
}

/// Which figures are the good ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// More is better: sales, calls.
    #[default]
    HigherIsBetter,
    /// Less is better: complaints, days to answer.
    LowerIsBetter,
}

impl Direction {
    /// The better of two before the other.
    fn better_first<V: Ord>(self, a: &V, b: &V) -> Ordering {
        match self {
            Self::HigherIsBetter => b.cmp(a),
            Self::LowerIsBetter => a.cmp(b),
        }
    }
}

/// A person, team or branch that takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrant<K, V> {
    /// Who it is. No two on a board are the same.
    pub key: K,
    /// Orders those who share a rank, as it is read: capitals make no difference.
    pub name: String,
    /// The figure. None: nothing to show (a ratio over nothing), which stands after every figure, without a rank.
    pub value: Option<V>,
    /// When the figure was reached, in microseconds since 1970; see [`reached_at`]. None: it was there from the start,
    /// or isn’t a figure that is reached, and stands before equals that got there later.
    pub reached: Option<i64>,
}

/// A place on a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<K, V> {
    /// One more than the number of those who are strictly before. None where there is no figure.
    pub rank: Option<u32>,
    /// Whether somebody else has the same rank.
    pub shared: bool,
    /// Who it is.
    pub key: K,
    /// Their name.
    pub name: String,
    /// Their figure.
    pub value: Option<V>,
    /// The line on the board, from 0. No two are the same.
    pub place: usize,
}

/// The board: the best first, those who share a rank by name and then by key, those with nothing to show at the end.
///
/// A figure below zero (refunds) is a figure like any other.
pub fn rank<K: Ord, V: Ord>(entrants: Vec<Entrant<K, V>>, direction: Direction, ties: Ties) -> Vec<Standing<K, V>> {
    let figures = |a: &Entrant<K, V>, b: &Entrant<K, V>| match (&a.value, &b.value, ties) {
        (Some(x), Some(y), Ties::Shared) => direction.better_first(x, y),
        (Some(x), Some(y), Ties::FirstToReach) => direction.better_first(x, y).then(a.reached.cmp(&b.reached)),
        (x, y, _) => y.is_some().cmp(&x.is_some()),
    };
    let mut board: Vec<_> = entrants.into_iter().map(|entrant| (entrant.name.to_lowercase(), entrant)).collect();
    board.sort_by(|(read_a, a), (read_b, b)| {
        figures(a, b)
            .then_with(|| read_a.cmp(read_b))
            .then_with(|| a.key.cmp(&b.key))
            // Only for a key that is there twice, so that even those don’t flip.
            .then_with(|| a.name.cmp(&b.name))
    });

    let mut ranks = Vec::with_capacity(board.len());
    for equals in board.chunk_by(|(_, a), (_, b)| figures(a, b).is_eq()) {
        let numbered = equals.iter().all(|(_, entrant)| entrant.value.is_some());
        let rank = numbered.then(|| u32::try_from(ranks.len()).unwrap_or(u32::MAX).saturating_add(1));
        ranks.extend(repeat_n((rank, numbered && equals.len() > 1), equals.len()));
    }
    board
        .into_iter()
        .zip(ranks)
        .enumerate()
        .map(|(place, ((_, Entrant { key, name, value, .. }), (rank, shared)))| Standing {
            rank,
            shared,
            key,
            name,
            value,
            place,
        })
        .collect()
}

/// How a rank changed against an earlier board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Movement {
    /// There was no rank before.
    New,
    /// Better by this many ranks.
    Up(u32),
    /// Worse by this many ranks.
    Down(u32),
    /// The same rank.
    Same,
}

/// The arrow beside a rank. None where there is no rank now.
pub fn movement(now: Option<u32>, before: Option<u32>) -> Option<Movement> {
    let now = now?;
    Some(match before.map(|before| (now.cmp(&before), now.abs_diff(before))) {
        None => Movement::New,
        Some((Ordering::Less, by)) => Movement::Up(by),
        Some((Ordering::Greater, by)) => Movement::Down(by),
        Some((Ordering::Equal, _)) => Movement::Same,
    })
}

/// How much each is short of the next better figure that is another one.
///
/// Takes a board as [`rank`] gives it. `apart` gets a better figure and a worse one, in this order, and says how far they
/// are apart: where lower is better, that is the second less the first. None for whoever has the best figure, for those
/// with nothing to show, and where `apart` has no answer.
pub fn gaps<K, V: PartialEq>(board: &[Standing<K, V>], apart: impl Fn(&V, &V) -> Option<V>) -> Vec<Option<V>> {
    let (mut better, mut own) = (None, None);
    board
        .iter()
        .map(|standing| {
            let value = standing.value.as_ref()?;
            if own != Some(value) {
                (better, own) = (own, Some(value));
            }
            apart(better?, value)
        })
        .collect()
}

/// When a sum reached the figure that it has in the end, from entries of (when it happened, value), in any order; times
/// in microseconds since 1970.
///
/// The sum is nothing before the first entry, and entries of the same instant count together. The figure is reached at
/// the earliest time from which on the sum was at least as good as it is in the end, without a break: at or above it
/// where higher is better, at or below it where lower is better. So a refund that takes the sum under its final figure
/// puts the time off until it was made up for, and one that doesn’t changes nothing.
///
/// None where the sum was that good from the start, before any entry: nobody is the first to be there. It is so without
/// entries, for sums that only fell where higher is better, and for sums that only grew where lower is better (a fifth
/// complaint isn’t something to be first at); these are equal to each other.
pub fn reached_at(entries: impl IntoIterator<Item = (i64, i64)>, direction: Direction) -> Option<i64> {
    let mut entries: Vec<_> = entries.into_iter().collect();
    entries.sort_unstable_by_key(|(at, _)| *at);
    let sum = |entries: &[(i64, i64)]| entries.iter().map(|(_, value)| i128::from(*value)).sum::<i128>();
    let figure = sum(&entries);

    // Backwards from the end, to the last time that the sum came up to the figure from a worse one.
    let mut before = figure;
    entries.chunk_by(|a, b| a.0 == b.0).rev().find_map(|instant| {
        before -= sum(instant);
        let came_up = direction.better_first(&figure, &before).is_lt();
        instant.first().filter(|_| came_up).map(|(at, _)| *at)
    })
}

/// How many periods in a row were good, counted from the newest (the last) backwards.
///
/// With `running`, the last period isn’t over: it extends a streak when it is good already, and doesn’t break it when it
/// isn’t yet. A period with nothing to show isn’t good; leave out those that shouldn’t count, such as days off.
pub fn streak<V>(values: &[Option<V>], good: impl Fn(&V) -> bool, running: bool) -> u32 {
    let is_good = |value: &&Option<V>| value.as_ref().is_some_and(&good);
    let counted = match values {
        [over @ .., last] if running && !is_good(&last) => over,
        all => all,
    };
    u32::try_from(counted.iter().rev().take_while(is_good).count()).unwrap_or(u32::MAX)
}

/// Which period, oldest first, has the best figure: the earliest of equals. None if none has a figure.
///
/// So a running period, the last, is the best only once it is strictly better than all before it. Leave it out where
/// lower is better and it still grows: it would be the best on its first day.
pub fn personal_best<V: Ord>(values: &[Option<V>], direction: Direction) -> Option<usize> {
    let figures = values.iter().enumerate().filter_map(|(index, value)| Some((index, value.as_ref()?)));
    figures.min_by(|(_, a), (_, b)| direction.better_first(a, b)).map(|(index, _)| index)
}

/// Who improved most from one period to the next, of (key, before, after): by the difference itself and not by a share
/// of what there was before. All who improved by as much, by key; nobody if nobody improved.
///
/// `apart` gets the better figure and the worse one, as for [`gaps`]. Nobody counts without a figure in both periods, or
/// where `apart` has no answer.
pub fn most_improved<K: Ord, V: Ord>(
    pairs: impl IntoIterator<Item = (K, Option<V>, Option<V>)>,
    direction: Direction,
    apart: impl Fn(&V, &V) -> Option<V>,
) -> Vec<K> {
    let improved = pairs.into_iter().filter_map(|(key, before, after)| {
        let (before, after) = (before?, after?);
        let by = direction.better_first(&after, &before).is_lt().then(|| apart(&after, &before))??;
        Some((by, key))
    });
    let mut improved: Vec<_> = improved.collect();
    improved.sort_unstable_by(|(by_a, a), (by_b, b)| by_b.cmp(by_a).then_with(|| a.cmp(b)));
    let most = improved.chunk_by(|(a, _), (b, _)| a == b).next().map_or(0, <[_]>::len);
    improved.into_iter().take(most).map(|(_, key)| key).collect()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::{Direction::*, *};

    type Team = Vec<Entrant<u8, i64>>;

    fn entrant(key: u8, name: &str, value: Option<i64>, reached: Option<i64>) -> Entrant<u8, i64> {
        Entrant { key, name: name.to_owned(), value, reached }
    }

    /// "1 Ada, 2= Bo, − Cy"
    fn written(board: &[Standing<u8, i64>]) -> String {
        let line = |s: &Standing<u8, i64>| {
            let rank = s.rank.map_or("−".to_owned(), |rank| rank.to_string());
            format!("{rank}{} {}", if s.shared { "=" } else { "" }, s.name)
        };
        board.iter().map(line).collect::<Vec<_>>().join(", ")
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "figures are handed over by reference")]
    fn higher(better: &i64, worse: &i64) -> Option<i64> {
        better.checked_sub(*worse)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "figures are handed over by reference")]
    fn lower(better: &i64, worse: &i64) -> Option<i64> {
        worse.checked_sub(*better)
    }

    fn apart(direction: Direction) -> fn(&i64, &i64) -> Option<i64> {
        if direction == HigherIsBetter { higher } else { lower }
    }

    #[test]
    fn a_tie_is_shared_and_the_next_rank_is_skipped() {
        let team = || {
            vec![
                entrant(1, "Di", Some(10), Some(4)),
                entrant(2, "cy", Some(20), Some(9)),
                entrant(3, "Bo", Some(20), Some(3)),
                entrant(4, "Ada", Some(30), Some(7)),
            ]
        };
        assert_eq!(written(&rank(team(), HigherIsBetter, Ties::Shared)), "1 Ada, 2= Bo, 2= cy, 4 Di");
        assert_eq!(written(&rank(team(), LowerIsBetter, Ties::Shared)), "1 Di, 2= Bo, 2= cy, 4 Ada");
    }

    #[test]
    fn whoever_reached_the_figure_first_is_before() {
        let team = || {
            vec![
                entrant(1, "Ada", Some(20), Some(9)),
                entrant(2, "Bo", Some(20), Some(3)),
                entrant(3, "Cy", Some(20), Some(9)),
                entrant(4, "Di", Some(5), Some(1)),
                entrant(5, "Ed", Some(0), None),
                entrant(6, "Flo", Some(0), Some(2)),
            ]
        };
        let board = rank(team(), HigherIsBetter, Ties::FirstToReach);
        assert_eq!(written(&board), "1 Bo, 2= Ada, 2= Cy, 4 Di, 5 Ed, 6 Flo");
        let board = rank(team(), HigherIsBetter, Ties::Shared);
        assert_eq!(written(&board), "1= Ada, 1= Bo, 1= Cy, 4 Di, 5= Ed, 5= Flo");
    }

    #[test]
    fn refunds_rank_last_and_nothing_to_show_comes_after_without_a_number() {
        for ties in [Ties::Shared, Ties::FirstToReach] {
            let team = vec![
                entrant(1, "Zoe", None, Some(1)),
                entrant(2, "adam", None, Some(2)),
                entrant(3, "Bo", Some(-5_000), None),
                entrant(4, "Cy", Some(0), None),
                entrant(5, "Di", Some(i64::MIN), None),
            ];
            assert_eq!(written(&rank(team, HigherIsBetter, ties)), "1 Cy, 2 Bo, 3 Di, − adam, − Zoe");
        }
        assert!(rank(Vec::<Entrant<u8, i64>>::new(), LowerIsBetter, Ties::Shared).is_empty());
    }

    #[test]
    fn namesakes_who_share_a_rank_keep_their_order() {
        let team = vec![entrant(9, "Ada", Some(1), None), entrant(2, "ada", Some(1), None)];
        let keys: Vec<_> = rank(team, HigherIsBetter, Ties::Shared).into_iter().map(|s| s.key).collect();
        assert_eq!(keys, [2, 9]);
    }

    #[test]
    fn an_arrow_says_how_many_ranks() {
        for (now, before, arrow) in [
            (Some(1), Some(4), Some(Movement::Up(3))),
            (Some(4), Some(1), Some(Movement::Down(3))),
            (Some(2), Some(2), Some(Movement::Same)),
            (Some(2), None, Some(Movement::New)),
            (None, Some(2), None),
            (None, None, None),
            (Some(1), Some(u32::MAX), Some(Movement::Up(u32::MAX - 1))),
        ] {
            assert_eq!(movement(now, before), arrow, "{before:?} to {now:?}");
        }
    }

    #[test]
    fn the_gap_is_to_the_next_better_figure() {
        let team = |values: [Option<i64>; 6]| {
            values.into_iter().zip(0..).map(|(value, key)| entrant(key, "x", value, Some(key.into()))).collect()
        };
        for ties in [Ties::Shared, Ties::FirstToReach] {
            let board = rank(team([Some(30), Some(30), Some(20), Some(20), Some(-5), None]), HigherIsBetter, ties);
            assert_eq!(gaps(&board, higher), [None, None, Some(10), Some(10), Some(25), None]);
            let board = rank(team([Some(3), Some(3), Some(4), Some(4), Some(9), None]), LowerIsBetter, ties);
            assert_eq!(gaps(&board, lower), [None, None, Some(1), Some(1), Some(5), None]);
        }
        let board = rank(team([Some(i64::MAX), Some(i64::MIN), None, None, None, None]), HigherIsBetter, Ties::Shared);
        assert_eq!(gaps(&board, higher), [None; 6], "what can’t be said exactly isn’t said");
    }

    #[test]
    fn a_refund_resets_who_was_first() {
        for (entries, reached) in [
            (vec![], None),
            (vec![(1, 50), (2, 50)], Some(2)),
            // A refund and its making good: the figure counts from then.
            (vec![(1, 100), (2, -30), (3, 30)], Some(3)),
            // One that takes away only what was beyond.
            (vec![(1, 120), (2, -20)], Some(1)),
            (vec![(1, 120), (2, -60), (3, 40)], Some(3)),
            // Nothing of value changes nothing.
            (vec![(1, 100), (5, 0)], Some(1)),
            // At one instant together, in whatever order.
            (vec![(2, 30), (1, 100), (2, -30)], Some(1)),
            // Nobody is the first to have nothing, or less.
            (vec![(1, 50), (2, -50)], None),
            (vec![(1, -50)], None),
            (vec![(1, -50), (2, 50)], Some(2)),
        ] {
            assert_eq!(reached_at(entries.clone(), HigherIsBetter), reached, "{entries:?}");
            let mirrored = entries.iter().map(|(at, value)| (*at, -value));
            assert_eq!(reached_at(mirrored, LowerIsBetter), reached, "mirrored: {entries:?}");
        }
        assert_eq!(reached_at([(1, 1), (2, 1), (3, 3)], LowerIsBetter), None);
        assert_eq!(reached_at([(1, 8), (2, -3)], LowerIsBetter), Some(2));
        assert_eq!(reached_at([(1, i64::MAX), (2, i64::MAX), (3, i64::MIN)], HigherIsBetter), Some(1));
    }

    #[test]
    fn a_running_period_extends_a_streak_but_does_not_break_it() {
        let met = |value: &i64| *value >= 10;
        for (values, over, running) in [
            (vec![], 0, 0),
            (vec![Some(10)], 1, 1),
            (vec![Some(3)], 0, 0),
            (vec![Some(3), Some(10), Some(11)], 2, 2),
            (vec![Some(10), Some(11), Some(3)], 0, 2),
            (vec![Some(10), Some(11), None], 0, 2),
            (vec![Some(10), None, Some(11)], 1, 1),
            (vec![Some(10), Some(9), Some(9)], 0, 0),
        ] {
            assert_eq!(streak(&values, met, false), over, "{values:?}");
            assert_eq!(streak(&values, met, true), running, "{values:?}, running");
        }
    }

    #[test]
    fn a_best_must_be_beaten() {
        let values = [None, Some(5), Some(9), Some(2), Some(9), Some(2)];
        assert_eq!(personal_best(&values, HigherIsBetter), Some(2));
        assert_eq!(personal_best(&values, LowerIsBetter), Some(3));
        assert_eq!(personal_best(&[Some(-3), Some(-3)], HigherIsBetter), Some(0));
        assert_eq!(personal_best::<i64>(&[None, None], HigherIsBetter), None);
        assert_eq!(personal_best::<i64>(&[], HigherIsBetter), None);
    }

    #[test]
    fn all_who_improved_most_are_named() {
        let pairs = [
            ("cy", Some(10), Some(25)),
            ("ada", Some(-5), Some(10)),
            ("bo", Some(1), Some(5)),
            ("di", Some(90), Some(50)),
            ("ed", None, Some(500)),
            ("flo", Some(500), None),
        ];
        assert_eq!(most_improved(pairs, HigherIsBetter, higher), ["ada", "cy"]);
        assert_eq!(most_improved(pairs, LowerIsBetter, lower), ["di"]);
        assert!(
            most_improved([("ada", Some(5), Some(5)), ("bo", Some(5), Some(4))], HigherIsBetter, higher).is_empty()
        );
    }

    fn direction() -> impl Strategy<Value = Direction> {
        prop_oneof![Just(HigherIsBetter), Just(LowerIsBetter)]
    }

    fn ties() -> impl Strategy<Value = Ties> {
        prop_oneof![Just(Ties::Shared), Just(Ties::FirstToReach)]
    }

    /// Up to sixty, with few different figures, times and names, and the same in another order.
    fn twice() -> impl Strategy<Value = (Team, Team)> {
        let one = (option::weighted(0.85, -4_i64..4), option::weighted(0.7, 0_i64..3), "[aAbB]{0,2}");
        vec(one, 0..=60).prop_flat_map(|all| {
            let team: Team =
                all.into_iter().zip(0..).map(|((value, at, name), key)| entrant(key, &name, value, at)).collect();
            (Just(team.clone()), Just(team).prop_shuffle())
        })
    }

    fn is_better(a: i64, b: i64, direction: Direction) -> bool {
        if direction == HigherIsBetter { a > b } else { a < b }
    }

    proptest! {
        /// A rank is one more than the number of those who are strictly before.
        #[test]
        fn a_rank_counts_who_is_before((team, _) in twice(), direction in direction(), ties in ties()) {
            let board = rank(team.clone(), direction, ties);
            prop_assert_eq!(board.len(), team.len());
            for one in &team {
                let is_before = |other: &&Entrant<u8, i64>| match (other.value, one.value) {
                    (Some(a), Some(b)) if a == b => {
                        let time = |at: Option<i64>| at.unwrap_or(i64::MIN);
                        ties == Ties::FirstToReach && time(other.reached) < time(one.reached)
                    }
                    (Some(a), Some(b)) => is_better(a, b, direction),
                    _ => false,
                };
                let expected = one.value.map(|_| 1 + team.iter().filter(is_before).count());
                let standing = board.iter().find(|standing| standing.key == one.key).unwrap();
                prop_assert_eq!(standing.rank.map(|rank| rank as usize), expected);
                prop_assert_eq!((standing.value, &standing.name), (one.value, &one.name));
                let same = board.iter().filter(|other| other.rank == standing.rank).count();
                prop_assert_eq!(standing.shared, standing.rank.is_some() && same > 1);
            }
            prop_assert!(board.iter().map(|standing| standing.place).eq(0..team.len()));
            let order = |s: &Standing<u8, i64>| (s.rank.unwrap_or(u32::MAX), s.name.to_lowercase(), s.key);
            prop_assert!(board.is_sorted_by(|a, b| order(a) < order(b)));
        }

        /// The same figures give the same board, in whatever order they come.
        #[test]
        fn ties_never_flip((team, shuffled) in twice(), direction in direction(), ties in ties()) {
            prop_assert_eq!(rank(team, direction, ties), rank(shuffled, direction, ties));
        }

        /// Who makes up the gap has the figure of the nearest who is better.
        #[test]
        fn a_gap_leads_to_the_nearest_better((team, _) in twice(), direction in direction(), ties in ties()) {
            let board = rank(team, direction, ties);
            for (standing, gap) in board.iter().zip(gaps(&board, apart(direction))) {
                let distances = board.iter().filter_map(|other| {
                    let (better, own) = (other.value?, standing.value?);
                    is_better(better, own, direction).then_some((better - own).abs())
                });
                prop_assert_eq!(gap, distances.min());
            }
        }

        /// Of all instants, the earliest from which the sum never again was worse than in the end; from the start is none.
        #[test]
        fn a_figure_is_reached_when_it_was_never_lost_again(
            entries in vec((0_i64..12, -3_i64..=4), 0..20), direction in direction(),
        ) {
            let sum_at = |at: i64| entries.iter().filter(|entry| entry.0 <= at).map(|entry| entry.1).sum::<i64>();
            let stood_from = |from: &i64| (*from..12).all(|at| !is_better(sum_at(12), sum_at(at), direction));
            let earliest = (-1..12).find(stood_from).unwrap();
            let expected = (earliest >= 0).then_some(earliest);
            prop_assert_eq!(reached_at(entries, direction), expected);
        }

        /// A streak is the longest run of good periods at the end.
        #[test]
        fn a_streak_is_the_run_at_the_end(values in vec(option::weighted(0.9, 0_u8..4), 0..15), running: bool) {
            let run = |values: &[Option<u8>]| {
                let lengths = (0..=values.len()).filter(|n| {
                    values[values.len() - n..].iter().all(|value| value.is_some_and(|value| value > 0))
                });
                u32::try_from(lengths.max().unwrap()).unwrap()
            };
            let without_last = run(&values[..values.len().saturating_sub(1)]);
            let expected = if running { run(&values).max(without_last) } else { run(&values) };
            prop_assert_eq!(streak(&values, |value| *value > 0, running), expected);
        }

        /// No period is better than the best, and every one before it is worse.
        #[test]
        fn nothing_is_better_than_the_best(values in vec(option::of(-3_i64..3), 0..15), direction in direction()) {
            let best = personal_best(&values, direction);
            prop_assert_eq!(best.is_none(), values.iter().all(Option::is_none));
            if let Some(best) = best {
                let figure = values[best].unwrap();
                prop_assert!(values.iter().flatten().all(|value| !is_better(*value, figure, direction)));
                prop_assert!(values[..best].iter().flatten().all(|value| is_better(figure, *value, direction)));
            }
        }

        /// Nobody improved by more than those who are named, and nobody else by as much.
        #[test]
        fn nobody_improved_by_more(
            pairs in vec((option::of(-5_i64..5), option::of(-5_i64..5)), 0..20), direction in direction(),
        ) {
            let gain = |(before, after): &(Option<i64>, Option<i64>)| {
                let more = (*after)? - (*before)?;
                Some(if direction == HigherIsBetter { more } else { -more }).filter(|gain| *gain > 0)
            };
            let most = pairs.iter().filter_map(gain).max();
            let expected: Vec<_> =
                (0..pairs.len()).filter(|at| most.is_some() && gain(&pairs[*at]) == most).collect();
            let keyed = pairs.iter().enumerate().rev().map(|(key, pair)| (key, pair.0, pair.1));
            prop_assert_eq!(most_improved(keyed, direction, apart(direction)), expected);
        }
    }
}
