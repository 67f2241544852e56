//! What was found by attacking the running product, and must not come back.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;

use app::request::ClientAddress;

use crate::{
    device::{self, Device},
    on_both,
    support::{ORIGIN, Site, booking},
};

/// Processes that share a database are told within so long.
const TOLD: Duration = Duration::from_secs(20);
const DETAILS: &str = "/api/v1/orgs/alpha/details";

on_both! {
    /// A flood from one place is slowed down, and told for how long; others, and this machine, aren't held up.
    async fn a_flood_from_one_place_is_slowed_down(site: Site) {
        let from = async |place: &str, request: http::request::Builder, body: &str| {
            let mut request = request.body(Body::from(body.to_owned())).expect("a request");
            request.extensions_mut().insert(ClientAddress(place.parse().expect("an address")));
            site.send(request).await
        };
        let booking = || Request::post("/api/v1/orgs/alpha/calendar/bookings").header(header::CONTENT_TYPE, "application/json");
        let mut refused = None;
        for _ in 0..40 {
            let answer = from("203.0.113.7", booking(), "{}").await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                refused = Some(answer);
                break;
            }
        }
        let refused = refused.expect("a flood of changes is refused");
        assert_eq!(refused.headers[header::RETRY_AFTER], "1");
        assert_ne!(from("203.0.113.8", booking(), "{}").await.status, StatusCode::TOO_MANY_REQUESTS, "another place");
        assert_eq!(from("203.0.113.7", Request::get("/healthz"), "").await.status, StatusCode::OK, "reading has a limit of its own");
        // One household has many addresses of version 6.
        let mut refused = false;
        for host in 0..40 {
            refused |= from(&format!("2001:db8::{host:x}"), booking(), "{}").await.status == StatusCode::TOO_MANY_REQUESTS;
        }
        assert!(refused);
        for _ in 0..100 {
            assert_ne!(from("127.0.0.1", booking(), "{}").await.status, StatusCode::TOO_MANY_REQUESTS);
        }
        let mut read = 0;
        while from("203.0.113.9", Request::get("/healthz"), "").await.status == StatusCode::OK {
            read += 1;
            assert!(read < 5_000, "reading has a limit");
        }
        assert!(read >= 600, "{read}");
    }

    /// From one place the public books so often in an hour with one business, cancelled or not, and is told so; others, and this machine,
    /// aren't held up.
    async fn one_visitor_doesnt_fill_a_diary(site: Site) {
        let slots = site.slots("alpha", "follow-up").await;
        let book = async |place: &str, n: usize| {
            let mut request = Request::post("/api/v1/orgs/alpha/calendar/bookings")
                .header(header::CONTENT_TYPE, "application/json")
                .header("idempotency-key", format!("visitor-key-{n}"))
                .body(Body::from(booking("follow-up", &slots[20 + n * 3]).to_string()))
                .expect("a request");
            request.extensions_mut().insert(ClientAddress(place.parse().expect("an address")));
            site.send(request).await
        };
        for n in 0..12 {
            let made = book("203.0.113.20", n).await;
            assert_eq!(made.status, StatusCode::CREATED, "{n}: {made:?}");
        }
        let refused = book("203.0.113.20", 12).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{refused:?}");
        assert!(refused.text.contains("call the business"), "{refused:?}");
        assert_eq!(book("203.0.113.20", 0).await.status, StatusCode::CREATED, "the same booking again is none more");
        assert_eq!(book("203.0.113.21", 12).await.status, StatusCode::CREATED, "another place");
        for n in 13..27 {
            assert_eq!(book("127.0.0.1", n).await.status, StatusCode::CREATED, "{n}");
        }
        site.advance(60 * 60);
        app::modules::calendar::holds::let_go(&site.platform).await.expect("it is forgotten");
        assert_eq!(book("203.0.113.20", 27).await.status, StatusCode::CREATED);
    }

    /// A request that names another host is none of ours, whatever it asks for.
    async fn another_hosts_requests_are_refused(site: Site) {
        for host in ["evil.example", "127.0.0.1.evil.example", "", "evil.example:3000", "127.0.0.1:3000@evil.example"] {
            for path in ["/", "/login", "/fn/auth/orgs", "/api/v1/openapi.json", "/sitemap.xml"] {
                let request = Request::get(path).header(header::HOST, host).body(Body::empty()).expect("a request");
                let answer = site.send(request).await;
                assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host} {path}");
                assert_eq!(answer.text, format!("This server answers at {ORIGIN}\n"), "whoever looks at it sees why");
            }
        }
        for host in ["127.0.0.1:3000", "localhost:3000"] {
            let request = Request::get("/login").header(header::HOST, host).body(Body::empty()).expect("a request");
            assert_eq!(site.send(request).await.status, StatusCode::OK, "{host}");
        }
        let probe = Request::get("/healthz").header(header::HOST, "10.0.0.7:3000").body(Body::empty()).expect("a request");
        assert_eq!(site.send(probe).await.status, StatusCode::OK);
    }

    /// Whatever a page says of where it comes from: nobody is led anywhere but to our own pages.
    async fn nobody_is_led_elsewhere(site: Site) {
        for referer in ["https://evil.example/", "//evil.example", "nonsense", "javascript:alert(1)", "http://localhost:3000.evil.example/"] {
            for (method, path) in [("GET", "/fn/calendar/managed"), ("GET", "/fn/calendar/business?org=alpha"), ("POST", "/fn/auth/log-in")] {
                let request = Request::builder().method(method).uri(path).header("sec-fetch-site", "same-origin");
                let request = request.header(header::REFERER, referer).header(header::ACCEPT, "text/html");
                let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::empty());
                let answer = site.send(request.expect("a request")).await;
                let to = answer.location();
                assert!(!answer.status.is_server_error() && (to.is_empty() || to.starts_with('/') && !to.starts_with("//")), "{method} {path} {referer}: {to}");
            }
        }
    }

    /// Arguments that can't be read are the sender's mistake, not ours; so is a method that an address doesn't take.
    async fn what_cannot_be_read_is_no_error_of_ours(site: Site) {
        let refused = site.packed::<()>(None, "/fn/auth/log-in", &[("nothing", "x")]).await.expect_err("it can't be read");
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        let request = Request::delete("/api/v1/orgs/alpha/calendar/services").body(Body::empty()).expect("a request");
        let refused = site.send(request).await;
        assert_eq!((refused.status, refused.json()["status"].as_u64()), (StatusCode::METHOD_NOT_ALLOWED, Some(405)));
        assert!(refused.headers.contains_key(header::ALLOW));
    }

    /// What comes with a session comes with its token: a change that our own page didn't send does nothing, whatever the browser
    /// says of where it comes from.
    async fn a_change_without_the_sessions_token_is_refused(site: Site) {
        let (owner, other) = (site.log_in("alpha").await, site.log_in("alpha").await);
        let theirs = site.forgery_token(&owner).await;
        let send = async |cookie: &str, header: Option<&str>, field: Option<&str>, page: bool| {
            let body = field.map_or_else(|| "name=Casey".to_owned(), |token| format!("name=Casey&csrf={token}"));
            let request = Request::post("/fn/auth/change-name")
                .header("sec-fetch-site", "same-origin")
                .header(header::COOKIE, cookie)
                .header(header::REFERER, format!("{ORIGIN}/account/name"))
                .header(header::ACCEPT, if page { "text/html" } else { "application/octet-stream" })
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let request = match header {
                Some(token) => request.header("x-csrf-token", token),
                None => request,
            };
            site.send_as_it_is(request.body(Body::from(body)).expect("a request")).await
        };
        let another = site.forgery_token(&other).await;
        let long = "A".repeat(5000);
        for wrong in [None, Some(""), Some("x"), Some(another.as_str()), Some(&theirs[1..]), Some(long.as_str())] {
            for page in [true, false] {
                for (header, field) in [(wrong, None), (None, wrong)] {
                    let refused = send(&owner, header, field, page).await;
                    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{wrong:?} {page}");
                }
            }
        }
        // The page comes back with what was typed, and with a token that is good.
        let page = send(&owner, None, None, true).await;
        assert!(page.text.contains("You logged in again") && page.text.contains("value=\"Casey\"") && page.text.contains(&theirs), "{}", page.text);
        assert!(!site.get_as(&owner, "/account").await.text.contains("Casey"), "nothing was done");
        assert_eq!(send(&owner, None, Some(&theirs), true).await.status, StatusCode::FOUND);
        assert_eq!(send(&owner, Some(&theirs), None, false).await.status, StatusCode::OK);

        // The same for the JSON API with a session; a program has its own token, and no session.
        let body = json!({ "name": "Alpha Clinic", "zone": "Australia/Sydney", "version": 1 });
        let change = async |token: &str| {
            let request = Request::put(DETAILS).header("sec-fetch-site", "same-origin").header(header::COOKIE, &owner);
            let request = request.header("x-csrf-token", token).header(header::CONTENT_TYPE, "application/json");
            site.send_as_it_is(request.body(Body::from(body.to_string())).expect("a request")).await.status
        };
        assert_eq!(change("").await, StatusCode::FORBIDDEN);
        assert_eq!(change(&another).await, StatusCode::FORBIDDEN);
        assert_ne!(change(&theirs).await, StatusCode::FORBIDDEN);

        // Our own pages can read the token; it is given once, and to who has a session only.
        let first = site.get_as(&owner, "/account").await;
        let line = first.headers.get_all(header::SET_COOKIE).iter().find_map(|line| line.to_str().ok().filter(|line| line.starts_with("devalo_csrf=")));
        let line = line.expect("the token");
        assert!(line.contains(&theirs) && line.contains("SameSite=Strict") && !line.contains("HttpOnly"), "{line}");
        let again = site.get_as(&format!("{owner}; devalo_csrf={theirs}"), "/account").await;
        assert!(again.headers.get(header::SET_COOKIE).is_none());
        assert!(site.get("/login").await.headers.get(header::SET_COOKIE).is_none());
    }

    /// Each answer has a name by which the log knows it, and never one that the client made up.
    async fn every_answer_has_a_name(site: Site) {
        let mut names = std::collections::BTreeSet::new();
        for path in ["/", "/nothing-here", "/api/v1/orgs/alpha/details", "/healthz", "/fn/none"] {
            let request = Request::get(path).header("x-request-id", "mine\u{a0}").body(Body::empty()).expect("a request");
            let answer = site.send(request).await;
            let name = answer.headers["x-request-id"].to_str().expect("text").to_owned();
            assert!(name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
            names.insert(name);
        }
        assert_eq!(names.len(), 5);
    }

    /// A name that looks like HTML is text wherever it stands, the page's title included.
    async fn a_name_is_text_in_the_title_too(site: Site) {
        let owner = site.log_in("alpha").await;
        let mut details = site.get_as(&owner, DETAILS).await.json();
        details["name"] = json!("</title><meta http-equiv=refresh content=0;url=//evil>");
        let saved = site.json(Method::PUT, Some(&owner), DETAILS, &details).await;
        assert!(saved.status.is_success(), "{saved:?}");
        for page in ["/b/alpha", "/b/alpha/follow-up"] {
            let html = site.get(page).await.text;
            assert!(html.contains("&lt;/title&gt;"), "{html}");
            assert!(!html.contains("</title><meta http-equiv"), "{html}");
        }
    }

    /// A flood of log-ins takes turns at the processors; those who come when there are too many are told to try again.
    async fn a_flood_of_log_ins_takes_turns(site: Site) {
        let tries = (0..400).map(|n| {
            let site = &site;
            async move {
                let email = format!("nobody@flood{n}.example");
                site.form(None, "/fn/auth/log-in", "", &[("email", &email), ("password", "wrong wrong wrong")]).await.status
            }
        });
        let statuses = futures::future::join_all(tries).await;
        let count = |wanted: StatusCode| statuses.iter().filter(|status| **status == wanted).count();
        assert!(count(StatusCode::UNAUTHORIZED) > 0 && count(StatusCode::TOO_MANY_REQUESTS) > 0, "{statuses:?}");
        let told = count(StatusCode::TOO_MANY_REQUESTS) + count(StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(count(StatusCode::UNAUTHORIZED) + told, 400, "{statuses:?}");
        site.log_in("alpha").await;
    }

    /// What is remembered of the page that a form is on is that page's path and nothing more; and of a private link not for long.
    async fn a_page_is_remembered_without_more(site: Site) {
        let wrong = [("email", "owner@alpha.example.com"), ("password", "a guess")];
        let cookie = async |referer: &str| {
            let answer = site.form(None, "/fn/auth/log-in", referer, &wrong).await;
            let lines = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
            lines.map(str::to_owned).find(|line| line.starts_with("devalo_back=")).unwrap_or_default()
        };
        assert!(cookie("/login?next=/app").await.starts_with("devalo_back=/login?next=/app; Path=/fn; Max-Age=3600;"));
        for odd in ["/login?next=/a;Domain=localhost;Path=/", "/login?next=/a,b", "/login?next=%22a%22;x"] {
            assert_eq!(cookie(odd).await, "", "{odd}");
        }
        let private = format!("/login/reset/mail_{}", "A".repeat(43));
        assert!(cookie(&private).await.contains("; Max-Age=600;"));
    }

    /// An address under /fn that isn't there, and a way of asking that isn't, are refused in words of ours.
    async fn odd_functions_are_refused_in_our_words(site: Site) {
        for (method, path, status) in [
            (Method::GET, "/fn/nope", StatusCode::NOT_FOUND), (Method::POST, "/fn/auth", StatusCode::NOT_FOUND),
            (Method::PUT, "/fn/auth/log-out", StatusCode::METHOD_NOT_ALLOWED), (Method::GET, "/fn/auth/log-in", StatusCode::METHOD_NOT_ALLOWED),
            (Method::GET, "/\\evil.example/", StatusCode::NOT_FOUND),
        ] {
            let Ok(request) = Request::builder().method(method.clone()).uri(path).header("sec-fetch-site", "same-origin").body(Body::empty()) else { continue };
            let answer = site.send(request).await;
            assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
            assert!(!answer.text.contains("server function"), "{}", answer.text);
        }
    }

    /// A page's program is told how long to wait, as a form is.
    async fn a_wait_says_how_long(site: Site) {
        for _ in 0..5 {
            let _wrong = site.packed::<()>(None, "/fn/auth/log-in", &[("email", "nobody@wait.example"), ("password", "a guess")]).await;
        }
        let held = site.packed::<()>(None, "/fn/auth/log-in", &[("email", "nobody@wait.example"), ("password", "a guess")]).await;
        let held = held.expect_err("it is refused");
        assert_eq!(held.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(held.headers[header::RETRY_AFTER], "1");
    }

    /// A header that any browser may send by itself doesn't stand in for the proof that a request is ours.
    async fn an_authorization_header_is_no_way_around(site: Site) {
        let owner = site.log_in("alpha").await;
        for value in ["Basic eDp5", "Bearer", "Bearer "] {
            let request = Request::post("/api/v1/orgs/alpha/tokens")
                .header(header::COOKIE, &owner)
                .header(header::AUTHORIZATION, value)
                .header(header::ORIGIN, "https://evil.example")
                .header("sec-fetch-site", "cross-site")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(json!({ "name": "t", "scopes": ["calendar.set_up"] }).to_string()))
                .expect("a request");
            let answer = site.send(request).await;
            assert!(matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED), "{value}: {answer:?}");
        }
    }

    /// An address that is spelt another way is no way around the rules that hold for it.
    async fn addresses_have_one_spelling(site: Site) {
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let made = site.book("alpha", "spelling-key", &booking("follow-up", &start)).await.json();
        let token = made["token"].as_str().expect("a token");
        for path in [format!("/x/../manage/{token}"), format!("//manage/{token}"), format!("/./manage/{token}")] {
            let answer = site.get(&path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert!(!answer.text.contains("Casey"), "{path}");
        }
        let longer = site.get(&format!("/manage/{token}/?reschedule=1")).await;
        assert_eq!(longer.status, StatusCode::PERMANENT_REDIRECT);
        assert_eq!(longer.location(), format!("/manage/{token}?reschedule=1"));
        // What the server has no route for, the app's own router must not find one for.
        let odd = site.get(&format!("/manage/{token}/%2e")).await;
        assert!(odd.status == StatusCode::NOT_FOUND && !odd.text.contains("Casey"), "{odd:?}");
        assert_eq!(odd.headers[header::CACHE_CONTROL], "no-store");
    }

    /// What isn't an address of a site at all is refused, and nothing panics.
    async fn odd_requests_are_refused(site: Site) {
        let connect = Request::builder().method(Method::CONNECT).uri("evil.example:80").body(Body::empty());
        assert_eq!(site.send(connect.expect("a request")).await.status, StatusCode::METHOD_NOT_ALLOWED);
        let star = Request::builder().method(Method::OPTIONS).uri("*").body(Body::empty());
        assert_eq!(site.send(star.expect("a request")).await.status, StatusCode::BAD_REQUEST);
        let long = format!("/b/alpha/follow-up?zone={}", "A".repeat(60_000));
        assert_eq!(site.get(&long).await.status, StatusCode::BAD_REQUEST);
    }

    /// A page isn't made many times larger by what its address says.
    async fn what_an_address_says_isnt_repeated(site: Site) {
        let plain = site.get("/b/alpha/follow-up").await.text.len();
        let long = site.get(&format!("/b/alpha/follow-up?zone={}", "A".repeat(3000))).await;
        assert!(long.text.len() < plain + 20_000, "{} bytes, {plain} without", long.text.len());
    }

    /// Too much is refused in our own words, by its length or by what comes.
    async fn too_much_is_refused_in_our_words(site: Site) {
        for length in [None, Some(300_000)] {
            let mut request = Request::post("/api/v1/orgs/alpha/calendar/bookings")
                .header(header::CONTENT_TYPE, "application/json")
                .header("idempotency-key", "much-too-much");
            if let Some(length) = length {
                request = request.header(header::CONTENT_LENGTH, length);
            }
            let answer = site.send(request.body(Body::from(vec![b' '; 300_000])).expect("a request")).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
            assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json", "{length:?}");
        }
    }

    /// A name shows, and doesn't turn what stands beside it about.
    async fn a_name_can_be_seen(site: Site) {
        let start = site.slots("alpha", "follow-up").await[0].clone();
        for (n, name) in ["\u{200b}", "\u{3164}", "\u{ad}\u{feff}", "Casey\u{202e}", "—"].iter().enumerate() {
            let mut body = booking("follow-up", &start);
            body["name"] = json!(name);
            let answer = site.book("alpha", &format!("unseen-key-{n}"), &body).await;
            assert_eq!((answer.status, answer.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["name".to_owned()]), "{name:?}");
        }
        for (n, name) in ["Ngaire O’Brien-Smith", "李小龍", "José", "X Æ A-12"].iter().enumerate() {
            let mut body = booking("follow-up", &site.slots("alpha", "follow-up").await[0]);
            body["name"] = json!(name);
            assert_eq!(site.book("alpha", &format!("seen-key-{n}"), &body).await.status, StatusCode::CREATED, "{name}");
        }
    }

    /// A copy of a session’s cookie is good for nothing once its owner has changed how they log in: at once, without the moment that
    /// requests on their way have.
    async fn a_copied_cookie_ends_with_a_change(site: Site) {
        let mut cookie = site.log_in("alpha").await;
        let mut phone = Device::default();
        for change in ["app", "codes", "passkey", "no passkey", "no app"] {
            let copy = cookie.clone();
            let post = async |path: &str, fields: &[(&str, &str)]| site.form(Some(&copy), path, "/account", fields).await.cookie();
            let next = match change {
                "app" => Some(site.enrol(&copy).await),
                "codes" => post("/fn/auth/new-recovery-codes", &[]).await,
                "passkey" => device::add(&site, &copy, &mut phone, "Phone").await.cookie(),
                "no passkey" => {
                    let page = site.get_as(&copy, "/account").await.text;
                    let form = page.split("/fn/auth/passkey-remove").nth(1).expect("a passkey");
                    let id = form.split("name=\"id\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("its id");
                    post("/fn/auth/passkey-remove", &[("id", id)]).await
                }
                _ => post("/fn/auth/remove-factor", &[]).await,
            };
            cookie = next.unwrap_or_else(|| panic!("another cookie: {change}"));
            for path in ["/app/alpha/calendar", "/account", "/account/password"] {
                assert_eq!(site.get_as(&copy, path).await.status, StatusCode::UNAUTHORIZED, "{change}: {path}");
                assert_eq!(site.get_as(&cookie, path).await.status, StatusCode::OK, "{change}: {path}");
            }
        }
        // None of it gives more time for changes than showing who one is did.
        site.set_clock("2026-11-22T22:10:00Z");
        let late = site.form(Some(&cookie), "/fn/auth/change-password", "/account/password", &[("password", "another long and quiet one")]).await;
        assert_eq!(late.status, StatusCode::FORBIDDEN);
    }

    /// A stream ends with the session that it was opened in, events or not.
    async fn a_stream_ends_with_its_session(site: Site) {
        use futures::StreamExt;
        let owner = site.log_in("alpha").await;
        let request = Request::get("/app/alpha/live").header(header::COOKIE, &owner).body(Body::empty()).expect("a request");
        let response = tower::ServiceExt::oneshot(site.router.clone(), request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        let mut frames = response.into_body().into_data_stream();
        frames.next().await.expect("hello").expect("bytes");
        let listening = tokio::spawn(async move { while frames.next().await.is_some_and(|frame| frame.is_ok()) {} });
        // What was missed is read at once; the rest of the stream waits for events or for its next beat.
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(!listening.is_finished());
        let out = site.form(Some(&owner), "/fn/auth/log-out", "", &[]).await;
        assert!(out.status.is_redirection() || out.status.is_success(), "{out:?}");
        let ended = tokio::time::timeout(Duration::from_secs(20), listening).await;
        ended.expect("the stream ends within its next beat").expect("no panic");
    }
}

/// Whoever floods one process has nothing left at the others of the same database; what is known by a secret address is told without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_one_process_is_counted_by_all() {
    let site = Site::postgres().await;
    let other = site.another_process().await;
    for process in [&site, &other] {
        tokio::spawn(app::others::keep_in_touch(process.platform.clone(), &app::permissions::ENTER));
    }
    let ask = async |process: &Site, place: &str, path: &str| {
        let mut request = Request::builder().method(if path.starts_with("/api") { Method::POST } else { Method::GET });
        request = request.uri(path).header(header::CONTENT_TYPE, "application/json");
        let mut request = request.body(Body::from("{}")).expect("a request");
        request.extensions_mut().insert(ClientAddress(place.parse().expect("an address")));
        process.send(request).await.status == StatusCode::TOO_MANY_REQUESTS
    };
    let booking = "/api/v1/orgs/alpha/calendar/bookings";
    let mut heard = other.platform.shared_limits.elsewhere();
    let used_up = async |place: &str, path: &str| {
        for _ in 0..200 {
            if ask(&site, place, path).await {
                return;
            }
        }
        panic!("{path} has no limit");
    };
    let told = async {
        // They find each other first; until then nobody hears.
        used_up("203.0.113.7", booking).await;
        while heard.recv().await.expect("it is told").limit != "public" {}
    };
    tokio::time::timeout(TOLD, told).await.expect("it is told");
    let began = tokio::time::Instant::now();
    let mut asked = 0;
    while !ask(&other, "203.0.113.7", booking).await {
        asked += 1;
        // One comes back each second.
        assert!(asked < 20 && began.elapsed() < TOLD, "it has everything left");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!ask(&other, "203.0.113.8", booking).await, "others go on");
    used_up("203.0.113.9", "/cal/a-secret-address").await;
    let told = async {
        loop {
            let taken = heard.recv().await.expect("it is told");
            if taken.limit == "feed" {
                return taken.place;
            }
        }
    };
    let place = tokio::time::timeout(TOLD, told).await.expect("it is told");
    assert!(place.len() == 32 && !place.contains("secret"), "{place}");
}
