//! Three processes of the program on one PostgreSQL, and one of them is killed while all are at work: what anybody was told is done is
//! done, once; who was at the one that is gone goes on at another, with the same session; and every page that is left open sees
//! everything, in order and once.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    at_work::{Business, until},
    killed::PATIENCE,
};

/// Three at each.
const HANDS: usize = 9;
/// As much is done before one is killed, and after.
const DONE: usize = 45;
const KILLED: usize = 2;

#[test]
fn one_of_three_is_killed() {
    let business = Business::on_postgres(3, 0x5eed_0021);
    let mut pages: Vec<Page> =
        business.processes.iter().map(|process| Page::open(&business, process.port, None)).collect();
    let cut_off = pages.pop().expect("the third’s");
    let mut again = None;
    let mut known = business.work(HANDS, |done| {
        until(done, DONE);
        business.processes[KILLED].kill();
        let after = cut_off.until_its_end().last().copied();
        again = Some((Page::open(&business, business.processes[0].port, after), after));
        until(done, 2 * DONE);
    });
    assert!(known.asked_again > 0, "somebody was cut off in the middle");
    let counts = known.counts();
    assert!(known.refused > 0 && counts.iter().all(|many| *many > 0), "something of each kind: {counts:?}");
    business.settles();
    // Once more at each that is left. What the one that is gone had still to tell, others find by what follows it.
    business.adds_with_the_session(0, "One more", &mut known);
    business.adds_with_the_session(1, "And another", &mut known);
    let last = business.sequence();
    let (again, after) = again.expect("it is open");
    for page in pages.iter().chain([&again]) {
        page.saw_everything(last);
    }
    assert_eq!(again.seen().first().copied(), after, "it goes on where the one before was cut off");
    business.is_as_known(&known);
    business.is_whole();
}

/// A page that is left open, and what it listener.
struct Page {
    heard: Arc<Mutex<Vec<u8>>>,
    listener: JoinHandle<()>,
}

impl Page {
    /// At this process, and after what was seen before; it has begun.
    fn open(business: &Business, port: u16, after: Option<i64>) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it connects");
        let after = after.map(|after| format!("last-event-id: {after}\r\n")).unwrap_or_default();
        let request = format!(
            "GET /app/alpha/live HTTP/1.0\r\nhost: 127.0.0.1\r\ncookie: {}\r\naccept: text/event-stream\r\n{after}\r\n",
            business.cookie()
        );
        stream.write_all(request.as_bytes()).expect("it is sent");
        let heard = Arc::<Mutex<Vec<u8>>>::default();
        let written = Arc::clone(&heard);
        let listener = thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Until the process ends.
            while let Ok(length @ 1..) = stream.read(&mut bytes) {
                written.lock().expect("what is heard").extend_from_slice(&bytes[..length]);
            }
        });
        let page = Self { heard, listener };
        page.waits_for("its beginning", |seen| !seen.is_empty());
        page
    }

    fn seen(&self) -> Vec<i64> {
        numbers(&self.heard)
    }

    /// What it saw in all, once its process is gone.
    fn until_its_end(self) -> Vec<i64> {
        let Self { heard, listener } = self;
        listener.join().expect("it ends");
        numbers(&heard)
    }

    /// It saw everything from when it was opened up to this, and whatever came after, in order and once.
    fn saw_everything(&self, last: i64) {
        self.waits_for("the last", |seen| seen.last().is_some_and(|number| *number >= last));
        let seen = self.seen();
        let ends = seen.first().copied().zip(seen.last().copied());
        assert!(ends.is_some_and(|(first, last)| seen.iter().copied().eq(first..=last)), "up to {last}: {seen:?}");
    }

    fn waits_for(&self, what: &str, comes: impl Fn(&[i64]) -> bool) {
        let started = Instant::now();
        while !comes(&self.seen()) {
            let heard = String::from_utf8_lossy(&self.heard.lock().expect("what is heard")).into_owned();
            assert!(started.elapsed() < PATIENCE, "{what}: {heard}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The numbers of what was heard.
fn numbers(heard: &Mutex<Vec<u8>>) -> Vec<i64> {
    let heard = heard.lock().expect("what is heard");
    let text = String::from_utf8_lossy(&heard);
    // The last line may be half there.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect()
}
