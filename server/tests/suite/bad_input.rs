//! Whatever is sent: a clear message at the right field, the right status, nothing half-written, never a 500.

use app::auth::accounts::{self, NewOrg};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{
    booking_page::made,
    on_both,
    support::{PASSWORD, booking},
};

on_both! {
    /// Things that don't exist are 404, on pages and in the API.
    async fn unknown_things_are_not_found(site: Site) {
        for path in [
            "/b/nobody", "/b/nobody/follow-up", "/b/alpha/no-such-service", "/manage/not-a-token", "/manage/not-a-token.ics", "/no/such/page",
            "/api/v1/orgs/nobody/calendar/services", "/api/v1/orgs/alpha/calendar/services/none/slots", "/api/v1/nothing",
            "/b/%00", "/b/alpha/%00", "/api/v1/orgs/%00/calendar/services", "/api/v1/orgs/alpha/calendar/services/%00/slots", "/b/%F0%9F%98%80", "/b/..%2f..%2fetc", "/favicon.nothing",
        ] {
            let answer = site.get(path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text);
        }
    }

    /// An address that isn't text leads nowhere, and says so in our words.
    async fn addresses_that_are_no_text_are_not_found(site: Site) {
        let owner = site.log_in("alpha").await;
        for path in [
            "/app/%ff/settings/audit.csv", "/app/%ff/live", "/manage/%ff.ics", "/api/v1/orgs/%ff/details", "/api/v1/orgs/%ff/tokens",
            "/api/v1/orgs/%ff/calendar/services", "/api/v1/orgs/alpha/calendar/staff/%ff", "/api/v1/calendar/manage/%ff",
        ] {
            let answer = site.get_as(&owner, path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text);
            assert!(answer.text.contains("We couldn’t find that"), "{path}: {}", answer.text);
        }
        let write = site.json(Method::PUT, Some(&owner), "/api/v1/orgs/%ff/details", &json!({})).await;
        assert!(write.status == StatusCode::NOT_FOUND && write.text.contains("We couldn’t find that"), "{write:?}");
    }

    /// Names stand in letters: what looks like an address to click on is refused, of people and of organisations.
    async fn names_hold_no_addresses(site: Site) {
        let owner = site.log_in("alpha").await;
        let rename = async |name: &str| site.form(Some(&owner), "/fn/auth/change-name", "/account/name", &[("name", name)]).await;
        for evil in ["http://evil.example", "evil.com", "Casey, see Evil.com/pay", "www.evil", "casey@evil.com.au", "evil。com"] {
            let renamed = rename(evil).await;
            assert_eq!(renamed.status, StatusCode::UNPROCESSABLE_ENTITY, "{evil}: {}", renamed.text);
            assert!(renamed.text.contains("without a web address"), "{evil}: {}", renamed.text);
        }
        for name in ["St. John", "J.R. Smith", "Dr.Lee", "O’Brien & Co."] {
            assert_eq!(rename(name).await.status, StatusCode::FOUND, "{name}");
        }
        let evil = "evil.com";
        let mut details = site.get_as(&owner, "/api/v1/orgs/alpha/details").await.json();
        details["name"] = json!(format!("Alpha, see {evil}"));
        let saved = site.json(Method::PUT, Some(&owner), "/api/v1/orgs/alpha/details", &details).await;
        assert_eq!((saved.status, saved.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["name".to_owned()]));
        let made = accounts::create_user(&site.platform, "evil@example.com", evil, PASSWORD).await;
        assert!(made.is_err_and(|error| error.field_message("name").is_some()));
        let org = NewOrg { slug: "evil".to_owned(), name: evil.to_owned(), zone: "Australia/Perth".to_owned(), ..NewOrg::default() };
        let user = accounts::create_user(&site.platform, "good@example.com", "Good: yes // no", PASSWORD).await.expect("a user");
        let made = accounts::create_org(&site.platform, &org, user, &[]).await;
        assert!(made.is_err_and(|error| error.field_message("name").is_some()));
    }

    /// Nobody passes for somebody else by letters of another alphabet: neither a person nor an organisation, nor in its address. A
    /// name that is all of another alphabet is as good as any.
    async fn names_imitate_nobody(site: Site) {
        let owner = site.log_in("alpha").await;
        let rename = async |name: &str| site.form(Some(&owner), "/fn/auth/change-name", "/account/name", &[("name", name)]).await;
        // With Cyrillic a, O and CO.
        for evil in ["P\u{430}ypal", "\u{41E}’Brien", "Acme \u{421}\u{41E}"] {
            let renamed = rename(evil).await;
            assert_eq!(renamed.status, StatusCode::UNPROCESSABLE_ENTITY, "{evil}: {}", renamed.text);
            assert!(renamed.text.contains("from another alphabet") && renamed.text.contains(&format!("value=\"{evil}\"")), "{evil}: {}", renamed.text);
        }
        for name in ["Нина", "李小龍 Bruce Lee", "Nguyễn Thị Minh Khai", "Owner of Alpha Clinic"] {
            assert_eq!(rename(name).await.status, StatusCode::FOUND, "{name}");
        }
        let mut details = site.get_as(&owner, "/api/v1/orgs/alpha/details").await.json();
        details["name"] = json!("Alph\u{430} Clinic");
        let saved = site.json(Method::PUT, Some(&owner), "/api/v1/orgs/alpha/details", &details).await;
        assert_eq!((saved.status, saved.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["name".to_owned()]));
        let user = accounts::create_user(&site.platform, "good@example.com", "Нина Smith", PASSWORD).await.expect("a user");
        for (slug, name, field) in [("good", "B\u{435}ta Clinic", "name"), ("b\u{435}ta", "Another", "slug")] {
            let org = NewOrg { slug: slug.to_owned(), name: name.to_owned(), zone: "Australia/Perth".to_owned(), ..NewOrg::default() };
            let made = accounts::create_org(&site.platform, &org, user, &[]).await;
            assert!(made.is_err_and(|error| error.field_message(field).is_some()), "{slug} {name}");
        }
    }

    /// A time that isn't on offer is refused with the reason, and nothing is written.
    async fn times_not_on_offer_are_refused(site: Site) {
        let before = site.slots("alpha", "follow-up").await;
        for (why, start, status) in [
            ("in the past", "2026-11-20T00:00:00Z", StatusCode::CONFLICT),
            ("inside the notice", "2026-11-22T23:00:00Z", StatusCode::CONFLICT),
            ("outside hours", "2026-11-24T16:00:00Z", StatusCode::CONFLICT),
            ("on a Sunday", "2026-11-29T00:00:00Z", StatusCode::CONFLICT),
            ("off the grid", "2026-11-24T00:07:00Z", StatusCode::CONFLICT),
            ("with seconds", "2026-11-24T00:00:30Z", StatusCode::CONFLICT),
            ("beyond the window", "2027-06-01T00:00:00Z", StatusCode::CONFLICT),
            ("in the year 9999", "9999-12-30T00:00:00Z", StatusCode::CONFLICT),
            ("before time", "-009999-01-02T01:59:59Z", StatusCode::CONFLICT),
            ("a nonexistent day", "2026-02-30T00:00:00Z", StatusCode::UNPROCESSABLE_ENTITY),
            ("without a zone", "2026-11-24T09:00:00", StatusCode::UNPROCESSABLE_ENTITY),
            ("of no type at all", "tomorrow", StatusCode::UNPROCESSABLE_ENTITY),
            ("empty", "", StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            let answer = site.book("alpha", &format!("bad-time-{}", why.len()), &booking("follow-up", start)).await;
            assert_eq!(answer.status, status, "{why}: {answer:?}");
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert!(answer.json()["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{why}: {answer:?}");
        }
        assert_eq!(site.slots("alpha", "follow-up").await, before, "nothing was taken");
    }

    /// Every field is checked, and all that are wrong are named at once.
    async fn fields_are_checked_together(site: Site) {
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let body = json!({ "service": "follow-up", "start": start, "name": "", "email": "a@b", "phone": "call me", "notes": "x".repeat(2001), "zone": "Mars/Olympus" });
        let answer = site.book("alpha", "short", &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mut fields = answer.fields();
        fields.sort();
        assert_eq!(fields, ["Idempotency-Key", "email", "name", "notes", "phone", "zone"]);
        for name in ["   ".to_owned(), "n".repeat(10_240), "bell\u{7}".to_owned(), "two\nlines".to_owned(), "\u{0}".to_owned()] {
            let mut body = booking("follow-up", &start);
            body["name"] = json!(name);
            let answer = site.book("alpha", "a-good-key", &body).await;
            assert_eq!((answer.status, answer.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["name".to_owned()]));
        }
        // None of the refusals used the key up.
        assert_eq!(site.book("alpha", "a-good-key", &booking("follow-up", &start)).await.status, StatusCode::CREATED);
    }

    /// Bodies that aren't what they should be.
    async fn broken_bodies_are_named(site: Site) {
        let path = "/api/v1/orgs/alpha/calendar/bookings";
        let send = async |kind: &str, body: String| {
            let request = Request::post(path).header(header::CONTENT_TYPE, kind).header("idempotency-key", "a-key-of-mine").body(Body::from(body));
            site.send(request.expect("a request")).await
        };
        assert_eq!(send("application/json", "{\"service\": ".to_owned()).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(send("application/json", String::new()).await.status, StatusCode::BAD_REQUEST);
        let cookie = site.log_in("alpha").await;
        let deep = format!("{{\"values\":{{\"a\":{}{}}}}}", "[".repeat(1000), "]".repeat(1000));
        let deep = Request::patch("/api/v1/orgs/alpha/tasks/tasks/T-1/fields")
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(deep));
        let deep = site.send(deep.expect("a request")).await;
        assert!(deep.status == StatusCode::BAD_REQUEST && deep.text.contains("nested too deep"), "{deep:?}");
        assert_eq!(send("text/plain", "{}".to_owned()).await.status, StatusCode::BAD_REQUEST);
        let missing = send("application/json", "{\"service\":\"follow-up\"}".to_owned()).await;
        assert_eq!((missing.status, missing.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["start".to_owned()]));
        let wrong = send("application/json", "{\"service\":\"follow-up\",\"start\":7}".to_owned()).await;
        assert_eq!((wrong.status, wrong.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["start".to_owned()]));
        let extra = send("application/json", "{\"service\":\"follow-up\",\"admin\":true}".to_owned()).await;
        assert_eq!(extra.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(send("application/json", format!("\"{}\"", "x".repeat(1 << 20))).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        let no_key = Request::post(path).header(header::CONTENT_TYPE, "application/json").body(Body::from(booking("follow-up", "x").to_string()));
        assert_eq!(site.send(no_key.expect("a request")).await.fields(), ["Idempotency-Key"]);
    }

    /// Whoever is refused before their body was read makes their next request on the same connection. Where too much is left of it, the answer says that the
    /// connection ends.
    async fn what_is_refused_says_whether_the_connection_goes_on(site: Site) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = site.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let (_, host) = site.platform.origin.split_once("://").expect("an address");
        let host = host.to_owned();
        let say = async |length: usize, sent: usize| {
            let mut stream = TcpStream::connect(address).await.expect("it connects");
            let head = format!("POST /api/v1/orgs/alpha/tokens HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.expect("sent");
            stream.write_all(" ".repeat(sent).as_bytes()).await.expect("sent");
            if sent == length {
                let next = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
                stream.write_all(next.as_bytes()).await.expect("sent");
            }
            let mut said = String::new();
            stream.read_to_string(&mut said).await.expect("an answer");
            said.to_lowercase()
        };
        let small = say(60_000, 60_000).await;
        let (refused, next) = small.split_once("http/1.1 200").unwrap_or_else(|| panic!("no second answer: {small}"));
        assert!(refused.starts_with("http/1.1 401") && !refused.contains("connection: close"), "{refused}");
        assert!(next.ends_with("ok"), "{next}");
        for length in [200_000, 2_000_000] {
            let large = say(length, 64 * 1024 + 1).await;
            assert!(large.starts_with("http/1.1 4") && large.contains("\r\nconnection: close\r\n"), "{length}: {large}");
        }
    }

    /// Odd queries of the public page: the page still comes, says what it couldn't read, and never fails.
    async fn odd_queries_keep_the_page(site: Site) {
        for (query, status) in [
            ("from=2026-11-30", 200), ("from=9999-12-31", 200), ("from=0001-01-01", 200), ("from=-9999-01-01", 422), ("from=nonsense", 422),
            ("month=2026-12", 200), ("month=9999-12", 200), ("month=13", 422), ("zone=Australia/Perth", 200), ("zone=Nowhere/Land", 422),
            ("start=2026-11-24T00:00:00Z", 200), ("start=9999-12-30T00:00:00Z", 200), ("start=9999-12-31T23:59:59Z", 422), ("start=x", 422),
        ] {
            let answer = site.get(&format!("/b/alpha/follow-up?{query}")).await;
            assert_eq!(answer.status.as_u16(), status, "{query}");
            assert!(answer.text.contains("Follow-up treatment"), "{query}");
        }
    }

    /// Many at once get the page whole, each time: rendering runs on several threads.
    async fn many_at_once_get_the_page(site: Site) {
        let ask = |n: usize| {
            let router = site.router.clone();
            tokio::spawn(async move {
                let path = format!("/b/alpha/follow-up?from=2026-12-{:02}&zone=Australia/{}", n % 28 + 1, ["Perth", "Hobart", "Eucla"][n % 3]);
                let request = Request::get(path).body(Body::empty()).expect("a request");
                tower::ServiceExt::oneshot(router, request).await.expect("an answer").status()
            })
        };
        let asked: Vec<_> = (0..300).map(ask).collect();
        for answer in asked {
            assert_eq!(answer.await.expect("no panic"), StatusCode::OK);
        }
    }

    /// A form with a missing or wrong field, or much too large, is answered kindly.
    async fn broken_forms_are_answered(site: Site) {
        let missing = site.form(None, "/fn/calendar/book", "/b/alpha/follow-up", &[("org", "alpha")]).await;
        assert_eq!(missing.status, StatusCode::BAD_REQUEST);
        let long = "x".repeat(1 << 20);
        let huge = site.form(None, "/fn/calendar/book", "/b/alpha/follow-up", &[("org", &long)]).await;
        assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
        let wrong = site.form(None, "/fn/calendar/cancel-own", "/manage/x", &[("token", "x"), ("version", "many")]).await;
        assert!(wrong.status.is_client_error(), "{wrong:?}");
    }

    /// What was typed comes back as text, whatever it looks like.
    async fn what_was_typed_is_only_text(site: Site) {
        let nasty = "</textarea><script>alert(1)</script>\"><b>";
        let made = made(&site, "follow-up", 30).await;
        let fields = [("org", "alpha"), ("service", "follow-up"), ("start", "x"), ("zone", ""), ("key", "a-key-of-mine"), ("name", nasty), ("email", nasty), ("phone", ""), ("notes", nasty), ("made", &made)];
        let page = format!("/b/alpha/follow-up?start={}", site.slots("alpha", "follow-up").await[0]);
        let answer = site.form(None, "/fn/calendar/book", &page, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains("&lt;/textarea&gt;"), "the notes are still there");
        assert!(!answer.text.contains("<script>alert"), "as text");
    }

    /// An admin's set-up is checked field by field too.
    async fn set_up_is_checked(site: Site) {
        let cookie = site.log_in("alpha").await;
        let body = json!({ "slug": "Bad Slug", "name": "", "duration_minutes": 0, "interval_minutes": 9999, "window_days": 0 });
        let answer = site.json(Method::POST, Some(&cookie), "/api/v1/orgs/alpha/calendar/services", &body).await;
        let mut fields = answer.fields();
        fields.sort();
        assert_eq!(fields, ["duration_minutes", "interval_minutes", "name", "slug", "window_days"]);
        let taken = json!({ "slug": "follow-up", "name": "Another", "duration_minutes": 30, "interval_minutes": 30, "window_days": 30 });
        assert_eq!(site.json(Method::POST, Some(&cookie), "/api/v1/orgs/alpha/calendar/services", &taken).await.status, StatusCode::CONFLICT);
    }
}
