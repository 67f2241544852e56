//! Public holidays of the Australian states and territories, what an organisation makes of them, and the days on which it is closed.
//!
//! The dates are computed (`holidays.json` says from what) and cover 2026 to 2028; the governments gazette them, and sometimes add one.
//! So an organisation can change each, and add its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use jiff::civil::Date;
use serde::Deserialize;

use crate::{error::Result, modules::MODULES, org::OrgTx, sql};

/// The states and territories: the word stored, and what people read.
pub const STATES: [(&str, &str); 8] = [
    ("ACT", "Australian Capital Territory"),
    ("NSW", "New South Wales"),
    ("NT", "Northern Territory"),
    ("QLD", "Queensland"),
    ("SA", "South Australia"),
    ("TAS", "Tasmania"),
    ("VIC", "Victoria"),
    ("WA", "Western Australia"),
];

/// The years that the dates cover.
pub const YEARS: std::ops::RangeInclusive<i16> = 2026..=2028;

/// Whole days, in minutes.
pub const ALL_DAY: (i64, i64) = (0, 1440);

/// A day, or a part of one, on which a business is closed unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// The local date.
    pub date: Date,
    /// "Australia Day".
    pub name: String,
    /// Closed from and until, in minutes after midnight; `None`: open as usual.
    pub closed: Option<(i64, i64)>,
}

#[derive(Deserialize)]
struct Table {
    states: BTreeMap<String, BTreeMap<Date, String>>,
}

static TABLE: LazyLock<BTreeMap<String, BTreeMap<Date, String>>> = LazyLock::new(|| {
    serde_json::from_str::<Table>(include_str!("holidays.json")).map(|table| table.states).unwrap_or_default()
});

/// The public holidays of a state or territory between two dates, both included, in order; none for a word that isn’t one.
pub fn of_state(state: &str, from: Date, until: Date) -> Vec<Holiday> {
    let Some(days) = TABLE.get(state) else { return Vec::new() };
    let mut found: Vec<Holiday> = days
        .range(from..=until.max(from))
        .map(|(date, name)| Holiday { date: *date, name: name.clone(), closed: Some(ALL_DAY) })
        .collect();
    for year in YEARS {
        for (month, day, name, from_minute) in part_days(state) {
            let Ok(date) = Date::new(year, *month, *day) else { continue };
            if (from..=until).contains(&date) && !days.contains_key(&date) {
                found.push(Holiday { date, name: (*name).to_owned(), closed: Some((*from_minute, ALL_DAY.1)) });
            }
        }
    }
    found.sort_by_key(|holiday| holiday.date);
    found
}

/// What holds for an organisation: its state’s holidays, each as it has changed it, and those that it added.
pub fn with_changes(mut holidays: Vec<Holiday>, changes: Vec<Holiday>) -> Vec<Holiday> {
    holidays.retain(|holiday| !changes.iter().any(|change| change.date == holiday.date));
    holidays.extend(changes);
    holidays.sort_by_key(|holiday| holiday.date);
    holidays
}

/// The days on which the whole business is closed, between two dates, both included: what the modules that are on know of it; where none
/// knows, the public holidays of the organisation’s state.
///
/// # Errors
/// The database is busy.
pub async fn closed_days(tx: &mut OrgTx, from: Date, until: Date) -> Result<BTreeSet<Date>> {
    let on = sql!(all(String,), tx, "SELECT module FROM org_modules WHERE org_id = $1")?;
    let mut known: Option<BTreeSet<Date>> = None;
    for module in MODULES {
        if on.iter().any(|(name,)| name == module.name())
            && let Some(days) = module.closed_days(tx, from, until).await?
        {
            known.get_or_insert_default().extend(days);
        }
    }
    if let Some(days) = known {
        return Ok(days);
    }
    let state = state_of(tx).await?;
    Ok(whole_days(of_state(&state, from, until)))
}

/// The state or territory that the organisation is in, by its details: `NSW`; empty where they don’t say.
///
/// # Errors
/// The database is busy.
pub async fn state_of(tx: &mut OrgTx) -> Result<String> {
    let (state,) = sql!(one(String,), tx, "SELECT state FROM organisations WHERE id = $1")?;
    Ok(state)
}

/// The days of these on which all of the day is closed.
pub fn whole_days(holidays: Vec<Holiday>) -> BTreeSet<Date> {
    holidays.into_iter().filter(|holiday| holiday.closed == Some(ALL_DAY)).map(|holiday| holiday.date).collect()
}

/// Part-days that come every year: month, day, name, and from which minute. Queensland: Holidays Act 1983 s 2A (6 pm); South
/// Australia: Public Holidays Act 2023 s 3 (7 pm); Northern Territory: Public Holidays Act 1981 sch 2 (7 pm).
fn part_days(state: &str) -> &'static [(i8, i8, &'static str, i64)] {
    match state {
        "QLD" => &[(12, 24, "Christmas Eve", 18 * 60)],
        "SA" | "NT" => &[(12, 24, "Christmas Eve", 19 * 60), (12, 31, "New Year’s Eve", 19 * 60)],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn each_state_has_its_holidays_in_each_year() {
        for (state, _) in STATES {
            for year in YEARS {
                let days = of_state(state, date(year, 1, 1), date(year, 12, 31));
                assert!(days.len() >= 9, "{state} {year}: {}", days.len());
                assert!(days.iter().any(|day| day.date == date(year, 12, 25)), "{state} {year} has no Christmas Day");
                assert!(days.is_sorted_by_key(|day| day.date));
            }
        }
        assert_eq!(of_state("XYZ", date(2026, 1, 1), date(2028, 12, 31)), []);
    }

    #[test]
    fn part_days_close_in_the_evening_where_the_law_says_so() {
        let eve =
            |state: &str| of_state(state, date(2027, 12, 24), date(2027, 12, 24)).first().and_then(|day| day.closed);
        assert_eq!(eve("QLD"), Some((1080, 1440)));
        assert_eq!(eve("SA"), Some((1140, 1440)));
        assert_eq!(eve("NSW"), None);
    }

    #[test]
    fn a_change_takes_the_holiday_s_place() {
        let state = of_state("VIC", date(2026, 11, 1), date(2026, 11, 30));
        assert_eq!(state.len(), 1, "Melbourne Cup Day");
        let open = Holiday { date: date(2026, 11, 3), name: "Melbourne Cup Day".to_owned(), closed: None };
        let added = Holiday { date: date(2026, 11, 20), name: "Our birthday".to_owned(), closed: Some((720, 1440)) };
        assert_eq!(with_changes(state, vec![added.clone(), open.clone()]), [open, added]);
    }
}
