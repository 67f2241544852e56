// Turning a module off and on again; with scripts and without.
import { assert, look, test, withPage } from '../harness.mjs';
import { heading } from '../journeys.mjs';
import { enterFirst, withFirstServer } from '../lib/first.mjs';

const APP = '/app/quokka-physio';

test('a module is turned off, and on again as it was', { js: [true, false] }, ({ js }) =>
  withFirstServer(`modules-${js}`, (server) =>
    withPage({ base: server.url, js, name: 'modules', status: [401, 404] }, async (page) => {
      const seen = async (name) => {
        if (js) await look(page, `modules-${name}`);
      };
      await enterFirst(page, js);
      assert.equal((await page.goto('/b/quokka-physio')).status(), 200);
      await page.goto(`${APP}/settings`);
      await page.getByRole('link', { name: /^Modules/ }).click();
      await heading(page, 'Modules');
      // What it means is said before anybody does it.
      const sure = page.getByRole('button', { name: 'Yes, turn Calendar off' });
      assert.equal(await sure.isVisible(), false);
      await page.getByText('Turn Calendar off', { exact: true }).click();
      await page.getByText('Nothing is deleted').first().waitFor();
      await seen('sure');
      await sure.click();
      await page.getByText('It is off. All that is in it is kept.').waitFor();
      await seen('off');
      assert.equal((await page.goto('/b/quokka-physio')).status(), 404);
      assert.equal((await page.goto(`${APP}/calendar`)).status(), 404);
      await heading(page, 'Calendar is turned off');
      assert.equal(await page.getByRole('link', { name: 'Open modules' }).getAttribute('href'), `${APP}/settings/modules`);
      // With Calendar off the scoreboard is where one begins, then tasks; with all off there is nowhere to go.
      for (const other of ['Scoreboard', 'Tasks']) {
        await page.goto(`${APP}/settings/modules`);
        await page.getByText(`Turn ${other} off`, { exact: true }).click();
        await page.getByRole('button', { name: `Yes, turn ${other} off` }).click();
        await page.getByText('It is off. All that is in it is kept.').waitFor();
      }
      await page.goto(APP);
      await page.getByText('No module is on').waitFor();
      await seen('nothing-on');
      await page.getByRole('link', { name: 'Choose what is on' }).click();
      await heading(page, 'Modules');
      await page.getByRole('button', { name: 'Turn Scoreboard on' }).click();
      await page.getByText('It is on again, with all that was in it.').waitFor();
      await page.getByRole('button', { name: 'Turn Tasks on' }).click();
      await page.getByText('It is on again, with all that was in it.').waitFor();
      await page.getByRole('button', { name: 'Turn Calendar on' }).click();
      await page.getByText('It is on again, with all that was in it.').waitFor();
      assert.equal((await page.goto('/b/quokka-physio')).status(), 200);
      await page.goto(APP);
      await page.waitForURL(({ pathname }) => pathname === `${APP}/calendar`);
    }),
  ),
);
