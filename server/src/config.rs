//! What the operator decides: the settings, read once, at start, into types.
//!
//! Settings come from three places, and a later one never beats an earlier one: the real
//! environment, the file named by `--env-file`, and `Leptos.toml` (which holds no secret).
//! Everything is looked up in a [`Source`], so a test hands over a map and touches no process
//! environment.
//!
//! Reading is total: [`Config::load`] tells every problem at once, because an operator who mends
//! one line, restarts, and is told of the next one is being punished. What may be *used* in
//! production is stricter than what can be *read*, and is in [`crate::check`].
//!
//! No message repeats a value that could not be read: it may be a secret pasted on the wrong line.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use app::abn;
use app::billing::invoices::Seller;
use app::billing::plans::Plans;
use app::mail::webhook::Secrets;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT};
use ipnet::IpNet;
use leptos_config::LeptosOptions;
use rustls_acme::acme::{LETS_ENCRYPT_PRODUCTION_DIRECTORY, LETS_ENCRYPT_STAGING_DIRECTORY};

use crate::findings::Code;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use url::{Host, Url};

/// The names of the settings. Everyone spells them by these.
pub mod setting {
    /// `development` or `production`.
    pub const ENV: &str = "DEVALO_ENV";
    /// Where the data is.
    pub const DATABASE_URL: &str = "DATABASE_URL";
    /// The public origin.
    pub const ORIGIN: &str = "DEVALO_ORIGIN";
    /// The address the server listens on.
    pub const ADDR: &str = "DEVALO_ADDR";
    /// The master keys of the field encryption.
    pub const ENCRYPTION_KEYS: &str = "DEVALO_ENCRYPTION_KEYS";
    /// The signing secrets.
    pub const SECRET: &str = "DEVALO_SECRET";
    /// The proxies whose `X-Forwarded-For` is believed.
    pub const TRUSTED_PROXIES: &str = "DEVALO_TRUSTED_PROXIES";
    /// Who makes TLS: empty for a proxy in front, `acme` or `files` for Devalo itself.
    pub const TLS: &str = "DEVALO_TLS";
    /// Where whoever gives out certificates writes to.
    pub const ACME_EMAIL: &str = "DEVALO_ACME_EMAIL";
    /// Who gives out certificates: empty for Let's Encrypt, `staging` for its trials, or an address.
    pub const ACME_DIRECTORY: &str = "DEVALO_ACME_DIRECTORY";
    /// Who vouches for that address, in a file: for an authority of one's own.
    pub const ACME_CA: &str = "DEVALO_ACME_CA";
    /// The certificate and those that vouch for it, in one file.
    pub const TLS_CERT: &str = "DEVALO_TLS_CERT";
    /// The certificate's key.
    pub const TLS_KEY: &str = "DEVALO_TLS_KEY";
    /// Who brings this sees the figures, and how readiness came about, from elsewhere than this machine.
    pub const METRICS_TOKEN: &str = "METRICS_TOKEN";
    /// What is logged, as `RUST_LOG` says it: `info,sqlx=warn`.
    pub const LOG: &str = "DEVALO_LOG";
    /// `json` or `text`.
    pub const LOG_FORMAT: &str = "DEVALO_LOG_FORMAT";
    /// Where requests come from, in the log: `none`, `network` or `full`.
    pub const LOG_ADDRESSES: &str = "DEVALO_LOG_ADDRESSES";
    /// Where traces go: `http://127.0.0.1:4318`.
    pub const OTLP_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    /// What goes along with them: `name=value`, with commas between.
    pub const OTLP_HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
    /// Which requests are traced: `parentbased_traceidratio` and the like.
    pub const TRACES_SAMPLER: &str = "OTEL_TRACES_SAMPLER";
    /// How many of them, from 0 to 1.
    pub const TRACES_SAMPLER_ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
    /// What traces call this server.
    pub const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
    /// What else traces say of it: `name=value`, with commas between.
    pub const RESOURCE_ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
    /// Resend's key: without it mail waits (or, in development, goes to files).
    pub const RESEND_API_KEY: &str = "RESEND_API_KEY";
    /// Where Resend's API is, if not where it usually is.
    pub const RESEND_API_BASE: &str = "RESEND_API_BASE";
    /// What Resend signs with when it tells what became of mail: several with commas between while they are exchanged.
    pub const RESEND_WEBHOOK_SECRET: &str = "RESEND_WEBHOOK_SECRET";
    /// The domain whose mail comes in, at addresses of lists: `in.example.com.au`.
    pub const INBOUND_EMAIL_DOMAIN: &str = "INBOUND_EMAIL_DOMAIN";
    /// What signs the mail that comes in: `whsec_…`, several with commas between while they are exchanged.
    pub const INBOUND_EMAIL_SECRET: &str = "INBOUND_EMAIL_SECRET";
    /// A mail server in the place of Resend: `smtps://user:password@host:465`.
    pub const SMTP_URL: &str = "SMTP_URL";
    /// Who mail comes from: `Devalo <no-reply@example.com.au>`.
    pub const EMAIL_FROM: &str = "EMAIL_FROM";
    /// So many letters a second leave at most; if not set, 5.
    pub const EMAILS_PER_SECOND: &str = "EMAILS_PER_SECOND";
    /// Where people write to whoever runs the platform: pages name it, and answers to letters go there.
    pub const SUPPORT_EMAIL: &str = "SUPPORT_EMAIL";
    /// Where the source code of what runs here is to be had: pages lead there.
    pub const SOURCE_URL: &str = "DEVALO_SOURCE_URL";
    /// `manual`: the operator sets plans by hand, whatever else is set.
    pub const BILLING: &str = "BILLING";
    /// Stripe's secret key: without it plans are set by hand.
    pub const STRIPE_SECRET_KEY: &str = "STRIPE_SECRET_KEY";
    /// The secrets of Stripe's webhooks, separated by commas while they change.
    pub const STRIPE_WEBHOOK_SECRET: &str = "STRIPE_WEBHOOK_SECRET";
    /// Where Stripe's API is, if not where it usually is: for a stand-in on a machine of one's own.
    pub const STRIPE_API_BASE: &str = "STRIPE_API_BASE";
    /// Who sells the plans, as invoices say: the name that they have to the law.
    pub const SELLER_NAME: &str = "SELLER_NAME";
    /// Their Australian Business Number.
    pub const SELLER_ABN: &str = "SELLER_ABN";
    /// Their address, in one line.
    pub const SELLER_ADDRESS: &str = "SELLER_ADDRESS";
    /// A file of plans in the place of Devalo's own.
    pub const PLANS: &str = "DEVALO_PLANS";
    /// The first account's email.
    pub const BOOTSTRAP_ADMIN_EMAIL: &str = "BOOTSTRAP_ADMIN_EMAIL";
    /// The first account's password.
    pub const BOOTSTRAP_ADMIN_PASSWORD: &str = "BOOTSTRAP_ADMIN_PASSWORD";
    /// The name of whoever has the first account: customers read it.
    pub const BOOTSTRAP_ADMIN_NAME: &str = "BOOTSTRAP_ADMIN_NAME";
    /// The first organisation's name.
    pub const BOOTSTRAP_ORG_NAME: &str = "BOOTSTRAP_ORG_NAME";
    /// Where backups go: a folder, or `s3://bucket/prefix`.
    pub const BACKUP_TO: &str = "BACKUP_TO";
    /// For whom they are encrypted: the public halves of age keys, with commas between.
    pub const BACKUP_RECIPIENT: &str = "BACKUP_RECIPIENT";
    /// They are taken away after so many days.
    pub const BACKUP_KEEP_DAYS: &str = "BACKUP_KEEP_DAYS";
    /// So many stay, however old they are.
    pub const BACKUP_KEEP_LAST: &str = "BACKUP_KEEP_LAST";
    /// The two halves of the key to the store of backups.
    pub const STORE_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
    /// The half that nobody sees.
    pub const STORE_KEY_SECRET: &str = "AWS_SECRET_ACCESS_KEY";
    /// Where the store of backups is.
    pub const STORE_ENDPOINT: &str = "AWS_ENDPOINT_URL";
    /// Whether it may be asked without encryption.
    pub const STORE_ALLOW_HTTP: &str = "AWS_ALLOW_HTTP";
    /// What it wants to know, by the names that everybody has for it.
    pub const STORE: &[&str] =
        &[STORE_KEY_ID, STORE_KEY_SECRET, "AWS_SESSION_TOKEN", "AWS_REGION", STORE_ENDPOINT, STORE_ALLOW_HTTP];
    /// Which production rules the operator sets aside: `database`, `listen`.
    pub const ALLOW_DEVELOPMENT: &str = "DEVALO_ALLOW_DEVELOPMENT";
    /// What `devalo move-database` takes from the environment alone, where nobody sees the passwords in them.
    pub const OF_A_MOVE: [&str; 2] = ["DEVALO_MOVE_FROM", "DEVALO_MOVE_TO"];
    /// Not a variable: the file named on the command line.
    pub const ENV_FILE: &str = "--env-file";
    /// Not a variable: the file of non-secret defaults.
    pub const LEPTOS_TOML: &str = "Leptos.toml";

    /// All of them, in the order in which problems are told.
    pub const ALL: &[&str] = &[
        ENV_FILE,
        LEPTOS_TOML,
        ENV,
        DATABASE_URL,
        ORIGIN,
        ADDR,
        ENCRYPTION_KEYS,
        SECRET,
        TRUSTED_PROXIES,
        TLS,
        ACME_EMAIL,
        ACME_DIRECTORY,
        ACME_CA,
        TLS_CERT,
        TLS_KEY,
        METRICS_TOKEN,
        LOG,
        LOG_FORMAT,
        LOG_ADDRESSES,
        OTLP_ENDPOINT,
        OTLP_HEADERS,
        TRACES_SAMPLER,
        TRACES_SAMPLER_ARG,
        SERVICE_NAME,
        RESOURCE_ATTRIBUTES,
        RESEND_API_KEY,
        RESEND_API_BASE,
        RESEND_WEBHOOK_SECRET,
        INBOUND_EMAIL_DOMAIN,
        INBOUND_EMAIL_SECRET,
        SMTP_URL,
        EMAIL_FROM,
        EMAILS_PER_SECOND,
        SUPPORT_EMAIL,
        SOURCE_URL,
        BILLING,
        STRIPE_SECRET_KEY,
        STRIPE_WEBHOOK_SECRET,
        STRIPE_API_BASE,
        SELLER_NAME,
        SELLER_ABN,
        SELLER_ADDRESS,
        PLANS,
        BOOTSTRAP_ADMIN_EMAIL,
        BOOTSTRAP_ADMIN_PASSWORD,
        BOOTSTRAP_ADMIN_NAME,
        BOOTSTRAP_ORG_NAME,
        BACKUP_TO,
        BACKUP_RECIPIENT,
        BACKUP_KEEP_DAYS,
        BACKUP_KEEP_LAST,
        STORE[0],
        STORE[1],
        STORE[2],
        STORE[3],
        STORE[4],
        STORE[5],
        ALLOW_DEVELOPMENT,
    ];
}

/// So many signing secrets at most: the current one, and those whose links haven't ended yet.
pub const MOST_SECRETS: usize = 5;

/// The database used when `DATABASE_URL` is not set: right for trying Devalo out, refused in
/// production.
pub const DEFAULT_DATABASE_URL: &str = "sqlite://data/devalo.db";

/// The fewest characters the token for the figures may have.
const SHORTEST_TOKEN: usize = 24;

/// The fewest characters a bootstrap password may have.
pub const SHORTEST_PASSWORD: usize = 12;

/// One thing wrong with the settings, and how to mend it. Shown as two lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub code: Code,
    /// The setting to change, as it is spelt in the environment.
    pub setting: Cow<'static, str>,
    /// What is wrong, and in half a sentence why it matters. Never the value of a secret.
    pub what: String,
    /// The command to run or the value to set.
    pub mend: String,
}

impl Problem {
    /// A problem with `setting`, which can't be read; of another kind by [`Problem::of`].
    pub fn new(setting: impl Into<Cow<'static, str>>, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { code: Code::Unreadable, setting: setting.into(), what: what.into(), mend: mend.into() }
    }

    /// The same, of this kind.
    #[must_use]
    pub fn of(self, code: Code) -> Self {
        Self { code, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}\n    {}", self.code.as_str(), self.setting, self.what, self.mend)
    }
}

impl std::error::Error for Problem {}

/// Where settings are looked up. A setting that is empty or only spaces counts as not set.
///
/// Its `Debug` shows the names and no value.
#[derive(Clone, Debug)]
pub struct Source {
    values: BTreeMap<String, SecretString>,
    /// The names in the env file: nobody but us reads that, so that each has to be one of ours.
    in_file: BTreeSet<String>,
    site: LeptosOptions,
}

/// Development forgives; production does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On one's own machine: keys are generated, http is fine.
    Development,
    /// For real people: everything in [`crate::check`] holds.
    Production,
}

impl Mode {
    /// Whether this is production.
    pub const fn is_production(self) -> bool {
        matches!(self, Self::Production)
    }
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// An object a line, for a program.
    Json,
    /// A line, for a person.
    Text,
}

/// What the log says of where requests come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addresses {
    /// Nothing.
    #[default]
    None,
    /// The network: of version 4 the first three numbers, of version 6 the first 48 bits.
    Network,
    /// The address.
    Full,
}

/// Which database, and how it is reached.
#[derive(Clone, Debug)]
pub enum Database {
    /// The embedded one: a `sqlite:` URL.
    Sqlite(String),
    /// A server: a `postgres:` URL, secret because it may carry a password.
    Postgres(SecretString),
}

impl Database {
    /// The URL to connect with. It may hold a password: never log it.
    pub fn url(&self) -> &str {
        match self {
            Self::Sqlite(url) => url,
            Self::Postgres(url) => url.expose_secret(),
        }
    }
}

/// The public origin: scheme, host and, unless it is the scheme's own, port. Nothing after that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    host: Host<String>,
    https: bool,
}

impl Origin {
    /// The origin as browsers send it in an `Origin` header, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host without the port: what a cookie or a passkey is bound to.
    pub fn host(&self) -> &Host<String> {
        &self.host
    }

    /// Whether browsers reach us over TLS, so that cookies may be `Secure`.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The absolute address of `path` (which starts with a slash), for links in emails.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The current value of something that is rotated, and the former ones, still good for reading.
/// There is always a current one.
#[derive(Clone, Debug)]
pub struct Rotated<T> {
    current: T,
    former: Vec<T>,
}

impl<T> Rotated<T> {
    /// The first is current. Nothing, if there is none.
    pub fn from_list(list: Vec<T>) -> Option<Self> {
        let mut list = list.into_iter();
        let current = list.next()?;
        Some(Self { current, former: list.collect() })
    }

    /// The one to write with.
    pub fn current(&self) -> &T {
        &self.current
    }

    /// All of them, the current one first: those to read with.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.current).chain(&self.former)
    }
}

/// One master key: the id that stands in the ciphertext, and 32 bytes.
#[derive(Clone, Debug)]
pub struct EncryptionKey {
    /// 1 to 32 of `a-z A-Z 0-9 - _`.
    pub id: String,
    /// Exactly 32 bytes.
    pub bytes: SecretSlice<u8>,
}

impl EncryptionKey {
    /// As it stands in the settings: its id, and the bytes in base64.
    pub(crate) fn entry(&self) -> String {
        format!("{}:{}", self.id, STANDARD.encode(self.bytes.expose_secret()))
    }
}

/// The first account, made at start if there are no users.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// The email to sign in with.
    pub email: String,
    /// The password, at least [`SHORTEST_PASSWORD`] characters.
    pub password: SecretString,
    /// The name of whoever has it; they are asked once they are in, where it isn't set.
    pub name: Option<String>,
    /// The name of the first organisation, if one is wanted.
    pub org_name: Option<String>,
}

/// How Devalo makes TLS itself, where no proxy in front of it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// With certificates that it gets and renews (ACME, `tls-alpn-01`).
    Acme {
        /// The name that they are for: the origin's.
        domain: String,
        /// `DEVALO_ACME_EMAIL`, if set.
        email: Option<String>,
        /// Who gives them out: the address of an ACME directory.
        directory: String,
        /// `DEVALO_ACME_CA`, if set: else who browsers trust vouches for that address.
        ca: Option<PathBuf>,
    },
    /// With a certificate in files, read again when they change.
    Files {
        /// `DEVALO_TLS_CERT`.
        certificate: PathBuf,
        /// `DEVALO_TLS_KEY`.
        key: PathBuf,
    },
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Who takes it.
    pub by: By,
    /// `EMAIL_FROM`: an address, or a name and an address in angle brackets.
    pub from: String,
}

/// How payments are taken: by Stripe.
#[derive(Clone, Debug)]
pub struct Payments {
    /// `STRIPE_SECRET_KEY`.
    pub key: SecretString,
    /// `STRIPE_WEBHOOK_SECRET`: one, or several while they change.
    pub secrets: Vec<SecretString>,
    /// `STRIPE_API_BASE`, if it isn't where it usually is.
    pub base: Option<String>,
}

/// Who takes mail.
#[derive(Clone, Debug)]
pub enum By {
    /// Resend.
    Resend {
        /// `RESEND_API_KEY`.
        key: SecretString,
        /// `RESEND_API_BASE`, if it isn't where it usually is.
        base: Option<String>,
    },
    /// A mail server, at `SMTP_URL`; secret because it may carry a password.
    Smtp(SecretString),
}

/// All the settings. Whoever holds one has every key it needs; [`crate::check::boot`] gives one
/// that may also be served from.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DEVALO_ENV`.
    pub mode: Mode,
    /// `DATABASE_URL`.
    pub database: Database,
    /// `DEVALO_ORIGIN`; in development, if not set, where we listen.
    pub origin: Origin,
    /// `DEVALO_ADDR`; if not set, `site-addr` of `Leptos.toml`.
    pub addr: SocketAddr,
    /// `DEVALO_ENCRYPTION_KEYS`; no two share an id.
    pub encryption_keys: Rotated<EncryptionKey>,
    /// `DEVALO_SECRET`; each at least 32 bytes.
    pub secrets: Rotated<SecretSlice<u8>>,
    /// `DEVALO_TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<IpNet>,
    /// `DEVALO_TLS`, if Devalo makes TLS itself.
    pub tls: Option<Tls>,
    /// `METRICS_TOKEN`, if set.
    pub metrics_token: Option<SecretString>,
    /// `DEVALO_LOG_ADDRESSES`.
    pub log_addresses: Addresses,
    /// `RESEND_…` or `SMTP_URL`, and `EMAIL_FROM`, if set.
    pub mail: Option<Mail>,
    /// `EMAILS_PER_SECOND`, if set.
    pub emails_per_second: Option<u32>,
    /// `STRIPE_…`, if set and `BILLING` isn't `manual`.
    pub payments: Option<Payments>,
    /// `SUPPORT_EMAIL`, if set.
    pub support_email: Option<String>,
    /// `DEVALO_SOURCE_URL`; if not set, the repository that `Cargo.toml` names, if it names one.
    pub source_url: Option<String>,
    /// `SELLER_…`, if the name and the ABN are set.
    pub seller: Option<Seller>,
    /// `RESEND_WEBHOOK_SECRET`, if set: [`app::mail::webhook::Secrets`] can read it.
    pub webhook_secrets: Option<SecretString>,
    /// `INBOUND_EMAIL_…`, if set: the domain, and the secrets, which [`app::mail::webhook::Secrets`] can read.
    pub inbound: Option<(String, SecretString)>,
    /// The plans in `DEVALO_PLANS`, if set.
    pub plans: Option<Plans>,
    /// `BOOTSTRAP_…`, if set.
    pub bootstrap: Option<Bootstrap>,
    site: LeptosOptions,
}

impl Config {
    /// Reads and types every setting, in either mode; all that cannot be read, or is needed and
    /// missing, comes back at once.
    ///
    /// This is enough for the commands that mend things (backup, restore, key rotation), which an
    /// unrelated mistake must not stop. To serve, use [`crate::check::boot`].
    pub fn load(source: &Source) -> Result<Self, Vec<Problem>> {
        Draft::read(source).finish()
    }

    /// What Leptos wants to know: `Leptos.toml`, with the address and the mode decided here.
    pub fn leptos_options(&self) -> LeptosOptions {
        let mut options = self.site.clone();
        options.site_addr = self.addr;
        options.env = if self.mode.is_production() { leptos_config::Env::PROD } else { leptos_config::Env::DEV };
        options
    }
}

impl Source {
    /// A source that holds just these, and the built-in site defaults.
    pub fn from_pairs<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: Into<String>,
    {
        let values = pairs.into_iter();
        Self {
            values: values.map(|(name, value)| (name.into(), SecretString::from(value.into()))).collect(),
            in_file: BTreeSet::new(),
            site: built_in_site(),
        }
    }

    /// The same with another value for one setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.values.insert(name.to_owned(), SecretString::from(value.to_owned()));
        self
    }

    /// The process's own environment, over the env file if one is named, over `Leptos.toml`.
    ///
    /// A file that is named must exist and be readable. Without a `Leptos.toml` the built-in
    /// defaults hold, which are the same as those in the repository's.
    pub fn gather(env_file: Option<&Path>, leptos_toml: Option<&Path>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut source = Self::from_pairs(process_environment(&mut problems));
        if let Some(path) = env_file {
            match fs::read_to_string(path) {
                Ok(text) => match source.under_env_file(&text) {
                    Ok(merged) => source = merged,
                    Err(found) => problems.extend(found),
                },
                Err(error) => problems.push(unreadable(setting::ENV_FILE, path, &error)),
            }
        }
        if let Some(path) = leptos_toml {
            match fs::read_to_string(path) {
                Ok(text) => match source.under_leptos_toml(&text) {
                    Ok(merged) => source = merged,
                    Err(problem) => problems.push(problem),
                },
                Err(error) => problems.push(unreadable(setting::LEPTOS_TOML, path, &error)),
            }
        } else {
            match source.under_leptos_toml(BUILT_IN_SITE) {
                Ok(merged) => source = merged,
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(source) } else { Err(in_order(problems)) }
    }

    /// The same source, with what an env file says wherever nothing is set yet.
    ///
    /// The file is lines of `NAME=value`, blank lines, and comments on lines of their own. Only
    /// what systemd and a shell read alike is accepted: a value with a space or a character that
    /// either treats specially stands in quotes, nothing is expanded, no name comes twice.
    pub fn under_env_file(&self, text: &str) -> Result<Self, Vec<Problem>> {
        let file = parse_env_file(text)?;
        let mut merged = self.clone();
        for (name, value) in file {
            merged.in_file.insert(name.clone());
            if self.get(&name).is_none() {
                merged.values.insert(name, value);
            }
        }
        Ok(merged)
    }

    /// The same source, with the site defaults from the text of a `Leptos.toml`. Leptos lets
    /// `LEPTOS_…` variables of the process override the file; `cargo leptos` needs that.
    pub fn under_leptos_toml(&self, text: &str) -> Result<Self, Problem> {
        let site = leptos_config::get_config_from_str(text).map_err(|error| {
            Problem::new(
                setting::LEPTOS_TOML,
                format!("cannot be understood: {error}."),
                "Put back the Leptos.toml that came with this version of Devalo.",
            )
        })?;
        Ok(Self { site, ..self.clone() })
    }

    /// Where the pages' styles and programs are.
    pub fn site_root(&self) -> &Path {
        Path::new(&*self.site.site_root)
    }

    /// The value of a setting without the spaces around it; nothing if it is not set or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name)?.expose_secret().trim();
        (!value.is_empty()).then_some(value)
    }
}

/// The production rules that the operator has set aside with `DEVALO_ALLOW_DEVELOPMENT`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allowed {
    pub database: bool,
    pub listen: bool,
}

/// One secret as written and as decoded, for [`crate::check`] to judge.
#[derive(Clone, Debug)]
pub(crate) struct Material {
    pub setting: &'static str,
    /// How messages call it: "the current secret", "the key k2".
    pub label: String,
    pub text: SecretString,
    pub bytes: SecretSlice<u8>,
}

/// The settings as far as they could be read. A field that is `None` has its reason in
/// `unusable` or `missing`.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub mode: Option<Mode>,
    pub database: Option<Database>,
    pub origin: Option<Origin>,
    pub addr: Option<SocketAddr>,
    pub encryption_keys: Vec<EncryptionKey>,
    pub secrets: Vec<SecretSlice<u8>>,
    pub materials: Vec<Material>,
    pub trusted_proxies: Vec<IpNet>,
    pub tls: Option<Tls>,
    pub metrics_token: Option<SecretString>,
    pub log_addresses: Addresses,
    pub mail: Option<Mail>,
    pub emails_per_second: Option<u32>,
    pub payments: Option<Payments>,
    pub support_email: Option<String>,
    pub source_url: Option<String>,
    pub seller: Option<Seller>,
    pub webhook_secrets: Option<SecretString>,
    pub inbound: Option<(String, SecretString)>,
    pub plans: Option<Plans>,
    pub bootstrap: Option<Bootstrap>,
    pub allowed: Allowed,
    /// Set, but it cannot be read: nothing works with it, in either mode.
    pub unusable: Vec<Problem>,
    /// Needed and not set.
    pub missing: Vec<Problem>,
    /// Set, but nothing reads it.
    pub unknown: Vec<Problem>,
    site: LeptosOptions,
}

impl Draft {
    pub(crate) fn read(source: &Source) -> Self {
        let mut draft = Self {
            mode: None,
            database: None,
            origin: None,
            addr: None,
            encryption_keys: Vec::new(),
            secrets: Vec::new(),
            materials: Vec::new(),
            trusted_proxies: Vec::new(),
            tls: None,
            metrics_token: None,
            log_addresses: Addresses::default(),
            mail: None,
            emails_per_second: None,
            payments: None,
            support_email: None,
            source_url: None,
            seller: None,
            webhook_secrets: None,
            inbound: None,
            plans: None,
            bootstrap: None,
            allowed: Allowed::default(),
            unusable: Vec::new(),
            missing: Vec::new(),
            unknown: Vec::new(),
            site: source.site.clone(),
        };
        draft.read_mode(source);
        draft.read_database(source);
        draft.read_addr(source);
        draft.read_origin(source);
        draft.read_encryption_keys(source);
        draft.read_secrets(source);
        draft.read_trusted_proxies(source);
        draft.read_tls(source);
        draft.read_watching(source);
        draft.read_mail(source);
        draft.read_emails_per_second(source);
        draft.read_payments(source);
        draft.read_support_email(source);
        draft.read_source_url(source);
        draft.read_seller(source);
        draft.read_webhook_secrets(source);
        draft.read_inbound(source);
        draft.read_plans(source);
        draft.read_bootstrap(source);
        draft.read_allowed(source);
        draft.read_forgotten_mode(source);
        draft.read_unknown(source);
        draft
    }

    fn finish(self) -> Result<Config, Vec<Problem>> {
        let missing = self.missing.into_iter().map(|problem| problem.of(Code::Missing));
        let problems = in_order(self.unusable.into_iter().chain(missing).collect());
        let read = (
            self.mode,
            self.database,
            self.origin,
            self.addr,
            Rotated::from_list(self.encryption_keys),
            Rotated::from_list(self.secrets),
        );
        match read {
            (Some(mode), Some(database), Some(origin), Some(addr), Some(encryption_keys), Some(secrets))
                if problems.is_empty() =>
            {
                Ok(Config {
                    mode,
                    database,
                    origin,
                    addr,
                    encryption_keys,
                    secrets,
                    trusted_proxies: self.trusted_proxies,
                    tls: self.tls,
                    metrics_token: self.metrics_token,
                    log_addresses: self.log_addresses,
                    mail: self.mail,
                    emails_per_second: self.emails_per_second,
                    payments: self.payments,
                    support_email: self.support_email,
                    source_url: self.source_url,
                    seller: self.seller,
                    webhook_secrets: self.webhook_secrets,
                    inbound: self.inbound,
                    plans: self.plans,
                    bootstrap: self.bootstrap,
                    site: self.site,
                })
            }
            _ => Err(problems),
        }
    }

    fn read_mode(&mut self, source: &Source) {
        match source.get(setting::ENV) {
            None | Some("development") => self.mode = Some(Mode::Development),
            Some("production") => self.mode = Some(Mode::Production),
            Some(_) => self.unusable.push(Problem::new(
                setting::ENV,
                "is neither `development` nor `production`, so we cannot tell how careful to be.",
                "Set DEVALO_ENV=production on a server, DEVALO_ENV=development on your own machine.",
            )),
        }
    }

    /// An https origin is for other people; whoever set it and forgot the mode meant production.
    fn read_forgotten_mode(&mut self, source: &Source) {
        if source.get(setting::ENV).is_none() && self.origin.as_ref().is_some_and(Origin::is_https) {
            self.mode = None;
            self.unusable.push(Problem::new(
                setting::ENV,
                "is not set, but DEVALO_ORIGIN is an https address: without it the rules for real people would not hold.",
                "Set DEVALO_ENV=production.",
            ));
        }
    }

    /// What is mistyped does nothing, and nobody would know. In the environment only what is like one of ours is meant for us; in
    /// the env file everything is.
    fn read_unknown(&mut self, source: &Source) {
        let is_ours = |name: &str| ["DEVALO_", "BOOTSTRAP_", "SELLER_"].iter().any(|begin| name.starts_with(begin));
        let names = source.values.keys().map(String::as_str);
        let unknown = names.filter(|name| {
            let in_file = source.in_file.contains(*name);
            let of_a_move = !in_file && setting::OF_A_MOVE.contains(name);
            !of_a_move && !setting::ALL.contains(name) && (in_file || is_ours(name) || probably(name).is_some())
        });
        self.unknown = unknown
            .map(|name| {
                let mend = match probably(name) {
                    Some(known) => format!("Did you mean {known}? Otherwise take it out."),
                    None => "Take it out; deploy/devalo.env.example has every setting.".to_owned(),
                };
                Problem::new(name.to_owned(), "is not a setting that Devalo knows, so it does nothing.", mend)
            })
            .collect();
    }

    fn read_database(&mut self, source: &Source) {
        let url = source.get(setting::DATABASE_URL);
        let url = url.unwrap_or(DEFAULT_DATABASE_URL);
        self.database = parse_database(url);
        if self.database.is_none() {
            self.unusable.push(Problem::new(
                setting::DATABASE_URL,
                "is not the URL of a database we know, so there is nowhere to keep data.",
                "Set DATABASE_URL=sqlite:///var/lib/devalo/devalo.db, or \
                 DATABASE_URL='postgres://user:password@host/devalo' (percent-encode odd \
                 characters in the password).",
            ));
        }
    }

    fn read_addr(&mut self, source: &Source) {
        match source.get(setting::ADDR).map(SocketAddr::from_str) {
            None => self.addr = Some(self.site.site_addr),
            Some(Ok(addr)) => self.addr = Some(addr),
            Some(Err(_)) => self.unusable.push(Problem::new(
                setting::ADDR,
                "is not an IP address and a port, so there is nowhere to listen (a name such as \
                 localhost is not accepted).",
                "Set DEVALO_ADDR=127.0.0.1:3000.",
            )),
        }
    }

    fn read_origin(&mut self, source: &Source) {
        match (source.get(setting::ORIGIN), self.mode) {
            (Some(text), _) => match parse_origin(text) {
                Ok(origin) => self.origin = Some(origin),
                Err(what) => self.unusable.push(Problem::new(
                    setting::ORIGIN,
                    what,
                    "Set DEVALO_ORIGIN to the scheme and the host only, for instance \
                     DEVALO_ORIGIN=https://bookings.your-business.com.au.",
                )),
            },
            (None, Some(Mode::Development)) => {
                self.origin = self.addr.and_then(|addr| {
                    if addr.ip().is_unspecified() || addr.ip().is_loopback() {
                        // No browser can visit 0.0.0.0, and passkeys need a name.
                        parse_origin(&format!("http://localhost:{}", addr.port())).ok()
                    } else {
                        parse_origin(&format!("http://{addr}")).ok()
                    }
                });
            }
            (None, _) => self.missing.push(Problem::new(
                setting::ORIGIN,
                "is not set, so links in emails and the protection of forms have no address.",
                "Set DEVALO_ORIGIN to the https address that people type, for instance \
                 DEVALO_ORIGIN=https://bookings.your-business.com.au.",
            )),
        }
    }

    fn read_encryption_keys(&mut self, source: &Source) {
        let name = setting::ENCRYPTION_KEYS;
        let entries = list(source, name);
        if entries.is_empty() {
            self.missing.push(Problem::new(
                name,
                "is not set, so personal information could not be encrypted.",
                "Run `devalo generate-keys` and put its DEVALO_ENCRYPTION_KEYS line in the \
                 environment file. If this installation already has data, use the keys it was \
                 written with: with new ones it cannot be read.",
            ));
        }
        for (place, entry) in (1..).zip(entries) {
            let mut refuse = |what: String| {
                self.unusable.push(Problem::new(
                    name,
                    what,
                    "Run `devalo generate-keys` and copy its DEVALO_ENCRYPTION_KEYS line whole: \
                     `kid:base64`, several separated by commas, the current one first. Keep every \
                     former key that data was written with.",
                ));
            };
            if is_placeholder(entry) {
                refuse(format!("still holds an example value (entry {place})."));
                continue;
            }
            let Some((id, text)) = entry.split_once(':') else {
                refuse(format!(
                    "has no key id before a colon in entry {place}, so what it encrypts could \
                     not be told apart later."
                ));
                continue;
            };
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if id.is_empty() || id.len() > 32 || !id.chars().all(plain) {
                refuse(format!("has a key id in entry {place} that is not 1 to 32 letters, digits, `-` or `_`."));
                continue;
            }
            if self.encryption_keys.iter().any(|key| key.id == id) {
                refuse(format!("uses the key id {id} twice, so it is not clear which key reads what."));
                continue;
            }
            match decode(text) {
                Some(bytes) if bytes.expose_secret().len() == 32 => {
                    self.materials.push(Material {
                        setting: name,
                        label: format!("the key {id}"),
                        text: text.into(),
                        bytes: bytes.clone(),
                    });
                    self.encryption_keys.push(EncryptionKey { id: id.to_owned(), bytes });
                }
                Some(bytes) => refuse(format!(
                    "has {} bytes in the key {id}, and AES-256 takes exactly 32.",
                    bytes.expose_secret().len()
                )),
                None => refuse(format!("has a key {id} that is not base64.")),
            }
        }
    }

    fn read_secrets(&mut self, source: &Source) {
        let name = setting::SECRET;
        let entries = list(source, name);
        if entries.is_empty() {
            self.missing.push(Problem::new(
                name,
                "is not set, so links and cookies could not be signed.",
                "Run `devalo generate-keys` and put its DEVALO_SECRET line in the environment \
                 file.",
            ));
        }
        if entries.len() > MOST_SECRETS {
            self.unusable.push(Problem::new(
                name,
                format!("holds {} secrets, and each of them makes links that are believed.", entries.len()),
                format!(
                    "Keep the current one first and those of the last months behind it, {MOST_SECRETS} at most: an \
                     earlier one can go once the links signed with it have ended."
                ),
            ));
        }
        for (place, entry) in (1..).zip(entries) {
            let mut refuse = |what: String| {
                self.unusable.push(Problem::new(
                    name,
                    what,
                    "Run `devalo generate-keys` and copy its DEVALO_SECRET line whole: base64 of \
                     32 random bytes, several separated by commas, the current one first.",
                ));
            };
            if is_placeholder(entry) {
                refuse(format!("still holds an example value (entry {place})."));
                continue;
            }
            match decode(entry) {
                Some(bytes) if bytes.expose_secret().len() >= 32 => {
                    let label = if place == 1 {
                        "the current secret".to_owned()
                    } else {
                        format!("the secret in entry {place}")
                    };
                    self.materials.push(Material { setting: name, label, text: entry.into(), bytes: bytes.clone() });
                    self.secrets.push(bytes);
                }
                Some(bytes) => refuse(format!(
                    "is too short in entry {place}: {} bytes, where fewer than 32 could be \
                     guessed and links forged.",
                    bytes.expose_secret().len()
                )),
                None => refuse(format!("is not base64 in entry {place}.")),
            }
        }
    }

    fn read_trusted_proxies(&mut self, source: &Source) {
        for (place, entry) in (1..).zip(list(source, setting::TRUSTED_PROXIES)) {
            let net = IpNet::from_str(entry).or_else(|_| IpAddr::from_str(entry).map(IpNet::from));
            match net {
                Ok(net) => self.trusted_proxies.push(net.trunc()),
                Err(_) => self.unusable.push(Problem::new(
                    setting::TRUSTED_PROXIES,
                    format!(
                        "has something in entry {place} that is not an address or a range, so \
                         visitors' addresses could not be told."
                    ),
                    "List addresses or ranges with commas between, for a proxy on this machine \
                     DEVALO_TRUSTED_PROXIES=127.0.0.1/32,::1/128.",
                )),
            }
        }
    }

    fn read_tls(&mut self, source: &Source) {
        let set = |name: &str| source.get(name);
        let of_acme = [setting::ACME_EMAIL, setting::ACME_DIRECTORY, setting::ACME_CA];
        let of_files = [setting::TLS_CERT, setting::TLS_KEY];
        let of_both = [of_acme.as_slice(), &of_files].concat();
        let without_use: &[&'static str] = match set(setting::TLS) {
            None => &of_both,
            Some("acme") => &of_files,
            Some("files") => &of_acme,
            Some(_) => {
                self.unusable.push(Problem::new(
                    setting::TLS,
                    "is neither `acme` nor `files`, so it isn’t known who makes TLS.",
                    "Leave it empty with a proxy such as Caddy in front, or set DEVALO_TLS=acme.",
                ));
                return;
            }
        };
        for name in without_use.iter().filter(|name| set(name).is_some()) {
            self.unusable.push(Problem::new(
                *name,
                "is set, and DEVALO_TLS isn’t what it goes with, so it does nothing.",
                "Take it out, or set DEVALO_TLS to `acme` or `files`.",
            ));
        }
        match set(setting::TLS) {
            Some("acme") => self.read_acme(source),
            Some("files") => {
                let [certificate, key] = of_files.map(|name| {
                    let path = set(name).map(PathBuf::from);
                    if path.is_none() {
                        self.missing.push(Problem::new(
                            name,
                            "is not set, but DEVALO_TLS is `files`, so there is no certificate.",
                            "Set DEVALO_TLS_CERT to the file with the certificate and those that vouch for it, and \
                             DEVALO_TLS_KEY to the one with its key.",
                        ));
                    }
                    path
                });
                self.tls = certificate.and_then(|certificate| key.map(|key| Tls::Files { certificate, key }));
            }
            _ => {}
        }
    }

    fn read_acme(&mut self, source: &Source) {
        let email = source.get(setting::ACME_EMAIL);
        if email.is_some_and(|email| !is_email_shaped(email)) {
            self.unusable.push(Problem::new(
                setting::ACME_EMAIL,
                "is no email address, so no certificate would be given out.",
                "Set an address that you read, or leave it empty.",
            ));
        }
        let directory = match source.get(setting::ACME_DIRECTORY) {
            None => Some(LETS_ENCRYPT_PRODUCTION_DIRECTORY),
            Some("staging") => Some(LETS_ENCRYPT_STAGING_DIRECTORY),
            Some(address) => {
                Some(address).filter(|address| address.starts_with("https://") && Url::parse(address).is_ok())
            }
        };
        if directory.is_none() {
            self.unusable.push(Problem::new(
                setting::ACME_DIRECTORY,
                "is neither `staging` nor an https address, so no certificate could be asked for.",
                "Leave it empty for Let’s Encrypt.",
            ));
        }
        // What is wrong with an origin that can’t be read is told of itself.
        let Some(origin) = &self.origin else { return };
        let ordinary = Url::parse(origin.as_str()).is_ok_and(|url| url.port().is_none());
        match (origin.host(), directory) {
            (Host::Domain(domain), Some(directory)) if origin.is_https() && ordinary => {
                self.tls = Some(Tls::Acme {
                    domain: domain.clone(),
                    email: email.map(str::to_owned),
                    directory: directory.to_owned(),
                    ca: source.get(setting::ACME_CA).map(PathBuf::from),
                });
            }
            (_, None) => {}
            _ => self.unusable.push(Problem::new(
                setting::TLS,
                "is `acme`, but DEVALO_ORIGIN isn’t an https address with a name and without a port: certificates are given out \
                 for names, to who answers at port 443.",
                "Set DEVALO_ORIGIN=https://bookings.your-business.com.au, with your own name that leads to this server.",
            )),
        }
    }

    fn read_mail(&mut self, source: &Source) {
        let from = source.get(setting::EMAIL_FROM);
        let address = from.map(|from| match from.split_once('<') {
            Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default().trim(),
            None => from,
        });
        let unusable = address.is_some_and(|address| !is_email_shaped(address))
            || from.is_some_and(|from| from.chars().any(char::is_control));
        if unusable {
            self.unusable.push(Problem::new(
                setting::EMAIL_FROM,
                "is neither an email address nor a name with one in angle brackets, so no mail could be sent.",
                "Set an address at a domain that Resend has verified, or that your mail server sends for: EMAIL_FROM='Devalo <no-reply@your-business.com.au>'.",
            ));
        }
        let base = source.get(setting::RESEND_API_BASE);
        if base.is_some_and(|base| Url::parse(base).is_err()) {
            self.unusable.push(Problem::new(
                setting::RESEND_API_BASE,
                "is not an address, so no mail could be sent.",
                "Leave it empty: Resend is where it usually is.",
            ));
        }
        let url = source.get(setting::SMTP_URL);
        if url.is_some_and(|url| !is_smtp(url)) {
            self.unusable.push(Problem::new(
                setting::SMTP_URL,
                "is not the address of a mail server, so no mail could be sent.",
                "Set SMTP_URL='smtps://user:password@mail.your-business.com.au:465', or smtp://…:587?tls=required \
                 (percent-encode odd characters in the password: `#` is %23, `@` is %40, `/` is %2F).",
            ));
        }
        let key = source.get(setting::RESEND_API_KEY);
        if key.is_some_and(|key| !key.starts_with("re_")) {
            self.unusable.push(Problem::new(
                setting::RESEND_API_KEY,
                "is no key of Resend's (they begin with re_), so no mail could be sent.",
                "Copy it whole from Resend's page (API Keys): RESEND_API_KEY=re_….",
            ));
        }
        let by = match (key, url) {
            (Some(_), Some(_)) => {
                self.unusable.push(
                    Problem::new(
                        setting::SMTP_URL,
                        "is set, and RESEND_API_KEY too: it is not clear which of the two takes mail.",
                        Code::TwoWaysOut.mend(),
                    )
                    .of(Code::TwoWaysOut),
                );
                return;
            }
            (Some(key), None) => {
                Some((setting::RESEND_API_KEY, By::Resend { key: key.into(), base: base.map(str::to_owned) }))
            }
            (None, Some(url)) => Some((setting::SMTP_URL, By::Smtp(url.into()))),
            (None, None) => None,
        };
        match (by, from) {
            (Some((_, by)), Some(from)) => self.mail = Some(Mail { by, from: from.to_owned() }),
            (Some((name, _)), None) => self.unusable.push(Problem::new(
                setting::EMAIL_FROM,
                format!("is not set but {name} is, so mail would come from nobody."),
                "Set an address at a domain that Resend has verified, or that your mail server sends for: \
                 EMAIL_FROM='Devalo <no-reply@your-business.com.au>'.",
            )),
            (None, _) => {}
        }
    }

    fn read_payments(&mut self, source: &Source) {
        let by_hand = match source.get(setting::BILLING) {
            None | Some("stripe") => false,
            Some("manual") => true,
            Some(_) => {
                self.unusable.push(Problem::new(
                    setting::BILLING,
                    "is neither manual nor stripe, so it isn't known how plans are paid.",
                    "Set BILLING=manual to set plans by hand, or leave it empty.",
                ));
                return;
            }
        };
        let base = source.get(setting::STRIPE_API_BASE);
        if base.is_some_and(|base| Url::parse(base).is_err()) {
            self.unusable.push(Problem::new(
                setting::STRIPE_API_BASE,
                "is not an address, so nobody could pay.",
                "Leave it empty: Stripe is where it usually is.",
            ));
        }
        let Some(key) = source.get(setting::STRIPE_SECRET_KEY).filter(|_| !by_hand) else {
            if source.get(setting::BILLING) == Some("stripe") {
                self.unusable.push(Problem::new(
                    setting::STRIPE_SECRET_KEY,
                    "is not set but BILLING is stripe, so nobody could pay.",
                    "Copy the secret key from Stripe's dashboard (Developers, API keys).",
                ));
            }
            return;
        };
        let secrets = source.get(setting::STRIPE_WEBHOOK_SECRET).unwrap_or_default();
        let secrets: Vec<SecretString> =
            secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty()).map(SecretString::from).collect();
        if !(key.starts_with("sk_") || key.starts_with("rk_")) {
            self.unusable.push(Problem::new(
                setting::STRIPE_SECRET_KEY,
                "is no secret key of Stripe's (they begin with sk_ or rk_), so nobody could pay.",
                "Copy the secret key from Stripe's dashboard (Developers, API keys), not the publishable one.",
            ));
        } else if secrets.is_empty() {
            self.unusable.push(Problem::new(
                setting::STRIPE_WEBHOOK_SECRET,
                "is not set but STRIPE_SECRET_KEY is, so payments would be taken and never heard of.",
                "In Stripe's dashboard make a webhook to /webhooks/stripe of this origin, and copy its signing secret (whsec_…).",
            ));
        } else if !secrets.iter().all(|secret| secret.expose_secret().starts_with("whsec_")) {
            self.unusable.push(Problem::new(
                setting::STRIPE_WEBHOOK_SECRET,
                "has what is no signing secret of Stripe's (they begin with whsec_), so payments would be taken and never heard of.",
                "Copy the webhook's signing secret from Stripe's dashboard (whsec_…), not its id (we_…); several with commas between.",
            ));
        } else {
            self.payments = Some(Payments { key: key.into(), secrets, base: base.map(str::to_owned) });
        }
    }

    fn read_watching(&mut self, source: &Source) {
        match source.get(setting::METRICS_TOKEN) {
            Some(token) if token.len() < SHORTEST_TOKEN || is_placeholder(token) => self.unusable.push(Problem::new(
                setting::METRICS_TOKEN,
                "could be guessed, and whoever has it sees how the server is.",
                "Set it to what `openssl rand -hex 24` prints, or leave it empty: then only this machine sees the figures.",
            )),
            token => self.metrics_token = token.map(SecretString::from),
        }
        match source.get(setting::LOG_ADDRESSES) {
            None | Some("none") => self.log_addresses = Addresses::None,
            Some("network") => self.log_addresses = Addresses::Network,
            Some("full") => self.log_addresses = Addresses::Full,
            Some(_) => self.unusable.push(Problem::new(
                setting::LOG_ADDRESSES,
                "is neither `none` nor `network` nor `full`, so it isn’t known what the log may say of visitors.",
                "Leave it empty for none.",
            )),
        }
        if source.get(setting::LOG_FORMAT).is_some() && log_format(source).is_none() {
            self.unusable.push(Problem::new(
                setting::LOG_FORMAT,
                "is neither `json` nor `text`, so it isn’t known how the log is to be written.",
                "Leave it empty: it is JSON in production, and text elsewhere.",
            ));
        }
    }

    fn read_emails_per_second(&mut self, source: &Source) {
        let Some(text) = source.get(setting::EMAILS_PER_SECOND) else { return };
        match text.parse() {
            Ok(number @ 1..=1_000) => self.emails_per_second = Some(number),
            _ => self.unusable.push(Problem::new(
                setting::EMAILS_PER_SECOND,
                "is no number from 1 to 1000, so it isn’t known how fast mail may leave.",
                "Leave it empty for 5 a second, which is what Resend takes, or set what your provider takes.",
            )),
        }
    }

    fn read_support_email(&mut self, source: &Source) {
        let Some(address) = source.get(setting::SUPPORT_EMAIL) else { return };
        if is_email_shaped(address) {
            self.support_email = Some(address.to_owned());
        } else {
            self.unusable.push(Problem::new(
                setting::SUPPORT_EMAIL,
                "is no email address, so whoever writes there would be heard by nobody.",
                "Set an address that you read, like SUPPORT_EMAIL='help@your-business.com.au'.",
            ));
        }
    }

    fn read_source_url(&mut self, source: &Source) {
        let Some(text) = source.get(setting::SOURCE_URL) else {
            let named = Some(env!("CARGO_PKG_REPOSITORY")).filter(|address| !address.is_empty());
            self.source_url = named.map(str::to_owned);
            return;
        };
        match Url::parse(text) {
            Ok(address) if matches!(address.scheme(), "http" | "https") => self.source_url = Some(address.into()),
            _ => self.unusable.push(Problem::new(
                setting::SOURCE_URL,
                "is no address of a page, so nobody would come to the source code from there.",
                "Set it to where the source code of what you run is, like DEVALO_SOURCE_URL=https://code.your-business.com.au/devalo.",
            )),
        }
    }

    fn read_seller(&mut self, source: &Source) {
        let [name, abn, address] =
            [setting::SELLER_NAME, setting::SELLER_ABN, setting::SELLER_ADDRESS].map(|setting| source.get(setting));
        let digits = abn.and_then(abn::parse);
        if abn.is_some() && digits.is_none() {
            self.unusable.push(Problem::new(
                setting::SELLER_ABN,
                "is no Australian Business Number (one of its digits isn't right), so invoices would name somebody else or nobody.",
                "Copy its eleven digits from abr.business.gov.au, like SELLER_ABN='51 824 753 556'.",
            ));
        }
        if let (Some(name), Some(abn)) = (name, digits) {
            self.seller = Some(Seller { name: name.to_owned(), abn, address: address.unwrap_or_default().to_owned() });
        }
    }

    fn read_webhook_secrets(&mut self, source: &Source) {
        let Some(text) = source.get(setting::RESEND_WEBHOOK_SECRET) else { return };
        match Secrets::parse(text) {
            Ok(_) => self.webhook_secrets = Some(text.into()),
            Err(why) => self.unusable.push(Problem::new(
                setting::RESEND_WEBHOOK_SECRET,
                format!("can't be read ({why}), so nobody would hear of mail that came back."),
                "Copy the signing secret of the webhook from Resend's page: RESEND_WEBHOOK_SECRET=whsec_…; several with \
                 commas between while you exchange them.",
            )),
        }
    }

    fn read_inbound(&mut self, source: &Source) {
        let (domain, secret) = (source.get(setting::INBOUND_EMAIL_DOMAIN), source.get(setting::INBOUND_EMAIL_SECRET));
        let (domain, secret) = match (domain, secret) {
            (None, None) => return,
            (Some(domain), Some(secret)) => (domain, secret),
            (None, Some(_)) => {
                return self.unusable.push(Problem::new(
                    setting::INBOUND_EMAIL_DOMAIN,
                    "isn't set, so nobody could be told an address to write to.",
                    "INBOUND_EMAIL_DOMAIN=in.your-business.com.au: the domain whose mail is passed on to Devalo.",
                ));
            }
            (Some(_), None) => {
                return self.unusable.push(Problem::new(
                    setting::INBOUND_EMAIL_SECRET,
                    "isn't set, so mail that comes in couldn't be told from what anybody sends.",
                    "INBOUND_EMAIL_SECRET=whsec_… and the output of `openssl rand -base64 32`.",
                ));
            }
        };
        let is_domain = domain.len() <= 200
            && domain.contains('.')
            && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        if !is_domain {
            self.unusable.push(Problem::new(
                setting::INBOUND_EMAIL_DOMAIN,
                "isn't a domain, so nobody could write to a list.",
                "INBOUND_EMAIL_DOMAIN=in.your-business.com.au",
            ));
        }
        match Secrets::parse(secret) {
            Ok(_) if is_domain => self.inbound = Some((domain.to_ascii_lowercase(), secret.into())),
            Ok(_) => {}
            Err(why) => self.unusable.push(Problem::new(
                setting::INBOUND_EMAIL_SECRET,
                format!("can't be read ({why}), so mail that comes in couldn't be told from what anybody sends."),
                "INBOUND_EMAIL_SECRET=whsec_… and the output of `openssl rand -base64 32`; several with commas between \
                 while you exchange them.",
            )),
        }
    }

    fn read_plans(&mut self, source: &Source) {
        let Some(path) = source.get(setting::PLANS) else { return };
        let read = fs::read_to_string(path).map_err(|error| format!("can't be read: {error}"));
        match read.and_then(|text| Plans::parse(&text)) {
            Ok(plans) => self.plans = Some(plans),
            Err(why) => self.unusable.push(Problem::new(
                setting::PLANS,
                format!("names what isn't a file of plans ({why}), so nobody would know what they may use."),
                "Begin with a copy of app/plans.toml, or take the setting out for Devalo's own plans.",
            )),
        }
    }

    fn read_bootstrap(&mut self, source: &Source) {
        let email = source.get(setting::BOOTSTRAP_ADMIN_EMAIL);
        let password = source.get(setting::BOOTSTRAP_ADMIN_PASSWORD);
        if let Some(email) = email
            && !is_email_shaped(email)
        {
            self.unusable.push(Problem::new(
                setting::BOOTSTRAP_ADMIN_EMAIL,
                "is not an email address, so nobody could sign in with it.",
                "Set BOOTSTRAP_ADMIN_EMAIL to the address of the person who runs this server, or \
                 leave it empty if there are accounts already.",
            ));
        }
        if let Some(password) = password
            && password.chars().count() < SHORTEST_PASSWORD
        {
            self.unusable.push(Problem::new(
                setting::BOOTSTRAP_ADMIN_PASSWORD,
                format!(
                    "is shorter than {SHORTEST_PASSWORD} characters, and this account rules the \
                     whole platform."
                ),
                "Set a longer one: `openssl rand -base64 18` prints a good one.",
            ));
        }
        match (email, password) {
            (Some(email), Some(password)) => {
                self.bootstrap = Some(Bootstrap {
                    email: email.to_owned(),
                    password: password.into(),
                    name: source.get(setting::BOOTSTRAP_ADMIN_NAME).map(str::to_owned),
                    org_name: source.get(setting::BOOTSTRAP_ORG_NAME).map(str::to_owned),
                });
            }
            (Some(_), None) => self.unusable.push(Problem::new(
                setting::BOOTSTRAP_ADMIN_PASSWORD,
                "is not set but BOOTSTRAP_ADMIN_EMAIL is, so the first account would have no \
                 password.",
                "Set both, or neither if there are accounts already.",
            )),
            (None, Some(_)) => self.unusable.push(Problem::new(
                setting::BOOTSTRAP_ADMIN_EMAIL,
                "is not set but BOOTSTRAP_ADMIN_PASSWORD is, so the first account would have no \
                 name to sign in with.",
                "Set both, or neither if there are accounts already.",
            )),
            (None, None) => {}
        }
    }

    fn read_allowed(&mut self, source: &Source) {
        for entry in list(source, setting::ALLOW_DEVELOPMENT) {
            match entry {
                "database" => self.allowed.database = true,
                "listen" => self.allowed.listen = true,
                _ => self.unusable.push(Problem::new(
                    setting::ALLOW_DEVELOPMENT,
                    "holds a word that is neither `database` nor `listen`, so it sets nothing \
                     aside.",
                    "Leave it empty, or set it to `database`, `listen` or `database,listen`.",
                )),
            }
        }
    }
}

/// How the log is written, where that is set.
pub fn log_format(source: &Source) -> Option<LogFormat> {
    match source.get(setting::LOG_FORMAT)? {
        "json" => Some(LogFormat::Json),
        "text" => Some(LogFormat::Text),
        _ => None,
    }
}

/// The setting that was probably meant by this name: one that is nearly the same, or has its words and another between.
fn probably(name: &str) -> Option<&'static str> {
    let mut known = setting::ALL.iter().copied().filter(|known| known.contains('_') || *known == setting::BILLING);
    let words: Vec<&str> = name.split('_').collect();
    let within = |known: &&str| {
        let theirs: Vec<&str> = known.split('_').collect();
        words.len() > 1 && words.first() == theirs.first() && words.iter().all(|word| theirs.contains(word))
    };
    let near = known.clone().map(|known| (strsim::damerau_levenshtein(name, known), known)).min()?;
    if near.0 <= (name.len() / 6).min(4) { Some(near.1) } else { known.find(within) }
}

/// The address of a mail server. What it says of TLS is for [`crate::check`] to judge.
fn is_smtp(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let known = match (url.scheme(), tls.as_deref()) {
            ("smtps", _) => true,
            ("smtp", tls) => tls.is_none_or(|tls| tls == "required" || tls == "opportunistic"),
            _ => false,
        };
        // A `#`, `/` or `?` that the password has would cut the address off where it stands.
        let whole =
            url.fragment().is_none() && !url.path().contains('@') && !url.query().unwrap_or_default().contains('@');
        known && whole && url.host_str().is_some_and(|host| !host.is_empty())
    })
}

/// The order in which problems are told: that of the settings, and within one as found.
pub(crate) fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| {
        setting::ALL.iter().position(|name| *name == problem.setting).unwrap_or(setting::ALL.len())
    });
    problems
}

/// Whether a value was plainly meant to be replaced. The words have at least seven letters, since
/// shorter ones turn up in random base64.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    PLACEHOLDERS.iter().any(|word| plain.contains(word))
}

const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "changethis",
    "replaceme",
    "replacethis",
    "placeholder",
    "example",
    "generatekeys",
    "yoursecret",
    "yourkey",
    "yourpassword",
    "pastehere",
    "insecure",
    "notsecret",
    "supersecret",
    // README.md’s own words for a password.
    "unrelatedwords",
    "xxxxxxxx",
];

/// The text with `%41` read as `A`; broken escapes stay as they are, which is how sqlx reads it.
pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = text
            .get(at + 1..at + 3)
            .filter(|digits| byte == b'%' && digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(escape.unwrap_or(byte));
        at += if escape.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// As in the repository's `Leptos.toml`.
const BUILT_IN_SITE: &str = r#"[package.metadata.leptos]
output-name = "devalo"
site-root = "target/site"
site-pkg-dir = "pkg"
site-addr = "127.0.0.1:3000"
env = "DEV"
"#;

fn built_in_site() -> LeptosOptions {
    LeptosOptions::builder().output_name("devalo").site_root("target/site").site_pkg_dir("pkg").build()
}

/// Every variable that is text. One of ours that is not text is a problem; others are not ours.
fn process_environment(problems: &mut Vec<Problem>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        match (value.into_string(), setting::ALL.iter().find(|ours| **ours == name)) {
            (Ok(value), _) => pairs.push((name.to_owned(), value)),
            (Err(_), Some(ours)) => problems.push(Problem::new(
                *ours,
                "is not UTF-8 text, so it cannot be read.",
                "Set it again, in plain characters.",
            )),
            (Err(_), None) => {}
        }
    }
    pairs
}

fn unreadable(setting: &'static str, path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(
        setting,
        format!("names {}, which cannot be read: {error}.", path.display()),
        "Name a file that exists and that the user running devalo may read.",
    )
}

/// dotenvy is not used for this: it expands `$`, which systemd does not (so that one file would
/// mean two things), looks into the process environment while doing so, and
/// repeats the offending line, secret and all, in its errors.
fn parse_env_file(text: &str) -> Result<BTreeMap<String, SecretString>, Vec<Problem>> {
    let mut values = BTreeMap::new();
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = match parse_env_line(line) {
            Ok(read) => read,
            Err(why) => {
                problems.push(why.problem(number));
                continue;
            }
        };
        if values.insert(name.to_owned(), value.into()).is_some() {
            problems.push(Problem::new(
                setting::ENV_FILE,
                format!("sets {name} again on line {number}, so it is not clear which one counts."),
                "Keep one of the two lines.",
            ));
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

/// Why a line of an environment file can't be read.
enum BadLine<'l> {
    /// It isn't `NAME=value`.
    NoName,
    /// This setting's value has to stand in quotes.
    Quotes(&'l str),
    /// This setting's value has an apostrophe in it, and has to stand in double quotes.
    Apostrophe(&'l str),
}

impl BadLine<'_> {
    fn problem(&self, number: usize) -> Problem {
        const THEN: &str = "The other settings are looked at once the whole file can be read.";
        match self {
            Self::NoName => Problem::new(
                setting::ENV_FILE,
                format!("has a line {number} that isn’t NAME=value."),
                format!("Write NAME=value without spaces around `=`, and a comment on a line of its own. {THEN}"),
            ),
            Self::Quotes(name) => Problem::new(
                setting::ENV_FILE,
                format!("has a value for {name} on line {number} that a shell and systemd would read differently."),
                format!(
                    "A value with a space or with punctuation such as `$ # & ;` stands in single quotes: \
                     {name}='two words'. {THEN}"
                ),
            ),
            Self::Apostrophe(name) => Problem::new(
                setting::ENV_FILE,
                format!("has a value for {name} on line {number} with an apostrophe in it, which would end it there."),
                format!(
                    "A value with an apostrophe in it stands in double quotes: {name}=\"Jo's salon\" (then without `$`, a \
                     backtick or a backslash). {THEN}"
                ),
            ),
        }
    }
}

fn parse_env_line(line: &str) -> Result<(&str, &str), BadLine<'_>> {
    let (name, value) = line.split_once('=').ok_or(BadLine::NoName)?;
    let mut letters = name.chars();
    let named = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !named {
        return Err(BadLine::NoName);
    }
    let unquoted = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    let read = if let Some(inner) = unquoted('\'') {
        (!inner.contains(['\'', '\\'])).then_some(inner)
    } else if let Some(inner) = unquoted('"') {
        (!inner.contains(['"', '\\', '$', '`'])).then_some(inner)
    } else {
        let odd = |c: char| c.is_whitespace() || "'\"\\$`#&;|()<>".contains(c);
        (!value.contains(odd)).then_some(value)
    };
    let apostrophe = || {
        let inner = unquoted('\'').unwrap_or(value);
        inner.contains('\'') && !inner.starts_with('\'') && !inner.contains(['"', '#', '\\', '$', '`'])
    };
    read.map(|value| (name, value))
        .ok_or_else(|| if apostrophe() { BadLine::Apostrophe(name) } else { BadLine::Quotes(name) })
}

/// The entries of a comma-separated setting. A comma too many does no harm.
fn list<'a>(source: &'a Source, name: &str) -> Vec<&'a str> {
    let entries = source.get(name).unwrap_or_default().split(',');
    entries.map(str::trim).filter(|entry| !entry.is_empty()).collect()
}

/// Base64 in either alphabet, padded or not: tools differ, and nothing is ambiguous.
fn decode(text: &str) -> Option<SecretSlice<u8>> {
    let bytes = STANDARD_PAD_INDIFFERENT.decode(text).or_else(|_| URL_SAFE_PAD_INDIFFERENT.decode(text));
    bytes.ok().map(SecretSlice::from)
}

pub(crate) fn parse_database(url: &str) -> Option<Database> {
    if let Some(rest) = url.strip_prefix("sqlite:") {
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let named = path.split('?').next().is_some_and(|path| !path.is_empty());
        return named.then(|| Database::Sqlite(url.to_owned()));
    }
    let parsed = Url::parse(url).ok()?;
    matches!(parsed.scheme(), "postgres" | "postgresql").then(|| Database::Postgres(url.into()))
}

/// The origin, or what keeps the text from being one.
fn parse_origin(text: &str) -> Result<Origin, &'static str> {
    const NOT_AN_ADDRESS: &str = "is not a web address, so links would lead nowhere.";
    // The URL standard forgives tabs, backslashes and missing slashes; here they are mistakes.
    let (scheme, rest) = text.split_once("://").ok_or(NOT_AN_ADDRESS)?;
    if rest.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(NOT_AN_ADDRESS);
    }
    if rest.contains('@') {
        return Err("has a user name in it, which browsers would show and send along.");
    }
    if rest.contains(['?', '#']) || rest.split_once('/').is_some_and(|(_, path)| !path.is_empty()) {
        return Err("has a path, a query or a fragment after the host: Devalo is at the root of \
                    its own host.");
    }
    let url = Url::parse(text).map_err(|_| NOT_AN_ADDRESS)?;
    let https = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => false,
        _ => return Err("is neither https nor http, so browsers could not open it."),
    };
    let host = url.host().ok_or(NOT_AN_ADDRESS)?.to_owned();
    if let Host::Domain(name) = &host
        && !is_host_name(name)
    {
        return Err("has a host that is not a plain name (no dot at its end, no `*`, no `_`).");
    }
    Ok(Origin { text: url.origin().ascii_serialization(), host, https })
}

/// RFC 1123: labels of letters, digits and inner hyphens.
fn is_host_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// A sanity check, not a proof: only an email that arrives proves an address.
fn is_email_shaped(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let odd = |c: char| c.is_whitespace() || c.is_control() || "@<>,;:\"()[]\\".contains(c);
    (1..=64).contains(&local.len()) && !local.contains(odd) && domain.contains('.') && is_host_name(domain)
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
