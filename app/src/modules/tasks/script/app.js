// Where the tasks pages come alive: the board, the list, the box that adds a task, the keys. Everything on them works without
// too; this makes it quick. What one does shows at once, can be undone, and is never lost: see queue.js.

import { Board } from './board.js';
import { announce, count, dayWords, dialog, el, nextWeekday, plusDays, put, quoted, toast, uuid } from './dom.js';
import { Lifting, dragging } from './drag.js';
import { List } from './list.js';
import { Live, showHere } from './live.js';
import { matching, palette, pick } from './palette.js';
import { Queue, ask, forget, forgetWhoLeft } from './queue.js';
import { quickAdd } from './quick.js';
import { Store } from './store.js';

/** The same setting as everywhere on this device: see app/src/ui/palette.rs. */
const SINGLE_KEYS = 'devalo-single-keys';
const PRIORITIES = ['No', 'Low', 'Medium', 'High', 'Urgent'];
const FIELDS = {
  title: 'Title', notes: 'Notes', status: 'Status', section: 'Section', priority: 'Priority', due_day: 'Due', due_time: 'Due time', start_day: 'Starts',
  responsible: 'Assigned to', people: 'Also assigned to', team: 'Team', labels: 'Labels', estimate: 'Estimate',
};
const PAGE = 100;
/** So many cards of a column are in the page from the start (FIRST_CARDS in board.rs): everybody who has no more asks alike. */
const FEW = 8;
/** Those who read again at the same moment spread over so many milliseconds. */
const SPREAD = 400;

class App {
  selection = new Set();
  /** What can be undone, the newest last. */
  #done = [];
  /** The act that is undone as soon as it is answered. */
  #undoes = null;
  /** Of what is undone in several acts: those that were answered. */
  #undone = [];
  /** Of what is moved together: where one or more weren’t. */
  #short = new Set();
  /** From where a range is chosen. */
  #anchor = null;
  #here = new Map();
  #recounting = new Set();
  /** What is shown is older than what was said, and being read again. */
  #stale = false;
  #reading = false;
  #bulk = null;
  #leaving = false;

  constructor(root, data, kind) {
    const { api, org, me, list, today, open, shelf } = root.dataset;
    Object.assign(this, {
      root, kind, api, org, me, today, list: list ?? data.list?.id,
      open: open ?? `/app/${org}/tasks/{id}`,
      may: data.may ?? { edit: true, manage: false },
      // A view of several lists has no order of its own.
      mayMove: Boolean((data.may ?? { edit: true }).edit) && data.may?.move !== false,
      by: data.by ?? root.dataset.by ?? 'status',
      q: data.q ?? '',
      people: byId(data.people),
      labels: byId(data.labels),
      statuses: byId(data.statuses),
      store: new Store({ by: data.by ?? 'status', lanes: data.lanes, parts: data.parts, closed: data.closed, columns: data.columns ?? [], cards: data.cards ?? [], statuses: data.statuses ?? [], today }),
    });
    // It is for this script alone.
    delete root.dataset.shelf;
    this.queue = new Queue({
      org, me, keys: shelf?.split(' ').filter(Boolean),
      answered: (entry, answer) => this.#answered(entry, answer),
      refused: (entry, error) => this.#refused(entry, error),
      conflicted: (entry) => this.#conflicted(entry),
    });
  }

  async start() {
    const { root, kind } = this;
    this.bar = document.querySelector('[data-tasks-bar]') ?? el('div', { class: 'tasks-bar', 'data-tasks-bar': true });
    if (kind && !this.bar.isConnected) root.before(this.bar);
    this.says = this.bar.appendChild(el('p', { class: 'tasks-says', role: 'status' }));
    this.faces = this.bar.appendChild(el('ul', { class: 'tasks-here', 'aria-label': 'Also here', hidden: true }));
    this.conflicts = el('div', { class: 'tasks-conflicts', 'aria-live': 'polite' });
    if (kind) root.before(this.conflicts);
    else document.body.append(this.conflicts);

    if (kind === 'board') this.view = new Board(this, root);
    if (kind === 'list') this.view = new List(this, root);
    if (this.view) {
      performance.mark('board-usable');
      this.lifting = new Lifting(this, this.view);
      dragging(this, this.view);
      root.addEventListener('click', (event) => this.#clicked(event));
      root.addEventListener('focusin', (event) => {
        const at = this.view.at(event.target);
        if (at) this.view.stay(at);
      });
    }
    this.#forms();
    addEventListener('keydown', (event) => this.#key(event), true);
    addEventListener('submit', (event) => this.#submitted(event), true);
    document.addEventListener('click', (event) => {
      if (!event.target.closest?.('a.palette-open') || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      palette(this);
    });

    this.store.addEventListener('change', () => this.#agree());

    // What waited when the page was last left.
    for (const entry of await this.queue.open()) {
      if (entry.change) this.store.act({ key: entry.key, ids: entry.ids, change: entry.change });
      if (entry.conflict) this.#conflicted(entry);
    }
    this.queue.addEventListener('state', () => this.#state());
    this.#state();
    this.queue.wake();
    if (root.dataset.live) this.#listen();
    document.documentElement.dataset.hydrated = 'true';
  }

  // ------------------------------------------------------------------------------------------------ from the server

  #listen() {
    this.live = new Live(this.root.dataset.live, this.root.dataset.sequence ?? '0');
    this.live.addEventListener('cards', ({ detail }) => this.store.merge(detail.cards ?? [], detail.gone ?? []));
    this.live.addEventListener('again', () => this.#readAgain());
    this.live.addEventListener('here', ({ detail }) => {
      showHere(this.faces, detail.people, this.me);
      this.#here = new Map(detail.people.filter((person) => person.task && person.id !== this.me).map((person) => [person.task, person]));
      this.view?.draw();
    });
    let quiet = 0;
    this.live.addEventListener('open', () => {
      clearTimeout(quiet);
      quiet = 0;
      this.deaf = false;
      this.#state();
      if (this.queue.stalled) this.queue.wake();
    });
    this.live.addEventListener('closed', () => {
      // A moment without is no news.
      quiet ||= setTimeout(() => {
        this.deaf = true;
        this.#state();
      }, 4000);
    });
    this.live.addEventListener('ended', () => this.#reload());
  }

  /** The page anew; but not under somebody's hands. */
  #reload() {
    const field = document.activeElement?.matches?.('input, textarea') && document.activeElement.value;
    if (!field && !document.querySelector('dialog[open]') && Date.now() - Number(sessionStorage.getItem('tasks-reloaded') ?? 0) > 10_000) {
      sessionStorage.setItem('tasks-reloaded', String(Date.now()));
      location.reload();
      return;
    }
    this.ended = true;
    this.#state();
  }

  /** The next cards of a column. */
  async more(key) {
    const column = this.store.columns.get(key);
    const query = this.#within(key, PAGE);
    if (column.end) query.set('after', column.end);
    this.store.page(key, await ask('GET', `${this.api}/lists/${this.list}/cards?${query}`));
  }

  /** More happened at once than is told card by card: what is shown is read again, once however often that is said meanwhile. */
  async #readAgain() {
    this.#stale = true;
    if (this.#reading) return;
    this.#reading = true;
    let failures = 0;
    while (this.#stale) {
      this.#stale = false;
      const wait = Math.random() * SPREAD * 2 ** failures;
      await new Promise((resolve) => { setTimeout(resolve, wait); });
      try {
        this.store.renewing();
        this.store.renew(await this.#pages());
        failures = 0;
      } catch (error) {
        // It has other columns now, or isn't there for them any more.
        if (error.status >= 400 && error.status < 500 && ![408, 429].includes(error.status)) {
          this.#reload();
          break;
        }
        this.#stale = true;
        failures = Math.min(failures + 1, 6);
      }
    }
    this.#reading = false;
    for (const id of this.selection) if (!this.store.card(id)) this.selection.delete(id);
    this.#showChosen();
  }

  /** Every column that something is shown of, read as far as it is shown. */
  async #pages() {
    const pages = new Map();
    for (const [key, column] of this.store.columns) {
      if (column.more && !column.ids.length) continue;
      const wanted = this.store.depth(key);
      const page = { cards: [], more: true, count: 0, end: '' };
      let read = 0;
      do {
        const query = this.#within(key, wanted > FEW ? PAGE : FEW);
        if (page.end) query.set('after', page.end);
        const { cards, more, count: number, end } = await ask('GET', `${this.api}/lists/${this.list}/cards?${query}`);
        page.cards.push(...cards);
        Object.assign(page, { more: more && Boolean(cards.length), count: number, end: end || page.end });
        read += this.store.parts === 'nested' ? cards.filter((card) => !card.parent).length : cards.length;
      } while (page.more && read < wanted);
      pages.set(key, page);
    }
    return pages;
  }

  /** What is asked for of a column. */
  #within(key, limit) {
    const { lanes, parts } = this.store;
    const [row, column] = lanes ? key.split('|') : ['', key];
    const query = new URLSearchParams({ by: this.by, column, limit: String(limit) });
    for (const [name, value] of Object.entries({ lanes, lane: row, parts, q: this.q })) if (value) query.set(name, value);
    return query;
  }

  /** How many a column has, where that can't be known from what came in. */
  recount(key) {
    if (this.#recounting.has(key)) return;
    this.#recounting.add(key);
    setTimeout(async () => {
      try {
        const query = this.#within(key, 1);
        const { count: number } = await ask('GET', `${this.api}/lists/${this.list}/cards?${query}`);
        this.store.counted(key, number);
      } catch {
        // It is asked again with the next change.
        this.store.columns.get(key).unsure = false;
      }
      this.#recounting.delete(key);
    }, 1000);
  }

  #answered(entry, answer) {
    const cards = answer.cards ?? (answer.card ? [answer.card] : []);
    const gone = answer.gone ?? (entry.change?.gone ? entry.ids : []);
    const at = this.view?.at();
    this.store.settle(entry.key, cards, gone);
    if (entry.makes && answer.card) {
      this.store.rename(entry.makes, answer.card.id);
      if (this.selection.delete(entry.makes)) this.selection.add(answer.card.id);
      if (at?.id === entry.makes) this.view.focus(answer.card.id);
    }
    for (const id of gone) this.selection.delete(id);
    this.#showChosen();
    const { note } = answer;
    const isPart = answer.left?.length > 0;
    // Nothing that could be undone: one’s own part was done before.
    if (note && !answer.act && !entry.elsewhere) toast(this.#noted(entry, note));
    if (!answer.act || entry.elsewhere) return;
    if (entry.undoes) {
      this.#undone.push({ group: entry.group, act: answer.act });
      if (!entry.last) return;
      const acts = this.#undone.filter(({ group }) => group === entry.group).map(({ act }) => act);
      this.#undone = this.#undone.filter(({ group }) => group !== entry.group);
      toast(`Undone: ${lower(entry.undoes)}`, { act: { label: 'Redo', run: () => this.#undoActs({ acts, words: entry.undoes, redo: true }) } });
      return;
    }
    const last = this.#done.at(-1);
    const whole = entry.group && last?.group === entry.group ? last : { group: entry.group, acts: [], words: entry.words };
    if (whole !== last) this.#done.push(whole);
    whole.acts.push(answer.act);
    if (this.#short.has(entry.group)) whole.note ??= 'Not all were moved.';
    if (note && isPart) {
      whole.note = this.#noted(entry, note);
      if (!entry.group) whole.words = `Your part of ${this.#titles(entry.ids)}`;
    } else if (note) {
      whole.note ??= `${entry.words}. ${note}`;
    }
    if (entry.redo || (entry.group && !entry.last)) return;
    if (this.#undoes === entry.key) {
      this.#undoes = null;
      this.undo(whole);
      return;
    }
    const { understood } = answer;
    toast(whole.note ?? (understood ? `${entry.words}: ${understood}` : entry.words), { act: { label: 'Undo', run: () => this.undo(whole) } });
  }

  /** What came of a task otherwise than asked: where several were moved, it is said that not all were. */
  #noted(entry, note) {
    return entry.group ? `Not all were moved. ${note}` : note;
  }

  #refused(entry, error) {
    this.store.settle(entry.key);
    this.conflicts.querySelector(`[data-conflict="${entry.key}"]`)?.remove();
    if (error?.status === 409 && error.problem?.errors?.length && entry.path.endsWith('/move')) this.#elsewhere(entry, error);
    else if (error) toast(`${entry.words ? `Not done: ${lower(entry.words)}. ` : ''}${error.message}`, { tone: 'is-error' });
    // The last of several that were moved together says what became of the others.
    const whole = this.#done.at(-1);
    if (entry.group && entry.last && !entry.undoes && !entry.redo && whole?.group === entry.group) toast('Not all were moved.', { act: { label: 'Undo', run: () => this.undo(whole) } });
  }

  /** Somebody has moved a card since one saw it: it is shown where it is now, and can be moved all the same. */
  async #elsewhere(entry, error) {
    const [id] = entry.ids;
    if (entry.group) this.#short.add(entry.group);
    // What it was moved by and nobody else has changed is held against where it was seen, as before.
    const body = { ...entry.body };
    const at = { person: 'responsible', label: 'labels' };
    const refused = (by) => error.problem.errors.some(({ field }) => field === (at[by] ?? by.replace(/^field:/, 'values.')));
    if (refused(body.by ?? 'status')) delete body.from;
    if (body.lanes && refused(body.lanes)) delete body.from_lane;
    const name = this.store.columns.get(entry.change?.column)?.name;
    const words = name ? `Moved ${this.#titles([id])} to ${name}` : entry.words;
    const act = { label: 'Move it anyway', run: () => this.perform({ path: entry.path, body, ids: [id], change: entry.change, words }) };
    // In another list there is no such column.
    toast(entry.group ? `${this.#titles([id])}: ${error.message}` : error.message, refused('list') ? {} : { act });
    try {
      const { trashed, ...card } = await ask('GET', `${this.api}/tasks/${id}`);
      const isHere = !trashed && (!this.list || card.list === this.list);
      this.store.merge(isHere ? [card] : [], isHere ? [] : [id]);
    } catch {
      // What others do is told otherwise, too.
    }
  }

  // --------------------------------------------------------------------------------------------------- one's own acts

  /** Shows an act at once, and sends it. */
  perform({ method = 'POST', path, body, ids, change = null, ...rest }) {
    const key = uuid();
    if (change) this.store.act({ key, ids, change });
    const { stalled } = this.queue;
    this.queue.push({ key, method, path, body, ids, change, ...rest });
    if (!stalled || rest.group && !rest.last) return;
    toast(`${rest.words}. It is sent once you are ${stalled === 'logged out' ? 'logged in' : 'online'}.`, { act: { label: 'Undo', run: () => this.#takeBack(key) } });
  }

  async #takeBack(key) {
    const entry = this.queue.entries.find((one) => one.key === key);
    if (!(await this.queue.drop(key))) return;
    this.store.settle(key);
    announce(`Undone: ${lower(entry.words)}`);
  }

  /** Undoes an act, or the newest one. */
  async undo(whole = null) {
    if (!whole && this.queue.stalled && this.queue.newest) {
      await this.#takeBack(this.queue.newest);
      return;
    }
    // What is on its way is undone once it is there.
    const coming = whole ? null : this.queue.entries.findLast((entry) => !entry.conflict && !entry.undoes && !entry.redo);
    if (coming) {
      this.#undoes = coming.key;
      return;
    }
    const one = whole ?? this.#done.at(-1);
    if (!one) {
      announce('There is nothing to undo.');
      return;
    }
    this.#done = this.#done.filter((other) => other !== one);
    this.#undoActs(one);
  }

  #undoActs({ acts, words, redo = false }) {
    const group = uuid();
    acts.toReversed().forEach((act, index) => {
      const last = index === acts.length - 1;
      this.perform({ path: `${this.api}/acts/${act}/undo`, body: {}, ids: [], words: redo ? `Done again: ${lower(words)}` : words, group, last, ...(redo ? {} : { undoes: words }) });
    });
  }

  #titles(ids) {
    return ids.length === 1 ? quoted(this.store.card(ids[0])?.title ?? '') : count(ids.length, 'task');
  }

  /** Changes fields of one task or of several. */
  set(ids, fields, words) {
    const known = ids.filter((id) => this.store.card(id));
    if (!known.length || !this.may.edit) return;
    const said = `${words}: ${this.#titles(known)}`;
    if (known.length > 1) {
      this.perform({ path: `${this.api}/bulk`, body: { ids: known, change: fields }, ids: known, change: { fields }, words: said });
      return;
    }
    const [id] = known;
    this.perform({ method: 'PATCH', path: `${this.api}/tasks/${id}`, body: { version: this.store.known(id)?.version ?? 0, ...fields }, ids: known, change: { fields }, words: said, was: this.store.card(id) });
  }

  /** Puts a label on tasks, or takes it off. */
  label(ids, label, on) {
    const name = this.labels.get(label)?.name ?? '';
    const words = on ? `Labelled ${name}` : `No longer labelled ${name}`;
    // Others’ labels stay: it is never said which ones a task has, only which one it gets or loses.
    const change = on ? { add_labels: [label] } : { remove_labels: [label] };
    const shown = { ids, change: on ? { add: [label] } : { remove: [label] }, words: `${words}: ${this.#titles(ids)}` };
    if (ids.length === 1) this.perform({ method: 'PATCH', path: `${this.api}/tasks/${ids[0]}`, body: change, ...shown });
    else this.perform({ path: `${this.api}/bulk`, body: { ids, change }, ...shown });
  }

  /** Moves tasks, one behind the other: after a task, to the first place (`null`) or to the last (nothing). */
  move(ids, { column, after, from = null }) {
    const group = ids.length > 1 ? uuid() : undefined;
    const { name } = this.store.columns.get(column);
    const words = `Moved ${this.#titles(ids)} to ${name}`;
    let behind = after;
    ids.forEach((id, index) => {
      const card = this.store.card(id);
      if (!card) return;
      const was = from && this.store.columnsOf(card).includes(from) ? from : this.store.columnsOf(card)[0];
      if (ids.length === 1 && was === column && this.#isThere(id, column, behind)) return;
      const body = { ...this.#placeOf(card, column, was), ...(behind === undefined ? {} : { after: behind }) };
      this.perform({ path: `${this.api}/tasks/${id}/move`, body, ids: [id], change: { column, from: was, after: behind }, words, group, last: index === ids.length - 1 });
      behind = behind === undefined ? undefined : id;
    });
    const over = this.store.columns.get(column);
    if (over.limit && this.store.count(column) > over.limit) announce(`${name} holds more than its limit of ${over.limit}.`);
  }

  /** Where a card goes, as the server takes it. What is part of another stays in its column. */
  #placeOf(card, key, from) {
    const { lanes, parts } = this.store;
    if (parts === 'nested' && card.parent) return {};
    const [row, column] = lanes ? key.split('|') : [null, key];
    const [fromRow, fromColumn] = lanes ? (from ?? '').split('|') : [null, from];
    // Where one sees it: what somebody else has moved meanwhile isn’t moved over that.
    return {
      by: this.by,
      column,
      ...(fromColumn ? { from: this.store.standing(card, this.by, fromColumn) } : {}),
      ...(lanes ? { lanes, lane: row, ...(fromRow ? { from_lane: this.store.standing(card, lanes, fromRow) } : {}) } : {}),
    };
  }

  #isThere(id, column, after) {
    const ids = this.store.ids(column);
    const at = ids.indexOf(id);
    return after === undefined ? at === ids.length - 1 : (ids[at - 1] ?? null) === after;
  }

  complete(ids) {
    const cards = ids.map((id) => this.store.card(id)).filter(Boolean);
    if (!cards.length || !this.may.edit) return;
    const done = cards.some((card) => !card.done);
    const words = `${done ? 'Completed' : 'Reopened'}: ${this.#titles(ids)}`;
    if (ids.length > 1) this.perform({ path: `${this.api}/bulk`, body: { ids, done }, ids, change: { done }, words });
    else this.perform({ path: `${this.api}/tasks/${ids[0]}/complete`, body: { done }, ids, change: { done }, words });
  }

  trash(ids) {
    if (!ids.length || !this.may.edit) return;
    const words = `Moved to trash: ${this.#titles(ids)}`;
    if (ids.length > 1) this.perform({ path: `${this.api}/bulk`, body: { ids, trash: true }, ids, change: { gone: true }, words });
    else this.perform({ method: 'DELETE', path: `${this.api}/tasks/${ids[0]}`, ids, change: { gone: true }, words });
    for (const id of ids) this.selection.delete(id);
    this.#showChosen();
  }

  /** Adds a task at the end of a column, or where the line of words says. */
  add(text, { column = null, list = this.list } = {}) {
    const makes = `new-${uuid()}`;
    const card = {
      id: makes, n: 0, title: text, list, status: [...this.statuses.keys()][0] ?? null, section: null, parent: null, position: '', version: 0, priority: 0,
      due_day: null, due_time: null, start_day: null, responsible: null, people: [], left: [], team: null, labels: [], estimate: null, done: false, checks: [0, 0], subs: [0, 0],
      comments: 0, files: 0, blocked: false, repeats: false, has_notes: false,
    };
    const fields = column === null ? {} : this.store.inColumn(card, column);
    delete fields.done;
    const shown = this.view && list === this.list && column !== null;
    this.perform({
      path: `${this.api}/tasks`, body: { list, quick: text, ...fields }, ids: shown ? [makes] : [], makes, words: `Added ${quoted(text)}`,
      change: shown ? { card: { ...card, ...fields } } : null,
    });
    if (shown) this.view.showEnd(column);
  }

  // -------------------------------------------------------------------------------------------------------- what shows

  hrefOf(card) {
    return this.open.replace('{id}', card.id).replace('{n}', card.n);
  }

  /** What a card is besides itself, as classes. */
  stateOf(id) {
    const waits = this.store.isWaiting(id);
    return [
      this.selection.has(id) && 'is-selected',
      waits && this.queue.stalled && 'is-pending',
      waits && this.queue.entries.some((entry) => entry.conflict && entry.ids.includes(id)) && 'is-conflict',
      this.lifting?.isLifted(id) && 'is-lifted',
      this.#here.has(id) && 'is-here',
    ].filter(Boolean).join(' ');
  }

  #state() {
    const waiting = this.queue.entries.filter((entry) => !entry.conflict).length;
    const { stalled } = this.queue;
    const changes = `${count(waiting, 'change')} ${waiting === 1 ? 'waits' : 'wait'}`;
    const parts = [];
    if (this.ended) {
      parts.push('This page has changed. ', el('a', { href: location.href, text: 'Load it anew' }));
    } else if (stalled === 'logged out') {
      parts.push(`You are logged out${waiting ? `: ${changes}` : ''}. `, el('a', { href: `/login?next=${encodeURIComponent(location.pathname + location.search)}`, text: 'Log in' }));
    } else if (stalled === 'busy') {
      parts.push(`The server doesn’t answer${waiting ? `: ${changes}` : ''}.`);
    } else if (stalled) {
      parts.push(`You are offline${waiting ? `: ${changes}` : ''}.`);
    } else if (this.deaf) {
      parts.push('What others do isn’t shown right now. Trying again…');
    }
    const text = parts.map((part) => part.textContent ?? part).join('');
    if (this.says.textContent !== text) this.says.replaceChildren(...parts);
    if (this.stalledShown !== stalled || this.waitingShown !== waiting) {
      this.stalledShown = stalled;
      this.waitingShown = waiting;
      this.view?.draw();
    }
  }

  /** Where both want the same there is nothing to ask: mostly one's own change, of which the answer was lost. */
  #agree() {
    for (const entry of this.queue.entries) {
      const known = entry.conflict && this.store.known(entry.ids[0]);
      if (!known || known.version < entry.conflict.version) continue;
      if (!entry.conflict.fields.every(({ field }) => JSON.stringify(known[field]) === JSON.stringify(entry.body[field]))) continue;
      this.conflicts.querySelector(`[data-conflict="${entry.key}"]`)?.remove();
      this.queue.resolve(entry.key, false);
      this.store.settle(entry.key);
      return;
    }
  }

  /** Both values of a field that two have changed, and whose is to stay. */
  #conflicted(entry) {
    this.view?.draw();
    const title = entry.was?.title ?? this.store.card(entry.ids[0])?.title ?? '';
    const rows = entry.conflict.fields.map(({ field, message }) => el('tr', {},
      el('th', { scope: 'row', text: FIELDS[field] ?? field }),
      el('td', { text: this.#valueWords(field, entry.body[field]) }),
      el('td', { text: this.#toldWords(message) })));
    const settle = async (mine) => {
      box.remove();
      if (!mine) this.store.settle(entry.key);
      await this.queue.resolve(entry.key, mine);
      this.view?.draw();
      this.view?.focus(entry.ids[0]);
      announce(mine ? 'Your change is kept.' : 'Their change is kept.');
    };
    const box = el('section', { class: 'tasks-conflict', 'data-conflict': entry.key, 'aria-label': `Changed twice: ${title}` },
      el('p', {}, el('strong', { text: quoted(title) }), ' was changed by somebody else while your change waited.'),
      el('table', {},
        el('thead', {}, el('tr', {}, el('td', {}), el('th', { scope: 'col', text: 'Yours' }), el('th', { scope: 'col', text: 'Theirs' }))),
        el('tbody', {}, ...rows)),
      el('div', { class: 'row' },
        el('button', { type: 'button', class: 'btn btn-primary', text: 'Keep mine', onclick: () => settle(true) }),
        el('button', { type: 'button', class: 'btn btn-quiet', text: 'Keep theirs', onclick: () => settle(false) })));
    this.conflicts.querySelector(`[data-conflict="${entry.key}"]`)?.remove();
    this.conflicts.append(box);
    this.#agree();
  }

  /** What holds now comes in words, but for days. */
  #toldWords(message) {
    return /^\d{4}-\d{2}-\d{2}$/.test(message) ? dayWords(message, null, this.today) : message || 'Nothing';
  }

  #valueWords(field, value) {
    if (value === null || value === undefined || value === '') return 'Nothing';
    if (Array.isArray(value)) return value.map((one) => this.#valueWords(field, one)).join(', ') || 'Nothing';
    if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return dayWords(value, null, this.today);
    if (field === 'priority' && PRIORITIES[value]) return PRIORITIES[value];
    return this.people.get(value)?.name ?? this.labels.get(value)?.name ?? this.statuses.get(value)?.name ?? String(value);
  }

  // --------------------------------------------------------------------------------------------------------- choosing

  /** Chooses a task for what is done to several, or no longer. */
  choose(id) {
    const on = !this.selection.has(id);
    if (on) this.selection.add(id);
    else this.selection.delete(id);
    this.#anchor = id;
    this.#showChosen();
    announce(`${on ? 'Selected' : 'No longer selected'}. ${this.selection.size} selected.`);
  }

  /** Chooses everything between the last chosen and this one, within a column. */
  #range(to, column) {
    const ids = this.store.ids(column);
    const from = ids.includes(this.#anchor) ? ids.indexOf(this.#anchor) : ids.indexOf(to);
    const [low, high] = [from, ids.indexOf(to)].sort((one, other) => one - other);
    for (const id of ids.slice(low, high + 1)) this.selection.add(id);
    this.#showChosen();
    announce(`${this.selection.size} selected.`);
  }

  #clear() {
    this.selection.clear();
    this.#anchor = null;
    this.#showChosen();
  }

  /** Ids in the order that one sees. */
  inOrder(ids) {
    const wanted = new Set(ids);
    const seen = new Set();
    for (const key of this.view.keys) for (const id of this.store.ids(key)) if (wanted.has(id)) seen.add(id);
    return [...seen];
  }

  /** What an act is about: what is chosen, or where one is. */
  #targets() {
    if (this.selection.size) return this.inOrder([...this.selection]);
    const at = this.view?.at();
    return at ? [at.id] : [];
  }

  #showChosen() {
    this.view?.draw();
    const { size } = this.selection;
    if (!size) {
      const had = this.#bulk?.contains(document.activeElement);
      this.#bulk?.remove();
      this.#bulk = null;
      if (had && this.view?.first) this.view.focus(this.view.first.id);
      return;
    }
    if (!this.#bulk) {
      const does = (label, run, className = '') => el('button', { type: 'button', class: `bulk-act ${className}`.trim(), text: label, onclick: run });
      this.#bulk = el('section', { class: 'tasks-bulk', 'aria-label': 'Selected tasks' },
        el('p', { 'data-chosen': true }),
        ...(this.may.edit ? [
          does('Complete', () => this.complete(this.#targets())),
          ...(this.mayMove ? [does('Move', () => this.askColumn(this.#targets()))] : []),
          does('Due', () => this.askDue(this.#targets())),
          does('Assign', () => this.askPerson(this.#targets())),
          does('Label', () => this.askLabel(this.#targets())),
          does('Priority', () => this.askPriority(this.#targets())),
          does('Trash', () => this.trash(this.#targets()), 'is-danger'),
        ] : []),
        does('Clear', () => this.#clear()));
      document.body.append(this.#bulk);
    }
    this.#bulk.querySelector('[data-chosen]').textContent = `${size} selected`;
  }

  #clicked(event) {
    const does = event.target.closest('[data-does]')?.dataset.does;
    const at = this.view.at(event.target);
    if (!at) return;
    if (does === 'complete') {
      event.preventDefault();
      this.complete([at.id]);
    } else if (does === 'menu') {
      this.menu(at);
    } else if (does === 'choose') {
      this.choose(at.id);
    } else if (event.shiftKey) {
      event.preventDefault();
      getSelection()?.removeAllRanges();
      if (this.selection.size) this.#range(at.id, at.column);
      else this.choose(at.id);
    }
  }

  // --------------------------------------------------------------------------------------------------- asking for more

  askColumn(ids) {
    if (!ids.length) return;
    const current = this.store.columnsOf(this.store.card(ids[0]))[0];
    const one = ids.length === 1 ? this.view.at() ?? { id: ids[0], column: current } : null;
    const own = one ? this.store.ids(one.column) : [];
    const place = one ? own.indexOf(ids[0]) : -1;
    const within = (label, after) => ({ group: 'In this column', label, run: () => this.#moveAndStay(ids, { column: one.column, after, from: one.column }) });
    const here = one && place >= 0 ? [
      place > 0 && within('To the top', null),
      place > 0 && within('Up', own[place - 2] ?? null),
      place < own.length - 1 && within('Down', own[place + 1]),
      place < own.length - 1 && within('To the bottom', undefined),
    ].filter(Boolean) : [];
    const options = [...this.store.columns.values()].map((column) => ({
      group: 'To another', label: column.name, about: String(this.store.count(column.key)), chosen: one?.column === column.key,
      run: () => this.#moveAndStay(ids, { column: column.key, after: undefined, from: one?.column }),
    }));
    pick({ label: `Move ${this.#titles(ids)}`, placeholder: 'Where to?', options: (typed) => matching([...options.filter((option) => !option.chosen), ...here], typed) });
  }

  #moveAndStay(ids, place) {
    this.move(ids, place);
    this.view.focus(ids[0], place.column);
  }

  askPerson(ids) {
    if (!ids.length) return;
    const now = ids.length === 1 ? this.store.card(ids[0]).responsible : null;
    const people = [...this.people.values()].sort((one, other) => Number(other.id === this.me) - Number(one.id === this.me));
    const options = [
      ...people.map((person) => ({ label: person.id === this.me ? `${person.name} (me)` : person.name, chosen: person.id === now, run: () => this.set(ids, { responsible: person.id }, `Assigned to ${person.name}`) })),
      { label: 'Nobody', chosen: ids.length === 1 && !now, run: () => this.set(ids, { responsible: null }, 'Assigned to nobody') },
    ];
    pick({ label: `Who does ${this.#titles(ids)}?`, placeholder: 'Who does it?', options: (typed) => matching(options, typed) });
  }

  askLabel(ids) {
    if (!ids.length) return;
    const options = [...this.labels.values()].map((label) => {
      const on = ids.every((id) => this.store.card(id).labels.includes(label.id));
      return { label: label.name, chosen: on, run: () => this.label(ids, label.id, !on) };
    });
    pick({ label: `Label ${this.#titles(ids)}`, placeholder: 'Which label?', options: (typed) => matching(options, typed), none: this.labels.size ? undefined : 'There are no labels yet.' });
  }

  askPriority(ids) {
    if (!ids.length) return;
    const options = [4, 3, 2, 1, 0].map((priority) => ({ label: `${PRIORITIES[priority]} priority`, keys: priority ? String(priority) : null, run: () => this.prioritise(ids, priority) }));
    pick({ label: `Priority of ${this.#titles(ids)}`, placeholder: 'How urgent?', options: (typed) => matching(options, typed) });
  }

  prioritise(ids, priority) {
    this.set(ids, { priority }, `${PRIORITIES[priority]} priority`);
  }

  askDue(ids) {
    if (!ids.length) return;
    const card = this.store.card(ids[0]);
    const day = el('input', { class: 'input', type: 'date', id: 'tasks-due-day', value: card.due_day ?? '' });
    const time = el('input', { class: 'input', type: 'time', id: 'tasks-due-time', value: card.due_time?.slice(0, 5) ?? '' });
    const take = (due_day, due_time = null) => {
      box.close();
      this.set(ids, { due_day: due_day || null, due_time: (due_day && due_time) || null }, due_day ? `Due ${lower(dayWords(due_day, due_time || null, this.today))}` : 'No due day');
    };
    const chip = (label, value) => el('button', { type: 'button', class: 'chip', text: label, onclick: () => take(value) });
    const form = el('form', {
      class: 'stack',
      onsubmit: (event) => {
        event.preventDefault();
        take(day.value, time.value);
      },
    },
    el('div', { class: 'chips' },
      chip('Today', this.today),
      chip('Tomorrow', plusDays(this.today, 1)),
      chip('Monday', nextWeekday(this.today, 1)),
      chip('In a week', plusDays(this.today, 7)),
      chip('No day', null)),
    el('div', { class: 'due-fields' },
      el('div', { class: 'field' }, el('label', { for: 'tasks-due-day', text: 'Day' }), day),
      el('div', { class: 'field' }, el('label', { for: 'tasks-due-time' }, 'Time ', el('span', { class: 'field-optional', text: '(optional)' })), time)),
    el('div', { class: 'row' }, el('button', { type: 'submit', class: 'btn btn-primary', text: 'Set' })));
    const box = dialog(`When is ${this.#titles(ids)} due?`, 'due', form);
    day.focus();
  }

  /** What can be done to a card, for who uses no keys and doesn't drag. */
  menu(at) {
    const ids = [at.id];
    this.view.focus(at.id, at.column);
    const options = [
      { label: 'Open', keys: 'Enter', run: () => location.assign(this.hrefOf(this.store.card(at.id))) },
      ...(this.may.edit ? [
        { label: this.store.card(at.id).done ? 'Reopen' : 'Complete', keys: 'm', run: () => this.complete(ids) },
        ...(this.mayMove ? [{ label: 'Move…', keys: 'v', run: () => this.askColumn(ids) }] : []),
        { label: 'Edit the title', keys: 'e', run: () => this.editTitle(at) },
        { label: 'Due…', keys: 'd', run: () => this.askDue(ids) },
        { label: 'Assign…', keys: 'a', run: () => this.askPerson(ids) },
        { label: 'Label…', keys: 'l', run: () => this.askLabel(ids) },
        { label: 'Priority…', keys: '1–4', run: () => this.askPriority(ids) },
        { label: this.selection.has(at.id) ? 'Deselect' : 'Select', keys: 'x', run: () => this.choose(at.id) },
        { label: 'Move to trash', keys: 'Delete', run: () => this.trash(ids) },
      ] : []),
    ];
    pick({ label: `What to do with ${this.#titles(ids)}`, placeholder: 'What to do?', options: (typed) => matching(options, typed) });
  }

  /** Edits a title where it stands. Enter keeps it, Escape doesn't. */
  editTitle({ id, column }) {
    if (!this.may.edit) return;
    this.view.focus(id, column);
    const item = this.view.element(id, column);
    const place = item?.querySelector('.card-title, [data-part="title"]');
    if (!place || item.querySelector('.card-edit')) return;
    const { title } = this.store.card(id);
    const field = el('textarea', { class: 'card-edit', rows: 1, maxlength: 500, 'aria-label': 'Title' });
    field.value = title;
    let over = false;
    const end = (keep, stay) => {
      if (over) return;
      over = true;
      const text = field.value.replace(/\s+/g, ' ').trim();
      field.remove();
      place.hidden = false;
      item.card = null;
      if (keep && text && text !== title) this.set([id], { title: text }, 'Renamed');
      this.view.draw();
      if (stay) this.view.focus(id, column);
    };
    field.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.isComposing || !['Enter', 'Escape'].includes(event.key)) return;
      event.preventDefault();
      end(event.key === 'Enter', true);
    });
    field.addEventListener('blur', () => end(true, false));
    place.hidden = true;
    place.after(field);
    field.focus();
    field.select();
  }

  /** Every command of the palette. */
  commands() {
    const at = this.view?.at();
    const ids = this.#targets();
    const about = ids.length ? this.#titles(ids) : '';
    const edits = this.may.edit ? [
      { label: 'Complete', keys: 'm', run: () => this.complete(ids) },
      this.mayMove && { label: 'Move…', keys: 'v', run: () => this.askColumn(ids) },
      { label: 'Due…', keys: 'd', run: () => this.askDue(ids) },
      { label: 'Assign…', keys: 'a', run: () => this.askPerson(ids) },
      { label: 'Label…', keys: 'l', run: () => this.askLabel(ids) },
      { label: 'Priority…', run: () => this.askPriority(ids) },
      at && { label: 'Edit the title', keys: 'e', run: () => this.editTitle(at) },
      { label: 'Move to trash', keys: 'Delete', run: () => this.trash(ids) },
    ].filter(Boolean) : [];
    const links = [...document.querySelectorAll('.sidenav a[href], nav.tabs a[href], [data-palette] a[href]')].map((link) => ({ group: 'Go to', label: link.textContent.trim(), href: link.href }));
    return [
      ...(about ? edits.map((edit) => ({ group: about, ...edit })) : []),
      ...[
        this.may.edit && this.#quickField() && { label: 'Add a task', keys: 'c', run: () => this.#quickField().focus() },
        (this.#done.length || this.queue.newest) && { label: 'Undo', keys: 'z', run: () => this.undo() },
        { label: 'Keyboard shortcuts', keys: '?', run: () => this.help() },
      ].filter(Boolean).map((command) => ({ group: 'Do', ...command })),
      ...(this.view ? [...this.store.columns.values()].map((column) => ({ group: 'Columns', label: column.name, about: String(this.store.count(column.key)), run: () => this.#toColumn(column.key) })) : []),
      ...links,
    ];
  }

  #toColumn(key) {
    this.view.showColumn(key);
    const [id] = this.store.ids(key);
    if (id) this.view.focus(id, key);
    else this.view.field(key)?.focus();
  }

  // ------------------------------------------------------------------------------------------------------------ forms

  #forms() {
    for (const section of this.root.querySelectorAll('[data-column]')) {
      const form = section.querySelector('form.board-add');
      if (form) quickAdd(this, form, { preview: false, add: (text) => this.add(text, { column: section.dataset.column }) });
    }
    for (const form of document.querySelectorAll('form[data-quick-add]')) {
      const list = form.dataset.list ?? this.list;
      quickAdd(this, form, { add: (text) => this.add(text, { list, column: this.view && list === this.list ? this.#firstColumn() : null }) });
    }
  }

  /** Where a task begins of which nothing else is said. */
  #firstColumn() {
    const keys = [...this.store.columns.keys()];
    const plain = this.store.lanes ? null : { priority: '0', label: 'none' }[this.by];
    return (keys.includes(plain) ? plain : keys[0]) ?? null;
  }

  #quickField() {
    const at = this.view?.at() ?? this.view?.first;
    return (at && this.view.field(at.column)) ?? document.querySelector('form[data-quick-add] input:is([name="quick"], [name="title"], [type="text"])') ?? document.querySelector('.board-add input');
  }

  /** Out of a form, back to the cards. */
  leave(form) {
    const key = form.closest('[data-column]')?.dataset.column;
    const [id] = key ? this.store.ids(key).slice(-1) : [];
    if (id) this.view.focus(id, key);
    else document.activeElement.blur();
  }

  /** Whoever logs out leaves nothing behind; it is sent or forgotten before. */
  #submitted(event) {
    const form = event.target;
    if (this.#leaving || !/\/auth\/log-out/.test(form.getAttribute?.('action') ?? '')) return;
    event.preventDefault();
    const waiting = this.queue.entries.length;
    const go = async () => {
      this.#leaving = true;
      await Promise.race([forget(this.me).catch(() => {}), new Promise((resolve) => setTimeout(resolve, 1000))]);
      form.requestSubmit(event.submitter ?? undefined);
    };
    if (!waiting) {
      go();
      return;
    }
    const box = dialog('Log out and lose changes?', '', el('p', { text: `${count(waiting, 'change')} you made ${waiting === 1 ? 'hasn’t' : 'haven’t'} been sent yet. Logging out forgets ${waiting === 1 ? 'it' : 'them'}.` }),
      el('div', { class: 'row' },
        el('button', { type: 'button', class: 'btn btn-danger', text: 'Log out', onclick: () => { box.close(); go(); } }),
        el('button', { type: 'button', class: 'btn btn-quiet', text: 'Stay', onclick: () => box.close() })));
  }

  // ------------------------------------------------------------------------------------------------------------- keys

  #key(event) {
    if (event.isComposing || event.defaultPrevented) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      stop(event);
      if (!document.querySelector('dialog[open]')) palette(this);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    if (event.target.closest?.('input, textarea, select, [contenteditable]:not([contenteditable="false"])')) return;
    const at = this.view?.at();
    if (this.lifting?.on) {
      this.#keyLifted(event);
      return;
    }
    // A card's own keys; a button in it keeps its own.
    const own = at && event.target === this.view.element(at.id, at.column) && this.#keyOnCard(event, at);
    if (own) {
      stop(event);
      return;
    }
    if (event.key === 'Escape' && this.selection.size) {
      stop(event);
      this.#clear();
      return;
    }
    if (!singleKeys() || event.key.length !== 1 || event.key === ' ') return;
    if (this.#letter(event, at)) stop(event);
  }

  #keyLifted(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], h: [-1, 0], l: [1, 0], k: [0, -1], j: [0, 1], Home: [0, -1e9], End: [0, 1e9] };
    if (event.key === 'Tab') {
      this.lifting.cancel();
      return;
    }
    stop(event);
    if (steps[event.key]) this.lifting.move(...steps[event.key]);
    else if (event.key === ' ' || event.key === 'Enter') this.lifting.drop();
    else if (event.key === 'Escape') this.lifting.cancel();
  }

  #keyOnCard(event, at) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (arrows[event.key]) {
      this.#step(at, ...arrows[event.key], event.shiftKey);
      return true;
    }
    switch (event.key) {
      case 'Home': this.view.focus(this.store.ids(at.column)[0], at.column); return true;
      case 'End': this.view.focus(this.store.ids(at.column).at(-1), at.column); return true;
      case 'Enter': location.assign(this.hrefOf(this.store.card(at.id))); return true;
      case ' ': if (this.mayMove) this.lifting.start(at); return true;
      case 'Delete': case 'Backspace': this.trash(this.#targets()); return true;
      case 'F2': this.editTitle(at); return true;
      default: return false;
    }
  }

  #step(at, dx, dy, choosing) {
    const to = this.view.beside(at, dx, dy);
    if (!to) return;
    if (choosing && dy) {
      if (!this.selection.size) {
        this.#anchor = at.id;
        this.selection.add(at.id);
      }
      this.#range(to.id, to.column);
    }
    if (to.id) this.view.focus(to.id, to.column);
    else this.#toUnread(to.column);
  }

  /** A column whose cards aren't here yet. */
  async #toUnread(key) {
    this.view.showColumn(key);
    await this.more(key).catch(() => {});
    const [id] = this.store.ids(key);
    if (id) this.view.focus(id, key);
  }

  #letter(event, at) {
    const ids = this.#targets();
    const key = event.key;
    const onTargets = (run) => {
      if (!ids.length) return false;
      run();
      return true;
    };
    const steps = { h: [-1, 0], k: [0, -1], j: [0, 1] };
    if (steps[key]) {
      if (at) this.#step(at, ...steps[key], false);
      else if (this.view?.first) this.view.focus(this.view.first.id, this.view.first.column);
      return Boolean(this.view);
    }
    if (/^[0-4]$/.test(key)) return this.may.edit && onTargets(() => this.prioritise(ids, Number(key)));
    switch (key) {
      case 'l': return this.may.edit && onTargets(() => this.askLabel(ids));
      case 'd': return this.may.edit && onTargets(() => this.askDue(ids));
      case 'a': return this.may.edit && onTargets(() => this.askPerson(ids));
      case 'v': return this.mayMove && onTargets(() => this.askColumn(ids));
      case 'm': return onTargets(() => this.complete(ids));
      case 'x': if (at) this.choose(at.id); return Boolean(at);
      case 'e': if (at) this.editTitle(at); return Boolean(at);
      case 'c': this.#quickField()?.focus(); return true;
      case 'z': this.undo(); return true;
      case '/': palette(this); return true;
      case '?': this.help(); return true;
      default: return false;
    }
  }

  /** Every key there is, and whether single ones work. */
  help() {
    const rows = [
      ['Ctrl K', 'Find a task, or do something'],
      ['/', 'The same'],
      ...(this.view ? [
        ['← ↑ ↓ →', 'From card to card'],
        ['h j k', 'Left, down, up'],
        ['Space', 'Lift a card; arrows move it, Space drops it, Escape cancels'],
        ['Enter', 'Open'],
        ['e', 'Edit the title'],
        ['d', 'Due day'],
        ['a', 'Assign'],
        ['l', 'Label'],
        ['v', 'Move to a column'],
        ['1 – 4', 'Low, medium, high, urgent; 0 for none'],
        ['m', 'Complete, or reopen'],
        ['x', 'Select; Shift with arrows selects several'],
        ['Delete', 'Move to trash'],
      ] : []),
      ['c', 'Add a task'],
      ['z', 'Undo'],
      ['?', 'These keys'],
      ['Esc', 'Close what is open, clear the selection'],
    ];
    const box = el('input', { type: 'checkbox', onchange: () => keepSingleKeys(box.checked) });
    box.checked = singleKeys();
    dialog('Keyboard shortcuts', 'keys',
      el('dl', { class: 'key-list' }, ...rows.map(([key, what]) => el('div', {}, el('dt', {}, el('kbd', { text: key })), el('dd', { text: what })))),
      el('label', { class: 'check' }, box, el('span', { text: 'Single keys work on this device' })));
  }
}

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function byId(list) {
  return new Map((list ?? []).map((one) => [one.id, one]));
}

function lower(words) {
  return /^[A-Z][a-z]/.test(words) ? words[0].toLowerCase() + words.slice(1) : words;
}

function singleKeys() {
  try {
    return localStorage.getItem(SINGLE_KEYS) !== 'off';
  } catch {
    return true;
  }
}

function keepSingleKeys(on) {
  try {
    localStorage.setItem(SINGLE_KEYS, on ? 'on' : 'off');
  } catch {
    // Where nothing can be kept it holds for no longer than this.
  }
}

const board = document.getElementById('tasks-board');
const root = board ?? document.getElementById('tasks-list') ?? document.querySelector('[data-quick-add][data-api], [data-tasks][data-api]');
if (root) {
  const data = document.getElementById('tasks-data');
  await forgetWhoLeft();
  const app = new App(root, data ? JSON.parse(data.textContent) : {}, board ? 'board' : root.id === 'tasks-list' ? 'list' : null);
  await app.start();
} else {
  document.documentElement.dataset.hydrated = 'true';
}
