//! Tasks that were found, as lines: each can be completed where it stands, without a script too.

use leptos::{prelude::*, server_fn::ServerFn};
use maud::{Markup, html};

use super::tabs::did;
use crate::{
    modules::tasks::{
        api_board::{TickTask, UndoTasks},
        search::Line,
    },
    ui::{Form, FormMessage, Post, forgery, icon_markup},
};

/// Where lines stand, and what whoever looks can do with them.
pub(super) struct Lines<'a> {
    /// The organisation’s word.
    pub org: &'a str,
    /// The page’s own address.
    pub here: &'a str,
    /// Proof that a form is ours.
    pub token: &'a str,
    /// They may complete tasks.
    pub may_change: bool,
}

/// The forms of a page with such lines.
#[derive(Clone, Copy)]
pub(super) struct Forms {
    tick: Form,
    undo: Form,
}

impl Forms {
    /// They.
    pub(super) fn new() -> Self {
        Self { tick: Form::of(Post::to::<TickTask>()), undo: Form::of(Post::to::<UndoTasks>()) }
    }

    /// What came of them: what was refused, or what was done with the way to undo it.
    pub(super) fn said(self, lines: &Lines<'_>) -> AnyView {
        let refused = self.tick.state.message().with_untracked(Option::is_some);
        let done = (!refused).then(|| did(lines.org, lines.here, self.undo));
        view! { {done} <FormMessage form=self.tick.state/> <FormMessage form=self.undo.state/> }.into_any()
    }
}

impl Lines<'_> {
    /// The form that completes tasks: each line’s button is one of it.
    pub(super) fn form(&self) -> Markup {
        html! {
            @if self.may_change {
                form id="tick" method="post" action=(TickTask::url()) {
                    input type="hidden" name=(forgery::FIELD) value=(self.token);
                    input type="hidden" name="org" value=(self.org);
                    input type="hidden" name="back" value=(self.here);
                }
            }
        }
    }

    /// One of them: its title in pieces, those marked that were looked for, and more about it.
    pub(super) fn line(&self, line: &Line, title: &[(String, bool)], more: &Markup) -> Markup {
        let task = &line.task;
        let href = format!("/app/{}/tasks/t/T-{}", self.org, task.number);
        html! {
            li class="line found-line" data-task=(task.id) data-number=(task.number) {
                @if self.may_change { (Self::tick(line)) }
                div class="line-text" {
                    p class="line-title" {
                        a.is-done[task.is_done()] href=(href) { (pieces(title)) }
                        " "
                        span class="soft found-number" { "T-" (task.number) }
                    }
                    (more)
                    p class="soft found-about" {
                        span { (line.list) }
                        span { (line.status) }
                        @if line.did_own { span class="found-own" { (icon_markup("check")) "Your part is done" } }
                        @if let Some(due) = task.due {
                            span.is-late[line.overdue] {
                                @if line.overdue { "Overdue since " } @else { "Due " }
                                (due.day.strftime("%-d %b %Y").to_string())
                            }
                        }
                        @match &line.responsible {
                            Some(name) if name.is_empty() => span { "Somebody who has left" },
                            Some(name) => span { (name) },
                            None => {}
                        }
                    }
                }
            }
        }
    }

    fn tick(line: &Line) -> Markup {
        let task = &line.task;
        let (name, label) = if task.is_done() { ("open", "Reopen") } else { ("done", "Complete") };
        html! {
            button form="tick" type="submit" class="btn-icon found-tick" name=(name) value=(task.id)
                aria-label={ (label) ": " (task.title) } aria-pressed=(task.is_done().to_string()) {
                (icon_markup(if task.is_done() { "check" } else { "circle" }))
            }
        }
    }
}

/// A text in pieces, of which some are marked.
pub(super) fn pieces(pieces: &[(String, bool)]) -> Markup {
    html! {
        @for (text, marked) in pieces {
            @if *marked { mark { (text) } } @else { (text) }
        }
    }
}
