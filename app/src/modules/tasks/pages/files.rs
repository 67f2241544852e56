//! A task’s files, on the task’s page.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use crate::{
    modules::tasks::{
        api_inout::RemoveTaskFile,
        files::{self, Attached},
        task::Task,
    },
    pages::plain::written,
    request,
    ui::{Form, FormMessage, Icon, Kind, Post, PostForm, SubmitButton, confirmed_by, forgery::forgery_field, given},
};

/// The longest refusal that the address can tell.
const LONGEST: usize = 300;

/// What belongs to a task and is a file.
#[component]
pub fn FilesPart(
    /// The word in the organisation’s addresses.
    #[prop(into)]
    org: String,
    /// The task’s id or number.
    #[prop(into)]
    task: String,
) -> AnyView {
    let refused: String = given(&use_query_map(), "refused").unwrap_or_default().chars().take(LONGEST).collect();
    let remove = Form::of(Post::to::<RemoveTaskFile>());
    let (platform, actor) = (request::platform(), request::actor());
    let key = crate::ids::fresh(platform.clock.now());
    let read = async move || {
        let (task, files) = files::show(&platform, &actor, &org, &task).await?;
        Ok((org, task, files))
    };
    written(read, move |(org, task, files)| show(&org, &task, &files, key, &refused, remove))
}

fn show(org: &str, task: &Task, files: &[Attached], key: Uuid, refused: &str, remove: Form) -> AnyView {
    let number = format!("T-{}", task.number);
    let lines = files.iter().map(|file| line(org, &number, file, remove)).collect_view();
    let list = (!files.is_empty()).then(|| view! { <ul class="task-files">{lines}</ul> });
    let none = files.is_empty().then(|| view! { <p class="soft">"Nothing is attached yet."</p> });
    let is_wrong = !refused.is_empty();
    let error =
        is_wrong.then(|| view! { <p class="field-error" id="field-file-error" role="alert">{refused.to_owned()}</p> });
    let described = if is_wrong { "field-file-error field-file-hint" } else { "field-file-hint" };
    let attach = view! {
        <form action=format!("/app/{org}/tasks/file") method="post" enctype="multipart/form-data" class="stack">
            {forgery_field()}
            <input type="hidden" name="kind" value=format!("{number}/{key}")/>
            <div class="field" class:has-error=is_wrong>
                <label class="field-label" for="field-file">"Attach a file"</label>
                <p class="field-hint" id="field-file-hint">"Pictures, PDFs, Office documents, text, tables and ZIP files, up to 25 MB."</p>
                <input id="field-file" class="input" type="file" name="file" aria-invalid=is_wrong.then_some("true") aria-describedby=described/>
                {error}
            </div>
            <div class="form-actions"><button type="submit" class="btn btn-quiet">"Attach"</button></div>
        </form>
    };
    // Most tasks have none: what isn’t there takes no room.
    let attach = if files.is_empty() {
        view! {
            <details class="confirm" open=is_wrong>
                <summary class="btn btn-quiet">"Add a file"</summary>
                <div class="confirm-panel is-calm stack">{attach}</div>
            </details>
        }
        .into_any()
    } else {
        attach.into_any()
    };
    view! {
        <section class="card stack" id="files" aria-labelledby="files-head">
            <h2 id="files-head">"Files"</h2>
            <FormMessage form=remove.state/>
            {list}
            {none}
            {attach}
        </section>
    }
    .into_any()
}

fn line(org: &str, number: &str, file: &Attached, remove: Form) -> AnyView {
    let href = format!("/app/{org}/tasks/files/{}", file.id);
    let facts = format!("{}, {}", file.kind.label(), size(file.bytes));
    let picture = file.shows.then(|| {
        let (src, alt) = (href.clone(), file.name.clone());
        view! { <img class="task-file-picture" src=src alt=alt loading="lazy"/> }
    });
    let (org_field, task_field, id) = (org.to_owned(), number.to_owned(), file.id.to_string());
    let sure = format!("“{}” is deleted from this task. That can be undone for 30 days.", file.name);
    let inside = view! {
        <p>{sure}</p>
        <PostForm post=remove.post>
            <input type="hidden" name="org" value=org_field/>
            <input type="hidden" name="task" value=task_field/>
            <input type="hidden" name="id" value=id/>
            <SubmitButton form=remove.state label="Yes, delete the file" busy="Deleting…" kind=Kind::Danger/>
        </PostForm>
    }
    .into_any();
    view! {
        <li class="task-file">
            {picture}
            <div class="line-text">
                <p class="line-title"><a href=href rel="external" download=file.name.clone()><Icon name="note"/>{file.name.clone()}</a></p>
                <p class="soft">{facts}</p>
            </div>
            {confirmed_by("Delete file", remove.state, inside)}
        </li>
    }
    .into_any()
}

/// "340 KB", "2.4 MB"
fn size(bytes: i64) -> String {
    match bytes {
        bytes if bytes < 1024 => format!("{bytes} bytes"),
        bytes if bytes < 1024 * 1024 => format!("{} KB", bytes / 1024),
        bytes => format!("{}.{} MB", bytes / (1024 * 1024), bytes % (1024 * 1024) * 10 / (1024 * 1024)),
    }
}
