//! Reports: what was made and done by week, how long things take, what is overdue, how long a template’s runs take, how much stands at each
//! stage, and who has how much to do. From plain data: days are those of the organisation’s clock, weeks begin on Monday, and today is passed
//! in. Counts add up: each task is counted once.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
};

use jiff::{Span, civil::Date};

/// No report goes over more days than this: ten years and a little. What is asked beyond is left out.
pub const MOST_DAYS: i64 = 3_660;

/// Half of all take so long or less.
const MEDIAN: usize = 50;
/// So many of a hundred take so long or less: what can be promised.
const MOSTLY: usize = 85;
/// Where buckets of days taken begin; each ends where the next begins.
const TAKEN: [i64; 8] = [0, 1, 2, 4, 8, 15, 31, 61];
/// The same of days late.
const LATE: [i64; 5] = [1, 4, 8, 15, 31];

/// A task from its making to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// The day on which it was made.
    pub created: Date,
    /// The day on which it first was started. `None`: never.
    pub started: Option<Date>,
    /// The day on which it was completed. `None`: it isn’t.
    pub completed: Option<Date>,
}

/// What came in and what got done in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Its Monday.
    pub monday: Date,
    /// Tasks made in it.
    pub created: i64,
    /// Tasks completed in it.
    pub completed: i64,
}

/// What was made and what was completed in each week that has a day in a range (`until` not included). Of the first and the last week only
/// days in the range count.
pub fn throughput(tasks: &[Life], from: Date, until: Date) -> Vec<Week> {
    let until = bounded(from, until);
    let mut weeks: Vec<Week> =
        mondays(from, until).into_iter().map(|monday| Week { monday, created: 0, completed: 0 }).collect();
    let first = weeks.first().map_or(from, |week| week.monday);
    let at =
        |day: Date| (from <= day && day < until).then(|| usize::try_from(days_between(first, day) / 7).ok()).flatten();
    for task in tasks {
        if let Some(week) = at(task.created).and_then(|at| weeks.get_mut(at)) {
            week.created += 1;
        }
        if let Some(week) = task.completed.and_then(at).and_then(|at| weeks.get_mut(at)) {
            week.completed += 1;
        }
    }
    weeks
}

/// How long tasks took that were completed in a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// How many were completed.
    pub completed: i64,
    /// How many of them were never started before they were completed: they have a lead time alone.
    pub never_started: i64,
    /// From the first start until completed.
    pub cycle: Taken,
    /// From the making until completed.
    pub lead: Taken,
}

/// How many days things took. What ends on the day on which it began took 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// How many there are.
    pub count: i64,
    /// The fewest days that at least half of them didn’t exceed. `None`: there are none.
    pub median: Option<i64>,
    /// The same of 85 of a hundred.
    pub mostly: Option<i64>,
    /// How many took how long, without a gap. Together they are all.
    pub buckets: Vec<Bucket>,
    /// Each of them, by the day on which it ended, for a scatter.
    pub dots: Vec<Dot>,
}

/// Things that took, or are late by, about as many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// From so many days on.
    pub from: i64,
    /// Until so many, which aren’t in it. `None`: however many.
    pub until: Option<i64>,
    /// How many there are.
    pub count: i64,
}

/// A thing that took so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dot {
    /// The day on which it ended.
    pub on: Date,
    /// How many days it took.
    pub days: i64,
    /// Which it is: its place in what was given.
    pub place: usize,
}

/// How long the tasks took that were completed in a range (`until` not included). One that was started only after it was completed took no
/// time.
pub fn times(tasks: &[Life], from: Date, until: Date) -> Times {
    let done = tasks.iter().enumerate().filter_map(|(place, task)| Some((place, task, task.completed?)));
    let done: Vec<_> = done.filter(|(_, _, completed)| from <= *completed && *completed < until).collect();
    let dot = |place: usize, began: Date, on: Date| Dot { on, days: days_between(began, on).max(0), place };
    let lead: Vec<Dot> = done.iter().map(|(place, task, on)| dot(*place, task.created, *on)).collect();
    let cycle: Vec<Dot> = done.iter().filter_map(|(place, task, on)| Some(dot(*place, task.started?, *on))).collect();
    let (completed, started) = (counted(lead.len()), counted(cycle.len()));
    Times { completed, never_started: completed - started, cycle: taken(cycle), lead: taken(lead) }
}

/// A task that isn’t done, of a team, a person, a list: whatever the report is by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open<K> {
    /// Whose it is; of several, one.
    pub of: K,
    /// When it is due.
    pub due: Option<Date>,
}

/// How late somebody’s open tasks are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue<K> {
    /// Whose they are.
    pub of: K,
    /// How many open tasks there are.
    pub open: i64,
    /// How many of them are overdue.
    pub overdue: i64,
    /// How many days the latest is overdue; 0: none is.
    pub latest: i64,
    /// How many are how late. Together they are all that are overdue.
    pub buckets: Vec<Bucket>,
}

/// What is overdue by whatever tasks are told apart by, the most first. What is due today isn’t overdue yet.
pub fn overdue<K: Copy + Ord>(tasks: &[Open<K>], today: Date) -> Vec<Overdue<K>> {
    let mut late: BTreeMap<K, (i64, Vec<i64>)> = BTreeMap::new();
    for task in tasks {
        let (open, days) = late.entry(task.of).or_default();
        *open += 1;
        days.extend(task.due.filter(|due| *due < today).map(|due| days_between(due, today)));
    }
    let mut rows: Vec<Overdue<K>> = late
        .into_iter()
        .map(|(of, (open, days))| Overdue {
            of,
            open,
            overdue: counted(days.len()),
            latest: days.iter().copied().max().unwrap_or(0),
            buckets: buckets(&LATE, &days),
        })
        .collect();
    // Those with as many stay in their order.
    rows.sort_by_key(|row| (-row.overdue, -row.latest));
    rows
}

/// A run of a template: what was made of it at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run<T, S> {
    /// Of which template.
    pub template: T,
    /// The day on which it was started.
    pub started: Date,
    /// Its tasks that are still there.
    pub steps: Vec<Step<S>>,
}

/// A task of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<S> {
    /// Which of the template’s it was made of.
    pub step: S,
    /// From when it could be done: the day on which the last that it waited for was done, or else on which the run was started.
    pub ready: Date,
    /// The day on which it was completed. `None`: it isn’t.
    pub completed: Option<Date>,
}

/// How long the runs of a template take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTimes<T, S> {
    /// Of which template.
    pub template: T,
    /// How many runs are going on.
    pub running: i64,
    /// From the start until the last of its tasks was done, of the runs of which all are.
    pub taken: Taken,
    /// The step that takes longest, of those done in whatever run. `None`: none was done yet.
    pub slowest: Option<Slowest<S>>,
}

/// The step of a template that takes longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slowest<S> {
    /// Which it is.
    pub step: S,
    /// The fewest days, from when it could be done, that at least half of the times weren’t exceeded.
    pub median: i64,
    /// How often it was done.
    pub count: i64,
}

/// How many days each step took, each time that it was done.
type DaysOf<S> = BTreeMap<S, Vec<i64>>;

/// How long the runs of each template take. A run without tasks is none. In [`Dot::place`] is the run’s place in what was given.
pub fn run_times<T: Copy + Ord, S: Copy + Ord>(runs: &[Run<T, S>]) -> Vec<RunTimes<T, S>> {
    let mut of: BTreeMap<T, (i64, Vec<Dot>, DaysOf<S>)> = BTreeMap::new();
    for (place, run) in runs.iter().enumerate().filter(|(_, run)| !run.steps.is_empty()) {
        let (running, dots, steps) = of.entry(run.template).or_default();
        let ends: Option<Vec<Date>> = run.steps.iter().map(|step| step.completed).collect();
        match ends.and_then(|ends| ends.into_iter().max()) {
            Some(on) => dots.push(Dot { on, days: days_between(run.started, on).max(0), place }),
            None => *running += 1,
        }
        for step in &run.steps {
            if let Some(completed) = step.completed {
                steps.entry(step.step).or_default().push(days_between(step.ready, completed).max(0));
            }
        }
    }
    let slowest = |steps: DaysOf<S>| {
        let steps = steps.into_iter().filter_map(|(step, mut days)| {
            days.sort_unstable();
            Some(Slowest { step, median: at_percent(&days, MEDIAN)?, count: counted(days.len()) })
        });
        // Of several the first.
        steps.reduce(|slowest, step| if step.median > slowest.median { step } else { slowest })
    };
    of.into_iter()
        .map(|(template, (running, dots, steps))| RunTimes {
            template,
            running,
            taken: taken(dots),
            slowest: slowest(steps),
        })
        .collect()
}

/// What a status says of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Nobody has begun.
    Open,
    /// Somebody has.
    Started,
    /// It is done.
    Done,
}

/// A task came to a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<K> {
    /// Which task.
    pub task: K,
    /// The day.
    pub on: Date,
    /// The stage; `None`: it was deleted, or left the list.
    pub to: Option<Stage>,
}

/// How many tasks stood at each stage at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// The day.
    pub day: Date,
    /// Not begun.
    pub open: i64,
    /// Begun.
    pub started: i64,
    /// Done.
    pub done: i64,
}

/// How many tasks stood at each stage at the end of each day of a range (`until` not included). Changes come in any order of days; those of
/// one task on one day in the order in which they happened. A task’s making is one.
pub fn flow<K: Copy + Ord>(changes: &[Change<K>], from: Date, until: Date) -> Vec<Flow> {
    let mut changes: Vec<&Change<K>> = changes.iter().collect();
    changes.sort_by_key(|change| change.on);
    let mut changes = changes.into_iter().peekable();
    let mut at: BTreeMap<K, Stage> = BTreeMap::new();
    let mut flow = Flow { day: from, open: 0, started: 0, done: 0 };
    let days = days(from, bounded(from, until)).into_iter();
    days.map(|day| {
        while let Some(change) = changes.next_if(|change| change.on <= day) {
            let before = match change.to {
                Some(stage) => at.insert(change.task, stage),
                None => at.remove(&change.task),
            };
            for (stage, more) in [(before, -1), (change.to, 1)] {
                match stage {
                    Some(Stage::Open) => flow.open += more,
                    Some(Stage::Started) => flow.started += more,
                    Some(Stage::Done) => flow.done += more,
                    None => {}
                }
            }
        }
        Flow { day, ..flow }
    })
    .collect()
}

/// An open task, for whoever is responsible for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load<P> {
    /// Who.
    pub person: P,
    /// When it starts.
    pub start: Option<Date>,
    /// When it is due.
    pub due: Option<Date>,
    /// What it is thought to take, in minutes. `None`: nobody said; below 0 is 0.
    pub estimate: Option<i64>,
}

/// Tasks and what they are thought to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// How many.
    pub tasks: i64,
    /// How many of them have no estimate.
    pub unestimated: i64,
    /// In minutes.
    pub minutes: i64,
}

/// What a person has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload<P> {
    /// Who.
    pub person: P,
    /// What was due before today.
    pub late: Amount,
    /// By week, from this week on.
    pub weeks: Vec<LoadWeek>,
    /// What is due after these weeks.
    pub later: Amount,
    /// What has no due day.
    pub undated: Amount,
}

/// What a person has to do in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadWeek {
    /// Its Monday.
    pub monday: Date,
    /// The tasks due in it, and the minutes that fall on it.
    pub amount: Amount,
    /// What the person can do in it, in minutes.
    pub capacity: i64,
}

/// What each person has to do in this week and those after it. There is a row for each of `people`, in that order, and then for whoever
/// else has tasks. `capacity` says how many minutes a person has in the week from a Monday.
///
/// A task counts in the week in which it is due. Its estimate is spread evenly over the working days from its start, or from today if that
/// was before, until it is due, each minute once; without a start, or a working day until then, it falls on the day on which it is due.
/// What is due more than [`MOST_DAYS`] from now isn’t spread: it is done later.
pub fn workload<P: Copy + Ord>(
    tasks: &[Load<P>],
    people: &[P],
    today: Date,
    weeks: usize,
    capacity: &dyn Fn(P, Date) -> i64,
    is_working: &dyn Fn(Date) -> bool,
) -> Vec<Workload<P>> {
    let first = monday(today);
    let until = plus(first, counted(weeks).saturating_mul(7).min(MOST_DAYS)).unwrap_or(Date::MAX);
    let mondays = mondays(first, until);
    let spread = Spread::new(first, tasks.iter().filter_map(|task| task.due).max(), is_working);

    let named: BTreeSet<P> = people.iter().copied().collect();
    let others: BTreeSet<P> = tasks.iter().map(|task| task.person).filter(|person| !named.contains(person)).collect();
    let empty = |person: P| {
        let week = |monday: &Date| LoadWeek {
            monday: *monday,
            amount: Amount::default(),
            capacity: capacity(person, *monday),
        };
        let (late, later, undated) = (Amount::default(), Amount::default(), Amount::default());
        Workload { person, late, weeks: mondays.iter().map(week).collect(), later, undated }
    };
    let mut rows: Vec<Workload<P>> = people.iter().copied().chain(others).map(empty).collect();
    let mut places = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        places.entry(row.person).or_insert(place);
    }

    for task in tasks {
        let Some(row) = places.get(&task.person).and_then(|place| rows.get_mut(*place)) else { continue };
        let minutes = task.estimate.unwrap_or(0).max(0);
        let (counts_in, spread_until) = match task.due {
            None => (&mut row.undated, None),
            Some(due) if due < today => (&mut row.late, None),
            Some(due) => {
                let week = usize::try_from(days_between(first, due) / 7).ok();
                let week = week.and_then(|week| row.weeks.get_mut(week)).map(|week| &mut week.amount);
                (week.unwrap_or(&mut row.later), Some(due))
            }
        };
        counts_in.tasks += 1;
        counts_in.unestimated += i64::from(task.estimate.is_none());
        let Some(due) = spread_until else {
            counts_in.minutes = counts_in.minutes.saturating_add(minutes);
            continue;
        };
        let from = task.start.unwrap_or(due).max(today).min(due);
        let mut left = minutes;
        for week in &mut row.weeks {
            let falls = spread.share(minutes, from, due, week.monday).min(left);
            week.amount.minutes = week.amount.minutes.saturating_add(falls);
            left -= falls;
        }
        row.later.minutes = row.later.minutes.saturating_add(left);
    }
    rows
}

/// How many working days there are before each day, from a Monday on.
struct Spread {
    first: Date,
    worked: Vec<i64>,
}

impl Spread {
    fn new(first: Date, last: Option<Date>, is_working: &dyn Fn(Date) -> bool) -> Self {
        let until = last.and_then(|last| last.tomorrow().ok()).unwrap_or(first);
        let mut worked = vec![0];
        let mut so_far = 0;
        for day in days(first, bounded(first, until)) {
            so_far += i64::from(is_working(day));
            worked.push(so_far);
        }
        Self { first, worked }
    }

    /// How much of an estimate falls on the week from a Monday, spread over the working days from one day to another, that one with them.
    fn share(&self, minutes: i64, from: Date, due: Date, monday: Date) -> i64 {
        let before = |days: i64| usize::try_from(days).ok().and_then(|days| self.worked.get(days)).copied();
        let (begin, week) = (days_between(self.first, from), days_between(self.first, monday));
        let end = days_between(self.first, due) + 1;
        let (Some(none), Some(all)) = (before(begin), before(end)) else { return 0 };
        if all == none {
            return if (week..week + 7).contains(&(end - 1)) { minutes } else { 0 };
        }
        let by = |day: i64| {
            let worked = before(day.clamp(begin, end)).unwrap_or(none) - none;
            i128::from(minutes) * i128::from(worked) / i128::from(all - none)
        };
        i64::try_from(by(week + 7) - by(week)).unwrap_or(0)
    }
}

/// What a chart and a table have of things that took so long.
fn taken(mut dots: Vec<Dot>) -> Taken {
    let mut days: Vec<i64> = dots.iter().map(|dot| dot.days).collect();
    days.sort_unstable();
    dots.sort_unstable();
    let (median, mostly) = (at_percent(&days, MEDIAN), at_percent(&days, MOSTLY));
    Taken { count: counted(days.len()), median, mostly, buckets: buckets(&TAKEN, &days), dots }
}

/// The smallest of these that at least so many of a hundred don’t exceed. They are in order.
fn at_percent(sorted: &[i64], percent: usize) -> Option<i64> {
    let place = sorted.len().saturating_mul(percent).div_ceil(100).checked_sub(1)?;
    sorted.get(place).copied()
}

fn buckets(begin: &[i64], days: &[i64]) -> Vec<Bucket> {
    let ends = begin.iter().skip(1).copied().map(Some).chain([None]);
    let bucket = |(from, until): (&i64, Option<i64>)| {
        let lies_in = |days: &&i64| *from <= **days && until.is_none_or(|until| **days < until);
        Bucket { from: *from, until, count: counted(days.iter().filter(lies_in).count()) }
    };
    begin.iter().zip(ends).map(bucket).collect()
}

/// The Monday of its week.
pub fn monday(day: Date) -> Date {
    plus(day, -i64::from(day.weekday().to_monday_zero_offset())).unwrap_or(day)
}

/// Of each week that has a day in a range.
fn mondays(from: Date, until: Date) -> Vec<Date> {
    if until <= from {
        return Vec::new();
    }
    iter::successors(Some(monday(from)), |monday| plus(*monday, 7)).take_while(|monday| *monday < until).collect()
}

fn days(from: Date, until: Date) -> Vec<Date> {
    iter::successors(Some(from), |day| day.tomorrow().ok()).take_while(|day| *day < until).collect()
}

/// Where a report ends that is asked for until some day.
fn bounded(from: Date, until: Date) -> Date {
    plus(from, MOST_DAYS).map_or(until, |end| end.min(until))
}

fn plus(day: Date, days: i64) -> Option<Date> {
    day.checked_add(Span::new().try_days(days).ok()?).ok()
}

fn days_between(from: Date, until: Date) -> i64 {
    until.duration_since(from).as_hours() / 24
}

fn counted(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::date};
    use proptest::{
        collection::{btree_set, vec},
        option,
        prelude::*,
    };

    use super::*;

    /// A day of November 2026, or around it: the 2nd is a Monday.
    fn day(day: i64) -> Date {
        date(2026, 11, 1).checked_add((day - 1).days()).unwrap()
    }

    fn life(created: i64, started: impl Into<Option<i64>>, completed: impl Into<Option<i64>>) -> Life {
        Life { created: day(created), started: started.into().map(day), completed: completed.into().map(day) }
    }

    fn on_weekdays(day: Date) -> bool {
        day.weekday().to_monday_zero_offset() < 5
    }

    fn real(number: i64) -> f64 {
        f64::from(i32::try_from(number).unwrap())
    }

    fn counts(buckets: &[Bucket]) -> Vec<i64> {
        buckets.iter().map(|bucket| bucket.count).collect()
    }

    #[test]
    fn weeks_begin_on_monday() {
        let tasks = [life(1, None, 2), life(2, 3, 8), life(8, 9, 9), life(16, None, None), life(30, None, None)];
        let told = throughput(&tasks, day(1), day(17));
        let told: Vec<_> = told.into_iter().map(|week| (week.monday, week.created, week.completed)).collect();
        assert_eq!(told, [(day(-5), 1, 0), (day(2), 2, 2), (day(9), 0, 1), (day(16), 1, 0)]);
        assert_eq!(throughput(&tasks, day(3), day(3)), []);
        assert_eq!(throughput(&tasks, day(4), day(3)), []);
        assert_eq!(throughput(&tasks, day(2), day(9)).len(), 1);
        assert_eq!(throughput(&tasks, day(9), day(10)), [Week { monday: day(9), created: 0, completed: 1 }]);
    }

    #[test]
    fn times_are_counted_in_days() {
        let tasks = [life(1, 2, 2), life(1, 2, 5), life(1, None, 9), life(1, 30, 20), life(1, 2, None), life(1, 2, 40)];
        let told = times(&tasks, day(1), day(40));
        assert_eq!((told.completed, told.never_started), (4, 1));
        assert_eq!((told.cycle.count, told.cycle.median, told.cycle.mostly), (3, Some(0), Some(3)));
        assert_eq!((told.lead.count, told.lead.median, told.lead.mostly), (4, Some(4), Some(19)));
        assert_eq!(counts(&told.lead.buckets), [0, 1, 0, 1, 1, 1, 0, 0]);
        assert_eq!(
            told.cycle.dots.iter().map(|dot| (dot.on, dot.days, dot.place)).collect::<Vec<_>>(),
            [(day(2), 0, 0), (day(5), 3, 1), (day(20), 0, 3)]
        );
        let none = times(&[], day(1), day(9));
        assert_eq!((none.cycle.median, none.lead.mostly, none.lead.buckets.len()), (None, None, 8));
    }

    #[test]
    fn what_is_due_today_is_not_overdue() {
        let open = |of: &'static str, due: Option<i64>| Open { of, due: due.map(day) };
        let tasks = [
            open("clinic", Some(10)),
            open("clinic", None),
            open("site", Some(9)),
            open("site", Some(-30)),
            open("yard", Some(8)),
        ];
        let told = overdue(&tasks, day(10));
        let rows: Vec<_> =
            told.iter().map(|row| (row.of, row.open, row.overdue, row.latest, counts(&row.buckets))).collect();
        assert_eq!(
            rows,
            [
                ("site", 2, 2, 40, vec![1, 0, 0, 0, 1]),
                ("yard", 1, 1, 2, vec![1, 0, 0, 0, 0]),
                ("clinic", 2, 0, 0, vec![0; 5]),
            ]
        );
    }

    #[test]
    fn a_run_ends_with_the_last_of_its_tasks() {
        let step = |step: &'static str, ready: i64, completed: Option<i64>| Step {
            step,
            ready: day(ready),
            completed: completed.map(day),
        };
        let run =
            |template: u8, started: i64, steps: Vec<Step<&'static str>>| Run { template, started: day(started), steps };
        let runs = [
            run(1, 1, vec![step("desk", 1, Some(3)), step("keys", 3, Some(9))]),
            run(1, 2, vec![step("desk", 2, Some(30)), step("keys", 2, None)]),
            run(1, 3, vec![step("desk", 3, Some(5)), step("keys", 5, Some(8))]),
            run(2, 3, vec![step("plan", 3, None)]),
            run(3, 3, vec![]),
        ];
        let told = run_times(&runs);
        assert_eq!(
            told.iter()
                .map(|of| (of.template, of.running, of.taken.count, of.taken.median, of.taken.mostly))
                .collect::<Vec<_>>(),
            [(1, 1, 2, Some(5), Some(8)), (2, 1, 0, None, None)]
        );
        assert_eq!(told[0].slowest, Some(Slowest { step: "keys", median: 3, count: 2 }));
        assert_eq!(told[1].slowest, None);
    }

    #[test]
    fn each_task_stands_at_one_stage() {
        let change = |task: u8, on: i64, to: Option<Stage>| Change { task, on: day(on), to };
        let changes = [
            change(1, 3, Some(Stage::Done)),
            change(1, 1, Some(Stage::Open)),
            change(2, 2, Some(Stage::Open)),
            change(2, 2, Some(Stage::Started)),
            change(1, 4, Some(Stage::Open)),
            change(2, 5, None),
            change(3, 9, None),
        ];
        let told: Vec<_> =
            flow(&changes, day(2), day(6)).iter().map(|at| (at.day, at.open, at.started, at.done)).collect();
        assert_eq!(told, [(day(2), 1, 1, 0), (day(3), 0, 1, 1), (day(4), 1, 1, 0), (day(5), 1, 0, 0)]);
        assert_eq!(flow(&changes, day(6), day(6)), []);
    }

    #[test]
    fn an_estimate_is_spread_over_working_days() {
        let load = |person: &'static str, start: Option<i64>, due: Option<i64>, estimate: Option<i64>| Load {
            person,
            start: start.map(day),
            due: due.map(day),
            estimate,
        };
        let tasks = [
            // Thursday to Wednesday: two days in this week, three in the next.
            load("Sam", Some(5), Some(11), Some(501)),
            load("Sam", None, Some(6), None),
            load("Sam", None, Some(3), Some(60)),
            load("Sam", Some(1), None, Some(30)),
            // Friday of the next week to Monday after it.
            load("Priya", Some(13), Some(16), Some(90)),
            load("Priya", Some(7), Some(8), Some(45)),
        ];
        let told = workload(
            &tasks,
            &["Priya", "Jo"],
            day(4),
            2,
            &|person, _| if person == "Jo" { 0 } else { 2_280 },
            &on_weekdays,
        );
        let row = |row: &Workload<&'static str>| {
            (
                row.person,
                row.weeks
                    .iter()
                    .map(|week| (week.amount.tasks, week.amount.minutes, week.capacity))
                    .collect::<Vec<_>>(),
                row.later.minutes,
            )
        };
        assert_eq!(
            told.iter().map(row).collect::<Vec<_>>(),
            [
                ("Priya", vec![(1, 45, 2_280), (0, 45, 2_280)], 45),
                ("Jo", vec![(0, 0, 0), (0, 0, 0)], 0),
                ("Sam", vec![(1, 200, 2_280), (1, 301, 2_280)], 0),
            ]
        );
        assert_eq!(told[0].later, Amount { tasks: 1, unestimated: 0, minutes: 45 });
        assert_eq!((told[2].late.minutes, told[2].undated.minutes), (60, 30));
        assert_eq!(told[2].weeks[0].amount.unestimated, 1);
        assert_eq!(told[0].weeks[1].monday, day(9));
    }

    #[test]
    fn the_ends_of_the_calendar_are_days_too() {
        let all = [
            Life { created: Date::MIN, started: Some(Date::MAX), completed: Some(Date::MAX) },
            Life { created: Date::MAX, started: Some(Date::MIN), completed: Some(Date::MIN) },
        ];
        for (from, until) in
            [(Date::MIN, Date::MAX), (Date::MAX, Date::MIN), (Date::MAX, Date::MAX), (Date::MIN, Date::MIN)]
        {
            assert!(throughput(&all, from, until).len() <= 524);
            times(&all, from, until);
            assert!(flow(&[Change { task: 1, on: Date::MIN, to: Some(Stage::Open) }], from, until).len() <= 3_660);
            overdue(&[Open { of: 1, due: Some(from) }], until);
            let tasks = [Load { person: 1, start: Some(from), due: Some(until), estimate: Some(i64::MAX) }; 3];
            for works in [true, false] {
                assert_eq!(workload(&tasks, &[], from, usize::MAX, &|_, _| i64::MAX, &|_| works).len(), 1);
                workload(&tasks, &[], until, 0, &|_, _| 0, &|_| works);
            }
        }
    }

    fn lives() -> impl Strategy<Value = Vec<Life>> {
        let one = (-40_i64..80, option::of(-40_i64..120), option::of(-40_i64..120));
        vec(one.prop_map(|(created, started, completed)| life(created, started, completed)), 0..60)
    }

    proptest! {
        /// Day by day, each task looked at anew.
        #[test]
        fn throughput_adds_up(tasks in lives(), from in -50_i64..80, length in 0_i64..90) {
            let told = throughput(&tasks, day(from), day(from + length));
            let mut naive: BTreeMap<Date, (i64, i64)> = BTreeMap::new();
            for offset in from..from + length {
                let back = (offset - 2).rem_euclid(7);
                let week = naive.entry(day(offset - back)).or_default();
                week.0 += tasks.iter().map(|task| i64::from(task.created == day(offset))).sum::<i64>();
                week.1 += tasks.iter().map(|task| i64::from(task.completed == Some(day(offset)))).sum::<i64>();
            }
            let told: Vec<_> = told.into_iter().map(|week| (week.monday, (week.created, week.completed))).collect();
            prop_assert_eq!(told, naive.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn times_add_up(tasks in lives(), from in -50_i64..80, length in 0_i64..90) {
            let told = times(&tasks, day(from), day(from + length));
            let inside = |task: &&Life| (from..from + length).any(|offset| task.completed == Some(day(offset)));
            prop_assert_eq!(told.completed, counted(tasks.iter().filter(inside).count()));
            prop_assert_eq!(told.lead.count, told.completed);
            prop_assert_eq!(told.cycle.count + told.never_started, told.completed);
            for taken in [&told.cycle, &told.lead] {
                prop_assert_eq!(counts(&taken.buckets).iter().sum::<i64>(), taken.count);
                prop_assert_eq!(counted(taken.dots.len()), taken.count);
                prop_assert_eq!(counted(taken.dots.iter().map(|dot| dot.place).collect::<BTreeSet<_>>().len()), taken.count);
                for (told, percent) in [(taken.median, 50), (taken.mostly, 85)] {
                    // The least number of days that enough of them didn't exceed.
                    let enough = |days: &i64| taken.dots.iter().filter(|dot| dot.days <= *days).count() * 100 >= taken.dots.len() * percent;
                    prop_assert_eq!(told, if taken.count == 0 { None } else { (0..400).find(enough) });
                }
            }
        }

        #[test]
        fn what_is_overdue_adds_up(tasks in vec((0_u8..5, option::of(-60_i64..60)), 0..60), today in -20_i64..20) {
            let open: Vec<Open<u8>> = tasks.iter().map(|(of, due)| Open { of: *of, due: due.map(day) }).collect();
            let told = overdue(&open, day(today));
            prop_assert_eq!(told.iter().map(|row| row.open).sum::<i64>(), counted(tasks.len()));
            prop_assert!(told.is_sorted_by_key(|row| -row.overdue));
            for row in &told {
                let late = tasks.iter().filter(|(of, _)| *of == row.of).filter_map(|(_, due)| due.map(|due| today - due)).filter(|late| *late > 0);
                let late: Vec<i64> = late.collect();
                prop_assert_eq!(row.overdue, counted(late.len()));
                prop_assert_eq!(row.latest, late.iter().copied().max().unwrap_or(0));
                prop_assert_eq!(counts(&row.buckets).iter().sum::<i64>(), row.overdue);
            }
        }

        #[test]
        fn runs_add_up(runs in vec((0_u8..3, -20_i64..20, vec((0_u8..4, -20_i64..20, option::of(-20_i64..60)), 0..5)), 0..30)) {
            let given: Vec<Run<u8, u8>> = runs.iter().map(|(template, started, steps)| {
                let step = |(step, ready, completed): &(u8, i64, Option<i64>)| Step { step: *step, ready: day(*ready), completed: completed.map(day) };
                Run { template: *template, started: day(*started), steps: steps.iter().map(step).collect() }
            }).collect();
            let told = run_times(&given);
            let real = counted(runs.iter().filter(|(.., steps)| !steps.is_empty()).count());
            prop_assert_eq!(told.iter().map(|of| of.running + of.taken.count).sum::<i64>(), real);
            for of in &told {
                for dot in &of.taken.dots {
                    let (template, started, steps) = &runs[dot.place];
                    prop_assert_eq!(*template, of.template);
                    let last = steps.iter().map(|(.., completed)| completed.unwrap()).max().unwrap();
                    prop_assert_eq!(dot.days, (last - started).max(0));
                }
                let times = |step: u8| {
                    let of_step = runs.iter().filter(|(template, ..)| *template == of.template).flat_map(|(.., steps)| steps).filter(|(which, ..)| *which == step);
                    let mut days: Vec<i64> = of_step.filter_map(|(_, ready, completed)| completed.map(|completed| (completed - ready).max(0))).collect();
                    days.sort_unstable();
                    days
                };
                let median = |days: &[i64]| days.get(days.len().saturating_sub(1) / 2).copied();
                let most = (0..4).filter_map(|step| median(&times(step))).max();
                prop_assert_eq!(of.slowest.map(|slowest| slowest.median), most);
                if let Some(slowest) = of.slowest {
                    prop_assert_eq!(median(&times(slowest.step)), most);
                    prop_assert_eq!(slowest.count, counted(times(slowest.step).len()));
                }
            }
        }

        /// The last change of each task until each day.
        #[test]
        fn the_flow_adds_up(changes in vec((0_u8..6, -10_i64..30, 0_u8..4), 0..60), from in -15_i64..30, length in 0_i64..30) {
            let stage = |which: u8| [None, Some(Stage::Open), Some(Stage::Started), Some(Stage::Done)][usize::from(which)];
            let given: Vec<Change<u8>> = changes.iter().map(|(task, on, to)| Change { task: *task, on: day(*on), to: stage(*to) }).collect();
            let told = flow(&given, day(from), day(from + length));
            prop_assert_eq!(counted(told.len()), length);
            for (at, offset) in told.iter().zip(from..) {
                let mut naive = [0_i64; 4];
                for task in 0..6 {
                    // Of the latest day the last in the list.
                    let last = changes.iter().filter(|(which, on, _)| *which == task && *on <= offset).max_by_key(|(_, on, _)| *on);
                    naive[usize::from(last.map_or(0, |(.., to)| *to))] += 1;
                }
                prop_assert_eq!((at.day, [at.open, at.started, at.done]), (day(offset), [naive[1], naive[2], naive[3]]));
            }
        }

        /// Each task once, each minute once, and minutes where working days are.
        #[test]
        fn the_workload_adds_up(
            tasks in vec((0_u8..4, option::of(-20_i64..60), option::of(-20_i64..60), option::of(0_i64..1_000)), 0..40),
            today in -10_i64..20, weeks in 0_usize..6, closed in btree_set(-20_i64..60, 0..30),
        ) {
            let given: Vec<Load<u8>> = tasks.iter().map(|(person, start, due, estimate)| Load { person: *person, start: start.map(day), due: due.map(day), estimate: *estimate }).collect();
            let closed: BTreeSet<Date> = closed.into_iter().map(day).collect();
            let works = |day: Date| on_weekdays(day) && !closed.contains(&day);
            let told = workload(&given, &[3, 9], day(today), weeks, &|_, _| 1, &works);
            let people: Vec<u8> = told.iter().map(|row| row.person).collect();
            let mut expected = vec![3, 9];
            expected.extend((0..3).filter(|person| tasks.iter().any(|(of, ..)| of == person)));
            prop_assert_eq!(people, expected);
            let all = |row: &Workload<u8>| {
                let mut amounts: Vec<Amount> = row.weeks.iter().map(|week| week.amount).collect();
                amounts.extend([row.late, row.later, row.undated]);
                amounts
            };
            for row in &told {
                let own = || tasks.iter().filter(|(person, ..)| *person == row.person);
                prop_assert_eq!(all(row).iter().map(|amount| amount.tasks).sum::<i64>(), counted(own().count()));
                prop_assert_eq!(all(row).iter().map(|amount| amount.unestimated).sum::<i64>(), counted(own().filter(|task| task.3.is_none()).count()));
                prop_assert_eq!(all(row).iter().map(|amount| amount.minutes).sum::<i64>(), own().filter_map(|task| task.3).sum::<i64>());
                prop_assert_eq!(row.late.tasks, counted(own().filter(|task| task.2.is_some_and(|due| due < today)).count()));
                for week in &row.weeks {
                    let from = week.monday.duration_since(day(1)).as_hours() / 24 + 1;
                    let due = own().filter(|task| task.2.is_some_and(|due| due >= today && (from..from + 7).contains(&due)));
                    prop_assert_eq!(week.amount.tasks, counted(due.count()));
                    // Day by day in fractions: no week is off by a minute for each task.
                    let mut naive = 0.0;
                    for (_, start, due, estimate) in own() {
                        let (Some(due), Some(estimate)) = (*due, *estimate) else { continue };
                        if due < today {
                            continue;
                        }
                        let begin = start.unwrap_or(due).max(today).min(due);
                        let mut falls: Vec<i64> = (begin..=due).filter(|offset| works(day(*offset))).collect();
                        if falls.is_empty() {
                            falls.push(due);
                        }
                        let inside = falls.iter().filter(|offset| (from..from + 7).contains(*offset)).count();
                        naive += real(estimate) * real(counted(inside)) / real(counted(falls.len()));
                    }
                    prop_assert!((naive - real(week.amount.minutes)).abs() <= real(counted(own().count())), "{} {:?}", naive, week);
                }
            }
        }
    }
}
