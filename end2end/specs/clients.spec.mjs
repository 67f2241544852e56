// Who the business does things for: found, noted about, booked for, made one, erased; brought along from a file.
import { EVERYWHERE, assert, look, test, text, visit, withPage } from '../harness.mjs';
import { DIARY, aStart, bookElsewhere, heading, logIn } from '../journeys.mjs';

const CLIENTS = `${DIARY}/clients`;
const both = { js: [true, false], databases: EVERYWHERE };

test('somebody is written down, found, noted about and booked for', both, ({ js }) =>
  withPage({ js, name: 'clients', status: [422] }, async (page) => {
    const [name, email] = js ? ['Carla Client', 'carla@example.com'] : ['Carlo Client', 'carlo@example.com'];
    await logIn(page, CLIENTS, { js });
    await heading(page, 'Clients');
    await page.getByRole('link', { name: 'Add a client' }).first().click();
    await page.getByRole('button', { name: 'Add this client' }).first().click();
    await page.locator('[id$="-error"]').first().waitFor();
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Phone').fill(js ? '0412 345 100' : '0412 345 101');
    await page.getByLabel('Tags').fill('VIP, knee');
    await page.getByRole('button', { name: 'Add this client' }).first().click();
    await heading(page, name);
    if (js) await look(page, 'client');
    await page.getByLabel('Notes').fill('Likes mornings.');
    await page.getByRole('button', { name: 'Save' }).first().click();
    await page.getByText('Saved.').waitFor();
    await page.getByRole('link', { name: 'Book for them' }).click();
    await heading(page, 'Book for a client');
    assert.equal(await page.getByLabel('Client’s name').inputValue(), name);
    await visit(page, `${CLIENTS}?q=${encodeURIComponent(email)}`, { js });
    await page.getByRole('link', { name }).waitFor();
    if (js) await look(page, 'clients');
  }));

test('somebody is erased', both, ({ js }) =>
  withPage({ js, name: 'erase', status: [409, 422] }, async (page) => {
    const start = await aStart('telehealth');
    const email = `gone.${js}@example.com`;
    await bookElsewhere('telehealth', start, 'Gwen Gone', { email });
    await logIn(page, CLIENTS, { js });
    await visit(page, `${CLIENTS}?q=${encodeURIComponent(email)}`, { js });
    await page.getByRole('link', { name: 'Gwen Gone' }).click();
    await heading(page, 'Gwen Gone');
    await page.getByRole('link', { name: 'Erase them' }).click();
    if (js) await look(page, 'client-erase');
    await page.locator('input[name="typed"]').fill('ERASE');
    await page.locator('input[name="cancels"]').check();
    await page.locator('form', { has: page.locator('input[name="typed"]') }).getByRole('button').last().click();
    await page.getByText('Erased. Nothing of them is left').waitFor();
    await visit(page, `${CLIENTS}?q=${encodeURIComponent(email)}`, { js });
    assert.equal(await page.getByRole('link', { name: 'Gwen Gone' }).count(), 0);
  }));

test('clients are brought along from a file, tried first', { js: [true, false] }, ({ js }) =>
  withPage({ js, name: 'import', status: [422] }, async (page) => {
    const tag = js ? 'on' : 'off';
    await logIn(page, `${CLIENTS}/import`, { js });
    await page.locator('input[type="file"]').first().setInputFiles({
      name: 'clients.csv', mimeType: 'text/csv',
      buffer: Buffer.from(`Name,Email,Phone\nIda Import,ida.${tag}@example.com,0412 345 6${js ? '10' : '11'}\n,not an email,\n`),
    });
    if (js) await look(page, 'clients-import');
    await page.locator('form', { has: page.locator('input[type="file"]') }).first().getByRole('button').last().click();
    await page.getByText(/Ida Import|1 (new|client)/).first().waitFor();
    if (js) await look(page, 'clients-import-tried');
    assert.ok((await text(page.locator('main'))).length > 0);
  }));
