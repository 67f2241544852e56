// Contests and badges: set up, run, changed, cancelled and signed off; with scripts and without.
import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, fitsWidth, look, site, test, text, visit, withPage } from '../harness.mjs';
import { confirm, heading, logIn } from '../journeys.mjs';

const BOARD = `/app/${DEMO.slug}/scoreboard`;
const CONTESTS = `${BOARD}/contests`;
const MEMBER = 'reception@harbour-physio.example';
const phone = { width: 390, height: 844 };

test('a contest is set up, shows who stands where, and is changed and cancelled', { js: [true, false], databases: EVERYWHERE }, ({ js }) =>
  withPage({ js, ...phone, name: 'contests-set-up', status: [422] }, async (page) => {
    const name = js ? 'Summer sprint' : 'Autumn sprint';
    await logIn(page, CONTESTS, { js });
    await heading(page, 'Contests');
    assert.match(await text(page.locator("[data-contest='Race to ten thousand']")), /first to reach \$10,000\.00 of Sales/);
    assert.match(await text(page.locator("[data-contest='Spring sprint']")), /signed off .* Won by /);
    assert.match(await text(page.locator("[data-badge='Best week yet']")), /One’s best week so far in Sales/);
    await fitsWidth(page);
    await page.getByRole('link', { name: 'Set up a contest' }).click();
    await heading(page, 'Set up a contest');
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByRole('radio', { name: /^A goal for everybody/ }).check();
    await page.locator('#field-metric').selectOption({ label: 'Sales' });
    await page.locator('#field-goal').fill('1.005');
    await page.getByLabel('Prizes').fill('A long lunch\nCoffee for a week');
    await page.getByRole('button', { name: 'Set it up' }).click();
    await page.locator('#field-goal-error').waitFor();
    assert.equal(await page.locator('#field-goal').inputValue(), '1.005', 'what was typed is kept');
    assert.equal(await page.getByLabel('Prizes').inputValue(), 'A long lunch\nCoffee for a week');
    await page.locator('#field-goal').fill('0.05');
    await page.getByRole('button', { name: 'Set it up' }).click();
    await page.getByText('It is set up.').waitFor();
    await heading(page, name);
    await page.getByText('Everybody who reaches $0.05 of Sales wins.').waitFor();
    assert.ok(await page.locator('.board-line').count() >= 5, 'everybody takes part');
    assert.equal(await page.locator('#main').getByText('Leilani Fifita').count(), 0, 'but for who is on no board');
    if (js) await look(page, 'contests-one');
    else await fitsWidth(page);
    await page.setViewportSize(phone);

    // It runs: its last day and its prizes can change.
    await page.locator('summary', { hasText: 'Change it' }).click();
    assert.equal(await page.locator('#field-name').count(), 0);
    await page.getByLabel('Prizes').fill('Cake');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    assert.equal(await text(page.locator('.contest-prizes')), 'Cake');
    await confirm(page, 'Cancel it', 'Yes, cancel it');
    await page.getByText('Cancelled. Nobody wins it.').waitFor();
    assert.equal(await page.locator('summary', { hasText: 'Change it' }).count(), 0);
    await visit(page, CONTESTS, { js });
    assert.match(await text(page.locator(`[data-contest='${name}']`)), /cancelled/);
  }));

test('a contest that is over is signed off, and members see who won', { databases: EVERYWHERE }, () =>
  withPage({ name: 'contests-manager' }, (manager) =>
    withPage({ js: false, ...phone, name: 'contests-member' }, async (member) => {
      await logIn(manager, CONTESTS);
      await heading(manager, 'Contests');
      await look(manager, 'contests');
      await manager.getByRole('link', { name: 'Calls of the fortnight' }).click();
      await heading(manager, 'Calls of the fortnight');
      const first = await text(manager.locator('.board-line').first().locator('.board-who span').first());
      await manager.getByRole('button', { name: 'Sign it off' }).click();
      await manager.getByText('Signed off. What it came to stays as it is.').waitFor();
      assert.equal(await manager.getByRole('button', { name: 'Sign it off' }).count(), 0);
      await look(manager, 'contests-signed-off');

      await visit(member, `/login?next=${encodeURIComponent(CONTESTS)}`, { js: false });
      await member.getByLabel('Email').fill(MEMBER);
      await member.getByLabel('Password', { exact: true }).fill(DEMO.password);
      await member.getByRole('button', { name: 'Log in', exact: true }).click();
      await member.waitForURL(site.origin + CONTESTS);
      await heading(member, 'Contests');
      assert.equal(await member.getByRole('link', { name: 'Set up a contest' }).count(), 0);
      const line = await text(member.locator("[data-contest='Calls of the fortnight']"));
      assert.ok(line.includes(`Won by ${first} `), line);
      await fitsWidth(member);
    })));

test('a badge is set up, and somebody comes by it until it is put right', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'badges', status: [422] }, async (page) => {
    const name = js ? 'Thunder' : 'Lightning';
    await logIn(page, `${BOARD}/badges`, { js });
    await heading(page, 'Badges');
    if (js) await look(page, 'badges');
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.locator('#field-icon').selectOption({ label: 'A flame' });
    await page.locator('#field-metric').selectOption({ label: 'Sales' });
    await page.getByRole('radio', { name: /^One large one/ }).check();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.locator('#field-amount-error').waitFor();
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), name);
    await page.locator('#field-amount').fill('98,765');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Added. It is given for what is from today on').waitFor();
    assert.match(await text(page.locator(`[data-badge='${name}']`)), /\$98,765\.00 of Sales or more at once/);

    await visit(page, `${BOARD}/enter?metric=sales`, { js });
    await page.getByLabel('For', { exact: true }).selectOption({ label: 'Noor Haddad' });
    await page.getByLabel('How much').fill('98,765');
    await page.getByRole('button', { name: 'Enter it' }).click();
    await page.getByText('of Sales for Noor Haddad, on').waitFor();
    const entry = await page.getByRole('link', { name: 'Look at it, or take it back' }).getAttribute('href');
    const held = page.locator(`[data-badge='${name}']`);
    await visit(page, CONTESTS, { js });
    assert.match(await text(held), /Noor Haddad, /);
    await visit(page, entry, { js });
    await page.locator('summary', { hasText: 'Take it back' }).click();
    await page.locator('form', { has: page.getByRole('button', { name: 'Yes, take it back' }) }).getByLabel('Why').fill('A test sale');
    await page.getByRole('button', { name: 'Yes, take it back' }).click();
    await page.getByText('Taken back. It counts no longer.').waitFor();
    await visit(page, CONTESTS, { js });
    assert.match(await text(held), /Nobody lately\./);
    if (js) {
      await visit(page, `${BOARD}/badges`);
      await page.getByRole('link', { name, exact: true }).click();
      await heading(page, name);
      await look(page, 'badge');
    }
  }));
