// What comes into tasks and goes out: a board of another product is read first and imported only then, and that is undone; a file is attached; and a list is
// shown by a link to somebody who isn’t logged in. With scripts and without.
import { readFile } from 'node:fs/promises';

import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, axe, fitsWidth, hydrated, look, test, text, visit, withPage } from '../harness.mjs';
import { heading, logIn } from '../journeys.mjs';

const TASKS = `/app/${DEMO.slug}/tasks`;
const SAMPLE = new URL('../../app/src/modules/tasks/import_from/samples/trello.json', import.meta.url);
const both = { js: [true, false], databases: EVERYWHERE };
const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 900 };

test('a board of another product comes in as it was told, and a list is shown by a link', both, ({ js }) =>
  withPage({ js, name: `tasks-inout-${js}`, status: [404, 422] }, async (page) => {
    const press = (name, where = page) => where.getByRole('button', { name, exact: true }).click();
    const seen = async (name) => {
      if (js) await look(page, `tasks-inout-${name}`);
      else await axe(page);
      await page.setViewportSize(phone);
      await fitsWidth(page);
      await page.setViewportSize(desk);
    };
    // Each run has a file of its own, which nobody imported before.
    const board = JSON.parse(await readFile(SAMPLE, 'utf8'));
    board.name = `Clinic ${js ? 'with' : 'without'} ${Date.now()}`;
    const file = { name: 'board.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(board)) };

    await logIn(page, `${TASKS}/import`, { js });
    await heading(page, 'Import tasks');
    await seen('to-send');
    await press('Check the file');
    await page.getByRole('alert').filter({ hasText: 'Choose a file.' }).waitFor();
    await page.getByLabel('It comes from').selectOption('todoist');
    await page.getByLabel('The file').setInputFiles(file);
    await press('Check the file');
    await page.getByRole('alert').first().waitFor();
    await page.getByLabel('It comes from').selectOption('trello');
    await page.getByLabel('The file').setInputFiles(file);
    await press('Check the file');
    await page.waitForURL(/\/import\/[0-9a-f-]{36}$/);
    if (js) await hydrated(page);
    await heading(page, 'Import: Trello');
    const account = page.getByRole('region', { name: 'Preview' });
    const told = await text(account);
    assert.match(told, /What is left out/);
    await page.getByText('4 of 7 tasks will be imported, 3 are left out.').waitFor();
    await seen('dry-run');
    await press('Import');
    await page.getByText('Imported.', { exact: true }).waitFor();
    const came = await text(page.getByRole('region', { name: 'Result' }));
    assert.equal(came.replace('Result', '').replace('Imported', ''), told.replace('Preview', '').replace('Will be imported', ''), 'it came true');
    await seen('taken');
    const address = new URL(page.url()).pathname;

    await page.getByRole('link', { name: board.name, exact: true }).click();
    await heading(page, board.name);
    await page.getByRole('link', { name: 'Share and export' }).click();
    await heading(page, 'Share and export');
    const share = new URL(page.url()).pathname;
    await press('Create link');
    const link = await page.getByLabel('Link to the list').inputValue();
    await seen('shared');

    const guest = await page.context().browser().newContext({ javaScriptEnabled: js });
    try {
      const other = await guest.newPage();
      await other.goto(link);
      await other.getByRole('heading', { level: 1, name: board.name }).waitFor();
      // The guest’s window isn’t one of withPage, which knows where no script can look: axe would wait for ever.
      if (js) await axe(other);
      await other.setViewportSize(phone);
      await fitsWidth(other);
      assert.equal(await other.getByText('Order sharps containers').count(), 1);
      await visit(page, share, { js });
      await press('Stop sharing');
      await page.getByText('The link shows nothing any more.').waitFor();
      const ended = await other.goto(link);
      assert.equal(ended.status(), 404);
    } finally {
      await guest.close();
    }

    await visit(page, address, { js });
    await page.locator('summary', { hasText: 'Undo this import' }).click();
    await press('Yes, undo it');
    await page.getByText('Undone. The imported tasks are in the trash, for 30 days.').waitFor();
    await seen('taken-back');
  }));

test('a file is attached to a task, refused where it is none, and deleted', both, ({ js }) =>
  withPage({ js, name: `tasks-files-${js}`, ...phone }, async (page) => {
    const press = (name) => page.getByRole('button', { name, exact: true }).click();
    await logIn(page, `${TASKS}/t/T-1`, { js });
    const files = page.getByRole('region', { name: 'Files' });
    // Where nothing is attached yet, the form is folded.
    const fold = files.locator('summary', { hasText: 'Add a file' });
    if (await fold.count()) await fold.click();
    await page.getByLabel('Attach a file').setInputFiles({ name: 'run.exe', mimeType: 'application/pdf', buffer: Buffer.from([0x4d, 0x5a, 0, 0]) });
    await press('Attach');
    await files.getByRole('alert').filter({ hasText: 'This kind of file isn’t accepted.' }).waitFor();
    const name = `price-list-${js}.pdf`;
    await page.getByLabel('Attach a file').setInputFiles({ name, mimeType: 'text/html', buffer: Buffer.from('%PDF-1.7 words') });
    await press('Attach');
    await files.getByRole('link', { name }).waitFor();
    if (js) await look(page, 'tasks-files');
    else await axe(page);
    await page.setViewportSize(phone);
    await fitsWidth(page);
    const line = files.locator('li', { hasText: name });
    await line.locator('summary', { hasText: 'Delete file' }).click();
    await line.getByRole('button', { name: 'Yes, delete the file' }).click();
    await page.getByText('File deleted.').waitFor();
    assert.equal(await page.getByRole('link', { name }).count(), 0);
  }));
