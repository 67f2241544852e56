//! Who stands where: by person, team and branch, in every period, as far as each may see it.

use app::{
    db::Access,
    modules::scoreboard::{
        board::{self, Asked, Of},
        ids::{MembershipId, MetricId, PersonId, TeamId},
        metrics,
        people::{self, MembershipBody},
        ranking::Ties,
        store::{self, Membership},
    },
    org::Role,
};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    on_both,
    scoreboard::{SYSTEM, Shop, TODAY, asked, at_instant, entry, metric_body, money, on, with, written},
    support::outcome,
};

/// October and November.
const BOTH_MONTHS: &str = "range:2026-10-01:2026-11-30";

on_both! {
    /// A sale stays with the team of its day, whenever it is entered. Who is in two teams counts in each, and once in all.
    async fn a_sale_stays_with_the_team_of_its_day(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (ada, bo) = (shop.person("Ada").await, shop.person("Bo").await);
        let (north, south) = (shop.team("North").await, shop.team("South").await);
        let city = shop.group("City", "branch").await;
        join(&shop, ada, north, "2026-01-01", Some("2026-10-31")).await;
        join(&shop, ada, south, "2026-11-01", None).await;
        join(&shop, ada, city, "2026-01-01", None).await;
        join(&shop, bo, north, "2026-01-01", None).await;
        join(&shop, bo, south, "2026-01-01", None).await;
        shop.enter("sales", ada, "2026-10-31", 10_000).await;
        shop.enter("sales", ada, "2026-11-01", 4_000).await;
        shop.enter("sales", bo, TODAY, 500).await;
        let stands = async |of: Of| shop.stands("sales", BOTH_MONTHS, of).await;
        assert_eq!(stands(Of::People).await, "1 Ada $140.00, 2 Bo $5.00 = $145.00");
        assert_eq!(stands(Of::Teams).await, "1 North $105.00, 2 South $45.00 = $145.00");
        assert_eq!(stands(Of::Branches).await, "1 City $140.00 = $145.00");
        // Entered three weeks late, it is October’s, and North’s.
        let late = shop.enter("sales", ada, "2026-10-30", 300).await;
        assert_eq!(stands(Of::Teams).await, "1 North $108.00, 2 South $45.00 = $148.00");
        shop.correct_as(&SYSTEM, late, &on("2026-11-02", entry("sales", ada, 300)), "It was in November").await.expect("put right");
        assert_eq!(stands(Of::Teams).await, "1 North $105.00, 2 South $48.00 = $148.00");
        // In a team, each with what they did while they were in it.
        let within = async |team: TeamId| {
            let asked = Asked { team: Some(team), ..asked("sales", BOTH_MONTHS, Of::People) };
            written(&board::show(&site.platform, &SYSTEM, shop.slug, &asked).await.expect("a board"))
        };
        assert_eq!(within(north).await, "1 Ada $100.00, 2 Bo $5.00 = $105.00");
        assert_eq!(within(south).await, "1 Ada $43.00, 2 Bo $5.00 = $48.00");
        assert_eq!(shop.stands("sales", "month:2026-10-01", Of::Teams).await, "1 North $100.00, 2 South $0.00 = $100.00");
    }

    /// Nobody is in a team twice on one day: who sets it up hears so, and the database holds it. What is said anew holds for every day.
    async fn nobody_is_in_a_team_twice(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (ada, north) = (shop.person("Ada").await, shop.team("North").await);
        let first = join(&shop, ada, north, "2026-03-01", Some("2026-06-30")).await;
        let tried = async |since: &str, until: Option<&str>| {
            let body = MembershipBody { team: north, since: since.to_owned(), until: until.map(str::to_owned) };
            outcome(people::join_team(&site.platform, &shop.owner(), shop.slug, &ada.to_string(), &body).await)
        };
        let before = shop.standing().await;
        for (since, until, field) in [
            ("2026-06-30", None, "since"), ("2026-01-01", Some("2026-03-01"), "since"), ("2026-04-01", Some("2026-04-02"), "since"), ("2020-01-01", None, "since"),
            ("2026-08-02", Some("2026-08-01"), "until"), ("soon", None, "since"), ("2026-08-01", Some("later"), "until"),
        ] {
            assert_eq!(tried(since, until).await, format!("422 {field}"), "{since} {until:?}");
        }
        assert_eq!(shop.standing().await, before);
        let second = join(&shop, ada, north, "2026-07-01", None).await;
        let moved = async |id: MembershipId, since: &str, until: Option<&str>| {
            outcome(people::move_membership(&site.platform, &shop.owner(), shop.slug, &id.to_string(), since, until).await)
        };
        assert_eq!(moved(second, "2026-06-30", None).await, "422 since");
        assert_eq!(moved(first, "2026-03-01", None).await, "422 since");

        for (id, since, until) in [(None, "2026-05-01", Some("2026-05-01")), (Some(second), "2026-06-30", None)] {
            let mut tx = shop.opened(Access::Write).await;
            let row = |id: MembershipId| Membership { id, person_id: ada, team_id: north, since: since.to_owned(), until: until.map(str::to_owned) };
            let outcome = if let Some(id) = id {
                store::update_membership(&mut tx, &row(id)).await
            } else {
                let id = MembershipId::new(tx.now());
                store::insert_membership(&mut tx, &row(id)).await
            };
            assert!(outcome.is_err_and(|error| error.to_string().contains("membership_overlap")), "{since}");
            tx.rollback().await.expect("an end");
        }

        shop.enter("sales", ada, "2026-07-15", 700).await;
        let july = async || shop.stands("sales", "month:2026-07-01", Of::Teams).await;
        assert_eq!(july().await, "1 North $7.00 = $7.00");
        assert_eq!(moved(second, "2026-08-01", Some("2026-08-31")).await, "done");
        assert_eq!(july().await, "1 North $0.00 = $7.00");
        assert_eq!(moved(first, "2026-03-01", Some("2026-07-31")).await, "done");
        assert_eq!(july().await, "1 North $7.00 = $7.00");
        people::leave_team(&site.platform, &shop.owner(), shop.slug, &first.to_string()).await.expect("never there");
        assert_eq!(july().await, "1 North $0.00 = $7.00");
        assert_eq!(moved(first, "2026-03-01", None).await, "404");
    }

    /// Who has left is off the boards of today from the day after, and on those of when they were there; what they did stays their team’s.
    async fn leavers_stay_where_they_were(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada").await;
        let cy = shop.person_with("Cy", json!({ "left_on": "2026-10-31" })).await;
        let di = shop.person_with("Di", json!({ "left_on": TODAY })).await;
        shop.person_with("Ed", json!({ "joined_on": "2026-11-24" })).await;
        let north = shop.team("North").await;
        for person in [ada, cy, di] {
            join(&shop, person, north, "2026-01-01", None).await;
        }
        for (person, day, value) in [(cy, "2026-10-20", 20_000), (ada, TODAY, 1_000), (di, TODAY, 300)] {
            shop.enter("sales", person, day, value).await;
        }
        assert_eq!(shop.stands("sales", "month:2026-10-01", Of::People).await, "1 Cy $200.00, 2= Ada $0.00, 2= Di $0.00 = $200.00");
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $10.00, 2 Di $3.00 = $13.00");
        assert_eq!(shop.stands("sales", "financial_year", Of::People).await, "1 Ada $10.00, 2 Di $3.00 = $213.00");
        assert_eq!(shop.stands("sales", "financial_year", Of::Teams).await, "1 North $213.00 = $213.00");
        // One in the morning of the next day.
        site.set_clock("2026-11-23T14:00:00Z");
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $10.00, 2 Ed $0.00 = $13.00");
        assert_eq!(shop.stands("sales", "month:2026-10-01", Of::People).await, "1 Cy $200.00, 2= Ada $0.00, 2= Di $0.00 = $200.00");
        // In December all of November is over: who was there in it is on it.
        site.set_clock("2026-12-01T00:00:00Z");
        assert_eq!(shop.stands("sales", "month:2026-11-01", Of::People).await, "1 Ada $10.00, 2 Di $3.00, 3 Ed $0.00 = $13.00");
    }

    /// Who wants to be on no board is on none: neither their name nor their figure, for anybody, on pages, in the API and under a figure.
    /// It counts for their team and for all.
    async fn who_opts_out_is_on_no_board(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (ada, bo) = (shop.member("Ada Ash", Role::Member).await, shop.member("Bo", Role::Member).await);
        let boss = shop.member("Cy", Role::Manager).await;
        let north = shop.team("North").await;
        for person in [ada.id, bo.id] {
            join(&shop, person, north, "2026-01-01", None).await;
        }
        let line = shop.enter_as(&ada.actor, &entry("sales", None, 12_345)).await.expect("entered").id;
        shop.enter("sales", bo.id, TODAY, 50_000).await;
        people::opt_out(&site.platform, &ada.actor, shop.slug, true).await.expect("off");
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Bo $500.00, 2 Cy $0.00 = $623.45");
        assert_eq!(shop.stands("sales", "month", Of::Teams).await, "1 North $623.45 = $623.45");
        let (id, page) = (ada.id, "/app/alpha/scoreboard");
        for path in [
            page.to_owned(), format!("{page}?of=teams"), format!("{page}?team={north}"), format!("{page}?ties=first"), format!("{page}/entries"),
            format!("{page}/entries?metric=sales&person={id}"), format!("{page}/entries/{line}"), format!("{page}/mine"), format!("{page}/enter?entered={line}"),
            shop.api("board"), shop.api("board?of=teams"), shop.api(&format!("board?team={north}")), shop.api("entries"),
            shop.api(&format!("entries?metric=sales&person={id}")), shop.api(&format!("entries/{line}")),
        ] {
            let seen = site.get_as(&bo.cookie, &path).await;
            assert!(matches!(seen.status, StatusCode::OK | StatusCode::NOT_FOUND), "{path}: {seen:?}");
            for part in ["Ada Ash", "123.45"] {
                assert!(!seen.text.contains(part), "{path}: {part}: {}", seen.text);
            }
        }
        let boards = [page.to_owned(), shop.api("board")];
        for (cookie, path) in boards.iter().flat_map(|path| [(&bo.cookie, path), (&boss.cookie, path), (&ada.cookie, path)]) {
            let seen = site.get_as(cookie, path).await;
            assert!(seen.text.contains("$500.00") && seen.text.contains("$623.45") && !seen.text.contains("Ada Ash"), "{path}: {}", seen.text);
        }
        // What is theirs they see, and managers see to it.
        for cookie in [&ada.cookie, &boss.cookie] {
            assert_eq!(site.get_as(cookie, &shop.api(&format!("entries/{line}"))).await.status, StatusCode::OK);
        }
        people::opt_out(&site.platform, &ada.actor, shop.slug, false).await.expect("on again");
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Bo $500.00, 2 Ada Ash $123.45, 3 Cy $0.00 = $623.45");
        assert_eq!(outcome(people::opt_out(&site.platform, &shop.owner(), shop.slug, true).await), "404", "nothing of theirs is counted");
    }

    /// A ratio is what one comes to over what the other does, of each, of a team and of all, and never a mean of means. Over nothing it is a
    /// dash, which stands last.
    async fn a_ratio_is_of_the_sums(site: Site) {
        let shop = Shop::alpha(&site).await;
        for word in ["won", "calls"] {
            shop.metric(word, json!({})).await;
        }
        let ratio = json!({ "kind": "ratio", "numerator": "won", "denominator": "calls", "suffix": "%", "decimals": 1 });
        shop.metric("conversion", ratio.clone()).await;
        let (ada, bo) = (shop.person("Ada").await, shop.person("Bo").await);
        let (cy, di) = (shop.person("Cy").await, shop.person("Di").await);
        let (north, south) = (shop.team("North").await, shop.team("South").await);
        for (person, team) in [(ada, north), (bo, north), (cy, south)] {
            join(&shop, person, team, "2026-01-01", None).await;
        }
        for (person, day, won, calls) in [(ada, TODAY, 1, 2), (ada, "2026-11-20", 1, 8), (bo, TODAY, 9, 90)] {
            shop.enter("won", person, day, won).await;
            shop.enter("calls", person, day, calls).await;
        }
        let of_di = shop.enter("won", di, TODAY, 1).await;
        assert_eq!(shop.stands("conversion", "month", Of::People).await, "1 Ada 20.0%, 2 Bo 10.0%, – Cy –, – Di – = 12.0%");
        assert_eq!(shop.stands("conversion", "month", Of::Teams).await, "1 North 11.0%, – South – = 12.0%");
        assert_eq!(shop.stands("conversion", "day", Of::People).await, "1 Ada 50.0%, 2 Bo 10.0%, – Cy –, – Di – = 12.0%");
        assert_eq!(shop.stands("conversion", "month:2026-09-01", Of::People).await, "– Ada –, – Bo –, – Cy –, – Di – = –");
        let owner = site.log_in(shop.slug).await;
        let page = site.get_as(&owner, "/app/alpha/scoreboard?metric=conversion").await;
        assert!(page.status == StatusCode::OK && page.text.contains("20.0%"), "{}", page.text);
        // What was called and taken back is nothing again, and no error.
        let call = shop.enter("calls", di, TODAY, 3).await;
        assert_eq!(shop.stands("conversion", "day", Of::People).await, "1 Ada 50.0%, 2 Di 33.3%, 3 Bo 10.0%, – Cy – = 11.6%");
        shop.void_as(&SYSTEM, call, "A wrong number").await.expect("taken back");
        shop.void_as(&SYSTEM, of_di, "It fell through").await.expect("taken back");
        assert_eq!(shop.stands("conversion", "month", Of::People).await, "1 Ada 20.0%, 2 Bo 10.0%, – Cy –, – Di – = 11.0%");
        assert_eq!(outcome(shop.enter_as(&SYSTEM, &entry("conversion", ada, 5)).await), "422 metric");
        let of_a_ratio = with(ratio, json!({ "numerator": "conversion" }));
        assert_eq!(outcome(metrics::add(&site.platform, &SYSTEM, shop.slug, &metric_body("worse", of_a_ratio)).await), "422 numerator");
    }

    /// Less than nothing stands after nothing; where less is better, the least is first.
    async fn less_than_nothing_stands_last(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        shop.metric("complaints", json!({ "lower_is_better": true })).await;
        let (ada, bo, cy) = (shop.person("Ada").await, shop.person("Bo").await, shop.person("Cy").await);
        for (person, value) in [(ada, 10_000), (bo, 2_000), (bo, -7_000)] {
            shop.enter("sales", person, TODAY, value).await;
        }
        assert_eq!(shop.stands("sales", "month", Of::People).await, "1 Ada $100.00, 2 Cy $0.00, 3 Bo −$50.00 = $50.00");
        for (person, value) in [(ada, 3), (cy, 1)] {
            shop.enter("complaints", person, TODAY, value).await;
        }
        assert_eq!(shop.stands("complaints", "month", Of::People).await, "1 Bo 0, 2 Cy 1, 3 Ada 3 = 4");
        let gaps = async |metric: &str| {
            let board = shop.board(&SYSTEM, metric, "month", Of::People).await.expect("a board");
            board.lines.iter().map(|line| board::figure(&board.metric, line.gap)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((gaps("sales").await, gaps("complaints").await), ("– $100.00 $50.00".to_owned(), "– 1 2".to_owned()));
    }

    /// A formula is reckoned of what its parts come to, exactly, at every level. One that goes round in a ring, or that would lose a word, is
    /// refused.
    async fn formulas_are_reckoned_of_sums(site: Site) {
        let shop = Shop::alpha(&site).await;
        let sales = shop.metric("sales", money()).await;
        let hours = shop.metric("hours", json!({ "decimals": 1, "suffix": "h" })).await;
        let formula = |text: &str| with(money(), json!({ "kind": "formula", "formula": text }));
        shop.metric("rate", formula("sales / hours")).await;
        let bonus = shop.metric("bonus", formula("max(rate - 20, 0) * 0.1")).await;
        let (ada, bo) = (shop.person("Ada").await, shop.person("Bo").await);
        shop.person("Cy").await;
        for (person, cents, tenths) in [(ada, 30_000, 25), (bo, 10_000, 75)] {
            shop.enter("sales", person, TODAY, cents).await;
            shop.enter("hours", person, TODAY, tenths).await;
        }
        assert_eq!(shop.stands("hours", "month", Of::People).await, "1 Bo 7.5 h, 2 Ada 2.5 h, 3 Cy 0.0 h = 10.0 h");
        assert_eq!(shop.stands("rate", "month", Of::People).await, "1 Ada $120.00, 2 Bo $13.33, – Cy – = $40.00");
        assert_eq!(shop.stands("bonus", "month", Of::People).await, "1 Ada $10.00, 2 Bo $0.00, – Cy – = $2.00");
        assert_eq!(outcome(shop.enter_as(&SYSTEM, &entry("rate", ada, 5)).await), "422 metric");

        let add = async |word: &str, more: Value| outcome(metrics::add(&site.platform, &shop.owner(), shop.slug, &metric_body(word, more)).await);
        for (text, wanted) in [
            ("sales / nothing", "422 formula"), ("new + 1", "422 formula"), ("sales +", "422 formula"), ("", "422 formula"), ("sales / 0", "done"),
        ] {
            assert_eq!(add("new", formula(text)).await, wanted, "{text}");
        }
        assert_eq!(shop.stands("new", "month", Of::People).await, "– Ada –, – Bo –, – Cy – = –", "over nothing");
        assert_eq!(add("other", with(money(), json!({ "key": "sales" }))).await, "422 key", "a word is one thing’s");
        let first = shop.metric("first", formula("sales + 1")).await;
        shop.metric("second", formula("first * 2")).await;
        let save = async |id: MetricId, word: &str, more: Value| {
            let body = metric_body(word, with(json!({ "version": 1 }), more));
            outcome(metrics::save(&site.platform, &shop.owner(), shop.slug, &id.to_string(), &body).await)
        };
        assert_eq!(save(first, "first", formula("second + sales")).await, "422 formula", "a ring");
        let called = |key: &str, more: Value| with(more, json!({ "key": key }));
        assert_eq!(save(sales, "sales", called("revenue", money())).await, "422 key");
        assert_eq!(save(hours, "hours", called("time", json!({ "suffix": "h" }))).await, "422 key");
        assert_eq!(save(bonus, "bonus", called("extra", formula("max(rate - 20, 0) * 0.1"))).await, "done", "nothing says it");
        assert_eq!(save(bonus, "bonus", called("extra", formula("rate"))).await, "409 formula", "an old version");
        assert_eq!(shop.stands("extra", "month", Of::People).await, "1 Ada $10.00, 2 Bo $0.00, – Cy – = $2.00");
    }

    /// Equals share a place, or whoever got there first is before, by when it happened; a refund puts that off. In whatever order it all comes
    /// in, the board is the same.
    async fn equals_stand_the_same_in_any_order(site: Site) {
        let shop = Shop::alpha(&site).await;
        let (ada, bo, cy) = (shop.person("Ada").await, shop.person("Bo").await, shop.person("Cy").await);
        let first = [
            (ada, "2026-11-20T01:00:00Z", 30_000), (ada, "2026-11-20T03:00:00Z", 20_000), (bo, "2026-11-20T00:00:00Z", 50_000), (cy, "2026-11-20T04:00:00Z", 10_000),
        ];
        let refund = [(bo, "2026-11-21T00:00:00Z", -10_000), (bo, "2026-11-21T02:00:00Z", 10_000)];
        for (nth, word) in ["forwards", "backwards", "turned"].into_iter().enumerate() {
            shop.metric(word, money()).await;
            let in_order = |mut events: Vec<(PersonId, &'static str, i64)>| {
                match nth {
                    0 => {}
                    1 => events.reverse(),
                    _ => events.rotate_left(1),
                }
                events
            };
            for (person, at, value) in in_order(first.to_vec()) {
                shop.enter_as(&SYSTEM, &at_instant(at, entry(word, person, value))).await.expect("entered");
            }
            assert_eq!(ranked(&shop, word, Ties::Shared).await, "1= Ada $500.00, 1= Bo $500.00, 3 Cy $100.00 = $1,100.00", "{word}");
            assert_eq!(ranked(&shop, word, Ties::FirstToReach).await, "1 Bo $500.00, 2 Ada $500.00, 3 Cy $100.00 = $1,100.00", "{word}");
            for (person, at, value) in in_order(refund.to_vec()) {
                shop.enter_as(&SYSTEM, &at_instant(at, entry(word, person, value))).await.expect("entered");
            }
            assert_eq!(ranked(&shop, word, Ties::FirstToReach).await, "1 Ada $500.00, 2 Bo $500.00, 3 Cy $100.00 = $1,100.00", "{word}");
            assert_eq!(ranked(&shop, word, Ties::Shared).await, "1= Ada $500.00, 1= Bo $500.00, 3 Cy $100.00 = $1,100.00", "{word}");
        }
    }

    /// Of a team, who was first to reach a figure is judged by what they did in that team.
    async fn who_was_first_in_a_team_is_judged_there(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let (ada, bo, north) = (shop.person("Ada").await, shop.person("Bo").await, shop.team("North").await);
        join(&shop, ada, north, "2026-11-10", None).await;
        join(&shop, bo, north, "2026-01-01", None).await;
        // Ada’s first is from before she was in it, and Bo’s came between her two.
        for (person, day) in [(ada, "2026-11-02"), (bo, "2026-11-12"), (ada, "2026-11-20")] {
            shop.enter("sales", person, day, 100).await;
        }
        let asked = Asked { team: Some(north), ties: Ties::FirstToReach, ..asked("sales", "month", Of::People) };
        let board = board::show(&site.platform, &SYSTEM, shop.slug, &asked).await.expect("a board");
        assert_eq!(written(&board), "1 Bo $1.00, 2 Ada $1.00 = $2.00");
    }

    /// The month, the fortnight that the business counts, and the financial year, which ends on 30 June.
    async fn a_day_is_in_the_periods_of_its_business(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", money()).await;
        let ada = shop.person("Ada").await;
        for (day, value) in [
            ("2026-06-30", 1), ("2026-07-01", 20), ("2026-10-31", 300), ("2026-11-01", 4_000), ("2026-11-15", 50_000), ("2026-11-16", 600_000), ("2026-11-22", 7_000_000), (TODAY, 80_000_000),
        ] {
            shop.enter("sales", ada, day, value).await;
        }
        let comes_to = async |period: &str| {
            let board = shop.board(&SYSTEM, "sales", period, Of::People).await.map(|board| board::figure(&board.metric, board.total));
            board.unwrap_or_else(|error| error.code.status().to_string())
        };
        for (period, wanted) in [
            ("day", "$800,000.00"), ("week", "$800,000.00"), ("week:2026-11-16", "$76,000.00"), ("month", "$876,540.00"), ("", "$876,540.00"), ("month:2026-10-01", "$3.00"),
            ("fortnight", "$800,000.00"), ("fortnight:2026-11-09", "$76,500.00"), ("fortnight:2026-11-16", "422"),
            ("quarter", "$876,543.00"), ("financial_quarter:2026-07-01", "$0.20"), ("year", "$876,543.21"),
            ("financial_year", "$876,543.20"), ("financial_year:2025-07-01", "$0.01"), ("financial_year:2026-01-01", "422"),
            ("last:1", "$800,000.00"), ("last:2", "$870,000.00"), ("last:0", "422"), ("last:soon", "422"),
            ("range:2026-06-30:2026-07-01", "$0.21"), ("range:2026-07-01:2026-06-30", "422"), ("month:2026-13-01", "422"), ("decade", "422"),
        ] {
            assert_eq!(comes_to(period).await, wanted, "{period}");
        }
        shop.settings(&store::Settings { week_starts: 7, fortnight_from: "2026-01-11".to_owned(), future_days: 0, version: 1 }).await;
        for (period, wanted) in [("week", "$870,000.00"), ("week:2026-11-15", "$6,500.00"), ("fortnight", "$876,500.00"), ("fortnight:2026-11-09", "422")] {
            assert_eq!(comes_to(period).await, wanted, "{period}, from Sunday");
        }
    }

    /// Where each sees only their own place, a member sees that and nothing of others; managers see all.
    async fn a_private_board_shows_ones_own_place(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("sales", with(money(), json!({ "shown_to": "own" }))).await;
        let (ada, bo) = (shop.member("Ada", Role::Member).await, shop.member("Bo Birch", Role::Member).await);
        let boss = shop.member("Cy", Role::Manager).await;
        let north = shop.team("North").await;
        join(&shop, bo.id, north, "2026-01-01", None).await;
        shop.enter("sales", ada.id, TODAY, 11_111).await;
        let line = shop.enter("sales", bo.id, TODAY, 77_777).await;
        let board = shop.board(&ada.actor, "sales", "month", Of::People).await.expect("a board");
        assert_eq!(written(&board), "2 Ada $111.11 = –");
        assert_eq!((board.private, board.takes_part), (true, 3));
        assert!(board.lines[0].own && board.lines[0].gap.is_none(), "with what is missing, the next one’s figure could be told");
        let teams = shop.board(&ada.actor, "sales", "month", Of::Teams).await.expect("a board");
        assert_eq!(written(&teams), " = –", "a team’s figure is its people’s");
        let all = shop.board(&boss.actor, "sales", "month", Of::People).await.expect("a board");
        assert_eq!(written(&all), "1 Bo Birch $777.77, 2 Ada $111.11, 3 Cy $0.00 = $888.88");
        let (id, page) = (bo.id, "/app/alpha/scoreboard");
        for path in [
            page.to_owned(), format!("{page}?of=teams"), format!("{page}?team={north}"), format!("{page}/entries"), format!("{page}/entries?metric=sales&person={id}"),
            format!("{page}/entries/{line}"), format!("{page}/mine"), format!("{page}/enter?entered={line}"), shop.api("board"), shop.api("board?of=teams"),
            shop.api(&format!("board?team={north}")), shop.api("entries"), shop.api(&format!("entries?metric=sales&person={id}")), shop.api(&format!("entries/{line}")),
        ] {
            let seen = site.get_as(&ada.cookie, &path).await;
            assert!(matches!(seen.status, StatusCode::OK | StatusCode::NOT_FOUND), "{path}: {seen:?}");
            for part in ["777.77", "888.88", "\"value\":77777"] {
                assert!(!seen.text.contains(part), "{path}: {part}: {}", seen.text);
            }
        }
        let own = site.get_as(&ada.cookie, &shop.api("entries")).await.json();
        assert_eq!(own["entries"].as_array().map(Vec::len), Some(1), "{own}");
        let all = site.get_as(&boss.cookie, &shop.api("entries")).await.json();
        assert_eq!(all["entries"].as_array().map(Vec::len), Some(2), "{all}");
        // A ratio made of it that everybody sees shows what it comes to, and not the lines below.
        shop.metric("days", json!({})).await;
        shop.metric("pace", json!({ "kind": "ratio", "numerator": "sales", "denominator": "days", "decimals": 2 })).await;
        let below = site.get_as(&ada.cookie, &shop.api("entries?metric=pace")).await;
        assert!(below.status == StatusCode::OK && !below.text.contains(&bo.id.to_string()), "{below:?}");
    }

    /// What is for managers alone isn’t there for a member, by any way; for them it is.
    async fn what_managers_alone_see_is_not_there(site: Site) {
        let shop = Shop::alpha(&site).await;
        shop.metric("margin", with(money(), json!({ "shown_to": "managers", "name": "Hidden margin" }))).await;
        let (ada, boss) = (shop.member("Ada", Role::Member).await, shop.member("Bo", Role::Manager).await);
        let line = shop.enter("margin", boss.id, TODAY, 4_321).await;
        for metric in ["margin", "", "no-such-word"] {
            assert_eq!(outcome(shop.board(&ada.actor, metric, "month", Of::People).await), "404", "{metric}");
        }
        assert_eq!(shop.stands("margin", "month", Of::People).await, "1 Bo $43.21, 2 Ada $0.00 = $43.21");
        shop.metric("sales", money()).await;
        let seen = shop.board(&ada.actor, "", "month", Of::People).await.expect("the first that is for them");
        assert_eq!(seen.metric.key, "sales");
        let (page, missing) = ("/app/alpha/scoreboard", StatusCode::NOT_FOUND);
        for (path, status) in [
            (page.to_owned(), StatusCode::OK), (format!("{page}?metric=margin"), missing), (format!("{page}/entries?metric=margin"), missing), (format!("{page}/entries/{line}"), missing),
            (shop.api("board"), StatusCode::OK), (shop.api("board?metric=margin"), missing), (shop.api("entries?metric=margin"), missing), (shop.api(&format!("entries/{line}")), missing),
        ] {
            let seen = site.get_as(&ada.cookie, &path).await;
            assert_eq!(seen.status, status, "{path}");
            assert!(!seen.text.contains("Hidden margin") && !seen.text.contains("43.21"), "{path}: {}", seen.text);
            let managed = site.get_as(&boss.cookie, &path).await;
            assert_eq!(managed.status, StatusCode::OK, "{path}");
        }
    }
}

/// Puts somebody in a team.
async fn join(shop: &Shop<'_>, person: PersonId, team: TeamId, since: &str, until: Option<&str>) -> MembershipId {
    let body = MembershipBody { team, since: since.to_owned(), until: until.map(str::to_owned) };
    people::join_team(&shop.site.platform, &SYSTEM, shop.slug, &person.to_string(), &body)
        .await
        .expect("they are in it")
}

/// Who stands where this month, as to what becomes of equals.
async fn ranked(shop: &Shop<'_>, metric: &str, ties: Ties) -> String {
    let asked = Asked { ties, ..asked(metric, "month", Of::People) };
    written(&board::show(&shop.site.platform, &SYSTEM, shop.slug, &asked).await.expect("a board"))
}
