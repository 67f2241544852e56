//! What becomes of letters once they are sent: what Resend tells of them, addresses that take none, letters that were given up, mail
//! servers, and the mailbox of a machine of one's own.

use std::sync::{Arc, Mutex};

use app::{
    admin::wire::{MailLine, MailsPage, TemplatesPage},
    auth::accounts,
    db::Access,
    mail::{
        self, Letter, MailId, examples,
        post::Postman,
        webhook::{LARGEST, Secrets},
    },
    org::Role,
    platform::Platform,
    platform_sql,
};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use standardwebhooks::Webhook;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::{
    admin, on_both,
    support::{Answer, PASSWORD, Site, business, letter, queue},
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The one before, which is still good while they are exchanged.
const FORMER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const DAY: i64 = 24 * 60 * 60;

/// The example that Svix publishes, and its own library, agree with what we take for signed.
#[test]
fn signatures_are_those_of_svix() {
    let (id, timestamp, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#.as_slice());
    let right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    assert_eq!(sign(SECRET, id, timestamp, body), right, "the test signs as the scheme says");
    assert_eq!(Webhook::new(SECRET).expect("a secret").sign(id, 1_614_265_330, body).expect("a signature"), right);
    let secrets = Secrets::parse(SECRET).expect("a secret");
    assert!(secrets.signed(id, timestamp, right, body));
    let former = sign(FORMER, id, timestamp, body);
    assert!(!secrets.signed(id, timestamp, &former, body));
    assert!(secrets.signed(id, timestamp, &format!("{former} v1a,xxxx {right}"), body), "one of several");
    let both = Secrets::parse(&format!(" {FORMER} , {SECRET} ,")).expect("two secrets");
    assert!(both.signed(id, timestamp, right, body) && both.signed(id, timestamp, &former, body));
    for (id, timestamp, signature, body) in [
        ("msg_other", timestamp, right, body),
        (id, "1614265331", right, body),
        (id, timestamp, right, b"{}".as_slice()),
        (id, timestamp, &right[3..], body),
        (id, timestamp, &right.replace("v1,", "v2,"), body),
        (id, timestamp, "v1,", body),
        (id, timestamp, "", body),
        (id, timestamp, "v1,****", body),
        (id, timestamp, &right[..20], body),
    ] {
        assert!(!secrets.signed(id, timestamp, signature, body), "{id} {timestamp} {signature}");
    }
    for bad in ["", " , ", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_AAAA", "whsec_****"] {
        assert!(Secrets::parse(bad).is_err(), "{bad}");
    }
    assert!(!format!("{secrets:?}").contains("MfKQ"));
}

on_both! {
    /// In whichever order, and however often, what became of a letter is heard of: the same comes out.
    async fn a_letters_state_never_goes_back(site: Site) {
        let (there, resend) = start(&site).await;
        let mut told = 0;
        for (events, state) in [
            (vec!["email.sent", "email.delivery_delayed", "email.delivered"], "delivered"),
            (vec!["email.sent", "email.delivered", "email.bounced"], "bounced"),
            (vec!["email.delivered", "email.bounced", "email.complained"], "complained"),
            (vec!["email.sent", "email.delivered", "email.complained"], "complained"),
            (vec!["email.sent", "email.failed", "email.delivery_delayed"], "given_up"),
            (vec!["email.sent", "email.failed", "email.delivered"], "delivered"),
        ] {
            for order in orders(&events) {
                let letter = sent(&there, &resend, &format!("order-{told}@example.com")).await;
                assert_eq!(state_of(&there, &letter).await, "sent");
                for event in &order {
                    told += 1;
                    for _twice in 0..2 {
                        let answer = tell(&there, &format!("msg_{told}"), &event_of(event, &letter)).await;
                        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
                    }
                }
                assert_eq!(state_of(&there, &letter).await, state, "{order:?}");
            }
        }
    }

    /// What comes before we know the letter's id at Resend isn't lost.
    async fn what_is_told_early_is_kept(site: Site) {
        let (there, resend) = start(&site).await;
        let next = id_after(0);
        assert_eq!(tell(&there, "msg_early", &event_of("email.delivered", &next)).await.status, StatusCode::OK);
        assert_eq!(sent(&there, &resend, "casey@example.com").await, next);
        assert_eq!(state_of(&there, &next).await, "delivered");
    }

    /// A message that isn't signed, not now, or isn't a message does nothing; one that tells of something else is answered and does nothing.
    async fn what_is_not_told_by_resend_does_nothing(site: Site) {
        let (there, resend) = start(&site).await;
        let letter = sent(&there, &resend, "casey@example.com").await;
        let body = event_of("email.bounced", &letter).to_string();
        let now = there.platform.clock.now().timestamp().as_second();
        let send = async |id: &str, timestamp: &str, signature: &str, body: String| {
            send(&there, &[("svix-id", id), ("svix-timestamp", timestamp), ("svix-signature", signature)], body).await.status
        };
        let at = now.to_string();
        let good = sign(SECRET, "msg_1", &at, body.as_bytes());
        assert_eq!(send("msg_1", &at, "v1,AAAA", body.clone()).await, StatusCode::UNAUTHORIZED);
        assert_eq!(send("msg_2", &at, &good, body.clone()).await, StatusCode::UNAUTHORIZED);
        assert_eq!(send("msg_1", &at, &good, body.replace("bounced", "complained")).await, StatusCode::UNAUTHORIZED);
        let stranger = sign("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "msg_1", &at, body.as_bytes());
        assert_eq!(send("msg_1", &at, &stranger, body.clone()).await, StatusCode::UNAUTHORIZED);
        for off in [-301, 301, -DAY] {
            let then = (now + off).to_string();
            let signature = sign(SECRET, "msg_1", &then, body.as_bytes());
            assert_eq!(send("msg_1", &then, &signature, body.clone()).await, StatusCode::UNAUTHORIZED, "{off}");
        }
        for (id, timestamp, signature) in [("", &*at, &*good), ("msg_1", "", &*good), ("msg_1", &*at, ""), ("msg_1", "yesterday", &*good)] {
            assert_eq!(send(id, timestamp, signature, body.clone()).await, StatusCode::BAD_REQUEST, "{id} {timestamp} {signature}");
        }
        let long = "m".repeat(101);
        assert_eq!(send(&long, &at, &sign(SECRET, &long, &at, body.as_bytes()), body.clone()).await, StatusCode::BAD_REQUEST);
        for not_one in ["", "bounced", "{", "[]", "\"x\"", "{\"data\":[{\"email_id\":1}]}"] {
            let signature = sign(SECRET, "msg_1", &at, not_one.as_bytes());
            assert_eq!(send("msg_1", &at, &signature, not_one.to_owned()).await, StatusCode::BAD_REQUEST, "{not_one}");
        }
        let large = format!("{{\"type\":\"{}\"}}", "x".repeat(LARGEST));
        let signature = sign(SECRET, "msg_1", &at, large.as_bytes());
        assert_eq!(send("msg_1", &at, &signature, large).await, StatusCode::PAYLOAD_TOO_LARGE);
        for other in [
            json!({}), json!({ "type": "email.opened", "data": { "email_id": letter } }), json!({ "type": "domain.created", "data": { "id": "x" } }),
            json!({ "type": "email.bounced" }), json!({ "type": "email.bounced", "data": { "email_id": "a\0b" } }), json!({ "type": "email.bounced", "data": { "email_id": "x".repeat(5000) } }),
        ] {
            assert_eq!(tell(&there, "msg_1", &other).await.status, StatusCode::OK, "{other}");
        }
        assert_eq!(count(&there.platform, "mail_events").await, 0, "nothing of it is kept");
        // A letter of somebody else with the same account at Resend.
        assert_eq!(tell(&there, "msg_3", &event_of("email.bounced", "00000000-0000-0000-0000-000000000000")).await.status, StatusCode::OK);
        assert_eq!((state_of(&there, &letter).await.as_str(), count(&there.platform, "mail_suppressions").await), ("sent", 0));
        // Within the tolerance, and with the secret before, it counts.
        let then = (now - 299).to_string();
        assert_eq!(send("msg_4", &then, &sign(FORMER, "msg_4", &then, body.as_bytes()), body.clone()).await, StatusCode::OK);
        assert_eq!(state_of(&there, &letter).await, "bounced");
        // Where no secret is set there is no such address.
        let signature = sign(SECRET, "msg_5", &at, body.as_bytes());
        let headers = [("svix-id", "msg_5"), ("svix-timestamp", &*at), ("svix-signature", &*signature)];
        assert_eq!(self::send(&site, &headers, body).await.status, StatusCode::NOT_FOUND);
        assert_eq!(there.get("/webhooks/resend").await.status, StatusCode::METHOD_NOT_ALLOWED);
    }

    /// An address that mail came back from is written to no more, however it is spelt, until the operator frees it; then its letters can
    /// be sent again. Nothing in the database says which it is.
    async fn an_address_that_takes_no_mail_is_written_to_no_more(site: Site) {
        let (there, resend) = start(&site).await;
        let operator = admin::operator(&there).await;
        mail::deliver(&there.platform).await.expect("what they are told themselves");
        let letter = sent(&there, &resend, "Canary.Parrot@example.com").await;
        let mut soft = event_of("email.bounced", &letter);
        soft["data"]["bounce"]["type"] = "Transient".into();
        assert_eq!(tell(&there, "msg_1", &soft).await.status, StatusCode::OK);
        let again = sent(&there, &resend, "canary.parrot@example.com").await;
        assert_eq!(tell(&there, "msg_2", &event_of("email.bounced", &again)).await.status, StatusCode::OK);
        queue(&there.platform, "canary.parrot@EXAMPLE.com").await;
        queue(&there.platform, "other@example.com").await;
        mail::deliver(&there.platform).await.expect("delivered");
        assert_eq!((resend.to("canary.parrot@example.com"), resend.to("other@example.com")), (2, 1));
        let page = mails(&there, &operator, "?state=given_up").await;
        let [held] = &page.mails[..] else { panic!("{page:?}") };
        assert!(held.can_send && held.last_error.contains("came back before"), "{held:?}");
        assert_eq!(page.held_back, 1);
        assert!(!contains(&site.raw_dump().await, "canary.parrot"));

        // Sent again while it is held back, it is given up again.
        assert_eq!(send_again(&there, Some(&operator), &held.id).await.status, StatusCode::FOUND);
        mail::deliver(&there.platform).await.expect("delivered");
        assert_eq!(mails(&there, &operator, "?state=given_up").await.mails.len(), 1);
        for (email, words) in [("", "Enter an email address"), ("nobody", "Enter an email address"), ("nobody@example.com", "isn’t held back"), ("a\0@example.com", "")] {
            let refused = free(&there, Some(&operator), email).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
            assert!(refused.text.contains(words), "{email}: {}", refused.text);
        }
        let freed = free(&there, Some(&operator), " canary.PARROT@example.com ").await;
        assert_eq!((freed.status, freed.location()), (StatusCode::FOUND, "/admin/mail?freed=1"), "{}", freed.text);
        // The same message once more doesn't take it back.
        assert_eq!(tell(&there, "msg_2", &event_of("email.bounced", &again)).await.status, StatusCode::OK);
        assert_eq!(send_again(&there, Some(&operator), &held.id).await.status, StatusCode::FOUND);
        mail::deliver(&there.platform).await.expect("delivered");
        assert_eq!(resend.to("canary.parrot@example.com"), 3);
        // Who complains isn't written to either.
        assert_eq!(tell(&there, "msg_3", &event_of("email.complained", &again)).await.status, StatusCode::OK);
        queue(&there.platform, "canary.parrot@example.com").await;
        mail::deliver(&there.platform).await.expect("delivered");
        assert_eq!(resend.to("canary.parrot@example.com"), 3);
        assert!(mails(&there, &operator, "?state=given_up").await.mails[0].last_error.contains("called our mail spam"));
        let log = actions(&there.platform).await;
        assert_eq!(log.iter().filter(|action| action.starts_with("admin.mail")).count(), 3, "{log:?}");
    }

    /// The admins of whoever has an address that takes no mail see it at their people and invitations, and those of nobody else; until it
    /// is freed.
    async fn an_address_that_takes_no_mail_is_shown_to_its_admins(site: Site) {
        let (mut there, resend) = start(&site).await;
        there.alpha = business(&there.platform, "alpha", "Alpha Clinic", "Australia/Sydney").await;
        there.beta = business(&there.platform, "beta", "Beta Clinic", "Australia/Perth").await;
        let operator = admin::operator(&there).await;
        let (alpha, beta) = (there.log_in("alpha").await, there.log_in("beta").await);
        there.join(there.alpha, "gone@example.com", Role::Member).await;
        for (cookie, org) in [(&alpha, "alpha"), (&beta, "beta")] {
            let page = format!("/app/{org}/settings/invite");
            let fields = [("org", org), ("email", "Invited.Away@example.com"), ("role", "member")];
            let invited = there.form(Some(cookie), "/fn/people/invite", &page, &fields).await;
            assert_eq!(invited.status, StatusCode::FOUND, "{}", invited.text);
        }
        mail::deliver(&there.platform).await.expect("delivered");
        let shown = async |cookie: &str, org: &str| {
            let page = there.get_as(cookie, &format!("/app/{org}/settings/people")).await.text;
            (page.matches("Mail to this address came back").count(), page.matches("was called spam").count())
        };
        assert_eq!(shown(&alpha, "alpha").await, (0, 0));
        let member = sent(&there, &resend, "gone@example.com").await;
        let invited = sent(&there, &resend, "invited.away@example.com").await;
        assert_eq!(tell(&there, "msg_1", &event_of("email.bounced", &member)).await.status, StatusCode::OK);
        assert_eq!(tell(&there, "msg_2", &event_of("email.complained", &invited)).await.status, StatusCode::OK);
        assert_eq!(shown(&alpha, "alpha").await, (1, 1));
        assert_eq!(shown(&beta, "beta").await, (0, 1), "their invitation, and nobody of alpha’s");
        // The operator finds what is in trouble, reads step by step what became of it, and whose letters they are.
        let trouble = mails(&there, &operator, "?state=trouble").await.mails;
        assert!(trouble.len() >= 2 && trouble.iter().all(|mail| mail.alarming), "{trouble:?}");
        let back = trouble.iter().find(|mail| mail.state == "Bounced").expect("one that came back");
        let page = there.get_as(&operator, &format!("/admin/mail/{}", back.id)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        for part in ["It was written", "Resend took it", "It came back", "There is no such address", "email.bounced", back.code.as_str()] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        assert!(!page.text.contains("gone@example.com") && !page.text.contains("zanzibar"), "{}", page.text);
        assert_eq!(there.get_as(&alpha, &format!("/admin/mail/{}", back.id)).await.status, StatusCode::NOT_FOUND);
        for nothing in ["x", "%00", MailId::new(there.platform.clock.now()).to_string().as_str()] {
            assert_eq!(there.get_as(&operator, &format!("/admin/mail/{nothing}")).await.status, StatusCode::NOT_FOUND, "{nothing}");
        }
        let all = mails(&there, &operator, "").await.mails;
        for (slug, name) in [("alpha", "Alpha Clinic"), ("beta", "Beta Clinic")] {
            let theirs = all.iter().filter(|mail| mail.org == Some((slug.to_owned(), name.to_owned())));
            assert_eq!(theirs.filter(|mail| mail.code == "people.invited").count(), 1, "{slug}: {all:?}");
        }
        let freed = free(&there, Some(&operator), "gone@example.com").await;
        assert_eq!(freed.location(), "/admin/mail?freed=1", "{}", freed.text);
        assert_eq!(shown(&alpha, "alpha").await, (0, 1));
    }

    /// What was given up can be sent again for two weeks, unless it is too late for it. Nobody but the operator can, who has just shown
    /// who they are.
    async fn a_letter_that_was_given_up_can_be_sent_again(site: Site) {
        let (there, resend) = start(&site).await;
        let operator = admin::operator(&there).await;
        mail::deliver(&there.platform).await.expect("what they are told themselves");
        resend.answer_next(422);
        queue(&there.platform, "casey@example.com").await;
        mail::deliver(&there.platform).await.expect("delivered");
        let page = mails(&there, &operator, "?state=given_up").await;
        let [given_up] = &page.mails[..] else { panic!("{page:?}") };
        assert!(given_up.can_send && given_up.alarming && given_up.last_error.contains("422"), "{given_up:?}");
        assert!(given_up.last_error.ends_with("validation_error: The domain isn’t verified, so (an address) gets nothing."), "{given_up:?}");
        assert_eq!(given_up.about, "Written just now, given up just now, tried once");

        let owner = plain_person(&there).await;
        for (who, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&*owner), StatusCode::NOT_FOUND)] {
            assert_eq!(send_again(&there, who, &given_up.id).await.status, status);
            assert_eq!(free(&there, who, "casey@example.com").await.status, status);
        }
        let letter = format!("/admin/mail/{}", given_up.id);
        for path in ["/admin/mail", letter.as_str(), "/admin/mail/templates", "/fn/admin/mails", "/fn/admin/mail-templates"] {
            assert_eq!(there.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(there.get_as(&owner, path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        for bad in ["", "x", "\0", "'; DROP TABLE mails; --"] {
            assert_eq!(send_again(&there, Some(&operator), bad).await.status, StatusCode::NOT_FOUND, "{bad}");
        }
        let nobody = MailId::new(there.platform.clock.now()).to_string();
        assert_eq!(send_again(&there, Some(&operator), &nobody).await.status, StatusCode::CONFLICT);

        let again = send_again(&there, Some(&operator), &given_up.id).await;
        assert_eq!((again.status, again.location()), (StatusCode::FOUND, "/admin/mail?again=1"), "{}", again.text);
        assert_eq!(send_again(&there, Some(&operator), &given_up.id).await.status, StatusCode::CONFLICT, "it waits");
        mail::deliver(&there.platform).await.expect("delivered");
        assert_eq!(resend.to("casey@example.com"), 2);
        assert_eq!(send_again(&there, Some(&operator), &given_up.id).await.status, StatusCode::CONFLICT, "it was sent");

        // Left open, a browser shows and changes nothing.
        resend.answer_next(422);
        queue(&there.platform, "casey@example.com").await;
        mail::deliver(&there.platform).await.expect("delivered");
        let given_up = mails(&there, &operator, "?state=given_up").await.mails[0].clone();
        there.platform.clock.set(there.platform.clock.now().plus_seconds(11 * 60).timestamp());
        assert_eq!(send_again(&there, Some(&operator), &given_up.id).await.status, StatusCode::FORBIDDEN);
        assert_eq!(free(&there, Some(&operator), "casey@example.com").await.status, StatusCode::FORBIDDEN);
        let page = there.get_as(&operator, "/admin/mail").await.text;
        assert!(page.contains("Confirm that it is you") && !page.contains("Send again"), "{page}");

        // Two weeks later what it said is gone.
        let id: MailId = given_up.id.parse().expect("an id");
        there.platform.clock.set(there.platform.clock.now().plus_seconds(14 * DAY).timestamp());
        let mut tx = there.platform.begin(Access::Write).await.expect("a transaction");
        assert!(mail::send_again(&there.platform, &mut tx, id).await.is_err());
        tx.rollback().await.expect("an end");
        mail::sweep(&there.platform).await.expect("swept");
        let mut tx = there.platform.begin(Access::Read).await.expect("a transaction");
        let (kept,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM mails WHERE content IS NOT NULL").expect("a count");
        tx.commit().await.expect("an end");
        assert_eq!(kept, 0);
    }

    /// A letter whose own time is over is gone at once, and can't be sent again.
    async fn a_letter_that_is_too_late_is_not_sent_again(site: Site) {
        let (there, resend) = start(&site).await;
        let operator = admin::operator(&there).await;
        let mut tx = there.platform.begin(Access::Write).await.expect("a transaction");
        let soon = there.platform.clock.now().plus_seconds(60);
        mail::queue(&there.platform, &mut tx, "auth.password_reset", &letter("late@example.com"), Some(soon)).await.expect("queued");
        tx.commit().await.expect("committed");
        there.platform.clock.set(soon.timestamp());
        mail::deliver(&there.platform).await.expect("delivered");
        assert_eq!(resend.to("late@example.com"), 0);
        let page = mails(&there, &operator, "?state=given_up").await;
        let [late] = &page.mails[..] else { panic!("{page:?}") };
        assert!(!late.can_send && late.kind == "Set another password" && late.last_error.contains("too late"), "{late:?}");
        assert_eq!(send_again(&there, Some(&operator), &late.id).await.status, StatusCode::CONFLICT);
    }

    /// The list has every letter once, page by page, the newest first, and shows neither to whom it went nor what it said.
    async fn letters_are_listed(site: Site) {
        let operator = admin::operator(&site).await;
        mail::deliver(&site.platform).await.expect("what they are told themselves");
        let before = count(&site.platform, "mails").await;
        for n in 0..120 {
            queue(&site.platform, &format!("canary-{n}@example.com")).await;
            site.platform.clock.set(site.platform.clock.now().plus_seconds(1).timestamp());
        }
        mail::deliver(&site.platform).await.expect("delivered");
        let waiting = letter("waiting@example.com");
        let mut tx = site.platform.begin(Access::Write).await.expect("a transaction");
        mail::queue(&site.platform, &mut tx, "auth.new_browser", &waiting, None).await.expect("queued");
        tx.commit().await.expect("committed");
        let (mut seen, mut more) = (Vec::<MailLine>::new(), String::new());
        loop {
            let page = mails(&site, &operator, &more).await;
            seen.extend(page.mails);
            match page.more_before {
                Some(before) => more = format!("?before={before}"),
                None => break,
            }
        }
        assert_eq!(i64::try_from(seen.len()).expect("a number"), before + 121);
        assert!(seen.windows(2).all(|pair| pair[0].id > pair[1].id), "the newest first, each once");
        assert_eq!((seen[0].kind.as_str(), seen[0].state.as_str()), ("Logged in somewhere new", "Queued"));
        for (query, found) in [("?state=queued", 1), ("?state=bounced", 0), ("?state=complained", 0), ("?state=delivered", 0)] {
            assert_eq!(mails(&site, &operator, query).await.mails.len(), found, "{query}");
        }
        for bad in ["?state=lost", "?before=x", "?state=%27", "?before=%00"] {
            assert_eq!(site.get_as(&operator, &format!("/admin/mail{bad}")).await.status, StatusCode::NOT_FOUND, "{bad}");
        }
        let page = site.get_as(&operator, "/admin/mail").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(page.text.contains("Older emails") && page.text.contains("There are none: every address is written to"), "{}", page.text);
        assert!(!page.text.contains("canary") && !page.text.contains("waiting@") && !page.text.contains("zanzibar"), "{}", page.text);
    }

    /// The operator sees what each letter looks like.
    async fn letters_are_previewed(site: Site) {
        let (there, _resend) = start(&site).await;
        let operator = admin::operator(&there).await;
        let page: TemplatesPage = there.read(&operator, "/fn/admin/mail-templates").await.expect("the page");
        assert_eq!(page.letters.len(), examples::all("http://localhost:3000").len());
        let page = there.get_as(&operator, "/admin/mail/templates").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(page.text.contains("Set another password") && page.text.contains("sandbox=\"\"") && page.text.contains("srcdoc=\"&lt;!DOCTYPE html"), "{}", page.text);
    }

    /// A mail server that takes a letter later gets it again with the same id; one that never takes it, once, and holds up no other.
    async fn letters_leave_through_a_mail_server(site: Site) {
        let server = MailServer::start(&["450 4.2.1 later", "250 ok", "550 5.1.1 canary@example.com isn’t here", "250 ok"]).await;
        let platform = site.deserted().await;
        platform.mail.deliver_by(Postman::smtp(&format!("smtp://127.0.0.1:{}", server.port), "Devalo <no-reply@example.com>").expect("a server").answered_at(Some("help@example.com")));
        queue(&platform, "casey@example.com").await;
        mail::deliver(&platform).await.expect("delivered");
        assert_eq!(errors(&platform).await, [Some("The mail server: 450".to_owned())]);
        platform.clock.set(platform.clock.now().plus_seconds(60).timestamp());
        assert_eq!(mail::deliver(&platform).await.expect("delivered"), 1);
        let id = newest(&platform).await;
        let [message] = &server.taken()[..] else { panic!("one letter: {:?}", server.taken()) };
        for line in [
            format!("Message-ID: <{id}@example.com>"), "From: Devalo <no-reply@example.com>".to_owned(), "Reply-To: help@example.com".to_owned(), "To: casey@example.com".to_owned(),
            "Subject: A letter".to_owned(), "Date: Sun, 22 Nov 2026 22:00:00 +0000".to_owned(), "Hello, zanzibar-letter.".to_owned(),
        ] {
            assert!(message.lines().any(|found| found == line), "{line}: {message}");
        }
        assert!(message.contains("multipart/alternative") && message.contains("text/plain") && message.contains("text/html"), "{message}");

        platform.clock.set(platform.clock.now().plus_seconds(1).timestamp());
        queue(&platform, "canary@example.com").await;
        platform.clock.set(platform.clock.now().plus_seconds(1).timestamp());
        queue(&platform, "alex@example.com").await;
        assert_eq!(mail::deliver(&platform).await.expect("delivered"), 1);
        assert_eq!(server.taken().len(), 2);
        assert_eq!(errors(&platform).await, [None, Some("The mail server: 550".to_owned()), None], "what it says isn't kept: it names the address");
        platform.clock.set(platform.clock.now().plus_seconds(60 * 60).timestamp());
        assert_eq!(mail::deliver(&platform).await.expect("delivered"), 0);
    }

    /// A mail server without the TLS that is asked for, or that isn't there, gets nothing; the letter waits.
    async fn a_mail_server_without_tls_gets_nothing(site: Site) {
        let server = MailServer::start(&[]).await;
        let platform = site.deserted().await;
        let url = format!("smtp://jo:secret@127.0.0.1:{}?tls=required", server.port);
        platform.mail.deliver_by(Postman::smtp(&url, "no-reply@example.com").expect("a server"));
        queue(&platform, "casey@example.com").await;
        assert_eq!(mail::deliver(&platform).await.expect("delivered"), 0);
        let said = server.said();
        assert!(!said.is_empty() && !said.iter().any(|line| line.contains("AUTH") || line.contains("MAIL")), "{said:?}");
        assert!(errors(&platform).await[0].is_some());

    }

    /// One that isn't there gets it later; what isn't the address of one is refused, and not repeated: it holds a password.
    async fn a_mail_server_that_is_not_there_gets_it_later(site: Site) {
        let other = site.deserted().await;
        let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").port();
        other.mail.deliver_by(Postman::smtp(&format!("smtp://127.0.0.1:{gone}"), "no-reply@example.com").expect("a server"));
        queue(&other, "casey@example.com").await;
        assert_eq!(mail::deliver(&other).await.expect("delivered"), 0);
        assert_eq!(errors(&other).await, [Some("The mail server can’t be reached.".to_owned())]);
        for bad in ["", "mail.example.com", "http://mail.example.com", "smtp://mail.example.com?tls=perhaps"] {
            assert!(Postman::smtp(bad, "no-reply@example.com").is_err_and(|why| !why.contains("mail.example.com")), "{bad}");
        }
    }
}

/// On a machine of one's own what would have been mailed is on a page, and does nothing there; elsewhere there is no such page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_of_ones_own_has_a_mailbox() {
    let site = Site::sqlite().await;
    assert_eq!(site.get("/dev/mail").await.status, StatusCode::NOT_FOUND);
    let folder = tempfile::tempdir().expect("a folder");
    let platform = site.deserted().await;
    platform.mail.deliver_by(Postman::Folder(folder.path().join("mail")));
    let there = site.at(platform);
    let empty = there.get("/dev/mail").await;
    assert!(empty.status == StatusCode::OK && empty.text.contains("There are none yet"), "{empty:?}");
    for (n, subject) in ["The first", "<script>alert(1)</script>"].into_iter().enumerate() {
        let mut tx = there.platform.begin(Access::Write).await.expect("a transaction");
        let letter = Letter {
            subject: subject.to_owned(),
            action: Some(("Open".to_owned(), "http://localhost:3000/login/reset/x?a=1&b=2".to_owned())),
            ..letter(&format!("person-{n}@example.com"))
        };
        mail::queue(&there.platform, &mut tx, "test", &letter, None).await.expect("queued");
        tx.commit().await.expect("committed");
        there.platform.clock.set(there.platform.clock.now().plus_seconds(1).timestamp());
    }
    mail::deliver(&there.platform).await.expect("delivered");
    let list = there.get("/dev/mail").await;
    let places = ["person-1@example.com", "person-0@example.com"].map(|to| list.text.find(to).expect("a letter"));
    assert!(places[0] < places[1], "the newest first: {}", list.text);
    assert!(!list.text.contains("<script"), "{}", list.text);
    let policy = list.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("a policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    let path = list.text.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a link").to_owned();
    let one = there.get(&path).await;
    assert_eq!(one.status, StatusCode::OK, "{path}: {}", one.text);
    assert!(one.text.contains("zanzibar-letter") && one.text.contains("iframe sandbox=\"\""), "{}", one.text);
    assert!(one.text.contains("srcdoc=\"&lt;!DOCTYPE html&gt;") && !one.text.contains("<script"), "{}", one.text);
    assert!(one.text.contains("<a href=\"http://localhost:3000/login/reset/x?a=1&amp;b=2\">"), "{}", one.text);
    for bad in ["x", "00000000-0000-0000-0000-000000000000", "..%2f..%2fetc%2fpasswd", "%00"] {
        assert_eq!(there.get(&format!("/dev/mail/{bad}")).await.status, StatusCode::NOT_FOUND, "{bad}");
    }
}

/// A product whose mail leaves through a stand-in of Resend, and which believes what is signed with either secret.
async fn start(site: &Site) -> (Site, Resend) {
    let resend = Resend::start().await;
    let platform = site.deserted().await;
    platform.mail.deliver_by(Postman::resend("re_test", "no-reply@example.com", Some(&resend.base)).expect("a client"));
    platform.mail.believe(Secrets::parse(&format!("{SECRET},{FORMER}")).expect("secrets"));
    (site.at(platform), resend)
}

/// Sends a letter, and gives its id at Resend.
async fn sent(there: &Site, resend: &Resend, to: &str) -> String {
    queue(&there.platform, to).await;
    mail::deliver(&there.platform).await.expect("delivered");
    let count = resend.requests().len();
    assert_eq!(resend.requests()[count - 1]["to"], json!([to]));
    id_after(count - 1)
}

/// By the scheme as Svix describes it (<https://docs.svix.com/receiving/verifying-payloads/how-manual>).
fn sign(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

/// As in Resend's documentation, with the parts that we don't read.
fn event_of(kind: &str, letter: &str) -> Value {
    json!({
        "type": kind,
        "created_at": "2026-11-22T21:59:58.000Z",
        "data": {
            "email_id": letter,
            "created_at": "2026-11-22T21:59:57.894719+00:00",
            "from": "Devalo <no-reply@example.com>",
            "to": ["casey@example.com"],
            "subject": "A letter",
            "bounce": { "message": "The recipient’s address doesn’t exist.", "subType": "General", "type": "Permanent" },
        },
    })
}

/// Sends it as Resend does: signed, now.
async fn tell(there: &Site, id: &str, event: &Value) -> Answer {
    let at = there.platform.clock.now().timestamp().as_second().to_string();
    let body = event.to_string();
    let signature = sign(SECRET, id, &at, body.as_bytes());
    send(there, &[("svix-id", id), ("svix-timestamp", &at), ("svix-signature", &signature)], body).await
}

async fn send(there: &Site, headers: &[(&str, &str)], body: String) -> Answer {
    let mut request = Request::post("/webhooks/resend").header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    there.send_as_it_is(request.body(Body::from(body)).expect("a request")).await
}

async fn state_of(there: &Site, letter: &str) -> String {
    let mut tx = there.platform.begin(Access::Read).await.expect("a transaction");
    let (state,) =
        platform_sql!(one(String,), &mut tx, "SELECT state FROM mails WHERE provider_id = $1", letter.to_owned())
            .expect("the letter");
    tx.commit().await.expect("an end");
    state
}

async fn count(platform: &Platform, table: &str) -> i64 {
    let mut tx = platform.begin(Access::Read).await.expect("a transaction");
    let (count,) = match table {
        "mails" => platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM mails"),
        "mail_events" => platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM mail_events"),
        _ => platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM mail_suppressions"),
    }
    .expect("a count");
    tx.commit().await.expect("an end");
    count
}

type Said = (Option<String>,);

/// What was said last of each letter, in the order in which they were written.
async fn errors(platform: &Platform) -> Vec<Option<String>> {
    let mut tx = platform.begin(Access::Read).await.expect("a transaction");
    let rows = platform_sql!(all Said, &mut tx, "SELECT last_error FROM mails ORDER BY id").expect("rows");
    tx.commit().await.expect("an end");
    rows.into_iter().map(|(error,)| error).collect()
}

async fn newest(platform: &Platform) -> MailId {
    let mut tx = platform.begin(Access::Read).await.expect("a transaction");
    let (id,) =
        platform_sql!(one(MailId,), &mut tx, "SELECT id FROM mails ORDER BY id DESC LIMIT 1").expect("a letter");
    tx.commit().await.expect("an end");
    id
}

async fn actions(platform: &Platform) -> Vec<String> {
    let mut tx = platform.begin(Access::Read).await.expect("a transaction");
    let rows = platform_sql!(all(String,), &mut tx, "SELECT action FROM platform_log ORDER BY number").expect("rows");
    tx.commit().await.expect("an end");
    rows.into_iter().map(|(action,)| action).collect()
}

async fn mails(there: &Site, operator: &str, query: &str) -> MailsPage {
    there.read(operator, &format!("/fn/admin/mails{query}")).await.expect("the letters")
}

async fn send_again(there: &Site, cookie: Option<&str>, id: &str) -> Answer {
    there.form(cookie, "/fn/admin/send-mail-again", "/admin/mail", &[("id", id)]).await
}

async fn free(there: &Site, cookie: Option<&str>, email: &str) -> Answer {
    there.form(cookie, "/fn/admin/free-address", "/admin/mail", &[("email", email)]).await
}

/// Somebody who has an account, and runs nothing.
async fn plain_person(there: &Site) -> String {
    accounts::create_user(&there.platform, "plain@example.com", "Plain Person", PASSWORD).await.expect("a user");
    there.log_in_as("plain@example.com").await
}

fn contains(dump: &[u8], needle: &str) -> bool {
    dump.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

/// Every order of these.
fn orders<'e>(events: &[&'e str]) -> Vec<Vec<&'e str>> {
    let [first, rest @ ..] = events else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for order in orders(rest) {
        for at in 0..=order.len() {
            let mut order = order.clone();
            order.insert(at, *first);
            all.push(order);
        }
    }
    all
}

/// Stands in for Resend: takes every letter, and gives each an id of its own.
struct Resend {
    base: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    requests: Vec<Value>,
    /// What the next one is answered with, in the place of taking it.
    next: Option<u16>,
}

impl Resend {
    async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let router = Router::new().route("/emails", post(answer)).with_state(Arc::clone(&seen));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, seen }
    }

    fn requests(&self) -> Vec<Value> {
        self.seen.lock().expect("what was seen").requests.clone()
    }

    fn answer_next(&self, status: u16) {
        self.seen.lock().expect("what was seen").next = Some(status);
    }

    /// How many letters came for an address, however it is spelt.
    fn to(&self, address: &str) -> usize {
        let to = |request: &Value| request["to"][0].as_str().expect("an address").eq_ignore_ascii_case(address);
        self.requests().iter().filter(|request| to(request)).count()
    }
}

/// The stand-in's id for the letter that comes after so many.
fn id_after(count: usize) -> String {
    format!("49a3999c-0ce1-4ea6-ab68-{count:012}")
}

async fn answer(State(seen): State<Arc<Mutex<Seen>>>, body: String) -> Response {
    let mut seen = seen.lock().expect("what was seen");
    let id = id_after(seen.requests.len());
    seen.requests.push(serde_json::from_str(&body).expect("JSON"));
    match seen.next.take() {
        Some(status) => {
            let refusal = json!({ "statusCode": status, "name": "validation_error", "message": format!("The domain isn’t verified, so {} gets nothing.", seen.requests.last().expect("a letter")["to"][0].as_str().unwrap_or_default()) });
            (StatusCode::from_u16(status).expect("a status"), axum::Json(refusal)).into_response()
        }
        None => axum::Json(json!({ "id": id })).into_response(),
    }
}

/// A small mail server: answers recipients with these lines, one after the other, and takes what follows.
struct MailServer {
    port: u16,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    to_recipients: Vec<&'static str>,
    next: usize,
    lines: Vec<String>,
    taken: Vec<String>,
}

impl MailServer {
    async fn start(to_recipients: &[&'static str]) -> Self {
        let heard = Arc::new(Mutex::new(Heard { to_recipients: to_recipients.to_vec(), ..Heard::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ends_when_they_hang_up = talk(stream, &shared).await;
            }
        });
        Self { port, heard }
    }

    fn taken(&self) -> Vec<String> {
        self.heard.lock().expect("what was heard").taken.clone()
    }

    fn said(&self) -> Vec<String> {
        self.heard.lock().expect("what was heard").lines.clone()
    }
}

async fn talk(stream: TcpStream, heard: &Mutex<Heard>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 mail.example.com\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let reply = {
            let mut heard = heard.lock().expect("what was heard");
            heard.lines.push(line.clone());
            match line.get(..4).unwrap_or_default() {
                "RCPT" => {
                    heard.next += 1;
                    heard.to_recipients.get(heard.next - 1).copied().unwrap_or("250 ok")
                }
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 mail.example.com",
            }
        };
        writer.write_all(format!("{reply}\r\n").as_bytes()).await?;
        if reply.starts_with("221") {
            break;
        }
        if reply.starts_with("354") {
            let mut message = Vec::new();
            while let Some(line) = lines.next_line().await? {
                if line == "." {
                    break;
                }
                message.push(line);
            }
            heard.lock().expect("what was heard").taken.push(message.join("\n"));
            writer.write_all(b"250 taken\r\n").await?;
        }
    }
    Ok(())
}
