//! `/app/{org}/settings/invitations/{id}`: an invitation whose letter couldn’t be delivered, to go to another address. The server writes it
//! alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{super::plain::written, confirm_first};
use crate::{
    error::AppError,
    people::{api::ReaddressInvitation, views, wire::ReaddressingPage},
    request,
    ui::{
        Field, FormMessage, FormState, Notice, Post, PostForm, SettingsFrame, SettingsHead, SubmitButton, Tone,
        org_of_address,
    },
};

/// The form.
#[component]
pub fn ReaddressRoute() -> AnyView {
    let org = org_of_address();
    let slug = org.get_untracked();
    let post = Post::to::<ReaddressInvitation>();
    let form = FormState::of_post(post);
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let (platform, standing) = (request::platform(), request::standing());
    let read = move || async move {
        let person = standing.logged_in()?;
        let id = id.parse().map_err(|_| AppError::not_found("that invitation"))?;
        let page = views::readdressing(&platform, person, &slug, id).await?;
        Ok((slug, page))
    };
    view! { <SettingsFrame org=org>{written(read, move |(org, page)| body(org, page, post, form))}</SettingsFrame> }
        .into_any()
}

fn body(org: String, page: ReaddressingPage, post: Post, form: FormState) -> AnyView {
    let ReaddressingPage { id, email, why, confirmed } = page;
    let back = format!("/app/{org}/settings/people");
    let here = format!("/app/{org}/settings/invitations/{id}");
    let why = why.map(|why| view! { <Notice tone=Tone::Warning><p>{why}</p></Notice> });
    let body = if confirmed {
        view! {
            <PostForm post=post class="card stack">
                <FormMessage form=form/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <Field form=form name="email" label="Their email address" hint="The email goes there, with a new link. The old link stops working." type_="email" inputmode="email" autocomplete="off" maxlength=254 value=email/>
                <div class="form-actions"><SubmitButton form=form label="Send the invitation there" busy="Sending…"/></div>
            </PostForm>
        }
        .into_any()
    } else {
        let confirm = confirm_first("To send it to another address, please confirm first that it is you.", &here);
        view! { <section class="card stack"><p class="wrap-anywhere">{email}</p>{confirm}</section> }.into_any()
    };
    view! {
        <SettingsHead title="Another address" about="What the invitation offers stays as it is." back=back back_label="People"/>
        {why}
        {body}
    }
    .into_any()
}
