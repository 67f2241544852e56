//! Finding tasks: every word where it is and for nobody who doesn't see it, filters against a count by hand, what is kept of them, and an index that tells
//! nothing by itself.

use std::collections::BTreeSet;

use app::{
    db::Access,
    modules::tasks::{
        comments,
        filter::Query,
        filters::{self, By, FilterBody},
        ids::{LabelId, ListId, TaskId},
        lists::{self, To},
        matching::{self, Book},
        search,
        tasks::{AddBody, PatchBody},
    },
    org::{Actor, Role},
    platform_sql,
};
use axum::http::{Method, StatusCode};
use jiff::{Span, civil::Date};
use serde_json::json;

use crate::{
    on_both,
    support::outcome,
    tasks_support::{Office, SYSTEM, TODAY},
};

on_both! {
    /// Words of titles, notes and comments are found, whole or by their beginning, and so is a number; once they are gone from there they aren’t any more.
    async fn words_are_found_as_long_as_they_are_there(site: Site) {
        let office = Office::alpha(&site).await;
        let owner = office.owner();
        let seal = office.task_with("Order a fridge seal", |body| "The Café rang. **Cold room** two.".clone_into(&mut body.notes)).await;
        let paint = office.task("Paint the clinic door").await;
        let said = comments::add(&site.platform, &owner, office.slug, &paint.to_string(), "Only the eucalyptus colour", None).await.expect("said");
        for (typed, wanted) in [
            ("fridge", &[seal][..]),
            ("FRIDGE cafe", &[seal]),
            ("fridge door", &[]),
            ("\"cold room\"", &[seal]),
            ("\"room cold\"", &[]),
            ("clin*", &[paint]),
            ("cl*", &[paint]),
            ("eucalyptus", &[paint]),
            ("eucalyptus paint", &[paint]),
            ("-eucalyptus", &[seal]),
            ("fridge or eucalyptus", &[seal, paint]),
            ("T-1", &[seal]),
            ("t-2 -fridge", &[paint]),
            ("colouring", &[]),
        ] {
            assert_eq!(found(&office, &owner, typed).await, wanted.iter().copied().collect(), "{typed}");
        }
        let hits = search::find(&site.platform, &owner, office.slug, "eucalyptus", 1).await.expect("found").hits;
        assert!(hits[0].said && hits[0].snippet.contains(&("eucalyptus".to_owned(), true)), "{hits:?}");
        let hits = search::find(&site.platform, &owner, office.slug, "paint", 1).await.expect("found").hits;
        assert!(!hits[0].said && hits[0].title.contains(&("Paint".to_owned(), true)), "{hits:?}");

        let version = Some(office.get(seal).await.version);
        let change = PatchBody { version, title: Some("Order a gasket".to_owned()), notes: Some(String::new()), ..PatchBody::default() };
        let act = office.patch_as(&owner, seal, &change).await.expect("changed").act.expect("an act");
        for (typed, wanted) in [("fridge", &[][..]), ("cafe", &[]), ("gasket", &[seal])] {
            assert_eq!(found(&office, &owner, typed).await, wanted.iter().copied().collect(), "{typed}");
        }
        office.undo_as(&owner, act).await.expect("undone");
        assert_eq!(found(&office, &owner, "cafe").await, BTreeSet::from([seal]));
        assert_eq!(found(&office, &owner, "gasket").await, BTreeSet::new());

        comments::edit(&site.platform, &owner, office.slug, &said.id.to_string(), "Only the ironbark colour", 1).await.expect("changed");
        assert_eq!(found(&office, &owner, "eucalyptus").await, BTreeSet::new());
        assert_eq!(found(&office, &owner, "ironbark").await, BTreeSet::from([paint]));
        comments::delete(&site.platform, &owner, office.slug, &said.id.to_string()).await.expect("deleted");
        assert_eq!(found(&office, &owner, "ironbark").await, BTreeSet::new());

        office.trash_as(&owner, paint).await.expect("thrown away");
        assert_eq!(found(&office, &owner, "clinic").await, BTreeSet::new());
        office.restore_as(&owner, paint).await.expect("restored");
        assert_eq!(found(&office, &owner, "clinic").await, BTreeSet::from([paint]));
    }

    /// What somebody doesn’t see isn’t found by them: not in a space of others, nor in another business, by words, by filters, by the box or by its number.
    async fn nobody_finds_what_they_do_not_see(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let (_, _, secret) = office.private("Payroll", &[ada.user]).await;
        let hidden = office.task_with("Zebra crossing", |body| body.list = secret).await;
        comments::add(&site.platform, &ada.actor, office.slug, &hidden.to_string(), "quagga", None).await.expect("said");
        let theirs = other.task("Zebra of the others").await;
        for typed in ["zebra", "quagga", "status:open", "T-1", "list:\"List of Payroll\"", "-walrus", ""] {
            assert_eq!(found(&office, &bo.actor, typed).await, BTreeSet::new(), "{typed}");
        }
        for typed in ["zebra", "quagga", "status:open", "T-1", "list:\"List of Payroll\"", "-walrus"] {
            assert_eq!(found(&office, &ada.actor, typed).await, BTreeSet::from([hidden]), "{typed}");
            assert_eq!(found(&office, &office.owner(), typed).await, BTreeSet::from([hidden]), "{typed}");
        }
        assert_eq!(found(&other, &other.owner(), "zebra").await, BTreeSet::from([theirs]));
        assert_eq!(outcome(search::find(&site.platform, &other.owner(), office.slug, "zebra", 1).await), "404");
        assert_eq!(outcome(search::find(&site.platform, &Actor::Anonymous, office.slug, "zebra", 1).await), "401");

        let items = async |actor: &Actor, typed: &str| -> Vec<String> {
            let items = search::find_in_box(&site.platform, actor, office.slug, typed).await.expect("items");
            items.into_iter().map(|item| format!("{} ({})", item.label, item.about)).collect()
        };
        assert_eq!(items(&ada.actor, "zeb").await, ["Zebra crossing (T-1 · List of Payroll)"]);
        assert_eq!(items(&ada.actor, "1").await, ["Zebra crossing (T-1 · List of Payroll)"]);
        assert_eq!(items(&ada.actor, "payr").await, ["List of Payroll (List)"]);
        for typed in ["zeb", "1", "T-1", "payr"] {
            assert!(items(&bo.actor, typed).await.is_empty(), "{typed}");
        }
        assert_eq!(items(&bo.actor, "work").await, ["Workload (Page)"]);

        // A filter that everybody has shows each what they see.
        let body = filter_body("Stripes", "zebra", true);
        let id = filters::add(&site.platform, &ada.actor, office.slug, &body).await.expect("kept").to_string();
        let of = async |actor: &Actor| filters::page(&site.platform, actor, office.slug, &id, By::List).await.expect("a page").total;
        assert_eq!((of(&ada.actor).await, of(&bo.actor).await), (1, 0));

        // Put away, it is found in its own list alone.
        lists::archive_list(&site.platform, &office.owner(), office.slug, &secret.to_string(), true).await.expect("put away");
        assert_eq!(found(&office, &ada.actor, "zebra").await, BTreeSet::new());
        let query = Query::parse("zebra").expect("a filter");
        assert_eq!(matching(&office, &query, Some(secret)).await, BTreeSet::from([hidden]));
        assert_eq!(matching(&office, &query, None).await, BTreeSet::new());
    }

    /// Random filters over random tasks find what a count by hand finds.
    async fn a_filter_finds_what_a_count_by_hand_does(site: Site) {
        let office = Office::alpha(&site).await;
        let mut dice = Dice(20_261_123);
        let people = [office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await];
        let labels = [office.label("Urgent").await, office.label("Warranty").await];
        let more = office.list_in(office.space, "Second list").await;
        let all_lists = [office.list, more];
        let today: Date = TODAY.parse().expect("a day");
        let mut known: Vec<Known> = Vec::new();
        for _ in 0..500 {
            let words: Vec<&str> = (0..=dice.below(4)).map(|_| WORDS[dice.below(WORDS.len())]).collect();
            let one = Known {
                id: TaskId(uuid::Uuid::nil()),
                list: all_lists[dice.below(2)],
                words: words.iter().copied().collect(),
                said: (dice.below(4) == 0).then(|| WORDS[dice.below(WORDS.len())]),
                responsible: (dice.below(3) > 0).then(|| dice.below(2)),
                also: (dice.below(4) == 0).then(|| dice.below(2)),
                label: (dice.below(3) == 0).then(|| dice.below(2)),
                priority: i64::try_from(dice.below(5)).expect("small"),
                due: (dice.below(3) > 0).then(|| i64::try_from(dice.below(30)).expect("small") - 12),
                done: dice.below(4) == 0,
            };
            let id = add(&office, &one, &words, &people.each_ref().map(|one| one.user), labels, today).await;
            known.push(Known { id, ..one });
        }
        let mut found_any = 0;
        for round in 0..120 {
            let (text, is_meant) = random_filter(&mut dice, 3);
            let query = Query::parse(&text).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
            let within = (round % 5 == 0).then(|| all_lists[dice.below(2)]);
            let told = matching(&office, &query, within).await;
            let is_there = |one: &&Known| within.is_none_or(|list| list == one.list) && is_meant(one);
            let wanted: BTreeSet<TaskId> = known.iter().filter(is_there).map(|one| one.id).collect();
            assert_eq!(told, wanted, "{text} ({within:?})");
            // However few are looked at, what is found are the newest of them.
            let most = i64::try_from(dice.below(60)).expect("small") + 1;
            let (some, cut) = looking_at(&office, &query, within, most).await;
            assert!(some.iter().eq(wanted.iter().rev().take(some.len())), "{text} ({within:?}), {most}: {some:?}");
            assert!(cut || some.len() == wanted.len(), "{text} ({within:?}), {most}: {} of {}", some.len(), wanted.len());
            found_any += usize::from(!wanted.is_empty());
        }
        assert!(found_any > 40, "only {found_any} filters found anything");
    }

    /// What others share takes nobody’s room. Somebody shares so many and no more, unless they organise lists.
    async fn nobody_uses_up_what_others_need(site: Site) {
        let office = Office::alpha(&site).await;
        let (ada, bo, boss) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await, office.member("Cy", Role::Manager).await);
        let add = async |actor: &Actor, name: &str, shared: bool| {
            filters::add(&site.platform, actor, office.slug, &filter_body(name, "status:open", shared)).await
        };
        for at in 0..filters::MOST_SHARED {
            add(&ada.actor, &format!("Shared {at}"), true).await.expect("kept");
        }
        assert_eq!(outcome(add(&ada.actor, "One more", true).await), "422 name");
        let own = add(&ada.actor, "Hers", false).await.expect("her own").to_string();
        let body = FilterBody { version: Some(1), ..filter_body("Hers", "status:open", true) };
        assert_eq!(outcome(filters::save(&site.platform, &ada.actor, office.slug, &own, &body).await), "422 shared");
        for at in 0..=filters::MOST_SHARED {
            add(&boss.actor, &format!("By who organises {at}"), true).await.expect("kept");
        }
        add(&bo.actor, "Bo’s", true).await.expect("he has shared none");
        for at in 0..filters::MOST {
            add(&bo.actor, &format!("Own {at}"), false).await.expect("what others share takes none of his room");
        }
        assert_eq!(outcome(add(&bo.actor, "Own one more", false).await), "422 name");
    }

    /// Filters are one’s own or everybody’s; changed by whose they are and by who organises; and refused kindly.
    async fn filters_are_kept_for_whom_they_are(site: Site) {
        let (office, other) = (Office::alpha(&site).await, Office::beta(&site).await);
        let (ada, bo) = (office.member("Ada", Role::Member).await, office.member("Bo", Role::Member).await);
        let boss = office.member("Cy", Role::Manager).await;
        let add = async |actor: &Actor, name: &str, query: &str, shared: bool| {
            filters::add(&site.platform, actor, office.slug, &filter_body(name, query, shared)).await
        };
        let before = office.standing().await;
        for (name, query, wanted) in [
            ("", "status:open", "422 name"),
            ("Mine", "", "422 query"),
            ("Mine", "stauts:open", "422 query"),
            ("Mine", "(status:open", "422 query"),
        ] {
            assert_eq!(outcome(add(&ada.actor, name, query, false).await), wanted, "{name} {query}");
        }
        assert_eq!(outcome(add(&SYSTEM, "Mine", "status:open", false).await), "422 shared");
        assert_eq!(outcome(add(&other.owner(), "Mine", "status:open", false).await), "404");
        assert_eq!(office.standing().await, before);

        let own = add(&ada.actor, "My own", "status:open    assignee:me", false).await.expect("kept").to_string();
        let shared = add(&ada.actor, "For all", "is:overdue", true).await.expect("kept").to_string();
        assert_eq!(outcome(add(&ada.actor, "my OWN", "status:open", false).await), "422 name");
        let third = add(&bo.actor, "My own", "status:done", false).await.expect("another’s name is free").to_string();
        let names = async |actor: &Actor| -> Vec<String> {
            let all = filters::list(&site.platform, actor, office.slug).await.expect("filters");
            all.into_iter().map(|kept| format!("{}: {}", kept.name, kept.query)).collect()
        };
        assert_eq!(names(&ada.actor).await, ["My own: status:open assignee:me", "For all: is:overdue"]);
        assert_eq!(names(&bo.actor).await, ["For all: is:overdue", "My own: status:done"]);
        assert_eq!(names(&boss.actor).await, ["For all: is:overdue"]);

        let save = async |actor: &Actor, id: &str, shared: bool, version: i64| {
            let body = FilterBody { version: Some(version), ..filter_body("Late", "is:late", shared) };
            filters::save(&site.platform, actor, office.slug, id, &body).await
        };
        assert_eq!(outcome(save(&bo.actor, &own, false, 1).await), "404");
        assert_eq!(outcome(save(&bo.actor, &shared, true, 1).await), "403");
        assert_eq!(outcome(save(&other.owner(), &shared, true, 1).await), "404");
        assert_eq!(outcome(save(&boss.actor, &shared, false, 1).await), "422 shared");
        assert_eq!(outcome(save(&boss.actor, &shared, true, 1).await), "done");
        assert_eq!(outcome(save(&ada.actor, &shared, true, 1).await), "409");
        assert_eq!(outcome(save(&ada.actor, &shared, false, 2).await), "done");
        assert_eq!(names(&boss.actor).await, Vec::<String>::new(), "it is hers alone now");
        assert_eq!(outcome(filters::page(&site.platform, &boss.actor, office.slug, &shared, By::List).await), "404");

        filters::move_to(&site.platform, &ada.actor, office.slug, &shared, To::Up).await.expect("moved");
        assert_eq!(names(&ada.actor).await, ["Late: is:late", "My own: status:open assignee:me"]);
        filters::move_to(&site.platform, &ada.actor, office.slug, &shared, To::Down).await.expect("moved");
        assert_eq!(names(&ada.actor).await, ["My own: status:open assignee:me", "Late: is:late"]);
        assert_eq!(outcome(filters::delete(&site.platform, &ada.actor, office.slug, &third).await), "404");
        let act = filters::delete(&site.platform, &ada.actor, office.slug, &own).await.expect("gone");
        assert_eq!(names(&ada.actor).await, ["Late: is:late"]);
        assert_eq!(outcome(filters::page(&site.platform, &ada.actor, office.slug, &own, By::List).await), "404");
        assert_eq!(outcome(filters::delete(&site.platform, &ada.actor, office.slug, &own).await), "404");
        // It comes back to whose it was; not to others, and not where another of theirs has its name now.
        assert_eq!(outcome(office.undo_as(&bo.actor, act).await), "403");
        // Whoever organises brings back what is everybody’s; of what was hers alone they hear nothing, not even its name where that is taken.
        assert_eq!(outcome(office.undo_as(&boss.actor, act).await), "404");
        assert_eq!(outcome(office.undo_as(&office.owner(), act).await), "404");
        assert_eq!(outcome(office.undo_as(&other.owner(), act).await), "404");
        assert_eq!(outcome(other.undo_as(&other.owner(), act).await), "404");
        let namesake = add(&ada.actor, "my OWN", "status:done", false).await.expect("its name is free").to_string();
        assert_eq!(outcome(office.undo_as(&ada.actor, act).await), "409");
        assert_eq!(outcome(office.undo_as(&boss.actor, act).await), "404");
        filters::delete(&site.platform, &ada.actor, office.slug, &namesake).await.expect("gone");
        office.undo_as(&ada.actor, act).await.expect("undone");
        assert_eq!(names(&ada.actor).await, ["My own: status:open assignee:me", "Late: is:late"]);
        let everybodys = add(&ada.actor, "All open", "status:open", true).await.expect("kept").to_string();
        let act = filters::delete(&site.platform, &ada.actor, office.slug, &everybodys).await.expect("gone");
        office.undo_as(&boss.actor, act).await.expect("by who organises");
        assert!(names(&bo.actor).await.contains(&"All open: status:open".to_owned()));
        filters::delete(&site.platform, &boss.actor, office.slug, &everybodys).await.expect("gone");
        assert_eq!(names(&bo.actor).await, ["My own: status:done"]);

        // What a filter asks for is nobody’s to read in a copy of the database.
        add(&ada.actor, "Sealed", "xylophone", false).await.expect("kept");
        let dump = site.raw_dump().await;
        assert!(!contains(&dump, "xylophone"), "a filter can be read");
    }

    /// The index tells nothing but which of its words are the same, and what isn’t in it comes into it by itself.
    async fn the_index_tells_nothing_and_heals(site: Site) {
        let office = Office::alpha(&site).await;
        let owner = office.owner();
        let task = office.task("Narwhal ledger").await;
        comments::add(&site.platform, &owner, office.slug, &task.to_string(), "Axolotl", None).await.expect("said");
        let count = async || {
            let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
            let counted = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM tasks_words WHERE org_id = $1", office.id);
            counted.expect("a count").0
        };
        // Two words and their starts, the number (as long as its start), and the comment’s word and its start.
        assert_eq!(count().await, 2 * 2 + 1 + 2);
        let dump = site.raw_dump().await;
        for word in ["narwhal", "Narwhal", "axolotl"] {
            assert!(!contains(&dump, word), "{word} can be read");
        }
        let mut tx = office.opened(Access::Write).await;
        search::forget(&mut tx, task).await.expect("forgotten");
        tx.commit().await.expect("written");
        assert_eq!((count().await, found(&office, &owner, "narwhal").await), (0, BTreeSet::new()));
        assert_eq!(search::index_all(&site.platform).await.expect("indexed"), 2);
        assert_eq!(search::index_all(&site.platform).await.expect("indexed"), 0, "and not again");
        assert_eq!(count().await, 2 * 2 + 1 + 2);
        for typed in ["narwhal", "axolotl", "T-1"] {
            assert_eq!(found(&office, &owner, typed).await, BTreeSet::from([task]), "{typed}");
        }
    }

    /// Of what was said only so much is looked through: a task about which more was said is left out, which is told, and all others are found.
    async fn comments_are_looked_through_up_to_a_bound(site: Site) {
        let office = Office::alpha(&site).await;
        let owner = office.owner();
        let (long, short, quiet) = (office.task("Axolotl one").await, office.task("Axolotl two").await, office.task("Axolotl three").await);
        let mut ids = Vec::new();
        for task in [long, short] {
            let said = comments::add(&site.platform, &owner, office.slug, &task.to_string(), "Clean the tank", None).await.expect("said");
            ids.push(said.id);
        }
        let find = async |typed: &str| {
            let told = search::find(&site.platform, &owner, office.slug, typed, 1).await.expect("a search");
            (told.hits.into_iter().map(|hit| hit.line.task.id).collect::<BTreeSet<_>>(), told.cut)
        };
        assert_eq!(find("axolotl").await, (BTreeSet::from([long, short, quiet]), false));
        let huge = vec![7_u8; 17 * 1024 * 1024];
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE tasks_comments SET words = $3 WHERE org_id = $1 AND id = $2", office.id, ids[0], huge).expect("much is said");
        tx.commit().await.expect("kept");
        assert_eq!(find("axolotl").await, (BTreeSet::from([short, quiet]), true));
        assert_eq!(find("tank -three").await, (BTreeSet::from([short]), true));
        // Where comments don’t matter, none is read.
        let query = Query::parse("status:open").expect("a filter");
        assert_eq!(matching(&office, &query, None).await, BTreeSet::from([long, short, quiet]));
    }

    /// The API and the pages say the same, and what can’t be read is told where it was typed.
    async fn programs_and_pages_find_the_same(site: Site) {
        let office = Office::alpha(&site).await;
        let cookie = site.log_in(office.slug).await;
        let task = office.task_with("Replace the <b>fuse</b>", |body| "Behind the counter".clone_into(&mut body.notes)).await;
        let api = site.get_as(&cookie, &office.api("search?q=counter")).await.json();
        assert_eq!((&api["total"], &api["tasks"][0]["id"], &api["tasks"][0]["snippet"]), (&json!(1), &json!(task), &json!("Behind the counter")), "{api}");
        let wrong = site.get_as(&cookie, &office.api("search?q=due%3Asometime")).await;
        assert_eq!((wrong.status, wrong.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["q".to_owned()]));
        // What is too long is refused as a whole: cut, it would be another search.
        for (length, wanted) in [(2_000, StatusCode::OK), (2_001, StatusCode::UNPROCESSABLE_ENTITY)] {
            let typed = "x".repeat(length);
            for path in ["search", "find"] {
                let answer = site.get_as(&cookie, &office.api(&format!("{path}?q={typed}"))).await;
                assert_eq!(answer.status, wanted, "{path} {length}");
                if wanted != StatusCode::OK {
                    assert_eq!(answer.fields(), ["q"], "{path}");
                }
            }
        }
        let wrong = site.get_as(&cookie, &format!("/app/alpha/tasks/search?q={}", "x".repeat(2_001))).await;
        assert!(wrong.status == StatusCode::OK && wrong.text.contains("That is too long."), "{}", wrong.text);
        let items = site.get_as(&cookie, &office.api("find?q=fuse")).await.json();
        assert_eq!(items["items"][0]["href"], json!("/app/alpha/tasks/t/T-1"), "{items}");
        let page = site.get_as(&cookie, "/app/alpha/tasks/search?q=fuse").await;
        assert!(page.status == StatusCode::OK && page.text.contains("<mark>fuse</mark>") && !page.text.contains("<b>fuse"), "{}", page.text);
        let wrong = site.get_as(&cookie, "/app/alpha/tasks/search?q=due%3Asometime").await;
        assert!(wrong.status == StatusCode::OK && wrong.text.contains("id=\"search-q-error\""), "{}", wrong.text);

        let made = office.send(Some(&cookie), Method::POST, "filters", &json!({ "name": "Fuses", "query": "fuse", "shared": true })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let id = made.json()["id"].as_str().expect("an id").to_owned();
        let shown = site.get_as(&cookie, &office.api(&format!("filters/{id}"))).await.json();
        assert_eq!((&shown["total"], &shown["filter"]["query"]), (&json!(1), &json!("fuse")), "{shown}");
        let body = json!({ "name": "Fuses", "query": "fuses", "shared": true, "version": 9 });
        let old = office.send(Some(&cookie), Method::PUT, &format!("filters/{id}"), &body).await;
        assert_eq!((old.status, old.fields()), (StatusCode::CONFLICT, vec!["query".to_owned()]));
        for by in ["list", "due", "person", "priority"] {
            let page = site.get_as(&cookie, &format!("/app/alpha/tasks/filters/{id}?by={by}")).await;
            assert!(page.status == StatusCode::OK && page.text.contains("1 task"), "{by}: {}", page.text);
        }
        let help = site.get_as(&cookie, "/app/alpha/tasks/filters/help").await;
        assert!(help.status == StatusCode::OK && help.text.contains("How filters are written"), "{}", help.text);
        // A form without a script keeps one, and leads to it.
        let fields = [("org", "alpha"), ("name", "Mine"), ("query", "status:open")];
        let kept = site.form(Some(&cookie), "/fn/tasks/add-filter", "/app/alpha/tasks/filters", &fields).await;
        assert!(kept.status == StatusCode::SEE_OTHER || kept.status == StatusCode::FOUND, "{kept:?}");
        assert!(kept.location().starts_with("/app/alpha/tasks/filters/"), "{kept:?}");
        let gone = office.send(Some(&cookie), Method::DELETE, &format!("filters/{id}"), &json!({})).await;
        assert_eq!(gone.status, StatusCode::OK, "{gone:?}");
        let act = gone.json()["act"].as_str().expect("an act").to_owned();
        let undone = office.send(Some(&cookie), Method::POST, &format!("acts/{act}/undo"), &json!({})).await;
        assert_eq!(undone.status, StatusCode::OK, "{undone:?}");
        let filters = "/app/alpha/tasks/filters";
        let own = format!("{filters}/{id}");
        let gone = site.form(Some(&cookie), "/fn/tasks/delete-filter", &own, &[("org", "alpha"), ("id", &id)]).await;
        assert_eq!(gone.status, StatusCode::FOUND, "{gone:?}");
        let told = site.get_as(&cookie, gone.location()).await.text;
        assert!(told.contains("Filter deleted.") && told.contains("action=\"/fn/tasks/undo\""), "{told}");
        let act = gone.location().split("act=").nth(1).expect("an act").to_owned();
        let back = site.form(Some(&cookie), "/fn/tasks/undo", filters, &[("org", "alpha"), ("id", &act), ("back", filters)]).await;
        assert_eq!((back.status, site.get_as(&cookie, &own).await.status), (StatusCode::FOUND, StatusCode::OK), "{back:?}");
        let reader = office.token(&["tasks.view"]).await;
        assert_eq!(site.bearer(&reader, &office.api("search?q=fuse")).await.json()["total"], json!(1));
    }
}

async fn found(office: &Office<'_>, actor: &Actor, typed: &str) -> BTreeSet<TaskId> {
    let told = search::find(&office.site.platform, actor, office.slug, typed, 1).await.expect("a search");
    assert_eq!(told.problem, None, "{typed}");
    told.hits.into_iter().map(|hit| hit.line.task.id).collect()
}

/// What a filter finds, in one list or in all that aren’t put away.
async fn matching(office: &Office<'_>, query: &Query, within: Option<ListId>) -> BTreeSet<TaskId> {
    let (found, cut) = looking_at(office, query, within, matching::MOST).await;
    assert!(!cut);
    found.into_iter().collect()
}

/// The same where so many are looked at and no more, and whether there were others.
async fn looking_at(office: &Office<'_>, query: &Query, within: Option<ListId>, most: i64) -> (Vec<TaskId>, bool) {
    let mut tx = office.opened(Access::Read).await;
    let book = Book::read(&mut tx, within).await.expect("what there is");
    let told = matching::of(&mut tx, &book, query, most).await.expect("matches");
    (told.rows.into_iter().map(|row| row.id).collect(), told.cut)
}

fn filter_body(name: &str, query: &str, shared: bool) -> FilterBody {
    FilterBody { name: name.to_owned(), query: query.to_owned(), shared, version: None }
}

fn contains(dump: &[u8], word: &str) -> bool {
    dump.windows(word.len()).any(|part| part == word.as_bytes())
}

/// Words that share beginnings.
const WORDS: [&str; 10] =
    ["fridge", "friday", "frame", "clinic", "client", "cable", "door", "dose", "counter", "country"];

/// What is known of a task.
struct Known {
    id: TaskId,
    list: ListId,
    words: BTreeSet<&'static str>,
    said: Option<&'static str>,
    responsible: Option<usize>,
    also: Option<usize>,
    label: Option<usize>,
    priority: i64,
    /// Days from today.
    due: Option<i64>,
    done: bool,
}

impl Known {
    fn is_on(&self, person: usize) -> bool {
        self.responsible == Some(person) || self.also == Some(person)
    }

    fn says(&self, is_it: impl Fn(&str) -> bool) -> bool {
        self.words.iter().copied().chain(self.said).any(is_it)
    }
}

async fn add(
    office: &Office<'_>,
    one: &Known,
    words: &[&str],
    people: &[app::ids::UserId; 2],
    labels: [LabelId; 2],
    today: Date,
) -> TaskId {
    let (title, notes) = words.split_at(1);
    let title = title.join(" ");
    let more = |body: &mut AddBody| {
        body.list = one.list;
        body.notes = notes.join(" ");
        body.responsible = one.responsible.map(|at| people[at]);
        body.people = one.also.map(|at| people[at]).into_iter().collect();
        body.labels = one.label.map(|at| labels[at]).into_iter().collect();
        body.priority = one.priority;
        body.due_day = one.due.map(|days| today.saturating_add(Span::new().days(days)).to_string());
    };
    let id = office.task_with(&title, more).await;
    if one.done {
        office.complete_as(&SYSTEM, id, true).await.expect("completed");
    }
    if let Some(word) = one.said {
        let said = comments::add(&office.site.platform, &SYSTEM, office.slug, &id.to_string(), word, None).await;
        said.expect("said");
    }
    id
}

type Meant = Box<dyn Fn(&Known) -> bool>;

/// A filter, and what it means.
fn random_filter(dice: &mut Dice, depth: usize) -> (String, Meant) {
    if depth > 0 && dice.below(3) > 0 {
        let (one, is_one) = random_filter(dice, depth - 1);
        let (other, is_other) = random_filter(dice, depth - 1);
        return match dice.below(3) {
            0 => (format!("({one}) ({other})"), Box::new(move |task| is_one(task) && is_other(task))),
            1 => (format!("({one} or {other})"), Box::new(move |task| is_one(task) || is_other(task))),
            _ => (format!("{one} -({other})"), Box::new(move |task| is_one(task) && !is_other(task))),
        };
    }
    let person = dice.below(2);
    let name = ["Ada", "Bo"][person];
    match dice.below(12) {
        0 | 1 => {
            let word = WORDS[dice.below(WORDS.len())];
            (word.to_owned(), Box::new(move |task| task.says(|own| own == word)))
        }
        2 => {
            let word = WORDS[dice.below(WORDS.len())];
            let start = &word[..3 + dice.below(2)];
            (format!("{start}*"), Box::new(move |task| task.says(|own| own.starts_with(start))))
        }
        3 => (format!("assignee:{name}"), Box::new(move |task| task.is_on(person))),
        4 => (format!("responsible:{name}"), Box::new(move |task| task.responsible == Some(person))),
        5 => ("status:done".to_owned(), Box::new(|task| task.done)),
        6 => ("is:overdue".to_owned(), Box::new(|task| !task.done && task.due.is_some_and(|days| days < 0))),
        7 => {
            let days = dice.below(9) + 2;
            let until = i64::try_from(days).expect("small");
            (format!("due<=+{days}d"), Box::new(move |task| task.due.is_some_and(|due| due <= until)))
        }
        8 => ("no:due".to_owned(), Box::new(|task| task.due.is_none())),
        9 => {
            let label = dice.below(2);
            (format!("label:{}", ["urgent", "warranty"][label]), Box::new(move |task| task.label == Some(label)))
        }
        10 => ("priority>=high".to_owned(), Box::new(|task| task.priority >= 3)),
        _ => ("is:unassigned".to_owned(), Box::new(|task| task.responsible.is_none() && task.also.is_none())),
    }
}

/// Always the same throws.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(most).expect("small")).expect("small")
    }
}
