//! Tasks that everyone on them completes: parts that are done stay so, who is left is seen, and a part can be taken back. And what is told of what is
//! completed while something else stays open.

use std::collections::BTreeSet;

use app::{
    ids::UserId,
    modules::tasks::{
        claims,
        ids::TaskId,
        links::{self, LinkBody},
        task::Completes,
        tasks::{MoveBody, PatchBody},
    },
    org::Role,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::outcome,
    tasks_support::{Member, Office, SYSTEM},
};

on_both! {
    /// Whoever else is put on a task or taken off it: whoever stays keeps the part that they did, whose it is among them. Whose it was is off it, unless they
    /// are named; and where all who are left have done theirs, it is completed by that.
    async fn parts_stay_whoever_else_is_on_it(site: Site) {
        let office = Office::alpha(&site).await;
        let (robin, alex, priya) = three(&office).await;
        let people = |people: &[&Member]| Some(people.iter().map(|one| one.user).collect::<Vec<_>>());
        let named = |some: &[&Member]| PatchBody { people: people(some), ..PatchBody::default() };
        let given = |to: Option<&Member>| PatchBody { responsible: Some(to.map(|to| to.user)), ..PatchBody::default() };

        let task = policy(&office, &robin, &alex).await;
        office.complete_as(&robin.actor, task, true).await.expect("his part");
        office.patch_as(&alex.actor, task, &named(&[&alex, &priya])).await.expect("one more");
        assert_eq!(parts(&office, task).await, (of(&[&robin]), of(&[&alex, &priya])));
        let done = office.patch_as(&alex.actor, task, &named(&[])).await.expect("nobody who hadn’t");
        assert!(office.get(task).await.is_done());
        office.undo_as(&alex.actor, done.act.expect("an act")).await.expect("undone");
        assert_eq!(parts(&office, task).await, (of(&[&robin]), of(&[&alex, &priya])));

        // Whose it was is off it, whether they had done their part or not.
        let handed = office.patch_as(&alex.actor, task, &given(Some(&priya))).await.expect("hers");
        assert_eq!(parts(&office, task).await, (of(&[]), of(&[&alex, &priya])));
        office.undo_as(&alex.actor, handed.act.expect("an act")).await.expect("undone");
        let stays = PatchBody { people: people(&[&robin, &alex]), ..given(None) };
        office.patch_as(&alex.actor, task, &stays).await.expect("he is named");
        assert_eq!(parts(&office, task).await, (of(&[&robin]), of(&[&alex])));

        let task = policy(&office, &robin, &alex).await;
        let column = MoveBody { by: Some("person".to_owned()), column: Some(priya.user.to_string()), ..MoveBody::default() };
        office.move_as(&alex.actor, task, &column).await.expect("to her column");
        assert_eq!(parts(&office, task).await, (of(&[]), of(&[&alex, &priya])));
        office.complete_as(&alex.actor, task, true).await.expect("his part");
        office.patch_as(&alex.actor, task, &given(None)).await.expect("nobody’s");
        assert!(office.get(task).await.is_done(), "all who are left have done theirs");
        let task = policy(&office, &robin, &alex).await;
        office.complete_as(&alex.actor, task, true).await.expect("his part");
        let nobodys = MoveBody { by: Some("person".to_owned()), column: Some("none".to_owned()), ..MoveBody::default() };
        office.move_as(&alex.actor, task, &nobodys).await.expect("to nobody’s column");
        assert!(office.get(task).await.is_done(), "on a board, too");

        // Where any one completes it, nobody has a part: should everyone again, they do theirs anew.
        let task = policy(&office, &robin, &alex).await;
        office.complete_as(&robin.actor, task, true).await.expect("his part");
        let by = |completes: Completes| PatchBody { completes: Some(completes), ..PatchBody::default() };
        let done = office.patch_as(&alex.actor, task, &by(Completes::Any)).await.expect("any one");
        assert_eq!((done.note(), parts(&office, task).await), (None, (of(&[]), of(&[]))));
        office.patch_as(&alex.actor, task, &by(Completes::Everyone)).await.expect("everyone");
        assert_eq!(parts(&office, task).await, (of(&[]), of(&[&robin, &alex])));

        // Who has done their part doesn’t claim what would wait for nobody then.
        let team = office.team("Front desk", &[robin.user]).await;
        let task = office.task_with("Read the policy", |body| {
            (body.team, body.people, body.completes) = (Some(team), vec![robin.user, alex.user], Some(Completes::Everyone));
        }).await;
        office.complete_as(&robin.actor, task, true).await.expect("his part");
        office.patch_as(&alex.actor, task, &named(&[&robin])).await.expect("nobody who hadn’t");
        assert!(!office.get(task).await.is_done(), "it waits for the team");
        assert_eq!(outcome(claims::claim(&site.platform, &robin.actor, "alpha", &task.to_string()).await), "409");
    }

    /// Who has done their part and who is left is read in the API, on the task’s page and on My tasks, where it waits for the others; and one’s own part can be
    /// taken back until they have done theirs. Another business finds nothing there.
    async fn who_is_left_is_read(site: Site) {
        let office = Office::alpha(&site).await;
        let (robin, alex, _) = three(&office).await;
        let task = policy(&office, &robin, &alex).await;
        let (path, own) = (format!("tasks/{task}"), format!("/app/alpha/tasks/t/{task}"));
        let mine = async |member: &Member| {
            let found = office.send(Some(&member.cookie), Method::GET, "mine", &json!({})).await.json();
            let parts = found.as_array().expect("parts").iter().map(|part| part["part"].as_str().unwrap_or_default().to_owned());
            parts.collect::<Vec<_>>()
        };
        assert_eq!((mine(&robin).await, mine(&alex).await), (vec!["undated".to_owned()], vec!["undated".to_owned()]));
        office.complete_as(&robin.actor, task, true).await.expect("his part");

        let shown = office.send(Some(&alex.cookie), Method::GET, &path, &json!({})).await.json();
        assert_eq!(shown["left"], json!([alex.user]), "{shown}");
        let done_at = |user: UserId| {
            let parts = shown["parts"].as_array().expect("parts").iter();
            parts.filter(|part| part["user"] == json!(user)).map(|part| part["done_at"].clone()).collect::<Vec<Value>>()
        };
        assert!(done_at(robin.user)[0].is_string() && done_at(alex.user) == [Value::Null], "{shown}");
        let stranger = Office::beta(&site).await.member("Wes", Role::Admin).await;
        assert_eq!(office.send(Some(&stranger.cookie), Method::GET, &path, &json!({})).await.status, StatusCode::NOT_FOUND);

        let (his, other) = (site.get_as(&robin.cookie, &own).await.text, site.get_as(&alex.cookie, &own).await.text);
        let standing = "Done by Person robin-alpha · still to do: Person alex-alpha";
        assert!(his.contains(standing) && his.contains("Your part is done.") && his.contains("Take my part back"), "{his}");
        assert!(other.contains(standing) && !other.contains("Take my part back"), "{other}");
        assert_eq!((mine(&robin).await, mine(&alex).await), (vec!["waiting".to_owned()], vec!["undated".to_owned()]));
        let page = site.get_as(&robin.cookie, "/app/alpha/tasks").await.text;
        assert!(page.contains("Your part is done · Still to do: Person alex-alpha") && page.contains("Take my part back: Read the policy"), "{page}");

        // In the list, on the board, and where it is searched for: a tick says so, to whoever did theirs alone.
        let list = format!("/app/alpha/tasks/lists/{}", office.list);
        for page in [list.clone(), format!("{list}?view=board"), "/app/alpha/tasks/search?q=policy".to_owned()] {
            let (his, other) = (site.get_as(&robin.cookie, &page).await.text, site.get_as(&alex.cookie, &page).await.text);
            assert!(his.contains("Your part is done"), "{page}: {his}");
            assert!(other.contains("Read the ") && !other.contains("Your part is done"), "{page}: {other}");
        }

        let id = task.to_string();
        let fields = [("org", "alpha"), ("open", id.as_str()), ("back", "/app/alpha/tasks")];
        let back = site.form(Some(&robin.cookie), "/fn/tasks/tick", "/app/alpha/tasks", &fields).await;
        assert!(back.status == StatusCode::FOUND && back.location().contains("did=unpart&act="), "{back:?}");
        assert!(site.get_as(&robin.cookie, back.location()).await.text.contains("Your part is open again."));
        assert_eq!((mine(&robin).await, parts(&office, task).await.0), (vec!["undated".to_owned()], of(&[])));
        let page = site.get_as(&alex.cookie, &own).await.text;
        assert!(page.contains("noted that the part of Person robin-alpha isn’t done after all"), "{page}");
        let nothing = office.complete_as(&alex.actor, task, false).await.expect("he hadn’t");
        assert_eq!(nothing.act, None);

        office.complete_as(&robin.actor, task, true).await.expect("his part");
        let ask = async || office.post(Some(&robin.cookie), &format!("{path}/complete"), "a-key-of-taking-back", &json!({ "done": false })).await.json();
        let (first, again) = (ask().await, ask().await);
        assert_eq!((&first["note"], &first["act"]), (&json!("Your part is open again."), &again["act"]), "{first}");
        assert_eq!(first["note"], again["note"]);
        office.complete_as(&robin.actor, task, true).await.expect("his part");
        office.complete_as(&alex.actor, task, true).await.expect("the last");
        let shown = office.send(Some(&alex.cookie), Method::GET, &path, &json!({})).await.json();
        assert_eq!((&shown["done"], &shown["left"]), (&json!(true), &json!([])));
    }

    /// What holds now is told in words, with names, where two have changed the same.
    async fn what_holds_now_is_told_in_words(site: Site) {
        let office = Office::alpha(&site).await;
        let (robin, alex, priya) = three(&office).await;
        let (clinic, section) = (office.label("Clinic").await, office.section(office.list, "Mornings").await);
        let task = office.task("Order paper").await;
        let version = office.get(task).await.version;
        let theirs = json!({
            "status": office.statuses[1], "section": section, "responsible": robin.user, "people": [alex.user, priya.user], "labels": [clinic], "priority": 3,
        });
        let path = format!("tasks/{task}");
        assert_eq!(office.send(Some(&robin.cookie), Method::PATCH, &path, &theirs).await.status, StatusCode::OK);
        let mine = json!({
            "version": version, "status": office.statuses[0], "section": null, "responsible": null, "people": [], "labels": [], "priority": 1,
        });
        let refused = office.send(Some(&robin.cookie), Method::PATCH, &path, &mine).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
        let problem = refused.json();
        let told = |field: &str| {
            let errors = problem["errors"].as_array().expect("errors").iter();
            errors.filter(|error| error["field"] == field).map(|error| error["message"].as_str().unwrap_or_default().to_owned()).collect::<String>()
        };
        assert_eq!((told("status"), told("section"), told("responsible")), ("Doing".to_owned(), "Mornings".to_owned(), "Person robin-alpha".to_owned()));
        assert_eq!((told("labels"), told("priority")), ("Clinic".to_owned(), "High".to_owned()));
        let people = told("people");
        let named: BTreeSet<&str> = people.split(", ").collect();
        assert_eq!(named, BTreeSet::from(["Person alex-alpha", "Person priya-alpha"]));
        assert_eq!(problem["current"]["labels"], json!([clinic]), "{problem}");
    }

    /// A task that is completed while subtasks of it are open, or what it waited for isn’t done, is completed all the same: whoever does so is told, as far as
    /// they see it.
    async fn what_stays_open_is_told(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, boss) = (office.member("Ada", Role::Member).await, office.owner());
        let task = office.task("Move house").await;
        for title in ["Pack", "Clean"] {
            office.task_with(title, |body| body.parent = Some(task)).await;
        }
        let first = office.task("Sign the lease").await;
        let (_, _, hidden) = office.private("Secret", &[]).await;
        let secret = office.task_with("Ask the bank", |body| body.list = hidden).await;
        for one in [first, secret] {
            let body = LinkBody { waits_for: Some(one.to_string()), blocks: None };
            links::add(&site.platform, &SYSTEM, "alpha", &task.to_string(), &body).await.expect("linked");
        }
        let (number, other) = (office.get(first).await.number, office.get(secret).await.number);
        let path = format!("tasks/{task}/complete");
        let words = format!("2 subtasks are still open. It waited for T-{number}, which isn’t done.");
        for _ in 0..2 {
            let told = office.post(Some(&ada.cookie), &path, "a-key-of-moving", &json!({ "done": true })).await;
            assert_eq!((told.status, &told.json()["note"]), (StatusCode::OK, &json!(words)), "{told:?}");
        }
        assert!(office.get(task).await.is_done(), "nothing is refused");
        office.complete_as(&SYSTEM, task, false).await.expect("open again");
        let whole = office.complete_as(&boss, task, true).await.expect("who sees all");
        let all = format!("2 subtasks are still open. It waited for T-{number}, T-{other}, which aren’t done.");
        assert_eq!(whole.note(), Some(all));

        office.complete_as(&SYSTEM, task, false).await.expect("open again");
        let id = task.to_string();
        let fields = [("org", "alpha"), ("done", id.as_str()), ("back", "/app/alpha/tasks")];
        let ticked = site.form(Some(&ada.cookie), "/fn/tasks/tick", "/app/alpha/tasks", &fields).await;
        assert!(ticked.location().contains("did=completed&act="), "{ticked:?}");
        let page = site.get_as(&ada.cookie, ticked.location()).await.text;
        assert!(page.contains(&words), "{page}");

        // A program that doesn’t read tasks hears nothing of others.
        office.complete_as(&SYSTEM, task, false).await.expect("open again");
        let token = office.token(&["tasks.change"]).await;
        let request = Request::builder().method(Method::POST).uri(office.api(&path)).header(header::AUTHORIZATION, format!("Bearer {token}"));
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(json!({ "done": true }).to_string()));
        let blind = site.send(request.expect("a request")).await;
        assert_eq!((blind.status, blind.json().get("note")), (StatusCode::OK, None), "{blind:?}");

        let done = office.complete_as(&ada.actor, first, true).await.expect("nothing is open of it");
        assert_eq!((done.note(), outcome(office.complete_as(&ada.actor, secret, true).await)), (None, "404".to_owned()));
    }
}

async fn three(office: &Office<'_>) -> (Member, Member, Member) {
    let robin = office.member("Robin", Role::Member).await;
    let alex = office.member("Alex", Role::Member).await;
    (robin, alex, office.member("Priya", Role::Member).await)
}

/// A task of the first’s that the second is on, too, and that both complete.
async fn policy(office: &Office<'_>, whose: &Member, with: &Member) -> TaskId {
    let made = office.task_with("Read the policy", |body| {
        (body.responsible, body.people) = (Some(whose.user), vec![with.user]);
        body.completes = Some(Completes::Everyone);
    });
    made.await
}

/// Who has done their part of a task, and who hasn’t.
async fn parts(office: &Office<'_>, task: TaskId) -> (BTreeSet<UserId>, BTreeSet<UserId>) {
    let (task, card) = (office.get(task).await, office.card(task).await);
    let did = task.people.iter().filter(|one| one.done_at.is_some()).map(|one| one.user).collect();
    (did, card.left.into_iter().collect())
}

fn of(some: &[&Member]) -> BTreeSet<UserId> {
    some.iter().map(|one| one.user).collect()
}
