//! The reckoning behind the load proof: when visitors come, which rate is tried next, and whether something grows.

use std::time::Duration;

use crate::bookings::Random;

/// No rate above this is tried: the load generator has a processor's worth to do then, whatever the server does.
const MOST: u32 = 6_400;

/// Arrivals that know nothing of each other, so many a second on average (a Poisson process), and the same ones in each run: each is how
/// long after the beginning it is. What the server does changes nothing about them.
#[derive(Debug)]
pub struct Arrivals {
    random: Random,
    a_second: f64,
    at: f64,
}

impl Arrivals {
    /// So many a second.
    pub fn new(a_second: u32, seed: u64) -> Self {
        Self { random: Random(seed), a_second: f64::from(a_second), at: 0.0 }
    }
}

impl Iterator for Arrivals {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.at -= (1.0 - self.random.share()).ln() / self.a_second;
        Some(Duration::from_secs_f64(self.at))
    }
}

/// Looks for the highest rate that holds: twice as many until one doesn't, and then between the two.
#[derive(Debug)]
pub struct Search {
    first: u32,
    held: Option<u32>,
    broke: Option<u32>,
    halvings: u32,
}

impl Search {
    /// From this rate on; so often it looks between two.
    pub fn new(first: u32, halvings: u32) -> Self {
        Self { first, held: None, broke: None, halvings }
    }

    /// What is tried next; `None`: it is found.
    pub fn rate(&self) -> Option<u32> {
        match (self.held, self.broke) {
            (None, None) => Some(self.first),
            (Some(held), None) => (held < MOST).then_some(held * 2),
            (held, Some(broke)) => {
                let held = held.unwrap_or(0);
                let between = held.midpoint(broke);
                // Between rates so close to each other chance decides.
                let is_close = broke - held <= held / 10;
                (self.halvings > 0 && between > held && !is_close).then_some(between)
            }
        }
    }

    /// What came of it.
    pub fn tell(&mut self, rate: u32, has_held: bool) {
        self.halvings -= u32::from(self.broke.is_some());
        if has_held {
            self.held = Some(rate);
        } else {
            self.broke = Some(rate);
        }
    }
}

/// By how much a figure grows in a second, by the line through all of them with the least squares: each with its second.
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len().max(1) as f64;
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let across: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let along: f64 = points.iter().map(|(x, _)| (x - mean_x) * (x - mean_x)).sum();
    if along > 0.0 { across / along } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many come as are said, with gaps as chance makes them, and the same in each run.
    #[test]
    fn arrivals_are_by_chance_and_the_same_each_time() {
        let all: Vec<f64> = Arrivals::new(100, 7).take(20_000).map(|at| at.as_secs_f64()).collect();
        let last = all[all.len() - 1];
        assert!((last - 200.0).abs() < 6.0, "20,000 at 100 a second took {last} s");
        let gaps = all.windows(2).map(|pair| pair[1] - pair[0]);
        let long = gaps.filter(|gap| *gap > 0.01).count() as f64 / all.len() as f64;
        assert!((long - (-1.0_f64).exp()).abs() < 0.02, "{long} of the gaps are longer than their mean");
        assert!(Arrivals::new(100, 7).take(100).eq(Arrivals::new(100, 7).take(100)));
    }

    /// Twice as many until it breaks, then in between, as often as was said; and what is found lies where it breaks.
    #[test]
    fn the_rate_that_holds_is_found() {
        let tried = |most: u32, halvings: u32| {
            let mut search = Search::new(50, halvings);
            let mut tried = Vec::new();
            while let Some(rate) = search.rate() {
                tried.push(rate);
                search.tell(rate, rate <= most);
            }
            tried
        };
        assert_eq!(tried(330, 3), [50, 100, 200, 400, 300, 350, 325]);
        assert_eq!(tried(330, 0), [50, 100, 200, 400]);
        assert_eq!(tried(10, 3), [50, 25, 12, 6]);
        assert_eq!(tried(100_000, 3).last(), Some(&6_400));
    }

    /// What grows evenly grows by that; what goes up and down, or stands still, doesn't grow.
    #[test]
    fn growth_is_the_slope_of_a_line() {
        let of = |figure: fn(f64) -> f64| {
            let points: Vec<(f64, f64)> = (0..60).map(|nth| f64::from(nth) * 5.0).map(|x| (x, figure(x))).collect();
            slope(&points)
        };
        assert!((of(|x| 3.0 + 0.25 * x) - 0.25).abs() < 1e-9);
        assert!(of(|_| 80.0).abs() < 1e-9);
        assert!(of(|x| (x / 5.0).sin()).abs() < 1e-3);
        assert!(slope(&[]).abs() < 1e-9 && slope(&[(1.0, 2.0)]).abs() < 1e-9);
    }
}
