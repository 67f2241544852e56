//! The product under test: the real router on a fresh database, a clock that stands still, two businesses.

use std::sync::{Arc, Mutex};

use app::{
    audit::Detail,
    auth::{
        accounts::{self, NewOrg},
        password, recovery, session,
    },
    billing::terms::{self, Terms},
    clock::Clock,
    crypto::Keyring,
    db::{Access, Db},
    demo,
    ids::{OrgId, UserId},
    links::LinkSigner,
    mail::{self, Letter, Mailing, post::Postman},
    modules::{MIGRATIONS, MODULES},
    org::{Actor, OrgRef, OrgTx, Role},
    packed::Packing,
    people::members,
    permissions,
    platform::Platform,
    platform_sql,
    ui::forgery,
};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use jiff::Timestamp;
use leptos::{prelude::LeptosOptions, server_fn::Decodes};
use serde_json::{Value, json};
use tempfile::TempDir;
use totp_rs::{Builder, Secret};
use tower::ServiceExt;

use crate::once_a_run;

/// Monday 23 November 2026, 9:00 am in Sydney.
pub const NOW: &str = "2026-11-22T22:00:00Z";
pub const ORIGIN: &str = "http://localhost:3000";
const FORM: &str = "application/x-www-form-urlencoded";
pub const PASSWORD: &str = "a long and quiet password";

/// Runs a test on both databases.
#[macro_export]
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident($site:ident: Site) $body:block)*) => {$(
        $(#[$doc])*
        async fn $name($site: $crate::support::Site) $body
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::support::Site::sqlite().await).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::support::Site::postgres().await).await;
            }
        }
    )*};
}

/// A running product with two businesses: `alpha` and `beta`, each with an owner and the demo's services.
pub struct Site {
    pub platform: Platform,
    pub router: Router,
    pub url: String,
    pub alpha: OrgId,
    pub beta: OrgId,
    letters: Letters,
    folder: Option<TempDir>,
}

/// What was mailed.
type Letters = Arc<Mutex<Vec<Mailing>>>;

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text))
    }

    /// The fields that a problem document names.
    pub fn fields(&self) -> Vec<String> {
        let json = self.json();
        let errors = json["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|error| error["field"].as_str().map(str::to_owned)).collect()
    }

    /// The session that the answer begins.
    pub fn cookie(&self) -> Option<String> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        lines
            .filter_map(|line| line.split(';').next())
            .find(|pair| pair.starts_with("devalo_session="))
            .map(str::to_owned)
    }

    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What the pages have ticked from the start in forms about somebody's modules: all of them.
fn ticked(path: &str, fields: &[(&str, &str)]) -> Vec<(String, &'static str)> {
    const FORMS: [&str; 2] = ["/fn/people/change", "/fn/people/invite"];
    if !FORMS.contains(&path) || fields.iter().any(|(name, _)| name.starts_with("modules")) {
        return Vec::new();
    }
    MODULES.iter().enumerate().map(|(at, module)| (format!("modules[{at}]"), module.name())).collect()
}

/// Where files are kept: beside the database; those of PostgreSQL's where all processes of a test find them.
fn files_of(folder: Option<&TempDir>, url: &str) -> std::path::PathBuf {
    let name = url.split('?').next().and_then(|address| address.rsplit('/').next()).unwrap_or_default();
    let apart = || std::env::temp_dir().join("devalo-tests-files").join(name);
    folder.map_or_else(apart, |folder| folder.path().join("files"))
}

impl Site {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("devalo.db");
        let url = format!("sqlite://{}", file.display());
        tokio::task::spawn_blocking(move || std::fs::copy(sqlite_template(), file))
            .await
            .expect("a copy")
            .expect("a copy");
        Self::filled(url, Some(folder)).await
    }

    pub async fn postgres() -> Self {
        let url = tokio::task::spawn_blocking(crate::postgres::database_with_businesses).await.expect("a database");
        Self::filled(url, None).await
    }

    /// On this empty database, at the machine’s own time: what the program itself goes on with.
    pub async fn of_today(url: String) -> Self {
        let platform = platform_on(migrated(&url).await, Clock::system().now().timestamp());
        let (alpha, beta) = fill(&platform).await;
        Self::around(platform, url, None, (alpha, beta)).await
    }

    /// On this copy of a template.
    async fn filled(url: String, folder: Option<TempDir>) -> Self {
        let platform = platform_on(connected(&url).await, now());
        let mut tx = platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let mut both = Vec::new();
        for slug in ["alpha", "beta"] {
            let found = platform_sql!(one(OrgId,), &mut tx, "SELECT id FROM organisations WHERE slug = $1", slug);
            both.push(found.expect("a business").0);
        }
        tx.rollback().await.expect("read");
        Self::around(platform, url, folder, (both[0], both[1])).await
    }

    async fn around(platform: Platform, url: String, folder: Option<TempDir>, (alpha, beta): (OrgId, OrgId)) -> Self {
        platform.files.keep_in(files_of(folder.as_ref(), &url));
        platform.ensure_platform_key().await.expect("the platform's key");
        let letters = Letters::default();
        platform.mail.deliver_by(Postman::Kept(Arc::clone(&letters)));
        let router = router(&platform);
        Self { platform, router, url, alpha, beta, letters, folder }
    }

    /// Has the outbox emptied, and gives what the platform mailed since the last time. What businesses wrote to their clients and staff
    /// is left out: that is in [`Site::mailings`].
    pub async fn mailed(&self) -> Vec<Letter> {
        let all = self.mailings().await.into_iter();
        all.filter(|mailing| mailing.sender.is_none()).map(|mailing| mailing.letter).collect()
    }

    /// Has the outbox emptied, and gives all that was mailed since the last time.
    pub async fn mailings(&self) -> Vec<Mailing> {
        recovery::answer_requests(&self.platform).await.expect("requests are answered");
        mail::deliver(&self.platform).await.expect("mail is delivered");
        std::mem::take(&mut *self.letters.lock().expect("the letters"))
    }

    /// The path behind the button of the one letter to this address that has one and was mailed since the last time.
    pub async fn mailed_link(&self, to: &str) -> String {
        let letters = self.mailed().await;
        let mut links = letters.iter().filter(|letter| letter.to == to).filter_map(|letter| letter.action.as_ref());
        let (Some((_, address)), None) = (links.next(), links.next()) else { panic!("one link: {letters:?}") };
        address.strip_prefix(ORIGIN).expect("an address of ours").to_owned()
    }

    /// A platform that nobody has an account on yet.
    pub async fn deserted(&self) -> Platform {
        let url = match &self.folder {
            Some(folder) => format!("sqlite://{}", folder.path().join("deserted.db").display()),
            None => tokio::task::spawn_blocking(crate::postgres::fresh_database).await.expect("a database"),
        };
        let platform = platform_on(migrated(&url).await, now());
        platform.files.keep_in(files_of(self.folder.as_ref(), &url));
        platform.ensure_platform_key().await.expect("the platform's key");
        platform
    }

    /// The same product on another platform.
    pub fn at(&self, platform: Platform) -> Self {
        Self {
            router: router(&platform),
            platform,
            url: self.url.clone(),
            alpha: self.alpha,
            beta: self.beta,
            letters: Letters::default(),
            folder: None,
        }
    }

    /// A second server on the same database, as a second process would be. PostgreSQL only.
    pub async fn another_process(&self) -> Self {
        let platform = platform_on(connected(&self.url).await, now());
        platform.files.keep_in(files_of(self.folder.as_ref(), &self.url));
        let router = router(&platform);
        let (url, letters) = (self.url.clone(), Arc::clone(&self.letters));
        platform.mail.deliver_by(Postman::Kept(Arc::clone(&letters)));
        Self { platform, router, url, alpha: self.alpha, beta: self.beta, letters, folder: None }
    }

    /// What a copy of the database's files would show.
    pub async fn raw_dump(&self) -> Vec<u8> {
        if let Some(folder) = &self.folder {
            let files = std::fs::read_dir(folder.path()).expect("the folder");
            return files
                .filter_map(|entry| std::fs::read(entry.expect("an entry").path()).ok())
                .collect::<Vec<_>>()
                .concat();
        }
        let url = self.url.clone();
        tokio::task::spawn_blocking(move || crate::postgres::dump(&url)).await.expect("a dump").into_bytes()
    }

    pub fn set_clock(&self, at: &str) {
        self.platform.clock.set(at.parse::<Timestamp>().expect("an instant"));
    }

    /// So many seconds later.
    pub fn advance(&self, seconds: i64) {
        self.platform.clock.set(self.platform.clock.now().plus_seconds(seconds).timestamp());
    }

    /// Sends it as a page of ours would: what comes with a session and isn't a form comes with its token.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        let headers = request.headers();
        let form = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(FORM.as_bytes()));
        let cookie = headers.get(header::COOKIE).and_then(|cookie| cookie.to_str().ok()).unwrap_or_default().to_owned();
        if !form && request.method() != Method::GET && !headers.contains_key(forgery::HEADER) {
            let token = self.forgery_token(&cookie).await;
            if let Ok(token) = token.parse() {
                request.headers_mut().insert(forgery::HEADER, token);
            }
        }
        self.send_as_it_is(request).await
    }

    /// The token that the pages of this session carry; empty for who has none.
    pub async fn forgery_token(&self, cookie: &str) -> String {
        let session = cookie.split("; ").find_map(|pair| pair.strip_prefix("devalo_session=")).unwrap_or_default();
        let standing = session::standing(&self.platform, session).await.expect("a session or none");
        standing.session().map(|session| self.platform.links.forgery_token(session.0)).unwrap_or_default()
    }

    pub async fn send_as_it_is(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("the router answers");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 16 << 20).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    pub async fn get_as(&self, cookie: &str, path: &str) -> Answer {
        self.send(Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).expect("a request")).await
    }

    /// A JSON request as a page of ours sends it.
    pub async fn json(&self, method: Method, cookie: Option<&str>, path: &str, body: &Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("sec-fetch-site", "same-origin");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()));
        self.send(request.expect("a request")).await
    }

    /// What a program gets that has a token.
    pub async fn bearer(&self, secret: &str, path: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {secret}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// A page that a person opens by its address: a bookmark, or a link in a mail.
    pub async fn open(&self, cookie: Option<&str>, address: &str) -> Answer {
        let mut request = Request::get(address).header(header::ACCEPT, "text/html,application/xhtml+xml");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// A form post without JavaScript, from the page at `referer`.
    pub async fn form(&self, cookie: Option<&str>, path: &str, referer: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.forgery_token(cookie.unwrap_or_default()).await;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair(forgery::FIELD, &token)
            .extend_pairs(fields)
            .extend_pairs(ticked(path, fields))
            .finish();
        let mut request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::REFERER, format!("{ORIGIN}{referer}"))
            .header(header::ACCEPT, "text/html,application/xhtml+xml")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// A form with a file, as a page sends it: its other fields, the session's token first, and the file's field, name, type and content.
    pub async fn upload(
        &self,
        cookie: &str,
        path: &str,
        fields: &[(&str, &str)],
        (field, name, kind, file): (&str, &str, &str, &[u8]),
    ) -> Answer {
        let token = self.forgery_token(cookie).await;
        self.upload_with(cookie, path, &token, fields, (field, name, kind, file)).await
    }

    /// The same with a token of one's own.
    pub async fn upload_with(
        &self,
        cookie: &str,
        path: &str,
        token: &str,
        fields: &[(&str, &str)],
        (field, name, kind, file): (&str, &str, &str, &[u8]),
    ) -> Answer {
        let mut body = Vec::new();
        for (name, value) in std::iter::once(&(forgery::FIELD, token)).chain(fields) {
            body.extend(
                format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes(),
            );
        }
        body.extend(
            format!(
                "--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
            )
            .into_bytes(),
        );
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .body(Body::from(body));
        self.send_as_it_is(request.expect("a request")).await
    }

    /// A form as a page's program sends it: what came back, or the refusal.
    pub async fn packed<T: serde::de::DeserializeOwned>(
        &self,
        cookie: Option<&str>,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<T, Answer> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .extend_pairs(ticked(path, fields))
            .finish();
        let mut request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::ACCEPT, "application/octet-stream")
            .header(header::CONTENT_TYPE, FORM)
            .header(forgery::HEADER, self.forgery_token(cookie.unwrap_or_default()).await);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.unpack(request.body(Body::from(body)).expect("a request")).await
    }

    async fn unpack<T: serde::de::DeserializeOwned>(&self, request: Request<Body>) -> Result<T, Answer> {
        let (parts, body) = self.router.clone().oneshot(request).await.expect("the router answers").into_parts();
        let bytes = axum::body::to_bytes(body, 16 << 20).await.expect("a body");
        if parts.status == StatusCode::OK {
            return Ok(<Packing as Decodes<T>>::decode(bytes).unwrap_or_else(|error| panic!("{error}")));
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Err(Answer { status: parts.status, headers: parts.headers, text })
    }

    /// What a page's program reads: what came back, or the refusal.
    pub async fn read<T: serde::de::DeserializeOwned>(&self, cookie: &str, path: &str) -> Result<T, Answer> {
        let request =
            Request::get(path).header(header::COOKIE, cookie).header(header::ACCEPT, "application/octet-stream");
        self.unpack(request.body(Body::empty()).expect("a request")).await
    }

    /// Logs an owner in and gives the cookie.
    pub async fn log_in(&self, org: &str) -> String {
        let email = format!("owner@{org}.example.com");
        let answer = self.form(None, "/fn/auth/log-in", "/login", &[("email", &email), ("password", PASSWORD)]).await;
        answer.cookie().unwrap_or_else(|| panic!("no cookie: {answer:?}"))
    }

    /// Makes somebody who belongs to an organisation, and logs them in.
    pub async fn join(&self, org: OrgId, email: &str, role: Role) -> (UserId, String) {
        let name = format!("Person {}", email.split('@').next().unwrap_or_default());
        let user = accounts::create_user(&self.platform, email, &name, PASSWORD).await.expect("a user");
        members::add(&self.platform, org, user, role).await.expect("they belong");
        (user, self.log_in_as(email).await)
    }

    /// Sets up an authenticator app for whoever has this session, and gives the cookie that it goes on with.
    #[must_use = "the cookie before is good for nothing any more"]
    pub async fn enrol(&self, cookie: &str) -> String {
        let secret = secret_in(&self.get_as(cookie, "/account/second-factor").await.text);
        let code = code_at(&secret, &self.platform.clock.now().to_string());
        let done =
            self.form(Some(cookie), "/fn/auth/confirm-enrolment", "/account/second-factor", &[("code", &code)]).await;
        assert_eq!(done.status, StatusCode::OK, "{done:?}");
        done.cookie().unwrap_or_else(|| panic!("no cookie: {done:?}"))
    }

    /// Gives an organisation other terms, as the operator would.
    pub async fn agree(&self, org: OrgId, terms: &Terms) {
        let actor = Actor::System("a test");
        let opened = OrgTx::open(&self.platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Write).await;
        let mut tx = opened.expect("the organisation");
        terms::agree(&mut tx, terms, "platform.plan_changed", &Detail::default()).await.expect("its terms");
        tx.commit().await.expect("a commit");
    }

    /// Logs somebody in who has no second factor, and gives the cookie.
    pub async fn log_in_as(&self, email: &str) -> String {
        let answer = self.form(None, "/fn/auth/log-in", "/login", &[("email", email), ("password", PASSWORD)]).await;
        answer.cookie().unwrap_or_else(|| panic!("no cookie: {answer:?}"))
    }

    /// Books through the API.
    pub async fn book(&self, org: &str, key: &str, body: &Value) -> Answer {
        let request = Request::post(format!("/api/v1/orgs/{org}/calendar/bookings"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string()));
        self.send(request.expect("a request")).await
    }

    /// The free starts of a service from now on.
    pub async fn slots(&self, org: &str, service: &str) -> Vec<String> {
        let answer = self.get(&format!("/api/v1/orgs/{org}/calendar/services/{service}/slots")).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let starts = answer.json()["starts"].as_array().cloned().expect("starts");
        starts.iter().map(|start| start.as_str().expect("a start").to_owned()).collect()
    }
}

/// A booking that should succeed at this start.
pub fn booking(service: &str, start: &str) -> Value {
    json!({ "service": service, "start": start, "name": "Casey Client", "email": "casey@example.com", "phone": "0412 345 678", "notes": "" })
}

/// The secret that a page shows for an authenticator app.
pub fn secret_in(page: &str) -> String {
    let secret = page.split("class=\"secret\"><code>").nth(1).and_then(|rest| rest.split('<').next());
    secret.unwrap_or_else(|| panic!("no secret in {page}")).replace(' ', "")
}

/// Addresses on this site with all that a query can hold: whoever has to log in first arrives at exactly these.
pub const ADDRESSES: [&str; 6] = [
    "/app/alpha/tasks/search?q=due%20today&by=x",
    "/app/alpha/tasks/search?q=%22front%20desk%22%20or%20it%27s",
    "/app/alpha/tasks/search?q=a+b%2Bc",
    "/app/alpha/tasks/search?q=100%25%20done%3F",
    "/app/alpha/tasks/search?q=caf%C3%A9%20%F0%9F%8E%89",
    "/app/alpha/tasks/search?q=%2F%2Fevil.example%5C&next=/app%3Fq%3D%2520",
];

/// What lies behind a form's field `next`.
pub fn next_of(page: &str) -> String {
    let field = page.split("name=\"next\"").nth(1).and_then(|rest| rest.split('>').next());
    let field = field.unwrap_or_else(|| panic!("no field: {page}"));
    let value = field.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The recovery codes that a page shows.
pub fn codes_in(page: &str) -> Vec<String> {
    page.split("<li><code>").skip(1).filter_map(|rest| rest.split('<').next().map(str::to_owned)).collect()
}

/// What an authenticator app shows at that moment.
pub fn code_at(secret: &str, at: &str) -> String {
    let secret = Secret::try_from_base32(secret).expect("a secret");
    let app = Builder::new().with_secret(secret).build().expect("an app");
    let at: Timestamp = at.parse().expect("an instant");
    app.generate(u64::try_from(at.as_second()).expect("after 1970")).to_string()
}

/// A letter to somebody.
pub fn letter(to: &str) -> Letter {
    Letter {
        to: to.to_owned(),
        subject: "A letter".to_owned(),
        paragraphs: vec!["Hello, zanzibar-letter.".to_owned()],
        action: None,
        closing: Vec::new(),
    }
}

/// Has it sent.
pub async fn queue(platform: &Platform, to: &str) {
    let mut tx = platform.begin(Access::Write).await.expect("a transaction");
    mail::queue(platform, &mut tx, "test", &letter(to), None).await.expect("queued");
    tx.commit().await.expect("committed");
}

pub fn keyring() -> Keyring {
    Keyring::parse("test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").expect("a keyring")
}

pub fn signer() -> LinkSigner {
    LinkSigner::new(b"a secret of the tests, 32 bytes long or more").expect("a signer")
}

fn router(platform: &Platform) -> Router {
    let options = LeptosOptions::builder().output_name("devalo").site_root("/nonexistent").build();
    server::http::service(platform.clone(), options)
}

/// An empty database, as a server makes it on its first start.
pub async fn migrated(url: &str) -> Db {
    let db = connected(url).await;
    db.migrate(MIGRATIONS).await.expect("it migrates");
    db
}

async fn connected(url: &str) -> Db {
    Db::connect(url).await.expect("the database answers")
}

fn platform_on(db: Db, now: Timestamp) -> Platform {
    password::hash_cheaply();
    Platform::new(db, Clock::fixed(now), keyring(), signer(), ORIGIN.to_owned())
}

fn now() -> Timestamp {
    NOW.parse().expect("an instant")
}

/// Makes this migrated database what every test begins with.
pub async fn fill_template(url: String) {
    let platform = platform_on(connected(&url).await, now());
    fill(&platform).await;
    platform.db.close().await;
}

/// A file with what every test begins with, which nothing has open.
fn sqlite_template() -> std::path::PathBuf {
    let folder = once_a_run::folder("sqlite", |folder| {
        once_a_run::remove_in_the_end(folder, ":");
        let url = format!("sqlite://{}", folder.join("devalo.db").display());
        once_a_run::block_on(async move || {
            migrated(&url).await.close().await;
            fill_template(url).await;
        });
    });
    folder.join("devalo.db")
}

async fn fill(platform: &Platform) -> (OrgId, OrgId) {
    platform.ensure_platform_key().await.expect("the platform's key");
    let alpha = business(platform, "alpha", "Alpha Clinic", "Australia/Sydney").await;
    (alpha, business(platform, "beta", "Beta Clinic", "Australia/Perth").await)
}

/// A business with staff and services, whose owner is `owner@{slug}.example.com`.
pub async fn business(platform: &Platform, slug: &str, name: &str, zone: &str) -> OrgId {
    let owner =
        accounts::create_user(platform, &format!("owner@{slug}.example.com"), &format!("Owner of {name}"), PASSWORD)
            .await
            .expect("an owner");
    let modules: Vec<&str> = MODULES.iter().map(|module| module.name()).collect();
    let org = NewOrg { slug: slug.to_owned(), name: name.to_owned(), zone: zone.to_owned(), ..NewOrg::default() };
    let org = accounts::create_org(platform, &org, owner, &modules).await.expect("a business");
    for module in MODULES {
        module.seed_demo(platform, org).await.expect("its services");
    }
    assert_ne!(demo::SLUG, slug, "the tests' businesses are their own");
    org
}

/// What became of something: “done”, or how it was refused and the first field that is wrong: “404”, “422 title”.
pub fn outcome<T>(of: app::error::Result<T>) -> String {
    let Err(error) = of else { return "done".to_owned() };
    let field = error.fields.first().map(|field| format!(" {}", field.field)).unwrap_or_default();
    format!("{}{field}", error.code.status())
}
