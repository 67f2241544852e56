//! Templates: what is shown before is what is made, all of it or nothing, once however often it is asked for; each change is a version that is kept; and what
//! starts by itself starts once, as it is said by then.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::Ordering,
};

use app::{
    billing::terms::Terms,
    db::Access,
    error::Result,
    ids::UserId,
    modules::tasks::{
        access,
        acts::Bounds,
        checks, claims,
        ids::{ActId, RunId, TaskId},
        lists, store, store_templates as rows, store_time,
        template_runs::{self as runs, Asked, Chosen, Goes},
        templates, trash,
        triggers::{self, Shown, TriggerBody, TriggerPatch},
    },
    org::{Actor, Role},
    platform_sql,
};
use axum::http::{Method, StatusCode};
use futures::future::join_all;
use jiff::{Timestamp, civil::date};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Answer, booking, outcome},
    tasks_support::{Member, Office, SYSTEM},
};

/// The subject of the email about an automatic start that pauses: what it starts is said inside.
const PAUSED: &str = "A template of Alpha Clinic no longer starts automatically";

on_both! {
    /// Who would get what and when is who gets what and when: sections and parts, roles, working days over a public holiday, checklists and what waits for
    /// what. It is one act, and undone as one.
    async fn what_is_shown_is_what_is_made(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Member).await);
        office.label("Safety").await;
        office.team("Front desk", &[bo.user]).await;
        office.section(office.list, "before").await;
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE organisations SET state = 'NSW' WHERE id = $1", office.id).expect("its state");
        tx.commit().await.expect("a commit");
        let id = add(&office, &ada, &moving()).await;
        let body = json!({
            "anchor": "2027-01-25", "list": office.list, "roles": { "lead": ada.user, "office": bo.user }, "variables": { "client": "Harbour Café" },
        });
        let before = office.standing().await;
        let shown = office.send(Some(&bo.cookie), Method::POST, &format!("templates/{id}/preview"), &body).await;
        assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
        assert_eq!(office.standing().await, before, "nothing is made by looking");
        let shown = shown.json();
        assert_eq!((&shown["is_new"], &shown["new_sections"], &shown["warnings"]), (&json!(false), &json!(["On the day"]), &json!([])), "{shown}");

        let started = start(&office, &bo, &id, "a-key-of-the-move", &body).await;
        assert_eq!(started.status, StatusCode::CREATED, "{started:?}");
        let started = started.json();
        let ids: Vec<TaskId> = serde_json::from_value(started["tasks"].clone()).expect("ids");
        let planned = shown["tasks"].as_array().expect("tasks");
        assert_eq!(ids.len(), planned.len());
        for (task, planned) in ids.iter().zip(planned) {
            assert_eq!(&told(&office, *task).await, &as_told(planned), "{planned}");
        }
        let cards = [office.card(ids[0]).await, office.card(ids[1]).await, office.card(ids[3]).await];
        assert_eq!(cards[0].title, "Pack for Harbour Café with Person ada-alpha");
        assert_eq!(cards[0].due_day.as_deref(), Some("2027-01-22"), "the Friday before");
        assert_eq!(cards[2].due_day.as_deref(), Some("2027-01-27"), "Australia Day isn’t worked");
        assert_eq!((cards[1].parent, cards[1].depth, cards[0].checks.1), (Some(ids[0]), 1, 2));
        assert!(cards[2].blocked && cards[0].n + 1 == cards[1].n);

        // One act, which is undone as one; what was started is known, and taken back.
        let lines = office.send(Some(&bo.cookie), Method::GET, &format!("runs?template={id}"), &json!(null)).await.json();
        assert_eq!((lines[0]["total"].as_i64(), lines[0]["done"].as_i64(), &lines[0]["anchor"]), (Some(4), Some(0), &json!("2027-01-25")), "{lines}");
        office.complete_as(&ada.actor, ids[0], true).await.expect("done");
        let mut tx = office.opened(Access::Read).await;
        let ran = runs::runs(&mut tx, None).await.expect("how it went");
        tx.rollback().await.expect("read");
        assert_eq!((ran.runs.len(), ran.runs[0].steps.len(), ran.steps[0].as_str()), (1, 4, "Pack for {{client}} with {{role:lead}}"));
        office.complete_as(&ada.actor, ids[0], false).await.expect("open again");
        let act = started["act"].as_str().expect("an act").parse().expect("an id");
        office.undo_as(&bo.actor, act).await.expect("undone");
        assert_eq!(office.titles(office.list).await, "");
        let lines = office.send(Some(&bo.cookie), Method::GET, "runs", &json!(null)).await.json();
        assert_eq!(lines[0]["total"].as_i64(), Some(0), "{lines}");
    }

    /// A role without a person leaves its tasks nobody’s, and says so; so does a label or a team that isn’t there. A list is made for them, by a pattern.
    async fn what_is_missing_is_said(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Manager).await;
        let id = add(&office, &ada, &moving()).await;
        let body = json!({
            "anchor": "2027-01-25", "new_list": { "space": office.space, "name": "Move of {{client}}" }, "roles": { "office": ada.user }, "variables": { "client": "Harbour Café" },
        });
        let shown = office.send(Some(&ada.cookie), Method::POST, &format!("templates/{id}/preview"), &body).await.json();
        assert_eq!((&shown["list"], &shown["is_new"]), (&json!("Move of Harbour Café"), &json!(true)), "{shown}");
        let warnings = shown["warnings"].to_string();
        for words in ["no label “Safety”", "no team “Front desk”", "Nobody is chosen for Move lead, so 2 tasks", "Public holidays are counted as working days"] {
            assert!(warnings.contains(words), "{words}: {warnings}");
        }
        let started = start(&office, &ada, &id, "a-key-of-the-move", &body).await.json();
        assert_eq!(started["warnings"], shown["warnings"]);
        let first: TaskId = serde_json::from_value(started["tasks"][0].clone()).expect("an id");
        let card = office.card(first).await;
        assert_eq!((card.responsible, card.list.to_string()), (None, started["list"].as_str().expect("a list").to_owned()));
        let mut tx = office.opened(Access::Read).await;
        let list = access::list(&mut tx, card.list).await.expect("the list");
        let sections = store::sections(&mut tx, card.list).await.expect("its sections");
        tx.rollback().await.expect("read");
        assert_eq!(list.name, "Move of Harbour Café");
        assert_eq!(sections.iter().map(|section| section.name.as_str()).collect::<Vec<_>>(), ["Before", "On the day"]);
    }

    /// The same request again, also at the same moment, starts it once and answers the same; its key is good for no other. What is refused, or stopped half
    /// way, has made nothing.
    async fn it_is_started_once_or_not_at_all(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Manager).await;
        let id = add(&office, &ada, &moving()).await;
        let body = json!({ "anchor": "2027-01-25", "list": office.list, "variables": { "client": "Harbour Café" } });
        let many = join_all((0..5).map(|_| start(&office, &ada, &id, "tapped-many-times", &body))).await;
        assert!(many.iter().all(|one| one.status == StatusCode::CREATED), "{many:?}");
        assert!(many.iter().all(|one| one.json() == many[0].json()), "{many:?}");
        let once = office.standing().await;
        assert_eq!(once.0, 4, "one of each");
        let other = json!({ "anchor": "2027-01-26", "list": office.list, "variables": { "client": "Harbour Café" } });
        assert_eq!(start(&office, &ada, &id, "tapped-many-times", &other).await.status, StatusCode::CONFLICT);
        assert_eq!(start(&office, &ada, &id, "short", &body).await.fields(), ["Idempotency-Key"]);
        let unnamed = office.send(Some(&ada.cookie), Method::POST, &format!("templates/{id}/start"), &body).await;
        assert_eq!(unnamed.fields(), ["Idempotency-Key"]);
        let empty = json!({ "anchor": "2027-01-25", "list": office.list });
        let refused = start(&office, &ada, &id, "a-key-to-be-free", &empty).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["variables.client".to_owned()]), "{refused:?}");
        let mistyped = json!({ "anchor": "2027-01-25", "list": office.list, "roles": { "leed": ada.user }, "variables": { "client": "Harbour Café", "cleint": "x" } });
        assert_eq!(start(&office, &ada, &id, "a-key-to-be-free", &mistyped).await.fields(), ["roles.leed", "variables.cleint"]);
        assert_eq!(office.standing().await, once);

        // Whoever does it dies before it is on disk.
        let mut tx = office.opened(Access::Write).await;
        let template = templates::find(&mut tx, &id).await.expect("the template");
        let chosen = Chosen { roles: BTreeMap::new(), variables: [("client".to_owned(), "Harbour Café".to_owned())].into() };
        let asked = Asked::of(date(2027, 1, 25), Goes::To(office.list), chosen);
        let run = RunId::new(tx.now());
        runs::start_in(&mut tx, &template, &asked, run, None).await.expect("started");
        drop(tx);
        assert_eq!(office.standing().await, once);
        // A list that has no room for its sections: all of it is refused, and the key stays free.
        let full = office.list_in(office.space, "Full").await;
        for number in 0..100 {
            office.section(full, &format!("Part {number}")).await;
        }
        let before = office.standing().await;
        let to_full = json!({ "anchor": "2027-01-25", "list": full, "variables": { "client": "Harbour Café" } });
        let refused = start(&office, &ada, &id, "a-key-to-be-free", &to_full).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
        assert_eq!(office.standing().await, before);
        assert_eq!(start(&office, &ada, &id, "a-key-to-be-free", &body).await.status, StatusCode::CREATED);
    }

    /// Ids of another organisation, or of what whoever asks can’t see, aren’t there in any place: nothing is written, and nobody is told.
    async fn what_is_anothers_is_not_there(site: Site) {
        let (office, beta) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, bo) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Member).await);
        let wes = beta.member("Wes", Role::Manager).await;
        let (_, hidden_space, hidden) = office.private("Board", &[ada.user]).await;
        let (id, theirs) = (add(&office, &ada, &moving()).await, add(&beta, &wes, &moving()).await);
        let chosen = json!({ "client": "Harbour Café" });
        let good = json!({ "anchor": "2027-01-25", "list": office.list, "variables": chosen });
        let before = (office.standing().await, beta.standing().await);
        for (at, body) in [
            (theirs.clone(), good.clone()),
            ("nothing".to_owned(), good.clone()),
            (id.clone(), json!({ "anchor": "2027-01-25", "list": beta.list, "variables": chosen })),
            (id.clone(), json!({ "anchor": "2027-01-25", "list": hidden, "variables": chosen })),
            (id.clone(), json!({ "anchor": "2027-01-25", "new_list": { "space": beta.space, "name": "New" }, "variables": chosen })),
            (id.clone(), json!({ "anchor": "2027-01-25", "new_list": { "space": hidden_space, "name": "New" }, "variables": chosen })),
            (id.clone(), json!({ "anchor": "2027-01-25", "list": office.list, "variables": chosen, "roles": { "lead": wes.user } })),
        ] {
            for path in ["preview", "start"] {
                let answer = office.post(Some(&bo.cookie), &format!("templates/{at}/{path}"), "a-key-for-nothing", &body).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path} {body}: {answer:?}");
            }
        }
        // Somebody of ours who can’t see where it goes is named at their role.
        let blind = json!({ "anchor": "2027-01-25", "list": hidden, "variables": chosen, "roles": { "lead": bo.user } });
        let refused = start(&office, &ada, &id, "a-key-for-nothing", &blind).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["roles.lead".to_owned()]), "{refused:?}");
        for (method, path, body) in [
            (Method::GET, format!("templates/{theirs}"), json!(null)),
            (Method::PUT, format!("templates/{theirs}"), json!({ "version": 1, "body": moving() })),
            (Method::POST, format!("templates/{theirs}/archive"), json!({ "archived": true })),
            (Method::GET, format!("templates/{theirs}/versions"), json!(null)),
            (Method::GET, format!("runs?template={theirs}"), json!(null)),
            (Method::GET, format!("templates/{theirs}/triggers"), json!(null)),
        ] {
            let answer = office.send(Some(&ada.cookie), method, &path, &body).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {answer:?}");
        }
        for (path, body) in [
            (format!("templates/{theirs}/copy"), json!({})),
            ("templates/from".to_owned(), from(json!({ "list": beta.list }))),
            ("templates/from".to_owned(), from(json!({ "task": beta.list }))),
            ("gallery/nothing/take".to_owned(), json!({})),
            (format!("templates/{id}/triggers"), every_day(json!({ "list": beta.list, "variables": chosen }))),
            (format!("templates/{id}/triggers"), every_day(json!({ "list": office.list, "variables": chosen, "roles": { "lead": wes.user } }))),
            (format!("templates/{theirs}/triggers"), every_day(json!({ "list": office.list, "variables": chosen }))),
        ] {
            let answer = office.post(Some(&ada.cookie), &path, "a-key-for-nothing", &body).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {answer:?}");
        }
        // A member starts what there is, and sets nothing up.
        for (path, body) in [("templates".to_owned(), moving()), (format!("templates/{id}/copy"), json!({})), ("gallery/bas-quarter/take".to_owned(), json!({}))] {
            let answer = office.post(Some(&bo.cookie), &path, "a-key-for-nothing", &body).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {answer:?}");
        }
        assert_eq!((office.standing().await, beta.standing().await), before);
        // What was started where somebody can’t see isn’t listed for them.
        start(&office, &ada, &id, "a-key-of-the-board", &json!({ "anchor": "2027-01-25", "list": hidden, "variables": chosen })).await;
        let lines = async |member: &Member| office.send(Some(&member.cookie), Method::GET, "runs", &json!(null)).await.json();
        assert_eq!((lines(&ada).await.as_array().map(Vec::len), lines(&bo).await), (Some(1), json!([])));
    }

    /// Each save is a version that says what changed; an old one can be brought back; who saved meanwhile isn’t overwritten; what it says is sealed.
    async fn every_change_is_a_version(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Manager).await;
        let id = add(&office, &ada, &moving()).await;
        let put = async |version: i64, body: &Value| {
            office.send(Some(&ada.cookie), Method::PUT, &format!("templates/{id}"), &json!({ "version": version, "body": body })).await
        };
        let mut other = moving();
        other["tasks"][0]["title"] = json!("Pack everything");
        other["name"] = json!("Moving house");
        assert_eq!(put(1, &other).await.json()["version"], json!(2));
        assert_eq!(put(2, &other).await.json()["version"], json!(2), "nothing is different");
        assert_eq!(put(1, &moving()).await.status, StatusCode::CONFLICT);
        let history = office.send(Some(&ada.cookie), Method::GET, &format!("templates/{id}/versions"), &json!(null)).await.json();
        assert_eq!(history[0]["changed"], json!(["Renamed from ‘Office move’ to ‘Moving house’.", "The task ‘Pack for {{client}} with {{role:lead}}’ is now called ‘Pack everything’."]), "{history}");
        assert_eq!(history[1]["changed"], json!([]));
        let old = office.send(Some(&ada.cookie), Method::GET, &format!("templates/{id}?version=1"), &json!(null)).await.json();
        assert_eq!((&old["body"], &old["version"]), (&moving(), &json!(2)));
        let brought = templates::bring_back(&site.platform, &ada.actor, "alpha", &id, 2, 1).await.expect("brought back");
        assert_eq!(brought, 3);
        assert_eq!(outcome(templates::bring_back(&site.platform, &ada.actor, "alpha", &id, 3, 9).await), "404");

        for (change, field) in [
            (json!({ "name": "" }), "name"),
            (json!({ "anchor": { "name": "" } }), "anchor.name"),
            (json!({ "tasks": [{ "key": "a", "title": "A", "role": "nobody" }] }), "tasks[0].role"),
            (json!({ "tasks": [{ "key": "a", "title": "A", "blocked_by": ["a"] }] }), "tasks[0].blocked_by"),
            (json!({ "sections": ["\u{202E}"], "tasks": [] }), "sections[0]"),
        ] {
            let mut wrong = moving();
            for (name, value) in change.as_object().expect("a change") {
                wrong[name] = value.clone();
            }
            let refused = put(3, &wrong).await;
            assert_eq!((refused.status, refused.fields().first().map(String::as_str)), (StatusCode::UNPROCESSABLE_ENTITY, Some(field)), "{change}: {refused:?}");
        }
        assert_eq!(add_answer(&office, &ada, &moving()).await.fields(), ["name"], "there is one of this name");
        let dump = site.raw_dump().await;
        for words in ["Pack everything", "Boxes", "is now called"] {
            assert!(!dump.windows(words.len()).any(|window| window == words.as_bytes()), "{words} is sealed");
        }

        // Put away, nothing is started of it, and nothing changes.
        let archive = json!({ "archived": true });
        assert_eq!(office.send(Some(&ada.cookie), Method::POST, &format!("templates/{id}/archive"), &archive).await.status, StatusCode::NO_CONTENT);
        assert_eq!(put(3, &other).await.status, StatusCode::CONFLICT);
        let body = json!({ "anchor": "2027-01-25", "list": office.list, "variables": { "client": "Harbour Café" } });
        assert_eq!(start(&office, &ada, &id, "a-key-for-nothing", &body).await.status, StatusCode::CONFLICT);
        // A copy goes its own way, and one of the gallery is taken once however often it is sent.
        let copied = office.post(Some(&ada.cookie), &format!("templates/{id}/copy"), "a-key-of-the-copy", &json!({})).await;
        let again = office.post(Some(&ada.cookie), &format!("templates/{id}/copy"), "a-key-of-the-copy", &json!({})).await;
        assert_eq!((copied.status, copied.json()), (StatusCode::CREATED, again.json()));
        for key in ["a-key-of-the-gallery", "a-key-of-the-gallery", "another-of-the-gallery"] {
            assert_eq!(office.post(Some(&ada.cookie), "gallery/new-employee/take", key, &json!({})).await.status, StatusCode::CREATED);
        }
        let all = office.send(Some(&ada.cookie), Method::GET, "templates", &json!(null)).await.json();
        let names: Vec<&str> = all.as_array().expect("templates").iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(names, ["New employee", "New employee (2)", "Office move", "Office move (2)"]);
    }

    /// A list becomes a template, and what is started of it is the list again: parts, people as roles, days from the one that was chosen.
    async fn a_list_becomes_a_template(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Member).await);
        let (section, label) = (office.section(office.list, "Before").await, office.label("Safety").await);
        let pack = office.task_with("Pack {{boxes}}", |body| {
            (body.section, body.responsible, body.people) = (Some(section), Some(ada.user), vec![bo.user]);
            (body.due_day, body.due_time) = (Some("2026-11-20".to_owned()), Some("15:00".to_owned()));
            (body.labels, body.estimate, body.priority) = ([label].into(), Some(90), 3);
        }).await;
        let part = office.task_with("Label them", |body| body.parent = Some(pack)).await;
        let drive = office.task_with("Drive", |body| body.due_day = Some("2026-11-30".to_owned())).await;
        checks::add(&site.platform, &ada.actor, "alpha", &part.to_string(), "Kitchen\nDesk", None).await.expect("a checklist");
        let waits = json!({ "waits_for": pack });
        let linked = office.post(Some(&ada.cookie), &format!("tasks/{drive}/links"), "a-key-of-the-link", &waits).await;
        assert!(linked.status.is_success(), "{linked:?}");
        let made = office.post(Some(&ada.cookie), "templates/from", "a-key-of-the-list", &from(json!({ "list": office.list }))).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let id = made.json()["id"].as_str().expect("an id").to_owned();
        let body = office.send(Some(&ada.cookie), Method::GET, &format!("templates/{id}"), &json!(null)).await.json()["body"].clone();
        assert_eq!((&body["sections"], &body["roles"][0]["name"]), (&json!(["Before"]), &json!("Person 1")), "{body}");
        assert_eq!(body["tasks"][0]["due"], json!({ "days": -3 }), "three days before the Monday that was chosen");
        let other = office.list_in(office.space, "Another").await;
        let roles = json!({ body["roles"][0]["key"].as_str().expect("a key"): ada.user, body["roles"][1]["key"].as_str().expect("a key"): bo.user });
        let started = start(&office, &ada, &id, "a-key-of-the-start", &json!({ "anchor": "2026-11-23", "list": other, "roles": roles })).await;
        assert_eq!(started.status, StatusCode::CREATED, "{started:?}");
        let ids: Vec<TaskId> = serde_json::from_value(started.json()["tasks"].clone()).expect("ids");
        for (before, after) in [pack, part, drive].into_iter().zip(ids) {
            let (mut was, is) = (told(&office, before).await, told(&office, after).await);
            was = serde_json::from_str(&was.to_string().replace("{{", "{ {")).expect("JSON");
            // What is a part of a task stands in its section.
            if before == part {
                was["section"] = is["section"].clone();
            }
            assert_eq!(was, is);
        }
        let one = from(json!({ "task": drive, "name": "Only the drive" }));
        let made = office.post(Some(&ada.cookie), "templates/from", "a-key-of-the-task", &one).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    }

    /// 8:00 stays 8:00 when the clocks change; a day is started once whoever looks how often; what was missed for long isn’t made up for.
    async fn a_schedule_starts_on_its_days(site: Site) {
        let office = Office::alpha(&site).await;
        site.agree(office.id, &Terms::custom(site.platform.clock.now())).await;
        let ada = office.member("Ada", Role::Manager).await;
        let id = add(&office, &ada, &moving()).await;
        let chosen = json!({ "client": "Harbour Café" });
        // Sydney’s clock goes back on Sunday 4 April 2027.
        let body = every_day(json!({ "list": office.list, "variables": chosen, "first_day": "2027-04-03" }));
        let added = office.post(Some(&ada.cookie), &format!("templates/{id}/triggers"), "a-key-of-the-days", &body).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
        let trigger = added.json()["id"].as_str().expect("an id").to_owned();
        for (wrong, field) in [
            (json!({ "rule": "FREQ=SOMETIMES" }), "rule"),
            (json!({ "rule": "FREQ=DAILY;UNTIL=20200101" }), "rule"),
            (json!({ "time": "noon" }), "time"),
            (json!({ "first_day": "soon" }), "first_day"),
            (json!({ "kind": "whim" }), "kind"),
            (json!({ "variables": {} }), "variables.client"),
        ] {
            let mut body = every_day(json!({ "list": office.list, "variables": chosen }));
            for (name, value) in wrong.as_object().expect("a change") {
                body[name] = value.clone();
            }
            let refused = office.post(Some(&ada.cookie), &format!("templates/{id}/triggers"), "a-key-for-nothing", &body).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{wrong}: {refused:?}");
        }
        // Nobody is logged in for so long: what follows is asked of the verbs.
        let next = async || {
            let line = triggers::list(&site.platform, &ada.actor, "alpha", &id).await.expect("triggers").remove(0);
            line.next_at.unwrap_or_default()
        };
        assert_eq!(next().await, "2027-04-02T21:00:00Z");
        triggers::run(&site.platform).await.expect("nothing is due");
        assert_eq!(office.standing().await.0, 0);
        site.set_clock("2027-04-02T21:00:00Z");
        for _ in 0..3 {
            triggers::run(&site.platform).await.expect("it starts");
        }
        assert_eq!((office.standing().await.0, next().await.as_str()), (4, "2027-04-03T22:00:00Z"), "an hour later by the sun");
        let line = runs::list(&site.platform, &ada.actor, "alpha", None).await.expect("runs").remove(0);
        assert_eq!((line.anchor.as_str(), line.by_itself), ("2027-04-03", true));
        // Two at once, as of two processes.
        site.set_clock("2027-04-03T22:30:00Z");
        let (one, two) = tokio::join!(triggers::run(&site.platform), triggers::run(&site.platform));
        one.and(two).expect("they start");
        assert_eq!(office.standing().await.0, 8);
        // Two days were missed: each is started. Two weeks: what is older than one is left out.
        site.set_clock("2027-04-05T22:30:00Z");
        triggers::run(&site.platform).await.expect("they start");
        assert_eq!(office.standing().await.0, 16);
        site.set_clock("2027-04-19T22:30:00Z");
        triggers::run(&site.platform).await.expect("they start");
        assert_eq!((office.standing().await.0, next().await.as_str()), (44, "2027-04-20T22:00:00Z"));

        // Paused, it starts nothing; it goes on from the day that comes.
        let switch = async |on: bool| triggers::switch(&site.platform, &ada.actor, "alpha", &trigger, on).await;
        switch(false).await.expect("paused");
        site.set_clock("2027-04-22T22:30:00Z");
        triggers::run(&site.platform).await.expect("nothing is due");
        assert_eq!(office.standing().await.0, 44);
        switch(true).await.expect("it goes on");
        assert_eq!(next().await, "2027-04-23T22:00:00Z");
        triggers::remove(&site.platform, &ada.actor, "alpha", &trigger).await.expect("taken away");
        assert_eq!(office.standing().await.0, 44, "what it started stays");
    }

    /// What happens in another module starts it once, for the day on which it happened; what happened before doesn’t count, and nothing of its own starts it.
    async fn what_happens_elsewhere_starts_it_once(site: Site) {
        const EVENT: &str = "calendar.appointment_booked";
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Manager).await;
        let id = add(&office, &ada, &moving()).await;
        let times = site.slots("alpha", "follow-up").await;
        site.book("alpha", "a-key-of-the-first", &booking("follow-up", &times[0])).await;
        let event = |event: &str| json!({ "kind": "event", "event": event, "list": office.list, "variables": { "client": "Harbour Café" } });
        for none in ["tasks.task_added", "calendar.nothing", ""] {
            let refused = office.post(Some(&ada.cookie), &format!("templates/{id}/triggers"), "a-key-for-nothing", &event(none)).await;
            assert_eq!(refused.fields(), ["event"], "{none}");
        }
        let added = office.post(Some(&ada.cookie), &format!("templates/{id}/triggers"), "a-key-of-the-event", &event(EVENT)).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
        triggers::run(&site.platform).await.expect("nothing has happened");
        assert_eq!(office.standing().await.0, 0);
        let booked = site.book("alpha", "a-key-of-the-second", &booking("follow-up", times.last().expect("a time"))).await;
        assert_eq!(booked.status, StatusCode::CREATED, "{booked:?}");
        let (one, two) = tokio::join!(triggers::run(&site.platform), triggers::run(&site.platform));
        one.and(two).expect("it starts");
        for _ in 0..2 {
            triggers::run(&site.platform).await.expect("nothing more has happened");
        }
        assert_eq!(office.standing().await.0, 4);
        let lines = office.send(Some(&ada.cookie), Method::GET, "runs", &json!(null)).await.json();
        assert_eq!((lines.as_array().map(Vec::len), &lines[0]["anchor"]), (Some(1), &json!("2026-11-23")), "{lines}");

        // What was noted and isn’t started yet is started by whoever comes next, once.
        let mut tx = office.opened(Access::Write).await;
        let trigger = rows::triggers(&mut tx, None).await.expect("triggers").remove(0);
        let fire = rows::FireRow { id: app::ids::fresh(tx.now()), trigger_id: trigger.id, sequence: 1_000_000, day: "2026-11-24".to_owned() };
        assert_eq!(rows::insert_fire(&mut tx, &fire).await.expect("noted"), 1);
        let again = rows::FireRow { id: app::ids::fresh(tx.now()), ..fire };
        assert_eq!(rows::insert_fire(&mut tx, &again).await.expect("noted before"), 0);
        tx.commit().await.expect("a commit");
        triggers::run(&site.platform).await.expect("it starts");
        triggers::run(&site.platform).await.expect("nothing is left");
        assert_eq!(office.standing().await.0, 8);
    }

    /// What happens says which day it is about, and fills in what it is told to, and nothing of whose it is. Where it says nothing any more, what was typed is
    /// filled in. What it doesn’t say is refused, and so is what the template has no place for.
    async fn what_happens_fills_it_in(site: Site) {
        const EVENT: &str = "calendar.appointment_booked";
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Member).await);
        let id = add(&office, &ada, &moving()).await;
        let said = office.send(Some(&ada.cookie), Method::GET, "trigger-events", &json!(null)).await.json();
        let booked = said.as_array().expect("events").iter().find(|one| one["name"] == EVENT).expect("it is one").clone();
        let fields: Vec<&str> = booked["fields"].as_array().expect("fields").iter().filter_map(|field| field["name"].as_str()).collect();
        assert_eq!(fields, ["day", "time", "service", "staff", "price"], "nothing of the client’s");
        assert_eq!(office.send(Some(&bo.cookie), Method::GET, "trigger-events", &json!(null)).await.status, StatusCode::FORBIDDEN);

        let body = json!({ "kind": "event", "event": EVENT, "list": office.list, "anchor": "day", "from_event": { "client": "service" } });
        let path = format!("templates/{id}/triggers");
        for (field, value, at) in [
            ("anchor", json!("service"), "anchor"), ("anchor", json!("client"), "anchor"), ("event", json!("calendar.hours_saved"), "from_event.client"),
            ("from_event", json!({ "client": "client_name" }), "from_event.client"), ("from_event", json!({ "cleint": "service" }), "from_event.cleint"),
        ] {
            let mut wrong = body.clone();
            (wrong[field], wrong["variables"]) = (value, json!({ "client": "Harbour Café" }));
            let refused = office.post(Some(&ada.cookie), &path, "a-key-for-nothing", &wrong).await;
            assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.fields().contains(&at.to_owned()), "{wrong}: {refused:?}");
        }
        let trigger = set_up(&office, &ada, &id, &body).await;
        let times = site.slots("alpha", "follow-up").await;
        let time = times.last().expect("a time");
        let booked = site.book("alpha", "a-key-of-the-booking", &booking("follow-up", time)).await;
        assert_eq!(booked.status, StatusCode::CREATED, "{booked:?}");
        triggers::run(&site.platform).await.expect("it starts");
        let day = time.parse::<Timestamp>().expect("a start").in_tz("Australia/Sydney").expect("a zone").date().to_string();
        let runs = async || office.send(Some(&ada.cookie), Method::GET, "runs", &json!(null)).await.json();
        let missed = |run: &Value| run["warnings"].to_string().matches("What started it").count();
        let first = runs().await;
        assert_eq!((first[0]["anchor"].as_str(), missed(&first[0])), (Some(day.as_str()), 0), "{first}");
        let titles = office.titles(office.list).await;
        assert!(titles.contains("Call Follow-up treatment") && !titles.contains("Casey"), "{titles}");

        // What it was about is gone before it is started.
        let typed = json!({ "version": 1, "variables": { "client": "Harbour Café" } });
        assert_eq!(office.send(Some(&ada.cookie), Method::PATCH, &format!("triggers/{trigger}"), &typed).await.status, StatusCode::OK);
        let mut tx = office.opened(Access::Write).await;
        let row = rows::triggers(&mut tx, None).await.expect("triggers").remove(0);
        let fire = rows::FireRow { id: app::ids::fresh(tx.now()), trigger_id: row.id, sequence: 1_000_000, day: "2026-11-24".to_owned() };
        assert_eq!(rows::insert_fire(&mut tx, &fire).await.expect("noted"), 1);
        tx.commit().await.expect("a commit");
        triggers::run(&site.platform).await.expect("it starts");
        let second = runs().await;
        let second = second.as_array().expect("runs").iter().find(|run| run["anchor"] == "2026-11-24").expect("it was started").clone();
        assert_eq!(missed(&second), 2, "{second}");
        assert!(office.titles(office.list).await.contains("Call Harbour Café"));

        // By the forms of its page.
        let page = format!("/app/alpha/tasks/templates/{id}/triggers/new?kind=event");
        let shown = site.get_as(&ada.cookie, &page).await.text;
        assert!(shown.contains("name=\"from_event[client][]\"") && shown.contains("The day that it is about"), "{shown}");
        let list = office.list.to_string();
        let fields = [
            ("org", "alpha"), ("template", id.as_str()), ("key", "a-key-of-the-page"), ("kind", "event"), ("event", EVENT), ("list", list.as_str()),
            ("anchor", "day"), ("from_event[client][]", "staff"),
        ];
        let added = site.form(Some(&ada.cookie), "/fn/tasks/save-trigger", &page, &fields).await;
        assert_eq!(added.status, StatusCode::FOUND, "{added:?}");
        let mut tx = office.opened(Access::Read).await;
        let all = rows::triggers(&mut tx, None).await.expect("triggers");
        let newest = all.into_iter().find(|row| row.id.to_string() != trigger).expect("the new one");
        tx.rollback().await.expect("read");
        let now = triggers::show(&site.platform, &ada.actor, "alpha", &newest.id.to_string()).await.expect("it is there");
        assert_eq!((now.body.anchor.as_str(), now.body.from_event), ("day", BTreeMap::from([("client".to_owned(), "staff".to_owned())])));
    }

    /// What starts a template and was taken away is nowhere, and starts nothing of what happens. Undoing brings it back as it was, once, and what happened while
    /// it was away doesn’t count. Who may not take it away, and another organisation, can’t.
    async fn what_starts_it_comes_back(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, bo) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Member).await);
        let id = add(&office, &ada, &moving()).await;
        let body = json!({ "kind": "event", "event": "calendar.appointment_booked", "list": office.list, "variables": { "client": "Harbour Café" } });
        let trigger = set_up(&office, &ada, &id, &body).await;
        let times = site.slots("alpha", "follow-up").await;
        let book = async |key: &str, at: usize| {
            let booked = site.book("alpha", key, &booking("follow-up", &times[at])).await;
            assert_eq!(booked.status, StatusCode::CREATED, "{booked:?}");
        };
        let shown = async || triggers::show(&site.platform, &ada.actor, "alpha", &trigger).await;
        let before = shown().await.expect("it is there");
        book("a-key-of-the-first", 0).await;
        let gone = office.send(Some(&ada.cookie), Method::DELETE, &format!("triggers/{trigger}"), &json!({})).await;
        assert_eq!(gone.status, StatusCode::OK, "{gone:?}");
        let act: ActId = gone.json()["act"].as_str().expect("an act").parse().expect("an id");
        assert_eq!(outcome(shown().await), "404");
        assert!(triggers::list(&site.platform, &ada.actor, "alpha", &id).await.expect("triggers").is_empty());
        assert_eq!(outcome(triggers::switch(&site.platform, &ada.actor, "alpha", &trigger, false).await), "404");
        assert_eq!(outcome(triggers::remove(&site.platform, &ada.actor, "alpha", &trigger).await), "404");
        let mut tx = office.opened(Access::Read).await;
        assert_eq!(rows::cursor(&mut tx).await.expect("read"), None, "nothing is looked through any more");
        tx.rollback().await.expect("read");
        book("a-key-of-the-second", times.len() / 2).await;
        triggers::run(&site.platform).await.expect("nothing waits");
        assert_eq!(office.standing().await.0, 0);

        let still = (office.standing().await, other.standing().await);
        for (actor, refused) in [(&bo.actor, "403"), (&other.owner(), "404"), (&Actor::Anonymous, "401")] {
            assert_eq!(outcome(office.undo_as(actor, act).await), refused);
        }
        assert_eq!(outcome(other.undo_as(&other.owner(), act).await), "404", "it is another’s");
        assert_eq!((office.standing().await, other.standing().await), still);
        for _ in 0..2 {
            let undone = office.post(Some(&ada.cookie), &format!("acts/{act}/undo"), "a-key-of-bringing-back", &json!({})).await;
            assert_eq!(undone.status, StatusCode::OK, "{undone:?}");
        }
        assert_eq!(shown().await.expect("it is back"), before);
        let still = office.standing().await;
        assert_eq!(office.undo_as(&ada.actor, act).await.expect("undone before"), None);
        assert_eq!(office.standing().await, still, "once");
        triggers::run(&site.platform).await.expect("nothing has happened since");
        assert_eq!(office.standing().await.0, 0);
        book("a-key-of-the-third", times.len() - 1).await;
        triggers::run(&site.platform).await.expect("it starts");
        assert_eq!(office.standing().await.0, 4);

        // By the forms of its page.
        let page = format!("/app/alpha/tasks/templates/{id}");
        let gone = site.form(Some(&ada.cookie), "/fn/tasks/remove-trigger", &page, &[("org", "alpha"), ("id", &trigger)]).await;
        assert_eq!(gone.status, StatusCode::FOUND, "{gone:?}");
        let told = site.get_as(&ada.cookie, gone.location()).await.text;
        assert!(told.contains("Deleted. What it started stays.") && told.contains("action=\"/fn/tasks/undo\""), "{told}");
        let act = gone.location().split("act=").nth(1).expect("an act").to_owned();
        let back = site.form(Some(&ada.cookie), "/fn/tasks/undo", &page, &[("org", "alpha"), ("id", &act), ("back", &page)]).await;
        assert_eq!((back.status, back.location()), (StatusCode::FOUND, format!("{page}?did=undone").as_str()), "{back:?}");
        assert_eq!(shown().await.expect("it is back"), before);

        // Who took it away and organises no longer doesn’t bring it back.
        let (_, act) = triggers::remove(&site.platform, &ada.actor, "alpha", &trigger).await.expect("taken away");
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        let demoted = platform_sql!(exec, &mut tx, "UPDATE memberships SET role = 'member' WHERE org_id = $1 AND user_id = $2", office.id, ada.user);
        demoted.expect("a member like others");
        tx.commit().await.expect("a commit");
        assert_eq!(outcome(office.undo_as(&ada.actor, act).await), "403");
        office.undo_as(&SYSTEM, act).await.expect("undone");
    }

    /// A schedule that comes back goes on with the day that comes, and makes up for none of those that it was away. One that was paused is so still, and so is one
    /// whose template was put away since.
    async fn a_schedule_comes_back_from_now_on(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Manager).await;
        let (_, _, secret) = office.private("Payroll", &[ada.user]).await;
        let boss = office.member("Cy", Role::Manager).await;
        let id = add(&office, &ada, &moving()).await;
        let trigger = set_up(&office, &ada, &id, &every_day(json!({ "list": secret, "variables": { "client": "Harbour Café" } }))).await;
        let line = async || triggers::list(&site.platform, &ada.actor, "alpha", &id).await.expect("triggers").remove(0);
        let remove = async || triggers::remove(&site.platform, &ada.actor, "alpha", &trigger).await.expect("taken away").1;
        assert_eq!(line().await.next_at.as_deref(), Some("2026-11-23T21:00:00Z"));
        let act = remove().await;
        site.set_clock("2026-11-25T22:00:00Z");
        triggers::run(&site.platform).await.expect("nothing is due");
        assert_eq!(outcome(office.undo_as(&boss.actor, act).await), "404", "who doesn’t see where its tasks go");
        office.undo_as(&ada.actor, act).await.expect("it is back");
        assert_eq!(line().await.next_at.as_deref(), Some("2026-11-26T21:00:00Z"));
        triggers::run(&site.platform).await.expect("nothing is due");
        assert_eq!(office.standing().await.0, 0);
        site.set_clock("2026-11-26T21:00:00Z");
        triggers::run(&site.platform).await.expect("it starts");
        assert_eq!(office.standing().await.0, 4);

        triggers::switch(&site.platform, &ada.actor, "alpha", &trigger, false).await.expect("paused");
        let paused = line().await;
        let act = remove().await;
        office.undo_as(&ada.actor, act).await.expect("it is back");
        let back = line().await;
        assert_eq!((back.paused.as_ref(), back.next_at.as_ref()), (paused.paused.as_ref(), None));
        triggers::switch(&site.platform, &ada.actor, "alpha", &trigger, true).await.expect("it goes on");
        let act = remove().await;
        templates::archive(&site.platform, &ada.actor, "alpha", &id, true).await.expect("put away");
        office.undo_as(&ada.actor, act).await.expect("it is back");
        let back = line().await;
        assert_eq!((back.paused.as_deref(), back.next_at), (Some(triggers::PUT_AWAY), None));

        // For 30 days.
        let act = remove().await;
        site.advance(31 * 24 * 60 * 60);
        trash::empty(&site.platform).await.expect("emptied");
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let (kept,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_triggers").expect("counted");
        tx.rollback().await.expect("read");
        assert_eq!((kept, outcome(office.undo_as(&ada.actor, act).await)), (0, "409".to_owned()));
    }

    /// In a list that gives what comes to a team to its members in turn, tasks of a template are given out as those are that somebody adds one after the other,
    /// parts of others too, and no one person is promised before. What is no team’s stays nobody’s.
    async fn what_comes_to_a_team_goes_in_turn(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo, cy) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Member).await, office.member("Cy", Role::Member).await);
        let team = office.team("Front desk", &[ada.user, bo.user, cy.user]).await;
        let body = json!({
            "name": "Opening", "anchor": { "name": "Day" }, "roles": [{ "key": "lead", "name": "Lead" }, { "key": "cleaner", "name": "Cleaner" }],
            "tasks": [
                { "key": "open", "title": "Open", "role": "lead" },
                { "key": "post", "title": "Post", "team": "Front desk", "children": [{ "key": "sort", "title": "Sort", "team": "Front desk" }] },
                { "key": "call", "title": "Call", "team": "front desk" },
                { "key": "close", "title": "Close", "team": "Front desk" },
                { "key": "clean", "title": "Clean", "role": "cleaner" },
                { "key": "rest", "title": "Rest" },
            ],
        });
        let id = add(&office, &ada, &body).await;
        let asked = json!({ "anchor": "2026-11-23", "list": office.list, "roles": { "lead": ada.user } });
        let shown = async || {
            let shown = office.send(Some(&bo.cookie), Method::POST, &format!("templates/{id}/preview"), &asked).await.json();
            let tasks = shown["tasks"].as_array().expect("tasks").clone();
            assert!(tasks[1..].iter().all(|task| task["responsible"].is_null()), "{shown}");
            tasks.iter().map(|task| task["who"].as_str().expect("words").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(shown().await, ["Person ada-alpha", "Front desk", "Front desk", "Front desk", "Front desk", "", ""]);
        claims::set_rounds(&site.platform, &office.owner(), "alpha", &[office.list].into()).await.expect("in turn");
        let turn = "Front desk, in turn";
        assert_eq!(shown().await, ["Person ada-alpha", turn, turn, turn, turn, "", ""]);

        let started = start(&office, &bo, &id, "a-key-of-the-opening", &asked).await;
        assert_eq!(started.status, StatusCode::CREATED, "{started:?}");
        let ids: Vec<TaskId> = serde_json::from_value(started.json()["tasks"].clone()).expect("ids");
        let whose = async |at: usize| office.get(ids[at]).await.responsible;
        let (first, second) = (whose(1).await.expect("somebody’s"), whose(2).await.expect("somebody’s"));
        assert_eq!(BTreeSet::from([first, second]), BTreeSet::from([bo.user, cy.user]), "Ada has one to do already");
        assert_eq!((whose(0).await, whose(3).await, whose(4).await), (Some(ada.user), Some(ada.user), Some(first)));
        assert_eq!((whose(5).await, whose(6).await), (None, None));
        let by_hand = office.task_with("By hand", |body| body.team = Some(team)).await;
        assert_eq!(office.get(by_hand).await.responsible, Some(second), "who has one, and the others two");
        let before = office.standing().await;
        let again = start(&office, &bo, &id, "a-key-of-the-opening", &asked).await;
        assert_eq!((again.json(), office.standing().await), (started.json(), before), "nobody has two turns for it");

        // Where it goes to another list, it waits in the queue.
        let other = office.list_in(office.space, "Another").await;
        let asked = json!({ "anchor": "2026-11-23", "list": other, "roles": { "lead": ada.user } });
        let started = start(&office, &bo, &id, "a-key-of-another", &asked).await.json();
        let post: TaskId = serde_json::from_value(started["tasks"][1].clone()).expect("an id");
        let post = office.get(post).await;
        assert_eq!((post.team, post.responsible), (Some(team), None));
    }

    /// What would be refused isn’t promised: a list without room for its sections, and a name that no list can have.
    async fn what_cannot_be_made_is_not_promised(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Manager).await;
        let id = add(&office, &ada, &moving()).await;
        let full = office.list_in(office.space, "Full").await;
        for number in 0..100 {
            office.section(full, &format!("Part {number}")).await;
        }
        let chosen = json!({ "client": "Harbour Café" });
        let before = office.standing().await;
        for (body, status, fields) in [
            (json!({ "anchor": "2027-01-25", "list": full, "variables": chosen }), StatusCode::CONFLICT, vec![]),
            (json!({ "anchor": "2027-01-25", "new_list": { "space": office.space, "name": "x".repeat(101) }, "variables": chosen }), StatusCode::UNPROCESSABLE_ENTITY, vec!["new_list".to_owned()]),
            (json!({ "anchor": "2027-01-25", "new_list": { "space": office.space, "name": "www.example.com" }, "variables": chosen }), StatusCode::UNPROCESSABLE_ENTITY, vec!["new_list".to_owned()]),
        ] {
            for path in ["preview", "start"] {
                let answer = office.post(Some(&ada.cookie), &format!("templates/{id}/{path}"), "a-key-for-nothing", &body).await;
                assert_eq!((answer.status, answer.fields()), (status, fields.clone()), "{path} {body}: {answer:?}");
            }
        }
        assert_eq!(office.standing().await, before);
    }

    /// A public holiday is one however far it is from the day that others are counted from.
    async fn holidays_are_known_far_away(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Manager).await;
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE organisations SET state = 'NSW' WHERE id = $1", office.id).expect("its state");
        tx.commit().await.expect("a commit");
        let body = json!({ "name": "Warranty", "anchor": { "name": "Sold on" }, "tasks": [{ "key": "call", "title": "Call", "due": { "days": 1194, "adjust": "next_working" } }] });
        let id = add(&office, &ada, &body).await;
        let asked = json!({ "anchor": "2025-01-06", "list": office.list });
        let shown = office.send(Some(&ada.cookie), Method::POST, &format!("templates/{id}/preview"), &asked).await.json();
        assert_eq!(shown["tasks"][0]["due_day"], json!("2028-04-18"), "the Tuesday after Easter: {shown}");
        assert!(shown["warnings"].to_string().contains("would have been due on Good Friday"), "{shown}");
        let started = start(&office, &ada, &id, "a-key-of-the-sale", &asked).await.json();
        let call: TaskId = serde_json::from_value(started["tasks"][0].clone()).expect("an id");
        assert_eq!(office.card(call).await.due_day.as_deref(), Some("2028-04-18"));
        assert!(!shown["warnings"].to_string().contains("Public holidays are counted"), "its state is known: {shown}");
        // Without a state it is said, but where no day depends on it.
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE organisations SET state = '' WHERE id = $1", office.id).expect("no state");
        tx.commit().await.expect("a commit");
        let shown = office.send(Some(&ada.cookie), Method::POST, &format!("templates/{id}/preview"), &asked).await.json();
        assert!(shown["warnings"].to_string().contains("Public holidays are counted as working days"), "{shown}");
        let body = json!({ "name": "Any day", "anchor": { "name": "Sold on" }, "tasks": [{ "key": "call", "title": "Call", "due": { "days": 10 } }] });
        let id = add(&office, &ada, &body).await;
        let shown = office.send(Some(&ada.cookie), Method::POST, &format!("templates/{id}/preview"), &asked).await.json();
        assert_eq!(shown["warnings"], json!([]), "{shown}");
    }

    /// Keys stand in brackets in forms, where one that begins with a digit can’t: it is refused where a program sends it, and the page makes none.
    async fn keys_can_stand_in_forms(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Manager).await;
        let review = |more: Value| {
            let mut body = json!({ "name": "Review", "anchor": { "name": "Day" }, "tasks": [{ "key": "read", "title": "Read" }] });
            for (name, value) in more.as_object().expect("a body") {
                body[name] = value.clone();
            }
            body
        };
        for (wrong, field) in [
            (json!({ "roles": [{ "key": "2nd", "name": "Second" }] }), "roles[0].key"),
            (json!({ "roles": [{ "key": "-nd", "name": "Second" }] }), "roles[0].key"),
            (json!({ "variables": [{ "key": "3rd", "name": "Third" }] }), "variables[0].key"),
        ] {
            let refused = add_answer(&office, &ada, &review(wrong)).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{refused:?}");
            assert!(refused.text.contains("A key begins with a small letter."), "{refused:?}");
        }
        let id = add(&office, &ada, &review(json!({}))).await;
        let here = format!("/app/alpha/tasks/templates/{id}");
        let form = async |name: &str, from: &str, fields: &[(&str, &str)]| {
            let fields: Vec<(&str, &str)> = [("org", "alpha"), ("id", id.as_str())].iter().chain(fields).copied().collect();
            site.form(Some(&ada.cookie), &format!("/fn/tasks/{name}"), &format!("{here}/{from}"), &fields).await
        };
        let saved = form("save-template", "edit", &[
            ("version", "1"), ("name", "Review"), ("anchor_name", "Day"), ("role_names[new-1][]", "2nd reviewer"), ("variable_names[new-1][]", "3rd party"), ("variable_kinds[new-1][]", "text"),
        ]).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{saved:?}");
        let body = office.send(Some(&ada.cookie), Method::GET, &format!("templates/{id}"), &json!(null)).await.json()["body"].clone();
        assert_eq!((&body["roles"][0]["key"], &body["variables"][0]["key"]), (&json!("no-2nd-reviewer"), &json!("no-3rd-party")), "{body}");
        let page = site.get_as(&ada.cookie, &format!("{here}/start")).await;
        assert!(page.text.contains("roles[no-2nd-reviewer][]"), "{}", page.text);
        let (user, list) = (ada.user.to_string(), office.list.to_string());
        let seen = form("preview-template", "start", &[("anchor", "2026-11-23"), ("list", &list), ("roles[no-2nd-reviewer][]", &user), ("variables[no-3rd-party][]", "Ruby Lee")]).await;
        assert!(seen.status == StatusCode::OK && seen.text.contains("Tasks to be added"), "{}", seen.text);
    }

    /// What starts a template by itself is changed where it stands: what isn’t said stays, and of two who change it the second is asked. Who may not, or doesn’t
    /// see where its tasks go, changes nothing; nor does what is refused.
    async fn what_starts_it_is_changed(site: Site) {
        let (office, beta) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, bo, cy) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Member).await, office.member("Cy", Role::Manager).await);
        let wes = beta.member("Wes", Role::Manager).await;
        let (_, _, hidden) = office.private("Board", &[ada.user]).await;
        let id = add(&office, &ada, &moving()).await;
        let body = every_day(json!({ "list": office.list, "variables": { "client": "Harbour Café" }, "roles": { "lead": bo.user } }));
        let added = office.post(Some(&ada.cookie), &format!("templates/{id}/triggers"), "a-key-of-the-days", &body).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
        let at = format!("triggers/{}", added.json()["id"].as_str().expect("an id"));
        let look = async |member: &Member| office.send(Some(&member.cookie), Method::GET, &at, &json!(null)).await;
        let patch = async |member: &Member, body: &Value| office.send(Some(&member.cookie), Method::PATCH, &at, body).await;
        let shown = look(&ada).await.json();
        let mut said = body.clone();
        (said["first_day"], said["event"]) = (json!("2026-11-23"), json!(""));
        (said["anchor"], said["from_event"]) = (json!(""), json!({}));
        assert_eq!((&shown["version"], &shown["template"], &shown["paused"], &shown["body"]), (&json!(1), &json!(id), &json!(null), &said), "{shown}");

        let before = office.standing().await;
        let changed = patch(&ada, &json!({ "version": 1, "rule": "FREQ=WEEKLY;BYDAY=MO", "time": "09:30" })).await;
        assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
        (said["rule"], said["time"]) = (json!("FREQ=WEEKLY;BYDAY=MO"), json!("09:30"));
        let changed = changed.json();
        assert_eq!((&changed["version"], &changed["body"]), (&json!(2), &said), "{changed}");
        assert_eq!(office.standing().await, (before.0, before.1, before.2 + 1), "it is told of once");
        let line = office.send(Some(&ada.cookie), Method::GET, &format!("templates/{id}/triggers"), &json!(null)).await.json()[0].clone();
        assert_eq!((&line["version"], &line["next_at"]), (&json!(2), &json!("2026-11-22T22:30:00Z")), "{line}");
        assert!(line["words"].as_str().is_some_and(|words| words.contains("Monday, at 9:30 am")), "{line}");

        let before = office.standing().await;
        assert_eq!(patch(&ada, &json!({ "version": 1, "time": "10:00" })).await.status, StatusCode::CONFLICT);
        let same = patch(&ada, &json!({ "version": 2, "time": "09:30" })).await;
        assert_eq!((same.status, &same.json()["version"]), (StatusCode::OK, &json!(2)), "nothing is different");
        for (mut wrong, field) in [
            (json!({ "rule": "FREQ=SOMETIMES" }), "rule"),
            (json!({ "rule": "FREQ=DAILY;UNTIL=20200101" }), "rule"),
            (json!({ "time": "noon" }), "time"),
            (json!({ "first_day": "soon" }), "first_day"),
            (json!({ "kind": "whim" }), "kind"),
            (json!({ "kind": "event" }), "event"),
            (json!({ "kind": "event", "event": "tasks.task_added" }), "event"),
            (json!({ "variables": {} }), "variables.client"),
            (json!({ "list": hidden }), "roles.lead"),
        ] {
            wrong["version"] = json!(2);
            let refused = patch(&ada, &wrong).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{wrong}: {refused:?}");
        }
        for anothers in [json!({ "version": 2, "list": beta.list }), json!({ "version": 2, "roles": { "lead": wes.user } })] {
            assert_eq!(patch(&ada, &anothers).await.status, StatusCode::NOT_FOUND, "{anothers}");
        }
        let good = json!({ "version": 2, "time": "10:00" });
        assert_eq!(patch(&bo, &good).await.status, StatusCode::FORBIDDEN);
        assert_eq!(look(&bo).await.status, StatusCode::FORBIDDEN);
        assert_eq!(patch(&wes, &good).await.status, StatusCode::NOT_FOUND);
        for method in [Method::GET, Method::PATCH] {
            let theirs = beta.send(Some(&wes.cookie), method, &at, &good).await;
            assert_eq!(theirs.status, StatusCode::NOT_FOUND, "by its id in another organisation");
        }
        assert_eq!(office.standing().await, before);

        let moved = patch(&ada, &json!({ "version": 2, "list": hidden, "roles": {} })).await;
        assert_eq!(moved.status, StatusCode::OK, "{moved:?}");
        assert_eq!((look(&cy).await.status, patch(&cy, &json!({ "version": 3, "time": "10:00" })).await.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        templates::archive(&site.platform, &office.owner(), "alpha", &id, true).await.expect("put away");
        let version = look(&ada).await.json()["version"].clone();
        assert_eq!(patch(&ada, &json!({ "version": version, "time": "10:00" })).await.status, StatusCode::CONFLICT);
    }

    /// A change takes nothing away that is due: that is started as it is said by then. What is paused stays so, and somebody who has left keeps nobody from it.
    async fn what_is_due_is_started_as_it_is_said(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Member).await);
        let other = office.list_in(office.space, "Another").await;
        let id = add(&office, &ada, &moving()).await;
        let body = every_day(json!({ "list": office.list, "variables": { "client": "Harbour Café" }, "roles": { "lead": bo.user, "office": ada.user } }));
        let trigger = set_up(&office, &ada, &id, &body).await;
        let next = async || triggers::list(&site.platform, &ada.actor, "alpha", &id).await.expect("triggers").remove(0).next_at.unwrap_or_default();
        let save = async |patch: Value| change(&office, &ada, &trigger, patch).await;
        // It is due, and nobody has looked yet.
        site.set_clock("2026-11-23T21:30:00Z");
        save(json!({ "version": 1, "list": other })).await.expect("saved");
        triggers::run(&site.platform).await.expect("it starts");
        assert_eq!((office.standing().await.0, office.titles(office.list).await.as_str(), next().await.as_str()), (4, "", "2026-11-24T21:00:00Z"));
        save(json!({ "version": 2, "time": "12:00" })).await.expect("saved");
        assert_eq!(next().await, "2026-11-24T01:00:00Z", "noon is still to come");

        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2", office.id, bo.user).expect("they left");
        tx.commit().await.expect("a commit");
        let saved = save(json!({ "version": 3, "time": "13:00" })).await.expect("saved");
        assert_eq!((saved.version, saved.body.roles), (4, BTreeMap::from([("office".to_owned(), ada.user)])));

        triggers::switch(&site.platform, &ada.actor, "alpha", &trigger, false).await.expect("paused");
        assert_eq!(outcome(save(json!({ "version": 4, "time": "14:00" })).await), "409", "somebody paused it meanwhile");
        let saved = save(json!({ "version": 5, "time": "14:00" })).await.expect("saved");
        assert!(saved.paused.is_some() && next().await.is_empty(), "{saved:?}");
        site.set_clock("2026-11-24T03:30:00Z");
        triggers::run(&site.platform).await.expect("nothing is due");
        assert_eq!(office.standing().await.0, 4);
        triggers::switch(&site.platform, &ada.actor, "alpha", &trigger, true).await.expect("it goes on");
        assert_eq!(next().await, "2026-11-25T03:00:00Z");
    }

    /// What waits for the same as before misses nothing; what waits for something else from now on begins with what happens then.
    async fn what_it_waits_for_is_changed(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Manager).await;
        let other = office.list_in(office.space, "Another").await;
        let id = add(&office, &ada, &moving()).await;
        let body = json!({ "kind": "event", "event": "calendar.appointment_booked", "list": office.list, "variables": { "client": "Harbour Café" } });
        let trigger = set_up(&office, &ada, &id, &body).await;
        let times = site.slots("alpha", "follow-up").await;
        let book = async |key: &str, at: usize| {
            let booked = site.book("alpha", key, &booking("follow-up", &times[at])).await;
            assert_eq!(booked.status, StatusCode::CREATED, "{booked:?}");
        };
        let save = async |patch: Value| change(&office, &ada, &trigger, patch).await;
        book("a-key-of-the-first", 0).await;
        save(json!({ "version": 1, "list": other })).await.expect("saved");
        triggers::run(&site.platform).await.expect("it starts");
        assert_eq!((office.standing().await.0, office.titles(office.list).await.as_str()), (4, ""), "in the list that it goes to by now");
        book("a-key-of-the-second", times.len() / 2).await;
        save(json!({ "version": 2, "event": "calendar.appointment_cancelled" })).await.expect("saved");
        book("a-key-of-the-third", times.len() - 1).await;
        triggers::run(&site.platform).await.expect("nothing is cancelled");
        assert_eq!(office.standing().await.0, 4);

        // What was noted is dropped with what it waited for; and nothing is looked through any more.
        let mut tx = office.opened(Access::Write).await;
        let row = rows::triggers(&mut tx, None).await.expect("triggers").remove(0);
        let fire = rows::FireRow { id: app::ids::fresh(tx.now()), trigger_id: row.id, sequence: 1_000_000, day: "2026-11-24".to_owned() };
        assert_eq!(rows::insert_fire(&mut tx, &fire).await.expect("noted"), 1);
        tx.commit().await.expect("a commit");
        let saved = save(json!({ "version": 3, "kind": "schedule", "rule": "FREQ=DAILY", "time": "08:00" })).await.expect("saved");
        assert_eq!((saved.body.kind.as_str(), saved.body.event.as_str(), saved.body.first_day.as_str()), ("schedule", "", "2026-11-23"));
        triggers::run(&site.platform).await.expect("nothing is due");
        assert_eq!(office.standing().await.0, 4);
        let mut tx = office.opened(Access::Read).await;
        assert_eq!(rows::cursor(&mut tx).await.expect("read"), None);
        tx.rollback().await.expect("read");
    }

    /// What starts a template is changed by a form alone, which shows it as it is; a rule that the form can’t say stands there as it was written.
    async fn what_starts_it_is_changed_by_a_form(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Member).await);
        let id = add(&office, &ada, &moving()).await;
        let more = json!({ "list": office.list, "variables": { "client": "Harbour Café" }, "roles": { "lead": bo.user }, "rule": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20281231" });
        let trigger = set_up(&office, &ada, &id, &every_day(more)).await;
        let here = format!("/app/alpha/tasks/templates/{id}");
        let page = format!("{here}/triggers/{trigger}");
        assert!(site.get_as(&ada.cookie, &here).await.text.contains(&page), "a link leads there");
        let shown = site.get_as(&ada.cookie, &page).await;
        for part in ["FREQ=WEEKLY;BYDAY=TU;UNTIL=20281231", "Harbour Café", "By a rule, as calendars write it", "Person bo-alpha"] {
            assert!(shown.status == StatusCode::OK && shown.text.contains(part), "{part}: {}", shown.text);
        }
        let (list, lead) = (office.list.to_string(), bo.user.to_string());
        let base = [
            ("org", "alpha"), ("id", trigger.as_str()), ("kind", "schedule"), ("interval", "2"), ("weekdays[]", "4"), ("nth", "1"), ("month_day", "1"), ("month", "1"), ("first_day", "2026-11-23"), ("list", list.as_str()),
            ("roles[lead][]", lead.as_str()), ("variables[client][]", "Harbour Café"),
        ];
        let form = async |cookie: &str, more: &[(&str, &str)]| site.form(Some(cookie), "/fn/tasks/save-trigger", &page, &[&base[..], more].concat()).await;
        let saved = form(&ada.cookie, &[("version", "1"), ("repeats", "weekly"), ("time", "07:30")]).await;
        assert!(saved.status == StatusCode::FOUND && saved.location().contains(&format!("{here}?trigger_saved=1")), "{saved:?}");
        let now = triggers::show(&site.platform, &ada.actor, "alpha", &trigger).await.expect("it is there");
        assert_eq!((now.version, now.body.rule.as_str(), now.body.time.as_str()), (2, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", "07:30"));
        assert_eq!(now.body.roles, BTreeMap::from([("lead".to_owned(), bo.user)]));

        let late = form(&ada.cookie, &[("version", "1"), ("repeats", "weekly"), ("time", "07:45")]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.text.contains("Somebody else changed this automatic start") && late.text.contains("07:45"), "{}", late.text);
        let wrong = form(&ada.cookie, &[("version", "2"), ("repeats", "custom"), ("rule_text", "sometimes"), ("time", "07:30")]).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("This rule can’t be read."), "{}", wrong.text);
        assert_eq!(form(&bo.cookie, &[("version", "2"), ("repeats", "daily"), ("time", "07:30")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.get_as(&bo.cookie, &page).await.status, StatusCode::FORBIDDEN);
        let mut body = moving();
        body["name"] = json!("Another move");
        let other = add(&office, &ada, &body).await;
        let elsewhere = format!("/app/alpha/tasks/templates/{other}/triggers/{trigger}");
        assert_eq!(site.get_as(&ada.cookie, &elsewhere).await.status, StatusCode::NOT_FOUND);
        let now = triggers::show(&site.platform, &ada.actor, "alpha", &trigger).await.expect("it is there");
        assert_eq!((now.version, now.body.time.as_str()), (2, "07:30"));

        // Another is set up by the same form.
        let page = format!("{here}/triggers/new?kind=schedule");
        let shown = site.get_as(&ada.cookie, &page).await.text;
        assert!(shown.contains(&format!("name=\"template\" value=\"{id}\"")) && shown.contains("action=\"/fn/tasks/save-trigger\""), "{shown}");
        let first = [("org", "alpha"), ("template", id.as_str()), ("key", "a-key-of-another"), ("repeats", "daily"), ("time", "09:00")];
        let fields = [&first[..], &base[2..]].concat();
        for _ in 0..2 {
            let added = site.form(Some(&ada.cookie), "/fn/tasks/save-trigger", &page, &fields).await;
            assert!(added.status == StatusCode::FOUND && added.location().contains(&format!("{here}?trigger_added=1")), "{added:?}");
        }
        assert_eq!(triggers::list(&site.platform, &ada.actor, "alpha", &id).await.expect("triggers").len(), 2);
    }

    /// Where its list is put away it pauses, and whoever set it up gets an email; somebody who has left leaves their tasks nobody’s, and it starts all the same.
    async fn what_cannot_be_started_pauses(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Member).await);
        let id = add(&office, &ada, &moving()).await;
        let body = every_day(json!({ "list": office.list, "variables": { "client": "Harbour Café" }, "roles": { "lead": bo.user, "office": ada.user } }));
        let added = office.post(Some(&ada.cookie), &format!("templates/{id}/triggers"), "a-key-of-the-days", &body).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2", office.id, bo.user).expect("they left");
        tx.commit().await.expect("a commit");
        site.set_clock("2026-11-23T21:30:00Z");
        triggers::run(&site.platform).await.expect("it starts");
        assert_eq!(office.standing().await.0, 4);
        let lines = runs::list(&site.platform, &ada.actor, "alpha", None).await.expect("runs");
        let warnings = lines[0].warnings.join(" ");
        assert!(warnings.contains("Whoever was Move lead doesn’t belong to your organisation any more.") && warnings.contains("2 tasks are unassigned"), "{warnings}");
        site.mailed().await;

        let archive = async |archived: bool| {
            let list = office.list.to_string();
            lists::archive_list(&site.platform, &office.owner(), "alpha", &list, archived).await.expect("put away, or out again");
        };
        let line = async || triggers::list(&site.platform, &ada.actor, "alpha", &id).await.expect("triggers").remove(0);
        archive(true).await;
        site.set_clock("2026-11-24T21:30:00Z");
        for _ in 0..2 {
            triggers::run(&site.platform).await.expect("it pauses");
        }
        assert_eq!(office.standing().await.0, 4);
        let paused = line().await;
        assert!(paused.paused.as_ref().is_some_and(|why| why.contains("archived")) && paused.next_at.is_none(), "{paused:?}");
        let letters = site.mailed().await;
        let told: Vec<_> = letters.iter().filter(|letter| letter.subject == PAUSED).collect();
        assert_eq!((told.len(), told[0].to.as_str()), (1, "ada-alpha@example.com"), "{letters:?}");
        assert!(told[0].paragraphs.concat().contains("“Office move”"), "{told:?}");

        // It goes on once that is put right, and stops with its template.
        let go_on = async || triggers::switch(&site.platform, &ada.actor, "alpha", &paused.id.to_string(), true).await;
        assert_eq!(outcome(go_on().await), "409");
        archive(false).await;
        assert_eq!(outcome(go_on().await), "done");
        templates::archive(&site.platform, &office.owner(), "alpha", &id, true).await.expect("put away");
        assert_eq!(line().await.paused.as_deref(), Some("Its template is archived."));
        assert_eq!(outcome(go_on().await), "409");
    }

    /// Nothing is started for who couldn’t set it up any more: who became a member like others, was removed, isn’t in the team whose list it is, or a program that
    /// was stopped. The owner hears of it; and whoever organises lets it go on, as theirs.
    async fn nothing_is_started_for_who_may_no_longer(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Manager).await);
        let (cy, dee) = (office.member("Cy", Role::Manager).await, office.member("Dee", Role::Manager).await);
        let program = Actor::Token(office.token(&["tasks.view", "tasks.change", "tasks.organise"]).await);
        let (team, _, hidden) = office.private("Payroll", &[cy.user, dee.user]).await;
        let id = add(&office, &ada, &moving()).await;
        let mut all = Vec::new();
        for (at, (actor, list)) in [(&ada.actor, office.list), (&bo.actor, office.list), (&cy.actor, hidden), (&program, office.list), (&dee.actor, hidden)].into_iter().enumerate() {
            let body = every_day(json!({ "list": list, "variables": { "client": "Harbour Café" } }));
            let body: TriggerBody = serde_json::from_value(body).expect("a body");
            let added = triggers::add(&site.platform, actor, "alpha", &id, &body, &format!("a-key-of-the-days-{at}")).await;
            all.push(added.expect("it is set up").to_string());
        }
        let changed = async |statement: u8| {
            let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
            let done = match statement {
                0 => platform_sql!(exec, &mut tx, "UPDATE memberships SET role = 'member' WHERE org_id = $1 AND user_id = $2", office.id, ada.user),
                1 => platform_sql!(exec, &mut tx, "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2", office.id, bo.user),
                2 => platform_sql!(exec, &mut tx, "DELETE FROM tasks_team_members WHERE org_id = $1 AND team_id = $2 AND user_id = $3", office.id, team, cy.user),
                3 => platform_sql!(exec, &mut tx, "UPDATE api_tokens SET revoked_at = created_at WHERE org_id = $1", office.id),
                _ => platform_sql!(exec, &mut tx, "UPDATE memberships SET role = 'member' WHERE org_id = $1 AND user_id = $2", office.id, dee.user),
            };
            assert_ne!(done.expect("changed"), 0, "{statement}");
            tx.commit().await.expect("a commit");
        };
        for statement in 0..4 {
            changed(statement).await;
        }
        site.mailed().await;
        let paused = async || {
            let mut now = BTreeMap::new();
            for line in triggers::list(&site.platform, &office.owner(), "alpha", &id).await.expect("triggers") {
                now.insert(line.id.to_string(), line.paused);
            }
            all.iter().map(|trigger| now[trigger].as_deref() == Some(triggers::MAKER_LOST)).collect::<Vec<_>>()
        };
        site.set_clock("2026-11-23T21:30:00Z");
        for _ in 0..2 {
            triggers::run(&site.platform).await.expect("one starts, the others pause");
        }
        assert_eq!(office.standing().await.0, 4, "one of five was started");
        assert_eq!(paused().await, [true, true, true, true, false]);
        let letters = site.mailed().await;
        let told: Vec<&str> = letters.iter().filter(|letter| letter.subject == PAUSED).map(|letter| letter.to.as_str()).collect();
        assert_eq!(told, ["owner@alpha.example.com"; 4], "{letters:?}");

        // Another manager lets one go on: it is started as theirs, as long as they may.
        assert_eq!(outcome(triggers::switch(&site.platform, &ada.actor, "alpha", &all[0], true).await), "403");
        assert_eq!(outcome(triggers::switch(&site.platform, &cy.actor, "alpha", &all[2], true).await), "404");
        triggers::switch(&site.platform, &dee.actor, "alpha", &all[0], true).await.expect("it goes on");
        site.set_clock("2026-11-24T21:30:00Z");
        triggers::run(&site.platform).await.expect("two start");
        assert_eq!(office.standing().await.0, 12);
        changed(4).await;
        site.set_clock("2026-11-25T21:30:00Z");
        triggers::run(&site.platform).await.expect("they pause");
        assert_eq!(office.standing().await.0, 12);
        assert_eq!(paused().await, [true; 5]);
    }

    /// A template of a private list is for who sees that list’s space, in all that is told of templates, until who organises shares it with everybody.
    async fn a_template_is_for_who_sees_its_space(site: Site) {
        let (office, beta) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, bo, cy) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Manager).await, office.member("Cy", Role::Member).await);
        let wes = beta.member("Wes", Role::Manager).await;
        let (_, space, hidden) = office.private("Payroll", &[ada.user]).await;
        office.task_with("Pay Kim in full", |body| (body.list, body.responsible) = (hidden, Some(ada.user))).await;
        let made = office.post(Some(&ada.cookie), "templates/from", "a-key-of-the-list", &from(json!({ "list": hidden, "name": "Pay run" }))).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let id = made.json()["id"].as_str().expect("an id").to_owned();
        let look = async |member: &Member, id: &str| office.send(Some(&member.cookie), Method::GET, &format!("templates/{id}"), &json!(null)).await;
        let hers = look(&ada, &id).await;
        assert_eq!((hers.status, &hers.json()["space"]), (StatusCode::OK, &json!(space)), "{hers:?}");
        assert!(!hers.text.contains("ada-alpha"), "people become roles: {hers:?}");

        let begin = json!({ "anchor": "2026-11-23", "list": office.list });
        let before = (office.standing().await, beta.standing().await);
        for (at, (method, path, body)) in [
            (Method::GET, format!("templates/{id}"), json!(null)),
            (Method::GET, format!("templates/{id}?version=1"), json!(null)),
            (Method::GET, format!("templates/{id}/versions"), json!(null)),
            (Method::GET, format!("templates/{id}/triggers"), json!(null)),
            (Method::POST, format!("templates/{id}/preview"), begin.clone()),
            (Method::POST, format!("templates/{id}/start"), begin.clone()),
            (Method::POST, format!("templates/{id}/copy"), json!({})),
            (Method::POST, format!("templates/{id}/archive"), json!({ "archived": true })),
            (Method::POST, format!("templates/{id}/share"), json!({})),
        ].into_iter().enumerate() {
            let key = format!("a-key-of-looking-{at}");
            let outside = office.keyed(Some(&bo.cookie), method.clone(), &path, &key, &body).await;
            assert_eq!(outside.status, StatusCode::NOT_FOUND, "{method} {path}: {outside:?}");
            let other = beta.keyed(Some(&wes.cookie), method.clone(), &path, &key, &body).await;
            assert_eq!(other.status, StatusCode::NOT_FOUND, "{method} {path}: {other:?}");
        }
        for path in ["/app/alpha/tasks/templates".to_owned(), format!("/app/alpha/tasks/templates/{id}"), format!("/app/alpha/tasks/templates/{id}/start")] {
            let page = site.get_as(&bo.cookie, &path).await;
            assert!(!page.text.contains("Pay run") && !page.text.contains("Pay Kim"), "{path}: {}", page.text);
        }
        let all = async |member: &Member| office.send(Some(&member.cookie), Method::GET, "templates", &json!(null)).await.text;
        assert!(all(&ada).await.contains("Pay run") && !all(&bo).await.contains("Pay run"));
        assert_eq!((office.standing().await, beta.standing().await), before, "nothing was written");

        // What is started of it where others look is seen there, and not of which template.
        let started = start(&office, &ada, &id, "a-key-of-the-start", &begin).await;
        assert_eq!(started.status, StatusCode::CREATED, "{started:?}");
        let told = runs::list(&site.platform, &bo.actor, "alpha", None).await.expect("runs");
        assert_eq!((told.len(), told[0].name.as_str()), (1, "A template that isn’t yours"));
        let mut same = moving();
        same["name"] = json!("Pay run");
        add(&office, &bo, &same).await;
        // Whoever sees both reads which is which; who sees one alone isn’t told of the other.
        let listed = async |member: &Member| site.get_as(&member.cookie, "/app/alpha/tasks/templates").await.text;
        let (hers, his) = (listed(&ada).await, listed(&bo).await);
        assert!(hers.contains("version 1 · Payroll") && hers.contains("version 1 · for everybody"), "{hers}");
        assert!(!his.contains("Payroll") && !his.contains("for everybody"), "{his}");
        let trigger = set_up(&office, &ada, &id, &every_day(json!({ "list": office.list }))).await;
        let (_, act) = triggers::remove(&site.platform, &ada.actor, "alpha", &trigger).await.expect("taken away");
        assert_eq!(outcome(office.undo_as(&bo.actor, act).await), "404", "he doesn’t see what it starts");
        office.undo_as(&ada.actor, act).await.expect("it is back");

        // A copy is for the same people; and each is shared by a word of who organises and sees it.
        let copied = office.post(Some(&ada.cookie), &format!("templates/{id}/copy"), "a-key-of-the-copy", &json!({})).await;
        assert_eq!(copied.status, StatusCode::CREATED, "{copied:?}");
        let copy = copied.json()["id"].as_str().expect("an id").to_owned();
        assert_eq!(look(&bo, &copy).await.status, StatusCode::NOT_FOUND);
        assert_eq!(outcome(templates::share(&site.platform, &cy.actor, "alpha", &id).await), "403");
        assert_eq!(outcome(templates::share(&site.platform, &Actor::Anonymous, "alpha", &id).await), "401");
        let shared = office.send(Some(&ada.cookie), Method::POST, &format!("templates/{id}/share"), &json!({})).await;
        assert_eq!(shared.status, StatusCode::NO_CONTENT, "{shared:?}");
        let his = look(&bo, &id).await;
        assert_eq!((his.status, &his.json()["space"]), (StatusCode::OK, &json!(null)), "{his:?}");
        let both = listed(&bo).await;
        assert_eq!(both.matches("version 1 · for everybody, saved 2").count(), 2, "{both}");
        let page = format!("/app/alpha/tasks/templates/{copy}");
        assert!(site.get_as(&ada.cookie, &page).await.text.contains("Yes, share it"));
        let shared = site.form(Some(&ada.cookie), "/fn/tasks/share-template", &page, &[("org", "alpha"), ("id", &copy)]).await;
        assert_eq!((shared.status, shared.location()), (StatusCode::FOUND, format!("{page}?shared=1").as_str()), "{shared:?}");
        assert_eq!(look(&cy, &copy).await.status, StatusCode::OK);
        assert!(!site.get_as(&ada.cookie, &page).await.text.contains("Yes, share it"), "there is nothing more to share");
    }

    /// A template of which nothing was started is deleted with all that its versions said and what starts it; what was started keeps the one that it is of.
    async fn a_template_is_deleted_while_nothing_needs_it(site: Site) {
        let (office, beta) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, bo) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Member).await);
        let id = add(&office, &ada, &moving()).await;
        let every_day = every_day(json!({ "list": office.list, "variables": { "client": "Harbour Café" } }));
        let trigger = set_up(&office, &ada, &id, &every_day).await;
        let body: TriggerBody = serde_json::from_value(every_day).expect("a body");
        let away = triggers::add(&site.platform, &ada.actor, "alpha", &id, &body, "a-key-of-another").await.expect("another").to_string();
        let (_, act) = triggers::remove(&site.platform, &ada.actor, "alpha", &away).await.expect("taken away");
        let mut kept = moving();
        kept["name"] = json!("Kept");
        let kept = add(&office, &ada, &kept).await;
        let begin = json!({ "anchor": "2026-11-23", "list": office.list, "variables": { "client": "Harbour Café" } });
        assert_eq!(start(&office, &ada, &kept, "a-key-of-the-start", &begin).await.status, StatusCode::CREATED);
        let delete = async |actor: &Actor, org: &str, id: &str| outcome(templates::delete(&site.platform, actor, org, id).await);
        let before = (office.standing().await, beta.standing().await);
        assert_eq!(delete(&ada.actor, "alpha", &kept).await, "409");
        assert_eq!(delete(&bo.actor, "alpha", &id).await, "403");
        assert_eq!(delete(&beta.owner(), "alpha", &id).await, "404");
        assert_eq!(delete(&beta.owner(), "beta", &id).await, "404");
        assert_eq!(delete(&Actor::Anonymous, "alpha", &id).await, "401");
        assert_eq!((office.standing().await, beta.standing().await), before);
        let gone = office.send(Some(&ada.cookie), Method::DELETE, &format!("templates/{id}"), &json!({})).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
        assert_eq!(delete(&ada.actor, "alpha", &id).await, "404");
        assert_eq!(outcome(office.undo_as(&ada.actor, act).await), "409", "what started it and was taken away is gone with it");
        assert_eq!(outcome(triggers::show(&site.platform, &ada.actor, "alpha", &trigger).await), "404");
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let (versions,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_template_versions WHERE org_id = $1", office.id).expect("counted");
        tx.rollback().await.expect("read");
        assert_eq!(versions, 1, "of the other");

        site.advance(1);
        let again = add(&office, &ada, &moving()).await;
        let page = format!("/app/alpha/tasks/templates/{again}");
        assert!(site.get_as(&ada.cookie, &page).await.text.contains("Yes, delete it"));
        let gone = site.form(Some(&ada.cookie), "/fn/tasks/delete-template", &page, &[("org", "alpha"), ("id", &again)]).await;
        assert_eq!((gone.status, gone.location()), (StatusCode::FOUND, "/app/alpha/tasks/templates?deleted=1"), "{gone:?}");
        let all = site.get_as(&ada.cookie, gone.location()).await.text;
        assert!(all.contains("Deleted, with all of its versions.") && !all.contains("Office move"), "{all}");

        site.set_clock("2026-11-23T21:30:00Z");
        triggers::run(&site.platform).await.expect("nothing is due");
        assert_eq!(office.standing().await.0, 4, "what was started before");
    }

    /// 500 tasks take few statements, however they are written down.
    async fn many_tasks_take_few_statements(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Manager).await;
        let tasks: Vec<Value> = (0..500)
            .map(|at| json!({ "key": format!("t{at}"), "title": format!("Task {at}"), "due": { "days": at % 60, "unit": "working" }, "checklist": ["One", "Two"] }))
            .collect();
        let id = add(&office, &ada, &json!({ "name": "Large", "anchor": { "name": "Day" }, "tasks": tasks })).await;
        let mut tx = office.opened(Access::Write).await;
        let template = templates::find(&mut tx, &id).await.expect("the template");
        let asked = Asked::of(date(2027, 1, 25), Goes::To(office.list), Chosen::default());
        let before = site.platform.db.statements().expect("it counts");
        let run = RunId::new(tx.now());
        let started = runs::start_in(&mut tx, &template, &asked, run, None).await.expect("started");
        let sent = site.platform.db.statements().expect("it counts") - before;
        tx.commit().await.expect("a commit");
        assert_eq!(started.tasks.len(), 500);
        assert!(sent <= 80, "{sent} statements");
        assert_eq!(office.card(started.tasks[499]).await.checks.1, 2);
        if !site.platform.db.is_postgres() {
            return;
        }
        // What leads to a task finds it by its key: by a plan from when there were few it walks through all of them, each time.
        let mut fetched = 0;
        for _ in 0..3 {
            let mut tx = office.opened(Access::Write).await;
            let run = RunId::new(tx.now());
            runs::start_in(&mut tx, &template, &asked, run, None).await.expect("started");
            (fetched,) = platform_sql!(
                one(i64,),
                &mut tx,
                "SELECT CAST(idx_tup_fetch + seq_tup_read AS BIGINT) FROM pg_stat_xact_user_tables WHERE relname = 'tasks_tasks'"
            )
            .expect("it counts");
            tx.commit().await.expect("a commit");
        }
        assert!(fetched < 50_000, "{fetched} rows of tasks were read");
    }

    /// A template that would make more tasks than there is room for makes none; nor does one whose words grow too long with what is filled in.
    async fn what_has_no_room_is_not_started(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Manager).await;
        let three = json!({ "name": "Three", "anchor": { "name": "Day" }, "tasks": [{ "key": "a", "title": "A" }, { "key": "b", "title": "B" }, { "key": "c", "title": "C" }] });
        let id = add(&office, &ada, &three).await;
        let body = json!({ "anchor": "2027-01-25", "list": office.list });
        site.platform.kept::<Bounds>().tasks.store(2, Ordering::Relaxed);
        let before = office.standing().await;
        let refused = start(&office, &ada, &id, "no-room-for-three", &body).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
        assert_eq!(office.standing().await, before, "nothing was made");
        site.platform.kept::<Bounds>().tasks.store(3, Ordering::Relaxed);
        let started = start(&office, &ada, &id, "room-for-three", &body).await;
        assert_eq!(started.status, StatusCode::CREATED, "{started:?}");
        site.platform.kept::<Bounds>().tasks.store(200_000, Ordering::Relaxed);
        let notes = "{{a}}".repeat(39);
        let steps: Vec<Value> = (0..30).map(|at| json!({ "key": format!("t{at}"), "title": "Task", "notes": notes })).collect();
        let grows = json!({ "name": "Grows", "anchor": { "name": "Day" }, "variables": [{ "key": "a", "name": "A" }], "tasks": steps });
        let id = add(&office, &ada, &grows).await;
        let body = |value: String| json!({ "anchor": "2027-01-25", "list": office.list, "variables": { "a": value } });
        let before = office.standing().await;
        let refused = start(&office, &ada, &id, "it-grows-too-long", &body("x".repeat(500))).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
        assert_eq!(office.standing().await, before, "nothing was made");
        let started = start(&office, &ada, &id, "it-stays-short", &body("x".repeat(5))).await;
        assert_eq!(started.status, StatusCode::CREATED, "{started:?}");
    }

    /// All of it works by forms alone: taking one, changing its tasks, seeing what comes of it, starting it.
    async fn pages_work_without_a_program(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Manager).await, office.member("Bo", Role::Member).await);
        let empty = site.get_as(&bo.cookie, "/app/alpha/tasks/templates").await;
        assert!(empty.status == StatusCode::OK && empty.text.contains("No templates yet"), "{}", empty.text);
        let shelf = site.get_as(&bo.cookie, "/app/alpha/tasks/templates/gallery").await;
        assert!(shelf.text.contains("End of financial year") && shelf.text.contains("When something goes wrong"), "{}", shelf.text);
        let form = async |name: &str, from: &str, fields: &[(&str, &str)]| {
            let fields: Vec<(&str, &str)> = [("org", "alpha")].iter().chain(fields).copied().collect();
            site.form(Some(&ada.cookie), &format!("/fn/tasks/{name}"), from, &fields).await
        };
        let page = "/app/alpha/tasks/templates/gallery/clinic-day";
        let taken = form("take-template", page, &[("key", "a-key-of-the-page"), ("template", "clinic-day")]).await;
        assert_eq!(taken.status, StatusCode::FOUND, "{taken:?}");
        let here = taken.location().split('?').next().expect("an address").to_owned();
        let id = here.rsplit('/').next().expect("an id").to_owned();
        let edit = format!("{here}/edit");
        let added = form("add-step", &edit, &[("id", &id), ("version", "1"), ("title", "Water the <plants>")]).await;
        assert!(added.status == StatusCode::FOUND && added.location().ends_with("#step-water-the-plants"), "{added:?}");
        let step = format!("{here}/steps/water-the-plants");
        let base = [("id", id.as_str()), ("version", "2"), ("step", "water-the-plants"), ("title", "Water the <plants>")];
        let wrong = form("save-step", &step, &[&base[..], &[("due_days", "soon")]].concat()).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("Write a number of days.") && wrong.text.contains("Water the &lt;plants&gt;"), "{}", wrong.text);
        let more = [("due_days", "2"), ("due_when", "before"), ("due_unit", "working"), ("checklist", "Door\nWindow"), ("role", "closer")];
        let saved = form("save-step", &step, &[&base[..], &more[..]].concat()).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{saved:?}");
        let shown = site.get_as(&ada.cookie, &edit).await;
        assert!(shown.text.contains("2 working days before the day"), "{}", shown.text);
        for (way, version) in [("up", "3"), ("in", "4"), ("out", "5")] {
            let moved = form("move-step", &edit, &[("id", &id), ("version", version), ("step", "water-the-plants"), ("way", way)]).await;
            assert_eq!(moved.status, StatusCode::FOUND, "{way}: {moved:?}");
        }
        let late = form("move-step", &edit, &[("id", &id), ("version", "3"), ("step", "water-the-plants"), ("way", "up")]).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "somebody else was first");

        let page = format!("{here}/start");
        let list = office.list.to_string();
        let user = ada.user.to_string();
        let fields = [("id", id.as_str()), ("anchor", "2027-01-25"), ("list", list.as_str()), ("roles[closer][]", user.as_str())];
        let seen = form("preview-template", &page, &fields).await;
        assert_eq!(seen.status, StatusCode::OK, "{seen:?}");
        assert!(seen.text.contains("Tasks to be added") && seen.text.contains("Thu 21 January 2027") && seen.text.contains("Person ada-alpha"), "{}", seen.text);
        assert_eq!(office.standing().await.0, 0);
        let refused = form("preview-template", &page, &[("id", &id), ("anchor", "soon"), ("list", &list)]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text.contains("Use a date such as"), "{}", refused.text);
        let started = form("start-template", &page, &[&fields[..], &[("version", "6"), ("key", "a-key-of-the-start")]].concat()).await;
        assert!(started.status == StatusCode::FOUND && started.location().contains(&list), "{started:?}");
        assert!(office.titles(office.list).await.contains("Water the <plants>"));
        let went = site.get_as(&bo.cookie, &here).await;
        assert!(went.text.contains("done") && went.text.contains("Version 6"), "{}", went.text);
        for (path, status) in [(&edit, StatusCode::FORBIDDEN), (&step, StatusCode::FORBIDDEN), (&page, StatusCode::OK)] {
            assert_eq!(site.get_as(&bo.cookie, path).await.status, status, "{path}");
        }
    }
}

/// A template with all that there can be.
fn moving() -> Value {
    json!({
        "name": "Office move",
        "roles": [{ "key": "lead", "name": "Move lead" }, { "key": "office", "name": "Office" }],
        "variables": [{ "key": "client", "name": "Client", "kind": "text", "required": true }],
        "anchor": { "name": "Day of the move" },
        "sections": ["Before", "On the day"],
        "tasks": [
            {
                "key": "pack", "title": "Pack for {{client}} with {{role:lead}}", "section": "Before", "role": "lead", "people": ["office"], "priority": 3,
                "estimate_minutes": 90, "labels": ["Safety"], "due": { "days": -1, "unit": "working" }, "time": "15:00", "checklist": ["Boxes", "Tape"],
                "children": [{ "key": "labels", "title": "Label the boxes", "role": "office", "due": { "days": -4, "after": "pack" } }],
            },
            { "key": "drive", "title": "Drive", "section": "On the day", "role": "lead", "due": { "days": 0 }, "start": { "days": 0 } },
            { "key": "call", "title": "Call {{client}}", "team": "Front desk", "due": { "days": 1, "unit": "working", "after": "drive" }, "blocked_by": ["pack", "drive"] },
        ],
    })
}

/// What is made of a list or a task, counted from Monday 23 November 2026.
fn from(more: Value) -> Value {
    let mut body = json!({ "name": "As it was", "anchor": "2026-11-23", "anchor_name": "Day of the move" });
    for (name, value) in more.as_object().expect("a body") {
        body[name] = value.clone();
    }
    body
}

fn every_day(more: Value) -> Value {
    let mut body = json!({ "kind": "schedule", "rule": "FREQ=DAILY", "time": "08:00" });
    for (name, value) in more.as_object().expect("a body") {
        body[name] = value.clone();
    }
    body
}

/// Has a template started by itself.
async fn set_up(office: &Office<'_>, member: &Member, template: &str, body: &Value) -> String {
    let body: TriggerBody = serde_json::from_value(body.clone()).expect("a body");
    let key = "a-key-of-what-starts-it";
    let added = triggers::add(&office.site.platform, &member.actor, office.slug, template, &body, key).await;
    added.expect("it is set up").to_string()
}

/// Changes what starts a template by itself.
async fn change(office: &Office<'_>, member: &Member, trigger: &str, patch: Value) -> Result<Shown> {
    let patch: TriggerPatch = serde_json::from_value(patch).expect("a patch");
    triggers::save(&office.site.platform, &member.actor, office.slug, trigger, &patch).await
}

async fn add_answer(office: &Office<'_>, member: &Member, body: &Value) -> Answer {
    let key = format!("a-key-of-{}", office.site.platform.clock.now().micros() + office.standing().await.2);
    office.post(Some(&member.cookie), "templates", &key, body).await
}

async fn add(office: &Office<'_>, member: &Member, body: &Value) -> String {
    let added = add_answer(office, member, body).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    added.json()["id"].as_str().expect("an id").to_owned()
}

async fn start(office: &Office<'_>, member: &Member, id: &str, key: &str, body: &Value) -> Answer {
    office.post(Some(&member.cookie), &format!("templates/{id}/start"), key, body).await
}

/// A task in the words of what is shown before.
async fn told(office: &Office<'_>, id: TaskId) -> Value {
    let (task, card) = (office.get(id).await, office.card(id).await);
    let mut tx = office.opened(Access::Read).await;
    let sections = store::sections(&mut tx, task.list).await.expect("sections");
    let section =
        sections.iter().find(|section| Some(section.id) == task.section).map(|section| section.name.to_lowercase());
    let labels = store::labels(&mut tx).await.expect("labels");
    let labels: Vec<&str> =
        labels.iter().filter(|label| task.labels.contains(&label.id)).map(|label| label.name.as_str()).collect();
    let waits = store_time::blockers(&mut tx, id).await.expect("what it waits for");
    let waits = access::tasks(&mut tx, waits).await.expect("those");
    let mut waits: Vec<&str> = waits.values().map(|task| task.title.as_str()).collect();
    waits.sort_unstable();
    let people: Vec<UserId> =
        task.people.iter().map(|one| one.user).filter(|user| Some(*user) != task.responsible).collect();
    let mut checklist = Vec::new();
    let keys = tx.keys().await.expect("keys");
    for row in store_time::checks(&mut tx, &store::as_json([id.0])).await.expect("its checklist") {
        checklist.push(access::text(&keys, checks::words_of(row.id), &row.words).expect("words"));
    }
    tx.rollback().await.expect("read");
    json!({
        "title": task.title, "depth": task.depth, "section": section, "responsible": task.responsible, "people": people, "team": task.team,
        "priority": task.priority, "estimate": task.estimate, "start_day": card.start_day, "due_day": card.due_day, "due_time": card.due_time,
        "labels": labels, "checklist": checklist, "waits_for": waits,
    })
}

/// The same of what is shown before.
fn as_told(planned: &Value) -> Value {
    let mut waits: Vec<&str> =
        planned["waits_for"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    waits.sort_unstable();
    let mut told = json!({ "waits_for": waits, "section": planned["section"].as_str().map(str::to_lowercase) });
    for name in [
        "title",
        "depth",
        "responsible",
        "people",
        "team",
        "priority",
        "estimate",
        "start_day",
        "due_day",
        "due_time",
        "labels",
        "checklist",
    ] {
        told[name] = planned[name].clone();
    }
    told
}
