//! What somebody with a grudge tries on the scoreboard.

use std::time::{Duration, Instant};

use app::{
    error::Code,
    modules::scoreboard::{
        board::Of,
        entries::EntryBody,
        metrics::{self, MetricBody},
        people,
        screens::{
            self,
            playlist::{Item, Playlist, Slot},
        },
    },
    org::{Actor, Role},
};
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::{
    on_both,
    scoreboard::{Shop, entry, metric_body, money, with},
};

const SYSTEM: Actor = Actor::System("a test");

on_both! {
    /// Formulas of formulas are refused beyond a few steps, whichever of them is made deeper; and however often one names another, it is
    /// reckoned once.
    async fn formulas_cannot_stop_the_server(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("a", json!({})).await;
        shop.person("Ada").await;
        let of = |word: &str, below: &str| {
            let formula = vec![below; 120].join(" + ");
            metric_body(word, json!({ "kind": "formula", "formula": formula }))
        };
        let mut made = Vec::new();
        let words = ["a", "b", "c", "d", "e", "f", "g", "h"];
        for pair in words.windows(2) {
            match metrics::add(&site.platform, &SYSTEM, shop.slug, &of(pair[1], pair[0])).await {
                Ok(id) => made.push((pair[1], id)),
                Err(error) => assert_eq!((error.code, error.fields[0].field.as_str()), (Code::Invalid, "formula")),
            }
        }
        assert!((2..=4).contains(&made.len()), "a few steps: {made:?}");
        let (deepest, _) = made[made.len() - 1];
        let began = Instant::now();
        shop.board(&SYSTEM, deepest, "month", Of::People).await.expect("a board");
        assert!(began.elapsed() < Duration::from_secs(10), "each is reckoned once");
        // Another formula beneath makes all above it deeper.
        shop.metric("z", json!({ "kind": "formula", "formula": "a" })).await;
        let below = MetricBody { version: Some(1), ..of("b", "z") };
        let refused = metrics::save(&site.platform, &SYSTEM, shop.slug, &made[0].1.to_string(), &below).await;
        assert_eq!(refused.expect_err("too deep").fields[0].field, "formula");
    }

    /// What managers alone see isn't for whoever it is about: on no page, and not through the API.
    async fn what_is_for_managers_is_not_for_whom_it_is_about(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("conduct", json!({ "shown_to": "managers", "entered_by": "managers" })).await;
        let ada = shop.member("Ada", Role::Member).await;
        let body = EntryBody { note: "Warned twice".to_owned(), ..entry("conduct", ada.id, 7) };
        let line = shop.enter_as(&shop.owner(), &body).await.expect("a manager enters it").id;
        for path in ["mine", "entries", &format!("entries/{line}"), &format!("enter?entered={line}")] {
            let page = site.get_as(&ada.cookie, &format!("/app/alpha/scoreboard/{path}")).await.text;
            assert!(!page.contains("Warned twice") && !page.contains("conduct"), "{path}: {page}");
        }
        let one = site.json(Method::GET, Some(&ada.cookie), &shop.api(&format!("entries/{line}")), &json!({})).await;
        assert_eq!(one.status, StatusCode::NOT_FOUND, "{one:?}");
        let taken = shop.void_as(&ada.actor, line, "Mine").await.expect_err("it isn’t there for her");
        assert_eq!(taken.code, Code::NotFound);
    }

    /// A name from elsewhere is for programs and managers to give, and stands for one thing.
    async fn nobody_takes_an_external_id_from_a_program(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.member("Ada", Role::Member).await;
        let bo = shop.person("Bo").await;
        let named = |person, value| EntryBody { external_id: Some("INV-1".to_owned()), ..entry("sales", person, value) };
        let refused = shop.enter_as(&ada.actor, &named(ada.id, 0)).await.expect_err("not hers to give");
        assert_eq!(refused.fields[0].field, "external_id");
        assert!(shop.enter_as(&SYSTEM, &named(bo, 900)).await.expect("it comes in").fresh);
        for (person, value) in [(ada.id, 900), (bo, 901)] {
            let other = shop.enter_as(&SYSTEM, &named(person, value)).await.expect_err("another thing");
            assert_eq!(other.code, Code::Conflict);
        }
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Bo $9.00, 2 Ada $0.00 = $9.00");
    }

    /// A token does what its scopes say, and is no manager by being a program.
    async fn a_token_is_no_manager(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("bonus", with(money(), json!({ "entered_by": "managers", "shown_to": "managers" }))).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada").await;
        shop.enter_as(&SYSTEM, &entry("bonus", ada, 500)).await.expect("it is entered");
        let small = Actor::Token(shop.token(&["scoreboard.entries.change", "scoreboard.view"]).await);
        assert!(shop.enter_as(&small, &entry("bonus", ada, 1)).await.is_err());
        assert_eq!(shop.board(&small, "bonus", "month", Of::People).await.expect_err("not there").code, Code::NotFound);
        assert!(shop.enter_as(&small, &entry("sales", ada, 1)).await.expect("for anybody").fresh);
        let large = Actor::Token(shop.token(&["scoreboard.entries.change", "scoreboard.view", "scoreboard.manage"]).await);
        assert!(shop.enter_as(&large, &entry("bonus", ada, 1)).await.expect("as a manager").fresh);
        assert!(shop.board(&large, "bonus", "month", Of::People).await.is_ok());
    }

    /// A program that leaves a field out of a change opens nothing by it; and who left every board themselves comes back themselves.
    async fn what_is_left_out_of_a_change_stays(site: Site) {
        let shop = Shop::alpha(&site).await;
        let owner = site.log_in("alpha").await;
        let id = shop.metric("conduct", json!({ "shown_to": "managers", "entered_by": "managers", "approval": true })).await;
        let body = json!({ "name": "Conduct", "version": 1 });
        let saved = site.json(Method::PUT, Some(&owner), &shop.api(&format!("metrics/{id}")), &body).await;
        assert_eq!(saved.status, StatusCode::NO_CONTENT, "{saved:?}");
        let all = metrics::all(&site.platform, &SYSTEM, shop.slug).await.expect("what is counted");
        assert_eq!((all[0].shown_to.as_str(), all[0].entered_by.as_str(), all[0].approval), ("managers", "managers", true));
        let ada = shop.member("Ada", Role::Member).await;
        people::opt_out(&site.platform, &ada.actor, shop.slug, true).await.expect("she wants to be on none");
        let change = async |body| site.json(Method::PUT, Some(&owner), &shop.api(&format!("people/{}", ada.id)), &body).await;
        let kept = change(json!({ "name": "Ada Ash", "member": ada.user, "version": 2 })).await;
        assert_eq!(kept.status, StatusCode::NO_CONTENT, "{kept:?}");
        let forced = change(json!({ "name": "Ada Ash", "member": ada.user, "opted_out": false, "version": 3 })).await;
        assert_eq!(forced.fields(), ["opted_out"], "{forced:?}");
        let people = people::everybody(&site.platform, &SYSTEM, shop.slug).await.expect("everybody").people;
        assert!(people[0].opted_out && people[0].name == "Ada Ash");
    }

    /// Few codes wait for their screens at once, and all screens together show so many boards.
    async fn screens_are_bounded(site: Site) {
        let shop = Shop::alpha(&site).await;
        for metric in 0..12 {
            shop.metric(&format!("m{metric}"), json!({})).await;
        }
        shop.person("Ada").await;
        let owner = shop.owner();
        let codes = ["K7M4PQ", "K7M4PR", "K7M4PT", "K7M4PV", "K7M4PW", "K7M4PX"].map(checked);
        let mut added = Vec::new();
        for (at, code) in codes.iter().enumerate() {
            added.push(screens::add(&site.platform, &owner, shop.slug, code, &format!("Screen {at}")).await);
        }
        assert!(added[..5].iter().all(Result::is_ok), "{added:?}");
        assert_eq!(added[5].as_ref().expect_err("too many wait").code, Code::TooMany);
        let list = |from: usize| {
            let kinds = ["day", "week", "month", "financial_year", "quarter"];
            let metrics = (from..from + 4).flat_map(|metric| kinds.map(|kind| (metric, kind)));
            let items = metrics.map(|(metric, period)| Item::Board {
                metric: format!("m{metric}"),
                period: period.to_owned(),
                of: "people".to_owned(),
            });
            Playlist { items: items.map(Slot::always).collect(), seconds: 20, sound: false }
        };
        let mut saved = Vec::new();
        for (at, added) in added.iter().take(4).enumerate() {
            let id = added.as_ref().expect("a screen").to_string();
            // The first three are sixty boards in all; the fourth has others.
            let list = if at < 3 { list(at * 4) } else {
                let of = |kind: &str| Item::Board { metric: "m0".to_owned(), period: kind.to_owned(), of: "people".to_owned() };
                Playlist { items: vec![Slot::always(of("year"))], seconds: 20, sound: false }
            };
            saved.push(screens::save(&site.platform, &owner, shop.slug, &id, &format!("Screen {at}"), &list, 1).await);
        }
        assert_eq!(saved[3].as_ref().expect_err("too many").fields[0].field, "items", "{saved:?}");
    }
}

/// The code that begins so: whichever letter at its end makes it one.
fn checked(six: &str) -> String {
    let letters = "23456789CDFGHJKMNPQRTVWXYZ".chars();
    letters.map(|letter| format!("{six}{letter}")).find(|code| screens::codes::read(code).is_some()).expect("a code")
}
