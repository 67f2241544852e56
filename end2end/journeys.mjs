// Steps that several tests share, through the pages and through the JSON API.
import { createHmac, randomUUID } from 'node:crypto';

import { DEMO } from './constants.mjs';
import { assert, hydrated, site, text, visit } from './harness.mjs';

export const HOME = `/b/${DEMO.slug}`;
export const DIARY = `/app/${DEMO.slug}/calendar`;
const API = `/api/v1/orgs/${DEMO.slug}/calendar`;

/** The date of an instant on a zone's clock: '2026-11-23'. */
export function dateIn(instant, zone = DEMO.zone) {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(new Date(instant));
}

/** The month before this one on the demo's clock, as a period and in words, and a day in its middle. */
export function lastMonth() {
  const [year, month] = dateIn(Date.now()).split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 2, 1));
  const label = new Intl.DateTimeFormat('en-AU', { timeZone: 'UTC', month: 'long', year: 'numeric' }).format(first);
  const start = first.toISOString().slice(0, 10);
  return { label, key: `month:${start}`, day: `${start.slice(0, 8)}15` };
}

/** The time of an instant on a zone's clock, as the pages word it: '9:05 am'. */
export function timeIn(instant, zone = DEMO.zone) {
  const parts = new Intl.DateTimeFormat('en-AU', { timeZone: zone, hour: 'numeric', minute: '2-digit', hour12: true }).formatToParts(new Date(instant));
  const part = (type) => parts.find((part) => part.type === type).value;
  return `${part('hour')}:${part('minute')} ${part('dayPeriod').toLowerCase()}`;
}

/** A date some days later. */
export function plusDays(date, days) {
  const moved = new Date(`${date}T12:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
}

/** The starts on offer for a service. */
export async function starts(service) {
  const answer = await fetch(`${site.origin}${API}/services/${service}/slots`);
  assert.equal(answer.status, 200);
  return (await answer.json()).starts;
}

// Tests take times from a week of their own each, so that none of them is in another's way.
let taken = 0;
/** A start on offer that no other test takes: more than a week ahead, so that no notice or weekend matters. */
export async function aStart(service) {
  const soon = new Date(Date.now() + 8 * 86_400_000).toISOString();
  const later = (await starts(service)).filter((start) => start > soon);
  taken += 1;
  return later[(taken * 7) % later.length];
}

/** Books through the JSON API, as another visitor would; gives its answer. */
export async function bookElsewhere(service, start, name, extra = {}) {
  const answer = await fetch(`${site.origin}${API}/bookings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({ service, start, name, email: 'someone.else@example.com', ...extra }),
  });
  const body = await answer.json();
  assert.equal(answer.status, 201, JSON.stringify(body));
  return body;
}

/** Cancels a client's own booking through the JSON API. */
export async function cancelElsewhere(token, version = 1) {
  const answer = await fetch(`${site.origin}/api/v1/calendar/manage/${token}/cancel`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ version }),
  });
  assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
}

/** The appointments of a client, as the business's own API lists them. */
export async function appointmentsOf(email) {
  const entered = await fetch(`${site.origin}/fn/auth/log-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { "content-type": 'application/x-www-form-urlencoded', accept: 'text/html', origin: site.origin, referer: `${site.origin}/login` },
    body: new URLSearchParams({ email: DEMO.email, password: DEMO.password }),
  });
  const cookie = entered.headers.get('set-cookie')?.split(';')[0];
  assert.ok(cookie, `no session: ${entered.status}`);
  const from = new Date().toISOString();
  const until = new Date(Date.now() + 70 * 86_400_000).toISOString();
  const items = [];
  for (let cursor = ''; ;) {
    const query = new URLSearchParams({ from, until, limit: '200', ...(cursor && { cursor }) });
    const answer = await fetch(`${site.origin}${API}/appointments?${query}`, { headers: { cookie } });
    const page = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(page));
    items.push(...page.items);
    if (!page.next) return items.filter((item) => item.client_email === email);
    cursor = page.next;
  }
}

/** The address of a service's booking form for a start. */
export function formAddress(service, start, more = {}) {
  return `${HOME}/${service}?${new URLSearchParams({ start, ...more })}`;
}

/** Fills in the booking form. */
export async function fillIn(page, { name, email, phone = '', notes = '' }) {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Phone').fill(phone);
  await page.getByLabel('Anything we should know').fill(notes);
}

/** Sends the booking form. */
export async function book(page, label = 'Book this time') {
  await longEnough(page);
  await page.getByRole('button', { name: label }).click();
}

/** Waits until a form is no longer sent quicker than anybody fills one in, which is taken for a program. */
export const longEnough = (page) => page.waitForTimeout(1200);

/** Logs the owner in and arrives at a path. */
export async function logIn(page, path, { js = true } = {}) {
  await enterAs(page, DEMO.email, path, { js });
}

/** Logs somebody of the demo in, or of another server with the same people, and leads to a page. */
export async function enterAs(page, email, path, { base = site.origin, js = true } = {}) {
  await visit(page, `/login?next=${encodeURIComponent(path)}`, { js });
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(DEMO.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.waitForURL(base + path);
  if (!js) return;
  // The address may be there before the page: what the server writes alone is asked for only then.
  await page.waitForFunction(() => !['', 'Log in'].includes(document.querySelector('h1')?.textContent.trim() ?? ''));
  await hydrated(page);
}

/** The diary's address for the week or day that holds an instant. */
export function diaryAt(instant, view = 'week') {
  return `${DIARY}?date=${dateIn(instant)}&view=${view}`;
}

/** An appointment in the diary. */
export function inDiary(page, id) {
  return page.locator(`[data-appointment='${id}']`);
}

/** Opens a `details` that asks for confirmation, and confirms. */
export async function confirm(page, summary, button) {
  await page.locator('summary', { hasText: summary }).click();
  await page.getByRole('button', { name: button }).click();
}

/** The start that one of the times on a page stands for, UTC: of a button, or of a link where an appointment is moved. */
export async function startOf(slot) {
  const value = await slot.getAttribute('value');
  return value ?? new URL(await slot.getAttribute('href'), site.origin).searchParams.get('start');
}

/** The page's only `h1`, once it says this. */
export async function heading(page, words) {
  await page.locator('h1', { hasText: words }).waitFor();
  // The one before leaves in the same breath, not in the same instant.
  await page.locator('h1').nth(1).waitFor({ state: 'detached' });
  return text(page.locator('h1'));
}

/** What an authenticator app shows now (RFC 6238). */
export function codeOf(secret) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
