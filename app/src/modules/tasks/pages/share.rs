//! `/app/{org}/tasks/lists/{id}/share`: a list for others, for one’s calendar, for mail and to take along; `/app/{org}/tasks/subscribe`: one’s own tasks in
//! one’s own calendar; and `/shared/tasks/{token}`, which shows a list to whoever has its link. The server writes them alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    hooks::use_params_map,
    path,
};

use crate::{
    clock::zone,
    db::Access,
    error::{Code, Result},
    modules::tasks::{
        access,
        api_inout::{EndTaskShare, MakeTaskFeed, RevokeTaskFeed, SetListMail, ShareTaskList},
        feeds::{self, MadeFeed},
        imports::moment,
        mail_in::{self, Mailbox},
        permissions,
        shares::{self, BoardBy, MadeShare, SharedList, SharedTask},
        store_inout::{FeedRow, ShareRow},
    },
    org::Actor,
    pages::plain::{written, written_in_public},
    platform::Platform,
    request,
    ui::{
        Badge, Checkbox, CopyField, DashboardShell, DateField, DoneNotice, Empty, Form, FormMessage, Icon, Kind,
        PageHeader, PageTitle, Post, PostForm, PublicFrame, Select, ShownOnce, SubmitButton, Tone, given,
        org_of_address,
    },
};

const DONE: &[(&str, &str)] = &[
    ("ended", "The link shows nothing any more."),
    ("revoked", "The address doesn’t work any more."),
    ("mailed", "Saved."),
];

/// The pages that everybody may see.
pub fn shared_with_all() -> Vec<AnyNestedRoute> {
    vec![NestedRoute::new(path!("/shared/tasks/:token"), SharedRoute).ssr_mode(SsrMode::Async).into_any_nested_route()]
}

#[derive(Clone, Copy)]
struct Forms {
    share: Form,
    end: Form,
    feed: Form,
    revoke: Form,
    mail: Form,
}

impl Forms {
    fn new() -> Self {
        Self {
            share: Form::of(Post::to::<ShareTaskList>()),
            end: Form::of(Post::to::<EndTaskShare>()),
            feed: Form::of(Post::to::<MakeTaskFeed>()),
            revoke: Form::of(Post::to::<RevokeTaskFeed>()),
            mail: Form::of(Post::to::<SetListMail>()),
        }
    }
}

/// What the page of a list says.
struct Page {
    list: String,
    name: String,
    zone: jiff::tz::TimeZone,
    /// For the link that is made next.
    key: String,
    /// Of who organises alone: by which links it is shown.
    shares: Option<Vec<ShareRow>>,
    /// Of who organises alone, where mail comes in at all: how it takes any.
    #[expect(clippy::option_option, reason = "mail that doesn’t come in yet is something else than none at all")]
    mail: Option<Option<Mailbox>>,
    feed: Option<FeedRow>,
}

async fn page_of(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<Page> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let list = access::list_called(&mut tx, id).await?;
    let (zone, organises) = (zone(&tx.org().zone)?, tx.allows(&permissions::ORGANISE));
    let key = crate::ids::fresh(tx.now()).to_string();
    tx.rollback().await?;
    let list_id = list.id.to_string();
    let shares = if organises { Some(shares::of_list(platform, actor, org, &list_id).await?) } else { None };
    let mail = if organises && platform.inbound().is_some() {
        Some(mail_in::of_list(platform, actor, org, &list_id).await?)
    } else {
        None
    };
    let feed = feeds::mine(platform, actor, org).await;
    let feed = match feed {
        Ok(all) => all.into_iter().map(|(feed, _)| feed).find(|feed| feed.list_id == Some(list.id)),
        // Who only looks has no calendar here.
        Err(error) if error.code == Code::Forbidden => None,
        Err(error) => return Err(error),
    };
    Ok(Page { list: list_id, name: list.name, zone, key, shares, mail, feed })
}

/// A list for others, in the dashboard’s frame.
#[component]
pub fn ShareRoute() -> AnyView {
    let (org, params, forms) = (org_of_address(), use_params_map(), Forms::new());
    let id = given(&params, "id").unwrap_or_default();
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = page_of(&platform, &actor, &slug, &id).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(slug, page)| show(&slug, page, &forms));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: Page, forms: &Forms) -> AnyView {
    let back = format!("/app/{org}/tasks/lists/{}", page.list);
    let all = [forms.share, forms.end, forms.feed, forms.revoke, forms.mail];
    let refused = all.iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let fresh = use_context::<ShownOnce<MadeShare>>().is_some() || use_context::<ShownOnce<MadeFeed>>().is_some();
    let done = (!refused && !fresh).then(|| view! { <DoneNotice words=DONE/> });
    let links = page.shares.map(|shares| links(org, &page.list, &page.zone, shares, page.key, forms));
    let mail = page.mail.map(|mailbox| mail(org, &page.list, mailbox, forms.mail));
    let (csv, json) = (format!("{back}/export.csv"), format!("{back}/export.json"));
    view! {
        <PageTitle text=format!("Share and export {}", page.name)/>
        <a class="back" href=back><Icon name="back"/>{page.name.clone()}</a>
        <PageHeader title="Share and export" about=page.name/>
        {done}
        {links}
        {calendar(org, &page.list, &page.zone, page.feed, forms)}
        {mail}
        <section class="card stack" aria-labelledby="take-along">
            <h2 id="take-along">"Export"</h2>
            <p class="soft">"All tasks of this list that aren’t in the trash, with its fields. Without comments and files."</p>
            <p class="form-actions">
                <a class="btn btn-quiet" href=csv rel="external">"For spreadsheets (CSV)"</a>
                <a class="btn btn-quiet" href=json rel="external">"For programs (JSON)"</a>
            </p>
        </section>
    }
    .into_any()
}

/// By which links a list is shown, and another one.
fn links(
    org: &str,
    list: &str,
    zone: &jiff::tz::TimeZone,
    shares: Vec<ShareRow>,
    key: String,
    forms: &Forms,
) -> AnyView {
    let fresh = use_context::<ShownOnce<MadeShare>>().map(|ShownOnce(made)| {
        view! {
            <div class="stack new-secret" role="status">
                <p>"Copy this link now: it is shown this once. Whoever has it sees the list, without logging in."</p>
                <CopyField id="share-address" label="Link to the list" value=made.address/>
            </div>
        }
    });
    let end = forms.end;
    let line = |share: ShareRow| {
        let until = share.expires_at.map_or_else(
            || "Until you stop it.".to_owned(),
            |end| format!("Until {}.", moment(zone, end.plus_seconds(-60))),
        );
        let who = share.shows_who.then(|| view! { " " <Badge tone=Tone::Warning label="Shows people"/> });
        let notes = share.shows_notes.then(|| view! { " " <Badge tone=Tone::Warning label="With notes"/> });
        let by = share.board_by.as_deref().and_then(BoardBy::stored);
        let board = by.map(|by| view! { " " <Badge label=board_called(by)/> });
        let (org_field, id) = (org.to_owned(), share.id.to_string());
        view! {
            <li class="line">
                <div class="line-text">
                    <p class="line-title">{format!("Made {}", moment(zone, share.created_at))} {board} {who} {notes}</p>
                    <p class="soft">{until}</p>
                </div>
                <div class="line-end">
                    <PostForm post=end.post>
                        <input type="hidden" name="org" value=org_field/>
                        <input type="hidden" name="id" value=id/>
                        <SubmitButton form=end.state label="Stop sharing" busy="Stopping…" kind=Kind::Quiet/>
                    </PostForm>
                </div>
            </li>
        }
    };
    let lines = shares.into_iter().map(line).collect_view();
    let state = forms.share.state;
    let boards = BoardBy::ALL.map(|by| (by.as_str().to_owned(), board_called(by).to_owned()));
    let looks: Vec<_> = std::iter::once((String::new(), "List".to_owned())).chain(boards).collect();
    let (org_field, list_field) = (org.to_owned(), list.to_owned());
    view! {
        <section class="card stack" aria-labelledby="links">
            <h2 id="links">"Share by link"</h2>
            <p class="soft">"Whoever has the link sees the list without logging in, and can’t change it. Comments and files are never shown."</p>
            {fresh}
            <FormMessage form=end.state/>
            <ul class="lines">{lines}</ul>
            <PostForm post=forms.share.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org_field/>
                <input type="hidden" name="list" value=list_field/>
                <input type="hidden" name="key" value=key/>
                <Select form=state name="board_by" label="Show it as" options=looks hint="By person only if you also show who tasks are assigned to."/>
                <Checkbox form=state name="shows_who" label="Show who tasks are assigned to"/>
                <Checkbox form=state name="shows_notes" label="Show notes" hint="Those of all tasks, and what is said about the list."/>
                <DateField form=state name="until" label="Last day" hint="Leave it empty to share until you stop it."/>
                <div class="form-actions"><SubmitButton form=state label="Create link" busy="Creating…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// What a board is called that a link shows.
const fn board_called(by: BoardBy) -> &'static str {
    match by {
        BoardBy::Status => "Board by status",
        BoardBy::Person => "Board by person",
        BoardBy::Priority => "Board by priority",
        BoardBy::Label => "Board by label",
    }
}

/// What is due, in one’s own calendar. `list` is empty for one’s own tasks.
fn calendar(org: &str, list: &str, zone: &jiff::tz::TimeZone, feed: Option<FeedRow>, forms: &Forms) -> AnyView {
    let forms = *forms;
    let fresh = use_context::<ShownOnce<MadeFeed>>().map(|ShownOnce(made)| {
        view! {
            <div class="stack new-secret" role="status">
                <p>"Copy this address now: it is shown this once. Add it in your calendar as a subscription (in Google “From URL”, in Apple’s calendar “New calendar subscription”, in Outlook “Subscribe from web”). Whoever has it can read along."</p>
                <CopyField id="feed-address" label="Address of the calendar" value=made.address/>
            </div>
        }
    });
    let (label, busy) =
        if feed.is_some() { ("Replace the address", "Replacing…") } else { ("Create address", "Creating…") };
    let current = feed.map(|feed| {
        let read =
            feed.read_at.map_or_else(|| "Not read yet.".to_owned(), |at| format!("Read last {}.", moment(zone, at)));
        let (org_field, id) = (org.to_owned(), feed.id.to_string());
        view! {
            <ul class="lines">
                <li class="line">
                    <div class="line-text">
                        <p class="line-title">{format!("Made {}", moment(zone, feed.created_at))}</p>
                        <p class="soft">{read}</p>
                    </div>
                    <div class="line-end">
                        <PostForm post=forms.revoke.post>
                            <input type="hidden" name="org" value=org_field/>
                            <input type="hidden" name="id" value=id/>
                            <SubmitButton form=forms.revoke.state label="Delete address" busy="Deleting…" kind=Kind::Quiet/>
                        </PostForm>
                    </div>
                </li>
            </ul>
        }
    });
    let state = forms.feed.state;
    let (org_field, list_field) = (org.to_owned(), list.to_owned());
    let about = if list.is_empty() {
        "Tasks that are assigned to you and have a due date, in the calendar of your phone or computer: 60 days back and a year ahead."
    } else {
        "What is due in this list, in the calendar of your phone or computer: 60 days back and a year ahead. It shows no more than you may see here."
    };
    view! {
        <section class="card stack" aria-labelledby="calendar">
            <h2 id="calendar">"In your own calendar"</h2>
            <p class="soft">{about}</p>
            {fresh}
            <FormMessage form=forms.revoke.state/>
            {current}
            <PostForm post=forms.feed.post>
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org_field/>
                <input type="hidden" name="list" value=list_field/>
                <SubmitButton form=state label=label busy=busy kind=Kind::Quiet/>
            </PostForm>
        </section>
    }
    .into_any()
}

/// How a list takes mail.
fn mail(org: &str, list: &str, mailbox: Option<Mailbox>, form: Form) -> AnyView {
    let state = form.state;
    let takes = mailbox.as_ref().map_or_else(|| "nothing".to_owned(), |mailbox| mailbox.takes.clone());
    let address = mailbox.map(|mailbox| {
        view! { <CopyField id="mail-address" label="Its address" value=mailbox.address/> }
    });
    let choices = [
        ("nothing", "Nobody: it doesn’t accept email"),
        ("members", "Members who see it"),
        ("anyone", "Anyone who knows the address"),
    ];
    let options = choices.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    let (org_field, list_field) = (org.to_owned(), list.to_owned());
    view! {
        <section class="card stack" aria-labelledby="mail">
            <h2 id="mail">"Tasks by email"</h2>
            <p class="soft">"What is sent to its address becomes a task: the subject is what is to be done, the rest its notes, and attachments its files. With [T-12] in the subject it becomes a comment on that task."</p>
            {address}
            <PostForm post=form.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org_field/>
                <input type="hidden" name="list" value=list_field/>
                <Select form=state name="takes" label="Accept email from" options=options value=takes/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// One’s own tasks in one’s own calendar, in the dashboard’s frame.
#[component]
pub fn SubscribeRoute() -> AnyView {
    let (org, forms) = (org_of_address(), Forms::new());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let tx = access::open(&platform, &actor, &slug, &permissions::VIEW, Access::Read).await?;
        let zone = zone(&tx.org().zone)?;
        tx.rollback().await?;
        let all = feeds::mine(&platform, &actor, &slug).await?;
        Ok((slug, zone, all))
    };
    let body = written(read, move |(slug, zone, all)| {
        let (own, of_lists): (Vec<_>, Vec<_>) = all.into_iter().partition(|(feed, _)| feed.list_id.is_none());
        let own = own.into_iter().map(|(feed, _)| feed).next();
        let others =
            of_lists.into_iter().filter_map(|(feed, name)| Some((feed.list_id?, name?))).map(|(list, name)| {
                let href = format!("/app/{slug}/tasks/lists/{list}/share");
                view! { <li><a href=href>{name}</a></li> }
            });
        let others: Vec<_> = others.collect();
        let words = if others.is_empty() {
            "A list has an address of its own, on its page under “Share and export”. You have none yet."
        } else {
            "A list has an address of its own, on its page under “Share and export”. You have these:"
        };
        let others = (!others.is_empty()).then(|| view! { <ul class="bullets">{others}</ul> });
        let refused =
            [forms.feed, forms.revoke].iter().any(|form| form.state.message().with_untracked(Option::is_some));
        let fresh = use_context::<ShownOnce<MadeFeed>>().is_some();
        let done = (!refused && !fresh).then(|| view! { <DoneNotice words=DONE/> });
        view! {
            <PageTitle text="Tasks in your calendar"/>
            <a class="back" href=format!("/app/{slug}/tasks")><Icon name="back"/>"My tasks"</a>
            <PageHeader title="Tasks in your calendar"/>
            {done}
            {calendar(&slug, "", &zone, own, &forms)}
            <section class="card stack" aria-labelledby="of-lists">
                <h2 id="of-lists">"Lists in your calendar"</h2>
                <p class="soft">{words}</p>
                {others}
            </section>
        }
        .into_any()
    });
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings">{body}</div></DashboardShell>
    }
    .into_any()
}

/// A list, for whoever has its link.
#[component]
fn SharedRoute() -> AnyView {
    let params = use_params_map();
    let token = given(&params, "token").unwrap_or_default();
    let platform = request::platform();
    let body = written_in_public(async move || shares::read(&platform, &token).await, shared);
    view! { <Meta name="robots" content="noindex, nofollow"/> {body} }.into_any()
}

fn shared(list: SharedList) -> AnyView {
    let SharedList { org, name, about, groups, is_board, more, until } = list;
    let count: usize = groups.iter().map(|(_, tasks)| tasks.len()).sum();
    let about = (!about.is_empty()).then(|| view! { <div class="prose" inner_html=about></div> });
    let until = until.map(|until| view! { <p class="soft">{format!("Shown until {until}.")}</p> });
    let more = more.then(|| view! { <p class="soft">"There are more tasks than are shown here."</p> });
    let body = if count == 0 {
        view! { <Empty title="Nothing is in this list yet" icon="tasks"/> }.into_any()
    } else {
        let groups = groups.into_iter().filter(|(_, tasks)| !tasks.is_empty());
        let groups = groups.enumerate().map(|(at, (group, tasks))| {
            let id = format!("group-{at}");
            let head = format!("{group} ({})", tasks.len());
            let lines = tasks.into_iter().map(shared_task).collect_view();
            view! {
                <section class="card stack" aria-labelledby=id.clone()>
                    <h2 id=id.clone()>{head}</h2>
                    <ul class="shared-tasks">{lines}</ul>
                </section>
            }
        });
        let groups = groups.collect_view();
        if is_board {
            view! { <div class="shared-board" tabindex="0" role="region" aria-label="Board">{groups}</div> }.into_any()
        } else {
            groups.into_any()
        }
    };
    view! {
        <PageTitle text=name.clone()/>
        <PublicFrame>
            <p class="soft">{org}</p>
            <h1>{name}</h1>
            {about}
            {until}
            <div class="stack">{body}</div>
            {more}
        </PublicFrame>
    }
    .into_any()
}

fn shared_task(task: SharedTask) -> AnyView {
    let SharedTask { title, depth, done, due, late, priority, labels, who, notes, longer } = task;
    let state = if done { "Done: " } else { "" };
    let due = due.map(|due| {
        let words = if late { format!("Was due {due}") } else { format!("Due {due}") };
        view! { <span class:is-late=late>{words}</span> }
    });
    let urgency = match priority {
        4 => Some("Urgent"),
        3 => Some("High"),
        _ => None,
    };
    let urgency = urgency.map(|label| view! { <Badge tone=Tone::Warning label=label/> });
    let labels = labels.into_iter().map(|(name, _)| view! { <Badge label=name/> " " }).collect_view();
    let who = (!who.is_empty()).then(|| view! { <span>{who.join(", ")}</span> });
    let notes = (!notes.is_empty()).then(|| view! { <div class="prose" inner_html=notes></div> });
    let longer = longer.then(|| view! { <p class="soft">"Longer notes aren’t shown here."</p> });
    view! {
        <li class="shared-task" class:is-done=done style=format!("--depth: {depth}")>
            <p class="shared-title"><span class="sr-only">{state}</span>{title}</p>
            <p class="shared-facts soft">{due} " " {who} " " {urgency} " " {labels}</p>
            {notes}
            {longer}
        </li>
    }
    .into_any()
}
