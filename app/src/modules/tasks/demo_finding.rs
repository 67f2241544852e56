//! The demo clinic's filters: what people look at again and again.

use super::filters::{self, FilterBody};
use crate::{error::Result, org::OrgTx};

/// Names, and what they ask for.
const FILTERS: [(&str, &str); 5] = [
    ("Overdue", "is:overdue"),
    ("Due this week", "-status:done due:this-week"),
    ("Unassigned", "-status:done is:unassigned"),
    ("Waiting for somebody", "-status:done label:\"Waiting for someone\""),
    ("Safety first", "-status:done (label:safety or priority>=high)"),
];

/// Keeps them for everybody.
///
/// # Errors
/// The database is busy.
pub async fn seed(tx: &mut OrgTx) -> Result<()> {
    for (name, query) in FILTERS {
        let body = FilterBody { name: name.to_owned(), query: query.to_owned(), shared: true, version: None };
        filters::add_in(tx, &body).await?;
    }
    Ok(())
}
