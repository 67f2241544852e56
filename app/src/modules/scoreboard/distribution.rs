//! How amounts are spread: how many are about how large, what lies in the middle, and where the outer quarters begin. In whole numbers of the
//! smallest unit; nothing is averaged.

/// Of fewer, nothing is told: it would tell of each of them.
pub const FEWEST: i64 = 5;
/// About so many buckets are made of what isn’t far out.
const BUCKETS: i128 = 10;
/// What is further out than all but so many of a hundred, either way, has a bucket without an end.
const FAR_OUT: i64 = 5;

/// How amounts are spread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// How many there are.
    pub count: i64,
    /// The smallest of them that at least a quarter are not above.
    pub lower: i64,
    /// The same of half of them: the median.
    pub median: i64,
    /// The same of three quarters.
    pub upper: i64,
    /// From the smallest on, without a gap between them.
    pub buckets: Vec<Bucket>,
}

/// Amounts of about the same size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// From this on; `None`: however small.
    pub from: Option<i64>,
    /// Up to this, which isn’t in it; `None`: however large.
    pub until: Option<i64>,
    /// How many there are.
    pub count: i64,
}

/// How these amounts are spread: each with how often it is there, in any order. `None`: there are fewer than [`FEWEST`].
///
/// Buckets are 1, 2 or 5 times a power of ten wide. The outermost have no end where something lies far out, so that one large amount doesn’t
/// press all others into one bucket.
pub fn of(amounts: &[(i64, i64)]) -> Option<Distribution> {
    let mut amounts: Vec<(i64, i64)> = amounts.iter().copied().filter(|(_, times)| *times > 0).collect();
    amounts.sort_unstable();
    let count: i64 = amounts.iter().map(|(_, times)| *times).sum();
    if count < FEWEST {
        return None;
    }
    let at = |percent: i64| at_percent(&amounts, count, percent);
    let (first, last) = (at(FAR_OUT), at(100 - FAR_OUT));
    let (smallest, largest) = (at(0), at(100));
    let width = width_of(i128::from(last) - i128::from(first));
    let begin = i128::from(first).div_euclid(width) * width;
    let end = (i128::from(last).div_euclid(width) + 1) * width;
    let mut buckets = Vec::new();
    if i128::from(smallest) < begin {
        buckets.push(Bucket { from: None, until: kept(begin), count: 0 });
    }
    let mut from = begin;
    while from < end {
        buckets.push(Bucket { from: kept(from), until: kept(from + width), count: 0 });
        from += width;
    }
    if i128::from(largest) >= end {
        buckets.push(Bucket { from: kept(end), until: None, count: 0 });
    }
    for (amount, times) in &amounts {
        let holds = |bucket: &&mut Bucket| {
            bucket.from.is_none_or(|from| from <= *amount) && bucket.until.is_none_or(|until| *amount < until)
        };
        if let Some(bucket) = buckets.iter_mut().find(holds) {
            bucket.count += times;
        }
    }
    Some(Distribution { count, lower: at(25), median: at(50), upper: at(75), buckets })
}

/// The smallest amount that at least so many of a hundred are not above; the smallest of all for 0.
fn at_percent(amounts: &[(i64, i64)], count: i64, percent: i64) -> i64 {
    let wanted = (i128::from(count) * i128::from(percent)).div_euclid(100)
        + i128::from((i128::from(count) * i128::from(percent)).rem_euclid(100) > 0);
    let mut so_far = 0_i128;
    for (amount, times) in amounts {
        so_far += i128::from(*times);
        if so_far >= wanted.max(1) {
            return *amount;
        }
    }
    amounts.last().map_or(0, |(amount, _)| *amount)
}

/// 1, 2 or 5 times a power of ten, of which about [`BUCKETS`] reach so far.
fn width_of(reach: i128) -> i128 {
    let mut power = 1;
    loop {
        for digit in [1, 2, 5] {
            if digit * power * BUCKETS >= reach {
                return digit * power;
            }
        }
        power *= 10;
    }
}

/// `None` for what lies beyond all amounts.
fn kept(end: i128) -> Option<i64> {
    i64::try_from(end).ok()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn counts(distribution: &Distribution) -> Vec<(Option<i64>, Option<i64>, i64)> {
        distribution.buckets.iter().map(|one| (one.from, one.until, one.count)).collect()
    }

    #[test]
    fn nothing_is_told_of_few() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[(100, 4)]), None);
        assert_eq!(of(&[(100, 2), (200, 2), (300, 0)]), None);
        assert!(of(&[(100, 2), (200, 3)]).is_some());
    }

    #[test]
    fn the_middle_and_the_quarters_are_amounts_that_are_there() {
        let found = of(&[(40, 1), (10, 1), (30, 1), (20, 1), (50, 1)]).expect("enough");
        assert_eq!((found.count, found.lower, found.median, found.upper), (5, 20, 30, 40));
        let found = of(&[(1, 2), (2, 2), (3, 2), (100, 2)]).expect("enough");
        assert_eq!((found.count, found.lower, found.median, found.upper), (8, 1, 2, 3));
        let same = of(&[(700, 9)]).expect("enough");
        assert_eq!((same.lower, same.median, same.upper), (700, 700, 700));
        assert_eq!(counts(&same), [(Some(700), Some(701), 9)]);
    }

    #[test]
    fn what_lies_far_out_presses_nothing_together() {
        let mut amounts: Vec<(i64, i64)> = (0..100).map(|at| (10_000 + at * 100, 1)).collect();
        amounts.push((90_000_000, 1));
        let found = of(&amounts).expect("enough");
        let last = found.buckets.last().expect("a bucket");
        assert_eq!((last.until, last.count), (None, 1));
        assert!((8..=13).contains(&found.buckets.len()), "{found:?}");
        assert_eq!(found.median, 15_000);
    }

    #[test]
    fn amounts_below_zero_have_buckets_as_well() {
        let found = of(&[(-250, 1), (-50, 2), (0, 1), (150, 2)]).expect("enough");
        assert_eq!(found.median, -50);
        assert_eq!(found.buckets.iter().map(|one| one.count).sum::<i64>(), 6);
        assert_eq!(found.buckets.first().and_then(|one| one.from), Some(-250));
    }

    fn amounts() -> impl Strategy<Value = i64> {
        prop_oneof![-1_000_i64..1_000, -10_000_000_i64..10_000_000, any::<i64>()]
    }

    proptest! {
        /// Against the plainest way: all of them in a row, in order.
        #[test]
        fn every_amount_is_in_one_bucket_and_the_quarters_are_right(all in vec((amounts(), 1_i64..4), 1..60)) {
            let mut row: Vec<i64> = Vec::new();
            for (amount, times) in &all {
                for _ in 0..*times {
                    row.push(*amount);
                }
            }
            row.sort_unstable();
            let Some(found) = of(&all) else {
                prop_assert!(row.len() < 5);
                return Ok(());
            };
            prop_assert_eq!(found.count, i64::try_from(row.len()).expect("few"));
            for (quarter, told) in [(1, found.lower), (2, found.median), (3, found.upper)] {
                let not_above = row.iter().filter(|amount| **amount <= told).count();
                let below = row.iter().filter(|amount| **amount < told).count();
                prop_assert!(not_above * 4 >= row.len() * quarter && below * 4 < row.len() * quarter, "{} of {:?}", told, row);
            }
            for bucket in &found.buckets {
                let inside = row.iter().filter(|amount| {
                    bucket.from.is_none_or(|from| from <= **amount) && bucket.until.is_none_or(|until| **amount < until)
                });
                prop_assert_eq!(i64::try_from(inside.count()).expect("few"), bucket.count);
            }
            prop_assert_eq!(found.buckets.iter().map(|bucket| bucket.count).sum::<i64>(), found.count);
            for pair in found.buckets.windows(2) {
                prop_assert!(pair[0].until.is_some() && pair[0].until == pair[1].from);
            }
            prop_assert!(found.buckets.len() <= 13, "{} buckets", found.buckets.len());
        }
    }
}
