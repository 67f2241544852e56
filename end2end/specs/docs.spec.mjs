// The documentation’s pictures: each that a page names can be taken, and no other is. `make docs-pictures` keeps them, docs/site/images.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { DEMO } from '../constants.mjs';
import { assert, hydrated, test, visit, withPage } from '../harness.mjs';
import { DIARY, HOME, aStart, bookElsewhere, dateIn, heading, logIn, plusDays } from '../journeys.mjs';

const SITE = path.resolve(import.meta.dirname, '../../docs/site');
const IMAGES = path.join(SITE, 'images');
// A page with two of them is quickly there on a slow line.
const LARGEST = 60 * 1024;
const ORG = `/app/${DEMO.slug}`;
const nextWeek = plusDays(dateIn(Date.now()), 7);

/** What is on each: how the owner comes to it on a desk. */
const INSIDE = {
  settings: (page) => visit(page, `${ORG}/settings`),
  people: (page) => visit(page, `${ORG}/settings/people`),
  services: (page) => visit(page, `${ORG}/calendar/services`),
  hours: async (page) => {
    await visit(page, `${ORG}/calendar/staff`);
    await page.getByRole('link', { name: 'Hours' }).first().click();
    await page.getByRole('heading', { name: 'Weekly hours' }).waitFor();
  },
  diary: async (page) => {
    await visit(page, `${DIARY}?date=${nextWeek}&view=week`);
    await page.locator('[data-appointment]').first().waitFor();
  },
  'book-for-client': (page) => visit(page, `${ORG}/calendar/book?date=${nextWeek}`),
  client: async (page) => {
    await visit(page, `${ORG}/calendar/clients`);
    await page.locator('main a[href*="/calendar/clients/0"]').first().click();
    await page.getByRole('heading', { name: 'At a glance' }).waitFor();
  },
  // On the first of a month there is nothing in it yet.
  scoreboard: (page) => visit(page, `${ORG}/scoreboard?period=last:30`),
  board: async (page) => {
    await visit(page, `${ORG}/tasks/lists`);
    await page.locator('main a[href*="/tasks/lists/0"]').first().click();
    await page.getByRole('link', { name: 'Board', exact: true }).click();
    await page.waitForURL(/view=board/);
  },
  gallery: (page) => visit(page, `${ORG}/tasks/templates/gallery`),
  'my-tasks': (page) => visit(page, `${ORG}/tasks`),
  notifications: (page) => visit(page, `${ORG}/tasks/inbox/settings`),
  'two-step': (page) => visit(page, '/account/second-factor'),
  tokens: (page) => visit(page, `${ORG}/settings/tokens`),
};

/** And how a client does, on a phone. */
const OUTSIDE = {
  'booking-phone': (page) => visit(page, `${HOME}/follow-up?from=${nextWeek}`),
  'manage-phone': async (page) => {
    const { token } = await bookElsewhere('follow-up', await aStart('follow-up'), 'Casey Client');
    await visit(page, `/manage/${token}`);
  },
};

test('the pictures that the documentation names are those that are taken', {}, async () => {
  const named = new Set();
  for (const file of await readdir(SITE, { recursive: true })) {
    if (!file.endsWith('.md')) continue;
    const text = await readFile(path.join(SITE, file), 'utf8');
    for (const [, name] of text.matchAll(/\]\((?:\.\.\/)*images\/([\w-]+)\.webp\)/g)) named.add(name);
  }
  assert.deepEqual([...named].sort(), Object.keys({ ...INSIDE, ...OUTSIDE }).sort());
});

test('the pictures of the documentation, on a desk', {}, () =>
  withPage({ height: 800, name: 'docs-pictures' }, async (page, context) => {
    await logIn(page, `${ORG}/settings`);
    await takeAll(page, context, INSIDE);
  }));

test('the pictures of the documentation, on a phone', {}, () =>
  withPage({ width: 390, height: 760, name: 'docs-pictures-phone' }, (page, context) => takeAll(page, context, OUTSIDE)));

test('from the front page to the help, and through it', {}, () =>
  withPage({ width: 390, height: 844, name: 'docs' }, async (page) => {
    await visit(page, '/');
    await page.getByRole('contentinfo').getByRole('link', { name: 'Help' }).click();
    await heading(page, 'Help');
    await page.getByRole('main').getByRole('link', { name: 'For owners and admins' }).click();
    await page.getByRole('main').getByRole('link', { name: 'The first day' }).click();
    await heading(page, 'The first day');
    await page.getByRole('link', { name: /^Next/ }).click();
    await heading(page, 'Your team and its roles');
    await page.getByRole('link', { name: 'All pages' }).click();
    await page.getByRole('navigation', { name: 'All pages of the help' }).getByRole('link', { name: 'Privacy', exact: true }).first().waitFor();
  }));

async function takeAll(page, context, pictures) {
  for (const [name, open] of Object.entries(pictures)) {
    await open(page);
    await hydrated(page);
    if (process.env.DEVALO_DOCS_PICTURES) await take(page, context, name);
  }
}

/** Keeps what is in the window, as small as it has to be. The browser itself packs it. */
async function take(page, context, name) {
  await page.evaluate(() => document.fonts.ready.then(() => {}));
  const png = (await page.screenshot({ type: 'png' })).toString('base64');
  const blank = await context.newPage();
  const webp = await blank.evaluate(async ([data, largest]) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${data}`;
    await picture.decode();
    const canvas = document.createElement('canvas');
    canvas.width = picture.naturalWidth;
    canvas.height = picture.naturalHeight;
    canvas.getContext('2d', { alpha: false }).drawImage(picture, 0, 0);
    for (let quality = 0.9; quality > 0.25; quality -= 0.1) {
      const packed = canvas.toDataURL('image/webp', quality).split(',')[1];
      if (packed.length * 0.75 <= largest) return packed;
    }
    return '';
  }, [png, LARGEST]);
  await blank.close();
  assert.ok(webp, `${name} doesn’t get smaller than ${LARGEST} bytes`);
  await writeFile(path.join(IMAGES, `${name}.webp`), Buffer.from(webp, 'base64'));
}
