// What the stand-in remembers, its clock and its ids. In memory, and in a file when one is given.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const VERSION = 1;

/** What can be set with the control API, and how it is at first. */
export const SETTINGS = {
  // Seconds from a renewal to its invoice being final and charged: an hour, as at Stripe.
  finalise_after: 3600,
  // What becomes of a subscription after the last retry: unpaid, canceled or past_due.
  after_retries: 'unpaid',
  // Days after the first failure.
  retry_days: [3, 5, 7],
  // deliver, hold or drop.
  webhooks: 'deliver',
  // Signatures bear the real time, as clients compare it with theirs; or the stand-in's `clock`.
  signing_time: 'real',
  // Where webhooks go and what they are signed with, if not what the command line said. Several secrets: several signatures.
  webhook_url: null,
  webhook_secrets: null,
  // none, 500, slow or reset.
  outage: { mode: 'none' },
};

export class Store {
  constructor(file) {
    this.file = file;
    this.reset();
    if (file && existsSync(file)) {
      const kept = JSON.parse(readFileSync(file, 'utf8'));
      if (kept.version === VERSION) Object.assign(this, { clock: kept.clock, kinds: kept.kinds, events: kept.events, keys: kept.keys, settings: { ...SETTINGS, ...kept.settings } });
    }
  }

  reset() {
    // Seconds ahead of the real time, or where it stands still.
    this.clock = { ahead: 0, stands: null };
    this.kinds = {};
    this.events = [];
    this.keys = {};
    this.settings = structuredClone(SETTINGS);
    this.requests = [];
  }

  now() {
    return this.clock.stands ?? Math.floor(Date.now() / 1000) + this.clock.ahead;
  }

  /** Sets the clock; `stands`: it moves only when told. */
  setClock(seconds, stands) {
    this.clock = stands ? { ahead: 0, stands: seconds } : { ahead: seconds - Math.floor(Date.now() / 1000), stands: null };
  }

  id(prefix, length = 24) {
    const bytes = randomBytes(length);
    return prefix + Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  }

  put(object) {
    this.kinds[object.object] ??= {};
    this.kinds[object.object][object.id] = object;
    return object;
  }

  get(kind, id) {
    const all = this.kinds[kind];
    return all && Object.hasOwn(all, id) ? all[id] : undefined;
  }

  /** All of a kind, in the order that they were made. */
  all(kind) {
    return Object.values(this.kinds[kind] ?? {});
  }

  /** Whatever has this id, of whatever kind. */
  find(id) {
    for (const all of Object.values(this.kinds)) if (Object.hasOwn(all, id)) return all[id];
    return undefined;
  }

  /** Written to one side first: a stop in between leaves the old state. */
  save() {
    if (!this.file) return;
    mkdirSync(path.dirname(path.resolve(this.file)), { recursive: true, mode: 0o700 });
    const aside = `${this.file}.${process.pid}.new`;
    const { clock, kinds, events, keys, settings } = this;
    writeFileSync(aside, JSON.stringify({ version: VERSION, clock, kinds, events, keys, settings }), { mode: 0o600 });
    renameSync(aside, this.file);
  }
}

/** An object as the world sees it: what begins with `_` is our own. */
export function view(value) {
  if (Array.isArray(value)) return value.map(view);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('_')).map(([key, inner]) => [key, view(inner)]));
}
