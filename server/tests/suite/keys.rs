//! Keys are exchanged while everything goes on, and whoever is to exchange them is told what is missing.

use app::{
    audit,
    crypto::{Keyring, Place},
    db::{Access, Db},
    ids::OrgId,
    module::SentFile,
    modules::tasks::files,
    org::{Actor, OrgRef, OrgTx},
    permissions,
    platform::Platform,
    platform_sql, rekeying,
    sealed::{self, Lies, Whose},
};
use axum::http::StatusCode;
use server::{
    boot,
    rotate_keys::{self, Asked},
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};

use crate::{
    on_both,
    support::{NOW, ORIGIN, Site, booking, signer},
    tasks_support::{Office, SYSTEM},
};

const TEST: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "new:9t1C0cXr0Zy6vGm5m8H1bq2yLx7E3oYwTn4sJfUaRkM=";
const OTHER: &str = "other:Zp3vKq8sWm2xNc7dRf5tGh9jLb4aYe6uQi1oVwTzXyE=";

/// Columns of bytes that aren’t sealed: what they hold says nothing of anybody that isn’t public, or is a fingerprint.
const PLAIN: &[(&str, &str)] = &[
    ("_sqlx_migrations", "checksum"),
    ("calendar_service_pictures", "jpeg"),
    ("calendar_service_pictures", "small"),
    ("data_keys", "wrapped"),
    ("events", "subject"),
    ("idempotency_keys", "outcome"),
    ("logos", "png"),
    ("mail_suppressions", "recipient"),
    ("mails", "about_org"),
    ("mails", "recipient"),
    ("organisations", "invited_by_org"),
    ("scoreboard_counts", "subject"),
    ("scoreboard_snapshots", "ranks"),
    ("signups", "made_org"),
    ("signups", "partner_org"),
    ("tasks_comments", "removed_with"),
    ("tasks_filters", "removed_with"),
    ("tasks_imported", "source"),
    ("tasks_mails", "message"),
    ("tasks_tasks", "trashed_with"),
    ("tasks_triggers", "removed_with"),
    ("throttles", "subject"),
    ("webhooks", "lease"),
];

/// Every column of bytes is in the list of what is sealed, or says by its name, or in this test, that it isn’t; and each that is listed is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_sealed_is_listed() {
    let site = Site::sqlite().await;
    let mut database = SqliteConnection::connect(&site.url).await.expect("SQLite answers");
    let text = "SELECT t.name AS of_table, c.name AS named, c.type AS kind FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table'";
    let all: Vec<(String, String, String)> = database
        .fetch_all(text)
        .await
        .expect("columns")
        .iter()
        .map(|row| (row.get("of_table"), row.get("named"), row.get("kind")))
        .collect();
    let by_name = |name: &str| {
        name == "id" || ["_id", "_hash", "hash", "_index", "fingerprint", "_by"].iter().any(|end| name.ends_with(end))
    };
    let plain = |table: &str, name: &str| by_name(name) || PLAIN.contains(&(table, name));
    let bytes = all.iter().filter(|(.., of)| of == "BLOB");
    let forgotten: Vec<String> = bytes
        .filter(|(table, name, _)| !sealed::is_known(table, name) && !plain(table, name))
        .map(|(table, name, _)| format!("{table}.{name}"))
        .collect();
    assert!(forgotten.is_empty(), "sealed or not? Module::sealed, app/src/sealed.rs, or PLAIN here: {forgotten:?}");
    let has = |table: &str, name: &str| all.iter().any(|(t, n, _)| t == table && n == name);
    for column in sealed::all() {
        let there = column.lies == Lies::OnDisk || has(column.table, column.column);
        assert!(there && (has(column.table, column.row) || matches!(column.lies, Lies::ForGood(_))), "{column:?}");
        assert!(column.whose == Whose::Platform || has(column.table, "org_id"), "{column:?}");
    }
    for (table, name) in PLAIN {
        assert!(has(table, name) && !sealed::is_known(table, name), "{table}.{name} is in PLAIN for nothing");
    }
}

on_both! {
    /// Every data key comes under the new master key, beside a server that goes on, and then the old one is needed for nothing. Without it nothing is
    /// touched, and it is said what is missing.
    async fn data_keys_are_wrapped_anew(site: Site) {
        let lost = with_keys(&site, OTHER).await;
        let refused = rekeying::rewrap(&lost, |_, _| ()).await.expect_err("the key is missing");
        assert!(refused.message.contains("lacks the key test, under which 3 data keys are wrapped"), "{refused:?}");
        let both = with_keys(&site, &format!("{NEW},{TEST}")).await;
        let said = said(&both, &Asked::default()).await;
        assert!(said.contains("3 weren’t before") && said.contains("new: 3") && said.contains("Nothing in this database needs test any more"), "{said}");
        assert_eq!(rekeying::rewrap(&both, |_, _| ()).await.expect("again"), 0, "nothing is left to do");
        let running = site.at(both);
        let start = running.slots("alpha", "follow-up").await[0].clone();
        let booked = running.book("alpha", "while-keys-change", &booking("follow-up", &start)).await;
        assert_eq!(booked.status, StatusCode::CREATED, "the server that runs goes on: {booked:?}");
        let alone = site.at(with_keys(&site, NEW).await);
        alone.platform.ensure_platform_key().await.expect("it opens");
        let owner = alone.log_in("alpha").await;
        let page = alone.get_as(&owner, "/app/alpha/calendar/clients").await;
        assert!(page.status == StatusCode::OK && page.text.contains("Casey Client"), "{page:?}");
    }

    /// A server that was started without the new key would open nothing any more: it is restarted first.
    async fn a_server_that_lacks_the_key_is_restarted_first(site: Site) {
        let old = boot::record(&site.platform).await.expect("it starts");
        let both = with_keys(&site, &format!("{NEW},{TEST}")).await;
        for refused in [rekeying::rewrap(&both, |_, _| ()).await.err(), rekeying::renew(&both, None).await.err()] {
            let refused = refused.expect("it is refused");
            assert!(refused.message.contains("was started without the key new"), "{refused:?}");
        }
        assert_eq!(rekeying::kids(&both).await.expect("kids").into_keys().collect::<Vec<_>>(), ["test"]);
        // Another one on the same machine, restarted with the key, doesn’t hide the one that wasn’t.
        both.clock.set(both.clock.now().plus_seconds(1).timestamp());
        boot::record(&both).await.expect("it starts");
        assert!(rekeying::rewrap(&both, |_, _| ()).await.is_err());
        rekeying::seen(&site.platform, old, None).await.expect("it ends");
        assert_eq!(rekeying::rewrap(&both, |_, _| ()).await.expect("it was restarted"), 3);
        // One that was killed is forgotten a minute later.
        rekeying::seen(&site.platform, old, Some(both.clock.now())).await.expect("it runs");
        assert!(rekeying::renew(&both, None).await.is_err());
        both.clock.set(both.clock.now().plus_seconds(61).timestamp());
        assert!(rekeying::renew(&both, None).await.is_ok());
    }

    /// Fields are sealed under a new data key, wherever they lie, by whoever carries on where another stopped, while somebody writes; look-ups find
    /// throughout, the log stays whole, and nobody else’s are touched.
    async fn fields_are_sealed_anew_while_somebody_writes(site: Site) {
        let office = Office::alpha(&site).await;
        office.task("Order paper").await;
        let sent = SentFile { name: "notes.txt".to_owned(), content: b"zanzibar".to_vec() };
        let (_, file) = files::add(&site.platform, &SYSTEM, "alpha", "T-1", sent, None).await.expect("a file");
        let slots = site.slots("alpha", "follow-up").await;
        assert_eq!(site.book("alpha", "before-the-key", &booking("follow-up", &slots[0])).await.status, StatusCode::CREATED);
        let before = keys(&site.platform, site.alpha).await;

        let begun = rekeying::renew(&site.platform, Some(site.alpha)).await.expect("a new key");
        assert_eq!((begun.begun, begun.under_way), (1, 0));
        let twice = rekeying::renew(&site.platform, Some(site.alpha)).await.expect("none");
        assert_eq!((twice.begun, twice.under_way), (0, 1), "one at a time");
        rekeying::carry_on(&site.platform).await.expect("nothing yet");
        assert_eq!(rekeying::progress(&site.platform).await.expect("progress").sealed, 0);
        let known = keys(&site.platform, site.alpha).await;
        assert_eq!((known.newest(), known.generation()), (2, 1), "it opens before it seals");

        site.advance(rekeying::SPREADS_SECONDS);
        rekeying::look(&site.platform).await.expect("it is looked");
        rekeying::carry_on_for(&site.platform, 12).await.expect("some blocks");
        let half = rekeying::progress(&site.platform).await.expect("progress");
        assert!(half.under_way == 1 && half.sealed > 0, "{half:?}");
        // Somebody writes meanwhile, and a process that hadn’t looked does so with the key before.
        assert_eq!(site.book("alpha", "with-the-key", &booking("follow-up", &slots[5])).await.status, StatusCode::CREATED);
        late(&site, &before).await;
        let other = with_keys(&site, TEST).await;
        other.clock.set(site.platform.clock.now().timestamp());
        rekeying::carry_on(&other).await.expect("another goes on");
        assert_eq!(rekeying::progress(&other).await.expect("progress").under_way, 1, "somebody may still seal with the key before");
        late(&site, &before).await;
        for platform in [&site.platform, &other] {
            platform.clock.set(platform.clock.now().plus_seconds(rekeying::SPREADS_SECONDS).timestamp());
        }
        rekeying::carry_on(&other).await.expect("it ends");
        let done = rekeying::progress(&other).await.expect("progress");
        assert!(done.under_way == 0 && done.finished == 1 && done.sealed > half.sealed && done.refused == 0, "{done:?}");

        rekeying::look(&site.platform).await.expect("it is looked");
        for column in sealed::all().into_iter().filter(|c| c.whose == Whose::Organisation && matches!(c.lies, Lies::InRow | Lies::InRowAndLarge)) {
            let old = |org| stale(&site, column.table, column.column, org);
            assert_eq!(old(site.alpha).await, 0, "{}.{}", column.table, column.column);
        }
        assert_eq!(keys(&site.platform, site.beta).await.newest(), 1);
        let path = site.platform.files.folder().join(site.alpha.to_string()).join(file.to_string());
        assert_eq!(std::fs::read(path).expect("the file")[..5], [1, 0, 0, 0, 2]);
        let owner = site.log_in("alpha").await;
        assert_eq!(site.get_as(&owner, &format!("/app/alpha/tasks/files/{file}")).await.text, "zanzibar");
        let clients = site.get_as(&owner, "/app/alpha/calendar/clients").await.text;
        assert!(clients.contains("Casey Client"), "{clients}");
        assert_eq!(site.book("alpha", "after-the-key", &booking("follow-up", &slots[10])).await.status, StatusCode::CREATED);
        let same = number(&site, "SELECT COUNT(*) FROM (SELECT email_index FROM calendar_clients WHERE email_index IS NOT NULL GROUP BY org_id, email_index HAVING COUNT(*) > 1) AS twice").await;
        assert_eq!(same, 0, "the same address is the same client");
        assert!(audit::verify(&site.platform).await.expect("the logs").iter().all(|log| log.broken.is_none()));
    }

    /// The platform’s own key can be renewed, with everybody’s; whoever logs in notices nothing.
    async fn everybody_has_a_new_data_key(site: Site) {
        let said_first = said(&site.platform, &Asked { data_keys: true, ..Asked::default() }).await;
        assert!(said_first.contains("New data keys: 3"), "{said_first}");
        for _ in 0..2 {
            site.advance(rekeying::SPREADS_SECONDS);
            rekeying::look(&site.platform).await.expect("it is looked");
            rekeying::carry_on(&site.platform).await.expect("it goes on");
        }
        let progress = said(&site.platform, &Asked { progress: true, ..Asked::default() }).await;
        assert!(progress.contains("No fields are being encrypted anew") && progress.contains("test: 6"), "{progress}");
        let second = if site.platform.db.is_postgres() { "'\\x0100000002'" } else { "X'0100000002'" };
        let renewed = format!("SELECT COUNT(*) FROM users WHERE substr(email, 1, 5) = {second} AND substr(name, 1, 5) = {second}");
        assert_eq!(number(&site, &renewed).await, number(&site, "SELECT COUNT(*) FROM users").await);
        site.log_in("beta").await;
        let nobody = said_of(&site.platform, &Asked { data_keys: true, organisation: Some("nobody-s".to_owned()), ..Asked::default() }).await;
        assert_eq!(nobody.expect_err("it isn’t there"), "There is no such organisation.");
    }
}

/// The same product with other master keys, as another process has it.
async fn with_keys(site: &Site, keys: &str) -> Platform {
    let db = Db::connect(&site.url).await.expect("the database answers");
    let clock = app::clock::Clock::fixed(NOW.parse().expect("an instant"));
    let keyring = Keyring::parse(keys).expect("a keyring");
    let platform = Platform::new(db, clock, keyring, signer(), ORIGIN.to_owned());
    platform.files.keep_in(site.platform.files.folder().to_owned());
    platform
}

async fn said(platform: &Platform, asked: &Asked) -> String {
    said_of(platform, asked).await.expect("it is done")
}

async fn said_of(platform: &Platform, asked: &Asked) -> Result<String, String> {
    let mut lines = Vec::new();
    rotate_keys::run(platform, asked, &mut |line: &str| lines.push(line.to_owned())).await?;
    Ok(lines.join("\n"))
}

async fn keys(platform: &Platform, org: OrgId) -> std::sync::Arc<app::crypto::DataKeys> {
    let actor = Actor::System("a test");
    let opened = OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Read).await;
    opened.expect("open").keys().await.expect("keys")
}

/// Writes the notes of alpha’s clients with these keys.
async fn late(site: &Site, keys: &app::crypto::DataKeys) {
    let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    let org = site.alpha;
    let clients = platform_sql!(all(uuid::Uuid,), &mut tx, "SELECT id FROM calendar_clients WHERE org_id = $1", org);
    for (id,) in clients.expect("clients") {
        let notes = keys.seal(Place { table: "calendar_clients", column: "notes", row: id }, "late");
        let done = platform_sql!(
            exec,
            &mut tx,
            "UPDATE calendar_clients SET notes = $3 WHERE org_id = $1 AND id = $2",
            org,
            id,
            notes
        );
        assert_eq!(done.expect("notes"), 1);
    }
    tx.commit().await.expect("a commit");
}

/// How many values of an organisation are under its first data key.
async fn stale(site: &Site, table: &str, column: &str, org: OrgId) -> i64 {
    let postgres = site.platform.db.is_postgres();
    let (id, first) = if postgres {
        (format!("'{org}'"), "'\\x0100000001'")
    } else {
        (format!("X'{}'", org.0.simple()), "X'0100000001'")
    };
    number(site, &format!("SELECT COUNT(*) FROM {table} WHERE org_id = {id} AND substr({column}, 1, 5) = {first}"))
        .await
}

/// A number, asked of the database as its owner.
async fn number(site: &Site, sql: &str) -> i64 {
    let sql = AssertSqlSafe(sql.to_owned());
    if site.platform.db.is_postgres() {
        let mut database = PgConnection::connect(&site.url).await.expect("PostgreSQL answers");
        database.fetch_one(sql).await.expect("a number").get(0)
    } else {
        let mut database = SqliteConnection::connect(&site.url).await.expect("SQLite answers");
        database.fetch_one(sql).await.expect("a number").get(0)
    }
}
