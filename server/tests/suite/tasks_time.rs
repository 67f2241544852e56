//! Tasks in time: those that repeat are followed by one each, checklists and fields are changed and undone line by line, nothing waits for itself, and a
//! list is seen by its days.

use app::{
    db::Access,
    modules::tasks::{
        checks,
        ids::TaskId,
        links::{self, LinkBody, Shift},
        store,
        task::When,
        tasks::{MoveBody, PatchBody},
    },
    org::Role,
    platform_sql,
};
use axum::http::{Method, StatusCode};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Answer, outcome},
    tasks_support::{Member, Office, SYSTEM, add_body},
};

const MONTHLY: &str = "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD";

on_both! {
    /// 31 January is followed by 28 February, and that by 31 March; 9:00 stays 9:00 when the clocks change.
    async fn a_series_keeps_its_own_day(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let first = due(&office, "Pay the rent", "2027-01-31", Some("09:00")).await;
        let set = repeat(&office, &ada, first, &json!({ "rule": MONTHLY })).await;
        assert_eq!(set.status, StatusCode::OK, "{set:?}");
        let shown = shown(&office, &ada, first).await;
        assert_eq!(shown["next"], json!(["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30"]), "{shown}");
        assert_eq!((&shown["words"], &shown["made"]), (&json!("On the 31st of each month, or its last day"), &json!(1)));
        assert!(office.card(first).await.repeats);
        let mut task = first;
        for day in ["2027-02-28", "2027-03-31", "2027-04-30"] {
            task = complete(&office, &ada, task).await;
            let next = office.get(task).await;
            assert_eq!(next.due.map(When::to_stored), Some((day.to_owned(), Some("09:00".to_owned()))));
            assert_eq!((next.title.as_str(), next.is_done()), ("Pay the rent", false));
        }
        // Moved to another day for once, the next is the series' own.
        let patch = PatchBody { due_day: Some(Some("2027-04-27".to_owned())), ..PatchBody::default() };
        office.patch_as(&ada.actor, task, &patch).await.expect("moved");
        let next = complete(&office, &ada, task).await;
        assert_eq!(office.get(next).await.due.map(|due| due.day.to_string()), Some("2027-05-31".to_owned()));
    }

    /// Completed twice, by several at once, or again after it was opened: one task follows. Undone, it is in the trash; done again, it is back.
    async fn each_is_followed_by_one(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let task = due(&office, "Water the plants", "2026-11-27", None).await;
        assert_eq!(repeat(&office, &ada, task, &json!({ "rule": "FREQ=WEEKLY;BYDAY=FR" })).await.status, StatusCode::OK);
        let at_once = join_all((0..8).map(|_| office.complete_as(&ada.actor, task, true))).await;
        assert!(at_once.iter().all(Result::is_ok), "{at_once:?}");
        assert_eq!(office.titles(office.list).await, "Water the plants, Water the plants");
        office.complete_as(&ada.actor, task, false).await.expect("opened");
        let again = office.complete_as(&ada.actor, task, true).await.expect("done again");
        assert_eq!(office.titles(office.list).await, "Water the plants, Water the plants");
        office.undo_as(&ada.actor, again.act.expect("an act")).await.expect("undone");
        assert_eq!(office.titles(office.list).await, "Water the plants, Water the plants", "what followed was there before");
        // By its status, and undone: what follows goes with it.
        let other = due(&office, "Bank the takings", "2026-11-27", None).await;
        repeat(&office, &ada, other, &json!({ "rule": "FREQ=DAILY" })).await;
        let body = PatchBody { status: Some(office.statuses[2]), ..PatchBody::default() };
        let done = office.patch_as(&ada.actor, other, &body).await.expect("done");
        let next = *done.tasks.iter().find(|id| **id != other).expect("one that follows");
        office.undo_as(&ada.actor, done.act.expect("an act")).await.expect("undone");
        assert!(office.get(next).await.trashed_at.is_some() && !office.get(other).await.is_done());
        site.set_clock("2026-11-30T22:00:00Z");
        let again = office.complete_as(&ada.actor, other, true).await.expect("done");
        let back = office.get(next).await;
        assert!(back.trashed_at.is_none(), "it is the same that is back");
        assert_eq!(back.due.map(|due| due.day.to_string()), Some("2026-12-01".to_owned()), "on the first day that isn’t past");
        // Undone, it is in the trash as it was there, and comes from there on the right day.
        office.undo_as(&ada.actor, again.act.expect("an act")).await.expect("undone");
        let away = office.get(next).await;
        assert_eq!((away.trashed_at.is_some(), away.due.map(|due| due.day.to_string())), (true, Some("2026-11-28".to_owned())));
        office.complete_as(&ada.actor, other, true).await.expect("done");
        assert_eq!(office.get(next).await.due.map(|due| due.day.to_string()), Some("2026-12-01".to_owned()));
    }

    /// After completion it is counted from the day on which it was done; with a number of times, it ends.
    async fn what_it_is_counted_from(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let task = due(&office, "Change the filter", "2026-11-02", None).await;
        let body = json!({ "rule": "FREQ=DAILY;INTERVAL=30;COUNT=2", "mode": "after_completion" });
        assert_eq!(repeat(&office, &ada, task, &body).await.status, StatusCode::OK);
        let next = complete(&office, &ada, task).await;
        assert_eq!(office.get(next).await.due.map(|due| due.day.to_string()), Some("2026-12-23".to_owned()));
        office.complete_as(&ada.actor, next, true).await.expect("done");
        assert_eq!(office.titles(office.list).await, "Change the filter, Change the filter", "twice, and no more");
        // Late on schedule: the first that isn't past; or one after the other.
        for (catch_up, day) in [(false, "2026-11-23"), (true, "2026-11-03")] {
            let late = due(&office, "Sweep", "2026-11-02", None).await;
            repeat(&office, &ada, late, &json!({ "rule": "FREQ=DAILY", "catch_up": catch_up })).await;
            let next = complete(&office, &ada, late).await;
            assert_eq!(office.get(next).await.due.map(|due| due.day.to_string()), Some(day.to_owned()), "{catch_up}");
        }
        // Opened, and done again two days later: one follows still, counted from then. Undone, it is where it was. One that somebody moved stays there.
        let task = due(&office, "Replace the battery", "2026-11-02", None).await;
        repeat(&office, &ada, task, &json!({ "rule": "FREQ=DAILY;INTERVAL=30", "mode": "after_completion" })).await;
        let next = complete(&office, &ada, task).await;
        let due_of = async || office.get(next).await.due.map(|due| due.day.to_string()).unwrap_or_default();
        office.complete_as(&ada.actor, task, false).await.expect("opened");
        site.advance(2 * 24 * 60 * 60);
        let again = office.complete_as(&ada.actor, task, true).await.expect("done again");
        let batteries = office.titles(office.list).await.matches("Replace the battery").count();
        assert_eq!((due_of().await.as_str(), batteries), ("2026-12-25", 2));
        office.undo_as(&ada.actor, again.act.expect("an act")).await.expect("undone");
        // Ada's session has ended by now.
        let owner = site.log_in("alpha").await;
        let repeat_of = format!("tasks/{next}/repeat");
        let day_of = async || office.send(Some(&owner), Method::GET, &repeat_of, &json!({})).await.json()["repeat"]["day"].clone();
        assert_eq!((due_of().await.as_str(), day_of().await), ("2026-12-23", json!("2026-12-23")), "all of it is as it was");
        // So it moves along once more, and undoing brings it back once more.
        let again = office.complete_as(&ada.actor, task, true).await.expect("done again");
        assert_eq!((due_of().await.as_str(), day_of().await), ("2026-12-25", json!("2026-12-25")));
        office.undo_as(&ada.actor, again.act.expect("an act")).await.expect("undone");
        assert_eq!((due_of().await.as_str(), day_of().await), ("2026-12-23", json!("2026-12-23")));
        let own = PatchBody { due_day: Some(Some("2026-12-01".to_owned())), ..PatchBody::default() };
        office.patch_as(&ada.actor, next, &own).await.expect("moved");
        office.complete_as(&ada.actor, task, true).await.expect("done again");
        assert_eq!(due_of().await, "2026-12-01");
    }

    /// The next one is made of what the first was when it began: its parts, its checklist, its people as far as they still belong. What is changed of one is
    /// changed of that alone, unless it is to be of all that follow.
    async fn what_the_next_one_is_made_of(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let section = office.section(office.list, "Mornings").await;
        let label = office.label("Safety").await;
        let task = office.task_with("Open the clinic", |body| {
            "Keys are in the safe.".clone_into(&mut body.notes);
            (body.section, body.responsible, body.people) = (Some(section), Some(ada.user), vec![bo.user]);
            body.labels = [label].into();
            body.start_day = Some("2026-11-23".to_owned());
            body.due_day = Some("2026-11-24".to_owned());
        }).await;
        let part = office.task_with("Turn the heating on", |body| {
            (body.parent, body.due_day) = (Some(task), Some("2026-11-23".to_owned()));
        }).await;
        checks::add(&site.platform, &ada.actor, "alpha", &part.to_string(), "Room 1\nRoom 2", None).await.expect("a checklist");
        assert_eq!(repeat(&office, &ada, task, &json!({ "rule": "FREQ=WEEKLY" })).await.status, StatusCode::OK);
        let next = complete(&office, &ada, task).await;
        let made = office.get(next).await;
        assert_eq!((made.notes.as_str(), made.section, made.responsible), ("Keys are in the safe.", Some(section), Some(ada.user)));
        assert_eq!((made.people.len(), made.labels.len()), (1, 1));
        assert_eq!(made.start.map(|start| start.day.to_string()), Some("2026-11-30".to_owned()));
        let parts = parts_of(&office, next).await;
        assert_eq!(parts.len(), 1);
        let inner = office.get(parts[0]).await;
        assert_eq!((inner.title.as_str(), inner.due.map(|due| due.day.to_string())), ("Turn the heating on", Some("2026-11-30".to_owned())));
        assert_eq!(words(&office, parts[0]).await, "Room 1, Room 2");
        assert_eq!(shown(&office, &ada, next).await["differs"], false);
        // This one alone.
        let patch = PatchBody { title: Some("Open the clinic early".to_owned()), ..PatchBody::default() };
        office.patch_as(&ada.actor, next, &patch).await.expect("changed");
        assert_eq!(shown(&office, &ada, next).await["differs"], true);
        let third = complete(&office, &ada, next).await;
        assert_eq!(office.get(third).await.title, "Open the clinic");
        // All that follow; and undone.
        office.patch_as(&ada.actor, third, &patch).await.expect("changed");
        let followed = office.send(Some(&ada.cookie), Method::POST, &format!("tasks/{third}/repeat/follow"), &json!({})).await;
        assert_eq!((followed.status, &shown(&office, &ada, third).await["differs"]), (StatusCode::OK, &json!(false)), "{followed:?}");
        undo(&office, &ada, &followed).await;
        assert_eq!(shown(&office, &ada, third).await["differs"], true);
        let patch = PatchBody { title: Some("Open the clinic".to_owned()), ..PatchBody::default() };
        office.patch_as(&ada.actor, third, &patch).await.expect("changed");
        // Whoever left isn't on the next one.
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2", office.id, bo.user).expect("they leave");
        tx.commit().await.expect("they leave");
        let fourth = complete(&office, &ada, third).await;
        assert_eq!(office.get(fourth).await.people, []);
    }

    /// One is left out, or none follows any more; each can be undone.
    async fn skipping_and_stopping(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let task = due(&office, "Order fruit", "2026-11-27", Some("10:00")).await;
        repeat(&office, &ada, task, &json!({ "rule": "FREQ=WEEKLY;BYDAY=FR" })).await;
        let skipped = office.send(Some(&ada.cookie), Method::POST, &format!("tasks/{task}/repeat/skip"), &json!({})).await;
        assert_eq!((skipped.status, &skipped.json()["card"]["due_day"], &skipped.json()["card"]["due_time"]), (StatusCode::OK, &json!("2026-12-04"), &json!("10:00")), "{skipped:?}");
        let now = shown(&office, &ada, task).await;
        assert_eq!((&now["day"], &now["skipped"]), (&json!("2026-12-04"), &json!(["2026-11-27"])), "{now}");
        undo(&office, &ada, &skipped).await;
        let now = shown(&office, &ada, task).await;
        assert_eq!((&now["day"], &now["skipped"]), (&json!("2026-11-27"), &json!([])), "{now}");
        assert_eq!(office.card(task).await.due_day.as_deref(), Some("2026-11-27"));
        let stopped = office.send(Some(&ada.cookie), Method::DELETE, &format!("tasks/{task}/repeat"), &json!({})).await;
        assert_eq!((stopped.status, office.card(task).await.repeats), (StatusCode::OK, false), "{stopped:?}");
        let again = office.send(Some(&ada.cookie), Method::POST, &format!("tasks/{task}/repeat/skip"), &json!({})).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{again:?}");
        undo(&office, &ada, &stopped).await;
        assert!(office.card(task).await.repeats);
        // Set anew, it begins with this task; what it was is refused to who read it before.
        let version = shown(&office, &ada, task).await["version"].clone();
        let body = json!({ "rule": "FREQ=MONTHLY", "version": version });
        let set = repeat(&office, &ada, task, &body).await;
        assert_eq!((set.status, &shown(&office, &ada, task).await["first_day"]), (StatusCode::OK, &json!("2026-11-27")), "{set:?}");
        let stale = repeat(&office, &ada, task, &json!({ "rule": "FREQ=DAILY", "version": version })).await;
        assert_eq!(stale.status, StatusCode::CONFLICT, "{stale:?}");
        undo(&office, &ada, &set).await;
        assert_eq!(shown(&office, &ada, task).await["rule"], "FREQ=WEEKLY;BYDAY=FR");
    }

    /// A task that repeats can have long notes in its parts: the history keeps them where they became others, and then once. What is too long can't repeat.
    async fn long_notes_are_kept_once(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let task = due(&office, "Stocktake", "2026-11-27", None).await;
        let mut last = task;
        for number in 0..12 {
            last = office.task_with(&format!("Shelf {number}"), |body| {
                (body.parent, body.notes) = (Some(task), "n".repeat(20_000));
            }).await;
        }
        let set = repeat(&office, &ada, task, &json!({ "rule": "FREQ=DAILY" })).await;
        assert_eq!(set.status, StatusCode::OK, "{set:?}");
        let skip = format!("tasks/{task}/repeat/skip");
        let mut skipped = Vec::new();
        for _ in 0..3 {
            skipped.push(office.send(Some(&ada.cookie), Method::POST, &skip, &json!({})).await);
        }
        assert!(skipped.iter().all(|answer| answer.status == StatusCode::OK), "{skipped:?}");
        let kept = kept(&office).await;
        assert!(kept < 10_000, "three times left out: {kept} bytes");
        let last_skip = skipped.pop().expect("the third");
        undo(&office, &ada, &last_skip).await;
        assert_eq!(shown(&office, &ada, task).await["day"], "2026-11-29");
        // Made of others than before, and undone.
        let patch = PatchBody { notes: Some("m".repeat(20_000)), ..PatchBody::default() };
        office.patch_as(&ada.actor, last, &patch).await.expect("changed");
        let follow = format!("tasks/{task}/repeat/follow");
        let followed = office.send(Some(&ada.cookie), Method::POST, &follow, &json!({})).await;
        assert_eq!((followed.status, &shown(&office, &ada, task).await["differs"]), (StatusCode::OK, &json!(false)), "{followed:?}");
        undo(&office, &ada, &followed).await;
        assert_eq!(shown(&office, &ada, task).await["differs"], true);
        let next = complete(&office, &ada, task).await;
        let parts = parts_of(&office, next).await;
        assert_eq!(parts.len(), 12);
        for part in parts {
            assert_eq!(office.get(part).await.notes, "n".repeat(20_000));
        }
        // Too long.
        for number in 0..2 {
            office.task_with(&format!("Shelf {number}"), |body| {
                (body.parent, body.notes) = (Some(next), "n".repeat(20_000));
            }).await;
        }
        let before = office.standing().await;
        let follow = format!("tasks/{next}/repeat/follow");
        let refused = office.send(Some(&ada.cookie), Method::POST, &follow, &json!({})).await;
        assert_eq!((refused.status, office.standing().await), (StatusCode::CONFLICT, before), "{refused:?}");
    }

    /// Whoever says which day is left out leaves out one, however often they ask; so does the same key.
    async fn one_day_is_left_out_once(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let task = due(&office, "Order fruit", "2026-11-27", None).await;
        assert_eq!(repeat(&office, &ada, task, &json!({ "rule": "FREQ=WEEKLY;BYDAY=FR" })).await.status, StatusCode::OK);
        let (skip, body) = (format!("tasks/{task}/repeat/skip?day=2026-11-27"), json!({}));
        let answers = join_all((0..3).map(|_| office.send(Some(&ada.cookie), Method::POST, &skip, &body))).await;
        assert!(answers.iter().all(|answer| answer.status == StatusCode::OK), "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| !answer.json()["act"].is_null()).count(), 1, "{answers:?}");
        assert_eq!(shown(&office, &ada, task).await["skipped"], json!(["2026-11-27"]));
        let wrong = office.send(Some(&ada.cookie), Method::POST, &format!("tasks/{task}/repeat/skip?day=soon"), &body).await;
        assert_eq!((wrong.status, wrong.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["day".to_owned()]), "{wrong:?}");
        // The page sends the day that it shows.
        let page = site.get_as(&ada.cookie, &format!("/app/alpha/tasks/t/{task}")).await;
        assert!(page.text.contains("name=\"day\" value=\"2026-12-04\""), "{}", page.text);
        // By its key.
        let skip = format!("tasks/{task}/repeat/skip");
        let first = office.post(Some(&ada.cookie), &skip, "skip-once-1", &body).await;
        let again = office.post(Some(&ada.cookie), &skip, "skip-once-1", &body).await;
        assert_eq!((first.status, again.status), (StatusCode::OK, StatusCode::OK), "{again:?}");
        assert_eq!(first.json()["act"], again.json()["act"]);
        assert_eq!(shown(&office, &ada, task).await["skipped"], json!(["2026-11-27", "2026-12-04"]));
        let other = office.post(Some(&ada.cookie), &format!("{skip}?day=2026-12-11"), "skip-once-1", &body).await;
        assert_eq!(other.status, StatusCode::CONFLICT, "{other:?}");
    }

    /// A day that is to come is left out ahead, once however often it's asked for, and comes back, or by undoing; one that isn't to come is refused.
    async fn a_day_that_is_to_come_is_left_out(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, beta) = (office.member("Ada", Role::Member).await, Office::beta(&site).await);
        let task = due(&office, "Order fruit", "2026-11-27", None).await;
        assert_eq!(repeat(&office, &ada, task, &json!({ "rule": "FREQ=WEEKLY;BYDAY=FR" })).await.status, StatusCode::OK);
        let path = format!("tasks/{task}/repeat/skip");
        let send = async |method: Method, day: &str| {
            office.send(Some(&ada.cookie), method, &format!("{path}?day={day}"), &json!({})).await
        };
        let first = send(Method::POST, "2026-12-11").await;
        assert_eq!((first.status, first.json()["act"].is_null()), (StatusCode::OK, false), "{first:?}");
        let again = send(Method::POST, "11/12/2026").await;
        assert_eq!((again.status, again.json()["act"].is_null()), (StatusCode::OK, true), "{again:?}");
        let now = shown(&office, &ada, task).await;
        assert_eq!((&now["day"], &now["skipped"]), (&json!("2026-11-27"), &json!(["2026-12-11"])), "{now}");
        assert_eq!((&now["next"][0], &now["next"][1]), (&json!("2026-12-04"), &json!("2026-12-18")), "{now}");
        assert_eq!(office.card(task).await.due_day.as_deref(), Some("2026-11-27"));
        // The page says so beside each day.
        let page = site.get_as(&ada.cookie, &format!("/app/alpha/tasks/t/{task}")).await;
        for words in ["aria-label=\"Skip 4 December 2026\"", "aria-label=\"Don’t skip 11 December 2026\""] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        undo(&office, &ada, &first).await;
        assert_eq!(shown(&office, &ada, task).await["skipped"], json!([]));
        send(Method::POST, "2026-12-04").await;
        let kept = send(Method::DELETE, "2026-12-04").await;
        assert_eq!((kept.status, kept.json()["act"].is_null()), (StatusCode::OK, false), "{kept:?}");
        assert!(send(Method::DELETE, "2026-12-04").await.json()["act"].is_null());
        undo(&office, &ada, &kept).await;
        assert_eq!(shown(&office, &ada, task).await["skipped"], json!(["2026-12-04"]));
        // Before the task’s own day there is nothing to leave out; no Friday, and too far ahead, is refused.
        let before = office.standing().await;
        let past = send(Method::POST, "2026-11-20").await;
        assert_eq!((past.status, past.json()["act"].is_null()), (StatusCode::OK, true), "{past:?}");
        for day in ["2026-12-05", "2028-11-24"] {
            let refused = send(Method::POST, day).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["day".to_owned()]), "{day}");
        }
        for day in ["2026-11-27", "soon"] {
            assert_eq!(send(Method::DELETE, day).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{day}");
        }
        let foreign = beta.task("Beta’s own").await;
        let answer = office.send(Some(&ada.cookie), Method::DELETE, &format!("tasks/{foreign}/repeat/skip?day=2026-12-04"), &json!({})).await;
        assert_eq!((answer.status, office.standing().await), (StatusCode::NOT_FOUND, before));
        // It is gone over.
        let next = complete(&office, &ada, task).await;
        assert_eq!(office.card(next).await.due_day.as_deref(), Some("2026-12-11"));
        // Nobody knows the days that are counted from when it is done.
        let counted = due(&office, "Water the plants", "2026-11-27", None).await;
        repeat(&office, &ada, counted, &json!({ "rule": "FREQ=WEEKLY", "mode": "after_completion" })).await;
        let refused = office.send(Some(&ada.cookie), Method::POST, &format!("tasks/{counted}/repeat/skip?day=2026-12-04"), &json!({})).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["day".to_owned()]), "{refused:?}");
    }

    /// What can't be a rule is told; what isn't for whoever asks isn't there, and nothing is written.
    async fn rules_are_checked(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, outsider) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let beta = Office::beta(&site).await;
        let foreign = beta.task("Beta’s own").await;
        let task = due(&office, "Pay", "2026-11-27", None).await;
        let (_, _, list) = office.private("Board", &[ada.user]).await;
        let hidden = office.task_with("Secret", |body| body.list = list).await;
        let before = office.standing().await;
        for (field, body) in [
            ("rule", json!({ "rule": "every friday" })),
            ("rule", json!({ "rule": "FREQ=HOURLY" })),
            ("rule", json!({ "rule": "FREQ=DAILY;COUNT=1" })),
            ("rule", json!({ "rule": "FREQ=DAILY;UNTIL=20261127" })),
            ("mode", json!({ "rule": "FREQ=DAILY", "mode": "sometimes" })),
            ("first_day", json!({ "rule": "FREQ=DAILY", "first_day": "soon" })),
            ("first_day", json!({ "rule": "FREQ=DAILY", "first_day": "2026-12-01" })),
        ] {
            let refused = repeat(&office, &ada, task, &body).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{body}");
        }
        for id in [hidden, foreign] {
            let path = format!("tasks/{id}/repeat");
            for (method, path) in [(Method::GET, path.clone()), (Method::PUT, path.clone()), (Method::DELETE, path.clone()), (Method::POST, format!("{path}/skip")), (Method::POST, format!("{path}/follow"))] {
                let body = json!({ "rule": "FREQ=DAILY" });
                let answer = office.send(Some(&outsider.cookie), method.clone(), &path, &body).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
                let answer = office.send(None, method, &path, &body).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
            }
        }
        assert_eq!(office.standing().await, before);
        // A task without a day is due on the rule's first.
        let someday = office.task("Someday").await;
        assert_eq!(repeat(&office, &ada, someday, &json!({ "rule": "FREQ=WEEKLY;BYDAY=WE" })).await.status, StatusCode::OK);
        assert_eq!(office.card(someday).await.due_day.as_deref(), Some("2026-11-25"));
        office.complete_as(&ada.actor, task, true).await.expect("done");
        assert_eq!(repeat(&office, &ada, task, &json!({ "rule": "FREQ=DAILY" })).await.status, StatusCode::CONFLICT, "it is done");
    }

    /// A checklist is pasted at once, ticked, moved, renamed, and made tasks of; each line is undone by itself.
    async fn a_checklist(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let task = office.task("Set up room 2").await;
        let path = format!("tasks/{task}/checks");
        let body = json!({ "words": "- Table\n* [x] Towels\n\n  Lamp  " });
        let made = office.post(Some(&ada.cookie), &path, "first-checks", &body).await;
        assert_eq!((made.status, &made.json()["card"]["checks"]), (StatusCode::CREATED, &json!([1, 3])), "{made:?}");
        let again = office.post(Some(&ada.cookie), &path, "first-checks", &body).await;
        assert_eq!((again.status, words(&office, task).await), (StatusCode::CREATED, "Table, Towels, Lamp".to_owned()), "{again:?}");
        let shown = office.send(Some(&ada.cookie), Method::GET, &path, &json!({})).await.json();
        let towels = &shown["checks"][1];
        assert_eq!((&towels["words"], &towels["done"], &towels["done_by"]), (&json!("Towels"), &json!(true), &json!(ada.user)), "{shown}");
        let lines = lines(&office, &ada, task).await;
        let at = |index: usize| format!("{path}/{}", lines[index].as_str().expect("an id"));
        let ticked = office.send(Some(&ada.cookie), Method::PATCH, &at(0), &json!({ "done": true })).await;
        assert_eq!(ticked.json()["card"]["checks"], json!([2, 3]), "{ticked:?}");
        let renamed = office.send(Some(&ada.cookie), Method::PATCH, &at(1), &json!({ "words": "Ten towels" })).await;
        assert_eq!(renamed.status, StatusCode::OK);
        let moved = office.send(Some(&ada.cookie), Method::POST, &format!("{}/move", at(2)), &json!({ "after": null })).await;
        assert_eq!((moved.status, words(&office, task).await), (StatusCode::OK, "Lamp, Table, Ten towels".to_owned()), "{moved:?}");
        let gone = office.send(Some(&ada.cookie), Method::DELETE, &at(1), &json!({})).await;
        assert_eq!(words(&office, task).await, "Lamp, Table");
        let part = office.send(Some(&ada.cookie), Method::POST, &format!("{}/task", at(0)), &json!({})).await;
        assert_eq!((part.status, &part.json()["card"]["title"], &part.json()["card"]["done"]), (StatusCode::CREATED, &json!("Table"), &json!(true)), "{part:?}");
        assert_eq!(parts_of(&office, task).await.len(), 1);
        undo(&office, &ada, &part).await;
        assert_eq!((words(&office, task).await, parts_of(&office, task).await.len()), ("Lamp, Table".to_owned(), 0));
        undo(&office, &ada, &gone).await;
        assert_eq!(words(&office, task).await, "Lamp, Table, Ten towels");
        undo(&office, &ada, &renamed).await;
        undo(&office, &ada, &ticked).await;
        assert_eq!((words(&office, task).await, office.card(task).await.checks.0), ("Lamp, Table, Towels".to_owned(), 1));
        undo(&office, &ada, &moved).await;
        assert_eq!(words(&office, task).await, "Table, Towels, Lamp");
        // What was changed since isn't undone.
        let first = office.send(Some(&ada.cookie), Method::PATCH, &at(0), &json!({ "words": "One" })).await;
        office.send(Some(&ada.cookie), Method::PATCH, &at(0), &json!({ "words": "Two" })).await;
        let act = first.json()["act"].as_str().expect("an act").to_owned();
        assert_eq!(office.send(Some(&ada.cookie), Method::POST, &format!("acts/{act}/undo"), &json!({})).await.status, StatusCode::CONFLICT);
        let before = office.standing().await;
        for bad in ["", " \n ", &"x".repeat(501), &"a\n".repeat(201), "Bell\u{7}"] {
            let refused = office.post(Some(&ada.cookie), &path, "another-key-1", &json!({ "words": bad })).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["words".to_owned()]));
        }
        let beta = Office::beta(&site).await;
        let foreign = beta.task("Beta’s own").await;
        checks::add(&site.platform, &SYSTEM, "beta", &foreign.to_string(), "Beta’s line", None).await.expect("a line");
        let mut tx = beta.opened(Access::Read).await;
        let line = checks::of(&mut tx, foreign).await.expect("its lines")[0].id;
        for path in [format!("tasks/{foreign}/checks/{line}"), format!("{path}/{line}")] {
            for (method, body) in [(Method::PATCH, json!({ "done": true })), (Method::DELETE, json!({}))] {
                assert_eq!(office.send(Some(&ada.cookie), method, &path, &body).await.status, StatusCode::NOT_FOUND, "{path}");
            }
        }
        assert_eq!(office.standing().await, before);
        assert!(!site.raw_dump().await.windows(6).any(|part| part == b"Towels"), "lines are sealed");
    }

    /// Nothing waits for itself, however long the way round: the way is named, and of two at once exactly one is taken.
    async fn nothing_waits_for_itself(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let (dig, pour, build) = (office.task("Dig").await, office.task("Pour").await, office.task("Build").await);
        for (task, first) in [(pour, "T-1"), (build, "T-2")] {
            let linked = office.send(Some(&ada.cookie), Method::POST, &format!("tasks/{task}/links"), &json!({ "waits_for": first })).await;
            assert_eq!((linked.status, &linked.json()["card"]["blocked"]), (StatusCode::OK, &json!(true)), "{linked:?}");
        }
        let before = office.standing().await;
        let round = office.send(Some(&ada.cookie), Method::POST, &format!("tasks/{build}/links"), &json!({ "blocks": dig })).await;
        assert_eq!(round.status, StatusCode::CONFLICT, "{round:?}");
        for name in ["T-1 “Dig”", "T-2 “Pour”", "T-3 “Build”"] {
            assert!(round.text.contains(name), "{name}: {}", round.text);
        }
        for body in [json!({ "waits_for": pour }), json!({}), json!({ "waits_for": "T-1", "blocks": "T-1" }), json!({ "waits_for": "" })] {
            let refused = office.send(Some(&ada.cookie), Method::POST, &format!("tasks/{pour}/links"), &body).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        }
        let again = office.send(Some(&ada.cookie), Method::POST, &format!("tasks/{pour}/links"), &json!({ "waits_for": dig })).await;
        assert_eq!((again.status, &again.json()["act"]), (StatusCode::OK, &Value::Null), "it waits already");
        assert_eq!(office.standing().await, before);
        let gone = office.send(Some(&ada.cookie), Method::DELETE, &format!("tasks/{dig}/links/{pour}"), &json!({})).await;
        assert_eq!(gone.status, StatusCode::OK, "{gone:?}");
        assert!(!office.card(pour).await.blocked);
        undo(&office, &ada, &gone).await;
        assert!(office.card(pour).await.blocked);
        office.complete_as(&ada.actor, dig, true).await.expect("done");
        assert!(!office.card(pour).await.blocked, "what is done isn’t waited for");
        // Both ways round at once.
        let (x, y) = (office.task("X").await, office.task("Y").await);
        let link = async |task: TaskId, first: TaskId| {
            let body = LinkBody { waits_for: Some(first.to_string()), blocks: None };
            outcome(links::add(&site.platform, &ada.actor, "alpha", &task.to_string(), &body).await)
        };
        let (one, other) = futures::future::join(link(x, y), link(y, x)).await;
        let mut outcomes = [one, other];
        outcomes.sort();
        assert_eq!(outcomes, ["409", "done"]);
    }

    /// Both tasks have to be seen by whoever links them.
    async fn links_do_not_reach_across(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let beta = Office::beta(&site).await;
        let (own, foreign) = (office.task("Own").await, beta.task("Beta’s own").await);
        let (_, _, list) = office.private("Board", &[bo.user]).await;
        let hidden = office.task_with("Secret", |body| body.list = list).await;
        let before = (office.standing().await, beta.standing().await);
        for other in [hidden, foreign] {
            for body in [json!({ "waits_for": other }), json!({ "blocks": other })] {
                let answer = office.send(Some(&ada.cookie), Method::POST, &format!("tasks/{own}/links"), &body).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{body}");
            }
            for path in [format!("tasks/{own}/links/{other}"), format!("tasks/{other}/links/{own}")] {
                assert_eq!(office.send(Some(&ada.cookie), Method::DELETE, &path, &json!({})).await.status, StatusCode::NOT_FOUND);
            }
        }
        assert_eq!((office.standing().await, beta.standing().await), before);
        // Who sees both links them; who sees one isn't told of the other.
        let linked = office.send(Some(&bo.cookie), Method::POST, &format!("tasks/{own}/links"), &json!({ "waits_for": hidden })).await;
        assert_eq!(linked.status, StatusCode::OK, "{linked:?}");
        let seen = office.send(Some(&ada.cookie), Method::GET, &format!("tasks/{own}/links"), &json!({})).await;
        assert_eq!(seen.json()["waits_for"], json!([]), "{seen:?}");
    }

    /// When a task slips those that wait move with it, in working days without public holidays, in one act; what would move is told before.
    async fn those_that_wait_move_along(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let owner = site.log_in("alpha").await;
        let details = site.get_as(&owner, "/api/v1/orgs/alpha/details").await.json();
        let body = json!({ "version": details["version"], "name": details["name"], "zone": details["zone"], "state": "NSW" });
        assert!(site.json(Method::PUT, Some(&owner), "/api/v1/orgs/alpha/details", &body).await.status.is_success());
        let first = due(&office, "Quote", "2026-12-17", None).await;
        let then = office.task_with("Order", |body| {
            (body.start_day, body.due_day) = (Some("2026-12-18".to_owned()), Some("2026-12-23".to_owned()));
        }).await;
        let last = due(&office, "Fit", "2026-12-24", Some("15:00")).await;
        for (task, first) in [(then, first), (last, then)] {
            let body = LinkBody { waits_for: Some(first.to_string()), blocks: None };
            links::add(&site.platform, &ada.actor, "alpha", &task.to_string(), &body).await.expect("linked");
        }
        let days = async || {
            let mut found = Vec::new();
            for task in [first, then, last] {
                let card = office.card(task).await;
                found.push(format!("{}-{}", card.start_day.unwrap_or_default(), card.due_day.unwrap_or_default()));
            }
            found.join(" ")
        };
        let before = days().await;
        let path = format!("tasks/{first}/shift?due_day=2026-12-21&shift=keep_gap");
        let told = office.send(Some(&ada.cookie), Method::GET, &path, &json!({})).await.json();
        assert_eq!(told["tasks"].as_array().map(Vec::len), Some(2), "{told}");
        assert_eq!(days().await, before, "nothing moved yet");
        let body = json!({ "due_day": "2026-12-21", "shift": "keep_gap" });
        let answer = office.send(Some(&ada.cookie), Method::PATCH, &format!("tasks/{first}"), &body).await;
        // Two working days later: over the weekend, Christmas Day and the Monday for Boxing Day.
        assert_eq!(days().await, "-2026-12-21 2026-12-22-2026-12-29 -2026-12-30", "{answer:?}");
        assert_eq!(answer.json()["card"]["id"], json!(first), "the one that was named");
        undo(&office, &ada, &answer).await;
        assert_eq!(days().await, before);
        let sooner = PatchBody { due_day: Some(Some("2026-12-18".to_owned())), shift: Some(Shift::OnlyIfNeeded), ..PatchBody::default() };
        office.patch_as(&ada.actor, first, &sooner).await.expect("moved");
        assert_eq!(days().await, "-2026-12-18 2026-12-18-2026-12-23 -2026-12-24", "none had to");
        let refused = office.send(Some(&ada.cookie), Method::GET, &format!("tasks/{first}/shift?due_day=soon&shift=keep_gap"), &json!({})).await;
        assert_eq!(refused.fields(), ["due_day"]);
        let bulk = json!({ "ids": [first], "change": { "due_day": "2026-12-30", "shift": "keep_gap" } });
        assert_eq!(office.send(Some(&ada.cookie), Method::POST, "bulk", &bulk).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    /// Fields of each kind hold what they are for, sealed, with a history of their own.
    async fn fields_of_a_list(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, boss) = (office.member("Ada", Role::Member).await, office.member("Cy", Role::Manager).await);
        let task = office.task("Fix the treadmill").await;
        let path = format!("lists/{}/fields", office.list);
        let mut ids = Vec::new();
        for (name, kind) in [("Serial", "text"), ("Weight", "number"), ("Quote", "money"), ("Service", "date"), ("Warranty", "choice"), ("Buyer", "person")] {
            let choices = if kind == "choice" { json!([{ "name": "Yes" }, { "name": "No" }]) } else { json!([]) };
            let body = json!({ "name": name, "kind": kind, "choices": choices, "on_cards": true });
            let made = office.send(Some(&boss.cookie), Method::POST, &path, &body).await;
            assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
            assert_eq!(office.send(Some(&ada.cookie), Method::POST, &path, &body).await.status, StatusCode::FORBIDDEN);
            ids.push(made.json()["id"].as_str().expect("an id").to_owned());
        }
        let values = format!("tasks/{task}/fields");
        let set = json!({ "values": { &ids[0]: " HP-77 ", &ids[1]: "1,234.50", &ids[2]: "1,490.5", &ids[3]: "27/11/2026", &ids[4]: "yes", &ids[5]: boss.user } });
        let done = office.send(Some(&ada.cookie), Method::PATCH, &values, &set).await;
        assert_eq!(done.status, StatusCode::OK, "{done:?}");
        let shown = office.send(Some(&ada.cookie), Method::GET, &values, &json!({})).await.json();
        let yes = shown["fields"][4]["choices"][0]["id"].clone();
        let there: Vec<&Value> = ids.iter().map(|id| &shown["values"][id]).collect();
        assert_eq!(json!(there), json!(["HP-77", 1234.5, 149_050, "2026-11-27", yes, boss.user]), "{shown}");
        let card = office.card(task).await;
        let told: Vec<String> = card.fields.iter().map(|field| format!("{}: {}", field.name, field.text)).collect();
        assert_eq!(told[..5], ["Serial: HP-77", "Weight: 1,234.5", "Quote: $1,490.50", "Service: 27 Nov 2026", "Warranty: Yes"]);
        assert!(!site.raw_dump().await.windows(5).any(|part| part == b"HP-77"), "values are sealed");
        let before = office.standing().await;
        for (at, bad) in [(0, json!("x".repeat(1001))), (0, json!(5)), (1, json!("many")), (1, json!("1e3")), (2, json!("12,34")), (3, json!("soon")), (4, json!("Maybe")), (1, json!([1]))] {
            let refused = office.send(Some(&ada.cookie), Method::PATCH, &values, &json!({ "values": { &ids[at]: bad } })).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![format!("values.{}", ids[at])]), "{at}");
        }
        let beta = Office::beta(&site).await;
        for body in [json!({ &ids[5]: beta.owner }), json!({ "not-a-field": 1 }), json!({ beta.list.to_string(): 1 })] {
            let refused = office.send(Some(&ada.cookie), Method::PATCH, &values, &json!({ "values": body })).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{body}");
        }
        let foreign = beta.send(Some(&site.log_in("beta").await), Method::PUT, &format!("fields/{}", ids[0]), &json!({ "name": "Theirs", "kind": "text", "version": 1 })).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{foreign:?}");
        assert_eq!(office.standing().await, before);
        // Others' changes of other fields stay; of the same, what holds now is told.
        let read = office.get(task).await.version;
        let one = office.send(Some(&boss.cookie), Method::PATCH, &values, &json!({ "version": read, "values": { &ids[0]: "HP-78" } })).await;
        assert_eq!(one.status, StatusCode::OK, "{one:?}");
        let other = office.send(Some(&ada.cookie), Method::PATCH, &values, &json!({ "version": read, "values": { &ids[2]: 100 } })).await;
        assert_eq!(other.status, StatusCode::OK, "{other:?}");
        let same = office.send(Some(&ada.cookie), Method::PATCH, &values, &json!({ "version": read, "values": { &ids[0]: "HP-79" } })).await;
        assert_eq!((same.status, same.fields()), (StatusCode::CONFLICT, vec![format!("values.{}", ids[0])]));
        assert!(same.text.contains("HP-78"), "{}", same.text);
        undo(&office, &boss, &one).await;
        let now = office.send(Some(&ada.cookie), Method::GET, &values, &json!({})).await.json();
        assert_eq!((&now["values"][&ids[0]], &now["values"][&ids[2]]), (&json!("HP-77"), &json!(100)), "{now}");
        // A choice that is called something else is the same; a field that is put away is shown no more, and loses nothing.
        let body = json!({ "name": "Under warranty", "kind": "choice", "choices": [{ "id": yes, "name": "Yes, it is" }], "on_cards": true, "version": 1 });
        assert_eq!(office.send(Some(&boss.cookie), Method::PUT, &format!("fields/{}", ids[4]), &body).await.status, StatusCode::NO_CONTENT);
        assert_eq!(office.send(Some(&boss.cookie), Method::PUT, &format!("fields/{}", ids[4]), &body).await.status, StatusCode::CONFLICT);
        assert_eq!(office.card(task).await.fields[4].text, "Yes, it is");
        let away = json!({ "name": "Serial", "kind": "text", "archived": true, "version": 1 });
        assert_eq!(office.send(Some(&boss.cookie), Method::PUT, &format!("fields/{}", ids[0]), &away).await.status, StatusCode::NO_CONTENT);
        assert_eq!(office.card(task).await.fields.len(), 5);
        let moved = office.send(Some(&boss.cookie), Method::POST, &format!("fields/{}/move", ids[5]), &json!({ "after": null })).await;
        assert_eq!((moved.status, office.card(task).await.fields[0].name.as_str()), (StatusCode::NO_CONTENT, "Buyer"), "{moved:?}");
        for (field, body) in [
            ("name", json!({ "name": "", "kind": "text" })),
            ("name", json!({ "name": "Weight", "kind": "text" })),
            ("choices", json!({ "name": "Colour", "kind": "choice" })),
            ("choices", json!({ "name": "Colour", "kind": "choice", "choices": [{ "name": "Red" }, { "name": "red" }] })),
        ] {
            let refused = office.send(Some(&boss.cookie), Method::POST, &path, &body).await;
            assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{body}");
        }
    }

    /// What a task says in a field of one list isn’t there on another list’s cards, and neither is what it says in a field that was put away. It is kept, and is
    /// there again where the task comes back.
    async fn what_a_field_says_stays_with_its_list(site: Site) {
        let office = Office::alpha(&site).await;
        let boss = office.member("Cy", Role::Manager).await;
        let (task, second) = (office.task("Fix the treadmill").await, office.list_in(office.space, "Second list").await);
        let body = json!({ "name": "Warranty", "kind": "choice", "choices": [{ "name": "Yes" }, { "name": "No" }], "on_cards": true });
        let made = office.send(Some(&boss.cookie), Method::POST, &format!("lists/{}/fields", office.list), &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let field = made.json()["id"].as_str().expect("an id").to_owned();
        let set = office.send(Some(&boss.cookie), Method::PATCH, &format!("tasks/{task}/fields"), &json!({ "values": { &field: "Yes" } })).await;
        assert_eq!(set.status, StatusCode::OK, "{set:?}");
        let here = office.card(task).await;
        assert_eq!((here.chosen.len(), here.fields.len()), (1, 1));
        let there = MoveBody { list: Some(second), ..MoveBody::default() };
        office.move_as(&boss.actor, task, &there).await.expect("moved");
        let card = office.card(task).await;
        assert_eq!((card.list, card.chosen.len(), card.fields.len()), (second, 0, 0));
        let back = MoveBody { list: Some(office.list), ..MoveBody::default() };
        office.move_as(&boss.actor, task, &back).await.expect("moved back");
        assert_eq!(office.card(task).await.chosen, here.chosen);
        let shown = office.send(Some(&boss.cookie), Method::GET, &format!("tasks/{task}/fields"), &json!({})).await.json();
        let choices = shown["fields"][0]["choices"].clone();
        let away = json!({ "name": "Warranty", "kind": "choice", "choices": choices, "archived": true, "version": 1 });
        let put = office.send(Some(&boss.cookie), Method::PUT, &format!("fields/{field}"), &away).await;
        assert_eq!((put.status, office.card(task).await.chosen.len()), (StatusCode::NO_CONTENT, 0), "{put:?}");
    }

    /// A list by its days: on the calendar, on the timeline, and as a table that is sorted by what people press.
    async fn a_list_by_its_days(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, outsider) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (_, _, list) = office.private("Board", &[ada.user]).await;
        let add = async |title: &str, start: Option<&str>, due: &str, priority: i64| {
            let mut body = add_body(list, title);
            (body.start_day, body.due_day, body.priority) = (start.map(str::to_owned), Some(due.to_owned()), priority);
            office.add_as(&ada.actor, title, |wanted| *wanted = body).await.expect("a task")
        };
        let late = add("Late one", None, "2026-11-20", 0).await;
        let first = add("First one", Some("2026-11-23"), "2026-11-26", 4).await;
        let then = add("Then this", None, "2026-12-02", 1).await;
        let body = LinkBody { waits_for: Some(first.to_string()), blocks: None };
        links::add(&site.platform, &ada.actor, "alpha", &then.to_string(), &body).await.expect("linked");
        let page = async |query: &str| site.get_as(&ada.cookie, &format!("/app/alpha/tasks/lists/{list}?view={query}")).await;
        let month = page("calendar").await;
        for words in ["November 2026", "data-day=\"2026-11-26\"", "First one", "Overdue", "Then this"] {
            assert!(month.text.contains(words), "{words}: {}", month.text);
        }
        let later = page("calendar&day=2027-03-01").await.text;
        assert!(!later.contains("First one") && later.contains("Nothing is due this month."), "{later}");
        let narrowed = page("calendar&q=is:overdue").await.text;
        assert!(narrowed.contains("Only tasks with") && narrowed.contains("Show everything") && !narrowed.contains("First one"), "{narrowed}");
        let week = page("calendar&span=week&day=2026-11-25").await.text;
        assert!(week.contains("Week of 23 November 2026") && week.contains("First one") && !week.contains("Late one"), "{week}");
        let line = page("timeline").await.text;
        for words in ["timeline-bar", "timeline-link", "23 November 2026 to 26 November 2026"] {
            assert!(line.contains(words), "{words}: {line}");
        }
        let order = |text: &str| {
            let mut found: Vec<(usize, &str)> = ["Late one", "First one", "Then this"].iter().filter_map(|title| Some((text.rfind(title)?, *title))).collect();
            found.sort_unstable();
            found.into_iter().map(|(_, title)| title).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(order(&page("table").await.text), "Late one, First one, Then this");
        assert_eq!(order(&page("table&sort=priority").await.text), "First one, Then this, Late one");
        assert_eq!(order(&page("table&sort=due&down=1").await.text), "Then this, First one, Late one");
        let narrow = page("table&columns=due").await.text;
        assert!(narrow.contains("data-label=\"Due\"") && !narrow.contains("data-label=\"Priority\""), "{narrow}");
        for view in ["calendar", "timeline", "table"] {
            let hidden = site.get_as(&outsider.cookie, &format!("/app/alpha/tasks/lists/{list}?view={view}")).await;
            assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{view}");
        }
        for odd in ["calendar&day=0001-01-01", "calendar&day=9999-12-31", "timeline&day=9900-12-31&weeks=99", "table&page=99&sort=nothing&columns=,", "table&q=((("] {
            assert_eq!(page(odd).await.status, StatusCode::OK, "{odd}");
        }
        office.complete_as(&ada.actor, late, true).await.expect("done");
        assert!(!page("calendar").await.text.contains("Overdue"));
    }
}

async fn due(office: &Office<'_>, title: &str, day: &str, time: Option<&str>) -> TaskId {
    office
        .task_with(title, |body| (body.due_day, body.due_time) = (Some(day.to_owned()), time.map(str::to_owned)))
        .await
}

async fn repeat(office: &Office<'_>, who: &Member, task: TaskId, body: &Value) -> Answer {
    office.send(Some(&who.cookie), Method::PUT, &format!("tasks/{task}/repeat"), body).await
}

async fn shown(office: &Office<'_>, who: &Member, task: TaskId) -> Value {
    let answer = office.send(Some(&who.cookie), Method::GET, &format!("tasks/{task}/repeat"), &json!({})).await;
    answer.json()["repeat"].clone()
}

/// Completes a task that repeats, and gives the one that follows.
async fn complete(office: &Office<'_>, who: &Member, task: TaskId) -> TaskId {
    office.complete_as(&who.actor, task, true).await.expect("done");
    let next = shown(office, who, task).await["successor"].clone();
    serde_json::from_value(next).expect("one that follows")
}

async fn undo(office: &Office<'_>, who: &Member, done: &Answer) {
    let act = done.json()["act"].as_str().expect("an act").to_owned();
    let undone = office.send(Some(&who.cookie), Method::POST, &format!("acts/{act}/undo"), &json!({})).await;
    assert_eq!(undone.status, StatusCode::OK, "{undone:?}");
}

/// So many bytes the history keeps of how tasks repeat.
async fn kept(office: &Office<'_>) -> i64 {
    let mut tx = office.site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let kept = platform_sql!(
        one(i64,),
        &mut tx,
        "SELECT CAST(COALESCE(SUM(length(before_value) + length(after_value)), 0) AS BIGINT) FROM tasks_changes WHERE org_id = $1 AND field = 'repeat'",
        office.id
    );
    kept.expect("the history").0
}

/// What is a part of a task, outside the trash.
async fn parts_of(office: &Office<'_>, task: TaskId) -> Vec<TaskId> {
    let mut tx = office.opened(Access::Read).await;
    let tree = store::tree(&mut tx, task).await.expect("its parts");
    drop(tx);
    let mut parts = Vec::new();
    for id in tree.into_iter().filter(|id| *id != task) {
        if office.get(id).await.trashed_at.is_none() {
            parts.push(id);
        }
    }
    parts
}

/// A checklist in order: “Table, Towels”.
async fn words(office: &Office<'_>, task: TaskId) -> String {
    let mut tx = office.opened(Access::Read).await;
    let checks = checks::of(&mut tx, task).await.expect("a checklist");
    checks.into_iter().map(|check| check.words).collect::<Vec<_>>().join(", ")
}

/// The ids of a checklist's lines.
async fn lines(office: &Office<'_>, who: &Member, task: TaskId) -> Vec<Value> {
    let answer = office.send(Some(&who.cookie), Method::GET, &format!("tasks/{task}/checks"), &json!({})).await;
    answer.json()["checks"].as_array().expect("lines").iter().map(|line| line["id"].clone()).collect()
}
