// What becomes of letters that Resend takes: on a server of its own, beside a stand-in for Resend.
import { setTimeout as sleep } from 'node:timers/promises';

import { assert, look, test, visit, withPage } from '../harness.mjs';
import { heading } from '../journeys.mjs';
import { enterFirst, withFirstServer } from '../lib/first.mjs';
import { startResend } from '../lib/resend.mjs';

const CASEY = 'casey@quokka.example';
const PEOPLE = '/app/quokka-physio/settings/people';

test('what becomes of letters is seen, and an address that takes none is held back until it is freed', {}, async () => {
  const resend = await startResend();
  await withFirstServer('mail', async (server) => {
    const tell = (type, letter, more) => resend.tell(server.url, type, letter, more);
    await withPage({ base: server.url, name: 'mail', status: [401, 403, 422] }, async (page) => {
      const invite = async (email) => {
        await visit(page, '/app/quokka-physio/settings/invite');
        await page.getByLabel('Their email address').fill(email);
        await page.getByRole('button', { name: 'Send the invitation' }).click();
        await heading(page, 'People');
      };
      // The newest invitation's letter, once its state is this. The list is as it was when it was asked for.
      const shows = async (state) => {
        const line = page.locator('li.line').filter({ hasText: 'An invitation' }).first();
        for (let tries = 0; tries < 60; tries += 1) {
          await visit(page, '/admin/mail');
          if (await line.getByText(state, { exact: true }).count()) return;
          await sleep(250);
        }
        assert.fail(`the invitation's letter isn't “${state}”: ${await line.innerText()}`);
      };

      await enterFirst(page, true);
      await invite(CASEY);
      const letter = await resend.letter(CASEY);
      assert.ok(letter.subject.includes('Quokka Physio') && letter.text.includes(server.url) && letter.html.includes('<html'), letter.subject);
      await shows('Sent');
      await page.getByText('There are none: every address is written to.').waitFor();
      assert.equal(await tell('email.bounced', letter, { secret: `whsec_${Buffer.alloc(24, 7).toString('base64')}` }), 401, 'signed by somebody else');
      assert.equal(await tell('email.delivered', letter), 200);
      await shows('Delivered');
      assert.equal(await tell('email.bounced', letter, { bounce: { type: 'Permanent', subType: 'General', message: 'There is no such address.' } }), 200);
      await shows('Bounced');
      await page.getByText('There is one. Mail to it came back').waitFor();
      await look(page, 'mail-bounced');

      // Who invited sees why nothing comes of it; sending it again sends nothing.
      await visit(page, PEOPLE);
      await page.getByText('Mail to this address came back, so none is sent to it any more.').waitFor();
      await look(page, 'mail-people');
      await page.getByRole('button', { name: `Send the invitation for ${CASEY} again` }).click();
      await page.waitForURL(/\/people\?/);
      await shows('Given up');
      assert.equal(resend.to(CASEY).length, 1, 'nothing was sent');

      await page.getByLabel('Address', { exact: true }).fill('somebody.else@quokka.example');
      await page.getByRole('button', { name: 'Write to it again' }).click();
      await page.getByText('Mail to this address isn’t held back.').first().waitFor();
      await page.getByLabel('Address', { exact: true }).fill(CASEY);
      await page.getByRole('button', { name: 'Write to it again' }).click();
      await page.getByText('Mail goes to that address again.').waitFor();
      await page.locator('li.line').filter({ hasText: 'An invitation' }).first().getByRole('button', { name: 'Send again' }).click();
      await page.getByText('It is tried again within a moment.').waitFor();
      const again = await resend.letter(CASEY, 2);
      assert.notEqual(again.id, letter.id);
      await shows('Sent');
      await visit(page, PEOPLE);
      await page.getByText(CASEY).waitFor();
      assert.equal(await page.getByText('none is sent to it any more').count(), 0);

      assert.equal(await tell('email.complained', again), 200);
      await shows('Complained');
      await look(page, 'mail-complained');
      await visit(page, PEOPLE);
      await page.getByText('Our mail to this address was called spam').waitFor();

      // Resend is down: what there is waits.
      resend.down = true;
      await invite('sam@quokka.example');
      await shows('Queued');
      for (let tries = 0; tries < 100 && !resend.refused; tries += 1) await sleep(100);
      assert.ok(resend.refused, 'it was tried');
      await shows('Queued');
      await look(page, 'mail-queued');
    });
  }, resend.settings).finally(() => resend.stop());
});
