//! A business’s public pages: its team and categories, the picture that is shared with a link, and what search engines are told.

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::{on_both, races::set_up, support::Site};

const STAFF: &str = "/api/v1/orgs/alpha/calendar/staff";

/// Alpha’s people: id and name.
async fn people(site: &Site, owner: &str) -> Vec<(String, String)> {
    let all = site.get_as(owner, STAFF).await.json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    all.as_array().expect("people").iter().map(|one| (text(&one["id"]), text(&one["name"]))).collect()
}

async fn set_person(site: &Site, owner: &str, id: &str, body: Value) {
    let saved = site.json(Method::PUT, Some(owner), &format!("{STAFF}/{id}"), &body).await;
    assert_eq!(saved.status, StatusCode::NO_CONTENT, "{saved:?}");
}

/// The site map as it is now, and not as it was a moment ago.
async fn site_map(site: &Site) -> String {
    site.at(site.platform.clone()).get("/sitemap.xml").await.text
}

/// What a page tells search engines, part by part.
fn structured(page: &str) -> Vec<Value> {
    let script = page.split("application/ld+json\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let document: Value = serde_json::from_str(script.unwrap_or_else(|| panic!("none in {page}"))).expect("JSON");
    assert_eq!(document["@context"], "https://schema.org");
    document["@graph"].as_array().expect("parts").clone()
}

fn part<'p>(parts: &'p [Value], kind: &str) -> &'p Value {
    parts.iter().find(|part| part["@type"] == kind).unwrap_or_else(|| panic!("no {kind} in {parts:?}"))
}

/// The bytes of a picture, with these headers beside.
async fn picture(site: &Site, path: &str, tag: Option<&str>) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::get(path);
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = tower::ServiceExt::oneshot(site.router.clone(), request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, axum::body::to_bytes(body, 1 << 20).await.expect("a body").to_vec())
}

/// A PNG’s width and height.
fn size(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "a PNG");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}

on_both! {
    /// The team has a page, and each of it one, with what can be booked with them.
    async fn the_team_has_pages(site: Site) {
        let owner = site.log_in("alpha").await;
        let people = people(&site, &owner).await;
        let (id, name) = people.first().expect("somebody").clone();
        set_person(&site, &owner, &id, json!({ "name": name, "options": { "title": "Physiotherapist", "about": "Likes <b>knees</b>.\nAnd hips." } })).await;
        let team = site.get("/b/alpha/team").await;
        assert_eq!(team.status, StatusCode::OK);
        assert!(team.text.contains("Physiotherapist") && people.iter().all(|(_, name)| team.text.contains(name.as_str())), "{}", team.text);
        assert!(!team.text.contains("devalo_bg.wasm") && !team.text.contains("public_bg.wasm"), "no program is loaded");
        let home = site.get("/b/alpha").await.text;
        assert!(home.contains("href=\"/b/alpha/team\""), "the way there: {home}");
        let path = team.text.split("href=\"/b/alpha/team/").nth(1).and_then(|rest| rest.split('"').next()).expect("a page");
        let path = format!("/b/alpha/team/{path}");
        let page = site.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        for words in [name.as_str(), "Physiotherapist", "Likes &lt;b&gt;knees&lt;/b&gt;.", "class=\"service\"", "rel=\"canonical\""] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        let parts = structured(&page.text);
        assert_eq!(part(&parts, "Person")["jobTitle"], "Physiotherapist");
        let steps = part(&parts, "BreadcrumbList")["itemListElement"].as_array().expect("steps").clone();
        assert_eq!(steps.len(), 3);
        assert_eq!(steps[2]["item"], format!("http://localhost:3000{path}"));
        assert_eq!(part(&structured(&team.text), "LocalBusiness")["employee"].as_array().map(Vec::len), Some(people.len()));
        // Where a service lets clients choose, the link chooses them.
        assert!(!page.text.contains("?with="));
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "assignment": { "choice": true } })).await;
        let mut chosen = 0;
        for (id, _) in &people {
            let map = site_map(&site).await;
            for at in map.split("<loc>http://localhost:3000").skip(1).filter_map(|rest| rest.split("</loc>").next()).filter(|at| at.starts_with("/b/alpha/team/")) {
                let link = format!("/b/alpha/sports-massage?with={id}");
                if site.get(at).await.text.contains(&link) {
                    chosen += 1;
                    assert_eq!(site.get(&link).await.status, StatusCode::OK);
                }
            }
        }
        assert!(chosen > 0, "somebody offers it");
        let map = site_map(&site).await;
        for there in ["/b/alpha/team".to_owned(), path] {
            assert!(map.contains(&format!("<loc>http://localhost:3000{there}</loc>")), "{there}: {map}");
        }
    }

    /// Who is hidden, or can’t be booked, is on no page; nor is another business’s.
    async fn hidden_people_are_on_no_page(site: Site) {
        let owner = site.log_in("alpha").await;
        let everybody = people(&site, &owner).await;
        let (id, _) = everybody.first().expect("somebody").clone();
        set_person(&site, &owner, &id, json!({ "name": "Zelda Quill", "options": {} })).await;
        let page = "/b/alpha/team/zelda-quill";
        assert_eq!(site.get(page).await.status, StatusCode::OK);
        assert_eq!(site.get("/b/beta/team/zelda-quill").await.status, StatusCode::NOT_FOUND);
        assert!(!site.get("/b/beta/team").await.text.contains("Zelda"));
        for body in [json!({ "name": "Zelda Quill", "options": { "unlisted": true } }), json!({ "name": "Zelda Quill", "active": false, "options": {} })] {
            set_person(&site, &owner, &id, body).await;
            let gone = site.get(page).await;
            assert_eq!(gone.status, StatusCode::NOT_FOUND);
            assert!(!gone.text.contains("Zelda"));
            for other in ["/b/alpha/team", "/b/alpha"] {
                assert!(!site.get(other).await.text.contains("Zelda"), "{other}");
            }
            assert!(!site_map(&site).await.contains("zelda"));
        }
        // Nobody is on it: there is none.
        for (id, name) in &everybody {
            set_person(&site, &owner, id, json!({ "name": name, "options": { "unlisted": true } })).await;
        }
        assert_eq!(site.get("/b/alpha/team").await.status, StatusCode::NOT_FOUND);
        assert!(!site.get("/b/alpha").await.text.contains("/b/alpha/team"));
        assert!(!site_map(&site).await.contains("/b/alpha/team"));
        for nonsense in ["/b/nobody/team", "/b/nobody/team/x", "/b/alpha/team/%00", "/b/alpha/team/%F0%9F%98%80", "/b/nobody/c/x", "/b/alpha/c/%00", "/b/alpha/c/nothing"] {
            assert_eq!(site.get(nonsense).await.status, StatusCode::NOT_FOUND, "{nonsense}");
        }
    }

    /// Namesakes, and names without Latin letters, have addresses of their own, which stay.
    async fn namesakes_are_told_apart(site: Site) {
        let owner = site.log_in("alpha").await;
        let people = people(&site, &owner).await;
        assert!(people.len() >= 2, "{people:?}");
        for (id, _) in people.iter().take(2) {
            set_person(&site, &owner, id, json!({ "name": "李小龍", "options": { "about": format!("Number {id}") } })).await;
        }
        let team = site.get("/b/alpha/team").await.text;
        let links: Vec<_> = team.split("href=\"/b/alpha/team/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(links.len(), people.len());
        for (id, _) in people.iter().take(2) {
            let end = &id.replace('-', "")[24..];
            assert!(links.contains(&end), "{links:?}");
            assert!(site.get(&format!("/b/alpha/team/{end}")).await.text.contains(&format!("Number {id}")));
        }
        let (id, _) = &people[0];
        set_person(&site, &owner, id, json!({ "name": "Kim Lee", "options": {} })).await;
        let end = &id.replace('-', "")[24..];
        for path in ["kim-lee".to_owned(), format!("kim-lee-{end}")] {
            let page = site.get(&format!("/b/alpha/team/{path}")).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert!(page.text.contains("href=\"http://localhost:3000/b/alpha/team/kim-lee\" rel=\"canonical\""), "{}", page.text);
        }
    }

    /// Somebody’s page is set up in their form: kept where it is refused, told where it changed meanwhile.
    async fn who_somebody_is_is_set_up(site: Site) {
        let owner = site.log_in("alpha").await;
        let (id, name) = people(&site, &owner).await.first().expect("somebody").clone();
        let page = format!("/app/alpha/calendar/staff/{id}");
        let version = async || {
            let text = site.get_as(&owner, &page).await.text;
            text.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a version").to_owned()
        };
        let save = async |version: &str, title: &str, about: &str, listed: bool| {
            let mut fields = vec![("org", "alpha"), ("id", id.as_str()), ("version", version), ("name", name.as_str()), ("title", title), ("about", about), ("active", "true")];
            if listed {
                fields.push(("listed", "true"));
            }
            site.form(Some(&owner), "/fn/calendar/setup/save-person", &page, &fields).await
        };
        let first = version().await;
        assert_eq!(save(&first, "Osteopath", "One.\r\nTwo.", true).await.status, StatusCode::FOUND);
        let team = site.get("/b/alpha/team").await.text;
        assert!(team.contains("Osteopath"), "{team}");
        let late = save(&first, "Surgeon", "One.\r\nTwo.", true).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.text.contains("It is “Osteopath” now.") && late.text.contains("value=\"Surgeon\""), "{}", late.text);
        let long = save(&version().await, &"x".repeat(101), "", true).await;
        assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(save(&version().await, "Osteopath", "", false).await.status, StatusCode::FOUND);
        assert!(!site.get("/b/alpha/team").await.text.contains("Osteopath"));
        // What the form doesn’t have stays as it is.
        set_person(&site, &owner, &id, json!({ "name": name, "options": { "colour": "#123456" } })).await;
        assert_eq!(save(&version().await, "Osteopath", "", true).await.status, StatusCode::FOUND);
        let one = site.get_as(&owner, &format!("{STAFF}/{id}")).await.json();
        assert_eq!((&one["options"]["colour"], &one["options"]["title"]), (&json!("#123456"), &json!("Osteopath")));
    }

    /// A category has a page with what is in it, which the business’s page leads to.
    async fn categories_have_pages(site: Site) {
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "category": "Hands & feet" })).await;
        set_up(&site, "follow-up", |service| service["options"] = json!({ "category": "針灸" })).await;
        let home = site.get("/b/alpha").await.text;
        assert!(home.contains("href=\"/b/alpha/c/hands-and-feet\"") && home.contains("href=\"/b/alpha/c/category-2\""), "{home}");
        let page = site.get("/b/alpha/c/hands-and-feet").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("href=\"/b/alpha/sports-massage\"") && !page.text.contains("href=\"/b/alpha/follow-up\""), "{}", page.text);
        assert!(page.text.contains("href=\"http://localhost:3000/b/alpha/c/hands-and-feet\" rel=\"canonical\""));
        let parts = structured(&page.text);
        assert_eq!(part(&parts, "LocalBusiness")["hasOfferCatalog"]["name"], "Hands & feet");
        assert_eq!(part(&parts, "BreadcrumbList")["itemListElement"].as_array().map(Vec::len), Some(2));
        assert!(site_map(&site).await.contains("/b/alpha/c/hands-and-feet</loc>"));
        assert_eq!(site.get("/b/beta/c/hands-and-feet").await.status, StatusCode::NOT_FOUND);
        // What is on no page is on this one neither.
        set_up(&site, "sports-massage", |service| service["options"] = json!({ "category": "Hands & feet", "secret": "abcdefghij0123456789" })).await;
        assert_eq!(site.get("/b/alpha/c/hands-and-feet").await.status, StatusCode::NOT_FOUND);
    }

    /// A service can’t have the address of one of the business’s own pages.
    async fn own_pages_keep_their_addresses(site: Site) {
        let owner = site.log_in("alpha").await;
        for slug in ["team", "c", "packages", "waitlist", "embed"] {
            let body = json!({ "slug": slug, "name": "Word", "duration_minutes": 30, "interval_minutes": 30, "window_days": 30 });
            let refused = site.json(Method::POST, Some(&owner), "/api/v1/orgs/alpha/calendar/services", &body).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["slug".to_owned()]), "{slug}");
        }
    }

    /// Each page says how it looks where it is shared, and where its only address is.
    async fn pages_say_how_they_look_when_shared(site: Site) {
        for (page, title) in [("/b/alpha", "Book with Alpha Clinic"), ("/b/alpha/follow-up", " · Alpha Clinic"), ("/b/alpha/team", "Our team")] {
            let text = site.get(page).await.text;
            let content = |property: &str| {
                let tag = text.split("<meta").find(|tag| tag.contains(&format!("property=\"{property}\""))).unwrap_or_else(|| panic!("{page} lacks {property}"));
                tag.split("content=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("content").replace("&amp;", "&")
            };
            assert!(content("og:title").contains(title), "{page}");
            assert_eq!(content("twitter:card"), "summary_large_image");
            assert_eq!(content("og:url"), format!("http://localhost:3000{page}"));
            let card = content("og:image");
            let path = card.strip_prefix("http://localhost:3000").expect("ours").to_owned();
            let (status, headers, png) = picture(&site, &path, None).await;
            assert_eq!((status, headers["content-type"].to_str().expect("text")), (StatusCode::OK, "image/png"));
            assert_eq!(size(&png), (1200, 630));
            assert!(headers["cache-control"].to_str().expect("text").contains("immutable"), "{path}");
        }
        let business = structured(&site.get("/b/alpha").await.text);
        let business = part(&business, "LocalBusiness");
        assert!(business["openingHoursSpecification"].is_array() && business["makesOffer"].is_array() && business["image"].is_string(), "{business}");
        set_up(&site, "follow-up", |service| service["options"] = json!({ "lengths": [{ "minutes": 90, "price_cents": 15000 }] })).await;
        let parts = structured(&site.get("/b/alpha/follow-up").await.text);
        let prices: Vec<_> = part(&parts, "Service")["offers"].as_array().expect("offers").iter().map(|offer| offer["price"].clone()).collect();
        assert_eq!(prices, ["95.00", "150.00"]);
        assert_eq!(part(&parts, "BreadcrumbList")["itemListElement"][1]["item"], "http://localhost:3000/b/alpha/follow-up");
    }

    /// The picture is known by what is on it: the same is sent once, another is another. Whatever a business is called, there is one.
    async fn the_picture_follows_what_is_on_it(site: Site) {
        let path = "/b/alpha/card.png";
        let (status, headers, first) = picture(&site, path, None).await;
        assert_eq!((status, size(&first)), (StatusCode::OK, (1200, 630)));
        assert!(first.len() < 300_000, "{}", first.len());
        assert_eq!(headers["cache-control"], "public, max-age=300", "its address names no version");
        assert_eq!(headers["cross-origin-resource-policy"], "cross-origin");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let tag = headers["etag"].to_str().expect("text").to_owned();
        for asked in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
            let (status, headers, nothing) = picture(&site, path, Some(&asked)).await;
            assert_eq!((status, nothing.len()), (StatusCode::NOT_MODIFIED, 0), "{asked}");
            assert_eq!(headers["etag"].to_str().expect("text"), tag);
        }
        let owner = site.log_in("alpha").await;
        let mut tags = vec![tag];
        let long = "W".repeat(100);
        for name in ["Zoë’s Café & Crème", "針灸院", long.as_str(), "Alpha 🦘 Clinic"] {
            let mut details = site.get_as(&owner, "/api/v1/orgs/alpha/details").await.json();
            details["name"] = json!(name);
            let saved = site.json(Method::PUT, Some(&owner), "/api/v1/orgs/alpha/details", &details).await;
            assert!(saved.status.is_success(), "{name}: {saved:?}");
            let (status, headers, png) = picture(&site, path, None).await;
            assert_eq!((status, size(&png)), (StatusCode::OK, (1200, 630)), "{name}");
            let tag = headers["etag"].to_str().expect("text").to_owned();
            assert!(!tags.contains(&tag), "{name}: another picture");
            tags.push(tag);
        }
        let (status, _, png) = picture(&site, "/b/alpha/follow-up/card.png", None).await;
        assert_eq!((status, size(&png)), (StatusCode::OK, (1200, 630)));
        set_up(&site, "follow-up", |service| service["options"] = json!({ "secret": "abcdefghij0123456789" })).await;
        for none in ["/b/alpha/follow-up/card.png", "/b/nobody/card.png", "/b/alpha/nothing/card.png", "/b/%00/card.png", "/b/alpha/%00/card.png"] {
            assert_eq!(picture(&site, none, None).await.0, StatusCode::NOT_FOUND, "{none}");
        }
    }
}
