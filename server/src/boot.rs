//! From settings to a running platform.

use std::{
    fs::{File, TryLockError},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use app::{
    auth::accounts,
    billing::payments::Payments,
    clock::Clock,
    crypto::Keyring,
    db::{Access, Db, DbError, inspect},
    error::AppError,
    fetch::{Allowance, Fetcher},
    links::LinkSigner,
    mail::{inbound::Inbound, post::Postman, webhook::Secrets},
    modules::{MIGRATIONS, MODULES},
    platform::Platform,
    platform_sql,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::{
    backup::restore,
    check,
    config::{By, Config, Database, EncryptionKey, percent_decoded, setting},
    tls::Keys,
};

/// So many letters a second leave at most: Resend takes five of a team
/// (<https://resend.com/docs/api-reference/rate-limit>).
const USUAL_PACE: u32 = 5;

/// Its connections to a database, its files and doors are some dozens; then nobody has come yet.
const FEWEST_HANDLES: u64 = 256;

/// Why the platform can't start.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BootError(String);

/// Has the system let this process have as many files and connections open at once as it may, and makes sure that these are enough.
///
/// # Errors
/// It would start, and have none left for those who come.
pub fn enough_handles() -> Result<(), BootError> {
    let limit = getrlimit(Resource::Nofile);
    // Where that isn’t allowed it stays as it is.
    let _raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    match getrlimit(Resource::Nofile).current {
        Some(most) if most < FEWEST_HANDLES => Err(BootError(format!(
            "No more than {most} files and connections may be open at once, and Devalo needs {FEWEST_HANDLES}: raise LimitNOFILE in its unit, or `ulimit -n`."
        ))),
        _ => Ok(()),
    }
}

/// Makes sure that no other process writes to this SQLite database, for as long as the answer is kept: open pages hear
/// of changes, and kept pages are dropped, only within one process. PostgreSQL tells all of them. A process that is just
/// stopping is waited for.
///
/// # Errors
/// Another process has it, and keeps it.
pub async fn only_writer(config: &Config) -> Result<Option<File>, BootError> {
    only_writer_of(config.database.url()).await
}

/// The same of the database at this address.
///
/// # Errors
/// Another process has it, and keeps it.
pub async fn only_writer_of(url: &str) -> Result<Option<File>, BootError> {
    if !url.starts_with("sqlite:") {
        return Ok(None);
    }
    let path = PathBuf::from(format!("{}.lock", sqlite_path(url)));
    let failed = |error: std::io::Error| {
        BootError(format!(
            "DATABASE_URL: {} can’t be written: {error}. Devalo has to be able to write in the folder of its database. Nothing was changed.",
            path.display()
        ))
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    // Whoever can open it can hold it.
    let opened = File::options().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let file = opened.map_err(failed)?;
    for _ in 0..30 {
        match file.try_lock() {
            Ok(()) => return no_restore_broke_off(url).map(|()| Some(file)),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(500)).await,
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
    Err(BootError(
        "Another Devalo is running on this database. Stop it first, or use PostgreSQL for several.".to_owned(),
    ))
}

/// Where one did, whoever begins with an empty database takes the place of what was to come back.
fn no_restore_broke_off(url: &str) -> Result<(), BootError> {
    let draft = restore::draft_of(url);
    if !draft.exists() {
        return Ok(());
    }
    Err(BootError(format!(
        "DATABASE_URL: a restore into this database was broken off. Run `devalo restore` again; or, if you don’t want what was in the backup, take {} \
         away. Nothing was changed.",
        draft.display()
    )))
}

/// Connects, migrates and puts the platform together.
///
/// # Errors
/// A sentence for the operator.
pub async fn platform(config: &Config, clock: Clock) -> Result<Platform, BootError> {
    let entries: Vec<String> = config.encryption_keys.iter().map(EncryptionKey::entry).collect();
    let keyring =
        Keyring::parse(&entries.join(",")).map_err(|error| BootError(format!("DEVALO_ENCRYPTION_KEYS: {error}")))?;
    let mut secrets = config.secrets.iter();
    let short = |_| BootError("DEVALO_SECRET: a secret is shorter than 32 bytes".to_owned());
    let first = secrets.next().ok_or_else(|| BootError("DEVALO_SECRET is empty".to_owned()))?;
    let mut links = LinkSigner::new(first.expose_secret()).map_err(short)?;
    for earlier in secrets {
        links = links.also_accepting(earlier.expose_secret()).map_err(short)?;
    }
    let db = connect(config.database.url()).await?;
    db.writable().await.map_err(|error| match error {
        DbError::Unwritable(why) => BootError(format!(
            "DATABASE_URL: the database can only be read: {why}. Devalo has to be able to write to its file and beside it. Nothing was changed."
        )),
        error => BootError(format!("DATABASE_URL: the database takes no changes now: {error}.")),
    })?;
    db.migrate(MIGRATIONS).await.map_err(|error| match error {
        DbError::Newer => BootError(format!(
            "DATABASE_URL: this database was last used by a newer Devalo than this one ({}). Nothing was changed. Install the version \
             that it was last used with, or a newer one; or go back to a backup from before (docs/deploy.md, “Going back”).",
            env!("CARGO_PKG_VERSION")
        )),
        error => BootError(format!("The database can’t be brought up to date: {error}")),
    })?;
    let platform = Platform::new(db, clock, keyring, links, config.origin.as_str().to_owned());
    platform.files.keep_in(beside(&config.database, "files"));
    if let Some(plans) = &config.plans {
        platform.sell(plans.clone());
    }
    if let Some(address) = &config.source_url {
        platform.source_code_at(address.clone());
    }
    is_whole(&platform).await?;
    restore::in_use(platform.files.folder());
    if let Err(error) = platform.ensure_platform_key().await {
        let seen = inspect(config.database.url()).await.unwrap_or_default();
        let why = check::keys_refused(config.encryption_keys.iter(), &seen.platform_keys);
        return Err(BootError(match why {
            Some(why) => format!("{} {why}", setting::ENCRYPTION_KEYS),
            None => format!("The platform’s data key can’t be opened: {error}"),
        }));
    }
    Ok(platform)
}

/// Nothing is written to a database that another is being moved to (`move_database.rs`).
async fn is_whole(platform: &Platform) -> Result<(), BootError> {
    let failed = |error: AppError| BootError(format!("The database can’t be read: {error}"));
    let mut tx = platform.begin(Access::Read).await.map_err(failed)?;
    let begun = platform_sql!(
        optional(String,),
        &mut tx,
        "SELECT source FROM database_moves WHERE finished_at IS NULL LIMIT 1"
    )
    .map_err(|error| failed(error.into()))?;
    tx.rollback().await.map_err(|error| failed(error.into()))?;
    if begun.is_some() {
        return Err(BootError(
            "DATABASE_URL: another database is being moved there, and isn’t whole yet. Run `devalo move-database` again, which goes on where it stopped."
                .to_owned(),
        ));
    }
    Ok(())
}

/// Says who takes mail out: Resend where its key is set, or a mail server; in development files beside the database. In production
/// with neither it waits in the outbox (`check::warnings` says so). And whom to believe what became of it.
///
/// # Errors
/// No connection could be made with these settings.
pub fn mail(platform: &Platform, config: &Config) -> Result<(), BootError> {
    match &config.mail {
        Some(mail) => {
            let (setting, postman) = match &mail.by {
                By::Resend { key, base } => {
                    (setting::RESEND_API_KEY, Postman::resend(key.expose_secret(), &mail.from, base.as_deref()))
                }
                By::Smtp(url) => (setting::SMTP_URL, Postman::smtp(url.expose_secret(), &mail.from)),
            };
            let postman = postman.map_err(|error| BootError(format!("{setting}: {error}")))?;
            platform.mail.deliver_by(postman.answered_at(config.support_email.as_deref()));
            platform.mail.no_more_than(config.emails_per_second.unwrap_or(USUAL_PACE));
        }
        None if config.mode.is_production() => {}
        None => {
            platform.mail.deliver_by(Postman::Folder(beside(&config.database, "mail")));
            if let Some(pace) = config.emails_per_second {
                platform.mail.no_more_than(pace);
            }
        }
    }
    if let Some(address) = &config.support_email {
        platform.support_at(address.clone());
    }
    if let Some(secrets) = &config.webhook_secrets {
        let secrets = Secrets::parse(secrets.expose_secret());
        let failed = |error| BootError(format!("{}: {error}", setting::RESEND_WEBHOOK_SECRET));
        platform.mail.believe(secrets.map_err(failed)?);
    }
    if let Some((domain, secrets)) = &config.inbound {
        let secrets = Secrets::parse(secrets.expose_secret());
        let failed = |error| BootError(format!("{}: {error}", setting::INBOUND_EMAIL_SECRET));
        platform.take_mail_at(Inbound { domain: domain.clone(), secrets: secrets.map_err(failed)? });
    }
    Ok(())
}

/// Makes TLS where the settings say that Devalo does so itself. Certificates that it gets are kept beside the database.
///
/// # Errors
/// A sentence for the operator.
pub fn keys(config: &Config) -> Result<Option<Keys>, BootError> {
    let keys = config.tls.as_ref().map(|tls| Keys::by(tls, beside(&config.database, "certificates")));
    keys.transpose().map_err(BootError)
}

/// Says who fetches from addresses that people give, such as their calendars’, and sends to them, as webhooks do: in development these
/// may be on this machine, over plain http; in production never.
///
/// # Errors
/// The machine has no certificates to trust.
pub fn fetcher(platform: &Platform, config: &Config) -> Result<(), BootError> {
    let allowance = if config.mode.is_production() { Allowance::none() } else { Allowance::this_machine() };
    let fetcher = Fetcher::new(allowance).map_err(|_| {
        BootError("Nothing can be fetched from other servers, or sent to them: the machine has no certificates to trust. Install ca-certificates.".to_owned())
    })?;
    platform.fetch_by(fetcher);
    Ok(())
}

/// Says who takes payments: Stripe where its key is set, or else nobody, and plans are set by hand. And who sells, for the invoices.
///
/// # Errors
/// No connection could be made with these settings.
pub fn payments(platform: &Platform, config: &Config) -> Result<(), BootError> {
    if let Some(payments) = &config.payments {
        let secrets = payments.secrets.iter().map(|secret| secret.expose_secret().to_owned()).collect();
        let stripe = Payments::stripe(payments.key.expose_secret(), secrets, payments.base.as_deref());
        platform.take_payments(stripe.map_err(|error| BootError(format!("STRIPE_SECRET_KEY: {error}")))?);
    }
    if let Some(seller) = &config.seller {
        platform.sell_as(seller.clone());
    }
    Ok(())
}

/// Makes the first account from the settings, if there is nobody yet, and answers where its owner logs in. Says in the log
/// what came of it, or what to do.
///
/// # Errors
/// What the settings hold can't be taken, or the database is busy.
pub async fn first_account(platform: &Platform, config: &Config) -> Result<Option<String>, BootError> {
    let failed = |error: AppError| {
        let setting = |field: &str| match field {
            "password" => setting::BOOTSTRAP_ADMIN_PASSWORD,
            "name" => setting::BOOTSTRAP_ORG_NAME,
            "own_name" => setting::BOOTSTRAP_ADMIN_NAME,
            _ => setting::BOOTSTRAP_ADMIN_EMAIL,
        };
        let fields = error.fields.iter().map(|field| format!("{}: {}", setting(&field.field), field.message));
        let fields: Vec<String> = fields.collect();
        let why = if fields.is_empty() { error.message } else { fields.join(" ") };
        BootError(format!("The first account can’t be made. {why}"))
    };
    let Some(bootstrap) = &config.bootstrap else {
        if config.mode.is_production() && !accounts::any_users(platform).await.map_err(failed)? {
            tracing::warn!(
                "nobody has an account yet: set BOOTSTRAP_ADMIN_EMAIL, BOOTSTRAP_ADMIN_PASSWORD (`openssl rand -base64 18`) \
                 and BOOTSTRAP_ORG_NAME, and start again"
            );
        }
        return Ok(None);
    };
    let org = bootstrap.org_name.as_deref().unwrap_or("My business");
    let (password, name) = (bootstrap.password.expose_secret(), bootstrap.name.as_deref());
    let made = accounts::bootstrap(platform, &bootstrap.email, password, org, name).await;
    let address =
        made.map_err(failed)?.map(|slug| config.origin.link(&format!("/login?next=/app/{slug}/settings/details")));
    if let Some(address) = &address {
        tracing::info!(
            %address,
            "the first account is made: log in, set up two-step login, then take BOOTSTRAP_ADMIN_PASSWORD out of the settings"
        );
    } else {
        tracing::warn!(
            "BOOTSTRAP_ADMIN_EMAIL and BOOTSTRAP_ADMIN_PASSWORD do nothing: there are accounts already, and only the first one is \
             made from them. Take the password out of the settings; to begin anew, begin with an empty database"
        );
    }
    Ok(address)
}

/// Records that this server started, and with which modules. The answer names this start.
///
/// # Errors
/// The database is busy.
pub async fn record(platform: &Platform) -> Result<Uuid, BootError> {
    let names: Vec<&str> = MODULES.iter().map(|module| module.name()).collect();
    let names = names.join(" ");
    tracing::info!(modules = names, version = env!("CARGO_PKG_VERSION"), "modules found");
    let kids = platform.keyring.kids().collect::<Vec<_>>().join(" ");
    let now = platform.clock.now();
    let boot = app::ids::fresh(now);
    let failed = |error: String| BootError(format!("The start can’t be recorded: {error}"));
    let mut tx = platform.begin(Access::Write).await.map_err(|error| failed(error.to_string()))?;
    platform_sql!(
        exec,
        &mut tx,
        "INSERT INTO boots (id, version, modules, started_at, host, kids, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $4)",
        boot,
        env!("CARGO_PKG_VERSION"),
        names,
        now,
        app::jobs::host(),
        kids
    )
    .map_err(|error| failed(error.to_string()))?;
    tx.commit().await.map_err(|error| failed(error.to_string()))?;
    Ok(boot)
}

/// A folder beside the database's file; where the database is elsewhere, in the service's own folder, or in `data`.
pub(crate) fn beside(database: &Database, name: &str) -> PathBuf {
    match database {
        Database::Sqlite(url) => Path::new(sqlite_path(url)).with_file_name(name),
        // systemd says which folder is a service's own.
        Database::Postgres(_) => {
            std::env::var_os("STATE_DIRECTORY").map_or_else(|| PathBuf::from("data"), PathBuf::from).join(name)
        }
    }
}

/// The file of a `sqlite:` URL.
pub(crate) fn sqlite_path(url: &str) -> &str {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    path.split('?').next().unwrap_or(path)
}

/// A database that is gone when its process ends: SQLite’s, of such a URL.
pub(crate) fn is_in_memory(url: &str) -> bool {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    url.starts_with("sqlite:")
        && (percent_decoded(path).contains(":memory:") || query.split('&').any(|pair| pair == "mode=memory"))
}

/// A database that is just starting gets a few seconds.
async fn connect(url: &str) -> Result<Db, BootError> {
    let mut last = String::new();
    for _ in 0..10 {
        match Db::connect(url).await {
            Ok(db) => match db.ping().await {
                Ok(()) => return Ok(db),
                Err(error) => last = error.to_string(),
            },
            Err(error) => last = error.to_string(),
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Err(BootError(format!("DATABASE_URL: the database doesn’t answer: {last}")))
}
