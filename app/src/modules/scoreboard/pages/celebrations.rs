//! `/app/{org}/scoreboard/celebrations`: what office screens celebrate.

use leptos::prelude::*;

use crate::{
    modules::scoreboard::{
        amount,
        celebrations::{self, CelebratedBody, CelebratingBody},
        screens::api::{CelebrateFrom, SaveCelebrating},
        store::Metric,
    },
    pages::plain::written,
    request,
    ui::{
        Checkbox, DoneNotice, Field, Form, FormMessage, Icon, Post, PostForm, Select, SettingsFrame, SettingsHead,
        SubmitButton, org_of_address,
    },
};

/// The page, in the dashboard's frame.
#[component]
pub fn CelebrationsRoute() -> AnyView {
    let org = org_of_address();
    let (save, from) = (Form::of(Post::to::<SaveCelebrating>()), Form::of(Post::to::<CelebrateFrom>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let (body, metrics) = celebrations::read(&platform, &actor, &slug).await?;
        Ok((slug, body, metrics))
    };
    let body = written(read, move |(slug, body, metrics)| show(&slug, &body, &metrics, save, from));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

fn show(org: &str, body: &CelebratingBody, metrics: &[Metric], save: Form, from: Form) -> AnyView {
    let refused = [save, from].iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=&[("saved", "Saved.")]/> });
    let (back, state, slug) = (format!("/app/{org}/scoreboard/screens"), save.state, org.to_owned());
    let CelebratingBody { targets, badges, contests, version, .. } = *body;
    view! {
        <SettingsHead title="Celebrations" about="What your office screens celebrate, for a few seconds over the boards. Figures that only some may see, and people who are on no board, never show." back=back back_label="Office screens"/>
        {done}
        {results(org, body, metrics, from)}
        <section class="card stack" aria-labelledby="others">
            <h2 id="others">"What else"</h2>
            <PostForm post=save.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=slug/>
                <input type="hidden" name="version" value=state.version(version)/>
                <Checkbox form=state name="targets" label="Targets that are reached" value=targets/>
                <Checkbox form=state name="badges" label="New badges" value=badges/>
                <Checkbox form=state name="contests" label="Contests that are won" value=contests/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// From which amount on a single result is celebrated.
fn results(org: &str, body: &CelebratingBody, metrics: &[Metric], Form { post, state }: Form) -> AnyView {
    let known = |key: &str| metrics.iter().find(|metric| metric.key == key);
    let line = |one: &CelebratedBody| {
        let metric = known(&one.metric)?;
        let (org, key, name) = (org.to_owned(), one.metric.clone(), metric.name.clone());
        let (shown, version) = (key.clone(), body.version.to_string());
        let label = format!("Celebrate no longer: {name}");
        let words = format!("From {}", amount::show(one.at_least, &metric.unit()));
        Some(view! {
            <li class="line" data-metric=shown>
                <div class="line-text">
                    <p class="line-title">{name}</p>
                    <p class="soft">{words}</p>
                </div>
                <div class="line-end">
                    <PostForm post=post>
                        <input type="hidden" name="org" value=org/>
                        <input type="hidden" name="version" value=version/>
                        <input type="hidden" name="metric" value=key/>
                        <button type="submit" class="btn-icon" aria-label=label><Icon name="close"/></button>
                    </PostForm>
                </div>
            </li>
        })
    };
    let lines = body.results.iter().filter_map(line).collect_view();
    let list = if body.results.is_empty() {
        view! { <p class="soft">"No single result is celebrated."</p> }.into_any()
    } else {
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let options: Vec<(String, String)> = metrics
        .iter()
        .filter(|metric| metric.active && metric.is_sum() && metric.shown_to == "everyone")
        .map(|metric| (metric.key.clone(), metric.name.clone()))
        .collect();
    let (org, version) = (org.to_owned(), body.version);
    let form = (!options.is_empty()).then(|| {
        view! {
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="version" value=state.version(version)/>
                <div class="fields-row">
                    <Select form=state name="metric" label="Results of" options=options/>
                    <Field form=state name="amount" label="From how much on" hint="Of one result." inputmode="decimal" autocomplete="off" maxlength=40/>
                </div>
                <div class="form-actions"><SubmitButton form=state label="Celebrate them" busy="Saving…"/></div>
            </PostForm>
        }
    });
    view! {
        <section class="card stack" aria-labelledby="results">
            <h2 id="results">"Large results"</h2>
            {list}
            {form}
        </section>
    }
    .into_any()
}
