//! The clock is passed in, so that tests can set it and nothing reads the server's local zone.

use std::sync::{Arc, atomic::AtomicI64, atomic::Ordering};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use sqlx::{
    Database, Decode, Encode, Postgres, Sqlite, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgTypeInfo, PgValueRef},
    sqlite::{SqliteTypeInfo, SqliteValueRef},
};

use crate::error::{AppError, Result};

/// A day as a date field sends it, `2026-12-31`, or as people here type it where a browser has no such field: `31/12/2026`.
/// None before 1900, and none after what PostgreSQL and the library both know.
pub fn day_typed(text: &str) -> Option<Date> {
    let text = text.trim();
    let date = text.parse::<Date>().ok().or_else(|| {
        let parts = text.split('/').map(|part| part.trim().parse().ok()).collect::<Option<Vec<i16>>>()?;
        let [day, month, year] = parts.as_slice() else { return None };
        Date::new(*year, i8::try_from(*month).ok()?, i8::try_from(*day).ok()?).ok()
    });
    date.filter(|date| (1900..=9900).contains(&date.year()))
}

/// The business's zone; it was checked when it was stored.
pub fn zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| {
        tracing::error!(zone = name, "an organisation’s time zone isn’t known");
        AppError::internal()
    })
}

/// An instant, to the microsecond: `timestamptz` on PostgreSQL, integer microseconds since 1970 on SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(Timestamp);

impl Instant {
    /// The instant, cut to whole microseconds so that both databases give back what they were given.
    pub fn from_timestamp(timestamp: Timestamp) -> Self {
        Self(Timestamp::from_microsecond(timestamp.as_microsecond()).unwrap_or(timestamp))
    }

    /// From whole seconds since 1970, held at the ends of time.
    pub fn from_unix(seconds: i64) -> Self {
        let limit = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Self(Timestamp::from_second(seconds).unwrap_or(limit))
    }

    /// For time arithmetic and formatting.
    pub const fn timestamp(self) -> Timestamp {
        self.0
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// "30 November 2026", on the clock of a zone.
    pub fn day_in(self, zone: TimeZone) -> String {
        self.0.to_zoned(zone).strftime("%-d %B %Y").to_string()
    }

    /// "20261127T040000Z": how calendar files say it (RFC 5545, 3.3.5, form 2).
    pub fn in_calendar_file(self) -> String {
        self.0.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
    }

    /// This many seconds later (earlier if negative), held at the ends of time.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let limit = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Self::from_timestamp(self.0.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(limit))
    }
}

impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Tells the time: the system's, or in tests one that is set by hand.
#[derive(Debug, Clone)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's clock.
    pub const fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still until [`Clock::set`].
    pub fn fixed(at: Timestamp) -> Self {
        Self(Some(Arc::new(AtomicI64::new(at.as_microsecond()))))
    }

    /// Sets a fixed clock; a system clock stays as it is.
    pub fn set(&self, at: Timestamp) {
        if let Some(fixed) = &self.0 {
            fixed.store(at.as_microsecond(), Ordering::SeqCst);
        }
    }

    /// Now.
    pub fn now(&self) -> Instant {
        match &self.0 {
            Some(fixed) => {
                Instant(Timestamp::from_microsecond(fixed.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH))
            }
            None => Instant::from_timestamp(system_now()),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

impl Type<Sqlite> for Instant {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }
    fn compatible(ty: &SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(ty)
    }
}

impl<'q> Encode<'q, Sqlite> for Instant {
    fn encode_by_ref(&self, buf: &mut <Sqlite as Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<'q, Sqlite>>::encode_by_ref(&self.micros(), buf)
    }
}

impl<'r> Decode<'r, Sqlite> for Instant {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(Timestamp::from_microsecond(<i64 as Decode<'r, Sqlite>>::decode(value)?)?))
    }
}

impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        <jiff_sqlx::Timestamp as Type<Postgres>>::type_info()
    }
}

impl<'q> Encode<'q, Postgres> for Instant {
    fn encode_by_ref(&self, buf: &mut <Postgres as Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <jiff_sqlx::Timestamp as Encode<'q, Postgres>>::encode_by_ref(&self.0.into(), buf)
    }
}

impl<'r> Decode<'r, Postgres> for Instant {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(<jiff_sqlx::Timestamp as Decode<'r, Postgres>>::decode(value)?.to_jiff()))
    }
}

#[cfg(test)]
mod tests {
    use super::day_typed;

    /// What date fields send and what people type is the same day; nothing else is one.
    #[test]
    fn days_are_read_as_they_are_typed() {
        for text in ["2026-12-31", " 2026-12-31 ", "31/12/2026", "31 / 12 / 2026"] {
            assert_eq!(day_typed(text).map(|date| date.to_string()).as_deref(), Some("2026-12-31"), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "12/31/2026",
            "31/12",
            "31/12/2026/1",
            "31/12/2026/x",
            "31/12/26",
            "2026-13-40",
            "-005000-01-01",
            "9999-12-31",
        ] {
            assert_eq!(day_typed(text), None, "{text}");
        }
    }
}
