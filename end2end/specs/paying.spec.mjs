// A business connects its account and asks for a deposit; a client pays it, cancels, and gets it back; with scripts and without.
import { DEMO } from '../constants.mjs';
import { EVERYWHERE, assert, axe, fitsWidth, look, shot, test, visit, withPage } from '../harness.mjs';
import { aStart, appointmentsOf, book, fillIn, formAddress, heading, logIn } from '../journeys.mjs';
import { runningStripe } from '../lib/stripe.mjs';

const PAYMENTS = `/app/${DEMO.slug}/calendar/payments`;
const SERVICES = `/app/${DEMO.slug}/calendar/services`;
const both = { js: [true, false], databases: EVERYWHERE };
const stripe = runningStripe();

/** How many deposits went back. */
async function refunds() {
  const { objects } = await stripe.control('objects/refund');
  return objects.filter(({ amount }) => amount === 3000).length;
}

/** The account is connected, unless it is already. */
async function connect(page, js) {
  await logIn(page, PAYMENTS, { js });
  await heading(page, 'Payments');
  if (await page.getByText('Ready', { exact: true }).count()) return;
  await look(page, 'payments-none');
  await page.getByRole('button', { name: 'Connect with Stripe' }).click();
  await page.getByRole('heading', { name: 'Tell us about your business' }).waitFor();
  await axe(page);
  await page.getByRole('button', { name: 'Leave it for later' }).click();
  await page.getByText('Not finished', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Go on at Stripe' }).click();
  await page.getByRole('button', { name: 'Finish: payments can be taken' }).click();
  // Its event or the next look, whichever comes first.
  for (let tries = 0; tries < 10 && !(await page.getByText('Ready', { exact: true }).count()); tries += 1) {
    await page.waitForTimeout(1_000);
    await page.goto(PAYMENTS);
  }
  await page.getByText('Ready', { exact: true }).waitFor();
}

/** A service that asks for a deposit; gives its word. */
async function offers(page, name, js) {
  await logIn(page, `${SERVICES}/new`, { js });
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('How long it takes').fill('45 min');
  await page.getByLabel('Price in dollars').fill('90');
  for (const box of await page.locator("input[name='staff[]']").all()) await box.check();
  await page.getByRole('button', { name: 'Add it' }).click();
  await page.getByText('Added. Your booking page shows it already.').waitFor();
  await page.getByRole('navigation', { name: `Sections of ${name}` }).getByRole('link', { name: 'Payment' }).click();
  await page.getByRole('heading', { level: 2, name: 'Payment' }).waitFor();
  await page.getByLabel('When they book, clients pay').selectOption({ label: 'A deposit of an amount' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('[id="field-options.payment.cents-error"]').waitFor();
  await page.getByLabel('Deposit in dollars').fill('30');
  await page.getByLabel('All of it, until').fill('24');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. Your booking page shows it already.').waitFor();
  await look(page, 'payment-setup');
}

test('a deposit is paid with the booking, and comes back with its cancelling', both, async ({ js }) => {
  const name = `Deposit ${js ? 'with' : 'without'} scripts`;
  const slug = name.toLowerCase().replaceAll(' ', '-');
  const email = `pays.${js ? 'with' : 'without'}@example.com`;
  const before = await refunds();
  await withPage({ js, name: 'paying-owner', status: [422] }, async (page) => {
    await connect(page, js);
    await offers(page, name, js);
  });
  const start = await aStart(slug);
  await withPage({ js, width: 390, name: 'paying-client' }, async (page) => {
    await visit(page, formAddress(slug, start), { js });
    await page.getByText('$30.00 by card when you book; $60.00 later').waitFor();
    await axe(page);
    await fillIn(page, { name: 'Pat Payer', email });
    await book(page);
    await page.getByText('Test payment page. No money moves.').waitFor();
    await axe(page);
    // They think it over, and come back to it.
    await page.getByRole('link', { name: 'Cancel' }).click();
    await heading(page, 'Pay to book this time');
    await axe(page);
    await fitsWidth(page);
    await shot(page, `paying-waits-${js ? 'js' : 'plain'}`);
    await page.getByRole('link', { name: 'Pay $30.00 now' }).click();
    await page.getByLabel('Card number').fill('4242 4242 4242 4242');
    await page.getByRole('button', { name: 'Pay $30.00' }).click();
    await heading(page, 'You’re booked');
    await page.getByText('$30.00 by card; $60.00 is still to pay').waitFor();
    await axe(page);
    await shot(page, `paying-paid-${js ? 'js' : 'plain'}`);
    await page.getByText('Cancel the booking').click();
    await page.getByText('You get the $30.00 that you paid back, to your card.').waitFor();
    await page.getByRole('button', { name: 'Yes, cancel it' }).click();
    await heading(page, 'This booking is cancelled');
    await page.getByText('You get back $30.00').waitFor();
  });
  const [appointment] = await appointmentsOf(email);
  assert.ok(appointment, 'it is in the diary');
  // It is made within seconds.
  let back = before;
  for (let tries = 0; tries < 50 && back === before; tries += 1) {
    await new Promise((resolve) => { setTimeout(resolve, 200); });
    back = await refunds();
  }
  assert.equal(back, before + 1, 'the deposit went back');
  await withPage({ js, name: 'paying-desk' }, async (page) => {
    await logIn(page, `/app/${DEMO.slug}/calendar/appointments/${appointment.id}`, { js });
    await page.getByRole('heading', { level: 2, name: 'Payment' }).waitFor();
    // The page may be a moment ahead of what Stripe’s answer changes.
    const told = page.getByText('$30.00 paid back, as the client cancelled');
    for (let tries = 0; tries < 20 && !(await told.count()); tries += 1) {
      await page.waitForTimeout(250);
      await page.reload();
    }
    await told.waitFor();
    await look(page, 'paying-desk');
  });
});

test('a package is bought on its page, and its code takes a session', both, async ({ js }) => {
  const name = `Two visits ${js ? 'with' : 'without'} scripts`;
  const service = `Visit ${js ? 'with' : 'without'} scripts`;
  const slug = service.toLowerCase().replaceAll(' ', '-');
  const email = `package.${js ? 'with' : 'without'}@example.com`;
  await withPage({ js, name: 'packages-owner', status: [422] }, async (page) => {
    await connect(page, js);
    await offers(page, service, js);
    await page.goto(`/app/${DEMO.slug}/calendar/packages`);
    await heading(page, 'Packages');
    await page.getByRole('button', { name: 'Add it' }).click();
    await page.locator('[id="field-sessions-error"]').waitFor();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Sessions').fill('2');
    await page.getByLabel('Price in dollars').fill('150');
    await page.getByLabel(service).check();
    await page.getByRole('button', { name: 'Add it' }).click();
    await page.getByText('Added. It is on your page of packages already.').waitFor();
    await look(page, 'packages-desk');
  });
  let code = '';
  await withPage({ js, width: 390, name: 'packages-client' }, async (page) => {
    await page.goto(`/b/${DEMO.slug}/packages`);
    await heading(page, 'Packages');
    await axe(page);
    await fitsWidth(page);
    const card = page.getByRole('region', { name });
    await card.getByText(`Buy ${name}`).click();
    await card.getByLabel('Name').fill('Pat Payer');
    await card.getByLabel('Email').fill(email);
    await page.waitForTimeout(1200);
    await card.getByRole('button', { name: 'Go on to pay' }).click();
    await page.getByText('Test payment page. No money moves.').waitFor();
    await page.getByLabel('Card number').fill('4242 4242 4242 4242');
    await page.getByRole('button', { name: 'Pay $150.00' }).click();
    await heading(page, '2 of 2 left');
    await axe(page);
    await shot(page, `package-own-${js ? 'js' : 'plain'}`);
    code = await page.getByLabel('Your code').inputValue();
    await visit(page, formAddress(slug, await aStart(slug)), { js });
    await fillIn(page, { name: 'Pat Payer', email });
    await page.getByLabel('Package code').fill(code);
    await book(page);
    await heading(page, 'You’re booked');
    await page.getByText(`A session of “${name}”`).waitFor();
  });
});
