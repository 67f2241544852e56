//! The daily totals that the database keeps, as a model in memory: what a change to the ledger of entries does to them,
//! and what they are when everything is added up again. Tests and benchmarks hold one against the other.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::amount::LIMIT;

/// One entry of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// No two in force have the same.
    pub id: u64,
    /// Whose it is.
    pub person: u32,
    /// What it counts for.
    pub metric: u32,
    /// The day it counts on: that of `at` on the organisation’s calendar.
    pub day: Date,
    /// In the metric’s smallest unit (cents), within ±[`LIMIT`].
    pub value: i64,
    /// When it happened, in microseconds since 1970.
    pub at: i64,
}

impl Entry {
    fn row(&self) -> Row {
        (self.metric, self.person, self.day)
    }
}

/// What can be done to a ledger. An entry itself is never edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A new entry.
    Add(Entry),
    /// The entry no longer counts.
    Void(u64),
    /// Voids the entry and adds another in its place, in one step: another day, somebody else’s, another amount. Only
    /// the outcome of both together can be too large.
    Replace(u64, Entry),
}

impl Change {
    /// The same with an amount nearer to zero than this, for which every day has room.
    #[must_use]
    pub fn below(self, limit: i64) -> Self {
        let small = |one: Entry| Entry { value: one.value % limit, ..one };
        match self {
            Self::Add(one) => Self::Add(small(one)),
            Self::Void(id) => Self::Void(id),
            Self::Replace(id, one) => Self::Replace(id, small(one)),
        }
    }
}

/// Why a change wasn’t made, in words for whoever asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// To void what was never entered, or is void already.
    #[error("That entry is no longer in force. Look at the figure again to see what counts now.")]
    NotInForce,
    /// An id that an entry in force has.
    #[error("That entry is already there. It was not added a second time.")]
    AlreadyInForce,
    /// A value or a daily total beyond ±[`LIMIT`].
    #[error("That is more than can be counted exactly. Check the amount.")]
    TooLarge,
}

/// What a daily total is of: (metric, person, day).
pub type Row = (u32, u32, Date);

/// The daily totals of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// (Sum, count) of what is in force. A row without entries isn’t there.
    rows: BTreeMap<Row, (i64, i64)>,
}

impl Totals {
    /// Makes a change to the totals and to the entries in force, which belong together.
    ///
    /// # Errors
    /// Why it wasn’t made. Then neither has changed.
    pub fn apply(&mut self, change: &Change, in_force: &mut BTreeMap<u64, Entry>) -> Result<(), Refused> {
        let (void, add) = match *change {
            Change::Add(entry) => (None, Some(entry)),
            Change::Void(id) => (Some(id), None),
            Change::Replace(id, entry) => (Some(id), Some(entry)),
        };
        let void = void.map(|id| in_force.get(&id).copied().ok_or(Refused::NotInForce)).transpose()?;
        if let Some(add) = add {
            if in_force.contains_key(&add.id) && void.is_none_or(|void| void.id != add.id) {
                return Err(Refused::AlreadyInForce);
            }
            within_limit(add.value)?;
        }

        let mut changed = BTreeMap::new();
        for (entry, sign) in void.map(|entry| (entry, -1)).into_iter().chain(add.map(|entry| (entry, 1))) {
            let row = changed.entry(entry.row());
            let (sum, count) = row.or_insert_with_key(|row| self.rows.get(row).copied().unwrap_or_default());
            *sum = sum.saturating_add(entry.value.saturating_mul(sign));
            *count = count.saturating_add(sign);
        }
        changed.values().try_for_each(|(sum, _)| within_limit(*sum))?;

        for (row, total) in changed {
            if total.1 == 0 {
                self.rows.remove(&row)
            } else {
                self.rows.insert(row, total)
            };
        }
        if let Some(void) = void {
            in_force.remove(&void.id);
        }
        if let Some(add) = add {
            in_force.insert(add.id, add);
        }
        Ok(())
    }

    /// The totals of these entries, all added up afresh.
    pub fn of(entries: &[Entry]) -> Self {
        let mut sorted: Vec<_> = entries.iter().map(|entry| (entry.row(), entry.value)).collect();
        sorted.sort_unstable();
        let total = |row: &[(Row, i64)]| {
            let values = row.iter().map(|(_, value)| (*value, 1));
            row.first().map(|(key, _)| (*key, added_up(values)))
        };
        Self { rows: sorted.chunk_by(|a, b| a.0 == b.0).filter_map(total).collect() }
    }

    /// Each row’s (sum, count).
    pub fn rows(&self) -> &BTreeMap<Row, (i64, i64)> {
        &self.rows
    }

    /// (Sum, count) of a person’s entries for a metric, `from` included, `until` not. A sum that an `i64` can’t hold
    /// stays at its end, far beyond anything that is shown.
    pub fn sum(&self, metric: u32, person: u32, from: Date, until: Date) -> (i64, i64) {
        // A range of the map that ends before it starts would panic.
        let until = until.max(from);
        added_up(self.rows.range((metric, person, from)..(metric, person, until)).map(|(_, total)| *total))
    }
}

fn within_limit(value: i64) -> Result<(), Refused> {
    if (-LIMIT..=LIMIT).contains(&value) { Ok(()) } else { Err(Refused::TooLarge) }
}

fn added_up(totals: impl Iterator<Item = (i64, i64)>) -> (i64, i64) {
    let (sum, count) =
        totals.fold((0, 0), |(sum, count), (more, number)| (sum + i128::from(more), count + i128::from(number)));
    let held = |value: i128| i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX });
    (held(sum), held(count))
}

/// What [`random_change`] draws from: few people, metrics and days, so that entries meet in the same rows.
const METRICS: u32 = 2;
const PEOPLE: u32 = 5;
const MINUTES: u32 = 12 * 24 * 60;
const MINUTE: i64 = 60_000_000;
/// The days begin at 2026-04-04 00:00 UTC, sixteen hours before the clocks go back in the south-east of Australia.
const BEGINNING: i64 = 1_775_260_800_000_000;
/// With so many entries in force, voids are as likely as everything else together.
const CROWDED: u32 = 120;

/// A change of any kind to these entries: additions, voids, corrections to another time, person, metric or amount, and
/// now and then one that must be refused. `id` is one that was never used, `zone` the organisation’s, and `draw` gives
/// a random number below the one it is given.
pub fn random_change(
    in_force: &BTreeMap<u64, Entry>,
    id: u64,
    zone: &TimeZone,
    draw: &mut impl FnMut(u32) -> u32,
) -> Change {
    let other = random_entry(id, zone, draw);
    let count = u32::try_from(in_force.len()).unwrap_or(u32::MAX);
    let Some(old) = in_force.values().nth(draw(count.max(1)) as usize) else {
        return Change::Add(other);
    };
    if draw(CROWDED) < count && draw(2) == 0 {
        return Change::Void(old.id);
    }
    let corrected = match draw(16) {
        0 | 1 => Entry { id, at: other.at, day: other.day, ..*old },
        2 | 3 => Entry { id, person: other.person, ..*old },
        4 => Entry { id, metric: other.metric, ..*old },
        5 => Entry { id, value: other.value, ..*old },
        6 => other,
        // Under its own id again, which is free by then.
        7 => Entry { id: old.id, ..other },
        // What isn’t there, and what is there already.
        8 => return if draw(2) == 0 { Change::Void(id) } else { Change::Replace(id, other) },
        9 => return Change::Add(Entry { id: old.id, ..other }),
        _ => return Change::Add(other),
    };
    Change::Replace(old.id, corrected)
}

/// Numbers without a pattern below the one that is asked for, the same for the same seed (`SplitMix64`).
pub fn dice(seed: u64) -> impl FnMut(u32) -> u32 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        u32::try_from((mixed ^ (mixed >> 31)) % u64::from(below.max(1))).unwrap_or(0)
    }
}

fn random_entry(id: u64, zone: &TimeZone, draw: &mut impl FnMut(u32) -> u32) -> Entry {
    let at = BEGINNING + i64::from(draw(MINUTES)) * MINUTE;
    let size = match draw(64) {
        // One of these and little else make a row too large.
        0 => LIMIT + 2 - i64::from(draw(1_000)),
        1 => 0,
        2..6 => i64::from(draw(1_000_000_000)),
        _ => i64::from(draw(50_000)),
    };
    Entry {
        id,
        person: draw(PEOPLE),
        metric: draw(METRICS),
        day: zone.to_datetime(Timestamp::from_microsecond(at).unwrap_or_default()).date(),
        value: if draw(4) == 0 { -size } else { size },
        at,
    }
}

/// Makes as many random changes as asked, and adds everything up again after each. Gives how many of them were made
/// and not refused.
///
/// # Errors
/// The first change after which the totals aren’t those of the entries in force.
pub fn hold_against_recomputation(
    changes: u64,
    zone: &TimeZone,
    draw: &mut impl FnMut(u32) -> u32,
) -> Result<u64, Change> {
    let (mut totals, mut in_force, mut made) = (Totals::default(), BTreeMap::new(), 0);
    let mut entries = Vec::new();
    for id in 0..changes {
        let change = random_change(&in_force, id, zone, draw);
        made += u64::from(totals.apply(&change, &mut in_force).is_ok());
        entries.clear();
        entries.extend(in_force.values().copied());
        if totals != Totals::of(&entries) {
            return Err(change);
        }
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const ZONES: [&str; 11] = [
        "Australia/Sydney",
        "Australia/Melbourne",
        "Australia/Brisbane",
        "Australia/Adelaide",
        "Australia/Darwin",
        "Australia/Perth",
        "Australia/Hobart",
        "Australia/Broken_Hill",
        "Australia/Lord_Howe",
        "Australia/Eucla",
        "Australia/Lindeman",
    ];

    /// Of person 1 and metric 1, in the middle of a day.
    fn entry(id: u64, day: i8, value: i64) -> Entry {
        let day = date(2026, 4, day);
        let noon = day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
        Entry { id, person: 1, metric: 1, day, value, at: noon.timestamp().as_microsecond() }
    }

    /// A ledger with these entries in it.
    fn ledger(entries: &[Entry]) -> (Totals, BTreeMap<u64, Entry>) {
        let (mut totals, mut in_force) = (Totals::default(), BTreeMap::new());
        for entry in entries {
            totals.apply(&Change::Add(*entry), &mut in_force).unwrap();
        }
        (totals, in_force)
    }

    fn row_of(list: &[Entry], row: Row) -> (i64, i64) {
        let values: Vec<_> = list.iter().filter(|entry| entry.row() == row).map(|entry| entry.value).collect();
        (values.iter().sum(), i64::try_from(values.len()).unwrap())
    }

    fn whole_month(totals: &Totals, person: u32) -> (i64, i64) {
        totals.sum(1, person, date(2026, 4, 1), date(2026, 5, 1))
    }

    #[test]
    fn a_void_takes_the_entry_away_and_the_last_one_the_row() {
        let (mut totals, mut in_force) = ledger(&[entry(1, 4, 1_000), entry(2, 4, -1_000)]);
        assert_eq!(totals.rows().len(), 1, "a sum of nothing is still a row");
        assert_eq!(whole_month(&totals, 1), (0, 2));
        totals.apply(&Change::Void(2), &mut in_force).unwrap();
        assert_eq!(whole_month(&totals, 1), (1_000, 1));
        totals.apply(&Change::Void(1), &mut in_force).unwrap();
        assert!(totals.rows().is_empty() && in_force.is_empty());
    }

    #[test]
    fn a_correction_moves_the_whole_amount() {
        let (mut totals, mut in_force) = ledger(&[entry(1, 4, 1_000), entry(2, 4, 50)]);
        for (change, first, second) in [
            (Change::Replace(1, entry(3, 4, 900)), (950, 2), (0, 0)),
            (Change::Replace(3, Entry { person: 2, ..entry(4, 4, 900) }), (50, 1), (900, 1)),
            (Change::Replace(4, Entry { person: 2, ..entry(4, 6, 900) }), (50, 1), (900, 1)),
        ] {
            totals.apply(&change, &mut in_force).unwrap();
            assert_eq!((whole_month(&totals, 1), whole_month(&totals, 2)), (first, second), "{change:?}");
        }
        assert!(totals.rows().keys().eq(&[(1, 1, date(2026, 4, 4)), (1, 2, date(2026, 4, 6))]));
    }

    #[test]
    fn a_range_ends_before_its_last_day() {
        let (totals, _) = ledger(&[entry(1, 4, 1), entry(2, 5, 20), entry(3, 6, 300)]);
        let sum = |from, until| totals.sum(1, 1, date(2026, 4, from), date(2026, 4, until));
        assert_eq!(sum(4, 6), (21, 2));
        assert_eq!(sum(5, 7), (320, 2));
        assert_eq!(sum(5, 5), (0, 0));
        assert_eq!(sum(7, 4), (0, 0));
        assert_eq!(totals.sum(2, 1, date(2026, 4, 1), date(2026, 5, 1)), (0, 0));
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let (mut totals, mut in_force) =
            ledger(&[entry(1, 4, LIMIT), entry(2, 4, -1), entry(3, 5, LIMIT), entry(4, 6, -LIMIT)]);
        let before = (totals.clone(), in_force.clone());
        for (change, refused) in [
            (Change::Void(9), Refused::NotInForce),
            (Change::Replace(9, entry(5, 4, 1)), Refused::NotInForce),
            (Change::Add(entry(1, 9, 1)), Refused::AlreadyInForce),
            (Change::Replace(1, entry(2, 9, 1)), Refused::AlreadyInForce),
            (Change::Add(entry(5, 9, LIMIT + 1)), Refused::TooLarge),
            (Change::Add(entry(5, 9, i64::MIN)), Refused::TooLarge),
            (Change::Add(entry(5, 6, LIMIT + 1)), Refused::TooLarge),
            (Change::Add(entry(5, 5, 1)), Refused::TooLarge),
            (Change::Add(entry(5, 6, -1)), Refused::TooLarge),
            (Change::Replace(2, entry(5, 5, 1)), Refused::TooLarge),
        ] {
            assert_eq!(totals.apply(&change, &mut in_force), Err(refused), "{change:?}");
            assert_eq!((&totals, &in_force), (&before.0, &before.1), "{change:?}");
        }
        // To the last cent, and judged by what comes out.
        totals.apply(&Change::Add(entry(5, 4, 1)), &mut in_force).unwrap();
        assert_eq!(totals.apply(&Change::Void(2), &mut in_force), Err(Refused::TooLarge));
        totals.apply(&Change::Replace(3, entry(3, 5, -LIMIT)), &mut in_force).unwrap();
        assert_eq!(totals, Totals::of(&in_force.into_values().collect::<Vec<_>>()));
    }

    #[test]
    fn totals_are_those_of_the_entries_after_every_change_in_every_zone() {
        for (seed, zone) in (1..).zip(ZONES) {
            let made = hold_against_recomputation(300, &TimeZone::get(zone).unwrap(), &mut dice(seed)).unwrap();
            assert!((150..300).contains(&made), "{zone}: {made}");
        }
    }

    proptest! {
        /// A list that is searched from end to end for every question says the same.
        #[test]
        fn a_plain_list_says_the_same(seed: u64, zone in proptest::sample::select(&ZONES[..]), changes in 1_u64..150) {
            let (zone, mut draw) = (TimeZone::get(zone).unwrap(), dice(seed));
            let (mut totals, mut in_force) = ledger(&[]);
            let mut list: Vec<Entry> = Vec::new();
            for id in 0..changes {
                let change = random_change(&in_force, id, &zone, &mut draw);
                let made = totals.apply(&change, &mut in_force);
                let mut wanted = list.clone();
                let missing = match change {
                    Change::Add(_) => false,
                    Change::Void(old) | Change::Replace(old, _) => {
                        wanted.retain(|entry| entry.id != old);
                        wanted.len() == list.len()
                    }
                };
                if let Change::Add(entry) | Change::Replace(_, entry) = change {
                    wanted.push(entry);
                }
                let twice = wanted.iter().any(|a| wanted.iter().filter(|b| a.id == b.id).count() > 1);
                let too_large = |value: i64| value.abs() > LIMIT;
                let large = wanted.iter().any(|entry| too_large(entry.value) || too_large(row_of(&wanted, entry.row()).0));
                let expected = match (missing, twice, large) {
                    (true, ..) => Err(Refused::NotInForce),
                    (_, true, _) => Err(Refused::AlreadyInForce),
                    (_, _, true) => Err(Refused::TooLarge),
                    _ => Ok(()),
                };
                prop_assert_eq!(made, expected, "{:?}", change);
                if made.is_ok() {
                    list = wanted;
                }
            }

            list.sort_by_key(|entry| entry.id);
            prop_assert!(list.iter().eq(in_force.values()));
            for (key, total) in totals.rows() {
                prop_assert_eq!(*total, row_of(&list, *key));
            }
            prop_assert!(list.iter().all(|entry| totals.rows().contains_key(&entry.row())));
            prop_assert!(totals.rows().values().all(|(_, count)| *count > 0));
        }

        /// The sum of a range is that of its entries.
        #[test]
        fn a_sum_is_that_of_the_entries_in_the_range(
            entries in vec((1_i8..20, -50_i64..50, 1_u32..3), 0..30), from in 1_i8..20, until in 1_i8..20,
        ) {
            let entries: Vec<_> =
                (0..).zip(entries).map(|(id, (day, value, person))| Entry { person, ..entry(id, day, value) }).collect();
            let wanted = || entries.iter().filter(|entry| entry.person == 1 && (from..until).contains(&entry.day.day()));
            let expected = (wanted().map(|entry| entry.value).sum(), i64::try_from(wanted().count()).unwrap());
            prop_assert_eq!(Totals::of(&entries).sum(1, 1, date(2026, 4, from), date(2026, 4, until)), expected);
        }
    }
}
