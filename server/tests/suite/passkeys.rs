//! Passkeys: a device that knows its holder opens an account alone, stands for the second factor, and shows again who one is;
//! and nothing that only looks like its answer does.

use axum::http::StatusCode;

use app::{
    auth::{
        accounts,
        log_in::Browser,
        passkeys::{self, Purpose},
        standing::Standing,
        wire::Ceremony,
    },
    error::Code,
    org::Role,
    platform::Platform,
};

use crate::{
    device::{Device, add, ceremony, forged, send, show},
    on_both,
    support::{Answer, PASSWORD, Site, codes_in, keyring, signer},
};

const CALENDAR: &str = "/app/alpha/calendar";
const EMAIL: &str = "owner@alpha.example.com";

on_both! {
    /// Made once, it opens the account without a password, and the password alone no longer does.
    async fn a_passkey_opens_the_account(site: Site) {
        let (here, elsewhere) = (site.log_in("alpha").await, site.log_in("alpha").await);
        let mut phone = Device::default();
        let made = add(&site, &here, &mut phone, "My phone").await;
        assert_eq!((made.status, codes_in(&made.text).len()), (StatusCode::OK, 10), "{}", made.text);
        assert_eq!(site.get_as(&elsewhere, CALENDAR).await.status, StatusCode::UNAUTHORIZED, "logged out everywhere else");
        assert_eq!(site.get_as(&here, CALENDAR).await.status, StatusCode::UNAUTHORIZED, "and a copy of the cookie before");
        assert_eq!(site.get_as(&made.cookie().expect("another cookie"), CALENDAR).await.status, StatusCode::OK);
        let letters = site.mailed().await;
        assert!(letters.iter().any(|letter| letter.to == EMAIL && letter.paragraphs.iter().any(|text| text.contains("My phone"))), "{letters:?}");

        let alone = show(&site, None, &mut phone, "log_in").await;
        assert_eq!((alone.status, alone.location()), (StatusCode::FOUND, "/app"), "{}", alone.text);
        let alone = alone.cookie().expect("a session");
        let page = site.get_as(&alone, "/account").await;
        assert!(page.status == StatusCode::OK && page.text.contains("My phone") && page.text.contains("used last just now"), "{}", page.text);

        // The password alone opens the next step only, and the passkey is that step.
        let half = password(&site).await;
        assert_eq!(half.location(), "/login/code?next=/app");
        let half = half.cookie().expect("a session for the next step");
        assert_eq!(site.get_as(&half, CALENDAR).await.status, StatusCode::UNAUTHORIZED);
        for purpose in ["add", "again"] {
            assert_eq!(ceremony(&site, Some(&half), purpose).await.expect_err("nothing to sign").status, StatusCode::UNAUTHORIZED);
        }
        let page = site.get_as(&half, "/login/code").await;
        assert!(page.text.contains("Show your passkey") && page.text.contains("Recovery code"), "{}", page.text);
        let whole = show(&site, Some(&half), &mut phone, "code").await;
        assert_eq!(whole.status, StatusCode::FOUND, "{}", whole.text);
        assert_eq!(site.get_as(&whole.cookie().expect("a session"), CALENDAR).await.status, StatusCode::OK);
        assert_eq!(site.get_as(&half, CALENDAR).await.status, StatusCode::UNAUTHORIZED, "the step’s cookie is done with");
    }

    /// An answer is taken once, in time, in the session that asked, for what it was asked, by the page and the holder it is for.
    async fn what_only_looks_like_an_answer_is_refused(site: Site) {
        let here = site.log_in("alpha").await;
        let mut phone = Device::default();
        let here = added(&site, &here, &mut phone, "").await;
        let (mut other, beta) = (Device::default(), site.log_in("beta").await);
        add(&site, &beta, &mut other, "").await;
        let asked = async |cookie: Option<&str>, purpose: &str| ceremony(&site, cookie, purpose).await.expect("something to sign");
        let refused = |answer: &Answer, what: &str| {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}: {}", answer.text);
            assert!(answer.cookie().is_none(), "{what}");
        };

        let Ceremony { token, options } = asked(None, "log_in").await;
        let signed = phone.sign(&options).await;
        refused(&send(&site, None, "log_in", &token, &forged(&signed)).await, "another signature");
        refused(&send(&site, None, "log_in", &token, &signed).await, "a second try at the same");
        let Ceremony { token, options } = asked(None, "log_in").await;
        refused(&send(&site, None, "log_in", &token, &signed).await, "what was signed for another challenge");
        refused(&send(&site, None, "log_in", &token, &phone.sign(&options).await).await, "after a wrong one");
        let Ceremony { token, options } = asked(None, "log_in").await;
        let signed = phone.sign(&options).await;
        assert_eq!(send(&site, None, "log_in", &token, &signed).await.status, StatusCode::FOUND);
        refused(&send(&site, None, "log_in", &token, &signed).await, "sent twice");

        let Ceremony { token, options } = asked(None, "log_in").await;
        let signed = Device { origin: Some("https://devalo.example.com"), ..phone.copy() }.sign(&options).await;
        refused(&send(&site, None, "log_in", &token, &signed).await, "by a page that looks like ours");
        let Ceremony { token, options } = asked(None, "log_in").await;
        let signed = Device { careless: true, ..phone.copy() }.sign(&options).await;
        refused(&send(&site, None, "log_in", &token, &signed).await, "by whoever found the phone");
        let stranger = &mut Device::default();
        let made = asked(Some(&here), "add").await;
        stranger.make(&made.options).await;
        refused(&show(&site, None, stranger, "log_in").await, "a passkey that was never kept");

        // For another purpose, or by another session.
        let Ceremony { token, options } = asked(None, "log_in").await;
        refused(&send(&site, Some(&here), "again", &token, &phone.sign(&options).await).await, "for something else");
        let half = password(&site).await.cookie().expect("a session for the next step");
        let another = password(&site).await.cookie().expect("a session for the next step");
        let Ceremony { token, options } = asked(Some(&half), "code").await;
        refused(&send(&site, Some(&another), "code", &token, &phone.sign(&options).await).await, "another session’s");
        let Ceremony { token, options } = asked(Some(&half), "code").await;
        let theirs = other.sign(&asked(None, "log_in").await.options).await;
        refused(&send(&site, Some(&half), "code", &token, &theirs).await, "another person’s passkey");
        drop(options);

        // Too late.
        let Ceremony { token, options } = asked(None, "log_in").await;
        let signed = phone.sign(&options).await;
        site.platform.clock.set(site.platform.clock.now().plus_seconds(passkeys::CEREMONY_SECONDS).timestamp());
        refused(&send(&site, None, "log_in", &token, &signed).await, "too late");
    }

    /// A device that was copied shows itself: its count of signatures goes back.
    async fn a_copied_device_is_refused(site: Site) {
        let here = site.log_in("alpha").await;
        let mut phone = Device::default();
        add(&site, &here, &mut phone, "").await;
        let mut copy = phone.copy();
        for _ in 0..2 {
            assert_eq!(show(&site, None, &mut phone, "log_in").await.status, StatusCode::FOUND);
        }
        assert_eq!(show(&site, None, &mut copy, "log_in").await.status, StatusCode::UNAUTHORIZED);
    }

    /// With a passkey somebody shows again who they are, without password and code.
    async fn a_passkey_shows_again_who_one_is(site: Site) {
        let here = site.log_in("alpha").await;
        let mut phone = Device::default();
        let here = added(&site, &here, &mut phone, "").await;
        site.set_clock("2026-11-22T22:20:00Z");
        assert_eq!(ceremony(&site, Some(&here), "add").await.expect_err("too long ago").status, StatusCode::FORBIDDEN);
        let page = site.get_as(&here, "/account/confirm").await;
        assert!(page.text.contains("Or use your passkey"), "{}", page.text);
        let again = show(&site, Some(&here), &mut phone, "again").await;
        assert_eq!(again.status, StatusCode::FOUND, "{}", again.text);
        let confirmed = again.cookie().expect("another token");
        assert!(ceremony(&site, Some(&confirmed), "add").await.is_ok());
    }

    /// Whoever owes a second factor can make a passkey instead of setting up an app.
    async fn a_passkey_is_what_was_owed(site: Site) {
        accounts::require_factor(&site.platform, EMAIL).await.expect("it is asked for");
        let half = password(&site).await;
        assert_eq!(half.location(), "/login/set-up?next=/app");
        let half = half.cookie().expect("a session for the next step");
        let mut phone = Device::default();
        let made = add(&site, &half, &mut phone, "").await;
        assert_eq!((made.status, codes_in(&made.text).len()), (StatusCode::OK, 10), "{}", made.text);
        let whole = made.cookie().expect("a session");
        let page = site.get_as(&whole, "/account").await;
        assert_eq!((page.status, ids(&page)), (StatusCode::OK, Vec::new()), "the last one isn’t offered for removal");
        site.set_clock("2026-11-22T22:00:01Z");
        let whole = added(&site, &whole, &mut Device::default(), "").await;
        let listed = ids(&site.get_as(&whole, "/account").await);
        let remove = async |cookie: &str, id: &str| site.form(Some(cookie), "/fn/auth/passkey-remove", "/account", &[("id", id)]).await;
        let removed = remove(&whole, &listed[1]).await;
        assert_eq!(removed.status, StatusCode::FOUND);
        let whole = removed.cookie().expect("another cookie");
        assert_eq!(remove(&whole, &listed[0]).await.status, StatusCode::CONFLICT, "they have to have one");
        assert_eq!(show(&site, None, &mut phone, "log_in").await.status, StatusCode::FOUND);
    }

    /// A passkey that was removed opens nothing; the last one takes the recovery codes with it; nobody removes another's.
    async fn a_removed_passkey_opens_nothing(site: Site) {
        let (here, beta) = (site.log_in("alpha").await, site.log_in("beta").await);
        let (mut phone, mut laptop) = (Device::default(), Device::default());
        let here = added(&site, &here, &mut phone, "Phone").await;
        site.set_clock("2026-11-22T22:00:01Z");
        let second = add(&site, &here, &mut laptop, "Laptop").await;
        assert_eq!((second.status, second.location()), (StatusCode::FOUND, "/account?passkey=1"), "the codes stay as they are");
        let here = second.cookie().expect("another cookie");
        let listed = ids(&site.get_as(&here, "/account").await);
        assert_eq!(listed.len(), 2);
        let remove = async |cookie: &str, id: &str| site.form(Some(cookie), "/fn/auth/passkey-remove", "/account", &[("id", id)]).await;
        assert_eq!(remove(&beta, &listed[0]).await.status, StatusCode::NOT_FOUND, "another person’s");
        assert_eq!(remove(&here, "nonsense").await.status, StatusCode::NOT_FOUND);
        let removed = remove(&here, &listed[0]).await;
        assert_eq!(removed.status, StatusCode::FOUND);
        let here = removed.cookie().expect("another cookie");
        assert_eq!(show(&site, None, &mut phone, "log_in").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(show(&site, None, &mut laptop, "log_in").await.status, StatusCode::FOUND);
        assert_eq!(password(&site).await.location(), "/login/code?next=/app", "there is one left");
        let removed = remove(&here, &listed[1]).await;
        assert_eq!(removed.status, StatusCode::FOUND);
        let here = removed.cookie().expect("another cookie");
        assert_eq!(password(&site).await.location(), "/app");
        let page = site.get_as(&here, "/account").await;
        assert!(page.text.contains("Your password alone opens your account") && !page.text.contains("recovery codes left"), "{}", page.text);
    }

    /// A passkey asks for no organisation's leave, but opens no more of it than its owner may.
    async fn a_members_passkey_opens_what_is_theirs(site: Site) {
        let (_, member) = site.join(site.alpha, "casey@example.com", Role::Member).await;
        let mut phone = Device::default();
        add(&site, &member, &mut phone, "").await;
        let theirs = show(&site, None, &mut phone, "log_in").await.cookie().expect("a session");
        assert_eq!(site.get_as(&theirs, CALENDAR).await.status, StatusCode::OK);
        assert_eq!(site.get_as(&theirs, "/app/alpha/settings/people").await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.get_as(&theirs, "/app/beta/calendar").await.status, StatusCode::NOT_FOUND);
    }

    /// What no device says is refused with words, whatever it is.
    async fn noise_is_refused(site: Site) {
        let here = site.log_in("alpha").await;
        for purpose in ["", "Add", "remove", "log_in\0"] {
            assert_eq!(ceremony(&site, Some(&here), purpose).await.expect_err("no such purpose").status, StatusCode::BAD_REQUEST, "{purpose}");
        }
        assert_eq!(ceremony(&site, Some(&here), "again").await.expect_err("none yet").status, StatusCode::CONFLICT);
        let long = format!("\"{}\"", "a".repeat(100_000));
        for answer in ["", "{}", "null", "[]", "{\"id\":1}", long.as_str(), "\u{202e}\0"] {
            for (purpose, cookie) in [("log_in", None), ("add", Some(here.as_str()))] {
                let token = ceremony(&site, cookie, purpose).await.expect("something to sign").token;
                let path = if purpose == "add" { "/fn/auth/passkey-add" } else { "/fn/auth/passkey-log-in" };
                let fields = [("token", token.as_str()), ("answer", answer), ("name", "")];
                assert_eq!(site.form(cookie, path, "/login", &fields).await.status, StatusCode::BAD_REQUEST, "{purpose} {answer:.30}");
            }
        }
        for token in ["", "sign_", "nonsense"] {
            assert_eq!(send(&site, None, "log_in", token, "{}").await.status, StatusCode::UNAUTHORIZED);
        }
        let mut phone = Device::default();
        let long = "n".repeat(61);
        assert_eq!(add(&site, &here, &mut phone, &long).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let careless = &mut Device { careless: true, ..Device::default() };
        assert_eq!(add(&site, &here, careless, "").await.status, StatusCode::UNAUTHORIZED, "nobody checked who holds it");
    }

    /// At an address without a name there are none, and it is said so.
    async fn a_number_has_no_passkeys(site: Site) {
        let (db, clock) = (site.platform.db.clone(), site.platform.clock.clone());
        let platform = Platform::new(db, clock, keyring(), signer(), "http://127.0.0.1:3000".to_owned());
        let refused = passkeys::begin(&platform, Standing::Anonymous, Purpose::LogIn).await.expect_err("no passkey");
        assert_eq!(refused.code, Code::Conflict);
        let refused = passkeys::log_in(&platform, "", "", &Browser::default()).await.expect_err("no passkey");
        assert_eq!(refused.code, Code::Conflict);
    }
}

/// Makes a passkey, and gives the cookie that the session goes on with.
async fn added(site: &Site, cookie: &str, device: &mut Device, name: &str) -> String {
    let answer = add(site, cookie, device, name).await;
    answer.cookie().unwrap_or_else(|| panic!("no cookie: {answer:?}"))
}

async fn password(site: &Site) -> Answer {
    site.form(None, "/fn/auth/log-in", "/login", &[("email", EMAIL), ("password", PASSWORD)]).await
}

/// The passkeys that the account's page can remove.
fn ids(page: &Answer) -> Vec<String> {
    let forms = page.text.split("/fn/auth/passkey-remove").skip(1);
    forms.filter_map(|rest| rest.split("name=\"id\" value=\"").nth(1)?.split('"').next().map(str::to_owned)).collect()
}
