//! What stops a production boot.
//!
//! [`crate::config`] says whether a setting can be read; here is whether it may be used for real
//! people: secrets that nobody can guess, an address that browsers and emails can reach safely, a
//! database that is still there tomorrow. `devalo check` prints [`report`], and `devalo serve`
//! starts only from what [`boot`] gives.
//!
//! A rule that may be wrong about someone's set-up (databases, listening) can be set aside with
//! `DEVALO_ALLOW_DEVELOPMENT`; the rules on secrets and on the origin cannot.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path};
use std::time::Duration;

use app::{
    auth::password,
    clock::Clock,
    crypto::{CryptoError, Keyring},
    db::POSTGRES_ROLE,
    machine,
    modules::MIGRATIONS,
    platform::PLATFORM_OWNER,
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use rustls_acme::acme::LETS_ENCRYPT_STAGING_DIRECTORY;
use secrecy::ExposeSecret;
use url::{Host, Url};

use crate::backup::{self, restore};
use crate::boot::{beside, is_in_memory, sqlite_path};
use crate::config::{
    Bootstrap, By, Config, DEFAULT_DATABASE_URL, Database, Draft, EncryptionKey, Material, Mode, Origin, Problem,
    SHORTEST_PASSWORD, Source, Tls, in_order, is_placeholder, percent_decoded, setting,
};
use crate::findings::{Code, Severity};
use crate::tls;

/// A database that doesn't answer for this long doesn't.
const LOOK_WITHIN: Duration = Duration::from_secs(10);
/// The alert `DiskNearlyFull` says so, too.
const LITTLE_ROOM: u64 = 500_000_000;
/// One a night, and two hours more.
const BACKUP_WITHIN_SECONDS: i64 = 26 * 60 * 60;

/// Everything that would stop `devalo serve`, all at once, in the order of the settings.
///
/// In development that is only what cannot be read: keys that are missing are made there by
/// [`crate::keys::ensure_development_env`]. If `DEVALO_ENV` is neither word, the production rules
/// hold, since someone who mistyped `production` meant it.
pub fn problems(source: &Source) -> Vec<Problem> {
    let draft = Draft::read(source);
    let mut problems = draft.unusable.clone();
    if draft.mode == Some(Mode::Development) {
        // The account couldn't be made with it.
        if let Some(bootstrap) = draft.bootstrap.as_ref().filter(|bootstrap| is_refused(bootstrap)) {
            problems.extend(weak_password(bootstrap));
        }
    } else {
        problems.extend(draft.missing.iter().map(|problem| problem.clone().of(Code::Missing)));
        problems.extend(draft.unknown.iter().map(|problem| problem.clone().of(Code::Unknown)));
        let mut judge = |code, judgement: &dyn Fn(&mut Vec<Problem>)| {
            let mut found = Vec::new();
            judgement(&mut found);
            problems.extend(found.into_iter().map(|problem| problem.of(code)));
        };
        judge(Code::WeakDatabase, &|found| judge_database(source, &draft, found));
        judge(Code::WeakOrigin, &|found| judge_origin(&draft, found));
        judge(Code::OpenListener, &|found| judge_listening(&draft, found));
        judge(Code::ProxiesTrustAll, &|found| judge_proxies(&draft, found));
        judge(Code::WeakSecret, &|found| judge_materials(&draft, found));
        judge(Code::WeakBootstrap, &|found| judge_bootstrap(&draft, found));
        judge(Code::ReusedSecret, &|found| judge_reuse(&draft, found));
        judge(Code::StandInPayments, &|found| judge_payments(source, found));
        judge(Code::ExampleSender, &|found| judge_sender(source, found));
    }
    in_order(problems)
}

/// What of the settings works in production, but had better be otherwise.
pub fn warnings(source: &Source) -> Vec<Problem> {
    let draft = Draft::read(source);
    let mut found = Vec::new();
    if draft.mode == Some(Mode::Development) {
        return found;
    }
    let mut warn = |code: Code, setting, what: String| found.push(Problem::new(setting, what, code.mend()).of(code));
    let set = |name| source.get(name).is_some();
    if draft.mail.is_none() && !set(setting::RESEND_API_KEY) && !set(setting::SMTP_URL) {
        warn(
            Code::NoMail,
            setting::RESEND_API_KEY,
            "is not set, nor is SMTP_URL: mail waits, and is given up after three days; nobody can set a forgotten password anew."
                .to_owned(),
        );
    }
    if draft.payments.as_ref().is_some_and(|payments| payments.key.expose_secret().contains("_test_")) {
        warn(
            Code::TestPayments,
            setting::STRIPE_SECRET_KEY,
            "is a test key: whoever signs up pays nothing, and is a customer all the same.".to_owned(),
        );
    }
    if draft.mail.is_some() && !set(setting::SUPPORT_EMAIL) {
        warn(
            Code::NoSupportAddress,
            setting::SUPPORT_EMAIL,
            "is not set: pages that say to write to whoever runs this platform don't say where, and answers to letters go nowhere."
                .to_owned(),
        );
    }
    let seller = [setting::SELLER_NAME, setting::SELLER_ABN, setting::SELLER_ADDRESS];
    // With `BILLING=manual` no invoices are made here.
    if let Some(unset) = seller.into_iter().find(|name| draft.payments.is_some() && !set(name)) {
        warn(
            Code::SellerUnnamed,
            unset,
            "is not set: what businesses get for their payments is no tax invoice that they could claim GST with."
                .to_owned(),
        );
    }
    match draft.mail.as_ref().map(|mail| &mail.by) {
        Some(By::Resend { .. }) if !set(setting::RESEND_WEBHOOK_SECRET) => warn(
            Code::DeafToMail,
            setting::RESEND_WEBHOOK_SECRET,
            "is not set: nobody hears of mail that came back, and it is sent to the same addresses again.".to_owned(),
        ),
        Some(By::Smtp(url)) if is_open(url.expose_secret()) => warn(
            Code::OpenMail,
            setting::SMTP_URL,
            "leads to another machine without TLS that holds: links in mail that open accounts could be overheard."
                .to_owned(),
        ),
        _ => {}
    }
    if matches!(&draft.tls, Some(Tls::Acme { directory, .. }) if directory == LETS_ENCRYPT_STAGING_DIRECTORY) {
        warn(
            Code::TrialCertificates,
            setting::ACME_DIRECTORY,
            "is `staging`: browsers warn of the certificates that are given out there.".to_owned(),
        );
    }
    let behind = draft.tls.is_none() && draft.addr.is_some_and(|addr| addr.ip().to_canonical().is_loopback());
    if behind && draft.trusted_proxies.is_empty() {
        warn(
            Code::NoProxyNamed,
            setting::TRUSTED_PROXIES,
            "is not set: everybody seems to come from the proxy, and limits by address hold nobody back.".to_owned(),
        );
    }
    for net in &draft.trusted_proxies {
        let public = unreachable_ip(net.network()).is_none();
        let wide = match net {
            IpNet::V4(net) => net.prefix_len() < 8,
            IpNet::V6(net) => net.prefix_len() < 16,
        };
        if public && wide {
            warn(
                Code::WideProxies,
                setting::TRUSTED_PROXIES,
                format!("has {net}, a large part of the internet: anyone there could pretend to any address."),
            );
        }
    }
    for (setting, what) in backup::unfit(source) {
        warn(Code::BackupUnfit, setting, what);
    }
    if draft.allowed.database || draft.allowed.listen {
        warn(Code::RuleSetAside, setting::ALLOW_DEVELOPMENT, "sets a production rule aside.".to_owned());
    }
    if draft.origin.as_ref().is_some_and(|origin| !matches!(origin.host(), Host::Domain(_))) {
        warn(
            Code::OriginIsNumber,
            setting::ORIGIN,
            "is a number: cookies hold for it alone, but passkeys need a name.".to_owned(),
        );
    }
    in_order(found)
}

/// Whether the pages' styles and programs are where they are looked for. In development nobody minds.
pub fn site(source: &Source) -> Option<Problem> {
    let style = source.site_root().join("pkg/devalo.css");
    if Draft::read(source).mode == Some(Mode::Development) || style.exists() {
        return None;
    }
    let code = Code::SiteMissing;
    let what = format!("names no folder with the site’s files: there is no {}.", style.display());
    Some(Problem::new("LEPTOS_SITE_ROOT", what, code.mend()).of(code))
}

/// Who else on this machine can get at the file with the settings, and at the database's. In development nobody minds.
pub fn files(source: &Source, env_file: Option<&Path>) -> Vec<Problem> {
    let draft = Draft::read(source);
    let mut found = Vec::new();
    if draft.mode == Some(Mode::Development) {
        return found;
    }
    let mode = |path: &Path| std::fs::metadata(path).ok().map(|data| data.permissions().mode() & 0o777);
    if let Some((path, mode)) = env_file.and_then(|path| Some((path, mode(path)?)))
        && mode & 0o007 != 0
    {
        let code = Code::OpenEnvironmentFile;
        let what = format!("has mode {mode:04o}: others on this machine can get at the secrets in it.");
        found.push(Problem::new(path.display().to_string(), what, code.mend()).of(code));
    }
    if let Some(Tls::Acme { ca: Some(ca), .. }) = &draft.tls
        && let Err(why) = tls::trusting(ca)
    {
        let code = Code::CertificateUnfit;
        found.push(Problem::new(setting::ACME_CA, format!("can’t be used: {why}."), code.mend()).of(code));
    }
    if let Some(Tls::Files { certificate, key }) = &draft.tls {
        let code = Code::CertificateUnfit;
        let mut find = |setting, what| found.push(Problem::new(setting, what, code.mend()).of(code));
        if let Err(why) = tls::read(certificate, key) {
            find(setting::TLS_CERT, format!("and its key can’t be used: {why}."));
        }
        if let Some(mode) = mode(key).filter(|mode| mode & 0o007 != 0) {
            find(setting::TLS_KEY, format!("has mode {mode:04o}: others on this machine can read it."));
        }
    }
    if let Some(Database::Sqlite(url)) = &draft.database {
        let file = Path::new(sqlite_path(url)).to_owned();
        let beside = |end: &str| Path::new(&format!("{}{end}", file.display())).to_owned();
        let folder = file.parent().map(Path::to_owned);
        // In a folder that only its owner may enter, the files' own modes don't matter.
        let entered = folder.as_deref().and_then(mode).is_none_or(|mode| mode & 0o007 != 0);
        let paths = [folder, Some(file.clone()), Some(beside("-wal")), Some(beside("-shm"))];
        for (at, path) in paths.into_iter().flatten().enumerate() {
            let bad = if at == 0 { 0o002 } else { 0o006 };
            if let Some(mode) = mode(&path).filter(|mode| entered && mode & bad != 0) {
                let code = Code::OpenDatabaseFile;
                let what = format!("has mode {mode:04o}: others on this machine can get at the database.");
                found.push(Problem::new(path.display().to_string(), what, code.mend()).of(code));
            }
        }
    }
    if let Some(database) = &draft.database {
        found.extend(machine::disk(&beside(database, "files")).and_then(|(free, _)| little_room(free)));
    }
    if source.get(setting::BACKUP_TO).is_some()
        && let Some(database) = &draft.database
    {
        let last = backup::last(&beside(database, "files"));
        let since = Clock::system().now().plus_seconds(-BACKUP_WITHIN_SECONDS).timestamp();
        if last.is_none_or(|at| at < since) {
            let code = Code::BackupOld;
            let what = match last {
                Some(at) => format!("is set, and the last backup was made at {at}."),
                None => "is set, and no backup was made yet.".to_owned(),
            };
            found.push(Problem::new(setting::BACKUP_TO, what, code.mend()).of(code));
        }
    }
    found
}

/// The same that an alert says of a server that runs.
fn little_room(free: u64) -> Option<Problem> {
    let code = Code::LittleRoom;
    let what = || format!("is on a disk with no more than {} left.", backup::size(free));
    (free < LITTLE_ROOM).then(|| Problem::new("the data", what(), code.mend()).of(code))
}

/// What is found by looking at the database itself. Nothing is changed in it.
pub async fn database(source: &Source) -> Vec<Problem> {
    let draft = Draft::read(source);
    let Some(database) = &draft.database else { return Vec::new() };
    let mut found = Vec::new();
    let mut find = |code: Code, setting: &'static str, what: String| {
        found.push(Problem::new(setting, what, code.mend()).of(code));
    };
    if let Database::Sqlite(url) = database {
        let draft = restore::draft_of(url);
        if draft.exists() {
            let what = format!("is being restored into, or that was broken off: there is {}.", draft.display());
            find(Code::RestoreUnfinished, setting::DATABASE_URL, what);
        }
        if let Some(why) = unwritable(Path::new(sqlite_path(url))) {
            find(
                Code::DatabaseUnwritable,
                setting::DATABASE_URL,
                format!("leads to a file that can’t be written to: {why}."),
            );
        }
    }
    let looked = tokio::time::timeout(LOOK_WITHIN, app::db::inspect(database.url())).await;
    let seen = match looked {
        Ok(Ok(seen)) => seen,
        Ok(Err(error)) => {
            let what = match database {
                Database::Sqlite(_) => format!("leads to a database that can’t be read: {error}."),
                Database::Postgres(_) => format!("leads to a database that doesn’t answer: {error}."),
            };
            find(Code::DatabaseUnreachable, setting::DATABASE_URL, what);
            return found;
        }
        Err(_) => {
            find(
                Code::DatabaseUnreachable,
                setting::DATABASE_URL,
                "leads to a database that doesn’t answer.".to_owned(),
            );
            return found;
        }
    };
    let pending = MIGRATIONS.iter().filter(|step| !seen.applied.contains(&step.version)).count();
    let newer = seen.applied.iter().filter(|version| MIGRATIONS.iter().all(|step| step.version != **version)).count();
    if newer > 0 {
        find(
            Code::DatabaseNewer,
            setting::DATABASE_URL,
            format!(
                "leads to a database that was last used by a newer Devalo than this one, and has steps that this one doesn’t know: {newer}."
            ),
        );
    } else if pending > 0 && !seen.applied.is_empty() {
        find(
            Code::MigrationsPending,
            setting::DATABASE_URL,
            format!("leads to a database that lacks {pending} steps."),
        );
    }
    if let Some((ahead, code)) = seen.clock_ahead.and_then(|ahead| Some((ahead, clock(ahead)?))) {
        find(
            code,
            setting::DATABASE_URL,
            format!("leads to a database whose clock is {ahead:+.1} s off this machine’s."),
        );
    }
    if let Some(why) = keys_refused(draft.encryption_keys.iter(), &seen.platform_keys) {
        find(Code::WrongKeys, setting::ENCRYPTION_KEYS, why);
    } else {
        for (code, why) in keys_in_use(&draft, &seen.kids) {
            find(code, setting::ENCRYPTION_KEYS, why);
        }
    }
    if seen.being_moved_here {
        find(
            Code::MoveUnfinished,
            setting::DATABASE_URL,
            "leads to a database that another is being moved to, and that isn’t whole yet.".to_owned(),
        );
    }
    if let Some(role) = seen.role_unmade {
        let what = format!(
            "leads to a database where {role} may not make or take the role {POSTGRES_ROLE}, so the first start would fail."
        );
        find(Code::RoleMissing, setting::DATABASE_URL, what);
    }
    for may in seen.role_may {
        find(Code::RoleTooStrong, setting::DATABASE_URL, format!("leads to a database where {may}."));
    }
    if !seen.open_tables.is_empty() {
        let tables = seen.open_tables.join(", ");
        find(
            Code::TableUnguarded,
            setting::DATABASE_URL,
            format!("leads to a database where {tables} have no row-level security."),
        );
    }
    if draft.mode != Some(Mode::Development) {
        match (seen.users.unwrap_or(0), &draft.bootstrap) {
            (0, None) => find(
                Code::NobodyYet,
                setting::BOOTSTRAP_ADMIN_EMAIL,
                "is not set, and nobody has an account.".to_owned(),
            ),
            (1.., Some(_)) => find(
                Code::BootstrapLeft,
                setting::BOOTSTRAP_ADMIN_PASSWORD,
                "is still set, and does nothing: there are accounts already.".to_owned(),
            ),
            _ => {}
        }
        if seen.weak_admins > 0 {
            find(
                Code::AdminWithoutFactor,
                "the platform",
                format!("is run by {} without two-step login.", count(seen.weak_admins, "person", "people")),
            );
        }
    }
    in_order(found)
}

/// Why nothing can be written to this file, or beside it as SQLite does. One that isn’t there yet is made.
fn unwritable(file: &Path) -> Option<String> {
    let opened = match File::options().write(true).open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        opened => opened.map(|_| ()),
    };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let tried = opened.and_then(|()| Ok(rustix::fs::access(folder, rustix::fs::Access::WRITE_OK)?));
    tried.err().map(|error| error.to_string())
}

/// Why what was written to this database can't be read with the keys in the settings.
pub(crate) fn keys_refused<'k>(
    keys: impl Iterator<Item = &'k EncryptionKey>,
    wrapped: &[(u32, Vec<u8>)],
) -> Option<String> {
    let entries: Vec<String> = keys.map(EncryptionKey::entry).collect();
    if wrapped.is_empty() || entries.is_empty() {
        return None;
    }
    // What isn't a keyring is told of its setting.
    let keyring = Keyring::parse(&entries.join(",")).ok()?;
    match keyring.unwrap(PLATFORM_OWNER, wrapped) {
        Ok(_) => None,
        Err(CryptoError::MasterKeyMissing { kid, .. }) => {
            Some(format!("lacks the key {kid}, which this database was written with: nothing in it could be read."))
        }
        Err(_) => Some(
            "has another key than the one that this database was written with: nothing in it could be read.".to_owned(),
        ),
    }
}

/// Master keys that are missing, that are to be exchanged, and that are no longer needed.
fn keys_in_use(draft: &Draft, kids: &BTreeMap<String, i64>) -> Vec<(Code, String)> {
    let mut found = Vec::new();
    let Some(current) = draft.encryption_keys.first().filter(|_| !kids.is_empty()) else { return found };
    for (kid, keys) in kids.iter().filter(|(kid, _)| **kid != current.id) {
        let wrapped = count(*keys, "data key is", "data keys are");
        found.push(if draft.encryption_keys.iter().any(|key| key.id == *kid) {
            (Code::KeysToWrap, format!("has {} first, and {wrapped} still wrapped under {kid}.", current.id))
        } else {
            (
                Code::WrongKeys,
                format!("lacks the key {kid}, under which {wrapped} wrapped: what they encrypt couldn’t be read."),
            )
        });
    }
    for key in draft.encryption_keys.iter().skip(1).filter(|key| !kids.contains_key(&key.id)) {
        found.push((
            Code::KeyUnused,
            format!("has the key {}, under which nothing in this database is wrapped.", key.id),
        ));
    }
    found
}

/// The settings to serve from, or everything that stands against it.
pub fn boot(source: &Source) -> Result<Config, Vec<Problem>> {
    let problems = problems(source);
    if problems.is_empty() { Config::load(source) } else { Err(problems) }
}

/// What to say of a database's clock that is so many seconds ahead.
pub fn clock(ahead: f64) -> Option<Code> {
    match ahead.abs() {
        off if off > 60.0 => Some(Code::ClockFarOff),
        off if off > 2.0 => Some(Code::ClockSkew),
        _ => None,
    }
}

/// The problems as a person reads them: what keeps Devalo from starting, then what doesn't; how many, then two lines each.
pub fn report(problems: &[Problem]) -> String {
    if problems.is_empty() {
        return "The settings are fine.\n".to_owned();
    }
    let of = |severity| problems.iter().filter(move |problem| problem.code.severity() == severity);
    let mut text = String::new();
    for severity in [Severity::Error, Severity::Warning] {
        let head = match (severity, of(severity).count()) {
            (_, 0) => continue,
            (Severity::Error, 1) => "One setting needs mending before Devalo can start:\n".to_owned(),
            (Severity::Error, count) => format!("{count} things need mending before Devalo can start:\n"),
            (Severity::Warning, 1) => "One warning; Devalo starts with it:\n".to_owned(),
            (Severity::Warning, count) => format!("{count} warnings; Devalo starts with them:\n"),
        };
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&head);
        for problem in of(severity) {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{problem}\n");
        }
    }
    text
}

/// Says so where the rules for real people weren't asked for.
pub fn asked_little(source: &Source) -> &'static str {
    if Draft::read(source).mode == Some(Mode::Development) {
        "\nThis was checked for development, where little is asked. For real people set DEVALO_ENV=production, and check again.\n"
    } else {
        ""
    }
}

/// The same for a program: an array of `{code, severity, setting, what, mend}`.
pub fn json(problems: &[Problem]) -> serde_json::Value {
    let line = |problem: &Problem| {
        serde_json::json!({
            "code": problem.code.as_str(),
            "severity": problem.code.severity().as_str(),
            "setting": problem.setting,
            "what": problem.what,
            "mend": problem.mend,
        })
    };
    problems.iter().map(line).collect()
}

/// One of them keeps Devalo from starting.
pub fn stops(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.code.severity() == Severity::Error)
}

fn count(number: i64, one: &str, many: &str) -> String {
    if number == 1 { format!("one {one}") } else { format!("{number} {many}") }
}

/// This mail server is on another machine, and is talked to without TLS, or only if it offers that.
fn is_open(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    // Not a scheme that the standard knows: hosts that are numbers come as text.
    let here = url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    });
    let required = url.query_pairs().any(|(name, value)| name == "tls" && value == "required");
    !here && url.scheme() == "smtp" && !required
}

fn judge_database(source: &Source, draft: &Draft, problems: &mut Vec<Problem>) {
    const SET_SQLITE: &str = "Set DATABASE_URL=sqlite:///var/lib/devalo/devalo.db, on a disk that \
                              is backed up.";
    if draft.allowed.database {
        return;
    }
    let mut refuse = |what: &str, mend: &str| {
        problems.push(Problem::new(
            setting::DATABASE_URL,
            what,
            format!("{mend} If you mean it: DEVALO_ALLOW_DEVELOPMENT=database."),
        ));
    };
    if source.get(setting::DATABASE_URL).is_none() {
        refuse("is not set, and the default is a file relative to wherever devalo was started.", SET_SQLITE);
        return;
    }
    match &draft.database {
        None => {}
        Some(Database::Sqlite(url)) => {
            if let Some(what) = sqlite_weakness(url) {
                refuse(what, SET_SQLITE);
            }
        }
        Some(Database::Postgres(url)) => {
            if let Some(what) = postgres_weakness(url.expose_secret()) {
                refuse(
                    what,
                    "Give the database user a password of its own (`openssl rand -hex 24` prints \
                     one) and put it in DATABASE_URL, or connect over a local socket: \
                     DATABASE_URL=postgres:///devalo?host=/var/run/postgresql.",
                );
            }
        }
    }
}

fn judge_origin(draft: &Draft, problems: &mut Vec<Problem>) {
    let Some(origin) = &draft.origin else { return };
    let mut refuse = |what: String, mend: &str| {
        problems.push(Problem::new(setting::ORIGIN, what, mend));
    };
    if !origin.is_https() {
        refuse(
            format!("is {origin}, which is not https: passwords and sessions could be overheard."),
            "Set DEVALO_ORIGIN=https://…; the Caddyfile that comes with Devalo gets the \
             certificate.",
        );
    }
    if let Some(why) = unreachable(origin) {
        refuse(
            format!("is {origin}, and {why}: clients could not open links to it."),
            "Set DEVALO_ORIGIN to the https address that people type, with a domain of your own \
             that points at this server.",
        );
    }
}

/// Loopback behind a proxy is right; anything else is reached without TLS by whoever finds it, unless Devalo makes that itself.
fn judge_listening(draft: &Draft, problems: &mut Vec<Problem>) {
    let Some(addr) = draft.addr else { return };
    if draft.allowed.listen {
        return;
    }
    let mut refuse = |what: String, mend: &str| {
        problems.push(Problem::new(
            setting::ADDR,
            what,
            format!("{mend} If you mean it: DEVALO_ALLOW_DEVELOPMENT=listen."),
        ));
    };
    if addr.port() == 0 {
        refuse(
            "has port 0, a different port at each start, so the proxy would not find it.".to_owned(),
            "Set DEVALO_ADDR=127.0.0.1:3000.",
        );
    }
    if draft.tls.is_none() && !addr.ip().to_canonical().is_loopback() && draft.trusted_proxies.is_empty() {
        refuse(
            format!(
                "is {addr}, open to other machines without TLS, and no proxy in front of it is \
                 named."
            ),
            "Set DEVALO_ADDR=127.0.0.1:3000 if the proxy is on this machine; if it is not, set \
             DEVALO_TRUSTED_PROXIES to its address.",
        );
    }
}

/// Ranges are looked at together: two halves of the internet are the internet.
fn judge_proxies(draft: &Draft, problems: &mut Vec<Problem>) {
    let mapped = Ipv6Net::new_assert(Ipv4Addr::UNSPECIFIED.to_ipv6_mapped(), 96);
    let together = IpNet::aggregate(&draft.trusted_proxies);
    let everyone = together.iter().any(|net| match net {
        IpNet::V4(net) => net.prefix_len() == 0,
        IpNet::V6(net) => net.contains(&mapped),
    });
    if everyone {
        problems.push(Problem::new(
            setting::TRUSTED_PROXIES,
            "trusts the whole internet, so anyone could pretend to any address and slip past the \
             rate limits.",
            "List only your proxies, for one on this machine \
             DEVALO_TRUSTED_PROXIES=127.0.0.1/32,::1/128.",
        ));
    }
}

fn judge_materials(draft: &Draft, problems: &mut Vec<Problem>) {
    for material in &draft.materials {
        let Some(why) = weakness(material.text.expose_secret(), material.bytes.expose_secret()) else {
            continue;
        };
        problems.push(Problem::new(
            material.setting,
            format!("is not random in {}: it {why}, so it could be guessed.", material.label),
            if material.setting == setting::ENCRYPTION_KEYS {
                "Run `devalo generate-keys` and put the value of its DEVALO_ENCRYPTION_KEYS line in this one’s place, \
                 before anything is written with it: what was written with this key is read with no other."
            } else {
                "Run `devalo generate-keys`, put its DEVALO_SECRET line's value first in the list, and drop this one."
            },
        ));
    }
}

fn judge_bootstrap(draft: &Draft, problems: &mut Vec<Problem>) {
    let Some(bootstrap) = &draft.bootstrap else {
        return;
    };
    let domain = bootstrap.email.rsplit('@').next().unwrap_or_default();
    if let Some(why) = unreachable_name(domain) {
        problems.push(Problem::new(
            setting::BOOTSTRAP_ADMIN_EMAIL,
            format!("is at {domain}, and {why}: a password reset would never arrive."),
            "Set BOOTSTRAP_ADMIN_EMAIL to an address that you read.",
        ));
    }
    if is_refused(bootstrap) || is_guessable_password(bootstrap.password.expose_secret(), &bootstrap.email) {
        problems.extend(weak_password(bootstrap));
    }
}

/// Nobody may choose it, whatever it opens.
fn is_refused(bootstrap: &Bootstrap) -> bool {
    let about = [bootstrap.email.as_str(), bootstrap.org_name.as_deref().unwrap_or_default()];
    password::check_new(bootstrap.password.expose_secret(), &about).is_err()
}

/// Said once: one that is too short is a setting that can't be read.
fn weak_password(bootstrap: &Bootstrap) -> Option<Problem> {
    let long = bootstrap.password.expose_secret().chars().count() >= SHORTEST_PASSWORD;
    let problem = Problem::new(
        setting::BOOTSTRAP_ADMIN_PASSWORD,
        "is an example, a common password or nearly so, and this account rules the whole \
         platform.",
        "Set another: `openssl rand -base64 18` prints a good one.",
    );
    long.then(|| problem.of(Code::WeakBootstrap))
}

/// A test payment page must never be taken for a real one.
fn judge_payments(source: &Source, problems: &mut Vec<Problem>) {
    let taken = source.get(setting::STRIPE_SECRET_KEY).is_some() && source.get(setting::BILLING) != Some("manual");
    let base = source.get(setting::STRIPE_API_BASE).filter(|_| taken);
    if base.is_some_and(|base| base.trim_end_matches('/') != "https://api.stripe.com") {
        problems.push(Problem::new(
            setting::STRIPE_API_BASE,
            "sends payments to somebody who isn't Stripe, so nobody would really pay.",
            "Take it out of the settings: Stripe is where it usually is.",
        ));
    }
}

/// Nobody may send for a name that is kept for examples.
fn judge_sender(source: &Source, problems: &mut Vec<Problem>) {
    let sent = [setting::RESEND_API_KEY, setting::SMTP_URL].into_iter().any(|name| source.get(name).is_some());
    let from = source.get(setting::EMAIL_FROM).filter(|_| sent).unwrap_or_default().trim_end_matches('>');
    let domain = from.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    if EXAMPLE_DOMAINS
        .iter()
        .any(|example| domain.strip_suffix(example).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    {
        problems.push(Problem::new(
            setting::EMAIL_FROM,
            format!("is at {domain}, a name kept for examples: no mail would be taken from it."),
            Code::ExampleSender.mend(),
        ));
    }
}

/// One value in two places falls in both when it leaks from either.
fn judge_reuse(draft: &Draft, problems: &mut Vec<Problem>) {
    let mut seen: Vec<&Material> = Vec::new();
    for material in &draft.materials {
        let twin = seen.iter().find(|earlier| earlier.bytes.expose_secret() == material.bytes.expose_secret());
        if let Some(twin) = twin {
            problems.push(reused(
                material.setting,
                &material.label,
                twin.setting,
                &twin.label,
                "Run `devalo generate-keys` and replace one of the two; an encryption key that \
                 data was written with is the one to keep.",
            ));
        }
        seen.push(material);
    }
    let Some(bootstrap) = &draft.bootstrap else {
        return;
    };
    let password = bootstrap.password.expose_secret();
    let twin = seen.iter().find(|material| {
        let text = material.text.expose_secret();
        text.trim_end_matches('=') == password.trim_end_matches('=')
            || material.bytes.expose_secret() == password.as_bytes()
    });
    let password_mend = "Set another password: `openssl rand -base64 18` prints a good one.";
    if let Some(twin) = twin {
        problems.push(reused(
            setting::BOOTSTRAP_ADMIN_PASSWORD,
            "the password",
            twin.setting,
            &twin.label,
            password_mend,
        ));
    }
    if let Some(Database::Postgres(url)) = &draft.database
        && let Ok(url) = Url::parse(url.expose_secret())
        && postgres_password(&url).is_some_and(|other| other == password)
    {
        problems.push(reused(
            setting::BOOTSTRAP_ADMIN_PASSWORD,
            "the password",
            setting::DATABASE_URL,
            "the password",
            password_mend,
        ));
    }
}

fn reused(name: &'static str, label: &str, other: &'static str, other_label: &str, mend: &str) -> Problem {
    Problem::new(
        name,
        format!(
            "has a value twice: {label} is also {other_label} of {other}, so one leak would open \
             both."
        ),
        mend,
    )
}

/// Why a secret could be guessed, if it could. The bytes are at least 32.
///
/// The bounds are such that 32 truly random bytes are refused less often than once in a million
/// times, and [`crate::keys`] draws again when that happens.
pub(crate) fn weakness(text: &str, bytes: &[u8]) -> Option<&'static str> {
    if is_placeholder(text) || is_placeholder(&String::from_utf8_lossy(bytes)) {
        return Some("is an example value");
    }
    if bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        return Some("is text that was base64-encoded, not random bytes");
    }
    let repeats = (1..=bytes.len() / 2).any(|period| {
        let pairs = bytes.len() - period;
        let same = bytes.iter().zip(bytes.iter().skip(period));
        same.filter(|(a, b)| a == b).count() * 2 >= pairs
    });
    if repeats {
        return Some("repeats itself");
    }
    let mut steps = [0_usize; 256];
    for (a, b) in bytes.iter().zip(bytes.iter().skip(1)) {
        if let Some(count) = steps.get_mut(usize::from(b.wrapping_sub(*a))) {
            *count += 1;
        }
    }
    if steps.iter().any(|count| count * 3 >= bytes.len()) {
        return Some("counts up or down");
    }
    // Some 43 random base64 characters without a capital, or without a small letter, do not occur.
    if !(text.contains(|c: char| c.is_ascii_lowercase()) && text.contains(|c: char| c.is_ascii_uppercase())) {
        return Some("looks like words or hexadecimal typed in, not base64 of random bytes");
    }
    let mut counts = [0_usize; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let distinct = counts.iter().filter(|count| **count > 0).count();
    if distinct < 20 || shannon_bits(&counts, bytes.len()) < 4.0 {
        return Some("has too few different bytes");
    }
    None
}

/// Bits of entropy for each byte, as far as the byte counts tell: random bytes have about 4.9 when
/// there are 32, and more when there are more.
fn shannon_bits(counts: &[usize; 256], total: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a secret is far shorter than 2^52 bytes")]
    let share = |count: usize| count as f64 / total as f64;
    counts.iter().filter(|count| **count > 0).map(|count| -share(*count) * share(*count).log2()).sum()
}

/// Whether what remains of a password, once the words everyone uses and all that is not a letter
/// are taken out, is too little; or it is nearly the email.
fn is_guessable_password(password: &str, email: &str) -> bool {
    let lower = password.to_lowercase();
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    // The demo's is printed where everybody can read it.
    if password == app::demo::PASSWORD || is_placeholder(password) || distinct.len() < 6 {
        return true;
    }
    let local = email.split('@').next().unwrap_or_default().to_lowercase();
    let mut rest = lower.replace(&email.to_lowercase(), "");
    if local.len() >= 4 {
        rest = rest.replace(&local, "");
    }
    // Taken out only if a common word is in it: a password of digits alone is judged above.
    let mut common = rest.len() != lower.len();
    // `p4ssw0rd` is `password`.
    let unmasked: String = rest
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            other => other,
        })
        .collect();
    for text in [rest, unmasked] {
        let mut left = text.clone();
        for word in COMMON_PASSWORDS {
            left = left.replace(word, "");
        }
        common |= left.len() != text.len();
        let letters = left.chars().filter(|c| c.is_alphabetic()).count();
        if common && letters < 8 {
            return true;
        }
    }
    false
}

const COMMON_PASSWORDS: &[&str] = &[
    "password",
    "passwort",
    "passw",
    "letmein",
    "welcome",
    "qwertyuiop",
    "qwerty",
    "asdfgh",
    "zxcvbn",
    "iloveyou",
    "administrator",
    "bootstrap",
    "admin",
    "devalo",
    "secret",
    "correct",
    "horse",
    "battery",
    "staple",
    "trustno",
    "postgres",
    "default",
    "0123456789",
    "1234567890",
    "123456",
    "abcdef",
];

/// What makes a `sqlite:` URL one that does not last.
fn sqlite_weakness(url: &str) -> Option<&'static str> {
    if url == DEFAULT_DATABASE_URL {
        return Some("is the development default, a file relative to wherever devalo was started.");
    }
    if is_in_memory(url) {
        return Some("is in memory, so everything is lost when the server stops.");
    }
    let path = percent_decoded(sqlite_path(url));
    let path = Path::new(&path);
    if !path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
        return Some("is a relative path, so another working directory would mean another, empty database.");
    }
    let fleeting = ["/tmp", "/var/tmp", "/dev/shm", "/run", "/var/run"];
    if fleeting.iter().any(|folder| path.starts_with(folder)) {
        return Some("is in a folder that is emptied, so everything would be lost at a restart.");
    }
    None
}

/// What makes a Postgres server over the network one that anyone may enter.
fn postgres_weakness(url: &str) -> Option<&'static str> {
    let url = Url::parse(url).ok()?;
    if is_socket(&url) {
        // The operating system says who is there.
        return None;
    }
    let password = postgres_password(&url).unwrap_or_default();
    if password.is_empty() {
        return Some("has no password for a server reached over the network.");
    }
    let lower = password.to_lowercase();
    if COMMON_PASSWORDS.contains(&lower.as_str())
        || is_placeholder(&lower)
        || lower == percent_decoded(url.username()).to_lowercase()
    {
        return Some("has a password that is an example, a common one, or the user's own name.");
    }
    None
}

/// The last one that says so counts, as in sqlx: the host, then `host` and `hostaddr`.
fn is_socket(url: &Url) -> bool {
    let named = url.query_pairs().filter(|(key, _)| key == "host" || key == "hostaddr").last();
    let host = match named {
        Some((_, host)) => host.into_owned(),
        None => percent_decoded(url.host_str().unwrap_or_default()),
    };
    host.is_empty() || host.starts_with('/')
}

fn postgres_password(url: &Url) -> Option<String> {
    let named = url.query_pairs().filter(|(key, _)| key == "password");
    match named.last() {
        Some((_, password)) => Some(password.into_owned()),
        None => url.password().map(percent_decoded),
    }
}

/// Why clients on the internet could not open this origin, if they could not.
fn unreachable(origin: &Origin) -> Option<&'static str> {
    match origin.host() {
        Host::Domain(name) => unreachable_name(name),
        Host::Ipv4(ip) => unreachable_ip(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => unreachable_ip(IpAddr::V6(*ip)),
    }
}

fn unreachable_name(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let within = |domain: &&str| -> bool {
        name.strip_suffix(*domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if ["localhost", "localdomain", "lvh.me", "localtest.me"].iter().any(&within) {
        return Some("that name means the machine one sits at");
    }
    if EXAMPLE_DOMAINS.iter().any(&within) {
        return Some("that is a name kept for examples and tests");
    }
    if LOCAL_DOMAINS.iter().any(&within) {
        return Some("that name exists on a local network only");
    }
    if !name.contains('.') {
        return Some("a single word is a name on a local network only");
    }
    None
}

/// RFC 2606 and 6761, and the names in our own documentation.
const EXAMPLE_DOMAINS: &[&str] = &[
    "test",
    "example",
    "invalid",
    "example.com",
    "example.net",
    "example.org",
    "example.com.au",
    "example.net.au",
    "example.org.au",
    "your-business.com.au",
];

/// RFC 6762, RFC 8375, ICANN's `.internal`, what routers hand out, and services that turn any
/// address into a name.
const LOCAL_DOMAINS: &[&str] =
    &["local", "internal", "intranet", "private", "corp", "home", "lan", "home.arpa", "onion", "nip.io", "sslip.io"];

/// Why an address is not one on the internet, by the IANA special-purpose registries.
fn unreachable_ip(ip: IpAddr) -> Option<&'static str> {
    // An IPv4 address in IPv6 clothes is what it is underneath.
    match ip.to_canonical() {
        IpAddr::V4(ip) => SPECIAL_V4
            .iter()
            .find(|(octets, length, _)| Ipv4Net::new_assert(Ipv4Addr::from_octets(*octets), *length).contains(&ip))
            .map(|(_, _, why)| *why),
        IpAddr::V6(ip) => unreachable_v6(ip),
    }
}

const SPECIAL_V4: &[([u8; 4], u8, &str)] = &[
    ([0, 0, 0, 0], 8, "that address means no machine at all"),
    ([10, 0, 0, 0], 8, PRIVATE),
    ([100, 64, 0, 0], 10, "that address is shared inside a provider's network"),
    ([127, 0, 0, 0], 8, LOOPBACK),
    ([169, 254, 0, 0], 16, LINK_LOCAL),
    ([172, 16, 0, 0], 12, PRIVATE),
    ([192, 0, 0, 0], 24, RESERVED),
    ([192, 0, 2, 0], 24, DOCUMENTATION),
    ([192, 88, 99, 0], 24, RESERVED),
    ([192, 168, 0, 0], 16, PRIVATE),
    ([198, 18, 0, 0], 15, RESERVED),
    ([198, 51, 100, 0], 24, DOCUMENTATION),
    ([203, 0, 113, 0], 24, DOCUMENTATION),
    ([224, 0, 0, 0], 3, RESERVED),
];

const PRIVATE: &str = "that address exists on a local network only";
const LOOPBACK: &str = "that address means the machine one sits at";
const LINK_LOCAL: &str = "that address reaches one cable only";
const DOCUMENTATION: &str = "that address is kept for examples";
const RESERVED: &str = "that address is reserved and reaches no machine";

fn unreachable_v6(ip: Ipv6Addr) -> Option<&'static str> {
    let within = |address: Ipv6Addr, length| Ipv6Net::new_assert(address, length).contains(&ip);
    let from = |first, second| Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0);
    if ip.is_unspecified() {
        Some("that address means no machine at all")
    } else if ip.is_loopback() {
        Some(LOOPBACK)
    } else if within(from(0xfe80, 0), 10) {
        Some(LINK_LOCAL)
    } else if within(from(0xfc00, 0), 7) || within(from(0xfec0, 0), 10) {
        Some(PRIVATE)
    } else if within(from(0x2001, 0xdb8), 32) || within(from(0x3fff, 0), 20) {
        Some(DOCUMENTATION)
    } else if !within(from(0x2000, 0), 3) || within(from(0x2001, 0), 23) || within(from(0x2002, 0), 16) {
        // Outside global unicast, or inside it: protocol assignments (Teredo), 6to4.
        Some(RESERVED)
    } else {
        None
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
