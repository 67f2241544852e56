//! `/app/{org}/scoreboard/counting`: how the organisation counts.

use leptos::prelude::*;

use crate::{
    modules::scoreboard::{
        api::SaveCounting,
        settings::{self, SettingsBody},
    },
    pages::plain::written,
    request,
    ui::{
        DateField, DoneNotice, Field, Form, FormMessage, Post, PostForm, Select, SettingsFrame, SettingsHead,
        SubmitButton, org_of_address,
    },
};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The page, in the dashboard's frame.
#[component]
pub fn CountingRoute() -> AnyView {
    let org = org_of_address();
    let form = Form::of(Post::to::<SaveCounting>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let settings = settings::read(&platform, &actor, &slug).await?;
        Ok((slug, settings))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, page)| show(slug, page, form))}</SettingsFrame> }
        .into_any()
}

fn show(org: String, settings: SettingsBody, form: Form) -> AnyView {
    let state = form.state;
    let back = format!("/app/{org}/settings");
    let refused = state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=&[("saved", "Saved. Boards count so already.")]/> });
    let days = (1..).zip(DAYS).map(|(number, day): (i64, _)| (number.to_string(), day.to_owned())).collect::<Vec<_>>();
    view! {
        <SettingsHead title="How it is counted" about="On your business’s clock. The financial year begins on 1 July." back=back/>
        {done}
        <section class="card stack">
            <PostForm post=form.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="version" value=state.version(settings.version)/>
                <Select form=state name="week_starts" label="Weeks begin on" options=days value=settings.week_starts.to_string()/>
                <DateField form=state name="fortnight_from" label="A day in a fortnight" hint="Fortnights begin in its week, and in every second one before and after: like your pay run." value=settings.fortnight_from/>
                <Field form=state name="future_days" label="Days ahead" hint="How far ahead a result may be dated. 0: today at the latest." inputmode="numeric" autocomplete="off" maxlength=3 value=settings.future_days.to_string()/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
