//! `/app/{org}/settings/support`: letting whoever runs the platform look, and what they looked at. The server writes it alone.

use leptos::prelude::*;

use super::confirm_first;
use crate::{
    packed::page_data,
    support::{
        api::{DeclineSupport, EndSupport, GiveSupport, LookedLine, OpenSupport, Question, SupportPage, support},
        consent::{LENGTHS, LONGEST_ABOUT},
        letters::SEES,
    },
    ui::{
        DoneNotice, FormMessage, FormState, Kind, Notice, Post, PostForm, Select, SettingsHead, SubmitButton, TextArea,
        Tone, org_of_address, settings_page,
    },
};

const DONE: &[(&str, &str)] = &[
    ("given", "Support can look now. You are mailed when they begin."),
    ("ended", "Ended. Support sees nothing any more."),
    ("declined", "You said no. Support sees nothing, and can’t ask again for a day."),
];

#[derive(Clone, Copy)]
struct Forms {
    give: Post,
    giving: FormState,
    end: Post,
    ending: FormState,
    decline: Post,
    declining: FormState,
}

/// Support's access, in the dashboard's frame.
#[component]
pub fn SupportRoute() -> AnyView {
    let org = org_of_address();
    let (give, end) = (Post::to::<GiveSupport>(), Post::to::<EndSupport>());
    let decline = Post::to::<DeclineSupport>();
    let forms = Forms {
        give,
        giving: FormState::of_post(give),
        end,
        ending: FormState::of_post(end),
        decline,
        declining: FormState::of_post(decline),
    };
    let page = page_data(move || org.get(), support);
    settings_page(org, page, 8, move |org, page| support_view(&org, page, &forms))
}

fn support_view(org: &str, page: SupportPage, forms: &Forms) -> AnyView {
    let SupportPage { operators, question, open, was_open, looked, owner, confirmed } = page;
    let here = format!("/app/{org}/settings/support");
    let access = match open {
        Some(open) => open_card(org, open, forms),
        None => give_card(org, question, owner, confirmed, &here, forms),
    };
    let looked = was_open.then(|| looked_card(looked));
    let what = view! {
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">"What support is"</h2>
            <p>{format!("Those who run this platform: {operators}. They see nothing of your organisation unless its owner lets them.")}</p>
            <p>{SEES}" Your API tokens, exports of your data, your log-in rules, your plan and your audit log stay closed to them. All that they look at is in your audit log."</p>
        </section>
    };
    view! {
        <SettingsHead
            title="Support access"
            about="Let whoever runs this platform look, for a while."
            back=format!("/app/{org}/settings")
        />
        <DoneNotice words=DONE/>
        {access}
        {what}
        {looked}
    }
    .into_any()
}

fn open_card(org: &str, open: OpenSupport, forms: &Forms) -> AnyView {
    let OpenSupport { until, since, about } = open;
    let (form, org) = (forms.ending, org.to_owned());
    let about = (!about.is_empty()).then(|| view! { <p class="as-written">{about}</p> });
    view! {
        <section class="card stack" aria-labelledby="access">
            <h2 id="access">"Support can look"</h2>
            <Notice tone=Tone::Warning><p>{format!("Until {until}. Then it ends by itself.")}</p></Notice>
            <p class="soft">{format!("The owner agreed on {since}.")}</p>
            {about}
            <FormMessage form=form/>
            <PostForm post=forms.end>
                <input type="hidden" name="org" value=org/>
                <SubmitButton form=form label="End it now" busy="Ending…" kind=Kind::Danger/>
            </PostForm>
        </section>
    }
    .into_any()
}

fn give_card(
    org: &str,
    question: Option<Question>,
    owner: bool,
    confirmed: bool,
    here: &str,
    forms: &Forms,
) -> AnyView {
    let (form, org) = (forms.giving, org.to_owned());
    let no = (owner && question.is_some()).then(|| {
        let (form, org) = (forms.declining, org.clone());
        view! {
            <FormMessage form=form/>
            <PostForm post=forms.decline>
                <input type="hidden" name="org" value=org/>
                <SubmitButton form=form label="Don’t allow" busy="Saving…" kind=Kind::Quiet/>
            </PostForm>
        }
    });
    let asks = question.is_some();
    let heading = if asks { "Support asks to look" } else { "Let support look" };
    // Where there is a question, yes and no look the same.
    let (label, kind) = if asks { ("Allow", Kind::Quiet) } else { ("Let support look", Kind::Primary) };
    let hours = question.as_ref().map(|question| question.hours.clone()).unwrap_or_default();
    let question = question.map(|Question { who, when, why, length, .. }| {
        view! {
            <Notice tone=Tone::Info>
                <p>{format!("{who} asked to look {when}, for {length}:")}</p>
                <p class="as-written">{why}</p>
            </Notice>
        }
    });
    let inner = if !owner {
        view! { <p>"Only the owner can let support look."</p> }.into_any()
    } else if confirmed {
        let lengths = LENGTHS.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
        view! {
            <PostForm post=forms.give class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="org" value=org/>
                <Select form=form name="hours" label="For how long" hint="You can end it before, at any time." options=lengths value=hours/>
                <TextArea form=form name="about" label="What it is about" hint="Support reads it." optional=true maxlength=u16::try_from(LONGEST_ABOUT).unwrap_or(u16::MAX)/>
                <div class="form-actions"><SubmitButton form=form label=label busy="Saving…" kind=kind/></div>
            </PostForm>
        }
        .into_any()
    } else {
        confirm_first("To let support look, please confirm first that it is you.", here)
    };
    view! {
        <section class="card stack" aria-labelledby="access">
            <h2 id="access">{heading}</h2>
            {question}
            {inner}
            {no}
        </section>
    }
    .into_any()
}

fn looked_card(looked: Vec<LookedLine>) -> AnyView {
    let lines = looked.into_iter().map(|line| {
        let LookedLine { what, when, about } = line;
        let about = (!about.is_empty()).then(|| view! { <p class="soft">{about.join(", ")}</p> });
        view! {
            <li class="line">
                <div class="line-text"><p class="line-title">{what}</p><p class="soft">{when}</p>{about}</div>
            </li>
        }
    });
    let lines = lines.collect_view();
    let list = if lines.is_empty() {
        view! { <p>"Nothing so far."</p> }.into_any()
    } else {
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="looked">
            <h2 id="looked">"What support looked at"</h2>
            {list}
        </section>
    }
    .into_any()
}
