//! What the operator's pages say of the whole platform. Over five hundred organisations every figure is worked out a second way,
//! from the tables as they are and by a plain reading of the rules: nothing of the product counts here but the page.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use app::{
    admin::{
        jobs as jobs_in_words,
        wire::{Fact, HealthPage, JobsPage, LogPage, OrgLine, OrgsPage, OverviewPage, PeoplePage, PlanLine},
    },
    billing::{
        changes,
        terms::{State, Terms},
    },
    clock::Instant,
    db::Access,
    error::AppError,
    ids::{OrgId, UserId, fresh},
    jobs,
    module::Job,
    org::Role,
    platform::Platform,
    platform_sql,
};
use axum::http::StatusCode;
use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};
use uuid::Uuid;

use crate::{
    admin::operator,
    on_both,
    support::{Site, keyring, signer},
};

/// In Sydney it is half past one on the first of December, in Perth still November.
const TURN: &str = "2026-11-30T14:30:00Z";
/// When the month began in Sydney.
const MONTH: &str = "2026-11-30T13:00:00Z";
const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;
const ORGS: usize = 500;

on_both! {
    /// Five hundred organisations: what comes in, from how many, by plan, what is new and what was lost this month; and of each
    /// its seats, what it has used, how it stands and when it was active last.
    async fn every_figure_is_worked_out_twice(site: Site) {
        site.set_clock(TURN);
        let operator = operator(&site).await;
        generate(&site).await;
        changes::catch_up(&site.platform).await.expect("the list of changes adds up");
        let now = site.platform.clock.now();
        let orgs = raw(&site).await;
        assert_eq!(orgs.len(), ORGS + 2);
        let changed = raw_changes(&site).await;

        let page: OverviewPage = site.read(&operator, "/fn/admin/overview").await.expect("the overview");
        let figure = |label: &str| {
            let found = page.figures.iter().find(|figure| figure.label == label).expect("a figure");
            (found.value.as_str(), found.about.as_str())
        };
        let paying: Vec<&Raw> = orgs.iter().filter(|org| ["active", "ending", "late"].contains(&org.standing(now))).collect();
        let many = |standing: &str| orgs.iter().filter(|org| org.standing(now) == standing).count();
        let monthly: i64 = paying.iter().filter(|org| org.period == "month").map(|org| org.price()).sum();
        let yearly: i64 = paying.iter().filter(|org| org.period == "year").map(|org| org.price()).sum();
        assert!(monthly > 0 && yearly > 0);
        for standing in ["trial", "active", "ending", "late", "ended", "suspended"] {
            assert!(many(standing) > 5, "{standing}: the platform has some of each");
        }
        assert_eq!(figure("Each month (MRR)").0, money(monthly + rounded(yearly)));
        assert_eq!(figure("In a year").0, money(monthly * 12 + yearly));
        let words = format!("{} active, {} trials, {} ended, {} suspended", paying.len(), many("trial"), many("ended"), many("suspended"));
        assert_eq!(figure("Organisations"), ((ORGS + 2).to_string().as_str(), words.as_str()));
        let said = format!("{} organisations’ payments have failed", many("late"));
        assert!(page.attention.iter().any(|line| line.words == said && line.href == "/admin/orgs?standing=late"), "{:?}", page.attention);
        assert!(!page.attention.iter().any(|line| line.words.contains("differ")), "{:?}", page.attention);

        // By plan, and the parts are the whole.
        let titles = [("business", "Business"), ("custom", "Custom"), ("gone", "gone"), ("solo", "Solo"), ("team", "Team")];
        let lines = titles.map(|(plan, title)| {
            let theirs = |standings: &[&str]| orgs.iter().filter(|org| org.plan == plan && standings.contains(&org.standing(now))).collect::<Vec<_>>();
            let (active, trials) = (theirs(&["active", "ending", "late"]), theirs(&["trial"]));
            let sum = |period: &str| active.iter().filter(|org| org.period == period).map(|org| org.price()).sum::<i64>();
            let (monthly, yearly) = (sum("month"), sum("year"));
            PlanLine {
                title: title.to_owned(),
                active: i64::try_from(active.len()).expect("a number"),
                trials: i64::try_from(trials.len()).expect("a number"),
                monthly: money(monthly),
                yearly: money(yearly),
                a_month: money(monthly + rounded(yearly)),
            }
        });
        assert_eq!(page.plans, lines);

        // All changes up to now are what comes in now; those since midnight in Sydney are this month's.
        let so_far: i64 = changed.iter().filter(|change| change.at <= now).map(|change| change.after - change.before).sum();
        assert_eq!(so_far, monthly * 12 + yearly, "the changes add up, to the cent");
        assert_eq!(page.month, "December 2026");
        let begins = instant(MONTH);
        for (kind, words) in [("new", "New"), ("restored", "Back again"), ("changed", "Changed plan or price"), ("churned", "Churned")] {
            let these = changed.iter().filter(|change| change.kind == kind && begins <= change.at && change.at <= now);
            let (times, cents) = these.fold((0, 0), |(times, cents), change| (times + 1, cents + change.after - change.before));
            assert!(times > 0, "{kind}");
            let line = page.moved.iter().find(|line| line.kind == words).expect("a line");
            assert_eq!((line.times, line.yearly.as_str(), line.monthly.as_str()), (times, money(cents).as_str(), money(rounded(cents)).as_str()), "{kind}");
            let label = match kind {
                "new" => "New this month",
                "churned" => "Churned this month",
                _ => continue,
            };
            assert_eq!(figure(label).0, money(rounded(cents)), "{kind}");
            assert!(figure(label).1.contains(&format!("{times} organisation")), "{:?}", figure(label));
        }
        let before = now.plus_seconds(-30 * DAY);
        let then: i64 = changed.iter().filter(|change| change.at <= before).map(|change| change.after - change.before).sum();
        assert_eq!(figure("30 days ago (MRR)").0, money(rounded(then)));

        // The list, page by page: each once, in order, with what is so of it.
        let listed = all(&site, &operator, "search=").await;
        let slugs: Vec<&str> = listed.iter().map(|line| line.slug.as_str()).collect();
        let wanted: Vec<&str> = orgs.iter().map(|org| org.slug.as_str()).collect();
        assert_eq!(slugs, wanted);
        for (line, org) in listed.iter().zip(&orgs) {
            assert_eq!(line.seats, org.seats_in_words(), "{}", org.slug);
            assert_eq!(line.seen, org.seen_in_words(now), "{}", org.slug);
            let used: Vec<&String> = line.used.iter().filter(|words| words.ends_with("bookings this month")).collect();
            assert_eq!(used, org.used_in_words().iter().collect::<Vec<_>>(), "{}", org.slug);
            assert_eq!(line.alarming, !["active", "ending", "trial"].contains(&org.standing(now)), "{}: {}", org.slug, line.standing);
        }
        // Narrowed, by how they stand and by plan.
        for standing in ["trial", "active", "ending", "late", "ended", "suspended"] {
            for plan in ["", "team", "gone"] {
                let found = all(&site, &operator, &format!("standing={standing}&plan={plan}")).await;
                let found: Vec<&str> = found.iter().map(|line| line.slug.as_str()).collect();
                let wanted = orgs.iter().filter(|org| org.standing(now) == standing && (plan.is_empty() || org.plan == plan));
                assert_eq!(found, wanted.map(|org| org.slug.as_str()).collect::<Vec<_>>(), "{standing} {plan}");
            }
        }
        let found = all(&site, &operator, "standing=ended&search=business+1").await;
        assert!(!found.is_empty() && found.iter().all(|line| line.name.starts_with("Business 1")), "{found:?}");
        for nonsense in ["standing=nothing", "plan=%00", "after=%00"] {
            let page: OrgsPage = site.read(&operator, &format!("/fn/admin/orgs?{nonsense}")).await.expect("the page");
            assert_eq!(page.orgs, listed[..50], "{nonsense}");
        }
    }

    /// What comes in on any day is the sum of all changes up to then: also where something ends by itself, which is known beforehand
    /// and taken back when something else is agreed.
    async fn what_comes_in_is_known_for_any_day(site: Site) {
        let begin = site.platform.clock.now();
        let day = |days: i64| begin.plus_seconds(days * DAY);
        let team = Terms {
            plan: "team".to_owned(),
            plan_seats: Some(5),
            billing_since: begin,
            ..Terms::custom(begin)
        };
        let yearly = Terms { plan_period: "year".to_owned(), ..team.clone() };
        let state = |state: State, since: Instant, until: Option<Instant>| Terms {
            billing_state: state.as_str().to_owned(),
            billing_since: since,
            billing_until: until,
            billed_by: if state == State::PastDue { "stripe" } else { "manual" }.to_owned(),
            ..yearly.clone()
        };
        let agreed = [
            (0, Terms { billing_state: "trial".to_owned(), billing_until: Some(day(14)), ..team.clone() }),
            (1, team.clone()),
            (2, yearly.clone()),
            (3, state(State::PastDue, day(3), None)),
            (5, state(State::Active, day(5), None)),
            (6, Terms { suspended_at: Some(day(6)), ..yearly.clone() }),
            (7, yearly.clone()),
            (8, state(State::Active, day(8), Some(day(20)))),
            (25, Terms { plan: "business".to_owned(), plan_seats: Some(20), ..team.clone() }),
            (26, state(State::Ended, day(26), Some(day(30)))),
        ];
        for (days, terms) in &agreed {
            site.platform.clock.set(day(*days).timestamp());
            site.agree(site.alpha, terms).await;
        }
        let changes = raw_changes(&site).await;
        let told: Vec<(i64, &str, &str, i64, i64)> = changes
            .iter()
            .map(|change| ((change.at.micros() - begin.micros()) / 1_000_000 / DAY, change.kind.as_str(), change.plan.as_str(), change.before, change.after))
            .collect();
        let (month, year, business) = (5_900 * 12, 59_000, 14_900 * 12);
        assert_eq!(
            told,
            [
                (1, "new", "team", 0, month),
                (2, "changed", "team", month, year),
                (6, "churned", "team", year, 0),
                (7, "restored", "team", 0, year),
                (20, "churned", "team", year, 0),
                (25, "restored", "business", 0, business),
                (26, "changed", "team", business, year),
                (30, "churned", "team", year, 0),
            ]
        );
        let at = |at: Instant| changes.iter().filter(|change| change.at <= at).map(|change| change.after - change.before).sum::<i64>();
        for (days, cents) in [(0, 0), (1, month), (4, year), (6, 0), (7, year), (19, year), (20, 0), (24, 0), (25, business), (29, year), (30, 0)] {
            assert_eq!(at(day(days)), cents, "day {days}");
        }
        // A payment that is late for a week ends it, without anybody doing something.
        site.agree(site.beta, &state(State::PastDue, day(26), None)).await;
        let theirs: Vec<i64> = raw_changes(&site).await.iter().filter(|change| change.org == site.beta).map(|change| change.at.micros()).collect();
        assert_eq!(theirs, [day(26).micros(), day(33).micros()]);
    }

    /// Plans that were changed past the product show, and are made up for at the next start.
    async fn what_was_changed_by_hand_is_made_up_for(site: Site) {
        let operator = operator(&site).await;
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE organisations SET plan_price = 4900 WHERE slug = 'alpha'").expect("a price");
        tx.commit().await.expect("a commit");
        let drifts = async || {
            let page: OverviewPage = site.read(&operator, "/fn/admin/overview").await.expect("the overview");
            page.attention.iter().any(|line| line.words.contains("differ by $588.00 a year"))
        };
        assert!(drifts().await);
        for _ in 0..2 {
            changes::catch_up(&site.platform).await.expect("made up for");
            assert!(!drifts().await);
            assert_eq!(raw_changes(&site).await.len(), 1, "once");
        }
    }

    /// Who has an account is found by the whole address alone; and is logged out everywhere by who runs the platform.
    async fn people_are_listed_and_logged_out(site: Site) {
        let operator = operator(&site).await;
        let owner = site.log_in("alpha").await;
        let (member, cookie) = site.join(site.alpha, "casey@example.com", Role::Member).await;
        let people = async |query: &str| -> PeoplePage { site.read(&operator, &format!("/fn/admin/people?{query}")).await.expect("people") };
        let page = people("").await;
        // All are of the same moment here: which comes first is chance.
        let names: BTreeSet<&str> = page.people.iter().map(|person| person.name.as_str()).collect();
        assert_eq!(names, BTreeSet::from(["Person casey", "Olly Operator", "Owner of Beta Clinic", "Owner of Alpha Clinic"]));
        assert_eq!(page.more_after, None);
        let after = people(&format!("after={}", page.people[1].id)).await;
        assert_eq!(after.people, page.people[2..]);
        assert_eq!(people("after=nonsense").await.people.len(), 4);
        for (asked, found) in [("casey%40example.com", 1), ("+CASEY%40example.com+", 1), ("casey", 0), ("%40example.com", 0), ("%25", 0), ("%00", 0)] {
            assert_eq!(people(&format!("email={asked}")).await.people.len(), found, "{asked}");
        }
        let casey = people("email=casey%40example.com").await.people.remove(0);
        assert_eq!((casey.email.as_str(), casey.since.as_str(), casey.seen.as_str()), ("casey@example.com", "23 November 2026", "just now"));
        assert_eq!((casey.has_factor, casey.runs_platform, casey.orgs.len()), (false, false, 1));
        assert_eq!((casey.orgs[0].slug.as_str(), casey.orgs[0].role.as_str()), ("alpha", "member"));
        let olly = page.people.iter().find(|person| person.name == "Olly Operator").expect("the operator");
        assert!(olly.has_factor && olly.runs_platform && olly.orgs.is_empty());
        let shown = site.get_as(&operator, "/admin/people").await;
        assert!(shown.status == StatusCode::OK && shown.text.contains("Yes, log them out"), "{}", shown.text);

        let end = async |cookie: Option<&str>, id: &str| site.form(cookie, "/fn/admin/end-sessions", "/admin/people", &[("id", id)]).await.status;
        let id = member.to_string();
        assert_eq!(end(None, &id).await, StatusCode::UNAUTHORIZED);
        assert_eq!(end(Some(&owner), &id).await, StatusCode::NOT_FOUND);
        assert_eq!(site.get_as(&cookie, "/app/alpha/calendar").await.status, StatusCode::OK, "still logged in");
        for nobody in ["", "nonsense", &Uuid::nil().to_string()] {
            assert_eq!(end(Some(&operator), nobody).await, StatusCode::NOT_FOUND, "{nobody}");
        }
        assert_eq!(end(Some(&operator), &id).await, StatusCode::FOUND);
        assert_eq!(site.get_as(&cookie, "/app/alpha/calendar").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.get_as(&owner, "/app/alpha/calendar").await.status, StatusCode::OK, "nobody else");
        let log: LogPage = site.read(&operator, "/fn/admin/log?ours=true").await.expect("the log");
        assert_eq!(log.lines[0].what, "Olly Operator logged Person casey out everywhere");
        // A browser that was left open shows, and ends nothing.
        let again = site.log_in_as("casey@example.com").await;
        site.set_clock("2026-11-22T22:11:00Z");
        assert_eq!(end(Some(&operator), &id).await, StatusCode::FORBIDDEN);
        assert_eq!(site.get_as(&again, "/app/alpha/calendar").await.status, StatusCode::OK);
        let shown = site.get_as(&operator, "/admin/people").await;
        assert!(shown.text.contains("Confirm that it is you") && !shown.text.contains("Yes, log them out"), "{}", shown.text);
    }

    /// How a job went is written down, and its failures in a row; whoever runs the platform can have it run at once.
    async fn jobs_are_seen_and_asked_for(site: Site) {
        let operator = operator(&site).await;
        let job = |name: &'static str, run| Job { name, every: Duration::from_mins(10), run };
        let fine = job("test.fine", |_| Box::pin(async { Ok(()) }));
        let broken = job("test.broken", |_| Box::pin(async { Err(AppError::conflict("Not today.")) }));
        let falls = job("test.falls", |_| Box::pin(async { panic!("it falls over") }));
        for job in [&fine, &broken, &broken, &falls] {
            server::jobs::turn(&site.platform, job, "here", 0).await;
        }
        let page = async || -> JobsPage { site.read(&operator, "/fn/admin/jobs").await.expect("the jobs") };
        let jobs = page().await.jobs;
        let told: Vec<(&str, &str, &str, bool)> =
            jobs.iter().map(|job| (job.name.as_str(), job.standing.as_str(), job.error.as_str(), job.alarming)).collect();
        assert_eq!(told[0].0, "test.broken");
        assert_eq!((told[0].1, told[0].3), ("Failed 2 times in a row", true));
        assert!(told[0].2.contains("Not today."), "{told:?}");
        assert_eq!(told[1], ("test.falls", "Failed", "it fell over", true));
        assert_eq!(told[2], ("test.fine", "Fine", "", false));
        assert!(jobs[2].last.starts_with("Ran just now, took ") && jobs[2].next == "runs again in 10 minutes", "{:?}", jobs[2]);
        let overview: OverviewPage = site.read(&operator, "/fn/admin/overview").await.expect("the overview");
        assert!(overview.attention.iter().any(|line| line.words == "2 jobs fail" && line.href == "/admin/jobs"), "{overview:?}");

        let ask = async |cookie: Option<&str>, name: &str| {
            site.form(cookie, "/fn/admin/run-job", "/admin/jobs", &[("name", name), ("host", "here")]).await.status
        };
        let owner = site.log_in("alpha").await;
        assert_eq!(ask(None, "test.fine").await, StatusCode::UNAUTHORIZED);
        assert_eq!(ask(Some(&owner), "test.fine").await, StatusCode::NOT_FOUND);
        for nothing in ["test.nothing", "", "\0"] {
            assert_eq!(ask(Some(&operator), nothing).await, StatusCode::NOT_FOUND, "{nothing}");
        }
        assert_eq!(jobs::take_asked(&site.platform, "here").await.expect("nothing"), [""; 0]);
        assert_eq!(ask(Some(&operator), "test.fine").await, StatusCode::FOUND);
        assert_eq!(page().await.jobs[2].standing, "Runs in a moment");
        assert_eq!(jobs::take_asked(&site.platform, "elsewhere").await.expect("nothing"), [""; 0]);
        assert_eq!(jobs::take_asked(&site.platform, "here").await.expect("a job"), ["test.fine"]);
        assert_eq!(jobs::take_asked(&site.platform, "here").await.expect("nothing"), [""; 0], "each is given out once");
        server::jobs::turn(&site.platform, &job("test.broken", |_| Box::pin(async { Ok(()) })), "here", 2).await;
        assert_eq!((page().await.jobs[0].standing.as_str(), page().await.jobs[0].error.as_str()), ("Fine", ""), "it works again");
        // Who starts again has it run at its next turn, and not once more at once.
        let next_at = jobs::announce(&site.platform, "test.broken", "here").await.expect("a machine");
        assert!(next_at > site.platform.clock.now());
        // One that should have run long ago is late, and says by how much.
        site.set_clock("2026-11-22T22:22:00Z");
        let late = page().await.jobs.into_iter().find(|job| job.name == "test.fine").expect("a job");
        assert!(late.next.ends_with(" minutes late") || late.next.contains(" hours late"), "{late:?}");
        // A machine that is gone is forgotten.
        site.set_clock("2026-11-30T22:11:00Z");
        jobs::announce(&site.platform, "test.fine", "another").await.expect("a machine");
        jobs::forget_gone(&site.platform).await.expect("forgotten");
        let left = jobs::all(&site.platform).await.expect("the jobs");
        assert_eq!(left.iter().map(|run| run.host.as_str()).collect::<Vec<_>>(), ["another"]);
    }

    /// A job that fails is tried again soon, then ever later, and never later than at its usual turn.
    async fn jobs_that_fail_are_tried_again_soon(site: Site) {
        let job = |hours, run| Job { name: "test.daily", every: Duration::from_hours(hours), run };
        let fails = job(24, |_| Box::pin(async { Err(AppError::conflict("Not now.")) }));
        for (before, minutes) in [(0, 5), (1, 10), (2, 20), (8, 1_280), (9, 1_440), (1_000, 1_440)] {
            let again = server::jobs::turn(&site.platform, &fails, "here", before).await;
            assert_eq!(again, (Duration::from_mins(minutes), before + 1), "it doesn’t wait for tomorrow");
        }
        let hourly = job(1, fails.run);
        assert_eq!(server::jobs::turn(&site.platform, &hourly, "here", 7).await.0, hourly.every);
        let works = job(24, |_| Box::pin(async { Ok(()) }));
        assert_eq!(server::jobs::turn(&site.platform, &works, "here", 3).await, (works.every, 0));
    }

    /// Every job of the product is known by a name of its own.
    async fn jobs_have_names(site: Site) {
        let names: Vec<&str> = server::jobs::all().map(|job| job.name).collect();
        for name in names.iter().filter(|name| name.starts_with("platform.")) {
            assert_ne!(jobs_in_words::title(name), *name, "each says what it does");
        }
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        for job in server::jobs::all() {
            server::jobs::turn(&site.platform, &job, "here", 0).await;
        }
        let runs = jobs::all(&site.platform).await.expect("the jobs");
        assert!(runs.len() == names.len() && runs.iter().all(|run| run.failures == 0), "{runs:?}");
    }

    /// On a server for real people it is something to see to that there is no backup.
    async fn a_missing_backup_needs_attention(site: Site) {
        const WORDS: &str = "The last backup is more than two days old, or there is none";
        let known = operator(&site).await;
        assert!(!site.get_as(&known, "/admin").await.text.contains(WORDS), "on a machine of one’s own");
        let (db, clock) = (site.platform.db.clone(), site.platform.clock.clone());
        let there = site.at(Platform::new(db, clock, keyring(), signer(), "https://app.example.com".to_owned()));
        // The session is the same; its cookie has another name over https.
        let session = known.replacen("devalo_session", "__Host-devalo", 1);
        let overview = there.get_as(&session, "/admin").await;
        assert_eq!(overview.status, StatusCode::OK, "{}", overview.text);
        assert!(overview.text.contains(WORDS) && overview.text.contains("href=\"/admin/health\""), "{}", overview.text);
        if let Some(path) = site.url.strip_prefix("sqlite://") {
            let folder = std::path::Path::new(path).with_file_name("backups");
            std::fs::create_dir(&folder).expect("a folder");
            let file = std::fs::File::create(folder.join("devalo.db")).expect("a file");
            let now = site.platform.clock.now().timestamp();
            let at = |days: i64| std::time::SystemTime::from(now - jiff::SignedDuration::from_hours(days * 24));
            file.set_modified(at(1)).expect("a time");
            assert!(!there.get_as(&session, "/admin").await.text.contains(WORDS));
            file.set_modified(at(3)).expect("a time");
            assert!(there.get_as(&session, "/admin").await.text.contains(WORDS), "too old");
        }
    }

    /// The operator sees how the platform is; that there was never a backup is said plainly.
    async fn health_is_told(site: Site) {
        let operator = operator(&site).await;
        let facts = async || -> Vec<Fact> { site.read::<HealthPage>(&operator, "/fn/admin/health").await.expect("health").facts };
        let found = facts().await;
        let fact = |label: &str| found.iter().find(|fact| fact.label == label).unwrap_or_else(|| panic!("{label}: {found:?}"));
        let postgres = site.platform.db.is_postgres();
        assert_eq!(fact("Database").value, if postgres { "PostgreSQL" } else { "SQLite" });
        assert!(fact("Database").about.starts_with("Version "), "{:?}", fact("Database"));
        assert!(["KB", "MB", "GB"].iter().any(|unit| fact("Its size").value.ends_with(unit)), "{:?}", fact("Its size"));
        assert_eq!(found.iter().any(|fact| fact.label == "Write-ahead log"), !postgres);
        assert_eq!((fact("Last backup").value.as_str(), fact("Last backup").alarming), ("never", true));
        let advice = &fact("Last backup").advice;
        assert!(advice.starts_with("No backup found in ") && advice.contains("devalo backup --env-file"), "{advice}");
        assert_eq!(fact("Migrations").value, format!("{0} of {0} applied", app::modules::MIGRATIONS.len()));
        assert!(found.iter().all(|fact| fact.alarming != fact.advice.is_empty()), "what is wrong says what to do: {found:?}");
        assert_eq!(fact("Devalo").value, app::built::VERSION);
        assert!(fact("Devalo").about.starts_with(&format!("Commit {}, built by rustc ", app::built::COMMIT)), "{:?}", fact("Devalo"));
        assert!(fact("Clock").value.starts_with("22:00:00 UTC"), "{:?}", fact("Clock"));
        assert!(fact("Clock").about.ends_with("in Sydney 9:00 am, 23 November"), "{:?}", fact("Clock"));
        assert!(fact("Error rate").about.starts_with("Of ") && !fact("Error rate").about.starts_with("Of 0 "), "{:?}", fact("Error rate"));
        assert!(site.platform.answers.last_hour(site.platform.clock.now()).all > 0);
        site.mailed().await;
        assert_eq!(facts().await.iter().find(|fact| fact.label == "Outbox").map(|fact| fact.value.clone()), Some("empty".to_owned()));
        if let Some(path) = site.url.strip_prefix("sqlite://") {
            let folder = std::path::Path::new(path).with_file_name("backups");
            std::fs::create_dir(&folder).expect("a folder");
            let backup = async || facts().await.into_iter().find(|fact| fact.label == "Last backup").expect("a fact").value;
            assert_eq!(backup().await, "never", "an empty folder is no backup");
            std::fs::write(folder.join("devalo.db"), "a backup").expect("a file");
            assert_ne!(backup().await, "never");
        }
        let page = site.get_as(&operator, "/admin/health").await;
        assert!(page.status == StatusCode::OK && page.text.contains("Last backup"), "{}", page.text);
        // What isn't as it should be comes first, with what to do; the rest is folded away.
        assert!(page.text.contains(" things are fine"), "{}", page.text);
        assert!(page.text.contains(", Devalo, started"), "{}", page.text);
    }

    /// The platform's own log is told in sentences, with the names that people and organisations have now.
    async fn the_log_is_told(site: Site) {
        let operator = operator(&site).await;
        let wrong = [("email", "owner@alpha.example.com"), ("password", "not the password")];
        site.form(None, "/fn/auth/log-in", "/login", &wrong).await;
        site.log_in("alpha").await;
        let fields = [("slug", "beta"), ("shut", "true")];
        assert_eq!(site.form(Some(&operator), "/fn/admin/suspend", "/admin/orgs/beta", &fields).await.status, StatusCode::FOUND);
        let log = async |query: &str| -> LogPage { site.read(&operator, &format!("/fn/admin/log?{query}")).await.expect("the log") };
        let page = log("").await;
        let told: Vec<&str> = page.lines.iter().map(|line| line.what.as_str()).collect();
        assert_eq!(told[0], "Olly Operator suspended Beta Clinic");
        for words in ["Owner of Alpha Clinic logged in", "A log-in of Owner of Alpha Clinic was refused", "Olly Operator set up an authenticator app"] {
            assert!(told.contains(&words), "{words}: {told:?}");
        }
        assert!(page.newest && page.lines[0].when == "23 November 2026, 9:00 am", "{:?}", page.lines[0]);
        assert_eq!(log("ours=true").await.lines.len(), 1);
        let older = log(&format!("before={}", page.lines[0].number)).await;
        assert!(!older.newest && older.lines == page.lines[1..], "{older:?}");
        assert!(log("before=-5").await.lines.is_empty());
        let shown = site.get_as(&operator, "/admin/log?ours=1").await;
        assert!(shown.text.contains("Olly Operator suspended Beta Clinic") && !shown.text.contains("logged in<"), "{}", shown.text);
        // It goes on from page to page, each entry once.
        for n in 0..60 {
            let fields = [("slug", "beta"), ("shut", "true")];
            site.form(Some(&operator), "/fn/admin/suspend", "/admin/orgs/beta", &fields[..=(n % 2)]).await;
        }
        let (mut numbers, mut before) = (Vec::new(), String::new());
        loop {
            let page = log(&before).await;
            numbers.extend(page.lines.iter().map(|line| line.number));
            match page.before {
                Some(number) => before = format!("before={number}"),
                None => break,
            }
        }
        assert!(numbers.len() > 60 && numbers.windows(2).all(|pair| pair[0] == pair[1] + 1) && numbers.last() == Some(&1), "{numbers:?}");
    }

    /// Each page names where one is, and leads to the others; what isn't made isn't led to.
    async fn the_pages_lead_to_each_other(site: Site) {
        let operator = operator(&site).await;
        let start = site.get_as(&operator, "/admin").await.text;
        let nav = start.split("class=\"operator-nav\"").nth(1).and_then(|rest| rest.split("</nav>").next()).expect("the navigation");
        let places: Vec<&str> = nav.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(places.len() >= 6, "{nav}");
        for place in places {
            let page = site.get_as(&operator, place).await;
            assert_eq!(page.status, StatusCode::OK, "{place}");
            assert!(page.text.contains(&format!("href=\"{place}\" aria-current=\"page\"")), "{place}: {}", page.text);
            assert!(!page.text.contains("<script type=\"module\""), "{place} needs no program");
        }
    }
}

/// An organisation as the tables have it.
#[derive(Debug)]
struct Raw {
    slug: String,
    zone: String,
    plan: String,
    period: String,
    seats: Option<i64>,
    agreed: Option<i64>,
    modules: Option<String>,
    state: String,
    since: Instant,
    until: Option<Instant>,
    suspended: bool,
    people: i64,
    seen: Option<Instant>,
    /// Bookings, by month.
    used: HashMap<String, i64>,
}

impl Raw {
    fn standing(&self, now: Instant) -> &'static str {
        let end = match self.state.as_str() {
            "past_due" => Some(self.since.plus_seconds(7 * DAY)),
            "ended" => Some(self.until.unwrap_or(self.since)),
            _ => self.until,
        };
        match self.state.as_str() {
            _ if self.suspended => "suspended",
            _ if end.is_some_and(|end| now >= end) => "ended",
            "trial" => "trial",
            "past_due" => "late",
            "ended" => "ending",
            _ => "active",
        }
    }

    /// Prices as in `app/plans.toml`, written out here.
    fn price(&self) -> i64 {
        let seats = self.seats.unwrap_or(0);
        let month = self.period == "month";
        let of_plan = match self.plan.as_str() {
            "solo" if seats >= 1 => [19_000, 1_900][usize::from(month)],
            // What was agreed for more than can be had isn’t free by that.
            "team" if seats >= 1 => {
                let more = (seats - 5).max(0);
                [59_000 + 9_000 * more, 5_900 + 900 * more][usize::from(month)]
            }
            "business" if seats >= 1 => {
                let more = (seats - 20).max(0);
                [149_000 + 7_000 * more, 14_900 + 700 * more][usize::from(month)]
            }
            _ => 0,
        };
        self.agreed.unwrap_or(of_plan)
    }

    fn seats_in_words(&self) -> String {
        match (self.seats, self.people) {
            (Some(seats), people) => format!("{people} of {seats} seats"),
            (None, 1) => "1 person".to_owned(),
            (None, people) => format!("{people} people"),
        }
    }

    fn seen_in_words(&self, now: Instant) -> String {
        let hours = self.seen.map(|seen| (now.micros() - seen.micros()) / 1_000_000 / HOUR);
        hours.map(|hours| format!("{hours} hours ago")).unwrap_or_default()
    }

    /// In Sydney it is December, in Perth November.
    fn used_in_words(&self) -> Option<String> {
        if self.modules.as_ref().is_some_and(|modules| !modules.split(' ').any(|name| name == "calendar")) {
            return None;
        }
        let month = if self.zone == "Australia/Perth" { "2026-11" } else { "2026-12" };
        let used = self.used.get(month).copied().unwrap_or(0);
        let used = if used < 1_000 { used.to_string() } else { format!("{},{:03}", used / 1_000, used % 1_000) };
        Some(match self.plan.as_str() {
            "solo" => format!("{used} of 150 bookings this month"),
            "team" => format!("{used} of 1,500 bookings this month"),
            _ => format!("{used} bookings this month"),
        })
    }
}

/// A change of what comes in, as the table has it.
#[derive(Debug)]
struct RawChange {
    org: OrgId,
    at: Instant,
    kind: String,
    plan: String,
    before: i64,
    after: i64,
}

async fn raw_changes(site: &Site) -> Vec<RawChange> {
    let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let rows = platform_sql!(
        all(OrgId, Instant, String, String, i64, i64),
        &mut tx,
        "SELECT org_id, at, kind, plan, before_year, after_year FROM plan_changes ORDER BY org_id, number"
    );
    let rows = rows.expect("the changes");
    tx.commit().await.expect("an end");
    rows.into_iter()
        .map(|(org, at, kind, plan, before, after)| RawChange { org, at, kind, plan, before, after })
        .collect()
}

/// All organisations by their addresses, put together here from one table after the other.
async fn raw(site: &Site) -> Vec<Raw> {
    type Row = (
        OrgId,
        String,
        String,
        String,
        String,
        Option<i64>,
        Option<i64>,
        Option<String>,
        String,
        Instant,
        Option<Instant>,
        Option<Instant>,
    );
    let mut tx = site.platform.begin_across_orgs(Access::Read).await.expect("a transaction");
    let orgs = platform_sql!(
        all Row,
        &mut tx,
        "SELECT id, slug, zone, plan, plan_period, plan_seats, plan_price, plan_modules, billing_state, billing_since, billing_until, suspended_at FROM organisations"
    )
    .expect("organisations");
    let members =
        platform_sql!(all(OrgId, UserId), &mut tx, "SELECT org_id, user_id FROM memberships").expect("members");
    let sessions =
        platform_sql!(all(UserId, Instant), &mut tx, "SELECT user_id, seen_at FROM sessions").expect("sessions");
    let used = platform_sql!(
        all(OrgId, String, i64),
        &mut tx,
        "SELECT org_id, period, used FROM quota_use WHERE quota = 'calendar.bookings'"
    )
    .expect("what is used");
    tx.commit().await.expect("an end");
    let by_slug: BTreeMap<String, Raw> = orgs
        .into_iter()
        .map(|(id, slug, zone, plan, period, seats, agreed, modules, state, since, until, suspended)| {
            let theirs: Vec<UserId> = members.iter().filter(|(org, _)| *org == id).map(|(_, user)| *user).collect();
            let raw = Raw {
                slug: slug.clone(),
                zone,
                plan,
                period,
                seats,
                agreed,
                modules,
                state,
                since,
                until,
                suspended: suspended.is_some(),
                people: i64::try_from(theirs.len()).expect("a number"),
                seen: sessions.iter().filter(|(user, _)| theirs.contains(user)).map(|(_, seen)| *seen).max(),
                used: used
                    .iter()
                    .filter(|(org, ..)| *org == id)
                    .map(|(_, period, used)| (period.clone(), *used))
                    .collect(),
            };
            (slug, raw)
        })
        .collect();
    by_slug.into_values().collect()
}

/// Chance, the same each time.
struct Chance(TestRng);

impl Chance {
    fn below(&mut self, end: u32) -> i64 {
        i64::from(self.0.next_u32() % end)
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.0.next_u32() as usize % all.len()].clone()
    }

    fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }
}

/// Five hundred organisations, straight into the tables.
async fn generate(site: &Site) {
    let now = site.platform.clock.now();
    let mut chance = Chance(TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    let mut users = Vec::new();
    for n in 0..40_u8 {
        let (user, index) = (UserId::new(now), vec![n; 32]);
        platform_sql!(
            exec,
            &mut tx,
            "INSERT INTO users (id, email, email_index, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            user,
            vec![n],
            index.clone(),
            vec![n],
            "none",
            now
        )
        .expect("a user");
        if !chance.once_in(3) {
            platform_sql!(
                exec,
                &mut tx,
                "INSERT INTO sessions (token_hash, id, user_id, stage, remembered, device, created_at, seen_at, expires_at) VALUES ($1, $2, $3, 'full', FALSE, 'Test', $4, $5, $6)",
                index,
                fresh(now),
                user,
                now.plus_seconds(-2 * DAY),
                now.plus_seconds(-(2 + chance.below(20)) * HOUR),
                now.plus_seconds(DAY)
            )
            .expect("a session");
        }
        users.push(user);
    }
    for n in 0..ORGS {
        let org = OrgId::new(now);
        let plan = chance.one_of(&["solo", "team", "business", "custom", "gone"]);
        let state = chance.one_of(&["active", "active", "active", "trial", "past_due", "ended"]);
        let until = match chance.below(5) {
            0 => Some(now.plus_seconds(DAY * (1 + chance.below(60)))),
            1 => Some(now.plus_seconds(-DAY * chance.below(60))),
            2 => Some(now),
            _ => None,
        };
        let seats = Some(1 + chance.below(25))
            .filter(|_| plan != "custom")
            .map(|seats| if plan == "solo" && seats > 3 { 1 } else { seats });
        let price = chance.once_in(5).then(|| chance.below(100_000));
        let modules = chance.one_of(&[None, None, Some("calendar"), Some("calendar tasks"), Some("tasks")]);
        let period = chance.one_of(&["month", "year"]);
        let zone = chance.one_of(&["Australia/Sydney", "Australia/Perth"]);
        platform_sql!(
            exec,
            &mut tx,
            "INSERT INTO organisations (id, slug, name, zone, created_at, plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billing_state, billing_since, billing_until, suspended_at, billed_by)
             VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            org,
            format!("org-{n}"),
            format!("Business {n}"),
            zone,
            now.plus_seconds(-100 * DAY),
            plan,
            period,
            seats,
            price,
            modules,
            state,
            now.plus_seconds(-chance.below(14) * DAY),
            until,
            Some(now).filter(|_| chance.once_in(12)),
            // What fails is a card.
            if state == "past_due" { "stripe" } else { "manual" }
        )
        .expect("an organisation");
        let begin = usize::try_from(chance.below(40)).expect("a number");
        for at in 0..=usize::try_from(chance.below(6)).expect("a number") {
            let role = if at == 0 { "owner" } else { "member" };
            platform_sql!(
                exec,
                &mut tx,
                "INSERT INTO memberships (org_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)",
                org,
                users[(begin + at) % users.len()],
                role,
                now
            )
            .expect("a member");
        }
        for month in ["2026-10", "2026-11", "2026-12"] {
            if chance.once_in(4) {
                continue;
            }
            platform_sql!(
                exec,
                &mut tx,
                "INSERT INTO quota_use (org_id, quota, period, used) VALUES ($1, 'calendar.bookings', $2, $3)",
                org,
                month,
                chance.below(2_000)
            )
            .expect("what is used");
        }
        // What came in before: whatever it was, the last change of all is to what is so now.
        let (mut before, mut paid) = (0, false);
        for step in 0..chance.below(5) {
            let after = if chance.once_in(3) { 0 } else { 12 * chance.below(20_000) + chance.below(12) };
            if after == before {
                continue;
            }
            let kind = match (before, after) {
                (0, _) if paid => "restored",
                (0, _) => "new",
                (_, 0) => "churned",
                _ => "changed",
            };
            let hours = if chance.once_in(2) { 60 * 24 - step * 24 } else { 0 };
            let at = if hours > 0 { now.plus_seconds(-hours * HOUR) } else { now.plus_seconds(-30 * 60 + step) };
            platform_sql!(
                exec,
                &mut tx,
                "INSERT INTO plan_changes (org_id, number, at, kind, plan, before_year, after_year, foreseen) VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE)",
                org,
                1 + step,
                at,
                kind,
                plan,
                before,
                after
            )
            .expect("a change");
            (before, paid) = (after, true);
        }
    }
    tx.commit().await.expect("a commit");
}

/// The whole list, from page to page.
async fn all(site: &Site, operator: &str, narrowed: &str) -> Vec<OrgLine> {
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page: OrgsPage =
            site.read(operator, &format!("/fn/admin/orgs?after={after}&{narrowed}")).await.expect("the page");
        assert!(page.orgs.len() <= 50, "a page is a page");
        seen.extend(page.orgs);
        match page.more_after {
            Some(slug) => after = slug,
            None => return seen,
        }
    }
}

/// "−$1,234.50"
fn money(cents: i64) -> String {
    let sign = if cents < 0 { "−" } else { "" };
    let cents = cents.abs();
    let (mut dollars, mut words) = (cents / 100, String::new());
    while dollars >= 1_000 {
        words = format!(",{:03}{words}", dollars % 1_000);
        dollars /= 1_000;
    }
    format!("{sign}${dollars}{words}.{:02}", cents % 100)
}

/// A twelfth, to the nearest; half a cent is one more.
fn rounded(cents: i64) -> i64 {
    let whole = cents.abs() / 12;
    let rest = cents.abs() % 12;
    if cents < 0 { -(whole + i64::from(rest > 6)) } else { whole + i64::from(rest >= 6) }
}

fn instant(text: &str) -> Instant {
    Instant::from_timestamp(text.parse().expect("an instant"))
}
