// An authenticator app: set up, asked for at the next log-in, taken away; with and without JavaScript.
import { readFile } from 'node:fs/promises';

import { DEMO } from '../constants.mjs';
import { assert, axe, EVERYWHERE, fitsWidth, hydrated, shot, site, test, visit, withPage } from '../harness.mjs';
import { codeOf, heading, logIn } from '../journeys.mjs';

test('an authenticator app is set up, asked for and taken away', { js: [true, false], databases: EVERYWHERE }, ({ js }) =>
  withPage({ js, name: 'second-factor', status: [422] }, async (page) => {
    const look = async (name) => {
      if (!js) return;
      await axe(page);
      await fitsWidth(page);
      await shot(page, `second-factor-${name}`);
    };
    const ready = async () => {
      if (js) await hydrated(page);
    };
    await logIn(page, '/account', { js });
    await page.getByRole('link', { name: 'Set up an authenticator app' }).click();
    await heading(page, 'Set up an authenticator app');
    await page.getByText('Type it in instead').click();
    const secret = (await page.locator('.secret code').innerText()).replaceAll(' ', '');
    await look('set-up');

    // A mistyped code changes nothing: the secret on the phone is still the right one.
    await page.getByLabel('The six digits').fill('000000');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('The six digits').fill(codeOf(secret));
    await page.getByRole('button', { name: 'Confirm' }).click();
    await heading(page, 'Your recovery codes');
    const codes = await page.locator('.codes code').allInnerTexts();
    assert.equal(codes.length, 10);
    await page.getByText(`Devalo, ${DEMO.email}`).waitFor();
    await look('codes');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    const saved = await download;
    assert.equal(saved.suggestedFilename(), 'devalo-recovery-codes.txt');
    const text = await readFile(await saved.path(), 'utf8');
    assert.ok(codes.every((code) => text.includes(code)) && text.includes(DEMO.email), text);
    assert.equal(await page.getByRole('button', { name: 'Print' }).isVisible(), js, 'what takes a script is there with one');
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.getByRole('link', { name: 'I’ve saved these' }).isVisible(), false, 'not on paper');
    assert.ok(await page.locator('.codes').isVisible());
    await page.emulateMedia({ media: 'screen' });
    await page.getByRole('link', { name: 'I’ve saved these' }).click();
    await page.getByText('You have 10 recovery codes left').waitFor();
    await ready();
    await look('account');

    await page.getByRole('button', { name: 'Log out', exact: true }).click();
    await page.waitForURL(`${site.origin}/`);
    await visit(page, '/login?next=/account', { js });
    await page.getByLabel('Email').fill(DEMO.email);
    await page.getByLabel('Password', { exact: true }).fill(DEMO.password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await heading(page, 'Enter your code');
    await ready();
    await look('code');
    await hasFocus(page, 'field-code');
    const send = () => page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByLabel('Code').fill('111111');
    await send();
    await page.getByRole('alert').waitFor();
    await hasFocus(page, 'field-code');
    assert.equal(await page.getByText('That code isn’t right.').count(), 1, 'it is said once');
    await page.getByLabel('Code').fill(codes[0].toUpperCase());
    await send();
    await page.getByText('You have 9 recovery codes left').waitFor();
    await ready();

    await page.getByText('Remove it', { exact: true }).click();
    await page.getByRole('button', { name: 'Yes, remove it' }).click();
    await page.getByText('Your authenticator app is removed').waitFor();
    await page.getByRole('link', { name: 'Set up an authenticator app' }).waitFor();
  }));

test('logging out everywhere says so', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'everywhere' }, async (page) => {
    await logIn(page, '/account', { js });
    await page.getByText('API tokens keep working').waitFor();
    await page.getByRole('button', { name: 'Log out everywhere' }).click();
    await page.getByText('You are logged out everywhere.').waitFor();
    await heading(page, 'Log in');
    await page.goto('/account');
    assert.equal(new URL(page.url()).pathname, '/login');
  }));

test('somebody sees where they are logged in, and logs out there', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'sessions' }, async (here) => {
    await logIn(here, '/account', { js });
    await withPage({ js, name: 'sessions-elsewhere' }, async (elsewhere) => {
      await logIn(elsewhere, '/account', { js });
      await here.reload();
      if (js) await hydrated(here);
      const others = here.getByRole('button', { name: /^Log out .+ on / });
      const before = await others.count();
      assert.ok(before >= 1);
      await others.first().click();
      await here.getByText('That session has ended.').waitFor();
      // The list is read again meanwhile.
      for (let tries = 0; tries < 50 && (await others.count()) === before; tries += 1) await here.waitForTimeout(100);
      assert.equal(await others.count(), before - 1);
      await elsewhere.goto('/account');
      assert.equal(new URL(elsewhere.url()).pathname, '/login', 'the one used last is the first in the list');
    });
  }));

test('a password is changed, and changed back', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'password', status: [422] }, async (page) => {
    await logIn(page, '/account', { js });
    for (const [attempt, fine] of [['short', false], ['another quiet demo password', true], [DEMO.password, true]]) {
      if (!page.url().endsWith('/account/password')) await page.getByRole('link', { name: 'Change your password' }).click();
      await heading(page, 'Change your password');
      if (js && !fine) {
        await hydrated(page);
        await axe(page);
        await shot(page, 'second-factor-password');
      }
      await page.getByLabel('New password', { exact: true }).fill(attempt);
      await page.getByRole('button', { name: 'Change it' }).click();
      if (fine) await page.getByText('Your password is changed.').waitFor();
      else await page.getByText('at least 12 characters').first().waitFor();
      // Without a script the refused form has the function's address: begin again from the page.
      if (!js && !fine) await visit(page, '/account', { js });
    }
  }));

test('what is typed as a password can be looked at', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'show-password' }, async (page) => {
    await visit(page, '/login', { js });
    await hasFocus(page, 'field-email');
    const field = page.getByLabel('Password', { exact: true });
    const eye = page.getByRole('button', { name: 'Show password' });
    assert.equal(await eye.isVisible(), js);
    if (!js) return;
    await field.fill('not for the neighbours');
    for (const [type, pressed] of [['text', 'true'], ['password', 'false']]) {
      await eye.click();
      assert.deepEqual([await field.getAttribute('type'), await eye.getAttribute('aria-pressed')], [type, pressed]);
      await axe(page);
    }
    assert.ok(page.url().endsWith('/login'), 'nothing was sent');
    assert.equal(await field.inputValue(), 'not for the neighbours');
  }));

test('what changes the account asks again who it is', {}, ({ js }) =>
  withPage({ js, name: 'confirm-again', status: [403, 422] }, async (page) => {
    await logIn(page, '/account/confirm?next=/account', { js });
    await axe(page);
    await shot(page, 'second-factor-confirm');
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(DEMO.password);
    await page.getByRole('button', { name: 'Continue' }).click();
    await heading(page, 'Your account');
  }));

/** The field with this id has the focus, now or in a moment. */
async function hasFocus(page, id) {
  const at = () => page.evaluate(() => document.activeElement?.id);
  for (let tries = 0; tries < 30 && (await at()) !== id; tries += 1) await page.waitForTimeout(100);
  assert.equal(await at(), id);
}
