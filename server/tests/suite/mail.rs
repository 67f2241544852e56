//! The outbox: what is written leaves, once, and is gone; what isn't taken is tried again.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use app::{
    db::Access,
    mail::{self, post::Postman},
    platform_sql,
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Site, letter, queue},
};

on_both! {
    /// A letter leaves if what it tells of holds, and only then; however many look into the outbox, once; and nothing of it
    /// stays.
    async fn a_letter_leaves_once_if_its_transaction_holds(site: Site) {
        let undone = site.platform.begin(Access::Write).await.expect("a transaction");
        let mut undone = undone;
        mail::queue(&site.platform, &mut undone, "test", &letter("undone@example.com"), None).await.expect("queued");
        drop(undone);
        queue(&site.platform, "canary.parrot@example.com").await;
        let dump = site.raw_dump().await;
        assert!(!contains(&dump, "canary.parrot") && !contains(&dump, "zanzibar-letter"), "in the outbox it is sealed");
        let sent: usize = join_all((0..4).map(|_| mail::deliver(&site.platform))).await.into_iter().map(|sent| sent.expect("delivered")).sum();
        assert_eq!(sent, 1);
        let letters = site.mailed().await;
        assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), ["canary.parrot@example.com"]);
        assert!(site.mailed().await.is_empty());
    }

    /// What Resend takes is sent with its key, its sender and the letter's id; what it doesn't take comes again with the
    /// same id, until it is taken.
    async fn what_is_not_taken_is_tried_again(site: Site) {
        let resend = Resend::start(&[500, 429, 401, 200]).await;
        let platform = site.deserted().await;
        platform.mail.deliver_by(Postman::resend("re_test", "Devalo <no-reply@example.com>", Some(&resend.base)).expect("a client"));
        queue(&platform, "casey@example.com").await;
        let mut minutes = 0;
        while resend.requests().len() < 4 {
            assert!(minutes < 30, "{:?}", resend.requests());
            mail::deliver(&platform).await.expect("delivered");
            minutes += 1;
            platform.clock.set(platform.clock.now().plus_seconds(60).timestamp());
        }
        mail::deliver(&platform).await.expect("delivered");
        let requests = resend.requests();
        assert_eq!(requests.len(), 4, "taken, and not sent again");
        let ids: Vec<_> = requests.iter().map(|(headers, _)| headers["idempotency-key"].clone()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        let (headers, body) = &requests[3];
        assert_eq!(headers[header::AUTHORIZATION], "Bearer re_test");
        assert_eq!(body["from"], "Devalo <no-reply@example.com>");
        assert_eq!(body["to"], json!(["casey@example.com"]));
        assert_eq!(body["subject"], "A letter");
        assert!(body["text"].as_str().expect("text").contains("zanzibar-letter") && body["html"].as_str().expect("html").contains("zanzibar-letter"));
    }

    /// Resend answers 500 for an hour, in which more is written: it isn't bothered with each letter again and again, and afterwards
    /// every letter leaves once, in the order in which they were written.
    async fn an_hour_without_resend_loses_nothing(site: Site) {
        let resend = Resend::start(&[500; 50]).await;
        let platform = site.deserted().await;
        platform.mail.deliver_by(Postman::resend("re_test", "no-reply@example.com", Some(&resend.base)).expect("a client"));
        let mut written = Vec::new();
        for tens in 0..6 {
            let to = format!("client{tens}@example.com");
            queue(&platform, &to).await;
            written.push(to);
            for _ in 0..3 {
                assert_eq!(mail::deliver(&platform).await.expect("delivered"), 0);
            }
            assert_eq!(resend.requests().len(), 1 + 2 * tens, "two that aren't taken say enough");
            platform.clock.set(platform.clock.now().plus_seconds(10 * 60).timestamp());
        }
        let asked = resend.requests().len();
        resend.seen.next.store(50, Ordering::SeqCst);
        assert_eq!(mail::deliver(&platform).await.expect("delivered"), written.len());
        let requests = resend.requests();
        let taken: Vec<_> = requests[asked..].iter().map(|(_, body)| body["to"][0].as_str().expect("an address").to_owned()).collect();
        assert_eq!(taken, written, "each once, the oldest first");
        assert_eq!(mail::deliver(&platform).await.expect("delivered"), 0);
    }

    /// Whoever needs a letter to log in waits for nobody’s booking, however many were written before.
    async fn who_cant_log_in_comes_first(site: Site) {
        let resend = Resend::start(&[200; 30]).await;
        let platform = site.deserted().await;
        platform.mail.deliver_by(Postman::resend("re_test", "no-reply@example.com", Some(&resend.base)).expect("a client"));
        for n in 0..25 {
            queue(&platform, &format!("client{n}@example.com")).await;
        }
        platform.clock.set(platform.clock.now().plus_seconds(60).timestamp());
        let mut tx = platform.begin(Access::Write).await.expect("a transaction");
        mail::queue(&platform, &mut tx, "auth.password_reset", &letter("locked.out@example.com"), None).await.expect("queued");
        tx.commit().await.expect("a commit");
        assert_eq!(mail::deliver(&platform).await.expect("delivered"), 26);
        let first = resend.requests()[0].1["to"][0].clone();
        assert_eq!(first, "locked.out@example.com");
    }

    /// As many leave as Resend takes: nothing else holds them back. Sixty at once are there within seconds, and not one each second.
    async fn nothing_but_the_pace_holds_letters_back(site: Site) {
        let resend = Resend::start(&[200; 60]).await;
        let platform = site.deserted().await;
        platform.mail.deliver_by(Postman::resend("re_test", "no-reply@example.com", Some(&resend.base)).expect("a client"));
        for n in 0..60 {
            queue(&platform, &format!("client{n}@example.com")).await;
        }
        let sent = tokio::time::timeout(Duration::from_secs(30), mail::deliver(&platform)).await;
        assert_eq!(sent.expect("in time").expect("delivered"), 60);
    }

    /// Two letters that are never taken, as if the provider were away, hold up the others for a while and not for ever.
    async fn letters_that_are_never_taken_let_the_others_go(site: Site) {
        let resend = Resend::start(&[]).await;
        let platform = site.deserted().await;
        platform.mail.deliver_by(Postman::resend("re_test", "no-reply@example.com", Some(&resend.base)).expect("a client"));
        for to in ["never.one@example.com", "never.two@example.com", "casey@example.com"] {
            queue(&platform, to).await;
        }
        let mut sent = 0;
        for _ in 0..12 {
            sent += mail::deliver(&platform).await.expect("delivered");
            platform.clock.set(platform.clock.now().plus_seconds(10 * 60).timestamp());
        }
        assert_eq!(sent, 1);
    }

    /// What is the letter's own fault, or comes too late, is given up, and holds up nothing.
    async fn a_letter_can_be_given_up(site: Site) {
        let resend = Resend::start(&[422, 200]).await;
        let platform = site.deserted().await;
        platform.mail.deliver_by(Postman::resend("re_test", "no-reply@example.com", Some(&resend.base)).expect("a client"));
        queue(&platform, "not-an-address@example.com").await;
        mail::deliver(&platform).await.expect("delivered");
        let mut tx = platform.begin(Access::Write).await.expect("a transaction");
        let soon = platform.clock.now().plus_seconds(60);
        mail::queue(&platform, &mut tx, "test", &letter("late@example.com"), Some(soon)).await.expect("queued");
        tx.commit().await.expect("committed");
        platform.clock.set(soon.timestamp());
        mail::deliver(&platform).await.expect("delivered");
        queue(&platform, "casey@example.com").await;
        mail::deliver(&platform).await.expect("delivered");
        let to: Vec<_> = resend.requests().into_iter().map(|(_, body)| body["to"][0].as_str().expect("an address").to_owned()).collect();
        assert_eq!(to, ["not-an-address@example.com", "casey@example.com"]);
    }

    /// Where nobody takes letters out, they don't stay for ever: they are given up after three days, and two weeks later what they say is
    /// gone; of one whose own time is over, at once.
    async fn no_letter_stays_for_ever(site: Site) {
        let platform = site.deserted().await;
        queue(&platform, "casey@example.com").await;
        let waiting = async || {
            let mut tx = platform.begin(Access::Read).await.expect("a transaction");
            let (waiting,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM mails WHERE content IS NOT NULL").expect("a count");
            tx.commit().await.expect("an end");
            waiting
        };
        let mut tx = platform.begin(Access::Write).await.expect("a transaction");
        let soon = platform.clock.now().plus_seconds(60);
        mail::queue(&platform, &mut tx, "test", &letter("late@example.com"), Some(soon)).await.expect("queued");
        tx.commit().await.expect("committed");
        for (days, left) in [(0, 2), (4, 1), (13, 1), (2, 0)] {
            platform.clock.set(platform.clock.now().plus_seconds(days * 24 * 60 * 60).timestamp());
            mail::sweep(&platform).await.expect("swept");
            assert_eq!(waiting().await, left, "{days} days later");
        }
    }

    /// Somebody who dies with a letter in hand doesn't take it with them.
    async fn a_letter_in_the_hands_of_the_dead_is_sent(site: Site) {
        let resend = Resend::start(&[0, 200]).await;
        let platform = site.deserted().await;
        platform.mail.deliver_by(Postman::resend("re_test", "no-reply@example.com", Some(&resend.base)).expect("a client"));
        queue(&platform, "casey@example.com").await;
        // The first request is never answered: whoever sent it goes away.
        let dying = tokio::time::timeout(Duration::from_millis(500), mail::deliver(&platform)).await;
        assert!(dying.is_err());
        mail::deliver(&platform).await.expect("delivered");
        assert_eq!(resend.requests().len(), 1, "the other may still be at it");
        platform.clock.set(platform.clock.now().plus_seconds(61).timestamp());
        assert_eq!(mail::deliver(&platform).await.expect("delivered"), 1);
        let requests = resend.requests();
        assert_eq!(requests[0].0["idempotency-key"], requests[1].0["idempotency-key"]);
    }
}

/// On a machine of one's own, without a key, each letter is a file that nobody else can read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_letters_are_files() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::sqlite().await;
    let platform = site.deserted().await;
    let folder = tempfile::tempdir().expect("a folder");
    platform.mail.deliver_by(Postman::Folder(folder.path().join("mail")));
    queue(&platform, "casey@example.com").await;
    assert_eq!(mail::deliver(&platform).await.expect("delivered"), 1);
    let mut files: Vec<_> = std::fs::read_dir(folder.path().join("mail")).expect("the folder").flatten().collect();
    files.sort_by_key(std::fs::DirEntry::path);
    assert_eq!(files.len(), 2, "its HTML and its text");
    let [html, text] = [0, 1].map(|at: usize| std::fs::read_to_string(files[at].path()).expect("a letter"));
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("zanzibar-letter"), "{html}");
    assert!(text.starts_with("To: casey@example.com\nSubject: A letter\n\n"), "{text}");
    for file in files {
        assert_eq!(file.metadata().expect("its rights").permissions().mode() & 0o777, 0o600);
    }
}

fn contains(dump: &[u8], needle: &str) -> bool {
    dump.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

/// Stands in for Resend: answers with these statuses, one after the other; 0 is never answered. A letter to `never…` it can't take.
struct Resend {
    base: String,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<(HeaderMap, Value)>>,
    statuses: Vec<u16>,
    next: AtomicUsize,
}

impl Resend {
    async fn start(statuses: &[u16]) -> Self {
        let seen = Arc::new(Seen { statuses: statuses.to_vec(), ..Seen::default() });
        let router = Router::new().route("/emails", post(answer)).with_state(Arc::clone(&seen));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, seen }
    }

    fn requests(&self) -> Vec<(HeaderMap, Value)> {
        self.seen.requests.lock().expect("the requests").clone()
    }
}

async fn answer(State(seen): State<Arc<Seen>>, headers: HeaderMap, body: String) -> Response {
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let never = body["to"][0].as_str().is_some_and(|to| to.starts_with("never"));
    seen.requests.lock().expect("the requests").push((headers, body));
    let next = seen.statuses.get(seen.next.fetch_add(1, Ordering::SeqCst)).copied();
    let status = next.unwrap_or(if never { 500 } else { 200 });
    match status {
        0 => std::future::pending().await,
        200 => axum::Json(json!({ "id": "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794" })).into_response(),
        429 => (StatusCode::TOO_MANY_REQUESTS, [("ratelimit-reset", "2")]).into_response(),
        status => {
            let status = StatusCode::from_u16(status).expect("a status");
            let name =
                if status == StatusCode::UNPROCESSABLE_ENTITY { "validation_error" } else { "application_error" };
            (status, axum::Json(json!({ "statusCode": status.as_u16(), "name": name, "message": "…" }))).into_response()
        }
    }
}
