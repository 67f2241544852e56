// The scoreboard's dashboards: one's own day and the weekly email, a team person by person, and how figures went; with scripts and without.
import { readFile } from 'node:fs/promises';

import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, fitsWidth, look, test, text, visit, withPage } from '../harness.mjs';
import { enterAs, heading, lastMonth } from '../journeys.mjs';

const BOARD = `/app/${DEMO.slug}/scoreboard`;
const MEMBER = 'reception@harbour-physio.example';
const MANAGER = 'manager@harbour-physio.example';
const both = { js: [true, false], databases: EVERYWHERE };
const phone = { width: 390, height: 844 };

test('a member reads how they stand, and turns the weekly email on and off', both, ({ js }) =>
  withPage({ js, ...phone, name: 'scoreboard-my-day' }, async (page) => {
    await enterAs(page, MEMBER, BOARD, { js });
    await page.getByRole('navigation', { name: 'Scoreboard' }).getByRole('link', { name: 'My results' }).click();
    await heading(page, 'My results');
    assert.equal(await page.getByRole('navigation', { name: 'Scoreboard' }).locator('[aria-current=page]').innerText(), 'My results');
    const figures = page.getByRole('region', { name: 'My figures' });
    await figures.getByRole('rowheader', { name: 'Sales', exact: true }).waitFor();
    assert.match(await text(figures), /\$[\d,]+\.\d\d/);
    if (js) await look(page, 'scoreboard-my-day');
    else await fitsWidth(page);
    await page.setViewportSize(phone);
    const weekly = page.getByRole('region', { name: 'Weekly email' });
    await weekly.getByRole('button', { name: 'Send it to me' }).click();
    await page.getByText('Saved. The email comes on Monday at seven.').waitFor();
    await weekly.getByRole('button', { name: 'Stop sending it' }).click();
    await page.getByText('Saved. You no longer get the weekly email.').waitFor();
    await weekly.getByRole('button', { name: 'Send it to me' }).waitFor();
  }));

test('a manager sees how a figure went, with its table and its file, and how amounts are spread', both, ({ js }) =>
  withPage({ js, name: 'scoreboard-trends' }, async (page) => {
    await enterAs(page, MANAGER, `${BOARD}/trends?metric=sales`, { js });
    await heading(page, 'Trends');
    const trend = page.locator("[data-trend='sales']");
    await trend.getByRole('img', { name: 'Sales, Everybody' }).first().waitFor();
    const table = trend.locator('tbody tr');
    assert.equal(await table.count(), 12, 'a line for each week');
    if (js) await look(page, 'scoreboard-trends');
    await page.getByLabel('When').selectOption({ label: 'This and last financial year' });
    await page.getByLabel('Whose').selectOption({ label: 'Harbour' });
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/range=years/);
    await heading(page, 'Trends');
    assert.match(await text(trend.locator('h2')), /^Sales, Harbour$/);
    assert.match(await text(table.first()), /^July \d{4}/);
    assert.equal(await trend.locator('.chart .chart-mark').first().count(), 1, 'the year before is beside it');
    if (js) await look(page, 'scoreboard-trends-years');
    else await fitsWidth(page);

    const [download] = await Promise.all([page.waitForEvent('download'), trend.getByRole('link', { name: /^Download as CSV/ }).click()]);
    const file = await readFile(await download.path(), 'utf8');
    assert.match(file, /^From,To,Sales,/);
    assert.equal(file.trim().split('\n').length, 13);

    await visit(page, `${BOARD}/trends?metric=sales&range=months`, { js });
    const spread = page.locator("[data-spread='entries']");
    await spread.getByRole('img').first().waitFor();
    assert.match(await text(spread.locator("[data-tile='median']")), /^The middle one \$[\d,]+\.\d\d$/);
    await page.setViewportSize(phone);
    await fitsWidth(page);
  }));

test('a manager sees a team person by person, and who has gone quiet', both, ({ js }) =>
  withPage({ js, ...phone, name: 'scoreboard-team' }, async (page) => {
    await enterAs(page, MANAGER, `${BOARD}/trends?metric=sales`, { js });
    await page.getByLabel('Whose').selectOption({ label: 'Harbour' });
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('link', { name: 'Harbour, person by person' }).click();
    await heading(page, 'Harbour');
    await page.getByRole('heading', { name: 'Who has gone quiet' }).waitFor();
    const people = page.locator("[data-board='sales'] tbody tr");
    assert.ok((await people.count()) >= 2);
    if (js) await look(page, 'scoreboard-team');
    else await fitsWidth(page);
    await page.getByLabel('When').selectOption({ label: 'This financial year' });
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/period=financial_year/);
    await heading(page, 'Harbour');
    // A month that is over, for on its first day nobody has sold anything yet.
    await visit(page, `${new URL(page.url()).pathname}?metric=sales&period=${lastMonth().key}`, { js });
    assert.match(await text(people.first()), /%$/);
  }));
