//! Turning modules off and on again: off is as if the organisation didn’t have it, for everybody, and nothing is lost by it.

use app::{
    billing::terms::Terms,
    db::Access,
    error::Code,
    ids::UserId,
    modules::MODULES,
    org::{Actor, OrgRef, OrgTx, Role},
    permissions, platform_sql,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Answer, Site, booking},
};

const PAGE: &str = "/app/alpha/settings/modules";
const API: &str = "/api/v1/orgs/alpha/modules";
const DIARY: &str = "/app/alpha/calendar";

on_both! {
    /// Off, its pages, its API, its public pages and its links aren’t there, for anybody; on again, all of it is as it was.
    async fn a_module_is_turned_off_and_on(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let booked = site.book("alpha", "modules-key", &booking("follow-up", &start)).await.json();
        let link = format!("/manage/{}", booked["token"].as_str().expect("a token"));
        let file = format!("{link}/calendar.ics");
        let managed = format!("/api/v1/calendar{link}");
        let everything = [
            "/b/alpha", "/b/alpha/follow-up", &link, &file, &managed, DIARY, "/app/alpha/calendar/services", "/app/alpha/calendar/staff",
            "/api/v1/orgs/alpha/calendar/services", "/api/v1/orgs/alpha/calendar/services/follow-up/slots", "/api/v1/orgs/alpha/calendar/appointments",
        ];
        for path in everything {
            assert_eq!(site.get_as(&owner, path).await.status, StatusCode::OK, "{path}");
        }
        // Kept for the next visitor.
        assert_eq!(site.get("/b/alpha").await.status, StatusCode::OK);
        assert!(site.get("/sitemap.xml").await.text.contains("/b/alpha"));
        let page = site.get_as(&owner, PAGE).await;
        assert_eq!(page.status, StatusCode::OK);
        for part in ["Clients book on your public page", "Turn Calendar off", "Nothing is deleted", "Yes, turn Calendar off"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        assert!(!page.text.contains(".wasm"), "no program is loaded");

        let off = switch(&site, &owner, false).await;
        assert_eq!((off.status, off.location()), (StatusCode::FOUND, "/app/alpha/settings/modules?off=1"));
        for path in everything {
            assert_eq!(site.get_as(&owner, path).await.status, StatusCode::NOT_FOUND, "{path}");
            let others = site.get(path).await.status;
            assert!(matches!(others, StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED), "{path}: {others}");
        }
        for (cookie, who) in [(&owner, "You can turn it on again."), (&member, "An owner or admin can turn it on again.")] {
            let page = site.get_as(cookie, DIARY).await.text;
            assert!(page.contains("Calendar is turned off") && page.contains(who), "{page}");
            assert_eq!(page.contains("Open modules"), who.starts_with("You"), "{page}");
        }
        let stranger = site.get_as(&site.log_in("beta").await, DIARY).await;
        assert!(stranger.status == StatusCode::NOT_FOUND && !stranger.text.contains("is turned off"), "{}", stranger.text);
        let off = site.get("/b/alpha").await;
        assert_eq!(off.status, StatusCode::NOT_FOUND, "the page that was kept, too");
        assert!(off.text.contains("No business takes bookings online at this address at the moment."), "{}", off.text);
        // Nobody can tell it from an address that nobody has.
        let program = async |slug: &str| {
            let said = site.get(&format!("/api/v1/orgs/{slug}/calendar/services")).await;
            (said.status, said.json()["detail"].clone())
        };
        assert_eq!(program("alpha").await, program("nobody").await);
        let nobody = site.get("/b/nobody").await;
        assert!(nobody.status == StatusCode::NOT_FOUND && nobody.text.contains("No business takes bookings online at this address at the moment."));
        assert_eq!(site.book("alpha", "modules-key-2", &booking("follow-up", &start)).await.status, StatusCode::NOT_FOUND);
        // The site map is kept for a while: another process makes its own.
        let map = site.at(site.platform.clone()).get("/sitemap.xml").await.text;
        assert!(!map.contains("/b/alpha") && map.contains("/b/beta"), "{map}");
        // A job of the module’s finds no such organisation, either.
        let job = OrgTx::open(&site.platform, &Actor::System("a job"), OrgRef::Id(site.alpha), diary(), Access::Read).await;
        assert_eq!(job.err().map(|error| error.code), Some(Code::NotFound));
        // Nobody is led there.
        let page = site.get_as(&owner, &format!("{PAGE}?off=1")).await.text;
        assert!(page.contains("All that is in it is kept.") && page.contains("Turn Calendar on"), "{page}");
        for path in [PAGE, "/app/alpha/settings"] {
            assert!(!site.get_as(&owner, path).await.text.contains("href=\"/app/alpha/calendar"), "{path}");
        }
        // With the other modules off as well there is nowhere to go.
        let others = MODULES.iter().map(|module| module.name()).filter(|name| *name != "calendar");
        for module in others {
            let fields = [("org", "alpha"), ("module", module)];
            let off = site.form(Some(&owner), "/fn/settings/switch-module", PAGE, &fields).await;
            assert_eq!(off.status, StatusCode::FOUND, "{module}");
        }
        for (cookie, words) in [(&owner, "No module is on"), (&member, "Nothing that you work with is on")] {
            let led = lead(&site, cookie, "/app/alpha").await;
            assert_eq!((led.status, led.location()), (StatusCode::FOUND, "/app/alpha/nothing-on"));
            let page = site.get_as(cookie, "/app/alpha/nothing-on").await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        assert!(site.get_as(&owner, "/app/alpha/nothing-on").await.text.contains("href=\"/app/alpha/settings/modules\""));
        assert!(site.get_as(&member, "/app/alpha/nothing-on").await.text.contains("Ask Owner of Alpha Clinic"));
        assert_eq!(site.get("/b/beta").await.status, StatusCode::OK, "another’s goes on");

        let on = switch(&site, &owner, true).await;
        assert_eq!((on.status, on.location()), (StatusCode::FOUND, "/app/alpha/settings/modules?on=1"));
        for path in everything {
            assert_eq!(site.get_as(&owner, path).await.status, StatusCode::OK, "{path}");
        }
        assert_eq!(site.get_as(&member, DIARY).await.status, StatusCode::OK);
        let led = lead(&site, &member, "/app/alpha/nothing-on").await;
        assert_eq!((led.status, led.location()), (StatusCode::FOUND, DIARY));
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        for words in ["turned Calendar off", "turned Calendar on"] {
            assert!(log.contains(words), "{words}: {log}");
        }
    }

    /// Doing it twice is the same as once, however many do it at the same moment.
    async fn switching_twice_is_switching_once(site: Site) {
        let owner = site.log_in("alpha").await;
        for on in [false, true] {
            let before = sequence(&site).await;
            let answers = join_all((0..10).map(|_| put(&site, Some(&owner), on))).await;
            assert!(answers.iter().all(|answer| answer.status == StatusCode::OK), "{answers:?}");
            assert_eq!(sequence(&site).await, before + 1, "one change, told once");
            assert_eq!(answers[0].json()[0]["on"], Value::Bool(on));
        }
    }

    /// Admins turn modules on and off, and programs that may; nobody else does.
    async fn who_may_switch(site: Site) {
        let owner = site.log_in("alpha").await;
        for role in [Role::Member, Role::Manager] {
            let (_, cookie) = site.join(site.alpha, &format!("{}@example.com", role.as_str()), role).await;
            assert_eq!(site.get_as(&cookie, PAGE).await.status, StatusCode::FORBIDDEN);
            assert_eq!(site.get_as(&cookie, API).await.status, StatusCode::FORBIDDEN);
            assert_eq!(put(&site, Some(&cookie), false).await.status, StatusCode::FORBIDDEN);
            assert_eq!(switch(&site, &cookie, false).await.status, StatusCode::FORBIDDEN);
        }
        let beta = site.log_in("beta").await;
        assert_eq!(put(&site, Some(&beta), false).await.status, StatusCode::NOT_FOUND);
        assert_eq!(switch(&site, &beta, false).await.status, StatusCode::NOT_FOUND);
        assert_eq!(put(&site, None, false).await.status, StatusCode::UNAUTHORIZED);
        for unknown in ["chess", "Calendar", "%00"] {
            let answer = site.json(Method::PUT, Some(&owner), &format!("{API}/{unknown}"), &json!({ "on": false })).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{unknown}");
        }
        let answer = site.json(Method::PUT, Some(&owner), &format!("{API}/calendar"), &json!({ "on": "no" })).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(site.get_as(&owner, DIARY).await.status, StatusCode::OK, "none of that did anything");
        for (scope, status) in [("calendar.appointments.view", StatusCode::FORBIDDEN), ("platform.modules", StatusCode::OK)] {
            let wanted = json!({ "name": "A program", "scopes": [scope] });
            let made = site.json(Method::POST, Some(&owner), "/api/v1/orgs/alpha/tokens", &wanted).await.json();
            let request = Request::put(format!("{API}/calendar"))
                .header(header::AUTHORIZATION, format!("Bearer {}", made["secret"].as_str().expect("a secret")))
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(json!({ "on": false }).to_string()));
            assert_eq!(site.send_as_it_is(request.expect("a request")).await.status, status, "{scope}");
        }
        let (_, admin) = site.join(site.alpha, "admin@example.com", Role::Admin).await;
        assert_eq!(switch(&site, &admin, true).await.status, StatusCode::FOUND);
    }

    /// What the plan doesn’t include can’t be turned on, and it is said which plan does. What was chosen outlives a plan without it.
    async fn the_plan_decides_what_can_be_on(site: Site) {
        let owner = site.log_in("alpha").await;
        let whole = Terms::custom(site.platform.clock.now());
        let without = Terms { plan_modules: Some("guestbook".to_owned()), ..whole.clone() };
        site.agree(site.alpha, &without).await;
        let page = site.get_as(&owner, PAGE).await.text;
        for part in ["Not in your plan", "Your plan, Custom, doesn’t include Calendar. Solo, Team and Business do", "href=\"/app/alpha/settings/billing\"", "It is on again as soon as your plan includes it."] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("Turn Calendar"), "{page}");
        let refused = put(&site, Some(&owner), true).await;
        assert_eq!(refused.status, StatusCode::PAYMENT_REQUIRED, "{refused:?}");
        assert!(refused.json()["detail"].as_str().expect("words").contains("see Settings, then Plan and billing"), "{refused:?}");
        let led = lead(&site, &owner, "/app/alpha").await;
        assert_eq!((led.status, led.location()), (StatusCode::FOUND, "/app/alpha/nothing-on"));
        // It was on, and is again.
        site.agree(site.alpha, &whole).await;
        assert_eq!(site.get_as(&owner, DIARY).await.status, StatusCode::OK);
        // It was off, and stays off.
        assert_eq!(put(&site, Some(&owner), false).await.status, StatusCode::OK);
        site.agree(site.alpha, &without).await;
        assert!(site.get_as(&owner, PAGE).await.text.contains("You can turn it on once your plan includes it."));
        site.agree(site.alpha, &whole).await;
        assert_eq!(site.get_as(&owner, DIARY).await.status, StatusCode::NOT_FOUND);
        assert_eq!(put(&site, Some(&owner), true).await.status, StatusCode::OK);
        assert_eq!(site.get_as(&owner, DIARY).await.status, StatusCode::OK);
    }

    /// Somebody’s role can change while a module is off: what they may do in it is as it was when it is on again.
    async fn what_people_may_do_outlives_it(site: Site) {
        let owner = site.log_in("alpha").await;
        let (user, _) = site.join(site.alpha, "member@example.com", Role::Member).await;
        allow(&site, user, "calendar", "calendar.set_up").await;
        assert_eq!(put(&site, Some(&owner), false).await.status, StatusCode::OK);
        let person = format!("/app/alpha/settings/people/{user}");
        assert!(!site.get_as(&owner, &person).await.text.contains("value=\"calendar.set_up\""), "nobody is asked about it");
        let fields = [("org", "alpha"), ("id", &user.to_string()), ("role", "manager"), ("modules[0]", "scoreboard")];
        assert_eq!(site.form(Some(&owner), "/fn/people/change", &person, &fields).await.status, StatusCode::FOUND);
        assert_eq!(allowed(&site, user).await, ("manager".to_owned(), "scoreboard calendar".to_owned(), "calendar.set_up".to_owned()));
        assert_eq!(put(&site, Some(&owner), true).await.status, StatusCode::OK);
        assert!(site.get_as(&owner, &person).await.text.contains("value=\"calendar.set_up\""));
    }
}

async fn switch(site: &Site, cookie: &str, on: bool) -> Answer {
    let mut fields = vec![("org", "alpha"), ("module", "calendar")];
    if on {
        fields.push(("on", "true"));
    }
    site.form(Some(cookie), "/fn/settings/switch-module", PAGE, &fields).await
}

async fn put(site: &Site, cookie: Option<&str>, on: bool) -> Answer {
    site.json(Method::PUT, cookie, &format!("{API}/calendar"), &json!({ "on": on })).await
}

/// Where a browser that opens this address is led.
async fn lead(site: &Site, cookie: &str, path: &str) -> Answer {
    let request = Request::get(path).header(header::COOKIE, cookie).header(header::ACCEPT, "text/html");
    site.send(request.body(Body::empty()).expect("a request")).await
}

fn diary() -> &'static app::org::Permission {
    permissions::named("calendar.appointments.view").expect("the calendar’s")
}

async fn sequence(site: &Site) -> i64 {
    let actor = Actor::System("a test");
    let tx = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::ENTER, Access::Read).await;
    tx.expect("the organisation").org().sequence
}

async fn allow(site: &Site, user: UserId, modules: &str, grants: &str) {
    let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE memberships SET modules = $2, grants = $3 WHERE user_id = $1",
        user,
        modules,
        grants
    )
    .expect("they may");
    tx.commit().await.expect("a commit");
}

/// Somebody’s role, the modules that they work with, and what they may do beyond it.
async fn allowed(site: &Site, user: UserId) -> (String, String, String) {
    let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let found = platform_sql!(
        one(String, String, String),
        &mut tx,
        "SELECT role, modules, grants FROM memberships WHERE user_id = $1",
        user
    );
    tx.commit().await.expect("an end");
    found.expect("a member")
}
