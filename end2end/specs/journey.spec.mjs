// A client books, moves and cancels, on a phone, with and without JavaScript.
import { EVERYWHERE, assert, fitsWidth, hydrated, site, test, text, visit, withPage } from '../harness.mjs';
import { HOME, appointmentsOf, aStart, book, confirm, fillIn, formAddress, heading, longEnough, startOf, timeIn } from '../journeys.mjs';

const both = { js: [true, false], databases: EVERYWHERE };

test('from the front page to a cancelled booking', both, ({ js }) =>
  withPage({ js, width: 390, name: 'journey' }, async (page) => {
    const client = { name: 'Mira O’Brien-Nguyễn', email: `journey.${js}@example.com`, phone: '0412 345 678', notes: 'Left ankle.\nNo latex, please.' };
    await visit(page, '/', { js });
    await page.getByRole('link', { name: 'Try a booking page' }).click();
    await page.waitForURL(site.origin + HOME);
    await heading(page, 'Harbour Physio');
    await page.getByRole('link', { name: 'Follow-up treatment' }).click();
    await heading(page, 'Follow-up treatment');

    // A week of times; the next one, so that it doesn't matter what day it is today.
    const week = page.locator('#times-title');
    const thisWeek = await text(week);
    assert.match(thisWeek, /^\w{3} \d+ \w{3} – \w{3} \d+ \w{3}$/);
    await page.getByRole('link', { name: 'Later week' }).click();
    await page.waitForURL(/from=/);
    await page.locator('#times-title', { hasNotText: thisWeek }).waitFor();
    assert.ok((await page.locator('.day').count()) >= 5);
    await fitsWidth(page);

    const slot = page.locator('.slot').nth(3);
    const start = await startOf(slot);
    assert.ok((await text(slot)).startsWith(timeIn(start)), 'the slot’s label is its start on the business’s clock');
    await slot.click();
    await page.getByRole('heading', { name: 'Your details' }).waitFor();
    const clock = timeIn(start).split(' ')[0];
    assert.ok((await text(page.locator('#chosen-title'))).includes(clock));
    await fillIn(page, client);
    await book(page);

    await page.waitForURL(/\/manage\/[^/]+\?booked=1$/);
    await heading(page, 'You’re booked');
    const ticket = await text(page.locator('.ticket'));
    for (const said of [client.name, client.email, 'Follow-up treatment', clock, 'Sydney time', 'Harbour Physio']) {
      assert.ok(ticket.includes(said), `the confirmation doesn’t say ${said}: ${ticket}`);
    }
    await fitsWidth(page);
    const manage = page.url().replace('?booked=1', '');

    const link = page.getByRole('link', { name: 'Add to my calendar' });
    const file = await fetch(new URL(await link.getAttribute('href'), site.origin));
    assert.equal(file.status, 200);
    assert.match(file.headers.get('content-type'), /^text\/calendar/);
    const calendar = await file.text();
    assert.ok(calendar.startsWith('BEGIN:VCALENDAR\r\n') && calendar.includes(`DTSTART:${start.replaceAll(/[-:]/g, '')}`), calendar);

    // Another time.
    await page.getByRole('link', { name: 'Change the time' }).click();
    await page.getByRole('heading', { name: 'Change the time' }).waitFor();
    await page.getByRole('link', { name: 'Later week' }).click();
    await page.waitForURL(/from=/);
    await page.locator('#times-title', { hasNotText: thisWeek }).waitFor();
    const other = page.locator('.slot').nth(6);
    const moved = await startOf(other);
    assert.notEqual(moved, start);
    await other.click();
    await page.getByRole('button', { name: 'Move my booking' }).click();
    await page.waitForURL(/\/manage\/[^/]+\?moved=1$/);
    await heading(page, 'Your booking has moved');
    assert.ok((await text(page.locator('.facts-when'))).includes(timeIn(moved).split(' ')[0]));
    const [standing, ...others] = await appointmentsOf(client.email);
    assert.deepEqual(
      [Date.parse(standing.start), standing.status, standing.client_phone, others.length],
      [Date.parse(moved), 'booked', client.phone, 0],
    );
    assert.equal(standing.notes.replaceAll('\r\n', '\n'), client.notes);

    await confirm(page, 'Cancel the booking', 'Yes, cancel it');
    await heading(page, 'This booking is cancelled');
    assert.equal(await page.getByRole('link', { name: 'Change the time' }).count(), 0);
    assert.equal((await appointmentsOf(client.email))[0].status, 'cancelled');

    // The link that was kept from the beginning still leads to it.
    await page.goto(manage);
    if (js) await hydrated(page);
    await heading(page, 'This booking is cancelled');
    await page.getByRole('link', { name: 'Book another time' }).click();
    await heading(page, 'Follow-up treatment');
  }));

test('a double click books once', both, ({ js }) =>
  withPage({ js, width: 390, name: 'double' }, async (page) => {
    const email = `double.${js}@example.com`;
    await visit(page, formAddress('telehealth', await aStart('telehealth')), { js });
    await fillIn(page, { name: 'Dee Double', email });
    await longEnough(page);
    await page.getByRole('button', { name: 'Book this time' }).dblclick();
    await heading(page, 'You’re booked');
    assert.equal((await appointmentsOf(email)).length, 1);
  }));

test('the form works with the keyboard alone', {}, () =>
  withPage({ name: 'keyboard' }, async (page) => {
    await visit(page, formAddress('telehealth', await aStart('telehealth')));
    await page.getByLabel('Name').focus();
    await page.keyboard.type('Kim Keys');
    await page.keyboard.press('Tab');
    await page.keyboard.type('kim.keys@example.com');
    await longEnough(page);
    await page.keyboard.press('Enter');
    await heading(page, 'You’re booked');
  }));
