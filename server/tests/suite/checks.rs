//! What `devalo check` sees of a database: on both kinds, changing nothing.

use app::{
    db::{self, Access},
    modules::MIGRATIONS,
    platform_sql,
};
use server::{
    check,
    config::{Problem, Source},
    findings::Code,
};

use crate::{on_both, postgres, support::Site};

on_both! {
    /// A database that is in use is fine, and stays as it is.
    async fn a_database_in_use_is_fine(site: Site) {
        assert_eq!(codes(&site.url, &[]).await, []);
        assert_eq!(codes(&site.url, &[("DEVALO_ENV", "production")]).await, []);
        let seen = db::inspect(&site.url).await.expect("it is looked at");
        assert_eq!((seen.applied.len(), seen.users), (MIGRATIONS.len(), Some(2)));
        assert_eq!(seen.clock_ahead.is_some(), site.platform.db.is_postgres());
        assert!(site.get("/readyz").await.status.is_success());
    }

    /// What is left of the first account's settings is told, and an admin of the platform without a second factor.
    async fn what_is_left_to_do_is_told(site: Site) {
        let bootstrap = [
            ("DEVALO_ENV", "production"),
            ("BOOTSTRAP_ADMIN_EMAIL", "jo@harbour-physio.com.au"),
            ("BOOTSTRAP_ADMIN_PASSWORD", "gale-otter-thimble-41"),
        ];
        assert_eq!(codes(&site.url, &bootstrap).await, [Code::BootstrapLeft]);
        let mut tx = site.platform.begin(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE users SET platform_admin = TRUE").expect("they run it");
        tx.commit().await.expect("it is kept");
        assert_eq!(codes(&site.url, &bootstrap[..1]).await, [Code::AdminWithoutFactor]);
    }
}

on_both! {
    /// Keys that the database wasn't written with are told before the server refuses them; those that it was are fine.
    async fn keys_of_another_database_are_told(site: Site) {
        const KEYS: &str = "DEVALO_ENCRYPTION_KEYS";
        const THESE: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        const OTHERS: &str = "9t1C0cXr0Zy6vGm5m8H1bq2yLx7E3oYwTn4sJfUaRkM=";
        site.platform.ensure_platform_key().await.expect("a key");
        assert_eq!(codes(&site.url, &[(KEYS, THESE)]).await, []);
        assert_eq!(codes(&site.url, &[(KEYS, &format!("new:{OTHERS},{THESE}"))]).await, [Code::KeysToWrap]);
        assert_eq!(codes(&site.url, &[(KEYS, &format!("{THESE},old:{OTHERS}"))]).await, [Code::KeyUnused]);
        let lost = problems(&site.url, &[(KEYS, &format!("new:{OTHERS}"))]).await;
        assert_eq!(lost.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::WrongKeys]);
        assert!(lost[0].what.contains("the key test,") && check::stops(&lost), "{lost:?}");
        assert_eq!(codes(&site.url, &[(KEYS, &format!("test:{OTHERS}"))]).await, [Code::WrongKeys]);
    }
}

/// An organisation’s data key under a master key that isn’t there keeps the server from starting; so does a move that isn’t finished.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_whole_is_told() {
    const THESE: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    for site in [Site::sqlite().await, Site::postgres().await] {
        // The name of the key is in what is wrapped: here another of the same length.
        let lost = if site.platform.db.is_postgres() {
            "UPDATE data_keys SET wrapped = overlay(wrapped PLACING 'gone'::bytea FROM 3 FOR 4) WHERE owner_id = (SELECT id FROM organisations WHERE slug = 'beta')"
        } else {
            "UPDATE data_keys SET wrapped = CAST(substr(wrapped, 1, 2) || 'gone' || substr(wrapped, 7) AS BLOB) WHERE owner_id = (SELECT id FROM organisations WHERE slug = 'beta')"
        };
        execute(&site.url, lost).await;
        let found = problems(&site.url, &[("DEVALO_ENCRYPTION_KEYS", THESE)]).await;
        assert_eq!(found.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::WrongKeys]);
        assert!(found[0].what.contains("lacks the key gone, under which one data key is wrapped"), "{found:?}");
        execute(&site.url, "INSERT INTO database_moves (source, started_at) SELECT 'x', MIN(created_at) FROM users")
            .await;
        assert_eq!(codes(&site.url, &[]).await, [Code::MoveUnfinished]);
    }
}

/// Before the first start there is nothing to find but that nobody has an account; no file is made.
#[tokio::test]
async fn a_database_that_is_not_there_yet_is_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("devalo.db").display());
    assert_eq!(codes(&url, &[("DEVALO_ENV", "production")]).await, [Code::NobodyYet]);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    assert_eq!(codes("postgres:///devalo?host=/nowhere", &[]).await, [Code::DatabaseUnreachable]);
    std::fs::write(folder.path().join("devalo.db"), "not a database, by any means").expect("a file");
    let found = problems(&url, &[]).await;
    assert!(
        found.len() == 1 && found[0].code == Code::DatabaseUnreachable && found[0].what.contains("can’t be read"),
        "{found:?}"
    );
    std::fs::remove_file(folder.path().join("devalo.db")).expect("it goes");
    std::fs::create_dir(folder.path().join("devalo.db")).expect("a folder");
    let found = codes(&url, &[]).await;
    assert!(found.contains(&Code::DatabaseUnwritable), "{found:?}");
    std::fs::remove_dir(folder.path().join("devalo.db")).expect("it goes");
    // A restore that was broken off lies there.
    std::fs::write(folder.path().join("devalo.db.restoring"), "").expect("a file");
    let found = problems(&url, &[]).await;
    assert!(check::stops(&found) && found[0].code == Code::RestoreUnfinished, "{found:?}");
    assert!(found[0].what.contains("devalo.db.restoring"), "{found:?}");
}

/// An older database is told of, and one that a newer version made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_versions_database_is_told_of() {
    const OLDER: &str = "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";
    const NEWER: &str =
        "UPDATE _sqlx_migrations SET version = 999999 WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";
    for site in [Site::sqlite().await, Site::postgres().await] {
        execute(&site.url, OLDER).await;
        assert_eq!(codes(&site.url, &[]).await, [Code::MigrationsPending]);
        execute(&site.url, NEWER).await;
        assert_eq!(codes(&site.url, &[]).await, [Code::DatabaseNewer]);
    }
}

/// Whatever lets the application around row-level security is an error.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_around_row_level_security_is_an_error() {
    let site = Site::postgres().await;
    execute(&site.url, "ALTER TABLE audit_entries DISABLE ROW LEVEL SECURITY").await;
    assert_eq!(codes(&site.url, &[]).await, [Code::TableUnguarded]);
    execute(&site.url, "ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY").await;
    execute(&site.url, "GRANT CREATE ON SCHEMA public TO devalo_app").await;
    execute(&site.url, "ALTER TABLE boots OWNER TO devalo_app").await;
    let found = problems(&site.url, &[]).await;
    assert_eq!(found.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::RoleTooStrong]);
    assert!(found[0].what.contains("boots") && check::stops(&found), "{found:?}");
}

/// Whoever can't give themselves the application's role is told before the first start, and how it is mended.
#[tokio::test]
async fn a_user_who_can_not_take_the_role_is_told() {
    let (url, owner) = postgres::plain_owners_database();
    let found = problems(&url, &[]).await;
    assert_eq!(found.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::RoleMissing]);
    assert!(found[0].what.contains(&owner) && check::stops(&found), "{found:?}");
    postgres::as_superuser(&format!("ALTER ROLE {owner} CREATEROLE; GRANT devalo_app TO {owner} WITH ADMIN OPTION"));
    assert_eq!(codes(&url, &[]).await, []);
    let db = db::Db::connect(&url).await.expect("it answers");
    db.migrate(MIGRATIONS).await.expect("its first start works");
    db.close().await;
}

/// Clocks that differ show.
#[test]
fn clocks_that_differ_are_told() {
    for (ahead, code) in [
        (0.4, None),
        (-2.0, None),
        (2.5, Some(Code::ClockSkew)),
        (-59.0, Some(Code::ClockSkew)),
        (61.0, Some(Code::ClockFarOff)),
        (-86_400.0, Some(Code::ClockFarOff)),
    ] {
        assert_eq!(check::clock(ahead), code, "{ahead}");
    }
}

/// As the owner of the tables.
pub async fn execute(url: &str, statement: &'static str) {
    use sqlx::{Connection as _, Executor as _};
    if url.starts_with("sqlite:") {
        let mut owner = sqlx::SqliteConnection::connect(url).await.expect("it answers");
        owner.execute(statement).await.expect("it is done");
        owner.close().await.expect("it ends");
    } else {
        let mut owner = sqlx::PgConnection::connect(url).await.expect("it answers");
        owner.execute(statement).await.expect("it is done");
        owner.close().await.expect("it ends");
    }
}

async fn problems(url: &str, more: &[(&str, &str)]) -> Vec<Problem> {
    let settings = [("DATABASE_URL", url), ("DEVALO_ENV", "development")];
    let unset = settings.into_iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    check::database(&Source::from_pairs(unset.chain(more.iter().copied()))).await
}

async fn codes(url: &str, more: &[(&str, &str)]) -> Vec<Code> {
    problems(url, more).await.into_iter().map(|problem| problem.code).collect()
}
