// Finding a time: weeks, months, and the clock they are shown on.
import { assert, site, test, text, visit, withPage } from '../harness.mjs';
import { HOME, book, dateIn, fillIn, formAddress, heading, plusDays, startOf, starts, timeIn } from '../journeys.mjs';

const both = { js: [true, false] };

/** The first day of the week that is shown. */
async function shownFrom(page) {
  const query = await page.locator('.times input[name=query]').inputValue();
  return new URLSearchParams(query).get('from');
}

test('earlier and later weeks', both, ({ js }) =>
  withPage({ js, width: 390, name: 'times' }, async (page) => {
    await visit(page, `${HOME}/follow-up`, { js });
    const title = page.locator('#times-title');
    const titles = [await text(title)];
    assert.equal(await page.getByRole('link', { name: 'Earlier week' }).count(), 0, 'nothing lies before today');
    for (let step = 0; step < 2; step += 1) {
      await page.getByRole('link', { name: 'Later week' }).click();
      await page.locator('#times-title', { hasNotText: titles.at(-1) }).waitFor();
      titles.push(await text(title));
    }
    const [, second, third] = titles;
    assert.equal(new Set(titles).size, 3);
    const from = await shownFrom(page);
    await page.getByRole('link', { name: 'Earlier week' }).click();
    await page.locator('#times-title', { hasText: second }).waitFor();
    assert.equal(await shownFrom(page), plusDays(from, -7));
    // The browser's own way back leads to the week before, too.
    await page.goBack();
    await page.locator('#times-title', { hasText: third }).waitFor();
    assert.equal(await shownFrom(page), from);
  }));

test('every time that is offered is in the weeks, and nothing else', {}, () =>
  withPage({ js: false, name: 'times' }, async (page) => {
    const offered = await starts('initial-consultation');
    const today = dateIn(Date.now());
    const shown = [];
    for (const from of [plusDays(today, 7), plusDays(today, 14)]) {
      await visit(page, `${HOME}/initial-consultation?from=${from}`, { js: false });
      for (const link of await page.locator('.slot').all()) {
        shown.push(await startOf(link));
      }
    }
    const between = offered.filter((start) => dateIn(start) >= plusDays(today, 7) && dateIn(start) < plusDays(today, 21));
    assert.deepEqual(shown.map(Date.parse), between.map(Date.parse));
  }));

test('another month, and a day in it', both, ({ js }) =>
  withPage({ js, name: 'times' }, async (page) => {
    await visit(page, `${HOME}/follow-up`, { js });
    const month = page.locator('.month h2');
    const [title, week] = [await text(month), await text(page.locator('#times-title'))];
    await page.getByRole('link', { name: 'Later month' }).click();
    await page.locator('.month h2', { hasNotText: title }).waitFor();
    assert.equal(await text(page.locator('#times-title')), week, 'the week stays');
    const day = page.locator('.month td a').nth(3);
    const from = new URL(await day.getAttribute('href'), site.origin).searchParams.get('from');
    await day.click();
    await page.locator('#times-title', { hasNotText: week }).waitFor();
    assert.equal(await shownFrom(page), from);
    await page.locator('.month td.is-shown').first().waitFor();
  }));

/** Each label of the week is its start on Perth's clock, with Sydney's time beside it. */
async function assertPerth(page) {
  await page.locator('.zone-line', { hasText: 'Perth time (AWST)' }).waitFor();
  assert.match(await text(page.locator('.zone-line')), /The business is on Sydney time/);
  // In one look: another week may come up between two.
  const links = await page.locator('.slot').evaluateAll((slots) => slots.slice(0, 12).map((slot) => ({
    start: slot.value || new URL(slot.href).searchParams.get('start'),
    label: slot.innerText.replaceAll(/\s+/g, ' ').trim(),
    there: slot.querySelector('.slot-there').innerText.trim(),
  })));
  assert.ok(links.length > 5);
  for (const { start, label, there } of links) {
    assert.ok(label.startsWith(timeIn(start, 'Australia/Perth')), `${label} for ${start}`);
    assert.equal(there, `${timeIn(start)} in Sydney`);
  }
}

test('a visitor chooses Perth’s clock, and books on it', both, ({ js }) =>
  withPage({ js, width: 390, name: 'times', zone: 'Australia/Perth' }, async (page) => {
    const from = plusDays(dateIn(Date.now()), 9);
    await visit(page, `${HOME}/follow-up?from=${from}`, { js });
    await page.getByLabel('Show times in').selectOption('Australia/Perth');
    await page.getByRole('button', { name: 'Change' }).click();
    await assertPerth(page);
    assert.equal(await shownFrom(page), from, 'the week stays');
    const week = await text(page.locator('#times-title'));
    await page.getByRole('link', { name: 'Later week' }).click();
    await page.waitForURL((url) => url.searchParams.get('from') === plusDays(from, 7));
    await page.locator('#times-title', { hasNotText: week }).waitFor();
    await assertPerth(page);
    const slot = page.locator('.slot').nth(2);
    const start = await startOf(slot);
    const clocks = [timeIn(start, 'Australia/Perth'), timeIn(start)].map((time) => time.split(' ')[0]);
    await slot.click();
    await page.getByRole('heading', { name: 'Your details' }).waitFor();
    const chosen = await text(page.locator('.chosen-when'));
    for (const clock of clocks) assert.ok(chosen.includes(clock), `${clock} in ${chosen}`);
    await fillIn(page, { name: 'Pat Perth', email: 'pat.perth@example.com' });
    await book(page);
    await heading(page, 'You’re booked');
    const ticket = await text(page.locator('.facts-when'));
    for (const clock of clocks) assert.ok(ticket.includes(clock), `${clock} in ${ticket}`);
    assert.match(ticket, /Perth time.*Sydney time/);
  }));

test('a visitor whose browser is in Perth sees Perth’s clock without asking', {}, () =>
  withPage({ width: 390, name: 'times-perth', zone: 'Australia/Perth' }, async (page) => {
    await visit(page, HOME);
    await page.getByRole('link', { name: 'Follow-up treatment' }).click();
    await heading(page, 'Follow-up treatment');
    await assertPerth(page);
  }));

test('an address with a zone, a date or a time that can’t be read still shows the times', both, ({ js }) =>
  withPage({ js, name: 'times', status: [422] }, async (page) => {
    for (const query of ['zone=Mars/Olympus', 'from=yesterday', 'month=2026-99', 'start=noon']) {
      await visit(page, `${HOME}/follow-up?${query}`, { js, status: 422 });
      await page.getByRole('alert').waitFor();
      assert.ok((await page.locator('.slot, .empty a').count()) > 0, query);
    }
  }));

test('a start that was never on offer is refused', both, ({ js }) =>
  withPage({ js, name: 'times', status: [409] }, async (page) => {
    const [some] = await starts('follow-up');
    const odd = new Date(Date.parse(some) + 7 * 60_000).toISOString().replace('.000', '');
    await page.goto(formAddress('follow-up', odd));
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByLabel('Name').count(), 0);
  }));
