//! `/app/{org}/settings/people`: who belongs, and what each may do.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::confirm_first;
use crate::{
    packed::page_data,
    people::{
        api::{
            AnswerOwnership, AskFactorReset, CancelFactorReset, ChangePerson, InviteAgain, OfferOwnership,
            RemovePerson, WithdrawInvitation, ownership, people, person,
        },
        wire::{Factor, InvitedLine, OwnershipPage, PeoplePage, PersonLine, PersonPage},
    },
    ui::{
        Badge, Checkboxes, DoneNotice, FormMessage, FormState, Kind, LinkButton, Notice, Post, PostForm, SettingsHead,
        SubmitButton, Tone, org_of_address, radio_cards, settings_page,
    },
};

const DONE: &[(&str, &str)] = &[
    ("invited", "The invitation is on its way."),
    ("again", "The invitation is on its way again. The link before is good no longer."),
    ("withdrawn", "The invitation is withdrawn."),
    ("changed", "Saved. It holds from their next click on."),
    ("removed", "They no longer belong to the organisation."),
    ("reset", "Their two-step login goes a day from now. They were mailed, and can keep it."),
    ("kept", "Their two-step login stays."),
    ("owner", "You own the organisation now."),
];

/// Who belongs.
#[component]
pub fn PeopleRoute() -> AnyView {
    let org = org_of_address();
    let (again, withdraw) = (Post::to::<InviteAgain>(), Post::to::<WithdrawInvitation>());
    let invitations =
        Invitations { again, sending: FormState::of_post(again), withdraw, withdrawing: FormState::of_post(withdraw) };
    let page = page_data(move || org.get(), people);
    settings_page(org, page, 8, move |org, page| list(org, page, &invitations))
}

#[derive(Clone, Copy)]
struct Invitations {
    again: Post,
    sending: FormState,
    withdraw: Post,
    withdrawing: FormState,
}

fn list(org: String, page: PeoplePage, invitations: &Invitations) -> AnyView {
    let PeoplePage { people, offered_to, invited, seats, seat_free, confirmed } = page;
    let offer = offered_to.map(|name| {
        let href = format!("/app/{org}/settings/ownership");
        view! {
            <Notice tone=Tone::Info>
                <p>{format!("The ownership is offered to {name}.")}" "<a href=href>"See the offer"</a></p>
            </Notice>
        }
    });
    let lines = people.into_iter().map(|person| line(&org, person)).collect_view();
    let invited = (!invited.is_empty()).then(|| invited_list(&org, invited, confirmed, invitations));
    let invite = format!("/app/{org}/settings/invite");
    let seats = (!seats.is_empty()).then(|| view! { <p class="soft">{seats}</p> });
    let full =
        (!seat_free).then(|| view! { <Notice tone=Tone::Info><p>"Every seat of your plan is taken."</p></Notice> });
    let invite = seat_free.then(|| view! { <LinkButton href=invite>"Invite somebody"</LinkButton> });
    let back = format!("/app/{org}/settings");
    view! {
        <SettingsHead title="People" about="Who belongs to your organisation, and what each may do." back=back>
            {invite}
        </SettingsHead>
        <DoneNotice words=DONE/>
        {offer}
        {full}
        {seats}
        <ul class="lines">{lines}</ul>
        {invited}
    }
    .into_any()
}

fn invited_list(org: &str, invited: Vec<InvitedLine>, confirmed: bool, forms: &Invitations) -> AnyView {
    let forms = *forms;
    let lines = invited.into_iter().map(|one| invited_line(org, one, confirmed, &forms)).collect_view();
    let here = format!("/app/{org}/settings/people");
    let confirm = (!confirmed)
        .then(|| confirm_first("To send one again or withdraw it, please confirm first that it is you.", &here));
    view! {
        <section class="stack" aria-labelledby="invited">
            <h2 id="invited">"Invited"</h2>
            <FormMessage form=forms.sending/>
            <FormMessage form=forms.withdrawing/>
            <ul class="lines">{lines}</ul>
            {confirm}
        </section>
    }
    .into_any()
}

fn invited_line(org: &str, invited: InvitedLine, confirmed: bool, forms: &Invitations) -> AnyView {
    let forms = *forms;
    let InvitedLine { id, email, role, about, lapsed, no_mail } = invited;
    let (again, withdraw) = (hidden(org, &id), hidden(org, &id));
    let (again_label, withdraw_label) =
        (format!("Send the invitation for {email} again"), format!("Withdraw the invitation for {email}"));
    let lapsed = lapsed.then(|| view! { <Badge tone=Tone::Warning label="Lapsed"/> });
    let elsewhere = no_mail.is_some().then(|| {
        let (href, label) = (
            format!("/app/{org}/settings/invitations/{id}"),
            format!("Change the address of the invitation for {email}"),
        );
        view! { <a class="btn btn-quiet" href=href rel="external" aria-label=label>"Change address"</a> }
    });
    let end = confirmed.then(|| {
        view! {
            <div class="row-tight">
                {elsewhere}
                <PostForm post=forms.again>
                    {again}
                    <button type="submit" class="btn btn-quiet" aria-label=again_label>"Send again"</button>
                </PostForm>
                <PostForm post=forms.withdraw>
                    {withdraw}
                    <button type="submit" class="btn btn-quiet" aria-label=withdraw_label>"Withdraw"</button>
                </PostForm>
            </div>
        }
    });
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title wrap-anywhere">{email}</p>
                <p class="row-tight"><Badge tone=Tone::Info label=role_label(&role)/>{lapsed}</p>
                <p class="soft">{about}</p>
                {no_mail.map(|why| view! { <p>{why}</p> })}
            </div>
            <div class="line-end">{end}</div>
        </li>
    }
    .into_any()
}

fn line(org: &str, person: PersonLine) -> AnyView {
    let href = format!("/app/{org}/settings/people/{}", person.id);
    let name = person.name.clone();
    let you = person.you.then(|| view! { " " <Badge label="You"/> });
    let end = person.manageable.then(|| {
        let label = format!("Change what {} may do", person.name);
        view! { <a class="btn btn-quiet" href=href aria-label=label>"Change"</a> }
    });
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title">{name}{you}</p>
                {about(person)}
            </div>
            <div class="line-end">{end}</div>
        </li>
    }
    .into_any()
}

/// Somebody below their name, as the list and their own page show them.
fn about(person: PersonLine) -> AnyView {
    let PersonLine { email, role, also, factor, factor_reset_on, since, no_mail, .. } = person;
    let (tone, label) = match factor {
        Factor::Has => (Tone::Success, "Two-step login"),
        Factor::Unasked => (Tone::Neutral, "No two-step login"),
        Factor::Lacks => (Tone::Warning, "No two-step login"),
    };
    let factor = view! { <Badge tone=tone label=label/> };
    let also = (!also.is_empty()).then(|| view! { <p class="soft">{format!("Also: {}.", also.join("; "))}</p> });
    let reset =
        factor_reset_on.map(|on| view! { <p class="soft">{format!("Their two-step login is to go on {on}.")}</p> });
    view! {
        <p class="soft wrap-anywhere">{email}</p>
        <p class="row-tight"><Badge tone=Tone::Info label=role_label(&role)/>{factor}</p>
        {also}
        {reset}
        <p class="soft">{format!("Since {since}.")}</p>
        {no_mail.map(|why| view! { <p>{why}</p> })}
    }
    .into_any()
}

/// "Manager"
fn role_label(role: &str) -> &'static str {
    match role {
        "owner" => "Owner",
        "admin" => "Admin",
        "manager" => "Manager",
        _ => "Member",
    }
}

#[derive(Clone, Copy)]
struct Forms {
    change: Post,
    changing: FormState,
    remove: Post,
    removing: FormState,
    ask: Post,
    asking: FormState,
    cancel: Post,
    cancelling: FormState,
    offer: Post,
    offering: FormState,
}

/// `/app/{org}/settings/people/{id}`
#[component]
pub fn PersonRoute() -> AnyView {
    let org = org_of_address();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let (change, remove, offer) =
        (Post::to::<ChangePerson>(), Post::to::<RemovePerson>(), Post::to::<OfferOwnership>());
    let (ask, cancel) = (Post::to::<AskFactorReset>(), Post::to::<CancelFactorReset>());
    let forms = Forms {
        change,
        changing: FormState::of_post(change),
        remove,
        removing: FormState::of_post(remove),
        ask,
        asking: FormState::of_post(ask),
        cancel,
        cancelling: FormState::of_post(cancel),
        offer,
        offering: FormState::of_post(offer),
    };
    let page = page_data(move || (org.get(), id.get()), |(org, id)| person(org, id));
    settings_page(org, page, 8, move |org, page| one(org, page, &forms))
}

fn one(org: String, page: PersonPage, forms: &Forms) -> AnyView {
    let forms = *forms;
    let PersonPage { person, roles, grants, modules, confirmed, may_offer, offered } = page;
    let back = format!("/app/{org}/settings/people");
    let (id, name) = (person.id.clone(), person.name.clone());
    let here = format!("{back}/{id}");
    let body = if !person.manageable {
        view! { <Notice tone=Tone::Info><p>"Only somebody who stands above them can change what they may do."</p></Notice> }
            .into_any()
    } else if confirmed {
        let role = person.role.clone();
        let hidden = hidden(&org, &id);
        let modules = (!modules.is_empty()).then(|| {
            view! { <Checkboxes form=forms.changing name="modules" legend="What do they work with?" hint="Admins work with everything." options=modules/> }
        });
        let more = (!grants.is_empty()).then(|| {
            view! { <Checkboxes form=forms.changing name="grants" legend="What more may they do than their role allows?" options=grants/> }
        });
        view! {
            <section class="card stack" aria-labelledby="may">
                <h2 id="may">"What they may do"</h2>
                <PostForm post=forms.change class="stack">
                    <FormMessage form=forms.changing/>
                    {hidden}
                    {radio_cards(forms.changing, "role", "Role", roles, role)}
                    {modules}
                    {more}
                    <div class="form-actions"><SubmitButton form=forms.changing label="Save" busy="Saving…"/></div>
                </PostForm>
            </section>
            {factor(&org, &person, &forms)}
            {may_offer.then(|| ownership_card(&org, &id, &name, offered, &forms))}
            {removal(&org, &id, &name, &forms)}
        }
        .into_any()
    } else {
        confirm_first("To change what somebody may do, please confirm first that it is you.", &here)
    };
    view! {
        <SettingsHead title=name back=back back_label="People"/>
        <section class="card line-text">{about(person)}</section>
        {body}
    }
    .into_any()
}

fn factor(org: &str, person: &PersonLine, forms: &Forms) -> AnyView {
    let forms = *forms;
    if person.factor != Factor::Has {
        return ().into_any();
    }
    let hidden = hidden(org, &person.id);
    if person.factor_reset_on.is_some() {
        return view! {
            <section class="card stack" aria-labelledby="factor">
                <h2 id="factor">"Two-step login"</h2>
                <p>"It is to be removed. They were emailed, and can keep it themselves."</p>
                <FormMessage form=forms.cancelling/>
                <PostForm post=forms.cancel>
                    {hidden}
                    <SubmitButton form=forms.cancelling label="Cancel removal" busy="One moment…" kind=Kind::Quiet/>
                </PostForm>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="card stack" aria-labelledby="factor">
            <h2 id="factor">"Two-step login"</h2>
            <p>"Have they lost their phone and their recovery codes? Then it can be removed, a day from now. They are emailed at once, and set it up anew at their next log-in."</p>
            <FormMessage form=forms.asking/>
            <details class="confirm">
                <summary class="btn btn-quiet">"Remove two-step login"</summary>
                <div class="confirm-panel">
                    <p>"Be sure that it is them who ask: call them."</p>
                    <PostForm post=forms.ask>
                        {hidden}
                        <SubmitButton form=forms.asking label="Yes, a day from now" busy="One moment…" kind=Kind::Danger/>
                    </PostForm>
                </div>
            </details>
        </section>
    }
    .into_any()
}

fn ownership_card(org: &str, id: &str, name: &str, offered: bool, forms: &Forms) -> AnyView {
    let forms = *forms;
    if offered {
        let href = format!("/app/{org}/settings/ownership");
        return view! {
            <section class="card stack" aria-labelledby="ownership">
                <h2 id="ownership">"Ownership"</h2>
                <p>"It is offered to them."</p>
                <p class="row"><LinkButton href=href kind=Kind::Quiet>"See the offer"</LinkButton></p>
            </section>
        }
        .into_any();
    }
    let hidden = hidden(org, id);
    let (ask, words) = (
        format!("Make {name} the owner"),
        "They must accept, within a week. Then the organisation is theirs, and you become an admin.",
    );
    view! {
        <section class="card stack" aria-labelledby="ownership">
            <h2 id="ownership">"Ownership"</h2>
            <FormMessage form=forms.offering/>
            <details class="confirm">
                <summary class="btn btn-quiet">{ask}</summary>
                <div class="confirm-panel">
                    <p>{words}</p>
                    <PostForm post=forms.offer>
                        {hidden}
                        <SubmitButton form=forms.offering label="Yes, offer it" busy="One moment…" kind=Kind::Danger/>
                    </PostForm>
                </div>
            </details>
        </section>
    }
    .into_any()
}

fn removal(org: &str, id: &str, name: &str, forms: &Forms) -> AnyView {
    let forms = *forms;
    let hidden = hidden(org, id);
    let (ask, yes) = (format!("Remove {name}"), format!("Yes, remove {name}"));
    view! {
        <section class="card stack" aria-labelledby="removal">
            <h2 id="removal">"Leaving"</h2>
            <FormMessage form=forms.removing/>
            <details class="confirm">
                <summary class="btn btn-danger-outline">{ask}</summary>
                <div class="confirm-panel">
                    <p>"They lose access at once. What they did stays."</p>
                    <PostForm post=forms.remove>
                        {hidden}
                        <SubmitButton form=forms.removing label=yes busy="Removing…" kind=Kind::Danger/>
                    </PostForm>
                </div>
            </details>
        </section>
    }
    .into_any()
}

/// `/app/{org}/settings/ownership`: an offer, for both whom it concerns.
#[component]
pub fn OwnershipRoute() -> AnyView {
    let org = org_of_address();
    let answer = Post::to::<AnswerOwnership>();
    let form = FormState::of_post(answer);
    let page = page_data(move || org.get(), ownership);
    settings_page(org, page, 8, move |org, page| offer_view(org, page, answer, form))
}

fn offer_view(org: String, page: OwnershipPage, answer: Post, form: FormState) -> AnyView {
    let OwnershipPage { org_name, by, to, to_you, confirmed } = page;
    let back = format!("/app/{org}/settings");
    let here = format!("/app/{org}/settings/ownership");
    let words = if to_you {
        format!("{by} offers you the ownership of {org_name}. If you take it, {by} is an admin from then on.")
    } else {
        format!("You have offered the ownership of {org_name} to {to}. It stays yours until {to} takes it.")
    };
    let body = if confirmed {
        let (take, leave) = if to_you { (true, "No, thank you") } else { (false, "Withdraw the offer") };
        let take = take.then(|| {
            let org = org.clone();
            view! {
                <PostForm post=answer>
                    <input type="hidden" name="org" value=org/>
                    <input type="hidden" name="take" value="true"/>
                    <SubmitButton form=form label="Take it" busy="One moment…"/>
                </PostForm>
            }
        });
        view! {
            <FormMessage form=form/>
            <div class="row">
                {take}
                <PostForm post=answer>
                    <input type="hidden" name="org" value=org/>
                    <SubmitButton form=form label=leave busy="One moment…" kind=Kind::Quiet/>
                </PostForm>
            </div>
        }
        .into_any()
    } else {
        confirm_first("To answer, please confirm first that it is you.", &here)
    };
    view! {
        <SettingsHead title="Ownership" back=back/>
        <section class="card stack">
            <p>{words}</p>
            {body}
        </section>
    }
    .into_any()
}

fn hidden(org: &str, id: &str) -> AnyView {
    let (org, id) = (org.to_owned(), id.to_owned());
    view! {
        <input type="hidden" name="org" value=org/>
        <input type="hidden" name="id" value=id/>
    }
    .into_any()
}
