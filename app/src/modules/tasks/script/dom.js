// The small things that every part of the tasks pages' script needs: elements, words for days, messages, dialogs.
// Text only ever becomes text: nothing here or elsewhere parses data as HTML.

const OUTLINES = {
  alert: 'M12 4l9 16H3zM12 10v4.5M12 17v.2',
  calendar: 'M5 5.5h14v14H5zM5 10h14M8.5 3.5v4M15.5 3.5v4',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2',
  close: 'M6 6l12 12M18 6L6 18',
  comment: 'M4.5 5h15v11h-9l-4 4v-4h-2z',
  file: 'M7 3.5h7l4 4v13H7zM14 3.5v4h4',
  flag: 'M6 21V4M6 5h11l-2.5 4L17 13H6',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  more: 'M5 10.3a1.7 1.7 0 1 0 .1 0zM12 10.3a1.7 1.7 0 1 0 .1 0zM19 10.3a1.7 1.7 0 1 0 .1 0z',
  note: 'M5 6.5h14M5 11h14M5 15.5h8',
  repeat: 'M5 11V9a3 3 0 0 1 3-3h10M15.5 3.5L18 6l-2.5 2.5M19 13v2a3 3 0 0 1-3 3H6M8.5 20.5L6 18l2.5-2.5',
  tasks: 'M4 6.5l1.5 1.5L8 5M11 6.5h9M4 12.5l1.5 1.5L8 11M11 12.5h9M4 18.5l1.5 1.5L8 17M11 18.5h9',
};

const SVG = 'http://www.w3.org/2000/svg';

/** An icon that says nothing by itself. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', OUTLINES[name]);
  svg.append(path);
  return svg;
}

/** An element: `text` is its text, `on…` listeners, `true` an empty attribute, `null` and `false` none. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'text') element.textContent = value;
    else if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

/** Sets an attribute only where it changes, so that nothing is laid out or read out anew for nothing. */
export function put(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, String(value));
  }
}

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
export const quoted = (title) => `“${title.length > 48 ? `${title.slice(0, 47).trimEnd()}…` : title}”`;
export const uuid = () => crypto.randomUUID?.() ?? '10000000-1000-4000-8000-100000000000'
  .replace(/[018]/g, (digit) => (Number(digit) ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (Number(digit) / 4)))).toString(16));

// ---------------------------------------------------------------------------------------------------------------- days

const DAY = 86_400_000;
const at = (day) => Date.parse(`${day}T00:00:00Z`);

/** A day so many days after another, both as `2026-11-29`. */
export const plusDays = (day, days) => new Date(at(day) + days * DAY).toISOString().slice(0, 10);

/** The next day of this name after a day: 1 is Monday. */
export const nextWeekday = (day, weekday) => plusDays(day, ((weekday - new Date(at(day)).getUTCDay() + 6) % 7) + 1);

/** “Today”, “Tomorrow, 3 pm”, “Fri 4 Dec”; with the year where it is another one. */
export function dayWords(day, time, today) {
  const away = Math.round((at(day) - at(today)) / DAY);
  const near = { '-1': 'Yesterday', 0: 'Today', 1: 'Tomorrow' }[away];
  const other = day.slice(0, 4) === today.slice(0, 4) ? {} : { year: 'numeric' };
  const words = near ?? new Intl.DateTimeFormat('en-AU', { weekday: away > 0 && away < 100 ? 'short' : undefined, day: 'numeric', month: 'short', timeZone: 'UTC', ...other })
    .format(at(day)).replace(',', '');
  return time ? `${words}, ${timeWords(time)}` : words;
}

function timeWords(time) {
  const [hour, minute] = time.split(':').map(Number);
  const minutes = minute ? `:${String(minute).padStart(2, '0')}` : '';
  return `${hour % 12 || 12}${minutes} ${hour < 12 ? 'am' : 'pm'}`;
}

/** How a due day stands to today: `late`, `today`, `soon` or nothing. */
export function dueTone(card, today) {
  if (!card.due_day || card.done) return '';
  if (card.due_day < today) return 'late';
  return card.due_day === today ? 'today' : '';
}

/** Everyone on it completes it, and this one did their part, but not all have. */
export function didOwn(card, me) {
  const isOn = card.responsible === me || Boolean(card.people?.includes(me));
  return card.completes === 'everyone' && !card.done && isOn && !card.left?.includes(me);
}

/** What a tick says there. */
export const OWN_PART = 'Your part is done';

// ------------------------------------------------------------------------------------------------------------ messages

let region = { polite: null, assertive: null };

/** Says something to who listens to the page. What is said while moving a card doesn't wait. */
export function announce(text, kind = 'polite') {
  region[kind] ??= document.body.appendChild(el('div', { class: 'sr-only', 'aria-live': kind, 'data-says': kind }));
  // The same words twice are said twice.
  region[kind].textContent = region[kind].textContent === text ? `${text}\u00a0` : text;
}

/** So long a message with a button stays; while one is on it, longer. */
const STAYS = 10_000;

/** A short message at the foot of the page, and what can be done about it: `{label, run}`. Returns what takes it away. */
export function toast(message, { act = null, tone = '' } = {}) {
  const rack = document.querySelector('.toasts') ?? document.body.appendChild(el('div', { class: 'toasts', role: 'status' }));
  let timer;
  const away = () => {
    clearTimeout(timer);
    box.remove();
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(away, STAYS);
  };
  const box = el('div', { class: `toast ${tone}`.trim(), onpointerenter: () => clearTimeout(timer), onpointerleave: wait, onfocusin: () => clearTimeout(timer), onfocusout: wait });
  box.append(el('span', { text: message }));
  if (act) {
    box.append(el('button', {
      type: 'button',
      class: 'toast-act',
      text: act.label,
      onclick: () => {
        away();
        act.run();
      },
    }));
  }
  // The newest three are enough.
  while (rack.childElementCount > 2) rack.firstElementChild.remove();
  rack.append(box);
  wait();
  return away;
}

let dialogs = 0;

/** A modal dialog with a heading; it is gone once it is closed, and the focus is back where it was. */
export function dialog(title, className, ...body) {
  dialogs += 1;
  const id = `tasks-dialog-${dialogs}`;
  const before = document.activeElement;
  const box = el('dialog', { class: `dialog ${className}`.trim(), 'aria-labelledby': id });
  box.append(
    el('div', { class: 'dialog-head' },
      el('h2', { id, text: title }),
      el('button', { type: 'button', class: 'btn-icon', 'aria-label': 'Close', onclick: () => box.close() }, icon('close'))),
    el('div', { class: 'dialog-body' }, ...body),
  );
  box.addEventListener('click', (event) => { if (event.target === box) box.close(); });
  box.addEventListener('close', () => {
    box.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  document.body.append(box);
  box.showModal();
  return box;
}

/** Two letters on a round ground that belongs to the person; the name is said in words elsewhere. */
export function avatar(person) {
  return el('span', { class: 'who', title: person.name, 'aria-hidden': 'true', 'data-hue': hue(person.id), text: person.initials ?? initials(person.name) });
}

export function initials(name) {
  const words = name.trim().split(/\s+/);
  return ((words[0]?.[0] ?? '') + (words.length > 1 ? words.at(-1)[0] : '')).toUpperCase();
}

function hue(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return sum % 5;
}
