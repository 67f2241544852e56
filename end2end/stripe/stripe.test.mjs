// The stand-in, asked with Stripe's own client, through a whole life. `node --test end2end/stripe/stripe.test.mjs`
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';

import Stripe from 'stripe';

import { startStripe } from '../lib/stripe.mjs';
import { Billing, CARDS } from './billing.mjs';
import { Refused } from './errors.mjs';
import * as objects from './objects.mjs';
import { Store } from './store.mjs';

const DAY = 24 * 60 * 60;
let standIn;
let stripe;
let receiver;

before(async () => {
  receiver = await receive();
  standIn = await startStripe({ webhookUrl: receiver.url });
  stripe = clientOf(standIn);
});

after(async () => {
  await standIn?.stop();
  receiver?.stop();
});

beforeEach(async () => {
  await standIn.control('reset', {});
  receiver.forget();
});

test('a customer has an ABN, and another one later', async () => {
  const { customer } = await shop();
  const made = await stripe.customers.createTaxId(customer.id, { type: 'au_abn', value: '51 824 753 556' });
  assert.deepEqual([made.type, made.value, made.country], ['au_abn', '51824753556', 'AU']);
  await assert.rejects(stripe.customers.createTaxId(customer.id, { type: 'au_abn', value: '51824753556' }), { code: 'resource_already_exists' });
  await assert.rejects(stripe.customers.createTaxId(customer.id, { type: 'au_abn', value: '5182' }), { code: 'tax_id_invalid' });
  await assert.rejects(stripe.customers.createTaxId('cus_nobody', { type: 'au_abn', value: '51824753556' }), { code: 'resource_missing' });
  await stripe.customers.deleteTaxId(customer.id, made.id);
  await assert.rejects(stripe.customers.deleteTaxId(customer.id, made.id), { code: 'resource_missing' });
  assert.deepEqual((await stripe.customers.listTaxIds(customer.id)).data, []);
});

test('a whole life: trial, renewal, failure, another card, upgrade, cancelling, resuming, refund', async () => {
  const { customer, team, seat } = await shop();
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription', customer: customer.id, client_reference_id: 'org-7', locale: 'en', line_items: [{ price: team.id, quantity: 1 }, { price: seat.id, quantity: 2 }],
    subscription_data: { trial_period_days: 14, metadata: { org: '7' } }, success_url: 'http://localhost:9/done?session={CHECKOUT_SESSION_ID}', cancel_url: 'http://localhost:9/plans',
  });
  assert.equal(session.status, 'open');
  const page = await (await fetch(session.url)).text();
  for (const words of ['Test payment page. No money moves.', '2 × Extra seat', '$79.00 a month', '4242 4242 4242 4242', 'lang="en-AU"', 'http://localhost:9/plans']) {
    assert.ok(page.includes(words), words);
  }

  // A declined card says so on the page, and nothing is made.
  const refused = await post(session.url, { card_number: '4000 0000 0000 0002' });
  assert.equal(refused.status, 200);
  assert.match(await refused.text(), /role="alert">Your card was declined\./);
  assert.equal((await stripe.subscriptions.list({ customer: customer.id, status: 'all' })).data.length, 0);

  const paid = await post(session.url, { card_number: '4242424242424242' });
  assert.equal(paid.status, 303);
  assert.equal(paid.headers.get('location'), `http://localhost:9/done?session=${session.id}`);
  // Once more changes nothing.
  assert.equal((await post(session.url, { card_number: '4242424242424242' })).status, 303);
  const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription', 'line_items'] });
  assert.equal(done.status, 'complete');
  assert.equal(done.payment_status, 'no_payment_required');
  assert.equal(done.line_items.data.length, 2);
  let subscription = done.subscription;
  assert.equal(subscription.status, 'trialing');
  assert.equal(subscription.metadata.org, '7');
  assert.equal(subscription.trial_end - subscription.trial_start, 14 * DAY);
  await waited(['customer.subscription.created', 'invoice.created', 'invoice.finalized', 'invoice.paid', 'checkout.session.completed']);
  assert.equal((await stripe.charges.list({ customer: customer.id })).data.length, 0);

  // Three days before its end the trial says so; then it is paid for.
  await standIn.control('clock', { days: 12 });
  await waited(['customer.subscription.trial_will_end']);
  await standIn.control('clock', { days: 3 });
  subscription = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice.payments'] });
  assert.equal(subscription.status, 'active');
  const first = subscription.latest_invoice;
  assert.equal(first.status, 'paid');
  assert.equal(first.total, 7900 + 2 * 1200);
  assert.equal(first.total_taxes[0].amount, Math.round(7900 / 11) + Math.round(2400 / 11));
  assert.equal(first.payments.data.length, 1);
  assert.match(first.number, /^[A-Z0-9]{8}-0002$/);
  assert.ok((await (await fetch(first.hosted_invoice_url)).text()).includes('Tax invoice'));
  assert.match(await (await fetch(first.invoice_pdf)).text(), /^%PDF/);

  // The next renewal fails, and two retries.
  await standIn.control('card', { customer: customer.id, card: 'declined' });
  await standIn.control('clock', { days: 31 });
  subscription = await stripe.subscriptions.retrieve(subscription.id);
  assert.equal(subscription.status, 'past_due');
  let owed = await stripe.invoices.retrieve(subscription.latest_invoice);
  assert.equal(owed.status, 'open');
  assert.equal(owed.attempt_count, 1);
  const began = owed.next_payment_attempt - 3 * DAY;
  await standIn.control('clock', { to: owed.next_payment_attempt });
  owed = await stripe.invoices.retrieve(owed.id);
  assert.deepEqual([owed.attempt_count, owed.next_payment_attempt], [2, began + 5 * DAY]);
  await waited(['invoice.payment_failed', 'customer.subscription.updated']);

  // With another card the next retry is paid.
  await standIn.control('card', { customer: customer.id, card: 'ok' });
  await standIn.control('clock', { to: owed.next_payment_attempt });
  owed = await stripe.invoices.retrieve(owed.id);
  assert.equal(owed.status, 'paid');
  subscription = await stripe.subscriptions.retrieve(subscription.id);
  assert.equal(subscription.status, 'active');
  const charges = await stripe.charges.list({ customer: customer.id, limit: 100 });
  assert.equal(charges.data.filter((charge) => charge.paid).length, 2);
  assert.equal(charges.data.filter((charge) => !charge.paid).length, 2);

  // An upgrade comes to what its preview said, to the cent.
  await standIn.control('clock', { frozen: true });
  const [plan, seats] = subscription.items.data;
  const change = { items: [{ id: plan.id, price: (await price('business_month')).id }, { id: seats.id, quantity: 5 }], proration_behavior: 'always_invoice' };
  const preview = await stripe.invoices.createPreview({ customer: customer.id, subscription: subscription.id, subscription_details: change });
  assert.ok(preview.total > 0);
  assert.equal(preview.lines.data.length, 4);
  subscription = await stripe.subscriptions.update(subscription.id, { ...change, payment_behavior: 'error_if_incomplete', expand: ['latest_invoice'] });
  const upgrade = subscription.latest_invoice;
  assert.deepEqual([upgrade.total, upgrade.amount_due, upgrade.total_taxes, upgrade.status], [preview.total, preview.amount_due, preview.total_taxes, 'paid']);
  assert.deepEqual(upgrade.lines.data.map(({ amount, description }) => [amount, description]), preview.lines.data.map(({ amount, description }) => [amount, description]));
  const { current_period_start: start, current_period_end: end } = subscription.items.data[0];
  const left = (end - upgrade.created) / (end - start);
  const share = (amount) => Math.round(amount * left);
  assert.equal(upgrade.total, share(14900) - share(7900) + share(6000) - share(2400));

  // Cancelled at the end, resumed, cancelled again, and over then.
  subscription = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
  assert.deepEqual([subscription.cancel_at_period_end, subscription.cancel_at, subscription.status], [true, end, 'active']);
  subscription = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
  assert.deepEqual([subscription.cancel_at_period_end, subscription.cancel_at, subscription.canceled_at], [false, null, null]);
  await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });

  const [last] = (await stripe.charges.list({ customer: customer.id, limit: 1 })).data;
  const refund = await stripe.refunds.create({ charge: last.id, amount: 500 });
  assert.deepEqual([refund.status, refund.amount], ['succeeded', 500]);
  await stripe.refunds.create({ payment_intent: last.payment_intent });
  assert.deepEqual(await some(stripe.charges.retrieve(last.id), 'refunded', 'amount_refunded'), [true, last.amount]);
  await assert.rejects(stripe.refunds.create({ charge: last.id }), { code: 'charge_already_refunded' });

  await standIn.control('clock', { to: end });
  subscription = await stripe.subscriptions.retrieve(subscription.id);
  assert.deepEqual([subscription.status, subscription.ended_at], ['canceled', end]);
  await waited(['charge.refunded', 'customer.subscription.deleted']);
  assert.equal(receiver.wrong.length, 0);
  // Every event was delivered once, for each was taken.
  const { events } = await standIn.control('events');
  assert.deepEqual(receiver.seen.map(({ id }) => id).sort(), events.map(({ event }) => event.id).sort());
});

describe('money', () => {
  test('after the last retry a subscription is unpaid, makes drafts, and is mended by paying what is open', async () => {
    const { customer, subscription } = await subscribed({ card: 'renewal_fails' });
    const end = subscription.items.data[0].current_period_end;
    await standIn.control('clock', { to: end + 8 * DAY });
    assert.equal((await stripe.subscriptions.retrieve(subscription.id)).status, 'unpaid');
    const [open] = (await stripe.invoices.list({ customer: customer.id, status: 'open' })).data;
    assert.deepEqual([open.attempt_count, open.next_payment_attempt], [4, null]);
    await standIn.control('clock', { days: 31 });
    assert.equal((await stripe.invoices.list({ customer: customer.id, status: 'draft' })).data.length, 1);
    // On the invoice's own page.
    assert.match(await (await fetch(open.hosted_invoice_url)).text(), /Not paid yet/);
    assert.match(await (await post(open.hosted_invoice_url, { card_number: '4000000000009995' })).text(), /insufficient funds/);
    assert.equal((await post(open.hosted_invoice_url, { card_number: '4242 4242 4242 4242' })).status, 303);
    assert.equal((await stripe.subscriptions.retrieve(subscription.id)).status, 'active');
  });

  test('after the last retry it can be cancelled instead', async () => {
    await standIn.control('settings', { after_retries: 'canceled' });
    const { subscription } = await subscribed({ card: 'renewal_fails' });
    await standIn.control('clock', { to: subscription.items.data[0].current_period_end + 8 * DAY });
    assert.deepEqual((await stripe.subscriptions.retrieve(subscription.id)).cancellation_details.reason, 'payment_failed');
  });

  test('an update that can’t be paid for: refused, late or waiting', async () => {
    const { customer, subscription } = await subscribed();
    await standIn.control('card', { customer: customer.id, card: 'declined' });
    await standIn.control('clock', { days: 10 });
    const change = { items: [{ id: subscription.items.data[0].id, price: (await price('business_month')).id }], proration_behavior: 'always_invoice' };
    const before = (await stripe.invoices.list({ customer: customer.id })).data.length;
    const refused = stripe.subscriptions.update(subscription.id, { ...change, payment_behavior: 'error_if_incomplete' });
    await assert.rejects(refused, { type: 'StripeCardError', statusCode: 402, code: 'card_declined' });
    assert.equal((await stripe.invoices.list({ customer: customer.id })).data.length, before);

    const waiting = await stripe.subscriptions.update(subscription.id, { ...change, payment_behavior: 'pending_if_incomplete' });
    assert.equal(waiting.pending_update.subscription_items[0].price.lookup_key, 'business_month');
    assert.equal(waiting.items.data[0].price.lookup_key, 'team_month');
    await standIn.control('card', { customer: customer.id, card: 'ok' });
    await stripe.invoices.pay(waiting.latest_invoice);
    const applied = await stripe.subscriptions.retrieve(subscription.id);
    assert.deepEqual([applied.pending_update, applied.items.data[0].price.lookup_key, applied.status], [null, 'business_month', 'active']);

    await standIn.control('card', { customer: customer.id, card: 'declined' });
    const late = await stripe.subscriptions.update(subscription.id, { items: [{ id: applied.items.data[0].id, quantity: 2 }], proration_behavior: 'always_invoice' });
    assert.deepEqual([late.status, late.items.data[0].quantity], ['past_due', 2]);
  });

  test('a downgrade’s credit comes off what follows', async () => {
    const { customer, subscription } = await subscribed({ key: 'business_month' });
    await standIn.control('clock', { frozen: true, days: 10 });
    await stripe.subscriptions.update(subscription.id, { items: [{ id: subscription.items.data[0].id, price: (await price('team_month')).id }], proration_behavior: 'always_invoice' });
    const [credit] = (await stripe.invoices.list({ customer: customer.id, limit: 1 })).data;
    assert.ok(credit.total < 0);
    assert.deepEqual([credit.amount_due, credit.status], [0, 'paid']);
    assert.equal((await stripe.customers.retrieve(customer.id)).balance, credit.total);
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id });
    assert.equal(preview.amount_due, 7900 + credit.total);
    await standIn.control('clock', { to: subscription.items.data[0].current_period_end + 3600 });
    const [next] = (await stripe.invoices.list({ customer: customer.id, limit: 1 })).data;
    assert.deepEqual([next.amount_due, next.status], [7900 + credit.total, 'paid']);
  });

  test('prorations wait for the next invoice, unless they are asked for', async () => {
    const { customer, subscription } = await subscribed();
    await standIn.control('clock', { frozen: true, days: 10 });
    const change = { items: [{ price: (await price('seat_month')).id, quantity: 3 }] };
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id, subscription_details: change });
    await stripe.subscriptions.update(subscription.id, change);
    assert.equal((await stripe.invoices.list({ customer: customer.id })).data.length, 1);
    await standIn.control('clock', { to: subscription.items.data[0].current_period_end + 3600 });
    const [next] = (await stripe.invoices.list({ customer: customer.id, limit: 1 })).data;
    assert.equal(next.total, preview.total);
    assert.equal(next.lines.data.length, 3);
  });

  test('from monthly to yearly a year begins at once; a trial can be ended', async () => {
    const { subscription } = await subscribed({ trial: 14 });
    await standIn.control('clock', { frozen: true, days: 2 });
    const ended = await stripe.subscriptions.update(subscription.id, { trial_end: 'now', expand: ['latest_invoice'] });
    assert.deepEqual([ended.status, ended.latest_invoice.total, ended.latest_invoice.status], ['active', 7900, 'paid']);
    await standIn.control('clock', { days: 5 });
    const yearly = await price('team_year');
    const change = { items: [{ id: subscription.items.data[0].id, price: yearly.id }], proration_behavior: 'always_invoice' };
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id, subscription_details: change });
    const moved = await stripe.subscriptions.update(subscription.id, { ...change, expand: ['latest_invoice'] });
    assert.equal(moved.latest_invoice.total, preview.total);
    const { current_period_start: start, current_period_end: end } = moved.items.data[0];
    assert.deepEqual([start, Math.round((end - start) / DAY / 5) * 5], [moved.latest_invoice.created, 365]);
  });

  test('the 31st comes back after February', async () => {
    await standIn.control('clock', { set: Date.UTC(2027, 0, 31, 3) / 1000, frozen: true });
    const { subscription } = await subscribed();
    const ends = [];
    for (let month = 0; month < 3; month += 1) {
      const { items } = await stripe.subscriptions.retrieve(subscription.id);
      ends.push(new Date(items.data[0].current_period_end * 1000).toISOString().slice(0, 10));
      await standIn.control('clock', { to: items.data[0].current_period_end });
    }
    assert.deepEqual(ends, ['2027-02-28', '2027-03-31', '2027-04-30']);
  });

  test('a trial without a card ends as was said', async () => {
    const { subscription } = await subscribed({ trial: 14, card: '', collect: 'if_required', then: 'cancel' });
    await standIn.control('clock', { days: 15 });
    assert.equal((await stripe.subscriptions.retrieve(subscription.id)).status, 'canceled');
  });
});

test('whatever happens to subscriptions, the books add up', () => {
  for (let seed = 1; seed <= 40; seed += 1) livedThrough(seed);
});

describe('the portal', () => {
  test('changes the card, cancels and resumes', async () => {
    const { customer, subscription } = await subscribed();
    const { url } = await stripe.billingPortal.sessions.create({ customer: customer.id, return_url: 'http://localhost:9/billing' });
    const page = await (await fetch(url)).text();
    for (const words of ['Test payment page. No money moves.', 'ending in 4242', 'http://localhost:9/billing', '$79.00, paid']) assert.ok(page.includes(words), words);
    assert.match(await (await post(url, { action: 'card', card_number: '4000000000000002' })).text(), /The card wasn’t changed/);
    assert.equal((await post(url, { action: 'card', card_number: '5555 5555 5555 4444' })).status, 303);
    assert.match(await (await fetch(`${url}?done=card`)).text(), /role="status">Your card is changed[^]*ending in 4444/);
    await post(url, { action: 'cancel', subscription: subscription.id });
    assert.equal((await stripe.subscriptions.retrieve(subscription.id)).cancel_at_period_end, true);
    await post(url, { action: 'resume', subscription: subscription.id });
    assert.equal((await stripe.subscriptions.retrieve(subscription.id)).cancel_at_period_end, false);
  });
});

test('the pages say what they are told as text', async () => {
  const { team } = await shop();
  const customer = await stripe.customers.create({ name: '<script>alert(1)</script>"&' });
  const { url } = await stripe.billingPortal.sessions.create({ customer: customer.id, return_url: 'http://localhost:9/?a="><b>' });
  const page = await (await fetch(url)).text();
  assert.ok(page.includes('&lt;script&gt;') && !page.includes('<script') && !page.includes('"><b>'));
  const session = await stripe.checkout.sessions.create({ mode: 'subscription', customer: customer.id, line_items: [{ price: team.id, quantity: 1 }], success_url: 'http://localhost:9/' });
  assert.ok(!(await (await post(session.url, { card_number: '"><script>' })).text()).includes('<script'));
});

describe('requests', () => {
  test('one key is one request', async () => {
    const make = (name) => stripe.customers.create({ name }, { idempotencyKey: 'once' });
    const one = await make('Fern');
    const two = await make('Fern');
    assert.equal(one.id, two.id);
    await assert.rejects(make('Moss'), { type: 'StripeIdempotencyError', statusCode: 400 });
    assert.equal((await stripe.customers.list()).data.length, 1);
    const { requests } = await standIn.control('requests?method=POST');
    assert.deepEqual(requests.map(({ status, replayed }) => [status, replayed]), [[200, false], [200, true], [400, false]]);
    // A day later it is another.
    await standIn.control('clock', { hours: 24 });
    assert.notEqual((await make('Fern')).id, one.id);
  });

  test('a key that is wrong, or may not, is refused', async () => {
    for (const [mode, statusCode] of [['key', 401], ['denied', 403]]) {
      await standIn.control('outage', { mode, path: 'customers', method: 'POST' });
      await assert.rejects(stripe.customers.create({ name: 'Fern' }), { statusCode });
      assert.equal((await stripe.customers.list()).data.length, 0);
    }
  });

  test('an answer that was lost is had again without doing anything twice', async () => {
    await standIn.control('outage', { mode: 'reset', times: 1, after: true });
    const customer = await clientOf(standIn, { maxNetworkRetries: 2 }).customers.create({ name: 'Fern' });
    assert.deepEqual((await stripe.customers.list()).data.map(({ id }) => id), [customer.id]);
    await standIn.control('outage', { mode: '500' });
    await assert.rejects(stripe.customers.list(), { statusCode: 500 });
    await standIn.control('outage', { mode: 'slow', ms: 300 });
    const began = Date.now();
    await stripe.customers.list();
    assert.ok(Date.now() - began >= 300);
  });

  test('lists go on where they ended', async () => {
    for (let n = 0; n < 5; n += 1) await stripe.customers.create({ name: `${n}` });
    const names = [];
    for await (const { name } of stripe.customers.list({ limit: 2 })) names.push(name);
    assert.deepEqual(names, ['4', '3', '2', '1', '0']);
  });

  test('errors are Stripe’s', async () => {
    const { team } = await shop();
    await assert.rejects(stripe.customers.retrieve('cus_none'), { statusCode: 404, code: 'resource_missing', param: 'id' });
    await assert.rejects(stripe.products.create({ id: team.product, name: 'Again' }), { statusCode: 400, code: 'resource_already_exists' });
    await assert.rejects(stripe.prices.create({ product: team.product, currency: 'aud', unit_amount: 1, lookup_key: 'team_month' }), { statusCode: 400 });
    await assert.rejects(stripe.customers.create({ nmae: 'Fern' }), { code: 'parameter_unknown', param: 'nmae' });
    const noPrice = stripe.checkout.sessions.create({ mode: 'subscription', line_items: [{ price: 'price_none', quantity: 1 }], success_url: 'http://localhost:9/' });
    await assert.rejects(noPrice, { statusCode: 400, code: 'resource_missing' });
    await assert.rejects(clientOf({ ...standIn, key: 'sk_test_other' }).customers.list(), { statusCode: 401, type: 'StripeAuthenticationError' });
    assert.equal((await fetch(`${standIn.url}/_control/clock`)).status, 403);
    assert.equal((await fetch(`${standIn.url}/c/pay/none`)).status, 404);
  });

  test('a checkout runs out', async () => {
    const { customer, team } = await shop();
    const session = await stripe.checkout.sessions.create({ mode: 'subscription', customer: customer.id, line_items: [{ price: team.id, quantity: 1 }], success_url: 'http://localhost:9/' });
    await standIn.control('clock', { days: 1 });
    await waited(['checkout.session.expired']);
    assert.match(await (await fetch(session.url)).text(), /has run out/);
    assert.equal((await stripe.checkout.sessions.retrieve(session.id)).status, 'expired');
    await assert.rejects(stripe.checkout.sessions.expire(session.id), { statusCode: 400 });
  });
});

describe('webhooks', () => {
  test('are tried until they are taken, signed anew each time', async () => {
    receiver.refuse = 2;
    await stripe.customers.create({ name: 'Fern' });
    await waited(['customer.created']);
    assert.equal(receiver.asked, 3);
    const { events: [kept] } = await standIn.control('events');
    assert.deepEqual(kept.attempts.map(({ status }) => status), [503, 503, 200]);
  });

  test('can be held, and delivered shuffled and twice; or dropped', async () => {
    await standIn.control('webhooks', { mode: 'hold' });
    for (let n = 0; n < 6; n += 1) await stripe.customers.create({ name: `${n}` });
    assert.equal(receiver.seen.length, 0);
    const { delivered } = await standIn.control('webhooks/deliver', { order: 'shuffled', seed: 7, duplicates: 2 });
    assert.equal(delivered.length, 8);
    assert.equal(receiver.seen.length, 8);
    assert.equal(new Set(receiver.seen.map(({ id }) => id)).size, 6);
    await standIn.control('webhooks', { mode: 'drop' });
    await stripe.customers.create({ name: 'lost' });
    await standIn.control('webhooks', { mode: 'deliver' });
    assert.deepEqual(await standIn.control('webhooks/wait', {}), { settled: true });
    assert.equal(receiver.seen.length, 8);
    assert.equal((await stripe.events.list({ type: 'customer.created', limit: 100 })).data.length, 7);
  });

  test('bear a signature for each secret while those change', async () => {
    await standIn.control('settings', { webhook_secrets: ['whsec_other', standIn.secret] });
    await stripe.customers.create({ name: 'Fern' });
    await waited(['customer.created']);
    assert.equal(receiver.wrong.length, 0);
  });

  test('can be had signed, for who posts them without a server', async () => {
    await standIn.control('webhooks', { mode: 'drop' });
    await stripe.customers.create({ name: 'Fern' });
    const { events: [{ payload, signature }] } = await standIn.control('webhooks/signed');
    assert.equal(stripe.webhooks.constructEvent(payload, signature, standIn.secret).type, 'customer.created');
    const { events: [stale] } = await standIn.control('webhooks/signed?at=1700000000');
    assert.throws(() => stripe.webhooks.constructEvent(stale.payload, stale.signature, standIn.secret), /tolerance/);
  });

  test('tell of disputes', async () => {
    const { customer } = await subscribed();
    const dispute = await standIn.control('dispute', { customer: customer.id });
    await waited(['charge.dispute.created']);
    assert.equal((await stripe.charges.retrieve(dispute.charge)).disputed, true);
  });
});

test('what was remembered in a file is there again', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stand-in-'));
  const state = path.join(folder, 'state.json');
  try {
    const one = await startStripe({ state });
    const { id } = await clientOf(one).customers.create({ name: 'Fern' });
    await one.stop();
    const two = await startStripe({ state });
    assert.equal((await clientOf(two).customers.retrieve(id)).name, 'Fern');
    await two.stop();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

// ---- Helpers

/** A few years of anything, and then the sums. */
function livedThrough(seed) {
  let state = seed;
  const below = (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
  const store = new Store();
  store.setClock(1_800_000_000 + seed * 86_413, true);
  const seen = new Set();
  const billing = new Billing(store, { emit: (type, object) => { assert.ok(object.id, type); seen.add(type); } });
  billing.origin = 'http://stand-in';
  const product = store.put(objects.product(store, { name: 'Plan' }));
  const prices = [[2900, 'month'], [7900, 'month'], [14900, 'month'], [29000, 'year'], [149000, 'year']].map(([unit_amount, interval]) => {
    return store.put(objects.price(store, { product: product.id, currency: 'aud', unit_amount, recurring: { interval }, tax_behavior: 'inclusive' }));
  });
  const customer = store.put(objects.customer(store, { name: 'Fern' }));
  const card = () => Object.values(CARDS)[below(6)];
  billing.setCard(customer, CARDS[4242424242424242]);
  const subscription = billing.start({
    customer, items: [{ price: prices[below(5)], quantity: 1 + below(4) }], trialEnd: below(2) ? store.now() + 14 * DAY : undefined, metadata: {},
    description: null, paymentMethod: null, present: true,
  });
  const actions = [
    () => billing.advanceTo(store.now() + below(40 * DAY)),
    () => billing.advanceTo(store.now() + below(3 * DAY)),
    () => billing.setCard(customer, card()),
    () => {
      const given = {
        items: [{ id: subscription.items.data[0].id, price: prices[below(5)].id, quantity: String(1 + below(6)) }],
        proration_behavior: ['always_invoice', 'create_prorations', 'none'][below(3)], payment_behavior: ['allow_incomplete', 'error_if_incomplete', 'pending_if_incomplete'][below(3)],
      };
      const preview = billing.preview(customer, subscription, given);
      const before = subscription.latest_invoice;
      billing.update(subscription, given);
      const invoice = store.get('invoice', subscription.latest_invoice);
      if (subscription.latest_invoice !== before) assert.deepEqual([invoice.total, invoice.amount_due], [preview.total, preview.amount_due]);
    },
    () => billing.update(subscription, { cancel_at_period_end: below(2) === 1 && below(4) === 0 }),
    () => {
      const open = store.all('invoice').filter(({ status }) => status === 'open');
      if (open.length) billing.attempt(open[below(open.length)], { present: true });
    },
    () => {
      const paid = store.all('charge').filter(({ paid }) => paid);
      if (paid.length) billing.refund(paid[below(paid.length)], { amount: 1 + below(500) });
    },
  ];
  for (let step = 0; step < 60 && subscription.status !== 'canceled'; step += 1) {
    try {
      actions[below(actions.length)]();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
  const sum = (all, of) => all.reduce((total, each) => total + of(each), 0);
  const invoices = store.all('invoice');
  const charges = store.all('charge').filter(({ paid }) => paid);
  assert.equal(sum(charges, ({ amount }) => amount), sum(invoices, ({ amount_paid: paid }) => paid));
  assert.equal(new Set(charges.map(({ _invoice }) => _invoice)).size, charges.length, 'nobody is charged twice');
  assert.ok(customer.balance <= 0);
  // What was invoiced is paid, owed, or came off the balance.
  const final = invoices.filter(({ status }) => !['draft', 'void'].includes(status));
  assert.equal(sum(final, ({ total }) => total), sum(final, ({ amount_due: due }) => due) + customer.balance);
  for (const invoice of invoices) {
    assert.equal(invoice.total, sum(invoice.lines.data, ({ amount }) => amount));
    assert.equal(invoice.total_taxes[0].amount, sum(invoice.lines.data, ({ taxes }) => taxes[0].amount));
    if (invoice.status === 'paid') assert.equal(invoice.amount_remaining, 0);
  }
  assert.ok(seen.has('invoice.paid'));
}

function clientOf({ url, key }, more = {}) {
  const { hostname, port } = new URL(url);
  return new Stripe(key, { host: hostname, port: Number(port), protocol: 'http', maxNetworkRetries: 0, telemetry: false, ...more });
}

/** Products, prices and a customer. */
async function shop() {
  const customer = await stripe.customers.create({ name: 'Fern & Co', email: 'owner@fern.example', metadata: { org: '7' } });
  const made = {};
  for (const [id, name, ...prices] of [
    ['devalo_team', 'Team', ['team_month', 7900, 'month'], ['team_year', 79000, 'year']],
    ['devalo_business', 'Business', ['business_month', 14900, 'month']],
    ['devalo_seat', 'Extra seat', ['seat_month', 1200, 'month']],
  ]) {
    const product = await stripe.products.create({ id, name });
    for (const [key, amount, interval] of prices) {
      made[key] = await stripe.prices.create({
        product: product.id, currency: 'aud', unit_amount: amount, recurring: { interval }, lookup_key: key, tax_behavior: 'inclusive', metadata: { plan: id },
      });
    }
  }
  return { customer, team: made.team_month, seat: made.seat_month };
}

async function price(key) {
  const { data } = await stripe.prices.list({ lookup_keys: [key], active: true });
  assert.equal(data.length, 1);
  return data[0];
}

async function subscribed({ card = '4242424242424242', trial, key = 'team_month', collect = 'always', then } = {}) {
  const { customer } = await shop();
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription', customer: customer.id, line_items: [{ price: (await price(key)).id, quantity: 1 }], success_url: 'http://localhost:9/', payment_method_collection: collect,
    subscription_data: trial && { trial_period_days: trial, trial_settings: then && { end_behavior: { missing_payment_method: then } } },
  });
  const number = card === 'renewal_fails' ? '4000 0000 0000 0341' : card;
  assert.equal((await post(session.url, { card_number: number })).status, 303);
  const { subscription } = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] });
  return { customer, subscription };
}

const post = (url, form) => fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });

async function some(promise, ...names) {
  const object = await promise;
  return names.map((name) => object[name]);
}

/** Waits until events of these types have come. */
async function waited(types) {
  const deadline = Date.now() + 5_000;
  const missing = () => types.filter((type) => !receiver.seen.some((event) => event.type === type));
  while (missing().length && Date.now() < deadline) await new Promise((resolve) => { setTimeout(resolve, 20); });
  assert.deepEqual(missing(), []);
}

/** A receiver of webhooks that checks each signature as Stripe's library does. */
async function receive() {
  const stripeLibrary = new Stripe('sk_test_receiver');
  const receiver = { seen: [], wrong: [], refuse: 0, asked: 0 };
  receiver.forget = () => Object.assign(receiver, { seen: [], wrong: [], refuse: 0, asked: 0 });
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    receiver.asked += 1;
    if (receiver.refuse > 0) {
      receiver.refuse -= 1;
      response.writeHead(503).end();
      return;
    }
    try {
      receiver.seen.push(stripeLibrary.webhooks.constructEvent(Buffer.concat(parts), request.headers['stripe-signature'], standIn.secret));
    } catch (error) {
      receiver.wrong.push(error.message);
    }
    response.writeHead(200).end();
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  receiver.url = `http://127.0.0.1:${server.address().port}/webhooks/stripe`;
  receiver.stop = () => { server.close(); server.closeAllConnections(); };
  return receiver;
}
