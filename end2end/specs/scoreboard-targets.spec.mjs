// Targets: an owner sets them in a table, has a team's spread over its people, sees how they stand; a member sees what is for them. With
// scripts and without.
import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, fitsWidth, hydrated, look, site, test, text, visit, withPage } from '../harness.mjs';
import { heading, logIn } from '../journeys.mjs';
import { enterFirst, withFirstServer } from '../lib/first.mjs';

const FIRST = '/app/quokka-physio/scoreboard';
const PACE = `/app/${DEMO.slug}/scoreboard/pace`;
const MEMBER = 'reception@harbour-physio.example';
const phone = { width: 390, height: 844 };
/** All year it runs, whatever day it is. */
const YEAR = 'period=financial_year';

test('an owner sets targets, has a team’s spread over its people, and sees how they stand', { js: [true, false] }, ({ js }) =>
  withFirstServer(`scoreboard-targets-${js}`, (server) =>
    withPage({ base: server.url, js, ...phone, name: 'scoreboard-targets', status: [401, 422] }, async (page) => {
      const seen = async (name) => {
        if (js) await look(page, `scoreboard-${name}`);
        else await fitsWidth(page);
        await page.setViewportSize(phone);
      };
      const press = (name) => page.getByRole('button', { name, exact: true }).click();
      await enterFirst(page, js);
      await visit(page, `${FIRST}/pace`, { js });
      await page.getByText('Nothing is counted yet').waitFor();
      await seen('pace-nothing-counted');
      await visit(page, `${FIRST}/metrics`, { js });
      await page.getByLabel('Name', { exact: true }).fill('Sales');
      await page.getByRole('radio', { name: /^Money/ }).check();
      await press('Add');
      await heading(page, 'Sales');
      await visit(page, `${FIRST}/teams`, { js });
      await page.getByLabel('Name', { exact: true }).fill('North');
      await press('Add');
      await page.getByText('Added. Now put people in it').waitFor();
      for (const name of ['Ada Ash', 'Bo Birch']) {
        await visit(page, `${FIRST}/people`, { js });
        await page.getByLabel('Name', { exact: true }).fill(name);
        await press('Add');
        await heading(page, name);
        await page.getByLabel('Team or branch').selectOption({ label: 'North' });
        await page.locator('#field-since').fill('2020-01-01');
        await press('Put them in');
        await page.getByText('Saved.', { exact: true }).waitFor();
      }
      // Bo works on no day but Mondays, and is away for one.
      for (const day of ['Tuesday', 'Wednesday', 'Thursday', 'Friday']) await page.getByLabel(day).uncheck();
      await press('Save their days');
      await page.getByText('Saved.', { exact: true }).waitFor();
      assert.equal(await page.getByLabel('Tuesday').isChecked(), false);
      assert.equal(await page.getByLabel('Monday').isChecked(), true);
      await press('Add time away');
      await page.locator('#field-away_since-error').waitFor();
      await page.getByLabel('First day away').fill('2026-01-05');
      await press('Add time away');
      await page.locator("[data-away='2026-01-05']").waitFor();
      await seen('person-working-days');
      await page.locator("[data-away='2026-01-05']").getByRole('button').click();
      await page.getByText('Nothing noted.').waitFor();

      await visit(page, `${FIRST}/pace?${YEAR}`, { js });
      await page.getByText(/^No targets for Financial year/).waitFor();
      await seen('pace-no-targets');
      await page.getByRole('link', { name: 'Set targets' }).first().click();
      await heading(page, 'Targets');
      await page.getByLabel('Target: North').fill('1,000.005');
      await press('Save targets');
      await page.getByText('without part of a cent').first().waitFor();
      assert.equal(await page.getByLabel('Target: North').inputValue(), '1,000.005');
      await page.getByLabel('Target: North').fill('1,000.00');
      await page.getByLabel('Target: Everybody').fill('1,500');
      await page.getByLabel('Stretch levels: Everybody').fill('2,000 / 2,500');
      await press('Save targets');
      await page.getByText('Saved.', { exact: true }).waitFor();
      assert.equal(await page.getByLabel('Target: North').inputValue(), '1000.00');
      await seen('targets');

      // A team’s target over its people, by the days that each works: to the cent, and not saved before somebody says so.
      await page.getByLabel('A team’s target over its people').selectOption({ label: 'North' });
      await press('Spread');
      await page.getByText('Not saved yet.').waitFor();
      const shares = [];
      for (const name of ['Ada Ash', 'Bo Birch']) shares.push(Number(await page.getByLabel(`Target: ${name}`).inputValue()));
      assert.equal(Math.round((shares[0] + shares[1]) * 100), 100_000);
      assert.ok(shares[0] > shares[1] * 3, `Ada works five days a week: ${shares}`);
      await seen('targets-proposed');
      await press('Save targets');
      await page.getByText('Saved.', { exact: true }).waitFor();
      assert.ok((await page.getByRole('region', { name: 'What targets were and became' }).getByRole('row').count()) >= 5);

      await visit(page, `${FIRST}/pace?${YEAR}`, { js });
      await page.getByText('People’s targets come to North’s.').waitFor();
      await page.getByText('Teams’ targets are $500.00 short of everybody’s.').waitFor();
      await seen('pace');
      await visit(page, `${FIRST}/enter`, { js });
      await page.getByLabel('For', { exact: true }).selectOption({ label: 'Ada Ash' });
      await page.getByLabel('How much').fill('1,600');
      await press('Enter it');
      await page.getByText('Entered: $1,600.00 of Sales for Ada Ash, on').waitFor();
      await visit(page, `${FIRST}/pace?${YEAR}`, { js });
      const row = (name) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
      assert.match(await text(row('Ada Ash')), /\$1,600\.00.*Reached/s);
      assert.match(await text(row('Everybody')), /Reached/);
      await row('Ada Ash').getByRole('link').click();
      await heading(page, 'Entries');
      await page.getByRole('link', { name: '$1,600.00 of Sales for Ada Ash' }).waitFor();
    })));

test('a member sees how targets stand, and sets none', { js: [true, false], databases: EVERYWHERE }, ({ js }) =>
  withPage({ js, ...phone, name: 'pace-member', status: [403] }, (member) =>
    withPage({ js, name: 'pace-owner' }, async (owner) => {
      await logIn(owner, `${PACE}?metric=sales`, { js });
      await heading(owner, 'Are we on pace?');
      await owner.getByText('Teams’ targets are $500.00 short of everybody’s.').waitFor();
      assert.ok(!(await owner.locator('#main').innerHTML()).includes('Leilani'), 'who wants to be on no board has no line');
      if (js) await look(owner, 'scoreboard-pace-demo');

      await visit(member, `/login?next=${encodeURIComponent(`${PACE}?metric=sales`)}`, { js });
      await member.getByLabel('Email').fill(MEMBER);
      await member.getByLabel('Password', { exact: true }).fill(DEMO.password);
      await member.getByRole('button', { name: 'Log in', exact: true }).click();
      await member.waitForURL(`${site.origin}${PACE}?metric=sales`);
      if (js) await hydrated(member);
      await heading(member, 'Are we on pace?');
      await fitsWidth(member);
      assert.equal(await member.getByRole('link', { name: 'Set targets' }).count(), 0);
      assert.equal(await member.getByText(/short of everybody’s/).count(), 0, 'whether it adds up is for managers');
      assert.match(await text(member.getByRole('row').filter({ hasText: 'Sam Lee' })), /You/);
      // Of what each sees only their own, there is nothing of all together.
      await visit(member, `${PACE}?metric=complaints&period=quarter`, { js });
      await member.getByText('Each sees only their own target here.').waitFor();
      assert.equal(await member.getByRole('rowheader').count(), 0);
      await visit(member, PACE.replace('/pace', '/targets'), { js, status: 403 });
    })));
