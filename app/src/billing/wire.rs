//! What the pages about billing are made of.

use serde::{Deserialize, Serialize};

/// How often is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Each month.
    Month,
    /// Each year.
    Year,
}

impl Period {
    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// Reads the word stored.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Month, Self::Year].into_iter().find(|period| period.as_str() == word)
    }
}

/// The organisation's plan, as those see it who may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingPage {
    /// "Team"
    pub plan: String,
    /// Whom the plan is for.
    pub about: String,
    /// "$59.00 a month, including GST"; empty where nothing is paid.
    pub price: String,
    /// Where it stands: "You are trying it out until 7 December 2026."
    pub standing: String,
    /// "Monthly, until you cancel": how it goes on by itself; empty where it doesn’t.
    pub renews: String,
    /// Something has to be done about it.
    pub alarming: bool,
    /// "Calendar", "Tasks": what it opens here.
    pub modules: Vec<String>,
    /// What is limited, or counted: seats first.
    pub used: Vec<UsedLine>,
    /// Whoever runs the platform set it by hand: whom to write to about it.
    pub by_hand: Option<String>,
    /// How it is paid, for the owner, where payments are taken.
    pub payment: Option<PaymentPart>,
}

/// How an organisation pays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked by itself, and they hold in any mixture")]
pub struct PaymentPart {
    /// It has paid here, or begun to.
    pub known: bool,
    /// There is a plan that goes on, or has a while to go.
    pub live: bool,
    /// The organisation is suspended: no plan is taken up or changed meanwhile.
    pub suspended: bool,
    /// It ends after what was paid for.
    pub ends: bool,
    /// "The next payment is on 8 December 2026."
    pub next: String,
    /// What wasn't paid, if a payment has failed.
    pub owed: Option<Owed>,
    /// The plan's name.
    pub plan: String,
    /// `month` or `year`.
    pub period: String,
    /// How many may belong; nothing for no limit.
    pub seats: String,
    /// What was agreed by hand; `None` where that is nothing but a plan that is sold.
    pub agreed: Option<Agreed>,
    /// What they have too much, and what becomes of it; empty where they have nothing.
    pub credit: String,
    /// The plans to choose from.
    pub plans: Vec<PlanCard>,
    /// The newest first.
    pub invoices: Vec<InvoiceLine>,
    /// What was given back or is disputed, in sentences.
    pub returns: Vec<String>,
}

/// What was agreed by hand, for who is about to pay by card: the price and the first day are theirs for exactly that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// "Team, 5 people, $49.50 a month, including GST. Free until 29 December 2026."; of what is free that no card is needed.
    pub words: String,
    /// What another choice comes to: "Your offer price ends and you pay today."
    pub otherwise: String,
    /// How many may belong; empty for no limit.
    pub seats: String,
    /// There is nothing to pay for it: it isn’t taken up.
    pub is_free: bool,
}

/// A plan to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCard {
    /// Its name.
    pub name: String,
    /// "Team"
    pub title: String,
    /// Whom it is for.
    pub about: String,
    /// "$59.00": for a month, including GST.
    pub month: String,
    /// "$590.00": for a year, including GST.
    pub year: String,
    /// "For 5 people. Each more costs $9.00 a month or $90.00 a year, up to 15 people."
    pub seats: String,
    /// "Calendar, Scoreboard, Tasks. 1,500 bookings a month."
    pub brings: String,
    /// What a year of it saves: "Two months for free."; empty where that is something else.
    pub saves: String,
}

/// What an organisation owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// "Your payment of $95.00 failed. Pay by 20 January 2027 to keep everything working."
    pub words: String,
    /// "$95.00": what is paid on the page.
    pub amount: String,
    /// Where it can be paid.
    pub page: Option<String>,
}

/// An invoice in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// "24 November 2026"
    pub on: String,
    /// As it stands on it.
    pub number: String,
    /// "$77.00"
    pub total: String,
    /// "$7.00": the GST in it.
    pub gst: String,
    /// "Paid", "Paid, $20.00 refunded", "Disputed"
    pub state: String,
    /// The bank disputes the payment.
    pub disputed: bool,
    /// Where it can be looked at and paid.
    pub page: Option<String>,
}

/// How much of something is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedLine {
    /// "Bookings this month"
    pub label: String,
    /// "4 of 15", "4 people; your plan has no limit", "4 so far; your plan has no limit".
    pub words: String,
    /// How many are used, and how many there may be; `None`: as many as they like.
    pub share: Option<(i64, i64)>,
}

/// What the dashboard's frame says about the plan, while there is something to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanNotice {
    /// "Your trial ends on 7 December 2026."
    pub words: String,
    /// What can be done about it, and where; for who may.
    pub link: Option<(String, String)>,
    /// It can wait while something else is said there.
    pub calm: bool,
}
