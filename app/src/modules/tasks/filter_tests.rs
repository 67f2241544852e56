use std::rc::Rc;

use proptest::prelude::*;

use super::{names::FOLDED, read::distance, *};

const TODAY: Today = Today { now: DateTime::constant(2026, 11, 25, 10, 0, 0, 0), week_starts: Weekday::Monday };

/// A task that owns its words.
#[derive(Debug, Clone)]
struct Task {
    texts: Vec<String>,
    number: i64,
    status: &'static str,
    kind: Kind,
    list: &'static str,
    section: Option<&'static str>,
    parent: Option<i64>,
    priority: i64,
    start: Option<Date>,
    due: Option<Date>,
    due_time: Option<Time>,
    created: DateTime,
    completed: Option<DateTime>,
    estimate: Option<i64>,
    progress: i64,
    responsible: Option<Person<'static>>,
    people: Vec<Person<'static>>,
    team: Option<Team<'static>>,
    labels: Vec<&'static str>,
    marks: u16,
    fields: Vec<Field<'static>>,
}

const SAM: Person<'static> = Person { name: "Sam Lee", is_me: false };
const PRIYA: Person<'static> = Person { name: "Priya O’Neill", is_me: true };

fn task() -> Task {
    Task {
        texts: vec!["Call the supplier".to_owned(), "About the café’s fridge, see T-7".to_owned()],
        number: 12,
        status: "To do",
        kind: Kind::Open,
        list: "Clinic opening",
        section: None,
        parent: None,
        priority: 0,
        start: None,
        due: None,
        due_time: None,
        created: DateTime::constant(2026, 11, 1, 9, 0, 0, 0),
        completed: None,
        estimate: None,
        progress: 0,
        responsible: None,
        people: Vec::new(),
        team: None,
        labels: Vec::new(),
        marks: 0,
        fields: Vec::new(),
    }
}

impl Task {
    fn is(&self, text: &str) -> bool {
        self.matches(&parse(text), &TODAY)
    }

    fn matches(&self, query: &Query, today: &Today) -> bool {
        self.matches_by(query, today, &Names::default())
    }

    fn matches_by(&self, query: &Query, today: &Today, names: &Names) -> bool {
        let texts: Vec<Vec<String>> = self.texts.iter().map(|text| words::in_order(text)).collect();
        let text = |wanted: &Wanted| texts.iter().any(|words| wanted.is_in(words));
        let facts = Facts {
            number: self.number,
            text: &text,
            names,
            status: self.status,
            kind: self.kind,
            list: self.list,
            space: "Clinic",
            section: self.section,
            parent: self.parent,
            priority: self.priority,
            start: self.start,
            due: self.due,
            due_time: self.due_time,
            created: self.created,
            completed: self.completed,
            updated: self.created,
            estimate: self.estimate,
            progress: self.progress,
            responsible: self.responsible,
            people: &self.people,
            created_by: self.responsible,
            team: self.team,
            labels: &self.labels,
            marks: Marks(self.marks),
            fields: &self.fields,
        };
        query.matches(&facts, today)
    }

    /// What an index holds of it.
    fn index(&self) -> Vec<String> {
        let words = words::of(&format!("T-{} {}", self.number, self.texts.join(" ")));
        words.iter().cloned().chain(words.iter().map(|word| words::stem_of(word))).collect()
    }
}

fn parse(text: &str) -> Query {
    let query = Query::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
    assert_eq!(Query::parse(&query.show()), Ok(query.clone()), "{text} is shown as {}", query.show());
    query
}

/// The part of a text that a problem is about, and what is wrong.
fn wrong(text: &str) -> (String, String) {
    let problem = Query::parse(text).expect_err(text);
    let part: String = text.chars().skip(problem.at).take(problem.length).collect();
    assert_eq!(part.chars().count(), problem.length, "{text}: {problem:?}");
    (part, problem.message)
}

fn all_hold(task: &Task, texts: &[&str]) {
    for text in texts {
        assert!(task.is(text), "{text}");
        assert!(!task.is(&format!("-({text})")), "-({text})");
    }
}

fn none_holds(task: &Task, texts: &[&str]) {
    for text in texts {
        assert!(!task.is(text), "{text}");
        assert!(task.is(&format!("not ({text})")), "not ({text})");
    }
}

#[test]
fn an_empty_filter_asks_for_all() {
    for text in ["", "  ", "()", "& - ***", "-()", "and", "-&"] {
        assert!(parse(text).is_empty(), "{text}");
        assert!(task().is(text));
    }
    assert!(!parse("a").is_empty());
    assert_eq!(Query::default().show(), "");
}

#[test]
fn words_are_looked_for() {
    all_hold(
        &task(),
        &[
            "call SUPPLIER",
            "cafes fridge",
            "\"the supplier\"",
            "“the café’s”",
            "supp*",
            "T-12",
            "t-7",
            "call - fridge",
            "call and fridge",
        ],
    );
    none_holds(&task(), &["supp", "\"supplier about\"", "call nothing", "T-1", "nothing or none", "\"T-12\" x"]);
    assert!(task().is("\"t-12\""));
}

#[test]
fn names_are_compared() {
    let mut task = Task { responsible: Some(SAM), people: vec![PRIYA], labels: vec!["Urgent", "6\" pipe"], ..task() };
    task.team = Some(Team { name: "Front desk", is_mine: true });
    all_hold(
        &task,
        &[
            "status:open",
            "status:\"to do\"",
            "status:done,open",
            "assignee:me",
            "assignee:sam",
            "assignee:lee",
            "assignee:\"lee sam\"",
            "assignee:any",
            "responsible:Sam",
            "responsible=sam",
            "-responsible:me",
            "team:mine",
            "team:any",
            "team:\"FRONT DESK\"",
            "label:urgent",
            "label:x,urgent",
            "label:\"6\\\" pipe\"",
            "list:\"clinic opening\"",
            "space:clinic",
            "section:none",
            "no:section",
            "created-by:sam",
            "is:claimed",
            "-is:unassigned",
            "assignee:oneill",
            "no:label,due",
            "CREATED_BY:sam",
            "label:“urgent”",
        ],
    );
    none_holds(
        &task,
        &[
            "status:started",
            "status:todo",
            "status:\"open\"",
            "assignee:s",
            "assignee:none",
            "assignee:\"me\"",
            "label:none",
            "label:urg",
            "list:clinic",
            "team:front",
            "section:any",
            "no:label",
            "space:none",
            "created-by:me",
        ],
    );
    let named = Task { status: "Open", kind: Kind::Started, labels: vec!["None"], ..task };
    all_hold(&named, &["status:open", "status:started", "label:\"none\"", "status:\"open\""]);
    assert!(!named.is("label:none"));
}

/// However many things are asked for of however many tasks: a name that is known is worked out once.
#[test]
fn names_are_worked_out_once() {
    let labels = vec!["Urgent", "Café", "Für später", "New client", "6\" pipe"];
    let field = |name, value| Field { name, value };
    let fields = vec![field("Site", Value::Text("The old mill, Bendigo")), field("Kind", Value::Choice("Repair"))];
    let task = Task { responsible: Some(SAM), people: vec![PRIYA], labels, fields, ..task() };
    let mut names = Names::default();
    let own =
        [SAM.name, PRIYA.name, task.status, task.list, "Clinic", "Site", "The old mill, Bendigo", "Kind", "Repair"];
    for name in task.labels.iter().copied().chain(own) {
        names.add(name);
    }
    let each = ["-label:z", "-assignee:z", "-status:z", "-list:z", "-field.site:z", "-field.kind:z"];
    let query = (0..MOST_TERMS).map(|n| format!("{}{n}", each[n % each.len()])).collect::<Vec<_>>().join(" ");
    let query = parse(&query);
    let folded = || FOLDED.with(std::cell::Cell::get);
    let before = folded();
    for _ in 0..50 {
        assert!(task.matches_by(&query, &TODAY, &names));
    }
    assert_eq!(folded(), before);
    assert!(task.matches_by(&query, &TODAY, &Names::default()), "unknown ones are compared all the same");
    assert!(folded() > before + MOST_TERMS);
}

#[test]
fn levels_and_numbers_are_compared() {
    let task = Task { priority: 3, estimate: Some(90), progress: 40, parent: Some(12), ..task() };
    all_hold(
        &task,
        &[
            "priority:high",
            "priority:3",
            "priority:low,high",
            "priority>=high",
            "priority≥high",
            "priority:>=high",
            "priority>medium",
            "priority<urgent",
            "estimate>1h",
            "estimate:1h30m",
            "estimate:1.5h",
            "estimate<=90m",
            "estimate:any",
            "progress<50",
            "progress:40%",
            "progress>=40",
            "parent:T-12",
            "parent:any",
            "parent:12,13",
            "is:subtask",
            "-is:top",
            "no:due",
        ],
    );
    none_holds(
        &task,
        &["priority>high", "priority:none", "estimate<1.5h", "estimate:none", "progress>40", "parent:T-1", "no:parent"],
    );
}

#[test]
fn nothing_is_neither_more_nor_less() {
    none_holds(
        &task(),
        &[
            "due<today",
            "due>=today",
            "due:today",
            "due:any",
            "estimate<9h",
            "estimate>0m",
            "field.Size<9",
            "start<=today",
        ],
    );
    all_hold(
        &task(),
        &["-due:today", "-due<today", "due:none", "estimate:none", "field.Size:none", "priority<low", "completed:none"],
    );
}

#[test]
fn days_are_seen_from_today() {
    let of = |day: &str| Task { due: Some(day.parse().unwrap()), ..task() };
    all_hold(
        &of("2026-11-25"),
        &[
            "due:today",
            "due:this-week",
            "due:this-month",
            "due:2026-11-25",
            "due:25/11/2026",
            "due:25/11/26",
            "due<=today",
        ],
    );
    none_holds(
        &of("2026-11-25"),
        &["due<today", "due>today", "due:overdue", "is:overdue", "due<this-week", "due:tomorrow,yesterday"],
    );
    all_hold(
        &of("2026-12-02"),
        &["due:+7d", "due:+1w", "due<=+7d", "due<=+1w", "due:next-week", "due>this-week", "due:next-month", "due<+1m"],
    );
    all_hold(
        &of("2026-11-22"),
        &["due:last-week", "due:overdue", "is:overdue", "is:late", "due<this-week", "due:-3d", "due>-1w"],
    );
    all_hold(&of("2026-12-25"), &["due:+1m", "due:+30d", "due<+1y"]);
    let month_ends = Today { now: DateTime::constant(2027, 1, 31, 0, 0, 0, 0), week_starts: Weekday::Sunday };
    assert!(of("2027-02-28").matches(&parse("due:+1m due:next-week,next-month"), &month_ends));
    assert!(of("2027-02-06").matches(&parse("due:this-week"), &month_ends));
    assert!(!of("2027-01-30").matches(&parse("due:this-week"), &month_ends));
}

#[test]
fn times_make_a_day_overdue() {
    let at = |time: &str| Task { due: Some(TODAY.now.date()), due_time: Some(time.parse().unwrap()), ..task() };
    assert!(at("09:59").is("is:overdue due:overdue") && at("10:00").is("is:overdue"));
    assert!(!at("10:01").is("is:overdue"));
    let done = Task { kind: Kind::Done, completed: Some(TODAY.now), ..at("09:00") };
    assert!(done.is("is:late -is:overdue completed:today status:done"));
    assert!(!Task { completed: Some(DateTime::constant(2026, 11, 25, 8, 0, 0, 0)), ..done }.is("is:late"));
}

#[test]
fn fields_are_compared_by_what_they_are() {
    let field = |name, value| Field { name, value };
    let fields = vec![
        field("Size", Value::Number(125, 1)),
        field("Job cost", Value::Money(150_050)),
        field("Visit", Value::Date(Date::constant(2026, 11, 26))),
        field("Site", Value::Text("The old mill, Bendigo")),
        field("Kind", Value::Choice("Repair")),
        field("Kind", Value::Choice("New")),
        field("Owner", Value::Person(PRIYA)),
    ];
    all_hold(
        &Task { fields, ..task() },
        &[
            "field.Size:12.5",
            "field.size=12.50",
            "field.Size>12",
            "field:Size<=13",
            "field.\"Job cost\"=\"$1,500.50\"",
            "field:\"Job Cost\">1500",
            "field.Visit:tomorrow",
            "field.Visit<+2d",
            "field.Visit:26/11/2026",
            "field.Site:bendigo",
            "field.Site:\"old mill\"",
            "field.Kind:new",
            "field.Kind:repair",
            "-field.Kind:old",
            "field.Owner:me",
            "field.Owner:priya",
            "field.Other:none",
            "field.Size:any",
            "field.Size:1,12.5",
        ],
    );
}

#[test]
fn fields_of_another_kind_are_not_compared() {
    let fields = vec![
        Field { name: "Site", value: Value::Text("12") },
        Field { name: "Size", value: Value::Number(i64::MAX, 255) },
    ];
    none_holds(
        &Task { fields, ..task() },
        &[
            "field.Site>11",
            "field.Site<today",
            "field.Size>1",
            "field.Size:today",
            "field.Size:me",
            "field.Site:\"old 12\"",
        ],
    );
}

#[test]
fn marks_are_there_or_not() {
    let marks = Marks::default().with(Mark::Notes, true).with(Mark::Following, true).with(Mark::Files, false);
    assert!(marks.has(Mark::Notes) && marks.has(Mark::Following) && !marks.has(Mark::Files));
    let task = Task { marks: marks.0, ..task() };
    all_hold(&task, &["has:notes", "has:files,notes", "following:me", "no:files", "-mentions:me", "is:unassigned"]);
    none_holds(&task, &["has:files", "no:notes", "is:blocked", "is:blocking"]);
}

#[test]
fn it_binds_as_it_is_written() {
    let shown = |text: &str| parse(text).show();
    assert_eq!(shown("a b or c"), "a b or c");
    assert_eq!(shown("a (b OR c)"), "a (b or c)");
    assert_eq!(shown("((a)) AND (b c)"), "a b c");
    assert_eq!(shown("not not a --b -(c)"), "a b -c");
    assert_eq!(shown("-(a b) not (a or b) -\"a b\""), "-(a b) -(a or b) -\"a b\"");
    assert_eq!(shown("a or (b or c) or d e"), "a or b or c or d e");
    assert_eq!(shown("\"or\" \"Not\" or*"), "\"or\" \"not\" or*");
    assert_eq!(shown("foo(bar)\"x y\""), "foo bar \"x y\"");
    assert_eq!(shown("Café e-mail fri-3*"), "cafe \"e mail\" fri 3*");
    assert_eq!(shown("due:1/2/27,+1w,-0d,overdue DUE:>=Next_Week"), "due:2027-02-01,+7d,today,overdue due>=next-week");
    assert_eq!(shown("created>-2w updated<+1y"), "created>-14d updated<+12m");
    assert_eq!(shown("due:+9999w due:+9999y"), "due:+9999w due:+9999y");
    assert_eq!(
        shown("priority:4 estimate:90m,60m,0.5h progress:7%"),
        "priority:urgent estimate:1h30m,1h,30m progress:7"
    );
    assert_eq!(
        shown("assignee:“Sam  Lee”,ME label:\"me\" team:\"mine\""),
        "assignee:\"Sam Lee\",me label:me team:\"mine\""
    );
    assert_eq!(shown("field:\"Job size\"=\"none\",none field.A>=5"), "field.\"Job size\":\"none\",none field.A>=5");
    assert_eq!(
        shown("no:due,label parent:12 is:top has:repeat mentions:me"),
        "no:due,label parent:T-12 is:top has:repeat mentions:me"
    );
    assert_eq!(shown("Re: https://example.com/a?b=c"), "re \"https example com a b c\"");
}

#[test]
fn words_narrow_what_is_looked_at() {
    let words = |text: &str| parse(text).words().join(" ");
    assert_eq!(words("call \"the supplier\" status:open call"), "call supplier the");
    assert_eq!(words("suppl* ca* T-12"), "supp t-12");
    assert_eq!(words("a b or a c"), "a");
    assert_eq!(words("a or due:today"), "");
    assert_eq!(words("a -b"), "a");
    assert!(parse("due:today -(a or due:none)").reads_text() && !parse("due:today").reads_text());
}

#[test]
fn what_is_being_typed_is_taken_as_it_is() {
    let shown = |text: &str| Query::parse_unfinished(text).unwrap().show();
    assert_eq!(shown("call supp"), "call supp*");
    assert_eq!(shown("call supp "), "call supp");
    assert_eq!(shown("status:open"), "status:open");
    assert_eq!(shown("\"call the"), "\"call the\"");
    assert_eq!(shown("label:\"site vis"), "label:\"site vis\"");
    assert_eq!(shown("-e-ma"), "-(e ma*)");
}

#[test]
fn problems_say_what_was_meant() {
    let is = |text: &str, part: &str, message: &str| {
        assert_eq!(wrong(text), (part.to_owned(), message.to_owned()), "{text}");
    };
    is("fridge asignee:me", "asignee", "There is no ‘asignee’. Did you mean assignee?");
    is("lable:x", "lable", "There is no ‘lable’. Did you mean label?");
    is("assign: me", "assign", "There is no ‘assign’. Did you mean assignee?");
    is("tag:x", "tag", "There is no ‘tag’. Did you mean label?");
    is("xyzzy:x", "xyzzy", "There is no ‘xyzzy’. To look for the words, put them in quotes.");
    is("priority:hihg", "hihg", "There is no ‘priority:hihg’. Did you mean priority:high?");
    is("priority:x", "x", "There is no ‘priority:x’. Choose from none, low, medium, high and urgent.");
    is("is:overdeu", "overdeu", "There is no ‘is:overdeu’. Did you mean is:overdue?");
    is("is:trashed", "trashed", "A filter never shows deleted tasks. Open the trash to see them.");
    is("is:done", "done", "Write status:done instead.");
    is("due:tomorow", "tomorow", "There is no ‘due:tomorow’. Did you mean due:tomorrow?");
    is("due<7d", "7d", "Write due:+7d for the time to come, due:-7d for the time past.");
    is(
        "due:31/2/2026",
        "31/2/2026",
        "‘31/2/2026’ is not a date. Write one like today, next-week, +7d, 2026-12-01 or 1/12/2026.",
    );
    is("due: today", "due:", "Write what follows ‘due’ without a space, like due:today.");
    is("due<overdue", "overdue", "Nothing is before or after ‘overdue’. Write due:overdue.");
    is("due<today,tomorrow", "tomorrow", "More and less are of one value only.");
    is("label:a,", "label:a,", "Something is missing after the comma.");
    is("status<open", "<", "‘status’ is one or the other, not more or less. Write status: and what it is.");
    is("status!=open", "!=", "Write -status: for what it is not.");
    is("estimate>1", "1", "Write hours and minutes like 2h, 45m or 1h30m.");
    is("progress>101", "101", "Write a number from 0 to 100, like progress<50.");
    is("parent:x", "x", "Write a task’s number, like parent:T-12.");
    is("mentions:sam", "sam", "Only mentions:me can be asked for.");
    is(
        "field:Size",
        "field:Size",
        "Write the field’s name and what it says, like field.Size:large or field:\"Job size\"=large.",
    );
    is("field.Size>large", "large", "Only numbers, money and dates are more or less than others, like field.Size>20.");
    is("a (b", "(", "This bracket isn’t closed.");
    is("a) b", ")", "This bracket closes nothing. Remove it.");
    is("é \"b", "\"", "This quotation mark isn’t closed.");
    is("a or", "or", "Write something after ‘or’, or put it in quotes.");
    is("or a", "or", "Write something before ‘or’, or put it in quotes.");
    is("(a or) b", "or", "Write something after ‘or’, or put it in quotes.");
    is("a not", "not", "Write after ‘not’ what is left out, or put it in quotes.");
}

#[test]
fn filters_are_bounded() {
    assert!(Query::parse(&"(".repeat(100_000)).is_err());
    assert!(Query::parse(&"-(".repeat(900)).is_err());
    assert!(Query::parse(&"not ".repeat(400)).is_err());
    let nested = |levels: usize| format!("{}a{}", "(".repeat(levels), ")".repeat(levels));
    assert!(Query::parse(&nested(DEEPEST)).is_ok());
    assert_eq!(wrong(&nested(DEEPEST + 1)).1, "There are too many brackets within each other here. Use at most 32.");
    assert_eq!(wrong(&"a".repeat(LONGEST + 5)).0, "aaaaa");
    assert!(Query::parse(&"a ".repeat(MOST_TERMS)).is_ok());
    assert_eq!(
        wrong(&"a ".repeat(MOST_TERMS + 1)).1,
        "That is too much at once. A filter asks for at most 100 things."
    );
    assert!(Query::parse(&format!("label:{}a", "a,".repeat(MOST_TERMS))).is_err());
    // Longer, or deeper, as it is written out.
    assert!(Query::parse(&"ßßßßßßßßßßßßßßßßßßß ".repeat(100)).is_err());
    assert!(Query::parse(&format!("{}-a-b*{}", "-(".repeat(15), ")".repeat(15))).is_ok());
    assert!(Query::parse(&format!("z {}-a-b*{}", "(x or y ".repeat(31), ")".repeat(31))).is_err());
    let far = Today { now: DateTime::MAX, week_starts: Weekday::Saturday };
    for text in ["due:+9999y", "due<next-week", "due>next-month", "due:-9999y", "due:999999999999999999d"] {
        if let Ok(query) = Query::parse(text) {
            let _ = task().matches(&query, &far);
            let _ = Task { due: Some(Date::MIN), ..task() }.matches(&query, &Today { now: DateTime::MIN, ..far });
        }
    }
}

type Holds = Rc<dyn Fn(&Task) -> bool>;

/// Days since some day, by counting (years, leap days, months).
fn number_of(day: Date) -> i64 {
    let (y, m, d) = (i64::from(day.year()), usize::try_from(day.month()).unwrap(), i64::from(day.day()));
    let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][m - 1];
    365 * y + (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400 + before + i64::from(leap && m > 2) + d
}

/// Every kind of thing that can be asked for, in words, and what it means, told plainly.
fn leaf(kind: u8, a: usize, b: usize) -> (String, Holds) {
    fn pair(text: impl Into<String>, holds: impl Fn(&Task) -> bool + 'static) -> (String, Holds) {
        (text.into(), Rc::new(holds))
    }
    let sign = ["<", "<=", ">", ">=", ":"][b % 5];
    let compared = move |own: i64, wanted: i64| match sign {
        "<" => own < wanted,
        "<=" => own <= wanted,
        ">" => own > wanted,
        ">=" => own >= wanted,
        _ => own == wanted,
    };
    let padded = |task: &Task| task.texts.iter().map(|text| format!(" {text} ")).collect::<Vec<_>>();
    let word = ["a", "b", "ab", "ba"][a % 4];
    match kind % 22 {
        0 => pair(word, move |task| padded(task).iter().any(|text| text.contains(&format!(" {word} ")))),
        1 => pair(format!("{word}*"), move |task| padded(task).iter().any(|text| text.contains(&format!(" {word}")))),
        2 => {
            let other = ["a", "b", "ab"][b % 3];
            let text = format!("\"{word} {other}\"");
            pair(text, move |task| padded(task).iter().any(|text| text.contains(&format!(" {word} {other} "))))
        }
        3 => {
            let (kind, name) = [(Kind::Open, "open"), (Kind::Started, "started"), (Kind::Done, "done")][a % 3];
            pair(format!("status:{name}"), move |task| task.kind == kind || task.status.to_lowercase() == name)
        }
        4 => match a % 4 {
            0 => pair("assignee:me", |task| task.responsible == Some(PRIYA) || task.people.contains(&PRIYA)),
            1 => pair("assignee:none", |task| task.responsible.is_none() && task.people.is_empty()),
            2 => pair("assignee:sam", |task| task.responsible == Some(SAM) || task.people.contains(&SAM)),
            _ => pair("is:unassigned", |task| task.responsible.is_none() && task.people.is_empty()),
        },
        5 => match a % 3 {
            0 => pair("responsible:me", |task| task.responsible == Some(PRIYA)),
            1 => pair("no:responsible", |task| task.responsible.is_none()),
            _ => pair("responsible:lee,me", |task| task.responsible.is_some()),
        },
        6 => match a % 4 {
            0 => pair("team:mine", |task| task.team.is_some_and(|team| team.is_mine)),
            1 => pair("team:\"Front desk\"", |task| task.team.is_some_and(|team| team.name == "Front desk")),
            2 => pair("-team:none", |task| task.team.is_some()),
            _ => pair("is:claimed", |task| task.team.is_some() && task.responsible.is_some()),
        },
        7 => match a % 3 {
            0 => pair("label:URGENT,\"new client\"", |task| !task.labels.is_empty()),
            1 => pair("label:\"New  client\"", |task| task.labels.contains(&"New client")),
            _ => pair("no:label", |task| task.labels.is_empty()),
        },
        8 => match a % 3 {
            0 => pair("section:none", |task| task.section.is_none()),
            1 => pair("section:Week-1", |task| task.section == Some("Week-1")),
            _ => pair("list:clinic space:clinic", |task| task.list == "Clinic"),
        },
        9 => {
            let level = a % 5;
            let name = ["none", "low", "medium", "high", "urgent"][level];
            pair(format!("priority{sign}{name}"), move |task| compared(task.priority, i64::try_from(level).unwrap()))
        }
        10 => {
            let minutes = i64::try_from(a % 6 * 30).unwrap();
            let text = format!("estimate{sign}{}h{}m", minutes / 60, minutes % 60);
            pair(text, move |task| task.estimate.is_some_and(|own| compared(own, minutes)))
        }
        11 => {
            let part = i64::try_from(a % 5 * 25).unwrap();
            pair(format!("progress{sign}{part}"), move |task| compared(task.progress, part))
        }
        12..=15 => {
            let (key, day): (_, fn(&Task) -> Option<Date>) = match kind % 22 {
                12 => ("due", |task| task.due),
                13 => ("start", |task| task.start),
                14 => ("created", |task| Some(task.created.date())),
                _ => ("completed", |task| task.completed.map(DateTime::date)),
            };
            // Wednesday 25 November 2026: the week is 23 to 29, the month 1 to 30.
            let on = |day: i8| number_of(Date::constant(2026, 11, 1)) + i64::from(day) - 1;
            let (name, first, last) = [
                ("today", on(25), on(25)),
                ("tomorrow", on(26), on(26)),
                ("yesterday", on(24), on(24)),
                ("this-week", on(23), on(29)),
                ("next-week", on(30), on(36)),
                ("last-week", on(16), on(22)),
                ("this-month", on(1), on(30)),
                ("next-month", on(31), on(61)),
                ("last-month", on(-30), on(0)),
                ("+7d", on(32), on(32)),
                ("-2w", on(11), on(11)),
                ("+1m", on(55), on(55)),
                ("2026-11-28", on(28), on(28)),
                ("3/12/26", on(33), on(33)),
            ][a % 14];
            pair(format!("{key}{sign}{name}"), move |task| {
                day(task).is_some_and(|day| {
                    let day = number_of(day);
                    match sign {
                        "<" => day < first,
                        "<=" => day < first || (first..=last).contains(&day),
                        ">" => day > last,
                        ">=" => day > last || (first..=last).contains(&day),
                        _ => (first..=last).contains(&day),
                    }
                })
            })
        }
        16 => match a % 4 {
            0 => pair("due:none", |task| task.due.is_none()),
            1 => pair("no:start,estimate", |task| task.start.is_none() || task.estimate.is_none()),
            2 => pair("completed:any", |task| task.completed.is_some()),
            _ => pair("no:priority", |task| task.priority == 0),
        },
        17 => {
            let overdue = |task: &Task| {
                let at = task.due.map(|day| day.to_datetime(task.due_time.unwrap_or(Time::constant(23, 59, 59, 0))));
                at.is_some_and(|at| at <= TODAY.now) && task.kind != Kind::Done
            };
            pair(["is:overdue", "due:overdue", "no:parent is:overdue"][a % 3], move |task| {
                overdue(task) && (a % 3 < 2 || task.parent.is_none())
            })
        }
        18 => match a % 3 {
            0 => pair("parent:T-1", |task| task.parent == Some(1)),
            1 => pair("is:subtask", |task| task.parent.is_some()),
            _ => pair("is:top", |task| task.parent.is_none()),
        },
        19 => {
            let bit = a % 10;
            let name = [
                "has:notes",
                "has:files",
                "has:comments",
                "has:checklist",
                "has:subtasks",
                "has:repeat",
                "is:blocked",
                "is:blocking",
                "mentions:me",
                "following:me",
            ][bit];
            pair(name, move |task| task.marks >> bit & 1 == 1)
        }
        20 => {
            // Tenths.
            let wanted = i64::try_from(a % 7).unwrap() * 5 - 15;
            let sized = format!("{}{}.{}", if wanted < 0 { "-" } else { "" }, wanted.abs() / 10, wanted.abs() % 10);
            pair(format!("field.Size{sign}{sized}"), move |task| {
                task.fields.iter().any(|field| match field.value {
                    Value::Number(hundredths, 2) => compared(hundredths, wanted * 10),
                    Value::Money(cents) => compared(cents, wanted * 10),
                    _ => false,
                })
            })
        }
        _ => {
            let number = i64::try_from(a % 3).unwrap();
            let text = format!("t-{number}");
            pair(text.clone(), move |task| {
                task.number == number || padded(task).iter().any(|own| own.contains(&format!(" {text} ")))
            })
        }
    }
}

#[derive(Debug, Clone)]
enum Tree {
    Leaf(u8, usize, usize),
    Not(Box<Tree>),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

impl Tree {
    fn holds(&self, task: &Task) -> bool {
        match self {
            Self::Leaf(kind, a, b) => leaf(*kind, *a, *b).1(task),
            Self::Not(tree) => !tree.holds(task),
            Self::All(trees) => !trees.iter().any(|tree| !tree.holds(task)),
            Self::Any(trees) => trees.iter().any(|tree| tree.holds(task)),
        }
    }

    /// With all the parentheses there can be, or with as few as the rules ask for.
    fn typed(&self, all: bool) -> String {
        let join =
            |trees: &[Self], with: &str| trees.iter().map(|tree| tree.within(all)).collect::<Vec<_>>().join(with);
        match self {
            Self::Leaf(kind, a, b) => leaf(*kind, *a, *b).0,
            Self::Not(tree) if all => format!("NOT ({})", tree.typed(all)),
            Self::Not(tree) => format!("-({})", tree.typed(all)),
            Self::All(trees) => join(trees, if all { "  and " } else { " " }),
            Self::Any(trees) if all => join(trees, " OR "),
            Self::Any(trees) => trees.iter().map(|tree| tree.typed(all)).collect::<Vec<_>>().join(" or "),
        }
    }

    fn within(&self, all: bool) -> String {
        match self {
            Self::Any(_) => format!("({})", self.typed(all)),
            _ if all => format!("({})", self.typed(all)),
            _ => self.typed(all),
        }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = (any::<u8>(), 0_usize..60, 0_usize..60).prop_map(|(kind, a, b)| Tree::Leaf(kind, a, b));
    leaf.prop_recursive(4, 16, 3, |inner| {
        let several = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            inner.clone().prop_map(|tree| Tree::Not(Box::new(tree))),
            several().prop_map(Tree::All),
            several().prop_map(Tree::Any),
        ]
    })
}

fn tasks() -> impl Strategy<Value = Task> {
    let day = || {
        prop::option::weighted(0.7, (-30_i64..45).prop_map(|n| TODAY.now.date().saturating_add(Span::new().days(n))))
    };
    let time = || (0_i8..24).prop_map(|hour| Time::constant(hour, 0, 0, 0));
    let person = || prop::option::of(prop::sample::select(vec![SAM, PRIYA]));
    let words = (
        prop::collection::vec("[ab]{1,2}( ([ab]{1,2}|t-[0-2])){0,4}", 1..3),
        prop::sample::select(vec![
            ("Open", Kind::Started),
            ("To do", Kind::Open),
            ("Done", Kind::Done),
            ("Waiting", Kind::Open),
        ]),
        prop::sample::select(vec!["Clinic", "Shop"]),
        prop::option::of(prop::sample::select(vec!["Week-1", "Week-2"])),
        prop::sample::subsequence(vec!["Urgent", "New client"], 0..=2),
        prop::sample::select(vec![
            Vec::new(),
            vec![Field { name: "size", value: Value::Number(50, 2) }],
            vec![Field { name: "Size", value: Value::Money(-100) }],
            vec![
                Field { name: "Size", value: Value::Number(-150, 2) },
                Field { name: "SIZE", value: Value::Text("large") },
            ],
        ]),
    );
    let people = (
        person(),
        prop::sample::subsequence(vec![SAM, PRIYA], 0..=2),
        prop::option::of(prop::sample::select(vec![
            Team { name: "Front desk", is_mine: false },
            Team { name: "Front desk", is_mine: true },
            Team { name: "Workshop", is_mine: true },
        ])),
    );
    let dates = (day(), day(), prop::option::of(time()), day(), day(), time());
    let numbers = (
        0_i64..4,
        prop::option::of(0_i64..3),
        0_i64..5,
        prop::option::of((0_i64..6).prop_map(|n| n * 30)),
        0_i64..=100,
        any::<u16>(),
    );
    (words, people, dates, numbers).prop_map(|(words, people, dates, numbers)| {
        let (texts, (status, kind), list, section, labels, fields) = words;
        let (responsible, people, team) = people;
        let (start, due, due_time, created, completed, time) = dates;
        let (number, parent, priority, estimate, progress, marks) = numbers;
        Task {
            texts,
            number,
            status,
            kind,
            list,
            section,
            parent,
            priority,
            start,
            due,
            due_time,
            created: created.unwrap_or(Date::constant(2026, 11, 25)).to_datetime(time),
            completed: completed.map(|day| day.to_datetime(time)),
            estimate,
            progress: progress / 25 * 25,
            responsible,
            people,
            team,
            labels,
            marks,
            fields,
        }
    })
}

/// Texts that are nearly filters.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "(",
            ")",
            "-",
            " ",
            "\"",
            "“",
            "”",
            ",",
            ":",
            "<",
            ">=",
            "=",
            "!=",
            ".",
            "*",
            "\\",
            "or",
            "and",
            "not ",
            "é",
            "\u{200B}",
            "T-12",
            "會",
            "field.",
            "field:",
            "Size",
            "today",
            "none",
            "any",
            "me",
            "mine",
            "open",
            "+7d",
            "1/2/26",
            "1h30m",
            "50%",
            "$1,500.50",
            "'",
            "a",
            "b",
        ])
        .prop_map(str::to_owned),
        prop::sample::select(KEYS.to_vec()).prop_map(|(name, _)| format!("{name}:")),
        (any::<u8>(), 0_usize..60, 0_usize..60).prop_map(|(kind, a, b)| format!(" {} ", leaf(kind, a, b).0)),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 256 } else { 20_000 }))]

    /// The same as it comes to when it is told plainly, however it is typed.
    #[test]
    fn a_filter_finds_what_it_says(tree in trees(), tasks in prop::collection::vec(tasks(), 1..6), all in any::<bool>()) {
        let text = tree.typed(all);
        let query = parse(&text);
        let shown = parse(&query.show());
        prop_assert_eq!(&parse(&tree.typed(!all)), &query);
        for task in tasks {
            let found = task.matches(&query, &TODAY);
            prop_assert_eq!(found, tree.holds(&task), "{}", text);
            prop_assert_eq!(found, task.matches(&shown, &TODAY));
            if found {
                let index = task.index();
                for word in query.words() {
                    prop_assert!(index.iter().any(|own| own == word), "{} of {}", word, text);
                }
            }
        }
    }

    #[test]
    fn what_is_shown_is_the_same_filter(text in nearly()) {
        for parsed in [Query::parse(&text), Query::parse_unfinished(&text)] {
            match parsed {
                Ok(query) => {
                    let shown = query.show();
                    prop_assert_eq!(Query::parse(&shown), Ok(query.clone()), "{}", shown);
                    prop_assert_eq!(query.is_empty(), shown.is_empty());
                    task().matches(&query, &TODAY);
                }
                Err(problem) => {
                    prop_assert!(problem.at + problem.length <= text.chars().count(), "{:?}", problem);
                    prop_assert!(!problem.message.is_empty());
                }
            }
        }
    }

    #[test]
    fn anything_can_be_typed(text in any::<String>(), named in any::<String>(), name in "[^\"\\\\]{0,12}") {
        let quoted = format!("\"{}\"", named.replace('\\', "\\\\").replace('"', "\\\""));
        for text in [text, format!("label:{quoted}"), format!("field.{quoted}:{quoted}"), format!("assignee:\"{name}\" label:{name}")] {
            for query in [Query::parse(&text), Query::parse_unfinished(&text)].into_iter().flatten() {
                prop_assert_eq!(Query::parse(&query.show()), Ok(query.clone()), "{}", text);
                task().matches(&query, &TODAY);
            }
        }
    }

    /// By the plain recursion.
    #[test]
    fn distances_are_counted(one in "[abc]{0,5}", other in "[abc]{0,5}") {
        fn plainly(one: &[char], other: &[char]) -> usize {
            let (Some((a, rest)), Some((b, others))) = (one.split_last(), other.split_last()) else {
                return one.len().max(other.len());
            };
            let mut by = plainly(rest, others) + usize::from(a != b);
            by = by.min(plainly(rest, other) + 1).min(plainly(one, others) + 1);
            if let (Some((c, rest)), Some((d, others))) = (rest.split_last(), others.split_last()) && a == d && b == c {
                by = by.min(plainly(rest, others) + 1);
            }
            by
        }
        let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
        prop_assert_eq!(distance(&one, &other), plainly(&one, &other));
    }
}
