// An owner sets up rooms that a service needs, hours that several keep, everybody’s share, and time off; and a client’s booking takes a
// room along; with scripts and without.
import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, axe, fitsWidth, look, test, text, visit, withPage } from '../harness.mjs';
import { bookElsewhere, confirm, heading, logIn, plusDays, starts } from '../journeys.mjs';

const APP = `/app/${DEMO.slug}/calendar`;
const both = { js: [true, false], databases: EVERYWHERE };

async function section(page, name, label) {
  await page.getByRole('navigation', { name: `Sections of ${name}` }).getByRole('link', { name: label, exact: true }).click();
  await page.locator('.sections [aria-current]', { hasText: label }).waitFor();
}

test('rooms are set up, booked along, blocked and deleted', both, ({ js }) =>
  withPage({ js, name: 'rooms', status: [409, 422] }, async (page) => {
    const kind = js ? 'Studio' : 'Workshop';
    const name = `${kind} lesson`;
    await logIn(page, `${APP}/rooms`, { js });
    await page.getByLabel('Name').fill(kind);
    await page.getByLabel('Kind').fill(kind);
    await page.getByLabel('How many').fill('50');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.locator('#field-how_many-error').waitFor();
    assert.equal(await page.getByLabel('Name').inputValue(), kind);
    await page.getByLabel('How many').fill('2');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Added. Now say on a service that it needs it').waitFor();
    await page.getByRole('button', { name: `Move ${kind} 2 up` }).click();
    await page.getByText('Moved.').waitFor();
    if (js) await look(page, 'rooms-list');

    await visit(page, `${APP}/services/new`, { js });
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('How long it takes').fill('30 min');
    await page.getByLabel('Price in dollars').fill('40');
    for (const box of await page.locator("input[name='staff[]']").all()) await box.check();
    await page.getByRole('button', { name: 'Add it' }).click();
    await page.getByText('Added. Your booking page shows it already.').waitFor();
    await section(page, name, 'Rooms');
    await page.getByLabel('It needs 1').selectOption({ label: `Any “${kind}” (2)` });
    await page.getByLabel('How many 1').fill('3');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('[id="field-options.needs.0.what-error"]').waitFor();
    assert.equal(await page.getByLabel('How many 1').inputValue(), '3');
    await page.getByLabel('How many 1').fill('2');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Your booking page shows it already.').waitFor();
    if (js) await look(page, 'rooms-of-a-service');

    const slug = name.toLowerCase().replace(' ', '-');
    const start = (await starts(slug)).at(-1);
    const booked = await bookElsewhere(slug, start, 'Rae Roomer', { email: `rae.${js}@example.com` });
    await visit(page, `${APP}/appointments/${booked.id}`, { js });
    await page.getByText(`${kind} 1`).waitFor();
    await page.getByText(`${kind} 2`).waitFor();
    await visit(page, `${APP}/rooms`, { js });
    const line = page.locator(`[data-room='${kind} 1']`);
    assert.match(await text(line), new RegExp(`For ${name}.*1 booking to come`));
    await line.getByRole('link', { name: `${kind} 1` }).click();
    await heading(page, `${kind} 1`);
    await confirm(page, 'Delete it', 'Yes, delete it');
    await page.getByText('One booking still to come is with').first().waitFor();
    if (js) await axe(page);
    await fitsWidth(page);

    await page.getByRole('link', { name: 'Block it' }).click();
    await heading(page, 'Block time');
    assert.equal(await page.getByLabel('Whose time, or which room').locator('option:checked').textContent(), `${kind} 1`);
    await page.getByLabel('What for').fill('New floor');
    await page.getByLabel('Whole days').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/view=day/);
    await visit(page, `${APP}/rooms`, { js });
    await line.getByRole('link', { name: `${kind} 1` }).click();
    await page.getByRole('link', { name: 'New floor' }).click();
    await confirm(page, 'Free this time', 'Yes, free it');
    await page.waitForURL(/view=day/);

    // As it was.
    await visit(page, `${APP}/appointments/${booked.id}`, { js });
    await confirm(page, 'Cancel appointment', 'Yes, cancel it');
    await page.getByText('Cancelled. The time is free again.').waitFor();
    await visit(page, `${APP}/services`, { js });
    await page.locator(`[data-service='${name}']`).getByRole('link', { name }).click();
    await page.getByLabel('Show it and let clients book it').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await section(page, name, 'Rooms');
    await page.getByLabel('It needs 1').selectOption({ label: 'Nothing' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    for (const number of [1, 2]) {
      await visit(page, `${APP}/rooms`, { js });
      await page.getByRole('link', { name: `${kind} ${number}` }).click();
      await confirm(page, 'Delete it', 'Yes, delete it');
      await page.getByText('Deleted.').waitFor();
    }
  }));

test('a schedule is kept by a person and a service, and time off is named', both, ({ js }) =>
  withPage({ js, name: 'schedules', status: [409, 422] }, async (page) => {
    const name = js ? 'School term' : 'Summer hours';
    await logIn(page, `${APP}/schedules`, { js });
    await page.getByRole('button', { name: 'Add and set hours' }).click();
    await page.locator('#field-name-error').waitFor();
    await page.getByLabel('Name').fill(name);
    await page.getByRole('button', { name: 'Add and set hours' }).click();
    await page.getByText('Added. Give it its hours').waitFor();
    await page.getByLabel('Monday, from, 1').fill('9:00');
    await page.getByLabel('Monday, until, 1').fill('12:00');
    await page.getByRole('button', { name: 'Add hours on Monday' }).click();
    await page.getByLabel('Monday, from, 2').fill('1 pm');
    await page.getByLabel('Monday, until, 2').fill('5 pm');
    await page.getByRole('button', { name: 'Save hours' }).last().click();
    await page.getByText('Hours saved.').waitFor();
    if (js) await look(page, 'schedule-hours');

    await visit(page, `${APP}/staff`, { js });
    await page.getByLabel('Name').fill(`Kit ${name}`);
    await page.getByRole('button', { name: 'Add and set hours' }).click();
    await page.getByText('Added. Now give them their hours').waitFor();
    await page.getByLabel('They keep').selectOption({ label: name });
    await page.getByRole('button', { name: 'Keep these' }).click();
    await page.getByText('They keep the schedule').waitFor();
    if (js) await axe(page);
    await section(page, `Kit ${name}`, 'Time off');
    const today = await page.getByLabel('First day').inputValue();
    await page.getByLabel('Last day').fill(plusDays(today, -3));
    await page.getByLabel('Why').fill('Annual leave');
    await page.getByRole('button', { name: 'Save time off' }).last().click();
    await page.locator('#field-last-error').waitFor();
    assert.equal(await page.getByLabel('Why').inputValue(), 'Annual leave');
    await page.getByLabel('Last day').fill(plusDays(today, 3));
    await page.getByRole('button', { name: 'Save time off' }).last().click();
    await page.getByText('Saved. Nobody can book them then.').waitFor();
    if (js) await look(page, 'time-off');
    await page.getByRole('button', { name: /Remove Annual leave/ }).click();
    await page.getByText('Removed. They can be booked then.').waitFor();

    // It isn’t deleted while somebody keeps it.
    await visit(page, `${APP}/schedules`, { js });
    await page.getByRole('link', { name, exact: true }).click();
    await confirm(page, 'Delete this schedule', 'Yes, delete it');
    await page.getByText(`“${name}” is kept by Kit ${name}.`).first().waitFor();
    await visit(page, `${APP}/staff`, { js });
    await page.getByRole('link', { name: `Kit ${name}`, exact: true }).click();
    await page.getByLabel('Can be booked').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await section(page, `Kit ${name}`, 'Weekly hours');
    await page.getByLabel('They keep').selectOption({ label: 'Hours of their own' });
    await page.getByRole('button', { name: 'Keep these' }).click();
    await page.getByLabel('Monday, from, 1').waitFor();
    await visit(page, `${APP}/schedules`, { js });
    await page.getByRole('link', { name, exact: true }).click();
    await confirm(page, 'Delete this schedule', 'Yes, delete it');
    await page.getByText('Deleted.').waitFor();
  }));

test('shares are asked for by the rule of a service', both, ({ js }) =>
  withPage({ js, name: 'shares', status: [422] }, async (page) => {
    const name = js ? 'Shared out' : 'Dealt out';
    await logIn(page, `${APP}/services/new`, { js });
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('How long it takes').fill('30 min');
    await page.getByLabel('Price in dollars').fill('40');
    await page.getByLabel('Show it and let clients book it').uncheck();
    for (const box of await page.locator("input[name='staff[]']").all()) await box.check();
    await page.getByRole('button', { name: 'Add it' }).click();
    await page.getByText('Added.').waitFor();
    await section(page, name, 'Rules');
    await page.getByLabel('Who', { exact: true }).selectOption({ label: 'In turns, by everybody’s share' });
    await page.getByLabel('Turns are evened out over').fill('60');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await section(page, name, 'Who');
    const share = page.getByLabel('Share of Priya Raman');
    await share.fill('5000');
    await page.getByRole('button', { name: 'Set these' }).click();
    await page.locator('[id="field-options.shares.0.weight-error"]').waitFor();
    assert.equal(await share.inputValue(), '5000');
    await share.fill('200');
    await page.getByRole('button', { name: 'Set these' }).click();
    await page.getByText('Saved.').waitFor();
    assert.equal(await share.inputValue(), '200');
    if (js) await look(page, 'shares');
  }));
