//! `/app/{org}/settings/look`: the colour and the logo of the public pages. The server writes it alone.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    packed::page_data,
    settings::look_api::{LookPage, RemoveLogo, SaveAccent, look_page},
    ui::{
        DoneNotice, Field, FormMessage, FormState, Kind, Notice, PictureForm, Post, PostForm, RefusedPicture,
        SENT_TOO_LATE, Select, SettingsHead, SubmitButton, Tone, org_of_address, picture_form, settings_page,
    },
};

const DONE: &[(&str, &str)] = &[
    ("saved", "Saved. Your public pages show it already."),
    ("uploaded", "Your public pages show the new logo already."),
    ("removed", "Your public pages show your name alone again."),
];
#[derive(Clone, Copy)]
struct Forms {
    accent: Post,
    choosing: FormState,
    remove: Post,
    removing: FormState,
}

/// The look, in the dashboard's frame.
#[component]
pub fn LookRoute() -> AnyView {
    let org = org_of_address();
    let (accent, remove) = (Post::to::<SaveAccent>(), Post::to::<RemoveLogo>());
    let forms = Forms { accent, choosing: FormState::of_post(accent), remove, removing: FormState::of_post(remove) };
    let page = page_data(move || org.get(), look_page);
    settings_page(org, page, 8, move |org, page| look_view(&org, page, &forms))
}

fn look_view(org: &str, page: LookPage, forms: &Forms) -> AnyView {
    let LookPage { accent, designed, logo } = page;
    let query = use_query_map();
    let (why, file) = query.with_untracked(|query| (query.get("refused"), query.get("file")));
    let again =
        (why.as_deref() == Some("again")).then(|| view! { <Notice tone=Tone::Error><p>{SENT_TOO_LATE}</p></Notice> });
    let refused = RefusedPicture::read(why.as_deref(), file);
    let logo = logo_card(org, logo, refused, forms);
    let colour = colour_card(org, accent, designed, forms);
    view! {
        <SettingsHead title="Logo and colour" about="How your booking pages look." back=format!("/app/{org}/settings")/>
        <DoneNotice words=DONE/>
        {again}
        {logo}
        {colour}
    }
    .into_any()
}

fn logo_card(org: &str, logo: String, refused: Option<RefusedPicture>, forms: &Forms) -> AnyView {
    let upload = format!("/app/{org}/settings/look/logo");
    let (form, org) = (forms.removing, org.to_owned());
    let shown = (!logo.is_empty()).then(|| {
        view! {
            <p><img class="logo-shown" src=logo alt="Your logo, as it is now"/></p>
            <FormMessage form=form/>
            <PostForm post=forms.remove>
                <input type="hidden" name="org" value=org/>
                <SubmitButton form=form label="Remove it" busy="Removing…" kind=Kind::Quiet/>
            </PostForm>
        }
    });
    let form = PictureForm {
        to: upload,
        kind: String::new(),
        name: "logo",
        label: "A picture",
        shown: "It is shown beside your name.",
        button: "btn btn-primary",
    };
    view! {
        <section class="card stack" aria-labelledby="logo-title">
            <h2 id="logo-title">"Logo"</h2>
            {shown}
            {picture_form(form, refused)}
        </section>
    }
    .into_any()
}

fn colour_card(org: &str, accent: String, designed: Vec<(String, String)>, forms: &Forms) -> AnyView {
    let (form, org) = (forms.choosing, org.to_owned());
    let is_ours = designed.iter().any(|(hex, _)| *hex == accent);
    let (chosen, other) = if is_ours { (accent, String::new()) } else { (String::new(), accent) };
    view! {
        <section class="card stack" aria-labelledby="colour-title">
            <h2 id="colour-title">"Colour"</h2>
            <PostForm post=forms.accent class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="org" value=org/>
                <Select form=form name="accent" label="Buttons and links" options=designed value=chosen/>
                <Field form=form name="other" label="Or a colour of your own" hint="Like #1b5470. It has to be dark enough to be read." optional=true maxlength=7 value=other/>
                <div class="form-actions"><SubmitButton form=form label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
