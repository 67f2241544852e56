//! `/app/{org}/scoreboard/metrics` and below: what is counted. The server writes them alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    modules::scoreboard::{
        api::{AddMetric, MoveMetric, SaveMetric},
        ids::MetricId,
        metrics,
        store::Metric,
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, DoneNotice, Empty, Field, Form, FormMessage, FormState, Post, PostForm, Select, SettingsFrame,
        SettingsHead, SubmitButton, given, org_of_address, radio_cards, step,
    },
};

const DONE: &[(&str, &str)] = &[("saved", "Saved. Boards show it already."), ("moved", "Moved.")];

const WHAT: &[(&str, &str, &str)] = &[
    ("money", "Money", "Dollars and cents, added up: sales, invoices, donations."),
    ("number", "A number", "Something that is counted or measured, added up: calls, new clients, hours."),
    (
        "ratio",
        "A ratio",
        "One divided by another: new clients ÷ calls. Nobody enters it, and it is right for each person, each team and all together.",
    ),
    ("formula", "A formula", "Reckoned from others: (visits - cancelled) / hours."),
    ("formula_money", "A formula that comes to money", "The same, where the result is dollars: sales / calls."),
];

const ENTERED_BY: &[(&str, &str, &str)] = &[
    ("everyone", "Everyone", "Members enter what is theirs; managers enter anybody’s."),
    ("managers", "Managers", "Only they enter it, for everybody."),
    ("programs", "Programs", "It comes in by itself, through the API. Nobody types it."),
];

const SHOWN_TO: &[(&str, &str, &str)] = &[
    ("everyone", "Everyone", "Each member sees the whole board."),
    ("own", "Each their own place", "Members see only their own place and figure; managers see all."),
    ("managers", "Managers", "For everybody else it isn’t there."),
];

/// The list, in the dashboard's frame.
#[component]
pub fn MetricsRoute() -> AnyView {
    let org = org_of_address();
    let (add, place) = (Form::of(Post::to::<AddMetric>()), Form::of(Post::to::<MoveMetric>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let all = metrics::all(&platform, &actor, &slug).await?;
        Ok((slug, all))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, all)| list(&slug, &all, add, place))}</SettingsFrame> }
        .into_any()
}

fn list(org: &str, all: &[Metric], add: Form, place: Form) -> AnyView {
    let body = if all.is_empty() {
        view! {
            <Empty title="Nothing is counted yet" icon="chart">
                <p>"Say what matters in your business: sales in dollars, calls, new clients. Each result is entered as it happens; boards add them up and show who stands where."</p>
                <p>"Begin with one. What is reckoned from others, like sales for each call, can come later."</p>
            </Empty>
        }
        .into_any()
    } else {
        let last = all.len() - 1;
        let lines = all
            .iter()
            .enumerate()
            .map(|(at, metric)| line(org, all, metric, at == 0, at == last, place.post))
            .collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let refused = [add, place].iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let back = format!("/app/{org}/settings");
    view! {
        <SettingsHead title="What is counted" about="What your team enters, and what is reckoned from it. Boards offer it in this order; the first one shows first." back=back/>
        {done}
        <FormMessage form=place.state/>
        {body}
        {another(org, all, add)}
    }
    .into_any()
}

fn line(org: &str, all: &[Metric], metric: &Metric, first: bool, last: bool, place: Post) -> AnyView {
    let (id, name) = (metric.id.to_string(), metric.name.clone());
    let off = (!metric.active).then(|| view! { <Badge label="Not in use"/> });
    let lower = if metric.lower_is_better { ". Lower is better" } else { "" };
    let what = format!("{}{lower}", in_words(metric, all));
    view! {
        <li class="line" data-metric=metric.key.clone()>
            <div class="line-text">
                <p class="line-title"><a href=format!("/app/{org}/scoreboard/metrics/{id}")>{name.clone()}</a> " " {off}</p>
                <p class="soft">{what}</p>
                <p class="soft">{who(metric)}</p>
            </div>
            <div class="line-end">
                {step(org, &id, format!("Move {name} up"), "up", true, first, place)}
                {step(org, &id, format!("Move {name} down"), "down", false, last, place)}
            </div>
        </li>
    }
    .into_any()
}

/// The form for another. What depends on what it is stands in groups, and all of them show: without a program nothing could open them.
fn another(org: &str, all: &[Metric], Form { post, state }: Form) -> AnyView {
    let org = org.to_owned();
    let decimals = [("0", "None: 12"), ("1", "One: 12.5"), ("2", "Two: 12.50"), ("3", "Three"), ("4", "Four")]
        .map(|(value, label)| (value.to_owned(), label.to_owned()))
        .to_vec();
    let (parts, formula) =
        (parts_fields(state, all, String::new(), String::new()), formula_field(state, all, None, String::new()));
    view! {
        <section class="card stack" aria-labelledby="add-metric">
            <h2 id="add-metric">"Add something to count"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <Field form=state name="name" label="Name" hint="As boards show it, like “Sales” or “Calls”." autocomplete="off" maxlength=100/>
                {radio_cards(state, "what", "What it is", cards(WHAT), "money".to_owned())}
                {better_field(state, false)}
                <p class="soft">"Now fill in what goes with your choice. The rest is left aside."</p>
                <fieldset class="stack">
                    <legend>"For money"</legend>
                    {gst_field(state, "including".to_owned())}
                </fieldset>
                <fieldset class="stack">
                    <legend>"For numbers, ratios and formulas"</legend>
                    <div class="fields-row">
                        {suffix_field(state, String::new())}
                        <Select form=state name="decimals" label="Decimals" hint="They stay. A ratio mostly needs one or two." options=decimals value="0"/>
                    </div>
                </fieldset>
                <fieldset class="stack">
                    <legend>"For a ratio"</legend>
                    {parts}
                </fieldset>
                <fieldset class="stack">
                    <legend>"For a formula"</legend>
                    {formula}
                </fieldset>
                <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// One of them, in the dashboard's frame.
#[component]
pub fn MetricRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let save = Form::of(Post::to::<SaveMetric>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let all = metrics::all(&platform, &actor, &slug).await?;
        let metric = metrics::find(&all, &id)?.clone();
        Ok((slug, all, metric))
    };
    let body = written(read, move |(slug, all, metric)| show(&slug, &all, metric, save));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

fn show(org: &str, all: &[Metric], metric: Metric, Form { post, state }: Form) -> AnyView {
    let refused = state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| {
        view! { <DoneNotice words=&[("added", "Added. Boards show it already. Here is what else you can say about it.")]/> }
    });
    let list = format!("/app/{org}/scoreboard/metrics");
    let (org, id, stays) = (org.to_owned(), metric.id.to_string(), what_stays(&metric));
    let (own, entering) = (own_fields(state, all, &metric), who_enters(state, &metric));
    view! {
        <SettingsHead title=metric.name.clone() back=list back_label="What is counted"/>
        {done}
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">"What it is"</h2>
            <p class="soft">{stays}</p>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(metric.version)/>
                <Field form=state name="name" label="Name" hint="As boards show it." autocomplete="off" maxlength=100 value=metric.name/>
                <Field form=state name="word" label="Word" hint="What it is called in formulas, files and the API. A program that sends results has to use the new one." autocomplete="off" maxlength=40 value=metric.key/>
                {own}
                {better_field(state, metric.lower_is_better)}
                {entering}
                {radio_cards(state, "shown_to", "Who sees it", cards(SHOWN_TO), metric.shown_to)}
                <Checkbox form=state name="active" label="In use" hint="Without the tick it isn’t offered on boards or forms. What was entered stays, and counts where others are reckoned from it." value=metric.active/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// The fields that fit what it is. What has no field goes along as it is kept, so that nobody hears that it differs.
fn own_fields(state: FormState, all: &[Metric], metric: &Metric) -> AnyView {
    let parts = match metric.kind.as_str() {
        "ratio" => {
            let word = |id: Option<MetricId>| other(all, id).map(|other| other.key.clone()).unwrap_or_default();
            parts_fields(state, all, word(metric.numerator_id), word(metric.denominator_id))
        }
        "formula" => formula_field(state, all, Some(metric.id), metric.formula.clone()),
        _ => ().into_any(),
    };
    let unit = if metric.unit == "money" {
        gst_field(state, metric.gst.clone())
    } else {
        view! { {kept("gst", metric.gst.clone())} {suffix_field(state, metric.suffix.clone())} }.into_any()
    };
    view! { {parts} {unit} }.into_any()
}

/// Nobody enters what is reckoned from others.
fn who_enters(state: FormState, metric: &Metric) -> AnyView {
    let entered_by = metric.entered_by.clone();
    if !metric.is_sum() {
        let approval = metric.approval.then(|| kept("approval", "true".to_owned()));
        return view! { {kept("entered_by", entered_by)} {approval} }.into_any();
    }
    view! {
        {radio_cards(state, "entered_by", "Who enters it", cards(ENTERED_BY), entered_by)}
        <Checkbox form=state name="approval" label="A manager says yes first" hint="What a member enters counts once a manager has said yes. What managers and programs enter counts at once." value=metric.approval/>
    }
    .into_any()
}

fn gst_field(state: FormState, value: String) -> AnyView {
    let options = [("including", "Including GST"), ("excluding", "Excluding GST")]
        .map(|(value, label)| (value.to_owned(), label.to_owned()))
        .to_vec();
    view! { <Select form=state name="gst" label="Amounts are" hint="So that everybody enters the same. It changes no figure." options=options value=value/> }
        .into_any()
}

fn suffix_field(state: FormState, value: String) -> AnyView {
    view! { <Field form=state name="suffix" label="Word after it" hint="Like “calls” or “h”. With “%”, a ratio of 0.25 shows as 25%." autocomplete="off" optional=true maxlength=20 value=value/> }
        .into_any()
}

fn better_field(state: FormState, lower: bool) -> AnyView {
    let options = [
        ("higher", "Higher is better: sales, calls"),
        ("lower", "Lower is better: complaints, minutes until an answer"),
    ]
    .map(|(value, label)| (value.to_owned(), label.to_owned()))
    .to_vec();
    let value = if lower { "lower" } else { "higher" };
    view! { <Select form=state name="better" label="Who is in front" options=options value=value/> }.into_any()
}

/// What a ratio divides: two that are added up.
fn parts_fields(state: FormState, all: &[Metric], numerator: String, denominator: String) -> AnyView {
    let sums = all.iter().filter(|metric| metric.is_sum()).map(|metric| (metric.key.clone(), metric.name.clone()));
    let options: Vec<(String, String)> = std::iter::once((String::new(), "Choose".to_owned())).chain(sums).collect();
    view! {
        <div class="fields-row">
            <Select form=state name="numerator" label="What is divided" hint="Like new clients." options=options.clone() value=numerator/>
            <Select form=state name="denominator" label="By what" hint="Like calls." options=options value=denominator/>
        </div>
    }
    .into_any()
}

/// `own`: the one whose formula it is; where there is none yet, it may be that none is meant.
fn formula_field(state: FormState, all: &[Metric], own: Option<MetricId>, value: String) -> AnyView {
    let words: Vec<&str> =
        all.iter().filter(|metric| Some(metric.id) != own).map(|metric| metric.key.as_str()).collect();
    let words = if words.is_empty() {
        "There is nothing yet that it could be reckoned from.".to_owned()
    } else {
        format!("You can use these words: {}.", words.join(", "))
    };
    let hint = format!("With + - * / and brackets, min(…, …) and max(…, …); money is in dollars. {words}");
    view! { <Field form=state name="formula" label="Formula" hint=hint autocomplete="off" optional=own.is_none() maxlength=500 value=value/> }
        .into_any()
}

fn kept(name: &'static str, value: String) -> AnyView {
    view! { <input type="hidden" name=name value=value/> }.into_any()
}

fn cards(all: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    all.iter().map(|(value, label, about)| ((*value).to_owned(), (*label).to_owned(), (*about).to_owned())).collect()
}

fn other(all: &[Metric], id: Option<MetricId>) -> Option<&Metric> {
    all.iter().find(|other| Some(other.id) == id)
}

/// “Money, including GST”, “Number of calls”, “Sales ÷ Calls”, “= revenue / hours”.
fn in_words(metric: &Metric, all: &[Metric]) -> String {
    let suffix = metric.suffix.trim();
    let gst = if metric.gst == "excluding" { "excluding GST" } else { "including GST" };
    let after = |words: String| if suffix.is_empty() { words } else { format!("{words}, in {suffix}") };
    match (metric.kind.as_str(), metric.unit.as_str()) {
        ("ratio", unit) => {
            let name = |id: Option<MetricId>| other(all, id).map(|other| other.name.as_str()).unwrap_or_default();
            let divided = format!("{} ÷ {}", name(metric.numerator_id), name(metric.denominator_id));
            if unit == "money" { format!("{divided}, in dollars {gst}") } else { after(divided) }
        }
        ("formula", "money") => format!("= {}, in dollars {gst}", metric.formula),
        ("formula", _) => after(format!("= {}", metric.formula)),
        (_, "money") => format!("Money, {gst}"),
        // “Number of h” would be no words.
        _ if suffix.chars().count() > 2 => format!("Number of {suffix}"),
        _ => after("A number".to_owned()),
    }
}

/// Who enters it, and who sees it.
fn who(metric: &Metric) -> String {
    let entering = match (metric.is_sum(), metric.entered_by.as_str(), metric.approval) {
        (false, ..) => "Nobody enters it",
        (true, "everyone", false) => "Everyone enters their own",
        (true, "everyone", true) => "Everyone enters their own, and a manager says yes",
        (true, "managers", _) => "Managers enter it",
        _ => "It comes in through the API",
    };
    let seeing = match metric.shown_to.as_str() {
        "everyone" => "everyone sees it",
        "own" => "each sees only their own place",
        _ => "only managers see it",
    };
    format!("{entering}; {seeing}.")
}

/// What can't be changed of it, and why.
fn what_stays(metric: &Metric) -> String {
    let numbers = match metric.decimals {
        0 => "whole numbers".to_owned(),
        1 => "numbers with one decimal".to_owned(),
        more => format!("numbers with {more} decimals"),
    };
    let what = match (metric.kind.as_str(), metric.unit.as_str()) {
        ("ratio", "money") => "It divides one by another, and comes to dollars and cents.".to_owned(),
        ("ratio", _) => format!("It divides one by another, and shows {numbers}."),
        ("formula", "money") => "It is reckoned by a formula, and comes to dollars and cents.".to_owned(),
        ("formula", _) => format!("It is reckoned by a formula, and shows {numbers}."),
        (_, "money") => "It adds up dollars and cents.".to_owned(),
        _ => format!("It adds up {numbers}."),
    };
    let why = if metric.is_sum() { "because its entries were entered as that" } else { "for boards have shown it so" };
    format!(
        "{what} That stays, unit and decimals too, {why}. If you want it otherwise, add another and take this one out of use."
    )
}
