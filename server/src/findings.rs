//! What `devalo check` can find: each with a code that stays, how bad it is, and what to do. `docs/checks.md` is printed from
//! this table.

use std::fmt::Write as _;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Devalo doesn't start.
    Error,
    /// It starts, and the log says so; mend it.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $what:literal])+ $name:ident = $code:literal, $severity:ident, $mend:literal;)+) => {
        /// What can be found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $what])+ $name,)+
        }

        impl Code {
            /// All of them, in the order of their codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// `DV014`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// How bad it is.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),+ }
            }

            /// What it means, in a sentence.
            pub fn what(self) -> String {
                match self { $(Self::$name => [$($what),+].concat().trim().to_owned()),+ }
            }

            /// What to do about it.
            pub const fn mend(self) -> &'static str {
                match self { $(Self::$name => $mend),+ }
            }
        }
    };
}

codes! {
    /// A setting can’t be read.
    Unreadable = "DV001", Error, "Write it as the finding says.";
    /// A setting that production needs isn’t set.
    Missing = "DV002", Error, "Set it; `devalo generate-keys` prints fresh secrets.";
    /// A setting has a name that nobody reads.
    Unknown = "DV003", Error, "Correct the name, or take the line out.";
    /// The database is temporary, relative, or has no proper password.
    WeakDatabase = "DV010", Error, "Set `DATABASE_URL` to a lasting, absolute path, or give the database’s user a password of its own.";
    /// The origin isn’t https, or clients couldn’t open it.
    WeakOrigin = "DV011", Error, "Set `DEVALO_ORIGIN` to the https address that people type.";
    /// The server listens where other machines reach it without TLS.
    OpenListener = "DV012", Error, "Listen on `127.0.0.1:3000` with the proxy in front, or name the proxy.";
    /// Everybody on the internet is trusted to say where a request comes from.
    ProxiesTrustAll = "DV013", Error, "List only your proxies in `DEVALO_TRUSTED_PROXIES`.";
    /// A secret could be guessed.
    WeakSecret = "DV014", Error, "Run `devalo generate-keys`, and put the new value first in the list.";
    /// The first account’s password could be guessed, or its address gets no mail.
    WeakBootstrap = "DV015", Error, "Set an address that you read, and a password from `openssl rand -base64 18`.";
    /// One value is used for two things.
    ReusedSecret = "DV016", Error, "Replace one of the two.";
    /// Other people on the machine can read the file that holds the secrets.
    OpenEnvironmentFile = "DV017", Error, "`chmod 0640` it, with root as its owner and `devalo` as its group.";
    /// Two ways are set for mail to go out.
    TwoWaysOut = "DV018", Error, "Set `RESEND_API_KEY` or `SMTP_URL`, and not both.";
    /// Payments would go to a stand-in, and be none.
    StandInPayments = "DV019", Error, "Take `STRIPE_API_BASE` out of the settings.";
    /// No mail goes out: what there is waits, and is given up after three days.
    NoMail = "DV020", Warning, "Set `RESEND_API_KEY`, or `SMTP_URL`, and `EMAIL_FROM`.";
    /// No proxy is named, so everybody seems to come from the proxy, and limits by address hold nobody back.
    NoProxyNamed = "DV021", Warning, "Set `DEVALO_TRUSTED_PROXIES`, for a proxy on this machine `127.0.0.1/32,::1/128`.";
    /// A large part of the internet is trusted to say where a request comes from.
    WideProxies = "DV022", Warning, "List your proxies’ own addresses.";
    /// The first account’s password is still in the settings, and does nothing any more.
    BootstrapLeft = "DV023", Warning, "Take `BOOTSTRAP_ADMIN_PASSWORD` out of the settings.";
    /// Nobody has an account, and no first account is set.
    NobodyYet = "DV024", Warning, "Set `BOOTSTRAP_ADMIN_EMAIL`, `BOOTSTRAP_ADMIN_PASSWORD` and `BOOTSTRAP_ORG_NAME`, and start again.";
    /// Somebody who runs the platform has no two-step login.
    AdminWithoutFactor = "DV025", Warning, "Log in as them, and set it up.";
    /// A production rule is set aside.
    RuleSetAside = "DV026", Warning, "Take `DEVALO_ALLOW_DEVELOPMENT` out once the trial is over.";
    /// The origin is a number: cookies hold for it alone, but passkeys need a name.
    OriginIsNumber = "DV027", Warning, "Set `DEVALO_ORIGIN` to a name of your own that points at this server.";
    /// Mail goes to a mail server on another machine without TLS, or with none where somebody in between says so.
    OpenMail = "DV028", Warning, "Begin `SMTP_URL` with `smtps://`, or end it with `?tls=required`.";
    /// What became of mail isn’t heard: addresses that take none are written to again and again.
    DeafToMail = "DV029", Warning, "Make a webhook on Resend’s page that leads to `/webhooks/resend`, and set `RESEND_WEBHOOK_SECRET`.";
    /// Other people on the machine can read the database, or write beside it.
    OpenDatabaseFile = "DV030", Warning, "`chmod 0700` the folder and `0600` the files, with `devalo` as their owner.";
    /// Payments are tried out: no money moves.
    TestPayments = "DV031", Warning, "Set Stripe’s live key (`sk_live_…`) and its webhook’s secret, once real businesses sign up.";
    /// Payments are taken, and it isn’t said who takes them: what businesses get is no tax invoice.
    SellerUnnamed = "DV032", Warning, "Set `SELLER_NAME`, `SELLER_ABN` and `SELLER_ADDRESS` to what you are registered for GST with.";
    /// Mail would come from an address that is kept for examples.
    ExampleSender = "DV033", Error, "Set `EMAIL_FROM` to an address at a domain of your own, which Resend has verified or your mail server sends for.";
    /// The pages’ styles and programs aren’t where they are looked for.
    SiteMissing = "DV034", Error, "Set `LEPTOS_SITE_ROOT` in the environment (not in this file) to the folder that `scripts/build-site` filled; `deploy/devalo.service` does. Or start in the folder that `target/site` is in.";
    /// Nobody is told where to write to whoever runs the platform.
    NoSupportAddress = "DV035", Warning, "Set `SUPPORT_EMAIL` to an address that you read.";
    /// Backups are set up, and none was made in the last 26 hours.
    BackupOld = "DV036", Warning, "See what `devalo backup` says (`journalctl -u devalo-backup`), and whether its timer runs.";
    /// Backups are set up with something that can’t be used, so that none are made.
    BackupUnfit = "DV037", Warning, "Set it as docs/backups.md says, and try it: `sudo systemctl start devalo-backup`, `journalctl -u devalo-backup -n 5`.";
    /// Less than 500 MB are free on the disk that the data is on.
    LittleRoom = "DV038", Warning, "Make room (docs/runbook.md, “The disk is full”, says in which order), or have a larger disk.";
    /// The database doesn’t answer, or what there is can’t be read.
    DatabaseUnreachable = "DV040", Error, "Start it, and look at `DATABASE_URL`; of a SQLite file docs/runbook.md says more, “The database won’t start”.";
    /// The database is of an older version.
    MigrationsPending = "DV041", Warning, "Make a backup; the next `devalo serve` brings it up to date.";
    /// The database is of a newer version than this program.
    DatabaseNewer = "DV042", Error, "Install the version that the database was last used with, or a newer one.";
    /// The database’s clock and this machine’s differ by more than two seconds.
    ClockSkew = "DV043", Warning, "Let both take their time from NTP (`timedatectl set-ntp true`).";
    /// They differ by more than a minute: codes and links would expire at the wrong time.
    ClockFarOff = "DV044", Error, "Let both take their time from NTP (`timedatectl set-ntp true`).";
    /// The role that the application takes can get around row-level security.
    RoleTooStrong = "DV045", Error, "Make the role `devalo_app` one that is no superuser, has `NOBYPASSRLS`, and owns nothing.";
    /// A table of organisations’ data has no row-level security.
    TableUnguarded = "DV046", Error, "Restore the database’s schema from a backup; nothing of Devalo turns it off.";
    /// The database’s user may neither make nor take the role that the application takes.
    RoleMissing = "DV047", Error, "As a superuser of PostgreSQL, with the user in `DATABASE_URL`: `ALTER ROLE USER CREATEROLE`, and where another database has made `devalo_app` already `GRANT devalo_app TO USER WITH ADMIN OPTION`. After the first start `ALTER ROLE USER NOCREATEROLE`.";
    /// The database was written with other keys than those in the settings.
    WrongKeys = "DV048", Error, "Put the key that it was written with back into `DEVALO_ENCRYPTION_KEYS`; no other reads it.";
    /// The database’s file, or the folder that it is in, can only be read.
    DatabaseUnwritable = "DV049", Error, "Let the user that Devalo runs as write to both; if the whole disk can only be read, mount it for writing, and see in `dmesg` why it isn’t.";
    /// The certificate for TLS, or its key, can’t be used, or others on the machine can read the key.
    CertificateUnfit = "DV060", Error, "Put the certificate with those that vouch for it, and its key, in files that `devalo` may read and others may not (`chmod 0640`, with `devalo` as the group).";
    /// Certificates come from a trial, and browsers warn of them.
    TrialCertificates = "DV061", Warning, "Take `DEVALO_ACME_DIRECTORY` out once a trial certificate has been given out.";
    /// Data keys are wrapped under an earlier master key while another is current.
    KeysToWrap = "DV062", Warning, "Once every server was restarted with the new key, run `devalo rotate-keys`.";
    /// A master key is in the settings that nothing in this database is wrapped under.
    KeyUnused = "DV063", Warning, "Keep a copy of it off this server for as long as you keep backups that were made before, and take it out of `DEVALO_ENCRYPTION_KEYS`.";
    /// Another database is being moved here, and isn’t here yet.
    MoveUnfinished = "DV064", Error, "Run `devalo move-database` again, which goes on where it stopped; or begin with an empty database.";
    /// A restore into this database is under way, or was broken off.
    RestoreUnfinished = "DV065", Error, "Wait for it, or run `devalo restore` again; if what was in the backup isn’t wanted, take the file away that is named.";
}

/// The table, for `docs/checks.md`.
pub fn table() -> String {
    let mut text = "# What `devalo check` finds\n\n\
        An error keeps `devalo serve` from starting, or would once it is known; with a warning it starts, and the log says so. This\n\
        page is printed by `devalo check --explain`.\n\n\
        | code | severity | what | what to do |\n|---|---|---|---|\n"
        .to_owned();
    for code in Code::ALL {
        // Writing to a String cannot fail.
        let _ =
            writeln!(text, "| {} | {} | {} | {} |", code.as_str(), code.severity().as_str(), code.what(), code.mend());
    }
    text
}
