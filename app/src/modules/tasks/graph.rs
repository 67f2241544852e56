//! What waits for what: whether a new wait would make a circle, in which order things can be done, and which dates move when one slips.
//! Whatever names a thing will do: tasks, steps of a template, lines of an import; a parent and its subtask too.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
};

use jiff::civil::Date;

/// So many days without one that is worked, and none is looked for any further.
const MOST_DAYS_OFF: usize = 3_660;

/// A task with its dates, as far as a slip needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated<N> {
    /// Which it is.
    pub id: N,
    /// When it starts.
    pub start: Option<Date>,
    /// When it is due.
    pub due: Option<Date>,
    /// It is done: it doesn’t move, and nothing waits for it.
    pub done: bool,
}

/// A task that moves, with its new dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved<N> {
    /// Which it is.
    pub id: N,
    /// When it starts now; it had a start before.
    pub start: Option<Date>,
    /// When it is due now; it was due before.
    pub due: Option<Date>,
}

/// How far those that wait move with the one that slips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// By as many working days as it slips.
    KeepGap,
    /// No further than that none starts before the one that it waits for is due.
    OnlyIfNeeded,
}

/// Whether something would wait for itself, at once or through others, if `waits` waited for `blocker`. Each edge is one that blocks and
/// one that waits for it. For parents: one that holds and one that lies in it.
pub fn would_cycle<N: Copy + Ord>(edges: &[(N, N)], blocker: N, waits: N) -> bool {
    reached_from(waits, &waiting(edges)).contains(&blocker)
}

/// An order in which all can be done, as places in `nodes`: each after all that it waits for, and otherwise in the order in which they
/// stand there. Edges that name something else count for nothing.
///
/// # Errors
/// A circle, as places in `nodes`: each blocks the next, and the last the first.
pub fn order<N: Copy + Ord>(nodes: &[N], edges: &[(N, N)]) -> Result<Vec<usize>, Vec<usize>> {
    let mut places = BTreeMap::new();
    for (place, node) in nodes.iter().enumerate() {
        places.entry(*node).or_insert(place);
    }
    let place = |node: &N| places.get(node).copied();
    let known = edges.iter().filter_map(|(blocker, blocked)| Some((place(blocker)?, place(blocked)?)));
    // Twice the same is once.
    let known: BTreeSet<(usize, usize)> = known.collect();
    let known: Vec<(usize, usize)> = known.into_iter().collect();
    let after = waiting(&known);
    let mut blockers: Vec<usize> = vec![0; nodes.len()];
    for (_, blocked) in &known {
        if let Some(count) = blockers.get_mut(*blocked) {
            *count += 1;
        }
    }
    let free = |(place, count): (usize, &usize)| (*count == 0).then_some(Reverse(place));
    let mut ready: BinaryHeap<Reverse<usize>> = blockers.iter().enumerate().filter_map(free).collect();
    let mut ordered = Vec::with_capacity(nodes.len());
    while let Some(Reverse(place)) = ready.pop() {
        ordered.push(place);
        for next in after.get(&place).into_iter().flatten() {
            if let Some(count) = blockers.get_mut(*next) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.push(Reverse(*next));
                }
            }
        }
    }
    if ordered.len() == nodes.len() { Ok(ordered) } else { Err(circle(&blockers, &known)) }
}

/// What moves when the task `moved` is due on another day, in the order in which they stand in `tasks`; it itself isn’t among them. Those
/// that wait for it move later, and those that wait for these, each once and as far as the latest of what it waits for asks. Nothing
/// moves earlier: if it is due sooner, or is done, nothing moves at all.
///
/// With [`Shift::KeepGap`] each moves by as many working days as the one that slips, so that as many lie between them as before. With
/// [`Shift::OnlyIfNeeded`] one that starts on the day on which the one before it is due, or later, stays, and any other moves to the first
/// working day from then on. A task’s start and due day move by the same number of working days; what was due without a start moves by
/// its due day. What moves comes to lie on working days alone.
///
/// A task that is done stays, and so does what waits for it alone. One without dates hands on what it is asked. What lies in a circle, or
/// behind one, stays, as does what would move beyond the calendar, or has no working day left to move to.
pub fn shift<N: Copy + Ord>(
    tasks: &[Dated<N>],
    edges: &[(N, N)],
    moved: N,
    old_due: Date,
    new_due: Date,
    rule: Shift,
    is_working: &dyn Fn(Date) -> bool,
) -> Vec<Moved<N>> {
    let mut places = BTreeMap::new();
    for (place, task) in tasks.iter().enumerate() {
        places.entry(task.id).or_insert(place);
    }
    let task_of = |id: &N| places.get(id).and_then(|place| tasks.get(*place)).filter(|task| !task.done);
    if new_due <= old_due || places.contains_key(&moved) && task_of(&moved).is_none() {
        return Vec::new();
    }
    let edges: Vec<(N, N)> =
        edges.iter().copied().filter(|(_, blocked)| *blocked != moved && task_of(blocked).is_some()).collect();
    let after = waiting(&edges);
    let reached = reached_from(moved, &after);
    let mut blockers: BTreeMap<N, usize> = BTreeMap::new();
    for (_, blocked) in edges.iter().filter(|(blocker, _)| reached.contains(blocker)) {
        *blockers.entry(*blocked).or_default() += 1;
    }

    let dates = reached.iter().filter_map(task_of).flat_map(|task| task.start.into_iter().chain(task.due));
    let mut days = WorkingDays::from(dates.fold(old_due, Date::min), is_working);
    let slip = days.up_to(new_due).saturating_sub(days.up_to(old_due));
    let mut asked = BTreeMap::from([(moved, new_due)]);
    let mut found = BTreeMap::new();
    let mut ready = vec![moved];
    while let Some(id) = ready.pop() {
        let need = asked.get(&id).copied();
        // What it asks of those that wait for it.
        let asks = if id == moved {
            need
        } else {
            task_of(&id).zip(need).and_then(|(task, need)| {
                let Some(begins) = task.start.or(task.due) else { return Some(need) };
                let by = match rule {
                    Shift::KeepGap => slip,
                    Shift::OnlyIfNeeded if need <= begins => 0,
                    Shift::OnlyIfNeeded => {
                        let first = days.first_from(need)?;
                        days.up_to(first).saturating_sub(days.up_to(begins))
                    }
                };
                if by == 0 {
                    return None;
                }
                let mut there = Moved { id, start: task.start, due: task.due };
                for day in [&mut there.start, &mut there.due].into_iter().flatten() {
                    *day = days.later(*day, by)?;
                }
                found.insert(places.get(&id), there);
                there.due.or(there.start)
            })
        };
        for next in after.get(&id).into_iter().flatten() {
            if let Some(day) = asks {
                asked.entry(*next).and_modify(|need| *need = day.max(*need)).or_insert(day);
            }
            if let Some(count) = blockers.get_mut(next) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.push(*next);
                }
            }
        }
    }
    found.into_values().collect()
}

/// What waits for each.
fn waiting<N: Copy + Ord>(edges: &[(N, N)]) -> BTreeMap<N, Vec<N>> {
    let mut after: BTreeMap<N, Vec<N>> = BTreeMap::new();
    for (blocker, blocked) in edges {
        after.entry(*blocker).or_default().push(*blocked);
    }
    after
}

/// It, and all that waits for it, at once or through others.
fn reached_from<N: Copy + Ord>(node: N, after: &BTreeMap<N, Vec<N>>) -> BTreeSet<N> {
    let (mut reached, mut to_see) = (BTreeSet::from([node]), vec![node]);
    while let Some(node) = to_see.pop() {
        for next in after.get(&node).into_iter().flatten() {
            if reached.insert(*next) {
                to_see.push(*next);
            }
        }
    }
    reached
}

/// A circle among those that still wait for something, where each of them waits for another of them.
fn circle(blockers: &[usize], edges: &[(usize, usize)]) -> Vec<usize> {
    let left = |place: usize| blockers.get(place).is_some_and(|count| *count > 0);
    let mut before = BTreeMap::new();
    for (blocker, blocked) in edges.iter().filter(|(blocker, blocked)| left(*blocker) && left(*blocked)) {
        before.entry(*blocked).or_insert(*blocker);
    }
    let (mut path, mut seen) = (Vec::new(), BTreeMap::new());
    let mut at = before.keys().next().copied();
    while let Some(place) = at {
        if let Some(first) = seen.insert(place, path.len()) {
            let mut circle = path.split_off(first);
            circle.reverse();
            let smallest = circle.iter().enumerate().min_by_key(|(_, place)| **place).map_or(0, |(at, _)| at);
            circle.rotate_left(smallest);
            return circle;
        }
        path.push(place);
        at = before.get(&place).copied();
    }
    path
}

/// The days that are worked from some day on. Each is asked for once.
struct WorkingDays<'a> {
    is_working: &'a dyn Fn(Date) -> bool,
    /// Those that are known, one after the other.
    days: Vec<Date>,
    /// The day that isn’t known yet; `None`: no more are looked for.
    next: Option<Date>,
    days_off: usize,
}

impl<'a> WorkingDays<'a> {
    fn from(first: Date, is_working: &'a dyn Fn(Date) -> bool) -> Self {
        Self { is_working, days: Vec::new(), next: Some(first), days_off: 0 }
    }

    /// How many there are until a day, that day with them.
    fn up_to(&mut self, day: Date) -> usize {
        while self.next.is_some_and(|next| next <= day) {
            self.look();
        }
        self.days.partition_point(|known| *known <= day)
    }

    /// The first on a day or after it.
    fn first_from(&mut self, day: Date) -> Option<Date> {
        while self.next.is_some() && self.days.last().is_none_or(|last| *last < day) {
            self.look();
        }
        self.days.get(self.days.partition_point(|known| *known < day)).copied()
    }

    /// A day so many working days later: on the first, the second… after it. `None`: there aren’t so many.
    fn later(&mut self, day: Date, by: usize) -> Option<Date> {
        let at = self.up_to(day).saturating_add(by).saturating_sub(1);
        while self.next.is_some() && self.days.len() <= at {
            self.look();
        }
        self.days.get(at).copied()
    }

    fn look(&mut self) {
        let Some(day) = self.next else { return };
        if (self.is_working)(day) {
            self.days.push(day);
            self.days_off = 0;
        } else {
            self.days_off = self.days_off.saturating_add(1);
        }
        self.next = day.tomorrow().ok().filter(|_| self.days_off < MOST_DAYS_OFF);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use jiff::{ToSpan, civil::date};
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    /// A day of November 2026, or after it: the 2nd is a Monday.
    fn day(day: i64) -> Date {
        date(2026, 11, 1).checked_add((day - 1).days()).unwrap()
    }

    fn task(id: u32, start: impl Into<Option<i64>>, due: impl Into<Option<i64>>) -> Dated<u32> {
        Dated { id, start: start.into().map(day), due: due.into().map(day), done: false }
    }

    fn on_weekdays(day: Date) -> bool {
        day.weekday().to_monday_zero_offset() < 5
    }

    /// As days of November: which, start, due.
    fn shifted(tasks: &[Dated<u32>], edges: &[(u32, u32)], from: i64, to: i64, rule: Shift) -> Vec<(u32, i64, i64)> {
        let number = |date: Option<Date>| date.map_or(0, |date| date.duration_since(day(1)).as_hours() / 24 + 1);
        let moved = shift(tasks, edges, 0, day(from), day(to), rule, &on_weekdays);
        moved.into_iter().map(|moved| (moved.id, number(moved.start), number(moved.due))).collect()
    }

    #[test]
    fn circles_are_found() {
        let edges = [(1, 2), (2, 3), (1, 4)];
        for (blocker, blocked, expected) in
            [(3, 1, true), (2, 1, true), (1, 1, true), (9, 9, true), (4, 3, false), (1, 3, false), (3, 9, false)]
        {
            assert_eq!(would_cycle(&edges, blocker, blocked), expected, "{blocker} {blocked}");
        }
        assert_eq!(order(&["a", "b", "c"], &[("c", "b"), ("c", "b"), ("b", "x")]), Ok(vec![0, 2, 1]));
        assert_eq!(
            order(&["a", "b", "c", "d", "e"], &[("d", "c"), ("c", "b"), ("b", "d"), ("b", "e"), ("a", "b")]),
            Err(vec![1, 3, 2])
        );
        assert_eq!(order(&["a"], &[("a", "a")]), Err(vec![0]));
        assert_eq!(order::<u32>(&[], &[(1, 2)]), Ok(vec![]));
    }

    #[test]
    fn the_gap_is_kept_in_working_days() {
        let tasks = [task(0, None, 6), task(1, 9, 10), task(2, None, 13), task(3, 12, None)];
        let edges = [(0, 1), (1, 2), (1, 3)];
        // From Friday to Monday is one working day.
        assert_eq!(shifted(&tasks, &edges, 6, 9, Shift::KeepGap), [(1, 10, 11), (2, 0, 16), (3, 13, 0)]);
        assert_eq!(shifted(&tasks, &edges, 6, 8, Shift::KeepGap), [], "no working day later");
        assert_eq!(shifted(&tasks, &edges, 6, 5, Shift::KeepGap), [], "sooner");
        assert_eq!(shifted(&tasks, &edges, 6, 6, Shift::KeepGap), []);
        // What lay on a Saturday moves to a working day.
        assert_eq!(shifted(&[task(1, 7, 8)], &[(0, 1)], 6, 9, Shift::KeepGap), [(1, 9, 9)]);
    }

    #[test]
    fn only_what_must_moves_and_only_as_far() {
        let tasks = [task(0, None, 6), task(1, 9, 10), task(2, None, 13), task(3, 11, 12), task(4, 2, 3)];
        let edges = [(0, 1), (1, 2), (1, 3)];
        assert_eq!(shifted(&tasks, &edges, 6, 9, Shift::OnlyIfNeeded), [], "the day on which it is due is soon enough");
        assert_eq!(shifted(&tasks, &edges, 6, 10, Shift::OnlyIfNeeded), [(1, 10, 11)]);
        assert_eq!(shifted(&tasks, &edges, 6, 12, Shift::OnlyIfNeeded), [(1, 12, 13), (3, 13, 16)]);
        assert_eq!(
            shifted(&tasks, &edges, 6, 14, Shift::OnlyIfNeeded),
            [(1, 16, 17), (2, 0, 17), (3, 17, 18)],
            "not on a Saturday"
        );
    }

    #[test]
    fn done_ones_stay_and_each_moves_once() {
        let mut tasks = [
            task(0, None, 2),
            task(1, None, 3),
            task(2, None, 4),
            task(3, 4, 5),
            task(4, None, None),
            task(5, None, 4),
        ];
        let edges = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (1, 4), (4, 5)];
        assert_eq!(shifted(&tasks, &edges, 2, 3, Shift::KeepGap), [(1, 0, 4), (2, 0, 5), (3, 5, 6), (5, 0, 5)]);
        tasks[1].done = true;
        assert_eq!(
            shifted(&tasks, &edges, 2, 3, Shift::KeepGap),
            [(2, 0, 5), (3, 5, 6)],
            "through what is done nothing waits"
        );
        tasks[0].done = true;
        assert_eq!(shifted(&tasks, &edges, 2, 3, Shift::KeepGap), []);
    }

    #[test]
    fn circles_and_calendars_without_end_end() {
        let tasks = [task(0, None, 2), task(1, None, 3), task(2, None, 4), task(3, None, 5)];
        let edges = [(0, 1), (1, 0), (1, 2), (2, 3), (3, 2)];
        assert_eq!(shifted(&tasks, &edges, 2, 3, Shift::KeepGap), [(1, 0, 4)]);
        for rule in [Shift::KeepGap, Shift::OnlyIfNeeded] {
            assert_eq!(shift(&tasks, &edges, 0, day(2), day(30), rule, &|_| false), []);
            let from = Date::MAX.checked_sub(900.days()).unwrap();
            let ends = [
                Dated { due: Some(Date::MAX), ..tasks[1] },
                Dated { id: 2, start: Some(from), due: Some(Date::MAX), done: false },
            ];
            assert_eq!(shift(&ends, &[(0, 1), (0, 2)], 0, from, Date::MAX, rule, &|_| true), []);
        }
    }

    #[test]
    fn ten_thousand_tasks_take_a_bounded_time() {
        let count = 10_000;
        let tasks: Vec<Dated<u32>> = (0..count).map(|id| task(id, i64::from(id), i64::from(id) + 1)).collect();
        let chain = (1..count).map(|id| (id - 1, id));
        let wide = (1..count).map(|id| (id / 10, id));
        let far = (2..count).map(|id| (id / 2, id)).chain((7..count).map(|id| (id - 7, id)));
        let edges: Vec<(u32, u32)> = chain.chain(wide).chain(far).collect();
        let now = Instant::now();
        for rule in [Shift::KeepGap, Shift::OnlyIfNeeded] {
            assert_eq!(shift(&tasks, &edges, 0, day(1), day(3), rule, &on_weekdays).len(), 9_999);
        }
        assert!(!would_cycle(&edges, 0, 9_999) && would_cycle(&edges, 9_999, 0));
        let nodes: Vec<u32> = (0..count).collect();
        assert_eq!(order(&nodes, &edges).unwrap().len(), nodes.len());
        assert!(now.elapsed() < Duration::from_secs(5), "{:?}", now.elapsed());
    }

    fn rules() -> impl Strategy<Value = Shift> {
        select(vec![Shift::KeepGap, Shift::OnlyIfNeeded])
    }

    /// By stepping from day to day and asking all again until nothing changes.
    fn naive(
        tasks: &[Dated<u32>],
        edges: &[(u32, u32)],
        from: Date,
        to: Date,
        rule: Shift,
        works: &dyn Fn(Date) -> bool,
    ) -> Vec<Moved<u32>> {
        let step = |mut date: Date, mut by: i64| {
            while by > 0 {
                date = date.tomorrow().unwrap();
                by -= i64::from(works(date));
            }
            date
        };
        let worked = |mut after: Date, until: Date| {
            let mut count = 0;
            while after < until {
                after = after.tomorrow().unwrap();
                count += i64::from(works(after));
            }
            count
        };
        if to <= from || tasks.iter().any(|task| task.id == 0 && task.done) {
            return Vec::new();
        }
        let slip = worked(from, to);
        let mut now: Vec<(Dated<u32>, Option<Date>)> = tasks.iter().map(|task| (*task, None)).collect();
        loop {
            let before = now.clone();
            for (blocker, blocked) in edges {
                if *blocked == 0 {
                    continue;
                }
                // What the blocker asks for: the day on which it is due now, if that has changed.
                let need = match now.iter().find(|(task, _)| task.id == *blocker) {
                    _ if *blocker == 0 => Some(to),
                    Some((_, need)) => *need,
                    None => None,
                };
                let (Some(need), Some(place)) = (need, tasks.iter().position(|task| task.id == *blocked && !task.done))
                else {
                    continue;
                };
                let old = tasks[place];
                let by = match (old.start.or(old.due), rule) {
                    (None, _) => {
                        now[place].1 = now[place].1.max(Some(need));
                        continue;
                    }
                    (_, Shift::KeepGap) => slip,
                    (Some(begins), Shift::OnlyIfNeeded) => {
                        let mut first = need;
                        while !works(first) {
                            first = first.tomorrow().unwrap();
                        }
                        if begins < need { worked(begins, first) } else { 0 }
                    }
                };
                let new = Dated {
                    start: old.start.map(|start| step(start, by)),
                    due: old.due.map(|due| step(due, by)),
                    ..old
                };
                if by > 0 && new.start.or(new.due) >= now[place].0.start.or(now[place].0.due) {
                    now[place] = (new, new.due.or(new.start));
                }
            }
            if now == before {
                break;
            }
        }
        let changed = now.into_iter().zip(tasks).filter(|((new, _), old)| (new.start, new.due) != (old.start, old.due));
        changed.map(|((new, _), _)| Moved { id: new.id, start: new.start, due: new.due }).collect()
    }

    prop_compose! {
        /// Tasks, and edges among them without a circle, in any order of numbers.
        fn plans()(
            dates in vec((prop::option::of(1_i64..40), prop::option::of(0_i64..10), any::<bool>(), 0..10), 1..12),
            pairs in vec((0_usize..12, 0_usize..12), 0..30),
            names in Just((0_u32..12).collect::<Vec<_>>()).prop_shuffle(),
        ) -> (Vec<Dated<u32>>, Vec<(u32, u32)>) {
            let tasks = dates.iter().zip(&names).map(|((start, length, has_start, done), id)| {
                let due = start.zip(*length).map(|(start, length)| start + length);
                let start = start.filter(|_| *has_start || due.is_none());
                Dated { done: *done == 0, ..task(*id, start, due) }
            });
            let edges = pairs.into_iter().filter(|(one, other)| one < other).map(|(one, other)| (names[one], names[other]));
            (tasks.collect(), edges.collect())
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn a_shift_is_what_asking_until_nothing_changes_gives(
            (tasks, edges) in plans(), from in 1_i64..20, by in -3_i64..15, rule in rules(), works in any::<[bool; 7]>(), closed in vec(1_i64..60, 0..9),
        ) {
            prop_assume!(works.contains(&true));
            let closed: Vec<Date> = closed.into_iter().map(day).collect();
            let works = |date: Date| works[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap()] && !closed.contains(&date);
            let (from, to) = (day(from), day(from + by));
            let moved = shift(&tasks, &edges, 0, from, to, rule, &works);
            prop_assert_eq!(&moved, &naive(&tasks, &edges, from, to, rule, &works));
            for Moved { id, start, due } in &moved {
                let old = tasks.iter().find(|task| task.id == *id).unwrap();
                prop_assert!(!old.done && *id != 0);
                prop_assert!(start.is_none_or(works) && due.is_none_or(works));
                prop_assert!((*start > old.start || start.is_none()) && (*due > old.due || due.is_none()));
                prop_assert!(start.is_none() || due.is_none() || old.start > old.due || start <= due);
            }
            // In whatever order edges come.
            let backwards: Vec<_> = edges.iter().rev().copied().collect();
            prop_assert_eq!(shift(&tasks, &backwards, 0, from, to, rule, &works), moved);
        }

        #[test]
        fn an_order_has_each_after_what_it_waits_for_and_a_circle_is_one(
            nodes in Just((0_u32..9).collect::<Vec<_>>()).prop_shuffle(), edges in vec((0_u32..9, 0_u32..9), 0..12),
        ) {
            match order(&nodes, &edges) {
                Ok(places) => {
                    let mut all = places.clone();
                    all.sort_unstable();
                    prop_assert_eq!(all, (0..nodes.len()).collect::<Vec<_>>());
                    let at = |node: u32| places.iter().position(|place| nodes[*place] == node).unwrap();
                    prop_assert!(edges.iter().all(|(blocker, blocked)| at(*blocker) < at(*blocked)));
                }
                Err(circle) => {
                    prop_assert!(!circle.is_empty());
                    let next = circle.iter().cycle().skip(1);
                    for (one, other) in circle.iter().zip(next) {
                        prop_assert!(edges.contains(&(nodes[*one], nodes[*other])));
                    }
                }
            }
        }

        /// A circle is there when some power of the edges leads back.
        #[test]
        fn what_would_make_a_circle_is_what_makes_one(edges in vec((0_u32..7, 0_u32..7), 0..10), blocker in 0_u32..7, blocked in 0_u32..7) {
            let mut leads = [[false; 7]; 7];
            for (one, other) in &edges {
                leads[*one as usize][*other as usize] = true;
            }
            for through in 0..7 {
                for one in 0..7 {
                    for other in 0..7 {
                        leads[one][other] |= leads[one][through] && leads[through][other];
                    }
                }
            }
            let expected = blocker == blocked || leads[blocked as usize][blocker as usize];
            prop_assert_eq!(would_cycle(&edges, blocker, blocked), expected);
        }
    }
}
