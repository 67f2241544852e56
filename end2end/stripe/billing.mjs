// The life of subscriptions: trials, periods, invoices, payments and their retries, changes to the second.
import { isDeepStrictEqual } from 'node:util';

import { declined, noSuchIn, oneOf, refuse, whole } from './errors.mjs';
import * as objects from './objects.mjs';
import { view } from './store.mjs';

const { DAY, HOUR } = objects;
const ENDED = ['canceled', 'incomplete_expired'];
// An unpaid update is forgotten after this long.
const UPDATE_WAITS = 23 * HOUR;

const GENERIC = { code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.' };
const NO_FUNDS = { code: 'card_declined', decline_code: 'insufficient_funds', message: 'Your card has insufficient funds.' };

/** The cards that the stand-in knows. `present`: works while its owner is there, and fails at renewals. */
export const CARDS = {
  4242424242424242: { brand: 'visa', last4: '4242', works: 'always' },
  5555555555554444: { brand: 'mastercard', last4: '4444', works: 'always' },
  4000000360000006: { brand: 'visa', last4: '0006', works: 'always' },
  4000000000000341: { brand: 'visa', last4: '0341', works: 'present', failure: GENERIC },
  4000000000000002: { brand: 'visa', last4: '0002', works: 'never', failure: GENERIC },
  4000000000009995: { brand: 'visa', last4: '9995', works: 'never', failure: NO_FUNDS },
};

export class Billing {
  constructor(store, webhooks) {
    this.store = store;
    this.webhooks = webhooks;
  }

  // ---- Time

  /** Moves the clock on. Everything due on the way happens at its own moment, in order. */
  advanceTo(until) {
    const { stands } = this.store.clock;
    let runs = 0;
    for (let next = this.nextDue(until); next; next = this.nextDue(until)) {
      if ((runs += 1) > 20_000) throw new Error('too much is due');
      this.store.setClock(Math.max(next.at, this.store.now()), true);
      next.run();
    }
    this.store.setClock(until, stands !== null);
    return runs;
  }

  /** Does what has become due. */
  catchUp() {
    const now = this.store.now();
    if (!this.nextDue(now)) return false;
    const clock = { ...this.store.clock };
    this.advanceTo(now);
    this.store.clock = clock;
    return true;
  }

  nextDue(until) {
    let first;
    const due = (at, run) => {
      if (at !== null && at !== undefined && at <= until && (!first || at < first.at)) first = { at, run };
    };
    for (const session of this.store.all('checkout.session')) {
      if (session.status === 'open') due(session.expires_at, () => this.expireSession(session));
    }
    for (const subscription of this.store.all('subscription')) {
      if (ENDED.includes(subscription.status) || subscription.status === 'paused') continue;
      if (subscription.status === 'trialing' && !subscription._warned) due(subscription.trial_end - 3 * DAY, () => this.warnOfTrialEnd(subscription));
      if (subscription.pending_update) due(subscription.pending_update.expires_at, () => this.dropUpdate(subscription));
      due(periodOf(subscription)[1], () => this.endPeriod(subscription));
    }
    for (const invoice of this.store.all('invoice')) {
      if (invoice.status === 'draft') due(invoice.automatically_finalizes_at, () => this.finaliseAndCharge(invoice));
      else if (invoice.status === 'open') due(invoice.next_payment_attempt, () => this.retry(invoice));
    }
    return first;
  }

  warnOfTrialEnd(subscription) {
    subscription._warned = true;
    this.webhooks.emit('customer.subscription.trial_will_end', subscription);
  }

  /** A period is over: cancelled, or another one, or the trial is. */
  endPeriod(subscription) {
    const now = this.store.now();
    const [start, end] = periodOf(subscription);
    if (subscription.cancel_at_period_end) {
      this.end(subscription, 'cancellation_requested');
      return;
    }
    const fromTrial = subscription.status === 'trialing';
    if (fromTrial && !this.methodOf(subscription)) {
      const then = subscription.trial_settings.end_behavior.missing_payment_method;
      if (then === 'cancel') {
        this.end(subscription, null);
        return;
      }
      if (then === 'pause') {
        this.changed(subscription, 'customer.subscription.paused', () => { subscription.status = 'paused'; });
        return;
      }
    }
    // A subscription that nobody pays for makes drafts, and charges nobody.
    const charges = subscription.status !== 'unpaid';
    const before = structuredClone(view(subscription));
    setPeriod(subscription, end, nextEnd(subscription, end));
    if (fromTrial) subscription.status = 'active';
    const [newStart, newEnd] = periodOf(subscription);
    const lines = [...take(subscription), ...subscription.items.data.map((item) => this.periodLine(subscription, item, newStart, newEnd))];
    const invoice = this.draft(subscription, lines, 'subscription_cycle', { periodStart: start, periodEnd: end });
    if (charges) invoice.automatically_finalizes_at = now + this.store.settings.finalise_after;
    else invoice.auto_advance = false;
    this.updated(subscription, before);
    this.webhooks.emit('invoice.created', invoice);
    if (charges && this.store.settings.finalise_after === 0) this.finaliseAndCharge(invoice);
  }

  retry(invoice) {
    if (this.subscriptionOf(invoice) && ENDED.includes(this.subscriptionOf(invoice).status)) {
      invoice.next_payment_attempt = null;
      return;
    }
    this.attempt(invoice, { automatic: true });
  }

  // ---- Checkout

  expireSession(session) {
    session.status = 'expired';
    session.url = null;
    this.webhooks.emit('checkout.session.expired', session);
  }

  /** Pays a session with this card; refused, nothing has happened. */
  complete(session, { card, email }) {
    if (session.mode === 'payment') return this.sold(session, { card, email });
    const store = this.store;
    const trialDays = whole(session._data.trial_period_days, 'subscription_data[trial_period_days]');
    const trialEnd = whole(session._data.trial_end, 'subscription_data[trial_end]') ?? (trialDays ? store.now() + trialDays * DAY : undefined);
    // Also for a trial the card is asked whether it is one.
    if (card && card.works === 'never') throw declined(card.failure);
    let customer = store.get('customer', session.customer);
    if (!customer) {
      customer = store.put(objects.customer(store, { email: session.customer_email ?? email ?? null }));
      session.customer = customer.id;
      session.customer_details.email = customer.email;
      this.webhooks.emit('customer.created', customer);
    }
    const method = card ? store.put(objects.paymentMethod(store, customer, card)) : null;
    const subscription = this.start({
      customer, items: session._lines.map(({ price, quantity }) => ({ price, quantity })), trialEnd, metadata: session._data.metadata ?? {},
      trialSettings: session._data.trial_settings, description: session._data.description ?? null, paymentMethod: method?.id ?? null, present: true,
    });
    session.status = 'complete';
    session.url = null;
    session.subscription = subscription.id;
    session.invoice = subscription.latest_invoice;
    session.payment_status = trialEnd ? 'no_payment_required' : 'paid';
    this.webhooks.emit('checkout.session.completed', session);
    return subscription;
  }

  /** The same for what is paid once. */
  sold(session, { card, email }) {
    const store = this.store;
    const failure = failing(card && { _works: card.works, _failure: card.failure }, true);
    if (failure) throw declined(failure);
    const payer = { id: null, email: session.customer_email ?? email ?? null, name: null };
    const due = { amount_due: session.amount_total, currency: session.currency, id: null, hosted_invoice_url: null };
    const own = (object, description) => {
      Object.assign(object, description === undefined ? {} : { description }, session._account ? { _account: session._account } : {});
      return store.put(object);
    };
    const method = own(objects.paymentMethod(store, payer, card));
    const intent = own(objects.paymentIntent(store, { invoice: due, customer: payer }), session._about);
    const charge = own(objects.charge(store, { invoice: due, intent, customer: payer, method }), session._about);
    Object.assign(intent, { status: 'succeeded', amount_received: due.amount_due, latest_charge: charge.id, payment_method: method.id, setup_future_usage: null });
    Object.assign(session, { status: 'complete', url: null, payment_status: 'paid', payment_intent: intent.id });
    session.customer_details.email = payer.email;
    this.webhooks.emit('payment_intent.succeeded', intent);
    this.webhooks.emit('charge.succeeded', charge);
    this.webhooks.emit('checkout.session.completed', session);
    return session;
  }

  // ---- Accounts of others

  /** What its owner told, or Stripe found out, about an account. */
  tellAccount(account, { details_submitted: details, charges_enabled: charges }) {
    this.changed(account, 'account.updated', () => {
      if (details !== undefined) account.details_submitted = details;
      if (charges !== undefined) {
        account.charges_enabled = charges;
        account.payouts_enabled = charges;
        account.capabilities.card_payments = charges ? 'active' : 'inactive';
      }
    });
    return account;
  }

  /** Its owner doesn't let us act for it any more. */
  disconnect(account) {
    account._gone = true;
    this.webhooks.emit('account.application.deauthorized', { id: 'ca_StandIn', object: 'application', name: 'Devalo (test)', _account: account.id });
  }

  /** It is connected again. */
  reconnect(account) {
    account._gone = false;
    this.webhooks.emit('account.updated', account);
  }

  // ---- Subscriptions

  /** Begins a subscription: on trial, or paid at once. */
  start({ customer, items, trialEnd, metadata, trialSettings, description, paymentMethod, present }) {
    const store = this.store;
    const now = store.now();
    oneInterval(items.map(({ price }) => price));
    const subscription = objects.subscription(store, { customer: customer.id, currency: items[0].price.currency, metadata, description, trialSettings, paymentMethod });
    subscription.items.data = items.map(({ price, quantity, metadata: of }) => objects.subscriptionItem(store, subscription.id, price, quantity, of));
    subscription.items.total_count = items.length;
    if (trialEnd) {
      Object.assign(subscription, { status: 'trialing', trial_start: now, trial_end: trialEnd, billing_cycle_anchor: trialEnd });
      setPeriod(subscription, now, trialEnd);
    } else {
      setPeriod(subscription, now, addPeriods(now, items[0].price, 1));
    }
    store.put(subscription);
    customer.currency ??= subscription.currency;
    const [start, end] = periodOf(subscription);
    const lines = subscription.items.data.map((item) => (trialEnd ? this.trialLine(subscription, item, start, end) : this.periodLine(subscription, item, start, end)));
    const invoice = this.draft(subscription, lines, 'subscription_create', { periodStart: now, periodEnd: now });
    this.webhooks.emit('customer.subscription.created', subscription);
    this.webhooks.emit('invoice.created', invoice);
    this.finaliseAndCharge(invoice, { present });
    return subscription;
  }

  /** Changes what is subscribed to. Answers what a preview shows too. */
  update(subscription, given) {
    const store = this.store;
    const now = store.now();
    const behaviour = given.payment_behavior ?? 'allow_incomplete';
    const change = this.change(subscription, { ...given, at: given.proration_date ?? now });
    if (change.immediate && change.due > 0) {
      const failure = this.failureOf(subscription, false);
      if (failure && behaviour === 'error_if_incomplete') throw declined(failure);
      if (failure && behaviour === 'pending_if_incomplete') {
        this.waitForPayment(subscription, given, change);
        return;
      }
    }
    const before = structuredClone(view(subscription));
    this.apply(subscription, change);
    if (given.cancel_at_period_end !== undefined) {
      const cancels = given.cancel_at_period_end;
      if (cancels !== subscription.cancel_at_period_end) {
        subscription.cancel_at_period_end = cancels;
        subscription.canceled_at = cancels ? now : null;
        subscription.cancellation_details.reason = cancels ? 'cancellation_requested' : null;
      }
      subscription.cancel_at = cancels ? periodOf(subscription)[1] : null;
    }
    for (const key of ['metadata', 'description', 'default_payment_method', 'trial_settings']) if (given[key] !== undefined) subscription[key] = given[key];
    if (!change.immediate) subscription._pending.push(...change.lines);
    const invoice = change.immediate && this.invoiceOf(subscription, change);
    this.updated(subscription, before);
    if (invoice) {
      this.webhooks.emit('invoice.created', invoice);
      this.finaliseAndCharge(invoice);
    }
  }

  /** Ends a subscription now. */
  cancel(subscription, { prorate, invoiceNow } = {}) {
    const now = this.store.now();
    if (prorate && subscription.status !== 'trialing') {
      const [start, end] = periodOf(subscription);
      subscription._pending.push(...subscription.items.data.map((item) => this.credit(subscription, item, now, start, end)));
    }
    if (invoiceNow && subscription._pending.length) {
      const invoice = this.draft(subscription, take(subscription), 'subscription_update', { periodStart: now, periodEnd: now });
      this.webhooks.emit('invoice.created', invoice);
      this.finaliseAndCharge(invoice);
    }
    this.end(subscription, 'cancellation_requested');
  }

  /** Goes on with one that was paused when its trial ended without a card. */
  resume(subscription) {
    if (subscription.status !== 'paused') throw refuse('Only paused subscriptions can be resumed.');
    const now = this.store.now();
    const before = structuredClone(view(subscription));
    subscription.status = 'active';
    subscription.billing_cycle_anchor = now;
    setPeriod(subscription, now, nextEnd(subscription, now));
    const [start, end] = periodOf(subscription);
    const lines = subscription.items.data.map((item) => this.periodLine(subscription, item, start, end));
    const invoice = this.draft(subscription, lines, 'subscription_cycle', { periodStart: now, periodEnd: now });
    this.updated(subscription, before, 'customer.subscription.resumed');
    this.webhooks.emit('invoice.created', invoice);
    this.finaliseAndCharge(invoice);
  }

  /** The invoice that this change would bring, or, without one at once, the next. */
  preview(customer, subscription, given) {
    const store = this.store;
    const now = store.now();
    if (!subscription) {
      const items = this.items({ items: { data: [] }, id: null }, given.items ?? []);
      if (!items.length) throw refuse('No upcoming invoices for customer', { code: 'invoice_upcoming_none' });
      oneInterval(items.map(({ price }) => price));
      const end = addPeriods(now, items[0].price, 1);
      const lines = items.map((item) => this.periodLine(null, item, now, end));
      return this.previewOf(customer, null, lines, { reason: 'upcoming', created: now, periodStart: now, periodEnd: now, currency: items[0].price.currency });
    }
    if (ENDED.includes(subscription.status)) throw refuse('No upcoming invoices for customer', { code: 'invoice_upcoming_none' });
    const change = this.change(subscription, { ...given, at: given.proration_date ?? now });
    const pending = structuredClone(subscription._pending);
    if (change.immediate) {
      return this.previewOf(customer, subscription, [...pending, ...change.lines], {
        reason: 'subscription_update', created: now, periodStart: change.from, periodEnd: change.at, currency: subscription.currency,
      });
    }
    const cancels = given.cancel_at_period_end ?? subscription.cancel_at_period_end;
    const lines = [...pending, ...change.lines];
    if (cancels && !lines.length) throw refuse('No upcoming invoices for customer', { code: 'invoice_upcoming_none' });
    const next = { ...subscription, items: { data: change.items } };
    const end = nextEnd(next, change.end);
    if (!cancels) lines.push(...change.items.map((item) => this.periodLine(subscription, item, change.end, end)));
    return this.previewOf(customer, subscription, lines, { reason: 'upcoming', created: change.end, periodStart: change.start, periodEnd: change.end, currency: subscription.currency });
  }

  // ---- Payments

  /** Makes a draft final, and charges it. */
  finaliseAndCharge(invoice, how = {}) {
    this.finalise(invoice);
    if (invoice.status === 'open') this.attempt(invoice, { automatic: true, ...how });
  }

  finalise(invoice) {
    const now = this.store.now();
    const customer = this.store.get('customer', invoice.customer);
    invoice.number = `${customer.invoice_prefix}-${String(customer.next_invoice_sequence).padStart(4, '0')}`;
    customer.next_invoice_sequence += 1;
    invoice.automatically_finalizes_at = null;
    invoice.effective_at = now;
    invoice.status = 'open';
    invoice.status_transitions.finalized_at = now;
    invoice.starting_balance = customer.balance;
    invoice.amount_due = Math.max(0, invoice.total + customer.balance);
    invoice.amount_remaining = invoice.amount_due;
    customer.balance = Math.min(0, invoice.total + customer.balance);
    invoice.ending_balance = customer.balance;
    invoice._token = this.store.id('test_', 32);
    invoice.hosted_invoice_url = `${this.origin}/i/${invoice._token}`;
    invoice.invoice_pdf = `${this.origin}/i/${invoice._token}/pdf`;
    this.webhooks.emit('invoice.finalized', invoice);
    if (invoice.amount_due === 0) {
      invoice.attempted = true;
      this.markPaid(invoice);
    }
  }

  /** One attempt at an open invoice. `automatic`: the retries' own; `present`: its payer is there. Answers the failure. */
  attempt(invoice, { automatic = false, present = false, method = undefined }) {
    const store = this.store;
    const customer = store.get('customer', invoice.customer);
    const subscription = this.subscriptionOf(invoice);
    const card = method ?? this.methodOf(subscription ?? { customer: customer.id });
    const failure = failing(card, present);
    invoice._intent ??= store.put(objects.paymentIntent(store, { invoice, customer })).id;
    const intent = store.get('payment_intent', invoice._intent);
    if (!invoice.attempted || automatic) invoice.attempt_count += 1;
    invoice.attempted = true;
    if (card) {
      const charge = store.put(objects.charge(store, { invoice, intent, customer, method: card, failure }));
      Object.assign(intent, { latest_charge: charge.id, payment_method: card.id });
    }
    if (!failure) {
      Object.assign(intent, { status: 'succeeded', amount_received: invoice.amount_due, last_payment_error: null });
      const paid = store.put(objects.invoicePayment(store, { invoice, intent }));
      invoice._payment = paid.id;
      invoice.amount_paid = invoice.amount_due;
      this.markPaid(invoice);
      return undefined;
    }
    Object.assign(intent, { status: 'requires_payment_method', last_payment_error: { type: 'card_error', ...failure } });
    customer.delinquent = true;
    if (automatic) {
      const days = store.settings.retry_days;
      invoice._failed ??= store.now();
      const left = days[invoice.attempt_count - 1];
      // An update that waits for its payment isn't tried again by itself.
      invoice.next_payment_attempt = left === undefined || invoice._update ? null : invoice._failed + left * DAY;
    }
    this.webhooks.emit('invoice.payment_failed', invoice);
    if (automatic && subscription && !invoice._update && !ENDED.includes(subscription.status)) this.late(subscription, invoice);
    return failure;
  }

  /** Gives money back. */
  refund(charge, { amount, reason, metadata }) {
    const left = charge.amount - charge.amount_refunded;
    if (!charge.paid) throw refuse(`This PaymentIntent (${charge.payment_intent}) does not have a successful charge to refund.`);
    if (charge.disputed) throw refuse(`Charge ${charge.id} has been charged back; cannot issue a refund.`, { code: 'charge_disputed' });
    if (left === 0) throw refuse(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
    if (amount !== undefined && (amount <= 0 || amount > left)) throw refuse(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, { param: 'amount' });
    const refund = objects.refund(this.store, { charge, amount: amount ?? left, reason, metadata });
    if (charge._account) refund._account = charge._account;
    this.store.put(refund);
    this.changed(charge, 'charge.refunded', () => {
      charge.amount_refunded += refund.amount;
      charge.refunded = charge.amount_refunded === charge.amount;
    });
    return refund;
  }

  /** The bank wouldn't have it, days later: the money is the account's again. */
  failRefund(refund) {
    const charge = this.store.get('charge', refund.charge);
    charge.amount_refunded -= refund.amount;
    charge.refunded = false;
    refund.status = 'failed';
    this.webhooks.emit('refund.failed', refund);
  }

  /** The payer's bank wants the money back. */
  dispute(charge, reason) {
    if (!charge.paid || charge.disputed) throw refuse('Only a paid charge can be disputed, and once.');
    const dispute = objects.dispute(this.store, { charge, reason });
    if (charge._account) dispute._account = charge._account;
    this.store.put(dispute);
    charge.disputed = true;
    this.webhooks.emit('charge.dispute.created', dispute);
    return dispute;
  }

  closeDispute(dispute, status) {
    this.changed(dispute, 'charge.dispute.closed', () => { dispute.status = status; });
  }

  /** Another card for all that a customer pays. Nothing is charged by that alone: a retry, or who pays an invoice, does. */
  setCard(customer, card) {
    const method = this.store.put(objects.paymentMethod(this.store, customer, card));
    this.changed(customer, 'customer.updated', () => { customer.invoice_settings.default_payment_method = method.id; });
    for (const subscription of this.store.all('subscription')) {
      if (subscription.customer !== customer.id || ENDED.includes(subscription.status)) continue;
      this.changed(subscription, 'customer.subscription.updated', () => { subscription.default_payment_method = method.id; });
    }
    return method;
  }

  voidInvoice(invoice) {
    if (!['open', 'uncollectible'].includes(invoice.status)) throw refuse('You can only void open or uncollectible invoices.', { code: 'invoice_not_editable' });
    invoice.status = 'void';
    invoice.next_payment_attempt = null;
    invoice.status_transitions.voided_at = this.store.now();
    // What came off the balance for it goes back.
    this.store.get('customer', invoice.customer).balance -= invoice.total - invoice.amount_due;
    this.webhooks.emit('invoice.voided', invoice);
  }

  // ---- Helpers

  subscriptionOf(invoice) {
    return this.store.get('subscription', invoice.parent?.subscription_details.subscription);
  }

  methodOf(subscription) {
    const customer = this.store.get('customer', subscription.customer);
    return this.store.get('payment_method', subscription.default_payment_method ?? customer.invoice_settings.default_payment_method);
  }

  failureOf(subscription, present) {
    return failing(this.methodOf(subscription), present);
  }

  /** Tells of a change to an object by what differs. */
  changed(object, type, alter) {
    const before = structuredClone(view(object));
    alter();
    this.updated(object, before, type);
  }

  updated(object, before, type = 'customer.subscription.updated') {
    const after = view(object);
    const previous = Object.fromEntries(Object.keys(after).filter((key) => !isDeepStrictEqual(before[key], after[key])).map((key) => [key, before[key] ?? null]));
    if (Object.keys(previous).length) this.webhooks.emit(type, object, previous);
  }

  end(subscription, reason) {
    const now = this.store.now();
    subscription.status = 'canceled';
    subscription.ended_at = now;
    subscription.canceled_at ??= now;
    if (!subscription.cancel_at_period_end) subscription.cancel_at = null;
    subscription.cancellation_details.reason = reason;
    // What is open stays open, and isn't collected any more.
    for (const invoice of this.invoicesOf(subscription)) {
      if (!['draft', 'open'].includes(invoice.status)) continue;
      Object.assign(invoice, { auto_advance: false, automatically_finalizes_at: null, next_payment_attempt: null });
    }
    this.webhooks.emit('customer.subscription.deleted', subscription);
  }

  invoicesOf(subscription) {
    return this.store.all('invoice').filter((invoice) => invoice.parent?.subscription_details.subscription === subscription.id);
  }

  late(subscription, invoice) {
    const left = invoice.next_payment_attempt !== null;
    if (left) {
      if (!['unpaid', 'incomplete'].includes(subscription.status)) this.changed(subscription, 'customer.subscription.updated', () => { subscription.status = 'past_due'; });
      return;
    }
    const then = this.store.settings.after_retries;
    if (then === 'canceled') this.end(subscription, 'payment_failed');
    else this.changed(subscription, 'customer.subscription.updated', () => { subscription.status = then; });
  }

  markPaid(invoice) {
    const now = this.store.now();
    const customer = this.store.get('customer', invoice.customer);
    invoice.status = 'paid';
    invoice.amount_remaining = 0;
    invoice.next_payment_attempt = null;
    invoice.status_transitions.paid_at = now;
    if (!this.store.all('invoice').some((other) => other.customer === customer.id && other.status === 'open' && other.attempted)) customer.delinquent = false;
    this.webhooks.emit('invoice.paid', invoice);
    const subscription = this.subscriptionOf(invoice);
    if (!subscription) return;
    if (invoice._update) this.updateIsPaid(subscription, invoice);
    const owes = this.invoicesOf(subscription).some((other) => other.status === 'open' && other.attempted && !other._update);
    if (['incomplete', 'past_due', 'unpaid'].includes(subscription.status) && !owes) {
      this.changed(subscription, 'customer.subscription.updated', () => { subscription.status = 'active'; });
    }
  }

  draft(subscription, lines, reason, { periodStart, periodEnd }) {
    const store = this.store;
    const customer = store.get('customer', subscription.customer);
    const invoice = store.put(objects.invoice(store, {
      id: store.id('in_'), customer, subscription, currency: subscription.currency, lines, reason, created: store.now(), periodStart, periodEnd,
    }));
    subscription.latest_invoice = invoice.id;
    return invoice;
  }

  invoiceOf(subscription, change) {
    return this.draft(subscription, [...take(subscription), ...change.lines], 'subscription_update', { periodStart: change.from, periodEnd: change.at });
  }

  previewOf(customer, subscription, lines, { reason, created, periodStart, periodEnd, currency }) {
    return objects.invoice(this.store, { id: this.store.id('upcoming_in_'), customer, subscription, currency, lines, reason, created, periodStart, periodEnd });
  }

  // ---- Changes to the second

  /** What a change comes to: the items after it, its lines, and whether they are asked for at once. Changes nothing. */
  change(subscription, { items: wanted, at, proration_behavior: behaviour = 'create_prorations', trial_end: trialEnd, billing_cycle_anchor: anchor }) {
    const [start, end] = periodOf(subscription);
    if (at < start || at > end) throw refuse('Cannot specify `proration_date` outside of the current period', { param: 'proration_date' });
    const old = subscription.items.data;
    const items = this.items(subscription, wanted ?? []);
    oneInterval(items.map(({ price }) => price));
    const wasTrial = subscription.status === 'trialing';
    const endsTrial = wasTrial && trialEnd === 'now';
    const resets = endsTrial || (!wasTrial && (interval(old[0].price) !== interval(items[0].price) || anchor === 'now'));
    const prorates = !wasTrial && behaviour !== 'none';
    const change = { items, at, from: start, start, end, resets, endsTrial, lines: [], immediate: false };
    if (resets) {
      change.start = at;
      change.end = addPeriods(at, items[0].price, 1);
      if (prorates) change.lines.push(...old.map((item) => this.credit(subscription, item, at, start, end)));
      change.lines.push(...items.map((item) => this.periodLine(subscription, item, change.start, change.end)));
      change.immediate = true;
    } else if (prorates) {
      for (const item of old) {
        const after = items.find(({ id }) => id === item.id);
        if (after && after.price.id === item.price.id && after.quantity === item.quantity) continue;
        change.lines.push(this.credit(subscription, item, at, start, end));
        if (after) change.lines.push(this.remaining(subscription, after, at, start, end));
      }
      for (const item of items.filter(({ id }) => !old.some((before) => before.id === id))) change.lines.push(this.remaining(subscription, item, at, start, end));
      change.immediate = behaviour === 'always_invoice' && change.lines.length > 0;
    }
    const pending = subscription._pending.reduce((sum, { amount }) => sum + amount, 0);
    change.due = change.lines.reduce((sum, { amount }) => sum + amount, pending) + this.store.get('customer', subscription.customer).balance;
    return change;
  }

  apply(subscription, change) {
    subscription.items.data = change.items;
    subscription.items.total_count = change.items.length;
    if (change.resets) subscription.billing_cycle_anchor = change.at;
    if (change.endsTrial) Object.assign(subscription, { status: 'active', trial_end: change.at, _warned: true });
    setPeriod(subscription, change.start, change.end);
    if (subscription.cancel_at_period_end) subscription.cancel_at = change.end;
  }

  /** The items as they are after a change. */
  items(subscription, wanted) {
    const items = structuredClone(subscription.items.data);
    wanted.forEach((given, index) => {
      const param = `items[${index}]`;
      const price = given.price === undefined && given.price_data === undefined ? undefined : this.priceFor(given, param);
      const quantity = whole(given.quantity, `${param}[quantity]`, { min: 0 });
      if (given.id === undefined) {
        if (!price) throw refuse(`Missing required param: ${param}[price].`, { code: 'parameter_missing', param: `${param}[price]` });
        if (items.some((item) => item.price.id === price.id)) throw refuse(`Cannot add multiple subscription items with the same plan: ${price.id}`, { param: `${param}[price]` });
        const item = objects.subscriptionItem(this.store, subscription.id, price, quantity ?? 1, given.metadata ?? {});
        // Also in a preview a line says when.
        const known = subscription.items.data[0];
        if (known) Object.assign(item, { current_period_start: known.current_period_start, current_period_end: known.current_period_end });
        items.push(item);
        return;
      }
      const at = items.findIndex(({ id }) => id === given.id);
      if (at < 0) throw noSuchIn('subscription item', given.id, `${param}[id]`);
      if (given.deleted === 'true') {
        items.splice(at, 1);
        return;
      }
      if (price && price.id !== items[at].price.id) objects.reprice(items[at], price);
      if (quantity !== undefined) items[at].quantity = quantity;
      if (given.metadata) Object.assign(items[at].metadata, given.metadata);
    });
    if (subscription.items.data.length && !items.length) throw refuse('A subscription must have at least one active plan.', { param: 'items' });
    return items;
  }

  /** A price by its id, or made on the spot. */
  priceFor(given, param) {
    if (given.price !== undefined) {
      const price = this.store.get('price', given.price);
      if (!price) throw noSuchIn('price', given.price, `${param}[price]`);
      if (!price.active) throw refuse('The price specified is inactive. This field only accepts active prices.', { param: `${param}[price]` });
      if (!price.recurring) throw refuse('The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.', { param: `${param}[price]` });
      return price;
    }
    const data = given.price_data;
    if (!data?.currency || !data.product || !data.recurring?.interval) throw refuse(`Missing required param: ${param}[price].`, { code: 'parameter_missing', param: `${param}[price]` });
    if (!this.store.get('product', data.product)) throw noSuchIn('product', data.product, `${param}[price_data][product]`);
    const unit = whole(data.unit_amount, `${param}[price_data][unit_amount]`, { min: 0 });
    oneOf(data.recurring.interval, `${param}[price_data][recurring][interval]`, ['day', 'week', 'month', 'year']);
    return this.store.put(objects.price(this.store, {
      product: data.product, currency: data.currency, unit_amount: unit, recurring: { interval: data.recurring.interval }, tax_behavior: data.tax_behavior,
      active: false,
    }));
  }

  waitForPayment(subscription, given, change) {
    if (subscription.pending_update) this.dropUpdate(subscription);
    const before = structuredClone(view(subscription));
    subscription.pending_update = {
      billing_cycle_anchor: change.resets ? change.at : null, expires_at: this.store.now() + UPDATE_WAITS, subscription_items: change.items,
      trial_end: null, trial_from_plan: null,
    };
    const pending = structuredClone(subscription._pending);
    const invoice = this.invoiceOf(subscription, change);
    Object.assign(invoice, { _pending: pending, _update: { ...change, lines: [] }, auto_advance: false });
    subscription._waiting = invoice.id;
    this.updated(subscription, before);
    this.webhooks.emit('invoice.created', invoice);
    this.finaliseAndCharge(invoice);
  }

  updateIsPaid(subscription, invoice) {
    const change = invoice._update;
    invoice._update = null;
    if (subscription._waiting !== invoice.id) return;
    this.changed(subscription, 'customer.subscription.updated', () => {
      this.apply(subscription, change);
      subscription.pending_update = null;
      subscription._waiting = null;
    });
    this.webhooks.emit('customer.subscription.pending_update_applied', subscription);
  }

  dropUpdate(subscription) {
    const invoice = this.store.get('invoice', subscription._waiting);
    this.changed(subscription, 'customer.subscription.pending_update_expired', () => { subscription.pending_update = null; });
    subscription._waiting = null;
    if (invoice?.status !== 'open') return;
    this.voidInvoice(invoice);
    // Older prorations that were in it wait again.
    subscription._pending.unshift(...invoice._pending);
  }

  // ---- Lines

  nameOf(price) {
    return this.store.get('product', price.product)?.name ?? price.product;
  }

  periodLine(subscription, item, start, end) {
    const { price, quantity } = item;
    return objects.line(this.store, {
      subscription, item: item.id, price, quantity, amount: price.unit_amount * quantity, start, end,
      description: `${quantity} × ${this.nameOf(price)} (at ${money(price.unit_amount, price.currency)} / ${price.recurring.interval})`,
    });
  }

  trialLine(subscription, item, start, end) {
    const { price, quantity } = item;
    return objects.line(this.store, { subscription, item: item.id, price, quantity, amount: 0, start, end, description: `Trial period for ${this.nameOf(price)}` });
  }

  credit(subscription, item, at, start, end) {
    const { price, quantity } = item;
    const amount = -share(price.unit_amount * quantity, at, start, end);
    // Minus nothing is nothing.
    const description = `Unused time on ${quantity} × ${this.nameOf(price)} after ${day(at)}`;
    return objects.line(this.store, { subscription, item: item.id, price, quantity, amount: amount || 0, start: at, end, proration: true, description });
  }

  remaining(subscription, item, at, start, end) {
    const { price, quantity } = item;
    const amount = share(price.unit_amount * quantity, at, start, end);
    const description = `Remaining time on ${quantity} × ${this.nameOf(price)} after ${day(at)}`;
    return objects.line(this.store, { subscription, item: item.id, price, quantity, amount, start: at, end, proration: true, description });
  }
}

/** An amount as people read it. */
export function money(amount, currency) {
  return new Intl.NumberFormat('en-AU', { style: 'currency', currency: currency.toUpperCase(), currencyDisplay: currency === 'aud' ? 'narrowSymbol' : 'code' }).format(amount / 100);
}

export function day(seconds) {
  return new Intl.DateTimeFormat('en-AU', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'Australia/Sydney' }).format(seconds * 1000);
}

export const periodOf = (subscription) => [subscription.items.data[0].current_period_start, subscription.items.data[0].current_period_end];

function setPeriod(subscription, start, end) {
  for (const item of subscription.items.data) Object.assign(item, { current_period_start: start, current_period_end: end });
}

/** The part of an amount for what is left of a period, to the second. */
function share(amount, at, start, end) {
  return end === start ? 0 : Math.round((amount * (end - at)) / (end - start));
}

const interval = ({ recurring }) => `${recurring.interval_count} ${recurring.interval}`;

function oneInterval(prices) {
  if (new Set(prices.map(interval)).size > 1) throw refuse('Currently, all items must have the same billing interval.', { code: 'subscription_items_interval_mismatch' });
  if (new Set(prices.map(({ currency }) => currency)).size > 1) throw refuse('All prices on a subscription must have the same currency.');
}

/** So many periods after a moment. A month ends on its last day if it has no such day. */
function addPeriods(from, { recurring }, count) {
  const many = count * recurring.interval_count;
  if (recurring.interval === 'day') return from + many * DAY;
  if (recurring.interval === 'week') return from + many * 7 * DAY;
  const months = recurring.interval === 'year' ? many * 12 : many;
  const date = new Date(from * 1000);
  const wanted = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(wanted, last));
  return Math.floor(date.getTime() / 1000);
}

/** The end of the period that begins then: counted from the anchor, so that the 31st comes back after February. */
function nextEnd(subscription, start) {
  const { price } = subscription.items.data[0];
  const anchor = subscription.billing_cycle_anchor;
  for (let count = 1; ; count += 1) {
    const end = addPeriods(anchor, price, count);
    if (end > start) return end;
  }
}

function take(subscription) {
  const pending = subscription._pending;
  subscription._pending = [];
  return pending;
}

function failing(card, present) {
  if (!card) return { code: 'resource_missing', decline_code: undefined, message: 'This customer has no attached payment source or default payment method.' };
  if (card._works === 'always' || (card._works === 'present' && present)) return undefined;
  return card._failure;
}

