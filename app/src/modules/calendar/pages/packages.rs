//! Packages: `/b/{org}/packages`, where clients buy them; `/package/{token}`, what is left of one; and `/app/{org}/calendar/packages`, where
//! they are set up and sold at the counter. The server writes them alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    hooks::use_params_map,
    path,
};

use super::{given, listed, sections::Form};
use crate::{
    modules::calendar::{
        paying::packages::{self, DeskPage, Offer, OffersPage, OwnPage},
        public_words as words,
        setup_api::{AddPackage, BuyPackage, OfferPackage, SellPackage},
        views,
    },
    money::{counted, dollars},
    pages::plain::written,
    request,
    ui::{
        Badge, Checkboxes, Choice, CopyField, DoneNotice, Empty, Field, FormMessage, Kind, LinkButton, Notice,
        PageTitle, Post, PostForm, PublicFrame, Select, SettingsFrame, SettingsHead, SubmitButton, Tone,
        org_of_address,
    },
};

/// The pages that everybody may see.
pub fn packages_to_all() -> Vec<AnyNestedRoute> {
    vec![
        NestedRoute::new(path!("/b/:org/packages"), OffersRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/package/:token"), OwnRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
    ]
}

/// What can be bought.
#[component]
fn OffersRoute() -> AnyView {
    let params = use_params_map();
    let org = given(&params, "org").unwrap_or_default();
    let buy = Form::of(Post::to::<BuyPackage>());
    let (platform, actor) = (request::platform(), request::actor());
    request::leads_to_payments();
    let read = async move || packages::offers(&platform, &actor, &org).await;
    written(read, move |page| offers(page, buy))
}

fn offers(page: OffersPage, buy: Form) -> AnyView {
    let OffersPage { org, offers, made, ready, address, card } = page;
    let home = format!("/b/{}", org.slug);
    let title = words::packages_of(&org.name);
    let about = words::about_packages(&org.name);
    // Which of the forms came back.
    let typed = buy.state.value("package").unwrap_or_default();
    let list = if offers.is_empty() {
        view! { <Empty title=words::NO_PACKAGES><p>{words::SINGLE_TIMES}</p></Empty> }.into_any()
    } else {
        let all = offers.into_iter().zip(made);
        all.map(|(one, made)| offer(&org.slug, one, made, ready, buy, &typed)).collect_view().into_any()
    };
    let closed = (!ready).then(|| {
        view! { <Notice tone=Tone::Info><p>{words::PACKAGES_CLOSED}</p></Notice> }
    });
    view! {
        {listed(title, about, address, card)}
        <PublicFrame name=org.name.clone() href=home.clone() look=views::business_view(&org).look>
            <div class="service-head">
                <a class="back" href=home rel="external">{words::ALL_SERVICES}</a>
                <h1>{words::PACKAGES}</h1>
                <p class="lead">{words::WHAT_PACKAGES_ARE}</p>
            </div>
            {closed}
            {list}
        </PublicFrame>
    }
    .into_any()
}

fn offer(org: &str, offer: Offer, made: String, ready: bool, buy: Form, typed: &str) -> AnyView {
    let Offer { package, services } = offer;
    let id = package.id.to_string();
    let here = typed == id;
    let each = dollars(package.price_cents / package.sessions.max(1));
    let facts = words::package_facts(package.sessions, &dollars(package.price_cents), &each, package.months);
    let links = services
        .into_iter()
        .map(|(slug, name)| {
            let href = format!("/b/{org}/{slug}");
            view! { <li><a href=href rel="external">{name}</a></li> }
        })
        .collect_view();
    let heading = format!("package-{id}");
    let labelled_by = heading.clone();
    let form = ready.then(|| {
        // Each form has fields of its own; what came back is in the one that was sent.
        let fields = if here {
            view! {
                <FormMessage form=buy.state/>
                <Field form=buy.state name="name" label=words::NAME autocomplete="name" maxlength=200/>
                <Field form=buy.state name="email" label=words::EMAIL hint=words::CODE_GOES_THERE type_="email" autocomplete="email" maxlength=254/>
            }
            .into_any()
        } else {
            let (name, email) = (format!("name-{id}"), format!("email-{id}"));
            view! {
                <div class="field"><label for=name.clone()>{words::NAME}</label><input id=name name="name" autocomplete="name" maxlength="200"/></div>
                <div class="field"><label for=email.clone()>{words::EMAIL}</label><input id=email name="email" type="email" autocomplete="email" maxlength="254"/></div>
            }
            .into_any()
        };
        let (org, sent, trap) = (org.to_owned(), id.clone(), format!("website-{id}"));
        let label = words::buy(&package.name);
        view! {
            <details class="confirm" open=here>
                <summary class="btn btn-quiet">{label}</summary>
                <div class="confirm-panel stack">
                    <PostForm post=buy.post class="stack">
                        <input type="hidden" name="org" value=org/>
                        <input type="hidden" name="package" value=sent/>
                        <input type="hidden" name="made" value=made/>
                        <p hidden>
                            <label for=trap.clone()>{words::LEAVE_THIS_EMPTY}</label>
                            <input id=trap name="website" autocomplete="off" tabindex="-1"/>
                        </p>
                        {fields}
                        <SubmitButton form=buy.state label=words::GO_ON_TO_PAY busy=words::GOING_TO_STRIPE/>
                    </PostForm>
                </div>
            </details>
        }
    });
    view! {
        <section class="card stack" aria-labelledby=labelled_by>
            <h2 id=heading>{package.name.clone()}</h2>
            <p>{facts}</p>
            <ul>{links}</ul>
            {form}
        </section>
    }
    .into_any()
}

/// What somebody bought.
#[component]
fn OwnRoute() -> AnyView {
    let params = use_params_map();
    let token = given(&params, "token").unwrap_or_default();
    let platform = request::platform();
    let asked = token.clone();
    let read = async move || packages::own(&platform, &asked).await;
    view! {
        <Meta name="robots" content="noindex"/>
        <Meta name="referrer" content="same-origin"/>
        {written(read, move |page| own(page, &token))}
    }
    .into_any()
}

fn own(page: OwnPage, token: &str) -> AnyView {
    let OwnPage { org, purchase, code, until, services, to_pay, is_good } = page;
    let home = format!("/b/{}", org.slug);
    let (heading, words) = match (purchase.state.as_str(), is_good) {
        ("active", true) => (words::sessions_left(purchase.left(), purchase.sessions), words::good_until(&until)),
        ("active", false) => (words::RUN_OUT.to_owned(), words::was_good_until(&until)),
        ("open", _) if to_pay => (words::PAY_FOR_YOUR_PACKAGE.to_owned(), words::YOURS_ONCE_PAID.to_owned()),
        ("void", _) => (words::CANNOT_BE_USED.to_owned(), words::PAID_BACK.to_owned()),
        _ => (words::PACKAGE_NOT_PAID.to_owned(), words::CHOOSE_IT_AGAIN.to_owned()),
    };
    let pay = to_pay.then(|| {
        let href = format!("/package/{token}/pay");
        let label = words::pay_amount_now(&dollars(purchase.price_cents));
        view! { <LinkButton href=href external=true>{label}</LinkButton> }
    });
    let code =
        (is_good && !code.is_empty()).then(|| view! { <CopyField id="code" label=words::YOUR_CODE value=code/> });
    let links = services
        .into_iter()
        .map(|(slug, name)| {
            let href = format!("{home}/{slug}");
            view! { <li><a href=href rel="external">{words::book_service(&name)}</a></li> }
        })
        .collect_view();
    let book = is_good.then(|| view! { <ul>{links}</ul> });
    view! {
        <PageTitle text=format!("{} · {}", purchase.name, org.name)/>
        <PublicFrame name=org.name.clone() href=home look=views::business_view(&org).look>
            <section class="card stack" aria-labelledby="package">
                <h1 id="package">{heading}</h1>
                <p><strong>{purchase.name.clone()}</strong></p>
                <p>{words}</p>
                {pay}
                {code}
                {book}
            </section>
        </PublicFrame>
    }
    .into_any()
}

const DONE: &[(&str, &str)] = &[
    ("added", "Added. It is on your page of packages already."),
    ("saved", "Saved."),
    ("sold", "Sold. Its code is on its way by email, and on the client’s page."),
];

struct Forms {
    add: Form,
    offer: Form,
    sell: Form,
}

/// The desk’s page, in the dashboard’s frame.
#[component]
pub fn PackagesRoute() -> AnyView {
    let org = org_of_address();
    let forms = Forms {
        add: Form::of(Post::to::<AddPackage>()),
        offer: Form::of(Post::to::<OfferPackage>()),
        sell: Form::of(Post::to::<SellPackage>()),
    };
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let (platform, actor, org) = (platform.clone(), actor.clone(), org.get_untracked());
        async move {
            let page = packages::desk(&platform, &actor, &org).await?;
            Ok((org, page))
        }
    };
    view! { <SettingsFrame org=org>{written(read, move |(org, page)| desk(&org, page, &forms))}</SettingsFrame> }
        .into_any()
}

fn desk(org: &str, page: DeskPage, forms: &Forms) -> AnyView {
    let DeskPage { offers, services, address, ready, may_set_up, may_sell, key } = page;
    let sold: Vec<(String, String)> = offers
        .iter()
        .filter(|offer| offer.package.active)
        .map(|offer| {
            let words = format!("{}, {}", offer.package.name, dollars(offer.package.price_cents));
            (offer.package.id.to_string(), words)
        })
        .collect();
    let lines = offers.into_iter().map(|offer| line(org, offer, may_set_up, forms.offer)).collect_view();
    let closed = (!ready && !sold.is_empty()).then(|| {
        let href = format!("/app/{org}/calendar/payments");
        view! {
            <Notice tone=Tone::Info>
                <p>"Payments aren’t ready, so packages are sold at the counter alone. "<a href=href rel="external">"See to payments"</a></p>
            </Notice>
        }
    });
    let sell = (may_sell && !sold.is_empty()).then(|| sell_one(org, sold, key, forms.sell));
    let add = may_set_up.then(|| add_one(org, services, forms.add));
    view! {
        <SettingsHead title="Packages" about="Several sessions at one price. Whoever buys one gets a code by email, which takes a session each time they book; cancelled in time it is there again." back=format!("/app/{org}/settings")/>
        <DoneNotice words=DONE/>
        {closed}
        <section class="card stack" aria-labelledby="packages">
            <h2 id="packages">"What you sell"</h2>
            <FormMessage form=forms.offer.state/>
            <ul class="lines">{lines}</ul>
            <CopyField id="address" label="Where clients buy them" value=address/>
        </section>
        {sell}
        {add}
    }
    .into_any()
}

fn line(org: &str, offer: Offer, may_set_up: bool, form: Form) -> AnyView {
    let Offer { package, services } = offer;
    let facts = format!(
        "{} for {}, good for {}",
        counted(package.sessions, "session", "sessions"),
        dollars(package.price_cents),
        counted(package.months, "month", "months")
    );
    let names = services.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", ");
    let badge = (!package.active).then(|| view! { <Badge tone=Tone::Neutral label="Not sold now"/> });
    let (label, active) = if package.active { ("Stop selling", None) } else { ("Sell again", Some("true")) };
    let action = may_set_up.then(|| {
        let (org, id, version) = (org.to_owned(), package.id.to_string(), package.version.to_string());
        let active = active.map(|value| view! { <input type="hidden" name="active" value=value/> });
        let said = format!("{label}: {}", package.name);
        view! {
            <PostForm post=form.post>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version/>
                {active}
                <button type="submit" class="btn btn-quiet" aria-label=said>{label}</button>
            </PostForm>
        }
    });
    view! {
        <li class="line">
            <div class="line-text">
                <p class="line-title">{package.name.clone()} " " {badge}</p>
                <p class="soft">{facts}</p>
                <p class="soft">{names}</p>
            </div>
            <div class="line-end">{action}</div>
        </li>
    }
    .into_any()
}

fn sell_one(org: &str, sold: Vec<(String, String)>, key: String, form: Form) -> AnyView {
    let (org, state) = (org.to_owned(), form.state);
    let key = state.value("key").unwrap_or(key);
    let options = std::iter::once((String::new(), "Choose".to_owned())).chain(sold).collect();
    view! {
        <section class="card stack" aria-labelledby="sell">
            <h2 id="sell">"Sell one at the counter"</h2>
            <PostForm post=form.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="key" value=key/>
                <Select form=state name="package" label="Package" options=options/>
                <div class="fields-row">
                    <Field form=state name="client" label="Client’s name" autocomplete="off" maxlength=200/>
                    <Field form=state name="email" label="Client’s email" hint="The code goes there." type_="email" autocomplete="off" maxlength=254/>
                </div>
                <div class="form-actions"><SubmitButton form=state label="It is paid: sell it" busy="Saving…" kind=Kind::Primary/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn add_one(org: &str, services: Vec<(String, String)>, form: Form) -> AnyView {
    let (org, state) = (org.to_owned(), form.state);
    let options = services.into_iter().map(|(value, label)| Choice { value, label, chosen: false }).collect();
    view! {
        <section class="card stack" aria-labelledby="add">
            <h2 id="add">"Another package"</h2>
            <PostForm post=form.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <Field form=state name="name" label="Name" hint="Like “Ten massages”." autocomplete="off" maxlength=100/>
                <div class="fields-row">
                    <Field form=state name="sessions" label="Sessions" inputmode="numeric" autocomplete="off" maxlength=3/>
                    <Field form=state name="price" label="Price in dollars" inputmode="decimal" autocomplete="off" maxlength=20/>
                    <Field form=state name="months" label="Good for, in months" inputmode="numeric" autocomplete="off" maxlength=2 value="12"/>
                </div>
                <Checkboxes form=state name="services" legend="For which services?" options=options/>
                <p class="soft">"What it is stays as it is, for whoever has bought it. If you want it otherwise, stop selling it and make another."</p>
                <div class="form-actions"><SubmitButton form=state label="Add it" busy="Adding…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
