//! What pages, letters and histories of tasks say of days, times, people and amounts, in the same words everywhere.

use std::collections::BTreeMap;

use jiff::{
    civil::{Date, Time},
    tz::TimeZone,
};
use uuid::Uuid;

use super::task::When;
use crate::{
    clock::{Instant, zone},
    error::Result,
    ids::UserId,
    org::OrgTx,
    people::members,
};

/// What people say of days: today, the time, and the zone that they are in.
#[derive(Debug, Clone)]
pub struct Here {
    /// Today, on the organisation's clock.
    pub today: Date,
    /// The time.
    pub now: Time,
    zone: TimeZone,
}

impl Here {
    /// As it is now.
    ///
    /// # Errors
    /// Its zone isn't known.
    pub fn of(tx: &OrgTx) -> Result<Self> {
        let zone = zone(&tx.org().zone)?;
        let now = tx.now().timestamp().to_zoned(zone.clone());
        Ok(Self { today: now.date(), now: now.time(), zone })
    }

    /// "today", "Fri 27 Nov", "Fri 27 Nov 2027" in another year.
    pub fn day(&self, day: Date) -> String {
        if day == self.today {
            return "today".to_owned();
        }
        if self.today.tomorrow().is_ok_and(|tomorrow| day == tomorrow) {
            return "tomorrow".to_owned();
        }
        if self.today.yesterday().is_ok_and(|yesterday| day == yesterday) {
            return "yesterday".to_owned();
        }
        self.date(day)
    }

    /// The same without a word for the days around today, for what is read later.
    pub fn date(&self, day: Date) -> String {
        let form = if day.year() == self.today.year() { "%a %-d %b" } else { "%a %-d %b %Y" };
        day.strftime(form).to_string()
    }

    /// "tomorrow, 3:00 pm"
    pub fn when(&self, when: When) -> String {
        with_time(self.day(when.day), when.time)
    }

    /// "Fri 27 Nov, 3:00 pm"
    pub fn exactly(&self, when: When) -> String {
        with_time(self.date(when.day), when.time)
    }

    /// "today, 3:04 pm"
    pub fn moment(&self, at: Instant) -> String {
        let at = at.timestamp().to_zoned(self.zone.clone());
        with_time(self.day(at.date()), Some(at.time()))
    }

    /// "Fri 27 Nov"
    pub fn date_of(&self, at: Instant) -> String {
        self.date(at.timestamp().to_zoned(self.zone.clone()).date())
    }

    /// When this hour of a day is.
    pub fn at_hour(&self, day: Date, hour: i8) -> Option<Instant> {
        let at = self.zone.to_ambiguous_zoned(day.at(hour, 0, 0, 0)).compatible().ok()?;
        Some(Instant::from_timestamp(at.timestamp()))
    }

    /// When this day begins.
    pub fn start_of(&self, day: Date) -> Instant {
        let midnight = self.zone.to_ambiguous_zoned(day.to_datetime(Time::midnight())).compatible();
        midnight.map_or(Instant::from_unix(0), |at| Instant::from_timestamp(at.timestamp()))
    }

    /// It is past.
    pub fn is_late(&self, due: Option<When>) -> bool {
        due.is_some_and(|due| due.is_past(self.today, self.now))
    }
}

/// "3:00 pm"
pub fn time_words(time: Time) -> String {
    time.strftime("%-I:%M %P").to_string()
}

fn with_time(day: String, time: Option<Time>) -> String {
    match time {
        Some(time) => format!("{day}, {}", time_words(time)),
        None => day,
    }
}

/// "High"
pub const fn priority_words(priority: i64) -> &'static str {
    match priority {
        1 => "Low",
        2 => "Medium",
        3 => "High",
        4 => "Urgent",
        _ => "None",
    }
}

/// "1 h 30 min"
pub fn minutes_words(minutes: i64) -> String {
    match (minutes.div_euclid(60), minutes.rem_euclid(60)) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A number of minutes as people type it: "90", "1 h 30 min", "1:30", "1.5h", "2h".
pub fn minutes_typed(text: &str) -> Option<i64> {
    let text = text.trim().to_lowercase();
    if let Some((hours, minutes)) = text.split_once(':') {
        return total(hours.trim().parse().ok()?, minutes.trim().parse().ok()?);
    }
    let Some((hours, rest)) = text.split_once('h') else {
        return text.trim_end_matches(|c: char| c.is_alphabetic() || c == '.').trim().parse().ok();
    };
    let rest = rest.trim_start_matches(|c: char| c.is_alphabetic()).trim();
    let minutes = rest.trim_end_matches(|c: char| c.is_alphabetic() || c == '.').trim();
    let minutes: i64 = if minutes.is_empty() { 0 } else { minutes.parse().ok()? };
    match hours.trim().split_once('.') {
        Some((whole, part)) if !part.is_empty() && part.len() <= 4 => {
            let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
            let tens = 10_i64.checked_pow(u32::try_from(part.len()).ok()?)?;
            let of_part = part.parse::<i64>().ok()?.checked_mul(60)?.checked_div(tens)?;
            total(whole, of_part.checked_add(minutes)?)
        }
        _ => total(hours.trim().parse().ok()?, minutes),
    }
}

fn total(hours: i64, minutes: i64) -> Option<i64> {
    hours.checked_mul(60)?.checked_add(minutes).filter(|total| *total >= 0)
}

/// A time as people type it: "15:00", "3:15 pm", "3pm", as the verbs take it; empty stays empty, and what can't be read stays as it is.
pub fn time_typed(text: &str) -> String {
    let word = text.trim().to_lowercase().replace(' ', "").replace('.', ":");
    let (digits, add) = match (word.strip_suffix("pm"), word.strip_suffix("am")) {
        (Some(digits), _) => (digits, Some(12)),
        (None, Some(digits)) => (digits, Some(0)),
        (None, None) => (word.as_str(), None),
    };
    let (hour, minute) = digits.split_once(':').unwrap_or((digits, "00"));
    let (Ok(hour), Ok(minute)) = (hour.parse::<u8>(), minute.parse::<u8>()) else { return text.trim().to_owned() };
    let hour = match add {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return text.trim().to_owned(),
        Some(add) => (hour % 12).saturating_add(add),
    };
    if hour > 23 || minute > 59 { text.trim().to_owned() } else { format!("{hour:02}:{minute:02}") }
}

/// What members are called.
#[derive(Debug, Clone, Default)]
pub struct Names(pub BTreeMap<UserId, String>);

impl Names {
    /// Of those who belong.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn read(tx: &mut OrgTx) -> Result<Self> {
        Ok(Self(members::all(tx).await?.into_iter().map(|member| (member.user, member.name)).collect()))
    }

    /// "Priya Raman"
    pub fn of(&self, user: UserId) -> String {
        self.0.get(&user).cloned().unwrap_or_else(|| former(user))
    }

    /// Who did something, as it is kept.
    pub fn doer(&self, kind: &str, id: Option<Uuid>) -> String {
        match (kind, id) {
            ("member", Some(id)) => self.of(UserId(id)),
            ("token", _) => "a program".to_owned(),
            _ => "Devalo".to_owned(),
        }
    }
}

/// "a former member (7C3E)": what who has left is called since is theirs, and the mark, the same everywhere, tells them apart.
pub fn former(user: UserId) -> String {
    let id = user.0.simple().to_string().to_uppercase();
    format!("a former member ({})", id.get(28..).unwrap_or_default())
}

/// The first letter large: for the beginning of a sentence.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_left_is_told_apart() {
        let names = Names::default();
        let (one, other) = (UserId(Uuid::from_u128(0xa_7c3e)), UserId(Uuid::from_u128(0xb_0001)));
        assert_eq!(names.of(one), "a former member (7C3E)");
        assert_eq!(capital(&names.doer("member", Some(other.0))), "A former member (0001)");
    }

    #[test]
    fn minutes_are_read_as_people_type_them() {
        let typed = [
            ("90", Some(90)),
            ("90 min", Some(90)),
            ("1 h 30 min", Some(90)),
            ("1h30", Some(90)),
            ("1:30", Some(90)),
            ("1.5h", Some(90)),
            ("2 hours", Some(120)),
            ("soon", None),
            ("", None),
        ];
        for (text, minutes) in typed {
            assert_eq!(minutes_typed(text), minutes, "{text}");
        }
        for minutes in [5, 60, 95, 600] {
            assert_eq!(minutes_typed(&minutes_words(minutes)), Some(minutes));
        }
    }

    #[test]
    fn times_are_read_as_people_type_them() {
        let typed = [
            ("15:00", "15:00"),
            ("3:15 pm", "15:15"),
            ("3pm", "15:00"),
            ("12 am", "00:00"),
            ("12.30 pm", "12:30"),
            ("9", "09:00"),
            ("25:00", "25:00"),
            ("", ""),
            ("13 pm", "13 pm"),
        ];
        for (text, time) in typed {
            assert_eq!(time_typed(text), time, "{text}");
        }
    }
}
