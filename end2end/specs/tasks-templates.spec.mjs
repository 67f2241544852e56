// Templates: one is taken from the gallery, changed, looked at before it is started, started, and started by itself from then on; with scripts and without.
import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, fitsWidth, look, test, text, visit, withPage } from '../harness.mjs';
import { confirm, enterAs, heading, logIn } from '../journeys.mjs';

const TEMPLATES = `/app/${DEMO.slug}/tasks/templates`;
const MEMBER = 'reception@harbour-physio.example';
const phone = { width: 390, height: 844 };

test('a template is taken from the gallery, changed, seen before it is started, and started', { js: [true, false], databases: EVERYWHERE }, ({ js }) =>
  withPage({ js, ...phone, name: 'tasks-templates', status: [422] }, async (page) => {
    const name = js ? 'Site handover' : 'Product launch or campaign';
    const seen = async (what) => {
      if (js) await look(page, `tasks-templates-${what}`);
      else await fitsWidth(page);
      await page.setViewportSize(phone);
    };
    const press = (label) => page.getByRole('button', { name: label, exact: true }).click();
    const step = (title) => page.locator('.template-step', { hasText: title });

    await logIn(page, TEMPLATES, { js });
    await heading(page, 'Templates');
    await page.locator("[data-template='New employee']").waitFor();
    await seen('list');
    await page.getByRole('link', { name: 'Browse the gallery' }).click();
    await heading(page, 'Template gallery');
    await page.getByRole('heading', { name: 'When something goes wrong' }).waitFor();
    await seen('gallery');
    await page.getByRole('link', { name, exact: true }).click();
    await heading(page, name);
    assert.ok(await page.locator('.template-step').count() >= 8, 'all of its tasks are seen before it is taken');
    await seen('gallery-one');
    await press('Use this template');
    await page.getByText('It is yours now').waitFor();
    await heading(page, name);
    const own = new URL(page.url()).pathname;
    await seen('one');

    // A task is added, filled in, moved, and made a part of another.
    await page.getByRole('link', { name: 'Change it' }).click();
    await heading(page, `Change ${name}`);
    await page.getByLabel('Another task').fill('Water the plants');
    await press('Add');
    await step('Water the plants').waitFor();
    await seen('edit');
    await step('Water the plants').getByRole('link', { name: 'Change' }).click();
    await heading(page, 'Water the plants');
    await page.locator('#field-due_days').fill('soon');
    await page.getByLabel('Checklist').fill('Fern\nPalm');
    await press('Save');
    await page.locator('#field-due_days-error').waitFor();
    assert.equal(await page.getByLabel('Checklist').inputValue(), 'Fern\nPalm', 'what was typed is kept');
    await page.locator('#field-due_days').fill('2');
    await page.locator('#field-due_when').selectOption('before');
    await page.locator('#field-due_unit').selectOption('working');
    await seen('step');
    await press('Save');
    await page.getByText('Saved as its next version.').waitFor();
    assert.match(await text(step('Water the plants')), /2 working days before .* 2 checklist items/);
    await press('Move “Water the plants” up');
    await page.getByText('Moved.', { exact: true }).waitFor();
    await press('Make “Water the plants” a subtask of the task before it');
    await page.getByText('Moved.', { exact: true }).waitFor();
    assert.match(await step('Water the plants').getAttribute('style'), /^--depth: 1;?$/);

    // What holds for all of its tasks: a section more, beside those that it has.
    await page.getByLabel('Another section').first().fill('Looking back');
    await page.locator("section[aria-labelledby='head']").getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved as its next version.').waitFor();
    await page.getByLabel('Section “Looking back”').waitFor();

    // All of it is seen before anything is made; what is missing is said.
    await visit(page, `${own}/start`, { js });
    await heading(page, `Start ${name}`);
    assert.ok(!(await page.locator('#field-new_list').isVisible()), 'a list of its own isn’t named until it is chosen');
    await seen('start');
    await press('Preview');
    await page.locator('#field-list-error').waitFor();
    await page.locator('#field-list').selectOption({ label: 'Treatment rooms' });
    await page.locator('#field-anchor').fill('2027-06-15');
    for (const field of await page.locator("input[name^='variables[']").all()) {
      if (await field.inputValue() === '') await field.fill(await field.getAttribute('type') === 'date' ? '2027-06-15' : '7');
    }
    await page.locator("select[name^='roles[']").first().selectOption({ label: 'Sam Lee' });
    await press('Preview');
    await heading(page, `Start ${name}`);
    const coming = page.locator('#preview');
    await coming.getByText('Nobody is chosen for').first().waitFor();
    assert.match(await text(coming.locator('tr', { hasText: 'Water the plants' })), /Fri 11 June 2027|Thu 10 June 2027/);
    await seen('preview');
    await press('Start it');
    await page.waitForURL(/\/tasks\/lists\/[0-9a-f-]{36}/);
    await page.getByText('Added.').waitFor();
    await page.getByText('Water the plants').first().waitFor();
    await press('Undo');
    await page.getByText('Undone.').waitFor();

    // It starts each Monday from now on, until that is deleted; and the template is archived.
    await visit(page, own, { js });
    await page.getByRole('link', { name: 'Start it on a schedule' }).click();
    await heading(page, 'Start it on a schedule');
    for (const other of ['rule_text', 'month_day', 'nth', 'month']) {
      assert.ok(!(await page.locator(`#field-${other}`).isVisible()), `${other}: each week doesn’t ask for it`);
    }
    await page.locator('#field-repeats').selectOption('monthly_day');
    assert.ok(await page.locator('#field-month_day').isVisible(), 'a day of the month does');
    await page.locator('#field-repeats').selectOption('weekly');
    await seen('schedule');
    await page.getByLabel('Monday', { exact: true }).check();
    await page.locator('#field-list').selectOption({ label: 'Treatment rooms' });
    for (const field of await page.locator("input[name^='variables[']").all()) {
      if (await field.inputValue() === '') await field.fill(await field.getAttribute('type') === 'date' ? '2027-06-15' : '7');
    }
    await press('Set it up');
    await page.getByText('It starts automatically from now on.').waitFor();
    const trigger = page.locator('[data-trigger]');
    assert.match(await text(trigger), /Each Monday, at 8:00 am/);
    await trigger.getByRole('link', { name: /^Change/ }).click();
    await heading(page, 'Change the schedule');
    assert.ok(await page.getByLabel('Monday', { exact: true }).isChecked(), 'it shows what was chosen');
    await page.locator('#field-time').fill('07:30');
    await press('Save');
    await page.getByText('Saved. It starts as it says now').waitFor();
    assert.match(await text(trigger), /Each Monday, at 7:30 am/);
    await trigger.getByRole('button', { name: /^Pause/ }).click();
    await page.getByText('Paused. It starts nothing').waitFor();
    await trigger.getByRole('button', { name: /^Delete/ }).click();
    await page.getByText('Deleted. What it started stays.').waitFor();
    assert.equal(await trigger.count(), 0);
    await press('Undo');
    await page.getByText('Undone.').waitFor();
    assert.match(await text(trigger), /Each Monday, at 7:30 am/);
    await trigger.getByRole('button', { name: /^Delete/ }).click();
    await page.getByText('Deleted. What it started stays.').waitFor();
    await page.locator('summary', { hasText: 'History' }).click();
    assert.match(await text(page.locator("[data-version='2']")), /Added the task ‘Water the plants’/);
    await confirm(page, 'Archive', 'Yes, archive it');
    await page.getByText('Archived. It can’t be started').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Start', exact: true }).count(), 0);
  }));

test('a member starts templates, and sets none up', { databases: EVERYWHERE }, () =>
  withPage({ js: false, ...phone, name: 'tasks-templates-member', status: [403] }, async (page) => {
    await enterAs(page, MEMBER, TEMPLATES, { js: false });
    await heading(page, 'Templates');
    assert.equal(await page.getByRole('link', { name: 'New template' }).count(), 0);
    await page.getByRole('link', { name: 'Start Clinic opening and closing' }).click();
    await heading(page, 'Start Clinic opening and closing');
    await fitsWidth(page);
    await visit(page, `${TEMPLATES}/new`, { js: false, status: 403 });
    await page.getByText('Your role doesn’t allow that.').waitFor();
  }));
