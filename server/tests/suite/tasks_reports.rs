//! Figures of tasks: they are what a count by hand comes to, of what whoever asks sees, and of persons only for whom they are.

use app::{
    modules::tasks::{
        ids::{ListId, TaskId},
        reports::{self, Asked, Report},
        tasks::PatchBody,
        workload::{self, Workload},
    },
    org::{Actor, Role},
};
use axum::http::{Method, StatusCode, header};
use jiff::{Span, civil::Date};
use serde_json::json;

use crate::{
    on_both,
    support::{NOW, Site, outcome},
    tasks_support::{Office, SYSTEM, TODAY},
};

on_both! {
    /// What was added, begun, completed and thrown away over ten weeks, told by reports as a count by hand has it.
    async fn figures_are_what_a_count_by_hand_comes_to(site: Site) {
        let office = Office::alpha(&site).await;
        let second = office.list_in(office.space, "Second list").await;
        let today = day_of(TODAY);
        let mut lives: Vec<Life> = Vec::new();
        let mut dice = 7_usize;
        for back in (0..70).rev() {
            dice = (dice * 31 + 11) % 997;
            let list = if dice.is_multiple_of(3) { second } else { office.list };
            at(&site, back);
            let id = office.task_with(&format!("Task {back}"), |body| {
                body.list = list;
                body.due_day = (dice.is_multiple_of(2)).then(|| plus(today, i64::try_from(dice % 40).expect("small") - 20).to_string());
            }).await;
            let (began, took) = (back - i64::try_from(dice % 4).expect("small"), i64::try_from(dice % 9).expect("small"));
            let started = (began >= 0 && dice % 5 > 1).then_some(began);
            let completed = (back - took >= 0 && !dice.is_multiple_of(5) && !dice.is_multiple_of(3)).then_some(back - took);
            // After all else.
            let latest = [Some(back / 2), started, completed].into_iter().flatten().min();
            let life = Life { id, list, created: back, started, completed, trashed: latest.filter(|_| dice.is_multiple_of(11)) };
            lives.push(life);
        }
        // What happens, in the order in which it happens.
        for back in (0..70).rev() {
            at(&site, back);
            for life in &lives {
                if life.started == Some(back) && life.completed.is_none_or(|completed| completed < back) {
                    let status = office.statuses_of(life.list).await[1];
                    office.patch_as(&SYSTEM, life.id, &PatchBody { status: Some(status), ..PatchBody::default() }).await.expect("begun");
                }
                if life.completed == Some(back) {
                    office.complete_as(&SYSTEM, life.id, true).await.expect("completed");
                }
                if life.trashed == Some(back) {
                    office.trash_as(&SYSTEM, life.id).await.expect("thrown away");
                }
            }
        }
        site.set_clock(NOW);
        let (from, until) = (plus(today, -56), plus(today, 1));
        let days = |life: &Life| (plus(today, -life.created), life.completed.map(|back| plus(today, -back)));
        for list in [None, Some(office.list), Some(second)] {
            let within: Vec<&Life> = lives.iter().filter(|life| list.is_none_or(|list| list == life.list)).collect();
            let kept: Vec<&&Life> = within.iter().filter(|life| life.trashed.is_none()).collect();
            let asked = Asked {
                from: from.to_string(),
                to: today.to_string(),
                list: list.map(|list| list.to_string()).unwrap_or_default(),
                ..Asked::default()
            };
            let told = read(&office, &office.owner(), &asked).await;
            assert_eq!((told.from, told.until), (from, until));
            let in_time = |day: Date| from <= day && day < until;
            let added: i64 = told.weeks.iter().map(|week| week.created).sum();
            let completed: i64 = told.weeks.iter().map(|week| week.completed).sum();
            let count = |of: usize| i64::try_from(of).expect("small");
            assert_eq!(added, count(kept.iter().filter(|life| in_time(days(life).0)).count()), "{list:?}");
            let done: Vec<i64> = {
                let mut done: Vec<i64> = kept.iter().filter(|life| days(life).1.is_some_and(in_time)).map(|life| life.created - life.completed.expect("completed")).collect();
                done.sort_unstable();
                done
            };
            assert_eq!((completed, told.times.completed, told.times.lead.count), (count(done.len()), count(done.len()), count(done.len())), "{list:?}");
            assert_eq!(told.times.lead.median, (done.len() * 50).div_ceil(100).checked_sub(1).and_then(|at| done.get(at)).copied(), "{list:?}");
            assert_eq!(told.times.lead.buckets.iter().map(|bucket| bucket.count).sum::<i64>(), count(done.len()));
            let open: i64 = told.lists.iter().map(|line| line.open).sum();
            assert_eq!(open, count(kept.iter().filter(|life| life.completed.is_none()).count()), "{list:?}");

            let flow = told.flow.expect("few have moved");
            assert_eq!((flow.len(), flow.first().map(|at| at.day), flow.last().map(|at| at.day)), (57, Some(from), Some(today)));
            for at in &flow {
                let back = (today.duration_since(at.day)).as_hours() / 24;
                let there = |life: &&&Life| life.created >= back && life.trashed.is_none_or(|trashed| trashed < back);
                let is_done = |life: &Life| life.completed.is_some_and(|completed| completed >= back);
                let is_begun = |life: &Life| life.started.is_some_and(|started| started >= back && life.completed.is_none_or(|completed| completed < started));
                let of = |is_it: &dyn Fn(&Life) -> bool| count(within.iter().filter(there).filter(|life| is_it(life)).count());
                let wanted = (
                    of(&|life| !is_done(life) && !is_begun(life)),
                    of(&|life| !is_done(life) && is_begun(life)),
                    of(&|life| is_done(life)),
                );
                assert_eq!((at.open, at.started, at.done), wanted, "{} in {list:?}", at.day);
            }
        }
    }

    /// What is overdue is told by list, person and team, of the lists that whoever asks sees; of persons only their own, but for who organises.
    async fn figures_are_for_whom_they_are(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let boss = office.member("Cy", Role::Manager).await;
        let (team, _, secret) = office.private("Payroll", &[ada.user]).await;
        for (title, list, responsible, due) in [
            ("Late, Ada’s", office.list, Some(ada.user), Some("2026-11-20")),
            ("Late, Bo’s", office.list, Some(bo.user), Some("2026-11-22")),
            ("Due today", office.list, Some(bo.user), Some(TODAY)),
            ("Secret and late", secret, Some(ada.user), Some("2026-11-01")),
            ("Nobody’s", office.list, None, None),
        ] {
            office.task_with(title, |body| {
                body.list = list;
                body.responsible = responsible;
                body.due_day = due.map(str::to_owned);
            }).await;
        }
        office.task_with("In the queue", |body| body.team = Some(team)).await;
        let lines = async |actor: &Actor| {
            let report = read(&office, actor, &Asked::default()).await;
            let of = |lines: Vec<reports::Late>| -> Vec<String> { lines.into_iter().map(|line| format!("{} {}/{} {}", line.name, line.overdue, line.open, line.latest)).collect() };
            (of(report.lists), of(report.people), of(report.teams))
        };
        let (lists, people, teams) = lines(&ada.actor).await;
        assert_eq!(lists, ["First list 2/5 3", "List of Payroll 1/1 22"]);
        assert_eq!(people, ["Person ada-alpha 2/2 22", "Unassigned 0/2 0"]);
        assert_eq!(teams, ["Team Payroll 0/1 0"]);
        let (lists, people, _) = lines(&bo.actor).await;
        assert_eq!((lists, people), (vec!["First list 2/5 3".to_owned()], vec!["Person bo-alpha 1/2 1".to_owned(), "Unassigned 0/2 0".to_owned()]));
        let (lists, people, _) = lines(&boss.actor).await;
        assert_eq!(lists, ["First list 2/5 3"], "who organises sees no space that isn’t theirs");
        assert_eq!(people, ["Person ada-alpha 1/1 3", "Person bo-alpha 1/2 1", "Unassigned 0/2 0"]);

        let asked = |field: &str, id: String| {
            let mut asked = Asked::default();
            match field {
                "person" => asked.person = id,
                "list" => asked.list = id,
                "team" => asked.team = id,
                _ => asked.space = id,
            }
            asked
        };
        let theirs = other.list_in(other.space, "Theirs").await;
        for (actor, field, id, wanted) in [
            (&bo.actor, "person", bo.user.to_string(), "done"),
            (&bo.actor, "person", ada.user.to_string(), "404"),
            (&boss.actor, "person", ada.user.to_string(), "done"),
            (&boss.actor, "person", other.owner.to_string(), "404"),
            (&bo.actor, "list", secret.to_string(), "404"),
            (&ada.actor, "list", secret.to_string(), "done"),
            (&ada.actor, "list", theirs.to_string(), "404"),
            (&ada.actor, "space", other.space.to_string(), "404"),
            (&ada.actor, "team", "nothing".to_owned(), "404"),
            (&other.owner(), "list", office.list.to_string(), "404"),
            (&Actor::Anonymous, "list", office.list.to_string(), "401"),
        ] {
            let said = reports::read(&site.platform, actor, office.slug, &asked(field, id.clone())).await;
            assert_eq!(outcome(said), wanted, "{actor:?} {field} {id}");
        }
        for (period, from, to, wanted) in [
            ("decade", "", "", "422 period"),
            ("custom", "", "2026-11-23", "422 from"),
            ("custom", "2026-11-23", "2026-11-01", "422 to"),
            ("custom", "2020-01-01", "2026-11-01", "422 to"),
            ("", "2026-11-01", "2026-11-23", "done"),
            ("financial-year", "", "", "done"),
            ("26w", "", "", "done"),
        ] {
            let asked = Asked { period: period.to_owned(), from: from.to_owned(), to: to.to_owned(), ..Asked::default() };
            assert_eq!(outcome(reports::read(&site.platform, &bo.actor, office.slug, &asked).await), wanted, "{period} {from} {to}");
        }
        let year = Asked { period: "financial-year".to_owned(), ..Asked::default() };
        assert_eq!(read(&office, &bo.actor, &year).await.from, day_of("2026-07-01"));

        // The page, the file and the API say the same.
        let page = site.get_as(&bo.cookie, "/app/alpha/tasks/reports").await;
        assert!(page.status == StatusCode::OK && page.text.contains("data-line=\"First list\"") && page.text.contains("role=\"img\""), "{}", page.text);
        assert!(!page.text.contains("List of Payroll") && !page.text.contains("Person ada-alpha"), "{}", page.text);
        let wrong = site.get_as(&bo.cookie, "/app/alpha/tasks/reports?from=2026-11-23&to=2026-11-01").await;
        assert!(wrong.status == StatusCode::OK && wrong.text.contains("That is before the first day."), "{}", wrong.text);
        let file = site.get_as(&bo.cookie, "/app/alpha/tasks/reports.csv?table=lists").await;
        assert_eq!(file.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
        assert_eq!(file.text, "List,Open,Overdue,Longest overdue by days\nFirst list,5,2,3\n");
        for table in reports::TABLES {
            assert_eq!(site.get_as(&bo.cookie, &format!("/app/alpha/tasks/reports.csv?table={table}")).await.status, StatusCode::OK, "{table}");
        }
        assert_eq!(site.get_as(&bo.cookie, "/app/alpha/tasks/reports.csv?table=all").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(site.get("/app/alpha/tasks/reports.csv").await.status, StatusCode::UNAUTHORIZED);
        let api = site.get_as(&bo.cookie, &office.api("reports")).await.json();
        assert_eq!((&api["lists"][0]["overdue"], &api["people"][0]["name"]), (&json!(2), &json!("Person bo-alpha")), "{api}");
    }

    /// Every minute of the workload is somewhere, once; what people can do is said by who organises, and takes closed days into account.
    async fn the_workload_adds_up(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let boss = office.member("Cy", Role::Manager).await;
        let today = day_of(TODAY);
        let mut minutes = 0;
        for (nth, days) in [-9_i64, 0, 3, 8, 20, 39, 80].into_iter().enumerate() {
            let estimate = 60 * (i64::try_from(nth).expect("small") + 1);
            minutes += estimate;
            office.task_with("Work", |body| {
                body.responsible = Some(ada.user);
                body.estimate = Some(estimate);
                body.start_day = (nth % 2 == 1).then(|| today.to_string()).filter(|_| days >= 0);
                body.due_day = Some(plus(today, days).to_string());
            }).await;
        }
        office.task_with("Undated", |body| body.responsible = Some(ada.user)).await;
        office.task("Nobody’s").await;
        let read = async |actor: &Actor| -> Workload { workload::read(&site.platform, actor, office.slug, &workload::Asked::default()).await.expect("a workload") };
        let load = read(&boss.actor).await;
        assert_eq!(load.mondays.len(), workload::WEEKS);
        let of_ada = load.people.iter().find(|one| one.user == Some(ada.user)).expect("Ada");
        let amounts = || [of_ada.late, of_ada.later, of_ada.undated].into_iter().chain(of_ada.weeks.iter().map(|week| week.amount));
        assert_eq!(amounts().map(|amount| amount.minutes).sum::<i64>(), minutes);
        assert_eq!(amounts().map(|amount| amount.tasks).sum::<i64>(), 8);
        assert_eq!((of_ada.late.tasks, of_ada.undated.tasks, of_ada.undated.unestimated), (1, 1, 1));
        assert_eq!(of_ada.weeks[0].capacity, workload::USUAL, "a whole week without a holiday");
        let nobody = load.people.last().expect("nobody’s");
        assert_eq!((nobody.user, nobody.undated.tasks, nobody.weeks[0].capacity), (None, 1, 0));

        // Members see their own, and what is nobody’s.
        let who = |load: &Workload| -> Vec<_> { load.people.iter().map(|one| one.user).collect() };
        assert_eq!(who(&read(&bo.actor).await), [Some(bo.user), None]);
        assert_eq!(outcome(workload::read(&site.platform, &other.owner(), office.slug, &workload::Asked::default()).await), "404");

        let set = async |actor: &Actor, person: &str, hours: &str| workload::set_capacity(&site.platform, actor, office.slug, person, hours).await;
        let (of_ada, of_other) = (ada.user.to_string(), other.owner.to_string());
        for (actor, person, hours, wanted) in [
            (&ada.actor, of_ada.as_str(), "20", "403"),
            (&other.owner(), of_ada.as_str(), "20", "404"),
            (&boss.actor, of_other.as_str(), "20", "404"),
            (&boss.actor, "nobody", "20", "404"),
            (&boss.actor, of_ada.as_str(), "a lot", "422 hours"),
            (&boss.actor, of_ada.as_str(), "169", "422 hours"),
            (&boss.actor, of_ada.as_str(), "20", "done"),
            (&boss.actor, "", "40", "done"),
        ] {
            assert_eq!(outcome(set(actor, person, hours).await), wanted, "{actor:?} {person} {hours}");
        }
        let capacity = |load: &Workload, user| load.people.iter().find(|one| one.user == Some(user)).map(|one| (one.weeks[0].capacity, one.own));
        let load = read(&boss.actor).await;
        assert_eq!((capacity(&load, ada.user), capacity(&load, bo.user)), (Some((1_200, true)), Some((2_400, false))));
        set(&boss.actor, &of_ada, "").await.expect("as everybody");
        assert_eq!(capacity(&read(&boss.actor).await, ada.user), Some((2_400, false)));

        let page = site.get_as(&boss.cookie, "/app/alpha/tasks/workload").await;
        assert!(page.status == StatusCode::OK && page.text.contains("Person ada-alpha") && page.text.contains("Hours a week"), "{}", page.text);
        let own = site.get_as(&bo.cookie, "/app/alpha/tasks/workload").await;
        assert!(own.status == StatusCode::OK && !own.text.contains("Person ada-alpha") && !own.text.contains("Hours a week"), "{}", own.text);
        let api = office.send(Some(&boss.cookie), Method::PUT, "workload", &json!({ "person": ada.user, "hours": "19" })).await;
        assert_eq!(api.status, StatusCode::NO_CONTENT, "{api:?}");
        let api = site.get_as(&boss.cookie, &office.api("workload")).await.json();
        assert_eq!(api["people"].as_array().map(Vec::len), Some(load.people.len()), "{api}");
    }
}

/// A task’s life, in days before today.
struct Life {
    id: TaskId,
    list: ListId,
    created: i64,
    started: Option<i64>,
    completed: Option<i64>,
    trashed: Option<i64>,
}

async fn read(office: &Office<'_>, actor: &Actor, asked: &Asked) -> Report {
    reports::read(&office.site.platform, actor, office.slug, asked).await.expect("a report")
}

/// So many days before the tests’ now.
fn at(site: &Site, back: i64) {
    site.set_clock(NOW);
    site.advance(-back * 24 * 60 * 60);
}

fn day_of(text: &str) -> Date {
    text.parse().expect("a day")
}

fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().days(days))
}
