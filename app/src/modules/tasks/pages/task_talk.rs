//! What was said about a task and what happened to it, in one line of time, on its page.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    modules::tasks::{
        api_task::{AddTaskComment, DeleteTaskComment, EditTaskComment, ReactToComment},
        comments::{Comment, LONGEST, MOST_SHOWN, REACTIONS},
        history::Happened,
        markdown,
        saying::capital,
        task_view::TaskPage,
    },
    ui::{Form, FormMessage, Kind, Notice, Post, PostForm, SubmitButton, TextArea, Tone, as_text, given},
};

/// So many characters are shown of a comment that doesn’t fit on the page, with a link to all of it.
const SHORTENED: usize = 300;

/// What can be done there.
#[derive(Clone, Copy)]
pub(super) struct Forms {
    add: Form,
    edit: Form,
    delete: Form,
    react: Form,
}

impl Forms {
    /// One of them was refused.
    pub(super) fn refused(&self) -> bool {
        let all = [self.add, self.edit, self.delete, self.react];
        all.into_iter().any(|form| form.state.message().with_untracked(Option::is_some))
    }
}

/// The forms.
pub(super) fn forms() -> Forms {
    Forms {
        add: Form::of(Post::to::<AddTaskComment>()),
        edit: Form::of(Post::to::<EditTaskComment>()),
        delete: Form::of(Post::to::<DeleteTaskComment>()),
        react: Form::of(Post::to::<ReactToComment>()),
    }
}

enum Entry<'p> {
    /// With its words as HTML, where those fit on the page.
    Said(&'p Comment, Option<String>),
    Did(&'p Happened),
}

/// All of it, the earliest first, with where one says something more.
pub(super) fn talk(org: &str, page: &TaskPage, forms: &Forms, key: &str) -> AnyView {
    let whole = given(&use_query_map(), "comment").unwrap_or_default();
    let mut budget = markdown::Budget::default();
    // What was asked for is there whole, whatever else fits.
    let mut html = |one: &Comment| {
        if one.id.to_string() == whole { Some(markdown::html(&one.words)) } else { budget.html(&one.words) }
    };
    // The latest go first.
    let said = page.comments.iter().rev().map(|one| (one.created_at, Entry::Said(one, html(one))));
    let mut said: Vec<_> = said.collect();
    said.reverse();
    let did = page.happened.iter().map(|one| (one.at, Entry::Did(one)));
    let mut all: Vec<_> = said.into_iter().chain(did).collect();
    all.sort_by_key(|(at, _)| *at);
    let lines = all
        .into_iter()
        .map(|(_, entry)| match entry {
            Entry::Said(comment, html) => said_line(org, page, comment, html, forms),
            Entry::Did(happened) => did_line(page, happened),
        })
        .collect_view();
    let not_told = given(&use_query_map(), "not_told").map(|names| {
        let words =
            format!("Nobody was notified for {names}: nobody who sees this list is called that, or several are.");
        view! { <Notice tone=Tone::Warning><p>{words}</p></Notice> }
    });
    let full = i64::try_from(page.comments.len()).is_ok_and(|count| count >= MOST_SHOWN);
    let full =
        full.then(|| view! { <p class="soft">"These are the latest comments. Earlier ones are in the export."</p> });
    let heard: Vec<String> = page.followers.iter().map(|user| page.names.of(*user)).collect();
    let heard = (!heard.is_empty()).then(|| view! { <p class="soft">"Following: " {heard.join(", ")}</p> });
    let add = page.may.change.then(|| add(org, page, forms.add, key));
    view! {
        <section class="card stack" aria-labelledby="comments">
            <h2 id="comments">"Comments and activity"</h2>
            {not_told}
            <FormMessage form=forms.delete.state/>
            <FormMessage form=forms.react.state/>
            {full}
            <ol class="task-talk">{lines}</ol>
            {add}
            {heard}
        </section>
    }
    .into_any()
}

fn add(org: &str, page: &TaskPage, Form { post, state }: Form, key: &str) -> AnyView {
    // What comes back is the same comment still.
    let key = state.value("key").unwrap_or_else(|| format!("comment-{key}"));
    let (org, id) = (org.to_owned(), format!("T-{}", page.task.number));
    let maxlength = u16::try_from(LONGEST).unwrap_or(u16::MAX);
    view! {
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="key" value=key/>
            <TextArea form=state name="comment" label="Your comment" hint="@ and a name notifies them. Markdown works." rows=4 maxlength=maxlength/>
            <div class="form-actions"><SubmitButton form=state label="Comment" busy="Saving…"/></div>
        </PostForm>
    }
    .into_any()
}

fn did_line(page: &TaskPage, happened: &Happened) -> AnyView {
    let undone = if happened.undone { " (undone since)" } else { "" };
    let words = format!("{} {}{undone}", happened.who, happened.what.join(", "));
    view! { <li class="task-did"><p>{words} <span class="soft">" · " {page.here.moment(happened.at)}</span></p></li> }
        .into_any()
}

fn said_line(org: &str, page: &TaskPage, comment: &Comment, html: Option<String>, forms: &Forms) -> AnyView {
    let who = capital(&page.names.doer(&comment.by_kind, comment.by.map(|user| user.0)));
    let edited = comment.edited_at.map(|at| format!(", changed {}", page.here.moment(at))).unwrap_or_default();
    let when = format!("{}{edited}", page.here.moment(comment.created_at));
    let own = comment.by.is_some() && comment.by == page.me;
    let changes = (page.may.change && (own || page.may.organise)).then(|| {
        let edit = (own && html.is_some()).then(|| editing(org, comment, forms.edit));
        let delete = deleting(org, comment, forms.delete);
        view! { <div class="task-said-acts">{edit}{delete}</div> }
    });
    let id = format!("comment-{}", comment.id);
    let words = if let Some(html) = html {
        view! { <div class="prose" inner_html=html></div> }.into_any()
    } else {
        let href = format!("/app/{org}/tasks/t/T-{}?comment={}#{id}", page.task.number, comment.id);
        let of = format!(" of {when}");
        view! {
            <p>{markdown::plain(&comment.words, SHORTENED)}</p>
            <p><a href=href>"Show the whole comment"<span class="sr-only">{of}</span></a></p>
        }
        .into_any()
    };
    view! {
        <li class="task-said" id=id>
            <article>
                <p><strong>{who}</strong> <span class="soft">" · " {when}</span></p>
                {words}
                {reactions(org, page, comment, forms.react)}
                {changes}
            </article>
        </li>
    }
    .into_any()
}

/// How people feel about it; a press says so, or takes it back.
fn reactions(org: &str, page: &TaskPage, comment: &Comment, Form { post, .. }: Form) -> AnyView {
    let felt = |word: &str| comment.reactions.iter().find(|(one, _)| *one == word).map(|(_, who)| who.as_slice());
    if !page.may.change || page.me.is_none() {
        let shown = REACTIONS.iter().filter_map(|(word, sign, label)| {
            let count = felt(word)?.len();
            Some(view! { <span class="reaction"><span aria-hidden="true">{*sign}</span> <span class="sr-only">{*label} ": "</span>{count}</span> })
        });
        return view! { <div class="reactions">{shown.collect_view()}</div> }.into_any();
    }
    let button = |(word, sign, label): &(&'static str, &'static str, &'static str)| {
        let who = felt(word).unwrap_or_default();
        let mine = page.me.is_some_and(|me| who.contains(&me));
        let value = if mine { format!("-{word}") } else { (*word).to_owned() };
        let names: Vec<String> = who.iter().map(|user| page.names.of(*user)).collect();
        let said = if names.is_empty() { (*label).to_owned() } else { format!("{label}: {}", names.join(", ")) };
        let count = (!who.is_empty()).then(|| who.len().to_string());
        view! {
            <button type="submit" class="reaction" name="what" value=value aria-pressed=mine.to_string() aria-label=said.clone() title=said>
                <span aria-hidden="true">{*sign}</span> {count}
            </button>
        }
    };
    let (some, others): (Vec<_>, Vec<_>) = REACTIONS.iter().partition(|(word, ..)| felt(word).is_some());
    let some = some.into_iter().map(button).collect_view();
    let others = others.into_iter().map(button).collect_view();
    let (org, id) = (org.to_owned(), comment.id.to_string());
    view! {
        <PostForm post=post class="reactions">
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="comment" value=id/>
            {some}
            <details class="reactions-more"><summary>"React"</summary><div class="reactions">{others}</div></details>
        </PostForm>
    }
    .into_any()
}

fn editing(org: &str, comment: &Comment, Form { post, state }: Form) -> AnyView {
    let id = comment.id.to_string();
    let here = state.value("comment").is_some_and(|sent| sent == id);
    let words = state.value("said").filter(|_| here).unwrap_or_else(|| comment.words.clone());
    let version = if here { state.version(comment.version).get_untracked() } else { comment.version.to_string() };
    let message = here.then(|| view! { <FormMessage form=state/> });
    let error = here.then(|| state.error("said").get_untracked()).flatten();
    let error = error.map(|words| view! { <p class="field-error">{words}</p> });
    let (field, org) = (format!("said-{id}"), org.to_owned());
    view! {
        <details class="confirm" open=here>
            <summary class="btn btn-quiet">"Change"</summary>
            <div class="confirm-panel is-calm stack">
                <PostForm post=post class="stack">
                    {message}
                    <input type="hidden" name="org" value=org/>
                    <input type="hidden" name="comment" value=id/>
                    <input type="hidden" name="version" value=version/>
                    <div class="field">
                        <label for=field.clone()>"Your comment"</label>
                        <textarea class="input" id=field name="said" rows="4" maxlength="20000" required=true>{as_text(words)}</textarea>
                        {error}
                    </div>
                    <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
                </PostForm>
            </div>
        </details>
    }
    .into_any()
}

fn deleting(org: &str, comment: &Comment, Form { post, state }: Form) -> AnyView {
    let (org, id) = (org.to_owned(), comment.id.to_string());
    view! {
        <details class="confirm">
            <summary class="btn btn-quiet">"Delete"</summary>
            <div class="confirm-panel stack">
                <p>"The comment is deleted with its reactions. That can be undone for 30 days."</p>
                <PostForm post=post>
                    <input type="hidden" name="org" value=org/>
                    <input type="hidden" name="comment" value=id/>
                    <SubmitButton form=state label="Yes, delete it" busy="Deleting…" kind=Kind::Danger/>
                </PostForm>
            </div>
        </details>
    }
    .into_any()
}
