//! What somebody who got in once could leave behind, to come back by; and what ends when somebody goes.

use std::time::Duration;

use app::{
    auth::accounts::{self, NewOrg},
    billing::terms::{State, Terms},
    org::Role,
    people::{factor_reset, members},
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use futures::{StreamExt, future::join_all};
use serde_json::json;
use tower::ServiceExt;

use crate::{
    on_both,
    support::{Answer, NOW, PASSWORD, Site, booking, code_at, secret_in},
};

const EMAIL: &str = "owner@alpha.example.com";
const APPOINTMENTS: &str = "/api/v1/orgs/alpha/calendar/appointments";
const SET_UP: &str = "/account/second-factor";

on_both! {
    /// The secret of an app belongs to the session that was shown it, for as long as one sets an app up: nobody can leave one there
    /// for the owner to confirm.
    async fn a_secret_is_for_who_was_shown_it(site: Site) {
        let thief = site.log_in("alpha").await;
        let planted = secret_in(&site.get_as(&thief, SET_UP).await.text);
        let owner = site.log_in("alpha").await;
        let secret = secret_in(&site.get_as(&owner, SET_UP).await.text);
        assert_ne!(planted, secret);
        assert_eq!(secret_in(&site.get_as(&thief, SET_UP).await.text), planted, "a page that is loaded again shows the same");
        assert_eq!(confirm(&site, &owner, &planted, NOW).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        // The same browser, a while later.
        let later = "2026-11-22T22:10:00Z";
        site.set_clock(later);
        let again = [("password", PASSWORD), ("next", SET_UP)];
        let owner = site.form(Some(&owner), "/fn/auth/again", "/account/confirm", &again).await.cookie().expect("another cookie");
        let fresh = secret_in(&site.get_as(&owner, SET_UP).await.text);
        assert_ne!(fresh, secret);
        assert_eq!(confirm(&site, &owner, &secret, later).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = confirm(&site, &owner, &fresh, later).await;
        assert_eq!(done.status, StatusCode::OK);
        let owner = done.cookie().expect("another cookie");
        assert_eq!(confirm(&site, &owner, &fresh, later).await.status, StatusCode::CONFLICT);
    }

    /// Another password ends what was known of browsers: whoever had the old one is a stranger again, and the owner hears of them.
    async fn a_new_password_makes_every_browser_a_stranger(site: Site) {
        let before = password(&site, None).await;
        let known = known(&before).expect("the browser is known");
        assert!(self::known(&password(&site, Some(&known)).await).is_none(), "still known");
        let owner = site.log_in("alpha").await;
        let changed = site.form(Some(&owner), "/fn/auth/change-password", "/account/password", &[("password", "three unrelated quokkas")]).await;
        assert!(self::known(&changed).is_some(), "the one that changed it is known");
        site.mailed().await;
        let fields = [("email", EMAIL), ("password", "three unrelated quokkas")];
        let fresh = site.form(Some(&known), "/fn/auth/log-in", "/login", &fields).await;
        assert!(self::known(&fresh).is_some(), "another token");
        assert!(site.mailed().await.iter().any(|letter| letter.to == EMAIL && letter.subject == "You logged in somewhere new"));
    }

    /// A change of address that is half agreed to, and a link for another password, come to nothing with a new password.
    async fn a_new_password_withdraws_what_was_mailed(site: Site) {
        let owner = site.log_in("alpha").await;
        site.form(Some(&owner), "/fn/auth/change-email", "/account/email", &[("email", "thief@evil.example")]).await;
        let agreed = site.mailed_link("thief@evil.example").await;
        let token = agreed.rsplit('/').next().expect("a token").to_owned();
        assert_eq!(site.form(None, "/fn/auth/confirm-email", &agreed, &[("token", &token)]).await.status, StatusCode::FOUND);
        site.form(None, "/fn/auth/ask-reset", "/login/forgot", &[("email", EMAIL)]).await;
        let reset = site.mailed_link(EMAIL).await;
        assert_eq!(site.get(&reset).await.status, StatusCode::OK);
        let changed = site.form(Some(&owner), "/fn/auth/change-password", "/account/password", &[("password", "three unrelated quokkas")]).await;
        let owner = changed.cookie().expect("another token");
        assert_eq!(site.get(&reset).await.status, StatusCode::NOT_FOUND);
        let account = site.get_as(&owner, "/account").await;
        assert!(!account.text.contains("thief@evil.example"), "{}", account.text);
    }

    /// A token is made by who has just shown again who they are, and ends with its maker: removed, gone, or no admin any more.
    async fn a_token_ends_with_its_maker(site: Site) {
        let owner = site.log_in("alpha").await;
        for how in ["removed", "member", "left"] {
            let email = format!("{how}@example.com");
            let (id, admin) = site.join(site.alpha, &email, Role::Admin).await;
            let secret = token(&site, &admin).await;
            assert_eq!(site.bearer(&secret, APPOINTMENTS).await.status, StatusCode::OK);
            let id = id.to_string();
            let done = match how {
                "removed" => people(&site, &owner, "remove", &[("id", &id)]).await,
                "member" => people(&site, &owner, "change", &[("id", &id), ("role", "member")]).await,
                _ => people(&site, &admin, "leave", &[]).await,
            };
            assert_eq!(done.status, StatusCode::FOUND, "{how}: {}", done.text);
            assert_eq!(site.bearer(&secret, APPOINTMENTS).await.status, StatusCode::UNAUTHORIZED, "{how}");
        }
        let secret = token(&site, &owner).await;
        site.set_clock("2026-11-22T22:11:00Z");
        let new = json!({ "name": "Left open", "scopes": ["calendar.appointments.view"] });
        let made = site.json(Method::POST, Some(&owner), "/api/v1/orgs/alpha/tokens", &new).await;
        assert_eq!(made.status, StatusCode::FORBIDDEN, "a browser left open makes none");
        let form = site.form(Some(&owner), "/fn/settings/make-token", "/app/alpha/settings/tokens", &[("org", "alpha"), ("name", "x"), ("scopes[]", "calendar.appointments.view")]).await;
        assert_eq!(form.status, StatusCode::FORBIDDEN);
        let page = site.get_as(&owner, "/app/alpha/settings/tokens").await;
        assert!(page.text.contains("Confirm that it is you") && !page.text.contains("Make token"), "{}", page.text);
        assert_eq!(site.bearer(&secret, APPOINTMENTS).await.status, StatusCode::OK);
    }

    /// Who sets their password anew by mail may have had somebody in: the API tokens that they made end, wherever that was, and nobody
    /// else’s. Who only changes it keeps them, and is told of them.
    async fn a_reset_ends_the_tokens_of_its_person(site: Site) {
        const ADMIN: &str = "admin@example.com";
        let owner = site.log_in("alpha").await;
        let (id, admin) = site.join(site.alpha, ADMIN, Role::Admin).await;
        members::add(&site.platform, site.beta, id, Role::Admin).await.expect("they belong");
        let (in_alpha, owners) = (token(&site, &admin).await, token(&site, &owner).await);
        let new = json!({ "name": "Website", "scopes": ["calendar.appointments.view"] });
        let made = site.json(Method::POST, Some(&admin), "/api/v1/orgs/beta/tokens", &new).await.json();
        let in_beta = made["secret"].as_str().expect("a secret").to_owned();
        let statuses = async || {
            let alphas = site.bearer(&in_alpha, APPOINTMENTS).await.status;
            let betas = site.bearer(&in_beta, "/api/v1/orgs/beta/calendar/appointments").await.status;
            [alphas, betas, site.bearer(&owners, APPOINTMENTS).await.status]
        };
        let told = async |words: &str| {
            let letters = site.mailed().await;
            let theirs = letters.iter().filter(|letter| letter.to == ADMIN).flat_map(|letter| &letter.paragraphs);
            assert!(theirs.clone().any(|text| text.contains(words)), "{words}: {letters:?}");
        };
        site.mailed().await;
        let changed = site.form(Some(&admin), "/fn/auth/change-password", "/account/password", &[("password", "three unrelated quokkas")]).await;
        assert_eq!(changed.status, StatusCode::FOUND);
        assert_eq!(statuses().await, [StatusCode::OK; 3]);
        told("These API tokens, which you made, still work: “Reception screen” of Alpha Clinic, “Website” of Beta Clinic.").await;

        site.form(None, "/fn/auth/ask-reset", "/login/forgot", &[("email", ADMIN)]).await;
        let link = site.mailed_link(ADMIN).await;
        let fields = [("token", link.rsplit('/').next().expect("a token")), ("password", "three unrelated wombats")];
        assert_eq!(site.form(None, "/fn/auth/reset", "/login/forgot", &fields).await.status, StatusCode::FOUND);
        assert_eq!(statuses().await, [StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED, StatusCode::OK]);
        told("The API tokens that you made no longer work.").await;
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert_eq!(log.matches("Devalo revoked the API token “Reception screen”").count(), 1, "{log}");
    }

    /// A token that is made is told by mail, to who made it and to the owner: another’s hand doesn’t go unseen.
    async fn a_token_that_is_made_is_told(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, admin) = site.join(site.alpha, "admin@example.com", Role::Admin).await;
        site.join(site.alpha, "other@example.com", Role::Admin).await;
        site.mailed().await;
        let told = async || {
            let letters = site.mailed().await;
            let mut told: Vec<_> = letters
                .into_iter()
                .map(|letter| (letter.to, letter.paragraphs[1].split(" made the API token “Reception screen” for Alpha Clinic. ").next().unwrap_or_default().to_owned()))
                .collect();
            told.sort();
            told
        };
        let pair = |to: &str, by: &str| (to.to_owned(), by.to_owned());
        token(&site, &admin).await;
        assert_eq!(told().await, [pair("admin@example.com", "You"), pair(EMAIL, "Person admin")]);
        token(&site, &owner).await;
        assert_eq!(told().await, [pair(EMAIL, "You")]);
        let new = json!({ "name": "See evil.com", "scopes": ["calendar.appointments.view"] });
        let refused = site.json(Method::POST, Some(&admin), "/api/v1/orgs/alpha/tokens", &new).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["name".to_owned()]));
        assert_eq!(told().await, []);
    }

    /// A made-up token is refused on public pages too, and is no way round the limits of strangers.
    async fn a_made_up_token_is_nobody(site: Site) {
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let request = Request::post("/api/v1/orgs/alpha/calendar/bookings")
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "made-up-token")
            .header(header::AUTHORIZATION, "Bearer dvl_nonsense")
            .body(Body::from(booking("follow-up", &start).to_string()))
            .expect("a request");
        assert_eq!(site.send(request).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.bearer("dvl_nonsense", "/api/v1/orgs/alpha/calendar/services").await.status, StatusCode::UNAUTHORIZED);
        let owner = site.log_in("alpha").await;
        let ours = token(&site, &owner).await;
        assert_eq!(site.bearer(&ours, "/api/v1/orgs/alpha/calendar/services").await.status, StatusCode::OK);
        assert_eq!(site.bearer(&ours, "/api/v1/orgs/beta/calendar/services").await.status, StatusCode::UNAUTHORIZED);
    }

    /// Whether a second factor may be taken away is judged when it is: who asked may have gone, or the other may have joined others.
    async fn a_factor_reset_is_judged_when_it_is_due(site: Site) {
        let owner = site.log_in("alpha").await;
        let (admin_id, admin) = site.join(site.alpha, "admin@example.com", Role::Admin).await;
        let mut people_of = Vec::new();
        for name in ["asker-gone", "elsewhere", "as-asked"] {
            let email = format!("{name}@example.com");
            let (id, cookie) = site.join(site.alpha, &email, Role::Member).await;
            let secret = secret_in(&site.get_as(&cookie, SET_UP).await.text);
            assert_eq!(confirm(&site, &cookie, &secret, NOW).await.status, StatusCode::OK);
            let by = if name == "asker-gone" { &admin } else { &owner };
            assert_eq!(people(&site, by, "ask-factor-reset", &[("id", &id.to_string())]).await.status, StatusCode::FOUND);
            people_of.push((id, email));
        }
        assert_eq!(people(&site, &owner, "remove", &[("id", &admin_id.to_string())]).await.status, StatusCode::FOUND);
        let org = NewOrg { slug: "second".to_owned(), name: "Second".to_owned(), zone: "Australia/Perth".to_owned(), ..NewOrg::default() };
        accounts::create_org(&site.platform, &org, people_of[1].0, &[]).await.expect("an organisation");
        site.set_clock("2026-11-23T22:00:01Z");
        factor_reset::carry_out(&site.platform).await.expect("carried out");
        for ((_, email), next) in people_of.iter().zip(["/login/code?next=/app", "/login/code?next=/app", "/login/set-up?next=/app"]) {
            let answer = site.form(None, "/fn/auth/log-in", "/login", &[("email", email), ("password", PASSWORD)]).await;
            assert_eq!(answer.location(), next, "{email}");
        }
    }

    /// Of two factors, taken away at the same moment by who has to have one, one stays.
    async fn one_factor_stays(site: Site) {
        let owner = site.log_in("alpha").await;
        let secret = secret_in(&site.get_as(&owner, SET_UP).await.text);
        let owner = confirm(&site, &owner, &secret, NOW).await.cookie().expect("another cookie");
        accounts::require_factor(&site.platform, EMAIL).await.expect("it is asked for");
        let answers = join_all((0..4).map(|_| site.form(Some(&owner), "/fn/auth/remove-factor", "/account", &[]))).await;
        assert!(answers.iter().all(|answer| answer.status == StatusCode::CONFLICT), "{answers:?}");
    }

    /// Guesses at an organisation slow strangers down while they go on, and for a quarter of an hour after: those who then log in,
    /// one after the other, don't hold each other up.
    async fn a_wait_ends_with_the_guesses(site: Site) {
        for name in ["one", "two", "three"] {
            site.join(site.alpha, &format!("{name}@alpha.example.com"), Role::Member).await;
        }
        let guess = async |n: i32| site.form(None, "/fn/auth/log-in", "/login", &[("email", &format!("nobody{n}@alpha.example.com")), ("password", "a guess")]).await.status;
        for n in 0..100 {
            assert_eq!(guess(n).await, StatusCode::UNAUTHORIZED);
        }
        for n in 100..112 {
            assert_eq!(guess(n).await, StatusCode::TOO_MANY_REQUESTS);
            site.platform.clock.set(site.platform.clock.now().plus_seconds(901).timestamp());
            assert_eq!(guess(n).await, StatusCode::UNAUTHORIZED);
        }
        site.platform.clock.set(site.platform.clock.now().plus_seconds(901).timestamp());
        for name in ["one", "two", "three"] {
            let fields = [("email", &*format!("{name}@alpha.example.com")), ("password", PASSWORD)];
            assert_eq!(site.form(None, "/fn/auth/log-in", "/login", &fields).await.status, StatusCode::FOUND, "{name}");
        }
    }

    /// Only who may invite for an organisation uses up what it may mail.
    async fn others_cannot_use_up_invitations(site: Site) {
        let (alpha, beta) = (site.log_in("alpha").await, site.log_in("beta").await);
        let invite = async |cookie: &str, n: usize| {
            people(&site, cookie, "invite", &[("email", &format!("new{n}@example.com")), ("role", "member")]).await.status
        };
        for n in 0..110 {
            assert_eq!(invite(&beta, n).await, StatusCode::NOT_FOUND);
        }
        assert_eq!(invite(&alpha, 0).await, StatusCode::FOUND);
    }

    /// A page that follows what happens doesn't keep its session from ending, nor does what it reads by itself.
    async fn an_open_diary_goes_idle(site: Site) {
        let owner = site.log_in("alpha").await;
        let request = Request::get("/app/alpha/live").header(header::COOKIE, &owner).header(header::ACCEPT, "text/event-stream");
        let stream = site.router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("a stream");
        let mut frames = stream.into_body().into_data_stream();
        frames.next().await.expect("a beginning").expect("bytes");
        for minute in (5..=30).step_by(5) {
            let read = Request::get("/fn/calendar/diary?org=alpha&view=week").header(header::COOKIE, &owner).header("x-unattended", "1");
            let read = site.send(read.body(Body::empty()).expect("a request")).await;
            assert_eq!(read.status, StatusCode::OK, "{minute}");
            tokio::time::sleep(Duration::from_millis(50)).await;
            site.platform.clock.set(site.platform.clock.now().plus_seconds(300).timestamp());
            site.platform.live.all_look_again();
        }
        let told = tokio::time::timeout(Duration::from_secs(2), async {
            let mut text = String::new();
            while let Some(frame) = frames.next().await {
                text.push_str(std::str::from_utf8(&frame.expect("bytes")).expect("text"));
            }
            text
        });
        assert!(told.await.expect("it ends").ends_with("event: ended\ndata: {}\n\n"));
        assert_eq!(site.get_as(&owner, "/account").await.status, StatusCode::UNAUTHORIZED);
        // A page that slept through it is told the same; a program gets its 401.
        let again = Request::get("/app/alpha/live").header(header::COOKIE, &owner).header(header::ACCEPT, "text/event-stream");
        let again = site.send(again.body(Body::empty()).expect("a request")).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::OK, "event: ended\ndata: {}\n\n"));
        assert_eq!(site.get_as(&owner, "/app/alpha/live").await.status, StatusCode::UNAUTHORIZED);
    }

    /// Who joins an organisation that wants idle sessions to end sooner is held to it in the session that they have.
    async fn the_strictest_organisation_holds_at_once(site: Site) {
        let (alpha, beta) = (site.log_in("alpha").await, site.log_in("beta").await);
        let fields = [("policy", "optional"), ("grace_days", "0"), ("idle_minutes", "5")];
        assert_eq!(people(&site, &alpha, "save-security", &fields).await.status, StatusCode::FOUND);
        people(&site, &alpha, "invite", &[("email", "owner@beta.example.com"), ("role", "member")]).await;
        let link = site.mailed_link("owner@beta.example.com").await;
        let token = link.rsplit('/').next().expect("a token");
        assert_eq!(site.form(Some(&beta), "/fn/auth/accept-invitation", &link, &[("token", token)]).await.status, StatusCode::FOUND);
        site.set_clock("2026-11-22T22:05:30Z");
        assert_eq!(site.get_as(&beta, "/account").await.status, StatusCode::UNAUTHORIZED);
    }

    /// Admins who had to have a second factor already aren't given more time because everybody is asked now.
    async fn asking_everybody_gives_nobody_more_time(site: Site) {
        let owner = site.log_in("alpha").await;
        let secret = secret_in(&site.get_as(&owner, SET_UP).await.text);
        let owner = confirm(&site, &owner, &secret, NOW).await.cookie().expect("another cookie");
        let (_, admin) = site.join(site.alpha, "admin@example.com", Role::Admin).await;
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        let policy = async |policy: &str, days: &str| people(&site, &owner, "save-security", &[("policy", policy), ("grace_days", days), ("idle_minutes", "30")]).await.status;
        let open = async || (site.get_as(&admin, "/app/alpha/calendar").await.status.as_u16(), site.get_as(&member, "/app/alpha/calendar").await.status.as_u16());
        assert_eq!(policy("admins", "0").await, StatusCode::FOUND);
        assert_eq!(open().await, (403, 200));
        site.mailed().await;
        assert_eq!(policy("everyone", "30").await, StatusCode::FOUND);
        assert_eq!(open().await, (403, 200));
        let told: Vec<String> = site.mailed().await.into_iter().map(|letter| letter.to).collect();
        assert_eq!(told, ["member@example.com"], "who was asked before isn't asked again");
        assert_eq!(policy("everyone", "0").await, StatusCode::FOUND);
        assert_eq!(open().await, (403, 200), "the same again changes nothing");
        assert_eq!(policy("admins", "30").await, StatusCode::FOUND);
        assert_eq!(open().await, (403, 200));
    }

    /// One organisation whose plan has ended doesn't take the others off the site map.
    async fn the_site_map_goes_on(site: Site) {
        let now = site.platform.clock.now();
        site.agree(site.alpha, &Terms { suspended_at: Some(now), billing_state: State::Active.as_str().to_owned(), ..Terms::custom(now) }).await;
        let map = site.get("/sitemap.xml").await;
        assert_eq!(map.status, StatusCode::OK);
        assert!(map.text.contains("/b/beta<") && !map.text.contains("/b/alpha<"), "{}", map.text);
    }

    /// An address is the address alone.
    async fn an_address_is_nothing_but_an_address(site: Site) {
        let owner = site.log_in("alpha").await;
        for odd in ["Casey <casey@example.com>", "casey@[127.0.0.1]", "casey@localhost", "\"x y\" <casey@example.com>"] {
            let invited = people(&site, &owner, "invite", &[("email", odd), ("role", "member")]).await;
            let asked = site.form(None, "/fn/auth/ask-reset", "/login/forgot", &[("email", odd)]).await;
            let changed = site.form(Some(&owner), "/fn/auth/change-email", "/account/email", &[("email", odd)]).await;
            for answer in [invited, asked, changed] {
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{odd}");
            }
        }
    }
}

/// Confirms an authenticator app by what it shows at that moment.
async fn confirm(site: &Site, cookie: &str, secret: &str, at: &str) -> Answer {
    let code = code_at(secret, at);
    site.form(Some(cookie), "/fn/auth/confirm-enrolment", SET_UP, &[("code", &code)]).await
}

async fn password(site: &Site, cookie: Option<&str>) -> Answer {
    site.form(cookie, "/fn/auth/log-in", "/login", &[("email", EMAIL), ("password", PASSWORD)]).await
}

/// The cookie by which the browser is known from now on.
fn known(answer: &Answer) -> Option<String> {
    let lines = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.filter_map(|line| line.split(';').next());
    pairs.filter(|pair| pair.starts_with("devalo_known=")).map(str::to_owned).next()
}

async fn people(site: &Site, cookie: &str, what: &str, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![("org", "alpha")];
    all.extend(fields);
    site.form(Some(cookie), &format!("/fn/people/{what}"), "/app/alpha/settings/people", &all).await
}

async fn token(site: &Site, cookie: &str) -> String {
    let new = json!({ "name": "Reception screen", "scopes": ["calendar.appointments.view"] });
    let made = site.json(Method::POST, Some(cookie), "/api/v1/orgs/alpha/tokens", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.json()["secret"].as_str().expect("a secret").to_owned()
}
