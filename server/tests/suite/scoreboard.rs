//! The scoreboard's ledger: what is entered counts at once and once, is put right in the open, and adds up to the cent.

use std::collections::BTreeMap;

use app::{
    db::{Access, DbError},
    error::{Code, Result},
    ids::{OrgId, UserId},
    modules::scoreboard::{
        amount::LIMIT,
        anew as adding,
        board::{self, Asked, Board, Line, Of, figure},
        entries::{self, Entered, EntryBody, Source},
        formula::Fraction,
        ids::{EntryId, MetricId, PersonId, TeamId},
        ledger::{self, Change, Totals},
        metrics::{self, MetricBody},
        people::{self, MembershipBody, PersonBody, TeamBody},
        permissions,
        ranking::Ties,
        store,
    },
    org::{Actor, OrgRef, OrgTx, Role},
    platform_sql,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use futures::future::join_all;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use uuid::Uuid;

use crate::{
    on_both,
    support::{Answer, Site, outcome},
};

/// Monday, by the tests' clock.
pub const TODAY: &str = "2026-11-23";
pub static SYSTEM: Actor = Actor::System("a test");

on_both! {
    /// What is entered is on the board at once. The same request again adds nothing and answers the same; its key is good for no other.
    async fn an_entry_counts_at_once_and_once(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada Ash").await;
        let body = json!({ "metric": "sales", "person": ada, "value": 123_450, "note": "Over the phone" });
        let before = shop.standing().await;
        let made = shop.post(Some(&owner), "entries", "a-sale-of-ada", &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        assert_eq!((&made.json()["fresh"], &made.json()["waits"]), (&json!(true), &json!(false)), "{made:?}");
        assert_eq!(shop.standing().await, (before.0 + 1, before.1 + 1), "one line, told once");
        let board = site.get_as(&owner, &shop.api("board?metric=sales&period=month")).await.json();
        let shown = (&board["lines"][0]["name"], &board["lines"][0]["shown"], &board["lines"][0]["rank"], &board["total"]["shown"]);
        assert_eq!(shown, (&json!("Ada Ash"), &json!("$1,234.50"), &json!(1), &json!("$1,234.50")), "{board}");
        let page = site.get_as(&owner, "/app/alpha/scoreboard").await;
        assert!(page.status == StatusCode::OK && page.text.contains("Ada Ash") && page.text.contains("$1,234.50"), "{}", page.text);

        let once = shop.standing().await;
        for _ in 0..2 {
            let again = shop.post(Some(&owner), "entries", "a-sale-of-ada", &body).await;
            assert_eq!((again.status, &again.json()["id"], &again.json()["fresh"]), (StatusCode::OK, &made.json()["id"], &json!(false)), "{again:?}");
        }
        let other = json!({ "metric": "sales", "person": ada, "value": 123_451 });
        let refused = shop.post(Some(&owner), "entries", "a-sale-of-ada", &other).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
        let short = shop.post(Some(&owner), "entries", "short", &body).await;
        assert_eq!((short.status, short.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["Idempotency-Key".to_owned()]), "{short:?}");
        assert_eq!(shop.standing().await, once);

        // Twice at the same moment, as of somebody who taps twice.
        let (first, second) = tokio::join!(
            shop.post(Some(&owner), "entries", "tapped-twice", &other),
            shop.post(Some(&owner), "entries", "tapped-twice", &other),
        );
        assert_eq!(first.json()["id"], second.json()["id"]);
        let mut statuses = [first.status, second.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::CREATED]);
        assert_eq!(shop.standing().await, (once.0 + 1, once.1 + 1));
        assert_eq!(shop.stands("sales", "day", Of::People).await, "1 Ada Ash $2,469.01 = $2,469.01");
    }

    /// What came in once under a name doesn’t come in again: with another amount, with a key, taken back since, or many times at once.
    async fn an_external_id_comes_in_once(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("refunds", money()).await;
        let ada = shop.person("Ada").await;
        let named = |name: &str, metric: &str, value: i64| EntryBody { external_id: Some(name.to_owned()), ..entry(metric, ada, value) };
        let first = shop.enter_as(&SYSTEM, &named("INV-7", "sales", 5_000)).await.expect("it comes in");
        assert!(first.fresh);
        let before = shop.standing().await;
        let again = shop.enter_as(&SYSTEM, &named(" INV-7 ", "sales", 5_000)).await.expect("it was there before");
        assert_eq!((again.id, again.fresh), (first.id, false));
        let other = shop.enter_as(&SYSTEM, &named("INV-7", "sales", 9_900)).await.expect_err("another amount");
        assert_eq!(other.code, Code::Conflict);
        for _ in 0..2 {
            let keyed = entries::enter(&site.platform, &SYSTEM, shop.slug, &named("INV-7", "sales", 5_000), Source::Api, Some("a-key-of-its-own")).await;
            let keyed = keyed.expect("it was there before");
            assert_eq!((keyed.id, keyed.fresh), (first.id, false), "the same answer each time");
        }
        assert_eq!(shop.standing().await, before);
        shop.void_as(&SYSTEM, first.id, "Entered for somebody else").await.expect("taken back");
        assert!(!shop.enter_as(&SYSTEM, &named("INV-7", "sales", 5_000)).await.expect("it was there before").fresh);
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $0.00 = $0.00");
        assert!(shop.enter_as(&SYSTEM, &named("INV-7", "refunds", 5_000)).await.expect("it comes in").fresh, "each metric has names of its own");

        let body = named("INV-8", "sales", 700);
        let many = join_all((0..6).map(|_| shop.enter_as(&SYSTEM, &body))).await;
        let many: Vec<Entered> = many.into_iter().map(|one| one.expect("it comes in, or was there")).collect();
        assert_eq!(many.iter().filter(|one| one.fresh).count(), 1, "{many:?}");
        assert!(many.iter().all(|one| one.id == many[0].id), "{many:?}");
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $7.00 = $7.00");
    }

    /// Another organisation’s person, metric, team or line isn’t there: nothing is written, and nothing is told.
    async fn what_is_anothers_is_not_there(site: Site) {
        let (shop, beta) = (Shop::alpha(&site).await, Shop::beta(&site).await);
        shop.metric("sales", money()).await;
        beta.metric("margin", money()).await;
        let (ada, theirs) = (shop.person("Ada").await, beta.person("Wes").await);
        let (north, team) = (shop.team("North").await, beta.team("Westerners").await);
        let line = beta.enter("margin", theirs, TODAY, 100).await;
        let (owner, platform) = (shop.owner(), &site.platform);
        let before = (shop.standing().await, beta.standing().await);
        for body in [entry("sales", theirs, 1), entry("margin", ada, 1), entry("margin", theirs, 1)] {
            assert_eq!(outcome(shop.enter_as(&owner, &body).await), "404", "{body:?}");
            let keyed = entries::enter(platform, &owner, shop.slug, &body, Source::Api, Some("a-key-that-is-free")).await;
            assert_eq!(outcome(keyed), "404", "{body:?}");
            assert_eq!(outcome(beta.enter_as(&owner, &body).await), "404", "at their address");
        }
        assert_eq!(outcome(shop.void_as(&owner, line, "Not ours").await), "404");
        assert_eq!(outcome(shop.correct_as(&owner, line, &entry("sales", ada, 1), "Not ours").await), "404");
        assert_eq!(outcome(shop.decide_as(&owner, line, true).await), "404");
        for (person, team) in [(ada, team), (theirs, north)] {
            let body = MembershipBody { team, since: TODAY.to_owned(), until: None };
            assert_eq!(outcome(people::join_team(platform, &owner, shop.slug, &person.to_string(), &body).await), "404");
        }
        let asked = Asked { team: Some(team), ..asked("sales", "month", Of::People) };
        assert_eq!(outcome(board::show(platform, &owner, shop.slug, &asked).await), "404");
        assert_eq!(outcome(shop.board(&owner, "margin", "month", Of::People).await), "404");

        let cookie = site.log_in(shop.slug).await;
        let said = shop.post(Some(&cookie), "entries", "somebody-elses", &json!({ "metric": "sales", "person": theirs, "value": 1 })).await;
        assert_eq!(said.status, StatusCode::NOT_FOUND, "{said:?}");
        assert!(!said.text.contains("Wes"), "{said:?}");
        assert_eq!(site.get_as(&cookie, &shop.api(&format!("entries/{line}"))).await.status, StatusCode::NOT_FOUND);
        assert_eq!((shop.standing().await, beta.standing().await), before);
        let keyed = entries::enter(platform, &owner, shop.slug, &entry("sales", ada, 1), Source::Api, Some("a-key-that-is-free")).await;
        assert!(keyed.expect("it comes in").fresh, "what was refused has used no key up");
    }

    /// A member enters what is theirs, managers what is anybody’s; what comes from programs comes by a token that may, and from nobody else.
    async fn who_may_enter(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("bonus", with(money(), json!({ "entered_by": "managers" }))).await;
        shop.metric("visits", json!({ "entered_by": "programs" })).await;
        let (ada, bo) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Manager).await);
        let (guest, _) = site.join(shop.id, "guest@example.com", Role::Member).await;
        let (guest, stranger) = (Actor::User(guest), Shop::beta(&site).await.owner());
        for (who, metric, whose, wanted) in [
            (&ada.actor, "sales", None, "done"),
            (&ada.actor, "sales", Some(ada.id), "done"),
            (&ada.actor, "sales", Some(bo.id), "403"),
            (&ada.actor, "bonus", None, "403"),
            (&ada.actor, "visits", None, "403"),
            (&bo.actor, "sales", None, "done"),
            (&bo.actor, "sales", Some(ada.id), "done"),
            (&bo.actor, "bonus", Some(ada.id), "done"),
            (&bo.actor, "visits", Some(ada.id), "403"),
            // Who isn’t counted has nothing of their own.
            (&guest, "sales", None, "422 person"),
            (&guest, "sales", Some(ada.id), "403"),
            (&stranger, "sales", Some(ada.id), "404"),
            (&Actor::Anonymous, "sales", Some(ada.id), "401"),
        ] {
            let before = shop.standing().await;
            let said = shop.enter_as(who, &entry(metric, whose, 100)).await;
            let told = shop.standing().await != before;
            assert_eq!((outcome(said).as_str(), told), (wanted, wanted == "done"), "{who:?} {metric} {whose:?}");
        }
        let body = json!({ "metric": "visits", "person": ada.id, "value": 3 });
        let beta = site.log_in("beta").await;
        for (cookie, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&beta), StatusCode::NOT_FOUND), (Some(&bo.cookie), StatusCode::FORBIDDEN)] {
            let said = shop.post(cookie.map(String::as_str), "entries", "through-the-door", &body).await;
            assert_eq!(said.status, status, "{said:?}");
        }
        let entering = shop.token(&[permissions::ENTER.name]).await;
        let looking = shop.token(&[permissions::VIEW.name]).await;
        let made = shop.post_by(&entering, "entries", "from-a-counter", &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        assert_eq!(shop.post_by(&looking, "entries", "from-a-counter-2", &body).await.status, StatusCode::FORBIDDEN);
        let id = made.json()["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        let (line, ..) = shop.line(id).await;
        assert_eq!((line.source.as_str(), line.by_kind.as_str()), ("api", "token"));
        assert_eq!(shop.stands("visits", "month", Of::People).await, "1 Ada 3, 2 Bo 0 = 3");
    }

    /// Taken back or put right, a line stays to be seen, with who and why, and the board follows to the cent. Once: not without a reason.
    async fn a_line_is_taken_back_and_put_right(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (ada, boss) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Manager).await);
        let old = shop.enter_as(&ada.actor, &EntryBody { note: "Two chairs".to_owned(), ..entry("sales", None, 123_456) }).await.expect("entered").id;
        shop.enter("sales", boss.id, TODAY, 50_000).await;
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $1,234.56, 2 Bo $500.00 = $1,734.56");
        let before = shop.standing().await;
        let right = entry("sales", None, 123_465);
        let long = "x".repeat(501);
        for reason in ["", "  ", long.as_str()] {
            assert_eq!(outcome(shop.void_as(&ada.actor, old, reason).await), "422 reason", "{reason}");
            assert_eq!(outcome(shop.correct_as(&ada.actor, old, &right, reason).await), "422 reason", "{reason}");
        }
        // All or nothing: what isn’t right either leaves the line as it was.
        assert_eq!(outcome(shop.correct_as(&ada.actor, old, &on("2027-01-01", right.clone()), "Another day").await), "422 day");
        assert_eq!(shop.standing().await, before);
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $1,234.56, 2 Bo $500.00 = $1,734.56");

        let new = shop.correct_as(&ada.actor, old, &right, "Two digits were swapped").await.expect("put right");
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $1,234.65, 2 Bo $500.00 = $1,734.65");
        let (line, note, reason) = shop.line(old).await;
        assert_eq!((line.value, note.as_str(), reason.as_str()), (123_456, "Two chairs", "Two digits were swapped"));
        assert_eq!((line.voided_by_kind.as_deref(), line.voided_by_id, line.replaced_by), (Some("member"), Some(ada.user.0), Some(new)));
        let (line, ..) = shop.line(new).await;
        assert_eq!((line.value, line.replaces_id, line.voided_at), (123_465, Some(old), None));
        assert_eq!(outcome(shop.void_as(&boss.actor, old, "Again").await), "409");
        assert_eq!(outcome(shop.correct_as(&boss.actor, old, &entry("sales", ada.id, 1), "Again").await), "409");

        // A manager puts it right to be somebody else’s, on another day.
        let moved = on("2026-10-31", entry("sales", boss.id, 123_465));
        let moved = shop.correct_as(&boss.actor, new, &moved, "It was Bo’s, in October").await.expect("put right");
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Bo $500.00, 2 Ada $0.00 = $500.00");
        assert_eq!(shop.stands("sales", "month:2026-10-01", Of::People).await, "1 Bo $1,234.65, 2 Ada $0.00 = $1,234.65");
        shop.void_as(&boss.actor, moved, "It was never paid").await.expect("taken back");
        assert_eq!(shop.stands("sales", "month:2026-10-01", Of::People).await, "1= Ada $0.00, 1= Bo $0.00 = $0.00");
        let (line, _, reason) = shop.line(moved).await;
        assert_eq!((line.voided_by_id, line.replaced_by, reason.as_str()), (Some(boss.user.0), None, "It was never paid"));
        assert_eq!(shop.standing().await.0, 4, "every line is still there");
        let dump = site.raw_dump().await;
        for words in ["Two chairs", "digits were swapped", "never paid"] {
            assert!(!dump.windows(words.len()).any(|window| window == words.as_bytes()), "{words} is sealed");
        }
    }

    /// A member puts right what they entered for themselves, and nothing else; what isn’t for their eyes isn’t there.
    async fn a_member_puts_right_what_they_entered(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("bonus", with(money(), json!({ "entered_by": "managers", "shown_to": "own" }))).await;
        shop.metric("margin", with(money(), json!({ "shown_to": "managers" }))).await;
        let (ada, bo) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Member).await);
        let boss = shop.member("Cy", Role::Manager).await;
        let by_boss = async |metric: &str, whose: PersonId| shop.enter_as(&boss.actor, &entry(metric, whose, 100)).await.expect("entered").id;
        let own = shop.enter_as(&ada.actor, &entry("sales", None, 100)).await.expect("entered").id;
        let nowhere = EntryId(Uuid::nil());
        for (who, line, wanted) in [
            (&ada.actor, by_boss("sales", ada.id).await, "403"),
            (&ada.actor, by_boss("sales", bo.id).await, "403"),
            (&bo.actor, own, "403"),
            (&ada.actor, by_boss("bonus", ada.id).await, "403"),
            (&ada.actor, by_boss("bonus", bo.id).await, "404"),
            (&ada.actor, by_boss("margin", bo.id).await, "404"),
            (&ada.actor, nowhere, "404"),
            (&Actor::Anonymous, own, "401"),
        ] {
            let before = shop.standing().await;
            assert_eq!(outcome(shop.void_as(who, line, "Mine").await), wanted, "{line}");
            assert_eq!(outcome(shop.correct_as(who, line, &entry("sales", ada.id, 1), "Mine").await), wanted, "{line}");
            assert_eq!(shop.standing().await, before);
        }
        let path = format!("entries/{own}/void");
        let reason = json!({ "reason": "Mine" });
        for (cookie, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&bo.cookie), StatusCode::FORBIDDEN)] {
            assert_eq!(shop.post(cookie.map(String::as_str), &path, "taken-back-1", &reason).await.status, status);
        }
        // Not even to hand it to somebody else.
        assert_eq!(outcome(shop.correct_as(&ada.actor, own, &entry("sales", bo.id, 100), "It was Bo’s").await), "403");
        let gone = shop.post(Some(&ada.cookie), &path, "taken-back-2", &reason).await;
        assert!(gone.status.is_success(), "{gone:?}");
        assert_eq!(shop.post(Some(&ada.cookie), &path, "taken-back-3", &reason).await.status, StatusCode::CONFLICT);
    }

    /// Two who put one line right at the same moment: one does, and the other hears that it was taken back.
    async fn of_two_corrections_at_once_one_wins(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada").await;
        for round in 0..5 {
            let day = format!("2026-11-0{}", round + 1);
            let (line, owner) = (shop.enter("sales", ada, &day, 500).await, shop.owner());
            let (seven, nine) = (on(&day, entry("sales", ada, 700)), on(&day, entry("sales", ada, 900)));
            let before = shop.standing().await;
            let (one, other) = tokio::join!(
                shop.correct_as(&owner, line, &seven, "It was seven"),
                shop.correct_as(&SYSTEM, line, &nine, "It was nine"),
            );
            let (won, lost) = match (one, other) {
                (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
                both => panic!("one of them: {both:?}"),
            };
            assert_eq!(lost.code, Code::Conflict);
            assert_eq!(shop.standing().await, (before.0 + 1, before.1 + 1));
            let ((line, ..), (new, ..)) = (shop.line(line).await, shop.line(won).await);
            assert_eq!(line.replaced_by, Some(won));
            let shown = format!("${}.00", new.value / 100);
            assert_eq!(shop.stands("sales", &format!("day:{day}"), Of::People).await, format!("1 Ada {shown} = {shown}"));
        }
    }

    /// What waits for a yes doesn’t count; with a yes it does, with a no it doesn’t. A manager says it, once; their own doesn’t wait.
    async fn what_waits_counts_once_a_manager_says_yes(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", with(money(), json!({ "approval": true }))).await;
        let (ada, boss) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Manager).await);
        let own = shop.enter_as(&boss.actor, &entry("sales", None, 1_000)).await.expect("entered");
        assert!(!own.waits);
        let mut lines = Vec::new();
        for value in [20_000, 3_000, 400] {
            let entered = shop.enter_as(&ada.actor, &entry("sales", None, value)).await.expect("entered");
            assert!(entered.fresh && entered.waits);
            lines.push(entered.id);
        }
        let (yes, no, withdrawn) = (lines[0], lines[1], lines[2]);
        let shown = async || shop.stands("sales", "month", Of::People).await;
        assert_eq!(shown().await, "1 Bo $10.00, 2 Ada $0.00 = $10.00");
        let page = site.get_as(&boss.cookie, "/app/alpha/scoreboard/entries?waiting=1").await.text;
        assert!(page.contains("$200.00") && page.contains("$30.00") && page.contains("$4.00"), "{page}");
        assert_eq!(outcome(shop.decide_as(&ada.actor, yes, true).await), "403");
        assert_eq!(outcome(shop.decide_as(&boss.actor, own.id, true).await), "409", "that never waited");
        shop.decide_as(&boss.actor, yes, true).await.expect("yes");
        assert_eq!(shown().await, "1 Ada $200.00, 2 Bo $10.00 = $210.00");
        shop.decide_as(&boss.actor, no, false).await.expect("no");
        shop.void_as(&ada.actor, withdrawn, "Not yet paid").await.expect("taken back while it waits");
        for (line, again) in [(yes, true), (yes, false), (no, true), (withdrawn, true)] {
            assert_eq!(outcome(shop.decide_as(&boss.actor, line, again).await), "409");
        }
        assert_eq!(shown().await, "1 Ada $200.00, 2 Bo $10.00 = $210.00");
        // What she puts right is hers to enter, and waits anew.
        let new = shop.correct_as(&ada.actor, yes, &entry("sales", None, 25_000), "With delivery").await.expect("put right");
        assert_eq!(shown().await, "1 Bo $10.00, 2 Ada $0.00 = $10.00");
        let (one, other) = tokio::join!(shop.decide_as(&boss.actor, new, true), shop.decide_as(&SYSTEM, new, true));
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|fine| **fine).count(), 1);
        assert_eq!(shown().await, "1 Ada $250.00, 2 Bo $10.00 = $260.00");
    }

    /// The database refuses to change a line of the ledger, what was said of it and why it was taken back, or to take them out.
    async fn the_ledger_stays_as_it_is(site: Site) {
        let shop = Shop::alpha(&site).await;
        written_down(&shop).await;
        for number in 0..6 {
            let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
            let outcome = match number {
                0 => platform_sql!(exec, &mut tx, "UPDATE scoreboard_entries SET value = value + 1"),
                1 => platform_sql!(exec, &mut tx, "DELETE FROM scoreboard_entries"),
                2 => platform_sql!(exec, &mut tx, "UPDATE scoreboard_voids SET voided_at = voided_at"),
                3 => platform_sql!(exec, &mut tx, "DELETE FROM scoreboard_voids"),
                4 => platform_sql!(exec, &mut tx, "UPDATE scoreboard_approvals SET approved = NOT approved"),
                _ => platform_sql!(exec, &mut tx, "DELETE FROM scoreboard_approvals"),
            };
            assert!(matches!(&outcome, Err(DbError::Rule(rule)) if rule == "append_only"), "{number}: {outcome:?}");
        }
        assert_eq!(shop.standing().await.0, 3);
    }

    /// What could no longer be counted exactly is refused in a sentence, as a line and as a day; what comes out decides. Beyond a day there is room.
    async fn what_cannot_be_counted_exactly_is_refused(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada").await;
        let cookie = site.log_in(shop.slug).await;
        let before = shop.standing().await;
        for value in [LIMIT + 1, -LIMIT - 1, i64::MAX, i64::MIN] {
            let refused = shop.enter_as(&SYSTEM, &entry("sales", ada, value)).await.expect_err("it is refused");
            assert!(refused.field_message("value").is_some_and(|words| words.contains("exactly")), "{value}: {refused:?}");
        }
        let said = shop.post(Some(&cookie), "entries", "two-to-the-53rd", &json!({ "metric": "sales", "person": ada, "value": 9_007_199_254_740_992_i64 })).await;
        assert_eq!((said.status, said.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["value".to_owned()]), "{said:?}");
        for value in [json!(1.005), json!(1e300), json!("12"), json!(null)] {
            let said = shop.post(Some(&cookie), "entries", "no-whole-number", &json!({ "metric": "sales", "person": ada, "value": value })).await;
            assert!(said.status.is_client_error(), "{said:?}");
        }
        assert_eq!(shop.standing().await, before);

        shop.enter("sales", ada, TODAY, LIMIT).await;
        let less = shop.enter("sales", ada, TODAY, -5).await;
        shop.enter("sales", ada, TODAY, 3).await;
        let before = shop.standing().await;
        let refused = shop.enter_as(&SYSTEM, &entry("sales", ada, 3)).await.expect_err("the day is full");
        assert!(refused.field_message("value").is_some_and(|words| words.contains("exactly")), "{refused:?}");
        assert!(shop.void_as(&SYSTEM, less, "It takes away what makes room").await.is_err());
        assert_eq!(shop.standing().await, before);
        assert_eq!(shop.stands("sales", "day", Of::People).await, "1 Ada $90,071,992,547,409.89 = $90,071,992,547,409.89");
        shop.correct_as(&SYSTEM, less, &entry("sales", ada, -4), "A cent less").await.expect("the day comes to no more than can be counted");
        assert_eq!(shop.stands("sales", "day", Of::People).await, "1 Ada $90,071,992,547,409.90 = $90,071,992,547,409.90");

        shop.enter("sales", ada, "2026-11-22", LIMIT).await;
        shop.enter("sales", ada, "2026-11-21", LIMIT).await;
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $270,215,977,642,229.72 = $270,215,977,642,229.72");
        shop.enter("sales", ada, "2026-11-20", -LIMIT).await;
        assert_eq!(shop.stands("sales", "day:2026-11-20", Of::People).await, "1 Ada −$90,071,992,547,409.91 = −$90,071,992,547,409.91");
    }

    /// Ten years back, today at the latest, or so many days ahead as the business lets; and only while somebody was there.
    async fn days_have_ends(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada").await;
        let bo = shop.person_with("Bo", json!({ "joined_on": "2026-11-02", "left_on": "2026-11-20" })).await;
        let tried = async |person: PersonId, day: &str| {
            let before = shop.standing().await;
            let said = shop.enter_as(&SYSTEM, &on(day, entry("sales", person, 100))).await;
            assert_eq!(said.is_ok(), shop.standing().await != before, "{day}");
            outcome(said)
        };
        for (person, day, wanted) in [
            (ada, "2016-11-22", "422 day"), (ada, "2016-11-23", "done"), (ada, TODAY, "done"), (ada, "2026-11-24", "422 day"), (ada, "9999-12-31", "422 day"),
            (bo, "2026-11-01", "422 day"), (bo, "2026-11-02", "done"), (bo, "2026-11-20", "done"), (bo, "2026-11-21", "422 day"),
        ] {
            assert_eq!(tried(person, day).await, wanted, "{day}");
        }
        let later = EntryBody { happened_at: Some("2026-11-23T13:00:00Z".parse().expect("an instant")), ..entry("sales", ada, 100) };
        assert_eq!(outcome(shop.enter_as(&SYSTEM, &later).await), "422 day", "midnight is tomorrow");
        shop.settings(&store::Settings { week_starts: 1, fortnight_from: "2026-01-05".to_owned(), future_days: 7, version: 1 }).await;
        for (day, wanted) in [("2026-11-24", "done"), ("2026-11-30", "done"), ("2026-12-01", "422 day")] {
            assert_eq!(tried(ada, day).await, wanted, "{day}");
        }
    }

    /// Half past eleven at night in Perth is that day in Perth. Another zone later moves nothing that is in.
    async fn a_day_is_the_business_s_own(site: Site) {
        let beta = Shop::beta(&site).await;
        beta.metric("sales", money()).await;
        let ada = beta.person("Ada").await;
        site.set_clock("2026-11-23T15:30:00Z");
        let late = beta.enter_as(&SYSTEM, &entry("sales", ada, 10_000)).await.expect("entered").id;
        for (at, value) in [("2026-11-22T15:59:59Z", 200), ("2026-11-22T16:00:00Z", 3_000)] {
            beta.enter_as(&SYSTEM, &at_instant(at, entry("sales", ada, value))).await.expect("entered");
        }
        let other = on("2026-11-24", at_instant("2026-11-23T15:00:00Z", entry("sales", ada, 1)));
        assert_eq!(outcome(beta.enter_as(&SYSTEM, &other).await), "422 day", "that is the 24th in Sydney");
        let days = async || {
            let mut days = Vec::new();
            for day in ["2026-11-22", "2026-11-23", "2026-11-24"] {
                days.push(beta.stands("sales", &format!("day:{day}"), Of::People).await);
            }
            days.join("; ")
        };
        assert_eq!(days().await, "1 Ada $2.00 = $2.00; 1 Ada $130.00 = $130.00; 1 Ada $0.00 = $0.00");
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE organisations SET zone = 'Australia/Sydney' WHERE id = $1", beta.id).expect("they moved");
        tx.commit().await.expect("a commit");
        assert_eq!(days().await, "1 Ada $2.00 = $2.00; 1 Ada $130.00 = $130.00; 1 Ada $0.00 = $0.00");
        assert_eq!(beta.line(late).await.0.day, "2026-11-23");
        // From now on it is half past two in the morning of the next.
        beta.enter_as(&SYSTEM, &entry("sales", ada, 50_000)).await.expect("entered");
        assert_eq!(days().await, "1 Ada $2.00 = $2.00; 1 Ada $130.00 = $130.00; 1 Ada $500.00 = $500.00");
        beta.void_as(&SYSTEM, late, "It counted on its day, and is taken from there").await.expect("taken back");
        assert_eq!(days().await, "1 Ada $2.00 = $2.00; 1 Ada $30.00 = $30.00; 1 Ada $500.00 = $500.00");
    }

    /// The totals that are kept are those of all that counts, added up anew: whatever is added, taken back, or put right to another day,
    /// person, metric or amount.
    async fn totals_are_those_of_the_whole_ledger(site: Site) {
        let shop = Shop::alpha(&site).await;
        let words = ["sales", "refunds"];
        let (mut metrics, mut people) = (Vec::new(), Vec::new());
        for word in words {
            metrics.push(shop.metric(word, money()).await);
        }
        for name in ["Ada", "Bo", "Cy", "Di", "Ed"] {
            people.push(shop.person(name).await);
        }
        let (zone, mut draw) = (TimeZone::get("Australia/Sydney").expect("a zone"), ledger::dice(6));
        let (mut totals, mut in_force, mut lines) = (Totals::default(), BTreeMap::new(), BTreeMap::new());
        let body = |one: &ledger::Entry| {
            let at = Timestamp::from_microsecond(one.at).expect("an instant");
            EntryBody { happened_at: Some(at), ..entry(words[one.metric as usize], people[one.person as usize], one.value) }
        };
        for id in 0..300 {
            let change = ledger::random_change(&in_force, id, &zone, &mut draw).below(1_000_000);
            let wanted = totals.apply(&change, &mut in_force);
            let line = |id: &u64| lines.get(id).copied().unwrap_or(EntryId(Uuid::nil()));
            match &change {
                Change::Add(new) if wanted.is_ok() => {
                    lines.insert(new.id, shop.enter_as(&SYSTEM, &body(new)).await.expect("entered").id);
                }
                // By an id that is taken: the ledger gives ids itself.
                Change::Add(_) => {}
                Change::Void(old) => {
                    assert_eq!(shop.void_as(&SYSTEM, line(old), "A test").await.is_ok(), wanted.is_ok(), "{change:?}");
                }
                Change::Replace(old, new) => {
                    let outcome = shop.correct_as(&SYSTEM, line(old), &body(new), "A test").await;
                    assert_eq!(outcome.is_ok(), wanted.is_ok(), "{change:?}: {outcome:?}");
                    if let Ok(made) = outcome {
                        lines.insert(new.id, made);
                    }
                }
            }
            if id % 50 == 49 {
                assert_eq!(kept(&shop, &metrics, &people).await, *totals.rows(), "after {id}");
            }
        }
        assert_eq!(anew(&shop, &metrics, &people).await, totals);
        let (from, until) = ("2026-04-01".parse().expect("a day"), "2026-05-01".parse().expect("a day"));
        for (nth, word) in (0..).zip(words) {
            let board = shop.board(&SYSTEM, word, "month:2026-04-01", Of::People).await.expect("a board");
            let dollars = |cents: i64| Fraction::new(i128::from(cents), 100);
            let sum = |person: u32| totals.sum(nth, person, from, until).0;
            let wanted: BTreeMap<Uuid, Option<Fraction>> = (0..).zip(&people).map(|(person, id)| (id.0, dollars(sum(person)))).collect();
            let shown: BTreeMap<Uuid, Option<Fraction>> = board.lines.iter().map(|line| (line.id, line.value)).collect();
            assert_eq!(shown, wanted, "{word}");
            assert_eq!(board.total, dollars((0..5).map(sum).sum()), "{word}");
        }
    }

    /// Whoever doubts the figures has them compared with the ledger. What differs is put right, and written down; what agrees is left alone.
    async fn figures_are_put_right_by_the_ledger(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        let (ada, bo) = (shop.person("Ada").await, shop.person("Bo").await);
        shop.enter("sales", ada, TODAY, 4_200).await;
        shop.enter("sales", bo, TODAY, 100).await;
        let gone = shop.enter("sales", bo, "2026-11-20", 900).await;
        shop.void_as(&SYSTEM, gone, "A test").await.expect("taken back");
        let before = shop.standing().await;
        let agreed = adding::add_up(&site.platform, &SYSTEM, shop.slug).await.expect("added up");
        assert_eq!((agreed.days, agreed.differed), (2, 0));
        assert_eq!(shop.standing().await, before, "nothing happened");

        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE scoreboard_totals SET value = value + 1 WHERE org_id = $1 AND value = 4200", shop.id).expect("changed");
        platform_sql!(exec, &mut tx, "DELETE FROM scoreboard_totals WHERE org_id = $1 AND value = 100", shop.id).expect("deleted");
        tx.commit().await.expect("kept");
        assert_eq!(shop.stands("sales", "day", Of::People).await, "1 Ada $42.01, 2 Bo $0.00 = $42.01");
        let said = shop.post(Some(&owner), "add-up", "a-key-of-its-own", &json!({})).await;
        assert_eq!((said.status, said.json()["differed"].as_i64()), (StatusCode::OK, Some(2)), "{said:?}");
        assert_eq!(shop.stands("sales", "day", Of::People).await, "1 Ada $42.00, 2 Bo $1.00 = $43.00");

        let member = shop.member("Cy", Role::Member).await;
        let refused = adding::add_up(&site.platform, &member.actor, shop.slug).await.expect_err("not for members");
        assert_eq!(refused.code, Code::Forbidden);
        let (other, stranger) = (Shop::beta(&site).await, shop.post(None, "add-up", "a-key-of-its-own", &json!({})).await);
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
        let refused = adding::add_up(&site.platform, &member.actor, other.slug).await.expect_err("another’s");
        assert_eq!(refused.code, Code::NotFound);
    }

    /// Turned off, none of it is there, for anybody, and nothing comes in; on again, all of it is as it was.
    async fn turned_off_it_is_not_there(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in(shop.slug).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada").await;
        shop.enter("sales", ada, TODAY, 4_200).await;
        let token = shop.token(&[permissions::ENTER.name, permissions::VIEW.name]).await;
        let body = json!({ "metric": "sales", "person": ada, "value": 1 });
        let paths = ["/app/alpha/scoreboard".to_owned(), "/app/alpha/scoreboard/entries".to_owned(), shop.api("board"), shop.api("entries")];
        let answers = async |status: StatusCode| {
            for path in &paths {
                assert_eq!(site.get_as(&owner, path).await.status, status, "{path}");
            }
            assert_eq!(site.bearer(&token, &shop.api("board")).await.status, status);
        };
        let switch = async |on: bool| {
            let answer = site.json(Method::PUT, Some(&owner), "/api/v1/orgs/alpha/modules/scoreboard", &json!({ "on": on })).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        };
        answers(StatusCode::OK).await;
        switch(false).await;
        answers(StatusCode::NOT_FOUND).await;
        assert_eq!(shop.post(Some(&owner), "entries", "while-it-is-off", &body).await.status, StatusCode::NOT_FOUND);
        assert_eq!(shop.post_by(&token, "entries", "while-it-is-off", &body).await.status, StatusCode::NOT_FOUND);
        assert_eq!(outcome(shop.enter_as(&SYSTEM, &entry("sales", ada, 1)).await), "404", "not by a job, either");
        assert_eq!(outcome(shop.board(&shop.owner(), "sales", "month", Of::People).await), "404");
        assert_eq!(shop.standing().await.0, 1);
        switch(true).await;
        answers(StatusCode::OK).await;
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $42.00 = $42.00");
    }
}

/// SQLite has ways of its own to put a row in another's place: none of them changes the ledger.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_line_is_replaced() {
    let site = Site::sqlite().await;
    let shop = Shop::alpha(&site).await;
    written_down(&shop).await;
    let mut file = SqliteConnection::connect(&site.url).await.expect("the file");
    for statement in [
        "INSERT OR REPLACE INTO scoreboard_entries (org_id, id, metric_id, person_id, day, happened_at, value, note, source, external_id, by_kind, by_id, entered_at, awaits_approval, replaces_id)
         SELECT org_id, id, metric_id, person_id, day, happened_at, value + 1, note, source, external_id, by_kind, by_id, entered_at, awaits_approval, replaces_id FROM scoreboard_entries",
        "UPDATE OR REPLACE scoreboard_entries SET value = value + 1",
        "INSERT OR REPLACE INTO scoreboard_voids (org_id, entry_id, reason, by_kind, by_id, voided_at)
         SELECT org_id, entry_id, reason, 'system', NULL, voided_at FROM scoreboard_voids",
        "INSERT OR REPLACE INTO scoreboard_approvals (org_id, entry_id, approved, by_kind, by_id, decided_at)
         SELECT org_id, entry_id, NOT approved, by_kind, by_id, decided_at FROM scoreboard_approvals",
    ] {
        let refused = file.execute(statement).await.expect_err("it is refused");
        assert!(refused.to_string().contains("append_only"), "{statement}: {refused}");
    }
}

/// Three lines: one that was taken back, one that stands for it, and one that was approved.
async fn written_down(shop: &Shop<'_>) {
    shop.metric("sales", with(money(), json!({ "approval": true }))).await;
    let ada = shop.member("Ada", Role::Member).await;
    let line = shop.enter("sales", ada.id, TODAY, 100).await;
    shop.correct_as(&SYSTEM, line, &entry("sales", ada.id, 200), "It was two").await.expect("put right");
    let waits = shop.enter_as(&ada.actor, &entry("sales", None, 300)).await.expect("entered");
    shop.decide_as(&SYSTEM, waits.id, true).await.expect("yes");
}

/// The totals that the database keeps, those of nothing left out: of which metric, person and day, the sum and how many lines.
async fn kept(shop: &Shop<'_>, metrics: &[MetricId], people: &[PersonId]) -> BTreeMap<ledger::Row, (i64, i64)> {
    let mut tx = shop.site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let rows = platform_sql!(
        all(MetricId, PersonId, String, i64, i64),
        &mut tx,
        "SELECT metric_id, person_id, day, value, entries FROM scoreboard_totals WHERE org_id = $1",
        shop.id
    );
    let rows = rows.expect("totals").into_iter().map(|(metric, person, day, value, entries)| {
        let day: Date = day.parse().expect("a day");
        ((place(metrics, &metric), place(people, &person), day), (value, entries))
    });
    let (some, none): (BTreeMap<_, _>, BTreeMap<_, _>) = rows.partition(|(_, (_, entries))| *entries > 0);
    assert!(none.values().all(|(value, _)| *value == 0), "nothing comes to nothing: {none:?}");
    some
}

/// The same, of every line that counts, added up afresh.
async fn anew(shop: &Shop<'_>, metrics: &[MetricId], people: &[PersonId]) -> Totals {
    let mut tx = shop.opened(Access::Read).await;
    let lines = store::entries(&mut tx, (None, None), ("2026-01-01", "2027-01-01"), None, 10_000).await;
    let lines = (0..).zip(lines.expect("the ledger")).filter(|(_, line)| entries::counts(line));
    let lines = lines.map(|(id, line)| ledger::Entry {
        id,
        person: place(people, &line.person_id),
        metric: place(metrics, &line.metric_id),
        day: line.day.parse().expect("a day"),
        value: line.value,
        at: line.happened_at.micros(),
    });
    Totals::of(&lines.collect::<Vec<_>>())
}

fn place<T: PartialEq>(all: &[T], one: &T) -> u32 {
    let at = all.iter().position(|other| other == one).expect("one of them");
    u32::try_from(at).expect("few")
}

/// A business, in which nothing is counted yet.
pub struct Shop<'s> {
    pub site: &'s Site,
    pub slug: &'static str,
    pub id: OrgId,
    owner: UserId,
}

/// A member whose results are counted.
pub struct Member {
    pub user: UserId,
    pub actor: Actor,
    pub cookie: String,
    pub id: PersonId,
}

impl<'s> Shop<'s> {
    /// In Sydney.
    pub async fn alpha(site: &'s Site) -> Self {
        Self::of(site, "alpha", site.alpha).await
    }

    /// In Perth.
    pub async fn beta(site: &'s Site) -> Self {
        Self::of(site, "beta", site.beta).await
    }

    async fn of(site: &'s Site, slug: &'static str, id: OrgId) -> Self {
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let found = platform_sql!(
            one(UserId,),
            &mut tx,
            "SELECT user_id FROM memberships WHERE org_id = $1 AND role = 'owner'",
            id
        );
        let (owner,) = found.expect("an owner");
        Self { site, slug, id, owner }
    }

    pub fn owner(&self) -> Actor {
        Actor::User(self.owner)
    }

    pub fn api(&self, path: &str) -> String {
        format!("/api/v1/orgs/{}/scoreboard/{path}", self.slug)
    }

    pub async fn metric(&self, word: &str, more: Value) -> MetricId {
        let made = metrics::add(&self.site.platform, &SYSTEM, self.slug, &metric_body(word, more)).await;
        made.expect("it is counted")
    }

    pub async fn person(&self, name: &str) -> PersonId {
        self.person_with(name, json!({})).await
    }

    pub async fn person_with(&self, name: &str, more: Value) -> PersonId {
        let body: PersonBody = body(with(json!({ "name": name }), more));
        people::add(&self.site.platform, &SYSTEM, self.slug, &body).await.expect("they are counted")
    }

    /// Somebody who belongs, is logged in, and whose results are counted by this name.
    pub async fn member(&self, name: &str, role: Role) -> Member {
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "-"));
        let (user, cookie) = self.site.join(self.id, &email, role).await;
        let id = self.person_with(name, json!({ "member": user })).await;
        Member { user, actor: Actor::User(user), cookie, id }
    }

    pub async fn team(&self, name: &str) -> TeamId {
        self.group(name, "team").await
    }

    pub async fn group(&self, name: &str, kind: &str) -> TeamId {
        let body = TeamBody { name: name.to_owned(), kind: kind.to_owned(), active: true, version: None };
        people::add_team(&self.site.platform, &SYSTEM, self.slug, &body).await.expect("a team")
    }

    pub async fn enter(&self, metric: &str, person: PersonId, day: &str, value: i64) -> EntryId {
        let entered = self.enter_as(&SYSTEM, &on(day, entry(metric, person, value))).await.expect("it is entered");
        assert!(entered.fresh && !entered.waits);
        entered.id
    }

    pub async fn enter_as(&self, actor: &Actor, body: &EntryBody) -> Result<Entered> {
        entries::enter(&self.site.platform, actor, self.slug, body, Source::Form, None).await
    }

    pub async fn void_as(&self, actor: &Actor, line: EntryId, reason: &str) -> Result<()> {
        entries::void(&self.site.platform, actor, self.slug, &line.to_string(), reason).await
    }

    pub async fn correct_as(&self, actor: &Actor, line: EntryId, body: &EntryBody, reason: &str) -> Result<EntryId> {
        entries::correct(&self.site.platform, actor, self.slug, &line.to_string(), body, reason).await
    }

    async fn decide_as(&self, actor: &Actor, line: EntryId, approved: bool) -> Result<()> {
        entries::decide(&self.site.platform, actor, self.slug, &line.to_string(), approved).await
    }

    /// A line of the ledger, its note, and why it was taken back.
    async fn line(&self, id: EntryId) -> (store::Entry, String, String) {
        let mut tx = self.opened(Access::Read).await;
        let line = entries::find(&mut tx, &id.to_string()).await.expect("the line");
        let (note, reason) = entries::words_of(&mut tx, &line).await.expect("its words");
        (line, note, reason)
    }

    pub async fn board(&self, actor: &Actor, metric: &str, period: &str, of: Of) -> Result<Board> {
        board::show(&self.site.platform, actor, self.slug, &asked(metric, period, of)).await
    }

    /// Who stands where, for who sees all: "1 Ada $2.00, 2= Bo $1.00, 2= Cy $1.00 = $4.00", what it comes to at the end.
    pub async fn stands(&self, metric: &str, period: &str, of: Of) -> String {
        written(&self.board(&SYSTEM, metric, period, of).await.expect("a board"))
    }

    pub async fn settings(&self, settings: &store::Settings) {
        let mut tx = self.opened(Access::Write).await;
        assert!(store::insert_settings(&mut tx, settings).await.expect("settings"));
        tx.commit().await.expect("a commit");
    }

    pub async fn opened(&self, access: Access) -> OrgTx {
        let org = OrgRef::Slug(self.slug);
        OrgTx::open(&self.site.platform, &SYSTEM, org, &permissions::SET_UP, access).await.expect("the business")
    }

    /// How many lines the ledger has, and how many things have happened here.
    pub async fn standing(&self) -> (i64, i64) {
        let mut tx = self.site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let lines =
            platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM scoreboard_entries WHERE org_id = $1", self.id);
        let events = platform_sql!(one(i64,), &mut tx, "SELECT sequence FROM organisations WHERE id = $1", self.id);
        (lines.expect("lines").0, events.expect("the business").0)
    }

    pub async fn token(&self, scopes: &[&str]) -> String {
        let (owner, path) = (self.site.log_in(self.slug).await, format!("/api/v1/orgs/{}/tokens", self.slug));
        let wanted = json!({ "name": "A program", "scopes": scopes });
        let made = self.site.json(Method::POST, Some(&owner), &path, &wanted).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        made.json()["secret"].as_str().expect("a secret").to_owned()
    }

    /// Posts to the API as a page of ours would, with an Idempotency-Key.
    pub async fn post(&self, cookie: Option<&str>, path: &str, key: &str, body: &Value) -> Answer {
        let mut request = Request::post(self.api(path)).header("sec-fetch-site", "same-origin");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.header(header::CONTENT_TYPE, "application/json").header("idempotency-key", key);
        self.site.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    /// The same as a program does.
    async fn post_by(&self, token: &str, path: &str, key: &str, body: &Value) -> Answer {
        let request = Request::post(self.api(path)).header(header::AUTHORIZATION, format!("Bearer {token}"));
        let request = request.header(header::CONTENT_TYPE, "application/json").header("idempotency-key", key);
        self.site.send_as_it_is(request.body(Body::from(body.to_string())).expect("a request")).await
    }
}

/// What a metric has that is money.
pub fn money() -> Value {
    json!({ "unit": "money", "gst": "including" })
}

/// The fields of both.
pub fn with(mut fields: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
        fields.extend(more);
    }
    fields
}

/// A number without decimals that is added up, unless more is said.
pub fn metric_body(word: &str, more: Value) -> MetricBody {
    body(with(json!({ "name": word, "key": word }), more))
}

pub fn entry(metric: &str, person: impl Into<Option<PersonId>>, value: i64) -> EntryBody {
    EntryBody {
        metric: metric.to_owned(),
        person: person.into(),
        value,
        happened_at: None,
        day: None,
        note: String::new(),
        external_id: None,
    }
}

pub fn on(day: &str, entry: EntryBody) -> EntryBody {
    EntryBody { day: Some(day.parse().expect("a day")), ..entry }
}

pub fn at_instant(at: &str, entry: EntryBody) -> EntryBody {
    EntryBody { happened_at: Some(at.parse().expect("an instant")), ..entry }
}

pub fn asked(metric: &str, period: &str, of: Of) -> Asked {
    Asked { metric: metric.to_owned(), period: period.to_owned(), of, team: None, ties: Ties::Shared }
}

/// The lines of a board, and what all of it comes to.
pub fn written(board: &Board) -> String {
    let line = |line: &Line| {
        let rank = line.rank.map_or("–".to_owned(), |rank| rank.to_string());
        let shared = if line.shared { "=" } else { "" };
        format!("{rank}{shared} {} {}", line.name, figure(&board.metric, line.value))
    };
    let lines: Vec<String> = board.lines.iter().map(line).collect();
    format!("{} = {}", lines.join(", "), figure(&board.metric, board.total))
}

fn body<T: DeserializeOwned>(fields: Value) -> T {
    serde_json::from_value(fields).expect("a body")
}
