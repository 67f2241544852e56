//! The team's calendar as it is shown, dragged and blocked: a month, a list, one person's; moved and put back; an appointment's own page.

use app::{mail::Mailing, org::Role};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    on_both,
    races::{appointments, set_up},
    support::{Answer, Site, booking},
};

const DIARY: &str = "/app/alpha/calendar";
const MOVE: &str = "/fn/calendar/move";
const MASSAGE: &str = "sports-massage";

/// Books the nth free time of the massage; the appointment's id and start.
async fn booked(site: &Site, key: &str, nth: usize) -> (String, String) {
    let start = site.slots("alpha", MASSAGE).await[nth].clone();
    let made = site.book("alpha", key, &booking(MASSAGE, &start)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    (made.json()["id"].as_str().expect("an id").to_owned(), start)
}

async fn one(site: &Site, id: &str) -> Value {
    appointments(site).await.into_iter().find(|one| one["id"] == id).expect("it is there")
}

async fn send(site: &Site, who: Option<&str>, path: &str, org: &str, fields: &[(&str, &str)]) -> Answer {
    let all: Vec<_> = std::iter::once(("org", org)).chain(fields.iter().copied()).collect();
    let id = fields.iter().find(|(name, _)| *name == "id").map(|(_, id)| *id).unwrap_or_default();
    let from = match path {
        MOVE => DIARY.to_owned(),
        "/fn/calendar/save-block" | "/fn/calendar/free-block" => format!("{DIARY}/block"),
        _ => format!("{DIARY}/appointments/{id}"),
    };
    site.form(who, path, &from, &all).await
}

/// The letters about a move that have left since the last time.
async fn moved_letters(site: &Site) -> Vec<Mailing> {
    let all = site.mailings().await.into_iter();
    all.filter(|mailing| mailing.letter.to == "casey@example.com" && mailing.letter.subject.starts_with("Moved"))
        .collect()
}

/// The day and the time of a start on the business's clock.
fn on_the_clock(start: &str) -> (String, String) {
    let start: jiff::Timestamp = start.parse().expect("a start");
    let there = start.to_zoned(jiff::tz::TimeZone::get("Australia/Sydney").expect("a zone"));
    (there.date().to_string(), there.strftime("%H:%M").to_string())
}

async fn masseur(site: &Site, owner: &str) -> String {
    let staff = site.get_as(owner, "/api/v1/orgs/alpha/calendar/staff").await.json();
    let found = staff.as_array().expect("people").iter().find(|one| one["name"] == "Mei-Lin Chua").cloned();
    found.expect("she is there")["id"].as_str().expect("an id").to_owned()
}

on_both! {
    /// A month has a box for each day and says how many there are; a list has those days alone on which there is something; and one
    /// person's calendar is theirs.
    async fn a_month_a_list_and_one_persons(site: Site) {
        let owner = site.log_in("alpha").await;
        let (id, start) = booked(&site, "in-the-month", 3).await;
        let (date, _) = on_the_clock(&start);
        let page = |query: String| { let (site, owner) = (&site, &owner); async move {
            let page = site.get_as(owner, &format!("{DIARY}?{query}")).await;
            assert_eq!(page.status, StatusCode::OK, "{query}");
            page.text
        } };
        let month = page(format!("view=month&date={date}")).await;
        assert!(month.contains("November 2026") && month.contains("month-day") && month.contains("appointment") && month.contains("nothing booked"), "{month}");
        assert!(month.contains(&format!("open={id}")), "a box leads to what is in it");
        let list = page(format!("view=agenda&date={date}")).await;
        assert!(list.contains("agenda-line") && list.contains("Casey Client") && !list.contains("Sunday 29 November"), "{list}");
        let hers = masseur(&site, &owner).await;
        assert!(page(format!("view=week&date={date}&person={hers}")).await.contains("Casey Client"));
        let staff = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/staff").await.json();
        let other = staff.as_array().expect("people").iter().find(|one| one["id"] != hers.as_str()).expect("another")["id"].as_str().expect("an id").to_owned();
        let theirs = page(format!("view=week&date={date}&person={other}")).await;
        assert!(!theirs.contains("Casey Client"), "what another has isn't theirs");
        // Nonsense in the address is everybody's, and this week's.
        assert!(page("view=nothing&person=nobody".to_owned()).await.contains("Casey Client"));
        for ends in ["1900-01-01", "9900-12-31"] {
            for view in ["month", "agenda", "week", "day"] {
                page(format!("view={view}&date={ends}")).await;
            }
        }
    }

    /// What is dragged goes there, once; where the rules say no it is asked first; and what is taken stays so.
    async fn an_appointment_is_dragged(site: Site) {
        let owner = site.log_in("alpha").await;
        let (id, _) = booked(&site, "dragged-about", 3).await;
        let free = site.slots("alpha", MASSAGE).await.into_iter().find(|start| start.starts_with("2026-11-26")).expect("a time that day");
        let (day, first) = on_the_clock(&free);
        let to = |version: &'static str, at: &str, more: &[(&'static str, &'static str)]| {
            let mut fields = vec![("version", version.to_owned()), ("date", day.clone()), ("at", at.to_owned())];
            fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
            fields
        };
        let go = async |fields: Vec<(&'static str, String)>| {
            let mut all: Vec<(&str, &str)> = vec![("id", id.as_str())];
            all.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
            send(&site, Some(&owner), MOVE, "alpha", &all).await
        };
        let moved = go(to("1", &first, &[])).await;
        assert_eq!(moved.status, StatusCode::FOUND, "{moved:?}");
        let there = one(&site, &id).await;
        assert_eq!((there["start"].as_str(), there["version"].as_i64()), (Some(free.as_str()), Some(2)));
        // Whoever read the one before is told.
        let late = go(to("1", "12:00", &[])).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{late:?}");
        let night = go(to("2", "21:00", &[])).await;
        assert_eq!(night.status, StatusCode::CONFLICT, "{night:?}");
        assert_eq!(go(to("2", "21:00", &[("anyway", "true")])).await.status, StatusCode::FOUND);
        assert_eq!(go(to("3", "21:00", &[("anyway", "true"), ("minutes", "1 h 30 min")])).await.status, StatusCode::FOUND);
        let there = one(&site, &id).await;
        let night = there["start"].as_str().expect("a start").to_owned();
        assert_eq!((on_the_clock(&night).1.as_str(), on_the_clock(there["end"].as_str().expect("an end")).1.as_str()), ("21:00", "22:30"));
        for (field, value) in [("at", "late"), ("date", "tomorrow"), ("minutes", "an age"), ("with", "nobody"), ("version", "x")] {
            let mut fields: Vec<_> = to("4", "10:00", &[]).into_iter().filter(|(name, _)| *name != field).collect();
            fields.push((field, value.to_owned()));
            assert!(go(fields).await.status.is_client_error(), "{field}={value}");
        }
        // What somebody else has stays theirs, whatever is meant.
        let made = site.book("alpha", "in-the-way-1", &booking(MASSAGE, &free)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let taken = go(to("4", &first, &[("anyway", "true"), ("minutes", "30 min")])).await;
        assert_eq!(taken.status, StatusCode::CONFLICT, "{taken:?}");
        assert_eq!(one(&site, &id).await["start"].as_str(), Some(night.as_str()), "the loser keeps its own");
    }

    /// Undone at once, nobody is told of a move; later they are told of both.
    async fn a_move_is_undone(site: Site) {
        let owner = site.log_in("alpha").await;
        let (id, start) = booked(&site, "moved-and-back", 3).await;
        site.mailings().await;
        let (date, at) = on_the_clock(&start);
        let (day, time) = on_the_clock(&site.slots("alpha", MASSAGE).await[12]);
        let go = async |version: &str, date: &str, at: &str, undo: bool| {
            let mut fields = vec![("id", id.as_str()), ("version", version), ("date", date), ("at", at)];
            if undo {
                fields.extend([("undo", "true"), ("anyway", "true")]);
            }
            let moved = send(&site, Some(&owner), MOVE, "alpha", &fields).await;
            assert_eq!(moved.status, StatusCode::FOUND, "{moved:?}");
        };
        go("1", &day, &time, false).await;
        assert!(moved_letters(&site).await.is_empty(), "they aren't told before it can't be undone any more");
        go("2", &date, &at, true).await;
        assert_eq!(one(&site, &id).await["start"].as_str(), Some(start.as_str()));
        site.set_clock("2026-11-22T22:05:00Z");
        assert!(moved_letters(&site).await.is_empty(), "nothing has changed for them");
        let owner = site.log_in("alpha").await;
        let letters = site.get_as(&owner, &format!("/api/v1/orgs/alpha/calendar/appointments/{id}/messages")).await.json();
        assert!(letters["written"].as_array().expect("letters").iter().all(|one| one["kind"] != "moved"), "{letters}");

        let go = async |version: &str, date: &str, at: &str, undo: &'static str| {
            let fields = [("id", id.as_str()), ("version", version), ("date", date), ("at", at), ("undo", undo), ("anyway", undo)];
            let fields: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            assert_eq!(send(&site, Some(&owner), MOVE, "alpha", &fields).await.status, StatusCode::FOUND);
        };
        go("3", &day, &time, "").await;
        site.set_clock("2026-11-22T22:06:00Z");
        assert_eq!(moved_letters(&site).await.len(), 1, "now they are told");
        let owner = site.log_in("alpha").await;
        let fields = [("id", id.as_str()), ("version", "4"), ("date", &date), ("at", &at), ("undo", "true"), ("anyway", "true")];
        assert_eq!(send(&site, Some(&owner), MOVE, "alpha", &fields).await.status, StatusCode::FOUND);
        site.set_clock("2026-11-22T22:07:00Z");
        assert_eq!(moved_letters(&site).await.len(), 1, "and of this, too");
    }

    /// An appointment's page has all about it; what waits is confirmed or declined there; the letters are there with what became of them.
    async fn an_appointment_has_a_page(site: Site) {
        set_up(&site, MASSAGE, |service| service["options"]["confirmation"] = json!({ "hours": 48 })).await;
        let owner = site.log_in("alpha").await;
        let (id, _) = booked(&site, "asked-for-it", 3).await;
        site.mailings().await;
        let page = format!("{DIARY}/appointments/{id}");
        let shown = site.get_as(&owner, &page).await;
        assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
        for part in ["Casey Client", "casey@example.com", "To be confirmed", ">Confirm<", ">Decline<", "Move it", "Emails about it", "All about this client"] {
            assert!(shown.text.contains(part), "{part}: {}", shown.text);
        }
        let step = async |who: Option<&str>, org: &str, version: &str, step: &str| send(&site, who, "/fn/calendar/step", org, &[("id", &id), ("version", version), ("step", step)]).await;
        assert_eq!(step(Some(&owner), "alpha", "7", "confirmed").await.status, StatusCode::CONFLICT);
        assert_eq!(step(Some(&owner), "alpha", "1", "eaten").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let confirmed = step(Some(&owner), "alpha", "1", "confirmed").await;
        assert_eq!((confirmed.status, confirmed.location()), (StatusCode::FOUND, format!("{page}?confirmed=1").as_str()), "{confirmed:?}");
        let shown = site.get_as(&owner, &page).await.text;
        assert!(!shown.contains(">Confirm<") && shown.contains("Cancel appointment"), "{shown}");
        // Moved by its form, and told why not where the rules say no.
        let go = async |version: &str, at: &str, anyway: &'static str| {
            let fields = [("id", id.as_str()), ("version", version), ("date", "2026-11-26"), ("at", at), ("anyway", anyway)];
            send(&site, Some(&owner), "/fn/calendar/move-typed", "alpha", &fields.into_iter().filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>()).await
        };
        let refused = go("2", "9 pm", "").await;
        assert!(refused.status == StatusCode::CONFLICT && refused.text.contains("Move it all the same"), "{refused:?}");
        assert_eq!(go("2", "9 pm", "true").await.location(), format!("{page}?moved=1"));
        let again = send(&site, Some(&owner), "/fn/calendar/send-again", "alpha", &[("id", &id), ("kind", "moved")]).await;
        assert!(again.status == StatusCode::FOUND || again.status == StatusCode::TOO_MANY_REQUESTS, "{again:?}");

        let (_, desk) = site.join(site.alpha, "desk@example.com", Role::Member).await;
        assert_eq!(site.get_as(&desk, &page).await.status, StatusCode::OK);
        let beta = site.log_in("beta").await;
        for path in [page.clone(), page.replace("alpha", "beta")] {
            assert_eq!(site.get_as(&beta, &path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(site.get(&page).await.status, StatusCode::UNAUTHORIZED);
        for (who, org, status) in [(None, "alpha", StatusCode::UNAUTHORIZED), (Some(beta.as_str()), "alpha", StatusCode::NOT_FOUND), (Some(beta.as_str()), "beta", StatusCode::NOT_FOUND)] {
            assert_eq!(step(who, org, "3", "cancelled").await.status, status);
            for path in [MOVE, "/fn/calendar/move-typed"] {
                assert_eq!(send(&site, who, path, org, &[("id", &id), ("version", "3"), ("date", "2026-11-26"), ("at", "10:00"), ("anyway", "true")]).await.status, status, "{path}");
            }
        }
        assert_eq!(site.get_as(&owner, &format!("{DIARY}/appointments/nothing")).await.status, StatusCode::NOT_FOUND);
    }

    /// When a room can't be booked is in a day's and a week's columns and in the list, with what for, and in nobody's own calendar; as
    /// long as it is blocked.
    async fn a_rooms_blocks_are_in_the_diary(site: Site) {
        let owner = site.log_in("alpha").await;
        let api = "/api/v1/orgs/alpha/calendar";
        let room = json!({ "name": "Hydro pool", "kind": "Pool" });
        let made = site.json(Method::POST, Some(&owner), &format!("{api}/resources"), &room).await;
        assert!(made.status.is_success(), "{made:?}");
        let all = site.get_as(&owner, &format!("{api}/resources")).await.json();
        let id = all.as_array().expect("rooms")[0]["id"].as_str().expect("an id").to_owned();
        // From 10 to 11 am and from 10:30 to noon in Sydney.
        for (start, end, title) in [("2026-11-25T23:00:00Z", "2026-11-26T00:00:00Z", "New pump"), ("2026-11-25T23:30:00Z", "2026-11-26T01:00:00Z", "Tiling")] {
            let block = json!({ "resource": id, "start": start, "end": end, "title": title });
            let blocked = site.json(Method::POST, Some(&owner), &format!("{api}/blocks"), &block).await;
            assert!(blocked.status.is_success(), "{blocked:?}");
        }
        let page = async |query: &str| site.get_as(&owner, &format!("{DIARY}?{query}")).await.text;
        for view in ["day", "week", "agenda"] {
            let shown = page(&format!("view={view}&date=2026-11-26")).await;
            for words in ["New pump", "Tiling", "Hydro pool", "10:00 – 11:00 am"] {
                assert!(shown.contains(words), "{view}, {words}: {shown}");
            }
            assert_eq!(shown.contains(">Rooms<"), view == "day", "{view}");
        }
        let week = page("view=week&date=2026-11-26").await;
        assert!(week.contains("Hydro pool: New pump, 10:00 – 11:00 am"), "its edge can be pointed at: {week}");
        assert!(week.contains("rooms-2"), "two at once are beside each other: {week}");
        let hers = masseur(&site, &owner).await;
        assert!(!page(&format!("view=week&date=2026-11-26&person={hers}")).await.contains("New pump"), "it is nobody's own");
        assert!(!page("view=day&date=2026-11-27").await.contains(">Rooms<"), "and on that day alone");
    }

    /// Somebody's time is blocked by a form: it is in the diary and isn't offered; changed by one at a time; and freed.
    async fn time_is_blocked_and_freed(site: Site) {
        let owner = site.log_in("alpha").await;
        let hers = masseur(&site, &owner).await;
        let save = async |who: Option<&str>, org: &str, fields: &[(&str, &str)]| {
            let usual = [("with", hers.as_str()), ("date", "2026-11-26"), ("last", "2026-11-26"), ("from", "7:00"), ("until", "9 pm"), ("title", "Stocktake")];
            let mut all: Vec<_> = usual.into_iter().filter(|(name, _)| !fields.iter().any(|(other, _)| other == name)).collect();
            all.extend(fields.iter().copied().filter(|(_, value)| !value.is_empty()));
            send(&site, who, "/fn/calendar/save-block", org, &all).await
        };
        let of_that_day = async || site.slots("alpha", MASSAGE).await.into_iter().filter(|start| start.as_str() >= "2026-11-25T13:00:00Z" && start.as_str() < "2026-11-26T13:00:00Z").count();
        assert!(of_that_day().await > 0);
        for (field, value, why) in [("with", "nobody", "Choose whose time"), ("until", "6:00", "Let it end after"), ("from", "noonish", "Enter a time like"), ("date", "x", "Choose a day")] {
            let refused = save(Some(&owner), "alpha", &[(field, value)]).await;
            assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text.contains(why) && refused.text.contains("Stocktake"), "{field}: {refused:?}");
        }
        let saved = save(Some(&owner), "alpha", &[]).await;
        assert_eq!((saved.status, saved.location()), (StatusCode::FOUND, "/app/alpha/calendar?date=2026-11-26&view=day"), "{saved:?}");
        assert_eq!(of_that_day().await, 0, "it isn't offered");
        let day = site.get_as(&owner, saved.location()).await.text;
        assert!(day.contains("Stocktake") && day.contains("/app/alpha/calendar/block?id="), "{day}");
        let id = day.split("/app/alpha/calendar/block?id=").nth(1).and_then(|rest| rest.split('"').next()).expect("an id").to_owned();
        let form = site.get_as(&owner, &format!("{DIARY}/block?id={id}")).await.text;
        assert!(form.contains("value=\"Stocktake\"") && form.contains("Free this time"), "{form}");
        // Whole days of next week.
        let changed = save(Some(&owner), "alpha", &[("id", &id), ("version", "1"), ("date", "2026-11-30"), ("last", "2026-12-01"), ("all_day", "true"), ("from", ""), ("until", "")]).await;
        assert_eq!(changed.status, StatusCode::FOUND, "{changed:?}");
        assert!(of_that_day().await > 0);
        assert!(site.get_as(&owner, "/app/alpha/calendar?date=2026-12-01&view=day").await.text.contains("All day"));
        assert_eq!(save(Some(&owner), "alpha", &[("id", &id), ("version", "1")]).await.status, StatusCode::CONFLICT, "somebody was first");

        let beta = site.log_in("beta").await;
        for (who, org, status) in [(None, "alpha", StatusCode::UNAUTHORIZED), (Some(beta.as_str()), "alpha", StatusCode::NOT_FOUND), (Some(beta.as_str()), "beta", StatusCode::NOT_FOUND)] {
            assert_eq!(save(who, org, &[("id", &id), ("version", "2")]).await.status, status, "{org}");
            assert_eq!(send(&site, who, "/fn/calendar/free-block", org, &[("id", &id)]).await.status, status);
        }
        assert_eq!(save(Some(&beta), "beta", &[]).await.status, StatusCode::NOT_FOUND, "another organisation's person");
        assert_eq!(site.get_as(&beta, &format!("{DIARY}/block?id={id}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&format!("{DIARY}/block")).await.status, StatusCode::UNAUTHORIZED);
        let freed = send(&site, Some(&owner), "/fn/calendar/free-block", "alpha", &[("id", &id), ("date", "2026-11-30")]).await;
        assert_eq!(freed.status, StatusCode::FOUND, "{freed:?}");
        assert_eq!(site.get_as(&owner, &format!("{DIARY}/block?id={id}")).await.status, StatusCode::NOT_FOUND);
        let none = site.json(Method::GET, Some(&owner), "/api/v1/orgs/alpha/calendar/blocks?from=2026-11-01T00:00:00Z&until=2026-12-31T00:00:00Z", &json!(null)).await;
        assert!(!none.text.contains(&id), "{}", none.text);
    }
}
