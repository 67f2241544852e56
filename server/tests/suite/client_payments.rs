//! What clients pay a business, against the stand-in for Stripe: to its own account and to no other, once, and back by the rules that held
//! when they booked; whatever comes in which order.

use app::{
    billing::{events, own_account, payments::Payments},
    org::Role,
};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};

use crate::{
    on_both,
    stand_in::StandIn,
    support::{Answer, ORIGIN, Site},
};

const PAGE: &str = "/app/alpha/calendar/payments";
const CONNECT: &str = "/fn/calendar/setup/connect-payments";
const STOP: &str = "/fn/calendar/setup/stop-payments";

on_both! {
    /// The owner connects an account, leaves in the middle, goes on, and is ready; there is one account however often it is asked for.
    async fn a_business_connects_its_own_account(site: Site) {
        let owner = site.log_in("alpha").await;
        let off = site.get_as(&owner, PAGE).await;
        assert_eq!(off.status, StatusCode::OK, "{}", off.text);
        assert!(off.text.contains("hasn’t switched payments on") && !off.text.contains("Connect with Stripe"), "{}", off.text);
        assert_eq!(connect(&site, Some(&owner)).await.status, StatusCode::NOT_FOUND, "nobody takes payments here");
        let stripe = takes_payments(&site);
        let page = site.get_as(&owner, PAGE).await;
        assert!(page.text.contains("Not connected") && page.text.contains("Connect with Stripe"), "{}", page.text);
        let policy = page.headers["content-security-policy"].to_str().expect("a policy");
        assert!(policy.contains(&format!("form-action 'self' {}", stripe.base)), "{policy}");
        let there = leads(&connect(&site, Some(&owner)).await);
        assert!(there.starts_with(&format!("{}/connect/", stripe.base)), "{there}");
        // Back without having said anything.
        assert_eq!(stripe.form(&there, "action=later").location.as_deref(), Some(&*format!("{ORIGIN}{PAGE}?back=1")));
        let page = site.get_as(&owner, &format!("{PAGE}?back=1")).await;
        assert!(page.text.contains("Not finished") && page.text.contains("Go on at Stripe"), "{}", page.text);
        let there = leads(&connect(&site, Some(&owner)).await);
        stripe.form(&there, "action=check");
        pass(&site, &stripe, 5);
        assert!(site.get_as(&owner, PAGE).await.text.contains("Stripe is checking"));
        let there = leads(&connect(&site, Some(&owner)).await);
        stripe.form(&there, "action=finish");
        pass(&site, &stripe, 5);
        let page = site.get_as(&owner, &format!("{PAGE}?back=1")).await;
        assert!(page.text.contains("Ready") && page.text.contains("Stop taking payments"), "{}", page.text);
        assert_eq!(accounts(&stripe).len(), 1);
        // It is in the log, and in what the owner can take along.
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("onnected a Stripe account"), "{log}");
    }

    /// Only the owner connects and stops; whoever sets up the calendar sees where it stands; others and strangers find nothing.
    async fn only_the_owner_connects(site: Site) {
        let _stripe = takes_payments(&site);
        let (_, admin) = site.join(site.alpha, "ada@alpha.example.com", Role::Admin).await;
        let page = site.get_as(&admin, PAGE).await;
        assert!(page.text.contains("Not connected") && !page.text.contains("Connect with Stripe"), "{}", page.text);
        assert_eq!(connect(&site, Some(&admin)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(stop(&site, &admin, true).await.status, StatusCode::FORBIDDEN);
        let (_, member) = site.join(site.alpha, "mo@alpha.example.com", Role::Member).await;
        assert_eq!(site.get_as(&member, PAGE).await.status, StatusCode::FORBIDDEN);
        let other = site.log_in("beta").await;
        assert_eq!(connect(&site, Some(&other)).await.status, StatusCode::NOT_FOUND);
        assert_eq!(connect(&site, None).await.status, StatusCode::UNAUTHORIZED);
        let owner = site.log_in("alpha").await;
        assert_eq!(stop(&site, &owner, true).await.status, StatusCode::CONFLICT, "there is nothing to stop");
    }

    /// What Stripe tells of an account is asked, not believed: late, twice, in any order; and of an account that is nobody's nothing comes.
    async fn where_an_account_stands_is_kept_fresh(site: Site) {
        let stripe = takes_payments(&site);
        let account = connected(&site, &stripe, "alpha").await;
        assert_eq!(ready(&site).await, Some(account.clone()));
        tell_all(&site, &stripe).await;
        stripe.control("account", &json!({ "account": account, "charges_enabled": false }));
        // The old events once more, and the new one: what holds is what is asked.
        tell_all(&site, &stripe).await;
        assert_eq!(ready(&site).await, None);
        stripe.control("account", &json!({ "account": account, "charges_enabled": true }));
        let mut told = stripe.signed();
        told.reverse();
        for (payload, signature) in told.iter().chain(&told) {
            assert_eq!(webhook(&site, payload, signature).await.status, StatusCode::OK);
        }
        events::take_over_due(&site.platform).await.expect("they are taken over");
        assert_eq!(ready(&site).await, Some(account.clone()));
        // Somebody else's account.
        let foreign = stripe.form("/v1/accounts", "type=standard&country=AU");
        let foreign: Value = serde_json::from_str(&foreign.body).expect("JSON");
        stripe.control("account", &json!({ "account": foreign["id"], "charges_enabled": true }));
        tell_all(&site, &stripe).await;
        assert_eq!(own_account::org_of(&site.platform, foreign["id"].as_str().expect("an id")).await.expect("an answer"), None);
        // Disconnected at Stripe: another can be connected in its place.
        stripe.control("account/disconnect", &json!({ "account": account }));
        tell_all(&site, &stripe).await;
        assert_eq!(ready(&site).await, None);
        let another = connected(&site, &stripe, "alpha").await;
        assert_ne!(another, account);
        assert_eq!(ready(&site).await, Some(another));
    }

    /// Stopped, nobody pays, and nothing is lost by it.
    async fn the_owner_stops_and_goes_on(site: Site) {
        let stripe = takes_payments(&site);
        let account = connected(&site, &stripe, "alpha").await;
        let owner = site.log_in("alpha").await;
        assert_eq!(leads(&stop(&site, &owner, true).await), format!("{PAGE}?stopped=1"));
        assert_eq!(ready(&site).await, None);
        assert!(site.get_as(&owner, PAGE).await.text.contains("Take payments again"));
        stop(&site, &owner, false).await;
        assert_eq!(ready(&site).await, Some(account));
    }
}

/// Clients can pay from now on, at a stand-in whose clock stands with ours.
pub fn takes_payments(site: &Site) -> StandIn {
    let stripe = StandIn::start(seconds(site));
    let payments = Payments::stripe(stripe.key, vec![stripe.secret.to_owned()], Some(&stripe.base)).expect("a client");
    site.platform.take_payments(payments);
    stripe
}

/// Time goes by, there and here.
fn pass(site: &Site, stripe: &StandIn, time: i64) {
    stripe.control("clock", &json!({ "seconds": time }));
    site.advance(time);
}

/// An organisation connects its account, as far as it goes.
async fn connected(site: &Site, stripe: &StandIn, org: &str) -> String {
    let owner = site.log_in(org).await;
    let page = format!("/app/{org}/calendar/payments");
    let sent = site.form(Some(&owner), CONNECT, &page, &[("org", org)]).await;
    stripe.form(&leads(&sent), "action=finish");
    pass(site, stripe, 5);
    assert!(site.get_as(&owner, &page).await.text.contains("Ready"));
    accounts(stripe).pop().expect("an account")
}

async fn connect(site: &Site, cookie: Option<&str>) -> Answer {
    site.form(cookie, CONNECT, PAGE, &[("org", "alpha")]).await
}

async fn stop(site: &Site, cookie: &str, stops: bool) -> Answer {
    let mut fields = vec![("org", "alpha")];
    fields.extend(stops.then_some(("stops", "true")));
    site.form(Some(cookie), STOP, PAGE, &fields).await
}

fn leads(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text);
    answer.location().to_owned()
}

/// The account that alpha's clients can pay to.
async fn ready(site: &Site) -> Option<String> {
    use app::{
        db::Access,
        org::{Actor, OrgRef, OrgTx},
        permissions,
    };
    let actor = Actor::System("a test");
    let opened = OrgTx::open(&site.platform, &actor, OrgRef::Id(site.alpha), &permissions::ENTER, Access::Read).await;
    let mut tx = opened.expect("the organisation");
    let ready = own_account::ready(&mut tx).await.expect("an answer");
    tx.rollback().await.expect("an end");
    ready
}

/// All that Stripe has told, taken over.
async fn tell_all(site: &Site, stripe: &StandIn) {
    for (payload, signature) in stripe.signed() {
        assert_eq!(webhook(site, &payload, &signature).await.status, StatusCode::OK);
    }
    events::take_over_due(&site.platform).await.expect("they are taken over");
}

async fn webhook(site: &Site, payload: &str, signature: &str) -> Answer {
    let request = Request::post("/webhooks/stripe")
        .header("stripe-signature", signature)
        .header("content-type", "application/json")
        .body(Body::from(payload.to_owned()));
    site.send_as_it_is(request.expect("a request")).await
}

fn accounts(stripe: &StandIn) -> Vec<String> {
    let all = stripe.look("objects/account");
    let all = all["objects"].as_array().cloned().unwrap_or_default();
    all.iter().map(|account| account["id"].as_str().expect("an id").to_owned()).collect()
}

fn seconds(site: &Site) -> i64 {
    site.platform.clock.now().timestamp().as_second()
}
