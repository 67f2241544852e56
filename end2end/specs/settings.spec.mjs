// Setting up a business: services, staff and hours, details, tokens; with scripts and without.
import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, axe, hydrated, lookAllOver, shot, site, test, text, visit, withPage } from '../harness.mjs';
import { HOME, book, confirm, fillIn, heading, logIn, starts } from '../journeys.mjs';

const APP = `/app/${DEMO.slug}`;
const both = { js: [true, false], databases: EVERYWHERE };

/** Presses a button and waits for what the server answers to a form. */
async function send(page, button, path, status) {
  const answered = page.waitForResponse((response) => response.url().includes(path));
  await button.click();
  const answer = await answered;
  if (status) assert.equal(answer.status(), status);
}

test('an owner adds a person with hours and a service, and a client books it', both, ({ js }) =>
  withPage({ js, name: 'settings-service', status: [422] }, async (page) => {
    const name = js ? 'Posture check' : 'Gait check';
    const slug = js ? 'posture-check' : 'gait-check';
    const person = js ? 'Wanda With' : 'Wilbur Without';
    await logIn(page, `${APP}/calendar`, { js });
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click();
    await heading(page, 'Settings');
    await page.getByRole('link', { name: 'Staff and hours' }).click();
    await heading(page, 'Staff and hours');
    await page.getByLabel('Name').fill(person);
    await page.getByRole('button', { name: 'Add and set hours' }).click();
    await heading(page, person);
    for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']) {
      await page.getByLabel(`${day}, from, 1`).fill('9:00');
      await page.getByLabel(`${day}, until, 1`).fill('5:30 pm');
    }
    await page.getByLabel('Sunday, until, 1').fill('late');
    await send(page, page.getByRole('button', { name: 'Save hours' }), 'save-hours', 422);
    await page.locator('#field-sunday-error').waitFor();
    assert.equal(await page.getByLabel('Sunday, until, 1').inputValue(), 'late', 'what was typed is still there');
    assert.equal(await page.getByLabel('Monday, until, 1').inputValue(), '5:30 pm');
    await page.getByLabel('Sunday, until, 1').fill('noon');
    // A further stretch comes by a button, and all that was typed with it.
    await page.getByRole('button', { name: 'Add hours on Sunday' }).click();
    await page.getByLabel('Sunday, from, 2').fill('1 pm');
    assert.equal(await page.getByLabel('Sunday, until, 1').inputValue(), 'noon');
    await page.getByLabel('Sunday, until, 2').fill('14:00');
    await page.getByRole('button', { name: 'Add hours on Saturday' }).click();
    await page.getByRole('button', { name: 'Remove hours 2 of Saturday' }).click();
    await page.getByLabel('Saturday, from, 2').waitFor({ state: 'detached' });
    assert.equal(await page.getByLabel('Sunday, from, 2').inputValue(), '1 pm');
    // Enter sends the week, and not the button that happens to be the first.
    await page.getByLabel('Sunday, until, 2').press('Enter');
    await page.getByText('Hours saved.').waitFor();
    assert.equal(await page.getByLabel('Sunday, until, 1').inputValue(), '12:00 pm');
    assert.equal(await page.getByLabel('Sunday, from, 2').inputValue(), '1:00 pm');
    await page.getByRole('link', { name: 'Holidays and changed days' }).click();
    await page.getByText('None to come.').waitFor();
    const far = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
    await page.getByLabel('Date').fill(far);
    await page.getByLabel('Off that day').check();
    await page.getByRole('button', { name: 'Save this day' }).click();
    await page.locator(`[data-date='${far}']`, { hasText: 'Closed' }).waitFor();

    await visit(page, `${APP}/calendar/services`, { js });
    await page.getByRole('link', { name: 'Add a service' }).click();
    await heading(page, 'New service');
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Description').fill('How you stand.');
    await page.getByLabel('How long it takes').fill('40 min');
    await page.getByLabel('Price in dollars').fill('eighty');
    for (const other of await page.locator("input[name='staff[]']").all()) await other.setChecked(false);
    await page.getByLabel(person).check();
    await send(page, page.getByRole('button', { name: 'Add it' }), 'add-service', 422);
    await page.locator('#field-price-error').waitFor();
    assert.equal(await page.getByLabel('Price in dollars').inputValue(), 'eighty');
    assert.equal(await page.getByLabel('How long it takes').inputValue(), '40 min');
    assert.ok(await page.getByLabel(person).isChecked());
    await page.getByLabel('Price in dollars').fill('85.50');
    await page.getByRole('button', { name: 'Add it' }).click();
    await page.getByText('Added. Your booking page shows it already.').waitFor();
    await page.getByLabel('Gap after').fill('5 min');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Your booking page shows it already.').waitFor();
    await page.getByRole('navigation', { name: `Sections of ${name}` }).getByRole('link', { name: 'Who' }).click();
    assert.ok(await page.getByLabel(person).isChecked());
    await page.getByRole('link', { name: 'Services', exact: true }).first().click();
    await heading(page, 'Services');
    const line = page.locator(`[data-service='${name}']`);
    assert.match(await text(line), /40 minutes, \$85\.50 .*W/);
    await line.getByRole('button', { name: `Move ${name} up` }).click();
    await page.locator(`.line:nth-last-child(2)[data-service='${name}']`).waitFor();

    await visit(page, HOME, { js });
    await page.getByText(name).first().waitFor();
    const [start] = await starts(slug);
    assert.ok(start, 'it has times');
    await visit(page, `${HOME}/${slug}?start=${start}`, { js });
    await fillIn(page, { name: 'Bea Booker', email: `bea.${js}@example.com` });
    await book(page);
    await heading(page, 'You’re booked');

    await visit(page, `${APP}/calendar/services`, { js });
    await line.getByRole('link', { name }).click();
    await page.getByText('One booked appointment is still to come.').waitFor();
    await page.getByLabel('Show it and let clients book it').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await visit(page, `${APP}/calendar/services`, { js });
    await page.locator(`[data-service='${name}']`, { hasText: 'Hidden' }).waitFor();
    assert.equal((await fetch(`${site.origin}${HOME}/${slug}`)).status, 404);
  }));

test('two admins change a service: the second is told, and decides', both, ({ js }) =>
  withPage({ js, name: 'settings-conflict', status: [409] }, (first) =>
    withPage({ js, name: 'settings-conflict', status: [409] }, async (second) => {
      const [mine, theirs] = js ? ['61', '62'] : ['63', '64'];
      for (const page of [first, second]) {
        await logIn(page, `${APP}/calendar/services`, { js });
        await page.getByRole('link', { name: 'Telehealth check-in' }).click();
        await heading(page, 'Telehealth check-in');
      }
      await first.getByLabel('Price in dollars').fill(theirs);
      await first.getByRole('button', { name: 'Save' }).click();
      await first.getByText('Saved.').waitFor();
      await second.getByLabel('Price in dollars').fill(mine);
      await send(second, second.getByRole('button', { name: 'Save' }), 'save-basics', 409);
      await second.locator('#field-price-error', { hasText: `It is $${theirs} now.` }).waitFor();
      assert.equal(await second.getByLabel('Price in dollars').inputValue(), mine);
      await second.getByRole('button', { name: 'Save' }).click();
      await second.getByText('Saved.').waitFor();
      await visit(second, `${APP}/calendar/services`, { js });
      assert.match(await text(second.locator("[data-service='Telehealth check-in']")), new RegExp(`\\$${mine}\\.00`));
    })));

test('a business is closed on the public holidays of its state, but for those it opens', both, ({ js }) =>
  withPage({ js, name: 'settings-holidays', status: [422] }, async (page) => {
    await logIn(page, `${APP}/calendar/holidays`, { js });
    await heading(page, 'Days closed');
    await page.getByLabel('Close on the public holidays of').selectOption('New South Wales');
    await page.locator('section', { hasText: 'Public holidays' }).getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Your booking page shows it already.').waitFor();
    const day = page.locator(".line[data-date$='-12-25']").first();
    await day.getByText('Closed').waitFor();
    await day.getByRole('button', { name: /^Open on/ }).click();
    await page.getByText('Saved for that day.').waitFor();
    await day.getByText('Open as usual').waitFor();
    await day.getByRole('button', { name: /^Back to the public holiday/ }).click();
    await page.getByText('That day is as usual again.').waitFor();
    const far = new Date(Date.now() + 300 * 86_400_000).toISOString().slice(0, 10);
    await page.getByLabel('Date').fill(far);
    await page.getByLabel('Why').fill('Stocktake');
    await page.getByLabel('That day').selectOption('Closed for a part of the day');
    await page.getByLabel('Closed from').fill('noonish');
    await page.getByLabel('Closed until').fill('24:00');
    await send(page, page.getByRole('button', { name: 'Save this day' }), 'save-closure', 422);
    await page.locator('#field-from-error').waitFor();
    assert.equal(await page.getByLabel('Why').inputValue(), 'Stocktake');
    await page.getByLabel('Closed from').fill('12:00');
    await page.getByRole('button', { name: 'Save this day' }).click();
    const own = page.locator(`[data-date='${far}']`, { hasText: 'Closed 12:00 pm' });
    await own.getByText('Stocktake').waitFor();
    await own.getByRole('button', { name: /^Remove/ }).click();
    await page.getByText('That day is as usual again.').waitFor();
    assert.equal(await own.count(), 0);
    // As it was for the other journeys.
    await page.getByLabel('Close on the public holidays of').selectOption('');
    await page.locator('section', { hasText: 'Public holidays' }).getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Your booking page shows it already.').waitFor();
  }));

test('the details are on the public page', both, ({ js }) =>
  withPage({ js, name: 'settings-details', status: [422] }, async (page) => {
    await logIn(page, `${APP}/settings/details`, { js });
    const phone = js ? '1300 555 018' : '1300 555 027';
    await page.getByLabel('Phone').fill('ring us');
    await send(page, page.getByRole('button', { name: 'Save' }), 'save-details', 422);
    await page.locator('#field-phone-error').waitFor();
    assert.equal(await page.getByLabel('Phone').inputValue(), 'ring us');
    await page.getByLabel('Phone').fill(phone);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Your public pages show it already.').waitFor();
    assert.equal(await page.getByLabel('Phone').inputValue(), phone);
    await visit(page, HOME, { js });
    await page.getByRole('link', { name: phone }).waitFor();
  }));

test('a token is made, works, and is revoked', both, ({ js }) =>
  withPage({ js, name: 'settings-token', status: [422] }, async (page, context) => {
    if (js) await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await logIn(page, `${APP}/settings/tokens`, { js });
    const name = js ? 'Website' : 'Reception';
    await page.getByLabel('What is it for?').fill(name);
    await send(page, page.getByRole('button', { name: 'Make token' }), 'make-token', 422);
    await page.locator('#field-scopes-error').waitFor();
    assert.equal(await page.getByLabel('What is it for?').inputValue(), name);
    await page.getByLabel('See appointments and who booked').check();
    await page.getByRole('button', { name: 'Make token' }).click();
    const field = page.locator('#new-secret');
    await field.waitFor();
    const secret = await field.inputValue();
    if (js) {
      await page.getByRole('button', { name: 'Copy' }).click();
      await page.getByText('Copied.').waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
      await axe(page);
      await shot(page, 'settings-new-token-1280');
    }
    const call = async () => (await fetch(`${site.origin}/api/v1/orgs/${DEMO.slug}/calendar/appointments`, { headers: { authorization: `Bearer ${secret}` } })).status;
    assert.equal(await call(), 200);
    await visit(page, `${APP}/settings/tokens`, { js });
    assert.ok(!(await page.content()).includes(secret), 'it is shown once');
    await confirm(page.locator(`[data-token='${name}']`), 'Revoke', 'Yes, revoke it');
    await page.getByText('Revoked. It stopped working at once.').waitFor();
    assert.equal(await call(), 401);
  }));

const openFirst = (path) => async (page) => {
  await logIn(page, `${APP}${path}`);
  await page.locator('.line-title a').first().click();
};
const openSection = (path, section) => async (page) => {
  await openFirst(path)(page);
  await page.getByRole('navigation', { name: 'Sections of' }).getByRole('link', { name: section }).click();
  await page.locator('.sections [aria-current]', { hasText: section }).waitFor();
};
const pages = {
  hub: (page) => logIn(page, `${APP}/settings`),
  details: (page) => logIn(page, `${APP}/settings/details`),
  tokens: (page) => logIn(page, `${APP}/settings/tokens`),
  people: (page) => logIn(page, `${APP}/settings/people`),
  member: async (page) => {
    await logIn(page, `${APP}/settings/people`);
    await page.getByRole('link', { name: 'Change what Sam Lee may do' }).click();
    await page.getByText('Remove Sam Lee', { exact: true }).waitFor();
  },
  billing: (page) => logIn(page, `${APP}/settings/billing`),
  security: (page) => logIn(page, `${APP}/settings/security`),
  audit: (page) => logIn(page, `${APP}/settings/audit`),
  services: (page) => logIn(page, `${APP}/calendar/services`),
  service: openFirst('/calendar/services'),
  'service-times': openSection('/calendar/services', 'Times'),
  'service-people': openSection('/calendar/services', 'Who'),
  'new-service-refused': async (page) => {
    await logIn(page, `${APP}/calendar/services/new`);
    await page.getByRole('button', { name: 'Add it' }).click();
    await page.getByRole('alert').waitFor();
  },
  holidays: (page) => logIn(page, `${APP}/calendar/holidays`),
  staff: (page) => logIn(page, `${APP}/calendar/staff`),
  person: openFirst('/calendar/staff'),
  'person-hours': openSection('/calendar/staff', 'Weekly hours'),
  'person-days': openSection('/calendar/staff', 'Holidays and changed days'),
};
for (const [name, open] of Object.entries(pages)) {
  test(`the settings page ${name}`, {}, () =>
    withPage({ width: 390, height: 844, name: `settings-${name}`, status: [422] }, async (page) => {
      await open(page);
      await page.locator('h1').waitFor();
      if (name === 'person' || name === 'service') await page.locator('.sections').waitFor();
      await lookAllOver(page, `settings-${name}`);
      await page.reload();
      await hydrated(page);
    }));
}
