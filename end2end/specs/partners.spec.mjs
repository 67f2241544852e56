// An organisation is made a partner, invites a business within its bounds, and sees that it was taken up.
import { assert, letter, look, shot, test, withPage } from '../harness.mjs';
import { heading } from '../journeys.mjs';
import { PASSWORD, enterFirst, withFirstServer } from '../lib/first.mjs';

const PAGE = '/app/quokka-physio/settings/businesses';

test('a partner invites a business', { js: [true, false] }, ({ js }) =>
  withFirstServer(`partners-${js}`, (server) =>
    withPage({ base: server.url, js, name: 'partners', status: [401, 404, 422] }, async (page) => {
      const seen = async (name) => {
        if (js) await look(page, `partners-${name}`);
      };
      await enterFirst(page, js);
      assert.equal((await page.goto(PAGE)).status(), 404);
      await page.goto('/admin/orgs/quokka-physio');
      const bounds = page.getByRole('region', { name: 'Make it a partner' });
      await bounds.getByLabel('Team').check();
      await bounds.getByLabel('Most free days').fill('60');
      await bounds.getByLabel('Lowest price').fill('80');
      await bounds.getByRole('button', { name: 'Make it a partner' }).click();
      await page.getByText('Its owner and admins find “Invite a business” in their settings.').waitFor();
      await seen('bounds');

      await page.goto('/app/quokka-physio/settings');
      await page.getByRole('link', { name: /^Invite a business/ }).click();
      await heading(page, 'Invite a business');
      await seen('nobody');
      await page.getByLabel('Business name').fill('Ivy Interiors');
      await page.getByLabel('Email', { exact: true }).fill('ivy@new.example');
      await page.getByLabel('Special price').fill('40');
      await page.getByRole('button', { name: 'Invite', exact: true }).click();
      await page.locator('#field-price-error', { hasText: '$47.20' }).waitFor();
      assert.equal(await page.getByLabel('Business name').inputValue(), 'Ivy Interiors', 'what was typed is still there');
      await page.getByLabel('Special price').fill('49.50');
      await page.getByRole('button', { name: 'Invite', exact: true }).click();
      await page.getByText('Invited. The email is on its way.').waitFor();
      await page.getByText('Team, 5 people, $49.50 a month, including GST, the first 30 days free').waitFor();
      await seen('invited');

      const text = await letter('ivy@new.example', 'Ivy Interiors is invited to Devalo');
      assert.match(text, / of Quokka Physio invites Ivy Interiors/);
      const [, link] = new RegExp(`${server.url}(/\\S+)`).exec(text);
      await withPage({ base: server.url, js: false, width: 390, name: 'partners-invited', status: [401] }, async (theirs) => {
        await theirs.goto(link);
        await heading(theirs, 'You are invited');
        await theirs.getByText('Quokka Physio invites you, and offers: Team').waitFor();
        await shot(theirs, 'partners-taken-up-390');
        await theirs.getByLabel('Your name').fill('Ivy Lane');
        await theirs.getByLabel('New password').fill(PASSWORD);
        await theirs.getByRole('button', { name: 'Create my account' }).click();
        await heading(theirs, 'Welcome, Ivy Interiors');
      });
      await page.goto(PAGE);
      await page.getByText('Accepted').waitFor();
      assert.equal((await page.goto('/app/ivy-interiors/calendar')).status(), 404, 'a partner has no business there');
      await page.goto('/admin/orgs/ivy-interiors');
      await page.getByText('invited by Quokka Physio').waitFor();
    }),
  ),
);
