// A passkey, on a device that the browser brings: made, used alone, as the second step and to show again who one is, and
// removed. It takes JavaScript; the pages say what else there is.
import { DEMO } from '../constants.mjs';
import { assert, axe, EVERYWHERE, fitsWidth, hydrated, shot, site, test, visit, withPage } from '../harness.mjs';
import { heading, logIn } from '../journeys.mjs';

test('a passkey is made, logs in, and is removed', { databases: EVERYWHERE }, () =>
  withPage({ name: 'passkeys', status: [401] }, async (page) => {
    const look = async (name) => {
      await hydrated(page);
      await axe(page);
      await fitsWidth(page);
      await shot(page, `passkeys-${name}`);
    };
    const device = await deviceOf(page);
    await logIn(page, '/account');
    await page.getByRole('link', { name: 'Make a passkey' }).click();
    await heading(page, 'Make a passkey');
    await page.getByLabel('Name (optional)').fill('Front desk');
    await look('make');
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    await heading(page, 'Your recovery codes');
    assert.equal(await page.locator('.codes code').count(), 10);
    await page.getByRole('link', { name: 'I’ve saved these' }).click();
    await page.getByText('Front desk').waitFor();
    await look('account');

    // This device has one: it says so, and nothing is lost.
    await page.getByRole('link', { name: 'Make another' }).click();
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    await page.getByText('This device has a passkey for your account already.').waitFor();
    await shot(page, 'passkeys-refused');

    const logOut = async () => {
      await page.getByRole('button', { name: 'Log out', exact: true }).click();
      await page.waitForURL(`${site.origin}/`);
    };
    await visit(page, '/account');
    await logOut();
    await visit(page, '/login?next=/account');
    await look('log-in');
    await page.getByRole('button', { name: 'Log in with a passkey' }).click();
    await heading(page, 'Your account');
    await page.getByText('used last just now').waitFor();

    // Who holds the device isn't who it knows: nothing opens.
    await logOut();
    await visit(page, '/login?next=/account');
    await device.knowsItsHolder(false);
    await page.getByRole('button', { name: 'Log in with a passkey' }).click();
    await page.getByText('No passkey was used').waitFor();
    await shot(page, 'passkeys-cancelled');
    await device.knowsItsHolder(true);

    await page.getByLabel('Email').fill(DEMO.email);
    await page.getByLabel('Password', { exact: true }).fill(DEMO.password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await heading(page, 'Show your passkey');
    await look('step');
    await page.getByRole('button', { name: 'Use your passkey' }).click();
    await heading(page, 'Your account');

    await visit(page, '/account/confirm?next=/account');
    await look('again');
    await page.getByRole('button', { name: 'Use your passkey' }).click();
    await heading(page, 'Your account');

    await page.locator('summary', { hasText: 'Remove' }).click();
    await page.getByRole('button', { name: 'Yes, remove it' }).click();
    await page.getByText('That passkey is removed').waitFor();
    await page.getByText('Your password alone opens your account').waitFor();
    await logOut();
    await visit(page, '/login');
    await page.getByRole('button', { name: 'Log in with a passkey' }).click();
    await page.getByText('That passkey isn’t known here').waitFor();
  }));

test('without JavaScript there are other ways than a passkey', { js: [false] }, ({ js }) =>
  withPage({ js, name: 'passkeys-none' }, async (page) => {
    await visit(page, '/login', { js });
    assert.equal(await page.getByRole('button').count(), 1, 'logging in with the password');
    await logIn(page, '/account/passkey', { js });
    await page.getByText('An authenticator app works everywhere').waitFor();
  }));

/** A device with a finger’s sensor. */
async function deviceOf(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    knowsItsHolder: (isUserVerified) => devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
  };
}
