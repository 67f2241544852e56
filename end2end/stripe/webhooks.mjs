// Events: kept, signed with Stripe's own library, and delivered until they are taken.
import Stripe from 'stripe';
import { setTimeout as sleep } from 'node:timers/promises';

import * as objects from './objects.mjs';
import { view } from './store.mjs';

const stripe = new Stripe('sk_test_nobody');
// Between attempts; the last is used again and again.
const BACKOFF_MS = [100, 200, 400, 800, 1_500, 3_000, 5_000];
const MOST_ATTEMPTS = 60;
const PATIENCE_MS = 15_000;

export class Webhooks {
  constructor(store, { url, secret }) {
    this.store = store;
    this.url = url;
    this.secret = secret;
    this.request = undefined;
    this.under = new Set();
    this.stopped = false;
  }

  /** Something happened to an object. `previous` is what changed, as it was. */
  emit(type, object, previous) {
    // What happens on an account of somebody's own says whose.
    const account = object._account ?? (object.object === 'account' ? object.id : undefined);
    const event = objects.event(this.store, {
      type, object: structuredClone(view(object)), previous: previous && structuredClone(view(previous)), request: this.request, account,
    });
    const mode = this.store.settings.webhooks;
    const state = { deliver: 'pending', hold: 'held', drop: 'dropped' }[mode];
    const kept = { event, state: this.where() ? state : 'kept', attempts: [] };
    this.store.events.push(kept);
    if (kept.state === 'pending') this.begin(kept);
    return event;
  }

  /** What a former life had still to deliver. */
  resume() {
    for (const kept of this.store.events) if (kept.state === 'pending') this.begin(kept);
  }

  /** Delivers what was held, one after the other, in this order: ids, the given one, or shuffled; some of them twice. */
  async deliverHeld({ order = 'given', seed = 1, duplicates = 0, ids }) {
    const held = this.store.events.filter(({ state }) => state === 'held');
    let queue = ids ? ids.map((id) => this.store.events.find(({ event }) => event.id === id)).filter(Boolean) : held;
    const random = randomFrom(seed);
    if (!ids && duplicates) {
      queue = [...queue];
      for (let n = 0; n < duplicates && held.length; n += 1) queue.push(held[Math.floor(random() * held.length)]);
    }
    if (order === 'shuffled') {
      queue = [...queue];
      for (let last = queue.length - 1; last > 0; last -= 1) {
        const other = Math.floor(random() * (last + 1));
        [queue[last], queue[other]] = [queue[other], queue[last]];
      }
    }
    const answers = [];
    for (const kept of queue) {
      const status = await this.attempt(kept);
      if (taken(status)) kept.state = 'delivered';
      answers.push({ id: kept.event.id, type: kept.event.type, status });
    }
    return answers;
  }

  /** Sends this event once more, whatever became of it. */
  async resend(id) {
    const kept = this.store.events.find(({ event }) => event.id === id);
    if (!kept) return undefined;
    return this.attempt(kept);
  }

  /** Waits until nothing is on its way; says if that came about. */
  async settled(milliseconds) {
    const deadline = Date.now() + milliseconds;
    while (this.under.size && Date.now() < deadline) await sleep(20);
    return this.under.size === 0;
  }

  /** Forgets what is on its way. */
  forget() {
    this.under.clear();
  }

  stop() {
    this.stopped = true;
  }

  where() {
    return this.store.settings.webhook_url ?? this.url;
  }

  begin(kept) {
    this.under.add(kept);
    void this.deliver(kept).finally(() => this.under.delete(kept));
  }

  async deliver(kept) {
    // The answer to the request that it is about goes first, mostly, as at Stripe.
    await sleep(5);
    for (let tries = 0; tries < MOST_ATTEMPTS; tries += 1) {
      if (this.stopped || !this.under.has(kept)) return;
      const status = await this.attempt(kept);
      if (!this.under.has(kept)) return;
      if (taken(status)) {
        kept.state = 'delivered';
        kept.event.pending_webhooks = 0;
        return;
      }
      await sleep(BACKOFF_MS[Math.min(tries, BACKOFF_MS.length - 1)]);
    }
    kept.state = 'given_up';
  }

  /** One attempt, with a signature of its own. Answers the status, or 0 if nobody answered. */
  async attempt(kept) {
    const { payload, signature } = this.signed(kept);
    let status = 0;
    try {
      const answer = await fetch(this.where(), {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)', 'stripe-signature': signature },
        body: payload,
        redirect: 'manual',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      status = answer.status;
      await answer.arrayBuffer();
    } catch {
      // Nobody is there, or the answer came too late: another attempt follows.
    }
    kept.attempts.push({ at: Math.floor(Date.now() / 1000), status });
    this.store.changed = true;
    return status;
  }

  /** An event as it is sent: its text and its signature, or signatures, while secrets are being changed. */
  signed({ event }, at) {
    const payload = JSON.stringify(event, null, 2);
    const timestamp = at ?? (this.store.settings.signing_time === 'clock' ? this.store.now() : Math.floor(Date.now() / 1000));
    const secrets = this.store.settings.webhook_secrets ?? [this.secret];
    const headers = secrets.map((secret) => stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }));
    const signature = [`t=${timestamp}`, ...headers.map((header) => header.slice(header.indexOf('v1=')))].join(',');
    return { id: event.id, type: event.type, payload, signature };
  }
}

const taken = (status) => status >= 200 && status < 300;

/** The same numbers for the same seed (mulberry32): an order that failed can be had again. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6D2B79F5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
