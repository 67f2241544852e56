//! What a screen shows, one after the other, and when.

use jiff::civil::{Date, DateTime, Weekday};
use serde::{Deserialize, Serialize};

use super::super::{
    amount,
    board::{Asked, Book, Of},
    ids::ContestId,
    period::Kind,
    ranking::Ties,
    store::Metric,
};
use crate::{clock::day_typed, error::FieldErrors, web::is_text};

/// So many things are shown one after the other at most.
pub const MOST: usize = 20;
/// How long each is shown, in seconds.
pub const SECONDS: std::ops::RangeInclusive<u32> = 5..=600;
/// How long each is shown where nobody says.
const USUAL_SECONDS: u32 = 20;
/// The longest announcement.
const LONGEST: usize = 200;
/// A day on the clock’s face.
const DAY_MINUTES: u16 = 24 * 60;
/// The days of the week, as they are said where there is little room.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// What a screen shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playlist {
    /// One after the other.
    pub items: Vec<Slot>,
    /// How long each is shown, but for those that say otherwise.
    pub seconds: u32,
    /// Celebrations are heard, too.
    #[serde(default)]
    pub sound: bool,
}

/// Something that is shown, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// It.
    #[serde(flatten)]
    pub item: Item,
    /// When.
    #[serde(default, skip_serializing_if = "When::is_always")]
    pub when: When,
    /// How long; `None`: as long as the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
}

/// On which days of the week, and from when until when on the business's clock.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct When {
    /// 1 is Monday, 7 Sunday; none: every day.
    #[serde(default)]
    pub days: Vec<i8>,
    /// In minutes after midnight; `None`: from midnight.
    #[serde(default)]
    pub from: Option<u16>,
    /// In minutes after midnight; before `from`: past midnight, into the next day. `None`: until midnight.
    #[serde(default)]
    pub until: Option<u16>,
}

/// What can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Item {
    /// Who stands where, in the period that runs.
    Board {
        /// The metric's word.
        metric: String,
        /// `day`, `week`, `month` and so on.
        period: String,
        /// `people`, `teams` or `branches`.
        of: String,
    },
    /// What came in last.
    Latest {
        /// The metric's word.
        metric: String,
    },
    /// How targets of the period that runs stand.
    Targets {
        /// The metric's word.
        metric: String,
        /// `day`, `week`, `month` and so on.
        period: String,
        /// `people`, `teams` or `branches`.
        of: String,
    },
    /// How a contest stands, for as long as it runs.
    Contest {
        /// Which.
        id: ContestId,
    },
    /// What all together come to in the period that runs, and each team.
    Totals {
        /// The metric's word.
        metric: String,
        /// `day`, `week`, `month` and so on.
        period: String,
    },
    /// How full today is, in the modules that know.
    Today,
    /// Words, large.
    Announcement {
        /// They.
        words: String,
        /// The first day; `None`: from now on.
        #[serde(default)]
        first_day: Option<Date>,
        /// The last day; `None`: until it is removed.
        #[serde(default)]
        last_day: Option<Date>,
    },
}

/// The kinds of things that can be shown: the word in addresses, a name, and what it is.
pub const KINDS: [(&str, &str, &str); 7] = [
    ("board", "A board", "Who stands where: people, teams or branches."),
    ("totals", "Team totals", "What everybody comes to together, and each team."),
    ("targets", "Targets", "How far along targets are, and who is on pace."),
    ("contest", "A contest", "How it stands. It drops out by itself once it is over."),
    ("latest", "What came in last", "The latest results of the last two weeks."),
    ("today", "How full today is", "Who has how many appointments, and whose turn is next. Clients are never shown."),
    ("announcement", "An announcement", "Words of your own, large. From one day to another, if you like."),
];

impl Item {
    /// Names it: `board:sales:month:people`. All announcements are called the same.
    pub fn key(&self) -> String {
        match self {
            Self::Board { metric, period, of } => format!("board:{metric}:{period}:{of}"),
            Self::Latest { metric } => format!("latest:{metric}"),
            Self::Targets { metric, period, of } => format!("targets:{metric}:{period}:{of}"),
            Self::Contest { id } => format!("contest:{id}"),
            Self::Totals { metric, period } => format!("totals:{metric}:{period}"),
            Self::Today => "today".to_owned(),
            Self::Announcement { .. } => "announcement".to_owned(),
        }
    }

    /// Reads what [`Item::key`] wrote. An announcement isn't its key alone.
    pub fn parse(key: &str) -> Option<Self> {
        let parts: Vec<&str> = key.split(':').collect();
        let owned = |text: &str| text.to_owned();
        match parts.as_slice() {
            ["board" | "targets", metric, period, of] => {
                Kind::parse(period)?;
                Of::parse(of)?;
                let (metric, period, of) = (owned(metric), owned(period), owned(of));
                let is_board = parts.first() == Some(&"board");
                Some(if is_board { Self::Board { metric, period, of } } else { Self::Targets { metric, period, of } })
            }
            ["totals", metric, period] => {
                Kind::parse(period)?;
                Some(Self::Totals { metric: owned(metric), period: owned(period) })
            }
            ["latest", metric] => Some(Self::Latest { metric: owned(metric) }),
            ["contest", id] => Some(Self::Contest { id: id.parse().ok()? }),
            ["today"] => Some(Self::Today),
            _ => None,
        }
    }

    /// It changes when something happens, and is made anew then.
    pub const fn is_live(&self) -> bool {
        !matches!(self, Self::Announcement { .. })
    }

    /// The word of the metric that it is of, where it is of one.
    pub fn metric(&self) -> Option<&str> {
        match self {
            Self::Board { metric, .. }
            | Self::Latest { metric }
            | Self::Targets { metric, .. }
            | Self::Totals { metric, .. } => Some(metric),
            Self::Contest { .. } | Self::Today | Self::Announcement { .. } => None,
        }
    }

    /// "Sales: people, month". `contests`: those that are known by a name.
    pub fn label(&self, metrics: &[Metric], contests: &[(ContestId, String)]) -> String {
        let metric = self.metric().and_then(|key| metrics.iter().find(|metric| metric.key == key));
        let name = metric.map_or("", |metric| metric.name.as_str());
        let of_words = |of: &str| Of::parse(of).map_or("", Of::label).to_lowercase();
        let period_words = |period: &str| Kind::parse(period).map_or("", Kind::label).to_lowercase();
        match self {
            Self::Board { period, of, .. } => format!("{name}: {}, {}", of_words(of), period_words(period)),
            Self::Targets { period, of, .. } => {
                format!("{name}: targets of {}, {}", of_words(of), period_words(period))
            }
            Self::Totals { period, .. } => format!("{name}: team totals, {}", period_words(period)),
            Self::Latest { .. } => format!("{name}: what came in last"),
            Self::Contest { id } => match contests.iter().find(|(known, _)| known == id) {
                Some((_, name)) => format!("Contest: {name}"),
                None => "A contest that is over".to_owned(),
            },
            Self::Today => "How full today is".to_owned(),
            Self::Announcement { words, .. } => format!("“{words}”"),
        }
    }

    /// The board that it is, where it is one.
    pub fn asked(&self) -> Option<Asked> {
        let (Self::Board { metric, period, of } | Self::Targets { metric, period, of }) = self else { return None };
        let (metric, period, of) = (metric.clone(), period.clone(), Of::parse(of)?);
        Some(Asked { metric, period, of, team: None, ties: Ties::Shared })
    }
}

impl When {
    /// Always.
    pub fn is_always(&self) -> bool {
        *self == Self::default()
    }

    /// It is time, at this moment of the business's clock.
    pub fn holds_at(&self, now: DateTime) -> bool {
        let is_on = |day: Weekday| self.days.is_empty() || self.days.contains(&day.to_monday_one_offset());
        let minute = u16::from(now.hour().unsigned_abs()) * 60 + u16::from(now.minute().unsigned_abs());
        let (from, until) = (self.from.unwrap_or(0), self.until.unwrap_or(DAY_MINUTES));
        let today = now.date().weekday();
        if from < until {
            return is_on(today) && (from..until).contains(&minute);
        }
        // Past midnight it is of the day on which it began.
        is_on(today) && minute >= from || is_on(today.previous()) && minute < until
    }

    /// What a form or a program sent.
    pub fn typed(days: &[String], from: &str, until: &str, errors: &mut FieldErrors) -> Self {
        let read = days.iter().map(|day| day.trim().parse().ok().filter(|day: &i8| (1..=7).contains(day)));
        let mut days: Vec<i8> = read.collect::<Option<_>>().unwrap_or_else(|| {
            errors.add("days", "Choose days of the week.");
            Vec::new()
        });
        days.sort_unstable();
        days.dedup();
        // All of them are every day.
        if days.len() == DAYS.len() {
            days.clear();
        }
        let mut time = |field: &str, typed: &str| {
            let typed = typed.trim();
            if typed.is_empty() {
                return None;
            }
            let minute = minute_typed(typed);
            if minute.is_none() {
                errors.add(field, "Enter a time like 8:30 am or 14:00.");
            }
            minute
        };
        let from = time("from", from).filter(|minute| *minute > 0);
        let until = time("until", until).filter(|minute| *minute > 0 && *minute < DAY_MINUTES);
        if from.is_some() && from == until {
            errors.add("until", "Choose another time than the first.");
        }
        Self { days, from, until }
    }

    /// "Mon–Fri, 8:00 am – 12:00 pm"; `None`: always.
    pub fn words(&self) -> Option<String> {
        if self.is_always() {
            return None;
        }
        let days = (!self.days.is_empty()).then(|| days_words(&self.days));
        let time = match (self.from, self.until) {
            (None, None) => None,
            (Some(from), None) => Some(format!("from {}", time_words(from))),
            (None, Some(until)) => Some(format!("until {}", time_words(until))),
            (Some(from), Some(until)) => Some(format!("{} – {}", time_words(from), time_words(until))),
        };
        Some([days, time].into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

impl Slot {
    /// Always, as long as the others.
    pub fn always(item: Item) -> Self {
        Self { item, when: When::default(), seconds: None }
    }

    /// It is time for it, at this moment of the business's clock.
    pub fn is_due(&self, now: DateTime) -> bool {
        let today = now.date();
        let in_its_days = match &self.item {
            Item::Announcement { first_day, last_day, .. } => {
                first_day.is_none_or(|first| first <= today) && last_day.is_none_or(|last| today <= last)
            }
            _ => true,
        };
        in_its_days && self.when.holds_at(now)
    }

    /// When it is shown, and how long, in words: "Mon–Fri, 8:00 am – 12:00 pm · 45 seconds"; empty: always, and as long as the others.
    pub fn words(&self) -> String {
        let days = match &self.item {
            Item::Announcement { first_day, last_day, .. } => {
                let day = |day: &Date| day.strftime("%-d %B %Y").to_string();
                match (first_day, last_day) {
                    (None, None) => None,
                    (Some(first), None) => Some(format!("from {}", day(first))),
                    (None, Some(last)) => Some(format!("until {}", day(last))),
                    (Some(first), Some(last)) => Some(format!("{} – {}", day(first), day(last))),
                }
            }
            _ => None,
        };
        let seconds = self.seconds.map(|seconds| format!("{seconds} seconds"));
        [days, self.when.words(), seconds].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// Notes what is wrong with it by itself.
    pub fn check(&self, errors: &mut FieldErrors) {
        if let Item::Announcement { words, first_day, last_day } = &self.item {
            if words.is_empty() {
                errors.add("words", "Write what it says.");
            } else if words.chars().count() > LONGEST || !is_text(words) {
                errors.add("words", "Use at most 200 characters.");
            }
            if first_day.zip(*last_day).is_some_and(|(first, last)| last < first) {
                errors.add("last_day", "Choose a day that isn’t before the first.");
            }
        }
        if self.seconds.is_some_and(|seconds| !SECONDS.contains(&seconds)) {
            errors.add("seconds", NO_SECONDS);
        }
    }
}

const NO_SECONDS: &str = "Enter 5 to 600 seconds.";

impl Playlist {
    /// What a new screen shows: everybody's month in what is counted first, and the teams', where there are any.
    pub fn usual(book: &Book) -> Self {
        let first = public(book).next().map(|metric| metric.key.clone());
        let ofs: &[Of] = if book.everybody.teams.is_empty() { &[Of::People] } else { &[Of::People, Of::Teams] };
        let items = first.into_iter().flat_map(|metric| {
            ofs.iter().map(move |of| {
                Slot::always(Item::Board {
                    metric: metric.clone(),
                    period: Kind::Month.as_str().to_owned(),
                    of: of.as_str().to_owned(),
                })
            })
        });
        Self { items: items.collect(), seconds: USUAL_SECONDS, sound: false }
    }

    /// All that there is to show but announcements. `loads`: some module knows how full today is.
    pub fn all(book: &Book, contests: &[(ContestId, String)], loads: bool) -> Vec<Item> {
        let mut items = Vec::new();
        let is_there = |of: Of| match of {
            Of::People => true,
            Of::Teams => book.everybody.teams.iter().any(|team| team.kind == "team"),
            Of::Branches => book.everybody.teams.iter().any(|team| team.kind == "branch"),
        };
        for metric in public(book) {
            let key = &metric.key;
            let (owned, period_of) = (|text: &str| text.to_owned(), |kind: &Kind| kind.as_str().to_owned());
            for (of, kinds) in [
                (Of::People, &[Kind::Day, Kind::Week, Kind::Month, Kind::FinancialYear][..]),
                (Of::Teams, &[Kind::Week, Kind::Month][..]),
                (Of::Branches, &[Kind::Month][..]),
            ] {
                if is_there(of) {
                    let board =
                        |kind| Item::Board { metric: key.clone(), period: period_of(kind), of: owned(of.as_str()) };
                    items.extend(kinds.iter().map(board));
                }
            }
            if is_there(Of::Teams) {
                let totals = |kind| Item::Totals { metric: key.clone(), period: period_of(kind) };
                items.extend([Kind::Week, Kind::Month].iter().map(totals));
            }
            for of in [Of::People, Of::Teams].into_iter().filter(|of| is_there(*of)) {
                let (metric, period, of) = (key.clone(), period_of(&Kind::Month), owned(of.as_str()));
                items.push(Item::Targets { metric, period, of });
            }
            if metric.is_sum() {
                items.push(Item::Latest { metric: key.clone() });
            }
        }
        items.extend(contests.iter().map(|(id, _)| Item::Contest { id: *id }));
        items.extend(loads.then_some(Item::Today));
        items
    }

    /// Calls a metric by another word. `false`: it isn't in it.
    pub fn rename(&mut self, before: &str, now: &str) -> bool {
        let mut renamed = false;
        for slot in &mut self.items {
            let (Item::Board { metric, .. }
            | Item::Latest { metric }
            | Item::Targets { metric, .. }
            | Item::Totals { metric, .. }) = &mut slot.item
            else {
                continue;
            };
            if metric == before {
                now.clone_into(metric);
                renamed = true;
            }
        }
        renamed
    }

    /// Notes what is wrong with it. What was `before` may stay, whatever became of it: the screen says so. `contests`: those that can be shown.
    pub fn check(&self, before: &Self, metrics: &[Metric], contests: &[(ContestId, String)], errors: &mut FieldErrors) {
        if self.items.len() > MOST {
            errors.add("items", format!("Choose at most {MOST}."));
        }
        if self.items.is_empty() {
            errors.add("items", "Choose what it shows.");
        }
        for slot in &self.items {
            slot.check(errors);
        }
        let is_public = |key: &str, sums: bool| {
            let found = metrics.iter().find(|metric| metric.key == key);
            found.is_some_and(|metric| metric.shown_to == "everyone" && (!sums || metric.is_sum()))
        };
        let is_known = |item: &Item| match item {
            Item::Board { metric, .. } | Item::Targets { metric, .. } | Item::Totals { metric, .. } => {
                is_public(metric, false)
            }
            Item::Latest { metric } => is_public(metric, true),
            Item::Contest { id } => contests.iter().any(|(known, _)| known == id),
            Item::Today | Item::Announcement { .. } => true,
        };
        let was_there = |item: &Item| before.items.iter().any(|slot| slot.item == *item);
        if !self.items.iter().all(|slot| was_there(&slot.item) || is_known(&slot.item)) {
            errors.add("items", "Choose what everybody may see.");
        }
        if !SECONDS.contains(&self.seconds) {
            errors.add("seconds", NO_SECONDS);
        }
    }

    /// As it is stored.
    pub fn stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What was stored. What this version doesn't know any more is left out. At first a screen had one announcement, which came last.
    pub fn read(stored: &str) -> Self {
        #[derive(Deserialize)]
        struct Stored {
            items: Vec<serde_json::Value>,
            seconds: u32,
            #[serde(default)]
            sound: bool,
            #[serde(default)]
            announcement: String,
        }
        let Ok(stored) = serde_json::from_str::<Stored>(stored) else {
            return Self { items: Vec::new(), seconds: USUAL_SECONDS, sound: false };
        };
        let mut items: Vec<Slot> =
            stored.items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect();
        if !stored.announcement.is_empty() {
            let words = stored.announcement;
            items.push(Slot::always(Item::Announcement { words, first_day: None, last_day: None }));
        }
        Self { items, seconds: stored.seconds, sound: stored.sound }
    }
}

/// Seconds as they were typed; `None` where nothing was.
pub fn seconds_typed(typed: &str, errors: &mut FieldErrors) -> Option<u32> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let seconds = typed.parse().ok().filter(|seconds| SECONDS.contains(seconds));
    if seconds.is_none() {
        errors.add("seconds", NO_SECONDS);
    }
    seconds
}

/// An announcement as it was typed.
pub fn announcement_typed(words: &str, first_day: &str, last_day: &str, errors: &mut FieldErrors) -> Item {
    let mut day = |field: &str, typed: &str| {
        let typed = typed.trim();
        let day = day_typed(typed);
        if !typed.is_empty() && day.is_none() {
            errors.add(field, "Enter a day like 31/12/2026.");
        }
        day
    };
    let (first_day, last_day) = (day("first_day", first_day), day("last_day", last_day));
    Item::Announcement { words: words.trim().to_owned(), first_day, last_day }
}

/// Minutes after midnight as a form sends them: `08:00`.
pub fn minute_sent(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Minutes after midnight of "8:30 am" or "14:00".
fn minute_typed(typed: &str) -> Option<u16> {
    if typed == "24:00" {
        return Some(DAY_MINUTES);
    }
    // Any day: the time is what is read.
    let (_, time) = amount::day_and_time(&format!("2026-01-05 {typed}")).ok()?;
    let time = time?;
    Some(u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs()))
}

/// "8:00 am"
fn time_words(minute: u16) -> String {
    let (hour, rest) = (minute / 60 % 24, minute % 60);
    let half = if hour < 12 { "am" } else { "pm" };
    format!("{}:{rest:02} {half}", if hour % 12 == 0 { 12 } else { hour % 12 })
}

/// "Mon–Fri", "Mon, Wed", in order.
fn days_words(days: &[i8]) -> String {
    let mut runs: Vec<(i8, i8)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *day => *last = *day,
            _ => runs.push((*day, *day)),
        }
    }
    let name = |day: i8| usize::try_from(day - 1).ok().and_then(|at| DAYS.get(at)).copied().unwrap_or_default();
    let words = |(first, last): &(i8, i8)| match last - first {
        0 => name(*first).to_owned(),
        1 => format!("{}, {}", name(*first), name(*last)),
        _ => format!("{}–{}", name(*first), name(*last)),
    };
    runs.iter().map(words).collect::<Vec<_>>().join(", ")
}

/// What everybody may see, and so a screen.
pub fn public(book: &Book) -> impl Iterator<Item = &Metric> {
    book.metrics.iter().filter(|metric| metric.active && metric.shown_to == "everyone")
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::date};
    use proptest::prelude::*;

    use super::*;

    fn when(days: &[&str], from: &str, until: &str) -> When {
        let mut errors = FieldErrors::default();
        let days: Vec<String> = days.iter().map(|day| (*day).to_owned()).collect();
        let when = When::typed(&days, from, until, &mut errors);
        errors.finish().expect("good");
        when
    }

    #[test]
    fn what_was_stored_at_first_is_read() {
        let stored = r#"{"items":[{"kind":"board","metric":"sales","period":"month","of":"people"},{"kind":"latest","metric":"sales"},{"kind":"horoscope"}],"seconds":45,"announcement":"Cake at three"}"#;
        let read = Playlist::read(stored);
        let keys: Vec<String> = read.items.iter().map(|slot| slot.item.key()).collect();
        assert_eq!(keys, ["board:sales:month:people", "latest:sales", "announcement"]);
        assert!(read.items.iter().all(|slot| slot.when.is_always() && slot.seconds.is_none()));
        assert_eq!((read.seconds, read.sound), (45, false));
        assert_eq!(Playlist::read("nonsense").items, []);
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let mut errors = FieldErrors::default();
        let words = announcement_typed(" Cake ", "1/12/2026", "", &mut errors);
        errors.finish().expect("good");
        let keys =
            ["targets:sales:week:teams", "totals:sales:month", "today", "contest:0192f0c1-2345-7000-8000-000000000000"];
        let mut items: Vec<Slot> = keys.iter().map(|key| Slot::always(Item::parse(key).expect("an item"))).collect();
        items.push(Slot { item: words, when: when(&["1", "3"], "8:00 am", "12:00"), seconds: Some(30) });
        let playlist = Playlist { items, seconds: 20, sound: true };
        assert_eq!(Playlist::read(&playlist.stored()), playlist);
    }

    #[test]
    fn times_and_days_in_words() {
        assert_eq!(when(&[], "", "").words(), None);
        assert_eq!(
            when(&["5", "1", "2", "4", "3"], "8:00", "12:00 pm").words().as_deref(),
            Some("Mon–Fri, 8:00 am – 12:00 pm")
        );
        assert_eq!(when(&["6", "7"], "", "0:30").words().as_deref(), Some("Sat, Sun, until 12:30 am"));
        assert_eq!(when(&["1", "3"], "14:05", "24:00").words().as_deref(), Some("Mon, Wed, from 2:05 pm"));
        assert_eq!(when(&["1", "2", "3", "4", "5", "6", "7"], "0:00", "").words(), None);
        let none = &[][..];
        for (days, from, until, field) in [
            (&["8"][..], "", "", "days"),
            (none, "8 o’clock", "", "from"),
            (none, "", "25:00", "until"),
            (none, "9:00", "9:00", "until"),
        ] {
            let mut errors = FieldErrors::default();
            let days: Vec<String> = days.iter().map(|day| (*day).to_owned()).collect();
            When::typed(&days, from, until, &mut errors);
            let fields: Vec<String> = errors.into_fields().into_iter().map(|one| one.field).collect();
            assert_eq!(fields, [field]);
        }
    }

    #[test]
    fn past_midnight_it_is_of_the_day_on_which_it_began() {
        let friday = when(&["5"], "22:00", "2:00");
        let at = |day: i8, hour: i8| date(2026, 11, 23).saturating_add(i64::from(day - 1).days()).at(hour, 30, 0, 0);
        assert!(friday.holds_at(at(5, 22)) && friday.holds_at(at(6, 1)));
        assert!(!friday.holds_at(at(5, 1)) && !friday.holds_at(at(6, 2)) && !friday.holds_at(at(6, 22)));
    }

    #[test]
    fn an_announcement_has_a_first_and_a_last_day() {
        let mut errors = FieldErrors::default();
        let slot = Slot::always(announcement_typed("Cake", "24/11/2026", "25/11/2026", &mut errors));
        let on = |day: i8| slot.is_due(date(2026, 11, day).at(9, 0, 0, 0));
        assert_eq!([23, 24, 25, 26].map(on), [false, true, true, false]);
        assert_eq!(slot.words(), "24 November 2026 – 25 November 2026");
    }

    proptest! {
        /// As if each minute of the week were ticked off by hand.
        #[test]
        fn holds_at_the_minutes_that_were_ticked(days in proptest::collection::vec(1_i8..=7, 0..7), from in 0_u16..1440, until in 1_u16..1440, minute in 0_i64..10_080) {
            prop_assume!(from != until);
            let when = When { days: days.clone(), from: Some(from), until: Some(until) };
            let mut ticked = vec![false; 7 * 1440];
            for day in 0..7_u16 {
                if !days.is_empty() && !days.contains(&i8::try_from(day + 1).expect("a day")) {
                    continue;
                }
                let long = if from < until { until - from } else { 1440 - from + until };
                for step in 0..long {
                    ticked[usize::from((day * 1440 + from + step) % (7 * 1440))] = true;
                }
            }
            let at = date(2026, 11, 23).at(0, 0, 0, 0).saturating_add(minute.minutes());
            prop_assert_eq!(when.holds_at(at), ticked[usize::try_from(minute).expect("a minute")]);
        }
    }
}
