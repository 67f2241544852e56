//! The JSON API: its description, tokens, pages, and setting things up through it.

use std::collections::BTreeMap;

use app::{db::Access, platform_sql, tokens};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::{on_both, statements::product_sources, support::booking};

/// No two things that the API takes or gives share a name in its description: one of them would be described as the other.
#[test]
fn what_is_described_has_a_name_of_its_own() {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, source) in product_sources() {
        for name in described(&source) {
            names.entry(name).or_default().push(path.clone());
        }
    }
    assert!(names.len() > 100, "only {}", names.len());
    assert!(names.contains_key("TaskMoveBody") && names.contains_key("MoveBody"));
    let shared: Vec<_> = names.iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(shared.is_empty(), "{shared:?}");
    let over_lines = "#[derive(\n    Debug,\n    utoipa::ToSchema,\n)]\n#[schema(\n    as = Called,\n)]\npub struct Typed {\n}\npub struct Other;";
    assert_eq!(described(over_lines), ["Called"]);
}

/// What a source declares to be described, by the names in the description.
fn described(source: &str) -> Vec<String> {
    let (mut names, mut is_described, mut called) = (Vec::new(), false, None);
    for line in with_whole_attributes(source) {
        if line.starts_with("#[derive(") {
            (is_described, called) = (line.contains("ToSchema"), None);
        } else if let Some((_, rest)) = line.split_once("schema(as = ") {
            called = rest.split([',', ')']).next().map(str::to_owned);
        } else if is_described && let Some(name) = named(&line) {
            is_described = false;
            // A macro names ids alone, and those are described alike whatever they are of.
            names.extend(Some(called.take().unwrap_or(name)).filter(|name| !name.is_empty()));
        }
    }
    names
}

/// The lines of a source, with each attribute on one, however many it takes.
fn with_whole_attributes(source: &str) -> Vec<String> {
    let is_open = |line: &str| line.starts_with("#[") && line.matches('[').count() > line.matches(']').count();
    let mut lines: Vec<String> = Vec::new();
    for line in source.lines().map(str::trim) {
        match lines.last_mut().filter(|last| is_open(last)) {
            Some(attribute) => attribute.push_str(line),
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

/// What a line begins to declare.
fn named(line: &str) -> Option<String> {
    let (before, rest) = line.split_once("struct ").or_else(|| line.split_once("enum "))?;
    let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    (before.is_empty() || before.starts_with("pub")).then_some(name)
}

on_both! {
    /// The description is OpenAPI 3.1 and says of every route what it takes and gives.
    async fn the_api_describes_itself(site: Site) {
        let description = site.get("/api/v1/openapi.json").await.json();
        assert!(description["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{description}");
        let paths = description["paths"].as_object().expect("paths");
        assert!(paths.len() >= 15, "{:?}", paths.keys());
        for (path, methods) in paths {
            for (method, operation) in methods.as_object().expect("methods") {
                assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path} has no summary");
                assert!(operation["responses"]["default"].is_object(), "{method} {path} doesn't describe its errors");
            }
        }
    }

    /// A token is shown once, works within its scopes, and stops working when it is revoked.
    async fn tokens_work_until_revoked(site: Site) {
        let cookie = site.log_in("alpha").await;
        let wanted = json!({ "name": "Reception screen", "scopes": ["calendar.appointments.view"] });
        let made = site.json(Method::POST, Some(&cookie), "/api/v1/orgs/alpha/tokens", &wanted).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
        let listed = site.get_as(&cookie, "/api/v1/orgs/alpha/tokens").await;
        assert!(!listed.text.contains(&secret), "the secret is shown once");
        assert!(!String::from_utf8_lossy(&site.raw_dump().await).contains(&secret), "and never stored");

        let path = "/api/v1/orgs/alpha/calendar/appointments";
        assert_eq!(site.bearer(&secret, path).await.status, StatusCode::OK);
        assert_eq!(site.bearer(&secret, "/api/v1/orgs/beta/calendar/appointments").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.bearer(&secret, "/api/v1/orgs/alpha/calendar/staff").await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.bearer(&secret, "/api/v1/orgs/alpha/tokens").await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.bearer("dvl_nonsense", path).await.status, StatusCode::UNAUTHORIZED);

        let id = made.json()["id"].as_str().expect("an id").to_owned();
        let revoked = site.json(Method::DELETE, Some(&cookie), &format!("/api/v1/orgs/alpha/tokens/{id}"), &Value::Null).await;
        assert_eq!(revoked.status, StatusCode::NO_CONTENT);
        assert_eq!(site.bearer(&secret, path).await.status, StatusCode::UNAUTHORIZED);
    }

    /// A token can't be given scopes that don't exist, nor the right to make tokens.
    async fn tokens_cannot_outgrow_their_scopes(site: Site) {
        let cookie = site.log_in("alpha").await;
        for scope in ["everything", "platform.tokens", "calendar.book", ""] {
            let wanted = json!({ "name": "Greedy", "scopes": [scope] });
            let made = site.json(Method::POST, Some(&cookie), "/api/v1/orgs/alpha/tokens", &wanted).await;
            assert_eq!((made.status, made.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["scopes".to_owned()]), "{scope}");
        }
    }

    /// Each scope that a token can be given opens at least one path, and one from before that opens none breaks nothing.
    async fn every_scope_opens_a_path(site: Site) {
        let description = site.get("/api/v1/openapi.json").await.text;
        let scopes: Vec<&str> = tokens::scopes().map(|scope| scope.name).collect();
        assert!(scopes.len() > 2, "{scopes:?}");
        for scope in scopes {
            assert!(description.contains(&format!("\"token\":[\"{scope}\"]")), "{scope} opens nothing");
        }
        let cookie = site.log_in("alpha").await;
        let wanted = json!({ "name": "Old", "scopes": ["calendar.appointments.view"] });
        let made = site.json(Method::POST, Some(&cookie), "/api/v1/orgs/alpha/tokens", &wanted).await.json();
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE api_tokens SET scopes = 'calendar.appointments.view platform.audit platform.plan'").expect("as it was");
        tx.commit().await.expect("a commit");
        let secret = made["secret"].as_str().expect("a secret");
        assert_eq!(site.bearer(secret, "/api/v1/orgs/alpha/calendar/appointments").await.status, StatusCode::OK);
        let page = site.get_as(&cookie, "/app/alpha/settings/tokens").await;
        assert!(page.status == StatusCode::OK && page.text.contains("Read the audit log"), "what it may do is still said");
    }

    /// Whoever may not make a change hears so before anything is said of what they sent, on every path that takes a body.
    async fn who_may_not_hears_nothing_of_the_body(site: Site) {
        let description = site.get("/api/v1/openapi.json").await.json();
        let stranger = site.log_in("beta").await;
        let mut tried = 0;
        for (path, methods) in description["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                let public = path.contains("/manage/") || ["/bookings", "/waitlist"].iter().any(|end| path.ends_with(end)) || path.contains("/holds");
                if method == "get" || operation["requestBody"].is_null() || public {
                    continue;
                }
                let tokens = path.ends_with("/tokens");
                assert!(tokens || operation["security"][0]["token"][0].is_string(), "{method} {path} doesn't say what it takes");
                let path = path.replace("{org}", "alpha").replace("{id}", "x").replace("{date}", "2026-11-25").replace("{module}", "calendar");
                let method: Method = method.to_uppercase().parse().expect("a method");
                let nobody = site.json(method.clone(), None, &path, &json!("nonsense")).await;
                assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{method} {path}: {nobody:?}");
                let made_up = Request::builder().method(method.clone()).uri(&path).header(header::AUTHORIZATION, "Bearer dvl_nonsense").body(Body::from("{"));
                let made_up = site.send(made_up.expect("a request")).await.status;
                assert_eq!(made_up, StatusCode::UNAUTHORIZED, "{method} {path}");
                if !tokens {
                    let other = site.json(method.clone(), Some(&stranger), &path, &json!("nonsense")).await;
                    assert_eq!(other.status, StatusCode::NOT_FOUND, "{method} {path}: {other:?}");
                }
                tried += 1;
            }
        }
        assert!(tried >= 9, "only {tried}");
    }

    /// Page after page gives every appointment once, in order.
    async fn pages_follow_each_other(site: Site) {
        let cookie = site.log_in("alpha").await;
        let all = "/api/v1/orgs/alpha/calendar/appointments?from=2026-11-01T00:00:00Z&until=2027-02-01T00:00:00Z";
        let whole = site.get_as(&cookie, &format!("{all}&limit=200")).await.json();
        let ids = |page: &Value| -> Vec<String> {
            page["items"].as_array().expect("items").iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
        };
        let expected = ids(&whole);
        assert!(expected.len() > 20);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = site.get_as(&cookie, &format!("{all}&limit=7{cursor}")).await.json();
            seen.extend(ids(&page));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, expected);
        for bad in ["limit=0", "limit=201", "cursor=x", "from=x", "until=2020-01-01T00:00:00Z"] {
            let answer = site.get_as(&cookie, &format!("/api/v1/orgs/alpha/calendar/appointments?{bad}")).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        let many = site.get_as(&cookie, "/api/v1/orgs/alpha/calendar/appointments?limit=many").await;
        assert!(many.status == StatusCode::BAD_REQUEST && many.text.contains("“limit” takes a whole number."), "{many:?}");
    }

    /// An admin sets up a person, their hours and a service; the public can book it; a closed date takes the times away.
    async fn a_business_is_set_up(site: Site) {
        let cookie = site.log_in("alpha").await;
        let base = "/api/v1/orgs/alpha/calendar";
        let send = async |method: Method, path: &str, body: Value| site.json(method, Some(&cookie), &format!("{base}{path}"), &body).await;
        let staff = send(Method::POST, "/staff", json!({ "name": "New Person" })).await.json()["id"].as_str().expect("an id").to_owned();
        let hours = json!([{ "weekday": 3, "start_minute": 540, "end_minute": 660 }]);
        assert_eq!(send(Method::PUT, &format!("/staff/{staff}/hours"), hours).await.status, StatusCode::NO_CONTENT);
        let service = json!({
            "slug": "new-service", "name": "New service", "duration_minutes": 60, "interval_minutes": 60, "window_days": 10, "price_cents": 4200, "staff": [staff],
        });
        let made = send(Method::POST, "/services", service.clone()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        // Wednesday 25 November, 9 and 10 am in Sydney; the next Wednesday is within the ten days as well.
        assert_eq!(site.slots("alpha", "new-service").await, ["2026-11-24T22:00:00Z", "2026-11-24T23:00:00Z", "2026-12-01T22:00:00Z", "2026-12-01T23:00:00Z"]);

        let date = format!("/staff/{staff}/dates/2026-11-25");
        assert_eq!(send(Method::PUT, &date, json!({ "windows": [] })).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.slots("alpha", "new-service").await, ["2026-12-01T22:00:00Z", "2026-12-01T23:00:00Z"]);
        assert_eq!(send(Method::PUT, &date, json!({ "windows": [{ "start_minute": 780, "end_minute": 840 }] })).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.slots("alpha", "new-service").await.first().map(String::as_str), Some("2026-11-25T02:00:00Z"));
        assert_eq!(send(Method::DELETE, &date, Value::Null).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.slots("alpha", "new-service").await.len(), 4);

        let id = made.json()["id"].as_str().expect("an id").to_owned();
        let mut hidden = service;
        hidden["active"] = json!(false);
        hidden["version"] = json!(1);
        assert_eq!(send(Method::PUT, &format!("/services/{id}"), hidden).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.get("/b/alpha/new-service").await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.book("alpha", "hidden-key-1", &booking("new-service", "2026-11-24T22:00:00Z")).await.status, StatusCode::NOT_FOUND);
    }

    /// Search engines find the public pages and nothing private.
    async fn search_engines_are_told(site: Site) {
        let map = site.get("/sitemap.xml").await;
        assert_eq!(map.headers["content-type"], "application/xml; charset=utf-8");
        for path in ["/", "/b/alpha", "/b/alpha/follow-up", "/b/beta"] {
            assert!(map.text.contains(&format!("<loc>http://localhost:3000{path}</loc>")), "{path}");
        }
        let robots = site.get("/robots.txt").await.text;
        assert!(robots.contains("Disallow: /manage") && robots.contains("Sitemap: http://localhost:3000/sitemap.xml"));
        let page = site.get("/b/alpha").await.text;
        for part in ["<title>", "name=\"description\"", "<link href=\"http://localhost:3000/b/alpha\" rel=\"canonical\">", "property=\"og:title\"", "LocalBusiness", "OpeningHoursSpecification", "\"Offer\""] {
            assert!(page.contains(part), "the page lacks {part}");
        }
        let service = site.get("/b/alpha/follow-up").await.text;
        assert!(service.contains("\"Service\"") && service.contains("\"price\":\"95.00\""), "the service's offer");
    }
}
