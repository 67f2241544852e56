//! Tasks: what people do with them never gets in each other's way, is all or nothing, and can be undone; what isn't theirs isn't there.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use app::{
    db::{Access, DbError},
    error::Code,
    idempotency,
    ids::{self, UserId},
    modules::tasks::{
        acts::{Act, Bounds},
        cards::Progress,
        desk::Desk,
        handover,
        ids::{ActId, LabelId, ListId, SectionId, StatusId, TaskId, TeamId},
        lists, permissions, store,
        task::Completes,
        task_view,
        tasks::{self, BulkBody, MoveBody, PatchBody},
        trash,
    },
    org::Role,
    platform_sql,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use futures::future::{join, join_all};
use serde_json::json;
use uuid::Uuid;

use crate::{
    on_both,
    support::outcome,
    tasks_support::{Member, Office, SYSTEM, TODAY, add_body, after},
};

on_both! {
    /// What is added is there at once and once: the same request again adds nothing, and its key is good for no other.
    async fn a_task_is_added_once(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let body = json!({ "list": office.list, "title": "  Order   paper ", "due_day": "27/11/2026", "due_time": "15:00", "responsible": ada.user });
        let before = office.standing().await;
        let made = office.post(Some(&ada.cookie), "tasks", "a-first-task", &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let card = &made.json()["card"];
        assert_eq!((&card["title"], &card["n"], &card["due_day"], &card["due_time"]), (&json!("Order paper"), &json!(1), &json!("2026-11-27"), &json!("15:00")), "{card}");
        assert_eq!((&card["status"], &card["done"]), (&json!(office.statuses[0]), &json!(false)));
        let once = office.standing().await;
        assert_eq!((once.0, once.1), (before.0 + 1, before.1 + 1), "one task, and that it was added");
        let again = office.post(Some(&ada.cookie), "tasks", "a-first-task", &body).await;
        assert_eq!((again.status, &again.json()["card"]["id"]), (StatusCode::CREATED, &card["id"]), "{again:?}");
        let other = json!({ "list": office.list, "title": "Order pens" });
        assert_eq!(office.post(Some(&ada.cookie), "tasks", "a-first-task", &other).await.status, StatusCode::CONFLICT);
        assert_eq!(office.standing().await, once);
        for named in ["T-1", "t-1", "1"] {
            let shown = office.send(Some(&ada.cookie), Method::GET, &format!("tasks/{named}"), &json!({})).await;
            assert_eq!(&shown.json()["id"], &card["id"], "{named}");
        }
        assert!(!site.raw_dump().await.windows(11).any(|part| part == b"Order paper"), "titles are sealed");
    }

    /// A move that is sent again, for its answer was lost, moves nothing: where others have put the card since, it stays. It answers as it did the first time.
    async fn a_move_is_made_once(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (_, _, three) = (office.task("One").await, office.task("Two").await, office.task("Three").await);
        let (path, to_top) = ("tasks/T-3/move", json!({ "by": "status", "column": office.statuses[1], "after": null }));
        let first = office.post(Some(&ada.cookie), path, "a-move-of-mine", &to_top).await;
        assert_eq!((first.status, first.json()["act"].is_string()), (StatusCode::OK, true), "{first:?}");
        assert_eq!(office.titles(office.list).await, "Three, One, Two");
        let to_end = json!({ "by": "status", "column": office.statuses[0] });
        assert_eq!(office.post(Some(&bo.cookie), path, "a-move-of-his", &to_end).await.status, StatusCode::OK);
        let before = office.standing().await;
        let again = office.post(Some(&ada.cookie), path, "a-move-of-mine", &to_top).await;
        assert_eq!((again.status, &again.json()["act"]), (StatusCode::OK, &first.json()["act"]), "{again:?}");
        let card = &again.json()["card"];
        assert_eq!((&card["title"], &card["status"]), (&json!("Three"), &json!(office.statuses[0])), "as it is now: {card}");
        assert_eq!((office.titles(office.list).await.as_str(), office.standing().await), ("One, Two, Three", before));
        // The key is good for nothing else: not for another move, nor for somebody else.
        for (cookie, path, body) in [(&ada.cookie, path, &to_end), (&ada.cookie, "tasks/T-2/move", &to_top), (&bo.cookie, path, &to_top)] {
            assert_eq!(office.post(Some(cookie), path, "a-move-of-mine", body).await.status, StatusCode::CONFLICT, "{path} {body}");
        }
        let stranger = office.site.log_in("beta").await;
        assert_eq!(office.post(Some(&stranger), path, "a-move-of-mine", &to_top).await.status, StatusCode::NOT_FOUND);
        assert_eq!(office.post(None, path, "a-move-of-mine", &to_top).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(office.post(Some(&ada.cookie), path, "short", &to_top).await.fields(), ["Idempotency-Key"]);
        assert_eq!(office.standing().await, before);
        // One that changed nothing was made all the same.
        let (still, to_place) = ("a-move-to-where-it-is", json!({ "by": "status", "column": office.statuses[0], "after": three }));
        let nothing = office.post(Some(&ada.cookie), path, still, &to_place).await;
        assert_eq!((nothing.status, nothing.json()["act"].is_null()), (StatusCode::OK, true), "{nothing:?}");
        office.post(Some(&bo.cookie), path, "a-third-move", &to_top).await;
        let again = office.post(Some(&ada.cookie), path, still, &to_place).await;
        assert_eq!((again.status, &again.json()["card"]["status"]), (StatusCode::OK, &json!(office.statuses[1])), "{again:?}");
        assert_eq!(office.titles(office.list).await, "Three, One, Two");
        // In the trash since, and still it was made once. Without a key each is a move of its own.
        assert_eq!(office.send(Some(&bo.cookie), Method::DELETE, "tasks/T-3", &json!({})).await.status, StatusCode::OK);
        let gone = office.post(Some(&ada.cookie), path, "a-move-of-mine", &to_top).await;
        assert_eq!((gone.status, gone.json()["gone"].as_array().map(Vec::len)), (StatusCode::OK, Some(1)), "{gone:?}");
        let plain = office.send(Some(&ada.cookie), Method::POST, "tasks/T-2/move", &json!({ "after": null })).await;
        assert_eq!((plain.status, office.titles(office.list).await.as_str()), (StatusCode::OK, "Two, One"), "{plain:?}");
        // Nobody sends a request again after a month.
        let keys = async || {
            let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
            let (keys,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM idempotency_keys WHERE org_id = $1", site.alpha).expect("a count");
            tx.rollback().await.expect("read");
            keys
        };
        let kept = keys().await;
        site.advance(30 * 86_400);
        idempotency::sweep(&site.platform).await.expect("a sweep");
        assert_eq!((keys().await, kept > 0), (kept, true));
        site.advance(1);
        idempotency::sweep(&site.platform).await.expect("a sweep");
        assert_eq!(keys().await, 0);
    }

    /// Nor is anything else done twice that is sent again, whatever others did in between: fields, labels, many at once, completing, the trash, undoing, lines
    /// of words, comments.
    async fn what_is_sent_again_is_done_once(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (task, label) = (office.task("Order paper").await, office.label("Clinic").await);
        let one = format!("tasks/{task}");
        let version = office.get(task).await.version;
        let acts = [
            (Method::PATCH, one.clone(), json!({ "version": version, "priority": 4 }), json!({ "priority": 1 })),
            (Method::PATCH, one.clone(), json!({ "add_labels": [label] }), json!({ "remove_labels": [label] })),
            (Method::POST, "bulk".to_owned(), json!({ "ids": [task], "change": { "responsible": ada.user } }), json!({ "responsible": null })),
            (Method::POST, format!("{one}/complete"), json!({ "done": true }), json!({ "status": office.statuses[0] })),
        ];
        for (number, (method, path, body, others)) in acts.iter().enumerate() {
            let key = format!("act-number-{number}");
            let first = office.keyed(Some(&ada.cookie), method.clone(), path, &key, body).await;
            assert_eq!((first.status, first.json()["act"].is_string()), (StatusCode::OK, true), "{body}: {first:?}");
            let theirs = office.send(Some(&bo.cookie), Method::PATCH, &one, others).await;
            assert_eq!((theirs.status, theirs.json()["act"].is_string()), (StatusCode::OK, true), "{others}: {theirs:?}");
            let before = office.standing().await;
            let again = office.keyed(Some(&ada.cookie), method.clone(), path, &key, body).await;
            assert_eq!((again.status, &again.json()["act"]), (StatusCode::OK, &first.json()["act"]), "{body}: {again:?}");
            assert_eq!(again.json()["cards"][0]["version"], theirs.json()["cards"][0]["version"], "as it is now: {again:?}");
            assert_eq!(office.standing().await, before, "{body}");
        }

        let gone = office.keyed(Some(&ada.cookie), Method::DELETE, &one, "away-with-it", &json!({})).await;
        assert_eq!(gone.status, StatusCode::OK, "{gone:?}");
        let back = office.keyed(Some(&bo.cookie), Method::POST, &format!("{one}/restore"), "back-with-it", &json!({})).await;
        assert_eq!(back.status, StatusCode::OK, "{back:?}");
        let again = office.keyed(Some(&ada.cookie), Method::DELETE, &one, "away-with-it", &json!({})).await;
        assert_eq!((again.status, &again.json()["act"]), (StatusCode::OK, &gone.json()["act"]), "{again:?}");
        assert!(office.get(task).await.trashed_at.is_none(), "it was taken out again since");
        office.trash_as(&bo.actor, task).await.expect("away after all");
        office.keyed(Some(&bo.cookie), Method::POST, &format!("{one}/restore"), "back-with-it", &json!({})).await;
        assert!(office.get(task).await.trashed_at.is_some(), "it was thrown away again since");
        office.restore_as(&bo.actor, task).await.expect("back");

        let renamed = office.send(Some(&ada.cookie), Method::PATCH, &one, &json!({ "title": "Order pens" })).await;
        let undo = format!("acts/{}/undo", renamed.json()["act"].as_str().expect("an act"));
        let undone = office.post(Some(&ada.cookie), &undo, "back-to-paper", &json!({})).await;
        assert_eq!((undone.status, undone.json()["act"].is_string()), (StatusCode::OK, true), "{undone:?}");
        let before = office.standing().await;
        let again = office.post(Some(&ada.cookie), &undo, "back-to-paper", &json!({})).await;
        assert_eq!((again.status, &again.json()["act"]), (StatusCode::OK, &undone.json()["act"]), "what redoes it is still known: {again:?}");
        assert_eq!(office.standing().await, before);

        for (path, body) in [("tasks".to_owned(), json!({ "list": office.list, "quick": "call the supplier fri 3pm" })), (format!("{one}/comments"), json!({ "words": "The blue ones" }))] {
            let first = office.post(Some(&ada.cookie), &path, "said-just-once", &body).await;
            assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
            let before = office.standing().await;
            let again = office.post(Some(&ada.cookie), &path, "said-just-once", &body).await;
            assert_eq!((again.status, &again.json()["act"]), (StatusCode::CREATED, &first.json()["act"]), "{again:?}");
            assert_eq!(office.standing().await, before, "{path}");
        }
        let said = office.card(task).await;
        assert_eq!(said.comments, 1);

        // What was refused wasn’t done: the same key can be used for it once more, with what holds now.
        let stale = json!({ "version": version, "priority": 2 });
        let refused = office.keyed(Some(&ada.cookie), Method::PATCH, &one, "mine-after-all", &stale).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::CONFLICT, vec!["priority".to_owned()]), "{refused:?}");
        assert_eq!(refused.json()["title"], json!("Something changed in the meantime"));
        let mine = json!({ "version": refused.json()["version"], "priority": 2 });
        let kept = office.keyed(Some(&ada.cookie), Method::PATCH, &one, "mine-after-all", &mine).await;
        assert_eq!((kept.status, &kept.json()["card"]["priority"]), (StatusCode::OK, &json!(2)), "{kept:?}");
    }

    /// What somebody did while they were away is sent as them or not at all: whoever else is logged in in that browser by now neither does it nor is told of it.
    /// What it is sealed with there is given to their own pages alone, whichever session they are of.
    async fn what_waited_is_sent_as_whose_it_is(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let task = office.task("Order paper").await;
        let send = async |method: Method, path: &str, member: &Member, meant: &str| {
            let request = Request::builder().method(method).uri(office.api(path)).header("sec-fetch-site", "same-origin");
            let request = request.header(header::COOKIE, &member.cookie).header("x-devalo-user", meant);
            let request = request.header(header::CONTENT_TYPE, "application/json").header("idempotency-key", "what-waited-here");
            site.send(request.body(Body::from(json!({ "done": true }).to_string())).expect("a request")).await.status
        };
        let (complete, shown) = (format!("tasks/{task}/complete"), format!("tasks/{task}"));
        let (hers, his) = (ada.user.to_string(), bo.user.to_string());
        let before = office.standing().await;
        for (member, meant) in [(&bo, hers.as_str()), (&ada, his.as_str()), (&ada, "nobody"), (&ada, "")] {
            assert_eq!(send(Method::POST, &complete, member, meant).await, StatusCode::UNAUTHORIZED, "{meant}");
            assert_eq!(send(Method::GET, &shown, member, meant).await, StatusCode::UNAUTHORIZED, "{meant}");
        }
        assert_eq!(office.standing().await, before);
        assert_eq!(send(Method::GET, &shown, &bo, &his).await, StatusCode::OK);
        assert_eq!(send(Method::POST, &complete, &ada, &hers).await, StatusCode::OK);
        assert!(office.get(task).await.is_done());

        let page = format!("/app/alpha/tasks/lists/{}?view=board", office.list);
        let key = async |cookie: &str| {
            let page = site.get_as(cookie, &page).await.text;
            let key = page.split("data-shelf=\"").nth(1).and_then(|rest| rest.split('"').next());
            key.unwrap_or_else(|| panic!("no key: {page}")).to_owned()
        };
        let (first, other) = (key(&ada.cookie).await, key(&bo.cookie).await);
        assert!(first.len() == 43 && first != other, "{first} {other}");
        let later = site.log_in_as("ada-alpha@example.com").await;
        assert_eq!(key(&later).await, first, "after the session has ended, too");
    }

    /// What is wrong is said at its field, and nothing is written.
    async fn bad_fields_are_told(site: Site) {
        let office = Office::alpha(&site).await;
        let task = office.task("Order paper").await;
        let before = office.standing().await;
        let long = "x".repeat(100 * 1024);
        for (wanted, body) in [
            ("422 title", json!({ "title": "  " })),
            ("422 title", json!({ "title": long })),
            ("422 title", json!({ "title": "Bell\u{7}" })),
            ("422 notes", json!({ "notes": long })),
            ("422 priority", json!({ "priority": 5 })),
            ("422 priority", json!({ "priority": -1 })),
            ("422 estimate", json!({ "estimate": 0 })),
            ("422 due_day", json!({ "due_day": "soon" })),
            ("422 due_day", json!({ "due_time": "15:00" })),
            ("422 due_time", json!({ "due_day": TODAY, "due_time": "25:00" })),
            ("422 due_day", json!({ "start_day": "2026-12-01", "due_day": "2026-11-30" })),
        ] {
            let patch: PatchBody = serde_json::from_value(body.clone()).expect("a body");
            assert_eq!(outcome(office.patch_as(&SYSTEM, task, &patch).await), wanted, "{}", &body.to_string()[..40.min(body.to_string().len())]);
        }
        assert_eq!(office.standing().await, before);
        let none = office.patch_as(&SYSTEM, task, &PatchBody { title: Some("Order paper".to_owned()), ..PatchBody::default() }).await;
        assert_eq!(none.expect("nothing to do").act, None);
        assert_eq!(office.standing().await, before, "what is as it was is no change");
    }

    /// A field that isn’t known is called so, in whichever body; what stands in it isn’t said again, and a long name is cut.
    async fn unknown_fields_are_named(site: Site) {
        let office = Office::alpha(&site).await;
        let (task, ada) = (office.task("Order paper").await, office.member("Ada", Role::Member).await);
        let before = office.standing().await;
        for (method, path, body, field) in [
            (Method::POST, "tasks".to_owned(), json!({ "list": office.list, "title": "One", "titel": "Quiet" }), "titel"),
            (Method::POST, "tasks".to_owned(), json!({ "list": office.list, "quick": "One", "titel": "Quiet" }), "titel"),
            (Method::PATCH, format!("tasks/{task}"), json!({ "titel": "Quiet" }), "titel"),
            (Method::POST, "bulk".to_owned(), json!({ "ids": [task], "change": { "titel": "Quiet" } }), "change.titel"),
        ] {
            let refused = office.keyed(Some(&ada.cookie), method, &path, "a-key-of-a-slip", &body).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{refused:?}");
            assert_eq!(refused.json()["errors"][0]["message"], "Unknown field: titel.", "{refused:?}");
            assert!(!refused.text.contains("Quiet"), "{refused:?}");
        }
        let long = office.send(Some(&ada.cookie), Method::PATCH, &format!("tasks/{task}"), &json!({ "x".repeat(9_000): 1 })).await;
        assert!(long.status == StatusCode::UNPROCESSABLE_ENTITY && long.text.len() < 1_000, "{long:?}");
        let odd = office.send(Some(&ada.cookie), Method::PATCH, &format!("tasks/{task}"), &json!({ "title": 5 })).await;
        assert_eq!(odd.json()["errors"], json!([{ "field": "title", "message": "This isn’t of the right type." }]));
        assert_eq!(office.standing().await, before);
    }

    /// Two who change different fields both have their way; of two who change the same one, the second hears what holds now.
    async fn fields_do_not_get_in_each_others_way(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let task = office.task("Order paper").await;
        let version = Some(office.get(task).await.version);
        let title = |words: &str| PatchBody { version, title: Some(words.to_owned()), ..PatchBody::default() };
        office.patch_as(&ada.actor, task, &title("Order white paper")).await.expect("the first");
        office.patch_as(&bo.actor, task, &PatchBody { version, priority: Some(3), ..PatchBody::default() }).await.expect("another field");
        office.patch_as(&bo.actor, task, &PatchBody { version, due_day: Some(Some(TODAY.to_owned())), ..PatchBody::default() }).await.expect("another field");
        let refused = office.patch_as(&bo.actor, task, &title("Order blue paper")).await.expect_err("the same field");
        assert_eq!(refused.code, Code::Conflict);
        assert_eq!(refused.field_message("title"), Some("Order white paper"));
        let now = office.get(task).await;
        assert_eq!((refused.version, now.title.as_str(), now.priority), (Some(now.version), "Order white paper", 3));
        let decided = PatchBody { version: refused.version, ..title("Order blue paper") };
        office.patch_as(&bo.actor, task, &decided).await.expect("a deliberate second try");
        assert_eq!(office.get(task).await.title, "Order blue paper");
    }

    /// Programs are told what holds now at each field as they read it back, and people in words; whoever may not read it, only which fields those are.
    async fn what_holds_now_is_told_as_it_is_read(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let (task, label) = (office.task("Order paper").await, office.label("Clinic").await);
        let version = office.get(task).await.version;
        let body = json!({ "priority": 3, "labels": [label], "responsible": ada.user, "due_day": TODAY, "notes": "Blue" });
        let path = format!("tasks/{task}");
        let saved = office.send(Some(&ada.cookie), Method::PATCH, &path, &body).await;
        assert_eq!(saved.status, StatusCode::OK, "{saved:?}");
        let mine = json!({ "version": version, "priority": 1, "labels": [], "responsible": null, "due_day": null, "notes": "", "estimate": 5 });
        let refused = office.send(Some(&ada.cookie), Method::PATCH, &path, &mine).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
        let current = refused.json()["current"].clone();
        let now = site.get_as(&ada.cookie, &office.api(&path)).await.json();
        for field in ["priority", "labels", "responsible", "due_day", "due_time", "notes"] {
            assert_eq!(current[field], now[field], "{field}: {current}");
        }
        assert_eq!(current.as_object().map(serde_json::Map::len), Some(6), "{current}");
        let token = office.token(&["tasks.change"]).await;
        let request = Request::builder().method(Method::PATCH).uri(office.api(&path)).header(header::AUTHORIZATION, format!("Bearer {token}"));
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(mine.to_string()));
        let blind = site.send(request.expect("a request")).await;
        assert_eq!((blind.status, blind.json().get("current")), (StatusCode::CONFLICT, None), "{blind:?}");
        let list = json!({ "space": office.space, "name": "Another", "version": 9 });
        let refused = office.send(Some(&ada.cookie), Method::PUT, &format!("lists/{}", office.list), &list).await;
        assert_eq!(refused.json()["current"], json!({ "name": "First list" }), "{refused:?}");
    }

    /// At the same moment: every field that somebody changed alone stays changed, and of one that all changed one wins.
    async fn changes_at_once_are_never_lost(site: Site) {
        let office = Office::alpha(&site).await;
        let task = office.task("Order paper").await;
        let version = Some(office.get(task).await.version);
        let bodies = [
            PatchBody { title: Some("Order pens".to_owned()), ..PatchBody::default() },
            PatchBody { priority: Some(4), ..PatchBody::default() },
            PatchBody { estimate: Some(Some(45)), ..PatchBody::default() },
            PatchBody { due_day: Some(Some(TODAY.to_owned())), ..PatchBody::default() },
            PatchBody { notes: Some("Blue ones".to_owned()), ..PatchBody::default() },
        ]
        .map(|body| PatchBody { version, ..body });
        for done in join_all(bodies.iter().map(|body| office.patch_as(&SYSTEM, task, body))).await {
            done.expect("a field of its own");
        }
        let now = office.get(task).await;
        assert_eq!((now.title.as_str(), now.priority, now.estimate, now.notes.as_str()), ("Order pens", 4, Some(45), "Blue ones"));
        assert_eq!((now.due.map(|due| due.day.to_string()), now.version), (Some(TODAY.to_owned()), 6));
        let same: Vec<PatchBody> =
            (0..6).map(|n| PatchBody { version: Some(now.version), title: Some(format!("Title {n}")), ..PatchBody::default() }).collect();
        let all = join_all(same.iter().map(|body| office.patch_as(&SYSTEM, task, body))).await;
        assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1);
        assert_eq!(office.get(task).await.version, 7);
    }

    /// Right after this one, first, last, into a column: the server gives the place, and the order is what was asked.
    async fn tasks_are_put_in_order(site: Site) {
        let office = Office::alpha(&site).await;
        let [todo, doing, done] = office.statuses;
        let mut all = Vec::new();
        for title in ["One", "Two", "Three", "Four"] {
            all.push(office.task(title).await);
        }
        assert_eq!(office.titles(office.list).await, "One, Two, Three, Four");
        for (task, to, wanted) in [
            (all[3], after(None), "Four, One, Two, Three"),
            (all[3], after(Some(all[1])), "One, Two, Four, Three"),
            (all[0], MoveBody::default(), "Two, Four, Three, One"),
            (all[0], after(Some(all[0])), "Two, Four, Three, One"),
        ] {
            office.move_as(&SYSTEM, task, &to).await.expect("moved");
            assert_eq!(office.titles(office.list).await, wanted);
        }
        let column = |status: StatusId| MoveBody { column: Some(status.to_string()), after: Some(None), ..MoveBody::default() };
        office.move_as(&SYSTEM, all[0], &column(doing)).await.expect("begun");
        assert_eq!(office.titles(office.list).await, "One, Two, Four, Three");
        let now = office.get(all[0]).await;
        assert!(now.status == doing && now.started_at.is_some() && !now.is_done());
        office.move_as(&SYSTEM, all[0], &column(done)).await.expect("done");
        assert!(office.get(all[0]).await.is_done());
        office.move_as(&SYSTEM, all[0], &column(todo)).await.expect("open again");
        let now = office.get(all[0]).await;
        assert!(!now.is_done() && now.started_at.is_none() && now.completed_by.is_none());
        // Columns by other things: a person, a priority, a label, a section; and two at once.
        let ada = office.member("Ada", Role::Member).await;
        let (label, section) = (office.label("Clinic").await, office.section(office.list, "Monday").await);
        for (by, column) in [
            ("person", ada.user.to_string()),
            ("priority", "4".to_owned()),
            ("label", label.to_string()),
            ("section", section.to_string()),
        ] {
            let to = MoveBody { by: Some(by.to_owned()), column: Some(column), ..MoveBody::default() };
            office.move_as(&SYSTEM, all[1], &to).await.expect(by);
        }
        let now = office.get(all[1]).await;
        assert_eq!((now.responsible, now.priority, now.section), (Some(ada.user), 4, Some(section)));
        assert_eq!(now.labels, BTreeSet::from([label]));
        let none = |by: &str| MoveBody { by: Some(by.to_owned()), column: Some("none".to_owned()), ..MoveBody::default() };
        for by in ["person", "priority", "label", "section"] {
            office.move_as(&SYSTEM, all[1], &none(by)).await.expect(by);
        }
        let now = office.get(all[1]).await;
        assert_eq!((now.responsible, now.priority, now.section, now.labels.len()), (None, 0, None, 0));
        assert_eq!(outcome(office.move_as(&SYSTEM, all[1], &none("mood")).await), "422 by");
    }

    /// A task is a part of another, ten levels deep, and never of itself; what is a part of it comes along.
    async fn parts_come_along(site: Site) {
        let office = Office::alpha(&site).await;
        let mut chain = vec![office.task("Level 0").await];
        for level in 1..10 {
            let parent = chain[level - 1];
            chain.push(office.task_with(&format!("Level {level}"), |body| body.parent = Some(parent)).await);
        }
        let deepest = chain[9];
        assert_eq!(outcome(office.add_as(&SYSTEM, "Level 10", |body| body.parent = Some(deepest)).await), "422 parent");
        let under = |parent: Option<TaskId>| MoveBody { parent: Some(parent), ..MoveBody::default() };
        for lower in [0, 3, 9] {
            assert_eq!(outcome(office.move_as(&SYSTEM, chain[0], &under(Some(chain[lower]))).await), "409", "{lower}");
        }
        let other = office.task("Another").await;
        assert_eq!(outcome(office.move_as(&SYSTEM, chain[0], &under(Some(other))).await), "409", "its parts would lie too deep");
        office.move_as(&SYSTEM, chain[5], &under(None)).await.expect("a task of its own");
        assert_eq!((office.get(chain[5]).await.depth, office.get(chain[9]).await.depth), (0, 4));
        let card = office.card(chain[0]).await;
        assert_eq!((card.subs.1, card.depth), (1, 0));
        // To another list, with its parts, to statuses of the same kind, and into no section.
        let there = office.list_in(office.space, "Second list").await;
        let statuses = office.statuses_of(there).await;
        office.complete_as(&SYSTEM, chain[9], true).await.expect("done");
        let section = office.section(office.list, "Monday").await;
        office.patch_as(&SYSTEM, chain[5], &PatchBody { section: Some(Some(section)), ..PatchBody::default() }).await.expect("in a section");
        office.move_as(&SYSTEM, chain[5], &MoveBody { list: Some(there), ..MoveBody::default() }).await.expect("there");
        for (at, status) in [(5, statuses[0]), (7, statuses[0]), (9, statuses[2])] {
            let now = office.get(chain[at]).await;
            assert_eq!((now.list, now.status, now.section), (there, status, None), "level {at}");
        }
        assert!(office.get(chain[9]).await.is_done(), "what is done stays done");
        assert_eq!(office.titles(there).await, "Level 5, Level 6, Level 7, Level 8, Level 9");
        assert_eq!(outcome(office.move_as(&SYSTEM, chain[5], &under(Some(other))).await), "422 parent", "it is in another list");
    }

    /// How far a task has come is one figure wherever it stands: of what is below it and has no parts itself, however deep. Whoever looks at a list is told, too,
    /// where that changed far below.
    async fn progress_is_one_figure(site: Site) {
        let office = Office::alpha(&site).await;
        let within = async |title: &str, parent: TaskId| office.task_with(title, |body| body.parent = Some(parent)).await;
        let whole = office.task("Move in").await;
        let (room, keys) = (within("Room", whole).await, within("Keys", whole).await);
        let (desk, chair) = (within("Desk", room).await, within("Chair", room).await);
        let cookie = site.log_in("alpha").await;
        let figures = async |of: TaskId| {
            let page = task_view::page(&site.platform, &office.owner(), "alpha", &of.to_string()).await.expect("the page");
            let card = office.card(of).await;
            assert_eq!(page.progress, card.subs);
            let path = office.api(&format!("tasks/{of}"));
            assert_eq!(site.get_as(&cookie, &path).await.json()["subs"], json!([card.subs.0, card.subs.1]));
            card.subs
        };
        assert_eq!((figures(whole).await, figures(room).await, figures(desk).await), (Progress(0, 3), Progress(0, 2), Progress(0, 0)));
        let before = office.get(whole).await.touched;
        office.complete_as(&SYSTEM, desk, true).await.expect("done");
        assert_eq!(figures(whole).await, Progress(1, 3));
        assert!(office.get(whole).await.touched > before, "its card is read again");
        office.trash_as(&SYSTEM, keys).await.expect("thrown away");
        office.complete_as(&SYSTEM, chair, true).await.expect("done");
        assert_eq!((figures(whole).await, office.get(room).await.is_done()), (Progress(2, 2), false));
    }

    /// Where everyone on a task completes it, and the last who hadn’t done their part is taken off, it is completed by that: in the same act, by whichever way.
    /// Where nobody is left it stays open.
    async fn who_is_taken_off_holds_nothing_up(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo, boss) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await, office.member("Cy", Role::Manager).await);
        let both = vec![ada.user, bo.user];
        let every = office.task_with("Everyone", |body| (body.people, body.completes) = (both.clone(), Some(Completes::Everyone))).await;
        let left = |people: &[UserId]| PatchBody { people: Some(people.to_vec()), ..PatchBody::default() };
        office.patch_as(&boss.actor, every, &left(&[ada.user])).await.expect("nobody has done theirs");
        assert!(!office.get(every).await.is_done());
        office.patch_as(&boss.actor, every, &left(&both)).await.expect("both again");
        office.complete_as(&ada.actor, every, true).await.expect("her part");
        let done = office.patch_as(&boss.actor, every, &left(&[ada.user])).await.expect("he is off it");
        let now = office.get(every).await;
        assert_eq!((now.is_done(), now.status, now.completed_by), (true, office.statuses[2], Some(boss.user)));
        office.undo_as(&boss.actor, done.act.expect("an act")).await.expect("undone");
        let now = office.get(every).await;
        assert_eq!((now.is_done(), now.people.len()), (false, 2));
        office.patch_as(&boss.actor, every, &left(&[])).await.expect("nobody");
        assert!(!office.get(every).await.is_done(), "nobody is left to have done it");

        let every = office.task_with("Everyone", |body| (body.people, body.completes) = (both.clone(), Some(Completes::Everyone))).await;
        office.complete_as(&ada.actor, every, true).await.expect("her part");
        handover::hand_over(&site.platform, &boss.actor, "alpha", bo.user, handover::To::Nobody).await.expect("handed over");
        assert!(office.get(every).await.is_done());
    }

    /// Whoever did their own part and asks again with the same key is told the same: who is left.
    async fn who_is_left_is_answered_again(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let every = office
            .task_with("Everyone", |body| (body.people, body.completes) = (vec![ada.user, bo.user], Some(Completes::Everyone)))
            .await;
        let path = format!("tasks/{every}/complete");
        let ask = async |key: &str| office.post(Some(&ada.cookie), &path, key, &json!({ "done": true })).await.json();
        for key in ["a-key-of-her-part", "a-key-of-once-more"] {
            let (first, second) = (ask(key).await, ask(key).await);
            assert_eq!((&first["left"], &first["note"]), (&json!([bo.user]), &second["note"]), "{first} {second}");
            assert_eq!((&first["left"], &first["act"]), (&second["left"], &second["act"]), "{first} {second}");
        }
    }

    /// One of them completes it for all; or each does their part, and the last one the whole.
    async fn any_one_or_everyone_completes(site: Site) {
        let office = Office::alpha(&site).await;
        let people = [office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await, office.member("Cy", Role::Manager).await];
        let dee = office.member("Dee", Role::Member).await;
        let users: Vec<UserId> = people.iter().map(|one| one.user).collect();
        let any = office.task_with("Any", |body| body.people.clone_from(&users)).await;
        office.complete_as(&dee.actor, any, true).await.expect("anybody may");
        let now = office.get(any).await;
        assert_eq!((now.is_done(), now.completed_by), (true, Some(dee.user)));
        office.complete_as(&dee.actor, any, false).await.expect("open again");
        assert!(!office.get(any).await.is_done());

        let every = office
            .task_with("Everyone", |body| {
                (body.people, body.completes) = (users[1..].to_vec(), Some(Completes::Everyone));
                body.responsible = Some(users[0]);
            })
            .await;
        assert_eq!(outcome(office.complete_as(&dee.actor, every, true).await), "403", "she isn’t on it");
        for (at, one) in people.iter().enumerate() {
            assert!(!office.get(every).await.is_done(), "{at} have done theirs");
            office.complete_as(&one.actor, every, true).await.expect("their part");
        }
        let now = office.get(every).await;
        assert!(now.is_done() && now.people.len() == 3 && now.people.iter().all(|one| one.done_at.is_some()));
        office.complete_as(&people[0].actor, every, false).await.expect("open again");
        assert!(office.get(every).await.people.iter().all(|one| one.done_at.is_none()), "everybody anew");
        office.complete_as(&SYSTEM, every, true).await.expect("who organises completes the whole");
        assert!(office.get(every).await.is_done());
    }

    /// To where it is completed: whoever is on a task that everyone completes does their part, however they say so, and it stays where it was until the last
    /// one did. Whoever isn’t on it completes it for nobody by that; who organises does by the act for it.
    async fn a_move_to_done_is_ones_own_part(site: Site) {
        let office = Office::alpha(&site).await;
        let people = [office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await, office.member("Cy", Role::Manager).await];
        let (dee, boss) = (office.member("Dee", Role::Member).await, office.member("Em", Role::Manager).await);
        let users: Vec<UserId> = people.iter().map(|one| one.user).collect();
        let [_, doing, done] = office.statuses;
        let every = office
            .task_with("Everyone", |body| {
                (body.people, body.completes) = (users[1..].to_vec(), Some(Completes::Everyone));
                (body.responsible, body.status) = (Some(users[0]), Some(doing));
            })
            .await;
        let other = office.task("Any one").await;
        let column = |column: StatusId| MoveBody { by: Some("status".to_owned()), column: Some(column.to_string()), after: Some(None), ..MoveBody::default() };
        let version = Some(office.get(every).await.version);
        let to_done = PatchBody { version, status: Some(done), priority: Some(3), ..PatchBody::default() };
        // A row can be a status as well.
        let by_row = MoveBody { lanes: Some("status".to_owned()), lane: Some(done.to_string()), ..MoveBody::default() };
        let before = office.standing().await;
        for outsider in [&dee.actor, &boss.actor, &SYSTEM] {
            for to in [&column(done), &by_row] {
                assert_eq!(outcome(office.move_as(outsider, every, to).await), "403");
            }
            assert_eq!(outcome(office.patch_as(outsider, every, &to_done).await), "403");
        }
        let refused = office.move_as(&boss.actor, every, &column(done)).await.expect_err("not by the way");
        assert!(refused.message.contains("Person ada-alpha") && refused.message.contains("“Complete”"), "{refused:?}");
        assert_eq!(office.standing().await, before);

        let was = office.get(every).await;
        let left = |done: &tasks::Done| done.left.iter().map(|(user, _)| *user).collect::<BTreeSet<_>>();
        let first = office.move_as(&people[0].actor, every, &column(done)).await.expect("her part");
        assert_eq!(left(&first), users[1..].iter().copied().collect());
        let now = office.get(every).await;
        assert_eq!((now.status, &now.position, now.is_done()), (doing, &was.position, false), "it stayed where it was");
        assert!(now.people.iter().all(|one| one.done_at.is_some() == (one.user == users[0])));
        let again = office.move_as(&people[0].actor, every, &by_row).await.expect("it is done already");
        assert_eq!((again.act, left(&again)), (None, left(&first)));
        office.undo_as(&people[0].actor, first.act.expect("an act")).await.expect("undone");
        assert!(office.get(every).await.people.iter().all(|one| one.done_at.is_none()));
        office.move_as(&people[0].actor, every, &column(done)).await.expect("once more");
        // Who read it before that gets in nobody’s way.
        let second = office.patch_as(&people[1].actor, every, &to_done).await.expect("his part, and more");
        assert_eq!(left(&second), BTreeSet::from([users[2]]));
        let now = office.get(every).await;
        assert_eq!((now.status, now.priority, now.is_done()), (doing, 3, false));
        let last = office.move_as(&people[2].actor, every, &column(done)).await.expect("the last");
        let now = office.get(every).await;
        assert!(last.left.is_empty() && now.is_done() && now.status == done && now.people.iter().all(|one| one.done_at.is_some()));
        office.move_as(&dee.actor, every, &column(doing)).await.expect("anybody opens it again");
        assert!(office.get(every).await.people.iter().all(|one| one.done_at.is_none()), "everybody anew");
        office.complete_as(&boss.actor, every, true).await.expect("for all, by the act for it");
        assert!(office.get(every).await.is_done());
        office.move_as(&dee.actor, other, &column(done)).await.expect("any one does");
        assert!(office.get(other).await.is_done());

        // Programs and the script are told in the answer; another business finds nothing there.
        office.complete_as(&SYSTEM, every, false).await.expect("open again");
        let path = format!("tasks/{every}/move");
        let body = json!({ "by": "status", "column": done });
        let told = office.send(Some(&people[0].cookie), Method::POST, &path, &body).await;
        assert_eq!((told.status, &told.json()["left"]), (StatusCode::OK, &json!(office.get(every).await.people.iter().filter(|one| one.user != users[0]).map(|one| one.user).collect::<Vec<_>>())), "{told:?}");
        assert!(told.json()["note"].as_str().is_some_and(|note| note.contains("Your part is done.") && note.contains("Person bo-alpha")), "{told:?}");
        assert_eq!(told.json()["card"]["done"], json!(false));
        let stranger = Office::beta(&site).await.member("Wes", Role::Admin).await;
        assert_eq!(office.send(Some(&stranger.cookie), Method::POST, &path, &body).await.status, StatusCode::NOT_FOUND);
    }

    /// However much lies in the trash, and in whosever: once it is emptied, nothing is left that has been there for 30 days, and all else is.
    async fn the_trash_is_emptied_to_the_end(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let ids = many(&office, office.list, 450).await;
        let away = BulkBody { ids, change: PatchBody::default(), done: None, list: None, trash: true };
        tasks::bulk(&site.platform, &SYSTEM, office.slug, &away, None).await.expect("thrown away");
        site.advance(60);
        let theirs = other.task("Theirs").await;
        other.trash_as(&SYSTEM, theirs).await.expect("thrown away");
        site.advance(31 * 24 * 60 * 60);
        let fresh = office.task("Fresh").await;
        office.trash_as(&SYSTEM, fresh).await.expect("thrown away");
        trash::empty(&site.platform).await.expect("emptied");
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let (left,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_tasks WHERE trashed_at IS NOT NULL").expect("a count");
        assert_eq!(left, 1, "what was thrown away just now");
    }

    /// A program that may change tasks and not read them reads nothing by changing: neither by changing nothing, nor by what others changed meanwhile.
    async fn changing_is_not_reading(site: Site) {
        let office = Office::alpha(&site).await;
        let task = office.task_with("Quokka orders", |body| "Quiet words".clone_into(&mut body.notes)).await;
        let (changing, both) = (office.token(&[permissions::CHANGE.name]).await, office.token(&[permissions::VIEW.name, permissions::CHANGE.name]).await);
        let send = async |token: &str, method: Method, path: &str, body: &serde_json::Value| {
            let request = Request::builder().method(method).uri(office.api(path)).header(header::AUTHORIZATION, format!("Bearer {token}"));
            let request = request.header(header::CONTENT_TYPE, "application/json").header("idempotency-key", ids::fresh(site.platform.clock.now()).to_string());
            site.send_as_it_is(request.body(Body::from(body.to_string())).expect("a request")).await
        };
        let path = format!("tasks/{task}");
        assert!(!send(&changing, Method::GET, &path, &json!({})).await.status.is_success());
        let read = send(&both, Method::PATCH, &path, &json!({})).await;
        assert_eq!((read.status, &read.json()["card"]["title"]), (StatusCode::OK, &json!("Quokka orders")), "{read:?}");
        for (method, path, body) in [
            (Method::PATCH, path.clone(), json!({})),
            (Method::PATCH, path.clone(), json!({ "priority": 2 })),
            (Method::POST, format!("{path}/move"), json!({ "after": null })),
            (Method::POST, format!("{path}/complete"), json!({ "done": true })),
            (Method::POST, "bulk".to_owned(), json!({ "ids": [task], "change": { "priority": 3 } })),
            (Method::POST, format!("{path}/checks"), json!({ "words": "Ring them" })),
        ] {
            let told = send(&changing, method.clone(), &path, &body).await;
            assert!(told.status.is_success(), "{method} {path}: {told:?}");
            let version = office.get(task).await.version;
            let said = told.json();
            assert_eq!((&said["card"], &said["cards"]), (&json!(null), &json!([])), "{method} {path}: {said}");
            assert_eq!(said["versions"], json!([{ "id": task, "version": version }]), "{method} {path}");
            assert!(!told.text.contains("Quokka") && !told.text.contains("Quiet"), "{told:?}");
        }
        let late = send(&changing, Method::PATCH, &path, &json!({ "version": 1, "priority": 4 })).await;
        assert_eq!((late.status, late.fields()), (StatusCode::CONFLICT, vec!["priority".to_owned()]), "{late:?}");
        assert_eq!(late.json()["errors"][0]["message"], json!("It is something else now."));
        office.patch_as(&SYSTEM, task, &PatchBody { title: Some("Numbat orders".to_owned()), ..PatchBody::default() }).await.expect("renamed");
        let late = send(&changing, Method::PATCH, &path, &json!({ "version": 1, "title": "x" })).await;
        assert!(late.status == StatusCode::CONFLICT && !late.text.contains("Numbat"), "{late:?}");
        let added = send(&changing, Method::POST, "tasks", &json!({ "list": office.list, "title": "New" })).await;
        assert_eq!((added.status, added.json()["versions"].as_array().map(Vec::len)), (StatusCode::CREATED, Some(1)), "{added:?}");
        // What is understood of a line names people and lists.
        let line = json!({ "list": office.list, "quick": "Ring them fri 3pm" });
        let (told, kept) = (send(&both, Method::POST, "tasks?read", &line).await, send(&changing, Method::POST, "tasks?changed", &line).await);
        assert!(told.status == StatusCode::CREATED && told.json()["understood"].is_string(), "{told:?}");
        assert!(kept.status == StatusCode::CREATED && kept.json()["understood"].is_null(), "{kept:?}");
    }

    /// Thrown away with what is a part of it, and taken out with that: what was thrown away before stays there.
    async fn the_trash_keeps_trees_together(site: Site) {
        let office = Office::alpha(&site).await;
        let root = office.task("Root").await;
        let first = office.task_with("First", |body| body.parent = Some(root)).await;
        let second = office.task_with("Second", |body| body.parent = Some(root)).await;
        let leaf = office.task_with("Leaf", |body| body.parent = Some(second)).await;
        office.trash_as(&SYSTEM, first).await.expect("thrown away");
        office.trash_as(&SYSTEM, root).await.expect("thrown away");
        assert_eq!(office.titles(office.list).await, "");
        assert_eq!(office.trash_as(&SYSTEM, root).await.expect("it is there already").act, None);
        assert_eq!(outcome(office.patch_as(&SYSTEM, leaf, &PatchBody { priority: Some(1), ..PatchBody::default() }).await), "409");
        assert_eq!(outcome(office.complete_as(&SYSTEM, leaf, true).await), "409");
        assert_eq!(outcome(office.add_as(&SYSTEM, "New", |body| body.parent = Some(root)).await), "409");
        assert_eq!(outcome(office.restore_as(&SYSTEM, leaf).await), "409", "what it is a part of is there, too");
        let out = office.restore_as(&SYSTEM, root).await.expect("taken out");
        assert_eq!(out.tasks.len(), 3);
        assert_eq!(office.titles(office.list).await, "Root, Second, Leaf");
        office.restore_as(&SYSTEM, first).await.expect("taken out");
        assert_eq!(office.titles(office.list).await, "Root, First, Second, Leaf");
    }

    /// Five hundred at once: all of them or none, and one act that undoes them all.
    async fn many_are_changed_as_one(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let ids = many(&office, office.list, 500).await;
        let (_, _, hidden) = office.private("Secret", &[]).await;
        let secret = office.task_with("Secret", |body| body.list = hidden).await;
        let label = office.label("Clinic").await;
        let change = PatchBody { priority: Some(3), add_labels: Some(BTreeSet::from([label])), ..PatchBody::default() };
        let body = |ids: Vec<TaskId>| BulkBody { ids, change: change.clone(), done: Some(true), list: None, trash: false };
        let run = async |body: &BulkBody| tasks::bulk(&site.platform, &ada.actor, office.slug, body, None).await;
        let gone = office.task("Gone").await;
        office.trash_as(&ada.actor, gone).await.expect("thrown away");
        let before = office.standing().await;
        let refused = run(&body(vec![ids[0], gone])).await.expect_err("one is in the trash");
        let named = format!("T-{}: This task is in the trash. Restore it first.", office.get(gone).await.number);
        assert_eq!(refused.message, named, "and said is which");
        let mut forbidden = ids[..499].to_vec();
        forbidden.push(secret);
        assert_eq!(outcome(run(&body(forbidden)).await), "404");
        let mut more = ids.clone();
        more.push(TaskId(Uuid::nil()));
        assert_eq!(outcome(run(&body(more)).await), "422 ids");
        assert_eq!(outcome(run(&body(Vec::new())).await), "422 ids");
        let titled = BulkBody { change: PatchBody { title: Some("Same".to_owned()), ..PatchBody::default() }, ..body(ids.clone()) };
        assert_eq!(outcome(run(&titled).await), "422 change");
        assert_eq!(office.standing().await, before, "nothing was changed");

        let done = run(&body(ids.clone())).await.expect("all of them");
        assert_eq!(done.tasks.len(), 500);
        for id in [ids[0], ids[250], ids[499]] {
            let now = office.get(id).await;
            assert!(now.is_done() && now.priority == 3 && now.labels.contains(&label));
        }
        office.undo_as(&ada.actor, done.act.expect("an act")).await.expect("undone");
        for id in [ids[0], ids[250], ids[499]] {
            let now = office.get(id).await;
            assert!(!now.is_done() && now.priority == 0 && now.labels.is_empty());
        }
        // To another list and done, in one: what changes twice is undone as once.
        let there = office.list_in(office.space, "Second list").await;
        let moved = BulkBody { ids: ids[..3].to_vec(), change: PatchBody::default(), done: Some(true), list: Some(there), trash: false };
        let act = run(&moved).await.expect("moved and done").act.expect("an act");
        assert!(office.get(ids[0]).await.is_done() && office.get(ids[0]).await.list == there);
        office.undo_as(&ada.actor, act).await.expect("undone");
        let now = office.get(ids[0]).await;
        assert!(!now.is_done() && now.list == office.list && now.status == office.statuses[0]);
        let away = BulkBody { ids: ids[..2].to_vec(), change: PatchBody::default(), done: None, list: None, trash: true };
        let act = run(&away).await.expect("thrown away").act.expect("an act");
        assert!(office.get(ids[1]).await.trashed_at.is_some());
        office.undo_as(&ada.actor, act).await.expect("undone");
        assert!(office.get(ids[1]).await.trashed_at.is_none());
    }

    /// Everything that somebody does can be undone, by them or by who organises; not where somebody has changed it since, and not twice.
    async fn acts_are_undone(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let boss = office.member("Cy", Role::Manager).await;
        let task = office.task("Order paper").await;
        let parent = office.task("Parent").await;
        let there = office.list_in(office.space, "Second list").await;
        let was = office.get(task).await;
        let title = |words: &str| PatchBody { title: Some(words.to_owned()), ..PatchBody::default() };
        let acts = [
            office.patch_as(&ada.actor, task, &title("Order pens")).await,
            office.patch_as(&ada.actor, task, &PatchBody { people: Some(vec![bo.user]), due_day: Some(Some(TODAY.to_owned())), ..PatchBody::default() }).await,
            office.complete_as(&ada.actor, task, true).await,
            office.move_as(&ada.actor, task, &MoveBody { parent: Some(Some(parent)), ..MoveBody::default() }).await,
            office.move_as(&ada.actor, task, &MoveBody { list: Some(there), ..MoveBody::default() }).await,
            office.trash_as(&ada.actor, task).await,
        ]
        .map(|done| done.expect("done").act.expect("an act"));
        assert_eq!(outcome(office.undo_as(&bo.actor, acts[5]).await), "403", "it was Ada’s");
        for (at, act) in acts.iter().enumerate().rev() {
            let who = if at % 2 == 0 { &boss.actor } else { &ada.actor };
            office.undo_as(who, *act).await.unwrap_or_else(|error| panic!("{at}: {error:?}"));
        }
        let now = office.get(task).await;
        for field in app::modules::tasks::task::Field::ALL {
            assert!(now.value(field) == was.value(field) || field == app::modules::tasks::task::Field::Place, "{field:?}");
        }
        assert_eq!((now.list, now.parent, now.depth), (was.list, None, 0));
        let before = office.standing().await;
        assert_eq!(office.undo_as(&ada.actor, acts[0]).await.expect("it was undone"), None);
        assert_eq!(office.standing().await, before);

        // Changed again since: all or nothing of it is left.
        let both = PatchBody { priority: Some(2), ..title("Order ink") };
        let act = office.patch_as(&ada.actor, task, &both).await.expect("changed").act.expect("an act");
        office.patch_as(&bo.actor, task, &title("Order toner")).await.expect("changed again");
        let before = office.standing().await;
        assert_eq!(outcome(office.undo_as(&ada.actor, act).await), "409");
        assert_eq!(office.standing().await, before);
        assert_eq!(office.get(task).await.priority, 2);

        // That it was added: it goes to the trash. And undoing that brings it back.
        let (done, made) = tasks::add(&site.platform, &ada.actor, office.slug, &add_body(office.list, "New"), None).await.expect("added");
        let undone = office.undo_as(&ada.actor, done.act.expect("an act")).await.expect("undone").expect("an act of its own");
        assert!(office.get(made).await.trashed_at.is_some());
        office.undo_as(&ada.actor, undone).await.expect("done after all");
        assert!(office.get(made).await.trashed_at.is_none());
    }

    /// Undoing leaves every task where what it is a part of is: nothing becomes a part of itself, or stays outside the trash below what is in it.
    async fn undoing_leaves_no_tangle(site: Site) {
        let office = Office::alpha(&site).await;
        let (one, other) = (office.task("One").await, office.task("Other").await);
        let under = |parent: Option<TaskId>| MoveBody { parent: Some(parent), ..MoveBody::default() };
        let refused = async |act: Option<ActId>| {
            let before = office.standing().await;
            assert_eq!(outcome(office.undo_as(&SYSTEM, act.expect("an act")).await), "409");
            assert_eq!(office.standing().await, before, "nothing was changed");
        };
        // Each would be a part of the other.
        office.move_as(&SYSTEM, one, &under(Some(other))).await.expect("below it");
        let out = office.move_as(&SYSTEM, one, &under(None)).await.expect("a task of its own");
        office.move_as(&SYSTEM, other, &under(Some(one))).await.expect("the other way round");
        refused(out.act).await;
        // What was added has a part that somebody else made.
        let (added, whole) = tasks::add(&site.platform, &SYSTEM, office.slug, &add_body(office.list, "Whole"), None).await.expect("added");
        let part = office.task_with("Part", |body| body.parent = Some(whole)).await;
        refused(added.act).await;
        // What was moved to another list has a part that was made there.
        let there = office.list_in(office.space, "Second list").await;
        let moved = office.move_as(&SYSTEM, whole, &MoveBody { list: Some(there), ..MoveBody::default() }).await.expect("there");
        let late = office
            .task_with("Late", |body| {
                (body.list, body.parent) = (there, Some(whole));
            })
            .await;
        refused(moved.act).await;
        // A part that was thrown away before the whole was.
        let gone = office.trash_as(&SYSTEM, part).await.expect("thrown away");
        let all = office.trash_as(&SYSTEM, whole).await.expect("thrown away");
        refused(gone.act).await;
        office.undo_as(&SYSTEM, all.act.expect("an act")).await.expect("the whole first");
        office.undo_as(&SYSTEM, gone.act.expect("an act")).await.expect("and then the part");
        assert_eq!(office.titles(there).await, "Whole, Part, Late");
        // Even what lies outside the trash below what is in it keeps nothing from being deleted.
        let stray = office
            .task_with("Stray", |body| {
                (body.list, body.parent) = (there, Some(whole));
            })
            .await;
        office.trash_as(&SYSTEM, whole).await.expect("thrown away for good");
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE tasks_tasks SET trashed_at = NULL, trashed_with = NULL WHERE id = $1", stray).expect("taken out by hand");
        tx.commit().await.expect("a commit");
        site.set_clock("2027-01-15T00:00:00Z");
        trash::empty(&site.platform).await.expect("emptied");
        let mut tx = office.opened(Access::Read).await;
        for gone in [whole, part, late] {
            assert!(store::task(&mut tx, gone).await.expect("read").is_none());
        }
        let left = store::task(&mut tx, stray).await.expect("read").expect("it is there");
        assert_eq!((left.parent_id, left.depth), (None, 0));
    }

    /// Of many that go to another list what others are a part of goes first, and they stay in order, even where all places there are given out anew meanwhile.
    async fn many_keep_their_order_and_their_parts(site: Site) {
        let office = Office::alpha(&site).await;
        // Made before what it is a part of.
        let part = office.task("Part").await;
        let (last, whole) = (office.task("Last").await, office.task("Whole").await);
        office.move_as(&SYSTEM, last, &after(Some(whole))).await.expect("behind it");
        office.move_as(&SYSTEM, part, &MoveBody { parent: Some(Some(whole)), ..MoveBody::default() }).await.expect("below it");
        let there = office.list_in(office.space, "Second list").await;
        let old = office.task_with("Old", |body| body.list = there).await;
        // There is one place more behind it before keys are too long.
        let position = format!("{}yzzzzzzz", "z".repeat(40));
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE tasks_tasks SET position = $1 WHERE id = $2", position.as_str(), old).expect("far behind");
        tx.commit().await.expect("a commit");
        let change = PatchBody { priority: Some(3), ..PatchBody::default() };
        let body = BulkBody { ids: vec![part, last, whole], change, done: None, list: Some(there), trash: false };
        let done = tasks::bulk(&site.platform, &SYSTEM, office.slug, &body, None).await.expect("all of them");
        assert_eq!(office.titles(there).await, "Old, Whole, Part, Last");
        let now = office.get(part).await;
        assert_eq!((now.parent, now.depth, now.priority), (Some(whole), 1, 3));
        assert!(office.get(old).await.position.len() < 10, "places were given out anew");
        office.undo_as(&SYSTEM, done.act.expect("an act")).await.expect("undone");
        assert_eq!(office.titles(there).await, "Old");
        assert_eq!(office.get(part).await.parent, Some(whole));
    }

    /// What would be a part of nothing is refused, and nobody else’s work with it: what was said to be done is there, and whoever is told to try again can.
    async fn a_part_of_nothing_takes_nobody_along(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let part = office.task("Part").await;
        let breaks = async || {
            let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
            let nothing = TaskId(Uuid::max());
            platform_sql!(exec, &mut tx, "UPDATE tasks_tasks SET parent_id = $1, depth = 1 WHERE id = $2", nothing, part).expect("it is looked at later");
            let refused = tx.commit().await;
            assert!(matches!(refused, Err(DbError::Missing)), "{refused:?}");
        };
        let adds = async |number: usize| {
            let body = json!({ "list": office.list, "title": format!("Task {number}") });
            for _ in 0..20 {
                let made = office.post(Some(&ada.cookie), "tasks", &format!("task-number-{number}"), &body).await;
                if made.status == StatusCode::CREATED {
                    return;
                }
                assert_eq!(made.status, StatusCode::SERVICE_UNAVAILABLE, "{made:?}");
            }
            panic!("task {number} was never added");
        };
        for round in 0..5 {
            join(join_all((0..8).map(|number| adds(8 * round + number))), breaks()).await;
        }
        let titles = office.titles(office.list).await;
        let mut found: Vec<&str> = titles.split(", ").collect();
        found.sort_unstable();
        let mut wanted: Vec<String> = (0..40).map(|number| format!("Task {number}")).chain(["Part".to_owned()]).collect();
        wanted.sort_unstable();
        assert_eq!(found, wanted);
        assert_eq!(office.get(part).await.parent, None);
    }

    /// Labels that are put on one by one go together with others’; and whatever way a task is opened again, everybody does their part anew.
    async fn labels_and_parts_of_several(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (clinic, shop) = (office.label("Clinic").await, office.label("Shop").await);
        let task = office
            .task_with("Order paper", |body| {
                (body.people, body.completes) = (vec![ada.user, bo.user], Some(Completes::Everyone));
            })
            .await;
        let version = Some(office.get(task).await.version);
        let with = |label: LabelId| PatchBody { version, add_labels: Some(BTreeSet::from([label])), ..PatchBody::default() };
        office.patch_as(&ada.actor, task, &with(clinic)).await.expect("hers");
        office.patch_as(&bo.actor, task, &with(shop)).await.expect("and his");
        assert_eq!(office.get(task).await.labels, BTreeSet::from([clinic, shop]));
        let all = PatchBody { version, labels: Some(BTreeSet::from([shop])), ..PatchBody::default() };
        assert_eq!(outcome(office.patch_as(&bo.actor, task, &all).await), "409 labels");
        for one in [&ada, &bo] {
            office.complete_as(&one.actor, task, true).await.expect("their part");
        }
        assert!(office.get(task).await.is_done());
        let open = PatchBody { status: Some(office.statuses[1]), ..PatchBody::default() };
        office.patch_as(&ada.actor, task, &open).await.expect("under way again");
        assert!(office.get(task).await.people.iter().all(|one| one.done_at.is_none()), "everybody anew");
    }

    /// Whatever id of another organisation, or of a space that isn’t theirs, somebody sends, wherever it stands: it isn’t there, and nothing is written.
    async fn what_is_anothers_is_not_there(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let ada = office.member("Ada", Role::Member).await;
        let mine = office.task("Mine").await;
        let second = office.list_in(office.space, "Second list").await;
        let far = office.task_with("Far", |body| body.list = second).await;
        let theirs = other.task("Theirs").await;
        let wes = other.member("Wes", Role::Member).await;
        let (label, team, section) = (other.label("Theirs").await, other.team("Theirs", &[wes.user]).await, other.section(other.list, "Theirs").await);
        let (_, _, hidden) = office.private("Secret", &[]).await;
        let secret = office.task_with("Secret", |body| body.list = hidden).await;
        let hidden_section = office.section(hidden, "Secret").await;
        let near_section = office.section(second, "Near").await;
        let before = (office.standing().await, other.standing().await);
        let add = async |more: &dyn Fn(&mut tasks::AddBody)| {
            let mut body = add_body(office.list, "New");
            more(&mut body);
            outcome(tasks::add(&site.platform, &ada.actor, office.slug, &body, None).await)
        };
        for list in [other.list, hidden, ListId(Uuid::nil())] {
            assert_eq!(add(&|body| body.list = list).await, "404");
        }
        for status in [other.statuses[0], office.statuses_of(second).await[0], StatusId(Uuid::nil())] {
            assert_eq!(add(&|body| body.status = Some(status)).await, "404");
            let patch = PatchBody { status: Some(status), ..PatchBody::default() };
            assert_eq!(outcome(office.patch_as(&ada.actor, mine, &patch).await), "404");
        }
        for section in [section, hidden_section, near_section, SectionId(Uuid::nil())] {
            assert_eq!(add(&|body| body.section = Some(section)).await, "404");
            let patch = PatchBody { section: Some(Some(section)), ..PatchBody::default() };
            assert_eq!(outcome(office.patch_as(&ada.actor, mine, &patch).await), "404");
        }
        for parent in [theirs, secret, TaskId(Uuid::nil())] {
            assert_eq!(add(&|body| body.parent = Some(parent)).await, "404");
            assert_eq!(add(&|body| body.after = Some(Some(parent))).await, "404");
            for to in [MoveBody { parent: Some(Some(parent)), ..MoveBody::default() }, after(Some(parent))] {
                assert_eq!(outcome(office.move_as(&ada.actor, mine, &to).await), "404", "{to:?}");
            }
        }
        assert_eq!(add(&|body| body.after = Some(Some(far))).await, "404", "a neighbour in another list");
        for user in [wes.user, other.owner, UserId(Uuid::nil())] {
            assert_eq!(add(&|body| body.responsible = Some(user)).await, "404");
            assert_eq!(add(&|body| body.people = vec![ada.user, user]).await, "404");
            for patch in [
                PatchBody { responsible: Some(Some(user)), ..PatchBody::default() },
                PatchBody { people: Some(vec![ada.user, user]), ..PatchBody::default() },
            ] {
                assert_eq!(outcome(office.patch_as(&ada.actor, mine, &patch).await), "404", "{patch:?}");
            }
        }
        for team in [team, TeamId(Uuid::nil())] {
            assert_eq!(add(&|body| body.team = Some(team)).await, "404");
            let patch = PatchBody { team: Some(Some(team)), ..PatchBody::default() };
            assert_eq!(outcome(office.patch_as(&ada.actor, mine, &patch).await), "404");
        }
        for label in [label, LabelId(Uuid::nil())] {
            assert_eq!(add(&|body| body.labels = BTreeSet::from([label])).await, "404");
            for patch in [
                PatchBody { labels: Some(BTreeSet::from([label])), ..PatchBody::default() },
                PatchBody { add_labels: Some(BTreeSet::from([label])), ..PatchBody::default() },
                PatchBody { remove_labels: Some(BTreeSet::from([label])), priority: Some(4), ..PatchBody::default() },
            ] {
                assert_eq!(outcome(office.patch_as(&ada.actor, mine, &patch).await), "404", "{patch:?}");
            }
        }
        for list in [other.list, hidden] {
            assert_eq!(outcome(office.move_as(&ada.actor, mine, &MoveBody { list: Some(list), ..MoveBody::default() }).await), "404");
        }
        for task in [theirs, secret, TaskId(Uuid::nil())] {
            assert_eq!(outcome(office.patch_as(&ada.actor, task, &PatchBody { priority: Some(1), ..PatchBody::default() }).await), "404");
            assert_eq!(outcome(office.move_as(&ada.actor, task, &after(None)).await), "404");
            assert_eq!(outcome(office.complete_as(&ada.actor, task, true).await), "404");
            assert_eq!(outcome(office.trash_as(&ada.actor, task).await), "404");
            assert_eq!(outcome(office.restore_as(&ada.actor, task).await), "404");
            let bulk = BulkBody { ids: vec![mine, task], change: PatchBody::default(), done: Some(true), list: None, trash: false };
            assert_eq!(outcome(tasks::bulk(&site.platform, &ada.actor, office.slug, &bulk, None).await), "404");
        }
        assert_eq!(outcome(other.patch_as(&ada.actor, theirs, &PatchBody::default()).await), "404", "at their address");
        assert_eq!(outcome(office.undo_as(&ada.actor, ActId(Uuid::nil())).await), "404");
        assert_eq!((office.standing().await, other.standing().await), before, "nothing was written, and nothing is told");
    }

    /// What is in a space of a team is for it and the admins; for everybody else it isn’t there, and they can’t be put on it.
    async fn a_team_s_space_is_its_own(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Manager).await);
        let (_, _, hidden) = office.private("Secret", &[ada.user]).await;
        let task = office.add_as(&SYSTEM, "Secret", |body| body.list = hidden).await.expect("hers");
        let added = tasks::add(&site.platform, &ada.actor, office.slug, &add_body(hidden, "Again"), None).await.expect("hers");
        let on_it = PatchBody { responsible: Some(Some(bo.user)), ..PatchBody::default() };
        assert_eq!(outcome(office.patch_as(&ada.actor, task, &on_it).await), "422 responsible", "he can’t see it");
        let path = format!("tasks/{task}");
        for (cookie, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&bo.cookie), StatusCode::NOT_FOUND), (Some(&ada.cookie), StatusCode::OK)] {
            let said = office.send(cookie.map(String::as_str), Method::GET, &path, &json!({})).await;
            assert_eq!(said.status, status, "{said:?}");
            assert_eq!(said.text.contains("Secret"), status == StatusCode::OK);
        }
        assert_eq!(outcome(office.undo_as(&bo.actor, added.0.act.expect("an act")).await), "404", "what was done there");
        office.complete_as(&office.owner(), task, true).await.expect("an admin sees it");
        let looking = office.token(&[permissions::VIEW.name]).await;
        let all = office.token(&[permissions::VIEW.name, permissions::SET_UP.name]).await;
        for (token, status) in [(&looking, StatusCode::NOT_FOUND), (&all, StatusCode::OK)] {
            assert_eq!(site.bearer(token, &office.api(&path)).await.status, status);
        }
        // From a list that everybody sees into it, with somebody on it who wouldn't any more.
        let open = office.task_with("Open", |body| body.responsible = Some(bo.user)).await;
        let to = MoveBody { list: Some(hidden), ..MoveBody::default() };
        assert_eq!(outcome(office.move_as(&ada.actor, open, &to).await), "422 responsible");
    }

    /// A under B while B goes under A: one of them does, and the other hears why not.
    async fn of_two_that_would_be_each_others_part_one_wins(site: Site) {
        let office = Office::alpha(&site).await;
        for round in 0..4 {
            let (one, other) = (office.task(&format!("One {round}")).await, office.task(&format!("Other {round}")).await);
            let under = |parent: TaskId| MoveBody { parent: Some(Some(parent)), ..MoveBody::default() };
            let (to_other, to_one) = (under(other), under(one));
            let (first, second) = tokio::join!(office.move_as(&SYSTEM, one, &to_other), office.move_as(&SYSTEM, other, &to_one));
            assert_eq!([&first, &second].iter().filter(|moved| moved.is_ok()).count(), 1, "{first:?} {second:?}");
            let lost = first.err().or(second.err()).expect("one lost");
            assert_eq!(lost.code, Code::Conflict);
            let parents = (office.get(one).await.parent, office.get(other).await.parent);
            assert!(parents == (Some(other), None) || parents == (None, Some(one)), "{parents:?}");
        }
    }

    /// Ten people who move cards about in one column at the same time: nothing is lost or doubled, and each place is one task’s.
    async fn many_moves_at_once_converge(site: Site) {
        let office = Office::alpha(&site).await;
        let ids = many(&office, office.list, 12).await;
        let clients = (0..10_usize).map(|client| {
            let (office, ids) = (&office, &ids);
            async move {
                for turn in 0..20_usize {
                    let (task, near) = (ids[(client * 7 + turn) % ids.len()], ids[(client * 5 + turn * 3 + 1) % ids.len()]);
                    let to = if turn % 5 == 0 { after(None) } else { after(Some(near)) };
                    office.move_as(&SYSTEM, task, &to).await.expect("moved");
                }
            }
        });
        join_all(clients).await;
        let mut tx = office.opened(Access::Read).await;
        let rows = store::page(&mut tx, office.list, None, "", 100).await.expect("its tasks");
        let (found, places): (BTreeSet<TaskId>, BTreeSet<&str>) = rows.iter().map(|row| (row.id, row.position.as_str())).unzip();
        assert_eq!(found, ids.iter().copied().collect::<BTreeSet<_>>(), "each is there");
        assert_eq!((rows.len(), places.len()), (12, 12), "once, at a place of its own");
        assert!(places.iter().all(|place| place.len() <= 60), "{places:?}");
    }

    /// A list that was put away, or whose space was, is read, and nothing in it changes.
    async fn what_was_put_away_stays_as_it_is(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let task = office.task("Order paper").await;
        let done = office.patch_as(&ada.actor, task, &PatchBody { priority: Some(1), ..PatchBody::default() }).await.expect("changed");
        for space in [false, true] {
            put_away(&office, space, true).await;
            let before = office.standing().await;
            assert_eq!(outcome(office.add_as(&SYSTEM, "New", |_| ()).await), "409");
            assert_eq!(outcome(office.patch_as(&ada.actor, task, &PatchBody { priority: Some(2), ..PatchBody::default() }).await), "409");
            assert_eq!(outcome(office.move_as(&ada.actor, task, &after(None)).await), "409");
            assert_eq!(outcome(office.complete_as(&ada.actor, task, true).await), "409");
            assert_eq!(outcome(office.trash_as(&ada.actor, task).await), "409");
            assert_eq!(outcome(office.undo_as(&ada.actor, done.act.expect("an act")).await), "409");
            assert_eq!(office.standing().await, before);
            let shown = office.send(Some(&ada.cookie), Method::GET, &format!("lists/{}/cards", office.list), &json!({})).await;
            assert_eq!(shown.json()["cards"][0]["title"], "Order paper");
            put_away(&office, space, false).await;
        }
        office.complete_as(&ada.actor, task, true).await.expect("it goes on");
    }

    /// What would change more tasks at once than others are to wait for is refused, with all that it would bring along, and nothing of it is written.
    async fn too_much_at_once_is_refused(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let there = office.list_in(office.space, "Second list").await;
        let mut series = Vec::new();
        for number in 0..3 {
            let task = office.task_with(&format!("Round {number}"), |body| body.due_day = Some("2026-11-27".to_owned())).await;
            for part in 0..6 {
                office.task_with(&format!("Part {part}"), |body| body.parent = Some(task)).await;
            }
            let set = office.send(Some(&ada.cookie), Method::PUT, &format!("tasks/{task}/repeat"), &json!({ "rule": "FREQ=DAILY" })).await;
            assert_eq!(set.status, StatusCode::OK, "{set:?}");
            series.push(task);
        }
        let whole = office.task("Whole").await;
        for part in 0..20 {
            office.task_with(&format!("Part {part}"), |body| body.parent = Some(whole)).await;
        }
        let gone = office.task("Gone").await;
        for part in 0..20 {
            office.task_with(&format!("Part {part}"), |body| body.parent = Some(gone)).await;
        }
        let trashed = office.trash_as(&ada.actor, gone).await.expect("thrown away");
        let bounds = site.platform.kept::<Bounds>();
        assert_eq!((bounds.at_once.load(Ordering::Relaxed), bounds.tasks.load(Ordering::Relaxed)), (2_000, 200_000));
        bounds.at_once.store(20, Ordering::Relaxed);
        let before = office.standing().await;
        let bulk = async |body: serde_json::Value| office.send(Some(&ada.cookie), Method::POST, "bulk", &body).await;
        let refused = bulk(json!({ "ids": series, "done": true })).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "each is followed by seven: {refused:?}");
        assert!(refused.text.contains("\"That is more than 20 tasks at once"), "it is no one task’s fault: {refused:?}");
        assert_eq!(refused.json()["title"], json!("That can’t be done as things stand"));
        assert_eq!(bulk(json!({ "ids": [whole], "trash": true })).await.status, StatusCode::CONFLICT);
        assert_eq!(outcome(office.trash_as(&ada.actor, whole).await), "409");
        let moved = office.move_as(&ada.actor, whole, &MoveBody { list: Some(there), ..MoveBody::default() }).await;
        assert_eq!(outcome(moved), "409");
        assert_eq!(outcome(office.restore_as(&ada.actor, gone).await), "409");
        assert_eq!(outcome(office.undo_as(&ada.actor, trashed.act.expect("an act")).await), "409");
        assert_eq!(office.standing().await, before, "nothing was changed");
        bounds.at_once.store(21, Ordering::Relaxed);
        let done = bulk(json!({ "ids": series[..2], "done": true })).await;
        assert_eq!(done.status, StatusCode::OK, "{done:?}");
        office.trash_as(&ada.actor, whole).await.expect("as many as may be");
    }

    /// Where there is no room for more tasks, none is added, in whichever way; what makes room is that one is gone for good.
    async fn there_is_room_for_so_many(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, beta) = (office.member("Ada", Role::Member).await, Office::beta(&site).await);
        let task = office.task_with("Order fruit", |body| body.due_day = Some("2026-11-27".to_owned())).await;
        let set = office.send(Some(&ada.cookie), Method::PUT, &format!("tasks/{task}/repeat"), &json!({ "rule": "FREQ=DAILY" })).await;
        assert_eq!(set.status, StatusCode::OK, "{set:?}");
        let gone = office.task("Gone").await;
        office.trash_as(&ada.actor, gone).await.expect("thrown away");
        site.platform.kept::<Bounds>().tasks.store(2, Ordering::Relaxed);
        let before = office.standing().await;
        for round in 0..2 {
            for (at, body) in [json!({ "list": office.list, "title": "One more" }), json!({ "list": office.list, "quick": "one more fri 3pm" })].iter().enumerate() {
                let refused = office.post(Some(&ada.cookie), "tasks", &format!("no-room-{round}-{at}"), body).await;
                assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
                assert!(refused.text.contains("room for 2 tasks"), "{refused:?}");
            }
            assert_eq!(outcome(office.complete_as(&ada.actor, task, true).await), "409", "what follows it has no room");
        }
        assert_eq!(office.standing().await, before, "nothing was changed");
        beta.task("There is room elsewhere").await;
        site.advance(31 * 24 * 60 * 60);
        assert_eq!(outcome(office.add_as(&SYSTEM, "One more", |_| ()).await), "409");
        trash::empty(&site.platform).await.expect("emptied");
        assert_eq!(outcome(office.add_as(&SYSTEM, "One more", |_| ()).await), "409", "they were counted a moment ago");
        site.advance(61);
        office.add_as(&SYSTEM, "One more", |_| ()).await.expect("there is room");
        assert_eq!(outcome(office.add_as(&SYSTEM, "And another", |_| ()).await), "409");
    }

    /// What people do with tasks takes a scope of its own, and who doesn’t belong finds nothing.
    async fn the_api_keeps_who_may_do_what(site: Site) {
        let office = Office::alpha(&site).await;
        let task = office.task("Order paper").await;
        let stranger = Office::beta(&site).await.member("Wes", Role::Admin).await;
        let Member { cookie, .. } = office.member("Ada", Role::Member).await;
        let before = office.standing().await;
        for (method, path, body) in [
            (Method::PATCH, format!("tasks/{task}"), json!({ "priority": 2 })),
            (Method::DELETE, format!("tasks/{task}"), json!({})),
            (Method::POST, format!("tasks/{task}/move"), json!({ "after": null })),
            (Method::POST, format!("tasks/{task}/complete"), json!({ "done": true })),
            (Method::POST, format!("tasks/{task}/restore"), json!({})),
            (Method::POST, "bulk".to_owned(), json!({ "ids": [task], "done": true })),
        ] {
            assert_eq!(office.send(None, method.clone(), &path, &body).await.status, StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(office.send(Some(&stranger.cookie), method, &path, &body).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(office.standing().await, before);
        let done = office.send(Some(&cookie), Method::POST, &format!("tasks/{task}/complete"), &json!({ "done": true })).await;
        assert_eq!((done.status, &done.json()["card"]["done"]), (StatusCode::OK, &json!(true)), "{done:?}");
        let act = done.json()["act"].as_str().expect("an act").to_owned();
        let undone = office.send(Some(&cookie), Method::POST, &format!("acts/{act}/undo"), &json!({})).await;
        assert_eq!((undone.status, &undone.json()["cards"][0]["done"]), (StatusCode::OK, &json!(false)), "{undone:?}");
    }
}

/// So many tasks in a list, in one act.
async fn many(office: &Office<'_>, list: ListId, count: usize) -> Vec<TaskId> {
    let mut tx = office.opened(Access::Write).await;
    let (mut act, mut desk) = (Act::new(&tx, "add"), Desk::read(&mut tx).await.expect("the desk"));
    let mut ids = Vec::new();
    for number in 0..count {
        let id = TaskId::new(tx.now());
        let body = add_body(list, &format!("Task {number}"));
        tasks::add_in(&mut tx, &mut act, &mut desk, id, &body).await.expect("a task");
        ids.push(id);
    }
    act.finish(&mut tx).await.expect("an act");
    tx.commit().await.expect("a commit");
    ids
}

/// Puts the list away, or its space; or takes it out again.
async fn put_away(office: &Office<'_>, space: bool, archived: bool) {
    let platform = &office.site.platform;
    if space {
        lists::archive_space(platform, &SYSTEM, office.slug, &office.space.to_string(), archived)
            .await
            .expect("a space");
    } else {
        lists::archive_list(platform, &SYSTEM, office.slug, &office.list.to_string(), archived).await.expect("a list");
    }
}
