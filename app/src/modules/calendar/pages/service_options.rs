//! The sections of a service beyond what every one has: what clients choose, what they are asked, the rules. The server writes them alone.

use leptos::prelude::*;

use super::sections::{Form, section_form};
use crate::{
    modules::calendar::{
        options::{LimitSet, Location, Need, Question, ServiceOptions, TINTS, Window},
        setup_options::{KINDS, PAYMENTS, QUESTIONS, RULES, kind_word, payment_word, rows, rule_word},
        setup_wire::ServiceForm,
        typed,
    },
    ui::{Checkbox, CopyField, DateField, Field, FormState, Notice, Select, TextArea, Tone},
};

/// Lengths, places, seats, the category.
pub fn choices(org: &str, service: ServiceForm, forms: &[Form]) -> AnyView {
    let Some(form) = forms.first().copied() else { return ().into_any() };
    let (state, options) = (form.state, service.options.clone());
    let lengths = (0..rows("lengths", options.lengths.len())).map(|row| {
        let length = options.lengths.get(row);
        let minutes = length.map(|length| typed::minutes_as_typed(length.minutes)).unwrap_or_default();
        let price = length.map(|length| typed::price_as_typed(length.price_cents)).unwrap_or_default();
        view! {
            <div class="fields-row">
                <Field form=state name=field("lengths", row, "minutes") label=nth("Length", row) autocomplete="off" optional=true maxlength=40 value=minutes/>
                <Field form=state name=field("lengths", row, "price_cents") label=nth("Price in dollars", row) inputmode="decimal" autocomplete="off" optional=true maxlength=20 value=price/>
            </div>
        }
    });
    let places =
        (0..rows("locations", options.locations.len())).map(|row| place(state, row, options.locations.get(row)));
    let own = format!(
        "It takes {} and costs ${}. Here are others that clients may choose instead; leave a row empty to remove it.",
        service.duration, service.price
    );
    let other_lengths = view! {
        <p class="soft">{own}</p>
        {lengths.collect_view()}
    };
    let meets = view! {
        <p class="soft">"Without any it is at your address. Clients choose where there are several; leave a row empty to remove it."</p>
        {places.collect_view()}
    };
    let seats = view! {
        <div class="fields-row">
            <Field form=state name="options.capacity" label="Clients at the same time" hint="More than one: they share the time, like in a class." inputmode="numeric" autocomplete="off" maxlength=4 value=options.capacity.0.to_string()/>
            <Field form=state name="options.most_seats" label="Seats in one booking" hint="At most; each costs the price." inputmode="numeric" autocomplete="off" maxlength=4 value=options.most_seats.0.to_string()/>
        </div>
    };
    let has_seats = options.capacity.0 > 1 || options.most_seats.0 > 1;
    let fields = view! {
        <Field form=state name="options.category" label="Category" hint="Services of one category stand together on your page." autocomplete="off" optional=true maxlength=60 value=options.category.clone()/>
        <Select form=state name="options.colour" label="Colour" hint="In your team’s calendar." options=tints(&options.colour) value=options.colour.clone()/>
        {folded(state, "Other lengths", !options.lengths.is_empty(), other_lengths.into_any())}
        {folded(state, "Where", !options.locations.is_empty(), meets.into_any())}
        {folded(state, "Seats", has_seats, seats.into_any())}
    };
    section_form(org, service.id, service.version, form, "What clients choose", fields.into_any())
}

/// The colours that can be chosen, with one that was set by a program.
pub(super) fn tints(now: &str) -> Vec<(String, String)> {
    let usual = std::iter::once((String::new(), "The usual".to_owned()));
    let all = TINTS.iter().map(|(_, label, hex)| ((*hex).to_owned(), (*label).to_owned()));
    let other = !now.is_empty() && TINTS.iter().all(|(.., hex)| *hex != now);
    usual.chain(all).chain(other.then(|| (now.to_owned(), now.to_owned()))).collect()
}

fn place(state: FormState, row: usize, place: Option<&Location>) -> AnyView {
    let kinds = std::iter::once((String::new(), "Choose".to_owned()));
    let kinds =
        kinds.chain(KINDS.iter().map(|(kind, label)| (kind.as_str().to_owned(), (*label).to_owned()))).collect();
    let kind = place.map(|place| place.kind.as_str().to_owned()).unwrap_or_default();
    let (id, label, detail, travel) = place.cloned().map_or_else(Default::default, |place| {
        let travel =
            if place.travel_minutes == 0 { String::new() } else { typed::minutes_as_typed(place.travel_minutes) };
        (place.id, place.label, place.detail, travel)
    });
    view! {
        <div class="option-row stack">
            <input type="hidden" name=sent("locations", row, "id") value=id/>
            <div class="fields-row">
                <Select form=state name=field("locations", row, "kind") label=nth("How you meet", row) options=kinds value=kind/>
                <Field form=state name=field("locations", row, "label") label=nth("What clients read", row) hint="Like “In our studio”. Leave empty for our words." autocomplete="off" optional=true maxlength=100 value=label/>
            </div>
            <div class="fields-row">
                <Field form=state name=field("locations", row, "detail") label=nth("Address, number or link", row) hint="Your own address if empty. The link of a meeting is told to those who have booked." autocomplete="off" optional=true maxlength=500 value=detail/>
                <Field form=state name=field("locations", row, "travel_minutes") label=nth("On the way", row) hint="At the client’s: kept free before and after." autocomplete="off" optional=true maxlength=40 value=travel/>
            </div>
        </div>
    }
    .into_any()
}

/// Questions and terms.
pub fn questions(org: &str, service: ServiceForm, forms: &[Form]) -> AnyView {
    let Some(form) = forms.first().copied() else { return ().into_any() };
    let (state, options) = (form.state, service.options.clone());
    let there_are = options.questions.len();
    let questions = (0..rows("questions", there_are)).map(|row| question(state, row, options.questions.get(row)));
    let fields = view! {
        <p class="soft">"Name, email and phone are asked always. What clients answer here is stored encrypted, and shows at their appointment. To remove a question, empty its words."</p>
        {questions.collect_view()}
        <TextArea form=state name="options.terms" label="Terms that clients accept" hint="They must tick a box to book. Leave empty if there are none." optional=true rows=6 maxlength=5000 value=options.terms.clone()/>
    };
    section_form(org, service.id, service.version, form, "What clients are asked", fields.into_any())
}

fn question(state: FormState, row: usize, question: Option<&Question>) -> AnyView {
    let kinds = QUESTIONS.iter().map(|(kind, label)| (kind_word(*kind).to_owned(), (*label).to_owned())).collect();
    let kind = question.map(|question| kind_word(question.kind).to_owned()).unwrap_or_default();
    let (id, label, hint, choices, required) = question.cloned().map_or_else(Default::default, |question| {
        (question.id, question.label, question.hint, question.choices.join("\n"), question.required)
    });
    view! {
        <fieldset class="option-row stack">
            <legend>{if question.is_some() { nth("Question", row) } else { "Another question".to_owned() }}</legend>
            <input type="hidden" name=sent("questions", row, "id") value=id/>
            <div class="fields-row">
                <Field form=state name=field("questions", row, "label") label="Question" autocomplete="off" optional=true maxlength=200 value=label/>
                <Select form=state name=field("questions", row, "kind") label="How it is answered" options=kinds value=kind/>
            </div>
            <Field form=state name=field("questions", row, "hint") label="A line below it" autocomplete="off" optional=true maxlength=300 value=hint/>
            <TextArea form=state name=field("questions", row, "choices") label="Choices" hint="Each on a line of its own, where there are choices." optional=true maxlength=5000 value=choices/>
            <Checkbox form=state name=field("questions", row, "required") label="It must be answered" value=required/>
        </fieldset>
    }
    .into_any()
}

/// What clients pay when they book, and what comes back to them.
pub fn payment(org: &str, service: ServiceForm, forms: &[Form]) -> AnyView {
    let Some(form) = forms.first().copied() else { return ().into_any() };
    let (state, asks) = (form.state, service.options.payment.clone());
    let kinds = PAYMENTS.iter().map(|(kind, label)| ((*kind).to_owned(), (*label).to_owned())).collect();
    let kind = payment_word(asks.as_ref());
    let refunds = asks.as_ref().map(|asks| asks.refunds.clone()).unwrap_or_default();
    let percent = asks.as_ref().filter(|_| kind == "part").map(|asks| asks.percent.to_string()).unwrap_or_default();
    let cents = asks.and_then(|asks| asks.cents).map(typed::price_as_typed).unwrap_or_default();
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    // Whoever hasn’t said anything yet begins with what most businesses do.
    let until = if kind.is_empty() {
        "24".to_owned()
    } else {
        number(refunds.iter().find(|rule| rule.percent == 100).map(|rule| rule.hours_before))
    };
    let later = number(refunds.iter().find(|rule| rule.percent < 100).map(|rule| rule.percent));
    let account = format!("/app/{org}/calendar/payments");
    let account = (!service.takes_payments).then(|| {
        view! {
            <Notice tone=Tone::Info>
                <p>"Payments aren’t ready, so clients book without paying until they are. "<a href=account rel="external">"See to payments"</a></p>
            </Notice>
        }
    });
    let price = format!("It costs ${}. Clients pay by card when they book; you pay Stripe’s fees.", service.price);
    let fields = view! {
        {account}
        <p class="soft">{price}</p>
        <Select form=state name="options.payment.kind" label="When they book, clients pay" options=kinds value=kind/>
        <div class="fields-row">
            <Field form=state name="options.payment.percent" label="Part of the price" hint="In per cent, where you chose a part." inputmode="numeric" autocomplete="off" optional=true maxlength=3 value=percent/>
            <Field form=state name="options.payment.cents" label="Deposit in dollars" hint="For each seat, where you chose a deposit." inputmode="decimal" autocomplete="off" optional=true maxlength=20 value=cents/>
        </div>
        <fieldset class="stack">
            <legend>"A client who cancels gets back"</legend>
            <div class="fields-row">
                <Field form=state name="options.payment.until" label="All of it, until" hint="Hours before it begins; 0 is until it begins. Empty: never." inputmode="numeric" autocomplete="off" optional=true maxlength=4 value=until/>
                <Field form=state name="options.payment.later" label="After that, a part" hint="In per cent. Empty: nothing." inputmode="numeric" autocomplete="off" optional=true maxlength=3 value=later/>
            </div>
            <p class="soft">"What you cancel or decline yourself is paid back in full, unless you choose otherwise. You can always pay back more. What holds when somebody books goes on holding for them."</p>
        </fieldset>
    };
    section_form(org, service.id, service.version, form, "Payment", fields.into_any())
}

/// Rooms and equipment.
pub fn rooms(org: &str, service: ServiceForm, forms: &[Form]) -> AnyView {
    let Some(form) = forms.first().copied() else { return ().into_any() };
    let state = form.state;
    let list = format!("/app/{org}/calendar/rooms");
    if service.rooms.is_empty() {
        return view! {
            <section class="card stack" aria-labelledby="section">
                <h2 id="section">"Rooms"</h2>
                <p class="soft">"There are no rooms or equipment yet. If it can’t be done in two places at once, "<a href=list>"add them"</a>"."</p>
            </section>
        }
        .into_any();
    }
    let needs = service.options.needs.clone();
    let choices: Vec<(String, String)> =
        std::iter::once((String::new(), "Nothing".to_owned())).chain(service.rooms.clone()).collect();
    let needs = (0..rows("needs", needs.len())).map(|row| {
        let need = needs.get(row);
        let chosen = need.map(|need| need_word(need, &choices)).unwrap_or_default();
        let count = need.map_or_else(|| "1".to_owned(), |need| need.count.0.to_string());
        view! {
            <div class="fields-row">
                <Select form=state name=field("needs", row, "what") label=nth("It needs", row) options=choices.clone() value=chosen/>
                <Field form=state name=field("needs", row, "count") label=nth("How many", row) inputmode="numeric" autocomplete="off" optional=true maxlength=2 value=count/>
            </div>
        }
    });
    let fields = view! {
        <p class="soft">"All of it is booked along with whoever does it, buffers included. Where one isn’t free, the time isn’t offered. What is booked already stays as it is. "<a href=list>"Rooms and equipment"</a></p>
        {needs.collect_view()}
    };
    section_form(org, service.id, service.version, form, "Rooms", fields.into_any())
}

/// The word of a choice that stands for what is needed.
fn need_word(need: &Need, choices: &[(String, String)]) -> String {
    let word = match need.resource {
        Some(id) => format!("one:{id}"),
        None => format!("kind:{}", need.kind),
    };
    // A kind is the same in small and capital letters.
    let same = choices.iter().find(|(choice, _)| choice.to_lowercase() == word.to_lowercase());
    same.map_or(word, |(choice, _)| choice.clone())
}

/// Who takes a booking, confirmation, changes, weeks, limits, dates, the secret link.
pub fn rules(org: &str, service: ServiceForm, forms: &[Form]) -> AnyView {
    let Some(form) = forms.first().copied() else { return ().into_any() };
    let (state, options) = (form.state, service.options.clone());
    let rules = RULES.iter().map(|(rule, label)| (rule_word(*rule).to_owned(), (*label).to_owned())).collect();
    let rule = rule_word(options.assignment.rule);
    let hours = |hours: i64| if hours == 0 { String::new() } else { hours.to_string() };
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let (confirmation, weeks) =
        (number(options.confirmation.map(|asked| asked.hours)), number(options.recurring.map(|one| one.most)));
    let link = secret_link(&service, &options);
    let recurring = view! {
        <Field form=state name="options.recurring.most" label="Weeks, at most" hint="2 to 52: clients may book the same time each week. Empty: once at a time." inputmode="numeric" autocomplete="off" optional=true maxlength=2 value=weeks/>
    };
    let secret = view! {
        <Checkbox form=state name="options.secret" label="Hide it, and take bookings only by its link" hint="Unticked, anybody can find it. Ticked again, it gets a new link." value=options.secret.is_some()/>
        {link}
    };
    let managed = view! {
        <Checkbox form=state name="options.managed" label="Only admins change this service" hint="Without the tick, so do others whom you let set up the calendar." value=options.managed/>
    };
    let fields = view! {
        <fieldset class="stack">
            <legend>"Who takes a booking"</legend>
            <Select form=state name="options.assignment.rule" label="Who" options=rules value=rule/>
            <Field form=state name="options.assignment.period_days" label="Turns are evened out over" hint="In days, 1 to 365; 30 if empty. Whoever was away longer than that doesn’t catch up. Everybody’s share is set under “Who”." inputmode="numeric" autocomplete="off" optional=true maxlength=3 value=hours(options.assignment.period_days)/>
            <Checkbox form=state name="options.assignment.choice" label="Clients may choose a person instead" value=options.assignment.choice/>
        </fieldset>
        <fieldset class="stack">
            <legend>"Confirming bookings"</legend>
            <Field form=state name="options.confirmation.hours" label="You say yes within" hint="In hours, 1 to 336. The time is kept for the client until then. Leave empty to take bookings at once." inputmode="numeric" autocomplete="off" optional=true maxlength=4 value=confirmation/>
        </fieldset>
        <fieldset class="stack">
            <legend>"Waitlist"</legend>
            <Checkbox form=state name="options.waitlist" label="Clients can wait for a time to come free" hint="Who finds none that suits joins the waitlist. What comes free is offered to the first in line, who has it for 15 minutes." value=options.waitlist/>
        </fieldset>
        <fieldset class="stack">
            <legend>"Changes by clients"</legend>
            <div class="fields-row">
                <Field form=state name="options.changes.move_hours" label="Moving, until" hint="Hours before it begins. Empty: until cancelling is late." inputmode="numeric" autocomplete="off" optional=true maxlength=5 value=hours(options.changes.move_hours)/>
                <Field form=state name="options.changes.late_hours" label="Cancelling is late from" hint="Hours before it begins. Empty: never." inputmode="numeric" autocomplete="off" optional=true maxlength=5 value=hours(options.changes.late_hours)/>
            </div>
            <Checkbox form=state name="options.changes.no_late_cancel" label="Late clients have to call" hint="They can’t cancel by their link then." value=options.changes.no_late_cancel/>
        </fieldset>
        {folded(state, "Several weeks at once", options.recurring.is_some(), recurring.into_any())}
        {dates(state, &options)}
        {limits(state, "limits", "Limits for everybody together", options.limits)}
        {limits(state, "client_limits", "Limits for each client", options.client_limits)}
        {folded(state, "Secret link", options.secret.is_some(), secret.into_any())}
        {folded(state, "Who changes it", options.managed, managed.into_any())}
    };
    section_form(org, service.id, service.version, form, "Rules", fields.into_any())
}

/// On which dates it takes place, and at which minutes.
fn dates(state: FormState, options: &ServiceOptions) -> AnyView {
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let later = if options.offset_minutes == 0 { String::new() } else { options.offset_minutes.to_string() };
    let (window, optimise) = (options.window.clone(), options.optimise);
    let is_set = window != Window::default() || options.offset_minutes != 0 || optimise;
    let inside = view! {
        <div class="fields-row">
            <DateField form=state name="options.window.from" label="From" hint="The first day on which it takes place." value=date(window.from)/>
            <DateField form=state name="options.window.until" label="Until" hint="The last one." value=date(window.until)/>
            <Field form=state name="options.window.business_days" label="Weekdays ahead" hint="At most so many, beside the days ahead under “Times”." inputmode="numeric" autocomplete="off" optional=true maxlength=3 value=number(window.business_days)/>
        </div>
        <div class="fields-row">
            <Field form=state name="options.offset_minutes" label="Start later by (minutes)" hint="With 10: at 9:10, 9:40 and so on." inputmode="numeric" autocomplete="off" optional=true maxlength=2 value=later/>
        </div>
        <Checkbox form=state name="options.optimise" label="Avoid gaps that are too short to book" hint="Times move a little to follow each other." value=optimise/>
    };
    folded(state, "Dates and start times", is_set, inside.into_any())
}

fn secret_link(service: &ServiceForm, options: &ServiceOptions) -> Option<AnyView> {
    let word = options.secret.as_ref()?;
    let address = format!("{}{}?key={word}", service.address, service.slug);
    Some(view! { <CopyField id="secret-link" label="Its link" value=address/> }.into_any())
}

fn limits(state: FormState, path: &'static str, legend: &'static str, limits: LimitSet) -> AnyView {
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let minutes = |minutes: Option<i64>| minutes.map(typed::minutes_as_typed).unwrap_or_default();
    let name = |part: &str| format!("options.{path}.{part}");
    let inside = view! {
        <div class="fields-row">
            <Field form=state name=name("per_day") label="Bookings a day" inputmode="numeric" autocomplete="off" optional=true maxlength=5 value=number(limits.per_day)/>
            <Field form=state name=name("per_week") label="A week" inputmode="numeric" autocomplete="off" optional=true maxlength=5 value=number(limits.per_week)/>
            <Field form=state name=name("per_month") label="A month" inputmode="numeric" autocomplete="off" optional=true maxlength=5 value=number(limits.per_month)/>
        </div>
        <div class="fields-row">
            <Field form=state name=name("minutes_per_day") label="Time a day" hint="Like 6 h." autocomplete="off" optional=true maxlength=40 value=minutes(limits.minutes_per_day)/>
            <Field form=state name=name("minutes_per_week") label="A week" autocomplete="off" optional=true maxlength=40 value=minutes(limits.minutes_per_week)/>
            <Field form=state name=name("minutes_per_month") label="A month" autocomplete="off" optional=true maxlength=40 value=minutes(limits.minutes_per_month)/>
        </div>
    };
    folded(state, legend, limits != LimitSet::default(), inside.into_any())
}

/// What most services leave as it is: folded until it is set. A form that comes back has nothing hidden, so that each error is in sight.
fn folded(state: FormState, legend: &'static str, is_set: bool, inside: AnyView) -> AnyView {
    let open = is_set || state.message().with_untracked(Option::is_some);
    view! {
        <details class="folds" open=open>
            <summary>{legend}</summary>
            <fieldset class="stack">
                <legend class="sr-only">{legend}</legend>
                {inside}
            </fieldset>
        </details>
    }
    .into_any()
}

/// The name of a row’s field: `options.lengths.0.minutes`.
fn field(list: &str, row: usize, name: &str) -> String {
    format!("options.{list}.{row}.{name}")
}

/// The same as it is sent.
fn sent(list: &str, row: usize, name: &str) -> String {
    format!("options[{list}.{row}.{name}][]")
}

/// "Length 2": each row’s field has a name of its own.
fn nth(label: &str, row: usize) -> String {
    format!("{label} {}", row + 1)
}
