// How places changed, who improved most, and periods that are closed; with scripts and without.
import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, fitsWidth, look, site, test, text, visit, withPage } from '../harness.mjs';
import { enterAs, heading, lastMonth } from '../journeys.mjs';
import { enterFirst, withFirstServer } from '../lib/first.mjs';

const BOARD = `/app/${DEMO.slug}/scoreboard`;
const FIRST = '/app/quokka-physio/scoreboard';
const MANAGER = 'manager@harbour-physio.example';
const MEMBER = 'reception@harbour-physio.example';
const phone = { width: 390, height: 844 };

test('a month is closed, what comes late shows, and an owner opens it again', { js: [true, false] }, ({ js }) =>
  withFirstServer(`scoreboard-closing-${js}`, (server) =>
    withPage({ base: server.url, js, ...phone, name: 'scoreboard-closing', status: [401, 409, 422] }, async (page) => {
      const seen = async (name) => {
        if (js) await look(page, `scoreboard-${name}`);
        else await fitsWidth(page);
        await page.setViewportSize(phone);
      };
      const press = (name) => page.getByRole('button', { name, exact: true }).click();
      await enterFirst(page, js);
      await visit(page, `${FIRST}/metrics`, { js });
      await page.getByLabel('Name', { exact: true }).fill('Sales');
      await page.getByRole('radio', { name: /^Money/ }).check();
      await press('Add');
      await heading(page, 'Sales');
      await visit(page, `${FIRST}/people`, { js });
      await page.getByLabel('Name', { exact: true }).fill('Bea Fields');
      await press('Add');
      await heading(page, 'Bea Fields');

      const before = lastMonth();
      const enter = async (amount, note) => {
        await visit(page, `${FIRST}/enter?metric=sales`, { js });
        await page.getByLabel('How much').fill(amount);
        await page.locator('summary', { hasText: 'Another day, or a note' }).click();
        await page.locator('#field-day').fill(before.day);
        if (note) await page.getByLabel('Note').fill(note);
        await press('Enter it');
      };
      await enter('200');
      await page.getByText('Entered: $200.00 of Sales for Bea Fields, on').waitFor();

      await visit(page, FIRST, { js });
      await page.getByRole('link', { name: 'Close a period' }).click();
      await heading(page, 'Closed periods');
      await page.getByText('Nothing is closed yet').waitFor();
      await seen('nothing-closed');
      await page.getByLabel('Period', { exact: true }).selectOption({ label: before.label });
      await page.getByLabel('Note').fill('Commissions are paid from these');
      await press('Close it');
      await heading(page, before.label);
      await page.getByText('Closed. Each figure is kept as it is now.').waitFor();
      await page.getByText('Every figure is as it was when it was closed.').waitFor();

      // A manager says why it comes late.
      await enter('50');
      await page.locator('.field-error', { hasText: `${before.label} is closed. Say in the note why this comes late.` }).waitFor();
      assert.equal(await page.getByLabel('How much').inputValue(), '50');
      await page.getByLabel('Note').fill('The client paid late');
      await press('Enter it');
      await page.getByText('Entered: $50.00 of Sales for Bea Fields, on').waitFor();

      await visit(page, `${FIRST}/closing`, { js });
      const line = page.locator(`[data-closing='${before.label}']`);
      assert.match(await text(line), /1 late change/);
      await line.getByRole('link').click();
      await heading(page, before.label);
      const changed = page.getByRole('region', { name: 'What is different now' });
      assert.match(await text(changed.first()), /\$200\.00.*\$250\.00.*\+\$50\.00/);
      await page.locator("[data-late='entered']", { hasText: '$50.00 of Sales for Bea Fields' }).waitFor();
      await seen('closed-month');
      await visit(page, `${FIRST}?metric=sales&period=${before.key}`, { js });
      assert.match(await text(page.locator('.board-closed')), /^Closed on .* by Olly Operator; 1 late change since$/);
      await seen('closed-board');

      await page.locator('.board-closed').getByRole('link').click();
      await heading(page, before.label);
      await page.locator('summary', { hasText: 'Open it again' }).click();
      await page.getByLabel('Why').fill('One invoice was missing');
      await press('Yes, open it again');
      await page.getByText('Open again. Everybody can enter in it.').waitFor();
      await page.getByText('“One invoice was missing”').waitFor();
      await enter('10');
      await page.getByText('Entered: $10.00 of Sales for Bea Fields, on').waitFor();
    })));

test('a manager sees who improved most, the bests of somebody, and a board as a file', { js: [true, false], databases: EVERYWHERE }, ({ js }) =>
  withPage({ js, name: 'scoreboard-standing' }, async (page) => {
    await enterAs(page, MANAGER, BOARD, { js });
    await heading(page, 'Scoreboard');
    for (const arrow of await page.locator('.board .moved').all()) {
      assert.match(await arrow.getAttribute('aria-label'), /^(up|down) \d+ places? since|^new since/);
      assert.match(await text(arrow), /^(▲ \d+|▼ \d+|new)$/);
    }
    if (js) await look(page, 'scoreboard-board');
    await page.getByRole('link', { name: 'Who improved most' }).click();
    await page.getByRole('region', { name: 'Most improved' }).waitFor();
    if (js) await look(page, 'scoreboard-improved');

    const href = await page.getByRole('link', { name: 'Get it as a file (CSV)' }).getAttribute('href');
    const file = await page.request.get(site.origin + href);
    assert.equal(file.status(), 200);
    assert.match(await file.text(), /^Rank,Name,Sales,Movement\n1=?,/);

    await visit(page, `${BOARD}?list=results`, { js });
    await page.getByLabel('List', { exact: true }).waitFor();
    await page.locator('.board-line').first().getByRole('link').first().click();
    await heading(page, 'Entries');
    await page.getByRole('link', { name: 'Streaks and bests' }).click();
    await page.getByText('Streaks and personal bests.').waitFor();
    await page.getByText('A streak counts the days in a row with a result.').waitFor();
    if (js) await look(page, 'scoreboard-bests');

    await visit(page, `${BOARD}/closing`, { js });
    await page.locator('[data-closing]').first().getByRole('link').click();
    await page.locator("[data-late='voided']").waitFor();
    await fitsWidth(page);
  }));

test('a member closes nothing', { js: [false], databases: EVERYWHERE }, ({ js }) =>
  withPage({ js, name: 'scoreboard-closing-member', status: [403] }, async (page) => {
    await enterAs(page, MEMBER, BOARD, { js });
    await heading(page, 'Scoreboard');
    assert.equal(await page.getByRole('link', { name: 'Close a period' }).count(), 0);
    await visit(page, `${BOARD}/closing`, { js, status: 403 });
  }));
