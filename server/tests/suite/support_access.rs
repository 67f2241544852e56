//! Support: whoever runs the platform looks at an organisation while its owner lets them, changes nothing, and is seen doing it.

use std::collections::BTreeSet;

use app::{
    admin::wire::{LogPage, OrgPage},
    audit,
    auth::{
        accounts,
        wire::{NavItem, Shell},
    },
    db::Access,
    ids::UserId,
    mail::Letter,
    org::{Actor, OrgRef, OrgTx, Role},
    people::wire::AuditPage,
    permissions, platform_sql,
    settings::wire::Place,
    support::{
        api::{LookedLine, SupportPage},
        consent,
    },
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};

use crate::{
    admin::operator,
    live, on_both, outsider,
    support::{Answer, PASSWORD, Site, booking},
};

const PAGE: &str = "/app/alpha/settings/support";
const ORG: &str = "/admin/orgs/alpha";
const DIARY: &str = "/app/alpha/calendar";
const APPOINTMENTS: &str = "/api/v1/orgs/alpha/calendar/appointments";
const OWNER: &str = "owner@alpha.example.com";
const ABOUT: &str = "Two bookings at nine: why did canary-about come twice?";
/// A day after [`crate::support::NOW`], on the clock of the organisation.
const UNTIL: &str = "24 November 2026 at 9:00 am AEDT";

/// What the forms of an organisation send: good, so that the refusal is about who asks.
const FIELDS: &[(&str, &str)] = &[
    ("org", "alpha"),
    ("version", "1"),
    ("view", "week"),
    ("date", "2026-12-01"),
    ("name", "Word"),
    ("slug", "word"),
    ("description", ""),
    ("phone", ""),
    ("address", ""),
    ("zone", "Australia/Sydney"),
    ("scopes[]", "calendar.appointments.view"),
    ("duration", "30"),
    ("interval", ""),
    ("buffer_before", "0"),
    ("buffer_after", "0"),
    ("notice", "0"),
    ("window_days", "30"),
    ("price", "85"),
    ("off", "true"),
    ("earlier", "true"),
    ("email", "casey@example.com"),
    ("role", "member"),
    ("policy", "everyone"),
    ("grace_days", "7"),
    ("idle_minutes", "30"),
    ("token", "x"),
    ("answer", "{}"),
    ("plan", "team"),
    ("typed", "Alpha Clinic"),
    ("accent", "#1b5470"),
    ("abn", ""),
    ("legal_name", ""),
    ("period", "month"),
    ("seats", "5"),
    ("state", "NSW"),
    ("hours", "1"),
    ("at", "0"),
];

on_both! {
    /// The owner lets support look, support looks, and an admin ends it: each is told, shown on every page, and on record.
    async fn the_owner_lets_support_look_until_it_is_ended(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        let (_, admin) = site.join(site.alpha, "admin@alpha.example.com", Role::Admin).await;
        let (_, member) = site.join(site.alpha, "member@alpha.example.com", Role::Member).await;
        let start = site.slots("alpha", "follow-up").await[0].clone();
        assert_eq!(site.book("alpha", "support-key-1", &booking("follow-up", &start)).await.status, StatusCode::CREATED);
        site.mailed().await;
        for path in [DIARY, "/app/alpha", "/app/alpha/settings", "/app/alpha/live", APPOINTMENTS] {
            let refused = site.get_as(&operator, path).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path}");
            assert!(!refused.text.contains("Alpha Clinic") && !refused.text.contains("Casey"), "{path}");
        }
        let page = site.get_as(&owner, PAGE).await;
        assert!(page.status == StatusCode::OK && page.text.contains("Olly Operator") && page.text.contains("Let support look"), "{}", page.text);
        assert!(!site.get_as(&owner, DIARY).await.text.contains("support can see"));

        let given = give(&site, &owner, "24", ABOUT).await;
        assert_eq!((given.status, given.location()), (StatusCode::FOUND, format!("{PAGE}?given=1").as_str()), "{}", given.text);
        let letter = one_letter(&site, OWNER).await;
        assert_eq!(letter.subject, "Support can look at Alpha Clinic");
        assert!(letter.text().contains(UNTIL), "{}", letter.text());
        let page = site.get_as(&owner, PAGE).await.text;
        assert!(page.contains("Support can look") && page.contains(UNTIL) && page.contains("canary-about") && page.contains("Nothing so far."), "{page}");
        let dump = site.raw_dump().await;
        assert!(!dump.windows(12).any(|window| window == b"canary-about"), "what it is about is sealed");

        let org: OrgPage = site.read(&operator, "/fn/admin/org?slug=alpha").await.expect("the organisation");
        assert_eq!((org.support.until.as_deref(), org.support.about.as_str()), (Some(UNTIL), ABOUT));
        let shown = site.get_as(&operator, ORG).await.text;
        assert!(shown.contains("Open as support") && shown.contains("href=\"/app/alpha\""), "{shown}");
        let led = Request::get("/app/alpha").header(header::COOKIE, &operator).header(header::ACCEPT, "text/html");
        let led = site.send(led.body(Body::empty()).expect("a request")).await;
        assert_eq!((led.status, led.location()), (StatusCode::FOUND, DIARY));
        let diary = site.get_as(&operator, DIARY).await;
        assert!(diary.status == StatusCode::OK && diary.text.contains("Casey Client"), "{}", diary.text);
        assert!(diary.text.contains("Viewing as support until 24 November, 9:00 am. Read only."), "{}", diary.text);
        let shell: Shell = site.read(&operator, "/fn/auth/whoami?org=alpha").await.expect("the frame");
        assert_eq!((shell.role.as_str(), shell.user_name.as_str(), shell.operator), ("support", "Olly Operator", true));
        let link = shell.support.expect("a notice").link;
        assert_eq!(link, Some(("Leave".to_owned(), ORG.to_owned())));
        assert!(site.get_as(&operator, APPOINTMENTS).await.text.contains("Casey Client"));
        let letter = one_letter(&site, OWNER).await;
        assert_eq!(letter.subject, "Support has begun to look at Alpha Clinic");
        assert!(letter.text().contains("Olly Operator"), "{}", letter.text());

        // Its people see it on every page, and who may end it is led there.
        for (cookie, leads) in [(&owner, true), (&admin, true), (&member, false)] {
            let page = site.get_as(cookie, DIARY).await.text;
            assert!(page.contains(&format!("Olly Operator, Devalo support, can see this organisation until {UNTIL}.")), "{page}");
            assert_eq!(page.contains(&format!("href=\"{PAGE}\"")), leads, "{page}");
        }
        assert_eq!(end(&site, &member).await.status, StatusCode::FORBIDDEN);
        let ended = end(&site, &admin).await;
        assert_eq!((ended.status, ended.location()), (StatusCode::FOUND, format!("{PAGE}?ended=1").as_str()), "{}", ended.text);
        for path in [DIARY, "/app/alpha", APPOINTMENTS] {
            assert_eq!(site.get_as(&operator, path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let letter = one_letter(&site, OWNER).await;
        assert_eq!(letter.subject, "Support can’t look at Alpha Clinic any more");
        assert!(letter.text().contains("Person admin has ended it."), "{}", letter.text());
        assert_eq!(end(&site, &owner).await.status, StatusCode::CONFLICT, "once");
        assert!(!site.get_as(&member, DIARY).await.text.contains("support can see"));
        let page = site.get_as(&owner, PAGE).await.text;
        assert!(page.contains("Let support look") && page.contains("looked at appointments and who booked"), "what was looked at stays: {page}");
        assert!(site.get_as(&operator, ORG).await.text.contains("Ask for access"));
        // It can be given again.
        assert_eq!(give(&site, &owner, "1", "").await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&operator, DIARY).await.status, StatusCode::OK);
    }

    /// A consent lets in who runs the platform, with a second factor, into that organisation; and nobody else, anywhere else.
    async fn a_consent_lets_nobody_else_in(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        let beta = site.log_in("beta").await;
        assert_eq!(give(&site, &owner, "24", "").await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::OK);
        for path in ["/app/beta/calendar", "/app/beta/settings", "/api/v1/orgs/beta/calendar/appointments"] {
            assert_eq!(site.get_as(&operator, path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(site.get_as(&beta, APPOINTMENTS).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(APPOINTMENTS).await.status, StatusCode::UNAUTHORIZED);
        // Another who runs the platform may, once they have a second factor; the owner hears of each.
        let other = accounts::create_user(&site.platform, "pat@platform.example.com", "Pat Lee", PASSWORD).await.expect("a user");
        let cookie = site.log_in_as("pat@platform.example.com").await;
        assert_eq!(site.get_as(&cookie, APPOINTMENTS).await.status, StatusCode::NOT_FOUND);
        runs(&site, other, true).await;
        assert_eq!(site.get_as(&cookie, APPOINTMENTS).await.status, StatusCode::NOT_FOUND, "without a second factor");
        let cookie = site.enrol(&cookie).await;
        site.mailed().await;
        assert_eq!(site.get_as(&cookie, APPOINTMENTS).await.status, StatusCode::OK);
        assert!(one_letter(&site, OWNER).await.text().contains("Pat Lee, Devalo support, has begun to look"));
        // Who runs it no longer is out at the next click.
        runs(&site, other, false).await;
        assert_eq!(site.get_as(&cookie, APPOINTMENTS).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::OK);
    }

    /// Who hasn't said who they are looks at nothing, for the owner is told of each by name.
    async fn who_has_no_name_yet_sees_nothing(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        assert_eq!(give(&site, &owner, "24", "").await.status, StatusCode::FOUND);
        site.mailed().await;
        nameless(&site, true).await;
        for path in [APPOINTMENTS, DIARY, "/app/alpha"] {
            assert_eq!(site.get_as(&operator, path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert!(site.mailed().await.is_empty(), "nobody has begun to look");
        nameless(&site, false).await;
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::OK);
        assert!(one_letter(&site, OWNER).await.text().contains("Olly Operator, Devalo support, has begun to look"));
    }

    /// It ends by the clock, whether the job that writes that down has come by or not.
    async fn it_ends_by_itself(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        assert_eq!(give(&site, &owner, "1", "").await.status, StatusCode::FOUND);
        site.mailed().await;
        // A session that isn't used ends, too; that it is used is written down while nobody waits for it.
        for at in ["2026-11-22T22:20:00Z", "2026-11-22T22:30:00Z", "2026-11-22T22:40:00Z", "2026-11-22T22:50:00Z", "2026-11-22T22:59:59Z"] {
            site.set_clock(at);
            assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::OK, "{at}");
        }
        consent::carry_out(&site.platform).await.expect("nothing is due");
        assert!(site.mailed().await.iter().all(|letter| !letter.subject.contains("any more")));
        site.set_clock("2026-11-22T23:00:00Z");
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::NOT_FOUND);
        let owner = site.log_in("alpha").await;
        assert!(!site.get_as(&owner, DIARY).await.text.contains("support can see"));
        assert_eq!(end(&site, &owner).await.status, StatusCode::CONFLICT, "it is over");
        for _ in 0..2 {
            consent::carry_out(&site.platform).await.expect("it is written down, once");
        }
        let letters = site.mailed().await;
        let told: Vec<&Letter> = letters.iter().filter(|letter| letter.subject.contains("any more")).collect();
        assert!(told.len() == 1 && told[0].text().contains("The time that you chose is over."), "{letters:?}");
        let log: AuditPage = site.read(&owner, "/fn/people/audit?org=alpha&what=platform.support_ended").await.expect("the log");
        assert_eq!(log.days[0].entries.iter().map(|line| line.what.as_str()).collect::<Vec<_>>(), ["Devalo ended support’s access"]);
        // One that is over stands in nobody's way, though the job hasn't come by.
        assert_eq!(give(&site, &owner, "1", "").await.status, StatusCode::FOUND);
        site.set_clock("2026-11-23T00:00:01Z");
        let owner = site.log_in("alpha").await;
        assert_eq!(give(&site, &owner, "72", "").await.status, StatusCode::FOUND);
    }

    /// What support follows live ends with the consent, within two seconds; what its people follow goes on.
    async fn a_stream_ends_with_the_consent(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        assert_eq!(give(&site, &owner, "24", "").await.status, StatusCode::FOUND);
        let mut ended = live::open(&site, &operator, "/app/alpha/live", None).await;
        let mut goes_on = live::open(&site, &owner, "/app/alpha/live", None).await;
        ended.next_frame().await;
        goes_on.next_frame().await;
        assert_eq!(end(&site, &owner).await.status, StatusCode::FOUND);
        ended.is_over().await;
        let slots = site.slots("alpha", "follow-up").await;
        let booked = site.book("alpha", "still-here-s", &booking("follow-up", &slots[0])).await.json();
        assert!(goes_on.next_frame().await.contains(booked["id"].as_str().expect("an id")));
        // So it does when its time is over and that is written down.
        assert_eq!(give(&site, &owner, "1", "").await.status, StatusCode::FOUND);
        let mut ended = live::open(&site, &operator, "/app/alpha/live", None).await;
        ended.next_frame().await;
        site.set_clock("2026-11-22T22:25:00Z");
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::OK);
        site.set_clock("2026-11-22T22:50:00Z");
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::OK);
        site.set_clock("2026-11-22T23:00:00Z");
        consent::carry_out(&site.platform).await.expect("it is written down");
        ended.is_over().await;
    }

    /// To support the dashboard’s forms show what stands in them and can’t be sent, where the server alone writes a page and where the
    /// browser’s program goes on with it; logging out can. A form that was sent all the same comes back like that. Everybody else’s, and
    /// support’s own account’s, are as ever.
    async fn forms_are_only_read(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        assert_eq!(give(&site, &owner, "24", "").await.status, StatusCode::FOUND);
        for path in ["/app/alpha/settings/details", "/app/alpha/settings/look"] {
            let page = site.get_as(&operator, path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert!(page.text.contains("data-looked-at=\"alpha\""), "{path}: {}", page.text);
            let (locked, forms) = (locked(&page.text), page.text.matches("<form").count());
            assert!(locked > 0 && locked < forms, "{path}: {locked} of {forms}: {}", page.text);
            assert!(page.text.contains("Read only."), "{path}");
            let log_out = page.text.split("action=\"/fn/auth/log-out\"").nth(1).and_then(|rest| rest.split("</form>").next());
            assert!(log_out.is_some_and(|form| form.contains("Log out") && !form.contains("looked-at")), "{path}: {}", page.text);
            let own = site.get_as(&owner, path).await;
            assert!(own.status == StatusCode::OK && !own.text.contains("looked-at"), "{path}: {}", own.text);
        }
        // What only changes something isn’t offered.
        for (cookie, offered) in [(&operator, false), (&owner, true)] {
            let page = site.get_as(cookie, "/app/alpha/calendar/clients").await;
            assert_eq!((page.status, page.text.contains("Add a client")), (StatusCode::OK, offered), "{}", page.text);
        }
        let fields = [("org", "alpha"), ("version", "1"), ("name", "Word"), ("description", ""), ("phone", ""), ("address", ""), ("zone", "Australia/Sydney")];
        let refused = site.form(Some(&operator), "/fn/settings/save-details", "/app/alpha/settings/details", &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
        assert!(locked(&refused.text) > 0, "{}", refused.text);
        for path in ["/account", ORG] {
            let page = site.get_as(&operator, path).await;
            assert!(page.status == StatusCode::OK && !page.text.contains("looked-at"), "{path}: {}", page.text);
        }
        assert_eq!(end(&site, &owner).await.status, StatusCode::FOUND);
        let page = site.get_as(&operator, "/app/alpha/settings/details").await;
        assert!(page.status == StatusCode::NOT_FOUND && !page.text.contains("looked-at"), "{}", page.text);
    }

    /// Every change that there is, through the API and through forms, is refused to support, and changes nothing.
    async fn support_changes_nothing(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let made = site.book("alpha", "support-key-2", &booking("follow-up", &start)).await.json();
        let id = made["id"].as_str().expect("an id").to_owned();
        let staff = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/staff").await.json()[0]["id"].as_str().expect("an id").to_owned();
        assert_eq!(give(&site, &owner, "24", "").await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::OK, "it is let in");
        let before = sequence(&site).await;
        let refused = async |path: &str, but: &[(&str, &str)]| {
            let kept = FIELDS.iter().filter(|(name, _)| !but.iter().any(|(other, _)| other == name));
            let fields: Vec<(&str, &str)> = kept.chain(but).copied().collect();
            site.packed::<()>(Some(&operator), path, &fields).await.expect_err(path)
        };
        let description = site.get("/api/v1/openapi.json").await.json();
        let mut called = 0;
        for (path, methods) in description["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                let name = format!("{} {path}", method.to_uppercase());
                if method == "get" || outsider::PUBLIC.contains(&name.as_str()) {
                    continue;
                }
                let address = path.replace("{org}", "alpha").replace("{id}", &id).replace("{date}", "2026-12-01").replace("{service}", "follow-up");
                let body = outsider::example(&description, &operation["requestBody"]["content"]["application/json"]["schema"]);
                let method: Method = method.to_uppercase().parse().expect("a method");
                let answer = site.json(method, Some(&operator), &address, &body).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {answer:?}");
                called += 1;
            }
        }
        assert!(called >= 5, "only {called}");
        let mut forms = BTreeSet::new();
        for (path, method) in leptos::server_fn::axum::server_fn_paths() {
            let name = format!("{method} {path}");
            let elsewhere = path.starts_with("/fn/admin/") || path.starts_with("/fn/start/");
            if method == Method::GET || elsewhere || outsider::PUBLIC.contains(&name.as_str()) || outsider::OWN.contains(&name.as_str()) {
                continue;
            }
            let answer = refused(path, &[("id", &id)]).await;
            assert!(answer.status.is_client_error(), "{name}: {answer:?}");
            forms.insert(path);
        }
        assert!(forms.len() >= 20, "only {forms:?}");
        // The usual ones of each, with what they take: refused for who asks.
        for (path, but) in [
            ("/fn/calendar/cancel", vec![("id", id.as_str())]), ("/fn/calendar/no-show", vec![("id", &id)]), ("/fn/calendar/setup/add-person", vec![]),
            ("/fn/calendar/setup/save-person", vec![("id", &staff), ("version", "1"), ("active", "true")]), ("/fn/calendar/setup/clear-date", vec![("id", &staff)]),
            ("/fn/settings/save-details", vec![]), ("/fn/settings/save-accent", vec![]), ("/fn/settings/remove-logo", vec![]),
            ("/fn/settings/make-token", vec![]), ("/fn/settings/ask-export", vec![]), ("/fn/settings/close", vec![]), ("/fn/settings/give-support", vec![]),
            ("/fn/settings/end-support", vec![]), ("/fn/people/invite", vec![]), ("/fn/people/leave", vec![]), ("/fn/people/save-security", vec![]),
            ("/fn/people/answer-ownership", vec![("take", "true")]),
        ] {
            let answer = refused(path, &but).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {answer:?}");
        }
        let said = refused("/fn/calendar/cancel", &[("id", &id)]).await;
        assert!(said.text.contains("Support can look, and change nothing."), "{said:?}");
        let answer = site.json(Method::POST, Some(&operator), &format!("{APPOINTMENTS}/{id}/cancel"), &serde_json::json!({ "nonsense": 1 })).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "before its body is read: {answer:?}");
        let upload = Request::post("/app/alpha/settings/look/logo").header("sec-fetch-site", "same-origin").header(header::COOKIE, &operator);
        let upload = upload.header(header::CONTENT_TYPE, "multipart/form-data; boundary=x").body(Body::from("--x--\r\n"));
        assert_eq!(site.send(upload.expect("a request")).await.status, StatusCode::FORBIDDEN, "before a file is read");
        assert_eq!(sequence(&site).await, before, "nothing has happened");
        let log: AuditPage = site.read(&owner, "/fn/people/audit?org=alpha").await.expect("the log");
        let theirs = log.days.iter().flat_map(|day| &day.entries).filter(|line| line.what.starts_with("Olly Operator"));
        for line in theirs {
            assert!(["(Devalo support) looked ", "(Devalo support) opened "].iter().any(|what| line.what.contains(what)), "{}", line.what);
        }
    }

    /// Support sees what admins see of the modules, the people and the settings. What is the owner's alone, secrets, the plan and the log
    /// stay closed, and aren't led to.
    async fn what_isnt_for_support_stays_closed(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        assert_eq!(give(&site, &owner, "24", "").await.status, StatusCode::FOUND);
        for path in [DIARY, "/app/alpha/calendar/services", "/app/alpha/calendar/services/new", "/app/alpha/calendar/staff", "/app/alpha/settings", "/app/alpha/settings/details", "/app/alpha/settings/people", "/app/alpha/settings/look"] {
            let page = site.get_as(&operator, path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
            assert!(page.text.contains("Viewing as support until"), "{path}");
        }
        for path in [
            "/app/alpha/settings/tokens", "/app/alpha/settings/billing", "/app/alpha/settings/data", "/app/alpha/settings/security", "/app/alpha/settings/audit",
            "/app/alpha/settings/audit.csv", PAGE, "/api/v1/orgs/alpha/tokens",
            "/app/alpha/settings/data/00000000-0000-0000-0000-000000000000/export.zip",
        ] {
            let page = site.get_as(&operator, path).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}: {}", page.text);
        }
        let places: Vec<Place> = site.read(&operator, "/fn/settings/places?org=alpha").await.expect("the places");
        let shell: Shell = site.read(&operator, "/fn/auth/whoami?org=alpha").await.expect("the frame");
        let led = places.iter().map(|place| &place.href).chain(shell.nav.iter().map(|NavItem { href, .. }| href));
        for href in led.chain(shell.nav.iter().flat_map(|item| &item.also)) {
            for closed in ["tokens", "billing", "/data", "security", "audit", "support"] {
                assert!(!href.contains(closed), "{href}");
            }
        }
        assert!(places.iter().any(|place| place.href == "/admin") && places.iter().any(|place| place.href.ends_with("/calendar/staff")));
        // Whatever permission comes to be: of the platform's own these alone.
        let seen: Vec<&str> = permissions::all().filter(|one| one.module.is_none() && permissions::is_seen_by_support(one)).map(|one| one.name).collect();
        assert_eq!(seen, ["platform.enter", "platform.details", "platform.people"]);
    }

    /// The owner alone, who has just shown again who they are, lets support look; what is missing is said at its field.
    async fn only_the_owner_lets_support_look(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        let (_, admin) = site.join(site.alpha, "admin@alpha.example.com", Role::Admin).await;
        let (_, member) = site.join(site.alpha, "member@alpha.example.com", Role::Member).await;
        let stranger = site.log_in("beta").await;
        assert_eq!(site.form(None, "/fn/settings/give-support", PAGE, &[("org", "alpha"), ("hours", "1")]).await.status, StatusCode::UNAUTHORIZED);
        for (cookie, status, page) in [
            (&admin, StatusCode::FORBIDDEN, StatusCode::OK), (&member, StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
            (&stranger, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), (&operator, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
        ] {
            assert_eq!(give(&site, cookie, "1", "").await.status, status);
            assert_eq!(site.get_as(cookie, PAGE).await.status, page);
        }
        assert!(site.get_as(&admin, PAGE).await.text.contains("Only the owner can let support look."));
        for hours in ["", "0", "2", "1000", "-1", "24.5"] {
            let refused = give(&site, &owner, hours, "kept as typed").await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{hours}");
            assert!(refused.text.contains("Choose for how long.") && refused.text.contains("kept as typed"), "{}", refused.text);
        }
        for about in ["x".repeat(1001), "a\u{7}b".to_owned()] {
            assert_eq!(give(&site, &owner, "1", &about).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(end(&site, &owner).await.status, StatusCode::CONFLICT, "none of these was taken");
        assert_eq!(give(&site, &owner, "1", "").await.status, StatusCode::FOUND);
        assert_eq!(give(&site, &owner, "72", "").await.status, StatusCode::CONFLICT, "one at a time");
        assert_eq!(end(&site, &stranger).await.status, StatusCode::NOT_FOUND);
        assert_eq!(end(&site, &owner).await.status, StatusCode::FOUND);
        // A browser that was left open lets nobody in.
        site.set_clock("2026-11-22T22:11:00Z");
        assert_eq!(give(&site, &owner, "1", "").await.status, StatusCode::FORBIDDEN);
        let page = site.get_as(&owner, PAGE).await.text;
        assert!(page.contains("Confirm that it is you") && !page.contains("name=\"hours\""), "{page}");
    }

    /// Whoever runs the platform asks, saying why; the owner is mailed, once an hour at most, and decides.
    async fn support_asks_first(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        site.mailed().await;
        assert_eq!(ask(&site, &owner, "please").await.status, StatusCode::NOT_FOUND);
        for why in ["", "   ", &"x".repeat(1001)] {
            assert_eq!(ask(&site, &operator, why).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let nobody = [("slug", "nobody"), ("why", "please")];
        assert_eq!(site.form(Some(&operator), "/fn/admin/ask-access", ORG, &nobody).await.status, StatusCode::NOT_FOUND);
        let asked = ask(&site, &operator, ABOUT).await;
        assert_eq!((asked.status, asked.location()), (StatusCode::FOUND, "/admin/orgs/alpha?asked=1"), "{}", asked.text);
        let letter = one_letter(&site, OWNER).await;
        assert_eq!(letter.subject, "May support look at Alpha Clinic?");
        assert!(letter.text().contains("Olly Operator") && letter.text().contains(ABOUT), "{}", letter.text());
        assert!(letter.action.as_ref().is_some_and(|(_, address)| address.ends_with(PAGE)), "{letter:?}");
        let again = ask(&site, &operator, "please").await;
        assert_eq!((again.status, &again.headers[header::RETRY_AFTER]), (StatusCode::TOO_MANY_REQUESTS, &"3601".parse().expect("a value")));
        assert!(again.text.contains("please"), "what was typed is still there: {}", again.text);
        assert!(site.mailed().await.is_empty());
        assert_eq!(site.get_as(&operator, DIARY).await.status, StatusCode::NOT_FOUND, "asking opens nothing");
        let page = site.get_as(&owner, PAGE).await.text;
        assert!(page.contains("Olly Operator asked to look") && page.contains("canary-about"), "{page}");
        let org: OrgPage = site.read(&operator, "/fn/admin/org?slug=alpha").await.expect("the organisation");
        assert!(org.support.asked.is_some() && org.support.until.is_none());
        let log: AuditPage = site.read(&owner, "/fn/people/audit?org=alpha&what=platform.support_asked").await.expect("the log");
        assert_eq!(log.days[0].entries[0].what, "Olly Operator asked to look as support");
        let log: LogPage = site.read(&operator, "/fn/admin/log?ours=true").await.expect("the log");
        assert_eq!(log.lines[0].what, "Olly Operator asked to look at Alpha Clinic as support");
        assert_eq!(give(&site, &owner, "1", "").await.status, StatusCode::FOUND);
        assert_eq!(ask(&site, &operator, "please").await.status, StatusCode::CONFLICT);
        assert_eq!(end(&site, &owner).await.status, StatusCode::FOUND);
        assert!(!site.get_as(&owner, PAGE).await.text.contains("asked to look "), "it was answered");
    }

    /// The question says for how long, on the page and in the letter; the owner may agree to that, or choose another.
    async fn a_question_says_for_how_long(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        site.mailed().await;
        let ask_for = async |hours: &str| {
            let fields = [("slug", "alpha"), ("why", ABOUT), ("hours", hours)];
            site.form(Some(&operator), "/fn/admin/ask-access", ORG, &fields).await
        };
        for wrong in ["0", "2", "73", "-4", "four"] {
            let refused = ask_for(wrong).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert!(refused.text.contains("id=\"field-hours-error\""), "{wrong}: {}", refused.text);
        }
        assert_eq!(ask_for("24").await.status, StatusCode::FOUND);
        let letter = one_letter(&site, OWNER).await;
        assert!(letter.text().contains("asks to look at Alpha Clinic for a day, and says why"), "{}", letter.text());
        let page = site.get_as(&owner, PAGE).await.text;
        assert!(page.contains("for a day:") && page.contains(">Allow<") && page.contains(">Don’t allow<"), "{page}");
        let chosen = page.split("<option").find(|option| option.contains(" selected")).expect("one is chosen");
        assert!(chosen.contains("value=\"24\""), "{chosen}");
        assert_eq!(give(&site, &owner, "4", "").await.status, StatusCode::FOUND, "another");
        let page = site.get_as(&owner, PAGE).await.text;
        assert!(page.contains("Until 23 November 2026 at 1:00 pm AEDT"), "{page}");
    }

    /// The owner says no: it is on record, the operator sees it, and nobody asks again for a day. Others can't say it for them.
    async fn an_owner_says_no(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        let decline = async |cookie: &str| site.form(Some(cookie), "/fn/settings/decline-support", PAGE, &[("org", "alpha")]).await;
        assert_eq!(decline(&owner).await.status, StatusCode::CONFLICT, "there is no question");
        assert_eq!(ask(&site, &operator, ABOUT).await.status, StatusCode::FOUND);
        let page = site.get_as(&owner, PAGE).await.text;
        assert!(page.find("Support asks to look") < page.find("What support is") && page.contains("Don’t allow"), "{page}");
        let (_, admin) = site.join(site.alpha, "admin@example.com", Role::Admin).await;
        assert_eq!(decline(&admin).await.status, StatusCode::FORBIDDEN);
        let beta = site.log_in("beta").await;
        assert_eq!(decline(&beta).await.status, StatusCode::NOT_FOUND);
        let said = decline(&owner).await;
        assert_eq!((said.status, said.location()), (StatusCode::FOUND, "/app/alpha/settings/support?declined=1"), "{}", said.text);
        assert_eq!(decline(&owner).await.status, StatusCode::CONFLICT, "once");
        assert!(!site.get_as(&owner, PAGE).await.text.contains("asked to look"));
        let org: OrgPage = site.read(&operator, "/fn/admin/org?slug=alpha").await.expect("the organisation");
        assert!(org.support.asked.is_some_and(|words| words.starts_with("Its owner said no")));
        let again = ask(&site, &operator, "please").await;
        assert_eq!((again.status, &again.headers[header::RETRY_AFTER]), (StatusCode::TOO_MANY_REQUESTS, &"86401".parse().expect("a value")));
    }

    /// Every look is in the organisation's log before it is shown, with who; the same again within five minutes is one entry.
    async fn looks_are_on_record(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        assert_eq!(give(&site, &owner, "24", "").await.status, StatusCode::FOUND);
        let looks = async || {
            let page: SupportPage = site.read(&owner, "/fn/settings/support?org=alpha").await.expect("the page");
            page.looked.into_iter().map(|LookedLine { what, .. }| what).collect::<Vec<_>>()
        };
        assert!(looks().await.is_empty());
        for _ in 0..3 {
            assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::OK);
        }
        let seen = looks().await;
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert!(seen[0].starts_with("Olly Operator (Devalo support) looked at clients’ details"), "{seen:?}");
        assert_eq!(seen[1], "Olly Operator (Devalo support) looked at appointments and who booked");
        assert_eq!(site.get_as(&operator, "/app/alpha/settings/people").await.status, StatusCode::OK);
        let seen = looks().await;
        for what in ["looked at people", "opened the dashboard"] {
            assert!(seen.iter().any(|line| line == &format!("Olly Operator (Devalo support) {what}")), "{what}: {seen:?}");
        }
        let count = seen.len();
        assert_eq!(site.get_as(&operator, "/app/alpha/settings/tokens").await.status, StatusCode::FORBIDDEN);
        assert_eq!(looks().await.len(), count, "what wasn't shown wasn't looked at");
        site.set_clock("2026-11-22T22:05:00Z");
        assert_eq!(site.get_as(&operator, "/api/v1/orgs/alpha/calendar/staff").await.status, StatusCode::OK);
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::OK);
        let again = looks().await.into_iter().filter(|line| line.contains("looked at appointments and who booked")).count();
        assert_eq!(again, 2, "five minutes later");
        let log: LogPage = site.read(&operator, "/fn/admin/log?ours=true").await.expect("the log");
        assert_eq!(log.lines.iter().filter(|line| line.what == "Olly Operator began to look at Alpha Clinic as support").count(), 1);
        let page = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(page.contains("Olly Operator (Devalo support) looked at people") && page.contains("let support look at the organisation"), "{page}");
        // What members do isn't among it.
        assert_eq!(site.get_as(&owner, APPOINTMENTS).await.status, StatusCode::OK);
        assert!(looks().await.iter().all(|line| line.contains("(Devalo support)")));
        let verified = audit::verify(&site.platform).await.expect("verified");
        assert!(verified.iter().all(|log| log.broken.is_none()), "{verified:?}");
    }

    /// Where its people see less, so does support: suspended, closed, or with a plan that has ended.
    async fn support_sees_no_more_than_members(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        assert_eq!(give(&site, &owner, "24", "").await.status, StatusCode::FOUND);
        let shut = [("slug", "alpha"), ("shut", "true")];
        assert_eq!(site.form(Some(&operator), "/fn/admin/suspend", ORG, &shut).await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.get_as(&operator, "/app/alpha/settings/people").await.status, StatusCode::OK);
        assert_eq!(site.form(Some(&operator), "/fn/admin/suspend", ORG, &shut[..1]).await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::OK);
        let close = [("org", "alpha"), ("typed", "Alpha Clinic")];
        assert_eq!(site.form(Some(&owner), "/fn/settings/close", "/app/alpha/settings/data", &close).await.status, StatusCode::FOUND);
        for path in [APPOINTMENTS, "/app/alpha/settings/people", DIARY] {
            assert_eq!(site.get_as(&operator, path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        assert_eq!(give(&site, &owner, "1", "").await.status, StatusCode::CONFLICT);
    }

    /// What one owner agreed to ends when another takes the ownership.
    async fn it_ends_with_the_ownership(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        let (heir, cookie) = site.join(site.alpha, "heir@alpha.example.com", Role::Admin).await;
        assert_eq!(give(&site, &owner, "72", "").await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::OK);
        let offer = [("org", "alpha"), ("id", &heir.to_string())];
        assert_eq!(site.form(Some(&owner), "/fn/people/offer-ownership", PAGE, &offer).await.status, StatusCode::FOUND);
        site.mailed().await;
        let take = [("org", "alpha"), ("take", "true")];
        assert_eq!(site.form(Some(&cookie), "/fn/people/answer-ownership", PAGE, &take).await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::NOT_FOUND);
        let letters = site.mailed().await;
        assert!(letters.iter().any(|letter| letter.to == "heir@alpha.example.com" && letter.subject.starts_with("Support can’t look")), "{letters:?}");
    }
}

/// Several processes on one PostgreSQL: a consent that one of them ends, and one whose time another sees to be over, is over in the streams of
/// all, within two seconds, and nothing of the organisation opens there any more. What its people follow goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_a_consent_that_another_process_ends() {
    let site = Site::postgres().await;
    tokio::spawn(app::others::keep_in_touch(site.platform.clone(), &permissions::ENTER));
    let other = site.another_process().await;
    tokio::spawn(app::others::keep_in_touch(other.platform.clone(), &permissions::ENTER));
    let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
    let slots = site.slots("alpha", "follow-up").await;
    for (round, slot) in slots.iter().step_by(4).take(4).collect::<Vec<_>>().chunks(2).enumerate() {
        assert_eq!(give(&other, &owner, "1", "").await.status, StatusCode::FOUND);
        let mut ended = live::open(&site, &operator, "/app/alpha/live", None).await;
        let mut goes_on = live::open(&site, &owner, "/app/alpha/live", None).await;
        ended.next_frame().await;
        goes_on.next_frame().await;
        // They hear each other once a booking comes through.
        let heard = other.book("alpha", &format!("heard-by-support-{round}"), &booking("follow-up", slot[0])).await;
        assert_eq!(heard.status, StatusCode::CREATED);
        ended.next_frame().await;
        goes_on.next_frame().await;
        if round == 0 {
            assert_eq!(end(&other, &owner).await.status, StatusCode::FOUND);
        } else {
            other.platform.clock.set("2026-11-22T23:00:01Z".parse().expect("an instant"));
            consent::carry_out(&other.platform).await.expect("it is written down");
        }
        ended.is_over().await;
        assert_eq!(site.get_as(&operator, APPOINTMENTS).await.status, StatusCode::NOT_FOUND);
        other.book("alpha", &format!("still-here-after-{round}"), &booking("follow-up", slot[1])).await;
        let goes_on = goes_on.next_frame().await;
        assert!(goes_on.contains("calendar.appointment_booked"), "{goes_on}");
    }
}

/// How many forms of a page can’t be sent.
fn locked(page: &str) -> usize {
    let tags = page.split("<fieldset").skip(1).filter_map(|rest| rest.split('>').next());
    tags.filter(|tag| tag.contains("looked-at") && tag.contains(" disabled")).count()
}

async fn give(site: &Site, cookie: &str, hours: &str, about: &str) -> Answer {
    let fields = [("org", "alpha"), ("hours", hours), ("about", about)];
    site.form(Some(cookie), "/fn/settings/give-support", PAGE, &fields).await
}

async fn end(site: &Site, cookie: &str) -> Answer {
    site.form(Some(cookie), "/fn/settings/end-support", PAGE, &[("org", "alpha")]).await
}

async fn ask(site: &Site, cookie: &str, why: &str) -> Answer {
    site.form(Some(cookie), "/fn/admin/ask-access", ORG, &[("slug", "alpha"), ("why", why)]).await
}

/// The one letter to this address that was mailed since the last time.
async fn one_letter(site: &Site, to: &str) -> Letter {
    let letters = site.mailed().await;
    let mut theirs = letters.iter().filter(|letter| letter.to == to);
    let (Some(letter), None) = (theirs.next(), theirs.next()) else { panic!("one letter: {letters:?}") };
    letter.clone()
}

async fn runs(site: &Site, user: UserId, runs_it: bool) {
    let mut tx = site.platform.begin(Access::Write).await.expect("a transaction");
    platform_sql!(exec, &mut tx, "UPDATE users SET platform_admin = $2 WHERE id = $1", user, runs_it).expect("changed");
    tx.commit().await.expect("a commit");
}

/// Those who run the platform have yet to say who they are, or have said it.
async fn nameless(site: &Site, nameless: bool) {
    let mut tx = site.platform.begin(Access::Write).await.expect("a transaction");
    platform_sql!(exec, &mut tx, "UPDATE users SET must_name = $1 WHERE platform_admin", nameless).expect("changed");
    tx.commit().await.expect("a commit");
}

/// How much has happened in alpha.
async fn sequence(site: &Site) -> i64 {
    let actor = Actor::System("a test");
    let opened = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::ENTER, Access::Read).await;
    let tx = opened.expect("the organisation");
    let sequence = tx.org().sequence;
    tx.rollback().await.expect("an end");
    sequence
}
