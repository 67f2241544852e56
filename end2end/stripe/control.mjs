// What only tests may do: move the clock, break cards, hold webhooks, take the API away. JSON, with the header x-control: 1.
import { CARDS } from './billing.mjs';
import { Refused, noSuch, refuse } from './errors.mjs';
import { SETTINGS, view } from './store.mjs';

const { DAY, HOUR } = { DAY: 24 * 60 * 60, HOUR: 60 * 60 };
const NAMED = { ok: '4242424242424242', declined: '4000000000000002', renewal_fails: '4000000000000341', no_funds: '4000000000009995' };

export class Control {
  constructor({ store, billing, webhooks }) {
    Object.assign(this, { store, billing, webhooks });
  }

  /** Answers `{ status, body }`. */
  async answer(method, path, query, body, headers) {
    try {
      if (headers['x-control'] !== '1') throw new Refused(403, { message: 'The control API takes the header x-control: 1.' });
      const what = path.slice('/_control/'.length);
      const given = method === 'POST' ? read(body) : Object.fromEntries(new URLSearchParams(query));
      const run = VERBS[`${method} ${what}`] ?? (method === 'GET' && what.startsWith('objects/') ? VERBS['GET objects'] : undefined);
      if (!run) throw new Refused(404, { message: `No such control: ${method} ${path}` });
      return { status: 200, body: await run(this, given, what) };
    } catch (error) {
      if (error instanceof Refused) return { status: error.status, body: error.body };
      throw error;
    }
  }

  clock() {
    const now = this.store.now();
    return { now, iso: new Date(now * 1000).toISOString(), frozen: this.store.clock.stands !== null };
  }

  /** A charge by its id, its payment, its invoice, or the last that its customer paid. */
  charge({ charge, intent, invoice, customer }) {
    const all = this.store.all('charge').filter(({ paid }) => paid);
    const fits = (each) => (intent ? each.payment_intent === intent : invoice ? each._invoice === invoice : each.customer === customer);
    const found = charge ? this.store.get('charge', charge) : all.findLast(fits);
    if (!found) throw noSuch('charge', charge ?? intent ?? invoice ?? customer);
    return found;
  }

  account({ account }) {
    const found = this.store.get('account', account);
    if (!found) throw noSuch('account', account);
    return found;
  }

  set(given) {
    for (const name of Object.keys(given)) if (!Object.hasOwn(SETTINGS, name)) throw refuse(`No such setting: ${name}`);
    if (given.webhooks !== undefined && !['deliver', 'hold', 'drop'].includes(given.webhooks)) throw refuse('webhooks is deliver, hold or drop');
    if (given.outage && !['none', '500', 'slow', 'reset', 'denied', 'key'].includes(String(given.outage.mode))) throw refuse('outage.mode is none, 500, slow, reset, denied or key');
    if (given.after_retries !== undefined && !['unpaid', 'canceled', 'past_due'].includes(given.after_retries)) throw refuse('after_retries is unpaid, canceled or past_due');
    Object.assign(this.store.settings, given);
    return this.store.settings;
  }
}

const VERBS = {
  'GET clock': (control) => control.clock(),
  // seconds, hours, days: on from now. to: on to then. set: there at once, with nothing run. frozen: it stands still from now on, or runs again.
  'POST clock': (control, given) => {
    const { store } = control;
    if (given.set !== undefined) store.setClock(given.set, given.frozen ?? store.clock.stands !== null);
    else if (given.frozen !== undefined) store.setClock(store.now(), given.frozen);
    const on = (given.seconds ?? 0) + (given.hours ?? 0) * HOUR + (given.days ?? 0) * DAY;
    const until = given.to ?? store.now() + on;
    if (!Number.isInteger(until) || until < store.now()) throw refuse('The clock goes forward, by whole seconds.');
    const happened = control.billing.advanceTo(until);
    return { ...control.clock(), happened };
  },

  // card: ok, declined, renewal_fails, no_funds, or a number.
  'POST card': (control, given) => {
    const customer = control.store.get('customer', given.customer);
    if (!customer) throw noSuch('customer', given.customer);
    const card = CARDS[NAMED[given.card] ?? String(given.card).replaceAll(' ', '')];
    if (!card) throw refuse(`card is one of ${Object.keys(NAMED).join(', ')}, or a number.`);
    return view(control.billing.setCard(customer, card));
  },
  'POST checkout/pay': (control, given) => {
    const session = control.store.get('checkout.session', given.session);
    if (!session || session.status !== 'open') throw noSuch('open checkout session', given.session);
    return view(control.billing.complete(session, { card: CARDS[NAMED[given.card ?? 'ok'] ?? given.card], email: given.email }));
  },
  // details_submitted, charges_enabled: what is so from now on.
  'POST account': (control, given) => view(control.billing.tellAccount(control.account(given), given)),
  'POST account/disconnect': (control, given) => {
    control.billing.disconnect(control.account(given));
    return {};
  },
  'POST account/reconnect': (control, given) => {
    control.billing.reconnect(control.account(given));
    return {};
  },
  'POST refund/fail': (control, given) => {
    const refund = control.store.get('refund', given.refund);
    if (!refund) throw noSuch('refund', given.refund);
    control.billing.failRefund(refund);
    return view(refund);
  },
  'POST refund': (control, given) => view(control.billing.refund(control.charge(given), { amount: given.amount, reason: given.reason })),
  'POST dispute': (control, given) => view(control.billing.dispute(control.charge(given), given.reason)),
  'POST dispute/close': (control, given) => {
    const dispute = control.store.get('dispute', given.dispute);
    if (!dispute) throw noSuch('dispute', given.dispute);
    if (!['won', 'lost'].includes(given.status)) throw refuse('status is won or lost');
    control.billing.closeDispute(dispute, given.status);
    return view(dispute);
  },

  'GET settings': (control) => control.store.settings,
  'POST settings': (control, given) => control.set(given),
  // mode: deliver, hold or drop. What is held stays held until it is delivered.
  'POST webhooks': (control, given) => control.set({ webhooks: given.mode }),
  // order: given or shuffled (by seed); duplicates: so many once more; ids: these, in this order.
  'POST webhooks/deliver': async (control, given) => ({ delivered: await control.webhooks.deliverHeld(given) }),
  'POST webhooks/wait': async (control, given) => ({ settled: await control.webhooks.settled(given.ms ?? 10_000) }),
  'POST webhooks/resend': async (control, given) => {
    const status = await control.webhooks.resend(given.id);
    if (status === undefined) throw noSuch('event', given.id);
    return { status };
  },
  // All events as they would be sent, signed now or `at` then, for who posts them without a server.
  'GET webhooks/signed': (control, given) => ({
    events: control.store.events.filter(({ event }) => !given.type || event.type === given.type)
      .map((kept) => control.webhooks.signed(kept, given.at === undefined ? undefined : Number(given.at))),
  }),
  // An event of any kind, as if Stripe had sent it: { type, object }.
  'POST webhooks/send': (control, given) => control.webhooks.emit(given.type, given.object ?? {}),
  // mode: none, 500, slow (ms) or reset; times: for so many requests; after: once the request was carried out; path: where this is in it.
  'POST outage': (control, given) => control.set({ outage: { ...given, mode: String(given.mode ?? 'none') } }).outage,

  'GET events': (control, given) => ({ events: control.store.events.filter(({ event }) => !given.type || event.type === given.type) }),
  'GET requests': (control, given) => ({ requests: control.store.requests.filter((each) => (!given.method || each.method === given.method) && (!given.path || each.path.includes(given.path))) }),
  'POST requests/clear': (control) => {
    control.store.requests.length = 0;
    return {};
  },
  // objects/customer, objects/charge …: all of a kind, oldest first.
  'GET objects': (control, given, what) => ({ objects: view(control.store.all(what.slice('objects/'.length))) }),
  'POST reset': (control) => {
    control.webhooks.forget();
    control.store.reset();
    control.prepare?.();
    return {};
  },
};

function read(body) {
  if (!body) return {};
  try {
    const given = JSON.parse(body);
    if (given !== null && typeof given === 'object' && !Array.isArray(given)) return given;
  } catch {
    // Said below.
  }
  throw refuse('The control API takes a JSON object.');
}
