use std::{
    collections::{HashMap, VecDeque},
    io::Write as _,
    sync::Mutex,
};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::*;

/// A name for each of these; asked again, the next answer, and the last from then on.
#[derive(Debug, Default)]
struct Fake(Mutex<HashMap<String, VecDeque<Vec<IpAddr>>>>);

impl Fake {
    fn with(self, host: &str, answers: &[&[&str]]) -> Self {
        let answers = answers.iter().map(|answer| answer.iter().map(|address| address.parse().unwrap()).collect());
        self.0.lock().unwrap().insert(host.to_owned(), answers.collect());
        self
    }
}

impl Lookup for Fake {
    fn lookup<'l>(&'l self, host: &'l str) -> BoxFuture<'l, std::io::Result<Vec<IpAddr>>> {
        let mut names = self.0.lock().unwrap();
        let answer = names
            .get_mut(host)
            .and_then(|answers| if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() });
        Box::pin(async move { answer.ok_or_else(|| std::io::Error::other("no such name")) })
    }
}

/// Stands for the internet in these tests: an address of this machine that nothing else is at.
const OUTSIDE: &str = "127.0.0.2";

fn fetcher(names: Fake) -> Fetcher {
    Fetcher::with(Allowance::of(vec![OUTSIDE.parse().unwrap()]), Arc::new(names)).unwrap()
}

fn strict(names: Fake) -> Fetcher {
    Fetcher::with(Allowance::none(), Arc::new(names)).unwrap()
}

fn limits() -> Limits {
    Limits { within: Duration::from_secs(5), body: 100_000, redirects: 3 }
}

/// A server that answers each request, which it is given, with what `answer` makes of it; the port it is on.
async fn serve<A, F>(answer: A) -> u16
where
    A: Fn(String, TcpStream) -> F + Send + Sync + Clone + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((OUTSIDE, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let (mut request, mut piece) = (Vec::new(), [0; 4096]);
                while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                    match stream.read(&mut piece).await {
                        Ok(length @ 1..) => request.extend_from_slice(&piece[..length]),
                        _ => return,
                    }
                }
                answer(String::from_utf8_lossy(&request).into_owned(), stream).await;
            });
        }
    });
    port
}

async fn says(answer: &'static str) -> u16 {
    serve(move |_, mut stream: TcpStream| async move {
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await
}

async fn serves(head: &'static str, body: Vec<u8>) -> u16 {
    serve(move |_, mut stream: TcpStream| {
        let body = body.clone();
        async move {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{head}\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
    })
    .await
}

async fn get(fetcher: &Fetcher, url: &str) -> Result<Fetched, FetchRefusal> {
    fetcher.fetch(url, &Version::default(), limits()).await
}

fn there() -> Fake {
    Fake::default().with("feeds.example", &[&[OUTSIDE]])
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn no_special_address_is_public() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "192.175.48.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "2002:808:808::1",
        "2620:4f:8000::1",
        "3fff::1",
        "3fff:fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "126.1.1.1",
        "128.0.0.1",
        "169.253.0.1",
        "172.15.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "192.167.1.1",
        "192.169.1.1",
        "198.17.1.1",
        "198.20.1.1",
        "203.0.112.1",
        "223.255.255.255",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "2a00:1450::1",
        "2400:cb00::1",
    ] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn what_is_typed_is_judged_before_anybody_is_asked() {
    let fetcher = strict(Fake::default());
    for (typed, refusal) in [
        ("", FetchRefusal::NotAnAddress),
        ("feed", FetchRefusal::NotAnAddress),
        ("/feed.ics", FetchRefusal::NotAnAddress),
        ("file:///etc/passwd", FetchRefusal::NotAnAddress),
        ("ftp://feeds.example/a", FetchRefusal::NotAnAddress),
        ("gopher://feeds.example/", FetchRefusal::NotAnAddress),
        ("javascript:alert(1)", FetchRefusal::NotAnAddress),
        ("https://feeds.example/a\r\nHost: b", FetchRefusal::NotAnAddress),
        ("http://feeds.example/a", FetchRefusal::Unencrypted),
        ("https://me:secret@feeds.example/a", FetchRefusal::Credentials),
        ("https://me@feeds.example/a", FetchRefusal::Credentials),
        ("https://feeds.example:22/a", FetchRefusal::Port),
        ("https://feeds.example:5432/a", FetchRefusal::Port),
        ("https://127.0.0.1/", FetchRefusal::NotPublic),
        ("https://127.1/", FetchRefusal::NotPublic),
        ("https://2130706433/", FetchRefusal::NotPublic),
        ("https://0x7f.0.0.1/", FetchRefusal::NotPublic),
        ("https://0177.0.0.1/", FetchRefusal::NotPublic),
        ("https://[::1]/", FetchRefusal::NotPublic),
        ("https://[::ffff:10.0.0.1]/", FetchRefusal::NotPublic),
        ("https://[64:ff9b::a00:1]/", FetchRefusal::NotPublic),
        ("https://169.254.169.254/latest/meta-data/", FetchRefusal::NotPublic),
        ("webcal://10.0.0.1/a.ics", FetchRefusal::NotPublic),
    ] {
        assert_eq!(fetcher.check(typed), Err(refusal), "{typed}");
    }
    assert_eq!(fetcher.check(&format!("https://a.example/{}", "x".repeat(3000))), Err(FetchRefusal::NotAnAddress));
    for (typed, written) in [
        (" https://feeds.example/a.ics#top ", "https://feeds.example/a.ics"),
        ("webcal://feeds.example/a.ics", "https://feeds.example/a.ics"),
        ("WEBCAL://Feeds.Example/a.ics", "https://feeds.example/a.ics"),
        ("https://feeds.example:8443/a", "https://feeds.example:8443/a"),
        ("https://feeds.example:80/a", "https://feeds.example:80/a"),
        ("https://8.8.8.8/a", "https://8.8.8.8/a"),
    ] {
        assert_eq!(fetcher.check(typed).map(String::from), Ok(written.to_owned()), "{typed}");
    }
}

#[test]
fn no_words_tell_of_our_network() {
    let inside = FetchRefusal::NotPublic.to_string();
    assert_eq!(inside, FetchRefusal::UnknownName.to_string());
    assert_eq!(inside, FetchRefusal::Unreachable.to_string());
}

#[tokio::test]
async fn names_that_lead_inside_are_refused() {
    for address in
        ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:192.168.0.1", "64:ff9b::7f00:1", "fd00::1"]
    {
        let fetcher = strict(Fake::default().with("feeds.example", &[&[address]]));
        assert_eq!(get(&fetcher, "https://feeds.example/").await, Err(FetchRefusal::NotPublic), "{address}");
        let posted = fetcher
            .send("https://feeds.example/", Method::POST, HeaderMap::new(), Bytes::from_static(b"{}"), limits())
            .await;
        assert_eq!(posted, Err(FetchRefusal::NotPublic), "{address}");
    }
    // One among others is enough.
    let fetcher = strict(Fake::default().with("feeds.example", &[&["8.8.8.8", "10.0.0.1"]]));
    assert_eq!(get(&fetcher, "https://feeds.example/").await, Err(FetchRefusal::NotPublic));
    let fetcher = strict(Fake::default().with("empty.example", &[&[]]));
    assert_eq!(get(&fetcher, "https://feeds.example/").await, Err(FetchRefusal::UnknownName));
    assert_eq!(get(&fetcher, "https://empty.example/").await, Err(FetchRefusal::UnknownName));
}

#[tokio::test]
async fn the_machine_s_own_names_are_refused() {
    let fetcher = Fetcher::new(Allowance::none()).unwrap();
    assert_eq!(get(&fetcher, "https://localhost/").await, Err(FetchRefusal::NotPublic));
}

#[tokio::test]
async fn a_file_is_fetched_and_not_again_while_it_stays() {
    let port = serve(|request, mut stream: TcpStream| async move {
        assert!(request.to_lowercase().contains("user-agent: devalo/"), "{request}");
        assert!(!request.to_lowercase().contains("cookie"), "{request}");
        let known = request.to_lowercase().contains("if-none-match: \"one\"");
        let answer = if known {
            "HTTP/1.1 304 Not Modified\r\nETag: \"one\"\r\n\r\n"
        } else {
            "HTTP/1.1 200 OK\r\nETag: \"one\"\r\nLast-Modified: Mon, 23 Nov 2026 00:00:00 GMT\r\nSet-Cookie: a=b\r\nContent-Length: 5\r\n\r\nhello"
        };
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let fetcher = fetcher(there());
    let url = format!("http://feeds.example:{port}/a.ics");
    let Ok(Fetched::Body(body)) = get(&fetcher, &url).await else { panic!("no body") };
    assert_eq!(body.bytes, b"hello");
    assert_eq!(body.version.tag.as_deref(), Some("\"one\""));
    assert_eq!(body.version.modified.as_deref(), Some("Mon, 23 Nov 2026 00:00:00 GMT"));
    assert_eq!(fetcher.fetch(&url, &body.version, limits()).await, Ok(Fetched::Unchanged));
}

#[tokio::test]
async fn an_answer_that_is_none_is_told() {
    for (answer, status) in [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404),
        ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", 401),
        ("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", 500),
        // Nothing was known that it could be the same as.
        ("HTTP/1.1 304 Not Modified\r\n\r\n", 304),
    ] {
        let port = says(answer).await;
        let got = get(&fetcher(there()), &format!("http://feeds.example:{port}/")).await;
        assert_eq!(got, Err(FetchRefusal::Status(status)));
    }
    let port = says("nonsense\r\n\r\n").await;
    let got = get(&fetcher(there()), &format!("http://feeds.example:{port}/")).await;
    assert_eq!(got, Err(FetchRefusal::Unreachable));
}

#[tokio::test]
async fn redirects_are_followed_three_times_and_checked_each_time() {
    let port = serve(|request, mut stream: TcpStream| async move {
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let to = match path.as_str() {
            "/3" => "/2",
            "/2" => "/1",
            "/1" => "/0",
            "/4" => "/3",
            "/loop" => "/loop",
            "/inside" => "http://10.0.0.1/",
            "/machine" => "http://127.0.0.1/",
            "/name" => "http://inside.example/",
            "/file" => "file:///etc/passwd",
            "/secret" => "http://me:secret@feeds.example/",
            _ => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nend").await;
                return;
            }
        };
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let fetcher = fetcher(there().with("inside.example", &[&["192.168.1.1"]]));
    let at = |path: &str| format!("http://feeds.example:{port}{path}");
    assert!(matches!(get(&fetcher, &at("/3")).await, Ok(Fetched::Body(body)) if body.bytes == b"end"));
    assert_eq!(get(&fetcher, &at("/4")).await, Err(FetchRefusal::TooManyRedirects));
    assert_eq!(get(&fetcher, &at("/loop")).await, Err(FetchRefusal::TooManyRedirects));
    for path in ["/inside", "/machine", "/name"] {
        assert_eq!(get(&fetcher, &at(path)).await, Err(FetchRefusal::NotPublic), "{path}");
    }
    assert_eq!(get(&fetcher, &at("/file")).await, Err(FetchRefusal::NotAnAddress));
    assert_eq!(get(&fetcher, &at("/secret")).await, Err(FetchRefusal::Credentials));
    // What is sent stays with whom it was for.
    let posted =
        fetcher.send(&at("/3"), Method::POST, HeaderMap::new(), Bytes::from_static(b"{}"), Limits::MESSAGE).await;
    assert_eq!(posted.map(|answer| answer.status), Ok(302));
}

#[tokio::test]
async fn a_name_that_changes_its_mind_leads_nowhere() {
    let port = serve(|_, mut stream: TcpStream| async move {
        let _ = stream.write_all(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n").await;
    })
    .await;
    let fetcher = fetcher(Fake::default().with("feeds.example", &[&[OUTSIDE], &["127.0.0.1"]]));
    // The second question is answered with this machine, where something may well listen.
    assert_eq!(get(&fetcher, &format!("http://feeds.example:{port}/")).await, Err(FetchRefusal::NotPublic));
}

#[tokio::test]
async fn a_server_that_dawdles_is_left() {
    let port = serve(|_, mut stream: TcpStream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await;
        for _ in 0..200 {
            if stream.write_all(b"x").await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    let silent = serve(|_, stream: TcpStream| async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        drop(stream);
    })
    .await;
    let fetcher = fetcher(there());
    let short = Limits { within: Duration::from_millis(400), ..limits() };
    for port in [port, silent] {
        let url = format!("http://feeds.example:{port}/");
        assert_eq!(fetcher.fetch(&url, &Version::default(), short).await, Err(FetchRefusal::TooSlow));
    }
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let port = serve(|_, mut stream: TcpStream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(4096));
        while stream.write_all(chunk.as_bytes()).await.is_ok() {}
    })
    .await;
    let fetcher = fetcher(there());
    let url = format!("http://feeds.example:{port}/");
    assert_eq!(get(&fetcher, &url).await, Err(FetchRefusal::TooLarge));
    // Of an answer the beginning is enough.
    let answer = fetcher.send(&url, Method::POST, HeaderMap::new(), Bytes::from_static(b"{}"), Limits::MESSAGE).await;
    assert_eq!(answer.map(|answer| (answer.status, answer.beginning.len())), Ok((200, Limits::MESSAGE.body)));
}

#[tokio::test]
async fn what_is_packed_is_unpacked_within_the_limit() {
    let fetcher = fetcher(there());
    let text = "a line, and another\r\n".repeat(500);
    let port = serves("Content-Encoding: gzip\r\n", packed(text.as_bytes())).await;
    let got = get(&fetcher, &format!("http://feeds.example:{port}/")).await;
    assert!(matches!(got, Ok(Fetched::Body(body)) if body.bytes == text.as_bytes()));

    // Twenty megabytes in twenty thousand bytes.
    let bomb = packed(&vec![0; 20 << 20]);
    assert!(bomb.len() < limits().body);
    let port = serves("Content-Encoding: gzip\r\n", bomb).await;
    assert_eq!(get(&fetcher, &format!("http://feeds.example:{port}/")).await, Err(FetchRefusal::TooLarge));

    let mut broken = packed(text.as_bytes());
    broken.truncate(broken.len() / 2);
    for (head, body) in [
        ("Content-Encoding: gzip\r\n", broken),
        ("Content-Encoding: gzip\r\n", b"not packed at all".to_vec()),
        ("Content-Encoding: br\r\n", b"whatever".to_vec()),
    ] {
        let port = serves(head, body).await;
        assert_eq!(get(&fetcher, &format!("http://feeds.example:{port}/")).await, Err(FetchRefusal::Garbled), "{head}");
    }
}

#[tokio::test]
async fn a_message_is_sent_with_its_headers_and_none_of_the_connection_s() {
    let port = serve(|request, mut stream: TcpStream| async move {
        let request = request.to_lowercase();
        let good = request.starts_with("post /hook")
            && request.contains("webhook-signature: v1,abc")
            && request.contains("content-length: 2\r\n")
            && request.contains("host: feeds.example")
            && !request.contains("evil.example")
            && !request.contains("cookie");
        let answer = if good {
            "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"
        } else {
            "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n"
        };
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let mut headers = HeaderMap::new();
    for (name, value) in
        [("webhook-signature", "v1,abc"), ("host", "evil.example"), ("cookie", "a=b"), ("content-length", "999")]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let answer = fetcher(there())
        .send(
            &format!("http://feeds.example:{port}/hook"),
            Method::POST,
            headers,
            Bytes::from_static(b"{}"),
            Limits::MESSAGE,
        )
        .await;
    assert_eq!(answer, Ok(Answer { status: 202, beginning: b"ok".to_vec() }));
}

proptest! {
    #[test]
    fn an_ipv4_address_inside_another_is_never_public(bits in any::<u32>()) {
        let [a, b] = [bits >> 16, bits & 0xffff].map(|half| u16::try_from(half).unwrap());
        for address in [
            Ipv4Addr::from(bits).to_ipv6_mapped(),
            Ipv4Addr::from(bits).to_ipv6_compatible(),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a, b),
            Ipv6Addr::new(0x2002, a, b, 0, 0, 0, 0, 1),
            Ipv6Addr::new(0x2001, 0, a, b, 0, 0, 0, 0),
        ] {
            prop_assert!(!is_public(IpAddr::V6(address)), "{}", address);
        }
    }

    #[test]
    fn what_the_standard_library_calls_special_is(bits in any::<u32>()) {
        let address = Ipv4Addr::from(bits);
        let special = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_broadcast()
            || address.is_documentation() || address.is_multicast() || address.is_unspecified();
        prop_assert!(!special || !is_public(IpAddr::V4(address)));
    }

    #[test]
    fn nothing_that_is_typed_panics(typed in any::<String>()) {
        let _ = strict(Fake::default()).check(&typed);
    }
}
