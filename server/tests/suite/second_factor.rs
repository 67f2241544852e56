//! The second factor, what a session may do at each step, and limits on tries.

use app::{
    auth::{
        log_in::{self, Browser},
        secret_token::SecretToken,
        session,
    },
    db::Access,
    error::Code,
    platform_sql,
};
use axum::http::{Method, StatusCode, header};
use futures::future::join_all;
use leptos::server_fn::axum::server_fn_paths;
use uuid::Uuid;

use crate::{
    on_both,
    outsider::PUBLIC,
    support::{ADDRESSES, Answer, NOW, PASSWORD, Site, code_at, codes_in, next_of, secret_in},
};

const CALENDAR: &str = "/app/alpha/calendar";
const EMAIL: &str = "owner@alpha.example.com";

on_both! {
    /// Set up an app, and from then on the password alone opens nothing: no page, no server function, no API.
    async fn half_way_in_is_nobody(site: Site) {
        let elsewhere = site.log_in("alpha").await;
        let (secret, codes) = enrol(&site).await;
        assert_eq!(codes.len(), 10);
        assert_eq!(site.get_as(&elsewhere, CALENDAR).await.status, StatusCode::UNAUTHORIZED, "logged out everywhere else");

        let answer = password(&site, None, &[("next", CALENDAR)]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, "/login/code?next=/app/alpha/calendar"));
        let half = answer.cookie().expect("a session for the next step");
        for path in [CALENDAR, "/app", "/app/alpha/settings", "/app/alpha/live", "/account", "/account/second-factor", "/api/v1/orgs/alpha/calendar/appointments"] {
            assert_eq!(site.get_as(&half, path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        }
        for (path, method) in server_fn_paths() {
            if method == Method::POST && path.starts_with("/fn/auth") && !PUBLIC.contains(&format!("POST {path}").as_str()) && path != "/fn/auth/code" {
                let fields = [("id", "01935a3c-0000-7000-8000-000000000000"), ("code", "123456"), ("password", PASSWORD), ("email", "casey@example.com"), ("name", "Casey"), ("token", "x"), ("answer", "{}")];
                assert_eq!(site.form(Some(&half), path, "/account", &fields).await.status, StatusCode::UNAUTHORIZED, "{path}");
            }
        }

        let led = site.open(Some(&half), CALENDAR).await;
        assert_eq!((led.status, led.location()), (StatusCode::SEE_OTHER, "/login/code?next=/app/alpha/calendar"), "the step that is owed");

        let wrong = site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", "000000")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.cookie().is_none());
        site.set_clock("2026-11-22T22:01:00Z");
        let code = code_at(&secret, "2026-11-22T22:01:00Z");
        let right = site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &code), ("next", CALENDAR)]).await;
        assert_eq!((right.status, right.location()), (StatusCode::FOUND, CALENDAR));
        let full = right.cookie().expect("another session");
        assert_ne!(full, half);
        assert_eq!(site.get_as(&half, CALENDAR).await.status, StatusCode::UNAUTHORIZED, "the step's cookie is done with");
        assert_eq!(site.get_as(&full, CALENDAR).await.status, StatusCode::OK);

        // The same code again, by whoever looked over the shoulder.
        let half = password(&site, None, &[]).await.cookie().expect("a session for the next step");
        let again = site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &code)]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        // A step before is too old once a later one was used; one too far ahead isn't taken at all.
        for at in ["2026-11-22T22:00:30Z", "2026-11-22T22:02:30Z"] {
            let code = code_at(&secret, at);
            let other = site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &code)]).await;
            assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "{at}");
        }
        // A clock that is half a minute ahead is forgiven.
        let code = code_at(&secret, "2026-11-22T22:01:30Z");
        assert_eq!(site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &code)]).await.status, StatusCode::FOUND);
    }

    /// Both steps keep the address that was opened exactly as it was: the code after the password, and setting up a second factor first.
    async fn an_address_comes_through_both_steps_as_it_was(site: Site) {
        let (_, codes) = enrol(&site).await;
        for (opened, code) in ADDRESSES.into_iter().zip(&codes) {
            let led = site.open(None, opened).await;
            let half = password(&site, None, &[("next", opened)]).await;
            let step = half.location().to_owned();
            assert_eq!(step, led.location().replacen("/login?", "/login/code?", 1));
            let half = half.cookie().expect("a session for the next step");
            assert_eq!(site.open(Some(&half), opened).await.location(), step, "the step that is owed");
            let next = next_of(&site.get_as(&half, &step).await.text);
            assert_eq!(next, opened);
            let done = site.form(Some(&half), "/fn/auth/code", &step, &[("code", code), ("next", &next)]).await;
            assert_eq!((done.status, done.location()), (StatusCode::FOUND, opened));
            let again = format!("/account/confirm?{}", step.split_once('?').expect("a query").1);
            assert_eq!(next_of(&site.get_as(&done.cookie().expect("a session"), &again).await.text), opened);
        }
    }

    /// Who has to set up a second factor first goes on to where they wanted to, and never off this site.
    async fn setting_up_leads_on_to_the_address_as_it_was(site: Site) {
        for (email, opened, leads) in [
            ("one@example.com", ADDRESSES[1], ADDRESSES[1]),
            ("two@example.com", ADDRESSES[4], ADDRESSES[4]),
            ("three@example.com", "javascript:alert(1)", "/app"),
            ("four@example.com", "//evil.example", "/app"),
            ("five@example.com", "/%2f%2fevil.example", "/app"),
        ] {
            app::auth::accounts::create_user(&site.platform, email, "Somebody", PASSWORD).await.expect("a user");
            app::auth::accounts::require_factor(&site.platform, email).await.expect("it is asked for");
            let half = site.form(None, "/fn/auth/log-in", "/login", &[("email", email), ("password", PASSWORD)]).await.cookie().expect("half a session");
            let next: String = url::form_urlencoded::byte_serialize(opened.as_bytes()).collect();
            let step = format!("/login/set-up?next={next}");
            let code = code_at(&secret_in(&site.get_as(&half, &step).await.text), NOW);
            let done = site.form(Some(&half), "/fn/auth/confirm-enrolment", &step, &[("code", &code)]).await;
            assert_eq!(done.status, StatusCode::OK, "{}", done.text);
            let link = done.text.split(">I’ve saved these</a>").next().and_then(|before| before.rsplit("<a ").next()).expect("a link");
            assert!(link.contains(&format!("href=\"{}\"", leads.replace('&', "&amp;"))), "{opened}: {link}");
        }
    }

    /// A session that owes its next step ends after ten minutes.
    async fn the_next_step_does_not_wait(site: Site) {
        let (secret, _) = enrol(&site).await;
        let half = password(&site, None, &[]).await.cookie().expect("a session for the next step");
        site.set_clock("2026-11-22T22:10:01Z");
        let code = code_at(&secret, "2026-11-22T22:10:01Z");
        let late = site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &code)]).await;
        assert_eq!(late.status, StatusCode::UNAUTHORIZED);
    }

    /// A recovery code opens once, however it is written, and however often it is sent at once.
    async fn a_recovery_code_opens_once(site: Site) {
        let (_, codes) = enrol(&site).await;
        let mut halves = Vec::new();
        for _ in 0..4 {
            halves.push(password(&site, None, &[]).await.cookie().expect("a session for the next step"));
        }
        let written = codes[0].to_uppercase().replace('-', " ");
        let tries = halves.iter().map(|half| async { site.form(Some(half), "/fn/auth/code", "/login/code", &[("code", &written)]).await.status });
        let opened = join_all(tries).await.into_iter().filter(|status| *status == StatusCode::FOUND).count();
        assert_eq!(opened, 1);
        let half = password(&site, None, &[]).await.cookie().expect("a session for the next step");
        let again = site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &codes[0])]).await;
        assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.text.contains("That recovery code has been used already."), "{}", again.text);
        let half = password(&site, None, &[]).await.cookie().expect("a session for the next step");
        assert_eq!(site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &codes[1])]).await.status, StatusCode::FOUND);
    }

    /// The codes come with whose they are, as a file too.
    async fn recovery_codes_are_taken_along(site: Site) {
        let (_, codes) = enrol(&site).await;
        let half = password(&site, None, &[]).await.cookie().expect("a session for the next step");
        let full = site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &codes[0])]).await.cookie().expect("a session");
        let made = site.form(Some(&full), "/fn/auth/new-recovery-codes", "/account", &[]).await;
        let (page, full) = (&made.text, made.cookie().expect("another cookie"));
        let fresh = codes_in(page).join("%0A");
        let file = format!("href=\"data:text/plain;charset=utf-8,Devalo%20recovery%20codes%2C%20owner%40alpha.example.com%0A%0A{fresh}%0A\"");
        assert!(page.contains(&file) && page.contains("Devalo, owner@alpha.example.com"), "{page}");
        let lately = site.get_as(&full, "/account").await.text;
        assert!(lately.contains("Logged in with a recovery code") && lately.contains("Was this you?"), "{lately}");
    }

    /// Who has to have a second factor sets it up before anything opens, and can't take it away.
    async fn enrolment_comes_first_where_it_is_asked_for(site: Site) {
        app::auth::accounts::require_factor(&site.platform, EMAIL).await.expect("it is asked for");
        let answer = password(&site, None, &[("next", CALENDAR)]).await;
        assert_eq!(answer.location(), "/login/set-up?next=/app/alpha/calendar");
        let half = answer.cookie().expect("a session for the next step");
        assert_eq!(site.get_as(&half, CALENDAR).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.open(Some(&half), CALENDAR).await.location(), "/login/set-up?next=/app/alpha/calendar");
        let page = site.get_as(&half, "/login/set-up").await;
        assert_eq!(page.status, StatusCode::OK);
        let secret = secret_in(&page.text);
        assert_eq!(secret_in(&site.get_as(&half, "/login/set-up").await.text), secret, "loading the page again changes nothing");
        // Its own step alone: a code for the other one opens nothing.
        let code = code_at(&secret, NOW);
        assert_eq!(site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &code)]).await.status, StatusCode::UNAUTHORIZED);
        let wrong = site.form(Some(&half), "/fn/auth/confirm-enrolment", "/login/set-up", &[("code", "000000")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = site.form(Some(&half), "/fn/auth/confirm-enrolment", "/login/set-up", &[("code", &code)]).await;
        assert_eq!((done.status, codes_in(&done.text).len()), (StatusCode::OK, 10), "{}", done.text);
        let full = done.cookie().expect("logged in");
        assert_eq!(site.get_as(&full, CALENDAR).await.status, StatusCode::OK);
        assert_eq!(site.form(Some(&full), "/fn/auth/remove-factor", "/account", &[]).await.status, StatusCode::CONFLICT);
    }

    /// What changes the account takes having shown who one is within ten minutes; showing it gives another cookie.
    async fn a_browser_left_open_cannot_change_the_account(site: Site) {
        let first = site.log_in("alpha").await;
        assert_eq!(site.get_as(&first, "/account/second-factor").await.status, StatusCode::OK, "just logged in");
        site.set_clock("2026-11-22T22:11:00Z");
        assert_eq!(site.get_as(&first, "/account/second-factor").await.status, StatusCode::FORBIDDEN);
        for path in ["/fn/auth/confirm-enrolment", "/fn/auth/new-recovery-codes", "/fn/auth/remove-factor"] {
            assert_eq!(site.form(Some(&first), path, "/account", &[("code", "123456")]).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        // Each of these pages asks for it itself, and goes on to what it was for.
        for path in ["/account/second-factor", "/account/password", "/account/email", "/account/passkey"] {
            let page = site.get_as(&first, path).await.text;
            assert!(page.contains("Confirm that it is you") && page.contains("/fn/auth/again"), "{path}: {page}");
            assert!(page.contains(&format!("name=\"next\" value=\"{path}\"")), "{path}: {page}");
            assert!(!page.contains("/fn/auth/change-") && !page.contains("/fn/auth/passkey-add"), "{path}: {page}");
        }
        let wrong = site.form(Some(&first), "/fn/auth/again", "/account/confirm", &[("password", "not the password")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let again = [("password", PASSWORD), ("next", "/account/second-factor")];
        let again = site.form(Some(&first), "/fn/auth/again", "/account/confirm", &again).await;
        assert_eq!((again.status, again.location()), (StatusCode::FOUND, "/account/second-factor"));
        let second = again.cookie().expect("another cookie");
        assert_eq!(site.get_as(&second, "/account/second-factor").await.status, StatusCode::OK);
        // A request that was on its way is still answered, but changes nothing.
        assert_eq!(site.get_as(&first, CALENDAR).await.status, StatusCode::OK);
        assert_eq!(site.get_as(&first, "/account/second-factor").await.status, StatusCode::FORBIDDEN);
        site.set_clock("2026-11-22T22:11:11Z");
        assert_eq!(site.get_as(&first, CALENDAR).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.get_as(&second, CALENDAR).await.status, StatusCode::OK);
    }

    /// With a second factor, showing again who one is takes both.
    async fn showing_again_takes_both_factors(site: Site) {
        let (secret, codes) = enrol(&site).await;
        let half = password(&site, None, &[]).await.cookie().expect("a session for the next step");
        let full = site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &codes[0])]).await.cookie().expect("a session");
        for fields in [vec![("password", PASSWORD)], vec![("password", PASSWORD), ("code", "000000")], vec![("password", ""), ("code", codes[1].as_str())]] {
            let answer = site.form(Some(&full), "/fn/auth/again", "/account/confirm", &fields).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        }
        site.set_clock("2026-11-22T22:01:00Z");
        let code = code_at(&secret, "2026-11-22T22:01:00Z");
        let both = [("password", PASSWORD), ("code", code.as_str())];
        assert_eq!(site.form(Some(&full), "/fn/auth/again", "/account/confirm", &both).await.status, StatusCode::FOUND);
    }

    /// A factor that was removed isn't asked for again; new recovery codes take the place of the old.
    async fn a_factor_is_replaced_and_removed(site: Site) {
        let (secret, codes) = enrol(&site).await;
        let half = password(&site, None, &[]).await.cookie().expect("a session for the next step");
        let full = site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &codes[0])]).await.cookie().expect("a session");
        assert_eq!(site.get_as(&full, "/account/second-factor").await.status, StatusCode::CONFLICT, "one at a time");
        let made = site.form(Some(&full), "/fn/auth/new-recovery-codes", "/account", &[]).await;
        let (fresh, full) = (codes_in(&made.text), made.cookie().expect("another cookie"));
        assert_eq!(fresh.len(), 10);
        let half = password(&site, None, &[]).await.cookie().expect("a session for the next step");
        assert_eq!(site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &codes[1])]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &fresh[1])]).await.status, StatusCode::FOUND);
        assert_eq!(site.form(Some(&full), "/fn/auth/remove-factor", "/account", &[]).await.status, StatusCode::FOUND);
        assert_eq!(password(&site, None, &[]).await.location(), "/app", "the password is enough again");
        let page = site.get_as(&site.log_in("alpha").await, "/account/second-factor").await;
        assert_ne!(secret_in(&page.text), secret, "a removed secret doesn't come back");
    }

    /// A new password takes the old one's place at once, and everybody else who is logged in is out.
    async fn a_password_is_changed(site: Site) {
        const BETTER: &str = "quite another, longer password";
        let (here, elsewhere) = (site.log_in("alpha").await, site.log_in("alpha").await);
        for (weak, why) in [("short", "12"), ("password1234", "common"), ("aaaaaaaaaaaaaaa", "repeated"), ("", "12")] {
            let refused = site.form(Some(&here), "/fn/auth/change-password", "/account/password", &[("password", weak)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{weak}");
            assert!(refused.text.contains(why) && (weak.is_empty() || !refused.text.contains(&format!("value=\"{weak}"))), "{weak}");
        }
        let changed = site.form(Some(&here), "/fn/auth/change-password", "/account/password", &[("password", BETTER)]).await;
        assert_eq!((changed.status, changed.location()), (StatusCode::FOUND, "/account?password=1"));
        let now = changed.cookie().expect("another token");
        for (cookie, status) in [(&now, StatusCode::OK), (&here, StatusCode::UNAUTHORIZED), (&elsewhere, StatusCode::UNAUTHORIZED)] {
            assert_eq!(site.get_as(cookie, CALENDAR).await.status, status);
        }
        assert_eq!(password(&site, None, &[]).await.status, StatusCode::UNAUTHORIZED, "the old one opens nothing");
        let fields = [("email", EMAIL), ("password", BETTER)];
        assert_eq!(site.form(None, "/fn/auth/log-in", "/login", &fields).await.status, StatusCode::FOUND);
        site.set_clock("2026-11-22T22:10:01Z");
        let late = site.form(Some(&now), "/fn/auth/change-password", "/account/password", &[("password", PASSWORD)]).await;
        assert_eq!(late.status, StatusCode::FORBIDDEN, "a browser left open can't");
    }

    /// Sessions are listed, ended one by one and all at once; nobody ends another person's.
    async fn sessions_are_their_owners(site: Site) {
        let (one, two, other) = (site.log_in("alpha").await, site.log_in("alpha").await, site.log_in("beta").await);
        let ids = |page: &Answer| -> Vec<String> {
            page.text.split("name=\"id\" value=\"").skip(1).filter_map(|rest| rest.split('"').next().map(str::to_owned)).collect()
        };
        let listed = ids(&site.get_as(&one, "/account").await);
        assert_eq!(listed.len(), 1, "the other of the two; this one ends by logging out");
        assert_eq!(site.form(Some(&other), "/fn/auth/end-session", "/account", &[("id", &listed[0])]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get_as(&two, CALENDAR).await.status, StatusCode::OK);
        assert_eq!(site.form(Some(&one), "/fn/auth/end-session", "/account", &[("id", &listed[0])]).await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&two, CALENDAR).await.status, StatusCode::UNAUTHORIZED);
        let (four, five) = (site.log_in("alpha").await, site.log_in("alpha").await);
        let here = site.get_as(&one, "/account").await.text;
        assert!(here.contains("Log out all others") && !here.contains("nowhere else"), "{here}");
        assert_eq!(site.form(None, "/fn/auth/log-out-elsewhere", "/account", &[]).await.status, StatusCode::UNAUTHORIZED, "nobody’s to ask");
        let out = site.form(Some(&one), "/fn/auth/log-out-elsewhere", "/account", &[]).await;
        assert_eq!((out.status, out.location()), (StatusCode::FOUND, "/account?elsewhere=1"));
        for cookie in [&four, &five] {
            assert_eq!(site.get_as(cookie, CALENDAR).await.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(site.get_as(&other, "/app/beta/calendar").await.status, StatusCode::OK, "another person’s go on");
        let here = site.get_as(&one, "/account?elsewhere=1").await.text;
        for words in ["You are logged out everywhere else.", "You are logged in nowhere else.", "Logged out on all other devices"] {
            assert!(here.contains(words), "{words}: {here}");
        }
        assert!(!here.contains("Log out all others"), "there are none");
        let three = site.log_in("alpha").await;
        let out = site.form(Some(&one), "/fn/auth/log-out-everywhere", "/account", &[]).await;
        assert_eq!((out.status, out.location()), (StatusCode::FOUND, "/login?everywhere=1"));
        assert!(site.get("/login?everywhere=1").await.text.contains("You are logged out everywhere."));
        for cookie in [&one, &three] {
            assert_eq!(site.get_as(cookie, CALENDAR).await.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(site.get_as(&other, "/app/beta/calendar").await.status, StatusCode::OK);
    }

    /// Half an hour without a request ends a session, unless somebody asked to stay logged in: that takes thirty days.
    async fn an_idle_session_ends(site: Site) {
        let plain = site.log_in("alpha").await;
        let stays = password(&site, None, &[("remember", "true")]).await;
        let line = stays.headers.get(header::SET_COOKIE).and_then(|line| line.to_str().ok()).unwrap_or_default();
        assert!(line.contains("Max-Age=2592000"), "{line}");
        let stays = stays.cookie().expect("a session");
        for minute in ["20", "40", "59"] {
            site.set_clock(&format!("2026-11-22T22:{minute}:00Z"));
            assert_eq!(site.get_as(&plain, CALENDAR).await.status, StatusCode::OK, "{minute}");
            // When it was used last is written down beside the answer.
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        site.set_clock("2026-11-22T23:29:01Z");
        assert_eq!(site.get_as(&plain, CALENDAR).await.status, StatusCode::UNAUTHORIZED);
        site.set_clock("2026-12-22T21:59:00Z");
        assert_eq!(site.get_as(&stays, CALENDAR).await.status, StatusCode::OK);
        site.set_clock("2026-12-22T22:00:00Z");
        assert_eq!(site.get_as(&stays, CALENDAR).await.status, StatusCode::UNAUTHORIZED);
    }

    /// Five tries are free; then there is a wait, for the right password too and for an email that nobody has. A browser
    /// that the person logged in with before isn't held up by others' tries.
    async fn guessing_is_slow(site: Site) {
        let before = password(&site, None, &[]).await;
        let known = before.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        let known = known.filter_map(|line| line.split(';').next()).find(|pair| pair.starts_with("devalo_known=")).expect("the browser is known").to_owned();
        for email in [EMAIL, "nobody@example.com"] {
            let guess = async || site.form(None, "/fn/auth/log-in", "/login", &[("email", email), ("password", "a guess")]).await;
            let answers = join_all((0..20).map(|_| guess())).await;
            let tried = answers.iter().filter(|answer| answer.status == StatusCode::UNAUTHORIZED).count();
            let held = answers.iter().filter(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS && answer.headers.contains_key(header::RETRY_AFTER)).count();
            assert_eq!((tried, held), (5, 15), "{email}: twenty at once are no more than five");
        }
        assert_eq!(password(&site, None, &[]).await.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(password(&site, Some(&known), &[]).await.status, StatusCode::FOUND, "on the person's own browser");
        site.set_clock("2026-11-22T22:00:02Z");
        assert_eq!(password(&site, None, &[]).await.status, StatusCode::FOUND, "after the wait");
    }

    /// A few guesses at each of many accounts are many at their organisation. Who is known goes on, and who is elsewhere; an
    /// organisation with mail from a large provider isn't taken for all who have theirs there.
    async fn guessing_all_over_an_organisation_is_slow(site: Site) {
        let before = password(&site, None, &[]).await;
        let known = before.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        let known = known.filter_map(|line| line.split(';').next()).find(|pair| pair.starts_with("devalo_known=")).expect("the browser is known").to_owned();
        let guess = async |email: String| site.form(None, "/fn/auth/log-in", "/login", &[("email", &email), ("password", "a guess")]).await.status;
        let domain = EMAIL.split_once('@').expect("a domain").1;
        for n in 0..51 {
            for _ in 0..2 {
                guess(format!("staff{n}@{domain}")).await;
                guess(format!("staff{n}@gmail.com")).await;
            }
        }
        assert_eq!(guess(format!("another@{domain}")).await, StatusCode::TOO_MANY_REQUESTS, "one that nobody has");
        assert_eq!(password(&site, None, &[]).await.status, StatusCode::TOO_MANY_REQUESTS, "one that somebody has: the same answer");
        assert_eq!(password(&site, Some(&known), &[]).await.status, StatusCode::FOUND, "on the person's own browser");
        assert_eq!(guess("somebody@elsewhere.example".to_owned()).await, StatusCode::UNAUTHORIZED);
        assert_eq!(guess("somebody@gmail.com".to_owned()).await, StatusCode::UNAUTHORIZED);
        site.platform.clock.set(site.platform.clock.now().plus_seconds(5).timestamp());
        assert_eq!(password(&site, None, &[]).await.status, StatusCode::FOUND, "after the wait");
    }

    /// Guesses from an address slow strangers there down, and nobody on a browser that they are known by: not in logging in, nor in
    /// showing again who they are.
    async fn others_at_an_address_lock_nobody_out(site: Site) {
        let platform = &site.platform;
        let at = |known: Option<&SecretToken>| Browser {
            address: "203.0.113.7".to_owned(),
            known: known.map(SecretToken::reveal),
            ..Browser::default()
        };
        let known = log_in::with_password(platform, EMAIL, PASSWORD, false, &Browser::default()).await.expect("they are in").known;
        let mut refusals = Vec::new();
        for n in 0..52 {
            let guess = log_in::with_password(platform, &format!("nobody@elsewhere{n}.example"), "a guess", false, &at(None)).await;
            refusals.push(guess.expect_err("it is refused").code);
        }
        assert_eq!((refusals[0], refusals[51]), (Code::Unauthenticated, Code::TooMany));
        let stranger = log_in::with_password(platform, EMAIL, PASSWORD, false, &at(None)).await.expect_err("it has to wait");
        assert_eq!(stranger.code, Code::TooMany);
        let browser = at(known.as_ref());
        let admitted = log_in::with_password(platform, EMAIL, PASSWORD, false, &browser).await.expect("they are known");
        for browser in [browser, at(None)] {
            let person = session::standing(platform, &admitted.token.reveal()).await.expect("an answer").logged_in().expect("they are in");
            let wrong = log_in::again(platform, person, "a guess", "", &browser).await.expect_err("it is wrong");
            assert_eq!(wrong.code, Code::Invalid);
        }
        // Another account's owner is a stranger on it.
        let other = log_in::with_password(platform, "owner@beta.example.com", PASSWORD, false, &at(known.as_ref())).await;
        assert_eq!(other.expect_err("it has to wait").code, Code::TooMany);
    }

    /// What is still to do for an account is a task, and what is done isn't.
    async fn an_account_says_what_is_still_to_do(site: Site) {
        let cookie = site.log_in("alpha").await;
        let before = site.get_as(&cookie, "/account").await.text;
        for words in ["1 of 4 done", "Confirm your email address", "/fn/auth/ask-to-confirm-email", "Set up two-step login", "href=\"#factor\""] {
            assert!(before.contains(words), "{words}: {before}");
        }
        let (_, codes) = enrol(&site).await;
        let half = password(&site, None, &[]).await.cookie().expect("a session for the next step");
        let full = site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", &codes[0])]).await.cookie().expect("a session");
        let after = site.get_as(&full, "/account").await.text;
        assert!(after.contains("3 of 4 done") && after.contains("Two-step login is on") && !after.contains("Set up two-step login"), "{after}");
        // On the clock of the person's organisation: in Greenwich it is still the day before.
        assert!(after.contains("since 23 November 2026."), "{after}");
        // What is made anew takes what was there away, so that is said first.
        assert!(after.contains("The codes you have now stop working."), "{after}");
    }

    /// Who is asked again who they are can go back to where they were, on this site.
    async fn who_is_asked_again_can_go_back(site: Site) {
        let cookie = site.log_in("alpha").await;
        let people = "/app/alpha/settings/people";
        for (next, back) in [(people, people), ("/account/password", "/account"), ("https://evil.example/app/", "/account"), ("javascript:alert", "/account"), ("", "/account")] {
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            let page = site.get_as(&cookie, &format!("/account/confirm?next={next}")).await.text;
            let link = page.split(">Back</a>").next().and_then(|before| before.rsplit("<a ").next()).expect("a link");
            assert!(link.contains(&format!("href=\"{back}\"")), "{next}: {link}");
            assert!(page.contains("We won’t ask again for ten minutes."), "{page}");
        }
    }

    /// One wrong field is said once, at the field, which has the focus; several are listed with links to them.
    async fn what_is_wrong_is_said_once(site: Site) {
        let cookie = site.log_in("alpha").await;
        let one = site.form(Some(&cookie), "/fn/auth/change-password", "/account/password", &[("password", "short")]).await.text;
        assert_eq!(one.matches(">Please use at least 12 characters.<").count(), 1, "{one}");
        assert!(one.contains("role=\"alert\"") && !one.contains("href=\"#field-password\""), "{one}");
        let field = one.split("id=\"field-password\"").nth(1).and_then(|rest| rest.split('>').next()).expect("the field");
        assert!(field.contains("autofocus"), "{field}");
        let two = site.form(None, "/fn/auth/log-in", "/login", &[("email", ""), ("password", "")]).await.text;
        assert!(two.contains("href=\"#field-email\"") && two.contains("href=\"#field-password\""), "{two}");
    }

    /// Who was refused stands in the log, and on the account's page for its owner; what was typed stands nowhere.
    async fn refusals_are_on_record(site: Site) {
        let cookie = site.log_in("alpha").await;
        site.form(None, "/fn/auth/log-in", "/login", &[("email", EMAIL), ("password", "canary-quillfeather")]).await;
        site.form(None, "/fn/auth/log-in", "/login", &[("email", "canary@quillfeather.example"), ("password", "a guess")]).await;
        let page = site.get_as(&cookie, "/account").await;
        assert!(page.text.contains("A wrong password was refused"), "{}", page.text);
        assert!(page.text.contains("Logged in"));
        let other = site.get_as(&site.log_in("beta").await, "/account").await;
        assert!(!other.text.contains("A wrong password was refused"), "another's is nobody's else");
        let mut tx = site.platform.begin(Access::Read).await.expect("a transaction");
        let refused = platform_sql!(all(Option<Uuid>, String), &mut tx, "SELECT subject_id, detail FROM platform_log WHERE action = 'auth.refused' ORDER BY number").expect("the log");
        tx.commit().await.expect("an end");
        assert_eq!(refused.len(), 2);
        assert!(refused[0].0.is_some() && refused[1].0.is_none(), "{refused:?}");
        assert!(refused.iter().all(|(_, detail)| detail == r#"{"step":"password"}"#), "{refused:?}");
        let dump = site.raw_dump().await;
        assert!(!dump.windows(12).any(|bytes| bytes == b"quillfeather"));
    }

    /// What ends sessions, shows again who one is, or asks for another password or address is on record, with whose it is and no
    /// address; asking for an account that nobody has, too.
    async fn what_is_done_to_an_account_is_on_record(site: Site) {
        let (here, _elsewhere) = (site.log_in("alpha").await, site.log_in("alpha").await);
        let page = site.get_as(&here, "/account").await.text;
        let other = page.split("name=\"id\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("the other session");
        assert_eq!(site.form(Some(&here), "/fn/auth/end-session", "/account", &[("id", other)]).await.status, StatusCode::FOUND);
        let again = site.form(Some(&here), "/fn/auth/again", "/account/confirm", &[("password", PASSWORD)]).await;
        let here = again.cookie().expect("another cookie");
        for email in [EMAIL, "canary@quillfeather.example"] {
            assert_eq!(site.form(None, "/fn/auth/ask-reset", "/login/forgot", &[("email", email)]).await.status, StatusCode::FOUND);
        }
        for (path, fields) in [("change-email", vec![("email", "new@quillfeather.example")]), ("keep-email", Vec::new())] {
            assert_eq!(site.form(Some(&here), &format!("/fn/auth/{path}"), "/account/email", &fields).await.status, StatusCode::FOUND, "{path}");
        }
        let lately = site.get_as(&here, "/account").await.text;
        for words in ["Logged out on another device", "Confirmed that it was you", "Somebody asked for another password by mail", "Asked for another email address"] {
            assert!(lately.contains(words), "{words}: {lately}");
        }
        assert_eq!(site.form(Some(&here), "/fn/auth/log-out-everywhere", "/account", &[]).await.status, StatusCode::FOUND);
        let mut tx = site.platform.begin(Access::Read).await.expect("a transaction");
        let log = platform_sql!(all(String, bool), &mut tx, "SELECT action, subject_id IS NOT NULL AS somebody FROM platform_log WHERE action <> 'auth.logged_in' ORDER BY number").expect("the log");
        tx.commit().await.expect("an end");
        let expected = [
            ("auth.session_ended", true), ("auth.confirmed", true), ("auth.reset_asked", true), ("auth.reset_asked", false),
            ("auth.email_change_asked", true), ("auth.email_change_cancelled", true), ("auth.logged_out_everywhere", true),
        ];
        let log: Vec<_> = log.iter().map(|(action, somebody)| (action.as_str(), *somebody)).collect();
        assert_eq!(log, expected);
        let dump = site.raw_dump().await;
        assert!(!dump.windows(12).any(|bytes| bytes == b"quillfeather"));
    }

    /// Guessing the code is slow as well, over as many sessions as one likes.
    async fn guessing_a_code_is_slow(site: Site) {
        enrol(&site).await;
        let mut held = 0;
        for _ in 0..8 {
            let half = password(&site, None, &[]).await.cookie().expect("a session for the next step");
            let answer = site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", "000000")]).await;
            held += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
        }
        assert_eq!(held, 3);
    }

    /// What can't be a code is refused with words, whatever it is.
    async fn bad_codes_are_refused(site: Site) {
        enrol(&site).await;
        for code in ["", " ", "12345", "1234567", "１２３４５６", "\u{202e}123456", "\0", "zzzzz-zzzzz", &"9".repeat(5000)] {
            let half = password(&site, None, &[]).await.cookie().expect("a session for the next step");
            let answer = site.form(Some(&half), "/fn/auth/code", "/login/code", &[("code", code)]).await;
            assert!([StatusCode::UNPROCESSABLE_ENTITY, StatusCode::TOO_MANY_REQUESTS].contains(&answer.status), "{code:.20}: {:?}", answer.status);
            site.platform.clock.set(site.platform.clock.now().plus_seconds(3700).timestamp());
        }
    }
}

/// Logs in with the password, with these cookies and fields besides.
async fn password(site: &Site, cookie: Option<&str>, more: &[(&str, &str)]) -> Answer {
    let fields = [&[("email", EMAIL), ("password", PASSWORD)], more].concat();
    site.form(cookie, "/fn/auth/log-in", "/login", &fields).await
}

/// Sets up an authenticator app for alpha's owner, and logs out: its secret and the recovery codes.
async fn enrol(site: &Site) -> (String, Vec<String>) {
    let cookie = site.log_in("alpha").await;
    let page = site.get_as(&cookie, "/account/second-factor").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("data:image/svg+xml;base64,"));
    let secret = secret_in(&page.text);
    let now = site.platform.clock.now().to_string();
    let done = site
        .form(
            Some(&cookie),
            "/fn/auth/confirm-enrolment",
            "/account/second-factor",
            &[("code", &code_at(&secret, &now))],
        )
        .await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let cookie = done.cookie().expect("another cookie");
    site.form(Some(&cookie), "/fn/auth/log-out", "/account", &[]).await;
    (secret, codes_in(&done.text))
}
