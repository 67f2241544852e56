//! `/app/{org}/tasks/lists/{id}`: one list, as a list, as a board, or by days. The server writes it; a script makes it live.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    list_markup::{self, Sheet, Typed},
    tabs,
    view_calendar::CalendarView,
    view_table::TableView,
    view_timeline::TimelineView,
};
use crate::{
    modules::tasks::{
        api_board::{AddTaskLine, ChangeManyTasks, MoveTaskCard, TickTask, UndoTasks},
        board::{Asked, By, First, Parts},
        board_page::{self, ListPage, Start},
        http,
    },
    org::Actor,
    pages::plain::written,
    request,
    ui::{
        DashboardShell, Form, FormMessage, Icon, Kind, LinkButton, PageHeader, PageTitle, Post, given, org_of_address,
        with_query,
    },
};

/// How a list is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum View {
    #[default]
    List,
    Board,
    Calendar,
    Timeline,
    Table,
}

impl View {
    const ALL: [Self; 5] = [Self::List, Self::Board, Self::Calendar, Self::Timeline, Self::Table];

    const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::List => ("", "List"),
            Self::Board => ("board", "Board"),
            Self::Calendar => ("calendar", "Calendar"),
            Self::Timeline => ("timeline", "Timeline"),
            Self::Table => ("table", "Table"),
        }
    }

    fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|view| view.place().0 == word).unwrap_or_default()
    }
}

/// What can be done on the page.
#[derive(Clone, Copy)]
struct Forms {
    add: Form,
    others: [Form; 3],
    undo: Form,
}

impl Forms {
    /// The line that was refused, and where it was typed.
    fn typed(self) -> Typed {
        let state = self.add.state;
        let refused = |error: &crate::error::AppError| error.field_message("quick").map(str::to_owned);
        Typed {
            column: state.value("column").unwrap_or_default(),
            line: state.value("quick").unwrap_or_default(),
            error: state.message().with_untracked(|error| error.as_ref().and_then(refused)),
        }
    }
}

/// What the page needs to know of the request.
struct Seen {
    view: View,
    asked: Asked,
    start: Start,
    token: String,
    shelf: String,
    now: crate::clock::Instant,
}

/// The list, in the dashboard's frame.
#[component]
pub fn ListRoute() -> AnyView {
    let (org, params, query) = (org_of_address(), use_params_map(), use_query_map());
    let id = given(&params, "id").unwrap_or_default();
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let view = View::parse(&get("view"));
    let usual = if view == View::Board { By::Status } else { By::Section };
    let parts = match view {
        View::Board => Parts::parse(&get("parts")),
        _ => Parts::Nested,
    };
    let forms = Forms {
        add: Form::of(Post::to::<AddTaskLine>()),
        others: [
            Form::of(Post::to::<TickTask>()),
            Form::of(Post::to::<MoveTaskCard>()),
            Form::of(Post::to::<ChangeManyTasks>()),
        ],
        undo: Form::of(Post::to::<UndoTasks>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let seen = Seen {
        view,
        asked: Asked {
            by: By::parse(&get("by")).unwrap_or(usual),
            lanes: By::parse(&get("lanes")).filter(|_| view == View::Board),
            parts,
            filter: get("q"),
        },
        start: Start { only: get("only"), after: get("after") },
        token: request::forgery_token(),
        shelf: match &actor {
            Actor::User(user) => platform.links.shelf_keys(user.0).join(" "),
            _ => String::new(),
        },
        now: platform.clock.now(),
    };
    let first = match view {
        View::List => Some(First::Rows),
        View::Board => Some(First::Board),
        View::Calendar | View::Timeline | View::Table => None,
    };
    let read = async move || {
        let page = board_page::read(&platform, &actor, &slug, &id, &seen.asked, (first, &seen.start)).await?;
        Ok((slug, seen, page))
    };
    let body = written(read, move |(org, seen, page)| show(&org, &seen, &page, &forms));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="tasks-page">{body}</div></DashboardShell>
        <script type="module" nonce=use_nonce() src=http::script_address("app.js")></script>
    }
    .into_any()
}

fn show(org: &str, seen: &Seen, page: &ListPage, forms: &Forms) -> AnyView {
    let list = &page.setting.list;
    let (name, space) = (list.name.clone(), page.setting.space.name.clone());
    let own = format!("/app/{org}/tasks/lists/{}", list.id);
    let here = here(&own, seen);
    let said = |form: Form| form.state.message().with_untracked(Option::is_some);
    let refused = said(forms.add) || forms.others.into_iter().any(said);
    let done = (!refused).then(|| tabs::did(org, &here, forms.undo));
    // What is wrong with the line stands at the line.
    let typed = forms.typed();
    let on_top = typed.error.is_none().then(|| view! { <FormMessage form=forms.add.state/> });
    let messages = forms
        .others
        .into_iter()
        .chain([forms.undo])
        .map(|form| view! { <FormMessage form=form.state/> })
        .collect_view();
    let to_share = format!("{own}/share");
    let share = view! { <LinkButton href=to_share kind=Kind::Quiet>"Share and export"</LinkButton> };
    let set_up = page.setting.may_organise.then(|| {
        let href = format!("{own}/settings");
        view! { <LinkButton href=href kind=Kind::Quiet>"List settings"</LinkButton> }
    });
    let sheet = Sheet {
        org,
        page,
        asked: &seen.asked,
        is_board: seen.view == View::Board,
        goes_on: !seen.start.only.is_empty(),
        here,
        token: seen.token.clone(),
        shelf: &seen.shelf,
        now: seen.now,
        typed,
    };
    let content = by_days(org, seen.view, page).unwrap_or_else(|| {
        let content = list_markup::content(&sheet).into_string();
        view! { <div inner_html=content></div> }.into_any()
    });
    let whole = (!seen.start.only.is_empty()).then(|| {
        let href = with_query(&own, &[("by", &seen.asked.by.word()), ("q", &seen.asked.filter)]);
        view! { <p><a href=href>"All of the list"</a></p> }
    });
    // The list and the board show it in their own form.
    let has_form = matches!(seen.view, View::List | View::Board);
    let filtered = (!has_form && !seen.asked.filter.is_empty()).then(|| {
        let href = with_query(&own, &[("view", seen.view.place().0)]);
        let filter = seen.asked.filter.clone();
        view! { <p class="tasks-filtered">"Only tasks with "<code>{filter}</code>" · "<a href=href>"Show everything"</a></p> }
    });
    view! {
        <PageTitle text=name.clone()/>
        <a class="back" href=format!("/app/{org}/tasks/lists")><Icon name="back"/>"Lists"</a>
        <PageHeader title=name about=space>{share}{set_up}</PageHeader>
        {views(&own, seen)}
        {done}
        {on_top}
        {messages}
        {whole}
        {filtered}
        {content}
    }
    .into_any()
}

/// The views that show the list by its days, or as a table. They read the address themselves.
fn by_days(org: &str, view: View, page: &ListPage) -> Option<AnyView> {
    let (org, list, query) = (org.to_owned(), page.setting.list.id.to_string(), use_query_map());
    match view {
        View::List | View::Board => None,
        View::Calendar => Some(view! { <CalendarView org=org list=list query=query/> }.into_any()),
        View::Timeline => Some(view! { <TimelineView org=org list=list query=query/> }.into_any()),
        View::Table => Some(view! { <TableView org=org list=list query=query/> }.into_any()),
    }
}

/// The other ways to look at the list. What is filtered stays filtered.
fn views(own: &str, seen: &Seen) -> AnyView {
    let one = |view: View| {
        let (word, label) = view.place();
        let href = with_query(own, &[("view", word), ("q", &seen.asked.filter)]);
        let here = (view == seen.view).then_some("page");
        view! { <li><a href=href aria-current=here>{label}</a></li> }
    };
    let all = View::ALL.into_iter().map(one).collect_view();
    view! { <nav class="tabs" aria-label="Views of this list"><ul>{all}</ul></nav> }.into_any()
}

/// The page's own address, without what is only said once.
fn here(own: &str, seen: &Seen) -> String {
    let asked = &seen.asked;
    let usual = if seen.view == View::Board { By::Status } else { By::Section };
    let by = if asked.by == usual { String::new() } else { asked.by.word() };
    let lanes = asked.lanes.map(By::word).unwrap_or_default();
    let parts = if seen.view == View::Board { asked.parts.word() } else { "" };
    let pairs = [
        ("view", seen.view.place().0),
        ("by", &by),
        ("lanes", &lanes),
        ("parts", parts),
        ("q", &asked.filter),
        ("only", &seen.start.only),
        ("after", &seen.start.after),
    ];
    with_query(own, &pairs)
}
