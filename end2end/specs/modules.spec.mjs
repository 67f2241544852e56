// Turning a module off and on again; with scripts and without.
import { assert, axe, fitsWidth, shot, test, withPage } from '../harness.mjs';
import { heading } from '../journeys.mjs';
import { enterFirst, withFirstServer } from '../lib/first.mjs';

const APP = '/app/quokka-physio';

test('a module is turned off, and on again as it was', { js: [true, false] }, ({ js }) =>
  withFirstServer(`modules-${js}`, (server) =>
    withPage({ base: server.url, js, name: 'modules', status: [401, 404] }, async (page) => {
      const look = async (name) => {
        if (!js) return;
        await axe(page);
        for (const width of [390, 1280]) {
          await page.setViewportSize({ width, height: 900 });
          await fitsWidth(page);
          await shot(page, `modules-${name}-${width}`);
        }
        await page.emulateMedia({ colorScheme: 'dark' });
        await axe(page);
        await shot(page, `modules-${name}-1280-dark`);
        await page.emulateMedia({ colorScheme: 'light' });
      };
      await enterFirst(page);
      assert.equal((await page.goto('/b/quokka-physio')).status(), 200);
      await page.goto(`${APP}/settings`);
      await page.getByRole('link', { name: /^Modules/ }).click();
      await heading(page, 'Modules');
      // What it means is said before anybody does it.
      const sure = page.getByRole('button', { name: 'Yes, turn Calendar off' });
      assert.equal(await sure.isVisible(), false);
      await page.getByText('Turn Calendar off', { exact: true }).click();
      await page.getByText('Nothing is deleted').waitFor();
      await look('sure');
      await sure.click();
      await page.getByText('It is off. All that is in it is kept.').waitFor();
      await look('off');
      assert.equal((await page.goto('/b/quokka-physio')).status(), 404);
      assert.equal((await page.goto(`${APP}/calendar`)).status(), 404);
      await page.goto(APP);
      await page.getByText('No module is on').waitFor();
      await look('nothing-on');
      await page.getByRole('link', { name: 'Choose what is on' }).click();
      await heading(page, 'Modules');
      await page.getByRole('button', { name: 'Turn Calendar on' }).click();
      await page.getByText('It is on again, with all that was in it.').waitFor();
      assert.equal((await page.goto('/b/quokka-physio')).status(), 200);
      await page.goto(APP);
      await page.waitForURL(({ pathname }) => pathname === `${APP}/calendar`);
    }),
  ),
);
