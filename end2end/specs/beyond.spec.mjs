// What goes beyond the diary: letters and their wording, calendars elsewhere, webhooks, reports, and why a time isn't offered.
import { createServer } from 'node:http';

import { EVERYWHERE, assert, look, site, test, text, visit, withPage } from '../harness.mjs';
import { DIARY, aStart, bookElsewhere, dateIn, heading, logIn } from '../journeys.mjs';
import { DEMO } from '../constants.mjs';

const both = { js: [true, false], databases: EVERYWHERE };

test('a letter is worded anew, looked at, and worded as ours again', both, ({ js }) =>
  withPage({ js, name: 'letters', status: [422] }, async (page) => {
    await logIn(page, `${DIARY}/letters`, { js });
    if (js) await look(page, 'letters');
    await visit(page, `${DIARY}/letters/booked`, { js });
    if (js) await look(page, 'letter');
    const subject = page.locator('input[name="subject"]');
    await subject.fill('{{nonsense}}');
    await page.getByRole('button', { name: 'Save' }).first().click();
    await page.locator('[id$="-error"]').first().waitFor();
    assert.equal(await subject.inputValue(), '{{nonsense}}');
    await subject.fill(`See you soon${js ? '' : ', then'}`);
    await page.getByRole('button', { name: 'Save' }).first().click();
    await page.getByText('Saved').first().waitFor();
  }));

test('a calendar is shared at a secret address', both, ({ js }) =>
  withPage({ js, name: 'feed' }, async (page) => {
    await logIn(page, `${DIARY}/staff`, { js });
    await page.getByRole('link', { name: 'Mei-Lin Chua', exact: true }).click();
    await page.getByRole('link', { name: 'Calendars elsewhere' }).click();
    const make = page.getByRole('button', { name: /address/i }).first();
    await make.waitFor();
    if (js) await look(page, 'calendars');
    await make.click();
    const field = page.locator('#feed-address');
    await field.waitFor();
    const address = await field.inputValue();
    const read = await fetch(address.replace(/^https?:\/\/[^/]+/, site.origin));
    assert.equal(read.status, 200);
    assert.ok((await read.text()).startsWith('BEGIN:VCALENDAR'));
    if (js) await look(page, 'calendars-made');
  }));

test('an address is told what happens, signed', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'webhooks', status: [422] }, async (page) => {
    const told = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => { body += part; });
      request.on('end', () => { told.push({ headers: request.headers, body }); response.end('ok'); });
    });
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    try {
      await logIn(page, `/app/${DEMO.slug}/settings/webhooks`, { js });
      if (js) await look(page, 'webhooks-none');
      await visit(page, `/app/${DEMO.slug}/settings/webhooks/new`, { js });
      await page.locator('input[name="name"]').fill(`Our own program ${js}`);
      await page.locator('input[name="url"]').fill('not an address');
      await page.locator('input[name="which"][value="some"]').check();
      await page.locator('input[type="checkbox"][name^="events"]').first().check();
      const save = page.locator('form', { has: page.locator('input[name="url"]') }).getByRole('button').last();
      await save.click();
      await page.locator('[id$="-error"]').first().waitFor();
      if (js) await look(page, 'webhook-new');
      await page.locator('input[name="url"]').fill(`http://127.0.0.1:${server.address().port}/told`);
      await save.click();
      await page.getByText(/whsec_/).first().or(page.locator('input[value^="whsec_"]').first()).waitFor();
      if (js) await look(page, 'webhook');
      const start = await aStart('telehealth');
      await bookElsewhere('telehealth', start, 'Wanda Webhook');
      for (let tries = 0; tries < 100 && told.length === 0; tries += 1) await page.waitForTimeout(100);
      assert.ok(told.length > 0, 'it was told');
      assert.ok(told[0].headers['webhook-signature'].startsWith('v1,'));
      assert.ok(!told[0].body.includes('Wanda'), 'nothing of the client');
    } finally {
      server.close();
    }
  }));

test('reports of a month, and of days', both, ({ js }) =>
  withPage({ js, name: 'reports' }, async (page) => {
    const start = await aStart('telehealth');
    await bookElsewhere('telehealth', start, 'Rhea Report').catch(() => undefined);
    await logIn(page, `${DIARY}/reports`, { js });
    await heading(page, 'Reports');
    if (js) await look(page, 'reports');
    await page.getByRole('textbox', { name: 'From' }).fill(dateIn(start));
    await page.getByRole('textbox', { name: 'To' }).fill(dateIn(start));
    await page.getByRole('button', { name: 'Show' }).click();
    await page.locator('.chart').first().waitFor();
    assert.ok((await text(page.locator('main'))).includes('Bookings'));
  }));

test('why a time isn’t offered', both, ({ js }) =>
  withPage({ js, name: 'why' }, async (page) => {
    await logIn(page, `${DIARY}/why`, { js });
    await heading(page, 'Why isn’t this time offered?');
    if (js) await look(page, 'why-asked');
    await page.getByLabel('Service').selectOption({ index: 1 });
    await page.locator('input[name="date"]').fill(dateIn(Date.now() + 9 * 86_400_000));
    await page.locator('input[name="time"]').fill('03:00');
    await page.locator('main form').getByRole('button').last().click();
    await page.locator('.why-answer').waitFor();
    if (js) await look(page, 'why');
  }));
