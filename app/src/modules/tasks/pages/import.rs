//! `/app/{org}/tasks/import` and below: files of other products, read first and taken over only then. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::tabs::{Tab, tabs};
use crate::{
    modules::tasks::{
        api_inout::{ChooseTaskColumns, LeaveTaskImport, PlaceTaskImport, TakeTaskImport, UndoTaskImport},
        import_fit::Left,
        import_from::{From, plain::Field as What},
        import_tree::Part,
        imports::{self, Earlier, MOST_ASKED, Report, to_in_words},
        notices,
        store_inout::ImportRow,
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        Checkbox, DashboardShell, DoneNotice, Empty, Form, FormMessage, Icon, Kind, Notice, PageHeader, PageTitle,
        Post, PostForm, Select, SubmitButton, Table, Tone, confirmed_by, folded_by, forgery::forgery_field, given,
        org_of_address,
    },
};

/// The longest refusal that the address can tell.
const LONGEST: usize = 300;

const DONE: &[(&str, &str)] = &[
    ("chosen", "Saved. The file was checked again."),
    ("taken", "Imported."),
    ("undone", "Undone. The imported tasks are in the trash, for 30 days."),
    ("left", "The file was discarded, and nothing of it was imported."),
];

/// Where a file is sent, in the dashboard's frame.
#[component]
pub fn ImportsRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let refused: String = given(&query, "refused").unwrap_or_default().chars().take(LONGEST).collect();
    let from = given(&query, "from").and_then(|word| From::parse(&word));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let earlier = imports::earlier(&platform, &actor, &slug).await?;
        let unread = notices::unread_by(&platform, &actor, &slug).await?;
        Ok((slug, earlier, unread))
    };
    let body = written(read, move |(slug, earlier, unread)| send(&slug, earlier, unread, &refused, from));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings">{body}</div></DashboardShell>
    }
    .into_any()
}

fn send(org: &str, earlier: Vec<Earlier>, unread: i64, refused: &str, chosen: Option<From>) -> AnyView {
    let page = format!("/app/{org}/tasks/import");
    let is_wrong = !refused.is_empty();
    let words = refused.to_owned();
    let error = is_wrong.then(|| {
        (
            view! { <div class="notice notice-error" role="alert"><p>{words.clone()}</p></div> },
            view! { <p class="field-error" id="field-file-error">{words}</p> },
        )
    });
    let (summary, error) = error.unzip();
    let described = if is_wrong { "field-file-error field-file-hint" } else { "field-file-hint" };
    let kinds = From::ALL.into_iter().map(|from| {
        let selected = chosen == Some(from);
        view! { <option value=from.as_str() selected=selected>{from.label()}</option> }
    });
    let kinds = kinds.collect_view();
    let listed = if earlier.is_empty() {
        view! { <Empty title="No files yet" icon="tasks"><p>"Files that you upload are listed here, with their results."</p></Empty> }
            .into_any()
    } else {
        let lines = earlier.into_iter().map(|one| line(&page, one)).collect_view();
        view! { <ul class="lines numbers">{lines}</ul> }.into_any()
    };
    view! {
        <PageTitle text="Import tasks"/>
        <PageHeader title="Import tasks" about="From a file that another product exports. Nothing is imported until you have checked it."/>
        {tabs(org, Tab::Lists, unread)}
        <DoneNotice words=DONE/>
        <section class="card stack" aria-labelledby="send">
            <h2 id="send">"Your file"</h2>
            <form action=format!("{page}/file") method="post" enctype="multipart/form-data" class="stack">
                {summary}
                {forgery_field()}
                <div class="field">
                    <label class="field-label" for="field-kind">"It comes from"</label>
                    <select id="field-kind" class="input" name="kind">{kinds}</select>
                </div>
                <div class="field" class:has-error=is_wrong>
                    <label class="field-label" for="field-file">"The file"</label>
                    <p class="field-hint" id="field-file-hint">"Trello: “Export as JSON”. Todoist and Asana: export a project as CSV. Vikunja: the ZIP of an account. Or any table as CSV, the first row of which names the columns. Up to 32 MB and 20,000 tasks."</p>
                    <input id="field-file" class="input" type="file" name="file" accept=".json,.csv,.tsv,.txt,.zip" aria-invalid=is_wrong.then_some("true") aria-describedby=described/>
                    {error}
                </div>
                <div class="form-actions"><button type="submit" class="btn btn-primary">"Check the file"</button></div>
            </form>
        </section>
        <section class="card stack" aria-labelledby="earlier">
            <h2 id="earlier">"Earlier files"</h2>
            {listed}
        </section>
    }
    .into_any()
}

fn line(page: &str, one: Earlier) -> AnyView {
    let Earlier { import, by, sent } = one;
    let from = From::parse(&import.source).map_or("A file", From::label);
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title"><a href=format!("{page}/{}", import.id)>{format!("{from}, {sent}")}</a></p>
                <p class="soft">{format!("Uploaded by {by}. {}", state_words(&import))}</p>
            </div>
        </li>
    }
    .into_any()
}

/// Where a file stands, in a sentence.
fn state_words(import: &ImportRow) -> String {
    let tasks = counted(import.tasks, "task", "tasks");
    match import.state.as_str() {
        "kept" if import.expires_at.is_none() => "Not imported, and deleted by now.".to_owned(),
        "kept" => "Not imported yet.".to_owned(),
        "taking" => format!("{tasks} imported so far. If it stopped in the middle, open it and continue."),
        "taken" => format!("{tasks} imported."),
        "undoing" => "It is being undone. If that stopped in the middle, open it and continue.".to_owned(),
        _ => "The import was undone.".to_owned(),
    }
}

#[derive(Clone, Copy)]
struct Forms {
    columns: Form,
    place: Form,
    take: Form,
    undo: Form,
    leave: Form,
}

/// What taking a file over would do, or did, in the dashboard's frame.
#[component]
pub fn ImportRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let forms = Forms {
        columns: Form::of(Post::to::<ChooseTaskColumns>()),
        place: Form::of(Post::to::<PlaceTaskImport>()),
        take: Form::of(Post::to::<TakeTaskImport>()),
        undo: Form::of(Post::to::<UndoTaskImport>()),
        leave: Form::of(Post::to::<LeaveTaskImport>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let report = imports::dry_run(&platform, &actor, &slug, &id).await?;
        Ok((slug, report))
    };
    let body = written(read, move |(slug, report)| show(&slug, &report, &forms));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, report: &Report, forms: &Forms) -> AnyView {
    let all = [forms.columns, forms.place, forms.take, forms.undo, forms.leave];
    let refused = all.iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let is_kept = report.import.state == "kept" && report.import.expires_at.is_some();
    let chosen = is_kept.then(|| view! { {columns(org, report, forms.columns)} {place(org, report, forms.place)} });
    let can_be_read = report.asks.is_empty();
    let account = can_be_read.then(|| account(report, is_kept));
    let act = acts(org, report, forms, is_kept && can_be_read);
    // What was taken back is nowhere any more.
    let lists = (!report.lists.is_empty() && report.import.state != "undone").then(|| {
        let links = report.lists.iter().map(|(id, name)| {
            let href = format!("/app/{org}/tasks/lists/{id}");
            view! { <li><a href=href>{name.clone()}</a></li> }
        });
        let links = links.collect_view();
        view! {
            <section class="card stack" aria-labelledby="lists">
                <h2 id="lists">"Imported into"</h2>
                <ul class="bullets">{links}</ul>
            </section>
        }
    });
    view! {
        <PageTitle text="Import"/>
        <a class="back" href=format!("/app/{org}/tasks/import")><Icon name="back"/>"Import tasks"</a>
        <PageHeader title=format!("Import: {}", report.from.label()) about=state_words(&report.import)/>
        {done}
        {lists}
        {chosen}
        {act}
        {account}
    }
    .into_any()
}

/// Which file a form is about, as it was read.
fn about(org: &str, import: &ImportRow, form: Form) -> AnyView {
    let (org, id, version) = (org.to_owned(), import.id.to_string(), import.version);
    view! {
        <input type="hidden" name="org" value=org/>
        <input type="hidden" name="id" value=id/>
        <input type="hidden" name="version" value=form.state.version(version)/>
    }
    .into_any()
}

/// How many of what, what is left out, and what is otherwise.
fn account(report: &Report, would: bool) -> AnyView {
    let account = &report.account;
    let label =
        |part: &str| Part::ALL.into_iter().find(|one| one.as_str() == part).map_or("Anything else", Part::label);
    let rows = account.counts.iter().map(|line| {
        let number = |count: usize| view! { <span class="number">{count.to_string()}</span> }.into_any();
        let what = label(&line.part);
        vec![view! { <span>{what}</span> }.into_any(), number(line.found), number(line.taken), number(line.dropped)]
    });
    let rows: Vec<Vec<AnyView>> = rows.collect();
    let (comes, title) = match report.import.state.as_str() {
        _ if would => ("Will be imported", "Preview"),
        "undone" => ("Had been imported", "Result"),
        _ => ("Imported", "Result"),
    };
    let lists = account.lists.iter().map(|list| {
        let tasks = counted(list.tasks, "task", "tasks");
        view! { <li>{format!("{}: {tasks}", list.name)}</li> }
    });
    let lists = lists.take(50).collect_view();
    let columns = vec!["What", "In the file", comes, "Left out"];
    view! {
        <section class="card stack" aria-labelledby="account">
            <h2 id="account">{title}</h2>
            <Table caption="How many of what are in the file, are imported, and are left out" columns=columns rows=rows/>
            <h3>"Lists"</h3>
            <ul class="bullets">{lists}</ul>
            {told("What is left out", "Nothing is left out.", &account.dropped)}
            {told("What changes", "Nothing else changes.", &account.changed)}
        </section>
    }
    .into_any()
}

fn told(title: &'static str, none: &'static str, all: &[Left]) -> AnyView {
    if all.is_empty() {
        return view! { <p class="soft">{none}</p> }.into_any();
    }
    // What has the same reason is told once.
    let mut reasons: Vec<(&str, Vec<&Left>)> = Vec::new();
    for left in all {
        if let Some((_, same)) = reasons.iter_mut().find(|(why, _)| *why == left.why) {
            same.push(left);
        } else {
            reasons.push((left.why.as_str(), vec![left]));
        }
    }
    let lines = reasons.into_iter().map(|(why, same)| {
        let what: Vec<String> = same.iter().map(|left| format!("{} × {}", left.count, left.what)).collect();
        let mut quoted: Vec<String> = Vec::new();
        for one in same.iter().flat_map(|left| &left.examples) {
            let one = format!("“{one}”");
            if !quoted.contains(&one) {
                quoted.push(one);
            }
        }
        let examples = if quoted.is_empty() { String::new() } else { format!(" Such as {}.", quoted.join(", ")) };
        view! { <li><strong>{what.join(", ")}</strong>{format!(". {why}{examples}")}</li> }
    });
    let lines = lines.collect_view();
    let summary = format!("{title} ({})", all.iter().map(|left| left.count).sum::<usize>());
    view! {
        <details class="folds">
            <summary>{summary}</summary>
            <ul class="bullets">{lines}</ul>
        </details>
    }
    .into_any()
}

/// How many of its tasks come in, in a sentence.
fn how_many(report: &Report) -> Option<String> {
    let line = report.account.counts.iter().find(|line| line.part == Part::Task.as_str())?;
    Some(match (line.found, line.dropped) {
        (0, _) => "No task is in it.".to_owned(),
        (1, 0) => "Its one task will be imported.".to_owned(),
        (1, _) => "Its one task is left out.".to_owned(),
        (found, 0) => format!("All {found} tasks will be imported."),
        (found, 1) => format!("{} of {found} tasks will be imported, 1 is left out.", line.taken),
        (found, dropped) => format!("{} of {found} tasks will be imported, {dropped} are left out.", line.taken),
    })
}

/// Taking it over, leaving it, or taking it back.
fn acts(org: &str, report: &Report, forms: &Forms, can_take: bool) -> AnyView {
    let import = &report.import;
    let goes_on = import.state == "taking";
    let take = (can_take || goes_on).then(|| {
        let state = forms.take.state;
        let again = report.before.is_some().then(|| {
            view! {
                <Notice tone=Tone::Warning><p>"The same file was imported before. Imported again, all of its tasks are there twice."</p></Notice>
                <Checkbox form=state name="again" label="Import all of it a second time"/>
            }
        });
        let under_way = goes_on.then(|| {
            view! { <Notice tone=Tone::Info><p>"This import was begun. If it stopped in the middle, it continues from there, and nothing is imported twice."</p></Notice> }
        });
        let label = if goes_on { "Continue" } else { "Import" };
        let many = can_take.then(|| how_many(report)).flatten().map(|words| view! { <p>{words}</p> });
        let about = about(org, import, forms.take);
        view! {
            <section class="card stack" aria-labelledby="take">
                <h2 id="take">"Import"</h2>
                {under_way}
                {many}
                <PostForm post=forms.take.post class="stack">
                    <FormMessage form=state/>
                    {about}
                    {again}
                    <div class="form-actions"><SubmitButton form=state label=label busy="Importing…"/></div>
                </PostForm>
            </section>
        }
    });
    let Form { post: leaving, state: left } = forms.leave;
    let leave = (import.state == "kept").then(|| {
        let (org, id) = (org.to_owned(), import.id.to_string());
        view! {
            <PostForm post=leaving>
                <FormMessage form=left/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <SubmitButton form=left label="Discard file" busy="Discarding…" kind=Kind::Quiet/>
            </PostForm>
        }
    });
    let Form { post: undoing, state: undone } = forms.undo;
    let undo = matches!(import.state.as_str(), "taking" | "taken" | "undoing").then(|| {
        let (org, id) = (org.to_owned(), import.id.to_string());
        let inside = view! {
            <p>"All imported tasks go to the trash, whatever was done with them since, and stay there for 30 days. Lists that the import made are archived where nothing else is in them."</p>
            <PostForm post=undoing>
                <FormMessage form=undone/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <SubmitButton form=undone label="Yes, undo it" busy="Undoing…" kind=Kind::Danger/>
            </PostForm>
        }
        .into_any();
        confirmed_by("Undo this import", forms.undo.state, inside)
    });
    view! { {take} {leave} {undo} }.into_any()
}

/// Which column of a table is what.
fn columns(org: &str, report: &Report, form: Form) -> AnyView {
    if report.names.is_empty() {
        return ().into_any();
    }
    let state = form.state;
    let options = report.names.iter().enumerate().map(|(at, name)| {
        let label = if name.is_empty() { format!("Column {}", at + 1) } else { name.clone() };
        (at.to_string(), label)
    });
    let options: Vec<(String, String)> =
        std::iter::once((String::new(), "No column".to_owned())).chain(options).collect();
    let selects = What::ALL.into_iter().map(|field| {
        let value = report.columns.get(field).map(|at| at.to_string()).unwrap_or_default();
        // The file’s own id is in the form already.
        let name = if field == What::Id { "source" } else { field.as_str() };
        view! { <Select form=state name=name label=field.label() options=options.clone() value=value/> }
    });
    let selects = selects.collect_view();
    let asks = (!report.asks.is_empty() && state.message().with_untracked(Option::is_none)).then(|| {
        view! { <Notice tone=Tone::Info><p>"Which column is the title couldn’t be told by the names of the columns. Choose it, and the file can be read."</p></Notice> }
    });
    let about = about(org, &report.import, form);
    let inside = view! {
        <PostForm post=form.post class="stack">
            <FormMessage form=state/>
            {about}
            <div class="import-columns">{selects}</div>
            <p class="soft">"Any other column becomes a field of the list."</p>
            <div class="form-actions"><SubmitButton form=state label="Apply" busy="Checking…"/></div>
        </PostForm>
    }
    .into_any();
    let inside = if report.asks.is_empty() { folded_by("Change columns", state, inside) } else { inside };
    view! {
        <section class="card stack" aria-labelledby="columns">
            <h2 id="columns">"Columns"</h2>
            {asks}
            {inside}
        </section>
    }
    .into_any()
}

/// Where it goes, and whom its people are.
fn place(org: &str, report: &Report, form: Form) -> AnyView {
    if !report.asks.is_empty() {
        return ().into_any();
    }
    let state = form.state;
    let to = report.to.map(to_in_words).unwrap_or_default();
    let typed = state.values("means[]").unwrap_or_default();
    let members = report.members.iter().map(|(id, name)| (id.to_string(), name.clone()));
    let members: Vec<(String, String)> =
        std::iter::once((String::new(), "Nobody here: keep the name in the notes".to_owned())).chain(members).collect();
    let people = report.people.iter().take(MOST_ASKED).enumerate().map(|(at, person)| {
        let chosen = typed.get(at).cloned().or_else(|| person.member.map(|user| user.to_string())).unwrap_or_default();
        let options = members.iter().map(|(value, label)| {
            let selected = *value == chosen;
            view! { <option value=value.clone() selected=selected>{label.clone()}</option> }
        });
        let options = options.collect_view();
        let (id, key) = (format!("field-means-{at}"), person.key.clone());
        let tasks = counted(person.tasks, "task", "tasks");
        let label = format!("{}, on {tasks}", person.name);
        view! {
            <div class="field">
                <label class="field-label" for=id.clone()>{label}</label>
                <input type="hidden" name="called[]" value=key/>
                <select id=id class="input" name="means[]">{options}</select>
            </div>
        }
    });
    let people = people.collect_view();
    let over = report.people.len().saturating_sub(MOST_ASKED);
    let over = (over > 0).then(|| {
        let over = counted(over, "more, who is", "more, who are");
        view! { <p class="soft">{format!("And {over} on fewer tasks.")}</p> }
    });
    let who = (!report.people.is_empty()).then(|| view! { <h3>"People"</h3> {people} {over} });
    let (about, targets) = (about(org, &report.import, form), report.targets.clone());
    view! {
        <section class="card stack" aria-labelledby="place">
            <h2 id="place">"Destination"</h2>
            <PostForm post=form.post class="stack">
                <FormMessage form=state/>
                {about}
                <Select form=state name="to" label="Import into" hint="In a space each of its lists becomes a new one, with its columns and sections. In a list that is there, its columns become those that are closest." options=targets value=to/>
                {who}
                <div class="form-actions"><SubmitButton form=state label="Save and check again" busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
