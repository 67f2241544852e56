//! `/app/{org}/settings/data`: taking everything along, and deleting the organisation. The server writes it alone.

use leptos::prelude::*;

use super::confirm_first;
use crate::{
    packed::page_data,
    settings::data_api::{AskExport, CloseOrg, DataPage, ExportLine, KeepOrg, data},
    ui::{
        DoneNotice, Field, FormMessage, FormState, Kind, Notice, PageHeader, PageTitle, Post, PostForm, SettingsHead,
        SubmitButton, Tone, org_of_address, settings_page,
    },
};

const DONE: &[(&str, &str)] = &[
    ("asked", "It is being prepared, and usually ready within five minutes. We email you then, and it is below."),
    ("kept", "It is open again, with all that it had."),
];

#[derive(Clone, Copy)]
struct Forms {
    export: Post,
    exporting: FormState,
    close: Post,
    closing: FormState,
    keep: Post,
    keeping: FormState,
}

/// The data, in the dashboard's frame.
#[component]
pub fn DataRoute() -> AnyView {
    let org = org_of_address();
    let (export, close, keep) = (Post::to::<AskExport>(), Post::to::<CloseOrg>(), Post::to::<KeepOrg>());
    let forms = Forms {
        export,
        exporting: FormState::of_post(export),
        close,
        closing: FormState::of_post(close),
        keep,
        keeping: FormState::of_post(keep),
    };
    let page = page_data(move || org.get(), data);
    settings_page(org, page, 8, move |org, page| data_view(&org, page, &forms))
}

fn data_view(org: &str, page: DataPage, forms: &Forms) -> AnyView {
    let here = format!("/app/{org}/settings/data");
    let DataPage { name, closes_on, pays, plan_ends, exports, waiting, confirmed } = page;
    let closing = closes_on.map(|on| keep_form(org, &name, &on, plan_ends.as_deref(), forms));
    let is_closing = closing.is_some();
    let ending = plan_ends.filter(|_| !is_closing).map(|on| {
        let words = format!("Your plan ends on {on}, and nothing more is charged. ");
        let plan = format!("/app/{org}/settings/billing#stop");
        view! { <Notice tone=Tone::Warning><p>{words}<a href=plan>"Keep plan"</a></p></Notice> }
    });
    let export = export_card(org, exports, waiting, confirmed, &here, forms);
    let delete = (!is_closing).then(|| delete_card(org, &name, pays, confirmed, &here, forms));
    let head = if is_closing {
        // The settings are closed too.
        view! { <PageTitle text=format!("{name} is closed")/> <PageHeader title=format!("{name} is closed")/> }
            .into_any()
    } else {
        let back = format!("/app/{org}/settings");
        view! { <SettingsHead title="Your data" about="Export all of it, or delete it." back=back/> }.into_any()
    };
    view! {
        {head}
        <DoneNotice words=DONE/>
        {closing}
        {ending}
        {export}
        {delete}
    }
    .into_any()
}

fn export_card(
    org: &str,
    exports: Vec<ExportLine>,
    waiting: bool,
    confirmed: bool,
    here: &str,
    forms: &Forms,
) -> AnyView {
    let (form, org) = (forms.exporting, org.to_owned());
    // What is ready is what one comes for; the newest first.
    let ready = exports.iter().position(|line| line.href.is_some());
    let lines = exports.into_iter().enumerate().map(|(at, line)| {
        let ExportLine { asked_on, about, href } = line;
        let class = if ready == Some(at) { "btn btn-primary" } else { "btn btn-quiet" };
        let fetch = href.map(|href| view! { <div class="line-end"><a class=class href=href rel="external">"Download it"</a></div> });
        view! {
            <li class="line">
                <div class="line-text"><p class="line-title">{format!("As of {asked_on}")}</p><p class="soft">{about}</p></div>
                {fetch}
            </li>
        }
    });
    let lines = lines.collect_view();
    let (label, kind) = if ready.is_some() { ("Prepare a new export", Kind::Quiet) } else { ("Export", Kind::Primary) };
    let ask = if waiting {
        ().into_any()
    } else if confirmed {
        view! {
            <PostForm post=forms.export>
                <input type="hidden" name="org" value=org/>
                <SubmitButton form=form label=label busy="Asking…" kind=kind/>
            </PostForm>
        }
        .into_any()
    } else {
        confirm_first("To export it, please confirm first that it is you.", here)
    };
    view! {
        <section class="card stack" aria-labelledby="export">
            <h2 id="export">"Export your data"</h2>
            <p>"One zip with all that your organisation has here, for spreadsheets and for programs: people, services, hours, appointments with what clients told you, results, tasks with their files, your invoices, the audit log. A README in it says what each file is. Secrets of API tokens aren’t in it. It can be downloaded for a week."</p>
            <FormMessage form=form/>
            <ul class="lines">{lines}</ul>
            {ask}
        </section>
    }
    .into_any()
}

fn delete_card(org: &str, name: &str, pays: bool, confirmed: bool, here: &str, forms: &Forms) -> AnyView {
    let invoices = format!("/app/{org}/settings/billing#card");
    let (form, org, hint) = (forms.closing, org.to_owned(), format!("Enter {name}."));
    let inner = if confirmed {
        view! {
            <PostForm post=forms.close class="stack">
                <FormMessage form=form/>
                <input type="hidden" name="org" value=org/>
                <Field form=form name="typed" label="Type its name to confirm" hint=hint autocomplete="off" maxlength=200 value=""/>
                <div class="form-actions"><SubmitButton form=form label="Close it, and delete it in 30 days" busy="Closing…" kind=Kind::Danger/></div>
            </PostForm>
        }
        .into_any()
    } else {
        confirm_first("To delete it, please confirm first that it is you.", here)
    };
    let charged = pays.then(|| {
        view! { <p>"Nothing more is charged: your plan ends after what is paid for. If you keep the organisation, you can keep the plan too, under Plan and billing."</p> }
    });
    view! {
        <section class="card stack" aria-labelledby="delete">
            <h2 id="delete">"Delete the organisation"</h2>
            <p>"It is closed at once: nobody books, nobody gets in, and links to bookings stop working. For 30 days you can keep it after all, here. After that these are gone for good, and from our backups as they expire:"</p>
            <ul class="bullets">
                <li>"Clients’ details and all appointments, past and to come"</li>
                <li>"Services, opening hours and public pages"</li>
                <li>"Results, targets and contests"</li>
                <li>"Lists and tasks, with their comments and files"</li>
                <li>"Who belongs, what they may do, and open invitations; people keep their own accounts"</li>
                <li>"The audit log and tokens for programs"</li>
                <li>"Your invoices from us: you have to keep them for five years, so "<a href=invoices>"download them first"</a>", or export everything above"</li>
            </ul>
            {charged}
            {inner}
        </section>
    }
    .into_any()
}

fn keep_form(org: &str, name: &str, on: &str, plan_ends: Option<&str>, forms: &Forms) -> AnyView {
    let (form, org) = (forms.keeping, org.to_owned());
    let words = format!(
        "{name} is closed to everybody. On {on} all that it has is deleted for good. Until then you can keep it."
    );
    let plan = plan_ends.map(|on| {
        let words = format!(
            "Nothing more is charged, and your plan ends on {on}. Once you keep {name}, you can keep the plan too."
        );
        view! { <p>{words}</p> }
    });
    view! {
        <section class="card stack" aria-labelledby="closing">
            <h2 id="closing">{format!("It will be deleted on {on}")}</h2>
            <Notice tone=Tone::Warning><p>{words}</p></Notice>
            {plan}
            <FormMessage form=form/>
            <PostForm post=forms.keep>
                <input type="hidden" name="org" value=org/>
                <SubmitButton form=form label="Keep the organisation" busy="Opening…"/>
            </PostForm>
        </section>
    }
    .into_any()
}
