//! What an organisation may use for what it has agreed to: seats are in `invitations`, here are limits that are counted, and what
//! is open when a plan has ended.

use app::{
    billing::{
        plans::{Plans, choose},
        terms::{State, Terms},
        wire::Period,
    },
    clock::Instant,
    db::Access,
    error::{Code, FieldErrors},
    ids::UserId,
    modules::MODULES,
    org::{Actor, OrgRef, OrgTx, Role},
    people::wire::PeoplePage,
    permissions, platform_sql,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use futures::future::join_all;
use serde_json::json;

use crate::{
    on_both,
    support::{Answer, Site, booking},
};

const DAY: i64 = 24 * 60 * 60;
const SERVICES: &str = "/api/v1/orgs/alpha/calendar/services";

on_both! {
    /// Those who can do something about it read in the dashboard’s frame that little is left of what the plan allows, or nothing: one
    /// thing at a time, the gravest.
    async fn what_is_nearly_used_up_is_said(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        site.agree(site.alpha, &Terms { plan_seats: Some(5), ..solo(&site) }).await;
        let said = async |cookie: &str| {
            let text = site.get_as(cookie, "/app/alpha/calendar").await.text;
            assert!(text.matches("class=\"topbar-notice\"").count() <= 1, "one at a time: {text}");
            text
        };
        let limit = site.platform.plans().find("solo", 1).expect("Solo").quotas["calendar.bookings"];
        for (so_many, words) in [
            (limit * 4 / 5 - 1, None),
            (limit * 4 / 5, Some(format!("{} of {limit} bookings this month are used (80%)", limit * 4 / 5))),
            (limit, Some(format!("Your plan’s {limit} bookings this month are used up. Clients can still make"))),
            (limit * 2, Some("Your public page asks clients to call.".to_owned())),
        ] {
            used(&site, so_many).await;
            let (owners, members) = (said(&owner).await, said(&member).await);
            match words {
                None => assert!(!owners.contains("topbar-notice"), "{so_many}: {owners}"),
                Some(words) => assert!(owners.contains(&words) && owners.contains("See the plan"), "{words}: {owners}"),
            }
            assert!(!members.contains("topbar-notice"), "{so_many}: {members}");
        }
        // That it has ended is graver.
        let ended = Terms { billing_state: State::Ended.as_str().to_owned(), billing_until: Some(site.platform.clock.now().plus_seconds(-60)), ..solo(&site) };
        site.agree(site.alpha, &ended).await;
        let text = said(&owner).await;
        assert!(text.contains("Your plan has ended.") && !text.contains("asks clients to call"), "{text}");
    }

    /// What a plan limits is counted with what it limits: however many come at once, no more get through. A public page goes
    /// on for a little while; whoever pays is told in time, once.
    async fn bookings_are_counted(site: Site) {
        site.agree(site.alpha, &solo(&site)).await;
        let slots = site.slots("alpha", "follow-up").await;
        // Of 150; a tenth beyond is grace.
        used(&site, 119).await;
        assert_eq!(site.book("alpha", "quota-key-a", &booking("follow-up", &slots[0])).await.status, StatusCode::CREATED);
        let told = site.mailed().await;
        assert_eq!(told.iter().filter(|letter| letter.to == "owner@alpha.example.com" && letter.subject.contains("four fifths")).count(), 1, "{told:?}");
        // The same request again is the same booking, and counts once.
        assert_eq!(site.book("alpha", "quota-key-a", &booking("follow-up", &slots[0])).await.status, StatusCode::CREATED);
        assert_eq!(count(&site).await, 120);
        used(&site, 149).await;
        assert_eq!(site.book("alpha", "quota-key-b", &booking("follow-up", &slots[4])).await.status, StatusCode::CREATED);
        let told = site.mailed().await;
        let letter = told.iter().find(|letter| letter.subject.contains("has reached")).expect("they are told");
        assert!(letter.paragraphs.iter().any(|words| words.contains("can still make 15 more")), "the grace is stated: {letter:?}");
        used(&site, 161).await;
        let tries = (0..10).map(|n| {
            let (site, start) = (&site, slots[8 + n * 4].clone());
            async move { site.book("alpha", &format!("quota-key-{n}"), &booking("follow-up", &start)).await }
        });
        let answers = join_all(tries).await;
        let made = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::CONFLICT).collect();
        assert_eq!((made, refused.len()), (4, 6), "{answers:?}");
        assert!(refused[0].text.contains("Please call them"), "{}", refused[0].text);
        assert_eq!(count(&site).await, 165, "what was refused isn't counted");
        assert!(site.mailed().await.is_empty());
        // Nothing that can be read is shut for it, and the page still shows its times.
        let owner = site.log_in("alpha").await;
        for path in ["/b/alpha", "/b/alpha/follow-up", SERVICES, "/app/alpha/calendar", "/app/alpha/settings/billing", "/api/v1/orgs/alpha/calendar/appointments"] {
            assert_eq!(site.get_as(&owner, path).await.status, StatusCode::OK, "{path}");
        }
        assert!(!site.slots("alpha", "follow-up").await.is_empty());
        // Another organisation counts by itself; and the month ends by the business's clock.
        let theirs = site.slots("beta", "follow-up").await;
        assert_eq!(site.book("beta", "quota-beta", &booking("follow-up", &theirs[0])).await.status, StatusCode::CREATED);
        site.set_clock("2026-11-30T13:00:01Z");
        let slots = site.slots("alpha", "follow-up").await;
        assert_eq!(site.book("alpha", "quota-dec", &booking("follow-up", &slots[0])).await.status, StatusCode::CREATED);
    }

    /// What its own people add stops a little beyond the limit and what the public may, with what to do about it.
    async fn the_limit_of_a_plan_is_told(site: Site) {
        let (member, _) = site.join(site.alpha, "member@example.com", Role::Member).await;
        site.agree(site.alpha, &Terms { plan_seats: Some(5), ..solo(&site) }).await;
        let quota = MODULES.iter().flat_map(|module| module.quotas().iter()).find(|quota| quota.name == "calendar.bookings").expect("the quota");
        let (owner,) = {
            let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
            let alpha = site.alpha;
            let owner = platform_sql!(one(UserId,), &mut tx, "SELECT user_id FROM memberships WHERE org_id = $1 AND role = 'owner'", alpha);
            tx.commit().await.expect("an end");
            owner.expect("an owner")
        };
        for (so_many, fits) in [(149, true), (150, true), (179, true), (180, false), (900, false)] {
            used(&site, so_many).await;
            let actor = Actor::User(owner);
            let mut tx = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::ENTER, Access::Write).await.expect("open");
            match tx.within(quota).await {
                Ok(()) => assert!(fits, "{so_many}"),
                Err(error) => {
                    assert!(!fits && error.code == Code::PaymentNeeded, "{so_many}: {error:?}");
                    assert!(error.message.contains("150 bookings") && error.message.contains("Plan and billing"), "{error:?}");
                }
            }
            tx.rollback().await.expect("undone");
        }
        // Whoever can’t see the plan isn’t sent to it.
        let actor = Actor::User(member);
        let mut tx = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::ENTER, Access::Write).await.expect("open");
        let error = tx.within(quota).await.expect_err("the limit is reached");
        tx.rollback().await.expect("undone");
        assert_eq!(error.code, Code::PaymentNeeded);
        assert!(error.message.contains("Ask your organisation’s owner") && !error.message.contains("Plan and billing"), "{error:?}");
    }

    /// Where the plan is used up and what is beyond it, too, the public page says so instead of times, and holds none; another organisation’s
    /// goes on, and so does this one in the next month.
    async fn a_page_without_room_asks_to_call(site: Site) {
        site.agree(site.alpha, &solo(&site)).await;
        let slots = site.slots("alpha", "follow-up").await;
        let says = async |path: &str, offers: bool| {
            let page = site.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
            assert_eq!(page.text.contains("name=\"start\""), offers, "{path}: {}", page.text);
            assert_eq!(page.text.contains("Please call to book"), !offers, "{path}: {}", page.text);
        };
        let hold = async |start: &str| {
            let fields = [("org", "alpha"), ("service", "follow-up"), ("query", ""), ("start", start)];
            let pressed = site.form(None, "/fn/calendar/hold", "/b/alpha/follow-up", &fields).await;
            assert_eq!(pressed.status, StatusCode::FOUND, "{}", pressed.text);
            pressed.headers.get_all(header::SET_COOKIE).iter().any(|set| set.as_bytes().starts_with(b"devalo_hold="))
        };
        used(&site, 164).await;
        says("/b/alpha/follow-up", true).await;
        assert!(hold(&slots[8]).await, "it is held");
        assert_eq!(site.book("alpha", "the-last-one", &booking("follow-up", &slots[0])).await.status, StatusCode::CREATED);
        says("/b/alpha/follow-up", false).await;
        says(&format!("/b/alpha/follow-up?start={}", slots[16]), false).await;
        assert!(!hold(&slots[16]).await, "nobody holds what they couldn’t have");
        says("/b/beta/follow-up", true).await;
        site.set_clock("2026-11-30T13:00:01Z");
        says("/b/alpha/follow-up", true).await;
    }

    /// A stranger who books and cancels, again and again, uses nothing up; what stood for a day counts. Where the public page asks clients
    /// to call, the business itself still has some left.
    async fn what_comes_to_nothing_isnt_counted(site: Site) {
        site.agree(site.alpha, &solo(&site)).await;
        let slots = site.slots("alpha", "follow-up").await;
        used(&site, 10).await;
        let token = |made: Answer| made.json()["token"].as_str().expect("a token").to_owned();
        for n in 0..4 {
            let made = site.book("alpha", &format!("nothing-key-{n}"), &booking("follow-up", &slots[60])).await;
            assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
            assert_eq!(count(&site).await, 11);
            assert_eq!(cancel(&site, &token(made)).await, 204);
            assert_eq!(count(&site).await, 10);
        }
        // At what its people are told of it stays: they are told once.
        used(&site, 119).await;
        site.mailed().await;
        for n in 0..3 {
            let made = site.book("alpha", &format!("told-once-key-{n}"), &booking("follow-up", &slots[60])).await;
            assert_eq!(cancel(&site, &token(made)).await, 204);
            assert_eq!(count(&site).await, 120);
        }
        let told = site.mailed().await;
        assert_eq!(told.iter().filter(|letter| letter.subject.contains("four fifths")).count(), 1, "{told:?}");

        used(&site, 165).await;
        let refused = site.book("alpha", "public-is-full", &booking("follow-up", &slots[60])).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
        let owner = site.log_in("alpha").await;
        let request = Request::post("/api/v1/orgs/alpha/calendar/appointments")
            .header(header::COOKIE, &owner)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "the-desk-goes-on")
            .body(Body::from(json!({ "service": "follow-up", "start": slots[60], "name": "Casey Client" }).to_string()))
            .expect("a request");
        let made = site.send(request).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        assert_eq!(count(&site).await, 166);

        used(&site, 10).await;
        let made = site.book("alpha", "stood-a-day", &booking("follow-up", &slots[120])).await;
        site.advance(DAY);
        assert_eq!(cancel(&site, &token(made)).await, 204);
        assert_eq!(count(&site).await, 11, "it was there for a day");
    }

    /// A trial ends: for two weeks everything can be read, nobody books or changes anything, and who has booked can still cancel.
    /// After that the people reach their plan alone. Paying opens everything at once.
    async fn a_plan_ends(site: Site) {
        let owner = site.log_in("alpha").await;
        let slots = site.slots("alpha", "follow-up").await;
        let mut tokens = Vec::new();
        for n in 0..2 {
            let made = site.book("alpha", &format!("ends-key-{n}"), &booking("follow-up", &slots[n * 4])).await.json();
            tokens.push(made["token"].as_str().expect("a token").to_owned());
        }
        let now = site.platform.clock.now();
        let trial = |until: Instant| Terms { billing_state: State::Trial.as_str().to_owned(), billing_until: Some(until), ..Terms::custom(now) };
        site.agree(site.alpha, &trial(now.plus_seconds(1))).await;
        assert_eq!(open(&site, &owner).await, (200, 200, 404, 200), "while it lasts");

        site.agree(site.alpha, &trial(now)).await;
        assert_eq!(open(&site, &owner).await, (200, 200, 402, 200), "read only");
        let refused = site.book("alpha", "ends-key-x", &booking("follow-up", &slots[8])).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text.contains("doesn’t take bookings online"), "{}", refused.text);
        assert_eq!(cancel(&site, &tokens[0]).await, 204);
        assert_eq!(site.get_as(&owner, "/app/alpha/settings/people").await.status, StatusCode::OK, "the platform's own stays open");

        site.agree(site.alpha, &trial(now.plus_seconds(-14 * DAY))).await;
        assert_eq!(open(&site, &owner).await, (503, 402, 402, 200), "closed");
        assert_eq!(site.get(&format!("/api/v1/calendar/manage/{}", tokens[1])).await.status, StatusCode::OK, "their booking is theirs");

        let late = |since: Instant| Terms { billing_state: State::PastDue.as_str().to_owned(), billing_since: since, ..Terms::custom(now) };
        site.agree(site.alpha, &late(now.plus_seconds(1 - 7 * DAY))).await;
        assert_eq!(open(&site, &owner).await, (200, 200, 404, 200), "a payment is late");
        site.agree(site.alpha, &late(now.plus_seconds(-7 * DAY))).await;
        assert_eq!(open(&site, &owner).await, (200, 200, 402, 200), "too late");

        site.agree(site.alpha, &Terms { suspended_at: Some(now), ..Terms::custom(now) }).await;
        assert_eq!(open(&site, &owner).await, (503, 403, 403, 200), "suspended");
        site.agree(site.alpha, &Terms::custom(now)).await;
        assert_eq!(open(&site, &owner).await, (200, 200, 404, 200), "and back");
        assert_eq!(site.book("alpha", "ends-key-y", &booking("follow-up", &slots[8])).await.status, StatusCode::CREATED);
    }

    /// Whose plan has ended, or who is suspended, writes to no strangers and makes no tokens; what was sent already can be taken back. A
    /// payment that is late for some days stops nothing, and neither does another's end.
    async fn whoever_doesnt_go_on_invites_nobody(site: Site) {
        let owner = site.log_in("alpha").await;
        let (beta, now) = (site.log_in("beta").await, site.platform.clock.now());
        let invite = async |cookie: &str, org: &str, email: &str| {
            let fields = [("org", org), ("email", email), ("role", "member")];
            site.form(Some(cookie), "/fn/people/invite", &format!("/app/{org}/settings/invite"), &fields).await
        };
        let token = async || {
            let fields = [("org", "alpha"), ("name", "Website"), ("scopes[]", "calendar.appointments.view")];
            site.form(Some(&owner), "/fn/settings/make-token", "/app/alpha/settings/tokens", &fields).await
        };
        assert_eq!(invite(&owner, "alpha", "first@new.example").await.status, StatusCode::FOUND);
        let page: PeoplePage = site.read(&owner, "/fn/people/all?org=alpha").await.expect("a page");
        let fields = [("org", "alpha"), ("id", page.invited[0].id.as_str())];
        let one = async |path: &str| site.form(Some(&owner), path, "/app/alpha/settings/people", &fields).await;
        site.mailed().await;
        let trial = |until: Instant| Terms { billing_state: State::Trial.as_str().to_owned(), billing_until: Some(until), ..Terms::custom(now) };
        let late = |since: Instant| Terms { billing_state: State::PastDue.as_str().to_owned(), billing_since: since, ..Terms::custom(now) };
        for (terms, words) in [
            (trial(now), "plan has ended"),
            (trial(now.plus_seconds(-14 * DAY)), "plan has ended"),
            (late(now.plus_seconds(-7 * DAY)), "plan has ended"),
            (Terms { suspended_at: Some(now), ..Terms::custom(now) }, "is suspended"),
        ] {
            site.agree(site.alpha, &terms).await;
            for refused in [invite(&owner, "alpha", "second@new.example").await, one("/fn/people/invite-again").await, token().await] {
                assert_eq!(refused.status, StatusCode::PAYMENT_REQUIRED, "{words}: {}", refused.text);
                assert!(refused.text.contains(words), "{words}: {}", refused.text);
            }
        }
        assert!(site.mailed().await.iter().all(|letter| !letter.to.ends_with("@new.example")));
        assert_eq!(invite(&beta, "beta", "third@new.example").await.status, StatusCode::FOUND);
        for terms in [trial(now.plus_seconds(1)), late(now.plus_seconds(1 - 7 * DAY)), Terms::custom(now)] {
            site.agree(site.alpha, &terms).await;
            assert_eq!(one("/fn/people/invite-again").await.status, StatusCode::FOUND);
        }
        assert_eq!(token().await.status, StatusCode::OK);
        site.agree(site.alpha, &trial(now)).await;
        assert_eq!(one("/fn/people/withdraw-invitation").await.status, StatusCode::FOUND, "taking back is no writing");
    }

    /// While a plan is about to end, or has, the dashboard says so on every page, to everybody; who may see the plan is led there.
    async fn everybody_is_told_where_the_plan_stands(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "casey@example.com", Role::Member).await;
        let now = site.platform.clock.now();
        let of = |state: State, since: i64, until: Option<i64>| Terms {
            billing_state: state.as_str().to_owned(),
            billing_since: now.plus_seconds(since),
            billing_until: until.map(|seconds| now.plus_seconds(seconds)),
            billed_by: if state == State::PastDue { "stripe" } else { "manual" }.to_owned(),
            ..Terms::custom(now)
        };
        let all = ["Your trial ends on", "A payment has failed.", "Your plan has ended."];
        for (terms, said) in [
            (of(State::Trial, 0, Some(8 * DAY)), None),
            (of(State::Trial, 0, Some(6 * DAY)), Some(all[0])),
            (of(State::PastDue, -1, None), Some(all[1])),
            (of(State::PastDue, -8 * DAY, None), Some(all[2])),
            (Terms::custom(now), None),
        ] {
            site.agree(site.alpha, &terms).await;
            for (cookie, led) in [(&owner, true), (&member, false)] {
                let page = site.get_as(cookie, "/app/alpha/calendar").await;
                assert_eq!(page.status, StatusCode::OK, "{terms:?}");
                for words in all {
                    assert_eq!(page.text.contains(words), Some(words) == said, "{words}: {terms:?}");
                }
                assert_eq!(page.text.contains("See the plan"), led && said.is_some(), "{terms:?}");
            }
        }
    }

    /// A module that the plan doesn't open isn't there, for anybody.
    async fn a_plan_opens_its_modules(site: Site) {
        let owner = site.log_in("alpha").await;
        let now = site.platform.clock.now();
        site.agree(site.alpha, &Terms { plan_modules: Some("tasks".to_owned()), ..Terms::custom(now) }).await;
        for path in ["/b/alpha", "/app/alpha/calendar", SERVICES] {
            assert_eq!(site.get_as(&owner, path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(site.get_as(&owner, "/app/alpha/settings").await.status, StatusCode::OK);
    }
}

/// However many people somebody asks for, there is a price or a refusal.
#[test]
fn no_price_is_beyond_reckoning() {
    let mut plan = Plans::shipped().find("team", 1).expect("a plan").clone();
    plan.most_seats = None;
    assert!(plan.price(Period::Year, 1_000).is_some());
    for seats in [1_000_000_000, i64::MAX / plan.seat_year + 5, i64::MAX] {
        assert_eq!(plan.price(Period::Year, seats), None, "{seats}");
        let mut errors = FieldErrors::default();
        choose(Some(&plan), "year", &seats.to_string(), 0, &mut errors);
        let refused = errors.finish().expect_err("it is refused");
        assert_eq!(refused.field_message("seats"), Some("Team isn’t sold for so many people. Enter fewer."));
    }
}

/// Who agreed to a plan keeps it as it was then: its price, its modules and its limits, whatever is sold now. Nobody else gets it.
#[test]
fn what_was_agreed_to_holds() {
    let shipped = include_str!("../../../app/plans.toml");
    let now = Instant::from_unix(1_795_384_800);
    let newer = |text: &str| -> Plans {
        let head = "[[plan]]\nname = \"solo\"\nversion = 1\n";
        assert_eq!(text.matches(head).count(), 1, "the first version of Solo");
        let (before, after) = text.split_once(head).expect("Solo");
        let (of, rest) = after.split_once("[[plan]]").expect("the next plan");
        let old = of.replace("sold = true", "sold = false");
        let new = of
            .replace("1900", "2900")
            .replace("19000", "29000")
            .replace("150", "50")
            .replace("\"calendar\"", "\"tasks\"");
        let second = head.replace("version = 1", "version = 2");
        Plans::parse(&format!("{before}{head}{old}{second}{new}[[plan]]{rest}")).expect("plans")
    };
    let (then, plans) = (Plans::parse(shipped).expect("plans"), newer(shipped));
    let bought = Terms { plan: "solo".to_owned(), plan_seats: Some(1), ..Terms::custom(now) };
    for plans in [&then, &plans] {
        assert_eq!(bought.price(plans), 1_900);
        assert_eq!(bought.limit(plans, "calendar.bookings"), Some(150));
        assert!(bought.has_module(plans, "calendar") && !bought.has_module(plans, "tasks"));
    }
    let sold: Vec<_> = plans.sold().filter(|plan| plan.name == "solo").collect();
    assert_eq!(sold.len(), 1, "one version is sold");
    let buys = Terms { plan_version: plans.current("solo").expect("Solo").version, ..bought };
    assert_eq!((buys.plan_version, sold[0].version, buys.limit(&plans, "calendar.bookings")), (2, 2, Some(50)));
    assert_eq!(sold[0].price(Period::Month, 1), Some(2_900));
    assert!(buys.has_module(&plans, "tasks") && !buys.has_module(&plans, "calendar"));
}

/// How the public page, reading and changing in the dashboard, and the people's page answer.
async fn open(site: &Site, owner: &str) -> (u16, u16, u16, u16) {
    let public = site.get("/api/v1/orgs/alpha/calendar/services").await.status;
    let diary = site.get_as(owner, "/api/v1/orgs/alpha/calendar/appointments").await.status;
    // There is no such appointment: where anything may be changed at all, that is what is said.
    let path = "/api/v1/orgs/alpha/calendar/appointments/01935a3c-0000-7000-8000-000000000000/cancel";
    let change = site.json(Method::POST, Some(owner), path, &json!({ "version": 1 })).await.status;
    let people = site.get_as(owner, "/app/alpha/settings/people").await.status;
    (public.as_u16(), diary.as_u16(), change.as_u16(), people.as_u16())
}

async fn cancel(site: &Site, token: &str) -> u16 {
    let path = format!("/api/v1/calendar/manage/{token}");
    let version = site.get(&path).await.json()["version"].clone();
    site.json(Method::POST, None, &format!("{path}/cancel"), &json!({ "version": version })).await.status.as_u16()
}

fn solo(site: &Site) -> Terms {
    let plans = site.platform.plans();
    let plan = plans.current("solo").expect("the plan");
    Terms {
        plan: plan.name.clone(),
        plan_version: plan.version,
        plan_seats: Some(1),
        ..Terms::custom(site.platform.clock.now())
    }
}

/// As if so many had been booked this month.
async fn used(site: &Site, so_many: i64) {
    let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO quota_use (org_id, quota, period, used) VALUES ($1, 'calendar.bookings', '2026-11', $2)
         ON CONFLICT (org_id, quota, period) DO UPDATE SET used = $2",
        site.alpha,
        so_many
    )
    .expect("the use");
    tx.commit().await.expect("a commit");
}

async fn count(site: &Site) -> i64 {
    let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let (used,) = platform_sql!(
        one(i64,),
        &mut tx,
        "SELECT used FROM quota_use WHERE org_id = $1 AND quota = 'calendar.bookings' AND period = '2026-11'",
        site.alpha
    )
    .expect("the use");
    tx.commit().await.expect("an end");
    used
}
