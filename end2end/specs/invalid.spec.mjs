// What is wrong is said at its field, and nothing that was typed is lost.
import { DEMO } from '../constants.mjs';
import { assert, test, text, visit, withPage } from '../harness.mjs';
import { aStart, appointmentsOf, book, fillIn, formAddress, heading } from '../journeys.mjs';

const both = { js: [true, false] };

/** The message that belongs to a field, as a screen reader finds it. */
async function messageAt(page, label) {
  const field = page.getByRole('textbox', { name: label });
  assert.equal(await field.getAttribute('aria-invalid'), 'true', `${label} is marked`);
  const ids = (await field.getAttribute('aria-describedby')).split(' ');
  return text(page.locator(`#${ids[0]}`));
}

test('an empty booking form', both, ({ js }) =>
  withPage({ js, width: 390, name: 'invalid', status: [422] }, async (page) => {
    await visit(page, formAddress('telehealth', await aStart('telehealth')), { js });
    const answered = page.waitForResponse((response) => response.url().includes('/fn/calendar/book'));
    await book(page);
    assert.equal((await answered).status(), 422);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.equal(await messageAt(page, 'Name'), 'Enter your name.');
    assert.equal(await messageAt(page, 'Email'), 'Enter your email address.');
    assert.equal(await page.getByLabel('Phone').getAttribute('aria-invalid'), null);
    assert.equal(await page.getByLabel('Phone').getAttribute('aria-describedby'), null);
    // The summary has the focus and leads to the fields.
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'alert');
    await alert.getByRole('link', { name: 'Enter your email address.' }).click();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'field-email');
  }));

test('wrong fields: the messages are theirs, what was typed stays, and mending them books', both, ({ js }) =>
  withPage({ js, width: 390, name: 'invalid', status: [422] }, async (page) => {
    const email = `mended.${js}@example.com`;
    const typed = { name: 'Ida "Inv" <Alid> & Söhne', email: 'ida@nowhere', phone: 'call me', notes: 'First line\nSecond < line' };
    await visit(page, formAddress('telehealth', await aStart('telehealth')), { js });
    await fillIn(page, typed);
    await book(page);
    await page.getByRole('alert').waitFor();
    assert.equal(await messageAt(page, 'Email'), 'Enter an email address like name@example.com.au.');
    assert.equal(await messageAt(page, 'Phone'), 'Enter a phone number like 0412 345 678 or +61 2 9123 4567.');
    assert.equal(await page.getByLabel('Name').getAttribute('aria-invalid'), null);
    assert.equal(await page.getByLabel('Name').inputValue(), typed.name);
    assert.equal(await page.getByLabel('Email').inputValue(), typed.email);
    assert.equal(await page.getByLabel('Phone').inputValue(), typed.phone);
    assert.equal(await page.getByLabel('Anything we should know').inputValue(), typed.notes);

    // Still wrong: without JavaScript the page that was sent back sends itself again.
    await page.getByLabel('Email').fill(email);
    await book(page);
    await page.locator('#field-email-error').waitFor({ state: 'detached' });
    assert.equal(await messageAt(page, 'Phone'), 'Enter a phone number like 0412 345 678 or +61 2 9123 4567.');
    assert.equal(await page.getByLabel('Email').inputValue(), email);
    assert.equal(await page.getByLabel('Name').inputValue(), typed.name);

    await page.getByLabel('Phone').fill('');
    await book(page);
    await heading(page, 'You’re booked');
    const bookings = await appointmentsOf(email);
    assert.equal(bookings.length, 1);
    assert.equal(bookings[0].client_name, typed.name);
    assert.equal(bookings[0].notes.replaceAll("\r\n', '\n"), typed.notes);
  }));

test('logging in with empty and wrong fields', both, ({ js }) =>
  withPage({ js, width: 390, name: 'invalid', status: [401, 422] }, async (page) => {
    await visit(page, '/login?next=/app', { js });
    const press = () => page.getByRole('button', { name: 'Log in', exact: true }).click();
    await press();
    await page.getByRole('alert').waitFor();
    assert.equal(await messageAt(page, 'Email'), 'Enter your email address.');
    assert.equal(await messageAt(page, 'Password'), 'Enter your password.');
    await page.getByLabel('Email').fill(DEMO.email);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await press();
    await page.locator('#field-password-error').waitFor({ state: 'detached' });
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByLabel('Email').inputValue(), DEMO.email);
    if (!js) assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '', 'a password isn’t sent back');
    assert.ok(!(await page.content()).includes('not the password'));
    await page.getByLabel('Password', { exact: true }).fill(DEMO.password);
    await press();
    // There is one organisation, so there is nothing to choose.
    await page.waitForURL(`**/app/${DEMO.slug}/calendar`);
  }));
