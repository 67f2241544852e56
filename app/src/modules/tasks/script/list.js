// The list view: rows that the server wrote come alive where they are, and new ones are made after the page's own pattern.
// The browser leaves out what isn't in view by itself (`content-visibility`); further rows come in pages.

import { OWN_PART, avatar, count, dayWords, didOwn, dueTone, el, icon, put } from './dom.js';
import { cardWords } from './board.js';

export class List {
  #groups = [];
  #byKey = new Map();
  #pattern;
  #due = false;
  #mark = el('div', { class: 'row-slot', 'aria-hidden': 'true', hidden: true });
  #dragged = null;

  constructor(app, root) {
    Object.assign(this, { app, root });
    this.#pattern = root.querySelector('template[data-row]')?.content.firstElementChild ?? root.querySelector('[data-task]')?.cloneNode(true);
    const groups = root.querySelectorAll('[data-column]');
    for (const section of groups.length ? groups : [root]) {
      const key = section.dataset.column ?? [...app.store.columns.keys()][0];
      const rows = section.querySelector('[data-rows]') ?? section.querySelector('[data-task]')?.parentNode ?? section;
      const group = { key, section, rows, live: new Map(), number: section.querySelector('[data-count]'), tab: null };
      for (const row of rows.querySelectorAll(':scope > [data-task]')) group.live.set(row.dataset.task, row);
      this.#groups.push(group);
      this.#byKey.set(key, group);
    }
    document.body.append(this.#mark);
    app.store.addEventListener('change', () => this.draw());
    addEventListener('scroll', () => this.#reach(), { passive: true });
    root.classList.add('is-live');
    this.#draw();
  }

  draw() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => this.#draw());
  }

  /** The rows of a group in order, each after its parent, and how deep each lies. */
  #laidOut(key) {
    const { store } = this.app;
    const ids = store.ids(key);
    const here = new Set(ids);
    const children = new Map();
    const tops = [];
    for (const id of ids) {
      const { parent } = store.card(id);
      if (parent && here.has(parent)) children.set(parent, [...(children.get(parent) ?? []), id]);
      else tops.push(id);
    }
    const rows = [];
    const todo = tops.reverse().map((id) => [id, 0]);
    while (todo.length) {
      const [id, depth] = todo.pop();
      rows.push([id, depth]);
      const own = children.get(id) ?? [];
      for (let at = own.length - 1; at >= 0; at -= 1) todo.push([own[at], depth + 1]);
      children.delete(id);
    }
    return rows;
  }

  #draw() {
    this.#due = false;
    const active = document.activeElement;
    const focused = active?.closest?.('[data-task]');
    const was = focused && this.root.contains(focused) ? { id: focused.dataset.task, key: this.at(focused)?.column, at: [...focused.parentNode.children].indexOf(focused) } : null;
    for (const group of this.#groups) {
      const rows = this.#laidOut(group.key);
      const keep = new Set(rows.map(([id]) => id));
      for (const [id, row] of group.live) {
        if (keep.has(id)) continue;
        row.remove();
        group.live.delete(id);
      }
      if (!keep.has(group.tab)) group.tab = rows[0]?.[0] ?? null;
      let cursor = group.rows.querySelector(':scope > [data-task]');
      for (const [id, depth] of rows) {
        let row = group.live.get(id);
        if (!row) {
          row = this.#pattern.cloneNode(true);
          row.card = null;
          group.live.set(id, row);
        }
        this.#fill(row, this.app.store.card(id), depth);
        put(row, 'tabindex', id === group.tab ? 0 : -1);
        if (cursor === row) cursor = next(row);
        else group.rows.insertBefore(row, cursor);
      }
      const number = this.app.store.count(group.key);
      if (group.number && group.text !== String(number)) {
        group.text = String(number);
        group.number.replaceChildren(el('span', { 'aria-hidden': 'true', text: number }), el('span', { class: 'sr-only', text: count(number, 'task') }));
      }
      put(group.section, 'data-empty', number === 0 ? '' : null);
    }
    if (was && (!focused.isConnected || document.activeElement === document.body)) this.#refocus(was, active);
    this.#reach();
  }

  /** Reads on where one comes near the end of what is here. */
  #reach() {
    for (const group of this.#groups) {
      const known = this.app.store.columns.get(group.key);
      if (!known?.more || group.fetching) continue;
      if (group.rows.getBoundingClientRect().bottom > innerHeight * 2) continue;
      group.fetching = true;
      this.app.more(group.key)
        .catch(() => new Promise((resolve) => setTimeout(resolve, 3000)))
        .then(() => {
          group.fetching = false;
          this.draw();
        });
    }
  }

  #fill(row, card, depth) {
    const { app } = this;
    const state = app.stateOf(card.id);
    if (row.card === card && row.state === state && row.depth === depth) return;
    Object.assign(row, { card, state, depth });
    const flags = state.split(' ');
    for (const name of ['is-selected', 'is-pending', 'is-conflict', 'is-lifted', 'is-here']) row.classList.toggle(name, flags.includes(name));
    row.classList.toggle('is-done', card.done);
    row.dataset.task = card.id;
    row.dataset.position = card.position;
    row.style.setProperty('--depth', depth);
    put(row, 'aria-label', row.tagName === 'TR' ? null : cardWords(card, app, flags));
    const part = (name, fill) => {
      const place = row.querySelector(`[data-part="${name}"]`);
      if (place) fill(place);
    };
    part('done', (place) => {
      put(place, 'aria-pressed', String(card.done));
      put(place, 'aria-label', `Complete ${card.title}`);
      put(place, 'data-does', 'complete');
      put(place, 'tabindex', -1);
      if (!place.firstElementChild) place.append(icon('check'));
    });
    part('title', (place) => {
      if (place.querySelector('.card-edit') || place.hidden) return;
      if (place.textContent !== card.title) place.textContent = card.title;
      put(place, 'href', app.hrefOf(card));
      put(place, 'draggable', 'false');
      put(place, 'tabindex', -1);
    });
    part('own', (place) => {
      const did = didOwn(card, app.me);
      put(place, 'role', did ? 'img' : null);
      put(place, 'aria-label', did ? OWN_PART : null);
      put(place, 'title', did ? OWN_PART : null);
      place.replaceChildren(...(did ? [icon('check')] : []));
    });
    part('due', (place) => {
      place.textContent = card.due_day ? dayWords(card.due_day, card.due_time, app.today) : '';
      place.classList.toggle('is-late', dueTone(card, app.today) === 'late');
      place.classList.toggle('is-today', dueTone(card, app.today) === 'today');
    });
    part('status', (place) => { place.textContent = app.statuses.get(card.status)?.name ?? ''; });
    part('priority', (place) => { place.textContent = ['', 'Low', 'Medium', 'High', 'Urgent'][card.priority]; place.dataset.priority = card.priority; });
    part('people', (place) => place.replaceChildren(...[...new Set([card.responsible, ...card.people])].map((id) => app.people.get(id)).filter(Boolean)
      .flatMap((person) => [avatar(person), el('span', { class: 'sr-only', text: person.name })])));
    part('labels', (place) => place.replaceChildren(...card.labels.map((id) => app.labels.get(id)).filter(Boolean).map((label) => {
      const chip = el('span', { class: 'row-label', text: label.name });
      chip.style.setProperty('--label', label.color);
      return chip;
    })));
    part('checks', (place) => { place.textContent = card.checks?.[1] ? `${card.checks[0]}/${card.checks[1]}` : ''; });
    part('subs', (place) => { place.textContent = card.subs?.[1] ? `${card.subs[0]}/${card.subs[1]}` : ''; });
    part('pick', (place) => {
      place.checked = flags.includes('is-selected');
      put(place, 'aria-label', `Select ${card.title}`);
      put(place, 'tabindex', -1);
    });
    part('more', (place) => {
      put(place, 'aria-label', `More for ${card.title}`);
      put(place, 'tabindex', -1);
    });
    part('state', (place) => { place.textContent = flags.includes('is-conflict') ? 'Changed twice' : flags.includes('is-pending') ? 'Waits' : ''; });
  }

  focus(id, key = null) {
    const card = this.app.store.card(id);
    if (!card) return false;
    const keys = this.app.store.columnsOf(card);
    const group = this.#byKey.get(keys.includes(key) ? key : keys[0]);
    if (!group) return false;
    group.tab = id;
    this.#draw();
    const row = group.live.get(id);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
    return Boolean(row);
  }

  #refocus({ id, key, at }, active) {
    // What had the focus may have moved with its row.
    if (active?.isConnected && active !== document.body) {
      active.focus({ preventScroll: true });
      return;
    }
    if (this.focus(id)) return;
    const rows = this.#byKey.get(key) ? this.#laidOut(key) : [];
    if (rows.length) this.focus(rows[Math.max(0, Math.min(at, rows.length - 1))][0], key);
  }

  at(element = document.activeElement) {
    const row = element?.closest?.('[data-task]');
    if (!row || !this.root.contains(row)) return null;
    const group = this.#groups.find((one) => one.live.get(row.dataset.task) === row);
    return group ? { id: row.dataset.task, column: group.key } : null;
  }

  stay({ id, column }) {
    const group = this.#byKey.get(column);
    if (group && group.tab !== id) {
      group.tab = id;
      this.draw();
    }
  }

  /** The row above or below, over the groups’ ends too. */
  beside({ id, column }, dx, dy) {
    if (dx) return null;
    const all = this.#groups.flatMap((group) => this.#laidOut(group.key).map(([one]) => ({ id: one, column: group.key })));
    return all[all.findIndex((one) => one.id === id && one.column === column) + dy] ?? null;
  }

  get keys() { return this.#groups.map((group) => group.key); }

  element(id, key) { return this.#byKey.get(key)?.live.get(id) ?? null; }

  field(key) { return this.#byKey.get(key)?.section.querySelector('form input[name="title"], form input[name="quick"]') ?? document.querySelector('[data-quick-add] input[type="text"]'); }

  showColumn() {}

  showEnd(key) {
    this.#draw();
    this.#byKey.get(key)?.rows.lastElementChild?.scrollIntoView({ block: 'nearest' });
  }

  get first() {
    for (const group of this.#groups) {
      const [row] = this.#laidOut(group.key);
      if (row) return { id: row[0], column: group.key };
    }
    return null;
  }

  hit(x, y, id = null) {
    const middle = (group) => group.section.getBoundingClientRect();
    const group = this.#groups.find((one) => y < middle(one).bottom) ?? this.#groups.at(-1);
    const rows = this.#laidOut(group.key).filter(([one]) => one !== id && !this.#dragged?.has(one));
    let index = 0;
    while (index < rows.length) {
      const box = group.live.get(rows[index][0])?.getBoundingClientRect();
      if (!box || y < box.top + box.height / 2) break;
      index += 1;
    }
    return { column: group.key, index };
  }

  drag(drag) {
    const old = this.#dragged;
    this.#dragged = drag?.ids ?? null;
    this.root.classList.toggle('is-dragging', Boolean(drag));
    for (const group of this.#groups) for (const [id, row] of group.live) if (old?.has(id) || this.#dragged?.has(id)) row.classList.toggle('is-dragged', Boolean(this.#dragged?.has(id)));
    this.#mark.hidden = !drag;
    if (!drag) return;
    const group = this.#byKey.get(drag.column);
    const rows = this.#laidOut(drag.column).filter(([id]) => !drag.ids.has(id));
    const own = group.rows.getBoundingClientRect();
    const above = rows[drag.index - 1] && group.live.get(rows[drag.index - 1][0]).getBoundingClientRect().bottom;
    const y = above ?? own.top;
    this.#mark.style.transform = `translate(${own.left}px, ${y - 1}px)`;
    this.#mark.style.width = `${own.width}px`;
  }

  /** The row before that has the same parent: between others' subtasks nothing is put. */
  after({ column, index }, id) {
    const { store } = this.app;
    const parent = store.card(id)?.parent ?? null;
    const rows = this.#laidOut(column).filter(([one]) => !this.#dragged?.has(one) && one !== id).slice(0, index);
    return rows.reverse().find(([one]) => (store.card(one).parent ?? null) === parent)?.[0] ?? null;
  }

  nudge(x, y, frames) {
    const edge = 64;
    const by = y < edge ? y - edge : Math.max(0, y - innerHeight + edge);
    if (by) scrollBy(0, Math.round((by / 4) * frames));
  }
}

function next(row) {
  let other = row.nextElementSibling;
  while (other && !other.dataset.task) other = other.nextElementSibling;
  return other;
}
