//! The directory of clients: found however they are written, changed by one at a time, sealed, and theirs alone who may see them.

use app::{
    modules::calendar::{backfill, permissions},
    org::{Actor, OrgRef, OrgTx, Role},
    sql,
};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    desk::book_for,
    on_both,
    support::{Answer, Site, booking},
};

const CLIENTS: &str = "/api/v1/orgs/alpha/calendar/clients";

async fn add(site: &Site, cookie: &str, body: &Value) -> Answer {
    site.json(Method::POST, Some(cookie), CLIENTS, body).await
}

async fn added(site: &Site, cookie: &str, body: &Value) -> String {
    let made = add(site, cookie, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.json()["id"].as_str().expect("an id").to_owned()
}

async fn found(site: &Site, cookie: &str, query: &str) -> Vec<String> {
    let listed = site.get_as(cookie, &format!("{CLIENTS}?{query}")).await;
    assert_eq!(listed.status, StatusCode::OK, "{listed:?}");
    let items = listed.json()["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["name"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn shown(site: &Site, cookie: &str, id: &str) -> Value {
    let answer = site.get_as(cookie, &format!("{CLIENTS}/{id}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

/// Books as a client does, and gives the appointment’s id, its link and its client’s id.
async fn booked(site: &Site, cookie: &str, key: &str, nth: usize, who: &Value) -> (String, String, String) {
    let start = site.slots("alpha", "follow-up").await[nth].clone();
    let mut body = booking("follow-up", &start);
    for (field, value) in who.as_object().expect("fields") {
        body[field] = value.clone();
    }
    let made = site.book("alpha", key, &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.json();
    let email = who["email"].as_str().expect("an email");
    let listed = site.get_as(cookie, &format!("{CLIENTS}?q={}", email.replace('+', "%2B"))).await.json();
    let name = who["name"].as_str();
    let items = listed["items"].as_array().cloned().unwrap_or_default();
    let client = items.iter().find(|item| item["name"].as_str() == name).expect("they are on the list");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&made["id"]), text(&made["token"]), text(&client["id"]))
}

async fn as_the_platform(site: &Site) -> OrgTx {
    let actor = Actor::System("a test");
    let need = &permissions::CHANGE_CLIENTS;
    OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), need, app::db::Access::Write).await.expect("it opens")
}

on_both! {
    /// Somebody is found by a whole address, by any spelling of their number, and by parts of their name in any order; not by
    /// less of an address, and not by another organisation.
    async fn a_client_is_found_however_they_are_written(site: Site) {
        let (_, desk) = site.join(site.alpha, "desk@example.com", Role::Member).await;
        let who = json!({ "name": "Zoë van der Berg", "email": "Zoe.Berg@example.com", "phone": "0499 123 456", "tags": ["VIP", "Knee"], "notes": "Likes mornings" });
        let id = added(&site, &desk, &who).await;
        for query in ["q=zoe.berg@EXAMPLE.com", "q=%2B61+499+123+456", "q=(0499)123-456", "q=0011+61+499123456", "q=berg+zo%C3%AB", "q=VAN", "tag=vip", "q=berg&tag=knee"] {
            assert_eq!(found(&site, &desk, query).await, ["Zoë van der Berg"], "{query}");
        }
        for query in ["q=zoe.berg@", "q=0499+123+457", "tag=kne", "q=berg&tag=hip", "q=berg&marketing=true", "q=berg&no_shows=true"] {
            assert!(found(&site, &desk, query).await.is_empty(), "{query}");
        }
        let seen = shown(&site, &desk, &id).await;
        assert_eq!((seen["notes"].as_str(), seen["tags"].clone()), (Some("Likes mornings"), json!(["VIP", "Knee"])));
        let beta = site.log_in("beta").await;
        let theirs = site.get_as(&beta, "/api/v1/orgs/beta/calendar/clients?q=zoe.berg@example.com").await.json();
        assert_eq!(theirs["items"], json!([]));
        for path in [format!("{CLIENTS}/{id}"), format!("/api/v1/orgs/beta/calendar/clients/{id}"), CLIENTS.to_owned()] {
            assert_eq!(site.get_as(&beta, &path).await.status, StatusCode::NOT_FOUND, "{path}");
            assert!(!site.get(&path).await.status.is_success(), "{path}");
        }
    }

    /// A page after the other shows everybody once, those seen last first; what isn’t a cursor is refused.
    async fn the_list_goes_on_from_page_to_page(site: Site) {
        let owner = site.log_in("alpha").await;
        for n in 0..7 {
            added(&site, &owner, &json!({ "name": format!("Pat Number{n}"), "tags": ["seven"] })).await;
        }
        for query in ["limit=3", "limit=2&tag=seven", "limit=3&q=number"] {
            let (mut names, mut cursor) = (Vec::new(), String::new());
            for _ in 0..40 {
                let page = site.get_as(&owner, &format!("{CLIENTS}?{query}&cursor={cursor}")).await;
                let page = page.json();
                names.extend(page["items"].as_array().expect("items").iter().map(|item| item["id"].clone()));
                match page["next"].as_str() {
                    Some(next) => next.clone_into(&mut cursor),
                    None => break,
                }
            }
            let total = names.len();
            names.sort_by_key(Value::to_string);
            names.dedup();
            assert_eq!(names.len(), total, "{query}: each once");
            assert!(total == 7 || query == "limit=3", "{query}: {total}");
        }
        for query in ["cursor=word", "q=pat&cursor=word", "limit=0", "limit=201"] {
            assert_eq!(site.get_as(&owner, &format!("{CLIENTS}?{query}")).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        }
    }

    /// What is wrong is said at its field, and who is known already isn’t written down twice.
    async fn a_client_needs_a_name_and_is_known_once(site: Site) {
        let owner = site.log_in("alpha").await;
        let many: Vec<String> = (0..21).map(|n| format!("tag {n}")).collect();
        let wrong = json!({ "name": " ", "email": "nobody", "phone": "12", "tags": many, "notes": "x".repeat(10_001) });
        let refused = add(&site, &owner, &wrong).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, ["name", "email", "phone", "notes", "tags"].map(str::to_owned).to_vec()));
        let who = json!({ "name": "Kim Once", "email": "kim@example.com" });
        let id = added(&site, &owner, &who).await;
        assert_eq!(add(&site, &owner, &json!({ "name": "KIM ONCE", "email": "Kim@Example.com" })).await.status, StatusCode::CONFLICT);
        added(&site, &owner, &json!({ "name": "Lee Once", "email": "kim@example.com" })).await;
        let path = format!("{CLIENTS}/{id}");
        assert_eq!(site.json(Method::DELETE, Some(&owner), &path, &json!({ "version": 2 })).await.status, StatusCode::CONFLICT);
        assert_eq!(site.json(Method::DELETE, Some(&owner), &path, &json!({ "version": 1 })).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.get_as(&owner, &path).await.status, StatusCode::NOT_FOUND);
    }

    /// Of two changes from the same version one is refused, with what holds now at each field; what is booked and still to come goes to
    /// the address that holds now.
    async fn two_changes_at_once_are_not_mixed(site: Site) {
        let owner = site.log_in("alpha").await;
        let who = json!({ "name": "Robin Change", "email": "robin@example.com", "phone": "" });
        let (appointment, _, id) = booked(&site, &owner, "to-be-changed", 0, &who).await;
        let path = format!("{CLIENTS}/{id}");
        let version = shown(&site, &owner, &id).await["version"].clone();
        let body = |email: &str| json!({ "name": "Robin Change", "email": email, "version": version });
        let (one, other) = (body("one@example.com"), body("other@example.com"));
        let both = futures::join!(site.json(Method::PUT, Some(&owner), &path, &one), site.json(Method::PUT, Some(&owner), &path, &other));
        let mut statuses = [both.0.status, both.1.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::NO_CONTENT, StatusCode::CONFLICT], "{both:?}");
        let refused = if both.0.status == StatusCode::CONFLICT { both.0 } else { both.1 };
        assert_eq!(refused.fields(), ["email"], "{refused:?}");
        let now = shown(&site, &owner, &id).await;
        let seen = site.get_as(&owner, &format!("/api/v1/orgs/alpha/calendar/appointments/{appointment}")).await.json();
        assert_eq!(seen["client_email"], now["email"]);
        let gone = site.json(Method::DELETE, Some(&owner), &path, &json!({ "version": now["version"] })).await;
        assert_eq!(gone.status, StatusCode::CONFLICT, "who has appointments isn’t just deleted: {gone:?}");
        let beta = site.log_in("beta").await;
        assert_eq!(site.json(Method::PUT, Some(&beta), &path, &one).await.status, StatusCode::NOT_FOUND);
    }

    /// That somebody may be written to is noted with how they said so, and taken back the same way.
    async fn consent_is_given_and_withdrawn(site: Site) {
        let owner = site.log_in("alpha").await;
        let id = added(&site, &owner, &json!({ "name": "Ada Consent" })).await;
        let path = format!("{CLIENTS}/{id}/consent");
        let say = async |gives: bool, how: &str, version: i64| {
            site.json(Method::POST, Some(&owner), &path, &json!({ "gives": gives, "how": how, "version": version })).await
        };
        assert_eq!(say(true, "", 1).await.fields(), ["how"]);
        assert_eq!(say(true, "On the phone", 1).await.status, StatusCode::NO_CONTENT);
        assert_eq!(say(true, "Again", 2).await.status, StatusCode::CONFLICT);
        assert_eq!(say(false, "", 1).await.status, StatusCode::CONFLICT, "an old version");
        let seen = shown(&site, &owner, &id).await;
        assert_eq!((seen["marketing_how"].as_str(), seen["marketing_since"].is_string()), (Some("On the phone"), true));
        assert_eq!(found(&site, &owner, "marketing=true").await, ["Ada Consent"]);
        assert_eq!(say(false, "By email", 2).await.status, StatusCode::NO_CONTENT);
        let seen = shown(&site, &owner, &id).await;
        assert!(seen["marketing_since"].is_null() && seen["marketing_ended"].is_string(), "{seen}");
        assert!(found(&site, &owner, "marketing=true").await.is_empty());
    }

    /// What somebody says on the public page stays with their booking: only the business completes what it knows of a client, and only
    /// from the address that it knows they say that they may be written to.
    async fn a_stranger_writes_into_nobodys_record(site: Site) {
        let owner = site.log_in("alpha").await;
        let id = added(&site, &owner, &json!({ "name": "Zelda Quill", "phone": "0455 123 987" })).await;
        let slots = site.slots("alpha", "sports-massage").await;
        let public = async |key: &str, start: &str, email: &str, phone: &str| {
            let body = json!({ "service": "sports-massage", "start": start, "name": "Zelda Quill", "email": email, "phone": phone, "marketing": true });
            let made = site.book("alpha", key, &body).await;
            assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
            made.json()["id"].clone()
        };
        let booked = public("in-her-name-1", &slots[0], "mallory@evil.example", "0455 123 987").await;
        let seen = shown(&site, &owner, &id).await;
        assert_eq!((seen["email"].as_str(), seen["version"].as_i64()), (Some(""), Some(1)), "{seen}");
        assert!(seen["marketing_since"].is_null(), "{seen}");
        let path = format!("/api/v1/orgs/alpha/calendar/appointments/{}", booked.as_str().expect("an id"));
        assert_eq!(site.get_as(&owner, &path).await.json()["client_email"], "mallory@evil.example", "it stays with the booking");
        // The business completes it.
        let body = json!({ "service": "sports-massage", "start": slots[8], "name": "Zelda Quill", "email": "zelda@example.com", "phone": "0455 123 987" });
        let made = book_for(&site, &owner, "on-the-phone-with-her", &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let seen = shown(&site, &owner, &id).await;
        assert_eq!(seen["email"], "zelda@example.com", "{seen}");
        // By her number alone nobody agrees for her; from her own address she does.
        public("in-her-name-2", &slots[20], "mallory@evil.example", "0455 123 987").await;
        assert!(shown(&site, &owner, &id).await["marketing_since"].is_null());
        public("in-her-name-3", &slots[30], "Zelda@example.com", "0499 000 111").await;
        let seen = shown(&site, &owner, &id).await;
        assert!(seen["marketing_since"].is_string(), "{seen}");
        assert_eq!((seen["email"].as_str(), seen["phone"].as_str()), (Some("zelda@example.com"), Some("0455 123 987")), "{seen}");
        // Somebody new says it of themselves.
        let body = json!({ "service": "sports-massage", "start": slots[40], "name": "Nova Newcomer", "email": "nova@example.com", "marketing": true });
        assert_eq!(site.book("alpha", "somebody-new-1", &body).await.status, StatusCode::CREATED);
        assert!(found(&site, &owner, "marketing=true").await.contains(&"Nova Newcomer".to_owned()));
    }

    /// Nothing of a client stands in the database as it was typed, and who read what is in the log.
    async fn clients_are_sealed_and_reading_is_on_record(site: Site) {
        let owner = site.log_in("alpha").await;
        let who = json!({ "name": "Canary Sealed", "email": "canary.sealed@example.com", "phone": "0477 654 321", "notes": "canary-notes", "tags": ["canary-tag"] });
        let id = added(&site, &owner, &who).await;
        let body = json!({ "gives": true, "how": "canary-how", "version": 1 });
        site.json(Method::POST, Some(&owner), &format!("{CLIENTS}/{id}/consent"), &body).await;
        found(&site, &owner, "q=canary.sealed@example.com").await;
        shown(&site, &owner, &id).await;
        let dump = site.raw_dump().await;
        for word in ["Canary Sealed", "canary.sealed", "0477 654", "61477654321", "canary-notes", "canary-tag", "canary-how"] {
            assert!(!dump.windows(word.len()).any(|part| part == word.as_bytes()), "{word} is readable");
        }
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("looked at clients’ details"), "{log}");
        assert!(!log.contains("Canary"), "the log names no client");
    }

    /// The pages: the list, a search, somebody’s own, a change that is refused with what was typed kept, and one that holds.
    async fn the_pages_work_without_a_program(site: Site) {
        let owner = site.log_in("alpha").await;
        let new = "/app/alpha/calendar/clients/new";
        let refused = site.form(Some(&owner), "/fn/calendar/clients/add", new, &[("org", "alpha"), ("name", "Paige Turner"), ("email", "nobody")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
        assert!(refused.text.contains("Paige Turner") && refused.text.contains("Enter an email address like"), "{refused:?}");
        let made = site.form(Some(&owner), "/fn/calendar/clients/add", new, &[("org", "alpha"), ("name", "Paige Turner"), ("tags", "VIP, knee")]).await;
        assert_eq!(made.status, StatusCode::FOUND, "{made:?}");
        let page = made.location().split('?').next().expect("a path").to_owned();
        let id = page.rsplit('/').next().expect("an id").to_owned();
        let seen = site.get_as(&owner, &page).await.text;
        for part in ["Paige Turner", "VIP, knee", "Book for them", "No appointments", "Delete this client"] {
            assert!(seen.contains(part), "{part}: {seen}");
        }
        let list = site.get_as(&owner, "/app/alpha/calendar/clients?q=paige").await.text;
        assert!(list.contains(&page) && list.contains("1 client found."), "{list}");
        let nobody = site.get_as(&owner, "/app/alpha/calendar/clients?q=nobody+of+that+name").await.text;
        assert!(nobody.contains("Nobody found"), "{nobody}");
        let fields = [("org", "alpha"), ("id", id.as_str()), ("version", "1"), ("name", "Paige Turner-Lee")];
        let saved = site.form(Some(&owner), "/fn/calendar/clients/save", &page, &fields).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{saved:?}");
        let stale = site.form(Some(&owner), "/fn/calendar/clients/save", &page, &[("org", "alpha"), ("id", &id), ("version", "1"), ("name", "Other Name")]).await;
        assert_eq!(stale.status, StatusCode::CONFLICT, "{stale:?}");
        assert!(stale.text.contains("Paige Turner-Lee") && stale.text.contains("Other Name"), "{stale:?}");
    }

    /// What was booked before clients were known gets its clients: known ones are found, and doing it again does nothing.
    async fn bookings_from_before_get_their_clients(site: Site) {
        let owner = site.log_in("alpha").await;
        let who = json!({ "name": "Olive Before", "email": "olive@example.com", "phone": "0455 111 222" });
        let (first, _, _) = booked(&site, &owner, "before-one", 0, &who).await;
        let (second, _, _) = booked(&site, &owner, "before-two", 3, &who).await;
        let mut tx = as_the_platform(&site).await;
        sql!(exec, &mut tx, "UPDATE calendar_appointments SET client_id = NULL, client_phone_index = NULL WHERE org_id = $1").expect("as it was");
        sql!(exec, &mut tx, "DELETE FROM calendar_clients WHERE org_id = $1").expect("as it was");
        tx.commit().await.expect("it holds");
        assert!(found(&site, &owner, "q=olive@example.com").await.is_empty());
        assert!(backfill::link_all(&site.platform).await.expect("they are linked") >= 2);
        assert_eq!(backfill::link_all(&site.platform).await.expect("nothing is left"), 0);
        assert_eq!(found(&site, &owner, "q=0455111222").await, ["Olive Before"]);
        let listed = site.get_as(&owner, &format!("{CLIENTS}?q=olive@example.com")).await.json();
        let seen = shown(&site, &owner, listed["items"][0]["id"].as_str().expect("an id")).await;
        let ids: Vec<_> = seen["appointments"].as_array().expect("appointments").iter().map(|one| one["id"].clone()).collect();
        assert!(ids.contains(&json!(first)) && ids.contains(&json!(second)), "{seen}");
    }

    /// Two who share an address are found and made one: notes and tags together, every appointment, and the consent that allows the
    /// least. From an old version nothing happens.
    async fn several_are_made_one_and_nothing_is_lost(site: Site) {
        let owner = site.log_in("alpha").await;
        let who = json!({ "name": "Sam Twice", "email": "sam.twice@example.com", "phone": "0444 000 111" });
        let (one, _, stays) = booked(&site, &owner, "merge-one", 0, &who).await;
        let other = json!({ "name": "Samuel Twice", "email": "sam.twice@example.com", "phone": "0444 000 222" });
        let (two, _, gone) = booked(&site, &owner, "merge-two", 3, &other).await;
        let consent = json!({ "gives": true, "how": "On paper", "version": shown(&site, &owner, &stays).await["version"] });
        site.json(Method::POST, Some(&owner), &format!("{CLIENTS}/{stays}/consent"), &consent).await;
        for (id, notes, tag) in [(&stays, "First notes", "VIP"), (&gone, "Second notes", "knee")] {
            let mut body = shown(&site, &owner, id).await;
            body = json!({ "name": body["name"], "email": body["email"], "phone": body["phone"], "notes": notes, "tags": [tag], "version": body["version"] });
            let saved = site.json(Method::PUT, Some(&owner), &format!("{CLIENTS}/{id}"), &body).await;
            assert_eq!(saved.status, StatusCode::NO_CONTENT, "{saved:?}");
        }
        let page = site.get_as(&owner, "/app/alpha/calendar/clients/duplicates").await.text;
        assert!(page.contains("Sam Twice") && page.contains("Samuel Twice"), "{page}");
        let groups = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/duplicates").await.json();
        assert!(groups["groups"].as_array().expect("groups").iter().any(|group| group.as_array().map(Vec::len) == Some(2)), "{groups}");
        let asked = format!("/app/alpha/calendar/clients/merge?into={stays}&of={stays}&of={gone}");
        let confirm = site.get_as(&owner, &asked).await;
        for part in ["First notes", "Second notes", "Samuel Twice", "don’t get news and offers", "Appointments that come along: 1"] {
            assert!(confirm.text.contains(part), "{part}: {confirm:?}");
        }
        let version = async |id: &str| shown(&site, &owner, id).await["version"].as_i64().expect("a version");
        let path = format!("{CLIENTS}/{stays}/merge");
        let merge = async |mine: i64, theirs: i64| {
            let body = json!({ "version": mine, "from": [{ "id": gone, "version": theirs }] });
            site.json(Method::POST, Some(&owner), &path, &body).await
        };
        let (mine, theirs) = (version(&stays).await, version(&gone).await);
        assert_eq!(merge(mine, theirs - 1).await.status, StatusCode::CONFLICT);
        let alone = site.json(Method::POST, Some(&owner), &path, &json!({ "version": mine, "from": [] })).await;
        assert_eq!(alone.fields(), ["from"]);
        let beta = site.log_in("beta").await;
        let stranger = json!({ "version": mine, "from": [{ "id": gone, "version": theirs }] });
        for theirs in [path.clone(), path.replace("alpha", "beta")] {
            assert_eq!(site.json(Method::POST, Some(&beta), &theirs, &stranger).await.status, StatusCode::NOT_FOUND);
        }
        let done = merge(mine, theirs).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{done:?}");
        let seen = shown(&site, &owner, &stays).await;
        assert_eq!((seen["notes"].as_str(), seen["tags"].clone()), (Some("First notes\n\nSecond notes"), json!(["VIP", "knee"])));
        assert!(seen["marketing_since"].is_null(), "the other never agreed: {seen}");
        let ids: Vec<_> = seen["appointments"].as_array().expect("appointments").iter().map(|had| had["id"].clone()).collect();
        assert!(ids.contains(&json!(one)) && ids.contains(&json!(two)), "{seen}");
        assert_eq!(site.get_as(&owner, &format!("{CLIENTS}/{gone}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(merge(mine, theirs).await.status, StatusCode::NOT_FOUND, "once");
    }

    /// Erased, nothing of somebody is left in any table, their links end, and what they paid is still there; what is booked must be
    /// cancelled first, and its time is free then. Nobody else’s booking is touched.
    async fn an_erased_client_is_nowhere(site: Site) {
        let owner = site.log_in("alpha").await;
        let who = json!({ "name": "Canary Forgotten", "email": "canary.forgotten@example.com", "phone": "0466 999 888", "notes": "canary-wish" });
        let (appointment, token, id) = booked(&site, &owner, "to-be-erased", 0, &who).await;
        let other = json!({ "name": "Stays Here", "email": "stays@example.com" });
        let (kept, _, _) = booked(&site, &owner, "to-be-kept", 4, &other).await;
        let start = site.get_as(&owner, &format!("/api/v1/orgs/alpha/calendar/appointments/{appointment}")).await.json()["start"].clone();
        let start = start.as_str().expect("a start").to_owned();
        let page = site.get_as(&owner, &format!("/app/alpha/calendar/clients/{id}/erase")).await.text;
        assert!(page.contains("tax office") && page.contains("still to come"), "{page}");
        let version = shown(&site, &owner, &id).await["version"].clone();
        let erase = async |typed: &str, cancels: bool| {
            let body = json!({ "version": version, "cancels": cancels, "typed": typed });
            site.json(Method::POST, Some(&owner), &format!("{CLIENTS}/{id}/erase"), &body).await
        };
        assert_eq!(erase("yes", true).await.fields(), ["typed"]);
        assert_eq!(erase("ERASE", false).await.status, StatusCode::CONFLICT, "something is booked");
        let beta = site.log_in("beta").await;
        let theirs = site.json(Method::POST, Some(&beta), &format!("{CLIENTS}/{id}/erase"), &json!({ "version": version, "cancels": true, "typed": "ERASE" })).await;
        assert_eq!(theirs.status, StatusCode::NOT_FOUND);
        let done = erase("erase", true).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{done:?}");
        assert_eq!(site.get_as(&owner, &format!("{CLIENTS}/{id}")).await.status, StatusCode::NOT_FOUND);
        assert!(found(&site, &owner, "q=canary").await.is_empty());
        assert!(found(&site, &owner, "q=0466999888").await.is_empty());
        let seen = site.get_as(&owner, &format!("/api/v1/orgs/alpha/calendar/appointments/{appointment}")).await.json();
        assert_eq!((seen["client_name"].as_str(), seen["client_email"].as_str(), seen["notes"].as_str(), seen["status"].as_str()),
            (Some("Erased client"), Some(""), Some(""), Some("cancelled")));
        assert!(seen["price_cents"].as_i64().is_some_and(|cents| cents > 0), "{seen}");
        assert_eq!(site.get(&format!("/api/v1/calendar/manage/{token}")).await.status, StatusCode::GONE);
        assert_eq!(site.get(&format!("/manage/{token}")).await.status, StatusCode::GONE);
        assert!(site.slots("alpha", "follow-up").await.contains(&start), "its time is free again");
        let stays = site.get_as(&owner, &format!("/api/v1/orgs/alpha/calendar/appointments/{kept}")).await.json();
        assert_eq!((stays["client_name"].as_str(), stays["status"].as_str()), (Some("Stays Here"), Some("booked")));
        let dump = site.raw_dump().await;
        for word in ["Canary Forgotten", "canary.forgotten", "0466 999", "canary-wish"] {
            assert!(!dump.windows(word.len()).any(|part| part == word.as_bytes()), "{word} is readable");
        }
        let mut tx = as_the_platform(&site).await;
        let keys = tx.keys().await.expect("keys");
        let email = keys.blind_index("calendar_clients", "email", "canary.forgotten@example.com").to_vec();
        let left = sql!(all(i64,), &mut tx, "SELECT COUNT(*) FROM calendar_appointments WHERE org_id = $1 AND client_email_index = $2", email.clone()).expect("a count");
        let known = sql!(all(i64,), &mut tx, "SELECT COUNT(*) FROM calendar_clients WHERE org_id = $1 AND email_index = $2", email).expect("a count");
        assert_eq!((left, known), (vec![(0,)], vec![(0,)]), "no index is left to look them up by");
        tx.rollback().await.expect("it is let go");
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("erased a client") && !log.contains("Canary"), "{log}");
        assert_eq!(erase("ERASE", true).await.status, StatusCode::NOT_FOUND, "once");
    }

    /// All that there is of somebody is in one file, for people and for programs; that it was taken is in the log.
    async fn all_there_is_of_a_client_is_in_a_file(site: Site) {
        let owner = site.log_in("alpha").await;
        let who = json!({ "name": "Fay Export", "email": "fay@example.com", "phone": "0433 222 111", "notes": "By the door, please" });
        let (appointment, _, id) = booked(&site, &owner, "to-be-exported", 0, &who).await;
        let file = site.get_as(&owner, &format!("{CLIENTS}/{id}/export")).await.json();
        assert_eq!((file["name"].as_str(), file["email"].as_str()), (Some("Fay Export"), Some("fay@example.com")));
        assert_eq!((file["appointments"][0]["id"].clone(), file["appointments"][0]["notes"].clone()), (json!(appointment), json!("By the door, please")));
        let zip = format!("/app/alpha/calendar/clients/{id}/everything.zip");
        let taken = site.get_as(&owner, &zip).await;
        assert_eq!((taken.status, taken.headers["content-type"].to_str().expect("a type")), (StatusCode::OK, "application/zip"));
        assert!(!taken.headers["content-disposition"].to_str().expect("a name").contains("Fay"));
        let beta = site.log_in("beta").await;
        for path in [zip.clone(), zip.replace("alpha", "beta"), format!("{CLIENTS}/{id}/export")] {
            assert_eq!(site.get_as(&beta, &path).await.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(site.get(&path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        }
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("took along all there is of a client"), "{log}");
    }

    /// A list is read first and written only then: what is new, what is there already, and what is wrong by its line. Taken over twice it
    /// brings nothing twice, and it can be undone as far as nobody changed it.
    async fn a_list_of_clients_is_brought_along(site: Site) {
        let owner = site.log_in("alpha").await;
        added(&site, &owner, &json!({ "name": "Nia Known", "email": "nia@example.com" })).await;
        let file = "Name,Email,Mobile,Tags,Notes\nImport One,one.import@example.com,0411 000 001,VIP,canary-import\nNIA KNOWN,nia@example.com,,,\nImport Two,,0411 000 002,,\nBroken,not an address,,,\nImport One,one.import@example.com,,,\n";
        let sent = send_file(&site, &owner, "clients", file).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{sent:?}");
        let page = sent.location().to_owned();
        let id = page.rsplit('/').next().expect("an id").to_owned();
        let tried = site.get_as(&owner, &page).await.text;
        for part in ["2 clients would be added", "left as they are: 2 clients", "Rows that can’t be imported", "Import 2 clients"] {
            assert!(tried.contains(part), "{part}: {tried}");
        }
        assert!(found(&site, &owner, "q=import").await.is_empty(), "nothing is written yet");
        let dump = site.raw_dump().await;
        for word in ["canary-import", "one.import@"] {
            assert!(!dump.windows(word.len()).any(|part| part == word.as_bytes()), "{word} is readable");
        }
        let beta = site.log_in("beta").await;
        for theirs in [page.clone(), page.replace("alpha", "beta")] {
            assert_eq!(site.get_as(&beta, &theirs).await.status, StatusCode::NOT_FOUND, "{theirs}");
        }
        for org in ["alpha", "beta"] {
            let theirs = site.form(Some(&beta), "/fn/calendar/clients/run-import", &page, &[("org", org), ("id", &id)]).await;
            assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{org}: {theirs:?}");
        }
        let run = async || site.form(Some(&owner), "/fn/calendar/clients/run-import", &page, &[("org", "alpha"), ("id", &id)]).await;
        let done = run().await;
        assert_eq!(done.status, StatusCode::FOUND, "{done:?}");
        assert_eq!(run().await.status, StatusCode::CONFLICT, "once");
        let mut names = found(&site, &owner, "q=import").await;
        names.sort();
        assert_eq!(names, ["Import One", "Import Two"]);
        // Sent again, there is nothing new.
        let again = send_file(&site, &owner, "clients", file).await.location().to_owned();
        assert!(site.get_as(&owner, &again).await.text.contains("There is nothing new in this file."));
        let listed = site.get_as(&owner, &format!("{CLIENTS}?q=0411000002")).await.json();
        let two = listed["items"][0]["id"].as_str().expect("an id").to_owned();
        let body = json!({ "name": "Import Two", "phone": "0411 000 002", "notes": "Changed since", "version": 1 });
        assert_eq!(site.json(Method::PUT, Some(&owner), &format!("{CLIENTS}/{two}"), &body).await.status, StatusCode::NO_CONTENT);
        let undone = site.form(Some(&owner), "/fn/calendar/clients/undo-import", &page, &[("org", "alpha"), ("id", &id)]).await;
        assert_eq!(undone.status, StatusCode::FOUND, "{undone:?}");
        assert_eq!(found(&site, &owner, "q=import").await, ["Import Two"], "who was changed stays");
        assert_eq!(site.get_as(&owner, &page).await.status, StatusCode::NOT_FOUND);
    }

    /// Bookings are matched by the names of services and people; what overlaps is said, and never booked twice.
    async fn a_list_of_bookings_never_books_twice(site: Site) {
        let owner = site.log_in("alpha").await;
        let start = site.slots("alpha", "sports-massage").await[6].clone();
        let staff = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/staff").await.json();
        let massage = staff[2]["name"].as_str().expect("a name").to_owned();
        let services = site.get("/api/v1/orgs/alpha/calendar/services").await.json();
        let service = services.as_array().expect("services").iter().find(|one| one["slug"] == "sports-massage").expect("it is there");
        let service = service["name"].as_str().expect("a name").to_owned();
        let file = format!(
            "Client,Email,Service,Staff,Start,Status\n\
             Past Client,past@example.com,{service},{massage},2026-03-02T01:00:00Z,completed\n\
             Next Client,next@example.com,{service},{massage},{start},booked\n\
             Other Client,other@example.com,{service},{massage},{start},booked\n\
             Gone Client,gone@example.com,{service},{massage},{start},cancelled\n\
             Odd Client,odd@example.com,No such thing,{massage},{start},booked\n"
        );
        let page = send_file(&site, &owner, "bookings", &file).await.location().to_owned();
        let id = page.rsplit('/').next().expect("an id").to_owned();
        let tried = site.get_as(&owner, &page).await.text;
        for part in ["3 bookings would be added", "another booking already", "no service of that name"] {
            assert!(tried.contains(part), "{part}: {tried}");
        }
        let run = [("org", "alpha"), ("id", id.as_str())];
        let done = site.form(Some(&owner), "/fn/calendar/clients/run-import", &page, &run).await;
        assert_eq!(done.status, StatusCode::FOUND, "{done:?}");
        assert!(!site.slots("alpha", "sports-massage").await.contains(&start), "its time is taken");
        assert!(found(&site, &owner, "q=other@example.com").await.is_empty(), "who wasn’t booked isn’t on the list");
        let next = site.get_as(&owner, &format!("{CLIENTS}?q=next@example.com")).await.json();
        assert!(next["items"][0]["next"].is_string(), "{next}");
        let undone = site.form(Some(&owner), "/fn/calendar/clients/undo-import", &page, &run).await;
        assert_eq!(undone.status, StatusCode::FOUND, "{undone:?}");
        assert!(site.slots("alpha", "sports-massage").await.contains(&start), "its time is free again");
        assert!(found(&site, &owner, "q=next@example.com").await.is_empty());
    }

    /// What can’t be read, or comes without the session’s token, isn’t kept; and a file that nobody takes over is gone after an hour.
    async fn files_are_refused_and_forgotten(site: Site) {
        let owner = site.log_in("alpha").await;
        for (kind, file, why) in [("clients", "", "Choose%20a%20file"), ("clients", "Colour\nred\n", "none%20of%20them"), ("words", "Name\nA\n", "what%20the%20file")] {
            let sent = send_file(&site, &owner, kind, file).await;
            assert_eq!(sent.status, StatusCode::SEE_OTHER, "{sent:?}");
            let led = sent.location().replace('+', "%20");
            assert!(led.starts_with("/app/alpha/calendar/clients/import?refused=") && led.contains(why), "{kind}: {led}");
        }
        let beta = site.log_in("beta").await;
        assert_eq!(send_file(&site, &beta, "clients", "Name\nA\n").await.status, StatusCode::NOT_FOUND);
        let page = send_file(&site, &owner, "clients", "Name\nLate Import\n").await.location().to_owned();
        assert_eq!(site.get_as(&owner, &page).await.status, StatusCode::OK);
        let later = site.platform.clock.now().plus_seconds(60 * 60 + 1);
        site.set_clock(&later.to_string());
        // Whatever the business has turned off since.
        let owner = site.log_in("alpha").await;
        let switch = async |more: &[(&str, &str)]| {
            let fields: Vec<_> = [("org", "alpha"), ("module", "calendar")].into_iter().chain(more.iter().copied()).collect();
            let done = site.form(Some(&owner), "/fn/settings/switch-module", "/app/alpha/settings/modules", &fields).await;
            assert_eq!(done.status, StatusCode::FOUND, "{}", done.text);
        };
        switch(&[]).await;
        let job = server::jobs::all().find(|job| job.name == "calendar.imports").expect("the job");
        (job.run)(site.platform.clone()).await.expect("it is forgotten");
        switch(&[("on", "true")]).await;
        let mut tx = as_the_platform(&site).await;
        let left = sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM calendar_imports WHERE org_id = $1").expect("a count");
        assert_eq!(left, (0,));
        tx.rollback().await.expect("it is let go");
    }
}

/// Sends a list as the page’s form does.
async fn send_file(site: &Site, cookie: &str, kind: &str, file: &str) -> Answer {
    let path = "/app/alpha/calendar/clients/import/file";
    site.upload(cookie, path, &[("kind", kind)], ("file", "list.csv", "text/csv", file.as_bytes())).await
}
