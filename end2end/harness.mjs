// What every spec stands on, besides its pages (lib/page.mjs): which database a test is for, with or without scripts.
import assert from 'node:assert/strict';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { test as nodeTest } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { axe, DATABASE, hydrated, shot, URL_BASE } from './lib/page.mjs';

export { assert };
export { axe, hydrated, shot, withPage } from './lib/page.mjs';

/** The server under test. */
export const site = { origin: URL_BASE };

/**
 * Names a test. It runs on SQLite, and on PostgreSQL too if `databases` says so; with JavaScript, or as often as `js`
 * says: `[true, false]` runs it with and without.
 */
export function test(name, { js: ways = [true], databases = ['sqlite'] }, run) {
  if (!databases.includes(DATABASE)) return;
  const only = new RegExp(process.env.DEVALO_ONLY ?? '', 'i');
  for (const js of ways) {
    const title = ways.length > 1 || !js ? `${name}, JavaScript ${js ? 'on' : 'off'}` : name;
    if (only.test(title)) nodeTest(title, () => run({ js }));
  }
}

/** On both databases. */
export const EVERYWHERE = ['sqlite', 'postgres'];

/** The newest letter to this address with this subject: without a key each is a file beside a SQLite database. */
export async function letter(to, subject) {
  const start = `To: ${to}\nSubject: ${subject}\n`;
  for (let tries = 0; tries < 100; tries += 1) {
    const files = (await readdir(process.env.DEVALO_MAIL).catch(() => [])).sort().reverse();
    for (const file of files) {
      const text = await readFile(path.join(process.env.DEVALO_MAIL, file), 'utf8');
      if (text.startsWith(start)) {
        await rm(path.join(process.env.DEVALO_MAIL, file));
        return text;
      }
    }
    await sleep(100);
  }
  return assert.fail(`no letter “${subject}” to ${to}`);
}

/** The path behind a letter's button. */
export function linkIn(text, origin) {
  const found = new RegExp(`${origin}(/\\S+)`).exec(text);
  assert.ok(found, `a link in ${text}`);
  return found[1];
}

/** Goes to a path of the site and, where scripts run, waits until they have taken over. */
export async function visit(page, path, { js = true, status = 200 } = {}) {
  const response = await page.goto(path);
  assert.equal(response.status(), status, `the status of ${path}`);
  if (js) await hydrated(page);
  return response;
}

/** Fails where the page is wider than the window. */
export async function fitsWidth(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (content <= window) return;
  const wide = await page.evaluate(() => {
    const out = (element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5;
    return [...document.querySelectorAll('body *')].filter(out).slice(-3).map((element) => element.outerHTML.slice(0, 120)).join('\n  ');
  });
  assert.fail(`the page is ${content} px wide in a window of ${window} px:\n  ${wide}`);
}

/** Looks at a page as it is now: axe, nothing wider than a window, and a picture of each width where they are asked for; then in the dark. */
export async function look(page, name, widths = [390, 1280]) {
  await axe(page);
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    await fitsWidth(page);
    await shot(page, `${name}-${width}`);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await axe(page);
  await shot(page, `${name}-1280-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
}

const WINDOWS = [
  { name: '390', width: 390, height: 844 },
  { name: '1280', width: 1280, height: 900 },
  { name: '1280-dark', width: 1280, height: 900, colorScheme: 'dark' },
];

/** Looks at a page as it is now on a phone, on a desk, and in the dark: axe, nothing wider than the window, and a picture where they are asked for. */
export async function lookAllOver(page, name) {
  for (const { name: window, width, height, colorScheme = 'light' } of WINDOWS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await shot(page, `${name}-${window}`);
    await fitsWidth(page);
    await axe(page);
  }
}

/** The visible text of what a locator finds, with its white space made plain. */
export async function text(locator) {
  return (await locator.innerText()).replaceAll(/\s+/g, ' ').trim();
}
