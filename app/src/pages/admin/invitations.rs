//! `/admin/invitations`: businesses that are invited.

use leptos::prelude::*;

use super::frame::AdminFrame;
use crate::{
    admin::operator::Operator,
    onboarding::{
        api::{InviteBusiness, InviteBusinessAgain, WithdrawBusiness},
        views::{self, InvitationLine},
    },
    pages::{plain::written, settings::confirm_first},
    request,
    ui::{
        Badge, Checkboxes, Choice, DoneNotice, Empty, Field, FormMessage, FormState, Kind, PageHeader, Post, PostForm,
        Select, SubmitButton, Tone,
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

struct Page {
    lines: Vec<InvitationLine>,
    plans: Vec<(String, String)>,
    modules: Vec<Choice>,
    confirmed: bool,
}

/// Businesses that are invited, and inviting one.
#[component]
pub fn InvitationsRoute() -> AnyView {
    let (invite, again, withdraw) =
        (Post::to::<InviteBusiness>(), Post::to::<InviteBusinessAgain>(), Post::to::<WithdrawBusiness>());
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
        let platform = platform.clone();
        async move {
            let by = Operator::of(&platform, standing).await?;
            let lines = views::invitations(&platform, by).await?;
            let (plans, modules) = views::choices(&platform);
            Ok(Page { lines, plans, modules, confirmed: by.is_elevated() })
        }
    };
    view! { <AdminFrame title="Invitations" here="/admin/invitations">{written(read, move |page| show(page, &forms))}</AdminFrame> }
        .into_any()
}

fn show(page: Page, forms: &Forms) -> AnyView {
    let Page { lines, plans, modules, confirmed } = page;
    let list = if lines.is_empty() {
        view! { <Empty title="Nobody is invited" icon="users"><p>"A business that you invite needs no card until its free time ends."</p></Empty> }.into_any()
    } else {
        let lines = lines.into_iter().map(|line| invitation(line, confirmed, forms)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let invite = if confirmed {
        invite_form(plans, modules, forms)
    } else {
        confirm_first("To invite a business, please confirm first that it is you.", "/admin/invitations")
    };
    view! {
        <PageHeader title="Invitations" about="A business that takes one up has its organisation at once."/>
        <DoneNotice words=DONE/>
        <section class="card stack" aria-labelledby="invite"><h2 id="invite">"Invite a business"</h2>{invite}</section>
        <section class="stack" aria-labelledby="invited">
            <h2 id="invited">"Invited so far"</h2>
            <FormMessage form=forms.sending/>
            <FormMessage form=forms.withdrawing/>
            {list}
        </section>
    }
    .into_any()
}

fn invite_form(plans: Vec<(String, String)>, modules: Vec<Choice>, forms: &Forms) -> AnyView {
    let form = forms.inviting;
    let periods = vec![("month".to_owned(), "Each month".to_owned()), ("year".to_owned(), "Each year".to_owned())];
    view! {
        <PostForm post=forms.invite class="stack">
            <FormMessage form=form/>
            <div class="fields-row">
                <Field form=form name="business" label="Business name" maxlength=200/>
                <Field form=form name="email" label="Email" type_="email" inputmode="email" maxlength=254/>
            </div>
            <div class="fields-row">
                <Select form=form name="plan" label="Plan" options=plans value="team".to_owned()/>
                <Select form=form name="period" label="Paid" options=periods value="month".to_owned()/>
            </div>
            <div class="fields-row">
                <Field form=form name="seats" label="Seats" hint="Leave empty for no limit." inputmode="numeric" maxlength=6 value="5".to_owned()/>
                <Field form=form name="price" label="Special price" hint="Dollars, GST included. Leave empty for the plan’s price." inputmode="decimal" maxlength=16/>
                <Field form=form name="free_days" label="Free days" hint="Leave empty for no end date." inputmode="numeric" maxlength=4 value="30".to_owned()/>
            </div>
            <Checkboxes form=form name="modules" legend="Other modules than the plan’s" hint="Leave all unticked for the plan’s modules." options=modules/>
            <div class="form-actions"><SubmitButton form=form label="Invite" busy="Inviting…"/></div>
        </PostForm>
    }
    .into_any()
}

fn invitation(line: InvitationLine, confirmed: bool, forms: &Forms) -> AnyView {
    let InvitationLine { id, business, email, offer, state, partner, open } = line;
    let tone = if open { Tone::Info } else { Tone::Neutral };
    let actions = (open && confirmed).then(|| {
        let (forms, again, id) = (*forms, id.to_string(), id.to_string());
        let again = partner.is_empty().then(|| {
            view! {
                <PostForm post=forms.again>
                    <input type="hidden" name="id" value=again/>
                    <SubmitButton form=forms.sending label="Send again" busy="Sending…" kind=Kind::Quiet/>
                </PostForm>
            }
        });
        view! {
            {again}
            <PostForm post=forms.withdraw>
                <input type="hidden" name="id" value=id/>
                <SubmitButton form=forms.withdrawing label="Take back" busy="One moment…" kind=Kind::Quiet/>
            </PostForm>
        }
    });
    let by = (!partner.is_empty()).then(|| view! { <p class="soft">{format!("Invited by {partner}")}</p> });
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title">{business}</p>
                <p class="soft">{email}</p>
                <p class="soft">{offer}</p>
                {by}
            </div>
            <div class="line-end"><Badge tone=tone label=state/>{actions}</div>
        </li>
    }
    .into_any()
}
