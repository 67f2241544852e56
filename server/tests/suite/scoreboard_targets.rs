//! Targets: who sets them and sees them, how they stand day by day, and that nothing of them is lost.

use app::{
    db::{Access, DbError},
    modules::scoreboard::{
        board::{self, Of},
        ids::{PersonId, TeamId},
        people::{self, MembershipBody},
        period::Kind,
        permissions, targets,
    },
    org::Role,
    platform_sql,
};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    on_both,
    scoreboard::{SYSTEM, Shop, entry, money, with},
    support::Answer,
};

/// The Friday before the tests’ Monday.
const FRIDAY: &str = "2026-11-20";
const NOVEMBER: &str = "month:2026-11-01";

on_both! {
    /// A target is spread over the days that are worked: nobody is behind in the morning, and a cent that is missing is still asked for.
    async fn a_target_stands_as_its_days_say(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada Ash").await;
        // November 2026 has 21 weekdays, 15 of them before Monday 23: $100 each.
        let body = json!({ "metric": "sales", "period": "month", "person": ada, "amount": 210_000, "stretch": [250_000, 300_000] });
        let made = put(&shop, Some(&owner), &body).await;
        assert_eq!((made.status, &made.json()["fresh"]), (StatusCode::CREATED, &json!(true)), "{made:?}");
        shop.enter("sales", ada, FRIDAY, 140_000).await;
        let behind = line(&pace(&shop, &owner, "sales", "month").await, "Ada Ash");
        let figures = |line: &Value, name: &str| line["pace"][name].clone();
        assert_eq!((figures(&behind, "due_before"), figures(&behind, "due")), (json!(150_000), json!(160_000)), "{behind}");
        assert_eq!((figures(&behind, "working_days_left"), figures(&behind, "required_per_day")), (json!(6), json!(11_667)));
        assert_eq!((&behind["state"], &behind["word"], &behind["done_shown"]), (&json!("behind"), &json!("Behind"), &json!("$1,400.00")));
        shop.enter("sales", ada, FRIDAY, 10_000).await;
        let kept = line(&pace(&shop, &owner, "sales", NOVEMBER).await, "Ada Ash");
        assert_eq!(kept["state"], "on_pace", "what was due before today is done: {kept}");
        // Fifteen days, of which one brought all: 150,000 / 15 for each of six days more.
        assert_eq!((&kept["forecast"]["expected"], &kept["forecast"]["too_early"]), (&json!(210_000), &json!(false)), "{kept}");
        let page = site.get_as(&owner, "/app/alpha/scoreboard/pace?metric=sales").await;
        for words in ["Are we on pace?", "Ada Ash", "$2,100.00", "then $2,500.00, $3,000.00", "$1,500.00 · 71%", "On pace", "$100.00 a working day", "6 working days left"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        shop.enter("sales", ada, "2026-11-23", 110_000).await;
        let reached = line(&pace(&shop, &owner, "sales", "month").await, "Ada Ash");
        assert_eq!((&reached["state"], &reached["stretch_reached"]), (&json!("reached"), &json!(1)), "{reached}");
        let page = site.get_as(&owner, "/app/alpha/scoreboard/pace").await.text;
        assert!(page.contains("Stretch 1 of 2 reached"), "{page}");
        // The month before had no target; the one to come has its own.
        assert_eq!(pace(&shop, &owner, "sales", "month:2026-10-01").await["targets"], json!([]));
    }

    /// Working days: of the week, without public holidays of the state, days that the calendar closes, and time away.
    async fn days_that_are_not_worked_ask_nothing(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        let ada = shop.person_with("Ada", json!({ "joined_on": "2026-01-01" })).await;
        put(&shop, Some(&owner), &json!({ "metric": "sales", "period": "month:2026-12-01", "person": ada, "amount": 100_000 })).await;
        let days = async || {
            let pace = pace(&shop, &owner, "sales", "month:2026-12-01").await;
            line(&pace, "Ada")["pace"]["working_days_left"].clone()
        };
        assert_eq!(days().await, 23, "weekdays of December 2026");
        let details = site.get_as(&owner, "/api/v1/orgs/alpha/details").await.json();
        let mut body = json!({ "version": details["version"], "name": details["name"], "zone": details["zone"], "state": "NSW" });
        let saved = site.json(Method::PUT, Some(&owner), "/api/v1/orgs/alpha/details", &body).await;
        assert!(saved.status.is_success(), "{saved:?}");
        assert_eq!(days().await, 21, "without Christmas Day and the Monday for Boxing Day");
        let stocktake = json!({ "name": "Stocktake", "closed_from": 0, "closed_until": 1440 });
        let half = json!({ "name": "Party", "closed_from": 720, "closed_until": 1440 });
        for (date, body) in [("2026-12-31", &stocktake), ("2026-12-18", &half)] {
            let path = format!("/api/v1/orgs/alpha/calendar/holidays/{date}");
            assert!(site.json(Method::PUT, Some(&owner), &path, body).await.status.is_success());
        }
        assert_eq!(days().await, 20, "a part of a day is worked");
        let leave = json!({ "since": "2026-12-21", "until": "2026-12-24" });
        let path = shop.api(&format!("people/{ada}/leave"));
        let away = site.json(Method::POST, Some(&owner), &path, &leave).await;
        assert_eq!(away.status, StatusCode::CREATED, "{away:?}");
        assert_eq!(days().await, 16);
        let person = site.get_as(&owner, &shop.api("people")).await.json()[0].clone();
        assert_eq!(person["works"], json!([1, 2, 3, 4, 5]), "{person}");
        body = json!({ "name": "Ada", "joined_on": "2026-01-01", "works": [1, 6], "version": person["version"] });
        let put_person = shop.api(&format!("people/{ada}"));
        assert_eq!(site.json(Method::PUT, Some(&owner), &put_person, &body).await.status, StatusCode::NO_CONTENT);
        // Mondays 7 and 14, Saturdays 5, 12, 19; the 21st she is away, the 26th and 28th are holidays.
        assert_eq!(days().await, 5);
        let id = away.json()["id"].as_str().expect("an id").to_owned();
        assert_eq!(site.json(Method::DELETE, Some(&owner), &shop.api(&format!("leave/{id}")), &json!({})).await.status, StatusCode::NO_CONTENT);
        assert_eq!(days().await, 6);
        assert_eq!(site.json(Method::DELETE, Some(&owner), &shop.api(&format!("leave/{id}")), &json!({})).await.status, StatusCode::NOT_FOUND);
        for (since, until, field) in [("soon", "", "since"), ("2026-12-02", "2026-12-01", "until"), ("2026-12-02", "2036-12-01", "until")] {
            let refused = site.json(Method::POST, Some(&owner), &path, &json!({ "since": since, "until": until })).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{since} {until}");
        }
        body["works"] = json!([8]);
        body["version"] = site.get_as(&owner, &shop.api("people")).await.json()[0]["version"].clone();
        assert_eq!(site.json(Method::PUT, Some(&owner), &put_person, &body).await.fields(), ["works"]);
        // Nobody works on any day: nothing is divided.
        body["works"] = json!([]);
        assert_eq!(site.json(Method::PUT, Some(&owner), &put_person, &body).await.status, StatusCode::NO_CONTENT);
        assert_eq!(days().await, 0);
        assert_eq!(site.get_as(&owner, "/app/alpha/scoreboard/pace?period=month:2026-12-01").await.status, StatusCode::OK);
    }

    /// Managers see all; a member what is shown to everyone and their own; who wants to be on no board is only in what all come to.
    async fn who_sees_which_target(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        shop.metric("bonus", with(money(), json!({ "shown_to": "own" }))).await;
        shop.metric("margin", with(money(), json!({ "shown_to": "managers" }))).await;
        let (ada, bo) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Member).await);
        let boss = shop.member("Cy", Role::Manager).await;
        for metric in ["sales", "bonus", "margin"] {
            for (person, amount) in [(json!(ada.id), 100_000), (json!(bo.id), 200_000), (Value::Null, 300_000)] {
                let body = json!({ "metric": metric, "period": "month", "person": person, "amount": amount });
                assert_eq!(put(&shop, Some(&boss.cookie), &body).await.status, StatusCode::CREATED, "{metric}");
            }
        }
        shop.enter("sales", bo.id, FRIDAY, 50_000).await;
        let seen = async |cookie: &str, metric: &str| names(&pace(&shop, cookie, metric, "month").await);
        assert_eq!(seen(&ada.cookie, "sales").await, ["Everybody", "Ada", "Bo"]);
        assert_eq!(seen(&ada.cookie, "bonus").await, ["Ada"]);
        assert_eq!(seen(&boss.cookie, "bonus").await, ["Everybody", "Ada", "Bo"]);
        let hidden = site.get_as(&ada.cookie, &shop.api("pace?metric=margin")).await;
        assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{hidden:?}");
        assert_eq!(seen(&boss.cookie, "margin").await, ["Everybody", "Ada", "Bo"]);
        let mine = site.get_as(&ada.cookie, &shop.api("me/targets")).await.json();
        let mut own: Vec<&str> = mine.as_array().expect("a list").iter().filter_map(|one| one["metric"].as_str()).collect();
        own.sort_unstable();
        assert_eq!(own, ["bonus", "sales"], "what only managers see isn’t told to whoever it is of: {mine}");
        let sums = pace(&shop, &boss.cookie, "sales", "month").await["sums"].clone();
        assert_eq!(sums, json!(["People’s targets come to everybody’s."]));
        assert_eq!(pace(&shop, &ada.cookie, "sales", "month").await["sums"], json!([]));

        people::opt_out(&site.platform, &bo.actor, shop.slug, true).await.expect("out");
        for cookie in [&ada.cookie, &boss.cookie, &owner] {
            assert_eq!(seen(cookie, "sales").await, ["Everybody", "Ada"]);
            let page = site.get_as(cookie, "/app/alpha/scoreboard/pace?metric=sales").await.text;
            assert!(!page.contains(">Bo<") && page.contains("$500.00"), "not the name, but what all come to: {page}");
        }
        assert_eq!(seen(&bo.cookie, "sales").await, ["Everybody", "Ada", "Bo"], "their own");
        let history = site.get_as(&owner, "/app/alpha/scoreboard/targets?metric=sales").await.text;
        assert!(history.contains("Somebody who isn’t on boards"), "{history}");
    }

    /// Only managers set targets, of what is theirs to set; what is wrong is said at its field, and nothing is written.
    async fn who_sets_a_target(site: Site) {
        let (shop, beta) = (Shop::alpha(&site).await, Shop::beta(&site).await);
        let (owner, stranger) = (site.log_in("alpha").await, site.log_in("beta").await);
        shop.metric("sales", money()).await;
        let (ada, theirs) = (shop.member("Ada", Role::Member).await, beta.person("Wes").await);
        let (north, westerners) = (shop.team("North").await, beta.team("Westerners").await);
        let good = json!({ "metric": "sales", "period": "month", "person": ada.id, "amount": 100_000 });
        let before = shop.standing().await;
        for (cookie, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&ada.cookie), StatusCode::FORBIDDEN), (Some(&stranger), StatusCode::NOT_FOUND)] {
            assert_eq!(put(&shop, cookie.map(String::as_str), &good).await.status, status);
            for page in ["targets/ideas?metric=sales", "targets/changes?metric=sales"] {
                let said = match cookie { Some(cookie) => site.get_as(cookie, &shop.api(page)).await, None => site.get(&shop.api(page)).await };
                assert_eq!(said.status, status, "{page}");
            }
            let page = match cookie { Some(cookie) => site.get_as(cookie, "/app/alpha/scoreboard/targets").await, None => site.get("/app/alpha/scoreboard/targets").await };
            assert_eq!(page.status, status);
        }
        for (change, status, field) in [
            (json!({ "person": theirs }), 404, None),
            (json!({ "person": null, "team": westerners }), 404, None),
            (json!({ "metric": "margin" }), 404, None),
            (json!({ "team": north }), 422, Some("team")),
            (json!({ "amount": -1 }), 422, Some("amount")),
            (json!({ "amount": 1_i64 << 53 }), 422, Some("amount")),
            (json!({ "stretch": [100_000] }), 422, Some("stretch")),
            (json!({ "stretch": [3, 2, 1] }), 422, Some("stretch")),
            (json!({ "stretch": [200_000, 300_000, 400_000, 500_000] }), 422, Some("stretch")),
            (json!({ "period": "last:30" }), 422, Some("period")),
            (json!({ "period": "month:2026-11-02" }), 422, None),
            (json!({ "version": 1 }), 409, Some("amount")),
        ] {
            let body = with(good.clone(), change);
            let refused = put(&shop, Some(&owner), &body).await;
            assert_eq!(refused.status.as_u16(), status, "{body}: {refused:?}");
            if let Some(field) = field {
                assert_eq!(refused.fields(), [field], "{body}");
            }
        }
        assert_eq!(shop.standing().await, before, "nothing was told");
        assert_eq!(pace(&shop, &owner, "sales", "month").await["targets"], json!([]));

        let token = shop.token(&[permissions::VIEW.name]).await;
        assert_eq!(site.bearer(&token, &shop.api("pace?metric=sales")).await.status, StatusCode::OK);
        assert_eq!(site.bearer(&token, &shop.api("targets/changes?metric=sales")).await.status, StatusCode::FORBIDDEN);
    }

    /// A target is set once; the same again changes nothing, another version is refused, and all that it was stays to be seen.
    async fn a_target_has_a_history(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        let body = json!({ "metric": "sales", "period": "financial_year", "amount": 100_000_000 });
        let made = put(&shop, Some(&owner), &body).await;
        let id = made.json()["id"].as_str().expect("an id").to_owned();
        let told = shop.standing().await;
        let again = put(&shop, Some(&owner), &body).await;
        assert_eq!((again.status, &again.json()["id"]), (StatusCode::OK, &json!(id)), "{again:?}");
        assert_eq!(shop.standing().await, told, "the same again is nothing new");
        let more = |amount: i64, version: Value| with(body.clone(), json!({ "amount": amount, "version": version }));
        let refused = put(&shop, Some(&owner), &more(1, Value::Null)).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::CONFLICT, vec!["amount".to_owned()]));
        assert_eq!(put(&shop, Some(&owner), &more(120_000_000, json!(1))).await.status, StatusCode::OK);
        assert_eq!(put(&shop, Some(&owner), &more(1, json!(1))).await.status, StatusCode::CONFLICT);
        let removed = async || site.json(Method::DELETE, Some(&owner), &shop.api(&format!("targets/{id}")), &json!({})).await.status;
        assert_eq!(removed().await, StatusCode::NO_CONTENT);
        assert_eq!(removed().await, StatusCode::NOT_FOUND);
        let history = site.get_as(&owner, &shop.api("targets/changes?metric=sales&period=financial_year")).await.json();
        let amounts: Vec<(Value, Value)> = history.as_array().expect("a list").iter().map(|one| (one["before"].clone(), one["after"].clone())).collect();
        assert_eq!(amounts.len(), 3, "{history}");
        assert!(amounts.contains(&(Value::Null, json!(100_000_000))) && amounts.contains(&(json!(120_000_000), Value::Null)), "{history}");
        let page = site.get_as(&owner, "/app/alpha/scoreboard/targets?metric=sales&period=financial_year").await.text;
        assert!(page.contains("Owner of Alpha Clinic") && page.contains("$1,200,000.00"), "{page}");
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("removed the target of sales for everybody, Financial year 2026–27"), "{log}");
        for number in 0..2 {
            let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
            let outcome = if number == 0 {
                platform_sql!(exec, &mut tx, "UPDATE scoreboard_target_changes SET after_amount = 1")
            } else {
                platform_sql!(exec, &mut tx, "DELETE FROM scoreboard_target_changes")
            };
            assert!(matches!(&outcome, Err(DbError::Rule(rule)) if rule == "append_only"), "{number}: {outcome:?}");
            tx.rollback().await.expect("an end");
        }
        // Set anew, it is another target.
        assert_eq!(put(&shop, Some(&owner), &body).await.status, StatusCode::CREATED);
    }

    /// A table of targets is saved at once, or not at all; what was typed stays where something is wrong.
    async fn a_table_is_saved_at_once(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        let (ada, bo) = (shop.person("Ada").await, shop.person("Bo").await);
        let send = async |cells: &[(&str, &str)]| {
            let mut fields = vec![("org", "alpha"), ("metric", "sales"), ("period", NOVEMBER)];
            fields.extend_from_slice(cells);
            site.form(Some(&owner), "/fn/scoreboard/save-targets", "/app/alpha/scoreboard/targets?metric=sales", &fields).await
        };
        let cell = |part: &str, key: &str| format!("{part}[{key}][]");
        let (ada, bo) = (format!("of_{ada}"), format!("of_{bo}"));
        let names_of = ["amount", "stretch", "versions"].map(|part| [cell(part, "everybody"), cell(part, &ada), cell(part, &bo)]);
        let [amounts, levels, versions] = names_of.each_ref().map(|names| names.each_ref().map(String::as_str));
        let ([all, of_ada, of_bo], beyond) = (amounts, levels[1]);
        let wrong = send(&[(all, "5,000"), (of_ada, "2,000.005"), (of_bo, ""), (beyond, "3,000 / 2,500")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
        assert!(wrong.text.contains("without part of a cent") && wrong.text.contains("2,000.005") && wrong.text.contains("3,000 / 2,500"), "{}", wrong.text);
        assert_eq!(pace(&shop, &owner, "sales", "month").await["targets"], json!([]));
        let saved = send(&[(all, "5,000"), (of_ada, "2,000"), (of_bo, ""), (beyond, "2,500 / 3,000")]).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{saved:?}");
        assert_eq!(names(&pace(&shop, &owner, "sales", "month").await), ["Everybody", "Ada"]);
        assert_eq!(pace(&shop, &owner, "sales", "month").await["sums"], json!(["People’s targets are $3,000.00 short of everybody’s."]));
        // Without the versions that hold now, nothing is written over.
        let stale = send(&[(all, "6,000"), (of_ada, "2,000"), (beyond, "2,500 / 3,000")]).await;
        assert_eq!(stale.status, StatusCode::CONFLICT, "{stale:?}");
        assert!(stale.text.contains("It is $5,000.00 now."), "{}", stale.text);
        let changed = send(&[(all, ""), (of_ada, "2,100"), (beyond, ""), (versions[0], "1"), (versions[1], "1")]).await;
        assert_eq!(changed.status, StatusCode::FOUND, "{changed:?}");
        let now = pace(&shop, &owner, "sales", "month").await;
        assert_eq!((names(&now), &now["targets"][0]["amount"], &now["targets"][0]["stretch"]), (vec!["Ada".to_owned()], &json!(210_000), &json!([])));
    }

    /// Targets can begin as those of the period before with growth, or as a team’s over its people, to the cent; nothing is saved by that.
    async fn targets_can_be_proposed(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        let (ada, bo, cy) = (shop.person("Ada").await, shop.person_with("Bo", json!({ "works": [1, 2] })).await, shop.person("Cy").await);
        shop.person_with("Dee", json!({ "left_on": "2026-10-31" })).await;
        let north = shop.team("North").await;
        for (person, since, until) in [(ada, "2026-01-01", None), (bo, "2026-01-01", None), (cy, "2026-01-01", Some("2026-10-31"))] {
            join(&shop, person, north, since, until).await;
        }
        for (whose, amount) in [(json!({ "person": ada }), 100_001), (json!({ "team": north }), 200_000)] {
            let body = with(json!({ "metric": "sales", "period": "month:2026-10-01", "amount": amount, "stretch": [amount * 2] }), whose);
            assert_eq!(put(&shop, Some(&owner), &body).await.status, StatusCode::CREATED);
        }
        let before = shop.standing().await;
        let ideas = async |query: &str| site.get_as(&owner, &shop.api(&format!("targets/ideas?metric=sales&period=month&{query}"))).await;
        let copied = ideas("growth=2.5").await.json();
        let amounts = |ideas: &Value| -> Vec<i64> { ideas["targets"].as_array().expect("a list").iter().filter_map(|one| one["amount"].as_i64()).collect() };
        assert_eq!(amounts(&copied), [205_000, 102_501], "to the cent: {copied}");
        assert_eq!(copied["targets"][0]["stretch"], json!([410_000]));
        assert_eq!(ideas("growth=lots").await.fields(), ["growth"]);
        assert_eq!(ideas(&format!("spread={north}")).await.fields(), ["spread"], "it has no target this month");
        let body = json!({ "metric": "sales", "period": "month", "team": north, "amount": 100_000 });
        assert_eq!(put(&shop, Some(&owner), &body).await.status, StatusCode::CREATED);
        let spread = ideas(&format!("spread={north}")).await.json();
        // 21 days of Ada’s, 9 of Bo’s (five Mondays, four Tuesdays); Cy is in it no more.
        assert_eq!(amounts(&spread).iter().sum::<i64>(), 100_000);
        let mut shares = amounts(&spread);
        shares.sort_unstable();
        assert_eq!(shares, [30_000, 70_000], "{spread}");
        let page = site.get_as(&owner, &format!("/app/alpha/scoreboard/targets?metric=sales&spread={north}")).await.text;
        assert!(page.contains("Not saved yet") && page.contains("700.00") && page.contains("Proposed"), "{page}");
        let refused = site.get_as(&owner, "/app/alpha/scoreboard/targets?metric=sales&copy=1&growth=lots").await;
        assert!(refused.status == StatusCode::OK && refused.text.contains("Enter a percentage"), "{}", refused.text);
        assert_eq!(shop.standing().await.0, before.0);
        assert_eq!(names(&pace(&shop, &owner, "sales", "month").await), ["North"], "nothing of it is saved");
    }

    /// A target that an entry brings about is celebrated once, and only where everybody may see it.
    async fn a_target_that_is_reached_is_celebrated_once(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        shop.metric("bonus", with(money(), json!({ "shown_to": "own" }))).await;
        shop.metric("complaints", json!({ "lower_is_better": true })).await;
        let (ada, north) = (shop.person("Ada").await, shop.team("North").await);
        join(&shop, ada, north, "2026-11-10", None).await;
        for (metric, whose, amount) in [
            ("sales", json!({ "person": ada }), 10_000), ("sales", json!({ "team": north }), 20_000), ("sales", json!({}), 29_999),
            ("bonus", json!({ "person": ada }), 100), ("complaints", json!({ "person": ada }), 3),
        ] {
            let body = with(json!({ "metric": metric, "period": "month", "amount": amount }), whose);
            assert_eq!(put(&shop, Some(&owner), &body).await.status, StatusCode::CREATED);
        }
        let mut before = 0;
        // Before the 10th she wasn’t in the team.
        for (day, value, all) in [("2026-11-02", 9_999, 0), (FRIDAY, 1, 1), (FRIDAY, 19_999, 3), (FRIDAY, 50_000, 3), ("2026-10-30", 90_000, 3)] {
            let line = shop.enter("sales", ada, day, value).await;
            let now = celebrated(&shop).await;
            assert_eq!(now, all, "{day} {value} after {before}");
            before = now;
            if value == 50_000 {
                shop.void_as(&SYSTEM, line, "It wasn’t").await.expect("taken back");
            }
        }
        shop.enter("bonus", ada, FRIDAY, 100).await;
        shop.enter("complaints", ada, FRIDAY, 3).await;
        assert_eq!(celebrated(&shop).await, 3);
    }

    /// At most so many complaints: none at all is a target like any other, and it is kept once the month is over.
    async fn no_complaints_is_a_target(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("complaints", json!({ "lower_is_better": true })).await;
        shop.metric("calls", json!({})).await;
        shop.metric("rate", json!({ "kind": "ratio", "numerator": "complaints", "denominator": "calls", "suffix": "%", "decimals": 1, "lower_is_better": true })).await;
        let ada = shop.person("Ada").await;
        for (metric, period, amount) in [("complaints", "month", 0), ("complaints", "month:2026-10-01", 0), ("rate", "month", 50)] {
            let body = json!({ "metric": metric, "period": period, "amount": amount });
            assert_eq!(put(&shop, Some(&owner), &body).await.status, StatusCode::CREATED);
        }
        let word = async |metric: &str, period: &str| line(&pace(&shop, &owner, metric, period).await, "Everybody")["word"].clone();
        assert_eq!(word("complaints", "month").await, "On pace");
        assert_eq!(word("complaints", "month:2026-10-01").await, "Kept");
        assert_eq!(word("rate", "month").await, "Nothing yet", "nothing to divide by");
        shop.enter("calls", ada, FRIDAY, 20).await;
        assert_eq!(word("rate", "month").await, "On target");
        shop.enter("complaints", ada, FRIDAY, 1).await;
        assert_eq!(word("complaints", "month").await, "Over");
        assert_eq!(word("rate", "month").await, "On target", "5.0 %");
        shop.enter_as(&SYSTEM, &entry("complaints", ada, 1)).await.expect("entered");
        assert_eq!(word("rate", "month").await, "Above target");
        assert_eq!(site.get_as(&owner, "/app/alpha/scoreboard/pace?metric=rate").await.status, StatusCode::OK);
    }

    /// A wall shows what everybody may see, and nobody who wants to be on no board.
    async fn a_wall_shows_what_everybody_may_see(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        shop.metric("bonus", with(money(), json!({ "shown_to": "own" }))).await;
        let (ada, bo) = (shop.person("Ada").await, shop.person_with("Bo", json!({ "opted_out": true })).await);
        let (north, city) = (shop.team("North").await, shop.group("City", "branch").await);
        for (whose, amount) in [(json!({ "person": ada }), 10_000), (json!({ "person": bo }), 10_000), (json!({ "team": north }), 20_000), (json!({ "team": city }), 20_000), (json!({}), 0)] {
            let body = with(json!({ "metric": "sales", "period": "month", "amount": amount }), whose);
            assert_eq!(put(&shop, Some(&owner), &body).await.status, StatusCode::CREATED);
        }
        shop.enter("sales", ada, FRIDAY, 2_500).await;
        let mut tx = shop.opened(Access::Read).await;
        let book = board::book(&mut tx).await.expect("a book");
        for (of, wanted) in [(Of::People, "Everybody $25.00 of $0.00, Ada $25.00 of $100.00"), (Of::Teams, "Everybody $25.00 of $0.00, North $0.00 of $200.00"), (Of::Branches, "Everybody $25.00 of $0.00, City $0.00 of $200.00")] {
            let wall = targets::on_wall(&mut tx, &book, "sales", Kind::Month, of).await.expect("a wall");
            let rows: Vec<String> = wall.rows.iter().map(|row| format!("{} {} of {}", row.name, row.done, row.target)).collect();
            assert_eq!(rows.join(", "), wanted);
            assert_eq!((wall.title.as_str(), wall.about.as_str()), ("sales", "November 2026"));
        }
        let ada = targets::on_wall(&mut tx, &book, "sales", Kind::Month, Of::People).await.expect("a wall").rows.remove(1);
        assert_eq!((ada.thousandths, ada.word.as_str(), ada.good), (250, "Behind", false));
        assert!(targets::on_wall(&mut tx, &book, "sales", Kind::Year, Of::People).await.expect("a wall").rows.is_empty());
        assert!(targets::on_wall(&mut tx, &book, "bonus", Kind::Month, Of::People).await.is_err(), "each sees their own");
        tx.rollback().await.expect("an end");
    }
}

async fn put(shop: &Shop<'_>, cookie: Option<&str>, body: &Value) -> Answer {
    shop.site.json(Method::PUT, cookie, &shop.api("targets"), body).await
}

/// How targets stand, for whoever asks.
async fn pace(shop: &Shop<'_>, cookie: &str, metric: &str, period: &str) -> Value {
    let answer = shop.site.get_as(cookie, &shop.api(&format!("pace?metric={metric}&period={period}"))).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

fn lines(pace: &Value) -> &Vec<Value> {
    pace["targets"].as_array().expect("targets")
}

fn names(pace: &Value) -> Vec<String> {
    lines(pace).iter().filter_map(|line| line["name"].as_str()).map(str::to_owned).collect()
}

fn line(pace: &Value, name: &str) -> Value {
    let found = lines(pace).iter().find(|line| line["name"] == name).cloned();
    found.unwrap_or_else(|| panic!("{name} has no target in {pace}"))
}

async fn join(shop: &Shop<'_>, person: PersonId, team: TeamId, since: &str, until: Option<&str>) {
    let body = MembershipBody { team, since: since.to_owned(), until: until.map(str::to_owned) };
    people::join_team(&shop.site.platform, &SYSTEM, shop.slug, &person.to_string(), &body).await.expect("a member");
}

/// How many targets were celebrated.
async fn celebrated(shop: &Shop<'_>) -> i64 {
    let mut tx = shop.site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let found = platform_sql!(
        one(i64,),
        &mut tx,
        "SELECT COUNT(*) FROM scoreboard_celebrations WHERE org_id = $1 AND kind = 'target'",
        shop.id
    );
    found.expect("a count").0
}
