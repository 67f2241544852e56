//! The way between the scoreboard’s pages.

use leptos::prelude::*;

/// A page that the others lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Who stands where.
    Boards,
    /// How targets stand.
    Pace,
    /// Contests and badges.
    Contests,
    /// How figures went.
    Trends,
    /// One’s own figures.
    Mine,
    /// The ledger.
    Entries,
}

impl Tab {
    const ALL: [Self; 6] = [Self::Boards, Self::Pace, Self::Contests, Self::Trends, Self::Mine, Self::Entries];

    const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Boards => ("", "Boards"),
            Self::Pace => ("/pace", "Pace"),
            Self::Contests => ("/contests", "Contests"),
            Self::Trends => ("/trends", "Trends"),
            Self::Mine => ("/mine", "My results"),
            Self::Entries => ("/entries", "Entries"),
        }
    }
}

/// Leads from one of them to the others.
pub fn tabs(org: &str, here: Tab) -> AnyView {
    let tab = |tab: Tab| {
        let (path, label) = tab.place();
        let href = format!("/app/{org}/scoreboard{path}");
        let current = (tab == here).then_some("page");
        view! { <li><a href=href aria-current=current>{label}</a></li> }
    };
    let all = Tab::ALL.into_iter().map(tab).collect_view();
    view! { <nav class="tabs" aria-label="Scoreboard"><ul>{all}</ul></nav> }.into_any()
}
