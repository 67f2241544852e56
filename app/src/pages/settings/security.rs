//! `/app/{org}/settings/security`: how people log in.

use leptos::prelude::*;

use super::confirm_first;
use crate::{
    error::Code,
    packed::page_data,
    people::{
        api::{SaveSecurity, security},
        wire::SecurityPage,
    },
    ui::{
        DoneNotice, Field, FormMessage, FormState, Notice, Post, PostForm, Select, SettingsHead, SubmitButton, Tone,
        org_of_address, settings_page,
    },
};

/// How people log in, in the dashboard's frame.
#[component]
pub fn SecurityRoute() -> AnyView {
    let org = org_of_address();
    let save = Post::to::<SaveSecurity>();
    let form = FormState::of_post(save).staying();
    let page = page_data(move || (org.get(), save.times_accepted()), |(org, _)| security(org));
    let times = Signal::derive(move || save.times_accepted());
    settings_page(org, page, 8, move |org, page| security_view(org, page, save, form, times))
}

fn security_view(org: String, page: SecurityPage, save: Post, form: FormState, times: Signal<usize>) -> AnyView {
    let SecurityPage { policy, due_on, idle_minutes, without_factor, admins_without, confirmed } = page;
    let back = format!("/app/{org}/settings");
    let here = format!("/app/{org}/settings/security");
    let options =
        [("optional", "Nobody has to have it"), ("admins", "The owner and admins"), ("everyone", "Everybody")];
    let label = options.iter().find(|(value, _)| *value == policy).map(|(_, label)| *label).unwrap_or_default();
    let options = options.into_iter().map(|(value, label)| (value.to_owned(), label.to_owned())).collect::<Vec<_>>();
    let due = due_on.map(|on| {
        view! { <Notice tone=Tone::Info><p>{format!("From {on} on, whoever hasn’t got two-step login sets it up before anything opens.")}</p></Notice> }
    });
    let without = if without_factor.is_empty() {
        "Everybody has two-step login.".to_owned()
    } else {
        format!("Without two-step login: {}.", without_factor.join(", "))
    };
    // Nobody is given days where nobody lacks anything; which rule is chosen is for the style sheet to see.
    let grace = if without_factor.is_empty() {
        view! { <input type="hidden" name="grace_days" value="7"/> }.into_any()
    } else {
        view! {
            <div class=if admins_without { "grace" } else { "grace grace-everyone" }>
                <Field
                    form=form
                    name="grace_days"
                    label="Days that people get to set it up"
                    hint="0 to 30 days. People already counting down keep their date."
                    inputmode="numeric"
                    maxlength=3
                    value="7"
                />
            </div>
        }
        .into_any()
    };
    let without = view! { <p class="soft">{without}</p> };
    // Who asks others for what they don’t have themselves finds it there.
    let own_first = move || {
        let refused = form.message().with(|error| error.as_ref().is_some_and(|error| error.code == Code::Conflict));
        refused.then(|| view! { <p><a href="/account#factor">"Set it up on your account page"</a></p> })
    };
    let body = if confirmed {
        view! {
            <PostForm post=save class="stack">
                <FormMessage form=form/>
                {own_first}
                <input type="hidden" name="org" value=org/>
                <Select
                    form=form
                    name="policy"
                    label="Who has to have two-step login?"
                    hint="A code from their phone, or a passkey."
                    options=options
                    value=policy
                />
                {without}
                {grace}
                <Field
                    form=form
                    name="idle_minutes"
                    label="Log people out after (minutes without activity)"
                    hint="5 to 720. Not on a device where somebody chose to stay logged in."
                    inputmode="numeric"
                    maxlength=4
                    value=idle_minutes.to_string()
                />
                <div class="form-actions"><SubmitButton form=form label="Save" busy="Saving…"/></div>
            </PostForm>
        }
        .into_any()
    } else {
        view! {
            <p>{format!("Who has to have two-step login? {label}.")}</p>
            {without}
            <p>{format!("People are logged out after {idle_minutes} minutes without activity.")}</p>
            {confirm_first("To change this, please confirm first that it is you.", &here)}
        }
        .into_any()
    };
    view! {
        <SettingsHead title="Log-in rules" about="How people get into your organisation." back=back/>
        <DoneNotice words=&[("saved", "Saved.")] times=times/>
        {due}
        <section class="card stack">
            {body}
        </section>
    }
    .into_any()
}
