//! The way between the tasks’ pages, and the word that something was done, with how to undo it.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    modules::tasks::{board_forms::STILL_OPEN, still_open::StillOpen},
    ui::{Form, Notice, PostForm, SubmitButton, Tone, given},
};

/// The word for a list that was added.
const LISTED: &str = "listed";

/// A page that the others lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What is one’s own.
    Mine,
    /// All lists.
    Lists,
    /// What one was told.
    Inbox,
    /// Finding tasks.
    Search,
    /// Templates.
    Templates,
    /// Figures.
    Reports,
}

impl Tab {
    const ALL: [Self; 6] = [Self::Mine, Self::Lists, Self::Inbox, Self::Search, Self::Templates, Self::Reports];

    const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Mine => ("", "My tasks"),
            Self::Lists => ("/lists", "Lists"),
            Self::Inbox => ("/inbox", "Inbox"),
            Self::Search => ("/search", "Search"),
            Self::Templates => ("/templates", "Templates"),
            Self::Reports => ("/reports", "Reports"),
        }
    }
}

/// Leads from one of them to the others, with how much in the inbox wasn’t looked at; a hundred at most.
pub fn tabs(org: &str, here: Tab, unread: i64) -> AnyView {
    let tab = |tab: Tab| {
        let (path, label) = tab.place();
        let href = format!("/app/{org}/tasks{path}");
        let current = (tab == here).then_some("page");
        let count = (tab == Tab::Inbox && unread > 0).then(|| {
            let count = if unread > 99 { "99+".to_owned() } else { unread.to_string() };
            view! { " "<span class="badge badge-info"><span class="sr-only">"unread: "</span>{count}</span> }
        });
        view! { <li><a href=href aria-current=current>{label}{count}</a></li> }
    };
    let all = Tab::ALL.into_iter().map(tab).collect_view();
    view! { <nav class="tabs" aria-label="Tasks"><ul>{all}</ul></nav> }.into_any()
}

/// What can be said of what was done: the word in the address, and what people read.
const DONE: &[(&str, &str)] = &[
    ("added", "Added."),
    (LISTED, "The list is added."),
    ("saved", "Saved."),
    ("completed", "Completed."),
    ("part", "Your part is done. It stays open until all who are on it have done theirs."),
    ("unpart", "Your part is open again."),
    ("opened", "Reopened."),
    ("moved", "Moved."),
    ("changed", "Done."),
    ("deleted", "Moved to the trash, for 30 days."),
    ("restored", "Restored."),
    ("claimed", "Claimed. It is assigned to you."),
    ("released", "Returned to the queue."),
    ("follows", "You follow this task, and are notified of what happens to it."),
    ("muted", "Muted. You aren’t notified any more, unless somebody mentions you or assigns it to you."),
    ("said", "Comment added."),
    ("edited", "Comment saved."),
    ("unsaid", "Comment deleted. That can be undone for 30 days."),
    ("filed", "File attached."),
    ("unfiled", "File deleted. That can be undone for 30 days."),
    ("undone", "Undone."),
    ("rounds", "Saved."),
    ("unlabelled", "Label deleted, and removed from all tasks that had it."),
    ("untriggered", "Deleted. What it started stays."),
    ("unkept", "Filter deleted. No task was changed."),
];

/// Says what was done, where the address says so, with how to undo it.
pub fn did(org: &str, here: &str, undo: Form) -> AnyView {
    let query = use_query_map();
    let refused = undo.state.message().with_untracked(Option::is_some);
    let word = given(&query, "did").filter(|_| !refused);
    let (is_part, is_new_list) = (word.as_deref() == Some("part"), word.as_deref() == Some(LISTED));
    let words = word.and_then(|word| DONE.iter().find(|(one, _)| *one == word)).map(|(_, words)| *words);
    let Some(words) = words else { return ().into_any() };
    let left = given(&query, "left")
        .filter(|_| is_part)
        .map(|names| view! { <p>{format!("Still to do theirs: {names}.")}</p> });
    let still_open = given(&query, STILL_OPEN)
        .and_then(|text| StillOpen::of_address(&text))
        .map(|still_open| view! { <p>{still_open.words()}</p> });
    // Once that is undone there is no page of it.
    let lists = format!("/app/{org}/tasks/lists");
    let here = if is_new_list { lists.as_str() } else { here };
    let undo = given(&query, "act").map(|act| undo_button(org, here, act, undo));
    view! { <Notice tone=Tone::Success><p>{words}</p>{left}{still_open}{undo}</Notice> }.into_any()
}

/// Says on a page where something is set up what was done, where the address says so with one of these words, with how to undo it.
pub fn done(words: &[(&str, &'static str)], undo: impl FnOnce(String) -> AnyView) -> AnyView {
    let query = use_query_map();
    let said = words.iter().find(|(name, _)| given(&query, name).is_some()).map(|(_, said)| *said);
    let Some(said) = said else { return ().into_any() };
    let undo = given(&query, "act").map(undo);
    view! { <Notice tone=Tone::Success><p>{said}</p>{undo}</Notice> }.into_any()
}

/// Undoes an act.
pub fn undo_button(org: &str, here: &str, act: String, Form { post, state }: Form) -> AnyView {
    let (org, here) = (org.to_owned(), here.to_owned());
    view! {
        <PostForm post=post>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=act/>
            <input type="hidden" name="back" value=here/>
            <SubmitButton form=state label="Undo" busy="Undoing…" kind=crate::ui::Kind::Quiet/>
        </PostForm>
    }
    .into_any()
}
