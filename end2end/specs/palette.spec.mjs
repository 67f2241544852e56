// Getting around with the keyboard: the palette, the keys that a page has, and turning single keys off.
import { assert, axe, fitsWidth, hydrated, shot, test, visit, withPage } from '../harness.mjs';
import { DIARY, heading, logIn } from '../journeys.mjs';

/** The keys are listened for once the frame is there. */
async function openPalette(page) {
  await page.getByRole('button', { name: 'Search' }).waitFor();
  await page.keyboard.press('Control+k');
}

test('the palette finds a page, a service and a person', {}, () =>
  withPage({ name: 'palette' }, async (page) => {
    await logIn(page, DIARY);
    const input = page.getByRole('combobox', { name: 'Search' });
    await openPalette(page);
    await page.getByRole('option', { name: 'Calendar' }).waitFor();
    await axe(page);
    await shot(page, 'palette-open');
    await input.fill('nothing of that name');
    await page.getByText('Nothing here has that name').waitFor();
    await input.fill('business details');
    await page.keyboard.press('Enter');
    await heading(page, 'Business details');
    assert.equal(await page.locator('dialog[open]').count(), 0);

    // The button does the same, and Escape gives the page back.
    await page.getByRole('button', { name: 'Search' }).click();
    await input.waitFor();
    await page.keyboard.press('Escape');
    await input.waitFor({ state: 'hidden' });

    await openPalette(page);
    await input.fill('services');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const chosen = page.locator('[role=option][aria-selected=true]');
    const name = (await chosen.innerText()).trim();
    assert.equal(await input.getAttribute('aria-activedescendant'), await chosen.getAttribute('id'));
    await page.keyboard.press('Enter');
    await heading(page, name);
  }));

test('single keys do what the page says, and can be turned off', {}, () =>
  withPage({ name: 'keys' }, async (page) => {
    await logIn(page, DIARY);
    await page.getByRole('link', { name: 'Today' }).waitFor();
    // Keys are heard once the program has taken the page over, a moment after it is there.
    await hydrated(page);
    for (let tries = 0; tries < 30 && !/view=week/.test(page.url()); tries += 1) {
      await page.keyboard.press('w');
      await page.waitForURL(/view=week/, { timeout: 500 }).catch(() => {});
    }
    assert.match(page.url(), /view=week/);
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
    await page.getByText('Later week').waitFor();
    await axe(page);
    await shot(page, 'palette-keys');
    await page.getByLabel('Single keys work on this device').uncheck();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.keyboard.press('d');
    await page.waitForTimeout(300);
    assert.match(page.url(), /view=week/);
    await page.reload();
    await hydrated(page);
    await page.keyboard.press('?');
    assert.equal(await page.locator('dialog[open]').count(), 0, 'it is remembered');
    await page.getByRole('link', { name: 'Today' }).waitFor();
    await openPalette(page);
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await page.getByLabel('Single keys work on this device').check();
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    // At once: the browser may not have taken the focus out of the closed dialog yet.
    await page.keyboard.press('d');
    await page.waitForURL(/view=day/);
  }));

test('the palette knows other words, shows the keys and logs out', {}, () =>
  withPage({ name: 'palette-does' }, async (page) => {
    await logIn(page, DIARY);
    const input = page.getByRole('combobox', { name: 'Search' });
    await openPalette(page);
    await input.fill('2fa');
    await page.getByRole('option', { name: 'Log-in rules' }).waitFor();
    await input.fill('invoice');
    await page.keyboard.press('Enter');
    await heading(page, 'Plan and billing');
    // That page is the server's alone, and has no palette.
    await visit(page, DIARY);
    await openPalette(page);
    await input.fill('shortcuts');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await openPalette(page);
    await input.fill('sign out');
    await page.keyboard.press('Enter');
    await heading(page, 'The front desk');
  }));

test('the palette fits a phone', {}, () =>
  withPage({ name: 'palette-phone', width: 390 }, async (page) => {
    await logIn(page, DIARY);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('option', { name: 'Calendar' }).waitFor();
    await fitsWidth(page);
    await axe(page);
    await shot(page, 'palette-phone');
  }));
