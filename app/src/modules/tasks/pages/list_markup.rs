//! A list and its board as the server writes them: every form in them works without a script, and the script takes over what is there.

use jiff::civil::Date;
use leptos::server_fn::ServerFn;
use maud::{Markup, PreEscaped, html};
use serde_json::json;

use crate::{
    clock::Instant,
    ids::UserId,
    modules::tasks::{
        api_board::{AddTaskLine, ChangeManyTasks, MoveTaskCard, TickTask},
        board::{self, Asked, By, Group, NONE, PRIORITIES, Parts, Setting, Shown},
        board_page::ListPage,
        cards::{Card, Progress},
        ids::TaskId,
        lists::Who,
    },
    money::counted,
    ui::{empty_with, forgery, icon_markup, with_query},
};

/// What is asked for most, as people say it and as filters are written.
const OFTEN: [(&str, &str); 4] = [
    ("Mine", "assignee:me"),
    ("Overdue", "is:overdue"),
    ("Due this week", "due:this-week"),
    ("Unassigned", "is:unassigned"),
];

/// What a tick says at a task that everyone on it completes.
const OWN_PART: &str = "Your part is done";
/// So many faces a card shows.
const FACES: usize = 3;

/// What the page is about, and who looks.
pub struct Sheet<'a> {
    /// The organisation’s word.
    pub org: &'a str,
    /// What is shown.
    pub page: &'a ListPage,
    /// As it was asked for.
    pub asked: &'a Asked,
    /// It is a board.
    pub is_board: bool,
    /// A part of it that goes on from another page.
    pub goes_on: bool,
    /// The page’s own address.
    pub here: String,
    /// Proof that a form is ours.
    pub token: String,
    /// What the script seals with whatever waits in the browser.
    pub shelf: &'a str,
    /// When it is.
    pub now: Instant,
    /// What was typed in a form that was refused.
    pub typed: Typed,
}

/// What was typed in a form that was refused, and why.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The column that it was typed in; empty: the box on top.
    pub column: String,
    /// The line.
    pub line: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl Sheet<'_> {
    fn setting(&self) -> &Setting {
        &self.page.setting
    }

    fn shown(&self) -> &Shown {
        &self.page.shown
    }

    fn may_change(&self) -> bool {
        self.setting().may_change
    }

    /// What every form holds.
    fn held(&self) -> Markup {
        html! {
            input type="hidden" name=(forgery::FIELD) value=(self.token);
            input type="hidden" name="org" value=(self.org);
            input type="hidden" name="back" value=(self.here);
        }
    }

    fn href(&self, card: &Card) -> String {
        format!("/app/{}/tasks/t/{}", self.org, card.id)
    }

    /// Whoever looks did their part of it, and others haven’t.
    fn did_own(&self, card: &Card) -> bool {
        self.setting().me.is_some_and(|me| card.waits_after(me))
    }

    fn person(&self, id: UserId) -> Option<&Who> {
        self.setting().person(id)
    }
}

/// The list or the board with all that is around it.
pub fn content(sheet: &Sheet<'_>) -> Markup {
    let setting = sheet.setting();
    html! {
        @if sheet.may_change() { (quick_form(sheet)) }
        div class="tasks-line" {
            (ask(sheet))
            div class="tasks-bar" data-tasks-bar {}
        }
        @if sheet.may_change() {
            form id="tick" method="post" action=(TickTask::url()) { (sheet.held()) }
        }
        @if sheet.is_board {
            @if sheet.shown().lanes.is_empty() { (board(sheet)) } @else { (lanes(sheet)) }
        } @else {
            (list(sheet))
        }
        @if sheet.shown().cards.is_empty() { (nothing(sheet)) }
        @if setting.list.archived {
            p class="soft" { "This list is archived: it can be read, but not changed." }
        }
        script type="application/json" id="tasks-data" { (PreEscaped(data(sheet))) }
    }
}

/// The box that a task is typed in.
fn quick_form(sheet: &Sheet<'_>) -> Markup {
    let own = sheet.typed.column.is_empty();
    let line = if own { sheet.typed.line.as_str() } else { "" };
    let error = sheet.typed.error.as_deref().filter(|_| own);
    let hint = "Add a task: call the supplier fri 3pm #clinic !high @me";
    html! {
        form class="quick-add" method="post" action=(AddTaskLine::url()) novalidate data-quick-add data-list=(sheet.setting().list.id) {
            (sheet.held())
            input type="hidden" name="id" value=(sheet.setting().list.id);
            input type="hidden" name="key" value=(crate::ids::fresh(sheet.now));
            label class="sr-only" for="field-quick" { "Add a task" }
            input class="input" id="field-quick" type="text" name="quick" maxlength="1000" autocomplete="off" placeholder=(hint) value=(line)
                aria-invalid=[error.map(|_| "true")] aria-describedby=[error.map(|_| "field-quick-error")];
            button type="submit" class="btn btn-primary" { "Add" }
            @if let Some(error) = error { p class="field-error" id="field-quick-error" { (error) } }
        }
    }
}

/// What is filtered, and by what it is grouped.
fn ask(sheet: &Sheet<'_>) -> Markup {
    let (setting, asked) = (sheet.setting(), sheet.asked);
    let problem = sheet.shown().problem.as_deref();
    let usual = if sheet.is_board { By::Status } else { By::Section };
    let is_open = !asked.filter.is_empty() || asked.by != usual || asked.lanes.is_some() || asked.parts == Parts::Alone;
    let view = if sheet.is_board { "board" } else { "" };
    let everything = format!("/app/{}/tasks/lists/{}", sheet.org, setting.list.id);
    let by = if asked.by == usual { String::new() } else { asked.by.word() };
    let lanes = asked.lanes.map(By::word).unwrap_or_default();
    let parts = if sheet.is_board { asked.parts.word() } else { "" };
    let often = |filter: &str| {
        with_query(&everything, &[("view", view), ("by", &by), ("lanes", &lanes), ("parts", parts), ("q", filter)])
    };
    let choose = |id: &str, name: &str, label: &str, none: Option<&str>, chosen: Option<By>| {
        html! {
            div class="field" {
                label for=(id) { (label) }
                select class="input" id=(id) name=(name) {
                    @if let Some(none) = none { option value="" { (none) } }
                    @for (by, name) in setting.ways() { option value=(by.word()) selected[chosen == Some(by)] { (name) } }
                }
            }
        }
    };
    html! {
        details class="tasks-ask" open[is_open] {
            summary class="btn btn-quiet" { "Filter and group" }
            nav class="calendar-nav tasks-often" aria-label="Often asked for" {
                @for (label, filter) in OFTEN {
                    a class="btn btn-quiet" href=(often(filter)) aria-current=[(asked.filter == filter).then_some("true")] { (label) }
                }
            }
            form method="get" class="tasks-ask-fields" {
                @if !view.is_empty() { input type="hidden" name="view" value=(view); }
                div.field.has-error[problem.is_some()] {
                    label for="ask-q" { "Only tasks with" }
                    input class="input" id="ask-q" type="text" name="q" value=(asked.filter) maxlength="2000" autocomplete="off" spellcheck="false"
                        placeholder="assignee:me due<=+7d" aria-invalid=[problem.map(|_| "true")] aria-describedby=[problem.map(|_| "ask-q-error")];
                    @if let Some(problem) = problem { p class="field-error" id="ask-q-error" { (problem) } }
                }
                (choose("ask-by", "by", if sheet.is_board { "Columns" } else { "Grouped by" }, None, Some(asked.by)))
                @if sheet.is_board {
                    (choose("ask-lanes", "lanes", "Rows", Some("None"), asked.lanes))
                    label class="check" {
                        input type="checkbox" name="parts" value="1" checked[asked.parts == Parts::Alone];
                        span { "Subtasks as cards" }
                    }
                }
                div class="row" {
                    button type="submit" class="btn btn-quiet" { "Show" }
                    @if is_open { a href=(with_query(&everything, &[("view", view)])) { "Show everything" } }
                }
            }
        }
    }
}

/// Where the script finds what it works with.
struct Root<'a> {
    api: String,
    live: String,
    open: String,
    me: String,
    sheet: &'a Sheet<'a>,
}

fn root<'a>(sheet: &'a Sheet<'a>) -> Root<'a> {
    let (org, list) = (sheet.org, sheet.setting().list.id);
    Root {
        api: format!("/api/v1/orgs/{org}/tasks"),
        live: format!("/app/{org}/tasks/lists/{list}/live"),
        open: format!("/app/{org}/tasks/t/{{id}}"),
        me: sheet.setting().me.map(|me| me.to_string()).unwrap_or_default(),
        sheet,
    }
}

impl Root<'_> {
    fn around(&self, id: &str, class: Option<&str>, inside: &Markup) -> Markup {
        let setting = self.sheet.setting();
        html! {
            div id=(id) class=[class] data-api=(self.api) data-org=(self.sheet.org) data-me=(self.me) data-shelf=(self.sheet.shelf) data-list=(setting.list.id) data-today=(setting.today)
                data-open=(self.open) data-live=(self.live) data-sequence=(setting.sequence) {
                (inside)
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------- the board

fn board(sheet: &Sheet<'_>) -> Markup {
    let columns = sheet.shown().groups.iter().enumerate();
    root(sheet).around("tasks-board", None, &html! { @for (at, group) in columns { (column(sheet, group, at)) } })
}

fn lanes(sheet: &Sheet<'_>) -> Markup {
    let shown = sheet.shown();
    let inside = html! {
        @for (place, (key, name)) in shown.lanes.iter().enumerate() {
            section class="board-lane" data-lane=(key) aria-label=(name) {
                h2 class="board-lane-name" id={ "lane-" (place) } { (name) }
                div class="board-lane-columns" {
                    @for (at, group) in shown.groups.iter().enumerate().filter(|(_, group)| group.lane.as_ref() == Some(key)) {
                        (column(sheet, group, at))
                    }
                }
            }
        }
    };
    root(sheet).around("tasks-board", Some("has-lanes"), &inside)
}

fn column(sheet: &Sheet<'_>, group: &Group, at: usize) -> Markup {
    let (id, cards) = (format!("column-{at}"), &sheet.shown().cards);
    // Each row has such a column: its own is told by the row’s name.
    let lane = sheet.shown().lanes.iter().position(|(key, _)| Some(key) == group.lane.as_ref());
    let label = lane.map_or_else(|| id.clone(), |lane| format!("{id} lane-{lane}"));
    let is_over = group.limit.is_some_and(|limit| group.count > limit);
    let name = group.name.as_str();
    let style = group.color.map(|color| format!("--column: {color}"));
    let number = group.limit.map_or_else(|| group.count.to_string(), |limit| format!("{} / {limit}", group.count));
    let tasks = counted(group.count, "task", "tasks");
    let words = match group.limit {
        Some(limit) if is_over => format!("{tasks}, over the limit of {limit}"),
        Some(limit) => format!("{tasks} of at most {limit}"),
        None => tasks,
    };
    let head = html! {
        span class="board-name" { (name) }
        span class="board-count" data-count { span aria-hidden="true" { (number) } span class="sr-only" { (words) } }
    };
    html! {
        section.board-column.is-over[is_over] data-column=(group.key) aria-labelledby=(label) style=[style] {
            @if group.lane.is_some() { h3 id=(id) { (head) } } @else { h2 id=(id) { (head) } }
            ul class="board-cards" data-empty[group.count == 0] {
                @for card in group.ids.iter().filter_map(|id| cards.get(id)) { (card_item(sheet, group, card)) }
            }
            @if sheet.may_change() && group.lane.is_none() { (add_form(sheet, &group.key, name)) }
        }
    }
}

fn card_item(sheet: &Sheet<'_>, group: &Group, card: &Card) -> Markup {
    html! {
        li.card.is-done[card.done] data-task=(card.id) data-position=(card.position) {
            (done_button(sheet, card, false))
            a class="card-title" href=(sheet.href(card)) { (card.title) }
            (foot(sheet, card))
            @if sheet.may_change() { noscript { (move_form(sheet, group, card)) } }
        }
    }
}

/// Without a script a card goes to another column by a form of its own.
fn move_form(sheet: &Sheet<'_>, group: &Group, card: &Card) -> Markup {
    let (id, asked) = (format!("move-{}", card.id), sheet.asked);
    html! {
        details class="card-move" {
            summary { "Move" span class="sr-only" { " " (card.title) } }
            form method="post" action=(MoveTaskCard::url()) {
                (sheet.held())
                input type="hidden" name="id" value=(card.id);
                input type="hidden" name="by" value=(asked.by.word());
                input type="hidden" name="from" value=(group.key);
                @if let Some(lanes) = asked.lanes { input type="hidden" name="lanes" value=(lanes.word()); }
                label for=(id) { "Move to" }
                select class="input" id=(id) name="to" {
                    @for other in &sheet.shown().groups { option value=(other.key) selected[other.key == group.key] { (place_name(sheet, other)) } }
                }
                button type="submit" class="btn btn-quiet" { "Move" }
            }
        }
    }
}

/// “Doing”, or with rows “Doing, Sam Lee”.
fn place_name(sheet: &Sheet<'_>, group: &Group) -> String {
    let lane = sheet.shown().lanes.iter().find(|(key, _)| Some(key) == group.lane.as_ref());
    lane.map_or_else(|| group.name.clone(), |(_, lane)| format!("{}, {lane}", group.name))
}

fn add_form(sheet: &Sheet<'_>, key: &str, name: &str) -> Markup {
    let own = sheet.typed.column == key;
    let line = if own { sheet.typed.line.as_str() } else { "" };
    let error = sheet.typed.error.as_deref().filter(|_| own);
    let (id, wrong) = (format!("add-{key}"), format!("add-{key}-error"));
    html! {
        form class="board-add" method="post" action=(AddTaskLine::url()) novalidate {
            (sheet.held())
            input type="hidden" name="id" value=(sheet.setting().list.id);
            input type="hidden" name="key" value=(crate::ids::fresh(sheet.now));
            input type="hidden" name="by" value=(sheet.asked.by.word());
            input type="hidden" name="column" value=(key);
            label class="sr-only" for=(id) { "Add a task to " (name) }
            input class="input" id=(id) type="text" name="quick" maxlength="1000" autocomplete="off" placeholder="+ Add a task" value=(line)
                aria-invalid=[error.map(|_| "true")] aria-describedby=[error.map(|_| wrong.as_str())];
            button type="submit" class="btn btn-quiet" { "Add" }
            @if let Some(error) = error { p class="field-error" id=(wrong) { (error) } }
        }
    }
}

/// Completes a task, or opens it again: with the form at the top of the page, which every such button sends.
fn done_button(sheet: &Sheet<'_>, card: &Card, is_row: bool) -> Markup {
    let (name, part) = (if card.done { "open" } else { "done" }, is_row.then_some("done"));
    html! {
        button type="submit" form="tick" name=(name) value=(card.id) class="card-done" data-part=[part] data-does="complete" aria-pressed=(card.done)
            aria-label={ "Complete " (card.title) } disabled[!sheet.may_change()] { (icon_markup("check")) }
    }
}

fn foot(sheet: &Sheet<'_>, card: &Card) -> Markup {
    let people: Vec<_> = people(sheet, card).collect();
    let mark = |icon: &str, words: &str, tone: &str| {
        html! { span class={ "card-mark " (tone) } { (icon_markup(icon)) span { (words) } } }
    };
    let due = due_words(card, sheet.setting().today);
    html! {
        span class="card-foot" {
            @if let Some((words, tone)) = &due { (mark("calendar", words, tone)) }
            @if card.priority > 1 { (mark("flag", priority(card), if card.priority == 4 { "is-priority-4" } else { "" })) }
            @if card.blocked { (mark("lock", "Blocked", "is-late")) }
            @if sheet.did_own(card) {
                span class="card-mark is-own-part" role="img" aria-label=(OWN_PART) title=(OWN_PART) { (icon_markup("check")) }
            }
            @if card.checks.1 > 0 { (mark("check", &progress(card.checks), "")) }
            @if card.subs.1 > 0 { (mark("tasks", &progress(card.subs), "")) }
            @for field in card.fields.iter().take(2) {
                span class="card-mark card-field" title={ (field.name) ": " (field.text) } { span { (field.text) } }
            }
            @if !people.is_empty() {
                span class="card-people" {
                    @for one in people.iter().take(FACES) { (face(one)) }
                    @if people.len() > FACES { span class="who" { "+" (people.len() - FACES) } }
                }
            }
        }
    }
}

// ----------------------------------------------------------------------------------------------------------------- the list

fn list(sheet: &Sheet<'_>) -> Markup {
    let shown = sheet.shown();
    let inside = html! {
        @for (at, group) in shown.groups.iter().enumerate() { (group_of(sheet, group, at)) }
        template data-row { (row_pattern(sheet)) }
        @if sheet.may_change() && !shown.cards.is_empty() { noscript { (many(sheet)) } }
    };
    root(sheet).around("tasks-list", None, &inside)
}

fn group_of(sheet: &Sheet<'_>, group: &Group, at: usize) -> Markup {
    let (id, shown, asked) = (format!("group-{at}"), sheet.shown(), sheet.asked);
    let own = asked.by == By::Section || asked.by == By::Status;
    let mut rows: Vec<(&Card, usize)> = Vec::new();
    let mut left: Vec<(TaskId, usize)> = group.ids.iter().rev().map(|id| (*id, 0)).collect();
    while let Some((id, depth)) = left.pop() {
        let Some(card) = shown.cards.get(&id) else { continue };
        rows.push((card, depth));
        if asked.parts == Parts::Nested && !shown.filtered {
            let below = shown.parts.get(&id).into_iter().flatten().rev();
            left.extend(below.map(|id| (*id, depth.saturating_add(1))));
        }
    }
    let more = group.more.then(|| {
        let by = asked.by.word();
        let page = format!("/app/{}/tasks/lists/{}", sheet.org, sheet.setting().list.id);
        with_query(&page, &[("by", &by), ("q", &asked.filter), ("only", &group.key), ("after", &group.end)])
    });
    html! {
        section class="task-group" data-column=(group.key) data-empty[group.count == 0] aria-labelledby=(id) {
            h2 id=(id) {
                span { (group.name) }
                span class="board-count" data-count {
                    span aria-hidden="true" { (group.count) }
                    span class="sr-only" { (counted(group.count, "task", "tasks")) }
                }
            }
            ul class="task-rows" data-rows { @for (card, depth) in rows { (row(sheet, card, depth)) } }
            @if let Some(href) = more { p class="task-more" { a class="btn btn-quiet" href=(href) { "Show more" span class="sr-only" { " of " (group.name) } } } }
            @if own && sheet.may_change() && !sheet.goes_on { (add_form(sheet, &group.key, &group.name)) }
        }
    }
}

fn row(sheet: &Sheet<'_>, card: &Card, depth: usize) -> Markup {
    let setting = sheet.setting();
    let status = setting.statuses.iter().find(|status| status.id == card.status).map(|status| status.name.as_str());
    let due = due_words(card, setting.today);
    let (due, tone) = due.as_ref().map_or(("", None), |(words, tone)| (words.as_str(), Some(*tone)));
    let labels = setting.labels.iter().filter(|label| card.labels.contains(&label.id));
    html! {
        li.task-row.is-done[card.done] data-task=(card.id) data-position=(card.position) style={ "--depth: " (depth) } {
            (done_button(sheet, card, true))
            a class="card-title" data-part="title" href=(sheet.href(card)) { (card.title) }
            div class="row-more" {
                span data-part="state" {}
                @if sheet.did_own(card) {
                    span data-part="own" role="img" aria-label=(OWN_PART) title=(OWN_PART) { (icon_markup("check")) }
                } @else {
                    span data-part="own" {}
                }
                span data-part="checks" { (progress(card.checks)) }
                span data-part="subs" { (progress(card.subs)) }
                span data-part="due" class=[tone] { (due) }
                span data-part="status" { (status.unwrap_or_default()) }
                span data-part="priority" data-priority=(card.priority) { @if card.priority > 0 { (priority(card)) } }
                span data-part="labels" {
                    @for label in labels { span class="row-label" style={ "--label: " (board::label_colour(label.colour)) } { (label.name) } }
                }
                span data-part="people" { @for one in people(sheet, card) { (face(one)) span class="sr-only" { (one.name) } } }
            }
            (row_ends(sheet, &card.id.to_string(), &card.title))
        }
    }
}

/// What new rows are made after.
fn row_pattern(sheet: &Sheet<'_>) -> Markup {
    html! {
        li class="task-row" {
            button type="button" class="card-done" data-part="done" data-does="complete" disabled[!sheet.may_change()] { (icon_markup("check")) }
            a class="card-title" data-part="title" {}
            div class="row-more" {
                span data-part="state" {}
                span data-part="own" {}
                span data-part="checks" {}
                span data-part="subs" {}
                span data-part="due" {}
                span data-part="status" {}
                span data-part="priority" {}
                span data-part="labels" {}
                span data-part="people" {}
            }
            (row_ends(sheet, "", ""))
        }
    }
}

/// The end of a row: it can be ticked, and with a script it has a menu.
fn row_ends(sheet: &Sheet<'_>, id: &str, title: &str) -> Markup {
    html! {
        @if sheet.may_change() {
            input type="checkbox" class="row-pick" form="many" name="ids[]" value=(id) data-part="pick" data-does="choose" aria-label={ "Select " (title) };
        }
        button type="button" class="card-more" data-part="more" data-does="menu" aria-label={ "More for " (title) } {
            svg class="icon" viewBox="0 0 24 24" aria-hidden="true" {
                path d="M5 10.3a1.7 1.7 0 1 0 .1 0zM12 10.3a1.7 1.7 0 1 0 .1 0zM19 10.3a1.7 1.7 0 1 0 .1 0z" {}
            }
        }
    }
}

/// What can be done with all that is ticked, where no script does it.
fn many(sheet: &Sheet<'_>) -> Markup {
    let setting = sheet.setting();
    let here = setting.list.id.to_string();
    let others: Vec<_> = sheet.page.lists.iter().filter(|(id, _)| *id != here).collect();
    let does = |what: &str, label: &str| html! { button type="submit" class="btn btn-quiet" name="what" value=(what) { (label) } };
    html! {
        form id="many" class="tasks-many card stack" method="post" action=(ChangeManyTasks::url()) {
            (sheet.held())
            h2 { "Selected tasks" }
            div class="row" { (does("complete", "Complete")) (does("open", "Reopen")) (does("trash", "Move to trash")) }
            div class="tasks-many-line" {
                div class="field" { label for="many-due" { "Due" } input class="input" id="many-due" type="date" name="due_day"; }
                (does("due", "Set due date"))
            }
            div class="tasks-many-line" {
                div class="field" {
                    label for="many-person" { "Assigned to" }
                    select class="input" id="many-person" name="responsible" {
                        option value="" { "Nobody" }
                        @for one in &setting.people { option value=(one.id) { (one.name) } }
                    }
                }
                (does("responsible", "Assign"))
            }
            @if !setting.labels.is_empty() {
                div class="tasks-many-line" {
                    div class="field" {
                        label for="many-label" { "Label" }
                        select class="input" id="many-label" name="label" { @for label in &setting.labels { option value=(label.id) { (label.name) } } }
                    }
                    (does("label", "Add label"))
                    (does("unlabel", "Remove label"))
                }
            }
            @if !others.is_empty() {
                div class="tasks-many-line" {
                    div class="field" {
                        label for="many-list" { "List" }
                        select class="input" id="many-list" name="to_list" { @for (id, name) in others { option value=(id) { (name) } } }
                    }
                    (does("move", "Move to list"))
                }
            }
        }
    }
}

fn nothing(sheet: &Sheet<'_>) -> Markup {
    let (title, more) = if sheet.shown().filtered {
        ("No tasks match this filter", "Remove something from the filter, or show everything.")
    } else if sheet.may_change() {
        (
            "Nothing to do here yet",
            "Type a task into the box above. “fri 3pm”, “@Sam” and “!high” say when, who and how urgent.",
        )
    } else {
        ("Nothing to do here yet", "What is added to this list shows here.")
    };
    html! { div class="tasks-nothing" { (empty_with("list", title, html! { p { (more) } })) } }
}

// ------------------------------------------------------------------------------------------------------------- small things

fn people<'a>(sheet: &'a Sheet<'_>, card: &'a Card) -> impl Iterator<Item = &'a Who> {
    card.responsible.iter().chain(&card.people).filter_map(move |id| sheet.person(*id))
}

/// Two letters on a ground that belongs to the person, as the script draws them.
fn face(who: &Who) -> Markup {
    let sum = who.id.to_string().chars().fold(0_u32, |sum, letter| (sum * 31 + u32::from(letter)) % 997);
    html! { span class="who" title=(who.name) aria-hidden="true" data-hue=(sum % 5) { (who.initials) } }
}

fn progress(Progress(done, all): Progress) -> String {
    if all == 0 { String::new() } else { format!("{done}/{all}") }
}

fn priority(card: &Card) -> &'static str {
    usize::try_from(card.priority).ok().and_then(|at| PRIORITIES.get(at)).copied().unwrap_or_default()
}

/// “Today, 3 pm”, and how that stands to now.
fn due_words(card: &Card, today: Date) -> Option<(String, &'static str)> {
    let day: Date = card.due_day.as_deref()?.parse().ok()?;
    let near = [(today.yesterday(), "Yesterday"), (Ok(today), "Today"), (today.tomorrow(), "Tomorrow")];
    let near = near.into_iter().find(|(near, _)| near.as_ref().is_ok_and(|near| *near == day)).map(|(_, words)| words);
    // As the script words it: of a day that is near, which of the week it is; of one in another year, which year.
    let away = day.duration_since(today).as_hours() / 24;
    let form = match ((1..100).contains(&away), day.year() == today.year()) {
        (true, true) => "%a %-d %b",
        (true, false) => "%a %-d %b %Y",
        (false, true) => "%-d %b",
        (false, false) => "%-d %b %Y",
    };
    let words = near.map_or_else(|| day.strftime(form).to_string(), str::to_owned);
    let words = match card.due_time.as_deref().and_then(|time| time.split_once(':')) {
        Some((hour, minute)) => format!("{words}, {}", time_words(hour, minute)),
        None => words,
    };
    let tone = match day.cmp(&today) {
        _ if card.done => "",
        std::cmp::Ordering::Less => "is-late",
        std::cmp::Ordering::Equal => "is-today",
        std::cmp::Ordering::Greater => "",
    };
    Some((words, tone))
}

fn time_words(hour: &str, minute: &str) -> String {
    let hour: u8 = hour.parse().unwrap_or(0);
    let shown = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
    let half = if hour < 12 { "am" } else { "pm" };
    if minute == "00" { format!("{shown} {half}") } else { format!("{shown}:{minute} {half}") }
}

/// What the script takes over, as JSON that stands in a page.
fn data(sheet: &Sheet<'_>) -> String {
    let (setting, shown, asked) = (sheet.setting(), sheet.shown(), sheet.asked);
    let labels: Vec<_> = setting
        .labels
        .iter()
        .map(|label| json!({ "id": label.id, "name": label.name, "color": board::label_colour(label.colour) }))
        .collect();
    let statuses: Vec<_> = setting
        .statuses
        .iter()
        .map(|status| json!({ "id": status.id, "name": status.name, "kind": status.kind }))
        .collect();
    let columns: Vec<_> =
        shown.groups.iter().map(|group| Group { name: place_name(sheet, group), ..group.clone() }).collect();
    let cards: Vec<_> = shown.cards.values().collect();
    let data = json!({
        "list": { "id": setting.list.id },
        "may": { "edit": setting.may_change, "manage": setting.may_organise },
        "by": asked.by.word(),
        "lanes": asked.lanes.filter(|_| !shown.lanes.is_empty()).map(By::word),
        "parts": if shown.filtered && asked.parts == Parts::Nested { Parts::Alone.word() } else { asked.parts.word() },
        "q": if shown.filtered { asked.filter.as_str() } else { "" },
        // What goes on from another page, or is filtered, takes no tasks in that weren’t there.
        "closed": sheet.goes_on || shown.filtered,
        "none": NONE,
        "people": setting.people,
        "labels": labels,
        "statuses": statuses,
        "columns": columns,
        "cards": cards,
    });
    // Nothing in it ends the element that it stands in.
    data.to_string().replace('<', "\\u003c")
}
