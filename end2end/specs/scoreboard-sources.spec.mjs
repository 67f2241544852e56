// What comes in by itself: a program is added, tells something that it signs, and what came of it is seen; what is done elsewhere is counted.
import { createHmac } from 'node:crypto';

import { DEMO } from '../constants.mjs';
import { assert, fitsWidth, look, site, test, text, visit, withPage } from '../harness.mjs';
import { confirm, heading, logIn } from '../journeys.mjs';

const SOURCES = `/app/${DEMO.slug}/scoreboard/sources`;
const phone = { width: 390, height: 844 };

test('a program is added, tells what was done, and what is wrong with a message is seen and tried again', { js: [true, false] }, ({ js }) =>
  withPage({ js, ...phone, name: 'scoreboard-sources', status: [422] }, async (page) => {
    const name = js ? 'Till by the door' : 'Till in the yard';
    const press = (label) => page.getByRole('button', { name: label, exact: true }).click();
    const seen = async (what) => {
      if (js) await look(page, `scoreboard-sources-${what}`);
      else await fitsWidth(page);
      await page.setViewportSize(phone);
    };
    await logIn(page, SOURCES, { js });
    await heading(page, 'What comes in by itself');
    await page.locator("[data-source='Telephone system']").waitFor();
    await seen('all');

    await page.getByRole('link', { name: 'Add a program' }).click();
    await heading(page, 'New program');
    await seen('new');
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('What is counted').selectOption({ label: 'Calls' });
    await page.getByLabel('Where the person stands').fill('data..agent');
    await page.getByLabel('Where its id stands').fill('data.id');
    await page.getByLabel('Where the event stands').fill('type');
    await page.getByLabel('Which events').fill('call.ended, call.closed');
    await press('Add program');
    await page.locator('#field-person_path-error', { hasText: 'Write it like data.amount' }).waitFor();
    assert.equal(await page.getByLabel('Which events').inputValue(), 'call.ended, call.closed');
    await page.getByLabel('Where the person stands').fill('data.agent');
    await press('Add program');
    await page.getByText('Added.', { exact: true }).waitFor();
    const secret = await page.getByLabel('Secret', { exact: true }).inputValue();
    assert.match(secret, /^whsec_/);
    await seen('secret');
    await page.getByRole('link', { name: 'Open it: its address is there' }).click();
    await heading(page, name);
    const address = new URL(await page.getByLabel('Address', { exact: true }).inputValue());
    assert.ok(!(await page.content()).includes(secret), 'it is shown once');
    await page.getByText('No messages yet').waitFor();
    await seen('empty');

    // What would come of a body.
    const call = (id, agent, type = 'call.ended') => JSON.stringify({ type, data: { id, agent } });
    await page.getByLabel('The JSON that the program sends').fill(call('a', 'Tom W'));
    await press('Try it');
    await page.getByText(/^It would enter 1 (call )?of Calls for Tom Whitlock, on |^It would enter 1 .*for Tom Whitlock, on /).waitFor();
    await seen('tried');

    assert.equal(await tell(address, secret, 'msg_1', call(`${name}-1`, 'Tom W')), 200);
    assert.equal(await tell(address, secret, 'msg_1', call(`${name}-1`, 'Tom W')), 200);
    assert.equal(await tell(address, secret, 'msg_2', call(`${name}-2`, 'Extension 40')), 422);
    assert.equal(await tell(address, secret, 'msg_3', call(`${name}-3`, 'Tom W', 'call.missed')), 200);
    assert.equal(await tell(address, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'msg_4', call('x', 'Tom W')), 401);
    await visit(page, address.pathname.replace('/webhooks/scoreboard', SOURCES), { js });
    const messages = page.getByRole('region', { name: 'Messages' }).getByRole('listitem');
    assert.equal(await messages.count(), 5);
    for (const label of ['Entered', 'Came before', 'Refused', 'Left out', 'Not signed rightly']) {
      assert.equal(await messages.filter({ hasText: label }).count(), 1, label);
    }
    await seen('messages');
    await messages.filter({ hasText: 'Refused' }).getByRole('link').click();
    await heading(page, 'A message');
    await page.getByText('Nobody on the scoreboard is called “Extension 40”.').waitFor();
    assert.match(await text(page.locator('.told-body')), /Extension 40/);
    await seen('message');
    await press('Try it again');
    await page.getByText('Tried again. Below is what came of it.').waitFor();
    await page.getByText('Refused', { exact: true }).waitFor();

    await page.getByRole('link', { name: 'Back to the program' }).click();
    await heading(page, name);
    await page.locator('summary', { hasText: 'Change the secret' }).click();
    await press('Yes, change it');
    const another = await page.locator('#new-secret').inputValue();
    assert.notEqual(another, secret);
    assert.equal(await tell(address, secret, 'msg_5', call(`${name}-5`, 'Tom W')), 200, 'the one before holds, too');
    assert.equal(await tell(address, another, 'msg_6', call(`${name}-6`, 'Tom W')), 200);

    await visit(page, address.pathname.replace('/webhooks/scoreboard', SOURCES), { js });
    await page.getByText('The secret before this one still holds until').waitFor();
    await confirm(page, 'Delete program', 'Yes, delete it');
    await page.getByText('Deleted. What it told stays entered.').waitFor();
    assert.equal(await page.locator(`[data-source='${name}']`).count(), 0);
    assert.equal(await tell(address, another, 'msg_7', call(`${name}-7`, 'Tom W')), 404);
  }));

test('what is done elsewhere in Devalo is counted, until it is not', { js: [true, false] }, ({ js }) =>
  withPage({ js, ...phone, name: 'scoreboard-rules', status: [422] }, async (page) => {
    await logIn(page, SOURCES, { js });
    await heading(page, 'What comes in by itself');
    await page.locator('summary', { hasText: 'Count something' }).click();
    await page.getByLabel('What happens').selectOption({ label: 'Calendar: An appointment is completed' });
    await page.getByLabel('Counts as', { exact: true }).selectOption({ label: 'Sales' });
    await page.getByRole('button', { name: 'Count it', exact: true }).click();
    await page.locator('#field-counts-error').waitFor();
    await page.getByLabel('Counts as', { exact: true }).selectOption({ label: 'New clients' });
    await page.getByRole('button', { name: 'Count it', exact: true }).click();
    await page.getByText('Added. It is counted within a few seconds.').waitFor();
    const rule = page.locator("[data-rule='An appointment is completed']");
    assert.match(await text(rule), /Each counts as one of New clients, since /);
    if (js) await look(page, 'scoreboard-rules');
    else await fitsWidth(page);
    await rule.locator('summary').click();
    await page.getByRole('button', { name: 'Yes, stop counting' }).click();
    await page.getByText('It is counted no longer. What was counted stays.').waitFor();
    assert.equal(await rule.count(), 0);
  }));

/** Sends a message as Standard Webhooks says, and gives the status of the answer. */
async function tell(address, secret, id, body) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
  const answer = await fetch(new URL(address.pathname, site.origin), { method: 'POST', headers, body });
  return answer.status;
}
