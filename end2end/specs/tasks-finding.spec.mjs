// Finding tasks: the search with its help, a filter that is kept, reports and the workload; with scripts and without.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, fitsWidth, look, test, text, visit, withPage } from '../harness.mjs';
import { enterAs, heading } from '../journeys.mjs';

const TASKS = `/app/${DEMO.slug}/tasks`;
const MEMBER = 'reception@harbour-physio.example';
const MANAGER = 'manager@harbour-physio.example';
const both = { js: [true, false], databases: EVERYWHERE };
const phone = { width: 390, height: 844 };

/** Types into the search, and sends it. */
async function search(page, typed) {
  await page.getByRole('searchbox', { name: 'Look for' }).fill(typed);
  await page.getByRole('search').getByRole('button', { name: 'Search' }).click();
  await page.waitForURL(/[?&]q=/);
  await heading(page, 'Search');
}

test('a task is found by a word, completed where it stands, and that is undone', both, ({ js }) =>
  withPage({ js, ...phone, name: 'tasks-search' }, async (page) => {
    await enterAs(page, MEMBER, `${TASKS}/search`, { js });
    await heading(page, 'Search');
    await page.getByText('What are you looking for?').waitFor();
    await search(page, 'treadmill');
    const line = page.locator('.found-line', { hasText: 'Treadmill stops after ten minutes' });
    assert.equal(await text(line.locator('mark').first()), 'Treadmill');
    if (js) await look(page, 'tasks-search');
    else await fitsWidth(page);
    await page.setViewportSize(phone);
    const [name, after] = (await line.getByRole('button', { name: /^Complete:/ }).count())
      ? [/^Complete:/, 'Completed.']
      : [/^Reopen:/, 'Reopened.'];
    await line.getByRole('button', { name }).click();
    await page.getByText(after).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Undone.').waitFor();
    await line.getByRole('button', { name }).waitFor();

    await search(page, 'due:sometime');
    await page.locator('#search-q-error').waitFor();
    assert.match(await text(page.locator('#search-q-error')), /‘sometime’ is not a date\. .* It is about “sometime”\./);
    await search(page, 'zebra xylophone');
    await page.getByText('Nothing found').waitFor();
    await page.getByText('Search tips').click();
    await page.getByRole('link', { name: 'is:overdue', exact: true }).first().click();
    await page.waitForURL(/q=is/);
    await heading(page, 'Search');
    assert.match(await text(page.getByRole('status').first()), /\d+ tasks?/);
    await fitsWidth(page);
  }));

test('a filter is saved from a search, shown in groups, changed, and deleted', both, ({ js }) =>
  withPage({ js, name: 'tasks-filter', status: [422] }, async (page) => {
    const name = `Repairs ${randomUUID().slice(0, 8)}`;
    await enterAs(page, MANAGER, `${TASKS}/search`, { js });
    await visit(page, `${TASKS}/search?q=-status%3Adone%20list%3A%22Equipment%20and%20repairs%22`, { js });
    await heading(page, 'Search');
    await page.getByRole('link', { name: 'Save as a filter' }).click();
    await heading(page, 'Filters');
    if (js) await look(page, 'tasks-filters');
    const form = page.getByRole('region', { name: 'Save a filter' });
    assert.equal(await form.getByLabel('Conditions').inputValue(), '-status:done list:"Equipment and repairs"');
    await form.getByRole('button', { name: 'Save filter' }).click();
    await form.getByText('Enter a name.').first().waitFor();
    await form.getByLabel('Name').fill(name);
    await form.getByRole('button', { name: 'Save filter' }).click();
    await heading(page, name);
    await page.getByText('Filter saved.').waitFor();
    await page.locator("[data-group='Equipment and repairs'] .found-line").first().waitFor();
    if (js) await look(page, 'tasks-filter');
    await page.getByLabel('Grouped by').selectOption({ label: 'Due date' });
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/by=due/);
    await heading(page, name);
    await page.locator('.found-group').first().waitFor();
    assert.equal(await page.locator("[data-group='Equipment and repairs']").count(), 0);

    await page.getByText('Change this filter').click();
    await page.getByLabel('Conditions').fill('stauts:open');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.field-error').first().waitFor();
    await page.getByLabel('Conditions').fill('is:overdue');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.setViewportSize(phone);
    await fitsWidth(page);
    await page.locator('summary', { hasText: 'Delete filter' }).click();
    await page.getByRole('button', { name: 'Yes, delete it' }).click();
    await heading(page, 'Filters');
    await page.getByText('Filter deleted.').waitFor();
    assert.equal(await page.getByRole('link', { name }).count(), 0);
    await page.getByRole('link', { name: 'How filters are written' }).click();
    await heading(page, 'How filters are written');
    await fitsWidth(page);
  }));

test('a manager reads the reports with their tables and files, and who has how much to do', both, ({ js }) =>
  withPage({ js, name: 'tasks-reports', status: [422] }, async (page) => {
    await enterAs(page, MANAGER, `${TASKS}/reports`, { js });
    await heading(page, 'Reports');
    const weeks = page.locator("[data-report='weeks']");
    await weeks.getByRole('img', { name: 'Added and completed, by week' }).first().waitFor();
    assert.ok((await weeks.locator('tbody tr').count()) >= 12, 'a line for each week');
    if (js) await look(page, 'tasks-reports');
    await page.setViewportSize(phone);
    await fitsWidth(page);
    assert.ok(!(await page.getByLabel('From', { exact: true }).isVisible()), 'days of one’s own are asked for where they are chosen');
    await page.getByLabel('Period').selectOption({ label: 'From … to …' });
    assert.ok(await page.getByLabel('From', { exact: true }).isVisible());
    await page.locator('summary', { hasText: 'Filter' }).click();
    await page.getByLabel('Space', { exact: true }).waitFor();
    await page.getByLabel('Period').selectOption({ label: 'The last 4 weeks' });
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/period=4w/);
    await heading(page, 'Reports');
    assert.equal(await weeks.locator('tbody tr').count(), 4);
    const [download] = await Promise.all([page.waitForEvent('download'), weeks.getByRole('link', { name: /^Download as CSV/ }).click()]);
    const file = await readFile(await download.path(), 'utf8');
    assert.match(file, /^Monday,Added,Completed\n/);
    assert.equal(file.trim().split('\n').length, 5);

    await page.getByRole('link', { name: 'Workload' }).click();
    await heading(page, 'Workload');
    const people = page.locator('.workload tbody tr');
    assert.ok((await people.count()) >= 3);
    if (js) await look(page, 'tasks-workload');
    await page.setViewportSize(phone);
    await fitsWidth(page);
    await page.getByText('Weekly capacity').click();
    await page.getByLabel('Hours a week').fill('a lot');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.field-error').first().waitFor();
    await page.getByLabel('Who', { exact: true }).selectOption({ index: 1 });
    await page.getByLabel('Hours a week').fill('22.5');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    assert.match(await text(people.first()), /22\.5 h a week/);
  }));

test('a member sees figures of nobody else', { databases: EVERYWHERE }, () =>
  withPage({ ...phone, name: 'tasks-workload-member' }, async (page) => {
    await enterAs(page, MEMBER, `${TASKS}/workload`, {});
    await heading(page, 'Workload');
    assert.equal(await page.locator('.workload tbody tr').count(), 2);
    await page.getByText('You see your own tasks, and unassigned ones.').waitFor();
    await fitsWidth(page);
  }));
