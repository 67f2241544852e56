//! `/app/{org}/scoreboard/people` and below: whose results are counted, and in which teams. The server writes them alone.

use jiff::civil::Date;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::day_words;
use crate::{
    ids::UserId,
    modules::scoreboard::{
        api::{AddLeave, AddScored, JoinTeam, MoveMembership, RemoveLeave, SaveScored, SaveWorks},
        people::{self, Person},
        store::{Membership, Team, targets::Leave},
        views::{self, PeoplePage, Span},
        working,
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, DateField, DoneNotice, Empty, Field, Form, FormMessage, FormState, Kind, Post, PostForm,
        Select, SettingsFrame, SettingsHead, SubmitButton, given, org_of_address,
    },
};

const DONE: &[(&str, &str)] = &[
    ("added", "Added. Results can be entered for them already. If you have teams, say which they are in."),
    ("saved", "Saved."),
];

const LINKED: &str = "Whoever of your members it is: they enter their own results, and see their own place. “Nobody” if they don’t log in.";
const GONE: &str = "Whoever they logged in as doesn’t belong to your organisation any more.";

/// The list, in the dashboard's frame.
#[component]
pub fn PeopleRoute() -> AnyView {
    let org = org_of_address();
    let add = Form::of(Post::to::<AddScored>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::people_page(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, page)| list(&slug, page, add))}</SettingsFrame> }
        .into_any()
}

fn list(org: &str, mut page: PeoplePage, Form { post, state }: Form) -> AnyView {
    let today = page.today;
    // Who left comes last: they are looked for less often.
    page.everybody.people.sort_by_key(|person| has_left(person, today));
    let body = if page.everybody.people.is_empty() {
        view! {
            <Empty title="Nobody yet" icon="users">
                <p>"Add everybody whose results you want to see on a board, even if that is only you. They don’t need to log in: managers can enter for them."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = page.everybody.people.iter().map(|person| line(org, &page, person)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let (members, back, org) = (who_they_can_be(&page, None), format!("/app/{org}/settings"), org.to_owned());
    view! {
        <SettingsHead title="People on the scoreboard" about="Whose results are counted. Whoever leaves goes from today’s boards, and stays on those of before." back=back/>
        {body}
        <section class="card stack" aria-labelledby="add-person">
            <h2 id="add-person">"Add somebody"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                {name_fields(state, String::new(), String::new())}
                {member_field(state, members, String::new(), LINKED)}
                <DateField form=state name="joined_on" label="First day" hint="Nothing before it can be theirs. Empty: from the beginning."/>
                <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, page: &PeoplePage, person: &Person) -> AnyView {
    let today = page.today;
    let joins = person.joined.filter(|joined| *joined > today).map(|joined| format!("From {}", day_words(joined)));
    let leaves = person.left.map(|left| {
        let when = if has_left(person, today) { "Left on" } else { "Last day" };
        format!("{when} {}", day_words(left))
    });
    let hidden = person.opted_out.then(|| "Not on boards".to_owned());
    let badges = [joins, leaves, hidden].into_iter().flatten();
    let badges = badges.map(|label| view! { <Badge label=label/>" " }).collect_view();
    let teams: Vec<&str> =
        views::teams_on(&page.everybody, person, today).into_iter().map(|team| team.name.as_str()).collect();
    let teams = match teams.as_slice() {
        [] if has_left(person, today) => None,
        [] => Some("In no team today".to_owned()),
        teams => Some(format!("In {}", teams.join(", "))),
    };
    let teams = teams.map(|words| view! { <p class="soft">{words}</p> });
    let login = match person.user {
        None => "No login is linked to them".to_owned(),
        Some(user) => match label_of(page, user) {
            Some(label) => format!("Logs in as {label}"),
            None => GONE.to_owned(),
        },
    };
    let href = format!("/app/{org}/scoreboard/people/{}", person.id);
    view! {
        <li class="line" data-person=person.name.clone()>
            <div class="line-text">
                <p class="line-title"><a href=href>{person.name.clone()}</a> " " {badges}</p>
                <p class="soft">{login}</p>
                {teams}
            </div>
        </li>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct Forms {
    save: Form,
    join: Form,
    change: Form,
    working: super::working::Forms,
}

/// One of them, in the dashboard's frame.
#[component]
pub fn PersonRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let forms = Forms {
        save: Form::of(Post::to::<SaveScored>()),
        join: Form::of(Post::to::<JoinTeam>()),
        change: Form::of(Post::to::<MoveMembership>()),
        working: super::working::Forms {
            days: Form::of(Post::to::<SaveWorks>()),
            away: Form::of(Post::to::<AddLeave>()),
            back: Form::of(Post::to::<RemoveLeave>()),
        },
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::people_page(&platform, &actor, &slug).await?;
        let person = people::find(&page.everybody.people, &id)?.clone();
        let leave = working::leave(&platform, &actor, &slug, &id).await?;
        Ok((slug, page, person, leave))
    };
    let body = written(read, move |(slug, page, person, leave)| show(&slug, &page, &person, leave, &forms));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

fn show(org: &str, page: &PeoplePage, person: &Person, leave: Vec<Leave>, forms: &Forms) -> AnyView {
    let own = [forms.save, forms.join, forms.change];
    let refused =
        forms.working.is_refused() || own.iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let back = format!("/app/{org}/scoreboard/people");
    let bests = format!("/app/{org}/scoreboard/bests/{}", person.id);
    view! {
        <SettingsHead title=person.name.clone() back=back back_label="People on the scoreboard"/>
        {done}
        <p><a href=bests>"Streaks and bests"</a></p>
        {who(org, page, person, forms.save)}
        {teams(org, page, person, forms.change)}
        {another(org, page, person, forms)}
        {super::working::sections(org, person, leave, page.today, &forms.working)}
    }
    .into_any()
}

fn who(org: &str, page: &PeoplePage, person: &Person, Form { post, state }: Form) -> AnyView {
    let (org, id) = (org.to_owned(), person.id.to_string());
    let typed = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let (joined, left) = (typed(person.joined), typed(person.left));
    let names = name_fields(state, person.name.clone(), person.aliases.join(", "));
    let member = person.user.map(|user| user.to_string()).unwrap_or_default();
    let hint = match person.user {
        Some(user) if label_of(page, user).is_none() => GONE,
        _ => LINKED,
    };
    let member = member_field(state, who_they_can_be(page, Some(person)), member, hint);
    let (version, opted_out) = (person.version, person.opted_out);
    view! {
        <section class="card stack" aria-labelledby="who">
            <h2 id="who">"Who they are"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                {names}
                {member}
                <div class="fields-row">
                    <DateField form=state name="joined_on" label="First day" hint="Empty: from the beginning." value=joined/>
                    <DateField form=state name="left_on" label="Last day" hint="Empty: they are with you. From the day after they are on no board of today; what they did stays." value=left/>
                </div>
                <Checkbox form=state name="opted_out" label="Not on boards" hint="Others see their name and figures on no board or screen. They still count for their teams and the total." value=opted_out/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// Their times in teams, the latest first.
fn teams(org: &str, page: &PeoplePage, person: &Person, form: Form) -> AnyView {
    let everybody = &page.everybody;
    let theirs = everybody.memberships.iter().rev().filter(|one| one.person_id == person.id);
    let theirs: Vec<(&Membership, &Team)> =
        theirs.filter_map(|one| Some((one, everybody.teams.iter().find(|team| team.id == one.team_id)?))).collect();
    // Which of the forms came back.
    let typed = form.state.value("membership");
    let came_back = |one: &Membership| typed.as_ref().is_some_and(|typed| *typed == one.id.to_string());
    let is_gone = typed.is_some() && !theirs.iter().any(|(one, _)| came_back(one));
    let message = is_gone.then(|| view! { <FormMessage form=form.state/> });
    let body = if theirs.is_empty() {
        view! { <p class="soft">"None yet."</p> }.into_any()
    } else {
        let lines =
            theirs.iter().map(|(one, team)| time(org, one, team, page.today, came_back(one), form)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    view! {
        <section class="card stack" aria-labelledby="teams">
            <h2 id="teams">"Teams and branches"</h2>
            <p class="soft">"What they do counts for the teams that they are in on its day. Who changes team takes nothing along."</p>
            {message}
            {body}
        </section>
    }
    .into_any()
}

fn time(org: &str, one: &Membership, team: &Team, today: Date, here: bool, Form { post, state }: Form) -> AnyView {
    let when = Span::of(one).map(|span| span_words(span, today)).unwrap_or_default();
    let takes_away = here && state.value("never").is_some();
    let moves = here && !takes_away;
    let said = |shown: bool| shown.then(|| view! { <FormMessage form=state/> }.into_any());
    let own = (!moves).then(|| one.id.to_string());
    let days = days(state, own, one.since.clone(), one.until.clone().unwrap_or_default());
    let (message, sent) = (said(moves), about(org, one));
    let change = view! {
        <PostForm post=post class="stack">
            {message}
            {sent}
            {days}
            <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
        </PostForm>
    };
    let (message, sent, since) = (said(takes_away), about(org, one), one.since.clone());
    let words = format!(
        "As if it had never been: what they did then stops counting for {}, on boards of before, too. To end it, give it a last day instead.",
        team.name
    );
    let never = view! {
        <p>{words}</p>
        <PostForm post=post class="stack">
            {message}
            {sent}
            <input type="hidden" name="since" value=since/>
            <input type="hidden" name="never" value="true"/>
            <div class="form-actions"><SubmitButton form=state label="Yes, delete it" busy="Deleting…" kind=Kind::Quiet/></div>
        </PostForm>
    };
    let of_what = format!("{}, {when}", team.name);
    let off = (!team.active).then(|| view! { <Badge label="Not on boards"/> });
    view! {
        <li class="line" data-team=team.name.clone()>
            <div class="line-text">
                <p class="line-title">{team.name.clone()} " " {off}</p>
                <p class="soft">{when}</p>
            </div>
            <div class="line-end">
                {opened("Change", of_what.clone(), moves, "confirm-panel is-calm stack", change.into_any())}
                {opened("Delete", of_what, takes_away, "confirm-panel stack", never.into_any())}
            </div>
        </li>
    }
    .into_any()
}

/// What is opened before it is done, where each line has one: only what came back is open.
fn opened(summary: &'static str, of_what: String, open: bool, class: &'static str, inside: AnyView) -> AnyView {
    view! {
        <details class="confirm" open=open>
            <summary class="btn btn-quiet" aria-label=format!("{summary}: {of_what}")>{summary}</summary>
            <div class=class>{inside}</div>
        </details>
    }
    .into_any()
}

/// Which time in a team a form is about.
fn about(org: &str, one: &Membership) -> AnyView {
    let (org, id) = (org.to_owned(), one.id.to_string());
    view! {
        <input type="hidden" name="org" value=org/>
        <input type="hidden" name="membership" value=id/>
    }
    .into_any()
}

fn another(org: &str, page: &PeoplePage, person: &Person, forms: &Forms) -> AnyView {
    let Form { post, state } = forms.join;
    let open: Vec<&Team> = page.everybody.teams.iter().filter(|team| team.active).collect();
    if open.is_empty() {
        let href = format!("/app/{org}/scoreboard/teams");
        return view! {
            <section class="card stack" aria-labelledby="another">
                <h2 id="another">"Put them in a team"</h2>
                <p class="soft">"There is no team or branch to put them in. If you want to count people together, "<a href=href>"add one"</a>"."</p>
            </section>
        }
        .into_any();
    }
    let label = |team: &Team| if team.kind == "branch" { format!("{} (branch)", team.name) } else { team.name.clone() };
    let teams = open.into_iter().map(|team| (team.id.to_string(), label(team)));
    let teams = std::iter::once((String::new(), "Choose".to_owned())).chain(teams).collect();
    // Where a line came back, the usual names are its fields'.
    let own = forms.change.state.value("membership").map(|_| "another".to_owned());
    let days = days(state, own, page.today.to_string(), String::new());
    let (org, id) = (org.to_owned(), person.id.to_string());
    view! {
        <section class="card stack" aria-labelledby="another">
            <h2 id="another">"Put them in a team"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <Select form=state name="team" label="Team or branch" hint="They can be in several. To move them, also give the one before a last day." options=teams/>
                {days}
                <div class="form-actions"><SubmitButton form=state label="Put them in" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// From when until when. There are several such forms on the page: with `own` the fields have names of their own on it, without it they are
/// those that the form's message leads to, and hold what was typed.
fn days(state: FormState, own: Option<String>, since: String, until: String) -> AnyView {
    const STILL: &str = "Empty: there is no last day yet.";
    const FROM: &str = "What they did before it stays where it is.";
    let Some(own) = own else {
        return view! {
            <div class="fields-row">
                <DateField form=state name="since" label="First day" hint=FROM value=since/>
                <DateField form=state name="until" label="Last day" hint=STILL value=until/>
            </div>
        }
        .into_any();
    };
    let field = |name: &'static str, label: &'static str, hint: &'static str, value: String| {
        let (id, hint_id) = (format!("{name}-{own}"), format!("{name}-{own}-hint"));
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <p class="field-hint" id=hint_id.clone()>{hint}</p>
                <input class="input" id=id name=name type="date" value=value aria-describedby=hint_id/>
            </div>
        }
    };
    view! {
        <div class="fields-row">
            {field("since", "First day", FROM, since)}
            {field("until", "Last day", STILL, until)}
        </div>
    }
    .into_any()
}

fn name_fields(state: FormState, name: String, aliases: String) -> AnyView {
    view! {
        <Field form=state name="name" label="Name" hint="As boards show it." autocomplete="off" maxlength=100 value=name/>
        <Field form=state name="aliases" label="Also called" hint="What files and other programs call them, with commas between: “Sam P, SP”." autocomplete="off" optional=true maxlength=1100 value=aliases/>
    }
    .into_any()
}

fn member_field(state: FormState, members: Vec<(String, String)>, value: String, hint: &'static str) -> AnyView {
    view! { <Select form=state name="member" label="Logs in as" hint=hint options=members value=value/> }.into_any()
}

/// Who somebody can be: nobody, or a member who isn't one of the others already.
fn who_they_can_be(page: &PeoplePage, person: Option<&Person>) -> Vec<(String, String)> {
    let of_others = page.everybody.people.iter().filter(|other| person.is_none_or(|person| person.id != other.id));
    let taken: Vec<UserId> = of_others.filter_map(|other| other.user).collect();
    let free = page.members.iter().filter(|(user, _)| !taken.contains(user));
    let free = free.map(|(user, label)| (user.to_string(), label.clone()));
    std::iter::once((String::new(), "Nobody".to_owned())).chain(free).collect()
}

fn label_of(page: &PeoplePage, user: UserId) -> Option<&str> {
    page.members.iter().find(|(member, _)| *member == user).map(|(_, label)| label.as_str())
}

fn has_left(person: &Person, today: Date) -> bool {
    person.left.is_some_and(|left| left < today)
}

/// “Since 3 March 2026”, “From 1 July 2027”, “3 March 2026 – 30 June 2026”.
pub fn span_words(span: Span, today: Date) -> String {
    let first = day_words(span.first);
    match span.last {
        Some(last) if last == span.first => format!("On {first}"),
        Some(last) => format!("{first} – {}", day_words(last)),
        None if span.first > today => format!("From {first}"),
        None => format!("Since {first}"),
    }
}
