// The board: only the cards in view, and a screen more each way, are in the page; all others are data. Cards have one height, so
// that where a card stands is a multiplication. Nothing is measured while one scrolls.

import { OWN_PART, avatar, count, dayWords, didOwn, dueTone, el, icon, put } from './dom.js';

/** More cards than these are never in the page, but for a window that shows more at once. */
const MOST = 280;
/** So many cards that one doesn’t see yet are made in one frame. */
const AT_ONCE = 8;
const PRIORITIES = ['', 'low', 'medium', 'high', 'urgent'];

export class Board {
  #columns = [];
  #byKey = new Map();
  #due = false;
  #width = 0;
  #step = 100;
  #drag = null;
  #makes = 0;
  #slot = el('li', { class: 'card-slot', 'aria-hidden': 'true' });

  /** Takes over what the server wrote. `app` says what is chosen and opens, fetches and acts. */
  constructor(app, root) {
    // With rows, the board scrolls both ways, and each place where a row and a column meet is a column of its own.
    Object.assign(this, { app, root, rows: root.classList.contains('has-lanes') });
    for (const section of root.querySelectorAll('.board-column[data-column]')) this.#adopt(section);
    this.#measure();
    new ResizeObserver(() => this.#measure()).observe(root);
    root.addEventListener('scroll', (event) => this.#scrolled(event.target), { capture: true, passive: true });
    app.store.addEventListener('change', () => this.draw());
    root.classList.add('is-live');
    root.before(el('p', { id: 'tasks-how', class: 'sr-only', text: `Arrows go from card to card, Enter opens one${app.mayMove ? ', Space lifts it' : ''}. The question mark lists all keys.` }));
    put(root, 'role', 'group');
    put(root, 'aria-describedby', 'tasks-how');
    if (!root.hasAttribute('aria-label') && !root.hasAttribute('aria-labelledby')) root.setAttribute('aria-label', 'Board');
    this.#draw();
  }

  #adopt(section) {
    const key = section.dataset.column;
    const list = section.querySelector('.board-cards');
    const heading = section.querySelector('h2, h3');
    const number = heading.querySelector('[data-count]') ?? heading.appendChild(el('span', { 'data-count': true, class: 'board-count' }));
    const focused = list.contains(document.activeElement) ? document.activeElement.closest('[data-task]').dataset.task : null;
    list.replaceChildren();
    const { color } = this.app.store.columns.get(key);
    if (color) section.style.setProperty('--column', color);
    const column = { key, section, list, number, live: new Map(), top: 0, left: 0, height: 0, tab: null, all: -1, rest: -1, focused };
    list.scrollTop = 0;
    this.#columns.push(column);
    this.#byKey.set(key, column);
  }

  #measure() {
    const { root } = this;
    const above = Math.round(root.getBoundingClientRect().top + scrollY);
    if (root.style.getPropertyValue('--board-top') !== `${above}px`) root.style.setProperty('--board-top', `${above}px`);
    const probe = this.#slot;
    this.#columns[0]?.list.append(probe);
    const style = getComputedStyle(root);
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.#step = probe.offsetHeight + parseFloat(style.getPropertyValue('--card-gap')) * rem;
    probe.remove();
    this.#width = root.clientWidth;
    this.left = root.scrollLeft;
    this.down = root.scrollTop;
    this.tall = root.clientHeight;
    for (const column of this.#columns) {
      column.left = column.section.offsetLeft;
      column.y = column.section.offsetTop;
      column.tall = column.section.offsetHeight;
      column.width = column.section.offsetWidth;
      column.height = column.list.clientHeight;
    }
    this.draw();
  }

  #scrolled(target) {
    if (target === this.root) {
      this.left = this.root.scrollLeft;
      this.down = this.root.scrollTop;
    } else {
      const column = this.#byKey.get(target.closest?.('.board-column')?.dataset.column);
      if (!column || column.list !== target) return;
      column.top = target.scrollTop;
    }
    this.draw();
  }

  /** Draws in the next frame. */
  draw() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#due = false;
    const active = document.activeElement;
    const focused = active?.closest?.('.board-cards > [data-task]');
    const was = focused && this.root.contains(focused) ? { id: focused.dataset.task, key: focused.closest('[data-column]').dataset.column, at: Number(focused.dataset.at), whole: active === focused } : null;
    const near = (column, margin) => !this.rows || (column.y + column.tall >= this.down - margin && column.y <= this.down + this.tall + margin);
    const within = (margin) => this.#columns.filter((column) => column.left + column.width >= this.left - margin && column.left <= this.left + this.#width + margin && near(column, margin));
    const screen = Math.ceil((this.#columns[0]?.height ?? 0) / this.#step) + 1;
    const more = within(this.#width / 4);
    const inView = more.length * (screen + 2) <= MOST ? more : within(0);
    const spare = Math.max(0, Math.min(screen, Math.floor((MOST / Math.max(1, inView.length) - screen) / 2)));
    this.#makes = AT_ONCE;
    for (const column of this.#columns) {
      if (inView.includes(column)) this.#drawColumn(column, screen, spare, was);
      else this.#clear(column, was);
      this.#drawHead(column);
    }
    if (was && !focused.isConnected) this.#refocus(was);
    else if (was?.whole && document.activeElement !== focused) focused.focus({ preventScroll: true });
  }

  #drawHead(column) {
    const { store } = this.app;
    const { name, limit } = store.columns.get(column.key);
    const number = store.count(column.key);
    const text = limit ? `${number} / ${limit}` : String(number);
    if (column.text === text) return;
    column.text = text;
    const over = Boolean(limit) && number > limit;
    column.number.replaceChildren(
      el('span', { 'aria-hidden': 'true', text }),
      el('span', { class: 'sr-only', text: over ? `${count(number, 'task')}, over the limit of ${limit}` : `${count(number, 'task')}${limit ? ` of at most ${limit}` : ''}` }),
    );
    column.section.classList.toggle('is-over', over);
    put(column.number, 'title', over ? `${name} holds more than its limit of ${limit}.` : null);
  }

  /** The tasks of a column as they are laid out now: without what is being dragged. */
  #laidOut(key) {
    const ids = this.app.store.ids(key);
    return this.#drag ? ids.filter((id) => !this.#drag.ids.has(id)) : ids;
  }

  #drawColumn(column, screen, spare, was) {
    const { store } = this.app;
    const known = store.columns.get(column.key);
    const ids = this.#laidOut(column.key);
    const slot = this.#drag?.column === column.key ? this.#drag.index : -1;
    const total = store.count(column.key);
    const from = Math.max(0, Math.floor(column.top / this.#step) - spare);
    const first = Math.floor(column.top / this.#step);
    const to = Math.min(ids.length, first + screen + spare);
    // What isn’t seen yet is made a few at a time, so that no frame is missed.
    const seen = (at) => at >= first && at < first + screen && column.left < this.left + this.#width && column.left + column.width > this.left;
    if (known.more && to >= ids.length - screen && !column.fetching) this.#fetch(column);
    if (known.unsure && !column.fetching) this.app.recount(column.key);
    const wanted = ids.slice(from, to).map((id, at) => [id, from + at]);
    // What has the focus stays, however far one scrolls.
    if (was?.key === column.key && !wanted.some(([id]) => id === was.id)) {
      const at = ids.indexOf(was.id);
      if (at >= 0) wanted[at < from ? 'unshift' : 'push']([was.id, at]);
    }
    const keep = new Set(wanted.map(([id]) => id));
    if (!keep.has(column.tab)) column.tab = null;
    const tab = column.tab ?? wanted.find(([, at]) => at * this.#step >= column.top - 1)?.[0] ?? wanted[0]?.[0];
    for (const [id, card] of column.live) {
      // Who drags by touch holds the very element that was touched.
      if (keep.has(id) || (this.#drag?.ids.has(id) && id === this.#drag.lead)) continue;
      card.remove();
      column.live.delete(id);
    }
    let cursor = column.list.firstElementChild;
    for (const [id, at] of wanted) {
      let item = column.live.get(id);
      if (!item) {
        if (!seen(at) && was?.id !== id) {
          if (this.#makes <= 0) {
            this.draw();
            continue;
          }
          this.#makes -= 1;
        }
        item = el('li', { class: 'card', 'data-task': id, 'aria-roledescription': this.app.mayMove ? 'card that can be moved' : null });
        column.live.set(id, item);
      }
      this.#fill(item, store.card(id));
      const y = (at + (slot >= 0 && at >= slot ? 1 : 0)) * this.#step;
      if (item.y !== y) {
        item.y = y;
        item.style.transform = `translateY(${y}px)`;
      }
      if (item.at !== at || item.total !== total) {
        item.at = at;
        item.total = total;
        item.dataset.at = at;
        item.setAttribute('aria-posinset', at + 1);
        item.setAttribute('aria-setsize', Math.max(total, ids.length));
      }
      put(item, 'tabindex', id === tab ? 0 : -1);
      item.classList.remove('is-dragged');
      while (cursor && (cursor === this.#slot || !keep.has(cursor.dataset.task))) cursor = cursor.nextElementSibling;
      if (cursor === item) cursor = item.nextElementSibling;
      else column.list.insertBefore(item, cursor);
    }
    if (this.#drag && column.live.has(this.#drag.lead) && !keep.has(this.#drag.lead)) column.live.get(this.#drag.lead).classList.add('is-dragged');
    if (slot >= 0) {
      this.#slot.style.transform = `translateY(${slot * this.#step}px)`;
      if (this.#slot.parentNode !== column.list) column.list.append(this.#slot);
    }
    const all = (ids.length + (slot >= 0 ? 1 : 0)) * this.#step;
    const rest = Math.max(0, total - ids.length) * (known.more ? this.#step : 0);
    if (column.all !== all || column.rest !== rest) {
      Object.assign(column, { all, rest });
      column.list.style.setProperty('--known', `${all}px`);
      column.list.style.setProperty('--rest', `${rest}px`);
      put(column.list, 'data-empty', total === 0 && slot < 0 ? '' : null);
    }
    if (column.focused && column.live.has(column.focused)) {
      column.live.get(column.focused).focus({ preventScroll: true });
      column.focused = null;
    }
  }

  #clear(column, was) {
    for (const [id, card] of column.live) {
      if ((was?.key === column.key && was.id === id) || id === this.#drag?.lead) continue;
      card.remove();
      column.live.delete(id);
    }
  }

  async #fetch(column) {
    column.fetching = true;
    try {
      await this.app.more(column.key);
    } catch {
      // Without network it is tried again a while later.
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }
    column.fetching = false;
    this.draw();
  }

  // --------------------------------------------------------------------------------------------------------- a card

  #fill(item, card) {
    const { app } = this;
    const state = app.stateOf(card.id);
    if (item.card === card && item.state === state) return;
    item.card = card;
    item.state = state;
    const flags = state.split(' ');
    item.className = `card ${state}`.trimEnd();
    item.classList.toggle('is-done', card.done);
    item.dataset.position = card.position;
    item.dataset.version = card.version;
    item.setAttribute('aria-label', cardWords(card, app, flags));
    if (item.querySelector('.card-edit')) return;
    item.replaceChildren(
      el('button', { type: 'button', class: 'card-done', tabindex: -1, 'aria-pressed': card.done, 'aria-label': `Complete ${card.title}`, disabled: !app.may.edit, 'data-does': 'complete' }, icon('check')),
      el('a', { class: 'card-title', href: app.hrefOf(card), tabindex: -1, draggable: 'false', text: card.title }),
      el('button', { type: 'button', class: 'card-more', tabindex: -1, 'aria-label': `More for ${card.title}`, 'data-does': 'menu' }, icon('more')),
      cardFoot(card, app, flags),
    );
    const labels = card.labels.map((id) => app.labels.get(id)).filter(Boolean);
    if (labels.length) {
      const bars = el('span', { class: 'card-labels', 'aria-hidden': 'true' });
      for (const label of labels.slice(0, 4)) {
        const bar = el('span', { title: label.name });
        bar.style.setProperty('--label', label.color);
        bars.append(bar);
      }
      item.prepend(bars);
    }
  }

  // --------------------------------------------------------------------------------------------------- the focus

  /** Brings a card into view and gives it the focus. */
  focus(id, key = null) {
    const card = this.app.store.card(id);
    if (!card) return false;
    const keys = this.app.store.columnsOf(card);
    const column = this.#byKey.get(keys.includes(key) ? key : keys[0]);
    const at = column ? this.app.store.ids(column.key).indexOf(id) : -1;
    if (at < 0) return false;
    this.#show(column, at);
    column.tab = id;
    this.#draw();
    column.live.get(id)?.focus({ preventScroll: true });
    return true;
  }

  #show(column, at) {
    this.showColumn(column.key);
    const top = at * this.#step;
    const bottom = top + this.#step;
    if (top < column.top) column.list.scrollTop = top;
    else if (bottom > column.top + column.height) column.list.scrollTop = bottom - column.height;
    column.top = column.list.scrollTop;
  }

  /** Brings a column into view. */
  showColumn(key) {
    const column = this.#byKey.get(key);
    if (!column) return;
    const margin = Math.max(0, Math.min(16, (this.#width - column.width) / 2));
    if (column.left - margin < this.left) this.root.scrollLeft = column.left - margin;
    else if (column.left + column.width + margin > this.left + this.#width) this.root.scrollLeft = column.left + column.width + margin - this.#width;
    this.left = this.root.scrollLeft;
    if (!this.rows) return;
    if (column.y < this.down) this.root.scrollTop = column.y - 32;
    else if (column.y + column.tall > this.down + this.tall) this.root.scrollTop = column.y + column.tall - this.tall;
    this.down = this.root.scrollTop;
  }

  /** To the last card of a column that is here. */
  showEnd(key) {
    const column = this.#byKey.get(key);
    if (!column) return;
    // As long as it is now, or it couldn’t be scrolled that far.
    this.#draw();
    this.#show(column, Math.max(0, this.app.store.ids(key).length - 1));
    this.draw();
  }

  /** What had the focus went elsewhere or is gone: the same card where it is now, or the one that took its place. */
  #refocus({ id, key, at }) {
    if (this.focus(id)) return;
    const ids = this.app.store.ids(key);
    if (ids.length) this.focus(ids[Math.min(at, ids.length - 1)], key);
    else this.#byKey.get(key)?.section.querySelector('.board-add input')?.focus({ preventScroll: true });
  }

  /** The card that one is at, by what has the focus. */
  at(element = document.activeElement) {
    const item = element?.closest?.('.board-cards > [data-task]');
    if (!item || !this.root.contains(item)) return null;
    return { id: item.dataset.task, column: item.closest('[data-column]').dataset.column };
  }

  /** Remembers where the tabulator comes back to. */
  stay({ id, column }) {
    const own = this.#byKey.get(column);
    if (own && own.tab !== id) {
      own.tab = id;
      this.draw();
    }
  }

  /** The neighbour of a card: `dx` columns to the side and `dy` cards down. */
  beside({ id, column }, dx, dy) {
    const { store } = this.app;
    const ids = store.ids(column);
    const at = ids.indexOf(id);
    if (dy) return ids[at + dy] ? { id: ids[at + dy], column } : null;
    const from = this.#byKey.get(column);
    const order = this.#columns.filter((one) => !this.rows || one.y === from.y).map((one) => one.key);
    for (let next = order.indexOf(column) + dx; next >= 0 && next < order.length; next += dx) {
      const others = store.ids(order[next]);
      if (!others.length && !store.count(order[next])) continue;
      // At the same height, as one sees it.
      const other = this.#byKey.get(order[next]);
      const place = Math.round((at * this.#step - from.top + other.top) / this.#step);
      const found = others[Math.max(0, Math.min(place, others.length - 1))];
      return { id: found ?? null, column: order[next] };
    }
    return null;
  }

  /** The columns' keys in order. */
  get keys() {
    return this.#columns.map((column) => column.key);
  }

  /** The element of a card, if it is in the page. */
  element(id, key) {
    return this.#byKey.get(key)?.live.get(id) ?? null;
  }

  /** Where a new task is typed in a column. */
  field(key) {
    return this.#byKey.get(key)?.section.querySelector('.board-add input[name="title"], .board-add input[type="text"]') ?? null;
  }

  /** The first card that one sees. */
  get first() {
    for (const { key, left, width, live } of this.#columns) {
      if (left + width / 2 < this.left || !live.size) continue;
      const id = [...live.values()].find((item) => item.tabIndex === 0)?.dataset.task;
      if (id) return { id, column: key };
    }
    return null;
  }

  // ------------------------------------------------------------------------------------------------------ dragging

  /** The place under a point: a column, and how many cards are above it there, without those being dragged. */
  hit(x, y) {
    const box = this.root.getBoundingClientRect();
    const inside = x - box.left + this.left;
    const down = y - box.top + this.down;
    const first = this.#columns.find((one) => !this.rows || down < one.y + one.tall + 6) ?? this.#columns.at(-1);
    const row = this.#columns.filter((one) => !this.rows || one.y === first.y);
    const column = row.find((one) => inside < one.left + one.width + 6) ?? row.at(-1);
    const list = column.list.getBoundingClientRect();
    const index = Math.round((y - list.top + column.top) / this.#step - 0.5);
    return { column: column.key, index: Math.max(0, Math.min(index, this.#laidOut(column.key).length)) };
  }

  /** Opens a gap where the dragged cards would be put; with null everything closes again. */
  drag(drag) {
    this.#drag = drag;
    this.root.classList.toggle('is-dragging', Boolean(drag));
    if (!drag) {
      this.#slot.remove();
      for (const { live } of this.#columns) for (const item of live.values()) item.classList.remove('is-dragged');
    }
    this.draw();
  }

  /** What the dragged cards would come after: a task's id, or null for the first place. */
  after({ column, index }) {
    return index > 0 ? this.#laidOut(column)[index - 1] : null;
  }

  /** Scrolls while something is held at an edge; `x` and `y` are the pointer's, `frames` how many have gone by at 60 a second. */
  nudge(x, y, frames) {
    const box = this.root.getBoundingClientRect();
    const edge = Math.min(64, box.width / 5);
    const speed = (inside) => Math.ceil(((edge - Math.max(0, inside)) / edge) * 13 * frames);
    if (x < box.left + edge) this.root.scrollLeft -= speed(x - box.left);
    else if (x > box.right - edge) this.root.scrollLeft += speed(box.right - x);
    if (this.rows) {
      if (y < box.top + edge) this.root.scrollTop -= speed(y - box.top);
      else if (y > box.bottom - edge) this.root.scrollTop += speed(box.bottom - y);
      return;
    }
    const { list } = this.#byKey.get(this.hit(x, y).column);
    const own = list.getBoundingClientRect();
    if (y < own.top + edge) list.scrollTop -= speed(y - own.top);
    else if (y > own.bottom - edge) list.scrollTop += speed(own.bottom - y);
  }
}

/** What there is to see at the foot of a card. */
export function cardFoot(card, app, flags) {
  const foot = el('span', { class: 'card-foot', 'aria-hidden': 'true' });
  const mark = (name, text, tone = '') => foot.append(el('span', { class: `card-mark ${tone}`.trim() }, icon(name), text ? el('span', { text }) : null));
  if (flags.includes('is-conflict')) mark('alert', 'Changed twice', 'is-late');
  else if (flags.includes('is-pending')) mark('clock', 'Waits', 'is-waiting');
  if (card.due_day) mark('calendar', dayWords(card.due_day, card.due_time, app.today), `is-${dueTone(card, app.today)}`);
  if (card.priority > 1) mark('flag', PRIORITIES[card.priority].replace(/^./, (letter) => letter.toUpperCase()), `is-priority-${card.priority}`);
  if (card.blocked) mark('lock', 'Blocked', 'is-late');
  if (didOwn(card, app.me)) foot.append(el('span', { class: 'card-mark is-own-part', title: OWN_PART }, icon('check')));
  if (card.checks?.[1]) mark('check', `${card.checks[0]}/${card.checks[1]}`);
  if (card.subs?.[1]) mark('tasks', `${card.subs[0]}/${card.subs[1]}`);
  if (card.repeats) mark('repeat', '');
  for (const { name, text } of (card.fields ?? []).slice(0, 2)) foot.append(el('span', { class: 'card-mark card-field', title: `${name}: ${text}` }, el('span', { text })));
  if (card.comments) mark('comment', String(card.comments));
  if (card.files) mark('file', String(card.files));
  if (card.has_notes && foot.childElementCount < 3) mark('note', '');
  const people = peopleOf(card, app);
  if (people.length) foot.append(el('span', { class: 'card-people' }, ...people.slice(0, 3).map(avatar), people.length > 3 ? el('span', { class: 'who', text: `+${people.length - 3}` }) : null));
  return foot;
}

function peopleOf(card, app) {
  return [...new Set([card.responsible, ...(card.people ?? [])])].map((id) => app.people.get(id)).filter(Boolean);
}

/** A card in words, for who doesn't see it. */
export function cardWords(card, app, flags = []) {
  const people = peopleOf(card, app).map((person) => person.name);
  const labels = card.labels.map((id) => app.labels.get(id)?.name).filter(Boolean);
  return [
    card.title,
    card.done && 'done',
    flags.includes('is-selected') && 'selected',
    flags.includes('is-conflict') && 'changed by you and by somebody else',
    flags.includes('is-pending') && 'waits to be sent',
    card.priority && `${PRIORITIES[card.priority]} priority`,
    card.due_day && `${dueTone(card, app.today) === 'late' ? 'overdue since' : 'due'} ${dayWords(card.due_day, card.due_time, app.today)}`,
    card.blocked && 'blocked',
    didOwn(card, app.me) && 'your part is done',
    people.length && people.join(', '),
    labels.length && `labels ${labels.join(', ')}`,
    card.checks?.[1] && `${card.checks[0]} of ${card.checks[1]} checked`,
    card.subs?.[1] && `${card.subs[0]} of ${card.subs[1]} subtasks done`,
    card.comments && count(card.comments, 'comment'),
    card.files && count(card.files, 'file'),
    card.repeats && 'repeats',
    ...(card.fields ?? []).map(({ name, text }) => `${name} ${text}`),
  ].filter(Boolean).join(', ');
}
