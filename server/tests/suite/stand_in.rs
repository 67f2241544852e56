//! The stand-in for Stripe as tests use it: a process of its own, `end2end/stripe`, that ends with its test.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use super::statements::root;

const KEY: &str = "sk_test_suite";
const SECRET: &str = "whsec_suite";

/// A stand-in, and how to reach it.
pub struct StandIn {
    /// Where its API is.
    pub base: String,
    /// The key that it takes.
    pub key: &'static str,
    /// What its webhooks are signed with.
    pub secret: &'static str,
    child: Child,
}

/// What it answers.
pub struct Said {
    pub status: u16,
    /// Where to, if it leads on.
    pub location: Option<String>,
    pub body: String,
}

impl StandIn {
    /// Starts one whose clock stands at this second until it is moved. It delivers nothing: [`Self::signed`] has its events.
    pub fn start(now: i64) -> Self {
        let mut child = Command::new("node")
            .arg(root().join("end2end/stripe/server.mjs"))
            .args(["--secret-key", KEY, "--webhook-secret", SECRET, "--parent", &std::process::id().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs: scripts/setup --for test");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let base = line.trim().strip_prefix("stripe stand-in at ").expect("its address").to_owned();
        let stand_in = Self { base, key: KEY, secret: SECRET, child };
        stand_in.control("clock", &json!({ "set": now, "frozen": true }));
        stand_in.control("settings", &json!({ "signing_time": "clock" }));
        stand_in
    }

    /// Asks its control API to do something (`end2end/stripe/control.mjs`).
    pub fn control(&self, path: &str, body: &Value) -> Value {
        let said = self.ask("POST", &format!("/_control/{path}"), "application/json", &body.to_string());
        assert_eq!(said.status, 200, "{path}: {}", said.body);
        serde_json::from_str(&said.body).expect("JSON")
    }

    /// Asks its control API how something is.
    pub fn look(&self, path: &str) -> Value {
        let said = self.ask("GET", &format!("/_control/{path}"), "application/json", "");
        assert_eq!(said.status, 200, "{path}: {}", said.body);
        serde_json::from_str(&said.body).expect("JSON")
    }

    /// Posts a form, to its API or to one of its pages, as Stripe’s clients and browsers do.
    pub fn form(&self, path: &str, form: &str) -> Said {
        self.form_of("", path, form)
    }

    /// The same for somebody’s own account.
    pub fn form_of(&self, account: &str, path: &str, form: &str) -> Said {
        let kind = "application/x-www-form-urlencoded";
        let kind = if account.is_empty() { kind.to_owned() } else { format!("{kind}\r\nstripe-account: {account}") };
        self.ask("POST", path.strip_prefix(&self.base).unwrap_or(path), &kind, form)
    }

    /// All its events, oldest first: the text and the signature of each.
    pub fn signed(&self) -> Vec<(String, String)> {
        let events = self.look("webhooks/signed");
        let text = |event: &Value, name: &str| event[name].as_str().expect("text").to_owned();
        events["events"]
            .as_array()
            .expect("events")
            .iter()
            .map(|event| (text(event, "payload"), text(event, "signature")))
            .collect()
    }

    fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> Said {
        let host = self.base.strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(host).expect("it listens");
        // HTTP/1.0: the answer is whole, and ends with the connection.
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nhost: {host}\r\nauthorization: Bearer {KEY}\r\nx-control: 1\r\ncontent-type: {kind}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let location = head.lines().find_map(|line| line.strip_prefix("location: ")).map(str::to_owned);
        Said { status, location, body: body.to_owned() }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        // It is gone already, or goes now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// It sells a trial, its clock goes on to the first payment, and each event comes with a signature of that time.
#[test]
fn the_stand_in_lives_through_a_trial() {
    let now = 1_800_000_000;
    let stripe = StandIn::start(now);
    assert!(stripe.key.starts_with("sk_test_") && stripe.secret.starts_with("whsec_"));
    let made = |path: &str, form: &str| -> Value {
        let said = stripe.form(path, form);
        assert_eq!(said.status, 200, "{}", said.body);
        serde_json::from_str(&said.body).expect("JSON")
    };
    let customer = made("/v1/customers", "name=Fern&metadata[org]=7");
    made("/v1/products", "id=team&name=Team");
    let price = made("/v1/prices", "product=team&currency=aud&unit_amount=7900&recurring[interval]=month");
    let session = made(
        "/v1/checkout/sessions",
        &format!(
            "mode=subscription&customer={}&line_items[0][price]={}&line_items[0][quantity]=1&\
             subscription_data[trial_period_days]=14&success_url=http://localhost/done?s={{CHECKOUT_SESSION_ID}}",
            customer["id"].as_str().expect("an id"),
            price["id"].as_str().expect("an id"),
        ),
    );
    let page = stripe.form(session["url"].as_str().expect("a page"), "card_number=4242424242424242");
    assert_eq!(page.status, 303);
    let id = session["id"].as_str().expect("an id");
    assert_eq!(page.location, Some(format!("http://localhost/done?s={id}")));
    stripe.control("clock", &json!({ "days": 15 }));
    let charges = stripe.look("objects/charge");
    assert_eq!(charges["objects"].as_array().map(Vec::len), Some(1));
    assert_eq!(charges["objects"][0]["amount"], 7900);
    let events = stripe.signed();
    let types: Vec<Value> = events
        .iter()
        .map(|(payload, _)| serde_json::from_str::<Value>(payload).expect("JSON")["type"].clone())
        .collect();
    for wanted in ["checkout.session.completed", "customer.subscription.trial_will_end", "invoice.paid"] {
        assert!(types.iter().any(|kind| kind == wanted), "{wanted}: {types:?}");
    }
    let then = now + 15 * 24 * 60 * 60;
    assert!(events.iter().all(|(_, signature)| signature.starts_with(&format!("t={then},v1="))));
}
