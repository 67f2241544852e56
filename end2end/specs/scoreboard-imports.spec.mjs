// Results in numbers: a file is read first and taken over only then, once; many are typed at once; and a count takes one tap. With scripts and without.
import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, axe, fitsWidth, hydrated, look, test, text, visit, withPage } from '../harness.mjs';
import { enterAs, heading, logIn } from '../journeys.mjs';

const BOARD = `/app/${DEMO.slug}/scoreboard`;
const MANAGER = 'manager@harbour-physio.example';
const MEMBER = 'reception@harbour-physio.example';
const both = { js: [true, false], databases: EVERYWHERE };
const phone = { width: 390, height: 844 };

test('a file of results is read first, put right, taken over once, and taken back', both, ({ js }) =>
  withPage({ js, name: `scoreboard-import-${js}`, status: [422] }, async (page) => {
    const press = (name) => page.getByRole('button', { name, exact: true }).click();
    const seen = async (name) => {
      if (js) await look(page, `scoreboard-import-${name}`);
      else await axe(page);
    };
    // Of this run alone, so that the other's rows aren't there already.
    const mark = `${js ? 'S' : 'N'}${Date.now()}`;
    const [today, earlier] = [0, 1].map(day);
    const file = (rows) => ({ name: 'results.csv', mimeType: 'text/csv', buffer: Buffer.from(`Sold on,Rep,Value,Ref\n${rows.join('\n')}\n`) });
    const good = [`${today},Priya Raman,"$1,234.50",${mark}-1`, `${earlier},Tom W,(50.00),${mark}-2`];

    await logIn(page, `${BOARD}/entries`, { js });
    await heading(page, 'Entries');
    await page.getByRole('link', { name: 'Bring a file' }).click();
    await heading(page, 'Bring a file of results');
    await seen('to-send');
    await press('Check the file');
    await page.getByRole('alert').filter({ hasText: 'Choose a file.' }).waitFor();

    await page.getByLabel('The file').setInputFiles(file([...good, `${today},Priya Ramn,5,${mark}-3`, `${today},Tom W,1.005,${mark}-4`]));
    await press('Check the file');
    await page.waitForURL(/\/import\/[0-9a-f-]{36}$/);
    if (js) await hydrated(page);
    const address = new URL(page.url()).pathname;
    if (await page.getByRole('heading', { name: 'Which column is what?' }).count()) {
      await seen('columns');
      await page.getByLabel('Date', { exact: true }).selectOption({ label: 'Sold on' });
      await page.getByLabel('Person', { exact: true }).selectOption({ label: 'Rep' });
      await page.getByLabel('Amount', { exact: true }).selectOption({ label: 'Value' });
      await page.getByLabel('Number or id', { exact: true }).selectOption({ label: 'Ref' });
      await press('Read the file so');
      await page.locator('.field-error').first().waitFor();
      await page.getByLabel('The whole file counts').selectOption({ label: 'Sales' });
      await press('Read the file so');
      await page.getByText('It is remembered for files whose columns are called the same.').waitFor();
    }
    await page.getByText('2 rows would be added.').waitFor();
    await page.getByText('2 rows can’t be taken over: see below.').waitFor();
    assert.match(await text(page.locator('.table')), /Is it Priya Raman\?/);
    assert.match(await text(page.locator('.table')), /without part of a cent/);
    await seen('tried');
    await page.setViewportSize(phone);
    await fitsWidth(page);
    await page.setViewportSize({ width: 1280, height: 900 });

    // Whoever is meant is said here; what can't be mended here stays out.
    await page.getByRole('combobox', { name: '“Priya Ramn”' }).fill('Priya Raman');
    await press('Save who is meant');
    await page.getByText('Saved. The rows are read anew.').waitFor();
    await page.getByText('3 rows would be added.').waitFor();
    await press('Take 3 rows over');
    await page.locator('.field-error', { hasText: 'Something is wrong with some rows.' }).waitFor();
    await page.getByLabel('Take the good rows over, and leave the others out').check();
    await press('Take 3 rows over');
    await page.getByText('Taken over.', { exact: true }).waitFor();
    await page.getByText('3 rows came in, 1 was left out.').first().waitFor();

    // Sent again, there is nothing new in it; its columns are known by now.
    await visit(page, `${BOARD}/import`, { js });
    await page.getByLabel('The file').setInputFiles(file(good));
    await press('Check the file');
    await page.getByText('There is nothing new in this file that can be taken over.').waitFor();
    await page.getByText('There already, and left as they are: 2 rows.').waitFor();
    await press('Leave this file');
    await page.getByText('The file is gone, and nothing of it came in.').waitFor();
    await seen('earlier');

    await visit(page, address, { js });
    await page.locator('summary', { hasText: 'Take all of it back' }).click();
    await page.getByLabel('Why', { exact: true }).fill('The wrong month');
    await press('Yes, take all of it back');
    await page.getByText('Taken back. It counts no longer.').waitFor();
    await page.getByText('Taken back as a whole.').waitFor();
    await seen('taken-back');
  }));

test('many results are typed at once: nothing comes in while one is wrong, and what was typed stays', both, ({ js }) =>
  withPage({ js, name: `scoreboard-grid-${js}`, status: [422] }, async (page) => {
    await enterAs(page, MANAGER, `${BOARD}/grid?metric=calls&span=week`, { js });
    await heading(page, 'Enter many results');
    if (js) await look(page, 'scoreboard-grid');
    const cells = page.locator('.grid-entry input');
    const [first, second] = [cells.nth(0), cells.nth(1)];
    await first.focus();
    await first.fill('3');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), await second.getAttribute('aria-label'), 'to the right, then down');
    await second.fill('lots');
    await page.getByRole('button', { name: 'Enter all of it' }).click();
    await page.locator('.grid-entry .field-error').waitFor();
    assert.equal(await page.locator('.grid-entry .field-error').count(), 1);
    assert.deepEqual([await first.inputValue(), await second.inputValue()], ['3', 'lots']);
    if (js) await look(page, 'scoreboard-grid-refused');
    await page.setViewportSize(phone);
    await fitsWidth(page);
    await second.fill('');
    await page.getByRole('button', { name: 'Enter all of it' }).click();
    await page.getByText('1 result entered.').waitFor();
    assert.equal(await first.inputValue(), '', 'the cells are empty again');
    assert.match(await text(page.locator('.grid-entry td').first()), /calls there/);
  }));

test('a count takes one tap on a phone, and the page begins with what was entered last', { js: [true, false] }, ({ js }) =>
  withPage({ js, ...phone, name: `scoreboard-at-once-${js}` }, async (page) => {
    await enterAs(page, MEMBER, `${BOARD}/enter?metric=calls`, { js });
    await heading(page, 'Enter a result');
    await page.getByRole('button', { name: /^\+2/ }).click();
    await page.getByText('Entered: 2 calls for Sam Lee, on').waitFor();
    await fitsWidth(page);
    if (js) await look(page, 'scoreboard-at-once');
    await visit(page, `${BOARD}/enter`, { js });
    assert.equal(await text(page.locator('.chip[aria-current]')), 'Calls');
  }));

/** A day so many days ago, as people here write it. */
function day(ago) {
  return new Intl.DateTimeFormat('en-AU', { timeZone: DEMO.zone, dateStyle: 'short' }).format(new Date(Date.now() - ago * 86_400_000));
}
