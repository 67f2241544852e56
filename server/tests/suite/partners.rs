//! Partners invite businesses: within their bounds, in their own name, and without seeing anything of what is in them.

use app::{
    billing::{
        terms::{State, Usage},
        wire::Period,
    },
    clock::Instant,
    org::Role,
};
use axum::http::StatusCode;
use futures::future::join_all;

use crate::{
    admin::operator,
    on_both,
    payments::{found, terms},
    support::{Answer, Site},
};

const NEW: &str = "fern@new.example";
const PAGE: &str = "/app/alpha/settings/businesses";
const DAY: i64 = 24 * 60 * 60;

on_both! {
    /// From the partnership to an organisation that is live without a payment: for what was offered, until it is due.
    async fn a_partner_invites_a_business(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        assert_eq!(site.get_as(&owner, PAGE).await.status, StatusCode::NOT_FOUND);
        assert!(!site.get_as(&owner, "/app/alpha/settings").await.text.contains(PAGE));
        let made = partner(&site, &operator, &[]).await;
        assert_eq!((made.status, made.location()), (StatusCode::FOUND, "/admin/orgs/alpha?partner=1"));
        assert!(site.get_as(&owner, "/app/alpha/settings").await.text.contains(PAGE));
        let page = site.get_as(&owner, PAGE).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("Nobody is invited yet") && page.text.contains("from 80% of the plan’s"), "{}", page.text);
        assert!(!page.text.contains(">Solo<") && !page.text.contains(".wasm"), "{}", page.text);

        let invited = invite(&site, &owner, &[("seats", "7"), ("price", "65"), ("modules[]", "calendar")]).await;
        assert_eq!((invited.status, invited.location()), (StatusCode::FOUND, "/app/alpha/settings/businesses?invited=1"));
        let letters = site.mailed().await;
        let letter = letters.iter().find(|letter| letter.to == NEW).expect("a letter");
        assert_eq!(letter.subject, "Fern Florist is invited to Devalo");
        assert!(letter.paragraphs[1].starts_with("Owner of Alpha Clinic of Alpha Clinic invites Fern Florist"), "{letter:?}");
        let (_, link) = letter.action.as_ref().expect("a button");
        let link = link.strip_prefix(crate::support::ORIGIN).expect("an address of ours").to_owned();
        let look = site.get(&link).await.text;
        assert!(look.contains("Alpha Clinic invites you, and offers: Team, 7 people, $65.00 a month, including GST, the first 60 days free."), "{look}");
        assert!(site.get_as(&owner, PAGE).await.text.contains("Pending, expires"));

        let made = found(&site, None, &link, &[("business", "Fern and Daughters"), ("slug", "fern")]).await;
        assert_eq!(made.location(), "/app/fern/welcome", "{}", made.text);
        let theirs = made.cookie().expect("they are logged in");
        assert_eq!(site.get_as(&theirs, "/app/fern/calendar").await.status, StatusCode::OK);
        let terms = terms(&site, "fern").await.expect("it is there");
        assert_eq!((terms.plan.as_str(), terms.plan_seats, terms.plan_price, terms.period(), terms.plan_modules.as_deref(), terms.state()),
            ("team", Some(7), Some(6_500), Period::Month, Some("calendar"), State::Trial));
        let now = site.platform.clock.now();
        assert_eq!(terms.billing_until, Some(now.plus_seconds(60 * DAY)));
        assert_eq!(terms.usage(now.plus_seconds(60 * DAY - 1)), Usage::Full);
        assert!(matches!(terms.usage(now.plus_seconds(60 * DAY)), Usage::ReadOnly(_)), "then it is due");
        assert_eq!(found(&site, None, &link, &[]).await.status, StatusCode::NOT_FOUND, "once");

        // The partner sees that it was taken up, and nothing more.
        let page = site.get_as(&owner, PAGE).await.text;
        assert!(page.contains("Accepted") && page.contains("Fern Florist") && !page.contains("Daughters"), "{page}");
        for path in ["/app/fern", "/app/fern/calendar", "/app/fern/settings/people", "/api/v1/orgs/fern/calendar/appointments"] {
            assert_eq!(site.get_as(&owner, path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        // Whoever runs the platform sees by whom it came.
        assert!(site.get_as(&operator, "/admin/orgs/fern").await.text.contains("invited by Alpha Clinic"));
        let list = site.get_as(&operator, "/admin/invitations").await.text;
        assert!(list.contains("Invited by Alpha Clinic") && list.contains("Taken up"), "{list}");
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        for words in ["invited Fern Florist", "agreed to what the organisation may offer as a partner"] {
            assert!(log.contains(words), "{words}: {log}");
        }
        let log = site.get_as(&operator, "/admin/log").await.text;
        for words in ["invited a business for Alpha Clinic", "agreed to what Alpha Clinic may offer as a partner"] {
            assert!(log.contains(words), "{words}: {log}");
        }
    }

    /// What is beyond the bounds is refused at its field, with what was typed kept; up to the cent.
    async fn an_offer_keeps_to_its_bounds(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        partner(&site, &operator, &[]).await;
        for (field, value) in [
            ("plan", "solo"), ("plan", "custom"), ("plan", "gold"), ("period", "week"), ("seats", "16"), ("seats", "no"), ("price", "47.19"), ("price", "59.01"),
            ("price", "much"), ("free_days", "61"), ("free_days", "0"), ("free_days", ""), ("email", "fern"), ("business", ""), ("modules[]", "nothing"),
        ] {
            let refused = invite(&site, &owner, &[(field, value)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {value}");
            assert!(refused.text.contains(&format!("field-{}-error", field.trim_end_matches("[]"))), "{field}: {}", refused.text);
            assert!(field == "business" || refused.text.contains("value=\"Fern Florist\""), "{field}: what was typed is still there");
        }
        assert!(invite(&site, &owner, &[("price", "47.19")]).await.text.contains("you may offer it from $47.20"));
        assert!(site.mailed().await.iter().all(|letter| letter.to != NEW));
        assert_eq!(invite(&site, &owner, &[("price", "47.20")]).await.status, StatusCode::FOUND);
        // By the year, from 80% of $590.00.
        let yearly = [("email", "year@new.example"), ("period", "year")];
        assert_eq!(invite(&site, &owner, &[&yearly[..], &[("price", "471.99")]].concat()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(invite(&site, &owner, &[&yearly[..], &[("price", "472")]].concat()).await.status, StatusCode::FOUND);
        // The list price alone.
        partner(&site, &operator, &[("least_percent", ""), ("most_open", "9")]).await;
        let refused = invite(&site, &owner, &[("email", "list@new.example"), ("price", "58.99")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!site.get_as(&owner, PAGE).await.text.contains("Special price"));
        assert_eq!(invite(&site, &owner, &[("email", "list@new.example"), ("price", "59")]).await.status, StatusCode::FOUND);
        // What was offered before isn’t sent again beyond the bounds of today.
        let first = ids(&site.get_as(&owner, PAGE).await.text);
        let again = act(&site, &owner, "invite-again", "alpha", first.last().expect("three")).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text);
    }

    /// The operator’s form says what is wrong at its field.
    async fn bounds_are_checked(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        for (field, value) in [("plans[]", "custom"), ("plans[]", "gold"), ("most_free_days", "0"), ("most_free_days", "731"), ("most_free_days", ""), ("least_percent", "0"), ("least_percent", "101"), ("most_open", "0"), ("most_open", "many")] {
            let refused = partner(&site, &operator, &[(field, value)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {value}");
            assert!(refused.text.contains(&format!("field-{}-error", field.trim_end_matches("[]"))), "{field}: {}", refused.text);
        }
        assert_eq!(partner(&site, &owner, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(end(&site, &owner).await.status, StatusCode::NOT_FOUND);
        assert_eq!(end(&site, &operator).await.status, StatusCode::CONFLICT, "it isn’t one");
        assert_eq!(partner(&site, &operator, &[("slug", "nobody")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get_as(&owner, PAGE).await.status, StatusCode::NOT_FOUND, "none of that made it one");
    }

    /// Its owner and admins invite, who have just shown again who they are; nobody else, and no other organisation.
    async fn who_may_invite_businesses(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        partner(&site, &operator, &[]).await;
        for role in [Role::Member, Role::Manager] {
            let (_, cookie) = site.join(site.alpha, &format!("{}@example.com", role.as_str()), role).await;
            assert_eq!(site.get_as(&cookie, PAGE).await.status, StatusCode::FORBIDDEN);
            assert_eq!(invite(&site, &cookie, &[]).await.status, StatusCode::FORBIDDEN);
        }
        let beta = site.log_in("beta").await;
        assert_eq!(site.get_as(&beta, PAGE).await.status, StatusCode::NOT_FOUND);
        assert_eq!(invite(&site, &beta, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(invite(&site, &beta, &[("org", "beta")]).await.status, StatusCode::NOT_FOUND, "it is no partner");
        assert_eq!(site.form(None, "/fn/partners/invite", PAGE, &offer(&[])).await.status, StatusCode::UNAUTHORIZED);
        let (_, admin) = site.join(site.alpha, "admin@example.com", Role::Admin).await;
        assert_eq!(invite(&site, &admin, &[]).await.status, StatusCode::FOUND);
        assert_eq!(invite(&site, &admin, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "they are invited already");
        // Another partner reaches none of it; whoever runs the platform takes back, and doesn’t speak in a partner’s name.
        partner(&site, &operator, &[("slug", "beta")]).await;
        let id = ids(&site.get_as(&owner, PAGE).await.text).remove(0);
        for what in ["invite-again", "withdraw"] {
            for org in ["alpha", "beta"] {
                assert_eq!(act(&site, &beta, what, org, &id).await.status, StatusCode::NOT_FOUND, "{what} {org}");
            }
        }
        assert!(!site.get_as(&beta, "/app/beta/settings/businesses").await.text.contains(NEW));
        let again = site.form(Some(&operator), "/fn/admin/invite-again", "/admin/invitations", &[("id", &id)]).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
        let link = site.mailed_link(NEW).await;
        site.form(Some(&operator), "/fn/admin/withdraw-invitation", "/admin/invitations", &[("id", &id)]).await;
        assert_eq!(site.get(&link).await.status, StatusCode::NOT_FOUND);
        assert!(site.get_as(&owner, PAGE).await.text.contains("Withdrawn"));
        site.set_clock("2026-11-22T22:11:00Z");
        assert_eq!(invite(&site, &owner, &[("email", "late@new.example")]).await.status, StatusCode::FORBIDDEN);
        assert!(site.get_as(&owner, PAGE).await.text.contains("Confirm that it is you"));
    }

    /// So many are open at a time, however many are sent at the same moment. One that is taken back, or too old, makes room.
    async fn the_last_open_invitation_is_sent_once(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        partner(&site, &operator, &[("most_open", "3")]).await;
        let emails: Vec<String> = (0..10).map(|n| format!("business{n}@new.example")).collect();
        let sent = emails.iter().map(|email| async {
            let but = [("email", email.as_str())];
            invite(&site, &owner, &but).await
        });
        let answers = join_all(sent).await;
        let count = |status: StatusCode| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((count(StatusCode::FOUND), count(StatusCode::CONFLICT)), (3, 7), "{answers:?}");
        assert_eq!(site.mailed().await.iter().filter(|letter| letter.to.ends_with("@new.example")).count(), 3);
        let page = site.get_as(&owner, PAGE).await.text;
        assert!(page.contains("the most that you may have at a time") && !page.contains("name=\"business\""), "{page}");
        let open = ids(&page);
        assert_eq!(act(&site, &owner, "withdraw", "alpha", &open[0]).await.status, StatusCode::FOUND);
        assert_eq!(act(&site, &owner, "withdraw", "alpha", &open[0]).await.status, StatusCode::NOT_FOUND, "once");
        assert_eq!(act(&site, &owner, "invite-again", "alpha", &open[0]).await.status, StatusCode::NOT_FOUND, "it was taken back");
        assert_eq!(invite(&site, &owner, &[]).await.status, StatusCode::FOUND);
        let first = site.mailed_link(NEW).await;
        let newest = ids(&site.get_as(&owner, PAGE).await.text).remove(0);
        assert_eq!(act(&site, &owner, "invite-again", "alpha", &newest).await.status, StatusCode::FOUND);
        let second = site.mailed_link(NEW).await;
        let ended = site.get(&first).await;
        assert_eq!(ended.status, StatusCode::GONE, "{}", ended.text);
        assert!(ended.text.contains("only the newest link is good"), "{}", ended.text);
        assert_eq!(site.get(&second).await.status, StatusCode::OK);
        // A week later all have lapsed; to send one again takes a place.
        site.set_clock("2026-11-29T22:00:00Z");
        assert_eq!(site.get(&second).await.status, StatusCode::GONE);
        let owner = site.log_in("alpha").await;
        assert!(site.get_as(&owner, PAGE).await.text.contains("Expired on 30 November 2026"));
        for n in 20..23 {
            let email = format!("business{n}@new.example");
            assert_eq!(invite(&site, &owner, &[("email", &email)]).await.status, StatusCode::FOUND);
        }
        assert_eq!(act(&site, &owner, "invite-again", "alpha", &newest).await.status, StatusCode::CONFLICT);
    }

    /// The end of a partnership takes back what is open; who came by it keeps what they have.
    async fn a_partnership_ends(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        partner(&site, &operator, &[]).await;
        invite(&site, &owner, &[]).await;
        let link = site.mailed_link(NEW).await;
        let made = found(&site, None, &link, &[]).await;
        assert_eq!(made.location(), "/app/fern-florist/welcome", "{}", made.text);
        let theirs = made.cookie().expect("they are logged in");
        invite(&site, &owner, &[("email", "ivy@new.example")]).await;
        let open = site.mailed_link("ivy@new.example").await;
        let id = ids(&site.get_as(&owner, PAGE).await.text).remove(0);
        for typed in ["", "beta", "Alpha Clinic"] {
            let fields = [("slug", "alpha"), ("typed", typed)];
            let refused = site.form(Some(&operator), "/fn/admin/partner-end", "/admin/orgs/alpha", &fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}: {}", refused.text);
        }
        let ended = end(&site, &operator).await;
        assert_eq!((ended.status, ended.location()), (StatusCode::FOUND, "/admin/orgs/alpha?ended=1"));
        assert_eq!(site.get(&open).await.status, StatusCode::NOT_FOUND);
        assert_eq!(found(&site, None, &open, &[("name", "Ivy")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get_as(&owner, PAGE).await.status, StatusCode::NOT_FOUND);
        assert_eq!(invite(&site, &owner, &[("email", "late@new.example")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(act(&site, &owner, "invite-again", "alpha", &id).await.status, StatusCode::NOT_FOUND);
        assert!(site.get_as(&owner, "/app/alpha/settings/audit").await.text.contains("ended the partnership"));
        assert_eq!(site.get_as(&theirs, "/app/fern-florist/calendar").await.status, StatusCode::OK);
        let terms = terms(&site, "fern-florist").await.expect("it is there");
        assert_eq!(terms.billing_until, Some(Instant::plus_seconds(site.platform.clock.now(), 60 * DAY)));
        // Made one again, it has what it had invited, and what was taken back stays so.
        partner(&site, &operator, &[]).await;
        let page = site.get_as(&owner, PAGE).await.text;
        assert!(page.contains("Accepted") && page.contains("Withdrawn"), "{page}");
    }

    /// Who is suspended, or whose plan has ended, invites nobody.
    async fn a_partner_has_a_plan_of_its_own(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        partner(&site, &operator, &[]).await;
        let fields = [("slug", "alpha"), ("shut", "true")];
        assert_eq!(site.form(Some(&operator), "/fn/admin/suspend", "/admin/orgs/alpha", &fields).await.status, StatusCode::FOUND);
        assert_eq!(invite(&site, &owner, &[]).await.status, StatusCode::PAYMENT_REQUIRED);
        assert!(site.mailed().await.iter().all(|letter| letter.to != NEW));
    }
}

/// Makes alpha a partner that offers Team from 80% of its price, 60 days free, to five at a time; but for some fields.
async fn partner(site: &Site, cookie: &str, but: &[(&str, &str)]) -> Answer {
    let usual =
        [("slug", "alpha"), ("plans[]", "team"), ("most_free_days", "60"), ("least_percent", "80"), ("most_open", "5")];
    site.form(Some(cookie), "/fn/admin/partner", "/admin/orgs/alpha", &but_for(&usual, but)).await
}

async fn end(site: &Site, cookie: &str) -> Answer {
    site.form(Some(cookie), "/fn/admin/partner-end", "/admin/orgs/alpha", &[("slug", "alpha"), ("typed", "alpha")])
        .await
}

/// Invites Fern Florist to the Team plan, but for some fields.
async fn invite(site: &Site, cookie: &str, but: &[(&str, &str)]) -> Answer {
    site.form(Some(cookie), "/fn/partners/invite", PAGE, &offer(but)).await
}

fn offer<'f>(but: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let usual = [
        ("org", "alpha"),
        ("email", NEW),
        ("business", "Fern Florist"),
        ("plan", "team"),
        ("period", "month"),
        ("seats", ""),
        ("price", ""),
        ("free_days", "60"),
    ];
    but_for(&usual, but)
}

fn but_for<'f>(usual: &[(&'f str, &'f str)], but: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let kept = usual.iter().filter(|(name, _)| !but.iter().any(|(other, _)| other == name));
    kept.chain(but).copied().collect()
}

async fn act(site: &Site, cookie: &str, what: &str, org: &str, id: &str) -> Answer {
    site.form(Some(cookie), &format!("/fn/partners/{what}"), PAGE, &[("org", org), ("id", id)]).await
}

/// The ids of the invitations that something can be done about, the newest first.
fn ids(page: &str) -> Vec<String> {
    let fields = page.split("name=\"id\" value=\"").skip(1);
    let mut ids: Vec<String> = fields.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect();
    ids.dedup();
    ids
}
