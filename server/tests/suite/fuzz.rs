//! Requests that nobody would send, by the hundred: to everything that a stranger can reach, and as an owner to everything that
//! is theirs. Whatever comes, the answer is one of ours, and the site goes on.

use std::{collections::BTreeSet, fmt::Write as _};

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};

use app::ui::forgery;

use crate::{
    on_both,
    support::{NOW, Site},
};

const STRANGERS: usize = 3_000;
const OWNERS: usize = 2_000;

/// Fields that some function or other reads.
const FIELDS: [&str; 34] = [
    "org",
    "id",
    "version",
    "view",
    "date",
    "name",
    "slug",
    "description",
    "phone",
    "address",
    "zone",
    "scopes[]",
    "duration",
    "interval",
    "notice",
    "price",
    "off",
    "code",
    "password",
    "email",
    "role",
    "policy",
    "token",
    "answer",
    "service",
    "start",
    "notes",
    "key",
    "next",
    "from",
    "to",
    "purpose",
    "grants[]",
    "csrf",
];

/// What people, programs and attackers put into fields.
const VALUES: [&str; 44] = [
    "",
    " ",
    "alpha",
    "beta",
    "follow-up",
    "0",
    "-1",
    "1",
    "30",
    "99999999999999999999",
    "-9223372036854775809",
    "1e309",
    "NaN",
    "true",
    "null",
    "undefined",
    "2026-02-30",
    "2026-11-24",
    "2026-11-24T22:00:00Z",
    "+292277026596-01-01T00:00:00Z",
    "\0",
    "a\0b",
    "\u{202e}evil\u{202c}",
    "\u{feff}",
    "e\u{301}\u{301}\u{301}",
    "🧑‍🚀👩‍👩‍👧‍👦",
    "ﷺ",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'; DROP TABLE users; --",
    "../../etc/passwd",
    "%00",
    "%zz",
    "a@b",
    "owner@alpha.example.com",
    "//evil.example/",
    "https://evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "Australia/Sydney",
    "Mars/Olympus",
    "mail_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "01935a3c-0000-7000-8000-000000000000",
    "{\"a\":[",
];

const PAGES: [&str; 28] = [
    "/",
    "/b/alpha",
    "/b/alpha/follow-up",
    "/b/{}",
    "/b/alpha/{}",
    "/b/alpha/team/{}",
    "/b/alpha/c/{}",
    "/b/alpha/embed/{}",
    "/b/alpha/embed/booked/{}",
    "/b/alpha/embed/follow-up?start={}&hold={}",
    "/b/{}/card.png",
    "/b/alpha/{}/card.png?v={}",
    "/manage/{}",
    "/manage/{}.ics",
    "/login",
    "/login/code",
    "/login/set-up",
    "/login/forgot",
    "/login/reset/{}",
    "/login/confirm/{}",
    "/login/confirmed",
    "/login/ended?next={}",
    "/app",
    "/app/{}/calendar",
    "/account",
    "/sitemap.xml",
    "/robots.txt",
    "/{}",
];

const API: [(&str, &str); 16] = [
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/orgs/alpha/calendar/services"),
    ("GET", "/api/v1/orgs/{}/calendar/services"),
    ("GET", "/api/v1/orgs/alpha/calendar/services/follow-up/slots"),
    ("GET", "/api/v1/orgs/alpha/calendar/services/{}/slots"),
    ("POST", "/api/v1/orgs/alpha/calendar/bookings"),
    ("POST", "/api/v1/orgs/{}/calendar/bookings"),
    ("GET", "/api/v1/calendar/manage/{}"),
    ("POST", "/api/v1/calendar/manage/{}/move"),
    ("POST", "/api/v1/calendar/manage/{}/cancel"),
    ("GET", "/api/v1/orgs/alpha/calendar/appointments"),
    ("PUT", "/api/v1/orgs/alpha/details"),
    ("POST", "/api/v1/orgs/alpha/tokens"),
    ("DELETE", "/api/v1/orgs/alpha/tokens/{}"),
    ("PUT", "/api/v1/orgs/alpha/calendar/services/{}"),
    ("PATCH", "/api/v1/{}"),
];

/// What would end the owner's session, or shut them out of their organisation: then nothing more of theirs would be tried.
const ENDS: [&str; 12] = [
    "/fn/auth/log-out",
    "/fn/auth/log-out-everywhere",
    "/fn/auth/reset",
    "/fn/auth/change-password",
    "/fn/auth/end-session",
    "/fn/auth/log-in",
    "/fn/auth/passkey-log-in",
    "/fn/people/leave",
    "/fn/people/remove",
    "/fn/people/offer-ownership",
    "/fn/settings/save-details",
    "/fn/people/save-security",
];

on_both! {
    /// Whatever a stranger sends.
    async fn strangers_get_an_answer_of_ours(site: Site) {
        fuzz(&site, None, STRANGERS).await;
    }

    /// Whatever an owner sends: their own organisation may change, no other does.
    async fn owners_get_an_answer_of_ours(site: Site) {
        let other = site.log_in("beta").await;
        let before = site.get_as(&other, "/app/beta/settings/details").await.text.len();
        let services = site.get("/api/v1/orgs/beta/calendar/services").await.text;
        let owner = site.log_in("alpha").await;
        fuzz(&site, Some(&owner), OWNERS).await;
        assert_eq!(site.get("/api/v1/orgs/beta/calendar/services").await.text, services);
        let after = site.get_as(&other, "/app/beta/settings/details").await.text.len();
        assert!(before.abs_diff(after) < 200, "nobody logged beta’s owner out, or changed what is theirs");
    }
}

async fn fuzz(site: &Site, cookie: Option<&str>, count: usize) {
    let mut noise = Noise(TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let functions: Vec<(&str, Method)> = leptos::server_fn::axum::server_fn_paths().collect();
    let mut statuses = BTreeSet::new();
    for number in 0..count {
        let (request, what) = noise.request(&functions, cookie.is_some());
        let mut request = request.header("sec-fetch-site", "same-origin");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie).header(forgery::HEADER, site.forgery_token(cookie).await);
        } else if noise.one_in(3) {
            request = request
                .header(header::COOKIE, format!("devalo_session={}; devalo_known={}", noise.token(), noise.token()));
        }
        let Ok(request) = request.body(Body::from(noise.body())) else { continue };
        let path = request.uri().path().to_owned();
        let answer = site.send_as_it_is(request).await;
        statuses.insert(answer.status.as_u16());
        let said = || format!("request {number}, {what}: {} {:.400}", answer.status, answer.text);
        assert!(!answer.status.is_server_error(), "{}", said());
        assert!(
            answer.headers.contains_key("x-content-type-options") && answer.headers.contains_key("x-request-id"),
            "{}",
            said()
        );
        let kind = answer.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("text/html") {
            assert!(answer.headers.contains_key("content-security-policy"), "{}", said());
            assert!(!answer.text.contains("<script>alert") && !answer.text.contains("<img src=x"), "{}", said());
        }
        if path.starts_with("/api/v1/") && answer.status.is_client_error() {
            assert_eq!(kind, "application/problem+json", "{}", said());
        }
        let to = answer.location();
        assert!(
            to.is_empty() || to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\"),
            "{to}: {}",
            said()
        );
        // The clock stands still, and limits on guessing with it.
        if number % 50 == 0 {
            site.platform.clock.set(site.platform.clock.now().plus_seconds(60).timestamp());
            if cookie.is_some() {
                site.set_clock(NOW);
            }
        }
    }
    assert!(statuses.len() > 7, "it got further than the door: {statuses:?}");
    if let Some(cookie) = cookie {
        assert_eq!(site.get_as(cookie, "/account").await.status, StatusCode::OK, "to the end as who they are");
    }
    assert_eq!(site.get("/b/alpha/follow-up").await.status, StatusCode::OK, "the site goes on");
    assert!(!site.slots("alpha", "follow-up").await.is_empty());
}

struct Noise(TestRng);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0.next_u32() as usize % bound
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn token(&mut self) -> String {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let length = [0, 1, 42, 43, 44, 78, 200][self.below(7)];
        (0..length).map(|_| char::from(letters[self.below(letters.len())])).collect()
    }

    fn value(&mut self) -> String {
        match self.below(8) {
            0 => self.token(),
            1 => self.pick(&VALUES).repeat(self.below(300)),
            2 => format!("{}{}", self.pick(&VALUES), self.pick(&VALUES)),
            3 => (0..self.below(40))
                .map(|_| char::from_u32(self.0.next_u32() % 0x11_0000).unwrap_or('\u{fffd}'))
                .collect(),
            _ => self.pick(&VALUES).to_owned(),
        }
    }

    /// A part of a path or a query: mostly as a browser would write it.
    fn part(&mut self) -> String {
        let value = self.value();
        let value: String = value.chars().take(600).collect();
        if self.one_in(6) {
            // As it is, where that can be sent at all.
            return value.chars().filter(|c| c.is_ascii_graphic() && !"#?".contains(*c)).collect();
        }
        url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20")
    }

    fn pairs(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.below(9) {
            let field = self.pick(&FIELDS);
            let part = self.part();
            let deeper = ["", "", "", "[]", "[0]", "[a][b]", "[[", "]"][self.below(8)];
            // Writing to a String cannot fail.
            let _ = write!(text, "{field}{deeper}={part}&");
        }
        text
    }

    fn body(&mut self) -> Vec<u8> {
        match self.below(7) {
            0 => Vec::new(),
            1 => (0..self.below(2000)).map(|_| self.0.next_u32().to_le_bytes()[0]).collect(),
            2 => {
                let fields: Vec<String> = (0..self.below(9))
                    .map(|_| {
                        let value = self.value();
                        let value = match self.below(4) {
                            0 => value,
                            1 => format!("[{}]", serde_json::json!(value)),
                            _ => serde_json::json!(value).to_string(),
                        };
                        format!("{:?}:{value}", self.pick(&FIELDS))
                    })
                    .collect();
                format!("{{{}}}", fields.join(",")).into_bytes()
            }
            3 => "[".repeat(self.below(20_000)).into_bytes(),
            _ => self.pairs().into_bytes(),
        }
    }

    fn request(&mut self, functions: &[(&str, Method)], owner: bool) -> (http::request::Builder, String) {
        let (mut method, path) = match self.below(4) {
            0 => (Method::GET, self.pick(&PAGES).to_owned()),
            1 => {
                let (method, path) = API[self.below(API.len())];
                (method.parse().unwrap_or(Method::GET), path.to_owned())
            }
            _ => {
                let (path, method) = functions[self.below(functions.len())].clone();
                (method, path.to_owned())
            }
        };
        if self.one_in(12) {
            method = [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::HEAD, Method::OPTIONS]
                [self.below(6)]
            .clone();
        }
        let path = if owner && ENDS.contains(&path.as_str()) { "/account".to_owned() } else { path };
        let part = self.part();
        let mut uri = path.replace("{}", &part);
        if self.one_in(2) {
            uri = format!("{uri}?{}", self.pairs());
        }
        uri.truncate(5000);
        let kind = self.pick(&[
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded",
            "application/json",
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/octet-stream",
            "nonsense",
            "",
        ]);
        let accept = self.pick(&["text/html", "application/octet-stream", "application/json", "*/*", ""]);
        let referer = self.pick(&[
            "http://localhost:3000/login",
            "http://localhost:3000/b/alpha",
            "https://evil.example/",
            "nonsense",
            "",
        ]);
        let what = format!("{method} {uri:.300} {kind} {accept} {referer}");
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(header::CONTENT_TYPE, kind)
            .header(header::ACCEPT, accept)
            .header(header::REFERER, referer)
            .header("idempotency-key", self.token());
        (request, what)
    }
}
