// The pages that Stripe would host: the checkout, the portal, an invoice. Plain forms, no script, plainly a test.
import { CARDS, day, money, periodOf } from './billing.mjs';
import { Refused } from './errors.mjs';
import { parse } from './form.mjs';

export class Pages {
  constructor({ store, billing }) {
    Object.assign(this, { store, billing });
  }

  /** Answers a page: `{ status, html }`, `{ location }` or `{ pdf }`. */
  answer(method, path, query, body) {
    const given = method === 'POST' ? parse(body) : {};
    const [, kind, ...rest] = path.split('/');
    if (kind === 'c' && rest[0] === 'pay') return this.checkout(method, this.store.get('checkout.session', rest[1]), given);
    if (kind === 'p' && rest[0] === 'session') return this.portal(method, this.by('billing_portal.session', rest[1]), given, path, new URLSearchParams(query).get('done'));
    if (kind === 'connect') return this.onboarding(method, this.by('account_link', rest[0]), given);
    if (kind === 'i') return this.invoice(method, this.by('invoice', rest[0]), given, rest[1], path);
    return nothing();
  }

  by(kind, token) {
    return token && this.store.all(kind).find(({ _token }) => _token === token);
  }

  // ---- Checkout

  checkout(method, session, given) {
    if (!session) return nothing();
    const back = session.success_url.replaceAll('{CHECKOUT_SESSION_ID}', session.id);
    // Who presses twice, or comes back, has paid once.
    if (session.status === 'complete') {
      if (method === 'POST') return { location: back };
      return page('Already paid', html`<h1>This is already paid</h1><p><a class="button" href="${back}">Go on</a></p>`);
    }
    if (session.status === 'expired') {
      return page('This payment page has run out', html`<h1>This payment page has run out</h1><p>Nothing was paid.</p>${cancel(session)}`);
    }
    const cardNeeded = session.payment_method_collection === 'always' || session.amount_total > 0;
    let trouble;
    if (method === 'POST') {
      const read = readCard(given.card_number, cardNeeded);
      trouble = read.trouble;
      if (!trouble) {
        try {
          this.billing.complete(session, { card: read.card, email: given.email });
          return { location: back };
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          trouble = `${error.message} Nothing was paid. Try another card.`;
        }
      }
    }
    return page('Test payment page', this.checkoutForm(session, given, cardNeeded, trouble), { trouble });
  }

  checkoutForm(session, given, cardNeeded, trouble) {
    if (session.mode === 'payment') return this.saleForm(session, given, trouble);
    const lines = session._lines.map(({ price, quantity }) => html`<li>
        <span>${quantity} × ${this.billing.nameOf(price)}</span> <span>${money(price.unit_amount * quantity, price.currency)} a ${price.recurring.interval}</span>
      </li>`);
    const each = session._lines.reduce((sum, { price, quantity }) => sum + price.unit_amount * quantity, 0);
    const { interval } = session._lines[0].price.recurring;
    const days = session._data.trial_period_days;
    const trial = session.amount_total === 0 && each > 0;
    const then = trial ? `After ${days ? `${days} days` : 'the trial'}` : 'After that';
    const emailKnown = session.customer || session.customer_email;
    return html`<h1>Subscribe</h1>
      <ul class="lines">${lines}</ul>
      <dl>
        <div><dt>Due today</dt><dd>${money(session.amount_total, session.currency)}</dd></div>
        <div><dt>${then}</dt><dd>${money(each, session.currency)} a ${interval}, ${money(Math.round(each / 11), session.currency)} of it GST</dd></div>
      </dl>
      <form method="post">
        ${emailKnown ? '' : html`<label for="email">Email</label>
        <input id="email" name="email" type="email" autocomplete="email" required value="${given.email ?? ''}">`}
        ${cardField(given.card_number, trouble, cardNeeded)}
        <button>${session.amount_total > 0 ? html`Pay ${money(session.amount_total, session.currency)}` : 'Start the trial'}</button>
      </form>
      ${cancel(session)}`;
  }

  saleForm(session, given, trouble) {
    const account = this.store.get('account', session._account ?? '');
    const lines = session._lines.map(({ price, quantity }) => html`<li>
        <span>${quantity} × ${this.billing.nameOf(price)}</span> <span>${money(price.unit_amount * quantity, price.currency)}</span>
      </li>`);
    const emailKnown = session.customer || session.customer_email;
    return html`<h1>Pay ${account ? html`the account ${account.id}` : ''}</h1>
      <ul class="lines">${lines}</ul>
      <dl><div><dt>Due today</dt><dd>${money(session.amount_total, session.currency)}</dd></div></dl>
      <form method="post">
        ${emailKnown ? html`<p>Receipt to ${session.customer_email ?? ''}</p>` : html`<label for="email">Email</label>
        <input id="email" name="email" type="email" autocomplete="email" required value="${given.email ?? ''}">`}
        ${cardField(given.card_number, trouble, true)}
        <button>Pay ${money(session.amount_total, session.currency)}</button>
      </form>
      ${cancel(session)}`;
  }

  // ---- Accounts of others

  /** Where an account's owner says who they are. A link is good once, as at Stripe. */
  onboarding(method, link, given) {
    if (!link) return nothing();
    const account = this.store.get('account', link._account_id);
    if (method === 'POST') {
      const told = { finish: { details_submitted: true, charges_enabled: true }, check: { details_submitted: true }, later: {} }[given.action];
      if (told) this.billing.tellAccount(account, told);
      return { location: link._return };
    }
    if (link._seen || link.expires_at < this.store.now()) return { location: link._refresh };
    link._seen = true;
    return page('Test onboarding page', html`<h1>Tell us about your business</h1>
      <p>Account ${account.id}. Nothing is asked here, and nothing is kept.</p>
      <form method="post">
        <button name="action" value="finish">Finish: payments can be taken</button>
        <button class="quiet" name="action" value="check">Send it in: it is checked first</button>
        <button class="quiet" name="action" value="later">Leave it for later</button>
      </form>`);
  }

  // ---- Portal

  portal(method, session, given, path, said) {
    if (!session) return nothing();
    const customer = this.store.get('customer', session.customer);
    const subscriptions = this.store.all('subscription').filter(({ customer: of, status }) => of === customer.id && status !== 'canceled');
    let trouble;
    let done;
    if (method === 'POST') {
      const subscription = subscriptions.find(({ id }) => id === given.subscription);
      if (given.action === 'card') {
        const read = readCard(given.card_number, true);
        // A card that never works can't be kept, as at Stripe.
        trouble = read.trouble ?? (read.card.works === 'never' ? `${read.card.failure.message} The card wasn’t changed.` : undefined);
        if (!trouble) this.billing.setCard(customer, read.card);
        done = 'card';
      } else if (subscription && ['cancel', 'resume'].includes(given.action)) {
        this.billing.update(subscription, { cancel_at_period_end: given.action === 'cancel' });
        done = given.action;
      } else {
        trouble = 'That is not there any more.';
      }
      if (!trouble) return { location: `${path}?done=${done}` };
    }
    const invoices = this.store.all('invoice').filter(({ customer: of, status }) => of === customer.id && status !== 'draft').reverse();
    const kept = this.billing.methodOf(subscriptions.at(-1) ?? { customer: customer.id });
    const row = (each) => html`<li>
        <a href="${each.hosted_invoice_url}">${each.number}</a> <span>${day(each.created)}</span> <span>${money(each.total, each.currency)}, ${each.status}</span>
      </li>`;
    return page('Test billing page', html`<h1>Billing of ${customer.name ?? customer.email ?? customer.id}</h1>
      ${said && Object.hasOwn(DONE, said) && !trouble ? html`<p role="status">${DONE[said]}</p>` : ''}
      ${session.return_url ? html`<p><a href="${session.return_url}">Go back</a></p>` : ''}
      <h2>Subscriptions</h2>
      ${subscriptions.length ? subscriptions.map((each) => this.subscription(each)) : html`<p>None.</p>`}
      <h2>Card</h2>
      <p>${kept ? html`Card ending in ${kept.card.last4}` : 'No card yet.'}</p>
      <form method="post"><input type="hidden" name="action" value="card">${cardField(given.card_number, trouble, true)}<button>Use this card</button></form>
      <h2>Invoices</h2>
      ${invoices.length ? html`<ul class="lines">${invoices.map(row)}</ul>` : html`<p>None yet.</p>`}`, { trouble });
  }

  subscription(subscription) {
    const end = day(periodOf(subscription)[1]);
    const names = subscription.items.data.map(({ price, quantity }) => `${quantity} × ${this.billing.nameOf(price)}`).join(', ');
    const ends = subscription.cancel_at_period_end;
    return html`<p>${names}: ${subscription.status.replace('_', ' ')}. ${ends ? html`It ends on ${end}.` : html`The next payment is due on ${end}.`}</p>
      <form method="post"><input type="hidden" name="subscription" value="${subscription.id}">
        <button class="quiet" name="action" value="${ends ? 'resume' : 'cancel'}">${ends ? 'Don’t cancel' : html`Cancel on ${end}`}</button></form>`;
  }

  // ---- Invoices

  invoice(method, invoice, given, part, path) {
    if (!invoice) return nothing();
    if (part === 'pdf') return { pdf: pdf(this.invoiceText(invoice)), name: `${invoice.number}.pdf` };
    let trouble;
    if (method === 'POST' && invoice.status === 'open') {
      const read = readCard(given.card_number, true);
      trouble = read.trouble;
      if (!trouble) {
        const customer = this.store.get('customer', invoice.customer);
        if (read.card.works === 'never') {
          trouble = `${read.card.failure.message} Nothing was paid. Try another card.`;
        } else {
          const kept = this.billing.setCard(customer, read.card);
          const failure = this.billing.attempt(invoice, { method: kept, present: true });
          if (failure) trouble = failure.message;
          else return { location: path };
        }
      }
    }
    const words = { open: 'Not paid yet', paid: 'Paid', void: 'Void', uncollectible: 'Not collected' };
    return page(`Test invoice ${invoice.number}`, html`<h1>Tax invoice ${invoice.number}</h1>
      <p>${words[invoice.status]}. ${day(invoice.created)}${invoice.customer_name ? html`, for ${invoice.customer_name}` : ''}</p>
      <ul class="lines">${invoice.lines.data.map((line) => html`<li><span>${line.description}</span> <span>${money(line.amount, line.currency)}</span></li>`)}</ul>
      <dl>
        <div><dt>Total</dt><dd>${money(invoice.total, invoice.currency)}</dd></div>
        <div><dt>GST in it</dt><dd>${money(invoice.total_taxes[0].amount, invoice.currency)}</dd></div>
        ${invoice.status === 'open' ? html`<div><dt>To pay</dt><dd>${money(invoice.amount_remaining, invoice.currency)}</dd></div>` : ''}
      </dl>
      <p><a href="${invoice.invoice_pdf}">PDF</a></p>
      ${invoice.status === 'open' ? html`<form method="post">
        ${cardField(given.card_number, trouble, true)}<button>Pay ${money(invoice.amount_remaining, invoice.currency)}</button>
      </form>` : ''}`, { trouble });
  }

  invoiceText(invoice) {
    return [
      'TEST. No money moves.', `Tax invoice ${invoice.number}`, day(invoice.created), invoice.customer_name ?? '', '',
      ...invoice.lines.data.map((line) => `${line.description}: ${money(line.amount, line.currency)}`), '',
      `Total: ${money(invoice.total, invoice.currency)}`, `GST in it: ${money(invoice.total_taxes[0].amount, invoice.currency)}`, `Status: ${invoice.status}`,
    ];
  }
}

const DONE = { card: 'Your card is changed.', cancel: 'Your subscription ends with what you have paid for.', resume: 'Your subscription goes on.' };

function readCard(number, needed) {
  const digits = (number ?? '').replaceAll(/[\s-]/g, '');
  if (!digits && !needed) return { card: undefined };
  if (!digits) return { trouble: 'Type a card number.' };
  const card = Object.hasOwn(CARDS, digits) ? CARDS[digits] : undefined;
  return card ? { card } : { trouble: 'That isn’t one of the test cards. Try 4242 4242 4242 4242.' };
}

function cardField(value, trouble, needed) {
  return html`<label for="card">Card number${needed ? '' : ' (not needed yet)'}</label>
    <input id="card" name="card_number" inputmode="numeric" autocomplete="off" spellcheck="false" value="${value ?? '4242 4242 4242 4242'}"
      aria-describedby="card-help${trouble ? ' trouble' : ''}" ${trouble ? raw('aria-invalid="true"') : ''} ${needed ? raw('required') : ''}>
    <p class="help" id="card-help">4000 0000 0000 0002 is declined; 4000 0000 0000 0341 is taken, and fails at the next renewal.</p>`;
}

const cancel = (session) => (session.cancel_url ? html`<p><a href="${session.cancel_url}">Cancel</a></p>` : '');

const nothing = () => page('Not found', html`<h1>Not found</h1><p>The stand-in has no such page.</p>`, { status: 404 });

function page(title, body, { status = 200, trouble } = {}) {
  return {
    status,
    html: html`<!doctype html>
<html lang="en-AU">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${trouble ? 'Not done: ' : ''}${title}</title>
<link rel="icon" href="data:,">
<style>${raw(STYLE)}</style>
</head>
<body>
<header><p><strong>Test payment page. No money moves.</strong></p></header>
<main>${trouble ? html`<p class="trouble" id="trouble" role="alert">${trouble}</p>` : ''}${body}</main>
</body>
</html>`.text,
  };
}

const STYLE = `
:root { color-scheme: light dark; --line: #767b85; --quiet: #4d5461; --ink: #16181d; --paper: #fff; --ground: #eef0f4; --act: #1f4fbf; --on-act: #fff; --bad: #9c1c1c; }
@media (prefers-color-scheme: dark) { :root { --line: #8b919c; --quiet: #b6bcc8; --ink: #f0f1f4; --paper: #1d2026; --ground: #121418; --act: #9dbbff; --on-act: #10203f; --bad: #ffb0a8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
header { background: #ffd84d; color: #1d1800; padding: .25rem 1rem; text-align: center; }
header p { margin: .25rem 0; }
main { max-width: 34rem; margin: 2rem auto; padding: 1.5rem; background: var(--paper); border-radius: .75rem; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
.lines { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
.lines li, dl div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1rem; padding: .5rem 0; }
.lines li { border-bottom: 1px solid var(--line); }
dl { margin: .5rem 0 1.5rem; }
dd { margin: 0; }
dl div:first-child { font-weight: 600; }
form { margin: 1rem 0; }
label { display: block; font-weight: 600; margin-top: 1rem; }
input:not([type=hidden]) { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; }
input[aria-invalid] { border: 2px solid var(--bad); }
.help { margin: .25rem 0 0; color: var(--quiet); font-size: .9rem; }
button, .button { display: inline-block; min-height: 2.75rem; margin-top: 1rem; padding: .5rem 1.25rem; border: 2px solid var(--act); border-radius: .5rem; }
button, .button { font: inherit; font-weight: 600; color: var(--on-act); background: var(--act); text-decoration: none; cursor: pointer; }
.quiet { color: var(--act); background: none; }
a { color: var(--act); }
a.button { color: var(--on-act); }
.trouble { margin: 0 0 1rem; padding: .75rem 1rem; border: 2px solid var(--bad); border-radius: .5rem; color: var(--bad); font-weight: 600; }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
`;

/** HTML with everything in it escaped that isn't HTML already. */
function html(strings, ...values) {
  return raw(strings.reduce((text, part, index) => text + written(values[index - 1]) + part));
}

function raw(text) {
  return { text };
}

function written(value) {
  if (Array.isArray(value)) return value.map(written).join('');
  if (value !== null && typeof value === 'object') return value.text;
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** A page of text as the smallest PDF. */
function pdf(lines) {
  const shown = lines.map((line) => `(${line.replaceAll('×', 'x').replaceAll(/[^\u0020-\u007e]/g, ' ').replaceAll(/[\\()]/g, '\\$&')}) Tj T*`).join('\n');
  const stream = `BT /F1 12 Tf 16 TL 50 780 Td\n${shown}\nET`;
  const parts = [
    '<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`, '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let text = '%PDF-1.4\n';
  const places = parts.map((part, index) => {
    const place = text.length;
    text += `${index + 1} 0 obj\n${part}\nendobj\n`;
    return place;
  });
  const table = text.length;
  text += `xref\n0 ${parts.length + 1}\n0000000000 65535 f \n${places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('')}`;
  return Buffer.from(`${text}trailer\n<< /Size ${parts.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`, 'latin1');
}
