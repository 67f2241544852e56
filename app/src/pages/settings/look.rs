//! `/app/{org}/settings/look`: the colour and the logo of the public pages. The server writes it alone.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    packed::page_data,
    settings::look_api::{LookPage, RemoveLogo, SaveAccent, look_page},
    ui::{
        DoneNotice, Field, FormMessage, FormState, Kind, Notice, Post, PostForm, Select, SettingsHead, SubmitButton,
        Tone, forgery::forgery_field, org_of_address, settings_page,
    },
};

const DONE: &[(&str, &str)] = &[
    ("saved", "Saved. Your public pages show it already."),
    ("uploaded", "Your public pages show the new logo already."),
    ("removed", "Your public pages show your name alone again."),
];
/// Why a logo wasn't taken. It is sent as a file, so its form doesn't come back with what was typed.
const REFUSED: &[(&str, &str)] = &[
    (
        "large",
        "That picture is too large: at most 512 KB, 2,048 pixels each way, and 16 MB unpacked. A smaller copy of it will do.",
    ),
    ("picture", "That is no PNG, JPEG or WebP picture that we can read."),
    ("none", "Choose a file first."),
];
/// That is no fault of the file's.
const AGAIN: &str = "You logged in again since this page was opened, so nothing was done. Please send it again.";

/// Why the file that was sent isn't taken, and what it is called.
struct Refused {
    words: &'static str,
    file: String,
}

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
    let again = (why.as_deref() == Some("again")).then(|| view! { <Notice tone=Tone::Error><p>{AGAIN}</p></Notice> });
    let words = why.as_deref().and_then(|why| REFUSED.iter().find(|(name, _)| *name == why).map(|(_, words)| *words));
    // What holds nothing was hardly chosen.
    let file = file.filter(|_| why.as_deref() != Some("none")).unwrap_or_default();
    let refused = words.map(|words| Refused { words, file });
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

fn logo_card(org: &str, logo: String, refused: Option<Refused>, forms: &Forms) -> AnyView {
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
    // As every form that fails: it is said at the field, which has the focus, and read out from the top of the form. A browser
    // never gives a file back, so what it was called is told.
    let is_wrong = refused.is_some();
    let described = if is_wrong { "field-logo-error field-logo-hint" } else { "field-logo-hint" };
    let (summary, error) = refused
        .map(|Refused { words, file }| {
            let at_field = if file.is_empty() { words.to_owned() } else { format!("You chose “{file}”. {words}") };
            (
                view! { <div class="notice notice-error" role="alert"><p>{words}</p></div> },
                view! { <p class="field-error wrap-anywhere" id="field-logo-error">{at_field}</p> },
            )
        })
        .unzip();
    view! {
        <section class="card stack" aria-labelledby="logo-title">
            <h2 id="logo-title">"Logo"</h2>
            {shown}
            <form action=upload method="post" enctype="multipart/form-data" class="stack">
                {summary}
                {forgery_field()}
                <div class="field" class:has-error=is_wrong>
                    <label class="field-label" for="field-logo">"A picture"</label>
                    <p class="field-hint" id="field-logo-hint">"PNG, JPEG or WebP, up to 512 KB and 2,048 pixels each way. It is shown beside your name."</p>
                    <input id="field-logo" class="input" type="file" name="logo" accept="image/png,image/jpeg,image/webp" autofocus=is_wrong aria-invalid=is_wrong.then_some("true") aria-describedby=described/>
                    {error}
                </div>
                <div class="form-actions"><button type="submit" class="btn btn-primary">"Use this picture"</button></div>
            </form>
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
