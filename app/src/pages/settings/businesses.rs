//! `/app/{org}/settings/businesses`: a partner’s invitations to businesses. The server writes it alone.

use leptos::prelude::*;

use super::confirm_first;
use crate::{
    onboarding::{
        partners::{self, Bounds, Line, Page, State},
        partners_api::{InviteAgainAsPartner, InviteAsPartner, WithdrawAsPartner},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Checkboxes, Choice, DoneNotice, Empty, Field, FormMessage, FormState, Kind, Notice, Post, PostForm,
        Select, SettingsFrame, SettingsHead, SubmitButton, Tone, org_of_address,
    },
};

const DONE: &[(&str, &str)] = &[
    ("invited", "Invited. The letter is on its way."),
    ("again", "Sent again, with a new link."),
    ("withdrawn", "Taken back. Its link is good no longer."),
];

#[derive(Clone, Copy)]
struct Forms {
    invite: Post,
    inviting: FormState,
    again: Post,
    sending: FormState,
    withdraw: Post,
    withdrawing: FormState,
}

/// A partner’s invitations, in the dashboard’s frame.
#[component]
pub fn BusinessesRoute() -> AnyView {
    let org = org_of_address();
    let (invite, again, withdraw) =
        (Post::to::<InviteAsPartner>(), Post::to::<InviteAgainAsPartner>(), Post::to::<WithdrawAsPartner>());
    let forms = Forms {
        invite,
        inviting: FormState::of_post(invite),
        again,
        sending: FormState::of_post(again),
        withdraw,
        withdrawing: FormState::of_post(withdraw),
    };
    let (platform, standing) = (request::platform(), request::standing());
    let read = move || {
        let (platform, org) = (platform.clone(), org.get_untracked());
        async move {
            let page = partners::page(&platform, standing.logged_in()?, &org).await?;
            Ok((org, page))
        }
    };
    view! { <SettingsFrame org=org>{written(read, move |(org, page)| show(&org, page, &forms))}</SettingsFrame> }
        .into_any()
}

fn show(org: &str, page: Page, forms: &Forms) -> AnyView {
    let Page { lines, plans, modules, bounds, left, confirmed } = page;
    let (back, here) = (format!("/app/{org}/settings"), format!("/app/{org}/settings/businesses"));
    let invite = if left == 0 {
        view! {
            <Notice tone=Tone::Info><p>{format!("{} invitations are open, the most that you may have at a time. Take one back that nobody will take up.", bounds.most_open)}</p></Notice>
        }
        .into_any()
    } else if confirmed {
        invite_form(org, plans, modules, &bounds, forms)
    } else {
        confirm_first("To invite a business, please confirm first that it is you.", &here)
    };
    let list = if lines.is_empty() {
        view! { <Empty title="Nobody is invited yet" icon="users"><p>"A business that you invite needs no card until its free time ends."</p></Empty> }.into_any()
    } else {
        let lines = lines.into_iter().map(|line| invitation(org, line, confirmed, forms)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    view! {
        <SettingsHead
            title="Invite a business"
            about="A business that takes it up has an organisation of its own at once. You see that it did, and nothing of what is in it."
            back=back
        />
        <DoneNotice words=DONE/>
        <section class="card stack" aria-labelledby="invite"><h2 id="invite">"Your offer"</h2>{invite}</section>
        <section class="stack" aria-labelledby="invited">
            <h2 id="invited">"Invited so far"</h2>
            <FormMessage form=forms.sending/>
            <FormMessage form=forms.withdrawing/>
            {list}
        </section>
    }
    .into_any()
}

fn invite_form(
    org: &str,
    plans: Vec<(String, String)>,
    modules: Vec<Choice>,
    bounds: &Bounds,
    forms: &Forms,
) -> AnyView {
    let (form, org) = (forms.inviting, org.to_owned());
    let first = plans.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let periods = vec![("month".to_owned(), "Each month".to_owned()), ("year".to_owned(), "Each year".to_owned())];
    let price = bounds.least_percent.map(|least| {
        let hint = format!("Dollars, GST included, from {least} % of the plan’s. Leave empty for the plan’s price.");
        view! { <Field form=form name="price" label="Special price" hint=hint inputmode="decimal" maxlength=16/> }
    });
    let (days, most) = (bounds.most_free_days.min(30).to_string(), format!("Up to {}.", bounds.most_free_days));
    view! {
        <PostForm post=forms.invite class="stack">
            <FormMessage form=form/>
            <input type="hidden" name="org" value=org/>
            <div class="fields-row">
                <Field form=form name="business" label="Business name" maxlength=200/>
                <Field form=form name="email" label="Email" type_="email" inputmode="email" maxlength=254/>
            </div>
            <div class="fields-row">
                <Select form=form name="plan" label="Plan" options=plans value=first/>
                <Select form=form name="period" label="Paid" options=periods value="month".to_owned()/>
            </div>
            <div class="fields-row">
                <Field form=form name="seats" label="People" hint="Leave empty for as many as come with the plan." inputmode="numeric" maxlength=6/>
                {price}
                <Field form=form name="free_days" label="Free days" hint=most inputmode="numeric" maxlength=4 value=days/>
            </div>
            <Checkboxes form=form name="modules" legend="Only some of the plan’s modules" hint="None: all of them." options=modules/>
            <div class="form-actions"><SubmitButton form=form label="Invite" busy="Inviting…"/></div>
        </PostForm>
    }
    .into_any()
}

fn invitation(org: &str, line: Line, confirmed: bool, forms: &Forms) -> AnyView {
    let Line { id, business, email, offer, state, until } = line;
    let (tone, words) = match state {
        State::Invited => (Tone::Info, format!("Invited, good until {until}")),
        State::Accepted => (Tone::Success, "Accepted".to_owned()),
        State::Expired => (Tone::Neutral, format!("Expired on {until}")),
        State::Revoked => (Tone::Neutral, "Taken back".to_owned()),
    };
    let actions = (confirmed && matches!(state, State::Invited | State::Expired)).then(|| {
        let (forms, org, again, id) = (*forms, org.to_owned(), id.to_string(), id.to_string());
        let org_again = org.clone();
        view! {
            <PostForm post=forms.again>
                <input type="hidden" name="org" value=org_again/>
                <input type="hidden" name="id" value=again/>
                <SubmitButton form=forms.sending label="Send again" busy="Sending…" kind=Kind::Quiet/>
            </PostForm>
            <PostForm post=forms.withdraw>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <SubmitButton form=forms.withdrawing label="Take back" busy="One moment…" kind=Kind::Quiet/>
            </PostForm>
        }
    });
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title">{business}</p>
                <p class="soft">{email}</p>
                <p class="soft">{offer}</p>
            </div>
            <div class="line-end"><Badge tone=tone label=words/>{actions}</div>
        </li>
    }
    .into_any()
}
