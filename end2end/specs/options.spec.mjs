// A service with all that it can be set to: its owner sets it up, and a client finds, holds and books it on a phone; with scripts and without.
import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, axe, fitsWidth, look, shot, site, test, text, visit, withPage } from '../harness.mjs';
import { HOME, book, fillIn, heading, logIn, startOf } from '../journeys.mjs';

const SERVICES = `/app/${DEMO.slug}/calendar/services`;
const WEEK = 7 * 24 * 60 * 60 * 1000;
const both = { js: [true, false], databases: EVERYWHERE };

/** Opens a section of the service that is being set up. */
async function section(page, name, label, heading = label) {
  await page.getByRole('navigation', { name: `Sections of ${name}` }).getByRole('link', { name: label }).click();
  await page.getByRole('heading', { level: 2, name: heading }).waitFor();
}

async function save(page) {
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. Your booking page shows it already.').waitFor();
}

/** Opens what is folded until it is set. */
const unfold = (page, what) => page.locator('summary', { hasText: what }).click();

async function setUp(page, name, js) {
  await logIn(page, `${SERVICES}/new`, { js });
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('How long it takes').fill('45 min');
  await page.getByLabel('Price in dollars').fill('30');
  for (const box of await page.locator("input[name='staff[]']").all()) await box.check();
  await page.getByRole('button', { name: 'Add it' }).click();
  await page.getByText('Added. Your booking page shows it already.').waitFor();

  await section(page, name, 'Choices', 'What clients choose');
  await page.getByLabel('Category').fill('House calls');
  assert.ok(!(await page.getByLabel('Length 1').isVisible()), 'what nothing is set of is folded');
  await unfold(page, 'Other lengths');
  await page.getByLabel('Length 1').fill('an age');
  await page.getByLabel('Price in dollars 1').fill('55');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('[id="field-options.lengths.0.minutes-error"]').waitFor();
  assert.ok(await page.getByLabel('How you meet 1').isVisible(), 'a form that comes back has nothing hidden');
  assert.equal(await page.getByLabel('Category').inputValue(), 'House calls');
  await page.getByLabel('Length 1').fill('1 h 30 min');
  await page.getByLabel('How you meet 1').selectOption({ label: 'By video' });
  await page.getByLabel('Address, number or link 1').fill('https://meet.example.com/quokka');
  await save(page);
  await page.getByLabel('How you meet 2').selectOption({ label: 'At the client’s' });
  await page.getByLabel('What clients read 2').fill('We come to you');
  await page.getByLabel('On the way 2').fill('15 min');
  await page.getByLabel('Colour').selectOption({ label: 'Plum' });
  await save(page);
  if (js) await look(page, 'options-choices');

  await section(page, name, 'Questions', 'What clients are asked');
  const first = page.getByRole('group', { name: 'Another question' });
  await first.getByLabel('Question').fill('Which side hurts?');
  await first.getByLabel('How it is answered').selectOption({ label: 'With one of several choices' });
  await first.getByLabel('Choices').fill('Left\nRight');
  await first.getByLabel('It must be answered').check();
  await page.getByLabel('Terms that clients accept').fill('Please be there on time.\nCall us if you can’t.');
  await save(page);
  assert.equal(await page.getByRole('group', { name: 'Question 1' }).getByLabel('Choices').inputValue(), 'Left\nRight');
  const next = page.getByRole('group', { name: 'Another question' });
  await next.getByLabel('Question').fill('Where does it hurt?');
  await next.getByLabel('How it is answered').selectOption({ label: 'With any of several choices' });
  await next.getByLabel('Choices').fill('Neck\nBack\nKnee');
  await save(page);
  if (js) await look(page, 'options-questions');

  await section(page, name, 'Rules');
  await page.getByLabel('Clients may choose a person instead').check();
  await page.getByLabel('You say yes within').fill('48');
  await unfold(page, 'Several weeks at once');
  await page.getByLabel('Weeks, at most').fill('4');
  await page.getByLabel('Moving, until').fill('2');
  await save(page);
  if (js) await look(page, 'options-rules');

  await section(page, name, 'Basics', 'What clients see');
  const picture = await page.screenshot({ type: 'jpeg', clip: { x: 0, y: 0, width: 640, height: 400 } });
  await page.getByLabel('A picture of it').setInputFiles({ name: 'house.jpg', mimeType: 'image/jpeg', buffer: picture });
  await page.getByRole('button', { name: 'Use this picture' }).click();
  await page.getByText('Your booking page shows the picture already.').waitFor();
  if (js) await look(page, 'options-picture');
}

/** A start on the page that is on offer a week later too, which another page finds out. */
async function freeTwice(client, other, { js }) {
  const later = new URL(client.url());
  const week = new Date(`${later.searchParams.get('from')}T00:00:00Z`).getTime() + WEEK;
  later.searchParams.set('from', new Date(week).toISOString().slice(0, 10));
  await visit(other, later.pathname + later.search, { js });
  const starts = async (page) => Promise.all((await page.locator('.slot').all()).map(startOf));
  const then = new Set((await starts(other)).map((start) => new Date(start).getTime()));
  const twice = (await starts(client)).filter((start) => then.has(new Date(start).getTime() + WEEK));
  assert.ok(twice.length > 0, 'a start of both weeks');
  return twice[Math.min(2, twice.length - 1)];
}

test('a service with all that it can be is set up and booked', both, ({ js }) =>
  withPage({ js, name: 'options-owner', status: [422] }, (owner) =>
    withPage({ js, width: 390, name: 'options-client', status: [422] }, (client) =>
      withPage({ js, width: 390, name: 'options-other' }, async (other) => {
        const name = js ? 'Home visit' : 'House visit';
        await setUp(owner, name, js);

        await visit(client, HOME, { js });
        await client.getByRole('heading', { name: 'House calls' }).waitFor();
        const beside = client.locator('.service', { hasText: name }).locator('img.service-picture');
        await beside.scrollIntoViewIfNeeded();
        if (js) await client.waitForFunction((img) => img.naturalWidth === 224, await beside.elementHandle());
        if (js) await look(client, 'options-business', [390, 1280]);
        await client.getByRole('link', { name, exact: true }).click();
        await heading(client, name);
        assert.equal(await client.locator('.service-head img.service-picture').count(), 1);
        await client.getByText('45 minutes – 1 hour 30 minutes').waitFor();
        await client.getByRole('link', { name: /^1 hour 30 minutes/ }).click();
        await client.waitForURL(/length=90/);
        await client.locator('.pick-one[aria-current]', { hasText: '1 hour 30 minutes' }).waitFor();
        await client.getByRole('link', { name: 'We come to you' }).click();
        await client.waitForURL(/place=/);
        await client.locator('.pick-one[aria-current]', { hasText: '1 hour 30 minutes' }).waitFor();
        await fitsWidth(client);
        if (js) await look(client, 'options-times', [390, 1280]);
        const before = await text(client.locator('#times-title'));
        await client.getByRole('link', { name: 'Later week' }).click();
        await client.waitForURL(/from=/);
        await client.locator('#times-title', { hasNotText: before }).waitFor();
        await client.locator('.pick-one[aria-current]', { hasText: 'We come to you' }).waitFor();

        // A time is theirs as soon as they press it, for five minutes.
        const page = client.url();
        const start = await freeTwice(client, other, { js });
        await client.locator(`.slot[value='${start}']`).click();
        await client.getByText(/^Held for you until \d/).waitFor();
        const chosen = await text(client.locator('.chosen-when'));
        for (const said of ['1 hour 30 minutes', 'We come to you', '$55.00']) assert.ok(chosen.includes(said), `${said} in ${chosen}`);
        if (js) await look(client, 'options-form', [390, 1280]);
        await visit(other, page.replace(site.origin, ''), { js });

        // What is missing is said at its field, and all that was typed stays.
        await fillIn(client, { name: 'Holly Home', email: `holly.${js}@example.com`, phone: '0412 345 678' });
        await client.getByLabel('Knee').check();
        await client.getByLabel('How often').selectOption('2');
        await book(client, 'Ask for this time');
        await client.getByText('Enter the address that we come to.').first().waitFor();
        await client.getByText('Please accept the terms to book.').first().waitFor();
        assert.ok(await client.getByLabel('Knee').isChecked());
        assert.equal(await client.getByLabel('How often').inputValue(), '2');
        if (js) await axe(client);
        await client.getByLabel('Your address').fill('7 Home Street, Fremantle');
        await client.getByLabel('Which side hurts?').selectOption('Left');
        await client.getByText('Read the terms').click();
        await client.getByText('Please be there on time.').waitFor();
        await client.getByLabel(/I accept the terms/).check();
        await book(client, 'Ask for this time');
        await heading(client, 'You have asked for this time');
        const ticket = await text(client.locator('.ticket'));
        for (const said of ['7 Home Street, Fremantle', 'Which side hurts?', 'Left', 'Knee', 'All dates', '$55.00']) {
          assert.ok(ticket.includes(said), `${said} in ${ticket}`);
        }
        await fitsWidth(client);
        if (js) await look(client, 'options-asked', [390, 1280]);
      }))));

test('a time that is held is somebody’s, until they choose another', both, ({ js }) =>
  withPage({ js, width: 390, name: 'held-one' }, (one) =>
    withPage({ js, width: 390, name: 'held-two', status: [409] }, async (two) => {
      await visit(one, `${HOME}/sports-massage`, { js });
      const before = await text(one.locator('#times-title'));
      await one.getByRole('link', { name: 'Later week' }).click();
      await one.waitForURL(/from=/);
      await one.locator('#times-title', { hasNotText: before }).waitFor();
      const week = one.url().replace(site.origin, '');
      const slot = one.locator('.slot').nth(js ? 4 : 5);
      const start = await startOf(slot);
      await visit(two, week, { js });
      await slot.click();
      await one.getByText(/^Held for you until \d/).waitFor();
      // The other has the page from before: they are told, and see the times that are left.
      await two.locator(`.slot[value='${start}']`).click();
      await two.getByRole('alert').waitFor();
      assert.equal(await two.locator(`.slot[value='${start}']`).count(), 0);
      // Back, and the same time again: it is theirs.
      await one.goBack();
      await one.locator('.slot').first().waitFor();
      await one.reload();
      await one.locator('.slot').first().waitFor();
      const last = one.locator('.slot').last();
      const another = await startOf(last);
      await last.click();
      await one.getByText(/^Held for you until \d/).waitFor();
      assert.notEqual(another, start);
      await visit(two, week, { js });
      assert.equal(await two.locator(`.slot[value='${start}']`).count(), 1, 'what is let go of is free');
      await shot(one, `held-390${js ? '' : '-nojs'}`);
      await fillIn(one, { name: 'Hank Held', email: `hank.${js}@example.com` });
      await book(one);
      await heading(one, 'You’re booked');
    })));
