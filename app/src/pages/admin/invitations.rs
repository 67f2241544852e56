//! `/admin/invitations`: businesses that are invited.

use leptos::prelude::*;

use super::frame::AdminFrame;
use crate::{
    admin::operator::Operator,
    onboarding::{
        api::{InviteBusiness, InviteBusinessAgain, WithdrawBusiness},
        views::{self, InvitationLine},
    },
    pages::{
        business_invitations::{Forms, Row},
        plain::written,
        settings::confirm_first,
    },
    request,
    ui::{Checkbox, Checkboxes, Choice, Field, PageHeader, Tone},
};

struct Page {
    lines: Vec<InvitationLine>,
    plans: Vec<(String, String)>,
    modules: Vec<Choice>,
    takes_cards: bool,
    confirmed: bool,
}

/// Businesses that are invited, and inviting one.
#[component]
pub fn InvitationsRoute() -> AnyView {
    let forms = Forms::to::<InviteBusiness, InviteBusinessAgain, WithdrawBusiness>();
    let (platform, standing) = (request::platform(), request::standing());
    let read = move || {
        let platform = platform.clone();
        async move {
            let by = Operator::of(&platform, standing).await?;
            let lines = views::invitations(&platform, by).await?;
            let (plans, modules) = views::choices(&platform);
            let takes_cards = platform.payments().is_some();
            Ok(Page { lines, plans, modules, takes_cards, confirmed: by.is_elevated() })
        }
    };
    view! { <AdminFrame title="Invitations" here="/admin/invitations">{written(read, move |page| show(page, &forms))}</AdminFrame> }
        .into_any()
}

fn show(page: Page, forms: &Forms) -> AnyView {
    let Page { lines, plans, modules, takes_cards, confirmed } = page;
    let invite = if confirmed {
        invite_form(plans, modules, takes_cards, forms)
    } else {
        confirm_first("To invite a business, please confirm first that it is you.", "/admin/invitations")
    };
    let rows = lines.into_iter().map(|line| row(line, confirmed)).collect();
    view! {
        <PageHeader title="Invitations" about="A business that takes one up has its organisation at once."/>
        {forms.page("Invite a business", invite, "Nobody is invited", rows)}
    }
    .into_any()
}

fn invite_form(plans: Vec<(String, String)>, modules: Vec<Choice>, takes_cards: bool, forms: &Forms) -> AnyView {
    let form = forms.inviting;
    let free_hint =
        if takes_cards { "Leave empty, and the first payment is due at once." } else { "Leave empty for no end date." };
    let by_hand = takes_cards.then(|| {
        view! { <Checkbox form=form name="by_hand" label="Billed by hand: no card is asked for" hint="You send its invoices. It has no free days."/> }
    });
    let rest = view! {
        <div class="fields-row">
            <Field form=form name="seats" label="Seats" optional=true hint="Leave empty for as many as come with the plan." inputmode="numeric" maxlength=6/>
            <Field form=form name="price" label="Special price" optional=true hint="Dollars, including GST. Leave empty for the plan’s price." inputmode="decimal" maxlength=16/>
            <Field form=form name="free_days" label="Free days" optional=true hint=free_hint inputmode="numeric" maxlength=4 value="30".to_owned()/>
        </div>
        {by_hand}
        <Checkboxes form=form name="modules" legend="Other modules than the plan’s" hint="Leave all unticked for the plan’s modules." options=modules/>
    };
    forms.new_one(plans, "team".to_owned(), Vec::new(), rest.into_any())
}

/// One of a partner’s is sent again by the partner alone.
fn row(line: InvitationLine, confirmed: bool) -> Row {
    let InvitationLine { id, business, email, offer, state, partner, open } = line;
    let can = open && confirmed;
    let again = can && partner.is_empty();
    let by = (!partner.is_empty()).then(|| format!("Invited by {partner}"));
    Row {
        business,
        about: [email, offer].into_iter().chain(by).collect(),
        state,
        tone: if open { Tone::Info } else { Tone::Neutral },
        again,
        withdraw: can,
        hidden: vec![("id", id.to_string())],
    }
}
