// The first account, from the settings to the operator's pages: on a server of its own, with nobody on it yet.
import path from 'node:path';

import { assert, axe, fitsWidth, hydrated, shot, test, withPage } from '../harness.mjs';
import { heading, logInAsFirst } from '../journeys.mjs';
import { startServer } from '../lib/server.mjs';

const EMAIL = 'operator@devalo.example';
const PASSWORD = 'three unrelated quokkas';
const root = path.dirname(path.dirname(import.meta.dirname));
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target');

test('the first account sets up two-step login, and runs the platform', { js: [true, false] }, async ({ js }) => {
  const server = await startServer({
    database: 'sqlite',
    binary: path.resolve(process.env.DEVALO_BIN ?? path.join(target, 'debug/devalo')),
    site: path.resolve(process.env.LEPTOS_SITE_ROOT ?? path.join(root, 'target/site')),
    root,
    log: path.join(process.env.DEVALO_ARTEFACTS, `admin-server-${js}.log`),
    first: { BOOTSTRAP_ADMIN_EMAIL: EMAIL, BOOTSTRAP_ADMIN_PASSWORD: PASSWORD, BOOTSTRAP_ORG_NAME: 'Quokka Physio' },
  });
  try {
    await withPage({ base: server.url, js, name: 'admin', status: [401, 403, 422, 503] }, async (page) => {
      const ready = async () => {
        if (js) await hydrated(page);
      };
      const look = async (name) => {
        if (!js) return;
        await axe(page);
        for (const width of [390, 1280]) {
          await page.setViewportSize({ width, height: 900 });
          await fitsWidth(page);
          await shot(page, `admin-${name}-${width}`);
        }
        await page.emulateMedia({ colorScheme: 'dark' });
        await shot(page, `admin-${name}-1280-dark`);
        await page.emulateMedia({ colorScheme: 'light' });
      };
      await logInAsFirst(page, { email: EMAIL, password: PASSWORD, js });
      await page.goto('/admin');
      await heading(page, 'The platform');
      await ready();
      await page.getByText('Nothing needs your attention.').waitFor();
      await look('overview');
      for (const [name, title] of [['People', 'People'], ['Jobs', 'Jobs'], ['Health', 'Health'], ['Log', 'Log'], ['Organisations', 'Organisations']]) {
        await page.getByRole('navigation', { name: 'The platform' }).getByRole('link', { name, exact: true }).click();
        await heading(page, title);
        await ready();
        await look(name.toLowerCase());
      }
      await page.getByLabel('Name or address').fill('nobody');
      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByText('No organisation like that').waitFor();
      await page.getByRole('link', { name: 'Show all of them' }).click();
      await page.getByRole('link', { name: 'Quokka Physio' }).click();
      await heading(page, 'Quokka Physio');
      await ready();
      await look('org');

      await page.getByLabel('Plan', { exact: true }).selectOption({ label: 'Team' });
      await page.getByLabel('Seats').fill('none');
      await page.getByLabel('Another price').fill('$49.50');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.locator('#field-seats-error').waitFor();
      // What was typed is still there.
      assert.equal(await page.getByLabel('Another price').inputValue(), '$49.50');
      await page.getByLabel('Seats').fill('5');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved. It holds at once.').waitFor();
      await page.getByText('$49.50 a month, with GST').waitFor();

      await page.getByText('Suspend it', { exact: true }).click();
      await page.getByRole('button', { name: 'Yes, suspend it' }).click();
      await page.getByRole('button', { name: 'Open it again' }).waitFor();
      await look('suspended');
      await page.goto('/app/quokka-physio/calendar');
      await heading(page, 'Your organisation is suspended');
      await ready();
      await look('suspended-dashboard');
      await page.getByText('Write to whoever runs this platform').waitFor();
      await page.goto('/b/quokka-physio');
      await heading(page, 'Bookings are closed at the moment');
      await ready();
      await look('suspended-public');
      await page.getByText('Please contact Quokka Physio.').waitFor();
      await page.goto('/app/quokka-physio/settings');
      await ready();
      await page.locator('details.menu summary').click();
      await page.getByRole('link', { name: 'Run the platform' }).click();
      await heading(page, 'The platform');
      await page.getByRole('link', { name: 'One organisation is suspended' }).click();
      await page.getByRole('link', { name: 'Quokka Physio' }).click();
      await page.getByRole('button', { name: 'Open it again' }).waitFor();
      await ready();
      await page.getByRole('button', { name: 'Open it again' }).click();
      await page.getByText('Suspend it', { exact: true }).waitFor();
      await page.goto('/app/quokka-physio/settings/billing');
      await page.getByText('1 of 5').waitFor();
      await ready();
      await look('billing');
    });
  } finally {
    await server.stop();
  }
});
