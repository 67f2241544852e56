// One task’s page, with scripts and without: two people change it, both changes stay, and who was second is told; what is said reaches who is mentioned.
import { DEMO } from '../constants.mjs';
import { assert, fitsWidth, look, test, text, visit, withPage } from '../harness.mjs';
import { enterAs, heading } from '../journeys.mjs';
import { enterFirst, withFirstServer } from '../lib/first.mjs';

const FIRST = '/app/quokka-physio/tasks';
const DEMO_TASKS = `/app/${DEMO.slug}/tasks`;
const MANAGER = 'manager@harbour-physio.example';
const MEMBER = 'reception@harbour-physio.example';
const details = (page) => page.getByRole('region', { name: 'Details', exact: true });
const phone = { width: 390, height: 844 };

test('a task is changed from two windows: both changes stay, and the same field is told', { js: [true, false] }, ({ js }) =>
  withFirstServer(`tasks-task-${js}`, (server) =>
    withPage({ base: server.url, js, ...phone, name: 'tasks-task', status: [409, 422] }, async (page) => {
      const seen = async (name) => {
        if (js) await look(page, `tasks-${name}`);
        else await fitsWidth(page);
        await page.setViewportSize(phone);
      };
      const press = (where, name) => where.getByRole('button', { name, exact: true }).first().click();
      await enterFirst(page, js);
      await visit(page, `${FIRST}/lists`, { js });
      await page.getByRole('button', { name: 'Use this: Simple to-do list' }).click();
      await page.locator('h1').waitFor();
      await visit(page, FIRST, { js });
      await heading(page, 'My tasks');
      await seen('mine-empty');
      await page.getByLabel('What is to be done').fill('Call the supplier !high');
      if (js) {
        await page.getByRole('status').getByText('Priority High').waitFor();
        await seen('mine-understood');
      }
      await press(page, 'Add');
      await page.getByText('Added.').waitFor();
      await page.getByRole('link', { name: 'Call the supplier' }).first().click();
      await heading(page, 'Call the supplier');
      await seen('task');

      // A second window that was opened before the first one saves.
      const other = await page.context().newPage();
      await other.goto(page.url());
      await page.getByLabel('Due', { exact: true }).fill('2030-05-06');
      await press(details(page), 'Save');
      await page.getByText('Saved.').waitFor();
      await other.getByLabel('Estimate').fill('45 min');
      await press(details(other), 'Save');
      await other.getByText('Saved.').waitFor();
      assert.equal(await other.getByLabel('Due', { exact: true }).inputValue(), '2030-05-06', 'the other change stays');
      assert.equal(await other.getByLabel('Estimate').inputValue(), '45 min');

      // The first window knows nothing of that, and changes the same field.
      await page.getByLabel('Estimate').fill('2 h');
      await press(details(page), 'Save');
      await page.locator('.field-error', { hasText: 'Now: 45 min' }).waitFor();
      assert.equal(await page.getByLabel('Estimate').inputValue(), '2 h', 'what was typed is kept');
      await seen('task-conflict');
      await press(page, 'Keep mine');
      await page.getByText('Saved.').waitFor();
      assert.equal(await page.getByLabel('Estimate').inputValue(), '2 h');

      await page.getByLabel('Your comment', { exact: true }).last().fill('**Closed** until Monday. @Nobody');
      await press(page, 'Comment');
      await page.getByText('Nobody was notified for Nobody').waitFor();
      await page.locator('.task-said strong', { hasText: 'Closed' }).waitFor();
      assert.match(await text(page.locator('.task-talk')), /changed the estimate from 45 min to 2 h/);
      await page.locator('.task-said summary', { hasText: 'Delete' }).click();
      await press(page, 'Yes, delete it');
      await page.getByText('Comment deleted.').waitFor();
      assert.equal(await page.locator('.task-said').count(), 0);
      await press(page, 'Undo');
      await page.getByText('Undone.').waitFor();
      await page.locator('.task-said strong', { hasText: 'Closed' }).waitFor();
      await page.getByLabel('New subtask').fill('Ask for the price');
      await press(page, 'Add subtask');
      await page.getByText('0 of 1 done').waitFor();
      await press(page, 'Complete');
      await page.getByText('Completed.').waitFor();
      await press(page, 'Undo');
      await page.getByText('Undone.').waitFor();

      await page.locator('summary', { hasText: 'Move to trash' }).click();
      await press(page, 'Yes, move it');
      await visit(page, `${FIRST}/trash`, { js });
      await page.getByText('Call the supplier').waitFor();
      await seen('trash');
      await page.getByRole('button', { name: /^Restore/ }).click();
      await heading(page, 'Call the supplier');
      await other.close();
    })));

test('who is mentioned finds it in the inbox, with what was said', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'tasks-mention' }, async (page) => {
    await enterAs(page, MANAGER, DEMO_TASKS, { js });
    const words = `Paper is short, ${js ? 'with' : 'without'} scripts`;
    await visit(page, `${DEMO_TASKS}/t/T-1`, { js });
    await page.getByLabel('Your comment', { exact: true }).last().fill(`@Sam ${words}`);
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await page.getByText('Comment added.').waitFor();
    await withPage({ js, ...phone, name: 'tasks-mentioned' }, async (other) => {
      await enterAs(other, MEMBER, `${DEMO_TASKS}/inbox`, { js });
      const line = other.locator("[data-notice='mentioned']", { hasText: words });
      await line.waitFor();
      assert.match(await text(line), /Robin Costa mentioned you/);
      if (js) await look(other, 'tasks-inbox');
      else await fitsWidth(other);
      await line.getByRole('link').click();
      await other.getByRole('region', { name: 'Comments and activity' }).getByText(words).first().waitFor();
      await visit(other, `${DEMO_TASKS}/inbox`, { js });
      assert.equal(await other.locator("[data-notice='mentioned']", { hasText: words }).count(), 0, 'they have looked');
    });
  }));

test('what is told, handing over and one’s own tasks fit a phone', { js: [true, false] }, ({ js }) =>
  withPage({ js, ...phone, name: 'tasks-pages' }, async (page) => {
    await enterAs(page, MANAGER, DEMO_TASKS, { js });
    for (const [path, title] of [['', 'My tasks'], ['/inbox?all=1', 'Inbox'], ['/inbox/settings', 'Notifications'], ['/handover', 'Hand over'], ['/trash', 'Trash']]) {
      await visit(page, `${DEMO_TASKS}${path}`, { js });
      await heading(page, title);
      if (js) await look(page, `tasks-${title.toLowerCase().replaceAll(' ', '-')}`);
      else await fitsWidth(page);
      await page.setViewportSize(phone);
    }
  }));
