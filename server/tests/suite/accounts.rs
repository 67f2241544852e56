//! Logging in and out, and changes that come from elsewhere.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use app::auth::accounts::{self, NewOrg};

use crate::{on_both, support::PASSWORD};

on_both! {
    /// Log in, see the dashboard, log out: the session is over, for copies of its cookie too.
    async fn a_session_begins_and_ends(site: Site) {
        let cookie = site.log_in("alpha").await;
        assert_eq!(site.get_as(&cookie, "/app/alpha/calendar").await.status, StatusCode::OK);
        let out = site.form(Some(&cookie), "/fn/auth/log-out", "/app/alpha/calendar", &[]).await;
        assert_eq!((out.status, out.location()), (StatusCode::FOUND, "/"));
        assert_eq!(site.get_as(&cookie, "/app/alpha/calendar").await.status, StatusCode::UNAUTHORIZED);
    }

    /// An unknown email and a wrong password get the same answer.
    async fn wrong_credentials_tell_nothing(site: Site) {
        let unknown = site.form(None, "/fn/auth/log-in", "/login", &[("email", "nobody@example.com"), ("password", PASSWORD)]).await;
        let wrong = site.form(None, "/fn/auth/log-in", "/login", &[("email", "owner@alpha.example.com"), ("password", "not the password")]).await;
        assert_eq!((unknown.status, wrong.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
        assert!(unknown.cookie().is_none() && wrong.cookie().is_none());
        for (answer, email) in [(&unknown, "nobody@example.com"), (&wrong, "owner@alpha.example.com")] {
            assert!(answer.text.contains("don’t match") && answer.text.contains(email), "the email stays in the form");
            assert!(!answer.text.contains("not the password") && !answer.text.contains(PASSWORD), "the password never comes back");
        }
        let empty = site.form(None, "/fn/auth/log-in", "/login", &[("email", ""), ("password", "")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    /// A new log-in ends the session that came with it, and a session ends by itself after twelve hours.
    async fn sessions_rotate_and_expire(site: Site) {
        let first = site.log_in("alpha").await;
        let fields = [("email", "owner@alpha.example.com"), ("password", PASSWORD)];
        let second = site.form(Some(&first), "/fn/auth/log-in", "/login", &fields).await.cookie().expect("a cookie");
        assert_ne!(first, second);
        assert_eq!(site.get_as(&first, "/app/alpha/calendar").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.get_as(&second, "/app/alpha/calendar").await.status, StatusCode::OK);
        site.set_clock("2026-11-23T10:00:01Z");
        assert_eq!(site.get_as(&second, "/app/alpha/calendar").await.status, StatusCode::UNAUTHORIZED);
    }

    /// With one organisation there is nothing to choose; with two there is, and the frame leads back to the choice.
    async fn one_organisation_is_gone_to_at_once(site: Site) {
        let alpha = site.log_in("alpha").await;
        let request = Request::get("/app").header(header::COOKIE, &alpha).header(header::ACCEPT, "text/html");
        let one = site.send(request.body(Body::empty()).expect("a request")).await;
        assert_eq!((one.status, one.location()), (StatusCode::FOUND, "/app/alpha/calendar"));
        assert!(!site.get_as(&alpha, "/app/alpha/calendar").await.text.contains("Switch to"));

        let email = "two@example.com";
        let user = accounts::create_user(&site.platform, email, "Terry Two", PASSWORD).await.expect("a user");
        for (slug, modules) in [("first-of-two", ["calendar"].as_slice()), ("second-of-two", &[])] {
            let org = NewOrg { slug: slug.to_owned(), name: slug.to_owned(), zone: "Australia/Perth".to_owned(), ..NewOrg::default() };
            accounts::create_org(&site.platform, &org, user, modules).await.expect("an organisation");
        }
        let fields = [("email", email), ("password", PASSWORD)];
        let cookie = site.form(None, "/fn/auth/log-in", "/login", &fields).await.cookie().expect("a cookie");
        let two = site.get_as(&cookie, "/app").await;
        assert_eq!(two.status, StatusCode::OK);
        assert!(two.text.contains("href=\"/app/first-of-two/calendar\""), "{}", two.text);
        assert!(two.text.contains("href=\"/app/second-of-two/settings\""), "it has no module to begin with");
        assert!(!two.text.contains("/app/alpha"), "another's isn't there");
        assert!(site.get_as(&cookie, "/app/first-of-two/calendar").await.text.contains("Switch to"));
    }

    /// The first account is made from the settings once, however many start at the same time, and has to set up a second
    /// factor before anything opens. Where there is anybody, nothing happens, with other values too.
    async fn the_first_account_is_made_once(site: Site) {
        const OPERATOR: &str = "jo@harbour-physio.com.au";
        let platform = site.deserted().await;
        for (email, password, org) in [("nobody", PASSWORD, "Jo’s"), (OPERATOR, "short", "Jo’s"), (OPERATOR, PASSWORD, " ")] {
            let refused = accounts::bootstrap(&platform, email, password, org).await.expect_err("it is refused");
            assert_eq!(refused.code.status(), 422, "{email} {org}");
            assert!(!accounts::any_users(&platform).await.expect("an answer"));
        }
        let at_once = (0..6).map(|at| {
            let platform = platform.clone();
            tokio::spawn(async move { accounts::bootstrap(&platform, &format!("{at}.{OPERATOR}"), PASSWORD, "Jo’s Salon & Spa").await })
        });
        let mut made = Vec::new();
        for (at, outcome) in futures::future::join_all(at_once).await.into_iter().enumerate() {
            if let Some(slug) = outcome.expect("no panic").expect("no error") {
                made.push((at, slug));
            }
        }
        let [(who, slug)] = made.as_slice() else { panic!("one of them makes it: {made:?}") };
        assert_eq!(slug, "jos-salon-and-spa");
        assert_eq!(accounts::bootstrap(&platform, "other@example.com", PASSWORD, "Other").await.expect("no error"), None);

        let site = site.at(platform);
        let fields = [("email", &*format!("{who}.{OPERATOR}")), ("password", PASSWORD)];
        let answer = site.form(None, "/fn/auth/log-in", "/login", &fields).await;
        assert_eq!(answer.location(), "/login/set-up?next=/app");
        let half = answer.cookie().expect("a session for the next step");
        assert_eq!(site.get_as(&half, "/app/jos-salon-and-spa/calendar").await.status, StatusCode::UNAUTHORIZED);
        let other = [("email", "other@example.com"), ("password", PASSWORD)];
        assert_eq!(site.form(None, "/fn/auth/log-in", "/login", &other).await.status, StatusCode::UNAUTHORIZED);
    }

    /// Log-in leads on within the site, and never to another.
    async fn next_stays_on_the_site(site: Site) {
        for (next, lands) in [("/app/alpha/calendar", "/app/alpha/calendar"), ("https://evil.example", "/app"), ("//evil.example", "/app"), ("/\\evil.example", "/app"), ("", "/app"),
            ("/app//evil.example", "/app"), ("/.//evil.example", "/app"), ("/app/..//evil.example", "/app"), ("/app/../evil", "/app"), ("/app/.", "/app"),
            ("/%2e//evil.example", "/app"), ("/app/%2E./evil", "/app"), ("/app?next=//here/../there", "/app?next=//here/../there"), ("/app/a.b/..c", "/app/a.b/..c")] {
            let fields = [("email", "owner@alpha.example.com"), ("password", PASSWORD), ("next", next)];
            assert_eq!(site.form(None, "/fn/auth/log-in", "/login", &fields).await.location(), lands, "{next}");
        }
    }

    /// A change that another site's page sends with our cookie is refused, and nothing happens.
    async fn another_site_cannot_act_for_us(site: Site) {
        let cookie = site.log_in("alpha").await;
        let send = async |path: &str, name: &str, value: &str| {
            let request = Request::post(path).header(header::COOKIE, &cookie).header(name, value)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::empty());
            site.send(request.expect("a request")).await.status
        };
        for path in ["/fn/auth/log-out", "/fn/calendar/cancel", "/api/v1/orgs/alpha/tokens"] {
            for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example"), ("origin", "null"), ("x-nothing", "at all")] {
                assert_eq!(send(path, name, value).await, StatusCode::FORBIDDEN, "{path} {name}: {value}");
            }
        }
        assert_eq!(site.get_as(&cookie, "/app/alpha/calendar").await.status, StatusCode::OK, "still logged in");
    }

    /// Every answer carries the protecting headers; a page's scripts need its nonce.
    async fn answers_carry_protection(site: Site) {
        for path in ["/", "/login", "/b/alpha", "/api/v1/openapi.json", "/healthz", "/nothing"] {
            let answer = site.get(path).await;
            for name in ["content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options", "permissions-policy"] {
                assert!(answer.headers.contains_key(name), "{path} lacks {name}");
            }
        }
        // A page that many see alike names its scripts by hash instead: see `page_cache`.
        let page = site.get("/login").await;
        let policy = page.headers["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.contains("'nonce-") && !policy.contains("unsafe-inline' 'nonce") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("script-src 'self' 'unsafe-inline'"), "{policy}");
        for tag in page.text.split("<script").skip(1) {
            let tag = tag.split('>').next().unwrap_or_default();
            assert!(tag.contains("nonce=") || tag.contains("application/ld+json"), "a script without a nonce: {tag}");
        }
    }
}
