// Who belongs, what each may do, how people log in, and who did what; with and without JavaScript.
import { assert, axe, EVERYWHERE, fitsWidth, hydrated, shot, test, text, visit, withPage } from '../harness.mjs';
import { heading, logIn } from '../journeys.mjs';

const SETTINGS = '/app/harbour-physio/settings';

test('somebody is allowed more, and it is in the audit log', { js: [true, false], databases: EVERYWHERE }, ({ js }) =>
  withPage({ js, name: 'people', status: [422] }, async (page) => {
    const look = async (name) => {
      if (!js) return;
      await axe(page);
      await fitsWidth(page);
      await shot(page, `people-${name}`);
    };
    const ready = async () => {
      if (js) await hydrated(page);
    };
    await logIn(page, SETTINGS, { js });
    await page.getByRole('link', { name: /^People Who belongs/ }).click();
    await heading(page, 'People');
    const sam = page.locator('li.line').filter({ hasText: 'Sam Lee' });
    assert.equal(await page.locator('li.line').first().getByText('Owner', { exact: true }).count(), 1, 'the owner first');
    assert.equal(await page.locator('li.line').first().getByRole('link').count(), 0, 'nobody changes the owner');
    await look('list');
    for (const also of [true, false]) {
      await sam.getByRole('link', { name: 'Change what Sam Lee may do' }).click();
      await heading(page, 'Sam Lee');
      await ready();
      await page.getByRole('radio', { name: /^Member/ }).check();
      await page.getByLabel('Set up services, staff and hours').setChecked(also);
      if (also) await look('person');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved. It holds from their next click on.').waitFor();
      assert.equal(await sam.getByText('Also: Set up services').count(), also ? 1 : 0);
      await ready();
    }

    await visit(page, `${SETTINGS}/audit`, { js });
    await heading(page, 'Audit log');
    const lines = page.locator('ol.audit > li');
    assert.match(await text(lines.first()), /Priya Raman changed what Sam Lee may do Beyond the role: .* → nothing/);
    await look('audit');
    await page.getByLabel('What').selectOption({ label: 'Revoked an API token' });
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/what=platform\.token_revoked/);
    await ready();
    await page.getByLabel('What').selectOption({ label: 'Changed what somebody may do' });
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/what=platform\.member_changed/);
    await ready();
    assert.ok((await lines.count()) >= 2);
    await page.getByLabel('From').fill('2031-01-01');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('No entries for these filters').waitFor();
    await ready();
    await look('audit-nothing');
    await page.getByRole('link', { name: 'Clear filters' }).click();
    await lines.first().waitFor();
    await ready();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export as CSV' }).click();
    assert.equal((await download).suggestedFilename(), 'audit-harbour-physio.csv');
  }));

test('how people log in is set', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'security', status: [409, 422] }, async (page) => {
    await logIn(page, `${SETTINGS}/security`, { js });
    await heading(page, 'Log-in rules');
    await page.getByText('Without two-step login: ').waitFor();
    await page.getByLabel('Log people out').fill('2');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.field-error').getByText('Enter 5 to 720 minutes.').waitFor();
    await page.getByLabel('Log people out').fill('45');
    await page.getByLabel('Who has to have').selectOption({ label: 'Everybody' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('Set up two-step login for yourself first.').waitFor();
    await page.getByLabel('Who has to have').selectOption({ label: 'Nobody has to have it' });
    if (js) {
      await axe(page);
      await fitsWidth(page);
      await shot(page, 'security');
    }
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.getByLabel('Log people out').fill('30');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
  }));
