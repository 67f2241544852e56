//! Spaces, lists and what they are made of, labels and teams: who may change them, what is never lost by it, and what pages and programs see.

use std::collections::BTreeSet;

use app::{
    audit,
    db::Access,
    error::Code,
    ids::UserId,
    modules::{
        MODULES,
        tasks::{
            ids::{LabelId, StatusId, TaskId},
            lists::{self, LabelBody, ListBody, SectionBody, SpaceBody, StatusBody, TeamBody, To},
            parts, permissions, store,
            tasks::{self, MoveBody, PatchBody},
            trash,
        },
    },
    org::{Actor, OrgRef, OrgTx, Role},
    people::members,
    platform_sql,
};
use axum::http::{Method, StatusCode};
use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    on_both,
    support::{Site, outcome},
    tasks_support::{Member, Office, SYSTEM, list_body},
};

on_both! {
    /// A new list has three statuses, or those that were said; one that is the end and one that isn’t are always there.
    async fn a_list_begins_with_what_it_needs(site: Site) {
        let office = Office::alpha(&site).await;
        let whole = lists::whole(&site.platform, &office.owner(), office.slug, &office.list.to_string()).await.expect("the list");
        let statuses: Vec<(&str, &str)> = whole.statuses.iter().map(|(status, _)| (status.name.as_str(), status.kind.as_str())).collect();
        assert_eq!(statuses, [("To do", "open"), ("Doing", "started"), ("Done", "done")]);
        let said = |all: &[(&str, &str)]| ListBody {
            statuses: all.iter().map(|(name, kind)| status(name, kind)).collect(),
            ..list_body(office.space, "Jobs")
        };
        // With a key it is added once.
        let owner = site.log_in("alpha").await;
        let body = json!({ "space": office.space, "name": "Once" });
        let once = office.post(Some(&owner), "lists", "a-list-once", &body).await;
        let count = async || lists::overview(&site.platform, &SYSTEM, office.slug).await.expect("lists").spaces.iter().map(|space| space.lists.len()).sum::<usize>();
        let there = count().await;
        let again = office.post(Some(&owner), "lists", "a-list-once", &body).await;
        assert_eq!((once.status, again.status, once.json()), (StatusCode::CREATED, StatusCode::CREATED, again.json()));
        assert_eq!(count().await, there);
        let other = office.post(Some(&owner), "lists", "a-list-once", &json!({ "space": office.space, "name": "Other" })).await;
        assert_eq!((other.status, count().await), (StatusCode::CONFLICT, there), "{other:?}");
        let add = async |body: &ListBody| lists::add_list(&site.platform, &SYSTEM, office.slug, body, None).await;
        let before = office.standing().await;
        for (all, wanted) in [
            (&[("Open", "open")][..], "422 statuses"),
            (&[("Shut", "done")], "422 statuses"),
            (&[("Open", "open"), ("open", "done")], "422 statuses"),
            (&[("Open", "ajar"), ("Shut", "done")], "422 statuses"),
        ] {
            assert_eq!(outcome(add(&said(all)).await), wanted, "{all:?}");
        }
        let many: Vec<StatusBody> = (0..61).map(|n| status(&format!("Column {n}"), if n == 0 { "done" } else { "open" })).collect();
        assert_eq!(outcome(add(&ListBody { statuses: many.clone(), ..list_body(office.space, "Wide") }).await), "422 statuses");
        assert_eq!(outcome(add(&list_body(office.space, "  ")).await), "422 name");
        assert_eq!(office.standing().await, before);
        let wide = add(&ListBody { statuses: many[..60].to_vec(), ..list_body(office.space, "Wide") }).await.expect("a wide board").0;
        assert_eq!(office.statuses_of(wide).await.len(), 60);
        let more = lists::add_status(&site.platform, &SYSTEM, office.slug, &wide.to_string(), &status("One more", "open")).await;
        assert_eq!(outcome(more), "422 name");
    }

    /// Who saves from an old version hears what differs, and saving again with what holds now puts theirs in its place.
    async fn saving_from_an_old_version_is_a_conflict(site: Site) {
        let office = Office::alpha(&site).await;
        let (owner, list) = (office.owner(), office.list.to_string());
        let body = |name: &str, about: &str, version: i64| ListBody {
            about: about.to_owned(),
            version: Some(version),
            ..list_body(office.space, name)
        };
        let save = async |body: &ListBody| lists::save_list(&site.platform, &owner, office.slug, &list, body).await;
        save(&body("Front desk", "**Daily** things", 1)).await.expect("saved");
        let refused = save(&body("Reception", "", 1)).await.expect_err("an old version");
        assert_eq!((refused.code, refused.version), (Code::Conflict, Some(2)));
        assert_eq!(refused.field_message("name"), Some("It is “Front desk” now."));
        assert!(refused.field_message("about").is_some() && refused.field_message("space").is_none());
        assert_eq!(outcome(save(&ListBody { version: None, ..body("Reception", "", 1) }).await), "422 version");
        save(&body("Reception", "", 2)).await.expect("a decision");
        assert!(!site.raw_dump().await.windows(10).any(|part| part == b"**Daily** "), "what is said about it is sealed");

        let status_id = office.statuses[1].to_string();
        let doing = StatusBody { most: Some(3), version: Some(1), ..status("In hand", "started") };
        let save = async |body: &StatusBody| lists::save_status(&site.platform, &owner, office.slug, &list, &status_id, body).await;
        save(&doing).await.expect("saved");
        let refused = save(&doing).await.expect_err("an old version");
        assert_eq!((refused.version, refused.fields.len()), (Some(2), 0), "nothing differs: {refused:?}");
        let refused = save(&StatusBody { most: None, ..doing.clone() }).await.expect_err("an old version");
        assert_eq!(refused.field_message("most"), Some("It is 3 now."));
        assert_eq!(outcome(save(&StatusBody { most: Some(0), version: Some(2), ..doing }).await), "422 most");

        let label = office.label("Clinic").await.to_string();
        let save = async |body: &LabelBody| lists::save_label(&site.platform, &owner, office.slug, &label, body).await;
        let blue = LabelBody { name: "Clinic".to_owned(), colour: 1, version: Some(1) };
        save(&blue).await.expect("saved");
        assert_eq!(save(&LabelBody { colour: 2, ..blue }).await.expect_err("old").field_message("colour"), Some("It has another colour now."));
        let team = office.team("Reception", &[office.owner]).await.to_string();
        let body = TeamBody { name: "Desk".to_owned(), members: BTreeSet::new(), active: true, version: Some(1) };
        lists::save_team(&site.platform, &owner, office.slug, &team, &body).await.expect("saved");
        let refused = lists::save_team(&site.platform, &owner, office.slug, &team, &TeamBody { active: false, ..body }).await.expect_err("old");
        assert!(refused.field_message("active").is_some() && refused.field_message("members").is_none());
        let space = SpaceBody { name: "All".to_owned(), team: None, seen_by: "everyone".to_owned(), version: Some(9) };
        let refused = lists::save_space(&site.platform, &owner, office.slug, &office.space.to_string(), &space).await.expect_err("old");
        assert_eq!(refused.field_message("name"), Some("It is “Everybody” now."));
    }

    /// A column with cards is never lost: they go where somebody says, and undoing it brings the column back with them in it.
    async fn a_status_goes_and_its_tasks_stay(site: Site) {
        let office = Office::alpha(&site).await;
        let boss = office.member("Bo", Role::Manager).await;
        let [todo, doing, done] = office.statuses;
        let waiting = office.status(office.list, "Waiting", "started").await;
        let names: Vec<StatusId> = office.statuses_of(office.list).await;
        assert_eq!(names, [todo, doing, waiting, done], "what isn’t the end comes before it");
        let mut in_it = Vec::new();
        for title in ["One", "Two", "Gone"] {
            in_it.push(office.task_with(title, |body| body.status = Some(waiting)).await);
        }
        office.trash_as(&SYSTEM, in_it[2]).await.expect("in the trash");
        let elsewhere = office.list_in(office.space, "Second list").await;
        let foreign = office.statuses_of(elsewhere).await[0];
        let delete = async |status: StatusId, to: Option<StatusId>| {
            lists::delete_status(&site.platform, &boss.actor, office.slug, &office.list.to_string(), &status.to_string(), to).await
        };
        let before = office.standing().await;
        for (status, to, wanted) in [
            (waiting, None, "422 move_to"),
            (waiting, Some(waiting), "422 move_to"),
            (waiting, Some(done), "422 move_to"),
            (waiting, Some(foreign), "404"),
            (waiting, Some(StatusId(Uuid::nil())), "404"),
            (foreign, Some(todo), "404"),
            (done, Some(todo), "409"),
        ] {
            assert_eq!(outcome(delete(status, to).await), wanted, "{status} to {to:?}");
        }
        assert_eq!(office.standing().await, before);
        let act = delete(waiting, Some(doing)).await.expect("gone");
        assert_eq!(office.statuses_of(office.list).await, [todo, doing, done]);
        for task in &in_it {
            assert_eq!(office.get(*task).await.status, doing);
        }
        assert_eq!(office.titles(office.list).await, "One, Two");
        office.undo_as(&boss.actor, act).await.expect("undone");
        assert_eq!(office.statuses_of(office.list).await, [todo, doing, waiting, done]);
        for task in &in_it {
            assert_eq!(office.get(*task).await.status, waiting);
        }
        // Once somebody has moved one of them on, it can’t be undone; and nothing came back.
        let act = delete(waiting, Some(doing)).await.expect("gone");
        office.complete_as(&SYSTEM, in_it[0], true).await.expect("done");
        assert_eq!(outcome(office.undo_as(&boss.actor, act).await), "409");
        assert_eq!(office.statuses_of(office.list).await, [todo, doing, done]);
        // What somebody did while it was there can’t go back to it.
        let empty = office.status(office.list, "Empty", "open").await;
        let moved = office.patch_as(&SYSTEM, in_it[1], &PatchBody { status: Some(empty), ..PatchBody::default() }).await.expect("there");
        let back = office.patch_as(&SYSTEM, in_it[1], &PatchBody { status: Some(todo), ..PatchBody::default() }).await.expect("back");
        assert!(moved.act.is_some());
        let act = delete(empty, None).await.expect("nothing was in it");
        assert_eq!(outcome(office.undo_as(&SYSTEM, back.act.expect("an act")).await), "409");
        // One that nothing was in comes back as any other.
        office.undo_as(&boss.actor, act).await.expect("undone");
        assert!(office.statuses_of(office.list).await.contains(&empty));
        delete(empty, None).await.expect("gone again");
        for status in [todo, doing] {
            let left = delete(status, (status == todo).then_some(doing)).await;
            assert_eq!(outcome(left), if status == todo { "done" } else { "409" }, "the last that isn’t the end stays");
        }
    }

    /// What a status is doesn’t complete tasks by itself; and which are the end can change while none is in it.
    async fn a_kind_changes_while_nothing_is_in_it(site: Site) {
        let office = Office::alpha(&site).await;
        let [_, doing, done] = office.statuses;
        let task = office.task_with("One", |body| body.status = Some(doing)).await;
        let save = async |id: StatusId, body: &StatusBody| {
            lists::save_status(&site.platform, &SYSTEM, office.slug, &office.list.to_string(), &id.to_string(), body).await
        };
        let to_end = StatusBody { version: Some(1), ..status("Doing", "done") };
        assert_eq!(outcome(save(doing, &to_end).await), "422 kind");
        assert_eq!(outcome(save(done, &StatusBody { version: Some(1), ..status("Done", "open") }).await), "409", "the last that is the end");
        office.complete_as(&SYSTEM, task, true).await.expect("done");
        save(doing, &to_end).await.expect("nothing is in it");
        assert_eq!(outcome(save(done, &StatusBody { version: Some(1), ..status("Done", "open") }).await), "422 kind", "a completed task is in it");
    }

    /// A section goes, and its tasks stay in the list; undoing that brings it back with them in it.
    async fn a_section_goes_and_its_tasks_stay(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let list = office.list.to_string();
        let (monday, tuesday) = (office.section(office.list, "Monday").await, office.section(office.list, "Tuesday").await);
        let task = office.task_with("One", |body| body.section = Some(monday)).await;
        let act = lists::delete_section(&site.platform, &ada.actor, office.slug, &list, &monday.to_string()).await.expect("gone");
        assert_eq!(office.get(task).await.section, None);
        office.undo_as(&ada.actor, act).await.expect("undone");
        assert_eq!(office.get(task).await.section, Some(monday));
        let sections = sections(&office).await;
        assert_eq!(sections, ["Monday", "Tuesday"]);
        lists::move_section(&site.platform, &ada.actor, office.slug, &list, &tuesday.to_string(), To::After(None)).await.expect("moved");
        assert_eq!(self::sections(&office).await, ["Tuesday", "Monday"]);
        let body = SectionBody { name: "tuesday".to_owned(), version: Some(1) };
        let renamed = lists::save_section(&site.platform, &ada.actor, office.slug, &list, &monday.to_string(), &body).await;
        assert_eq!(outcome(renamed), "422 name", "there is one of that name");
        // One that was taken away with the name that another has now stays away.
        let act = lists::delete_section(&site.platform, &ada.actor, office.slug, &list, &monday.to_string()).await.expect("gone");
        office.section(office.list, "Monday").await;
        assert_eq!(outcome(office.undo_as(&ada.actor, act).await), "409");
        // One that nothing was in comes back as any other.
        let act = lists::delete_section(&site.platform, &ada.actor, office.slug, &list, &tuesday.to_string()).await.expect("gone");
        office.undo_as(&ada.actor, act).await.expect("undone");
        assert_eq!(self::sections(&office).await, ["Tuesday", "Monday"]);
    }

    /// Spaces, lists and statuses stand in the order that people give them, however often they are moved.
    async fn everything_is_put_in_order(site: Site) {
        let office = Office::alpha(&site).await;
        for name in ["B", "C", "D"] {
            office.list_in(office.space, name).await;
        }
        let names = async || {
            let overview = lists::overview(&site.platform, &SYSTEM, office.slug).await.expect("lists");
            overview.spaces[0].lists.iter().map(|(list, _)| list.name.clone()).collect::<Vec<_>>().join(" ")
        };
        let first = office.list.to_string();
        for (to, wanted) in [
            (To::Up, "First list B C D"),
            (To::Down, "B First list C D"),
            (To::Down, "B C First list D"),
            (To::Down, "B C D First list"),
            (To::Down, "B C D First list"),
            (To::Up, "B C First list D"),
            (To::After(None), "First list B C D"),
        ] {
            lists::move_list(&site.platform, &SYSTEM, office.slug, &first, to).await.expect("moved");
            assert_eq!(names().await, wanted, "{to:?}");
        }
        let [todo, doing, done] = office.statuses;
        for turn in 0..150 {
            let after = if turn % 2 == 0 { todo } else { doing };
            let moving = if turn % 2 == 0 { done } else { todo };
            let to = To::After(Some(after.0));
            lists::move_status(&site.platform, &SYSTEM, office.slug, &first, &moving.to_string(), to).await.expect("moved");
        }
        let mut tx = office.opened(Access::Read).await;
        let places: Vec<String> = store::statuses(&mut tx, office.list).await.expect("statuses").into_iter().map(|one| one.position).collect();
        assert!(places.len() == 3 && places.iter().all(|place| place.len() <= 60), "{places:?}");
        let second = office.space("Second").await;
        lists::move_space(&site.platform, &SYSTEM, office.slug, &second.to_string(), To::Up).await.expect("moved");
        let overview = lists::overview(&site.platform, &SYSTEM, office.slug).await.expect("spaces");
        assert_eq!(overview.spaces[0].space.id, second);
        let stranger = To::After(Some(Uuid::nil()));
        assert_eq!(outcome(lists::move_list(&site.platform, &SYSTEM, office.slug, &first, stranger).await), "404");
    }

    /// Lists and sections are everybody’s to set up, statuses and labels are for who organises, spaces and teams for admins.
    async fn who_may_set_up_what(site: Site) {
        let office = Office::alpha(&site).await;
        let other = Office::beta(&site).await;
        let (ada, bo, cy) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Manager).await, office.member("Cy", Role::Admin).await);
        let (list, space) = (office.list, office.space);
        let all = [
            (0, Method::POST, "lists".to_owned(), json!({ "space": space, "name": "New" })),
            (0, Method::PUT, format!("lists/{list}"), json!({ "space": space, "name": "Renamed", "version": 1 })),
            (0, Method::POST, format!("lists/{list}/move"), json!({ "after": null })),
            (0, Method::POST, format!("lists/{list}/sections"), json!({ "name": "Monday" })),
            (1, Method::POST, format!("lists/{list}/statuses"), json!({ "name": "Waiting", "kind": "started" })),
            (1, Method::POST, format!("lists/{list}/statuses/{}/move", office.statuses[1]), json!({ "after": null })),
            (1, Method::POST, "labels".to_owned(), json!({ "name": "Clinic", "colour": 3 })),
            (2, Method::POST, "spaces".to_owned(), json!({ "name": "New" })),
            (2, Method::PUT, format!("spaces/{space}"), json!({ "name": "All", "version": 1 })),
            (2, Method::POST, "teams".to_owned(), json!({ "name": "Reception", "members": [ada.user] })),
            (0, Method::POST, format!("lists/{list}/archive"), json!({ "archived": true })),
            (2, Method::POST, format!("spaces/{space}/archive"), json!({ "archived": true })),
        ];
        let outside = site.log_in(other.slug).await;
        for (least, method, path, body) in &all {
            let before = office.standing().await;
            assert_eq!(office.send(None, method.clone(), path, body).await.status, StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(office.send(Some(&outside), method.clone(), path, body).await.status, StatusCode::NOT_FOUND, "{path}");
            for below in &[&ada, &bo][..*least] {
                assert_eq!(office.send(Some(&below.cookie), method.clone(), path, body).await.status, StatusCode::FORBIDDEN, "{path}");
            }
            assert_eq!(office.standing().await, before, "{path}");
            let by = [&ada, &bo, &cy][*least];
            let done = office.send(Some(&by.cookie), method.clone(), path, body).await;
            assert!(done.status.is_success(), "{path}: {done:?}");
        }
        let shown = office.send(Some(&ada.cookie), Method::GET, "lists", &json!({})).await.json();
        let found = shown["lists"].as_array().expect("lists").iter().find(|one| one["id"] == json!(list)).cloned().expect("the list");
        assert_eq!((&found["name"], &found["archived"], &found["open"]), (&json!("Renamed"), &json!(true), &json!(0)));
    }

    /// Another organisation’s ids, and those of a space that isn’t theirs, aren’t there for whoever sets something up.
    async fn what_is_anothers_is_not_there(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let ada = office.member("Ada", Role::Manager).await;
        let (_, secret, hidden) = office.private("Secret", &[]).await;
        let (team, user) = (other.team("Theirs", &[other.owner]).await, other.owner);
        let before = (office.standing().await, other.standing().await);
        let (platform, slug) = (&site.platform, office.slug);
        for space in [other.space, secret] {
            assert_eq!(outcome(lists::add_list(platform, &ada.actor, slug, &list_body(space, "New"), None).await), "404");
            let body = ListBody { version: Some(1), ..list_body(space, "New") };
            assert_eq!(outcome(lists::save_list(platform, &ada.actor, slug, &office.list.to_string(), &body).await), "404");
        }
        for list in [other.list, hidden] {
            let list = list.to_string();
            assert_eq!(outcome(lists::whole(platform, &ada.actor, slug, &list).await), "404");
            assert_eq!(outcome(lists::add_status(platform, &ada.actor, slug, &list, &status("New", "open")).await), "404");
            assert_eq!(outcome(lists::add_section(platform, &ada.actor, slug, &list, &SectionBody { name: "New".to_owned(), version: None }).await), "404");
            assert_eq!(outcome(lists::archive_list(platform, &ada.actor, slug, &list, true).await), "404");
            assert_eq!(outcome(lists::move_list(platform, &ada.actor, slug, &list, To::Up).await), "404");
            let to = To::After(Some(list.parse().expect("an id")));
            assert_eq!(outcome(lists::move_list(platform, &ada.actor, slug, &office.list.to_string(), to).await), "404");
        }
        let theirs = other.statuses[0].to_string();
        let gone = lists::delete_status(platform, &ada.actor, slug, &office.list.to_string(), &theirs, Some(office.statuses[0])).await;
        assert_eq!(outcome(gone), "404");
        let owner = office.owner();
        let body = SpaceBody { name: "New".to_owned(), team: Some(team), seen_by: "team".to_owned(), version: None };
        assert_eq!(outcome(lists::add_space(platform, &owner, slug, &body, None).await), "404");
        let body = TeamBody { name: "New".to_owned(), members: BTreeSet::from([user]), active: true, version: None };
        assert_eq!(outcome(lists::add_team(platform, &owner, slug, &body, None).await), "404");
        assert_eq!(outcome(lists::save_team(platform, &owner, slug, &team.to_string(), &TeamBody { version: Some(1), ..body }).await), "404");
        assert_eq!((office.standing().await, other.standing().await), before);
        let shown = office.send(Some(&ada.cookie), Method::GET, "lists", &json!({})).await;
        assert!(!shown.text.contains("Secret"), "{shown:?}");
    }

    /// A space doesn’t become its team’s alone while others are on open tasks in it: they are named, and nothing changes.
    async fn nobody_is_left_on_a_task_that_they_cannot_see(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let team = office.team("Reception", &[ada.user]).await;
        let first = office.task_with("One", |body| body.responsible = Some(bo.user)).await;
        let second = office.task_with("Two", |body| body.people = vec![ada.user, bo.user]).await;
        let save = async |version: i64| {
            let body = SpaceBody { name: "Everybody".to_owned(), team: Some(team), seen_by: "team".to_owned(), version: Some(version) };
            lists::save_space(&site.platform, &office.owner(), office.slug, &office.space.to_string(), &body).await
        };
        let refused = save(1).await.expect_err("Bo is on two");
        assert!(refused.code == Code::Conflict && refused.message.contains("Person bo-alpha") && !refused.message.contains("ada"), "{refused:?}");
        // A list doesn’t go into such a space either.
        let (_, secret, _) = office.private("Secret", &[ada.user]).await;
        let into = ListBody { version: Some(1), ..list_body(secret, "First list") };
        assert_eq!(outcome(lists::save_list(&site.platform, &office.owner(), office.slug, &office.list.to_string(), &into).await), "409");
        office.patch_as(&SYSTEM, first, &PatchBody { responsible: Some(Some(ada.user)), ..PatchBody::default() }).await.expect("handed over");
        office.complete_as(&SYSTEM, second, true).await.expect("done");
        save(1).await.expect("nobody outside is on what is open");
        assert_eq!(office.send(Some(&bo.cookie), Method::GET, &format!("tasks/{first}"), &json!({})).await.status, StatusCode::NOT_FOUND);
        assert_eq!(office.send(Some(&ada.cookie), Method::GET, &format!("tasks/{first}"), &json!({})).await.status, StatusCode::OK);
    }

    /// Neither with a task that somebody’s part comes along of, nor by undoing, is anybody put on what they can’t see.
    async fn nobody_comes_along_to_what_they_cannot_see(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (_, _, hidden) = office.private("Secret", &[ada.user]).await;
        let whole = office.task("Whole").await;
        let part = office.task_with("Part", |body| {
            body.parent = Some(whole);
            body.responsible = Some(bo.user);
        }).await;
        let into = MoveBody { list: Some(hidden), ..MoveBody::default() };
        assert_eq!(outcome(office.move_as(&ada.actor, whole, &into).await), "422 responsible");
        assert_eq!((office.get(whole).await.list, office.get(part).await.list), (office.list, office.list));
        let off = PatchBody { responsible: Some(None), ..PatchBody::default() };
        let done = office.patch_as(&ada.actor, part, &off).await.expect("Bo is off it").act.expect("an act");
        office.move_as(&ada.actor, whole, &into).await.expect("moved");
        office.undo_as(&ada.actor, done).await.expect("undone as far as it can be");
        let part = office.get(part).await;
        assert_eq!((part.list, part.responsible), (hidden, None), "Bo can’t see it there");
    }

    /// What was taken away of a list isn’t brought back by who sees the list no longer, though nothing is left of what was in it.
    async fn what_is_out_of_sight_stays_gone(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let (team, _, list) = office.private("Secret", &[ada.user]).await;
        let section = office.section(list, "Old").await;
        let task = office.task_with("One", |body| {
            body.list = list;
            body.section = Some(section);
        }).await;
        let gone = lists::delete_section(&site.platform, &ada.actor, office.slug, &list.to_string(), &section.to_string()).await;
        let act = gone.expect("taken away");
        office.trash_as(&ada.actor, task).await.expect("thrown away");
        site.advance(31 * 24 * 60 * 60);
        trash::empty(&site.platform).await.expect("emptied");
        let body = TeamBody { name: "Team Secret".to_owned(), members: BTreeSet::new(), active: true, version: Some(1) };
        lists::save_team(&site.platform, &SYSTEM, office.slug, &team.to_string(), &body).await.expect("without Ada");
        assert_eq!(outcome(office.undo_as(&ada.actor, act).await), "404");
        let mut tx = office.opened(Access::Read).await;
        assert!(store::sections(&mut tx, list).await.expect("read").is_empty());
    }

    /// Who leaves the organisation is in no team any more, and who comes back isn’t either before somebody puts them there.
    async fn who_leaves_is_in_no_team(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (team, _, hidden) = office.private("Secret", &[ada.user, bo.user]).await;
        let inside = async || {
            let (teams, _) = lists::teams(&site.platform, &SYSTEM, office.slug).await.expect("teams");
            teams.into_iter().find(|(one, _)| one.id == team).map(|(_, inside)| inside).expect("the team")
        };
        assert_eq!(inside().await, BTreeSet::from([ada.user, bo.user]));
        leave(&site, &office, bo.user).await;
        assert_eq!(inside().await, BTreeSet::from([ada.user]));
        assert!(people(&office, hidden).await.iter().all(|one| *one != bo.user));
        site.advance(60);
        members::add(&site.platform, office.id, bo.user, Role::Member).await.expect("he is back");
        assert_eq!(inside().await, BTreeSet::from([ada.user]));
        let said = office.send(Some(&bo.cookie), Method::GET, &format!("lists/{hidden}"), &json!({})).await;
        assert!([StatusCode::NOT_FOUND, StatusCode::UNAUTHORIZED].contains(&said.status), "{said:?}");
        let body = TeamBody { name: "Team Secret".to_owned(), members: BTreeSet::from([ada.user, bo.user]), active: true, version: Some(1) };
        lists::save_team(&site.platform, &SYSTEM, office.slug, &team.to_string(), &body).await.expect("put there anew");
        assert_eq!(inside().await, BTreeSet::from([ada.user, bo.user]));
        assert!(people(&office, hidden).await.contains(&bo.user));
    }

    /// Labels are found by their names however they are typed, and go from all tasks at once.
    async fn labels_are_known_by_name(site: Site) {
        let office = Office::alpha(&site).await;
        let label = office.label("Front desk").await;
        let mut tx = office.opened(Access::Write).await;
        for typed in ["front desk", "#Front  Desk", " FRONT DESK "] {
            assert_eq!(lists::add_label_in(&mut tx, typed).await.expect("the same"), label, "{typed}");
        }
        let fresh = lists::add_label_in(&mut tx, "Warranty").await.expect("a new one");
        tx.commit().await.expect("a commit");
        let twice = LabelBody { name: "warranty".to_owned(), colour: 0, version: None };
        assert_eq!(outcome(lists::add_label(&site.platform, &SYSTEM, office.slug, &twice, None).await), "422 name");
        assert_eq!(outcome(lists::add_label(&site.platform, &SYSTEM, office.slug, &LabelBody { name: "New".to_owned(), colour: 8, version: None }, None).await), "422 colour");
        let task = office.task_with("One", |body| body.labels = BTreeSet::from([label, fresh])).await;
        let off = office.patch_as(&SYSTEM, task, &PatchBody { remove_labels: Some(BTreeSet::from([fresh])), ..PatchBody::default() }).await.expect("off");
        lists::delete_label(&site.platform, &SYSTEM, office.slug, &label.to_string()).await.expect("gone");
        assert!(office.get(task).await.labels.is_empty());
        lists::delete_label(&site.platform, &SYSTEM, office.slug, &fresh.to_string()).await.expect("gone");
        // Undoing what was done before doesn’t bring a label back that is gone; where that was all, nothing is left of it.
        office.undo_as(&SYSTEM, off.act.expect("an act")).await.map_or_else(|error| assert_eq!(error.code, Code::Conflict), |_| ());
        assert!(office.get(task).await.labels.is_empty());
    }

    /// A label that was taken away comes back, and is on all that had it and is there still, in whatever space: by who took it away and who organises, once, and
    /// not where another has its name now. What others did to those tasks meanwhile stays.
    async fn a_label_comes_back(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (boss, ada) = (office.member("Cy", Role::Manager).await, office.member("Ada", Role::Member).await);
        let (_, _, hidden) = office.private("Secret", &[ada.user]).await;
        let (label, also) = (office.label("Warranty").await, office.label("Clinic").await);
        let open = office.task_with("Open", |body| body.labels = BTreeSet::from([label])).await;
        let gone = office.task_with("Gone", |body| body.labels = BTreeSet::from([label])).await;
        let secret = office.task_with("Secret", |body| {
            body.list = hidden;
            body.labels = BTreeSet::from([label]);
        }).await;
        let mut many = BTreeSet::from([label]);
        for number in 0..29 {
            many.insert(office.label(&format!("Label {number}")).await);
        }
        let full = office.task_with("Full", |body| body.labels.clone_from(&many)).await;
        let delete = async |actor: &Actor, slug: &str| lists::delete_label(&site.platform, actor, slug, &label.to_string()).await;
        let before = (office.standing().await, other.standing().await);
        assert_eq!(outcome(delete(&ada.actor, "alpha").await), "403");
        assert_eq!(outcome(delete(&other.owner(), "alpha").await), "404");
        assert_eq!(outcome(delete(&other.owner(), "beta").await), "404", "it is another’s");
        assert_eq!((office.standing().await, other.standing().await), before);

        let act = delete(&boss.actor, "alpha").await.expect("gone");
        for task in [open, gone, secret] {
            assert!(office.get(task).await.labels.is_empty());
        }
        let add = |label: LabelId| PatchBody { add_labels: Some(BTreeSet::from([label])), ..PatchBody::default() };
        office.patch_as(&ada.actor, open, &add(also)).await.expect("another label meanwhile");
        office.patch_as(&ada.actor, full, &add(also)).await.expect("as many as there can be");
        office.trash_as(&SYSTEM, gone).await.expect("thrown away");
        site.advance(31 * 24 * 60 * 60);
        trash::empty(&site.platform).await.expect("emptied");
        assert_eq!(outcome(office.undo_as(&ada.actor, act).await), "403");
        assert_eq!(outcome(office.undo_as(&other.owner(), act).await), "404");
        assert_eq!(outcome(other.undo_as(&other.owner(), act).await), "404", "it is another’s");
        let taken = office.label("warranty").await;
        let refused = office.undo_as(&boss.actor, act).await.expect_err("another is called that");
        assert!(refused.code == Code::Conflict && refused.message.contains("“Warranty”"), "{refused:?}");
        lists::delete_label(&site.platform, &SYSTEM, office.slug, &taken.to_string()).await.expect("gone");

        office.undo_as(&boss.actor, act).await.expect("it is back");
        let all = lists::labels(&site.platform, &SYSTEM, office.slug).await.expect("labels");
        assert!(all.iter().any(|one| (one.id, one.name.as_str()) == (label, "Warranty")));
        assert_eq!(office.get(open).await.labels, BTreeSet::from([label, also]));
        assert_eq!(office.get(secret).await.labels, BTreeSet::from([label]));
        let now = office.get(full).await.labels;
        assert!(now.len() == 30 && !now.contains(&label), "it has no room for it: {now:?}");
        assert_eq!(office.undo_as(&boss.actor, act).await.expect("once"), None);
        // And again, by who organises, and through the API and the pages.
        let act = delete(&SYSTEM, "alpha").await.expect("gone again");
        office.undo_as(&boss.actor, act).await.expect("by who organises");
        assert_eq!(office.get(secret).await.labels, BTreeSet::from([label]));
        let cookie = site.log_in(office.slug).await;
        let removed = office.send(Some(&cookie), Method::DELETE, &format!("labels/{label}"), &json!({})).await;
        assert_eq!(removed.status, StatusCode::OK, "{removed:?}");
        let act = removed.json()["act"].as_str().expect("an act").to_owned();
        let undone = office.send(Some(&cookie), Method::POST, &format!("acts/{act}/undo"), &json!({})).await;
        assert_eq!((undone.status, office.get(secret).await.labels.len()), (StatusCode::OK, 1), "{undone:?}");
        let own = format!("/app/alpha/tasks/labels/{label}");
        let gone = site.form(Some(&cookie), "/fn/tasks/delete-label", &own, &[("org", "alpha"), ("id", &label.to_string())]).await;
        assert_eq!(gone.status, StatusCode::FOUND, "{gone:?}");
        let told = site.get_as(&cookie, gone.location()).await.text;
        assert!(told.contains("Label deleted, and removed from all tasks that had it.") && told.contains("action=\"/fn/tasks/undo\""), "{told}");
        let act = gone.location().split("act=").nth(1).expect("an act").to_owned();
        let labels = "/app/alpha/tasks/labels";
        let back = site.form(Some(&cookie), "/fn/tasks/undo", labels, &[("org", "alpha"), ("id", &act), ("back", labels)]).await;
        assert_eq!((back.status, back.location()), (StatusCode::FOUND, "/app/alpha/tasks/labels?did=undone"), "{back:?}");
        assert!(site.get_as(&cookie, labels).await.text.contains("data-label=\"Warranty\""));
    }

    /// Who took away what only who organises takes away, and organises no longer, doesn’t bring it back; a section, which anybody takes away, they do.
    async fn bringing_back_takes_what_taking_away_took(site: Site) {
        let office = Office::alpha(&site).await;
        let boss = office.member("Cy", Role::Manager).await;
        let list = office.list.to_string();
        let (label, section) = (office.label("Warranty").await.to_string(), office.section(office.list, "Monday").await.to_string());
        let status = office.status(office.list, "Parked", "open").await.to_string();
        let acts = [
            lists::delete_label(&site.platform, &boss.actor, office.slug, &label).await.expect("gone"),
            lists::delete_status(&site.platform, &boss.actor, office.slug, &list, &status, None).await.expect("gone"),
        ];
        let own = lists::delete_section(&site.platform, &boss.actor, office.slug, &list, &section).await.expect("gone");
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        let demoted = platform_sql!(exec, &mut tx, "UPDATE memberships SET role = 'member' WHERE org_id = $1 AND user_id = $2", office.id, boss.user);
        demoted.expect("a member like others");
        tx.commit().await.expect("a commit");
        let before = office.standing().await;
        for act in acts {
            assert_eq!(outcome(office.undo_as(&boss.actor, act).await), "403");
        }
        assert_eq!(office.standing().await, before);
        office.undo_as(&boss.actor, own).await.expect("undone");
        for act in acts {
            office.undo_as(&SYSTEM, act).await.expect("undone");
        }
        assert_eq!((sections(&office).await, office.statuses_of(office.list).await.len()), (vec!["Monday".to_owned()], 4));
    }

    /// However often statuses and sections are taken away and others made in their place: no more come back than a list can have.
    async fn no_more_comes_back_than_fits(site: Site) {
        let office = Office::alpha(&site).await;
        let list = office.list.to_string();
        let status = office.status(office.list, "Parked", "open").await.to_string();
        let act = lists::delete_status(&site.platform, &SYSTEM, office.slug, &list, &status, None).await.expect("gone");
        let mut newest = String::new();
        for number in office.statuses.len()..parts::MOST_STATUSES {
            newest = office.status(office.list, &format!("Status {number}"), "open").await.to_string();
        }
        assert_eq!(outcome(office.undo_as(&SYSTEM, act).await), "409");
        assert_eq!(office.statuses_of(office.list).await.len(), parts::MOST_STATUSES);
        lists::delete_status(&site.platform, &SYSTEM, office.slug, &list, &newest, None).await.expect("gone");
        office.undo_as(&SYSTEM, act).await.expect("there is room");

        let section = office.section(office.list, "Monday").await.to_string();
        let act = lists::delete_section(&site.platform, &SYSTEM, office.slug, &list, &section).await.expect("gone");
        for number in 0..parts::MOST_SECTIONS {
            office.section(office.list, &format!("Section {number}")).await;
        }
        assert_eq!(outcome(office.undo_as(&SYSTEM, act).await), "409");
        assert_eq!(sections(&office).await.len(), parts::MOST_SECTIONS);
    }

    /// A name of a hundred thousand letters is refused where it stands, in words that don’t repeat it, and nothing is written.
    async fn a_name_is_no_book(site: Site) {
        let office = Office::alpha(&site).await;
        let cookie = site.log_in(office.slug).await;
        let task = office.task("Order paper").await;
        let (label, section) = (office.label("Clinic").await, office.section(office.list, "Monday").await);
        let (list, space, status) = (office.list, office.space, office.statuses[0]);
        let template = json!({ "name": "Move", "anchor": { "name": "Moving day" }, "tasks": [{ "key": "pack", "title": "Pack" }] });
        let added = office.post(Some(&cookie), "templates", "a-key-of-a-template", &template).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
        let template = added.json()["id"].as_str().expect("an id").to_owned();
        let long = "a".repeat(100_000);
        let before = office.standing().await;
        let refused = async |method: Method, path: &str, body: Value, field: &str| {
            let answer = if method == Method::POST {
                office.post(Some(&cookie), path, "a-key-of-a-long-name", &body).await
            } else {
                office.send(Some(&cookie), method, path, &body).await
            };
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {field}: {}", answer.text.len());
            assert!(answer.fields().iter().any(|one| one == field), "{path} {field}: {:?}", answer.fields());
            assert!(answer.text.len() < 2_000, "{path} {field} repeats it");
        };
        for (path, body, field) in [
            ("spaces".to_owned(), json!({ "name": long }), "name"),
            ("spaces".to_owned(), json!({ "name": "New", "seen_by": long }), "seen_by"),
            ("lists".to_owned(), json!({ "space": space, "name": long }), "name"),
            ("lists".to_owned(), json!({ "space": space, "name": "New", "about": long }), "about"),
            ("lists".to_owned(), json!({ "space": space, "name": "New", "statuses": [{ "name": long, "kind": "open" }] }), "statuses"),
            (format!("lists/{list}/statuses"), json!({ "name": long, "kind": "open" }), "name"),
            (format!("lists/{list}/statuses"), json!({ "name": "New", "kind": long }), "kind"),
            (format!("lists/{list}/sections"), json!({ "name": long }), "name"),
            (format!("lists/{list}/fields"), json!({ "name": long, "kind": "text" }), "name"),
            (format!("lists/{list}/fields"), json!({ "name": "New", "kind": "choice", "choices": [{ "name": long }] }), "choices"),
            ("labels".to_owned(), json!({ "name": long }), "name"),
            ("teams".to_owned(), json!({ "name": long }), "name"),
            ("filters".to_owned(), json!({ "name": long, "query": "status:open" }), "name"),
            ("filters".to_owned(), json!({ "name": "New", "query": long }), "query"),
            ("tasks".to_owned(), json!({ "list": list, "title": long }), "title"),
            ("tasks".to_owned(), json!({ "list": list, "title": "New", "notes": long }), "notes"),
            ("tasks".to_owned(), json!({ "list": list, "title": "New", "due_day": long }), "due_day"),
            ("tasks".to_owned(), json!({ "list": list, "quick": long }), "quick"),
            (format!("tasks/{task}/checks"), json!({ "words": long }), "words"),
            (format!("tasks/{task}/comments"), json!({ "words": long }), "words"),
            ("templates".to_owned(), json!({ "name": long, "anchor": { "name": "Day" }, "tasks": [] }), "name"),
            ("templates/from".to_owned(), json!({ "name": "New", "list": list, "anchor": "2026-11-27", "anchor_name": "Day", "about": long }), "about"),
            (format!("templates/{template}/start"), json!({ "anchor": "2026-11-27", "list": list, "variables": { "nothing": long } }), "variables.nothing"),
        ] {
            refused(Method::POST, &path, body, field).await;
        }
        for (method, path, body, field) in [
            (Method::PUT, format!("labels/{label}"), json!({ "name": long, "version": 1 }), "name"),
            (Method::PUT, format!("lists/{list}"), json!({ "space": space, "name": long, "version": 1 }), "name"),
            (Method::PUT, format!("lists/{list}/statuses/{status}"), json!({ "name": long, "kind": "open", "version": 1 }), "name"),
            (Method::PUT, format!("lists/{list}/sections/{section}"), json!({ "name": long, "version": 1 }), "name"),
            (Method::PUT, format!("spaces/{space}"), json!({ "name": long, "version": 1 }), "name"),
            (Method::PATCH, format!("tasks/{task}"), json!({ "title": long }), "title"),
        ] {
            refused(method, &path, body, field).await;
        }
        assert_eq!(office.standing().await, before);
    }

    /// A list that was put away and is empty is deleted by who sets spaces up, with all that belonged to it; one that is in use, or of which anything lies in the
    /// trash, isn’t.
    async fn an_empty_list_is_deleted(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (boss, admin) = (office.member("Cy", Role::Manager).await, office.member("Em", Role::Admin).await);
        other.member("Wes", Role::Admin).await;
        let list = office.list_in(office.space, "Over").await;
        office.section(list, "Monday").await;
        let task = office.task_with("Order paper", |body| body.list = list).await;
        let path = format!("lists/{list}");
        let delete = async |cookie: &str| office.send(Some(cookie), Method::DELETE, &path, &json!({})).await.status;
        assert_eq!(delete(&admin.cookie).await, StatusCode::CONFLICT, "it is in use");
        lists::archive_list(&site.platform, &SYSTEM, "alpha", &list.to_string(), true).await.expect("put away");
        assert_eq!(delete(&admin.cookie).await, StatusCode::CONFLICT, "there is a task in it");
        lists::archive_list(&site.platform, &SYSTEM, "alpha", &list.to_string(), false).await.expect("out again");
        office.trash_as(&SYSTEM, task).await.expect("thrown away");
        lists::archive_list(&site.platform, &SYSTEM, "alpha", &list.to_string(), true).await.expect("put away");
        let page = format!("/app/alpha/tasks/lists/{list}/settings");
        let shown = site.get_as(&admin.cookie, &page).await.text;
        assert!(shown.contains("Delete this list") && !site.get_as(&boss.cookie, &page).await.text.contains("Delete this list"));
        assert_eq!(delete(&admin.cookie).await, StatusCode::CONFLICT, "it is in the trash");
        site.advance(31 * 24 * 60 * 60);
        trash::empty(&site.platform).await.expect("emptied");
        let (boss, stranger, admin) = (site.log_in_as("cy-alpha@example.com").await, site.log_in_as("wes-beta@example.com").await, site.log_in_as("em-alpha@example.com").await);
        assert_eq!((delete(&boss).await, delete(&stranger).await), (StatusCode::FORBIDDEN, StatusCode::NOT_FOUND));
        let gone = site.form(Some(&admin), "/fn/tasks/delete-list", &page, &[("org", "alpha"), ("id", &list.to_string())]).await;
        assert_eq!((gone.status, gone.location()), (StatusCode::FOUND, "/app/alpha/tasks/lists?deleted=1"), "{gone:?}");
        assert_eq!(delete(&admin).await, StatusCode::NOT_FOUND);
    }

    /// What was added goes again, by who added it or who organises, as long as it isn’t in use; nobody else takes it away, and to another organisation it isn’t
    /// there. A request that is sent again answers with the same act.
    async fn what_was_added_can_be_undone(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (boss, ada) = (office.member("Cy", Role::Admin).await, office.member("Ada", Role::Member).await);
        let stranger = other.member("Wes", Role::Admin).await;
        let (list, task) = (office.list, office.task("Order paper").await);
        let undo = async |who: &Member, act: &str| office.send(Some(&who.cookie), Method::POST, &format!("acts/{act}/undo"), &json!({})).await;
        let all = [
            ("space", "spaces".to_owned(), json!({ "name": "Newtown" }), "spaces".to_owned()),
            ("list", "lists".to_owned(), json!({ "space": office.space, "name": "Back office" }), "lists".to_owned()),
            ("status", format!("lists/{list}/statuses"), json!({ "name": "Waiting", "kind": "started" }), format!("lists/{list}")),
            ("section", format!("lists/{list}/sections"), json!({ "name": "Monday" }), format!("lists/{list}")),
            ("label", "labels".to_owned(), json!({ "name": "Clinic", "colour": 2 }), "labels".to_owned()),
            ("team", "teams".to_owned(), json!({ "name": "Reception", "members": [ada.user] }), "teams".to_owned()),
            ("comment", format!("tasks/{task}/comments"), json!({ "words": "On its way" }), format!("tasks/{task}/comments")),
        ];
        for (what, path, body, shown_at) in all {
            let added = office.post(Some(&boss.cookie), &path, &format!("adds-a-{what}"), &body).await;
            assert_eq!(added.status, StatusCode::CREATED, "{what}: {added:?}");
            if !["status", "section"].contains(&what) {
                let again = office.post(Some(&boss.cookie), &path, &format!("adds-a-{what}"), &body).await;
                assert_eq!(again.json(), added.json(), "{what}");
            }
            let (id, act) = (added.json()["id"].as_str().expect("an id").to_owned(), added.json()["act"].as_str().expect("an act").to_owned());
            let before = office.standing().await;
            assert_eq!(undo(&ada, &act).await.status, StatusCode::FORBIDDEN, "{what}");
            assert_eq!(undo(&stranger, &act).await.status, StatusCode::NOT_FOUND, "{what}");
            assert_eq!(other.send(Some(&stranger.cookie), Method::POST, &format!("acts/{act}/undo"), &json!({})).await.status, StatusCode::NOT_FOUND, "{what}");
            assert_eq!(office.standing().await, before, "{what}");
            let shown = async || site.get_as(&boss.cookie, &office.api(&shown_at)).await.text.contains(&id);
            assert!(shown().await, "{what}");
            for _ in 0..2 {
                let undone = undo(&boss, &act).await;
                assert_eq!((undone.status, shown().await), (StatusCode::OK, false), "{what}: {undone:?}");
            }

            // With something in it, it stays.
            let added = office.post(Some(&boss.cookie), &path, &format!("adds-another-{what}"), &body).await;
            assert_eq!(added.status, StatusCode::CREATED, "{what}: {added:?}");
            let (id, act) = (added.json()["id"].as_str().expect("an id").to_owned(), added.json()["act"].as_str().expect("an act").to_owned());
            match what {
                "space" => _ = office.list_in(id.parse().expect("a space"), "In it").await,
                "list" => _ = office.task_with("In it", |body| body.list = id.parse().expect("a list")).await,
                "status" => _ = office.task_with("In it", |body| body.status = Some(id.parse().expect("a status"))).await,
                "section" => _ = office.task_with("In it", |body| body.section = Some(id.parse().expect("a section"))).await,
                "team" => _ = office.task_with("In it", |body| body.team = Some(id.parse().expect("a team"))).await,
                "label" => {
                    let label = id.parse().expect("a label");
                    office.task_with("In it", |body| body.labels = BTreeSet::from([label])).await;
                }
                _ => {
                    let edited = office.send(Some(&boss.cookie), Method::PATCH, &format!("comments/{id}"), &json!({ "words": "Here", "version": 1 })).await;
                    assert_eq!(edited.status, StatusCode::OK, "{edited:?}");
                }
            }
            let refused = undo(&boss, &act).await;
            let words = if what == "comment" { "It was changed again since".to_owned() } else { format!("That {what} is in use by now") };
            assert!(refused.status == StatusCode::CONFLICT && refused.text.contains(&words), "{what}: {refused:?}");
            assert!(site.get_as(&boss.cookie, &office.api(&shown_at)).await.text.contains(&id), "{what}");
        }

        // So does a list in which somebody has set something up since, until that is undone.
        let added = office.post(Some(&boss.cookie), "lists", "adds-a-third-list", &json!({ "space": office.space, "name": "Third" })).await.json();
        let (third, act) = (added["id"].as_str().expect("an id"), added["act"].as_str().expect("an act"));
        let status = office.statuses_of(third.parse().expect("a list")).await[0];
        let body = json!({ "name": "Queued", "kind": "open", "version": 1 });
        let renamed = office.send(Some(&boss.cookie), Method::PUT, &format!("lists/{third}/statuses/{status}"), &body).await;
        assert_eq!(renamed.status, StatusCode::OK, "{renamed:?}");
        let refused = undo(&boss, act).await;
        assert!(refused.status == StatusCode::CONFLICT && refused.text.contains("That list is in use by now"), "{refused:?}");
        let renaming = renamed.json()["act"].as_str().expect("an act").to_owned();
        assert_eq!((undo(&boss, &renaming).await.status, undo(&boss, act).await.status), (StatusCode::OK, StatusCode::OK));
    }

    /// Renaming something, changing what else it is, and archiving it can be undone: what others changed beside that stays, and what they changed of the same
    /// isn’t undone. Saving it as it is does nothing that could be.
    async fn what_was_changed_can_be_undone(site: Site) {
        let office = Office::alpha(&site).await;
        let (boss, ada, bo) = (office.member("Cy", Role::Admin).await, office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (list, space) = (office.list_in(office.space, "Before").await, office.space("Before").await);
        let (status, section) = (office.status(list, "Before", "started").await, office.section(list, "Before").await);
        let (label, team) = (office.label("Before").await, office.team("Before", &[ada.user]).await);
        let put = async |path: &str, body: &Value| office.send(Some(&boss.cookie), Method::PUT, path, body).await;
        let undo = async |who: &Member, act: &Value| {
            let path = format!("acts/{}/undo", act.as_str().expect("an act"));
            office.send(Some(&who.cookie), Method::POST, &path, &json!({})).await
        };
        let all = [
            (format!("lists/{list}"), format!("lists/{list}"), json!({ "space": office.space, "name": "After", "about": "Daily" }), Some((json!({ "about": "Weekly" }), true))),
            (format!("lists/{list}/statuses/{status}"), format!("lists/{list}"), json!({ "name": "After", "kind": "open", "most": 4 }), Some((json!({ "most": 5 }), true))),
            (format!("lists/{list}/sections/{section}"), format!("lists/{list}"), json!({ "name": "After" }), None),
            (format!("labels/{label}"), "labels".to_owned(), json!({ "name": "After", "colour": 1 }), Some((json!({ "colour": 2 }), true))),
            (format!("spaces/{space}"), "spaces".to_owned(), json!({ "name": "After", "seen_by": "everyone" }), Some((json!({ "team": team }), false))),
            (format!("teams/{team}"), "teams".to_owned(), json!({ "name": "After", "members": [bo.user] }), Some((json!({ "active": false }), false))),
        ];
        for (path, shown_at, after, others) in all {
            let shown = async || as_set_up(site.get_as(&boss.cookie, &office.api(&shown_at)).await.json());
            let is_after = async || shown().await.to_string().contains("\"After\"");
            // Each save is of the version that the one before left.
            let body = |version: i64, more: &Value| {
                let mut body = after.clone();
                let fields = body.as_object_mut().expect("fields");
                fields.extend(more.as_object().expect("fields").clone());
                fields.insert("version".to_owned(), json!(version));
                body
            };
            let was = shown().await;
            let saved = put(&path, &body(1, &json!({}))).await;
            assert!(saved.status == StatusCode::OK && is_after().await, "{path}: {saved:?}");
            let same = put(&path, &body(2, &json!({}))).await;
            assert_eq!((same.status, same.json()), (StatusCode::OK, json!({ "act": null })), "{path}");
            let act = &saved.json()["act"];
            assert_eq!(undo(&ada, act).await.status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!((undo(&boss, act).await.status, shown().await), (StatusCode::OK, was), "{path}");

            let named = put(&path, &body(4, &json!({}))).await.json()["act"].clone();
            if let Some((others, is_of_both)) = others {
                let beside = put(&path, &body(5, &others)).await.json()["act"].clone();
                let first = undo(&boss, &named).await;
                assert_eq!(first.status, if is_of_both { StatusCode::CONFLICT } else { StatusCode::OK }, "{path}: {first:?}");
                assert_eq!(is_after().await, is_of_both, "{path}");
                assert_eq!(undo(&boss, &beside).await.status, StatusCode::OK, "{path}");
            }
            assert_eq!((undo(&boss, &named).await.status, is_after().await), (StatusCode::OK, false), "{path}");
        }
        let teams = lists::teams(&site.platform, &SYSTEM, "alpha").await.expect("teams").0;
        assert_eq!(teams.iter().map(|(team, who)| (team.name.as_str(), team.active, who.clone())).collect::<Vec<_>>(), [("Before", true, BTreeSet::from([ada.user]))]);

        for (path, who) in [(format!("lists/{list}"), &ada), (format!("spaces/{space}"), &boss)] {
            let archive = async |archived: bool| {
                let answer = office.send(Some(&who.cookie), Method::POST, &format!("{path}/archive"), &json!({ "archived": archived })).await;
                answer.json()["act"].clone()
            };
            let is_away = async || {
                let shown = lists::to_set_up(&site.platform, &boss.actor, "alpha").await.expect("what there is");
                shown.iter().any(|one| one.space.archived || one.lists.iter().any(|(list, _)| list.archived))
            };
            let away = archive(true).await;
            assert!(archive(true).await.is_null() && is_away().await, "{path}");
            assert_eq!((undo(who, &away).await.status, is_away().await), (StatusCode::OK, false), "{path}");
            let away = archive(true).await;
            archive(false).await;
            assert_eq!((undo(who, &away).await.status, is_away().await), (StatusCode::CONFLICT, false), "it is out again");
        }
        // Whoever doesn’t see it hears of nothing.
        let (_, theirs, hidden) = office.private("Leaders", &[bo.user]).await;
        let renamed = put(&format!("lists/{hidden}"), &json!({ "space": theirs, "name": "Leading", "version": 1 })).await;
        assert_eq!(undo(&ada, &renamed.json()["act"]).await.status, StatusCode::NOT_FOUND, "{renamed:?}");
    }

    /// Lists that were put away take nobody’s room: so many can be in use, however many there were before.
    async fn lists_put_away_take_no_room(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let mut tx = office.opened(Access::Write).await;
        let (there, mut last) = (store::lists(&mut tx).await.expect("lists").len(), office.list);
        for at in there..lists::MOST_LISTS {
            last = lists::add_list_in(&mut tx, &list_body(office.space, &format!("List {at}"))).await.expect("a list");
        }
        tx.commit().await.expect("a commit");
        let add = async |name: &str| lists::add_list(&site.platform, &ada.actor, office.slug, &list_body(office.space, name), None).await;
        let away = async |list: app::modules::tasks::ids::ListId, archived: bool| {
            lists::archive_list(&site.platform, &ada.actor, office.slug, &list.to_string(), archived).await
        };
        assert_eq!(outcome(add("One more").await), "422 name");
        away(last, true).await.expect("put away");
        add("One more").await.expect("there is room");
        assert_eq!(outcome(away(last, false).await), "409", "it doesn’t come back where there is no room");
        away(office.list, true).await.expect("put away");
        away(last, false).await.expect("and now there is");
    }

    /// Two who add a label of one name at the same moment: there is one.
    async fn of_labels_added_at_once_there_is_one(site: Site) {
        let office = Office::alpha(&site).await;
        let body = LabelBody { name: "Clinic".to_owned(), colour: 0, version: None };
        let all = join_all((0..6).map(|_| lists::add_label(&site.platform, &SYSTEM, office.slug, &body, None))).await;
        assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1);
    }

    /// A new organisation begins with one press, once however often it is pressed; whoever can’t set up is told who can.
    async fn a_new_organisation_begins(site: Site) {
        let (owner, slug) = (site.log_in("alpha").await, "alpha");
        let (_, member) = site.join(site.alpha, "ada@example.com", Role::Member).await;
        let page = "/app/alpha/tasks/lists";
        let first = site.get_as(&owner, page).await;
        assert!(first.status == StatusCode::OK && first.text.contains("No lists yet") && first.text.contains("Jobs for clients"), "{first:?}");
        let seen = site.get_as(&member, page).await;
        assert!(seen.text.contains("An admin sets the first one up") && !seen.text.contains("Use this"), "{seen:?}");
        let fields = [("org", slug), ("like", "week"), ("key", "the-first-press")];
        assert_eq!(site.form(Some(&member), "/fn/tasks/begin", page, &fields).await.status, StatusCode::FORBIDDEN);
        let begun = site.form(Some(&owner), "/fn/tasks/begin", page, &fields).await;
        assert_eq!(begun.status, StatusCode::FOUND, "{begun:?}");
        let again = site.form(Some(&owner), "/fn/tasks/begin", page, &fields).await;
        assert_eq!((again.status, again.location()), (StatusCode::FOUND, begun.location()), "{again:?}");
        let other = site.form(Some(&owner), "/fn/tasks/begin", page, &[("org", slug), ("like", "jobs"), ("key", "the-first-press")]).await;
        assert!(other.status == StatusCode::CONFLICT && other.text.contains("was used for something else"), "{other:?}");
        let there = lists::overview(&site.platform, &SYSTEM, slug).await.expect("what there is").spaces;
        assert_eq!(there.iter().map(|shown| shown.lists.len()).sum::<usize>(), 1);
        let list = begun.location().rsplit('/').next().expect("a list").to_owned();
        let whole = lists::whole(&site.platform, &SYSTEM, slug, &list).await.expect("the list");
        assert_eq!((whole.list.name.as_str(), whole.sections.len(), whole.statuses.len()), ("This week", 5, 3));
        let page = site.get_as(&member, page).await;
        assert!(page.text.contains("This week") && page.text.contains("Our work"), "{page:?}");
    }

    /// The pages work without a script: what is typed wrong comes back with what was typed, and what is right is there.
    async fn the_pages_work_without_a_script(site: Site) {
        let office = Office::alpha(&site).await;
        let owner = site.log_in(office.slug).await;
        let (list, space) = (office.list.to_string(), office.space.to_string());
        let settings = format!("/app/alpha/tasks/lists/{list}/settings");
        let submit = async |form: &str, page: &str, fields: &[(&str, &str)]| {
            let all: Vec<(&str, &str)> = [("org", "alpha")].into_iter().chain(fields.iter().copied()).collect();
            site.form(Some(&owner), &format!("/fn/tasks/{form}"), page, &all).await
        };
        let wrong = submit("save-list", &settings, &[("id", &list), ("version", "1"), ("name", "  "), ("space", &space), ("about", "kept <b>words")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
        assert!(wrong.text.contains("Enter a name.") && wrong.text.contains("kept &lt;b&gt;words"), "{}", wrong.text);
        let saved = submit("save-list", &settings, &[("id", &list), ("version", "1"), ("name", "Reception"), ("space", &space)]).await;
        assert!(saved.status == StatusCode::FOUND && saved.location().starts_with(&format!("{settings}?saved=1&act=")), "{saved:?}");
        let told = site.get_as(&owner, saved.location()).await.text;
        assert!(told.contains("Saved. Boards show it already.") && told.contains("action=\"/fn/tasks/undo-part\""), "{told}");
        assert!(submit("add-status", &settings, &[("list", &list), ("status_name", "Waiting"), ("kind", "started"), ("most", "many")]).await.text.contains("1 to 10,000"));
        // A button that is pressed twice adds once.
        let lists = "/app/alpha/tasks/lists";
        let shown = site.get_as(&owner, lists).await.text;
        let key = shown.split("name=\"key\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a key").to_owned();
        let fields = [("name", "Back office"), ("space", space.as_str()), ("key", key.as_str())];
        let (first, second) = (submit("add-list", lists, &fields).await, submit("add-list", lists, &fields).await);
        assert_eq!((first.status, first.location()), (StatusCode::FOUND, second.location()), "{first:?}");
        let task = office.task("Order paper").await.to_string();
        let fields = [("task", task.as_str()), ("check_lines", "A4"), ("key", "a-key-of-the-checklist")];
        for _ in 0..2 {
            assert_eq!(submit("add-checks", "/app/alpha/tasks/t/T-1", &fields).await.status, StatusCode::FOUND);
        }
        assert_eq!(office.card(task.parse().expect("an id")).await.checks.1, 1);
        for (form, fields) in [
            ("add-status", vec![("list", list.as_str()), ("status_name", "Waiting"), ("kind", "started"), ("most", "4")]),
            ("add-section", vec![("list", list.as_str()), ("section_name", "Monday")]),
        ] {
            let done = submit(form, &settings, &fields).await;
            assert_eq!(done.status, StatusCode::FOUND, "{form}: {done:?}");
        }
        let statuses = office.statuses_of(office.list).await;
        let (waiting, moved) = (statuses[2].to_string(), format!("{list}/{}", statuses[2]));
        assert_eq!(submit("move-status", &settings, &[("id", &moved), ("earlier", "true")]).await.status, StatusCode::FOUND);
        assert_eq!(office.statuses_of(office.list).await[1], statuses[2]);
        office.task_with("One", |body| body.status = Some(statuses[2])).await;
        let page = site.get_as(&owner, &settings).await.text;
        assert!(page.contains("1 task, at most 4 at once") && page.contains("Monday"), "{page}");
        let part = format!("{settings}?status={waiting}");
        assert!(site.get_as(&owner, &part).await.text.contains("Delete status"));
        let gone = submit("delete-status", &part, &[("list", &list), ("id", &waiting), ("move_to", &statuses[1].to_string())]).await;
        assert_eq!(gone.status, StatusCode::FOUND, "{gone:?}");
        let said = site.get_as(&owner, gone.location()).await.text;
        assert!(said.contains("Deleted. No task was lost.") && said.contains("Undo"), "{said}");
        let act = gone.location().split("act=").nth(1).expect("an act").to_owned();
        assert_eq!(submit("undo-part", &settings, &[("list", &list), ("id", &act)]).await.status, StatusCode::FOUND);
        assert_eq!(office.statuses_of(office.list).await.len(), 4);
        assert_eq!(site.get_as(&owner, &format!("{settings}?status=none")).await.status, StatusCode::NOT_FOUND);

        for (form, page, fields) in [
            ("add-space", "spaces", vec![("name", "Newtown")]),
            ("add-label", "labels", vec![("name", "Clinic"), ("colour", "5")]),
            ("add-team", "teams", vec![("name", "Reception"), ("members[0]", "")]),
            ("archive-list", "lists", vec![("id", list.as_str()), ("archived", "true")]),
        ] {
            let page = format!("/app/alpha/tasks/{page}");
            let done = submit(form, &page, &fields).await;
            // Nobody isn’t somebody of a team.
            let wanted = if form == "add-team" { StatusCode::NOT_FOUND } else { StatusCode::FOUND };
            assert_eq!(done.status, wanted, "{form}: {done:?}");
        }
        let page = site.get_as(&owner, "/app/alpha/tasks/lists").await.text;
        assert!(page.contains("Archived: 1 list") && page.contains("Newtown"), "{page}");
        // Pressed twice, a form adds once and answers the same; what else was typed with its key is something else.
        for (form, page) in [("add-space", "spaces"), ("add-label", "labels"), ("add-team", "teams")] {
            let page = format!("/app/alpha/tasks/{page}");
            let key = format!("a-key-to-{form}");
            assert!(site.get_as(&owner, &page).await.text.contains("name=\"key\""), "{form}");
            let colour = if form == "add-label" { vec![("colour", "5")] } else { Vec::new() };
            let press = async |name: &str| {
                let fields: Vec<(&str, &str)> = [("name", name), ("key", key.as_str())].into_iter().chain(colour.iter().copied()).collect();
                submit(form, &page, &fields).await
            };
            let (first, second) = (press("Pressed twice").await, press("Pressed twice").await);
            assert_eq!((first.status, second.status), (StatusCode::FOUND, StatusCode::FOUND), "{form}: {second:?}");
            assert!(first.location() == second.location() && first.location().contains("act="), "{form}: {second:?}");
            assert_eq!(press("Another").await.status, StatusCode::CONFLICT, "{form}");
            let act = first.location().split("act=").nth(1).expect("an act").to_owned();
            let said = site.get_as(&owner, first.location()).await.text;
            assert!(said.contains("Undo") && said.contains("Pressed twice"), "{form}: {said}");
            let undone = submit("undo", &page, &[("id", &act), ("back", &page)]).await;
            assert_eq!(undone.status, StatusCode::FOUND, "{form}: {undone:?}");
            assert!(!site.get_as(&owner, undone.location()).await.text.contains("Pressed twice"), "{form}");
        }
        for (path, words) in [("spaces", "Newtown"), ("labels", "label-5"), ("teams", "No teams yet")] {
            let shown = site.get_as(&owner, &format!("/app/alpha/tasks/{path}")).await;
            assert!(shown.status == StatusCode::OK && shown.text.contains(words), "{path}: {}", shown.text);
        }
        let (_, member) = site.join(office.id, "ada@example.com", Role::Member).await;
        for path in ["spaces", "labels", "teams"] {
            assert_eq!(site.get_as(&member, &format!("/app/alpha/tasks/{path}")).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }

    /// The log says what happened, by number and words, and only for who may see it.
    async fn the_log_names_what_may_be_seen(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let (_, _, hidden) = office.private("Secret", &[ada.user]).await;
        office.add_as(&ada.actor, "Order paper", |_| ()).await.expect("added");
        let secret = office.add_as(&ada.actor, "Quiet words", |body| body.list = hidden).await.expect("added");
        office.complete_as(&ada.actor, secret, true).await.expect("done");
        let owner = site.log_in(office.slug).await;
        let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
        for words in ["added T-1 “Order paper”", "completed T-2 “Quiet words”"] {
            assert!(log.contains(words), "{words}: {log}");
        }
        let told: BTreeSet<&str> = audit::labels().into_iter().map(|(name, _)| name).collect();
        for kind in ["tasks.task_added", "tasks.tasks_changed", "tasks.list_saved", "tasks.label_deleted"] {
            assert!(told.contains(kind), "{kind}");
        }
        let module = MODULES.iter().find(|module| module.name() == "tasks").expect("tasks");
        let org = OrgRef::Slug(office.slug);
        let mut tx = OrgTx::open(&site.platform, &office.owner(), org, &permissions::VIEW, Access::Read).await.expect("alpha");
        let data = module.event_data(&mut tx, "tasks.task_completed", secret.0).await.expect("its data");
        assert_eq!((&data["number"], &data["state"], &data["list"]), (&json!(2), &json!("done"), &json!(hidden)));
        assert!(!data.to_string().contains("Quiet") && !data.to_string().contains(&ada.user.to_string()), "{data}");
        drop(tx);
        let bo = office.member("Bo", Role::Member).await;
        let places = |actor: Actor| {
            let (site, slug) = (&site, office.slug);
            async move {
                let mut tx = OrgTx::open(&site.platform, &actor, OrgRef::Slug(slug), &permissions::VIEW, Access::Read).await.expect("alpha");
                module.places(&mut tx).await.expect("places").into_iter().map(|place| place.label).collect::<Vec<_>>()
            }
        };
        assert!(places(ada.actor).await.contains(&"List of Secret".to_owned()));
        let his = places(bo.actor).await;
        assert!(his.contains(&"First list".to_owned()) && !his.contains(&"List of Secret".to_owned()), "{his:?}");
    }

    /// A completed task counts for who completed it, until it is opened again or thrown away.
    async fn completed_tasks_can_be_counted(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let module = MODULES.iter().find(|module| module.name() == "tasks").expect("tasks");
        assert_eq!(module.countable().len(), 1);
        let task = office.task_with("One", |body| body.responsible = Some(bo.user)).await;
        let since = site.platform.clock.now();
        let counted = async |task: TaskId| {
            let mut tx = office.opened(Access::Read).await;
            module.counted(&mut tx, "tasks.task_completed", task.0).await.expect("how it stands").expect("it is there")
        };
        let listed = async || {
            let mut tx = office.opened(Access::Read).await;
            module.to_count(&mut tx, "tasks.task_completed", since, None).await.expect("what there is").len()
        };
        assert_eq!((counted(task).await.undone.is_some(), listed().await), (true, 0));
        office.complete_as(&ada.actor, task, true).await.expect("done");
        let found = counted(task).await;
        assert_eq!((found.who, found.happened_at, found.cents, found.undone), (Some(ada.user), since, None, None));
        assert_eq!(listed().await, 1);
        office.trash_as(&ada.actor, task).await.expect("thrown away");
        assert_eq!((counted(task).await.undone, listed().await), (Some("The task was moved to the trash."), 0));
        office.restore_as(&ada.actor, task).await.expect("back");
        office.complete_as(&ada.actor, task, false).await.expect("open");
        assert_eq!(counted(task).await.undone, Some("The task was reopened."));
        let by_program = tasks::complete(&site.platform, &SYSTEM, office.slug, &task.to_string(), true, None).await;
        by_program.expect("done");
        assert_eq!(counted(task).await.who, Some(bo.user), "whose it is");
    }
}

fn status(name: &str, kind: &str) -> StatusBody {
    StatusBody { name: name.to_owned(), kind: kind.to_owned(), most: None, version: None }
}

async fn sections(office: &Office<'_>) -> Vec<String> {
    let mut tx = office.opened(Access::Read).await;
    let all = store::sections(&mut tx, office.list).await.expect("sections");
    all.into_iter().map(|section| section.name).collect()
}

/// Who can be put on tasks of a list, as programs read it.
async fn people(office: &Office<'_>, list: app::modules::tasks::ids::ListId) -> Vec<UserId> {
    let whole = lists::whole(&office.site.platform, &SYSTEM, office.slug, &list.to_string()).await.expect("the list");
    whole.people.into_iter().map(|one| one.id).collect()
}

/// Takes somebody out of the organisation, as an admin does.
async fn leave(site: &Site, office: &Office<'_>, user: UserId) {
    let owner = site.log_in(office.slug).await;
    let fields = [("org", office.slug), ("id", &user.to_string())];
    let gone = site.form(Some(&owner), "/fn/people/remove", "/app/alpha/settings/people", &fields).await;
    assert_eq!(gone.status, StatusCode::FOUND, "{gone:?}");
}

/// What something is, without the versions of it.
fn as_set_up(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.remove("version");
            fields.values_mut().for_each(|field| *field = as_set_up(field.take()));
        }
        Value::Array(all) => all.iter_mut().for_each(|one| *one = as_set_up(one.take())),
        _ => {}
    }
    value
}
