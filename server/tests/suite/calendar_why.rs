//! “Why isn’t this time offered?”: the page agrees with what clients are offered, leads to the rules and to the nearest times, and says
//! kindly what it can’t make sense of.

use app::org::Role;
use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::json;

use crate::{
    on_both,
    races::set_up,
    support::{NOW, booking},
};

const PAGE: &str = "/app/alpha/calendar/why";

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

fn is_offered(page: &str) -> bool {
    match (page.contains("data-offered=\"yes\""), page.contains("data-offered=\"no\"")) {
        (yes, no) if yes != no => yes,
        _ => panic!("no answer on the page: {page}"),
    }
}

on_both! {
    /// Whatever instant is asked about, the page says what the booking page does: also of a person alone, with some times taken.
    async fn the_page_agrees_with_what_is_offered(site: Site) {
        let cookie = site.log_in("alpha").await;
        for (n, start) in site.slots("alpha", "telehealth").await.iter().step_by(7).take(6).enumerate() {
            site.book("alpha", &format!("why-taken-{n}"), &booking("telehealth", start)).await;
        }
        let mut dice = Dice(7);
        let from = NOW.parse::<Timestamp>().expect("now").as_second() - 86_400;
        let mut seen = (0, 0);
        for service in ["telehealth", "sports-massage"] {
            let offered = site.slots("alpha", service).await;
            for _ in 0..100 {
                let start = if dice.below(3) == 0 {
                    offered[usize::try_from(dice.below(offered.len() as u64)).expect("a place")].clone()
                } else {
                    let minutes = i64::try_from(dice.below(20 * 24 * 12)).expect("minutes") * 5;
                    Timestamp::from_second(from + minutes * 60).expect("an instant").to_string()
                };
                let page = site.get_as(&cookie, &format!("{PAGE}?service={service}&start={start}")).await;
                assert_eq!(page.status, StatusCode::OK, "{page:?}");
                let is = is_offered(&page.text);
                assert_eq!(is, offered.contains(&start), "{service} at {start}: {}", page.text);
                if is { seen.0 += 1 } else { seen.1 += 1 }
            }
        }
        assert!(seen.0 > 20 && seen.1 > 20, "{seen:?}");
    }

    /// Opened without a question it answers for the next time on offer; each link of the day, and the nearest, leads to an answer.
    async fn it_begins_with_the_next_time_on_offer(site: Site) {
        let cookie = site.log_in("alpha").await;
        let first = site.get_as(&cookie, PAGE).await;
        assert_eq!(first.status, StatusCode::OK, "{first:?}");
        assert!(is_offered(&first.text) && first.text.contains("Initial consultation"));
        // Sunday, nobody works: the nearest are on the days around it.
        let sunday = site.get_as(&cookie, &format!("{PAGE}?service=sports-massage&date=2026-11-29&time=10%3A00")).await;
        assert!(!is_offered(&sunday.text) && sunday.text.contains("doesn’t work on Sundays."), "{}", sunday.text);
        for which in ["before", "after"] {
            let link = sunday.text.split(&format!("data-nearest=\"{which}\"")).next().and_then(|part| part.rsplit("href=\"").next());
            let link = link.and_then(|part| part.split('"').next()).expect("a link").replace("&amp;", "&");
            let near = site.get_as(&cookie, &link).await;
            assert!(is_offered(&near.text), "{which}: {link}");
        }
        // As people type it, and the id in place of the word.
        let typed = site.get_as(&cookie, &format!("{PAGE}?service=sports-massage&date=29/11/2026&time=10+am")).await;
        assert!(typed.text.contains("doesn’t work on Sundays."));
    }

    /// The rule is a link for those who can change it, and only a sentence for the others.
    async fn only_who_may_change_a_rule_is_led_to_it(site: Site) {
        let cookie = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "desk@example.com", Role::Member).await;
        let path = format!("{PAGE}?service=sports-massage&date=2026-11-29&time=10:00");
        let owner = site.get_as(&cookie, &path).await;
        assert!(owner.text.contains("/calendar/staff/") && owner.text.contains("Change it"));
        let desk = site.get_as(&member, &path).await;
        assert_eq!(desk.status, StatusCode::OK);
        assert!(desk.text.contains("doesn’t work on Sundays.") && !desk.text.contains("Change it"));
        // A service that is hidden isn’t offered, whatever the time.
        // The search leads there whoever is at the desk.
        let search = site.get_as(&member, "/app/alpha/search?q=missing").await;
        assert!(search.text.contains(&format!("href=\"{PAGE}\"")), "{}", search.text);
        let start = site.slots("alpha", "telehealth").await[0].clone();
        set_up(&site, "telehealth", |service| service["active"] = json!(false)).await;
        let hidden = site.get_as(&cookie, &format!("{PAGE}?service=telehealth&start={start}")).await;
        assert!(!is_offered(&hidden.text) && hidden.text.contains("The service is hidden from clients."), "{}", hidden.text);
    }

    /// Somebody who doesn’t offer it isn’t a mistake of whoever asks.
    async fn somebody_who_does_not_offer_it_is_said_so(site: Site) {
        let cookie = site.log_in("alpha").await;
        let staff = site.get_as(&cookie, "/api/v1/orgs/alpha/calendar/staff").await.json();
        let priya = staff[0]["id"].as_str().expect("an id");
        let told = site.get_as(&cookie, &format!("{PAGE}?service=sports-massage&staff={priya}&date=2026-12-01&time=11:00")).await;
        assert_eq!(told.status, StatusCode::OK);
        assert!(!is_offered(&told.text) && told.text.contains("doesn’t offer “"), "{}", told.text);
        // From a person’s own page the question is about a service of theirs.
        let theirs = site.get_as(&cookie, &format!("{PAGE}?staff={priya}")).await;
        assert!(is_offered(&theirs.text), "{}", theirs.text);
        let page = site.get_as(&cookie, &format!("/app/alpha/calendar/staff/{priya}")).await;
        assert!(page.text.contains(&format!("/app/alpha/calendar/why?staff={priya}")));
    }

    /// A question that makes no sense is said at its field, with the rest as it was; nobody is shown what isn’t theirs.
    async fn nonsense_is_said_kindly(site: Site) {
        let cookie = site.log_in("alpha").await;
        for (query, words) in [
            ("service=nothing", "That service isn’t there any more."),
            ("service=%00", "That service isn’t there any more."),
            ("staff=0", "That person isn’t there any more."),
            ("date=soon", "“soon” is no day"),
            ("date=0001-01-01", "is no day that can be asked about"),
            ("date=9999-12-31", "is no day that can be asked about"),
            ("time=25:00", "Enter a time like"),
            ("start=soon", "We couldn’t read that time."),
            ("start=-009999-01-02T01:59:59Z", "We couldn’t read that time."),
        ] {
            let page = site.get_as(&cookie, &format!("{PAGE}?{query}")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert!(page.text.contains(words) && page.text.contains("aria-invalid=\"true\""), "{query}: {}", page.text);
            assert!(!page.text.contains("data-offered"), "{query}");
        }
        // The hour that the clocks leave out, and the one that comes twice.
        for (date, words) in [("2027-10-03", "no such time"), ("2027-04-04", "comes twice")] {
            let page = site.get_as(&cookie, &format!("{PAGE}?service=telehealth&date={date}&time=02:30")).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.text.contains(words), "{date}: {}", page.text);
        }
        let beta = site.log_in("beta").await;
        assert_eq!(site.get_as(&beta, PAGE).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(PAGE).await.status, StatusCode::UNAUTHORIZED);
    }

    /// Ten people more take no statement more.
    async fn people_take_no_statements(site: Site) {
        let cookie = site.log_in("alpha").await;
        let path = format!("{PAGE}?service=telehealth&date=2026-12-01&time=11:00");
        let count = || site.platform.db.statements().expect("tests count");
        let sent = async || {
            site.get_as(&cookie, &path).await;
            let before = count();
            assert_eq!(site.get_as(&cookie, &path).await.status, StatusCode::OK);
            count() - before
        };
        let few = sent().await;
        let mut ids = Vec::new();
        for n in 0..10 {
            let made = site.json(Method::POST, Some(&cookie), "/api/v1/orgs/alpha/calendar/staff", &json!({ "name": format!("Person {n}"), "active": true })).await;
            ids.extend(made.json()["id"].as_str().map(str::to_owned));
        }
        assert_eq!(ids.len(), 10);
        set_up(&site, "telehealth", |service| {
            service["staff"].as_array_mut().expect("people").extend(ids.iter().map(|id| json!(id)));
        }).await;
        let many = sent().await;
        assert_eq!(few, many, "with ten people more");
    }
}
