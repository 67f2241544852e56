//! What office screens celebrate, at most once each, and when they show what.

use std::time::Duration;

use app::{
    db::Access,
    modules::scoreboard::{
        celebrations::{self, CelebratedBody, CelebratingBody, Kind},
        contests,
        ids::{EntryId, PersonId},
        metrics, people,
        screens::{
            self,
            playlist::{Item, Playlist, Slot, When},
        },
    },
    org::Role,
    platform_sql,
};
use axum::http::{Method, Request, StatusCode};
use jiff::civil::date;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    on_both,
    scoreboard::{SYSTEM, Shop, TODAY, entry, metric_body, money, on, with},
    scoreboard_screens::{Stream, Tv, all, attribute, choose, item, items, paired},
    support::{Site, outcome},
};

const PEOPLE: &str = "board:sales:month:people";
const LATEST: &str = "latest:sales";
/// Where admins see to celebrations.
const PAGE: &str = "/app/alpha/scoreboard/celebrations";

on_both! {
    /// A result from the amount on is celebrated on every screen that listens, once, with whose it is and how much; a smaller one isn’t, nor one
    /// of before yesterday. Who comes back is told of no more than what it hasn’t shown.
    async fn a_large_result_is_celebrated_once(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        celebrate(&shop, &[("sales", 100_000)]).await;
        let ada = shop.person("Ada Ash").await;
        let (one, other) = (paired(&shop, "Sales floor").await, paired(&shop, "Workshop").await);
        let (mut first, mut second) = (one.follow(&site).await, other.follow(&site).await);
        assert_eq!((first.celebrated, second.celebrated), (0, 0));
        shop.enter("sales", ada, TODAY, 99_999).await;
        shop.enter("sales", ada, "2026-11-21", 500_000).await;
        shop.enter("sales", ada, "2026-11-22", 123_450).await;
        for stream in [&mut first, &mut second] {
            stream.until_celebrated(1).await;
            assert_eq!((&stream.celebrations[0]["number"], &stream.celebrations[0]["count"]), (&json!(1), &json!(1)));
            for words in ["Ada Ash", "$1,234.50", "sales"] {
                assert!(html(stream, 0).contains(words), "{words}: {}", html(stream, 0));
            }
        }
        shop.enter("sales", ada, TODAY, 100_000).await;
        for stream in [&mut first, &mut second] {
            stream.until_celebrated(2).await;
            assert!(html(stream, 1).contains("$1,000.00"));
        }
        drop((first, second));
        // It has shown the first alone; another has just come, or has both.
        let mut back = one.follow_after(&site, 1).await;
        back.until_celebrated(1).await;
        assert_eq!((back.celebrated, &back.celebrations[0]["number"]), (1, &json!(2)));
        let later = paired(&shop, "Kitchen").await;
        let (mut new, mut has_all, mut elsewhere) = (later.follow(&site).await, other.follow_after(&site, 2).await, other.follow_after(&site, 900).await);
        assert_eq!((new.celebrated, has_all.celebrated, elsewhere.celebrated), (2, 2, 2), "it begins with what comes next");
        shop.enter("sales", ada, TODAY, 300_000).await;
        for (stream, count) in [(&mut back, 2), (&mut new, 1), (&mut has_all, 1), (&mut elsewhere, 1)] {
            stream.until_celebrated(count).await;
            let all: Vec<&Value> = stream.celebrations.iter().map(|one| &one["number"]).collect();
            assert_eq!((all.len(), all.last()), (count, Some(&&json!(3))), "{all:?}");
        }
    }

    /// What was taken back before a screen showed it isn’t celebrated there, and what stands instead is celebrated in its place, under its number.
    async fn what_is_taken_back_is_withdrawn(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        celebrate(&shop, &[("sales", 100_000)]).await;
        let ada = shop.person("Ada Ash").await;
        let tv = paired(&shop, "Sales floor").await;
        let gone = shop.enter("sales", ada, TODAY, 100_100).await;
        let wrong = shop.enter("sales", ada, TODAY, 100_200).await;
        let small = shop.enter("sales", ada, TODAY, 100_300).await;
        shop.void_as(&SYSTEM, gone, "Never paid").await.expect("taken back");
        shop.correct_as(&SYSTEM, wrong, &on(TODAY, entry("sales", ada, 200_200)), "A digit").await.expect("put right");
        shop.correct_as(&SYSTEM, small, &on(TODAY, entry("sales", ada, 300)), "A digit").await.expect("put right");
        let mut stream = tv.follow_after(&site, 0).await;
        stream.until_celebrated(1).await;
        assert_eq!(stream.celebrations[0]["number"], json!(2));
        assert!(html(&stream, 0).contains("$2,002.00"), "{}", html(&stream, 0));
        // What was celebrated is put right: it isn’t celebrated again.
        shop.enter("sales", ada, TODAY, 500_000).await;
        stream.until_celebrated(2).await;
        assert_eq!(stream.celebrations[1]["number"], json!(4), "{:?}", stream.celebrations);
        assert!(stream.celebrations.iter().all(|one| !one["html"].to_string().contains("$1,00")), "{:?}", stream.celebrations);
    }

    /// Who won a race with what was taken back since isn’t celebrated for it any more.
    async fn a_win_that_is_none_is_withdrawn(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (ada, bo) = (shop.person("Ada Ash").await, shop.person("Bo Birch").await);
        let race = json!({ "name": "Sprint", "metric": "sales", "kind": "race", "goal": 10_000, "first_day": TODAY, "last_day": "2026-11-27" });
        let race = serde_json::from_value(race).expect("a body");
        contests::add(&site.platform, &SYSTEM, shop.slug, &race).await.expect("it is set up");
        let tv = paired(&shop, "Sales floor").await;
        let gone = shop.enter("sales", ada, TODAY, 10_000).await;
        shop.void_as(&SYSTEM, gone, "It fell through").await.expect("taken back");
        shop.enter("sales", bo, TODAY, 20_000).await;
        let mut stream = tv.follow_after(&site, 0).await;
        stream.until_celebrated(1).await;
        assert_eq!(stream.celebrations[0]["number"], json!(2), "{:?}", stream.celebrations);
        assert!(html(&stream, 0).contains("Bo Birch") && html(&stream, 0).contains("Sprint"), "{}", html(&stream, 0));
    }

    /// After an outage more than three become one, which says so, and names them; of before ten minutes ago nothing is shown.
    async fn a_burst_becomes_one(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        celebrate(&shop, &[("sales", 100_000)]).await;
        let people = [shop.person("Ada Ash").await, shop.person("Bo Birch").await, shop.person("Cy Cole").await, shop.person("Di Dunn").await];
        let tv = paired(&shop, "Sales floor").await;
        shop.enter("sales", people[0], TODAY, 111_100).await;
        site.advance(601);
        for at in [0, 0, 1, 2, 3] {
            shop.enter("sales", people[at], TODAY, 100_000).await;
        }
        let mut stream = tv.follow_after(&site, 0).await;
        stream.until_celebrated(1).await;
        let one = &stream.celebrations[0];
        assert_eq!((&one["number"], &one["count"]), (&json!(6), &json!(5)), "{one}");
        for words in ["5 celebrations", "while this screen was away", "Ada Ash, Bo Birch, Cy Cole and one more"] {
            assert!(html(&stream, 0).contains(words), "{words}: {}", html(&stream, 0));
        }
        shop.enter("sales", people[1], TODAY, 100_000).await;
        stream.until_celebrated(2).await;
        assert_eq!((&stream.celebrations[1]["number"], &stream.celebrations[1]["count"]), (&json!(7), &json!(1)));
        // Three are shown one after the other.
        let mut few = tv.follow_after(&site, 4).await;
        few.until_celebrated(3).await;
        assert!(few.celebrations.iter().all(|one| one["count"] == json!(1)), "{:?}", few.celebrations);
    }

    /// Who wants to be on no board is never celebrated, nor is what isn’t for everybody; also where that was said only after.
    async fn what_is_not_for_everybody_is_not_celebrated(site: Site) {
        let shop = Shop::alpha(&site).await;
        let sales = shop.metric("sales", money()).await;
        shop.metric("visits", json!({})).await;
        celebrate(&shop, &[("sales", 100), ("visits", 1)]).await;
        let (ada, bo) = (shop.member("Ada Ash", Role::Member).await, shop.person("Bo Birch").await);
        let tv = paired(&shop, "Sales floor").await;
        people::opt_out(&site.platform, &ada.actor, shop.slug, true).await.expect("off");
        shop.enter("sales", ada.id, TODAY, 1_000).await;
        shop.enter("sales", bo, TODAY, 2_000).await;
        let body = metric_body("sales", with(money(), json!({ "shown_to": "own", "version": 1 })));
        metrics::save(&site.platform, &SYSTEM, shop.slug, &sales.to_string(), &body).await.expect("saved");
        shop.enter("sales", bo, TODAY, 3_000).await;
        for kind in [Kind::Target, Kind::Badge, Kind::Contest] {
            note(&shop, kind, Some(ada.id), None, Some(Uuid::from_u128(7))).await;
        }
        shop.enter("visits", bo, TODAY, 4).await;
        let mut stream = tv.follow_after(&site, 0).await;
        stream.until_celebrated(1).await;
        assert_eq!(stream.celebrations.len(), 1, "{:?}", stream.celebrations);
        assert!(html(&stream, 0).contains("Bo Birch") && html(&stream, 0).contains("visits"), "{}", html(&stream, 0));
    }

    /// The same cause is celebrated once, however often it is noted, and at the same moment, too; each number is given once. What isn’t to be
    /// celebrated isn’t.
    async fn a_cause_is_celebrated_once(site: Site) {
        let shop = Shop::alpha(&site).await;
        let (ada, bo) = (shop.person("Ada Ash").await, shop.person("Bo Birch").await);
        let causes = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let noted = causes.into_iter().cycle().take(8).map(|cause| note(&shop, Kind::Badge, Some(ada), None, Some(cause)));
        futures::future::join_all(noted).await;
        note(&shop, Kind::Badge, Some(bo), None, Some(causes[0])).await;
        note(&shop, Kind::Target, None, None, Some(causes[0])).await;
        note(&shop, Kind::Target, None, None, None).await;
        assert_eq!(numbers(&site).await, [1, 2, 3, 4]);
        let none = CelebratingBody { targets: false, badges: false, contests: true, results: Vec::new(), version: 0 };
        celebrations::save(&site.platform, &shop.owner(), shop.slug, &none).await.expect("saved");
        for (kind, cause) in [(Kind::Badge, 11), (Kind::Target, 12), (Kind::Contest, 13)] {
            note(&shop, kind, Some(ada), None, Some(Uuid::from_u128(cause))).await;
        }
        assert_eq!(numbers(&site).await, [1, 2, 3, 4, 5]);
    }

    /// Results are forgotten after two days, and no number is given again; what could be reached again is kept for longer. Also of a business that
    /// is shut.
    async fn what_is_old_is_forgotten(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        celebrate(&shop, &[("sales", 100)]).await;
        let ada = shop.person("Ada Ash").await;
        shop.enter("sales", ada, TODAY, 1_000).await;
        note(&shop, Kind::Badge, Some(ada), None, Some(Uuid::from_u128(1))).await;
        let forget = async || (celebrations::JOB.run)(site.platform.clone()).await.expect("it runs");
        forget().await;
        assert_eq!(numbers(&site).await, [1, 2]);
        site.advance(2 * 24 * 60 * 60 + 1);
        forget().await;
        assert_eq!(numbers(&site).await, [2]);
        shop.enter("sales", ada, "2026-11-25", 1_000).await;
        assert_eq!(numbers(&site).await, [2, 3]);
        let at = site.platform.clock.now();
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE organisations SET closes_at = $2 WHERE id = $1", shop.id, at).expect("it closes");
        tx.commit().await.expect("a commit");
        site.advance(400 * 24 * 60 * 60);
        forget().await;
        assert!(numbers(&site).await.is_empty());
    }

    /// Admins say what is celebrated; nobody else does. What can’t be is refused at its field, and an old version is.
    async fn who_says_what_is_celebrated(site: Site) {
        let (shop, beta) = (Shop::alpha(&site).await, Shop::beta(&site).await);
        shop.metric("sales", money()).await;
        shop.metric("bonus", with(money(), json!({ "shown_to": "own" }))).await;
        beta.metric("margin", money()).await;
        let (owner, theirs) = (site.log_in(shop.slug).await, site.log_in(beta.slug).await);
        let (_, manager) = site.join(shop.id, "manager@example.com", Role::Manager).await;
        let path = shop.api("celebrations");
        let body = json!({ "targets": true, "badges": false, "contests": true, "results": [{ "metric": "sales", "at_least": 100_000 }], "version": 0 });
        let fields = [("org", "alpha"), ("version", "0"), ("metric", "sales"), ("amount", "1,000")];
        for (cookie, status) in [(Some(&manager), StatusCode::FORBIDDEN), (None, StatusCode::UNAUTHORIZED), (Some(&theirs), StatusCode::NOT_FOUND)] {
            let cookie = cookie.map(String::as_str);
            assert_eq!(site.json(Method::PUT, cookie, &path, &body).await.status, status);
            assert_eq!(site.json(Method::GET, cookie, &path, &Value::Null).await.status, status);
            assert_eq!(site.json(Method::GET, cookie, PAGE, &Value::Null).await.status, status);
            for form in ["save-celebrations", "celebrate-from"] {
                assert_eq!(site.form(cookie, &format!("/fn/scoreboard/{form}"), PAGE, &fields).await.status, status, "{form}");
            }
        }
        let usual = json!({ "targets": true, "badges": true, "contests": true, "results": [], "version": 0 });
        assert_eq!(site.get_as(&owner, &path).await.json(), usual);
        for (metric, at_least) in [("bonus", 100), ("margin", 100), ("nothing", 100), ("sales", 0), ("sales", -5)] {
            let results = json!({ "results": [{ "metric": metric, "at_least": at_least }] });
            let said = site.json(Method::PUT, Some(&owner), &path, &with(body.clone(), results)).await;
            assert_eq!((said.status, said.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["results".to_owned()]), "{metric}: {said:?}");
        }
        assert_eq!(site.json(Method::PUT, Some(&owner), &path, &body).await.status, StatusCode::NO_CONTENT);
        let late = site.json(Method::PUT, Some(&owner), &path, &body).await;
        assert_eq!((late.status, &late.json()["version"]), (StatusCode::CONFLICT, &json!(1)), "{late:?}");
        assert_eq!(site.get_as(&owner, &path).await.json(), with(body, json!({ "version": 1 })));

        // With the page’s forms: another amount, one that is none, and no longer.
        let send = async |version: &str, metric: &str, amount: &str| {
            let fields = [("org", "alpha"), ("version", version), ("metric", metric), ("amount", amount)];
            site.form(Some(&owner), "/fn/scoreboard/celebrate-from", PAGE, &fields).await
        };
        let wrong = send("1", "sales", "1.005").await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("1.005"), "{wrong:?}");
        assert_eq!(send("1", "bonus", "5").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(send("1", "sales", "2,500").await.status, StatusCode::FOUND);
        assert!(site.get_as(&owner, PAGE).await.text.contains("From $2,500.00"));
        assert_eq!(send("1", "sales", "").await.status, StatusCode::CONFLICT);
        assert_eq!(send("2", "sales", "").await.status, StatusCode::FOUND);
        assert!(site.get_as(&owner, PAGE).await.text.contains("No single result is celebrated"));
        let fields = [("org", "alpha"), ("version", "3"), ("badges", "true")];
        assert_eq!(site.form(Some(&owner), "/fn/scoreboard/save-celebrations", PAGE, &fields).await.status, StatusCode::FOUND);
        let saved = site.get_as(&owner, &path).await.json();
        assert_eq!(saved, json!({ "targets": false, "badges": true, "contests": false, "results": [], "version": 4 }));
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("changed what office screens celebrate"), "{log}");
    }

    /// What isn’t for this day and time isn’t shown; where it is time for nothing, there is the clock and the business’s name. The screen is told
    /// when that changes, by itself.
    async fn what_has_its_time_is_shown_then(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let tv = paired(&shop, "Sales floor").await;
        // It is Monday, 9:00 am.
        let monday = |from: Option<u16>, until: Option<u16>| When { days: vec![1], from, until };
        let slot = |key: &str, when: When| Slot { item: Item::parse(key).expect("an item"), when, seconds: Some(45) };
        let words = Item::Announcement { words: "Christmas party".to_owned(), first_day: Some(date(2026, 12, 1)), last_day: None };
        let slots = vec![
            slot(PEOPLE, When { days: vec![2, 3], ..When::default() }), slot(LATEST, monday(Some(8 * 60), Some(9 * 60 + 1))), Slot::always(words),
        ];
        show(&shop, &tv, slots).await;
        let page = tv.page(&site).await;
        assert_eq!(attribute(&page, "data-due"), "1");
        assert!(page.text.contains(&format!("class=\"item is-on\" data-key=\"{LATEST}\" data-seconds=\"45\"")), "{}", page.text);
        let mut stream = tv.follow(&site).await;
        stream.until_due(&[1]).await;
        assert_eq!(stream.due["clock"], json!(""));
        site.advance(60);
        stream.until_due(&[]).await;
        assert_eq!(stream.due["clock"], json!("9:01 am"));
        let page = tv.page(&site).await;
        assert!(page.text.contains("id=\"idle\" class=\"item is-on\"") && page.text.contains("9:01 am") && page.text.contains("Alpha Clinic"), "{}", page.text);
        site.advance(24 * 60 * 60);
        stream.until_due(&[0]).await;
        site.advance(8 * 24 * 60 * 60);
        stream.until_due(&[0, 2]).await;
    }

    /// What is put on a screen with the page’s forms is shown in its order; what somebody else changed meanwhile isn’t changed by its old place.
    async fn a_list_is_put_in_order(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (tv, owner) = (paired(&shop, "Sales floor").await, site.log_in(shop.slug).await);
        let (id, page) = (tv.id.to_string(), format!("/app/alpha/scoreboard/screens/{}", tv.id));
        let send = async |form: &str, version: i64, more: &[(&str, &str)]| {
            let version = version.to_string();
            let fields = [&[("org", "alpha"), ("id", id.as_str()), ("version", version.as_str())][..], more].concat();
            site.form(Some(&owner), &format!("/fn/scoreboard/{form}"), &page, &fields).await
        };
        let keys = async || {
            let screens = all(&shop).await;
            let playlist = Playlist::read(&screens[0].playlist);
            playlist.items.iter().map(|slot| slot.item.key()).collect::<Vec<_>>()
        };
        assert_eq!(keys().await, [PEOPLE]);
        let added = send("add-screen-item", 1, &[("kind", "totals"), ("metric", "sales"), ("period", "week"), ("days[]", "1"), ("from", "08:00"), ("until", "12:00"), ("seconds", "30")]).await;
        assert_eq!(added.status, StatusCode::FOUND, "{added:?}");
        assert_eq!(send("add-screen-item", 2, &[("kind", "announcement"), ("words", "Cake at three")]).await.status, StatusCode::FOUND);
        assert_eq!(keys().await, [PEOPLE, "totals:sales:week", "announcement"]);
        let shown = site.get_as(&owner, &page).await.text;
        for words in ["sales: team totals, week", "Mon, 8:00 am – 12:00 pm · 30 seconds", "“Cake at three”", "Always"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert_eq!(send("move-screen-item", 3, &[("at", "2"), ("earlier", "true")]).await.status, StatusCode::FOUND);
        assert_eq!(send("move-screen-item", 3, &[("at", "0")]).await.status, StatusCode::CONFLICT);
        assert_eq!(send("move-screen-item", 4, &[("at", "0"), ("earlier", "true")]).await.status, StatusCode::FOUND, "at the end it stays");
        assert_eq!(keys().await, [PEOPLE, "announcement", "totals:sales:week"]);
        assert_eq!(send("save-screen-item", 5, &[("at", "1"), ("words", "Cake at four"), ("last_day", "24/12/2026")]).await.status, StatusCode::FOUND);
        assert_eq!(send("remove-screen-item", 6, &[("at", "2")]).await.status, StatusCode::FOUND);
        let kept = Playlist::read(&all(&shop).await[0].playlist);
        let words = Item::Announcement { words: "Cake at four".to_owned(), first_day: None, last_day: Some(date(2026, 12, 24)) };
        assert_eq!(kept.items[1..], [Slot::always(words)]);
        for (form, more) in [
            ("add-screen-item", &[("kind", "board"), ("metric", "nothing"), ("period", "month"), ("of", "people")][..]), ("add-screen-item", &[("kind", "announcement"), ("words", "")]),
            ("add-screen-item", &[("kind", "contest"), ("contest", "none")]), ("save-screen-item", &[("at", "1"), ("words", "Cake"), ("from", "noonish")]),
        ] {
            let said = send(form, 7, more).await;
            assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{more:?}: {said:?}");
        }
        assert_eq!(send("remove-screen-item", 7, &[("at", "5")]).await.status, StatusCode::CONFLICT);
        assert_eq!(site.get_as(&owner, &format!("{page}/items/9")).await.status, StatusCode::NOT_FOUND);
        for path in [format!("{page}/add"), format!("{page}/add?kind=board"), format!("{page}/items/1")] {
            assert_eq!(site.get_as(&owner, &path).await.status, StatusCode::OK, "{path}");
        }
    }

    /// A screen shows targets, team totals and how full today is, without a word of a client; what isn’t there any more says so.
    async fn it_shows_more_than_boards(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada Ash").await;
        shop.enter("sales", ada, TODAY, 123_450).await;
        let tv = paired(&shop, "Sales floor").await;
        choose(&shop, &tv, &["totals:sales:month", "targets:sales:month:people", "today"]).await.expect("chosen");
        let page = tv.page(&site).await;
        for words in ["Everybody", "$1,234.50", "There is no target for this yet", "Appointments today"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        for words in ["Casey", "casey@example.com"] {
            assert!(!page.text.contains(words), "{words}: {}", page.text);
        }
        let gone = Slot::always(Item::Contest { id: app::modules::scoreboard::ids::ContestId(Uuid::nil()) });
        let mut tx = shop.opened(Access::Write).await;
        let playlist = Playlist { items: vec![gone, Slot::always(Item::parse("board:nothing:month:people").expect("an item"))], seconds: 20, sound: false };
        let screens = all(&shop).await;
        screens::store::update_screen(&mut tx, tv.id, "Sales floor", &playlist.stored(), screens[0].version).await.expect("stored");
        tx.commit().await.expect("a commit");
        let page = tv.page(&site).await;
        assert!(page.text.contains("This contest isn’t there any more") && page.text.contains("This isn’t counted any more"), "{}", page.text);
        // What became of it may stay, and be put in order.
        let owner = site.log_in(shop.slug).await;
        let body = json!({ "name": "Sales floor", "items": items(&[&format!("contest:{}", Uuid::nil()), PEOPLE]), "seconds": 20, "version": screens[0].version + 1 });
        let saved = site.json(Method::PUT, Some(&owner), &shop.api(&format!("screens/{}", tv.id)), &body).await;
        assert_eq!(saved.status, StatusCode::NO_CONTENT, "{saved:?}");
        let mut more = body.clone();
        more["items"] = json!([item(&format!("contest:{}", Uuid::from_u128(5)))]);
        more["version"] = json!(screens[0].version + 2);
        let refused = site.json(Method::PUT, Some(&owner), &shop.api(&format!("screens/{}", tv.id)), &more).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["items".to_owned()]), "{refused:?}");
    }

    /// A server that stops ends the streams of screens and of pages at once, so that nobody waits for it, and tells each when to come back.
    async fn a_stop_ends_every_stream(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let tv = paired(&shop, "Sales floor").await;
        let mut stream = tv.follow(&site).await;
        stream.until(PEOPLE, |_| true).await;
        site.platform.stop();
        let told = stream.rest().await;
        assert!(told.starts_with("retry: ") && told.contains("\nevent: restarting\n"), "it isn’t over, it comes back: {told}");
        let again = tokio::time::timeout(Duration::from_secs(2), site.get_as(&tv.cookie, &tv.live())).await.expect("an end in time");
        assert!(again.text.starts_with("retry:") && !again.text.contains("event: ended"), "{}", again.text);
        let owner = site.log_in(shop.slug).await;
        let page = tokio::time::timeout(Duration::from_secs(2), site.get_as(&owner, "/app/alpha/live")).await.expect("an end in time");
        assert!(page.status == StatusCode::OK && page.text.contains("\nevent: restarting\n"), "{page:?}");
        assert!(!page.text.contains("event: ended"), "{page:?}");
    }

    /// Where somebody is logged in in the screen’s browser, what the screen tells is taken with the log-in’s token, and refused without.
    async fn a_screen_tells_beside_a_log_in(site: Site) {
        let shop = Shop::alpha(&site).await;
        let (tv, owner) = (paired(&shop, "Sales floor").await, site.log_in(shop.slug).await);
        let (both, path) = (format!("{owner}; {}", tv.cookie), format!("{}/here", tv.path()));
        let told = json!({ "version": "1", "shows": "Sales", "sound_blocked": true });
        let said = site.json(Method::POST, Some(&both), &path, &told).await;
        assert_eq!(said.status, StatusCode::NO_CONTENT, "{said:?}");
        let list = site.get_as(&owner, "/app/alpha/scoreboard/screens").await.text;
        assert!(list.contains("Sound blocked"), "{list}");
        let request = Request::post(&path).header("sec-fetch-site", "same-origin").header("cookie", both.as_str());
        let request = request.header("content-type", "application/json").body(axum::body::Body::from(told.to_string()));
        assert_eq!(site.send_as_it_is(request.expect("a request")).await.status, StatusCode::FORBIDDEN);
    }
}

fn html(stream: &Stream, at: usize) -> &str {
    stream.celebrations[at]["html"].as_str().expect("text")
}

/// Results are celebrated from these amounts on.
async fn celebrate(shop: &Shop<'_>, amounts: &[(&str, i64)]) {
    let results =
        amounts.iter().map(|(metric, at_least)| CelebratedBody { metric: (*metric).to_owned(), at_least: *at_least });
    let body = CelebratingBody { targets: true, badges: true, contests: true, results: results.collect(), version: 0 };
    let saved = celebrations::save(&shop.site.platform, &shop.owner(), shop.slug, &body).await;
    assert_eq!(outcome(saved), "done");
}

/// Something is to be celebrated, as whatever causes it says.
async fn note(shop: &Shop<'_>, kind: Kind, person: Option<PersonId>, entry: Option<EntryId>, subject: Option<Uuid>) {
    let mut tx = shop.opened(Access::Write).await;
    celebrations::note(&mut tx, kind, None, person, None, entry, subject).await.expect("noted");
    tx.commit().await.expect("a commit");
}

/// The numbers of what is celebrated, of all businesses.
async fn numbers(site: &Site) -> Vec<i64> {
    let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let rows = platform_sql!(all(i64,), &mut tx, "SELECT number FROM scoreboard_celebrations ORDER BY number");
    rows.expect("numbers").into_iter().map(|(number,)| number).collect()
}

/// Chooses what a screen shows, and when.
async fn show(shop: &Shop<'_>, tv: &Tv, items: Vec<Slot>) {
    let screens = all(shop).await;
    let screen = screens::find(&screens, &tv.id.to_string()).expect("the screen");
    let playlist = Playlist { items, seconds: 20, sound: true };
    let (owner, id) = (shop.owner(), tv.id.to_string());
    let saved = screens::save(&shop.site.platform, &owner, shop.slug, &id, &screen.name, &playlist, screen.version);
    saved.await.expect("saved");
}
