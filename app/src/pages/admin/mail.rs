//! `/admin/mail`: what was sent, and what became of it.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::frame::AdminFrame;
use crate::{
    admin::{
        api::{FreeAddress, SendMailAgain, mails},
        wire::{MailLine, MailsPage},
    },
    packed::page_data,
    pages::settings::confirm_first,
    ui::{
        Badge, DoneNotice, Empty, ErrorView, Field, FormMessage, FormState, Kind, PageHeader, Post, PostForm, Skeleton,
        SubmitButton, Tone, with_query,
    },
};

const HERE: &str = "/admin/mail";
const DONE: &[(&str, &str)] = &[
    ("again", "It is tried again within a moment."),
    ("freed", "Mail goes to that address again. Emails that were given up can be sent again from the list."),
];

#[derive(Clone, Copy)]
struct Forms {
    send: Post,
    sending: FormState,
    free: Post,
    freeing: FormState,
}

/// The letters.
#[component]
pub fn MailRoute() -> AnyView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|query| (query.get("state"), query.get("before"))));
    let (send, free) = (Post::to::<SendMailAgain>(), Post::to::<FreeAddress>());
    let forms =
        Forms { send, sending: FormState::of_post(send).staying(), free, freeing: FormState::of_post(free).staying() };
    let page = page_data(move || asked.get(), |(state, before)| mails(state, before));
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => mails_view(page, &forms),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <AdminFrame title="Emails" here="/admin/mail">
            <Transition fallback=|| view! { <Skeleton lines=10/> }>{body}</Transition>
        </AdminFrame>
    }
    .into_any()
}

fn mails_view(page: MailsPage, forms: &Forms) -> AnyView {
    let MailsPage { mails, states, state, more_before, held_back, hears, confirmed } = page;
    let more = more_before.map(|before| {
        let href = with_query(HERE, &[("state", &state), ("before", &before)]);
        view! { <p class="row"><a class="btn btn-quiet" href=href>"Older emails"</a></p> }
    });
    let list = if mails.is_empty() {
        view! { <Empty title="No emails like that" icon="search"><p><a href=HERE>"Show all of them"</a></p></Empty> }
            .into_any()
    } else {
        let lines = mails.into_iter().map(|mail| mail_line(mail, confirmed, forms)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let deaf = (!hears).then(|| {
        view! { <p class="soft">"What becomes of an email once it was sent is known with Resend, where RESEND_WEBHOOK_SECRET is set."</p> }
    });
    let confirm = (!confirmed).then(|| {
        let asked = with_query(HERE, &[("state", &state)]);
        view! { <section class="card stack">{confirm_first("To send an email again, or free an address, please confirm first that it is you.", &asked)}</section> }
    });
    view! {
        <PageHeader title="Emails" about="What was sent in the last 30 days, and what became of it. To whom, and what it said, isn’t shown here.">
            <a class="btn btn-quiet" href="/admin/mail/templates">"Email previews"</a>
        </PageHeader>
        <DoneNotice words=DONE/>
        {confirm}
        <section class="stack" aria-labelledby="emails">
            <h2 id="emails">"The newest first"</h2>
            {deaf}
            {filter(states, &state)}
            <FormMessage form=forms.sending/>
            {list}
            {more}
        </section>
        {held_back_view(held_back, confirmed, forms)}
    }
    .into_any()
}

fn filter(states: Vec<(String, String)>, chosen: &str) -> AnyView {
    let all = std::iter::once((String::new(), "All of them".to_owned())).chain(states);
    let options = all
        .map(|(value, label)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect_view();
    view! {
        <form method="get" action=HERE class="search-row">
            <label class="sr-only" for="state">"State"</label>
            <select id="state" class="input" name="state">{options}</select>
            <button type="submit" class="btn btn-quiet">"Show"</button>
        </form>
    }
    .into_any()
}

fn mail_line(mail: MailLine, confirmed: bool, forms: &Forms) -> AnyView {
    let MailLine { id, kind, code, org, state, alarming, about, last_error, can_send } = mail;
    let href = format!("{HERE}/{id}");
    let org = org.map(|(slug, name)| view! { <p><a href=format!("/admin/orgs/{slug}")>{name}</a></p> });
    let tone = if alarming { Tone::Warning } else { Tone::Neutral };
    let error = (!last_error.is_empty()).then(|| view! { <p class="soft">{last_error}</p> });
    let form = forms.sending;
    let again = (can_send && confirmed).then(|| {
        view! {
            <PostForm post=forms.send>
                <input type="hidden" name="id" value=id/>
                <SubmitButton form=form label="Send again" busy="Sending…" kind=Kind::Quiet/>
            </PostForm>
        }
    });
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title"><a href=href>{kind}</a></p>
                {org}
                <p class="soft">{about}</p>
                {error}
                <p class="soft"><small>{code}</small></p>
            </div>
            <div class="line-end"><Badge tone=tone label=state/>{again}</div>
        </li>
    }
    .into_any()
}

fn held_back_view(count: i64, confirmed: bool, forms: &Forms) -> AnyView {
    let words = match count {
        0 => "There are none: every address is written to.".to_owned(),
        1 => "There is one. Mail to it came back, or whoever reads it called ours spam.".to_owned(),
        count => format!("There are {count}. Mail to them came back, or whoever reads them called ours spam."),
    };
    let form = forms.freeing;
    let free = (count > 0 && confirmed).then(|| {
        view! {
            <PostForm post=forms.free class="stack">
                <FormMessage form=form/>
                <Field form=form name="email" label="Address" hint="They are kept so that nobody can read them: type the one to write to again." type_="email" maxlength=254/>
                <div class="form-actions"><SubmitButton form=form label="Write to it again" busy="Saving…"/></div>
            </PostForm>
        }
    });
    view! {
        <section class="card stack" aria-labelledby="held-back">
            <h2 id="held-back">"Addresses that no email is sent to"</h2>
            <p>{words}</p>
            {free}
        </section>
    }
    .into_any()
}
