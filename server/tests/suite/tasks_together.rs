//! Working on tasks together: different people’s changes both survive, what is said reaches who sees it and nobody else, and people are told once of what
//! others did.

use std::collections::BTreeMap;

use app::{
    db::Access,
    ids::UserId,
    module::SentFile,
    modules::tasks::{
        claims, comments, files, followers, history,
        ids::{ActId, CommentId, ListId, TaskId},
        letters,
        lists::{self, TeamBody},
        notices::{self, Way},
        saying::{Here, Names},
        search, store, store_together,
        tasks::{self, BulkBody, MoveBody, PatchBody},
        trash,
    },
    org::{Actor, Role},
    platform_sql,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use futures::future::join_all;
use serde_json::json;

use crate::{
    on_both,
    support::{ORIGIN, Site, outcome},
    tasks_support::{Member, Office, SYSTEM},
};

on_both! {
    /// However much was said about a task, its page holds so much of it: the latest whole, and of what doesn’t fit any more its beginning. Whoever sees the task
    /// can read one of those whole, and nobody else can.
    async fn a_page_holds_so_many_comments(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, task) = (office.member("Ada", Role::Member).await, office.task("Order paper").await);
        let page = "/app/alpha/tasks/t/T-1";
        let add = async |said: &str| {
            site.advance(1);
            comments::add(&site.platform, &ada.actor, "alpha", &task.to_string(), said, None).await.expect("said");
        };
        add("The **first** of them").await;
        let told = "Show the whole comment";
        let shown = site.get_as(&ada.cookie, page).await.text;
        assert!(shown.contains("<strong>first</strong>") && !shown.contains(told), "{shown}");
        let long = "[x](https://a.b) ".repeat(1_170);
        add(&format!("{long}and **so** it ends")).await;
        for _ in 0..39 {
            add(&long).await;
        }
        add("The **last** of them").await;
        let shown = site.get_as(&ada.cookie, page).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert!(shown.text.len() < 1_000_000, "{}", shown.text.len());
        assert!(shown.text.contains("<strong>last</strong>") && shown.text.contains("href=\"https://a.b"), "the latest are whole");
        let shortened = shown.text.matches(told).count();
        assert!((30..40).contains(&shortened), "{shortened}");

        let all = comments::list(&site.platform, &ada.actor, "alpha", &task.to_string()).await.expect("listed");
        let first = all.iter().find(|one| one.words.ends_with("ends")).expect("the first of the long ones").id;
        let (whole, end) = (format!("{page}?comment={first}"), "<strong>so</strong> it ends");
        assert!(!shown.text.contains(end) && shown.text.contains(&format!("{whole}#comment-{first}")));
        let read = site.get_as(&ada.cookie, &whole).await;
        assert!(read.status == StatusCode::OK && read.text.contains(end), "{}", read.status);
        assert_eq!(read.text.matches(told).count(), shortened - 1);

        assert_eq!(site.get(&whole).await.status, StatusCode::UNAUTHORIZED);
        Office::beta(&site).await.task("Their own").await;
        let stranger = site.log_in("beta").await;
        assert_eq!(site.get_as(&stranger, &whole).await.status, StatusCode::NOT_FOUND);
        let theirs = site.get_as(&stranger, &whole.replace("alpha", "beta")).await;
        assert!(theirs.status == StatusCode::OK && !theirs.text.contains(end), "{}", theirs.status);
        // By the page of a task one reads of that task alone.
        let other = office.task("Order ink").await;
        let card = office.card(other).await.n;
        let elsewhere = site.get_as(&ada.cookie, &format!("/app/alpha/tasks/t/T-{card}?comment={first}")).await;
        assert!(elsewhere.status == StatusCode::OK && !elsewhere.text.contains(end), "{}", elsewhere.status);
    }

    /// Two people change different fields by the forms of the page: both stay. The same field: whoever is second is told what it is now, keeps what was
    /// typed, and puts it in its place by sending it again.
    async fn the_page_keeps_both(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        office.task("Order paper").await;
        let page = "/app/alpha/tasks/t/T-1";
        let shown = site.get_as(&ada.cookie, page).await;
        assert!(shown.status == StatusCode::OK && shown.text.contains("Order paper"), "{shown:?}");
        let save = async |who: &Member, version: &str, fields: &[(&str, &str)]| {
            let mut all = vec![("org", "alpha"), ("id", "T-1"), ("version", version)];
            all.extend_from_slice(fields);
            site.form(Some(&who.cookie), "/fn/tasks/save-details", page, &all).await
        };
        let first = save(&ada, "1", &[("priority", "3"), ("was_priority", "0"), ("due_day", ""), ("was_due_day", "")]).await;
        assert_eq!(first.status, StatusCode::FOUND, "{first:?}");
        // Bo began before that, and sends the old priority along untouched.
        let second = save(&bo, "1", &[("priority", "0"), ("was_priority", "0"), ("due_day", "2026-11-27"), ("was_due_day", "")]).await;
        assert_eq!(second.status, StatusCode::FOUND, "{second:?}");
        let mut tx = office.opened(Access::Read).await;
        let id = store::task_numbered(&mut tx, 1).await.expect("read").expect("the task");
        drop(tx);
        let task = office.get(id).await;
        assert_eq!((task.priority, task.due.map(|due| due.day.to_string())), (3, Some("2026-11-27".to_owned())));

        let clash = save(&ada, "1", &[("due_day", "2026-12-01"), ("was_due_day", ""), ("priority", "0"), ("was_priority", "0")]).await;
        assert_eq!(clash.status, StatusCode::CONFLICT, "{clash:?}");
        for words in ["Now: Fri 27 Nov", "Keep mine", "value=\"2026-12-01\""] {
            assert!(clash.text.contains(words), "{words}: {}", clash.text);
        }
        assert_eq!(office.get(id).await.due.map(|due| due.day.to_string()), Some("2026-11-27".to_owned()), "nothing was saved");
        let version = office.get(id).await.version.to_string();
        let kept = save(&ada, &version, &[("due_day", "2026-12-01"), ("was_due_day", ""), ("priority", "0"), ("was_priority", "0")]).await;
        assert_eq!(kept.status, StatusCode::FOUND, "{kept:?}");
        let task = office.get(id).await;
        assert_eq!((task.priority, task.due.map(|due| due.day.to_string())), (3, Some("2026-12-01".to_owned())), "the priority is the other’s still");
        let wrong = save(&ada, &task.version.to_string(), &[("estimate", "soon"), ("was_estimate", "")]).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("value=\"soon\""), "{wrong:?}");
    }

    /// What is said reaches who is mentioned, if they see the task; others hear nothing of it, and whoever says it reads that. The same again says it once.
    async fn a_mention_reaches_who_sees_it(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo, eve) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await, office.member("Eve", Role::Member).await);
        let (_, _, list) = office.private("Back room", &[ada.user, bo.user]).await;
        let task = office.task_with("Count the till", |body| body.list = list).await;
        let path = format!("tasks/{task}/comments");
        let body = json!({ "words": "@\"Person bo-alpha\" and @\"Person eve-alpha\": look" });
        for _ in 0..2 {
            let said = office.post(Some(&ada.cookie), &path, "a-first-comment", &body).await;
            assert_eq!(said.status, StatusCode::CREATED, "{said:?}");
        }
        let said = office.post(Some(&ada.cookie), &path, "a-second-comment", &json!({ "words": "@\"Person eve-alpha\"?" })).await;
        assert_eq!(said.json()["not_told"], json!(["Person eve-alpha"]), "{said:?}");
        let listed = site.get_as(&bo.cookie, &office.api(&path)).await.json();
        assert_eq!(listed.as_array().map(Vec::len), Some(2), "{listed}");
        assert_eq!(kinds(&office, bo.user).await, ["commented", "mentioned"]);
        assert!(kinds(&office, eve.user).await.is_empty() && kinds(&office, ada.user).await.is_empty(), "not who can’t see it, nor oneself");
        let inbox = site.get_as(&bo.cookie, "/app/alpha/tasks/inbox").await;
        assert!(inbox.text.contains("mentioned you") && inbox.text.contains("Count the till"), "{}", inbox.text);
        for page in ["", "/lists", "/search", "/search?q=((", "/filters", "/templates", "/reports", "/workload", "/trash"] {
            let shown = site.get_as(&bo.cookie, &format!("/app/alpha/tasks{page}")).await;
            assert!(shown.status == StatusCode::OK && shown.text.contains("unread: "), "{page}: {}", shown.text);
        }
        assert_eq!(office.card(task).await.comments, 2);
        assert!(!site.raw_dump().await.windows(6).any(|part| part == b": look"), "comments are sealed");

        // Who sees nothing of it finds nothing, and writes nothing.
        let before = office.standing().await;
        let id = listed[0]["id"].as_str().expect("an id").to_owned();
        assert_eq!(office.post(Some(&eve.cookie), &path, "not-for-eve", &body).await.status, StatusCode::NOT_FOUND);
        for (method, path, body) in [
            (Method::PATCH, format!("comments/{id}"), json!({ "words": "Mine", "version": 1 })),
            (Method::DELETE, format!("comments/{id}"), json!({})),
            (Method::POST, format!("comments/{id}/reactions"), json!({ "what": "heart", "feels": true })),
            (Method::POST, format!("tasks/{task}/follow"), json!({ "follows": true })),
        ] {
            let refused = office.send(Some(&eve.cookie), method, &path, &body).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path}: {refused:?}");
        }
        assert_eq!(office.standing().await, before);
        let beta = Office::beta(&site).await;
        let theirs = outcome(comments::add(&site.platform, &beta.owner(), "beta", &task.to_string(), "Hello there", None).await);
        assert_eq!(theirs, "404");
    }

    /// Who wrote a comment changes it; who organises may take it away, and with it what people were told of it.
    async fn comments_are_their_writers(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo, boss) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await, office.member("Cy", Role::Manager).await);
        let task = office.task_with("Order paper", |body| body.responsible = Some(bo.user)).await;
        let said = comments::add(&site.platform, &ada.actor, "alpha", &task.to_string(), "First", None).await.expect("said").id.to_string();
        for bad in ["", "  \n "] {
            assert_eq!(outcome(comments::add(&site.platform, &ada.actor, "alpha", &task.to_string(), bad, None).await), "422 comment");
        }
        let long = "a".repeat(20_001);
        assert_eq!(outcome(comments::add(&site.platform, &ada.actor, "alpha", &task.to_string(), &long, None).await), "422 comment");
        assert_eq!(outcome(comments::edit(&site.platform, &bo.actor, "alpha", &said, "Other", 1).await), "403");
        assert_eq!(outcome(comments::edit(&site.platform, &ada.actor, "alpha", &said, "Second", 1).await), "done");
        assert_eq!(outcome(comments::edit(&site.platform, &ada.actor, "alpha", &said, "Third", 1).await), "409 comment");
        assert_eq!(outcome(comments::react(&site.platform, &bo.actor, "alpha", &said, "heart", true).await), "done");
        assert_eq!(outcome(comments::react(&site.platform, &bo.actor, "alpha", &said, "anger", true).await), "422 what");
        let all = comments::list(&site.platform, &ada.actor, "alpha", &task.to_string()).await.expect("listed");
        assert_eq!((all[0].words.as_str(), all[0].reactions.clone()), ("Second", vec![("heart", vec![bo.user])]));
        assert_eq!(outcome(comments::delete(&site.platform, &bo.actor, "alpha", &said).await), "403");
        assert_eq!(outcome(comments::delete(&site.platform, &boss.actor, "alpha", &said).await), "done");
        assert_eq!(kinds(&office, bo.user).await, ["assigned"], "what was told of the comment is gone with it");
    }

    /// What a comment said before it was changed comes back by who wrote it alone, as long as it wasn’t changed again; it is found by its words, and nobody is
    /// told again. Of a task that is deleted for good no words of a comment stay.
    async fn changing_a_comment_can_be_undone(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, eve, boss) = (office.member("Ada", Role::Member).await, office.member("Eve", Role::Member).await, office.member("Cy", Role::Manager).await);
        let (_, _, list) = office.private("Payroll", &[ada.user, boss.user]).await;
        let task = office.task_with("Count the till", |body| body.list = list).await;
        let id = comments::add(&site.platform, &ada.actor, "alpha", &task.to_string(), "The quokka counts", None).await.expect("said").id.to_string();
        let edit = async |words: &str, version: i64| {
            let body = json!({ "words": words, "version": version });
            let edited = office.send(Some(&ada.cookie), Method::PATCH, &format!("comments/{id}"), &body).await;
            assert_eq!(edited.status, StatusCode::OK, "{edited:?}");
            edited.json()["act"].as_str().map(|act| act.parse::<ActId>().expect("an id"))
        };
        assert_eq!(edit("The quokka counts", 1).await, None, "nothing is different");
        let act = edit("@\"Person cy-alpha\" the numbat counts", 1).await.expect("an act");
        let words = async || comments::list(&site.platform, &ada.actor, "alpha", &task.to_string()).await.expect("listed")[0].words.clone();
        let found = async |typed: &str| search::find(&site.platform, &ada.actor, "alpha", typed, 1).await.expect("found").hits.len();
        let told = kinds(&office, boss.user).await;
        let before = (office.standing().await, other.standing().await);
        for (actor, refused) in [(&boss.actor, "403"), (&eve.actor, "404"), (&other.owner(), "404"), (&Actor::Anonymous, "401")] {
            assert_eq!(outcome(office.undo_as(actor, act).await), refused);
        }
        assert_eq!(outcome(other.undo_as(&other.owner(), act).await), "404", "it is another’s");
        assert_eq!((office.standing().await, other.standing().await), before);
        let again = edit("The wombat counts", 2).await.expect("an act");
        assert_eq!(outcome(office.undo_as(&ada.actor, act).await), "409", "it was changed again");
        for act in [again, act] {
            office.undo_as(&ada.actor, act).await.expect("undone");
        }
        assert_eq!((words().await.as_str(), kinds(&office, boss.user).await), ("The quokka counts", told));
        assert_eq!((found("quokka").await, found("numbat").await, found("wombat").await), (1, 0, 0));

        // By its page: it says how to undo that.
        let page = "/app/alpha/tasks/t/T-1";
        let fields = [("org", "alpha"), ("comment", id.as_str()), ("said", "The bilby counts"), ("version", "5")];
        let edited = site.form(Some(&ada.cookie), "/fn/tasks/edit-comment", page, &fields).await;
        assert!(edited.status == StatusCode::FOUND && edited.location().contains("act="), "{edited:?}");
        let said = site.get_as(&ada.cookie, edited.location()).await.text;
        assert!(said.contains("Comment saved.") && said.contains("action=\"/fn/tasks/undo\""), "{said}");

        office.trash_as(&ada.actor, task).await.expect("thrown away");
        site.advance(31 * 24 * 60 * 60);
        trash::empty(&site.platform).await.expect("emptied");
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        assert_eq!(platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_set_ups WHERE what = 'comment'").expect("counted"), (0,));
        tx.rollback().await.expect("read");
    }

    /// A comment that was taken away is nowhere: not on its page or in the API, in no count, search or inbox, and nobody changes it. Undoing brings all of it
    /// back, once, and nobody is told again.
    async fn a_comment_comes_back_whole(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let task = office.add_as(&ada.actor, "Order paper", |_| ()).await.expect("added");
        let (word, page) = (task.to_string(), "/app/alpha/tasks/t/T-1");
        let said = comments::add(&site.platform, &ada.actor, "alpha", &word, "@\"Person bo-alpha\" the quokka likes it", None).await.expect("said");
        let id = said.id.to_string();
        comments::edit(&site.platform, &ada.actor, "alpha", &id, "@\"Person bo-alpha\" the quokka loves it", 1).await.expect("changed");
        comments::react(&site.platform, &bo.actor, "alpha", &id, "heart", true).await.expect("felt");
        let shown = async || comments::list(&site.platform, &ada.actor, "alpha", &word).await.expect("listed");
        let found = async |typed: &str| search::find(&site.platform, &ada.actor, "alpha", typed, 1).await.expect("found").hits.len();
        let (before, told) = (shown().await, kinds(&office, bo.user).await);
        assert!(before.len() == 1 && before[0].reactions == vec![("heart", vec![bo.user])] && before[0].edited_at.is_some(), "{before:?}");
        assert!(told.contains(&"mentioned".to_owned()), "{told:?}");
        assert_eq!((found("quokka").await, found("has:comments").await, office.card(task).await.comments), (1, 1, 1));

        let gone = office.send(Some(&ada.cookie), Method::DELETE, &format!("comments/{id}"), &json!({})).await;
        assert_eq!(gone.status, StatusCode::OK, "{gone:?}");
        let act = gone.json()["act"].as_str().expect("an act").to_owned();
        assert!(shown().await.is_empty() && kinds(&office, bo.user).await.is_empty());
        assert_eq!((found("quokka").await, found("has:comments").await, office.card(task).await.comments), (0, 0, 0));
        for path in [page.to_owned(), "/app/alpha/tasks/inbox?all=1".to_owned(), office.api("inbox?all=true"), office.api(&format!("tasks/{task}/history"))] {
            let answer = site.get_as(&bo.cookie, &path).await;
            assert!(answer.status == StatusCode::OK && !answer.text.contains("quokka"), "{path}: {answer:?}");
        }
        assert_eq!(outcome(comments::edit(&site.platform, &ada.actor, "alpha", &id, "Other", 2).await), "404");
        assert_eq!(outcome(comments::react(&site.platform, &bo.actor, "alpha", &id, "heart", false).await), "404");
        assert_eq!(outcome(comments::delete(&site.platform, &ada.actor, "alpha", &id).await), "404");
        site.advance(600);
        letters::write_notices(&site.platform).await.expect("looked");
        assert!(mailed(&site, "bo-alpha@example.com").await.is_empty(), "of what isn’t there");

        for _ in 0..2 {
            let undone = office.post(Some(&ada.cookie), &format!("acts/{act}/undo"), "a-key-of-bringing-back", &json!({})).await;
            assert_eq!(undone.status, StatusCode::OK, "{undone:?}");
        }
        assert_eq!((shown().await, kinds(&office, bo.user).await), (before, told));
        assert_eq!((found("quokka").await, found("has:comments").await, office.card(task).await.comments), (1, 1, 1));
        let act: ActId = act.parse().expect("an id");
        let still = office.standing().await;
        assert_eq!(office.undo_as(&ada.actor, act).await.expect("undone before"), None);
        assert_eq!(office.standing().await, still, "once");
        for _ in 0..2 {
            letters::write_notices(&site.platform).await.expect("written");
        }
        assert_eq!(mailed(&site, "bo-alpha@example.com").await.len(), 1, "what wasn’t emailed yet is, once");

        // Somebody hears of another comment while the first is away: they are told of each kind once while they haven’t looked.
        let (_, act) = comments::delete(&site.platform, &ada.actor, "alpha", &id).await.expect("gone again");
        comments::add(&site.platform, &ada.actor, "alpha", &word, "@\"Person bo-alpha\" and the numbat", None).await.expect("said");
        office.undo_as(&ada.actor, act).await.expect("undone");
        let (now, all) = (kinds(&office, bo.user).await, shown().await.len());
        assert_eq!((now.iter().filter(|kind| *kind == "mentioned").count(), all), (1, 2), "{now:?}");
        site.advance(600);
        letters::write_notices(&site.platform).await.expect("written");
        assert_eq!(mailed(&site, "bo-alpha@example.com").await.len(), 1, "of the other one");
    }

    /// By the forms of its page, without scripts: the page says that it is gone and how to undo that, and it is there again.
    async fn a_comment_comes_back_by_its_page(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let task = office.task("Order paper").await;
        let said = comments::add(&site.platform, &ada.actor, "alpha", &task.to_string(), "The quokka likes it", None).await.expect("said");
        let (page, id) = ("/app/alpha/tasks/t/T-1", said.id.to_string());
        let gone = site.form(Some(&ada.cookie), "/fn/tasks/delete-comment", page, &[("org", "alpha"), ("comment", &id)]).await;
        assert_eq!(gone.status, StatusCode::FOUND, "{gone:?}");
        let told = site.get_as(&ada.cookie, gone.location()).await.text;
        assert!(told.contains("Comment deleted.") && told.contains("action=\"/fn/tasks/undo\"") && !told.contains("quokka"), "{told}");
        let act = gone.location().split("act=").nth(1).expect("an act").to_owned();
        let back = site.form(Some(&ada.cookie), "/fn/tasks/undo", page, &[("org", "alpha"), ("id", &act), ("back", page)]).await;
        assert_eq!((back.status, back.location()), (StatusCode::FOUND, "/app/alpha/tasks/t/T-1?did=undone"), "{back:?}");
        let told = site.get_as(&ada.cookie, back.location()).await.text;
        assert!(told.contains("Undone.") && told.contains("The quokka likes it"), "{told}");
    }

    /// Who took a comment away brings it back, or who organises: as long as they may take it away. Somebody who doesn’t see the task, another organisation and
    /// a program that may do neither can’t.
    async fn who_takes_a_comment_away_brings_it_back(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, bo, eve, boss) = (
            office.member("Ada", Role::Member).await,
            office.member("Bo", Role::Member).await,
            office.member("Eve", Role::Member).await,
            office.member("Cy", Role::Manager).await,
        );
        let (_, _, list) = office.private("Payroll", &[ada.user, bo.user, boss.user]).await;
        let task = office.task_with("Count the till", |body| body.list = list).await;
        let id = comments::add(&site.platform, &ada.actor, "alpha", &task.to_string(), "First", None).await.expect("said").id.to_string();
        let delete = async |actor: &Actor| comments::delete(&site.platform, actor, "alpha", &id).await.map(|(_, act)| act);
        let act = delete(&ada.actor).await.expect("gone");
        let before = (office.standing().await, other.standing().await);
        for (actor, refused) in [(&bo.actor, "403"), (&eve.actor, "404"), (&other.owner(), "404"), (&Actor::Anonymous, "401")] {
            assert_eq!(outcome(office.undo_as(actor, act).await), refused);
        }
        assert_eq!(outcome(other.undo_as(&other.owner(), act).await), "404", "it is another’s");
        assert_eq!((office.standing().await, other.standing().await), before);
        office.undo_as(&boss.actor, act).await.expect("by who organises");

        // On a task in the trash nothing changes.
        let act = delete(&ada.actor).await.expect("gone again");
        office.trash_as(&ada.actor, task).await.expect("thrown away");
        assert_eq!(outcome(office.undo_as(&ada.actor, act).await), "409");
        office.restore_as(&ada.actor, task).await.expect("restored");
        office.undo_as(&ada.actor, act).await.expect("by who wrote it");

        // What who organises took away, its writer doesn’t bring back; nor do they who organise no longer.
        let act = delete(&boss.actor).await.expect("gone once more");
        assert_eq!(outcome(office.undo_as(&ada.actor, act).await), "403");
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        let demoted = platform_sql!(exec, &mut tx, "UPDATE memberships SET role = 'member' WHERE org_id = $1 AND user_id = $2", office.id, boss.user);
        demoted.expect("a member like others");
        tx.commit().await.expect("a commit");
        let before = office.standing().await;
        assert_eq!(outcome(office.undo_as(&boss.actor, act).await), "403");
        assert_eq!(office.standing().await, before);
        office.undo_as(&SYSTEM, act).await.expect("undone");

        // A program: its own, and no other’s, with what it may.
        let task = office.task("Order paper").await;
        let (reads, changes) = (office.token(&["tasks.view"]).await, office.token(&["tasks.view", "tasks.change"]).await);
        let send = async |token: &str, method: Method, path: &str, body: &serde_json::Value| {
            let request = Request::builder().method(method).uri(office.api(path)).header(header::AUTHORIZATION, format!("Bearer {token}"));
            let key = app::ids::fresh(site.platform.clock.now()).to_string();
            let request = request.header(header::CONTENT_TYPE, "application/json").header("idempotency-key", key);
            site.send_as_it_is(request.body(Body::from(body.to_string())).expect("a request")).await
        };
        let said = send(&changes, Method::POST, &format!("tasks/{task}/comments"), &json!({ "words": "By a program" })).await;
        assert_eq!(said.status, StatusCode::CREATED, "{said:?}");
        let own = format!("comments/{}", said.json()["id"].as_str().expect("an id"));
        assert_eq!(send(&reads, Method::DELETE, &own, &json!({})).await.status, StatusCode::FORBIDDEN);
        let gone = send(&changes, Method::DELETE, &own, &json!({})).await;
        assert_eq!(gone.status, StatusCode::OK, "{gone:?}");
        let undo = format!("acts/{}/undo", gone.json()["act"].as_str().expect("an act"));
        assert_eq!(send(&reads, Method::POST, &undo, &json!({})).await.status, StatusCode::FORBIDDEN);
        let theirs = comments::add(&site.platform, &ada.actor, "alpha", &task.to_string(), "By Ada", None).await.expect("said").id.to_string();
        let (_, act) = comments::delete(&site.platform, &ada.actor, "alpha", &theirs).await.expect("gone");
        assert_eq!(send(&changes, Method::POST, &format!("acts/{act}/undo"), &json!({})).await.status, StatusCode::FORBIDDEN);
        let undone = send(&changes, Method::POST, &undo, &json!({})).await;
        assert_eq!((undone.status, office.card(task).await.comments), (StatusCode::OK, 1), "{undone:?}");
    }

    /// A comment that was taken away can be brought back for 30 days, and is then gone for good, with all that is known of it.
    async fn a_comment_taken_away_goes_for_good(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let task = office.add_as(&ada.actor, "Order paper", |_| ()).await.expect("added");
        let say = async |words: &str| {
            let said = comments::add(&site.platform, &ada.actor, "alpha", &task.to_string(), words, None).await.expect("said");
            said.id.to_string()
        };
        let (id, _) = (say("@\"Person bo-alpha\" look").await, say("This one stays").await);
        comments::react(&site.platform, &bo.actor, "alpha", &id, "heart", true).await.expect("felt");
        let delete = async || comments::delete(&site.platform, &ada.actor, "alpha", &id).await.expect("gone").1;
        let act = delete().await;
        site.advance(29 * 24 * 60 * 60);
        trash::empty(&site.platform).await.expect("looked");
        office.undo_as(&ada.actor, act).await.expect("it is back");
        comments::edit(&site.platform, &ada.actor, "alpha", &id, "Somebody look", 1).await.expect("changed");
        let act = delete().await;
        site.advance(31 * 24 * 60 * 60);
        trash::empty(&site.platform).await.expect("emptied");
        assert_eq!(outcome(office.undo_as(&ada.actor, act).await), "409", "it is gone for good");
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let (said,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_comments").expect("counted");
        let (felt,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_reactions").expect("counted");
        let (told,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_removed_notices").expect("counted");
        let (kept,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_set_ups WHERE what = 'comment'").expect("counted");
        tx.rollback().await.expect("read");
        assert_eq!((said, felt, told, kept), (1, 0, 0, 1), "and what it said before it was changed");
        trash::empty(&site.platform).await.expect("again");

        // More than go at a time.
        let mut tx = office.opened(Access::Write).await;
        let by = tx.doer();
        for _ in 0..201 {
            let id = CommentId::new(tx.now());
            store_together::insert_comment(&mut tx, id, task, by, b"sealed").await.expect("said");
            store_together::remove_comment(&mut tx, id, act).await.expect("gone");
        }
        tx.commit().await.expect("a commit");
        site.advance(31 * 24 * 60 * 60);
        trash::empty(&site.platform).await.expect("emptied");
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        assert_eq!(platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_comments").expect("counted"), (1,));
    }

    /// People are told what others did to what is theirs, once while they haven’t looked, as they chose; and not what they muted.
    async fn people_are_told_once(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let task = office.add_as(&ada.actor, "Order paper", |body| body.responsible = Some(bo.user)).await.expect("added");
        assert_eq!(kinds(&office, bo.user).await, ["assigned"]);
        for day in ["2026-11-27", "2026-11-30", "2026-12-01"] {
            let body = PatchBody { due_day: Some(Some(day.to_owned())), ..PatchBody::default() };
            office.patch_as(&ada.actor, task, &body).await.expect("changed");
        }
        assert_eq!(kinds(&office, bo.user).await, ["assigned", "due"], "three changes of the due date are told as one");
        office.complete_as(&bo.actor, task, true).await.expect("done");
        assert_eq!(kinds(&office, ada.user).await, ["completed"], "who added it follows it");
        office.complete_as(&ada.actor, task, false).await.expect("open");
        followers::follow(&site.platform, &bo.actor, "alpha", &task.to_string(), false).await.expect("muted");
        notices::read(&site.platform, &bo.actor, "alpha", None).await.expect("looked");
        office.complete_as(&ada.actor, task, true).await.expect("done");
        assert!(kinds(&office, bo.user).await.is_empty(), "muted");
        let off = PatchBody { responsible: Some(None), ..PatchBody::default() };
        office.patch_as(&ada.actor, task, &off).await.expect("changed");
        assert_eq!(kinds(&office, bo.user).await, ["unassigned"], "that it isn’t theirs is told all the same");

        let wanted = json!({ "ways": { "assigned": "off" }, "daily": false, "hour": 7, "weekdays": "1111100" });
        let path = office.api("inbox/settings");
        assert_eq!(site.json(Method::PUT, Some(&bo.cookie), &path, &wanted).await.status, StatusCode::NO_CONTENT);
        notices::read(&site.platform, &bo.actor, "alpha", None).await.expect("looked");
        office.add_as(&ada.actor, "Order pens", |body| body.responsible = Some(bo.user)).await.expect("added");
        assert!(kinds(&office, bo.user).await.is_empty(), "they don’t want to hear of it");
        for bad in [json!({ "daily": true, "hour": 24, "weekdays": "1111100" }), json!({ "daily": true, "hour": 7, "weekdays": "0000000" })] {
            assert_eq!(site.json(Method::PUT, Some(&bo.cookie), &path, &bad).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        let token = office.token(&["tasks.view", "tasks.change"]).await;
        assert_eq!(site.bearer(&token, &office.api("inbox")).await.status, StatusCode::NOT_FOUND, "a program has none");
    }

    /// What a task waited for is done: whoever is on it hears that it can begin, and nobody sooner.
    async fn what_can_begin_is_told(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (first, second) = (office.task("Measure").await, office.task("Cut").await);
        let last = office.task_with("Fit", |body| body.responsible = Some(bo.user)).await;
        for blocker in [first, second] {
            let body = json!({ "waits_for": blocker });
            let linked = office.send(Some(&ada.cookie), Method::POST, &format!("tasks/{last}/links"), &body).await;
            assert!(linked.status.is_success(), "{linked:?}");
        }
        office.complete_as(&ada.actor, first, true).await.expect("done");
        assert_eq!(kinds(&office, bo.user).await, ["assigned"]);
        office.complete_as(&ada.actor, second, true).await.expect("done");
        assert_eq!(kinds(&office, bo.user).await, ["assigned", "can_begin"]);
    }

    /// However many want a task at once, exactly one takes it on; the others read who. It goes back to the queue, and is taken again.
    async fn exactly_one_takes_it(site: Site) {
        let office = Office::alpha(&site).await;
        let mut people = Vec::new();
        for name in ["Ada", "Bo", "Cy", "Di"] {
            people.push(office.member(name, Role::Member).await);
        }
        let eve = office.member("Eve", Role::Member).await;
        let ids: Vec<UserId> = people.iter().map(|one| one.user).collect();
        let team = office.team("Desk", &ids).await;
        let task = office.task_with("Call back", |body| body.team = Some(team)).await;
        assert_eq!(kinds(&office, people[0].user).await, ["queued"]);
        assert_eq!(outcome(claims::claim(&site.platform, &eve.actor, "alpha", &task.to_string()).await), "403");
        let word = task.to_string();
        let all = join_all(people.iter().map(|one| claims::claim(&site.platform, &one.actor, "alpha", &word))).await;
        let all: Vec<String> = all.into_iter().map(outcome).collect();
        assert_eq!(all.iter().filter(|one| *one == "done").count(), 1, "{all:?}");
        assert!(all.iter().all(|one| one == "done" || one == "409"), "{all:?}");
        let winner = office.get(task).await.responsible.expect("somebody");
        let loser = people.iter().find(|one| one.user != winner).expect("another");
        assert!(kinds(&office, loser.user).await.is_empty(), "it waits for nobody any more");
        assert_eq!(outcome(claims::release(&site.platform, &loser.actor, "alpha", &word).await), "403");
        let own = people.iter().find(|one| one.user == winner).expect("the winner");
        assert_eq!(outcome(claims::claim(&site.platform, &own.actor, "alpha", &word).await), "done", "theirs already");
        assert_eq!(outcome(claims::release(&site.platform, &own.actor, "alpha", &word).await), "done");
        assert_eq!(office.get(task).await.responsible, None);
        assert_eq!(outcome(claims::claim(&site.platform, &loser.actor, "alpha", &word).await), "done");
    }

    /// What comes to a team goes to its members in turn, where the list does so: evenly, also where many come at once.
    async fn tasks_go_in_turn(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo, cy) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await, office.member("Cy", Role::Member).await);
        let team = office.team("Desk", &[ada.user, bo.user, cy.user]).await;
        let lists = [office.list].into();
        assert_eq!(outcome(claims::set_rounds(&site.platform, &ada.actor, "alpha", &lists).await), "403");
        claims::set_rounds(&site.platform, &office.owner(), "alpha", &lists).await.expect("set");
        let many = join_all((0..9).map(|number| {
            let office = &office;
            async move { office.task_with(&format!("Call {number}"), |body| body.team = Some(team)).await }
        })).await;
        let mut counts: BTreeMap<UserId, usize> = BTreeMap::new();
        for task in &many {
            *counts.entry(office.get(*task).await.responsible.expect("somebody’s")).or_default() += 1;
        }
        assert_eq!(counts.into_values().collect::<Vec<_>>(), [3, 3, 3]);
        claims::set_rounds(&site.platform, &office.owner(), "alpha", &[].into()).await.expect("off");
        let waits = office.task_with("Later", |body| body.team = Some(team)).await;
        assert_eq!(office.get(waits).await.responsible, None);
    }

    /// A task that becomes somebody’s who isn’t in its team leaves that team’s queue, by whichever way, and comes back by undoing that. A team is said of none
    /// that is another’s. So the next one of what repeats is still made once its person has left the team.
    async fn a_queue_holds_what_its_team_can_do(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo, boss) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await, office.member("Cy", Role::Manager).await);
        let team = office.team("Desk", &[ada.user]).await;
        let whose = async |task: TaskId| {
            let task = office.get(task).await;
            (task.team, task.responsible)
        };
        let queued = async |title: &str| office.task_with(title, |body| body.team = Some(team)).await;
        let give = |user: UserId| PatchBody { responsible: Some(Some(user)), ..PatchBody::default() };
        let task = queued("Call back").await;
        office.patch_as(&bo.actor, task, &give(ada.user)).await.expect("hers");
        assert_eq!(whose(task).await, (Some(team), Some(ada.user)), "she is in the team");
        let done = office.patch_as(&bo.actor, task, &give(bo.user)).await.expect("his");
        assert_eq!(whose(task).await, (None, Some(bo.user)));
        let before = office.standing().await;
        let to_team = PatchBody { team: Some(Some(team)), ..PatchBody::default() };
        assert_eq!(outcome(office.patch_as(&bo.actor, task, &to_team).await), "422 team");
        let both = office.add_as(&bo.actor, "Both", |body| (body.team, body.responsible) = (Some(team), Some(bo.user))).await;
        assert_eq!(outcome(both), "422 team");
        assert_eq!(office.standing().await, before);
        office.undo_as(&bo.actor, done.act.expect("an act")).await.expect("undone");
        assert_eq!(whose(task).await, (Some(team), Some(ada.user)));

        let (dragged, many, taken) = (queued("Dragged").await, queued("Many").await, queued("Taken").await);
        let to = MoveBody { by: Some("person".to_owned()), column: Some(bo.user.to_string()), ..MoveBody::default() };
        office.move_as(&bo.actor, dragged, &to).await.expect("moved");
        let bulk = BulkBody { ids: vec![many], change: give(bo.user), done: None, list: None, trash: false };
        tasks::bulk(&site.platform, &bo.actor, "alpha", &bulk, None).await.expect("changed");
        assert_eq!(outcome(claims::claim(&site.platform, &bo.actor, "alpha", &taken.to_string()).await), "403");
        claims::claim(&site.platform, &boss.actor, "alpha", &taken.to_string()).await.expect("who organises may");
        assert_eq!((whose(dragged).await, whose(many).await, whose(taken).await), ((None, Some(bo.user)), (None, Some(bo.user)), (None, Some(boss.user))));

        let weekly = json!({ "rule": "FREQ=WEEKLY" });
        let path = format!("tasks/{task}/repeat");
        assert_eq!(office.send(Some(&ada.cookie), Method::PUT, &path, &weekly).await.status, StatusCode::OK);
        let empty = TeamBody { name: "Desk".to_owned(), members: [bo.user].into(), active: true, version: Some(1) };
        lists::save_team(&site.platform, &office.owner(), "alpha", &team.to_string(), &empty).await.expect("she leaves it");
        let done = office.complete_as(&ada.actor, task, true).await.expect("done");
        let next = done.tasks.into_iter().find(|id| *id != task).expect("one that follows");
        assert_eq!(whose(next).await, (None, Some(ada.user)));
    }

    /// Programs say which lists hand out in turn, and are told of those that they see; a list goes out as a file for who sees it.
    async fn the_api_has_turns_and_files(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, boss) = (office.member("Ada", Role::Member).await, office.member("Cy", Role::Manager).await);
        let (_, _, secret) = office.private("Payroll", &[boss.user]).await;
        office.task("Order paper").await;
        let set = async |who: &Member, lists: serde_json::Value| office.send(Some(&who.cookie), Method::PUT, "rounds", &json!({ "lists": lists })).await.status;
        assert_eq!(set(&ada, json!([office.list])).await, StatusCode::FORBIDDEN);
        assert_eq!(set(&boss, json!([other.list])).await, StatusCode::NOT_FOUND);
        assert_eq!(set(&boss, json!([office.list, secret])).await, StatusCode::NO_CONTENT);
        let rounds = async |who: &Member| site.get_as(&who.cookie, &office.api("rounds")).await.json()["lists"].clone();
        assert_eq!((rounds(&ada).await, rounds(&boss).await.as_array().map(Vec::len)), (json!([office.list]), Some(2)));
        let stranger = other.member("Wes", Role::Admin).await;
        for form in ["csv", "json"] {
            let path = |list: ListId| office.api(&format!("lists/{list}/export.{form}"));
            let file = site.get_as(&ada.cookie, &path(office.list)).await;
            assert!(file.status == StatusCode::OK && file.text.contains("Order paper"), "{file:?}");
            assert_eq!(site.get_as(&ada.cookie, &path(secret)).await.status, StatusCode::NOT_FOUND);
            assert_eq!(site.get_as(&stranger.cookie, &path(office.list)).await.status, StatusCode::NOT_FOUND);
            let described = site.get("/api/v1/openapi.json").await.json();
            assert!(described["paths"][format!("/api/v1/orgs/{{org}}/tasks/lists/{{list}}/export.{form}")]["get"].is_object());
        }
    }

    /// What happened to a task is told in words, field by field, by whom.
    async fn what_happened_is_told(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let task = office.add_as(&ada.actor, "Order paper", |body| body.due_day = Some("2026-11-27".to_owned())).await.expect("added");
        let body = PatchBody { due_day: Some(Some("2026-11-30".to_owned())), due_time: Some(Some("15:00".to_owned())), priority: Some(3), ..PatchBody::default() };
        office.patch_as(&ada.actor, task, &body).await.expect("changed");
        office.complete_as(&SYSTEM, task, true).await.expect("done");
        let mut tx = office.opened(Access::Read).await;
        let found = app::modules::tasks::access::task(&mut tx, task).await.expect("the task");
        let (here, names) = (Here::of(&tx).expect("today"), Names::read(&mut tx).await.expect("names"));
        let told = history::of(&mut tx, &found, &here, &names).await.expect("told");
        let words: Vec<String> = told.iter().map(|one| format!("{} {}", one.who, one.what.join("; "))).collect();
        assert_eq!(words[0], "Person ada-alpha added it");
        assert!(words[1].contains("changed the due date from Fri 27 Nov to Mon 30 Nov, 3:00 pm") && words[1].contains("set the priority to high"), "{words:?}");
        assert_eq!(words[2], "Devalo completed it");
    }

    /// What isn’t in a task’s own row is told by name: lines of its checklist, files, what it waits for and how it repeats. What is the same to whoever reads
    /// it isn’t told: a status of another list that is called as before.
    async fn what_changed_is_named(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let (task, first) = (office.task("Order paper").await, office.task("Ask for the price").await);
        let number = office.get(first).await.number;
        let there = office.list_in(office.space, "Second list").await;
        let send = async |method: Method, path: &str, body: serde_json::Value| {
            let answer = office.keyed(Some(&ada.cookie), method, &format!("tasks/{task}/{path}"), "a-key-of-this-test", &body).await;
            assert!(answer.status.is_success(), "{path}: {answer:?}");
        };
        send(Method::POST, "checks", json!({ "words": "White" })).await;
        let lines = site.get_as(&ada.cookie, &office.api(&format!("tasks/{task}/checks"))).await.json();
        let line = lines["checks"][0]["id"].as_str().expect("a line");
        send(Method::PATCH, &format!("checks/{line}"), json!({ "done": true })).await;
        send(Method::PUT, "repeat", json!({ "rule": "FREQ=WEEKLY" })).await;
        send(Method::POST, "links", json!({ "waits_for": first })).await;
        let file = SentFile { name: "prices.txt".to_owned(), content: b"Two dollars".to_vec() };
        files::add(&site.platform, &ada.actor, "alpha", &task.to_string(), file, None).await.expect("a file");
        office.move_as(&ada.actor, task, &MoveBody { list: Some(there), ..MoveBody::default() }).await.expect("moved");
        let told = site.get_as(&ada.cookie, &office.api(&format!("tasks/{task}/history"))).await.text;
        for words in [
            "added “White” to the checklist".to_owned(),
            "ticked “White” on the checklist".to_owned(),
            "set it to repeat: Each week".to_owned(),
            format!("made it wait for T-{number} “Ask for the price”"),
            "added the file “prices.txt”".to_owned(),
            "moved it from First list to Second list".to_owned(),
        ] {
            assert!(told.contains(&words), "{words}: {told}");
        }
        assert!(!told.contains("changed it") && !told.contains("the status"), "{told}");
    }

    /// A task that came from a list of a team alone says so; what that list and its statuses are called isn’t told to who doesn’t see it.
    async fn what_happened_elsewhere_is_not_named(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (_, _, list) = office.private("Takeover", &[ada.user]).await;
        let status = office.status(list, "Bidding", "started").await;
        let task = office.task_with("Call the bank", |body| body.list = list).await;
        office.patch_as(&ada.actor, task, &PatchBody { status: Some(status), ..PatchBody::default() }).await.expect("begun");
        let into = MoveBody { list: Some(office.list), ..MoveBody::default() };
        office.move_as(&ada.actor, task, &into).await.expect("moved");
        let path = office.api(&format!("tasks/{task}/history"));
        let told = site.get_as(&bo.cookie, &path).await;
        assert!(told.text.contains("moved it from a list that isn’t yours to First list"), "{told:?}");
        assert!(told.text.contains("changed the status to Doing"), "{told:?}");
        for hidden in ["Takeover", "Bidding"] {
            assert!(!told.text.contains(hidden), "{hidden}: {told:?}");
        }
        let told = site.get_as(&ada.cookie, &path).await;
        assert!(told.text.contains("from List of Takeover") && told.text.contains("to Bidding"), "{told:?}");
    }

    /// Who belongs and doesn’t work with tasks is put on none: neither by name, nor in turn.
    async fn who_has_no_tasks_is_on_none(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(
            exec,
            &mut tx,
            "UPDATE memberships SET modules = 'calendar' WHERE org_id = $1 AND user_id = $2",
            office.id,
            bo.user
        )
        .expect("the calendar alone");
        tx.commit().await.expect("kept");
        let before = office.standing().await;
        assert_eq!(outcome(office.add_as(&ada.actor, "One", |body| body.responsible = Some(bo.user)).await), "404");
        assert_eq!(office.standing().await, before);
        let team = office.team("Desk", &[bo.user, ada.user]).await;
        claims::set_rounds(&site.platform, &office.owner(), "alpha", &[office.list].into()).await.expect("in turn");
        for title in ["Two", "Three"] {
            let task = office.add_as(&ada.actor, title, |body| body.team = Some(team)).await.expect("added");
            assert_eq!(office.get(task).await.responsible, Some(ada.user), "it is never Bo’s turn");
        }
    }

    /// What is thrown away can be taken out for 30 days, and is then gone with all that is known of it.
    async fn the_trash_is_emptied(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let (task, keeps) = (office.add_as(&ada.actor, "Order paper", |body| body.responsible = Some(ada.user)).await.expect("added"), office.task("Stay").await);
        let part = office.task_with("Pens, too", |body| body.parent = Some(task)).await;
        comments::add(&site.platform, &office.owner(), "alpha", &task.to_string(), "Blue ones", None).await.expect("said");
        office.trash_as(&ada.actor, task).await.expect("thrown away");
        let page = site.get_as(&ada.cookie, "/app/alpha/tasks/trash").await;
        assert!(page.text.contains("Order paper") && page.text.contains("with 1 subtask"), "{}", page.text);
        trash::empty(&site.platform).await.expect("looked");
        office.get(part).await;
        site.set_clock("2027-01-15T00:00:00Z");
        trash::empty(&site.platform).await.expect("emptied");
        let mut tx = office.opened(Access::Read).await;
        for gone in [task, part] {
            assert!(store::task(&mut tx, gone).await.expect("read").is_none());
        }
        assert!(store::task(&mut tx, keeps).await.expect("read").is_some());
        drop(tx);
        let cookie = site.log_in_as("ada-alpha@example.com").await;
        assert_eq!(site.get_as(&cookie, &format!("/app/alpha/tasks/t/{task}")).await.status, StatusCode::NOT_FOUND);
        trash::empty(&site.platform).await.expect("again");
    }

    /// Mentions and assignments are emailed soon if nobody looked; once a day comes what is before somebody; one press stops all of it.
    async fn emails_come_and_stop(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let task = office.add_as(&ada.actor, "Order paper", |body| {
            body.responsible = Some(bo.user);
            body.due_day = Some("2026-11-24".to_owned());
        }).await.expect("added");
        letters::write_notices(&site.platform).await.expect("looked");
        assert!(mailed(&site, "bo-alpha@example.com").await.is_empty(), "they may look before");
        let seen = office.add_as(&ada.actor, "Seen at once", |body| body.responsible = Some(bo.user)).await.expect("added");
        notices::seen(&site.platform, &bo.actor, "alpha", seen).await.expect("looked");
        let at = site.platform.clock.now().plus_seconds(600).to_string();
        site.set_clock(&at);
        letters::write_notices(&site.platform).await.expect("written");
        letters::write_notices(&site.platform).await.expect("again");
        let letters_now = mailed(&site, "bo-alpha@example.com").await;
        assert_eq!(letters_now.len(), 1, "{letters_now:?}");
        let letter = &letters_now[0].letter;
        assert_eq!(letter.subject, "T-1 is assigned to you", "neither who did it nor what is to be done");
        let said = letter.paragraphs.concat();
        assert!(said.contains("T-1 Order paper: Person ada-alpha assigned it to you.") && !said.contains("Seen at once"), "{said}");

        let wanted = json!({ "ways": { "assigned": "email" }, "daily": true, "hour": 7, "weekdays": "1111111" });
        let chosen = site.json(Method::PUT, Some(&bo.cookie), &office.api("inbox/settings"), &wanted).await;
        assert_eq!(chosen.status, StatusCode::NO_CONTENT, "{chosen:?}");
        // Tuesday, five past seven in Sydney.
        site.set_clock("2026-11-23T20:05:00Z");
        letters::write_daily(&site.platform).await.expect("written");
        letters::write_daily(&site.platform).await.expect("again");
        let daily = mailed(&site, "bo-alpha@example.com").await;
        let daily: Vec<_> = daily.iter().filter(|mailing| mailing.letter.subject.starts_with("Tue 24 Nov")).collect();
        assert_eq!(daily.len(), 1, "{daily:?}");
        assert!(daily[0].letter.paragraphs.concat().contains("T-1 Order paper"));
        let address = daily[0].unsubscribe.as_deref().and_then(|address| address.strip_prefix(ORIGIN)).expect("an address");
        assert!(daily[0].text().contains(address) && daily[0].html().contains(address), "it can be pressed in the email, too");
        assert_eq!(site.get(address).await.location(), "/app/alpha/tasks/inbox/settings");
        for _ in 0..2 {
            let request = Request::post(address).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let pressed = site.send_as_it_is(request.body(Body::from("List-Unsubscribe=One-Click")).expect("a request")).await;
            assert_eq!(pressed.status, StatusCode::NO_CONTENT);
        }
        let mut tx = office.opened(Access::Read).await;
        assert!(!letters::daily(&mut tx, bo.user).await.expect("read").on);
        assert!(notices::ways(&mut tx, bo.user).await.expect("read").iter().all(|(_, way)| *way != Way::Email));
        drop(tx);
        assert_eq!(site.get("/tasks/letters/nothing/stop").await.status, StatusCode::NOT_FOUND);
        comments::add(&site.platform, &ada.actor, "alpha", &task.to_string(), "@\"Person bo-alpha\"", None).await.expect("said");
        let before = mailed(&site, "bo-alpha@example.com").await.len();
        letters::write_notices(&site.platform).await.expect("looked");
        assert_eq!(mailed(&site, "bo-alpha@example.com").await.len(), before, "they stopped it");
        site.set_clock("2027-03-01T00:00:00Z");
        letters::forget(&site.platform).await.expect("forgotten");
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let (left,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_notices").expect("counted");
        assert_eq!(left, 0);
    }
}

/// What somebody hasn’t looked at, by kind.
async fn kinds(office: &Office<'_>, user: UserId) -> Vec<String> {
    let mut tx = office.opened(Access::Read).await;
    let until = tx.now().plus_seconds(1);
    let found = store_together::notices(&mut tx, user, true, until, 100).await.expect("notices");
    let mut kinds: Vec<String> = found.into_iter().map(|row| row.kind).collect();
    kinds.sort();
    kinds
}

async fn mailed(site: &Site, to: &str) -> Vec<app::mail::Mailing> {
    site.mailings().await.into_iter().filter(|mailing| mailing.letter.to == to).collect()
}
