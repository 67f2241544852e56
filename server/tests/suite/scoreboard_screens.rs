//! Office screens: paired by a code, live without a log-in, and good for nothing but their own boards.

use std::{collections::BTreeSet, time::Duration};

use app::{
    billing::terms::Terms,
    db::Access,
    error::Result,
    modules::scoreboard::{
        ids::{PersonId, ScreenId, TeamId},
        metrics,
        people::{self, MembershipBody},
        permissions,
        screens::{
            self,
            playlist::{Item, Playlist, Slot},
            store::Screen,
        },
    },
    org::Role,
    platform_sql,
};
use axum::{
    body::{Body, BodyDataStream},
    http::{Method, Request, StatusCode, header},
};
use futures::{StreamExt, future::join_all};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    on_both,
    scoreboard::{SYSTEM, Shop, TODAY, metric_body, money, with},
    support::{Answer, Site, outcome},
};

/// Where admins of alpha see to screens.
const LIST: &str = "/app/alpha/scoreboard/screens";
const PEOPLE: &str = "board:sales:month:people";
const WEEK: &str = "board:sales:week:people";
const TEAMS: &str = "board:sales:month:teams";
const LATEST: &str = "latest:sales";
const BEAT: &str = "event: beat\ndata: {}\n\n";
const RELOAD: &str = "event: reload\ndata: {}\n\n";
const ENDED: &str = "event: ended\ndata: {}\n\n";
const RESTING: &str = "This screen is resting";
/// Nothing is waited for longer.
const PATIENCE: Duration = Duration::from_secs(5);

on_both! {
    /// Whoever opens /screen is given a code, and nothing is written. An admin types it, however it is spaced, and the boards come up there
    /// without a log-in.
    async fn a_code_becomes_a_screen(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada Ash").await;
        shop.enter("sales", ada, TODAY, 123_450).await;
        let before = shop.standing().await;
        let shown = site.get("/screen").await;
        assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
        let (cookie, code) = (kept(&shown), code(&shown));
        let line = shown.headers[header::SET_COOKIE].to_str().expect("text").to_owned();
        assert!(line.contains("HttpOnly") && line.contains("SameSite=Lax") && line.contains("Path=/"), "{line}");
        assert_eq!((shop.standing().await, rows(&site).await), (before, 0));
        assert!(!holds(&site, &code).await, "a code is in no row before it is typed");

        let owner = site.log_in(shop.slug).await;
        let typed = format!(" {} {} ", &code[..3], &code[3..]).to_lowercase();
        let fields = [("org", "alpha"), ("code", &typed), ("name", "Sales floor")];
        let added = site.form(Some(&owner), "/fn/scoreboard/add-screen", LIST, &fields).await;
        assert_eq!(added.status, StatusCode::FOUND, "{added:?}");
        let id = only(&shop).await.id;
        assert!(added.location().contains(&format!("{LIST}/{id}")), "{added:?}");
        assert!(site.get_as(&owner, LIST).await.text.contains("Waiting for it"));

        let path = format!("/screen/{id}");
        assert_eq!(led(&site, &cookie).await.as_deref(), Some(path.as_str()));
        let board = site.get_as(&cookie, &path).await;
        assert_eq!(board.status, StatusCode::OK, "{board:?}");
        for words in ["Ada Ash", "$1,234.50", "November 2026", "Sales floor", "Alpha Clinic"] {
            assert!(board.text.contains(words), "{words}: {}", board.text);
        }
        assert_eq!(kept(&board), cookie, "it is remembered for as long again");
        let list = site.get_as(&owner, LIST).await.text;
        assert!(list.contains("Heard of on 23 November, 9:00 am") && !list.contains("Waiting for it"), "{list}");
        let secret = cookie.split_once('=').map(|(_, secret)| secret).expect("a secret");
        assert!(!holds(&site, secret).await, "what it keeps is stored as a hash alone");
    }

    /// A browser shows one code for a quarter of an hour, and it holds for as long again. Once it was typed, there are three minutes to
    /// come.
    async fn a_code_lasts_a_quarter_of_an_hour(site: Site) {
        let shop = Shop::alpha(&site).await;
        let ((cookie, first), (other, old)) = (stranger(&site).await, stranger(&site).await);
        site.advance(899);
        assert_eq!(shown(&site, &cookie).await, first);
        site.advance(1);
        assert_ne!(shown(&site, &cookie).await, first);
        let id = add(&shop, &first, "Sales floor").await.expect("the one before still holds");
        assert_eq!(led(&site, &cookie).await, Some(format!("/screen/{id}")));

        site.advance(1_800);
        add(&shop, &old, "Workshop").await.expect("it is a code like any");
        assert_eq!(led(&site, &other).await, None, "it was typed too late");
        let code = shown(&site, &other).await;
        add(&shop, &code, "Reception").await.expect("typed in time");
        site.advance(180);
        assert_eq!(led(&site, &other).await, None, "it came too late");
        let code = shown(&site, &other).await;
        let id = add(&shop, &code, "Kitchen").await.expect("typed in time");
        site.advance(179);
        assert_eq!(led(&site, &other).await, Some(format!("/screen/{id}")), "it came at the last moment");
        assert_eq!(all(&shop).await.iter().filter(|screen| screen.paired_at.is_some()).count(), 2);
    }

    /// A code brings the browser that shows it and no other, and once. What is no code, or was typed already, is refused, and so is a name that
    /// another screen has.
    async fn a_code_is_good_for_one_browser_and_once(site: Site) {
        let (shop, beta) = (Shop::alpha(&site).await, Shop::beta(&site).await);
        let ((cookie, code), (other, free)) = (stranger(&site).await, stranger(&site).await);
        assert!(cookie != other && code != free, "{code}");
        let id = add(&shop, &code, "Sales floor").await.expect("taken");
        let before = (shop.standing().await, beta.standing().await);
        assert_eq!(outcome(add(&shop, &code, "Workshop").await), "422 code", "typed twice");
        assert_eq!(outcome(add(&beta, &code, "Workshop").await), "422 code", "typed elsewhere");
        let last = if free.ends_with('2') { '3' } else { '2' };
        let misread = format!("{}{last}", &free[..6]);
        for typed in ["", "K7M4PQ", "AEIOUBS", "K7M 4PQX K7M", "K7M4PQ\0", &misread] {
            assert_eq!(outcome(add(&shop, typed, "Workshop").await), "422 code", "{typed}");
        }
        for name in ["", "SALES floor", "Sales\nfloor"] {
            assert_eq!(outcome(add(&shop, &free, name).await), "422 name", "{name}");
        }
        assert_eq!((shop.standing().await, beta.standing().await), before);

        let path = format!("/screen/{id}");
        assert_eq!(led(&site, &other).await, None);
        let elsewhere = site.get_as(&other, &path).await;
        assert_eq!((elsewhere.status, elsewhere.location()), (StatusCode::SEE_OTHER, "/screen"));
        assert_eq!(led(&site, &cookie).await.as_deref(), Some(path.as_str()));
        // Whoever types it once more waits in vain: who shows it is a screen already.
        let again = add(&beta, &code, "Workshop").await.expect("a code that nobody has typed");
        assert_eq!(led(&site, &cookie).await.as_deref(), Some(path.as_str()));
        assert_eq!(led(&site, &other).await, None);
        assert_eq!(site.get_as(&cookie, &format!("/screen/{again}")).await.location(), "/screen");
        assert!(all(&beta).await.iter().all(|screen| screen.paired_at.is_none()));
    }

    /// Admins see to screens: not members and managers, not strangers, and not another business’s admins, who learn nothing of them.
    async fn who_may_see_to_screens(site: Site) {
        let (shop, beta) = (Shop::alpha(&site).await, Shop::beta(&site).await);
        shop.metric("sales", money()).await;
        let tv = paired(&shop, "Sales floor").await;
        let (_, code) = stranger(&site).await;
        let (_, admin) = site.join(shop.id, "admin@example.com", Role::Admin).await;
        let (_, manager) = site.join(shop.id, "manager@example.com", Role::Manager).await;
        let (_, member) = site.join(shop.id, "member@example.com", Role::Member).await;
        let theirs = site.log_in(beta.slug).await;
        let (id, page) = (tv.id.to_string(), format!("{LIST}/{}", tv.id));
        let (new, change) = (json!({ "code": code, "name": "Workshop" }), json!({ "name": "Mine", "items": items(&[PEOPLE]), "seconds": 20, "version": 1 }));
        let none = Value::Null;
        let asked = [
            (Method::GET, LIST.to_owned(), &none), (Method::GET, page.clone(), &none),
            (Method::GET, shop.api("screens"), &none), (Method::GET, shop.api("screens/choices"), &none), (Method::POST, shop.api("screens"), &new),
            (Method::PUT, shop.api(&format!("screens/{id}")), &change), (Method::DELETE, shop.api(&format!("screens/{id}")), &none),
        ];
        let added = [("org", "alpha"), ("code", &code), ("name", "Workshop")];
        let saved = [("org", "alpha"), ("id", &id), ("version", "1"), ("at", "0"), ("name", "Mine"), ("seconds", "20"), ("kind", "announcement"), ("words", "Mine")];
        let forms = [
            ("add-screen", LIST, &added[..]), ("save-screen", &page, &saved[..]), ("add-screen-item", &page, &saved[..]), ("save-screen-item", &page, &saved[..]),
            ("move-screen-item", &page, &saved[..]), ("remove-screen-item", &page, &saved[..]), ("remove-screen", &page, &saved[..2]),
        ];
        let before = all(&shop).await;
        for (cookie, status) in [
            (Some(&member), StatusCode::FORBIDDEN), (Some(&manager), StatusCode::FORBIDDEN), (None, StatusCode::UNAUTHORIZED), (Some(&theirs), StatusCode::NOT_FOUND),
        ] {
            let cookie = cookie.map(String::as_str);
            for (method, path, body) in &asked {
                let said = site.json(method.clone(), cookie, path, body).await;
                assert_eq!(said.status, status, "{method} {path}: {said:?}");
                assert!(!said.text.contains("Sales floor"), "{method} {path}: {}", said.text);
            }
            for (form, page, fields) in forms {
                let said = site.form(cookie, &format!("/fn/scoreboard/{form}"), page, fields).await;
                assert_eq!(said.status, status, "{form}: {said:?}");
                assert!(!said.text.contains("Sales floor"), "{form}: {}", said.text);
            }
        }
        // Nor at the other business's own address.
        for (method, path, body) in [
            (Method::GET, format!("/app/beta/scoreboard/screens/{id}"), &none), (Method::PUT, beta.api(&format!("screens/{id}")), &change),
            (Method::DELETE, beta.api(&format!("screens/{id}")), &none),
        ] {
            let said = site.json(method, Some(&theirs), &path, body).await;
            assert_eq!(said.status, StatusCode::NOT_FOUND, "{path}: {said:?}");
        }
        assert_eq!(all(&shop).await, before);
        for (method, path, body) in &asked {
            let said = site.json(method.clone(), Some(&admin), path, body).await;
            assert!(said.status.is_success(), "{method} {path}: {said:?}");
        }
        let left: Vec<String> = all(&shop).await.into_iter().map(|screen| screen.name).collect();
        assert_eq!(left, ["Workshop"]);
    }

    /// What a screen keeps opens its own page and its own stream: no other screen’s, and nothing for which one logs in. Nor does a session make
    /// a screen.
    async fn a_screen_opens_nothing_else(site: Site) {
        let (shop, beta) = (Shop::alpha(&site).await, Shop::beta(&site).await);
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada Ash").await;
        let line = shop.enter("sales", ada, TODAY, 1_200).await;
        let (own, other, theirs) = (paired(&shop, "Sales floor").await, paired(&shop, "Workshop").await, paired(&beta, "Perth").await);
        let told = json!({ "version": "1", "shows": "Not mine", "sound_blocked": false });
        for id in [other.id, theirs.id, ScreenId(Uuid::nil())] {
            let path = format!("/screen/{id}");
            let page = site.get_as(&own.cookie, &path).await;
            assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/screen"), "{page:?}");
            assert_nothing_comes(&site, &own.cookie, &format!("{path}/live")).await;
            for cookie in [Some(own.cookie.as_str()), None] {
                let said = site.json(Method::POST, cookie, &format!("{path}/here"), &told).await;
                assert_eq!(said.status, StatusCode::NOT_FOUND, "{said:?}");
            }
        }
        assert!(all(&shop).await.iter().chain(&all(&beta).await).all(|screen| screen.shows.is_empty()));

        let secret = own.cookie.strip_prefix("devalo_screen=").expect("a secret").to_owned();
        let bare = secret.strip_prefix("screen_").expect("a screen’s").to_owned();
        for cookie in [own.cookie.clone(), format!("devalo_session={secret}"), format!("devalo_session={bare}")] {
            for path in [
                "/app/alpha/scoreboard", "/app/alpha/scoreboard/entries", &format!("/app/alpha/scoreboard/entries/{line}"), LIST, "/app/alpha/live", "/app/alpha/settings", "/account",
                &shop.api("board"), &shop.api("entries"), &shop.api("people"), &shop.api("screens"), "/fn/auth/account",
            ] {
                let said = site.get_as(&cookie, path).await;
                assert_eq!(said.status, StatusCode::UNAUTHORIZED, "{path}: {said:?}");
                assert!(!said.text.contains("Ada Ash"), "{path}");
            }
            let (person, id) = (ada.to_string(), own.id.to_string());
            for (form, fields) in [
                ("enter", &[("org", "alpha"), ("metric", "sales"), ("value", "5"), ("person", &person), ("key", "a-key-of-a-form")][..]),
                ("remove-screen", &[("org", "alpha"), ("id", &id)]), ("opt-out", &[("org", "alpha"), ("out", "true")]),
            ] {
                let said = site.form(Some(&cookie), &format!("/fn/scoreboard/{form}"), "/app/alpha/scoreboard", fields).await;
                assert_eq!(said.status, StatusCode::UNAUTHORIZED, "{form}: {said:?}");
            }
        }
        for token in [&secret, &bare] {
            assert_eq!(site.bearer(token, &shop.api("board")).await.status, StatusCode::UNAUTHORIZED);
        }
        let owner = site.log_in(shop.slug).await;
        let session = owner.split_once('=').map(|(_, session)| session).expect("a session");
        for cookie in [owner.clone(), format!("devalo_screen={session}"), format!("devalo_screen=screen_{session}")] {
            let page = site.get_as(&cookie, &own.path()).await;
            assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/screen"), "{page:?}");
            assert_nothing_comes(&site, &cookie, &own.live()).await;
        }
        assert!(own.page(&site).await.text.contains("Ada Ash"), "its own it still opens");
    }

    /// A screen that is taken away is told within two seconds, and its address leads back to a code. Others go on.
    async fn a_screen_that_is_taken_away_shows_nothing_more(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada Ash").await;
        let (gone, stays) = (paired(&shop, "Sales floor").await, paired(&shop, "Workshop").await);
        let (mut ended, mut goes_on) = (gone.follow(&site).await, stays.follow(&site).await);
        for stream in [&mut ended, &mut goes_on] {
            stream.until(PEOPLE, |html| html.contains("Ada Ash")).await;
        }
        let owner = site.log_in(shop.slug).await;
        let fields = [("org", "alpha"), ("id", &gone.id.to_string())];
        let removed = site.form(Some(&owner), "/fn/scoreboard/remove-screen", LIST, &fields).await;
        assert_eq!(removed.status, StatusCode::FOUND, "{removed:?}");
        assert_eq!(ended.rest().await, ENDED);
        let page = gone.page(&site).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/screen"), "{page:?}");
        assert_eq!(led(&site, &gone.cookie).await, None);
        assert_nothing_comes(&site, &gone.cookie, &gone.live()).await;
        shop.enter("sales", ada, TODAY, 1_200).await;
        goes_on.until(PEOPLE, |html| html.contains("$12.00")).await;

        let code = shown(&site, &gone.cookie).await;
        let id = add(&shop, &code, "Sales floor").await.expect("it is taken again");
        assert_eq!(led(&site, &gone.cookie).await, Some(format!("/screen/{id}")));
    }

    /// Where the scoreboard is turned off, or the business is suspended, screens are told within two seconds, and their page says that it rests,
    /// without a name. It shows everything once that is over.
    async fn where_nothing_is_to_be_seen_it_rests(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada Ash").await;
        shop.enter("sales", ada, TODAY, 1_200).await;
        let (tv, owner, now) = (paired(&shop, "Sales floor").await, site.log_in(shop.slug).await, site.platform.clock.now());
        let switch = async |on: bool| {
            let answer = site.json(Method::PUT, Some(&owner), "/api/v1/orgs/alpha/modules/scoreboard", &json!({ "on": on })).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        };
        for way in ["turned off", "suspended"] {
            let mut stream = tv.follow(&site).await;
            stream.until(PEOPLE, |html| html.contains("Ada Ash")).await;
            if way == "suspended" {
                site.agree(shop.id, &Terms { suspended_at: Some(now), ..Terms::custom(now) }).await;
            } else {
                switch(false).await;
            }
            assert_eq!(stream.rest().await, ENDED, "{way}");
            assert_rests(&site, &tv).await;
            assert_eq!(led(&site, &tv.cookie).await, Some(tv.path()), "{way}: it is still one");
            if way == "suspended" {
                site.agree(shop.id, &Terms::custom(now)).await;
            } else {
                switch(true).await;
            }
            let page = tv.page(&site).await;
            assert!(page.text.contains("Ada Ash") && page.text.contains("$12.00"), "{way}: {}", page.text);
        }
    }

    /// So do those of a business whose owner wants it gone.
    async fn a_closed_business_s_screens_rest(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada Ash").await;
        shop.enter("sales", ada, TODAY, 1_200).await;
        let tv = paired(&shop, "Sales floor").await;
        let at = site.platform.clock.now().plus_seconds(30 * 24 * 60 * 60);
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE organisations SET closes_at = $2 WHERE id = $1", shop.id, at).expect("it closes");
        tx.commit().await.expect("a commit");
        assert_rests(&site, &tv).await;
    }

    /// A screen that was away while it was taken away, or while the business’s boards were shut, is told when it comes back: a browser doesn’t
    /// tell its page why a stream was refused, and what was on the wall would stay there.
    async fn one_that_was_away_hears_that_it_is_over(site: Site) {
        let shop = Shop::alpha(&site).await;
        let (gone, stays) = (paired(&shop, "Sales floor").await, paired(&shop, "Workshop").await);
        let (owner, now) = (site.log_in(shop.slug).await, site.platform.clock.now());
        let said = async |tv: &Tv| {
            let answer = tokio::time::timeout(PATIENCE, site.get_as(&tv.cookie, &tv.live())).await.expect("an end in time");
            (answer.status, answer.text)
        };
        let ended = (StatusCode::OK, ENDED.to_owned());
        screens::remove(&site.platform, &shop.owner(), shop.slug, &gone.id.to_string()).await.expect("taken away");
        assert_eq!(said(&gone).await, ended);
        site.agree(shop.id, &Terms { suspended_at: Some(now), ..Terms::custom(now) }).await;
        assert_eq!(said(&stays).await, ended);
        site.agree(shop.id, &Terms::custom(now)).await;
        let off = site.json(Method::PUT, Some(&owner), "/api/v1/orgs/alpha/modules/scoreboard", &json!({ "on": false })).await;
        assert_eq!(off.status, StatusCode::OK, "{off:?}");
        assert_eq!(said(&stays).await, ended);
    }

    /// What is entered comes on the open stream by itself, with the new figure, to each screen that shows it; so does what is taken back. What
    /// hasn’t changed isn’t sent again, and neither is what a screen doesn’t show.
    async fn an_entry_comes_by_itself(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        for word in ["calls", "visits"] {
            shop.metric(word, json!({})).await;
        }
        let (ada, bo) = (shop.person("Ada Ash").await, shop.person("Bo Birch").await);
        let (one, other) = (paired(&shop, "Sales floor").await, paired(&shop, "Workshop").await);
        choose(&shop, &one, &[PEOPLE, "latest:calls"]).await.expect("chosen");
        choose(&shop, &other, &[PEOPLE]).await.expect("chosen");
        let (mut first, mut second) = (one.follow(&site).await, other.follow(&site).await);
        assert_eq!(first.version, attribute(&one.page(&site).await, "data-version"), "the page is of this program");
        first.until("latest:calls", |html| html.contains("Nothing in the last two weeks")).await;
        for stream in [&mut first, &mut second] {
            stream.until(PEOPLE, |html| html.contains("Ada Ash")).await;
        }
        let before = (first.heard.len(), second.heard.len());
        let line = shop.enter("sales", ada, TODAY, 1_200).await;
        let shows = first.until(PEOPLE, |html| html.contains("$12.00")).await;
        assert_eq!(second.until(PEOPLE, |html| html.contains("$12.00")).await, shows, "both show the same");
        assert!(one.page(&site).await.text.contains(&shows), "and a page that is loaded now shows it so, too");
        assert_eq!((first.keys_since(before.0), second.keys_since(before.1)), (vec![PEOPLE], vec![PEOPLE]));

        let before = (first.heard.len(), second.heard.len());
        shop.enter("visits", ada, TODAY, 3).await;
        shop.enter("calls", bo, TODAY, 7).await;
        first.until("latest:calls", |html| html.contains("Bo Birch")).await;
        shop.enter("sales", bo, TODAY, 30_000).await;
        for stream in [&mut first, &mut second] {
            stream.until(PEOPLE, |html| html.contains("$300.00")).await;
        }
        assert_eq!(first.keys_since(before.0), ["latest:calls", PEOPLE]);
        assert_eq!(second.keys_since(before.1), [PEOPLE]);

        shop.void_as(&SYSTEM, line, "Never paid").await.expect("taken back");
        for stream in [&mut first, &mut second] {
            let shows = stream.until(PEOPLE, |html| !html.contains("$12.00")).await;
            assert!(shows.contains("$0.00") && shows.contains("Everybody <strong>$300.00</strong>"), "{shows}");
        }
    }

    /// Who wants to be on no board is on none on the wall: neither their name nor their figures are in a page or a frame, also when they say so
    /// while it is shown. They count for their team and for all.
    async fn who_opts_out_is_on_no_screen(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (ada, bo) = (shop.member("Ada Ash", Role::Member).await, shop.member("Bo Birch", Role::Member).await);
        let (cy, north) = (shop.person("Cy Cole").await, shop.team("North").await);
        for person in [ada.id, cy] {
            join(&shop, person, north).await;
        }
        people::opt_out(&site.platform, &ada.actor, shop.slug, true).await.expect("off");
        for (person, value) in [(ada.id, 12_345), (bo.id, 50_000), (cy, 700)] {
            shop.enter("sales", person, TODAY, value).await;
        }
        let tv = paired(&shop, "Sales floor").await;
        let keys = [PEOPLE, WEEK, TEAMS, LATEST];
        choose(&shop, &tv, &keys).await.expect("chosen");
        let mut stream = tv.follow(&site).await;
        for key in keys {
            stream.until(key, |_| true).await;
        }
        shop.enter("sales", ada.id, TODAY, 1_111).await;
        let shows = stream.until(PEOPLE, |html| html.contains("$641.56")).await;
        assert!(shows.contains("Bo Birch") && shows.contains("$500.00"), "{shows}");
        stream.until(TEAMS, |html| html.contains("$141.56")).await;

        let since = stream.heard.len();
        let off = site.json(Method::PUT, Some(&bo.cookie), &shop.api("me"), &json!({ "opted_out": true })).await;
        assert_eq!(off.status, StatusCode::NO_CONTENT, "{off:?}");
        for key in [PEOPLE, WEEK, LATEST] {
            stream.until(key, |html| !html.contains("Bo Birch")).await;
        }
        shop.enter("sales", cy, TODAY, 200).await;
        stream.until(PEOPLE, |html| html.contains("Cy Cole") && html.contains("$643.56")).await;
        // 134.56 is what Ada comes to.
        let (adas, bos) = (["Ada Ash", "123.45", "11.11", "134.56"], ["Bo Birch", "$500.00"]);
        for (key, html) in &stream.heard {
            assert!(!adas.iter().any(|part| html.contains(part)), "{key}: {html}");
        }
        for (key, html) in &stream.heard[since..] {
            assert!(!bos.iter().any(|part| html.contains(part)), "{key}: {html}");
        }
        let page = tv.page(&site).await;
        assert!(page.text.contains("Cy Cole") && page.text.contains("$643.56"), "{}", page.text);
        assert!(!adas.iter().chain(&bos).any(|part| page.text.contains(part)), "{}", page.text);

        assert_eq!(site.json(Method::PUT, None, &shop.api("me"), &json!({ "opted_out": true })).await.status, StatusCode::UNAUTHORIZED);
        let owner = site.log_in(shop.slug).await;
        let said = site.json(Method::PUT, Some(&owner), &shop.api("me"), &json!({ "opted_out": true })).await;
        assert_eq!(said.status, StatusCode::NOT_FOUND, "nothing of theirs is counted: {said:?}");
        let on = site.json(Method::PUT, Some(&bo.cookie), &shop.api("me"), &json!({ "opted_out": false })).await;
        assert_eq!(on.status, StatusCode::NO_CONTENT, "{on:?}");
        stream.until(PEOPLE, |html| html.contains("Bo Birch")).await;
    }

    /// What each sees of themselves alone, and what is for managers, can’t be chosen; and what becomes that while it is shown goes from the wall
    /// with everybody’s names.
    async fn what_is_not_for_everybody_is_on_no_screen(site: Site) {
        let shop = Shop::alpha(&site).await;
        let sales = shop.metric("sales", money()).await;
        for (word, shown_to) in [("bonus", "own"), ("margin", "managers")] {
            shop.metric(word, with(money(), json!({ "shown_to": shown_to }))).await;
        }
        let ada = shop.person("Ada Ash").await;
        for (word, value) in [("sales", 10_000), ("bonus", 7_777), ("margin", 8_888)] {
            shop.enter(word, ada, TODAY, value).await;
        }
        let (tv, owner) = (paired(&shop, "Sales floor").await, site.log_in(shop.slug).await);
        let path = shop.api(&format!("screens/{}", tv.id));
        for word in ["bonus", "margin", "nothing"] {
            for key in [format!("board:{word}:month:people"), format!("board:{word}:month:teams"), format!("latest:{word}")] {
                assert_eq!(outcome(choose(&shop, &tv, &[PEOPLE, &key]).await), "422 items", "{key}");
                let body = json!({ "name": "Sales floor", "items": items(&[PEOPLE, &key]), "seconds": 20, "version": 1 });
                let said = site.json(Method::PUT, Some(&owner), &path, &body).await;
                assert_eq!((said.status, said.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["items".to_owned()]), "{said:?}");
            }
        }
        choose(&shop, &tv, &[PEOPLE, LATEST]).await.expect("chosen");
        let mut stream = tv.follow(&site).await;
        for key in [PEOPLE, LATEST] {
            stream.until(key, |html| html.contains("Ada Ash") && html.contains("$100.00")).await;
        }
        let since = stream.heard.len();
        for (version, shown_to, words) in [(1, "own", "only their own place"), (2, "managers", "isn’t counted any more")] {
            let body = metric_body("sales", with(money(), json!({ "shown_to": shown_to, "version": version })));
            metrics::save(&site.platform, &SYSTEM, shop.slug, &sales.to_string(), &body).await.expect("saved");
            stream.until(PEOPLE, |html| html.contains(words)).await;
            stream.until(LATEST, |html| !html.contains("Ada Ash")).await;
            shop.enter("sales", ada, TODAY, 500).await;
            let page = tv.page(&site).await;
            assert_eq!(page.status, StatusCode::OK);
            for part in ["Ada Ash", "$100.00", "$105.00", "$110.00", "$5.00"] {
                assert!(!page.text.contains(part), "{shown_to}: {part}: {}", page.text);
            }
        }
        assert!(stream.heard[since..].iter().all(|(_, html)| !html.contains("Ada Ash") && !html.contains("$1")), "{:?}", stream.heard);
    }

    /// A screen for which something else is chosen is told to load itself anew, and shows it; others go on as they are.
    async fn what_is_chosen_anew_is_loaded_anew(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada Ash").await;
        let (tv, other, owner) = (paired(&shop, "Sales floor").await, paired(&shop, "Workshop").await, site.log_in(shop.slug).await);
        let (mut stream, mut goes_on) = (tv.follow(&site).await, other.follow(&site).await);
        for stream in [&mut stream, &mut goes_on] {
            stream.until(PEOPLE, |_| true).await;
        }
        let all = [with(item(LATEST), json!({})), with(item(WEEK), json!({ "seconds": 30 })), with(item("announcement"), json!({ "words": "Barbecue on Friday" }))];
        let body = json!({ "name": "Front desk", "items": all, "seconds": 45, "version": 1 });
        let saved = site.json(Method::PUT, Some(&owner), &shop.api(&format!("screens/{}", tv.id)), &body).await;
        assert_eq!(saved.status, StatusCode::NO_CONTENT, "{saved:?}");
        assert_eq!(stream.rest().await, RELOAD);
        let page = tv.page(&site).await;
        let keys: Vec<&str> = page.text.split("data-key=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(keys, [LATEST, WEEK, "announcement"]);
        assert!(page.text.contains("Barbecue on Friday") && page.text.contains("Front desk"), "{}", page.text);
        assert_eq!(attribute(&page, "data-seconds"), "45");
        let mut stream = tv.follow(&site).await;
        stream.until(LATEST, |_| true).await;
        shop.enter("sales", ada, TODAY, 1_200).await;
        stream.until(WEEK, |html| html.contains("$12.00")).await;
        goes_on.until(PEOPLE, |html| html.contains("$12.00")).await;
        assert!(stream.heard.iter().all(|(key, _)| key != PEOPLE), "what it no longer shows isn’t sent");
    }

    /// A screen that was away while something else was chosen for it hears so when it is back: it is greeted by another version than its page’s.
    async fn one_that_was_away_hears_what_was_chosen(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let tv = paired(&shop, "Sales floor").await;
        let page = attribute(&tv.page(&site).await, "data-version");
        assert_eq!(tv.follow(&site).await.version, page);
        choose(&shop, &tv, &[LATEST]).await.expect("chosen");
        let back = tv.follow(&site).await;
        assert_ne!(back.version, page);
        assert_eq!(back.version, attribute(&tv.page(&site).await, "data-version"), "loaded anew, it is of that version");
    }

    /// A screen tells the version of its page and what it shows, and admins see it. What is too long is cut; what it can’t say is refused.
    async fn a_screen_tells_what_it_shows(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let tv = paired(&shop, "Sales floor").await;
        let path = format!("{}/here", tv.path());
        let tell = async |body: Value| site.json(Method::POST, Some(&tv.cookie), &path, &body).await.status;
        site.advance(60);
        assert_eq!(tell(json!({ "version": "abc123", "shows": "Sales <b>now</b>", "sound_blocked": true })).await, StatusCode::NO_CONTENT);
        let owner = site.log_in(shop.slug).await;
        let list = site.get_as(&owner, LIST).await.text;
        assert!(list.contains("Heard of on 23 November, 9:01 am · shows Sales &lt;b&gt;now"), "{list}");
        let page = site.get_as(&owner, &format!("{LIST}/{}", tv.id)).await.text;
        assert!(page.contains("abc123") && page.contains("plays no sound") && !page.contains("<b>now"), "{page}");
        // A minute and a half without a word from it, and it isn’t live.
        site.advance(91);
        assert!(site.get_as(&owner, LIST).await.text.contains("Not heard of"));

        let long = json!({ "version": "v".repeat(150), "shows": "é".repeat(250), "sound_blocked": false });
        assert_eq!(tell(long).await, StatusCode::NO_CONTENT);
        let told = only(&shop).await;
        assert_eq!((told.seen_version, told.shows, told.sound_blocked), ("v".repeat(100), "é".repeat(200), false));
        assert_eq!(told.seen_at, Some(site.platform.clock.now()));
        assert_eq!(tell(json!({ "version": "a\0b", "shows": "one\ntwo", "sound_blocked": false })).await, StatusCode::NO_CONTENT);
        let told = only(&shop).await;
        assert_eq!((told.seen_version.as_str(), told.shows.as_str()), ("ab", "onetwo"));

        let events = shop.standing().await;
        for body in [
            json!({ "version": "2", "shows": "Else", "sound_blocked": false, "name": "Mine" }), json!({ "version": "2", "shows": "Else" }),
            json!({ "version": 2, "shows": "Else", "sound_blocked": false }), json!({ "version": "2", "shows": null, "sound_blocked": false }),
            json!({ "version": "2", "shows": "Else", "sound_blocked": "no" }), json!("Else"), json!(null),
        ] {
            let status = tell(body.clone()).await;
            assert!(status.is_client_error(), "{body}: {status}");
        }
        assert_eq!(tell(json!({ "version": "2", "shows": "Else", "sound_blocked": false, "org": "beta" })).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(only(&shop).await.shows, "onetwo");
        assert_eq!(shop.standing().await, events, "nobody is told of it");
    }

    /// Fifty entries at once come in few frames, each with more than the one before, and the last is right.
    async fn a_burst_comes_in_few_frames(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada Ash").await;
        let tv = paired(&shop, "Sales floor").await;
        let mut stream = tv.follow(&site).await;
        stream.until(PEOPLE, |html| html.contains("Ada Ash")).await;
        let (frames, since) = (stream.frames, stream.heard.len());
        let burst = join_all((0..50).map(|_| shop.enter("sales", ada, TODAY, 100)));
        let (_, last) = tokio::join!(burst, stream.until(PEOPLE, |html| html.contains("<strong>$50.00</strong>")));
        let frames = stream.frames - frames;
        assert!(frames < 25, "{frames} frames");
        let totals: Vec<i64> = stream.heard[since..].iter().map(|(_, html)| dollars(html)).collect();
        assert!(totals.is_sorted_by(|one, next| one < next), "{totals:?}");
        assert_eq!((totals.last(), stream.heard.last()), (Some(&50), Some(&(PEOPLE.to_owned(), last.clone()))));
        assert!(tv.page(&site).await.text.contains(&last));
    }

    /// Programs see to screens as admins do: what is read can be sent back, and an old version is refused.
    async fn the_api_sees_to_screens(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("bonus", with(money(), json!({ "shown_to": "own" }))).await;
        shop.metric("old", json!({ "active": false })).await;
        shop.team("North").await;
        let (owner, (cookie, code)) = (site.log_in(shop.slug).await, stranger(&site).await);
        let ask = async |method: Method, path: &str, body: &Value| site.json(method, Some(&owner), &shop.api(path), body).await;
        let choices = ask(Method::GET, "screens/choices", &Value::Null).await.json();
        let all: Vec<&str> = choices.as_array().expect("a list").iter().filter_map(|choice| choice["key"].as_str()).collect();
        let people = ["day", "week", "month", "financial_year"].map(|period| format!("board:sales:{period}:people"));
        let teams = ["week", "month"].map(|period| format!("board:sales:{period}:teams"));
        let totals = ["week", "month"].map(|period| format!("totals:sales:{period}"));
        let targets = ["people", "teams"].map(|of| format!("targets:sales:month:{of}"));
        let of_sales = people.iter().chain(&teams).chain(&totals).chain(&targets).map(String::as_str);
        let wanted: Vec<&str> = of_sales.chain([LATEST, "today"]).collect();
        assert_eq!(all, wanted);
        assert_eq!(choices[2], json!({ "key": PEOPLE, "label": "sales: people, month" }));

        let refused = ask(Method::POST, "screens", &json!({ "code": "nonsense", "name": "" })).await;
        let (fields, wanted) = (BTreeSet::from_iter(refused.fields()), BTreeSet::from(["code", "name"].map(str::to_owned)));
        assert_eq!((refused.status, fields), (StatusCode::UNPROCESSABLE_ENTITY, wanted), "{refused:?}");
        let made = ask(Method::POST, "screens", &json!({ "code": code, "name": "Sales floor" })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let made = made.json();
        let id = made["id"].as_str().expect("an id");
        let list = ask(Method::GET, "screens", &Value::Null).await;
        assert!(!list.text.contains(&code), "the code is the screen’s to show: {}", list.text);
        let wanted = json!([{
            "id": id, "name": "Sales floor", "items": items(&[PEOPLE, TEAMS]), "seconds": 20, "sound": false, "version": 1,
            "comes_until": "2026-11-22T22:03:00Z", "paired_at": null, "seen_at": null, "seen_version": "", "shows": "", "sound_blocked": false,
        }]);
        assert_eq!(list.json(), wanted);
        assert_eq!(led(&site, &cookie).await, Some(format!("/screen/{id}")));
        let there = ask(Method::GET, "screens", &Value::Null).await.json();
        assert_eq!((&there[0]["comes_until"], &there[0]["paired_at"]), (&Value::Null, &json!("2026-11-22T22:00:00Z")));

        let path = format!("screens/{id}");
        let words = with(item("announcement"), json!({ "words": " Barbecue on Friday ", "first_day": "24/12/2026", "days": [5, 1], "from": "8:00 am", "until": "12:00" }));
        let body = json!({ "name": "Front desk", "items": [item(LATEST), item(PEOPLE), words], "seconds": 45, "sound": true, "version": 1 });
        assert_eq!(ask(Method::PUT, &path, &body).await.status, StatusCode::NO_CONTENT);
        let late = ask(Method::PUT, &path, &body).await;
        assert_eq!((late.status, &late.json()["version"]), (StatusCode::CONFLICT, &json!(2)), "{late:?}");
        for (field, wrong) in [
            ("name", json!("")), ("seconds", json!(4)), ("seconds", json!(601)), ("seconds", json!(-5)), ("items", items(&["nonsense"])), ("items", items(&["board:sales:decade:people"])),
            ("items", items(&["board:sales:month:everybody"])), ("items", items(&[PEOPLE; 21])), ("items", json!([])), ("items", items(&[&format!("contest:{}", Uuid::nil())])),
            ("items", json!([with(item("announcement"), json!({ "words": "" }))])), ("items", json!([with(item(PEOPLE), json!({ "days": [8] }))])), ("items", json!([with(item(PEOPLE), json!({ "from": "noonish" }))])),
            ("items", json!([with(item(PEOPLE), json!({ "from": "9:00", "until": "9:00" }))])), ("items", json!([with(item(PEOPLE), json!({ "seconds": 4 }))])),
        ] {
            let said = ask(Method::PUT, &path, &with(body.clone(), json!({ "version": 2, field: wrong }))).await;
            assert_eq!((said.status, said.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{wrong}: {said:?}");
        }
        for words in ["x".repeat(201), "Bar\u{7}becue".to_owned()] {
            let said = ask(Method::PUT, &path, &with(body.clone(), json!({ "version": 2, "items": [with(item("announcement"), json!({ "words": words }))] }))).await;
            assert_eq!((said.status, said.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["items".to_owned()]), "{said:?}");
        }
        assert_eq!(ask(Method::PUT, &format!("screens/{}", Uuid::nil()), &body).await.status, StatusCode::NOT_FOUND);
        let saved = ask(Method::GET, "screens", &Value::Null).await.json();
        for (field, value) in [("name", json!("Front desk")), ("seconds", json!(45)), ("sound", json!(true)), ("version", json!(2))] {
            assert_eq!(saved[0][field], value, "{field}");
        }
        let words = with(item("announcement"), json!({ "words": "Barbecue on Friday", "first_day": "2026-12-24", "days": [1, 5], "from": "08:00", "until": "12:00" }));
        assert_eq!(saved[0]["items"], json!([item(LATEST), item(PEOPLE), words]), "what is read can be sent back");

        let (sets_up, looks) = (shop.token(&[permissions::SET_UP.name]).await, shop.token(&[permissions::VIEW.name]).await);
        assert_eq!(site.bearer(&sets_up, &shop.api("screens")).await.json(), saved);
        for path in ["screens", "screens/choices"] {
            assert_eq!(site.bearer(&looks, &shop.api(path)).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(ask(Method::DELETE, &path, &Value::Null).await.status, StatusCode::NO_CONTENT);
        assert_eq!(ask(Method::DELETE, &path, &Value::Null).await.status, StatusCode::NOT_FOUND);
        assert_eq!(ask(Method::GET, "screens", &Value::Null).await.json(), json!([]));
    }
}

/// Several processes on one PostgreSQL: what one of them enters, the screens of the others show, and a screen that one takes away is told
/// wherever it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_of_another_process_comes_by_itself() {
    let site = Site::postgres().await;
    tokio::spawn(app::others::keep_in_touch(site.platform.clone(), &app::permissions::ENTER));
    let other = site.another_process().await;
    tokio::spawn(app::others::keep_in_touch(other.platform.clone(), &app::permissions::ENTER));
    let (shop, there) = (Shop::alpha(&site).await, Shop::alpha(&other).await);
    shop.metric("sales", money()).await;
    let ada = shop.person("Ada Ash").await;
    let (tv, stays) = (paired(&shop, "Sales floor").await, paired(&there, "Workshop").await);
    let mut here = [tv.follow(&site).await, stays.follow(&site).await];
    let mut elsewhere = stays.follow(&other).await;
    for stream in here.iter_mut().chain([&mut elsewhere]) {
        stream.until(PEOPLE, |html| html.contains("Ada Ash")).await;
    }
    for (by, value, figure) in [(&there, 1_200, "$12.00"), (&shop, 800, "$20.00")] {
        by.enter("sales", ada, TODAY, value).await;
        for stream in here.iter_mut().chain([&mut elsewhere]) {
            stream.until(PEOPLE, |html| html.contains(figure)).await;
        }
    }
    screens::remove(&other.platform, &there.owner(), there.slug, &tv.id.to_string()).await.expect("taken away");
    let [mut gone, mut goes_on] = here;
    assert_eq!(gone.rest().await, ENDED);
    there.enter("sales", ada, TODAY, 100).await;
    goes_on.until(PEOPLE, |html| html.contains("$21.00")).await;
}

/// A screen’s pages run one script, which is ours and stands in a file, and are kept nowhere. The file, and that of the styles, have their version
/// in their address and are kept for good; televisions that are years old know all that is in them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_runs_one_script_that_old_browsers_know() {
    let site = Site::sqlite().await;
    let shop = Shop::alpha(&site).await;
    shop.metric("sales", money()).await;
    let ada = shop.person("Ada Ash").await;
    shop.enter("sales", ada, TODAY, 1_200).await;
    let tv = paired(&shop, "Sales floor").await;
    let (pairing, board) = (site.get("/screen").await, tv.page(&site).await);
    for page in [&pairing, &board] {
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        for part in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.split("; ").any(|other| other == part), "{part}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
        for script in page.text.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/screen/app.js?v="), "{script}");
            assert!(script.split_once('>').is_some_and(|(_, rest)| rest.starts_with("</script>")), "{script}");
        }
        for inline in ["<style", " style=", " onload=", " onerror=", " onclick=", "javascript:"] {
            assert!(!page.text.contains(inline), "{inline}: {}", page.text);
        }
    }
    assert!(board.text.contains("<script"), "{}", board.text);
    assert_eq!(
        site.get_as(&tv.cookie, "/screen").await.headers[header::CACHE_CONTROL],
        "no-store",
        "nor the way to it"
    );

    let newer = ["=>", "const ", "let ", "?.", "??", "`", "...", "async ", "await ", "import", "export"];
    let newer_styles =
        ["clamp(", "min(", "max(", "gap:", "inset:", ":is(", ":where(", ":has(", "aspect-ratio", "dvh", "@layer"];
    for (path, kind, newer) in [
        ("/screen/app.js", "text/javascript; charset=utf-8", &newer[..]),
        ("/screen/app.css", "text/css; charset=utf-8", &newer_styles[..]),
    ] {
        let address = board.text.split('"').find(|text| text.starts_with(path)).expect("its address");
        assert!(address.len() > path.len() + "?v=".len(), "{address}");
        let file = site.get(address).await;
        assert_eq!(file.status, StatusCode::OK, "{address}");
        assert_eq!(file.headers[header::CONTENT_TYPE], kind);
        assert_eq!(file.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        for syntax in newer {
            assert!(!file.text.contains(syntax), "{path}: {syntax}");
        }
    }
}

/// A television’s browser that is a screen.
pub struct Tv {
    pub cookie: String,
    pub id: ScreenId,
}

impl Tv {
    pub fn path(&self) -> String {
        format!("/screen/{}", self.id)
    }

    pub fn live(&self) -> String {
        format!("{}/live", self.path())
    }

    pub async fn page(&self, site: &Site) -> Answer {
        site.get_as(&self.cookie, &self.path()).await
    }

    /// Follows as its page does.
    pub async fn follow(&self, site: &Site) -> Stream {
        self.follow_at(site, &self.live()).await
    }

    /// The same of a page that has shown celebrations up to a number.
    pub async fn follow_after(&self, site: &Site, after: i64) -> Stream {
        self.follow_at(site, &format!("{}?after={after}", self.live())).await
    }

    async fn follow_at(&self, site: &Site, path: &str) -> Stream {
        let request = Request::get(path).header(header::COOKIE, self.cookie.as_str());
        let request = request.header(header::ACCEPT, "text/event-stream").body(Body::empty()).expect("a request");
        let response = site.router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        let body = response.into_body().into_data_stream();
        let (heard, celebrations, due) = (Vec::new(), Vec::new(), Value::Null);
        let mut stream = Stream { body, version: String::new(), celebrated: 0, heard, celebrations, due, frames: 0 };
        let hello = tokio::time::timeout(PATIENCE, stream.next()).await.expect("in time").expect("a greeting");
        let data = hello.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
        assert!(hello.contains("event: hello"), "{hello}");
        let data: Value = serde_json::from_str(data).expect("JSON");
        data["version"].as_str().expect("a version").clone_into(&mut stream.version);
        stream.celebrated = data["celebrated"].as_i64().expect("a number");
        stream
    }
}

/// What a screen follows.
pub struct Stream {
    body: BodyDataStream,
    /// What it was greeted with.
    version: String,
    /// After which celebration it begins.
    pub celebrated: i64,
    /// What came of which item, in order.
    pub heard: Vec<(String, String)>,
    /// What is celebrated, in order.
    pub celebrations: Vec<Value>,
    /// What it is time for, as it was told last.
    pub due: Value,
    /// In how many frames.
    frames: usize,
}

impl Stream {
    /// Listens until so much was celebrated.
    pub async fn until_celebrated(&mut self, count: usize) {
        while self.celebrations.len() < count {
            let taken = tokio::time::timeout(PATIENCE, self.take()).await;
            let Ok(frame) = taken else { panic!("nothing is celebrated: {:?}", self.celebrations) };
            self.heard.extend(items_of(&frame.expect("the stream goes on")));
        }
    }

    /// Listens until it is told that it is time for these of its list.
    pub async fn until_due(&mut self, on: &[usize]) {
        while self.due["on"] != json!(on) {
            let taken = tokio::time::timeout(PATIENCE, self.take()).await;
            let Ok(frame) = taken else { panic!("it isn’t time for {on:?}: {}", self.due) };
            self.heard.extend(items_of(&frame.expect("the stream goes on")));
        }
    }

    /// Listens until an item, as it came last, is as it should be, and gives it.
    pub async fn until(&mut self, key: &str, is_wanted: impl Fn(&str) -> bool) -> String {
        loop {
            let last = self.heard.iter().rev().find(|(name, _)| name == key);
            if let Some((_, html)) = last.filter(|(_, html)| is_wanted(html)) {
                return html.clone();
            }
            let Ok(frame) = tokio::time::timeout(PATIENCE, self.next()).await else {
                panic!("{key} didn’t come: {:?}", self.heard)
            };
            self.heard.extend(items_of(&frame.expect("the stream goes on")));
            self.frames += 1;
        }
    }

    /// Of which items something came, after so many.
    fn keys_since(&self, since: usize) -> Vec<&str> {
        self.heard.iter().skip(since).map(|(key, _)| key.as_str()).collect()
    }

    /// What still comes until it ends, which it does within two seconds.
    pub async fn rest(&mut self) -> String {
        let mut text = String::new();
        let rest = async {
            while let Some(frame) = self.next().await {
                text.push_str(&frame);
            }
        };
        tokio::time::timeout(Duration::from_secs(2), rest).await.expect("it ends in time");
        text
    }

    /// The next frame but for signs of life, celebrations and what it is time for; `None`: that was all.
    async fn next(&mut self) -> Option<String> {
        loop {
            let text = self.take().await?;
            if !text.is_empty() {
                return Some(text);
            }
        }
    }

    /// What a frame says of items; of celebrations, and of what it is time for, it is noted what was said.
    async fn take(&mut self) -> Option<String> {
        let frame = self.body.next().await?.expect("bytes");
        let text = String::from_utf8(frame.to_vec()).expect("text");
        let mut rest = String::new();
        for event in text.split_inclusive("\n\n").filter(|event| *event != BEAT) {
            let data = |kind: &str| {
                let data = event.strip_prefix(&format!("event: {kind}\ndata: "))?;
                Some(serde_json::from_str(data.trim_end()).expect("JSON"))
            };
            if let Some(due) = data("due") {
                self.due = due;
            } else if let Some(one) = data("celebrate") {
                self.celebrations.push(one);
            } else {
                rest.push_str(event);
            }
        }
        Some(rest)
    }
}

/// A thing to show, always and as long as the others, as the API has it.
pub fn item(key: &str) -> Value {
    json!({ "show": key, "words": "", "first_day": null, "last_day": null, "days": [], "from": null, "until": null, "seconds": null })
}

/// Several of them.
pub fn items(keys: &[&str]) -> Value {
    keys.iter().map(|key| item(key)).collect()
}

/// What a frame says of which items.
fn items_of(frame: &str) -> Vec<(String, String)> {
    let item = |event: &str| {
        let data = event.strip_prefix("event: item\ndata: ").unwrap_or_else(|| panic!("no item: {event}"));
        let data: Value = serde_json::from_str(data).expect("JSON");
        let text = |name: &str| data[name].as_str().expect("text").to_owned();
        (text("key"), text("html"))
    };
    frame.split_terminator("\n\n").map(item).collect()
}

/// A stranger’s browser at /screen: what it keeps, and the code that it shows.
async fn stranger(site: &Site) -> (String, String) {
    let page = site.get("/screen").await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    (kept(&page), code(&page))
}

/// The code that a browser shows now. It keeps what it kept.
async fn shown(site: &Site, cookie: &str) -> String {
    let page = site.get_as(cookie, "/screen").await;
    assert_eq!((page.status, kept(&page).as_str()), (StatusCode::OK, cookie), "{page:?}");
    code(&page)
}

/// Where /screen leads a browser; `None`: it shows a code.
async fn led(site: &Site, cookie: &str) -> Option<String> {
    let answer = site.get_as(cookie, "/screen").await;
    if answer.status == StatusCode::SEE_OTHER {
        return Some(answer.location().to_owned());
    }
    assert!(answer.status == StatusCode::OK && answer.text.contains("<p class=\"code\">"), "{answer:?}");
    None
}

/// The cookie that makes a browser a screen.
fn kept(answer: &Answer) -> String {
    let lines = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pair = lines.filter_map(|line| line.split(';').next()).find(|pair| pair.starts_with("devalo_screen=screen_"));
    pair.unwrap_or_else(|| panic!("no cookie: {answer:?}")).to_owned()
}

fn code(page: &Answer) -> String {
    let found = page.text.split_once("<p class=\"code\">").and_then(|(_, rest)| rest.split_once("</p>"));
    found.map_or_else(|| panic!("no code: {page:?}"), |(code, _)| code.replace(' ', ""))
}

pub fn attribute(page: &Answer, name: &str) -> String {
    let value = page.text.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    value.unwrap_or_else(|| panic!("no {name}: {page:?}")).to_owned()
}

/// What everybody comes to on a board, in dollars.
fn dollars(html: &str) -> i64 {
    let total = html.split("<strong>$").nth(1).and_then(|rest| rest.split('.').next()?.parse().ok());
    total.unwrap_or_else(|| panic!("no total: {html}"))
}

/// A browser that has become a screen, with what a new one shows.
pub async fn paired(shop: &Shop<'_>, name: &str) -> Tv {
    let (cookie, code) = stranger(shop.site).await;
    let id = add(shop, &code, name).await.expect("it is taken");
    assert_eq!(led(shop.site, &cookie).await, Some(format!("/screen/{id}")));
    Tv { cookie, id }
}

async fn add(shop: &Shop<'_>, code: &str, name: &str) -> Result<ScreenId> {
    screens::add(&shop.site.platform, &shop.owner(), shop.slug, code, name).await
}

pub async fn all(shop: &Shop<'_>) -> Vec<Screen> {
    screens::all(&shop.site.platform, &shop.owner(), shop.slug).await.expect("screens")
}

/// The one that there is.
async fn only(shop: &Shop<'_>) -> Screen {
    let mut all = all(shop).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Chooses what a screen shows.
pub async fn choose(shop: &Shop<'_>, tv: &Tv, keys: &[&str]) -> Result<()> {
    let (all, id) = (all(shop).await, tv.id.to_string());
    let screen = screens::find(&all, &id).expect("the screen");
    let items = keys.iter().map(|key| Slot::always(Item::parse(key).expect("an item"))).collect();
    let playlist = Playlist { items, seconds: 20, sound: false };
    screens::save(&shop.site.platform, &shop.owner(), shop.slug, &id, &screen.name, &playlist, screen.version).await
}

async fn join(shop: &Shop<'_>, person: PersonId, team: TeamId) {
    let body = MembershipBody { team, since: "2026-01-01".to_owned(), until: None };
    let joined = people::join_team(&shop.site.platform, &SYSTEM, shop.slug, &person.to_string(), &body).await;
    joined.expect("they are in it");
}

/// How many screens there are, of all businesses.
async fn rows(site: &Site) -> i64 {
    let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM scoreboard_screens").expect("screens").0
}

/// These words stand in a copy of the database.
async fn holds(site: &Site, words: &str) -> bool {
    site.raw_dump().await.windows(words.len()).any(|window| window == words.as_bytes())
}

/// The screen’s page says that it rests, and no more, and looks again by itself; its stream brings nothing.
async fn assert_rests(site: &Site, tv: &Tv) {
    let page = tv.page(site).await;
    assert!(page.status == StatusCode::OK && page.text.contains(RESTING), "{page:?}");
    assert!(page.text.contains("http-equiv=\"refresh\"") || page.text.contains("/screen/app.js"), "{}", page.text);
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    for words in ["Ada Ash", "$12.00", "Alpha Clinic", "Sales floor"] {
        assert!(!page.text.contains(words), "{words}: {}", page.text);
    }
    assert_nothing_comes(site, &tv.cookie, &tv.live()).await;
}

/// A stream is refused, or is over before anything comes.
async fn assert_nothing_comes(site: &Site, cookie: &str, path: &str) {
    let answer = tokio::time::timeout(PATIENCE, site.get_as(cookie, path)).await.expect("an end in time");
    assert!(!answer.status.is_success() || answer.text == ENDED, "{path}: {answer:?}");
    assert!(!answer.text.contains("Ada Ash"), "{path}: {}", answer.text);
}
