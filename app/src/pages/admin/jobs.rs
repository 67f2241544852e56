//! `/admin/jobs`: the background jobs.

use leptos::prelude::*;

use super::frame::admin_page;
use crate::{
    admin::{
        api::{RunJob, jobs},
        wire::{JobLine, JobsPage},
    },
    packed::page_data,
    pages::settings::confirm_first,
    ui::{Badge, DoneNotice, Empty, FormMessage, FormState, Kind, PageHeader, Post, PostForm, SubmitButton, Tone},
};

const HERE: &str = "/admin/jobs";
const DONE: &[(&str, &str)] = &[("asked", "It runs within a few seconds. Load this page again to see how it went.")];

/// The background jobs.
#[component]
pub fn JobsRoute() -> AnyView {
    let page = page_data(|| (), |()| jobs());
    let post = Post::to::<RunJob>();
    let form = FormState::of_post(post).staying();
    admin_page("Jobs", HERE, page, move |page| jobs_view(page, post, form))
}

fn jobs_view(page: JobsPage, post: Post, form: FormState) -> AnyView {
    let JobsPage { jobs, confirmed } = page;
    let list = if jobs.is_empty() {
        view! {
            <Empty title="No job has run yet" icon="info">
                <p>"They begin with the server."</p>
            </Empty>
        }
        .into_any()
    } else {
        let (wrong, fine): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.alarming);
        let lines = wrong.into_iter().chain(fine).map(|job| job_line(job, confirmed.then_some(post), form));
        view! { <ul class="lines">{lines.collect_view()}</ul> }.into_any()
    };
    let confirm = (!confirmed).then(|| {
        let inner = confirm_first("To have a job run now, please confirm first that it is you.", HERE);
        view! { <section class="card stack">{inner}</section> }
    });
    view! {
        <PageHeader title="Jobs" about="What runs in the background, how it went the last time, and when it runs again."/>
        <DoneNotice words=DONE/>
        <FormMessage form=form/>
        {list}
        {confirm}
    }
    .into_any()
}

fn job_line(job: JobLine, post: Option<Post>, form: FormState) -> AnyView {
    let JobLine { name, title, host, last, next, error, standing, alarming } = job;
    let tone = if alarming { Tone::Warning } else { Tone::Neutral };
    let times = if last.is_empty() { next } else { format!("{last}; {next}") };
    let code = format!("{name}, on {host}");
    let error = (!error.is_empty()).then(|| view! { <p class="soft">{format!("It said: {error}")}</p> });
    let run = post.map(|post| {
        view! {
            <PostForm post=post>
                <input type="hidden" name="name" value=name/>
                <input type="hidden" name="host" value=host/>
                <SubmitButton form=form label="Run now" busy="Asking…" kind=Kind::Quiet/>
            </PostForm>
        }
    });
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title">{title}</p>
                <p class="soft">{times}</p>
                {error}
                <p class="soft wrap-anywhere"><small>{code}</small></p>
            </div>
            <div class="line-end"><Badge tone=tone label=standing/>{run}</div>
        </li>
    }
    .into_any()
}
