//! Calendars elsewhere: somebody’s own at a secret address, and others’ busy times, which can’t be booked.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex},
};

use app::{
    billing::terms::{State as BillingState, Terms},
    fetch::{Allowance, Fetcher},
    modules::calendar::elsewhere,
    org::Role,
    ui::forgery,
};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    on_both,
    races::{appointments, set_up},
    support::{Answer, ORIGIN, Site, booking},
};

const STAFF: &str = "/api/v1/orgs/alpha/calendar/staff";
const BUSY: &str = "/api/v1/orgs/alpha/calendar/busy-calendars";
const MASSAGE: &str = "sports-massage";

/// A server of somebody else's with one calendar, which can be made to say something else.
#[derive(Clone, Default)]
struct Other {
    says: Arc<Mutex<(u16, String)>>,
    asked: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Other {
    /// Starts it; with the address of its calendar.
    async fn start(body: &str) -> (Self, String) {
        let other = Self::default();
        other.say(200, body);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/private/zanzibar-secret.ics", listener.local_addr().expect("an address"));
        let answers = other.clone();
        let router = Router::new().fallback(move |headers: HeaderMap| {
            let (status, body) = answers.says.lock().expect("what it says").clone();
            let known =
                headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == tag_of(&body).as_bytes());
            answers.asked.lock().expect("who asked").push(headers);
            async move {
                let status = if known && status == 200 { 304 } else { status };
                (StatusCode::from_u16(status).expect("a status"), [(header::ETAG, tag_of(&body))], body)
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        (other, address)
    }

    fn say(&self, status: u16, body: &str) {
        *self.says.lock().expect("what it says") = (status, body.to_owned());
    }

    fn asked(&self) -> usize {
        self.asked.lock().expect("who asked").len()
    }
}

fn tag_of(body: &str) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("\"{:x}\"", hasher.finish())
}

/// A calendar with one event.
fn calendar(event: &str) -> String {
    let lines: Vec<&str> = event.trim().lines().map(str::trim).collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:dentist@example.com\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Zanzibar surgery\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        lines.join("\r\n")
    )
}

/// An hour from that start on, in UTC.
fn hour_at(start: &str) -> String {
    let at: Timestamp = start.parse().expect("a start");
    calendar(&format!("DTSTART:{}\nDURATION:PT1H", at.strftime("%Y%m%dT%H%M%SZ")))
}

fn sydney(start: &str) -> Zoned {
    start.parse::<Timestamp>().expect("a start").to_zoned(TimeZone::get("Australia/Sydney").expect("a zone"))
}

/// Whoever gives the massages: the one person who does.
async fn masseur(site: &Site, owner: &str) -> String {
    let staff = site.get_as(owner, STAFF).await.json();
    let found = staff.as_array().expect("people").iter().find(|one| one["name"] == "Mei-Lin Chua").cloned();
    found.expect("she is there")["id"].as_str().expect("an id").to_owned()
}

/// From now on this machine's servers can be fetched from.
fn reaches_this_machine(site: &Site) {
    site.platform.fetch_by(Fetcher::new(Allowance::this_machine()).expect("a fetcher"));
}

async fn post(site: &Site, cookie: &str, path: &str, body: &Value) -> Answer {
    site.json(Method::POST, Some(cookie), path, body).await
}

/// Connects a calendar to somebody; its id.
async fn connect(site: &Site, owner: &str, person: &str, address: &str) -> String {
    let made =
        post(site, owner, &format!("{STAFF}/{person}/calendars"), &json!({ "name": "Private", "address": address }))
            .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.json()["id"].as_str().expect("an id").to_owned()
}

async fn calendars(site: &Site, cookie: &str, person: &str) -> Value {
    site.get_as(cookie, &format!("{STAFF}/{person}/calendars")).await.json()
}

/// Makes somebody's feed; the path of its address.
async fn share(site: &Site, owner: &str, person: &str, names: bool) -> String {
    let made = post(site, owner, &format!("{STAFF}/{person}/feed"), &json!({ "names": names })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    path_of(made.json()["address"].as_str().expect("an address"))
}

fn path_of(address: &str) -> String {
    let path = address.strip_prefix(ORIGIN).expect("an address of ours").to_owned();
    assert!(path.strip_prefix("/cal/feed_").is_some_and(|rest| rest.strip_suffix(".ics").is_some()), "{path}");
    path
}

/// The address that a page shows this once.
fn address_on(page: &Answer) -> String {
    let value = page.text.split("id=\"feed-address\"").nth(1).and_then(|rest| rest.split("value=\"").nth(1));
    let address = value.and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("no address: {page:?}"));
    path_of(address)
}

/// The lines of a file, put together where they were folded.
fn unfolded(text: &str) -> String {
    text.replace("\r\n ", "")
}

/// The free starts of the massage between two instants.
async fn starts(site: &Site, from: &str, to: &str) -> Vec<String> {
    let path = format!("/api/v1/orgs/alpha/calendar/services/{MASSAGE}/slots?from={from}&to={to}");
    let answer = site.get(&path).await.json();
    let starts = answer["starts"].as_array().unwrap_or_else(|| panic!("no starts: {answer}"));
    starts.iter().map(|start| start.as_str().expect("a start").to_owned()).collect()
}

on_both! {
    /// The address gives what somebody has to do, as a calendar, and says nobody's name unless that was chosen.
    async fn a_calendar_is_shared_at_a_secret_address(site: Site) {
        let owner = site.log_in("alpha").await;
        let person = masseur(&site, &owner).await;
        let slots = site.slots("alpha", MASSAGE).await;
        let made = site.book("alpha", "in-a-feed-01", &booking(MASSAGE, &slots[2])).await.json();
        let id = made["id"].as_str().expect("an id").to_owned();
        let path = share(&site, &owner, &person, false).await;
        let read = site.get(&path).await;
        assert_eq!(read.status, StatusCode::OK, "{read:?}");
        let header = |name: &str| read.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        assert_eq!(header("content-type"), "text/calendar; charset=utf-8");
        assert_eq!(header("cache-control"), "private, no-cache");
        assert_eq!((header("referrer-policy").as_str(), header("x-robots-tag").as_str()), ("no-referrer", "noindex, nofollow"));
        let text = unfolded(&read.text);
        for part in [
            "X-WR-CALNAME:Mei-Lin Chua – Alpha Clinic", "REFRESH-INTERVAL;VALUE=DURATION:PT15M", "METHOD:PUBLISH",
            &format!("UID:{id}.{person}@localhost:3000"), "SUMMARY:Sports and remedial massage", "SEQUENCE:0", "CLASS:PRIVATE",
            &format!("{ORIGIN}/app/alpha/calendar?view=day&date="),
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("Casey") && !text.contains("casey@example.com"), "{text}");

        // The same again is no news; a change is.
        let known = async |tag: &str| site.send(Request::get(&path).header("if-none-match", tag).body(Body::empty()).expect("a request")).await;
        let tag = header("etag");
        site.set_clock("2026-11-22T22:05:00Z");
        let same = known(&tag).await;
        assert_eq!((same.status, same.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
        let body = json!({ "staff": person, "start": slots[8], "end": (slots[8].parse::<Timestamp>().expect("a start") + SignedDuration::from_hours(1)).to_string(), "title": "Zanzibar dentist" });
        assert_eq!(post(&site, &owner, "/api/v1/orgs/alpha/calendar/blocks", &body).await.status, StatusCode::CREATED);
        let changed = known(&format!("W/{tag}, \"x\"")).await;
        assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
        assert!(changed.text.contains("SUMMARY:Busy") && !changed.text.contains("Zanzibar"), "{}", changed.text);

        // It was read, and its address is nowhere.
        let listed = calendars(&site, &owner, &person).await;
        assert_eq!((listed["feed"]["names"].clone(), listed["feed"]["read_at"].is_string()), (json!(false), true), "{listed}");
        let secret = path.trim_start_matches("/cal/").trim_end_matches(".ics");
        assert!(!listed.to_string().contains(secret));
        let dump = site.raw_dump().await;
        assert!(!dump.windows(secret.len()).any(|window| window == secret.as_bytes()), "it is kept hashed");

        // Another address takes its place, with names.
        let named = share(&site, &owner, &person, true).await;
        assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND, "replaced");
        let text = unfolded(&site.get(&named).await.text);
        assert!(text.contains("SUMMARY:Casey Client – Sports and remedial massage"), "{text}");
        let cancelled = post(&site, &owner, &format!("/api/v1/orgs/alpha/calendar/appointments/{id}/cancel"), &json!({ "version": 1 })).await;
        assert_eq!(cancelled.status, StatusCode::NO_CONTENT, "{cancelled:?}");
        assert!(!site.get(&named).await.text.contains(&id), "what is cancelled drops out");

        // Ended, it is as if it had never been.
        let ended = site.json(Method::DELETE, Some(&owner), &format!("{STAFF}/{person}/feed"), &json!({})).await;
        assert_eq!(ended.status, StatusCode::NO_CONTENT, "{ended:?}");
        let again = site.json(Method::DELETE, Some(&owner), &format!("{STAFF}/{person}/feed"), &json!({})).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
        let gone = site.get(&named).await;
        for other in ["/cal/feed_nothing.ics", "/cal/nothing", &format!("/cal/feed_{}.ics", "A".repeat(43))] {
            let answer = site.get(other).await;
            assert_eq!((answer.status, answer.headers.get("content-type")), (StatusCode::NOT_FOUND, gone.headers.get("content-type")), "{other}");
        }
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("shared the calendar of Mei-Lin Chua") && log.contains("ended the sharing of Mei-Lin Chua’s calendar"), "{log}");
    }

    /// Whoever sets the calendar up may share anybody's; they themselves their own; nobody else any. And it ends with whoever made it.
    async fn a_calendar_is_shared_by_whom_it_concerns(site: Site) {
        let owner = site.log_in("alpha").await;
        let person = masseur(&site, &owner).await;
        let (user, own) = site.join(site.alpha, "mei-lin@example.com", Role::Member).await;
        let (_, another) = site.join(site.alpha, "other@example.com", Role::Member).await;
        let beta = site.log_in("beta").await;
        let feed = format!("{STAFF}/{person}/feed");
        for (cookie, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&another), StatusCode::FORBIDDEN), (Some(&beta), StatusCode::NOT_FOUND)] {
            let cookie = cookie.map(String::as_str);
            assert_eq!(site.json(Method::POST, cookie, &feed, &json!({})).await.status, status);
            assert_eq!(site.json(Method::DELETE, cookie, &feed, &json!({})).await.status, status);
        }
        let theirs = feed.replace("alpha", "beta");
        assert_eq!(post(&site, &beta, &theirs, &json!({})).await.status, StatusCode::NOT_FOUND, "a person of another organisation");

        // They themselves, once somebody has said who they are.
        let mine = "/app/alpha/calendar/mine";
        let fields = [("org", "alpha"), ("id", person.as_str()), ("names", "true")];
        let make = async |cookie: &str| site.form(Some(cookie), "/fn/calendar/elsewhere/make-feed", mine, &fields).await;
        assert_eq!(make(&own).await.status, StatusCode::FORBIDDEN);
        assert!(site.get_as(&own, mine).await.text.contains("This is for whoever can be booked."));
        let settings = format!("/app/alpha/calendar/staff/{person}/calendars");
        let say = async |cookie: &str, member: &str| {
            site.form(Some(cookie), "/fn/calendar/elsewhere/set-member", &settings, &[("org", "alpha"), ("id", &person), ("member", member)]).await
        };
        assert_eq!(say(&own, &user.to_string()).await.status, StatusCode::FORBIDDEN);
        assert_eq!(say(&owner, &uuid::Uuid::nil().to_string()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let said = say(&owner, &user.to_string()).await;
        assert!(said.status == StatusCode::FOUND && said.location().ends_with("/calendars?member=1"), "{said:?}");
        assert_eq!(make(&another).await.status, StatusCode::FORBIDDEN);
        let shown = make(&own).await;
        assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
        let path = address_on(&shown);
        assert!(!site.get_as(&own, mine).await.text.contains(&path), "it is shown once");
        assert_eq!(site.get(&path).await.status, StatusCode::OK);

        // It shows what they may see: nothing, once they aren't that person.
        assert_eq!(say(&owner, "").await.status, StatusCode::FOUND);
        assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(say(&owner, &user.to_string()).await.status, StatusCode::FOUND);
        assert_eq!(site.get(&path).await.status, StatusCode::OK);
        let revoke = [("org", "alpha"), ("id", person.as_str()), ("mine", "true")];
        let ended = site.form(Some(&own), "/fn/calendar/elsewhere/revoke-feed", mine, &revoke).await;
        assert!(ended.status == StatusCode::FOUND && ended.location().ends_with("/calendar/mine?revoked=1"), "{ended:?}");
        assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND);
    }

    /// Nothing is told of an organisation that is suspended.
    async fn a_suspended_organisation_shares_nothing(site: Site) {
        let owner = site.log_in("alpha").await;
        let person = masseur(&site, &owner).await;
        let path = share(&site, &owner, &person, false).await;
        let now = site.platform.clock.now();
        site.agree(site.alpha, &Terms { suspended_at: Some(now), billing_state: BillingState::Active.as_str().to_owned(), ..Terms::custom(now) }).await;
        let read = site.get(&path).await;
        assert_eq!(read.status, StatusCode::NOT_FOUND, "{read:?}");
        assert!(!read.text.contains("Alpha"), "{read:?}");
        site.agree(site.alpha, &Terms::custom(now)).await;
        assert_eq!(site.get(&path).await.status, StatusCode::OK);
    }

    /// One address isn't read without end, whoever asks.
    async fn an_address_is_read_so_often(site: Site) {
        let owner = site.log_in("alpha").await;
        let person = masseur(&site, &owner).await;
        let path = share(&site, &owner, &person, false).await;
        let mut last = StatusCode::OK;
        for _ in 0..40 {
            last = site.get(&path).await.status;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(site.get("/cal/feed_another.ics").await.status, StatusCode::NOT_FOUND, "others are");
    }

    /// A series elsewhere takes its times away from what can be booked, but for the one that is left out of it.
    async fn a_series_elsewhere_is_busy_here(site: Site) {
        reaches_this_machine(&site);
        let owner = site.log_in("alpha").await;
        let person = masseur(&site, &owner).await;
        set_up(&site, MASSAGE, |service| service["window_days"] = json!(60)).await;
        let slots = site.slots("alpha", MASSAGE).await;
        let weeks = |start: &str, weeks: i64| (sydney(start).checked_add(weeks.weeks()).expect("a later week")).timestamp().to_string();
        let first = slots.iter().skip(8).find(|start| slots.contains(&weeks(start, 1)) && slots.contains(&weeks(start, 2)));
        let first = first.expect("a time that is free for three weeks").clone();
        let local = sydney(&first).strftime("%Y%m%dT%H%M%S").to_string();
        let left_out = sydney(&weeks(&first, 1)).strftime("%Y%m%dT%H%M%S").to_string();
        let series = calendar(&format!(
            "DTSTART;TZID=Australia/Sydney:{local}\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=Australia/Sydney:{left_out}"
        ));
        let (_other, address) = Other::start(&series).await;
        let id = connect(&site, &owner, &person, &address).await;
        let after = site.slots("alpha", MASSAGE).await;
        assert!(!after.contains(&first) && after.contains(&weeks(&first, 1)) && !after.contains(&weeks(&first, 2)), "{first}");
        let refused = site.book("alpha", "busy-elsewhere", &booking(MASSAGE, &first)).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");

        // Its address and what things are called there are nowhere.
        let listed = calendars(&site, &owner, &person).await;
        assert_eq!((listed["busy"][0]["name"].clone(), listed["busy"][0]["host"].clone()), (json!("Private"), json!("127.0.0.1")), "{listed}");
        let page = site.get_as(&owner, &format!("/app/alpha/calendar/staff/{person}/calendars")).await;
        assert!(page.status == StatusCode::OK && page.text.contains("Read just now"), "{page:?}");
        let dump = site.raw_dump().await;
        for text in [listed.to_string().into_bytes(), page.text.into_bytes(), dump] {
            let has = |word: &[u8]| text.windows(word.len()).any(|window| window == word);
            assert!(!has(b"zanzibar-secret") && !has(b"Zanzibar surgery"));
        }

        // Removed, nothing of it counts.
        let beta = site.log_in("beta").await;
        for (cookie, org, status) in [(&beta, "alpha", StatusCode::NOT_FOUND), (&beta, "beta", StatusCode::NOT_FOUND), (&owner, "alpha", StatusCode::NO_CONTENT), (&owner, "alpha", StatusCode::NOT_FOUND)] {
            let path = format!("{BUSY}/{id}").replace("alpha", org);
            assert_eq!(site.json(Method::DELETE, Some(cookie), &path, &json!({})).await.status, status, "{org}");
        }
        assert!(site.slots("alpha", MASSAGE).await.contains(&first));
    }

    /// Ten in the morning is ten in the morning, before the clocks change and after.
    async fn a_series_keeps_to_its_clock(site: Site) {
        reaches_this_machine(&site);
        let owner = site.log_in("alpha").await;
        let person = masseur(&site, &owner).await;
        set_up(&site, MASSAGE, |service| service["window_days"] = json!(365)).await;
        // Sydney's clocks go back on Sunday 4 April 2027.
        let (before, after) = (("2027-03-28T13:00:00Z", "2027-04-03T13:00:00Z"), ("2027-04-04T14:00:00Z", "2027-04-10T14:00:00Z"));
        let free = starts(&site, before.0, before.1).await;
        let later = starts(&site, after.0, after.1).await;
        let in_a_week = |start: &String| sydney(start).checked_add(1.week()).expect("a week later").timestamp().to_string();
        let first = free.iter().find(|start| later.contains(&in_a_week(start))).expect("a time that is free in both weeks").clone();
        let second = in_a_week(&first);
        let apart = second.parse::<Timestamp>().expect("a start").duration_since(first.parse().expect("a start"));
        assert_eq!(apart, SignedDuration::from_hours(7 * 24 + 1), "the clocks change in between");
        let local = sydney(&first).strftime("%Y%m%dT%H%M%S").to_string();
        let (_other, address) =
            Other::start(&calendar(&format!("DTSTART;TZID=Australia/Sydney:{local}\nDURATION:PT30M\nRRULE:FREQ=WEEKLY;COUNT=2"))).await;
        connect(&site, &owner, &person, &address).await;
        assert!(!starts(&site, before.0, before.1).await.contains(&first));
        assert!(!starts(&site, after.0, after.1).await.contains(&second));
    }

    /// What can't be read now keeps what was read before; after two weeks it isn't tried any more, and can be again.
    async fn a_calendar_that_fails_keeps_what_it_said(site: Site) {
        reaches_this_machine(&site);
        let owner = site.log_in("alpha").await;
        let person = masseur(&site, &owner).await;
        set_up(&site, MASSAGE, |service| service["window_days"] = json!(60)).await;
        let start = site.slots("alpha", MASSAGE).await.into_iter().rfind(|start| start.as_str() > "2026-12-14").expect("a late time");
        let (other, address) = Other::start(&hour_at(&start)).await;
        let id = connect(&site, &owner, &person, &address).await;
        assert!(!site.slots("alpha", MASSAGE).await.contains(&start));
        elsewhere::read_due(&site.platform).await.expect("nothing is due");
        assert_eq!(other.asked(), 1);

        site.set_clock("2026-11-22T22:20:00Z");
        elsewhere::read_due(&site.platform).await.expect("a run");
        let asked = other.asked.lock().expect("who asked").last().cloned().expect("it was asked");
        assert!(asked.contains_key(header::IF_NONE_MATCH), "{asked:?}");
        assert!(!site.slots("alpha", MASSAGE).await.contains(&start), "unchanged, it holds");

        other.say(500, "");
        site.set_clock("2026-11-22T22:40:00Z");
        elsewhere::read_due(&site.platform).await.expect("a run");
        let owner = site.log_in("alpha").await;
        let told = calendars(&site, &owner, &person).await["busy"][0].clone();
        assert!(told["problem"].as_str().is_some_and(|words| words.contains("has trouble")) && told["stopped"] == false, "{told}");
        assert!(!site.slots("alpha", MASSAGE).await.contains(&start));
        let so_far = other.asked();
        site.set_clock("2026-11-22T22:58:00Z");
        elsewhere::read_due(&site.platform).await.expect("a run");
        assert_eq!(other.asked(), so_far, "it is left alone for longer");

        // Half a calendar, or a page to log in on, is no calendar without events.
        let half = hour_at("2026-12-20T22:00:00Z").replace("END:VCALENDAR\r\n", "");
        for (body, at) in [(half.as_str(), "2026-11-23T06:00:00Z"), ("<!doctype html><title>Log in</title>", "2026-11-23T18:00:00Z")] {
            other.say(200, body);
            site.set_clock(at);
            elsewhere::read_due(&site.platform).await.expect("a run");
            let owner = site.log_in("alpha").await;
            let told = calendars(&site, &owner, &person).await["busy"][0].clone();
            assert!(told["problem"].is_string(), "{told}");
            assert!(!site.slots("alpha", MASSAGE).await.contains(&start), "{body}");
        }

        site.set_clock("2026-12-08T22:00:00Z");
        elsewhere::read_due(&site.platform).await.expect("a run");
        let owner = site.log_in("alpha").await;
        assert_eq!(calendars(&site, &owner, &person).await["busy"][0]["stopped"], true);
        assert!(!site.slots("alpha", MASSAGE).await.contains(&start));
        let so_far = other.asked();
        site.set_clock("2026-12-10T22:00:00Z");
        elsewhere::read_due(&site.platform).await.expect("a run");
        assert_eq!(other.asked(), so_far, "it isn't tried any more");

        // Mended and read again, it counts as it is now.
        let owner = site.log_in("alpha").await;
        let path = format!("{BUSY}/{id}/read");
        let still = post(&site, &owner, &path, &json!({})).await;
        assert_eq!((still.status, still.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["address".to_owned()]), "{still:?}");
        assert_eq!(post(&site, &owner, &path, &json!({})).await.status, StatusCode::TOO_MANY_REQUESTS);
        other.say(200, &hour_at("2026-12-20T22:00:00Z"));
        site.set_clock("2026-12-10T22:02:00Z");
        let read = post(&site, &owner, &path, &json!({})).await;
        assert_eq!(read.status, StatusCode::NO_CONTENT, "{read:?}");
        let told = calendars(&site, &owner, &person).await["busy"][0].clone();
        assert!(told["problem"].is_null() && told["stopped"] == false, "{told}");
        assert!(site.slots("alpha", MASSAGE).await.contains(&start));
        let beta = site.log_in("beta").await;
        assert_eq!(post(&site, &beta, &path, &json!({})).await.status, StatusCode::NOT_FOUND);
    }

    /// Two servers that look for what is due at once read it once.
    async fn two_at_once_read_a_calendar_once(site: Site) {
        reaches_this_machine(&site);
        let owner = site.log_in("alpha").await;
        let person = masseur(&site, &owner).await;
        let slots = site.slots("alpha", MASSAGE).await;
        let (other, address) = Other::start(&hour_at(&slots[8])).await;
        connect(&site, &owner, &person, &address).await;
        other.say(200, &hour_at(slots.last().expect("a last one")));
        site.set_clock("2026-11-22T22:20:00Z");
        let another = if site.platform.db.is_postgres() {
            let another = site.another_process().await;
            reaches_this_machine(&another);
            another.set_clock("2026-11-22T22:20:00Z");
            another.platform
        } else {
            site.platform.clone()
        };
        let (one, two) = tokio::join!(elsewhere::read_due(&site.platform), elsewhere::read_due(&another));
        one.expect("a run");
        two.expect("a run");
        assert_eq!(other.asked(), 2, "when it was connected, and once now");
        let after = site.slots("alpha", MASSAGE).await;
        assert!(after.contains(&slots[8]) && !after.contains(slots.last().expect("a last one")));
    }

    /// What we told a calendar of isn't busy when it comes back from there.
    async fn our_own_appointments_do_not_come_back(site: Site) {
        reaches_this_machine(&site);
        let owner = site.log_in("alpha").await;
        let person = masseur(&site, &owner).await;
        let start = site.slots("alpha", MASSAGE).await[6].clone();
        let made = site.book("alpha", "comes-back-01", &booking(MASSAGE, &start)).await.json();
        let path = share(&site, &owner, &person, true).await;
        let feed = site.get(&path).await.text;
        assert!(feed.contains("BEGIN:VEVENT"), "{feed}");
        let id = made["id"].as_str().expect("an id");
        let cancelled = post(&site, &owner, &format!("/api/v1/orgs/alpha/calendar/appointments/{id}/cancel"), &json!({ "version": 1 })).await;
        assert_eq!(cancelled.status, StatusCode::NO_CONTENT);
        let (_other, address) = Other::start(&feed).await;
        connect(&site, &owner, &person, &address).await;
        assert!(site.slots("alpha", MASSAGE).await.contains(&start), "it was cancelled here");
        assert!(appointments(&site).await.iter().any(|one| one["id"] == made["id"]), "and is in nobody's way");
    }

    /// What is wrong with an address is told at its field, in words, and nothing is kept.
    async fn an_address_that_is_no_calendar_is_refused(site: Site) {
        reaches_this_machine(&site);
        let owner = site.log_in("alpha").await;
        let person = masseur(&site, &owner).await;
        let path = format!("{STAFF}/{person}/calendars");
        let (other, address) = Other::start("<!doctype html><title>Log in</title>").await;
        let add = async |address: &str| post(&site, &owner, &path, &json!({ "address": address })).await;
        let page = add(&address).await;
        assert_eq!((page.status, page.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["address".to_owned()]), "{page:?}");
        assert!(page.text.contains("answers with a web page, not a calendar"), "{page:?}");
        let own = format!("{ORIGIN}/cal/feed_x.ics");
        for (status, body, address) in [
            (404, "", address.as_str()), (403, "", address.as_str()), (200, "{}", address.as_str()), (200, "", ""), (200, "", "tomorrow"), (200, "", "ftp://example.com/x.ics"),
            (200, "", "https://user:password@example.com/x.ics"), (200, "", "https://10.0.0.1/x.ics"), (200, "", "https://169.254.169.254/latest"), (200, "", own.as_str()),
            (200, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", address.as_str()),
        ] {
            other.say(status, body);
            let refused = add(address).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["address".to_owned()]), "{address}: {refused:?}");
        }
        let long = post(&site, &owner, &path, &json!({ "name": "x".repeat(101), "address": address })).await;
        assert_eq!(long.fields(), ["name"]);
        assert_eq!(calendars(&site, &owner, &person).await["busy"], json!([]));

        // Five, each once; and the form keeps what was typed.
        other.say(200, &hour_at("2026-12-20T22:00:00Z"));
        let same = connect(&site, &owner, &person, &address).await;
        assert_eq!(add(&address).await.fields(), ["address"], "they have it already");
        for number in 2..=5 {
            connect(&site, &owner, &person, &format!("{address}?{number}")).await;
        }
        assert_eq!(add(&format!("{address}?6")).await.status, StatusCode::CONFLICT);
        let at = format!("/app/alpha/calendar/staff/{person}/calendars");
        let remove = [("org", "alpha"), ("id", person.as_str()), ("calendar", same.as_str())];
        let removed = site.form(Some(&owner), "/fn/calendar/elsewhere/remove", &at, &remove).await;
        assert!(removed.status == StatusCode::FOUND && removed.location().ends_with("/calendars?removed=1"), "{removed:?}");
        let fields = [("org", "alpha"), ("id", person.as_str()), ("name", "Swimming"), ("address", "http://10.0.0.1/typed.ics")];
        let refused = site.form(Some(&owner), "/fn/calendar/elsewhere/add", &at, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
        assert!(refused.text.contains("http://10.0.0.1/typed.ics") && refused.text.contains("Swimming"), "{refused:?}");
        let fields = [("org", "alpha"), ("id", person.as_str()), ("name", ""), ("address", address.as_str())];
        let added = site.form(Some(&owner), "/fn/calendar/elsewhere/add", &at, &fields).await;
        assert!(added.status == StatusCode::FOUND && added.location().ends_with("/calendars?added=1"), "{added:?}");
        let listed = calendars(&site, &owner, &person).await;
        let names: Vec<&Value> = listed["busy"].as_array().expect("calendars").iter().map(|one| &one["name"]).collect();
        assert!(names.len() == 5 && names.contains(&&json!("127.0.0.1")), "its server's name: {listed}");

        let (_, member) = site.join(site.alpha, "other@example.com", Role::Member).await;
        let beta = site.log_in("beta").await;
        for (cookie, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&member), StatusCode::FORBIDDEN), (Some(&beta), StatusCode::NOT_FOUND)] {
            let asked = other.asked();
            let refused = site.json(Method::POST, cookie.map(String::as_str), &path, &json!({ "address": format!("{address}?7") })).await;
            assert_eq!((refused.status, other.asked()), (status, asked), "nobody is asked for them: {refused:?}");
        }
    }

    /// Without its being allowed for a test, no address in one's own network is asked for anything.
    async fn this_machine_is_not_asked(site: Site) {
        let owner = site.log_in("alpha").await;
        let person = masseur(&site, &owner).await;
        let (other, address) = Other::start(&hour_at("2026-12-20T22:00:00Z")).await;
        for address in [address.clone(), address.replace("http:", "https:"), address.replace("http:", "webcal:")] {
            let refused = post(&site, &owner, &format!("{STAFF}/{person}/calendars"), &json!({ "address": address })).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["address".to_owned()]), "{refused:?}");
        }
        assert_eq!(other.asked(), 0);
    }

    /// Forms of other sites do nothing.
    async fn forms_from_elsewhere_are_refused(site: Site) {
        let owner = site.log_in("alpha").await;
        let person = masseur(&site, &owner).await;
        let request = Request::post("/fn/calendar/elsewhere/make-feed")
            .header(header::COOKIE, &owner)
            .header("sec-fetch-site", "cross-site")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(forgery::HEADER, site.forgery_token(&owner).await)
            .body(Body::from(format!("org=alpha&id={person}")));
        let refused = site.send_as_it_is(request.expect("a request")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
        assert!(calendars(&site, &owner, &person).await["feed"].is_null());
    }
}
