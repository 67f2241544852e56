//! Rooms and equipment, named schedules, shares of a service, and time off: on the pages of whoever sets the calendar up, and through
//! the API.

use app::org::Role;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    on_both,
    races::set_up,
    support::{Answer, Site, booking},
};

const API: &str = "/api/v1/orgs/alpha/calendar";
const APP: &str = "/app/alpha/calendar";

/// What there is at a path of the API.
async fn all(site: &Site, owner: &str, path: &str) -> Vec<Value> {
    site.get_as(owner, &format!("{API}/{path}")).await.json().as_array().expect("a list").clone()
}

fn id_of(one: &Value) -> String {
    one["id"].as_str().expect("an id").to_owned()
}

fn names(all: &[Value]) -> Vec<&str> {
    all.iter().filter_map(|one| one["name"].as_str()).collect()
}

/// Sends a form of a page of alpha’s.
async fn send(site: &Site, who: Option<&str>, form: &str, page: &str, fields: &[(&str, &str)]) -> Answer {
    let fields: Vec<_> = std::iter::once(("org", "alpha")).chain(fields.iter().copied()).collect();
    site.form(who, &format!("/fn/calendar/setup/{form}"), &format!("{APP}/{page}"), &fields).await
}

async fn service(site: &Site, owner: &str, slug: &str) -> Value {
    all(site, owner, "setup/services").await.into_iter().find(|one| one["slug"] == slug).expect("the service")
}

async fn add_rooms(site: &Site, owner: &str, name: &str, kind: &str, how_many: &str) -> Vec<String> {
    let made =
        send(site, Some(owner), "add-room", "rooms", &[("name", name), ("kind", kind), ("how_many", how_many)]).await;
    assert_eq!(made.status, StatusCode::FOUND, "{}", made.text);
    all(site, owner, "resources").await.iter().map(id_of).collect()
}

/// Adds a named schedule that has this window on every day of the week, and gives its id.
async fn add_schedule(site: &Site, owner: &str, name: &str, from: i64, until: i64) -> String {
    let made = site.json(Method::POST, Some(owner), &format!("{API}/schedules"), &json!({ "name": name })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let id = id_of(&made.json());
    let week: Vec<Value> =
        (0..7).map(|day| json!({ "weekday": day, "start_minute": from, "end_minute": until })).collect();
    let set = site.json(Method::PUT, Some(owner), &format!("{API}/schedules/{id}/hours"), &json!(week)).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT, "{set:?}");
    id
}

async fn put(site: &Site, owner: &str, path: &str, body: &Value) -> Answer {
    site.json(Method::PUT, Some(owner), &format!("{API}/{path}"), body).await
}

on_both! {
    /// Rooms are added one or several at once, moved, renamed and switched off; what is wrong is said at its field with what was typed.
    async fn rooms_are_set_up_on_their_pages(site: Site) {
        let owner = site.log_in("alpha").await;
        let ids = add_rooms(&site, &owner, "Room", "Treatment room", "3").await;
        assert_eq!(names(&all(&site, &owner, "resources").await), ["Room 1", "Room 2", "Room 3"]);
        let page = site.get_as(&owner, &format!("{APP}/rooms")).await.text;
        assert!(page.contains("Room 2") && page.contains("Treatment room") && page.contains("No service needs it yet."), "{page}");
        let long = "x".repeat(101);
        for (name, kind, how_many, field) in [
            ("", "", "1", "name"), ("ROOM 1", "", "1", "name"), (long.as_str(), "", "1", "name"), ("Room", "", "2", "name"),
            ("Chair", long.as_str(), "1", "kind"), ("Chair", "", "21", "how_many"), ("Chair", "", "many", "how_many"), ("Chair", "", "0", "how_many"),
        ] {
            let refused = send(&site, Some(&owner), "add-room", "rooms", &[("name", name), ("kind", kind), ("how_many", how_many)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {how_many}: {}", refused.text);
            assert!(refused.text.contains(&format!("id=\"field-{field}-error\"")), "{name} {how_many}: {}", refused.text);
            assert!(refused.text.contains(&format!("value=\"{name}\"")), "{name} is still there");
        }
        let moved = send(&site, Some(&owner), "move-room", "rooms", &[("id", &ids[2]), ("earlier", "true")]).await;
        assert_eq!(moved.status, StatusCode::FOUND);
        assert_eq!(names(&all(&site, &owner, "resources").await), ["Room 1", "Room 3", "Room 2"]);
        let save = async |version: &str, name: &str| {
            send(&site, Some(&owner), "save-room", &format!("rooms/{}", ids[0]), &[("id", &ids[0]), ("version", version), ("name", name), ("kind", "")]).await
        };
        assert_eq!(save("1", "Garden room").await.status, StatusCode::FOUND);
        let stale = save("1", "Front room").await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert!(stale.text.contains("value=\"Front room\"") && stale.text.contains("It is “Garden room” now."), "{}", stale.text);
        let now = all(&site, &owner, "resources").await;
        assert_eq!((&now[0]["name"], &now[0]["active"], &now[0]["version"]), (&json!("Garden room"), &json!(false), &json!(2)));
        let deleted = send(&site, Some(&owner), "delete-room", &format!("rooms/{}", ids[0]), &[("id", &ids[0])]).await;
        assert_eq!(deleted.status, StatusCode::FOUND, "{}", deleted.text);
        assert_eq!(names(&all(&site, &owner, "resources").await), ["Room 3", "Room 2"]);
    }

    /// A service says which rooms it needs, on its page: so many of a kind, or a particular one; never more than there are.
    async fn a_service_says_what_it_needs(site: Site) {
        let owner = site.log_in("alpha").await;
        let ids = add_rooms(&site, &owner, "Room", "Treatment room", "2").await;
        let save = async |fields: &[(&str, &str)]| {
            let now = service(&site, &owner, "sports-massage").await;
            let (id, version) = (id_of(&now), now["version"].to_string());
            let names: Vec<String> = fields.iter().map(|(name, _)| format!("options[needs.{name}][]")).collect();
            let pairs = names.iter().map(String::as_str).zip(fields.iter().map(|(_, value)| *value));
            let all: Vec<_> = [("id", id.as_str()), ("version", version.as_str())].into_iter().chain(pairs).collect();
            send(&site, Some(&owner), "save-rooms", &format!("services/{id}/rooms"), &all).await
        };
        let one = format!("one:{}", ids[1]);
        for (fields, field, why) in [
            (vec![("0.what", "kind:Sauna")], "needs.0.what", "There is no “Sauna”."),
            (vec![("0.what", "kind:Treatment room"), ("0.count", "3")], "needs.0.what", "There are only 2 of “Treatment room”"),
            (vec![("0.what", "kind:Treatment room"), ("0.count", "21")], "needs.0.count", "Enter 1 to 20."),
            (vec![("0.what", "kind:Treatment room"), ("0.count", "some")], "needs.0.count", "whole number"),
            (vec![("1.what", one.as_str()), ("1.count", "2")], "needs.1.count", "only one of a particular one"),
            (vec![("0.what", "kind:Treatment room"), ("0.count", "2"), ("1.what", one.as_str())], "needs.0.what", "aren’t so many"),
            (vec![("0.what", "one:00000000-0000-0000-0000-000000000000")], "needs.0.what", "of this organisation"),
            (vec![("0.what", "Treatment room")], "needs.0.what", "Choose what is needed."),
        ] {
            let refused = save(&fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}: {}", refused.text);
            assert!(refused.text.contains(why) && refused.text.contains(&format!("id=\"field-options.{field}-error\"")), "{fields:?}: {}", refused.text);
        }
        assert_eq!(service(&site, &owner, "sports-massage").await["options"], json!({}), "nothing of it was kept");
        let saved = save(&[("0.what", "kind:Treatment room"), ("0.count", "1"), ("2.what", one.as_str()), ("2.count", "1")]).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{}", saved.text);
        let options = service(&site, &owner, "sports-massage").await["options"].clone();
        assert_eq!(options["needs"], json!([{ "kind": "Treatment room" }, { "resource": ids[1] }]));
        let page = site.get_as(&owner, &format!("{APP}/rooms")).await.text;
        assert!(page.contains("For Sports and remedial massage"), "{page}");
        // What it needs can't be taken away, nor become something else.
        let kept = site.json(Method::DELETE, Some(&owner), &format!("{API}/resources/{}", ids[1]), &json!({})).await;
        assert_eq!(kept.status, StatusCode::CONFLICT, "{kept:?}");
        let renamed = put(&site, &owner, &format!("resources/{}", ids[0]), &json!({ "name": "Room 1", "kind": "Office", "version": 1 })).await;
        assert_eq!(renamed.status, StatusCode::CONFLICT, "{renamed:?}");
        assert_eq!(names(&all(&site, &owner, "resources").await).len(), 2);
    }

    /// A room is booked along: it stands at the appointment and on its day, can’t be deleted meanwhile, and where it is blocked or off,
    /// the time isn’t offered.
    async fn a_room_is_booked_along(site: Site) {
        let owner = site.log_in("alpha").await;
        let ids = add_rooms(&site, &owner, "Garden room", "", "1").await;
        let room = ids[0].clone();
        set_up(&site, "sports-massage", |service| service["options"]["needs"] = json!([{ "resource": room }])).await;
        let slots = site.slots("alpha", "sports-massage").await;
        let made = site.book("alpha", "in-the-garden", &booking("sports-massage", &slots[0])).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let appointment = id_of(&made.json());
        let page = site.get_as(&owner, &format!("{APP}/appointments/{appointment}")).await.text;
        assert!(page.contains("Garden room"), "{page}");
        let day = site.get_as(&owner, &format!("{APP}?date={}&view=day", &slots[0][..10])).await.text;
        let next = site.get_as(&owner, &format!("{APP}?view=agenda&date={}", &slots[0][..10])).await.text;
        assert!(day.contains("· Garden room") || next.contains("· Garden room"), "{next}");
        let refused = send(&site, Some(&owner), "delete-room", &format!("rooms/{room}"), &[("id", &room)]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text.contains("One booking still to come is with “Garden room”."), "{}", refused.text);
        // Another service that needs the room can’t have it then, whoever is free.
        set_up(&site, "telehealth", |service| service["options"]["needs"] = json!([{ "resource": room }])).await;
        assert!(!site.slots("alpha", "telehealth").await.contains(&slots[0]), "the room is taken");
        // Blocked on its page, as somebody’s time is.
        let with = format!("room:{room}");
        let fields = [
            ("org", "alpha"), ("with", with.as_str()), ("date", "2026-11-20"), ("last", "2027-03-31"), ("all_day", "true"), ("title", "New floor"),
        ];
        let blocked = site.form(Some(&owner), "/fn/calendar/save-block", &format!("{APP}/block"), &fields).await;
        assert_eq!(blocked.status, StatusCode::FOUND, "{}", blocked.text);
        assert!(site.slots("alpha", "sports-massage").await.is_empty());
        let page = site.get_as(&owner, &format!("{APP}/rooms/{room}")).await.text;
        assert!(page.contains("New floor"), "{page}");
        let agenda = site.get_as(&owner, &format!("{APP}?view=agenda")).await.text;
        assert!(agenda.contains("New floor"), "{agenda}");
        let block = all(&site, &owner, "blocks").await.into_iter().find(|one| one["resource"] == json!(room)).expect("the block");
        let form = site.get_as(&owner, &format!("{APP}/block?id={}", id_of(&block))).await.text;
        assert!(form.contains("New floor") && form.contains("Garden room"), "{form}");
        let freed = site.json(Method::DELETE, Some(&owner), &format!("{API}/blocks/{}", id_of(&block)), &json!({})).await;
        assert_eq!(freed.status, StatusCode::NO_CONTENT);
        assert!(!site.slots("alpha", "sports-massage").await.is_empty());
        // Switched off it can’t be booked; what is booked stays.
        let off = put(&site, &owner, &format!("resources/{room}"), &json!({ "name": "Garden room", "active": false, "version": 1 })).await;
        assert_eq!(off.status, StatusCode::NO_CONTENT, "{off:?}");
        assert!(site.slots("alpha", "sports-massage").await.is_empty());
        let there = site.get_as(&owner, &format!("{API}/appointments/{appointment}")).await.json();
        assert_eq!(there["status"], "booked");
    }

    /// Of several rooms of a kind each booking takes one; two services never share one.
    async fn a_kind_is_shared_out(site: Site) {
        let owner = site.log_in("alpha").await;
        add_rooms(&site, &owner, "Room", "Treatment room", "2").await;
        for slug in ["sports-massage", "initial-consultation"] {
            set_up(&site, slug, |service| service["options"]["needs"] = json!([{ "kind": "treatment ROOM", "count": 1 }])).await;
        }
        let before = site.slots("alpha", "initial-consultation").await;
        let massage = site.slots("alpha", "sports-massage").await;
        // Before noon more than one person works.
        let before_noon = |start: &&String| start.parse::<jiff::Timestamp>().is_ok_and(|at| at.in_tz("Australia/Sydney").is_ok_and(|at| at.hour() == 11));
        let start = massage.iter().rev().filter(before_noon).find(|start| before.contains(start)).expect("both are offered").clone();
        assert_eq!(site.book("alpha", "the-first-room", &booking("sports-massage", &start)).await.status, StatusCode::CREATED);
        set_up(&site, "initial-consultation", |service| service["options"]["needs"] = json!([])).await;
        assert!(site.slots("alpha", "initial-consultation").await.contains(&start), "somebody else is free");
        // One room is left, and one more of the kind is there as soon as it is added.
        add_rooms(&site, &owner, "Studio", "Treatment room", "1").await;
        set_up(&site, "initial-consultation", |service| service["options"]["needs"] = json!([{ "kind": "Treatment room", "count": 3 }])).await;
        assert!(!site.slots("alpha", "initial-consultation").await.contains(&start), "three are needed, and two are free");
        set_up(&site, "initial-consultation", |service| service["options"]["needs"] = json!([{ "kind": "Treatment room", "count": 2 }])).await;
        assert!(site.slots("alpha", "initial-consultation").await.contains(&start));
    }

    /// A named schedule is kept by people and by services; changed once it holds for all, and it isn’t deleted while anybody keeps it.
    async fn schedules_are_kept_by_many(site: Site) {
        let owner = site.log_in("alpha").await;
        let made = send(&site, Some(&owner), "add-schedule", "schedules", &[("name", "School term")]).await;
        assert_eq!(made.status, StatusCode::FOUND, "{}", made.text);
        let id = id_of(&all(&site, &owner, "schedules").await[0]);
        assert!(made.location().ends_with(&format!("/schedules/{id}/hours?added=1")), "{}", made.location());
        for name in ["", "school TERM", &"x".repeat(101)] {
            let refused = send(&site, Some(&owner), "add-schedule", "schedules", &[("name", name)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {}", refused.text);
        }
        // Its hours are typed as somebody’s are.
        let page = site.get_as(&owner, &format!("{APP}/schedules/{id}/hours")).await.text;
        let version = page.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a version").to_owned();
        let type_hours = async |from: &str, until: &str| {
            let fields = [
                ("id", id.as_str()), ("named", "true"), ("version", version.as_str()), ("day[]", "sunday"), ("from[]", from), ("until[]", until),
                ("day[]", "sunday"), ("from[]", "3 pm"), ("until[]", "5 pm"),
            ];
            send(&site, Some(&owner), "save-hours", &format!("schedules/{id}/hours"), &fields).await
        };
        assert_eq!(type_hours("9 am", "4 pm").await.status, StatusCode::UNPROCESSABLE_ENTITY, "they overlap");
        let saved = type_hours("9 am", "12 pm").await;
        assert_eq!(saved.status, StatusCode::FOUND, "{}", saved.text);
        assert!(saved.location().contains("/schedules/"), "{}", saved.location());
        assert_eq!(type_hours("10 am", "12 pm").await.status, StatusCode::CONFLICT, "from an old page");
        let there = all(&site, &owner, "schedules").await[0].clone();
        assert_eq!(there["hours"], json!([
            { "weekday": 0, "start_minute": 540, "end_minute": 720 }, { "weekday": 0, "start_minute": 900, "end_minute": 1020 },
        ]));
        // Whoever keeps it works on Sundays.
        let massage = service(&site, &owner, "sports-massage").await;
        let person = massage["staff"][0].as_str().expect("somebody").to_owned();
        let kept = send(&site, Some(&owner), "save-kept", &format!("staff/{person}/hours"), &[("id", &person), ("schedule", &id)]).await;
        assert_eq!(kept.status, StatusCode::FOUND, "{}", kept.text);
        let page = site.get_as(&owner, &format!("{APP}/staff/{person}/hours")).await.text;
        assert!(page.contains("They keep the schedule") && page.contains("School term"), "{page}");
        let hours = json!([{ "weekday": 1, "start_minute": 0, "end_minute": 60 }]);
        assert_eq!(put(&site, &owner, &format!("staff/{person}/hours"), &hours).await.status, StatusCode::CONFLICT, "it is others’, too");
        let date = put(&site, &owner, &format!("staff/{person}/dates/2026-12-01"), &json!({ "windows": [] })).await;
        assert_eq!(date.status, StatusCode::CONFLICT);
        let refused = send(&site, Some(&owner), "delete-schedule", &format!("schedules/{id}"), &[("id", &id)]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text.contains("“School term” is kept by"), "{}", refused.text);
        // A date in it holds for whoever keeps it.
        let on_sunday = async || {
            let slots = site.slots("alpha", "sports-massage").await;
            slots.iter().filter(|start| ("2026-11-28T13:00".."2026-11-29T13:00").contains(&start.as_str())).count()
        };
        assert!(on_sunday().await > 0);
        let closed = put(&site, &owner, &format!("schedules/{id}/dates/2026-11-29"), &json!({ "windows": [] })).await;
        assert_eq!(closed.status, StatusCode::NO_CONTENT, "{closed:?}");
        assert_eq!(on_sunday().await, 0);
        // Back to their own, which are as they were, it can go.
        let own = put(&site, &owner, &format!("staff/{person}/schedule"), &json!({})).await;
        assert_eq!(own.status, StatusCode::NO_CONTENT, "{own:?}");
        let deleted = send(&site, Some(&owner), "delete-schedule", &format!("schedules/{id}"), &[("id", &id)]).await;
        assert_eq!(deleted.status, StatusCode::FOUND, "{}", deleted.text);
        assert!(all(&site, &owner, "schedules").await.is_empty());
        assert!(!site.get_as(&owner, &format!("{API}/staff/{person}")).await.json()["hours"].as_array().expect("hours").is_empty());
    }

    /// A service can be booked within a schedule alone; whoever is new begins with the default; an old page changes nothing.
    async fn services_and_new_people_keep_one_too(site: Site) {
        let owner = site.log_in("alpha").await;
        let id = add_schedule(&site, &owner, "Mornings", 540, 660).await;
        let now = service(&site, &owner, "telehealth").await;
        let (telehealth, version) = (id_of(&now), now["version"].to_string());
        let before = site.slots("alpha", "telehealth").await.len();
        let keep = async |version: &str| {
            let fields = [("id", telehealth.as_str()), ("version", version), ("schedule", id.as_str())];
            send(&site, Some(&owner), "save-service-hours", &format!("services/{telehealth}/times"), &fields).await
        };
        let saved = keep(&version).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{}", saved.text);
        let within = site.slots("alpha", "telehealth").await.len();
        assert!(within > 0 && within < before, "{within} of {before}");
        let other = add_schedule(&site, &owner, "Evenings", 1080, 1200).await;
        let stale = json!({ "schedule": other, "version": now["version"] });
        assert_eq!(put(&site, &owner, &format!("services/{telehealth}/schedule"), &stale).await.status, StatusCode::CONFLICT);
        let unknown = json!({ "schedule": "00000000-0000-0000-0000-000000000000", "version": 2 });
        let refused = put(&site, &owner, &format!("services/{telehealth}/schedule"), &unknown).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["schedule".to_owned()]));
        let refused = site.json(Method::DELETE, Some(&owner), &format!("{API}/schedules/{id}"), &json!({})).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        // One is the default, and another takes its place.
        for one in [&id, &other] {
            let name = if *one == id { "Mornings" } else { "Evenings" };
            let saved = send(&site, Some(&owner), "save-schedule", &format!("schedules/{one}"), &[("id", one.as_str()), ("version", "1"), ("name", name), ("is_default", "true")]).await;
            assert_eq!(saved.status, StatusCode::FOUND, "{}", saved.text);
        }
        let defaults: Vec<_> = all(&site, &owner, "schedules").await.into_iter().filter(|one| one["is_default"] == json!(true)).collect();
        assert_eq!(names(&defaults), ["Evenings"]);
        let stale = send(&site, Some(&owner), "save-schedule", &format!("schedules/{id}"), &[("id", &id), ("version", "1"), ("name", "Early")]).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert!(stale.text.contains("value=\"Early\""), "{}", stale.text);
        let made = send(&site, Some(&owner), "add-person", "staff", &[("name", "Nora New")]).await;
        assert_eq!(made.status, StatusCode::FOUND);
        let nora = all(&site, &owner, "staff").await.into_iter().find(|one| one["name"] == "Nora New").expect("her");
        let nora = site.get_as(&owner, &format!("{API}/staff/{}", id_of(&nora))).await.json();
        assert_eq!(nora["schedule"], json!(other));
        assert_eq!(nora["hours"].as_array().map(Vec::len), Some(7));
    }

    /// Priorities, shares and the hours for one service are set on its page; the rule says which are asked for.
    async fn shares_are_set_on_a_services_page(site: Site) {
        let owner = site.log_in("alpha").await;
        let mornings = add_schedule(&site, &owner, "Mornings", 540, 660).await;
        set_up(&site, "follow-up", |service| service["options"]["assignment"] = json!({ "rule": "round_robin", "period_days": 60 })).await;
        let now = service(&site, &owner, "follow-up").await;
        let (id, version) = (id_of(&now), now["version"].to_string());
        let people: Vec<String> = now["staff"].as_array().expect("people").iter().map(|one| one.as_str().expect("an id").to_owned()).collect();
        assert!(people.len() > 1);
        let page = site.get_as(&owner, &format!("{APP}/services/{id}/people")).await.text;
        assert!(page.contains("They take turns.") && page.contains("Share of") && !page.contains("Priority of"), "{page}");
        let send_shares = async |who: Option<&str>, version: &str, weight: &str, schedule: &str| {
            let fields = [
                ("id", id.as_str()), ("version", version), ("options[shares.0.staff][]", people[0].as_str()), ("options[shares.0.weight][]", weight),
                ("options[shares.0.schedule][]", schedule), ("options[shares.1.staff][]", people[1].as_str()), ("options[shares.1.weight][]", "50"),
            ];
            send(&site, who, "save-shares", &format!("services/{id}/people"), &fields).await
        };
        for weight in ["0", "1001", "lots", ""] {
            let refused = send_shares(Some(&owner), &version, weight, "").await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{weight}: {}", refused.text);
        }
        let saved = send_shares(Some(&owner), &version, "200", &mornings).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{}", saved.text);
        let shares = all(&site, &owner, &format!("services/{id}/shares")).await;
        let of = |staff: &str| shares.iter().find(|share| share["staff"] == json!(staff)).expect("a share").clone();
        assert_eq!((&of(&people[0])["weight"], &of(&people[0])["schedule"]), (&json!(200), &json!(mornings)));
        assert_eq!((&of(&people[1])["weight"], &of(&people[1])["priority"]), (&json!(50), &json!(0)));
        let stale = send_shares(Some(&owner), &version, "300", "").await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert!(stale.text.contains("value=\"300\"") && stale.text.contains("It is 200 now."), "{}", stale.text);
        let kept = site.json(Method::DELETE, Some(&owner), &format!("{API}/schedules/{mornings}"), &json!({})).await;
        assert_eq!(kept.status, StatusCode::CONFLICT, "somebody keeps it for one service");
        let nobody = json!({ "version": 99, "shares": [{ "staff": "00000000-0000-0000-0000-000000000000" }] });
        assert_eq!(put(&site, &owner, &format!("services/{id}/shares"), &nobody).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        // Saving who is on it keeps their shares.
        let version = service(&site, &owner, "follow-up").await["version"].to_string();
        let fields = [("id", id.as_str()), ("version", version.as_str()), ("staff[]", people[0].as_str()), ("staff[]", people[1].as_str())];
        assert_eq!(send(&site, Some(&owner), "save-people", &format!("services/{id}/people"), &fields).await.status, StatusCode::FOUND);
        assert_eq!(all(&site, &owner, &format!("services/{id}/shares")).await.iter().filter(|share| share["weight"] == json!(200)).count(), 1);
    }

    /// Time off is noted on somebody’s page with a reason; what is booked in it is named; nobody is booked then.
    async fn time_off_names_what_is_booked_in_it(site: Site) {
        let owner = site.log_in("alpha").await;
        let massage = service(&site, &owner, "sports-massage").await;
        let person = massage["staff"][0].as_str().expect("somebody").to_owned();
        let slots = site.slots("alpha", "sports-massage").await;
        let made = site.book("alpha", "while-away", &booking("sports-massage", &slots[0])).await.json();
        let page = format!("staff/{person}/away");
        for (date, last) in [("", ""), ("2026-12-10", "2026-12-01"), ("soon", "")] {
            let refused = send(&site, Some(&owner), "save-away", &page, &[("id", &person), ("date", date), ("last", last), ("title", "Annual leave")]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{date}: {}", refused.text);
            assert!(refused.text.contains("value=\"Annual leave\""), "it is still there");
        }
        let saved = send(&site, Some(&owner), "save-away", &page, &[("id", &person), ("date", "2026-11-23"), ("last", "2027-02-28"), ("title", "Annual leave")]).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{}", saved.text);
        let shown = site.get_as(&owner, &format!("{APP}/{page}")).await.text;
        assert!(shown.contains("Annual leave") && shown.contains("Monday 23 November 2026 – Sunday 28 February 2027"), "{shown}");
        assert!(shown.contains(&format!("/calendar/appointments/{}", id_of(&made))), "{shown}");
        assert!(site.slots("alpha", "sports-massage").await.is_empty());
        let block = all(&site, &owner, "blocks").await.into_iter().find(|one| one["staff"] == json!(person) && one["title"] == "Annual leave").expect("it");
        assert_eq!(block["time_off"], json!(true));
        let ended = send(&site, Some(&owner), "end-away", &page, &[("id", &person), ("block", &id_of(&block))]).await;
        assert_eq!(ended.status, StatusCode::FOUND, "{}", ended.text);
        assert!(!site.slots("alpha", "sports-massage").await.is_empty());
    }

    /// Categories are moved with all their services, a service within its own; as the booking page shows them.
    async fn categories_are_moved_by_buttons(site: Site) {
        let owner = site.log_in("alpha").await;
        for (slug, category) in [("initial-consultation", "Treatment"), ("sports-massage", "Massage"), ("telehealth", "Treatment")] {
            set_up(&site, slug, |service| service["options"]["category"] = json!(category)).await;
        }
        let order = async || {
            let services = all(&site, &owner, "setup/services").await;
            services.iter().map(|one| one["slug"].as_str().expect("a slug").to_owned()).collect::<Vec<_>>()
        };
        let go = async |name: &str, earlier: &str| {
            send(&site, Some(&owner), "move-category", "services", &[("name", name), ("earlier", earlier)]).await.status
        };
        assert_eq!(go("Massage", "true").await, StatusCode::FOUND);
        assert_eq!(order().await, ["follow-up", "sports-massage", "initial-consultation", "telehealth"]);
        assert_eq!(go("Massage", "true").await, StatusCode::FOUND, "what has no category stays in front");
        assert_eq!(order().await, ["follow-up", "sports-massage", "initial-consultation", "telehealth"]);
        let telehealth = id_of(&service(&site, &owner, "telehealth").await);
        for _ in 0..2 {
            let moved = send(&site, Some(&owner), "move-service", "services", &[("id", &telehealth), ("earlier", "true")]).await;
            assert_eq!(moved.status, StatusCode::FOUND);
        }
        assert_eq!(order().await, ["follow-up", "sports-massage", "telehealth", "initial-consultation"]);
        let page = site.get_as(&owner, &format!("{APP}/services")).await.text;
        assert!(page.contains("Move the category Massage down") && !page.contains("Move the category Massage up"), "{page}");
        let moved = site.json(Method::POST, Some(&owner), &format!("{API}/categories/move"), &json!({ "category": "Massage", "earlier": false })).await;
        assert_eq!(moved.status, StatusCode::NO_CONTENT, "{moved:?}");
        assert_eq!(order().await, ["follow-up", "telehealth", "initial-consultation", "sports-massage"]);
        assert_eq!(go("Nails", "true").await, StatusCode::NOT_FOUND);
    }

    /// A stranger, a member who doesn’t set up, and another organisation change nothing; an id of another one’s is nobody’s.
    async fn nobody_else_sets_them_up(site: Site) {
        let owner = site.log_in("alpha").await;
        let beta = site.log_in("beta").await;
        let (_, member) = site.join(site.alpha, "desk@example.com", Role::Member).await;
        let room = add_rooms(&site, &owner, "Room", "", "1").await[0].clone();
        let schedule = add_schedule(&site, &owner, "Mornings", 540, 660).await;
        let massage = id_of(&service(&site, &owner, "sports-massage").await);
        for (form, page, id) in [
            ("move-category", "services", &room), ("add-room", "rooms", &room), ("save-room", "rooms", &room), ("move-room", "rooms", &room), ("delete-room", "rooms", &room),
            ("add-schedule", "schedules", &schedule), ("save-schedule", "schedules", &schedule), ("delete-schedule", "schedules", &schedule),
            ("save-rooms", "services", &massage), ("save-shares", "services", &massage), ("save-service-hours", "services", &massage), ("remove-picture", "services", &massage),
        ] {
            let fields = [("id", id.as_str()), ("version", "1"), ("name", "Taken over")];
            assert_eq!(send(&site, None, form, page, &fields).await.status, StatusCode::UNAUTHORIZED, "{form}");
            assert_eq!(send(&site, Some(&beta), form, page, &fields).await.status, StatusCode::NOT_FOUND, "{form}");
            assert_eq!(send(&site, Some(&member), form, page, &fields).await.status, StatusCode::FORBIDDEN, "{form}");
        }
        // What is alpha’s isn’t there for beta inside its own organisation either.
        for (method, path, body) in [
            (Method::PUT, format!("resources/{room}"), json!({ "name": "Taken over", "version": 1 })),
            (Method::DELETE, format!("resources/{room}"), json!({})),
            (Method::PUT, format!("schedules/{schedule}"), json!({ "name": "Taken over", "version": 1 })),
            (Method::PUT, format!("schedules/{schedule}/hours"), json!([])),
            (Method::DELETE, format!("schedules/{schedule}"), json!({})),
        ] {
            let answer = site.json(method, Some(&beta), &format!("/api/v1/orgs/beta/calendar/{path}"), &body).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {answer:?}");
        }
        let theirs = site.get_as(&beta, "/api/v1/orgs/beta/calendar/staff").await.json()[0]["id"].as_str().expect("an id").to_owned();
        let crossed = site.json(Method::PUT, Some(&beta), &format!("/api/v1/orgs/beta/calendar/staff/{theirs}/schedule"), &json!({ "schedule": schedule })).await;
        assert_eq!(crossed.status, StatusCode::UNPROCESSABLE_ENTITY, "{crossed:?}");
        assert_eq!(names(&all(&site, &owner, "resources").await), ["Room"]);
        assert_eq!(names(&all(&site, &owner, "schedules").await), ["Mornings"]);
    }
}
