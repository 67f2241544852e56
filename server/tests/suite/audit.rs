//! Who did what: written down with what was done, readable by admins, and not to be changed unseen.

use app::{audit, db::Access, org::Role, platform_sql};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};

use crate::{
    on_both,
    support::{Answer, Site, booking},
};

const LOG: &str = "/app/alpha/settings/audit";

on_both! {
    /// What members and programs change is in the log, with who, what, before and after, and nothing personal.
    async fn what_is_done_is_written_down(site: Site) {
        let owner = site.log_in("alpha").await;
        let (member, _) = site.join(site.alpha, "canary-member@example.com", Role::Member).await;
        let fields = [("org", "alpha"), ("id", &member.to_string()), ("role", "manager"), ("grants[]", "calendar.set_up")];
        assert_eq!(site.form(Some(&owner), "/fn/people/change", LOG, &fields).await.status, StatusCode::FOUND);
        let token = json!({ "name": "Website", "scopes": ["calendar.appointments.view"] });
        let made = site.json(Method::POST, Some(&owner), "/api/v1/orgs/alpha/tokens", &token).await;
        assert_eq!(made.status, StatusCode::CREATED);
        let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
        assert_eq!(with_token(&site, &secret, "/api/v1/orgs/alpha/calendar/appointments").await.status, StatusCode::OK);

        let page = site.get_as(&owner, LOG).await;
        assert_eq!(page.status, StatusCode::OK);
        for words in [
            "Changed what somebody may do", "Person canary-member", "role: member → manager", "also: – → calendar.set_up", "Owner of Alpha Clinic, Mon 23 Nov 2026, 9:00 am",
            "Made an API token", "may: calendar.appointments.view", "Looked at clients’ details", "API token “Website”",
        ] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        let dump = site.raw_dump().await;
        let holds = |needle: &str| dump.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()));
        assert!(holds("platform.member_changed") && !holds("canary-member"));
        let beta = site.log_in("beta").await;
        assert!(!site.get_as(&beta, "/app/beta/settings/audit").await.text.contains("canary-member"), "each has its own");
    }

    /// Looking at clients' details is written down: once for the same page in a quarter of an hour.
    async fn reading_clients_is_written_down(site: Site) {
        let start = site.slots("alpha", "follow-up").await[0].clone();
        site.book("alpha", "audit-key-1", &booking("follow-up", &start)).await;
        let owner = site.log_in("alpha").await;
        let readings = async || csv(&site, &owner, "what=calendar.clients_read").await.len();
        let diary = async |path: &str| assert_eq!(site.get_as(&owner, path).await.status, StatusCode::OK);
        assert_eq!(readings().await, 0);
        for _ in 0..3 {
            diary("/app/alpha/calendar").await;
        }
        assert_eq!(readings().await, 1);
        diary("/app/alpha/calendar?date=2026-12-07").await;
        assert_eq!(readings().await, 2, "another week");
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        assert_eq!(site.get_as(&member, "/app/alpha/calendar").await.status, StatusCode::OK);
        assert_eq!(readings().await, 3, "another person");
        site.set_clock("2026-11-22T22:15:00Z");
        diary("/app/alpha/calendar").await;
        assert_eq!(readings().await, 4, "a quarter of an hour later");
    }

    /// Admins read it, by person, by what, by day, page by page; others don't.
    async fn admins_read_it(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Manager).await;
        let beta = site.log_in("beta").await;
        for path in [LOG, "/app/alpha/settings/audit.csv"] {
            assert_eq!(site.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(site.get_as(&member, path).await.status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(site.get_as(&beta, path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let (whom, _) = site.join(site.alpha, "whom@example.com", Role::Member).await;
        for turn in 0..60 {
            let role = if turn % 2 == 0 { "manager" } else { "member" };
            let fields = [("org", "alpha"), ("id", &whom.to_string()), ("role", role)];
            assert_eq!(site.form(Some(&owner), "/fn/people/change", LOG, &fields).await.status, StatusCode::FOUND);
        }
        let first = site.get_as(&owner, LOG).await.text;
        assert_eq!(first.matches("Person whom;").count(), 50);
        let older = first.split("before=").nth(1).and_then(|rest| rest.split('"').next()).expect("older ones");
        let second = site.get_as(&owner, &format!("{LOG}?before={older}")).await.text;
        assert_eq!(second.matches("Person whom;").count(), 10);
        assert!(second.contains("The newest") && !second.contains(">Older<"));
        assert_eq!(csv(&site, &owner, "").await.len(), 61, "and the export before the export is not in it");
        for (query, count) in [
            ("what=platform.member_changed", 60), ("what=platform.token_made", 0), ("from=2026-11-23&to=2026-11-23&what=platform.member_changed", 60),
            ("from=2026-11-24", 0), ("to=2026-11-22", 0), ("what=nothing'--", 0), ("what=%00", 60 + 9),
        ] {
            let found = csv(&site, &owner, query).await.len();
            assert!(found == count || query == "what=%00" && found >= 60, "{query}: {found}");
        }
        for bad in ["from=yesterday", "to=2026-13-40", "from=-005000-01-01", "to=9999-12-31", "who=nobody"] {
            assert_eq!(site.get_as(&owner, &format!("{LOG}?{bad}")).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
    }

    /// A name that a spreadsheet would take for a formula is text.
    async fn a_file_holds_no_formulas(site: Site) {
        let owner = site.log_in("alpha").await;
        let renamed = site.form(Some(&owner), "/fn/auth/change-name", "/account/name", &[("name", "=HYPERLINK(\"http://x\",\"a\"), \"b\"")]).await;
        assert_eq!(renamed.status, StatusCode::FOUND);
        csv(&site, &owner, "").await;
        let lines = csv(&site, &owner, "").await;
        assert!(lines[0].contains("\"'=HYPERLINK(\"\"http://x\"\",\"\"a\"\"), \"\"b\"\"\""), "{lines:?}");
    }

    /// The database refuses to change an entry or to take it out, and a whole log is found whole.
    async fn entries_stay_as_they_are(site: Site) {
        let owner = site.log_in("alpha").await;
        csv(&site, &owner, "").await;
        csv(&site, &owner, "").await;
        for number in 0..4 {
            let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
            let outcome = match number {
                0 => platform_sql!(exec, &mut tx, "UPDATE audit_entries SET detail = '{}' WHERE number = 1"),
                1 => platform_sql!(exec, &mut tx, "DELETE FROM audit_entries WHERE number = 1"),
                2 => platform_sql!(exec, &mut tx, "UPDATE platform_log SET detail = '{}' WHERE number = 1"),
                _ => platform_sql!(exec, &mut tx, "DELETE FROM platform_log WHERE number = 1"),
            };
            assert!(outcome.is_err(), "{number}");
        }
        let found = audit::verify(&site.platform).await.expect("verified");
        assert!(found.iter().all(|log| log.broken.is_none()), "{found:?}");
        let counts: Vec<_> = found.iter().map(|log| (log.of.as_str(), log.entries)).collect();
        assert_eq!(counts, [("", 1), ("alpha", 2), ("beta", 0)]);
    }
}

/// Whoever can write to the database's file, past its triggers, is still found out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_behind_our_back_shows() {
    let site = Site::sqlite().await;
    let owner = site.log_in("alpha").await;
    for _ in 0..5 {
        csv(&site, &owner, "").await;
    }
    let broken = async |statement: &'static str| {
        let mut file = SqliteConnection::connect(&site.url).await.expect("the file");
        for trigger in ["audit_entries_stay_update", "audit_entries_stay_delete"] {
            file.execute(AssertSqlSafe(format!("DROP TRIGGER IF EXISTS {trigger}"))).await.expect("gone");
        }
        file.execute("BEGIN").await.expect("begun");
        file.execute(statement).await.expect("done");
        file.execute("COMMIT").await.expect("committed");
        let found = audit::verify(&site.platform).await.expect("verified");
        found.into_iter().find(|log| log.of == "alpha").and_then(|log| log.broken)
    };
    assert_eq!(broken("SELECT 1").await, None);
    assert_eq!(
        broken("UPDATE audit_entries SET detail = '{\"seats\":\"3\"}' WHERE number = 3").await,
        Some((3, "isn’t what was written"))
    );
    assert_eq!(broken("UPDATE audit_entries SET detail = '{}' WHERE number = 3").await, None, "as it was");
    assert_eq!(
        broken("UPDATE audit_entries SET at = at + 1 WHERE number = 2").await,
        Some((2, "isn’t what was written"))
    );
    assert_eq!(broken("UPDATE audit_entries SET at = at - 1 WHERE number = 2").await, None);
    assert_eq!(broken("DELETE FROM audit_entries WHERE number = 4").await, Some((4, "is missing")));
    assert_eq!(
        broken("UPDATE audit_entries SET number = 4 WHERE number = 5").await,
        Some((4, "isn’t what was written")),
        "the gap is closed up"
    );
}

/// The lines of the file, without its head.
async fn csv(site: &Site, cookie: &str, query: &str) -> Vec<String> {
    let answer = site.get_as(cookie, &format!("/app/alpha/settings/audit.csv?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    let mut lines = answer.text.lines();
    assert_eq!(lines.next(), Some("number,at,who,who_id,action,what,subject,subject_id,from,detail"));
    lines.map(str::to_owned).collect()
}

async fn with_token(site: &Site, secret: &str, path: &str) -> Answer {
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {secret}"));
    site.send(request.body(Body::empty()).expect("a request")).await
}
