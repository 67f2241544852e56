//! What comes into tasks and goes out: files are what is in them and are given out to be kept; what another product exported comes in once, as it was told
//! beforehand; what is shown by a link shows no more than was chosen; calendars are read as whoever made them; and mail makes tasks once.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt::Write as _,
    io::{Cursor, Write as _},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use app::{
    db::Access,
    error::{Code, Result},
    mail::{inbound::Inbound, webhook::Secrets},
    module::SentFile,
    modules::tasks::{
        access, acts, cards, checks, claims, comments, feeds, files,
        ids::{FeedId, TaskId},
        import_fit::Account,
        import_from::{From, plain::Columns},
        imports::{self, ChoiceOf, Report, To},
        lists::{self, ListBody, SpaceBody},
        mail_in, shares,
        shares::ShareBody,
        store, store_together,
        tasks::PatchBody,
        trash,
    },
    org::{Actor, Role},
    people::members,
    platform_sql,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures::{future, stream};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    on_both,
    support::{Answer, ORIGIN, Site, outcome},
    tasks_support::{Office, SYSTEM, TODAY, list_body},
};

const TRELLO: &[u8] = include_bytes!("../../../app/src/modules/tasks/import_from/samples/trello.json");
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const DOMAIN: &str = "in.clinic.example";

on_both! {
    /// A file is there for whoever sees the task, whatever it is called; on disk and in the database nothing of it can be read; and it is given out so that
    /// nothing in it is ever run.
    async fn a_file_is_kept_sealed_and_given_out_to_be_kept(site: Site) {
        let office = Office::alpha(&site).await;
        let task = office.task("Order paper").await;
        let owner = site.log_in("alpha").await;
        let press = async || send_file(&site, &owner, "alpha", "T-1/the-first-press", "../..\\Plan\u{202e}.html", b"<script>alert('zanzibar')</script>").await;
        let told = press().await;
        assert!(told.starts_with("/app/alpha/tasks/t/T-1?did=filed&act="), "{told}");
        // Pressed twice it is there once; another file with the same key is told so.
        assert!(press().await.contains("did=filed"));
        let other = send_file(&site, &owner, "alpha", "T-1/the-first-press", "other.txt", b"words").await;
        assert!(other.contains("refused=This%20Idempotency-Key%20was%20used"), "{other}");
        let (_, all) = files::show(&site.platform, &SYSTEM, "alpha", "T-1").await.expect("its files");
        assert_eq!(all.iter().map(|file| (file.name.as_str(), file.kind.as_str(), file.bytes)).collect::<Vec<_>>(), [("Plan.html.txt", "text", 34)]);
        let path = format!("/app/alpha/tasks/files/{}", all[0].id);
        let read = site.get_as(&owner, &path).await;
        assert_eq!((read.status, read.text.as_str()), (StatusCode::OK, "<script>alert('zanzibar')</script>"));
        let header = |name: &str| read.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        assert_eq!(header("content-type"), "text/plain; charset=utf-8");
        assert!(header("content-disposition").starts_with("attachment; filename=\"Plan.html.txt\""), "{}", header("content-disposition"));
        assert_eq!((header("x-content-type-options").as_str(), header("cache-control").contains("no-store")), ("nosniff", true));
        assert!(header("content-security-policy").starts_with("sandbox; default-src 'none'"), "{}", header("content-security-policy"));
        let cross = Request::get(&path).header(header::COOKIE, &owner).header("sec-fetch-site", "cross-site");
        assert_eq!(site.send(cross.body(Body::empty()).expect("a request")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(office.card(task).await.files, 1);
        let mut dump = site.raw_dump().await;
        dump.extend(on_disk(&site).await);
        for needle in ["zanzibar", "Plan.html"] {
            assert!(!dump.windows(needle.len()).any(|part| part == needle.as_bytes()), "{needle} can be read");
        }
        let page = site.get_as(&owner, "/app/alpha/tasks/t/T-1").await;
        assert!(page.text.contains("Plan.html.txt") && page.text.contains(&path), "{}", page.text);
    }

    /// What isn’t taken is refused in a sentence, and nothing of it stays: programs whatever they are called, nothing at all, too much, and one too many.
    async fn what_is_no_file_for_a_task_is_refused(site: Site) {
        let office = Office::alpha(&site).await;
        office.task("Order paper").await;
        let owner = site.log_in("alpha").await;
        let macros = packed(&[("[Content_Types].xml", &b"<Types/>"[..]), ("word/document.xml", &[]), ("word/vbaProject.bin", &[])]);
        for (name, content) in [
            ("holiday.png", &b"MZ\x90\0\x03\0\0\0"[..]), ("notes.txt", b"\x7fELF\x02\x01\x01\0"), ("x.pdf", b"\0\0\0\0"),
            ("plan.docx", macros.as_slice()), ("x.zip", &b"PK\x03\x04 and nothing else of a packed file"[..]),
        ] {
            let sent = send_file(&site, &owner, "alpha", "T-1", name, content).await;
            assert!(sent.contains("refused=This%20kind%20of%20file"), "{name}: {sent}");
        }
        assert!(send_file(&site, &owner, "alpha", "T-1", "x.txt", b"").await.contains("refused=Choose%20a%20file"));
        let large = SentFile { name: "x.txt".to_owned(), content: vec![b'a'; files::LARGEST + 1] };
        assert_eq!(files::judged(&large).expect_err("too large").code, Code::TooLarge);
        assert!(on_disk(&site).await.is_empty(), "nothing was kept");
        // What would come to very much, whatever it is packed in, what has a program in it, and a picture of no size that anybody has.
        let mut bomb = packed(&[("zeros", &b"words"[..])]);
        let list = bomb.windows(4).rposition(|at| at == b"PK\x01\x02").expect("its list");
        bomb[list + 24..list + 28].copy_from_slice(&(60 * 1024 * 1024_u32).to_le_bytes());
        let picture = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &60_000_u32.to_be_bytes(), &60_000_u32.to_be_bytes(), b"\x08\x02\0\0\0"].concat();
        for (name, content, words) in [
            ("bomb.zip", bomb.clone(), "refused=This%20file%20is%20packed%20so%20tightly"),
            ("twenty.zip", packed(&[("one.zip", bomb.as_slice()), ("plan.txt", b"words")]), "refused=This%20file%20is%20packed%20so%20tightly"),
            ("tool.zip", packed(&[("tool/run.EXE", &b"words"[..])]), "refused=There%20is%20a%20program"),
            ("wall.png", picture, "refused=This%20picture%20says"),
        ] {
            let sent = send_file(&site, &owner, "alpha", "T-1", name, &content).await;
            assert!(sent.contains(words), "{name}: {sent}");
        }
        assert!(on_disk(&site).await.is_empty(), "nothing was kept");
        let plain = packed(&[("zeros", &vec![0_u8; 1 << 20])]);
        assert!(send_file(&site, &owner, "alpha", "T-1", "plain.zip", &plain).await.contains("did=filed"));
        for number in 1..files::MOST {
            let sent = SentFile { name: format!("{number}.txt"), content: b"words".to_vec() };
            files::add(&site.platform, &SYSTEM, "alpha", "T-1", sent, None).await.expect("there is room");
        }
        let sent = send_file(&site, &owner, "alpha", "T-1", "x.txt", b"words").await;
        assert!(sent.contains("at%20most%2050%20files"), "{sent}");
        let before = on_disk(&site).await.len();
        assert!(send_file(&site, &owner, "alpha", "T-99", "x.txt", b"words").await.is_empty(), "there is no such task");
        assert_eq!(on_disk(&site).await.len(), before);
    }

    /// Who can't see the task, and another organisation, find nothing: by no id, in no address.
    async fn files_are_for_who_sees_the_task(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (_, _, private) = office.private("Board", &[ada.user]).await;
        let task = office.task_with("Secret", |body| body.list = private).await;
        other.task("Theirs").await;
        let (_, id) = add(&office, &ada.actor, &task.to_string(), "plan.txt", b"words").await.expect("Ada may");
        let id = id.to_string();
        let standing = office.standing().await;
        for actor in [&bo.actor, &other.owner()] {
            let org = "alpha";
            assert_eq!(outcome(files::read(&site.platform, actor, org, &id).await), "404");
            assert_eq!(outcome(files::remove(&site.platform, actor, org, &id).await), "404");
            assert_eq!(outcome(files::show(&site.platform, actor, org, &task.to_string()).await), "404");
            assert_eq!(outcome(add(&office, actor, &task.to_string(), "x.txt", b"words").await), "404");
        }
        assert_eq!(outcome(files::read(&site.platform, &other.owner(), "beta", &id).await), "404", "by its id in another");
        assert_eq!(outcome(add(&other, &other.owner(), &task.to_string(), "x.txt", b"words").await), "404");
        assert_eq!(site.get(&format!("/app/alpha/tasks/files/{id}")).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.get_as(&bo.cookie, &format!("/app/alpha/tasks/files/{id}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(office.standing().await, standing, "nothing was written");
        assert_eq!(outcome(files::read(&site.platform, &ada.actor, "alpha", &id).await), "done");
        let by_api = api_file(&site, &bo.cookie, &format!("/api/v1/orgs/alpha/tasks/tasks/{task}/files?name=x.txt"), "a-key-of-a-file", b"words").await;
        assert_eq!(by_api.status, StatusCode::NOT_FOUND, "{by_api:?}");
    }

    /// Taking a file away is undone, and so is adding one; a month later it is gone from the disk, too, and what lies there without a row goes by itself.
    async fn a_file_comes_back_until_it_is_forgotten(site: Site) {
        let office = Office::alpha(&site).await;
        let task = office.task("Order paper").await;
        let (done, id) = add(&office, &SYSTEM, "T-1", "plan.png", PNG).await.expect("added");
        let undone = office.undo_as(&SYSTEM, done.act.expect("an act")).await.expect("undone");
        assert_eq!(office.card(task).await.files, 0);
        office.undo_as(&SYSTEM, undone.expect("an act")).await.expect("and back");
        assert_eq!(office.card(task).await.files, 1);
        let removed = files::remove(&site.platform, &SYSTEM, "alpha", &id.to_string()).await.expect("taken away");
        assert_eq!(outcome(files::read(&site.platform, &SYSTEM, "alpha", &id.to_string()).await), "404");
        office.undo_as(&SYSTEM, removed.act.expect("an act")).await.expect("it comes back");
        let (file, content) = files::read(&site.platform, &SYSTEM, "alpha", &id.to_string()).await.expect("it is there");
        assert_eq!((content.as_slice(), file.kind.as_str()), (PNG, "png"));
        let stale = acts::undo(&site.platform, &SYSTEM, "alpha", &done.act.expect("an act").to_string(), None).await;
        assert!(stale.is_ok(), "it was undone before: nothing more happens");

        site.platform.files.write(office.id, keys(&office).await, files::content_of(app::modules::tasks::ids::FileId::new(site.platform.clock.now())), b"nothing of theirs".to_vec()).await.expect("written");
        files::remove(&site.platform, &SYSTEM, "alpha", &id.to_string()).await.expect("taken away");
        files::sweep(&site.platform, Duration::ZERO).await.expect("swept");
        assert_eq!(site.platform.files.older_than(office.id, Duration::ZERO).await, [id.0], "what no row names is gone");
        site.advance(30 * 24 * 60 * 60 + 1);
        files::sweep(&site.platform, Duration::ZERO).await.expect("swept");
        assert!(site.platform.files.older_than(office.id, Duration::ZERO).await.is_empty());
    }

    /// By the API a file is its body; the same with the same key is there once.
    async fn the_api_takes_a_file_as_it_is(site: Site) {
        let office = Office::alpha(&site).await;
        office.task("Order paper").await;
        let owner = site.log_in("alpha").await;
        let path = "/api/v1/orgs/alpha/tasks/tasks/T-1/files?name=price%20list.pdf";
        let first = api_file(&site, &owner, path, "key-of-the-file", b"%PDF-1.7 words").await;
        assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
        assert_eq!((first.json()["name"].as_str(), first.json()["kind"].as_str()), (Some("price list.pdf"), Some("pdf")));
        let again = api_file(&site, &owner, path, "key-of-the-file", b"%PDF-1.7 words").await;
        assert_eq!(again.json()["id"], first.json()["id"], "{again:?}");
        assert_eq!(api_file(&site, &owner, path, "key-of-the-file", b"%PDF-1.7 others").await.status, StatusCode::CONFLICT);
        let listed = site.get_as(&owner, "/api/v1/orgs/alpha/tasks/tasks/T-1/files").await.json();
        assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
        // More than anything else of the API takes.
        let large = api_file(&site, &owner, "/api/v1/orgs/alpha/tasks/tasks/T-1/files?name=x.txt", "key-of-a-large", &vec![b'a'; 1024 * 1024]).await;
        assert_eq!(large.status, StatusCode::CREATED, "{large:?}");
        let id = first.json()["id"].as_str().expect("an id").to_owned();
        let gone = office.send(Some(&owner), Method::DELETE, &format!("files/{id}"), &json!({})).await;
        assert!(gone.status == StatusCode::OK && gone.json()["act"].is_string(), "{gone:?}");
    }

    /// Nothing comes in before it was read; what comes in is what was told, to the last item; a second time it is told first; and all of it can be taken back.
    async fn a_board_of_another_product_comes_in_as_it_was_told(site: Site) {
        let office = Office::alpha(&site).await;
        let sam = office.member("Sam", Role::Member).await;
        let owner = site.log_in("alpha").await;
        let sent = send_import(&site, &owner, "trello", TRELLO).await;
        assert!(sent.starts_with("/app/alpha/tasks/import/"), "{sent}");
        let id = sent.rsplit('/').next().expect("an id").to_owned();
        let standing = office.standing().await;
        let report = look(&office, &id).await;
        reconciles(&report.account);
        assert_eq!(office.standing().await, standing, "nothing is written");
        let tasks = count_of(&report.account, "tasks");
        assert!(tasks.1 > 3 && tasks.2 > 0, "{tasks:?}");
        let page = site.get_as(&owner, &sent).await;
        for part in ["Preview", "tasks will be imported, ", "What is left out", "Archived", "People", "Priya Nair", "Destination"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        let key = report.people.iter().find(|person| person.name == "Sam Lee").expect("he is in it").key.clone();
        let choice = ChoiceOf { people: BTreeMap::from([(key, Some(sam.user))]), ..ChoiceOf::default() };
        imports::choose(&site.platform, &SYSTEM, "alpha", &id, &choice, 1).await.expect("chosen");
        let stale = imports::choose(&site.platform, &SYSTEM, "alpha", &id, &choice, 1).await;
        assert_eq!(outcome(stale), "409");
        let told = look(&office, &id).await;
        let done = site.form(Some(&owner), "/fn/tasks/take-import", &sent, &[("org", "alpha"), ("id", &id), ("version", "2")]).await;
        assert!(done.status.is_redirection(), "{done:?}");
        let after = look(&office, &id).await;
        assert_eq!((after.import.state.as_str(), &after.account), ("taken", &told.account), "it came true");
        assert_eq!(usize::try_from(after.import.tasks).expect("a count"), tasks.1);
        let (list, name) = after.lists[0].clone();
        assert_eq!(name, "Clinic");
        let all = tasks_of(&office, list).await;
        assert_eq!(all.len(), tasks.1);
        assert!(all.iter().any(|task| task.doers().any(|user| user == sam.user)), "Sam is on his");
        assert!(all.iter().any(|task| task.notes.contains("Priya Nair")), "whoever isn’t here stands in the notes");
        let (mut lines, mut said, mut labels) = (0, Vec::new(), 0);
        let mut tx = office.opened(Access::Read).await;
        for task in &all {
            lines += checks::of(&mut tx, task.id).await.expect("its checklist").len();
            said.extend(store_together::comments(&mut tx, task.id, 100).await.expect("its comments"));
            labels += task.labels.len();
        }
        let keys = tx.keys().await.expect("keys");
        let words: Vec<String> = said.iter().map(|row| access::text(&keys, comments::words_of(row.id), &row.words).expect("opened")).collect();
        drop(tx);
        assert_eq!(lines, count_of(&after.account, "checklist_items").1);
        assert_eq!((said.len(), labels), (count_of(&after.account, "comments").1, count_of(&after.account, "labels").1));
        let at = said.iter().zip(&words).find(|(_, words)| words.contains("Done by Thursday?")).expect("it was said");
        assert!(at.1.starts_with("Sam Lee (from Trello):") && at.0.created_at.to_string().starts_with("2026-11-20T01:12:11"), "{at:?}");
        let notices = site.get_as(&sam.cookie, "/app/alpha/tasks/inbox").await;
        assert!(!notices.text.contains("Order sharps containers"), "nobody is told of each");

        // Once taken over it is answered as it was; the same file again says so first.
        assert_eq!(imports::take(&site.platform, &SYSTEM, "alpha", &id, 2, false).await.expect("as before"), after.account);
        let second = keep(&office, From::Trello, TRELLO).await;
        assert!(look(&office, &second).await.before.is_some());
        assert_eq!(outcome(imports::take(&site.platform, &SYSTEM, "alpha", &second, 1, false).await), "422 again");
        assert_eq!(tasks_of(&office, list).await.len(), tasks.1);
        imports::leave(&site.platform, &SYSTEM, "alpha", &second).await.expect("it goes");

        imports::undo(&site.platform, &SYSTEM, "alpha", &id).await.expect("taken back");
        assert!(tasks_of(&office, list).await.is_empty());
        let mut tx = office.opened(Access::Read).await;
        assert!(store::list(&mut tx, list).await.expect("read").expect("it is there").archived, "the list is put away");
        drop(tx);
        imports::undo(&site.platform, &SYSTEM, "alpha", &id).await.expect("and once");
        assert_eq!(look(&office, &id).await.import.state, "undone");
        site.advance(31 * 24 * 60 * 60);
        trash::empty(&site.platform).await.expect("emptied");
        let mut tx = office.opened(Access::Read).await;
        assert!(store::list(&mut tx, list).await.expect("read").is_none(), "the list goes with the last of its tasks");
    }

    /// What repeats comes again with all that it is made of, however deep, from the first time on.
    async fn what_repeats_comes_in_with_its_subtasks(site: Site) {
        let office = Office::alpha(&site).await;
        let file = b"TYPE,CONTENT,INDENT,DATE\ntask,Close the shop,1,every day\ntask,Count the till,2,\ntask,Sort the coins,3,\ntask,Lock up,2,\n";
        let id = keep(&office, From::Todoist, file).await;
        imports::take(&site.platform, &SYSTEM, "alpha", &id, 1, false).await.expect("taken over");
        let list = look(&office, &id).await.lists[0].0;
        let first = tasks_of(&office, list).await.into_iter().find(|task| task.title == "Close the shop").expect("it came in");
        office.complete_as(&SYSTEM, first.id, true).await.expect("done");
        let all = tasks_of(&office, list).await;
        let next = all.iter().find(|task| task.title == "Close the shop" && task.id != first.id).expect("another");
        let part = |title: &str, of: TaskId| all.iter().find(|task| task.title == title && task.parent == Some(of)).map(|task| task.id);
        let till = part("Count the till", next.id).expect("with its part");
        assert!(part("Sort the coins", till).is_some() && part("Lock up", next.id).is_some(), "{all:?}");
        assert_eq!(all.len(), 8);
    }

    /// A table’s columns are chosen where their names don’t say it; in a list that is there its columns become those that are closest, and nothing else changes.
    async fn a_table_goes_into_a_list_that_is_there(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        office.task("There before").await;
        let file = format!("Was,Wann,Wer,Stand,Cost\nBuy paper,27/11/2026,{},Done,$12.50\n=1+1,,,Somewhere,\nWrite,,Nobody Known,To do,$3\n", "ada-alpha@example.com");
        let id = keep(&office, From::Csv, file.as_bytes()).await;
        let report = look(&office, &id).await;
        assert_eq!(report.asks.first().map(|ask| ask.field.as_str()), Some("title"));
        let columns = Columns { title: Some(0), due: Some(1), assignee: Some(2), status: Some(3), ..Columns::default() };
        let wrong = ChoiceOf { columns: Some(Columns { due: Some(9), ..columns.clone() }), ..ChoiceOf::default() };
        assert_eq!(outcome(imports::choose(&site.platform, &SYSTEM, "alpha", &id, &wrong, 1).await), "422 due");
        let choice = ChoiceOf { columns: Some(columns), to: Some(To::List(office.list)), ..ChoiceOf::default() };
        imports::choose(&site.platform, &SYSTEM, "alpha", &id, &choice, 1).await.expect("chosen");
        let report = look(&office, &id).await;
        reconciles(&report.account);
        assert_eq!(count_of(&report.account, "tasks"), (3, 3, 0));
        imports::take(&site.platform, &SYSTEM, "alpha", &id, 2, false).await.expect("taken over");
        assert_eq!(office.titles(office.list).await, "There before, Buy paper, =1+1, Write");
        let all = tasks_of(&office, office.list).await;
        let paper = all.iter().find(|task| task.title == "Buy paper").expect("it is there");
        assert_eq!((paper.responsible, paper.status, paper.is_done()), (Some(ada.user), office.statuses[2], true));
        assert_eq!(paper.due.map(|due| due.day.to_string()).as_deref(), Some("2026-11-27"));
        assert_eq!(all.iter().find(|task| task.title == "Write").expect("it is there").status, office.statuses[0]);
        let owner = site.log_in("alpha").await;
        let csv = site.get_as(&owner, &format!("/app/alpha/tasks/lists/{}/export.csv", office.list)).await;
        assert!(csv.status == StatusCode::OK && csv.text.contains(",'=1+1,") && csv.text.contains("$12.50"), "{}", csv.text);
        let out = site.get_as(&owner, &format!("/app/alpha/tasks/lists/{}/export.json", office.list)).await.json();
        assert_eq!(out["tasks"].as_array().map(Vec::len), Some(4), "{out}");
        // For programs: names that stay, ids, days and amounts as numbers.
        let exported = out["tasks"].as_array().into_iter().flatten().find(|task| task["title"] == "Buy paper").expect("it is there").clone();
        assert_eq!((&out["list"]["id"], &exported["id"]), (&json!(office.list), &json!(paper.id)), "{out}");
        assert_eq!((&exported["due_day"], &exported["due_time"], &exported["number"]), (&json!("2026-11-27"), &json!(null), &json!(paper.number)));
        assert_eq!((&exported["responsible"]["id"], &exported["status"]["id"]), (&json!(ada.user), &json!(paper.status)), "{exported}");
        assert_eq!((&exported["labels"], &exported["checklist"], &exported["waits_for"], &exported["repeat"]), (&json!([]), &json!([]), &json!([]), &json!(null)));
        assert_eq!((&exported["fields"][0]["kind"], &exported["fields"][0]["value"]), (&json!("money"), &json!(1250)), "{exported}");
        assert!(exported["completed_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{exported}");
        imports::undo(&site.platform, &SYSTEM, "alpha", &id).await.expect("taken back");
        assert_eq!(office.titles(office.list).await, "There before");
        let mut tx = office.opened(Access::Read).await;
        assert!(!store::list(&mut tx, office.list).await.expect("read").expect("it is there").archived, "a list that was there stays");
    }

    /// Whom a file names has it, and what names nobody is nobody’s: as where somebody adds it without a team, also in a list that gives what comes to a team to its
    /// members in turn.
    async fn what_names_nobody_is_nobodys(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let team = office.team("Desk", &[ada.user, bo.user]).await;
        claims::set_rounds(&site.platform, &office.owner(), "alpha", &[office.list].into()).await.expect("in turn");
        let id = keep(&office, From::Csv, b"Was,Wer\nBuy paper,\nWrite,ada-alpha@example.com\n").await;
        let columns = Columns { title: Some(0), assignee: Some(1), ..Columns::default() };
        let choice = ChoiceOf { columns: Some(columns), to: Some(To::List(office.list)), ..ChoiceOf::default() };
        imports::choose(&site.platform, &SYSTEM, "alpha", &id, &choice, 1).await.expect("chosen");
        imports::take(&site.platform, &SYSTEM, "alpha", &id, 2, false).await.expect("taken over");
        let by_hand = office.task("By hand").await;
        let all = tasks_of(&office, office.list).await;
        let whose: Vec<_> = all.iter().map(|task| (task.title.as_str(), task.team, task.responsible)).collect();
        assert_eq!(whose, [("Buy paper", None, None), ("Write", None, Some(ada.user)), ("By hand", None, None)]);
        let of_team = office.task_with("Call", |body| body.team = Some(team)).await;
        assert_eq!((office.get(by_hand).await.responsible, office.get(of_team).await.responsible), (None, Some(bo.user)), "Ada has one to do");
    }

    /// Somebody who is at it isn't disturbed; once their minute is over it goes on, and nothing is there twice. A file with more than a block comes in whole.
    async fn where_an_import_stopped_it_goes_on(site: Site) {
        let office = Office::alpha(&site).await;
        let mut file = "Title,Part of,Id\n".to_owned();
        for number in 0..450 {
            let parent = if number % 10 == 0 { String::new() } else { (number / 10 * 10).to_string() };
            writeln!(file, "Task {number},{parent},{number}").expect("written");
        }
        let id = keep(&office, From::Csv, file.as_bytes()).await;
        let now = site.platform.clock.now();
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE tasks_imports SET state = 'taking', started_at = $1 WHERE org_id = $2", now, office.id).expect("somebody is at it");
        tx.commit().await.expect("a commit");
        assert_eq!(outcome(imports::take(&site.platform, &SYSTEM, "alpha", &id, 1, false).await), "409");
        site.advance(61);
        let (one, other) = tokio::join!(
            imports::take(&site.platform, &SYSTEM, "alpha", &id, 1, false),
            imports::take(&site.platform, &SYSTEM, "alpha", &id, 1, false),
        );
        assert!(one.is_ok() || other.is_ok(), "{one:?} {other:?}");
        for outcome in [&one, &other] {
            assert!(outcome.as_ref().map_or_else(|error| error.code == Code::Conflict, |_| true), "{outcome:?}");
        }
        let report = look(&office, &id).await;
        assert_eq!((report.import.state.as_str(), report.import.tasks), ("taken", 450));
        let all = tasks_of(&office, report.lists[0].0).await;
        assert_eq!((all.len(), all.iter().filter(|task| task.depth == 1).count()), (450, 405));
    }

    /// Where there is no room for more tasks, none comes in by a file, and the rest comes once there is.
    async fn what_has_no_room_does_not_come_in(site: Site) {
        let office = Office::alpha(&site).await;
        let id = keep(&office, From::Csv, b"Title,Part of,Id\nOne,,1\nTwo,,2\n").await;
        site.platform.kept::<acts::Bounds>().tasks.store(1, Ordering::Relaxed);
        let before = office.standing().await.0;
        assert_eq!(outcome(imports::take(&site.platform, &SYSTEM, "alpha", &id, 1, false).await), "409");
        assert_eq!(office.standing().await.0, before, "no task came in");
        site.platform.kept::<acts::Bounds>().tasks.store(2, Ordering::Relaxed);
        imports::take(&site.platform, &SYSTEM, "alpha", &id, 1, false).await.expect("taken over");
        assert_eq!(office.standing().await.0, before + 2);
        site.platform.take_mail_at(Inbound { domain: DOMAIN.to_owned(), secrets: Secrets::parse(SECRET).expect("a secret") });
        let mailbox = mail_in::turn_on(&site.platform, &office.owner(), "alpha", &office.list.to_string(), "anyone").await.expect("an address");
        let message = json!({ "from": "Jo <jo@example.org>", "to": [mailbox.address], "subject": "Hello", "text": "Hello", "message_id": "<1@x>", "authenticated": true });
        assert_eq!(mail(&site, "m1", &message).await.status, StatusCode::CONFLICT);
        assert_eq!(office.standing().await.0, before + 2, "no task came by mail");
    }

    /// Where an import goes on, what was thrown away meanwhile takes nothing in; and what people made a part of what came in goes to the trash with that.
    async fn an_import_leaves_no_tangle(site: Site) {
        let office = Office::alpha(&site).await;
        let id = keep(&office, From::Csv, b"Title,Part of,Id\nWhole,,1\nPart,1,2\n").await;
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let file = platform_sql!(one(Vec<u8>,), &mut tx, "SELECT file FROM tasks_imports WHERE org_id = $1", office.id);
        let (file,) = file.expect("the file");
        tx.rollback().await.expect("read");
        imports::take(&site.platform, &SYSTEM, "alpha", &id, 1, false).await.expect("taken over");
        let list = look(&office, &id).await.lists[0].0;
        let all = tasks_of(&office, list).await;
        let called = |title: &str| all.iter().find(|task| task.title == title).expect("it came in").id;
        assert_eq!(office.get(called("Part")).await.parent, Some(called("Whole")));
        // As if it had stopped before the part came in, and somebody had thrown the whole away since.
        office.trash_as(&SYSTEM, called("Whole")).await.expect("thrown away");
        let until = site.platform.clock.now().plus_seconds(60 * 60);
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE tasks_imports SET state = 'taking', file = $1, expires_at = $2 WHERE org_id = $3", file.as_slice(), until, office.id).expect("it isn’t done");
        platform_sql!(exec, &mut tx, "DELETE FROM tasks_imported WHERE org_id = $1 AND made_id = $2", office.id, called("Part")).expect("it isn’t there yet");
        tx.commit().await.expect("a commit");
        imports::take(&site.platform, &SYSTEM, "alpha", &id, 1, false).await.expect("it goes on");
        let now = tasks_of(&office, list).await;
        let live: Vec<_> = now.iter().filter(|task| task.trashed_at.is_none()).collect();
        assert_eq!((live.len(), live[0].title.as_str(), live[0].parent), (1, "Part", None));
        let own = office
            .task_with("Own", |body| {
                (body.list, body.parent) = (list, Some(live[0].id));
            })
            .await;
        imports::undo(&site.platform, &SYSTEM, "alpha", &id).await.expect("taken back");
        assert!(office.get(own).await.trashed_at.is_some());
    }

    /// What was said at tasks comes in a few at a time, so that nobody waits long; and where it stopped in the middle, the rest comes and nothing is there twice.
    async fn many_comments_come_in_small_blocks(site: Site) {
        let office = Office::alpha(&site).await;
        let card = |number: usize| json!({ "id": format!("card{number}"), "name": format!("Task {number}"), "idList": "column", "closed": false, "pos": number });
        let action = |number: usize| json!({ "id": format!("said{number}"), "type": "commentCard", "date": format!("2026-11-20T01:{:02}:{:02}.000Z", number % 1_000 / 60, number % 1_000 % 60), "data": { "text": format!("Words {number}"), "card": { "id": format!("card{}", number / 1_000) } } });
        let file = json!({
            "id": "board", "name": "Clinic", "lists": [{ "id": "column", "name": "To do", "closed": false, "pos": 1 }],
            "cards": (0..4).map(card).collect::<Vec<_>>(), "actions": (0..4_000).map(action).collect::<Vec<_>>(),
        });
        let id = keep(&office, From::Trello, file.to_string().as_bytes()).await;
        let report = look(&office, &id).await;
        reconciles(&report.account);
        assert_eq!(count_of(&report.account, "comments"), (4_000, 4_000, 0));
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let (kept,) = platform_sql!(one(Vec<u8>,), &mut tx, "SELECT file FROM tasks_imports WHERE org_id = $1", office.id).expect("the file");
        tx.rollback().await.expect("read");
        imports::take(&site.platform, &SYSTEM, "alpha", &id, 1, false).await.expect("taken over");
        let list = look(&office, &id).await.lists[0].0;
        let all = tasks_of(&office, list).await;
        assert_eq!(all.len(), 4);
        let said = async || {
            let mut found = Vec::new();
            for task in &all {
                let mut tx = office.opened(Access::Read).await;
                let keys = tx.keys().await.expect("keys");
                let rows = store_together::comments(&mut tx, task.id, 5_000).await.expect("its comments");
                let words = rows.iter().map(|row| access::text(&keys, comments::words_of(row.id), &row.words).expect("opened"));
                let words: std::collections::BTreeSet<String> = words.collect();
                found.push((rows.len(), words.len()));
            }
            found
        };
        assert_eq!(said().await, vec![(1_000, 1_000); 4]);
        // The first two with 500 each, the other two, and then four times the rest.
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let (acts,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_acts WHERE org_id = $1 AND kind = 'import'", office.id).expect("a count");
        tx.rollback().await.expect("read");
        assert_eq!(acts, 2);

        // As if it had stopped when 700 of the first had come in.
        let first = all[0].id;
        let until = site.platform.clock.now().plus_seconds(60 * 60);
        let mut tx = office.opened(Access::Read).await;
        let rows = store_together::comments(&mut tx, first, 5_000).await.expect("its comments");
        let keys = tx.keys().await.expect("keys");
        let number = |words: String| words.rsplit(' ').next().and_then(|number| number.parse::<usize>().ok()).unwrap_or_default() % 1_000;
        let later: Vec<_> = rows.iter().filter(|row| number(access::text(&keys, comments::words_of(row.id), &row.words).expect("opened")) >= 700).map(|row| row.id).collect();
        assert_eq!(later.len(), 300);
        drop(tx);
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE tasks_imports SET state = 'taking', file = $1, expires_at = $2 WHERE org_id = $3", kept.as_slice(), until, office.id).expect("it isn’t done");
        platform_sql!(exec, &mut tx, "UPDATE tasks_imported SET said = 700 WHERE org_id = $1 AND made_id = $2", office.id, first).expect("so far");
        for comment in later {
            platform_sql!(exec, &mut tx, "DELETE FROM tasks_comments WHERE org_id = $1 AND id = $2", office.id, comment).expect("it isn’t there yet");
        }
        tx.commit().await.expect("a commit");
        imports::take(&site.platform, &SYSTEM, "alpha", &id, 1, false).await.expect("it goes on");
        assert_eq!(said().await, vec![(1_000, 1_000); 4]);
        assert_eq!(look(&office, &id).await.import.state, "taken");
    }

    /// Another organisation, and who doesn't organise, can't look at a file, and nothing in a choice reaches across.
    async fn imports_are_for_who_organises(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let ada = office.member("Ada", Role::Member).await;
        let id = keep(&office, From::Csv, b"Title\nOne\n").await;
        for (actor, refused) in [(&ada.actor, "403"), (&other.owner(), "404")] {
            assert_eq!(outcome(imports::dry_run(&site.platform, actor, "alpha", &id).await), refused);
            assert_eq!(outcome(imports::take(&site.platform, actor, "alpha", &id, 1, false).await), refused);
            assert_eq!(outcome(imports::leave(&site.platform, actor, "alpha", &id).await), refused);
        }
        assert_eq!(outcome(imports::dry_run(&site.platform, &other.owner(), "beta", &id).await), "404", "by its id in another");
        let refusals = [
            ChoiceOf { to: Some(To::List(other.list)), ..ChoiceOf::default() },
            ChoiceOf { to: Some(To::Space(other.space)), ..ChoiceOf::default() },
            ChoiceOf { people: BTreeMap::from([("sam".to_owned(), Some(other.owner))]), ..ChoiceOf::default() },
        ];
        for choice in refusals {
            assert_eq!(outcome(imports::choose(&site.platform, &office.owner(), "alpha", &id, &choice, 1).await), "404", "{choice:?}");
        }
        let owner = site.log_in("alpha").await;
        for (kind, file, words) in [("trello", &b"Title\nOne\n"[..], "This"), ("csv", TRELLO, "JSON"), ("elsewhere", b"x", "Choose%20where")] {
            let sent = send_import(&site, &owner, kind, file).await;
            assert!(sent.contains("refused=") && sent.contains(words), "{kind}: {sent}");
        }
        site.advance(7 * 24 * 60 * 60 + 1);
        imports::forget(&site.platform).await.expect("forgotten");
        assert_eq!(outcome(imports::dry_run(&site.platform, &office.owner(), "alpha", &id).await), "404");
    }

    /// Of a file that goes into a list of a team alone nobody else hears, and nobody else does anything to it: neither before it is taken over nor after.
    async fn imports_are_for_who_sees_where_they_go(site: Site) {
        let office = Office::alpha(&site).await;
        let (boss, other) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Manager).await);
        let (_, _, list) = office.private("Takeover", &[boss.user]).await;
        let kept = imports::keep(&site.platform, &boss.actor, "alpha", From::Csv, b"Title\nBuy the rival\n").await;
        let id = kept.expect("it is kept").to_string();
        let choice = ChoiceOf { to: Some(To::List(list)), ..ChoiceOf::default() };
        imports::choose(&site.platform, &boss.actor, "alpha", &id, &choice, 1).await.expect("it goes there");
        let refused = async || {
            let (platform, actor) = (&site.platform, &other.actor);
            assert_eq!(outcome(imports::dry_run(platform, actor, "alpha", &id).await), "404");
            assert_eq!(outcome(imports::choose(platform, actor, "alpha", &id, &ChoiceOf::default(), 2).await), "404");
            assert_eq!(outcome(imports::take(platform, actor, "alpha", &id, 2, false).await), "404");
            assert_eq!(outcome(imports::undo(platform, actor, "alpha", &id).await), "404");
            assert_eq!(outcome(imports::leave(platform, actor, "alpha", &id).await), "404");
            assert!(imports::earlier(platform, actor, "alpha").await.expect("listed").is_empty());
        };
        refused().await;
        imports::take(&site.platform, &boss.actor, "alpha", &id, 2, false).await.expect("taken over");
        refused().await;
        assert_eq!(tasks_of(&office, list).await.len(), 1, "it is there still");
        assert_eq!(imports::earlier(&site.platform, &boss.actor, "alpha").await.expect("listed").len(), 1);
        imports::undo(&site.platform, &boss.actor, "alpha", &id).await.expect("taken back");
        assert!(tasks_of(&office, list).await.is_empty());
    }

    /// Messages that don’t come to an end hold nobody up, and are ended themselves; one without a signature, or with an old one, isn’t read at all.
    async fn what_never_ends_holds_nobody_up(site: Site) {
        let office = Office::alpha(&site).await;
        site.platform.take_mail_at(Inbound { domain: DOMAIN.to_owned(), secrets: Secrets::parse(SECRET).expect("a secret") });
        let mailbox = mail_in::turn_on(&site.platform, &office.owner(), "alpha", &office.list.to_string(), "anyone").await.expect("an address");
        let now = site.platform.clock.now().timestamp().as_second();
        let begun = Arc::new(AtomicUsize::new(0));
        let send = |at: Option<i64>| {
            let begun = Arc::clone(&begun);
            // It never goes on after its first look.
            let body = stream::once(async move {
                begun.fetch_add(1, Ordering::Relaxed);
                future::pending::<std::result::Result<Vec<u8>, Infallible>>().await
            });
            let mut request = Request::post("/webhooks/tasks/mail").header(header::CONTENT_TYPE, "application/json");
            if let Some(at) = at {
                request = request.header("webhook-id", "m0").header("webhook-timestamp", at.to_string()).header("webhook-signature", "v1,AAAA");
            }
            site.send_as_it_is(request.body(Body::from_stream(body)).expect("a request"))
        };
        for (at, status) in [(None, StatusCode::BAD_REQUEST), (Some(now - 400), StatusCode::UNAUTHORIZED)] {
            let refused = send(at).await;
            assert_eq!(refused.status, status, "{refused:?}");
            assert_eq!(refused.headers[header::CONNECTION], "close", "its body never came: {refused:?}");
        }
        begun.store(0, Ordering::Relaxed);
        let stalled = future::join_all((0..20).map(|_| send(Some(now))));
        let signed = async {
            while begun.load(Ordering::Relaxed) < 20 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let message = json!({ "from": "a@b.example", "to": [mailbox.address], "subject": "Order paper", "text": "Two boxes.", "message_id": "<1@x>", "authenticated": true });
            mail(&site, "m1", &message).await
        };
        let (stalled, signed) = tokio::join!(stalled, tokio::time::timeout(Duration::from_secs(5), signed));
        let signed = signed.expect("it waits for none of them");
        assert_eq!((signed.status, signed.json()["outcome"].clone()), (StatusCode::OK, json!("task")), "{signed:?}");
        for ended in stalled {
            assert_eq!(ended.status, StatusCode::SERVICE_UNAVAILABLE, "{ended:?}");
            assert!(ended.headers.contains_key(header::RETRY_AFTER));
        }
    }

    /// A link shows the list as it is, and of who and what no more than was chosen; it ends with its day, with a word, and with what the organisation may use.
    async fn a_link_shows_what_was_chosen_until_it_ends(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        office.task_with("Order paper", |body| {
            body.responsible = Some(ada.user);
            "Two **boxes**".clone_into(&mut body.notes);
        }).await;
        let list = office.list.to_string();
        let plain = shares::make(&site.platform, &office.owner(), "alpha", &list, &ShareBody::default(), None).await.expect("a link");
        let path = path_of(&plain.address);
        let page = site.get(&path).await;
        assert_eq!((page.status, page.headers["x-robots-tag"].to_str().ok()), (StatusCode::OK, Some("noindex, nofollow")), "{page:?}");
        assert!(page.text.contains("Order paper") && page.text.contains("First list"), "{}", page.text);
        for hidden in ["ada-alpha", "boxes", "T-1", &office.list.to_string(), "/fn/"] {
            assert!(!page.text.contains(hidden), "{hidden}: {}", page.text);
        }
        let body = ShareBody { shows_who: true, shows_notes: true, until: Some(TODAY.to_owned()), ..ShareBody::default() };
        let whole = shares::make(&site.platform, &office.owner(), "alpha", &list, &body, None).await.expect("a link");
        let shown = site.get(&path_of(&whole.address)).await.text;
        assert!(shown.contains("ada-alpha") && shown.contains("<strong>boxes</strong>"), "{shown}");
        let dump = site.raw_dump().await;
        let secret = path.rsplit('/').next().expect("a token");
        assert!(!dump.windows(secret.len()).any(|part| part == secret.as_bytes()), "it is kept hashed");
        let owner = site.log_in("alpha").await;
        assert!(!site.get_as(&owner, &format!("/app/alpha/tasks/lists/{list}/share")).await.text.contains(secret), "and shown once");

        // The day after, one of them shows nothing; the other ends with a word.
        site.set_clock("2026-11-23T13:30:00Z");
        assert_eq!(site.get(&path_of(&whole.address)).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&path).await.status, StatusCode::OK);
        assert_eq!(outcome(shares::end(&site.platform, &ada.actor, "alpha", &plain.id.to_string()).await), "403");
        assert_eq!(outcome(shares::end(&site.platform, &Office::beta(&site).await.owner(), "beta", &plain.id.to_string()).await), "404");
        shares::end(&site.platform, &office.owner(), "alpha", &plain.id.to_string()).await.expect("ended");
        assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND);
        for bad in ["share_x", "x", &format!("share_{}", "A".repeat(43)), &format!("feed_{}", &secret[6..])] {
            assert_eq!(site.get(&format!("/shared/tasks/{bad}")).await.status, StatusCode::NOT_FOUND, "{bad}");
        }
        // With a key there is one link, and its address is told once.
        let owner = site.log_in("alpha").await;
        let count = async || shares::of_list(&site.platform, &office.owner(), "alpha", &list).await.expect("links").len();
        let (shares_path, there) = (format!("lists/{list}/shares"), count().await);
        let once = office.post(Some(&owner), &shares_path, "a-link-once", &json!({})).await;
        let again = office.post(Some(&owner), &shares_path, "a-link-once", &json!({})).await;
        assert_eq!((once.status, again.status, count().await), (StatusCode::CREATED, StatusCode::CONFLICT, there + 1), "{again:?}");
        let share_page = format!("/app/alpha/tasks/lists/{list}/share");
        let fields = [("org", "alpha"), ("list", list.as_str()), ("until", ""), ("key", "a-link-by-its-form")];
        let by_form = async || site.form(Some(&owner), "/fn/tasks/share-list", &share_page, &fields).await;
        let (made, pressed_again) = (by_form().await, by_form().await);
        assert!(made.status == StatusCode::OK && made.text.contains("share-address"), "{made:?}");
        assert_eq!((pressed_again.status, count().await), (StatusCode::CONFLICT, there + 2), "{pressed_again:?}");
        let once = once.json()["id"].as_str().expect("an id").to_owned();
        shares::end(&site.platform, &office.owner(), "alpha", &once).await.expect("ended");
        let third = shares::make(&site.platform, &office.owner(), "alpha", &list, &ShareBody::default(), None).await.expect("a link");
        assert_eq!(site.get(&path_of(&third.address)).await.status, StatusCode::OK);
        for until in ["2026-11-01", "soon", "2099-01-01"] {
            let body = ShareBody { until: Some(until.to_owned()), ..ShareBody::default() };
            assert_eq!(outcome(shares::make(&site.platform, &SYSTEM, "alpha", &list, &body, None).await), "422 until", "{until}");
        }
        let owner = site.log_in("alpha").await;
        let off = site.form(Some(&owner), "/fn/settings/switch-module", "/app/alpha/settings/modules", &[("org", "alpha"), ("module", "tasks")]).await;
        assert!(off.status.is_redirection(), "{off:?}");
        assert_eq!(site.get(&path_of(&third.address)).await.status, StatusCode::NOT_FOUND, "tasks are off");
    }

    /// A link shows the list as the board that was chosen: its columns go by what each task says there anyway, and by people only where it says who is on a
    /// task. What is a part of another stands below it. What nothing is in, and sections, are told to nobody.
    async fn a_link_shows_the_board_that_was_chosen(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let statuses = office.statuses_of(office.list).await;
        let (clinic, section) = (office.label("Clinic").await, office.section(office.list, "Hidden part").await);
        office.label("Unused label").await;
        let whole = office.task_with("Order paper", |body| {
            (body.responsible, body.priority, body.section) = (Some(ada.user), 4, Some(section));
            body.labels.insert(clinic);
        }).await;
        office.task_with("Call the printer", |body| body.priority = 1).await;
        office.task_with("Ask for a quote", |body| (body.parent, body.status) = (Some(whole), statuses.get(1).copied())).await;
        let (list, owner) = (office.list.to_string(), office.owner());
        let link = async |by: &str, shows_who: bool| {
            let body = ShareBody { board_by: Some(by.to_owned()), shows_who, ..ShareBody::default() };
            shares::make(&site.platform, &owner, "alpha", &list, &body, None).await
        };
        let columns = async |by: &str, shows_who: bool| {
            let made = link(by, shows_who).await.expect("a link");
            let page = site.get(&path_of(&made.address)).await;
            assert!(page.status == StatusCode::OK && page.text.contains("shared-board"), "{by}: {page:?}");
            for hidden in ["Hidden part", "Unused label", "/fn/", &list] {
                assert!(!page.text.contains(hidden), "{by}: {hidden}");
            }
            assert_eq!(page.text.contains("ada-alpha"), shows_who, "{by}");
            let token = made.address.rsplit('/').next().expect("a token");
            let shown = shares::read(&site.platform, token).await.expect("it is shown");
            let filled = shown.groups.into_iter().filter(|(_, tasks)| !tasks.is_empty());
            filled.map(|(name, tasks)| format!("{name}: {}", tasks.into_iter().map(|task| task.title).collect::<Vec<_>>().join(", "))).collect::<Vec<_>>()
        };
        assert_eq!(columns("priority", false).await, ["Urgent: Order paper, Ask for a quote", "Others: Call the printer"]);
        assert_eq!(columns("label", false).await, ["Clinic: Order paper, Ask for a quote", "No label: Call the printer"]);
        let by_person = columns("person", true).await;
        assert_eq!(by_person[0], "Nobody: Call the printer");
        assert!(by_person[1].contains("ada-alpha: Order paper, Ask for a quote"), "{by_person:?}");
        assert_eq!(columns("status", false).await.len(), 1, "a part is where the whole is");
        assert_eq!(outcome(link("person", false).await), "422 board_by");
        assert_eq!(outcome(link("section", true).await), "422 board_by");

        // The page offers it, and keeps what was typed where it is refused.
        let owner = site.log_in("alpha").await;
        let page = format!("/app/alpha/tasks/lists/{list}/share");
        let typed = |by| [("org", "alpha"), ("list", list.as_str()), ("board_by", by), ("until", ""), ("key", "a-board-by-its-form")];
        let refused = site.form(Some(&owner), "/fn/tasks/share-list", &page, &typed("person")).await;
        assert!(refused.text.contains("A board by person says who"), "{refused:?}");
        let made = site.form(Some(&owner), "/fn/tasks/share-list", &page, &typed("label")).await;
        assert!(made.status == StatusCode::OK && made.text.contains("share-address"), "{made:?}");
        assert!(site.get_as(&owner, &page).await.text.matches("Board by label").count() > 2, "it is said which are");
    }

    /// However much stands in notes, a page that a link shows is small, and is read once for all who open it until something changes. A list that was put away
    /// isn’t shown, nor one in a space that was; and an address isn’t read without end.
    async fn a_link_shows_no_more_than_a_page_holds(site: Site) {
        let office = Office::alpha(&site).await;
        let hostile = "[x](https://a.b) ".repeat(1_176);
        let first = office.task_with("Task 0", |body| body.notes.clone_from(&hostile)).await;
        for number in 1..100 {
            office.task_with(&format!("Task {number}"), |body| body.notes.clone_from(&hostile)).await;
        }
        let list = office.list.to_string();
        let body = ShareBody { shows_notes: true, ..ShareBody::default() };
        let made = shares::make(&site.platform, &office.owner(), "alpha", &list, &body, None).await.expect("a link");
        let path = path_of(&made.address);
        let sent = || site.platform.db.statements().expect("tests are built with something to count with");
        let before = sent();
        let page = site.get(&path).await;
        let whole = sent() - before;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.len() < 1_000_000, "{}", page.text.len());
        assert!(page.text.contains("href=\"https://a.b") && page.text.contains("Task 99"), "what fits is there, and every title");
        let longer = page.text.matches("Longer notes aren’t shown here.").count();
        assert!((90..100).contains(&longer), "{longer}");
        let before = sent();
        assert_eq!(site.get(&path).await.text.matches("Longer notes aren’t shown here.").count(), longer);
        assert!(sent() - before < whole, "it is at hand");
        let change = PatchBody { title: Some("Another title".to_owned()), ..PatchBody::default() };
        office.patch_as(&SYSTEM, first, &change).await.expect("changed");
        assert!(site.get(&path).await.text.contains("Another title"), "what changes is seen at once");
        for away in [true, false] {
            let wanted = if away { StatusCode::NOT_FOUND } else { StatusCode::OK };
            lists::archive_list(&site.platform, &office.owner(), "alpha", &list, away).await.expect("put away, or back");
            assert_eq!(site.get(&path).await.status, wanted, "the list: {away}");
        }
        let space = office.space.to_string();
        lists::archive_space(&site.platform, &office.owner(), "alpha", &space, true).await.expect("put away");
        assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND);
        let mut answered = StatusCode::OK;
        for _ in 0..200 {
            answered = site.get("/shared/tasks/share_x").await.status;
            if answered == StatusCode::TOO_MANY_REQUESTS {
                break;
            }
        }
        assert_eq!(answered, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND, "others are");
    }

    /// A calendar has what its owner is on, as long as they may see it; of a list no more than they see of it. The same again is no news.
    async fn a_calendar_is_read_as_whoever_made_it(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (_, space, private) = office.private("Board", &[ada.user]).await;
        office.task_with("Whole day", |body| (body.responsible, body.due_day) = (Some(ada.user), Some("2026-11-27".to_owned()))).await;
        office.task_with("At three", |body| {
            (body.people, body.due_day, body.due_time) = (vec![ada.user], Some("2026-11-27".to_owned()), Some("15:00".to_owned()));
        }).await;
        office.task_with("Somebody else’s", |body| body.due_day = Some("2026-11-27".to_owned())).await;
        let secret = office.task_with("Secret", |body| {
            (body.list, body.responsible, body.due_day) = (private, Some(ada.user), Some("2026-11-28".to_owned()));
        }).await;
        let own = feeds::make(&site.platform, &ada.actor, "alpha", None).await.expect("an address");
        let path = path_of(&own.address);
        assert!(path.starts_with("/cal/tasks/feed_"), "{path}");
        let read = site.get(&path).await;
        let text = read.text.replace("\r\n ", "");
        assert_eq!(read.headers["content-type"], "text/calendar; charset=utf-8");
        assert!(text.contains("DTSTART;VALUE=DATE:20261127") && text.contains("DTSTART:20261127T040000Z"), "{text}");
        assert!(text.contains("SUMMARY:Secret") && !text.contains("Somebody else"), "{text}");
        let tag = read.headers["etag"].clone();
        site.advance(60);
        let same = Request::get(&path).header("if-none-match", &tag).body(Body::empty()).expect("a request");
        assert_eq!(site.send(same).await.status, StatusCode::NOT_MODIFIED);
        office.complete_as(&ada.actor, secret, true).await.expect("done");
        assert!(!site.get(&path).await.text.contains("Secret"), "what is done is gone");

        assert_eq!(outcome(feeds::make(&site.platform, &bo.actor, "alpha", Some(&private.to_string())).await), "404");
        let of_list = feeds::make(&site.platform, &ada.actor, "alpha", Some(&office.list.to_string())).await.expect("an address");
        assert!(site.get(&path_of(&of_list.address)).await.text.contains("Somebody else"));
        let anew = feeds::make(&site.platform, &ada.actor, "alpha", None).await.expect("another address");
        assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND, "the one before stopped");
        assert_eq!(outcome(feeds::revoke(&site.platform, &bo.actor, "alpha", &anew.id.to_string()).await), "404");
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "DELETE FROM memberships WHERE user_id = $1", ada.user).expect("she has left");
        tx.commit().await.expect("a commit");
        for made in [&anew, &of_list] {
            assert_eq!(site.get(&path_of(&made.address)).await.status, StatusCode::NOT_FOUND, "{space}");
        }
    }

    /// Who was removed reads nothing by an address from before, also when they are invited back: they make another. The old ones are forgotten.
    async fn a_calendar_ends_with_belonging(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        office.task_with("Whole day", |body| body.due_day = Some("2026-11-27".to_owned())).await;
        let list = office.list.to_string();
        let own = feeds::make(&site.platform, &ada.actor, "alpha", None).await.expect("an address");
        let of_list = feeds::make(&site.platform, &ada.actor, "alpha", Some(&list)).await.expect("an address");
        feeds::make(&site.platform, &bo.actor, "alpha", None).await.expect("an address");
        assert!(site.get(&path_of(&of_list.address)).await.text.contains("Whole day"));
        site.advance(60);
        let owner = site.log_in("alpha").await;
        for user in [ada.user, bo.user] {
            let fields = [("org", "alpha"), ("id", &user.to_string())];
            let gone = site.form(Some(&owner), "/fn/people/remove", "/app/alpha/settings/people", &fields).await;
            assert_eq!(gone.status, StatusCode::FOUND, "{gone:?}");
        }
        for made in [&own, &of_list] {
            assert_eq!(site.get(&path_of(&made.address)).await.status, StatusCode::NOT_FOUND, "she was removed");
        }
        site.advance(60);
        members::add(&site.platform, office.id, ada.user, Role::Member).await.expect("she is back");
        for made in [&own, &of_list] {
            assert_eq!(site.get(&path_of(&made.address)).await.status, StatusCode::NOT_FOUND, "and so it stays");
            assert_eq!(outcome(feeds::revoke(&site.platform, &ada.actor, "alpha", &made.id.to_string()).await), "404");
        }
        assert!(feeds::mine(&site.platform, &ada.actor, "alpha").await.expect("hers").is_empty());
        // Another organisation has one, too: all are gone to, however few are looked for at once.
        let now = site.platform.clock.now();
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(
            exec,
            &mut tx,
            "INSERT INTO tasks_feeds (org_id, id, token_hash, made_by, created_at) VALUES ($1, $2, $3, $4, $5)",
            site.beta,
            FeedId::new(now),
            vec![7_u8; 32],
            bo.user,
            now
        )
        .expect("an address");
        tx.commit().await.expect("a commit");
        let kept = async || {
            let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
            platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_feeds").expect("counted").0
        };
        assert_eq!(kept().await, 4);
        feeds::forget(&site.platform, 1).await.expect("forgotten");
        assert_eq!(kept().await, 0);
        let anew = feeds::make(&site.platform, &ada.actor, "alpha", Some(&list)).await.expect("a fresh address");
        feeds::forget(&site.platform, 1).await.expect("looked");
        assert!(site.get(&path_of(&anew.address)).await.text.contains("Whole day"));

        // An old one that nobody has forgotten yet isn't in the way of a new one.
        site.advance(60);
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "DELETE FROM memberships WHERE user_id = $1", ada.user).expect("she leaves");
        tx.commit().await.expect("a commit");
        members::add(&site.platform, office.id, ada.user, Role::Member).await.expect("she is back");
        let another = feeds::make(&site.platform, &ada.actor, "alpha", Some(&list)).await.expect("another");
        assert_eq!(site.get(&path_of(&anew.address)).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&path_of(&another.address)).await.status, StatusCode::OK);
    }

    /// A list that was everybody’s and becomes a team’s alone is shown by no link any more, whether it goes to another space or its space changes; and strangers
    /// mail nothing to it. What was a team’s all along keeps its link.
    async fn what_becomes_private_is_shown_to_nobody_else(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let (team, private, inside) = office.private("Board", &[ada.user]).await;
        site.platform.take_mail_at(Inbound { domain: DOMAIN.to_owned(), secrets: Secrets::parse(SECRET).expect("a secret") });
        let space = office.space("Clinic").await;
        let (moves, stays) = (office.list_in(office.space, "Goes along").await, office.list_in(space, "Stays").await);
        let mut links = Vec::new();
        for list in [moves, stays, inside, office.list] {
            let id = list.to_string();
            let made = shares::make(&site.platform, &office.owner(), "alpha", &id, &ShareBody::default(), None).await.expect("a link");
            mail_in::turn_on(&site.platform, &office.owner(), "alpha", &id, "anyone").await.expect("an address");
            links.push(path_of(&made.address));
        }
        let shown = async || {
            let mut all = Vec::new();
            for link in &links {
                all.push(site.get(link).await.status.as_u16());
            }
            all
        };
        assert_eq!(shown().await, [200, 200, 200, 200]);
        let body = ListBody { version: Some(1), ..list_body(private, "Goes along") };
        lists::save_list(&site.platform, &office.owner(), "alpha", &moves.to_string(), &body).await.expect("moved");
        assert_eq!(shown().await, [404, 200, 200, 200]);
        let body = SpaceBody { name: "Clinic".to_owned(), team: Some(team), seen_by: "team".to_owned(), version: Some(1) };
        lists::save_space(&site.platform, &office.owner(), "alpha", &space.to_string(), &body).await.expect("the team’s alone");
        assert_eq!(shown().await, [404, 404, 200, 200]);
        let mut takes = Vec::new();
        for list in [moves, stays, inside, office.list] {
            let mailbox = mail_in::of_list(&site.platform, &office.owner(), "alpha", &list.to_string()).await.expect("read");
            takes.push(mailbox.expect("it takes mail").takes);
        }
        assert_eq!(takes, ["members", "members", "anyone", "anyone"]);
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let (told,) = platform_sql!(
            one(i64,),
            &mut tx,
            "SELECT COUNT(*) FROM audit_entries WHERE org_id = $1 AND action = 'tasks.list_share_ended'",
            office.id
        ).expect("counted");
        assert_eq!(told, 2, "the log says so");
        tx.rollback().await.expect("read");

        // Back again they stay ended: what was once given out doesn't come alive by itself.
        let body = SpaceBody { name: "Clinic".to_owned(), team: None, seen_by: "everyone".to_owned(), version: Some(2) };
        lists::save_space(&site.platform, &office.owner(), "alpha", &space.to_string(), &body).await.expect("everybody’s");
        assert_eq!(shown().await, [404, 404, 200, 200]);
    }

    /// Who may change what there is and not read it, as a program may, comes to read it by no other way: by no link, and in no template.
    async fn changing_alone_gives_nothing_to_read(site: Site) {
        let office = Office::alpha(&site).await;
        office.task("Quokka orders").await;
        let (organising, changing) = (office.token(&["tasks.organise"]).await, office.token(&["tasks.change"]).await);
        let all = office.token(&["tasks.view", "tasks.change", "tasks.organise"]).await;
        let send = async |token: &str, method: Method, path: &str, body: &Value| {
            let request = Request::builder().method(method).uri(office.api(path)).header(header::AUTHORIZATION, format!("Bearer {token}"));
            let key = app::ids::fresh(site.platform.clock.now()).to_string();
            let request = request.header(header::CONTENT_TYPE, "application/json").header("idempotency-key", key);
            site.send_as_it_is(request.body(Body::from(body.to_string())).expect("a request")).await
        };
        let from = |name: &str| json!({ "name": name, "list": office.list, "anchor": TODAY, "anchor_name": "Start date" });
        let made = send(&all, Method::POST, "templates/from", &from("Orders")).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let id = made.json()["id"].as_str().expect("an id").to_owned();
        let shares = format!("lists/{}/shares", office.list);
        for (token, method, path, body) in [
            (&organising, Method::GET, shares.clone(), json!({})),
            (&organising, Method::POST, shares, json!({})),
            (&organising, Method::POST, "templates/from".to_owned(), from("Once more")),
            (&organising, Method::POST, format!("templates/{id}/copy"), json!({})),
            (&changing, Method::POST, format!("templates/{id}/preview"), json!({ "anchor": TODAY, "list": office.list })),
        ] {
            let standing = office.standing().await;
            let refused = send(token, method.clone(), &path, &body).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}: {refused:?}");
            assert!(!refused.text.contains("Quokka"), "{refused:?}");
            assert_eq!(office.standing().await, standing, "{path}: nothing was written");
            let told = send(&all, method, &path, &body).await;
            assert!(told.status.is_success(), "{path}: {told:?}");
        }
        let description = site.get("/api/v1/openapi.json").await.json();
        let needed = &description["paths"]["/api/v1/orgs/{org}/tasks/lists/{list}/shares"]["post"]["security"][0]["token"];
        assert_eq!(needed, &json!(["tasks.organise", "tasks.view"]), "and it is said what that takes");
    }

    /// A message becomes a task once, as whoever sent it; from whom the list takes nothing it makes nothing; and machines are left alone.
    async fn mail_becomes_a_task_once(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, _bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (_, _, private) = office.private("Board", &[ada.user]).await;
        assert_eq!(outcome(mail_in::turn_on(&site.platform, &office.owner(), "alpha", &private.to_string(), "members").await), "404", "no mail comes in here");
        assert_eq!(mail(&site, "m1", &json!({})).await.status, StatusCode::NOT_FOUND);
        site.platform.take_mail_at(Inbound { domain: DOMAIN.to_owned(), secrets: Secrets::parse(SECRET).expect("a secret") });
        assert_eq!(outcome(mail_in::turn_on(&site.platform, &ada.actor, "alpha", &private.to_string(), "members").await), "403");
        let mailbox = mail_in::turn_on(&site.platform, &office.owner(), "alpha", &private.to_string(), "members").await.expect("an address");
        let message = |from: &str, id: &str, more: &Value| {
            let mut all = json!({ "from": from, "to": [mailbox.address], "subject": "Order paper fri !high", "text": "Two boxes.\n\n> before", "message_id": id, "authenticated": true });
            for (name, value) in more.as_object().into_iter().flatten() {
                all[name] = value.clone();
            }
            all
        };
        let attached = json!({ "attachments": [{ "name": "list.pdf", "content": BASE64_STANDARD.encode(b"%PDF-1.7") }, { "name": "run.exe", "content": BASE64_STANDARD.encode(b"MZ\0\0") }] });
        let told = mail(&site, "m1", &message("Ada <ADA-alpha@example.com>", "<1@x>", &attached)).await;
        assert_eq!((told.status, told.json()["outcome"].as_str().map(str::to_owned)), (StatusCode::OK, Some("task".to_owned())), "{told:?}");
        let again = mail(&site, "m2", &message("Ada <ada-alpha@example.com>", "<1@x>", &attached)).await;
        assert_eq!(again.json()["outcome"], "again");
        let all = tasks_of(&office, private).await;
        let [task] = &all[..] else { panic!("one task: {all:?}") };
        assert_eq!((task.title.as_str(), task.priority, task.created_by), ("Order paper", 3, Some(ada.user)));
        assert_eq!(task.due.map(|due| due.day.to_string()).as_deref(), Some("2026-11-27"));
        assert_eq!(task.notes, "Two boxes.\n\n(Not accepted: run.exe.)");
        assert_eq!(office.card(task.id).await.files, 1);
        let number = task.number;
        let reply = json!({ "subject": format!("Re: [T-{number}] Order paper"), "text": "On its way." });
        assert_eq!(mail(&site, "m3", &message("ada-alpha@example.com", "<2@x>", &reply)).await.json()["outcome"], "comment");
        assert_eq!(office.card(task.id).await.comments, 1);

        for (id, from, more) in [
            ("<3@x>", "Bo <bo-alpha@example.com>", json!({})),
            ("<4@x>", "ada-alpha@example.com", json!({ "authenticated": false })),
            ("<5@x>", "stranger@example.org", json!({})),
            ("<6@x>", "ada-alpha@example.com", json!({ "auto_submitted": "auto-replied" })),
            ("<7@x>", "ada-alpha@example.com", json!({ "precedence": "bulk" })),
            ("<8@x>", "ada-alpha@example.com", json!({ "to": [format!("list+{}@{DOMAIN}", "a".repeat(20))] })),
            ("<9@x>", "", json!({})),
        ] {
            let told = mail(&site, id, &message(from, id, &more)).await;
            assert_eq!((told.status, told.json()["outcome"].clone()), (StatusCode::OK, json!("ignored")), "{id}");
        }
        assert_eq!(tasks_of(&office, private).await.len(), 1);
        mail_in::turn_on(&site.platform, &office.owner(), "alpha", &private.to_string(), "anyone").await.expect("the same address");
        let told = mail(&site, "m10", &message("A Stranger <stranger@example.org>", "<10@x>", &json!({ "subject": "Fwd: Hello #clinic" }))).await;
        assert_eq!(told.json()["outcome"], "task");
        let all = tasks_of(&office, private).await;
        let strange = all.iter().find(|task| task.title == "Hello #clinic").expect("its marks aren’t read");
        assert!(strange.notes.starts_with("From A Stranger <stranger@example.org>") && strange.created_by.is_none(), "{strange:?}");

        // A rule that ends before it begins isn’t read, and the message isn’t lost.
        let ended = "Count stock every fri until wed";
        let told = mail(&site, "m13", &message("ada-alpha@example.com", "<13@x>", &json!({ "subject": ended }))).await;
        assert_eq!(told.json()["outcome"], "task", "{told:?}");
        assert!(tasks_of(&office, private).await.iter().any(|task| task.title == ended));

        // What isn't signed, or is old, does nothing.
        let body = message("ada-alpha@example.com", "<11@x>", &json!({})).to_string();
        let now = site.platform.clock.now().timestamp().as_second();
        for (at, signed) in [(now, "v1,AAAA".to_owned()), (now - 400, sign("m11", now - 400, &body))] {
            let refused = told_as(&site, "m11", at, &signed, &body).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{refused:?}");
        }
        mail_in::turn_off(&site.platform, &office.owner(), "alpha", &private.to_string()).await.expect("off");
        assert_eq!(mail(&site, "m12", &message("ada-alpha@example.com", "<12@x>", &json!({}))).await.json()["outcome"], "ignored");
    }

    /// A number in a subject is of the list that was written to, and counts from a member alone: a task of another list, though they see it, is never reached by
    /// this list’s address, nor one in the trash. Then the message is a task as any other.
    async fn a_number_reaches_no_other_list(site: Site) {
        let office = Office::alpha(&site).await;
        office.member("Ada", Role::Member).await;
        let other = office.list_in(office.space, "Another").await;
        let here = office.task("Order paper").await;
        let there = office.task_with("Order pens", |body| body.list = other).await;
        site.platform.take_mail_at(Inbound { domain: DOMAIN.to_owned(), secrets: Secrets::parse(SECRET).expect("a secret") });
        let mailbox = mail_in::turn_on(&site.platform, &office.owner(), "alpha", &office.list.to_string(), "anyone").await.expect("an address");
        let (own, anothers) = (office.get(here).await.number, office.get(there).await.number);
        let send = async |id: &str, from: &str, number: i64, authenticated: bool| {
            let message = json!({
                "from": from, "to": [mailbox.address], "subject": format!("Re: [T-{number}] About that"), "text": "On its way.", "message_id": id, "authenticated": authenticated,
            });
            let told = mail(&site, id, &message).await;
            assert_eq!(told.status, StatusCode::OK, "{told:?}");
            told.json()["outcome"].as_str().unwrap_or_default().to_owned()
        };
        let said = async |task: TaskId| office.card(task).await.comments;
        let (ada, stranger) = ("Ada <ada-alpha@example.com>", "A Stranger <stranger@example.org>");
        assert_eq!(send("m1", ada, own, true).await, "comment");
        for (id, from, number, authenticated) in [("m2", ada, anothers, true), ("m3", stranger, own, true), ("m4", ada, own, false), ("m5", ada, 9_999, true)] {
            assert_eq!(send(id, from, number, authenticated).await, "task", "{id}");
        }
        assert_eq!((said(here).await, said(there).await), (1, 0));
        let all = tasks_of(&office, office.list).await;
        assert_eq!((all.len(), tasks_of(&office, other).await.len()), (5, 1));
        let named = all.iter().find(|task| task.title.contains(&format!("[T-{anothers}]"))).expect("its number stays in its title");
        assert_eq!(named.notes, "On its way.");
        office.trash_as(&SYSTEM, here).await.expect("thrown away");
        assert_eq!(send("m6", ada, own, true).await, "task");
    }
}

async fn add(
    office: &Office<'_>,
    actor: &Actor,
    task: &str,
    name: &str,
    content: &[u8],
) -> Result<(app::modules::tasks::tasks::Done, app::modules::tasks::ids::FileId)> {
    let sent = SentFile { name: name.to_owned(), content: content.to_vec() };
    files::add(&office.site.platform, actor, office.slug, task, sent, None).await
}

fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a file");
        zip.write_all(content).expect("what is in it");
    }
    zip.finish().expect("a packed file").into_inner()
}

/// Sends a file by the form of the task's page: where it leads.
async fn send_file(site: &Site, cookie: &str, org: &str, task: &str, name: &str, content: &[u8]) -> String {
    let path = format!("/app/{org}/tasks/file");
    let answer =
        site.upload(cookie, &path, &[("kind", task)], ("file", name, "application/octet-stream", content)).await;
    answer.location().to_owned()
}

async fn send_import(site: &Site, cookie: &str, kind: &str, content: &[u8]) -> String {
    let path = "/app/alpha/tasks/import/file";
    let answer =
        site.upload(cookie, path, &[("kind", kind)], ("file", "export", "application/octet-stream", content)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    answer.location().to_owned()
}

async fn api_file(site: &Site, cookie: &str, path: &str, key: &str, content: &[u8]) -> Answer {
    let request = Request::post(path)
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header("idempotency-key", key);
    site.send(request.body(Body::from(content.to_vec())).expect("a request")).await
}

async fn keep(office: &Office<'_>, from: From, file: &[u8]) -> String {
    imports::keep(&office.site.platform, &SYSTEM, office.slug, from, file).await.expect("it is kept").to_string()
}

async fn look(office: &Office<'_>, id: &str) -> Report {
    imports::dry_run(&office.site.platform, &SYSTEM, office.slug, id).await.expect("a report")
}

/// Found, taken and left out, of a part.
fn count_of(account: &Account, part: &str) -> (usize, usize, usize) {
    account
        .counts
        .iter()
        .find(|line| line.part == part)
        .map_or((0, 0, 0), |line| (line.found, line.taken, line.dropped))
}

/// What was found came in, or is named among what is left out.
fn reconciles(account: &Account) {
    for line in &account.counts {
        assert_eq!(line.found, line.taken + line.dropped, "{line:?}");
        let told: usize = account.dropped.iter().filter(|left| left.part == line.part).map(|left| left.count).sum();
        assert_eq!(told, line.dropped, "{line:?}");
    }
}

/// The tasks of a list that aren't in the trash, in order.
async fn tasks_of(office: &Office<'_>, list: app::modules::tasks::ids::ListId) -> Vec<app::modules::tasks::task::Task> {
    let mut tx = office.opened(Access::Read).await;
    let rows = store::page(&mut tx, list, None, "", 10_000).await.expect("its tasks");
    let ids: Vec<TaskId> = rows.iter().map(|row| row.id).collect();
    let tasks = access::opened(&mut tx, rows).await.expect("opened");
    assert_eq!(cards::of(&mut tx, tasks.clone()).await.expect("cards").len(), ids.len());
    tasks
}

async fn keys(office: &Office<'_>) -> Arc<app::crypto::DataKeys> {
    office.opened(Access::Read).await.keys().await.expect("keys")
}

/// All that lies on disk of alpha's.
async fn on_disk(site: &Site) -> Vec<u8> {
    let mut all = Vec::new();
    for id in site.platform.files.older_than(site.alpha, Duration::ZERO).await {
        all.extend_from_slice(id.as_bytes());
        let path = site.platform.files.folder().join(site.alpha.to_string()).join(id.to_string());
        all.extend(std::fs::read(path).expect("a file"));
    }
    all
}

fn path_of(address: &str) -> String {
    address.strip_prefix(ORIGIN).expect("an address of ours").to_owned()
}

async fn mail(site: &Site, id: &str, message: &Value) -> Answer {
    let (body, now) = (message.to_string(), site.platform.clock.now().timestamp().as_second());
    told_as(site, id, now, &sign(id, now, &body), &body).await
}

fn sign(id: &str, at: i64, body: &str) -> String {
    Webhook::new(SECRET).expect("a secret").sign(id, at, body.as_bytes()).expect("a signature")
}

async fn told_as(site: &Site, id: &str, at: i64, signature: &str, body: &str) -> Answer {
    let request = Request::post("/webhooks/tasks/mail")
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", at.to_string())
        .header("webhook-signature", signature);
    site.send_as_it_is(request.body(Body::from(body.to_owned())).expect("a request")).await
}
