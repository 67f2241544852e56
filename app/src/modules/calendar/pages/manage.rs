//! `/manage/{token}`: a client's own booking. See it, move it, cancel it.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{email_words, focused_when_shown, forget_refusal, given, times_to_choose, when_words};
use crate::{
    modules::calendar::{
        api::{CancelOwn, MoveOwn, managed},
        public_words as words,
        wire::{Chosen, ManagePage, Status},
    },
    packed::page_data,
    ui::{
        CopyField, ErrorView, FormMessage, FormState, Icon, Kind, LinkButton, Notice, PageTitle, Post, PostForm,
        PublicFrame, Skeleton, SubmitButton, Tone, Waiting, awaited, with_query,
    },
};

/// Where the way to pay stands.
const PAY: &str = "pay";

/// The two forms of the page.
#[derive(Clone, Copy)]
struct Forms {
    move_own: Post,
    moving: FormState,
    cancel_own: Post,
    cancelling: FormState,
}

/// What the address says besides the token.
#[derive(Clone, Default)]
struct Asked {
    token: String,
    booked: bool,
    moved: bool,
    reschedule: bool,
    zone: Option<String>,
    from: Option<String>,
}

/// A client's own booking.
#[component]
pub fn ManageRoute() -> AnyView {
    let params = use_params_map();
    let query = use_query_map();
    let (move_own, cancel_own) = (Post::to::<MoveOwn>(), Post::to::<CancelOwn>());
    // Both lead back to a page that may have the same address: they stay usable.
    let (moving, cancelling) = (FormState::of_post(move_own).staying(), FormState::of_post(cancel_own).staying());
    let forms = Forms { move_own, moving, cancel_own, cancelling };
    let asked = Memo::new(move |_| {
        let token = given(&params, "token").unwrap_or_default();
        (
            token,
            given(&query, "reschedule").is_some(),
            ["from", "month", "zone", "start"].map(|name| given(&query, name)),
        )
    });
    let page = page_data(
        // Cancelling leads to the same address: what was changed has to be read again.
        move || (asked.get(), cancel_own.times_accepted(), move_own.times_accepted()),
        |((token, reschedule, [from, month, zone, start]), ..)| managed(token, reschedule, from, month, zone, start),
    );
    forget_refusal(move_own, query);
    let (pending, set_pending) = signal(false);
    let body = move || {
        Suspend::new(async move {
            let asked = Asked {
                token: given(&params, "token").unwrap_or_default(),
                booked: given(&query, "booked").is_some(),
                moved: given(&query, "moved").is_some(),
                reschedule: given(&query, "reschedule").is_some(),
                zone: given(&query, "zone"),
                from: given(&query, "from"),
            };
            match page.await {
                Ok(page) => {
                    // In the links stands the zone that is shown, and not whatever the address says.
                    let shown = page.times.as_ref().map(|times| times.zone.clone());
                    let asked = Asked { zone: asked.zone.and(shown), ..asked };
                    booking(page, asked, &forms)
                }
                Err(error) => view! { <PublicFrame><ErrorView error=error/></PublicFrame> }.into_any(),
            }
        })
    };
    let body = awaited(set_pending, || view! { <PublicFrame><Skeleton lines=6/></PublicFrame> }.into_any(), body);
    view! {
        // The address is the key to the booking: it must not be indexed, nor sent on to other sites.
        <Meta name="robots" content="noindex"/>
        <Meta name="referrer" content="same-origin"/>
        <Waiting pending=pending/>
        {body}
    }
    .into_any()
}

fn booking(page: ManagePage, asked: Asked, forms: &Forms) -> AnyView {
    let (moving, cancelling) = (forms.moving, forms.cancelling);
    let path = format!("/manage/{}", asked.token);
    let home = format!("/b/{}", page.business.slug);
    let (mark, heading) = match page.status {
        Status::Booked if page.waits => ("is-waiting", page.heading.clone()),
        Status::Booked if asked.booked => ("is-good", words::YOU_ARE_BOOKED.to_owned()),
        Status::Booked if asked.moved => ("is-good", words::YOUR_BOOKING_HAS_MOVED.to_owned()),
        Status::Booked => ("", page.heading.clone()),
        Status::Cancelled | Status::NoShow => ("is-off", page.heading.clone()),
    };
    let notice = page.notice.clone().map(|notice| view! { <Notice tone=Tone::Warning><p>{notice}</p></Notice> });
    let moves = page.status == Status::Booked && page.times.is_some() && (asked.reschedule || page.chosen.is_some());
    // Whoever looks for another time needs one line of what they have, and the times.
    let ticket = if moves { as_it_is(&page) } else { ticket(&page, mark, heading.clone()) };
    let below =
        if page.status == Status::Booked { what_next(&page, &asked, &path, forms) } else { again(&page, &home) };
    view! {
        <PageTitle text=format!("{heading} · {}", page.business.name)/>
        <PublicFrame name=page.business.name.clone() href=home look=page.business.look.clone()>
            <FormMessage form=moving/>
            <FormMessage form=cancelling/>
            {notice}
            {ticket}
            {below}
        </PublicFrame>
    }
    .into_any()
}

fn ticket(page: &ManagePage, mark: &str, heading: String) -> AnyView {
    let good = mark == "is-good";
    view! {
        <article class=format!("ticket {mark}")>
            <header class="ticket-head">
                {good.then(|| view! { <span class="ticket-mark"><Icon name="check"/></span> })}
                <h1>{heading}</h1>
                {good.then(|| view! { <p>{words::see_you_then(&page.client_name)}</p> })}
                {(!page.words.is_empty()).then(|| view! { <p>{page.words.clone()}</p> })}
                <div id=PAY inner_html=page.pay.within(PAY)></div>
            </header>
            {details(page)}
        </article>
    }
    .into_any()
}

fn as_it_is(page: &ManagePage) -> AnyView {
    view! {
        <div class="service-head">
            <h1>{words::CHANGE_THE_TIME}</h1>
            <p class="service-facts"><span>{page.service.name.clone()}</span><span>{page.service.duration_label.clone()}</span></p>
            <p>{words::NOW_BEFORE_TIME}<strong>{when_words(&page.when)}</strong></p>
        </div>
    }
    .into_any()
}

fn details(page: &ManagePage) -> AnyView {
    let there = page.business_label.clone().map(|label| view! { <span>{label}</span> });
    let facts = page.facts.iter().map(|fact| {
        let lines = fact.lines.iter().map(|(line, href)| {
            if href.is_empty() {
                view! { <span>{email_words(line)}</span> }.into_any()
            } else {
                view! { <span><a href=href.clone() rel="external noopener noreferrer">{line.clone()}</a></span> }
                    .into_any()
            }
        });
        view! { <div><dt>{fact.term.clone()}</dt><dd>{lines.collect_view()}</dd></div> }
    });
    view! {
        <dl class="facts">
            <div class="facts-when"><dt>{words::WHEN}</dt><dd><strong>{when_words(&page.when)}</strong><span>{page.zone_label.clone()}</span>{there}</dd></div>
            {facts.collect_view()}
        </dl>
    }
    .into_any()
}

/// A booking that stands: take it along, move it, cancel it.
fn what_next(page: &ManagePage, asked: &Asked, path: &str, forms: &Forms) -> AnyView {
    if let Some(chosen) = page.chosen.clone() {
        let zone = page.times.as_ref().map(|times| times.zone.clone()).unwrap_or_default();
        return confirm_move(page, asked, path, chosen, zone, forms);
    }
    if let (Some(times), true) = (&page.times, asked.reschedule) {
        return view! {
            <p><a class="back" href=path.to_owned()><Icon name="back"/>{words::KEEP_THE_TIME_I_HAVE}</a></p>
            {times_to_choose(&times.content, None)}
        }
        .into_any();
    }
    let change = page.may_move.then(|| {
        view! {
            <LinkButton href=with_query(&format!("{path}#times"), &[("reschedule", "1")]) kind=Kind::Quiet>{words::CHANGE_THE_TIME}</LinkButton>
        }
    });
    // It isn’t theirs yet.
    let keep = (!page.waits).then(|| {
        view! { <LinkButton href=format!("{path}.ics") external=true>{words::ADD_TO_MY_CALENDAR}</LinkButton> }
    });
    let words = (!page.change_words.is_empty()).then(|| view! { <p class="soft">{page.change_words.clone()}</p> });
    let cancel = page.may_cancel.then(|| cancel_form(page, asked.token.clone(), forms));
    view! {
        <div class="ticket-actions">
            {keep}
            {change}
            {cancel}
            {words}
        </div>
        <section class="card keep-link" aria-labelledby="keep-link">
            <h2 id="keep-link">{words::KEEP_THIS_LINK}</h2>
            <p>{words::WHY_KEEP_IT}</p>
            <CopyField id="address" label=words::ADDRESS_OF_YOUR_BOOKING value=page.address.clone()/>
        </section>
    }
    .into_any()
}

fn cancel_form(page: &ManagePage, token: String, forms: &Forms) -> AnyView {
    let version = page.version;
    let late = (!page.cancel_words.is_empty()).then(|| view! { <p>{page.cancel_words.clone()}</p> });
    let (post, form) = (forms.cancel_own, forms.cancelling);
    let keep = format!("/manage/{token}");
    view! {
        <details class="confirm">
            <summary class="btn btn-quiet">{words::CANCEL_THE_BOOKING}</summary>
            <div class="confirm-panel">
                <p>{words::REALLY_CANCEL}</p>
                {late}
                <PostForm post=post>
                    <input type="hidden" name="token" value=token/>
                    <input type="hidden" name="version" value=version.to_string()/>
                    <SubmitButton form=form label=words::YES_CANCEL_IT busy=words::CANCELLING kind=Kind::Danger/>
                </PostForm>
                <LinkButton href=keep kind=Kind::Quiet external=true>{words::KEEP_MY_BOOKING}</LinkButton>
            </div>
        </details>
    }
    .into_any()
}

fn confirm_move(page: &ManagePage, asked: &Asked, path: &str, chosen: Chosen, zone: String, forms: &Forms) -> AnyView {
    let back = with_query(
        &format!("{path}#times"),
        &[
            ("reschedule", "1"),
            ("zone", asked.zone.as_deref().unwrap_or_default()),
            ("from", asked.from.as_deref().unwrap_or_default()),
        ],
    );
    let (post, form) = (forms.move_own, forms.moving);
    let title = focused_when_shown();
    let (token, version, now, keep) =
        (asked.token.clone(), page.version.to_string(), words::you_now_have(&page.when), path.to_owned());
    view! {
        <section class="chosen" id="chosen" aria-labelledby="chosen-title">
            <div class="chosen-when">
                <p>{words::MOVE_IT_TO}</p>
                <h2 id="chosen-title" tabindex="-1" node_ref=title>{when_words(&chosen.label)}</h2>
                <p>{chosen.zone_label}</p>
                {chosen.business_label.map(|label| view! { <p>{label}</p> })}
                <a class="back" href=back><Icon name="back"/>{words::CHOOSE_ANOTHER_TIME}</a>
            </div>
            <PostForm post=post class="stack card">
                <input type="hidden" name="token" value=token/>
                <input type="hidden" name="start" value=chosen.start/>
                <input type="hidden" name="zone" value=zone/>
                <input type="hidden" name="version" value=version/>
                <p>{now}</p>
                <SubmitButton form=form label=words::MOVE_MY_BOOKING busy=words::MOVING/>
                <LinkButton href=keep kind=Kind::Quiet>{words::KEEP_THE_TIME_I_HAVE}</LinkButton>
            </PostForm>
        </section>
    }
    .into_any()
}

/// A booking that is over: the way to a new one.
fn again(page: &ManagePage, home: &str) -> AnyView {
    view! {
        <div class="ticket-actions">
            <LinkButton href=format!("{home}/{}", page.service.slug)>{words::BOOK_ANOTHER_TIME}</LinkButton>
        </div>
    }
    .into_any()
}
