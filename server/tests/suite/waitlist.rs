//! The waitlist: who finds no time that suits is offered what comes free, the first in line first, and theirs alone for a quarter of an hour.

use app::{
    db::Access,
    modules::calendar::{holds, offering},
    platform_sql,
};
use axum::http::{Method, Request, StatusCode};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    booking_page::made,
    on_both,
    races::set_up,
    support::{Answer, ORIGIN, Site, booking},
};

const LIST: &str = "/api/v1/orgs/alpha/calendar/waitlist";
const PAGE: &str = "/b/alpha/sports-massage/waitlist";
/// A Wednesday.
pub const DAY: &str = "2026-11-25";

/// The massage has a waitlist, and whatever else these options say.
pub async fn with_waitlist(site: &Site, more: Value) {
    set_up(site, "sports-massage", |service| {
        let mut options = json!({ "waitlist": true });
        for (name, value) in more.as_object().expect("options") {
            options[name.as_str()] = value.clone();
        }
        service["options"] = options;
    })
    .await;
}

/// Takes every time of a day, one after the other, and gives each start with the token of its booking.
pub async fn fill(site: &Site, day: &str) -> Vec<(String, String)> {
    let mut booked = Vec::new();
    loop {
        let free = site.slots("alpha", "sports-massage").await;
        let Some(start) = free.into_iter().find(|start| on_day(start, day)) else { return booked };
        let made = site.book("alpha", &format!("fills-{start}"), &booking("sports-massage", &start)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        booked.push((start, made.json()["token"].as_str().expect("a token").to_owned()));
    }
}

fn on_day(start: &str, day: &str) -> bool {
    let start: jiff::Timestamp = start.parse().expect("a start");
    start.in_tz("Australia/Sydney").expect("a zone").date().to_string() == day
}

pub async fn cancel(site: &Site, token: &str) {
    let path = format!("/api/v1/calendar/manage/{token}/cancel");
    let cancelled = site.json(Method::POST, None, &path, &json!({ "version": 1 })).await;
    assert_eq!(cancelled.status, StatusCode::NO_CONTENT, "{cancelled:?}");
}

fn wants(name: &str) -> Value {
    let email = format!("{}@example.com", name.to_lowercase());
    json!({ "service": "sports-massage", "name": name, "email": email, "from": DAY, "until": DAY })
}

async fn join(site: &Site, body: &Value) -> Answer {
    site.json(Method::POST, None, LIST, body).await
}

/// Puts somebody on the list, and gives the token of their private link.
pub async fn joined(site: &Site, name: &str) -> String {
    let answer = join(site, &wants(name)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    token_of(site, name).await.expect("a letter")
}

/// The token in the one letter of the waitlist’s that somebody got since the last time.
async fn token_of(site: &Site, name: &str) -> Option<String> {
    let to = format!("{}@example.com", name.to_lowercase());
    let letters = site.mailings().await;
    let mut theirs = letters.iter().filter(|mailing| mailing.letter.to == to);
    let link = theirs.next().map(|mailing| mailing.letter.action.clone().expect("a button").1)?;
    assert!(theirs.next().is_none(), "one letter: {letters:?}");
    Some(link.strip_prefix(&format!("{ORIGIN}/waitlist/")).expect("their place").to_owned())
}

pub async fn look(site: &Site) {
    holds::let_go(&site.platform).await.expect("what has expired is let go of");
    offering::look(&site.platform).await.expect("what came free is offered");
}

async fn listed(site: &Site) -> Value {
    let owner = site.log_in("alpha").await;
    let listed = site.get_as(&owner, LIST).await;
    assert_eq!(listed.status, StatusCode::OK, "{listed:?}");
    listed.json()
}

/// Of somebody who waits, or did: where they stand, and the start that they are offered.
pub async fn standing(site: &Site, name: &str) -> (String, Option<String>) {
    let all = listed(site).await;
    let rows = ["items", "ended"].into_iter().flat_map(|list| all[list].as_array().expect("a list").clone());
    let row = rows.into_iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}: {all}"));
    (row["status"].as_str().expect("a word").to_owned(), row["offered_start"].as_str().map(str::to_owned))
}

pub async fn press(site: &Site, what: &str, token: &str, more: &[(&str, &str)]) -> Answer {
    let fields: Vec<_> = [("token", token)].into_iter().chain(more.iter().copied()).collect();
    site.form(None, &format!("/fn/calendar/waitlist/{what}"), &format!("/waitlist/{token}"), &fields).await
}

on_both! {
    /// Who joins gets a letter with a private link: there they see their place, and leave. Joining again for the same days doubles nothing,
    /// and sounds the same.
    async fn a_client_joins_and_leaves(site: Site) {
        with_waitlist(&site, json!({})).await;
        let answer = join(&site, &wants("Ada")).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        let letters = site.mailings().await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert_eq!(letters[0].sender.as_deref(), Some("Alpha Clinic"));
        assert_eq!(letters[0].letter.subject, "You’re on the waitlist: Sports and remedial massage");
        let (_, link) = letters[0].letter.action.clone().expect("a button");
        let token = link.strip_prefix(&format!("{ORIGIN}/waitlist/")).expect("their place").to_owned();
        let page = site.get(&format!("/waitlist/{token}")).await;
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        assert!(page.text.contains("You’re on the waitlist") && page.text.contains("Wednesday 25 November 2026"), "{}", page.text);
        assert_eq!(page.headers["x-robots-tag"], "noindex, nofollow");
        assert_eq!(page.headers["cache-control"], "no-store");

        let mut wider = wants("Ada");
        wider["until"] = json!("2026-11-28");
        let again = join(&site, &wider).await;
        assert_eq!((again.status, again.text), (answer.status, answer.text));
        assert!(site.mailings().await.is_empty());
        assert_eq!(listed(&site).await["count"], 1);
        let mut later = wants("Ada");
        later["from"] = json!("2026-11-26");
        later["until"] = json!("2026-11-28");
        assert_eq!(join(&site, &later).await.status, StatusCode::ACCEPTED);
        assert_eq!(listed(&site).await["count"], 2);
        site.mailings().await;

        let left = press(&site, "leave", &token, &[]).await;
        assert_eq!(left.status, StatusCode::FOUND, "{left:?}");
        assert!(site.get(&format!("/waitlist/{token}")).await.text.contains("You have left the waitlist"));
        assert_eq!(press(&site, "leave", &token, &[]).await.status, StatusCode::FOUND, "twice is no mistake");
        assert_eq!(listed(&site).await["count"], 1);
        assert_eq!(join(&site, &wants("Ada")).await.status, StatusCode::ACCEPTED);
        assert!(token_of(&site, "Ada").await.is_some_and(|other| other != token));
    }

    /// One address is on the list a few times at most, and hears no more of it.
    async fn an_address_joins_a_few_times(site: Site) {
        with_waitlist(&site, json!({})).await;
        for day in 24..=30 {
            let mut body = wants("Ada");
            body["from"] = json!(format!("2026-11-{day}"));
            body["until"] = body["from"].clone();
            assert_eq!(join(&site, &body).await.status, StatusCode::ACCEPTED);
        }
        assert_eq!(listed(&site).await["count"], 5);
    }

    /// What is wrong is said at each field; a service without a waitlist has none, and neither has one that isn’t there.
    async fn joining_is_refused(site: Site) {
        assert_eq!(join(&site, &wants("Ada")).await.status, StatusCode::CONFLICT, "it is off unless it is switched on");
        assert_eq!(site.get(PAGE).await.status, StatusCode::NOT_FOUND);
        with_waitlist(&site, json!({})).await;
        let mut nothing = wants("Ada");
        nothing["service"] = json!("no-such-thing");
        assert_eq!(join(&site, &nothing).await.status, StatusCode::NOT_FOUND);
        for (field, value) in [
            ("name", json!("")), ("email", json!("nobody")), ("phone", json!("x")), ("from", json!("soon")), ("from", json!("2026-11-22")),
            ("until", json!("")), ("until", json!("2026-11-24")), ("until", json!("2028-01-01")), ("weekdays", json!(["someday"])),
            ("weekdays", json!(["mon"])), ("day_parts", json!(["midnight"])), ("zone", json!("Mars/Olympus")), ("length", json!(7)), ("seats", json!(99)),
        ] {
            let mut body = wants("Ada");
            body[field] = value.clone();
            let refused = join(&site, &body).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{field}: {value}");
        }
        assert!(site.mailings().await.is_empty());
        assert_eq!(listed(&site).await["count"], 0);
    }

    /// The form works without a program. One that comes back within a second, without having been read, or with what nobody sees filled in
    /// is a program’s; what was typed stays.
    async fn the_form_is_for_people(site: Site) {
        with_waitlist(&site, json!({})).await;
        let service = site.get("/b/alpha/sports-massage").await.text;
        assert!(service.contains("None of these suit?") && service.contains(PAGE), "the way there");
        let page = site.get(&format!("{PAGE}?zone=Australia%2FPerth&from={DAY}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        for shown in ["Join the waitlist", "value=\"2026-11-25\"", "Monday", "Morning, before 12", "Perth time (AWST)", "name=\"made\""] {
            assert!(page.text.contains(shown), "{shown}: {}", page.text);
        }
        assert!(!page.text.contains("hydrate()"), "it needs no program");
        let send = async |made: &str, more: &[(&str, &str)]| {
            let usual = [("org", "alpha"), ("service", "sports-massage"), ("name", "Ada"), ("email", "ada@example.com"), ("phone", ""),
                ("from", DAY), ("until", DAY), ("weekdays[]", "wed"), ("day_parts[]", "morning"), ("zone", ""), ("made", made)];
            let fields: Vec<_> = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name)).chain(more.iter().copied()).collect();
            site.form(None, "/fn/calendar/waitlist/join", PAGE, &fields).await
        };
        let read = made(&site, "sports-massage", 30).await;
        let other = made(&site, "follow-up", 30).await;
        let too_quick = made(&site, "sports-massage", 0).await;
        let by_programs: [(&str, &[(&str, &str)]); 4] =
            [(&too_quick, &[]), ("", &[]), (&other, &[]), (&read, &[("website", "https://example.com")])];
        for (made, more) in by_programs {
            let refused = send(made, more).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{made} {more:?}");
            assert!(refused.text.contains("ada@example.com"), "what was typed stays");
        }
        assert_eq!(send(&read, &[("email", "nobody")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let joined = send(&read, &[]).await;
        assert_eq!((joined.status, joined.location()), (StatusCode::FOUND, &*format!("{PAGE}?joined=1")), "{joined:?}");
        assert!(site.get(joined.location()).await.text.contains("You’re on the waitlist"));
        let first = &listed(&site).await["items"][0];
        assert_eq!((&first["weekdays"], &first["day_parts"]), (&json!(["wed"]), &json!(["morning"])));
    }

    /// The service’s page leads to the waitlist quietly where there are times, and with a button where there are none.
    async fn where_nothing_is_free_the_waitlist_is_the_way(site: Site) {
        let last = |service: &mut Value| service["window_days"] = json!(1);
        set_up(&site, "sports-massage", last).await;
        assert!(!site.get("/b/alpha/sports-massage").await.text.contains("waitlist"), "off");
        with_waitlist(&site, json!({})).await;
        for day in ["2026-11-23", "2026-11-24"] {
            fill(&site, day).await;
        }
        let page = site.get("/b/alpha/sports-massage").await.text;
        assert!(page.contains("No times free") && page.contains("class=\"btn btn-primary\" href=\"/b/alpha/sports-massage/waitlist"), "{page}");
        assert!(!page.contains("None of these suit?"));
    }

    /// Strangers and other organisations see nobody who waits, and take nobody off; a link is for one place, can’t be forged, and ends.
    async fn who_waits_is_nobody_elses_business(site: Site) {
        with_waitlist(&site, json!({})).await;
        let token = joined(&site, "Ada").await;
        let id = listed(&site).await["items"][0]["id"].as_str().expect("an id").to_owned();
        let (alpha, beta) = (site.log_in("alpha").await, site.log_in("beta").await);
        let none = json!({});
        let remove = async |who: Option<&str>, org: &str| {
            site.json(Method::DELETE, who, &format!("/api/v1/orgs/{org}/calendar/waitlist/{id}"), &none).await.status
        };
        assert_eq!(site.get(LIST).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.get_as(&beta, LIST).await.status, StatusCode::NOT_FOUND);
        assert_eq!(remove(None, "alpha").await, StatusCode::UNAUTHORIZED);
        assert_eq!(remove(Some(&beta), "alpha").await, StatusCode::NOT_FOUND);
        assert_eq!(remove(Some(&beta), "beta").await, StatusCode::NOT_FOUND, "an id doesn’t reach across");
        assert_eq!(listed(&site).await["count"], 1);

        let start = site.slots("alpha", "follow-up").await[0].clone();
        let made = site.book("alpha", "another-link", &booking("follow-up", &start)).await.json();
        let booked = made["token"].as_str().expect("a token");
        let mut forged = token.clone().into_bytes();
        forged[10] ^= 1;
        let forged = String::from_utf8(forged).expect("text");
        for bad in [&*forged, "x", booked] {
            assert_eq!(site.get(&format!("/waitlist/{bad}")).await.status, StatusCode::NOT_FOUND, "{bad}");
        }
        assert_eq!(site.get(&format!("/manage/{token}")).await.status, StatusCode::NOT_FOUND);

        assert_eq!(remove(Some(&alpha), "alpha").await, StatusCode::NO_CONTENT);
        assert_eq!(remove(Some(&alpha), "alpha").await, StatusCode::NOT_FOUND, "once");
        assert!(site.get(&format!("/waitlist/{token}")).await.text.contains("You aren’t on the waitlist any more"));
        assert!(site.get_as(&alpha, "/app/alpha/settings/audit").await.text.contains("took somebody off the waitlist"));
        site.set_clock("2027-03-01T00:00:00Z");
        assert_eq!(site.get(&format!("/waitlist/{token}")).await.status, StatusCode::GONE);
    }

    /// A time that its client cancels is offered to the first in line, held for them alone, and booked with one press, once.
    async fn what_comes_free_goes_to_the_first_in_line(site: Site) {
        with_waitlist(&site, json!({})).await;
        let booked = fill(&site, DAY).await;
        site.mailings().await;
        let ada = joined(&site, "Ada").await;
        site.advance(1);
        let bo = joined(&site, "Bo").await;
        look(&site).await;
        assert_eq!(standing(&site, "Ada").await, ("waiting".to_owned(), None), "nothing came free");
        let (start, token) = &booked[2];
        cancel(&site, token).await;
        site.mailings().await;
        look(&site).await;
        assert_eq!(standing(&site, "Ada").await, ("offered".to_owned(), Some(start.clone())));
        assert_eq!(standing(&site, "Bo").await, ("waiting".to_owned(), None));
        let letters: Vec<_> = site.mailings().await.into_iter().filter(|mailing| mailing.letter.to.ends_with("@example.com")).collect();
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert!(letters[0].letter.subject.starts_with("A time has come free: Sports and remedial massage, Wed"), "{}", letters[0].letter.subject);
        assert!(letters[0].letter.text().contains("Sydney time (AEDT)"), "{}", letters[0].letter.text());

        assert!(!site.slots("alpha", "sports-massage").await.contains(start), "nobody else is offered it");
        assert_eq!(site.book("alpha", "an-intruder", &booking("sports-massage", start)).await.status, StatusCode::CONFLICT);
        assert_eq!(press(&site, "take", &bo, &[]).await.status, StatusCode::CONFLICT, "nor the second in line");
        let page = site.get(&format!("/waitlist/{ada}")).await.text;
        for shown in ["A time has come free", "Held for you until", "Book this time", "Let it go"] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        let done = press(&site, "take", &ada, &[]).await;
        assert_eq!(done.status, StatusCode::FOUND, "{}", done.text);
        assert!(done.location().starts_with("/manage/") && done.location().ends_with("?booked=1"), "{done:?}");
        let again = press(&site, "take", &ada, &[]).await;
        assert_eq!(again.location(), done.location(), "pressed twice it is booked once");
        let own = done.location().trim_start_matches("/manage/").trim_end_matches("?booked=1");
        let own = site.get(&format!("/api/v1/calendar/manage/{own}")).await.json();
        assert_eq!((own["start"].as_str(), &own["status"]), (Some(start.as_str()), &json!("booked")));
        assert_eq!(standing(&site, "Ada").await.0, "booked");
        assert!(site.get(&format!("/waitlist/{ada}")).await.text.contains("You have booked"));
        look(&site).await;
        assert_eq!(standing(&site, "Bo").await.0, "waiting");
    }

    /// What somebody lets go of is offered to the next at once, and never again to them.
    async fn what_is_let_go_goes_to_the_next(site: Site) {
        with_waitlist(&site, json!({})).await;
        let booked = fill(&site, DAY).await;
        site.mailings().await;
        let ada = joined(&site, "Ada").await;
        site.advance(1);
        let bo = joined(&site, "Bo").await;
        cancel(&site, &booked[1].1).await;
        look(&site).await;
        let declined = press(&site, "decline", &ada, &[]).await;
        assert_eq!(declined.status, StatusCode::FOUND, "{declined:?}");
        assert!(site.get(declined.location()).await.text.contains("It goes to the next in line"));
        look(&site).await;
        assert_eq!(standing(&site, "Ada").await.0, "waiting");
        assert_eq!(standing(&site, "Bo").await, ("offered".to_owned(), Some(booked[1].0.clone())));
        assert_eq!(press(&site, "decline", &bo, &[]).await.status, StatusCode::FOUND);
        look(&site).await;
        assert_eq!((standing(&site, "Ada").await.0, standing(&site, "Bo").await.0), ("waiting".to_owned(), "waiting".to_owned()));
        assert!(site.slots("alpha", "sports-massage").await.contains(&booked[1].0), "it is anybody’s");
        assert_eq!(press(&site, "take", &ada, &[]).await.status, StatusCode::CONFLICT);
        // Another one is offered to her.
        cancel(&site, &booked[2].1).await;
        look(&site).await;
        let (status, other) = standing(&site, "Ada").await;
        assert!(status == "offered" && other.as_ref().is_some_and(|other| *other != booked[1].0), "{other:?}");
        // Who leaves while a time is theirs frees it.
        assert_eq!(press(&site, "leave", &ada, &[]).await.status, StatusCode::FOUND);
        look(&site).await;
        let other = other.expect("a start");
        let next = standing(&site, "Bo").await.1;
        assert!(site.slots("alpha", "sports-massage").await.contains(&other) || next.as_ref() == Some(&other), "{other}");
        assert!(next.is_some_and(|next| next != booked[1].0), "never again what he let go of");
    }

    /// After a quarter of an hour the next in line is asked; who was too late is told so, and waits on.
    async fn what_nobody_takes_goes_to_the_next(site: Site) {
        with_waitlist(&site, json!({})).await;
        let booked = fill(&site, DAY).await;
        site.mailings().await;
        let ada = joined(&site, "Ada").await;
        site.advance(1);
        let bo = joined(&site, "Bo").await;
        cancel(&site, &booked[1].1).await;
        look(&site).await;
        site.advance(14 * 60);
        look(&site).await;
        assert_eq!(standing(&site, "Ada").await.0, "offered");
        site.advance(61);
        // Whichever of the two keepers is first.
        offering::look(&site.platform).await.expect("what came free is offered");
        assert_eq!(standing(&site, "Ada").await.0, "waiting");
        assert_eq!(standing(&site, "Bo").await, ("offered".to_owned(), Some(booked[1].0.clone())));
        let late = press(&site, "take", &ada, &[]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.text.contains("This offer has ended"), "{}", late.text);
        assert_eq!(press(&site, "take", &bo, &[]).await.status, StatusCode::FOUND);
    }

    /// Two times that come free at once go to two, each one; what the business takes itself is nobody’s offer any more.
    async fn two_times_go_to_two(site: Site) {
        with_waitlist(&site, json!({})).await;
        let booked = fill(&site, DAY).await;
        site.mailings().await;
        for name in ["Ada", "Bo", "Cy"] {
            joined(&site, name).await;
            site.advance(1);
        }
        for (_, token) in &booked[1..3] {
            cancel(&site, token).await;
        }
        look(&site).await;
        let offers = [standing(&site, "Ada").await.1, standing(&site, "Bo").await.1, standing(&site, "Cy").await.1];
        assert_eq!(offers, [Some(booked[1].0.clone()), Some(booked[2].0.clone()), None]);
        let owner = site.log_in("alpha").await;
        let desk = json!({ "service": "sports-massage", "start": booked[1].0, "name": "Rita Ringer" });
        let request = Request::post("/api/v1/orgs/alpha/calendar/appointments")
            .header("content-type", "application/json").header("sec-fetch-site", "same-origin")
            .header("cookie", &owner).header("idempotency-key", "the-desk-comes-first")
            .body(axum::body::Body::from(desk.to_string())).expect("a request");
        let done = site.send(request).await;
        assert_eq!(done.status, StatusCode::CREATED, "{done:?}");
        look(&site).await;
        assert_eq!(standing(&site, "Ada").await, ("waiting".to_owned(), None));
    }

    /// While a time is cancelled twenty join, and whoever looks looks at once: exactly one is offered it, and nobody is there twice.
    async fn a_storm_of_joiners_offers_once(site: Site) {
        with_waitlist(&site, json!({})).await;
        let booked = fill(&site, DAY).await;
        let names: Vec<String> = (0..20).map(|n| format!("Joiner{n}")).collect();
        let joins = names.iter().map(|name| {
            let (body, site) = (wants(name), &site);
            async move { assert_eq!(join(site, &body).await.status, StatusCode::ACCEPTED) }
        });
        let (_, (), looked) = futures::join!(join_all(joins), cancel(&site, &booked[2].1), offering::look(&site.platform));
        looked.expect("it is looked");
        for _ in 0..3 {
            let looks = (0..4).map(|_| offering::look(&site.platform));
            for outcome in join_all(looks).await {
                outcome.expect("it is looked");
            }
        }
        let all = listed(&site).await;
        let items = all["items"].as_array().expect("a list");
        assert_eq!(items.len(), 20);
        let offered: Vec<_> = items.iter().filter(|one| one["status"] == "offered").collect();
        let free = site.slots("alpha", "sports-massage").await.contains(&booked[2].0);
        // Who joined after it came free has seen it: where all have, it is anybody’s.
        assert!(offered.len() == 1 || (offered.is_empty() && free), "{offered:?}");
    }

    /// Nothing is offered that doesn’t suit: another day, another part of it, or what begins so soon that the offer couldn’t be taken.
    async fn nothing_is_offered_that_doesn_t_suit(site: Site) {
        with_waitlist(&site, json!({})).await;
        let booked = fill(&site, DAY).await;
        let (start, token) = &booked[2];
        let hour = start.parse::<jiff::Timestamp>().expect("a start").in_tz("Australia/Sydney").expect("a zone").hour();
        let part = if hour < 12 { "evening" } else { "morning" };
        for (name, field, value) in [("Ada", "day_parts", json!([part])), ("Bo", "from", json!("2026-11-26")), ("Cy", "weekdays", json!(["thu"]))] {
            let mut body = wants(name);
            body["until"] = json!("2026-11-28");
            body[field] = value;
            assert_eq!(join(&site, &body).await.status, StatusCode::ACCEPTED);
        }
        cancel(&site, token).await;
        look(&site).await;
        for name in ["Ada", "Bo", "Cy"] {
            assert_eq!(standing(&site, name).await.0, "waiting", "{name}");
        }
        assert_eq!(join(&site, &wants("Di")).await.status, StatusCode::ACCEPTED);
        // Ten minutes before the notice of its last start runs out, with a quarter of an hour to decide.
        let (later, token) = &booked[0];
        set_up(&site, "sports-massage", |service| service["min_notice_minutes"] = json!(60)).await;
        let soon: jiff::Timestamp = later.parse::<jiff::Timestamp>().expect("a start") - jiff::SignedDuration::from_mins(40);
        cancel(&site, token).await;
        site.set_clock(&soon.to_string());
        look(&site).await;
        assert_eq!(standing(&site, "Di").await, ("waiting".to_owned(), None), "{booked:?}");
    }

    /// An offer, its hold and its letter are one: where the letter can’t be written, the time is anybody’s and they wait on.
    async fn an_offer_is_whole_or_isn_t(site: Site) {
        with_waitlist(&site, json!({})).await;
        let booked = fill(&site, DAY).await;
        let token = joined_quietly(&site, "Ada").await;
        let sealed = async |name: &[u8]| {
            let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
            let before = platform_sql!(one(Vec<u8>, i64), &mut tx, "SELECT client_name, offers FROM calendar_waitlist").expect("a row").0;
            platform_sql!(exec, &mut tx, "UPDATE calendar_waitlist SET client_name = $1", name).expect("written");
            tx.commit().await.expect("committed");
            before
        };
        let whole = sealed(b"nothing that was sealed").await;
        cancel(&site, &booked[2].1).await;
        site.mailings().await;
        assert!(offering::look(&site.platform).await.is_err());
        assert!(site.mailings().await.is_empty());
        assert!(site.slots("alpha", "sports-massage").await.contains(&booked[2].0), "nothing is held");
        sealed(&whole).await;
        look(&site).await;
        assert_eq!(standing(&site, "Ada").await, ("offered".to_owned(), Some(booked[2].0.clone())));
        assert_eq!(letters_to_ada(&site).await, 1);
        assert_eq!(press(&site, "take", &token, &[]).await.status, StatusCode::FOUND);
    }

    /// What the service asks is asked before it is booked, and only that; what was typed stays.
    async fn what_the_service_asks_is_asked(site: Site) {
        with_waitlist(&site, json!({
            "questions": [{ "id": "side", "kind": "short", "label": "Which side?", "required": true }], "terms": "Be on time.",
        })).await;
        let start = site.slots("alpha", "sports-massage").await.into_iter().find(|start| on_day(start, DAY)).expect("a time");
        let mut body = booking("sports-massage", &start);
        body["answers"] = json!({ "side": ["Left"] });
        body["accepts_terms"] = json!(true);
        let made = site.book("alpha", "asks-of-them", &body).await.json();
        let ada = joined_quietly(&site, "Ada").await;
        cancel(&site, made["token"].as_str().expect("a token")).await;
        look(&site).await;
        let page = site.get(&format!("/waitlist/{ada}")).await.text;
        assert!(page.contains("Which side?") && page.contains("I accept the terms") && !page.contains("name=\"email\""), "{page}");
        let refused = press(&site, "take", &ada, &[("notes", "typed at length")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("Please answer this.") && refused.text.contains("typed at length"), "{}", refused.text);
        let done = press(&site, "take", &ada, &[("answers[side][]", "Left"), ("accepts", "true")]).await;
        assert_eq!(done.status, StatusCode::FOUND, "{}", done.text);
    }

    /// Hours that are extended are offered, too; a waitlist that is switched off offers nothing.
    async fn what_opens_is_offered(site: Site) {
        with_waitlist(&site, json!({})).await;
        fill(&site, DAY).await;
        joined_quietly(&site, "Ada").await;
        let owner = site.log_in("alpha").await;
        let all = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/setup/services").await.json();
        let massage = all.as_array().expect("services").iter().find(|one| one["slug"] == "sports-massage").expect("the massage").clone();
        let person = massage["staff"][0].as_str().expect("somebody");
        let path = format!("/api/v1/orgs/alpha/calendar/staff/{person}/dates/{DAY}");
        let set = json!({ "windows": [{ "start_minute": 300, "end_minute": 1320 }] });
        set_up(&site, "sports-massage", |service| service["options"] = json!({})).await;
        assert!(site.json(Method::PUT, Some(&owner), &path, &set).await.status.is_success());
        look(&site).await;
        assert_eq!(standing(&site, "Ada").await.0, "waiting", "it is off");
        with_waitlist(&site, json!({})).await;
        look(&site).await;
        assert_eq!(standing(&site, "Ada").await.0, "offered");
    }

    /// When their days are over they wait no more, and thirty days later nothing is left of them.
    async fn whose_days_are_over_is_forgotten(site: Site) {
        with_waitlist(&site, json!({})).await;
        joined_quietly(&site, "Ada").await;
        site.set_clock("2026-11-25T12:00:00Z");
        look(&site).await;
        assert_eq!(standing(&site, "Ada").await.0, "waiting");
        site.set_clock("2026-11-25T13:00:01Z");
        look(&site).await;
        assert_eq!(standing(&site, "Ada").await.0, "lapsed");
        site.set_clock("2026-12-26T00:00:00Z");
        look(&site).await;
        look(&site).await;
        let rest = listed(&site).await;
        assert_eq!((rest["items"].as_array().map(Vec::len), rest["ended"].as_array().map(Vec::len)), (Some(0), Some(0)), "{rest}");
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let rows = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM calendar_waitlist_looks").expect("a count");
        assert_eq!(rows, (0,), "and it isn’t looked any more");
        tx.rollback().await.expect("an end");
    }

    /// Who is erased waits no more, and what they were offered is free; before, the file of what there is of them has it.
    async fn who_is_erased_waits_no_more(site: Site) {
        with_waitlist(&site, json!({})).await;
        let booked = fill(&site, DAY).await;
        let token = joined_quietly(&site, "Ada").await;
        cancel(&site, &booked[2].1).await;
        look(&site).await;
        let owner = site.log_in("alpha").await;
        let who = json!({ "name": "Ada", "email": "ada@example.com" });
        let id = site.json(Method::POST, Some(&owner), "/api/v1/orgs/alpha/calendar/clients", &who).await.json()["id"].as_str().expect("an id").to_owned();
        let client = format!("/api/v1/orgs/alpha/calendar/clients/{id}");
        let file = site.get_as(&owner, &format!("{client}/export")).await;
        assert!(file.text.contains("\"waitlist\":[{") && file.text.contains(DAY), "{}", file.text);
        let erased = site.json(Method::POST, Some(&owner), &format!("{client}/erase"), &json!({ "version": 1, "typed": "ERASE" })).await;
        assert_eq!(erased.status, StatusCode::NO_CONTENT, "{erased:?}");
        assert_eq!(listed(&site).await["count"], 0);
        assert_eq!(site.get(&format!("/waitlist/{token}")).await.status, StatusCode::GONE);
        assert!(site.slots("alpha", "sports-massage").await.contains(&booked[2].0));
        let raw = String::from_utf8_lossy(&site.raw_dump().await).into_owned();
        assert!(!raw.contains("ada@example.com"), "nothing of it was ever in the clear");
    }

    /// The business sees who waits, for what and since when, and takes somebody off; its diary says how many wait.
    async fn the_business_sees_who_waits(site: Site) {
        with_waitlist(&site, json!({})).await;
        let owner = site.log_in("alpha").await;
        let page = "/app/alpha/calendar/waitlist";
        assert!(site.get_as(&owner, page).await.text.contains("Nobody waits"));
        joined_quietly(&site, "Ada").await;
        let shown = site.get_as(&owner, page).await.text;
        for words in ["1 client waits", "Ada", "ada@example.com", "Sports and remedial massage", "Since Mon 23 Nov 2026"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(site.get_as(&owner, "/app/alpha/calendar").await.text.contains("Waitlist (1)"));
        let id = listed(&site).await["items"][0]["id"].as_str().expect("an id").to_owned();
        let removed = site.form(Some(&owner), "/fn/calendar/waitlist/remove", page, &[("org", "alpha"), ("id", &id)]).await;
        assert_eq!(removed.status, StatusCode::FOUND, "{removed:?}");
        let shown = site.get_as(&owner, removed.location()).await.text;
        assert!(shown.contains("They aren’t on the waitlist any more.") && shown.contains("No longer waiting"), "{shown}");
        assert_eq!(letters_to_ada(&site).await, 0, "they aren’t told");
    }

    /// The business offers somebody a free time, whoever waits before them: theirs alone for a quarter of an hour, and a letter says so.
    async fn the_business_offers_a_time(site: Site) {
        with_waitlist(&site, json!({})).await;
        joined_quietly(&site, "Ada").await;
        site.advance(1);
        let bo = joined_quietly(&site, "Bo").await;
        let owner = site.log_in("alpha").await;
        let id = id_of(&site, "Bo").await;
        let (list, page) = ("/app/alpha/calendar/waitlist", format!("/app/alpha/calendar/waitlist/{id}"));
        assert!(site.get_as(&owner, list).await.text.contains(&format!("href=\"{page}\"")), "the way there");
        let shown = site.get_as(&owner, &page).await.text;
        for words in ["Offer Bo a time", "Wednesday 25 November 2026", "Sports and remedial massage", "Sydney time (AEDT)", "seen before", "Offer it"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        let times = site.get_as(&owner, &format!("{LIST}/{id}/times")).await.json();
        let starts: Vec<String> = times["starts"].as_array().expect("starts").iter().filter_map(|start| start.as_str().map(str::to_owned)).collect();
        assert!(!starts.is_empty() && starts.iter().all(|start| on_day(start, DAY)), "{times}");
        assert_eq!(times["unable"], Value::Null);

        let offer = async |start: &str| {
            let fields = [("org", "alpha"), ("id", &*id), ("start", start)];
            site.form(Some(&owner), "/fn/calendar/waitlist/offer", &page, &fields).await
        };
        assert_eq!(offer("").await.status, StatusCode::UNPROCESSABLE_ENTITY, "nothing was chosen");
        let start = &starts[0];
        let done = offer(start).await;
        assert_eq!((done.status, done.location()), (StatusCode::FOUND, &*format!("{list}?offered=1")), "{done:?}");
        assert!(site.get_as(&owner, done.location()).await.text.contains("Offered. We have written to them"));
        assert_eq!(standing(&site, "Bo").await, ("offered".to_owned(), Some(start.clone())));
        assert_eq!(standing(&site, "Ada").await, ("waiting".to_owned(), None), "her place in line is hers");
        let letters: Vec<_> = site.mailings().await.into_iter().filter(|mailing| mailing.letter.to == "bo@example.com").collect();
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert_eq!(offer(start).await.status, StatusCode::FOUND, "sent twice it is offered once");
        assert!(site.mailings().await.iter().all(|mailing| mailing.letter.to != "bo@example.com"), "and written once");
        assert!(letters[0].letter.text().contains("A time is free at Alpha Clinic, and they offer it to you."), "{}", letters[0].letter.text());
        assert!(!site.slots("alpha", "sports-massage").await.contains(start), "nobody else is offered it");
        let again = offer(&starts[1]).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert!(again.text.contains("They are offered a time already"), "{}", again.text);
        assert!(site.get_as(&owner, "/app/alpha/settings/audit").await.text.contains("offered somebody on the waitlist a time"));
        look(&site).await;
        assert_eq!(standing(&site, "Bo").await.0, "offered", "whoever looks leaves it to them");
        assert_eq!(press(&site, "take", &bo, &[]).await.status, StatusCode::FOUND);
        assert_eq!(standing(&site, "Bo").await.0, "booked");
        assert_eq!(offer(&starts[1]).await.status, StatusCode::CONFLICT, "they don’t wait any more");
    }

    /// What can’t be offered isn’t: a time that has gone, that doesn’t suit, or begins too soon; to nobody; by a stranger or another
    /// business. After a quarter of an hour another time can be offered.
    async fn what_can_t_be_offered_isn_t(site: Site) {
        with_waitlist(&site, json!({})).await;
        joined_quietly(&site, "Ada").await;
        let id = id_of(&site, "Ada").await;
        let (alpha, beta) = (site.log_in("alpha").await, site.log_in("beta").await);
        let offer = async |who: Option<&str>, org: &str, id: &str, start: &str| {
            let path = format!("/api/v1/orgs/{org}/calendar/waitlist/{id}/offers");
            site.json(Method::POST, who, &path, &json!({ "start": start })).await
        };
        let all = site.slots("alpha", "sports-massage").await;
        let suits: Vec<&String> = all.iter().filter(|start| on_day(start, DAY)).collect();
        let other = all.iter().find(|start| !on_day(start, DAY)).expect("another day");
        let nobody = "00000000-0000-0000-0000-000000000000";
        assert_eq!(offer(None, "alpha", &id, suits[0]).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(offer(Some(&beta), "alpha", &id, suits[0]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(offer(Some(&beta), "beta", &id, suits[0]).await.status, StatusCode::NOT_FOUND, "an id doesn’t reach across");
        assert_eq!(site.get_as(&beta, &format!("/api/v1/orgs/beta/calendar/waitlist/{id}/times")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(offer(Some(&alpha), "alpha", nobody, suits[0]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(offer(Some(&alpha), "alpha", &id, "soon").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let unsuitable = offer(Some(&alpha), "alpha", &id, other).await;
        assert!(unsuitable.status == StatusCode::CONFLICT && unsuitable.text.contains("that suit them"), "{unsuitable:?}");
        let made = site.book("alpha", "comes-first", &booking("sports-massage", suits[0])).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        assert_eq!(offer(Some(&alpha), "alpha", &id, suits[0]).await.status, StatusCode::CONFLICT, "it has gone");
        assert_eq!(standing(&site, "Ada").await, ("waiting".to_owned(), None));
        assert_eq!(letters_to_ada(&site).await, 0);

        let free = site.slots("alpha", "sports-massage").await;
        let suits: Vec<&String> = free.iter().filter(|start| on_day(start, DAY)).collect();
        assert_eq!(offer(Some(&alpha), "alpha", &id, suits[0]).await.status, StatusCode::NO_CONTENT);
        site.advance(15 * 60 + 1);
        // Nobody has looked since: what is over is over all the same.
        let last = *suits.last().expect("a start");
        assert_eq!(offer(Some(&alpha), "alpha", &id, last).await.status, StatusCode::NO_CONTENT);
        assert_eq!(standing(&site, "Ada").await, ("offered".to_owned(), Some(last.clone())));
        assert!(site.slots("alpha", "sports-massage").await.contains(suits[0]), "what they didn’t take is free");

        site.json(Method::DELETE, Some(&alpha), &format!("{LIST}/{id}"), &json!({})).await;
        let gone = offer(Some(&alpha), "alpha", &id, suits[0]).await;
        assert!(gone.status == StatusCode::CONFLICT && gone.text.contains("don’t wait any more"), "{gone:?}");
        let page = site.get_as(&alpha, &format!("/app/alpha/calendar/waitlist/{id}")).await;
        assert!(page.text.contains("They don’t wait any more"), "{}", page.text);

        // Two minutes before the notice of a start runs out there is no quarter of an hour to decide.
        joined_quietly(&site, "Bo").await;
        set_up(&site, "sports-massage", |service| service["min_notice_minutes"] = json!(60)).await;
        let soon = last.parse::<jiff::Timestamp>().expect("a start") - jiff::SignedDuration::from_mins(62);
        site.set_clock(&soon.to_string());
        let alpha = site.log_in("alpha").await;
        let bo = id_of(&site, "Bo").await;
        let refused = offer(Some(&alpha), "alpha", &bo, last).await;
        assert!(refused.status == StatusCode::CONFLICT && refused.text.contains("too soon"), "{refused:?}");
    }

    /// One time is offered to two at once: one has it.
    async fn one_time_is_offered_once(site: Site) {
        with_waitlist(&site, json!({})).await;
        let names = ["Ada", "Bo", "Cy", "Di"];
        for name in names {
            joined_quietly(&site, name).await;
        }
        let owner = site.log_in("alpha").await;
        let free = site.slots("alpha", "sports-massage").await;
        // The same people and rooms as often as there are: the last one that fits.
        let booked = fill(&site, DAY).await;
        let (start, token) = booked.last().expect("a booking").clone();
        cancel(&site, &token).await;
        assert!(free.contains(&start));
        let mut ids = Vec::new();
        for name in names {
            ids.push(id_of(&site, name).await);
        }
        let body = json!({ "start": start });
        let offers = ids.iter().map(|id| {
            let (path, site, owner, body) = (format!("{LIST}/{id}/offers"), &site, &owner, &body);
            async move { site.json(Method::POST, Some(owner), &path, body).await.status }
        });
        let mut said = join_all(offers).await;
        said.sort();
        assert_eq!(said, [StatusCode::NO_CONTENT, StatusCode::CONFLICT, StatusCode::CONFLICT, StatusCode::CONFLICT]);
        let all = listed(&site).await;
        let offered = all["items"].as_array().expect("a list").iter().filter(|one| one["status"] == "offered").count();
        assert_eq!(offered, 1, "{all}");
    }
}

/// The id of somebody who waits.
async fn id_of(site: &Site, name: &str) -> String {
    let all = listed(site).await;
    let row = all["items"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|row| row["name"] == name)
        .unwrap_or_else(|| panic!("{name}: {all}"));
    row["id"].as_str().expect("an id").to_owned()
}

/// How many letters Ada was sent since the last time.
async fn letters_to_ada(site: &Site) -> usize {
    site.mailings().await.iter().filter(|mailing| mailing.letter.to == "ada@example.com").count()
}

/// Puts somebody on the list; letters of before are of no interest.
async fn joined_quietly(site: &Site, name: &str) -> String {
    site.mailings().await;
    joined(site, name).await
}

/// Two processes on one database never both offer a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_offer_once() {
    let site = Site::postgres().await;
    with_waitlist(&site, json!({})).await;
    let booked = fill(&site, DAY).await;
    for name in ["Ada", "Bo", "Cy"] {
        joined_quietly(&site, name).await;
        site.advance(1);
    }
    let other = site.another_process().await;
    other.platform.clock.set(site.platform.clock.now().timestamp());
    cancel(&site, &booked[2].1).await;
    let looks = (0..8).map(|n| offering::look(if n % 2 == 0 { &site.platform } else { &other.platform }));
    for outcome in join_all(looks).await {
        outcome.expect("it is looked");
    }
    assert_eq!(standing(&site, "Ada").await, ("offered".to_owned(), Some(booked[2].0.clone())));
    for name in ["Bo", "Cy"] {
        assert_eq!(standing(&site, name).await.0, "waiting", "{name}");
    }
}
