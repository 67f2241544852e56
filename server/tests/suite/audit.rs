//! Who did what: written down with what was done, readable by admins, and not to be changed unseen.

use std::collections::BTreeSet;

use app::{
    audit::{self, Detail},
    db::Access,
    ids::UserId,
    modules::calendar::store,
    org::{Actor, OrgRef, OrgTx, Role},
    people::wire::AuditPage,
    permissions, platform_sql,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};
use uuid::Uuid;

use crate::{
    on_both,
    support::{Site, booking},
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
        assert_eq!(site.bearer(&secret, "/api/v1/orgs/alpha/calendar/appointments").await.status, StatusCode::OK);

        let page = site.get_as(&owner, LOG).await;
        assert_eq!(page.status, StatusCode::OK);
        for words in [
            "Today", "9:00 am", "Owner of Alpha Clinic changed what Person canary-member may do", "Role: member → manager",
            "Beyond the role: nothing → Set up services, staff and hours", "Owner of Alpha Clinic made the API token “Website”",
            "May: See appointments and who booked", "API token “Website” looked at clients’ details for 22 November 2026 to ",
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
        assert_eq!(first.matches("changed what Person whom may do").count(), 50);
        let older = first.split("before=").nth(1).and_then(|rest| rest.split('"').next()).expect("older ones");
        let second = site.get_as(&owner, &format!("{LOG}?before={older}")).await.text;
        assert_eq!(second.matches("changed what Person whom may do").count(), 10);
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
            assert_eq!(site.get_as(&owner, &format!("/app/alpha/settings/audit.csv?{bad}")).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        // What is wrong stands at its field, and the other filters are as they were.
        let page = site.get_as(&owner, &format!("{LOG}?from=yesterday&to=2026-11-23&what=platform.member_changed")).await.text;
        for part in ["“yesterday” is no day that we know", "id=\"field-from-error\"", "aria-describedby=\"field-from-error\"", "href=\"#field-from\"", "value=\"2026-11-23\"", "max=\"2026-11-23\""] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("Export as CSV") && !page.contains("No entries for these filters"), "nothing was looked for: {page}");
        let reversed = site.get_as(&owner, &format!("{LOG}?from=2026-11-23&to=2026-11-22")).await;
        assert_eq!(reversed.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(reversed.text.contains("That is before the first day."), "{}", reversed.text);
        // As people type it where there is no field for dates.
        let typed = site.get_as(&owner, &format!("{LOG}?from=23/11/2026&to=23/11/2026")).await;
        assert_eq!((typed.status, typed.text.matches("value=\"2026-11-23\"").count()), (StatusCode::OK, 2));
    }

    /// Whatever can happen is told in a sentence of people's words, and so is all that is told besides. What is gone is said to be.
    async fn every_entry_is_a_sentence(site: Site) {
        let (priya, cookie) = site.join(site.alpha, "priya@example.com", Role::Admin).await;
        let gone = Uuid::from_u128(0x7e57_ab1e_0000_0000_0000_0000_dead_beef);
        let detail = Detail::default()
            .with("role", "manager")
            .change("also", "", "calendar.set_up")
            .change("modules", "*", "calendar")
            .with("may", "calendar.appointments.view, calendar.set_up")
            .change("second factor", "optional", "admins")
            .change("idle minutes", "30", "1")
            .change("seats", "no limit", "5")
            .change("state", "past_due", "active")
            .with("from", "2026-11-23")
            .with("days", 7)
            .with("guest_count", "not_many");
        let mut actions: Vec<&'static str> = audit::labels().into_iter().map(|(name, _)| name).collect();
        actions.push("guestbook.entry_signed");
        record(&site, "alpha", priya, &actions.iter().map(|action| (*action, gone)).collect::<Vec<_>>(), &detail).await;
        let page = read(&site, &cookie, &format!("&who={priya}")).await;
        let mut days = page.days.clone();
        let mut before = page.before;
        assert!(before.is_some(), "more than fit on a page");
        while let Some(known) = before {
            let older = read(&site, &cookie, &format!("&who={priya}&before={known}")).await;
            days.extend(older.days);
            before = older.before;
        }
        let lines: Vec<_> = days.iter().flat_map(|day| &day.entries).collect();
        assert_eq!(lines.len(), actions.len());
        let sentences: BTreeSet<&str> = lines.iter().map(|line| line.what.as_str()).collect();
        assert_eq!(sentences.len(), lines.len(), "each has its own: {sentences:?}");
        for (line, action) in lines.iter().rev().zip(&actions) {
            let texts = std::iter::once(&line.what).chain(&line.about);
            for text in texts {
                for inside in ["_", "calendar.", "platform.", "guestbook.", "past_due", "optional", "*", &gone.to_string()] {
                    assert!(!text.contains(inside), "{action}: {inside}: {text}");
                }
            }
            let theirs = line.what.starts_with("Person priya ") || line.what.starts_with("Somebody who has left ");
            assert!(theirs && line.what.split(' ').count() > 3, "{action}: {}", line.what);
        }
        for (name, label) in &page.actions {
            assert!(!label.contains('_') && label != name, "{name}: {label}");
        }
        let about = |what: &str| lines.iter().find(|line| line.what.contains(what)).expect("an entry").about.join("; ");
        assert_eq!(
            about("removed somebody who has left, who was a manager"),
            "Beyond the role: nothing → Set up services, staff and hours; Days: 7; From: 2026-11-23; Guest count: not many; \
             Logged out when idle for: 30 minutes → 1 minute; May: See appointments and who booked, Set up services, staff and hours; \
             Modules: every module → Calendar; Seats: no limit → 5; Two-step login: not required → required for admins; \
             Standing: payment late → active"
        );
        assert!(sentences.contains("Person priya looked at clients’ details for the week 23 – 29 November 2026"), "{sentences:?}");
        assert!(sentences.contains("Person priya did this: entry signed"), "a module that is gone: {sentences:?}");
    }

    /// What an entry is about is named as it is called now; what is gone, and what is another organisation's, never.
    async fn what_it_is_about_is_named(site: Site) {
        let (priya, cookie) = site.join(site.alpha, "priya@example.com", Role::Admin).await;
        let (sam, _) = site.join(site.alpha, "sam@example.com", Role::Member).await;
        let start = site.slots("alpha", "follow-up").await[0].clone();
        site.book("alpha", "named-1", &booking("follow-up", &start)).await;
        let start = site.slots("beta", "follow-up").await[0].clone();
        site.book("beta", "named-2", &booking("follow-up", &start)).await;
        let (ours, theirs) = (things(&site, "alpha").await, things(&site, "beta").await);
        let invite = [("org", "alpha"), ("email", "casey@new.example"), ("role", "manager")];
        assert_eq!(site.form(Some(&cookie), "/fn/people/invite", LOG, &invite).await.status, StatusCode::FOUND);
        let named = async |things: &Things| {
            let Things { service, staff, appointment } = *things;
            let entries = [
                ("calendar.service_saved", service), ("calendar.hours_saved", staff), ("calendar.appointment_cancelled", appointment),
                ("platform.token_revoked", service), ("platform.invited_again", service),
            ];
            record(&site, "alpha", priya, &entries, &Detail::default()).await;
            let page = read(&site, &cookie, &format!("&who={priya}")).await;
            let mut newest: Vec<String> = page.days[0].entries[..entries.len()].iter().map(|line| line.what.clone()).collect();
            newest.reverse();
            newest
        };
        let sentences = named(&ours).await;
        assert_eq!(sentences[0], "Person priya set up the service “Follow-up treatment”");
        assert!(sentences[1].starts_with("Person priya set the hours of ") && !sentences[1].contains("left"), "{sentences:?}");
        let cancelled = "Person priya cancelled the appointment for “";
        assert!(sentences[2].starts_with(cancelled) && sentences[2].contains(", which was on "), "{sentences:?}");
        assert_eq!(
            named(&theirs).await,
            [
                "Person priya set up a service that is gone",
                "Person priya set the hours of somebody who has left",
                "Person priya cancelled an appointment that is gone",
                "Person priya revoked an API token that is gone",
                "Person priya sent somebody their invitation again",
            ]
        );
        let invited = format!("&who={priya}&what=platform.invited");
        let what = async |query: &str| read(&site, &cookie, query).await.days[0].entries[0].what.clone();
        assert_eq!(what(&invited).await, "Person priya invited casey@new.example as a manager");
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "DELETE FROM invitations WHERE expires_at > $1", site.platform.clock.now()).expect("gone");
        tx.commit().await.expect("an end");
        assert_eq!(what(&invited).await, "Person priya invited somebody as a manager");
        let remove = [("org", "alpha"), ("id", &sam.to_string())];
        assert_eq!(site.form(Some(&cookie), "/fn/people/remove", LOG, &remove).await.status, StatusCode::FOUND);
        assert_eq!(what("").await, "Person priya removed Person sam, who was a member", "who left is still who it was");
        let lines = csv(&site, &cookie, "what=platform.member_removed").await;
        assert!(lines[0].contains(",platform.member_removed,\"Person priya removed Person sam, who was a member\",Person sam,"), "{lines:?}");
        assert!(lines[0].ends_with(",role: member"), "as programs read it: {lines:?}");
    }

    /// Two of one name, as it is read, are told apart by their addresses: in sentences, among those to ask for and in the file. A
    /// change of name is on record, and no name is.
    async fn people_of_one_name_are_told_apart(site: Site) {
        let owner = site.log_in("alpha").await;
        let (priya, _) = site.join(site.alpha, "priya@example.com", Role::Admin).await;
        let (mallory, theirs) = site.join(site.alpha, "mallory@example.com", Role::Admin).await;
        for by in [priya, mallory] {
            record(&site, "alpha", by, &[("platform.details_saved", site.alpha.0)], &Detail::default()).await;
        }
        let saved = async || {
            let page = read(&site, &owner, "&what=platform.details_saved").await;
            let sentences: Vec<String> = page.days[0].entries.iter().map(|line| line.what.clone()).collect();
            (sentences, page.people.into_iter().map(|(_, name)| name).collect::<Vec<_>>())
        };
        let (sentences, _) = saved().await;
        assert_eq!(sentences, ["Person mallory changed the business’s details", "Person priya changed the business’s details"]);
        let rename = async |name: &str| site.form(Some(&theirs), "/fn/auth/change-name", "/account/name", &[("name", name)]).await.status;
        for hidden in ["Person\u{200b} priya", "Person priya\u{2060}", "Per\u{ad}son priya", "\u{feff}Person priya", "Person pri\u{200d}ya", "Person\u{2068} priya"] {
            assert_eq!(rename(hidden).await, StatusCode::UNPROCESSABLE_ENTITY, "{hidden:?}");
        }
        for name in ["Person priya", "person  Priya"] {
            assert_eq!(rename(name).await, StatusCode::FOUND, "{name}");
            let told = [format!("{name} (mallory@example.com)"), "Person priya (priya@example.com)".to_owned()];
            let (sentences, people) = saved().await;
            assert_eq!(sentences, told.each_ref().map(|who| format!("{who} changed the business’s details")));
            assert!(told.iter().all(|who| people.contains(who)), "{people:?}");
            let lines = csv(&site, &owner, "what=platform.details_saved").await;
            assert!(lines[0].contains(&format!(",{},{mallory},", told[0])) && lines[1].contains(&format!(",{},{priya},", told[1])), "{lines:?}");
        }
        assert!(site.get_as(&theirs, "/account").await.text.contains("Changed the name, 2 times"));
        let mut tx = site.platform.begin(Access::Read).await.expect("a transaction");
        let renamed = platform_sql!(all(Option<Uuid>, Option<Uuid>, String), &mut tx, "SELECT actor_id, subject_id, detail FROM platform_log WHERE action = 'auth.renamed' ORDER BY number").expect("the log");
        tx.commit().await.expect("an end");
        assert_eq!(renamed, vec![(Some(mallory.0), Some(mallory.0), "{}".to_owned()); 2]);
    }

    /// Entries stand under their days by the organisation's clock; where nothing matches, the filters can be cleared.
    async fn days_have_headings(site: Site) {
        let (priya, _) = site.join(site.alpha, "priya@example.com", Role::Admin).await;
        for at in ["2026-11-22T12:59:59Z", "2026-11-23T12:59:59Z", "2026-11-23T13:00:00Z", "2026-11-24T22:00:00Z"] {
            site.set_clock(at);
            record(&site, "alpha", priya, &[("platform.details_saved", site.alpha.0)], &Detail::default()).await;
        }
        let cookie = site.log_in_as("priya@example.com").await;
        let page = read(&site, &cookie, &format!("&who={priya}")).await;
        let days: Vec<_> = page.days.iter().map(|day| (day.day.as_str(), day.entries[0].time.as_str())).collect();
        let expected =
            [("Today", "9:00 am"), ("Yesterday", "12:00 am"), ("Mon 23 Nov 2026", "11:59 pm"), ("Sun 22 Nov 2026", "11:59 pm")];
        assert_eq!(days, expected);
        let nothing = site.get_as(&cookie, &format!("{LOG}?from=2026-12-24")).await.text;
        assert!(nothing.contains("No entries for these filters") && nothing.contains("Clear filters"), "{nothing}");
        let beta = site.log_in("beta").await;
        let fresh = site.get_as(&beta, "/app/beta/settings/audit").await.text;
        assert!(fresh.contains("Nothing has happened yet") && !fresh.contains("Clear filters"), "{fresh}");
    }

    /// Another site’s page can’t have a browser export the log, and asking what the file would be like exports nothing.
    async fn an_export_is_asked_for_by_ourselves(site: Site) {
        let owner = site.log_in("alpha").await;
        let path = "/app/alpha/settings/audit.csv";
        let ask = async |method: Method, from: &str| {
            let request = Request::builder().method(method).uri(path).header(header::COOKIE, &owner).header("sec-fetch-site", from);
            site.send_as_it_is(request.body(Body::empty()).expect("a request")).await
        };
        for from in ["cross-site", "same-site"] {
            for method in [Method::GET, Method::HEAD] {
                assert_eq!(ask(method.clone(), from).await.status, StatusCode::FORBIDDEN, "{method} {from}");
            }
        }
        for from in ["same-origin", "none"] {
            let head = ask(Method::HEAD, from).await;
            assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""), "{from}");
            assert_eq!(head.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
        }
        assert_eq!(csv(&site, &owner, "").await.len(), 1, "this one alone");
        let exported = ask(Method::GET, "same-origin").await;
        assert_eq!((exported.status, exported.text.matches("platform.audit_exported").count()), (StatusCode::OK, 2));
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        let head = Request::head(path).header(header::COOKIE, &member).body(Body::empty()).expect("a request");
        assert_eq!(site.send_as_it_is(head).await.status, StatusCode::FORBIDDEN);
    }

    /// A name that a spreadsheet would take for a formula is text.
    async fn a_file_holds_no_formulas(site: Site) {
        let owner = site.log_in("alpha").await;
        let renamed = site.form(Some(&owner), "/fn/auth/change-name", "/account/name", &[("name", "=HYPERLINK(\"//x\",\"a\"), \"b\"")]).await;
        assert_eq!(renamed.status, StatusCode::FOUND);
        csv(&site, &owner, "").await;
        let lines = csv(&site, &owner, "").await;
        assert!(lines[0].contains("\"'=HYPERLINK(\"\"//x\"\",\"\"a\"\"), \"\"b\"\"\""), "{lines:?}");
        for sign in ['+', '-', '@', '＝', '＋', '－', '＠'] {
            let name = format!("{sign}1 Casey");
            let renamed = site.form(Some(&owner), "/fn/auth/change-name", "/account/name", &[("name", &name)]).await;
            assert_eq!(renamed.status, StatusCode::FOUND, "{name}");
            let lines = csv(&site, &owner, "").await;
            assert!(lines[0].contains(&format!(",'{name},")), "{name}: {lines:?}");
        }
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

/// SQLite has ways of its own to put a row in another's place: none of them takes an entry away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_entry_is_replaced() {
    let site = Site::sqlite().await;
    let owner = site.log_in("alpha").await;
    csv(&site, &owner, "").await;
    csv(&site, &owner, "").await;
    let mut file = SqliteConnection::connect(&site.url).await.expect("the file");
    for statement in [
        "INSERT OR REPLACE INTO audit_entries (org_id, number, at, actor_kind, actor_id, action, subject_id, place, detail, hash)
         SELECT org_id, number, at, actor_kind, actor_id, 'platform.joined', subject_id, place, detail, hash FROM audit_entries WHERE number = 1",
        "REPLACE INTO audit_entries (rowid, org_id, number, at, actor_kind, actor_id, action, subject_id, place, detail, hash)
         SELECT rowid, org_id, number + 100, at, actor_kind, actor_id, action, subject_id, place, detail, hash FROM audit_entries WHERE number = 1",
        "UPDATE OR REPLACE audit_entries SET number = 1 WHERE number = 2",
        "INSERT OR REPLACE INTO platform_log (number, at, actor_id, action, subject_id, place, detail, hash)
         SELECT number, at, NULL, action, subject_id, place, detail, hash FROM platform_log WHERE number = 1",
    ] {
        let refused = file.execute(statement).await.expect_err("it is refused");
        assert!(refused.to_string().contains("append_only"), "{statement}: {refused}");
    }
    csv(&site, &owner, "").await;
    let found = audit::verify(&site.platform).await.expect("verified");
    assert!(found.iter().all(|log| log.broken.is_none()), "{found:?}");
    assert_eq!(found.iter().map(|log| log.entries).collect::<Vec<_>>(), [1, 3, 0]);
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

/// Writes entries down, as somebody who belongs.
async fn record(site: &Site, org: &str, by: UserId, entries: &[(&'static str, Uuid)], detail: &Detail) {
    let (actor, org) = (Actor::User(by), OrgRef::Slug(org));
    let mut tx =
        OrgTx::open(&site.platform, &actor, org, &permissions::ENTER, Access::Write).await.expect("they belong");
    for (action, subject) in entries {
        tx.audit(action, *subject, detail).await.expect("an entry");
    }
    tx.commit().await.expect("an end");
}

/// The page of alpha's log, as the page's program reads it.
async fn read(site: &Site, cookie: &str, query: &str) -> AuditPage {
    site.read(cookie, &format!("/fn/people/audit?org=alpha{query}")).await.expect("the log")
}

/// Some of what an organisation has.
struct Things {
    service: Uuid,
    staff: Uuid,
    appointment: Uuid,
}

async fn things(site: &Site, org: &str) -> Things {
    let (actor, org) = (Actor::System("a test"), OrgRef::Slug(org));
    let mut tx = OrgTx::open(&site.platform, &actor, org, &permissions::ENTER, Access::Read).await.expect("open");
    let services = store::services(&mut tx).await.expect("services");
    let staff = store::staff(&mut tx).await.expect("staff");
    let until = tx.now().plus_seconds(60 * 24 * 60 * 60);
    let now = tx.now();
    let appointments = store::appointments(&mut tx, now, until, None, 1).await.expect("appointments");
    tx.rollback().await.expect("an end");
    let service = services.iter().find(|service| service.slug == "follow-up").expect("a service");
    Things { service: service.id.0, staff: staff[0].id.0, appointment: appointments[0].id.0 }
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
