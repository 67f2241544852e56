// The team's diary: logging in, live appointments, lost connections, cancelling, logging out.
import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, fitsWidth, hydrated, shot, site, test, text, visit, withPage } from '../harness.mjs';
import { DIARY, aStart, bookElsewhere, cancelElsewhere, confirm, dateIn, diaryAt, heading, inDiary, logIn, plusDays, starts, timeIn } from '../journeys.mjs';

const both = { js: [true, false] };
const cancelledClass = /is-off/;

/** Logs the owner in where the form is. */
async function enter(page) {
  await page.getByLabel('Email').fill(DEMO.email);
  await page.getByLabel('Password', { exact: true }).fill(DEMO.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

/** Ends the session of a page that stays open. */
async function endSessions(page) {
  const cookies = await page.context().cookies();
  const token = cookies.find(({ name }) => name.includes('csrf')).value;
  const headers = { 'x-csrf-token': token, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };
  await page.request.post(`${site.origin}/fn/auth/log-out-everywhere`, { headers, data: '', maxRedirects: 0 });
}

test('log in after a wrong password; week, day and dialog', both, ({ js }) =>
  withPage({ js, name: 'dashboard', status: [401] }, async (page) => {
    const start = await aStart('follow-up');
    const { id } = await bookElsewhere('follow-up', start, 'Dora Diary', { phone: '0412 345 678', notes: 'Two lines:\nsecond.' });
    const path = diaryAt(start);
    await page.goto(path);
    if (js) await hydrated(page);
    await heading(page, 'Log in');
    await page.getByLabel('Email').fill(DEMO.email);
    await page.getByLabel('Password', { exact: true }).fill('wrong horse');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(DEMO.password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.waitForURL(new RegExp(`${DIARY}\\?date=`));

    await inDiary(page, id).waitFor();
    assert.equal(await page.locator('.diary-day').count(), 7);
    assert.ok((await text(inDiary(page, id))).includes('Dora Diary'));
    // A short block shows the name alone; the rest is there to be read aloud.
    const block = await inDiary(page, id).textContent();
    for (const said of ['Follow-up treatment', timeIn(start).split(' ')[0]]) assert.ok(block.includes(said), block);

    await page.getByRole('navigation', { name: 'Calendar' }).getByRole('link', { name: 'Day', exact: true }).click();
    await page.waitForURL(/view=day/);
    // From a week that doesn't hold today the first day is shown; go on to the appointment's.
    await visit(page, diaryAt(start, 'day'), { js });
    // A column for each person, and the appointment in its own.
    const people = await page.locator('.diary-person').allTextContents();
    assert.ok(people.length > 1, `${people}`);
    assert.equal(await page.locator('.diary-day').count(), people.length);
    await inDiary(page, id).click();
    const dialog = page.getByRole('dialog', { name: 'Dora Diary' });
    await dialog.waitFor();
    const facts = await text(dialog);
    const column = page.locator('.diary-day', { has: inDiary(page, id) });
    assert.ok(facts.includes(`with ${(await column.locator('.diary-person').textContent()).trim()}`), facts);
    for (const said of ['0412 345 678', 'someone.else@example.com', 'Two lines:', 'second.', 'Follow-up treatment']) assert.ok(facts.includes(said), facts);
    if (js) {
      await page.keyboard.press('Escape');
    } else {
      await dialog.getByRole('link', { name: 'Close' }).click();
    }
    await dialog.waitFor({ state: 'hidden' });
    // Whoever goes by the keyboard goes on from where they were.
    if (js) await page.waitForFunction((id) => document.activeElement?.dataset.appointment === id, id);
    await page.getByRole('link', { name: 'Later day' }).click();
    await page.waitForURL((url) => url.searchParams.get('date') === plusDays(dateIn(start), 1));
    await page.getByRole('link', { name: 'Today' }).click();
    await page.waitForURL((url) => url.searchParams.get('date') === dateIn(Date.now()));
    await page.locator('.diary-day.is-today, .empty').first().waitFor();
  }));

test('a booking made elsewhere appears by itself, and leaves likewise', { databases: EVERYWHERE }, () =>
  withPage({ name: 'dashboard-live' }, async (page) => {
    const start = await aStart('telehealth');
    await logIn(page, diaryAt(start));
    await page.locator('.live', { hasText: 'Live' }).waitFor();
    await page.evaluate(() => { window.stillHere = true; });

    const booked = await bookElsewhere('telehealth', start, 'Nadia Now');
    await inDiary(page, booked.id).waitFor();
    assert.ok((await text(inDiary(page, booked.id))).includes('Nadia Now'));
    // It is said aloud, too.
    await page.locator('[aria-live=polite]', { hasText: 'New booking: Nadia Now' }).waitFor({ state: 'attached' });

    await cancelElsewhere(booked.token);
    await page.locator(`[data-appointment='${booked.id}'].is-off`).waitFor();
    assert.equal(await page.evaluate(() => window.stillHere), true, 'without a reload');
  }));

test('several at once all appear', { databases: EVERYWHERE }, () =>
  withPage({ name: 'dashboard-live' }, async (page) => {
    const first = await aStart('telehealth');
    await logIn(page, diaryAt(first, 'day'));
    await page.locator('.live', { hasText: 'Live' }).waitFor();
    const names = ['Ana', 'Bea', 'Cyd'].map((name) => `${name} Crowd`);
    const booked = await Promise.all(names.map((name) => bookElsewhere('telehealth', first, name).catch(() => undefined)));
    const made = booked.filter(Boolean);
    assert.ok(made.length >= 1);
    for (const { id } of made) await inDiary(page, id).waitFor();
  }));

test('what happens while the connection is lost is there when it comes back', { databases: EVERYWHERE }, () =>
  withPage({ name: 'dashboard-lost' }, async (page, context) => {
    const start = await aStart('telehealth');
    await logIn(page, diaryAt(start));
    const live = page.locator('.live');
    await live.filter({ hasText: 'Live' }).waitFor();
    await context.lose(true);
    const before = await bookElsewhere('telehealth', start, 'Olga Offline');
    const again = await bookElsewhere('follow-up', await startNear('follow-up', start), 'Otto Offline');
    await new Promise((resolve) => { setTimeout(resolve, 500); });
    await context.lose(false);
    await inDiary(page, before.id).waitFor();
    await inDiary(page, again.id).waitFor();
    await live.filter({ hasText: 'Live' }).waitFor();
    const after = await bookElsewhere('telehealth', await startNear('telehealth', start), 'Ona Online');
    await inDiary(page, after.id).waitFor();
  }));

/** A start in the same week as another. */
async function startNear(service, start) {
  const monday = (instant) => {
    const date = dateIn(instant);
    return plusDays(date, -((new Date(`${date}T12:00:00Z`).getUTCDay() + 6) % 7));
  };
  const near = (await starts(service)).filter((other) => monday(other) === monday(start) && other !== start);
  assert.ok(near.length > 0);
  return near.at(-1);
}

test('cancel an appointment', both, ({ js }) =>
  withPage({ js, name: 'dashboard-cancel' }, async (page) => {
    const start = await aStart('follow-up');
    const { id, token } = await bookElsewhere('follow-up', start, 'Carla Cancel');
    await logIn(page, diaryAt(start), { js });
    await inDiary(page, id).click();
    const dialog = page.getByRole('dialog', { name: 'Carla Cancel' });
    await dialog.waitFor();
    assert.equal(await dialog.getByRole('button', { name: 'Mark as no-show' }).count(), 0, 'it hasn’t begun');
    await confirm(page, 'Cancel appointment', 'Yes, cancel it');
    await page.locator(`[data-appointment='${id}'].is-off`).waitFor();
    assert.match(await inDiary(page, id).getAttribute('class'), cancelledClass);
    const answer = await fetch(`${site.origin}/manage/${token}`);
    assert.ok((await answer.text()).includes('This booking is cancelled'));
  }));

test('an appointment that has begun can be marked as a no-show, and that be taken back', both, ({ js }) =>
  withPage({ js, name: 'dashboard-no-show' }, async (page) => {
    const lastWeek = plusDays(dateIn(Date.now()), -7);
    await logIn(page, `${DIARY}?date=${lastWeek}&view=week`, { js });
    const block = page.locator('[data-appointment]:not(.is-off)').first();
    const id = await block.getAttribute('data-appointment');
    await block.click();
    await page.getByRole('button', { name: 'Mark as no-show' }).click();
    await page.locator(`[data-appointment='${id}'].is-off`).waitFor();
    assert.match(await inDiary(page, id).textContent(), /no-show/i);

    if (!js) await visit(page, `${DIARY}?date=${lastWeek}&view=week`, { js });
    await inDiary(page, id).click();
    assert.equal(await page.getByText('Cancel appointment').count(), 0, 'it is over');
    await page.getByRole('button', { name: 'Mark as booked' }).click();
    await page.locator(`[data-appointment='${id}']:not(.is-off)`).waitFor();
  }));

test('a day that there isn’t shows today, and says so', both, ({ js }) =>
  withPage({ js, name: 'dashboard-no-day', status: [422] }, async (page) => {
    await logIn(page, DIARY, { js });
    for (const date of ['banana', '2026-02-30', '9999-12-31', '-000001-01-01']) {
      await visit(page, `${DIARY}?date=${date}&view=banana`, { js, status: 422 });
      await page.getByText('There is no such day').waitFor();
      assert.equal(await page.locator('.diary-day.is-today, .empty').first().isVisible(), true, date);
    }
  }));

test('the account’s menu closes on Escape and on a click elsewhere', {}, () =>
  withPage({ name: 'dashboard-menu' }, async (page) => {
    await logIn(page, DIARY);
    const [menu, button] = [page.locator('.topbar details.menu'), page.locator('.topbar details.menu summary')];
    await button.click();
    await page.getByRole('button', { name: 'Log out' }).waitFor();
    assert.equal(await page.getByText('Other organisations').count(), 0, 'there are none');
    await page.keyboard.press('Escape');
    assert.equal(await menu.getAttribute('open'), null);
    assert.equal(await button.evaluate((button) => button === document.activeElement), true);
    await button.click();
    await page.locator('#main').click({ position: { x: 5, y: 5 } });
    await page.waitForFunction(() => !document.querySelector('.topbar details.menu').open);
  }));

test('a change that comes too late is refused, and said', both, ({ js }) =>
  withPage({ js, name: 'dashboard-late', status: [409] }, async (page) => {
    const start = await aStart('follow-up');
    const { id, token } = await bookElsewhere('follow-up', start, 'Lars Late');
    await logIn(page, `${diaryAt(start)}&open=${id}`, { js });
    await page.getByRole('dialog', { name: 'Lars Late' }).waitFor();
    if (js) {
      // The stream would tell; let it be a moment too late.
      await page.route('**/fn/calendar/diary**', () => {});
    }
    await cancelElsewhere(token);
    await confirm(page, 'Cancel appointment', 'Yes, cancel it');
    await page.getByRole('alert').first().waitFor();
    assert.match(await text(page.getByRole('alert').first()), /changed in the meantime/);
  }));

test('after logging out, the back button shows nothing private', both, ({ js }) =>
  withPage({ js, name: 'dashboard-out', status: [401] }, async (page) => {
    const start = await aStart('follow-up');
    await bookElsewhere('follow-up', start, 'Petra Private');
    const path = diaryAt(start);
    await logIn(page, path, { js });
    await page.locator('[data-appointment]', { hasText: 'Petra Private' }).first().waitFor();
    await page.locator('summary', { hasText: 'Priya Raman' }).click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await heading(page, 'The front desk');
    await page.goBack();
    await heading(page, 'Log in');
    assert.ok(!(await page.content()).includes('Petra Private'));
    await page.goto(path);
    await heading(page, 'Log in');
    if (js) await hydrated(page);
    await enter(page);
    await page.waitForURL(site.origin + path);
    await page.locator('[data-appointment]', { hasText: 'Petra Private' }).first().waitFor();
  }));

test('a diary whose session ends elsewhere asks to log in, by itself', {}, () =>
  withPage({ js: true, name: 'dashboard-ended', status: [401] }, async (page) => {
    const start = await aStart('follow-up');
    await bookElsewhere('follow-up', start, 'Rita Revoked');
    await logIn(page, diaryAt(start), { js: true });
    await page.locator('[data-appointment]', { hasText: 'Rita Revoked' }).first().waitFor();
    await endSessions(page);
    await heading(page, 'Log in');
    assert.ok(!(await page.content()).includes('Rita Revoked'));
  }));

test('what was typed before the session ended is not lost', both, ({ js }) =>
  withPage({ js, width: 390, name: 'ended', status: [401, 403] }, async (page) => {
    await logIn(page, '/account/name', { js });
    await page.getByLabel('Name').fill('Priya Typed-This');
    await endSessions(page);
    await page.getByRole('button', { name: 'Save' }).click();
    if (!js) await heading(page, 'Please log in again');
    await fitsWidth(page);
    await shot(page, js ? 'ended-in-form' : 'ended-page');
    const [beside] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'Log in in a new tab' }).click(),
    ]);
    if (js) await hydrated(beside);
    await enter(beside);
    await beside.waitForURL(`${site.origin}/account/name`);
    if (!js) await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByLabel('Name').inputValue(), 'Priya Typed-This');
    await page.getByLabel('Name').fill('Priya Raman');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/account\?named=1/);
  }));
