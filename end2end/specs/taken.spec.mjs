// Two visitors want the same time.
import { EVERYWHERE, assert, hydrated, site, test, text, visit, withPage } from '../harness.mjs';
import { appointmentsOf, aStart, book, bookElsewhere, fillIn, formAddress, heading, startOf } from '../journeys.mjs';

const both = { js: [true, false], databases: EVERYWHERE };

test('the second visitor is told, keeps what they typed, and books another time', both, ({ js }) =>
  withPage({ js, width: 390, name: 'taken' }, (first) =>
    withPage({ js, width: 390, name: 'taken', status: [409] }, async (second) => {
      const start = await aStart('sports-massage');
      const address = formAddress('sports-massage', start);
      const client = { name: 'Sascha Second', email: `second.${js}@example.com`, phone: '0412 000 222', notes: 'Tight calves' };
      await visit(first, address, { js });
      await visit(second, address, { js });
      await fillIn(first, { name: 'Fran First', email: `first.${js}@example.com` });
      await fillIn(second, client);
      await book(first);
      await heading(first, 'You’re booked');

      const answered = second.waitForResponse((response) => response.url().includes('/fn/calendar/book'));
      await book(second);
      assert.equal((await answered).status(), 409);
      const alert = second.getByRole('alert');
      await alert.first().waitFor();
      assert.match(await text(alert.first()), /taken/);
      assert.equal(await alert.count(), 1, 'it is said once');
      assert.equal((await appointmentsOf(client.email)).length, 0);
      await assertTyped(second, client);

      // With JavaScript the way back is a link in the form; without it the times are on the page already.
      const way = second.getByRole('link', { name: 'Choose another time' });
      if (await way.count()) await way.click();
      const slot = second.locator('.slot').nth(1);
      await slot.waitFor();
      const other = await startOf(slot);
      assert.notEqual(other, start);
      await slot.click();
      await second.getByRole('heading', { name: 'Your details' }).waitFor();
      assert.equal(await second.getByRole('alert').count(), 0, 'the new time isn’t taken');
      await fillIn(second, client);
      await book(second);
      await heading(second, 'You’re booked');
      const [booking] = await appointmentsOf(client.email);
      assert.equal(Date.parse(booking.start), Date.parse(other));
    })));

test('a time taken while the visitor looked at the week leads back to the times', { js: [true, false] }, ({ js }) =>
  withPage({ js, width: 390, name: 'taken', status: [409] }, async (page) => {
    const start = await aStart('sports-massage');
    await bookElsewhere('sports-massage', start, 'Quick Quinn');
    // What a link on an old page leads to.
    await page.goto(site.origin + formAddress('sports-massage', start));
    if (js) await hydrated(page);
    assert.match(await text(page.getByRole('alert')), /taken/);
    assert.equal(await page.getByLabel('Name').count(), 0);
    assert.ok(await page.locator('.slot, .empty a').count());
  }));

test('moving to a time that was taken meanwhile keeps the booking', { js: [true, false] }, ({ js }) =>
  withPage({ js, width: 390, name: 'taken', status: [409] }, async (page) => {
    const mine = await bookElsewhere('sports-massage', await aStart('sports-massage'), 'Morgan Mover', { email: `mover.${js}@example.com` });
    const wanted = await aStart('sports-massage');
    await visit(page, `/manage/${mine.token}?reschedule=1&start=${wanted}`, { js });
    await bookElsewhere('sports-massage', wanted, 'Quick Quinn');
    await page.getByRole('button', { name: 'Move my booking' }).click();
    await page.getByRole('alert').first().waitFor();
    assert.match(await text(page.getByRole('alert').first()), /taken/);
    const [standing] = await appointmentsOf(`mover.${js}@example.com`);
    assert.equal(standing.status, 'booked');
    assert.notEqual(Date.parse(standing.start), Date.parse(wanted));
    await visit(page, `/manage/${mine.token}`, { js });
    await heading(page, 'Your booking');
  }));

async function assertTyped(page, client) {
  const fields = { Name: client.name, Email: client.email, Phone: client.phone, 'Anything we should know': client.notes };
  for (const [label, value] of Object.entries(fields)) {
    const field = page.getByLabel(label);
    assert.equal(await field.count(), 1, `the field ${label} is there, with what was typed`);
    assert.equal(await field.inputValue(), value);
  }
}

