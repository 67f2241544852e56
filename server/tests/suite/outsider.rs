//! A stranger, and another organisation's owner, call everything there is.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::Value;

use app::{auth::accounts, ui::forgery};

use crate::{
    on_both,
    support::{ORIGIN, Site, booking},
};

/// What anybody may call. It can only shrink: an entry that is no longer needed fails the test.
pub const PUBLIC: &[&str] = &[
    "GET /api/v1/orgs/{org}/calendar/services",
    "GET /api/v1/orgs/{org}/calendar/services/{service}/slots",
    "GET /api/v1/orgs/{org}/calendar/services/{service}/challenge",
    "POST /api/v1/orgs/{org}/calendar/bookings",
    "POST /api/v1/orgs/{org}/calendar/holds",
    "DELETE /api/v1/orgs/{org}/calendar/holds/{hold}",
    "POST /api/v1/orgs/{org}/calendar/waitlist",
    // By the token in the path, which the tests of private links look after.
    "GET /api/v1/calendar/manage/{token}",
    "POST /api/v1/calendar/manage/{token}/move",
    "POST /api/v1/calendar/manage/{token}/cancel",
    "GET /fn/calendar/business",
    "GET /fn/calendar/service",
    "GET /fn/calendar/managed",
    "POST /fn/calendar/book",
    "POST /fn/calendar/buy-package",
    "POST /fn/calendar/hold",
    "POST /fn/calendar/move-own",
    "POST /fn/calendar/cancel-own",
    // Joining, and then by a mailed token (`waitlist.rs`).
    "POST /fn/calendar/waitlist/join",
    "POST /fn/calendar/waitlist/take",
    "POST /fn/calendar/waitlist/decline",
    "POST /fn/calendar/waitlist/leave",
    "POST /fn/auth/log-in",
    "POST /fn/auth/passkey-begin",
    "POST /fn/auth/passkey-log-in",
    "POST /fn/auth/log-out",
    // A forgotten password: the answer tells nothing, and the links are by a mailed token (`recovery.rs`).
    "POST /fn/auth/ask-reset",
    "GET /fn/auth/reset-link",
    "POST /fn/auth/reset",
    "POST /fn/auth/measure-password",
    "GET /fn/auth/confirmation",
    "POST /fn/auth/confirm-email",
    // An invitation, by a mailed token (`invitations.rs`).
    "GET /fn/auth/invitation",
    "POST /fn/auth/join",
    // Signing up: for everybody, and then by a mailed token (`payments.rs`).
    "POST /fn/start/begin",
    "POST /fn/start/found",
    // A person's own organisations: nobody else's can be asked for.
    "GET /fn/auth/orgs",
];

/// What somebody does with their own account, whichever organisations they belong to: closed to strangers, and there is
/// nothing of anybody else in it to ask for (`second_factor.rs`). It can only shrink.
pub const OWN: &[&str] = &[
    "GET /fn/auth/account",
    "GET /fn/auth/enrolment",
    "POST /fn/auth/accept-invitation",
    "POST /fn/auth/again",
    "POST /fn/auth/ask-to-confirm-email",
    "POST /fn/auth/change-email",
    "POST /fn/auth/change-name",
    "POST /fn/auth/change-password",
    "POST /fn/auth/code",
    "POST /fn/auth/confirm-enrolment",
    "POST /fn/auth/end-session",
    "POST /fn/auth/keep-email",
    "POST /fn/auth/log-out-elsewhere",
    "POST /fn/auth/log-out-everywhere",
    "POST /fn/auth/new-recovery-codes",
    "GET /fn/auth/owed",
    "POST /fn/auth/passkey-add",
    "POST /fn/auth/passkey-again",
    "POST /fn/auth/passkey-code",
    "POST /fn/auth/passkey-remove",
    "POST /fn/auth/remove-factor",
    "POST /fn/people/keep-factor",
];

on_both! {
    /// Every API route refuses a stranger and its own owner half-way in with 401, and another organisation's owner with a 404 that
    /// tells nothing.
    async fn api_routes_are_closed(site: Site) {
        let (id, stranger) = appointment_and_stranger(&site).await;
        let half = half_way_in(&site).await;
        let description = site.get("/api/v1/openapi.json").await.json();
        let mut called = BTreeSet::new();
        let mut wrong = Vec::new();
        for (path, methods) in description["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                let name = format!("{} {path}", method.to_uppercase());
                called.insert(name.clone());
                if PUBLIC.contains(&name.as_str()) {
                    continue;
                }
                let address = path.replace("{org}", "alpha").replace("{id}", &id).replace("{date}", "2026-12-01").replace("{service}", "follow-up").replace("{module}", "calendar").replace("{kind}", "booked");
                // All others are ids.
                let address: String = address.split('/').map(|part| if part.starts_with('{') { id.as_str() } else { part }).collect::<Vec<_>>().join("/");
                let body = example(&description, &operation["requestBody"]["content"]["application/json"]["schema"]);
                let method: Method = method.to_uppercase().parse().expect("a method");
                let call = async |cookie: Option<&str>| site.json(method.clone(), cookie, &address, &body).await;
                let nobody = call(None).await;
                if nobody.status != StatusCode::UNAUTHORIZED {
                    wrong.push(format!("{name} as a stranger: {} {}", nobody.status, nobody.text));
                }
                let owing = call(Some(&half)).await;
                if owing.status != StatusCode::UNAUTHORIZED {
                    wrong.push(format!("{name} half-way in: {} {}", owing.status, owing.text));
                }
                let other = call(Some(&stranger)).await;
                if other.status != StatusCode::NOT_FOUND {
                    wrong.push(format!("{name} as another organisation's owner: {} {}", other.status, other.text));
                }
                assert!(!other.text.contains("Alpha"), "{name}: {other:?}");
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let needless: Vec<_> = PUBLIC.iter().filter(|name| name.contains("/api/") && !called.contains(**name)).collect();
        assert!(needless.is_empty(), "PUBLIC lists what isn't there: {needless:?}");
    }

    /// Every server function refuses a stranger and its own owner half-way in with 401, and another organisation's owner with 404.
    async fn server_functions_are_closed(site: Site) {
        let (id, stranger) = appointment_and_stranger(&site).await;
        let half = half_way_in(&site).await;
        let fields = [("org", "alpha"), ("id", id.as_str()), ("version", "1"), ("view", "week"), ("date", "2026-11-23"),
            // What the forms of the settings send: good, so that the refusal is about who asks.
            ("name", "Word"), ("slug", "word"), ("description", ""), ("phone", ""), ("address", ""), ("zone", "Australia/Sydney"),
            ("scopes[]", "calendar.appointments.view"), ("duration", "30"), ("interval", ""), ("buffer_before", "0"), ("buffer_after", "0"),
            ("notice", "0"), ("window_days", "30"), ("price", "85"), ("off", "true"), ("earlier", "true"),
            ("code", "123456"), ("password", "a password"), ("email", "casey@example.com"), ("role", "member"),
            ("policy", "everyone"), ("grace_days", "7"), ("idle_minutes", "30"), ("token", "x"), ("answer", "{}"),
            ("plan", "team"), ("typed", "Alpha Clinic"), ("accent", "#1b5470"), ("abn", ""), ("legal_name", ""), ("period", "month"), ("seats", "5"), ("state", "NSW"), ("last_day", ""), ("host", "here"), ("at", "0"), ("business", "Word"), ("holds", "closed"), ("free_days", ""), ("module", "calendar"),
            ("most_free_days", "30"), ("least_percent", ""), ("most_open", "5"),
            ("metric", "sales"), ("value", "5"), ("key", "a-key-of-a-form"), ("what", "number"), ("word", "sales"), ("entered_by", "everyone"), ("shown_to", "everyone"), ("team", id.as_str()), ("membership", id.as_str()), ("since", "2026-11-23"), ("seconds", "20"), ("week_starts", "1"), ("fortnight_from", "2026-01-05"), ("future_days", "0"), ("reason", "Word"), ("why", "Word"),
            ("reminders", "24"), ("follow_up", ""), ("reply_to", ""), ("letter", "follow_up"), ("subject", "Word"), ("text", "Word"), ("agenda", ""), ("origins", "https://www.example.com.au"),
            ("task", id.as_str()), ("list", id.as_str()), ("other", id.as_str()), ("title", "Word"), ("kind", "text"), ("repeat_kind", "daily"), ("repeat_interval", "1"), ("link_other", id.as_str()),
        ];
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut called = BTreeSet::new();
        let mut wrong = Vec::new();
        for (path, method) in leptos::server_fn::axum::server_fn_paths() {
            let name = format!("{method} {path}");
            called.insert(name.clone());
            if PUBLIC.contains(&name.as_str()) {
                continue;
            }
            let call = async |cookie: Option<&str>| {
                let request = Request::builder().method(method.clone()).header("sec-fetch-site", "same-origin").header(header::REFERER, ORIGIN);
                let request = match cookie {
                    Some(cookie) => {
                        request.header(header::COOKIE, cookie).header(forgery::HEADER, site.forgery_token(cookie).await)
                    }
                    None => request,
                };
                let request = if method == Method::GET {
                    request.uri(format!("{path}?{query}")).body(Body::empty())
                } else {
                    request.uri(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from(query.clone()))
                };
                site.send(request.expect("a request")).await
            };
            let nobody = call(None).await;
            if nobody.status != StatusCode::UNAUTHORIZED {
                    wrong.push(format!("{name} as a stranger: {} {}", nobody.status, nobody.text));
                }
            if OWN.contains(&name.as_str()) {
                continue;
            }
            let owing = call(Some(&half)).await;
            if owing.status != StatusCode::UNAUTHORIZED {
                    wrong.push(format!("{name} half-way in: {} {}", owing.status, owing.text));
                }
            let other = call(Some(&stranger)).await;
            if other.status != StatusCode::NOT_FOUND {
                    wrong.push(format!("{name} as another organisation's owner: {} {}", other.status, other.text));
                }
            assert!(!other.text.contains("Alpha"), "{name}: {other:?}");
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(called.len() >= 10, "only {called:?}: are server functions still registered?");
        let needless: Vec<_> =
            PUBLIC.iter().chain(OWN).filter(|name| name.contains("/fn/") && !called.contains(**name)).collect();
        assert!(needless.is_empty(), "PUBLIC lists what isn't there: {needless:?}");
    }

    /// Dashboard pages too: 401 for a stranger, or the way to the log-in; 404 for another organisation's owner; and no word of what
    /// is inside.
    async fn dashboard_pages_are_closed(site: Site) {
        let (_, stranger) = appointment_and_stranger(&site).await;
        for path in ["/app/alpha/calendar", "/app/alpha/calendar?view=day", "/app/alpha/live", "/app/alpha/settings", "/app/alpha/settings/details",
            "/app/alpha/settings/tokens", "/app/alpha/settings/billing", "/app/alpha/settings/billing/invoices/ALPHA-0001", "/app/alpha/settings/people", "/app/alpha/settings/invite", "/app/alpha/settings/audit",
            "/admin", "/admin/orgs", "/admin/orgs/alpha", "/admin/people", "/admin/jobs", "/admin/health", "/admin/log", "/admin/mail", "/admin/mail/templates", "/admin/mail/nothing", "/admin/name",
            "/admin/invitations", "/admin/payments", "/app/alpha/welcome", "/app/alpha/settings/data", "/app/alpha/settings/look", "/app/alpha/settings/modules", "/app/alpha/settings/businesses", "/app/alpha/settings/support", "/app/alpha/nothing-on", "/app/alpha/closed", "/app/alpha/search", "/app/alpha/calendar/book", "/app/alpha/calendar/block", "/app/alpha/calendar/appointments/00000000-0000-0000-0000-000000000000", "/app/alpha/calendar?view=month", "/app/alpha/calendar?view=agenda", "/app/alpha/calendar/services", "/app/alpha/calendar/services/new", "/app/alpha/calendar/services/00000000-0000-0000-0000-000000000000/times", "/app/alpha/calendar/staff", "/app/alpha/calendar/rooms", "/app/alpha/calendar/rooms/00000000-0000-0000-0000-000000000000", "/app/alpha/calendar/schedules", "/app/alpha/calendar/schedules/00000000-0000-0000-0000-000000000000/hours", "/app/alpha/calendar/staff/00000000-0000-0000-0000-000000000000/away", "/app/alpha/calendar/services/00000000-0000-0000-0000-000000000000/rooms", "/app/alpha/calendar/staff/00000000-0000-0000-0000-000000000000/hours", "/app/alpha/settings/webhooks", "/app/alpha/settings/webhooks/new", "/app/alpha/settings/webhooks/00000000-0000-0000-0000-000000000000", "/app/alpha/settings/webhooks/00000000-0000-0000-0000-000000000000/00000000-0000-0000-0000-000000000000", "/app/alpha/calendar/letters", "/app/alpha/calendar/letters/booked", "/app/alpha/calendar/letters/staff/00000000-0000-0000-0000-000000000000", "/app/alpha/calendar/staff/00000000-0000-0000-0000-000000000000/calendars", "/app/alpha/calendar/mine", "/app/alpha/calendar/payments", "/app/alpha/calendar/packages", "/app/alpha/calendar/clients", "/app/alpha/calendar/clients?q=casey", "/app/alpha/calendar/clients/new", "/app/alpha/calendar/clients/00000000-0000-0000-0000-000000000000", "/app/alpha/calendar/clients/00000000-0000-0000-0000-000000000000/erase", "/app/alpha/calendar/clients/00000000-0000-0000-0000-000000000000/everything.zip", "/app/alpha/calendar/clients/import", "/app/alpha/calendar/clients/import/00000000-0000-0000-0000-000000000000", "/app/alpha/calendar/clients/duplicates", "/app/alpha/calendar/clients/merge?into=00000000-0000-0000-0000-000000000000", "/app/alpha/calendar/waitlist", "/app/alpha/calendar/waitlist/00000000-0000-0000-0000-000000000000", "/app/alpha/calendar/embed", "/app/alpha/calendar/why", "/app/alpha/calendar/reports", "/app/alpha/calendar/reports?period=year", "/app/alpha/tasks", "/app/alpha/tasks/t/T-1", "/app/alpha/tasks/inbox", "/app/alpha/tasks/inbox/settings", "/app/alpha/tasks/trash", "/app/alpha/tasks/handover", "/app/alpha/tasks/lists", "/app/alpha/tasks/templates", "/app/alpha/tasks/templates/gallery", "/app/alpha/tasks/templates/gallery/new-employee", "/app/alpha/tasks/templates/new", "/app/alpha/tasks/templates/00000000-0000-0000-0000-000000000000", "/app/alpha/tasks/templates/00000000-0000-0000-0000-000000000000/edit", "/app/alpha/tasks/templates/00000000-0000-0000-0000-000000000000/steps/step", "/app/alpha/tasks/templates/00000000-0000-0000-0000-000000000000/start", "/app/alpha/tasks/templates/00000000-0000-0000-0000-000000000000/triggers/new?kind=schedule", "/app/alpha/tasks/templates/00000000-0000-0000-0000-000000000000/triggers/00000000-0000-0000-0000-000000000000", "/app/alpha/tasks/lists/00000000-0000-0000-0000-000000000000/settings", "/app/alpha/tasks/spaces", "/app/alpha/tasks/spaces/00000000-0000-0000-0000-000000000000", "/app/alpha/tasks/teams", "/app/alpha/tasks/teams/00000000-0000-0000-0000-000000000000", "/app/alpha/tasks/labels", "/app/alpha/tasks/labels/00000000-0000-0000-0000-000000000000", "/app/alpha/tasks/import", "/app/alpha/tasks/import/00000000-0000-0000-0000-000000000000", "/app/alpha/tasks/lists/00000000-0000-0000-0000-000000000000/share", "/app/alpha/tasks/subscribe", "/app/alpha/tasks/search?q=paper", "/app/alpha/tasks/filters", "/app/alpha/tasks/filters/help", "/app/alpha/tasks/filters/00000000-0000-0000-0000-000000000000", "/app/alpha/tasks/reports", "/app/alpha/tasks/workload", "/app/alpha/scoreboard/import", "/app/alpha/scoreboard/import/00000000-0000-0000-0000-000000000000", "/app/alpha/scoreboard/grid", "/app/alpha/scoreboard/trends", "/app/alpha/scoreboard/pace", "/app/alpha/scoreboard/targets", "/app/alpha/scoreboard/mine", "/app/alpha/scoreboard/sources", "/app/alpha/scoreboard/sources/new", "/app/alpha/scoreboard/sources/00000000-0000-0000-0000-000000000000", "/app/alpha/scoreboard/sources/00000000-0000-0000-0000-000000000000/00000000-0000-0000-0000-000000000000", "/app/alpha/scoreboard/team/00000000-0000-0000-0000-000000000000", "/app/alpha/calendar/why?service=follow-up&date=2026-12-01"] {
            let nobody = site.get(path).await;
            assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{path}");
            let led = site.open(None, path).await;
            // A file is nothing that could be shown: it is fetched again from the page that has it.
            let there = if path.contains("/everything.zip") { "/login" } else { "/login?next=/" };
            assert!(led.status == StatusCode::SEE_OTHER && led.location().starts_with(there), "{path}: {led:?}");
            let other = site.get_as(&stranger, path).await;
            assert_eq!(other.status, StatusCode::NOT_FOUND, "{path}");
            for answer in [nobody, led, other] {
                assert!(!answer.text.contains("Casey") && !answer.text.contains("Alpha Clinic"), "{path}");
            }
        }
    }

    /// An id of another organisation in the body doesn't reach across: the staff of one can't be given to the other.
    async fn ids_in_bodies_do_not_reach_across(site: Site) {
        let (alpha, beta) = (site.log_in("alpha").await, site.log_in("beta").await);
        let theirs = site.get_as(&alpha, "/api/v1/orgs/alpha/calendar/staff").await.json()[0]["id"].clone();
        let service = serde_json::json!({
            "slug": "stolen", "name": "Stolen", "duration_minutes": 30, "interval_minutes": 30, "window_days": 30, "staff": [theirs],
        });
        let answer = site.json(Method::POST, Some(&beta), "/api/v1/orgs/beta/calendar/services", &service).await;
        assert_eq!((answer.status, answer.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["staff".to_owned()]));
        let id = theirs.as_str().expect("an id");
        let hours = serde_json::json!([{ "weekday": 1, "start_minute": 0, "end_minute": 60 }]);
        let answer = site.json(Method::PUT, Some(&beta), &format!("/api/v1/orgs/beta/calendar/staff/{id}/hours"), &hours).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get("/b/beta/stolen").await.status, StatusCode::NOT_FOUND, "nothing of it was kept");
    }
}

/// An appointment of alpha's, and beta's owner, who has no business there.
async fn appointment_and_stranger(site: &Site) -> (String, String) {
    let start = site.slots("alpha", "follow-up").await[0].clone();
    let made = site.book("alpha", "outsider-key", &booking("follow-up", &start)).await.json();
    (made["id"].as_str().expect("an id").to_owned(), site.log_in("beta").await)
}

/// Alpha's owner, who gave their password and owes the next step.
async fn half_way_in(site: &Site) -> String {
    const OWNER: &str = "owner@alpha.example.com";
    accounts::require_factor(&site.platform, OWNER).await.expect("it is asked for");
    site.log_in_as(OWNER).await
}

/// A body that the schema accepts, so that the refusal is about who asks and not about what.
pub fn example(description: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return example(description, &description["components"]["schemas"][name]);
    }
    let kind = schema["type"].as_str().unwrap_or_default();
    match kind {
        "object" => {
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            properties
                .into_iter()
                .filter(|(name, _)| required.contains(&name.as_str()))
                .map(|(name, schema)| {
                    let value = match name.as_str() {
                        "duration_minutes" | "interval_minutes" | "window_days" => 30.into(),
                        "zone" => "Australia/Sydney".into(),
                        "scopes" => serde_json::json!(["calendar.appointments.view"]),
                        _ => example(description, &schema),
                    };
                    (name, value)
                })
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        "array" => Value::Array(Vec::new()),
        "integer" => 1.into(),
        "boolean" => true.into(),
        "string" => "word".into(),
        _ => Value::Null,
    }
}
