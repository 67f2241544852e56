//! Logging in as a machine with states: a small model of it, written apart from the product, says what each action should
//! do in each state, and the real router is held to it. Every sequence of six actions is followed (those that lead to the
//! same state once), then long random ones. After each step the doors are tried: nothing opens without the factors.

use std::collections::{BTreeMap, VecDeque};

use axum::http::StatusCode;
use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};
use totp_rs::{Builder, Secret};

use app::auth::{
    accounts::{self, NewOrg},
    log_in::Browser,
    recovery,
};

use crate::{
    on_both,
    support::{Answer, PASSWORD, Site},
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
    /// Has a second factor.
    factor: bool,
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
    RemoveFactor,
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

const ACTIONS: [Action; 16] = [
    Action::LogIn { right: true },
    Action::LogIn { right: false },
    Action::Code { right: true },
    Action::Code { right: false },
    Action::Enrol { right: true },
    Action::Enrol { right: false },
    Action::Again { right: true },
    Action::Again { right: false },
    Action::RemoveFactor,
    Action::NewCodes,
    Action::ChangePassword,
    Action::Reset { right: true },
    Action::Reset { right: false },
    Action::EndOthers,
    Action::LogOut,
    Action::Wait,
];

impl Model {
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
        let enrolled = Self { factor: true, ..self };
        let (status, model) = match action {
            Action::Wait => {
                let full = matches!(self.session, Full { .. });
                return (Option::None, with(if full { Full { confirmed: false } } else { None }));
            }
            Action::LogIn { right: false } => (401, self),
            Action::LogIn { right: true } if self.factor => (302, with(OwesCode)),
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
            Action::Enrol { .. } if self.factor => confirmed((409, self)),
            Action::Enrol { right } => confirmed(if right { (200, enrolled) } else { (422, self) }),
            Action::Again { right: true } => in_full((302, with(Full { confirmed: true }))),
            Action::Again { right: false } => in_full((422, self)),
            Action::RemoveFactor if self.must => confirmed((409, self)),
            Action::RemoveFactor => confirmed((302, Self { factor: false, ..self })),
            Action::NewCodes => confirmed((if self.factor { 200 } else { 409 }, self)),
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
    model: Model,
    cookie: Option<String>,
    codes: Vec<String>,
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
        let model = Model { session: Session::None, factor: false, must };
        Self { site, email, org, model, cookie: None, codes: Vec::new(), wrong: 0, path: Vec::new() }
    }

    /// Does it, and holds the answer and the doors to the model. What would only run into a wait, or has no code left,
    /// isn't done.
    async fn act(&mut self, action: Action) {
        let guess = matches!(
            action,
            Action::LogIn { right: false } | Action::Code { right: false } | Action::Again { right: false }
        );
        let takes_code = action == Action::Code { right: true } || action == Action::Again { right: true };
        if guess && self.wrong == WRONG_TRIES || takes_code && self.model.factor && self.codes.is_empty() {
            return;
        }
        self.wrong += u32::from(guess);
        self.path.push(action);
        let (status, after) = self.model.after(action);
        let answer = self.send(action).await;
        let got = answer.as_ref().map(|answer| answer.status.as_u16());
        assert_eq!(got, status, "{:?} in {:?}", self.path, self.model);
        self.model = after;
        if let Some(answer) = answer {
            if let Some(cookie) = answer.cookie() {
                self.cookie = Some(cookie).filter(|cookie| !cookie.ends_with('='));
            }
            let codes = codes_in(&answer.text);
            if !codes.is_empty() {
                self.codes = codes;
            }
        }
        self.try_the_doors().await;
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
                let code = if right && self.model.factor && matches!(self.model.session, Session::Full { .. }) {
                    self.codes.pop().unwrap_or_default()
                } else {
                    String::new()
                };
                let password = if right { PASSWORD } else { "not the password" };
                post("/fn/auth/again", &[("password", password), ("code", &code)]).await
            }
            Action::RemoveFactor => post("/fn/auth/remove-factor", &[]).await,
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
                        .filter(|letter| letter.to == self.email && letter.subject.starts_with("Set another"));
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

    /// What opens, opens only to whom the model says.
    async fn try_the_doors(&self) {
        let settings = format!("/app/{}/settings", self.org);
        let full = matches!(self.model.session, Session::Full { .. });
        let factor_page = match self.model.session {
            Session::Full { confirmed: true } if self.model.factor => 409,
            // Where the set-up is owed it is that step, by its other address.
            Session::Full { confirmed: true } | Session::OwesEnrolment => 200,
            Session::Full { confirmed: false } => 403,
            Session::None | Session::OwesCode => 401,
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
        let secret = page.split("class=\"secret\"><code>").nth(1).and_then(|rest| rest.split('<').next());
        let Some(secret) = secret else { return "123456".to_owned() };
        let secret = Secret::try_from_base32(secret.replace(' ', "")).expect("a secret");
        let now = self.site.platform.clock.now().timestamp().as_second();
        let app = Builder::new().with_secret(secret).build().expect("an app");
        app.generate(u64::try_from(now).expect("after 1970")).to_string()
    }
}

/// Every sequence of six actions, those that lead to the same state followed once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sequence_of_six_actions_keeps_to_the_model() {
    let site = Site::sqlite().await;
    let (mut people, mut steps) = (0, 0);
    for must in [false, true] {
        let start = Model { session: Session::None, factor: false, must };
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
                for step in way.iter().chain([&action]) {
                    person.act(*step).await;
                    steps += 1;
                }
                assert_eq!(person.model, model.after(action).1);
                ways.entry(person.model).or_insert_with(|| {
                    open.push_back(person.model);
                    person.path.clone()
                });
            }
        }
        // Without a factor: nobody, in, and in and confirmed; or, who has to have one, nobody and owing it. With one:
        // nobody, owing a code, in, and in and confirmed.
        assert_eq!(ways.len(), if must { 6 } else { 7 }, "{:?}", ways.keys().collect::<Vec<_>>());
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

fn codes_in(page: &str) -> Vec<String> {
    page.split("<li><code>").skip(1).filter_map(|rest| rest.split('<').next().map(str::to_owned)).collect()
}
