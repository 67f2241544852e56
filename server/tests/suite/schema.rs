//! The two databases have the same tables and columns, and PostgreSQL's own policies hold for the application's role.

use std::collections::BTreeMap;

use app::{
    db::Access,
    modules::{
        MIGRATIONS,
        calendar::{permissions, store},
    },
    org::{Actor, OrgRef, OrgTx},
    platform_sql,
};

use crate::{on_both, support::Site};

/// Columns by table, as the migrations' text declares them.
fn declared(text: impl Fn(&app::db::Migration) -> &'static str) -> BTreeMap<String, Vec<(String, bool)>> {
    let mut tables = BTreeMap::new();
    for migration in MIGRATIONS {
        for block in text(migration).split("CREATE TABLE ").skip(1) {
            let (name, rest) = block.split_once(" (").expect("a table's name");
            let body = rest.split("\n)").next().expect("a table's body");
            let columns = body
                .lines()
                .map(str::trim)
                .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()) && !line.contains(" WITH ="))
                .map(|line| (line.split(' ').next().expect("a column").to_owned(), line.contains("NOT NULL")))
                .collect();
            tables.insert(name.trim().to_owned(), columns);
        }
    }
    tables
}

#[test]
fn both_databases_have_the_same_tables_and_columns() {
    let (sqlite, postgres) = (declared(|m| m.sqlite), declared(|m| m.postgres));
    assert!(sqlite.len() >= 14, "{:?}", sqlite.keys());
    assert_eq!(sqlite, postgres);
}

#[test]
fn every_tenant_table_has_composite_keys_and_a_policy() {
    for (table, columns) in declared(|m| m.postgres) {
        if !columns.iter().any(|(name, _)| name == "org_id") {
            continue;
        }
        for (sqlite, migration) in MIGRATIONS.iter().flat_map(|m| [(true, m.sqlite), (false, m.postgres)]) {
            let Some(body) = migration.split(&format!("CREATE TABLE {table} (")).nth(1) else { continue };
            let body = body.split("\n)").next().expect("a body");
            assert!(
                ["PRIMARY KEY (org_id, ", "PRIMARY KEY (org_id)"].iter().any(|key| body.contains(key)),
                "{table} (sqlite: {sqlite}) needs a key that begins with its organisation"
            );
            for line in body.lines().filter(|line| {
                line.contains("REFERENCES") && !line.contains("organisations") && !line.contains("users")
            }) {
                assert!(
                    line.contains("FOREIGN KEY (org_id, "),
                    "{table}: a child could be in another organisation: {line}"
                );
            }
        }
        let policies: String = MIGRATIONS.iter().map(|m| m.postgres).collect();
        assert!(
            policies.contains(&format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")),
            "{table} has no row-level security"
        );
    }
}

/// On SQLite a key that is looked at no sooner than in the commit can send those back who come after it in the same one: there is no more than it takes.
#[test]
fn only_what_tasks_are_a_part_of_is_looked_at_late() {
    for text in MIGRATIONS.iter().flat_map(|m| [m.sqlite, m.postgres]) {
        for line in text.lines().filter(|line| line.contains("DEFERR")) {
            let known = "FOREIGN KEY (org_id, list_id, parent_id) REFERENCES tasks_tasks (org_id, list_id, id) DEFERRABLE INITIALLY DEFERRED,";
            assert_eq!(line.trim(), known);
        }
    }
}

on_both! {
    /// Migrating again changes nothing, and a database from a newer version is refused.
    async fn migrations_are_safe_to_repeat(site: Site) {
        site.platform.db.migrate(MIGRATIONS).await.expect("again");
        let older = &MIGRATIONS[..MIGRATIONS.len() - 1];
        let refused = site.platform.db.migrate(older).await;
        assert!(refused.is_err(), "an older program must not run on a newer database");
    }
}

/// Without an organisation the application's role sees no tenant rows on PostgreSQL; inside one, only that one's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_level_security_is_the_last_line() {
    let site = Site::postgres().await;
    let mut tx = site.platform.begin(Access::Read).await.expect("begin");
    let (role, _) = platform_sql!(one(String, bool), &mut tx, "SELECT current_user::TEXT, TRUE").expect("the role");
    assert_eq!(role, "devalo_app");
    for table in ["memberships", "calendar_appointments", "calendar_services", "events"] {
        let count = match table {
            "memberships" => platform_sql!(one(i64,), &mut tx, "SELECT count(*) FROM memberships"),
            "calendar_appointments" => platform_sql!(one(i64,), &mut tx, "SELECT count(*) FROM calendar_appointments"),
            "calendar_services" => platform_sql!(one(i64,), &mut tx, "SELECT count(*) FROM calendar_services"),
            _ => platform_sql!(one(i64,), &mut tx, "SELECT count(*) FROM events"),
        };
        assert_eq!(count.expect("a count").0, 0, "{table} shows rows to nobody's transaction");
    }
    tx.commit().await.expect("commit");

    let mut tx = OrgTx::open(
        &site.platform,
        &Actor::System("test"),
        OrgRef::Id(site.alpha),
        &permissions::BROWSE,
        Access::Write,
    )
    .await
    .expect("open");
    let ours = store::services(&mut tx).await.expect("services").len();
    let (visible,) = platform_sql!(one(i64,), &mut tx, "SELECT count(*) FROM calendar_services").expect("a count");
    assert_eq!(
        usize::try_from(visible).expect("a count"),
        ours,
        "even a statement that forgot its organisation sees only this one's"
    );
    let beta = site.beta;
    let moved = platform_sql!(exec, &mut tx, "UPDATE calendar_services SET org_id = $1", beta);
    assert!(moved.is_err(), "nor can it write into another");
}
