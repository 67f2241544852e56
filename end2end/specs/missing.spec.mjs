// Addresses that lead nowhere say so, in the product's own words and with the right status.
import { assert, axe, fitsWidth, hydrated, shot, test, text, visit, withPage } from '../harness.mjs';
import { DIARY, HOME, aStart, bookElsewhere, heading, logIn } from '../journeys.mjs';

const both = { js: [true, false] };

const nowhere = {
  'an unknown page': '/nothing-here',
  'an unknown page that looks like a file': '/nothing.txt',
  'an unknown business': '/b/no-such-business',
  'an unknown service': `${HOME}/no-such-service`,
  'a booking with a made-up token': '/manage/AQEBAAAAAAAAAAAAAAAA',
};
for (const [what, path] of Object.entries(nowhere)) {
  test(what, both, ({ js }) =>
    withPage({ js, width: 390, name: 'missing', status: [404] }, async (page) => {
      await visit(page, path, { js, status: 404 });
      await heading(page, 'We couldn’t find that');
      assert.ok((await page.locator("meta[name='robots'][content='noindex']").count()) > 0, 'search engines keep away');
      await page.getByRole('link', { name: 'Go to the front page' }).click();
      await heading(page, 'The front desk');
    }));
}

test('a token with one character changed', { js: [false] }, () =>
  withPage({ js: false, name: 'missing', status: [404] }, async (page) => {
    const { token } = await bookElsewhere('telehealth', await aStart('telehealth'), 'Toni Token');
    const changed = token.replace(/.(.{8})$/, (all, rest) => (all[0] === 'A' ? 'B' : 'A') + rest);
    await visit(page, `/manage/${changed}`, { js: false, status: 404 });
    assert.ok(!(await page.content()).includes('Toni Token'));
    const file = await fetch(new URL(`/manage/${changed}.ics`, page.url()));
    assert.equal(file.status, 404);
  }));

test('a link within the app that leads nowhere', {}, () =>
  withPage({ name: 'missing', status: [404] }, async (page) => {
    await visit(page, HOME);
    await page.evaluate(() => {
      document.querySelector('.services a').setAttribute('href', '/b/harbour-physio/gone');
    });
    await page.locator('.services a').first().click();
    await heading(page, 'We couldn’t find that');
  }));

test('what isn’t there in the dashboard keeps the way back', both, ({ js }) =>
  withPage({ js, width: 390, name: 'missing-inside', status: [404] }, async (page) => {
    await logIn(page, DIARY, { js });
    await visit(page, '/app/harbour-physio/nothing-here', { js, status: 404 });
    await heading(page, 'We couldn’t find that');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Calendar' }).waitFor();
    if (js) {
      await axe(page);
      await fitsWidth(page);
      await shot(page, 'missing-inside-390');
    }
    await page.getByRole('link', { name: 'Go to the first page' }).click();
    await page.waitForURL((url) => url.pathname === DIARY);
  }));

test('the dashboard leads a stranger to the log-in, with the way back', both, ({ js }) =>
  withPage({ js, width: 390, name: 'missing' }, async (page) => {
    await page.goto(`${DIARY}?view=day`);
    if (js) await hydrated(page);
    await heading(page, 'Log in');
    assert.equal(new URL(page.url()).searchParams.get('next'), `${DIARY}?view=day`);
    assert.ok(!(await text(page.locator('body'))).includes('Harbour Physio'), 'nothing tells which business it is');
  }));

test('the dashboard of a business that isn’t one’s own, or isn’t there', { js: [false] }, () =>
  withPage({ js: false, name: 'missing' }, async (page) => {
    const there = await page.goto(DIARY);
    const words = await text(page.locator('#main'));
    const elsewhere = await page.goto('/app/no-such-business/calendar');
    assert.equal(elsewhere.status(), there.status());
    assert.equal(await text(page.locator('#main')), words);
  }));
