//! A list as a table: all that its tasks have, in columns that people choose, sorted by the one that they press.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use maud::{Markup, html};

use super::view_calendar::{notes, standing};
use crate::{
    modules::tasks::{
        fields::Kind,
        views_time::{self, AskedTable, Column, Entry, Table},
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{empty_markup, given, with_query},
};

/// A list as a table. The address says which columns (`columns`), by which they are sorted (`sort`, `down`), and which page.
#[component]
pub fn TableView(
    /// The word in the organisation's addresses.
    #[prop(into)]
    org: String,
    /// The list's id.
    #[prop(into)]
    list: String,
    /// What the address asks for.
    query: Memo<ParamsMap>,
) -> AnyView {
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let chosen = query.try_with(|query| query.get_all("columns")).flatten().unwrap_or_default();
    let asked = AskedTable {
        columns: chosen
            .iter()
            .flat_map(|keys| keys.split(','))
            .filter(|key| !key.is_empty())
            .map(str::to_owned)
            .collect(),
        sort: get("sort"),
        descending: given(&query, "down").is_some(),
        page: get("page").parse().unwrap_or(1),
        filter: get("q"),
    };
    let (platform, actor) = (request::platform(), request::actor());
    let read = async move || {
        let page = views_time::table(&platform, &actor, &org, &list, &asked).await?;
        Ok((org, asked, page))
    };
    written(read, |(org, asked, page)| {
        let content = content(&org, &asked, &page).into_string();
        view! { <div inner_html=content></div> }.into_any()
    })
}

fn content(org: &str, asked: &AskedTable, page: &Table) -> Markup {
    let total = i64::try_from(page.total).unwrap_or(i64::MAX);
    html! {
        section class="stack tasks-table" aria-labelledby="table-title" {
            div class="calendar-head" {
                h2 id="table-title" { (counted(total, "task", "tasks")) }
                (choosing(org, asked, page))
            }
            (notes(page.wrong.as_deref(), page.more))
            @if page.rows.is_empty() {
                (empty_markup("Nothing here yet", html! { p { "Tasks that are added to the list are shown here." } }))
            } @else {
                (rows(org, asked, page))
                (pages(org, asked, page))
            }
        }
    }
}

/// The address of the table with something different about it.
fn address(org: &str, asked: &AskedTable, page: &Table, sort: &str, descending: bool, at: usize) -> String {
    let (columns, at) = (asked.columns.join(","), if at > 1 { at.to_string() } else { String::new() });
    let pairs = [
        ("view", "table"),
        ("columns", columns.as_str()),
        ("sort", sort),
        ("down", if descending { "1" } else { "" }),
        ("page", &at),
        ("q", &asked.filter),
    ];
    with_query(&format!("/app/{org}/tasks/lists/{}", page.list.id), &pairs)
}

fn choosing(org: &str, asked: &AskedTable, page: &Table) -> Markup {
    html! {
        details class="confirm" {
            summary class="btn btn-quiet" { "Columns" }
            form class="confirm-panel is-calm stack" method="get" action={ "/app/" (org) "/tasks/lists/" (page.list.id) } {
                input type="hidden" name="view" value="table";
                @for (name, value) in [("sort", asked.sort.as_str()), ("down", if asked.descending { "1" } else { "" }), ("q", &asked.filter)] {
                    @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
                }
                fieldset class="field many-checks" {
                    legend { "What the table shows" }
                    div class="checks-boxes" {
                        @for column in &page.all {
                            label class="check" {
                                input type="checkbox" name="columns" value=(column.key) checked[page.columns.contains(column)];
                                span { (column.label) }
                            }
                        }
                    }
                }
                div class="form-actions" { button type="submit" class="btn btn-quiet" { "Show these" } }
            }
        }
    }
}

fn rows(org: &str, asked: &AskedTable, page: &Table) -> Markup {
    let title = Column { key: "title".to_owned(), label: "Task".to_owned(), kind: None };
    let name = page.list.name.as_str();
    html! {
        div class="table-wrap" tabindex="0" role="region" aria-label=(name) {
            table class="table" role="table" {
                caption class="sr-only" { (name) }
                thead role="rowgroup" { tr role="row" {
                    @for column in std::iter::once(&title).chain(&page.columns) { (heading(org, asked, page, column)) }
                } }
                tbody role="rowgroup" {
                    @for (entry, cells) in &page.rows {
                        tr role="row" data-task=(entry.task.id) {
                            th scope="row" role="rowheader" { (task(org, entry)) }
                            @for (column, cell) in page.columns.iter().zip(cells) {
                                td role="cell" data-label=(column.label) data-key=(column.key) data-kind=[column.kind.map(Kind::as_str)] {
                                    span class=[(column.key == "due" && entry.late).then_some("is-late")] {
                                        @if cell.is_empty() { span aria-hidden="true" { "–" } } @else { (cell) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn task(org: &str, entry: &Entry) -> Markup {
    let task = &entry.task;
    html! {
        span class="table-task" data-depth=(task.depth) {
            a href={ "/app/" (org) "/tasks/t/" (task.id) } { (task.title) }
            @if let Some(words) = standing(entry) { " " span class={ "badge " (if entry.late { "badge-error" } else { "badge-success" }) } { (words) } }
        }
    }
}

/// A heading that sorts by its column; once more, the other way round.
fn heading(org: &str, asked: &AskedTable, page: &Table, column: &Column) -> Markup {
    let is_sorted = asked.sort == column.key;
    let way = match (is_sorted, asked.descending) {
        (false, _) => None,
        (true, false) => Some("ascending"),
        (true, true) => Some("descending"),
    };
    let href = address(org, asked, page, &column.key, is_sorted && !asked.descending, 1);
    html! {
        th scope="col" role="columnheader" aria-sort=[way] data-kind=[column.kind.map(Kind::as_str)] {
            a href=(href) {
                (column.label)
                @match way {
                    Some("ascending") => { " " span aria-hidden="true" { "↑" } }
                    Some(_) => { " " span aria-hidden="true" { "↓" } }
                    None => {}
                }
            }
        }
    }
}

fn pages(org: &str, asked: &AskedTable, page: &Table) -> Markup {
    let to = |at: usize| address(org, asked, page, &asked.sort, asked.descending, at);
    html! {
        @if page.pages > 1 {
            nav class="calendar-nav" aria-label="Pages" {
                @if page.page > 1 { a class="btn btn-quiet" href=(to(page.page - 1)) { "Previous" } }
                span class="soft" { "Page " (page.page) " of " (page.pages) }
                @if page.page < page.pages { a class="btn btn-quiet" href=(to(page.page + 1)) { "Next" } }
            }
        }
    }
}
