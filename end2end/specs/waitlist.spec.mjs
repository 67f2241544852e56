// The waitlist: its owner switches it on, a client who finds no time that suits joins it on a phone, and books what comes free with one press;
// with scripts and without.
import { setTimeout as sleep } from 'node:timers/promises';

import { assert, axe, fitsWidth, letter, linkIn, look, site, test, text, visit, withPage } from '../harness.mjs';
import { DIARY, HOME, bookElsewhere, cancelElsewhere, confirm, dateIn, heading, logIn, longEnough, starts } from '../journeys.mjs';

const SERVICES = `${DIARY}/services`;

/** A service that one person offers, with a waitlist. */
async function setUp(owner, name, js) {
  await logIn(owner, `${SERVICES}/new`, { js });
  await owner.getByLabel('Name').fill(name);
  await owner.getByLabel('How long it takes').fill('45 min');
  await owner.getByLabel('Price in dollars').fill('40');
  for (const [nth, box] of (await owner.locator("input[name='staff[]']").all()).entries()) await box.setChecked(nth === 0);
  await owner.getByRole('button', { name: 'Add it' }).click();
  await owner.getByText('Added. Your booking page shows it already.').waitFor();
  await owner.getByRole('navigation', { name: `Sections of ${name}` }).getByRole('link', { name: 'Rules' }).click();
  await owner.getByRole('heading', { level: 2, name: 'Rules' }).waitFor();
  await owner.getByLabel('Clients can wait for a time to come free').check();
  await owner.getByRole('button', { name: 'Save' }).click();
  await owner.getByText('Saved. Your booking page shows it already.').waitFor();
}

/** Loads somebody’s place again until it says so: what comes free is offered within five seconds. */
async function offered(page, address, js) {
  for (let tries = 0; tries < 10; tries += 1) {
    await visit(page, address, { js });
    if (await page.getByRole('heading', { level: 1, name: 'A time has come free' }).count()) return;
    await sleep(500);
  }
  assert.fail('nothing was offered within five seconds');
}

test('a client waits for a time, and books what comes free', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'waitlist-owner' }, (owner) =>
    withPage({ js, width: 390, name: 'waitlist-client', status: [422] }, async (client) => {
      const name = js ? 'Deep stretch' : 'Long stretch';
      const slug = name.toLowerCase().replaceAll(' ', '-');
      const email = `waits.${js}@example.com`;
      await setUp(owner, name, js);
      await visit(owner, `${DIARY}/waitlist`, { js });
      await owner.getByText('Nobody waits').waitFor();
      if (js) await look(owner, 'waitlist-empty');

      const soon = new Date(Date.now() + 9 * 86_400_000).toISOString();
      const start = (await starts(slug)).find((one) => one > soon);
      const taken = await bookElsewhere(slug, start, 'Tara Taken');

      await visit(client, `${HOME}/${slug}`, { js });
      await client.getByText('None of these suit?').waitFor();
      await client.getByRole('link', { name: 'Join the waitlist' }).click();
      await heading(client, 'Join the waitlist');
      await client.getByLabel('First day').fill(dateIn(start));
      await client.getByLabel('Last day').fill(dateIn(start));
      await client.getByLabel('Name').fill('Wanda Waits');
      await client.getByLabel('Email').fill('nobody');
      await longEnough(client);
      await client.getByRole('button', { name: 'Join the waitlist' }).click();
      await client.locator('#field-email-error').waitFor();
      assert.equal(await client.getByLabel('Name').inputValue(), 'Wanda Waits');
      assert.equal(await client.getByLabel('First day').inputValue(), dateIn(start));
      if (js) await look(client, 'waitlist-refused');
      await client.getByLabel('Email').fill(email);
      await fitsWidth(client);
      await longEnough(client);
      await client.getByRole('button', { name: 'Join the waitlist' }).click();
      await heading(client, 'You’re on the waitlist');
      if (js) await look(client, 'waitlist-joined');

      const place = linkIn(await letter(email, `You’re on the waitlist: ${name}`), site.origin);
      await visit(client, place, { js });
      await heading(client, 'You’re on the waitlist');
      if (js) await look(client, 'waitlist-place');
      await visit(owner, DIARY, { js });
      await owner.getByRole('link', { name: 'Waitlist (1)' }).click();
      await owner.getByText('Wanda Waits').first().waitFor();
      if (js) await look(owner, 'waitlist-list');

      await cancelElsewhere(taken.token);
      await offered(client, place, js);
      if (js) await axe(client);
      await client.getByText(/^Held for you until \d/).waitFor();
      if (js) await look(client, 'waitlist-offer');
      await visit(owner, `${DIARY}/waitlist`, { js });
      await owner.getByText('Offered').first().waitFor();
      assert.ok((await starts(slug)).every((one) => Date.parse(one) !== Date.parse(start)), 'it is held');
      await client.getByRole('button', { name: 'Book this time' }).click();
      await heading(client, 'You’re booked');
      assert.ok((await text(client.locator('.ticket'))).includes(name));
      await visit(owner, `${DIARY}/waitlist`, { js });
      await owner.getByText('No longer waiting').waitFor();
    })));

test('who waits lets a time go, and leaves', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'waitlist-owner' }, (owner) =>
    withPage({ js, width: 390, name: 'waitlist-client' }, async (client) => {
      const name = js ? 'Quick stretch' : 'Slow stretch';
      const slug = name.toLowerCase().replaceAll(' ', '-');
      const email = `leaves.${js}@example.com`;
      await setUp(owner, name, js);
      const soon = new Date(Date.now() + 10 * 86_400_000).toISOString();
      const start = (await starts(slug)).find((one) => one > soon);
      const taken = await bookElsewhere(slug, start, 'Tara Taken');
      await visit(client, `${HOME}/${slug}/waitlist`, { js });
      await client.getByLabel('First day').fill(dateIn(start));
      await client.getByLabel('Last day').fill(dateIn(start));
      await client.getByLabel('Name').fill('Leo Leaves');
      await client.getByLabel('Email').fill(email);
      await longEnough(client);
      await client.getByRole('button', { name: 'Join the waitlist' }).click();
      await heading(client, 'You’re on the waitlist');
      const place = linkIn(await letter(email, `You’re on the waitlist: ${name}`), site.origin);
      await cancelElsewhere(taken.token);
      await offered(client, place, js);
      await client.getByRole('button', { name: 'Let it go' }).click();
      await client.getByText('It goes to the next in line.').waitFor();
      await heading(client, 'You’re on the waitlist');
      await confirm(client, 'Leave the waitlist', 'Yes, leave it');
      await heading(client, 'You have left the waitlist');
      if (js) await look(client, 'waitlist-left');
    })));

test('the desk offers somebody who waits a free time', { js: [true, false] }, ({ js }) =>
  withPage({ js, width: 390, name: 'waitlist-desk' }, (owner) =>
    withPage({ js, width: 390, name: 'waitlist-called' }, async (client) => {
      const name = js ? 'Warm stretch' : 'Cold stretch';
      const slug = name.toLowerCase().replaceAll(' ', '-');
      const email = `called.${js}@example.com`;
      await setUp(owner, name, js);
      const soon = new Date(Date.now() + 11 * 86_400_000).toISOString();
      const start = (await starts(slug)).find((one) => one > soon);
      await visit(client, `${HOME}/${slug}/waitlist`, { js });
      await client.getByLabel('First day').fill(dateIn(start));
      await client.getByLabel('Last day').fill(dateIn(start));
      await client.getByLabel('Name').fill('Cora Called');
      await client.getByLabel('Email').fill(email);
      await longEnough(client);
      await client.getByRole('button', { name: 'Join the waitlist' }).click();
      await heading(client, 'You’re on the waitlist');
      const place = linkIn(await letter(email, `You’re on the waitlist: ${name}`), site.origin);

      await visit(owner, `${DIARY}/waitlist`, { js });
      await owner.getByRole('link', { name: 'Offer a time to Cora Called' }).click();
      await heading(owner, 'Offer Cora Called a time');
      await fitsWidth(owner);
      if (js) await axe(owner);
      if (js) await look(owner, 'waitlist-offer-now');
      await owner.locator('.time-choice').first().click();
      await owner.getByRole('button', { name: 'Offer it' }).click();
      await owner.getByText('Offered. We have written to them').waitFor();
      await owner.getByText('Offered', { exact: true }).first().waitFor();
      await visit(client, place, { js });
      await heading(client, 'A time has come free');
      await client.getByRole('button', { name: 'Book this time' }).click();
      await heading(client, 'You’re booked');
    })));
