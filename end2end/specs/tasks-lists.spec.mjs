// Spaces, lists and what they are made of: an owner begins with one press, sets a list up, and nothing is lost by it; a member sees what is for them.
// With scripts and without.
import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, fitsWidth, look, test, text, visit, withPage } from '../harness.mjs';
import { enterAs, heading, logIn } from '../journeys.mjs';
import { enterFirst, withFirstServer } from '../lib/first.mjs';

const FIRST = '/app/quokka-physio/tasks';
const LISTS = `/app/${DEMO.slug}/tasks/lists`;
const MEMBER = 'reception@harbour-physio.example';
const phone = { width: 390, height: 844 };

test('an owner begins with a list, sets it up, and archives it', { js: [true, false] }, ({ js }) =>
  withFirstServer(`tasks-lists-${js}`, (server) =>
    withPage({ base: server.url, js, ...phone, name: 'tasks-lists', status: [401, 409, 422] }, async (page) => {
      const seen = async (name) => {
        if (js) await look(page, `tasks-${name}`);
        else await fitsWidth(page);
        await page.setViewportSize(phone);
      };
      const press = (name) => page.getByRole('button', { name, exact: true }).click();
      const line = (kind, name) => page.locator(`[data-${kind}='${name}']`);
      await enterFirst(page, js);
      await visit(page, `${FIRST}/lists`, { js });
      await page.getByText('No lists yet').waitFor();
      await seen('lists-empty');
      await press('Use this: Jobs for clients');
      await page.waitForURL(/\/tasks\/lists\/[0-9a-f-]{36}/);
      const list = new URL(page.url()).pathname;

      await visit(page, `${list}/settings`, { js });
      await heading(page, 'Jobs');
      await seen('list-settings');
      await page.getByLabel('Name', { exact: true }).first().fill(' ');
      await press('Save');
      await page.locator('#field-name-error').waitFor();
      await page.getByLabel('Name', { exact: true }).first().fill('Client jobs');
      await page.getByLabel('Description').fill('From the **first call** to the invoice.');
      await press('Save');
      await page.getByText('Saved. Boards show it already.').waitFor();
      await heading(page, 'Client jobs');

      // A status of one's own, one up, with a limit.
      await page.locator('summary', { hasText: 'Add a status' }).click();
      await page.locator('#field-status_name').fill('Waiting for parts');
      await page.locator('#field-most').fill('4');
      await press('Add');
      await line('status', 'Waiting for parts').waitFor();
      const order = async () => (await page.locator('[data-status]').evaluateAll((all) => all.map((one) => one.dataset.status))).join(', ');
      assert.equal(await order(), 'New, Quoted, Booked, In progress, To invoice, Waiting for parts, Invoiced');
      await press('Move Waiting for parts up');
      await page.getByText('Moved.', { exact: true }).waitFor();
      assert.equal(await order(), 'New, Quoted, Booked, In progress, Waiting for parts, To invoice, Invoiced');
      assert.match(await text(line('status', 'Waiting for parts')), /at most 4 at once/);

      // It goes with a choice of where its tasks go; the last that is the end can't go.
      await line('status', 'Waiting for parts').getByRole('link').click();
      await page.getByText('The status Waiting for parts').waitFor();
      await seen('list-status');
      await page.locator('summary', { hasText: 'Delete status' }).click();
      await page.getByLabel('Move its tasks to').selectOption({ label: 'In progress' });
      await press('Yes, delete it');
      await page.getByText('Deleted. No task was lost.').waitFor();
      assert.equal(await line('status', 'Waiting for parts').count(), 0);
      await line('status', 'Invoiced').getByRole('link').click();
      await page.getByText('It can’t be deleted').waitFor();

      await visit(page, `${list}/settings`, { js });
      await page.locator('summary', { hasText: 'Add a section' }).click();
      await page.locator('#field-section_name').fill('This week');
      await press('Add');
      await line('section', 'This week').waitFor();
      await press('Archive');
      await page.getByText('Archived. Nothing in it is lost').waitFor();
      await page.locator('summary', { hasText: 'Archived: 1 list' }).click();
      await press('Restore Client jobs');
      await page.getByText('Restored.').waitFor();
      await page.getByRole('link', { name: 'Client jobs' }).waitFor();

      // Spaces, teams and labels.
      await visit(page, `${FIRST}/teams`, { js });
      await page.getByText('No teams yet').waitFor();
      await page.getByLabel('Name', { exact: true }).fill('Reception');
      await page.getByLabel('Olly Operator').check();
      await press('Add');
      assert.match(await text(line('team', 'Reception')), /Olly Operator/);
      await seen('teams');
      await visit(page, `${FIRST}/spaces`, { js });
      await page.getByLabel('Name', { exact: true }).fill('Front desk');
      await page.getByRole('radio', { name: /^Its team only/ }).check();
      await press('Add');
      await page.getByText('Choose the team that it is for.').first().waitFor();
      assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Front desk');
      await page.getByLabel('Team', { exact: true }).selectOption({ label: 'Reception' });
      await press('Add');
      assert.match(await text(line('space', 'Front desk')), /Only Reception and admins see it/);
      await press('Move Front desk up');
      await page.getByText('Moved.', { exact: true }).waitFor();
      await seen('spaces');
      await visit(page, `${FIRST}/labels`, { js });
      await page.getByText('No labels yet').waitFor();
      await page.getByLabel('Name', { exact: true }).fill('#Warranty');
      await page.getByRole('radio', { name: 'Jacaranda' }).check();
      await press('Add');
      await line('label', 'Warranty').waitFor();
      await page.getByLabel('Name', { exact: true }).fill('warranty');
      await press('Add');
      await page.getByText('There is a “warranty” already.').first().waitFor();
      await seen('labels');
      await line('label', 'Warranty').getByRole('link').click();
      await heading(page, 'Warranty');
      await page.locator('summary', { hasText: 'Delete label' }).click();
      await press('Yes, delete it');
      await page.getByText('Label deleted, and removed from all tasks that had it.').waitFor();
      await press('Undo');
      await page.getByText('Undone.').waitFor();
      await line('label', 'Warranty').waitFor();
      await visit(page, `${FIRST}/lists`, { js });
      await seen('lists');
    })));

test('a member sees the lists that are for them', { js: [true, false], databases: EVERYWHERE }, ({ js }) =>
  withPage({ js, ...phone, name: 'tasks-lists-member', status: [403, 404] }, (member) =>
    withPage({ js, name: 'tasks-lists-owner' }, async (owner) => {
      await logIn(owner, LISTS, { js });
      await heading(owner, 'Lists');
      await owner.getByRole('link', { name: 'Compliance and people' }).waitFor();
      assert.match(await text(owner.locator("[data-list='Equipment and repairs']")), /\d+ open tasks/);
      if (js) await look(owner, 'tasks-lists-demo');
      const hidden = await owner.getByRole('link', { name: 'Compliance and people' }).getAttribute('href');

      await enterAs(member, MEMBER, LISTS, { js });
      await heading(member, 'Lists');
      await fitsWidth(member);
      await member.getByRole('link', { name: 'Front desk today' }).waitFor();
      assert.ok(!(await member.locator('#main').innerHTML()).includes('Management'), 'what is the management’s isn’t there');
      await visit(member, `${hidden}/settings`, { js, status: 404 });
      await visit(member, `/app/${DEMO.slug}/tasks/spaces`, { js, status: 403 });
    })));
