//! What comes in by itself: what programs tell is believed if it is signed, comes in once, and is refused in words; what other modules do is counted
//! once, taken back where it is undone, and survives whoever counts it.

use app::{
    billing::terms::Terms,
    db::Access,
    ids::UserId,
    modules::scoreboard::{
        board::Of,
        ids::{EntryId, SourceId},
        permissions,
        sources::{self, counting, taking},
        store,
    },
    org::Role,
    platform_sql,
    webhooks::sign,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use crate::{
    on_both,
    scoreboard::{Shop, money, with},
    support::{Answer, Site, booking},
};

const EVENT: &str = "calendar.appointment_completed";
/// When everything begins, in seconds.
const NOW: i64 = 1_795_384_800;

on_both! {
    /// A message that is signed rightly becomes an entry, at once and once, for whomever it names: by a name, another name, or a member’s address.
    async fn what_a_program_tells_is_entered_once(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.member("Ada Ash", Role::Member).await;
        shop.person_with("Bo Birch", json!({ "aliases": ["SP-07"] })).await;
        let source = Source::add(&shop, &till()).await;
        let sale = |id: &str, who: &str, total: &str| json!({ "type": "order.paid", "data": { "id": id, "total": total, "seller": who, "at": "2026-11-23T08:00:00+11:00", "title": "Two chairs" } });
        let told = source.tell("msg_1", &sale("A-1", "Ada Ash", "1,234.50")).await;
        assert_eq!((told.status, &told.json()["outcome"]), (StatusCode::OK, &json!("entered")), "{told:?}");
        let line = entry_of(&told);
        assert_eq!(source.tell("msg_2", &sale("A-2", "sp-07", "10")).await.status, StatusCode::OK);
        assert_eq!(source.tell("msg_3", &sale("A-3", "ADA-ASH@example.com", "0.50")).await.status, StatusCode::OK);
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada Ash $1,235.00, 2 Bo Birch $10.00 = $1,245.00");
        let before = shop.standing().await;
        for message in ["msg_1", "msg_9"] {
            let again = source.tell(message, &sale("A-1", "Ada Ash", "1234.50")).await;
            assert_eq!((again.status, &again.json()["outcome"], entry_of(&again)), (StatusCode::OK, &json!("again"), line), "{again:?}");
        }
        let other = source.tell("msg_1", &sale("A-1", "Ada Ash", "99")).await;
        assert_eq!(other.status, StatusCode::CONFLICT, "{other:?}");
        assert_eq!(shop.standing().await, before);

        let mut tx = shop.opened(Access::Read).await;
        let entry = store::entry(&mut tx, line).await.expect("a statement").expect("the line");
        let (note, _) = app::modules::scoreboard::entries::words_of(&mut tx, &entry).await.expect("its words");
        tx.rollback().await.expect("read");
        assert_eq!((entry.source.as_str(), entry.by_kind.as_str(), entry.day.as_str(), note.as_str()), ("webhook", "system", "2026-11-23", "Two chairs"));
        assert_eq!(entry.external_id.as_deref(), Some(format!("{}:A-1", source.id).as_str()));
        assert_eq!(entry.person_id, ada.id);

        // Many at the same moment are one.
        let sale = sale("A-4", "Ada Ash", "5");
        let many = futures::future::join_all((0..5).map(|_| source.tell("msg_4", &sale))).await;
        let fresh = many.iter().filter(|told| told.json()["outcome"] == json!("entered")).count();
        assert!(many.iter().all(|told| told.status == StatusCode::OK) && fresh == 1, "{many:?}");
        let messages = source.messages().await;
        assert_eq!(messages.len(), 11, "{messages:?}");
        assert!(messages.iter().any(|one| one["words"] == json!("$1,234.50 of sales for Ada Ash, on 23 November 2026.")), "{messages:?}");
        let dump = site.raw_dump().await;
        for words in ["Two chairs", "Ada Ash, on"] {
            assert!(!dump.windows(words.len()).any(|window| window == words.as_bytes()), "{words} is sealed");
        }
    }

    /// Where a program doesn’t say when something happened, that is when it told it first: told again a day later it is the same.
    async fn what_is_told_again_a_day_later_is_the_same(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.person("Ada").await;
        let mapping = json!({ "amount": "data.total", "person": "data.seller" });
        let source = Source::add(&shop, &json!({ "name": "Till", "metric": "sales", "mapping": mapping })).await;
        let body = sale("A-1", "Ada", "5");
        let told = source.tell("msg_1", &body).await;
        assert_eq!((told.status, &told.json()["outcome"]), (StatusCode::OK, &json!("entered")), "{told:?}");
        site.advance(24 * 60 * 60);
        let body = body.to_string();
        let again = source.send(&source.signed_at("msg_1", NOW + 24 * 60 * 60, &body), body.clone()).await;
        assert_eq!((again.status, &again.json()["outcome"], entry_of(&again)), (StatusCode::OK, &json!("again"), entry_of(&told)), "{again:?}");
    }

    /// Only what is signed is believed, within five minutes; whoever it is hears no more than that, and whoever set it up hears why.
    async fn only_what_is_signed_is_believed(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.person("Ada").await;
        let source = Source::add(&shop, &till()).await;
        let body = sale("A-1", "Ada", "5").to_string();
        let before = shop.standing().await;
        let late = source.signed_at("msg_1", NOW - 301, &body);
        let early = source.signed_at("msg_1", NOW + 301, &body);
        let mut changed = source.signed_at("msg_1", NOW, &body);
        "msg_2".clone_into(&mut changed[0].1);
        let other = headers(&sign::fresh(), "msg_1", NOW, &body);
        let mut fewer = source.signed_at("msg_1", NOW, &body);
        fewer.pop();
        for wrong in [late, early, changed, other, fewer, Vec::new(), vec![("webhook-signature", "v1,".to_owned())]] {
            let told = source.send(&wrong, body.clone()).await;
            assert_eq!(told.status, StatusCode::UNAUTHORIZED, "{wrong:?}");
            assert_eq!(told.json()["detail"], json!("This isn’t signed as it should be, so nothing was done."), "{told:?}");
        }
        let tampered = source.send(&source.signed_at("msg_1", NOW, &body), body.replace("\"5\"", "\"9\"")).await;
        assert_eq!(tampered.status, StatusCode::UNAUTHORIZED);
        assert_eq!(shop.standing().await.0, before.0);
        let messages = source.messages().await;
        let mut kinds: Vec<&str> = messages.iter().filter_map(|one| one["outcome"].as_str()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["late", "unsigned"], "once a minute each: anybody can send them");

        // A session or a token of ours is no signature.
        let owner = site.log_in("alpha").await;
        assert_eq!(site.json(Method::POST, Some(&owner), &source.path(), &sale("A-1", "Ada", "5")).await.status, StatusCode::UNAUTHORIZED);
        let large = "x".repeat(256 * 1024 + 1);
        let told = source.send(&source.signed_at("msg_5", NOW, &large), large.clone()).await;
        assert_eq!(told.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(source.messages().await.iter().any(|one| one["outcome"] == json!("large")));
        for nobody in ["00000000-0000-0000-0000-000000000000", "nothing", "%00"] {
            let request = Request::post(format!("/webhooks/scoreboard/{nobody}")).body(Body::from("{}")).expect("a request");
            assert_eq!(site.send_as_it_is(request).await.status, StatusCode::NOT_FOUND, "{nobody}");
        }
    }

    /// Another secret holds at once, the one before for a day; the one that a program shows can be entered.
    async fn a_secret_is_exchanged_without_a_gap(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.person("Ada").await;
        let owner = shop.owner();
        let mut source = Source::add(&shop, &till()).await;
        let old = source.secret.clone();
        let made = sources::rotate(&site.platform, &owner, "alpha", &source.id.to_string(), "").await.expect("another");
        assert_ne!(made.secret, old);
        assert_eq!(source.tell("msg_1", &sale("A-1", "Ada", "5")).await.status, StatusCode::OK, "the one before");
        source.secret = made.secret;
        assert_eq!(source.tell("msg_2", &sale("A-2", "Ada", "5")).await.status, StatusCode::OK, "the new one");
        site.advance(24 * 60 * 60);
        let at = NOW + 24 * 60 * 60;
        let body = sale("A-3", "Ada", "5").to_string();
        assert_eq!(source.send(&headers(&old, "msg_3", at, &body), body.clone()).await.status, StatusCode::UNAUTHORIZED, "its day is over");
        assert_eq!(source.send(&source.signed_at("msg_3", at, &body), body.clone()).await.status, StatusCode::OK);
        let theirs = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        for bad in ["short", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "with a space in it", &format!("{theirs},{theirs}")] {
            let refused = sources::rotate(&site.platform, &owner, "alpha", &source.id.to_string(), bad).await;
            assert_eq!(refused.expect_err("it is none").fields[0].field, "secret", "{bad}");
        }
        sources::rotate(&site.platform, &owner, "alpha", &source.id.to_string(), theirs).await.expect("theirs");
        let body = sale("A-4", "Ada", "5").to_string();
        assert_eq!(source.send(&headers(theirs, "msg_4", at, &body), body.clone()).await.status, StatusCode::OK);
        let dump = site.raw_dump().await;
        assert!(!dump.windows(theirs.len()).any(|window| window == theirs.as_bytes()), "it is sealed");
    }

    /// Many programs sign the whole body in one header.
    async fn a_body_is_signed_in_one_header(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("leads", json!({})).await;
        let ada = shop.person("Ada").await;
        let body = json!({ "name": "Forms", "signed_by": "x-hub-signature-256", "metric": "leads", "person": ada, "mapping": {} });
        let cookie = site.log_in("alpha").await;
        let refused = site.json(Method::POST, Some(&cookie), &shop.api("sources"), &body).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["external_id".to_owned()]), "it would come in again and again");
        let body = with(body, json!({ "mapping": { "external_id": "lead.id" } }));
        let source = Source::add(&shop, &body).await;
        let told = json!({ "lead": { "id": 7 } }).to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(source.secret.as_bytes()).expect("a key");
        mac.update(told.as_bytes());
        let hex = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        for _ in 0..2 {
            let answer = source.send(&[("x-hub-signature-256", format!("sha256={hex}"))], told.clone()).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        }
        assert_eq!(shop.stands("leads", "month", Of::People).await, "1 Ada 1 = 1", "each message counts as one, and once");
        for (name, value) in [("x-signature", format!("sha256={hex}")), ("x-hub-signature-256", hex.replace('a', "b")), ("x-hub-signature-256", "sha256=".to_owned())] {
            let answer = source.send(&[(name, value)], told.clone()).await;
            assert!(answer.status == StatusCode::UNAUTHORIZED || !hex.contains('a'), "{name}: {answer:?}");
        }
    }

    /// What can’t be entered is refused with the path that is wrong, and can be tried again once the settings are right; what isn’t taken is accepted.
    async fn refusals_say_which_path(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.person_with("Ada", json!({ "joined_on": "2026-11-01" })).await;
        let source = Source::add(&shop, &till()).await;
        let before = shop.standing().await.0;
        let with_data = |data: Value| json!({ "type": "order.paid", "data": data });
        let good = json!({ "id": "A-1", "total": "5", "seller": "Ada", "at": "2026-11-23" });
        let mut number = 0;
        for (body, fields) in [
            (with_data(with(good.clone(), json!({ "total": null }))), vec!["data.total"]),
            (with_data(with(good.clone(), json!({ "total": "five" }))), vec!["data.total"]),
            (with_data(with(good.clone(), json!({ "total": 1.005 }))), vec!["data.total"]),
            (with_data(with(good.clone(), json!({ "seller": "Nobody" }))), vec!["data.seller"]),
            (with_data(with(good.clone(), json!({ "seller": ["Ada"] }))), vec!["data.seller"]),
            (with_data(with(good.clone(), json!({ "at": "soon" }))), vec!["data.at"]),
            (with_data(with(good.clone(), json!({ "at": "2026-10-31" }))), vec!["data.at"]),
            (with_data(with(good.clone(), json!({ "at": "2027-01-01" }))), vec!["data.at"]),
            (with_data(with(good.clone(), json!({ "id": "x".repeat(200) }))), vec!["data.id"]),
            (with_data(json!({})), vec!["data.total", "data.seller", "data.id", "data.at"]),
        ] {
            number += 1;
            let told = source.tell(&format!("msg_{number}"), &body).await;
            assert_eq!((told.status, told.fields()), (StatusCode::UNPROCESSABLE_ENTITY, fields.iter().map(ToString::to_string).collect()), "{body}: {told:?}");
        }
        let broken = "{\"type\": ".to_owned();
        let told = source.send(&source.signed_at("msg_b", NOW, &broken), broken.clone()).await;
        assert_eq!((told.status, told.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["body".to_owned()]));
        for other in [json!({ "type": "order.opened" }), json!([]), json!("order.paid")] {
            let told = source.tell("msg_o", &other).await;
            assert_eq!((told.status, &told.json()["outcome"]), (StatusCode::OK, &json!("ignored")), "{other}");
        }
        assert_eq!(shop.standing().await.0, before);

        // Once somebody is called so, it comes in after all.
        let owner = site.log_in("alpha").await;
        let refused = source.messages().await.into_iter().find(|one| one["words"].as_str().is_some_and(|words| words.contains("Nobody”"))).expect("it is kept");
        let path = shop.api(&format!("messages/{}/try", refused["id"].as_str().expect("an id")));
        let tried = site.json(Method::POST, Some(&owner), &path, &json!({})).await;
        assert_eq!((tried.status, &tried.json()["outcome"]), (StatusCode::OK, &json!("refused")), "{tried:?}");
        shop.person("Nobody").await;
        let tried = site.json(Method::POST, Some(&owner), &path, &json!({})).await;
        assert_eq!(&tried.json()["outcome"], &json!("entered"), "{tried:?}");
        assert_eq!(site.json(Method::POST, Some(&owner), &path, &json!({})).await.status, StatusCode::CONFLICT, "it is entered now");
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Nobody $5.00, 2 Ada $0.00 = $5.00");
        let again = source.tell("msg_4", &with_data(with(good, json!({ "seller": "Nobody" })))).await;
        assert_eq!(&again.json()["outcome"], &json!("again"), "{again:?}");
    }

    /// A body is tried without anything coming of it, on the page and through the API.
    async fn a_message_can_be_tried(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.person("Ada").await;
        let source = Source::add(&shop, &till()).await;
        let owner = site.log_in("alpha").await;
        let before = shop.standing().await;
        for (body, outcome) in [(sale("A-1", "Ada", "5"), "entered"), (sale("A-1", "Bo", "5"), "refused"), (json!({ "type": "x" }), "ignored")] {
            let tried = site.json(Method::POST, Some(&owner), &shop.api(&format!("sources/{}/test", source.id)), &json!({ "body": body })).await;
            assert_eq!((tried.status, &tried.json()["outcome"], &tried.json()["entry"]), (StatusCode::OK, &json!(outcome), &Value::Null), "{tried:?}");
        }
        let page = format!("/app/alpha/scoreboard/sources/{}", source.id);
        let id = source.id.to_string();
        let body = sale("A-1", "Ada", "1234.5").to_string();
        let shown = site.form(Some(&owner), "/fn/scoreboard/test-source", &page, &[("org", "alpha"), ("id", &id), ("body", &body)]).await;
        assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
        assert!(shown.text.contains("It would enter $1,234.50 of sales for Ada, on 23 November 2026."), "{}", shown.text);
        let shown = site.form(Some(&owner), "/fn/scoreboard/test-source", &page, &[("org", "alpha"), ("id", &id), ("body", "{")]).await;
        assert!(shown.text.contains("It would be refused."), "{}", shown.text);
        assert_eq!(shop.standing().await, before);
        assert!(source.messages().await.is_empty());
    }

    /// Setting one up is checked at each field, and is an admin’s alone; another business’s isn’t there, and neither is what it told.
    async fn sources_are_set_up_by_admins(site: Site) {
        let (shop, beta) = (Shop::alpha(&site).await, Shop::beta(&site).await);
        shop.metric("sales", money()).await;
        shop.metric("close_rate", json!({ "kind": "formula", "formula": "sales * 2" })).await;
        let theirs = beta.person("Wes").await;
        let owner = site.log_in("alpha").await;
        let post = async |body: &Value| site.json(Method::POST, Some(&owner), &shop.api("sources"), body).await;
        for (more, field) in [
            (json!({ "name": "" }), "name"),
            (json!({ "signed_by": "x-other" }), "signed_by"),
            (json!({ "metric": "" }), "metric"),
            (json!({ "metric": "close_rate" }), "metric"),
            (json!({ "mapping": { "person": "a" } }), "amount"),
            (json!({ "mapping": { "amount": "a" } }), "person"),
            (json!({ "mapping": { "amount": "a..b", "person": "p" } }), "amount"),
            (json!({ "mapping": { "amount": "a", "person": "p", "only": [{ "path": "type", "is": [] }] } }), "only"),
        ] {
            let refused = post(&with(till(), more.clone())).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{more}");
        }
        assert_eq!(post(&with(till(), json!({ "metric": "nothing" }))).await.status, StatusCode::NOT_FOUND);
        assert_eq!(post(&with(till(), json!({ "person": theirs }))).await.status, StatusCode::NOT_FOUND);
        let source = Source::add(&shop, &till()).await;
        assert_eq!(post(&till()).await.fields(), ["name"], "there is one of this name");
        let listed = site.get_as(&owner, &shop.api("sources")).await;
        assert!(listed.text.contains(&format!("/webhooks/scoreboard/{}", source.id)) && !listed.text.contains(&source.secret), "{}", listed.text);

        // Somebody else changed it meanwhile.
        let path = shop.api(&format!("sources/{}", source.id));
        let put = async |version: i64| site.json(Method::PUT, Some(&owner), &path, &with(till(), json!({ "version": version, "active": false }))).await;
        assert_eq!(put(7).await.status, StatusCode::CONFLICT);
        assert_eq!(put(1).await.status, StatusCode::NO_CONTENT);
        assert_eq!(source.tell("msg_1", &sale("A-1", "Ada", "5")).await.status, StatusCode::NOT_FOUND, "it is off");

        let manager = shop.member("Bo", Role::Manager).await;
        let stranger = site.log_in("beta").await;
        let page = format!("/app/alpha/scoreboard/sources/{}", source.id);
        for (cookie, status) in [(&manager.cookie, StatusCode::FORBIDDEN), (&stranger, StatusCode::NOT_FOUND)] {
            for path in [page.as_str(), "/app/alpha/scoreboard/sources", &shop.api("sources"), &shop.api("rules")] {
                assert_eq!(site.get_as(cookie, path).await.status, status, "{path}");
            }
            assert_eq!(site.json(Method::DELETE, Some(cookie), &path, &json!({})).await.status, status);
        }
        // By its id in another business’s address.
        for path in [format!("sources/{}", source.id), format!("sources/{}/secret", source.id), format!("sources/{}/test", source.id)] {
            let method = if path.ends_with("secret") || path.ends_with("test") { Method::POST } else { Method::DELETE };
            let body = if path.ends_with("test") { json!({ "body": {} }) } else { json!({}) };
            assert_eq!(site.json(method, Some(&stranger), &beta.api(&path), &body).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let looking = shop.token(&[permissions::VIEW.name]).await;
        assert_eq!(site.bearer(&looking, &shop.api("sources")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.json(Method::DELETE, Some(&owner), &path, &json!({})).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.get_as(&owner, &page).await.status, StatusCode::NOT_FOUND);
    }

    /// Nothing is listened to where the scoreboard is turned off, or the business is suspended; what a message said goes after a week.
    async fn nobody_listens_where_it_is_shut(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.person("Ada").await;
        let source = Source::add(&shop, &till()).await;
        assert_eq!(source.tell("msg_1", &sale("A-1", "Ada", "5")).await.status, StatusCode::OK);
        let (owner, now) = (site.log_in("alpha").await, site.platform.clock.now());
        site.agree(shop.id, &Terms { suspended_at: Some(now), ..Terms::custom(now) }).await;
        assert_eq!(source.tell("msg_2", &sale("A-2", "Ada", "5")).await.status, StatusCode::NOT_FOUND);
        site.agree(shop.id, &Terms::custom(now)).await;
        switch(&site, &owner, "scoreboard", false).await;
        assert_eq!(source.tell("msg_3", &sale("A-3", "Ada", "5")).await.status, StatusCode::NOT_FOUND);
        switch(&site, &owner, "scoreboard", true).await;

        let id = source.messages().await[0]["id"].as_str().expect("an id").to_owned();
        let body = async || {
            let owner = site.log_in("alpha").await;
            site.get_as(&owner, &shop.api(&format!("messages/{id}"))).await
        };
        assert!(body().await.json()["body"].as_str().is_some_and(|body| body.contains("A-1")));
        site.advance(sources::BODY_SECONDS + 1);
        sources::sweep(&site.platform).await.expect("a sweep");
        assert_eq!(body().await.json()["body"], Value::Null);
        site.advance(sources::KEPT_SECONDS);
        sources::sweep(&site.platform).await.expect("a sweep");
        assert_eq!(body().await.status, StatusCode::NOT_FOUND);
        assert_eq!(shop.standing().await.0, 1, "what was entered stays");
    }

    /// One program tells so much in a minute, and no more.
    async fn a_flood_is_held_back(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.person("Ada").await;
        let source = Source::add(&shop, &till()).await;
        let body = json!({ "type": "x" }).to_string();
        let signed = source.signed_at("msg_1", NOW, &body);
        let none: &[(&'static str, String)] = &[];
        // What nobody signed holds back only others like it.
        for headers in [none, &signed[..]] {
            let mut held = None;
            for number in 0..700 {
                let told = source.send(headers, body.clone()).await;
                if told.status == StatusCode::TOO_MANY_REQUESTS {
                    held = Some((number, told));
                    break;
                }
            }
            let (number, told) = held.expect("it is held back");
            assert_eq!(number, 600);
            assert!(told.headers.contains_key("retry-after"), "{told:?}");
        }
        site.advance(60);
        assert_eq!(source.send(&signed, body).await.status, StatusCode::OK);
    }

    /// An appointment counts when it is over, for the member with whom it was, once; a no-show is taken back, and stands again.
    async fn what_other_modules_do_is_counted(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("visits", json!({})).await;
        shop.metric("sales", money()).await;
        shop.metric("net", with(money(), json!({ "gst": "excluding" }))).await;
        // Booked before anybody counts it.
        let mut first = Booked::make(&shop, 0, "a-key-of-the-first").await;
        let owner = site.log_in("alpha").await;
        let offers = site.get_as(&owner, &shop.api("rules/choices")).await.json();
        assert!(offers.as_array().is_some_and(|all| all.iter().any(|one| one["event"] == json!(EVENT) && one["module"] == json!("Calendar"))), "{offers}");
        for (metric, counts) in [("visits", "one"), ("sales", "value"), ("net", "value")] {
            rule(&shop, metric, counts, None).await;
        }
        let second = Booked::make(&shop, 12, "a-key-of-the-second").await;
        count(&site).await;
        assert_eq!(shop.standing().await.0, 0, "none is over");

        let ada = shop.member("Ada", Role::Member).await;
        first.with_whom(&shop, ada.user).await;
        second.as_with(&shop, first.staff).await;
        let until = first.ends.max(second.ends);
        site.platform.clock.set((until.plus_seconds(60)).timestamp());
        count(&site).await;
        let (both, left) = (first.cents + second.cents, without_gst(first.cents) + without_gst(second.cents));
        assert_eq!(shop.stands("visits", "month", Of::People).await, "1 Ada 2 = 2");
        assert_eq!(shop.stands("sales", "month", Of::People).await, format!("1 Ada {0} = {0}", dollars(both)));
        assert_eq!(shop.stands("net", "month", Of::People).await, format!("1 Ada {0} = {0}", dollars(left)));
        let lines = shop.standing().await.0;
        assert_eq!(lines, 6);
        let (line, _) = line_called(&shop, "visits", &format!("{EVENT}:{}", first.id)).await.expect("the line");
        assert_eq!((line.source.as_str(), line.by_kind.as_str()), ("event", "system"));

        // Whoever counts may die: all of it is looked at again, and nothing comes of it.
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE scoreboard_cursors SET sequence = 0 WHERE org_id = $1", shop.id).expect("the cursor");
        let now = site.platform.clock.now();
        platform_sql!(exec, &mut tx, "UPDATE scoreboard_counts SET due_at = $2 WHERE org_id = $1", shop.id, now).expect("all are due");
        platform_sql!(exec, &mut tx, "UPDATE scoreboard_rules SET listed = FALSE WHERE org_id = $1", shop.id).expect("and listed again");
        tx.commit().await.expect("a commit");
        count(&site).await;
        assert_eq!(shop.standing().await.0, lines);

        let owner = site.log_in("alpha").await;
        let no_show = format!("/api/v1/orgs/alpha/calendar/appointments/{}/no-show", first.id);
        let said = site.json(Method::POST, Some(&owner), &no_show, &json!({ "version": 1 })).await;
        assert_eq!(said.status, StatusCode::NO_CONTENT, "{said:?}");
        count(&site).await;
        assert_eq!(shop.stands("visits", "month", Of::People).await, "1 Ada 1 = 1");
        let (_, reason) = line_called(&shop, "visits", &format!("{EVENT}:{}", first.id)).await.expect("the line");
        assert_eq!(reason, "The client didn’t come.");
        let said = site.json(Method::DELETE, Some(&owner), &no_show, &json!({ "version": 2 })).await;
        assert_eq!(said.status, StatusCode::NO_CONTENT, "{said:?}");
        count(&site).await;
        assert_eq!(shop.stands("visits", "month", Of::People).await, "1 Ada 2 = 2");
        assert!(line_called(&shop, "visits", &format!("{EVENT}:{}:2", first.id)).await.is_some(), "by another name");
        assert_eq!(shop.stands("sales", "month", Of::People).await, format!("1 Ada {0} = {0}", dollars(both)));
    }

    /// A person of the business who puts a counted line right is left alone; where what happened is undone, theirs goes too.
    async fn what_somebody_puts_right_is_left_to_them(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("visits", json!({})).await;
        let ada = shop.member("Ada", Role::Member).await;
        let mut booked = Booked::make(&shop, 0, "a-key-of-it").await;
        booked.with_whom(&shop, ada.user).await;
        rule(&shop, "visits", "one", None).await;
        site.platform.clock.set(booked.ends.plus_seconds(60).timestamp());
        count(&site).await;
        let (line, _) = line_called(&shop, "visits", &format!("{EVENT}:{}", booked.id)).await.expect("the line");
        let bo = shop.person("Bo").await;
        shop.correct_as(&shop.owner(), line.id, &crate::scoreboard::entry("visits", bo, 2), "Bo was there, for two").await.expect("put right");
        due_again(&shop).await;
        assert_eq!(shop.stands("visits", "month", Of::People).await, "1 Bo 2, 2 Ada 0 = 2");
        let owner = site.log_in("alpha").await;
        let no_show = format!("/api/v1/orgs/alpha/calendar/appointments/{}/no-show", booked.id);
        assert_eq!(site.json(Method::POST, Some(&owner), &no_show, &json!({ "version": 1 })).await.status, StatusCode::NO_CONTENT);
        count(&site).await;
        assert_eq!(shop.stands("visits", "month", Of::People).await, "1= Ada 0, 1= Bo 0 = 0");
    }

    /// Who did it and is nobody on the scoreboard is told to the admin; once they are linked, it is looked at again. From a day on, what there was
    /// comes in, too.
    async fn nobody_is_told_and_looked_at_again(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("visits", json!({})).await;
        let mut booked = Booked::make(&shop, 0, "a-key-of-it").await;
        let (user, _) = site.join(shop.id, "sam@example.com", Role::Member).await;
        booked.with_whom(&shop, user).await;
        site.platform.clock.set(booked.ends.plus_seconds(60 * 60).timestamp());
        rule(&shop, "visits", "one", Some("2026-11-01")).await;
        count(&site).await;
        assert_eq!(shop.standing().await.0, 0);
        let owner = site.log_in("alpha").await;
        let page = site.get_as(&owner, "/app/alpha/scoreboard/sources").await;
        assert!(page.status == StatusCode::OK && page.text.contains("isn’t on the scoreboard.") && page.text.contains("An appointment is completed"), "{}", page.text);
        let troubles = site.get_as(&owner, &shop.api("rules/troubles")).await.json();
        assert_eq!(troubles[0]["outcome"], json!("nobody"), "{troubles}");
        shop.person_with("Sam", json!({ "member": user })).await;
        let again = site.form(Some(&owner), "/fn/scoreboard/look-again", "/app/alpha/scoreboard/sources", &[("org", "alpha")]).await;
        assert_eq!(again.status, StatusCode::FOUND, "{again:?}");
        count(&site).await;
        assert_eq!(shop.stands("visits", "month", Of::People).await, "1 Sam 1 = 1");

        // A rule that is taken away and made again finds what is there.
        let rules = site.get_as(&owner, &shop.api("rules")).await.json();
        let path = shop.api(&format!("rules/{}", rules[0]["id"].as_str().expect("an id")));
        assert_eq!(site.json(Method::DELETE, Some(&owner), &path, &json!({})).await.status, StatusCode::NO_CONTENT);
        count(&site).await;
        rule(&shop, "visits", "one", Some("2026-11-01")).await;
        count(&site).await;
        assert_eq!((shop.standing().await.0, shop.stands("visits", "month", Of::People).await.as_str()), (1, "1 Sam 1 = 1"));
    }

    /// Only what fits is counted, by an admin, and where the other module is on. Another business’s appointments are its own.
    async fn rules_are_checked(site: Site) {
        let (shop, beta) = (Shop::alpha(&site).await, Shop::beta(&site).await);
        shop.metric("visits", json!({})).await;
        shop.metric("sales", money()).await;
        shop.metric("rate", json!({ "kind": "formula", "formula": "visits * 2" })).await;
        let owner = site.log_in("alpha").await;
        let post = async |body: Value| site.json(Method::POST, Some(&owner), &shop.api("rules"), &body).await;
        for (event, metric, counts, since, field) in [
            ("calendar.nothing", "visits", "one", "", "event"),
            (EVENT, "rate", "one", "", "metric"),
            (EVENT, "visits", "value", "", "counts"),
            (EVENT, "sales", "one", "", "counts"),
            (EVENT, "visits", "twice", "", "counts"),
            (EVENT, "visits", "one", "2026-11-24", "since"),
            (EVENT, "visits", "one", "soon", "since"),
        ] {
            let refused = post(json!({ "event": event, "metric": metric, "counts": counts, "since": since })).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{event} {metric} {counts} {since}");
        }
        let good = json!({ "event": EVENT, "metric": "visits", "counts": "one" });
        assert_eq!(post(with(good.clone(), json!({ "metric": "nothing" }))).await.status, StatusCode::NOT_FOUND);
        assert_eq!(post(good.clone()).await.status, StatusCode::CREATED);
        assert_eq!(post(good.clone()).await.status, StatusCode::CONFLICT);
        let stranger = site.log_in("beta").await;
        assert_eq!(site.json(Method::POST, Some(&stranger), &shop.api("rules"), &good).await.status, StatusCode::NOT_FOUND);
        let manager = shop.member("Bo", Role::Manager).await;
        assert_eq!(site.json(Method::POST, Some(&manager.cookie), &shop.api("rules"), &good).await.status, StatusCode::FORBIDDEN);
        beta.metric("visits", json!({})).await;
        let mut theirs = Booked::make(&beta, 0, "a-key-of-theirs").await;
        let wes = beta.member("Wes", Role::Member).await;
        theirs.with_whom(&beta, wes.user).await;
        site.platform.clock.set(theirs.ends.plus_seconds(60).timestamp());
        count(&site).await;
        assert_eq!((shop.standing().await.0, beta.standing().await.0), (0, 0), "beta counts nothing");

        // A scoreboard alone works, too.
        let owner = site.log_in("alpha").await;
        for module in ["calendar", "tasks"] {
            switch(&site, &owner, module, false).await;
        }
        count(&site).await;
        assert_eq!(site.get_as(&owner, &shop.api("rules/choices")).await.json(), json!([]));
        assert_eq!(site.get_as(&owner, "/app/alpha/scoreboard/sources").await.status, StatusCode::OK);
    }

    /// The pages work without scripts: a program is added, shows its secret once, and its message is seen.
    async fn the_pages_work(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.person("Ada").await;
        let owner = site.log_in("alpha").await;
        let here = "/app/alpha/scoreboard/sources";
        assert!(site.get_as(&owner, here).await.text.contains("No programs yet"));
        let new = format!("{here}/new");
        let bad = site.form(Some(&owner), "/fn/scoreboard/add-source", &new, &[("org", "alpha"), ("name", "Till"), ("event_path", "a..b"), ("amount", "data.total")]).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        for part in ["value=\"a..b\"", "value=\"data.total\"", "field-event_path-error", "field-metric-error"] {
            assert!(bad.text.contains(part), "{part}: {}", bad.text);
        }
        let fields = [("org", "alpha"), ("name", "Till"), ("metric", "sales"), ("person_path", "data.seller"), ("amount", "data.total"), ("amount_in", "smallest"), ("external_id", "data.id"), ("event_path", "type"), ("events", "paid, settled")];
        let made = site.form(Some(&owner), "/fn/scoreboard/add-source", &new, &fields).await;
        assert_eq!(made.status, StatusCode::OK, "{made:?}");
        let secret = made.text.split("value=\"whsec_").nth(1).and_then(|rest| rest.split('"').next()).expect("the secret").to_owned();
        let id = site.get_as(&owner, &shop.api("sources")).await.json()[0]["id"].as_str().expect("an id").to_owned();
        let source = Source { shop: &shop, id: id.parse().expect("an id"), secret: format!("whsec_{secret}") };
        let told = source.tell("msg_1", &json!({ "type": "settled", "data": { "id": 1, "seller": "Ada", "total": 1250 } })).await;
        assert_eq!(told.status, StatusCode::OK, "{told:?}");
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $12.50 = $12.50");
        let page = site.get_as(&owner, &format!("{here}/{id}")).await;
        assert!(page.text.contains("Entered") && page.text.contains("paid, settled") && !page.text.contains(&secret), "{}", page.text);
        let message = source.messages().await[0]["id"].as_str().expect("an id").to_owned();
        let whole = site.get_as(&owner, &format!("{here}/{id}/{message}")).await;
        assert!(whole.status == StatusCode::OK && whole.text.contains("settled") && whole.text.contains("See the entry"), "{}", whole.text);
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("added the program “Till”"), "{log}");
        let removed = site.form(Some(&owner), "/fn/scoreboard/remove-source", &format!("{here}/{id}"), &[("org", "alpha"), ("id", &id)]).await;
        assert_eq!(removed.status, StatusCode::FOUND);
        assert_eq!(source.tell("msg_2", &json!({})).await.status, StatusCode::NOT_FOUND);
        assert_eq!(taking::again(&site.platform, &shop.owner(), "alpha", &message).await.expect_err("it is gone").code, app::error::Code::NotFound);
    }
}

/// A program that tells alpha something.
struct Source<'s> {
    shop: &'s Shop<'s>,
    id: SourceId,
    secret: String,
}

impl<'s> Source<'s> {
    async fn add(shop: &'s Shop<'s>, body: &Value) -> Self {
        let body: sources::SourceBody = serde_json::from_value(body.clone()).expect("a body");
        let made = sources::add(&shop.site.platform, &shop.owner(), shop.slug, &body).await.expect("it is added");
        Self { shop, id: made.id, secret: made.secret }
    }

    fn path(&self) -> String {
        format!("/webhooks/scoreboard/{}", self.id)
    }

    fn signed_at(&self, message: &str, at: i64, body: &str) -> Vec<(&'static str, String)> {
        headers(&self.secret, message, at, body)
    }

    async fn tell(&self, message: &str, body: &Value) -> Answer {
        let at = self.shop.site.platform.clock.now().timestamp().as_second();
        let body = body.to_string();
        self.send(&self.signed_at(message, at, &body), body).await
    }

    async fn send(&self, headers: &[(&'static str, String)], body: String) -> Answer {
        let request =
            headers.iter().fold(Request::post(self.path()), |request, (name, value)| request.header(*name, value));
        self.shop.site.send_as_it_is(request.body(Body::from(body)).expect("a request")).await
    }

    /// What it told, as the API lists it.
    async fn messages(&self) -> Vec<Value> {
        let owner = self.shop.site.log_in(self.shop.slug).await;
        let listed = self.shop.site.get_as(&owner, &self.shop.api(&format!("sources/{}/messages", self.id))).await;
        assert_eq!(listed.status, StatusCode::OK, "{listed:?}");
        listed.json().as_array().cloned().expect("a list")
    }
}

fn headers(secret: &str, message: &str, at: i64, body: &str) -> Vec<(&'static str, String)> {
    let signature = sign::signatures(&[secret], message, at, body).expect("a secret");
    vec![("webhook-id", message.to_owned()), ("webhook-timestamp", at.to_string()), ("webhook-signature", signature)]
}

fn till() -> Value {
    json!({
        "name": "Till", "metric": "sales",
        "mapping": {
            "only": [{ "path": "type", "is": ["order.paid"] }],
            "amount": "data.total", "person": "data.seller", "when": "data.at", "note": "data.title", "external_id": "data.id",
        },
    })
}

fn sale(id: &str, who: &str, total: &str) -> Value {
    json!({ "type": "order.paid", "data": { "id": id, "total": total, "seller": who, "at": "2026-11-23T08:00:00+11:00" } })
}

fn entry_of(answer: &Answer) -> EntryId {
    answer.json()["entry"].as_str().and_then(|id| id.parse().ok()).expect("an entry")
}

/// An appointment.
struct Booked {
    id: Uuid,
    staff: Uuid,
    ends: app::clock::Instant,
    cents: i64,
}

impl Booked {
    async fn make(shop: &Shop<'_>, at: usize, key: &str) -> Self {
        let start = shop.site.slots(shop.slug, "follow-up").await[at].clone();
        let made = shop.site.book(shop.slug, key, &booking("follow-up", &start)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let id: Uuid = made.json()["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        let mut tx = shop.site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let found = platform_sql!(
            one(Uuid, app::clock::Instant, i64),
            &mut tx,
            "SELECT staff_id, ends_at, price_cents FROM calendar_appointments WHERE id = $1",
            id
        );
        let (staff, ends, cents) = found.expect("the appointment");
        Self { id, staff, ends, cents }
    }

    /// This member is with whom it is, and nothing else is with them.
    async fn with_whom(&mut self, shop: &Shop<'_>, user: UserId) {
        let owner = shop.site.log_in(shop.slug).await;
        let staff = format!("/api/v1/orgs/{}/calendar/staff", shop.slug);
        let made = shop.site.json(Method::POST, Some(&owner), &staff, &json!({ "name": "Whoever it is with" })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        self.staff = made.json()["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        let mut tx = shop.site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE calendar_staff SET user_id = NULL WHERE org_id = $1", shop.id)
            .expect("nobody");
        platform_sql!(exec, &mut tx, "UPDATE calendar_staff SET user_id = $2 WHERE id = $1", self.staff, user)
            .expect("them");
        tx.commit().await.expect("a commit");
        self.as_with(shop, self.staff).await;
    }

    /// It is with somebody else.
    async fn as_with(&self, shop: &Shop<'_>, staff: Uuid) {
        let mut tx = shop.site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE calendar_appointments SET staff_id = $2 WHERE id = $1", self.id, staff)
            .expect("it is theirs");
        tx.commit().await.expect("a commit");
    }
}

async fn rule(shop: &Shop<'_>, metric: &str, counts: &str, since: Option<&str>) {
    let body = sources::rules::RuleBody {
        event: EVENT.to_owned(),
        metric: metric.to_owned(),
        counts: counts.to_owned(),
        since: since.map(str::to_owned),
    };
    sources::rules::add(&shop.site.platform, &shop.owner(), shop.slug, &body).await.expect("it is counted");
}

async fn count(site: &Site) {
    counting::run(&site.platform).await.expect("it is counted");
}

async fn due_again(shop: &Shop<'_>) {
    let now = shop.site.platform.clock.now();
    let mut tx = shop.site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    platform_sql!(exec, &mut tx, "UPDATE scoreboard_counts SET due_at = $2 WHERE org_id = $1", shop.id, now)
        .expect("all are due");
    tx.commit().await.expect("a commit");
    count(shop.site).await;
}

async fn switch(site: &Site, owner: &str, module: &str, on: bool) {
    let path = format!("/api/v1/orgs/alpha/modules/{module}");
    let answer = site.json(Method::PUT, Some(owner), &path, &json!({ "on": on })).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

/// A line by what it is called where it comes from, and why it was taken back.
async fn line_called(shop: &Shop<'_>, metric: &str, name: &str) -> Option<(store::Entry, String)> {
    let mut tx = shop.opened(Access::Read).await;
    let metrics = store::metrics(&mut tx).await.expect("metrics");
    let metric = metrics.iter().find(|one| one.key == metric).expect("the metric");
    let id = store::entry_called(&mut tx, metric.id, name).await.expect("a statement")?;
    let entry = store::entry(&mut tx, id).await.expect("a statement").expect("the line");
    let (_, reason) = app::modules::scoreboard::entries::words_of(&mut tx, &entry).await.expect("its words");
    Some((entry, reason))
}

fn dollars(cents: i64) -> String {
    app::modules::scoreboard::amount::show(cents, &app::modules::scoreboard::amount::Unit::Money)
}

/// Ten elevenths, to the nearest cent.
fn without_gst(cents: i64) -> i64 {
    (cents * 10 + 5) / 11
}
