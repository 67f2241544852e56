// The team's calendar with a mouse and without: dragging, making longer, undoing; a month, a list, one person's; a page of its own.
import { EVERYWHERE, assert, fitsWidth, hydrated, look, test, text, visit, withPage } from '../harness.mjs';
import { DIARY, aStart, bookElsewhere, dateIn, diaryAt, heading, inDiary, logIn, starts, timeIn } from '../journeys.mjs';

const both = { js: [true, false], databases: EVERYWHERE };

/** Takes hold of something and lets go of it so many hours lower. */
async function drag(page, block, hours, { edge = false, columns = 0 } = {}) {
  await block.scrollIntoViewIfNeeded();
  const box = await block.boundingBox();
  const track = await block.locator('xpath=..').boundingBox();
  const span = await page.locator('.diary-hours > span').count();
  const x = box.x + Math.min(20, box.width / 2);
  const y = edge ? box.y + box.height - 3 : box.y + box.height / 2;
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 8, y + 8, { steps: 3 });
  await page.mouse.move(x + columns * track.width, y + hours * (track.height / span), { steps: 8 });
  await page.locator('.is-ghost').waitFor();
  return { release: () => page.mouse.up() };
}

const later = (start, minutes) => new Date(new Date(start).getTime() + minutes * 60_000).toISOString();

test('an appointment is dragged, undone, and made longer', { databases: EVERYWHERE }, () =>
  withPage({ name: 'drag', status: [409] }, async (page) => {
    // In a week in which nobody else is, and before what it is dragged to.
    const start = (await starts('sports-massage')).findLast((start) => / (9|10|11):/.test(` ${timeIn(start)}`));
    const { id } = await bookElsewhere('sports-massage', start, 'Della Drag');
    await logIn(page, diaryAt(start));
    await inDiary(page, id).waitFor();
    const was = timeIn(start);
    const block = () => page.locator(`.appt:not(.is-ghost)[data-appointment='${id}']`);
    const before = await block().getAttribute('data-from');
    // Five o’clock, when nobody has anything.
    const hours = (17 * 60 - Number(before)) / 60;
    const { release } = await drag(page, block(), hours);
    await look(page, 'diary-drag', [1280]);
    await release();
    await page.locator('.toast', { hasText: 'Moved to' }).or(page.getByRole('button', { name: 'Move it all the same' })).first().waitFor();
    if (await page.getByRole('button', { name: 'Move it all the same' }).isVisible()) {
      await page.getByRole('button', { name: 'Move it all the same' }).click();
    }
    const toast = page.locator('.toast', { hasText: 'Moved to' });
    await toast.waitFor();
    await page.waitForFunction(([id, before]) => Number(document.querySelector(`.appt[data-appointment='${id}']`)?.dataset.from) === 17 * 60, [id, before]);
    assert.equal(await page.locator('.is-ghost').count(), 0);
    await toast.getByRole('button', { name: 'Undo' }).click();
    await page.locator('.toast', { hasText: `Back at` }).waitFor();
    await page.waitForFunction(([id, before]) => document.querySelector(`.appt[data-appointment='${id}']`)?.dataset.from === before, [id, before]);
    assert.ok((await block().textContent()).includes(was.split(' ')[0]));

    const longer = await drag(page, block(), 0.5, { edge: true });
    await longer.release();
    await page.locator('.toast', { hasText: 'Moved to' }).or(page.getByRole('button', { name: 'Move it all the same' })).first().waitFor();
    if (await page.getByRole('button', { name: 'Move it all the same' }).isVisible()) {
      await page.getByRole('button', { name: 'Move it all the same' }).click();
    }
    await page.waitForFunction((id) => Number(document.querySelector(`.appt[data-appointment='${id}']`)?.dataset.minutes) >= 60, id);
    // A press without a drag opens it, as ever.
    await block().click();
    await page.getByRole('dialog', { name: 'Della Drag' }).waitFor();
  }));

test('what is let go of where something else is stays where it was', {}, () =>
  withPage({ name: 'clash' }, async (page) => {
    const start = await aStart('sports-massage');
    const { id } = await bookElsewhere('sports-massage', start, 'Cleo Clash');
    const owner = await logIn(page, `/app/harbour-physio/calendar/block?date=${dateIn(start)}`);
    void owner;
    const person = await page.getByLabel('Whose time').locator('option', { hasText: 'Mei-Lin' }).getAttribute('value');
    await page.getByLabel('Whose time').selectOption(person);
    await page.getByLabel('What for').fill('Stocktake');
    await page.getByLabel('From').fill(timeIn(later(start, 60)));
    await page.getByLabel('Until').fill(timeIn(later(start, 120)));
    await page.getByRole('button', { name: 'Save' }).first().click();
    await page.waitForURL(/view=day/);
    await hydrated(page);
    await page.locator('.block', { hasText: 'Stocktake' }).waitFor();
    const block = inDiary(page, id);
    const before = await block.getAttribute('data-from');
    const { release } = await drag(page, block, 1);
    await page.locator('.is-ghost.is-clash').waitFor();
    await release();
    await page.getByText('Something else is at that time, so nothing was moved.').waitFor();
    assert.equal(await inDiary(page, id).getAttribute('data-from'), before);
    assert.equal(await page.locator('.is-ghost, .is-dragged').count(), 0);
    await look(page, 'diary-block', [390, 1280]);
    await page.getByRole('button', { name: 'Leave it where it was' }).click();
    await page.getByText('Something else is at that time').waitFor({ state: 'hidden' });
    // Escape, or letting go where it was, does nothing either.
    await page.locator('.block', { hasText: 'Stocktake' }).click();
    await heading(page, 'Blocked time');
    await page.getByText('Free this time').click();
    await page.getByRole('button', { name: 'Yes, free it' }).click();
    await page.waitForURL(/view=day/);
    await page.locator('.diary-track').first().waitFor();
    assert.equal(await page.locator('.block', { hasText: 'Stocktake' }).count(), 0);
  }));

test('a press on a free time begins a booking there', {}, () =>
  withPage({ name: 'press' }, async (page) => {
    const start = await aStart('sports-massage');
    await bookElsewhere('sports-massage', start, 'Prue Press');
    await logIn(page, diaryAt(start, 'day'));
    const track = page.locator('.diary-track').first();
    await track.waitFor();
    const box = await track.boundingBox();
    await track.click({ position: { x: box.width - 4, y: box.height - 6 } });
    await heading(page, 'Book for a client');
    assert.match(await page.getByLabel('Another time').inputValue(), /^\d\d:(00|15|30|45)$/);
    assert.equal(new URL(page.url()).searchParams.get('date'), dateIn(start));
  }));

test('a month, a list and one person’s calendar', both, ({ js }) =>
  withPage({ js, name: 'month' }, async (page) => {
    const start = await aStart('sports-massage');
    const name = js ? 'Mona Month' : 'Mina Month';
    const { id } = await bookElsewhere('sports-massage', start, name, { phone: '0412 345 678' });
    await logIn(page, `${DIARY}?view=month&date=${dateIn(start)}`, { js });
    const box = page.locator('.month-day', { has: page.locator(`#box-${dateIn(start)}`) });
    await box.locator('.month-item').first().waitFor();
    if (js) await look(page, 'diary-month');
    await fitsWidth(page);
    await page.setViewportSize({ width: 1280, height: 900 });
    await box.locator('.month-item').first().click();
    await page.getByRole('dialog').waitFor();
    await page.waitForURL(/view=day/);
    await inDiary(page, id).waitFor();
    await visit(page, `${DIARY}?view=agenda&date=${dateIn(start)}`, { js });
    const line = page.locator('.agenda-line', { hasText: name });
    await line.waitFor();
    assert.ok((await text(line)).includes('0412 345 678'));
    if (js) await look(page, 'diary-list');
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.locator('.menu-choice > summary').click();
    await page.locator('.menu-choice').getByRole('link', { name: 'Mei-Lin Chua' }).click();
    await page.waitForURL(/person=/);
    await line.waitFor();
    await visit(page, `${DIARY}?view=week&date=${dateIn(start)}`, { js });
    await page.locator('.menu-choice > summary').click();
    const another = page.locator('.menu-choice').getByRole('link').filter({ hasNotText: /Everybody|Mei-Lin/ }).first();
    await another.click();
    await page.waitForURL(/person=/);
    await page.locator('.menu-choice > summary', { hasNotText: 'Everybody' }).waitFor();
    await inDiary(page, id).waitFor({ state: 'detached' });
  }));

test('an appointment is moved, its letters are seen, on a page of its own', both, ({ js }) =>
  withPage({ js, name: 'appointment', status: [409, 422] }, async (page) => {
    const start = await aStart('sports-massage');
    const name = js ? 'Pia Page' : 'Paul Page';
    const { id } = await bookElsewhere('sports-massage', start, name, { phone: '0412 345 678', notes: 'Left knee.' });
    await logIn(page, `${diaryAt(start, 'day')}&open=${id}`, { js });
    await page.getByRole('dialog', { name }).getByRole('link', { name: 'Move, confirm, emails and more' }).click();
    await heading(page, name);
    for (const said of ['Left knee.', 'Sports and remedial massage', 'Emails about it', 'Booking confirmation']) {
      await page.getByText(said).first().waitFor();
    }
    if (js) await look(page, 'appointment');
    await page.getByLabel('Time').fill('an hour');
    await page.getByRole('button', { name: 'Move it' }).first().click();
    await page.getByText('Enter a time like').first().waitFor();
    await page.getByLabel('Time').fill('10:40 pm');
    await page.getByRole('button', { name: 'Move it' }).first().click();
    await page.getByLabel('Move it all the same').check();
    await page.getByRole('button', { name: 'Move it' }).first().click();
    await page.getByText('Moved.', { exact: true }).waitFor();
    assert.ok((await text(page.locator('#what'))).includes('10:40'));
    await page.getByText('Cancel appointment').click();
    await page.getByRole('button', { name: 'Yes, cancel it' }).click();
    await page.getByText('Cancelled. The time is free again.').waitFor();
    await page.getByText('You cancelled it.').waitFor();
  }));
