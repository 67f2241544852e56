//! The search over a hundred thousand tasks, by words that few of them have, by words that many have, and by filters.

use std::time::Instant;

use serde_json::Value;

use crate::{
    Options, Result,
    bookings::Random,
    from_now,
    http::{Connection, request},
    product::{Database, Owner, Product, id},
    report::{percentile, row},
    tasks::{self, List, Order, Step, send_all},
};

const ORG: &str = "search";
const TASKS: usize = 100_000;
/// They come from templates of so many, and go to so many lists.
const A_TEMPLATE: usize = 500;
const LISTS: usize = 10;
/// Each kind of search is asked so often.
const LOOKS: usize = 200;
/// So many tasks have each of the rare words.
const WITH_RARE: usize = 5;
const RARE: [&str; 12] = [
    "defibrillator",
    "theodolite",
    "autoclave",
    "tachograph",
    "gazebo",
    "harpsichord",
    "quarantine",
    "marquee",
    "subpoena",
    "zeppelin",
    "periscope",
    "kombucha",
];
const VERBS: [&str; 8] = ["Check", "Call", "Repair", "Collect", "Invoice", "Label", "Replace", "Photograph"];
const THINGS: [&str; 16] = [
    "fridge",
    "towels",
    "signs",
    "keys",
    "roster",
    "lease",
    "newsletter",
    "printer",
    "treatment table",
    "uniforms",
    "float",
    "alarm",
    "carpet",
    "invoice book",
    "stock list",
    "van",
];
const WHERE: [&str; 8] = ["Parramatta", "Geelong", "Fremantle", "Hobart", "Cairns", "Dubbo", "Ballarat", "Bendigo"];

/// What is searched for.
const KINDS: [(&str, &[&str]); 6] = [
    ("a rare word", &RARE),
    ("a common word", &["order", "call", "fridge", "parramatta"]),
    ("two words", &["order gloves", "repair fridge", "call hobart", "invoice cairns"]),
    ("the start of a word", &["glov*", "defib*", "frid*", "parra*"]),
    ("a filter with a word", &["assignee:me due<=+7d gloves", "assignee:me due<=+7d towels", "-due:any fridge"]),
    ("a filter alone", &["assignee:me due<=+7d", "due<today priority>=high", "assignee:none due:this-week"]),
];

/// Figures: each kind of search, in the JSON API and as a page; what isn’t found; and memory.
pub async fn measure(options: &Options, database: Database) -> Result<()> {
    let (count, looks) = if options.quick { (TASKS / 20, 24) } else { (TASKS, LOOKS) };
    let mut product = Product::prepare(options, database).await?;
    product.add_businesses(&[ORG.to_owned()]).await?;
    product.start("/").await?;
    let mut owner = product.owner().await?;
    fill(&mut owner, &product, count).await?;
    // Memory is that of searching, not of making.
    product.stop().await?;
    product.learn().await?;
    product.start("/").await?;
    let mut owner = product.owner().await?;

    let mut found = 0;
    for word in RARE {
        let [path, _] = tasks::searches(ORG, word);
        found += tasks::found(&owner.send("GET", &path, &Value::Null).await?)?;
    }
    let wanted = RARE.len() * WITH_RARE;
    row(
        &format!("tasks found by {} rare words among {count}, {database}", RARE.len()),
        &found.to_string(),
        "–",
        None,
        &wanted.to_string(),
        Some(found == wanted),
    );
    let cookie = format!("Cookie: {}", owner.cookie);
    let mut connection = Connection::open(product.addr).await?;
    let mut pages = Vec::new();
    for (kind, words) in KINDS {
        let mut times = Vec::new();
        for typed in words.iter().cycle().take(looks) {
            let [path, page] = tasks::searches(ORG, typed);
            let begun = Instant::now();
            let answer = owner.send("GET", &path, &Value::Null).await?;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            // What finds nothing would be quick and wrong.
            if tasks::found(&answer)? == 0 {
                return Err(format!("nothing is found by “{typed}”").into());
            }
            let begun = Instant::now();
            let ask = request("GET", &page, product.addr, &[&cookie, "Accept: text/html"], "");
            let answer = connection.send(&ask).await?;
            pages.push(begun.elapsed().as_secs_f64() * 1e3);
            if answer.status != 200 {
                return Err(format!("{page}: {}", answer.head).into());
            }
        }
        report(&format!("search among {count} tasks, {kind}, {database}"), &mut times);
    }
    report(&format!("the search’s page, all of these, {database}"), &mut pages);
    let most = product.memory()?.peak as f64 / 1024.0;
    row(&format!("server memory while searching, at most, {database}"), &format!("{most:.1} MB"), "–", None, "–", None);
    product.check_log(&format!("searches, {database}"));
    product.stop().await
}

/// Makes the tasks as the product makes many at once: each template brings words of its own.
async fn fill(owner: &mut Owner, product: &Product, count: usize) -> Result<()> {
    let mut lists = Vec::new();
    for nth in 0..LISTS {
        lists.push(List::add(owner, ORG, &format!("Site {nth}"), 3).await?);
    }
    let (mut random, day) = (Random(41), from_now(0).chars().take(10).collect::<String>());
    let apart = count / WITH_RARE;
    let mut templates: Vec<Order> = Vec::new();
    for nth in 0..count / A_TEMPLATE {
        let step = |within: usize| step(nth * A_TEMPLATE + within, apart, &mut random);
        let steps = (0..A_TEMPLATE).map(step).collect::<Result<Vec<Value>>>()?;
        templates.push(tasks::adds_template(ORG, &format!("Template {nth}"), steps));
    }
    let made = send_all(owner, product.addr, &templates, "template", 2).await?;
    let start = |(nth, made): (usize, &Value)| Ok(lists[nth % LISTS].starts(&id(made)?, &day, None));
    let starts = made.iter().enumerate().map(start).collect::<Result<Vec<Order>>>()?;
    let started = send_all(owner, product.addr, &starts, "start", 2).await?;
    let made: usize = started.iter().map(tasks::made).sum();
    if made == count { Ok(()) } else { Err(format!("{made} of {count} tasks were made").into()) }
}

/// A task: one in four is an order, and one in a hundred is about gloves.
fn step(nth: usize, apart: usize, random: &mut Random) -> Result<Value> {
    let verb = if random.below(4) == 0 { "Order" } else { VERBS[random.below(VERBS.len())] };
    let thing = if random.below(100) == 0 { "gloves" } else { THINGS[random.below(THINGS.len())] };
    let place = WHERE[random.below(WHERE.len())];
    // Spread over all, and never two in one.
    let rare = RARE.iter().enumerate().find(|(at, _)| nth % apart == at * 37 + 11).map(|(_, word)| *word);
    let rare = rare.map(|word| format!(", with the {word}")).unwrap_or_default();
    let step = Step {
        key: format!("step-{nth}"),
        title: format!("{verb} the {thing} for {place} by invoice {}{rare}", random.below(1_000_000)),
        has_role: random.below(2) == 0,
        priority: random.below(5),
        due: Some(i64::try_from(random.below(120))? - 60).filter(|_| random.below(10) > 0),
        ..Step::default()
    };
    Ok(step.json())
}

fn report(figure: &str, milliseconds: &mut [f64]) {
    let (p50, p95) = (percentile(milliseconds, 0.5), percentile(milliseconds, 0.95));
    let measured = format!("p50 {p50:.1} ms, p95 {p95:.1} ms");
    row(figure, &measured, "–", None, "p95 ≤ 100 ms", Some(p95 <= 100.0));
}
