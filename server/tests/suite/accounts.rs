//! Logging in and out, and changes that come from elsewhere.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use app::{
    auth::accounts::{self, NewOrg},
    db::Access,
    ids::UserId,
    org::Role,
    platform::Platform,
    platform_sql,
};

use crate::{
    on_both,
    support::{ADDRESSES, Answer, ORIGIN, PASSWORD, keyring, next_of, signer},
};

on_both! {
    /// Log in, see the dashboard, log out: the session is over, for copies of its cookie too.
    async fn a_session_begins_and_ends(site: Site) {
        let cookie = site.log_in("alpha").await;
        assert_eq!(site.get_as(&cookie, "/app/alpha/calendar").await.status, StatusCode::OK);
        let out = site.form(Some(&cookie), "/fn/auth/log-out", "/app/alpha/calendar", &[]).await;
        assert_eq!((out.status, out.location()), (StatusCode::FOUND, "/"));
        assert_eq!(site.get_as(&cookie, "/app/alpha/calendar").await.status, StatusCode::UNAUTHORIZED);
    }

    /// Logging out by hand, here or everywhere, says to our pages in that browser of whom they are to forget what waits there; a session that ends otherwise,
    /// also for somebody else who logs in, doesn’t.
    async fn who_logs_out_is_to_be_forgotten(site: Site) {
        let left = |answer: &Answer| {
            let lines = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
            lines.map(str::to_owned).find(|line| line.starts_with("devalo_left="))
        };
        let (user, cookie) = site.join(site.alpha, "ada@example.com", Role::Member).await;
        let out = site.form(Some(&cookie), "/fn/auth/log-out", "/account", &[]).await;
        let line = left(&out).expect("a cookie");
        assert!(line.starts_with(&format!("devalo_left={user}; ")), "{line}");
        for part in ["SameSite=Strict", "Path=/", "Max-Age=34560000"] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(!line.contains("HttpOnly") && !line.contains("Domain"), "our pages read it: {line}");
        assert_eq!(left(&site.form(Some(&cookie), "/fn/auth/log-out", "/account", &[]).await), None, "nobody was logged in");

        let cookie = site.log_in_as("ada@example.com").await;
        let other = "01935a3c-0000-7000-8000-000000000000";
        let with = format!("{cookie}; devalo_left={user}.{other}.<script>");
        let out = site.form(Some(&with), "/fn/auth/log-out-everywhere", "/account", &[]).await;
        let line = left(&out).expect("a cookie");
        assert!(line.starts_with(&format!("devalo_left={other}.{user}; ")), "beside who left before: {line}");

        let cookie = site.log_in_as("ada@example.com").await;
        let fields = [("email", "owner@alpha.example.com"), ("password", PASSWORD)];
        let entered = site.form(Some(&cookie), "/fn/auth/log-in", "/login", &fields).await;
        assert_eq!((entered.status, left(&entered)), (StatusCode::FOUND, None));
        let again = site.open(Some(&cookie), "/account").await;
        assert_eq!((again.status, left(&again)), (StatusCode::SEE_OTHER, None), "her session has ended");
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

    /// Over https a session’s cookies are kept to this host and to TLS, whatever another host of the same name may set; no script reads
    /// them but the token against forgery; and browsers are told to come by TLS alone.
    async fn over_https_cookies_stay_with_this_host(site: Site) {
        let (db, clock) = (site.platform.db.clone(), site.platform.clock.clone());
        let there = site.at(Platform::new(db, clock, keyring(), signer(), "https://app.example.com".to_owned()));
        let fields = [("email", "owner@alpha.example.com"), ("password", PASSWORD)];
        let entered = there.form(None, "/fn/auth/log-in", "/login", &fields).await;
        assert_eq!(entered.status, StatusCode::FOUND, "{entered:?}");
        assert!(entered.headers["strict-transport-security"].to_str().expect("text").starts_with("max-age=63072000"));
        let set = |answer: &Answer| -> Vec<String> {
            answer.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().expect("text").to_owned()).collect()
        };
        let session = set(&entered).iter().find_map(|line| line.strip_prefix("__Host-devalo=")?.split(';').next().map(str::to_owned));
        let session = format!("__Host-devalo={}", session.expect("a session"));
        let page = there.get_as(&session, "/account").await;
        assert_eq!(page.status, StatusCode::OK);
        let lines = [set(&entered), set(&page)].concat();
        for name in ["__Host-devalo=", "__Host-devalo-known=", "__Host-devalo-csrf="] {
            assert!(lines.iter().any(|line| line.starts_with(name)), "{name}: {lines:?}");
        }
        for line in lines {
            assert!(line.starts_with("__Host-") && line.contains("; Secure") && line.contains("; Path=/") && !line.contains("Domain"), "{line}");
            assert!(line.starts_with("__Host-devalo-csrf=") || line.contains("; HttpOnly"), "{line}");
            assert!(line.contains("; SameSite=Lax") || line.contains("; SameSite=Strict"), "{line}");
        }
        assert!(!site.get("/login").await.headers.contains_key("strict-transport-security"), "not where there is no TLS");
    }

    /// A password that was hashed as was usual once is hashed as it is today when its owner logs in next.
    async fn an_old_hash_is_made_anew(site: Site) {
        // Of the reference implementation’s tests, for “password”.
        const OLD: &str = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let user = accounts::create_user(&site.platform, "early@example.com", "Edie Early", PASSWORD).await.expect("a user");
        let mut tx = site.platform.begin(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE users SET password_hash = $2 WHERE id = $1", user, OLD.to_owned()).expect("it is old");
        tx.commit().await.expect("a commit");
        let stored = async || {
            let mut tx = site.platform.begin(Access::Read).await.expect("a transaction");
            let found = platform_sql!(optional(String,), &mut tx, "SELECT password_hash FROM users WHERE id = $1", user).expect("an answer");
            tx.commit().await.expect("a commit");
            found.expect("a user").0
        };
        let enter = async |password: &str| {
            site.form(None, "/fn/auth/log-in", "/login", &[("email", "early@example.com"), ("password", password)]).await.status
        };
        assert_eq!(enter("Password").await, StatusCode::UNAUTHORIZED);
        assert_eq!(stored().await, OLD);
        assert_eq!(enter("password").await, StatusCode::FOUND);
        let fresh = stored().await;
        assert!(fresh.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "as this process hashes: {fresh}");
        assert_eq!((enter("password").await, stored().await), (StatusCode::FOUND, fresh));
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
        assert!(two.text.contains("href=\"/app/second-of-two/nothing-on\""), "it has no module to begin with");
        assert!(!two.text.contains("/app/alpha"), "another's isn't there");
        assert!(site.get_as(&cookie, "/app/first-of-two/calendar").await.text.contains("Switch to"));
    }

    /// The first account has the name that the settings give, and one that is none is refused.
    async fn the_first_account_has_a_name(site: Site) {
        const OPERATOR: &str = "jo@harbour-physio.com.au";
        let platform = site.deserted().await;
        let refused = accounts::bootstrap(&platform, OPERATOR, PASSWORD, "Harbour Physio", Some("\u{200b}")).await;
        let refused = refused.expect_err("it is refused");
        assert_eq!(refused.fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>(), ["own_name"]);
        let made = accounts::bootstrap(&platform, OPERATOR, PASSWORD, "Harbour Physio", Some("Jo Hart")).await;
        assert!(made.expect("it is made").is_some());
        assert_eq!(only_one(&platform).await, ("Jo Hart".to_owned(), false));
    }

    /// Where the settings give no name, it is asked for.
    async fn the_first_account_is_asked_for_a_name(site: Site) {
        let platform = site.deserted().await;
        let made = accounts::bootstrap(&platform, "jo@harbour-physio.com.au", PASSWORD, "Harbour Physio", None).await;
        assert!(made.expect("it is made").is_some());
        assert_eq!(only_one(&platform).await, ("jo".to_owned(), true));
    }

    /// The first account is made from the settings once, however many start at the same time, and has to set up a second
    /// factor before anything opens. Where there is anybody, nothing happens, with other values too.
    async fn the_first_account_is_made_once(site: Site) {
        const OPERATOR: &str = "jo@harbour-physio.com.au";
        let platform = site.deserted().await;
        for (email, password, org) in [("nobody", PASSWORD, "Jo’s"), (OPERATOR, "short", "Jo’s"), (OPERATOR, PASSWORD, " ")] {
            let refused = accounts::bootstrap(&platform, email, password, org, None).await.expect_err("it is refused");
            assert_eq!(refused.code.status(), 422, "{email} {org}");
            assert!(!accounts::any_users(&platform).await.expect("an answer"));
        }
        let at_once = (0..6).map(|at| {
            let platform = platform.clone();
            tokio::spawn(async move { accounts::bootstrap(&platform, &format!("{at}.{OPERATOR}"), PASSWORD, "Jo’s Salon & Spa", None).await })
        });
        let mut made = Vec::new();
        for (at, outcome) in futures::future::join_all(at_once).await.into_iter().enumerate() {
            if let Some(slug) = outcome.expect("no panic").expect("no error") {
                made.push((at, slug));
            }
        }
        let [(who, slug)] = made.as_slice() else { panic!("one of them makes it: {made:?}") };
        assert_eq!(slug, "jos-salon-and-spa");
        assert_eq!(accounts::bootstrap(&platform, "other@example.com", PASSWORD, "Other", None).await.expect("no error"), None);

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

    /// Who opens a page signed out, by a bookmark or a link in a mail, logs in and arrives there. A program is refused as before.
    async fn a_page_opened_signed_out_leads_to_the_log_in_and_back(site: Site) {
        for (opened, there) in [
            ("/app", "/login?next=/app"),
            ("/app/alpha/calendar?view=day&date=2026-11-23", "/login?next=/app/alpha/calendar%3Fview%3Dday%26date%3D2026-11-23"),
            ("/app/alpha/settings/data", "/login?next=/app/alpha/settings/data"),
            ("/app/nowhere/calendar", "/login?next=/app/nowhere/calendar"),
            ("/admin/orgs/alpha", "/login?next=/admin/orgs/alpha"),
            ("/account?named=1", "/login?next=/account%3Fnamed%3D1"),
            ("/start/pay/x", "/login?next=/start/pay/x"),
            ("/app/alpha/calendar?x=%0d%0aSet-Cookie:a=b", "/login?next=/app/alpha/calendar%3Fx%3D%250d%250aSet-Cookie:a%3Db"),
            // A file is fetched from the page that has it.
            ("/app/alpha/settings/audit.csv", "/login"),
        ] {
            for cookie in [None, Some("devalo_session=nonsense")] {
                let led = site.open(cookie, opened).await;
                assert_eq!((led.status, led.location()), (StatusCode::SEE_OTHER, there), "{opened}");
                assert_eq!(led.headers[header::CACHE_CONTROL], "no-store", "{opened}");
                assert!(led.text.is_empty() && led.cookie().is_none(), "{opened}: {}", led.text);
            }
        }
        // One that is sent is chosen anew.
        let sent = Request::post("/app/alpha/settings/look/logo").header("sec-fetch-site", "same-origin").header(header::ACCEPT, "text/html");
        let sent = site.send(sent.body(Body::from("--edge")).expect("a request")).await;
        assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/login?next=/app/alpha/settings/look"));

        let opened = "/app/alpha/calendar?view=day";
        let page = site.open(None, site.open(None, opened).await.location()).await;
        assert!(page.text.contains(&format!("name=\"next\" value=\"{opened}\"")), "{}", page.text);
        let fields = [("email", "owner@alpha.example.com"), ("password", PASSWORD), ("next", opened)];
        let entered = site.form(None, "/fn/auth/log-in", "/login", &fields).await;
        assert_eq!((entered.status, entered.location()), (StatusCode::FOUND, opened));
        assert_eq!(site.open(entered.cookie().as_deref(), opened).await.status, StatusCode::OK);

        for path in ["/api/v1/orgs/alpha/calendar/appointments", "/fn/auth/account", "/fn/auth/whoami?org=alpha"] {
            assert_eq!(site.open(None, path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        }
        for path in ["/app/alpha/calendar", "/admin", "/account", "/app/alpha/settings/audit.csv"] {
            assert_eq!(site.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
            let program = Request::get(path).header(header::AUTHORIZATION, "Bearer dvl_nonsense").header(header::ACCEPT, "text/html");
            assert!(site.send(program.body(Body::empty()).expect("a request")).await.status.is_client_error(), "{path}");
        }
        for path in ["/", "/login", "/b/alpha", "/start", "/login/ended"] {
            assert_eq!(site.open(None, path).await.status, StatusCode::OK, "{path}");
        }
    }

    /// Spaces, quotes, plus signs and other scripts in an address come through the log-in exactly as they were; what leads off this site doesn’t.
    async fn an_address_comes_through_the_log_in_as_it_was(site: Site) {
        let log_in = async |next: &str, page: &str| {
            let fields = [("email", "owner@alpha.example.com"), ("password", PASSWORD), ("next", next)];
            site.form(None, "/fn/auth/log-in", page, &fields).await
        };
        for opened in ADDRESSES {
            let led = site.open(None, opened).await;
            assert_eq!(led.status, StatusCode::SEE_OTHER, "{opened}");
            let page = site.open(None, led.location()).await.text;
            assert_eq!(next_of(&page), opened);
            let entered = log_in(&next_of(&page), led.location()).await;
            assert_eq!((entered.status, entered.location()), (StatusCode::FOUND, opened));
            assert_ne!(site.get_as(&entered.cookie().expect("a session"), opened).await.status, StatusCode::UNAUTHORIZED, "{opened}");
            let ended = site.get(&led.location().replace("/login?", "/login/ended?")).await.text;
            assert!(ended.contains(&format!("href=\"{}\"", led.location())), "{opened}: {ended}");
        }
        for next in [
            "//evil.example", "/\\evil.example", "/%2f%2fevil.example", "/%5cevil.example", "/%2F/evil.example", "/%09/evil.example", "/\t/evil.example", "/\n//evil.example",
            "https://evil.example", "https:/app", "javascript:alert(1)", "/app/..%2f%2fevil.example", "/app?q=due today", "/caf\u{e9}",
        ] {
            let encoded: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            // Once too often, as by a proxy that means well.
            for address in [format!("/login?next={encoded}"), format!("/login?next={}", encoded.replace('%', "%25"))] {
                assert_eq!(next_of(&site.open(None, &address).await.text), "", "{address}");
            }
            assert_eq!(log_in(next, "/login").await.location(), "/app", "{next:?}");
        }
    }

    /// A form that is sent after its session has ended does nothing and loses nothing: who logs in beside it and goes on has it
    /// before them as they filled it in.
    async fn what_was_typed_outlives_the_session(site: Site) {
        let cookie = site.log_in("alpha").await;
        site.form(Some(&cookie), "/fn/auth/log-out", "/account", &[]).await;
        let typed = [
            ("name", "Typed & kept"), ("password", "a secret that is typed"), ("Password", "a secret that is typed"), ("new_CODE", "a secret that is typed"),
            ("secret", "a secret that is typed"), ("mailed_token", "a secret that is typed"), ("answer", "a secret that is typed"), ("CSRF", "a secret that is typed"),
        ];
        let refused = site.form(Some(&cookie), "/fn/auth/change-name", "/account/name", &typed).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        for part in ["Please log in again", "href=\"/login?next=/account/name\"", "action=\"/fn/auth/change-name\"", "name=\"name\" value=\"Typed &amp; kept\""] {
            assert!(refused.text.contains(part), "{part}: {}", refused.text);
        }
        assert!(!refused.text.contains("a secret that is typed") && !refused.text.contains("type=\"module\""), "{}", refused.text);
        let lines = refused.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        let back = lines.filter_map(|line| line.split(';').next()).find(|pair| pair.starts_with("devalo_back="));
        assert_eq!(back, Some("devalo_back=/account/name"));

        let fresh = site.log_in("alpha").await;
        let again = Request::post("/fn/auth/change-name")
            .header("sec-fetch-site", "same-origin")
            .header(header::REFERER, format!("{ORIGIN}/fn/auth/change-name"))
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, format!("{fresh}; devalo_back=/account/name"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("name=Typed+%26+kept"));
        let form = site.send_as_it_is(again.expect("a request")).await;
        assert_eq!(form.status, StatusCode::FORBIDDEN, "it is looked at once more before it counts");
        let token = site.forgery_token(&fresh).await;
        for part in ["Please send it again", "value=\"Typed &amp; kept\"", token.as_str()] {
            assert!(form.text.contains(part), "{part}: {}", form.text);
        }
        // A wrong password comes back on the form that it was typed in.
        let wrong = site.form(None, "/fn/auth/log-in", "/login?next=/app", &[("email", "owner@alpha.example.com"), ("password", "a guess")]).await;
        assert!(wrong.status == StatusCode::UNAUTHORIZED && wrong.text.contains("don’t match"), "{}", wrong.text);
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
            for name in ["content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options", "permissions-policy", "cross-origin-opener-policy", "cross-origin-resource-policy"] {
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

/// The name of the only account, and whether it is asked for.
async fn only_one(platform: &Platform) -> (String, bool) {
    let mut tx = platform.begin(Access::Read).await.expect("a transaction");
    let found = platform_sql!(one(UserId, bool), &mut tx, "SELECT id, must_name FROM users");
    tx.commit().await.expect("an end");
    let (user, must_name) = found.expect("an account");
    (accounts::person(platform, user).await.expect("a person").name, must_name)
}
