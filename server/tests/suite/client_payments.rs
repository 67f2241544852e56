//! What clients pay a business, against the stand-in for Stripe: to its own account and to no other, once, and back by the rules that held
//! when they booked; whatever comes in which order.

use app::{
    billing::{events, own_account, payments::Payments, terms::Terms},
    db::Access,
    modules::calendar::paying::settle,
    org::Role,
    platform_sql,
    request::ClientAddress,
    settings::export,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use futures::future::{join, join_all};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    booking_page::made,
    on_both,
    races::set_up,
    stand_in::StandIn,
    support::{Answer, ORIGIN, Site, booking},
    waitlist,
};

const PAGE: &str = "/app/alpha/calendar/payments";
const CONNECT: &str = "/fn/calendar/setup/connect-payments";
const GOOD: &str = "card_number=4242424242424242";
const DECLINED: &str = "card_number=4000000000000002";
const SERVICE: &str = "sports-massage";
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * 60;
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

    /// From the form to Stripe and back: what is asked is said before, the time is kept meanwhile, a card that is declined loses nothing, and
    /// once it is paid the booking stands, with a letter that says so. What Stripe tells of it afterwards, twice, changes nothing.
    async fn a_client_pays_a_deposit(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 50, "refunds": [{ "hours_before": 24, "percent": 100 }] })).await;
        let start = start_in(&site, 48 * HOUR).await;
        let page = format!("/b/alpha/{SERVICE}?start={start}");
        let form = site.get(&page).await;
        for words in ["To pay now", "$50.00 by card when you book; $50.00 later", "You get all of it back until 24 hours before, and nothing after that."] {
            assert!(form.text.contains(words), "{words}: {}", form.text);
        }
        let policy = form.headers["content-security-policy"].to_str().expect("a policy");
        assert!(policy.contains(&stripe.base), "{policy}");
        let made = made(&site, SERVICE, 30).await;
        let fields = [
            ("org", "alpha"), ("service", SERVICE), ("start", start.as_str()), ("zone", ""), ("key", "a-form-that-pays"), ("name", "Casey Client"),
            ("email", "casey@example.com"), ("phone", ""), ("notes", ""), ("made", made.as_str()),
        ];
        let sent = site.form(None, "/fn/calendar/book", &page, &fields).await;
        let pay = leads(&sent);
        let own = pay.strip_suffix("/pay").expect("the way to pay").to_owned();
        assert!(own.starts_with("/manage/"), "{pay}");
        assert!(!site.slots("alpha", SERVICE).await.contains(&start), "the time is kept");
        assert!(letters_to_casey(&site).await.is_empty(), "nothing stands yet");
        // The same page, however often it is asked for, and the same form once more is the same booking.
        let (there, again) = join(site.get(&pay), site.get(&pay)).await;
        assert_eq!((there.status, there.location()), (StatusCode::SEE_OTHER, again.location()));
        assert!(there.location().starts_with(&format!("{}/c/pay/", stripe.base)), "{there:?}");
        assert_eq!(leads(&site.form(None, "/fn/calendar/book", &page, &fields).await), pay);
        assert_eq!(look(&stripe, "checkout.session").len(), 1);
        let waiting = site.get(&own).await.text;
        for words in ["Pay to book this time", "Pay $50.00 now", "The time is kept for you until"] {
            assert!(waiting.contains(words), "{words}: {waiting}");
        }
        assert!(!waiting.contains("Change the time"), "{waiting}");
        let declined = stripe.form(there.location(), DECLINED);
        assert!(declined.status == 200 && declined.body.contains("declined"), "{}", declined.body);
        let paid = stripe.form(there.location(), GOOD);
        assert_eq!(paid.location.as_deref(), Some(&*format!("{ORIGIN}{own}/paid")));
        let back = site.get(&format!("{own}/paid")).await;
        assert_eq!((back.status, back.location()), (StatusCode::SEE_OTHER, &*format!("{own}?booked=1")));
        let stands = site.get(back.location()).await.text;
        for words in ["You’re booked", "$50.00 by card; $50.00 is still to pay", "You get the $50.00 that you paid back, to your card."] {
            assert!(stands.contains(words), "{words}: {stands}");
        }
        let letters = letters_to_casey(&site).await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert!(letters[0].contains("Booked: ") && letters[0].contains("Paid: $50.00 by card; $50.00 is still to pay"), "{}", letters[0]);
        let charges = look(&stripe, "charge");
        assert_eq!((charges.len(), &charges[0]["amount"], &charges[0]["application_fee_amount"]), (1, &json!(5_000), &Value::Null));
        tell_all(&site, &stripe).await;
        tell_all(&site, &stripe).await;
        settle::settle_due(&site.platform).await.expect("nothing is due");
        assert!(letters_to_casey(&site).await.is_empty());
        assert_eq!(site.get(&pay).await.location(), own, "there is nothing more to pay");
        assert_eq!(look(&stripe, "charge").len(), 1);
    }

    /// Who never comes back has paid all the same: its event comes, before anybody asks and from ten places at once, and is one payment.
    async fn the_event_alone_is_enough(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let booked = books(&site, "nobody-comes-back", 48 * HOUR).await;
        stripe.form(&page_of(&site, &booked).await, GOOD);
        for (payload, signature) in stripe.signed() {
            assert_eq!(webhook(&site, &payload, &signature).await.status, StatusCode::OK);
        }
        let backs = join_all((0..5).map(|_| async { site.get(&format!("{}/paid", own(&booked))).await.status }));
        let events = join_all((0..5).map(|_| async { events::take_over_due(&site.platform).await.expect("taken over") }));
        join(backs, events).await;
        assert!(site.get(&own(&booked)).await.text.contains("$100.00 by card"));
        assert_eq!(letters_to_casey(&site).await.len(), 1);
        assert_eq!(payments(&site).await, [("paid".to_owned(), 10_000)]);
    }

    /// Nobody pays in time: the page is closed at Stripe before the time is anybody else’s, and nothing was written to anybody.
    async fn what_is_not_paid_lapses(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let booked = books(&site, "never-paid", 48 * HOUR).await;
        let left = books(&site, "never-even-led-there", 72 * HOUR).await;
        let page = page_of(&site, &booked).await;
        pass(&site, &stripe, 30 * MINUTE - 1);
        settle::settle_due(&site.platform).await.expect("nothing is due yet");
        assert!(site.get(&own(&booked)).await.text.contains("Pay to book this time"));
        pass(&site, &stripe, 1);
        settle::settle_due(&site.platform).await.expect("they lapse");
        for one in [&booked, &left] {
            assert!(site.slots("alpha", SERVICE).await.contains(&start_of(one)), "the time is free again");
            assert!(site.get(&own(one)).await.text.contains("This time wasn’t paid for"));
        }
        assert!(look(&stripe, "checkout.session").iter().all(|session| session["status"] == "expired"));
        assert!(stripe.form(&page, GOOD).body.contains("has run out"));
        assert_eq!(site.get(&format!("{}/pay", own(&booked))).await.location(), own(&booked));
        assert!(letters_to_casey(&site).await.is_empty() && look(&stripe, "charge").is_empty());
        assert_eq!(payments(&site).await, [("lapsed".to_owned(), 0), ("lapsed".to_owned(), 0)]);
        // Another has it, and pays.
        let second = site.book("alpha", "somebody-else", &booking(SERVICE, &start_of(&booked))).await;
        assert_eq!(second.status, StatusCode::CREATED, "{second:?}");
    }

    /// Stripe tells of a page that was closed, and can’t be asked just then: there is nothing to ask any more, and it isn’t asked for ever.
    async fn what_lapsed_is_asked_no_more(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let booked = books(&site, "lapses-for-good", 48 * HOUR).await;
        page_of(&site, &booked).await;
        pass(&site, &stripe, 30 * MINUTE);
        settle::settle_due(&site.platform).await.expect("it lapses");
        stripe.control("outage", &json!({ "mode": "500", "path": "sessions" }));
        tell_all(&site, &stripe).await;
        stripe.control("outage", &json!({ "mode": "none" }));
        pass(&site, &stripe, 10 * MINUTE);
        tell_all(&site, &stripe).await;
        settles(&site, &stripe).await;
        let before = look_requests(&stripe);
        for _ in 0..4 {
            pass(&site, &stripe, HOUR);
            settles(&site, &stripe).await;
        }
        assert_eq!(look_requests(&stripe), before);
    }

    /// Inside another website Stripe’s page can’t be shown: what was booked there is paid in a window of its own.
    async fn inside_a_website_one_pays_in_another_window(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let start = start_in(&site, 48 * HOUR).await;
        let page = format!("/b/alpha/embed/{SERVICE}?start={start}");
        let form = site.get(&page).await;
        assert!(form.text.contains("To pay now"), "{}", form.text);
        let policy = form.headers["content-security-policy"].to_str().expect("a policy");
        assert!(policy.contains("frame-ancestors 'self'") && !policy.contains(&stripe.base), "{policy}");
        let made = made(&site, SERVICE, 30).await;
        let fields = [
            ("org", "alpha"), ("service", SERVICE), ("start", start.as_str()), ("zone", ""), ("key", "a-framed-form-that-pays"), ("name", "Casey Client"),
            ("email", "casey@example.com"), ("phone", ""), ("notes", ""), ("made", made.as_str()), ("hold", ""), ("page", page.as_str()),
        ];
        let there = leads(&site.form(None, "/fn/calendar/book", &page, &fields).await);
        let token = there.strip_prefix("/b/alpha/embed/booked/").expect("it stays inside");
        let pay = format!("/manage/{token}/pay");
        let booked = site.get(&there).await.text;
        assert!(booked.contains("Pay to book this time") && booked.contains("The time is kept for half an hour."), "{booked}");
        assert!(booked.contains(&format!("href=\"{ORIGIN}{pay}\" target=\"_blank\"")) && !booked.contains("You’re booked"), "{booked}");
        assert_eq!(stripe.form(site.get(&pay).await.location(), GOOD).status, 303);
        site.get(&format!("/manage/{token}/paid")).await;
        let booked = site.get(&there).await.text;
        assert!(booked.contains("You’re booked") && !booked.contains("Pay now"), "{booked}");
    }

    /// What comes free for somebody on the waitlist is paid like any booking: they read what before, and one press leads to where they pay.
    /// Unpaid it lapses, and goes on to the next in line.
    async fn an_offer_of_the_waitlist_is_paid(site: Site) {
        waitlist::with_waitlist(&site, json!({})).await;
        let booked = waitlist::fill(&site, waitlist::DAY).await;
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        set_up(&site, SERVICE, |service| service["options"]["waitlist"] = json!(true)).await;
        site.mailings().await;
        let ada = waitlist::joined(&site, "Ada").await;
        pass(&site, &stripe, 1);
        let bo = waitlist::joined(&site, "Bo").await;
        let (start, token) = &booked[2];
        waitlist::cancel(&site, token).await;
        waitlist::look(&site).await;
        let offer = site.get(&format!("/waitlist/{ada}")).await;
        assert!(offer.text.contains("To pay now") && offer.text.contains("$100.00 by card, when you book"), "{}", offer.text);
        let policy = offer.headers["content-security-policy"].to_str().expect("a policy");
        assert!(policy.contains(&stripe.base), "{policy}");
        site.mailings().await;
        let pay = leads(&waitlist::press(&site, "take", &ada, &[]).await);
        assert!(pay.starts_with("/manage/") && pay.ends_with("/pay"), "{pay}");
        assert_eq!(leads(&waitlist::press(&site, "take", &ada, &[]).await), pay, "pressed twice it is booked once");
        let there = site.get(&pay).await.location().to_owned();
        assert!(there.starts_with(&format!("{}/c/pay/", stripe.base)), "{there}");
        assert_eq!(waitlist::standing(&site, "Ada").await.0, "booked");
        let page = site.get(&format!("/waitlist/{ada}")).await.text;
        assert!(page.contains("Pay to book this time") && page.contains(&format!("href=\"{pay}\"")), "{page}");
        let letters = site.mailings().await;
        assert!(letters.iter().all(|sent| sent.letter.to.starts_with("owner@")), "nothing stands yet: {letters:?}");
        waitlist::look(&site).await;
        assert_eq!(waitlist::standing(&site, "Bo").await.0, "waiting", "it is kept for whoever pays");

        pass(&site, &stripe, 30 * MINUTE);
        settle::settle_due(&site.platform).await.expect("it lapses");
        waitlist::look(&site).await;
        assert_eq!(waitlist::standing(&site, "Bo").await, ("offered".to_owned(), Some(start.clone())));
        assert!(site.get(&format!("/waitlist/{ada}")).await.text.contains("This time wasn’t paid for"));
        assert!(look(&stripe, "charge").is_empty());
        let pay = leads(&waitlist::press(&site, "take", &bo, &[]).await);
        assert_eq!(stripe.form(site.get(&pay).await.location(), GOOD).status, 303);
        let own = pay.strip_suffix("/pay").expect("the way to pay").to_owned();
        assert_eq!(site.get(&format!("{own}/paid")).await.location(), format!("{own}?booked=1"));
        assert!(site.get(&own).await.text.contains("$100.00 by card"));
        assert!(site.get(&format!("/waitlist/{bo}")).await.text.contains("You have booked"));
    }

    /// What the business paid back before counts towards what the rules give a client who cancels, and they read it so.
    async fn what_went_back_before_counts(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100, "refunds": [{ "hours_before": 24, "percent": 50 }] })).await;
        let owner = site.log_in("alpha").await;
        for (key, hours, before, said, all) in [
            ("a-little-before", 48, "20", "You get another $30.00 back, to your card. $20.00 of the $100.00 that you paid was paid back before.", [2_000, 3_000].as_slice()),
            ("more-than-that", 72, "60", "$60.00 of the $100.00 that you paid was paid back before. No more of it comes back.", [6_000].as_slice()),
        ] {
            let booked = paid(&site, &stripe, key, hours * HOUR).await;
            let charge = look(&stripe, "charge").pop().expect("it")["id"].clone();
            let id = booked["id"].as_str().expect("an id");
            let fields = [("org", "alpha"), ("id", id), ("amount", before), ("made", "0")];
            let given = site.form(Some(&owner), "/fn/calendar/refund", &format!("/app/alpha/calendar/appointments/{id}"), &fields).await;
            assert_eq!(given.status, StatusCode::FOUND, "{}", given.text);
            settles(&site, &stripe).await;
            let page = site.get(&own(&booked)).await.text;
            assert!(page.contains(said), "{said}: {page}");
            cancels(&site, &booked).await;
            settles(&site, &stripe).await;
            let refunds = look(&stripe, "refund").into_iter().filter(|refund| refund["charge"] == charge);
            let cents: Vec<i64> = refunds.map(|refund| refund["amount"].as_i64().expect("cents")).collect();
            assert_eq!(cents, all, "{key}");
        }
    }

    /// A client pays while the calendar is turned off: nobody would see to it, so the money goes back by itself, and they are told. While a
    /// plan has only just ended, what is paid is kept.
    async fn what_is_paid_is_kept_or_goes_back(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let owner = site.log_in("alpha").await;
        let (kept, lost) = (books(&site, "the-plan-ends", 48 * HOUR).await, books(&site, "the-module-goes", 72 * HOUR).await);
        let (page, other) = (page_of(&site, &kept).await, page_of(&site, &lost).await);
        let now = site.platform.clock.now();
        let ended = Terms { billing_state: "ended".to_owned(), billing_until: Some(now.plus_seconds(-60)), ..Terms::custom(now) };
        site.agree(site.alpha, &ended).await;
        stripe.form(&page, GOOD);
        tell_all(&site, &stripe).await;
        settles(&site, &stripe).await;
        assert!(look(&stripe, "refund").is_empty(), "what is booked is kept");
        assert!(letters_to_casey(&site).await[0].contains("$100.00 by card"));
        site.agree(site.alpha, &Terms::custom(now)).await;

        let switch = async |more: &[(&str, &str)]| {
            let fields: Vec<_> = [("org", "alpha"), ("module", "calendar")].into_iter().chain(more.iter().copied()).collect();
            let done = site.form(Some(&owner), "/fn/settings/switch-module", "/app/alpha/settings/modules", &fields).await;
            assert_eq!(done.status, StatusCode::FOUND, "{}", done.text);
        };
        switch(&[]).await;
        assert_eq!(site.get(&own(&lost)).await.status, StatusCode::NOT_FOUND);
        stripe.form(&other, GOOD);
        tell_all(&site, &stripe).await;
        settles(&site, &stripe).await;
        let refunds = look(&stripe, "refund");
        assert_eq!((refunds.len(), &refunds[0]["amount"]), (1, &json!(10_000)));
        let letters = letters_to_casey(&site).await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert!(letters[0].contains("Paid back: $100.00, to the card it was paid with"), "{}", letters[0]);
        switch(&[("on", "true")]).await;
        assert!(site.get(&own(&lost)).await.text.contains("You get back $100.00"));
        assert!(!site.get(&own(&kept)).await.text.contains("You get back"), "the other stands");
    }

    /// Paid while nobody could hear of it, until the time wasn’t kept any more: the money goes back by itself, once, and its payer is told.
    async fn what_is_paid_too_late_goes_back(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let booked = books(&site, "paid-too-late", 48 * HOUR).await;
        stripe.form(&page_of(&site, &booked).await, GOOD);
        stripe.control("outage", &json!({ "mode": "500" }));
        for _ in 0..3 {
            pass(&site, &stripe, 23 * MINUTE);
            settle::settle_due(&site.platform).await.expect("it is put off");
        }
        assert!(site.slots("alpha", SERVICE).await.contains(&start_of(&booked)), "it isn’t kept for ever");
        stripe.control("outage", &json!({ "mode": "none" }));
        settles(&site, &stripe).await;
        tell_all(&site, &stripe).await;
        let refunds = look(&stripe, "refund");
        assert_eq!((refunds.len(), &refunds[0]["amount"]), (1, &json!(10_000)));
        let letters = letters_to_casey(&site).await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert!(letters[0].contains("Paid back: $100.00, to the card it was paid with"), "{}", letters[0]);
        assert!(site.get(&own(&booked)).await.text.contains("You get back $100.00"));
    }

    /// A client who cancels gets back what the rules gave them when they booked, whatever they are now, and reads it before; once, however
    /// often it is asked.
    async fn a_client_cancels_by_the_rules(site: Site) {
        let rules = json!({ "percent": 100, "refunds": [{ "hours_before": 24, "percent": 100 }, { "hours_before": 1, "percent": 33 }] });
        let stripe = sells(&site, &rules).await;
        let (early, late, last) = (
            paid(&site, &stripe, "cancels-early", 48 * HOUR).await, paid(&site, &stripe, "cancels-late", 72 * HOUR).await,
            paid(&site, &stripe, "cancels-at-last", 96 * HOUR).await,
        );
        set_up(&site, SERVICE, |service| service["options"]["payment"] = json!({ "percent": 100 })).await;
        let cancels = async |one: &Value, said: &str| {
            let page = site.get(&own(one)).await.text;
            assert!(page.contains(said), "{said}: {page}");
            let token = one["token"].as_str().expect("a token");
            let fields = [("token", token), ("version", "2")];
            assert_eq!(site.form(None, "/fn/calendar/cancel-own", &own(one), &fields).await.status, StatusCode::FOUND);
            settles(&site, &stripe).await;
            site.get(&own(one)).await.text
        };
        let done = cancels(&early, "You get the $100.00 that you paid back").await;
        assert!(done.contains("You get back $100.00"), "{done}");
        let to = |one: &Value, before: i64| {
            let start: Timestamp = start_of(one).parse().expect("a start");
            start.as_second() - before - seconds(&site)
        };
        pass(&site, &stripe, to(&late, 24 * HOUR) + 1);
        let done = cancels(&late, "You get $33.00 of the $100.00 that you paid back").await;
        assert!(done.contains("You get back $33.00"), "{done}");
        pass(&site, &stripe, to(&last, HOUR) + 1);
        let done = cancels(&last, "The $100.00 that you paid isn’t paid back.").await;
        assert!(done.contains("The $100.00 that you paid isn’t paid back."), "{done}");
        tell_all(&site, &stripe).await;
        settles(&site, &stripe).await;
        let cents: Vec<i64> = look(&stripe, "refund").iter().map(|refund| refund["amount"].as_i64().expect("cents")).collect();
        assert_eq!(cents, [10_000, 3_300]);
    }

    /// What the business calls off or declines is paid back whole, unless it chose otherwise; more than was paid never is; and what it pays
    /// back in Stripe’s dashboard, and what a bank disputes, shows.
    async fn the_business_pays_back(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let owner = site.log_in("alpha").await;
        let page = |one: &Value| format!("/app/alpha/calendar/appointments/{}", one["id"].as_str().expect("an id"));
        let step = async |one: &Value, more: &[(&str, &str)]| {
            let id = one["id"].as_str().expect("an id").to_owned();
            let fields: Vec<_> = [("org", "alpha"), ("id", id.as_str()), ("version", "2"), ("step", "cancelled")].into_iter().chain(more.iter().copied()).collect();
            site.form(Some(&owner), "/fn/calendar/step", &page(one), &fields).await
        };
        let whole = paid(&site, &stripe, "called-off", 48 * HOUR).await;
        assert!(site.get_as(&owner, &page(&whole)).await.text.contains("$100.00 by card"));
        step(&whole, &[("refund", "100")]).await;
        let part = paid(&site, &stripe, "called-off-in-part", 72 * HOUR).await;
        let refused = step(&part, &[("refund", "100.01")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        assert!(refused.text.contains("Enter an amount from $0.00 to $100.00."), "{}", refused.text);
        step(&part, &[("refund", "20")]).await;
        settles(&site, &stripe).await;
        // Twenty more, sent twice; then in the dashboard.
        let id = part["id"].as_str().expect("an id");
        let more = [("org", "alpha"), ("id", id), ("amount", "20"), ("made", "1")];
        assert_eq!(site.form(Some(&owner), "/fn/calendar/refund", &page(&part), &more).await.status, StatusCode::FOUND);
        assert_eq!(site.form(Some(&owner), "/fn/calendar/refund", &page(&part), &more).await.status, StatusCode::CONFLICT);
        settles(&site, &stripe).await;
        let charge = look(&stripe, "charge").into_iter().find(|charge| charge["amount_refunded"] == json!(4_000)).expect("it");
        stripe.control("refund", &json!({ "charge": charge["id"], "amount": 1_000 }));
        tell_all(&site, &stripe).await;
        let shown = site.get_as(&owner, &page(&part)).await.text;
        assert!(shown.matches("$20.00 paid back").count() == 2 && shown.contains("$10.00 paid back, in your Stripe dashboard"), "{shown}");
        let too_much = [("org", "alpha"), ("id", id), ("amount", "50.01"), ("made", "3")];
        assert_eq!(site.form(Some(&owner), "/fn/calendar/refund", &page(&part), &too_much).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let other = site.log_in("beta").await;
        assert_eq!(site.form(Some(&other), "/fn/calendar/refund", &page(&part), &too_much).await.status, StatusCode::NOT_FOUND);
        let kept = paid(&site, &stripe, "disputed", 96 * HOUR).await;
        let charge = look(&stripe, "charge").pop().expect("the last");
        stripe.control("dispute", &json!({ "charge": charge["id"] }));
        tell_all(&site, &stripe).await;
        assert!(site.get_as(&owner, &page(&kept)).await.text.contains("bank disputes the payment"));
        assert!(site.get_as(&owner, "/app/alpha/settings/audit").await.text.contains("paid back $20.00 for the appointment"));
    }

    /// Where the business says yes to each booking it is paid first; declined, or not answered in time, all of it goes back.
    async fn what_is_declined_goes_back(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        set_up(&site, SERVICE, |service| service["options"]["confirmation"] = json!({ "hours": 2 })).await;
        let declined = paid(&site, &stripe, "to-be-declined", 48 * HOUR).await;
        assert!(letters_to_casey(&site).await.pop().expect("a letter").contains("We’ve got your request"));
        assert!(site.get(&own(&declined)).await.text.contains("You get the $100.00 that you paid back"), "nobody said yes yet");
        let owner = site.log_in("alpha").await;
        let path = format!("/api/v1/orgs/alpha/calendar/appointments/{}/decline", declined["id"].as_str().expect("an id"));
        let said = site.json(Method::POST, Some(&owner), &path, &json!({ "version": 2 })).await;
        assert_eq!(said.status, StatusCode::NO_CONTENT, "{said:?}");
        let ignored = paid(&site, &stripe, "to-be-ignored", 72 * HOUR).await;
        pass(&site, &stripe, 2 * HOUR);
        app::modules::calendar::holds::let_go(&site.platform).await.expect("it is let go of");
        settles(&site, &stripe).await;
        assert!(site.get(&own(&ignored)).await.text.contains("You get back $100.00"));
        assert_eq!(look(&stripe, "refund").len(), 2);
        assert!(letters_to_casey(&site).await.iter().filter(|letter| letter.contains("Paid back: $100.00")).count() == 2);
    }

    /// Killed between any two steps: what stands in the database is gone on from, and nothing is made or paid twice.
    async fn whoever_comes_after_goes_on(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100, "refunds": [{ "hours_before": 0, "percent": 100 }] })).await;
        // A page was made, and nobody was told which.
        let booked = books(&site, "killed-before-it-was-known", 48 * HOUR).await;
        let page = page_of(&site, &booked).await;
        forget(&site, "UPDATE calendar_payments SET session = NULL").await;
        assert_eq!(page_of(&site, &booked).await, page, "the same page");
        // It is paid, and its event is all that there is.
        forget(&site, "UPDATE calendar_payments SET session = NULL").await;
        stripe.form(&page, GOOD);
        tell_all(&site, &stripe).await;
        assert!(site.get(&own(&booked)).await.text.contains("$100.00 by card"));
        // Nobody was led anywhere: what may have been made is closed.
        let second = books(&site, "killed-at-once", 72 * HOUR).await;
        let page = page_of(&site, &second).await;
        forget(&site, "UPDATE calendar_payments SET session = NULL WHERE state = 'open'").await;
        pass(&site, &stripe, 30 * MINUTE);
        settle::settle_due(&site.platform).await.expect("it lapses");
        assert!(stripe.form(&page, GOOD).body.contains("has run out"), "nobody pays on it any more");
        // A refund was made, and its answer never came.
        let fields = [("token", booked["token"].as_str().expect("a token")), ("version", "2")];
        site.form(None, "/fn/calendar/cancel-own", &own(&booked), &fields).await;
        stripe.control("outage", &json!({ "mode": "500", "after": true, "times": 1, "path": "refunds" }));
        settles(&site, &stripe).await;
        forget(&site, "UPDATE calendar_refunds SET state = 'asked', refund = NULL, made_at = NULL").await;
        forget(&site, "UPDATE calendar_payments SET next_at = created_at WHERE state = 'paid'").await;
        settles(&site, &stripe).await;
        assert_eq!(look(&stripe, "refund").len(), 1);
        assert!(site.get(&own(&booked)).await.text.contains("You get back $100.00"));
    }

    /// A refund was made and nobody heard of it, and a day later Stripe has forgotten that it was asked: it isn’t made again.
    async fn a_refund_is_made_once_though_stripe_forgets(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100, "refunds": [{ "hours_before": 0, "percent": 33 }] })).await;
        let booked = paid(&site, &stripe, "a-third-comes-back", 96 * HOUR).await;
        stripe.control("outage", &json!({ "mode": "500", "after": true, "times": 1, "path": "refunds", "method": "POST" }));
        cancels(&site, &booked).await;
        settle::settle_due(&site.platform).await.expect("it is put off");
        assert_eq!(look(&stripe, "refund").len(), 1, "it was made");
        for mode in ["500", "denied"] {
            stripe.control("outage", &json!({ "mode": mode, "path": "refunds" }));
            for _ in 0..13 {
                pass(&site, &stripe, HOUR);
                settle::settle_due(&site.platform).await.expect("it is put off");
            }
        }
        stripe.control("outage", &json!({ "mode": "none" }));
        pass(&site, &stripe, HOUR);
        settles(&site, &stripe).await;
        let cents: Vec<_> = look(&stripe, "refund").iter().map(|refund| refund["amount"].clone()).collect();
        assert_eq!(cents, [json!(3_300)]);
        assert!(site.get(&own(&booked)).await.text.contains("You get back $33.00"));
    }

    /// A key that is wrong for a while, or may not do that, gives no refund up, and disconnects nobody.
    async fn a_wrong_key_gives_nothing_up(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100, "refunds": [{ "hours_before": 0, "percent": 100 }] })).await;
        let alpha = ready(&site).await.expect("an account");
        let beta = connected(&site, &stripe, "beta").await;
        let booked = paid(&site, &stripe, "cancels-meanwhile", 96 * HOUR).await;
        letters_to_casey(&site).await;
        cancels(&site, &booked).await;
        for mode in ["key", "denied"] {
            stripe.control("outage", &json!({ "mode": mode }));
            events::reconcile(&site.platform).await.expect("it is compared");
            for _ in 0..3 {
                settle::settle_due(&site.platform).await.expect("it is put off");
                pass(&site, &stripe, HOUR);
            }
        }
        // Another platform’s key knows none of them.
        stripe.control("outage", &json!({ "mode": "none" }));
        for account in [&alpha, &beta] {
            stripe.control("account/disconnect", &json!({ "account": account }));
        }
        events::reconcile(&site.platform).await.expect("it is compared");
        settle::settle_due(&site.platform).await.expect("it is put off");
        assert_eq!(ready(&site).await.as_ref(), Some(&alpha), "nobody was disconnected");
        assert!(site.get(&own(&booked)).await.text.contains("You get back $100.00"));
        for account in [&alpha, &beta] {
            stripe.control("account/reconnect", &json!({ "account": account }));
        }
        pass(&site, &stripe, HOUR);
        settles(&site, &stripe).await;
        assert_eq!(look(&stripe, "refund").len(), 1);
        // What was taken to be gone is there again once Stripe says so.
        stripe.control("account/disconnect", &json!({ "account": alpha }));
        tell_all(&site, &stripe).await;
        assert_eq!(ready(&site).await, None);
        stripe.control("account/reconnect", &json!({ "account": alpha }));
        events::reconcile(&site.platform).await.expect("it is compared");
        assert_eq!(ready(&site).await, Some(alpha));
    }

    /// A refund that the bank sends back, or that can’t be made as the account is gone, is told to the owner, and its client isn’t told
    /// that the money comes; the business can pay it back again.
    async fn a_refund_that_fails_is_told(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100, "refunds": [{ "hours_before": 0, "percent": 100 }] })).await;
        let booked = paid(&site, &stripe, "sent-back", 96 * HOUR).await;
        let second = paid(&site, &stripe, "never-made", 120 * HOUR).await;
        cancels(&site, &booked).await;
        settles(&site, &stripe).await;
        assert!(site.get(&own(&booked)).await.text.contains("You get back $100.00"));
        site.mailings().await;
        let refund = look(&stripe, "refund").pop().expect("it")["id"].clone();
        pass(&site, &stripe, HOUR);
        stripe.control("refund/fail", &json!({ "refund": refund }));
        tell_all(&site, &stripe).await;
        tell_all(&site, &stripe).await;
        let told = to_owner(&site).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("$100.00 couldn’t be paid back\n") && told[0].contains("to the card of Casey Client"), "{}", told[0]);
        assert!(told[0].contains("/app/alpha/calendar/appointments/"), "{}", told[0]);
        let page = site.get(&own(&booked)).await.text;
        assert!(page.contains("$100.00 couldn’t be paid back to your card. Please contact") && !page.contains("You get back"), "{page}");
        let owner = site.log_in("alpha").await;
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("couldn’t pay back $100.00 for the appointment"), "{log}");
        let id = booked["id"].as_str().expect("an id");
        let there = format!("/app/alpha/calendar/appointments/{id}");
        assert!(site.get_as(&owner, &there).await.text.contains("$100.00 couldn’t be paid back: see your Stripe dashboard"));
        let again = [("org", "alpha"), ("id", id), ("amount", "100"), ("made", "1")];
        assert_eq!(site.form(Some(&owner), "/fn/calendar/refund", &there, &again).await.status, StatusCode::FOUND);
        settles(&site, &stripe).await;
        let page = site.get(&own(&booked)).await.text;
        assert!(page.contains("You get back $100.00") && !page.contains("couldn’t be paid back"), "{page}");
        // Disconnected for good: after a day it is given up.
        let alpha = ready(&site).await.expect("an account");
        stripe.control("account/disconnect", &json!({ "account": alpha }));
        cancels(&site, &second).await;
        settles(&site, &stripe).await;
        assert!(to_owner(&site).await.is_empty());
        pass(&site, &stripe, 25 * HOUR);
        settles(&site, &stripe).await;
        assert_eq!(to_owner(&site).await.len(), 1);
        assert!(site.get(&own(&second)).await.text.contains("couldn’t be paid back to your card"));
    }

    /// A part that came to nothing and was paid once more is paid; and a refund that Stripe refuses to make twice in different sizes is made
    /// as large as what is left.
    async fn a_part_that_failed_is_paid_again(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100, "refunds": [{ "hours_before": 0, "percent": 33 }] })).await;
        let booked = paid(&site, &stripe, "a-third-fails", 96 * HOUR).await;
        cancels(&site, &booked).await;
        settles(&site, &stripe).await;
        let refund = look(&stripe, "refund").pop().expect("it")["id"].clone();
        stripe.control("refund/fail", &json!({ "refund": refund }));
        tell_all(&site, &stripe).await;
        assert!(site.get(&own(&booked)).await.text.contains("$33.00 couldn’t be paid back"));
        let owner = site.log_in("alpha").await;
        let id = booked["id"].as_str().expect("an id");
        let again = [("org", "alpha"), ("id", id), ("amount", "33"), ("made", "1")];
        pass(&site, &stripe, MINUTE);
        site.form(Some(&owner), "/fn/calendar/refund", &format!("/app/alpha/calendar/appointments/{id}"), &again).await;
        settles(&site, &stripe).await;
        let page = site.get(&own(&booked)).await.text;
        assert!(page.contains("You get back $33.00") && !page.contains("couldn’t be paid back"), "{page}");
        // All of it is to go back; before Stripe could be asked, some went back in its dashboard.
        let second = paid(&site, &stripe, "called-off-later", 120 * HOUR).await;
        let charge = look(&stripe, "charge").pop().expect("it")["id"].clone();
        let id = second["id"].as_str().expect("an id");
        let fields = [("org", "alpha"), ("id", id), ("version", "2"), ("step", "cancelled")];
        stripe.control("outage", &json!({ "mode": "500", "path": "refunds", "method": "POST" }));
        site.form(Some(&owner), "/fn/calendar/step", &format!("/app/alpha/calendar/appointments/{id}"), &fields).await;
        settle::settle_due(&site.platform).await.expect("it is put off");
        stripe.control("outage", &json!({ "mode": "none" }));
        stripe.control("refund", &json!({ "charge": charge, "amount": 4_000 }));
        pass(&site, &stripe, HOUR);
        settles(&site, &stripe).await;
        let cents: Vec<_> = look(&stripe, "refund").into_iter().filter(|refund| refund["charge"] == charge).map(|refund| refund["amount"].clone()).collect();
        assert_eq!(cents, [json!(4_000), json!(6_000)]);
    }

    /// What isn’t paid back any more is not to be had by moving it and cancelling it there; nor is what was agreed lost by a move of the
    /// business’s.
    async fn nobody_gains_or_loses_by_a_move(site: Site) {
        let rules = json!({ "percent": 100, "refunds": [{ "hours_before": 24, "percent": 100 }, { "hours_before": 1, "percent": 40 }] });
        let stripe = sells(&site, &rules).await;
        let to = |one: &Value, before: i64| {
            let start: Timestamp = start_of(one).parse().expect("a start");
            start.as_second() - before - seconds(&site)
        };
        let (late, early, moved) = (
            paid(&site, &stripe, "moves-late", 48 * HOUR).await, paid(&site, &stripe, "moves-early", 72 * HOUR).await,
            paid(&site, &stripe, "is-moved", 120 * HOUR).await,
        );
        moves(&site, &early, &start_in(&site, 240 * HOUR).await).await;
        assert!(site.get(&own(&early)).await.text.contains("You get the $100.00 that you paid back"), "it was in time");
        pass(&site, &stripe, to(&late, 20 * HOUR));
        moves(&site, &late, &start_in(&site, 264 * HOUR).await).await;
        let page = site.get(&own(&late)).await.text;
        assert!(page.contains("You get $40.00 of the $100.00 that you paid back"), "{page}");
        cancels(&site, &late).await;
        // The business moves one from next week to tomorrow.
        let owner = site.log_in("alpha").await;
        let path = format!("/api/v1/orgs/alpha/calendar/appointments/{}/move", moved["id"].as_str().expect("an id"));
        let soon = start_in(&site, 4 * HOUR).await;
        let said = site.json(Method::POST, Some(&owner), &path, &json!({ "start": soon, "version": 2, "anyway": true })).await;
        assert_eq!(said.status, StatusCode::NO_CONTENT, "{said:?}");
        assert!(site.get(&own(&moved)).await.text.contains("You get the $100.00 that you paid back"), "it is reckoned from the time that they chose");
        cancels(&site, &moved).await;
        settles(&site, &stripe).await;
        let cents: Vec<_> = look(&stripe, "refund").iter().map(|refund| refund["amount"].clone()).collect();
        assert_eq!(cents, [json!(4_000), json!(10_000)]);
        // The evening before it moves one to a later day: whoever can’t come then isn’t late.
        let later = paid(&site, &stripe, "is-moved-later", 48 * HOUR).await;
        pass(&site, &stripe, to(&later, 14 * HOUR));
        let owner = site.log_in("alpha").await;
        let path = format!("/api/v1/orgs/alpha/calendar/appointments/{}/move", later["id"].as_str().expect("an id"));
        let said = site.json(Method::POST, Some(&owner), &path, &json!({ "start": start_in(&site, 200 * HOUR).await, "version": 2 })).await;
        assert_eq!(said.status, StatusCode::NO_CONTENT, "{said:?}");
        assert!(site.get(&own(&later)).await.text.contains("You get the $100.00 that you paid back"));
    }

    /// A deposit that isn’t paid back isn’t by moving the booking, where the business says yes to each: it had said yes to them.
    async fn a_move_is_no_way_out_of_a_deposit(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        set_up(&site, SERVICE, |service| service["options"]["confirmation"] = json!({ "hours": 2 })).await;
        let owner = site.log_in("alpha").await;
        let (agreed, never) = (paid(&site, &stripe, "it-was-agreed", 48 * HOUR).await, paid(&site, &stripe, "never-agreed", 96 * HOUR).await);
        let path = format!("/api/v1/orgs/alpha/calendar/appointments/{}/confirm", agreed["id"].as_str().expect("an id"));
        assert_eq!(site.json(Method::POST, Some(&owner), &path, &json!({ "version": 2 })).await.status, StatusCode::NO_CONTENT);
        for one in [&agreed, &never] {
            moves(&site, one, &start_in(&site, 240 * HOUR).await).await;
        }
        let page = site.get(&own(&agreed)).await.text;
        assert!(page.contains("You have asked for this time") && page.contains("The $100.00 that you paid isn’t paid back."), "{page}");
        assert!(site.get(&own(&never)).await.text.contains("You get the $100.00 that you paid back"));
        for one in [&agreed, &never] {
            cancels(&site, one).await;
        }
        settles(&site, &stripe).await;
        assert_eq!(look(&stripe, "refund").len(), 1);
        // Nor by letting the business not answer, or having it say no.
        let (ignored, declined) = (paid(&site, &stripe, "to-be-ignored", 48 * HOUR).await, paid(&site, &stripe, "to-be-declined", 72 * HOUR).await);
        for one in [&ignored, &declined] {
            let path = format!("/api/v1/orgs/alpha/calendar/appointments/{}/confirm", one["id"].as_str().expect("an id"));
            assert_eq!(site.json(Method::POST, Some(&owner), &path, &json!({ "version": 2 })).await.status, StatusCode::NO_CONTENT);
            moves(&site, one, &start_in(&site, 240 * HOUR).await).await;
        }
        let path = format!("/api/v1/orgs/alpha/calendar/appointments/{}/decline", declined["id"].as_str().expect("an id"));
        let version: i64 = version_of(&site, declined["token"].as_str().expect("a token")).await.parse().expect("a number");
        assert_eq!(site.json(Method::POST, Some(&owner), &path, &json!({ "version": version })).await.status, StatusCode::NO_CONTENT);
        pass(&site, &stripe, 2 * HOUR);
        app::modules::calendar::holds::let_go(&site.platform).await.expect("it is let go of");
        settles(&site, &stripe).await;
        assert_eq!(look(&stripe, "refund").len(), 1);
        assert!(site.get(&own(&ignored)).await.text.contains("The $100.00 that you paid isn’t paid back."));
    }

    /// An organisation isn’t deleted while its clients have paid for what is to come, or wait for a refund.
    async fn who_owes_nothing_can_close(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100, "refunds": [{ "hours_before": 0, "percent": 100 }] })).await;
        let booked = paid(&site, &stripe, "still-to-come", 48 * HOUR).await;
        let closes = async || {
            let owner = site.log_in("alpha").await;
            let fields = [("org", "alpha"), ("typed", "Alpha Clinic")];
            site.form(Some(&owner), "/fn/settings/close", "/app/alpha/settings/data", &fields).await
        };
        let paying = books(&site, "just-paying", 72 * HOUR).await;
        assert!(closes().await.text.contains("2 paid appointments are still to come."));
        pass(&site, &stripe, 30 * MINUTE);
        settles(&site, &stripe).await;
        assert!(site.get(&own(&paying)).await.text.contains("This time wasn’t paid for"));
        let refused = closes().await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.text.contains("1 paid appointment is still to come."), "{}", refused.text);
        cancels(&site, &booked).await;
        assert!(closes().await.text.contains("1 payment is being paid back."));
        settles(&site, &stripe).await;
        // Nor while somebody has sessions left of what they bought.
        let owner = site.log_in("alpha").await;
        let package = adds_package(&site, &owner, "3").await;
        let desk = site.get_as(&owner, "/app/alpha/calendar/packages").await.text;
        let key = desk.split("name=\"key\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a key").to_owned();
        let fields = [("org", "alpha"), ("package", package.as_str()), ("client", "Casey Client"), ("email", "casey@example.com"), ("key", key.as_str())];
        leads(&site.form(Some(&owner), "/fn/calendar/sell-package", "/app/alpha/calendar/packages", &fields).await);
        assert!(closes().await.text.contains("1 package that a client bought has sessions left."));
        leads(&site.form(Some(&owner), "/fn/calendar/end-package", "/app/alpha/calendar/clients", &[("org", "alpha"), ("id", key.as_str())]).await);
        // Nor while one is just being paid for; but what Stripe doesn’t say for days keeps nobody for ever.
        let made = form_of(&site.get("/b/alpha/packages").await.text, &package);
        pass(&site, &stripe, 2);
        let fields = [("org", "alpha"), ("package", package.as_str()), ("made", made.as_str()), ("name", "Casey Client"), ("email", "casey@example.com")];
        let pay = leads(&site.form(None, "/fn/calendar/buy-package", "/b/alpha/packages", &fields).await);
        assert_eq!(site.get(&pay).await.status, StatusCode::SEE_OTHER);
        assert!(closes().await.text.contains("1 package is just being paid for."));
        stripe.control("outage", &json!({ "mode": "key" }));
        for time in [2 * HOUR, 96 * HOUR] {
            pass(&site, &stripe, time);
            settle::settle_due(&site.platform).await.expect("it is put off");
        }
        let done = closes().await;
        assert_eq!(done.status, StatusCode::FOUND, "{}", done.text);
    }

    /// Rules that are set once it is paid keep nobody from what was agreed.
    async fn who_has_paid_can_always_cancel(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100, "refunds": [{ "hours_before": 0, "percent": 100 }] })).await;
        let booked = paid(&site, &stripe, "kept-in-by-rules", 48 * HOUR).await;
        set_up(&site, SERVICE, |service| service["options"]["changes"] = json!({ "late_hours": 8_760, "no_late_cancel": true })).await;
        assert!(site.get(&own(&booked)).await.text.contains("You get the $100.00 that you paid back"));
        cancels(&site, &booked).await;
        settles(&site, &stripe).await;
        assert_eq!(look(&stripe, "refund").len(), 1);
        // Who has paid nothing is held to them.
        set_up(&site, SERVICE, |service| service["price_cents"] = json!(0)).await;
        let free = books(&site, "nothing-paid", 48 * HOUR).await;
        let fields = [("token", free["token"].as_str().expect("a token")), ("version", "1")];
        assert_eq!(site.form(None, "/fn/calendar/cancel-own", &own(&free), &fields).await.status, StatusCode::CONFLICT);
    }

    /// Events come in any order, or never: what was paid back or disputed before it was known as paid is known all the same.
    async fn what_nobody_told_is_known(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let booked = books(&site, "refunded-before-known", 48 * HOUR).await;
        stripe.form(&page_of(&site, &booked).await, GOOD);
        let charge = look(&stripe, "charge").pop().expect("it")["id"].clone();
        stripe.control("refund", &json!({ "charge": charge, "amount": 2_500 }));
        // Of the refund first, then of the payment.
        let mut told = stripe.signed();
        told.sort_by_key(|(payload, _)| !payload.contains("charge.refunded"));
        for (payload, signature) in told {
            assert_eq!(webhook(&site, &payload, &signature).await.status, StatusCode::OK);
            events::take_over_due(&site.platform).await.expect("they are taken over");
        }
        settles(&site, &stripe).await;
        let owner = site.log_in("alpha").await;
        let page = format!("/app/alpha/calendar/appointments/{}", booked["id"].as_str().expect("an id"));
        assert!(site.get_as(&owner, &page).await.text.contains("$25.00 paid back, in your Stripe dashboard"));
        stripe.control("dispute", &json!({ "charge": charge }));
        pass(&site, &stripe, 25 * HOUR);
        settles(&site, &stripe).await;
        let owner = site.log_in("alpha").await;
        assert!(site.get_as(&owner, &page).await.text.contains("bank disputes the payment"));
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("learnt that the payment for the appointment"), "{log}");
        // Most of it went back in the dashboard: what is left is what a refund of ours gives.
        let second = paid(&site, &stripe, "the-rest", 96 * HOUR).await;
        let charge = look(&stripe, "charge").pop().expect("it")["id"].clone();
        stripe.control("refund", &json!({ "charge": charge, "amount": 9_000 }));
        let id = second["id"].as_str().expect("an id");
        let fields = [("org", "alpha"), ("id", id), ("version", "2"), ("step", "cancelled")];
        site.form(Some(&owner), "/fn/calendar/step", &format!("/app/alpha/calendar/appointments/{id}"), &fields).await;
        settles(&site, &stripe).await;
        let all: i64 = look(&stripe, "refund").iter().filter(|refund| refund["charge"] == charge).filter_map(|refund| refund["amount"].as_i64()).sum();
        assert_eq!(all, 10_000);
        assert!(site.get(&own(&second)).await.text.contains("You get back $100.00"));
    }

    /// Whoever opens the ways to Stripe and back again and again uses up nothing of what it answers us, and is led there all the same.
    async fn nobody_uses_stripe_up(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let booked = books(&site, "opened-often", 48 * HOUR).await;
        let page = page_of(&site, &booked).await;
        let before = look_requests(&stripe);
        for _ in 0..20 {
            assert_eq!(page_of(&site, &booked).await, page);
            site.get(&format!("{}/paid", own(&booked))).await;
        }
        let asked = look_requests(&stripe) - before;
        assert!(asked <= 10, "{asked}");
        // Nobody was led anywhere: it lapses without a word to Stripe.
        let left = books(&site, "left-at-once", 72 * HOUR).await;
        pass(&site, &stripe, 30 * MINUTE);
        let before = look_requests(&stripe);
        settle::settle_due(&site.platform).await.expect("they lapse");
        assert!(site.get(&own(&left)).await.text.contains("This time wasn’t paid for"));
        assert_eq!(look_requests(&stripe) - before, 1, "the page of the first is closed");
        // Packages from one place: so many in an hour.
        let owner = site.log_in("alpha").await;
        let package = adds_package(&site, &owner, "3").await;
        let made = form_of(&site.get("/b/alpha/packages").await.text, &package);
        pass(&site, &stripe, 2);
        let buy = async |place: &str| {
            let fields = [("org", "alpha"), ("package", package.as_str()), ("made", made.as_str()), ("name", "Casey Client"), ("email", "casey@example.com")];
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            let mut request = Request::post("/fn/calendar/buy-package")
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", "text/html,application/xhtml+xml")
                .header("sec-fetch-site", "same-origin")
                .header("referer", format!("{ORIGIN}/b/alpha/packages"))
                .body(Body::from(body))
                .expect("a request");
            request.extensions_mut().insert(ClientAddress(place.parse().expect("an address")));
            site.send(request).await.status
        };
        for _ in 0..12 {
            assert_eq!(buy("203.0.113.40").await, StatusCode::FOUND);
        }
        assert_eq!(buy("203.0.113.40").await, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(buy("203.0.113.41").await, StatusCode::FOUND);
    }

    /// Another business’s account, page or payment moves nothing, whatever an event says.
    async fn nobody_pays_with_anothers_payment(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let alpha = accounts(&stripe).pop().expect("alpha’s");
        let beta = connected(&site, &stripe, "beta").await;
        let booked = books(&site, "alphas-own", 48 * HOUR).await;
        let page = page_of(&site, &booked).await;
        let session = page.rsplit('/').next().expect("an id").to_owned();
        let payment = look(&stripe, "checkout.session").pop().expect("it")["client_reference_id"].clone();
        // Beta sells something on its own account, and says that it is alpha’s payment.
        let forged = sells_on(&stripe, &beta, payment.as_str().expect("an id"));
        stripe.form(&forged, GOOD);
        tell_all(&site, &stripe).await;
        // And events say that alpha’s page was paid on beta’s account, that beta’s was on alpha’s, and that it was on ours.
        let forged_id = forged.rsplit('/').next().expect("an id").to_owned();
        for (n, (account, session)) in [(Some(&beta), &session), (Some(&alpha), &forged_id), (None, &session)].into_iter().enumerate() {
            let mut event = json!({
                "id": format!("evt_forged_{n}"), "type": "checkout.session.completed", "created": seconds(&site),
                "data": { "object": { "id": session, "object": "checkout.session", "payment_status": "paid", "status": "complete",
                    "client_reference_id": payment, "customer": "cus_nobody" } },
            });
            if let Some(account) = account {
                event["account"] = json!(account);
            }
            let payload = event.to_string();
            let signature = signed(stripe.secret, seconds(&site), &payload);
            assert_eq!(webhook(&site, &payload, &signature).await.status, StatusCode::OK);
        }
        events::take_over_due(&site.platform).await.expect("they are taken over");
        assert!(site.get(&own(&booked)).await.text.contains("Pay to book this time"));
        assert_eq!(payments(&site).await, [("open".to_owned(), 0)]);
        let unsigned = webhook(&site, "{}", "t=1,v1=00").await;
        assert_eq!(unsigned.status, StatusCode::BAD_REQUEST);
    }

    /// Nothing is asked of who books by the business, where it is free, and while no account is ready; the business can let one stand.
    async fn not_everybody_pays(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let owner = site.log_in("alpha").await;
        let stands = async |key: &str, hours: i64| {
            let booked = books(&site, key, hours * HOUR).await;
            booked["pay_url"].is_null()
        };
        assert!(!stands("asked-for", 48).await);
        set_up(&site, SERVICE, |service| service["price_cents"] = json!(0)).await;
        assert!(stands("free-of-charge", 50).await);
        set_up(&site, SERVICE, |service| service["price_cents"] = json!(10_000)).await;
        stop(&site, &owner, true).await;
        assert!(stands("no-account", 52).await);
        stop(&site, &owner, false).await;
        // Let stand: nobody can pay any more, and the client is told that it stands.
        let waived = books(&site, "let-stand", 72 * HOUR).await;
        let page = page_of(&site, &waived).await;
        let id = waived["id"].as_str().expect("an id");
        let fields = [("org", "alpha"), ("id", id), ("version", "1"), ("step", "waived")];
        let there = format!("/app/alpha/calendar/appointments/{id}");
        assert!(site.get_as(&owner, &there).await.text.contains("Let it stand without paying"));
        assert_eq!(leads(&site.form(Some(&owner), "/fn/calendar/step", &there, &fields).await), format!("{there}?waived=1"));
        settles(&site, &stripe).await;
        assert!(stripe.form(&page, GOOD).body.contains("has run out"));
        pass(&site, &stripe, HOUR);
        settles(&site, &stripe).await;
        let owner = site.log_in("alpha").await;
        assert!(site.get_as(&owner, &there).await.text.contains("$100.00 asked for; never paid"));
        assert!(site.get(&own(&waived)).await.text.contains("Your booking"));
    }

    /// What a service asks is set up with its rules, and what can’t be is said at its field.
    async fn what_a_service_asks_is_set_up(site: Site) {
        let owner = site.log_in("alpha").await;
        let id = id_of_service(&site, &owner).await;
        let page = format!("/app/alpha/calendar/services/{id}/payment");
        let shown = site.get_as(&owner, &page).await.text;
        assert!(shown.contains("Payments aren’t ready"), "{shown}");
        let send = async |version: &str, typed: &[(&str, &str)]| {
            let names: Vec<(String, &str)> = typed.iter().map(|(name, value)| (format!("options[payment.{name}][]"), *value)).collect();
            let fields: Vec<(&str, &str)> = [("org", "alpha"), ("id", id.as_str()), ("version", version)].into_iter()
                .chain(names.iter().map(|(name, value)| (name.as_str(), *value))).collect();
            site.form(Some(&owner), "/fn/calendar/setup/save-payment", &page, &fields).await
        };
        let version = shown.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a version").to_owned();
        for (typed, field) in [
            (vec![("kind", "part"), ("percent", "101")], "percent"), (vec![("kind", "part")], "percent"),
            (vec![("kind", "deposit"), ("cents", "much")], "cents"), (vec![("kind", "deposit"), ("cents", "0.49")], "cents"),
            (vec![("kind", "full"), ("until", "-1")], "until"), (vec![("kind", "full"), ("later", "101")], "later"),
        ] {
            let refused = send(&version, &typed).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed:?}");
            assert!(refused.text.contains(&format!("field-options.payment.{field}-error")), "{typed:?}: {}", refused.text);
        }
        let saved = send(&version, &[("kind", "deposit"), ("cents", "20"), ("until", "48"), ("later", "50")]).await;
        assert_eq!(leads(&saved), format!("{page}?saved=1"));
        let shown = site.get_as(&owner, &page).await.text;
        for value in ["value=\"20\"", "value=\"48\"", "value=\"50\""] {
            assert!(shown.contains(value), "{value}: {shown}");
        }
    }

    /// What a client paid and got back is in the file of all that there is of them, and in the files of the reports: beside what was agreed.
    async fn what_was_paid_is_in_the_files(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 40, "refunds": [{ "hours_before": 24, "percent": 50 }] })).await;
        let owner = site.log_in("alpha").await;
        let table = async |table: &str| site.get_as(&owner, &format!("/app/alpha/calendar/reports.csv?table={table}")).await.text;
        assert!(table("totals").await.contains("Paid online,0.00,0.00"));
        let stands = paid(&site, &stripe, "it-stands", 48 * HOUR).await;
        let cancelled = paid(&site, &stripe, "is-cancelled", 72 * HOUR).await;
        cancels(&site, &cancelled).await;
        settles(&site, &stripe).await;
        books(&site, "never-pays", 96 * HOUR).await;
        let listed = table("appointments").await;
        assert!(listed.starts_with("Start,") && listed.contains(",Price,Currency,Asked online,Paid online,Paid back,Payment"), "{listed}");
        for words in [",100.00,AUD,40.00,40.00,0.00,paid\n", ",100.00,AUD,40.00,40.00,20.00,paid back in part\n", ",100.00,AUD,40.00,0.00,0.00,not paid yet\n"] {
            assert_eq!(listed.replace('\r', "").matches(words).count(), 1, "{words}: {listed}");
        }
        let totals = table("totals").await;
        assert!(totals.contains("Paid online,80.00,0.00") && totals.contains("Paid back,20.00,0.00"), "{totals}");
        for of in ["services", "staff"] {
            let lines = table(of).await;
            assert!(lines.contains("Revenue,Paid online,Paid back"), "{lines}");
            assert!(of == "staff" || lines.contains(",80.00,20.00"), "{lines}");
        }

        let clients = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/clients?q=casey%40example.com").await.json();
        let id = clients["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{clients}")).to_owned();
        let file = site.get_as(&owner, &format!("/api/v1/orgs/alpha/calendar/clients/{id}/export")).await.json();
        let payments = file["payments"].as_array().expect("payments");
        // The clock stands still: in which order they come isn’t told.
        let of = |id: &Value| payments.iter().find(|one| one["appointment_id"] == *id).unwrap_or_else(|| panic!("{file}"));
        for id in [&stands["id"], &cancelled["id"]] {
            assert_eq!((&of(id)["state"], &of(id)["paid_cents"]), (&json!("paid"), &json!(4_000)));
        }
        assert_eq!((payments.len(), payments.iter().filter(|one| one["state"] == "open").count()), (3, 1));
        assert_eq!(of(&cancelled["id"])["refunds"].as_array().map(|refunds| (refunds.len(), refunds[0]["cents"].clone(), refunds[0]["state"].clone())), Some((1, json!(2_000), json!("made"))));
        assert_eq!(file["packages"], json!([]));
    }

    /// A package is bought from its page, paid, and used: a session each time, by whoever it was sent to; cancelled in time it is there again.
    async fn a_package_is_bought_and_used(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let owner = site.log_in("alpha").await;
        let package = adds_package(&site, &owner, "3").await;
        assert!(site.get("/b/alpha").await.text.contains("href=\"/b/alpha/packages\""), "the business’s page leads there");
        let page = site.get("/b/alpha/packages").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        for words in ["Three massages", "3 sessions for $240.00, $80.00 each. Good for 6 months.", "Buy Three massages"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        assert!(!page.text.contains(".wasm"), "no program is loaded");
        let send = async |more: &[(&str, &str)]| {
            let made = form_of(&site.get("/b/alpha/packages").await.text, &package);
            site.advance(2);
            stripe.control("clock", &json!({ "seconds": 2 }));
            let usual = [("org", "alpha"), ("package", package.as_str()), ("made", made.as_str()), ("name", "Casey Client"), ("email", "casey@example.com")];
            let fields: Vec<_> = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name)).chain(more.iter().copied()).collect();
            site.form(None, "/fn/calendar/buy-package", "/b/alpha/packages", &fields).await
        };
        for (field, value) in [("name", ""), ("email", "casey")] {
            let refused = send(&[(field, value)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
            assert!(refused.text.contains(&format!("field-{field}-error")), "{field}: {}", refused.text);
        }
        assert_eq!(send(&[("made", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "programs are asked again");
        let pay = leads(&send(&[]).await);
        let own = pay.strip_suffix("/pay").expect("its own page").to_owned();
        assert!(site.get(&own).await.text.contains("Pay $240.00 now"));
        let there = site.get(&pay).await;
        assert_eq!(there.status, StatusCode::SEE_OTHER);
        assert_eq!(site.get(&pay).await.location(), there.location(), "one page");
        assert_eq!(stripe.form(there.location(), GOOD).location.as_deref(), Some(&*format!("{ORIGIN}{own}/paid")));
        assert_eq!(site.get(&format!("{own}/paid")).await.location(), own);
        let shown = site.get(&own).await.text;
        assert!(shown.contains("3 of 3 left"), "{shown}");
        let letters = letters_to_casey(&site).await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        let code = letters[0].split("Your code: ").nth(1).expect("a code").chars().take(14).collect::<String>();
        assert!(shown.contains(&code), "{code}: {shown}");
        tell_all(&site, &stripe).await;
        assert!(letters_to_casey(&site).await.is_empty());
        // Used: nothing is to pay, and it stands at once.
        let uses = async |key: &str, hours: i64, more: &Value| {
            let mut body = booking(SERVICE, &start_in(&site, hours * HOUR).await);
            body["package"] = json!(code);
            for (name, value) in more.as_object().expect("an object") {
                body[name] = value.clone();
            }
            site.book("alpha", key, &body).await
        };
        let first = uses("first-session", 48, &json!({ "package": format!(" {} ", code.to_lowercase()) })).await;
        assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
        let first = first.json();
        assert!(first["pay_url"].is_null(), "{first}");
        assert!(site.get(&self::own(&first)).await.text.contains("A session of “Three massages”"));
        for (more, what) in [(json!({ "email": "thief@example.com" }), "another’s email"), (json!({ "package": "AAAA-BBBB-CCCC" }), "no such code"), (json!({ "service": "follow-up" }), "another service")] {
            let refused = uses("not-with-this", 60, &more).await;
            assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY || what == "another service", "{what}: {refused:?}");
        }
        assert!(site.get(&own).await.text.contains("2 of 3 left"));
        let token = first["token"].as_str().expect("a token");
        let cancelled = site.form(None, "/fn/calendar/cancel-own", &self::own(&first), &[("token", token), ("version", "1")]).await;
        assert_eq!(cancelled.status, StatusCode::FOUND);
        assert!(site.get(&own).await.text.contains("3 of 3 left"), "it is there again");
        // On the client’s page, for whoever may see it; and another business knows nothing of the code.
        let clients = site.get_as(&owner, "/app/alpha/calendar/clients?q=casey%40example.com").await.text;
        let id = clients.split("/app/alpha/calendar/clients/").find_map(|rest| {
            let id: String = rest.chars().take(36).collect();
            (id.len() == 36 && id.matches('-').count() == 4).then_some(id)
        });
        let id = id.expect("the client");
        let client = site.get_as(&owner, &format!("/app/alpha/calendar/clients/{id}")).await.text;
        assert!(client.contains("Three massages: 3 of 3 left") && client.contains(&code), "{client}");
        let file = site.get_as(&owner, &format!("/api/v1/orgs/alpha/calendar/clients/{id}/export")).await.json();
        assert_eq!(file["packages"].as_array().map(Vec::len), Some(1), "{file}");
        let package = &file["packages"][0];
        assert_eq!((&package["name"], &package["code"], &package["used"]), (&json!("Three massages"), &json!(code), &json!(0)), "{file}");
        assert_eq!((&file["payments"][0]["id"], &file["payments"][0]["paid_cents"]), (&package["payment_id"], &json!(24_000)), "{file}");
    }

    /// Twenty at once on the last session: one has it, and it is never fewer than none.
    async fn the_last_session_is_used_once(site: Site) {
        let _stripe = sells(&site, &json!({ "percent": 100 })).await;
        let owner = site.log_in("alpha").await;
        let package = adds_package(&site, &owner, "1").await;
        let fields = [("org", "alpha"), ("package", package.as_str()), ("client", "Casey Client"), ("email", "casey@example.com")];
        let desk = site.get_as(&owner, "/app/alpha/calendar/packages").await.text;
        let key = desk.split("name=\"key\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a key").to_owned();
        let fields: Vec<_> = fields.into_iter().chain([("key", key.as_str())]).collect();
        // Pressed twice it is sold once; and it is another’s no more than that.
        for _ in 0..2 {
            let sold = site.form(Some(&owner), "/fn/calendar/sell-package", "/app/alpha/calendar/packages", &fields).await;
            assert_eq!(leads(&sold), "/app/alpha/calendar/packages?sold=1");
        }
        let another: Vec<_> = fields.iter().map(|(name, value)| if *name == "email" { (*name, "robin@example.com") } else { (*name, *value) }).collect();
        assert_eq!(site.form(Some(&owner), "/fn/calendar/sell-package", "/app/alpha/calendar/packages", &another).await.status, StatusCode::CONFLICT);
        let letters = letters_to_casey(&site).await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        let code = letters[0].split("Your code: ").nth(1).expect("a code").chars().take(14).collect::<String>();
        let starts = site.slots("alpha", SERVICE).await;
        let tries = (0..20).map(|n| {
            let mut body = booking(SERVICE, &starts[20 + 6 * n]);
            body["package"] = json!(code);
            let key = format!("one-of-twenty-{n}");
            let site = &site;
            async move { site.book("alpha", &key, &body).await.status }
        });
        let all = join_all(tries).await;
        assert_eq!(all.iter().filter(|status| **status == StatusCode::CREATED).count(), 1, "{all:?}");
        assert!(all.iter().all(|status| [StatusCode::CREATED, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::TOO_MANY_REQUESTS].contains(status)), "{all:?}");
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let used = platform_sql!(all(i64, i64), &mut tx, "SELECT used, sessions FROM calendar_purchases").expect("purchases");
        tx.rollback().await.expect("an end");
        assert_eq!(used, [(1, 1)]);
        // Sold by mistake, it is ended: by the desk of its business alone.
        let ends = async |who: Option<&str>| site.form(who, "/fn/calendar/end-package", "/app/alpha/calendar/clients", &[("org", "alpha"), ("id", key.as_str())]).await;
        let other = site.log_in("beta").await;
        assert_eq!((ends(None).await.status, ends(Some(&other)).await.status), (StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND));
        let ended = ends(Some(&owner)).await;
        assert!(leads(&ended).ends_with("?ended=1"), "{ended:?}");
        assert!(site.get_as(&owner, ended.location()).await.text.contains("paid back, or can’t be used any more"));
        assert_eq!(ends(Some(&owner)).await.status, StatusCode::CONFLICT);
    }

    /// A session is as long as the service is; the code works with the address that it was bought with, whatever it is now; what is
    /// disputed can’t be used, nor what was an erased client’s.
    async fn a_package_pays_for_what_it_is(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        set_up(&site, SERVICE, |service| service["options"]["lengths"] = json!([{ "minutes": 90, "price_cents": 24_000 }])).await;
        let owner = site.log_in("alpha").await;
        let package = adds_package(&site, &owner, "3").await;
        let made = form_of(&site.get("/b/alpha/packages").await.text, &package);
        pass(&site, &stripe, 2);
        let fields = [("org", "alpha"), ("package", package.as_str()), ("made", made.as_str()), ("name", "Casey Client"), ("email", "casey@example.com")];
        let pay = leads(&site.form(None, "/fn/calendar/buy-package", "/b/alpha/packages", &fields).await);
        stripe.form(site.get(&pay).await.location(), GOOD);
        tell_all(&site, &stripe).await;
        let code = letters_to_casey(&site).await[0].split("Your code: ").nth(1).expect("a code").chars().take(14).collect::<String>();
        let takes = async |key: &str, hours: i64, more: &Value| {
            let mut body = booking(SERVICE, &start_in(&site, hours * HOUR).await);
            body["package"] = json!(code);
            for (name, value) in more.as_object().expect("an object") {
                body[name] = value.clone();
            }
            site.book("alpha", key, &body).await
        };
        let long = takes("a-long-one", 240, &json!({ "length": 90 })).await;
        assert_eq!((long.status, long.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["package".to_owned()]), "{long:?}");
        assert!(long.text.contains("1 hour each"), "{}", long.text);
        assert_eq!(takes("a-usual-one", 48, &json!({})).await.status, StatusCode::CREATED);
        // Their address is corrected: both work, and no other.
        let clients = site.get_as(&owner, "/api/v1/orgs/alpha/calendar/clients?q=casey%40example.com").await.json();
        let client = clients["items"][0].clone();
        let id = client["id"].as_str().unwrap_or_else(|| panic!("{clients}")).to_owned();
        let path = format!("/api/v1/orgs/alpha/calendar/clients/{id}");
        let mut known = site.get_as(&owner, &path).await.json();
        let version = known["version"].clone();
        known = json!({ "name": "Casey Client", "email": "casey.new@example.com", "phone": "", "version": version });
        let saved = site.json(Method::PUT, Some(&owner), &path, &known).await;
        assert!(saved.status.is_success(), "{saved:?}");
        for (key, email, works) in [("by-the-old", "casey@example.com", true), ("by-the-new", "casey.new@example.com", true), ("by-another", "thief@example.com", false)] {
            let booked = takes(key, 72, &json!({ "email": email })).await;
            assert_eq!(booked.status == StatusCode::CREATED, works, "{email}: {booked:?}");
            if works {
                let booked = booked.json();
                let fields = [("token", booked["token"].as_str().expect("a token")), ("version", "1")];
                site.form(None, "/fn/calendar/cancel-own", &own(&booked), &fields).await;
            }
        }
        let charge = look(&stripe, "charge").pop().expect("it")["id"].clone();
        let dispute = stripe.control("dispute", &json!({ "charge": charge }));
        tell_all(&site, &stripe).await;
        let refused = takes("while-disputed", 96, &json!({})).await;
        assert!(refused.text.contains("can’t be used just now"), "{refused:?}");
        stripe.control("dispute/close", &json!({ "dispute": dispute["id"], "status": "won" }));
        tell_all(&site, &stripe).await;
        let booked = takes("it-was-won", 96, &json!({})).await;
        assert_eq!(booked.status, StatusCode::CREATED, "{booked:?}");
        let preview = site.get_as(&owner, &format!("/app/alpha/calendar/clients/{id}/erase")).await.text;
        assert!(preview.contains("Three massages: 1 of 3 left"), "{preview}");
        let version = site.get_as(&owner, &path).await.json()["version"].clone();
        let erased = site.json(Method::POST, Some(&owner), &format!("{path}/erase"), &json!({ "version": version, "cancels": true, "typed": "ERASE" })).await;
        assert!(erased.status.is_success(), "{erased:?}");
        assert_eq!(takes("of-nobody", 120, &json!({})).await.fields(), ["package"]);
    }

    /// What was sold is in the file of everything that its owner takes along.
    async fn what_was_sold_can_be_taken_along(site: Site) {
        let _stripe = sells(&site, &json!({ "percent": 100 })).await;
        let owner = site.log_in("alpha").await;
        let package = adds_package(&site, &owner, "3").await;
        let fields = [("org", "alpha"), ("package", package.as_str()), ("client", "Casey Client"), ("email", "casey@example.com")];
        leads(&site.form(Some(&owner), "/fn/calendar/sell-package", "/app/alpha/calendar/packages", &fields).await);
        let data = "/app/alpha/settings/data";
        leads(&site.form(Some(&owner), "/fn/settings/ask-export", data, &[("org", "alpha")]).await);
        export::prepare(&site.platform).await.expect("it is prepared");
        let page = site.get_as(&owner, data).await.text;
        assert!(page.contains("/export.zip"), "{page}");
    }

    /// A package that is never paid for can’t be used, and one that is paid back can’t be used any more.
    async fn a_package_is_good_while_it_is_paid(site: Site) {
        let stripe = sells(&site, &json!({ "percent": 100 })).await;
        let owner = site.log_in("alpha").await;
        let package = adds_package(&site, &owner, "3").await;
        let buy = async || {
            let made = form_of(&site.get("/b/alpha/packages").await.text, &package);
            pass(&site, &stripe, 2);
            let fields = [("org", "alpha"), ("package", package.as_str()), ("made", made.as_str()), ("name", "Casey Client"), ("email", "casey@example.com")];
            let pay = leads(&site.form(None, "/fn/calendar/buy-package", "/b/alpha/packages", &fields).await);
            (site.get(&pay).await.location().to_owned(), pay.strip_suffix("/pay").expect("its own page").to_owned())
        };
        let (page, own) = buy().await;
        pass(&site, &stripe, 62 * MINUTE);
        settles(&site, &stripe).await;
        assert!(site.get(&own).await.text.contains("This package wasn’t paid for"));
        assert!(stripe.form(&page, GOOD).body.contains("has run out"));
        let (page, own) = buy().await;
        stripe.form(&page, GOOD);
        tell_all(&site, &stripe).await;
        assert!(site.get(&own).await.text.contains("3 of 3 left"));
        let charge = look(&stripe, "charge").pop().expect("it");
        stripe.control("refund", &json!({ "charge": charge["id"] }));
        tell_all(&site, &stripe).await;
        assert!(site.get(&own).await.text.contains("This package can’t be used any more"));
        // That refund comes to nothing: the money is the business’s, and the package theirs.
        let refund = look(&stripe, "refund").pop().expect("it")["id"].clone();
        stripe.control("refund/fail", &json!({ "refund": refund }));
        tell_all(&site, &stripe).await;
        assert!(site.get(&own).await.text.contains("3 of 3 left"));
        // While the calendar is turned off none is sold: what comes in goes back, and its page says so.
        let (page, own) = buy().await;
        let owner = site.log_in("alpha").await;
        let switch = async |more: &[(&str, &str)]| {
            let fields: Vec<_> = [("org", "alpha"), ("module", "calendar")].into_iter().chain(more.iter().copied()).collect();
            let done = site.form(Some(&owner), "/fn/settings/switch-module", "/app/alpha/settings/modules", &fields).await;
            assert_eq!(done.status, StatusCode::FOUND, "{}", done.text);
        };
        switch(&[]).await;
        stripe.form(&page, GOOD);
        tell_all(&site, &stripe).await;
        settles(&site, &stripe).await;
        switch(&[("on", "true")]).await;
        let shown = site.get(&own).await.text;
        assert!(shown.contains("This package can’t be used any more") && shown.contains("It was paid back."), "{shown}");
        let other = site.log_in("beta").await;
        let fields = [("org", "alpha"), ("id", package.as_str()), ("version", "1")];
        let stranger = site.form(Some(&other), "/fn/calendar/setup/offer-package", "/app/alpha/calendar/packages", &fields).await;
        assert_eq!(stranger.status, StatusCode::NOT_FOUND);
        let owner = site.log_in("alpha").await;
        let stopped = site.form(Some(&owner), "/fn/calendar/setup/offer-package", "/app/alpha/calendar/packages", &fields).await;
        assert_eq!(leads(&stopped), "/app/alpha/calendar/packages?saved=1");
        assert!(site.get("/b/alpha/packages").await.text.contains("No packages just now"));
        assert!(!site.get("/b/alpha").await.text.contains("/b/alpha/packages"));
    }
}

/// Alpha’s account is ready, and its service asks for this payment; it costs $100.00, and can be booked from any day on.
async fn sells(site: &Site, payment: &Value) -> StandIn {
    let stripe = takes_payments(site);
    connected(site, &stripe, "alpha").await;
    set_up(site, SERVICE, |service| {
        service["price_cents"] = json!(10_000);
        service["options"] = json!({ "payment": payment });
    })
    .await;
    site.set_clock(crate::support::NOW);
    stripe.control("clock", &json!({ "set": seconds(site), "frozen": true }));
    stripe
}

/// The first free start that is so far away.
async fn start_in(site: &Site, seconds_away: i64) -> String {
    let from = seconds(site) + seconds_away;
    let starts = site.slots("alpha", SERVICE).await;
    let fits = |start: &String| start.parse::<Timestamp>().is_ok_and(|start| start.as_second() >= from);
    starts.into_iter().find(fits).expect("a free time")
}

/// Books one through the API.
async fn books(site: &Site, key: &str, seconds_away: i64) -> Value {
    let start = start_in(site, seconds_away).await;
    let booked = site.book("alpha", key, &booking(SERVICE, &start)).await;
    assert_eq!(booked.status, StatusCode::CREATED, "{booked:?}");
    let mut booked = booked.json();
    booked["start"] = json!(start);
    booked
}

/// Books one, and pays.
async fn paid(site: &Site, stripe: &StandIn, key: &str, seconds_away: i64) -> Value {
    let booked = books(site, key, seconds_away).await;
    assert_eq!(stripe.form(&page_of(site, &booked).await, GOOD).status, 303);
    assert_eq!(site.get(&format!("{}/paid", own(&booked))).await.status, StatusCode::SEE_OTHER);
    booked
}

/// Alpha sells a package of so many sessions; gives its id.
async fn adds_package(site: &Site, owner: &str, sessions: &str) -> String {
    let service = id_of_service(site, owner).await;
    let fields = [
        ("org", "alpha"),
        ("name", "Three massages"),
        ("sessions", sessions),
        ("price", "240"),
        ("months", "6"),
        ("services[]", service.as_str()),
    ];
    let added = site.form(Some(owner), "/fn/calendar/setup/add-package", "/app/alpha/calendar/packages", &fields).await;
    assert_eq!(leads(&added), "/app/alpha/calendar/packages?added=1");
    let page = site.get_as(owner, "/app/alpha/calendar/packages").await.text;
    let id = page
        .split("name=\"package\"")
        .nth(1)
        .and_then(|rest| rest.split("value=\"").find(|value| value.len() > 36 && value.as_bytes()[8] == b'-'));
    id.expect("a package").chars().take(36).collect()
}

/// The id of the service that is sold.
async fn id_of_service(site: &Site, owner: &str) -> String {
    let all = site.get_as(owner, "/api/v1/orgs/alpha/calendar/setup/services").await.json();
    let service = all.as_array().expect("services").iter().find(|one| one["slug"] == SERVICE).expect("it").clone();
    service["id"].as_str().expect("an id").to_owned()
}

/// When the form of this package was made, as it says.
fn form_of(page: &str, package: &str) -> String {
    let form =
        page.split("<form").skip(1).find(|form| form.contains(&format!("value=\"{package}\""))).expect("its form");
    let made = form.split("name=\"made\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    made.expect("when it was made").to_owned()
}

fn own(booked: &Value) -> String {
    format!("/manage/{}", booked["token"].as_str().expect("a token"))
}

fn start_of(booked: &Value) -> String {
    booked["start"].as_str().expect("a start").to_owned()
}

/// Where its client pays.
async fn page_of(site: &Site, booked: &Value) -> String {
    let led = site.get(&format!("{}/pay", own(booked))).await;
    assert_eq!(led.status, StatusCode::SEE_OTHER, "{led:?}");
    led.location().to_owned()
}

/// Its client cancels it.
async fn cancels(site: &Site, booked: &Value) {
    let token = booked["token"].as_str().expect("a token");
    let version = version_of(site, token).await;
    let fields = [("token", token), ("version", version.as_str())];
    let done = site.form(None, "/fn/calendar/cancel-own", &own(booked), &fields).await;
    assert_eq!(done.status, StatusCode::FOUND, "{}", done.text);
}

/// Its client moves it.
async fn moves(site: &Site, booked: &Value, start: &str) {
    let token = booked["token"].as_str().expect("a token");
    let version: i64 = version_of(site, token).await.parse().expect("a number");
    let path = format!("/api/v1/calendar/manage/{token}/move");
    let moved = site.json(Method::POST, None, &path, &json!({ "start": start, "version": version })).await;
    assert_eq!(moved.status, StatusCode::NO_CONTENT, "{moved:?}");
}

async fn version_of(site: &Site, token: &str) -> String {
    site.get(&format!("/api/v1/calendar/manage/{token}")).await.json()["version"].to_string()
}

/// What was written to alpha’s owner about refunds.
async fn to_owner(site: &Site) -> Vec<String> {
    let all = site.mailings().await.into_iter().map(|mailing| mailing.letter);
    let told = all.filter(|letter| letter.to.starts_with("owner@") && letter.subject.contains("couldn’t be paid back"));
    told.map(|letter| format!("{}\n{}", letter.subject, letter.text() + &format!("{:?}", letter.action))).collect()
}

/// How often Stripe was asked as yet.
fn look_requests(stripe: &StandIn) -> usize {
    stripe.look("requests")["requests"].as_array().map_or(0, Vec::len)
}

/// All that is due is looked at, until nothing is.
async fn settles(site: &Site, stripe: &StandIn) {
    for _ in 0..4 {
        settle::settle_due(&site.platform).await.expect("it is looked at");
        pass(site, stripe, 30);
    }
}

fn look(stripe: &StandIn, kind: &str) -> Vec<Value> {
    stripe.look(&format!("objects/{kind}"))["objects"].as_array().cloned().unwrap_or_default()
}

/// What was written to the client since the last time: each letter whole.
async fn letters_to_casey(site: &Site) -> Vec<String> {
    let all = site.mailings().await.into_iter().map(|mailing| mailing.letter);
    let theirs = all.filter(|letter| letter.to == "casey@example.com");
    theirs.map(|letter| format!("{}\n{}", letter.subject, letter.text())).collect()
}

/// The payments there are: where they stand, and what came in.
async fn payments(site: &Site) -> Vec<(String, i64)> {
    let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let all = platform_sql!(
        all(String, i64),
        &mut tx,
        "SELECT state, paid_cents FROM calendar_payments ORDER BY created_at, id"
    );
    tx.rollback().await.expect("an end");
    all.expect("payments")
}

/// Something that was done is forgotten, as by a process that died before it was on disk.
async fn forget(site: &Site, sql: &str) {
    let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    match sql {
        "UPDATE calendar_payments SET session = NULL" => {
            platform_sql!(exec, &mut tx, "UPDATE calendar_payments SET session = NULL")
        }
        "UPDATE calendar_payments SET session = NULL WHERE state = 'open'" => {
            platform_sql!(exec, &mut tx, "UPDATE calendar_payments SET session = NULL WHERE state = 'open'")
        }
        "UPDATE calendar_refunds SET state = 'asked', refund = NULL, made_at = NULL" => {
            platform_sql!(exec, &mut tx, "UPDATE calendar_refunds SET state = 'asked', refund = NULL, made_at = NULL")
        }
        "UPDATE calendar_payments SET next_at = created_at WHERE state = 'paid'" => {
            platform_sql!(exec, &mut tx, "UPDATE calendar_payments SET next_at = created_at WHERE state = 'paid'")
        }
        other => panic!("{other}"),
    }
    .expect("forgotten");
    tx.commit().await.expect("a commit");
}

/// A page on somebody’s account, as its owner can make one: it says whatever they like.
fn sells_on(stripe: &StandIn, account: &str, reference: &str) -> String {
    let form = format!(
        "mode=payment&client_reference_id={reference}&line_items[0][price_data][currency]=aud&line_items[0][price_data][unit_amount]=10000&\
         line_items[0][price_data][product_data][name]=Forged&line_items[0][quantity]=1&success_url=http://localhost/done"
    );
    let said = stripe.form_of(account, "/v1/checkout/sessions", &form);
    let made: Value = serde_json::from_str(&said.body).expect("JSON");
    made["url"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

/// As Stripe documents it, written apart from the product.
fn signed(secret: &str, at: i64, payload: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{at}.{payload}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    format!("t={at},v1={hex}")
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
pub async fn connected(site: &Site, stripe: &StandIn, org: &str) -> String {
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
