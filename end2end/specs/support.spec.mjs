// Support: whoever runs the platform asks a business to look, its owner agrees, sees it, and ends it. On a server of its own.
import { assert, hydrated, letter, linkIn, look, test, withPage } from '../harness.mjs';
import { heading } from '../journeys.mjs';
import { PASSWORD, enterFirst, withFirstServer } from '../lib/first.mjs';

const OWNER = 'ivy@new.example';

test('support looks while the owner lets it, and no longer', {}, async () => {
  await withFirstServer('support', async (server) => {
    await withPage({ base: server.url, name: 'support-operator', status: [401, 403, 404, 422] }, (operator) =>
      withPage({ base: server.url, name: 'support-owner', status: [401, 403, 422] }, async (owner) => {
        await enterFirst(operator, true);
        await operator.goto('/admin/invitations');
        await operator.getByLabel('Business name').fill('Ivy Interiors');
        await operator.getByLabel('Email', { exact: true }).fill(OWNER);
        await operator.getByRole('button', { name: 'Invite', exact: true }).click();
        await operator.getByText('Invited. The email is on its way.').waitFor();

        await owner.goto(linkIn(await letter(OWNER, 'Ivy Interiors is invited to Devalo'), server.url));
        await owner.getByLabel('Your name').fill('Ivy Lane');
        await owner.getByLabel('New password').fill(PASSWORD);
        await owner.getByRole('button', { name: 'Create my account' }).click();
        await heading(owner, 'Welcome, Ivy Interiors');

        // Asking opens nothing.
        await operator.goto('/admin/orgs/ivy-interiors');
        await operator.getByRole('button', { name: 'Ask for access' }).waitFor();
        await operator.getByLabel('Why you ask').fill('Your diary shows two bookings at nine.');
        await operator.getByRole('button', { name: 'Ask for access' }).click();
        await operator.getByText('Asked. Its owner is emailed, and decides.').waitFor();
        await look(operator, 'support-asked');
        assert.equal((await operator.goto('/app/ivy-interiors/calendar')).status(), 404);

        await owner.goto(linkIn(await letter(OWNER, 'May support look at Ivy Interiors?'), server.url));
        await heading(owner, 'Support access');
        await owner.getByText('Your diary shows two bookings at nine.').waitFor();
        await look(owner, 'support-question');
        await owner.getByLabel('For how long').selectOption({ label: 'A day' });
        await owner.getByLabel('What it is about').fill('The bookings at nine, please.');
        await owner.getByRole('button', { name: 'Allow', exact: true }).click();
        await owner.getByText('Support can look now.').waitFor();
        await look(owner, 'support-given');

        await operator.goto('/admin/orgs/ivy-interiors');
        await operator.getByText('The bookings at nine, please.').waitFor();
        await look(operator, 'support-open');
        await operator.getByRole('link', { name: 'Open as support' }).click();
        await operator.waitForURL(`${server.url}/app/ivy-interiors/calendar`);
        await hydrated(operator);
        await operator.getByText('Viewing as support until').waitFor();
        await look(operator, 'support-diary');
        // The banner is on every page, also on those that the browser's program shows.
        await operator.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click();
        await heading(operator, 'Settings');
        await operator.getByText('Viewing as support until').waitFor();
        assert.equal(await operator.getByRole('link', { name: 'API tokens' }).count(), 0);
        // Nothing can be changed: on a page that the browser's program shows, and on one that the server wrote.
        for (const again of [false, true]) {
          if (again) await operator.reload();
          else await operator.getByRole('link', { name: 'Business details' }).click();
          await heading(operator, 'Business details');
          await hydrated(operator);
          assert.equal(await operator.getByLabel('Phone').isDisabled(), true);
          assert.equal(await operator.getByRole('button', { name: 'Save' }).count(), 0);
          await operator.getByText('Read only.').waitFor();
        }
        await look(operator, 'support-details');

        await letter(OWNER, 'Support has begun to look at Ivy Interiors');
        await owner.goto('/app/ivy-interiors/calendar');
        await hydrated(owner);
        await owner.getByText('Devalo support, can see this organisation until').waitFor();
        await look(owner, 'support-banner');
        await operator.goto('/app/ivy-interiors/calendar');
        await hydrated(operator);
        await owner.getByRole('link', { name: 'See what they look at, or end it' }).click();
        await heading(owner, 'Support access');
        await owner.getByText('(Devalo support) looked at business details').waitFor();
        await look(owner, 'support-looked');
        await owner.getByRole('button', { name: 'End it now' }).click();
        await owner.getByText('Ended. Support sees nothing any more.').waitFor();
        // The open diary ends by itself.
        await operator.getByText('Viewing as support until').waitFor({ state: 'detached' });
        assert.equal((await operator.goto('/app/ivy-interiors/calendar')).status(), 404);
        await operator.goto('/admin/orgs/ivy-interiors');
        await operator.getByRole('button', { name: 'Ask for access' }).waitFor();
      }));
  });
});
