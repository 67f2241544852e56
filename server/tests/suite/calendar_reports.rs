//! The reports: each number against a plain count of the same appointments, on the page, in the API and in the files; for whom they are,
//! and for nobody else.

use std::collections::{BTreeMap, HashMap, HashSet};

use app::{
    clock::Instant,
    crypto::Place,
    db::Access,
    module::Module as _,
    modules::calendar::{
        MODULE,
        client::{self, Details},
        ids::{AppointmentId, ServiceId, StaffId},
        permissions,
        store::{self, NewAppointment, Span},
        wire::Status,
    },
    org::{Actor, OrgRef, OrgTx, Role},
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::date, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    on_both,
    races::set_up,
    support::{NOW, Site, booking},
};

const PAGE: &str = "/app/alpha/calendar/reports";
const FILE: &str = "/app/alpha/calendar/reports.csv";
const API: &str = "/api/v1/orgs/alpha/calendar/reports";
/// The clocks go forward in it, on 4 October.
const TWO_MONTHS: &str = "period=custom&from=2026-09-01&to=2026-10-31";

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).expect("31 bits") % most
    }
}

/// An appointment that the test made.
#[derive(Debug, Clone)]
struct Made {
    service: ServiceId,
    staff: StaffId,
    start: Timestamp,
    end: Timestamp,
    booked: Timestamp,
    cents: i64,
    outcome: &'static str,
    source: &'static str,
    client: String,
}

impl Made {
    fn stands(&self) -> bool {
        ["booked", "no_show"].contains(&self.outcome)
    }
}

fn sydney() -> TimeZone {
    TimeZone::get("Australia/Sydney").expect("a zone")
}

/// Four months of appointments, none of which overlaps another of the same person: some over midnight, one while the clocks change.
async fn fill(site: &Site) -> Vec<Made> {
    let mut dice = Dice(11);
    let mut all = Vec::new();
    let actor = Actor::System("a test");
    let open = async |site: &Site| {
        OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::SET_UP, Access::Write)
            .await
            .expect("it opens")
    };
    let mut tx = open(site).await;
    let (staff, services) =
        (store::staff(&mut tx).await.expect("staff"), store::services(&mut tx).await.expect("services"));
    tx.rollback().await.expect("an end");
    for (nth, person) in (0_i64..).zip(&staff) {
        let mut at = date(2026, 7, 2).at(6, 0, 0, 0).to_zoned(sydney()).expect("a time").timestamp();
        let last = date(2026, 10, 31).at(20, 0, 0, 0).to_zoned(sydney()).expect("a time").timestamp();
        if nth == 0 {
            // Two in the morning of the day on which there is no such time, and then over midnight.
            at = date(2026, 10, 4).at(1, 30, 0, 0).to_zoned(sydney()).expect("a time").timestamp();
        }
        while at < last {
            let minutes = 15 * (1 + dice.below(6));
            let start = at;
            let end = start + SignedDuration::from_mins(minutes);
            let booked = start - SignedDuration::from_mins(dice.below(30 * 24 * 60));
            let service = &services[usize::try_from(dice.below(3)).expect("a place")];
            let outcome = ["booked", "booked", "booked", "booked", "no_show", "cancelled", "cancelled_late"]
                [usize::try_from(dice.below(7)).expect("a place")];
            let source = ["online", "staff", "walk_in", "api", "waitlist", "import"]
                [usize::try_from(dice.below(6)).expect("a place")];
            let client = format!("client{}@example.com", dice.below(60));
            all.push(Made {
                service: service.id,
                staff: person.id,
                start,
                end,
                booked,
                cents: dice.below(30_000),
                outcome,
                source,
                client,
            });
            at = end + SignedDuration::from_mins(15 * (1 + dice.below(60)));
        }
    }
    for made in &all {
        site.platform.clock.set(made.booked);
        let mut tx = open(site).await;
        let keys = tx.keys().await.expect("keys");
        let details = Details {
            name: "=Kim Client".to_owned(),
            email: made.client.clone(),
            phone: String::new(),
            notes: String::new(),
        };
        let client =
            client::find_or_add(&mut tx, &keys, &details, false, client::Teller::Business).await.expect("a client");
        let id = AppointmentId::new(tx.now());
        let place = |column| Place { table: "calendar_appointments", column, row: id.0 };
        let (starts_at, ends_at) = (Instant::from_timestamp(made.start), Instant::from_timestamp(made.end));
        let new = NewAppointment {
            id,
            service: services.iter().find(|one| one.id == made.service).expect("a service"),
            staff: made.staff,
            span: Span { starts_at, ends_at, blocks_from: starts_at, blocks_until: ends_at },
            session: None,
            series: None,
            client: Some(client),
            seats: 1,
            unconfirmed_until: None,
            source: made.source,
            location: "",
            client_name: keys.seal(place("client_name"), &details.name),
            client_email: keys.seal(place("client_email"), &details.email),
            client_phone: keys.seal(place("client_phone"), ""),
            client_indexes: client::indexes(&keys, &details),
            notes: keys.seal(place("notes"), ""),
            place: None,
            answers: None,
            client_zone: "Australia/Sydney",
            price_cents: made.cents,
        };
        store::insert_appointment(&mut tx, new).await.expect("it is stored");
        let (status, ending) = match made.outcome {
            "no_show" => (Status::NoShow, ""),
            "cancelled" => (Status::Cancelled, "business"),
            "cancelled_late" => (Status::Cancelled, "client_late"),
            _ => (Status::Booked, ""),
        };
        if status != Status::Booked {
            store::set_status(&mut tx, id, 1, Status::Booked, status, ending).await.expect("its end");
        }
        tx.commit().await.expect("a commit");
    }
    site.set_clock(NOW);
    all
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("no number: {value}"))
}

/// How many of them, by outcome.
fn outcomes<'m>(all: impl Iterator<Item = &'m Made>) -> BTreeMap<&'static str, i64> {
    let mut counts: BTreeMap<_, _> =
        ["booked", "no_show", "cancelled", "cancelled_late"].into_iter().map(|name| (name, 0)).collect();
    for made in all {
        *counts.entry(made.outcome).or_default() += 1;
    }
    counts
}

fn check_outcomes(line: &Value, expected: &BTreeMap<&'static str, i64>, about: &str) {
    for (name, count) in expected {
        assert_eq!(number(&line[name]), *count, "{about}: {name}: {line}");
    }
}

/// When each of the demo's people works, minute by minute: weekly hours, but for the days that the test changes.
fn works(person: usize, at: Timestamp, off: impl Fn(jiff::civil::Date, i64) -> bool) -> bool {
    let there = at.to_zoned(sydney());
    let minute = i64::from(there.hour()) * 60 + i64::from(there.minute());
    let weekday = there.weekday().to_monday_one_offset();
    let windows: &[(i64, i64)] = match (person, weekday) {
        (2, 1..=5) => &[(600, 1140)],
        (_, 1..=5) => &[(480, 750), (810, 1050)],
        (0, 6) => &[(540, 720)],
        _ => &[],
    };
    windows.iter().any(|(from, until)| (*from..*until).contains(&minute)) && !off(there.date(), minute)
}

fn rounded(part: i64, whole: i64) -> Value {
    if whole == 0 { Value::Null } else { json!((part * 2000 + whole) / (whole * 2)) }
}

on_both! {
    /// Every number is what a plain count gives: of all, of one person, of one service; over the change of the clocks and over midnight.
    async fn numbers_are_what_a_plain_count_gives(site: Site) {
        let all = fill(&site).await;
        let owner = site.log_in("alpha").await;
        let staff = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/staff").await.json();
        let ids: Vec<StaffId> = staff.as_array().expect("staff").iter().map(|one| one["id"].as_str().expect("an id").parse().expect("an id")).collect();
        let put = async |path: String, body: Value| {
            let done = site.json(Method::PUT, Some(&owner), &path, &body).await;
            assert_eq!(done.status, StatusCode::NO_CONTENT, "{path}: {done:?}");
        };
        // One is off on the 15th, all are from noon on the 11th and all day on the 10th of September.
        put(format!("/api/v1/orgs/alpha/calendar/staff/{}/dates/2026-09-15", ids[1]), json!({ "windows": [] })).await;
        put("/api/v1/orgs/alpha/calendar/holidays/2026-09-10".to_owned(), json!({ "name": "Stocktake", "closed_from": 0, "closed_until": 1440 })).await;
        put("/api/v1/orgs/alpha/calendar/holidays/2026-09-11".to_owned(), json!({ "name": "Lunch", "closed_from": 720, "closed_until": 1440 })).await;
        let away = |person: usize, day: jiff::civil::Date, minute: i64| {
            day == date(2026, 9, 10) || (day == date(2026, 9, 11) && minute >= 720) || (person == 1 && day == date(2026, 9, 15))
        };
        let (from, after) = (date(2026, 9, 1), date(2026, 11, 1));
        let local = |at: Timestamp| at.to_zoned(sydney());
        let within = |made: &&Made| (from..after).contains(&local(made.start).date());
        let service = all[0].service;
        let narrowed: [(String, Option<StaffId>, Option<ServiceId>); 3] = [
            (String::new(), None, None),
            (format!("&staff={}", ids[2]), Some(ids[2]), None),
            (format!("&service={service}"), None, Some(service)),
        ];
        for (query, only_staff, only_service) in narrowed {
            let mine = |made: &&Made| only_staff.is_none_or(|id| id == made.staff) && only_service.is_none_or(|id| id == made.service);
            let now: Vec<&Made> = all.iter().filter(within).filter(mine).collect();
            let then: Vec<&Made> = all.iter().filter(|made| !within(made)).filter(mine).collect();
            assert!(now.len() > 50, "{}", now.len());
            let answer = site.get_as(&owner, &format!("{API}?{TWO_MONTHS}{query}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            let report = answer.json();
            assert_eq!((report["from"].as_str(), report["to"].as_str()), (Some("2026-09-01"), Some("2026-10-31")));
            assert_eq!((report["before_from"].as_str(), report["before_to"].as_str()), (Some("2026-07-02"), Some("2026-08-31")));
            for (totals, of) in [(&report["totals"], &now), (&report["before"], &then)] {
                let standing: Vec<&&Made> = of.iter().filter(|made| made.stands()).collect();
                let counts = outcomes(of.iter().copied());
                assert_eq!(number(&totals["bookings"]), counts["booked"] + counts["no_show"], "{query}");
                assert_eq!(number(&totals["no_shows"]), counts["no_show"]);
                assert_eq!(number(&totals["cancelled"]), counts["cancelled"] + counts["cancelled_late"]);
                assert_eq!(number(&totals["cancelled_late"]), counts["cancelled_late"]);
                assert_eq!(totals["no_show_permille"], rounded(counts["no_show"], counts["booked"] + counts["no_show"]));
                let minutes: i64 = standing.iter().map(|made| made.end.duration_since(made.start).as_mins()).sum();
                assert_eq!(number(&totals["minutes"]), minutes);
                let cents: i64 = standing.iter().map(|made| made.cents).sum();
                let revenue = if standing.is_empty() { json!([]) } else { json!([{ "currency": "AUD", "cents": cents }]) };
                assert_eq!(totals["revenue"], revenue);
                let mut leads: Vec<i64> = standing
                    .iter()
                    .filter(|made| made.source != "import")
                    .map(|made| made.start.duration_since(made.booked).as_mins())
                    .collect();
                leads.sort_unstable();
                let quarter = |n: usize| leads.get((leads.len().max(1) - 1) * n / 4).copied();
                match quarter(2) {
                    None => assert_eq!(totals["lead"], Value::Null),
                    Some(median) => {
                        let expected = json!({ "lower": quarter(1), "median": median, "upper": quarter(3) });
                        assert_eq!(totals["lead"], expected, "{query}");
                    }
                }
            }
            // New ones had nothing before, with whomever.
            let clients: HashSet<&str> = now.iter().filter(|made| made.stands()).map(|made| made.client.as_str()).collect();
            let earlier: HashSet<&str> =
                all.iter().filter(|made| made.stands() && local(made.start).date() < from).map(|made| made.client.as_str()).collect();
            let returning = i64::try_from(clients.intersection(&earlier).count()).expect("a count");
            assert_eq!(number(&report["totals"]["clients_returning"]), returning, "{query}");
            assert_eq!(number(&report["totals"]["clients_new"]) + returning, i64::try_from(clients.len()).expect("a count"));
            // Working minutes, one by one.
            let (mut working, mut worked) = (0, 0);
            for (person, id) in ids.iter().enumerate().filter(|(_, id)| only_staff.is_none_or(|only| only == **id)) {
                let booked: Vec<&&Made> = now.iter().filter(|made| made.stands() && made.staff == *id).collect();
                let mut at = from.to_zoned(sydney()).expect("a day").timestamp();
                let end = after.to_zoned(sydney()).expect("a day").timestamp();
                while at < end {
                    if works(person, at, |day, minute| away(person, day, minute)) {
                        working += 1;
                        worked += i64::from(booked.iter().any(|made| (made.start..made.end).contains(&at)));
                    }
                    at += SignedDuration::from_mins(1);
                }
            }
            assert_eq!(number(&report["totals"]["working_minutes"]), working, "{query}");
            assert_eq!(number(&report["totals"]["worked_minutes"]), worked, "{query}");
            assert_eq!(report["totals"]["utilisation_permille"], rounded(worked, working));
            // Week by week, and together they are all.
            assert_eq!(report["by"], "week");
            let bars = report["over_time"].as_array().expect("bars");
            for bar in bars {
                let day = |name: &str| bar[name].as_str().expect("a day").parse::<jiff::civil::Date>().expect("a day");
                let (first, last) = (day("from"), day("to"));
                let of_bar = now.iter().copied().filter(|made| (first..=last).contains(&local(made.start).date()));
                check_outcomes(bar, &outcomes(of_bar), "a week");
            }
            let mut by_hour: HashMap<(i64, i64), i64> = HashMap::new();
            for made in now.iter().filter(|made| made.stands()) {
                let there = local(made.start);
                *by_hour.entry((i64::from(there.weekday().to_monday_one_offset()), i64::from(there.hour()))).or_default() += 1;
            }
            let hours = report["hours"].as_array().expect("hours");
            assert_eq!(hours.len(), by_hour.len());
            for hour in hours {
                assert_eq!(by_hour.get(&(number(&hour["weekday"]), number(&hour["hour"]))), Some(&number(&hour["bookings"])), "{hour}");
            }
            for line in report["services"].as_array().expect("services") {
                let of_line = now.iter().copied().filter(|made| line["id"] == json!(made.service));
                check_outcomes(line, &outcomes(of_line), "a service");
            }
            for line in report["staff"].as_array().expect("staff") {
                let of_line = now.iter().copied().filter(|made| line["id"] == json!(made.staff));
                check_outcomes(line, &outcomes(of_line), "a person");
            }
            for line in report["sources"].as_array().expect("sources") {
                let of_line = now.iter().copied().filter(|made| line["source"] == made.source);
                check_outcomes(line, &outcomes(of_line), "a source");
            }
        }
        // The list of all has a line for each, over several blocks or one.
        let list = site.get_as(&owner, &format!("{FILE}?table=appointments&{TWO_MONTHS}")).await;
        assert_eq!(list.text.lines().count(), all.iter().filter(within).count() + 1);
        assert!(!list.text.contains("Kim Client"), "no names where none were asked for");
    }

    /// Time off and blocked time can’t be worked: it is taken out.
    async fn time_off_is_no_working_time(site: Site) {
        let owner = site.log_in("alpha").await;
        let staff = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/staff").await.json();
        let id = staff[2]["id"].as_str().expect("an id");
        let path = format!("{API}?period=week&staff={id}");
        let minutes = async || number(&site.get_as(&owner, &path).await.json()["totals"]["working_minutes"]);
        assert_eq!(minutes().await, 5 * 540);
        // Wednesday 25 November, 10:00 to 12:00 in Sydney.
        let block = json!({ "staff": id, "start": "2026-11-24T23:00:00Z", "end": "2026-11-25T01:00:00Z", "title": "Dentist" });
        let made = site.json(Method::POST, Some(&owner), "/api/v1/orgs/alpha/calendar/blocks", &block).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        assert_eq!(minutes().await, 5 * 540 - 120);
    }

    /// The page shows the same, with a table beside each chart; nothing is shown where nothing was booked, and nonsense is said kindly.
    async fn the_page_shows_it(site: Site) {
        let owner = site.log_in("alpha").await;
        for query in ["", "?period=week", "?period=last-week", "?period=quarter", "?period=year", "?period=financial-year", "?from=2026-11-01&to=30/11/2026"] {
            let page = site.get_as(&owner, &format!("{PAGE}{query}")).await;
            assert_eq!(page.status, StatusCode::OK, "{query}: {page:?}");
            for part in ["data-tile=\"utilisation\"", "role=\"img\"", "<desc id=\"chart-time-desc\">", "By weekday and hour", "By service", "By person"] {
                assert!(page.text.contains(part), "{query}: {part}");
            }
            assert_eq!(page.text.matches("class=\"chart\"").count(), 4, "{query}");
            assert!(page.text.matches("<table").count() >= 5, "{query}");
        }
        // Days that are filled in count, unless another period is chosen.
        for (period, was, shown) in [("month", "month", "9 November 2026 – 10 November 2026"), ("month", "custom", "1 November 2026 – 30 November 2026")] {
            let page = site.get_as(&owner, &format!("{PAGE}?period={period}&was={was}&from=2026-11-09&to=2026-11-10")).await;
            assert!(page.text.contains(shown), "{shown}: {}", page.text);
        }
        let bookings = site.get_as(&owner, API).await.json()["totals"]["bookings"].clone();
        assert!(site.get_as(&owner, PAGE).await.text.contains(&format!("<dt>Bookings</dt><dd class=\"figure-value\">{bookings}</dd>")));
        let empty = site.get_as(&owner, &format!("{PAGE}?from=2021-01-01&to=2021-01-31")).await;
        assert!(empty.text.contains("Nothing booked in this time") && !empty.text.contains("class=\"chart\""), "{}", empty.text);
        for (query, field, words) in [
            ("period=century", "period", "Choose one of these periods."),
            ("period=custom", "from", "Choose the first day."),
            ("from=2026-11-10&to=soon", "to", "“soon” is no day that we know."),
            ("from=2026-11-10&to=2026-11-09", "to", "That is before the first day."),
            ("from=2020-11-10&to=2026-11-09", "to", "Choose at most two years."),
            ("from=9999-12-31&to=9999-12-31", "from", "is no day that we know."),
            ("staff=0", "staff", "That person isn’t there any more."),
            ("service=00000000-0000-0000-0000-000000000000", "service", "That service isn’t there any more."),
        ] {
            let page = site.get_as(&owner, &format!("{PAGE}?{query}")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert!(page.text.contains(words), "{query}: {}", page.text);
            let refused = site.get_as(&owner, &format!("{API}?{query}")).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert!(refused.fields().contains(&field.to_owned()), "{query}: {refused:?}");
        }
    }

    /// Owners and admins see them, members and strangers don’t; another organisation hears of nothing.
    async fn reports_are_for_those_who_manage(site: Site) {
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        let (_, admin) = site.join(site.alpha, "admin@example.com", Role::Admin).await;
        let beta = site.log_in("beta").await;
        for path in [PAGE.to_owned(), API.to_owned(), format!("{FILE}?table=time"), format!("{FILE}?table=appointments&names=1")] {
            assert_eq!(site.get_as(&admin, &path).await.status, StatusCode::OK, "{path}");
            assert_eq!(site.get_as(&member, &path).await.status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(site.get_as(&beta, &path).await.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(site.get(&path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        }
        // Somebody of another organisation can’t be asked about in one’s own.
        let owner = site.log_in("alpha").await;
        let theirs = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/staff").await.json()[0]["id"].clone();
        let path = format!("/api/v1/orgs/beta/calendar/reports?staff={}", theirs.as_str().expect("an id"));
        assert_eq!(site.get_as(&beta, &path).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    /// No cell of a file is a formula; names are in it where they were asked for, and then it is in the log, once.
    async fn files_are_safe_to_open(site: Site) {
        let owner = site.log_in("alpha").await;
        set_up(&site, "telehealth", |service| service["name"] = json!("=HYPERLINK(\"x\")")).await;
        let start = site.slots("alpha", "telehealth").await[0].clone();
        let mut body = booking("telehealth", &start);
        body["name"] = json!("@SUM(1+1)");
        assert_eq!(site.book("alpha", "a-formula", &body).await.status, StatusCode::CREATED);
        for table in ["totals", "time", "hours", "services", "staff", "sources", "appointments"] {
            let file = site.get_as(&owner, &format!("{FILE}?table={table}&names=")).await;
            assert_eq!(file.status, StatusCode::OK, "{table}: {file:?}");
            assert_eq!(file.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
            let named = format!("attachment; filename=\"alpha-{table}-2026-11-01-2026-11-30.csv\"");
            assert_eq!(file.headers[header::CONTENT_DISPOSITION].to_str().expect("text"), named);
            assert!(file.text.lines().count() > 1, "{table}");
            let formulas = file.text.lines().flat_map(|line| line.split(',')).filter(|cell| cell.starts_with(['=', '@', '+']) || cell.starts_with("\"="));
            assert_eq!(formulas.count(), 0, "{table}: {}", file.text);
            assert!(!file.text.contains("SUM(1+1)"), "{table}");
        }
        assert_eq!(site.get_as(&owner, &format!("{FILE}?table=everything")).await.fields(), ["table"]);
        let log = async || site.get_as(&owner, "/app/alpha/settings/audit").await.text.matches("clients’ details").count();
        let before = log().await;
        for _ in 0..2 {
            let with_names = site.get_as(&owner, &format!("{FILE}?table=appointments&names=1")).await;
            assert!(with_names.text.contains("'@SUM(1+1)"), "{}", with_names.text);
        }
        assert_eq!(log().await, before + 1);
        // Another site’s page can’t have it fetched.
        let request = Request::get(format!("{FILE}?table=appointments&names=1")).header(header::COOKIE, &owner).header("sec-fetch-site", "cross-site");
        assert_eq!(site.send(request.body(Body::empty()).expect("a request")).await.status, StatusCode::FORBIDDEN);
    }

    /// However much there is, it takes no more statements.
    async fn more_appointments_take_no_more_statements(site: Site) {
        let owner = site.log_in("alpha").await;
        let count = || site.platform.db.statements().expect("tests count");
        let sent = async |path: &str| {
            site.get_as(&owner, path).await;
            let before = count();
            assert_eq!(site.get_as(&owner, path).await.status, StatusCode::OK);
            count() - before
        };
        let before = sent(&format!("{API}?period=week")).await;
        for (n, start) in site.slots("alpha", "telehealth").await.iter().step_by(4).take(10).enumerate() {
            let mut body = booking("telehealth", start);
            body["email"] = json!(format!("many{n}@example.com"));
            site.book("alpha", &format!("many-of-them-{n}"), &body).await;
        }
        assert_eq!(sent(&format!("{API}?period=week")).await, before);
    }

    /// What is still free today is what is left of it: less as it goes by, and nothing in the evening.
    async fn what_is_over_today_isn_t_free(site: Site) {
        let open = async || -> i64 {
            let (actor, org) = (Actor::System("a test"), OrgRef::Id(site.alpha));
            let mut tx = OrgTx::open(&site.platform, &actor, org, &permissions::VIEW_REPORTS, Access::Read).await.expect("it opens");
            let load = MODULE.today_load(&mut tx).await.expect("the day").expect("people");
            tx.rollback().await.expect("it is let go");
            load.rows.iter().map(|row| row.open).sum()
        };
        let morning = open().await;
        site.advance(3 * 60 * 60);
        let noon = open().await;
        assert!(noon <= morning && morning > 0, "{morning}, {noon}");
        site.advance(9 * 60 * 60);
        assert_eq!(open().await, 0);
    }
}

#[test]
fn the_clocks_change_within_the_test_s_two_months() {
    let offset = |day: jiff::civil::Date| day.to_zoned(sydney()).expect("a day").offset();
    assert_ne!(offset(date(2026, 9, 1)), offset(date(2026, 9, 1).saturating_add(2.months())));
}
