//! Logging in as a machine with states: a small model of it, written apart from the product, says what each action should
//! do in each state, and the real router is held to it. Every sequence of six actions is followed (those that lead to the
//! same state once), then long random ones. After each step the doors are tried: nothing opens without the factors.

use std::collections::{BTreeMap, VecDeque};

use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};
use serde_json::json;

use app::{
    auth::{
        accounts::{self, NewOrg},
        log_in::Browser,
        passkeys, recovery,
    },
    db::Access,
    ids::UserId,
};

use crate::{
    device::{self, Device, ceremony, forged},
    on_both,
    support::{Answer, PASSWORD, Site, code_at, codes_in, secret_in},
};

const DEPTH: usize = 6;
/// Fewer than are free, so that no wait comes in between.
const WRONG_TRIES: u32 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Session {
    None,
    OwesCode,
    OwesEnrolment,
    Full { confirmed: bool },
}

/// All that the next answer depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Model {
    session: Session,
    /// Has an authenticator app.
    app: bool,
    /// Has a passkey.
    passkey: bool,
    /// Has to have one.
    must: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    LogIn {
        right: bool,
    },
    Code {
        right: bool,
    },
    Enrol {
        right: bool,
    },
    Again {
        right: bool,
    },
    RemoveApp,
    AddPasskey,
    /// Logging in with it alone.
    PasskeyAlone {
        right: bool,
    },
    PasskeyCode {
        right: bool,
    },
    PasskeyAgain {
        right: bool,
    },
    RemovePasskey,
    NewCodes,
    ChangePassword,
    /// By a mailed link, or by one that nobody was mailed.
    Reset {
        right: bool,
    },
    EndOthers,
    LogOut,
    Wait,
}

const ACTIONS: [Action; 24] = [
    Action::LogIn { right: true },
    Action::LogIn { right: false },
    Action::Code { right: true },
    Action::Code { right: false },
    Action::Enrol { right: true },
    Action::Enrol { right: false },
    Action::Again { right: true },
    Action::Again { right: false },
    Action::RemoveApp,
    Action::AddPasskey,
    Action::PasskeyAlone { right: true },
    Action::PasskeyAlone { right: false },
    Action::PasskeyCode { right: true },
    Action::PasskeyCode { right: false },
    Action::PasskeyAgain { right: true },
    Action::PasskeyAgain { right: false },
    Action::RemovePasskey,
    Action::NewCodes,
    Action::ChangePassword,
    Action::Reset { right: true },
    Action::Reset { right: false },
    Action::EndOthers,
    Action::LogOut,
    Action::Wait,
];

impl Action {
    /// Once it is done, the token before is good for nothing: somebody else may have a copy. Who only shows again who they are has a
    /// moment left for requests on their way.
    fn replaces_the_token(self) -> bool {
        !matches!(self, Self::Again { .. } | Self::PasskeyAgain { .. } | Self::Wait)
    }
}

impl Model {
    fn factor(self) -> bool {
        self.app || self.passkey
    }

    /// What the action should answer, and what holds then.
    fn after(self, action: Action) -> (Option<u16>, Self) {
        use Session::{Full, None, OwesCode, OwesEnrolment};
        let with = |session| Self { session, ..self };
        // What takes having confirmed who one is.
        let confirmed = |done: (u16, Self)| match self.session {
            Full { confirmed: true } => done,
            Full { confirmed: false } => (403, self),
            None | OwesCode | OwesEnrolment => (401, self),
        };
        let in_full = |done: (u16, Self)| if matches!(self.session, Full { .. }) { done } else { (401, self) };
        let enrolled = Self { app: true, ..self };
        // Recovery codes come with the first factor; with another one they lead on.
        let added = if self.factor() { 302 } else { 200 };
        let (status, model) = match action {
            Action::Wait => {
                let full = matches!(self.session, Full { .. });
                return (Option::None, with(if full { Full { confirmed: false } } else { None }));
            }
            Action::LogIn { right: true } if self.factor() => (302, with(OwesCode)),
            Action::LogIn { right: true } if self.must => (302, with(OwesEnrolment)),
            Action::LogIn { right: true } => (302, with(Full { confirmed: true })),
            Action::Code { right } => match self.session {
                OwesCode if right => (302, with(Full { confirmed: true })),
                OwesCode => (422, self),
                None | OwesEnrolment | Full { .. } => (401, self),
            },
            Action::Enrol { right: true } if self.session == OwesEnrolment => {
                (200, Self { session: Full { confirmed: true }, ..enrolled })
            }
            Action::Enrol { right: false } if self.session == OwesEnrolment => (422, self),
            Action::Enrol { .. } if self.app => confirmed((409, self)),
            Action::Enrol { right } => confirmed(if right { (added, enrolled) } else { (422, self) }),
            Action::Again { right: false } => in_full((422, self)),
            Action::RemoveApp if !self.app => confirmed((404, self)),
            Action::RemoveApp if self.must && !self.passkey => confirmed((409, self)),
            Action::RemoveApp => confirmed((302, Self { app: false, ..self })),
            Action::AddPasskey if self.session == OwesEnrolment => {
                (200, Self { session: Full { confirmed: true }, passkey: true, ..self })
            }
            Action::AddPasskey => confirmed((added, Self { passkey: true, ..self })),
            Action::PasskeyAlone { right } if right && self.passkey => (302, with(Full { confirmed: true })),
            Action::PasskeyCode { right } => match self.session {
                OwesCode if !self.passkey => (409, self),
                OwesCode if right => (302, with(Full { confirmed: true })),
                _ => (401, self),
            },
            Action::PasskeyAgain { .. } if !self.passkey => in_full((409, self)),
            Action::Again { right: true } | Action::PasskeyAgain { right: true } => {
                in_full((302, with(Full { confirmed: true })))
            }
            Action::LogIn { right: false } | Action::PasskeyAlone { .. } | Action::PasskeyAgain { right: false } => {
                (401, self)
            }
            Action::RemovePasskey if !self.passkey => confirmed((404, self)),
            Action::RemovePasskey if self.must && !self.app => confirmed((409, self)),
            Action::RemovePasskey => confirmed((302, Self { passkey: false, ..self })),
            Action::NewCodes => confirmed((if self.factor() { 200 } else { 409 }, self)),
            Action::ChangePassword => confirmed((302, self)),
            // Whoever reads the mail is logged out like everybody else, and the second factor stays.
            Action::Reset { right: true } | Action::LogOut => (302, with(None)),
            Action::Reset { right: false } => (404, self),
            Action::EndOthers => in_full((302, with(None))),
        };
        (Some(status), model)
    }
}

/// Somebody at a browser.
struct Person<'s> {
    site: &'s Site,
    email: String,
    org: String,
    user: UserId,
    model: Model,
    cookie: Option<String>,
    codes: Vec<String>,
    device: Device,
    wrong: u32,
    path: Vec<Action>,
}

impl<'s> Person<'s> {
    async fn new(site: &'s Site, number: usize, must: bool) -> Self {
        let (email, org) = (format!("person{number}@example.com"), format!("org-of-{number}"));
        let user = accounts::create_user(&site.platform, &email, "Pat Person", PASSWORD).await.expect("a user");
        let new =
            NewOrg { slug: org.clone(), name: org.clone(), zone: "Australia/Perth".to_owned(), ..NewOrg::default() };
        accounts::create_org(&site.platform, &new, user, &[]).await.expect("an organisation");
        if must {
            accounts::require_factor(&site.platform, &email).await.expect("it is asked for");
        }
        let model = Model { session: Session::None, app: false, passkey: false, must };
        let (cookie, codes, device, path) = (None, Vec::new(), Device::default(), Vec::new());
        Self { site, email, org, user, model, cookie, codes, device, wrong: 0, path }
    }

    /// Does it, and holds the answer and the doors to the model.
    async fn act(&mut self, action: Action) {
        if self.follow(action).await {
            self.try_the_doors().await;
        }
    }

    /// Does it, and holds the answer to the model. What would only run into a wait, or has no code left, isn't done.
    async fn follow(&mut self, action: Action) -> bool {
        let guess = matches!(
            action,
            Action::LogIn { right: false } | Action::Code { right: false } | Action::Again { right: false }
        );
        let takes_code = action == Action::Code { right: true } || action == Action::Again { right: true };
        let taken = takes_code && self.model.factor() && self.codes.is_empty();
        // One passkey is enough.
        let another = action == Action::AddPasskey && self.model.passkey;
        if guess && self.wrong == WRONG_TRIES || taken || another {
            return false;
        }
        self.wrong += u32::from(guess);
        self.path.push(action);
        let (status, after) = self.model.after(action);
        let copy = self.cookie.clone();
        let answer = self.send(action).await;
        let got = answer.as_ref().map(|answer| answer.status.as_u16());
        assert_eq!(got, status, "{:?} in {:?}", self.path, self.model);
        self.model = after;
        if let Some(answer) = answer {
            let done = matches!(answer.status, StatusCode::OK | StatusCode::FOUND);
            if let Some(copy) = copy.filter(|_| done && action.replaces_the_token()) {
                assert!(answer.cookie().is_some_and(|cookie| cookie != copy), "another token: {:?}", self.path);
                let by_copy = self.site.get_as(&copy, "/account").await.status;
                assert_eq!(by_copy, StatusCode::UNAUTHORIZED, "a copy of the one before: {:?}", self.path);
            }
            if let Some(cookie) = answer.cookie() {
                self.cookie = Some(cookie).filter(|cookie| !cookie.ends_with('='));
            }
            let codes = codes_in(&answer.text);
            if !codes.is_empty() {
                self.codes = codes;
            }
        }
        true
    }

    async fn send(&mut self, action: Action) -> Option<Answer> {
        let post = async |path: &str, fields: &[(&str, &str)]| {
            Some(self.site.form(self.cookie.as_deref(), path, "/account", fields).await)
        };
        match action {
            Action::LogIn { right } => {
                let password = if right { PASSWORD } else { "not the password" };
                post("/fn/auth/log-in", &[("email", &self.email), ("password", password)]).await
            }
            Action::Code { right } => {
                let code = if right { self.codes.pop().unwrap_or_default() } else { "000000".to_owned() };
                let answer = post("/fn/auth/code", &[("code", if code.is_empty() { "111111" } else { &code })]).await;
                // Where it wasn't taken it is still good.
                if right && answer.as_ref().is_some_and(|answer| answer.status != StatusCode::FOUND) && !code.is_empty()
                {
                    self.codes.push(code);
                }
                answer
            }
            Action::Enrol { right } => {
                let page = if self.model.session == Session::OwesEnrolment {
                    "/login/set-up"
                } else {
                    "/account/second-factor"
                };
                let shown = self.page(page).await.text;
                let code = if right { self.app_code(&shown) } else { "000000".to_owned() };
                post("/fn/auth/confirm-enrolment", &[("code", &code)]).await
            }
            Action::Again { right } => {
                let code = if right && self.model.factor() && matches!(self.model.session, Session::Full { .. }) {
                    self.codes.pop().unwrap_or_default()
                } else {
                    String::new()
                };
                let password = if right { PASSWORD } else { "not the password" };
                post("/fn/auth/again", &[("password", password), ("code", &code)]).await
            }
            Action::RemoveApp => post("/fn/auth/remove-factor", &[]).await,
            Action::AddPasskey => {
                let mut device = Device::default();
                let cookie = self.cookie.clone().unwrap_or_default();
                let answer = device::add(self.site, &cookie, &mut device, "").await;
                // The one that is kept is the one that the site took.
                if answer.status == StatusCode::OK || answer.status == StatusCode::FOUND {
                    self.device = device;
                }
                Some(answer)
            }
            Action::PasskeyAlone { right } => Some(self.show("log_in", right).await),
            Action::PasskeyCode { right } => Some(self.show("code", right).await),
            Action::PasskeyAgain { right } => Some(self.show("again", right).await),
            Action::RemovePasskey => {
                let mut tx = self.site.platform.begin(Access::Read).await.expect("a transaction");
                let passkeys = passkeys::list(&mut tx, self.user).await.expect("the passkeys");
                tx.commit().await.expect("it ends");
                let id = passkeys.first().map_or_else(|| "none".to_owned(), |passkey| passkey.id.to_string());
                post("/fn/auth/passkey-remove", &[("id", &id)]).await
            }
            Action::NewCodes => post("/fn/auth/new-recovery-codes", &[]).await,
            Action::ChangePassword => post("/fn/auth/change-password", &[("password", PASSWORD)]).await,
            Action::Reset { right } => {
                let link = if right {
                    recovery::ask(&self.site.platform, &self.email, &Browser::default())
                        .await
                        .expect("it is asked for");
                    let letters = self.site.mailed().await;
                    let mut links = letters
                        .iter()
                        .filter(|letter| letter.to == self.email && letter.subject == "Reset your password");
                    links.next_back().and_then(|letter| letter.action.clone()).expect("a link").1
                } else {
                    format!("mail_{}", "A".repeat(43))
                };
                let token = link.rsplit('/').next().unwrap_or_default();
                post("/fn/auth/reset", &[("token", token), ("password", PASSWORD)]).await
            }
            Action::EndOthers => post("/fn/auth/log-out-everywhere", &[]).await,
            Action::LogOut => post("/fn/auth/log-out", &[]).await,
            Action::Wait => {
                let clock = &self.site.platform.clock;
                clock.set(clock.now().plus_seconds(11 * 60).timestamp());
                // When the session was used last is written down beside an answer.
                self.page("/account").await;
                tokio::time::sleep(std::time::Duration::from_millis(30)).await;
                None
            }
        }
    }

    /// Shows the passkey, or what only looks like its answer. Whoever never made one has a device that made one elsewhere.
    async fn show(&mut self, purpose: &str, right: bool) -> Answer {
        let cookie = self.cookie.clone();
        let asked = match ceremony(self.site, cookie.as_deref(), purpose).await {
            Ok(asked) => asked,
            Err(answer) => return answer,
        };
        let mut device = self.device.clone();
        if device.kept.is_none() {
            device.make(&unasked(self.user)).await;
        }
        let signed = device.sign(&asked.options).await;
        let answer = if right { signed } else { forged(&signed) };
        if self.device.kept.is_some() {
            self.device = device;
        }
        device::send(self.site, cookie.as_deref(), purpose, &asked.token, &answer).await
    }

    /// What opens, opens only to whom the model says.
    async fn try_the_doors(&self) {
        let settings = format!("/app/{}/settings", self.org);
        let full = matches!(self.model.session, Session::Full { .. });
        let factor_page = match self.model.session {
            Session::Full { confirmed: true } if self.model.app => 409,
            Session::Full { confirmed: true } => 200,
            // Who hasn't just shown who they are does so on the page first.
            Session::Full { confirmed: false } => 403,
            Session::None | Session::OwesCode | Session::OwesEnrolment => 401,
        };
        let inside = if full { 200 } else { 401 };
        for (path, status) in
            [(settings.as_str(), inside), ("/account", inside), ("/account/second-factor", factor_page)]
        {
            let answer = self.page(path).await;
            assert_eq!(answer.status.as_u16(), status, "{path} after {:?} in {:?}", self.path, self.model);
        }
    }

    async fn page(&self, path: &str) -> Answer {
        match &self.cookie {
            Some(cookie) => self.site.get_as(cookie, path).await,
            None => self.site.get(path).await,
        }
    }

    /// What the app shows for the secret on this page; a made-up code where there is none.
    fn app_code(&self, page: &str) -> String {
        if !page.contains("class=\"secret\"") {
            return "123456".to_owned();
        }
        code_at(&secret_in(page), &self.site.platform.clock.now().to_string())
    }
}

/// Every sequence of six actions, those that lead to the same state followed once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sequence_of_six_actions_keeps_to_the_model() {
    let site = Site::sqlite().await;
    let (mut people, mut steps) = (0, 0);
    for must in [false, true] {
        let start = Model { session: Session::None, app: false, passkey: false, must };
        let mut ways: BTreeMap<Model, Vec<Action>> = BTreeMap::from([(start, Vec::new())]);
        let mut open = VecDeque::from([start]);
        while let Some(model) = open.pop_front() {
            let way = ways[&model].clone();
            if way.len() == DEPTH {
                continue;
            }
            for action in ACTIONS {
                people += 1;
                let mut person = Person::new(&site, people, must).await;
                // The doors on this way were tried when it was found.
                for step in &way {
                    person.follow(*step).await;
                }
                person.act(action).await;
                steps += way.len() + 1;
                assert_eq!(person.model, model.after(action).1);
                ways.entry(person.model).or_insert_with(|| {
                    open.push_back(person.model);
                    person.path.clone()
                });
            }
        }
        // Without a factor: nobody, in, and in and confirmed; or, who has to have one, nobody and owing it. With an app, a
        // passkey, or both: nobody, owing a code, in, and in and confirmed.
        assert_eq!(ways.len(), if must { 2 } else { 3 } + 3 * 4, "{:?}", ways.keys().collect::<Vec<_>>());
    }
    assert!(steps > 500, "only {steps} steps");
}

on_both! {
    /// Long random sequences keep to the model, too.
    async fn long_sequences_keep_to_the_model(site: Site) {
        let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        for number in 0..6 {
            let mut person = Person::new(&site, number, number % 2 == 1).await;
            for _ in 0..40 {
                let action = ACTIONS[random.next_u32() as usize % ACTIONS.len()];
                person.act(action).await;
            }
        }
    }
}

/// What a site would ask that never kept the passkey.
fn unasked(user: UserId) -> String {
    json!({
        "rp": { "id": "localhost", "name": "Devalo" },
        "user": { "id": URL_SAFE_NO_PAD.encode(user.0), "name": "pat", "displayName": "Pat" },
        "challenge": URL_SAFE_NO_PAD.encode([7; 32]),
        "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
    })
    .to_string()
}
