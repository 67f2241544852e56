//! Where it is known when somebody is busy elsewhere.

use futures::future::BoxFuture;
use jiff::tz::TimeZone;

use super::read::{self, Asked, BusyTimes, MOST_BYTES, Unreadable};
use crate::{
    clock::Instant,
    fetch::{FetchRefusal, Fetched, Fetcher, Limits, Version},
};

/// Knows when somebody is busy. Today that is a calendar's secret address; a calendar that can also be written to would be
/// another (`docs/caldav.md`).
pub trait BusySource: Send + Sync {
    /// When they are busy, from one instant until another.
    ///
    /// # Errors
    /// A sentence for whoever connected it.
    fn busy(&self, from: Instant, until: Instant) -> BoxFuture<'_, Result<BusyTimes, SourceRefusal>>;
}

/// Why nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SourceRefusal {
    /// It couldn't be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchRefusal),
    /// What was fetched couldn't be read.
    #[error(transparent)]
    Read(#[from] Unreadable),
}

impl SourceRefusal {
    /// Trying again later may work, with nobody changing anything.
    pub const fn may_pass(self) -> bool {
        match self {
            Self::Fetch(refusal) => refusal.may_pass(),
            Self::Read(_) => false,
        }
    }
}

/// A calendar that is published at an address, in iCalendar's format.
#[derive(Debug, Clone)]
pub struct IcsFeed {
    /// Fetches it.
    pub fetcher: Fetcher,
    /// Where it is. Often whoever knows it can read the calendar: a secret.
    pub address: String,
    /// The business's zone.
    pub zone: TimeZone,
    /// Whether what things are called is wanted.
    pub titles: bool,
    /// What stands in the `UID` of events that we told that calendar of; empty: nothing.
    pub except: String,
}

/// What has become of a calendar since it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// Nothing: what was read then holds, for the time that was asked about then.
    Unchanged,
    /// This.
    Busy {
        /// When they are busy.
        times: BusyTimes,
        /// To ask with the next time.
        version: Version,
    },
}

impl IcsFeed {
    /// The same as [`BusySource::busy`], if there is another version than is known. Whoever asks about other days than the
    /// last time asks with no version, for what is kept doesn't tell of those.
    ///
    /// # Errors
    /// A sentence for whoever connected it.
    pub async fn refresh(&self, known: &Version, from: Instant, until: Instant) -> Result<Refreshed, SourceRefusal> {
        let body = match self.fetcher.fetch(&self.address, known, Limits::file(MOST_BYTES)).await? {
            Fetched::Unchanged => return Ok(Refreshed::Unchanged),
            Fetched::Body(body) => body,
        };
        let asked = Asked { from, until, zone: self.zone.clone(), titles: self.titles, except: self.except.clone() };
        // A large one keeps a thread busy for seconds.
        let times = tokio::task::spawn_blocking(move || read::busy(&body.bytes, &asked))
            .await
            .map_err(|_| Unreadable::Broken)??;
        Ok(Refreshed::Busy { times, version: body.version })
    }
}

impl BusySource for IcsFeed {
    fn busy(&self, from: Instant, until: Instant) -> BoxFuture<'_, Result<BusyTimes, SourceRefusal>> {
        Box::pin(async move {
            match self.refresh(&Version::default(), from, until).await? {
                Refreshed::Busy { times, .. } => Ok(times),
                // Nothing was known that it could be the same as.
                Refreshed::Unchanged => Err(FetchRefusal::Garbled.into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;
    use crate::fetch::Allowance;

    /// A server on this machine that gives this to whoever asks; its address.
    async fn serve(body: &'static str) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let head = format!("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: {}\r\n\r\n", body.len());
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(body.as_bytes()).await;
            }
        });
        format!("http://{address}/mia.ics")
    }

    fn feed(address: String, allowance: Allowance) -> IcsFeed {
        IcsFeed {
            fetcher: Fetcher::new(allowance).unwrap(),
            address,
            zone: TimeZone::UTC,
            titles: false,
            except: String::new(),
        }
    }

    #[tokio::test]
    async fn a_published_calendar_tells_when_somebody_is_busy() {
        let (from, until) = (Instant::from_unix(1_795_000_000), Instant::from_unix(1_796_000_000));
        let address = serve("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261122T220000Z\r\nDURATION:PT1H\r\nSUMMARY:Private\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").await;
        let feed = feed(address, Allowance::this_machine());
        let source: &dyn BusySource = &feed;
        let busy = source.busy(from, until).await.unwrap();
        assert_eq!(busy.times.len(), 1);
        assert_eq!((busy.times[0].from.to_string().as_str(), &busy.times[0].title), ("2026-11-22T22:00:00Z", &None));
        let Ok(Refreshed::Busy { version, .. }) = feed.refresh(&Version::default(), from, until).await else {
            panic!("nothing was read")
        };
        assert_eq!(version.tag.as_deref(), Some("\"1\""));
    }

    #[tokio::test]
    async fn whatever_goes_wrong_is_told_in_words() {
        let (from, until) = (Instant::from_unix(1_795_000_000), Instant::from_unix(1_796_000_000));
        let page = serve("<!doctype html><title>Log in</title>").await;
        let refused = feed(page.clone(), Allowance::this_machine()).busy(from, until).await.unwrap_err();
        assert_eq!(refused, SourceRefusal::Read(Unreadable::WebPage));
        assert!(refused.to_string().starts_with("This address answers with a web page, not a calendar."));
        let refused = feed(page, Allowance::none()).busy(from, until).await.unwrap_err();
        assert_eq!(refused, SourceRefusal::Fetch(FetchRefusal::Unencrypted));
        assert!(!refused.may_pass());
    }
}
