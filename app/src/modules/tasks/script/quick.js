// Adding a task by a line of words, with what is understood of it shown while one types.

import { el } from './dom.js';
import { ask } from './queue.js';

const WAITS = 250;
const KINDS = { due: 'Due', start: 'Starts', person: 'For', list: 'In', label: 'Label', priority: 'Priority', repeat: 'Repeats', estimate: 'Takes' };

/** Makes a form add a task without leaving the page. `add(text)` does it. */
export function quickAdd(app, form, { preview = true, add }) {
  const field = form.querySelector('input[name="quick"], input[name="title"], input[type="text"]');
  if (!field) return;
  const shown = preview ? understand(form, field, () => ({ api: app.api, list: form.dataset.list ?? app.list })) : null;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) {
      field.focus();
      return;
    }
    field.value = '';
    shown?.clear();
    add(text);
  });
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.isComposing) return;
    event.stopPropagation();
    if (field.value) field.value = '';
    else app.leave(form);
    shown?.clear();
  });
}

/** Shows what is understood of a line while one types it. `where()` says `{api, list}`: who is asked, and where it would go. */
export function understand(form, field, where) {
  const understood = form.querySelector('[data-understood]') ?? form.appendChild(el('p', { 'data-understood': true, role: 'status' }));
  understood.classList.add('quick-understood');
  let timer;
  let asked = null;
  const stop = () => {
    clearTimeout(timer);
    asked?.abort();
  };
  const clear = () => {
    stop();
    understood.replaceChildren();
  };
  const look = () => {
    stop();
    const text = field.value.trim();
    if (!text) {
      understood.replaceChildren();
      return;
    }
    timer = setTimeout(async () => {
      asked = new AbortController();
      const { signal } = asked;
      try {
        const { api, list } = where();
        const said = await ask('POST', `${api}/quick`, { text, list }, null, signal);
        if (!signal.aborted) show(understood, said);
      } catch {
        // It is only a help: without an answer the line is taken all the same.
        if (!signal.aborted) understood.replaceChildren();
      }
    }, WAITS);
  };
  field.addEventListener('input', look);
  return { look, clear };
}

function show(place, { title, spans }) {
  if (!spans?.length) {
    place.replaceChildren();
    return;
  }
  place.replaceChildren(
    el('span', { class: 'quick-title', text: title }),
    ...spans.map(({ kind, words }) => el('span', { class: `quick-part is-${kind}` }, el('span', { class: 'quick-kind', text: KINDS[kind] ?? '' }), ' ', words)),
  );
}
