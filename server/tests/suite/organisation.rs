//! What an organisation sets up of itself, takes along, and how it ends.

use std::{
    io::{Cursor, Read as _},
    time::Duration,
};

use app::{
    audit,
    auth::accounts::{self, NewOrg},
    clock::Instant,
    crypto::Place,
    db::Access,
    error::{AppError, Code},
    ids::OrgId,
    modules::{MODULES, tasks::comments},
    org::{Actor, OrgRef, OrgTx, Role},
    permissions, platform_sql,
    settings::{closing, export, pictures},
};
use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use futures::future::join_all;
use image::ImageFormat;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};
use tower::ServiceExt as _;
use uuid::Uuid;
use zip::ZipArchive;

use crate::{
    on_both,
    sqlguard::Tables,
    statements::root,
    support::{Answer, PASSWORD, Site, keyring},
    tasks_support::{Office, SYSTEM},
};

const DATA: &str = "/app/alpha/settings/data";
const LOOK: &str = "/app/alpha/settings/look";
const OWNER: &str = "owner@alpha.example.com";
const ADMIN: &str = "admin@example.com";
/// What is nobody's to take along: keys against sending twice, what is known for an hour at most, up to where it was looked, fingerprints of words, what
/// people were told of comments that were taken away, and the parts of the file itself.
const LEFT_OUT: [&str; 11] = [
    "idempotency_keys",
    "export_parts",
    "calendar_claims",
    "calendar_holds",
    "calendar_seats",
    "calendar_imported",
    "calendar_origins",
    "calendar_waitlist_looks",
    "scoreboard_cursors",
    "tasks_words",
    "tasks_removed_notices",
];

on_both! {
    /// Everything that the organisation owns is in the file, opened, for programs and for spreadsheets; nothing of another's is.
    async fn everything_can_be_taken_along(site: Site) {
        let owner = site.log_in("alpha").await;
        book(&site, "alpha", "export-key-1", "=HYPERLINK(\"http://evil.example\")").await;
        book(&site, "beta", "export-key-2", "another’s note").await;
        let wanted = json!({ "name": "Reception screen", "scopes": ["calendar.appointments.view"] });
        let made = site.json(Method::POST, Some(&owner), "/api/v1/orgs/alpha/tokens", &wanted).await.json();
        let invited = [("org", "alpha"), ("email", "invited@example.com"), ("role", "member")];
        assert_eq!(site.form(Some(&owner), "/fn/people/invite", "/app/alpha/settings/invite", &invited).await.status, StatusCode::FOUND);
        site.mailed().await;

        assert_eq!(ask(&site, &owner).await.status, StatusCode::FOUND);
        assert_eq!(ask(&site, &owner).await.status, StatusCode::CONFLICT, "one at a time");
        let waits = site.get_as(&owner, DATA).await.text;
        assert!(waits.contains("It is usually ready by 23 November 2026 at 9:05 am"), "{waits}");
        export::prepare(&site.platform).await.expect("it is prepared");
        assert_eq!(site.mailed_link(OWNER).await, DATA, "the letter leads to the page, not to the file");
        let (status, headers, zip) = fetch(&site, &owner, &link(&site, &owner).await).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[header::CONTENT_TYPE], "application/zip");
        assert_eq!(headers[header::CONTENT_DISPOSITION], "attachment; filename=\"alpha-2026-11-23.zip\"");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");

        let mut files = ZipArchive::new(Cursor::new(zip)).expect("a zip");
        let names: Vec<String> = files.file_names().map(|name| name.expect("a name").into_owned()).collect();
        let read_me = text(&mut files, "README.txt");
        let nothing = read_me.split("they are left out: ").nth(1).and_then(|rest| rest.split(".\n").next()).expect("what is left out");
        let left_out: Vec<&str> = nothing.split(", ").collect();
        for table in tables().filter(|table| !LEFT_OUT.contains(&table.as_str())) {
            let module = MODULES.iter().find(|module| table.starts_with(&format!("{}_", module.name())));
            let name = module.map_or_else(|| table.clone(), |module| table.replacen('_', "/", usize::from(table.starts_with(module.name()))));
            let nothing = left_out.contains(&name.as_str());
            for ending in ["json", "csv"] {
                assert_eq!(names.contains(&format!("{name}.{ending}")), !nothing, "{table} is left out: {names:?}, {left_out:?}");
            }
            assert!(nothing || read_me.contains(&format!("\n{name}\n    ")), "what {name} is isn’t said: {read_me}");
        }
        assert!(left_out.contains(&"partners") && !left_out.contains(&"memberships"), "{left_out:?}");
        assert!(!read_me.contains("More of what you have here."), "a table has no words of its own: {read_me}");
        let whole: String = names.iter().map(|name| text(&mut files, name)).collect();
        for ours in ["Casey Client", "casey@example.com", "0412 345 678", "invited@example.com", "Owner of Alpha Clinic", "Reception screen"] {
            assert!(whole.contains(ours), "{ours} is left out");
        }
        let secret = made["secret"].as_str().expect("a secret");
        for not_ours in ["Beta Clinic", "another’s note", secret] {
            assert!(!whole.contains(not_ours), "{not_ours} is in it");
        }
        let appointments: Vec<Value> = serde_json::from_str(&text(&mut files, "calendar/appointments.json")).expect("JSON");
        assert!(appointments.iter().any(|one| one["notes"] == "=HYPERLINK(\"http://evil.example\")"), "as it was written, for programs");
        let sheet = text(&mut files, "calendar/appointments.csv");
        assert!(sheet.contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\""), "and no formula, for spreadsheets: {sheet}");
        let head = sheet.lines().next().expect("a head");
        assert!(head.starts_with("id,service_id,service_name,staff_id,staff_name,starts_at"), "{head}");
        assert!(sheet.contains(",Follow-up treatment,"), "names stand beside ids: {sheet}");
        let invited = text(&mut files, "invitations.csv");
        assert!(invited.contains("invited_by,invited_by_name") && invited.contains(",Owner of Alpha Clinic,"), "{invited}");
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        for words in ["asked for an export of the organisation’s data", "downloaded an export of the organisation’s data"] {
            assert!(log.contains(words), "{words}: {log}");
        }
    }

    /// A comment that was taken away isn’t in the file, nor what people felt about it and were told of it.
    async fn what_was_said_and_taken_away_stays_behind(site: Site) {
        let owner = site.log_in("alpha").await;
        let office = Office::alpha(&site).await;
        let task = office.add_as(&office.owner(), "Order paper", |_| ()).await.expect("added").to_string();
        let mut said = Vec::new();
        for words in ["A numbat in the till", "A quokka in the till"] {
            said.push(comments::add(&site.platform, &SYSTEM, "alpha", &task, words, None).await.expect("said").id.to_string());
        }
        comments::react(&site.platform, &office.owner(), "alpha", &said[1], "heart", true).await.expect("felt");
        comments::delete(&site.platform, &SYSTEM, "alpha", &said[1]).await.expect("gone");
        assert_eq!(ask(&site, &owner).await.status, StatusCode::FOUND);
        export::prepare(&site.platform).await.expect("it is prepared");
        let (status, _, zip) = fetch(&site, &owner, &link(&site, &owner).await).await;
        assert_eq!(status, StatusCode::OK);
        let mut files = ZipArchive::new(Cursor::new(zip)).expect("a zip");
        let names: Vec<String> = files.file_names().map(|name| name.expect("a name").into_owned()).collect();
        let whole: String = names.iter().map(|name| text(&mut files, name)).collect();
        assert!(whole.contains("A numbat in the till") && whole.contains(&said[0]), "what is there is in it");
        assert!(!whole.contains("A quokka in the till") && !whole.contains(&said[1]), "what was taken away is in it");
    }

    /// It is the owner's alone, who has just shown again who they are.
    async fn an_export_is_for_the_owner_alone(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, admin) = site.join(site.alpha, ADMIN, Role::Admin).await;
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        let stranger = site.log_in("beta").await;
        assert_eq!(ask(&site, &owner).await.status, StatusCode::FOUND);
        export::prepare(&site.platform).await.expect("it is prepared");
        let link = link(&site, &owner).await;
        for (cookie, refused) in [(&admin, StatusCode::FORBIDDEN), (&member, StatusCode::FORBIDDEN), (&stranger, StatusCode::NOT_FOUND)] {
            assert_eq!(site.get_as(cookie, DATA).await.status, refused);
            assert_eq!(ask(&site, cookie).await.status, refused);
            let (status, _, body) = fetch(&site, cookie, &link).await;
            assert_eq!(status, refused, "{}", String::from_utf8_lossy(&body));
        }
        assert_eq!(site.get(&link).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.get_as(&stranger, &link.replace("alpha", "beta")).await.status, StatusCode::NOT_FOUND, "by its id in another");
        for bad in ["x", "00000000-0000-0000-0000-000000000000"] {
            assert_eq!(site.get_as(&owner, &format!("{DATA}/{bad}/export.zip")).await.status, StatusCode::NOT_FOUND, "{bad}");
        }
        site.set_clock("2026-11-22T22:11:00Z");
        assert_eq!(ask(&site, &owner).await.status, StatusCode::FORBIDDEN);
        assert!(site.get_as(&owner, DATA).await.text.contains("Confirm that it is you"));
        let (status, headers, _) = fetch(&site, &owner, &link).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(headers[header::LOCATION].to_str().expect("a path").starts_with("/account/confirm?next="));
    }

    /// Whoever prepares one may die: another does it after ten minutes, and one that keeps failing is given up, with a word of it.
    async fn an_export_survives_whoever_prepares_it(site: Site) {
        let owner = site.log_in("alpha").await;
        ask(&site, &owner).await;
        // Somebody took it, and died.
        let lease = site.platform.clock.now().plus_seconds(600);
        as_taken(&site, lease, 1).await;
        export::prepare(&site.platform).await.expect("nothing to do");
        assert!(site.get_as(&owner, DATA).await.text.contains("Being prepared"));
        site.set_clock("2026-11-22T22:10:00Z");
        export::prepare(&site.platform).await.expect("it is prepared");
        export::prepare(&site.platform).await.expect("and once");
        assert_eq!(site.mailed().await.iter().filter(|letter| letter.subject.starts_with("Your export is ready")).count(), 1);
        assert!(site.get_as(&owner, DATA).await.text.contains("Download it"));

        let owner = site.log_in("alpha").await;
        assert_eq!(ask(&site, &owner).await.status, StatusCode::FOUND);
        as_taken(&site, site.platform.clock.now(), 5).await;
        export::prepare(&site.platform).await.expect("it is given up");
        assert!(site.mailed().await.iter().any(|letter| letter.subject.starts_with("Your export couldn’t be prepared")));
        assert!(site.get_as(&owner, DATA).await.text.contains("It couldn’t be prepared"));
        assert_eq!(ask(&site, &owner).await.status, StatusCode::FOUND, "another can be asked for");
    }

    /// It lies sealed in the database, a week, and is gone then.
    async fn an_export_is_sealed_and_forgotten(site: Site) {
        let owner = site.log_in("alpha").await;
        ask(&site, &owner).await;
        export::prepare(&site.platform).await.expect("it is prepared");
        let link = link(&site, &owner).await;
        let dump = site.raw_dump().await;
        let inside = "memberships.csv";
        let hex = inside.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        for needle in [inside, hex.as_str()] {
            assert!(!dump.windows(needle.len()).any(|window| window == needle.as_bytes()), "what is in the file can be read");
        }
        export::sweep(&site.platform).await.expect("a sweep");
        assert_eq!(fetch(&site, &owner, &link).await.0, StatusCode::OK);
        site.set_clock("2026-11-29T22:00:00Z");
        let owner = site.log_in("alpha").await;
        assert_eq!(fetch(&site, &owner, &link).await.0, StatusCode::NOT_FOUND);
        export::sweep(&site.platform).await.expect("a sweep");
        assert_eq!(count(&site, "SELECT COUNT(*) FROM export_parts").await, 0);
        assert_eq!(count(&site, "SELECT COUNT(*) FROM exports").await, 0);
    }

    /// Deleting takes the owner, who has just shown again who they are, and the organisation's name.
    async fn closing_takes_the_owner_and_the_name(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, admin) = site.join(site.alpha, ADMIN, Role::Admin).await;
        let stranger = site.log_in("beta").await;
        assert_eq!(close(&site, &admin, "Alpha Clinic").await.status, StatusCode::FORBIDDEN);
        assert_eq!(close(&site, &stranger, "Alpha Clinic").await.status, StatusCode::NOT_FOUND);
        for wrong in ["", "Alpha", "alpha", "Beta Clinic", "Alpha Clinic!"] {
            let answer = close(&site, &owner, wrong).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert!(answer.text.contains("Enter its name as it is written: Alpha Clinic."), "{}", answer.text);
        }
        assert_eq!(keep(&site, &owner).await.status, StatusCode::CONFLICT, "there is nothing to keep it from");
        site.set_clock("2026-11-22T22:11:00Z");
        assert_eq!(close(&site, &owner, "Alpha Clinic").await.status, StatusCode::FORBIDDEN);
        assert!(!site.get_as(&owner, DATA).await.text.contains("name=\"typed\""));
        assert_eq!(site.get("/b/alpha").await.status, StatusCode::OK, "nothing has happened");
    }

    /// From then on it is closed to everybody; its owner has it back within 30 days, as it was.
    async fn a_closed_organisation_can_be_had_back(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, admin) = site.join(site.alpha, ADMIN, Role::Admin).await;
        let wanted = json!({ "name": "Reception screen", "scopes": ["calendar.appointments.view"] });
        let made = site.json(Method::POST, Some(&owner), "/api/v1/orgs/alpha/tokens", &wanted).await.json();
        let secret = made["secret"].as_str().expect("a secret").to_owned();
        let private = book(&site, "alpha", "closing-key-1", "").await;
        let invited = [("org", "alpha"), ("email", "invited@example.com"), ("role", "member")];
        site.form(Some(&owner), "/fn/people/invite", "/app/alpha/settings/invite", &invited).await;
        let invitation = site.mailed_link("invited@example.com").await;
        let public = ["/b/alpha", "/b/alpha/follow-up", "/api/v1/orgs/alpha/calendar/services", &format!("/manage/{private}")].map(str::to_owned);
        for path in &public {
            assert_eq!(site.get(path).await.status, StatusCode::OK, "{path}");
        }

        assert_eq!(close(&site, &owner, " Alpha  Clinic ").await.status, StatusCode::FOUND);
        assert_eq!(close(&site, &owner, "Alpha Clinic").await.status, StatusCode::CONFLICT);
        let letters = site.mailed().await;
        for to in [OWNER, ADMIN] {
            let letter = letters.iter().find(|letter| letter.to == to).expect("a letter");
            assert_eq!(letter.subject, "Alpha Clinic will be deleted on 23 December 2026");
            assert_eq!(letter.action.is_some(), to == OWNER, "the owner alone can keep it");
        }
        for path in &public {
            assert_eq!(site.get(path).await.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        }
        let body = json!({ "service": "follow-up", "start": "2026-11-25T00:00:00Z", "name": "C", "email": "c@example.com", "phone": "0412 345 678", "notes": "" });
        assert_eq!(site.book("alpha", "closing-key-2", &body).await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(site.get(&invitation).await.status, StatusCode::NOT_FOUND);
        assert!(!site.get("/sitemap.xml").await.text.contains("/b/alpha"));
        for cookie in [&owner, &admin] {
            for path in ["/app", "/app/alpha", "/app/alpha/calendar", "/app/alpha/settings", "/app/alpha/settings/people", "/app/alpha/settings/billing"] {
                let led = site.open(Some(cookie), path).await;
                assert_eq!((led.status, led.location()), (StatusCode::FOUND, "/app/alpha/closed"), "{path}");
            }
            let refused = site.get_as(cookie, "/api/v1/orgs/alpha/calendar/appointments").await;
            assert_eq!((refused.status, refused.json()["type"].clone()), (StatusCode::FORBIDDEN, json!("urn:devalo:problem:closing")));
        }
        let page = site.get_as(&owner, "/app/alpha/closed").await;
        assert_eq!(page.status, StatusCode::OK);
        for part in ["Alpha Clinic is closed", "On 23 December 2026", "Keep the organisation", "action=\"/fn/settings/keep\"", "/app/alpha/settings/data#export"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        let page = site.get_as(&admin, "/app/alpha/closed").await.text;
        assert!(page.contains("Until then Owner of Alpha Clinic, who owns it, can keep it."), "{page}");
        assert!(!page.contains("/fn/settings/keep") && !page.contains("settings/data"), "{page}");
        assert_eq!(site.bearer(&secret, "/api/v1/orgs/alpha/calendar/appointments").await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.get_as(&admin, DATA).await.status, StatusCode::FORBIDDEN);
        assert_eq!(keep(&site, &admin).await.status, StatusCode::FORBIDDEN);
        let page = site.get_as(&owner, DATA).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("Log out") && !page.text.contains("href=\"/app/alpha/settings\""), "{}", page.text);
        assert!(page.text.contains("It will be deleted on 23 December 2026") && page.text.contains("Keep the organisation"), "{}", page.text);
        assert_eq!(ask(&site, &owner).await.status, StatusCode::FOUND, "it can still be taken along");
        assert_eq!(site.get("/b/beta").await.status, StatusCode::OK, "others are as they were");

        site.set_clock("2026-12-22T21:59:00Z");
        let owner = site.log_in("alpha").await;
        closing::carry_out(&site.platform).await.expect("nothing is due");
        assert_eq!(keep(&site, &owner).await.status, StatusCode::FOUND);
        assert_eq!(site.open(Some(&owner), "/app/alpha/closed").await.location(), "/app/alpha", "it is open");
        assert!(site.mailed().await.iter().any(|letter| letter.to == ADMIN && letter.subject == "Alpha Clinic isn’t deleted"));
        for path in ["/b/alpha", "/api/v1/orgs/alpha/calendar/services"] {
            assert_eq!(site.get(path).await.status, StatusCode::OK, "{path}");
        }
        assert_eq!(site.bearer(&secret, "/api/v1/orgs/alpha/calendar/appointments").await.status, StatusCode::OK);
        site.set_clock("2027-01-22T22:00:00Z");
        closing::carry_out(&site.platform).await.expect("nothing is due");
        let owner = site.log_in("alpha").await;
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        for words in ["closed the organisation, to be deleted", "kept the organisation after all"] {
            assert!(log.contains(words), "{words}: {log}");
        }
    }

    /// At the end there is nothing of it in any table, and nothing that was sealed for it opens any more, in no copy either.
    async fn at_the_end_nothing_is_left(site: Site) {
        let owner = site.log_in("alpha").await;
        site.join(site.alpha, ADMIN, Role::Admin).await;
        book(&site, "alpha", "erase-key-1", "").await;
        book(&site, "beta", "erase-key-2", "").await;
        ask(&site, &owner).await;
        export::prepare(&site.platform).await.expect("an export");
        let others = rows(&site, site.beta).await;
        assert!(rows(&site, site.alpha).await > 20 && others > 20);
        // What a backup has: a sealed name, and the key that opens it, wrapped.
        let (place, sealed) = sealed_name(&site, site.alpha).await;
        let wrapped = wrapped_keys(&site).await;
        let ours: Vec<(u32, Vec<u8>)> = wrapped.iter().filter(|(of, ..)| *of == site.alpha.0).map(|(_, n, key)| (*n, key.clone())).collect();
        assert_eq!(keyring().unwrap(site.alpha.0, &ours).expect("keys").open(place, &sealed).expect("a name"), "Casey Client");
        assert_eq!(close(&site, &owner, "Alpha Clinic").await.status, StatusCode::FOUND);
        site.mailed().await;

        // A week before, everybody who manages it hears of it, once.
        site.set_clock("2026-12-15T21:59:59Z");
        closing::carry_out(&site.platform).await.expect("too early");
        assert!(site.mailed().await.is_empty());
        site.set_clock("2026-12-15T22:00:00Z");
        closing::carry_out(&site.platform).await.expect("a warning");
        closing::carry_out(&site.platform).await.expect("and once");
        let warned = site.mailed().await;
        assert_eq!(warned.len(), 2, "{warned:?}");
        assert!(warned.iter().all(|letter| letter.subject == "Alpha Clinic will be deleted on 23 December 2026"));

        site.set_clock("2026-12-22T22:00:00Z");
        let owner = site.log_in("alpha").await;
        assert_eq!(keep(&site, &owner).await.status, StatusCode::CONFLICT, "it is too late");
        closing::carry_out(&site.platform).await.expect("it is erased");
        closing::carry_out(&site.platform).await.expect("and once");
        let told = site.mailed().await;
        assert_eq!(told.iter().filter(|letter| letter.subject == "Alpha Clinic is deleted").count(), 2, "{told:?}");
        assert_eq!(rows(&site, site.alpha).await, 0);
        assert_eq!(rows(&site, site.beta).await, others, "others have all that they had");
        assert_eq!(count(&site, "SELECT COUNT(*) FROM organisations WHERE slug = 'alpha'").await, 0);

        // The key is gone, and no other that is there opens what it sealed.
        let left = wrapped_keys(&site).await;
        assert!(left.iter().all(|(of, ..)| *of != site.alpha.0));
        assert!(keyring().unwrap(site.alpha.0, &[]).is_err());
        for (of, number, key) in &left {
            let other = keyring().unwrap(*of, &[(*number, key.clone())]).expect("a key");
            assert!(other.open(place, &sealed).is_err(), "{of}");
            // Nor does another's key pass for it.
            assert!(keyring().unwrap(site.alpha.0, &[(*number, key.clone())]).is_err(), "{of}");
        }
        let opened = OrgTx::open(&site.platform, &Actor::System("a test"), OrgRef::Id(site.alpha), &permissions::ENTER, Access::Read).await;
        assert!(opened.is_err());

        // People's accounts stay, and so does the word of it in the platform's own log.
        assert_eq!(site.get_as(&owner, "/account").await.status, StatusCode::OK);
        assert_eq!(site.get_as(&owner, DATA).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get("/b/alpha").await.status, StatusCode::NOT_FOUND);
        assert_eq!(count(&site, "SELECT COUNT(*) FROM platform_log WHERE action = 'platform.organisation_erased'").await, 1);
        let verified = audit::verify(&site.platform).await.expect("the logs");
        assert!(verified.iter().all(|log| log.broken.is_none() && log.of != "alpha"), "{verified:?}");
        let user = accounts::create_user(&site.platform, "next@example.com", "Next", PASSWORD).await.expect("a user");
        let again = NewOrg { slug: "alpha".to_owned(), name: "Another".to_owned(), zone: "Australia/Sydney".to_owned(), ..NewOrg::default() };
        // For a year nobody has the word; what is kept of it can't be read.
        assert_eq!(refused(accounts::create_org(&site.platform, &again, user, &[]).await), Code::Conflict);
        assert_eq!(count(&site, "SELECT COUNT(*) FROM reserved_words").await, 1);
        site.set_clock("2027-12-22T21:59:59Z");
        accounts::sweep_words(&site.platform).await.expect("too early");
        assert_eq!(refused(accounts::create_org(&site.platform, &again, user, &[]).await), Code::Conflict);
        site.set_clock("2027-12-22T22:00:00Z");
        accounts::create_org(&site.platform, &again, user, &[]).await.expect("the address is free");
        accounts::sweep_words(&site.platform).await.expect("a sweep");
        assert_eq!(count(&site, "SELECT COUNT(*) FROM reserved_words").await, 0);
    }

    /// An ABN checks itself, a state is one of eight; what is stored is shown again, and what is wrong is said at its field.
    async fn who_it_is_to_the_law(site: Site) {
        let owner = site.log_in("alpha").await;
        let save = async |legal_name: &str, abn: &str, state: &str| {
            let version = site.get_as(&owner, "/api/v1/orgs/alpha/details").await.json()["version"].clone();
            let body = json!({ "version": version, "name": "Alpha Clinic", "zone": "Australia/Sydney", "legal_name": legal_name, "abn": abn, "state": state });
            site.json(Method::PUT, Some(&owner), "/api/v1/orgs/alpha/details", &body).await
        };
        let saved = save("Alpha Clinic Pty Ltd", "51 824 753 556", "NSW").await;
        assert_eq!(saved.status, StatusCode::OK, "{saved:?}");
        assert_eq!((&saved.json()["abn"], &saved.json()["state"]), (&json!("51824753556"), &json!("NSW")));
        let page = site.get_as(&owner, "/app/alpha/settings/details").await.text;
        assert!(page.contains("value=\"51 824 753 556\"") && page.contains("Alpha Clinic Pty Ltd"), "{page}");
        for (abn, state, field) in [("51 824 753 557", "NSW", "abn"), ("1", "NSW", "abn"), ("none", "", "abn"), ("", "nsw", "state"), ("", "Bavaria", "state")] {
            let refused = save("", abn, state).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{abn} {state}");
        }
        assert_eq!(save("", "", "").await.status, StatusCode::OK, "all of it may be left out");
    }

    /// A colour that can be read is on the public pages at once; one that can't, and what is none, is refused at its field.
    async fn the_public_pages_have_its_colour(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        assert!(!site.get("/b/alpha").await.text.contains("--accent:"), "without one they are ours");
        assert_eq!(accent(&site, &member, "#1b5470", "").await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.get_as(&member, LOOK).await.status, StatusCode::FORBIDDEN);
        assert_eq!(accent(&site, &owner, "#1b5470", "").await.status, StatusCode::FOUND);
        for path in ["/b/alpha", "/b/alpha/follow-up"] {
            assert!(site.get(path).await.text.contains("--accent:#1b5470;--accent-dark:#"), "{path}");
        }
        assert_eq!(accent(&site, &owner, "", "  6B2D5C ").await.status, StatusCode::FOUND, "one of their own");
        assert!(site.get("/b/alpha").await.text.contains("--accent:#6b2d5c;"));
        for bad in ["#ffcc00", "white", "#fff", "url(x)", "#6b2d5c;}"] {
            let refused = accent(&site, &owner, "", bad).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        assert!(site.get("/b/alpha").await.text.contains("--accent:#6b2d5c;"), "nothing was changed");
        assert_eq!(accent(&site, &owner, "", "").await.status, StatusCode::FOUND);
        assert!(!site.get("/b/alpha").await.text.contains("--accent:"));
    }

    /// A logo is what its bytes are; it is drawn anew, and kept for ever under the address of its version.
    async fn a_logo_is_drawn_anew(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        let stranger = site.log_in("beta").await;
        assert_eq!(site.get("/b/alpha/logo.png").await.status, StatusCode::NOT_FOUND);
        let large = picture(1200, 900, ImageFormat::Jpeg);
        for (cookie, refused) in [(&member, StatusCode::FORBIDDEN), (&stranger, StatusCode::NOT_FOUND)] {
            assert_eq!(upload(&site, cookie, None, &large).await.status, refused);
        }
        let nobody = upload(&site, "devalo_session=none", None, &large).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{nobody:?}");
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        let heavy = vec![0x89; 513 * 1024];
        let mut cut = picture(64, 64, ImageFormat::Png);
        cut.truncate(60);
        let (wide, tall) = (picture(2049, 1, ImageFormat::Png), picture(1, 2049, ImageFormat::WebP));
        // Its pixels would be more than is read, and aren't looked for: there are none.
        let deep = beginning_of_png(2048, 1025);
        for (file, why) in [(svg.as_slice(), "picture"), (b"GIF89a\x01\x00\x01\x00", "picture"), (cut.as_slice(), "picture"), (b"", "none"), (heavy.as_slice(), "large"), (&wide, "large"), (&tall, "large"), (&deep, "large")] {
            let answer = upload(&site, &owner, None, file).await;
            assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, &*format!("{LOOK}?refused={why}&file=logo.png")));
        }
        assert_eq!(upload(&site, &owner, Some("forged"), &large).await.location(), format!("{LOOK}?refused=again"));
        let told = site.get_as(&owner, &format!("{LOOK}?refused=picture&file=our%20%3Clogo%3E.svg")).await.text;
        for part in ["You chose “our &lt;logo&gt;.svg”. That is no PNG, JPEG or WebP picture", "id=\"field-logo-error\"", "aria-describedby=\"field-logo-error field-logo-hint\"", "aria-invalid=\"true\""] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let fresh = site.get_as(&owner, &format!("{LOOK}?refused=whatever&file=a.png")).await.text;
        assert!(!fresh.contains("a.png") && !fresh.contains("field-logo-error"), "{fresh}");
        assert_eq!(site.get("/b/alpha/logo.png").await.status, StatusCode::NOT_FOUND, "nothing was changed");

        for (version, format) in [(1, ImageFormat::Jpeg), (2, ImageFormat::Png), (3, ImageFormat::WebP)] {
            let answer = upload(&site, &owner, None, &picture(1200, 900, format)).await;
            assert_eq!(answer.location(), format!("{LOOK}?uploaded=1"), "{format:?}");
            let page = site.get("/b/alpha").await.text;
            let address = format!("/b/alpha/logo.png?v={version}");
            assert!(page.contains(&format!("src=\"{address}\"")), "{page}");
            let request = Request::get(&address).body(Body::empty()).expect("a request");
            let (parts, body) = site.router.clone().oneshot(request).await.expect("the router answers").into_parts();
            assert_eq!(parts.status, StatusCode::OK);
            assert_eq!(parts.headers[header::CONTENT_TYPE], "image/png");
            assert_eq!(parts.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
            assert_eq!(parts.headers["x-content-type-options"], "nosniff");
            let png = axum::body::to_bytes(body, 4 << 20).await.expect("a body");
            assert_eq!(image::guess_format(&png).expect("a picture"), ImageFormat::Png);
            let drawn = image::load_from_memory(&png).expect("a picture");
            assert_eq!((drawn.width(), drawn.height()), (427, 320), "no larger than it is shown");
        }
        assert_eq!(site.get("/b/alpha/logo.png?v=1").await.headers[header::CACHE_CONTROL], "public, max-age=300");
        let removed = site.form(Some(&owner), "/fn/settings/remove-logo", LOOK, &[("org", "alpha")]).await;
        assert_eq!(removed.status, StatusCode::FOUND);
        assert_eq!(site.get("/b/alpha/logo.png").await.status, StatusCode::NOT_FOUND);
        assert!(!site.get("/b/alpha").await.text.contains("logo.png"));
        upload(&site, &owner, None, &large).await;
        assert!(site.get("/b/alpha").await.text.contains("/b/alpha/logo.png?v=4"), "never an address that was another's");
    }

    /// Pictures are read one after the other, one of each organisation; whoever finds no place is told when to try again, and whoever goes
    /// away makes no room before the work is done.
    async fn pictures_wait_for_their_turn(site: Site) {
        let owner = site.log_in("alpha").await;
        let small = picture(64, 64, ImageFormat::Png);
        let refused = async || {
            let answer = upload(&site, &owner, None, &small).await;
            assert_eq!((answer.status, answer.headers["retry-after"].as_bytes()), (StatusCode::SERVICE_UNAVAILABLE, b"5".as_slice()));
        };
        let taken = async || assert_eq!(upload(&site, &owner, None, &small).await.location(), format!("{LOOK}?uploaded=1"));
        let pictures = &site.platform.pictures;
        let own = pictures.enter(site.alpha).expect("a place");
        refused().await;
        let other = pictures.enter(site.beta).expect("another organisation has its own");
        drop(own);
        taken().await;
        let others: Vec<_> = (0..7).map(|_| pictures.enter(OrgId::new(site.platform.clock.now())).expect("a place")).collect();
        refused().await;
        drop(others);
        drop(other);
        taken().await;
        let answers = join_all((0..6).map(|_| upload(&site, &owner, None, &small))).await;
        let done = |answer: &&Answer| answer.status == StatusCode::SEE_OTHER && answer.location() == format!("{LOOK}?uploaded=1");
        let full = answers.iter().filter(|answer| answer.status == StatusCode::SERVICE_UNAVAILABLE).count();
        let taken_in = answers.iter().filter(done).count();
        assert!(taken_in >= 1 && taken_in + full == answers.len(), "{answers:?}");

        let large = picture(1600, 1600, ImageFormat::Png);
        let gone = tokio::time::timeout(Duration::from_millis(1), pictures.draw(site.alpha, large, pictures::png)).await;
        assert!(gone.is_err(), "whoever sent it went away");
        assert!(pictures.enter(site.alpha).is_err(), "and it is still being read");
        let mut place = pictures.enter(site.alpha);
        for _ in 0..3_000 {
            if place.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            place = pictures.enter(site.alpha);
        }
        assert!(place.is_ok(), "it ends");
    }

    /// The log of an organisation that isn't being erased keeps every entry, whoever asks the database.
    async fn the_log_still_keeps_every_entry(site: Site) {
        site.log_in("alpha").await;
        for sql in ["DELETE FROM audit_entries", "UPDATE organisations SET erased_at = created_at", "DELETE FROM memberships WHERE role = 'owner'"] {
            let refused = if site.platform.db.is_postgres() {
                let mut database = PgConnection::connect(&site.url).await.expect("PostgreSQL answers");
                database.execute(AssertSqlSafe(sql.to_owned())).await.is_err()
            } else {
                let mut database = SqliteConnection::connect(&site.url).await.expect("SQLite answers");
                database.execute(AssertSqlSafe(sql.to_owned())).await.is_err()
            };
            let any = count(&site, "SELECT COUNT(*) FROM audit_entries").await > 0;
            assert!(refused || sql.contains("audit") && !any, "{sql}");
        }
        let org = site.alpha;
        let mut tx = OrgTx::open(&site.platform, &Actor::System("a test"), OrgRef::Id(org), &permissions::ENTER, Access::Write).await.expect("open");
        tx.audit("platform.details_saved", org.0, &audit::Detail::default()).await.expect("an entry");
        tx.commit().await.expect("a commit");
        let mut tx = OrgTx::open(&site.platform, &Actor::System("a test"), OrgRef::Id(org), &permissions::ENTER, Access::Write).await.expect("open");
        assert!(platform_sql!(exec, &mut tx, "DELETE FROM audit_entries WHERE org_id = $1", org).is_err());
    }
}

fn refused(made: Result<OrgId, AppError>) -> Code {
    made.expect_err("it is refused").code
}

async fn accent(site: &Site, cookie: &str, accent: &str, other: &str) -> Answer {
    site.form(Some(cookie), "/fn/settings/save-accent", LOOK, &[("org", "alpha"), ("accent", accent), ("other", other)])
        .await
}

/// A picture of this size.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(width, height, image::Rgb([27, 84, 112]))
        .write_to(&mut file, format)
        .expect("a picture");
    file.into_inner()
}

/// What stands at the beginning of a PNG of this size, with eight bytes for each pixel, and none of them.
fn beginning_of_png(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend([16, 6, 0, 0, 0]);
    for (kind, body) in [(b"IHDR", head), (b"IDAT", vec![0x78, 0x01])] {
        let chunk = [kind.as_slice(), &body].concat();
        file.extend(u32::try_from(body.len()).expect("short").to_be_bytes());
        file.extend(&chunk);
        file.extend(checksum(&chunk).to_be_bytes());
    }
    file
}

/// CRC-32, as PNG has it.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        let step = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
        (0..8).fold(sum ^ u32::from(*byte), step)
    })
}

/// Sends a file as the page's form does, with the session's token or another.
async fn upload(site: &Site, cookie: &str, token: Option<&str>, file: &[u8]) -> Answer {
    let (path, file) = (format!("{LOOK}/logo"), ("logo", "logo.png", "image/png", file));
    match token {
        None => site.upload(cookie, &path, &[], file).await,
        Some(token) => site.upload_with(cookie, &path, token, &[], file).await,
    }
}

/// Every table that has rows of organisations.
fn tables() -> impl Iterator<Item = String> {
    let tables = Tables::from_migrations(&root().join("migrations"));
    let names: Vec<String> =
        tables.names().filter(|name| tables.scope(name) == Some("org_id")).map(str::to_owned).collect();
    assert!(names.len() > 10, "{names:?}");
    // One that a later migration put another in the place of.
    names.into_iter().filter(|name| !name.ends_with("_before"))
}

/// Books, and gives the private link's token.
async fn book(site: &Site, org: &str, key: &str, notes: &str) -> String {
    let start = site.slots(org, "follow-up").await[0].clone();
    let body = json!({
        "service": "follow-up", "start": start, "name": "Casey Client", "email": "casey@example.com", "phone": "0412 345 678", "notes": notes,
    });
    let made = site.book(org, key, &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.json()["token"].as_str().expect("a token").to_owned()
}

async fn ask(site: &Site, cookie: &str) -> Answer {
    site.form(Some(cookie), "/fn/settings/ask-export", DATA, &[("org", "alpha")]).await
}

async fn close(site: &Site, cookie: &str, typed: &str) -> Answer {
    site.form(Some(cookie), "/fn/settings/close", DATA, &[("org", "alpha"), ("typed", typed)]).await
}

async fn keep(site: &Site, cookie: &str) -> Answer {
    site.form(Some(cookie), "/fn/settings/keep", DATA, &[("org", "alpha")]).await
}

/// Where the file can be fetched, as the page says it.
async fn link(site: &Site, cookie: &str) -> String {
    let page = site.get_as(cookie, DATA).await.text;
    let start = page.find(&format!("{DATA}/")).unwrap_or_else(|| panic!("no link: {page}"));
    page[start..].split('"').next().expect("an address").to_owned()
}

/// The file's bytes.
async fn fetch(site: &Site, cookie: &str, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = Request::get(path).header(header::COOKIE, cookie).header(header::ACCEPT_ENCODING, "gzip, br");
    let request = request.body(Body::empty()).expect("a request");
    let response = site.router.clone().oneshot(request).await.expect("the router answers");
    let (parts, body) = response.into_parts();
    assert!(
        parts.status != StatusCode::OK || !parts.headers.contains_key(header::CONTENT_ENCODING),
        "a zip is packed already"
    );
    let bytes = axum::body::to_bytes(body, 16 << 20).await.expect("a body");
    (parts.status, parts.headers, bytes.to_vec())
}

fn text(files: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str) -> String {
    let mut bytes = Vec::new();
    files.by_name(name).expect("a file").read_to_end(&mut bytes).expect("its content");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Somebody has taken the export that waits, so many times, and has it until then.
async fn as_taken(site: &Site, until: Instant, attempts: i64) {
    let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE exports SET due_at = $1, attempts = $2 WHERE ready_at IS NULL",
        until,
        attempts
    )
    .expect("a lease");
    tx.commit().await.expect("a commit");
}

/// How many rows an organisation has, in all tables.
async fn rows(site: &Site, org: OrgId) -> i64 {
    let id = if site.platform.db.is_postgres() { format!("'{org}'") } else { format!("X'{}'", org.0.simple()) };
    let parts: Vec<String> =
        tables().map(|table| format!("(SELECT COUNT(*) FROM {table} WHERE org_id = {id})")).collect();
    count(site, &format!("SELECT {}", parts.join(" + "))).await
}

/// A number, asked of the database as its owner.
async fn count(site: &Site, sql: &str) -> i64 {
    let sql = AssertSqlSafe(sql.to_owned());
    if site.platform.db.is_postgres() {
        let mut database = PgConnection::connect(&site.url).await.expect("PostgreSQL answers");
        database.fetch_one(sql).await.expect("a number").get(0)
    } else {
        let mut database = SqliteConnection::connect(&site.url).await.expect("SQLite answers");
        database.fetch_one(sql).await.expect("a number").get(0)
    }
}

/// A client's name as it lies in the database: the one that `book` gave.
async fn sealed_name(site: &Site, org: OrgId) -> (Place, Vec<u8>) {
    let actor = Actor::System("a test");
    let mut tx =
        OrgTx::open(&site.platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Read).await.expect("open");
    let keys = tx.keys().await.expect("keys");
    let all = platform_sql!(
        all(Uuid, Vec<u8>),
        &mut tx,
        "SELECT id, client_name FROM calendar_appointments WHERE org_id = $1",
        org
    )
    .expect("appointments");
    tx.rollback().await.expect("an end");
    let place = |row| Place { table: "calendar_appointments", column: "client_name", row };
    let found = all.into_iter().find(|(id, name)| keys.open(place(*id), name).is_ok_and(|name| name == "Casey Client"));
    let (id, name) = found.expect("the booking");
    (place(id), name)
}

/// Every wrapped data key: whose, which, and the bytes.
async fn wrapped_keys(site: &Site) -> Vec<(Uuid, u32, Vec<u8>)> {
    let mut tx = site.platform.begin(Access::Read).await.expect("a transaction");
    let keys = platform_sql!(all(Uuid, i64, Vec<u8>), &mut tx, "SELECT owner_id, generation, wrapped FROM data_keys")
        .expect("keys");
    tx.commit().await.expect("an end");
    keys.into_iter().map(|(of, number, key)| (of, u32::try_from(number).expect("a number"), key)).collect()
}
