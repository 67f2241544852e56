// The stand-in's own pages, as who pays sees them: with nothing to complain of, and without JavaScript.
import Stripe from 'stripe';

import { assert, axe, fitsWidth, shot, site, test, withPage } from '../harness.mjs';
import { runningStripe } from '../lib/stripe.mjs';

const { url, key } = runningStripe();
const { hostname, port } = new URL(url);
const stripe = new Stripe(key, { host: hostname, port: Number(port), protocol: 'http', telemetry: false });

test('the checkout, an invoice and the portal are plain pages', {}, async () => {
  const customer = await stripe.customers.create({ name: 'Journey & Sons', email: 'pay@journey.example' });
  const product = await stripe.products.create({ name: 'Journey plan' });
  const price = await stripe.prices.create({ product: product.id, currency: 'aud', unit_amount: 7900, recurring: { interval: 'month' }, tax_behavior: 'inclusive' });
  // A page that is there without a log-in.
  const back = `${site.origin}/login`;
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription', customer: customer.id, line_items: [{ price: price.id, quantity: 1 }], success_url: `${back}?paid={CHECKOUT_SESSION_ID}`, cancel_url: back,
  });
  for (const dark of [false, true]) {
    await withPage({ dark, width: 390, name: 'stripe-checkout' }, async (page) => {
      await page.goto(session.url);
      await page.getByText('Test payment page. No money moves.').waitFor();
      await axe(page);
      await fitsWidth(page);
    });
  }
  await withPage({ js: false, name: 'stripe-pay' }, async (page) => {
    await page.goto(session.url);
    await page.getByLabel('Card number').fill('4000 0000 0000 0002');
    await page.getByRole('button', { name: 'Pay $79.00' }).click();
    await page.getByRole('alert').filter({ hasText: 'Your card was declined.' }).waitFor();
    await page.getByLabel('Card number').fill('4242 4242 4242 4242');
    await page.getByRole('button', { name: 'Pay $79.00' }).click();
    await page.waitForURL(({ href }) => href === `${back}?paid=${session.id}`);
  });
  const { url: portal } = await stripe.billingPortal.sessions.create({ customer: customer.id, return_url: back });
  await withPage({ name: 'stripe-portal' }, async (page) => {
    await page.goto(portal);
    await axe(page);
    await shot(page, 'stripe-portal');
    await page.getByRole('button', { name: /^Cancel on / }).click();
    await page.getByRole('status').filter({ hasText: 'Your subscription ends' }).waitFor();
    await page.getByRole('button', { name: 'Don’t cancel' }).click();
    await page.getByRole('status').filter({ hasText: 'Your subscription goes on' }).waitFor();
    await page.getByRole('link', { name: /-0001$/ }).click();
    await page.getByRole('heading', { name: 'Tax invoice' }).waitFor();
    await axe(page);
  });
  const [subscription] = (await stripe.subscriptions.list({ customer: customer.id })).data;
  assert.deepEqual([subscription.status, subscription.cancel_at_period_end], ['active', false]);
});
