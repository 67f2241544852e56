//! `/login/invitation/{token}`: somebody is invited to belong to an organisation.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;

use super::new_password::new_password;
use crate::{
    auth::api::LogOut,
    error::Code,
    packed::page_data,
    people::{
        api::{AcceptInvitation, Join, invitation_page},
        wire::{InvitationPage, Way},
    },
    ui::{
        ErrorView, Field, FormMessage, FormState, Kind, NarrowFrame, Post, PostForm, Skeleton, SubmitButton, with_query,
    },
};

#[derive(Clone, Copy)]
struct Forms {
    accept: Post,
    accepting: FormState,
    join: Post,
    joining: FormState,
    leave: Post,
    leaving: FormState,
}

/// What is offered, and what can be done with it.
#[component]
pub fn InvitationRoute() -> AnyView {
    let (accept, join, leave) = (Post::to::<AcceptInvitation>(), Post::to::<Join>(), Post::to::<LogOut>());
    let forms = Forms {
        accept,
        accepting: FormState::of_post(accept),
        join,
        joining: FormState::of_post(join),
        leave,
        leaving: FormState::of_post(leave),
    };
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|params| params.get("token")).unwrap_or_default());
    let page = page_data(move || token.get(), invitation_page);
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => invitation(token.get_untracked(), page, &forms),
                Err(error) if matches!(error.code, Code::Gone | Code::NotFound) => ended(error.message),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="Invitation · Devalo">
            <Transition fallback=|| view! { <Skeleton lines=6/> }>{body}</Transition>
        </NarrowFrame>
    }
    .into_any()
}

/// Which of the two it is, whom to ask, and the way in for who belongs.
fn ended(words: String) -> AnyView {
    view! {
        <div class="card stack">
            <h1>"This invitation has ended"</h1>
            <p>{words}</p>
            <p><a class="btn btn-primary" href="/login" rel="external">"Log in"</a></p>
        </div>
    }
    .into_any()
}

fn invitation(token: String, page: InvitationPage, forms: &Forms) -> AnyView {
    let forms = *forms;
    let InvitationPage { org_name, by, email, role, way } = page;
    let article = if role == "admin" { "an" } else { "a" };
    let words = format!("{by} invites you to work with {org_name} on Devalo, as {article} {role}.");
    let here = format!("/login/invitation/{token}");
    let measured_by = token.clone();
    let body = match way {
        Way::Join => view! {
            <PostForm post=forms.accept class="stack">
                <FormMessage form=forms.accepting/>
                <input type="hidden" name="token" value=token/>
                <SubmitButton form=forms.accepting label=format!("Join {org_name}") busy="One moment…"/>
            </PostForm>
        }
        .into_any(),
        Way::LogOut => view! {
            <p>{format!("The invitation is for {email}, and you are logged in as somebody else.")}</p>
            <PostForm post=forms.leave class="stack">
                <FormMessage form=forms.leaving/>
                <SubmitButton form=forms.leaving label="Log out" busy="Logging out…" kind=Kind::Quiet/>
            </PostForm>
            <p class="soft">"Then open the link in the email again."</p>
        }
        .into_any(),
        Way::LogIn => {
            let href = with_query("/login", &[("next", &here)]);
            view! {
                <p>{format!("{email} has a Devalo account already. Log in with it, then join.")}</p>
                <p><a class="btn btn-primary" href=href rel="external">"Log in"</a></p>
            }
            .into_any()
        }
        Way::Wait => view! {
            <p>{format!("Every seat of {org_name} is taken at the moment. Ask {by} to make room, then open this link again.")}</p>
        }
        .into_any(),
        Way::MakeAccount => view! {
            <PostForm post=forms.join class="stack">
                <FormMessage form=forms.joining/>
                <p>"Make an account to join. You log in with " <strong class="wrap-anywhere">{email.clone()}</strong> "."</p>
                <input type="hidden" name="token" value=token/>
                <input type="hidden" name="username" autocomplete="username" value=email/>
                <Field form=forms.joining name="name" label="Your name" autocomplete="name" maxlength=100/>
                {new_password(forms.joining, measured_by)}
                <SubmitButton form=forms.joining label=format!("Join {org_name}") busy="One moment…"/>
            </PostForm>
        }
        .into_any(),
    };
    view! {
        <div class="card stack">
            <h1>"You are invited"</h1>
            <p>{words}</p>
            {body}
        </div>
    }
    .into_any()
}
