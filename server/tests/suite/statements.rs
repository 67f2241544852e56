//! Every SQL statement of the product, found in its source and checked by [`sqlguard`](super::sqlguard), and nobody but
//! `db.rs` speaking sqlx.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqlSafeStr as _, SqliteConnection};
use syn::{
    Expr, LitStr, Token, Type,
    ext::IdentExt as _,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
};
use walkdir::WalkDir;

use super::{
    sqlguard::{Dialect, Kind, Tables, check, check_in, touches_tenants},
    support::Site,
};

/// Statements of `platform_sql!` that may touch tenant tables: the end of the file's path, a part of the statement, and
/// why it must. It can only shrink: an entry that nothing needs any more fails the test.
const CROSS_ORG: &[(&str, &str, &str)] = &[
    ("idempotency.rs", "DELETE FROM idempotency_keys", "forgets the keys of requests a month ago, everywhere"),
    (
        "paying/settle.rs",
        "count(*) FROM calendar_refunds WHERE state",
        "how many refunds wait too long, for the operator: a number, and nobody’s",
    ),
    (
        "calendar/holds.rs",
        "FROM calendar_holds WHERE expires_at",
        "holds that have expired, whoever’s they are; each is let go of inside",
    ),
    (
        "calendar/holds.rs",
        "FROM calendar_appointments WHERE unconfirmed_until",
        "likewise, bookings that nobody confirmed in time",
    ),
    (
        "paying/settle.rs",
        "SELECT org_id, id FROM calendar_payments WHERE next_at",
        "what clients pay and Stripe is to be asked about, whoever’s it is; each is taken over inside",
    ),
    (
        "calendar/holds.rs",
        "FROM calendar_origins WHERE created_at",
        "likewise, from where was booked more than an hour ago: whose; it is forgotten inside",
    ),
    (
        "calendar/offering.rs",
        "FROM calendar_waitlist_looks AS w JOIN organisations",
        "where something happened since it was looked for times for those who wait; each is looked at inside",
    ),
    (
        "calendar/feeds.rs",
        "FROM calendar_feeds WHERE token_hash",
        "whose calendar a secret address is; it is read inside, as whoever made it",
    ),
    (
        "screens/mod.rs",
        "FROM scoreboard_screens WHERE code IN",
        "whose screen a code is that an admin has typed; it is paired inside",
    ),
    (
        "sources/http.rs",
        "SELECT org_id FROM scoreboard_sources WHERE id",
        "whose program an address is; its message is believed, and entered, inside",
    ),
    (
        "sources/counting.rs",
        "FROM scoreboard_cursors AS c JOIN organisations",
        "where other modules have done something, or something is due; each is counted inside its own",
    ),
    (
        "sources/counting.rs",
        "count(*) FROM scoreboard_counts WHERE due_at",
        "how many haven’t been counted in time, for the operator: a number, and nobody’s",
    ),
    (
        "sources/mod.rs",
        "UPDATE scoreboard_deliveries SET body = NULL",
        "forgets what messages said a week ago, everywhere",
    ),
    (
        "sources/mod.rs",
        "DELETE FROM scoreboard_deliveries WHERE received_at",
        "forgets that they came a month ago, everywhere",
    ),
    (
        "scoreboard/celebrations.rs",
        "FROM scoreboard_celebrations WHERE kind",
        "whose old celebrations are to be forgotten; each is forgotten inside its own",
    ),
    (
        "screens/mod.rs",
        "FROM scoreboard_screens WHERE token_hash",
        "whose screen a browser is, by its secret; what it shows is read inside",
    ),
    (
        "scoreboard/digest.rs",
        "FROM scoreboard_digests WHERE next_at",
        "whose weekly email is due; each is written inside its own",
    ),
    (
        "tasks/search.rs",
        "FROM tasks_settings WHERE org_id > $1",
        "whose tasks are looked through for what can’t be searched yet; each is indexed inside its own",
    ),
    (
        "tasks/letters.rs",
        "FROM tasks_notices WHERE mail_at IS NOT NULL",
        "what people were told and is to be emailed; each is read as whoever gets it, inside its own",
    ),
    ("tasks/letters.rs", "FROM tasks_notices WHERE told_at <", "likewise, what was told 90 days ago and is forgotten"),
    ("tasks/letters.rs", "FROM tasks_own WHERE next_at", "whose daily email is due; each is written inside its own"),
    (
        "tasks/files.rs",
        "FROM tasks_files WHERE removed_at",
        "whose files were taken away long ago; each is forgotten inside its own",
    ),
    ("tasks/imports.rs", "FROM tasks_imports WHERE expires_at", "likewise, files that nobody took over for a week"),
    (
        "tasks/shares.rs",
        "FROM tasks_shares WHERE token_hash",
        "which list a secret link shows; it is read inside, as a link",
    ),
    (
        "tasks/feeds.rs",
        "FROM tasks_feeds WHERE token_hash",
        "whose calendar a secret address is; it is read inside, as whoever made it",
    ),
    (
        "tasks/feeds.rs",
        "SELECT DISTINCT f.org_id FROM tasks_feeds AS f",
        "who left, or came back, since they made such an address; it is forgotten inside its own",
    ),
    (
        "tasks/mail_in.rs",
        "FROM tasks_mailboxes WHERE word",
        "which list an address is of; the message is taken inside, as whoever sent it",
    ),
    (
        "tasks/mail_in.rs",
        "FROM tasks_mails WHERE taken_at",
        "whose messages came long ago; each is forgotten inside its own",
    ),
    (
        "tasks/trash.rs",
        "FROM tasks_tasks WHERE trashed_at",
        "whose trash is to be emptied; each is emptied inside its own",
    ),
    ("tasks/trash.rs", "FROM tasks_comments WHERE removed_at", "likewise, comments that were taken away 30 days ago"),
    (
        "tasks/trash.rs",
        "FROM tasks_triggers AS t JOIN tasks_acts",
        "likewise, what started templates and was taken away 30 days ago",
    ),
    (
        "scoreboard/snapshots.rs",
        "FROM organisations AS o WHERE o.id > $1 AND o.closes_at IS NULL",
        "whose day is over and has no snapshot; each is taken inside its own",
    ),
    (
        "tasks/triggers.rs",
        "FROM organisations AS o WHERE o.closes_at IS NULL AND o.suspended_at IS NULL",
        "where a template is to start by itself, or something has happened that may start one; each is started inside its own",
    ),
    (
        "calendar/elsewhere.rs",
        "FROM calendar_busy_sources WHERE next_at",
        "calendars elsewhere that are due, whoever’s they are; each is read inside",
    ),
    (
        "calendar/elsewhere.rs",
        "count(*) FROM calendar_busy_sources WHERE failing_since",
        "how many of them can’t be read; no more of them",
    ),
    (
        "calendar/backfill.rs",
        "WHERE client_id IS NULL AND org_id >",
        "which organisations have bookings without a client; each is linked inside its own",
    ),
    (
        "calendar/importing.rs",
        "FROM calendar_imports WHERE expires_at",
        "whose files are kept no longer; each is forgotten inside its own",
    ),
    (
        "scoreboard/imports.rs",
        "FROM scoreboard_imports WHERE expires_at",
        "whose files of results are kept no longer; each is forgotten inside its own",
    ),
    ("auth/accounts.rs", "INSERT INTO organisations (id,", "makes the organisation, before anybody can be inside it"),
    ("auth/accounts.rs", "INSERT INTO memberships (org_id,", "gives a new organisation its owner"),
    ("auth/accounts.rs", "INSERT INTO org_modules (org_id,", "gives a new organisation its modules"),
    ("auth/accounts.rs", "FROM memberships JOIN organisations", "a user's own list of organisations, held to the user"),
    ("auth/accounts.rs", "FROM organisations JOIN org_modules", "the public site map's list of organisations"),
    (
        "auth/accounts.rs",
        "SELECT 1 FROM organisations WHERE slug",
        "whether a word is taken, for a new organisation; no more of it",
    ),
    ("src/rekeying.rs", "FROM organisations WHERE slug = $1", "which organisation the operator means, for its id"),
    ("demo.rs", "FROM organisations WHERE slug = $1", "whether the demo's public page is there, for the front page"),
    (
        "auth/log_in.rs",
        "FROM memberships JOIN organisations",
        "what a person's organisations ask of them, held to the user",
    ),
    (
        "people/factor_reset.rs",
        "SELECT due_at FROM factor_resets",
        "whether a person's own second factor is to go, held to the user",
    ),
    (
        "people/factor_reset.rs",
        "SELECT org_id, user_id FROM factor_resets",
        "which organisations' resets are due; each is done inside its own",
    ),
    (
        "people/factor_reset.rs",
        "SELECT org_id FROM factor_resets",
        "where a person's own second factor is to go, held to the user; each is called off inside its own",
    ),
    (
        "people/invitations.rs",
        "SELECT org_id FROM invitations",
        "which organisation a mailed link is from; it is read and used inside it",
    ),
    (
        "people/invitations.rs",
        "DELETE FROM invitations WHERE expires_at",
        "forgets what is long out of date, everywhere",
    ),
    (
        "people/invitations.rs",
        "DELETE FROM used_invitations WHERE used_at",
        "forgets what was used long ago, everywhere",
    ),
    (
        "admin/orgs.rs",
        "WHERE o.slug > $1",
        "the operator's list: how many belong, and when one was seen; no more of them",
    ),
    (
        "admin/orgs.rs",
        "FROM quota_use WHERE org_id IN",
        "the operator's list: how much of what a plan limits is used, of those on the page",
    ),
    (
        "admin/people.rs",
        "FROM memberships AS m JOIN organisations",
        "where those belong whom the operator's list shows",
    ),
    (
        "admin/payments.rs",
        "FROM stripe_returns AS r JOIN organisations",
        "whose payments are disputed, for the operator; no more of them",
    ),
    (
        "admin/payments.rs",
        "FROM stripe_events AS e WHERE NOT $1",
        "whose customers Stripe told of: their names and addresses, for the operator",
    ),
    (
        "mail/mod.rs",
        "FROM organisations WHERE id = $1 AND closes_at",
        "whether the organisation that a letter is from is open",
    ),
    (
        "calendar/letters/due.rs",
        "FROM calendar_reminders WHERE done_at IS NULL",
        "which reminders are due, whoever’s they are; each is taken inside",
    ),
    ("calendar/letters/due.rs", "FROM calendar_staff_letters WHERE agenda_at", "likewise, whose day is to be told"),
    (
        "calendar/letters/texts.rs",
        "FROM calendar_texts WHERE content IS NOT NULL AND due_at",
        "likewise, which text messages wait; each is taken inside",
    ),
    ("admin/mail.rs", "o.id = m.about_org", "which organisations letters were about: their names, for the operator"),
    ("admin/log.rs", "SELECT id, name FROM organisations WHERE id IN", "whom entries of the platform's log are about"),
    ("admin/revenue.rs", "FROM organisations", "what comes in, of every organisation's plan"),
    ("admin/revenue.rs", "FROM plan_changes", "how what comes in has changed, over all organisations"),
    ("billing/changes.rs", "FROM organisations", "which organisations' plans were changed past the list of changes"),
    ("billing/changes.rs", "GROUP BY org_id", "the same; each is made up for inside its own"),
    (
        "webhooks/deliver.rs",
        "SELECT d.org_id, d.webhook_id FROM webhook_deliveries",
        "which organisations' webhooks are to be sent something; each is sent it inside its own",
    ),
    (
        "webhooks/deliver.rs",
        "min(d.due_at) FROM webhook_deliveries",
        "how many messages are due, and since when, for the operator; no more of them",
    ),
    (
        "webhooks/deliver.rs",
        "UPDATE webhook_deliveries SET due_at = $1 WHERE state = 'waiting' AND due_at > $1",
        "what was to be told by a clock that was ahead is told now, whosever it is",
    ),
    (
        "webhooks/deliver.rs",
        "DELETE FROM webhook_deliveries WHERE created_at",
        "forgets what was sent long ago, everywhere",
    ),
    (
        "settings/export.rs",
        "SELECT org_id, id FROM exports WHERE ready_at IS NULL",
        "which organisations' exports are due; each is prepared inside its own",
    ),
    (
        "settings/export.rs",
        "SELECT org_id, id FROM exports WHERE expires_at",
        "which organisations' exports are out of date; each is forgotten inside its own",
    ),
    (
        "support/consent.rs",
        "SELECT org_id FROM support_consents",
        "where support's time is over; each is ended inside its own",
    ),
    (
        "settings/closing.rs",
        "SELECT id, closes_at, closing_warned_at FROM organisations",
        "which organisations are to be deleted, or warned of it; each is done inside its own",
    ),
    (
        "settings/closing.rs",
        "FROM organisations AS o JOIN stripe_accounts",
        "which organisations that are to be deleted are still charged; each is seen to inside its own",
    ),
    (
        "billing/abns.rs",
        "SELECT org_id FROM stripe_accounts",
        "whose ABN Stripe isn't told yet; each is told inside its own",
    ),
    ("billing/sync.rs", "SELECT org_id FROM stripe_accounts", "which organisation a customer of Stripe's is"),
    (
        "billing/events.rs",
        "SELECT customer FROM stripe_accounts",
        "whom to compare with Stripe; each is taken over inside its own",
    ),
    (
        "billing/own_account.rs",
        "SELECT org_id FROM stripe_own_accounts WHERE account",
        "which organisation's own an account of Stripe's is",
    ),
    (
        "billing/own_account.rs",
        "SELECT org_id, account, gone_at FROM stripe_own_accounts WHERE gone_at",
        "whose own accounts to compare with Stripe; each is taken over inside its own",
    ),
    (
        "billing/notices.rs",
        "FROM organisations WHERE billing_told",
        "whose plan may have come to another step; each is told inside its own",
    ),
    ("onboarding/pay.rs", "SELECT slug FROM organisations WHERE id", "where somebody's own new organisation is"),
    ("onboarding/pay.rs", "INSERT INTO stripe_accounts (org_id,", "gives a new organisation its customer"),
    ("src/audit.rs", "SELECT id, slug FROM organisations", "verifies every organisation's log, for the operator"),
    ("src/audit.rs", "FROM audit_entries", "verifies every organisation's log, for the operator"),
    ("src/org.rs", "FROM organisations WHERE slug = $1", "finds the organisation that an address names, to open it"),
    ("src/org.rs", "FROM organisations WHERE id = $1", "finds the organisation that a job carries, to open it"),
];

/// Fewer than this, and the scan has gone blind.
const FEWEST_STATEMENTS: usize = 10;

/// Statements that run on PostgreSQL alone: the end of the file's path and a part of the statement. It can only shrink.
const ONLY_POSTGRES: &[(&str, &str)] = &[
    ("src/audit.rs", "pg_advisory_xact_lock"),
    ("src/org.rs", "pg_advisory_xact_lock"),
    ("src/org.rs", "WITH moved"),
    ("src/platform.rs", "set_config"),
];

/// Statements that read a table from end to end: the end of the file's path, a part of the statement, and why it may.
const WHOLE_TABLES: &[(&str, &str, &str)] = &[
    ("auth/accounts.rs", "FROM organisations JOIN org_modules", "the public site map lists all that have the module"),
    ("admin/revenue.rs", "FROM organisations", "what comes in, of every organisation's plan, for the operator"),
    (
        "billing/changes.rs",
        "FROM organisations",
        "whether every organisation's plan is in the list of changes, at each start",
    ),
    ("billing/changes.rs", "GROUP BY org_id", "the same, from the list's side"),
    ("store/anew.rs", "EXCEPT SELECT", "two lists of one organisation's days, compared when an admin asks for it"),
    ("tasks/store_search.rs", "ORDER BY t.id DESC LIMIT $7", "goes from the newest on, and stops when it has enough"),
    ("src/jobs.rs", "FROM job_runs", "a row for each job and machine: a few"),
    ("src/boot.rs", "FROM database_moves", "a row or none, at each start"),
    ("src/rekeying.rs", "AS refused FROM key_rotations", "how far all new data keys are, when the operator asks"),
    ("admin/health.rs", "FROM pragma_page_count", "what the database says of itself is no table"),
    ("admin/payments.rs", "FROM stripe_events AS e WHERE NOT $1", "stops at the hundredth"),
    ("admin/payments.rs", "FROM stripe_returns AS r JOIN organisations", "few rows: what was refunded or is disputed"),
    ("admin/payments.rs", "COUNT(*) FROM stripe_events", "those alone that weren't taken over: an index has no others"),
    ("admin/payments.rs", "FROM stripe_reconciliations", "stops at the seventh"),
    ("onboarding/mod.rs", "WHERE invited_by IS NOT NULL ORDER BY created_at DESC", "stops at the two hundredth"),
    ("billing/events.rs", "SELECT customer FROM stripe_accounts", "all are compared with Stripe once a day"),
    (
        "billing/own_account.rs",
        "FROM stripe_own_accounts WHERE gone_at IS NULL",
        "all are compared with Stripe once a day",
    ),
    (
        "billing/notices.rs",
        "FROM organisations WHERE billing_told",
        "whose plan may have come to another step, twice an hour",
    ),
    (
        "store/reports.rs",
        "FROM (SELECT DISTINCT a.client_id",
        "the clients of a period, which were found by an index, and no table",
    ),
    (
        "calendar/offering.rs",
        "FROM calendar_waitlist_looks AS w JOIN organisations",
        "a row for each organisation on whose waitlist somebody is",
    ),
    (
        "sources/counting.rs",
        "FROM scoreboard_cursors AS c JOIN organisations",
        "a row for each organisation that counts what other modules do",
    ),
    ("tasks/store_search.rs", "FROM below", "what is below some tasks, as the statement itself finds it"),
    (
        "tasks/store_search.rs",
        "AS found",
        "how many of one word there are, up to a limit, as the statement itself finds them",
    ),
    ("tasks/store_history.rs", "FROM below", "what is a part of one task, as the statement itself finds it"),
    ("tasks/store.rs", "FROM below", "likewise, with the task"),
    ("tasks/store.rs", "FROM above", "what some tasks are a part of, as the statement itself finds it"),
    ("tasks/store_board.rs", "FROM below", "what is a part of some tasks, as the statement itself finds it"),
    ("tasks/store_time.rs", "FROM reached", "what waits for one task, as the statement itself finds it"),
    (
        "tasks/triggers.rs",
        "FROM organisations AS o",
        "whose templates start by themselves: every organisation, and of each whether there is anything to do",
    ),
    ("auth/accounts.rs", "SELECT id FROM users LIMIT 1", "stops at the first row"),
    ("support/views.rs", "FROM users WHERE platform_admin", "those alone who run the platform: an index has no others"),
    ("mail/delivery.rs", "COUNT(*) FROM mail_suppressions", "few rows, counted for the operator"),
    ("src/audit.rs", "SELECT id, slug FROM organisations", "verifies every organisation's log, for the operator"),
    ("src/audit.rs", "FROM platform_log ORDER BY number DESC LIMIT 1", "stops at the last row"),
];

/// What `sql!` and `platform_sql!` are made of: called by itself, it would go unchecked.
const MACRO_PARTS: &[&str] = &["db_statement", "query_sqlite", "query_postgres"];

/// What calls a statement on sqlx.
const SQLX_CALLS: &[&str] = &["fetch_one", "fetch_all", "fetch_optional", "fetch_many", "execute", "execute_many"];

#[test]
fn every_statement_keeps_to_its_organisation() {
    let tables = Tables::from_migrations(&root().join("migrations"));
    let sources = product_sources();
    let (count, problems) = check_sources(&sources, &tables, CROSS_ORG);
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
    assert!(count >= FEWEST_STATEMENTS, "only {count} statements were found: does the scan still see the macros?");
}

/// Each is understood by its database, with the schema as it is: also those that no other test reaches.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_statement_is_prepared_on_both_databases() {
    let (sqlite, postgres) = (Site::sqlite().await, Site::postgres().await);
    let mut on_sqlite = SqliteConnection::connect(&sqlite.url).await.expect("SQLite answers");
    let mut on_postgres = PgConnection::connect(&postgres.url).await.expect("PostgreSQL answers");
    let (mut count, mut problems) = (0, Vec::new());
    let mut needed = vec![false; ONLY_POSTGRES.len()];
    for (path, source) in product_sources() {
        for call in calls(&source, is_db(&path)).0 {
            let pair = call.texts.len() > 1;
            for (dialect, text) in call.texts {
                let ours = || AssertSqlSafe(text.clone()).into_sql_str();
                let mut outcomes = Vec::new();
                let exception =
                    ONLY_POSTGRES.iter().position(|(file, part)| !pair && path.ends_with(file) && text.contains(part));
                if let Some(entry) = exception {
                    needed[entry] = true;
                } else if dialect == Dialect::Sqlite || !pair {
                    outcomes.push(("SQLite", (&mut on_sqlite).prepare(ours()).await.err()));
                }
                if dialect == Dialect::Postgres {
                    outcomes.push(("PostgreSQL", (&mut on_postgres).prepare(ours()).await.err()));
                }
                count += outcomes.len();
                problems.extend(outcomes.into_iter().filter_map(|(database, error)| {
                    Some(format!("{path}:{}: {database}: {}\n    {}", call.line, error?, one_line(&text)))
                }));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
    assert!(needed.iter().all(|needed| *needed), "ONLY_POSTGRES lists what nothing needs any more: remove it");
    assert!(count >= 2 * FEWEST_STATEMENTS, "only {count} statements were prepared");
}

/// SQLite finds what each statement asks for by an index, however few rows there were when it was last stopped: what is
/// quickest then is slow once there are many. Only what says so reads a table from end to end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_reads_a_whole_table() {
    let site = Site::sqlite().await;
    let answered = site.get("/b/harbour-physio").await;
    assert!(answered.status.is_success() || answered.status.as_u16() == 404, "the database was read");
    site.platform.db.close().await;
    let mut database = SqliteConnection::connect(&site.url).await.expect("SQLite answers");
    let (mut count, mut comments, mut problems) = (0, 0, Vec::new());
    let mut needed = vec![false; WHOLE_TABLES.len()];
    for (path, source) in product_sources() {
        for call in calls(&source, is_db(&path)).0 {
            let alone = call.texts.len() == 1;
            for (dialect, text) in call.texts {
                let postgres =
                    ONLY_POSTGRES.iter().any(|(file, part)| alone && path.ends_with(file) && text.contains(part));
                if postgres || (dialect == Dialect::Postgres && !alone) {
                    continue;
                }
                count += 1;
                let explained = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
                let plan = (&mut database).fetch_all(explained).await.expect("a plan");
                let steps: Vec<String> = plan.iter().map(|row| row.get::<String, _>("detail")).collect();
                // A list that is given with a statement is no table.
                let reads_all = |step: &String| {
                    step.starts_with("SCAN ")
                        && !["SCAN CONSTANT", "SCAN json_each "].iter().any(|fine| step.starts_with(fine))
                };
                let one_line = one_line(&text);
                // What a comment says is long, and lies before what tells whether it is there.
                if one_line.contains("count(*) FROM tasks_comments") {
                    comments += 1;
                    let is_apart =
                        steps.iter().any(|step| step.contains("USING COVERING INDEX tasks_comments_by_task"));
                    assert!(is_apart, "comments are read to be counted: {steps:?}");
                }
                // What is asked of some rows of an organisation doesn’t go through all that it has.
                let given = one_line.contains("IN (SELECT unhex(value) FROM json_each(")
                    || one_line.starts_with("WITH RECURSIVE");
                let reads_all_of_org =
                    |step: &String| given && step.starts_with("SEARCH ") && step.ends_with("(org_id=?)");
                if !steps.iter().any(|step| reads_all(step) || reads_all_of_org(step)) {
                    continue;
                }
                match WHOLE_TABLES.iter().position(|(file, part, _)| path.ends_with(file) && one_line.contains(part)) {
                    Some(entry) => needed[entry] = true,
                    None => problems.push(format!("{path}:{}: {steps:?}\n    {one_line}", call.line)),
                }
            }
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
    let in_vain: Vec<_> =
        WHOLE_TABLES.iter().zip(&needed).filter(|(_, needed)| !**needed).map(|(e, _)| (e.0, e.1)).collect();
    assert!(in_vain.is_empty(), "WHOLE_TABLES lists what nothing needs any more, remove it: {in_vain:?}");
    assert!(count >= FEWEST_STATEMENTS, "only {count} statements were planned");
    assert!(comments >= 2, "only {comments} statements count comments");
}

/// PostgreSQL asks a table’s policy before it asks anything that can fail with what a row holds, and reading an id from a text can. A list of ids that is
/// read for itself first leaves ids to be compared, which an index finds; as a subquery it had every row of the organisation be read.
#[test]
fn lists_of_ids_are_read_before_they_are_looked_for() {
    let sources = product_sources();
    let texts = sources.iter().flat_map(|(path, source)| {
        let calls = calls(source, is_db(path)).0.into_iter();
        calls.flat_map(move |call| call.texts.into_iter().map(move |(_, text)| (path, call.line, one_line(&text))))
    });
    let (good, bad): (Vec<_>, Vec<_>) = texts
        .filter(|(.., text)| text.contains("(SELECT CAST(value AS UUID) FROM json_array_elements_text("))
        .partition(|(.., text)| !text.contains(" IN (SELECT CAST(value AS UUID)"));
    assert!(bad.is_empty(), "use = ANY (ARRAY(SELECT …)): {bad:?}");
    assert!(good.len() > 50, "only {} statements are given a list", good.len());
}

/// What can fail is tried before a statement, not in its arguments: by then the transaction counts as begun, and a database that was
/// never told so has to be given up.
#[test]
fn nothing_fails_among_a_statements_arguments() {
    fn asks(stream: TokenStream) -> bool {
        stream.into_iter().any(|token| match token {
            TokenTree::Group(group) => asks(group.stream()),
            TokenTree::Punct(punct) => punct.as_char() == '?',
            _ => false,
        })
    }
    let mut problems = Vec::new();
    for (path, source) in product_sources() {
        let tokens: TokenStream = source.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
        walk_tokens(tokens, &mut |tokens| {
            for at in 0..tokens.len() {
                let is_statement = ident(tokens, at).is_some_and(|name| name == "sql" || name == "platform_sql");
                let arguments = match tokens.get(at + 2) {
                    Some(TokenTree::Group(group)) if is_statement && punct(tokens, at + 1, '!') => group.stream(),
                    _ => continue,
                };
                if !is_db(&path) && asks(arguments) {
                    problems.push(format!("{path}:{}", tokens[at].span().start().line));
                }
            }
        });
    }
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn only_db_speaks_sqlx() {
    let mut problems = Vec::new();
    for (path, source) in product_sources() {
        if !is_db(&path) {
            problems.extend(sqlx_mentions(&source).into_iter().map(|(line, what)| format!("{path}:{line}: {what}")));
        }
    }
    assert!(
        problems.is_empty(),
        "only app/src/db.rs speaks sqlx; use sql! or platform_sql!:\n{}\n",
        problems.join("\n")
    );
}

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every Rust file of the product, its path from the root with its text, in a stable order.
pub fn product_sources() -> Vec<(String, String)> {
    ["app/src", "server/src"].into_iter().flat_map(|folder| rust_files(&root(), folder)).collect()
}

/// Gives `visit` the tokens of a file, then those of each group in it, at every depth: macros' arguments too.
pub fn walk_tokens(stream: TokenStream, visit: &mut impl FnMut(&[TokenTree])) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    visit(&tokens);
    for token in tokens {
        if let TokenTree::Group(group) = token {
            walk_tokens(group.stream(), visit);
        }
    }
}

/// Is there this punctuation at `i`?
pub fn punct(tokens: &[TokenTree], i: usize, char: char) -> bool {
    matches!(tokens.get(i), Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

/// The name at `i`, if there is one.
pub fn ident(tokens: &[TokenTree], i: usize) -> Option<&Ident> {
    match tokens.get(i) {
        Some(TokenTree::Ident(ident)) => Some(ident),
        _ => None,
    }
}

/// One statement macro as it is called.
struct Call {
    line: usize,
    kind: Kind,
    texts: Vec<(Dialect, String)>,
    args: usize,
}

/// A place in a file and what is wrong there.
type Problem = (usize, String);

fn rust_files(root: &Path, folder: &str) -> Vec<(String, String)> {
    WalkDir::new(root.join(folder))
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.expect("a readable source folder").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = path.strip_prefix(root).expect("a path below the root").display().to_string();
            (name, source)
        })
        .collect()
}

fn is_db(path: &str) -> bool {
    path == "app/src/db.rs" || path.starts_with("app/src/db/")
}

/// How many statements these files have, and what is wrong with them.
fn check_sources(
    sources: &[(String, String)],
    tables: &Tables,
    cross_org: &[(&str, &str, &str)],
) -> (usize, Vec<String>) {
    let mut needed = vec![false; cross_org.len()];
    let mut count = 0;
    let mut problems = Vec::new();
    for (path, source) in sources {
        let (calls, unreadable) = calls(source, is_db(path));
        count += calls.len();
        problems.extend(unreadable.into_iter().map(|(line, problem)| format!("{path}:{line}: {problem}")));
        for call in calls {
            for (dialect, text) in &call.texts {
                let mut kind = call.kind;
                if kind == Kind::Platform
                    && touches_tenants(*dialect, text, tables)
                    && let Some(entry) = cross_org.iter().position(|(file, fragment, _)| {
                        path.ends_with(file) && one_line(text).contains(&one_line(fragment))
                    })
                {
                    needed[entry] = true;
                    kind = Kind::CrossOrg;
                }
                for problem in check_in(*dialect, kind, text, call.args, tables) {
                    problems.push(format!("{path}:{}: {problem}\n    {}", call.line, one_line(text)));
                }
            }
        }
    }
    for ((file, fragment, _), _) in cross_org.iter().zip(needed).filter(|(_, needed)| !needed) {
        problems.push(format!("CROSS_ORG lists {fragment:?} in {file}, which nothing needs any more: remove it"));
    }
    (count, problems)
}

fn one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The statement macros that a file calls, wherever they stand, and those that can't be read.
fn calls(source: &str, defines_macros: bool) -> (Vec<Call>, Vec<Problem>) {
    let mut calls = Vec::new();
    let mut problems = Vec::new();
    match source.parse::<TokenStream>() {
        Ok(stream) => find_calls(stream, defines_macros, &mut calls, &mut problems),
        Err(error) => problems.push((error.span().start().line, format!("isn't Rust: {error}"))),
    }
    (calls, problems)
}

fn find_calls(stream: TokenStream, defines_macros: bool, calls: &mut Vec<Call>, problems: &mut Vec<Problem>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    for (i, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(name) if is_statement_macro(name) => {
                let line = line(name.span());
                if ident(&tokens, i + 1).is_some_and(|next| next == "as") {
                    problems.push((line, format!("{name}! under another name can't be found by this test")));
                } else if let (true, Some(TokenTree::Group(group))) = (punct(&tokens, i + 1, '!'), tokens.get(i + 2)) {
                    let kind = if name == "sql" { Kind::Org } else { Kind::Platform };
                    match read_call.parse2(group.stream()) {
                        Ok((texts, args)) => calls.push(Call { line, kind, texts, args }),
                        Err(error) => problems.push((line, format!("{name}! can't be read: {error}"))),
                    }
                }
            }
            // db.rs defines the macros in terms of each other. Elsewhere a macro would hide its statement's parts, or the
            // true macros.
            TokenTree::Group(group) if is_macro_rules(&tokens, i) => {
                let hides = calls_statement_macros(group) || ident(&tokens, i - 1).is_some_and(is_statement_macro);
                if hides && !defines_macros {
                    let line = line(group.span_open());
                    problems.push((line, "a statement inside macro_rules! can't be read".to_owned()));
                }
            }
            TokenTree::Group(group) => find_calls(group.stream(), defines_macros, calls, problems),
            _ => {}
        }
    }
}

/// `sql!`'s own grammar: the verb, for all but `exec` a type, the transaction, one literal or a dialect pair, arguments.
fn read_call(input: ParseStream) -> syn::Result<(Vec<(Dialect, String)>, usize)> {
    let verb = input.call(Ident::parse_any)?;
    match verb.to_string().as_str() {
        "all" | "optional" | "one" => _ = input.parse::<Type>()?,
        "exec" => {}
        other => return Err(syn::Error::new(verb.span(), format!("the verb {other} isn't known"))),
    }
    input.parse::<Token![,]>()?;
    input.parse::<Expr>()?;
    input.parse::<Token![,]>()?;

    let mut texts = Vec::new();
    if input.peek(LitStr) {
        texts.push((Dialect::Postgres, input.parse::<LitStr>()?.value()));
    } else {
        for (name, dialect) in [("sqlite", Dialect::Sqlite), ("postgres", Dialect::Postgres)] {
            if !texts.is_empty() {
                input.parse::<Token![,]>()?;
            }
            let label: Ident = input.parse()?;
            if label != name {
                return Err(syn::Error::new(label.span(), format!("a literal, or sqlite: and postgres:, not {label}")));
            }
            input.parse::<Token![:]>()?;
            texts.push((dialect, input.parse::<LitStr>()?.value()));
        }
    }
    if input.is_empty() {
        return Ok((texts, 0));
    }
    input.parse::<Token![,]>()?;
    let args = Punctuated::<Expr, Token![,]>::parse_terminated(input)?;
    Ok((texts, args.len()))
}

fn is_statement_macro(name: &Ident) -> bool {
    name == "sql" || name == "platform_sql"
}

fn is_macro_rules(tokens: &[TokenTree], i: usize) -> bool {
    i >= 3 && ident(tokens, i - 3).is_some_and(|name| name == "macro_rules") && punct(tokens, i - 2, '!')
}

fn calls_statement_macros(group: &Group) -> bool {
    let mut found = false;
    walk_tokens(group.stream(), &mut |tokens| {
        found |=
            (0..tokens.len()).any(|i| ident(tokens, i).is_some_and(is_statement_macro) && punct(tokens, i + 1, '!'));
    });
    found
}

/// Where a file speaks sqlx itself. Derives such as `sqlx::FromRow` and types such as `sqlx::Error` don't count.
fn sqlx_mentions(source: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Ok(stream) = source.parse::<TokenStream>() else {
        return vec![(1, "isn't Rust".to_owned())];
    };
    walk_tokens(stream, &mut |tokens| {
        for (i, token) in tokens.iter().enumerate() {
            let TokenTree::Ident(name) = token else { continue };
            let mut found = |what: String| problems.push((line(name.span()), what));
            if name == "sqlx" && ident(tokens, i + 1).is_some_and(|next| next == "as") {
                found("sqlx under another name".to_owned());
            } else if name == "sqlx" && punct(tokens, i + 1, ':') && punct(tokens, i + 2, ':') {
                match tokens.get(i + 3) {
                    Some(TokenTree::Punct(_)) => found("sqlx::*".to_owned()),
                    Some(TokenTree::Ident(next)) if speaks(&next.to_string()) => found(format!("sqlx::{next}")),
                    Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                        walk_tokens(group.stream(), &mut |tokens| {
                            for name in tokens.iter().filter_map(|token| match token {
                                TokenTree::Ident(name) if speaks(&name.to_string()) => Some(name),
                                _ => None,
                            }) {
                                found(format!("sqlx::{name}"));
                            }
                        });
                    }
                    _ => {}
                }
            } else if MACRO_PARTS.contains(&&*name.to_string()) {
                found(name.to_string());
            } else if i > 0
                && punct(tokens, i - 1, '.')
                && SQLX_CALLS.contains(&&*name.to_string())
                // With a turbofish too.
                && (matches!(tokens.get(i + 1), Some(TokenTree::Group(_))) || punct(tokens, i + 1, ':'))
            {
                found(format!(".{name}("));
            }
        }
    });
    problems
}

/// The names in sqlx that run statements.
fn speaks(name: &str) -> bool {
    name.starts_with("query") || ["raw_sql", "QueryBuilder", "Executor", "Execute", "AssertSqlSafe"].contains(&name)
}

fn line(span: Span) -> usize {
    span.start().line
}

mod finding {
    use super::*;

    #[test]
    fn statements_are_found_wherever_they_stand() {
        let source = r##"
            macro_rules! unrelated { ($x:expr) => { $x } }
            async fn verbs(tx: &mut OrgTx) -> Result<()> {
                let rows = sql!(all (Uuid, i64), tx, "SELECT id, n FROM t WHERE org_id = $1").await?;
                if true { crate::db::sql!(exec, &mut *tx, r#"DELETE FROM t
                    WHERE org_id = $1 AND id = $2"#, id).await?; }
                view! { <p>{move || platform_sql!(optional HashMap<Uuid, i64>, tx, "SELECT \
                    1", f(a, b), c::<D, E>(),)}</p> }
            }
            #[test]
            fn pair() { vec![sql!(one Row, self.tx(), sqlite: "SELECT 1", postgres: "SELECT 2", a)]; }
        "##;
        let (calls, problems) = calls(source, false);
        assert!(problems.is_empty(), "{problems:?}");
        let seen: Vec<_> = calls.iter().map(|call| (call.line, call.kind, call.texts.len(), call.args)).collect();
        assert_eq!(
            seen,
            [(4, Kind::Org, 1, 0), (5, Kind::Org, 1, 1), (7, Kind::Platform, 1, 2), (11, Kind::Org, 2, 1)]
        );
        assert_eq!(calls[2].texts[0].1, "SELECT 1");
        assert_eq!(calls[3].texts[0], (Dialect::Sqlite, "SELECT 1".to_owned()));
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        for source in [
            "fn f() { sql!(exec, tx, QUERY, a); }",
            "fn f() { sql!(exec, tx, concat!(\"a\", \"b\")); }",
            "fn f() { sql!(some Row, tx, \"SELECT 1\"); }",
            "fn f() { sql!(exec, tx, postgres: \"SELECT 1\"); }",
            "use crate::db::sql as q;",
            "macro_rules! mine { ($t:literal) => { sql!(exec, tx, $t) } }",
            "macro_rules! sql { ($t:literal) => { $t } }",
            "fn f() { ",
        ] {
            assert!(!calls(source, false).1.is_empty(), "not seen: {source}");
        }
        let db = "macro_rules! sql { ($t:literal) => { $crate::platform_sql!(@org $t) } }";
        assert!(calls(db, true).1.is_empty(), "db.rs defines the macros");
    }

    #[test]
    fn problems_name_the_file_and_the_line() {
        let sources = [(
            "app/src/a.rs".to_owned(),
            "fn f() {\n sql!(exec, tx, \"DELETE FROM t\");\n sql!(exec, tx, \"SELEC\"); }".to_owned(),
        )];
        let (count, problems) = check_sources(&sources, &Tables::default(), &[]);
        assert_eq!(count, 2);
        assert!(
            problems.iter().any(|problem| problem.starts_with("app/src/a.rs:2: DELETE without WHERE")),
            "{problems:?}"
        );
        assert!(problems.iter().any(|problem| problem.starts_with("app/src/a.rs:3: can't be parsed")), "{problems:?}");
    }

    #[test]
    fn the_list_of_cross_org_statements_can_only_shrink() {
        let tables = Tables::from_sql(Dialect::Sqlite, &["CREATE TABLE t (org_id BLOB, id BLOB)"]);
        let sources = [(
            "app/src/jobs.rs".to_owned(),
            "fn f() { platform_sql!(all Row, tx, \"SELECT id\n FROM t WHERE id = $1\", id); }".to_owned(),
        )];
        let problems = |cross_org| check_sources(&sources, &tables, cross_org).1;
        assert_eq!(problems(&[("src/jobs.rs", "SELECT id FROM t", "for a test")]), [""; 0]);
        assert_eq!(problems(&[]).len(), 1);
        assert_eq!(problems(&[("src/jobs.rs", "FROM t", ""), ("src/other.rs", "FROM t", "")]).len(), 1);
    }

    #[test]
    fn sqlx_is_seen() {
        for source in [
            "fn f() { sqlx::query(\"SELECT 1\"); }",
            "fn f() { ::sqlx::query_as::<_, Row>(\"SELECT 1\"); }",
            "fn f() { sqlx::raw_sql(text); }",
            "use sqlx::{FromRow, query_scalar};",
            "use sqlx::*;",
            "use sqlx as db;",
            "fn f() { crate::db_statement!(@platform exec, tx, \"SELECT 1\"); }",
            "fn f() { q.fetch_one(&mut tx); }",
            "fn f() { view! { {q.execute(&mut tx)} } }",
        ] {
            assert!(!sqlx_mentions(source).is_empty(), "not seen: {source}");
        }
        let fine = "#[cfg_attr(feature = \"ssr\", derive(sqlx::FromRow))] struct A; fn execute() -> sqlx::Error {}";
        assert_eq!(sqlx_mentions(fine), []);
    }
}

mod judging {
    use super::*;

    /// Two tenant tables, the organisations, and two of the platform's.
    fn tables() -> Tables {
        Tables::from_sql(
            Dialect::Postgres,
            &["
            CREATE TABLE organisations (id uuid PRIMARY KEY, slug text NOT NULL);
            CREATE TABLE users (id uuid PRIMARY KEY, email text);
            CREATE TABLE sessions (id text PRIMARY KEY, user_id uuid REFERENCES users (id));
            CREATE TABLE members (org_id uuid NOT NULL, id uuid NOT NULL, user_id uuid, n bigint, PRIMARY KEY (org_id, id));
            CREATE TABLE lists (org_id uuid NOT NULL, id uuid NOT NULL, member_id uuid, name text, n bigint);
            CREATE TABLE items (org_id uuid NOT NULL, id uuid NOT NULL, list_id uuid, name text, n bigint);
            "],
        )
    }

    #[test]
    fn good_statements_pass() {
        for (args, sql) in [
            (0, "SELECT id, name FROM lists WHERE org_id = $1 ORDER BY name, id LIMIT 10"),
            (1, "SELECT count(*), max(n) FROM lists WHERE $1 = org_id AND (n > $2 OR name IS NULL)"),
            (
                0,
                "SELECT l.id FROM lists l JOIN items i ON i.org_id = l.org_id AND i.list_id = l.id WHERE l.org_id = $1",
            ),
            (
                0,
                "SELECT l.id FROM lists AS l, items i WHERE (i.list_id = l.id AND (l.org_id = $1)) AND i.org_id = l.org_id",
            ),
            (
                0,
                "SELECT l.id, i.n FROM lists l LEFT JOIN items i ON i.org_id = l.org_id AND i.list_id = l.id WHERE l.org_id = $1",
            ),
            (
                0,
                "SELECT l.id FROM lists l LEFT JOIN (items i JOIN members m ON m.org_id = i.org_id AND m.n = i.n) \
                 ON i.org_id = $1 AND i.list_id = l.id WHERE l.org_id = $1",
            ),
            (0, "SELECT u.email FROM members m JOIN users u ON u.id = m.user_id WHERE m.org_id = $1"),
            (0, "SELECT email FROM members JOIN users ON users.id = user_id WHERE org_id = $1"),
            (0, "SELECT o.slug, (SELECT count(*) FROM lists WHERE org_id = o.id) FROM organisations o WHERE o.id = $1"),
            (0, "SELECT slug FROM organisations WHERE id = $1"),
            (
                1,
                "SELECT id FROM lists l WHERE org_id = $1 AND NOT EXISTS \
                 (SELECT 1 FROM items i WHERE i.org_id = l.org_id AND i.list_id = l.id AND i.n = $2)",
            ),
            (0, "SELECT id FROM lists WHERE org_id = $1 UNION ALL SELECT id FROM items WHERE org_id = $1 ORDER BY 1"),
            (
                0,
                "WITH busy AS (SELECT list_id, count(*) AS n FROM items WHERE org_id = $1 GROUP BY list_id) \
                 SELECT l.id, b.n FROM lists l LEFT JOIN busy b ON b.list_id = l.id WHERE l.org_id = $1",
            ),
            (
                1,
                "WITH RECURSIVE tree AS (SELECT id, list_id FROM items WHERE org_id = $1 AND id = $2 UNION ALL \
                 SELECT i.id, i.list_id FROM items i JOIN tree t ON t.id = i.list_id WHERE i.org_id = $1) SELECT id FROM tree",
            ),
            (0, "SELECT d.n FROM (SELECT sum(n) AS n FROM items WHERE org_id = $1) d"),
            (0, "SELECT id, row_number() OVER (PARTITION BY list_id ORDER BY n DESC) FROM items WHERE org_id = $1"),
            (3, "INSERT INTO lists (id, org_id, name, n) VALUES ($2, $1, $3, $4)"),
            (2, "INSERT INTO lists (org_id, id) VALUES ($1, $2), ($1, $3) ON CONFLICT DO NOTHING"),
            (
                3,
                "INSERT INTO lists AS l (org_id, id, name) VALUES ($1, $2, $3) ON CONFLICT (org_id, id) \
                 DO UPDATE SET name = excluded.name, n = l.n + 1 WHERE l.n < $4 RETURNING id",
            ),
            (
                2,
                "INSERT INTO lists (org_id, id, name) VALUES ($1, $2, $3) ON CONFLICT (org_id, lower(name)) \
                 WHERE n IS NULL DO UPDATE SET name = excluded.name",
            ),
            (1, "INSERT INTO items (id, org_id, list_id) SELECT $2, l.org_id, l.id FROM lists l WHERE l.org_id = $1"),
            (1, "INSERT INTO items (org_id, id) SELECT $1, $2 WHERE EXISTS (SELECT 1 FROM lists WHERE org_id = $1)"),
            (2, "INSERT INTO organisations (id, slug) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET slug = $3"),
            (2, "UPDATE lists SET name = $3, n = n + 1 WHERE org_id = $1 AND id = $2 RETURNING id, n"),
            (
                0,
                "UPDATE items SET n = l.n FROM lists l WHERE l.org_id = items.org_id AND l.id = list_id AND items.org_id = $1",
            ),
            (
                1,
                "UPDATE lists SET n = (SELECT count(*) FROM items i WHERE i.org_id = lists.org_id) WHERE org_id = $1 AND id = $2",
            ),
            (1, "DELETE FROM lists WHERE org_id = $1 AND id = $2"),
            (0, "DELETE FROM items i USING lists l WHERE l.org_id = $1 AND i.org_id = l.org_id AND i.list_id = l.id"),
            (1, "SELECT id FROM lists WHERE org_id = $1 AND (n, id) > ($2, 'a') AND name LIKE '%now%' FOR UPDATE"),
            (
                1,
                "SELECT CAST(n AS text), CASE WHEN n > 1 THEN 'a' ELSE coalesce(name, '') END FROM lists WHERE org_id = $1 AND id IN ($2)",
            ),
        ] {
            assert_eq!(check(Kind::Org, sql, args, &tables()), [""; 0], "{sql}");
        }
        for (args, sql) in [
            (1, "SELECT u.id, u.email FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1"),
            (
                2,
                "INSERT INTO users (id, email) VALUES ($1, $2) ON CONFLICT (email) DO UPDATE SET email = excluded.email",
            ),
            (0, "SELECT 1"),
            (1, "SELECT name FROM sqlite_schema WHERE name = $1"),
        ] {
            assert_eq!(check(Kind::Platform, sql, args, &tables()), [""; 0], "{sql}");
        }
        let unheld = "UPDATE lists SET n = 0 WHERE n > $1";
        assert_eq!(check(Kind::CrossOrg, unheld, 1, &tables()), [""; 0]);
        let sqlite = "SELECT id FROM lists WHERE org_id = $1 AND name GLOB $2";
        assert_eq!(check_in(Dialect::Sqlite, Kind::Org, sqlite, 1, &tables()), [""; 0]);
    }

    #[test]
    fn a_table_that_is_not_held_is_refused() {
        for sql in [
            "SELECT $1, id FROM lists",
            "SELECT id FROM lists WHERE org_id = $1 OR 1=1",
            "SELECT id FROM lists WHERE id = '' OR (org_id = $1 AND n = 1)",
            "SELECT id FROM lists WHERE NOT org_id = $1",
            "SELECT id FROM lists WHERE NOT (n = 1 AND org_id = $1)",
            "SELECT id FROM lists WHERE (org_id = $1) IS NOT NULL",
            "SELECT id FROM lists WHERE org_id <> $1",
            "SELECT id FROM lists WHERE org_id >= $1",
            "SELECT id FROM lists WHERE org_id IN ($1)",
            "SELECT id FROM lists WHERE org_id = org_id AND id = $1",
            "SELECT id FROM lists WHERE id = $1",
            "SELECT id FROM lists WHERE coalesce(org_id = $1, true)",
            "SELECT id FROM lists WHERE CASE WHEN org_id = $1 THEN true ELSE true END",
            "SELECT id FROM lists GROUP BY id, org_id HAVING org_id = $1",
            // Joins.
            "SELECT l.id FROM lists l JOIN items i ON i.list_id = l.id WHERE l.org_id = $1",
            "SELECT l.id FROM lists l JOIN items i ON i.list_id = l.id WHERE org_id = $1",
            "SELECT l.id FROM lists l JOIN items i ON i.org_id = l.org_id WHERE l.id = $1",
            "SELECT l.id FROM lists l JOIN items i ON i.org_id = l.org_id OR l.org_id = $1 WHERE l.org_id = $1",
            "SELECT l.id FROM lists l JOIN items i ON i.org_id = l.org_id WHERE org_id = $1",
            "SELECT l.id FROM lists l, json_each((SELECT max(name) FROM items)) j WHERE l.org_id = $1",
            "SELECT l.id FROM lists l, items i WHERE l.org_id = $1 AND i.list_id = l.id",
            "SELECT l.id FROM lists l CROSS JOIN items WHERE l.org_id = $1",
            "SELECT l.id FROM lists l NATURAL JOIN items i WHERE l.org_id = $1",
            "SELECT l.id FROM lists l JOIN items i USING (id) WHERE l.org_id = $1",
            "SELECT l.id FROM lists l LEFT JOIN items i ON i.list_id = l.id WHERE l.org_id = $1",
            "SELECT l.id FROM lists l LEFT JOIN items i ON i.list_id = l.id AND l.org_id = $1 WHERE l.org_id = $1",
            "SELECT l.id FROM lists l LEFT JOIN items i ON i.list_id = l.id WHERE l.org_id = $1 AND l.org_id = i.org_id",
            "SELECT l.id FROM lists l LEFT JOIN items i ON i.list_id = l.id AND i.org_id = $1 AND l.org_id = $1",
            "SELECT l.id FROM lists l LEFT JOIN items i ON i.org_id = $1 AND l.org_id = i.org_id",
            "SELECT l.id FROM lists l RIGHT JOIN items i ON i.org_id = $1 WHERE l.org_id = $1",
            "SELECT l.id FROM lists l FULL JOIN items i ON i.org_id = $1 WHERE l.org_id = $1",
            "SELECT l.id FROM lists l LEFT JOIN (items i JOIN members m ON m.id = i.id) ON i.org_id = $1 WHERE l.org_id = $1",
            "SELECT u.id FROM users u JOIN members m ON m.user_id = u.id WHERE u.id = $1",
            // Queries in queries.
            "SELECT id FROM lists WHERE org_id = $1 AND id IN (SELECT list_id FROM items)",
            "SELECT id FROM lists l WHERE l.org_id = $1 AND EXISTS (SELECT 1 FROM items i WHERE i.list_id = l.id)",
            "SELECT id FROM lists l WHERE l.org_id = $1 AND EXISTS (SELECT 1 FROM items l WHERE l.org_id = l.org_id)",
            "SELECT id FROM lists l WHERE l.org_id = $1 AND EXISTS (SELECT 1 FROM items i, users l WHERE i.org_id = l.org_id)",
            "SELECT id FROM lists l WHERE n > 1 AND EXISTS (SELECT 1 FROM items i WHERE i.org_id = $1 AND i.org_id = l.org_id)",
            "SELECT (SELECT max(n) FROM items) FROM lists WHERE org_id = $1",
            "SELECT id FROM lists WHERE org_id = $1 ORDER BY (SELECT max(n) FROM items)",
            "SELECT id FROM lists WHERE org_id = $1 LIMIT (SELECT max(n) FROM items)",
            "SELECT count(*) FILTER (WHERE n IN (SELECT n FROM items)) FROM lists WHERE org_id = $1",
            "SELECT d.id FROM (SELECT id, org_id FROM lists) d WHERE d.org_id = $1",
            "SELECT l.id FROM lists l, LATERAL (SELECT n FROM items WHERE list_id = l.id) i WHERE l.org_id = $1",
            "WITH a AS (SELECT id, org_id FROM lists) SELECT id FROM a WHERE org_id = $1",
            "WITH a AS (SELECT org_id FROM users) SELECT l.id FROM lists l JOIN a ON a.org_id = l.org_id WHERE a.org_id = $1",
            "WITH gone AS (DELETE FROM items WHERE n = 1 RETURNING id) SELECT id FROM lists WHERE org_id = $1",
            "SELECT id FROM lists WHERE org_id = $1 UNION SELECT id FROM items",
            "SELECT id FROM lists UNION SELECT id FROM items WHERE org_id = $1",
            "SELECT id FROM lists WHERE org_id = $1 EXCEPT (SELECT id FROM items)",
            // The organisations themselves.
            "SELECT slug FROM organisations WHERE slug = $1",
            "SELECT id FROM lists l JOIN organisations o ON o.id = l.id WHERE l.org_id = $1",
            // Changes.
            "UPDATE lists SET n = 1 WHERE id = $1",
            "UPDATE lists SET n = i.n FROM items i WHERE i.org_id = $1",
            "UPDATE lists SET n = i.n FROM items i WHERE lists.org_id = $1 AND i.list_id = lists.id",
            "UPDATE lists SET n = (SELECT max(n) FROM items) WHERE org_id = $1",
            "DELETE FROM lists WHERE id = $1",
            "DELETE FROM items i USING lists l WHERE i.org_id = $1 AND l.id = i.list_id",
            "INSERT INTO items (org_id, id) SELECT $1, id FROM lists",
        ] {
            refused(Kind::Org, sql, 0, "isn't held");
        }
        let shadow = "WITH lists AS (SELECT id FROM lists WHERE org_id = $1) SELECT id FROM lists WHERE org_id = $1";
        refused(Kind::Org, shadow, 0, "table's name");
        refused(Kind::Org, "SELECT m.id FROM members m (id, org_id, user_id, n) WHERE m.org_id = $1", 0, "renames");
        refused(Kind::Org, "SELECT id FROM lists WHERE org_id = $2 AND id = $1", 1, "isn't held");
        refused(Kind::Org, "SELECT id FROM lists WHERE org_id = $1::uuid", 0, "isn't held");
    }

    #[test]
    fn an_insert_gives_the_organisation() {
        for (args, sql, problem) in [
            (1, "INSERT INTO lists (id) VALUES ($2)", "doesn't give org_id"),
            (2, "INSERT INTO lists (org_id, id, n) VALUES ($2, $3, $1)", "something else than $1"),
            (1, "INSERT INTO lists (org_id, id) VALUES ($1, $2), ($2, $1)", "something else than $1"),
            (1, "INSERT INTO lists (org_id, id) VALUES (coalesce($1, $2), $2)", "something else than $1"),
            (1, "INSERT INTO lists (id, org_id) VALUES ($1)", "another number"),
            (1, "INSERT INTO lists VALUES ($1, $2)", "names its columns"),
            (
                1,
                "INSERT INTO lists (id, org_id) SELECT l.org_id, l.id FROM lists l WHERE l.org_id = $1 AND n = $2",
                "SELECT gives",
            ),
            (1, "INSERT INTO lists (id, org_id) SELECT id, $2 FROM items WHERE org_id = $1", "SELECT gives"),
            (
                0,
                "INSERT INTO lists (id, org_id) SELECT id, $1 FROM items WHERE org_id = $1 UNION SELECT id, id FROM users",
                "SELECT gives",
            ),
            (1, "INSERT INTO organisations (id, slug) VALUES ($2, $1)", "something else than $1"),
            (1, "INSERT INTO lists (org_id, id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", "lacks org_id"),
            (1, "INSERT INTO lists (org_id, id) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = 1", "lacks org_id"),
            (
                1,
                "INSERT INTO lists (org_id, id) VALUES ($1, $2) ON CONFLICT (id, lower(org_id)) DO NOTHING",
                "lacks org_id",
            ),
            (
                1,
                "INSERT INTO lists (org_id, id) VALUES ($1, $2) ON CONFLICT ON CONSTRAINT k DO UPDATE SET n = 1",
                "ON CONSTRAINT",
            ),
            (1, "INSERT INTO lists (org_id, id) VALUES ($1, $2) ON CONFLICT DO UPDATE SET n = 1", "names its target"),
            (
                1,
                "INSERT INTO organisations (id, slug) VALUES ($1, $2) ON CONFLICT (slug) DO UPDATE SET slug = ''",
                "lacks id",
            ),
            (
                1,
                "INSERT INTO lists (org_id, id) VALUES ($1, $2) ON CONFLICT (org_id, id) DO UPDATE SET org_id = $2",
                "SET org_id",
            ),
            (
                1,
                "INSERT INTO lists (org_id, id) VALUES ($1, $2) ON CONFLICT (org_id, id) DO UPDATE SET (n, org_id) = (1, $2)",
                "SET org_id",
            ),
            (
                1,
                "INSERT INTO lists (org_id, id) VALUES ($1, $2) ON CONFLICT (org_id, id) DO UPDATE SET n = (SELECT max(n) FROM items)",
                "items isn't held",
            ),
            (1, "INSERT INTO lists (org_id, id) VALUES ($1, $2) RETURNING *", "name the columns"),
            (1, "UPDATE lists SET org_id = $2 WHERE org_id = $1", "SET org_id"),
            (1, "UPDATE organisations SET id = $2 WHERE id = $1", "SET id"),
        ] {
            refused(Kind::Org, sql, args, problem);
        }
        let replace = "INSERT OR REPLACE INTO lists (org_id, id) VALUES ($1, $2)";
        assert_ne!(check_in(Dialect::Sqlite, Kind::Org, replace, 1, &tables()), [""; 0]);
    }

    #[test]
    fn hygiene() {
        for (args, sql, problem) in [
            (0, "UPDATE users SET email = ''", "UPDATE without WHERE"),
            (0, "DELETE FROM users", "DELETE without WHERE"),
            (1, "SELECT id FROM users WHERE id = $1 AND email = $2", "nothing binds $2"),
            (2, "SELECT id FROM users WHERE id = $1", "nothing uses $2"),
            (3, "SELECT id FROM users WHERE id = $1 AND email = $3", "nothing uses $2"),
            (1, "SELECT id FROM users WHERE id = ?", "of the form $N"),
            (1, "SELECT id FROM users WHERE id = $id", "of the form $N"),
            (1, "SELECT id FROM users WHERE id = $01", "of the form $N"),
            (1, "SELECT id FROM users WHERE id = $1 OR id = $0", "of the form $N"),
            (0, "SELECT now()", "the clock"),
            (0, "SELECT pg_catalog.now()", "the clock"),
            (0, "SELECT CURRENT_TIMESTAMP", "the clock"),
            (0, "SELECT current_date", "the clock"),
            (0, "SELECT datetime('now')", "the clock"),
            (0, "SELECT 'now'::timestamptz", "the clock"),
            (0, "SELECT timestamptz 'today'", "the clock"),
            (0, "SELECT unixepoch()", "the clock"),
            (0, "SELECT strftime('%s')", "the clock"),
            (0, "SELECT gen_random_uuid()", "the clock"),
            (0, "SELECT id FROM users ORDER BY random()", "the clock"),
            (0, "SELECT 1; SELECT 2", "one statement"),
            (0, "", "one statement"),
            (0, "SELECT * FROM users", "name the columns"),
            (0, "SELECT u.* FROM users u", "name the columns"),
            (0, "SELECT id FROM users WHERE EXISTS (SELECT * FROM sessions)", "name the columns"),
            (0, "SELECT id FROM elsewhere", "no migration"),
            (0, "SELECT id INTO copies FROM users", "makes a table"),
            (0, "DROP TABLE users", "not DROP"),
            (0, "TRUNCATE users", "not TRUNCATE"),
            (0, "SET row_security = off", "not SET"),
            (0, "SELEC id FROM users", "can't be parsed"),
            (1, "INSERT INTO users VALUES ($1)", "names its columns"),
            (1, "SELECT id FROM lists WHERE org_id = $1", "tenant table lists"),
            (
                1,
                "DELETE FROM users WHERE id IN (SELECT user_id FROM members WHERE org_id = $1)",
                "tenant table members",
            ),
            (1, "INSERT INTO organisations (id) VALUES ($1)", "tenant table organisations"),
        ] {
            refused(Kind::Platform, sql, args, problem);
        }
        refused(Kind::Org, "SELECT id FROM lists WHERE org_id = $1 AND n = $3", 2, "nothing uses $2");
        refused(Kind::Org, "SELECT id FROM users WHERE id = $1 AND email = $2", 2, "nothing uses $3");
        refused(Kind::Org, "INSERT INTO lists (org_id) SELECT id FROM organisations", 0, "isn't used");
        refused(Kind::CrossOrg, "DELETE FROM lists", 0, "without WHERE");
        refused(Kind::CrossOrg, "UPDATE lists SET org_id = $1 WHERE id = $2", 2, "SET org_id");
        assert_eq!(check(Kind::Org, "SELECT id FROM users WHERE id = $2", 1, &tables()), [""; 0], "no tenant table");
    }

    #[test]
    fn tables_are_read_from_any_migration() {
        let tables = Tables::from_sql(
            Dialect::Postgres,
            &[
                "-- CREATE TABLE comment (org_id uuid);
                CREATE EXTENSION IF NOT EXISTS btree_gist;
                CREATE TABLE IF NOT EXISTS public.\"bookings\" (
                    id uuid, n numeric(10, 2) CHECK (n IN (1, 2)), org_id uuid NOT NULL REFERENCES organisations (id),
                    CONSTRAINT no_overlap EXCLUDE USING gist (org_id WITH =, tstzrange(a, b) WITH &&)
                ) PARTITION BY HASH (org_id);
                CREATE TABLE keys (a text, UNIQUE (a), FOREIGN KEY (a) REFERENCES b (org_id));
                DO $$ BEGIN EXECUTE 'CREATE TABLE hidden (org_id uuid)'; END $$;
                CREATE POLICY p ON bookings USING (org_id = current_setting('devalo.org')::uuid);
                CREATE TRIGGER t BEFORE INSERT ON keys FOR EACH ROW EXECUTE FUNCTION f();
                ALTER TABLE bookings ENABLE ROW LEVEL SECURITY;",
                "ALTER TABLE keys ADD COLUMN IF NOT EXISTS b text, ADD org_id uuid;
                CREATE TABLE old (a text); DROP TABLE old;
                CREATE TABLE plain_new (org_id text, x text) STRICT; ALTER TABLE plain_new RENAME TO plain;
                CREATE TABLE organisations (id uuid);",
            ],
        );
        assert_eq!(tables.names().collect::<Vec<_>>(), ["bookings", "keys", "organisations", "plain"]);
        for table in ["bookings", "keys", "plain"] {
            assert_eq!(tables.scope(table), Some("org_id"), "{table}");
        }
        assert_eq!(tables.scope("organisations"), Some("id"));
        let sqlite = Tables::from_sql(
            Dialect::Sqlite,
            &["CREATE TABLE a (id BLOB PRIMARY KEY, x TEXT GENERATED ALWAYS AS ('org_id') STORED) STRICT, WITHOUT ROWID;
              CREATE TRIGGER t BEFORE INSERT ON a BEGIN SELECT RAISE(ABORT, 'no; never') WHERE NEW.id = 1; END;
              CREATE TABLE b (org_id BLOB) STRICT;"],
        );
        assert_eq!((sqlite.scope("a"), sqlite.scope("b")), (None, Some("org_id")));
    }

    #[track_caller]
    fn refused(kind: Kind, sql: &str, args: usize, problem: &str) {
        let problems = check(kind, sql, args, &tables());
        assert!(
            problems.iter().any(|found| found.contains(problem)),
            "{sql}\nis refused for {problems:?}, not {problem:?}"
        );
        // So that a refusal in these tests is for the rule, not for want of a parser.
        let parses = ["parsed", "form $N"].iter().any(|it| problem.contains(it))
            || problems.iter().all(|found| !found.contains("can't be parsed"));
        assert!(parses, "{sql}\n{problems:?}");
    }
}
