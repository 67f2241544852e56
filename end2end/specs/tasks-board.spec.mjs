// A list as a list and as a board: with a mouse, with keys, by two at once, without network for a while, and without scripts.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, axe, fitsWidth, look, site, test, text, visit, withPage } from '../harness.mjs';
import { enterAs, heading, logIn } from '../journeys.mjs';

const LISTS = `/app/${DEMO.slug}/tasks/lists`;
const API = `/api/v1/orgs/${DEMO.slug}/tasks`;
const MANAGER = 'manager@harbour-physio.example';
const phone = { width: 390, height: 844 };

/** Asks the API as whoever is logged in on a page. */
async function ask(context, method, path, body) {
  const cookies = await context.cookies(site.origin);
  const token = cookies.find(({ name }) => /devalo[-_]csrf$/.test(name))?.value ?? '';
  const answer = await context.request.fetch(`${site.origin}${API}/${path}`, {
    method,
    headers: { 'x-csrf-token': decodeURIComponent(token), 'idempotency-key': randomUUID(), 'sec-fetch-site': 'same-origin', origin: site.origin },
    ...(body ? { data: body } : {}),
  });
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
  return answer.status() === 204 ? null : answer.json();
}

/** A list of one’s own with these tasks in its first column, and where it is. */
async function begin(page, context, tasks, { js = true } = {}) {
  await logIn(page, LISTS, { js });
  const { spaces } = await ask(context, 'GET', 'spaces');
  const space = spaces.find((one) => one.seen_by === 'everyone' && !one.archived).id;
  const { id } = await ask(context, 'POST', 'lists', { space, name: `Errands ${randomUUID().slice(0, 8)}` });
  const ids = [];
  for (const title of tasks) ids.push((await ask(context, 'POST', 'tasks', { list: id, title })).card.id);
  const { statuses } = await ask(context, 'GET', `lists/${id}`);
  return { id, ids, statuses, path: `${LISTS}/${id}`, board: `${LISTS}/${id}?view=board` };
}

const column = (page, name) => page.locator('.board-column', { has: page.locator('h2 .board-name', { hasText: new RegExp(`^${name}$`) }) });
const card = (within, title) => within.locator('[data-task]', { hasText: title });
const toast = (page, words) => page.locator('.toast', { hasText: words });

/** The titles of a column, from top to bottom. */
async function titles(page, name) {
  const found = await column(page, name).locator('[data-task]').evaluateAll((cards) => cards
    .map((one) => [one.getBoundingClientRect().top, one.querySelector('.card-title').textContent])
    .sort(([one], [other]) => one - other)
    .map(([, title]) => title));
  return found.join(', ');
}

/** Waits until a column has these titles. */
async function stands(page, name, wanted) {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await titles(page, name) === wanted) return;
    await sleep(50);
  }
  assert.equal(await titles(page, name), wanted);
}

async function drag(page, from, to, { above = false } = {}) {
  const start = await from.boundingBox();
  const end = await to.boundingBox();
  await page.mouse.move(start.x + start.width / 2, start.y + start.height / 2);
  await page.mouse.down();
  await page.mouse.move(start.x + start.width / 2 + 12, start.y + start.height / 2 + 4, { steps: 4 });
  const y = above ? end.y + 8 : end.y + Math.min(end.height / 2, 90);
  await page.mouse.move(end.x + end.width / 2, y, { steps: 12 });
  await sleep(80);
  await page.mouse.up();
}

test('cards are dragged and lifted, another browser sees it at once, and it is undone', { databases: EVERYWHERE }, () =>
  withPage({ name: 'tasks-board' }, (page, context) =>
    withPage({ name: 'tasks-board-other' }, async (other) => {
      const list = await begin(page, context, ['One', 'Two', 'Three']);
      await visit(page, list.board);
      await enterAs(other, MANAGER, list.board);
      await stands(page, 'To do', 'One, Two, Three');
      await page.locator('.tasks-here .who').first().waitFor();
      await look(page, 'tasks-board');

      // A mouse.
      await page.setViewportSize({ width: 1280, height: 900 });
      await drag(page, card(column(page, 'To do'), 'Three'), card(column(page, 'To do'), 'One'), { above: true });
      await stands(page, 'To do', 'Three, One, Two');
      await stands(other, 'To do', 'Three, One, Two');
      const began = Date.now();
      await drag(page, card(column(page, 'To do'), 'One'), column(page, 'Doing').locator('.board-cards'));
      await stands(page, 'Doing', 'One');
      await stands(other, 'Doing', 'One');
      assert.ok(Date.now() - began < 4000, 'within two seconds of being dropped');
      assert.equal(await text(column(other, 'Doing').locator('[data-count] [aria-hidden]')), '1');

      // Undone from the message, and done again.
      await toast(page, 'Moved “One” to Doing').getByRole('button', { name: 'Undo' }).click();
      await stands(page, 'To do', 'Three, One, Two');
      await stands(other, 'Doing', '');

      // Keys: arrows go from card to card, Space lifts, Escape puts back.
      await card(column(page, 'To do'), 'Three').focus();
      await page.keyboard.press('ArrowDown');
      await page.locator('[data-task]:focus', { hasText: 'One' }).waitFor();
      await page.keyboard.press('Space');
      await page.locator('.is-lifted', { hasText: 'One' }).waitFor();
      await axe(page);
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Escape');
      await stands(page, 'To do', 'Three, One, Two');
      await page.keyboard.press('Space');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Space');
      await stands(page, 'Doing', 'One');
      await page.locator('[data-task]:focus', { hasText: 'One' }).waitFor();
      await stands(other, 'Doing', 'One');

      // The same from the card’s own menu, for who neither drags nor lifts.
      await card(column(page, 'To do'), 'Two').hover();
      await card(column(page, 'To do'), 'Two').getByRole('button', { name: 'More for Two' }).click();
      await page.getByRole('option', { name: /^Move…/ }).click();
      await page.getByRole('option', { name: /^Done/ }).click();
      await stands(other, 'Done', 'Two');
      assert.ok(await card(column(other, 'Done'), 'Two').evaluate((one) => one.classList.contains('is-done')));
    })));

test('several are selected and changed as one, and undone as one', {}, () =>
  withPage({ name: 'tasks-board-bulk' }, async (page, context) => {
    const list = await begin(page, context, ['One', 'Two', 'Three', 'Four']);
    await visit(page, list.path);
    // By its title alone: “One” is in “Done” too.
    const row = (title) => page.locator('#tasks-list [data-task]', { has: page.locator('.card-title', { hasText: new RegExp(`^${title}$`) }) });
    const done = page.locator('#tasks-list .is-done');
    await row('One').waitFor();
    await look(page, 'tasks-list');
    await page.setViewportSize({ width: 1280, height: 900 });
    for (const title of ['One', 'Three']) await page.getByRole('checkbox', { name: `Select ${title}` }).click();
    const bulk = page.getByRole('region', { name: 'Selected tasks' });
    assert.match(await text(bulk), /^2 selected/);
    await axe(page);
    await bulk.getByRole('button', { name: 'Complete' }).click();
    for (const title of ['One', 'Three']) await row(title).and(done).waitFor();
    await toast(page, 'Completed: 2 tasks').getByRole('button', { name: 'Undo' }).click();
    await page.waitForFunction(() => !document.querySelector('#tasks-list .is-done'));
    assert.equal((await ask(context, 'GET', `lists/${list.id}/cards`)).cards.filter((one) => one.done).length, 0);
    await bulk.getByRole('button', { name: 'Trash' }).click();
    await row('One').waitFor({ state: 'detached' });
    assert.equal(await page.locator('#tasks-list [data-task]').count(), 2);
    await page.keyboard.press('z');
    await row('One').waitFor();
    assert.equal(await page.locator('#tasks-list [data-task]').count(), 4);
  }));

test('a line of words shows what is understood of it, and becomes a task', {}, () =>
  withPage({ name: 'tasks-quick', status: [422] }, async (page, context) => {
    const list = await begin(page, context, []);
    await visit(page, list.path);
    await page.getByText('Nothing to do here yet').waitFor();
    await look(page, 'tasks-list-empty');
    const line = page.getByLabel('Add a task', { exact: true });
    await line.fill('call the supplier fri 3pm !high #clinic');
    const seen = page.locator('[data-understood]');
    await seen.getByText('call the supplier').waitFor();
    assert.match(await text(seen), /Due \w+ \d+ \w+, 3:00 pm/);
    assert.match(await text(seen), /Priority High/);
    assert.match(await text(seen), /Label Clinic/);
    await axe(page);
    await line.press('Enter');
    const row = page.locator('#tasks-list [data-task]', { hasText: 'call the supplier' });
    await row.locator('[data-part="priority"]', { hasText: 'High' }).waitFor();
    await row.locator('[data-part="labels"]', { hasText: 'Clinic' }).waitFor();
    assert.equal(await line.inputValue(), '');
    await page.getByText('Nothing to do here yet').waitFor({ state: 'hidden' });
  }));

test('what is done without network waits, is shown as waiting, and is sent', {}, () =>
  withPage({ name: 'tasks-offline', wants: [/ERR_INTERNET_DISCONNECTED/, /a request failed/] }, async (page, context) => {
    const list = await begin(page, context, ['One', 'Two']);
    await visit(page, list.board);
    await stands(page, 'To do', 'One, Two');
    await context.lose(true);
    await drag(page, card(column(page, 'To do'), 'One'), column(page, 'Doing').locator('.board-cards'));
    await stands(page, 'Doing', 'One');
    await page.locator('.tasks-says', { hasText: 'You are offline: 1 change waits.' }).waitFor();
    await page.locator('.is-pending', { hasText: 'One' }).waitFor();
    await axe(page);
    await context.lose(false);
    await page.waitForFunction(() => !document.querySelector('.is-pending') && !document.querySelector('.tasks-says').textContent);
    const cards = (await ask(context, 'GET', `lists/${list.id}/cards`)).cards;
    assert.equal(cards.find((one) => one.title === 'One').status, list.statuses.find((one) => one.name === 'Doing').id);
    await stands(page, 'Doing', 'One');
  }));

test('rows and columns at once', {}, () =>
  withPage({ name: 'tasks-lanes' }, async (page, context) => {
    const list = await begin(page, context, ['One', 'Two']);
    await ask(context, 'PATCH', `tasks/${list.ids[0]}`, { priority: 4 });
    await visit(page, `${list.board}&lanes=priority`);
    const lane = (name) => page.getByRole('region', { name, exact: true });
    await card(lane('Urgent'), 'One').waitFor();
    await card(lane('No priority'), 'Two').waitFor();
    await look(page, 'tasks-lanes');
    // So tall that both rows are seen: a mouse takes hold only of what is.
    await page.setViewportSize({ width: 1280, height: 1500 });
    const doing = lane('Urgent').locator('.board-column', { hasText: 'Doing' }).locator('.board-cards');
    await drag(page, card(lane('No priority'), 'Two'), doing);
    await card(lane('Urgent').locator('.board-column', { hasText: 'Doing' }), 'Two').waitFor();
    for (let tries = 0; ; tries += 1) {
      const two = (await ask(context, 'GET', `tasks/${list.ids[1]}`));
      if (two.priority === 4 && two.status === list.statuses[1].id) break;
      assert.ok(tries < 40, JSON.stringify(two));
      await sleep(50);
    }
  }));

test('without scripts tasks are added, moved, completed and changed, and it is undone', { js: [false], databases: EVERYWHERE }, ({ js }) =>
  withPage({ js, ...phone, name: 'tasks-plain', status: [422] }, async (page, context) => {
    const list = await begin(page, context, ['One', 'Two'], { js });
    await visit(page, list.board, { js });
    await fitsWidth(page);
    await column(page, 'To do').getByLabel('Add a task to To do').fill('Ring the roofer !urgent');
    await column(page, 'To do').getByRole('button', { name: 'Add' }).click();
    await page.getByText('Added.', { exact: true }).waitFor();
    await card(column(page, 'To do'), 'Ring the roofer').waitFor();
    // What can’t be a task stays where it was typed.
    await column(page, 'Doing').getByLabel('Add a task to Doing').fill('!high');
    await column(page, 'Doing').getByRole('button', { name: 'Add' }).click();
    await column(page, 'Doing').locator('.field-error', { hasText: 'Say what is to be done' }).waitFor();
    assert.equal(await column(page, 'Doing').getByLabel('Add a task to Doing').inputValue(), '!high');

    await visit(page, list.board, { js });
    const one = card(column(page, 'To do'), 'One');
    await one.locator('summary').click();
    await one.getByLabel('Move to').selectOption({ label: 'Doing' });
    await one.getByRole('button', { name: 'Move', exact: true }).click();
    await page.getByText('Moved.', { exact: true }).waitFor();
    await card(column(page, 'Doing'), 'One').waitFor();
    await card(column(page, 'Doing'), 'One').getByRole('button', { name: 'Complete One' }).click();
    await page.getByText('Completed.', { exact: true }).waitFor();
    await card(column(page, 'Done'), 'One').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Undone.', { exact: true }).waitFor();
    await card(column(page, 'Doing'), 'One').waitFor();

    await visit(page, list.path, { js });
    await fitsWidth(page);
    for (const title of ['Two', 'Ring the roofer']) await page.getByRole('checkbox', { name: `Select ${title}` }).check();
    await page.getByLabel('Assigned to').selectOption({ index: 1 });
    await page.getByRole('button', { name: 'Assign' }).click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    const cards = (await ask(context, 'GET', `lists/${list.id}/cards`)).cards;
    assert.deepEqual(cards.filter((task) => task.responsible).map((task) => task.title).sort(), ['Ring the roofer', 'Two']);
    await page.locator('summary', { hasText: 'Filter and group' }).click();
    await page.getByLabel('Only tasks with').fill('priority:urgent');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.locator('#tasks-list [data-task]', { hasText: 'Ring the roofer' }).waitFor();
    assert.equal(await page.locator('#tasks-list [data-task]').count(), 1);
    await page.getByLabel('Only tasks with').fill('priority:(');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.locator('#ask-q-error').waitFor();
    await heading(page, await text(page.locator('h1')));
  }));
