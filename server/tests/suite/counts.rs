//! How many statements a request takes. Each is a trip to the database and back, and a page that asks once for every row that it
//! shows is found here before it is slow.

use app::modules::scoreboard::celebrations::{self, CelebratedBody, CelebratingBody};
use axum::http::StatusCode;

use crate::{
    on_both,
    scoreboard::{Shop, TODAY, money},
    support::Site,
};

/// What a page takes at most once the program is warm: keys are opened, and what is remembered for a while is remembered. On
/// PostgreSQL some statements more say who asks, for row-level security.
struct Most {
    path: &'static str,
    sqlite: u64,
    postgres: u64,
}

const fn most(path: &'static str, sqlite: u64, postgres: u64) -> Most {
    Most { path, sqlite, postgres }
}

/// Pages that everybody may see, as they are read when nothing of them is kept.
const PUBLIC: &[Most] = &[
    most("/", 0, 0),
    most("/about", 0, 0),
    most("/login", 0, 0),
    most("/b/alpha", 4, 7),
    most("/b/alpha/follow-up", 5, 7),
    most("/b/alpha/logo.png", 2, 4),
];

/// Pages of the dashboard and of one’s own account, the session’s look-up among them.
const INSIDE: &[Most] = &[
    most("/app/alpha/calendar", 23, 32),
    most("/app/alpha/calendar?view=day", 23, 32),
    most("/app/alpha/calendar/clients", 20, 28),
    most("/app/alpha/calendar/clients/duplicates", 20, 28),
    most("/app/alpha/calendar/why", 20, 28),
    most("/app/alpha/calendar/reports", 32, 40),
    most("/app/alpha/scoreboard", 22, 30),
    most("/app/alpha/scoreboard/trends", 22, 30),
    most("/app/alpha/scoreboard/mine", 22, 30),
    most("/app/alpha/scoreboard/people", 20, 28),
    most("/app/alpha/scoreboard/import", 20, 28),
    most("/app/alpha/scoreboard/grid", 24, 32),
    most("/app/alpha/scoreboard/enter", 22, 30),
    most("/app/alpha/scoreboard/metrics", 20, 28),
    most("/app/alpha/scoreboard/contests", 24, 32),
    most("/app/alpha/scoreboard/badges", 20, 28),
    most("/app/alpha/scoreboard/screens", 20, 28),
    most("/app/alpha/scoreboard/celebrations", 18, 26),
    most("/app/alpha/scoreboard/pace", 20, 28),
    most("/app/alpha/scoreboard/targets", 20, 28),
    most("/app/alpha/scoreboard/sources", 24, 32),
    most("/app/alpha/tasks/lists", 23, 31),
    most("/app/alpha/tasks/spaces", 24, 32),
    most("/app/alpha/tasks/teams", 24, 32),
    most("/app/alpha/tasks/labels", 20, 28),
    most("/app/alpha/tasks/templates", 27, 35),
    most("/app/alpha/tasks/templates/gallery", 18, 26),
    most("/app/alpha/settings", 16, 24),
    most("/app/alpha/settings/details", 16, 24),
    most("/app/alpha/settings/people", 22, 30),
    most("/app/alpha/settings/audit", 22, 30),
    most("/app/alpha/settings/look", 16, 24),
    most("/app/alpha/settings/tokens", 18, 26),
    most("/app/alpha/settings/modules", 20, 28),
    most("/account", 22, 30),
];

on_both! {
    /// Who asks is found out in one statement, whatever is asked for.
    async fn a_session_is_one_statement(site: Site) {
        let cookie = site.log_in("alpha").await;
        let nowhere = "/no-such-page";
        site.get_as(&cookie, nowhere).await;
        let anonymous = sent(&site, None, nowhere, StatusCode::NOT_FOUND).await;
        let known = sent(&site, Some(&cookie), nowhere, StatusCode::NOT_FOUND).await;
        assert_eq!((anonymous, known), (0, 1), "a page that isn’t there takes the session’s look-up, and nothing else");
    }

    /// A page takes no more statements than it is said to.
    async fn a_page_takes_few_statements(site: Site) {
        let cookie = site.log_in("alpha").await;
        let mut over = Vec::new();
        let pages = PUBLIC.iter().map(|page| (None, page)).chain(INSIDE.iter().map(|page| (Some(cookie.as_str()), page)));
        for (cookie, page) in pages {
            let status = if page.path.ends_with("logo.png") { StatusCode::NOT_FOUND } else { StatusCode::OK };
            sent(&site, cookie, page.path, status).await;
            let took = sent(&site, cookie, page.path, status).await;
            let most = if site.platform.db.is_postgres() { page.postgres } else { page.sqlite };
            if took > most {
                over.push(format!("{} takes {took} statements, and {most} at most were thought of", page.path));
            }
        }
        assert!(
            over.is_empty(),
            "{}\nEither a statement is asked for once a row (read all rows in one), or the page truly shows more: then raise its number in {}.",
            over.join("\n"),
            file!()
        );
    }

    /// A result takes few statements where nobody celebrates it and it brings nobody to a target, a badge or a prize; and no more for what is set
    /// up of something else that is counted.
    async fn an_entry_takes_few_statements(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("refunds", money()).await;
        let ada = shop.person("Ada").await;
        shop.enter("sales", ada, TODAY, 100).await;
        let before = count(&site);
        shop.enter("sales", ada, TODAY, 100).await;
        let took = count(&site) - before;
        let most = if site.platform.db.is_postgres() { 16 } else { 12 };
        assert!(took <= most, "an entry takes {took} statements, and {most} at most were thought of");
        let results = vec![CelebratedBody { metric: "refunds".to_owned(), at_least: 1 }];
        let body = CelebratingBody { targets: true, badges: true, contests: true, results, version: 0 };
        celebrations::save(&site.platform, &shop.owner(), shop.slug, &body).await.expect("it is celebrated");
        let before = count(&site);
        shop.enter("sales", ada, TODAY, 100).await;
        assert_eq!(count(&site) - before, took, "what is celebrated of refunds takes nothing of sales");
    }

    /// However many entries, people and appointments there are, a page takes no more statements.
    async fn more_rows_take_no_more_statements(site: Site) {
        let owner = site.log_in("alpha").await;
        let pages = ["/app/alpha/settings/people", "/app/alpha/settings/audit", "/account"];
        let mut before = Vec::new();
        for path in pages {
            sent(&site, Some(&owner), path, StatusCode::OK).await;
            before.push(sent(&site, Some(&owner), path, StatusCode::OK).await);
        }
        for n in 0..8 {
            let (whom, _) = site.join(site.alpha, &format!("person{n}@example.com"), app::org::Role::Member).await;
            let fields = [("org", "alpha"), ("id", &whom.to_string()), ("role", "manager")];
            let changed = site.form(Some(&owner), "/fn/people/change", "/app/alpha/settings/people", &fields).await;
            assert_eq!(changed.status, StatusCode::FOUND);
            site.log_in("alpha").await;
        }
        for (path, before) in pages.into_iter().zip(before) {
            sent(&site, Some(&owner), path, StatusCode::OK).await;
            let after = sent(&site, Some(&owner), path, StatusCode::OK).await;
            // A name to look up that there wasn’t before is a statement or two, however many names there are.
            assert!(after <= before + 3, "{path} took {before} statements, and takes {after} with eight rows more");
        }
    }
}

/// How many statements this takes until its answer is read whole.
async fn sent(site: &Site, cookie: Option<&str>, path: &str, status: StatusCode) -> u64 {
    let before = count(site);
    let answer = match cookie {
        Some(cookie) => site.get_as(cookie, path).await,
        None => site.get(path).await,
    };
    assert_eq!(answer.status, status, "{path}");
    count(site) - before
}

fn count(site: &Site) -> u64 {
    site.platform.db.statements().expect("tests are built with something to count with")
}
