import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DEMO } from '../constants.mjs';
import { axe, hydrated, shot, withPage } from '../lib/page.mjs';

for (const js of [true, false]) {
  const how = js ? '' : ', without JavaScript';

  test(`the log-in form has its labels${how}`, async () => {
    await withPage({ js, width: 390, name: 'login' }, async (page) => {
      await page.goto('/login');
      if (js) await hydrated(page);
      assert.equal(await page.getByLabel('Email').isVisible(), true);
      assert.equal(await page.getByLabel('Password', { exact: true }).isVisible(), true);
      assert.equal(await page.getByLabel('Password', { exact: true }).getAttribute('type'), 'password');
      if (js) await axe(page);
      await shot(page, `login-390${js ? '' : '-nojs'}`);
    });
  });

  test(`a wrong password is refused, and the email is still there${how}`, async () => {
    await withPage({ js, status: [401, 403, 422], name: 'login-wrong' }, async (page) => {
      await logIn(page, js, 'not the password');
      await page.getByRole('alert').first().waitFor();
      assert.equal(await page.getByLabel('Email').inputValue(), DEMO.email);
      assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), js ? 'not the password' : '');
      if (js) await axe(page);
    });
  });

  test(`the demo's owner logs in${how}`, async () => {
    await withPage({ js, name: 'login-right' }, async (page) => {
      await logIn(page, js, DEMO.password);
      await page.waitForURL('**/app**');
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (js) {
        await hydrated(page);
        await axe(page);
      }
      await shot(page, `app-1280${js ? '' : '-nojs'}`);
    });
  });
}

async function logIn(page, js, password) {
  await page.goto('/login');
  if (js) await hydrated(page);
  await page.getByLabel('Email').fill(DEMO.email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}
