// Tasks in time: a checklist, a task that repeats, what waits for what, fields of a list, and the list by its days. With scripts and without.
import { randomUUID } from 'node:crypto';

import { DEMO } from '../constants.mjs';
import { assert, fitsWidth, look, test, text, visit, withPage } from '../harness.mjs';
import { enterAs, heading } from '../journeys.mjs';
import { enterFirst, withFirstServer } from '../lib/first.mjs';

const FIRST = '/app/quokka-physio/tasks';
const MEMBER = 'reception@harbour-physio.example';
const phone = { width: 390, height: 844 };

/** Adds a task by the API, as a page of ours would, and gives what people call it by. */
async function addTask(page, body) {
  const context = page.context();
  const { origin } = new URL(page.url());
  const token = (await context.cookies(origin)).find(({ name }) => /devalo[-_]csrf$/.test(name))?.value ?? '';
  const answer = await context.request.post(`${origin}/api/v1/orgs/quokka-physio/tasks/tasks`, {
    headers: { 'x-csrf-token': decodeURIComponent(token), 'idempotency-key': randomUUID(), 'sec-fetch-site': 'same-origin', origin },
    data: body,
  });
  assert.ok(answer.ok(), `adding a task: ${answer.status()} ${await answer.text()}`);
  return `T-${(await answer.json()).card.n}`;
}

test('a task has a checklist, repeats, waits for another and says more', { js: [true, false] }, ({ js }) =>
  withFirstServer(`tasks-time-${js}`, (server) =>
    withPage({ base: server.url, js, ...phone, name: 'tasks-time', status: [401, 409, 422] }, async (page) => {
      const seen = async (name) => {
        if (js) await look(page, `tasks-${name}`);
        else await fitsWidth(page);
        await page.setViewportSize(phone);
      };
      const part = (name) => page.locator(`section[aria-labelledby='${name}']`);
      const press = (within, name) => within.getByRole('button', { name, exact: true }).click();
      await enterFirst(page, js);
      await visit(page, `${FIRST}/lists`, { js });
      await page.getByRole('button', { name: 'Use this: Jobs for clients' }).click();
      await page.waitForURL(/\/tasks\/lists\/[0-9a-f-]{36}/);
      const list = new URL(page.url()).pathname;
      const id = list.split('/').at(-1);
      const rent = await addTask(page, { list: id, title: 'Pay the rent', due_day: '2031-01-31', due_time: '09:00' });
      const lease = await addTask(page, { list: id, title: 'Sign the lease', start_day: '2031-01-20', due_day: '2031-01-28' });

      // A checklist, pasted at once.
      await visit(page, `${FIRST}/t/${rent}`, { js });
      const checks = part('checks');
      await checks.locator('summary', { hasText: 'Add items' }).click();
      await press(checks, 'Add to the checklist');
      await page.locator('#field-check_lines-error').waitFor();
      await page.locator('#field-check_lines').fill('- Look at the invoice\n- Ask about the parking space');
      await press(checks, 'Add to the checklist');
      await checks.getByRole('checkbox', { name: 'Look at the invoice' }).click();
      await checks.getByText('1 of 2 done').waitFor();
      assert.equal(await checks.getByRole('checkbox', { name: 'Look at the invoice' }).getAttribute('aria-checked'), 'true');
      await checks.getByRole('link', { name: 'Change “Ask about the parking space”' }).click();
      await page.locator('#field-check_words').fill('Ask about both parking spaces');
      await seen('task-check');
      await press(checks, 'Save');
      await checks.getByRole('checkbox', { name: 'Ask about both parking spaces' }).waitFor();
      await checks.getByRole('link', { name: 'Change “Ask about both parking spaces”' }).click();
      await press(checks, 'Move “Ask about both parking spaces” up');
      await checks.locator('.is-open[data-check]').waitFor();
      const order = await checks.locator('[data-check]').evaluateAll((all) => all.map((line) => line.classList.contains('is-open')));
      assert.deepEqual(order, [true, false]);

      // It repeats: on the last day of a month that is too short.
      const repeat = part('repeat');
      await visit(page, `${FIRST}/t/${rent}`, { js });
      await repeat.locator('summary', { hasText: 'Set up repeat' }).click();
      await page.locator('#field-repeat_kind').selectOption('monthly_day');
      await page.locator('#field-repeat_ends').selectOption('until');
      await press(repeat, 'Save');
      await page.locator('#field-repeat_until-error').waitFor();
      assert.equal(await page.locator('#field-repeat_kind').inputValue(), 'monthly_day', 'what was chosen is there again');
      await page.locator('#field-repeat_ends').selectOption('never');
      await press(repeat, 'Save');
      await repeat.getByText('It repeats now.').waitFor();
      assert.match(await text(repeat), /On the 31st of each month, or its last day/);
      const days = () => repeat.locator('[data-day]').evaluateAll((all) => all.map((one) => one.dataset.day).join(' '));
      assert.equal(await days(), '2031-02-28 2031-03-31 2031-04-30 2031-05-31 2031-06-30');
      await seen('task-repeats');
      await press(repeat, 'Skip this one');
      await repeat.getByText('Skipped. The task is due').waitFor();
      assert.match(await days(), /^2031-03-31 /);
      await repeat.locator('summary', { hasText: 'Stop' }).click();
      await press(repeat, 'Yes, stop it');
      await repeat.getByText('It no longer repeats.').waitFor();
      await repeat.getByText('It doesn’t repeat.').waitFor();

      // What waits for what; never in a circle.
      const links = part('links');
      await links.locator('summary', { hasText: 'Add a dependency' }).click();
      await page.locator('#field-link_other').fill('T-999');
      await press(links, 'Add dependency');
      await page.locator('#field-link_other-error').waitFor();
    }),
  ),
);

test('tasks wait for others, and a list is seen by its days', { js: [true, false] }, ({ js }) =>
  withFirstServer(`tasks-days-${js}`, (server) =>
    withPage({ base: server.url, js, ...phone, name: 'tasks-days', status: [401, 409, 422] }, async (page) => {
      const seen = async (name) => {
        if (js) await look(page, `tasks-${name}`);
        else await fitsWidth(page);
        await page.setViewportSize(phone);
      };
      const part = (name) => page.locator(`section[aria-labelledby='${name}']`);
      const press = (within, name) => within.getByRole('button', { name, exact: true }).click();
      await enterFirst(page, js);
      await visit(page, `${FIRST}/lists`, { js });
      await page.getByRole('button', { name: 'Use this: Jobs for clients' }).click();
      await page.waitForURL(/\/tasks\/lists\/[0-9a-f-]{36}/);
      const list = new URL(page.url()).pathname;
      const id = list.split('/').at(-1);
      const quote = await addTask(page, { list: id, title: 'Send the quote', start_day: '2031-03-03', due_day: '2031-03-05' });
      const order = await addTask(page, { list: id, title: 'Order the parts', due_day: '2031-03-07' });

      const links = part('links');
      await visit(page, `${FIRST}/t/${order}`, { js });
      await links.getByText('No dependencies yet.').waitFor();
      await links.locator('summary', { hasText: 'Add a dependency' }).click();
      await page.locator('#field-link_other').fill(quote);
      await press(links, 'Add dependency');
      await links.getByRole('link', { name: `${quote} Send the quote` }).waitFor();
      await seen('task-links');
      await visit(page, `${FIRST}/t/${quote}`, { js });
      await links.locator('summary', { hasText: 'Add a dependency' }).click();
      await page.locator('#field-link_other').fill(order);
      await press(links, 'Add dependency');
      await links.getByText('all the way round').waitFor();

      // It will be late: what would move is shown, and then it moves.
      await visit(page, `${FIRST}/t/${quote}`, { js });
      await links.locator('summary', { hasText: 'Reschedule' }).click();
      await page.locator('#shift-day').fill('2031-03-06');
      await links.getByRole('button', { name: 'Show what would move' }).click();
      await links.getByText('1 task would move with it:').waitFor();
      assert.match(await text(links), /due 10 March 2031 instead of 7 March 2031|10 March 2031 instead of 7 March 2031/);
      await seen('task-late');
      await press(links, 'Move them');
      await links.getByText('the tasks that wait for it moved with it').waitFor();

      // Fields of the list's own.
      await visit(page, `${list}/fields`, { js });
      await page.getByText('No fields yet').waitFor();
      await seen('fields-empty');
      await page.locator('#field-name').fill('Quote');
      await page.locator('#field-kind').selectOption('money');
      await page.getByLabel('Show it on cards').check();
      await press(page, 'Add');
      await page.getByText('Added. It stands on each').waitFor();
      await page.locator('#field-name').fill('Warranty');
      await page.locator('#field-kind').selectOption('choice');
      await press(page, 'Add');
      await page.locator('#field-more-error').waitFor();
      await page.locator('#field-more').fill('Yes\nNo');
      await press(page, 'Add');
      await page.getByRole('link', { name: 'Warranty' }).waitFor();
      await press(page, 'Move Warranty up');
      await page.getByText('Moved.', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'Warranty' }).click();
      await heading(page, 'Warranty');
      await page.getByLabel('Name of “No”').fill('Not any more');
      await seen('field');
      await press(page, 'Save');
      await page.getByText('Saved.', { exact: true }).waitFor();
      const fields = part('fields');
      await visit(page, `${FIRST}/t/${order}`, { js });
      await fields.getByLabel('Quote').fill('a lot');
      await press(fields, 'Save');
      await fields.getByText('Use an amount like 1,490.50.').first().waitFor();
      assert.equal(await fields.getByLabel('Quote').inputValue(), 'a lot');
      await fields.getByLabel('Quote').fill('1,490.50');
      await fields.getByLabel('Warranty').selectOption({ label: 'Not any more' });
      await press(fields, 'Save');
      await fields.getByText('Saved.', { exact: true }).waitFor();
      assert.equal(await fields.getByLabel('Quote').inputValue(), '1490.50');
      await seen('task-fields');

      // The list by its days.
      await visit(page, `${list}?view=calendar&day=2031-03-01`, { js });
      await page.getByRole('heading', { name: 'March 2031' }).waitFor();
      assert.match(await text(page.locator("[data-day='2031-03-10']")), /Order the parts/);
      await seen('calendar');
      await page.getByRole('link', { name: 'The next month' }).click();
      await page.getByRole('heading', { name: 'April 2031' }).waitFor();
      await visit(page, `${list}?view=calendar&day=2031-03-05&span=week`, { js });
      await page.getByRole('heading', { name: 'Week of 3 March 2031' }).waitFor();
      await seen('calendar-week');
      await visit(page, `${list}?view=timeline&day=2031-03-03&weeks=4`, { js });
      await page.getByRole('link', { name: 'Send the quote' }).waitFor();
      assert.equal(await page.locator('.timeline-bar').count(), 2);
      assert.equal(await page.locator('.timeline-link').count(), 1);
      await seen('timeline');
      await visit(page, `${list}?view=table`, { js });
      await page.getByRole('heading', { name: '2 tasks' }).waitFor();
      assert.match(await text(page.locator('tbody')), /\$1,490\.50/);
      await seen('table');
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.getByRole('columnheader', { name: 'Due' }).getByRole('link').click();
      await page.locator("th[aria-sort='ascending']", { hasText: 'Due' }).waitFor();
      await page.locator('summary', { hasText: 'Columns' }).click();
      await page.getByRole('checkbox', { name: 'Labels' }).uncheck();
      await page.getByRole('button', { name: 'Show these' }).click();
      await page.locator("th[aria-sort='ascending']", { hasText: 'Due' }).waitFor();
      assert.equal(await page.getByRole('columnheader', { name: 'Labels' }).count(), 0);
    }),
  ),
);

test('a member sees the demo’s list by its days', {}, () =>
  withPage({ ...phone, name: 'tasks-days-demo' }, async (page) => {
    await enterAs(page, MEMBER, `/app/${DEMO.slug}/tasks/lists`);
    await page.getByRole('link', { name: 'Equipment and repairs' }).click();
    await page.waitForURL(/\/tasks\/lists\/[0-9a-f-]{36}/);
    const list = new URL(page.url()).pathname;
    for (const view of ['calendar', 'timeline', 'table']) {
      await visit(page, `${list}?view=${view}`);
      await page.locator(`.tasks-${view}`).waitFor();
      await look(page, `tasks-demo-${view}`);
    }
  }),
);
