//! What a service is set to beyond what every one has, on the pages of its owner.

use app::org::Role;
use axum::http::{Method, StatusCode};
use image::ImageFormat;
use serde_json::{Value, json};

use crate::{
    on_both,
    organisation::picture,
    races::set_up,
    support::{Answer, Site, booking},
};

const SERVICES: &str = "/app/alpha/calendar/services";

async fn service(site: &Site, owner: &str) -> Value {
    let all = site.get_as(owner, "/api/v1/orgs/alpha/calendar/setup/services").await.json();
    all.as_array().expect("services").iter().find(|one| one["slug"] == "sports-massage").expect("it").clone()
}

/// Sends a section’s form as its page does, with the version that holds.
async fn save(site: &Site, owner: &str, section: &str, fields: &[(&str, &str)]) -> Answer {
    let now = service(site, owner).await;
    let (id, version) = (now["id"].as_str().expect("an id").to_owned(), now["version"].to_string());
    send(site, Some(owner), "alpha", &id, section, &version, fields).await
}

async fn send(
    site: &Site,
    who: Option<&str>,
    org: &str,
    id: &str,
    section: &str,
    version: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let names: Vec<String> = fields.iter().map(|(name, _)| format!("options[{name}][]")).collect();
    let pairs = names.iter().map(String::as_str).zip(fields.iter().map(|(_, value)| *value));
    let all: Vec<_> = [("org", org), ("id", id), ("version", version)].into_iter().chain(pairs).collect();
    site.form(who, &format!("/fn/calendar/setup/save-{section}"), &format!("{SERVICES}/{id}/{section}"), &all).await
}

/// Where the picture on a page is.
fn source_of(page: &str) -> String {
    let tag = page.split("<img").find(|tag| tag.contains("service-picture")).expect("a picture");
    let src = tag.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
    src.replace("&amp;", "&")
}

/// Sends a picture as the page’s form does.
async fn upload(site: &Site, cookie: &str, org: &str, service: &str, file: &[u8]) -> Answer {
    let path = format!("/app/{org}/calendar/services/picture");
    site.upload(cookie, &path, &[("kind", service)], ("file", "photo.jpg", "image/jpeg", file)).await
}

on_both! {
    /// Lengths, places and seats are set on their page, show there again, and are what clients find.
    async fn what_clients_choose_is_set_on_its_page(site: Site) {
        let owner = site.log_in("alpha").await;
        let saved = save(&site, &owner, "choices", &[
            ("category", "Massage"), ("lengths.0.minutes", "1 h 30 min"), ("lengths.0.price_cents", "150"), ("lengths.2.minutes", "30"), ("lengths.2.price_cents", "60.50"),
            ("capacity", "4"), ("most_seats", "2"), ("locations.0.kind", "on_site"), ("locations.0.label", "At the clinic"), ("locations.0.detail", ""),
            ("locations.1.kind", "at_client"), ("locations.1.travel_minutes", "20 min"), ("locations.2.kind", ""), ("locations.2.label", ""),
        ]).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{}", saved.text);
        let options = service(&site, &owner).await["options"].clone();
        assert_eq!(options["lengths"], json!([{ "minutes": 90, "price_cents": 15000 }, { "minutes": 30, "price_cents": 6050 }]));
        assert_eq!((&options["capacity"], &options["most_seats"], &options["category"]), (&json!(4), &json!(2), &json!("Massage")));
        assert_eq!(options["locations"][1]["travel_minutes"], json!(20));
        assert_eq!((&options["locations"][0]["id"], &options["locations"][1]["id"]), (&json!("at-the-clinic"), &json!("at-client")));
        let id = service(&site, &owner).await["id"].as_str().expect("an id").to_owned();
        let page = site.get_as(&owner, &format!("{SERVICES}/{id}/choices")).await;
        for shown in ["1 h 30 min", "60.50", "At the clinic", "20 min", "Massage"] {
            assert!(page.text.contains(shown), "{shown}: {}", page.text);
        }
        assert!(site.get("/b/alpha/sports-massage").await.text.contains("$150.00"));
        // A place that is renamed is still the same one, for those who have booked it.
        let renamed = save(&site, &owner, "choices", &[
            ("capacity", "4"), ("most_seats", "2"), ("locations.0.id", "at-the-clinic"), ("locations.0.kind", "on_site"), ("locations.0.label", "In our rooms"),
        ]).await;
        assert_eq!(renamed.status, StatusCode::FOUND, "{}", renamed.text);
        let options = service(&site, &owner).await["options"].clone();
        assert_eq!(options["locations"], json!([{ "id": "at-the-clinic", "kind": "on_site", "label": "In our rooms", "detail": "", "travel_minutes": 0 }]));
        assert!(options.get("lengths").is_none_or(|lengths| lengths == &json!([])), "what was emptied is away");
    }

    /// A service’s colour, and else its person’s, is what their appointments have in the diary.
    async fn the_diary_has_their_colours(site: Site) {
        let owner = site.log_in("alpha").await;
        let start = site.slots("alpha", "sports-massage").await[0].clone();
        let booked = site.book("alpha", "in-a-colour", &booking("sports-massage", &start)).await.json();
        let id = booked["id"].as_str().expect("an id").to_owned();
        let tint = async || {
            let page = site.get_as(&owner, &format!("/app/alpha/calendar?view=day&date={}", &start[..10])).await.text;
            let block = page.split("<a").find(|block| block.contains(&format!("data-appointment=\"{id}\""))).expect("its block").to_owned();
            block.split("data-tint=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
        };
        assert_eq!(tint().await, "");
        let staff = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/staff").await.json();
        for one in staff.as_array().expect("staff") {
            let path = format!("/app/alpha/calendar/staff/{}", one["id"].as_str().expect("an id"));
            let shown = site.get_as(&owner, &path).await.text;
            let version = shown.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a version").to_owned();
            let fields = [("org", "alpha"), ("id", one["id"].as_str().expect("an id")), ("version", version.as_str()), ("name", one["name"].as_str().expect("a name")), ("colour", "#2f6b3a"), ("active", "true"), ("listed", "true")];
            let saved = site.form(Some(&owner), "/fn/calendar/setup/save-person", &path, &fields).await;
            assert_eq!(saved.status, StatusCode::FOUND, "{}", saved.text);
        }
        assert_eq!(tint().await, "fern");
        let saved = save(&site, &owner, "choices", &[("colour", "#7a3e6d"), ("capacity", "1"), ("most_seats", "1")]).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{}", saved.text);
        assert_eq!(tint().await, "plum");
        let refused = save(&site, &owner, "choices", &[("colour", "red;x:y"), ("capacity", "1"), ("most_seats", "1")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("field-options.colour-error"), "{}", refused.text);
    }

    /// Whoever was let set up the calendar changes every service but those that are for admins alone, nor makes one of them such.
    async fn a_managed_service_is_for_admins(site: Site) {
        let owner = site.log_in("alpha").await;
        let (helper, helpers) = site.join(site.alpha, "helper@alpha.example.com", Role::Manager).await;
        let fields = [("org", "alpha"), ("id", &helper.to_string()), ("role", "manager"), ("grants[]", "calendar.set_up")];
        assert_eq!(site.form(Some(&owner), "/fn/people/change", SERVICES, &fields).await.status, StatusCode::FOUND);
        let rules = async |who: &str, managed: bool| {
            let mut fields = vec![("assignment.rule", "fewest")];
            fields.extend(managed.then_some(("managed", "true")));
            save(&site, who, "rules", &fields).await.status
        };
        assert_eq!(rules(&helpers, false).await, StatusCode::FOUND);
        assert_eq!(rules(&helpers, true).await, StatusCode::FORBIDDEN, "nobody locks others out");
        assert_eq!(rules(&owner, true).await, StatusCode::FOUND);
        assert_eq!(rules(&helpers, false).await, StatusCode::FORBIDDEN);
        let now = service(&site, &owner).await;
        let page = site.get_as(&helpers, &format!("{SERVICES}/{}/rules", now["id"].as_str().expect("an id"))).await;
        assert!(page.text.contains("Only admins change this service. You can look at it"), "{}", page.text);
        // By the API likewise.
        let mut body = now.clone();
        for extra in ["id", "upcoming"] {
            body.as_object_mut().expect("an object").remove(extra);
        }
        let path = format!("/api/v1/orgs/alpha/calendar/services/{}", now["id"].as_str().expect("an id"));
        assert_eq!(site.json(Method::PUT, Some(&helpers), &path, &body).await.status, StatusCode::FORBIDDEN);
        assert_eq!(rules(&owner, false).await, StatusCode::FOUND);
        assert_eq!(rules(&helpers, false).await, StatusCode::FOUND);
    }

    /// A picture is beside the service wherever clients see it, drawn anew; another has another address, and removed it is gone. What is
    /// no picture, or too large, changes nothing.
    async fn a_service_has_a_picture(site: Site) {
        let owner = site.log_in("alpha").await;
        let id = service(&site, &owner).await["id"].as_str().expect("an id").to_owned();
        let page = format!("{SERVICES}/{id}");
        for (file, why) in [(b"no picture".to_vec(), "picture"), (Vec::new(), "none"), (vec![0; 513 * 1024], "large")] {
            let refused = upload(&site, &owner, "alpha", &id, &file).await;
            assert_eq!((refused.status, refused.location()), (StatusCode::SEE_OTHER, &*format!("{page}?refused={why}")), "{why}");
            let shown = site.get_as(&owner, refused.location()).await;
            assert!(shown.text.contains("field-file-error"), "{why}: {}", shown.text);
        }
        assert!(!site.get("/b/alpha").await.text.contains("service-picture"));
        let mut before = String::new();
        for wide in [1200, 800] {
            let done = upload(&site, &owner, "alpha", &id, &picture(wide, wide / 2, ImageFormat::Jpeg)).await;
            assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, &*format!("{page}?pictured=1")));
            assert!(site.get_as(&owner, done.location()).await.text.contains("shows the picture already"));
            let listed = source_of(&site.get("/b/alpha").await.text);
            let src = listed.strip_suffix("&small=true").expect("a small one").to_owned();
            let (small, large) = (site.get(&listed).await, site.get(&src).await);
            assert_eq!((small.status, large.status), (StatusCode::OK, StatusCode::OK));
            assert!(small.text.len() < large.text.len(), "{} {}", small.text.len(), large.text.len());
            assert!(src.starts_with(&format!("/b/alpha/pictures/{id}?v=")) && src != before, "{src}");
            assert_eq!(source_of(&site.get("/b/alpha/sports-massage").await.text), src);
            assert_eq!(large.headers["content-type"], "image/jpeg");
            assert_eq!(large.headers["cache-control"], "public, max-age=31536000, immutable");
            assert_eq!(site.get(src.split('?').next().expect("a path")).await.headers["cache-control"], "public, max-age=300");
            before = src;
            site.advance(5);
        }
        // What the service is set to otherwise leaves it; nor does the API make one up.
        let saved = save(&site, &owner, "choices", &[("category", "Massage"), ("capacity", "1"), ("most_seats", "1")]).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{}", saved.text);
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "picture": { "version": 1, "width": 9, "height": 9 } })).await;
        assert_eq!(source_of(&site.get("/b/alpha/sports-massage").await.text), before);
        // Others don’t change it, nor is it theirs.
        let beta = site.log_in("beta").await;
        assert_eq!(upload(&site, &beta, "alpha", &id, &picture(64, 64, ImageFormat::Png)).await.status, StatusCode::NOT_FOUND);
        assert_eq!(upload(&site, &beta, "beta", &id, &picture(64, 64, ImageFormat::Png)).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&format!("/b/beta/pictures/{id}")).await.status, StatusCode::NOT_FOUND);
        let version = service(&site, &owner).await["version"].to_string();
        let stale = [("org", "alpha"), ("id", id.as_str()), ("version", "1")];
        assert_eq!(site.form(Some(&owner), "/fn/calendar/setup/remove-picture", &page, &stale).await.status, StatusCode::CONFLICT);
        let fields = [("org", "alpha"), ("id", id.as_str()), ("version", version.as_str())];
        assert_eq!(site.form(Some(&owner), "/fn/calendar/setup/remove-picture", &page, &fields).await.status, StatusCode::FOUND);
        assert!(!site.get("/b/alpha").await.text.contains("service-picture"));
        assert_eq!(site.get(&before).await.status, StatusCode::NOT_FOUND);
    }

    /// What is wrong is said at its field, in the row that it was typed in, and all that was typed is still there.
    async fn what_is_wrong_is_said_at_its_row(site: Site) {
        let owner = site.log_in("alpha").await;
        for (section, field, value, more, why) in [
            ("choices", "lengths.1.minutes", "soon", ("lengths.1.price_cents", "10"), "Enter a length of time"),
            ("choices", "lengths.1.minutes", "3", ("lengths.1.price_cents", "10"), "Enter 5 to 1,440 minutes"),
            ("choices", "lengths.1.price_cents", "cheap", ("lengths.1.minutes", "20"), "Enter dollars"),
            ("choices", "locations.0.kind", "", ("locations.0.label", "Somewhere"), "Choose how you meet"),
            ("choices", "locations.0.detail", "http://meet", ("locations.0.kind", "video"), "beginning with https"),
            ("choices", "most_seats", "7", ("capacity", "2"), "can’t take more seats"),
            ("choices", "capacity", "many", ("most_seats", "1"), "whole number"),
            ("questions", "questions.0.label", "", ("questions.0.hint", "A hint"), "Enter the question"),
            ("questions", "questions.0.choices", "Only one", ("questions.0.kind", "choice"), "2 to 30 choices"),
            ("rules", "confirmation.hours", "1000", ("assignment.rule", "fewest"), "1 to 336"),
            ("rules", "recurring.most", "1", ("assignment.rule", "fewest"), "2 to 52"),
            ("rules", "window.until", "2026-01-01", ("window.from", "2026-02-01"), "comes before"),
            ("rules", "limits.per_day", "0", ("assignment.rule", "fewest"), "1 to 10,000"),
            ("rules", "limits.minutes_per_day", "2 days", ("assignment.rule", "fewest"), "no more than there are"),
        ] {
            let refused = save(&site, &owner, section, &[(field, value), more]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}: {}", refused.text);
            assert!(refused.text.contains(why) && refused.text.contains(&format!("id=\"field-options.{field}-error\"")), "{field} {value}: {}", refused.text);
            assert!(refused.text.contains(more.1), "{field}: {} is still there", more.1);
        }
        let options = service(&site, &owner).await["options"].clone();
        assert_eq!(options, json!({}), "nothing of it was kept");
    }

    /// Questions and rules are set on theirs; each section leaves the others as they are.
    async fn questions_and_rules_are_set_on_their_pages(site: Site) {
        let owner = site.log_in("alpha").await;
        let asked = save(&site, &owner, "questions", &[
            ("questions.0.label", "Any pets?"), ("questions.0.kind", "choice"), ("questions.0.choices", "Cat\r\nDog\r\n"), ("questions.0.required", "true"),
            ("questions.1.label", "Any pets?"), ("questions.1.kind", "long"), ("terms", "Be on time."),
        ]).await;
        assert_eq!(asked.status, StatusCode::FOUND, "{}", asked.text);
        let ruled = save(&site, &owner, "rules", &[
            ("assignment.rule", "round_robin"), ("assignment.choice", "true"), ("confirmation.hours", "24"), ("recurring.most", "8"), ("changes.move_hours", "48"),
            ("changes.late_hours", "24"), ("changes.no_late_cancel", "true"), ("window.from", "2026-11-25"), ("window.business_days", "30"), ("offset_minutes", "10"),
            ("optimise", "true"), ("limits.per_day", "3"), ("client_limits.minutes_per_week", "2 h"), ("secret", "true"),
        ]).await;
        assert_eq!(ruled.status, StatusCode::FOUND, "{}", ruled.text);
        let options = service(&site, &owner).await["options"].clone();
        assert_eq!((&options["questions"][0]["id"], &options["questions"][1]["id"]), (&json!("any-pets"), &json!("any-pets-2")));
        assert_eq!((&options["questions"][0]["choices"], &options["terms"]), (&json!(["Cat", "Dog"]), &json!("Be on time.")));
        assert_eq!((&options["confirmation"], &options["recurring"]), (&json!({ "hours": 24 }), &json!({ "most": 8 })));
        assert_eq!((&options["limits"]["per_day"], &options["client_limits"]["minutes_per_week"]), (&json!(3), &json!(120)));
        assert_eq!(options["assignment"]["rule"], json!("round_robin"));
        let word = options["secret"].as_str().expect("a word").to_owned();
        assert_eq!(word.len(), 32);
        assert_eq!(site.get("/b/alpha/sports-massage").await.status, StatusCode::NOT_FOUND);
        let page = site.get_as(&owner, &format!("{SERVICES}/{}/rules", service(&site, &owner).await["id"].as_str().expect("an id"))).await.text;
        assert!(page.contains(&format!("/b/alpha/sports-massage?key={word}")), "{page}");
        assert_eq!(site.get(&format!("/b/alpha/sports-massage?key={word}")).await.status, StatusCode::OK);
        let again = save(&site, &owner, "rules", &[("assignment.rule", "fewest"), ("secret", "true")]).await;
        assert_eq!(again.status, StatusCode::FOUND);
        let options = service(&site, &owner).await["options"].clone();
        assert_eq!((&options["secret"], &options["terms"]), (&json!(word), &json!("Be on time.")), "the word stays, and the other sections do");
        assert!(options.get("confirmation").is_none());
        save(&site, &owner, "rules", &[("assignment.rule", "fewest")]).await;
        assert_eq!(site.get("/b/alpha/sports-massage").await.status, StatusCode::OK);
    }

    /// A stranger, somebody of another organisation and an old page change nothing.
    async fn nobody_else_sets_it(site: Site) {
        let owner = site.log_in("alpha").await;
        let beta = site.log_in("beta").await;
        let now = service(&site, &owner).await;
        let (id, version) = (now["id"].as_str().expect("an id").to_owned(), now["version"].to_string());
        for section in ["choices", "questions", "rules"] {
            let fields = [("capacity", "3"), ("most_seats", "1")];
            assert_eq!(send(&site, None, "alpha", &id, section, &version, &fields).await.status, StatusCode::UNAUTHORIZED);
            assert_eq!(send(&site, Some(&beta), "alpha", &id, section, &version, &fields).await.status, StatusCode::NOT_FOUND);
            assert_eq!(send(&site, Some(&beta), "beta", &id, section, &version, &fields).await.status, StatusCode::NOT_FOUND);
            assert_eq!(site.get_as(&beta, &format!("{SERVICES}/{id}/{section}")).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(save(&site, &owner, "choices", &[("capacity", "3"), ("most_seats", "1")]).await.status, StatusCode::FOUND);
        let old = send(&site, Some(&owner), "alpha", &id, "choices", &version, &[("capacity", "9"), ("most_seats", "1"), ("category", "Typed")]).await;
        assert_eq!(old.status, StatusCode::CONFLICT);
        assert!(old.text.contains("value=\"Typed\"") && old.text.contains("value=\"9\""), "what was typed is still there");
        assert_eq!(service(&site, &owner).await["options"]["capacity"], json!(3));
    }
}
