// A board of ten thousand tasks in fifty columns, five deep: how soon it can be worked with, how many cards the page ever holds, and how
// smoothly it scrolls and cards are dragged, from a release server on a database of its own: LEPTOS_SITE_ROOT is the site, DEVALO_BIN the
// server's program. With `--quick` it is measured once.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

import { CHROMIUM, CHROMIUM_ARGS, DEMO } from './constants.mjs';
import { startServer } from './lib/server.mjs';

const USABLE = 1000;
const CARDS = 300;
const FRAMES = 55;
const COLUMNS = 50;
/** Tasks that stand by themselves. Every so manieth of them has a part, which has a part, five deep. */
const TOPS = 6000;
const EVERY = 6;
const LEVELS = 5;
const AT_ONCE = 16;
/** A pointer says where it is about so often, in milliseconds. */
const TICK = 16;
const API = `/api/v1/orgs/${DEMO.slug}/tasks`;
const CARD = '.board-cards > [data-task]';

const root = path.dirname(import.meta.dirname);
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const rounds = values.quick ? 1 : 7;
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target');
const binary = path.resolve(process.env.DEVALO_BIN ?? path.join(target, 'release/devalo'));
const site = path.resolve(process.env.LEPTOS_SITE_ROOT ?? path.join(root, 'target/site'));
const artefacts = path.join(import.meta.dirname, 'artefacts/board');

await mkdir(artefacts, { recursive: true });
let missed = 0;
let server;
let browser;
try {
  server = await startServer({ database: 'sqlite', binary, site, root, log: path.join(artefacts, 'server.log') });
  browser = await chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: false, args: CHROMIUM_ARGS });
  const context = await newContext();
  await logIn(await context.newPage());
  const storageState = await context.storageState();
  const address = await fill(await context.cookies());
  await context.close();
  await measure(address, storageState);
} finally {
  await browser?.close();
  await server?.stop();
}
process.exit(missed ? 1 : 0);

function newContext(more = {}) {
  return browser.newContext({ baseURL: server.url, viewport: { width: 1280, height: 900 }, timezoneId: DEMO.zone, ...more });
}

async function logIn(page) {
  await page.goto(`/login?next=/app/${DEMO.slug}/calendar`);
  await page.getByLabel('Email').fill(DEMO.email);
  await page.getByLabel('Password', { exact: true }).fill(DEMO.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.waitForURL(`${server.url}/app/${DEMO.slug}/calendar`);
}

/** Makes the list with its tasks; gives the address of its board. */
async function fill(cookies) {
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const token = cookies.find(({ name }) => name.endsWith('devalo_csrf') || name.endsWith('devalo-csrf'))?.value ?? '';
  let sent = 0;
  const send = async (method, address, body) => {
    sent += 1;
    const headers = { cookie, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', 'x-csrf-token': token, 'idempotency-key': `bench-board-${sent}` };
    const answer = await fetch(server.url + API + address, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const kind = (n) => (n === 0 ? 'open' : n === COLUMNS - 1 ? 'done' : 'started');
  const { id: space } = await send('POST', '/spaces', { name: 'A large space' });
  const named = Array.from({ length: COLUMNS }, (_, n) => ({ name: `Stage ${n + 1}`, kind: kind(n) }));
  const { id: list } = await send('POST', '/lists', { space, name: 'Everything', statuses: named });
  const { statuses, people, labels } = await send('GET', `/lists/${list}`);
  /** Adds them, some at once; gives their ids in order. */
  const add = async (tasks) => {
    const ids = [];
    let next = 0;
    const some = async () => {
      for (let n = next++; n < tasks.length; n = next++) ids[n] = (await send('POST', '/tasks', tasks[n])).card.id;
    };
    await Promise.all(Array.from({ length: AT_ONCE }, some));
    return ids;
  };
  const task = (n, parent = null) => ({
    list,
    parent,
    title: `${['Order gloves', 'Call the supplier about the late tables', 'Check the first-aid kit', 'Fix the door at reception'][n % 4]}, ${n + 1}`,
    status: statuses[n % COLUMNS].id,
    priority: n % 5,
    due_day: n % 2 ? null : new Date(Date.now() + (n % 60) * 86_400_000).toISOString().slice(0, 10),
    responsible: n % 3 ? null : people[n % people.length].id,
    labels: labels.slice(n % 5, (n % 5) + (n % 3)).map(({ id }) => id),
  });
  const tops = await add(Array.from({ length: TOPS }, (_, n) => task(n)));
  let above = tops.map((id, n) => ({ id, n })).filter(({ n }) => n % EVERY === 0);
  for (let level = 1; level < LEVELS; level += 1) {
    const ids = await add(above.map(({ id, n }) => task(n, id)));
    above = above.map(({ n }, at) => ({ id: ids[at], n }));
  }
  return `/app/${DEMO.slug}/tasks/lists/${list}?view=board`;
}

/** Opens the board as somebody who was never here, scrolls it and drags a card, again and again; prints the middle of each figure. */
async function measure(address, storageState) {
  const usable = [];
  const scrolling = [];
  const dragging = [];
  let most = 0;
  for (let round = 0; round < rounds; round += 1) {
    const context = await newContext({ storageState });
    const page = await context.newPage();
    await page.goto(address);
    await page.waitForFunction(() => performance.getEntriesByName('board-usable').length > 0);
    usable.push(await page.evaluate(() => performance.getEntriesByName('board-usable')[0].startTime));
    await page.locator(CARD).first().waitFor();
    const scrolled = await watched(page, () => scroll(page));
    const dragged = await watched(page, () => drag(page));
    scrolling.push(scrolled.frames);
    dragging.push(dragged.frames);
    most = Math.max(most, scrolled.most, dragged.most);
    await context.close();
  }
  const what = `a board of ${TOPS + (TOPS / EVERY) * (LEVELS - 1)} tasks in ${COLUMNS} columns`;
  const ms = Math.round(middle(usable));
  result(`${what}, from asked for to worked with`, `${ms} ms`, `≤ ${USABLE} ms`, ms <= USABLE);
  result('cards in its page at once, at most', most, `≤ ${CARDS}`, most > 0 && most <= CARDS);
  for (const [name, frames] of [['scrolled down and sideways', scrolling], ['with a card dragged over it', dragging]]) {
    const rate = middle(frames.map((one) => one.rate));
    const longest = Math.round(middle(frames.map((one) => one.longest)));
    result(`${what}, ${name}; the longest frame`, `${rate.toFixed(1)} fps; ${longest} ms`, `≥ ${FRAMES} fps`, rate >= FRAMES);
  }
}

/** Counts the frames while something is done, and at times the cards. */
async function watched(page, does) {
  await page.evaluate((card) => {
    const watch = { times: [], most: 0, ends: false };
    const tick = (now) => {
      watch.times.push(now);
      if (watch.times.length % 10 === 1) watch.most = Math.max(watch.most, document.querySelectorAll(card).length);
      if (!watch.ends) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    globalThis.watch = watch;
  }, CARD);
  await does();
  const { times, most } = await page.evaluate(() => {
    globalThis.watch.ends = true;
    return globalThis.watch;
  });
  const gaps = times.slice(1).map((time, at) => time - times[at]);
  if (gaps.length < 60) throw new Error(`only ${gaps.length} frames were seen`);
  return { frames: { rate: (gaps.length * 1000) / (times.at(-1) - times[0]), longest: Math.max(...gaps) }, most };
}

/** Down the first column, then to the right over all of them. */
async function scroll(page) {
  const { x, y } = await spot(page);
  const places = () => page.evaluate(() => [document.querySelector('.board-cards').scrollTop, document.querySelector('#tasks-board').scrollLeft]);
  const [top, left] = await places();
  await page.mouse.move(x, y);
  for (let n = 0; n < 90; n += 1) await turn(page, 0, 60);
  for (let n = 0; n < 90; n += 1) await turn(page, 60, 0);
  const [lower, further] = await places();
  if (lower <= top || further <= left) throw new Error('nothing was scrolled');
}

async function turn(page, dx, dy) {
  await page.mouse.wheel(dx, dy);
  await sleep(TICK);
}

/** A card over the columns that one sees, to the edge, where the board scrolls under it, and down. It is dropped there. */
async function drag(page) {
  await page.evaluate(() => {
    document.querySelector('#tasks-board').scrollLeft = 0;
    document.querySelector('.board-cards').scrollTop = 0;
  });
  await sleep(200);
  const from = await spot(page);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  const over = async (x, y, steps) => {
    const { x: startX, y: startY } = over.at ?? from;
    over.at = { x, y };
    for (let n = 1; n <= steps; n += 1) {
      await page.mouse.move(startX + ((x - startX) * n) / steps, startY + ((y - startY) * n) / steps);
      await sleep(TICK);
    }
  };
  await over(700, 500, 40);
  await over(1270, 550, 30);
  await sleep(1000);
  if (!(await page.evaluate(() => document.querySelector('.card-ghost') && document.querySelector('#tasks-board').scrollLeft > 0))) throw new Error('no card was dragged');
  await over(800, 700, 30);
  await page.mouse.up();
}

/** The middle of a card that is in view, away from its buttons. */
async function spot(page) {
  const box = await page.locator(CARD).nth(1).boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height - 12 };
}

function middle(figures) {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];
}

function result(figure, measured, wanted, met) {
  if (!met) missed += 1;
  console.log(['RESULT', figure, measured, '–', '–', wanted, met ? 'ok' : 'MISSED'].join('\t'));
}
