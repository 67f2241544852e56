// Office screens: what they celebrate, once each; sound, and that it is told where there is none; and what they show when.
import { setTimeout as sleep } from 'node:timers/promises';

import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, axe, fitsWidth, look, shot, test, text, visit, withPage } from '../harness.mjs';
import { confirm, heading, logIn } from '../journeys.mjs';

const BOARD = `/app/${DEMO.slug}/scoreboard`;
const both = { js: [true, false], databases: EVERYWHERE };
const phone = { width: 390, height: 844 };
const wall = { width: 1920, height: 1080 };

test('a large sale is celebrated once on each screen, and not again after it is loaded anew; a burst becomes one', {}, () =>
  withPage({ name: 'screens-admin', status: [422] }, (admin) =>
    withPage({ ...wall, name: 'screens-floor' }, (floor) =>
      withPage({ ...wall, name: 'screens-hall' }, async (hall) => {
        await logIn(admin, `${BOARD}/celebrations`);
        await heading(admin, 'Celebrations');
        await look(admin, 'scoreboard-celebrations');
        for (const name of ['Targets that are reached', 'New badges', 'Contests that are won']) await admin.getByLabel(name).uncheck();
        await admin.getByRole('button', { name: 'Save', exact: true }).click();
        await admin.getByText('Saved.', { exact: true }).waitFor();
        await celebrateFrom(admin, '1.005');
        await admin.locator('#field-amount-error').waitFor();
        assert.equal(await admin.getByLabel('From how much on').inputValue(), '1.005');
        await celebrateFrom(admin, '20,000');
        await admin.getByText('From $20,000.00').waitFor();

        const screens = [[floor, await pair(admin, floor, 'Celebrates')], [hall, await pair(admin, hall, 'Celebrates, too')]];
        await enter(admin, 'Mei-Lin Chua', '19,999.99');
        await enter(admin, 'Mei-Lin Chua', '25,000');
        await Promise.all(screens.map(([screen]) => celebrates(screen, 'Mei-Lin Chua', '$25,000.00')));
        await shot(floor, 'scoreboard-wall-celebrates');
        await axe(floor);
        await fitsWidth(floor);
        await Promise.all(screens.map(([screen]) => isOver(screen)));
        for (const [screen] of screens) await screen.reload();
        await sleep(4000);
        for (const [screen] of screens) assert.equal(await celebration(screen).textContent(), '', 'once is enough');

        // Away, and back: one of four, where there were four.
        const live = new URL(hall.url()).pathname;
        await hall.goto('about:blank');
        for (const [name, amount] of [['Mei-Lin Chua', '20,000'], ['Noor Haddad', '21,000'], ['Tom Whitlock', '22,000'], ['Tom Whitlock', '23,000']]) {
          await enter(admin, name, amount);
        }
        await hall.goto(live);
        await celebrates(hall, '4 celebrations', 'while this screen was away', 'Mei-Lin Chua, Noor Haddad and Tom Whitlock');
        await shot(hall, 'scoreboard-wall-celebrates-several');
        await isOver(hall);
        assert.equal(await celebration(hall).textContent(), '');

        for (const [screen, address] of screens) await takeAway(admin, screen, address);
        await visit(admin, `${BOARD}/celebrations`);
        for (const name of ['Targets that are reached', 'New badges', 'Contests that are won']) await admin.getByLabel(name).check();
        await admin.getByRole('button', { name: 'Save', exact: true }).click();
        await admin.getByText('Saved.', { exact: true }).waitFor();
        await celebrateFrom(admin, '1,500');
        await admin.getByText('From $1,500.00').waitFor();
      }))));

test('a screen whose browser plays no sound says so, and so does its page, until somebody touches it', {}, () =>
  withPage({ name: 'screens-admin' }, (admin) =>
    withPage({ ...wall, name: 'screens-silent' }, async (screen, context) => {
      // As a browser that plays nothing before it is touched.
      await context.addInitScript(() => {
        let touched = false;
        addEventListener('pointerdown', () => { touched = true; }, true);
        window.AudioContext = class {
          state = 'suspended';

          resume() {
            if (!touched) return new Promise(() => {});
            this.state = 'running';
            return Promise.resolve();
          }
        };
      });
      await logIn(admin, `${BOARD}/screens`);
      await heading(admin, 'Office screens');
      const address = await pair(admin, screen, 'Silent');
      assert.equal(await screen.locator('#sound').count(), 0, 'nobody asked for sound');
      await visit(admin, address);
      await admin.getByLabel('Sound with celebrations').check();
      await admin.getByRole('button', { name: 'Save', exact: true }).click();
      await admin.getByText('Saved. It shows it already.').waitFor();
      const hint = screen.getByRole('button', { name: 'Tap for sound' });
      await hint.waitFor();
      await shot(screen, 'scoreboard-wall-silent');
      await axe(screen);
      await until(admin, address, async () => (await admin.getByText('Sound blocked').count()) === 1);
      await look(admin, 'scoreboard-screen-silent');
      await hint.click();
      await hint.waitFor({ state: 'hidden' });
      await until(admin, address, async () => (await admin.getByText('Sound blocked').count()) === 0);
      await takeAway(admin, screen, address);
    })));

test('what a screen shows is put together on a phone, in its order and at its times', both, ({ js }) =>
  withPage({ js, ...phone, name: `screens-phone-${js}`, status: [422] }, (admin) =>
    withPage({ ...wall, name: 'screens-times' }, async (screen) => {
      const press = (name) => admin.getByRole('button', { name, exact: true }).click();
      await logIn(admin, `${BOARD}/screens`, { js });
      await heading(admin, 'Office screens');
      const address = await pair(admin, screen, `Times ${js}`, { js });
      const add = async (what, fill) => {
        await visit(admin, address, { js });
        await admin.getByRole('link', { name: what, exact: true }).click();
        await heading(admin, what);
        await fitsWidth(admin);
        await fill();
        await press('Show it');
      };
      const saved = () => admin.getByText('Saved. It shows it already.').waitFor();
      await add('Targets', () => admin.getByLabel('What is counted').selectOption({ label: 'Sales' }));
      await saved();
      await add('Team totals', () => admin.getByLabel('Period').selectOption({ label: 'Week' }));
      await saved();
      await add('How full today is', () => admin.getByLabel('Seconds').fill('45'));
      await saved();
      // On a day that isn’t today, nor about to be.
      const other = new Intl.DateTimeFormat('en-AU', { timeZone: 'Australia/Sydney', weekday: 'long' }).format(Date.now() + 2 * 24 * 60 * 60 * 1000);
      await add('An announcement', async () => {
        await admin.getByLabel('What it says').fill('Stocktake');
        await admin.getByLabel(other).check();
        await admin.getByLabel(/^From/).fill('08:00');
        await admin.getByLabel(/^Until/).fill('08:00');
      });
      await admin.locator('#field-until-error').waitFor();
      assert.equal(await admin.getByLabel('What it says').inputValue(), 'Stocktake');
      assert.ok(await admin.getByLabel(other).isChecked());
      await admin.getByLabel(/^Until/).fill('12:00');
      await press('Show it');
      await saved();
      const line = (label) => admin.getByRole('listitem').filter({ hasText: label });
      assert.match(await text(line('“Stocktake”')), /^“Stocktake” Not now \w{3}, 8:00 am – 12:00 pm$/);
      assert.match(await text(line('How full today is').first()), /45 seconds/);
      if (js) await look(admin, 'scoreboard-screen-list');
      else await fitsWidth(admin);
      await admin.setViewportSize(phone);

      for (const key of ['targets:sales:month:people', 'totals:sales:week', 'today']) {
        await screen.locator(`.item[data-key='${key}']`).waitFor({ state: 'attached' });
      }
      assert.match(await screen.locator("[data-key='today']").textContent(), /Appointments today/);
      assert.equal(await screen.locator(".item.is-on[data-key='announcement']").count(), 0);

      // The last becomes the first.
      const keys = () => admin.locator('[data-item]').evaluateAll((all) => all.map((one) => one.dataset.item));
      for (let at = (await keys()).length; at > 1; at -= 1) {
        await press('Move up: “Stocktake”');
        await admin.getByText('Moved.', { exact: true }).waitFor();
      }
      assert.equal((await keys())[0], 'announcement');
      await line('“Stocktake”').getByRole('link').click();
      await heading(admin, '“Stocktake”');
      assert.ok(await admin.getByLabel(other).isChecked());
      await admin.getByLabel('What it says').fill('Stocktake at nine');
      await press('Save');
      await saved();
      // Where it is time for nothing there is the clock.
      while ((await keys()).length > 1) {
        await admin.locator('[data-item]').last().getByRole('button', { name: /^Remove: / }).click();
        await admin.getByText('It shows that no longer.').waitFor();
      }
      await screen.locator('#idle.is-on').waitFor();
      assert.match(await text(screen.locator('#clock')), /^\d{1,2}:\d\d [ap]m$/);
      await axe(screen);
      await shot(screen, 'scoreboard-wall-clock');
      await takeAway(admin, screen, address, { js });
    })));

/** What is over the boards. */
const celebration = (screen) => screen.locator('#celebration');

/** Waits until a screen celebrates with these words. */
async function celebrates(screen, ...words) {
  await screen.locator('#celebration.is-on').waitFor();
  const all = await celebration(screen).textContent();
  for (const part of words) assert.ok(all.includes(part), `${part}: ${all}`);
}

/** Waits until it shows its boards again. */
const isOver = (screen) => screen.waitForFunction(() => !document.getElementById('celebration').innerHTML, undefined, { timeout: 15_000 });

/** Says from which amount on sales are celebrated. */
async function celebrateFrom(admin, amount) {
  await admin.getByLabel('Results of').selectOption({ label: 'Sales' });
  await admin.getByLabel('From how much on').fill(amount);
  await admin.getByRole('button', { name: 'Celebrate them' }).click();
}

/** Looks at a page again and again until something is so. */
async function until(page, path, isSo) {
  for (let tries = 0; tries < 10; tries += 1) {
    await visit(page, path);
    if (await isSo()) return;
    await sleep(1000);
  }
  assert.fail(`it didn’t come to be so: ${path}`);
}

/** Enters a sale of somebody's. */
async function enter(page, name, amount) {
  await visit(page, `${BOARD}/enter?metric=sales`);
  await page.getByLabel('For', { exact: true }).selectOption({ label: name });
  await page.getByLabel('How much').fill(amount);
  await page.getByRole('button', { name: 'Enter it' }).click();
  await page.getByText(`of Sales for ${name}, on`).waitFor();
}

/** A screen shows its code, the admin types it in, and the boards come up by themselves. Gives the address of its page in the dashboard. */
async function pair(admin, screen, name, { js = true } = {}) {
  await screen.goto('/screen');
  const code = await text(screen.locator('.code'));
  await visit(admin, `${BOARD}/screens`, { js });
  await admin.getByLabel('Code').fill(code);
  await admin.getByLabel('Name', { exact: true }).fill(name);
  await admin.getByRole('button', { name: 'Add', exact: true }).click();
  await admin.getByText('Added. The boards come up on it within a few seconds.').waitFor();
  await screen.waitForURL(/\/screen\/[0-9a-f-]{36}$/);
  await screen.locator('.item.is-on').waitFor();
  return new URL(admin.url()).pathname;
}

/** The admin takes a screen away that is off by then: one that says “I am here” at that moment would complain of its 404. */
async function takeAway(admin, screen, address, { js = true } = {}) {
  await screen.goto('about:blank');
  await visit(admin, address, { js });
  await confirm(admin, 'Remove screen', 'Yes, remove it');
  await admin.getByText('Removed. It shows nothing more.').waitFor();
}
