//! The pages of one list: what a board shows is what there is, a page at a time; it works without a script; and it is live for who may see it, and for
//! nobody else.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use app::{
    db::Access,
    modules::tasks::{
        acts::Act,
        board::{self, Asked, By, First, Parts},
        cards::Card,
        desk::Desk,
        fields::{self, ChoiceBody, FieldBody, Kind, ValuesBody},
        ids::{FieldId, LabelId, ListId, SectionId, TaskId},
        lists::{self, TeamBody},
        room, series,
        task::Completes,
        tasks::{self, AddBody, BulkBody, MoveBody, PatchBody},
    },
    org::Role,
    platform_sql,
};
use axum::http::{Method, StatusCode, header};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    live::{self, Stream},
    on_both,
    support::outcome,
    tasks_support::{Member, Office, SYSTEM, add_body},
};

on_both! {
    /// By whatever a list is grouped: each column has as many as there are, and its pages, one after the other, are all of them in order.
    async fn columns_are_what_there_is(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let field = mixed(&office, &ada).await;
        let all = everything(&office, &ada.cookie).await;
        assert_eq!(all.len(), 60);
        let ways = [By::Status, By::Section, By::Person, By::Priority, By::Label, By::Field(field)];
        for by in ways {
            for parts in [Parts::Out, Parts::Alone] {
                let shown: Vec<&Value> = all.iter().filter(|card| parts == Parts::Alone || card["parent"].is_null()).collect();
                let mut wanted: BTreeMap<String, Vec<&str>> = BTreeMap::new();
                for card in shown {
                    for key in keys(card, by) {
                        wanted.entry(key).or_default().push(id(card));
                    }
                }
                let asked = Asked { by, parts, ..Asked::default() };
                let (groups, _) = shown_as(&office, &asked, First::Board).await;
                let counts: BTreeMap<String, i64> =
                    groups.iter().filter(|group| group.count > 0).map(|group| (group.key.clone(), group.count)).collect();
                let all_counts: BTreeMap<String, i64> =
                    wanted.iter().map(|(key, ids)| (key.clone(), i64::try_from(ids.len()).expect("a few"))).collect();
                assert_eq!(counts, all_counts, "{by:?} {parts:?}");
                for group in &groups {
                    let query = format!("by={}&column={}&parts={}&limit=7", by.word(), group.key, parts.word());
                    let found = pages(&office, &ada.cookie, &query, group.count).await;
                    let wanted = wanted.get(&group.key).cloned().unwrap_or_default();
                    assert_eq!(found, wanted, "{by:?} {parts:?} {}", group.name);
                    let first: Vec<String> = group.ids.iter().map(ToString::to_string).collect();
                    assert!(found.starts_with(&first) && first.len() <= board::FIRST_CARDS, "{by:?} {}", group.name);
                    assert_eq!(group.more, found.len() > first.len(), "{by:?} {}", group.name);
                }
            }
        }
    }

    /// Rows and columns at once, and a filter: the places where they meet add up to what is there.
    async fn rows_and_filters_are_what_there_is(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        mixed(&office, &ada).await;
        let all = everything(&office, &ada.cookie).await;
        let tops: Vec<&Value> = all.iter().filter(|card| card["parent"].is_null()).collect();
        for (by, lanes) in [(By::Status, By::Person), (By::Priority, By::Label), (By::Person, By::Section)] {
            let asked = Asked { by, lanes: Some(lanes), ..Asked::default() };
            let (groups, lane_names) = shown_as(&office, &asked, First::Board).await;
            assert!(!lane_names.is_empty());
            for group in &groups {
                let lane = group.lane.clone().expect("a row");
                let is_in = |card: &&&Value| keys(card, by).contains(&group.column) && keys(card, lanes).contains(&lane);
                let wanted: Vec<&str> = tops.iter().filter(is_in).map(|card| id(card)).collect();
                let query = format!("by={}&column={}&lanes={}&lane={lane}&limit=5", by.word(), group.column, lanes.word());
                assert_eq!(pages(&office, &ada.cookie, &query, group.count).await, wanted, "{by:?} {lanes:?} {}", group.key);
            }
            let sum: i64 = groups.iter().map(|group| group.count).sum();
            let several = |card: &&Value| keys(card, by).len() * keys(card, lanes).len();
            assert_eq!(usize::try_from(sum).expect("a few"), tops.iter().map(several).sum::<usize>(), "{by:?} {lanes:?}");
        }
        let urgent: Vec<&str> = tops.iter().filter(|card| card["priority"] == 4).map(|card| id(card)).collect();
        let mut found = Vec::new();
        for status in office.statuses {
            let page = office.send(Some(&ada.cookie), Method::GET, &cards_of(&office, &format!("column={status}&q=priority:urgent")), &json!({})).await;
            found.extend(page.json()["cards"].as_array().expect("cards").iter().map(|card| id(card).to_owned()));
        }
        assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), urgent.into_iter().collect());
        let wrong = office.send(Some(&ada.cookie), Method::GET, &cards_of(&office, &format!("column={}&q=%28", office.statuses[0])), &json!({})).await;
        assert_eq!((wrong.status, wrong.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["q".to_owned()]), "{wrong:?}");
    }

    /// Without columns a filter finds what it finds in all of the list, a page at a time; what is no place, no limit and no word for parts is refused.
    async fn a_filter_works_without_columns(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        mixed(&office, &ada).await;
        let all = everything(&office, &ada.cookie).await;
        let wanted: Vec<&str> = all.iter().filter(|card| card["priority"] == 4).map(id).collect();
        assert!(wanted.len() > 3 && wanted.len() < all.len(), "{wanted:?}");
        let count = i64::try_from(wanted.len()).expect("a few");
        assert_eq!(pages(&office, &ada.cookie, "q=priority:urgent&limit=3", count).await, wanted);
        assert_eq!(pages(&office, &ada.cookie, "q=priority:urgent", count).await, wanted);
        for (query, field) in [
            ("q=%28", "q"),
            ("after=not-a-place", "after"),
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("parts=bogus", "parts"),
        ] {
            for column in [String::new(), format!("&column={}", office.statuses[0])] {
                let refused = office.send(Some(&ada.cookie), Method::GET, &cards_of(&office, &format!("{query}{column}")), &json!({})).await;
                assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]), "{query}{column}: {refused:?}");
            }
        }
        for query in ["limit=200", "parts=nested", "by=label&column=none&parts=1&limit=1"] {
            let answer = office.send(Some(&ada.cookie), Method::GET, &cards_of(&office, query), &json!({})).await;
            assert_eq!(answer.status, StatusCode::OK, "{query}: {answer:?}");
        }
    }

    /// As a list, what is a part of a task comes with it, below it; one page holds so many rows, and the next goes on.
    async fn a_list_shows_what_is_below_what(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let mut tops = Vec::new();
        for number in 0..30 {
            let top = office.task(&format!("Top {number}")).await;
            for part in 0..9 {
                let below = office.task_with(&format!("Part {number}.{part}"), |body| body.parent = Some(top)).await;
                office.task_with(&format!("Part {number}.{part}.1"), |body| body.parent = Some(below)).await;
            }
            tops.push(top);
        }
        let asked = Asked { by: By::Section, parts: Parts::Nested, ..Asked::default() };
        let mut tx = office.opened(Access::Read).await;
        let setting = board::setting(&mut tx, &office.list.to_string()).await.expect("the list");
        let shown = board::shown(&mut tx, &setting, &asked, First::Rows).await.expect("shown");
        drop(tx);
        let [group] = shown.groups.as_slice() else { panic!("{:?}", shown.groups) };
        assert_eq!((group.count, group.more, group.ids.as_slice()), (30, true, &tops[..10]), "ten tops with eighteen parts each");
        assert_eq!(shown.cards.len(), 190);
        assert!(group.ids.iter().all(|top| shown.parts[top].len() == 9));
        let query = format!("by=section&column=none&parts=nested&limit=100&after={}", group.end);
        let page = office.send(Some(&ada.cookie), Method::GET, &cards_of(&office, &query), &json!({})).await.json();
        let cards: Vec<&str> = page["cards"].as_array().expect("cards").iter().map(id).collect();
        assert_eq!((cards.len(), page["count"].as_i64(), page["more"].as_bool()), (190, Some(30), Some(true)));
        assert_eq!(cards[180..], tops[10..20].iter().map(ToString::to_string).collect::<Vec<_>>());
        let first = site.get_as(&ada.cookie, &page_of(&office, "")).await.text;
        assert_eq!(first.matches("class=\"task-row\" data-task=").count(), 190, "rows");
        assert!(first.contains("Top 9<") && !first.contains("Top 10<"));
        let link = first.split("only=none&amp;after=").nth(1).and_then(|rest| rest.split('"').next()).expect("a way on");
        let second = site.get_as(&ada.cookie, &page_of(&office, &format!("?only=none&after={link}"))).await.text;
        assert!(second.contains("Top 10<") && second.contains("Top 19<") && !second.contains("Top 9<") && !second.contains("Top 20<"));
    }

    /// With fifty columns the first ones come with cards, and the others with how many they have; no more than a board shows at once.
    async fn a_large_board_begins_small(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let mut columns = vec![office.statuses[0]];
        for number in 0..40 {
            columns.push(office.status(office.list, &format!("Step {number}"), "open").await);
        }
        let mut tx = office.opened(Access::Write).await;
        let (mut act, mut desk) = (Act::new(&tx, "add"), Desk::read(&mut tx).await.expect("the desk"));
        for number in 0..400_usize {
            let body = AddBody { status: Some(columns[number % columns.len()]), ..add_body(office.list, &format!("Task {number}")) };
            let id = TaskId::new(tx.now());
            tasks::add_in(&mut tx, &mut act, &mut desk, id, &body).await.expect("a task");
        }
        act.finish(&mut tx).await.expect("an act");
        tx.commit().await.expect("a commit");
        let page = site.get_as(&ada.cookie, &page_of(&office, "?view=board")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.text.matches("<section class=\"board-column\"").count(), 43);
        assert_eq!(page.text.matches("<li class=\"card\"").count(), board::FIRST_COLUMNS * board::FIRST_CARDS);
        let data = data_of(&page.text);
        assert_eq!(data["cards"].as_array().expect("cards").len(), board::FIRST_COLUMNS * board::FIRST_CARDS);
        let sum: i64 = data["columns"].as_array().expect("columns").iter().filter_map(|column| column["count"].as_i64()).sum();
        assert_eq!(sum, 400);
    }

    /// Who can’t see a list finds no page, no card, no stream of it; and nothing that is another’s is a column, a row or a place.
    async fn what_is_anothers_is_no_board(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (_, _, list) = office.private("Leaders", &[ada.user]).await;
        let secret = office.task_with("Raise the fees", |body| body.list = list).await;
        let own = office.task("Order paper").await;
        for (cookie, wanted) in [(&ada.cookie, StatusCode::OK), (&bo.cookie, StatusCode::NOT_FOUND)] {
            for view in ["", "?view=board", "?view=board&lanes=person", "?q=fees"] {
                let seen = site.get_as(cookie, &format!("/app/alpha/tasks/lists/{list}{view}")).await;
                assert_eq!((seen.status, seen.text.contains("Raise the fees")), (wanted, wanted == StatusCode::OK), "{view}");
            }
            let cards = office.send(Some(cookie), Method::GET, &format!("lists/{list}/cards?by=priority&column=0"), &json!({})).await;
            assert_eq!((cards.status, cards.text.contains("Raise the fees")), (wanted, wanted == StatusCode::OK));
        }
        let (their_label, their_section) = (other.label("Theirs").await, other.section(other.list, "Theirs").await);
        let mine = office.label("Mine").await;
        let before = (office.standing().await, other.standing().await);
        for query in [
            format!("column={}", other.statuses[0]),
            format!("by=section&column={their_section}"),
            format!("by=label&column={their_label}"),
            format!("by=person&column={}", other.owner),
            format!("column={}&lanes=person&lane={}", office.statuses[0], other.owner),
            format!("by=field:{their_label}&column=none"),
            format!("column={}&lanes=label&lane={their_label}", office.statuses[0]),
            "by=mood&column=none".to_owned(),
            "column=nothing".to_owned(),
        ] {
            let answer = office.send(Some(&bo.cookie), Method::GET, &cards_of(&office, &query), &json!({})).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{query}: {answer:?}");
        }
        assert_eq!(site.get_as(&bo.cookie, &format!("/app/alpha/tasks/lists/{}", other.list)).await.status, StatusCode::NOT_FOUND);
        for (path, body) in [
            ("tasks", json!({ "list": list, "quick": "Mine now" })),
            ("tasks", json!({ "list": other.list, "quick": "Mine now" })),
            ("tasks", json!({ "list": office.list, "quick": "Mine now", "section": their_section })),
            ("tasks", json!({ "list": office.list, "quick": "Mine now", "status": other.statuses[0] })),
            ("tasks", json!({ "list": office.list, "quick": "Mine now", "labels": [their_label] })),
            ("tasks", json!({ "list": office.list, "quick": "Mine now", "responsible": other.owner })),
            ("tasks", json!({ "list": office.list, "quick": "Mine now", "chosen": { their_label.to_string(): null } })),
        ] {
            let answer = office.post(Some(&bo.cookie), path, &format!("key-of-{}", body.to_string().len()), &body).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{body}: {answer:?}");
        }
        // Where a card comes from is as much a column as where it goes.
        for body in [
            json!({ "by": "label", "column": mine, "from": their_label }),
            json!({ "by": "label", "column": "none", "from": "nowhere" }),
            json!({ "by": "status", "column": office.statuses[1], "lanes": "label", "lane": mine, "from_lane": their_label }),
        ] {
            let answer = office.send(Some(&bo.cookie), Method::POST, &format!("tasks/{own}/move"), &body).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{body}: {answer:?}");
        }
        let preview = office.send(Some(&bo.cookie), Method::POST, "quick", &json!({ "list": list, "text": "Mine" })).await;
        assert_eq!(preview.status, StatusCode::NOT_FOUND);
        for (path, fields) in [
            ("add-line", vec![("id", list.to_string()), ("quick", "Mine".to_owned())]),
            ("add-line", vec![("id", other.list.to_string()), ("quick", "Mine".to_owned())]),
            ("tick", vec![("done", secret.to_string())]),
            ("move-card", vec![("id", secret.to_string()), ("to", office.statuses[1].to_string())]),
            ("move-card", vec![("id", own.to_string()), ("to", other.statuses[1].to_string())]),
            ("change-many", vec![("ids[]", own.to_string()), ("ids[]", secret.to_string()), ("what", "complete".to_owned())]),
            ("change-many", vec![("ids[]", own.to_string()), ("what", "move".to_owned()), ("to_list", list.to_string())]),
            ("change-many", vec![("ids[]", own.to_string()), ("what", "label".to_owned()), ("label", their_label.to_string())]),
        ] {
            let answer = form(&office, &bo.cookie, path, &fields).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path} {fields:?}: {}", answer.text.len());
        }
        assert_eq!((office.standing().await, other.standing().await), before);
        let stream = site.get_as(&bo.cookie, &live_of(list)).await;
        assert_eq!(stream.status, StatusCode::NOT_FOUND);
        let here = site.json(Method::POST, Some(&bo.cookie), &format!("/app/alpha/tasks/lists/{list}/here"), &json!({ "task": null })).await;
        assert_eq!(here.status, StatusCode::NOT_FOUND);
    }

    /// Without a script: add, complete, move, change many, undo; what was typed stays where it is refused.
    async fn forms_do_without_a_script(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let [todo, doing, done] = office.statuses;
        let board = page_of(&office, "?view=board");
        let list = office.list.to_string();
        let page = site.get_as(&ada.cookie, &board).await.text;
        for part in ["action=\"/fn/tasks/add-line\"", "action=\"/fn/tasks/tick\"", "id=\"tasks-board\"", "Nothing to do here yet", "data-sequence=", "data-live=", "/app.js\""] {
            assert!(page.contains(part), "{part}");
        }
        let add = [("id", list.clone()), ("quick", "Order paper fri 3pm !high".to_owned()), ("by", "status".to_owned()), ("column", doing.to_string()), ("key", "a-key-of-a-form".to_owned())];
        let added = form(&office, &ada.cookie, "add-line", &add).await;
        assert_eq!(added.status, StatusCode::FOUND, "{added:?}");
        assert!(added.location().starts_with(&format!("/app/alpha/tasks/lists/{list}?view=board&did=added&act=")), "{}", added.location());
        form(&office, &ada.cookie, "add-line", &add).await;
        let cards = everything(&office, &ada.cookie).await;
        let [card] = cards.as_slice() else { panic!("once: {cards:?}") };
        assert_eq!((&card["title"], &card["status"], &card["due_day"], &card["due_time"], &card["priority"]), (&json!("Order paper"), &json!(doing), &json!("2026-11-27"), &json!("15:00"), &json!(3)));
        let told = site.get_as(&ada.cookie, added.location()).await.text;
        assert!(told.contains("Added.") && told.contains("action=\"/fn/tasks/undo\"") && told.contains("Order paper"));
        let empty = form(&office, &ada.cookie, "add-line", &[("id", list.clone()), ("quick", "  #clinic".to_owned()), ("by", "status".to_owned()), ("column", doing.to_string())]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(empty.text.contains("value=\"  #clinic\"") && empty.text.contains("Say what is to be done"), "{}", empty.text);

        let task: TaskId = id(card).parse().expect("an id");
        let moved = form(&office, &ada.cookie, "move-card", &[("id", task.to_string()), ("by", "status".to_owned()), ("from", doing.to_string()), ("to", todo.to_string())]).await;
        assert_eq!((moved.status, office.get(task).await.status), (StatusCode::FOUND, todo));
        let ticked = form(&office, &ada.cookie, "tick", &[("done", task.to_string())]).await;
        assert_eq!((ticked.status, office.get(task).await.status), (StatusCode::FOUND, done));
        let act = ticked.location().split("act=").nth(1).expect("an act").to_owned();
        let undone = form(&office, &ada.cookie, "undo", &[("id", act)]).await;
        assert_eq!((undone.status, office.get(task).await.status), (StatusCode::FOUND, todo));
        assert_eq!(form(&office, &ada.cookie, "tick", &[("done", task.to_string())]).await.status, StatusCode::FOUND);
        assert_eq!(form(&office, &ada.cookie, "tick", &[("open", task.to_string())]).await.status, StatusCode::FOUND);
        assert!(!office.get(task).await.is_done());

        let (other, label) = (office.task("Order pens").await, office.label("Clinic").await);
        let both = [("ids[]", task.to_string()), ("ids[]", other.to_string())];
        let many = async |more: &[(&'static str, String)]| {
            let fields: Vec<_> = both.iter().chain(more).cloned().collect();
            form(&office, &ada.cookie, "change-many", &fields).await
        };
        let second = office.list_in(office.space, "Second list").await;
        for (what, more) in [
            ("due", vec![("due_day", "2026-12-24".to_owned())]),
            ("responsible", vec![("responsible", ada.user.to_string())]),
            ("label", vec![("label", label.to_string())]),
            ("complete", vec![]),
            ("move", vec![("to_list", second.to_string())]),
        ] {
            let more: Vec<_> = more.into_iter().chain([("what", what.to_owned())]).collect();
            assert_eq!(many(&more).await.status, StatusCode::FOUND, "{what}");
        }
        for task in [task, other] {
            let now = office.get(task).await;
            assert_eq!((now.list, now.responsible, now.is_done(), now.labels.contains(&label)), (second, Some(ada.user), true, true));
            assert_eq!(now.due.map(|due| due.day.to_string()).as_deref(), Some("2026-12-24"));
        }
        assert_eq!(many(&[("what", "trash".to_owned())]).await.status, StatusCode::FOUND);
        assert!(office.get(task).await.trashed_at.is_some() && office.get(other).await.trashed_at.is_some());
        let nothing = form(&office, &ada.cookie, "change-many", &[("what", "complete".to_owned())]).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nothing.text.contains("Select one or more tasks first."));
        // Nobody is led away.
        let away = site.form(Some(&ada.cookie), "/fn/tasks/tick", &board, &[("org", "alpha"), ("open", &task.to_string()), ("back", "https://example.com/")]).await;
        assert_eq!(away.status, StatusCode::CONFLICT, "it is in the trash");
        office.restore_as(&SYSTEM, task).await.expect("back");
        for back in ["https://example.com/", "//example.com", "/app/alpha/../x", "/app/beta/tasks/lists"] {
            let led = site.form(Some(&ada.cookie), "/fn/tasks/tick", &board, &[("org", "alpha"), ("open", &task.to_string()), ("back", back)]).await;
            assert!(led.location().starts_with("/app/alpha/tasks/lists?did="), "{back}: {}", led.location());
        }
    }

    /// Whoever moves a card says where they saw it: what somebody else has moved since isn’t moved over that, whatever the board is by. Where it is in the wanted
    /// column already it only gets its place there; the same request again is no move; and without a word of where it was it is moved from wherever it is.
    async fn a_card_that_was_moved_meanwhile_stays(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let [todo, doing, done] = office.statuses;
        let (task, other) = (office.task("Order paper").await, office.task("Order pens").await);
        let moves = async |who: &Member, key: &str, body: &Value| office.post(Some(&who.cookie), &format!("tasks/{task}/move"), key, body).await;
        let begun = json!({ "by": "status", "from": todo, "column": doing });
        let first = moves(&bo, "bo-begins-it", &begun).await;
        assert_eq!((first.status, office.get(task).await.status), (StatusCode::OK, doing), "{first:?}");

        let before = office.standing().await;
        let refused = moves(&ada, "ada-completes-it", &json!({ "by": "status", "from": todo, "column": done })).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::CONFLICT, vec!["status".to_owned()]), "{refused:?}");
        let told = refused.json();
        assert_eq!((&told["detail"], &told["current"]), (&json!("Person bo-alpha moved this to Doing meanwhile."), &json!({ "status": doing })));
        assert_eq!(told["version"], office.get(task).await.version);
        assert_eq!(office.standing().await, before, "nothing is moved");
        let there = moves(&ada, "ada-begins-it-too", &json!({ "by": "status", "from": todo, "column": doing, "after": other })).await;
        assert_eq!((there.status, office.titles(office.list).await.as_str()), (StatusCode::OK, "Order pens, Order paper"), "{there:?}");
        let anyway = moves(&ada, "ada-moves-it-anyway", &json!({ "by": "status", "column": done })).await;
        assert_eq!((anyway.status, office.get(task).await.status), (StatusCode::OK, done), "{anyway:?}");
        let again = moves(&bo, "bo-begins-it", &begun).await;
        assert_eq!((again.status, &again.json()["act"], office.get(task).await.status), (StatusCode::OK, &first.json()["act"], done), "{again:?}");
        let back = form(&office, &bo.cookie, "move-card", &[("id", task.to_string()), ("by", "status".to_owned()), ("from", doing.to_string()), ("to", todo.to_string())]).await;
        assert_eq!((back.status, office.get(task).await.status), (StatusCode::CONFLICT, done));
        assert!(back.text.contains("Person ada-alpha moved this to Done meanwhile."), "{}", back.text);

        let field = FieldBody {
            name: "Comes from".to_owned(),
            kind: Kind::Choice,
            choices: ["Shop", "Web"].map(|name| ChoiceBody { id: None, name: name.to_owned() }).to_vec(),
            on_cards: false,
            archived: false,
            version: None,
        };
        let field = fields::add(&site.platform, &SYSTEM, "alpha", &office.list.to_string(), &field).await.expect("a field");
        let mut tx = office.opened(Access::Read).await;
        let field = fields::of_list(&mut tx, office.list).await.expect("fields").into_iter().find(|one| one.id == field).expect("it");
        tx.rollback().await.expect("read");
        let (labels, sections) = ([office.label("Clinic").await, office.label("Home").await], [office.section(office.list, "Monday").await, office.section(office.list, "Tuesday").await]);
        let by_field = format!("field:{}", field.id);
        let ways = [
            ("person", [ada.user.to_string(), bo.user.to_string()], "responsible".to_owned(), "Person ada-alpha"),
            ("priority", ["3".to_owned(), "4".to_owned()], "priority".to_owned(), "High"),
            ("label", labels.map(|id| id.to_string()), "labels".to_owned(), "Clinic"),
            ("section", sections.map(|id| id.to_string()), "section".to_owned(), "Monday"),
            (by_field.as_str(), [field.choices[0].id.to_string(), field.choices[1].id.to_string()], format!("values.{}", field.id), "Shop"),
        ];
        for (by, [theirs, mine], at, place) in ways {
            assert_eq!(moves(&bo, &format!("bo-by-{by}"), &json!({ "by": by, "from": "none", "column": theirs })).await.status, StatusCode::OK, "{by}");
            let before = office.standing().await;
            for (nth, body) in [
                json!({ "by": by, "from": "none", "column": mine }),
                json!({ "by": "status", "column": todo, "lanes": by, "from_lane": "none", "lane": mine }),
                json!({ "by": by, "from": "none", "after": null }),
            ].into_iter().enumerate() {
                let refused = moves(&ada, &format!("ada-{nth}-by-{by}"), &body).await;
                assert_eq!((refused.status, refused.fields()), (StatusCode::CONFLICT, vec![at.clone()]), "{by}: {refused:?}");
                assert_eq!(refused.json()["detail"], format!("Person bo-alpha moved this to {place} meanwhile."));
                assert!(!refused.json()["current"][&at].is_null(), "{refused:?}");
            }
            assert_eq!(office.standing().await, before, "{by}");
            assert_eq!(moves(&ada, &format!("ada-by-{by}"), &json!({ "by": by, "from": theirs, "column": mine })).await.status, StatusCode::OK, "{by}");
        }
        assert_eq!(office.get(task).await.labels, BTreeSet::from([labels[1]]));

        // By a field of the list that it has gone from.
        let second = office.list_in(office.space, "Second list").await;
        office.move_as(&bo.actor, task, &MoveBody { list: Some(second), ..MoveBody::default() }).await.expect("there");
        let body = json!({ "by": by_field, "from": "none", "column": field.choices[0].id.to_string() });
        let refused = moves(&ada, "ada-by-a-field-of-before", &body).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::CONFLICT, vec!["list".to_owned()]), "{refused:?}");
        assert_eq!(refused.json()["detail"], "Person bo-alpha moved this to Second list meanwhile.");
    }

    /// Without a script: a card that everyone completes stays where it was, and the page says who is left; who isn’t on it reads why it can’t be moved.
    async fn forms_say_who_is_left(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let dee = office.member("Dee", Role::Member).await;
        let [todo, _, done] = office.statuses;
        let every = office
            .task_with("Everyone", |body| {
                (body.people, body.completes) = (vec![ada.user, bo.user], Some(Completes::Everyone));
            })
            .await;
        let fields = [("id", every.to_string()), ("by", "status".to_owned()), ("from", todo.to_string()), ("to", done.to_string())];
        let refused = form(&office, &dee.cookie, "move-card", &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.text.contains("you aren’t on it. Still to do theirs: "), "{}", refused.text);
        let moved = form(&office, &ada.cookie, "move-card", &fields).await;
        assert_eq!((moved.status, office.get(every).await.status), (StatusCode::FOUND, todo), "{moved:?}");
        assert!(moved.location().contains("did=part&act=") && moved.location().ends_with("&left=Person%20bo-alpha"), "{}", moved.location());
        let told = site.get_as(&ada.cookie, moved.location()).await.text;
        assert!(told.contains("Your part is done.") && told.contains("Still to do theirs: Person bo-alpha.") && told.contains("action=\"/fn/tasks/undo\""), "{told}");
        let ticked = form(&office, &ada.cookie, "tick", &[("done", every.to_string())]).await;
        assert!(ticked.location().contains("did=part&left="), "nothing to undo: {}", ticked.location());
        let last = form(&office, &bo.cookie, "move-card", &fields).await;
        assert!(last.location().contains("did=moved&act=") && office.get(every).await.is_done(), "{}", last.location());
    }

    /// A line of words becomes a task: names are found, what is ambiguous says whom it could mean, and what names nobody stays.
    async fn a_line_of_words_is_understood(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let second = office.list_in(office.space, "Quokka orders").await;
        let known = office.label("Urgent things").await;
        let line = "call the supplier fri 3pm #clinic #urgent-things !high @me @\"Person bo-alpha\" ~1h30 /list Quokka";
        let body = json!({ "list": office.list, "quick": line, "status": office.statuses[1] });
        let made = office.post(Some(&ada.cookie), "tasks", "a-line-of-words", &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        assert!(made.json()["understood"].as_str().expect("words").contains("Friday 27 November, 3:00 pm"), "{made:?}");
        let card = made.json()["card"].clone();
        assert_eq!((&card["title"], &card["list"]), (&json!("call the supplier"), &json!(second)));
        assert_eq!((&card["responsible"], &card["people"]), (&json!(ada.user), &json!([bo.user])));
        assert_eq!((&card["priority"], &card["estimate"], &card["due_day"], &card["due_time"]), (&json!(3), &json!(90), &json!("2026-11-27"), &json!("15:00")));
        let labels: Vec<LabelId> = serde_json::from_value(card["labels"].clone()).expect("labels");
        assert!(labels.len() == 2 && labels.contains(&known), "{labels:?}");
        let again = office.post(Some(&ada.cookie), "tasks", "a-line-of-words", &body).await;
        assert_eq!((again.status, &again.json()["card"]["id"]), (StatusCode::CREATED, &card["id"]));
        let clinics = lists::labels(&site.platform, &SYSTEM, "alpha").await.expect("labels");
        assert_eq!(clinics.iter().filter(|label| lists::compared(&label.name) == "clinic").count(), 1);

        let before = office.standing().await;
        let ambiguous = office.post(Some(&ada.cookie), "tasks", "another-line-1", &json!({ "list": office.list, "quick": "ring @person" })).await;
        assert_eq!((ambiguous.status, ambiguous.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["quick".to_owned()]));
        assert!(ambiguous.text.contains("Person ada-alpha") && ambiguous.text.contains("Person bo-alpha"), "{ambiguous:?}");
        for (quick, wanted) in [("", 422), (" @me !high", 422), (&*"x".repeat(2000), 422)] {
            let refused = office.post(Some(&ada.cookie), "tasks", "another-line-2", &json!({ "list": office.list, "quick": quick })).await;
            assert_eq!((refused.status.as_u16(), refused.fields()), (wanted, vec!["quick".to_owned()]), "{quick}");
        }
        let preview = async |text: &str| office.send(Some(&ada.cookie), Method::POST, "quick", &json!({ "list": office.list, "text": text })).await;
        let seen = preview("ring @zed tomorrow /nowhere #brand-new @bo-alpha").await.json();
        assert_eq!(seen["title"], "ring @zed /nowhere @bo-alpha");
        let kinds: Vec<&str> = seen["spans"].as_array().expect("spans").iter().filter_map(|span| span["kind"].as_str()).collect();
        assert_eq!(kinds, ["due", "label"]);
        assert!(seen["spans"][1]["words"].as_str().expect("words").contains("(new)"));
        assert_eq!(preview("ring @person").await.fields(), ["text"]);
        assert_eq!(office.standing().await, before, "looking writes nothing");

        let made = office.post(Some(&ada.cookie), "tasks", "it-comes-again", &json!({ "list": office.list, "quick": "water the plants every monday" })).await;
        let card = made.json()["card"].clone();
        assert_eq!((made.status, &card["title"]), (StatusCode::CREATED, &json!("water the plants")), "{made:?}");
        let (_, series) = series::show(&site.platform, &SYSTEM, "alpha", id(&card)).await.expect("the task");
        assert!(series.is_some(), "it repeats");
        // It begins and ends as it is said.
        let add = async |key: &str, line: &str| office.post(Some(&ada.cookie), "tasks", key, &json!({ "list": office.list, "quick": line })).await.json()["card"].clone();
        let card = add("it-has-a-span", "paint the shed from 7/12/2026 to 9/12/2026 5pm").await;
        assert_eq!((&card["title"], &card["start_day"], &card["due_day"], &card["due_time"]), (&json!("paint the shed"), &json!("2026-12-07"), &json!("2026-12-09"), &json!("17:00")), "{card}");
        let card = add("it-has-an-end", "stocktake every tue from 1/12/2026 until 31/3/2027").await;
        let (_, series) = series::show(&site.platform, &SYSTEM, "alpha", id(&card)).await.expect("the task");
        assert_eq!(series.map(|series| series.plan.rule.show()).as_deref(), Some("FREQ=WEEKLY;BYDAY=TU;UNTIL=20270331"));
    }

    /// A change arrives for who looks at the list: the card as it is now, and what left; and what is a part of other lists doesn’t.
    async fn a_change_arrives(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (task, second) = (office.task("Order paper").await, office.list_in(office.space, "Second list").await);
        let mut stream = live::open(&site, &ada.cookie, &live_of(office.list), None).await;
        until(&mut stream, "event: here").await;
        office.task_with("Elsewhere", |body| body.list = second).await;
        office.patch_as(&bo.actor, task, &PatchBody { title: Some("Order blue paper".to_owned()), ..PatchBody::default() }).await.expect("changed");
        let frame = until(&mut stream, "event: cards").await;
        assert!(frame.contains("Order blue paper") && !frame.contains("Elsewhere"), "{frame}");
        let seen = said(&frame)["sequence"].as_i64().expect("a number");
        let part = office.task_with("Ask for a price", |body| body.parent = Some(task)).await;
        let frame = until(&mut stream, "Ask for a price").await;
        assert!(frame.contains("\"subs\":[0,1]"), "what it is a part of says so: {frame}");
        office.trash_as(&bo.actor, part).await.expect("thrown away");
        let frame = until(&mut stream, "event: cards").await;
        assert_eq!(said(&frame)["gone"], json!([part]), "{frame}");
        office.move_as(&bo.actor, task, &MoveBody { list: Some(second), ..MoveBody::default() }).await.expect("elsewhere");
        let frame = until(&mut stream, "event: cards").await;
        assert!(said(&frame)["gone"].as_array().expect("gone").contains(&json!(task)) && !frame.contains("Order blue paper"), "{frame}");
        drop(stream);
        // Whoever comes back says what they saw last.
        let mut stream = live::open(&site, &ada.cookie, &format!("{}?after={seen}", live_of(office.list)), None).await;
        let frame = until(&mut stream, "event: cards").await;
        let gone: BTreeSet<String> = said(&frame)["gone"].as_array().expect("gone").iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
        assert_eq!(gone, [task.to_string(), part.to_string()].into(), "{frame}");
    }

    /// What happens at once is told as long as it is little. Of more, whoever looks and whoever comes back hears that the page is to read again, and no more
    /// than that; what happens later is told as ever.
    async fn much_at_once_is_read_again(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let second = office.list_in(office.space, "Second list").await;
        let mut open = live::open(&site, &ada.cookie, &live_of(office.list), None).await;
        until(&mut open, "event: here").await;
        let little = usize::try_from(room::MOST).expect("a number");
        for (number, (many, title, told)) in
            [(little, "Task".to_owned(), true), (620, "Task".to_owned(), false), (little, "x".repeat(480), false), (1, "Task".to_owned(), true)].into_iter().enumerate()
        {
            let seen = office.standing().await.2;
            let ids = added(&office, many, &title).await;
            let now = office.standing().await.2;
            let mut back = live::open(&site, &ada.cookie, &format!("{}?after={seen}", live_of(office.list)), None).await;
            for stream in [&mut open, &mut back] {
                let frame = next_of(stream, now).await;
                assert!(frame.len() <= room::LARGEST, "{number}: {}", frame.len());
                if told {
                    let cards = said(&frame)["cards"].clone();
                    let found: BTreeSet<String> = cards.as_array().expect("cards").iter().map(|card| id(card).to_owned()).collect();
                    assert_eq!(found, ids.iter().map(ToString::to_string).collect(), "{number}");
                } else {
                    assert_eq!((frame.lines().nth(1), said(&frame)), (Some("event: again"), json!({ "sequence": now })), "{number}");
                }
            }
        }
        // Many leave at once.
        let many: Vec<TaskId> = everything(&office, &ada.cookie).await.iter().take(little + 1).map(|card| id(card).parse().expect("an id")).collect();
        let body = BulkBody { ids: many, change: PatchBody::default(), done: None, list: Some(second), trash: false };
        tasks::bulk(&site.platform, &SYSTEM, office.slug, &body, None).await.expect("all of them");
        let now = office.standing().await.2;
        assert!(next_of(&mut open, now).await.contains("event: again"));
    }

    /// Pages that read again at the same moment have it from one reading, each once it was seen to that they may; and what changed since is in the next.
    async fn what_all_read_again_is_read_once(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo, cy) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await, office.member("Cy", Role::Member).await);
        let (_, _, list) = office.private("Leaders", &[ada.user, bo.user]).await;
        let statuses = office.statuses_of(list).await;
        let task = office.task_with("Raise the fees", |body| body.list = list).await;
        let path = format!("lists/{list}/cards?column={}&limit=100", statuses[0]);
        let sent = || site.platform.db.statements().expect("tests are built with something to count with");
        let get = async |member: &Member| {
            let answer = office.send(Some(&member.cookie), Method::GET, &path, &json!({})).await;
            assert!(answer.status == StatusCode::OK && answer.headers[header::CONTENT_TYPE] == "application/json", "{answer:?}");
            answer.text
        };
        // Whoever was here before is known by now.
        for member in [&ada, &bo] {
            get(member).await;
        }
        let mut stream = live::open(&site, &ada.cookie, &live_of(list), None).await;
        until(&mut stream, "event: here").await;
        for round in 0..3 {
            let change = PatchBody { title: Some(format!("Raise the fees, {round}")), ..PatchBody::default() };
            office.patch_as(&SYSTEM, task, &change).await.expect("changed");
            until(&mut stream, "event: cards").await;
            let before = sent();
            let first = get(&ada).await;
            let whole = sent() - before;
            assert!(first.contains(&format!("Raise the fees, {round}")), "{first}");
            let before = sent();
            assert_eq!(get(&bo).await, first);
            let looked = sent() - before;
            assert!(looked < whole, "{looked} and {whole}");

            office.patch_as(&SYSTEM, task, &PatchBody { priority: Some(round + 1), ..PatchBody::default() }).await.expect("changed");
            until(&mut stream, "event: cards").await;
            let before = sent();
            let all = join_all((0..100).map(|at| get(if at % 2 == 0 { &ada } else { &bo }))).await;
            let together = sent() - before;
            assert!(together <= whole + 99 * looked + 30, "{together}: {whole} once, and {looked} each");
            assert!(all.iter().all(|text| *text == all[0] && text.contains(&format!("\"priority\":{}", round + 1))), "{all:?}");
            let refused = office.send(Some(&cy.cookie), Method::GET, &path, &json!({})).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "whatever is at hand: {refused:?}");
        }
        let other = format!("lists/{list}/cards?column={}&limit=100", statuses[1]);
        let nothing = office.send(Some(&bo.cookie), Method::GET, &other, &json!({})).await;
        assert_eq!(nothing.json()["cards"], json!([]), "another column is another reading");
    }

    /// Nothing falls between what a page was written with and what it hears, whether somebody listens already or nobody does.
    async fn nothing_falls_between(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let task = office.task("Order paper").await;
        for round in 0..12 {
            let (seen, title) = (office.standing().await.2, format!("Order paper {round}"));
            let path = format!("{}?after={seen}", live_of(office.list));
            let change = PatchBody { title: Some(title.clone()), ..PatchBody::default() };
            let (mut stream, changed) =
                tokio::join!(live::open(&site, &ada.cookie, &path, None), office.patch_as(&SYSTEM, task, &change));
            changed.expect("changed");
            let told = tokio::time::timeout(Duration::from_secs(5), until(&mut stream, &title)).await;
            told.unwrap_or_else(|_| panic!("round {round} was never told"));
        }
    }

    /// Who else is here is told, with the task that they have open; once they have gone they aren’t.
    async fn who_is_here_is_told(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let task = office.task("Order paper").await;
        let mut stream = live::open(&site, &ada.cookie, &live_of(office.list), None).await;
        until(&mut stream, "Person ada-alpha").await;
        let other = live::open(&site, &bo.cookie, &live_of(office.list), None).await;
        until(&mut stream, "Person bo-alpha").await;
        let (_, _, hidden) = office.private("Leaders", &[bo.user]).await;
        let secret = office.task_with("Raise the fees", |body| body.list = hidden).await;
        for open in [secret, task] {
            let here = site.json(Method::POST, Some(&bo.cookie), &format!("/app/alpha/tasks/lists/{}/here", office.list), &json!({ "task": open })).await;
            assert_eq!(here.status, StatusCode::NO_CONTENT);
        }
        let mut frames = String::new();
        while !frames.contains(&task.to_string()) {
            frames = stream.next_frame().await;
            assert!(!frames.contains(&secret.to_string()), "one of another list isn’t told: {frames}");
        }
        assert!(frames.contains("event: here"), "{frames}");
        drop(other);
        let frame = until(&mut stream, "event: here").await;
        assert!(!frame.contains("bo-alpha"), "{frame}");
    }

    /// Who is no admin any more hears nothing of what is for a team alone: a quarter of a minute later at the latest.
    async fn a_stream_ends_with_the_role(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, boss) = (office.member("Ada", Role::Member).await, office.member("Cy", Role::Admin).await);
        let (_, _, list) = office.private("Leaders", &[ada.user]).await;
        let mut stream = live::open(&site, &boss.cookie, &live_of(list), None).await;
        until(&mut stream, "event: here").await;
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        let demoted = platform_sql!(
            exec,
            &mut tx,
            "UPDATE memberships SET role = 'member' WHERE org_id = $1 AND user_id = $2",
            office.id,
            boss.user
        );
        demoted.expect("a member like others");
        tx.commit().await.expect("kept");
        site.advance(16);
        office.task_with("Raise the fees", |body| body.list = list).await;
        loop {
            let frame = stream.next_frame().await;
            assert!(!frame.contains("event: cards"), "{frame}");
            if frame.contains("event: ended") {
                break;
            }
        }
    }

    /// Somebody who is removed, or is no longer in the team whose space it is, hears nothing any more within two seconds; others go on.
    async fn a_stream_ends_with_the_right_to_look(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (team, _, list) = office.private("Leaders", &[ada.user, bo.user]).await;
        let mut streams = Vec::new();
        for member in [&ada, &bo] {
            let mut stream = live::open(&site, &member.cookie, &live_of(list), None).await;
            until(&mut stream, "event: here").await;
            streams.push(stream);
        }
        let (teams, _) = lists::teams(&site.platform, &SYSTEM, "alpha").await.expect("teams");
        let version = teams.into_iter().find(|(one, _)| one.id == team).map(|(one, _)| one.version);
        let body = TeamBody { name: "Team Leaders".to_owned(), members: [ada.user].into(), active: true, version };
        lists::save_team(&site.platform, &SYSTEM, "alpha", &team.to_string(), &body).await.expect("without Bo");
        ends(&mut streams[1]).await;
        let task = office.task_with("Raise the fees", |body| body.list = list).await;
        assert!(until(&mut streams[0], "event: cards").await.contains(&task.to_string()));
        let owner = site.log_in("alpha").await;
        let fields = [("org", "alpha"), ("id", &*ada.user.to_string())];
        let removed = site.form(Some(&owner), "/fn/people/remove", "/app/alpha/settings/people", &fields).await;
        assert_eq!(removed.status, StatusCode::FOUND, "{removed:?}");
        ends(&mut streams[0]).await;
        assert_eq!(outcome(lists::whole(&site.platform, &ada.actor, "alpha", &list.to_string()).await), "404");
    }
}

/// Sixty tasks with all sorts of things about them, a third of them parts of others; gives a field that they say things in.
async fn mixed(office: &Office<'_>, ada: &Member) -> FieldId {
    let choices = ["Shop", "Web"].map(|name| ChoiceBody { id: None, name: name.to_owned() });
    let field = FieldBody {
        name: "Comes from".to_owned(),
        kind: Kind::Choice,
        choices: choices.to_vec(),
        on_cards: false,
        archived: false,
        version: None,
    };
    let list = office.list.to_string();
    let field = fields::add(&office.site.platform, &SYSTEM, office.slug, &list, &field).await.expect("a field");
    let labels = [office.label("Clinic").await, office.label("Home").await];
    let sections: [SectionId; 2] =
        [office.section(office.list, "Monday").await, office.section(office.list, "Tuesday").await];
    let mut tops: Vec<TaskId> = Vec::new();
    for n in 0..60_usize {
        // Small steps of different lengths, so that everything meets everything.
        let task = office
            .task_with(&format!("Task {n}"), |body| {
                body.status = Some(office.statuses[n % 3]);
                body.section = sections.get(n % 4).copied();
                body.responsible = [None, Some(ada.user), Some(office.owner)][n % 5 % 3];
                body.priority = i64::try_from(n % 7 % 5).expect("small");
                body.labels =
                    labels.into_iter().enumerate().filter(|(at, _)| n % (at + 2) == 0).map(|(_, id)| id).collect();
                body.parent = (n % 3 == 2).then(|| tops[n / 4 % tops.len()]);
                body.after = (n % 11 == 3).then_some(None);
            })
            .await;
        if n % 3 != 2 {
            tops.push(task);
        }
        if let Some(choice) = ["Shop", "Web"].get(n % 4) {
            let values = ValuesBody { version: None, values: [(field.to_string(), json!(choice))].into() };
            let said = fields::set(&office.site.platform, &SYSTEM, office.slug, &task.to_string(), &values).await;
            said.expect("said");
        }
    }
    field
}

/// So many tasks, added to the first list at once.
async fn added(office: &Office<'_>, many: usize, title: &str) -> Vec<TaskId> {
    let mut tx = office.opened(Access::Write).await;
    let (mut act, mut desk) = (Act::new(&tx, "add"), Desk::read(&mut tx).await.expect("the desk"));
    let mut ids = Vec::new();
    for _ in 0..many {
        let id = TaskId::new(tx.now());
        tasks::add_in(&mut tx, &mut act, &mut desk, id, &add_body(office.list, title)).await.expect("a task");
        ids.push(id);
    }
    act.finish(&mut tx).await.expect("an act");
    tx.commit().await.expect("a commit");
    ids
}

/// What a page is told up to this number of the organisation’s.
async fn next_of(stream: &mut Stream, sequence: i64) -> String {
    loop {
        let frame = stream.next_frame().await;
        if frame.starts_with(&format!("id: {sequence}\n")) {
            return frame;
        }
    }
}

/// Every card of the list, in order, as the API gives them without columns.
async fn everything(office: &Office<'_>, cookie: &str) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = office
            .send(Some(cookie), Method::GET, &cards_of(office, &format!("limit=50&after={after}")), &json!({}))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        let page = page.json();
        all.extend(page["cards"].as_array().expect("cards").clone());
        if page["more"] == false {
            return all;
        }
        page["end"].as_str().expect("where it ends").clone_into(&mut after);
    }
}

/// The ids of all pages of a column, each of which says how many there are.
async fn pages(office: &Office<'_>, cookie: &str, query: &str, count: i64) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let page = office
            .send(Some(cookie), Method::GET, &cards_of(office, &format!("{query}&after={after}")), &json!({}))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{query}: {page:?}");
        let page = page.json();
        assert_eq!(page["count"], count, "{query}");
        ids.extend(page["cards"].as_array().expect("cards").iter().map(|card| id(card).to_owned()));
        if page["more"] == false {
            return ids;
        }
        page["end"].as_str().expect("where it ends").clone_into(&mut after);
    }
}

/// The columns of a card, worked out from what it says of itself.
fn keys(card: &Value, by: By) -> Vec<String> {
    let or_none = |value: &Value| vec![value.as_str().unwrap_or(board::NONE).to_owned()];
    match by {
        By::Status => or_none(&card["status"]),
        By::Section => or_none(&card["section"]),
        By::Person => or_none(&card["responsible"]),
        By::Priority => vec![card["priority"].to_string()],
        By::Label => {
            let labels: Vec<String> = serde_json::from_value(card["labels"].clone()).expect("labels");
            if labels.is_empty() { vec![board::NONE.to_owned()] } else { labels }
        }
        By::Field(field) => or_none(&card["chosen"][field.to_string()]),
    }
}

async fn shown_as(office: &Office<'_>, asked: &Asked, first: First) -> (Vec<board::Group>, Vec<(String, String)>) {
    let mut tx = office.opened(Access::Read).await;
    let setting = board::setting(&mut tx, &office.list.to_string()).await.expect("the list");
    let shown = board::shown(&mut tx, &setting, asked, first).await.expect("shown");
    let known: Vec<&Card> = shown.cards.values().collect();
    assert!(known.iter().all(|card| card.list == office.list));
    (shown.groups, shown.lanes)
}

fn id(card: &Value) -> &str {
    card["id"].as_str().expect("an id")
}

fn cards_of(office: &Office<'_>, query: &str) -> String {
    format!("lists/{}/cards?{query}", office.list)
}

fn page_of(office: &Office<'_>, query: &str) -> String {
    format!("/app/{}/tasks/lists/{}{query}", office.slug, office.list)
}

fn live_of(list: ListId) -> String {
    format!("/app/alpha/tasks/lists/{list}/live")
}

/// What a page gives the script.
fn data_of(page: &str) -> Value {
    let data = page.split("id=\"tasks-data\">").nth(1).and_then(|rest| rest.split("</script>").next());
    serde_json::from_str(data.expect("data")).expect("JSON")
}

/// Sends a form of the board’s page.
async fn form(office: &Office<'_>, cookie: &str, path: &str, fields: &[(&str, String)]) -> crate::support::Answer {
    let back = page_of(office, "?view=board");
    let own = [("org", office.slug), ("back", back.as_str())];
    let all: Vec<(&str, &str)> =
        own.into_iter().chain(fields.iter().map(|(name, value)| (*name, value.as_str()))).collect();
    office.site.form(Some(cookie), &format!("/fn/tasks/{path}"), &back, &all).await
}

/// The next frame that has this in it.
async fn until(stream: &mut Stream, word: &str) -> String {
    loop {
        let frame = stream.next_frame().await;
        if frame.contains(word) {
            return frame;
        }
    }
}

/// What a frame says.
fn said(frame: &str) -> Value {
    let data = frame.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
    serde_json::from_str(data).expect("JSON")
}

/// Within two seconds the page is told that it is over.
async fn ends(stream: &mut Stream) {
    let over = tokio::time::timeout(Duration::from_secs(2), until(stream, "event: ended")).await;
    over.expect("it ends in time");
}
