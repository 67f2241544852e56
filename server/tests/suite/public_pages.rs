//! A business’s public pages: its team and categories, the picture that is shared with a link, what search engines are told, and the
//! booking page inside another website.

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::{
    booking_page::made,
    on_both,
    races::{appointments, set_up},
    support::{Answer, Site, booking},
};

const STAFF: &str = "/api/v1/orgs/alpha/calendar/staff";
const EMBEDDING: &str = "/api/v1/orgs/alpha/calendar/embedding";
const FRAME: &str = "/b/alpha/embed/sports-massage";
const SHOP: &str = "https://www.shop.example.com.au";

/// Whoever uses it is offered the source code of what runs there; where nobody has said where it is, they are told whom to ask.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_offered_the_source_code() {
    let site = Site::sqlite().await;
    let owner = site.log_in("alpha").await;
    for page in ["/", "/b/alpha", "/b/alpha/follow-up", "/app/alpha/settings"] {
        let shown = site.get_as(&owner, page).await;
        assert!(shown.text.contains("href=\"/about\""), "{page}: {}", shown.text);
    }
    let unsaid = site.get("/about").await;
    assert_eq!(unsaid.status, StatusCode::OK);
    for words in
        ["GNU Affero General Public License, version 3 or any later version", "write to whoever runs this platform."]
    {
        assert!(unsaid.text.contains(words), "{words}: {}", unsaid.text);
    }
    site.platform.source_code_at("https://code.example.com.au/devalo".to_owned());
    let said = site.get("/about").await.text;
    assert!(said.contains("href=\"https://code.example.com.au/devalo\"") && !said.contains("write to"), "{said}");
}

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

/// Lets these websites show alpha’s pages.
async fn allow(site: &Site, origins: &[&str]) {
    let owner = site.log_in("alpha").await;
    let version = site.get_as(&owner, EMBEDDING).await.json()["version"].clone();
    let body = json!({ "version": version, "origins": origins });
    let saved = site.json(Method::PUT, Some(&owner), EMBEDDING, &body).await;
    assert_eq!(saved.status, StatusCode::NO_CONTENT, "{saved:?}");
}

fn policy(answer: &Answer) -> &str {
    answer.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text")
}

/// Who may show it inside theirs, as its policy says; it says so once.
fn framed_by(answer: &Answer) -> String {
    let mut rules = policy(answer).split(';').filter_map(|rule| rule.trim().strip_prefix("frame-ancestors "));
    let rule = rules.next().unwrap_or_else(|| panic!("a rule: {answer:?}")).to_owned();
    assert_eq!(rules.next(), None);
    rule
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

/// The form as a visitor inside another website sends it: without any cookie.
async fn send(site: &Site, page: &str, start: &str, hold: &str, key: &str, email: &str) -> Answer {
    let made = made(site, "sports-massage", 30).await;
    let fields = [
        ("org", "alpha"),
        ("service", "sports-massage"),
        ("start", start),
        ("zone", ""),
        ("key", key),
        ("name", "Fran Framed"),
        ("email", email),
        ("phone", ""),
        ("notes", ""),
        ("made", made.as_str()),
        ("hold", hold),
        ("page", page),
    ];
    site.form(None, "/fn/calendar/book", page, &fields).await
}

/// A visitor inside another website presses a time; where that leads, and what is held.
async fn press(site: &Site, query: &str, start: &str) -> (String, String) {
    let fields =
        [("org", "alpha"), ("service", "sports-massage"), ("query", query), ("start", start), ("framed", "true")];
    let answer = site.form(None, "/fn/calendar/hold", FRAME, &fields).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{answer:?}");
    assert!(!answer.headers.contains_key(header::SET_COOKIE), "no cookie would come back");
    let there = answer.location().to_owned();
    let hold = there.split("hold=").nth(1).and_then(|rest| rest.split(['&', '#']).next()).unwrap_or_default();
    (there.clone(), hold.to_owned())
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
            for other in ["/b/alpha/team", "/b/alpha", "/b/alpha/embed"] {
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

    /// Only the pages that are made for it can be shown inside another website, and only by those that the owner allows.
    async fn only_allowed_websites_show_the_booking_page(site: Site) {
        let pages = ["/b/alpha/embed", FRAME];
        for page in pages {
            let answer = site.get(page).await;
            assert_eq!(answer.status, StatusCode::OK, "{page}");
            assert_eq!(framed_by(&answer), "'self'", "{page}: nobody yet, but the preview of ours");
        }
        allow(&site, &[SHOP, "https://example.com:8443"]).await;
        for page in pages {
            // Asked for twice: what is kept of other pages has another policy.
            for _ in 0..2 {
                let answer = site.get(page).await;
                assert_eq!(framed_by(&answer), format!("'self' {SHOP} https://example.com:8443"), "{page}");
                assert!(!answer.headers.contains_key("x-frame-options"), "{page}");
                assert_eq!(answer.headers["x-robots-tag"], "noindex, nofollow", "{page}");
                assert!(policy(&answer).contains("default-src 'self'") && policy(&answer).contains("form-action 'self'"));
                for words in ["name=\"robots\" content=\"noindex\"", "rel=\"canonical\"", SHOP] {
                    assert!(answer.text.contains(words), "{page}: {words}: {}", answer.text);
                }
                for never in ["_bg.wasm", "href=\"/login", "href=\"/app", "public-foot", "Powered by"] {
                    assert!(!answer.text.contains(never), "{page}: {never}");
                }
            }
        }
        // The site's own pages, as ever, by nobody; nor another business's by alpha's websites.
        let (start, owner) = (site.slots("alpha", "sports-massage").await[0].clone(), site.log_in("alpha").await);
        let token = site.book("alpha", "framed-headers", &booking("sports-massage", &start)).await.json()["token"].as_str().expect("a token").to_owned();
        for page in ["/", "/b/alpha", "/b/alpha/sports-massage", "/b/alpha/team", "/login", "/b/nobody/embed", &format!("/manage/{token}"), "/b/alpha/embed/x/y"] {
            let answer = site.get(page).await;
            assert_eq!(framed_by(&answer), "'none'", "{page}");
            assert_eq!(answer.headers["x-frame-options"], "DENY", "{page}");
        }
        for page in ["/app/alpha/calendar", "/app/alpha/calendar/embed", "/app/alpha/settings"] {
            let answer = site.get_as(&owner, page).await;
            assert_eq!((framed_by(&answer).as_str(), &answer.headers["x-frame-options"]), ("'none'", &"DENY".parse().expect("a value")), "{page}");
        }
        assert_eq!(framed_by(&site.get("/b/beta/embed").await), "'self'");
        assert!(!site_map(&site).await.contains("/embed"));
        // Unknown services are told so, inside the website.
        let unknown = site.get("/b/alpha/embed/nothing").await;
        assert_eq!((unknown.status, framed_by(&unknown)), (StatusCode::NOT_FOUND, format!("'self' {SHOP} https://example.com:8443")));
        allow(&site, &[]).await;
        assert_eq!(framed_by(&site.get(FRAME).await), "'self'", "taken back at once");
    }

    /// What isn't a website's address is refused, and said which; what was typed is kept. Nobody else sets it.
    async fn websites_are_checked(site: Site) {
        let owner = site.log_in("alpha").await;
        let page = "/app/alpha/calendar/embed";
        let save = async |cookie: Option<&str>, version: &str, origins: &str| {
            site.form(cookie, "/fn/calendar/setup/save-embedding", page, &[("org", "alpha"), ("version", version), ("origins", origins)]).await
        };
        let version = site.get_as(&owner, EMBEDDING).await.json()["version"].to_string();
        for bad in ["http://www.example.com", "https://*.example.com", "https://example.com/contact", "javascript:alert(1)", "https://localhost", "https://example.com; script-src *", "'self'", "*", "https://10.0.0.1"] {
            let refused = save(Some(&owner), &version, bad).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
            assert!(refused.text.contains("id=\"field-origins-error\""), "{bad}: {}", refused.text);
            let program = site.json(Method::PUT, Some(&owner), EMBEDDING, &json!({ "version": version.parse::<i64>().expect("a number"), "origins": [bad] })).await;
            assert_eq!((program.status, program.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["origins".to_owned()]), "{bad}");
        }
        let many = (0..21).map(|n| format!("https://w{n}.example.com")).collect::<Vec<_>>().join("\r\n");
        assert_eq!(save(Some(&owner), &version, &many).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let kept = save(Some(&owner), &version, "https://fine.example.com\r\nhttps://not fine").await;
        assert!(kept.text.contains("https://fine.example.com") && kept.text.contains("https://not fine"), "{}", kept.text);
        assert_eq!(site.get_as(&owner, EMBEDDING).await.json()["origins"], json!([]), "nothing was saved");
        let saved = save(Some(&owner), &version, "WWW.Example.com.au/\r\n\r\nhttps://www.example.com.au\r\n").await;
        assert_eq!(saved.location(), format!("{page}?saved=1"), "{saved:?}");
        let now = site.get_as(&owner, EMBEDDING).await.json();
        assert_eq!(now["origins"], json!(["https://www.example.com.au"]), "as browsers name it, and once");
        let late = save(Some(&owner), &version, "https://other.example.com").await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.text.contains("Allowed now: https://www.example.com.au.") && late.text.contains("https://other.example.com"), "{}", late.text);
        let shown = site.get_as(&owner, page).await.text;
        for words in ["&lt;iframe src=", "&lt;script src=", "data-button=", "http://localhost:3000/b/alpha/embed", "http://localhost:3000/embed.js"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(site.get_as(&owner, &format!("{page}?show=sports-massage")).await.text.contains("src=\"/b/alpha/embed/sports-massage\""));
        assert!(!site.get_as(&owner, &format!("{page}?show=nothing")).await.text.contains("embed/nothing"));
        // Who may not.
        let stranger = site.log_in("beta").await;
        assert_eq!(save(None, "1", SHOP).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(save(Some(&stranger), "1", SHOP).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(EMBEDDING).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.get_as(&stranger, EMBEDDING).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get_as(&stranger, page).await.status, StatusCode::NOT_FOUND);
        // Other things that the calendar is set to stay.
        let state = site.json(Method::PUT, Some(&owner), "/api/v1/orgs/alpha/calendar/holidays", &json!({ "state": "NSW" })).await;
        assert!(state.status.is_success(), "{state:?}");
        assert_eq!(site.get_as(&owner, EMBEDDING).await.json()["origins"], json!(["https://www.example.com.au"]));
    }

    /// Inside another website everything goes without a cookie: a time is held, booked with it, and the page there says so.
    async fn a_time_is_held_and_booked_without_cookies(site: Site) {
        allow(&site, &[SHOP]).await;
        let starts = site.slots("alpha", "sports-massage").await;
        let (start, other) = (starts[2].clone(), starts[9].clone());
        let offered = async |start: &str| site.get(FRAME).await.text.contains(&format!("value=\"{start}\""));
        assert!(site.get("/b/alpha/embed").await.text.contains(&format!("href=\"{FRAME}\"")));
        assert!(offered(&start).await && site.get(FRAME).await.text.contains("name=\"framed\" value=\"true\""));
        let (there, hold) = press(&site, "zone=Australia/Sydney", &start).await;
        assert!(there.starts_with(FRAME) && there.contains("start=") && there.contains("zone=Australia") && !hold.is_empty(), "{there}");
        assert!(!offered(&start).await, "it is held");
        let page = site.get(&there).await;
        assert!(page.text.contains("Held for you until") && page.text.contains("action=\"/fn/calendar/book\""), "{}", page.text);
        assert!(page.text.contains(&format!("name=\"hold\" value=\"{hold}\"")) && page.text.contains("name=\"page\""));
        assert_eq!(framed_by(&page), format!("'self' {SHOP}"));
        // Another can't have it, nor by a hold that isn't one.
        for hold in ["", "nonsense"] {
            assert_eq!(send(&site, FRAME, &start, hold, "framed-thief-key", "thief@example.com").await.status, StatusCode::CONFLICT, "{hold}");
        }
        // Another time in its place lets go of the first.
        let (there, hold) = press(&site, &format!("hold={hold}"), &other).await;
        assert!(offered(&start).await && !offered(&other).await);
        // A mistake, and another right after it: the page comes back inside the website, though no cookie remembers it.
        let page = there.split('#').next().expect("a path");
        let refused = send(&site, page, &other, &hold, "framed-form-key-1", "no address").await;
        assert_eq!((refused.status, framed_by(&refused)), (StatusCode::UNPROCESSABLE_ENTITY, format!("'self' {SHOP}")));
        assert!(refused.text.contains("value=\"Fran Framed\"") && refused.text.contains("name=\"page\""), "{}", refused.text);
        let again = site.form(None, "/fn/calendar/book", "/fn/calendar/book", &[
            ("org", "alpha"), ("service", "sports-massage"), ("start", &other), ("zone", ""), ("key", "framed-form-key-1"), ("name", "Fran Framed"), ("email", "still none"),
            ("phone", ""), ("notes", ""), ("made", &made(&site, "sports-massage", 30).await), ("hold", &hold), ("page", page),
        ]).await;
        assert_eq!((again.status, framed_by(&again)), (StatusCode::UNPROCESSABLE_ENTITY, format!("'self' {SHOP}")));
        assert!(again.text.contains("value=\"still none\""), "{}", again.text);
        // It leads nowhere but to our public pages.
        let elsewhere = send(&site, "//evil.example/b/", &other, &hold, "framed-form-key-2", "no address").await;
        assert!(elsewhere.status.is_client_error() && !elsewhere.text.contains("evil.example"), "{elsewhere:?}");
        let booked = send(&site, page, &other, &hold, "framed-form-key-1", "fran@example.com").await;
        assert_eq!(booked.status, StatusCode::FOUND, "{booked:?}");
        assert!(booked.location().starts_with("/b/alpha/embed/booked/"), "{booked:?}");
        let done = site.get(booked.location()).await;
        assert_eq!((done.status, framed_by(&done)), (StatusCode::OK, format!("'self' {SHOP}")));
        assert!(done.text.contains("You’re booked") && done.text.contains("Fran Framed") && done.text.contains("target=\"_blank\""), "{}", done.text);
        assert_eq!((&done.headers["cache-control"], &done.headers["x-robots-tag"]), (&"no-store".parse().expect("a value"), &"noindex, nofollow".parse().expect("a value")));
        assert!(!done.text.contains("/fn/calendar/cancel-own"), "it can be looked at there, and changed in a window of its own");
        assert_eq!(appointments(&site).await.iter().filter(|one| one.to_string().contains("Fran Framed")).count(), 1);
        // By nobody else's address, and by no other token.
        let token = booked.location().rsplit('/').next().expect("a token");
        for wrong in [format!("/b/beta/embed/booked/{token}"), "/b/alpha/embed/booked/nonsense".to_owned()] {
            let answer = site.get(&wrong).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
            assert!(!answer.text.contains("Fran"), "{wrong}");
        }
    }

    /// A form inside another website is our own page's; one of that website's isn't.
    async fn other_websites_send_no_forms(site: Site) {
        allow(&site, &[SHOP]).await;
        let start = site.slots("alpha", "sports-massage").await[2].clone();
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("org", "alpha"), ("service", "sports-massage"), ("query", ""), ("start", &start), ("framed", "true")])
            .finish();
        for (site_header, origin) in [(Some("cross-site"), SHOP), (None, SHOP), (Some("same-site"), SHOP), (None, "null")] {
            let mut request = Request::post("/fn/calendar/hold").header(header::ORIGIN, origin).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").header(header::ACCEPT, "text/html");
            if let Some(value) = site_header {
                request = request.header("sec-fetch-site", value);
            }
            let answer = site.send_as_it_is(request.body(Body::from(body.clone())).expect("a request")).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{site_header:?} {origin}");
        }
        assert!(site.slots("alpha", "sports-massage").await.contains(&start), "nothing is held");
    }

    /// The script is small, for every website, and follows nobody.
    async fn the_script_is_for_every_website(site: Site) {
        let script = site.get("/embed.js").await;
        assert_eq!(script.status, StatusCode::OK);
        assert_eq!(script.headers["content-type"], "text/javascript; charset=utf-8");
        assert_eq!(script.headers["cross-origin-resource-policy"], "cross-origin");
        assert!(script.headers["cache-control"].to_str().expect("text").contains("max-age="));
        assert!(script.text.len() < 2048 && !script.headers.contains_key(header::SET_COOKIE));
        for never in ["cookie", "localStorage", "innerHTML", "eval(", "\"*\"", "'*'"] {
            assert!(!script.text.contains(never), "{never}");
        }
    }
}
