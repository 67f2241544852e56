import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DEMO } from '../constants.mjs';
import { axe, hydrated, shot, withPage } from '../lib/page.mjs';
import { book } from '../journeys.mjs';

const home = `/b/${DEMO.slug}`;

for (const look of [{ name: 'business-390', width: 390 }, { name: 'business-1280', width: 1280 }, { name: 'business-1280-dark', dark: true }]) {
  test(`the business's page and a service's times: ${look.name}`, async () => {
    await withPage(look, async (page) => {
      await page.goto(home);
      await hydrated(page);
      await page.getByRole('heading', { level: 1, name: DEMO.name }).waitFor();
      await axe(page);
      await shot(page, look.name);
      await page.getByRole('link', { name: 'Initial consultation' }).click();
      await page.getByRole('heading', { level: 1, name: 'Initial consultation' }).waitFor();
      await page.getByRole('region', { name: /–/ }).waitFor();
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'nothing sticks out at the side');
      await axe(page);
      await shot(page, look.name.replace('business', 'service'));
    });
  });
}

for (const js of [true, false]) {
  const how = js ? '' : ', without JavaScript';
  const look = { js, width: 390, name: 'booking' };

  test(`a client books, moves and cancels${how}`, async () => {
    await withPage(look, async (page) => {
      // A service for each of the two, so that neither takes the other's time.
      await chooseTime(page, js, js ? 'follow-up' : 'sports-massage', 0);
      await page.getByLabel('Name', { exact: true }).fill('Mei Lin');
      await page.getByLabel('Email').fill('mei@client.example');
      if (js) await axe(page);
      await book(page);

      await page.waitForURL('**/manage/**');
      await page.getByRole('heading', { level: 1, name: 'You’re booked' }).waitFor();
      if (js) await axe(page);
      await shot(page, `booked-390${js ? '' : '-nojs'}`);
      const own = page.url().replace(/[?#].*/, '');
      const calendar = await page.request.get(`${own}.ics`);
      assert.match(await calendar.text(), /^BEGIN:VCALENDAR/);

      await page.getByRole('link', { name: 'Change the time' }).click();
      await page.getByRole('heading', { name: 'Change the time' }).waitFor();
      await slots(page).nth(2).click();
      await page.getByRole('button', { name: 'Move my booking' }).click();
      await page.getByRole('heading', { level: 1, name: 'Your booking has moved' }).waitFor();

      await page.getByText('Cancel the booking').click();
      await page.getByRole('button', { name: 'Yes, cancel it' }).click();
      await page.getByRole('heading', { level: 1, name: 'This booking is cancelled' }).waitFor();
      await shot(page, `cancelled-390${js ? '' : '-nojs'}`);
    });
  });

  test(`a form with mistakes comes back with them, and with what was typed${how}`, async () => {
    await withPage({ ...look, status: [422], name: 'booking-mistakes' }, async (page) => {
      await chooseTime(page, js, 'telehealth', 1);
      await page.getByLabel('Name', { exact: true }).fill('Mei Lin');
      await page.getByLabel('Email').fill('not an address');
      await book(page);
      await page.locator('[aria-invalid="true"]').first().waitFor();
      assert.equal(await page.getByLabel('Email').getAttribute('aria-invalid'), 'true');
      assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Mei Lin');
      assert.equal(await page.getByLabel('Email').inputValue(), 'not an address');
      if (js) await axe(page);
      await shot(page, `mistakes-390${js ? '' : '-nojs'}`);
    });
  });
}

test('times are shown in the visitor’s zone when asked, and are the same times', async () => {
  await withPage({ js: false, name: 'zone' }, async (page) => {
    const starts = async (zone) => {
      await page.goto(`${home}/telehealth?zone=${zone}`);
      await page.locator('.slot').first().waitFor();
      return page.locator('.slot').evaluateAll((slots) => slots.map((slot) => slot.value));
    };
    const [there, here] = [await starts('Australia/Perth'), await starts(DEMO.zone)];
    const common = there.filter((start) => here.includes(start));
    assert.ok(common.length > 0 && common.length >= Math.min(there.length, here.length) / 2, 'the same starts, whatever the zone');
  });
});

function slots(page) {
  return page.locator('.slot');
}

async function chooseTime(page, js, service, index) {
  await page.goto(`${home}/${service}`);
  if (js) await hydrated(page);
  // Next week's: today's may be too soon to be moved or cancelled again.
  await page.getByRole('link', { name: 'Later week' }).click();
  await page.waitForURL('**from=**');
  await slots(page).nth(index).click();
  await page.getByRole('button', { name: 'Book this time' }).waitFor();
}
