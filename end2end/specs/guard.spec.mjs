// While very many try to book, a browser does a sum before it books; one without JavaScript waits for its turn.
import { randomUUID } from 'node:crypto';

import { assert, fitsWidth, hydrated, look, shot, test, text, withPage } from '../harness.mjs';
import { book, fillIn, formAddress, heading } from '../journeys.mjs';
import { withDemoServer } from '../lib/first.mjs';

const API = '/api/v1/orgs/harbour-physio/calendar';
const SERVICE = 'sports-massage';
// The tests are on the server's own machine, which is never limited: here it believes what they say of where they are.
const SETTINGS = { DEVALO_TRUSTED_PROXIES: '127.0.0.1/32,::1/128' };

/** More bookings than people make, each from somewhere else, of a time that is long past. */
async function attack(server) {
  const tries = Array.from({ length: 80 }, (_, n) => fetch(`${server.url}${API}/bookings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), 'x-forwarded-for': `198.51.100.${n + 1}` },
    body: JSON.stringify({ service: SERVICE, start: '2020-01-01T00:00:00Z', name: 'Very Many', email: 'very.many@example.com' }),
  }));
  for (const answer of await Promise.all(tries)) assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
}

/** Some start on offer, more than a week ahead. */
async function someStart(server, n) {
  const answer = await fetch(`${server.url}${API}/services/${SERVICE}/slots`);
  const soon = new Date(Date.now() + 8 * 86_400_000).toISOString();
  return (await answer.json()).starts.filter((start) => start > soon)[n * 9];
}

test('a visitor with JavaScript books under attack: their browser does a sum', {}, () => withDemoServer('guard', (server) =>
  withPage({ base: server.url, width: 390, name: 'guard' }, async (page) => {
    await page.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.5' });
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));

    // In peace nothing is asked.
    await page.goto(formAddress(SERVICE, await someStart(server, 1)));
    await hydrated(page);
    assert.equal(await page.locator('[data-challenge]').count(), 0);
    assert.ok(!asked.includes('/proof.js'));

    await attack(server);
    const address = formAddress(SERVICE, await someStart(server, 2));
    await page.goto(address);
    await hydrated(page);
    assert.equal(await page.locator('[data-challenge]').count(), 1);
    await look(page, 'guard-form', [390]);
    await fillIn(page, { name: 'Sol Solver', email: 'sol@example.com' });
    await book(page);
    await heading(page, 'You’re booked');
    assert.ok(asked.includes('/proof.js'));

    // Sent before the sum is done: the form waits for it, and goes by itself.
    await page.goto(formAddress(SERVICE, await someStart(server, 3)));
    await hydrated(page);
    await fillIn(page, { name: 'Quick Quinn', email: 'quinn@example.com' });
    // A sum that takes longer, as on an old phone.
    await page.evaluate(() => {
      const words = document.querySelector('[data-challenge]');
      const slow = { done: new Promise((resolve) => { globalThis.finish = resolve; }), at: Date.now(), proof: undefined };
      const quick = globalThis.devaloSums.get(words);
      slow.done = slow.done.then(() => quick.done).then(() => { slow.proof = quick.proof; });
      globalThis.devaloSums.set(words, slow);
    });
    await book(page);
    await page.getByText('your browser does a small sum').waitFor();
    await page.evaluate(() => globalThis.finish());
    await heading(page, 'You’re booked');
  }), SETTINGS));

test('a visitor who presses a time under attack comes to a form with a sum', {}, () => withDemoServer('guard', (server) =>
  withPage({ base: server.url, width: 1280, name: 'guard' }, async (page) => {
    await page.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.6' });
    await attack(server);
    await page.goto(`/b/harbour-physio/${SERVICE}`);
    await hydrated(page);
    await page.locator('.slot').first().click();
    await page.getByRole('heading', { name: 'Your details' }).waitFor();
    await page.waitForFunction(() => globalThis.devaloSums?.has(document.querySelector('[data-challenge]')));
    await fillIn(page, { name: 'Pat Presser', email: 'pat@example.com' });
    await book(page);
    await heading(page, 'You’re booked');
  }), SETTINGS));

test('a visitor without JavaScript books under attack, and the next waits for their turn', { js: [false] }, () => withDemoServer('guard', (server) =>
  withPage({ js: false, base: server.url, width: 390, name: 'guard', status: [429] }, async (page) => {
    await page.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.7' });
    await attack(server);
    await page.goto(formAddress(SERVICE, await someStart(server, 1)));
    // Found by its element: texts in a `noscript` aren’t looked for.
    await page.locator('noscript p', { hasText: 'Without JavaScript we take one a minute' }).waitFor();
    await fitsWidth(page);
    await shot(page, 'guard-form-390-nojs');
    await fillIn(page, { name: 'Nina Noscript', email: 'nina@example.com' });
    await book(page);
    await heading(page, 'You’re booked');

    await page.goto(formAddress(SERVICE, await someStart(server, 2)));
    await fillIn(page, { name: 'Nina Noscript', email: 'nina@example.com', notes: 'Once more' });
    await book(page);
    await page.getByRole('alert').first().waitFor();
    assert.match(await text(page.getByRole('alert').first()), /press the button again in .* or call/);
    assert.equal(await page.getByLabel('Anything we should know').inputValue(), 'Once more');
  }), SETTINGS));
