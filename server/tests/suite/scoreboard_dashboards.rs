//! What the dashboards show: one’s own day, a team person by person, how figures went, and the weekly email. Each adds up to what boards say, and
//! shows nobody what a board doesn’t.

use app::{
    db::Access,
    mail::Mailing,
    modules::scoreboard::{
        board::{self, Asked as AskedBoard, Of},
        digest,
        formula::Fraction,
        ids::{PersonId, TeamId},
        ledger, mine,
        people::{self, MembershipBody},
        permissions,
        ranking::Ties,
        team_view,
        trends::{self, Asked, Range, Spread, Trend},
    },
    org::{Actor, Role},
    platform_sql,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use jiff::{ToSpan, civil::Date};
use serde_json::json;

use crate::{
    on_both,
    scoreboard::{SYSTEM, Shop, TODAY, money, with},
    support::{ORIGIN, Site, outcome},
};

/// Monday, seven in the morning in Sydney, a week after the tests’ today.
const NEXT_MONDAY: &str = "2026-11-29T20:00:00Z";

on_both! {
    /// Every point of every trend is what the entries under it come to, a ratio as a sum over a sum; and all points together are the board’s total.
    async fn a_trend_adds_up_to_the_board(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("calls", json!({})).await;
        shop.metric("per_call", with(money(), json!({ "kind": "ratio", "numerator": "sales", "denominator": "calls" }))).await;
        let (ada, bo) = (shop.person("Ada").await, shop.person("Bo").await);
        let north = shop.team("North").await;
        join(&shop, ada, north, "2026-09-10").await;
        let today: Date = TODAY.parse().expect("a day");
        let mut draw = ledger::dice(7);
        let mut entered: Vec<(&str, PersonId, Date, i64)> = Vec::new();
        for _ in 0..70 {
            let (metric, most) = if draw(3) == 0 { ("calls", 20) } else { ("sales", 90_000) };
            let person = if draw(2) == 0 { ada } else { bo };
            let day = today.saturating_sub(i64::from(draw(500)).days());
            // Refunds are sales, too.
            let value = i64::from(draw(most)) - if draw(5) == 0 { i64::from(most) } else { 0 };
            shop.enter(metric, person, &day.to_string(), value).await;
            entered.push((metric, person, day, value));
        }
        let since: Date = "2026-09-10".parse().expect("a day");
        for metric in ["sales", "calls", "per_call"] {
            for range in Range::ALL {
                for (of, whose) in [(String::new(), None), (format!("team:{north}"), Some((ada, since))), (format!("person:{bo}"), Some((bo, Date::MIN)))] {
                    let trend = trend(&shop, &SYSTEM, metric, range, &of).await.expect("a trend");
                    let sum = |name: &str, from: Date, until: Date| -> i64 {
                        let within = entered.iter().filter(|(metric, person, day, _)| {
                            *metric == name && from <= *day && *day < until && whose.is_none_or(|(who, since)| who == *person && since <= *day)
                        });
                        within.map(|(.., value)| value).sum()
                    };
                    let expected = |from: Date, until: Date| {
                        let (sales, calls) = (Fraction::new(i128::from(sum("sales", from, until)), 100), Fraction::from(sum("calls", from, until)));
                        match metric {
                            "sales" => sales,
                            "calls" => Some(calls),
                            _ => sales.and_then(|sales| sales.checked_div(calls)),
                        }
                    };
                    let label = format!("{metric} {} {of}", range.as_str());
                    for point in &trend.points {
                        let wanted = expected(point.period.from, point.period.until).filter(|_| !point.ahead);
                        assert_eq!(point.value, wanted, "{label} {}", point.period.key());
                        if let Some((before, value)) = &point.before {
                            assert_eq!(*value, expected(before.from, before.until), "{label} {}", before.key());
                        }
                    }
                    assert_eq!(trend.points.windows(2).filter(|pair| pair[0].period.until != pair[1].period.from).count(), 0, "no gap: {label}");
                    assert_eq!(trend.total, expected(trend.period.from, trend.period.until), "{label}");
                    if metric != "per_call" {
                        let all = trend.points.iter().filter_map(|point| point.value).try_fold(Fraction::from(0), Fraction::checked_add);
                        assert_eq!(all, trend.total, "{label}");
                    }
                    assert_eq!(trend.total, on_the_board(&shop, metric, &trend, north, bo, &of).await, "{label}");
                }
            }
        }
    }

    /// A trend is for whom a board is: what each sees only of themselves, what managers see, and who is on no board.
    async fn a_trend_is_for_whom_a_board_is(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("bonus", with(money(), json!({ "shown_to": "own" }))).await;
        shop.metric("margin", with(money(), json!({ "shown_to": "managers" }))).await;
        let (ada, bo) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Member).await);
        let (boss, north) = (shop.member("Cy", Role::Manager).await, shop.team("North").await);
        join(&shop, ada.id, north, "2026-01-01").await;
        people::opt_out(&site.platform, &bo.actor, shop.slug, true).await.expect("off boards");
        let stranger = Shop::beta(&site).await.owner();
        let (of_ada, of_bo, of_north) = (format!("person:{}", ada.id), format!("person:{}", bo.id), format!("team:{north}"));
        for (who, metric, of, wanted) in [
            (&ada.actor, "sales", "", "done"),
            (&ada.actor, "sales", of_north.as_str(), "done"),
            (&ada.actor, "sales", of_ada.as_str(), "done"),
            (&bo.actor, "sales", of_ada.as_str(), "done"),
            (&ada.actor, "sales", of_bo.as_str(), "404"),
            (&bo.actor, "sales", of_bo.as_str(), "done"),
            (&boss.actor, "sales", of_bo.as_str(), "done"),
            (&ada.actor, "bonus", "", "done"),
            (&ada.actor, "bonus", of_ada.as_str(), "done"),
            (&ada.actor, "bonus", of_north.as_str(), "404"),
            (&bo.actor, "bonus", of_ada.as_str(), "404"),
            (&boss.actor, "bonus", of_ada.as_str(), "done"),
            (&ada.actor, "margin", of_ada.as_str(), "404"),
            (&boss.actor, "margin", "", "done"),
            (&ada.actor, "nothing", "", "404"),
            (&ada.actor, "sales", "team:nothing", "404"),
            (&ada.actor, "sales", "nobody", "404"),
            (&stranger, "sales", "", "404"),
            (&Actor::Anonymous, "sales", "", "401"),
        ] {
            let said = trend(&shop, who, metric, Range::Days, of).await;
            assert_eq!(outcome(said), wanted, "{who:?} {metric} {of}");
        }
        // What each sees only of themselves is theirs without a word, and nothing is told of how others are spread.
        shop.enter("bonus", ada.id, TODAY, 700).await;
        shop.enter("bonus", boss.id, TODAY, 90_000).await;
        let own = trend(&shop, &ada.actor, "bonus", Range::Days, "").await.expect("a trend");
        assert_eq!((own.total, own.people.is_none()), (Some(Fraction::from(7)), true));
        let asked = Asked { metric: "sales".to_owned(), range: "decades".to_owned(), of: String::new() };
        assert_eq!(outcome(trends::read(&site.platform, &ada.actor, shop.slug, &asked).await), "422 range");
        let page = site.get_as(&ada.cookie, "/app/alpha/scoreboard/trends?metric=sales").await;
        assert!(page.status == StatusCode::OK && page.text.contains("role=\"img\"") && page.text.contains("<desc id=\"trend-desc\">"), "{}", page.text);
        assert!(!page.text.contains(">Bo<") && page.text.contains("As a table"), "{}", page.text);
    }

    /// How amounts are spread is told of five or more, and who is on no board isn’t among them: not in the buckets, and not in what lies in the middle.
    async fn nobody_is_found_in_how_amounts_are_spread(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let bo = shop.member("Bo", Role::Member).await;
        let mut others = Vec::new();
        for (name, value) in [("Ada", 10_000), ("Cy", 20_000), ("Di", 30_000), ("Ed", 40_000)] {
            let person = shop.person(name).await;
            shop.enter("sales", person, TODAY, value).await;
            others.push(person);
        }
        let huge = 777_777_700;
        shop.enter("sales", bo.id, TODAY, huge).await;
        let spread = async || {
            let trend = trend(&shop, &shop.owner(), "sales", Range::Days, "").await.expect("a trend");
            (trend.entries.expect("of entries"), trend.people.expect("of people"))
        };
        let (entries, people) = spread().await;
        let (Spread::Told(entries), Spread::Told(people)) = (entries, people) else { panic!("there are five") };
        assert_eq!((entries.count, entries.median, people.count, people.median), (5, 30_000, 5, 30_000));
        people::opt_out(&site.platform, &bo.actor, shop.slug, true).await.expect("off boards");
        assert_eq!(spread().await, (Spread::TooFew, Spread::TooFew), "four are too few to tell of");
        shop.enter("sales", others[0], TODAY, 10_000).await;
        let (Spread::Told(entries), people) = spread().await else { panic!("there are five again") };
        assert_eq!((entries.count, entries.upper, people), (5, 30_000, Spread::TooFew));
        assert!(entries.buckets.iter().all(|bucket| bucket.from.is_none_or(|from| from <= 40_000)), "{entries:?}");
        // Taken back, it isn’t in it; of themselves they see it all the same.
        let own = trend(&shop, &bo.actor, "sales", Range::Days, &format!("person:{}", bo.id)).await.expect("their own");
        assert_eq!((own.entries, own.total), (Some(Spread::TooFew), Fraction::new(i128::from(huge), 100)));
        let owner = site.log_in(shop.slug).await;
        let api = site.get_as(&owner, &shop.api("trends?metric=sales&range=days")).await;
        assert_eq!((&api.json()["entries"]["count"], &api.json()["people"]), (&json!(5), &json!(null)), "{api:?}");
    }

    /// What is shown is there as a file: figures as they are, also below zero; and for nobody who doesn’t see the page.
    async fn what_is_shown_is_there_as_a_file(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", with(money(), json!({ "name": "=Sales" }))).await;
        let ada = shop.person("Ada").await;
        shop.enter("sales", ada, TODAY, -12_345).await;
        let owner = site.log_in(shop.slug).await;
        let path = "/app/alpha/scoreboard/trends.csv?metric=sales&range=days";
        let file = site.get_as(&owner, path).await;
        assert_eq!(file.status, StatusCode::OK, "{file:?}");
        let kind = file.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        assert_eq!(kind, Some("text/csv; charset=utf-8"));
        assert!(file.text.starts_with("From,To,'=Sales"), "{}", file.text);
        assert!(file.text.contains("2026-11-23,2026-11-23,-123.45\n") && file.text.lines().count() == 31, "{}", file.text);
        let years = site.get_as(&owner, "/app/alpha/scoreboard/trends.csv?metric=sales&range=years").await;
        assert!(years.text.lines().count() == 13 && years.text.contains("2025-11-01,2025-11-30"), "{}", years.text);
        let buckets = site.get_as(&owner, &format!("{path}&table=entries")).await;
        assert_eq!(buckets.text.trim(), "From,Below,How many", "too few to tell of");
        assert_eq!(site.get_as(&owner, &format!("{path}&table=all")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(site.get(path).await.status, StatusCode::UNAUTHORIZED);
        let beta = site.log_in("beta").await;
        assert_eq!(site.get_as(&beta, path).await.status, StatusCode::NOT_FOUND);
    }

    /// One’s own page says what boards say of oneself, in as few statements however much is counted. Whose results aren’t counted reads it kindly.
    async fn my_day_is_what_boards_say(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("bonus", with(money(), json!({ "shown_to": "own" }))).await;
        let (ada, bo) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Member).await);
        shop.enter("sales", ada.id, TODAY, 5_000).await;
        shop.enter("sales", ada.id, "2026-11-02", 2_000).await;
        shop.enter("sales", bo.id, "2026-11-20", 9_000).await;
        shop.enter("bonus", bo.id, TODAY, 100).await;
        let (who, places) = mine::places(&site.platform, &ada.actor, shop.slug).await.expect("their day");
        let told = |at: usize| {
            let place = &places[at];
            (place.today.as_str(), place.week.as_str(), place.month.as_str(), place.rank, place.of, place.gap.as_deref())
        };
        assert_eq!((who.id, told(0)), (ada.id, ("$50.00", "$50.00", "$70.00", Some(2), 2, Some("$20.00"))));
        assert_eq!(told(1), ("$0.00", "$0.00", "$0.00", Some(2), 2, None), "what is missing would tell of the other");
        let api = site.get_as(&ada.cookie, &shop.api("me/day")).await.json();
        assert_eq!((&api["figures"][0]["month"], &api["figures"][0]["rank"]), (&json!("$70.00"), &json!(2)), "{api}");

        let page = "/app/alpha/scoreboard/mine";
        let statements = async || {
            site.get_as(&ada.cookie, page).await;
            let before = site.platform.db.statements();
            assert_eq!(site.get_as(&ada.cookie, page).await.status, StatusCode::OK);
            site.platform.db.statements().zip(before).map(|(after, before)| after - before)
        };
        let few = statements().await;
        for number in 0..8 {
            shop.metric(&format!("more_{number}"), json!({})).await;
        }
        assert_eq!(statements().await, few, "eight more are counted");

        people::opt_out(&site.platform, &ada.actor, shop.slug, true).await.expect("off boards");
        let (_, places) = mine::places(&site.platform, &ada.actor, shop.slug).await.expect("their day");
        assert_eq!((places[0].month.as_str(), places[0].rank, places[0].of), ("$70.00", None, 1));
        let (_, guest) = site.join(shop.id, "guest@example.com", Role::Member).await;
        let kind = site.get_as(&guest, page).await;
        assert!(kind.status == StatusCode::OK && kind.text.contains("No results of yours are counted"), "{}", kind.text);
        assert_eq!(site.get_as(&guest, &shop.api("me/day")).await.status, StatusCode::NOT_FOUND);
    }

    /// Who is in a team, and who manages, see it person by person; managers also who has gone quiet. Others find nothing.
    async fn a_team_is_seen_by_who_is_in_it(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (ada, bo) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Member).await);
        let (boss, eve) = (shop.member("Cy", Role::Manager).await, shop.member("Eve", Role::Member).await);
        let never = shop.person("Dana").await;
        let north = shop.team("North").await;
        for person in [ada.id, bo.id, eve.id, never] {
            join(&shop, person, north, "2026-01-01").await;
        }
        // Wednesday is the third working day before Monday; Tuesday isn’t among the last three.
        shop.enter("sales", ada.id, "2026-11-18", 7_500).await;
        shop.enter("sales", bo.id, "2026-11-17", 2_500).await;
        shop.enter("sales", eve.id, TODAY, 10_000).await;
        people::opt_out(&site.platform, &eve.actor, shop.slug, true).await.expect("off boards");
        let view = async |who: &Actor| team_view::page(&site.platform, who, shop.slug, &north.to_string(), "sales", "month").await;
        let page = view(&boss.actor).await.expect("a team");
        let lines: Vec<_> = page.board.lines.iter().zip(&page.shares).map(|(line, share)| (line.name.as_str(), *share)).collect();
        assert_eq!(lines, [("Ada", Some(375)), ("Bo", Some(125)), ("Dana", Some(0))]);
        assert_eq!(page.board.total, Some(Fraction::from(200)), "who is on no board is in it");
        let watched = page.watched.expect("for managers");
        let quiet: Vec<_> = watched.quiet.iter().map(|(name, last)| (name.as_str(), last.map(|day| day.to_string()))).collect();
        assert_eq!(quiet, [("Bo", Some("2026-11-17".to_owned())), ("Dana", None)]);
        assert!(view(&ada.actor).await.expect("their own team").watched.is_none(), "only for managers");
        let outside = shop.member("Fay", Role::Member).await;
        let stranger = Shop::beta(&site).await.owner();
        for (who, wanted) in [(&outside.actor, "404"), (&stranger, "404"), (&Actor::Anonymous, "401")] {
            assert_eq!(outcome(view(who).await), wanted, "{who:?}");
        }
        let address = format!("/app/alpha/scoreboard/team/{north}");
        let shown = site.get_as(&boss.cookie, &address).await;
        assert!(shown.status == StatusCode::OK && shown.text.contains("Who has gone quiet") && !shown.text.contains(">Eve<"), "{}", shown.text);
        assert_eq!(site.get_as(&outside.cookie, &address).await.status, StatusCode::NOT_FOUND);
        let api = site.get_as(&ada.cookie, &shop.api(&format!("teams/{north}/day?metric=sales"))).await.json();
        assert_eq!((&api["total"]["shown"], &api["lines"][0]["share"], &api["quiet"]), (&json!("$200.00"), &json!(375), &json!(null)), "{api}");
    }

    /// On Monday at seven managers are written to, and others who want it: once, whatever is done again, and for nothing that they may not see.
    async fn the_weekly_email_comes_once_to_who_wants_it(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("margin", with(money(), json!({ "shown_to": "managers" }))).await;
        let (ada, bo) = (shop.member("Ada", Role::Manager).await, shop.member("Bo", Role::Member).await);
        let eve = shop.member("Eve", Role::Member).await;
        people::opt_out(&site.platform, &eve.actor, shop.slug, true).await.expect("off boards");
        for (metric, person, day, value) in [
            ("sales", ada.id, TODAY, 5_000),
            ("sales", bo.id, TODAY, 3_000),
            ("sales", eve.id, TODAY, 90_000),
            ("margin", ada.id, TODAY, 1_234),
            ("sales", bo.id, "2026-11-17", 1_000),
        ] {
            shop.enter(metric, person, day, value).await;
        }
        digest::write(&site.platform).await.expect("looked at");
        assert!(written_to(&site).await.is_empty(), "it begins with the next Monday");
        digest::choose(&site.platform, &bo.actor, shop.slug, true).await.expect("wanted");
        site.set_clock("2026-11-29T19:59:00Z");
        digest::write(&site.platform).await.expect("looked at");
        assert!(written_to(&site).await.is_empty(), "a minute before seven");

        site.set_clock(NEXT_MONDAY);
        digest::write(&site.platform).await.expect("written");
        let letters = written_to(&site).await;
        let to: Vec<&str> = letters.iter().map(|mailing| mailing.letter.to.as_str()).collect();
        assert_eq!(to, ["ada@example.com", "bo@example.com", "owner@alpha.example.com"], "not to Eve, who didn’t ask");
        let of = |to: &str| letters.iter().find(|mailing| mailing.letter.to == to).expect("a letter").letter.paragraphs.join("\n");
        let (manager, member) = (of("ada@example.com"), of("bo@example.com"));
        for words in ["sales: $980.00 (the week before: $10.00)", "1. Ada, $50.00\n2. Bo, $30.00", "You: 1st of 2, $50.00", "margin: $12.34"] {
            assert!(manager.contains(words), "{words}: {manager}");
        }
        assert!(member.contains("You: 2nd of 2, $30.00") && !member.contains("margin"), "{member}");
        assert!(!manager.contains("Eve") && !member.contains("Eve"));

        // Again, as after a crash before the week was done with.
        digest::write(&site.platform).await.expect("looked at");
        due_again(&site).await;
        digest::write(&site.platform).await.expect("looked at");
        assert!(written_to(&site).await.is_empty(), "each is written to once");

        // Nothing happened in the week after: nothing comes.
        site.set_clock("2026-12-06T20:00:00Z");
        digest::write(&site.platform).await.expect("looked at");
        assert!(written_to(&site).await.is_empty(), "there was nothing");
    }

    /// One press in a mail program stops it, without logging in; whoever has left isn’t written to, and nobody is for a week long gone.
    async fn the_weekly_email_can_be_stopped(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (ada, bo) = (shop.member("Ada", Role::Manager).await, shop.member("Bo", Role::Manager).await);
        shop.enter("sales", ada.id, TODAY, 5_000).await;
        site.set_clock(NEXT_MONDAY);
        digest::write(&site.platform).await.expect("written");
        let letters = written_to(&site).await;
        let letter = letters.iter().find(|mailing| mailing.letter.to == "ada@example.com").expect("a letter");
        let address = letter.unsubscribe.as_deref().and_then(|address| address.strip_prefix(ORIGIN)).expect("an address");
        let led = site.get(address).await;
        assert!(led.status == StatusCode::SEE_OTHER && led.location() == "/app/alpha/scoreboard/mine#weekly", "{led:?}");
        let press = async |path: &str| {
            let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            site.send_as_it_is(request.body(Body::from("List-Unsubscribe=One-Click")).expect("a request")).await.status
        };
        assert_eq!(press("/digest/nothing/stop").await, StatusCode::NOT_FOUND);
        assert_eq!(site.get("/digest/nothing/stop").await.status, StatusCode::NOT_FOUND);
        for _ in 0..2 {
            assert_eq!(press(address).await, StatusCode::NO_CONTENT);
        }
        shop.enter("sales", bo.id, "2026-11-30", 100).await;
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2", shop.id, bo.user).expect("they leave");
        tx.commit().await.expect("kept");
        site.set_clock("2026-12-06T20:00:00Z");
        digest::write(&site.platform).await.expect("written");
        let to: Vec<String> = written_to(&site).await.into_iter().map(|mailing| mailing.letter.to).collect();
        assert_eq!(to, ["owner@alpha.example.com"], "not to who stopped it, and not to who has left");
        shop.enter("sales", ada.id, "2026-12-07", 100).await;
        site.set_clock("2026-12-17T20:00:00Z");
        digest::write(&site.platform).await.expect("looked at");
        assert!(written_to(&site).await.is_empty(), "it is days late");
    }

    /// Members choose for themselves, on their page and through the API. A program has no email, and another organisation’s people find nothing.
    async fn members_choose_the_weekly_email(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (ada, boss) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Manager).await);
        let path = shop.api("me/weekly-email");
        for (who, wanted) in [(&ada, false), (&boss, true)] {
            assert_eq!(site.get_as(&who.cookie, &path).await.json(), json!({ "wanted": wanted }), "managers get it until they say no");
            let saved = site.json(Method::PUT, Some(&who.cookie), &path, &json!({ "wanted": !wanted })).await;
            assert_eq!(saved.status, StatusCode::NO_CONTENT, "{saved:?}");
            assert_eq!(site.get_as(&who.cookie, &path).await.json(), json!({ "wanted": !wanted }));
        }
        let before = shop.standing().await;
        assert_eq!(site.json(Method::PUT, Some(&ada.cookie), &path, &json!({ "wanted": true })).await.status, StatusCode::NO_CONTENT);
        assert_eq!(shop.standing().await, before, "the same again changes nothing");
        let page = "/app/alpha/scoreboard/mine";
        let done = site.form(Some(&ada.cookie), "/fn/scoreboard/choose-digest", page, &[("org", "alpha"), ("wanted", "false")]).await;
        assert!(done.status == StatusCode::FOUND && done.location().ends_with("/app/alpha/scoreboard/mine?quiet=1"), "{done:?}");
        assert_eq!(site.get_as(&ada.cookie, &path).await.json(), json!({ "wanted": false }));
        let beta = site.log_in("beta").await;
        assert_eq!(site.json(Method::PUT, Some(&beta), &path, &json!({ "wanted": true })).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.json(Method::PUT, None, &path, &json!({ "wanted": true })).await.status, StatusCode::UNAUTHORIZED);
        let token = shop.token(&[permissions::VIEW.name]).await;
        assert_eq!(site.bearer(&token, &path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.bearer(&token, &shop.api("trends?metric=sales")).await.status, StatusCode::OK);
    }
}

async fn join(shop: &Shop<'_>, person: PersonId, team: TeamId, since: &str) {
    let body = MembershipBody { team, since: since.to_owned(), until: None };
    people::join_team(&shop.site.platform, &SYSTEM, shop.slug, &person.to_string(), &body).await.expect("in the team");
}

async fn trend(shop: &Shop<'_>, actor: &Actor, metric: &str, range: Range, of: &str) -> app::error::Result<Trend> {
    let asked = Asked { metric: metric.to_owned(), range: range.as_str().to_owned(), of: of.to_owned() };
    trends::read(&shop.site.platform, actor, shop.slug, &asked).await
}

/// The same figure as a board has it: of all, of a team, or a person’s line.
async fn on_the_board(
    shop: &Shop<'_>,
    metric: &str,
    trend: &Trend,
    team: TeamId,
    person: PersonId,
    of: &str,
) -> Option<Fraction> {
    let period = format!("range:{}:{}", trend.period.from, trend.period.last());
    let team = of.starts_with("team:").then_some(team);
    let asked = AskedBoard { metric: metric.to_owned(), period, of: Of::People, team, ties: Ties::Shared };
    let board = board::show(&shop.site.platform, &SYSTEM, shop.slug, &asked).await.expect("a board");
    if of.starts_with("person:") {
        return board.lines.iter().find(|line| line.id == person.0).expect("their line").value;
    }
    board.total
}

/// The weekly emails since the last time, by whom they went to.
async fn written_to(site: &Site) -> Vec<Mailing> {
    let mut all: Vec<Mailing> =
        site.mailings().await.into_iter().filter(|mailing| mailing.unsubscribe.is_some()).collect();
    all.sort_by(|one, other| one.letter.to.cmp(&other.letter.to));
    all
}

/// As if the process had died before it was done with the week.
async fn due_again(site: &Site) {
    let now = site.platform.clock.now();
    let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    let done =
        platform_sql!(exec, &mut tx, "UPDATE scoreboard_digests SET told_week = '2000-01-03', next_at = $1", now);
    assert_eq!(done.expect("changed"), 1);
    tx.commit().await.expect("kept");
}
