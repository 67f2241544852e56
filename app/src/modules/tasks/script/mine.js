// “My tasks”: what is understood of the line that adds a task is shown while one types. The form itself goes the way of all forms.

import { understand } from './quick.js';

const box = document.querySelector('[data-understands]');
if (box) {
  const form = box.querySelector('form');
  const { quick, list } = form.elements;
  const { look, clear } = understand(form, quick, () => ({ api: box.dataset.understands, list: list.value }));
  // Names are of whoever sees that list.
  list.addEventListener('change', look);
  quick.addEventListener('keydown', (event) => { if (event.key === 'Escape' && !event.isComposing) clear(); });
}
document.documentElement.dataset.hydrated = 'true';
