//! Invoices as they were made, to hand to an accountant: who sold, who bought, what for, and the GST in it (the Australian
//! Taxation Office's ruling GSTR 2013/1 says what a tax invoice needs). What was given back since stands below as an adjustment.
//!
//! What is on one is kept when it is first heard of, and never again: a business that moves, or is renamed, has the same invoice.

use std::collections::HashSet;

use jiff::tz::TimeZone;

use super::{payments::Account, payments::Invoice, views::last_moment};
use crate::{
    abn,
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    org::{Actor, OrgRef, OrgTx},
    permissions,
    platform::Platform,
    sql,
};

/// Who sells the plans: whoever runs the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seller {
    /// The name that they have to the law.
    pub name: String,
    /// Their Australian Business Number, eleven digits.
    pub abn: String,
    /// In one line; may be empty.
    pub address: String,
}

/// An invoice as it is shown and printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is.
    pub kind: Kind,
    /// As it stands on it.
    pub number: String,
    /// "24 November 2026", on the clock that the business had then.
    pub on: String,
    /// Stripe's word: `open`, `paid`, `void`, `uncollectible`.
    pub status: String,
    /// "25 November 2026", once it is paid.
    pub paid_on: Option<String>,
    /// Who sold.
    pub seller: Option<Party>,
    /// Who bought.
    pub buyer: Party,
    /// What for. They add up to the total.
    pub rows: Vec<Row>,
    /// Cents, including GST.
    pub total: i64,
    /// The GST in it, cents.
    pub gst: i64,
    /// What came off since, and when, in sentences.
    pub adjustments: Vec<(String, Share)>,
    /// What is left of it then.
    pub left: Share,
    /// Cents of it that came off a credit from before; the rest was to be paid.
    pub from_credit: i64,
    /// The bank of who paid it disputes the payment.
    pub disputed: bool,
}

/// What an invoice is to the Taxation Office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A tax invoice.
    Tax,
    /// One that gives something back.
    Adjustment,
    /// Neither: whoever sells hasn't said who they are.
    Unnamed,
}

/// Who sells or buys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// The name.
    pub name: String,
    /// "51 824 753 556"; may be empty.
    pub abn: String,
    /// In one line; may be empty.
    pub address: String,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// "Devalo Team (at $59.00 / month)"
    pub about: String,
    /// "8 December 2026 to 7 January 2027"; empty for what is for no time.
    pub period: String,
    /// How many.
    pub quantity: i64,
    /// Cents for them all, including GST.
    pub amount: i64,
}

/// An amount, and the GST in it, in cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// With GST.
    pub amount: i64,
    /// The GST in it.
    pub gst: i64,
}

#[derive(sqlx::FromRow)]
struct Kept {
    id: String,
    number: String,
    status: String,
    total: i64,
    gst: i64,
    made_at: Instant,
    paid_at: Option<Instant>,
    from_credit: i64,
    credited_before: i64,
    credited_after: i64,
    seller_name: String,
    seller_abn: String,
    seller_address: String,
    buyer_name: String,
    buyer_abn: String,
    buyer_address: String,
    zone: String,
}

#[derive(sqlx::FromRow)]
struct Buyer {
    name: String,
    legal_name: String,
    abn: String,
    address: String,
    zone: String,
}

type Returned = (i64, bool, Option<Instant>);

/// One invoice, for the owner.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for a number that isn't one of theirs.
pub async fn read(platform: &Platform, actor: &Actor, org: &str, number: &str) -> Result<Document> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_PLAN, Access::Read).await?;
    let nothing = || AppError::not_found("that invoice");
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(nothing());
    }
    let kept = sql!(
        optional Kept,
        &mut tx,
        "SELECT id, number, status, total, gst, made_at, paid_at, from_credit, credited_before, credited_after, seller_name, seller_abn, seller_address,
           buyer_name, buyer_abn, buyer_address, zone FROM stripe_invoices WHERE org_id = $1 AND number = $2 ORDER BY made_at DESC LIMIT 1",
        number
    )?;
    let mut kept = kept.ok_or_else(nothing)?;
    if kept.buyer_name.is_empty() {
        // It was heard of by an earlier version, and its particulars are on their way.
        let buyer = buyer(&mut tx).await?;
        (kept.buyer_name, kept.buyer_abn, kept.buyer_address, kept.zone) =
            (buyer.name, buyer.abn, buyer.address, buyer.zone);
    }
    let id = kept.id.clone();
    let lines = sql!(
        all(String, i64, i64, Instant, Instant),
        &mut tx,
        "SELECT about, quantity, amount, starts_at, ends_at FROM stripe_invoice_lines WHERE org_id = $1 AND invoice = $2 ORDER BY number",
        id.as_str()
    )?;
    let returns = sql!(
        all Returned,
        &mut tx,
        "SELECT refunded, disputed, returned_at FROM stripe_returns WHERE org_id = $1 AND invoice = $2 ORDER BY returned_at, id",
        id.as_str()
    )?;
    tx.rollback().await?;
    Ok(document(kept, lines, &returns))
}

/// Keeps what Stripe says of an organisation's invoices. What is on one is kept once; how it stands, each time.
pub(crate) async fn keep(tx: &mut OrgTx, account: &Account) -> Result<()> {
    let kept = sql!(all(String,), &mut *tx, "SELECT id FROM stripe_invoices WHERE org_id = $1 AND buyer_name <> ''")?;
    let kept: HashSet<String> = kept.into_iter().map(|(id,)| id).collect();
    let buyer = buyer(tx).await?;
    for invoice in &account.invoices {
        sql!(
            exec,
            &mut *tx,
            "INSERT INTO stripe_invoices (org_id, id, number, status, total, gst, made_at, paid_at, page, credited_before, credited_after, from_credit, credit_left)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (org_id, id) DO UPDATE SET status = $4, paid_at = $8, page = $9, credited_before = $10, credited_after = $11, from_credit = $12, credit_left = $13",
            invoice.id.as_str(),
            invoice.number.as_str(),
            invoice.status.as_str(),
            invoice.total,
            invoice.gst,
            invoice.made_at,
            invoice.paid_at,
            invoice.page.as_deref(),
            invoice.credited_before,
            invoice.credited_after,
            invoice.from_credit,
            invoice.credit_left
        )?;
        if !kept.contains(&invoice.id) {
            keep_particulars(tx, invoice, &buyer).await?;
        }
    }
    if let Some(seller) = tx.platform().seller().cloned() {
        sql!(
            exec,
            &mut *tx,
            "UPDATE stripe_invoices SET seller_name = $2, seller_abn = $3, seller_address = $4 WHERE org_id = $1 AND seller_abn = ''",
            seller.name.as_str(),
            seller.abn.as_str(),
            seller.address.as_str()
        )?;
    }
    Ok(())
}

async fn keep_particulars(tx: &mut OrgTx, invoice: &Invoice, buyer: &Buyer) -> Result<()> {
    sql!(
        exec,
        &mut *tx,
        "UPDATE stripe_invoices SET buyer_name = $3, buyer_abn = $4, buyer_address = $5, zone = $6 WHERE org_id = $1 AND id = $2",
        invoice.id.as_str(),
        buyer.name.as_str(),
        buyer.abn.as_str(),
        buyer.address.as_str(),
        buyer.zone.as_str()
    )?;
    for (number, line) in (1_i64..).zip(&invoice.lines) {
        sql!(
            exec,
            &mut *tx,
            "INSERT INTO stripe_invoice_lines (org_id, invoice, number, about, quantity, amount, starts_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            invoice.id.as_str(),
            number,
            line.about.as_str(),
            line.quantity,
            line.amount,
            line.starts_at,
            line.ends_at
        )?;
    }
    Ok(())
}

/// The organisation by the name that it has to the law, if it said one.
async fn buyer(tx: &mut OrgTx) -> Result<Buyer> {
    let mut buyer =
        sql!(one Buyer, &mut *tx, "SELECT name, legal_name, abn, address, zone FROM organisations WHERE id = $1")?;
    if !buyer.legal_name.is_empty() {
        buyer.name = buyer.legal_name.clone();
    }
    Ok(buyer)
}

fn document(kept: Kept, lines: Vec<(String, i64, i64, Instant, Instant)>, returns: &[Returned]) -> Document {
    let zone = TimeZone::get(&kept.zone).unwrap_or(TimeZone::UTC);
    let day = |at: Instant| at.day_in(zone.clone());
    let party = |name, abn: &str, address| Party { name, abn: abn::grouped(abn), address };
    let seller = (!kept.seller_abn.is_empty()).then(|| party(kept.seller_name, &kept.seller_abn, kept.seller_address));
    let rows = lines
        .into_iter()
        .map(|(about, quantity, amount, from, until)| {
            let (from, until) = (day(from), day(last_moment(until).max(from)));
            let period = if from == until { from } else { format!("{from} to {until}") };
            Row { about: unnumbered(about, quantity), period, quantity, amount }
        })
        .collect();
    let returned: i64 = returns.iter().map(|(refunded, ..)| refunded).sum();
    let credited = kept.credited_before + (kept.credited_after - returned).max(0);
    let mut taken: Vec<(String, i64)> = returns
        .iter()
        .filter(|(refunded, ..)| *refunded > 0)
        .map(|(refunded, _, at)| {
            (at.map_or_else(|| "Refunded".to_owned(), |at| format!("Refunded on {}", day(at))), *refunded)
        })
        .collect();
    if credited > 0 {
        taken.push(("Credited to you".to_owned(), credited));
    }
    let whole = Share { amount: kept.total, gst: kept.gst };
    let (shares, left) = taken_off(whole, taken.iter().map(|(_, amount)| *amount));
    Document {
        kind: match (&seller, kept.total) {
            (None, _) => Kind::Unnamed,
            (Some(_), ..0) => Kind::Adjustment,
            (Some(_), _) => Kind::Tax,
        },
        number: kept.number,
        on: day(kept.made_at),
        paid_on: kept.paid_at.filter(|_| kept.status == "paid").map(day),
        status: kept.status,
        seller,
        buyer: party(kept.buyer_name, &kept.buyer_abn, kept.buyer_address),
        rows: adding_up(rows, kept.total),
        total: kept.total,
        gst: kept.gst,
        adjustments: taken.into_iter().map(|(words, _)| words).zip(shares).collect(),
        left,
        from_credit: kept.from_credit,
        disputed: returns.iter().any(|(_, disputed, _)| *disputed),
    }
}

/// Stripe begins a line with how many it is for, which stands beside it.
fn unnumbered(about: String, quantity: i64) -> String {
    match about.strip_prefix(&format!("{quantity} × ")) {
        Some(rest) => rest.to_owned(),
        None => about,
    }
}

/// The rows, and one more for what was taken off or put on the whole, so that they are the total together.
fn adding_up(mut rows: Vec<Row>, total: i64) -> Vec<Row> {
    let rest = total - rows.iter().map(|row| row.amount).sum::<i64>();
    if rest != 0 {
        let about = match (rows.is_empty(), rest) {
            (true, _) => "Your plan",
            (false, ..0) => "Discount",
            (false, _) => "Other",
        };
        rows.push(Row { about: about.to_owned(), period: String::new(), quantity: 1, amount: rest });
    }
    rows
}

/// What these amounts take off an invoice with their part of its GST, and what is left of both. Whatever they are, the parts and
/// what is left are the whole to the cent, and of what is given back in full no GST is left.
fn taken_off(whole: Share, amounts: impl Iterator<Item = i64>) -> (Vec<Share>, Share) {
    let mut left = whole;
    let shares = amounts
        .map(|amount| {
            let after = left.amount - amount;
            let gst = gst_in(after, whole);
            let share = Share { amount, gst: left.gst - gst };
            left = Share { amount: after, gst };
            share
        })
        .collect();
    (shares, left)
}

/// The GST in a part of an invoice: as much of it as of the whole, to the nearest cent.
fn gst_in(part: i64, whole: Share) -> i64 {
    let (part, total, gst) = (i128::from(part), i128::from(whole.amount), i128::from(whole.gst));
    if total == 0 {
        return 0;
    }
    let (share, of) = (part * gst * total.signum(), total.abs());
    i64::try_from((2 * share + of).div_euclid(2 * of)).unwrap_or(whole.gst)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn row(amount: i64) -> Row {
        Row { about: "Devalo Team".to_owned(), period: String::new(), quantity: 1, amount }
    }

    fn kept(total: i64, gst: i64) -> Kept {
        Kept {
            id: "in_1".to_owned(),
            number: "F-1".to_owned(),
            status: "paid".to_owned(),
            total,
            gst,
            made_at: Instant::from_unix(1_795_384_800),
            paid_at: Some(Instant::from_unix(1_795_384_800)),
            from_credit: 0,
            credited_before: 0,
            credited_after: 0,
            seller_name: "Devalo Pty Ltd".to_owned(),
            seller_abn: "51824753556".to_owned(),
            seller_address: String::new(),
            buyer_name: "Fern Florist".to_owned(),
            buyer_abn: String::new(),
            buyer_address: String::new(),
            zone: "Australia/Brisbane".to_owned(),
        }
    }

    #[test]
    fn what_it_is_depends_on_who_sells_and_which_way_the_money_goes() {
        assert_eq!(document(kept(7_700, 700), Vec::new(), &[]).kind, Kind::Tax);
        assert_eq!(document(kept(-7_700, -700), Vec::new(), &[]).kind, Kind::Adjustment);
        let unnamed = Kept { seller_abn: String::new(), ..kept(7_700, 700) };
        assert_eq!(document(unnamed, Vec::new(), &[]).kind, Kind::Unnamed);
    }

    #[test]
    fn a_credit_that_was_given_back_is_counted_once() {
        let at = Some(Instant::from_unix(1_795_471_200));
        let credited = Kept { credited_before: 100, credited_after: 1_000, ..kept(7_700, 700) };
        let made = document(credited, Vec::new(), &[(600, false, at)]);
        let taken: Vec<i64> = made.adjustments.iter().map(|(_, share)| share.amount).collect();
        assert_eq!((taken, made.left.amount), (vec![600, 500], 6_600));
        assert_eq!(made.left.gst, 600);
    }

    #[test]
    fn a_period_ends_on_its_last_day() {
        let at = |day: i64| Instant::from_unix(1_795_384_800 + day * 24 * 60 * 60);
        let line = |from, until| ("Team".to_owned(), 1, 7_700, at(from), at(until));
        let made = document(kept(7_700, 700), vec![line(0, 30)], &[]);
        assert_eq!((made.rows.len(), made.on.as_str()), (1, "23 November 2026"));
        assert!(made.rows[0].period.contains(" to "), "{:?}", made.rows);
        assert!(!document(kept(7_700, 700), vec![line(3, 3)], &[]).rows[0].period.contains(" to "));
    }

    #[test]
    fn how_many_is_said_once() {
        assert_eq!(unnumbered("7 × Devalo Team".to_owned(), 7), "Devalo Team");
        assert_eq!(unnumbered("7 × Devalo Team".to_owned(), 17), "7 × Devalo Team");
        assert_eq!(unnumbered("Devalo Team".to_owned(), 1), "Devalo Team");
    }

    proptest! {
        /// Whatever the lines are, what stands on an invoice adds up to its total.
        #[test]
        fn the_rows_add_up(amounts in vec(-200_000_i64..200_000, 0..12), total in -200_000_i64..2_000_000) {
            let rows = adding_up(amounts.iter().copied().map(row).collect(), total);
            prop_assert_eq!(rows.iter().map(|row| row.amount).sum::<i64>(), total);
            let sum: i64 = amounts.iter().sum();
            prop_assert_eq!(adding_up(amounts.iter().copied().map(row).collect(), sum).len(), amounts.len());
        }

        /// However much is given back, in however many parts: the parts and what is left are the whole, to the cent, and none of the
        /// GST is left of what is given back in full.
        #[test]
        fn adjustments_take_off_what_they_say(total in 1_i64..5_000_000, cuts in vec(0_i64..5_000_000, 0..6)) {
            let whole = Share { amount: total, gst: (total + 5).div_euclid(11) };
            let mut rest = total;
            let mut amounts: Vec<i64> = cuts.into_iter().map(|cut| { let part = cut.min(rest); rest -= part; part }).collect();
            let (shares, left) = taken_off(whole, amounts.iter().copied());
            let sum = shares.iter().fold(left, |sum, share| Share { amount: sum.amount + share.amount, gst: sum.gst + share.gst });
            prop_assert_eq!(sum, whole);
            prop_assert!(left.gst >= 0 && left.gst <= whole.gst && shares.iter().all(|share| share.gst >= 0));
            amounts.push(rest);
            prop_assert_eq!(taken_off(whole, amounts.into_iter()).1, Share::default());
        }

        /// GST is one part of eleven of a price that includes it, to the nearest cent, on credits too.
        #[test]
        fn the_gst_of_a_part_is_of_the_whole(total in -5_000_000_i64..5_000_000) {
            let whole = Share { amount: total, gst: (total + 5).div_euclid(11) };
            prop_assert_eq!(gst_in(total, whole), if total == 0 { 0 } else { whole.gst });
            prop_assert!((whole.gst * 11 - total).abs() <= 5);
        }
    }
}
