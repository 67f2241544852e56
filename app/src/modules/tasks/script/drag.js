// Moving cards: with a mouse, with a finger that stays a moment, and with the keyboard.

import { announce } from './dom.js';

/** A mouse that moves less only clicks. */
const SLACK = 5;
/** A finger that moves more before it has stayed scrolls. */
const TOUCH_SLACK = 8;
const LONG_PRESS = 250;

/** Lets cards be dragged. What a view must have: `root`, `at`, `hit`, `drag`, `after`, `nudge`, `element`. */
export function dragging(app, view) {
  const { root } = view;
  let held = null;

  const start = (event) => {
    if (held || event.button !== 0 || !event.isPrimary || !app.mayMove || event.shiftKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest('button, input, textarea, select, summary')) return;
    const at = view.at(event.target);
    if (!at) return;
    const item = view.element(at.id, at.column);
    held = { ...at, item, pointer: event.pointerId, touch: event.pointerType !== 'mouse', x: event.clientX, y: event.clientY, lifted: false };
    held.startX = held.x;
    held.startY = held.y;
    if (held.touch) held.timer = setTimeout(lift, LONG_PRESS);
    addEventListener('pointermove', move);
    addEventListener('pointerup', end);
    addEventListener('pointercancel', cancel);
  };

  const lift = () => {
    const chosen = app.selection.has(held.id) ? app.inOrder([...app.selection]) : [held.id];
    Object.assign(held, { lifted: true, ids: new Set(chosen), order: chosen });
    const box = held.item.getBoundingClientRect();
    held.dx = held.startX - box.left;
    held.dy = held.startY - box.top;
    held.ghost = ghostOf(held.item, box, chosen.length);
    try {
      root.setPointerCapture(held.pointer);
    } catch {
      // The finger has just left.
    }
    if (held.touch) navigator.vibrate?.(12);
    addEventListener('keydown', escape, true);
    getSelection()?.removeAllRanges();
    place();
    held.frame = requestAnimationFrame(roll);
  };

  const move = (event) => {
    if (event.pointerId !== held.pointer) return;
    held.x = event.clientX;
    held.y = event.clientY;
    if (held.lifted) {
      held.moved = true;
      return;
    }
    const far = Math.hypot(held.x - held.startX, held.y - held.startY);
    if (held.touch ? far > TOUCH_SLACK : false) finish();
    else if (!held.touch && far > SLACK) {
      held.moved = true;
      lift();
    }
  };

  /** Once for each frame while something is held, so that an edge goes on scrolling under a pointer that stands still. */
  const roll = (now) => {
    if (!held?.lifted) return;
    const frames = Math.min(3, (now - (held.rolled ?? now)) / 16.7);
    held.rolled = now;
    held.ghost.style.transform = `translate(${held.x - held.dx}px, ${held.y - held.dy}px)`;
    if (held.moved) {
      view.nudge(held.x, held.y, frames);
      place();
    }
    held.frame = requestAnimationFrame(roll);
  };

  const place = () => {
    const target = view.hit(held.x, held.y - held.dy + held.item.offsetHeight / 2, held.id);
    if (held.target?.column === target.column && held.target.index === target.index) return;
    held.target = target;
    view.drag({ ...target, ids: held.ids, lead: held.id });
  };

  const end = (event) => {
    if (event.pointerId !== held.pointer) return;
    const { lifted, moved, order, target, id, column } = held;
    const after = lifted && moved ? view.after(target, id) : null;
    finish();
    if (!lifted) return;
    // What was dragged isn't clicked as well.
    addEventListener('click', swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener('click', swallow, true), 50);
    if (moved) app.move(order, { column: target.column, after, from: column });
    // Held and let go at the same place: chosen, where there is no other key or button to choose with.
    else app.choose(id);
  };

  const swallow = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };

  const cancel = (event) => {
    if (event.pointerId === held?.pointer) finish();
  };

  const escape = (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopImmediatePropagation();
    finish();
    announce('Move cancelled.');
  };

  const finish = () => {
    if (!held) return;
    clearTimeout(held.timer);
    cancelAnimationFrame(held.frame);
    held.ghost?.remove();
    if (root.hasPointerCapture?.(held.pointer)) root.releasePointerCapture(held.pointer);
    const { lifted } = held;
    held = null;
    removeEventListener('pointermove', move);
    removeEventListener('pointerup', end);
    removeEventListener('pointercancel', cancel);
    removeEventListener('keydown', escape, true);
    if (lifted) view.drag(null);
  };

  root.addEventListener('pointerdown', start);
  root.addEventListener('dragstart', (event) => event.preventDefault());
  // What is lifted doesn't scroll the page under the finger, and a long press opens no menu of the browser's.
  root.addEventListener('touchmove', (event) => { if (held?.lifted && event.cancelable) event.preventDefault(); }, { passive: false });
  root.addEventListener('contextmenu', (event) => { if (held?.touch) event.preventDefault(); });
}

function ghostOf(item, box, number) {
  const ghost = item.cloneNode(true);
  const inRows = item.tagName === 'TR';
  const holder = inRows ? document.createElement('div') : ghost;
  if (inRows) {
    holder.textContent = item.querySelector('[data-part="title"]')?.textContent ?? '';
  } else {
    for (const name of ['tabindex', 'data-task', 'aria-label', 'aria-posinset', 'aria-setsize', 'id']) ghost.removeAttribute(name);
  }
  holder.classList.add('card-ghost');
  holder.classList.remove('is-dragged');
  holder.setAttribute('aria-hidden', 'true');
  holder.inert = true;
  holder.style.width = `${box.width}px`;
  holder.style.height = `${box.height}px`;
  holder.style.transform = `translate(${box.left}px, ${box.top}px)`;
  if (number > 1) holder.dataset.number = number;
  document.body.append(holder);
  return holder;
}

/** A card that is moved with the keyboard: it stands in its new place at once, and goes back on Escape. */
export class Lifting {
  #app;
  #view;
  #now = null;

  constructor(app, view) {
    this.#app = app;
    this.#view = view;
    // Who takes the mouse has left the keyboard.
    addEventListener('pointerdown', () => this.cancel(), true);
  }

  get on() {
    return this.#now !== null;
  }

  isLifted(id) {
    return this.#now?.id === id;
  }

  start({ id, column }) {
    const others = this.#others(column, id);
    const index = this.#app.store.ids(column).indexOf(id);
    this.#now = { id, from: column, column, index, was: index, after: others[index - 1] ?? null };
    this.#view.draw();
    announce(`Lifted ${this.#title()}. ${this.#place()} Arrows move it, Space drops it, Escape cancels.`, 'assertive');
  }

  move(dx, dy) {
    const { store } = this.#app;
    const now = this.#now;
    if (dx) {
      const keys = this.#view.keys;
      const next = keys[keys.indexOf(now.column) + dx];
      if (!next) return;
      now.column = next;
    }
    const others = this.#others(now.column, now.id);
    const index = Math.max(0, Math.min(now.index + dy, others.length));
    if (!dx && index === now.index) return;
    now.index = index;
    now.after = others[index - 1] ?? null;
    store.settle('lift');
    store.act({ key: 'lift', ids: [now.id], change: { column: now.column, from: now.from, after: now.after } });
    this.#view.focus(now.id, now.column);
    announce(this.#place(), 'assertive');
  }

  drop() {
    const { id, column, from, after, index, was } = this.#now;
    const place = this.#place();
    this.#now = null;
    this.#app.store.settle('lift');
    announce(`Dropped. ${place}`, 'assertive');
    if (column !== from || index !== was) this.#app.move([id], { column, after, from });
    this.#view.focus(id, column);
  }

  cancel() {
    if (!this.#now) return;
    const { id, from } = this.#now;
    this.#now = null;
    this.#app.store.settle('lift');
    this.#view.draw();
    this.#view.focus(id, from);
    announce('Move cancelled.', 'assertive');
  }

  #others(column, id) {
    return this.#app.store.ids(column).filter((one) => one !== id);
  }

  #title() {
    return this.#app.store.card(this.#now.id)?.title ?? '';
  }

  #place() {
    const { column, index } = this.#now;
    const { store } = this.#app;
    return `Position ${index + 1} of ${Math.max(store.count(column), index + 1)} in ${store.columns.get(column).name}.`;
  }
}
