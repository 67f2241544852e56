// A forgotten password, and another email address: by what is mailed; with and without JavaScript.
import { DEMO } from '../constants.mjs';
import { axe, fitsWidth, hydrated, letter, shot, site, test, visit, withPage } from '../harness.mjs';
import { heading, logIn } from '../journeys.mjs';

const link = (text) => text.match(/^https?:\S+$/m)[0].replace(site.origin, '');

test('a forgotten password is set anew by a mailed link', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'recovery', status: [404, 422] }, async (page) => {
    const look = async (name) => {
      if (!js) return;
      await axe(page);
      await fitsWidth(page);
      await shot(page, `recovery-${name}`);
    };
    await visit(page, '/login', { js });
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await heading(page, 'Forgot your password?');
    if (js) await hydrated(page);
    await page.getByRole('button', { name: 'Mail me a link' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Email').fill(DEMO.email);
    await look('ask');
    await page.getByRole('button', { name: 'Mail me a link' }).click();
    await heading(page, 'Check your email');
    await look('sent');

    const reset = link(await letter(DEMO.email, 'Reset your password'));
    await visit(page, reset, { js });
    await heading(page, 'Reset your password');
    const password = page.getByLabel('New password', { exact: true });
    if (js) {
      await password.pressSequentially('password1234');
      await page.locator('.strength').getByText(/easy to guess/i).waitFor();
    } else {
      await password.fill('password1234');
    }
    await page.getByRole('button', { name: 'Save password' }).click();
    await page.getByRole('alert').waitFor();
    // The same as before, for those that come after: a mailed link asks for no other.
    await password.fill(DEMO.password);
    if (js) {
      await page.getByText('Very good').waitFor();
      await look('set');
    }
    await page.getByRole('button', { name: 'Save password' }).click();
    await page.getByText('Your password is set.').waitFor();
    await look('done');
    await page.getByLabel('Email').fill(DEMO.email);
    await page.getByLabel('Password', { exact: true }).fill(DEMO.password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Log in' }).waitFor();

    await visit(page, reset, { js, status: 404 });
    await heading(page, 'This link no longer works');
    await page.getByRole('link', { name: 'Send me a new link' }).waitFor();
    await look('used');
  }));

test('an address is confirmed, and another is asked for and called off', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'address' }, async (page) => {
    const look = async (name) => {
      if (!js) return;
      await axe(page);
      await fitsWidth(page);
      await shot(page, `address-${name}`);
    };
    await logIn(page, '/account', { js });
    await look('account');
    // The first of the two runs confirms it for good.
    const ask = page.getByRole('button', { name: 'Send link' });
    if (await ask.count()) {
      await ask.click();
      await page.getByText('A link is on its way to you').waitFor();
      await visit(page, link(await letter(DEMO.email, 'Confirm your email address')), { js });
      await heading(page, 'Confirm your address');
      await look('confirm');
      await page.getByRole('button', { name: 'Yes, it is mine' }).click();
      await heading(page, 'Confirmed');
      await page.getByRole('link', { name: 'Continue to your account' }).click();
    }
    await heading(page, 'Your account');
    if (js) await hydrated(page);
    await page.locator('li').filter({ hasText: DEMO.email }).getByRole('link', { name: 'Change' }).click();
    await heading(page, 'Change your email address');
    if (js) await hydrated(page);
    await page.getByLabel('New address').fill('casey@new.example');
    await look('change');
    await page.getByRole('button', { name: 'Mail the links' }).click();
    await page.getByText('Waiting to change to casey@new.example.').waitFor();
    await look('changing');
    await visit(page, link(await letter(DEMO.email, 'Agree to your new email address')), { js });
    await page.getByRole('button', { name: 'Yes, I agree' }).click();
    await page.getByText('the other address has to agree').waitFor();
    await page.getByRole('link', { name: 'Continue to your account' }).click();
    await page.getByText('Now open the link in the new mailbox.').waitFor();
    if (js) await hydrated(page);
    await page.getByRole('button', { name: 'Cancel the change' }).click();
    await page.getByText('Your address stays as it is').waitFor();
    await page.getByText('casey@new.example').waitFor({ state: 'detached' });
  }));
