// The scoreboard: an owner sets it up and enters with two taps, what waits for a yes, who is on no board, and office screens that nobody has
// to look after; with scripts and without.
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, axe, fitsWidth, look, shot, site, test, text, visit, withPage } from '../harness.mjs';
import { confirm, enterAs, heading, logIn } from '../journeys.mjs';
import { enterFirst, withDemoServer, withFirstServer } from '../lib/first.mjs';

const BOARD = `/app/${DEMO.slug}/scoreboard`;
const FIRST = '/app/quokka-physio/scoreboard';
const MEMBER = 'reception@harbour-physio.example';
const MANAGER = 'manager@harbour-physio.example';
const both = { js: [true, false], databases: EVERYWHERE };
const phone = { width: 390, height: 844 };
const wall = { width: 1920, height: 1080 };
/** What a screen shows first: everybody's month, and the teams'. */
const PEOPLE = 'board:sales:month:people';
const TEAMS = 'board:sales:month:teams';

test('a new owner says what is counted and whose, enters it with two taps, and puts it right in the open', { js: [true, false] }, ({ js }) =>
  withFirstServer(`scoreboard-${js}`, (server) =>
    withPage({ base: server.url, js, ...phone, name: 'scoreboard-first', status: [401, 422] }, async (page) => {
      const seen = async (name) => {
        if (js) await look(page, `scoreboard-${name}`);
        else await fitsWidth(page);
        await page.setViewportSize(phone);
      };
      const press = (name) => page.getByRole('button', { name, exact: true }).click();
      await enterFirst(page, js);
      await visit(page, FIRST, { js });
      await page.getByText('Nothing is counted yet').waitFor();
      await seen('nothing-counted');
      await page.getByRole('link', { name: 'Say what is counted' }).click();
      await heading(page, 'What is counted');
      await seen('no-metrics');
      await press('Add');
      await page.locator('#field-name-error').waitFor();
      await page.getByLabel('Name', { exact: true }).fill('Sales');
      await page.getByRole('radio', { name: /^Money/ }).check();
      await press('Add');
      await page.getByText('Added. Boards show it already.').waitFor();
      await heading(page, 'Sales');

      await visit(page, FIRST, { js });
      await page.getByText('Nobody’s results are counted yet.').waitFor();
      await page.getByRole('link', { name: 'Add people' }).click();
      await heading(page, 'People on the scoreboard');
      await seen('no-people');
      await page.getByLabel('Name', { exact: true }).fill('Olly Operator');
      await page.getByLabel('Logs in as').selectOption({ label: 'Olly Operator' });
      await press('Add');
      await page.getByText('Added. Results can be entered for them already.').waitFor();
      await heading(page, 'Olly Operator');
      await visit(page, `${FIRST}/people`, { js });
      await page.getByLabel('Name', { exact: true }).fill('Bea Fields');
      await press('Add');
      await heading(page, 'Bea Fields');

      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click();
      await heading(page, 'Settings');
      await page.getByRole('link', { name: 'Teams and branches' }).click();
      await heading(page, 'Teams and branches');
      await seen('no-teams');
      await page.getByLabel('Name', { exact: true }).fill('North');
      await press('Add');
      await page.getByText('Added. Now put people in it').waitFor();
      await visit(page, `${FIRST}/people`, { js });
      await page.getByRole('link', { name: 'Olly Operator', exact: true }).click();
      await heading(page, 'Olly Operator');
      await page.getByLabel('Team or branch').selectOption({ label: 'North' });
      await press('Put them in');
      await page.getByText('Saved.', { exact: true }).waitFor();
      assert.match(await text(page.locator("[data-team='North']")), /Since/);

      // Two taps: the amount has the keyboard from the start.
      await visit(page, FIRST, { js });
      await page.getByRole('link', { name: 'Enter a result' }).click();
      await page.locator('#field-value:focus').waitFor();
      await page.keyboard.type('1,234.50');
      await press('Enter it');
      await page.getByText('Entered: $1,234.50 of Sales for Olly Operator, on').waitFor();
      await seen('entered');
      await page.getByLabel('How much').fill('1.005');
      await page.getByLabel('For', { exact: true }).selectOption({ label: 'Bea Fields' });
      await press('Enter it');
      await page.locator('#field-value-error', { hasText: 'without part of a cent' }).waitFor();
      assert.equal(await page.getByLabel('How much').inputValue(), '1.005');
      await page.getByLabel('How much').fill('50');
      await press('Enter it');
      await page.getByText('Entered: $50.00 of Sales for Bea Fields, on').waitFor();

      await visit(page, FIRST, { js });
      assert.match(await text(placeOf(page, 'Olly Operator')), /^1 Olly Operator You \$1,234\.50$/);
      assert.match(await text(placeOf(page, 'Bea Fields')), /^2 Bea Fields \$50\.00 \$1,184\.50 behind$/);
      assert.equal(await text(page.locator('.board-total')), 'Everybody $1,284.50');
      await seen('two-places');
      await page.getByText('Who, and what becomes of equals').click();
      await page.getByLabel('Who', { exact: true }).selectOption({ label: 'Teams' });
      await press('Show');
      await page.waitForURL(/of=teams/);
      assert.equal(await figureOf(page, 'North'), '$1,234.50');

      // What is wrong is put right by another line, with the reason; both stay.
      await visit(page, FIRST, { js });
      await placeOf(page, 'Olly Operator').getByRole('link').click();
      await heading(page, 'Entries');
      await page.getByRole('link', { name: '$1,234.50 of Sales for Olly Operator' }).click();
      await heading(page, '$1,234.50 of Sales');
      const right = page.locator('form', { has: page.getByRole('button', { name: 'Put it right' }) });
      await right.getByLabel('How much').fill('1243.50');
      await press('Put it right');
      await right.locator('.field-error', { hasText: 'Say why' }).waitFor();
      assert.equal(await right.getByLabel('How much').inputValue(), '1243.50');
      await right.getByLabel('Why').fill('Two digits were swapped');
      await press('Put it right');
      await page.getByText('Put right. This stands instead.').waitFor();
      await heading(page, '$1,243.50 of Sales');
      const line = page.getByRole('region', { name: 'How it came to be' }).getByRole('listitem');
      assert.equal(await line.count(), 2);
      assert.match(await text(line.first()), /^\$1,234\.50 for Olly Operator, .* Put right/);
      assert.match(await text(line.last()), /^\$1,243\.50 for Olly Operator, /);
      await seen('entry-put-right');
      await line.first().getByRole('link').click();
      await heading(page, '$1,234.50 of Sales');
      await page.getByText('“Two digits were swapped”').waitFor();
      assert.equal(await right.count(), 0, 'what was put right stays as it is');

      await visit(page, `${FIRST}/entries`, { js });
      await page.getByRole('link', { name: '$50.00 of Sales for Bea Fields' }).click();
      await heading(page, '$50.00 of Sales');
      await page.locator('summary', { hasText: 'Take it back' }).click();
      const back = page.locator('form', { has: page.getByRole('button', { name: 'Yes, take it back' }) });
      await back.getByLabel('Why').fill('Entered twice');
      await seen('entry-taking-back');
      await press('Yes, take it back');
      await page.getByText('Taken back. It counts no longer.').waitFor();
      await page.getByText('“Entered twice”').waitFor();
      await visit(page, FIRST, { js });
      assert.equal(await figureOf(page, 'Bea Fields'), '$0.00');
      assert.equal(await text(page.locator('.board-total')), 'Everybody $1,243.50');
      await visit(page, `${FIRST}/entries`, { js });
      assert.equal(await page.getByRole('listitem').filter({ hasText: 'Taken back' }).count(), 1);
      assert.equal(await page.getByRole('listitem').filter({ hasText: 'Put right' }).count(), 1);
    })));

test('what a member enters waits for a manager’s yes, and counts from then on; after a no it never does', both, ({ js }) =>
  withPage({ js, ...phone, name: 'scoreboard-member' }, (member) =>
    withPage({ js, name: 'scoreboard-manager' }, async (manager) => {
      const board = `${BOARD}?metric=new_clients`;
      await enterAs(manager, MANAGER, board, { js });
      await heading(manager, 'Scoreboard');
      let counted = Number(await figureOf(manager, 'Sam Lee'));
      await enterAs(member, MEMBER, `${BOARD}/enter?metric=new_clients`, { js });
      await heading(member, 'Enter a result');
      assert.equal(await member.getByLabel('For', { exact: true }).count(), 0, 'a member enters their own');
      for (const [answer, done, state, more] of [
        ['Yes', 'Approved. It counts now.', 'It counts', 3],
        ['No', 'Declined. It doesn’t count, and stays to be seen.', 'A manager said no: it doesn’t count', 0],
      ]) {
        await visit(member, `${BOARD}/enter?metric=new_clients`, { js });
        await member.getByLabel('How much').fill('3');
        await member.getByRole('button', { name: 'Enter it' }).click();
        await member.getByText('It counts once a manager has said yes.').waitFor();
        await fitsWidth(member);
        const entry = await member.getByRole('link', { name: 'Look at it, or take it back' }).getAttribute('href');
        await visit(member, entry, { js });
        await member.getByText('It counts once a manager has said yes', { exact: true }).waitFor();

        await visit(manager, board, { js });
        assert.equal(Number(await figureOf(manager, 'Sam Lee')), counted, 'it doesn’t count yet');
        await manager.getByRole('link', { name: /for your yes$/ }).click();
        await heading(manager, 'Waiting for your yes');
        const line = manager.locator(`[data-entry='${entry.split('/').pop()}']`);
        assert.match(await text(line), /^3 of New clients for Sam Lee Waits for a yes .*entered by Sam Lee/);
        if (js && more) await look(manager, 'scoreboard-waiting');
        await line.getByRole('button', { name: new RegExp(`^${answer}`) }).click();
        await manager.getByText(done).waitFor();
        assert.equal(await line.count(), 0);
        counted += more;
        await visit(manager, board, { js });
        assert.equal(Number(await figureOf(manager, 'Sam Lee')), counted);
        await visit(member, entry, { js });
        await member.getByText(state, { exact: true }).waitFor();
      }
    })));

test('who wants to be on no board is on none, and on no screen, and comes back when they say so', both, ({ js }) =>
  withPage({ js, name: 'scoreboard-mine' }, (member) =>
    withPage({ name: 'scoreboard-owner' }, (owner) =>
      withPage({ ...wall, name: 'scoreboard-mine-wall' }, async (screen) => {
        await logIn(owner, `${BOARD}/screens`);
        await heading(owner, 'Office screens');
        const address = await pair(owner, screen, js ? 'Kitchen' : 'Hall');
        const onScreen = shown(screen, PEOPLE).locator('.place', { hasText: 'Sam Lee' });
        await onScreen.waitFor({ state: 'attached' });
        await visit(owner, BOARD);
        const total = await text(owner.locator('.board-total'));
        assert.equal(await placeOf(owner, 'Sam Lee').count(), 1);

        await enterAs(member, MEMBER, `${BOARD}?metric=complaints`, { js });
        await member.getByText('Each sees only their own place here.').waitFor();
        assert.equal(await member.locator('.board-line').count(), 1);
        assert.equal(await placeOf(member, 'Sam Lee').count(), 1);
        assert.equal(await member.locator('.board-total').count(), 0, 'no more than their own');
        if (js) await look(member, 'scoreboard-private');
        await member.getByRole('link', { name: 'My results' }).click();
        await heading(member, 'My results');
        if (js) await look(member, 'scoreboard-mine');
        await confirm(member, 'Be on no board', 'Yes, leave me out');
        await member.getByText('You are on no board').waitFor();
        await onScreen.waitFor({ state: 'detached' });
        assert.ok(!(await screen.content()).includes('Sam Lee'), 'nor anywhere else on the screen');
        await visit(owner, BOARD);
        assert.ok(!(await owner.locator('#main').innerHTML()).includes('Sam Lee'), 'nor on the page');
        assert.equal(await text(owner.locator('.board-total')), total, 'what they did counts still');
        if (js) {
          await visit(member, `${BOARD}/mine`);
          await look(member, 'scoreboard-mine-on-no-board');
        }

        await visit(member, `${BOARD}/mine`, { js });
        await confirm(member, 'Be on boards again', 'Yes, show me');
        await member.getByText('Saved.', { exact: true }).waitFor();
        await onScreen.waitFor({ state: 'attached' });
        await visit(owner, BOARD);
        assert.equal(await placeOf(owner, 'Sam Lee').count(), 1);
        await takeAway(owner, address);
      }))));

test('a screen is paired, shows what is entered, takes turns, and is empty once it is taken away', { databases: EVERYWHERE }, () =>
  withPage({ name: 'scoreboard-admin', status: [422] }, (admin) =>
    withPage({ ...wall, name: 'scoreboard-wall' }, async (screen, context) => {
      await logIn(admin, `${BOARD}/screens`);
      await heading(admin, 'Office screens');
      await admin.getByLabel('Code').fill('AAAAAAA');
      await admin.getByLabel('Name', { exact: true }).fill('Sales floor');
      await admin.getByRole('button', { name: 'Add', exact: true }).click();
      await admin.locator('#field-code-error').waitFor();
      assert.equal(await admin.getByLabel('Name', { exact: true }).inputValue(), 'Sales floor');
      const address = await pair(admin, screen, 'Sales floor');
      const live = new URL(screen.url()).pathname;
      await axe(screen);
      await shot(screen, 'scoreboard-wall-paired');

      // It reaches nothing but its own boards.
      for (const elsewhere of [`/api/v1/orgs/${DEMO.slug}/scoreboard/board`, `/api/v1/orgs/${DEMO.slug}/scoreboard/entries`]) {
        assert.equal((await context.request.get(elsewhere)).status(), 401, elsewhere);
      }

      await visit(admin, address);
      await admin.getByLabel('Seconds for each').fill('1');
      await admin.getByRole('button', { name: 'Save', exact: true }).click();
      await admin.locator('#field-seconds-error').waitFor();
      assert.equal(await admin.getByLabel('Seconds for each').inputValue(), '1');
      await admin.getByLabel('Seconds for each').fill('5');
      await admin.getByRole('button', { name: 'Save', exact: true }).click();
      await admin.getByText('Saved. It shows it already.').waitFor();
      await admin.getByRole('link', { name: 'What came in last', exact: true }).click();
      await heading(admin, 'What came in last');
      await admin.getByLabel('What is counted').selectOption({ label: 'Sales' });
      await admin.getByRole('button', { name: 'Show it' }).click();
      await admin.getByText('Saved. It shows it already.').waitFor();
      await admin.getByRole('link', { name: 'An announcement', exact: true }).click();
      await heading(admin, 'An announcement');
      await admin.getByLabel('What it says').fill('Cake at three');
      await admin.getByRole('button', { name: 'Show it' }).click();
      await admin.getByText('Saved. It shows it already.').waitFor();
      await shown(screen, 'announcement').waitFor({ state: 'attached' });
      await look(admin, 'scoreboard-screen-of-admin');

      // By turns, one at a time.
      for (const key of [TEAMS, 'latest:sales', 'announcement', PEOPLE]) {
        await screen.locator(`.item.is-on[data-key='${key}']`).waitFor({ timeout: 20_000 });
        assert.equal(await screen.locator('.item:visible').count(), 1, key);
      }

      const before = cents(await figureOnScreen(screen, 'Mei-Lin Chua'));
      await screen.evaluate(() => { window.stillHere = true; });
      await enter(admin, 'Mei-Lin Chua', '12,345.67');
      await Promise.all([
        becomes(screen, 'Mei-Lin Chua', dollars(before + 1_234_567)),
        shown(screen, 'latest:sales').locator('.place', { hasText: 'Mei-Lin Chua' }).filter({ hasText: '$12,345.67' }).waitFor({ state: 'attached' }),
      ]);
      assert.equal(await screen.evaluate(() => window.stillHere), true, 'without a reload');

      // It tells what it shows once it has been there for a while.
      const told = admin.locator("[data-screen='Sales floor']", { hasText: / shows / });
      for (let tries = 0; tries < 15 && !(await told.count()); tries += 1) {
        await sleep(2000);
        await visit(admin, `${BOARD}/screens`);
      }
      assert.match(await text(told), /^Sales floor Live Heard of on /);
      await look(admin, 'scoreboard-screens');

      await visit(admin, address);
      await confirm(admin, 'Remove screen', 'Yes, remove it');
      await screen.locator('.place').first().waitFor({ state: 'detached' });
      await admin.getByText('Removed. It shows nothing more.').waitFor();
      await screen.locator('.code').waitFor();
      const over = await context.request.get(`${live}/live`, { timeout: 5000 });
      assert.equal(await over.text(), 'event: ended\ndata: {}\n\n', 'its secret opens nothing any more');
    })));

test('a screen is read from far away, upright too, and keeps still for who wants it to', {}, () =>
  withPage({ name: 'scoreboard-admin' }, (admin) =>
    withPage({ ...wall, name: 'scoreboard-far' }, async (screen) => {
      await logIn(admin, `${BOARD}/screens`);
      await heading(admin, 'Office screens');
      // As many as a screen has places for.
      const more = ['Xavier Yeo', 'Yusuf Zahra'];
      for (const name of more) {
        await visit(admin, `${BOARD}/people`);
        await admin.getByLabel('Name', { exact: true }).fill(name);
        await admin.getByRole('button', { name: 'Add', exact: true }).click();
        await heading(admin, name);
      }
      const address = await pair(admin, screen, 'Window');
      assert.equal(await shown(screen, PEOPLE).locator('.place').count(), 8);
      for (const { width, height } of [wall, { width: 1080, height: 1920 }, { width: 1280, height: 720 }]) {
        await screen.setViewportSize({ width, height });
        await shot(screen, `scoreboard-wall-${width}x${height}`);
        await axe(screen);
        await fitsWidth(screen);
        // What isn't its turn is laid out, too.
        const seen = await shown(screen, PEOPLE).evaluate((item) => {
          const box = (element) => element.getBoundingClientRect();
          const places = [...item.querySelectorAll('.place')];
          return {
            letters: Math.min(...places.map((place) => Number.parseFloat(getComputedStyle(place).fontSize))),
            lowest: Math.max(...places.map((place) => box(place).bottom)),
            foot: box(item.querySelector('footer')).top,
            end: box(item.querySelector('footer')).bottom,
            state: box(document.getElementById('state')).top,
            cut: [...item.querySelectorAll('.who')].filter((who) => who.scrollWidth > who.clientWidth).map((who) => who.textContent),
          };
        });
        const said = JSON.stringify({ width, height, ...seen });
        assert.ok(seen.letters >= Math.min(width, height) / 20, `large letters: ${said}`);
        assert.ok(seen.lowest <= seen.foot + 1 && seen.end <= seen.state + 1, `nothing on top of another: ${said}`);
        assert.deepEqual(seen.cut, [], said);
      }
      await look(screen, 'scoreboard-wall');
      const fades = () => screen.locator('.item').first().evaluate((item) => getComputedStyle(item).transitionDuration);
      assert.equal(await fades(), '0s');
      await screen.emulateMedia({ reducedMotion: 'no-preference' });
      assert.notEqual(await fades(), '0s');
      await takeAway(admin, address);
      for (const name of more) {
        await visit(admin, `${BOARD}/people`);
        await admin.getByRole('link', { name, exact: true }).click();
        await heading(admin, name);
        await admin.getByLabel('Not on boards').check();
        await admin.getByRole('button', { name: 'Save', exact: true }).first().click();
        await admin.getByText('Saved.', { exact: true }).waitFor();
      }
    })));

test('the page with the code is read, fits, and stays while the network is cut', {}, () =>
  withNetwork(site.origin, (network) =>
    withPage({ base: network.url, ...wall, name: 'scoreboard-pairing', wants: [/net::ERR_/] }, async (screen) => {
      await screen.goto('/screen');
      assert.match(await text(screen.locator('.code')), /^[2-9A-Z]{3} [2-9A-Z]{4}$/);
      await shot(screen, 'scoreboard-pairing-1920');
      await look(screen, 'scoreboard-pairing');
      network.cut('breaks off');
      await sleep(6000);
      assert.equal(await screen.locator('.code').count(), 1, 'no error page');
      network.mend();
    })));

test('a screen without scripts is paired, upright, and loads itself anew', { js: [false] }, ({ js }) =>
  withPage({ name: 'scoreboard-admin' }, (admin) =>
    withPage({ js, width: 1080, height: 1920, name: 'scoreboard-plain' }, async (screen) => {
      await logIn(admin, `${BOARD}/screens`);
      await heading(admin, 'Office screens');
      await screen.goto('/screen');
      await fitsWidth(screen);
      await shot(screen, 'scoreboard-pairing-1080x1920');
      const address = await pair(admin, screen, 'Old television');
      await fitsWidth(screen);
      await shot(screen, 'scoreboard-plain-1080x1920');
      const before = cents(await figureOnScreen(screen, 'Noor Haddad'));
      await enter(admin, 'Noor Haddad', '0.05');
      assert.match(await screen.locator("meta[http-equiv='refresh']").getAttribute('content'), /^30(; url=\/screen\/[0-9a-f-]{36}\?turn=1)?$/);
      await screen.reload();
      await becomes(screen, 'Noor Haddad', dollars(before + 5));
      await takeAway(admin, address);
      await screen.reload();
      await screen.locator('.code').waitFor();
    })));

for (const how of ['breaks off', 'falls silent']) {
  test(`a screen whose network ${how} says so, and is right again by itself`, {}, () =>
    withNetwork(site.origin, (network) =>
      withPage({ name: 'scoreboard-admin' }, (admin) =>
        withPage({ base: network.url, ...wall, name: 'scoreboard-cut', wants: [/net::ERR_/] }, async (screen) => {
          await logIn(admin, `${BOARD}/screens`);
          await heading(admin, 'Office screens');
          const address = await pair(admin, screen, `Where it ${how}`);
          const before = cents(await figureOnScreen(screen, 'Tom Whitlock'));
          await screen.evaluate(() => { window.stillHere = true; });
          network.cut(how);
          const since = Date.now();
          await Promise.all([saysItIsOld(screen), enter(admin, 'Tom Whitlock', '0.05')]);
          await axe(screen);
          await shot(screen, `scoreboard-wall-${how.replace(' ', '-')}`);
          await sleep(Math.max(0, since + 12_000 - Date.now()));
          assert.equal(cents(await figureOnScreen(screen, 'Tom Whitlock')), before);
          network.mend();
          await Promise.all([saysItIsLive(screen), becomes(screen, 'Tom Whitlock', dollars(before + 5))]);
          assert.equal(await screen.evaluate(() => window.stillHere), true, 'without a reload');
          await takeAway(admin, address);
        }))));
}

test('a screen that was taken away while its network was cut is empty once it is back', {}, () =>
  withNetwork(site.origin, (network) =>
    withPage({ name: 'scoreboard-admin' }, (admin) =>
      withPage({ base: network.url, ...wall, name: 'scoreboard-gone', wants: [/net::ERR_/] }, async (screen) => {
        await logIn(admin, `${BOARD}/screens`);
        await heading(admin, 'Office screens');
        const address = await pair(admin, screen, 'Sold');
        network.cut('breaks off');
        await takeAway(admin, address);
        assert.ok(await screen.locator('.place').count());
        network.mend();
        await screen.locator('.place').first().waitFor({ state: 'detached' });
        await screen.locator('.code').waitFor();
      }))));

test('a screen outlives its server, and never shows an error page', {}, () =>
  withDemoServer('scoreboard-restart', (server) =>
    withPage({ base: server.url, name: 'scoreboard-admin' }, (admin) =>
      withPage({ base: server.url, ...wall, name: 'scoreboard-restart', wants: [/net::ERR_/] }, async (screen) => {
        await enterAs(admin, DEMO.email, `${BOARD}/screens`, { base: server.url });
        await heading(admin, 'Office screens');
        await pair(admin, screen, 'Sales floor');
        const before = cents(await figureOnScreen(screen, 'Tom Whitlock'));
        await screen.evaluate(() => { window.stillHere = true; });
        const program = await programOf(server);
        process.kill(program.pid, 'SIGKILL');
        await saysItIsOld(screen);
        await shot(screen, 'scoreboard-wall-without-a-server');
        const again = program.start();
        try {
          await isUp(server);
          await saysItIsLive(screen);
          await enter(admin, 'Tom Whitlock', '0.05');
          await becomes(screen, 'Tom Whitlock', dollars(before + 5));
          assert.equal(await screen.evaluate(() => window.stillHere), true, 'it never left its page');
        } finally {
          const ended = new Promise((resolve) => { again.once('exit', resolve); });
          if (again.kill('SIGKILL')) await ended;
        }
      }))));

const pages = {
  board: (page) => visit(page, `${BOARD}?period=financial_year`),
  'board-teams': (page) => visit(page, `${BOARD}?metric=conversion&period=financial_year&of=teams`),
  enter: async (page) => {
    await visit(page, `${BOARD}/enter?metric=calls`);
    await page.getByText('Another day, or a note').click();
  },
  entries: (page) => visit(page, `${BOARD}/entries?metric=sales&period=last:90`),
  entry: async (page) => {
    await visit(page, `${BOARD}/entries?metric=sales&period=last:90`);
    await page.locator('.line').filter({ hasNotText: /Put right|Taken back/ }).first().getByRole('link').click();
    await page.locator('summary', { hasText: 'Take it back' }).click();
  },
  metrics: (page) => visit(page, `${BOARD}/metrics`),
  metric: (page) => openFirst(page, `${BOARD}/metrics`),
  people: (page) => visit(page, `${BOARD}/people`),
  person: async (page) => {
    await openFirst(page, `${BOARD}/people`);
    for (const summary of ['Change: ', 'Delete: ']) await page.locator(`summary[aria-label^='${summary}']`).first().click();
  },
  teams: (page) => visit(page, `${BOARD}/teams`),
  team: (page) => openFirst(page, `${BOARD}/teams`),
  counting: (page) => visit(page, `${BOARD}/counting`),
};
for (const [name, open] of Object.entries(pages)) {
  test(`the scoreboard’s page ${name}`, {}, () =>
    withPage({ name: `scoreboard-${name}` }, async (page) => {
      await logIn(page, BOARD);
      await heading(page, 'Scoreboard');
      await open(page);
      await look(page, `scoreboard-${name}`);
    }));
}

/** Opens the first of a list. */
async function openFirst(page, list) {
  await visit(page, list);
  await page.locator('.line-title a').first().click();
  await page.waitForURL(/\/[0-9a-f-]{36}$/);
}

/** Somebody's place on the board that a page shows, or a team's. */
const placeOf = (page, name) => page.locator(`.board-line[data-name='${name}']`);

/** What stands there. */
const figureOf = (page, name) => text(placeOf(page, name).locator('.board-figures strong'));

/** Enters a sale of somebody's. */
async function enter(page, name, amount) {
  await visit(page, `${BOARD}/enter?metric=sales`);
  await page.getByLabel('For', { exact: true }).selectOption({ label: name });
  await page.getByLabel('How much').fill(amount);
  await page.getByRole('button', { name: 'Enter it' }).click();
  await page.getByText(`of Sales for ${name}, on`).waitFor();
}

/** A screen shows its code, the admin types it in, and the boards come up by themselves. Gives the address of its page in the dashboard. */
async function pair(admin, screen, name) {
  await screen.goto('/screen');
  const code = await text(screen.locator('.code'));
  await visit(admin, `${BOARD}/screens`);
  // However it is spaced, and whichever letters are large.
  await admin.getByLabel('Code').fill(code.replace(' ', '').toLowerCase());
  await admin.getByLabel('Name', { exact: true }).fill(name);
  await admin.getByRole('button', { name: 'Add', exact: true }).click();
  await admin.getByText('Added. The boards come up on it within a few seconds.').waitFor();
  await screen.waitForURL(/\/screen\/[0-9a-f-]{36}$/);
  await screen.locator('.item.is-on').waitFor();
  return new URL(admin.url()).pathname;
}

/** The admin takes a screen away. */
async function takeAway(admin, address) {
  await visit(admin, address);
  await confirm(admin, 'Remove screen', 'Yes, remove it');
  await admin.getByText('Removed. It shows nothing more.').waitFor();
}

/** A thing that a screen shows, also while it isn't its turn. */
const shown = (screen, key) => screen.locator(`.item[data-key='${key}']`);

/** Somebody's figure on the board of people. */
const onBoard = (screen, name) => shown(screen, PEOPLE).locator('.place', { hasText: name }).locator('.figure');

const figureOnScreen = async (screen, name) => (await onBoard(screen, name).textContent()).trim();

/** Waits until that figure is this one. */
const becomes = (screen, name, figure) => onBoard(screen, name).filter({ hasText: figure }).waitFor({ state: 'attached' });

/** A screen says that what it shows may be old. */
const saysItIsOld = (screen) => screen.locator('#words', { hasText: 'Not up to date: nothing heard for' }).waitFor();

const saysItIsLive = (screen) => screen.locator('#words', { hasText: /^Live$/ }).waitFor();

/** "−$1,234.50" in cents. */
function cents(figure) {
  assert.match(figure, /^−?\$[\d,]+\.\d\d$/);
  const all = Number(figure.replaceAll(/\D/g, ''));
  return figure.startsWith('−') ? -all : all;
}

/** The other way round. */
function dollars(cents) {
  const amount = new Intl.NumberFormat('en-AU', { minimumFractionDigits: 2 }).format(Math.abs(cents) / 100);
  return `${cents < 0 ? '−' : ''}$${amount}`;
}

/**
 * A way of a test's own to a server, which can be cut: what goes over it then breaks off at once, or nobody hears anything more of it, not even
 * after it is mended. (Being offline, as the browser plays it, leaves a stream alone that is open.)
 */
async function withNetwork(origin, use) {
  const lines = new Set();
  let state = 'up';
  const network = createServer((near) => {
    near.on('error', () => {});
    if (state === 'breaks off') {
      near.destroy();
      return;
    }
    lines.add(near);
    near.once('close', () => lines.delete(near));
    if (state === 'falls silent') return;
    const far = connect(new URL(origin).port, '127.0.0.1');
    far.on('error', () => {});
    near.pipe(far).pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
    near.silence = () => {
      near.unpipe(far);
      far.unpipe(near);
    };
  });
  await new Promise((resolve) => { network.listen(0, '127.0.0.1', resolve); });
  const end = () => lines.forEach((line) => line.destroy());
  try {
    await use({
      url: `http://localhost:${network.address().port}`,
      cut: (how) => {
        state = how;
        if (how === 'breaks off') end();
        else lines.forEach((line) => line.silence?.());
      },
      mend: () => { state = 'up'; },
    });
  } finally {
    network.close();
    end();
  }
}

/** The program of a server of the test's own, found by the file of its settings; it can be started again as it was. */
async function programOf(server) {
  const settings = path.join(path.dirname(server.mail), 'env');
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const told = async (what) => (await readFile(`/proc/${pid}/${what}`, 'utf8').catch(() => '')).split('\0').filter(Boolean);
    const [program, ...words] = await told('cmdline');
    if (!words.includes(settings)) continue;
    const env = Object.fromEntries((await told('environ')).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    const cwd = await readlink(`/proc/${pid}/cwd`);
    const log = path.join(process.env.DEVALO_ARTEFACTS, 'scoreboard-restarted-server.log');
    return {
      pid: Number(pid),
      start: () => {
        const output = openSync(log, 'w');
        return spawn(program, words, { cwd, env, stdio: ['ignore', output, output] });
      },
    };
  }
  return assert.fail('the server’s program');
}

/** Waits until a server answers. */
async function isUp(server) {
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await fetch(`${server.url}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  assert.fail('the server is not up again');
}
