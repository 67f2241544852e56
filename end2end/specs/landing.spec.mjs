import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axe, hydrated, shot, withPage } from '../lib/page.mjs';

const looks = [
  { name: 'landing-390', width: 390 },
  { name: 'landing-1280', width: 1280 },
  { name: 'landing-1280-dark', width: 1280, dark: true },
];

for (const look of looks) {
  test(`the front page: ${look.name}`, async () => {
    await withPage(look, async (page) => {
      await page.goto('/');
      await hydrated(page);
      assert.match(await page.title(), /Devalo/);
      await page.getByRole('heading', { level: 1 }).waitFor();
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'nothing sticks out at the side');
      await axe(page);
      await shot(page, look.name);
    });
  });
}

test('the front page without JavaScript leads to the log-in', async () => {
  await withPage({ js: false, width: 390, name: 'landing' }, async (page) => {
    await page.goto('/');
    await page.getByRole('link', { name: 'Log in' }).first().click();
    await page.waitForURL('**/login');
  });
});

test('a page that is not there says so', async () => {
  await withPage({ status: [404], name: 'not-found' }, async (page) => {
    const answer = await page.goto('/nothing-here');
    assert.equal(answer.status(), 404);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await axe(page);
  });
});
