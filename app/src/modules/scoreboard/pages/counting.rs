//! `/app/{org}/scoreboard/counting`: how the organisation counts.

use leptos::prelude::*;

use crate::{
    modules::scoreboard::{
        api::{AddUp, SaveCounting},
        settings::{self, SettingsBody},
    },
    pages::plain::written,
    request,
    ui::{
        DateField, DoneNotice, Field, Form, FormMessage, Post, PostForm, Select, SettingsFrame, SettingsHead,
        SubmitButton, org_of_address,
    },
};

const DONE: &[(&str, &str)] = &[
    ("saved", "Saved. Boards count so already."),
    ("agreed", "Every figure is what the ledger comes to."),
    ("mended", "Some figures stood differently from the ledger. They are right now, and it is in the audit log."),
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The page, in the dashboard's frame.
#[component]
pub fn CountingRoute() -> AnyView {
    let org = org_of_address();
    let (form, add_up) = (Form::of(Post::to::<SaveCounting>()), Form::of(Post::to::<AddUp>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let settings = settings::read(&platform, &actor, &slug).await?;
        Ok((slug, settings))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, page)| show(slug, page, form, add_up))}</SettingsFrame> }
        .into_any()
}

fn show(org: String, settings: SettingsBody, form: Form, add_up: Form) -> AnyView {
    let state = form.state;
    let back = format!("/app/{org}/settings");
    let refused = state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let business = org.clone();
    let days = (1..).zip(DAYS).map(|(number, day): (i64, _)| (number.to_string(), day.to_owned())).collect::<Vec<_>>();
    view! {
        <SettingsHead title="How it is counted" about="On your business’s clock. The financial year begins on 1 July." back=back/>
        {done}
        <section class="card stack">
            <PostForm post=form.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=business/>
                <input type="hidden" name="version" value=state.version(settings.version)/>
                <Select form=state name="week_starts" label="Weeks begin on" options=days value=settings.week_starts.to_string()/>
                <DateField form=state name="fortnight_from" label="A day in a fortnight" hint="Fortnights begin in its week, and in every second one before and after: like your pay run." value=settings.fortnight_from/>
                <Field form=state name="future_days" label="Days ahead" hint="How far ahead a result may be dated. 0: today at the latest." inputmode="numeric" autocomplete="off" maxlength=3 value=settings.future_days.to_string()/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        <section class="card stack">
            <h2>"Check the figures"</h2>
            <p>"What each day comes to is kept ready for boards. You can have all of it compared with the ledger, and put right where it differs: after a backup was brought back, for instance."</p>
            <PostForm post=add_up.post class="stack">
                <FormMessage form=add_up.state/>
                <input type="hidden" name="org" value=org/>
                <div class="form-actions"><SubmitButton form=add_up.state label="Check all figures" busy="Checking…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
