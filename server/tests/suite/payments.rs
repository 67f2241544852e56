//! Signing up and paying, against the stand-in for Stripe: nobody is charged twice, nothing is lost, and nobody keeps what they
//! don't pay for, whatever comes in which order.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use app::{
    admin::wire::{HealthPage, OrgsPage, OverviewPage},
    auth::accounts::{self, NewOrg},
    billing::{
        abns, events,
        invoices::Seller,
        notices,
        payments::{Account, Checkout, Invoice, Item, Line, Order, Payments, Returned, Subscription, Trouble},
        plans::Plans,
        sync::{self, Outcome},
        terms::{State, Terms, Usage},
        wire::Period,
    },
    clock::Instant,
    db::Access,
    error::Code,
    ids::OrgId,
    money::dollars,
    onboarding,
    org::Role,
    people::members,
    platform::Platform,
    platform_sql,
    settings::closing,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use futures::{
    StreamExt,
    future::{join, join_all},
    stream,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    admin::operator,
    on_both,
    stand_in::StandIn,
    support::{Answer, ORIGIN, PASSWORD, Site},
};

const NEW: &str = "fern@new.example";
const DAY: i64 = 24 * 60 * 60;
const GOOD: &str = "card_number=4242424242424242";
const DECLINED: &str = "card_number=4000000000000002";
const FAILS_LATER: &str = "card_number=4000000000000341";
const BILLING: &str = "/app/fern-florist/settings/billing";

on_both! {
    /// From the plan to the dashboard: each step leads to the next, the payment page is the only thing outside, and the
    /// organisation is there when they come back, before any webhook. The events that come late, and twice, change nothing.
    async fn a_business_signs_up(site: Site) {
        let stripe = takes_payments(&site);
        let begun = begin(&site, &[]).await;
        assert_eq!((begun.status, begun.location()), (StatusCode::FOUND, "/start/sent"));
        let cookies = begun.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let asked = cookies.filter_map(|value| value.split(';').next()).find(|pair| pair.starts_with("devalo_start_for="));
        let told = site.get_as(asked.expect("the browser knows what it asked for"), "/start/sent").await;
        for part in [NEW, "Send it again", "name=\"seats\"", "value=\"7\"", "href=\"/start?plan=team&amp;period=month&amp;seats=7\""] {
            assert!(told.text.contains(part), "{part}: {}", told.text);
        }
        assert!(!site.get("/start/sent").await.text.contains(NEW), "nobody else is told");
        let link = site.mailed_link(NEW).await;
        let page = site.get(&link).await;
        assert_eq!(page.status, StatusCode::OK);
        for part in ["Team, 7 people, $77.00 a month, including GST", NEW, "Your name"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        assert!(!page.text.contains(".wasm"), "no program is loaded");
        let founded = found(&site, None, &link, &[]).await;
        let cookie = founded.cookie().expect("they are logged in");
        let pay = founded.location().to_owned();
        assert!(pay.starts_with("/start/pay/"), "{founded:?}");
        let id = pay.rsplit('/').next().expect("an id").to_owned();
        let page = site.get_as(&cookie, &pay).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(page.text.contains("$77.00 a month") && page.text.contains("7 December 2026"), "{}", page.text);
        let policy = page.headers["content-security-policy"].to_str().expect("a policy");
        assert!(policy.contains(&format!("form-action 'self' {}", stripe.base)), "{policy}");
        // Who leaves now is led back by logging in.
        assert_eq!(site.get_as(&cookie, "/app").await.location(), pay);
        let to = pays(&site, &cookie, &id).await;
        assert!(to.starts_with(&format!("{}/", stripe.base)), "{to}");
        assert_eq!(site.get_as(&cookie, &format!("/start/done/{id}")).await.status, StatusCode::OK, "not paid yet");
        assert!(terms(&site, "fern-florist").await.is_none());
        // A page asks Stripe again some seconds later.
        pass(&site, &stripe, 5).await;
        let back = stripe.form(&to, GOOD);
        assert_eq!(back.status, 303);
        assert_eq!(back.location.as_deref(), Some(&*format!("http://localhost:3000/start/done/{id}")));
        let done = site.get_as(&cookie, &format!("/start/done/{id}")).await;
        assert_eq!(done.location(), "/app/fern-florist/welcome");
        let welcome = site.get_as(&cookie, "/app/fern-florist/welcome").await;
        assert_eq!(welcome.status, StatusCode::OK);
        for part in ["Welcome, Fern Florist", "Your first service", "Your team"] {
            assert!(welcome.text.contains(part), "{part}: {}", welcome.text);
        }
        let made = terms(&site, "fern-florist").await.expect("it is there");
        assert_eq!((made.plan.as_str(), made.plan_seats, made.plan_price, made.state()), ("team", Some(7), None, State::Trial));
        assert_eq!((made.billed_by.as_str(), made.billing_until), ("stripe", Some(Instant::from_unix(seconds(&site) + 14 * DAY))));
        // Late, twice, and in the wrong order.
        let mut told = stripe.signed();
        told.reverse();
        for (payload, signature) in told.iter().chain(&told) {
            assert_eq!(webhook(&site, payload, signature).await.status, StatusCode::OK);
        }
        events::take_over_due(&site.platform).await.expect("they are taken over");
        assert_eq!(terms(&site, "fern-florist").await, Some(made));
        assert!(waiting(&site).await.is_empty());
        // Coming by again leads on, and nobody pays twice.
        assert_eq!(pays(&site, &cookie, &id).await, format!("/start/done/{id}"));
        assert_eq!(stripe.look("objects/subscription")["objects"].as_array().map(Vec::len), Some(1));
        assert_eq!(orgs(&site).await, 3);
    }

    /// The webhook comes first, from ten places at once: one organisation, whoever hears it.
    async fn an_organisation_is_made_once(site: Site) {
        let stripe = takes_payments(&site);
        let (cookie, id) = founded(&site).await;
        stripe.form(&pays(&site, &cookie, &id).await, GOOD);
        let customer = customer_of(&stripe);
        let asked = join_all((0..10).map(|_| sync::take_over(&site.platform, &customer))).await;
        let made = asked.iter().filter(|outcome| matches!(outcome, Ok(Outcome::Made(_)))).count();
        assert_eq!(made, 1, "{asked:?}");
        assert_eq!(orgs(&site).await, 3);
        let done = site.get_as(&cookie, &format!("/start/done/{id}")).await;
        assert_eq!(done.location(), "/app/fern-florist/welcome");
    }

    /// The front page says what the plans that are sold cost, and leads to trying each; where nobody signs up by themselves it says nothing
    /// of it. Choosing comes before the address, with what it comes to.
    async fn what_it_costs_is_said_before_signing_up(site: Site) {
        let front = site.get("/").await.text;
        assert!(!front.contains("What it costs") && !front.contains("$59.00"), "{front}");
        let _stripe = takes_payments(&site);
        let front = site.get("/").await.text;
        for plan in site.platform.plans().sold() {
            for part in [plan.title.clone(), dollars(plan.month), dollars(plan.year), format!("/start?plan={}", plan.name)] {
                assert!(front.contains(&part), "{part}: {front}");
            }
        }
        assert!(front.contains("Start free for 14 days") && front.contains("including GST"), "{front}");
        assert_eq!(front.matches("(AUD)").count(), 1, "{front}");
        let choose = site.get("/start?plan=business").await;
        assert_eq!(choose.status, StatusCode::OK);
        for part in ["<b>$59.00", "<b>$590.00", "Each more costs $9.00 a month or $90.00 a year, up to 15 people.", "Two months for free."] {
            assert!(choose.text.contains(part), "{part}: {}", choose.text);
        }
        assert!(!choose.text.contains("Your email address"), "{}", choose.text);
        let chosen = site.get("/start?plan=team&period=year&seats=7").await;
        assert_eq!(chosen.status, StatusCode::OK);
        for part in ["Team, 7 people", "$770.00 a year, including GST", "Team with 5 people $590.00, 2 more at $90.00 each $180.00.", "Your email address"] {
            assert!(chosen.text.contains(part), "{part}: {}", chosen.text);
        }
        for (query, field) in [("plan=gold&period=year&seats=7", "plan"), ("plan=team&period=week&seats=7", "period"), ("plan=team&period=year&seats=16", "seats")] {
            let refused = site.get(&format!("/start?{query}")).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert!(refused.text.contains(&format!("field-{field}-error")), "{query}: {}", refused.text);
        }
        // An address that isn’t one is said on the second step, and what was chosen stays.
        let refused = begin(&site, &[("email", "fern")]).await;
        assert!(refused.text.contains("field-email-error") && refused.text.contains("$77.00 a month, including GST"), "{}", refused.text);
        // The same where a plan is taken up.
        let owner = site.log_in("alpha").await;
        let chosen = site.get_as(&owner, "/app/alpha/settings/billing?plan=team&period=month&seats=7").await.text;
        for part in ["Team, 7 people", "$77.00 a month, including GST", "2 more at $9.00 each $18.00.", "action=\"/fn/billing/take-up\""] {
            assert!(chosen.contains(part), "{part}: {chosen}");
        }
        let refused = site.get_as(&owner, "/app/alpha/settings/billing?plan=team&period=month&seats=99").await.text;
        assert!(refused.contains("Team has up to 15 people.") && refused.contains("value=\"99\""), "{refused}");
    }

    /// What can't be taken is said at its field; links and sign-ups of others are nobody's.
    async fn signing_up_refuses(site: Site) {
        assert_eq!(begin(&site, &[]).await.status, StatusCode::NOT_FOUND, "nobody takes payments yet");
        assert!(site.get("/start").await.text.contains("By invitation"));
        let _stripe = takes_payments(&site);
        for (field, value) in [("plan", "gold"), ("period", "week"), ("seats", "16"), ("seats", "-1"), ("seats", "many"), ("email", "fern"), ("email", "")] {
            let refused = begin(&site, &[(field, value)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}");
            assert!(refused.text.contains(&format!("field-{field}-error")), "{field} {value}: {}", refused.text);
        }
        assert!(site.mailed().await.is_empty());
        let (cookie, id) = founded(&site).await;
        let other = site.log_in("beta").await;
        for path in [format!("/start/pay/{id}"), format!("/start/done/{id}")] {
            assert_eq!(site.get(&path).await.status, StatusCode::UNAUTHORIZED);
            assert_eq!(site.get_as(&other, &path).await.status, StatusCode::NOT_FOUND);
        }
        for (who, status) in [(None, StatusCode::UNAUTHORIZED), (Some(other.as_str()), StatusCode::NOT_FOUND)] {
            assert_eq!(site.form(who, "/fn/start/pay", "/start", &[("id", &id)]).await.status, status);
        }
        assert_eq!(site.form(Some(&cookie), "/fn/start/pay", "/start", &[("id", "\0")]).await.status, StatusCode::NOT_FOUND);
        // An address that is taken is said while it can be changed.
        begin(&site, &[("email", "ivy@new.example")]).await;
        let link = site.mailed_link("ivy@new.example").await;
        for (field, value) in [("slug", "alpha"), ("slug", "admin"), ("slug", "a b"), ("business", ""), ("zone", "Mars/Base"), ("password", "short"), ("name", "")] {
            let refused = found(&site, None, &link, &[(field, value)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}");
            assert!(refused.cookie().is_none());
        }
        let unnamed = found(&site, None, &link, &[("business", "")]).await.text;
        assert!(unnamed.contains("Enter the business name.") && !unnamed.contains("field-slug-error"), "{unnamed}");
        assert_eq!(found(&site, Some(&other), &link, &[]).await.status, StatusCode::FORBIDDEN, "somebody else's");
        assert_eq!(site.get("/start/business/mail_nothing").await.status, StatusCode::NOT_FOUND);
        site.set_clock("2026-11-30T00:00:00Z");
        assert_eq!(found(&site, None, &link, &[]).await.status, StatusCode::GONE, "a week later");
        let late = site.get(&link).await;
        assert_eq!(late.status, StatusCode::GONE);
        for part in ["This link was good for a week, and has expired.", "href=\"/login\"", "href=\"/start\""] {
            assert!(late.text.contains(part), "{part}: {}", late.text);
        }
        // Many letters to one address: a few, and then a pause.
        let tries = join_all((0..12).map(|_| begin(&site, &[("email", "flood@new.example")]))).await;
        assert!(tries.iter().any(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS));
    }

    /// Whoever left while signing up finds a way on by logging in: to their payment for as long as it is kept, also after the week, and else
    /// to another beginning. On the page where they pay they can choose something else.
    async fn whoever_left_finds_the_way_on(site: Site) {
        let stripe = takes_payments(&site);
        let (cookie, id) = founded(&site).await;
        let page = site.get_as(&cookie, &format!("/start/pay/{id}")).await.text;
        assert!(page.contains("<a href=\"/start\">Choose something else</a>"), "{page}");
        pass(&site, &stripe, 8 * DAY).await;
        let cookie = site.log_in_as(NEW).await;
        site.mailed().await;
        let page = site.get_as(&cookie, "/app").await;
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        assert!(page.text.contains("No organisation yet") && page.text.contains("href=\"/start\""), "{}", page.text);
        let id = another(&site, &cookie, "fern-two", "The first 14 days are free").await;
        pays(&site, &cookie, &id).await;
        pass(&site, &stripe, 8 * DAY).await;
        let cookie = site.log_in_as(NEW).await;
        let pay = format!("/start/pay/{id}");
        assert_eq!(site.get_as(&cookie, "/app").await.location(), pay);
        assert_eq!(site.get_as(&cookie, &pay).await.status, StatusCode::OK);
        assert!(site.get_as(&site.log_in("beta").await, "/app").await.location().starts_with("/app/beta/"), "it is theirs alone");
    }

    /// The link in the letter is good for a week. After that who has begun to pay, or has paid, goes on with it logged in, and nobody else
    /// learns anything by it.
    async fn a_link_is_good_for_a_week(site: Site) {
        let stripe = takes_payments(&site);
        begin(&site, &[]).await;
        let link = site.mailed_link(NEW).await;
        let founded = found(&site, None, &link, &[]).await;
        let (cookie, id) = (founded.cookie().expect("they are logged in"), founded.location().rsplit('/').next().expect("an id").to_owned());
        pays(&site, &cookie, &id).await;
        pass(&site, &stripe, 7 * DAY).await;
        let other = site.log_in("beta").await;
        let again = [("name", ""), ("password", "")];
        let strangers = async || {
            for (who, status) in [(None, StatusCode::UNAUTHORIZED), (Some(other.as_str()), StatusCode::FORBIDDEN)] {
                let page = match who {
                    Some(cookie) => site.get_as(cookie, &link).await,
                    None => site.get(&link).await,
                };
                assert_eq!(page.status, status, "{}", page.text);
                assert!(!page.text.contains(NEW) && !page.text.contains("Fern") && !page.text.contains("5550 1234"), "{}", page.text);
                assert_eq!(found(&site, who, &link, &again).await.status, status);
            }
        };
        strangers().await;
        let cookie = site.log_in_as(NEW).await;
        assert!(site.get_as(&cookie, &link).await.text.contains("Fern Florist"));
        assert_eq!(found(&site, Some(&cookie), &link, &again).await.location(), format!("/start/pay/{id}"));
        stripe.form(&pays(&site, &cookie, &id).await, GOOD);
        assert_eq!(site.get_as(&cookie, &format!("/start/done/{id}")).await.location(), "/app/fern-florist/welcome");
        strangers().await;
        assert_eq!(site.get_as(&cookie, &link).await.location(), "/app/fern-florist/welcome");
        assert_eq!(found(&site, Some(&cookie), &link, &again).await.status, StatusCode::NOT_FOUND, "it is made once");
    }

    /// A name is kept in the one spelling that it was checked in, however it was typed.
    async fn names_are_kept_as_they_were_checked(site: Site) {
        let _stripe = takes_payments(&site);
        begin(&site, &[]).await;
        let link = site.mailed_link(NEW).await;
        let typed = [("business", "  Jose\u{301}’s Florist "), ("name", " Rene\u{301}e Green")];
        let founded = found(&site, None, &link, &typed).await;
        let cookie = founded.cookie().expect("they are logged in");
        let page = site.get_as(&cookie, &link).await.text;
        assert!(page.contains("value=\"José’s Florist\"") && page.contains("value=\"joses-florist\""), "{page}");
        assert!(site.get_as(&cookie, "/account").await.text.contains("Renée Green"));
    }

    /// Whoever has an account logs in, and goes on with it.
    async fn somebody_known_signs_up(site: Site) {
        let _stripe = takes_payments(&site);
        begin(&site, &[("email", "Owner@Beta.Example.com")]).await;
        let link = site.mailed_link("Owner@Beta.Example.com").await;
        assert!(site.get(&link).await.text.contains("has a Devalo account already"));
        assert_eq!(found(&site, None, &link, &[]).await.status, StatusCode::CONFLICT);
        let beta = site.log_in("beta").await;
        let founded = found(&site, Some(&beta), &link, &[("name", ""), ("password", "")]).await;
        assert!(founded.location().starts_with("/start/pay/"), "{founded:?}");
    }

    /// A payment fails: everything goes on for a week, then it can be read, then it is closed; each step is told by mail, once.
    /// A card that works opens everything.
    async fn a_payment_fails(site: Site) {
        let stripe = takes_payments(&site);
        let (cookie, id) = founded(&site).await;
        stripe.form(&pays(&site, &cookie, &id).await, FAILS_LATER);
        site.get_as(&cookie, &format!("/start/done/{id}")).await;
        site.mailed().await;
        pass(&site, &stripe, 12 * DAY).await;
        notices::tell_all(&site.platform).await.expect("they are told");
        notices::tell_all(&site.platform).await.expect("once");
        let letters = site.mailed().await;
        assert_eq!(letters.iter().filter(|letter| letter.subject == "Fern Florist’s trial ends soon").count(), 1, "{letters:?}");
        pass(&site, &stripe, 3 * DAY).await;
        let late = terms(&site, "fern-florist").await.expect("it is there");
        assert_eq!(late.state(), State::PastDue);
        assert!(matches!(late.usage(site.platform.clock.now()), Usage::Late(_)), "{late:?}");
        assert!(site.mailed().await.iter().any(|letter| letter.subject.starts_with("Your payment of $")));
        // Who was logged in at the start isn't any more.
        let cookie = site.log_in_as(NEW).await;
        assert!(site.get_as(&cookie, BILLING).await.text.contains("Your payment of $"));
        for (days, subject) in [(7, "Fern Florist can be read, and not changed"), (14, "Fern Florist is closed")] {
            pass(&site, &stripe, days * DAY).await;
            notices::tell_all(&site.platform).await.expect("they are told");
            assert!(site.mailed().await.iter().any(|letter| letter.subject == subject), "{subject}");
        }
        assert_eq!(terms(&site, "fern-florist").await.expect("it is there").usage(site.platform.clock.now()), Usage::Closed);
        let cookie = site.log_in_as(NEW).await;
        assert_eq!(site.get_as(&cookie, BILLING).await.status, StatusCode::OK, "the plan can be seen to");
        let customer = customer_of(&stripe);
        stripe.control("card", &json!({ "customer": customer, "card": "ok" }));
        let invoice = stripe.look("objects/invoice")["objects"].as_array().expect("invoices").iter()
            .find(|invoice| invoice["status"] == "open").expect("an unpaid one")["id"].as_str().expect("an id").to_owned();
        assert_eq!(stripe.form(&format!("/v1/invoices/{invoice}/pay"), "").status, 200);
        pass(&site, &stripe, 1).await;
        assert_eq!(terms(&site, "fern-florist").await.expect("it is there").usage(site.platform.clock.now()), Usage::Full);
        assert!(site.mailed().await.iter().any(|letter| letter.subject == "Fern Florist’s plan goes on"));
        let page = site.get_as(&cookie, BILLING).await.text;
        assert!(page.contains("$77.00") && page.contains("$7.00") && page.contains("Paid"), "{page}");
    }

    /// The owner changes the plan for what was shown, lets it end, and takes that back. Nobody else can, and not to fewer seats
    /// than are taken.
    async fn an_owner_changes_the_plan(site: Site) {
        let stripe = takes_payments(&site);
        let (cookie, id) = founded(&site).await;
        stripe.form(&pays(&site, &cookie, &id).await, GOOD);
        site.get_as(&cookie, &format!("/start/done/{id}")).await;
        let made = org_id(&site, "fern-florist").await;
        site.join(made, "admin@new.example", Role::Admin).await;
        pass(&site, &stripe, 20 * DAY).await;
        // What was logged in then has ended.
        let cookie = site.log_in_as(NEW).await;
        let (outsider, admin) = (site.log_in("beta").await, site.log_in_as("admin@new.example").await);
        let thought = site.get_as(&cookie, &format!("{BILLING}?plan=business&period=month&seats=20")).await;
        assert!(thought.text.contains("is charged now"), "{}", thought.text);
        let at = hidden(&thought.text, "at");
        let due: i64 = thought.text.split(" is charged now").next().and_then(|before| before.rsplit('$').next())
            .map(|amount| amount.replace(['.', ','], "")).and_then(|cents| cents.parse().ok()).expect("an amount");
        let fields = |plan: &'static str, seats: &'static str| {
            vec![("org", "fern-florist"), ("plan", plan), ("period", "month"), ("seats", seats), ("at", at.as_str())]
        };
        for (who, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&outsider), StatusCode::NOT_FOUND), (Some(&admin), StatusCode::FORBIDDEN)] {
            let refused = site.form(who.map(String::as_str), "/fn/billing/change", BILLING, &fields("business", "20")).await;
            assert_eq!(refused.status, status, "{}", refused.text);
        }
        let refused = site.form(Some(&cookie), "/fn/billing/change", BILLING, &fields("solo", "1")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "two people belong");
        let before = charged(&stripe);
        let changed = site.form(Some(&cookie), "/fn/billing/change", BILLING, &fields("business", "20")).await;
        assert_eq!(changed.location(), "/app/fern-florist/settings/billing?changed=1", "{}", changed.text);
        assert_eq!(charged(&stripe) - before, due, "what was shown is what is charged");
        let again = site.form(Some(&cookie), "/fn/billing/change", BILLING, &fields("business", "20")).await;
        assert_eq!(again.status, StatusCode::FOUND);
        assert_eq!(charged(&stripe) - before, due, "once");
        let after = terms(&site, "fern-florist").await.expect("it is there");
        assert_eq!((after.plan.as_str(), after.plan_seats, after.plan_price), ("business", Some(20), None));
        let end = |ends: bool| if ends { vec![("org", "fern-florist"), ("ends", "true")] } else { vec![("org", "fern-florist")] };
        assert_eq!(site.form(Some(&admin), "/fn/billing/let-end", BILLING, &end(true)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.form(Some(&cookie), "/fn/billing/let-end", BILLING, &end(true)).await.status, StatusCode::FOUND);
        let ending = terms(&site, "fern-florist").await.expect("it is there");
        assert_eq!((ending.state(), ending.usage(site.platform.clock.now())), (State::Ended, Usage::Full));
        assert!(site.get_as(&cookie, BILLING).await.text.contains("Keep plan"));
        assert_eq!(site.form(Some(&cookie), "/fn/billing/let-end", BILLING, &end(false)).await.status, StatusCode::FOUND);
        assert_eq!(terms(&site, "fern-florist").await.expect("it is there").state(), State::Active);
        let portal = site.form(Some(&cookie), "/fn/billing/portal", BILLING, &[("org", "fern-florist")]).await;
        assert!(portal.location().starts_with(&stripe.base), "{portal:?}");
        assert_eq!(site.form(Some(&admin), "/fn/billing/portal", BILLING, &[("org", "fern-florist")]).await.status, StatusCode::FORBIDDEN);
        // Ended for good, it can be read for thirty days.
        site.form(Some(&cookie), "/fn/billing/let-end", BILLING, &end(true)).await;
        pass(&site, &stripe, 31 * DAY).await;
        let ended = terms(&site, "fern-florist").await.expect("it is there");
        assert!(matches!(ended.usage(site.platform.clock.now()), Usage::ReadOnly(_)), "{ended:?}");
    }

    /// Looking at what a change would cost makes nothing at Stripe, and says what the change then costs, also where nobody has bought that
    /// before.
    async fn looking_makes_nothing(site: Site) {
        let stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        takes_up_team(&site, &stripe, &owner).await;
        pass(&site, &stripe, 30 * DAY).await;
        let owner = site.log_in("alpha").await;
        let here = "/app/alpha/settings/billing";
        let kinds = || ["product", "price"].map(|kind| stripe.look(&format!("objects/{kind}"))["objects"].as_array().map_or(0, Vec::len));
        let before = kinds();
        let thought = site.get_as(&owner, &format!("{here}?plan=business&period=month&seats=20")).await.text;
        let at = hidden(&thought, "at");
        assert_eq!(kinds(), before, "looking made something");
        let fields = [("org", "alpha"), ("plan", "business"), ("period", "month"), ("seats", "20"), ("at", at.as_str())];
        let paid = charged(&stripe);
        let changed = site.form(Some(&owner), "/fn/billing/change", here, &fields).await;
        assert_eq!(changed.status, StatusCode::FOUND, "{}", changed.text);
        assert!(kinds() != before, "who buys it has it made");
        let due = charged(&stripe) - paid;
        let words = if due > 0 { format!("{} is charged now", dollars(due)) } else { "is taken off your next invoices".to_owned() };
        assert!(thought.contains(&words), "{words}: {thought}");
    }

    /// What Stripe sends a business bears its ABN: the one in its details, from the first page to pay on, and another once it changes.
    async fn the_buyers_abn_is_told(site: Site) {
        let stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        let told = || {
            let ids = stripe.look("objects/tax_id");
            let ids = ids["objects"].as_array().cloned().unwrap_or_default();
            ids.into_iter().map(|id| id["value"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        details(&site, &owner, "", "51 824 753 556", "").await;
        abns::tell_due(&site.platform).await.expect("there is nobody to tell yet");
        assert!(told().is_empty());
        takes_up_team(&site, &stripe, &owner).await;
        assert_eq!(told(), ["51824753556"]);
        // The same details again, and another number.
        details(&site, &owner, "Alpha Clinic Pty Ltd", "51 824 753 556", "").await;
        details(&site, &owner, "Alpha Clinic Pty Ltd", "53 004 085 616", "").await;
        assert_eq!(told(), ["51824753556"], "a job tells it");
        // Stripe can’t be reached: it is told later.
        stripe.control("outage", &json!({ "mode": "500" }));
        abns::tell_due(&site.platform).await.expect("it is tried again");
        stripe.control("outage", &json!({ "mode": "none" }));
        abns::tell_due(&site.platform).await.expect("not yet");
        assert_eq!(told(), ["51824753556"]);
        pass(&site, &stripe, 11 * 60).await;
        abns::tell_due(&site.platform).await.expect("it is told");
        abns::tell_due(&site.platform).await.expect("once");
        assert_eq!(told(), ["53004085616"]);
        let owner = site.log_in("alpha").await;
        details(&site, &owner, "Alpha Clinic Pty Ltd", "", "").await;
        abns::tell_due(&site.platform).await.expect("it is told");
        assert!(told().is_empty());
    }

    /// Once what was paid for at Stripe has ended, whoever runs the platform agrees to a plan by hand, and the daily comparison leaves it
    /// so. Before then it can't; and what is taken up at Stripe afterwards holds again.
    async fn what_is_over_undoes_nothing(site: Site) {
        let stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        takes_up_team(&site, &stripe, &owner).await;
        let operator = operator(&site).await;
        let agree = async |status: StatusCode| {
            let fields = [("slug", "alpha"), ("plan", "business"), ("period", "month"), ("seats", "20"), ("price", ""), ("state", "active"), ("last_day", "")];
            let answer = site.form(Some(&operator), "/fn/admin/agree", "/admin/orgs/alpha", &fields).await;
            assert_eq!(answer.status, status, "{}", answer.text);
        };
        agree(StatusCode::CONFLICT).await;
        site.form(Some(&owner), "/fn/billing/let-end", "/app/alpha/settings/billing", &[("org", "alpha"), ("ends", "true")]).await;
        agree(StatusCode::CONFLICT).await;
        let subscription = stripe.look("objects/subscription")["objects"][0]["id"].as_str().expect("an id").to_owned();
        site.platform.payments().expect("Stripe").end(&subscription).await.expect("it ends");
        pass(&site, &stripe, 5).await;
        let of = async || terms(&site, "alpha").await.expect("it is there");
        assert_eq!((of().await.billed_by.as_str(), of().await.state()), ("stripe", State::Ended));
        agree(StatusCode::FOUND).await;
        let by_hand = of().await;
        assert_eq!((by_hand.plan.as_str(), by_hand.plan_seats, by_hand.billed_by.as_str(), by_hand.state()), ("business", Some(20), "manual", State::Active));
        events::reconcile(&site.platform).await.expect("it is compared");
        pass(&site, &stripe, 2 * DAY).await;
        events::reconcile(&site.platform).await.expect("it is compared");
        assert_eq!(of().await, by_hand, "what is over undid it");
        let owner = site.log_in("alpha").await;
        takes_up_team(&site, &stripe, &owner).await;
        assert_eq!((of().await.plan.as_str(), of().await.billed_by.as_str()), ("team", "stripe"));
        events::reconcile(&site.platform).await.expect("it is compared");
        assert_eq!(of().await.plan, "team");
    }

    /// An organisation whose plan was set by hand takes one up, and pays once however often it is sent to.
    async fn a_plan_is_taken_up(site: Site) {
        let stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        let here = "/app/alpha/settings/billing";
        assert!(site.get_as(&owner, here).await.text.contains("Take up a plan"));
        let fields = [("org", "alpha"), ("plan", "team"), ("period", "year"), ("seats", "5")];
        let sent = site.form(Some(&owner), "/fn/billing/take-up", here, &fields).await;
        let again = site.form(Some(&owner), "/fn/billing/take-up", here, &fields).await;
        assert_eq!(sent.location(), again.location(), "the same try is the same page");
        assert!(sent.location().starts_with(&stripe.base), "{sent:?}");
        let back = stripe.form(sent.location(), GOOD);
        assert_eq!(back.location.as_deref(), Some("http://localhost:3000/app/alpha/settings/billing?paid=1"));
        let page = site.get_as(&owner, "/app/alpha/settings/billing?paid=1").await.text;
        assert!(page.contains("Thank you") && page.contains("$590.00 a year"), "{page}");
        let refused = site.form(Some(&owner), "/fn/billing/take-up", here, &fields).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "it has one");
        assert_eq!(charged(&stripe), 59_000);
        assert_eq!(terms(&site, "alpha").await.expect("it is there").billed_by, "stripe");
        // Some of it is given back: the page says so.
        stripe.control("refund", &json!({ "customer": customer_of(&stripe) }));
        pass(&site, &stripe, 1).await;
        assert!(site.get_as(&owner, here).await.text.contains("was refunded"));
    }

    /// What was agreed by hand is what is charged, once the free days are over. It stays so while it stays the same, and the page says
    /// what ends with another choice.
    async fn the_agreed_price_is_charged(site: Site) {
        let stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        let here = "/app/alpha/settings/billing";
        let until = site.platform.clock.now().plus_seconds(40 * DAY);
        site.agree(site.alpha, &special(&site, until)).await;
        let page = site.get_as(&owner, here).await.text;
        assert!(page.contains("Your offer") && page.contains("Team, 8 people, $49.50 a month, including GST. Free until"), "{page}");
        let fields = |seats: &'static str| [("org", "alpha"), ("plan", "team"), ("period", "month"), ("seats", seats)];
        let sent = site.form(Some(&owner), "/fn/billing/take-up", here, &fields("8")).await;
        let again = site.form(Some(&owner), "/fn/billing/take-up", here, &fields("8")).await;
        assert_eq!(sent.location(), again.location(), "the same try is the same page");
        assert_eq!(stripe.form(sent.location(), GOOD).status, 303);
        site.get_as(&owner, &format!("{here}?paid=1")).await;
        let of = async || terms(&site, "alpha").await.expect("it is there");
        let made = of().await;
        assert_eq!((made.billed_by.as_str(), made.state(), made.billing_until), ("stripe", State::Trial, Some(until)));
        assert_eq!((made.plan_seats, made.plan_price, charged(&stripe)), (Some(8), Some(4_950), 0));
        pass(&site, &stripe, 41 * DAY).await;
        let paying = of().await;
        assert_eq!((paying.state(), paying.plan_price, charged(&stripe)), (State::Active, Some(4_950), 4_950));
        let owner = site.log_in("alpha").await;
        let at = seconds(&site).to_string();
        let change = async |seats: &'static str| {
            let fields: Vec<_> = fields(seats).into_iter().chain([("at", at.as_str())]).collect();
            site.form(Some(&owner), "/fn/billing/change", here, &fields).await.status
        };
        let thought = site.get_as(&owner, &format!("{here}?plan=team&period=month&seats=8")).await.text;
        assert!(thought.contains("$49.50 a month, including GST") && thought.contains("Nothing changes: it is what you have."), "{thought}");
        assert_eq!(change("8").await, StatusCode::FOUND);
        assert_eq!((of().await, charged(&stripe)), (paying, 4_950), "the same is the same price");
        let thought = site.get_as(&owner, &format!("{here}?plan=team&period=month&seats=9")).await.text;
        assert!(thought.contains("$95.00 a month, including GST. The price agreed with you, $49.50, ends."), "{thought}");
        assert_eq!(change("9").await, StatusCode::FOUND);
        assert_eq!((of().await.plan_seats, of().await.plan_price), (Some(9), None));
    }

    /// The agreed price and the free days are for what was agreed alone: anything else is paid for at the plan’s price, at once.
    async fn another_choice_has_the_plans_price(site: Site) {
        let stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        site.agree(site.alpha, &special(&site, site.platform.clock.now().plus_seconds(40 * DAY))).await;
        let here = "/app/alpha/settings/billing";
        let fields = [("org", "alpha"), ("plan", "team"), ("period", "month"), ("seats", "9")];
        let sent = site.form(Some(&owner), "/fn/billing/take-up", here, &fields).await;
        assert_eq!(stripe.form(sent.location(), GOOD).status, 303);
        site.get_as(&owner, &format!("{here}?paid=1")).await;
        let made = terms(&site, "alpha").await.expect("it is there");
        assert_eq!((made.state(), made.plan_seats, made.plan_price, charged(&stripe)), (State::Active, Some(9), None, 9_500));
    }

    /// Free days that are nearly over aren’t lost: what is left counts as whole days. What is over is over, and the price stays.
    async fn the_last_free_day_counts(site: Site) {
        let stripe = takes_payments(&site);
        let now = site.platform.clock.now();
        site.agree(site.alpha, &special(&site, now.plus_seconds(DAY / 2))).await;
        site.agree(site.beta, &special(&site, now.plus_seconds(-1))).await;
        for (org, state, due) in [("alpha", State::Trial, 0), ("beta", State::Active, 4_950)] {
            let owner = site.log_in(org).await;
            let here = format!("/app/{org}/settings/billing");
            let fields = [("org", org), ("plan", "team"), ("period", "month"), ("seats", "8")];
            let sent = site.form(Some(&owner), "/fn/billing/take-up", &here, &fields).await;
            assert_eq!(stripe.form(sent.location(), GOOD).status, 303, "{org}");
            site.get_as(&owner, &format!("{here}?paid=1")).await;
            let made = terms(&site, org).await.expect("it is there");
            assert_eq!((made.state(), made.plan_price, charged(&stripe)), (state, Some(4_950), due), "{org}");
        }
    }

    /// Whatever was agreed by hand can be paid: also for more people than the plan has, or for a plan that nobody else can have, with no
    /// limit to them, and once its free days are over. It is what was agreed then, and stays so.
    async fn what_was_agreed_can_be_paid(site: Site) {
        let (stripe, operator) = (takes_payments(&site), operator(&site).await);
        let now = site.platform.clock.now();
        let solo = Terms { plan: "solo".to_owned(), plan_seats: Some(5), plan_price: Some(1_000), ..Terms::custom(now) };
        let custom = Terms {
            plan_price: Some(50_000),
            plan_modules: Some("calendar tasks".to_owned()),
            billing_state: State::Trial.as_str().to_owned(),
            billing_until: Some(now.plus_seconds(-1)),
            ..Terms::custom(now)
        };
        site.agree(site.alpha, &solo).await;
        site.agree(site.beta, &custom).await;
        let attention = async |words: &str| {
            let page: OverviewPage = site.read(&operator, "/fn/admin/overview").await.expect("the overview");
            page.attention.iter().any(|line| line.words.contains(words))
        };
        assert!(attention("What was agreed by hand with one organisation has run out").await);
        let mut paid = 0;
        for (org, said, plan, seats, cents) in [
            ("alpha", "Solo, 5 people, $10.00 a month, including GST.", "solo", "5", 1_000),
            ("beta", "Custom, $500.00 a month, including GST.", "custom", "", 50_000),
        ] {
            let owner = site.log_in(org).await;
            let here = format!("/app/{org}/settings/billing");
            let page = site.get_as(&owner, &here).await.text;
            assert!(page.contains(said) && page.contains("Your offer") && page.contains("Continue with this offer"), "{page}");
            assert_eq!((hidden(&page, "plan").as_str(), hidden(&page, "period").as_str()), (plan, "month"));
            let thought = site.get_as(&owner, &format!("{here}?plan={plan}&period=month&seats={seats}")).await.text;
            assert!(thought.contains("The first payment is due at once") && thought.contains(&dollars(cents)), "{thought}");
            let fields = [("org", org), ("plan", plan), ("period", "month"), ("seats", seats)];
            let sent = site.form(Some(&owner), "/fn/billing/take-up", &here, &fields).await;
            assert_eq!(sent.status, StatusCode::FOUND, "{}", sent.text);
            assert_eq!(stripe.form(sent.location(), GOOD).status, 303);
            site.get_as(&owner, &format!("{here}?paid=1")).await;
            paid += cents;
            assert_eq!(charged(&stripe), paid);
            let made = terms(&site, org).await.expect("it is there");
            let wanted = if org == "alpha" { &solo } else { &custom };
            assert_eq!((made.billed_by.as_str(), made.state(), made.usage(now)), ("stripe", State::Active, Usage::Full));
            assert_eq!((&made.plan, made.plan_seats, made.plan_price, &made.plan_modules), (&wanted.plan, wanted.plan_seats, wanted.plan_price, &wanted.plan_modules));
            let thought = site.get_as(&owner, &format!("{here}?plan={plan}&period=month&seats={seats}")).await.text;
            assert!(thought.contains("Nothing changes: it is what you have."), "{thought}");
        }
        assert!(!attention("has run out").await);
    }

    /// What is free as agreed needs no card, and is for exactly as many as were agreed. Another choice is paid for.
    async fn what_is_free_needs_no_card(site: Site) {
        let stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        let here = "/app/alpha/settings/billing";
        let free = Terms { plan: "business".to_owned(), plan_seats: Some(5), plan_price: Some(0), ..Terms::custom(site.platform.clock.now()) };
        site.agree(site.alpha, &free).await;
        let page = site.get_as(&owner, here).await.text;
        assert!(page.contains("1 of 5") && page.contains("Business, 5 people, free. There is nothing to pay"), "{page}");
        assert!(page.contains("Your free plan ends and you pay today.") && !page.contains("Continue with this offer") && !page.contains("Business, 20 people"), "{page}");
        let take_up = async |seats: &'static str| {
            let fields = [("org", "alpha"), ("plan", "business"), ("period", "month"), ("seats", seats)];
            site.form(Some(&owner), "/fn/billing/take-up", here, &fields).await
        };
        let refused = take_up("5").await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
        assert!(refused.text.contains("no card is needed"), "{}", refused.text);
        let thought = site.get_as(&owner, &format!("{here}?plan=business&period=month&seats=5")).await.text;
        assert!(thought.contains("there is nothing to pay, and no card is needed"), "{thought}");
        assert_eq!(stripe.look("objects/checkout.session")["objects"].as_array().map_or(0, Vec::len), 0);
        let sent = take_up("20").await;
        assert_eq!(stripe.form(sent.location(), GOOD).status, 303);
        site.get_as(&owner, &format!("{here}?paid=1")).await;
        assert_eq!((terms(&site, "alpha").await.expect("it is there").plan_seats, charged(&stripe)), (Some(20), 14_900));
    }

    /// What was paid too much comes off what is due: the preview says so, the card is charged for the rest alone, and the page and the
    /// invoice tell of it.
    async fn a_credit_comes_off_what_is_due(site: Site) {
        let stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        let here = "/app/alpha/settings/billing";
        let fields = [("org", "alpha"), ("plan", "business"), ("period", "month"), ("seats", "25")];
        let sent = site.form(Some(&owner), "/fn/billing/take-up", here, &fields).await;
        assert_eq!(stripe.form(sent.location(), GOOD).status, 303);
        site.get_as(&owner, &format!("{here}?paid=1")).await;
        let change = async |period: &'static str| {
            let thought = site.get_as(&owner, &format!("{here}?plan=solo&period={period}&seats=1")).await.text;
            let at = hidden(&thought, "at");
            let fields = [("org", "alpha"), ("plan", "solo"), ("period", period), ("seats", "1"), ("at", at.as_str())];
            let changed = site.form(Some(&owner), "/fn/billing/change", here, &fields).await;
            assert_eq!(changed.status, StatusCode::FOUND, "{}", changed.text);
            thought
        };
        pass(&site, &stripe, 60).await;
        assert!(change("month").await.contains("is taken off your next invoices"));
        let balance = || stripe.look("objects/customer")["objects"][0]["balance"].as_i64().expect("cents");
        let credit = -balance();
        assert!(credit > 10_000, "{credit}");
        let page = site.get_as(&owner, here).await.text;
        assert!(page.contains(&format!("You have {} credit.", dollars(credit))), "{page}");
        pass(&site, &stripe, 60).await;
        let before = charged(&stripe);
        let thought = change("year").await;
        let due = charged(&stripe) - before;
        assert!(due > 0 && balance() == 0, "{due}");
        let words = format!("{} is charged now ({} less {} credit)", dollars(due), dollars(due + credit), dollars(credit));
        assert!(thought.contains(&words), "{words}: {thought}");
        let page = site.get_as(&owner, here).await.text;
        assert!(!page.contains("You have $"), "{page}");
        let number = page.split("/settings/billing/invoices/").nth(1).and_then(|rest| rest.split('"').next());
        let invoice = site.get_as(&owner, &format!("{here}/invoices/{}", number.expect("an invoice"))).await.text;
        let words = format!("{} of it came off your credit; {} was left to pay", dollars(credit), dollars(due));
        assert!(invoice.contains(&words), "{words}: {invoice}");
    }

    /// A change whose answer is lost on the way is told as what became of it, and is paid for once.
    async fn a_lost_answer_is_looked_up(site: Site) {
        let stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        takes_up_team(&site, &stripe, &owner).await;
        let thinking = "/app/alpha/settings/billing?plan=team&period=year&seats=6";
        let at = hidden(&site.get_as(&owner, thinking).await.text, "at");
        let fields = [("org", "alpha"), ("plan", "team"), ("period", "year"), ("seats", "6"), ("at", at.as_str())];
        let change = async || site.form(Some(&owner), "/fn/billing/change", thinking, &fields).await;
        let (before, paid) = (terms(&site, "alpha").await, charged(&stripe));
        // It never came there.
        stripe.control("outage", &json!({ "mode": "500", "path": "subscriptions/" }));
        let lost = change().await;
        stripe.control("outage", &json!({ "mode": "none" }));
        assert_eq!(lost.status, StatusCode::SERVICE_UNAVAILABLE, "{}", lost.text);
        assert!(lost.text.contains("Your plan is as it was, and nothing was charged."), "{}", lost.text);
        assert_eq!((terms(&site, "alpha").await, charged(&stripe)), (before, paid));
        // It was carried out, and the answer was lost, the second try’s too.
        stripe.control("outage", &json!({ "mode": "reset", "after": true, "path": "subscriptions/", "times": 2 }));
        let changed = change().await;
        stripe.control("outage", &json!({ "mode": "none" }));
        assert_eq!(changed.location(), "/app/alpha/settings/billing?changed=1", "{}", changed.text);
        assert_eq!(terms(&site, "alpha").await.expect("it is there").plan_seats, Some(6));
        let once = charged(&stripe);
        assert!(once > paid);
        assert_eq!(change().await.status, StatusCode::FOUND);
        assert_eq!(charged(&stripe), once, "once");
    }

    /// A card that is declined changes nothing, and it is said what to do. With another card it goes on from there.
    async fn a_declined_card_changes_nothing(site: Site) {
        let stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        takes_up_team(&site, &stripe, &owner).await;
        let (before, paid) = (terms(&site, "alpha").await, charged(&stripe));
        let here = "/app/alpha/settings/billing";
        let change = async || {
            let thinking = format!("{here}?plan=business&period=year&seats=20");
            let at = hidden(&site.get_as(&owner, &thinking).await.text, "at");
            let fields = [("org", "alpha"), ("plan", "business"), ("period", "year"), ("seats", "20"), ("at", at.as_str())];
            site.form(Some(&owner), "/fn/billing/change", &thinking, &fields).await
        };
        stripe.control("card", &json!({ "customer": customer_of(&stripe), "card": "no_funds" }));
        let refused = change().await;
        assert_eq!(refused.status, StatusCode::PAYMENT_REQUIRED, "{}", refused.text);
        assert!(refused.text.contains("Your card was refused, so nothing has changed."), "{}", refused.text);
        pass(&site, &stripe, 1).await;
        assert_eq!((terms(&site, "alpha").await, charged(&stripe)), (before, paid));
        stripe.control("card", &json!({ "customer": customer_of(&stripe), "card": "ok" }));
        let changed = change().await;
        assert_eq!(changed.location(), "/app/alpha/settings/billing?changed=1", "{}", changed.text);
        assert_eq!(terms(&site, "alpha").await.expect("it is there").plan, "business");
        assert!(charged(&stripe) > paid);
    }

    /// A payment that a bank disputes is shown as such, until that came to nothing.
    async fn a_dispute_is_shown(site: Site) {
        let stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        takes_up_team(&site, &stripe, &owner).await;
        let shown = async || {
            let page = site.get_as(&owner, "/app/alpha/settings/billing").await.text;
            assert_eq!(page.contains("Your bank has disputed"), page.contains(">Disputed<"), "{page}");
            (page.contains("Your bank has disputed"), page.contains("was refunded"))
        };
        let operator = operator(&site).await;
        let seen = async || {
            let overview = site.get_as(&operator, "/admin").await.text;
            let line = overview.split("One payment is disputed: answer it at Stripe").next().filter(|before| before.len() < overview.len());
            assert!(line.is_none_or(|before| before.contains("href=\"/admin/orgs/alpha\"")), "{overview}");
            (line.is_some(), site.get_as(&operator, "/admin/orgs/alpha").await.text.contains(">Disputed<"))
        };
        assert_eq!((shown().await, seen().await), ((false, false), (false, false)));
        let dispute = stripe.control("dispute", &json!({ "customer": customer_of(&stripe) }));
        pass(&site, &stripe, 1).await;
        assert_eq!((shown().await, seen().await), ((true, false), (true, true)));
        let told = site.get_as(&operator, "/admin/payments").await.text;
        let line = told.split(" is disputed").nth(1).and_then(|rest| rest.split("</li>").next());
        assert!(line.is_some_and(|line| line.contains("href=\"/admin/orgs/alpha\"")), "{told}");
        stripe.control("dispute/close", &json!({ "dispute": dispute["id"], "status": "won" }));
        pass(&site, &stripe, 1).await;
        assert_eq!((shown().await, seen().await), ((false, false), (false, false)));
    }

    /// An invoice is one that an accountant takes: it says who sold, who bought, what for and the GST in it, adds up, and stays as it was
    /// made when the business moves. What was given back stands below. It is the owner's alone, and nobody else's.
    async fn a_tax_invoice(site: Site) {
        let stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        details(&site, &owner, "Alpha Clinic Pty Ltd", "53 004 085 616", "12 High Street, Newtown NSW 2042").await;
        let here = "/app/alpha/settings/billing";
        let fields = [("org", "alpha"), ("plan", "team"), ("period", "year"), ("seats", "7")];
        let sent = site.form(Some(&owner), "/fn/billing/take-up", here, &fields).await;
        stripe.form(sent.location(), GOOD);
        let list = site.get_as(&owner, "/app/alpha/settings/billing?paid=1").await.text;
        let number = list.split("/settings/billing/invoices/").nth(1).and_then(|rest| rest.split('"').next());
        let page = format!("{here}/invoices/{}", number.unwrap_or_else(|| panic!("no invoice: {list}")));
        let unnamed = site.get_as(&owner, &page).await;
        assert_eq!(unnamed.status, StatusCode::OK, "{}", unnamed.text);
        assert!(unnamed.text.contains("This isn’t a tax invoice yet") && !unnamed.text.contains("Tax invoice"), "{}", unnamed.text);
        // Once the operator has said who sells, it says so at the next look, and from then on always.
        let seller = |name: &str| Seller { name: name.to_owned(), abn: "51824753556".to_owned(), address: "1 Harbour Street, Sydney".to_owned() };
        site.platform.sell_as(seller("Devalo Australia Pty Ltd"));
        sync::take_over(&site.platform, &customer_of(&stripe)).await.expect("taken over");
        let total = charged(&stripe);
        let made = site.get_as(&owner, &page).await.text;
        let invoices = stripe.look("objects/invoice");
        let lines = invoices["objects"][0]["lines"]["data"].as_array().expect("lines").clone();
        assert_eq!(lines.len(), 2, "the plan, and the seats more");
        let amounts: Vec<i64> = lines.iter().map(|line| line["amount"].as_i64().expect("cents")).collect();
        assert_eq!(amounts.iter().sum::<i64>(), total);
        let gst = invoices["objects"][0]["total_taxes"][0]["amount"].as_i64().expect("cents");
        assert!((gst * 11 - total).abs() <= 11, "{gst} of {total}");
        let parts = ["Tax invoice", "Devalo Australia Pty Ltd", "ABN 51 824 753 556", "1 Harbour Street, Sydney", "Alpha Clinic Pty Ltd",
            "ABN 53 004 085 616", "12 High Street, Newtown NSW 2042", "Devalo Team", "23 November 2026", "Total, including GST", "GST in the total", "Paid on"];
        for part in parts.into_iter().map(str::to_owned).chain(amounts.iter().chain([&total, &gst]).map(|cents| dollars(*cents))) {
            assert!(made.contains(&part), "{part}: {made}");
        }
        assert!(!made.contains("isn’t a tax invoice") && !made.contains("Adjustment note"), "{made}");
        // The business moves, and has another name: what it was sold stays what it was.
        details(&site, &owner, "Other Pty Ltd", "", "1 Low Street, Broome WA 6725").await;
        pass(&site, &stripe, 1).await;
        sync::take_over(&site.platform, &customer_of(&stripe)).await.expect("taken over");
        let still = site.get_as(&owner, &page).await.text;
        assert!(still.contains("Alpha Clinic Pty Ltd") && still.contains("12 High Street") && !still.contains("Low Street"), "{still}");
        // Some of it is given back: an adjustment, with its part of the GST.
        stripe.control("refund", &json!({ "customer": customer_of(&stripe), "amount": 1_100 }));
        pass(&site, &stripe, 1).await;
        let adjusted = site.get_as(&owner, &page).await.text;
        for part in ["Adjustment note", "Refunded on 23 November 2026", "−$11.00", "−$1.00", &dollars(total), &dollars(total - 1_100)] {
            assert!(adjusted.contains(part), "{part}: {adjusted}");
        }
        for (email, role) in [("admin@alpha.example", Role::Admin), ("member@alpha.example", Role::Member)] {
            let (_, cookie) = site.join(site.alpha, email, role).await;
            let refused = site.get_as(&cookie, &page).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{email}");
            assert!(!refused.text.contains("51 824 753 556") && !refused.text.contains("High Street"), "{}", refused.text);
        }
        assert_eq!(site.get(&page).await.status, StatusCode::UNAUTHORIZED);
        let beta = site.log_in("beta").await;
        for theirs in [page.clone(), page.replace("/alpha/", "/beta/")] {
            let refused = site.get_as(&beta, &theirs).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{theirs}");
            assert!(!refused.text.contains("High Street"), "{}", refused.text);
        }
        assert_eq!(site.get_as(&owner, &format!("{here}/invoices/NONE-0001")).await.status, StatusCode::NOT_FOUND);
    }

    /// What comes in another order is the same invoice: what is on it is kept once, how it stands is what was heard last. A credit is an
    /// adjustment note of its own, and what is credited and given back is counted once.
    async fn an_invoice_is_kept_as_it_was_made(site: Site) {
        let heard = Arc::new(Mutex::new(month(14)));
        let answer = Arc::clone(&heard);
        site.platform.take_payments(Payments::told(Arc::new(move |_: &str| Ok(answer.lock().expect("it").clone())), vec!["whsec".to_owned()]));
        site.platform.sell_as(Seller { name: "Devalo Australia Pty Ltd".to_owned(), abn: "51824753556".to_owned(), address: String::new() });
        link(&site.platform, site.alpha, "cus_1").await;
        let owner = site.log_in("alpha").await;
        let page = async |number: &str| site.get_as(&owner, &format!("/app/alpha/settings/billing/invoices/{number}")).await.text;
        sync::take_over(&site.platform, "cus_1").await.expect("taken over");
        let unpaid = page("IN_1").await;
        assert!(unpaid.contains("Unpaid") && unpaid.contains("$59.00") && unpaid.contains("$5.36"), "{unpaid}");
        let mut account = month(25);
        let paid = account.invoices[0].clone();
        account.invoices[0] = Invoice { total: 1, gst: 0, number: "OTHER".to_owned(), lines: Vec::new(), credited_after: 1_000, ..paid.clone() };
        account.invoices.push(Invoice {
            id: "in_2".to_owned(),
            number: "IN_2".to_owned(),
            total: -1_100,
            gst: -100,
            lines: vec![Line { amount: -1_100, ..paid.lines[0].clone() }],
            ..paid
        });
        account.returns.push(Returned {
            id: "ch_1".to_owned(),
            amount: 5_900,
            refunded: 600,
            disputed: true,
            made_at: account.invoices[0].made_at,
            invoice: Some("in_1".to_owned()),
            returned_at: None,
        });
        *heard.lock().expect("it") = account;
        sync::take_over(&site.platform, "cus_1").await.expect("taken over");
        let now = page("IN_1").await;
        for part in ["Paid on", "$59.00", "$5.36", "Devalo Team", "Refunded", "−$6.00", "Credited to you", "−$4.00", "$49.00", "Your bank has disputed"] {
            assert!(now.contains(part), "{part}: {now}");
        }
        heard.lock().expect("it").returns[0].disputed = false;
        sync::take_over(&site.platform, "cus_1").await.expect("taken over");
        let list = site.get_as(&owner, "/app/alpha/settings/billing").await.text;
        assert!(list.contains("Paid, $6.00 refunded") && !list.contains("Disputed"), "{list}");
        let credit = page("IN_2").await;
        assert!(credit.contains("Adjustment note") && credit.contains("−$11.00") && credit.contains("−$1.00"), "{credit}");
        assert!(!credit.contains("Tax invoice"), "{credit}");
    }

    /// What isn't signed by Stripe, or was signed long ago, isn't taken; what is known or of no matter is kept and done.
    async fn events_are_checked(site: Site) {
        let nobody = webhook(&site, "{}", "t=1,v1=00").await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND, "no payments here");
        site.platform.take_payments(Payments::told(Arc::new(|_| Ok(Account::default())), vec!["whsec_old".to_owned(), "whsec_new".to_owned()]));
        let now = seconds(&site);
        let event = json!({ "id": "evt_1", "type": "invoice.paid", "created": now, "data": { "object": { "id": "in_1", "object": "invoice", "customer": "cus_1" } } }).to_string();
        for (signature, why) in [
            (String::new(), "none"),
            ("t=,v1=".to_owned(), "empty"),
            (signed("whsec_other", now, &event), "another secret"),
            (signed("whsec_new", now - 301, &event), "too old"),
            (signed("whsec_new", now + 301, &event), "from the future"),
            (signed("whsec_new", now, "{}"), "another body"),
            (signed("whsec_new", now, &event).replace("v1=", "v0="), "another scheme"),
            (format!("t={now},v1=zz"), "no hex"),
        ] {
            assert_eq!(webhook(&site, &event, &signature).await.status, StatusCode::BAD_REQUEST, "{why}");
        }
        assert_eq!(told(&site).await, 0, "nothing was written down");
        // The operator sees that something is wrong with the secret, until Stripe is understood again.
        let operator = operator(&site).await;
        let overview = async || site.get_as(&operator, "/admin").await.text;
        let seen = overview().await;
        assert!(seen.contains("8 webhooks were refused") && seen.contains("is STRIPE_WEBHOOK_SECRET right?"), "{seen}");
        for secret in ["whsec_old", "whsec_new", "whsec_new"] {
            assert_eq!(webhook(&site, &event, &signed(secret, now, &event)).await.status, StatusCode::OK, "{secret}");
        }
        assert_eq!(told(&site).await, 1, "the same one is the same one");
        assert!(!overview().await.contains("STRIPE_WEBHOOK_SECRET"), "it is right");
        for (kind, object) in [("radar.early_fraud_warning.created", json!({})), ("invoice.paid", json!({ "customer": null })), ("never.heard", json!({ "customer": { "id": "cus_2" } }))] {
            let event = json!({ "id": format!("evt_{kind}{object}"), "type": kind, "created": now, "data": { "object": object } }).to_string();
            assert_eq!(webhook(&site, &event, &signed("whsec_new", now, &event)).await.status, StatusCode::OK, "{kind}");
        }
        assert_eq!(waiting(&site).await, vec!["evt_1".to_owned()], "what is of no matter is done with");
        for body in ["", "[]", "{\"id\":\"evt_2\"}", "\u{0}", "{\"id\":\"\",\"type\":\"invoice.paid\",\"created\":1,\"data\":{\"object\":{}}}"] {
            assert_eq!(webhook(&site, body, &signed("whsec_new", now, body)).await.status, StatusCode::BAD_REQUEST, "{body}");
        }
        let large = "x".repeat(600_000);
        assert_eq!(webhook(&site, &large, &signed("whsec_new", now, &large)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(events::take_over_due(&site.platform).await.expect("taken over"), 1);
        assert!(waiting(&site).await.is_empty());
    }

    /// Stripe is down for an hour: what came is kept and tried again; the operator sees what can't be taken over, and has it done
    /// again.
    async fn stripe_is_down(site: Site) {
        let down = Arc::new(Mutex::new(Some(Trouble { passes: true, why: "Stripe: 500 api_error".to_owned() })));
        let answers = Arc::clone(&down);
        let answer = move |_: &str| answers.lock().expect("it").clone().map_or_else(|| Ok(month(30)), Err);
        site.platform.take_payments(Payments::told(Arc::new(answer), vec!["whsec".to_owned()]));
        link(&site.platform, site.alpha, "cus_1").await;
        let event = json!({ "id": "evt_1", "type": "invoice.paid", "created": seconds(&site), "data": { "object": { "customer": "cus_1" } } }).to_string();
        webhook(&site, &event, &signed("whsec", seconds(&site), &event)).await;
        let before = terms(&site, "alpha").await;
        for minutes in [0, 1, 3, 10, 30, 60] {
            set_clock(&site, 1_795_384_800 + minutes * 60);
            assert_eq!(events::take_over_due(&site.platform).await.expect("tried"), 0);
        }
        assert_eq!(terms(&site, "alpha").await, before);
        *down.lock().expect("it") = Some(Trouble { passes: false, why: "a subscription isn’t in Australian dollars".to_owned() });
        for hour in 2..12 {
            set_clock(&site, 1_795_384_800 + hour * 3600);
            events::take_over_due(&site.platform).await.expect("tried");
        }
        let operator = operator(&site).await;
        let page = site.get_as(&operator, "/admin/payments?stuck=1").await.text;
        assert!(page.contains(">Failed<") && page.contains("Australian dollars"), "{page}");
        // In words, with whose it is; Stripe's own name stands beside it.
        for part in ["Payment arrived", "href=\"/admin/orgs/alpha\"", "Alpha Clinic", "invoice.paid, evt_1"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        for (id, kind, object, words) in [
            ("evt_2", "invoice.payment_failed", json!({ "customer": "cus_1", "currency": "aud", "amount_due": 5900 }), "Payment of $59.00 failed"),
            ("evt_3", "charge.failed", json!({ "customer": "cus_1", "currency": "aud", "amount": 5900, "failure_code": "card_declined" }), "Card payment of $59.00 failed: card declined"),
            ("evt_4", "charge.failed", json!({ "customer": "cus_x", "currency": "usd", "amount": "much", "failure_code": "<b>No</b>" }), "Card payment failed"),
            ("evt_5", "account.updated", json!({}), "Something else happened at Stripe"),
        ] {
            let event = json!({ "id": id, "type": kind, "created": seconds(&site), "data": { "object": object } }).to_string();
            webhook(&site, &event, &signed("whsec", seconds(&site), &event)).await;
            let page = site.get_as(&operator, "/admin/payments").await.text;
            assert!(page.contains(words) && page.contains(kind), "{words}: {page}");
            // What is ignored has nothing to apply; what failed can be tried again.
            assert_eq!(page.contains(&format!("name=\"id\" value=\"{id}\"")), kind != "account.updated", "{kind}: {page}");
        }
        let mut tx = site.platform.begin(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "DELETE FROM stripe_events WHERE id <> 'evt_1'").expect("as before");
        tx.commit().await.expect("a commit");
        let waits = async || {
            let health: HealthPage = site.read(&operator, "/fn/admin/health").await.expect("health");
            health.facts.into_iter().find(|fact| fact.label == "Stripe’s events").map(|fact| (fact.value, fact.alarming))
        };
        assert!(waits().await.is_some_and(|(value, alarming)| value.starts_with("heard ") && alarming), "{:?}", waits().await);
        *down.lock().expect("it") = None;
        assert_eq!(site.form(Some(&site.log_in("alpha").await), "/fn/admin/event-again", "/admin/payments", &[("id", "evt_1")]).await.status, StatusCode::NOT_FOUND);
        let again = site.form(Some(&operator), "/fn/admin/event-again", "/admin/payments", &[("id", "evt_1")]).await;
        assert_eq!(again.location(), "/admin/payments?again=1", "{}", again.text);
        assert_eq!(events::take_over_due(&site.platform).await.expect("taken over"), 1);
        assert_eq!(waits().await, Some(("all taken over".to_owned(), false)));
        assert_eq!(terms(&site, "alpha").await.expect("it is there").plan, "team");
        // What drifts without a word is found once a day.
        *down.lock().expect("it") = None;
        let custom = Terms::custom(site.platform.clock.now());
        site.agree(site.alpha, &custom).await;
        let compared = site.form(Some(&operator), "/fn/admin/compare-payments", "/admin/payments", &[]).await;
        assert_eq!(compared.location(), "/admin/payments?compared=1", "{}", compared.text);
        assert_eq!(terms(&site, "alpha").await.expect("it is there").plan, "team");
        assert!(site.get_as(&operator, "/admin/payments").await.text.contains("1 compared, 1 mended, 0 failed"));
    }

    /// A month of events as Stripe told it, in a thousand organisations at once (on PostgreSQL in 250), each of which hears it in an
    /// order of its own: shuffled, up to five days late, and a third of it twice. All of them end the same, as Stripe says at the end.
    ///
    /// A thousand take more than a minute on SQLite already. On PostgreSQL each statement is a trip to another process besides, so that as
    /// many would take minutes; what could go another way there (two at one customer’s events) happens in 250 orders as well.
    ///
    /// The month is recorded of the stand-in first, through our own client: a trial, a first payment that fails, a card that works, a
    /// plan that grows, a payment that is given back, an end that is taken back. Then its events are told as they were sent, each with its
    /// organisation's customer in it and signed anew: to one organisation in ten by the route, to the others by what stands behind it;
    /// those that change nothing (a card that is kept) to one in ten alone. What is asked about a customer is answered as it was on the
    /// day that it is asked on, so that a late event meets what holds then.
    async fn the_order_makes_no_difference(site: Site) {
        const LATEST: i64 = 5;
        let orders = if site.platform.db.is_postgres() { 250 } else { 1000 };
        let month = recorded(&site).await;
        let kinds: BTreeSet<&str> = month.told.iter().map(|told| told.kind.as_str()).collect();
        for kind in ["checkout.session.completed", "customer.subscription.updated", "invoice.payment_failed", "invoice.paid", "charge.refunded"] {
            assert!(kinds.contains(kind), "{kind}: {kinds:?}");
        }
        let (today, answers) = (Arc::new(AtomicUsize::new(0)), Arc::new(month.answers));
        let (on, days) = (Arc::clone(&today), Arc::clone(&answers));
        site.platform.take_payments(Payments::told(Arc::new(move |_: &str| Ok(days[on.load(Ordering::SeqCst)].clone())), vec!["whsec".to_owned()]));
        let owner = accounts::create_user(&site.platform, NEW, "Fern Green", PASSWORD).await.expect("an owner");
        let platform = &site.platform;
        let made = stream::iter(0..orders).map(|order| async move {
            let new = NewOrg { slug: format!("order-{order}"), name: format!("Order {order}"), zone: "Australia/Perth".to_owned(), ..NewOrg::default() };
            let org = accounts::create_org(platform, &new, owner, &["calendar"]).await.expect("an organisation");
            link(platform, org, &customer_in(order)).await;
        });
        made.buffer_unordered(16).collect::<Vec<()>>().await;

        let mut random = Random(0x5eed);
        let last = i64::try_from(answers.len()).expect("a month") - 1;
        let mut arrivals: Vec<Vec<(i64, usize, usize)>> = vec![Vec::new(); answers.len() + 5];
        for order in 0..orders {
            for (event, told) in month.told.iter().enumerate().filter(|(_, told)| told.matters || by_route(order)) {
                for _ in 0..=i64::from(random.below(3) == 0) {
                    let on = usize::try_from(told.day + random.below(LATEST + 1)).expect("a day");
                    arrivals[on].push((random.below(1 << 40), order, event));
                }
            }
        }
        let start = seconds(&site);
        let mut looks = 0;
        for (day, mut arrived) in (0_i64..).zip(arrivals) {
            set_clock(&site, start + day * DAY);
            today.store(usize::try_from(day.min(last)).expect("a day"), Ordering::SeqCst);
            arrived.sort_unstable();
            let (site, told) = (&site, &month.told);
            let posted = stream::iter(arrived).map(|(_, order, event)| async move {
                let payload = told[event].of(order);
                let signature = signed("whsec", start + day * DAY, &payload);
                if by_route(order) {
                    webhook(site, &payload, &signature).await.status == StatusCode::OK
                } else {
                    events::receive(&site.platform, &signature, payload.as_bytes()).await.is_ok()
                }
            });
            assert!(posted.buffer_unordered(32).all(|taken| async move { taken }).await, "day {day}");
            // The queue is worked off now and then, by two at once, and at the end.
            if LOOKED_AT.contains(&day) || day >= last + LATEST {
                let (one, other) = tokio::join!(events::take_over_due(platform), events::take_over_due(platform));
                looks += one.expect("taken over") + other.expect("taken over");
            }
        }
        let matter = month.told.iter().filter(|told| told.matters).count();
        assert!(looks >= orders * matter, "{looks} of {matter} each were taken over");
        assert!(waiting(&site).await.is_empty());
        ended_the_same(&site, orders, answers.last().expect("a last day")).await;
    }

    /// Stripe fails in the middle, says nothing, or takes its time: who pays is told that nothing was charged and tries again, and what
    /// was carried out without an answer isn't done a second time, even when something else was typed in between.
    async fn stripe_fails_and_is_slow(site: Site) {
        let stripe = takes_payments(&site);
        begin(&site, &[]).await;
        let link = site.mailed_link(NEW).await;
        let founded = found(&site, None, &link, &[]).await;
        let (cookie, id) = (founded.cookie().expect("they are logged in"), founded.location().rsplit('/').next().expect("an id").to_owned());
        let try_to_pay = async || site.form(Some(&cookie), "/fn/start/pay", &format!("/start/pay/{id}"), &[("id", &id)]).await;
        for (number, outage) in (2..).zip([
            json!({ "mode": "500" }),
            json!({ "mode": "reset" }),
            json!({ "mode": "500", "after": true, "path": "customers", "times": 1 }),
            json!({ "mode": "reset", "after": true, "path": "prices", "times": 1 }),
            json!({ "mode": "reset", "after": true, "path": "checkout/sessions", "times": 1 }),
        ]) {
            stripe.control("outage", &outage);
            let refused = try_to_pay().await;
            assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{outage}: {}", refused.text);
            assert!(refused.text.contains("Nothing was charged"), "{outage}: {}", refused.text);
            assert!(refused.headers.contains_key("retry-after"), "{outage}");
            // They change their mind about the name meanwhile.
            let renamed = found(&site, Some(&cookie), &link, &[("business", &format!("Fern and {number} Daughters")), ("name", ""), ("password", "")]).await;
            assert_eq!(renamed.location(), format!("/start/pay/{id}"), "{}", renamed.text);
        }
        stripe.control("outage", &json!({ "mode": "slow", "ms": 700, "path": "checkout/sessions" }));
        let to = pays(&site, &cookie, &id).await;
        stripe.control("outage", &json!({ "mode": "none" }));
        assert_eq!(pays(&site, &cookie, &id).await, to, "the page that is open is the page");
        assert_eq!(stripe.look("objects/checkout.session")["objects"].as_array().map(Vec::len), Some(1));
        assert_eq!(stripe.look("objects/price")["objects"].as_array().map(Vec::len), Some(2));
        // Paid, and then nothing is heard for an hour: not by who comes back, nor by events.
        stripe.form(&to, GOOD);
        stripe.control("outage", &json!({ "mode": "500" }));
        for (payload, signature) in stripe.signed() {
            assert_eq!(webhook(&site, &payload, &signature).await.status, StatusCode::OK, "they are taken down all the same");
        }
        for _ in 0..12 {
            let waits = site.get_as(&cookie, &format!("/start/done/{id}")).await;
            assert_eq!(waits.status, StatusCode::OK, "{}", waits.text);
            assert_eq!(events::take_over_due(&site.platform).await.expect("tried"), 0);
            let now = seconds(&site);
            set_clock(&site, now + 5 * 60);
        }
        assert_eq!(orgs(&site).await, 2);
        stripe.control("outage", &json!({ "mode": "none" }));
        let now = seconds(&site);
        set_clock(&site, now + 30 * 60);
        assert!(events::take_over_due(&site.platform).await.expect("taken over") > 0);
        // Who was logged in at the start isn't any more.
        let cookie = site.log_in_as(NEW).await;
        assert_eq!(site.get_as(&cookie, &format!("/start/done/{id}")).await.location(), "/app/fern-and-6-daughters/welcome");
        assert_eq!((orgs(&site).await, stripe.look("objects/subscription")["objects"].as_array().map(Vec::len)), (3, Some(1)));
        assert!(waiting(&site).await.is_empty());
    }

    /// Pages that are opened again and again ask Stripe about a customer now and then, and show what is known meanwhile; another's are
    /// asked about all the same. What a change would cost is asked a few times in a row, and no more.
    async fn pages_ask_stripe_now_and_then(site: Site) {
        let stripe = takes_payments(&site);
        let asked = |path: &str| {
            let asked = stripe.look(&format!("requests?method=GET&path={path}"));
            stripe.control("requests/clear", &json!({}));
            asked["requests"].as_array().expect("requests").len()
        };
        let (cookie, id) = founded(&site).await;
        let to = pays(&site, &cookie, &id).await;
        let done = async || site.get_as(&cookie, &format!("/start/done/{id}")).await;
        asked("subscriptions");
        for answer in join_all((0..20).map(|_| done())).await {
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        }
        assert_eq!(asked("subscriptions"), 1);
        let owner = site.log_in("alpha").await;
        takes_up_team(&site, &stripe, &owner).await;
        stripe.form(&to, GOOD);
        assert_eq!(done().await.status, StatusCode::OK, "it isn't known yet");
        pass(&site, &stripe, 5).await;
        assert_eq!(done().await.location(), "/app/fern-florist/welcome");

        let page = async |query: &str| {
            let page = site.get_as(&owner, &format!("/app/alpha/settings/billing?{query}")).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text);
            assert!(page.text.contains("$590.00 a year"), "{}", page.text);
            page.text
        };
        asked("subscriptions");
        for query in ["back=1", "paid=1", "back=1", "back=2"] {
            page(query).await;
        }
        assert_eq!(asked("subscriptions"), 1);
        for seats in 6..11 {
            assert!(page(&format!("plan=team&period=year&seats={seats}")).await.contains("is charged now"));
        }
        assert_eq!(asked("subscriptions"), 5);
        let refused = page("plan=team&period=year&seats=11").await;
        assert!(refused.contains("wait a moment") && !refused.contains("is charged now"), "{refused}");
        assert_eq!(asked("subscriptions"), 0);
        pass(&site, &stripe, 25).await;
        assert!(page("plan=team&period=year&seats=11").await.contains("is charged now"));
    }

    /// No more than eight ask Stripe at once. Whoever's turn doesn't come within some seconds is told to try again, and charged nothing.
    async fn asking_stripe_has_turns(site: Site) {
        let stripe = takes_payments(&site);
        let (cookie, id) = founded(&site).await;
        let payments = site.platform.payments().expect("they are taken").clone();
        let turns = join_all((0..8).map(|_| payments.turn())).await;
        assert!(turns.iter().all(Result::is_ok), "{turns:?}");
        let refused = site.form(Some(&cookie), "/fn/start/pay", &format!("/start/pay/{id}"), &[("id", &id)]).await;
        assert_eq!((refused.status, refused.headers["retry-after"].as_bytes()), (StatusCode::SERVICE_UNAVAILABLE, b"5".as_slice()));
        assert!(refused.text.contains("try again in a moment"), "{}", refused.text);
        assert_eq!(stripe.look("objects/customer")["objects"].as_array().map(Vec::len), Some(0));
        drop(turns);
        assert!(pays(&site, &cookie, &id).await.starts_with(&stripe.base));
    }

    /// A card that is declined buys nothing: not a plan, and not a larger one. What was there before goes on.
    async fn a_card_is_declined(site: Site) {
        let stripe = takes_payments(&site);
        let (cookie, id) = founded(&site).await;
        let to = pays(&site, &cookie, &id).await;
        let declined = stripe.form(&to, DECLINED);
        assert!(declined.status == 200 && declined.body.contains("Nothing was paid"), "{}", declined.body);
        assert_eq!(site.get_as(&cookie, &format!("/start/done/{id}")).await.status, StatusCode::OK, "not paid yet");
        assert_eq!(orgs(&site).await, 2);
        assert_eq!(pays(&site, &cookie, &id).await, to, "they try again on the same page");
        pass(&site, &stripe, 5).await;
        stripe.form(&to, GOOD);
        site.get_as(&cookie, &format!("/start/done/{id}")).await;
        pass(&site, &stripe, 15 * DAY).await;
        let cookie = site.log_in_as(NEW).await;
        let before = (terms(&site, "fern-florist").await.expect("it is there"), charged(&stripe));
        stripe.control("card", &json!({ "customer": customer_of(&stripe), "card": "declined" }));
        let at = seconds(&site).to_string();
        let fields = [("org", "fern-florist"), ("plan", "business"), ("period", "month"), ("seats", "20"), ("at", at.as_str())];
        let shown = format!("{BILLING}?plan=business&period=month&seats=20");
        let refused = site.form(Some(&cookie), "/fn/billing/change", &shown, &fields).await;
        assert_eq!(refused.status, StatusCode::PAYMENT_REQUIRED, "{}", refused.text);
        assert!(refused.text.contains("Your card was refused, so nothing has changed"), "{}", refused.text);
        pass(&site, &stripe, 1).await;
        assert_eq!((terms(&site, "fern-florist").await.expect("it is there"), charged(&stripe)), before);
    }

    /// Seats are taken away at Stripe, past our own page, while more people belong: nobody is thrown out, nobody can be added, and
    /// whoever manages people is told what to do.
    async fn seats_are_taken_away_at_stripe(site: Site) {
        let stripe = takes_payments(&site);
        let (cookie, id) = founded(&site).await;
        stripe.form(&pays(&site, &cookie, &id).await, GOOD);
        site.get_as(&cookie, &format!("/start/done/{id}")).await;
        let org = org_id(&site, "fern-florist").await;
        let mut staff = Vec::new();
        for number in 0..5 {
            staff.push(site.join(org, &format!("staff{number}@new.example"), Role::Member).await.1);
        }
        let invite = async |email: &str| {
            let fields = [("org", "fern-florist"), ("email", email), ("role", "member")];
            site.form(Some(&cookie), "/fn/people/invite", "/app/fern-florist/settings/invite", &fields).await
        };
        assert_eq!(invite("last@new.example").await.status, StatusCode::FOUND);
        let link = site.mailed_link("last@new.example").await;
        let subscription = stripe.look("objects/subscription")["objects"][0].clone();
        let seat = subscription["items"]["data"][1]["id"].as_str().expect("seats more").to_owned();
        let sub = subscription["id"].as_str().expect("an id");
        assert_eq!(stripe.form(&format!("/v1/subscriptions/{sub}"), &format!("items[0][id]={seat}&items[0][deleted]=true")).status, 200);
        pass(&site, &stripe, 1).await;
        assert_eq!(terms(&site, "fern-florist").await.expect("it is there").plan_seats, Some(5));
        for cookie in &staff {
            assert_eq!(site.get_as(cookie, "/app/fern-florist/calendar").await.status, StatusCode::OK);
        }
        let people = site.get_as(&cookie, "/app/fern-florist/settings/people").await.text;
        assert!(people.contains("6 of 5 seats are taken") && people.contains("nobody can be added"), "{people}");
        assert_eq!(invite("more@new.example").await.status, StatusCode::CONFLICT);
        let token = link.rsplit('/').next().expect("a token");
        accounts::create_user(&site.platform, "last@new.example", "Last One", PASSWORD).await.expect("an account");
        let last = site.log_in_as("last@new.example").await;
        let late = site.form(Some(&last), "/fn/auth/accept-invitation", "/login/invitation/x", &[("token", token)]).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "the seat that was held out is gone: {}", late.text);
    }

    /// More people than seats: the owner is told by mail and on every page; for two weeks everything goes on, then it can be read
    /// alone, for as long as there are too many. It is open again as soon as one of them is removed.
    async fn more_people_than_seats(site: Site) {
        let stripe = takes_payments(&site);
        let (cookie, id) = founded(&site).await;
        stripe.form(&pays(&site, &cookie, &id).await, GOOD);
        site.get_as(&cookie, &format!("/start/done/{id}")).await;
        pass(&site, &stripe, 15 * DAY).await;
        let cookie = site.log_in_as(NEW).await;
        let org = org_id(&site, "fern-florist").await;
        let mut staff = Vec::new();
        for number in 0..5 {
            staff.push(site.join(org, &format!("staff{number}@new.example"), Role::Member).await);
        }
        site.mailed().await;
        let subscription = stripe.look("objects/subscription")["objects"][0].clone();
        let seat = subscription["items"]["data"][1]["id"].as_str().expect("seats more").to_owned();
        let sub = subscription["id"].as_str().expect("an id");
        assert_eq!(stripe.form(&format!("/v1/subscriptions/{sub}"), &format!("items[0][id]={seat}&items[0][deleted]=true")).status, 200);
        pass(&site, &stripe, 1).await;
        let since = site.platform.clock.now();
        let said = "More people belong than your plan has seats for.";
        let of = async || terms(&site, "fern-florist").await.expect("it is there");
        let usage = async || of().await.usage(site.platform.clock.now());
        let subjects = async |subject: &str| site.mailed().await.iter().filter(|letter| letter.to == NEW && letter.subject == subject).count();
        assert_eq!((of().await.plan_over_since, usage().await), (Some(since), Usage::Full));
        notices::tell_all(&site.platform).await.expect("they are told already");
        assert_eq!(subjects("Fern Florist has more people than seats").await, 1);
        for cookie in [&cookie, &staff[0].1] {
            let page = site.get_as(cookie, "/app/fern-florist/calendar").await;
            assert!(page.status == StatusCode::OK && page.text.contains(said), "{}", page.text);
        }
        assert!(!site.get_as(&site.log_in("alpha").await, "/app/alpha/calendar").await.text.contains(said), "it is theirs alone");
        // Hearing the same again doesn't begin another two weeks.
        let customer = customer_of(&stripe);
        pass(&site, &stripe, 14 * DAY - 1).await;
        sync::take_over(&site.platform, &customer).await.expect("taken over");
        assert_eq!((of().await.plan_over_since, usage().await), (Some(since), Usage::Full), "a second before");
        pass(&site, &stripe, 1).await;
        assert_eq!(usage().await, Usage::Crowded);
        assert!(of().await.a_year(site.platform.plans(), site.platform.clock.now()) > 0, "it pays all the same");
        notices::tell_all(&site.platform).await.expect("they are told");
        notices::tell_all(&site.platform).await.expect("once");
        assert_eq!(subjects("Fern Florist can be read, and not changed").await, 1);
        let cookie = site.log_in_as(NEW).await;
        let change = "/api/v1/orgs/fern-florist/calendar/appointments/01935a3c-0000-7000-8000-000000000000/cancel";
        let refused = site.json(Method::POST, Some(&cookie), change, &json!({ "version": 1 })).await;
        assert_eq!(refused.status, StatusCode::PAYMENT_REQUIRED, "{}", refused.text);
        assert!(refused.text.contains("has seats for"), "{}", refused.text);
        assert_eq!(site.get("/api/v1/orgs/fern-florist/calendar/services").await.status, StatusCode::OK, "it can be read");
        assert!(site.get_as(&cookie, BILLING).await.text.contains(said), "the plan can be seen to");
        pass(&site, &stripe, 60 * DAY).await;
        assert_eq!(usage().await, Usage::Crowded, "it is never closed for that");
        // One leaves: all is well at once.
        let cookie = site.log_in_as(NEW).await;
        let fields = [("org", "fern-florist"), ("id", &staff[0].0.0.to_string())];
        let removed = site.form(Some(&cookie), "/fn/people/remove", "/app/fern-florist/settings/people", &fields).await;
        assert_eq!(removed.status, StatusCode::FOUND, "{}", removed.text);
        assert_eq!((of().await.plan_over_since, usage().await), (None, Usage::Full));
        assert_eq!(site.json(Method::POST, Some(&cookie), change, &json!({ "version": 1 })).await.status, StatusCode::NOT_FOUND, "it opens again");
        site.mailed().await;
        notices::tell_all(&site.platform).await.expect("they are told");
        assert_eq!(subjects("Fern Florist’s plan goes on").await, 1);
    }

    /// Seats that are added make room for everybody at once.
    async fn seats_are_added_for_too_many(site: Site) {
        let now = site.platform.clock.now();
        site.join(site.alpha, "casey@new.example", Role::Member).await;
        let with = |seats: i64| Terms { plan: "team".to_owned(), plan_seats: Some(seats), ..Terms::custom(now) };
        site.agree(site.alpha, &with(1)).await;
        assert_eq!(terms(&site, "alpha").await.expect("it is there").plan_over_since, Some(now));
        set_clock(&site, seconds(&site) + 14 * DAY);
        let later = site.platform.clock.now();
        assert_eq!(terms(&site, "alpha").await.expect("it is there").usage(later), Usage::Crowded);
        site.agree(site.alpha, &with(2)).await;
        let after = terms(&site, "alpha").await.expect("it is there");
        assert_eq!((after.plan_over_since, after.usage(later)), (None, Usage::Full));
    }

    /// While a plan with fewer seats is being paid for nobody joins beyond them: not with an invitation from before, either. Another
    /// choice makes room, and so does the day after which the page to pay on is closed.
    async fn nobody_joins_beyond_what_is_being_paid_for(site: Site) {
        let _stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        let here = "/app/alpha/settings/billing";
        site.agree(site.alpha, &Terms { plan: "team".to_owned(), plan_seats: Some(15), ..Terms::custom(site.platform.clock.now()) }).await;
        let take_up = async |plan: &str, seats: &str| {
            let fields = [("org", "alpha"), ("plan", plan), ("period", "month"), ("seats", seats)];
            site.form(Some(&owner), "/fn/billing/take-up", here, &fields).await.status
        };
        let joins = async |number: usize| {
            let email = format!("casey{number}@new.example");
            let user = accounts::create_user(&site.platform, &email, "Casey New", PASSWORD).await.expect("an account");
            members::add(&site.platform, site.alpha, user, Role::Member).await
        };
        assert_eq!(take_up("solo", "1").await, StatusCode::FOUND);
        let refused = joins(0).await.expect_err("one belongs");
        assert!(refused.code == Code::Conflict && refused.message.contains("is being paid for"), "{refused:?}");
        let fields = [("org", "alpha"), ("email", "sam@new.example"), ("role", "member")];
        assert_eq!(site.form(Some(&owner), "/fn/people/invite", "/app/alpha/settings/invite", &fields).await.status, StatusCode::CONFLICT);
        let people = site.get_as(&owner, "/app/alpha/settings/people").await.text;
        assert!(people.contains("A plan for 1 person is being paid for"), "{people}");
        // Another choice takes its place.
        assert_eq!(take_up("team", "5").await, StatusCode::FOUND);
        for number in 1..5 {
            joins(number).await.expect("there are five");
        }
        joins(5).await.expect_err("five belong");
        assert_eq!(take_up("solo", "1").await, StatusCode::UNPROCESSABLE_ENTITY, "five belong");
        set_clock(&site, seconds(&site) + 25 * 60 * 60);
        joins(6).await.expect("nobody can pay on that page any more");
    }

    /// A change to fewer seats, and people who join at that moment: there are never more of them than seats.
    async fn seats_and_people_race(site: Site) {
        let stripe = takes_payments(&site);
        let (cookie, id) = founded(&site).await;
        stripe.form(&pays(&site, &cookie, &id).await, GOOD);
        site.get_as(&cookie, &format!("/start/done/{id}")).await;
        let org = org_id(&site, "fern-florist").await;
        let mut users = Vec::new();
        for number in 0..6 {
            let email = format!("staff{number}@new.example");
            users.push(accounts::create_user(&site.platform, &email, "Casey New", PASSWORD).await.expect("an account"));
        }
        let at = seconds(&site).to_string();
        let fields = [("org", "fern-florist"), ("plan", "team"), ("period", "month"), ("seats", "5"), ("at", at.as_str())];
        let change = site.form(Some(&cookie), "/fn/billing/change", BILLING, &fields);
        let joining = join_all(users.iter().map(|user| members::add(&site.platform, org, *user, Role::Member)));
        let (changed, joined) = join(change, joining).await;
        let people = 1 + i64::try_from(joined.iter().filter(|joined| joined.is_ok()).count()).expect("a number");
        let after = terms(&site, "fern-florist").await.expect("it is there");
        let seats = after.plan_seats.expect("seats");
        assert!(people <= seats && after.plan_over_since.is_none(), "{people} of {seats}");
        match changed.status {
            StatusCode::FOUND => assert_eq!(seats, 5),
            status => assert_eq!((status, seats), (StatusCode::UNPROCESSABLE_ENTITY, 7), "{}", changed.text),
        }
        // What was ordered is done with: the plan’s own seats hold.
        if seats == 5 {
            let fields = [("org", "fern-florist"), ("plan", "team"), ("period", "month"), ("seats", "6"), ("at", at.as_str())];
            assert_eq!(site.form(Some(&cookie), "/fn/billing/change", BILLING, &fields).await.status, StatusCode::FOUND);
            let late = joined.iter().zip(&users).find(|(joined, _)| joined.is_err()).map(|(_, user)| *user).expect("one was too late");
            members::add(&site.platform, org, late, Role::Member).await.expect("there are six seats");
        }
    }

    /// Whoever asked first and heard last doesn't undo what was heard since.
    async fn the_newest_answer_holds(site: Site) {
        let day = Arc::new(Mutex::new(30));
        let today = Arc::clone(&day);
        site.platform.take_payments(Payments::told(Arc::new(move |_: &str| Ok(month(*today.lock().expect("it")))), vec!["whsec".to_owned()]));
        link(&site.platform, site.alpha, "cus_1").await;
        let asked = join_all((0..20).map(|n| { let (site, day) = (&site, Arc::clone(&day)); async move {
            *day.lock().expect("it") = 10 + n;
            sync::take_over(&site.platform, "cus_1").await
        }})).await;
        assert!(asked.iter().all(Result::is_ok), "{asked:?}");
        *day.lock().expect("it") = 30;
        sync::take_over(&site.platform, "cus_1").await.expect("taken over");
        assert_eq!(terms(&site, "alpha").await.expect("it is there").state(), State::Active);
    }

    /// Whoever runs the platform invites a business; it has its organisation at once, for what was offered. Nobody else invites.
    async fn a_business_is_invited(site: Site) {
        let operator = operator(&site).await;
        let owner = site.log_in("alpha").await;
        let offer = [("email", NEW), ("business", "Fern Florist"), ("plan", "team"), ("period", "month"), ("seats", "8"), ("price", "49.50"), ("free_days", "90"), ("modules[]", "calendar")];
        for (who, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&owner), StatusCode::NOT_FOUND)] {
            assert_eq!(site.form(who.map(String::as_str), "/fn/admin/invite", "/admin/invitations", &offer).await.status, status);
        }
        for (field, value) in [("email", "fern"), ("business", ""), ("plan", "gold"), ("seats", "no"), ("price", "much"), ("free_days", "0"), ("modules[]", "nothing")] {
            let fields: Vec<(&str, &str)> = offer.iter().map(|(name, kept)| (*name, if *name == field { value } else { kept })).collect();
            let refused = site.form(Some(&operator), "/fn/admin/invite", "/admin/invitations", &fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
            assert!(refused.text.contains(&format!("field-{}-error", field.trim_end_matches("[]"))), "{field}: {}", refused.text);
        }
        let invited = site.form(Some(&operator), "/fn/admin/invite", "/admin/invitations", &offer).await;
        assert_eq!(invited.location(), "/admin/invitations?invited=1", "{}", invited.text);
        let first = site.mailed_link(NEW).await;
        let list = site.get_as(&operator, "/admin/invitations").await.text;
        assert!(list.contains("Team, 8 people, $49.50 a month, including GST, the first 90 days free"), "{list}");
        // What may be left empty can be.
        for name in ["seats", "price", "free_days"] {
            let mut inputs = list.split("<input").filter_map(|part| part.split('>').next());
            let input = inputs.find(|input| input.contains(&format!("name=\"{name}\""))).expect("the field");
            assert!(!input.contains("required"), "{name}: {input}");
        }
        let id = hidden(&list, "id");
        assert_eq!(site.form(Some(&owner), "/fn/admin/invite-again", "/admin/invitations", &[("id", &id)]).await.status, StatusCode::NOT_FOUND);
        site.form(Some(&operator), "/fn/admin/invite-again", "/admin/invitations", &[("id", &id)]).await;
        let link = site.mailed_link(NEW).await;
        let ended = site.get(&first).await;
        assert_eq!(ended.status, StatusCode::GONE, "the first link is good no longer");
        assert!(ended.text.contains("only the newest link is good") && !ended.text.contains("taken back"), "{}", ended.text);
        assert!(site.get(&link).await.text.contains("You are invited"));
        let made = found(&site, None, &link, &[]).await;
        assert_eq!(made.location(), "/app/fern-florist/welcome", "{}", made.text);
        let cookie = made.cookie().expect("they are logged in");
        assert_eq!(site.get_as(&cookie, "/app/fern-florist/welcome").await.status, StatusCode::OK);
        let terms = terms(&site, "fern-florist").await.expect("it is there");
        assert_eq!((terms.plan.as_str(), terms.plan_seats, terms.plan_price, terms.plan_modules.as_deref(), terms.state()), ("team", Some(8), Some(4_950), Some("calendar"), State::Trial));
        assert_eq!(terms.billing_until, Some(Instant::from_unix(seconds(&site) + 90 * DAY)));
        assert_eq!(found(&site, None, &link, &[]).await.status, StatusCode::NOT_FOUND, "once");
        assert!(site.get_as(&operator, "/admin/invitations").await.text.contains("Taken up"));
        let second: Vec<(&str, &str)> = offer.iter().map(|(name, kept)| (*name, if *name == "email" { "ivy@new.example" } else { kept })).collect();
        site.form(Some(&operator), "/fn/admin/invite", "/admin/invitations", &second).await;
        let link = site.mailed_link("ivy@new.example").await;
        let id = hidden(&site.get_as(&operator, "/admin/invitations").await.text, "id");
        assert_eq!(site.form(Some(&owner), "/fn/admin/withdraw-invitation", "/admin/invitations", &[("id", &id)]).await.status, StatusCode::NOT_FOUND);
        site.form(Some(&operator), "/fn/admin/withdraw-invitation", "/admin/invitations", &[("id", &id)]).await;
        assert_eq!(found(&site, None, &link, &[("name", "Ivy")]).await.status, StatusCode::NOT_FOUND, "taken back");
        // Both logs say what that was.
        let log = site.get_as(&operator, "/admin/log").await.text;
        for words in [
            "Olly Operator invited Fern Florist", "Olly Operator sent Fern Florist its invitation again", "Olly Operator withdrew the invitation of Fern Florist",
            "Price: $49.50 a month, including GST",
        ] {
            assert!(log.contains(words), "{words}: {log}");
        }
        let log = site.get_as(&cookie, "/app/fern-florist/settings/audit").await.text;
        for words in ["Team plan started: 8 people, $49.50 a month, trial until ", "Modules: Calendar"] {
            assert!(log.contains(words), "{words}: {log}");
        }
    }

    /// What is offered has a price for as many as it is for; a business is invited once at an address while that is open, and another of
    /// the same person’s all the same.
    async fn what_is_offered_has_a_price(site: Site) {
        let operator = operator(&site).await;
        site.mailed().await;
        for (field, but) in [
            ("seats", vec![("seats", "99")]),
            ("seats", vec![("plan", "solo"), ("seats", "5")]),
            ("price", vec![("plan", "custom")]),
            ("free_days", vec![("by_hand", "true"), ("free_days", "30")]),
        ] {
            let refused = invited(&site, &operator, &but).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{but:?}");
            assert!(refused.text.contains(&format!("field-{field}-error")), "{but:?}: {}", refused.text);
        }
        assert!(site.mailed().await.is_empty());
        assert_eq!(invited(&site, &operator, &[]).await.status, StatusCode::FOUND);
        let list = site.get_as(&operator, "/admin/invitations").await.text;
        assert!(list.contains("Team, 5 people, $59.00 a month, including GST"), "as many as come with the plan: {list}");
        let twice = invited(&site, &operator, &[("business", "fern florist"), ("email", "Fern@New.example")]).await;
        assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", twice.text);
        assert!(twice.text.contains("is invited at this address already"), "{}", twice.text);
        assert_eq!(site.mailed().await.len(), 1);
        set_clock(&site, seconds(&site) + 1);
        assert_eq!(invited(&site, &operator, &[("business", "Fern Café")]).await.status, StatusCode::FOUND);
        let id = hidden(&site.get_as(&operator, "/admin/invitations").await.text, "id");
        site.form(Some(&operator), "/fn/admin/withdraw-invitation", "/admin/invitations", &[("id", &id)]).await;
        assert_eq!(invited(&site, &operator, &[("business", "Fern Café")]).await.status, StatusCode::FOUND, "the newest was taken back");
    }

    /// Without free days the first payment is due once the invitation is accepted, with a week’s grace; until it is paid it is no
    /// revenue. What is billed by hand says so.
    async fn without_free_days_the_first_payment_is_due(site: Site) {
        let (stripe, operator) = (takes_payments(&site), operator(&site).await);
        let overview = async || -> OverviewPage { site.read(&operator, "/fn/admin/overview").await.expect("the overview") };
        let attention = async |words: &str| overview().await.attention.iter().any(|line| line.words.contains(words));
        let a_month = async || overview().await.figures[0].value.clone();
        assert_eq!(invited(&site, &operator, &[]).await.status, StatusCode::FOUND);
        let letters = site.mailed().await;
        let letter = letters.iter().find(|letter| letter.to == NEW).expect("a letter");
        assert!(letter.paragraphs.iter().any(|words| words.contains("the first payment is due once you have accepted")), "{letter:?}");
        let (_, link) = letter.action.clone().expect("a link");
        let link = link.strip_prefix(ORIGIN).expect("an address of ours");
        let page = site.get(link).await.text;
        assert!(page.contains("Team, 5 people, $59.00 a month, including GST, the first payment due at once"), "{page}");
        let made = found(&site, None, link, &[]).await;
        assert_eq!(made.location(), "/app/fern-florist/welcome", "{}", made.text);
        let due = terms(&site, "fern-florist").await.expect("it is there");
        assert!(due.awaits_payment() && matches!(due.usage(site.platform.clock.now()), Usage::Late(_)), "{due:?}");
        assert!(matches!(due.usage(site.platform.clock.now().plus_seconds(7 * DAY)), Usage::ReadOnly(_)), "{due:?}");
        assert_eq!(a_month().await, "$0.00");
        assert!(attention("One organisation agreed to pay from the first day on").await);
        assert!(!attention("payment has failed").await);
        notices::tell_all(&site.platform).await.expect("they are told");
        notices::tell_all(&site.platform).await.expect("once");
        let told = site.mailed().await;
        assert_eq!(told.iter().filter(|letter| letter.subject == "Fern Florist’s plan is to be paid for").count(), 1, "{told:?}");
        let cookie = site.log_in_as(NEW).await;
        let page = site.get_as(&cookie, BILLING).await.text;
        assert!(page.contains("It isn’t paid for yet.") && page.contains("Take up a plan") && !page.contains("has failed"), "{page}");
        let log = site.get_as(&cookie, "/app/fern-florist/settings/audit").await.text;
        assert!(log.contains("Team plan agreed: 5 people, $59.00 a month, the first payment due at once"), "{log}");
        let fields = [("org", "fern-florist"), ("plan", "team"), ("period", "month"), ("seats", "5")];
        let sent = site.form(Some(&cookie), "/fn/billing/take-up", BILLING, &fields).await;
        assert_eq!(stripe.form(sent.location(), GOOD).status, 303);
        site.get_as(&cookie, &format!("{BILLING}?paid=1")).await;
        assert_eq!(charged(&stripe), 5_900);
        let paying = terms(&site, "fern-florist").await.expect("it is there");
        assert_eq!((paying.billed_by.as_str(), paying.state(), paying.usage(site.platform.clock.now())), ("stripe", State::Active, Usage::Full));
        assert_eq!(a_month().await, "$59.00");
        assert!(!attention("from the first day on").await && !attention("billed by hand").await);
        // By hand: the operator sends its invoices, and is told that there is one.
        let by_hand = [("email", "ivy@new.example"), ("business", "Ivy Interiors"), ("by_hand", "true")];
        assert_eq!(invited(&site, &operator, &by_hand).await.status, StatusCode::FOUND);
        let link = site.mailed_link("ivy@new.example").await;
        assert!(site.get_as(&operator, "/admin/invitations").await.text.contains("$59.00 a month, including GST, billed by hand"));
        let made = found(&site, None, &link, &[("name", "Ivy Reed"), ("business", "Ivy Interiors")]).await;
        assert_eq!(made.location(), "/app/ivy-interiors/welcome", "{}", made.text);
        let terms = terms(&site, "ivy-interiors").await.expect("it is there");
        assert_eq!((terms.state(), terms.billing_until, terms.billed_by.as_str()), (State::Active, None, "manual"));
        assert!(attention("One organisation is billed by hand").await);
        assert_eq!(a_month().await, "$118.00");
    }
}

on_both! {
    /// Two weeks for nothing are had once: of two sign-ups that somebody pays for at a time one has them, and whoever had them (by
    /// themselves or invited, and whatever has become of it) pays at once, which each page says before.
    async fn a_trial_is_had_once(site: Site) {
        let (stripe, operator, invited) = (takes_payments(&site), operator(&site).await, "moss@new.example");
        let offer = [("email", invited), ("business", "Moss"), ("plan", "team"), ("period", "month"), ("seats", "8"), ("price", ""), ("free_days", "90")];
        site.form(Some(&operator), "/fn/admin/invite", "/admin/invitations", &offer).await;
        let made = found(&site, None, &site.mailed_link(invited).await, &[("name", "Moss"), ("business", "Moss")]).await;
        assert!(made.location().ends_with("/welcome"), "{}", made.text);
        let (cookie, first) = founded(&site).await;
        let early = pays(&site, &cookie, &first).await;
        let second = another(&site, &cookie, "fern-two", "The first 14 days are free").await;
        assert!(site.get_as(&cookie, &format!("/start/pay/{second}")).await.text.contains("Nothing is charged before"));
        let late = pays(&site, &cookie, &second).await;
        assert_eq!(open_pages(&stripe), 1, "the other page is closed");
        assert_ne!(stripe.form(&early, GOOD).status, 303);
        // Back at the first: now that one has it, and the page of the second is closed.
        let early = pays(&site, &cookie, &first).await;
        assert_eq!(open_pages(&stripe), 1);
        assert_ne!(stripe.form(&late, GOOD).status, 303);
        assert_eq!(stripe.form(&early, GOOD).status, 303);
        // It is paid for before anybody has heard of it.
        let to = pays(&site, &cookie, &second).await;
        assert_eq!(terms(&site, "fern-florist").await.expect("it is there").state(), State::Trial);
        assert_eq!(charged(&stripe), 0);
        let page = site.get_as(&cookie, &format!("/start/pay/{second}")).await.text;
        assert!(page.contains("Today.") && !page.contains("Nothing is charged before"), "{page}");
        assert_eq!(stripe.form(&to, GOOD).status, 303);
        // A page asks Stripe again some seconds later.
        set_clock(&site, seconds(&site) + 5);
        assert_eq!(site.get_as(&cookie, &format!("/start/done/{second}")).await.location(), "/app/fern-two/welcome");
        assert_eq!(terms(&site, "fern-two").await.expect("it is there").state(), State::Active);
        assert_eq!(charged(&stripe), 7_700);

        // Nor again once the organisation is gone.
        let data = "/app/fern-florist/settings/data";
        let closed = site.form(Some(&cookie), "/fn/settings/close", data, &[("org", "fern-florist"), ("typed", "Fern Florist")]).await;
        assert_eq!(closed.status, StatusCode::FOUND, "{}", closed.text);
        set_clock(&site, seconds(&site) + 31 * DAY);
        closing::carry_out(&site.platform).await.expect("it is erased");
        onboarding::sweep(&site.platform).await.expect("a sweep");
        assert!(terms(&site, "fern-florist").await.is_none());
        let cookie = site.log_in_as(NEW).await;
        site.mailed().await;
        let third = another(&site, &cookie, "fern-three", "so the first payment is due at once").await;
        assert!(site.get_as(&cookie, &format!("/start/pay/{third}")).await.text.contains("Today."));

        // Who was invited, with days for nothing, has had theirs too; somebody else hasn't.
        for (email, words) in [(invited, "so the first payment is due at once"), ("ivy@new.example", "The first 14 days are free")] {
            begin(&site, &[("email", email)]).await;
            let page = site.get(&site.mailed_link(email).await).await.text;
            assert!(page.contains(words), "{email}: {page}");
        }
    }

    /// However often somebody goes on with two sign-ups at the same moment: no two pages with a trial are open at the end.
    async fn two_trials_at_once(site: Site) {
        let stripe = takes_payments(&site);
        let (cookie, first) = founded(&site).await;
        let second = another(&site, &cookie, "fern-two", "The first 14 days are free").await;
        for _ in 0..3 {
            let pay = async |id: &str| site.form(Some(&cookie), "/fn/start/pay", &format!("/start/pay/{id}"), &[("id", id)]).await;
            let answers = join_all([&first, &second, &first, &second].map(|id| pay(id))).await;
            let led = answers.iter().filter(|answer| answer.status == StatusCode::FOUND);
            let shown: BTreeSet<&str> = led.map(Answer::location).collect();
            let pages = stripe.look("objects/checkout.session");
            let pages = pages["objects"].as_array().expect("pages").iter();
            let open = pages.filter(|page| page["status"] == "open" && page["url"].as_str().is_some_and(|url| shown.contains(url))).count();
            assert!(open <= 1, "{open} of {shown:?}");
        }
    }

    /// With an organisation goes what its founder said when they signed up; and its word is nobody's for a year, however they ask.
    async fn an_erased_organisation_leaves_no_sign_up(site: Site) {
        let (operator, word) = (operator(&site).await, "fern-florist");
        let offer = [("business", "Fern Florist"), ("plan", "team"), ("period", "month"), ("seats", "8"), ("price", ""), ("free_days", "90")];
        let invite = async |email: &str| {
            let fields: Vec<(&str, &str)> = offer.into_iter().chain([("email", email)]).collect();
            let invited = site.form(Some(&operator), "/fn/admin/invite", "/admin/invitations", &fields).await;
            assert_eq!(invited.location(), "/admin/invitations?invited=1", "{}", invited.text);
            site.mailed_link(email).await
        };
        // Everybody begins while it is there.
        let (link, other, next) = (invite(NEW).await, invite("ivy@new.example").await, invite("moss@new.example").await);
        let made = found(&site, None, &link, &[]).await;
        let owner = made.cookie().expect("they are logged in");
        let stays = found(&site, None, &other, &[("name", "Ivy"), ("slug", "ivy-hill"), ("phone", "07 5550 9999")]).await;
        assert_eq!(stays.location(), "/app/ivy-hill/welcome", "{}", stays.text);
        assert_eq!(signups(&site).await, 3);
        let data = format!("/app/{word}/settings/data");
        let closed = site.form(Some(&owner), "/fn/settings/close", &data, &[("org", word), ("typed", "Fern Florist")]).await;
        assert_eq!(closed.status, StatusCode::FOUND, "{}", closed.text);
        assert_eq!(signups(&site).await, 3, "it can still be had back");
        let left = seconds(&site);
        set_clock(&site, left + 30 * DAY);
        closing::carry_out(&site.platform).await.expect("it is erased");
        assert!(terms(&site, word).await.is_none());
        assert_eq!(signups(&site).await, 2, "what others said stays");
        assert_eq!(site.get(&link).await.status, StatusCode::NOT_FOUND);

        set_clock(&site, left + DAY);
        let refused = found(&site, None, &next, &[("name", "Moss"), ("slug", word)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("That address is taken"), "{}", refused.text);
        let made = found(&site, None, &next, &[("name", "Moss")]).await;
        assert_eq!(made.location(), "/app/fern-florist-2/welcome", "{}", made.text);
    }

    /// A trial that is cancelled stays one until its end and brings nothing, however often that is taken back; the operator sees which
    /// run out, and nobody is told that their card will be charged.
    async fn a_cancelled_trial_brings_nothing(site: Site) {
        let stripe = takes_payments(&site);
        signed_up(&site, &stripe, GOOD).await;
        let (cookie, operator) = (site.log_in_as(NEW).await, operator(&site).await);
        for ends in [true, false, true] {
            assert_eq!(let_end(&site, &cookie, ends).await.status, StatusCode::FOUND);
            assert_eq!(terms(&site, "fern-florist").await.expect("it is there").state(), State::Trial);
            let page: OverviewPage = site.read(&operator, "/fn/admin/overview").await.expect("the overview");
            for label in ["Each month (MRR)", "New this month", "Churned this month"] {
                let figure = page.figures.iter().find(|figure| figure.label == label).expect("a figure");
                assert_eq!(figure.value, "$0.00", "{label}: {}", figure.about);
            }
            for (standing, is_there) in [("ending", ends), ("trial", !ends), ("active", false), ("ended", false)] {
                let page: OrgsPage = site.read(&operator, &format!("/fn/admin/orgs?standing={standing}")).await.expect("the list");
                let found = page.orgs.iter().find(|org| org.slug == "fern-florist");
                assert_eq!(found.is_some(), is_there, "{standing} {ends}");
                let words = if ends { "Trial, cancelled; ends 7 December 2026" } else { "Trial until 7 December 2026" };
                assert!(found.is_none_or(|org| org.standing == words), "{found:?}");
            }
        }
        site.mailed().await;
        pass(&site, &stripe, 12 * DAY).await;
        notices::tell_all(&site.platform).await.expect("they are told");
        let letters = site.mailed().await;
        let letter = letters.iter().find(|letter| letter.subject == "Fern Florist’s trial ends soon").expect("a letter");
        let words = letter.paragraphs.join(" ");
        assert!(words.contains("It was cancelled, so nothing is charged.") && !words.contains("your card is charged"), "{words}");
        pass(&site, &stripe, 3 * DAY).await;
        let over = terms(&site, "fern-florist").await.expect("it is there");
        assert!(matches!(over.usage(site.platform.clock.now()), Usage::ReadOnly(_)), "{over:?}");
        assert_eq!(charged(&stripe), 0);
    }

    /// A change while it is tried out costs nothing now, and says what it costs from when on; what is the same already changes nothing.
    /// What can't be had keeps what was chosen. Who changed, ended and resumed it stands in the log.
    async fn a_change_in_a_trial_costs_nothing_now(site: Site) {
        let stripe = takes_payments(&site);
        signed_up(&site, &stripe, GOOD).await;
        let cookie = site.log_in_as(NEW).await;
        let think = async |plan: &str, period: &str, seats: &str| {
            site.get_as(&cookie, &format!("{BILLING}?plan={plan}&period={period}&seats={seats}")).await.text
        };
        let same = think("team", "month", "7").await;
        assert!(same.contains("Nothing changes: it is what you have.") && !same.contains("name=\"at\""), "{same}");
        let refused = think("solo", "month", "3").await;
        for part in ["Solo is for one person.", "See what it would cost", "value=\"3\""] {
            assert!(refused.contains(part), "{part}: {refused}");
        }
        let larger = think("business", "year", "20").await;
        assert!(larger.contains("Nothing is due now; from 7 December 2026 $1,490.00 a year, including GST."), "{larger}");
        assert!(!larger.contains("is charged now"), "{larger}");
        let at = hidden(&larger, "at");
        let fields = [("org", "fern-florist"), ("plan", "business"), ("period", "year"), ("seats", "20"), ("at", at.as_str())];
        assert_eq!(site.form(Some(&cookie), "/fn/billing/change", BILLING, &fields).await.status, StatusCode::FOUND);
        assert_eq!(charged(&stripe), 0);
        assert_eq!(terms(&site, "fern-florist").await.expect("it is there").plan, "business");
        for ends in [true, false] {
            assert_eq!(let_end(&site, &cookie, ends).await.status, StatusCode::FOUND);
            if ends {
                let larger = think("business", "year", "30").await;
                assert!(larger.contains("Nothing is due now. Your plan still ends with the trial."), "{larger}");
            }
        }
        let log = site.get_as(&cookie, "/app/fern-florist/settings/audit").await.text;
        for part in ["Fern Green chose another plan", "Fern Green cancelled the plan", "Fern Green kept the plan",
            "Team plan started: 7 people, $77.00 a month, trial until ", "Devalo noted what is paid for, as Stripe says", "Modules: the plan’s"] {
            assert!(log.contains(part), "{part}: {log}");
        }
        assert!(!log.contains("did this"), "{log}");
    }

    /// A payment that failed: its owner is told what is owed and where it is paid, and of no next payment; the operator in words of
    /// their own.
    async fn what_is_owed_is_told(site: Site) {
        let stripe = takes_payments(&site);
        signed_up(&site, &stripe, FAILS_LATER).await;
        pass(&site, &stripe, 15 * DAY).await;
        let page = site.get_as(&site.log_in_as(NEW).await, BILLING).await.text;
        for part in ["Your payment of $77.00 failed. Pay by ", "Pay $77.00", &format!("href=\"{}/i/", stripe.base)] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("The next payment is on"), "{page}");
        let list: OrgsPage = site.read(&operator(&site).await, "/fn/admin/orgs?standing=late").await.expect("the list");
        assert_eq!(list.orgs.len(), 1, "{list:?}");
        assert!(list.orgs[0].standing.starts_with("Payment late; all of it stays open until "), "{list:?}");
    }

    /// Where Stripe can't be told that a plan ends with its organisation, it is told once it can.
    async fn what_is_deleted_is_charged_no_more(site: Site) {
        let stripe = takes_payments(&site);
        signed_up(&site, &stripe, GOOD).await;
        let cookie = site.log_in_as(NEW).await;
        let ends = || stripe.look("objects/subscription")["objects"][0]["cancel_at_period_end"].clone();
        stripe.control("outage", &json!({ "mode": "500" }));
        let fields = [("org", "fern-florist"), ("typed", "Fern Florist")];
        let closed = site.form(Some(&cookie), "/fn/settings/close", "/app/fern-florist/settings/data", &fields).await;
        assert_eq!(closed.status, StatusCode::FOUND, "{}", closed.text);
        closing::carry_out(&site.platform).await.expect("it is tried");
        assert_eq!(ends(), json!(false));
        stripe.control("outage", &json!({ "mode": "none" }));
        closing::carry_out(&site.platform).await.expect("it is told");
        assert_eq!(ends(), json!(true));
    }

    /// Who deletes an organisation is told that its plan ends; who keeps it, that it still does, and where that is taken back.
    async fn deleting_says_what_becomes_of_the_plan(site: Site) {
        const DATA: &str = "/app/fern-florist/settings/data";
        let stripe = takes_payments(&site);
        signed_up(&site, &stripe, GOOD).await;
        let cookie = site.log_in_as(NEW).await;
        let page = async || site.get_as(&cookie, DATA).await.text;
        assert!(page().await.contains("Nothing more is charged: your plan ends after what is paid for."), "{}", page().await);
        site.mailed().await;
        let fields = [("org", "fern-florist"), ("typed", "Fern Florist")];
        assert_eq!(site.form(Some(&cookie), "/fn/settings/close", DATA, &fields).await.status, StatusCode::FOUND);
        let told = async |subject: &str| {
            let letters = site.mailed().await;
            let letter = letters.iter().find(|letter| letter.to == NEW && letter.subject.contains(subject));
            letter.unwrap_or_else(|| panic!("{subject}: {letters:?}")).paragraphs.join(" ")
        };
        let words = told("will be deleted on").await;
        assert!(words.contains("Nothing more is charged: its plan ends after what is paid for."), "{words}");
        assert!(page().await.contains("your plan ends on 7 December 2026"), "{}", page().await);
        let kept = site.form(Some(&cookie), "/fn/settings/keep", DATA, &[("org", "fern-florist")]).await;
        assert_eq!(kept.status, StatusCode::FOUND, "{}", kept.text);
        let words = told("isn’t deleted").await;
        assert!(words.contains("Its plan still ends on 7 December 2026: its owner can keep the plan"), "{words}");
        assert!(page().await.contains("Your plan ends on 7 December 2026") && page().await.contains("Keep plan"), "{}", page().await);
        assert_eq!(let_end(&site, &cookie, false).await.status, StatusCode::FOUND);
        assert!(!page().await.contains("Keep plan"), "{}", page().await);
        // One that pays nothing is told nothing of it.
        let alpha = site.get_as(&site.log_in("alpha").await, "/app/alpha/settings/data").await.text;
        assert!(!alpha.contains("Nothing more is charged"), "{alpha}");
    }

    /// The operator sees who owns an organisation, its customer at Stripe and its invoices. What it pays for there isn't agreed by hand: it
    /// would be undone.
    async fn stripes_word_is_not_overruled_by_hand(site: Site) {
        const ORG: &str = "/admin/orgs/fern-florist";
        let stripe = takes_payments(&site);
        signed_up(&site, &stripe, GOOD).await;
        pass(&site, &stripe, 20 * DAY).await;
        let operator = operator(&site).await;
        let page = site.get_as(&operator, ORG).await.text;
        let customer = customer_of(&stripe);
        for part in ["Fern Green, fern@new.example", "$77.00", "Paid", "It pays by Stripe", "Stripe goes on charging it all the same",
            &format!("href=\"https://dashboard.stripe.com/test/customers/{customer}\"")] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("id=\"agreed\""), "{page}");
        let before = terms(&site, "fern-florist").await;
        let fields = [("slug", "fern-florist"), ("plan", "team"), ("period", "month"), ("seats", "7"), ("price", "1"), ("state", "active"), ("last_day", "")];
        let refused = site.form(Some(&operator), "/fn/admin/agree", ORG, &fields).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
        assert!(refused.text.contains("a change made here would be undone"), "{}", refused.text);
        assert_eq!(terms(&site, "fern-florist").await, before);
        let theirs = site.get_as(&operator, "/admin/orgs/alpha").await.text;
        assert!(theirs.contains("id=\"agreed\"") && !theirs.contains("It pays by Stripe"), "{theirs}");
        let stranger = site.get_as(&site.log_in("beta").await, ORG).await;
        assert!(stranger.status == StatusCode::NOT_FOUND && !stranger.text.contains(NEW), "{}", stranger.text);
    }

    /// What a plan limits is said before it is bought.
    async fn limits_are_told_at_the_sale(site: Site) {
        let _stripe = takes_payments(&site);
        let owner = site.log_in("alpha").await;
        for page in [site.get("/start").await.text, site.get_as(&owner, "/app/alpha/settings/billing").await.text] {
            for part in [" 150 bookings a month.", "1,500 bookings a month.", "No limit to bookings a month."] {
                assert!(page.contains(part), "{part}: {page}");
            }
        }
    }
}

/// What a subscription is for is read from it alone; what isn't ours isn't taken over.
#[test]
fn what_is_paid_for_is_what_is_agreed() {
    let plans = Plans::shipped();
    let before = Terms::custom(Instant::from_unix(0));
    let of = |account: &Account| sync::terms_of(&plans, account, &before);
    assert_eq!(of(&Account::default()), Ok(None));
    let mut account = month(30);
    let terms = of(&account).expect("ours").expect("a plan");
    assert_eq!((terms.plan_seats, terms.plan_price, terms.state()), (Some(7), None, State::Active));
    // A price of another day is kept.
    account.subscriptions[0].items[0].price = "devalo.team.1.month.4900".to_owned();
    account.subscriptions[0].items[0].cents = 4_900;
    assert_eq!(of(&account).expect("ours").expect("a plan").plan_price, Some(4_900 + 2 * 900));
    for (price, currency) in
        [("devalo.team.1.month.5900", "usd"), ("", "aud"), ("coffee.beans", "aud"), ("devalo.team.x.month.1", "aud")]
    {
        let mut foreign = month(30);
        foreign.subscriptions[0].items[0].price = price.to_owned();
        foreign.subscriptions[0].items[0].currency = currency.to_owned();
        assert!(of(&foreign).is_err_and(|trouble| !trouble.passes), "{price} {currency}");
    }
    // Agreed without a limit, whatever there was before.
    let limited = Terms { plan_seats: Some(5), ..before.clone() };
    let mut custom = month(30);
    custom.subscriptions[0].items.truncate(1);
    custom.subscriptions[0].items[0].price = "devalo.custom.1.month.agreed.any.50000".to_owned();
    custom.subscriptions[0].items[0].cents = 50_000;
    let terms = sync::terms_of(&plans, &custom, &limited).expect("ours").expect("a plan");
    assert_eq!((terms.plan.as_str(), terms.plan_seats, terms.plan_price), ("custom", None, Some(50_000)));
    let never_paid = Account {
        subscriptions: vec![Subscription {
            status: "incomplete_expired".to_owned(),
            ..month(30).subscriptions[0].clone()
        }],
        ..Account::default()
    };
    assert_eq!(of(&never_paid), Ok(None));
}

/// The days on which the queue is worked off, besides the last.
const LOOKED_AT: [i64; 4] = [2, 16, 21, 27];
/// The kinds of events that say that something about an account is different.
const MATTER: [&str; 5] = ["checkout.session.", "customer.subscription.", "invoice.", "charge.", "customer.updated"];
/// The customer of the recorded month.
const RECORDED: &str = "cus_recorded";

/// A month, recorded.
struct Month {
    told: Vec<Told>,
    /// What Stripe knew of the customer on each day.
    answers: Vec<Account>,
}

/// An event, and the day that it was sent on.
struct Told {
    day: i64,
    matters: bool,
    kind: String,
    /// What was sent, but for the customer's id.
    parts: Vec<String>,
}

impl Told {
    /// The same event, as one of another customer's.
    fn of(&self, order: usize) -> String {
        self.parts.join(&customer_in(order))
    }
}

fn by_route(order: usize) -> bool {
    order.is_multiple_of(10)
}

fn customer_in(order: usize) -> String {
    format!("cus_{order}")
}

/// Has the stand-in live through a month, and keeps all that it told and all that it answered.
async fn recorded(site: &Site) -> Month {
    let stripe = StandIn::start(seconds(site));
    stripe.control("settings", &json!({ "finalise_after": 0 }));
    let payments = Payments::stripe(stripe.key, vec![stripe.secret.to_owned()], Some(&stripe.base)).expect("a client");
    let plans = Plans::shipped();
    let order = |seats| Order {
        plan: plans.current("team").expect("the plan"),
        period: Period::Month,
        seats: Some(seats),
        price: None,
    };
    let customer = payments.customer("Fern Florist", NEW, "recorded").await.expect("a customer");
    let checkout = Checkout {
        customer: &customer,
        order: order(5),
        trial_days: Some(14),
        trial_until: None,
        paid: format!("{ORIGIN}/paid"),
        left: format!("{ORIGIN}/left"),
    };
    let page = payments.checkout(&checkout).await.expect("a page");
    assert_eq!(stripe.form(&page, FAILS_LATER).status, 303);
    let (mut told, mut answers): (Vec<Told>, Vec<Account>) = (Vec::new(), Vec::new());
    let mut known = 0;
    for day in 0..=30 {
        if day > 0 {
            stripe.control("clock", &json!({ "seconds": DAY }));
        }
        let before = payments.account(&customer).await.expect("an account");
        let subscription = sync::current(&before).expect("a subscription");
        match day {
            19 => {
                stripe.control("card", &json!({ "customer": customer, "card": "ok" }));
                let unpaid =
                    before.invoices.iter().find(|invoice| invoice.status == "open").expect("an unpaid invoice");
                assert_eq!(stripe.form(&format!("/v1/invoices/{}/pay", unpaid.id), "").status, 200);
            }
            22 => {
                let at = seconds(site) + day * DAY;
                payments.change(subscription, &order(7), at, "grows").await.expect("it grows");
            }
            24 => {
                stripe.control("refund", &json!({ "customer": customer, "amount": 500 }));
            }
            25 => payments.let_end(&subscription.id, true).await.expect("it is to end"),
            29 => payments.let_end(&subscription.id, false).await.expect("it goes on"),
            _ => {}
        }
        let events = stripe.signed();
        for (payload, _) in &events[known..] {
            let event: Value = serde_json::from_str(payload).expect("JSON");
            let payload =
                event.to_string().replace("\"evt_", &format!("\"evt_{RECORDED}_")).replace(&customer, RECORDED);
            let kind = event["type"].as_str().expect("a type").to_owned();
            let parts = payload.split(RECORDED).map(str::to_owned).collect();
            told.push(Told { day, matters: MATTER.iter().any(|known| kind.starts_with(known)), kind, parts });
        }
        known = events.len();
        answers.push(payments.account(&customer).await.expect("an account"));
    }
    Month { told, answers }
}

/// What so many organisations have agreed to, what is known of their accounts, and what comes in: the same for all, and as Stripe says.
async fn ended_the_same(site: &Site, orders: usize, account: &Account) {
    let orders = i64::try_from(orders).expect("a number");
    let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let terms = platform_sql!(
        all Terms,
        &mut tx,
        "SELECT DISTINCT plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since
         FROM organisations WHERE slug LIKE 'order-%'"
    )
    .expect("terms");
    let known = platform_sql!(
        all(i64, String, String, Instant, Option<Instant>),
        &mut tx,
        "SELECT COUNT(*), subscription, status, paid_until, cancels_at FROM stripe_accounts GROUP BY subscription, status, paid_until, cancels_at"
    )
    .expect("accounts");
    let invoices = platform_sql!(
        all(i64, String, String, i64),
        &mut tx,
        "SELECT COUNT(*), id, status, total FROM stripe_invoices GROUP BY id, status, total ORDER BY id"
    )
    .expect("invoices");
    let returns = platform_sql!(
        all(i64, String, i64),
        &mut tx,
        "SELECT COUNT(*), id, refunded FROM stripe_returns GROUP BY id, refunded ORDER BY id"
    )
    .expect("returns");
    let comes_in = platform_sql!(
        all(i64, i64),
        &mut tx,
        "SELECT COUNT(*), after_year FROM plan_changes WHERE number = (SELECT MAX(number) FROM plan_changes AS later WHERE later.org_id = plan_changes.org_id)
         GROUP BY after_year"
    )
    .expect("changes");
    tx.commit().await.expect("an end");
    let plans = site.platform.plans();
    let now = site.platform.clock.now();
    let expected = sync::terms_of(plans, account, &Terms::custom(now)).expect("ours").expect("a plan");
    assert_eq!(terms, std::slice::from_ref(&expected));
    assert_eq!((expected.state(), expected.plan_seats), (State::Active, Some(7)));
    let subscription = sync::current(account).expect("a subscription");
    assert_eq!(known, [(orders, subscription.id.clone(), "active".to_owned(), subscription.paid_until, None)]);
    let mut as_told: Vec<_> = account
        .invoices
        .iter()
        .map(|invoice| (orders, invoice.id.clone(), invoice.status.clone(), invoice.total))
        .collect();
    as_told.sort_unstable();
    assert_eq!(invoices, as_told);
    let mut as_told: Vec<_> = account.returns.iter().map(|one| (orders, one.id.clone(), one.refunded)).collect();
    as_told.sort_unstable();
    assert_eq!(returns, as_told);
    assert_eq!(comes_in, [(orders, expected.a_year(plans, now))]);
}

/// What Stripe says of a customer on each day of a month: a trial, a first payment that fails, a plan that grows, a card that
/// works.
fn month(day: i64) -> Account {
    let start = 1_795_384_800;
    let at = |day: i64| Instant::from_unix(start + day * DAY);
    let item = |id: &str, price: &str, cents: i64, quantity: i64| Item {
        id: id.to_owned(),
        price: price.to_owned(),
        cents,
        quantity,
        currency: "aud".to_owned(),
    };
    let (status, more) = match day {
        ..14 => ("trialing", 0),
        14..20 => ("past_due", 0),
        20..25 => ("past_due", 2),
        _ => ("active", 2),
    };
    let mut items = vec![item("si_1", "devalo.team.1.month.5900", 5_900, 1)];
    if more > 0 {
        items.push(item("si_2", "devalo.team.1.month.seat.900", 900, more));
    }
    let invoice = |id: &str, day: i64, status: &str| Invoice {
        id: id.to_owned(),
        number: id.to_uppercase(),
        status: status.to_owned(),
        total: 5_900,
        gst: 536,
        made_at: at(day),
        paid_at: (status == "paid").then(|| at(25)),
        tried: true,
        page: None,
        lines: vec![Line {
            about: "1 × Devalo Team (at $59.00 / month)".to_owned(),
            quantity: 1,
            amount: 5_900,
            starts_at: at(day),
            ends_at: at(day + 30),
        }],
        from_credit: 0,
        credit_left: 0,
        credited_before: 0,
        credited_after: 0,
    };
    let invoices =
        if day < 14 { Vec::new() } else { vec![invoice("in_1", 14, if day < 25 { "open" } else { "paid" })] };
    let subscription = Subscription {
        id: "sub_1".to_owned(),
        status: status.to_owned(),
        made_at: at(0),
        items,
        cancels_at: None,
        ended_at: None,
        trial_until: Some(at(14)),
        paid_until: at(if day < 14 { 14 } else { 44 }),
    };
    Account { subscriptions: vec![subscription], invoices, returns: Vec::new() }
}

/// A generator of its own, so that each run is the same (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % u64::try_from(limit).expect("above zero")).expect("small")
    }
}

fn takes_payments(site: &Site) -> StandIn {
    let stripe = StandIn::start(seconds(site));
    let payments = Payments::stripe(stripe.key, vec![stripe.secret.to_owned()], Some(&stripe.base)).expect("a client");
    site.platform.take_payments(payments);
    stripe.control("settings", &json!({ "finalise_after": 0 }));
    stripe
}

/// Time goes by, there and here, and what Stripe told in it is taken over.
async fn pass(site: &Site, stripe: &StandIn, time: i64) {
    stripe.control("clock", &json!({ "seconds": time }));
    set_clock(site, seconds(site) + time);
    let at = seconds(site);
    let told = stripe.look(&format!("webhooks/signed?at={at}"));
    for event in told["events"].as_array().expect("events") {
        let (payload, signature) =
            (event["payload"].as_str().expect("text"), event["signature"].as_str().expect("text"));
        assert_eq!(webhook(site, payload, signature).await.status, StatusCode::OK);
    }
    events::take_over_due(&site.platform).await.expect("they are taken over");
    assert!(waiting(site).await.is_empty());
}

async fn begin(site: &Site, but: &[(&str, &str)]) -> Answer {
    let usual = [("plan", "team"), ("period", "month"), ("seats", "7"), ("email", NEW)];
    let kept = usual.into_iter().filter(|(name, _)| !but.iter().any(|(other, _)| other == name));
    let fields: Vec<(&str, &str)> = kept.chain(but.iter().copied()).collect();
    site.form(None, "/fn/start/begin", "/start", &fields).await
}

pub async fn found(site: &Site, cookie: Option<&str>, link: &str, but: &[(&str, &str)]) -> Answer {
    let token = link.rsplit('/').next().expect("a token");
    let usual = [
        ("token", token),
        ("name", "Fern Green"),
        ("password", PASSWORD),
        ("business", "Fern Florist"),
        ("slug", ""),
        ("zone", "Australia/Brisbane"),
        ("phone", "07 5550 1234"),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !but.iter().any(|(other, _)| other == name));
    let fields: Vec<(&str, &str)> = kept.chain(but.iter().copied()).collect();
    site.form(cookie, "/fn/start/found", link, &fields).await
}

/// Somebody who has come as far as paying: their session, and the sign-up.
async fn founded(site: &Site) -> (String, String) {
    begin(site, &[]).await;
    let founded = found(site, None, &site.mailed_link(NEW).await, &[]).await;
    let id = founded.location().rsplit('/').next().expect("an id").to_owned();
    (founded.cookie().expect("they are logged in"), id)
}

/// Another business of somebody's who is logged in, as far as paying; its page says that of the first payment.
async fn another(site: &Site, cookie: &str, slug: &str, words: &str) -> String {
    begin(site, &[]).await;
    let link = site.mailed_link(NEW).await;
    let page = site.get_as(cookie, &link).await.text;
    assert!(page.contains(words), "{page}");
    let founded = found(site, Some(cookie), &link, &[("name", ""), ("password", ""), ("slug", slug)]).await;
    assert!(founded.location().starts_with("/start/pay/"), "{}", founded.text);
    founded.location().rsplit('/').next().expect("an id").to_owned()
}

/// How many pages there are to pay on.
fn open_pages(stripe: &StandIn) -> usize {
    let pages = stripe.look("objects/checkout.session");
    pages["objects"].as_array().expect("pages").iter().filter(|page| page["status"] == "open").count()
}

/// The operator invites Fern Florist to Team by the month, for as many as come with it, but for some fields.
async fn invited(site: &Site, operator: &str, but: &[(&str, &str)]) -> Answer {
    let usual = [
        ("email", NEW),
        ("business", "Fern Florist"),
        ("plan", "team"),
        ("period", "month"),
        ("seats", ""),
        ("price", ""),
        ("free_days", ""),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !but.iter().any(|(other, _)| other == name));
    let fields: Vec<(&str, &str)> = kept.chain(but.iter().copied()).collect();
    site.form(Some(operator), "/fn/admin/invite", "/admin/invitations", &fields).await
}

/// Fern Florist has signed up for Team, for seven, with this card, and tries it out.
async fn signed_up(site: &Site, stripe: &StandIn, card: &str) {
    let (cookie, id) = founded(site).await;
    assert_eq!(stripe.form(&pays(site, &cookie, &id).await, card).status, 303);
    let done = site.get_as(&cookie, &format!("/start/done/{id}")).await;
    assert_eq!(done.location(), "/app/fern-florist/welcome");
}

async fn let_end(site: &Site, cookie: &str, ends: bool) -> Answer {
    let mut fields = vec![("org", "fern-florist")];
    if ends {
        fields.push(("ends", "true"));
    }
    site.form(Some(cookie), "/fn/billing/let-end", BILLING, &fields).await
}

/// Where the button to pay leads.
async fn pays(site: &Site, cookie: &str, id: &str) -> String {
    let sent = site.form(Some(cookie), "/fn/start/pay", &format!("/start/pay/{id}"), &[("id", id)]).await;
    assert_eq!(sent.status, StatusCode::FOUND, "{}", sent.text);
    sent.location().to_owned()
}

/// Alpha takes up Team for five, paid each year.
async fn takes_up_team(site: &Site, stripe: &StandIn, owner: &str) {
    let fields = [("org", "alpha"), ("plan", "team"), ("period", "year"), ("seats", "5")];
    let sent = site.form(Some(owner), "/fn/billing/take-up", "/app/alpha/settings/billing", &fields).await;
    assert_eq!(stripe.form(sent.location(), GOOD).status, 303);
    let back = site.get_as(owner, "/app/alpha/settings/billing?paid=1").await;
    assert!(back.text.contains("$590.00 a year"), "{}", back.text);
}

/// Team for eight at a price of their own, free until then.
fn special(site: &Site, until: Instant) -> Terms {
    Terms {
        plan: "team".to_owned(),
        plan_seats: Some(8),
        plan_price: Some(4_950),
        billing_state: State::Trial.as_str().to_owned(),
        billing_until: Some(until),
        ..Terms::custom(site.platform.clock.now())
    }
}

/// Who the business is, from now on.
async fn details(site: &Site, cookie: &str, legal_name: &str, abn: &str, address: &str) {
    let here = "/api/v1/orgs/alpha/details";
    let version = site.get_as(cookie, here).await.json()["version"].clone();
    let body = json!({ "version": version, "name": "Alpha Clinic", "zone": "Australia/Sydney", "legal_name": legal_name, "abn": abn, "address": address });
    let saved = site.json(Method::PUT, Some(cookie), here, &body).await;
    assert_eq!(saved.status, StatusCode::OK, "{saved:?}");
}

async fn webhook(site: &Site, payload: &str, signature: &str) -> Answer {
    let request = Request::post("/webhooks/stripe")
        .header("stripe-signature", signature)
        .header("content-type", "application/json")
        .body(Body::from(payload.to_owned()));
    site.send_as_it_is(request.expect("a request")).await
}

/// As Stripe documents it, written apart from the product.
fn signed(secret: &str, at: i64, payload: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{at}.{payload}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    format!("t={at},v1={hex}")
}

fn seconds(site: &Site) -> i64 {
    site.platform.clock.now().timestamp().as_second()
}

fn set_clock(site: &Site, at: i64) {
    site.platform.clock.set(jiff::Timestamp::from_second(at).expect("an instant"));
}

fn customer_of(stripe: &StandIn) -> String {
    stripe.look("objects/customer")["objects"][0]["id"].as_str().expect("an id").to_owned()
}

/// Cents that were taken from cards, in all.
fn charged(stripe: &StandIn) -> i64 {
    let charges = stripe.look("objects/charge");
    let charges = charges["objects"].as_array().expect("charges").iter();
    charges
        .filter(|charge| charge["paid"] == Value::Bool(true))
        .map(|charge| charge["amount"].as_i64().expect("cents"))
        .sum()
}

/// The value of the first hidden field with this name.
fn hidden(page: &str, name: &str) -> String {
    let field = page.split(&format!("name=\"{name}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next());
    field.unwrap_or_else(|| panic!("no {name}: {page}")).to_owned()
}

async fn org_id(site: &Site, slug: &str) -> OrgId {
    let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let (id,) = platform_sql!(one(OrgId,), &mut tx, "SELECT id FROM organisations WHERE slug = $1", slug)
        .expect("an organisation");
    tx.commit().await.expect("an end");
    id
}

pub async fn terms(site: &Site, slug: &str) -> Option<Terms> {
    let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let terms = platform_sql!(
        optional Terms,
        &mut tx,
        "SELECT plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since FROM organisations WHERE slug = $1",
        slug
    );
    tx.commit().await.expect("an end");
    terms.expect("terms")
}

/// How many have signed up, or are about to.
async fn signups(site: &Site) -> i64 {
    let mut tx = site.platform.begin(Access::Read).await.expect("a transaction");
    let (count,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM signups").expect("a number");
    tx.commit().await.expect("an end");
    count
}

async fn orgs(site: &Site) -> i64 {
    let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let (count,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM organisations").expect("a count");
    tx.commit().await.expect("an end");
    count
}

async fn link(platform: &Platform, org: OrgId, customer: &str) {
    let mut tx = platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    platform_sql!(exec, &mut tx, "INSERT INTO stripe_accounts (org_id, customer) VALUES ($1, $2)", org, customer)
        .expect("linked");
    tx.commit().await.expect("a commit");
}

async fn told(site: &Site) -> i64 {
    let mut tx = site.platform.begin(Access::Read).await.expect("a transaction");
    let (count,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM stripe_events").expect("a count");
    tx.commit().await.expect("an end");
    count
}

async fn waiting(site: &Site) -> Vec<String> {
    let mut tx = site.platform.begin(Access::Read).await.expect("a transaction");
    let rows =
        platform_sql!(all(String,), &mut tx, "SELECT id FROM stripe_events WHERE done_at IS NULL").expect("rows");
    tx.commit().await.expect("an end");
    rows.into_iter().map(|(id,)| id).collect()
}
