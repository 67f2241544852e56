//! How much one place on the network may ask for. It keeps a flood from one address away from everybody else; guessing at
//! passwords has a limit of its own, which lasts (`app::auth::throttle`). Several processes count together (`app::shared_limits`).
//!
//! What comes from this machine itself isn't limited: behind a proxy that isn't trusted everybody would be one visitor.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use app::{
    auth::standing::Standing,
    db::tables::hex,
    error::{AppError, Code},
    org::Actor,
    platform::Platform,
    request::ClientAddress,
    shared_limits::{SharedLimits, Taken},
};
use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use sha2::{Digest as _, Sha256};
use tokio::sync::broadcast::error::RecvError;

/// Places are forgotten once they could ask for everything again; this often that is looked at.
const FORGOTTEN_EVERY: Duration = Duration::from_mins(1);

/// Where the calendars are that are shared with calendars elsewhere.
const FEEDS: &str = "/cal/";
/// Where whatever is shown by a link is, to whoever has it.
const LINKS: &str = "/shared/";
/// The end of the addresses of pictures of pages.
const PICTURE: &str = "/card.png";

/// One limit: so many at once, and then so many a second; by its name other processes know it.
struct Limit {
    name: &'static str,
    limiter: DefaultKeyedRateLimiter<String>,
    shared: Arc<SharedLimits>,
}

/// The limits, each by place.
pub struct Limits {
    /// Everything: 600 at once, then 60 a second.
    all: Limit,
    /// Steps of logging in: 30 at once, then one a second.
    log_in: Limit,
    /// Changes by whoever isn't logged in, a booking for example: 30 at once, then one a second.
    public: Limit,
    /// Changes by members and programs: 120 at once, then 20 a second.
    members: Limit,
    /// Readings of the calendars that are shared: 120 at once, then two a second. Others fetch them for many people.
    feeds: Limit,
    /// Readings of one of them, from wherever: 30 at once, then one every ten seconds.
    feed: Limit,
    /// Readings of what is shown by links: 120 at once, then two a second.
    links: Limit,
    /// Readings of what one of them shows, from wherever: 60 at once, then two a second. Many people may have it.
    link: Limit,
    /// Pictures of pages that are shared, which are drawn: 60 at once, then two a second.
    pictures: Limit,
}

impl Limits {
    /// Nobody has asked for anything yet.
    pub fn new(platform: &Platform) -> Self {
        let a_second = |a_second| Quota::per_second(NonZeroU32::new(a_second).unwrap_or(NonZeroU32::MIN));
        let limit = |name, at_once, quota: Quota| {
            let quota = quota.allow_burst(NonZeroU32::new(at_once).unwrap_or(NonZeroU32::MIN));
            Limit { name, limiter: RateLimiter::keyed(quota), shared: Arc::clone(&platform.shared_limits) }
        };
        let one_every_ten = Quota::with_period(Duration::from_secs(10)).unwrap_or(Quota::per_second(NonZeroU32::MIN));
        Self {
            all: limit("all", 600, a_second(60)),
            log_in: limit("log_in", 30, a_second(1)),
            public: limit("public", 30, a_second(1)),
            members: limit("members", 120, a_second(20)),
            feeds: limit("feeds", 120, a_second(2)),
            links: limit("links", 120, a_second(2)),
            link: limit("link", 60, a_second(2)),
            pictures: limit("pictures", 60, a_second(2)),
            feed: limit("feed", 30, one_every_ten),
        }
    }

    /// Forgets places that haven't asked for anything lately, and counts what other processes let through, for as long as the process lives.
    pub async fn keep(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(FORGOTTEN_EVERY);
        let mut elsewhere = self.all.shared.elsewhere();
        loop {
            tokio::select! {
                _ = ticks.tick() => self.each().into_iter().for_each(|limit| limit.limiter.retain_recent()),
                taken = elsewhere.recv() => match taken {
                    Ok(taken) => self.count(&taken),
                    // So many places at once are held back by no limit by place.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }

    fn count(&self, taken: &Taken) {
        let Some(limit) = self.each().into_iter().find(|limit| limit.name == taken.limit) else { return };
        for _ in 0..taken.times {
            // Once nothing is left, there is nothing to take away.
            if limit.limiter.check_key(&taken.place).is_err() {
                return;
            }
        }
    }

    fn each(&self) -> [&Limit; 9] {
        [
            &self.all,
            &self.log_in,
            &self.public,
            &self.members,
            &self.feeds,
            &self.feed,
            &self.links,
            &self.link,
            &self.pictures,
        ]
    }
}

impl Limit {
    fn take(&self, place: &String) -> Result<(), Box<Response>> {
        let taken = self.limiter.check_key(place).map(|()| self.shared.took(self.name, place));
        taken.map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1);
            let error =
                AppError::new(Code::TooMany, "That is more than we take from one place at once. Please wait a moment.");
            Box::new(AppError { retry_after: Some(seconds), ..error }.into_response())
        })
    }
}

/// Limits everything, before anything else is done for it.
pub async fn everything(State(limits): State<Arc<Limits>>, request: Request, next: Next) -> Response {
    let place = place(&request);
    let within = place.as_ref().map_or(Ok(()), |place| limits.all.take(place)).and_then(|()| {
        if request.uri().path().ends_with(PICTURE) {
            return place.as_ref().map_or(Ok(()), |place| limits.pictures.take(place));
        }
        if let Some(link) = request.uri().path().strip_prefix(LINKS) {
            place.as_ref().map_or(Ok(()), |place| limits.links.take(place))?;
            return limits.link.take(&without_secrets(link));
        }
        let Some(feed) = request.uri().path().strip_prefix(FEEDS) else { return Ok(()) };
        place.as_ref().map_or(Ok(()), |place| limits.feeds.take(place))?;
        // Whoever has the address may have given it to many.
        limits.feed.take(&without_secrets(feed))
    });
    match within {
        Ok(()) => next.run(request).await,
        Err(refusal) => *refusal,
    }
}

/// Limits changes, once it is known who asks.
pub async fn changes(State(limits): State<Arc<Limits>>, request: Request, next: Next) -> Response {
    let refused = (!matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS))
        .then(|| place(&request))
        .flatten()
        .and_then(|place| limit_for(&limits, &request).take(&place).err());
    match refused {
        Some(refusal) => *refusal,
        None => next.run(request).await,
    }
}

fn limit_for<'l>(limits: &'l Limits, request: &Request) -> &'l Limit {
    let path = request.uri().path();
    let logged_in = matches!(request.extensions().get::<Standing>(), Some(Standing::In(_)));
    // A token is looked at where the organisation is opened: a made-up one gets no further than that.
    let program =
        matches!(request.extensions().get::<Actor>(), Some(Actor::Token(_))) && path.starts_with("/api/v1/orgs/");
    if logged_in || program {
        &limits.members
    } else if path.starts_with("/fn/auth/") {
        &limits.log_in
    } else {
        &limits.public
    }
}

/// What tells one such address from others, and opens nothing: others are told it.
fn without_secrets(address: &str) -> String {
    let mut digest = hex(&Sha256::digest(address));
    digest.truncate(32);
    digest
}

/// Where it comes from, where that is known and isn't this machine.
fn place(request: &Request) -> Option<String> {
    let address = request.extensions().get::<ClientAddress>()?;
    let this_machine = match address.0.to_canonical() {
        IpAddr::V4(address) => address.is_loopback(),
        IpAddr::V6(address) => address.is_loopback(),
    };
    (!this_machine).then(|| address.place())
}
