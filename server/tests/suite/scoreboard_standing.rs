//! How places changed since yesterday, streaks and bests, who improved most, and periods that are closed.

use std::collections::BTreeSet;

use app::{
    db::{Access, DbError},
    error::Result,
    modules::scoreboard::{
        board::Of,
        closing::{self, CloseBody, ClosingPage, Row},
        entries::{self, EntryBody},
        ids::{ClosingId, EntryId},
        people, snapshots,
    },
    org::{Actor, Role},
    platform_sql,
};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    on_both,
    scoreboard::{SYSTEM, Shop, TODAY, entry, money, on},
    support::outcome,
};

on_both! {
    /// Arrows compare with who stood where at the end of yesterday, on pages, in the API and in files; a job that runs again changes nothing of it.
    async fn arrows_compare_with_the_end_of_yesterday(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        let (ada, bo) = (shop.person("Ada").await, shop.person("Bo").await);
        shop.person("Cy").await;
        shop.enter("sales", ada, "2026-11-20", 5_000).await;
        shop.enter("sales", bo, "2026-11-22", 3_000).await;
        assert_eq!(moved(&shop, &owner, "board?period=month").await, "Ada –, Bo –, Cy –", "nothing to compare with");
        snapshots::take_due(&site.platform).await.expect("taken");
        assert_eq!(kept(&shop, "9999-12-31").await, 3, "of people: the week, the month and the financial year");
        snapshots::take_due(&site.platform).await.expect("taken again");
        assert_eq!(kept(&shop, "9999-12-31").await, 3);
        assert_eq!(moved(&shop, &owner, "board?period=month").await, "Ada same 0, Bo same 0, Cy same 0");
        shop.enter("sales", bo, TODAY, 9_000).await;
        let now = "Bo up 1, Ada down 1, Cy same 0";
        assert_eq!(moved(&shop, &owner, "board?period=month").await, now);
        assert_eq!(moved(&shop, &owner, "board?period=financial_year").await, now);
        for path in ["board?period=week", "board?period=day", "board?period=last:30", "board?period=quarter"] {
            let none = moved(&shop, &owner, path).await;
            assert!(!none.contains("up") && !none.contains("same"), "{path}: {none}");
        }
        let page = site.get_as(&owner, "/app/alpha/scoreboard").await.text;
        for part in ["aria-label=\"up 1 place since yesterday\"", "▲ 1", "aria-label=\"down 1 place since yesterday\"", "▼ 1"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let file = site.get_as(&owner, "/app/alpha/scoreboard/board.csv?metric=sales&period=month").await;
        assert_eq!(file.text, "Rank,Name,sales,Movement\n1,Bo,120.00,up 1\n2,Ada,50.00,down 1\n3,Cy,0.00,same\n");
        // Who has nothing can be left out; places stay as they are.
        let file = site.get_as(&owner, "/app/alpha/scoreboard/board.csv?metric=sales&period=month&list=results").await;
        assert_eq!(file.text, "Rank,Name,sales,Movement\n1,Bo,120.00,up 1\n2,Ada,50.00,down 1\n");
    }

    /// What a snapshot knows of who is on no board any more moves nobody, and where only one's own place is shown, nothing is said.
    async fn arrows_tell_nothing_of_who_is_on_no_board(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        shop.metric("calls", json!({ "shown_to": "own" })).await;
        let ada = shop.member("Ada Ash", Role::Member).await;
        let (bo, cy) = (shop.person("Bo").await, shop.person("Cy").await);
        for (person, value) in [(ada.id, 900), (bo, 500), (cy, 100)] {
            shop.enter("sales", person, "2026-11-20", value).await;
            shop.enter("calls", person, "2026-11-20", value).await;
        }
        snapshots::take_due(&site.platform).await.expect("taken");
        let own = moved(&shop, &ada.cookie, "board?metric=calls").await;
        assert_eq!(own, "Ada Ash –", "only their own place, and no way to tell it from others’");
        assert_eq!(moved(&shop, &owner, "board?metric=calls").await, "Ada Ash same 0, Bo same 0, Cy same 0", "who manages sees all");
        people::opt_out(&site.platform, &ada.actor, shop.slug, true).await.expect("off");
        assert_eq!(moved(&shop, &owner, "board?metric=sales").await, "Bo same 0, Cy same 0", "nobody went up by it");
        let file = site.get_as(&owner, "/app/alpha/scoreboard/board.csv?metric=sales").await.text;
        assert!(!file.contains("Ada Ash") && file.contains("1,Bo,5.00,same"), "{file}");
    }

    /// Each organisation's day is over at its own midnight. What was missed is made up for; old ones go, but for those of a period's last day.
    async fn each_day_is_kept_when_it_is_over(site: Site) {
        let (alpha, beta) = (Shop::alpha(&site).await, Shop::beta(&site).await);
        for shop in [&alpha, &beta] {
            shop.metric("sales", money()).await;
            let ada = shop.person("Ada").await;
            shop.enter("sales", ada, "2026-11-20", 100).await;
        }
        // One in the morning of Tuesday in Sydney, ten in the evening of Monday in Perth.
        site.set_clock("2026-11-23T14:00:00Z");
        snapshots::take_due(&site.platform).await.expect("taken");
        assert_eq!((latest(&alpha).await, latest(&beta).await), (Some(TODAY.to_owned()), Some("2026-11-22".to_owned())));
        site.set_clock("2026-11-23T16:30:00Z");
        snapshots::take_due(&site.platform).await.expect("taken");
        assert_eq!(latest(&beta).await.as_deref(), Some(TODAY));
        assert_eq!(kept(&alpha, "9999-12-31").await, 3);
        // Nobody was there for three days.
        site.set_clock("2026-11-26T22:00:00Z");
        snapshots::take_due(&site.platform).await.expect("taken");
        assert_eq!((latest(&alpha).await.as_deref(), kept(&alpha, "9999-12-31").await), (Some("2026-11-26"), 4 * 3));
        site.set_clock("2027-01-20T22:00:00Z");
        snapshots::take_due(&site.platform).await.expect("taken");
        assert_eq!(kept(&alpha, "2026-12-11").await, 0, "what is older than 40 days is gone");
        assert!(kept(&alpha, "9999-12-31").await >= 7 * 3);
    }

    /// Streaks count working days; the best day, week and month are held against what runs. One's own are for oneself and for who manages.
    async fn bests_are_ones_own(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("complaints", json!({ "lower_is_better": true })).await;
        shop.metric("secret", json!({ "shown_to": "managers" })).await;
        let (ada, bo) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Member).await);
        let boss = shop.member("Cy", Role::Manager).await;
        // A week from Monday to Friday, the weekend off, and today.
        for (day, value) in [("2026-10-06", 90_000), ("2026-11-16", 100), ("2026-11-17", 200), ("2026-11-18", 5_000), ("2026-11-19", 100), ("2026-11-20", 100), (TODAY, 300)] {
            shop.enter("sales", ada.id, day, value).await;
        }
        let path = shop.api(&format!("people/{}/bests", ada.id));
        let seen = site.get_as(&ada.cookie, &path).await.json();
        assert_eq!(seen.as_array().map(Vec::len), Some(1), "no complaints, and nothing that is for managers: {seen}");
        let sales = &seen[0];
        assert_eq!((&sales["streak"], &sales["longest_streak"]), (&json!(6), &json!(6)), "{sales}");
        let records: Vec<_> = sales["bests"].as_array().expect("bests").iter().map(|one| {
            format!("{} {} {}", one["period"].as_str().unwrap_or_default(), one["shown"].as_str().unwrap_or_default(), one["now_shown"].as_str().unwrap_or_default())
        }).collect();
        assert_eq!(records, ["day:2026-10-06 $900.00 $3.00", "week:2026-10-05 $900.00 $3.00", "month:2026-10-01 $900.00 $58.00"]);
        let of_boss = site.get_as(&boss.cookie, &path).await.json();
        assert_eq!(of_boss.as_array().map(Vec::len), Some(2), "{of_boss}");
        assert_eq!(site.get_as(&bo.cookie, &path).await.status, StatusCode::NOT_FOUND);
        let page = format!("/app/alpha/scoreboard/bests/{}", ada.id);
        let shown = site.get_as(&boss.cookie, &page).await;
        assert!(shown.status == StatusCode::OK && shown.text.contains("$900.00") && shown.text.contains("6 now, 6 at most"), "{}", shown.text);
        assert!(shown.text.contains(&format!("/app/alpha/scoreboard/entries?metric=sales&amp;person={}&amp;period=week:2026-10-05", ada.id)), "{}", shown.text);
        assert_eq!(site.get_as(&ada.cookie, &page).await.status, StatusCode::OK);
        assert_eq!(site.get_as(&bo.cookie, &page).await.status, StatusCode::NOT_FOUND);
        let stranger = site.log_in("beta").await;
        assert_eq!(site.get_as(&stranger, &path).await.status, StatusCode::NOT_FOUND);
        people::opt_out(&site.platform, &ada.actor, shop.slug, true).await.expect("off");
        assert_eq!(site.get_as(&ada.cookie, &path).await.status, StatusCode::OK, "they are theirs all the same");
        assert_eq!(site.get_as(&bo.cookie, &path).await.status, StatusCode::NOT_FOUND);
    }

    /// Who gained most is held against the period before up to the same point in it, by the amount, and of nothing as new.
    async fn who_gained_most_is_named(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        shop.metric("complaints", json!({ "lower_is_better": true })).await;
        let (ada, bo, cy) = (shop.person("Ada").await, shop.person("Bo").await, shop.person("Cy").await);
        for (person, day, value) in [
            (ada, "2026-10-10", 10_000), (ada, "2026-11-10", 25_000),
            // After the same point of October.
            (bo, "2026-10-28", 90_000), (bo, "2026-11-05", 5_000),
            (cy, "2026-10-05", 10_000), (cy, "2026-11-05", 2_000),
        ] {
            shop.enter("sales", person, day, value).await;
        }
        let improved = async |path: &str| {
            let seen = site.get_as(&owner, &shop.api(path)).await.json();
            let lines = seen["lines"].as_array().expect("lines").iter().map(|one| {
                let most = if one["most"] == true { " most" } else { "" };
                format!("{} {} {}{most}", one["name"].as_str().unwrap_or_default(), one["gain"].as_str().unwrap_or_default(), one["percent"])
            });
            (seen["against"].as_str().unwrap_or_default().to_owned(), lines.collect::<Vec<_>>().join(", "))
        };
        let against = "range:2026-10-01:2026-10-23".to_owned();
        assert_eq!(improved("improved?metric=sales").await, (against.clone(), "Ada 150.00 150 most, Bo 50.00 null".to_owned()));
        assert_eq!(improved("improved?metric=complaints").await, (against, String::new()));
        assert_eq!(improved("improved?metric=sales&period=month:2026-10-01").await.0, "month:2026-09-01");
        for (person, day, value) in [(ada, "2026-10-10", 4), (ada, "2026-11-10", 1)] {
            shop.enter("complaints", person, day, value).await;
        }
        assert_eq!(improved("improved?metric=complaints").await.1, "Ada 3 75 most", "less is better");
        let page = site.get_as(&owner, "/app/alpha/scoreboard?metric=sales&improved=1").await.text;
        for part in ["Most improved", "Against 1 – 23 October 2026", "+$150.00", "150%", ">new<"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!site.get_as(&owner, "/app/alpha/scoreboard?metric=sales").await.text.contains("Most improved"));
    }

    /// In a closed month members enter, take back and put right nothing; managers do, and say why, and it shows as a late change. So does a yes.
    async fn a_closed_month_takes_late_changes_alone(site: Site) {
        let shop = Shop::alpha(&site).await;
        let (ada, boss) = (shop.member("Ada", Role::Member).await, shop.member("Cy", Role::Manager).await);
        shop.metric("sales", money()).await;
        shop.metric("clients", json!({ "approval": true })).await;
        let october = shop.enter_as(&ada.actor, &on("2026-10-12", entry("sales", None, 5_000))).await.expect("entered").id;
        let called = EntryBody { external_id: Some("invoice-1".to_owned()), ..on("2026-10-20", entry("sales", ada.id, 700)) };
        let invoice = shop.enter_as(&SYSTEM, &called).await.expect("entered").id;
        let waits = shop.enter_as(&ada.actor, &on("2026-10-30", entry("clients", None, 2))).await.expect("entered");
        let november = shop.enter_as(&ada.actor, &on("2026-11-02", entry("sales", None, 100))).await.expect("entered").id;
        assert!(waits.waits);

        for (period, wanted) in [("month:2026-11-01", "422 period"), ("day:2026-10-01", "422 period"), ("october", "422 period"), ("range:2026-10-01:2026-10-31", "422 period")] {
            assert_eq!(outcome(close(&shop, &boss.actor, period).await), wanted, "{period}");
        }
        assert_eq!(outcome(close(&shop, &ada.actor, "month:2026-10-01").await), "403");
        let before = shop.standing().await;
        let id = close(&shop, &boss.actor, "month:2026-10-01").await.expect("closed");
        assert_eq!(shop.standing().await, (before.0, before.1 + 1), "it is told once");
        assert_eq!(outcome(close(&shop, &boss.actor, "month:2026-10-01").await), "409");

        let refused = shop.enter_as(&ada.actor, &on("2026-10-13", entry("sales", None, 1))).await.expect_err("it is closed");
        assert_eq!(refused.field_message("day"), Some("October 2026 is closed. Ask a manager."));
        let refused = shop.void_as(&ada.actor, october, "Entered twice").await.expect_err("it is closed");
        assert_eq!((refused.code.status(), refused.message.as_str()), (403, "October 2026 is closed. Ask a manager."));
        assert_eq!(outcome(shop.correct_as(&ada.actor, october, &on("2026-10-12", entry("sales", None, 1)), "Less").await), "403");
        assert_eq!(outcome(shop.correct_as(&ada.actor, november, &on("2026-10-31", entry("sales", None, 1)), "In October").await), "422 day");
        assert_eq!(outcome(shop.enter_as(&ada.actor, &on("2026-11-01", entry("sales", None, 1))).await), "done", "November is open");
        let page = site.get_as(&ada.cookie, &format!("/app/alpha/scoreboard/entries/{october}")).await.text;
        assert!(page.contains("October 2026 is closed. Ask a manager if something in it is wrong.") && !page.contains("Put it right"), "{page}");
        // What came in before comes in as it did: it isn’t new.
        let again = shop.enter_as(&SYSTEM, &called).await.expect("it is there");
        assert_eq!((again.id, again.fresh), (invoice, false));
        let figures = |page: &ClosingPage| page.metrics.iter().map(|one| (one.metric.clone(), one.rows.iter().map(told).collect::<Vec<_>>().join(", "))).collect::<Vec<_>>();
        let untouched = closing::one(&site.platform, &boss.actor, shop.slug, &id.to_string()).await.expect("it");
        assert_eq!(figures(&untouched), [("sales".to_owned(), "Everybody $57.00 $57.00 – 0, Ada $57.00 $57.00 – 0".to_owned())]);

        assert_eq!(outcome(shop.enter_as(&boss.actor, &on("2026-10-13", entry("sales", ada.id, 300))).await), "422 note");
        let noted = EntryBody { note: "The client paid late".to_owned(), ..on("2026-10-13", entry("sales", ada.id, 300)) };
        let late = shop.enter_as(&boss.actor, &noted).await.expect("a late change").id;
        let new = shop.correct_as(&boss.actor, october, &on("2026-10-12", entry("sales", ada.id, 4_000)), "A discount").await.expect("a late change");
        entries::decide(&site.platform, &boss.actor, shop.slug, &waits.id.to_string(), true).await.expect("a late change");
        let page = closing::one(&site.platform, &boss.actor, shop.slug, &id.to_string()).await.expect("it");
        assert_eq!(figures(&page), [
            ("sales".to_owned(), "Everybody $57.00 $50.00 −$7.00 3, Ada $57.00 $50.00 −$7.00 3".to_owned()),
            ("clients".to_owned(), "Everybody 0 2 +2 1, Ada 0 2 +2 1".to_owned()),
        ]);
        let changes: Vec<(EntryId, &str)> = page.late.iter().map(|line| (line.entry, line.what.as_str())).collect();
        assert_eq!(changes.len(), 4);
        for change in [(late, "entered"), (october, "voided"), (new, "entered"), (waits.id, "approved")] {
            assert!(changes.contains(&change), "{change:?}: {changes:?}");
        }
        let board = site.get_as(&boss.cookie, "/app/alpha/scoreboard?metric=sales&period=month:2026-10-01").await.text;
        assert!(board.contains("Closed on 23 November 2026 by") && board.contains("3 late changes since"), "{board}");
        let line = site.get_as(&boss.cookie, &format!("/app/alpha/scoreboard/entries?metric=sales&period=month:2026-10-01&person={}", ada.id)).await.text;
        assert!(line.contains("Late change"), "{line}");
        let detail = site.get_as(&boss.cookie, &shop.api(&format!("closings/{id}"))).await.json();
        assert_eq!(detail["metrics"][0]["figures"][0]["difference_shown"], "−$7.00", "{detail}");
        let shut = &site.get_as(&ada.cookie, &shop.api("board?metric=sales&period=month:2026-10-01")).await.json()["closed"];
        assert_eq!((&shut["label"], &shut["late_changes"]), (&json!("October 2026"), &json!(3)));
        let shut = &site.get_as(&ada.cookie, &shop.api("board?metric=sales")).await.json()["closed"];
        assert_eq!(*shut, Value::Null);
    }

    /// An admin opens it again, with the reason; what was kept of it stays, and it can be closed anew. The database holds that.
    async fn what_was_closed_is_opened_in_the_open(site: Site) {
        let shop = Shop::alpha(&site).await;
        let (ada, boss) = (shop.member("Ada", Role::Member).await, shop.member("Cy", Role::Manager).await);
        let admin = shop.member("Di", Role::Admin).await;
        shop.metric("sales", money()).await;
        shop.enter("sales", ada.id, "2026-10-12", 5_000).await;
        let id = close(&shop, &boss.actor, "month:2026-10-01").await.expect("closed");
        let quarter = close(&shop, &boss.actor, "financial_quarter:2026-07-01").await.expect("closed");
        let reopen = async |actor: &Actor, id: ClosingId, reason: &str| {
            outcome(closing::reopen(&site.platform, actor, shop.slug, &id.to_string(), reason).await)
        };
        assert_eq!(reopen(&boss.actor, id, "A mistake").await, "403");
        assert_eq!(reopen(&admin.actor, id, " ").await, "422 reason");
        assert_eq!(reopen(&admin.actor, ClosingId(uuid::Uuid::nil()), "A mistake").await, "404");
        assert_eq!(reopen(&admin.actor, id, "A mistake").await, "done");
        assert_eq!(reopen(&admin.actor, id, "A mistake").await, "409");
        let entered = async |day: &str| outcome(shop.enter_as(&ada.actor, &on(day, entry("sales", None, 100))).await);
        assert_eq!((entered("2026-10-12").await, entered("2026-09-30").await), ("done".to_owned(), "422 day".to_owned()));
        let page = closing::one(&site.platform, &boss.actor, shop.slug, &id.to_string()).await.expect("it");
        let (_, _, why) = page.told.reopened.clone().expect("it was opened");
        assert_eq!((why.as_str(), page.late.len(), page.may_reopen), ("A mistake", 0, false), "nothing of it is late");
        assert_eq!(page.metrics[0].rows[0].then, Some(5_000));
        let anew = close(&shop, &boss.actor, "month:2026-10-01").await.expect("closed anew");
        let page = closing::one(&site.platform, &boss.actor, shop.slug, &anew.to_string()).await.expect("it");
        assert_eq!(page.metrics[0].rows[0].then, Some(5_100));
        let list = closing::page(&site.platform, &boss.actor, shop.slug).await.expect("the list");
        assert_eq!(list.closed.iter().map(|one| one.id).collect::<BTreeSet<_>>(), BTreeSet::from([id, quarter, anew]));
        let noted = EntryBody { note: "Late".to_owned(), ..on("2026-10-12", entry("sales", ada.id, 1)) };
        shop.enter_as(&boss.actor, &noted).await.expect("a late change");
        for number in 0..8 {
            let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
            let outcome = match number {
                0 => platform_sql!(exec, &mut tx, "UPDATE scoreboard_closings SET closed_at = closed_at"),
                1 => platform_sql!(exec, &mut tx, "DELETE FROM scoreboard_closings"),
                2 => platform_sql!(exec, &mut tx, "UPDATE scoreboard_reopenings SET reopened_at = reopened_at"),
                3 => platform_sql!(exec, &mut tx, "DELETE FROM scoreboard_reopenings"),
                4 => platform_sql!(exec, &mut tx, "UPDATE scoreboard_closed_figures SET value = value + 1"),
                5 => platform_sql!(exec, &mut tx, "DELETE FROM scoreboard_closed_figures"),
                6 => platform_sql!(exec, &mut tx, "UPDATE scoreboard_late_changes SET day = day"),
                _ => platform_sql!(exec, &mut tx, "DELETE FROM scoreboard_late_changes"),
            };
            assert!(matches!(&outcome, Err(DbError::Rule(rule)) if rule == "append_only"), "{number}: {outcome:?}");
        }
    }

    /// Days are kept as they were on the clock when they were entered: another zone moves nothing of a closed period.
    async fn another_zone_leaves_a_closed_period_as_it_was(site: Site) {
        let shop = Shop::alpha(&site).await;
        let boss = shop.member("Cy", Role::Manager).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada").await;
        // Half past midnight on the first of October, in Sydney.
        let early = crate::scoreboard::at_instant("2026-09-30T14:30:00Z", entry("sales", ada, 4_200));
        let line = shop.enter_as(&SYSTEM, &early).await.expect("entered").id;
        let id = close(&shop, &boss.actor, "month:2026-10-01").await.expect("closed");
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        let changed = platform_sql!(exec, &mut tx, "UPDATE organisations SET zone = 'Australia/Perth' WHERE id = $1", shop.id);
        assert_eq!(changed.expect("another zone"), 1);
        tx.commit().await.expect("a commit");
        let page = closing::one(&site.platform, &boss.actor, shop.slug, &id.to_string()).await.expect("it");
        assert!(page.metrics.iter().flat_map(|one| &one.rows).all(|row| !row.differs()), "{page:?}");
        assert_eq!(shop.stands("sales", "month:2026-10-01", Of::People).await, "1 Ada $42.00, 2 Cy $0.00 = $42.00");
        let mut tx = shop.opened(Access::Read).await;
        let found = entries::find(&mut tx, &line.to_string()).await.expect("the line");
        assert_eq!((found.day.as_str(), !closing::over(&mut tx, "2026-10-01").await.expect("a look").is_empty(), !closing::over(&mut tx, "2026-11-01").await.expect("a look").is_empty()), ("2026-10-01", true, false));
    }

    /// Who wants to be on no board has no row of their own among the figures, and counts in what all come to.
    async fn who_is_on_no_board_has_no_row(site: Site) {
        let shop = Shop::alpha(&site).await;
        let (ada, boss) = (shop.member("Ada Ash", Role::Member).await, shop.member("Cy", Role::Manager).await);
        shop.metric("sales", money()).await;
        let bo = shop.person("Bo").await;
        shop.enter("sales", ada.id, "2026-10-12", 12_345).await;
        shop.enter("sales", bo, "2026-10-12", 100).await;
        people::opt_out(&site.platform, &ada.actor, shop.slug, true).await.expect("off");
        let id = close(&shop, &boss.actor, "month:2026-10-01").await.expect("closed");
        for path in [format!("/app/alpha/scoreboard/closing/{id}"), shop.api(&format!("closings/{id}"))] {
            let seen = site.get_as(&boss.cookie, &path).await;
            assert_eq!(seen.status, StatusCode::OK, "{path}");
            assert!(seen.text.contains("$124.45") || seen.text.contains("12445"), "{path}: {}", seen.text);
            assert!(!seen.text.contains("Ada Ash") && !seen.text.contains("$123.45") && !seen.text.contains(":12345"), "{path}: {}", seen.text);
        }
        // Back on boards, nothing of it looks like a change.
        people::opt_out(&site.platform, &ada.actor, shop.slug, false).await.expect("on");
        let page = closing::one(&site.platform, &boss.actor, shop.slug, &id.to_string()).await.expect("it");
        assert_eq!(page.metrics[0].rows.iter().map(told).collect::<Vec<_>>().join(", "), "Everybody $124.45 $124.45 – 0, Ada Ash $123.45 $123.45 – 0, Bo $1.00 $1.00 – 0");
    }

    /// The pages and the API are for who manages here, and for nobody else.
    async fn closing_is_for_managers(site: Site) {
        let shop = Shop::alpha(&site).await;
        let (ada, boss) = (shop.member("Ada", Role::Member).await, shop.member("Cy", Role::Manager).await);
        let (owner, stranger) = (site.log_in(shop.slug).await, site.log_in("beta").await);
        shop.metric("sales", money()).await;
        shop.enter("sales", ada.id, "2026-10-12", 5_000).await;
        let list = "/app/alpha/scoreboard/closing";
        let fields = [("org", "alpha"), ("period", "month:2026-10-01"), ("note", "Commissions are paid")];
        for (cookie, status) in [(&ada.cookie, StatusCode::FORBIDDEN), (&stranger, StatusCode::NOT_FOUND)] {
            assert_eq!(site.form(Some(cookie), "/fn/scoreboard/close-period", list, &fields).await.status, status);
            assert_eq!(site.get_as(cookie, list).await.status, status);
            assert_eq!(site.get_as(cookie, &shop.api("closings")).await.status, status);
        }
        assert!(site.get_as(&boss.cookie, list).await.text.contains("Nothing is closed yet"));
        let bad = [("org", "alpha"), ("period", "month:2026-11-01"), ("note", "kept words")];
        let refused = site.form(Some(&boss.cookie), "/fn/scoreboard/close-period", list, &bad).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("November 2026 isn’t over yet") && refused.text.contains("kept words"), "{}", refused.text);
        let made = site.form(Some(&boss.cookie), "/fn/scoreboard/close-period", list, &fields).await;
        assert_eq!(made.status, StatusCode::FOUND, "{made:?}");
        let page = made.location().split('?').next().expect("a page").to_owned();
        let id = page.rsplit('/').next().expect("an id").to_owned();
        let seen = site.get_as(&boss.cookie, &page).await;
        for part in ["October 2026", "Commissions are paid", "Every figure is as it was when it was closed."] {
            assert!(seen.text.contains(part), "{part}: {}", seen.text);
        }
        assert!(!seen.text.contains("Open it again") && site.get_as(&owner, &page).await.text.contains("Open it again"));
        for cookie in [&ada.cookie, &stranger] {
            let status = if cookie == &stranger { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
            assert_eq!(site.get_as(cookie, &page).await.status, status);
            assert_eq!(site.get_as(cookie, &shop.api(&format!("closings/{id}"))).await.status, status);
            let body = json!({ "reason": "Because" });
            assert_eq!(site.json(Method::POST, Some(cookie), &shop.api(&format!("closings/{id}/reopen")), &body).await.status, status);
        }
        let theirs = site.get_as(&stranger, &format!("/api/v1/orgs/beta/scoreboard/closings/{id}")).await;
        assert_eq!(theirs.status, StatusCode::NOT_FOUND, "an id of another organisation’s is nobody’s");
        assert_eq!(site.get("/app/alpha/scoreboard/board.csv").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.get_as(&stranger, "/app/alpha/scoreboard/board.csv").await.status, StatusCode::NOT_FOUND);
        let again = json!({ "period": "month:2026-10-01" });
        assert_eq!(site.json(Method::POST, Some(&boss.cookie), &shop.api("closings"), &again).await.status, StatusCode::CONFLICT);
        let reason = [("org", "alpha"), ("id", id.as_str()), ("reason", "One invoice was missing")];
        assert_eq!(site.form(Some(&boss.cookie), "/fn/scoreboard/reopen-period", &page, &reason).await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.form(Some(&owner), "/fn/scoreboard/reopen-period", &page, &reason).await.status, StatusCode::FOUND);
        assert!(site.get_as(&boss.cookie, &page).await.text.contains("“One invoice was missing”"));
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        for words in ["closed October 2026", "opened October 2026 again"] {
            assert!(log.contains(words), "{words}: {log}");
        }
    }
}

/// "Bo up 1, Ada –": of each line of a board, how its place changed.
async fn moved(shop: &Shop<'_>, cookie: &str, path: &str) -> String {
    let board = shop.site.get_as(cookie, &shop.api(path)).await.json();
    let line = |line: &Value| {
        let name = line["name"].as_str().unwrap_or_default();
        match &line["moved"] {
            Value::Null => format!("{name} –"),
            moved => format!("{name} {} {}", moved["way"].as_str().unwrap_or_default(), moved["places"]),
        }
    };
    board["lines"].as_array().expect("lines").iter().map(line).collect::<Vec<_>>().join(", ")
}

/// How many snapshots of days before one there are, but for those of a period's last day.
async fn kept(shop: &Shop<'_>, before: &str) -> i64 {
    let mut tx = shop.site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let found = platform_sql!(
        one(i64,),
        &mut tx,
        "SELECT COUNT(*) FROM scoreboard_snapshots WHERE org_id = $1 AND day < $2 AND (NOT is_last OR $2 = '9999-12-31')",
        shop.id,
        before
    );
    found.expect("a count").0
}

/// The last day that there is a snapshot of.
async fn latest(shop: &Shop<'_>) -> Option<String> {
    let mut tx = shop.site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let found = platform_sql!(
        one(i64, Option<String>),
        &mut tx,
        "SELECT COUNT(*), MAX(day) FROM scoreboard_snapshots WHERE org_id = $1",
        shop.id
    );
    found.expect("a day").1
}

async fn close(shop: &Shop<'_>, actor: &Actor, period: &str) -> Result<ClosingId> {
    let body = CloseBody { period: period.to_owned(), note: String::new() };
    closing::close(&shop.site.platform, actor, shop.slug, &body).await
}

/// "Ada $57.00 $50.00 −$7.00 3": whose, then, now, the difference, and of how many lines.
fn told(row: &Row) -> String {
    let (then, now, difference) = &row.shown;
    format!("{} {then} {now} {difference} {}", row.who, row.lines.len())
}
