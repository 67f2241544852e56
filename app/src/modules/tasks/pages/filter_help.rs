//! How filters are written, in plain words: folded on the pages that take one, and a page of its own.

use leptos::prelude::*;
use leptos_meta::Meta;
use maud::{Markup, html};

use crate::{
    modules::tasks::filters,
    pages::plain::written,
    request,
    ui::{DashboardShell, Icon, PageHeader, PageTitle, org_of_address, with_query},
};

/// What can be asked for, an example of it, and what that finds.
const EXAMPLES: [(&str, &[(&str, &str)]); 6] = [
    (
        "Words",
        &[
            ("fridge seal", "Both words are in the title, the notes or the comments."),
            ("\"cold room\"", "These words, one after the other."),
            ("clin*", "A word that begins so: clinic, client."),
            ("T-12", "The task with this number, and tasks that name it."),
        ],
    ),
    (
        "Where a task stands",
        &[
            ("status:open", "Nobody has begun. Also: status:started, status:done, or the name of a status."),
            ("list:\"Site handover\"", "In this list. Likewise space: and section:."),
            (
                "is:overdue",
                "Past its due date and not done. Also: is:late, is:blocked, is:blocking, is:subtask, is:top.",
            ),
            ("progress<50", "Less than half of what is below it is done."),
        ],
    ),
    (
        "Assigned to",
        &[
            ("assignee:me", "Assigned to you, alone or with others. Somebody’s first name is enough: assignee:sam."),
            ("responsible:none", "Unassigned."),
            ("team:mine", "In the queue of a team that you are in."),
            ("created-by:me", "You added it. Also: following:me, mentions:me."),
        ],
    ),
    (
        "When",
        &[
            ("due<=+7d", "Due within a week, or overdue."),
            ("due:this-week", "Due this week. Also: today, tomorrow, next-month, or a date like 2026-11-27."),
            ("completed:last-week", "Completed last week. Likewise start:, created: and updated:."),
            ("no:due", "Without a due date."),
        ],
    ),
    (
        "Details",
        &[
            ("label:urgent,warranty", "One of these labels."),
            ("priority>=high", "High or urgent."),
            ("estimate>1h", "Estimated at more than an hour."),
            ("has:files", "Has files. Also: notes, comments, checklist, subtasks, repeat."),
            ("field.Size:large", "A field of its list says so."),
        ],
    ),
    (
        "All of it together",
        &[
            ("status:open label:urgent", "Both have to be so."),
            ("label:urgent or priority:urgent", "Either is enough."),
            ("-assignee:me", "It isn’t so: everything that isn’t assigned to you."),
            ("status:open (due:today or is:overdue)", "Brackets keep together what belongs together."),
        ],
    ),
];

/// The page, in the dashboard's frame.
#[component]
pub fn FilterHelpRoute() -> AnyView {
    let org = org_of_address();
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        // It is for who sees tasks.
        filters::list(&platform, &actor, &slug).await?;
        Ok(slug)
    };
    let show = |slug: String| {
        let back = format!("/app/{slug}/tasks/filters");
        let content = html! { div class="card stack" { (examples(&slug)) (rules()) } }.into_string();
        view! {
            <PageTitle text="How filters are written"/>
            <a class="back" href=back><Icon name="back"/>"Filters"</a>
            <PageHeader title="How filters are written" about="Words, and keys with what they are to be. The search works the same way."/>
            <div inner_html=content></div>
        }
        .into_any()
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{written(read, show)}</div></DashboardShell>
    }
    .into_any()
}

/// The same, folded.
pub(super) fn folded(org: &str) -> Markup {
    html! {
        details class="folds filter-help" {
            summary { "Search tips" }
            div class="stack" { (examples(org)) (rules()) }
        }
    }
}

fn examples(org: &str) -> Markup {
    let search = format!("/app/{org}/tasks/search");
    html! {
        @for (title, examples) in EXAMPLES {
            section class="stack" {
                h2 class="filter-help-title" { (title) }
                dl class="filter-examples" {
                    @for (example, words) in examples {
                        div {
                            dt { a href=(with_query(&search, &[("q", *example)])) { code { (example) } } }
                            dd { (words) }
                        }
                    }
                }
            }
        }
    }
}

fn rules() -> Markup {
    html! {
        section class="stack" {
            h2 class="filter-help-title" { "Good to know" }
            ul class="bullets" {
                li { "Capitals, accents and the order of words make no difference. Names with a space go in quotes." }
                li { "“due<today” is never a task without a due date. “-due:today” is, for “not” is the opposite of all of it; add “due:any” for those that have one." }
                li { "What is in the trash, and in archived lists, isn’t found." }
            }
        }
    }
}
