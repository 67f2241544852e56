//! Setting up a business on its pages, without JavaScript: what works, what is refused and comes back, who may.

use app::{
    auth::accounts,
    db::Access,
    org::{Actor, OrgRef, OrgTx, Role},
    permissions,
    settings::wire::Place,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Answer, PASSWORD, Site, booking},
};

const SERVICES: &str = "/app/alpha/calendar/services";
const ADD: &str = "/fn/calendar/setup/add-service";
const BASICS: &str = "/fn/calendar/setup/save-basics";
const TIMES: &str = "/fn/calendar/setup/save-times";
const PEOPLE: &str = "/fn/calendar/setup/save-people";
const HOURS: &str = "/fn/calendar/setup/save-hours";

on_both! {
    /// The palette finds what somebody may open, and nothing else.
    async fn the_palette_finds_what_one_may_open(site: Site) {
        let (_, member) = site.join(site.alpha, "casey@example.com", Role::Member).await;
        let owner = site.log_in("alpha").await;
        let places = async |cookie: &str| {
            let places: Vec<Place> = site.read(cookie, "/fn/settings/places?org=alpha").await.expect("the places");
            places
        };
        let all = places(&owner).await;
        for (group, label) in [("Pages", "Calendar"), ("Settings", "Audit log"), ("Services", "Follow-up treatment"), ("Yours", "Your account")] {
            assert!(all.iter().any(|place| place.group == group && place.label == label), "{label}: {all:?}");
        }
        assert!(all.iter().any(|place| place.group == "People" && place.label == "Person casey"), "{all:?}");
        for (group, label, also) in [("Settings", "People", "team"), ("Settings", "Log-in rules", "2fa"), ("Settings", "Plan and billing", "invoice"), ("Settings", "Services", "price")] {
            let place = all.iter().find(|place| place.group == group && place.label == label).expect("the place");
            assert!(place.also.contains(also), "{place:?} is {also}, too");
        }
        for label in ["Invite somebody", "New API token", "Keyboard shortcuts", "Log out"] {
            assert!(all.iter().any(|place| place.group == "Do" && place.label == label), "{label}: {all:?}");
        }
        // What a page does by itself has no address.
        for place in all.iter().filter(|place| !place.href.starts_with('#')) {
            let path = place.href.split('#').next().unwrap_or_default();
            assert_eq!(site.get_as(&owner, path).await.status, StatusCode::OK, "{place:?}");
        }
        let few = places(&member).await;
        assert!(!few.iter().any(|place| place.label == "Invite somebody"), "{few:?}");
        assert!(few.iter().all(|place| ["Pages", "Do", "Yours"].contains(&place.group.as_str())), "{few:?}");
    }

    /// Where there is no page, or none for them, a member keeps the frame and the way back; and hears who could let them in.
    async fn a_way_back_stays(site: Site) {
        let owner = site.log_in("alpha").await;
        let member = member(&site).await;
        let stranger = site.log_in("beta").await;
        for path in ["/app/alpha/nothing", "/app/alpha/nothing.txt", "/app/alpha/settings/nothing/at/all", "/app/alpha/calendar/services/none"] {
            let missing = site.get_as(&owner, path).await;
            assert_eq!(missing.status, StatusCode::NOT_FOUND, "{path}");
            for part in ["class=\"sidenav\"", "href=\"/app/alpha/calendar\"", "href=\"/app/alpha\""] {
                assert!(missing.text.contains(part), "{path} lacks {part}: {}", missing.text);
            }
            assert_eq!(site.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
            let other = site.get_as(&stranger, path).await;
            assert_eq!(other.status, StatusCode::NOT_FOUND, "{path}");
            assert!(!other.text.contains("Alpha Clinic") && !other.text.contains("sidenav"), "{path}");
        }
        let shut = site.get_as(&member, "/app/alpha/settings/people").await;
        assert_eq!(shut.status, StatusCode::FORBIDDEN);
        let name = "Owner of Alpha Clinic";
        assert!(shut.text.contains(&format!("Ask {name}, who manages people here.")) && shut.text.contains("class=\"sidenav\""), "{}", shut.text);
        assert!(!site.get_as(&stranger, "/app/alpha/settings/people").await.text.contains(name));
    }

    /// What has no limit says so in words; roles are chosen from cards; nobody is given days where nobody lacks anything.
    async fn the_organisations_own_pages_say_what_is_what(site: Site) {
        let owner = site.log_in("alpha").await;
        let plan = site.get_as(&owner, "/app/alpha/settings/billing").await.text;
        assert!(plan.contains("1 person; your plan has no limit") && plan.contains("Free"), "{plan}");
        let invite = site.get_as(&owner, "/app/alpha/settings/invite").await.text;
        for (role, offered) in [("member", true), ("manager", true), ("admin", true)] {
            assert_eq!(invite.contains(&format!("type=\"radio\" name=\"role\" value=\"{role}\"")), offered, "{role}: {invite}");
        }
        assert!(invite.contains("See appointments and who booked, and the client list, and leaderboards and results, and lists and tasks; change appointments and clients; enter one’s own results; add, change and complete tasks."), "what a member may do: {invite}");
        let security = site.get_as(&owner, "/app/alpha/settings/security").await.text;
        let (question, names) = (security.find("Who has to have"), security.find("Owner of Alpha Clinic."));
        assert!(question.is_some() && question < names, "the names stand under their question: {security}");
        assert!(security.contains("Days that people get"), "{security}");
        let saved = [("org", "alpha"), ("policy", "everyone"), ("grace_days", "7"), ("idle_minutes", "30")];
        let early = site.form(Some(&owner), "/fn/people/save-security", "/app/alpha/settings/security", &saved).await;
        assert_eq!(early.status, StatusCode::CONFLICT);
        assert!(early.text.contains("Set up two-step login for yourself first.") && early.text.contains("href=\"/account#factor\""), "{}", early.text);
        let owner = site.enrol(&owner).await;
        let security = site.get_as(&owner, "/app/alpha/settings/security").await.text;
        assert!(!security.contains("Days that people get") && security.contains("name=\"grace_days\""), "{security}");
        assert_eq!(site.form(Some(&owner), "/fn/people/save-security", "/app/alpha/settings/security", &saved).await.status, StatusCode::FOUND);
    }

    /// An organisation’s address leads its members to where they begin; for a stranger there is nothing.
    async fn an_organisations_address_leads_to_its_first_page(site: Site) {
        let owner = site.log_in("alpha").await;
        let asked = Request::get("/app/alpha").header(header::COOKIE, &owner).header(header::ACCEPT, "text/html");
        let led = site.send(asked.body(Body::empty()).expect("a request")).await;
        assert_eq!((led.status, led.location()), (StatusCode::FOUND, "/app/alpha/calendar"));
        assert_eq!(site.get("/app/alpha").await.status, StatusCode::UNAUTHORIZED);
        for path in ["/app/beta", "/app/nobody"] {
            let other = site.get_as(&owner, path).await;
            assert_eq!((other.status, other.location()), (StatusCode::NOT_FOUND, ""), "{path}");
        }
    }

    /// The hub and its pages come to an owner, are in the navigation, and refuse a member with 403.
    async fn the_hub_is_for_admins(site: Site) {
        let owner = site.log_in("alpha").await;
        let hub = site.get_as(&owner, "/app/alpha/settings").await;
        assert_eq!(hub.status, StatusCode::OK);
        for page in ["/app/alpha/settings/details", "/app/alpha/settings/tokens", SERVICES, "/app/alpha/calendar/staff"] {
            assert!(hub.text.contains(&format!("href=\"{page}\"")), "the hub leads to {page}");
            let answer = site.get_as(&owner, page).await;
            assert_eq!(answer.status, StatusCode::OK, "{page}");
            assert!(answer.text.contains("href=\"/app/alpha/settings\""), "{page} leads back");
        }
        assert!(hub.text.contains("href=\"/app/alpha/welcome\""), "what was left for later is found again");
        let member = member(&site).await;
        let diary = site.get_as(&member, "/app/alpha/calendar").await;
        assert_eq!(diary.status, StatusCode::OK);
        assert!(!diary.text.contains("href=\"/app/alpha/settings\""), "a member isn't led there");
        for page in ["/app/alpha/settings", "/app/alpha/settings/details", "/app/alpha/settings/tokens", SERVICES, "/app/alpha/calendar/staff"] {
            assert_eq!(site.get_as(&member, page).await.status, StatusCode::FORBIDDEN, "{page}");
        }
        let refused = site.form(Some(&member), ADD, SERVICES, &service(&[])).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }

    /// A service is added with a price in dollars and an address from its name, shown, changed section by section and hidden.
    async fn a_service_is_added_on_its_page(site: Site) {
        let owner = site.log_in("alpha").await;
        let before = sequence(&site).await;
        let people = staff(&site, &owner).await;
        let added = site.form(Some(&owner), ADD, &format!("{SERVICES}/new"), &service(&[("price", "85.50"), ("staff[]", &people[0])])).await;
        assert_eq!(added.status, StatusCode::FOUND, "{added:?}");
        assert_eq!(sequence(&site).await, before + 1, "the public page hears of it");
        let page = site.get("/b/alpha/dry-needling").await;
        assert!(page.status.is_success() && page.text.contains("$85.50") && page.text.contains("1 hour 30 minutes"), "{}", page.status);
        assert!(!site.slots("alpha", "dry-needling").await.is_empty());

        let set_up = set_up_of(&site, &owner, "dry-needling").await;
        assert_eq!(
            (&set_up["price_cents"], &set_up["duration_minutes"], &set_up["interval_minutes"], &set_up["min_notice_minutes"], &set_up["staff"]),
            (&json!(8550), &json!(90), &json!(90), &json!(120), &json!([people[0]]))
        );
        let id = set_up["id"].as_str().expect("an id");
        assert_eq!(added.location(), format!("{SERVICES}/{id}/times?added=1"));
        let form = site.get_as(&owner, &format!("{SERVICES}/{id}")).await.text;
        for shown in ["value=\"85.50\"", "value=\"1 h 30 min\"", "value=\"dry-needling\""] {
            assert!(form.contains(shown), "the form shows {shown}");
        }
        let led = site.get_as(&owner, added.location()).await.text;
        assert!(led.contains("Added. Your booking page shows it already."), "{led}");
        assert!(led.contains("value=\"2 hours\"") && led.contains("placeholder=\"1 h 30 min\""), "{led}");

        let saved = site.form(Some(&owner), TIMES, &format!("{SERVICES}/{id}/times"), &times(id, "1", &[("notice", "1 day"), ("buffer_after", "10 min")])).await;
        assert_eq!((saved.status, saved.location()), (StatusCode::FOUND, format!("{SERVICES}/{id}/times?saved=1").as_str()), "{saved:?}");
        let saved = site.form(Some(&owner), PEOPLE, &format!("{SERVICES}/{id}/people"), &[("org", "alpha"), ("id", id), ("version", "2"), ("staff[]", &people[1])]).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{saved:?}");
        let hidden: Vec<_> =
            basics(id, "3", &[("slug", "needling"), ("duration", "60")]).into_iter().filter(|(name, _)| *name != "active").collect();
        let saved = site.form(Some(&owner), BASICS, &format!("{SERVICES}/{id}"), &hidden).await;
        assert_eq!((saved.status, saved.location()), (StatusCode::FOUND, format!("{SERVICES}/{id}?saved=1").as_str()), "{saved:?}");
        assert_eq!(site.get("/b/alpha/needling").await.status, StatusCode::NOT_FOUND, "hidden");
        let set_up = set_up_of(&site, &owner, "needling").await;
        assert_eq!(
            (&set_up["version"], &set_up["min_notice_minutes"], &set_up["buffer_after_minutes"], &set_up["staff"], &set_up["price_cents"]),
            (&json!(4), &json!(1440), &json!(10), &json!([people[1]]), &json!(8500)),
            "each section leaves the others as they are"
        );
        assert_eq!((&set_up["duration_minutes"], &set_up["interval_minutes"]), (&json!(60), &json!(60)), "one may start as often as it is long, still");
        let own = site.form(Some(&owner), TIMES, SERVICES, &times(id, "4", &[("interval", "15")])).await;
        assert_eq!(own.status, StatusCode::FOUND, "{own:?}");
        let longer = site.form(Some(&owner), BASICS, SERVICES, &basics(id, "5", &[("slug", "needling"), ("duration", "75")])).await;
        assert_eq!(longer.status, StatusCode::FOUND, "{longer:?}");
        let set_up = set_up_of(&site, &owner, "needling").await;
        assert_eq!((&set_up["duration_minutes"], &set_up["interval_minutes"]), (&json!(75), &json!(15)), "a grid of its own stays");
    }

    /// A page in sections: each has an address, says which one it is, and leads to the others. What isn't a section isn't there.
    async fn sections_have_addresses(site: Site) {
        let (owner, member, stranger) = (site.log_in("alpha").await, member(&site).await, site.log_in("beta").await);
        let service = set_up_of(&site, &owner, "follow-up").await["id"].as_str().expect("an id").to_owned();
        let person = staff(&site, &owner).await[0].clone();
        for (page, sections) in [(format!("{SERVICES}/{service}"), vec!["", "/times", "/people"]), (format!("/app/alpha/calendar/staff/{person}"), vec!["", "/hours", "/days", "/calendars"])] {
            for section in &sections {
                let address = format!("{page}{section}");
                let shown = site.get_as(&owner, &address).await;
                assert_eq!(shown.status, StatusCode::OK, "{address}");
                for other in &sections {
                    assert!(shown.text.contains(&format!("href=\"{page}{other}\"")), "{address} leads to {other}");
                }
                assert!(shown.text.contains(&format!("href=\"{address}\" aria-current=\"page\"")), "{address} says so");
                assert!(!shown.text.contains("_bg.wasm"), "{address} needs no program");
                assert_eq!(site.get(&address).await.status, StatusCode::UNAUTHORIZED, "{address}");
                assert_eq!(site.get_as(&member, &address).await.status, StatusCode::FORBIDDEN, "{address}");
                assert_eq!(site.get_as(&stranger, &address).await.status, StatusCode::NOT_FOUND, "{address}");
                let theirs = site.get_as(&stranger, &address.replace("alpha", "beta")).await;
                assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{address}: it isn't theirs");
            }
            assert_eq!(site.get_as(&owner, &format!("{page}/nothing")).await.status, StatusCode::NOT_FOUND, "{page}");
            assert_eq!(site.get_as(&member, &format!("{page}/nothing")).await.status, StatusCode::FORBIDDEN, "{page}");
        }
        assert_eq!(site.get_as(&owner, &format!("{SERVICES}/new/times")).await.status, StatusCode::NOT_FOUND);
    }

    /// A service that is refused comes back with its status, the messages at the fields, and all that was typed.
    async fn a_refused_service_keeps_what_was_typed(site: Site) {
        let owner = site.log_in("alpha").await;
        let people = staff(&site, &owner).await;
        let typed = service(&[("price", "eighty-five"), ("duration", "soon"), ("slug", "Not This"), ("description", "Keep <me> & mine"), ("staff[]", &people[1])]);
        let answer = site.form(Some(&owner), ADD, &format!("{SERVICES}/new"), &typed).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        for field in ["price", "duration", "slug"] {
            assert!(answer.text.contains(&format!("id=\"field-{field}-error\"")), "{field} has its message");
        }
        assert!(!answer.text.contains("id=\"field-name-error\""));
        for kept in ["value=\"eighty-five\"", "value=\"soon\"", "value=\"Not This\"", "value=\"Dry needling\"", "Keep &lt;me&gt; &amp; mine"] {
            assert!(answer.text.contains(kept), "{kept} is still there");
        }
        assert!(is_checked(&answer, &people[1]) && !is_checked(&answer, &people[0]), "who was chosen is still chosen");
        let taken = site.form(Some(&owner), ADD, &format!("{SERVICES}/new"), &service(&[("slug", "follow-up")])).await;
        assert_eq!(taken.status, StatusCode::CONFLICT);
        assert!(taken.text.contains("id=\"field-slug-error\"") && taken.text.contains("value=\"1 h 30\""));
        let empty = site.form(Some(&owner), ADD, &format!("{SERVICES}/new"), &service(&[("name", " "), ("price", ""), ("duration", "")])).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        for field in ["name", "price", "duration"] {
            assert!(empty.text.contains(&format!("id=\"field-{field}-error\"")), "{field}");
        }
        assert_eq!(site.get("/b/alpha/dry-needling").await.status, StatusCode::NOT_FOUND, "nothing was kept");
    }

    /// Each section refuses what is empty, huge or somebody else's at its own fields, keeps what was typed, and changes nothing.
    async fn refused_sections_keep_what_was_typed(site: Site) {
        let (owner, stranger) = (site.log_in("alpha").await, site.log_in("beta").await);
        let before = set_up_of(&site, &owner, "follow-up").await;
        let id = before["id"].as_str().expect("an id");
        let page = format!("{SERVICES}/{id}");
        let (long, text) = ("n".repeat(101), "d".repeat(5001));
        let wrong = site.form(Some(&owner), BASICS, &page, &basics(id, "1", &[("name", &long), ("description", &text), ("price", "1000001"), ("duration", "2 days")])).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        for field in ["name", "description", "price", "duration"] {
            assert!(wrong.text.contains(&format!("id=\"field-{field}-error\"")), "{field}");
        }
        assert!(wrong.text.contains(&format!("value=\"{long}\"")) && wrong.text.contains("value=\"2 days\""));
        assert!(wrong.text.contains(&format!("href=\"{page}\" aria-current=\"page\"")), "it is the same section");

        let at_times = format!("{page}/times");
        let late = site.form(Some(&owner), TIMES, &at_times, &times(id, "1", &[("window_days", "999"), ("notice", "soon"), ("interval", "1"), ("buffer_before", "9 h")])).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        for field in ["window_days", "notice", "interval", "buffer_before"] {
            assert!(late.text.contains(&format!("id=\"field-{field}-error\"")), "{field}");
        }
        assert!(late.text.contains("value=\"999\"") && late.text.contains("value=\"soon\"") && !late.text.contains("id=\"field-buffer_after-error\""));

        let theirs = site.get_as(&stranger, "/api/v1/orgs/beta/calendar/staff").await.json()[0]["id"].as_str().expect("an id").to_owned();
        for person in [theirs.as_str(), "nobody"] {
            let who = site.form(Some(&owner), PEOPLE, &format!("{page}/people"), &[("org", "alpha"), ("id", id), ("version", "1"), ("staff[]", person)]).await;
            assert_eq!(who.status, StatusCode::UNPROCESSABLE_ENTITY, "{person}");
            assert!(who.text.contains("id=\"field-staff-error\""), "{person}");
        }
        for (path, fields) in [(BASICS, basics(id, "1", &[])), (TIMES, times(id, "1", &[])), (PEOPLE, vec![("org", "alpha"), ("id", id), ("version", "1")])] {
            assert_eq!(site.form(None, path, &page, &fields).await.status, StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(site.form(Some(&stranger), path, &page, &fields).await.status, StatusCode::NOT_FOUND, "{path}");
            let mut reached: Vec<_> = fields.into_iter().filter(|(name, _)| *name != "org").collect();
            reached.push(("org", "beta"));
            assert_eq!(site.form(Some(&stranger), path, "/app/beta/calendar/services", &reached).await.status, StatusCode::NOT_FOUND, "{path}: it isn't theirs");
        }
        assert_eq!(set_up_of(&site, &owner, "follow-up").await, before, "nothing was saved");
    }

    /// What somebody else ticked or cleared meanwhile is said at its box, and once.
    async fn what_holds_at_a_box_is_said_once(site: Site) {
        let owner = site.log_in("alpha").await;
        let id = set_up_of(&site, &owner, "follow-up").await["id"].as_str().expect("an id").to_owned();
        let page = format!("{SERVICES}/{id}");
        let hidden: Vec<_> = basics(&id, "1", &[]).into_iter().filter(|(name, _)| *name != "active").collect();
        assert_eq!(site.form(Some(&owner), BASICS, &page, &hidden).await.status, StatusCode::FOUND);
        let told = site.form(Some(&owner), BASICS, &page, &basics(&id, "1", &[])).await;
        assert_eq!(told.status, StatusCode::CONFLICT);
        assert_eq!(told.text.matches("id=\"field-active-error\"").count(), 1, "{}", told.text);
        assert!(told.text.contains("It is hidden from clients now."));
    }

    /// Two admins change a service at once: the second is told what holds now, keeps what they typed, and may go on.
    async fn the_second_change_of_a_service_is_told(site: Site) {
        let owner = site.log_in("alpha").await;
        let set_up = set_up_of(&site, &owner, "follow-up").await;
        let id = set_up["id"].as_str().expect("an id").to_owned();
        let (name, length) = (set_up["name"].as_str().expect("a name"), set_up["duration_minutes"].to_string());
        let about = set_up["description"].as_str().expect("a description");
        let same = [("slug", "follow-up"), ("name", name), ("duration", length.as_str()), ("description", about)];
        let mut body = set_up.clone();
        for read_only in ["id", "upcoming"] {
            body.as_object_mut().expect("an object").remove(read_only);
        }
        body["price_cents"] = json!(9900);
        let path = format!("/api/v1/orgs/alpha/calendar/services/{id}");
        assert_eq!(site.json(Method::PUT, Some(&owner), &path, &body).await.status, StatusCode::NO_CONTENT);
        body["price_cents"] = json!(1);
        let late = site.json(Method::PUT, Some(&owner), &path, &body).await;
        assert_eq!((late.status, late.fields(), &late.json()["version"]), (StatusCode::CONFLICT, vec!["price_cents".to_owned()], &json!(2)));
        body["version"] = Value::Null;
        assert_eq!(site.json(Method::PUT, Some(&owner), &path, &body).await.fields(), ["version"]);

        let page = format!("{SERVICES}/{id}");
        let mine = |version, price| basics(&id, version, &[same.as_slice(), &[("price", price)]].concat());
        // A refusal of what was typed doesn't make it newer than it is.
        let typo = site.form(Some(&owner), BASICS, &page, &mine("1", "lots")).await;
        assert_eq!(typo.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(typo.text.contains("name=\"version\" value=\"1\""), "{}", typo.text);
        let answer = site.form(Some(&owner), BASICS, &page, &mine("1", "77")).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.text.contains("It is $99 now.") && answer.text.contains("value=\"77\""), "told, and kept");
        assert!(answer.text.contains("name=\"version\" value=\"2\""), "sending it again is a decision");
        assert_eq!(set_up_of(&site, &owner, "follow-up").await["price_cents"], json!(9900), "nothing was saved");
        assert_eq!(site.form(Some(&owner), BASICS, &page, &mine("2", "77")).await.status, StatusCode::FOUND);
        assert_eq!(set_up_of(&site, &owner, "follow-up").await["price_cents"], json!(7700));

        let notice = site.form(Some(&owner), TIMES, &format!("{page}/times"), &times(&id, "2", &[("notice", "3 h")])).await;
        assert_eq!(notice.status, StatusCode::CONFLICT);
        assert!(notice.text.contains("id=\"field-notice-error\"") && notice.text.contains("value=\"3 h\""), "{}", notice.text);
        assert!(!notice.text.contains("It is $"), "it tells of its own fields");
        let nobody = site.form(Some(&owner), PEOPLE, &format!("{page}/people"), &[("org", "alpha"), ("id", &id), ("version", "2")]).await;
        assert_eq!(nobody.status, StatusCode::CONFLICT);
        assert!(nobody.text.contains("Offered now by "), "{}", nobody.text);
    }

    /// Services move up and down in the order that clients see.
    async fn services_are_ordered(site: Site) {
        let owner = site.log_in("alpha").await;
        let order = async || -> Vec<String> {
            let listed = site.get("/api/v1/orgs/alpha/calendar/services").await.json();
            listed.as_array().expect("services").iter().map(|service| service["slug"].as_str().expect("a slug").to_owned()).collect()
        };
        let first = order().await;
        let id = set_up_of(&site, &owner, &first[1]).await["id"].as_str().expect("an id").to_owned();
        let moved = site.form(Some(&owner), "/fn/calendar/setup/move-service", SERVICES, &[("org", "alpha"), ("id", &id), ("earlier", "true")]).await;
        assert_eq!(moved.status, StatusCode::FOUND, "{moved:?}");
        assert_eq!(order().await[..2], [first[1].clone(), first[0].clone()]);
        let path = format!("/api/v1/orgs/alpha/calendar/services/{id}/move");
        let before = sequence(&site).await;
        assert_eq!(site.json(Method::POST, Some(&owner), &path, &json!({ "earlier": true })).await.status, StatusCode::NO_CONTENT);
        assert_eq!(sequence(&site).await, before, "at the top it stays");
        assert_eq!(site.json(Method::POST, Some(&owner), &path, &json!({ "earlier": false })).await.status, StatusCode::NO_CONTENT);
        assert_eq!(order().await, first);
    }

    /// Somebody is added, gets hours typed in several ways, a day off and a late night, and can be booked then.
    async fn staff_get_their_hours(site: Site) {
        let owner = site.log_in("alpha").await;
        let added = site.form(Some(&owner), "/fn/calendar/setup/add-person", "/app/alpha/calendar/staff", &[("org", "alpha"), ("name", "Nell Newcomer")]).await;
        assert_eq!(added.status, StatusCode::FOUND, "{added:?}");
        let page = added.location().split('?').next().expect("a path").to_owned();
        assert!(page.ends_with("/hours") && site.get_as(&owner, added.location()).await.text.contains("Added. Now give them their hours"), "{page}");
        let id = page.rsplit('/').nth(1).expect("an id").to_owned();
        assert_eq!(site.form(Some(&owner), ADD, SERVICES, &service(&[("staff[]", &id), ("duration", "60")])).await.status, StatusCode::FOUND);
        let of_service = set_up_of(&site, &owner, "dry-needling").await["id"].as_str().expect("an id").to_owned();
        let soon = site.form(Some(&owner), TIMES, SERVICES, &times(&of_service, "1", &[("notice", "0"), ("window_days", "8"), ("buffer_after", "10 min")])).await;
        assert_eq!(soon.status, StatusCode::FOUND, "{soon:?}");
        assert!(site.slots("alpha", "dry-needling").await.is_empty(), "no hours yet");

        let version = version_on(&site, &owner, &page).await;
        let hours = [
            ("org", "alpha"), ("id", &id), ("version", &version), ("day[]", "wednesday"), ("from[]", "9:00"), ("until[]", "11am"), ("day[]", "wednesday"), ("from[]", ""), ("until[]", " "),
            ("day[]", "thursday"), ("from[]", "10.30 pm"), ("until[]", "24:00"),
        ];
        let saved = site.form(Some(&owner), HOURS, &page, &hours).await;
        assert_eq!((saved.status, saved.location()), (StatusCode::FOUND, format!("{page}?saved=1").as_str()), "{saved:?}");
        // Wednesday 25 November at 9 and 10 am in Sydney, Thursday at 11 pm: starts of an hour are on the hour.
        assert_eq!(site.slots("alpha", "dry-needling").await, ["2026-11-24T22:00:00Z", "2026-11-24T23:00:00Z", "2026-11-26T12:00:00Z"]);
        let shown = site.get_as(&owner, &page).await.text;
        assert!(shown.contains("value=\"9:00 am\"") && shown.contains("value=\"midnight\""), "as they are typed");

        let date = "/fn/calendar/setup/save-date";
        let off = [("org", "alpha"), ("id", id.as_str()), ("date", "2026-11-25"), ("off", "true"), ("opens[]", ""), ("closes[]", "")];
        assert_eq!(site.form(Some(&owner), date, &page, &off).await.status, StatusCode::FOUND);
        assert_eq!(site.slots("alpha", "dry-needling").await, ["2026-11-26T12:00:00Z"]);
        let late = [("org", "alpha"), ("id", id.as_str()), ("date", "2026-11-26"), ("opens[]", "13:00"), ("closes[]", "2:00 pm"), ("opens[]", ""), ("closes[]", "")];
        assert_eq!(site.form(Some(&owner), date, &page, &late).await.status, StatusCode::FOUND);
        assert_eq!(site.slots("alpha", "dry-needling").await, ["2026-11-26T02:00:00Z"]);
        let view = site.get_as(&owner, &format!("/api/v1/orgs/alpha/calendar/staff/{id}")).await.json();
        assert_eq!(view["dates"], json!([{ "date": "2026-11-25", "windows": [] }, { "date": "2026-11-26", "windows": [{ "start_minute": 780, "end_minute": 840 }] }]));
        assert_eq!(view["hours"].as_array().map(Vec::len), Some(2));
        let cleared = site.form(Some(&owner), "/fn/calendar/setup/clear-date", &page, &[("org", "alpha"), ("id", &id), ("date", "2026-11-25")]).await;
        assert_eq!(cleared.status, StatusCode::FOUND);
        assert_eq!(site.slots("alpha", "dry-needling").await.len(), 3);
    }

    /// Hours that can't be read come back at their day, with every row as it was typed; nothing is saved.
    async fn refused_hours_keep_what_was_typed(site: Site) {
        let owner = site.log_in("alpha").await;
        let id = staff(&site, &owner).await[0].clone();
        let page = format!("/app/alpha/calendar/staff/{id}/hours");
        let before = site.slots("alpha", "follow-up").await;
        let version = version_on(&site, &owner, &page).await;
        let send = async |rows: &[(&str, &str, &str)]| {
            let mut fields = vec![("org", "alpha"), ("id", id.as_str()), ("version", version.as_str())];
            for (day, from, until) in rows {
                fields.extend([("day[]", *day), ("from[]", *from), ("until[]", *until)]);
            }
            site.form(Some(&owner), HOURS, &page, &fields).await
        };
        let answer = send(&[("monday", "nine", "17:00"), ("tuesday", "5 pm", "9 am"), ("friday", "8:15", "noon")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        for (field, wrong) in [("monday", true), ("tuesday", true), ("friday", false)] {
            assert_eq!(answer.text.contains(&format!("id=\"field-{field}-error\"")), wrong, "{field}");
        }
        for kept in ["value=\"nine\"", "value=\"17:00\"", "value=\"5 pm\"", "value=\"8:15\"", "value=\"noon\""] {
            assert!(answer.text.contains(kept), "{kept}");
        }
        let overlap = send(&[("monday", "9:00", "12:00"), ("monday", "11:00", "13:00")]).await;
        assert!(overlap.status == StatusCode::UNPROCESSABLE_ENTITY && overlap.text.contains("overlap"), "{}", overlap.status);
        let many = vec![("sunday", "9:00", "10:00"); 101];
        let many = send(&many).await;
        assert!(many.status == StatusCode::UNPROCESSABLE_ENTITY && many.text.contains("id=\"field-sunday-error\""), "{}", many.status);
        let at_days = page.replace("/hours", "/days");
        let date = async |rows: &[(&'static str, &'static str)]| {
            let mut fields = vec![("org", "alpha"), ("id", id.as_str()), ("date", "2026-12-24")];
            for (from, until) in rows {
                fields.extend([("opens[]", *from), ("closes[]", *until)]);
            }
            site.form(Some(&owner), "/fn/calendar/setup/save-date", &at_days, &fields).await
        };
        for wrong in [vec![("nine", "10:00")], vec![("9:00", "12:00"), ("11:00", "13:00")], vec![("9:00", "9:30"); 21]] {
            let answer = date(&wrong).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.text.contains("id=\"field-opens-error\""), "{wrong:?}: {}", answer.status);
            assert!(answer.text.contains(&format!("value=\"{}\"", wrong[0].0)) && answer.text.contains("value=\"2026-12-24\""), "{wrong:?}");
        }
        let nothing = date(&[]).await;
        assert!(nothing.status == StatusCode::UNPROCESSABLE_ENTITY && nothing.text.contains("id=\"field-opens-error\""), "{}", nothing.status);
        assert_eq!(site.slots("alpha", "follow-up").await, before);
        let nobody = site.form(Some(&owner), HOURS, &page, &[("org", "alpha"), ("id", "nobody"), ("version", "1")]).await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    }

    /// A button adds a row to a day, another takes one away: the page comes back with all that was typed, and nothing is saved.
    async fn rows_are_added_without_saving(site: Site) {
        let (owner, stranger, member) = (site.log_in("alpha").await, site.log_in("beta").await, member(&site).await);
        let id = staff(&site, &owner).await[0].clone();
        let page = format!("/app/alpha/calendar/staff/{id}/hours");
        let (before, version) = (sequence(&site).await, version_on(&site, &owner, &page).await);
        let rows = [("day[]", "monday"), ("from[]", "nine"), ("until[]", "noon"), ("day[]", "tuesday"), ("from[]", "10:00"), ("until[]", "11:00")];
        let fields = |button: &'static str, value: &'static str| {
            [&[("org", "alpha"), ("id", id.as_str()), ("version", version.as_str())][..], &rows, &[(button, value)]].concat()
        };
        let more = site.form(Some(&owner), HOURS, &page, &fields("more", "monday")).await;
        assert_eq!(more.status, StatusCode::OK, "{more:?}");
        for there in ["value=\"nine\"", "value=\"noon\"", "value=\"10:00\"", "Monday, from, 2", "Tuesday, from, 1"] {
            assert!(more.text.contains(there), "{there}");
        }
        assert!(!more.text.contains("Tuesday, from, 2") && !more.text.contains("field-monday-error"), "nothing is wrong yet");
        assert!(more.text.contains(&format!("name=\"version\" value=\"{version}\"")), "it is what was read");
        let after_saving = site.form(Some(&owner), HOURS, &format!("{page}?saved=1"), &fields("more", "monday")).await;
        assert!(after_saving.status == StatusCode::OK && !after_saving.text.contains("Hours saved."), "it isn't saved");
        let less = site.form(Some(&owner), HOURS, &page, &fields("less", "0")).await;
        assert_eq!(less.status, StatusCode::OK, "{less:?}");
        assert!(!less.text.contains("value=\"nine\"") && less.text.contains("value=\"10:00\""));
        for (button, value) in [("more", "someday"), ("less", "2"), ("less", "-1"), ("less", "x")] {
            assert_eq!(site.form(Some(&owner), HOURS, &page, &fields(button, value)).await.status, StatusCode::BAD_REQUEST, "{button} {value}");
        }
        let mut full = vec![("org", "alpha"), ("id", id.as_str()), ("version", version.as_str()), ("more", "sunday")];
        full.extend([("day[]", "monday"), ("from[]", ""), ("until[]", "")].repeat(100));
        let full = site.form(Some(&owner), HOURS, &page, &full).await;
        assert!(full.status == StatusCode::UNPROCESSABLE_ENTITY && full.text.contains("id=\"field-sunday-error\""), "{}", full.status);

        let at_days = page.replace("/hours", "/days");
        let date = [("org", "alpha"), ("id", id.as_str()), ("date", "2026-12-24"), ("off", "true"), ("opens[]", "13:00"), ("closes[]", "late"), ("more", "true")];
        let row = site.form(Some(&owner), "/fn/calendar/setup/save-date", &at_days, &date).await;
        assert_eq!(row.status, StatusCode::OK, "{row:?}");
        for there in ["value=\"2026-12-24\"", "value=\"13:00\"", "value=\"late\"", "aria-label=\"From, 2\""] {
            assert!(row.text.contains(there), "{there}");
        }
        for (path, fields) in [(HOURS, fields("more", "monday")), ("/fn/calendar/setup/save-date", date.to_vec())] {
            for (cookie, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&stranger), StatusCode::NOT_FOUND), (Some(&member), StatusCode::FORBIDDEN)] {
                assert_eq!(site.form(cookie.map(String::as_str), path, &page, &fields).await.status, status, "{path}");
            }
        }
        assert_eq!(sequence(&site).await, before, "nothing was saved");
    }

    /// Two admins change somebody's hours, or their name, at once: the second is told what holds now, and may go on.
    async fn the_second_change_of_a_person_is_told(site: Site) {
        let owner = site.log_in("alpha").await;
        let id = staff(&site, &owner).await[0].clone();
        let page = format!("/app/alpha/calendar/staff/{id}/hours");
        let version = version_on(&site, &owner, &page).await;
        let send = async |version: &str, until: &str| {
            let fields = [("org", "alpha"), ("id", id.as_str()), ("version", version), ("day[]", "monday"), ("from[]", "6:00"), ("until[]", until)];
            site.form(Some(&owner), HOURS, &page, &fields).await
        };
        assert_eq!(send(&version, "7:00").await.status, StatusCode::FOUND);
        assert_eq!(send(&version, "7:00").await.status, StatusCode::FOUND, "it is as they want it");
        let late = send(&version, "8:00").await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{late:?}");
        assert!(late.text.contains("Monday: it is 6:00 am – 7:00 am now."), "{}", late.text);
        assert!(late.text.contains("value=\"8:00\"") && !late.text.contains("id=\"field-tuesday-error\""), "kept, and only what differs");
        let now = version_on(&site, &owner, &page).await;
        assert_ne!(now, version);
        assert!(late.text.contains(&format!("name=\"version\" value=\"{now}\"")), "sending it again is a decision");
        assert_eq!(send(&now, "8:00").await.status, StatusCode::FOUND);

        let (save, own) = ("/fn/calendar/setup/save-person", page.replace("/hours", ""));
        let version = version_on(&site, &owner, &own).await;
        let call = async |version: &str, name: &str| site.form(Some(&owner), save, &own, &[("org", "alpha"), ("id", &id), ("version", version), ("name", name), ("active", "true")]).await;
        assert_eq!(call(&version, "First Change").await.status, StatusCode::FOUND);
        let late = call(&version, "Second Change").await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{late:?}");
        assert!(late.text.contains("It is “First Change” now.") && late.text.contains("value=\"Second Change\""), "{}", late.text);
        assert_eq!(call(&version_on(&site, &owner, &own).await, "Second Change").await.status, StatusCode::FOUND);
    }

    /// Somebody who can no longer be booked keeps their appointments, and their page says so.
    async fn deactivating_keeps_appointments(site: Site) {
        let owner = site.log_in("alpha").await;
        let start = site.slots("alpha", "sports-massage").await[0].clone();
        let made = site.book("alpha", "keep-this-one", &booking("sports-massage", &start)).await.json();
        let appointment = format!("/api/v1/orgs/alpha/calendar/appointments/{}", made["id"].as_str().expect("an id"));
        let id = site.get_as(&owner, &appointment).await.json()["staff_id"].as_str().expect("an id").to_owned();
        let page = format!("/app/alpha/calendar/staff/{id}");
        assert!(site.get_as(&owner, &page).await.text.contains("still to come"), "it warns");
        let saved = site.form(Some(&owner), "/fn/calendar/setup/save-person", &page, &[("org", "alpha"), ("id", &id), ("version", &version_on(&site, &owner, &page).await), ("name", "Gone Fishing")]).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{saved:?}");
        assert!(site.slots("alpha", "sports-massage").await.is_empty(), "nobody else does it");
        let kept = site.get_as(&owner, &appointment).await.json();
        assert_eq!((&kept["status"], &kept["staff"]), (&json!("booked"), &json!("Gone Fishing")));
        let refused = site.form(Some(&owner), "/fn/calendar/setup/save-person", &page, &[("org", "alpha"), ("id", &id), ("version", &version_on(&site, &owner, &page).await), ("name", " "), ("active", "true")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    /// The business's details are on its public page as soon as they are saved; what is wrong is named; two at once are told.
    async fn details_are_changed(site: Site) {
        let owner = site.log_in("alpha").await;
        let page = "/app/alpha/settings/details";
        let fields = |version: &'static str, name: &'static str, phone: &'static str, zone: &'static str| {
            [("org", "alpha"), ("version", version), ("name", name), ("description", "Two\r\nlines"), ("phone", phone), ("address", "1 Quay St"), ("zone", zone)]
        };
        let save = "/fn/settings/save-details";
        let before = sequence(&site).await;
        let saved = site.form(Some(&owner), save, page, &fields("1", "Alpha & Co", "02 9123 4567", "Australia/Perth")).await;
        assert_eq!((saved.status, saved.location()), (StatusCode::FOUND, "/app/alpha/settings/details?saved=1"), "{saved:?}");
        assert_eq!(sequence(&site).await, before + 1);
        let public = site.get("/b/alpha").await.text;
        assert!(public.contains("Alpha &amp; Co") && public.contains("02 9123 4567") && public.contains("1 Quay St"));
        assert_eq!(site.get("/api/v1/orgs/alpha/calendar/services/follow-up/slots").await.json()["zone"], json!("Australia/Perth"));

        let wrong = site.form(Some(&owner), save, page, &fields("2", "", "ring me", "Mars/Olympus")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        for field in ["name", "phone", "zone"] {
            assert!(wrong.text.contains(&format!("id=\"field-{field}-error\"")), "{field}");
        }
        assert!(wrong.text.contains("value=\"ring me\""));
        let late = site.form(Some(&owner), save, page, &fields("1", "Mine", "02 9123 4567", "Australia/Perth")).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.text.contains("It is “Alpha &amp; Co” now.") && late.text.contains("value=\"Mine\"") && late.text.contains("name=\"version\" value=\"2\""));

        let api = "/api/v1/orgs/alpha/details";
        let view = site.get_as(&owner, api).await.json();
        assert_eq!((&view["version"], &view["name"], &view["description"]), (&json!(2), &json!("Alpha & Co"), &json!("Two\nlines")));
        let body = json!({ "version": 2, "name": "Alpha", "zone": "Australia/Sydney" });
        let put = site.json(Method::PUT, Some(&owner), api, &body).await;
        assert_eq!((put.status, &put.json()["version"], &put.json()["phone"]), (StatusCode::OK, &json!(3), &json!("")));
        assert_eq!(site.json(Method::PUT, Some(&owner), api, &body).await.json()["version"], json!(3), "a late one learns the version");
        assert_eq!(site.json(Method::PUT, Some(&member(&site).await), api, &body).await.status, StatusCode::FORBIDDEN);
    }

    /// A token's secret is shown once, without JavaScript too; a refused one keeps its name and scopes; revoking ends it.
    async fn tokens_are_made_on_their_page(site: Site) {
        let owner = site.log_in("alpha").await;
        let page = "/app/alpha/settings/tokens";
        let scope = "calendar.appointments.view";
        let refused = site.form(Some(&owner), "/fn/settings/make-token", page, &[("org", "alpha"), ("name", " "), ("scopes[]", scope)]).await;
        assert!(refused.text.contains("Say what it is for."), "{}", refused.text);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("id=\"field-name-error\"") && is_checked(&refused, scope));
        let none = site.form(Some(&owner), "/fn/settings/make-token", page, &[("org", "alpha"), ("name", "Website")]).await;
        assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.text.contains("id=\"field-scopes-error\"") && none.text.contains("value=\"Website\""));

        let made = site.form(Some(&owner), "/fn/settings/make-token", page, &[("org", "alpha"), ("name", "Website"), ("scopes[]", scope)]).await;
        assert_eq!(made.status, StatusCode::OK, "the page itself");
        let field = made.text.split("id=\"new-secret\"").nth(1).expect("the secret's field");
        let secret = field.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("the secret").to_owned();
        let list = async || {
            let request = Request::get("/api/v1/orgs/alpha/calendar/appointments").header("authorization", format!("Bearer {secret}"));
            site.send(request.body(Body::empty()).expect("a request")).await.status
        };
        assert_eq!(list().await, StatusCode::OK);
        let later = site.get_as(&owner, page).await.text;
        assert!(!later.contains(&secret) && later.contains("See appointments and who booked") && later.contains("23 November 2026"));

        let id = site.get_as(&owner, "/api/v1/orgs/alpha/tokens").await.json()[0]["id"].as_str().expect("an id").to_owned();
        let revoked = site.form(Some(&owner), "/fn/settings/revoke-token", page, &[("org", "alpha"), ("id", &id)]).await;
        assert_eq!(revoked.status, StatusCode::FOUND, "{revoked:?}");
        assert_eq!(list().await, StatusCode::UNAUTHORIZED);
        assert!(site.get_as(&owner, page).await.text.contains("revoked on 23 November 2026"));
    }
}

/// A good new service, with some fields otherwise.
fn service<'f>(changes: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let good = [
        ("org", "alpha"),
        ("name", "Dry needling"),
        ("slug", ""),
        ("description", ""),
        ("duration", "1 h 30"),
        ("price", "85"),
        ("active", "true"),
    ];
    otherwise(&good, changes)
}

/// Its basics, once it is there.
fn basics<'f>(id: &'f str, version: &'f str, changes: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    [&[("id", id), ("version", version)], service(changes).as_slice()].concat()
}

/// When a service can be booked, with some fields otherwise.
fn times<'f>(id: &'f str, version: &'f str, changes: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let good = [
        ("org", "alpha"),
        ("id", id),
        ("version", version),
        ("interval", ""),
        ("buffer_before", "0"),
        ("buffer_after", "0"),
        ("notice", "1 day"),
        ("window_days", "30"),
    ];
    otherwise(&good, changes)
}

fn otherwise<'f>(good: &[(&'f str, &'f str)], changes: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let kept = good.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes).copied().collect()
}

/// The version that the form of a page sends.
async fn version_on(site: &Site, cookie: &str, page: &str) -> String {
    let shown = site.get_as(cookie, page).await.text;
    let field = shown.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    field.unwrap_or_else(|| panic!("no version on {page}")).to_owned()
}

/// A service as the API shows it to an admin.
async fn set_up_of(site: &Site, cookie: &str, slug: &str) -> Value {
    let listed = site.get_as(cookie, "/api/v1/orgs/alpha/calendar/setup/services").await;
    assert_eq!(listed.status, StatusCode::OK, "{listed:?}");
    let found = listed.json().as_array().expect("services").iter().find(|service| service["slug"] == slug).cloned();
    let found = found.unwrap_or_else(|| panic!("no service {slug}: {}", listed.text));
    let id = found["id"].as_str().expect("an id");
    let alone = site.get_as(cookie, &format!("/api/v1/orgs/alpha/calendar/services/{id}")).await;
    assert_eq!(alone.json(), found, "alone it is the same");
    found
}

async fn staff(site: &Site, cookie: &str) -> Vec<String> {
    let listed = site.get_as(cookie, "/api/v1/orgs/alpha/calendar/staff").await.json();
    listed.as_array().expect("staff").iter().map(|person| person["id"].as_str().expect("an id").to_owned()).collect()
}

/// How many events the organisation has had: what pages kept for the public are keyed on.
async fn sequence(site: &Site) -> i64 {
    let actor = Actor::System("test");
    let tx = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::ENTER, Access::Read)
        .await
        .expect("it opens");
    tx.org().sequence
}

/// Somebody who works at alpha and isn't an admin, logged in.
async fn member(site: &Site) -> String {
    let email = "member@alpha.example.com";
    let user = accounts::create_user(&site.platform, email, "Mo Member", PASSWORD).await.expect("a person");
    let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    app::platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO memberships (org_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)",
        site.alpha,
        user,
        Role::Member.as_str(),
        site.platform.clock.now()
    )
    .expect("a membership");
    tx.commit().await.expect("it is kept");
    let answer = site.form(None, "/fn/auth/log-in", "/login", &[("email", email), ("password", PASSWORD)]).await;
    answer.cookie().unwrap_or_else(|| panic!("no cookie: {answer:?}"))
}

/// Is the box with this value ticked?
fn is_checked(answer: &Answer, value: &str) -> bool {
    answer.text.split("<input ").any(|tag| {
        let tag = tag.split('>').next().unwrap_or_default();
        tag.contains(&format!("value=\"{value}\"")) && tag.contains("checked")
    })
}
