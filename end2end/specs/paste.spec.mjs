// What is copied from a password manager or an authenticator app can be pasted, and each field says what it is for.
import { DEMO } from '../constants.mjs';
import { assert, hydrated, site, test, visit, withPage } from '../harness.mjs';
import { heading, logIn } from '../journeys.mjs';

/** Has a text on the clipboard, as if it were copied from another program: typed where there is nothing to lose, and cut. */
async function copied(page, field, text) {
  await field.fill(text);
  await field.press('ControlOrMeta+a');
  await field.press('ControlOrMeta+x');
}

/** How a field presents itself to a browser and what fills it in. */
async function says(field, expected) {
  for (const [name, value] of Object.entries(expected)) assert.equal(await field.getAttribute(name), value, name);
  assert.equal(await field.getAttribute('onpaste'), null);
}

test('a password can be pasted, and logs in', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'paste-password' }, async (page) => {
    await visit(page, '/login?next=/account', { js });
    const [email, password] = [page.getByLabel('Email'), page.getByLabel('Password', { exact: true })];
    await says(email, { autocomplete: 'username', type: 'email', inputmode: 'email' });
    await says(password, { autocomplete: 'current-password', type: 'password' });
    await copied(page, email, DEMO.password);
    await password.press('ControlOrMeta+v');
    assert.equal(await password.inputValue(), DEMO.password);
    await email.fill(DEMO.email);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.waitForURL(`${site.origin}/account`);
    await heading(page, 'Your account');
  }));

test('a new password can be pasted', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'paste-new-password' }, async (page) => {
    await logIn(page, '/account/password', { js });
    await heading(page, 'Change your password');
    const field = page.getByLabel('New password');
    await says(field, { autocomplete: 'new-password', type: 'password' });
    // A password’s field gives nothing to copy, so it comes from another page’s.
    const other = await page.context().newPage();
    await visit(other, '/login/forgot', { js });
    await copied(other, other.getByLabel('Email'), 'four quiet unrelated words');
    await other.close();
    await field.press('ControlOrMeta+v');
    assert.equal(await field.inputValue(), 'four quiet unrelated words');
  }));

test('a code can be pasted as an app shows it', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'paste-code', status: [422] }, async (page) => {
    await logIn(page, '/account', { js });
    await page.getByRole('link', { name: 'Set up an authenticator app' }).click();
    await heading(page, 'Set up an authenticator app');
    if (js) await hydrated(page);
    const code = page.getByLabel('The six digits');
    await says(code, { autocomplete: 'one-time-code', inputmode: 'numeric' });
    await copied(page, code, '000 000');
    await code.press('ControlOrMeta+v');
    assert.equal(await code.inputValue(), '000 000');
    // It is taken for what it is: wrong, and not something else than a code.
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('alert').first().waitFor();
    await heading(page, 'Set up an authenticator app');
  }));
