//! What the tests of tasks stand on: a business with a space, a list and its statuses, people, and the shortest way to a task.

use app::{
    db::Access,
    error::Result,
    ids::{OrgId, UserId},
    modules::tasks::{
        acts,
        cards::{self, Card},
        ids::{ActId, LabelId, ListId, SectionId, SpaceId, StatusId, TaskId, TeamId},
        lists::{self, LabelBody, ListBody, SectionBody, SpaceBody, StatusBody, TeamBody},
        permissions, store,
        task::Task,
        tasks::{self, AddBody, Done, MoveBody, PatchBody},
    },
    org::{Actor, OrgRef, OrgTx, Role},
    platform_sql,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::support::{Answer, Site};

/// Monday, by the tests' clock.
pub const TODAY: &str = "2026-11-23";
pub static SYSTEM: Actor = Actor::System("a test");

/// A business, and what is in it: everybody's space, with one list that has the usual statuses.
pub struct Office<'s> {
    pub site: &'s Site,
    pub slug: &'static str,
    pub id: OrgId,
    pub owner: UserId,
    pub space: SpaceId,
    pub list: ListId,
    /// To do, doing and done.
    pub statuses: [StatusId; 3],
}

/// Somebody who belongs, and is logged in.
pub struct Member {
    pub user: UserId,
    pub actor: Actor,
    pub cookie: String,
}

impl<'s> Office<'s> {
    /// In Sydney.
    pub async fn alpha(site: &'s Site) -> Self {
        Self::of(site, "alpha", site.alpha).await
    }

    /// In Perth.
    pub async fn beta(site: &'s Site) -> Self {
        Self::of(site, "beta", site.beta).await
    }

    async fn of(site: &'s Site, slug: &'static str, id: OrgId) -> Self {
        let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let found = platform_sql!(
            one(UserId,),
            &mut tx,
            "SELECT user_id FROM memberships WHERE org_id = $1 AND role = 'owner'",
            id
        );
        let (owner,) = found.expect("an owner");
        tx.rollback().await.expect("read");
        let body =
            SpaceBody { name: "Everybody".to_owned(), team: None, seen_by: "everyone".to_owned(), version: None };
        let space = lists::add_space(&site.platform, &SYSTEM, slug, &body, None).await.expect("a space").0;
        let body = list_body(space, "First list");
        let list = lists::add_list(&site.platform, &SYSTEM, slug, &body, None).await.expect("a list").0;
        let mut office = Self { site, slug, id, owner, space, list, statuses: [StatusId(list.0); 3] };
        office.statuses = office.statuses_of(list).await.try_into().expect("three statuses");
        office
    }

    pub fn owner(&self) -> Actor {
        Actor::User(self.owner)
    }

    pub fn api(&self, path: &str) -> String {
        format!("/api/v1/orgs/{}/tasks/{path}", self.slug)
    }

    /// Somebody who belongs, called after the first part of their address.
    pub async fn member(&self, name: &str, role: Role) -> Member {
        let email = format!("{}-{}@example.com", name.to_lowercase().replace(' ', "-"), self.slug);
        let (user, cookie) = self.site.join(self.id, &email, role).await;
        Member { user, actor: Actor::User(user), cookie }
    }

    pub async fn space(&self, name: &str) -> SpaceId {
        let body = SpaceBody { name: name.to_owned(), team: None, seen_by: "everyone".to_owned(), version: None };
        lists::add_space(&self.site.platform, &SYSTEM, self.slug, &body, None).await.expect("a space").0
    }

    /// A space that these people and the admins see alone, with a list in it.
    pub async fn private(&self, name: &str, people: &[UserId]) -> (TeamId, SpaceId, ListId) {
        let team = self.team(&format!("Team {name}"), people).await;
        let body = SpaceBody { name: name.to_owned(), team: Some(team), seen_by: "team".to_owned(), version: None };
        let space = lists::add_space(&self.site.platform, &SYSTEM, self.slug, &body, None).await.expect("a space").0;
        (team, space, self.list_in(space, &format!("List of {name}")).await)
    }

    pub async fn team(&self, name: &str, people: &[UserId]) -> TeamId {
        let body =
            TeamBody { name: name.to_owned(), members: people.iter().copied().collect(), active: true, version: None };
        lists::add_team(&self.site.platform, &SYSTEM, self.slug, &body, None).await.expect("a team").0
    }

    pub async fn list_in(&self, space: SpaceId, name: &str) -> ListId {
        lists::add_list(&self.site.platform, &SYSTEM, self.slug, &list_body(space, name), None).await.expect("a list").0
    }

    pub async fn label(&self, name: &str) -> LabelId {
        let body = LabelBody { name: name.to_owned(), colour: 0, version: None };
        lists::add_label(&self.site.platform, &SYSTEM, self.slug, &body, None).await.expect("a label").0
    }

    pub async fn section(&self, list: ListId, name: &str) -> SectionId {
        let body = SectionBody { name: name.to_owned(), version: None };
        let made = lists::add_section(&self.site.platform, &SYSTEM, self.slug, &list.to_string(), &body).await;
        made.expect("a section").0
    }

    pub async fn status(&self, list: ListId, name: &str, kind: &str) -> StatusId {
        let body = StatusBody { name: name.to_owned(), kind: kind.to_owned(), most: None, version: None };
        let made = lists::add_status(&self.site.platform, &SYSTEM, self.slug, &list.to_string(), &body).await;
        made.expect("a status").0
    }

    /// The statuses of a list, in order.
    pub async fn statuses_of(&self, list: ListId) -> Vec<StatusId> {
        let mut tx = self.opened(Access::Read).await;
        store::statuses(&mut tx, list).await.expect("statuses").into_iter().map(|status| status.id).collect()
    }

    /// A task in the first list.
    pub async fn task(&self, title: &str) -> TaskId {
        self.task_with(title, |_| ()).await
    }

    /// A task, with more said about it.
    pub async fn task_with(&self, title: &str, more: impl FnOnce(&mut AddBody)) -> TaskId {
        self.add_as(&SYSTEM, title, more).await.expect("a task")
    }

    /// The same, as whoever it is.
    pub async fn add_as(&self, actor: &Actor, title: &str, more: impl FnOnce(&mut AddBody)) -> Result<TaskId> {
        let mut body = add_body(self.list, title);
        more(&mut body);
        tasks::add(&self.site.platform, actor, self.slug, &body, None).await.map(|(_, id)| id)
    }

    pub async fn patch_as(&self, actor: &Actor, task: TaskId, body: &PatchBody) -> Result<Done> {
        tasks::patch(&self.site.platform, actor, self.slug, &task.to_string(), body, None).await
    }

    pub async fn move_as(&self, actor: &Actor, task: TaskId, body: &MoveBody) -> Result<Done> {
        tasks::move_to(&self.site.platform, actor, self.slug, &task.to_string(), body, None).await
    }

    pub async fn complete_as(&self, actor: &Actor, task: TaskId, is_done: bool) -> Result<Done> {
        tasks::complete(&self.site.platform, actor, self.slug, &task.to_string(), is_done, None).await
    }

    pub async fn trash_as(&self, actor: &Actor, task: TaskId) -> Result<Done> {
        tasks::trash(&self.site.platform, actor, self.slug, &task.to_string(), None).await
    }

    pub async fn restore_as(&self, actor: &Actor, task: TaskId) -> Result<Done> {
        tasks::restore(&self.site.platform, actor, self.slug, &task.to_string(), None).await
    }

    pub async fn undo_as(&self, actor: &Actor, act: ActId) -> Result<Option<ActId>> {
        acts::undo(&self.site.platform, actor, self.slug, &act.to_string(), None).await.map(|(act, _)| act)
    }

    /// A task as it is kept.
    pub async fn get(&self, task: TaskId) -> Task {
        let mut tx = self.opened(Access::Read).await;
        app::modules::tasks::access::task(&mut tx, task).await.expect("the task")
    }

    /// A task as lists show it.
    pub async fn card(&self, task: TaskId) -> Card {
        let task = self.get(task).await;
        let mut tx = self.opened(Access::Read).await;
        cards::of(&mut tx, vec![task]).await.expect("a card").pop().expect("one")
    }

    /// The titles of a list in order, without what is in the trash: “One, Two”.
    pub async fn titles(&self, list: ListId) -> String {
        let mut tx = self.opened(Access::Read).await;
        let rows = store::page(&mut tx, list, None, "", 10_000).await.expect("its tasks");
        let ids: Vec<TaskId> = rows.iter().map(|row| row.id).collect();
        let all = app::modules::tasks::access::tasks(&mut tx, ids.iter().copied()).await.expect("opened");
        ids.iter().map(|id| all[id].title.as_str()).collect::<Vec<_>>().join(", ")
    }

    pub async fn opened(&self, access: Access) -> OrgTx {
        let org = OrgRef::Slug(self.slug);
        OrgTx::open(&self.site.platform, &SYSTEM, org, &permissions::SET_UP, access).await.expect("the business")
    }

    /// How many tasks and changes of them there are, and how many things have happened here: what nothing may change that is refused.
    pub async fn standing(&self) -> (i64, i64, i64) {
        let mut tx = self.site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
        let tasks = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_tasks WHERE org_id = $1", self.id);
        let changes =
            platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_changes WHERE org_id = $1", self.id);
        let events = platform_sql!(one(i64,), &mut tx, "SELECT sequence FROM organisations WHERE id = $1", self.id);
        (tasks.expect("tasks").0, changes.expect("changes").0, events.expect("the business").0)
    }

    /// A token of a program with these scopes.
    pub async fn token(&self, scopes: &[&str]) -> String {
        let (owner, path) = (self.site.log_in(self.slug).await, format!("/api/v1/orgs/{}/tokens", self.slug));
        let wanted = json!({ "name": "A program", "scopes": scopes });
        let made = self.site.json(Method::POST, Some(&owner), &path, &wanted).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        made.json()["secret"].as_str().expect("a secret").to_owned()
    }

    /// Sends JSON to the API as a page of ours would.
    pub async fn send(&self, cookie: Option<&str>, method: Method, path: &str, body: &Value) -> Answer {
        self.site.json(method, cookie, &self.api(path), body).await
    }

    /// Posts to the API with an Idempotency-Key.
    pub async fn post(&self, cookie: Option<&str>, path: &str, key: &str, body: &Value) -> Answer {
        self.keyed(cookie, Method::POST, path, key, body).await
    }

    /// Sends JSON to the API with an Idempotency-Key.
    pub async fn keyed(&self, cookie: Option<&str>, method: Method, path: &str, key: &str, body: &Value) -> Answer {
        let mut request = Request::builder().method(method).uri(self.api(path)).header("sec-fetch-site", "same-origin");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.header(header::CONTENT_TYPE, "application/json").header("idempotency-key", key);
        self.site.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }
}

/// A new task of which nothing is said but what is to be done.
pub fn add_body(list: ListId, title: &str) -> AddBody {
    serde_json::from_value(json!({ "list": list, "title": title })).expect("a body")
}

pub fn list_body(space: SpaceId, name: &str) -> ListBody {
    ListBody { space, name: name.to_owned(), about: String::new(), statuses: Vec::new(), version: None }
}

/// It goes right after that one; `None`: it comes first.
pub fn after(neighbour: Option<TaskId>) -> MoveBody {
    MoveBody { after: Some(neighbour), ..MoveBody::default() }
}
