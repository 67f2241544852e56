//! What is one’s own to do, across all lists; adding by a line of words; and handing over.

use app::{
    db::Access,
    modules::tasks::{
        handover::{self, To},
        mine, store_together,
        task::Completes,
    },
    org::Role,
    platform_sql,
};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{on_both, support::outcome, tasks_support::Office};

on_both! {
    /// Each task is in the part that its day says, and nobody else’s is there; completed by its button it is under what was done today.
    async fn each_part_has_its_tasks(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let team = office.team("Desk", &[ada.user]).await;
        let due = |day: &str| Some(day.to_owned());
        for (title, day) in [("Late", due("2026-11-20")), ("Now", due("2026-11-23")), ("Soon", due("2026-11-30")), ("Far", due("2027-02-01")), ("Some day", None)] {
            office.task_with(title, |body| {
                body.due_day = day;
                body.responsible = Some(ada.user);
            }).await;
        }
        office.task_with("Helps", |body| {
            body.due_day = due("2026-11-23");
            body.due_time = due("23:00");
            body.people = vec![ada.user];
        }).await;
        office.task_with("Queue", |body| body.team = Some(team)).await;
        office.add_as(&ada.actor, "Asked of Bo", |body| body.responsible = Some(bo.user)).await.expect("added");
        office.task_with("Only Bo’s", |body| body.responsible = Some(bo.user)).await;
        let parts = async || {
            let found = office.send(Some(&ada.cookie), Method::GET, "mine", &json!({})).await.json();
            let title = |card: &Value| card["title"].as_str().expect("a title").to_owned();
            let of = |part: &Value| {
                let cards = part["cards"].as_array().expect("cards").iter().map(title).collect::<Vec<_>>().join(", ");
                format!("{}: {cards}", part["part"].as_str().expect("a part"))
            };
            found.as_array().expect("parts").iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(parts().await, ["overdue: Late", "today: Helps, Now", "week: Soon", "later: Far", "undated: Some day", "queues: Queue", "waiting: Asked of Bo"]);
        let page = site.get_as(&ada.cookie, "/app/alpha/tasks").await;
        assert!(page.status == StatusCode::OK && page.text.contains("Claim") && !page.text.contains("Only Bo"), "{}", page.text);
        let mut tx = office.opened(Access::Read).await;
        let (id, title) = {
            let found = mine::of(&mut tx, ada.user, None).await.expect("mine");
            let card = found.parts[0].1[0].clone();
            (card.id, card.title)
        };
        assert_eq!(title, "Late");
        drop(tx);
        let id = id.to_string();
        let fields = [("org", "alpha"), ("done", id.as_str()), ("back", "/app/alpha/tasks")];
        let done = site.form(Some(&ada.cookie), "/fn/tasks/tick", "/app/alpha/tasks", &fields).await;
        assert!(done.status == StatusCode::FOUND && done.location().starts_with("/app/alpha/tasks?did=completed&act="), "{done:?}");
        assert_eq!(parts().await.last().map(String::as_str), Some("done: Late"));
        let token = office.token(&["tasks.view"]).await;
        assert_eq!(site.bearer(&token, &office.api("mine")).await.status, StatusCode::NOT_FOUND);
    }

    /// A task in a space that isn’t one’s own any more isn’t shown, and neither is one of a list that was put away.
    async fn what_isnt_seen_isnt_mine(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let (team, _, list) = office.private("Back room", &[ada.user]).await;
        office.task_with("Count the till", |body| {
            body.list = list;
            body.responsible = Some(ada.user);
        }).await;
        let shown = async || office.send(Some(&ada.cookie), Method::GET, "mine", &json!({})).await.text.contains("Count the till");
        assert!(shown().await);
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "DELETE FROM tasks_team_members WHERE org_id = $1 AND team_id = $2", office.id, team).expect("they leave the team");
        tx.commit().await.expect("kept");
        assert!(!shown().await);
    }

    /// What is typed goes to the chosen list, and that is one’s own from then on. Sent twice it comes in once. What is understood of it shows while one types.
    async fn a_line_goes_to_ones_own_list(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let list = office.list.to_string();
        let page = site.get_as(&ada.cookie, "/app/alpha/tasks").await.text;
        assert!(page.contains("data-understands=\"/api/v1/orgs/alpha/tasks\""), "{page}");
        let script = page.split('"').find(|part| part.ends_with("/mine.js")).expect("its script");
        assert_eq!(site.get(script).await.status, StatusCode::OK);
        let nowhere = site.form(Some(&ada.cookie), "/fn/tasks/add-mine", "/app/alpha/tasks", &[("org", "alpha"), ("key", "a-line-of-ada"), ("quick", "Call")]).await;
        assert_eq!(nowhere.status, StatusCode::UNPROCESSABLE_ENTITY, "{nowhere:?}");
        let fields = [("org", "alpha"), ("key", "a-line-of-ada"), ("quick", "Call the supplier fri 3pm !high"), ("list", list.as_str())];
        for _ in 0..2 {
            let added = site.form(Some(&ada.cookie), "/fn/tasks/add-mine", "/app/alpha/tasks", &fields).await;
            assert_eq!(added.status, StatusCode::FOUND, "{added:?}");
        }
        assert_eq!(office.titles(office.list).await, "Call the supplier");
        let mut tx = office.opened(Access::Read).await;
        let own = store_together::own(&mut tx, ada.user).await.expect("read").and_then(|own| own.list_id);
        assert_eq!(own, Some(office.list));
        let mine = mine::of(&mut tx, ada.user, None).await.expect("mine");
        assert_eq!(mine.parts[0].1[0].responsible, Some(ada.user), "what one notes down is one’s own");
        drop(tx);
        let beta = Office::beta(&site).await;
        let theirs = beta.list.to_string();
        let fields = [("org", "alpha"), ("key", "a-line-elsewhere"), ("quick", "Call"), ("list", theirs.as_str())];
        let refused = site.form(Some(&ada.cookie), "/fn/tasks/add-mine", "/app/alpha/tasks", &fields).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{refused:?}");
    }

    /// Where lists of several spaces are called the same, whoever names one of them hears which there are; of one that they can’t see they hear nothing.
    async fn lists_that_are_called_the_same_are_told_apart(site: Site) {
        let office = Office::alpha(&site).await;
        let ada = office.member("Ada", Role::Member).await;
        let (clinic, home) = (office.space("Clinic").await, office.space("Home").await);
        office.list_in(clinic, "Stocktake").await;
        let (_, hidden, _) = office.private("Takeover", &[]).await;
        office.list_in(hidden, "Stocktake").await;
        let line = json!({ "list": office.list, "quick": "Count gloves +\"Stocktake\"" });
        let added = office.post(Some(&ada.cookie), "tasks", "a-line-of-hers", &line).await;
        assert!(added.status.is_success(), "there is one that she sees: {added:?}");
        office.list_in(home, "Stocktake").await;
        let refused = office.post(Some(&ada.cookie), "tasks", "another-line-of-hers", &line).await;
        assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["quick".to_owned()]), "{refused:?}");
        let told = "could be Stocktake in Clinic or Stocktake in Home. Add it in the list itself.";
        assert!(refused.text.contains(told), "{}", refused.text);
        assert!(!refused.text.contains("Takeover"), "{}", refused.text);
    }

    /// Who organises hands over what they see: of a space that is for a team alone they hear nothing, not even how much there is.
    async fn what_is_hidden_is_not_counted(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, boss) = (office.member("Ada", Role::Member).await, office.member("Cy", Role::Manager).await);
        let (_, _, hidden) = office.private("Takeover", &[ada.user]).await;
        office.task_with("One", |body| body.responsible = Some(ada.user)).await;
        office.task_with("Two", |body| {
            body.list = hidden;
            body.responsible = Some(ada.user);
        }).await;
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2", office.id, ada.user).expect("they leave");
        tx.commit().await.expect("kept");
        let holders = async |actor| {
            let page = handover::page(&site.platform, actor, "alpha").await.expect("the page");
            page.holders.iter().map(|one| (one.user, one.open)).collect::<Vec<_>>()
        };
        let owner = office.owner();
        assert_eq!((holders(&boss.actor).await, holders(&owner).await), (vec![(ada.user, 1)], vec![(ada.user, 2)]));
        let hand = async || handover::hand_over(&site.platform, &boss.actor, "alpha", ada.user, To::Nobody).await;
        assert_eq!(hand().await.expect("handed over").count, 1);
        assert_eq!((holders(&boss.actor).await, holders(&owner).await), (vec![], vec![(ada.user, 1)]));
        assert_eq!(outcome(hand().await), "404");
        let page = async |actor| mine::page(&site.platform, actor, "alpha", None).await.expect("the page").left_behind;
        assert_eq!((page(&boss.actor).await, page(&owner).await), (false, true));
    }

    /// A task that everyone on it completes counts once of who is responsible for it, too: as many are handed over as were said to be open.
    async fn nobody_s_task_counts_twice(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo, boss) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await, office.member("Cy", Role::Manager).await);
        let both = office.task_with("Read the policy", |body| {
            body.responsible = Some(ada.user);
            (body.people, body.completes) = (vec![ada.user, bo.user], Some(Completes::Everyone));
        }).await;
        office.task_with("Sign the policy", |body| {
            (body.people, body.completes) = (vec![ada.user, bo.user], Some(Completes::Everyone));
        }).await;
        assert!(office.get(both).await.people.iter().any(|one| one.user == ada.user), "she is on it as well");
        let open = async || {
            let page = handover::page(&site.platform, &boss.actor, "alpha").await.expect("the page");
            let of = |user| page.holders.iter().find(|one| one.user == user).map(|one| one.open);
            (of(ada.user), of(bo.user))
        };
        assert_eq!(open().await, (Some(2), Some(2)));
        let handed = handover::hand_over(&site.platform, &boss.actor, "alpha", ada.user, To::Person(boss.user)).await.expect("handed over");
        assert_eq!((handed.count, open().await), (2, (None, Some(2))));
    }

    /// All that is open of somebody who has left goes to somebody else in one act, and comes back by undoing it.
    async fn what_is_open_is_handed_over(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo, boss) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await, office.member("Cy", Role::Manager).await);
        let first = office.task_with("One", |body| body.responsible = Some(ada.user)).await;
        let second = office.task_with("Two", |body| {
            body.responsible = Some(bo.user);
            body.people = vec![ada.user];
        }).await;
        let done = office.task_with("Done", |body| body.responsible = Some(ada.user)).await;
        office.complete_as(&ada.actor, done, true).await.expect("done");
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2", office.id, ada.user).expect("they leave");
        tx.commit().await.expect("kept");
        let page = site.get_as(&boss.cookie, "/app/alpha/tasks/handover").await;
        assert!(page.text.contains("A former member (") && page.text.contains("): 2 open"), "{}", page.text);
        let hand = async |actor, to| handover::hand_over(&site.platform, actor, "alpha", ada.user, to).await;
        assert_eq!(outcome(hand(&bo.actor, To::Person(bo.user)).await), "403");
        assert_eq!(outcome(hand(&boss.actor, To::Person(ada.user)).await), "422 to");
        let beta = Office::beta(&site).await;
        assert_eq!(outcome(hand(&boss.actor, To::Person(beta.owner)).await), "404");
        let theirs = beta.team("Theirs", &[]).await;
        assert_eq!(outcome(hand(&boss.actor, To::Team(theirs)).await), "404");
        let handed = hand(&boss.actor, To::Person(bo.user)).await.expect("handed over");
        assert_eq!((handed.count, handed.more), (2, false));
        assert_eq!(office.get(first).await.responsible, Some(bo.user));
        assert!(office.get(second).await.people.is_empty(), "it is theirs already");
        assert_eq!(office.get(done).await.responsible, Some(ada.user), "what is done stays");
        office.undo_as(&boss.actor, handed.act.expect("an act")).await.expect("undone");
        assert_eq!(office.get(first).await.responsible, Some(ada.user));
        let nobody = hand(&boss.actor, To::Nobody).await.expect("handed over");
        assert_eq!((nobody.count, office.get(first).await.responsible), (2, None));
        assert_eq!(outcome(handover::hand_over(&site.platform, &boss.actor, "alpha", beta.owner, To::Nobody).await), "404");
    }
}
