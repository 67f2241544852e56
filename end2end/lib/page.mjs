// Pages for specs. A page that complains fails its test: an error on the console or in a script, a request that fails,
// or one to anybody but our server and its stand-in for Stripe.
import path from 'node:path';
import { after } from 'node:test';

import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

import { CHROMIUM, CHROMIUM_ARGS, DEMO } from '../constants.mjs';

export const URL_BASE = process.env.DEVALO_URL;
export const DATABASE = process.env.DEVALO_DATABASE;
const ARTEFACTS = process.env.DEVALO_ARTEFACTS;
if (!URL_BASE || !ARTEFACTS) throw new Error('Run specs with end2end/run.');

let browser;

async function theBrowser() {
  browser ??= await chromium.launch({
    executablePath: CHROMIUM,
    // The sandbox doesn't work for root, nor in most containers.
    chromiumSandbox: false,
    args: CHROMIUM_ARGS,
  });
  return browser;
}

after(async () => {
  await browser?.close();
});

/** Windows without scripts: nothing can be asked of their pages by one. */
const plain = new WeakSet();

/**
 * Opens a page of its own (no cookies), runs `test(page)`, and fails on anything the page complained of.
 *
 * - `base`: another server than the spec's; `stripe`: the address of its stand-in.
 * - `js`: with scripts? Yes, unless said.
 * - `width`, `height`, `dark`, `zone`: the visitor's window, scheme and time zone.
 * - `status`: answers that the test wants, such as `[404, 422]`, and that are no complaint then.
 * - `wants`: what else the test wants to be complained of, as expressions.
 * - `name`: what the picture of a failure is called.
 *
 * `test` gets the context as well; its `lose(true)` takes the network away, which is no complaint then.
 */
export async function withPage({ base = URL_BASE, stripe = process.env.DEVALO_STRIPE, js = true, width = 1280, height = 900, dark = false, zone = DEMO.zone, status = [], wants = [], name = 'page' }, test) {
  const context = await (await theBrowser()).newContext({
    baseURL: base,
    javaScriptEnabled: js,
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: 'en-AU',
    timezoneId: zone,
  });
  context.setDefaultTimeout(15_000);
  if (!js) plain.add(context);
  const complaints = [];
  const push = complaints.push.bind(complaints);
  complaints.push = (complaint) => (wants.some((wanted) => wanted.test(complaint)) ? complaints.length : push(complaint));
  const network = { lost: false };
  context.lose = async (lost) => {
    network.lost ||= lost;
    await context.setOffline(lost);
    // What was lost is reported a moment later.
    if (!lost) setTimeout(() => { network.lost = false; }, 500);
  };
  const ours = [new URL(base).origin, ...(stripe ? [new URL(stripe).origin] : [])];
  watch(context, complaints, status, network, ours);
  const page = await context.newPage();
  let failure;
  try {
    await test(page, context);
  } catch (error) {
    failure = error;
  }
  if (!failure && complaints.length) failure = new Error('the page complained');
  const where = page.url();
  if (failure) {
    await page.screenshot({ path: path.join(ARTEFACTS, `FAILED-${name}-${width}${js ? '' : '-nojs'}.png`), fullPage: true }).catch(() => {});
  }
  await context.close();
  if (failure) {
    failure.stack = `${failure.stack}\nat the page ${where}`;
    if (complaints.length) failure.stack = `${failure.stack}\ncomplaints:\n  ${complaints.join('\n  ')}`;
    throw failure;
  }
}

function watch(context, complaints, status, network, ours) {
  const wanted = (code) => status.includes(code);
  context.on('request', (request) => {
    const url = request.url();
    if (!ours.some((origin) => url.startsWith(`${origin}/`)) && !/^(data|blob|about):/.test(url)) complaints.push(`a request to somebody else: ${url}`);
  });
  context.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // Leaving a page ends what it was still loading, its stream above all.
    const expected = why === 'net::ERR_ABORTED' || network.lost || request.resourceType() === 'eventsource';
    if (!expected) complaints.push(`a request failed: ${request.url()}: ${why}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400 && !wanted(response.status())) complaints.push(`${response.status()} for ${response.request().method()} ${response.url()}`);
  });
  context.on('console', (message) => {
    // Warnings count too: hydration speaks in them.
    if (!['error', 'warning'].includes(message.type())) return;
    if (network.lost && message.text().includes('net::ERR_')) return;
    const code = Number(/status of (\d{3})/.exec(message.text())?.[1]);
    if (!wanted(code)) complaints.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => complaints.push(`error in a script: ${error.error()?.stack ?? error.error()}`));
}

/** Waits until the browser has taken the page over: the app marks the document then. What the server writes alone has no program. */
export async function hydrated(page) {
  // In one look, for the page may be on its way to one without a program.
  await page.waitForFunction(() => document.readyState === 'complete'
    && (!document.querySelector('script[type="module"]') || document.documentElement.dataset.hydrated === 'true'));
}

/** Fails on anything that axe finds, WCAG 2.2 AA and its good practice. */
export async function axe(page) {
  if (plain.has(page.context())) return;
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(page.frames().length === 1).analyze();
  if (!violations.length) return;
  const lines = violations.flatMap(({ id, help, nodes }) => [`${id}: ${help}`, ...nodes.slice(0, 5).map((node) => `    ${node.target.join(' ')}  ${node.html.slice(0, 160)}`)]);
  throw new Error(`axe, ${page.url()}:\n  ${lines.join('\n  ')}`);
}

/** Keeps a picture of the whole page, where pictures are asked for (end2end/run --pictures): artefacts/<part>/<name>.png. */
export async function shot(page, name) {
  if (!process.env.DEVALO_PICTURES) return;
  await page.screenshot({ path: path.join(ARTEFACTS, `${name}.png`), fullPage: true });
}
