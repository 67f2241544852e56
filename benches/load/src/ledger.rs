//! A million results of one business: how soon any board of them is there, how long it takes to add them all up anew; and a million random
//! changes to ledgers in all Australian zones, against a model in memory.

use std::time::Instant;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use tokio::process::Command;

use crate::{
    Options, Result, process,
    product::{Database, Product, id},
    report::{percentile, row},
};

const ORG: &str = "ledger";
/// Results, and whose.
const RESULTS: usize = 1_000_000;
const PEOPLE: usize = 50;
/// They lie on so many days, today’s the last.
const DAYS: usize = 1_000;
/// Every board is asked for so often.
const LOOKS: usize = 20;
/// Random changes.
const CHANGES: usize = 1_000_000;

/// Figures: any board of a million results, and adding them up.
pub async fn measure(options: &Options, database: Database) -> Result<()> {
    let results = if options.quick { RESULTS / 50 } else { RESULTS };
    let mut product = Product::prepare(options, database).await?;
    product.add_businesses(&[ORG.to_owned()]).await?;
    product.start("/").await?;
    let mut owner = product.owner().await?;
    let base = format!("/api/v1/orgs/{ORG}/scoreboard");
    let money = json!({ "name": "Sales", "key": "sales", "unit": "money", "gst": "including", "decimals": 2 });
    let metric = id(&owner.send("POST", &format!("{base}/metrics"), &money).await?)?;
    owner.send("POST", &format!("{base}/metrics"), &json!({ "name": "Calls", "key": "calls" })).await?;
    let ratio = json!({ "name": "A call", "key": "a_call", "kind": "ratio", "unit": "money", "gst": "including", "decimals": 2, "numerator": "sales", "denominator": "calls" });
    owner.send("POST", &format!("{base}/metrics"), &ratio).await?;
    let mut teams = Vec::new();
    for nth in 0..5 {
        let body = json!({ "name": format!("Team {nth}"), "kind": "team" });
        teams.push(id(&owner.send("POST", &format!("{base}/teams"), &body).await?)?);
    }
    let mut people = Vec::new();
    for nth in 0..PEOPLE {
        let made = owner.send("POST", &format!("{base}/people"), &json!({ "name": format!("Person {nth}") })).await?;
        let person = id(&made)?;
        let time = json!({ "team": teams[nth % teams.len()], "since": "2020-01-01" });
        owner.send("POST", &format!("{base}/people/{person}/teams"), &time).await?;
        people.push(person);
    }
    product.stop().await?;
    fill(&product, database, results, &metric, &people).await?;
    product.start("/").await?;
    let mut owner = product.owner().await?;

    let begun = Instant::now();
    let outcome = owner.send("POST", &format!("{base}/add-up"), &json!({})).await?;
    let rebuilt = begun.elapsed().as_secs_f64();
    if outcome["differed"].as_u64().unwrap_or(0) == 0 {
        return Err(format!("nothing was added up: {outcome}").into());
    }
    let mut slowest: (f64, String) = (0.0, String::new());
    for metric in ["sales", "a_call"] {
        for period in ["day", "week", "month", "quarter", "year", "financial_year", "last:90", "last:366"] {
            for of in ["people", "teams"] {
                let path = format!("{base}/board?metric={metric}&period={period}&of={of}");
                let mut times = Vec::new();
                for _ in 0..LOOKS {
                    let begun = Instant::now();
                    owner.send("GET", &path, &Value::Null).await?;
                    times.push(begun.elapsed().as_secs_f64() * 1e3);
                }
                let p95 = percentile(&mut times, 0.95);
                if p95 > slowest.0 {
                    slowest = (p95, format!("{metric}, {period}, {of}"));
                }
            }
        }
    }
    product.check_log(&format!("boards, {database}"));
    product.stop().await?;
    let (time, which) = slowest;
    row(
        &format!("the slowest board of {results} results ({which}), {database}"),
        &format!("p95 {time:.1} ms"),
        "–",
        None,
        "≤ 50 ms",
        Some(time <= 50.0),
    );
    row(
        &format!("{results} results added up anew, {database}"),
        &format!("{rebuilt:.2} s"),
        "–",
        None,
        "≤ 5 s",
        Some(rebuilt <= 5.0),
    );
    Ok(())
}

/// Figure: whether random changes leave every figure what everything added up afresh comes to.
pub async fn random(options: &Options, database: Database) -> Result<()> {
    let changes = if options.quick { CHANGES / 1_000 } else { CHANGES };
    let product = Product::prepare(options, database).await?;
    let mut command = Command::new(std::env::current_exe()?.with_file_name("devalo-inside"));
    command.arg("ledger").arg(product.env_file()).arg(changes.to_string());
    let said = process::output(&mut command).await?;
    let said = said.lines().last().unwrap_or_default();
    row(
        &format!("figures that differ after {changes} random changes in all Australian zones, {database}"),
        said,
        "–",
        None,
        "0",
        Some(said == "0"),
    );
    Ok(())
}

/// Writes the results where the server reads them, as fast as the database takes them.
async fn fill(product: &Product, database: Database, count: usize, metric: &str, people: &[String]) -> Result<()> {
    let url = product.database_url().replace("?mode=ro", "");
    match database {
        Database::Sqlite => {
            let blob = |id: &str| format!("x'{}'", id.replace('-', ""));
            let values: Vec<String> =
                people.iter().enumerate().map(|(nth, id)| format!("({nth}, {})", blob(id))).collect();
            let text = format!(
                "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1), p (nth, id) AS (VALUES {})
                 INSERT INTO scoreboard_entries (org_id, id, metric_id, person_id, day, happened_at, value, source, by_kind, entered_at, awaits_approval)
                 SELECT o.id, randomblob(16), {}, p.id, date('now', '-' || (i / {PEOPLE} % {DAYS}) || ' days'), 1790000000000000 + i, 100 + i * 7919 % 100000, 'file', 'system', 1790000000000000 + i, 0
                 FROM n JOIN p ON p.nth = i % {PEOPLE} JOIN organisations AS o ON o.slug = '{ORG}'",
                values.join(", "),
                blob(metric)
            );
            let mut connection = SqliteConnection::connect(&url).await?;
            connection.execute(AssertSqlSafe(text)).await?;
            connection.close().await?;
        }
        Database::Postgres => {
            let values: Vec<String> =
                people.iter().enumerate().map(|(nth, id)| format!("({nth}, uuid '{id}')")).collect();
            let text = format!(
                "WITH p (nth, id) AS (VALUES {})
                 INSERT INTO scoreboard_entries (org_id, id, metric_id, person_id, day, happened_at, value, source, by_kind, entered_at, awaits_approval)
                 SELECT o.id, gen_random_uuid(), uuid '{metric}', p.id, to_char(now() - (i / {PEOPLE} % {DAYS}) * interval '1 day', 'YYYY-MM-DD'), now(), 100 + i::bigint * 7919 % 100000, 'file', 'system', now(), false
                 FROM generate_series(0, {count} - 1) AS i JOIN p ON p.nth = i % {PEOPLE} JOIN organisations AS o ON o.slug = '{ORG}'",
                values.join(", ")
            );
            let mut connection = PgConnection::connect(&url).await?;
            connection.execute(AssertSqlSafe(text)).await?;
            connection.execute("ANALYZE").await?;
        }
    }
    Ok(())
}
