// The sum that a browser does before it books while very many try to: it finds the number whose SHA-256, as digits after the salt, is
// the challenge (ALTCHA’s form, version 1). It works while the form is filled in; a form that is sent before waits for it.
'use strict';
(() => {
  const ROUNDS = new Uint32Array([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ]);
  const BEGIN = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
  const AT_ONCE = 2000;
  // A sum holds for twenty minutes; one that is older than this is done anew before it is sent.
  const FRESH = 15 * 60 * 1000;

  /** SHA-256 of text without other than ASCII, as eight words. */
  function sha256(text, state, words) {
    const length = text.length;
    const blocks = ((length + 8) >> 6) + 1;
    state.set(BEGIN);
    for (let block = 0; block < blocks; block += 1) {
      for (let i = 0; i < 16; i += 1) {
        let word = 0;
        for (let byte = 0; byte < 4; byte += 1) {
          const at = block * 64 + i * 4 + byte;
          word = (word << 8) | (at < length ? text.charCodeAt(at) : at === length ? 0x80 : 0);
        }
        words[i] = word;
      }
      if (block === blocks - 1) words[15] = length * 8;
      for (let i = 16; i < 64; i += 1) {
        const x = words[i - 15];
        const y = words[i - 2];
        const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        words[i] = words[i - 16] + low + words[i - 7] + high;
      }
      let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
      for (let i = 0; i < 64; i += 1) {
        const high = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const one = (h + high + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
        const low = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const two = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
      }
      state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
    }
    return state;
  }

  /** Tries some numbers from `from` on: the one that solves it, or `undefined`. */
  function attempt({ salt, challenge, maxnumber }, from, many) {
    const [state, words] = [new Uint32Array(8), new Uint32Array(64)];
    const wanted = Number.parseInt(challenge.slice(0, 8), 16);
    const last = Math.min(from + many - 1, maxnumber);
    for (let number = from; number <= last; number += 1) {
      if (sha256(salt + number, state, words)[0] !== wanted) continue;
      const hash = [...state].map((word) => word.toString(16).padStart(8, '0')).join('');
      if (hash === challenge) return number;
    }
    return undefined;
  }

  // In a worker this is all there is.
  if (typeof document === 'undefined') {
    if (typeof self !== 'undefined') self.onmessage = ({ data }) => self.postMessage(attempt(data, 0, Infinity));
    return;
  }

  const here = document.currentScript?.src;

  function inAWorker(sum) {
    return new Promise((resolve, reject) => {
      const worker = new Worker(here);
      worker.onerror = reject;
      worker.onmessage = ({ data }) => {
        worker.terminate();
        resolve(data);
      };
      worker.postMessage(sum);
    });
  }

  /** Where there are no workers: a little at a time, so that the page goes on answering. */
  async function onThePage(sum) {
    for (let from = 0; from <= sum.maxnumber; from += AT_ONCE) {
      const number = attempt(sum, from, AT_ONCE);
      if (number !== undefined) return number;
      await new Promise((resolve) => setTimeout(resolve));
    }
    return undefined;
  }

  async function solve(sum) {
    const number = await inAWorker(sum).catch(() => onThePage(sum));
    const { algorithm, challenge, salt, signature } = sum;
    return number === undefined ? '' : btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
  }

  // The sums that are done, each by the words on the page that ask for it.
  const sums = (globalThis.devaloSums ??= new WeakMap());

  function begin(words, sum) {
    const begun = { at: Date.now(), proof: undefined };
    begun.done = Promise.resolve(sum).then(solve).catch(() => '').then((proof) => {
      begun.proof = proof;
    });
    sums.set(words, begun);
    return begun;
  }

  for (const words of document.querySelectorAll('[data-challenge]')) {
    if (!sums.has(words)) begin(words, JSON.parse(words.dataset.challenge));
  }

  if (globalThis.devaloProves) return;
  globalThis.devaloProves = true;
  // Before anybody else hears of it.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    const words = form.querySelector?.('[data-challenge]');
    if (!words) return;
    let begun = sums.get(words) ?? begin(words, JSON.parse(words.dataset.challenge));
    if (Date.now() - begun.at > FRESH) begun = begin(words, fetch(words.dataset.again).then((answer) => answer.json()));
    if (begun.proof !== undefined) {
      form.querySelector('[name=proof]').value = begun.proof;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (begun.waits) return;
    begun.waits = true;
    words.textContent = 'One moment: your browser does a small sum that keeps programs out. Then it books.';
    const button = event.submitter;
    begun.done.then(() => {
      words.textContent = '';
      if (form.isConnected) form.requestSubmit(button?.isConnected ? button : undefined);
    });
  }, true);
})();
