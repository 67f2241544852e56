//! Files of results come in once: whatever they look like, however often they are sent, and wherever taking them over stopped. And many results
//! typed at once.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    time::{Duration, Instant},
};

use app::{
    db::Access,
    error::{Code, Result},
    modules::scoreboard::{
        board::Of,
        entries, grid,
        import_rows::{Columns, Field},
        imports::{self, Meant, Outcome, Report, Taken},
        permissions, store,
    },
    org::{Actor, Role},
    platform_sql,
};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    on_both,
    scoreboard::{SYSTEM, Shop, TODAY, entry, money, with},
    support::{Site, outcome},
};

/// What every test's file has on top.
const HEAD: &str = "Date,Person,Amount,Note,Id\n";
/// Long enough on a machine that does other things besides.
const PATIENCE: Duration = Duration::from_mins(1);

on_both! {
    /// Read first, and written only then: what is good is added to the cent, with its note and who brought it; what is wrong is named, field by
    /// field, and left out only where somebody says so.
    async fn a_file_is_read_first_and_taken_over_then(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person_with("Ada Ash", json!({ "aliases": ["AA"] })).await;
        shop.person("Bo").await;
        let owner = site.log_in(shop.slug).await;
        let file = format!(
            "{HEAD}23/11/2026,ada  ash,\"$1,234.50\",Two chairs,INV-1\n22/11/2026,AA,(50.00),,INV-2\n2026-11-21,Bo,10,,\n\
             21/11/2026,Bo,1.005,,\n21/11/2026,Cy,5,,\n12/31/2026,Bo,5,,\n24/11/2026,Bo,5,,\n"
        );
        let sent = send(&site, &owner, &file).await;
        assert!(sent.starts_with("/app/alpha/scoreboard/import/"), "{sent}");
        let id = sent.rsplit('/').next().expect("an id").to_owned();
        assert_eq!(shop.standing().await.0, 0, "nothing is written yet");
        let page = site.get_as(&owner, &sent).await;
        for part in ["3 rows would be added", "4 rows can’t be taken over", "without part of a cent", "Nobody is called “Cy”", "31/12/2026", "Choose today or a day before"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        let report = look(&site, &shop, &id).await;
        assert_eq!(counts(&report), (3, 0, 4));
        assert_eq!(report.rows.iter().take(4).map(|judged| judged.row.wrong[0].field).collect::<Vec<_>>(), [Some(Field::Amount), Some(Field::Person), Some(Field::Day), Some(Field::Day)]);
        let dump = site.raw_dump().await;
        assert!(!dump.windows(10).any(|part| part == b"Two chairs"), "it is sealed");

        let refused = take(&site, &shop, &id, false).await.expect_err("something is wrong with rows");
        assert_eq!(refused.fields[0].field, "partly");
        let done = site.form(Some(&owner), "/fn/scoreboard/take-import", &sent, &[("org", "alpha"), ("id", &id), ("version", "1"), ("partly", "true")]).await;
        assert_eq!(done.status, StatusCode::FOUND, "{}", done.text);
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada Ash $1,184.50, 2 Bo $10.00 = $1,194.50");
        let mut tx = shop.opened(Access::Read).await;
        let lines = store::entries(&mut tx, (None, Some(ada)), ("2026-11-01", "2026-12-01"), None, 10).await.expect("lines");
        let first = lines.iter().find(|line| line.day == TODAY).expect("it is there");
        assert_eq!((first.source.as_str(), first.by_kind.as_str(), first.external_id.as_deref()), ("file", "member", Some("INV-1")));
        assert_eq!(entries::words_of(&mut tx, first).await.expect("its note").0, "Two chairs");
        tx.rollback().await.expect("it is let go");
        let page = site.get_as(&owner, "/app/alpha/scoreboard/import").await.text;
        assert!(page.contains("3 rows came in, 4 were left out."), "{page}");
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        assert!(log.contains("took 3 results from a file over"), "{log}");
        let again = take(&site, &shop, &id, true).await.expect("it was taken over");
        assert_eq!(again, Taken { added: 3, known: 0, left_out: 4 }, "the same answer");
        assert_eq!(shop.standing().await.0, 3);
    }

    /// The same file again adds nothing, with numbers of its own or without; two equal rows of a file are two, each time the same two.
    async fn the_same_file_adds_nothing_twice(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.person("Ada").await;
        let plain = format!("{HEAD}23/11/2026,Ada,5,,\n23/11/2026,Ada,5,,\n23/11/2026,Ada,5,again,\n22/11/2026,Ada,7,,INV-1\n");
        let first = keep(&site, &shop, &plain).await;
        assert_eq!(take(&site, &shop, &first, false).await.expect("taken"), Taken { added: 4, known: 0, left_out: 0 });
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $22.00 = $22.00");
        let second = keep(&site, &shop, &plain).await;
        assert_eq!(counts(&look(&site, &shop, &second).await), (0, 4, 0));
        assert_eq!(take(&site, &shop, &second, false).await.expect("taken"), Taken { added: 0, known: 4, left_out: 0 });
        // In another order, written otherwise, with a third equal row.
        let other = "Person,Id,Amount,Date,Note\nADA,INV-1,$7.00,2026-11-22,\nAda,,5.00,2026-11-23,again\nAda,,$5,2026-11-23,\nAda,,5,2026-11-23,\nAda,,5,2026-11-23,\n";
        let third = keep(&site, &shop, other).await;
        assert_eq!(take(&site, &shop, &third, false).await.expect("taken"), Taken { added: 1, known: 4, left_out: 0 });
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $27.00 = $27.00");
        // What is called the same and is something else is refused; and what was taken back by itself stays away.
        let changed = keep(&site, &shop, &format!("{HEAD}22/11/2026,Ada,8,,INV-1\n22/11/2026,Ada,9,,INV-2\n22/11/2026,Ada,10,,INV-2\n")).await;
        let report = look(&site, &shop, &changed).await;
        assert_eq!(counts(&report), (1, 0, 2));
        assert!(report.rows.iter().take(2).all(|judged| judged.row.wrong[0].field == Some(Field::ExternalId)), "{report:?}");
        let mut tx = shop.opened(Access::Read).await;
        let all = store::entries(&mut tx, (None, None), ("2026-11-22", "2026-11-23"), None, 10).await.expect("lines");
        tx.rollback().await.expect("it is let go");
        shop.void_as(&SYSTEM, all[0].id, "Paid back").await.expect("taken back");
        let fourth = keep(&site, &shop, &plain).await;
        assert_eq!(counts(&look(&site, &shop, &fourth).await), (0, 4, 0));
    }

    /// Two who take one file over at the same moment, and two files with the same rows: each row comes in once.
    async fn at_once_each_row_comes_in_once(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.person("Ada").await;
        let file = many(1_200, "Ada");
        let (one, other) = (keep(&site, &shop, &file).await, keep(&site, &shop, &file).await);
        let (first, second, third) = tokio::join!(take(&site, &shop, &one, false), take(&site, &shop, &one, false), take(&site, &shop, &other, false));
        for outcome in [&first, &second, &third] {
            match outcome {
                Ok(_) => {}
                Err(error) => assert_eq!(error.code, Code::Conflict, "{error:?}"),
            }
        }
        // Whoever was refused asks again, a minute later.
        site.advance(61);
        for id in [&one, &other] {
            take(&site, &shop, id, false).await.expect("it is taken over, or was");
        }
        assert_eq!(shop.standing().await.0, 1_200);
    }

    /// It stops in the middle, as if the server had died there: what came in stays, and doing it again goes on. Nothing is there twice.
    async fn where_it_stopped_it_goes_on(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.person("Ada").await;
        // The second block holds a row that the day has no room for: the first is written, the second isn't.
        let mut file = many(700, "Ada");
        let limit = "90071992547409.91";
        let _ = writeln!(file, "20/11/2026,Ada,{limit},,BIG-1\n20/11/2026,Ada,{limit},,BIG-2");
        let id = keep(&site, &shop, &file).await;
        let refused = take(&site, &shop, &id, false).await.expect_err("the day is full");
        assert!(refused.field_message("value").is_some(), "{refused:?}");
        let stopped = look(&site, &shop, &id).await;
        assert_eq!((stopped.import.state.as_str(), stopped.import.added, shop.standing().await.0), ("taking", 500, 500));
        assert_eq!(counts(&stopped), (202, 500, 0));
        let left = imports::leave(&site.platform, &shop.owner(), shop.slug, &id).await;
        assert_eq!(outcome(left), "409", "something of it came in");

        // As if whoever was at it had died: their minute has to pass.
        let mended = keep(&site, &shop, &many(700, "Ada")).await;
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        let now = site.platform.clock.now();
        platform_sql!(exec, &mut tx, "UPDATE scoreboard_imports SET state = 'taking', started_at = $1 WHERE org_id = $2 AND added = 0", now, shop.id).expect("somebody is at it");
        tx.commit().await.expect("a commit");
        assert_eq!(outcome(take(&site, &shop, &mended, false).await), "409");
        site.advance(61);
        assert_eq!(take(&site, &shop, &mended, false).await.expect("taken"), Taken { added: 200, known: 500, left_out: 0 });
        assert_eq!(shop.standing().await.0, 700);
    }

    /// Ten thousand rows that are all wrong are read quickly, told calmly on a page, and all of them in a file; so many good ones come in within
    /// seconds. More, and larger, is refused in a sentence.
    async fn ten_thousand_rows(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        for number in 0..50 {
            shop.person(&format!("Person Number {number}")).await;
        }
        let owner = site.log_in(shop.slug).await;
        let mut wrong = HEAD.to_owned();
        for number in 0..10_000 {
            let _ = writeln!(wrong, "99/99/{number},Nobody {number},1.00{number},,");
        }
        let began = Instant::now();
        let sent = send(&site, &owner, &wrong).await;
        let page = site.get_as(&owner, &sent).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
        assert!(page.text.contains("10,000 rows can’t be taken over") && page.text.contains("And 9,900 more rows: the file has"), "{}", page.text.len());
        assert!(page.text.len() < 300_000, "{} bytes", page.text.len());
        assert!(page.text.contains("nothing new in this file"), "{}", page.text.len());
        let report = site.get_as(&owner, &format!("{sent}/report.csv")).await;
        assert_eq!((report.status, report.text.lines().count()), (StatusCode::OK, 10_001));
        assert_eq!(shop.standing().await.0, 0);

        let began = Instant::now();
        let good = keep(&site, &shop, &many(10_000, "Person Number 7")).await;
        assert_eq!(take(&site, &shop, &good, false).await.expect("taken"), Taken { added: 10_000, known: 0, left_out: 0 });
        assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
        let began = Instant::now();
        undo(&site, &shop, &good, "A test").await.expect("taken back");
        assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
        assert!(shop.stands("sales", "month", Of::People).await.ends_with("= $0.00"));

        let refused = send(&site, &owner, &many(10_001, "Ada")).await;
        assert!(refused.contains("refused=") && refused.contains("10%2C000"), "{refused}");
        let large = format!("{HEAD}{}", "x".repeat(imports::LIMITS.bytes()));
        assert!(send(&site, &owner, &large).await.contains("5%20MB"));
        assert!(send(&site, &owner, "").await.contains("Choose%20a%20file"));
        assert!(send(&site, &owner, "PK\u{3}\u{4}\u{0}\u{0}").await.contains("save%20it%20as%20CSV"));
    }

    /// No cell of the report is a formula, whatever stands in the file.
    async fn no_cell_of_a_report_is_a_formula(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let owner = site.log_in(shop.slug).await;
        let sent = send(&site, &owner, &format!("{HEAD}=1+1,@SUM(A1),+5,\"=HYPERLINK(\"\"http://evil.example\"\")\",-x\n")).await;
        let answer = site.get_as(&owner, &format!("{sent}/report.csv")).await;
        assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
        let row = answer.text.lines().nth(1).expect("a row");
        for start in [",=", ",+", ",-", ",@", ",\"=", ",\"+", ",\"-", ",\"@"] {
            assert!(!row.contains(start), "{start}: {row}");
        }
        assert!(row.contains(",'=1+1,'@SUM(A1),'+5,"), "{row}");
    }

    /// Its columns are told by their names, or chosen, and remembered for files whose columns are called so; what would not do is refused.
    async fn columns_are_chosen_and_remembered(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("calls", json!({})).await;
        shop.person("Ada").await;
        let file = "Tag,Wer,Betrag,Was\n23/11/2026,Ada,5,sales\n23/11/2026,Ada,3,Calls\n23/11/2026,Ada,3,visits\n";
        let id = keep(&site, &shop, file).await;
        let report = look(&site, &shop, &id).await;
        let missing: Vec<&str> = report.asks.iter().map(|ask| ask.field.as_str()).collect();
        assert_eq!(missing, ["day", "person", "amount", "of"]);
        assert!(report.rows.is_empty());
        assert!(take(&site, &shop, &id, true).await.is_err());
        let good = Columns { day: Some(0), person: Some(1), amount: Some(2), metric: Some(3), ..Columns::default() };
        let owner = shop.owner();
        let choose = async |columns: &Columns, version: i64| imports::choose(&site.platform, &owner, shop.slug, &id, columns, version).await;
        assert_eq!(outcome(choose(&Columns { note: Some(9), ..good.clone() }, 1).await), "422 note");
        assert_eq!(outcome(choose(&Columns { note: Some(1), ..good.clone() }, 1).await), "422 note");
        assert_eq!(outcome(choose(&good, 7).await), "409");
        choose(&good, 1).await.expect("chosen");
        assert_eq!(outcome(choose(&good, 1).await), "409", "it has changed since");
        assert_eq!(counts(&look(&site, &shop, &id).await), (2, 0, 1));
        assert_eq!(outcome(imports::take(&site.platform, &owner, shop.slug, &id, 1, true).await), "409");
        take(&site, &shop, &id, true).await.expect("taken");
        assert_eq!(shop.stands("calls", "month", Of::People).await, "1 Ada 3 = 3");
        let next = keep(&site, &shop, "TAG;WER;BETRAG;WAS\n22/11/2026;Ada;1;sales\n").await;
        assert_eq!(look(&site, &shop, &next).await.columns, good, "as it was for the last");
        assert_eq!(take(&site, &shop, &next, false).await.expect("taken").added, 1);
    }

    /// A name that nobody has is named with those that come close; whoever is meant is said for the file, and remembered where who sets the
    /// scoreboard up ticks it.
    async fn names_that_nobody_has_are_asked_about(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let sam = shop.person("Sam Porter").await;
        let manager = shop.member("Cy", Role::Manager).await;
        let file = format!("{HEAD}23/11/2026,Sam Portr,5,,\n23/11/2026,SP,6,,\n22/11/2026,SP,7,,\n");
        let id = keep(&site, &shop, &file).await;
        let report = look(&site, &shop, &id).await;
        let asked: Vec<(&str, usize)> = report.unknown.iter().map(|one| (one.name.as_str(), one.rows)).collect();
        assert_eq!(asked, [("SP", 2), ("Sam Portr", 1)]);
        assert!(report.rows[0].row.wrong[0].message.contains("Is it Sam Porter?"), "{:?}", report.rows[0]);
        let meant = |name: &str, remember: bool| Meant { name: name.to_owned(), person: sam.to_string(), remember };
        let say = async |actor: &Actor, said: &[Meant], version: i64| imports::name_people(&site.platform, actor, shop.slug, &id, said, version).await;
        assert_eq!(outcome(say(&manager.actor, &[meant("SP", true)], 1).await), "403");
        say(&manager.actor, &[meant("Sam Portr", false)], 1).await.expect("said");
        assert_eq!(counts(&look(&site, &shop, &id).await), (1, 0, 2));
        say(&shop.owner(), &[meant("SP", true)], 2).await.expect("said");
        assert_eq!(counts(&look(&site, &shop, &id).await), (3, 0, 0));
        let next = keep(&site, &shop, &format!("{HEAD}21/11/2026,sp,1,,\n21/11/2026,Sam Portr,1,,\n")).await;
        assert_eq!(counts(&look(&site, &shop, &next).await), (1, 0, 1), "what was remembered holds, the other was for that file");
        let beta = Shop::beta(&site).await.person("Wes").await;
        let theirs = Meant { name: "SP".to_owned(), person: beta.to_string(), remember: false };
        assert_eq!(outcome(say(&shop.owner(), &[theirs], 3).await), "404");
    }

    /// Taken back as a whole, what a file brought counts no longer, and stays to be seen; what somebody put right since stays. The same file may come
    /// again after that, and then not twice.
    async fn a_file_is_taken_back_as_a_whole(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada").await;
        let file = format!("{HEAD}23/11/2026,Ada,5,,INV-1\n23/11/2026,Ada,6,,\n22/11/2026,Ada,7,,\n");
        let id = keep(&site, &shop, &file).await;
        assert_eq!(outcome(undo(&site, &shop, &id, "Too early").await), "409", "nothing of it came in");
        take(&site, &shop, &id, false).await.expect("taken");
        let mut tx = shop.opened(Access::Read).await;
        let line = store::entries(&mut tx, (None, None), ("2026-11-22", "2026-11-23"), None, 10).await.expect("lines")[0].id;
        tx.rollback().await.expect("it is let go");
        shop.correct_as(&SYSTEM, line, &entry("sales", ada, 900), "It was nine").await.expect("put right");
        for reason in [" ", &"x".repeat(501)] {
            assert_eq!(outcome(undo(&site, &shop, &id, reason).await), "422 reason");
            assert_eq!(look(&site, &shop, &id).await.import.state, "taken", "nothing has begun");
        }
        undo(&site, &shop, &id, "The wrong month").await.expect("taken back");
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $9.00 = $9.00");
        undo(&site, &shop, &id, "Again").await.expect("it was taken back");
        assert_eq!(look(&site, &shop, &id).await.import.state, "undone");
        for added in [2, 0] {
            let again = keep(&site, &shop, &file).await;
            assert_eq!(take(&site, &shop, &again, false).await.expect("taken").added, added);
        }
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $20.00 = $20.00");
    }

    /// Managers bring files. Members don’t, strangers find nothing, and nor does another business; what nobody takes over is gone after a week.
    async fn who_may_bring_files_and_for_how_long(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.member("Ada", Role::Member).await;
        let manager = shop.member("Cy", Role::Manager).await;
        let file = format!("{HEAD}23/11/2026,Ada,5,,\n");
        let sent = send(&site, &manager.cookie, &file).await;
        let id = sent.rsplit('/').next().expect("an id").to_owned();
        let theirs = site.log_in("beta").await;
        for (cookie, status) in [(&ada.cookie, StatusCode::FORBIDDEN), (&theirs, StatusCode::NOT_FOUND)] {
            for page in ["/app/alpha/scoreboard/import", &sent, &format!("{sent}/report.csv"), "/app/alpha/scoreboard/grid"] {
                assert_eq!(site.get_as(cookie, page).await.status, status, "{page}");
            }
            let upload = site.upload(cookie, "/app/alpha/scoreboard/import/file", &[], ("file", "a.csv", "text/csv", file.as_bytes())).await;
            assert_eq!(upload.status, status);
            for function in ["choose-columns", "name-people", "take-import", "undo-import", "leave-import"] {
                let fields = [("org", "alpha"), ("id", id.as_str()), ("version", "1"), ("why", "Word")];
                let answer = site.form(Some(cookie), &format!("/fn/scoreboard/{function}"), &sent, &fields).await;
                assert_eq!(answer.status, status, "{function}");
            }
        }
        let beta = Shop::beta(&site).await;
        let elsewhere = imports::take(&site.platform, &beta.owner(), beta.slug, &id, 1, true).await;
        assert_eq!(outcome(elsewhere), "404", "it isn’t theirs");
        assert_eq!(shop.standing().await.0, 0);
        let linked = site.get_as(&manager.cookie, "/app/alpha/scoreboard/entries").await.text;
        assert!(linked.contains("/app/alpha/scoreboard/import") && linked.contains("/app/alpha/scoreboard/grid"), "{linked}");
        let hidden = site.get_as(&ada.cookie, "/app/alpha/scoreboard/entries").await.text;
        assert!(!hidden.contains("/app/alpha/scoreboard/import"), "{hidden}");

        site.advance(7 * 24 * 60 * 60 + 1);
        imports::forget(&site.platform).await.expect("it is forgotten");
        let manager = shop.owner();
        let gone = imports::dry_run(&site.platform, &manager, shop.slug, &id).await;
        assert_eq!(outcome(gone), "404");
    }

    /// A file goes after a week also where the scoreboard was turned off meanwhile.
    async fn a_file_goes_where_nobody_looks(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        keep(&site, &shop, &format!("{HEAD}23/11/2026,Ada,5,,\n")).await;
        let owner = site.log_in(shop.slug).await;
        let off = site.json(Method::PUT, Some(&owner), "/api/v1/orgs/alpha/modules/scoreboard", &json!({ "on": false })).await;
        assert_eq!(off.status, StatusCode::OK, "{off:?}");
        site.advance(7 * 24 * 60 * 60 + 1);
        imports::forget(&site.platform).await.expect("it is forgotten");
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let (left,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM scoreboard_imports WHERE org_id = $1", shop.id).expect("a count");
        tx.rollback().await.expect("an end");
        assert_eq!(left, 0);
    }

    /// All of it through the API too, by a program that may: a dry run, columns, names, taking over, taking back.
    async fn programs_bring_files(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada").await;
        let owner = site.log_in(shop.slug).await;
        let ask = async |method: Method, path: &str, body: Value| site.json(method, Some(&owner), &shop.api(path), &body).await;
        let file = "Day,Rep,Sum\n23/11/2026,Ada,5\n23/11/2026,AA,6\n";
        let columns = json!({ "day": 0, "person": 1, "amount": 2, "of": "sales" });
        let bad = ask(Method::POST, "imports", json!({ "file": file, "columns": { "day": 0 } })).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad:?}");
        assert_eq!(ask(Method::GET, "imports", Value::Null).await.json().as_array().map(Vec::len), Some(0), "it isn’t kept");
        let sent = ask(Method::POST, "imports", json!({ "file": file, "columns": columns })).await;
        assert_eq!(sent.status, StatusCode::CREATED, "{sent:?}");
        let report = sent.json();
        assert_eq!((&report["would_add"], &report["wrong"], &report["unknown"]), (&json!(1), &json!(1), &json!(["AA"])));
        assert_eq!(report["rows"][0]["wrong"][0]["field"], "person");
        let one = format!("imports/{}", report["id"].as_str().expect("an id"));
        let named = ask(Method::PUT, &one, json!({ "people": [{ "name": "AA", "person": ada }], "version": report["version"] })).await;
        assert_eq!((named.status, &named.json()["would_add"]), (StatusCode::OK, &json!(2)), "{named:?}");
        let stale = ask(Method::POST, &format!("{one}/take"), json!({ "version": 1 })).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        for _ in 0..2 {
            let taken = ask(Method::POST, &format!("{one}/take"), json!({ "version": named.json()["version"] })).await;
            assert_eq!((taken.status, &taken.json()["added"]), (StatusCode::OK, &json!(2)), "{taken:?}");
        }
        assert_eq!(shop.standing().await.0, 2);
        assert_eq!(ask(Method::DELETE, &one, Value::Null).await.status, StatusCode::CONFLICT);
        let undone = ask(Method::POST, &format!("{one}/undo"), json!({ "reason": "A test" })).await;
        assert_eq!(undone.status, StatusCode::NO_CONTENT, "{undone:?}");
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $0.00 = $0.00");
        let looking = shop.token(&[permissions::VIEW.name]).await;
        assert_eq!(site.bearer(&looking, &shop.api("imports")).await.status, StatusCode::FORBIDDEN);
        let managing = shop.token(&[permissions::MANAGE.name]).await;
        assert_eq!(site.bearer(&managing, &shop.api(&one)).await.json()["state"], "undone");
    }

    /// Many results typed at once: all of them or nothing, each wrong one named at its cell, and sent twice they come in once.
    async fn many_results_at_once(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("visits", with(money(), json!({ "entered_by": "programs" }))).await;
        let (ada, bo) = (shop.person("Ada").await, shop.person_with("Bo", json!({ "joined_on": TODAY })).await);
        let day = |text: &str| text.parse().expect("a day");
        let cells = |all: &[(String, &str)]| all.iter().map(|(cell, text)| (cell.clone(), (*text).to_owned())).collect::<BTreeMap<_, _>>();
        let (owner, key) = (shop.owner(), "a-form-of-the-grid");
        let save = async |metric: &str, typed: &[(String, &str)], key: &str| grid::save(&site.platform, &owner, shop.slug, metric, &cells(typed), key).await;
        let (today, before, early) = (grid::cell(ada, day(TODAY)), grid::cell(ada, day("2026-11-22")), grid::cell(bo, day("2026-11-22")));
        let refused = save("sales", &[(today.clone(), "5"), (before.clone(), "1.005"), (early.clone(), "3")], key).await.expect_err("two are wrong");
        let mut wrong: Vec<&str> = refused.fields.iter().map(|field| field.field.as_str()).collect();
        wrong.sort_unstable();
        let mut wanted = [format!("cells.{before}"), format!("cells.{early}")];
        wanted.sort_unstable();
        assert_eq!(wrong, wanted.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(shop.standing().await.0, 0, "nothing of it is written");
        let good = [(today.clone(), "$5.00"), (before.clone(), " "), (grid::cell(bo, day(TODAY)), "(2)")];
        assert_eq!(save("sales", &good, key).await.expect("entered"), 2);
        assert_eq!(save("sales", &good, key).await.expect("it was entered"), 0);
        assert_eq!(outcome(save("sales", &[(today.clone(), "6")], key).await), "409", "the key is the other’s");
        assert_eq!(outcome(save("sales", &[(today.clone(), " ")], "another-key").await), "422");
        assert_eq!(outcome(save("visits", &[(today.clone(), "6")], "another-key").await), "403");
        assert_eq!(outcome(save("nothing", &[(today.clone(), "6")], "another-key").await), "404");
        let theirs = Shop::beta(&site).await.person("Wes").await;
        assert_eq!(outcome(save("sales", &[(today.clone(), "6"), (grid::cell(theirs, day(TODAY)), "6")], "another-key").await), "404");
        assert_eq!(shop.stands("sales", "day", Of::People).await, "1 Ada $5.00, 2 Bo −$2.00 = $3.00");

        let cookie = site.log_in(shop.slug).await;
        let page = "/app/alpha/scoreboard/grid?metric=sales&span=week&day=2026-11-23";
        let shown = site.get_as(&cookie, page).await;
        assert!(shown.status == StatusCode::OK && shown.text.contains("$5.00 there") && shown.text.contains("Ada, 23 November 2026"), "{}", shown.text);
        assert!(!shown.text.contains("Ada, 24 November 2026"), "that day is still to come");
        let page = "/app/alpha/scoreboard/grid?metric=sales&span=week&day=2026-11-22";
        let wrong = grid::cell(ada, day("2026-11-21"));
        let (lots, seven) = (format!("cells[{wrong}]"), format!("cells[{before}]"));
        let sent = [("org", "alpha"), ("metric", "sales"), ("key", "from-the-page-itself"), ("span", "week"), (lots.as_str(), "lots"), (seven.as_str(), "7")];
        let back = site.form(Some(&cookie), "/fn/scoreboard/save-grid", page, &sent).await;
        assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY, "{back:?}");
        for part in ["value=\"lots\"", "value=\"7\"", "Enter a figure like", &format!("field-cells.{wrong}-error")] {
            assert!(back.text.contains(part), "{part}: {}", back.text);
        }
        let body = json!({ "metric": "sales", "cells": { today: "1", before: "1" } });
        for entered in [2, 0] {
            let answer = shop.post(Some(&cookie), "grid", "a-program-s-grid", &body).await;
            assert_eq!((answer.status, &answer.json()["entered"]), (StatusCode::OK, &json!(entered)), "{answer:?}");
        }
    }
}

/// Sends a file as the page's form does, and gives where that leads.
async fn send(site: &Site, cookie: &str, file: &str) -> String {
    let path = "/app/alpha/scoreboard/import/file";
    let sent = site.upload(cookie, path, &[], ("file", "results.csv", "text/csv", file.as_bytes())).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{sent:?}");
    sent.location().to_owned()
}

async fn keep(site: &Site, shop: &Shop<'_>, file: &str) -> String {
    let kept = imports::keep(&site.platform, &shop.owner(), shop.slug, file.as_bytes()).await;
    kept.expect("it is kept").to_string()
}

async fn look(site: &Site, shop: &Shop<'_>, id: &str) -> Report {
    imports::dry_run(&site.platform, &shop.owner(), shop.slug, id).await.expect("a report")
}

/// Takes it over from the version that it has.
async fn take(site: &Site, shop: &Shop<'_>, id: &str, partly: bool) -> Result<Taken> {
    let version = look(site, shop, id).await.import.version;
    imports::take(&site.platform, &shop.owner(), shop.slug, id, version, partly).await
}

async fn undo(site: &Site, shop: &Shop<'_>, id: &str, reason: &str) -> Result<()> {
    imports::undo(&site.platform, &shop.owner(), shop.slug, id, reason).await
}

/// How many rows would be added, are there already, and are wrong.
fn counts(report: &Report) -> (usize, usize, usize) {
    (report.count(Outcome::New), report.count(Outcome::Known), report.count(Outcome::Wrong))
}

/// So many good rows of somebody's, each of another amount.
fn many(rows: usize, name: &str) -> String {
    let mut file = HEAD.to_owned();
    for number in 1..=rows {
        let _ = writeln!(file, "{:02}/11/2026,{name},{number}.05,,", number % 19 + 1);
    }
    file
}
