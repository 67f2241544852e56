//! `/app/{org}/settings/billing/invoices/{number}`: an invoice to read and to print. The server writes it alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    billing::invoices::{self, Document, Kind, Party, Row, Share},
    error::Result,
    money::dollars,
    pages::plain::written,
    request,
    ui::{Notice, SettingsFrame, SettingsHead, Table, Tone, assets::PrintButton, org_of_address},
};

struct Page {
    back: String,
    invoice: Document,
    whom: String,
}

/// An invoice, in the dashboard's frame; on paper without it.
#[component]
pub fn InvoiceRoute() -> AnyView {
    let org = org_of_address();
    let number = use_params_map().with_untracked(|params| params.get("number")).unwrap_or_default();
    let (platform, actor) = (request::platform(), request::actor());
    let read = move || {
        let (platform, actor, org, number) = (platform.clone(), actor.clone(), org.get_untracked(), number.clone());
        async move {
            let invoice = invoices::read(&platform, &actor, &org, &number).await?;
            Ok(Page { back: format!("/app/{org}/settings/billing"), invoice, whom: platform.whom_to_write_to() })
        }
    };
    let read = move || -> std::pin::Pin<Box<dyn Future<Output = Result<Page>> + Send>> { Box::pin(read()) };
    view! { <SettingsFrame org=org>{written(read, show)}</SettingsFrame> }.into_any()
}

fn show(page: Page) -> AnyView {
    let Page { back, invoice, whom } = page;
    let Document {
        kind,
        number,
        on,
        status,
        paid_on,
        seller,
        buyer,
        rows,
        total,
        gst,
        adjustments,
        left,
        from_credit,
        disputed,
    } = invoice;
    let title = match kind {
        Kind::Tax => "Tax invoice",
        Kind::Adjustment => "Adjustment note",
        Kind::Unnamed => "Invoice",
    };
    let unnamed = (kind == Kind::Unnamed).then(|| {
        view! {
            <Notice tone=Tone::Warning>
                <p>{format!("This isn’t a tax invoice yet: it doesn’t say who sells, and by which ABN. Please write to {whom}.")}</p>
            </Notice>
        }
    });
    let said = match kind {
        Kind::Adjustment => "It takes back some of what was charged before. The credit comes off your next invoices.",
        Kind::Tax | Kind::Unnamed => "It stays as it was made, whatever changes in your details.",
    };
    // On paper there is no frame around it that says whose it is.
    let letterhead =
        seller.as_ref().map(|seller| view! { <p class="print-only"><strong>{seller.name.clone()}</strong></p> });
    let standing = match (status.as_str(), paid_on) {
        (_, Some(on)) => format!("Paid on {on}"),
        ("void", _) => "Cancelled: nothing is owed for it".to_owned(),
        ("open", _) => "Unpaid".to_owned(),
        _ => "Not collected".to_owned(),
    };
    let credit = (from_credit > 0).then(|| {
        let words = format!(
            "{} of it came off your credit; {} was left to pay",
            dollars(from_credit),
            dollars(total - from_credit)
        );
        view! { <span>{words}</span> }
    });
    let sums = sums(kind, Share { amount: total, gst });
    let adjusted = adjusted(adjustments, left);
    let disputed = disputed.then(|| view! { <p>"Your bank has disputed this payment."</p> });
    view! {
        {letterhead}
        <SettingsHead title=format!("{title} {number}") about=said back=back back_label="Plan and billing"><PrintButton/></SettingsHead>
        {unnamed}
        <article class="card stack invoice">
            <dl class="facts facts-wide">
                <div><dt>"Number"</dt><dd>{number}</dd></div>
                <div><dt>"Date"</dt><dd>{on}</dd></div>
                <div><dt>"Payment"</dt><dd>{standing}{credit}</dd></div>
            </dl>
            <div class="invoice-parties">
                {seller.map(|seller| party("From", seller))}
                {party("To", buyer)}
            </div>
            <Table caption="What it is for; prices including GST" columns=vec!["Description", "Quantity", "Price including GST"] rows=rows.into_iter().map(row).collect() sums=sums/>
            {adjusted}
            {disputed}
        </article>
    }
    .into_any()
}

fn party(label: &'static str, party: Party) -> AnyView {
    let Party { name, abn, address } = party;
    let abn = (!abn.is_empty()).then(|| view! { <p>{format!("ABN {abn}")}</p> });
    let address = (!address.is_empty()).then(|| view! { <p>{address}</p> });
    view! { <section><h2>{label}</h2><p><strong>{name}</strong></p>{abn}{address}</section> }.into_any()
}

fn row(row: Row) -> Vec<AnyView> {
    let Row { about, period, quantity, amount } = row;
    let period = (!period.is_empty()).then(|| view! { <br/><span class="soft">{period}</span> });
    vec![view! { {about} {period} }.into_any(), quantity.into_any(), dollars(amount).into_any()]
}

fn sums(kind: Kind, of: Share) -> Vec<Vec<AnyView>> {
    let (total, gst) = match kind {
        Kind::Adjustment => ("Adjustment, including GST", "GST in the adjustment"),
        Kind::Tax | Kind::Unnamed => ("Total, including GST", "GST in the total"),
    };
    vec![vec![total.into_any(), dollars(of.amount).into_any()], vec![gst.into_any(), dollars(of.gst).into_any()]]
}

/// What came off since, as an adjustment to it.
fn adjusted(adjustments: Vec<(String, Share)>, left: Share) -> Option<AnyView> {
    if adjustments.is_empty() {
        return None;
    }
    let rows = adjustments
        .into_iter()
        .map(|(words, share)| vec![words.into_any(), dollars(-share.amount).into_any(), dollars(-share.gst).into_any()])
        .collect();
    let sums = vec![vec![
        "What is left of the invoice".into_any(),
        dollars(left.amount).into_any(),
        dollars(left.gst).into_any(),
    ]];
    Some(
        view! {
            <section class="stack" aria-labelledby="adjustments">
                <h2 id="adjustments">"Adjustment note"</h2>
                <p>"Since this invoice was made, this came off it."</p>
                <Table caption="What came off since" columns=vec!["Adjustment", "Amount including GST", "GST"] rows=rows sums=sums/>
            </section>
        }
        .into_any(),
    )
}
