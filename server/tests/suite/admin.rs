//! What whoever runs the platform sees and does, and that nobody else does.

use app::{
    admin::wire::{OrgPage, OrgsPage},
    auth::accounts::{self, NewOrg},
    db::Access,
    ids::UserId,
    org::Role,
    people::members,
    platform_sql,
    settings::wire::Place,
};
use axum::http::StatusCode;
use uuid::Uuid;

use crate::{
    on_both,
    support::{Answer, PASSWORD, Site, booking},
};

const OPERATOR: &str = "operator@platform.example.com";
const ORG: &str = "/admin/orgs/alpha";

on_both! {
    /// The pages are there for who runs the platform, with a second factor; for everybody else there are none.
    async fn only_the_operator_gets_in(site: Site) {
        let owner = site.log_in("alpha").await;
        for path in ["/admin", "/admin/orgs", ORG, "/fn/admin/overview", "/fn/admin/orgs", "/fn/admin/org?slug=alpha"] {
            assert_eq!(site.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
            let other = site.get_as(&owner, path).await;
            assert_eq!(other.status, StatusCode::NOT_FOUND, "{path}");
            assert!(!other.text.contains("Beta Clinic") && !other.text.contains("operator-nav"), "{path}");
        }
        assert_eq!(agree(&site, &owner, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(suspend(&site, &owner, "beta", true).await.status, StatusCode::NOT_FOUND);
        let user = accounts::create_user(&site.platform, OPERATOR, "Olly Operator", PASSWORD).await.expect("a user");
        let cookie = site.log_in_as(OPERATOR).await;
        assert_eq!(site.get_as(&cookie, "/admin").await.status, StatusCode::NOT_FOUND, "not yet");
        appoint(&site, user).await;
        let refused = site.get_as(&cookie, "/admin").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "without a second factor");
        assert!(!refused.text.contains("Alpha Clinic"));
        let cookie = site.enrol(&cookie).await;
        let overview = site.get_as(&cookie, "/admin").await;
        assert_eq!(overview.status, StatusCode::OK, "{}", overview.text);
        assert!(overview.text.contains("Nothing needs your attention."), "{}", overview.text);
        let page = site.get_as(&cookie, "/admin/orgs").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(page.text.contains("Alpha Clinic") && page.text.contains("Beta Clinic"));
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["x-robots-tag"], "noindex, nofollow");
        let nobody = site.get_as(&cookie, "/admin/orgs/nobody").await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
        assert!(nobody.text.contains("All organisations") && !nobody.text.contains("Go to the front page"), "{}", nobody.text);
        // What anybody's clients wrote isn't theirs to see.
        let start = site.slots("alpha", "follow-up").await[0].clone();
        assert_eq!(site.book("alpha", "operator-key", &booking("follow-up", &start)).await.status, StatusCode::CREATED);
        for path in ["/app/alpha/calendar", "/app/alpha/settings", "/api/v1/orgs/alpha/calendar/appointments"] {
            assert_eq!(site.get_as(&cookie, path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        // Their own organisation's frame and palette lead there; nobody else's do.
        members::add(&site.platform, site.alpha, user, Role::Member).await.expect("they belong");
        for (who, leads) in [(&cookie, true), (&owner, false)] {
            assert_eq!(site.get_as(who, "/app/alpha/calendar").await.text.contains("href=\"/admin\""), leads);
            let places: Vec<Place> = site.read(who, "/fn/settings/places?org=alpha").await.expect("the places");
            assert_eq!(places.iter().any(|place| place.href == "/admin"), leads);
        }
        // The role can be taken away, and is gone at the next click.
        let mut tx = site.platform.begin(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE users SET platform_admin = FALSE").expect("nobody runs it");
        tx.commit().await.expect("a commit");
        assert_eq!(site.get_as(&cookie, "/admin").await.status, StatusCode::NOT_FOUND);
    }

    /// The operator agrees to other terms by hand: they hold at once, are checked field by field, and stand in both logs.
    async fn terms_are_agreed_by_hand(site: Site) {
        let operator = operator(&site).await;
        site.join(site.alpha, "second@alpha.example.com", Role::Member).await;
        let agreed = agree(&site, &operator, &[("seats", "5"), ("price", "$49.50")]).await;
        assert_eq!((agreed.status, agreed.location()), (StatusCode::FOUND, "/admin/orgs/alpha?agreed=1"), "{}", agreed.text);
        let page = org(&site, &operator).await;
        assert_eq!((page.org.plan.as_str(), page.org.seats.as_str(), page.price.as_str()), ("Team", "2 of 5 seats", "$49.50 a month, including GST"));
        let theirs = site.get_as(&site.log_in("alpha").await, "/app/alpha/settings/billing").await;
        assert!(theirs.text.contains("$49.50 a month, including GST") && theirs.text.contains("2 of 5"), "{}", theirs.text);
        for (field, bad, why) in [
            ("plan", "gold", "Choose a plan"), ("plan", "", "Choose a plan"), ("period", "week", "how often"), ("seats", "1", "2 people belong"), ("seats", "0", "whole number"),
            ("seats", "many", "whole number"), ("seats", "16", "Team has a price for up to 15 people"), ("price", "1.005", "amount"), ("price", "-5", "amount"), ("price", "99999999999", "amount"),
            ("modules[]", "nothing", "modules"), ("state", "ended", "trial"), ("last_day", "yesterday", "a day"), ("last_day", "-005000-01-01", "a day"), ("last_day", "9999-12-31", "a day"),
        ] {
            let refused = agree(&site, &operator, &[(field, bad)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {bad}");
            assert!(refused.text.contains(why), "{field} {bad}: {}", refused.text);
        }
        assert_eq!(agree(&site, &operator, &[("slug", "nobody")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(org(&site, &operator).await.org.seats, "2 of 5 seats", "what was refused changed nothing");
        // A trial until the last moment of its last day in Sydney.
        assert_eq!(agree(&site, &operator, &[("state", "trial"), ("last_day", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(agree(&site, &operator, &[("state", "trial"), ("last_day", "2026-12-01")]).await.status, StatusCode::FOUND);
        let page = org(&site, &operator).await;
        assert_eq!((page.agreed.until.as_str(), page.agreed.state.as_str()), ("2026-12-01", "trial"));
        assert_eq!(page.org.standing, "Trial until 1 December 2026");
        let slots = site.slots("alpha", "follow-up").await;
        for (at, status) in [("2026-12-01T12:59:59Z", StatusCode::CREATED), ("2026-12-01T13:00:00Z", StatusCode::CONFLICT)] {
            site.set_clock(at);
            let late = slots.iter().rev().find(|slot| slot.as_str() > "2026-12-02").expect("a slot").clone();
            assert_eq!(site.book("alpha", &format!("trial-{at}"), &booking("follow-up", &late)).await.status, status, "{at}");
        }
        let mut tx = site.platform.begin(Access::Read).await.expect("a transaction");
        let log = platform_sql!(all(Option<Uuid>, Option<Uuid>, String), &mut tx, "SELECT actor_id, subject_id, detail FROM platform_log WHERE action = 'admin.plan_changed' ORDER BY number").expect("the log");
        tx.commit().await.expect("an end");
        assert_eq!(log.len(), 2, "{log:?}");
        assert!(log.iter().all(|(actor, subject, _)| actor.is_some() && *subject == Some(site.alpha.0)), "{log:?}");
        let audit = site.get_as(&site.log_in("alpha").await, "/app/alpha/settings/audit").await;
        assert!(audit.text.contains("Whoever runs this platform changed the plan"), "{}", audit.text);
        // Both logs tell the plan, its price, its period and its last day.
        let told = [
            ("Plan", "plan", "Team"),
            ("Price", "price", "$49.50 → $59.00"),
            ("Period", "period", "month"),
            ("Last day", "last day", "none → 1 December 2026"),
            ("Standing", "state", "active → trial"),
        ];
        for (label, name, value) in told {
            assert!(audit.text.contains(&format!("{label}: {value}")), "{label}: {}", audit.text);
            assert!(log[1].2.contains(&format!("\"{name}\":\"{value}\"")), "{name}: {log:?}");
        }
    }

    /// Where a plan has no price for so many, one is given, or it is said that it is free. Nothing at seats is as many as come with the
    /// plan, and fewer of them have a price of their own.
    async fn what_has_no_price_isnt_free(site: Site) {
        let operator = operator(&site).await;
        let before = org(&site, &operator).await;
        for (plan, seats) in [("team", "16"), ("team", "99"), ("solo", "5"), ("business", "201"), ("custom", ""), ("custom", "9")] {
            let refused = agree(&site, &operator, &[("plan", plan), ("seats", seats)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{plan} {seats}");
            assert!(refused.text.contains("Enter a price of its own, or 0 if it is free."), "{plan} {seats}: {}", refused.text);
        }
        assert_eq!(org(&site, &operator).await, before, "what was refused changed nothing");
        for (plan, seats, price, has, costs) in [
            ("team", "", "", "1 of 5 seats", "$59.00 a month, including GST"),
            ("team", "15", "", "1 of 15 seats", "$149.00 a month, including GST"),
            ("business", "5", "", "1 of 20 seats", "$149.00 a month, including GST"),
            ("business", "5", "99", "1 of 5 seats", "$99.00 a month, including GST"),
            ("team", "99", "400", "1 of 99 seats", "$400.00 a month, including GST"),
            ("team", "99", "0", "1 of 99 seats", ""),
            ("custom", "", "500", "1 person", "$500.00 a month, including GST"),
            ("solo", "", "", "1 of 1 seats", "$19.00 a month, including GST"),
        ] {
            let agreed = agree(&site, &operator, &[("plan", plan), ("seats", seats), ("price", price)]).await;
            assert_eq!(agreed.status, StatusCode::FOUND, "{plan} {seats}: {}", agreed.text);
            let page = org(&site, &operator).await;
            assert_eq!((page.org.seats.as_str(), page.price.as_str()), (has, costs), "{plan} {seats}");
        }
    }

    /// What its owner has closed is told in the list, with the day on which it is deleted, and is found by that.
    async fn a_closed_organisation_says_so(site: Site) {
        let operator = operator(&site).await;
        let owner = site.log_in("alpha").await;
        let closing = [("org", "alpha"), ("typed", "Alpha Clinic")];
        assert_eq!(site.form(Some(&owner), "/fn/settings/close", "/app/alpha/settings/data", &closing).await.status, StatusCode::FOUND);
        let page = site.get_as(&operator, "/admin/orgs?standing=closing").await.text;
        assert!(page.contains("Deleted on 23 December 2026") && page.contains("Alpha Clinic") && !page.contains("Beta Clinic"), "{page}");
        let active = site.get_as(&operator, "/admin/orgs?standing=trial").await.text + &site.get_as(&operator, "/admin/orgs?standing=active").await.text;
        assert!(!active.contains("Alpha Clinic"), "it isn’t shown as well");
    }

    /// Suspended, an organisation's people reach their people and their plan, its pages take no bookings; restored, all is as it was.
    async fn an_organisation_is_suspended_and_restored(site: Site) {
        let operator = operator(&site).await;
        let owner = site.log_in("alpha").await;
        assert_eq!(suspend(&site, &operator, "alpha", false).await.status, StatusCode::CONFLICT);
        assert_eq!(suspend(&site, &operator, "alpha", true).await.status, StatusCode::FOUND);
        assert_eq!(suspend(&site, &operator, "alpha", true).await.status, StatusCode::CONFLICT);
        let told = site.mailed().await;
        let told: Vec<_> = told.iter().filter(|letter| letter.subject == "Alpha Clinic is suspended").collect();
        assert!(told.len() == 1 && told[0].to == "owner@alpha.example.com", "{told:?}");
        assert!(told[0].paragraphs.iter().any(|words| words == "They say why: An invoice is open."), "{told:?}");
        let long = "x".repeat(1001);
        let refused = site.form(Some(&operator), "/fn/admin/suspend", ORG, &[("slug", "beta"), ("shut", "true"), ("why", &long)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        // Each hears what they can do about it, and the public whom to ask; search engines are to come back.
        let (_, member) = site.join(site.alpha, "casey@example.com", Role::Member).await;
        for (cookie, words) in [(&owner, "Write to whoever runs this platform"), (&member, "who owns it and can have it opened again")] {
            let page = site.get_as(cookie, "/app/alpha/calendar").await;
            assert_eq!(page.status, StatusCode::FORBIDDEN);
            assert!(page.text.contains("Your organisation is suspended") && page.text.contains(words), "{}", page.text);
            assert!(!page.text.contains("Try again"), "{}", page.text);
        }
        for path in ["/b/alpha", "/b/alpha/follow-up"] {
            let page = site.get(path).await;
            assert_eq!((page.status, &page.headers["retry-after"]), (StatusCode::SERVICE_UNAVAILABLE, &"86400".parse().expect("a value")), "{path}");
            assert!(page.text.contains("Bookings are closed at the moment") && page.text.contains("Please contact Alpha Clinic"), "{}", page.text);
            assert!(!page.text.contains("noindex"), "{}", page.text);
        }
        assert_eq!(site.platform.answers.last_hour(site.platform.clock.now()).failed, 0, "they are shut on purpose");
        assert_eq!(site.get_as(&owner, "/api/v1/orgs/alpha/calendar/appointments").await.status, StatusCode::FORBIDDEN);
        let plan = site.get_as(&owner, "/app/alpha/settings/billing").await;
        assert!(plan.status == StatusCode::OK && plan.text.contains("Your organisation is suspended. Write to whoever runs this platform to have it opened again."), "{}", plan.text);
        let people = site.get_as(&owner, "/app/alpha/settings/people").await;
        assert!(people.status == StatusCode::OK && people.text.contains("to have it opened again") && !people.text.contains("See the plan"), "{}", people.text);
        assert!(site.get_as(&operator, ORG).await.text.contains("Suspended since 23 November 2026"));
        assert!(site.get_as(&owner, "/app/alpha/settings/audit").await.text.contains("Suspended the organisation"));
        // Other terms don't open it.
        assert_eq!(agree(&site, &operator, &[]).await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&owner, "/api/v1/orgs/alpha/calendar/appointments").await.status, StatusCode::FORBIDDEN);
        assert_eq!(suspend(&site, &operator, "alpha", false).await.status, StatusCode::FOUND);
        assert!(site.mailed().await.iter().any(|letter| letter.subject == "Alpha Clinic is open again"));
        assert_eq!(site.get_as(&owner, "/api/v1/orgs/alpha/calendar/appointments").await.status, StatusCode::OK);
    }

    /// What its owner has closed is shown closed, can be found so, and isn't dealt with: nothing of that is offered, and each verb
    /// refuses.
    async fn a_closed_organisation_is_shown_closed(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        let page = site.get_as(&operator, ORG).await.text;
        assert!(page.contains("Ask for access") && page.contains("See what changes") && page.contains("Make it a partner"), "{page}");
        let close = [("org", "alpha"), ("typed", "Alpha Clinic")];
        assert_eq!(site.form(Some(&owner), "/fn/settings/close", "/app/alpha/settings/data", &close).await.status, StatusCode::FOUND);
        for (standing, found) in [("closing", true), ("active", false), ("suspended", false), ("crowded", false)] {
            let page: OrgsPage = site.read(&operator, &format!("/fn/admin/orgs?standing={standing}")).await.expect("the page");
            assert_eq!(page.orgs.iter().any(|org| org.slug == "alpha"), found, "{standing}");
        }
        let now = org(&site, &operator).await;
        assert!(now.closed && now.org.alarming && now.org.badge == "Closed by its owner", "{now:?}");
        assert_eq!(now.org.standing, "Closed; deleted on 23 December 2026");
        let page = site.get_as(&operator, ORG).await.text;
        for gone in ["Ask for access", "See what changes", "Make it a partner", "Open as support"] {
            assert!(!page.contains(gone), "{gone}: {page}");
        }
        assert!(page.contains("Suspend it"), "{page}");
        let refused = agree(&site, &operator, &[]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
        let ask = [("slug", "alpha"), ("why", "please")];
        assert_eq!(site.form(Some(&operator), "/fn/admin/ask-access", ORG, &ask).await.status, StatusCode::CONFLICT);
        let bounds = [("slug", "alpha"), ("plans[]", "team"), ("most_free_days", "30"), ("least_percent", ""), ("most_open", "5")];
        assert_eq!(site.form(Some(&operator), "/fn/admin/partner", ORG, &bounds).await.status, StatusCode::CONFLICT);
        let keep = [("org", "alpha")];
        assert_eq!(site.form(Some(&owner), "/fn/settings/keep", "/app/alpha/closed", &keep).await.status, StatusCode::FOUND);
        assert_eq!(agree(&site, &operator, &[]).await.status, StatusCode::FOUND);
    }

    /// Other terms are shown beside what holds before they are agreed to, and nothing is changed by looking.
    async fn a_change_is_thought_over(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        let think = async |cookie: Option<&str>, slug: &str, seats: &str| {
            let fields = [("slug", slug), ("plan", "team"), ("period", "year"), ("seats", seats), ("price", "49.50"), ("state", "active"), ("last_day", "")];
            site.form(cookie, "/fn/admin/think-over", ORG, &fields).await
        };
        assert_eq!(think(None, "alpha", "5").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(think(Some(&owner), "alpha", "5").await.status, StatusCode::NOT_FOUND);
        assert_eq!(think(Some(&operator), "nobody", "5").await.status, StatusCode::NOT_FOUND);
        let refused = think(Some(&operator), "alpha", "none").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("whole number") && refused.text.contains("value=\"49.50\""), "{}", refused.text);
        let before = org(&site, &operator).await;
        let thought = think(Some(&operator), "alpha", "5").await;
        assert_eq!(thought.status, StatusCode::FOUND, "{}", thought.text);
        let there = thought.location().to_owned();
        let (path, _) = there.split_once('#').expect("the place on the page");
        let page = site.get_as(&operator, path).await.text;
        for part in ["What changes", "Now", "Then", "Team", "$49.50", "Yes, agree to this"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(org(&site, &operator).await, before, "it is looked at alone");
        assert_eq!(site.get_as(&owner, path).await.status, StatusCode::NOT_FOUND);
        // An address typed by hand that says nonsense shows the page as it is.
        let page = site.get_as(&operator, "/admin/orgs/alpha?plan=gold&seats=-1").await;
        assert!(page.status == StatusCode::OK && !page.text.contains("Yes, agree to this"), "{}", page.text);
    }

    /// Whoever runs the platform says who they are before anything of it opens, and is led back.
    async fn the_operator_says_who_they_are(site: Site) {
        let (operator, owner) = (operator(&site).await, site.log_in("alpha").await);
        let mut tx = site.platform.begin(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE users SET must_name = TRUE WHERE platform_admin").expect("a nameless one");
        tx.commit().await.expect("a commit");
        let led = site.get_as(&operator, "/admin/orgs").await;
        assert_eq!((led.status, led.location()), (StatusCode::SEE_OTHER, "/admin/name?next=/admin/orgs"), "{}", led.text);
        assert_eq!(suspend(&site, &operator, "alpha", true).await.status, StatusCode::FORBIDDEN);
        let page = site.get_as(&operator, "/admin/name?next=/admin/orgs").await;
        assert!(page.status == StatusCode::OK && page.text.contains("Customers see this when you ask for support access."), "{}", page.text);
        assert_eq!(site.get_as(&owner, "/admin/name").await.status, StatusCode::NOT_FOUND);
        let say = async |cookie: &str, name: &str, next: &str| {
            site.form(Some(cookie), "/fn/admin/name", "/admin/name", &[("name", name), ("next", next)]).await
        };
        assert_eq!(say(&owner, "Pat Lee", "").await.status, StatusCode::NOT_FOUND);
        for bad in ["", "  ", "\u{200b}"] {
            assert_eq!(say(&operator, bad, "").await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad:?}");
        }
        let said = say(&operator, "Robin Reed", "/admin/orgs").await;
        assert_eq!((said.status, said.location()), (StatusCode::FOUND, "/admin/orgs"), "{}", said.text);
        assert_eq!(say(&operator, "Robin Reed", "https://elsewhere.example/").await.location(), "/admin");
        assert_eq!(site.get_as(&operator, "/admin/orgs").await.status, StatusCode::OK);
        assert!(site.get_as(&operator, "/account").await.text.contains("Robin Reed"));
    }

    /// What these functions take is told to the operator alone: for everybody else there are none, whatever is sent.
    async fn what_is_missing_is_told_to_the_operator_alone(site: Site) {
        let operator = operator(&site).await;
        let owner = site.log_in("alpha").await;
        for path in ["/fn/admin/agree", "/fn/admin/suspend"] {
            let send = async |cookie: Option<&str>| {
                let plain = site.form(cookie, path, ORG, &[("nothing", "1")]).await.status;
                let packed = site.packed::<()>(cookie, path, &[("nothing", "1")]).await.expect_err("a refusal").status;
                assert_eq!(plain, packed, "{path}");
                plain
            };
            assert_eq!(send(None).await, StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(send(Some(&owner)).await, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(send(Some(&operator)).await, StatusCode::BAD_REQUEST, "{path}");
        }
        assert_eq!(site.get("/fn/admin/org").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.get_as(&owner, "/fn/admin/org").await.status, StatusCode::NOT_FOUND);
    }

    /// A browser that the operator left open shows, and changes nothing.
    async fn a_browser_left_open_changes_no_plan(site: Site) {
        let operator = operator(&site).await;
        site.set_clock("2026-11-22T22:11:00Z");
        assert_eq!(agree(&site, &operator, &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(suspend(&site, &operator, "alpha", true).await.status, StatusCode::FORBIDDEN);
        let page = site.get_as(&operator, ORG).await;
        assert!(page.text.contains("Confirm that it is you") && !page.text.contains("Yes, suspend it"), "{}", page.text);
    }

    /// The list goes on from page to page and shows each once; a search finds by name and address, and takes no pattern from outside.
    async fn organisations_are_listed_and_found(site: Site) {
        let operator = operator(&site).await;
        let mut wanted = vec!["alpha".to_owned(), "beta".to_owned()];
        wanted.extend(many(&site, 55).await);
        wanted.sort();
        let (mut seen, mut after) = (Vec::new(), None::<String>);
        loop {
            let query = after.as_ref().map(|after| format!("?after={after}")).unwrap_or_default();
            let page: OrgsPage = site.read(&operator, &format!("/fn/admin/orgs{query}")).await.expect("the page");
            seen.extend(page.orgs.into_iter().map(|org| org.slug));
            match page.more_after {
                Some(more) => after = Some(more),
                None => break,
            }
        }
        assert_eq!(seen, wanted);
        for (search, found) in [("ALPHA", 1), ("clinic", 2), ("org-1", 11), ("%", 0), ("_", 0), ("'", 0), ("\\", 0), ("nobody", 0)] {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("search", search).finish();
            let page: OrgsPage = site.read(&operator, &format!("/fn/admin/orgs?{query}")).await.expect("the page");
            assert_eq!(page.orgs.len(), found, "{search}");
        }
    }
}

async fn many(site: &Site, count: usize) -> Vec<String> {
    let owner = accounts::create_user(&site.platform, "many@example.com", "Many", PASSWORD).await.expect("a user");
    let mut slugs = Vec::with_capacity(count);
    for n in 0..count {
        let slug = format!("org-{n}");
        let org = NewOrg {
            slug: slug.clone(),
            name: format!("Business {n}"),
            zone: "Australia/Perth".to_owned(),
            ..NewOrg::default()
        };
        accounts::create_org(&site.platform, &org, owner, &[]).await.expect("an organisation");
        slugs.push(slug);
    }
    slugs
}

async fn org(site: &Site, operator: &str) -> OrgPage {
    site.read(operator, "/fn/admin/org?slug=alpha").await.expect("the organisation")
}

/// Agrees to the Team plan by the month, but for some fields.
async fn agree(site: &Site, cookie: &str, but: &[(&str, &str)]) -> Answer {
    let usual = [
        ("slug", "alpha"),
        ("plan", "team"),
        ("period", "month"),
        ("seats", "5"),
        ("price", ""),
        ("state", "active"),
        ("last_day", ""),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !but.iter().any(|(other, _)| other == name));
    let fields: Vec<(&str, &str)> = kept.chain(but.iter().copied()).collect();
    site.form(Some(cookie), "/fn/admin/agree", ORG, &fields).await
}

async fn suspend(site: &Site, cookie: &str, slug: &str, shut: bool) -> Answer {
    let mut fields = vec![("slug", slug)];
    if shut {
        fields.extend([("shut", "true"), ("why", "An invoice is open.")]);
    }
    site.form(Some(cookie), "/fn/admin/suspend", ORG, &fields).await
}

/// Somebody who runs the platform, with a second factor, logged in.
pub async fn operator(site: &Site) -> String {
    let user = accounts::create_user(&site.platform, OPERATOR, "Olly Operator", PASSWORD).await.expect("a user");
    let cookie = site.log_in_as(OPERATOR).await;
    let cookie = site.enrol(&cookie).await;
    appoint(site, user).await;
    cookie
}

async fn appoint(site: &Site, user: UserId) {
    let mut tx = site.platform.begin(Access::Write).await.expect("a transaction");
    platform_sql!(exec, &mut tx, "UPDATE users SET platform_admin = TRUE WHERE id = $1", user).expect("they run it");
    tx.commit().await.expect("a commit");
}
