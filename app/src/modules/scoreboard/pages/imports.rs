//! `/app/{org}/scoreboard/import` and below: files of results, read first and taken over only then.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::tabs::{Tab, tabs};
use crate::{
    modules::scoreboard::{
        import_rows::Field as What,
        imports::{self, Earlier, Judged, MOST_ASKED, Outcome, Report, SHOWN, Unknown, in_words},
        imports_api::{ChooseColumns, LeaveImport, NamePeople, TakeImport, UndoTaken},
        store::imports::Import,
    },
    money,
    pages::plain::written,
    request,
    ui::{
        Checkbox, DashboardShell, DoneNotice, Empty, Field, Form, FormMessage, Icon, Kind, LinkButton, Notice,
        PageHeader, PageTitle, Post, PostForm, Select, SubmitButton, Table, Tone, confirmed_by, folded_by,
        forgery::forgery_field, given, org_of_address,
    },
};

/// The longest refusal that the address can tell.
const LONGEST: usize = 300;

const DONE: &[(&str, &str)] = &[
    ("chosen", "Saved. It is remembered for files whose columns are called the same."),
    ("named", "Saved. The rows are read anew."),
    ("taken", "Taken over."),
    ("undone", "Taken back. It counts no longer."),
    ("left", "The file is gone, and nothing of it came in."),
];

/// Where a file is sent, in the dashboard's frame.
#[component]
pub fn ImportsRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let refused: String = given(&query, "refused").unwrap_or_default().chars().take(LONGEST).collect();
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let earlier = imports::earlier(&platform, &actor, &slug).await?;
        Ok((slug, earlier))
    };
    let body = written(read, move |(slug, earlier)| send(&slug, earlier, &refused));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings">{body}</div></DashboardShell>
    }
    .into_any()
}

fn send(org: &str, earlier: Vec<Earlier>, refused: &str) -> AnyView {
    let page = format!("/app/{org}/scoreboard/import");
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
    let listed = if earlier.is_empty() {
        view! { <Empty title="No files yet"><p>"What you send is listed here, with what became of it."</p></Empty> }
            .into_any()
    } else {
        let lines = earlier.into_iter().map(|one| line(&page, one)).collect_view();
        view! { <ul class="lines numbers">{lines}</ul> }.into_any()
    };
    view! {
        <PageTitle text="Bring a file of results"/>
        <PageHeader title="Bring a file of results" about="From a spreadsheet, or another product. Nothing counts until you have looked it over."/>
        {tabs(org, Tab::Entries)}
        <DoneNotice words=DONE/>
        <section class="card stack" aria-labelledby="send">
            <h2 id="send">"Your file"</h2>
            <form action=format!("{page}/file") method="post" enctype="multipart/form-data" class="stack">
                {summary}
                {forgery_field()}
                <div class="field" class:has-error=is_wrong>
                    <label class="field-label" for="field-file">"The file"</label>
                    <p class="field-hint" id="field-file-hint">"A CSV file, up to 5 MB and 10,000 rows. Spreadsheets save as CSV. The first row names the columns: a date, a person and an amount at least."</p>
                    <input id="field-file" class="input" type="file" name="file" accept=".csv,.tsv,.txt,text/csv" aria-invalid=is_wrong.then_some("true") aria-describedby=described/>
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
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title"><a href=format!("{page}/{}", import.id)>{format!("{}, {sent}", rows(import.lines))}</a></p>
                <p class="soft">{format!("Sent by {by}. {}", state_words(&import))}</p>
            </div>
        </li>
    }
    .into_any()
}

fn rows(count: i64) -> String {
    money::counted(count, "row", "rows")
}

/// Where a file stands, in a sentence.
fn state_words(import: &Import) -> String {
    match import.state.as_str() {
        "kept" => "Not taken over yet.".to_owned(),
        "taking" => format!("{} came in so far. If it stopped in the middle, open it and go on.", rows(import.added)),
        "taken" => format!("{}.", brought(import)),
        "undoing" => "It is being taken back. If that stopped in the middle, open it and go on.".to_owned(),
        _ => "Taken back as a whole.".to_owned(),
    }
}

/// "12 rows came in, 3 were there already, 1 was left out"
fn brought(import: &Import) -> String {
    let were = |count: i64| if count == 1 { "was" } else { "were" };
    let known = (import.known > 0).then(|| format!(", {} {} there already", import.known, were(import.known)));
    let out = (import.left_out > 0).then(|| format!(", {} {} left out", import.left_out, were(import.left_out)));
    format!("{} came in{}{}", rows(import.added), known.unwrap_or_default(), out.unwrap_or_default())
}

#[derive(Clone, Copy)]
struct Forms {
    choose: Form,
    name: Form,
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
        choose: Form::of(Post::to::<ChooseColumns>()),
        name: Form::of(Post::to::<NamePeople>()),
        take: Form::of(Post::to::<TakeImport>()),
        undo: Form::of(Post::to::<UndoTaken>()),
        leave: Form::of(Post::to::<LeaveImport>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let report = imports::dry_run(&platform, &actor, &slug, &id).await?;
        Ok((slug, report))
    };
    let body = written(read, move |(slug, report)| show(&slug, report, &forms));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, report: Report, forms: &Forms) -> AnyView {
    let back = format!("/app/{org}/scoreboard/import");
    let all = [forms.choose, forms.name, forms.take, forms.undo, forms.leave];
    let refused = all.iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let about = state_words(&report.import);
    let is_there = report.import.expires_at.is_some();
    let body = if is_there { would(org, &report, forms) } else { ().into_any() };
    let undo = (report.import.added > 0 && report.import.state != "undone")
        .then(|| take_back(org, &report.import, forms.undo));
    view! {
        <PageTitle text="A file of results"/>
        <a class="back" href=back><Icon name="back"/>"Files of results"</a>
        <PageHeader title=format!("{} of results", rows(report.import.lines)) about=about/>
        {done}
        {body}
        {undo}
    }
    .into_any()
}

/// Which file a form is about, as it was read.
fn about(org: &str, import: &Import, form: Form) -> AnyView {
    let (org, id, version) = (org.to_owned(), import.id.to_string(), import.version);
    view! {
        <input type="hidden" name="org" value=org/>
        <input type="hidden" name="id" value=id/>
        <input type="hidden" name="version" value=form.state.version(version)/>
    }
    .into_any()
}

fn would(org: &str, report: &Report, forms: &Forms) -> AnyView {
    let chosen = if report.asks.is_empty() {
        let inside = which_column(org, report, forms.choose);
        view! {
            <section class="card stack" aria-labelledby="columns">
                <h2 id="columns">"What its columns are"</h2>
                <p class="soft">{as_they_are(report)}</p>
                {folded_by("Change it", forms.choose.state, inside)}
            </section>
        }
        .into_any()
    } else {
        let inside = which_column(org, report, forms.choose);
        view! {
            <section class="card stack" aria-labelledby="columns">
                <h2 id="columns">"Which column is what?"</h2>
                {samples(report)}
                {inside}
            </section>
        }
        .into_any()
    };
    if !report.asks.is_empty() {
        return view! { {chosen} {leave(org, &report.import, forms.leave)} }.into_any();
    }
    view! {
        {outcome(org, report, forms)}
        {names(org, report, forms.name)}
        {chosen}
        {each(org, report)}
    }
    .into_any()
}

/// "Date: “Sold on”. Person: “Rep”. …"
fn as_they_are(report: &Report) -> String {
    let named = |field: What| {
        let column = report.columns.get(field)?;
        let name = report.names.get(column).map(String::as_str).unwrap_or_default();
        Some(format!("{}: “{name}”.", field.label()))
    };
    let mut words: Vec<String> = What::ALL.into_iter().filter_map(named).collect();
    if let Some((_, metric)) = report.metrics.iter().find(|(word, _)| *word == report.columns.of) {
        words.push(format!("All of it counts {metric}."));
    }
    words.push("Dates are read with the day first: 3/4/2026 is 3 April.".to_owned());
    words.join(" ")
}

fn samples(report: &Report) -> AnyView {
    let head = report.names.iter().map(|name| view! { <th scope="col">{name.clone()}</th> }).collect_view();
    let row = |cells: &Vec<String>| {
        let cells = cells.iter().map(|cell| view! { <td>{cell.clone()}</td> }).collect_view();
        view! { <tr>{cells}</tr> }
    };
    let body = report.samples.iter().map(row).collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="The first rows of the file">
            <table class="import-sample">
                <caption class="sr-only">"The first rows of the file"</caption>
                <thead><tr>{head}</tr></thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn which_column(org: &str, report: &Report, form: Form) -> AnyView {
    let state = form.state;
    let columns = report.names.iter().enumerate().map(|(at, name)| {
        let label = if name.is_empty() { format!("Column {}", at + 1) } else { name.clone() };
        (at.to_string(), label)
    });
    let columns: Vec<(String, String)> =
        std::iter::once((String::new(), "No column".to_owned())).chain(columns).collect();
    let select = |field: What, hint: &'static str| {
        let value = report.columns.get(field).map(|at| at.to_string()).unwrap_or_default();
        view! { <Select form=state name=field.as_str() label=field.label() hint=hint options=columns.clone() value=value/> }
    };
    let whole = std::iter::once((String::new(), "A column says it".to_owned())).chain(report.metrics.iter().cloned());
    let (whole, of) = (whole.collect::<Vec<_>>(), report.columns.of.clone());
    let asks = (!report.asks.is_empty() && state.message().with_untracked(Option::is_none)).then(|| {
        let asks = report.asks.iter().map(|ask| view! { <li>{named(&ask.field, &ask.message)}</li> }).collect_view();
        view! { <Notice tone=Tone::Info><p>"This couldn’t be told by the names of the columns:"</p><ul class="bullets">{asks}</ul></Notice> }
    });
    let about = about(org, &report.import, form);
    let day = select(What::Day, "Read with the day first: 31/12/2026.");
    let person = select(What::Person, "Names, or what people are also called.");
    let amount = select(What::Amount, "Like $1,234.50. (50.00) is below zero.");
    let metric = select(What::Metric, "Where each row says it itself.");
    let note = select(What::Note, "For whoever looks it up later.");
    let external_id = select(What::ExternalId, "An invoice’s number: what came in under it doesn’t come in again.");
    view! {
        <PostForm post=form.post class="stack">
            <FormMessage form=state/>
            {asks}
            {about}
            <div class="fields-row">
                {day}
                {person}
                {amount}
            </div>
            <div class="fields-row">
                <Select form=state name="of" label="The whole file counts" options=whole value=of/>
                {metric}
            </div>
            <div class="fields-row">
                {note}
                {external_id}
            </div>
            <div class="form-actions"><SubmitButton form=state label="Read the file so" busy="Reading…"/></div>
        </PostForm>
    }
    .into_any()
}

/// "Amount: Choose a column."
fn named(field: &str, message: &str) -> String {
    let label = What::ALL.into_iter().find(|what| what.as_str() == field).map_or("What is counted", What::label);
    format!("{label}: {message}")
}

fn outcome(org: &str, report: &Report, forms: &Forms) -> AnyView {
    let count = |outcome: Outcome| i64::try_from(report.count(outcome)).unwrap_or(i64::MAX);
    let (new, known, wrong) = (count(Outcome::New), count(Outcome::Known), count(Outcome::Wrong));
    let (state, take) = (forms.take.state, forms.take.post);
    let left_out = (wrong > 0).then(|| view! { <li>{format!("{} can’t be taken over: see below.", rows(wrong))}</li> });
    let under_way = (report.import.state == "taking").then(|| {
        view! { <Notice tone=Tone::Info><p>"This file was begun. If it stopped in the middle, it goes on from there; what came in isn’t added again."</p></Notice> }
    });
    let partly = (wrong > 0).then(|| {
        view! {
            <Checkbox form=state name="partly" label="Take the good rows over, and leave the others out" hint="Or mend the file, and send it again: what came in already isn’t added again."/>
        }
    });
    let action = if new == 0 {
        view! { <p>"There is nothing new in this file that can be taken over."</p> }.into_any()
    } else {
        let label = format!("Take {} over", rows(new));
        let about = about(org, &report.import, forms.take);
        view! {
            <PostForm post=take class="stack">
                <FormMessage form=state/>
                {about}
                {partly}
                <div class="form-actions"><SubmitButton form=state label=label busy="Taking it over…"/></div>
            </PostForm>
        }
        .into_any()
    };
    let can_leave = report.import.added == 0;
    let leave = can_leave.then(|| leave(org, &report.import, forms.leave));
    view! {
        <section class="card stack" aria-labelledby="would">
            <h2 id="would">"What would happen"</h2>
            {under_way}
            <ul class="bullets">
                <li>{format!("{} would be added.", rows(new))}</li>
                <li>{format!("There already, and left as they are: {}.", rows(known))}</li>
                {left_out}
            </ul>
            {action}
            {leave}
        </section>
    }
    .into_any()
}

fn leave(org: &str, import: &Import, form: Form) -> AnyView {
    let (org, id) = (org.to_owned(), import.id.to_string());
    view! {
        <PostForm post=form.post>
            <FormMessage form=form.state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <SubmitButton form=form.state label="Leave this file" busy="Leaving it…" kind=Kind::Quiet/>
        </PostForm>
    }
    .into_any()
}

fn names(org: &str, report: &Report, form: Form) -> AnyView {
    if report.unknown.is_empty() {
        return ().into_any();
    }
    let state = form.state;
    let more = report.unknown.len().saturating_sub(MOST_ASKED);
    let more = (more > 0)
        .then(|| view! { <p class="soft">{format!("And {}.", money::counted(more, "more name", "more names"))}</p> });
    let typed = state.values("means[]").unwrap_or_default();
    let ticked = state.values("remember[]").unwrap_or_default();
    let asked = report.unknown.iter().take(MOST_ASKED).enumerate();
    let lines = asked
        .map(|(at, one)| {
            let chosen = typed.get(at).cloned().unwrap_or_default();
            who(report.may_set_up, at, one, chosen, ticked.contains(&one.name))
        })
        .collect_view();
    let everybody = report.people.iter().map(|(_, name)| view! { <option value=name.clone()></option> }).collect_view();
    let about = about(org, &report.import, form);
    let why = if report.may_set_up {
        "Enter who is meant, or mend the file. What is remembered holds for other files, too."
    } else {
        "Enter who is meant, or mend the file. An admin can have a name remembered for other files."
    };
    view! {
        <section class="card stack" aria-labelledby="names">
            <h2 id="names">"Names that nobody has"</h2>
            <p class="soft">{why}</p>
            <PostForm post=form.post class="stack">
                <FormMessage form=state/>
                {about}
                <datalist id="everybody">{everybody}</datalist>
                <ul class="lines">{lines}</ul>
                {more}
                <div class="form-actions"><SubmitButton form=state label="Save who is meant" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// Whom one name means.
fn who(may_set_up: bool, at: usize, one: &Unknown, chosen: String, ticked: bool) -> AnyView {
    let (id, name) = (format!("means-{at}"), one.name.clone());
    let count = i64::try_from(one.rows).unwrap_or(i64::MAX);
    let remember = may_set_up.then(|| {
        let name = name.clone();
        view! {
            <label class="check">
                <input type="checkbox" name="remember[]" value=name checked=ticked/>
                <span>"Remember it" <span class="sr-only">{format!(" for “{}”", one.name)}</span></span>
            </label>
        }
    });
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title"><label for=id.clone()>{format!("“{}”", one.name)}</label></p>
                <p class="soft">{format!("In {}", rows(count))}</p>
            </div>
            <div class="line-end import-who">
                <input type="hidden" name="called[]" value=name/>
                <input class="input" id=id name="means[]" value=chosen list="everybody" autocomplete="off" maxlength="100"/>
                {remember}
            </div>
        </li>
    }
    .into_any()
}

fn each(org: &str, report: &Report) -> AnyView {
    let cells = |judged: &Judged| {
        let read: Vec<&str> = judged.row.cells.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
        vec![
            format!("Line {}", judged.row.line).into_any(),
            read.join(" · ").into_any(),
            judged.outcome.label().into_any(),
            in_words(&judged.row.wrong).into_any(),
        ]
    };
    let shown: Vec<Vec<AnyView>> = report.rows.iter().take(SHOWN).map(cells).collect();
    let more = report.rows.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| {
        let more = money::counted(more, "more row", "more rows");
        view! { <p class="soft">{format!("And {more}: the file has all of them.")}</p> }
    });
    let file = format!("/app/{org}/scoreboard/import/{}/report.csv", report.import.id);
    view! {
        <section class="card stack" aria-labelledby="rows">
            <h2 id="rows">"Row by row"</h2>
            <p class="soft">"What is wrong comes first."</p>
            <Table caption="What becomes of each row" columns=vec!["Where", "What it says", "What happens", "What to do"] rows=shown/>
            {more}
            <p class="row"><LinkButton href=file kind=Kind::Quiet external=true>"Download all of it"</LinkButton></p>
        </section>
    }
    .into_any()
}

fn take_back(org: &str, import: &Import, form: Form) -> AnyView {
    let (org, id, state) = (org.to_owned(), import.id.to_string(), form.state);
    let inside = view! {
        <p>"All that came with this file counts no longer, but for what somebody took back or put right since. It stays to be seen, with the reason. The same file can be sent again after that."</p>
        <PostForm post=form.post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <Field form=state name="why" label="Why" hint="For whoever looks at it later." autocomplete="off" maxlength=500/>
            <div class="form-actions"><SubmitButton form=state label="Yes, take all of it back" busy="Taking it back…" kind=Kind::Danger/></div>
        </PostForm>
    };
    view! {
        <section class="card stack" aria-labelledby="back">
            <h2 id="back">"Take it back"</h2>
            <p>{format!("{}.", brought(import))}</p>
            {confirmed_by("Take all of it back", state, inside.into_any())}
        </section>
    }
    .into_any()
}
