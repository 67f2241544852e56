// The booking page inside another website: by a plain frame, by our script, and by a button; and nowhere else.
import { createServer } from 'node:http';

import { EVERYWHERE, assert, look, site, test, visit, withPage } from '../harness.mjs';
import { DIARY, HOME, appointmentsOf, heading, logIn, longEnough } from '../journeys.mjs';
import { DEMO } from '../constants.mjs';

const both = { js: [true, false], databases: EVERYWHERE };

/** Another website, on another origin and another site than ours: no cookie of ours goes along in it. */
async function withWebsite(body, use) {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(request.url === '/favicon.ico' ? '' : `<!DOCTYPE html><html lang="en"><title>A shop</title><link rel="icon" href="data:,"><h1>A shop</h1>${body}<p>Below it.</p></html>`);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const host = new URL(site.origin).hostname === 'localhost' ? '127.0.0.1' : 'localhost';
  try {
    await use(`http://${host}:${server.address().port}`);
  } finally {
    server.close();
  }
}

/** The owner allows these websites, and no others. */
async function allow(origins, js) {
  await withPage({ js, name: 'embed-allow' }, async (page) => {
    await logIn(page, `${DIARY}/embed`, { js });
    await page.getByLabel('Websites that may show your booking page').fill(origins.join('\n'));
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. These websites').waitFor();
  });
}

/** Books a time of next week's inside a frame. */
async function bookWithin(page, frame, service, index, email) {
  await frame.getByRole('link', { name: service }).click();
  await frame.getByRole('heading', { level: 1, name: service }).waitFor();
  await frame.getByRole('link', { name: 'Later week' }).click();
  const slot = frame.locator('.slot').nth(index);
  await slot.waitFor();
  await slot.click();
  await frame.getByText('Held for you until').waitFor();
  await frame.getByLabel('Name', { exact: true }).fill('Fran Framed');
  await frame.getByLabel('Email').fill('no address');
  await longEnough(page);
  const book = frame.getByRole('button', { name: 'Book this time' });
  // Two mistakes one after the other: what was typed stays, though no cookie remembers the page.
  for (const wrong of ['no address', 'still none']) {
    await frame.getByLabel('Email').fill(wrong);
    await book.click();
    await frame.locator('[aria-invalid="true"]').first().waitFor();
    assert.equal(await frame.getByLabel('Name', { exact: true }).inputValue(), 'Fran Framed');
    await longEnough(page);
  }
  await frame.getByLabel('Email').fill(email);
  await book.click();
  await frame.getByRole('heading', { level: 1, name: 'You’re booked' }).waitFor();
  assert.equal((await appointmentsOf(email)).length, 1);
}

test('a client books inside another website, in a plain frame', both, ({ js }) =>
  withWebsite(`<iframe src="${site.origin}${HOME}/embed" title="Book" style="width:100%;height:60rem;border:0"></iframe>`, async (website) => {
    await allow([website], js);
    await withPage({ js, name: 'embed-plain', status: [422], wants: [/Blocked autofocusing/], stripe: website }, async (page, context) => {
      await page.goto(website);
      const frame = page.frameLocator('iframe');
      await frame.getByRole('heading', { level: 1, name: `Book with ${DEMO.name}` }).waitFor();
      await bookWithin(page, frame, 'Telehealth', js ? 3 : 5, `framed-plain-${js}@client.example`);
      // What leads elsewhere opens a window of its own.
      const [opened] = await Promise.all([context.waitForEvent('page'), frame.getByRole('link', { name: 'See or change your booking' }).click()]);
      await opened.getByRole('heading', { level: 1 }).waitFor();
      assert.match(new URL(opened.url()).pathname, /^\/manage\//);
    });
  }));

test('our script makes the frame as tall as what is in it', { databases: EVERYWHERE }, () =>
  withWebsite(`<script src="${site.origin}/embed.js" data-org="${DEMO.slug}" data-title="Book a time" async></script>`, async (website) => {
    await allow([website], true);
    await withPage({ name: 'embed-script', status: [422], stripe: website }, async (page) => {
      await page.goto(website);
      const element = page.locator('iframe[title="Book a time"]');
      const frame = page.frameLocator('iframe');
      await frame.getByRole('heading', { level: 1, name: `Book with ${DEMO.name}` }).waitFor();
      const fits = async () => {
        for (let tries = 0; tries < 50; tries += 1) {
          const there = (await element.boundingBox()).height;
          const inside = await frame.locator('.framed').evaluate((page) => page.getBoundingClientRect().height);
          if (Math.abs(there - inside) <= 2) return there;
          await page.waitForTimeout(100);
        }
        return assert.fail('the frame isn’t as tall as its page');
      };
      const first = await fits();
      await frame.getByRole('link', { name: 'Telehealth' }).click();
      await frame.locator('.slot').first().waitFor();
      assert.notEqual(await fits(), first, 'another page, another height');
    });
  }));

test('our script makes a button that opens it', { databases: EVERYWHERE }, () =>
  withWebsite(`<script src="${site.origin}/embed.js" data-org="${DEMO.slug}" data-service="telehealth" data-button="Book now" async></script>`, async (website) => {
    await allow([website], true);
    await withPage({ name: 'embed-button', stripe: website }, async (page) => {
      await page.goto(website);
      await page.getByRole('button', { name: 'Book now' }).click();
      const dialog = page.getByRole('dialog', { name: 'Book a time' });
      await dialog.waitFor();
      await page.frameLocator('iframe').getByRole('heading', { level: 1, name: 'Telehealth' }).waitFor();
      await page.getByRole('button', { name: 'Close' }).click();
      await dialog.waitFor({ state: 'hidden' });
    });
  }));

test('a website that isn’t allowed can’t show it, and none can show anything else', { js: [true, false], databases: EVERYWHERE }, ({ js }) => {
  const frames = ['embed', 'telehealth', 'team', ''].map((path) => `<iframe src="${site.origin}${HOME}/${path}" name="${path || 'home'}"></iframe>`).join('');
  return withWebsite(frames, async (website) => {
    const shown = async (name) => {
      let texts;
      await withPage({ js, name: 'embed-refused', stripe: website, wants: [/Refused to (display|frame)|frame-ancestors|X-Frame-Options/, /ERR_BLOCKED_BY/] }, async (page) => {
        await page.goto(website);
        await page.waitForTimeout(1500);
        texts = await page.frame({ name })?.locator('body').innerText().catch(() => '') ?? '';
      });
      return texts.includes(DEMO.name);
    };
    await allow(['https://somebody.example.com'], js);
    for (const name of ['embed', 'telehealth', 'team', 'home']) assert.equal(await shown(name), false, `${name}, by nobody`);
    await allow([website], js);
    assert.equal(await shown('embed'), true);
    for (const name of ['telehealth', 'team', 'home']) assert.equal(await shown(name), false, `${name}, by nobody at all`);
  });
});

test('the pages inside other websites, as they are', { databases: EVERYWHERE }, () =>
  withPage({ name: 'embed-pages' }, async (page) => {
    for (const [path, name] of [['embed', 'embed'], ['embed/telehealth', 'embed-service']]) {
      await visit(page, `${HOME}/${path}`);
      await look(page, name);
    }
  }));

test('the owner sees what to put on their website', both, ({ js }) =>
  withPage({ js, name: 'embed-settings', status: [422] }, async (page) => {
    await logIn(page, `${DIARY}/embed`, { js });
    await heading(page, 'Your own website');
    await page.frameLocator('.framed-preview').getByRole('heading', { level: 1 }).waitFor();
    if (js) await look(page, 'embed-settings');
    await page.getByLabel('Websites that may show your booking page').fill('http://www.shop.example\nhttps://*.example.com');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('#field-origins-error').waitFor();
    assert.equal(await page.getByLabel('Websites that may show your booking page').inputValue(), 'http://www.shop.example\nhttps://*.example.com');
    await page.getByLabel('What clients see').selectOption('telehealth');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.frameLocator('.framed-preview').getByRole('heading', { level: 1, name: 'Telehealth' }).waitFor();
    assert.match(await page.getByLabel('On the page, without a script').inputValue(), /\/embed\/telehealth"/);
  }));

test('the team, somebody of it, and what can be booked with them', both, ({ js }) =>
  withPage({ js, name: 'team' }, async (page) => {
    await visit(page, HOME, { js });
    await page.getByRole('link', { name: 'Our team' }).click();
    await heading(page, 'Our team');
    if (js) await look(page, 'team');
    await page.getByRole('link', { name: 'Mei-Lin Chua' }).click();
    await page.getByRole('heading', { level: 1, name: 'Mei-Lin Chua' }).waitFor();
    if (js) await look(page, 'team-member');
    await page.locator('.service a').first().click();
    await page.locator('.slot').first().waitFor();
  }));
