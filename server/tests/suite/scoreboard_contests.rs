//! Contests and badges: who wins is what the ledger says until it is signed off, and a correction takes a badge back.

use app::{
    db::Access,
    modules::scoreboard::{
        badges::{self, BadgeBody},
        board, celebrations,
        contests::{
            self, ContestBody,
            page::{self, ContestPage},
        },
        entries,
        ids::{BadgeId, ContestId, PersonId},
        people::{self, MembershipBody},
        store,
    },
    org::{Actor, Role},
    platform_sql,
};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use crate::{
    on_both,
    scoreboard::{SYSTEM, Shop, TODAY, at_instant, entry, money, on, with},
    support::{Site, outcome},
};

/// Friday of this week, by the tests' clock.
const FRIDAY: &str = "2026-11-27";
/// Saturday's morning in Sydney.
const OVER: &str = "2026-11-27T22:00:00Z";

on_both! {
    /// Whoever leads at the end wins, and places have prizes. Until it is signed off it is what the ledger says; from then on nothing changes it, and what
    /// was put right later is named.
    async fn the_most_wins_and_is_signed_off(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let boss = shop.member("Cy", Role::Manager).await;
        let (ada, bo) = (shop.person("Ada").await, shop.member("Bo", Role::Member).await);
        let id = added(&shop, &contest("sales", json!({ "prizes": ["A long lunch", "Coffee"] }))).await;
        shop.enter("sales", ada, TODAY, 10_000).await;
        let line = shop.enter("sales", bo.id, TODAY, 5_000).await;
        shop.enter("sales", bo.id, "2026-11-20", 90_000).await;
        assert_eq!(stands(&shop, id).await, "1 Ada $100.00 won A long lunch, 2 Bo $50.00 Coffee, 3 Cy $0.00");
        let sign = async |actor: &Actor, version: i64| outcome(contests::sign_off(&site.platform, actor, shop.slug, &id.to_string(), version).await);
        assert_eq!(sign(&boss.actor, 1).await, "409", "it runs");
        site.set_clock(OVER);
        for (who, wanted) in [(&Actor::Anonymous, "401"), (&bo.actor, "403"), (&Shop::beta(&site).await.owner(), "404")] {
            assert_eq!(sign(who, 1).await, wanted, "{who:?}");
        }
        assert_eq!(sign(&boss.actor, 7).await, "409", "another version");
        assert_eq!(celebrated(&shop).await, 0);
        assert_eq!(sign(&boss.actor, 1).await, "done");
        assert_eq!(celebrated(&shop).await, 1);
        let kept = stands(&shop, id).await;
        assert_eq!(kept, "1 Ada $100.00 won A long lunch, 2 Bo $50.00 Coffee, 3 Cy $0.00");
        assert!(shown(&shop, id).await.standing.late.is_empty());

        shop.correct_as(&SYSTEM, line, &on(TODAY, entry("sales", bo.id, 15_000)), "One zero was missing").await.expect("put right");
        assert_eq!(stands(&shop, id).await, kept, "what was signed off stays");
        let late = shown(&shop, id).await.standing.late;
        let late: Vec<_> = late.iter().map(|one| (one.name.as_str(), one.before.as_str(), one.now.as_str())).collect();
        assert_eq!(late, [("Bo", "$50.00", "$150.00")]);
        let bo_again = site.log_in_as("bo@example.com").await;
        let page = site.get_as(&bo_again, &format!("/app/alpha/scoreboard/contests/{id}")).await;
        assert!(page.text.contains("Since it was signed off, corrections changed the figures: ") && page.text.contains("Bo $50.00, now $150.00"), "{}", page.text);
        let again = contest("sales", json!({ "version": 2 }));
        for said in [sign(&boss.actor, 2).await, outcome(contests::cancel(&site.platform, &boss.actor, shop.slug, &id.to_string(), 2).await), outcome(contests::save(&site.platform, &boss.actor, shop.slug, &id.to_string(), &again).await)] {
            assert_eq!(said, "409");
        }
        assert_eq!(celebrated(&shop).await, 1);
        let list = site.get_as(&bo_again, "/app/alpha/scoreboard/contests").await;
        assert!(list.text.contains("Won by Ada $100.00"), "{}", list.text);
    }

    /// A race goes by when it happened, in whatever order it comes in; a refund puts it off. Whoever has won is celebrated once.
    async fn a_race_goes_by_when_it_happened(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        site.set_clock("2026-11-25T05:00:00Z");
        let (ada, bo) = (shop.person("Ada").await, shop.person("Bo").await);
        let race = json!({ "kind": "race", "goal": 10_000, "first_day": "2026-11-23", "prizes": ["A weekend away"] });
        let id = added(&shop, &contest("sales", race)).await;
        let enter = async |person: PersonId, at: &str, value: i64| {
            shop.enter_as(&SYSTEM, &at_instant(at, entry("sales", person, value))).await.expect("entered").id
        };
        enter(ada, "2026-11-25T02:00:00Z", 10_000).await;
        assert_eq!(stands(&shop, id).await, "1 Ada $100.00 won A weekend away, 2 Bo $0.00");
        assert_eq!(celebrated(&shop).await, 1);
        // It comes in later, and happened before.
        let first = enter(bo, "2026-11-24T02:00:00Z", 12_000).await;
        assert_eq!(stands(&shop, id).await, "1 Bo $120.00 won A weekend away, 2 Ada $100.00");
        assert_eq!(celebrated(&shop).await, 2);
        enter(bo, "2026-11-25T03:00:00Z", -5_000).await;
        assert_eq!(stands(&shop, id).await, "1 Ada $100.00 won A weekend away, 2 Bo $70.00");
        enter(bo, "2026-11-25T04:00:00Z", 3_000).await;
        assert_eq!(stands(&shop, id).await, "1 Ada $100.00 won A weekend away, 2 Bo $100.00");
        shop.void_as(&SYSTEM, first, "It fell through").await.expect("taken back");
        assert_eq!(stands(&shop, id).await, "1 Ada $100.00 won A weekend away, 2 Bo −$20.00");
        assert_eq!(celebrated(&shop).await, 2, "each once");
    }

    /// Everybody who keeps to a goal wins; two are against each other; teams have what their people did while they were in them; of equals the first can
    /// be before.
    async fn all_kinds_are_won_by_their_rule(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("complaints", json!({ "lower_is_better": true })).await;
        shop.metric("sales", money()).await;
        site.set_clock("2026-11-24T05:00:00Z");
        let (ada, bo, cy) = (shop.person("Ada").await, shop.person("Bo").await, shop.person("Cy").await);
        let (north, south) = (shop.team("North").await, shop.team("South").await);
        for (person, team, since, until) in [(ada, north, "2026-01-01", Some(TODAY)), (ada, south, "2026-11-24", None), (bo, south, "2026-01-01", None)] {
            let body = MembershipBody { team, since: since.to_owned(), until: until.map(str::to_owned) };
            people::join_team(&site.platform, &SYSTEM, shop.slug, &person.to_string(), &body).await.expect("a place");
        }
        let from = json!({ "first_day": TODAY });
        let few = added(&shop, &contest("complaints", with(from.clone(), json!({ "kind": "threshold", "goal": 1, "prizes": ["Cake"] })))).await;
        let two = added(&shop, &contest("sales", with(from.clone(), json!({ "kind": "head_to_head", "takes_part": "named", "people": [cy, ada] })))).await;
        let teams = added(&shop, &contest("sales", with(from.clone(), json!({ "of": "teams" })))).await;
        let of_north = added(&shop, &contest("sales", with(from.clone(), json!({ "takes_part": "team", "team": north })))).await;
        let first = added(&shop, &contest("sales", with(from, json!({ "ties": "first", "prizes": ["Lunch"] })))).await;
        for (person, count) in [(ada, 2), (bo, 1)] {
            shop.enter("complaints", person, TODAY, count).await;
        }
        for (person, at, value) in [(ada, "2026-11-23T02:00:00Z", 3_000), (ada, "2026-11-24T03:00:00Z", 4_000), (bo, "2026-11-24T02:00:00Z", 7_000)] {
            shop.enter_as(&SYSTEM, &at_instant(at, entry("sales", person, value))).await.expect("entered");
        }
        assert_eq!(stands(&shop, few).await, "1 Cy 0 won Cake, 2 Bo 1 won Cake, 3 Ada 2");
        assert_eq!(stands(&shop, two).await, "1 Ada $70.00 won, 2 Cy $0.00");
        assert_eq!(stands(&shop, teams).await, "1 South $110.00 won, 2 North $30.00");
        assert_eq!(stands(&shop, of_north).await, "1 Ada $30.00 won");
        assert_eq!(stands(&shop, first).await, "1 Bo $70.00 won Lunch, 2 Ada $70.00, 3 Cy $0.00");
        let mut tx = shop.opened(Access::Read).await;
        let book = board::book(&mut tx).await.expect("a book");
        let wall = contests::on_wall(&mut tx, &book, two).await.expect("a wall");
        let rows: Vec<_> = wall.rows.iter().map(|row| (row.name.as_str(), row.done.as_str(), row.word.as_str(), row.thousandths, row.good)).collect();
        assert_eq!(rows, [("Ada", "$70.00", "1st · 3 days left", 1000, true), ("Cy", "$0.00", "2nd", 0, false)]);
        assert_eq!(contests::running(&mut tx, &book).await.expect("contests").len(), 5);
        tx.rollback().await.expect("an end");
    }

    /// From so many hours before the end on standings stand still for everybody who looks. Once it is over who manages sees it to sign it off, and all others
    /// then.
    async fn the_finish_is_hidden(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (ada, boss) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Manager).await);
        let id = added(&shop, &contest("sales", json!({ "freeze_hours": 24 }))).await;
        let seen = async |actor: &Actor| written(&page::one(&site.platform, actor, shop.slug, &id.to_string()).await.expect("a page"));
        let early = shop.enter("sales", ada.id, TODAY, 10_000).await;
        // It ends at midnight of Friday: 24 hours before that is the end of Thursday, 13:00 by the world's clock.
        site.set_clock("2026-11-26T12:59:00Z");
        shop.enter("sales", boss.id, "2026-11-26", 4_000).await;
        assert_eq!(seen(&ada.actor).await, "1 Ada $100.00 won, 2 Bo $40.00");
        site.set_clock("2026-11-26T13:30:00Z");
        shop.enter("sales", boss.id, FRIDAY, 70_000).await;
        shop.void_as(&SYSTEM, early, "It fell through").await.expect("taken back");
        for actor in [&ada.actor, &boss.actor] {
            assert_eq!(seen(actor).await, "1 Ada $100.00 won, 2 Bo $40.00", "{actor:?}");
        }
        site.set_clock(OVER);
        assert_eq!(seen(&ada.actor).await, "1 Ada $100.00 won, 2 Bo $40.00");
        assert_eq!(seen(&boss.actor).await, "1 Bo $740.00 won, 2 Ada $0.00");
        contests::sign_off(&site.platform, &boss.actor, shop.slug, &id.to_string(), 1).await.expect("signed off");
        assert_eq!(seen(&ada.actor).await, "1 Bo $740.00 won, 2 Ada $0.00");
    }

    /// A race whose finish is hidden is celebrated once it is signed off, and not before: also where what wins it comes in when it is over, from who sees
    /// the finish.
    async fn a_hidden_finish_is_not_celebrated(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada").await;
        let id = added(&shop, &contest("sales", json!({ "kind": "race", "goal": 10_000, "freeze_hours": 24 }))).await;
        site.set_clock(OVER);
        shop.enter("sales", ada, FRIDAY, 10_000).await;
        assert_eq!(celebrated(&shop).await, 0);
        contests::sign_off(&site.platform, &SYSTEM, shop.slug, &id.to_string(), 1).await.expect("signed off");
        assert_eq!(celebrated(&shop).await, 1);
    }

    /// Who wants to be on no board is in no contest for anybody, and not in what was signed off; whoever leaves before it is over is out.
    async fn who_isnt_on_boards_isnt_in_contests(site: Site) {
        let shop = Shop::alpha(&site).await;
        let sales = shop.metric("sales", money()).await;
        let (ada, bo) = (shop.member("Ada Ash", Role::Member).await, shop.member("Bo", Role::Member).await);
        let gone = shop.person_with("Cy Gone", json!({ "left_on": "2026-11-24" })).await;
        let id = added(&shop, &contest("sales", json!({}))).await;
        let named = added(&shop, &contest("sales", json!({ "takes_part": "named", "people": [ada.id, bo.id] }))).await;
        for person in [ada.id, bo.id, gone] {
            shop.enter("sales", person, TODAY, 12_345).await;
        }
        assert_eq!(stands(&shop, id).await, "1= Ada Ash $123.45 won, 1= Bo $123.45 won, 1= Cy Gone $123.45 won");
        site.set_clock("2026-11-25T02:00:00Z");
        assert_eq!(stands(&shop, id).await, "1= Ada Ash $123.45 won, 1= Bo $123.45 won");
        site.set_clock(OVER);
        contests::sign_off(&site.platform, &SYSTEM, shop.slug, &id.to_string(), 1).await.expect("signed off");
        people::opt_out(&site.platform, &ada.actor, shop.slug, true).await.expect("off");
        let paths = ["/app/alpha/scoreboard/contests".to_owned(), format!("/app/alpha/scoreboard/contests/{id}"), shop.api("contests"), shop.api(&format!("contests/{id}")), shop.api(&format!("contests/{named}"))];
        // Days have passed since they logged in.
        let (ada_again, bo_again) = (site.log_in_as("ada-ash@example.com").await, site.log_in_as("bo@example.com").await);
        for path in &paths {
            let seen = site.get_as(&bo_again, path).await;
            assert!(seen.status == StatusCode::OK && !seen.text.contains("Ada Ash"), "{path}: {}", seen.text);
            assert!(!seen.text.contains(&ada.id.to_string()), "not by their id: {path}: {}", seen.text);
        }
        assert_eq!(stands(&shop, id).await, "1= Bo $123.45 won");
        // What becomes each one’s own shows each their own place; what becomes the managers’ isn’t there.
        for (shown_to, status, others) in [("own", StatusCode::OK, false), ("managers", StatusCode::NOT_FOUND, false), ("everyone", StatusCode::OK, true)] {
            let mut tx = shop.opened(Access::Write).await;
            let metric = store::metrics(&mut tx).await.expect("metrics").into_iter().find(|metric| metric.id == sales).expect("it");
            store::update_metric(&mut tx, &store::Metric { shown_to: shown_to.to_owned(), ..metric }).await.expect("changed");
            tx.commit().await.expect("a commit");
            let seen = site.get_as(&ada_again, &paths[3]).await;
            assert_eq!((seen.status, seen.text.contains("\"Bo\"")), (status, others), "{shown_to}: {}", seen.text);
        }
    }

    /// Where each sees only their own place, nothing beside it tells how much the best have: not even how long its bar is.
    async fn a_private_place_tells_nothing_of_the_best(site: Site) {
        let shop = Shop::alpha(&site).await;
        let sales = shop.metric("sales", money()).await;
        let (ada, bo) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Member).await);
        let id = added(&shop, &contest("sales", json!({}))).await;
        shop.enter("sales", ada.id, TODAY, 10_000).await;
        shop.enter("sales", bo.id, TODAY, 5_000).await;
        let bars = async || {
            let page = page::one(&site.platform, &bo.actor, shop.slug, &id.to_string()).await.expect("a page");
            page.standing.lines.iter().map(|line| line.share).collect::<Vec<_>>()
        };
        assert_eq!(bars().await, [1_000, 500]);
        let mut tx = shop.opened(Access::Write).await;
        let metric = store::metrics(&mut tx).await.expect("metrics").into_iter().find(|metric| metric.id == sales).expect("it");
        store::update_metric(&mut tx, &store::Metric { shown_to: "own".to_owned(), ..metric }).await.expect("changed");
        tx.commit().await.expect("a commit");
        assert_eq!(bars().await, [0]);
    }

    /// Managers set contests up, and nobody else; what is wrong is said at its field, and nothing is written. While it runs its last day and its prizes alone
    /// can change, and the log says how.
    async fn who_sets_contests_up_and_how(site: Site) {
        let (shop, beta) = (Shop::alpha(&site).await, Shop::beta(&site).await);
        shop.metric("sales", money()).await;
        shop.metric("secret", with(money(), json!({ "shown_to": "managers" }))).await;
        shop.metric("complaints", json!({ "lower_is_better": true })).await;
        let (ada, boss) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Manager).await);
        let (theirs, north) = (beta.person("Wes").await, shop.team("North").await);
        let good = contest("sales", json!({}));
        let before = shop.standing().await;
        for (who, wanted) in [(&ada.actor, "403"), (&beta.owner(), "404"), (&Actor::Anonymous, "401")] {
            assert_eq!(outcome(contests::add(&site.platform, who, shop.slug, &good).await), wanted);
        }
        for (more, wanted) in [
            (json!({ "name": " " }), "422 name"),
            (json!({ "metric": "nothing" }), "422 metric"),
            (json!({ "metric": "secret" }), "422 metric"),
            (json!({ "kind": "lottery" }), "422 kind"),
            (json!({ "kind": "race" }), "422 goal"),
            (json!({ "kind": "race", "goal": 0 }), "422 goal"),
            (json!({ "kind": "race", "goal": 1, "metric": "complaints" }), "422 kind"),
            (json!({ "goal": 5 }), "422 goal"),
            (json!({ "of": "planets" }), "422 of"),
            (json!({ "last_day": "2026-11-22" }), "422 last_day"),
            (json!({ "first_day": "soon" }), "422 first_day"),
            (json!({ "first_day": "2026-01-01" }), "422 first_day"),
            (json!({ "last_day": "2028-01-01" }), "422 last_day"),
            (json!({ "takes_part": "named", "people": [ada.id, theirs] }), "422 takes_part"),
            (json!({ "takes_part": "named", "people": [ada.id, ada.id] }), "422 takes_part"),
            (json!({ "takes_part": "named", "people": [ada.id] }), "422 takes_part"),
            (json!({ "takes_part": "team" }), "422 takes_part"),
            (json!({ "takes_part": "team", "team": north, "of": "teams" }), "422 takes_part"),
            (json!({ "kind": "head_to_head" }), "422 takes_part"),
            (json!({ "ties": "dice" }), "422 ties"),
            (json!({ "freeze_hours": 169 }), "422 freeze_hours"),
            (json!({ "last_day": TODAY, "freeze_hours": 24 }), "422 freeze_hours"),
            (json!({ "prizes": ["1", "2", "3", "4", "5", "6"] }), "422 prizes"),
        ] {
            let body = contest("sales", more.clone());
            assert_eq!(outcome(contests::add(&site.platform, &boss.actor, shop.slug, &body).await), wanted, "{more}");
        }
        assert_eq!(shop.standing().await, before, "nothing was written");

        let planned = added(&shop, &contest("sales", json!({ "first_day": "2026-11-24" }))).await.to_string();
        let save = async |who: &Actor, more: Value| outcome(contests::save(&site.platform, who, shop.slug, &planned, &contest("sales", more)).await);
        let sooner = json!({ "first_day": "2026-11-24", "name": "Sooner", "version": 1 });
        for (who, wanted) in [(&ada.actor, "403"), (&beta.owner(), "404"), (&boss.actor, "done")] {
            assert_eq!(save(who, sooner.clone()).await, wanted);
        }
        assert_eq!(save(&boss.actor, sooner).await, "409", "an old version");
        site.set_clock("2026-11-24T02:00:00Z");
        let runs = json!({ "first_day": "2026-11-24", "name": "Sooner", "version": 2 });
        assert_eq!(save(&boss.actor, with(runs.clone(), json!({ "name": "Another" }))).await, "422 name");
        assert_eq!(save(&boss.actor, with(runs.clone(), json!({ "kind": "threshold", "goal": 5 }))).await, "422 kind");
        assert_eq!(save(&boss.actor, with(runs, json!({ "last_day": "2026-11-30", "prizes": ["Cake"] }))).await, "done");
        let log = site.get_as(&site.log_in("alpha").await, "/app/alpha/settings/audit").await;
        assert!(log.text.contains("set up the contest “Sooner”") && log.text.contains("2026-11-27 → 2026-11-30"), "{}", log.text);
        let cancel = async |who: &Actor| outcome(contests::cancel(&site.platform, who, shop.slug, &planned, 3).await);
        for (who, wanted) in [(&ada.actor, "403"), (&beta.owner(), "404"), (&boss.actor, "done"), (&boss.actor, "409")] {
            assert_eq!(cancel(who).await, wanted);
        }
    }

    /// The JSON API does all of it, and the forms do: with what was typed kept.
    async fn contests_by_the_api_and_by_forms(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let owner = site.log_in(shop.slug).await;
        let ada = shop.person("Ada").await;
        let body = json!({ "name": "Sprint", "metric": "sales", "first_day": TODAY, "last_day": FRIDAY, "prizes": ["Cake"] });
        let made = site.json(Method::POST, Some(&owner), &shop.api("contests"), &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let path = shop.api(&format!("contests/{}", made.json()["id"].as_str().expect("an id")));
        shop.enter("sales", ada, TODAY, 4_200).await;
        let shown = site.get_as(&owner, &path).await.json();
        let place = &shown["places"][0];
        assert_eq!((&shown["state"], &place["name"], &place["value"], &place["prize"], &place["won"]), (&json!("running"), &json!("Ada"), &json!("42.00"), &json!("Cake"), &json!(true)), "{shown}");
        let mut change = body;
        change["version"] = shown["version"].clone();
        change["last_day"] = json!("2026-11-30");
        assert_eq!(site.json(Method::PUT, Some(&owner), &path, &change).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.json(Method::PUT, Some(&owner), &path, &change).await.status, StatusCode::CONFLICT);
        assert_eq!(site.json(Method::POST, Some(&owner), &format!("{path}/sign-off"), &json!({ "version": 2 })).await.status, StatusCode::CONFLICT);
        assert_eq!(site.json(Method::POST, Some(&owner), &format!("{path}/cancel"), &json!({ "version": 2 })).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.get_as(&owner, &shop.api("contests")).await.json()[0]["state"], json!("cancelled"));

        let new = "/app/alpha/scoreboard/contests/new";
        assert_eq!(site.get_as(&owner, new).await.status, StatusCode::OK);
        let fields = [("org", "alpha"), ("name", "To ten"), ("metric", "sales"), ("how", "race"), ("of", "people"), ("first_day", TODAY), ("last_day", "27/11/2026"), ("goal", "1.005"), ("takes_part", "everybody"), ("ties", "shared")];
        let refused = site.form(Some(&owner), "/fn/scoreboard/add-contest", new, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
        assert!(refused.text.contains("1.005") && refused.text.contains("To ten"), "what was typed is kept");
        let fields = fields.map(|(name, value)| if name == "goal" { (name, "10.00") } else { (name, value) });
        let added = site.form(Some(&owner), "/fn/scoreboard/add-contest", new, &fields).await;
        assert_eq!(added.status, StatusCode::FOUND, "{added:?}");
        let page = site.get_as(&owner, added.location()).await;
        assert!(page.text.contains("The first to reach $10.00 of sales wins") && page.text.contains("Reached it"), "{}", page.text);
    }

    /// What somebody comes to in a period brings a badge, once for each; a correction takes it back, and gives it again.
    async fn a_correction_takes_a_badge_back(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", with(money(), json!({ "approval": true }))).await;
        let (ada, bo) = (shop.member("Ada", Role::Member).await, shop.person("Bo").await);
        given_for(&shop, "Thousand", json!({ "rule": "total", "amount": 100_000, "period": "week" })).await;
        shop.enter("sales", ada.id, TODAY, 60_000).await;
        assert_eq!(has(&shop, ada.id).await, "");
        let line = shop.enter("sales", ada.id, TODAY, 40_000).await;
        assert_eq!(has(&shop, ada.id).await, "Thousand week:2026-11-23");
        assert_eq!(celebrated(&shop).await, 1);
        shop.enter("sales", ada.id, TODAY, 40_000).await;
        assert_eq!(rows(&shop).await, 1, "never twice for the same");
        let less = shop.correct_as(&SYSTEM, line, &on(TODAY, entry("sales", ada.id, -20_000)), "A refund").await.expect("put right");
        assert_eq!(has(&shop, ada.id).await, "");
        shop.void_as(&SYSTEM, less, "No refund").await.expect("taken back");
        assert_eq!(has(&shop, ada.id).await, "Thousand week:2026-11-23", "it is given again");
        assert_eq!((rows(&shop).await, celebrated(&shop).await), (1, 1), "in place, and celebrated once");
        // Of a week that was over before the badge was there it isn’t given; of the next it is, once a manager has said yes.
        shop.enter("sales", ada.id, "2026-11-16", 500_000).await;
        assert_eq!(rows(&shop).await, 1);
        site.set_clock("2026-11-30T02:00:00Z");
        let waits = shop.enter_as(&ada.actor, &entry("sales", None, 100_000)).await.expect("entered");
        assert_eq!(has(&shop, ada.id).await, "Thousand week:2026-11-23");
        entries::decide(&site.platform, &SYSTEM, shop.slug, &waits.id.to_string(), true).await.expect("yes");
        assert_eq!(has(&shop, ada.id).await, "Thousand week:2026-11-23, Thousand week:2026-11-30");
        // Moved to somebody else, and backdated.
        shop.correct_as(&SYSTEM, waits.id, &on("2026-11-24", entry("sales", bo, 100_000)), "It was Bo’s").await.expect("put right");
        assert_eq!(has(&shop, ada.id).await, "Thousand week:2026-11-23");
        assert_eq!(has(&shop, bo).await, "Thousand week:2026-11-23");
    }

    /// A first, a large one, days in a row, and a best.
    async fn badges_of_every_rule(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("calls", json!({})).await;
        let (ada, bo) = (shop.person("Ada").await, shop.person("Bo").await);
        shop.enter("calls", bo, "2026-11-20", 1).await;
        given_for(&shop, "First", json!({ "metric": "calls", "rule": "first" })).await;
        given_for(&shop, "Large", json!({ "metric": "calls", "rule": "single", "amount": 50 })).await;
        given_for(&shop, "Row", json!({ "metric": "calls", "rule": "streak", "amount": 10, "days": 3 })).await;
        given_for(&shop, "Best", json!({ "metric": "calls", "rule": "best", "period": "week" })).await;
        shop.enter("calls", bo, TODAY, 1).await;
        assert_eq!(has(&shop, bo).await, "", "his first was before, and no week of his is better yet");
        for (day, at) in [("2026-11-26", "2026-11-26T02:00:00Z"), ("2026-11-27", "2026-11-27T02:00:00Z"), ("2026-11-30", "2026-11-30T02:00:00Z")] {
            site.set_clock(at);
            shop.enter("calls", ada, day, 12).await;
        }
        assert_eq!(has(&shop, ada).await, "First once, Row run:2026-11-26", "over a weekend");
        let large = shop.enter("calls", ada, "2026-11-30", 60).await;
        assert_eq!(has(&shop, ada).await, "Best week:2026-11-30, First once, Large once, Row run:2026-11-26");
        // What came before and was better makes a best of it no longer.
        let before = shop.enter("calls", ada, "2026-11-23", 900).await;
        assert_eq!(has(&shop, ada).await, "First once, Large once, Row run:2026-11-26");
        shop.void_as(&SYSTEM, before, "A typing error").await.expect("taken back");
        shop.void_as(&SYSTEM, large, "A typing error").await.expect("taken back");
        assert_eq!(has(&shop, ada).await, "First once, Row run:2026-11-26");
    }

    /// Badges of who wants to be on no board are theirs alone to see, and so are those of what each sees their own of.
    async fn a_badge_is_seen_by_who_may(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (ada, bo) = (shop.member("Ada Ash", Role::Member).await, shop.member("Bo", Role::Member).await);
        given_for(&shop, "Starter", json!({ "rule": "first" })).await;
        shop.enter("sales", ada.id, TODAY, 100).await;
        let (list, lately, own) = ("/app/alpha/scoreboard/contests", shop.api("badges/lately"), shop.api("me/badges"));
        assert!(site.get_as(&bo.cookie, list).await.text.contains("Ada Ash"));
        people::opt_out(&site.platform, &ada.actor, shop.slug, true).await.expect("off");
        for path in [list, lately.as_str()] {
            let seen = site.get_as(&bo.cookie, path).await;
            assert!(seen.text.contains("Starter") && !seen.text.contains("Ada Ash"), "{path}: {}", seen.text);
        }
        assert_eq!(site.get_as(&ada.cookie, &own).await.json()[0]["name"], json!("Starter"));
        assert_eq!(site.get_as(&bo.cookie, &own).await.json(), json!([]));
        assert_eq!(site.get_as(&ada.cookie, &lately).await.json()[0]["by"][0]["own"], json!(true));
    }

    /// Admins set badges up, and nobody else; what one is for stays.
    async fn who_sets_badges_up(site: Site) {
        let (shop, beta) = (Shop::alpha(&site).await, Shop::beta(&site).await);
        shop.metric("sales", money()).await;
        shop.metric("complaints", json!({ "lower_is_better": true })).await;
        let boss = shop.member("Bo", Role::Manager).await;
        let good = badge("Big one", json!({ "rule": "single", "amount": 100 }));
        for (who, wanted) in [(&boss.actor, "403"), (&beta.owner(), "404"), (&Actor::Anonymous, "401")] {
            assert_eq!(outcome(badges::add(&site.platform, who, shop.slug, &good).await), wanted);
        }
        let before = shop.standing().await;
        for (more, wanted) in [
            (json!({ "name": "" }), "422 name"),
            (json!({ "icon": "unicorn" }), "422 icon"),
            (json!({ "metric": "nothing" }), "422 metric"),
            (json!({ "metric": "complaints" }), "422 metric"),
            (json!({ "rule": "target" }), "422 rule"),
            (json!({ "amount": 0 }), "422 amount"),
            (json!({ "amount": null }), "422 amount"),
            (json!({ "period": "week" }), "422 period"),
            (json!({ "rule": "total" }), "422 period"),
            (json!({ "rule": "best", "amount": null, "period": "quarter" }), "422 period"),
            (json!({ "rule": "streak", "days": 1 }), "422 days"),
            (json!({ "days": 5 }), "422 days"),
        ] {
            let body = badge("Big one", with(json!({ "rule": "single", "amount": 100 }), more.clone()));
            assert_eq!(outcome(badges::add(&site.platform, &shop.owner(), shop.slug, &body).await), wanted, "{more}");
        }
        assert_eq!(shop.standing().await, before, "nothing was written");
        let owner = site.log_in(shop.slug).await;
        let list = "/app/alpha/scoreboard/badges";
        let fields = [("org", "alpha"), ("name", "Big one"), ("icon", "trophy"), ("metric", "sales"), ("rule", "single"), ("amount", "1,000"), ("period", "week"), ("days", "")];
        assert_eq!(site.form(Some(&owner), "/fn/scoreboard/add-badge", list, &fields).await.status, StatusCode::FOUND);
        let page = site.get_as(&owner, list).await;
        assert!(page.text.contains("$1,000.00 of sales or more at once"), "{}", page.text);
        let all = site.get_as(&owner, &shop.api("badges")).await.json();
        let path = shop.api(&format!("badges/{}", all[0]["id"].as_str().expect("an id")));
        let change = json!({ "name": "Huge one", "icon": "star", "active": false, "version": 1 });
        for (cookie, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&boss.cookie), StatusCode::FORBIDDEN), (Some(&owner), StatusCode::NO_CONTENT), (Some(&owner), StatusCode::CONFLICT)] {
            assert_eq!(site.json(Method::PUT, cookie.map(String::as_str), &path, &change).await.status, status);
        }
        // Nobody comes by it any more.
        shop.enter("sales", boss.id, TODAY, 900_000).await;
        assert_eq!(rows(&shop).await, 0);
    }
}

/// SQLite has ways of its own to put a row in another's place: none of them changes what was signed off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_signed_off_stays() {
    let site = Site::sqlite().await;
    let shop = Shop::alpha(&site).await;
    shop.metric("sales", money()).await;
    let ada = shop.person("Ada").await;
    let id = added(&shop, &contest("sales", json!({}))).await;
    shop.enter("sales", ada, TODAY, 100).await;
    site.set_clock(OVER);
    contests::sign_off(&site.platform, &SYSTEM, shop.slug, &id.to_string(), 1).await.expect("signed off");
    let mut file = SqliteConnection::connect(&site.url).await.expect("the file");
    for statement in [
        "UPDATE scoreboard_contest_standings SET won = 0",
        "DELETE FROM scoreboard_contest_standings",
        "INSERT OR REPLACE INTO scoreboard_contest_standings (org_id, contest_id, position, place, shared, person_id, team_id, figure, reached_at, won, prize, kept_at)
         SELECT org_id, contest_id, position, place, shared, person_id, team_id, figure + 1, reached_at, won, prize, kept_at FROM scoreboard_contest_standings",
    ] {
        let refused = file.execute(statement).await.expect_err("it is refused");
        assert!(refused.to_string().contains("append_only"), "{statement}: {refused}");
    }
}

/// A contest of this week, unless more is said.
fn contest(metric: &str, more: Value) -> ContestBody {
    let body = json!({ "name": "Sprint", "metric": metric, "first_day": TODAY, "last_day": FRIDAY });
    serde_json::from_value(with(body, more)).expect("a body")
}

async fn added(shop: &Shop<'_>, body: &ContestBody) -> ContestId {
    contests::add(&shop.site.platform, &SYSTEM, shop.slug, body).await.expect("it is set up")
}

async fn shown(shop: &Shop<'_>, id: ContestId) -> ContestPage {
    page::one(&shop.site.platform, &SYSTEM, shop.slug, &id.to_string()).await.expect("a page")
}

/// Who stands where, for who sees all: "1 Ada $2.00 won Lunch, 2= Bo $1.00".
async fn stands(shop: &Shop<'_>, id: ContestId) -> String {
    written(&shown(shop, id).await)
}

fn written(page: &ContestPage) -> String {
    let place = |line: &contests::standing::Line| {
        let rank = line.rank.map_or("–".to_owned(), |rank| rank.to_string());
        let (shared, won) = (if line.shared { "=" } else { "" }, if line.won { " won" } else { "" });
        format!("{rank}{shared} {} {}{won} {}", line.name, line.figure, line.prize).trim_end().to_owned()
    };
    page.standing.lines.iter().map(place).collect::<Vec<_>>().join(", ")
}

fn badge(name: &str, more: Value) -> BadgeBody {
    serde_json::from_value(with(json!({ "name": name, "metric": "sales" }), more)).expect("a body")
}

async fn given_for(shop: &Shop<'_>, name: &str, more: Value) -> BadgeId {
    badges::add(&shop.site.platform, &SYSTEM, shop.slug, &badge(name, more)).await.expect("it is set up")
}

/// Which badges somebody has, each with what for.
async fn has(shop: &Shop<'_>, person: PersonId) -> String {
    let mut tx = shop.opened(Access::Read).await;
    let (all, awards) = (store::badges::badges(&mut tx).await, store::badges::of_person(&mut tx, person, 100).await);
    tx.rollback().await.expect("an end");
    let all = all.expect("badges");
    let name = |id: BadgeId| all.iter().find(|badge| badge.id == id).map_or("", |badge| badge.name.as_str());
    let awards = awards.expect("awards");
    let mut held: Vec<String> = awards.iter().map(|one| format!("{} {}", name(one.badge_id), one.period)).collect();
    held.sort();
    held.join(", ")
}

/// How many rows there are of who came by which badge.
async fn rows(shop: &Shop<'_>) -> i64 {
    let mut tx = shop.site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let found = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM scoreboard_awards WHERE org_id = $1", shop.id);
    found.expect("rows").0
}

/// How often something was celebrated.
async fn celebrated(shop: &Shop<'_>) -> i64 {
    let mut tx = shop.opened(Access::Read).await;
    let last = celebrations::last(&mut tx).await.expect("a number");
    tx.rollback().await.expect("an end");
    last
}
