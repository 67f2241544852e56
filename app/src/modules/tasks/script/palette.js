// One box to find and do things (Ctrl-K), and to choose one of several: a combobox over a list.

import { el } from './dom.js';
import { ask } from './queue.js';

const WAITS = 150;

/**
 * Opens the box. `options(typed)` gives what there is to choose from at once, `find(typed, signal)` what the server finds; each is
 * `{label, group?, about?, keys?, chosen?, href?, run?}`.
 */
export function pick({ label, placeholder = label, options, find = null, none = 'Nothing here has that name.' }) {
  const before = document.activeElement;
  let shown = [];
  let found = [];
  let at = 0;
  let timer;
  let asked = null;
  let looking = false;

  const input = el('input', {
    type: 'text', class: 'palette-input', role: 'combobox', 'aria-expanded': 'true', 'aria-autocomplete': 'list', 'aria-controls': 'tasks-places',
    'aria-label': label, placeholder, autocomplete: 'off', spellcheck: 'false', maxlength: 200,
  });
  const list = el('div', { id: 'tasks-places', role: 'listbox', 'aria-label': label, class: 'palette-places' });
  const words = el('div', { 'aria-live': 'polite' });
  const box = el('dialog', { class: 'palette', 'aria-label': label }, input, list, words,
    el('p', { class: 'palette-foot' }, el('span', { text: 'Arrows choose, Enter confirms' })));

  const draw = () => {
    shown = [...options(input.value), ...found];
    at = Math.max(0, Math.min(at, shown.length - 1));
    let group = '';
    const items = [];
    shown.forEach((option, index) => {
      if ((option.group ?? '') !== group) {
        group = option.group ?? '';
        if (group) items.push(el('p', { class: 'palette-group', role: 'presentation', text: group }));
      }
      items.push(el(option.href ? 'a' : 'div', {
        role: 'option', id: `tasks-place-${index}`, class: 'palette-place', tabindex: -1, href: option.href, 'aria-selected': index === at ? 'true' : 'false',
        onclick: (event) => {
          if (event.ctrlKey || event.metaKey) return;
          event.preventDefault();
          take(index);
        },
      },
      el('span', { text: option.label }),
      option.about ? el('span', { class: 'palette-about', text: option.about }) : null,
      option.chosen ? el('span', { class: 'palette-about', text: 'Chosen' }) : null,
      option.keys ? el('kbd', { 'aria-hidden': 'true', text: option.keys }) : null));
    });
    list.replaceChildren(...items);
    list.hidden = !shown.length;
    input.setAttribute('aria-expanded', String(shown.length > 0));
    const text = looking ? 'Looking…' : shown.length ? '' : none;
    words.replaceChildren(...(text ? [el('p', { class: 'palette-none', text })] : []));
    mark();
  };

  const mark = () => {
    list.querySelectorAll('[role="option"]').forEach((option, index) => option.setAttribute('aria-selected', String(index === at)));
    if (shown.length) input.setAttribute('aria-activedescendant', `tasks-place-${at}`);
    else input.removeAttribute('aria-activedescendant');
    document.getElementById(`tasks-place-${at}`)?.scrollIntoView({ block: 'nearest' });
  };

  const take = (index) => {
    const option = shown[index];
    if (!option) return;
    box.close();
    if (option.run) option.run();
    else location.assign(option.href);
  };

  const look = () => {
    clearTimeout(timer);
    asked?.abort();
    const typed = input.value.trim();
    looking = Boolean(find && typed);
    if (!looking) {
      found = [];
      return;
    }
    asked = new AbortController();
    const { signal } = asked;
    timer = setTimeout(async () => {
      try {
        found = await find(typed, signal);
      } catch {
        if (signal.aborted) return;
        found = [];
      }
      if (signal.aborted) return;
      looking = false;
      draw();
    }, WAITS);
  };

  input.addEventListener('input', () => {
    at = 0;
    look();
    draw();
  });
  box.addEventListener('keydown', (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (steps[event.key] && shown.length) {
      event.preventDefault();
      at = (at + steps[event.key] + shown.length) % shown.length;
      mark();
    } else if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      take(at);
    }
  });
  box.addEventListener('click', (event) => { if (event.target === box) box.close(); });
  box.addEventListener('close', () => {
    clearTimeout(timer);
    asked?.abort();
    box.remove();
    if (before?.isConnected) before.focus({ preventScroll: true });
  });
  document.body.append(box);
  box.showModal();
  draw();
  input.focus();
}

/** Those that have every word that was typed, in any order; those first that begin with it. */
export function matching(options, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = (option) => (option.label.toLowerCase().startsWith(words[0] ?? '') ? 0 : 1);
  return options
    .filter((option) => words.every((word) => `${option.label} ${option.about ?? ''}`.toLowerCase().includes(word)))
    .map((option, index) => ({ option, index }))
    .sort((one, other) => rank(one.option) - rank(other.option) || one.index - other.index)
    .map(({ option }) => option);
}

/** Everything one can do here, and what the server finds. */
export function palette(app) {
  const commands = app.commands();
  pick({
    label: 'Find or do something',
    placeholder: 'Find a task, or do something',
    options: (typed) => matching(commands, typed).sort((one, other) => commands.findIndex((command) => command.group === one.group) - commands.findIndex((command) => command.group === other.group)),
    find: async (typed, signal) => {
      const { items } = await ask('GET', `${app.api}/find?q=${encodeURIComponent(typed)}`, undefined, null, signal);
      return items.map((item) => ({ ...item, group: 'Found' }));
    },
    none: 'Nothing here has that name.',
  });
}
