// Support: whoever runs the platform asks a business to look, its owner agrees, sees it, and ends it. On a server of its own.
import path from 'node:path';

import { assert, axe, fitsWidth, hydrated, letter, shot, test, withPage } from '../harness.mjs';
import { codeOf, heading } from '../journeys.mjs';
import { startServer } from '../lib/server.mjs';

const OPERATOR = 'operator@devalo.example';
const OWNER = 'ivy@new.example';
const PASSWORD = 'three unrelated quokkas';
const root = path.dirname(path.dirname(import.meta.dirname));
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target');

/** The path behind a letter's button. */
function link(text, origin) {
  const found = new RegExp(`${origin}(/\\S+)`).exec(text);
  assert.ok(found, `a link in ${text}`);
  return found[1];
}

async function look(page, name) {
  await axe(page);
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await fitsWidth(page);
    await shot(page, `support-${name}-${width}`);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await axe(page);
  await shot(page, `support-${name}-1280-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
}

test('support looks while the owner lets it, and no longer', {}, async () => {
  const server = await startServer({
    database: 'sqlite',
    binary: path.resolve(process.env.DEVALO_BIN ?? path.join(target, 'debug/devalo')),
    site: path.resolve(process.env.LEPTOS_SITE_ROOT ?? path.join(root, 'target/site')),
    root,
    log: path.join(process.env.DEVALO_ARTEFACTS, 'support-server.log'),
    first: { BOOTSTRAP_ADMIN_EMAIL: OPERATOR, BOOTSTRAP_ADMIN_PASSWORD: PASSWORD, BOOTSTRAP_ORG_NAME: 'Quokka Physio' },
  });
  const kept = process.env.DEVALO_MAIL;
  process.env.DEVALO_MAIL = server.mail;
  try {
    await withPage({ base: server.url, name: 'support-operator', status: [401, 403, 404, 422] }, (operator) =>
      withPage({ base: server.url, name: 'support-owner', status: [401, 403, 422] }, async (owner) => {
        await operator.goto('/login?next=/admin/invitations');
        await operator.getByLabel('Email').fill(OPERATOR);
        await operator.getByLabel('Password', { exact: true }).fill(PASSWORD);
        await operator.getByRole('button', { name: 'Log in', exact: true }).click();
        await operator.getByText('Type it in instead').click();
        const secret = (await operator.locator('.secret code').innerText()).replaceAll(' ', '');
        await operator.getByLabel('The six digits').fill(codeOf(secret));
        await operator.getByRole('button', { name: 'Confirm' }).click();
        await heading(operator, 'Your recovery codes');
        await operator.goto('/admin/invitations');
        await operator.getByLabel('Business name').fill('Ivy Interiors');
        await operator.getByLabel('Email', { exact: true }).fill(OWNER);
        await operator.getByRole('button', { name: 'Invite', exact: true }).click();
        await operator.getByText('Invited. The letter is on its way.').waitFor();

        await owner.goto(link(await letter(OWNER, 'Ivy Interiors is invited to Devalo'), server.url));
        await owner.getByLabel('Your name').fill('Ivy Lane');
        await owner.getByLabel('New password').fill(PASSWORD);
        await owner.getByRole('button', { name: 'Make it' }).click();
        await heading(owner, 'Welcome, Ivy Interiors');

        // Asking opens nothing.
        await operator.goto('/admin/orgs/ivy-interiors');
        await operator.getByRole('button', { name: 'Ask for access' }).waitFor();
        await operator.getByLabel('Why you ask').fill('Your diary shows two bookings at nine.');
        await operator.getByRole('button', { name: 'Ask for access' }).click();
        await operator.getByText('Asked. Its owner is mailed, and decides.').waitFor();
        await look(operator, 'asked');
        assert.equal((await operator.goto('/app/ivy-interiors/calendar')).status(), 404);

        await owner.goto(link(await letter(OWNER, 'May support look at Ivy Interiors?'), server.url));
        await heading(owner, 'Support access');
        await owner.getByText('Your diary shows two bookings at nine.').waitFor();
        await look(owner, 'question');
        await owner.getByLabel('For how long').selectOption({ label: 'A day' });
        await owner.getByLabel('What it is about').fill('The bookings at nine, please.');
        await owner.getByRole('button', { name: 'Let support look' }).click();
        await owner.getByText('Support can look now.').waitFor();
        await look(owner, 'given');

        await operator.goto('/admin/orgs/ivy-interiors');
        await operator.getByText('The bookings at nine, please.').waitFor();
        await look(operator, 'open');
        await operator.getByRole('link', { name: 'Open as support' }).click();
        await operator.waitForURL(`${server.url}/app/ivy-interiors/calendar`);
        await hydrated(operator);
        await operator.getByText('You look at Ivy Interiors as support until').waitFor();
        await look(operator, 'diary');
        // The banner is on every page, also on those that the browser's program shows.
        await operator.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click();
        await heading(operator, 'Settings');
        await operator.getByText('You look at Ivy Interiors as support until').waitFor();
        assert.equal(await operator.getByRole('link', { name: 'API tokens' }).count(), 0);
        // Nothing can be changed.
        await operator.getByRole('link', { name: 'Business details' }).click();
        await heading(operator, 'Business details');
        await operator.getByLabel('Phone').fill('1300 555 018');
        await operator.getByRole('button', { name: 'Save' }).click();
        await operator.getByText('Support can look, and change nothing.').waitFor();
        assert.equal(await operator.getByLabel('Phone').inputValue(), '1300 555 018', 'what was typed is still there');

        await letter(OWNER, 'Support has begun to look at Ivy Interiors');
        await owner.goto('/app/ivy-interiors/calendar');
        await hydrated(owner);
        await owner.getByText('Devalo’s support can see this organisation until').waitFor();
        await look(owner, 'banner');
        await operator.goto('/app/ivy-interiors/calendar');
        await hydrated(operator);
        await owner.getByRole('link', { name: 'See what they look at, or end it' }).click();
        await heading(owner, 'Support access');
        await owner.getByText('(support) looked where one can change business details').waitFor();
        await look(owner, 'looked');
        await owner.getByRole('button', { name: 'End it now' }).click();
        await owner.getByText('Ended. Support sees nothing any more.').waitFor();
        // The open diary ends by itself.
        await operator.getByText('You look at Ivy Interiors as support until').waitFor({ state: 'detached' });
        assert.equal((await operator.goto('/app/ivy-interiors/calendar')).status(), 404);
        await operator.goto('/admin/orgs/ivy-interiors');
        await operator.getByRole('button', { name: 'Ask for access' }).waitFor();
      }));
  } finally {
    process.env.DEVALO_MAIL = kept;
    await server.stop();
  }
});
