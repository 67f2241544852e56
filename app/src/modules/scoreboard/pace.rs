//! Are we on pace? A target spread over the days that somebody works, what is expected of it by today, and where it is heading.
//! For figures that add up over days, in their metric’s smallest unit.

use std::{collections::BTreeSet, iter};

use jiff::civil::Date;

use super::ranking::Direction;

/// Fewer complete working days than this say too little for a range.
const ENOUGH_DAYS: usize = 5;
/// 100 %, in hundredths of a percent.
const WHOLE: i128 = 10_000;
/// The standard normal distribution’s 90 % quantile: a tenth lies above it, and a tenth below its negative.
const NORMAL: f64 = 1.281_551_565_544_6;

/// The days that one person works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingDays {
    /// Whether each day of the week is worked; Monday first.
    pub weekdays: [bool; 7],
    /// Not worked all the same: public holidays, days on which the business is closed, leave.
    pub closed: BTreeSet<Date>,
    /// The first day of belonging; `None`: always did.
    pub joined: Option<Date>,
    /// The last day of belonging, worked still; `None`: belongs.
    pub left: Option<Date>,
}

impl WorkingDays {
    /// A weekday that is worked, not closed, while they belong.
    pub fn is_working(&self, day: Date) -> bool {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).ok();
        weekday.and_then(|weekday| self.weekdays.get(weekday)).is_some_and(|works| *works)
            && !self.closed.contains(&day)
            && self.joined.is_none_or(|joined| joined <= day)
            && self.left.is_none_or(|left| day <= left)
    }

    /// Whether each day is worked, from one until another that is not among them: what [`spread`] and [`pace`] take.
    pub fn days(&self, from: Date, until: Date) -> Vec<bool> {
        self.each(from, until).collect()
    }

    /// How many days are worked, from one until another that is not among them; 0 where that is none at all.
    pub fn count(&self, from: Date, until: Date) -> i64 {
        kept(self.each(from, until).map(i128::from).sum())
    }

    fn each(&self, from: Date, until: Date) -> impl Iterator<Item = bool> + '_ {
        let days = iter::successors(Some(from), |day| day.tomorrow().ok());
        days.take_while(move |day| *day < until).map(|day| self.is_working(day))
    }
}

/// How much of a target falls on a day: of one person’s all days that are worked have the same, and of several people’s each day has as
/// much as there are people who work on it.
pub trait Weight: Copy {
    /// How often it counts; 0: nobody works.
    fn weight(self) -> i128;
}

impl Weight for bool {
    fn weight(self) -> i128 {
        i128::from(self)
    }
}

impl Weight for u32 {
    fn weight(self) -> i128 {
        i128::from(self)
    }
}

/// Each day’s share of a target; a day that isn’t worked has none. The shares add up to the target exactly, and of one person’s differ by
/// one unit at most: by the end of the k-th of n working days k/n of the target are due, rounded towards zero. A team’s target is
/// spread over its people in the same way, by how many days each works.
///
/// Where no day is worked, all of it stands on the last day.
pub fn spread<W: Weight>(target: i64, days: &[W]) -> Vec<i64> {
    let working = worked(days);
    let (mut so_far, mut before) = (0, 0);
    let share = |(at, works): (usize, &W)| {
        so_far += works.weight();
        let by_now = due(target, so_far, working, at + 1 == days.len());
        let share = by_now - before;
        before = by_now;
        share
    };
    days.iter().enumerate().map(share).collect()
}

/// How a target stands today. What no `i64` holds is as near to it as one can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Due by the end of today, as [`spread`] has it. Where lower is better: what is allowed by then.
    pub expected: i64,
    /// Due by the end of the day before: nobody is behind in the morning for what the day has yet to bring.
    pub due_before: i64,
    /// What is done so far, today’s with it.
    pub done: i64,
    /// How much more is done than expected; negative: less. Where lower is better, more is worse.
    pub ahead: i64,
    /// In hundredths of a percent, rounded so that it never says 100 % too early: down, or where lower is better up. `None`: the
    /// target isn’t above zero.
    pub percent_of_target: Option<i64>,
    /// What is missing, never below 0. Where lower is better: what is still allowed, and below 0 how far it is over.
    pub remaining: i64,
    /// On which somebody works. Today counts, while the period lasts.
    pub working_days_left: i64,
    /// What each working day left must bring, rounded up; 0 once the target is reached. Where lower is better: what each may still
    /// bring, rounded down, never below 0. `None`: no working day is left, or there is no target.
    pub required_per_day: Option<i64>,
    /// In a word.
    pub state: State,
}

/// In a word, how a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The period is still to come.
    NotStarted,
    /// Better than expected by the end of today, by more than one per cent of the target. Where lower is better: less than was allowed
    /// before today.
    Ahead,
    /// From what was due before today to what is by its end, and within one per cent of the target of that.
    OnPace,
    /// Less than was due before today, by more than one per cent of the target. Where lower is better: more than is allowed by the end of
    /// today, or over the target already.
    Behind,
    /// The target is reached. Where lower is better, only at the period’s end: until then it can still be passed.
    Reached,
    /// The period is over, and the target isn’t reached.
    Missed,
    /// The target is zero. Where lower is better that is one like any other.
    NoTarget,
}

/// How a target stands, with `done` of it done. `days` says which days of the period are worked, `today` is the place of today among
/// them: `None` before the period, their number or more after it.
pub fn pace<W: Weight>(target: i64, done: i64, days: &[W], today: Option<usize>, direction: Direction) -> Pace {
    let begun = today.map_or(0, |today| today.saturating_add(1).min(days.len()));
    let over = today.is_some_and(|today| today >= days.len());
    let so_far = worked(days.iter().take(begun));
    let working = worked(days);
    let expected = due(target, so_far, working, today.is_some() && begun == days.len());
    let before = today.map_or(0, |today| today.min(days.len()));
    let due_before = due(target, worked(days.iter().take(before)), working, over);
    let left = days.iter().skip(today.unwrap_or(0)).map(|day| i128::from(day.weight() > 0)).sum();

    let (wanted, done_so_far) = (i128::from(target), i128::from(done));
    let ahead = done_so_far - i128::from(expected);
    let hundredths = (target > 0).then(|| done_so_far * WHOLE);
    let (remaining, percent, per_day) = match direction {
        Direction::HigherIsBetter => {
            let missing = (wanted - done_so_far).max(0);
            let per_day = (left > 0).then(|| divided_up(missing, left));
            (missing, hundredths.map(|part| part.div_euclid(wanted)), per_day.filter(|_| target != 0))
        }
        Direction::LowerIsBetter => {
            let room = wanted - done_so_far;
            let per_day = (left > 0).then(|| room.max(0).div_euclid(left));
            (room, hundredths.map(|part| divided_up(part, wanted)), per_day)
        }
    };
    let kept_to = match direction {
        Direction::HigherIsBetter => done >= target,
        Direction::LowerIsBetter => done <= target,
    };
    // Between what was due before today and what is by its end, and a little around that.
    let (least, most) = (i128::from(expected.min(due_before)), i128::from(expected.max(due_before)));
    let beyond = |by: i128| by * 100 > wanted.abs();
    let state = match direction {
        Direction::HigherIsBetter if target == 0 => State::NoTarget,
        _ if today.is_none() => State::NotStarted,
        _ if over && kept_to => State::Reached,
        _ if over => State::Missed,
        Direction::HigherIsBetter if kept_to => State::Reached,
        Direction::LowerIsBetter if !kept_to => State::Behind,
        Direction::HigherIsBetter if beyond(done_so_far - most) => State::Ahead,
        Direction::HigherIsBetter if beyond(least - done_so_far) => State::Behind,
        Direction::LowerIsBetter if beyond(least - done_so_far) => State::Ahead,
        Direction::LowerIsBetter if beyond(done_so_far - most) => State::Behind,
        _ => State::OnPace,
    };
    Pace {
        expected,
        due_before,
        done,
        ahead: kept(ahead),
        percent_of_target: percent.map(kept),
        remaining: kept(remaining),
        working_days_left: kept(left),
        required_per_day: per_day.map(kept),
        state,
    }
}

/// How a figure stands that no days add up to, a ratio or a formula: it is to be as good as the target all the time, and its last word is
/// that of the period’s end. `kept_to`: it is that good; `None`: there is nothing to say yet.
pub fn held(kept_to: Option<bool>, today: Option<usize>, days: usize) -> State {
    match (today, kept_to) {
        (Some(today), Some(true)) if today >= days => State::Reached,
        (Some(today), _) if today >= days => State::Missed,
        (None, _) | (Some(_), None) => State::NotStarted,
        (Some(_), Some(true)) => State::OnPace,
        (Some(_), Some(false)) => State::Behind,
    }
}

/// What a period is likely to end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// The likeliest.
    pub expected: i64,
    /// Four times in five it ends between this, …
    pub low: i64,
    /// … and this. Both are `expected` where it is too early for a range.
    pub high: i64,
    /// How it was reckoned.
    pub method: Method,
}

/// How a forecast was reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The usual working day so far, for each working day left; with a range.
    RunRate,
    /// The same from fewer than five complete working days, or just what is done from none: without a range, and not worth much.
    TooEarly,
}

/// What a period is likely to end with: what is done, and for each working day left the mean of the complete working days so far. Today
/// counts once: as such a usual day, or as what it has brought already if that is more.
///
/// The range is the 80 % prediction interval: Student’s t for the sample deviation of the complete working days, grown by the days left
/// and by how little so few days tell of the mean. It takes days to be alike and independent. Where no day fell below zero, it doesn’t
/// begin below what is done.
///
/// `daily` has the period’s complete days in full, whether worked and what was done (today too, if it isn’t worked); `days_left` are the
/// working days after those, today among them ([`Pace::working_days_left`]); `done` is all so far, today’s with it.
pub fn forecast(daily: &[(bool, i64)], days_left: i64, done: i64) -> Forecast {
    let left = i128::from(days_left);
    if left <= 0 {
        return Forecast { expected: done, low: done, high: done, method: Method::RunRate };
    }
    let complete: i128 = daily.iter().map(|(_, value)| i128::from(*value)).sum();
    let usual: Vec<i128> = daily.iter().filter(|(works, _)| *works).map(|(_, value)| i128::from(*value)).collect();
    let (sum, count) = (usual.iter().sum::<i128>(), worked(daily.iter().map(|(works, _)| works)));
    let still = |days: i128| if count == 0 { 0 } else { rounded(sum.saturating_mul(days), count) };
    let (from_complete, from_now) =
        (complete.saturating_add(still(left)), i128::from(done).saturating_add(still(left - 1)));
    let expected = kept(if count == 0 { i128::from(done) } else { from_complete.max(from_now) });
    if usual.len() < ENOUGH_DAYS {
        return Forecast { expected, low: expected, high: expected, method: Method::TooEarly };
    }
    let half = half_width(&usual, sum, count, left);
    let low = expected.saturating_sub(half);
    let only_adds = daily.iter().all(|(_, value)| *value >= 0);
    Forecast {
        expected,
        low: if only_adds { low.max(done) } else { low },
        high: expected.saturating_add(half),
        method: Method::RunRate,
    }
}

/// What the parts’ targets come to. `None`: more than can be kept.
pub fn roll_up(parts: &[i64]) -> Option<i64> {
    i64::try_from(total(parts)).ok()
}

/// By how much the parts’ targets differ from the whole’s: −50,000 is “Persons’ targets are $500 short of the team’s”, above 0 they go
/// beyond it, and at 0 they agree. What no `i64` holds is as near to it as one can be.
pub fn reconcile(whole: i64, parts: &[i64]) -> i64 {
    kept(total(parts) - i128::from(whole))
}

/// A target copied with growth, in hundredths of a percent (250 is 2.5 % more, −1,000 is 10 % less): a whole unit, half away from zero.
/// `None`: more than can be kept.
pub fn grow(value: i64, percent_hundredths: i64) -> Option<i64> {
    let grown = i128::from(value) * (WHOLE + i128::from(percent_hundredths));
    i64::try_from(rounded(grown, WHOLE)).ok()
}

/// How many of a target’s stretch levels are reached. Where lower is better, ask once the period is over: until then they can still be
/// passed.
pub fn level(done: i64, levels: &[i64], direction: Direction) -> usize {
    let reached = |level: &&i64| match direction {
        Direction::HigherIsBetter => done >= **level,
        Direction::LowerIsBetter => done <= **level,
    };
    levels.iter().filter(reached).count()
}

/// What of a target is due after so many of its working days; without any, all of it once its last day has come.
fn due(target: i64, so_far: i128, working: i128, last: bool) -> i64 {
    match working {
        0 if last => target,
        0 => 0,
        _ => kept(i128::from(target) * so_far / working),
    }
}

fn worked<'a, W: Weight + 'a>(days: impl IntoIterator<Item = &'a W>) -> i128 {
    days.into_iter().map(|day| day.weight()).sum()
}

fn total(parts: &[i64]) -> i128 {
    parts.iter().map(|part| i128::from(*part)).sum()
}

/// The 80 % interval’s half, for the sum of `left` days more like these.
fn half_width(days: &[i128], sum: i128, count: i128, left: i128) -> i64 {
    let (n, left) = (as_f64(count), as_f64(left));
    let squares: f64 = days.iter().map(|day| (as_f64(day * count - sum) / n).powi(2)).sum();
    let variance = squares / (n - 1.0) * (left + left * left / n);
    as_whole(students_t(n - 1.0) * variance.sqrt())
}

/// The 90 % quantile of Student’s t: the expansion of Abramowitz and Stegun, 26.7.5, right to a thousandth from four degrees of freedom.
fn students_t(freedom: f64) -> f64 {
    let x = NORMAL;
    x + (x.powi(3) + x) / (4.0 * freedom)
        + (5.0 * x.powi(5) + 16.0 * x.powi(3) + 3.0 * x) / (96.0 * freedom.powi(2))
        + (3.0 * x.powi(7) + 19.0 * x.powi(5) + 17.0 * x.powi(3) - 15.0 * x) / (384.0 * freedom.powi(3))
}

#[expect(clippy::cast_precision_loss, reason = "only an estimate is made of it")]
fn as_f64(number: i128) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, reason = "what is too large stays at the end of what an i64 holds")]
fn as_whole(number: f64) -> i64 {
    number.round() as i64
}

/// Divided by what is above zero, and rounded up.
fn divided_up(number: i128, by: i128) -> i128 {
    -(-number).div_euclid(by)
}

/// Divided by what is above zero, and rounded half away from zero.
fn rounded(number: i128, by: i128) -> i128 {
    let (whole, rest) = (number / by, number % by);
    if rest.abs() * 2 >= by { whole + rest.signum() } else { whole }
}

fn kept(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use jiff::{
        ToSpan,
        civil::{Weekday, date},
    };
    use proptest::{collection::vec, option, prelude::*};

    use super::{
        Direction::{HigherIsBetter, LowerIsBetter},
        *,
    };

    const WEEK: [bool; 7] = [true, true, true, true, true, false, false];
    const SAFE: i64 = 1 << 53;

    fn weekdays_but(closed: &[Date]) -> WorkingDays {
        WorkingDays { weekdays: WEEK, closed: closed.iter().copied().collect(), joined: None, left: None }
    }

    #[test]
    fn holidays_and_days_before_joining_and_after_leaving_are_not_worked() {
        // December 2026 begins on a Tuesday and has 23 weekdays.
        let (from, until) = (date(2026, 12, 1), date(2027, 1, 1));
        assert_eq!(weekdays_but(&[]).count(from, until), 23);
        let christmas = [date(2026, 12, 25), date(2026, 12, 26), date(2026, 12, 28)];
        let mut days = weekdays_but(&christmas);
        assert_eq!(days.count(from, until), 21, "a holiday on a Saturday takes nothing away");
        days.joined = Some(date(2026, 12, 7));
        days.left = Some(date(2026, 12, 11));
        assert_eq!(days.count(from, until), 5);
        assert!(days.is_working(date(2026, 12, 7)) && days.is_working(date(2026, 12, 11)), "both ends are worked");
        assert_eq!(days.count(until, from), 0);
        assert_eq!(days.count(from, from), 0);
        assert_eq!(weekdays_but(&[]).count(date(9999, 12, 27), Date::MAX), 4, "to the end of all dates");
    }

    #[test]
    fn cents_of_a_target_are_spread_without_losing_one() {
        assert_eq!(spread(100, &[true, false, true, true]), [33, 0, 33, 34]);
        assert_eq!(spread(-100, &[true, false, true, true]), [-33, 0, -33, -34]);
        assert_eq!(spread(2, &[true; 5]), [0, 0, 1, 0, 1]);
        assert_eq!(spread(500, &[false, false, false]), [0, 0, 500], "no working day: all stands on the last");
        assert!(spread::<bool>(500, &[]).is_empty());
        assert_eq!(spread(0, &[true, true]), [0, 0]);
        assert_eq!(spread(i64::MIN, &[true]), [i64::MIN]);
    }

    #[test]
    fn half_way_through_half_is_expected() {
        let days = [true, true, true, true, true, false, false, true, true, true, true, true, false, false];
        let monday = pace(100_000, 50_000, &days, Some(7), HigherIsBetter);
        assert_eq!(
            monday,
            Pace {
                expected: 60_000,
                due_before: 50_000,
                done: 50_000,
                ahead: -10_000,
                percent_of_target: Some(5_000),
                remaining: 50_000,
                working_days_left: 5,
                required_per_day: Some(10_000),
                state: State::OnPace,
            }
        );
        assert_eq!(pace(100_000, 48_000, &days, Some(7), HigherIsBetter).state, State::Behind);
        let sunday = pace(100_000, 50_000, &days, Some(6), HigherIsBetter);
        assert_eq!((sunday.expected, sunday.state), (50_000, State::OnPace), "a weekend asks nothing");
        assert_eq!(sunday.working_days_left, 5);
    }

    #[test]
    fn on_pace_is_within_one_per_cent_of_the_target() {
        let state = |done, direction| pace(10_000, done, &[true; 10], Some(4), direction).state;
        for (done, higher, lower) in [
            (3_899, State::Behind, State::Ahead),
            (3_900, State::OnPace, State::OnPace),
            (4_500, State::OnPace, State::OnPace),
            (5_000, State::OnPace, State::OnPace),
            (5_100, State::OnPace, State::OnPace),
            (5_101, State::Ahead, State::Behind),
            (10_000, State::Reached, State::Behind),
        ] {
            assert_eq!(state(done, HigherIsBetter), higher, "{done}");
            assert_eq!(state(done, LowerIsBetter), lower, "{done}");
        }
    }

    #[test]
    fn a_target_is_reached_at_once_and_missed_only_at_the_end() {
        let state = |done, today| pace(1_000, done, &[true; 10], today, HigherIsBetter).state;
        assert_eq!(state(0, None), State::NotStarted);
        assert_eq!(state(1_000, Some(0)), State::Reached);
        assert_eq!(state(999, Some(9)), State::OnPace);
        assert_eq!(state(999, Some(10)), State::Missed);
        assert_eq!(state(1_000, Some(usize::MAX)), State::Reached);
    }

    #[test]
    fn a_ceiling_is_kept_to_only_at_the_end_and_passing_it_shows_at_once() {
        let at = |done, today| pace(1_000, done, &[true; 10], today, LowerIsBetter);
        assert_eq!(at(0, None).state, State::NotStarted);
        assert_eq!(at(0, Some(0)).state, State::OnPace, "nothing was allowed before today");
        assert_eq!(at(0, Some(1)).state, State::Ahead);
        assert_eq!(at(1_000, Some(9)).state, State::OnPace);
        assert_eq!(at(1_001, Some(9)).state, State::Behind, "over is over, however little");
        assert_eq!(at(1_000, Some(10)).state, State::Reached);
        assert_eq!(at(1_001, Some(10)).state, State::Missed);
        assert_eq!((at(1_001, Some(5)).remaining, at(1_001, Some(5)).required_per_day), (-1, Some(0)));
        assert_eq!(at(500, Some(7)).required_per_day, Some(166), "three days may bring 166 each");
    }

    #[test]
    fn a_percentage_never_says_a_hundred_too_early() {
        let percent = |target, done, direction| pace(target, done, &[true], Some(0), direction).percent_of_target;
        assert_eq!(percent(100_000_000, 99_999_999, HigherIsBetter), Some(9_999));
        assert_eq!(percent(100_000_000, 100_000_001, LowerIsBetter), Some(10_001));
        assert_eq!(percent(100, 150, HigherIsBetter), Some(15_000));
        assert_eq!(percent(100, -50, HigherIsBetter), Some(-5_000));
        assert_eq!(percent(-100, 50, HigherIsBetter), None);
    }

    #[test]
    fn zero_targets_and_zero_working_days_never_divide() {
        let none = pace(0, 500, &[true; 5], Some(2), HigherIsBetter);
        assert_eq!((none.state, none.percent_of_target, none.required_per_day), (State::NoTarget, None, None));
        let over = pace(0, 500, &[true; 5], Some(2), LowerIsBetter);
        assert_eq!((over.state, over.percent_of_target, over.required_per_day), (State::Behind, None, Some(0)));
        for direction in [HigherIsBetter, LowerIsBetter] {
            let off = pace(700, 0, &[false; 3], Some(1), direction);
            assert_eq!((off.expected, off.working_days_left, off.required_per_day), (0, 0, None));
            assert_eq!(pace(700, 0, &[false; 3], Some(2), direction).expected, 700, "due on the last day");
            assert_eq!(pace::<bool>(700, 0, &[], None, direction).expected, 0);
            assert_eq!(pace::<bool>(700, 0, &[], Some(0), direction).expected, 700);
        }
    }

    #[test]
    fn no_complaint_at_all_is_a_target_like_any_other() {
        let at = |done, today| pace(0, done, &[true; 5], today, LowerIsBetter).state;
        assert_eq!(at(0, None), State::NotStarted);
        assert_eq!(at(0, Some(3)), State::OnPace);
        assert_eq!(at(1, Some(3)), State::Behind);
        assert_eq!(at(0, Some(5)), State::Reached);
        assert_eq!(at(1, Some(5)), State::Missed);
    }

    #[test]
    fn nobody_is_behind_in_the_morning() {
        let morning = |today| pace(1_000, 200, &[true; 10], Some(today), HigherIsBetter);
        assert_eq!((morning(2).due_before, morning(2).expected, morning(2).state), (200, 300, State::OnPace));
        assert_eq!((morning(3).due_before, morning(3).state), (300, State::Behind));
        assert_eq!(pace(1_000, 0, &[true; 10], Some(0), HigherIsBetter).state, State::OnPace);
        // On the last day all before it is due, and after it all.
        assert_eq!((morning(9).due_before, morning(10).due_before), (900, 1_000));
        assert_eq!((pace(700, 0, &[false; 3], Some(2), HigherIsBetter)).due_before, 0);
    }

    #[test]
    fn of_a_team_a_day_counts_as_often_as_somebody_works() {
        // Four on weekdays, one of them on Saturdays.
        let week = [4_u32, 4, 4, 4, 4, 1, 0];
        let friday = pace(2_100, 2_000, &week, Some(4), HigherIsBetter);
        assert_eq!((friday.due_before, friday.expected, friday.state), (1_600, 2_000, State::OnPace));
        assert_eq!((friday.working_days_left, friday.required_per_day), (2, Some(50)));
        assert_eq!(spread(2_100, &week), [400, 400, 400, 400, 400, 100, 0]);
        // A team’s target over its people, by the days that each works.
        assert_eq!(spread(100_000, &[20_u32, 10, 0, 15]), [44_444, 22_222, 0, 33_334]);
    }

    #[test]
    fn a_ratio_is_to_be_held_all_the_time() {
        assert_eq!(held(Some(true), None, 5), State::NotStarted);
        assert_eq!([held(Some(true), Some(0), 5), held(Some(false), Some(4), 5)], [State::OnPace, State::Behind]);
        assert_eq!(held(None, Some(2), 5), State::NotStarted, "nothing to divide by yet");
        let over = [Some(true), Some(false), None].map(|kept_to| held(kept_to, Some(5), 5));
        assert_eq!(over, [State::Reached, State::Missed, State::Missed]);
    }

    #[test]
    fn what_each_day_must_bring_is_rounded_up() {
        let must = |done, today| pace(1_000, done, &[true; 10], today, HigherIsBetter).required_per_day;
        assert_eq!(must(0, None), Some(100));
        assert_eq!(must(299, Some(3)), Some(101), "701 over seven days, today among them");
        assert_eq!(must(1_200, Some(3)), Some(0));
        assert_eq!(must(0, Some(9)), Some(1_000));
        assert_eq!(must(0, Some(10)), None);
    }

    #[test]
    fn a_steady_week_goes_on_as_it_was() {
        let week = [(true, 100), (true, 100), (true, 100), (true, 100), (true, 100), (false, 30)];
        let ahead = forecast(&week, 10, 530);
        assert_eq!(ahead, Forecast { expected: 1_530, low: 1_530, high: 1_530, method: Method::RunRate });
    }

    #[test]
    fn today_counts_once() {
        let week = [(true, 80), (true, 120), (true, 100), (true, 90), (true, 110)];
        assert_eq!(forecast(&week, 3, 500).expected, 800, "nothing of it done yet");
        assert_eq!(forecast(&week, 3, 560).expected, 800, "a usual day, begun");
        assert_eq!(forecast(&week, 3, 750).expected, 950, "a better day than usual");
    }

    #[test]
    fn the_range_is_the_t_interval() {
        // Mean 100, sample deviation √250; t of 4 degrees of freedom at 90 % is 1.533: 1.533 × √(250 × (3 + 9/5)) = 53.1.
        let week = [(true, 80), (true, 120), (true, 100), (true, 90), (true, 110)];
        assert_eq!(forecast(&week, 3, 500), Forecast { expected: 800, low: 747, high: 853, method: Method::RunRate });
        for (freedom, table) in [(4.0, 1.533), (5.0, 1.476), (9.0, 1.383), (29.0, 1.311), (120.0, 1.289)] {
            assert!((students_t(freedom) - table).abs() < 0.001, "{freedom}");
        }
    }

    #[test]
    fn too_few_days_give_no_range() {
        let days = [(true, 100), (true, 51), (false, 7)];
        let early = forecast(&days, 3, 158);
        assert_eq!(early, Forecast { expected: 385, low: 385, high: 385, method: Method::TooEarly }, "half of it up");
        let none = forecast(&[(false, 7)], 3, 20);
        assert_eq!(none, Forecast { expected: 20, low: 20, high: 20, method: Method::TooEarly });
    }

    #[test]
    fn at_the_end_the_forecast_is_what_is_done() {
        for left in [0, -1, i64::MIN] {
            let end = forecast(&[(true, 10)], left, 12);
            assert_eq!(end, Forecast { expected: 12, low: 12, high: 12, method: Method::RunRate });
        }
    }

    #[test]
    fn a_range_does_not_begin_below_what_is_done_unless_figures_can_fall() {
        let uneven = [(true, 0), (true, 0), (true, 1_000), (true, 0), (true, 0)];
        assert_eq!(forecast(&uneven, 2, 1_000).low, 1_000);
        let refunds = [(true, -10), (true, 0), (true, 1_010), (true, 0), (true, 0)];
        assert!(forecast(&refunds, 2, 1_000).low < 1_000);
    }

    /// Four times in five, over many periods whose days vary by chance alone.
    #[test]
    fn the_range_holds_four_times_in_five() {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut day = || {
            // Twelve rolls make it all but normal.
            let rolls = (0..12).map(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                i64::try_from(seed % 1_000).unwrap()
            });
            (true, rolls.sum::<i64>())
        };
        let periods = 2_000;
        let mut within = 0;
        for period in 0..periods {
            let so_far: Vec<_> = (0..5 + period % 12).map(|_| day()).collect();
            let left = 1 + i64::from(period % 9);
            let done: i64 = so_far.iter().map(|(_, value)| value).sum();
            let end = done + (0..left).map(|_| day().1).sum::<i64>();
            let told = forecast(&so_far, left, done);
            within += i32::from((told.low..=told.high).contains(&end));
        }
        let share = f64::from(within) / f64::from(periods);
        assert!((0.77..=0.83).contains(&share), "{share}");
    }

    #[test]
    fn targets_of_parts_are_held_against_the_whole() {
        assert_eq!(roll_up(&[100, 250, -50]), Some(300));
        assert_eq!(roll_up(&[]), Some(0));
        assert_eq!(roll_up(&[i64::MAX, 1, -1]), Some(i64::MAX), "in any order");
        assert_eq!(roll_up(&[i64::MAX, 1]), None);
        assert_eq!(reconcile(200_000, &[100_000, 50_000]), -50_000);
        assert_eq!(reconcile(150_000, &[100_000, 50_000]), 0);
        assert_eq!(reconcile(100_000, &[100_000, 50_000]), 50_000);
        assert_eq!(reconcile(i64::MIN, &[i64::MAX]), i64::MAX);
    }

    #[test]
    fn growth_is_rounded_half_away_from_zero() {
        for (value, percent, grown) in [
            (100_000, 250, Some(102_500)),
            (100_000, -1_000, Some(90_000)),
            (10, 500, Some(11)),
            (10, 499, Some(10)),
            (-10, 500, Some(-11)),
            (0, i64::MAX, Some(0)),
            (5, -10_000, Some(0)),
            (i64::MAX, 1, None),
            (i64::MIN, i64::MAX, None),
        ] {
            assert_eq!(grow(value, percent), grown, "{value} {percent}");
        }
    }

    #[test]
    fn levels_are_reached_one_after_the_other() {
        let reached = |done| level(done, &[100, 200, 300], HigherIsBetter);
        assert_eq!([99, 100, 250, 300, 999].map(reached), [0, 1, 2, 3, 3]);
        let kept_to = |done| level(done, &[30, 20, 10], LowerIsBetter);
        assert_eq!([31, 30, 15, 10, 0].map(kept_to), [0, 1, 2, 3, 3]);
        assert_eq!(level(5, &[], HigherIsBetter), 0);
    }

    fn direction() -> impl Strategy<Value = Direction> {
        any::<bool>().prop_map(|higher| if higher { HigherIsBetter } else { LowerIsBetter })
    }

    fn targets() -> impl Strategy<Value = i64> {
        prop_oneof![-SAFE..=SAFE, -200_i64..=200, any::<i64>()]
    }

    fn patterns() -> impl Strategy<Value = Vec<bool>> {
        vec(any::<bool>(), 0..100)
    }

    proptest! {
        #[test]
        fn shares_of_people_add_up_exactly_and_follow_their_days(
            target in 0..=SAFE, days in vec(0_u32..400, 1..30),
        ) {
            let shares = spread(target, &days);
            prop_assert_eq!(shares.iter().map(|share| i128::from(*share)).sum::<i128>(), i128::from(target));
            let all: i128 = days.iter().map(|days| i128::from(*days)).sum();
            for (share, days) in shares.iter().zip(&days) {
                // Within a unit of what is exactly theirs.
                let exact = i128::from(target) * i128::from(*days);
                prop_assert!(all == 0 || (i128::from(*share) * all - exact).abs() < all);
            }
        }

        #[test]
        fn what_was_due_before_today_is_what_was_expected_by_yesterday(
            target in targets(), days in patterns(), today in 1_usize..100, way in direction(),
        ) {
            let told = pace(target, 0, &days, Some(today), way);
            let yesterday = pace(target, 0, &days, Some(today - 1), way);
            prop_assert_eq!(told.due_before, yesterday.expected);
        }

        #[test]
        fn shares_add_up_exactly_and_differ_by_one_at_most(target in targets(), days in patterns()) {
            let shares = spread(target, &days);
            prop_assert_eq!(shares.len(), days.len());
            let sum: i128 = shares.iter().map(|share| i128::from(*share)).sum();
            prop_assert_eq!(sum, if days.is_empty() { 0 } else { i128::from(target) });
            let (on, off): (Vec<_>, Vec<_>) = shares.iter().zip(&days).partition(|(_, works)| **works);
            let working = || on.iter().map(|(share, _)| **share);
            if let (Some(least), Some(most)) = (working().min(), working().max()) {
                prop_assert!(most - least <= 1, "{} {}", least, most);
                prop_assert!(off.iter().all(|(share, _)| **share == 0));
            }
        }

        #[test]
        fn what_is_expected_is_what_was_spread_until_today(target in targets(), days in patterns(), way in direction()) {
            prop_assert_eq!(pace(target, 0, &days, None, way).expected, 0);
            let mut so_far = 0;
            for (today, share) in spread(target, &days).into_iter().enumerate() {
                so_far += share;
                prop_assert_eq!(pace(target, 0, &days, Some(today), way).expected, so_far);
            }
            prop_assert_eq!(pace(target, 0, &days, Some(days.len()), way).expected, target);
        }

        #[test]
        fn what_is_expected_never_falls_from_day_to_day(target in 0..=i64::MAX, days in patterns()) {
            let by = |today| pace(target, 0, &days, Some(today), HigherIsBetter).expected;
            prop_assert!((0..=days.len()).map(by).is_sorted());
        }

        #[test]
        fn any_pace_can_be_asked_for(
            target in any::<i64>(), done in any::<i64>(), days in patterns(),
            today in option::of(prop_oneof![0_usize..120, any::<usize>()]), way in direction(),
        ) {
            let told = pace(target, done, &days, today, way);
            prop_assert!(told.working_days_left >= 0);
            prop_assert!(way == LowerIsBetter || told.remaining >= 0);
            prop_assert_eq!(told.state == State::NoTarget, target == 0 && way == HigherIsBetter);
            prop_assert!(target < 0 || told.due_before <= told.expected);
        }

        /// What must be brought each day is enough, and a unit less isn’t.
        #[test]
        fn the_required_rate_is_the_least_that_is_enough(
            target in 1..=SAFE, done in -SAFE..=SAFE, days in patterns(), today in 0_usize..100,
        ) {
            let told = pace(target, done, &days, Some(today), HigherIsBetter);
            if let Some(each) = told.required_per_day {
                let end = |each: i64| i128::from(done) + i128::from(each) * i128::from(told.working_days_left);
                prop_assert!(end(each) >= i128::from(target));
                prop_assert!(each == 0 || end(each - 1) < i128::from(target));
            }
            let told = pace(target, done, &days, Some(today), LowerIsBetter);
            if let Some(each) = told.required_per_day {
                let end = |each: i64| i128::from(done) + i128::from(each) * i128::from(told.working_days_left);
                prop_assert!(each == 0 || end(each) <= i128::from(target));
                prop_assert!(end(each + 1) > i128::from(target));
            }
        }

        #[test]
        fn a_forecast_lies_in_its_range(
            daily in vec((any::<bool>(), prop_oneof![-1_000_i64..100_000, any::<i64>()]), 0..40),
            left in prop_oneof![-2_i64..400, any::<i64>()], done in targets(),
        ) {
            let told = forecast(&daily, left, done);
            prop_assert!(told.low <= told.expected && told.expected <= told.high, "{:?}", told);
            prop_assert!(told.method == Method::RunRate || told.low == told.high);
        }

        #[test]
        fn growth_is_within_half_a_unit_and_the_same_below_zero(value in -SAFE..=SAFE, percent in -20_000_i64..=20_000) {
            let grown = grow(value, percent).unwrap();
            let exact = i128::from(value) * i128::from(10_000 + percent);
            prop_assert!((i128::from(grown) * 10_000 - exact).abs() <= 5_000);
            prop_assert_eq!(grow(-value, percent), Some(-grown));
        }

        #[test]
        fn working_days_are_counted_as_one_by_one_on_a_calendar(
            start in -700_i64..700, length in -5_i64..800, weekdays in any::<[bool; 7]>(), closed in vec(-700_i64..1_500, 0..60),
            joined in option::of(-700_i64..1_500), left in option::of(-700_i64..1_500),
        ) {
            let day = |offset: i64| date(2026, 6, 30).checked_add(offset.days()).unwrap();
            let days = WorkingDays {
                weekdays,
                closed: closed.iter().map(|offset| day(*offset)).collect(),
                joined: joined.map(day),
                left: left.map(day),
            };
            let mut naive = 0;
            for offset in start..start + length {
                let place = match day(offset).weekday() {
                    Weekday::Monday => 0,
                    Weekday::Tuesday => 1,
                    Weekday::Wednesday => 2,
                    Weekday::Thursday => 3,
                    Weekday::Friday => 4,
                    Weekday::Saturday => 5,
                    Weekday::Sunday => 6,
                };
                let belongs = offset >= joined.unwrap_or(i64::MIN) && offset <= left.unwrap_or(i64::MAX);
                if weekdays[place] && belongs && !closed.contains(&offset) {
                    naive += 1;
                }
            }
            let (from, until) = (day(start), day(start + length));
            prop_assert_eq!(days.count(from, until), naive);
            prop_assert_eq!(days.days(from, until).len(), usize::try_from(length.max(0)).unwrap());
        }
    }
}
