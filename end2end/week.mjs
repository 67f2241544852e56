// A week of a thousand appointments in the diary: how long after it is loaded it can be worked with, from a release server on a
// database of its own: LEPTOS_SITE_ROOT is the site, DEVALO_BIN the server's program. With `--quick` it is measured once.
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

import { CHROMIUM, CHROMIUM_ARGS, DEMO } from './constants.mjs';
import { startServer } from './lib/server.mjs';

const MOST = 300;
const APPOINTMENTS = 1000;
const PEOPLE = 20;
const AT_ONCE = 16;
const DAY = 86_400_000;
const API = `/api/v1/orgs/${DEMO.slug}/calendar`;

const root = path.dirname(import.meta.dirname);
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const rounds = values.quick ? 1 : 7;
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target');
const binary = path.resolve(process.env.DEVALO_BIN ?? path.join(target, 'release/devalo'));
const site = path.resolve(process.env.LEPTOS_SITE_ROOT ?? path.join(root, 'target/site'));
const artefacts = path.join(import.meta.dirname, 'artefacts/week');

await mkdir(artefacts, { recursive: true });
let missed = false;
let server;
let browser;
try {
  server = await startServer({ database: 'sqlite', binary, site, root, log: path.join(artefacts, 'server.log') });
  browser = await chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: false, args: CHROMIUM_ARGS });
  const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1280, height: 900 }, timezoneId: DEMO.zone });
  const page = await context.newPage();
  await logIn(page);
  const monday = await fill(page);
  missed = await measure(page, monday);
} finally {
  await browser?.close();
  await server?.stop();
}
process.exit(missed ? 1 : 0);

async function logIn(page) {
  await page.goto(`/login?next=/app/${DEMO.slug}/calendar`);
  await page.getByLabel('Email').fill(DEMO.email);
  await page.getByLabel('Password', { exact: true }).fill(DEMO.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.waitForURL(`${server.url}/app/${DEMO.slug}/calendar`);
}

/** Fills a week that is some way ahead; gives its Monday. */
async function fill(page) {
  const cookies = await page.context().cookies();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const token = cookies.find(({ name }) => name.endsWith('devalo_csrf') || name.endsWith('devalo-csrf'))?.value ?? '';
  const send = async (method, address, body) => {
    const headers = { cookie, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', 'x-csrf-token': token };
    const answer = await fetch(server.url + address, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  const hours = Array.from({ length: 7 }, (_, weekday) => ({ weekday, start_minute: 8 * 60, end_minute: 18 * 60 }));
  const staff = [];
  for (let n = 0; n < PEOPLE; n += 1) {
    const { id } = await send('POST', `${API}/staff`, { name: `Person ${n + 1}` });
    await send('PUT', `${API}/staff/${id}/hours`, hours);
    staff.push(id);
  }
  await send('POST', `${API}/services`, {
    slug: 'many', name: 'Many', duration_minutes: 30, interval_minutes: 30, buffer_before_minutes: 0, buffer_after_minutes: 0, window_days: 60, staff,
  });
  // The Monday after next, as the business has it.
  const today = new Date(`${new Intl.DateTimeFormat('en-CA', { timeZone: DEMO.zone, dateStyle: 'short' }).format(new Date())}T00:00:00Z`);
  const monday = new Date(today.getTime() + (15 - (today.getUTCDay() || 7)) * DAY);
  // Within the week, whatever the zone.
  const [from, to] = [monday.toISOString(), new Date(monday.getTime() + 6 * DAY).toISOString()];
  const offered = await fetch(`${server.url}${API}/services/many/slots?${new URLSearchParams({ from, to })}`);
  const { starts } = await offered.json();
  const wanted = Array.from({ length: APPOINTMENTS }, (_, n) => starts[n % starts.length]);
  if (starts.length * PEOPLE < APPOINTMENTS) throw new Error(`only ${starts.length} starts`);
  const book = async () => {
    for (let start = wanted.pop(); start; start = wanted.pop()) {
      const answer = await fetch(`${server.url}${API}/bookings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: JSON.stringify({ service: 'many', start, name: 'Casey Client', email: `casey.${wanted.length}@example.com` }),
      });
      if (answer.status !== 201) throw new Error(`${start}: ${answer.status} ${await answer.text()}`);
      await answer.body?.cancel();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, book));
  return monday.toISOString().slice(0, 10);
}

/** Prints the middle of how long it took from the page's load to the moment at which the program had taken it over and was idle. */
async function measure(page, monday) {
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.documentElement.dataset.hydrated !== 'true') return;
      observer.disconnect();
      // Once whatever was queued before is done: a press would be answered now.
      setTimeout(() => { globalThis.interactive = performance.now(); });
    }).observe(document, { attributes: true, subtree: true, attributeFilter: ['data-hydrated'] });
  });
  const taken = [];
  let shown = 0;
  for (let round = 0; round < rounds; round += 1) {
    await page.goto(`/app/${DEMO.slug}/calendar?date=${monday}&view=week`);
    await page.waitForFunction(() => globalThis.interactive !== undefined);
    const [loaded, interactive] = await page.evaluate(() => [performance.getEntriesByType('navigation')[0].loadEventEnd, globalThis.interactive]);
    taken.push(Math.max(0, interactive - loaded));
    shown = await page.locator('[data-appointment]').count();
  }
  taken.sort((a, b) => a - b);
  const middle = Math.round(taken[Math.floor(taken.length / 2)]);
  const met = middle <= MOST && shown >= APPOINTMENTS;
  console.log(['RESULT', `a week of ${shown} appointments, from loaded to worked with`, `${middle} ms`, '–', '–', `≤ ${MOST} ms`, met ? 'ok' : 'MISSED'].join('\t'));
  return !met;
}
