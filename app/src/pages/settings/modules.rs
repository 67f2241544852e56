//! `/app/{org}/settings/modules`: which modules the organisation uses. The server writes it alone.

use leptos::prelude::*;

use crate::{
    pages::plain::written,
    request,
    settings::{
        modules::{self, ModuleCard, lacking},
        modules_api::SwitchModule,
    },
    ui::{
        Badge, DoneNotice, FormMessage, FormState, Kind, Post, PostForm, SettingsFrame, SettingsHead, SubmitButton,
        Tone, org_of_address,
    },
};

const DONE: &[(&str, &str)] =
    &[("on", "It is on again, with all that was in it."), ("off", "It is off. All that is in it is kept.")];

#[derive(Clone, Copy)]
struct Forms {
    switch: Post,
    switching: FormState,
}

struct Page {
    org: String,
    plan: String,
    /// Whom to write to for what no plan has.
    whom: String,
    cards: Vec<ModuleCard>,
}

/// The modules, in the dashboard's frame.
#[component]
pub fn ModulesRoute() -> AnyView {
    let org = org_of_address();
    let switch = Post::to::<SwitchModule>();
    let forms = Forms { switch, switching: FormState::of_post(switch) };
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move {
            let (plan, cards) = modules::list(&platform, &actor, &org).await?;
            Ok(Page { org, plan, whom: platform.whom_to_write_to(), cards })
        }
    };
    view! { <SettingsFrame org=org>{written(read, move |page| show(page, &forms))}</SettingsFrame> }.into_any()
}

fn show(page: Page, forms: &Forms) -> AnyView {
    let Page { org, plan, whom, cards } = page;
    let back = format!("/app/{org}/settings");
    let cards = cards.into_iter().map(|card| module(&org, &plan, &whom, card, forms)).collect_view();
    view! {
        <SettingsHead title="Modules" about="Which parts of Devalo you use. What you turn off keeps all that is in it." back=back/>
        <DoneNotice words=DONE/>
        <FormMessage form=forms.switching/>
        {cards}
    }
    .into_any()
}

fn module(org: &str, plan: &str, whom: &str, card: ModuleCard, forms: &Forms) -> AnyView {
    let (heading, labelled) = (format!("module-{}", card.name), format!("module-{}", card.name));
    let (tone, state) = match (card.in_plan, card.on) {
        (false, _) => (Tone::Neutral, "Not in your plan"),
        (true, true) => (Tone::Success, "On"),
        (true, false) => (Tone::Neutral, "Off"),
    };
    let title = card.title.clone();
    let action = if !card.in_plan {
        let kept = if card.on {
            "It is on again as soon as your plan includes it."
        } else {
            "You can turn it on once your plan includes it."
        };
        view! {
            <p>{lacking(&card.title, plan, &card.plans, whom)}" "{kept}</p>
            <p class="row"><a class="btn btn-quiet" href=format!("/app/{org}/settings/billing")>"Plan and billing"</a></p>
        }
        .into_any()
    } else if card.on {
        turn_off(org, &card, forms)
    } else {
        let (form, org, label) = (forms.switching, org.to_owned(), format!("Turn {title} on"));
        view! {
            <p class="soft">"All that was in it is still there, and is open again to the same people."</p>
            <PostForm post=forms.switch>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="module" value=card.name/>
                <input type="hidden" name="on" value="true"/>
                <SubmitButton form=form label=label busy="Turning it on…"/>
            </PostForm>
        }
        .into_any()
    };
    view! {
        <section class="card stack" aria-labelledby=labelled>
            <h2 id=heading>{title}</h2>
            <p><Badge tone=tone label=state/></p>
            <p>{card.about}</p>
            {action}
        </section>
    }
    .into_any()
}

/// What it means to turn it off is said before anybody does.
fn turn_off(org: &str, card: &ModuleCard, forms: &Forms) -> AnyView {
    let (form, org, name) = (forms.switching, org.to_owned(), card.name.clone());
    let (summary, label) = (format!("Turn {} off", card.title), format!("Yes, turn {} off", card.title));
    view! {
        <details class="confirm">
            <summary class="btn btn-quiet">{summary}</summary>
            <div class="confirm-panel">
                <p>"Its pages here close at once, and so do its public pages and the links in emails that it sent. Your people don’t see it any more, and programs can’t use it."</p>
                <p>"Nothing is deleted: all that is in it is kept, and is still in the file with all your data. You can turn it on again at any time, as it was. Your plan and its price stay the same."</p>
                <PostForm post=forms.switch>
                    <input type="hidden" name="org" value=org/>
                    <input type="hidden" name="module" value=name/>
                    <SubmitButton form=form label=label busy="Turning it off…" kind=Kind::Danger/>
                </PostForm>
            </div>
        </details>
    }
    .into_any()
}
