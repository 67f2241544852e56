//! `/app/{org}/settings/invite`: somebody who is to belong.

use leptos::prelude::*;

use super::confirm_first;
use crate::{
    packed::page_data,
    people::{
        api::{Invite, inviting},
        wire::InvitingPage,
    },
    ui::{
        Checkboxes, Field, FormMessage, FormState, Notice, Post, PostForm, SettingsHead, SubmitButton, Tone,
        org_of_address, radio_cards, settings_page,
    },
};

/// The form.
#[component]
pub fn InviteRoute() -> AnyView {
    let org = org_of_address();
    let invite = Post::to::<Invite>();
    let form = FormState::of_post(invite);
    let page = page_data(move || org.get(), inviting);
    settings_page(org, page, 8, move |org, page| body(org, page, invite, form))
}

fn body(org: String, page: InvitingPage, invite: Post, form: FormState) -> AnyView {
    let InvitingPage { roles, modules, seat_free, confirmed } = page;
    let back = format!("/app/{org}/settings/people");
    let here = format!("/app/{org}/settings/invite");
    let body = if !seat_free {
        view! {
            <Notice tone=Tone::Warning>
                <p>"Every seat of your plan is taken. Add one, or remove somebody who has left, then invite."</p>
            </Notice>
        }
        .into_any()
    } else if confirmed {
        let modules = (!modules.is_empty()).then(|| {
            view! {
                <Checkboxes
                    form=form
                    name="modules"
                    legend="What will they work with?"
                    hint="Admins work with everything."
                    options=modules
                />
            }
        });
        view! {
            <PostForm post=invite class="card stack">
                <FormMessage form=form/>
                <input type="hidden" name="org" value=org/>
                <Field form=form name="email" label="Their email address" type_="email" inputmode="email" autocomplete="off" maxlength=254/>
                {radio_cards(form, "role", "Role", roles, "member".to_owned())}
                {modules}
                <div class="form-actions"><SubmitButton form=form label="Send the invitation" busy="Sending…"/></div>
            </PostForm>
        }
        .into_any()
    } else {
        view! { <section class="card stack">{confirm_first("To invite somebody, please confirm first that it is you.", &here)}</section> }
            .into_any()
    };
    view! {
        <SettingsHead title="Invite somebody" about="They get an email with a link that is good for a week." back=back back_label="People"/>
        {body}
    }
    .into_any()
}
