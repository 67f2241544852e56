//! `/app/{org}/settings/tokens`: what lets the business's own programs in.

use leptos::{html, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlFormElement};

use super::confirm_first;
use crate::{
    packed::page_data,
    settings::{
        api::{MakeToken, RevokeToken, tokens},
        wire::{NewSecret, TokenLine, TokensPage},
    },
    ui::{
        ActForm, Badge, Checkboxes, CopyField, DoneNotice, Empty, Field, FormMessage, FormState, Kind, OrgForm,
        SettingsHead, SubmitButton, Tone, answer_of, org_of_address, settings_page, times_accepted,
    },
};

/// The tokens, in the dashboard's frame.
#[component]
pub fn TokensRoute() -> AnyView {
    let org = org_of_address();
    let (make, revoke) = (ServerAction::<MakeToken>::new(), ServerAction::<RevokeToken>::new());
    let forms = Forms {
        make,
        making: FormState::new(make).staying(),
        revoke,
        revoking: FormState::new(revoke).staying(),
        made: answer_of(make),
    };
    let (makes, revokes) = (times_accepted(make), times_accepted(revoke));
    // The next token is another one.
    Effect::new(move || {
        if makes.get() > 0
            && let Ok(Some(form)) = document().query_selector("[aria-labelledby='new-token'] form")
        {
            form.unchecked_into::<HtmlFormElement>().reset();
        }
    });
    let page = page_data(move || (org.get(), makes.get(), revokes.get()), |(org, ..)| tokens(org));
    settings_page(org, page, 8, move |org, page| tokens_view(org, page, forms, revokes.into()))
}

#[derive(Clone, Copy)]
struct Forms {
    make: ServerAction<MakeToken>,
    making: FormState,
    revoke: ServerAction<RevokeToken>,
    revoking: FormState,
    made: Signal<Option<NewSecret>>,
}

fn tokens_view(org: String, page: TokensPage, forms: Forms, revoked: Signal<usize>) -> AnyView {
    let made = forms.made;
    let list = if page.tokens.is_empty() {
        view! {
            <Empty title="No tokens yet" icon="key">
                <p>"A token lets a program of yours use the API: to fill a website, or to take bookings into your accounts."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = page.tokens.into_iter().map(|token| token_line(&org, token, forms)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let back = format!("/app/{org}/settings");
    let new = if page.confirmed {
        view! {
            <ActForm action=forms.make class="stack">
                <FormMessage form=forms.making/>
                <input type="hidden" name="org" value=org/>
                <Field
                    form=forms.making
                    name="name"
                    label="What is it for?"
                    hint="So that you can tell it from others, like “Website” or “Reception screen”."
                    autocomplete="off"
                    maxlength=100
                />
                <Checkboxes form=forms.making name="scopes" legend="What may it do?" options=page.scopes/>
                <div class="form-actions"><SubmitButton form=forms.making label="Make token" busy="Making…"/></div>
            </ActForm>
        }
        .into_any()
    } else {
        let here = format!("{back}/tokens");
        confirm_first("To make a token, please confirm first that it is you.", &here)
    };
    view! {
        <SettingsHead
            title="API tokens"
            about="A token is a password for a program. Give each program its own, with no more than it needs."
            back=back
        />
        <DoneNotice words=&[("revoked", "Revoked. It stopped working at once.")] times=revoked/>
        {move || made.get().map(new_secret)}
        <FormMessage form=forms.revoking/>
        {list}
        <section class="card stack" aria-labelledby="new-token">
            <h2 id="new-token">"New token"</h2>
            {new}
        </section>
    }
    .into_any()
}

fn new_secret(made: NewSecret) -> AnyView {
    // It is shown this once: nobody should have to look for it.
    let panel = NodeRef::<html::Section>::new();
    Effect::new(move || {
        if let Some(panel) = panel.get() {
            let _ = panel.focus();
        }
    });
    view! {
        <section class="card stack new-secret" role="status" aria-label="Your new token" tabindex="-1" node_ref=panel>
            <h2>{format!("Your token “{}”", made.name)}</h2>
            <p>"Copy it now and keep it safe: it is shown this once, and nobody can read it afterwards, not even you."</p>
            <CopyField id="new-secret" label="Token" value=made.secret/>
        </section>
    }
    .into_any()
}

fn token_line(org: &str, token: TokenLine, forms: Forms) -> AnyView {
    let what = format!("May: {}.", token.scopes.join("; "));
    let when = match &token.revoked {
        Some(revoked) => format!("Made on {}, revoked on {revoked}.", token.made),
        None => format!("Made on {}.", token.made),
    };
    let end = if token.revoked.is_some() {
        view! { <Badge label="Revoked"/> }.into_any()
    } else {
        let button = format!("Revoke {}", token.name);
        let org = org.to_owned();
        view! {
            <details class="confirm">
                <summary class="btn btn-quiet" aria-label=button>"Revoke"</summary>
                <div class="confirm-panel">
                    <p>"Programs that use it stop working at once. This can’t be undone; you can make a new one."</p>
                    <OrgForm action=forms.revoke org=org>
                        <input type="hidden" name="id" value=token.id/>
                        <SubmitButton form=forms.revoking label="Yes, revoke it" busy="Revoking…" kind=Kind::Danger/>
                    </OrgForm>
                </div>
            </details>
        }
        .into_any()
    };
    let tone = token.revoked.is_none().then(|| view! { <Badge tone=Tone::Success label="Active"/> });
    view! {
        <li class="line" data-token=token.name.clone()>
            <div class="line-text">
                <p class="line-title">{token.name.clone()} " " {tone}</p>
                <p class="soft">{what}</p>
                <p class="soft">{when}</p>
            </div>
            <div class="line-end">{end}</div>
        </li>
    }
    .into_any()
}
