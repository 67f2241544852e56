//! `/app/{org}/calendar/block`: time in which somebody, or a room, can’t be booked. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

use super::{client::folded_by, given, sections::Form};
use crate::{
    modules::calendar::{
        appointment_page::{self, BlockForm, BlockPage},
        setup_api::{FreeBlock, SaveBlock},
    },
    pages::plain::written,
    request,
    ui::{
        Checkbox, DashboardShell, DateField, Field, FormMessage, Icon, Kind, LinkButton, PageHeader, PageTitle, Post,
        PostForm, Select, SubmitButton, org_of_address, with_query,
    },
};

/// The form, in the dashboard’s frame.
#[component]
pub fn BlockRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let part = |name: &str| given(&query, name).unwrap_or_default();
    let asked =
        BlockForm { id: part("id"), date: part("date"), with: part("with"), from: part("at"), ..BlockForm::default() };
    let (save, free) = (Form::of(Post::to::<SaveBlock>()), Form::of(Post::to::<FreeBlock>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = appointment_page::block_page(&platform, &actor, &slug, asked.clone()).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(slug, page)| show(&slug, page, save, free));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: BlockPage, save: Form, free: Form) -> AnyView {
    let BlockPage { people, form, clock } = page;
    let is_new = form.id.is_empty();
    let title = if is_new { "Block time" } else { "Blocked time" };
    let diary = with_query(&format!("/app/{org}/calendar"), &[("date", &form.date), ("view", "day")]);
    let free = (!is_new).then(|| {
        let (org, id, date) = (org.to_owned(), form.id.clone(), form.date.clone());
        let inside = view! {
            <p>"It can be booked again."</p>
            <PostForm post=free.post class="stack">
                <FormMessage form=free.state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="date" value=date/>
                <div class="form-actions"><SubmitButton form=free.state label="Yes, free it" busy="Freeing…" kind=Kind::Quiet/></div>
            </PostForm>
        };
        folded_by("Free this time", free.state, inside.into_any())
    });
    let (state, org) = (save.state, org.to_owned());
    let back = diary.clone();
    view! {
        <PageTitle text=format!("{title} · Calendar")/>
        <a class="back" href=diary rel="external"><Icon name="back"/>"Calendar"</a>
        <PageHeader title=title about="Nobody can book somebody’s time, or a room, while it is blocked. What is booked already stays."/>
        <PostForm post=save.post class="card stack">
            {super::sections::first_button("Save")}
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=form.id/>
            <input type="hidden" name="version" value=state.version(form.version)/>
            <Select form=state name="with" label="Whose time, or which room" options=people value=form.with/>
            <Field form=state name="title" label="What for" hint="Only your team sees it." autocomplete="off" optional=true maxlength=200 value=form.title/>
            <Checkbox form=state name="all_day" label="Whole days" hint="The times below are left out then." value=form.all_day/>
            <div class="fields-row">
                <DateField form=state name="date" label="First day" value=form.date/>
                <Field form=state name="from" label="From" hint=format!("Like 12:00 or 1:30 pm, {clock}.") autocomplete="off" optional=true maxlength=20 value=form.from/>
            </div>
            <div class="fields-row">
                <DateField form=state name="last" label="Last day" value=form.last/>
                <Field form=state name="until" label="Until" autocomplete="off" optional=true maxlength=20 value=form.until/>
            </div>
            <div class="form-actions">
                <SubmitButton form=state label="Save" busy="Saving…"/>
                <LinkButton href=back kind=Kind::Quiet external=true>"Cancel"</LinkButton>
            </div>
        </PostForm>
        {free}
    }
    .into_any()
}
