// What others do, as it happens, and who else is here.

import { avatar, el } from './dom.js';

const SLOWEST = 30_000;
/** So many faces fit at the top. */
const FACES = 5;

export class Live extends EventTarget {
  #source = null;
  #failures = 0;
  /** The server said when to come back. */
  #back = 0;
  #timer = 0;

  /** Listens at `path` for what came after `sequence`. The events `cards`, `again`, `here`, `open` and `closed` carry what was said. */
  constructor(path, sequence) {
    super();
    this.path = path;
    this.sequence = sequence;
    addEventListener('online', () => this.#soon(0));
    // A page that comes back from the browser's memory has been deaf.
    addEventListener('pageshow', (event) => { if (event.persisted) this.#soon(0); });
    addEventListener('pagehide', () => this.#source?.close());
    this.#listen();
  }

  #listen() {
    clearTimeout(this.#timer);
    this.#source?.close();
    const source = new EventSource(`${this.path}${this.path.includes('?') ? '&' : '?'}after=${encodeURIComponent(this.sequence)}`);
    this.#source = source;
    source.addEventListener('open', () => {
      this.#failures = 0;
      this.#back = 0;
      this.#say('open');
    });
    source.addEventListener('cards', ({ data }) => {
      const said = JSON.parse(data);
      this.sequence = said.sequence;
      this.#say('cards', said);
    });
    // So much happened at once that what is shown is to be read again.
    source.addEventListener('again', ({ data }) => {
      const said = JSON.parse(data);
      this.sequence = said.sequence;
      this.#say('again', said);
    });
    source.addEventListener('here', ({ data }) => this.#say('here', JSON.parse(data)));
    // It is being brought up to date: each page is told another moment.
    source.addEventListener('restarting', ({ data }) => { this.#back = JSON.parse(data).in; });
    source.addEventListener('ended', () => {
      source.close();
      this.#say('ended');
    });
    // The browser would ask again for what came after the first event that was asked for; so it is done here.
    source.addEventListener('error', () => {
      source.close();
      if (source !== this.#source) return;
      this.#say('closed');
      this.#failures += 1;
      this.#soon(this.#back || Math.min(SLOWEST, 500 * 2 ** this.#failures) * (0.5 + Math.random()));
      this.#back = 0;
    });
  }

  #soon(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#listen(), wait);
  }

  #say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** Shows who else is on the page. */
export function showHere(place, people, me) {
  const others = people.filter((person) => person.id !== me);
  const more = others.length - FACES;
  const faces = others.slice(0, FACES).map((person) => el('li', {}, avatar(person), el('span', { class: 'sr-only', text: person.name })));
  if (more > 0) faces.push(el('li', {}, el('span', { class: 'who', 'aria-hidden': 'true', text: `+${more}` }), el('span', { class: 'sr-only', text: `and ${more} more` })));
  place.replaceChildren(...faces);
  place.hidden = !others.length;
}
