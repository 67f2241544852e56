// Every act goes through here: it is written down in the browser first and then sent, in order and one at a time, with a key of
// its own, so that it is done once however often it is sent. Without network it waits, over a reload too.
//
// It belongs to whoever made it. Each person has a place of their own in the browser, in which it is sealed with a key that only
// their own pages are given; and what is sent says for whom, so that the server refuses it where somebody else is logged in by now.
// A session that ends leaves it for when they are back. Logging out forgets it.

import { uuid } from './dom.js';

const NAME = 'devalo-tasks';
/** Who logged out by hand in this browser, on whatever page (app/src/auth/session.rs). */
const LEFT = /(?:^|; )(__Host-devalo-left|devalo_left)=([^;]*)/;
const SLOWEST = 30_000;
/** A browser that takes longer to say what it kept is taken for one that keeps nothing. */
const SLOWEST_SHELF = 2000;
/** So long an answer may take before it counts as lost. The key makes asking again harmless. */
const PATIENCE = 20_000;
/** So often the server may fail at an act before it is taken back. */
const TRIES = 5;

/** The token of our own pages, beside the session's cookie. */
function token() {
  return /(?:^|; )(?:__Host-devalo-csrf|devalo_csrf)=([^;]*)/.exec(document.cookie)?.[1] ?? '';
}

/** Whose page this is. */
let acting = '';

/** Asks the server; a refusal is an error with its `status` and what the server said of it. Without network it is another one. */
export async function ask(method, path, body, key = null, signal = null) {
  const headers = { accept: 'application/json', ...(acting ? { 'x-devalo-user': acting } : {}) };
  if (method !== 'GET') {
    headers['x-csrf-token'] = decodeURIComponent(token());
    headers['idempotency-key'] = key ?? uuid();
  }
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetch(path, {
    method,
    headers,
    credentials: 'same-origin',
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: signal ?? AbortSignal.timeout(PATIENCE),
  });
  const said = await response.json().catch((error) => {
    // An answer that broke off is none.
    if (error.name === 'AbortError' || error.name === 'TimeoutError' || (response.ok && response.status !== 204)) throw new TypeError('no answer');
    return {};
  });
  if (response.ok) return said;
  const refusal = new Error(said.detail ?? said.title ?? 'This could not be done.');
  throw Object.assign(refusal, { status: response.status, problem: said, wait: Number(response.headers.get('retry-after')) || 0 });
}

/** Forgets everything that waits of somebody. */
export function forget(me) {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(`${NAME} ${me}`);
    request.onsuccess = () => resolve(true);
    // Another page has it open still: it goes once that lets go of it.
    request.onblocked = () => resolve(true);
    request.onerror = () => resolve(false);
  });
}

/** Forgets what waits of those who have logged out since anybody looked. */
export async function forgetWhoLeft() {
  const [, name, who] = LEFT.exec(document.cookie) ?? [];
  if (!who) return;
  const tooSlow = new Promise((resolve) => { setTimeout(resolve, SLOWEST_SHELF, [false]); });
  const gone = await Promise.race([Promise.all(who.split('.').map(forget)), tooSlow]).catch(() => [false]);
  if (gone.every(Boolean)) document.cookie = `${name}=; Path=/; Max-Age=0; SameSite=Strict${location.protocol === 'https:' ? '; Secure' : ''}`;
}

export class Queue extends EventTarget {
  #shelf;
  #channel;
  #draining = false;
  #again = false;
  #timer = 0;
  #failures = 0;
  /** What this page sends right now. */
  #sending = null;

  #keys;

  /**
   * `keys` seal what is kept, the first of them, and open it; without any nothing is kept. `answered(entry, answer)`,
   * `refused(entry, error)` and `conflicted(entry)` are told of each entry; the event `state`, that something waits or no longer does.
   */
  constructor({ org, me, keys = [], answered, refused, conflicted }) {
    super();
    Object.assign(this, { org, me, answered, refused, conflicted });
    this.#keys = keys;
    acting = me;
    this.stalled = '';
    this.entries = [];
  }

  /** What waits of this person in this organisation, oldest first. */
  async open() {
    const tooSlow = new Promise((_, reject) => { setTimeout(reject, SLOWEST_SHELF); });
    this.#shelf = await Promise.race([open(this.me, this.#keys), tooSlow]).catch(() => new Memory());
    this.entries = (await this.#shelf.all(true)).filter((entry) => this.#isOwn(entry));
    addEventListener('online', () => this.wake());
    document.addEventListener('visibilitychange', () => { if (!document.hidden && this.stalled) this.wake(); });
    addEventListener('offline', () => this.#stall('offline'));
    if ('BroadcastChannel' in globalThis) {
      this.#channel = new BroadcastChannel(`${NAME} ${this.org} ${this.me}`);
      this.#channel.addEventListener('message', ({ data }) => this.#heard(data));
    }
    if (!navigator.onLine) this.#stall('offline');
    return this.entries;
  }

  /** Takes an act in, and sends it once it is its turn. */
  async push(entry) {
    const owned = { ...entry, org: this.org, me: this.me, tries: 0 };
    this.entries.push(owned);
    try {
      owned.n = await this.#shelf.add(owned);
    } catch {
      await this.#toMemory();
    }
    this.#say();
    this.#drain();
  }

  /** Takes an entry out that hasn't been sent yet; says whether it could. */
  async drop(key) {
    const entry = this.entries.find((one) => one.key === key);
    if (!entry || this.#sending === key) return false;
    await this.#done(entry);
    this.#tell({ dropped: key });
    await this.#dropAfter(entry);
    return true;
  }

  /** What was done to a task that is never made now goes with it. */
  async #dropAfter({ makes }) {
    if (!makes) return;
    for (const later of await this.#shelf.all()) {
      if (!this.#isOwn(later) || !JSON.stringify(later).includes(makes)) continue;
      await this.#done(later);
      this.refused(later, null);
      this.#tell({ dropped: later.key });
    }
  }

  /** The newest act that waits and can still be dropped. */
  get newest() {
    return this.entries.findLast((entry) => entry.key !== this.#sending && !entry.conflict)?.key ?? null;
  }

  /** After a conflict: one's own value again, on what is there now; or what is there. */
  async resolve(key, mine) {
    const entry = this.entries.find((one) => one.key === key);
    if (!entry) return;
    if (mine) {
      entry.body = { ...entry.body, version: entry.conflict.version };
      entry.conflict = null;
      // It is another act than the one that was refused.
      await this.#shelf.put(entry);
      this.#drain();
    } else {
      await this.#done(entry);
      this.#tell({ dropped: key });
    }
    this.#say();
  }

  /** Tries again, now. */
  wake() {
    this.#failures = 0;
    this.#drain();
  }

  async #drain() {
    if (this.#draining) {
      this.#again = true;
      return;
    }
    this.#draining = true;
    clearTimeout(this.#timer);
    try {
      do {
        this.#again = false;
        await this.#locked(() => this.#sendAll());
      } while (this.#again);
    } catch {
      await this.#toMemory();
      this.#timer = setTimeout(() => this.#drain(), 1000);
    } finally {
      this.#draining = false;
    }
  }

  /** Where the browser is full, or was told to forget: what is shown here is kept as long as the page is. */
  async #toMemory() {
    this.#shelf = new Memory();
    for (const entry of this.entries) entry.n = await this.#shelf.add(entry);
  }

  /** One page at a time sends, or two would send the same. */
  #locked(run) {
    return navigator.locks ? navigator.locks.request(`${NAME} ${this.org} ${this.me}`, run) : run();
  }

  async #sendAll() {
    for (;;) {
      // Another page may have sent some, or written some.
      const entry = (await this.#shelf.all()).find((one) => this.#isOwn(one) && !one.conflict);
      if (!entry) break;
      this.#sending = entry.key;
      try {
        const answer = await ask(entry.method, entry.path, entry.body, entry.key);
        await this.#answer(entry, answer);
      } catch (error) {
        if (!(await this.#failed(entry, error))) return;
      } finally {
        this.#sending = null;
      }
    }
    this.#failures = 0;
    if (this.stalled) this.#stall('');
  }

  async #answer(entry, answer) {
    await this.#shelf.remove(entry.n);
    const real = entry.makes && answer.card?.id;
    for (const later of await this.#shelf.all()) {
      if (!this.#isOwn(later)) continue;
      let next = later;
      // What was done to a task that had no id yet.
      if (real) {
        const text = JSON.stringify(later);
        if (text.includes(entry.makes)) next = JSON.parse(text.replaceAll(entry.makes, real));
      }
      // The same field once more: it was written on top of this one.
      const card = next.body?.version === undefined ? null : (answer.cards ?? []).find(({ id }) => id === next.ids[0]);
      if (card && card.version > next.body.version && fieldsOf(entry).some((field) => field in next.body)) {
        next = { ...next, body: { ...next.body, version: card.version } };
      }
      if (next === later) continue;
      await this.#shelf.put(next);
      this.entries = this.entries.map((one) => (one.key === next.key ? next : one));
    }
    if (this.stalled) this.#stall('');
    const elsewhere = !this.#has(entry.key);
    this.entries = this.entries.filter((one) => one.key !== entry.key);
    this.answered({ ...entry, elsewhere }, answer);
    this.#tell({ answered: entry, answer });
    this.#say();
  }

  /** Whether the next one may be sent. */
  async #failed(entry, error) {
    const { status } = error;
    if (status === 401) {
      this.#stall('logged out');
      return false;
    }
    const busy = status === undefined || [408, 425, 429].includes(status) || status >= 500;
    if (busy && !(status === 500 && entry.tries + 1 >= TRIES)) {
      if (status === 500) await this.#shelf.put({ ...entry, tries: entry.tries + 1 });
      this.#stall(status === undefined ? 'offline' : 'busy');
      this.#failures += 1;
      const wait = Math.max((error.wait ?? 0) * 1000, Math.min(SLOWEST, 1000 * 2 ** this.#failures) * (0.75 + Math.random() / 2));
      this.#timer = setTimeout(() => this.#drain(), wait);
      return false;
    }
    if (status === 409 && error.problem.errors?.length && entry.method === 'PATCH') {
      const conflicted = { ...entry, conflict: { fields: error.problem.errors, version: error.problem.version } };
      await this.#shelf.put(conflicted);
      this.#conflict(conflicted);
      this.#tell({ conflicted });
      return true;
    }
    // It was sent before, and only the answer was lost.
    if (entry.method === 'DELETE' && [404, 410].includes(status)) {
      await this.#answer(entry, {});
      return true;
    }
    const own = this.#has(entry.key);
    await this.#done(entry);
    await this.#dropAfter(entry);
    if (own) this.refused(entry, error);
    this.#tell({ dropped: entry.key, message: error.message, status, problem: error.problem });
    return true;
  }

  /** Whether it is shown on this page. */
  #has(key) {
    return this.entries.some((one) => one.key === key);
  }

  #conflict(conflicted) {
    if (!this.#has(conflicted.key)) return;
    this.entries = this.entries.map((one) => (one.key === conflicted.key ? conflicted : one));
    this.conflicted(conflicted);
    this.#say();
  }

  async #done(entry) {
    this.entries = this.entries.filter((one) => one.key !== entry.key);
    await this.#shelf.remove(entry.n);
    this.#say();
  }

  #isOwn(entry) {
    return entry.org === this.org && entry.me === this.me;
  }

  #stall(why) {
    this.stalled = why;
    this.#say();
  }

  #say() {
    this.dispatchEvent(new Event('state'));
  }

  #tell(message) {
    this.#channel?.postMessage(message);
  }

  /** Another page of the same person has sent or dropped what may be shown here. */
  #heard({ answered, answer, dropped, message, status, problem, conflicted }) {
    if (conflicted) this.#conflict(conflicted);
    const key = answered?.key ?? dropped;
    const entry = this.entries.find((one) => one.key === key);
    if (!entry) return;
    this.entries = this.entries.filter((one) => one.key !== key);
    if (answered) this.answered(entry, answer);
    else this.refused(entry, message ? Object.assign(new Error(message), { status, problem }) : null);
    this.#say();
  }
}

/** What a board is by, as a patch says it. */
const OF_COLUMNS = { status: 'status', section: 'section', person: 'responsible', responsible: 'responsible', priority: 'priority', label: 'labels' };

/** The fields that an act changes, as a patch says them. */
function fieldsOf({ method, path, body }) {
  if (method === 'PATCH') return Object.keys(body).filter((field) => field !== 'version');
  if (path.endsWith('/move')) return [OF_COLUMNS[body.by], OF_COLUMNS[body.lanes]].filter(Boolean);
  return [...Object.keys(body?.change ?? {}), ...(body && 'done' in body ? ['status'] : [])];
}

/** What the browser keeps of somebody. */
async function open(me, words) {
  const keys = await Promise.all(words.map((word) => {
    const bytes = Uint8Array.from(atob(word.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
    return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
  }));
  if (!me || !keys.length) throw new Error('nothing to seal with');
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(`${NAME} ${me}`, 1);
    request.onupgradeneeded = () => request.result.createObjectStore('waiting', { keyPath: 'n', autoIncrement: true });
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('blocked'));
    request.onsuccess = () => {
      const database = request.result;
      // Logging out on another page deletes it.
      database.onversionchange = () => database.close();
      resolve(new Shelf(database, keys));
    };
  });
}

async function sealed({ n: _, ...entry }, [key]) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, sealed: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new TextEncoder().encode(JSON.stringify(entry))) };
}

/** What was sealed; nothing where none of the keys is the one. */
async function opened({ iv, sealed: data }, keys) {
  for (const key of keys) {
    const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, data).catch(() => null);
    if (text) return JSON.parse(new TextDecoder().decode(text));
  }
  return null;
}

class Shelf {
  #database;
  #keys;
  /** They are written down in the order in which they were done. */
  #adding = Promise.resolve();

  constructor(database, keys) {
    this.#database = database;
    this.#keys = keys;
  }

  #do(mode, run) {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction('waiting', mode);
      const request = run(transaction.objectStore('waiting'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  /** All of it, oldest first. A page that was just loaded has every key there is: what it can’t open is forgotten. */
  async all(fresh = false) {
    const entries = [];
    for (const row of await this.#do('readonly', (store) => store.getAll())) {
      const entry = await opened(row, this.#keys);
      if (entry) entries.push({ ...entry, n: row.n });
      else if (fresh) await this.remove(row.n);
    }
    return entries;
  }

  add(entry) {
    const added = this.#adding.then(async () => {
      const row = await sealed(entry, this.#keys);
      return this.#do('readwrite', (store) => store.add(row));
    });
    this.#adding = added.catch(() => {});
    return added;
  }

  async put(entry) {
    const row = { ...await sealed(entry, this.#keys), n: entry.n };
    return this.#do('readwrite', (store) => {
      const found = store.getKey(entry.n);
      // What another page has sent meanwhile doesn’t come back.
      found.onsuccess = () => { if (found.result !== undefined) store.put(row); };
      return found;
    });
  }

  remove(n) { return this.#do('readwrite', (store) => store.delete(n)); }
  close() { this.#database.close(); }
}

/** Where a browser keeps nothing: as long as the page is open. */
class Memory {
  #entries = new Map();
  #next = 0;

  async all() { return [...this.#entries.values()]; }

  async add(entry) {
    this.#next += 1;
    this.#entries.set(this.#next, { ...entry, n: this.#next });
    return this.#next;
  }

  async put(entry) { if (this.#entries.has(entry.n)) this.#entries.set(entry.n, entry); }
  async remove(n) { this.#entries.delete(n); }
  close() { this.#entries.clear(); }
}
