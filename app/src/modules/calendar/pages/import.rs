//! `/app/{org}/calendar/clients/import` and below: bringing along clients and bookings from elsewhere. The server writes them alone.

use jiff::tz::TimeZone;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{client::confirmed_by, clients::at_time, given, sections::Form};
use crate::{
    modules::calendar::{
        clients_api::{RunImport, UndoImport},
        csv_in::Problem,
        importing::{self, DryRun, Kind, Recent},
        store::Import,
    },
    money,
    pages::plain::written,
    request,
    ui::{
        DoneNotice, FormMessage, Kind as Look, LinkButton, Notice, Post, PostForm, SettingsFrame, SettingsHead,
        SubmitButton, Table, Tone, forgery::forgery_field, org_of_address,
    },
};

/// The longest refusal that the address can tell.
const LONGEST: usize = 300;

/// Where a file is sent, in the dashboard’s frame.
#[component]
pub fn ImportRoute() -> AnyView {
    let org = org_of_address();
    let query = use_query_map();
    let text = |name: &str| query.with_untracked(|query| query.get(name)).unwrap_or_default();
    let refused: String = text("refused").chars().take(LONGEST).collect();
    let kind = Kind::parse(&text("kind")).unwrap_or(Kind::Clients);
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let recent = importing::recent(&platform, &actor, &slug).await?;
        Ok((slug, recent))
    };
    let body = written(read, move |(slug, recent)| send(&slug, recent, &refused, kind));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

/// What taking a file over would do, or did, in the dashboard’s frame.
#[component]
pub fn ImportedRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let (run, undo) = (Form::of(Post::to::<RunImport>()), Form::of(Post::to::<UndoImport>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let tried = importing::dry_run(&platform, &actor, &slug, importing::import_id(&id)?).await?;
        Ok((slug, tried))
    };
    let body = written(read, move |(slug, tried)| show(&slug, tried, run, undo));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

fn send(org: &str, recent: Recent, refused: &str, kind: Kind) -> AnyView {
    let page = format!("/app/{org}/calendar/clients/import");
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
    let choices = [
        (Kind::Clients, "Clients", "Columns like Name, Email, Phone, Notes, Tags. Each needs a name."),
        (Kind::Bookings, "Bookings", "Columns like Client, Email, Service, Staff, Start, End, Status, Price. Services and people go by their names here."),
    ]
    .map(|(value, label, about)| {
        view! {
            <label class="choice radio">
                <input type="radio" name="kind" value=value.as_str() checked=value == kind/>
                <span class="choice-text"><strong>{label}</strong>" "<span class="as-is">{about}</span></span>
            </label>
        }
    })
    .collect_view();
    let Recent { imports, tz } = recent;
    let earlier = (!imports.is_empty()).then(|| {
        let lines = imports.into_iter().map(|import| line(&page, &import, &tz)).collect_view();
        view! {
            <section class="card stack" aria-labelledby="earlier">
                <h2 id="earlier">"Earlier imports"</h2>
                <ul class="lines">{lines}</ul>
            </section>
        }
    });
    view! {
        <SettingsHead
            title="Import a list"
            about="From the product that you used before, or from a spreadsheet. Nothing changes before you have seen what would."
            back=format!("/app/{org}/calendar/clients")
            back_label="Clients"
        />
        <section class="card stack" aria-labelledby="send">
            <h2 id="send">"Your file"</h2>
            <form action=format!("{page}/file") method="post" enctype="multipart/form-data" class="stack">
                {summary}
                {forgery_field()}
                <fieldset class="field">
                    <legend class="field-label">"What is in it?"</legend>
                    <div class="choices">{choices}</div>
                </fieldset>
                <div class="field" class:has-error=is_wrong>
                    <label class="field-label" for="field-file">"The file"</label>
                    <p class="field-hint" id="field-file-hint">"A CSV file, up to 10 MB and 50,000 rows. Spreadsheets save as CSV. The first row names the columns."</p>
                    <input id="field-file" class="input" type="file" name="file" accept=".csv,.tsv,.txt,text/csv" aria-invalid=is_wrong.then_some("true") aria-describedby=described/>
                    {error}
                </div>
                <div class="form-actions"><button type="submit" class="btn btn-primary">"Check the file"</button></div>
            </form>
        </section>
        {earlier}
    }
    .into_any()
}

fn line(page: &str, import: &Import, tz: &TimeZone) -> AnyView {
    let what = if import.kind == Kind::Clients.as_str() { "Clients" } else { "Bookings" };
    let state = if import.done_at.is_some() {
        format!("{} You can undo it until {}.", brought(import), at_time(import.expires_at, tz))
    } else {
        format!("Not imported yet. Kept until {}.", at_time(import.expires_at, tz))
    };
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title"><a href=format!("{page}/{}", import.id)>{format!("{what}, {}", at_time(import.created_at, tz))}</a></p>
                <p class="soft">{state}</p>
            </div>
        </li>
    }
    .into_any()
}

/// "Imported 12 clients and 40 bookings."
fn brought(import: &Import) -> String {
    let clients = money::counted(import.clients, "client", "clients");
    if import.kind == Kind::Clients.as_str() {
        format!("Imported {clients}.")
    } else {
        format!("Imported {} and {clients}.", money::counted(import.bookings, "booking", "bookings"))
    }
}

fn show(org: &str, tried: DryRun, run: Form, undo: Form) -> AnyView {
    let back = format!("/app/{org}/calendar/clients/import");
    let body = if tried.import.done_at.is_some() { taken_over(org, &tried, undo) } else { would(org, tried, run) };
    view! {
        <SettingsHead title="Your import" back=back back_label="Import a list"/>
        {body}
    }
    .into_any()
}

fn taken_over(org: &str, tried: &DryRun, undo: Form) -> AnyView {
    let until = format!(
        "You can undo it until {}. What somebody has changed since then stays.",
        at_time(tried.import.expires_at, &tried.tz)
    );
    let (slug, id) = (org.to_owned(), tried.import.id.to_string());
    let form = view! {
        <p>"Everything that came with this file is deleted, but for what somebody has changed since."</p>
        <PostForm post=undo.post class="stack">
            <FormMessage form=undo.state/>
            <input type="hidden" name="org" value=slug/>
            <input type="hidden" name="id" value=id/>
            <div class="form-actions"><SubmitButton form=undo.state label="Yes, undo it" busy="Undoing…" kind=Look::Danger/></div>
        </PostForm>
    };
    let form = confirmed_by("Undo the import", undo.state, form.into_any());
    view! {
        <DoneNotice words=&[("done", "Imported.")]/>
        <section class="card stack" aria-labelledby="did">
            <h2 id="did">"Imported"</h2>
            <p>{brought(&tried.import)}</p>
            <p class="soft">{until}</p>
            {form}
            <p class="row"><LinkButton href=format!("/app/{org}/calendar/clients") kind=Look::Quiet>"To your clients"</LinkButton></p>
        </section>
    }
    .into_any()
}

fn would(org: &str, tried: DryRun, run: Form) -> AnyView {
    let DryRun { import, kind, new, known, new_clients, problems, more_problems, ignored, .. } = tried;
    let what = |rows: usize| match kind {
        Kind::Clients => money::counted(rows, "client", "clients"),
        Kind::Bookings => money::counted(rows, "booking", "bookings"),
    };
    let wrong = problems.len() + more_problems;
    let people = (new_clients > 0)
        .then(|| view! { <li>{format!("{} would be added with them.", money::counted(new_clients, "client", "clients"))}</li> });
    let left_out = (wrong > 0).then(|| {
        view! { <li>{format!("{} can’t be imported: see below.", money::counted(wrong, "row", "rows"))}</li> }
    });
    let ignored = (!ignored.is_empty()).then(|| {
        view! { <p class="soft">{format!("Columns that are left out: {}.", ignored.join(", "))}</p> }
    });
    let begun = import.started_at.is_some() || import.clients + import.bookings > 0;
    let under_way = begun.then(|| {
        view! { <Notice tone=Tone::Info><p>"This import was begun. If it stopped in the middle, it goes on from there."</p></Notice> }
    });
    let action = if new == 0 {
        view! { <p>"There is nothing new in this file."</p> }.into_any()
    } else {
        let (slug, id, label) = (org.to_owned(), import.id.to_string(), format!("Import {}", what(new)));
        let list = format!("/app/{org}/calendar/clients");
        view! {
            <PostForm post=run.post class="stack">
                <FormMessage form=run.state/>
                <input type="hidden" name="org" value=slug/>
                <input type="hidden" name="id" value=id/>
                <div class="form-actions">
                    <SubmitButton form=run.state label=label busy="Importing…" kind=Look::Primary/>
                    <LinkButton href=list kind=Look::Quiet>"No, leave it"</LinkButton>
                </div>
            </PostForm>
        }
        .into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="would">
            <h2 id="would">"What would happen"</h2>
            {under_way}
            <ul class="bullets">
                <li>{format!("{} would be added.", what(new))}</li>
                {people}
                <li>{format!("Here already, and left as they are: {}.", what(known))}</li>
                {left_out}
            </ul>
            {ignored}
            <p class="soft">"Nothing has been saved yet. No emails go out, and you can undo it for a day."</p>
            {action}
        </section>
        {troubles(problems, more_problems)}
    }
    .into_any()
}

fn troubles(problems: Vec<Problem>, more: usize) -> AnyView {
    if problems.is_empty() {
        return ().into_any();
    }
    let rows = problems
        .into_iter()
        .map(|Problem { line, column, message }| {
            vec![format!("Line {line}").into_any(), column.into_any(), message.into_any()]
        })
        .collect();
    let more = (more > 0).then(|| {
        let more = i64::try_from(more).unwrap_or(i64::MAX);
        view! { <p class="soft">{format!("And {}.", money::counted(more, "more problem", "more problems"))}</p> }
    });
    view! {
        <section class="card stack" aria-labelledby="troubles">
            <h2 id="troubles">"Rows that can’t be imported"</h2>
            <Table caption="Rows that can’t be imported, and why" columns=vec!["Where", "Column", "What to do"] rows=rows/>
            {more}
        </section>
    }
    .into_any()
}
