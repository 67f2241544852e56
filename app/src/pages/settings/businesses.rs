//! `/app/{org}/settings/businesses`: a partner’s invitations to businesses. The server writes it alone.

use leptos::prelude::*;

use super::confirm_first;
use crate::{
    onboarding::{
        partners::{self, Bounds, Line, Page, State},
        partners_api::{InviteAgainAsPartner, InviteAsPartner, WithdrawAsPartner},
    },
    pages::{
        business_invitations::{Forms, Row},
        plain::written,
    },
    request,
    ui::{Checkboxes, Choice, Field, Notice, SettingsFrame, SettingsHead, Tone, org_of_address},
};

/// A partner’s invitations, in the dashboard’s frame.
#[component]
pub fn BusinessesRoute() -> AnyView {
    let org = org_of_address();
    let forms = Forms::to::<InviteAsPartner, InviteAgainAsPartner, WithdrawAsPartner>();
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
    let rows = lines.into_iter().map(|line| row(org, line, confirmed)).collect();
    view! {
        <SettingsHead
            title="Invite a business"
            about="A business that takes it up has an organisation of its own at once. You see that it did, and nothing of what is in it."
            back=back
        />
        {forms.page("Your offer", invite, "Nobody is invited yet", rows)}
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
    let form = forms.inviting;
    let first = plans.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let price = bounds.least_percent.map(|least| {
        let hint = format!("Dollars, including GST, from {least}% of the plan’s. Leave empty for the plan’s price.");
        view! { <Field form=form name="price" label="Special price" optional=true hint=hint inputmode="decimal" maxlength=16/> }
    });
    let (days, most) = (bounds.most_free_days.min(30).to_string(), format!("Up to {}.", bounds.most_free_days));
    let rest = view! {
        <div class="fields-row">
            <Field form=form name="seats" label="People" optional=true hint="Leave empty for as many as come with the plan." inputmode="numeric" maxlength=6/>
            {price}
            <Field form=form name="free_days" label="Free days" hint=most inputmode="numeric" maxlength=4 value=days/>
        </div>
        <Checkboxes form=form name="modules" legend="Only some of the plan’s modules" hint="None: all of them." options=modules/>
    };
    forms.new_one(plans, first, vec![("org", org.to_owned())], rest.into_any())
}

fn row(org: &str, line: Line, confirmed: bool) -> Row {
    let Line { id, business, email, offer, state, until } = line;
    let (tone, words) = match state {
        State::Invited => (Tone::Info, format!("Pending, expires {until}")),
        State::Accepted => (Tone::Success, "Accepted".to_owned()),
        State::Expired => (Tone::Neutral, format!("Expired on {until}")),
        State::Revoked => (Tone::Neutral, "Withdrawn".to_owned()),
    };
    let open = confirmed && matches!(state, State::Invited | State::Expired);
    Row {
        business,
        about: vec![email, offer],
        state: words,
        tone,
        again: open,
        withdraw: open,
        hidden: vec![("org", org.to_owned()), ("id", id.to_string())],
    }
}
