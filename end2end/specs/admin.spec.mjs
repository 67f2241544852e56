// The first account, from the settings to the operator's pages: on a server of its own, with nobody on it yet.
import { assert, hydrated, look, test, withPage } from '../harness.mjs';
import { heading } from '../journeys.mjs';
import { enterFirst, withFirstServer } from '../lib/first.mjs';

test('the first account sets up two-step login, and runs the platform', { js: [true, false] }, async ({ js }) => {
  await withFirstServer(`admin-${js}`, async (server) => {
    await withPage({ base: server.url, js, name: 'admin', status: [401, 403, 422, 503] }, async (page) => {
      const ready = async () => {
        if (js) await hydrated(page);
      };
      const seen = async (name) => {
        if (js) await look(page, `admin-${name}`);
      };
      await enterFirst(page, js);
      await page.goto('/admin');
      await heading(page, 'The platform');
      await ready();
      await page.getByText('Nothing needs your attention.').waitFor();
      await seen('overview');
      for (const [name, title] of [['People', 'People'], ['Jobs', 'Jobs'], ['Health', 'Health'], ['Log', 'Log'], ['Organisations', 'Organisations']]) {
        await page.getByRole('navigation', { name: 'The platform' }).getByRole('link', { name, exact: true }).click();
        await heading(page, title);
        await ready();
        await seen(name.toLowerCase());
      }
      await page.getByLabel('Name or address').fill('nobody');
      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByText('No organisation like that').waitFor();
      await page.getByRole('link', { name: 'Show all of them' }).click();
      await page.getByRole('link', { name: 'Quokka Physio' }).click();
      await heading(page, 'Quokka Physio');
      await ready();
      await seen('org');

      await page.getByLabel('Plan', { exact: true }).selectOption({ label: 'Team' });
      await page.getByLabel('Seats').fill('none');
      await page.getByLabel('Special price').fill('$49.50');
      await page.getByRole('button', { name: 'See what changes' }).click();
      await page.locator('#field-seats-error').waitFor();
      // What was typed is still there.
      assert.equal(await page.getByLabel('Special price').inputValue(), '$49.50');
      await page.getByLabel('Seats').fill('5');
      await page.getByRole('button', { name: 'See what changes' }).click();
      await page.getByRole('cell', { name: '$49.50' }).waitFor();
      await page.getByRole('button', { name: 'Yes, agree to this' }).click();
      await page.getByText('Saved. It holds at once.').waitFor();
      await page.getByText('$49.50 a month, including GST').waitFor();

      await page.getByText('Suspend it', { exact: true }).click();
      await page.getByRole('button', { name: 'Yes, suspend it' }).click();
      await page.getByRole('button', { name: 'Open it again' }).waitFor();
      await seen('suspended');
      await page.goto('/app/quokka-physio/calendar');
      await heading(page, 'Your organisation is suspended');
      await ready();
      await seen('suspended-dashboard');
      await page.getByText('Write to whoever runs this platform').first().waitFor();
      await page.goto('/b/quokka-physio');
      await heading(page, 'Bookings are closed at the moment');
      await ready();
      await seen('suspended-public');
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
      await seen('billing');
    });
  });
});
