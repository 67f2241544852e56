//! A business outgrows its database: everything is moved to another kind, and back; and how it would be spread over several is known.

use app::{
    clock::Clock,
    db::{
        self, Db, citus,
        moving::{End, Side},
    },
    platform::Platform,
};
use axum::http::StatusCode;
use server::move_database::{self, Asked};
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::{
    on_both, postgres,
    statements::root,
    support::{NOW, ORIGIN, Site, booking, keyring, signer},
};

/// What stays unique over all organisations, and why it may: each is looked for before it is known whose it is, and would stand in a small table on the first
/// server that says whose it is. It can only shrink.
const UNIQUE_EVERYWHERE: &[(&str, &str)] = &[
    ("calendar_feeds_token_hash_key", "a calendar’s secret address"),
    ("calendar_payments_by_intent", "Stripe’s name for a payment, in what it tells"),
    ("calendar_payments_by_session", "likewise"),
    ("organisations_slug_key", "the word in an organisation’s addresses"),
    ("scoreboard_screens_by_code", "what somebody types from a screen"),
    ("scoreboard_screens_by_token", "a screen’s cookie"),
    ("scoreboard_sources_by_id", "the address that a program sends to"),
    ("stripe_accounts_customer_key", "Stripe’s name for who pays, in what it tells"),
    ("stripe_own_accounts_account_key", "Stripe’s name for an account, in what it tells"),
    ("tasks_feeds_token_hash_key", "a calendar’s secret address"),
    ("tasks_mailboxes_word_key", "the address that mail is sent to"),
    ("tasks_shares_token_hash_key", "a list’s secret address"),
];

/// A server that started while nobody looked.
const STARTED: &str = "INSERT INTO boots (id, version, modules, started_at) SELECT id, 'meanwhile', '', created_at FROM users ORDER BY id LIMIT 1";

on_both! {
    /// All that there is comes to the other kind of database, also where the move was killed in the middle; until it is whole nothing is served from there.
    /// Then everybody finds what they had. What was changed behind our back afterwards shows.
    async fn everything_is_moved(site: Site) {
        let slots = site.slots("alpha", "follow-up").await;
        assert_eq!(site.book("alpha", "before-the-move", &booking("follow-up", &slots[0])).await.status, StatusCode::CREATED);
        let left = site.slots("alpha", "follow-up").await;
        let owner = site.log_in("alpha").await;
        let folder = tempfile::tempdir().expect("a folder");
        let target = another_kind(&site, &folder).await;
        site.platform.db.close().await;
        let asked = Asked { from: site.url.clone(), to: target.clone(), verify: false };
        let (refused, _) = run(&Asked { to: "sqlite::memory:".to_owned(), ..asked.clone() }, u32::MAX).await;
        assert!(refused.expect_err("it would be gone at once").contains("--to: a database in memory"));

        let (refused, _) = run(&Asked { from: "mysql://somewhere/devalo".to_owned(), ..asked.clone() }, 0).await;
        assert!(refused.expect_err("it isn’t known").starts_with("--from is no address of a database"));
        execute(&site.url, "UPDATE _sqlx_migrations SET version = version + 1000000 WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)").await;
        let (refused, _) = run(&asked, 0).await;
        assert!(refused.expect_err("of tomorrow").contains("a newer Devalo"));
        execute(&site.url, "UPDATE _sqlx_migrations SET version = version - 1000000 WHERE version > 1000000").await;

        let (stopped, said) = run(&asked, 60).await;
        assert_eq!(stopped, Ok(false), "{said}");
        assert!(db::inspect(&target).await.expect("it is looked at").being_moved_here);
        // What was served from meanwhile isn’t what was begun with.
        execute(&site.url, STARTED).await;
        let (refused, _) = run(&asked, u32::MAX).await;
        assert!(refused.expect_err("it may be another").contains("was served from since"));
        execute(&site.url, "DELETE FROM boots WHERE version = 'meanwhile'").await;
        let (whole, said) = run(&asked, u32::MAX).await;
        assert_eq!(whole, Ok(true), "{said}");
        assert!(said.contains("Going on where it was stopped.") && said.contains("2 organisations"), "{said}");
        assert!(!db::inspect(&target).await.expect("it is looked at").being_moved_here);
        let (refused, _) = run(&asked, u32::MAX).await;
        assert!(refused.expect_err("it is there").contains("was moved there already; that was finished at 2026-11-22T"));

        let moved = site.at(serve(&target).await);
        let clients = moved.get_as(&owner, "/app/alpha/calendar/clients").await;
        assert!(clients.status == StatusCode::OK && clients.text.contains("Casey Client"), "still logged in: {clients:?}");
        assert_eq!(moved.slots("alpha", "follow-up").await, left, "what was taken is taken");
        let lists = moved.get_as(&owner, "/app/alpha/tasks/lists").await;
        assert_eq!(lists.status, StatusCode::OK, "{lists:?}");
        moved.platform.db.close().await;

        let verify = Asked { verify: true, ..asked };
        execute(&target, "UPDATE organisations SET phone = '1' WHERE slug = 'beta'").await;
        let (tampered, said) = run(&verify, 0).await;
        assert!(tampered.expect_err("it shows").contains("aren’t the same"));
        assert!(said.contains(&format!("organisations: of the organisation {}: 1 rows in both, and not the same", site.beta)), "{said}");
    }
}

/// A database that is served from isn’t moved. (On SQLite a lock beside the file says so.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_served_from_is_seen() {
    let site = Site::postgres().await;
    site.get("/readyz").await;
    let mut end = End::open(&site.url, Side::From).await.expect("it opens");
    assert!(end.is_served().await.expect("it answers"));
    site.platform.db.close().await;
    end.close().await.expect("it ends");
}

/// Each row of an organisation is held by its organisation in every unique index and key, but for what is listed; the list of tables for Citus is made of the
/// schema as it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_can_be_spread_by_organisation() {
    let site = Site::postgres().await;
    let spread = citus::spread(&site.url).await.expect("it is looked at");
    let names: Vec<&str> = spread.in_the_way.iter().map(|one| one.name.as_str()).collect();
    let known: Vec<&str> = UNIQUE_EVERYWHERE.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, known, "in a unique index or key there is no organisation: {:?}", spread.in_the_way);
    assert_eq!(spread.reference, ["users"]);
    assert!(spread.distributed.len() > 140 && spread.distributed[0] == "organisations", "{:?}", spread.distributed);
    let written = std::fs::read_to_string(root().join("deploy/citus.sql")).expect("the list");
    assert!(written == spread.sql(), "deploy/citus.sql is of another schema: `devalo citus-tables > deploy/citus.sql`");
    assert!(citus::spread("sqlite:///nowhere").await.is_err());
}

/// An empty database of the other kind.
async fn another_kind(site: &Site, folder: &TempDir) -> String {
    if site.platform.db.is_postgres() {
        return format!("sqlite://{}", folder.path().join("moved.db").display());
    }
    tokio::task::spawn_blocking(postgres::fresh_database).await.expect("a database")
}

async fn run(asked: &Asked, parts: u32) -> (Result<bool, String>, String) {
    let mut lines = Vec::new();
    let now = Clock::fixed(NOW.parse().expect("an instant")).now();
    let done = move_database::run(asked, now, parts, &mut |line: &str| lines.push(line.to_owned())).await;
    (done, lines.join("\n"))
}

async fn serve(url: &str) -> Platform {
    let db = Db::connect(url).await.expect("the database answers");
    let clock = Clock::fixed(NOW.parse().expect("an instant"));
    let platform = Platform::new(db, clock, keyring(), signer(), ORIGIN.to_owned());
    platform.ensure_platform_key().await.expect("its key");
    platform
}

/// As the owner of the tables.
async fn execute(url: &str, statement: &'static str) {
    if url.starts_with("sqlite:") {
        let mut owner = SqliteConnection::connect(url).await.expect("it answers");
        owner.execute(statement).await.expect("it is done");
        owner.close().await.expect("it ends");
    } else {
        let mut owner = PgConnection::connect(url).await.expect("it answers");
        owner.execute(statement).await.expect("it is done");
        owner.close().await.expect("it ends");
    }
}
