//! A forgotten password, an address that is confirmed or changed, and what is mailed about an account.

use axum::http::StatusCode;
use futures::future::join_all;
use totp_rs::{Builder, Secret};

use crate::{
    on_both,
    support::{Answer, PASSWORD, Site},
};

const EMAIL: &str = "owner@alpha.example.com";
const NEW: &str = "three unrelated quokkas";

on_both! {
    /// Ask, follow the link, set another password: everybody is logged out, the old password is nothing, the link is used.
    async fn a_forgotten_password_is_set_anew(site: Site) {
        let before = site.log_in("alpha").await;
        let asked = ask(&site, EMAIL).await;
        assert_eq!((asked.status, asked.location()), (StatusCode::FOUND, "/login/sent"));
        let link = site.mailed_link(EMAIL).await;
        let page = site.get(&link).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("Reset your password"), "{}", page.text);

        let weak = set(&site, &link, "password1234").await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY, "and the link still works");
        let done = set(&site, &link, NEW).await;
        assert_eq!((done.status, done.location()), (StatusCode::FOUND, "/login?reset=1"));
        assert!(done.cookie().is_none_or(|cookie| cookie.ends_with('=')), "nobody is logged in by a link");
        assert_eq!(site.get_as(&before, "/account").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(password(&site, PASSWORD).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(password(&site, NEW).await.status, StatusCode::FOUND);
        assert_eq!(set(&site, &link, "another three quokkas").await.status, StatusCode::NOT_FOUND, "once");
        let used = site.get(&link).await;
        assert_eq!(used.status, StatusCode::NOT_FOUND);
        assert!(used.text.contains("This link no longer works") && used.text.contains("Send me a new link"), "{}", used.text);
        let told = site.mailed().await;
        assert!(told.iter().any(|letter| letter.to == EMAIL && letter.subject == "Your password was changed"), "{told:?}");
    }

    /// Whether an address has an account can't be told from the answer; who has none isn't mailed.
    async fn an_unknown_address_gets_the_same_answer(site: Site) {
        let known = ask(&site, EMAIL).await;
        let unknown = ask(&site, "nobody@alpha.example.com").await;
        assert_eq!((known.status, known.location(), &known.text), (unknown.status, unknown.location(), &unknown.text));
        let letters = site.mailed().await;
        assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), [EMAIL]);
        for empty in ["", "   ", "owner", "owner@", "a\0@b.example"] {
            assert_eq!(ask(&site, empty).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{empty:?}");
        }
        assert!(site.mailed().await.is_empty());
    }

    /// The page after says where the letter went, and when it can be sent again: to the browser that asked, and to no other. Whether there is
    /// an account makes no difference.
    async fn the_page_after_says_where_it_went(site: Site) {
        for email in [EMAIL, "nobody@alpha.example.com"] {
            let asked = ask(&site, &format!(" {email} ")).await;
            let all = asked.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
            let set: Vec<&str> = all.filter(|value| value.starts_with("devalo_reset_for=")).collect();
            assert!(set.len() == 1 && set[0].contains("HttpOnly") && set[0].contains("Max-Age=1800"), "{set:?}");
            let cookie = set[0].split(';').next().expect("a pair");
            let page = site.get_as(cookie, "/login/sent").await;
            assert_eq!((page.status, page.headers["cache-control"].to_str().ok()), (StatusCode::OK, Some("no-store")));
            let (said, kept) = (format!("If “{email}” has an account"), format!("value=\"{email}\""));
            for part in [said.as_str(), &kept, "Send it again", "href=\"/login/forgot\""] {
                assert!(page.text.contains(part), "{part}: {}", page.text);
            }
            assert!(!page.text.contains("It can be sent again in"), "{}", page.text);
            for _ in 0..4 {
                assert_eq!(ask(&site, email).await.status, StatusCode::FOUND);
            }
            let page = site.get_as(cookie, "/login/sent").await.text;
            assert!(page.contains("It can be sent again in a second.") && !page.contains("Send it again"), "{page}");
        }
        for nothing in ["devalo_reset_for=e30", "devalo_reset_for=", "devalo_start_for=e30"] {
            let page = site.get_as(nothing, "/login/sent").await;
            assert_eq!(page.status, StatusCode::OK, "{nothing}");
            assert!(page.text.contains("If that address has an account") && !page.text.contains("Send it again"), "{}", page.text);
        }
        assert!(site.get("/login/sent").await.text.contains("If that address has an account"));
    }

    /// A link is good for half an hour; one that is newer doesn't spoil it, using one spoils all.
    async fn a_link_is_good_for_half_an_hour(site: Site) {
        ask(&site, EMAIL).await;
        let first = site.mailed_link(EMAIL).await;
        site.set_clock("2026-11-22T22:20:00Z");
        ask(&site, EMAIL).await;
        let second = site.mailed_link(EMAIL).await;
        assert_eq!(site.get(&first).await.status, StatusCode::OK);
        site.set_clock("2026-11-22T22:30:00Z");
        assert_eq!(set(&site, &first, NEW).await.status, StatusCode::NOT_FOUND);
        ask(&site, EMAIL).await;
        let third = site.mailed_link(EMAIL).await;
        assert_eq!(set(&site, &second, NEW).await.status, StatusCode::FOUND);
        assert_eq!(set(&site, &third, NEW).await.status, StatusCode::NOT_FOUND);
    }

    /// However often a link is sent at once, one sets the password.
    async fn a_link_is_used_once(site: Site) {
        ask(&site, EMAIL).await;
        let link = site.mailed_link(EMAIL).await;
        let passwords: Vec<String> = (0..6).map(|number| format!("unrelated quokkas {number} times")).collect();
        let all = join_all(passwords.iter().map(|password| set(&site, &link, password))).await;
        let won: Vec<_> = all.iter().zip(&passwords).filter(|(answer, _)| answer.status == StatusCode::FOUND).collect();
        assert_eq!(won.len(), 1, "{all:?}");
        assert_eq!(password(&site, won[0].1).await.status, StatusCode::FOUND);
    }

    /// A mailed link never goes round the second factor.
    async fn a_second_factor_outlives_a_forgotten_password(site: Site) {
        let full = site.log_in("alpha").await;
        let page = site.get_as(&full, "/account/second-factor").await.text;
        let secret = page.split("class=\"secret\"><code>").nth(1).and_then(|rest| rest.split('<').next()).expect("a secret").replace(' ', "");
        let app = Builder::new().with_secret(Secret::try_from_base32(&secret).expect("a secret")).build().expect("an app");
        let now = u64::try_from(site.platform.clock.now().timestamp().as_second()).expect("after 1970");
        let code = app.generate(now).to_string();
        assert_eq!(site.form(Some(&full), "/fn/auth/confirm-enrolment", "/account/second-factor", &[("code", &code)]).await.status, StatusCode::OK);
        site.mailed().await;
        ask(&site, EMAIL).await;
        let link = site.mailed_link(EMAIL).await;
        assert_eq!(set(&site, &link, NEW).await.status, StatusCode::FOUND);
        let half = password(&site, NEW).await;
        assert_eq!(half.location(), "/login/code?next=/app");
        let half = half.cookie().expect("a session for the next step");
        assert_eq!(site.get_as(&half, "/account").await.status, StatusCode::UNAUTHORIZED);
    }

    /// Nobody's mailbox is filled: after a few wishes the next has to wait.
    async fn wishes_are_limited(site: Site) {
        let mut answers = Vec::new();
        for _ in 0..8 {
            answers.push(ask(&site, EMAIL).await.status);
        }
        assert_eq!(answers[..5], [StatusCode::FOUND; 5]);
        assert!(answers[6..].iter().all(|status| *status == StatusCode::TOO_MANY_REQUESTS), "{answers:?}");
        assert_eq!(ask(&site, "owner@beta.example.com").await.status, StatusCode::FOUND, "others aren’t held up");
        // Who guessed at the password has nothing to say to whoever reads the mail.
        for _ in 0..7 {
            site.form(None, "/fn/auth/log-in", "/login", &[("email", EMAIL), ("password", "a wrong guess at it")]).await;
        }
        assert_eq!(password(&site, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
        let letters = site.mailed().await;
        let link = letters.into_iter().rfind(|letter| letter.to == EMAIL).and_then(|letter| letter.action).expect("a link").1;
        assert_eq!(set(&site, &link, NEW).await.status, StatusCode::FOUND);
        assert_eq!(password(&site, NEW).await.status, StatusCode::FOUND);
    }

    /// What isn't a link of ours, or one for something else, sets no password and confirms nothing.
    async fn one_link_is_never_another(site: Site) {
        let cookie = site.log_in("alpha").await;
        assert_eq!(site.form(Some(&cookie), "/fn/auth/ask-to-confirm-email", "/account", &[]).await.status, StatusCode::FOUND);
        let confirm = site.mailed_link(EMAIL).await;
        assert_eq!(set(&site, &confirm, NEW).await.status, StatusCode::NOT_FOUND);
        ask(&site, EMAIL).await;
        let reset = site.mailed_link(EMAIL).await;
        assert_eq!(follow(&site, &reset).await.status, StatusCode::NOT_FOUND);
        let session = cookie.split_once('=').expect("a cookie").1;
        for token in ["", "x", "mail_", session, &format!("mail_{session}"), &"A".repeat(100_000)] {
            assert_eq!(set(&site, token, NEW).await.status, StatusCode::NOT_FOUND, "{token:.60}");
            assert_eq!(follow(&site, token).await.status, StatusCode::NOT_FOUND, "{token:.60}");
        }
        assert_eq!(site.get("/login/reset/%00").await.status, StatusCode::NOT_FOUND);
        // Both are still good for what they are.
        let done = follow(&site, &confirm).await;
        assert_eq!((done.status, done.location()), (StatusCode::FOUND, "/login/confirmed?address=1"));
        assert!(site.get_as(&cookie, "/account").await.text.contains("Confirmed the email address"));
        assert_eq!(set(&site, &reset, NEW).await.status, StatusCode::FOUND);
        let again = password(&site, NEW).await.cookie().expect("logged in");
        let conflict = site.form(Some(&again), "/fn/auth/ask-to-confirm-email", "/account", &[]).await;
        assert_eq!(conflict.status, StatusCode::CONFLICT, "it is confirmed already");
    }

    /// Another address holds once both have agreed, in either order; then it is the one to log in with.
    async fn both_addresses_agree_to_a_change(site: Site) {
        for (new_first, from, to) in [(true, EMAIL, "casey@new.example.com"), (false, "casey@new.example.com", "casey@other.example.com")] {
            let cookie = log_in_as(&site, from, PASSWORD).await.cookie().expect("logged in");
            site.mailed().await;
            let asked = site.form(Some(&cookie), "/fn/auth/change-email", "/account/email", &[("email", to)]).await;
            assert_eq!((asked.status, asked.location()), (StatusCode::FOUND, "/account?changing=1"));
            let letters = site.mailed().await;
            let link = |address: &str| letters.iter().find(|letter| letter.to == address).and_then(|letter| letter.action.clone()).expect("a link").1;
            let (old_link, new_link) = (link(from), link(to));
            let (first, second) = if new_first { (new_link, old_link) } else { (old_link, new_link) };
            let half = follow(&site, &first).await;
            assert_eq!((half.status, half.location()), (StatusCode::FOUND, "/login/confirmed?half=1"));
            assert_eq!(log_in_as(&site, to, PASSWORD).await.status, StatusCode::UNAUTHORIZED, "not yet");
            assert_eq!(follow(&site, &first).await.status, StatusCode::NOT_FOUND, "once");
            let whole = follow(&site, &second).await;
            assert_eq!((whole.status, whole.location()), (StatusCode::FOUND, "/login/confirmed?changed=1"));
            assert_eq!(site.get_as(&cookie, "/account").await.status, StatusCode::UNAUTHORIZED, "logged out");
            assert_eq!(log_in_as(&site, from, PASSWORD).await.status, StatusCode::UNAUTHORIZED);
            assert_eq!(log_in_as(&site, to, PASSWORD).await.status, StatusCode::FOUND);
            let told = site.mailed().await;
            for address in [from, to] {
                assert!(told.iter().any(|letter| letter.to == address && letter.subject == "Your email address was changed"), "{address}: {told:?}");
            }
        }
    }

    /// An address that has an account can't be taken, nor can anybody find out that it has one.
    async fn an_address_is_never_two_peoples(site: Site) {
        let cookie = site.log_in("alpha").await;
        site.mailed().await;
        let change = async |email: &str| site.form(Some(&cookie), "/fn/auth/change-email", "/account/email", &[("email", email)]).await;
        let (taken, free) = (change("OWNER@beta.example.com").await, change("free@example.com").await);
        assert_eq!((taken.status, taken.location()), (free.status, free.location()));
        let letters = site.mailed().await;
        let to_beta = letters.iter().find(|letter| letter.to.starts_with("OWNER@beta")).expect("its owner is told");
        assert_eq!(to_beta.action, None);
        assert_eq!(change(EMAIL).await.status, StatusCode::UNPROCESSABLE_ENTITY, "one's own");

        // It is free when it is asked for, and taken when both agree.
        change("soon@example.com").await;
        let letters = site.mailed().await;
        let links: Vec<String> = letters.iter().filter_map(|letter| letter.action.as_ref()).map(|(_, link)| link.clone()).collect();
        app::auth::accounts::create_user(&site.platform, "soon@example.com", "Sam Soon", PASSWORD).await.expect("a user");
        assert_eq!(follow(&site, &links[0]).await.status, StatusCode::FOUND);
        assert_eq!(follow(&site, &links[1]).await.status, StatusCode::CONFLICT);
        assert_eq!(log_in_as(&site, EMAIL, PASSWORD).await.status, StatusCode::FOUND, "nothing came of it");
    }

    /// A change can be called off, is asked for by who has just confirmed who they are, and doesn't wait for ever.
    async fn a_change_of_address_can_be_called_off(site: Site) {
        let cookie = site.log_in("alpha").await;
        site.mailed().await;
        let change = async || site.form(Some(&cookie), "/fn/auth/change-email", "/account/email", &[("email", "casey@new.example.com")]).await;
        change().await;
        let links: Vec<String> = site.mailed().await.iter().filter_map(|letter| letter.action.as_ref()).map(|(_, link)| link.clone()).collect();
        assert!(site.get_as(&cookie, "/account").await.text.contains("casey@new.example.com"));
        let kept = site.form(Some(&cookie), "/fn/auth/keep-email", "/account", &[]).await;
        assert_eq!((kept.status, kept.location()), (StatusCode::FOUND, "/account?kept=1"));
        for link in &links {
            assert_eq!(follow(&site, link).await.status, StatusCode::NOT_FOUND);
        }
        site.set_clock("2026-11-22T22:10:01Z");
        assert_eq!(change().await.status, StatusCode::FORBIDDEN, "left open for ten minutes");
        let again = [("password", PASSWORD)];
        let cookie = site.form(Some(&cookie), "/fn/auth/again", "/account/confirm", &again).await.cookie().expect("another cookie");
        site.form(Some(&cookie), "/fn/auth/change-email", "/account/email", &[("email", "casey@new.example.com")]).await;
        let links: Vec<String> = site.mailed().await.iter().filter_map(|letter| letter.action.as_ref()).map(|(_, link)| link.clone()).collect();
        assert_eq!(follow(&site, &links[0]).await.status, StatusCode::FOUND);
        site.set_clock("2026-11-23T22:10:02Z");
        assert_eq!(follow(&site, &links[1]).await.status, StatusCode::NOT_FOUND, "a day later");
    }

    /// Each change of how an account is opened is mailed to its owner, and so is a log-in from somewhere new.
    async fn changes_are_mailed(site: Site) {
        let first = site.log_in("alpha").await;
        assert!(site.mailed().await.is_empty(), "the first time is no news");
        let second = site.log_in("alpha").await;
        let told = site.mailed().await;
        assert_eq!(told.iter().map(|letter| letter.subject.as_str()).collect::<Vec<_>>(), ["You logged in somewhere new"]);
        // On the clock of the person's organisation: in Greenwich it is still the day before.
        assert!(told[0].paragraphs.iter().any(|text| text.contains("on 23 November 2026 at 9:00 am AEDT")), "{told:?}");
        site.form(Some(&second), "/fn/auth/change-password", "/account/password", &[("password", NEW)]).await;
        assert_eq!(subjects(&site).await, ["Your password was changed"]);
        assert_eq!(site.get_as(&first, "/account").await.status, StatusCode::UNAUTHORIZED);
    }

    /// One's name is one's own to change, on one line.
    async fn a_name_is_changed(site: Site) {
        let cookie = site.log_in("alpha").await;
        let name = async |name: &str| site.form(Some(&cookie), "/fn/auth/change-name", "/account/name", &[("name", name)]).await;
        for bad in ["", "  ", "a\0b", "two\nlines", "\u{202e}evil", "Cas\u{200b}ey", "Cas\u{ad}ey", &"x".repeat(101)] {
            assert_eq!(name(bad).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad:.20?}");
        }
        assert!(name("").await.text.contains("Enter your name."));
        assert_eq!(name(" Zoë O’Brien-Nguyen ").await.status, StatusCode::FOUND);
        assert!(site.get_as(&cookie, "/account").await.text.contains("Zoë O’Brien-Nguyen, owner@alpha"));
    }
}

async fn ask(site: &Site, email: &str) -> Answer {
    site.form(None, "/fn/auth/ask-reset", "/login/forgot", &[("email", email)]).await
}

async fn set(site: &Site, link: &str, password: &str) -> Answer {
    let fields = [("token", token(link)), ("password", password)];
    site.form(None, "/fn/auth/reset", "/login/forgot", &fields).await
}

async fn follow(site: &Site, link: &str) -> Answer {
    site.form(None, "/fn/auth/confirm-email", "/login/forgot", &[("token", token(link))]).await
}

fn token(link: &str) -> &str {
    link.rsplit('/').next().unwrap_or_default()
}

async fn password(site: &Site, password: &str) -> Answer {
    log_in_as(site, EMAIL, password).await
}

async fn log_in_as(site: &Site, email: &str, password: &str) -> Answer {
    site.form(None, "/fn/auth/log-in", "/login", &[("email", email), ("password", password)]).await
}

async fn subjects(site: &Site) -> Vec<String> {
    site.mailed().await.into_iter().map(|letter| letter.subject).collect()
}
