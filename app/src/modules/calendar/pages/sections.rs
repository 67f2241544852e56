//! The pages of a service, of a person and of a named schedule have sections, each with an address and forms of its own. Here is the frame around
//! them, and the table of each: a further section is a line there.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;

use super::{calendars, given, person, schedules, service_options, service_setup};
pub use crate::ui::Form;
use crate::{
    error::{AppError, Result},
    modules::calendar::{
        setup_api::{
            ClearDate, DeleteSchedule, EndAway, RemovePicture, SaveAway, SaveBasics, SaveChoices, SaveDate, SaveHours,
            SaveKept, SaveNeeds, SavePayment, SavePeople, SavePerson, SaveQuestions, SaveRules, SaveSchedule,
            SaveServiceHours, SaveShares, SaveTimes,
        },
        setup_wire::{PersonPage, SchedulePage, ServiceForm},
    },
    org::Actor,
    pages::plain::written,
    platform::Platform,
    request,
    ui::{
        DashboardShell, DoneNotice, FormMessage, Icon, Kind, Notice, PageHeader, PageTitle, Post, PostForm,
        SubmitButton, Tone, org_of_address, with_query,
    },
};

/// A section of a page about a `P`.
#[derive(Debug)]
pub struct Section<P: 'static> {
    /// After the address of the page: `times`. The first one has the page's own.
    path: &'static str,
    /// "Times"
    label: &'static str,
    /// Where its forms go.
    forms: &'static [fn() -> Post],
    /// What the parameters say that a form leads back with.
    done: &'static [(&'static str, &'static str)],
    /// What is in it. The forms come in the order of the line.
    show: fn(&str, P, &[Form]) -> AnyView,
}

/// A service’s.
pub const SERVICE: &[Section<ServiceForm>] = &[
    Section {
        path: "",
        label: "Basics",
        forms: &[Post::to::<SaveBasics>, Post::to::<RemovePicture>],
        done: &[
            ("saved", SAVED),
            ("pictured", "Your booking page shows the picture already."),
            ("unpictured", "Your booking page shows it without a picture again."),
        ],
        show: service_setup::basics,
    },
    Section {
        path: "times",
        label: "Times",
        forms: &[Post::to::<SaveTimes>, Post::to::<SaveServiceHours>],
        done: &[
            ("saved", SAVED),
            ("added", "Added. Your booking page shows it already. Below is when it can be booked."),
        ],
        show: service_setup::times,
    },
    Section {
        path: "people",
        label: "Who",
        forms: &[Post::to::<SavePeople>, Post::to::<SaveShares>],
        done: &[("saved", SAVED)],
        show: service_setup::people,
    },
    Section {
        path: "rooms",
        label: "Rooms",
        forms: &[Post::to::<SaveNeeds>],
        done: &[("saved", SAVED)],
        show: service_options::rooms,
    },
    Section {
        path: "choices",
        label: "Choices",
        forms: &[Post::to::<SaveChoices>],
        done: &[("saved", SAVED)],
        show: service_options::choices,
    },
    Section {
        path: "questions",
        label: "Questions",
        forms: &[Post::to::<SaveQuestions>],
        done: &[("saved", SAVED)],
        show: service_options::questions,
    },
    Section {
        path: "payment",
        label: "Payment",
        forms: &[Post::to::<SavePayment>],
        done: &[("saved", SAVED)],
        show: service_options::payment,
    },
    Section {
        path: "rules",
        label: "Rules",
        forms: &[Post::to::<SaveRules>],
        done: &[("saved", SAVED)],
        show: service_options::rules,
    },
];

/// A person’s.
pub const PERSON: &[Section<PersonPage>] = &[
    Section {
        path: "",
        label: "Basics",
        forms: &[Post::to::<SavePerson>],
        done: &[("saved", "Saved.")],
        show: person::basics,
    },
    Section {
        path: "hours",
        label: "Weekly hours",
        forms: &[Post::to::<SaveHours>, Post::to::<SaveKept>],
        done: &[
            ("saved", HOURS_SAVED),
            ("kept", "Saved. Your booking page shows it already."),
            ("added", "Added. Now give them their hours, then put them on a service."),
        ],
        show: person::hours,
    },
    Section {
        path: "days",
        label: "Holidays and changed days",
        forms: &[Post::to::<SaveDate>, Post::to::<ClearDate>],
        done: &[("saved", "Saved for that day."), ("cleared", "That day has the weekly hours again.")],
        show: person::days,
    },
    Section {
        path: "away",
        label: "Time off",
        forms: &[Post::to::<SaveAway>, Post::to::<EndAway>],
        done: &[("saved", "Saved. Nobody can book them then."), ("ended", "Removed. They can be booked then.")],
        show: person::away,
    },
    Section {
        path: "calendars",
        label: "Calendars elsewhere",
        forms: calendars::FORMS,
        done: calendars::DONE,
        show: calendars::of_person,
    },
];

/// A named schedule’s.
pub const SCHEDULE: &[Section<SchedulePage>] = &[
    Section {
        path: "",
        label: "Basics",
        forms: &[Post::to::<SaveSchedule>, Post::to::<DeleteSchedule>],
        done: &[("saved", "Saved.")],
        show: schedules::basics,
    },
    Section {
        path: "hours",
        label: "Weekly hours",
        forms: &[Post::to::<SaveHours>],
        done: &[
            ("saved", HOURS_SAVED),
            ("added", "Added. Give it its hours, then say who keeps it: on a person’s page, under “Weekly hours”."),
        ],
        show: schedules::hours,
    },
    Section {
        path: "days",
        label: "Holidays and changed days",
        forms: &[Post::to::<SaveDate>, Post::to::<ClearDate>],
        done: &[("saved", "Saved for that day."), ("cleared", "That day has the weekly hours again.")],
        show: schedules::days,
    },
];

const HOURS_SAVED: &str = "Hours saved. Your booking page shows them already.";
const SAVED: &str = "Saved. Your booking page shows it already.";

/// Who asks for which page.
pub struct Asked {
    /// The platform.
    pub platform: Platform,
    /// Who.
    pub actor: Actor,
    /// The organisation's slug.
    pub org: String,
    /// What the page is about.
    pub id: String,
}

/// What a page is about, whichever of its sections is shown.
pub struct Whole<P> {
    /// Its name.
    pub title: String,
    /// Below the organisation's calendar, without the id: `services`.
    pub list: &'static str,
    /// What the list is called.
    pub list_label: &'static str,
    /// What to know before anything of it is changed.
    pub notice: Option<String>,
    /// For the section.
    pub page: P,
}

/// The section that the address names, in the dashboard's frame.
pub fn page_of_sections<P: Send + 'static, Reading>(
    sections: &'static [Section<P>],
    read: fn(Asked) -> Reading,
) -> AnyView
where
    Reading: Future<Output = Result<Whole<P>>> + Send + 'static,
{
    let (org, params) = (org_of_address(), use_params_map());
    let (id, path) = (given(&params, "id").unwrap_or_default(), given(&params, "section").unwrap_or_default());
    let section = sections.iter().find(|section| section.path == path);
    let forms: Vec<Form> = section.into_iter().flat_map(|section| section.forms).map(|to| Form::of(to())).collect();
    let slug = org.get_untracked();
    let asked = Asked { platform: request::platform(), actor: request::actor(), org: slug.clone(), id: id.clone() };
    let read = async move || {
        // Who may not see the page doesn't hear which sections it has.
        let whole = read(asked).await?;
        Ok((whole, section.ok_or_else(|| AppError::not_found("that page"))?))
    };
    let body = written(read, move |(whole, section)| frame(&slug, &id, whole, sections, section, &forms));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn frame<P>(
    org: &str,
    id: &str,
    whole: Whole<P>,
    sections: &'static [Section<P>],
    section: &'static Section<P>,
    forms: &[Form],
) -> AnyView {
    let Whole { title, list, list_label, notice, page } = whole;
    let about = match list {
        "services" => Some("service"),
        "staff" => Some("staff"),
        _ => None,
    };
    let why = about.map(|about| {
        let href = with_query(&format!("/app/{org}/calendar/why"), &[(about, id)]);
        view! { <a class="btn btn-quiet" href=href>"Why isn’t a time offered?"</a> }
    });
    let list = format!("/app/{org}/calendar/{list}");
    let links = sections.iter().map(|other| {
        let href = if other.path.is_empty() { format!("{list}/{id}") } else { format!("{list}/{id}/{}", other.path) };
        let current = (other.path == section.path).then_some("page");
        view! { <li><a href=href aria-current=current>{other.label}</a></li> }
    });
    let links = links.collect_view();
    // A page that comes back has the address that it had before, and what that said is no news any more.
    let refused = forms.iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused && !person::has_another_row()).then(|| view! { <DoneNotice words=section.done/> });
    let notice = notice.map(|words| view! { <Notice tone=Tone::Info><p>{words}</p></Notice> });
    let sections_of = format!("Sections of {title}");
    view! {
        <PageTitle text=format!("{} · {title} · Settings", section.label)/>
        <a class="back" href=list><Icon name="back"/>{list_label}</a>
        <PageHeader title=title>{why}</PageHeader>
        <div class="sectioned">
            <nav class="sections" aria-label=sections_of><ul>{links}</ul></nav>
            <div class="section-body">
                {done}
                {notice}
                {(section.show)(org, page, forms)}
            </div>
        </div>
    }
    .into_any()
}

/// The one form of a section, on a card under its heading: what it changes, the version that was read, and its button.
pub fn section_form(
    org: &str,
    id: String,
    version: i64,
    form: Form,
    heading: &'static str,
    fields: AnyView,
) -> AnyView {
    let (org, Form { post, state }) = (org.to_owned(), form);
    view! {
        <section class="card stack" aria-labelledby="section">
            <h2 id="section">{heading}</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                {fields}
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…" kind=Kind::Primary/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// A form is sent by its first button when somebody presses Enter in a field: this one, where others come before the visible one.
pub fn first_button(label: &'static str) -> AnyView {
    view! { <button type="submit" class="sr-only" tabindex="-1" aria-hidden="true">{label}</button> }.into_any()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{PERSON, SCHEDULE, SERVICE, Section};

    #[test]
    fn each_section_has_an_address_of_its_own() {
        fn check<P>(sections: &[Section<P>]) {
            let paths: BTreeSet<_> = sections.iter().map(|section| section.path).collect();
            assert_eq!(paths.len(), sections.len(), "{paths:?}");
            assert_eq!(sections.first().map(|section| section.path), Some(""), "the first is the page's own");
            for section in sections {
                assert!(section.path.bytes().all(|b| b.is_ascii_lowercase()), "{}", section.path);
                assert!(!section.forms.is_empty() && !section.done.is_empty(), "{}", section.label);
            }
        }
        check(SERVICE);
        check(PERSON);
        check(SCHEDULE);
    }
}
