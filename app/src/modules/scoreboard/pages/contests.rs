//! `/app/{org}/scoreboard/contests` and below: contests, who stands where in them, and the badges that people came by.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;
use maud::{Markup, html};

use super::{
    day_words,
    tabs::{Tab, tabs},
};
use crate::{
    modules::scoreboard::{
        amount,
        api_contests::{AddContest, CancelContest, SaveContest, SignOffContest},
        badges::{Held, Holder},
        contest_rules::{Kind, State},
        contests::{
            Contest, Part, in_short,
            page::{self, Card, Choices, ContestPage, ListPage, usual_last_day},
            standing::{Late, Line, Standing},
        },
        ranking::Ties,
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Checkboxes, Choice, DashboardShell, DateField, DoneNotice, Empty, Field, Form, FormMessage, FormState,
        Icon, Kind as Look, LinkButton, Notice, PageHeader, PageTitle, Post, PostForm, Select, SubmitButton, TextArea,
        Tone, confirmed_by, folded_by, given, icon_markup, org_of_address, radio_cards,
    },
};

const DONE: &[(&str, &str)] = &[
    ("added", "It is set up."),
    ("saved", "Saved."),
    ("signed_off", "Signed off. What it came to stays as it is."),
    ("cancelled", "Cancelled. Nobody wins it."),
];

const HOW: &[(&str, &str, &str)] = &[
    ("most", "The most", "Whoever leads at the end wins. Of what is better the less there is, the least."),
    ("race", "A race", "Whoever reaches a goal first wins, by when it happened."),
    ("threshold", "A goal for everybody", "Everybody who reaches the goal wins."),
    ("head_to_head", "Head to head", "Two are against each other: whoever leads at the end wins."),
];

/// The list, in the dashboard's frame.
#[component]
pub fn ContestsRoute() -> AnyView {
    let org = org_of_address();
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = page::list(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    framed(org, written(read, move |(org, page)| list(&org, page)))
}

/// The form for another, in the dashboard's frame.
#[component]
pub fn NewContestRoute() -> AnyView {
    let org = org_of_address();
    let add = Form::of(Post::to::<AddContest>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let choices = page::choices(&platform, &actor, &slug).await?;
        Ok((slug, choices))
    };
    framed(org, written(read, move |(org, choices)| another(org, &choices, add)))
}

/// One of them, in the dashboard's frame.
#[component]
pub fn ContestRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let forms = Forms {
        save: Form::of(Post::to::<SaveContest>()),
        sign_off: Form::of(Post::to::<SignOffContest>()),
        cancel: Form::of(Post::to::<CancelContest>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = page::one(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    framed(org, written(read, move |(org, page)| show(&org, &page, &forms)))
}

fn framed(org: Signal<String>, body: AnyView) -> AnyView {
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn list(org: &str, page: ListPage) -> AnyView {
    let ListPage { open, closed, badges, has_metrics, manages, may_set_up } = page;
    let new = format!("/app/{org}/scoreboard/contests/new");
    let may_add = manages && has_metrics;
    let add = may_add.then(|| view! { <LinkButton href=new.clone()>"Set up a contest"</LinkButton> });
    let contests = if open.is_empty() && closed.is_empty() {
        let more = match (manages, has_metrics) {
            (true, true) => {
                "Some days, something that is counted, and a prize: the most sales this week, the first to make fifty calls."
            }
            (true, false) => "Once something is counted that everybody may see, you can set up contests of it.",
            (false, _) => "Once a manager has set one up, you see here who stands where in it.",
        };
        view! { <Empty title="No contests yet" icon="trophy"><p>{more}</p></Empty> }.into_any()
    } else {
        let (running, coming): (Vec<Card>, Vec<Card>) =
            open.into_iter().partition(|card| card.contest.state != State::Planned);
        let part = |id: &'static str, heading: &'static str, cards: Vec<Card>| {
            (!cards.is_empty()).then(|| {
                let lines = cards.into_iter().map(|card| line(org, card)).collect_view();
                view! {
                    <section class="stack" aria-labelledby=id>
                        <h2 id=id>{heading}</h2>
                        <ul class="lines numbers">{lines}</ul>
                    </section>
                }
            })
        };
        let (running, coming, over) =
            (part("running", "Now", running), part("coming", "To come", coming), part("over", "Over", closed));
        view! { {running} {coming} {over} }.into_any()
    };
    view! {
        <PageTitle text="Contests"/>
        <PageHeader title="Contests" about="What there is to win, and who earned which badge.">{add}</PageHeader>
        {tabs(org, Tab::Contests)}
        {contests}
        {held(org, badges, may_set_up)}
    }
    .into_any()
}

fn line(org: &str, card: Card) -> AnyView {
    let Card { contest, left, leading } = card;
    let href = format!("/app/{org}/scoreboard/contests/{}", contest.id);
    let what = format!("{} · {}", contest.period.label(), in_short(&contest));
    let won = contest.state == State::SignedOff;
    let leading = (!leading.is_empty()).then(|| {
        let names = leading.iter().map(|(name, figure)| format!("{name} {figure}")).collect::<Vec<_>>().join(", ");
        let words = if won { format!("Won by {names}") } else { names };
        view! { <p>{words}</p> }
    });
    view! {
        <li class="line" data-contest=contest.name.clone()>
            <div class="line-text">
                <p class="line-title"><a href=href>{contest.name.clone()}</a> " " <Badge tone=tone(contest.state) label=left/></p>
                <p class="soft">{what}</p>
                {leading}
            </div>
        </li>
    }
    .into_any()
}

const fn tone(state: State) -> Tone {
    match state {
        State::Running => Tone::Success,
        State::Over => Tone::Warning,
        State::Planned => Tone::Info,
        State::SignedOff | State::Cancelled => Tone::Neutral,
    }
}

/// Badges, and who came by them lately.
fn held(org: &str, badges: Vec<Held>, may_set_up: bool) -> AnyView {
    if badges.is_empty() && !may_set_up {
        return ().into_any();
    }
    let set_up = may_set_up.then(|| {
        let href = format!("/app/{org}/scoreboard/badges");
        view! { <p><a href=href>"Set badges up"</a></p> }
    });
    let body = if badges.is_empty() {
        view! { <p class="soft">"No badges yet. People come by them by what they do: a first sale, a best week, five days in a row."</p> }.into_any()
    } else {
        let lines = badges.into_iter().map(badge_line).collect_view();
        view! { <ul class="lines numbers">{lines}</ul> }.into_any()
    };
    view! {
        <section class="stack" aria-labelledby="badges">
            <h2 id="badges">"Badges"</h2>
            {body}
            {set_up}
        </section>
    }
    .into_any()
}

fn badge_line(held: Held) -> AnyView {
    let Held { badge, what, by, more } = held;
    let icon = icon_markup(&badge.icon).into_string();
    let who = |one: &Holder| {
        let name = if one.own { "You" } else { one.name.as_str() };
        format!("{name}, {}", one.day.strftime("%-d %B"))
    };
    let names = by.iter().map(who).collect::<Vec<_>>().join(" · ");
    let names = match (by.is_empty(), more) {
        (true, _) => "Nobody lately.".to_owned(),
        (false, 0) => names,
        (false, more) => format!("{names} · and {more} more"),
    };
    view! {
        <li class="line" data-badge=badge.name.clone()>
            <span class="badge-icon" inner_html=icon></span>
            <div class="line-text">
                <p class="line-title">{badge.name.clone()}</p>
                <p class="soft">{what}</p>
                <p>{names}</p>
            </div>
        </li>
    }
    .into_any()
}

fn another(org: String, choices: &Choices, Form { post, state }: Form) -> AnyView {
    let list = format!("/app/{org}/scoreboard/contests");
    let fields = fields(state, choices, None);
    view! {
        <PageTitle text="Set up a contest"/>
        <a class="back" href=list><Icon name="back"/>"Contests"</a>
        <PageHeader title="Set up a contest" about="Until it begins, all of it can be changed. From then on its last day and its prizes alone."/>
        <section class="card stack">
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                {fields}
                <div class="form-actions"><SubmitButton form=state label="Set it up" busy="Setting it up…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// The fields of a contest: of one that is to change, or of another.
fn fields(state: FormState, choices: &Choices, contest: Option<&Contest>) -> AnyView {
    let value = |of: &dyn Fn(&Contest) -> String| contest.map(of).unwrap_or_default();
    let cards = HOW
        .iter()
        .map(|(value, label, about)| ((*value).to_owned(), (*label).to_owned(), (*about).to_owned()))
        .collect::<Vec<_>>();
    let how = contest.map_or(Kind::Most, |contest| contest.kind).as_str().to_owned();
    let ofs = [("people", "People"), ("teams", "Teams"), ("branches", "Branches")].map(owned).to_vec();
    let ties = [("shared", "Share a place, and each has its prize"), ("first", "Whoever got there first is before")]
        .map(owned)
        .to_vec();
    let everybody = [("everybody", "Everybody"), ("named", "Only those ticked below")].map(owned).into_iter();
    let of_teams = choices.teams.iter().map(|(id, name)| (id.clone(), format!("The people of {name}")));
    let parts = everybody.chain(of_teams).collect::<Vec<_>>();
    let part = contest.map_or_else(
        || "everybody".to_owned(),
        |contest| match &contest.part {
            Part::Everybody => "everybody".to_owned(),
            Part::Team(team) => team.to_string(),
            Part::Named(_) => "named".to_owned(),
        },
    );
    let first = contest.map_or(choices.today, |contest| contest.period.from).to_string();
    let last = contest.map_or(usual_last_day(choices.today), |contest| contest.period.last()).to_string();
    let goal =
        value(&|contest| contest.goal.map(|goal| amount::as_typed(goal, &contest.metric.unit())).unwrap_or_default());
    let hours = value(&|contest| match contest.freeze_hours {
        0 => String::new(),
        hours => hours.to_string(),
    });
    let tie = contest.map_or(Ties::Shared, |contest| contest.ties);
    let tie = if tie == Ties::FirstToReach { "first" } else { "shared" };
    view! {
        <Field form=state name="name" label="Name" hint="Like “Spring sprint”." autocomplete="off" maxlength=100 value=value(&|contest| contest.name.clone())/>
        {radio_cards(state, "how", "How it is won", cards, how)}
        <div class="fields-row">
            <Select form=state name="metric" label="In what" hint="What everybody may see." options=choices.metrics.clone() value=value(&|contest| contest.metric.key.clone())/>
            <Select form=state name="of" label="Between" options=ofs value=value(&|contest| contest.of.as_str().to_owned())/>
        </div>
        <div class="fields-row">
            <DateField form=state name="first_day" label="First day" value=first/>
            <DateField form=state name="last_day" label="Last day" hint="It is over at midnight." value=last/>
        </div>
        <Field form=state name="goal" label="Goal" hint="For a race, and for a goal for everybody. Otherwise it is left aside." inputmode="decimal" autocomplete="off" optional=true maxlength=30 value=goal/>
        <Select form=state name="takes_part" label="Who takes part" options=parts value=part/>
        {named(state, choices, contest)}
        {prizes(state, contest)}
        <Select form=state name="ties" label="Equals" options=ties value=tie/>
        <Field form=state name="freeze_hours" label="Hide the finish for" hint="So many hours before the end who stands where stands still here and on screens, until you sign it off. The boards of what is counted go on." inputmode="numeric" autocomplete="off" optional=true maxlength=3 value=hours/>
    }
    .into_any()
}

/// The people and teams to tick, where only some take part.
fn named(state: FormState, choices: &Choices, contest: Option<&Contest>) -> AnyView {
    let chosen: Vec<String> = match contest.map(|contest| &contest.part) {
        Some(Part::Named(ids)) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    let all = choices.people.iter().chain(&choices.teams);
    let options: Vec<Choice> = all
        .map(|(value, label)| Choice { value: value.clone(), label: label.clone(), chosen: chosen.contains(value) })
        .collect();
    view! {
        <div class="many-checks">
            <Checkboxes form=state name="named" legend="Only some" hint="For a head to head tick the two. People for a contest of people, teams or branches for one of those." options=options/>
        </div>
    }
    .into_any()
}

fn prizes(state: FormState, contest: Option<&Contest>) -> AnyView {
    let prizes = contest.map(|contest| contest.prizes.join("\n")).unwrap_or_default();
    view! { <TextArea form=state name="prizes" label="Prizes" hint="One a line, the first place’s first; five at most." optional=true rows=3 maxlength=1010 value=prizes/> }
        .into_any()
}

fn owned((value, label): (&str, &str)) -> (String, String) {
    (value.to_owned(), label.to_owned())
}

/// What can be done on a contest's page.
#[derive(Clone, Copy)]
struct Forms {
    save: Form,
    sign_off: Form,
    cancel: Form,
}

fn show(org: &str, page: &ContestPage, forms: &Forms) -> AnyView {
    let ContestPage { contest, standing, left, rule, choices } = page;
    let list = format!("/app/{org}/scoreboard/contests");
    let all = [forms.save, forms.sign_off, forms.cancel];
    let refused = all.iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let sentences = rule.iter().map(|words| view! { <li>{words.clone()}</li> }).collect_view();
    let prizes = (!contest.prizes.is_empty()).then(|| {
        let prizes = contest.prizes.iter().map(|prize| view! { <li>{prize.clone()}</li> }).collect_view();
        view! { <h3>"Prizes"</h3> <ol class="contest-prizes">{prizes}</ol> }
    });
    let places = places(contest, standing).into_string();
    let acts = choices.as_ref().map(|choices| acts(org, contest, choices, forms));
    let about = format!("{} · {}", contest.period.label(), in_short(contest));
    view! {
        <PageTitle text=contest.name.clone()/>
        <a class="back" href=list><Icon name="back"/>"Contests"</a>
        <PageHeader title=contest.name.clone() about=about/>
        {done}
        <p class="row"><Badge tone=tone(contest.state) label=left.clone()/></p>
        {notices(standing)}
        <section class="card stack scoreboard numbers" aria-labelledby="places">
            <h2 id="places">"Who stands where"</h2>
            <div inner_html=places></div>
        </section>
        <section class="card stack" aria-labelledby="rule">
            <h2 id="rule">"How it is won"</h2>
            <ul class="contest-rule">{sentences}</ul>
            {prizes}
        </section>
        {acts}
    }
    .into_any()
}

fn notices(standing: &Standing) -> AnyView {
    let hidden = standing.hidden_since.map(|_| {
        view! { <Notice tone=Tone::Info><p>"The finish is hidden: this is how it stood when that began."</p></Notice> }
    });
    let late = (!standing.late.is_empty()).then(|| {
        let changed = standing.late.iter().map(in_words).collect::<Vec<_>>().join("; ");
        view! { <Notice tone=Tone::Info><p>"Since it was signed off, corrections changed the figures: " {changed} ". What was signed off stays."</p></Notice> }
    });
    view! { {hidden} {late} }.into_any()
}

fn in_words(Late { name, before, now }: &Late) -> String {
    format!("{name} {before}, now {now}")
}

fn places(contest: &Contest, standing: &Standing) -> Markup {
    html! {
        @if contest.state == State::Planned {
            p class="soft" { "It begins on " (day_words(contest.period.from)) ". These take part." }
        }
        @if standing.lines.is_empty() {
            p { (if standing.private { "You don’t take part." } else { "Nobody takes part." }) }
        } @else {
            ol class="board" { @for line in &standing.lines { (place(contest, line)) } }
        }
        @if standing.private { p class="soft" { "Each sees only their own place here." } }
    }
}

fn place(contest: &Contest, line: &Line) -> Markup {
    let begun = contest.state != State::Planned;
    html! {
        li class={ "board-line" @if line.own { " is-own" } } data-name=(line.name) {
            span class="board-rank" {
                @match line.rank.filter(|_| begun) { Some(rank) => { (rank) @if line.shared { span class="board-shared" title="Shares this place" { "=" } } }, None => { "–" } }
            }
            div class="board-who" {
                span { (line.name) }
                @if line.own { " " span class="badge" { "You" } }
                @if begun && line.won { " " span class="badge badge-success" { (if contest.state == State::SignedOff { "Won" } else if contest.kind.has_goal() { "Reached it" } else { "Leads" }) } }
                svg class="board-bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                    rect class="board-bar-all" width="1000" height="10" {}
                    rect class="board-bar-share" width=(line.share) height="10" {}
                }
            }
            div class="board-figures" {
                strong { (line.figure) }
                @if let Some(at) = &line.reached { span class="soft" { (at) } }
                @if begun && !line.prize.is_empty() { span class="soft" { (line.prize) } }
            }
        }
    }
}

/// What a manager can do about it.
fn acts(org: &str, contest: &Contest, choices: &Choices, forms: &Forms) -> AnyView {
    let change = match contest.state {
        State::Planned => Some(change(org, contest, fields(forms.save.state, choices, Some(contest)), forms.save)),
        State::Running => {
            let state = forms.save.state;
            let last = contest.period.last().to_string();
            let inside = view! {
                <p class="soft">"It runs: its last day and its prizes can change. Who changed what stays in the audit log."</p>
                <DateField form=state name="last_day" label="Last day" hint="It is over at midnight." value=last/>
                {prizes(state, Some(contest))}
            };
            Some(change(org, contest, inside.into_any(), forms.save))
        }
        State::Over | State::SignedOff | State::Cancelled => None,
    };
    let sign_off = (contest.state == State::Over).then(|| sign_off(org, contest, forms.sign_off));
    let is_open = !matches!(contest.state, State::SignedOff | State::Cancelled);
    let cancel = is_open.then(|| {
        let inside = view! {
            <p>"Nobody wins it. It stays to be seen, and can’t be begun again."</p>
            {hidden_form(org, contest, forms.cancel, "Yes, cancel it", "Cancelling…", Look::Quiet)}
        };
        confirmed_by("Cancel it", forms.cancel.state, inside.into_any())
    });
    view! { {sign_off} {change} {cancel} }.into_any()
}

fn change(org: &str, contest: &Contest, fields: AnyView, Form { post, state }: Form) -> AnyView {
    let (org, id, version) = (org.to_owned(), contest.id.to_string(), contest.version);
    let inside = view! {
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="version" value=state.version(version)/>
            {fields}
            <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
        </PostForm>
    };
    folded_by("Change it", state, inside.into_any())
}

fn sign_off(org: &str, contest: &Contest, form: Form) -> AnyView {
    let button = hidden_form(org, contest, form, "Sign it off", "Signing it off…", Look::Primary);
    view! {
        <section class="card stack" aria-labelledby="sign-off">
            <h2 id="sign-off">"Sign it off"</h2>
            <p>"Who stands where is kept as it is now. Results that come in or are put right later change nothing in it; they are named beside it."</p>
            {button}
        </section>
    }
    .into_any()
}

/// A form of a button alone.
fn hidden_form(
    org: &str,
    contest: &Contest,
    Form { post, state }: Form,
    label: &'static str,
    busy: &'static str,
    kind: Look,
) -> AnyView {
    let (org, id, version) = (org.to_owned(), contest.id.to_string(), contest.version);
    view! {
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="version" value=state.version(version)/>
            <div class="form-actions"><SubmitButton form=state label=label busy=busy kind=kind/></div>
        </PostForm>
    }
    .into_any()
}
