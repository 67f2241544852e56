// A business signs up and pays on the stand-in's page, one is invited by whoever runs the platform, somebody joins a team, and all come
// to a dashboard that works; with scripts and without.
import { assert, fitsWidth, hydrated, letter, linkIn, look, shot, site, test, visit, withPage } from '../harness.mjs';
import { heading } from '../journeys.mjs';
import { PASSWORD, enterFirst, withFirstServer } from '../lib/first.mjs';
import { runningStripe } from '../lib/stripe.mjs';

test('a business signs up, pays, and sets up its first page', { js: [true, false], databases: ['sqlite'] }, async ({ js }) => {
  const email = `fern-${js}@new.example`;
  await withPage({ js, name: 'signing-up', status: [401, 404, 422] }, async (page) => {
    await page.goto('/');
    await page.getByRole('link', { name: 'Try it with your business' }).click();
    await heading(page, 'Try Devalo with your business');
    if (js) await look(page, 'start');
    // What is wrong is said at its field, and what was typed is still there.
    await page.getByRole('radio', { name: /^Team/ }).check();
    await page.getByLabel('How many people').fill('99');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('#field-seats-error').waitFor();
    assert.equal(await page.getByRole('radio', { name: /^Team/ }).isChecked(), true);
    if (js) await shot(page, 'start-wrong-1280');
    await page.getByLabel('How many people').fill('7');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('$77.00 a month, including GST').waitFor();
    await page.getByLabel('Your email address').fill('fern');
    await page.getByRole('button', { name: 'Send me the link' }).click();
    await page.locator('#field-email-error').waitFor();
    await page.getByText('$77.00 a month, including GST').waitFor();
    if (js) await look(page, 'start-chosen', [390]);
    await page.getByLabel('Your email address').fill(email);
    await page.getByRole('button', { name: 'Send me the link' }).click();
    await heading(page, 'Check your email');
    if (js) await look(page, 'start-sent', [390]);

    await page.goto(linkIn(await letter(email, 'Continue with Devalo'), site.origin));
    await heading(page, 'Your business');
    await page.getByText('Team, 7 people, $77.00 a month, including GST').waitFor();
    if (js) await look(page, 'start-business');
    await page.getByLabel('Your name').fill('Fern Green');
    await page.getByLabel('New password').fill(PASSWORD);
    await page.getByLabel('Business name').fill(`Fern Florist ${js ? 'One' : 'Two'}`);
    await page.getByLabel('Time zone').selectOption('Australia/Brisbane');
    await page.getByRole('button', { name: 'Continue' }).click();
    await heading(page, 'Payment');
    if (js) await look(page, 'start-pay');

    // Who leaves on the payment page is charged nothing, and goes on later, also by logging in.
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Test payment page. No money moves.').waitFor();
    assert.ok(page.url().startsWith(runningStripe().url));
    await page.getByRole('link', { name: /cancel/i }).first().click();
    await page.getByText('Nothing was charged.').waitFor();
    await page.goto('/app');
    await heading(page, 'Payment');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Card number').fill('4000 0000 0000 0002');
    await page.getByRole('button', { name: /^(Pay|Start|Subscribe)/ }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Card number').fill('4242 4242 4242 4242');
    await page.getByRole('button', { name: /^(Pay|Start|Subscribe)/ }).click();
    await heading(page, /^(Thank you|Welcome)/);
    // Where Stripe's word comes later, the page leads on by itself; without scripts by its button.
    while (!js && (await page.getByRole('link', { name: 'Check again' }).isVisible())) {
      await page.waitForTimeout(500);
      await page.getByRole('link', { name: 'Check again' }).click();
    }
    await heading(page, `Welcome, Fern Florist ${js ? 'One' : 'Two'}`);
    if (js) await look(page, 'welcome');
    await page.getByRole('link', { name: /Your first service/ }).waitFor();

    const org = js ? 'fern-florist-one' : 'fern-florist-two';
    await page.goto(`/app/${org}/settings/billing`);
    await heading(page, 'Plan and billing');
    await page.getByText('You are trying it out until').waitFor();
    if (js) await look(page, 'billing-paid');
    await page.getByLabel('People', { exact: true }).fill('9');
    await page.getByRole('button', { name: 'See what it would cost' }).click();
    await page.getByText('Team, 9 people').waitFor();
    if (js) await look(page, 'billing-change', [390]);
    await page.getByRole('button', { name: 'Change the plan' }).click();
    await page.getByText('Your plan is changed. It holds at once.').waitFor();
    await page.getByText('$95.00 a month').waitFor();
    await page.getByRole('link', { name: /-0001$/ }).click();
    await heading(page, 'Tax invoice');
    await page.getByText('ABN 51 824 753 556').waitFor();
    if (js) {
      await look(page, 'invoice');
      await page.emulateMedia({ media: 'print' });
      for (const away of ['.topbar', '.sidenav', '.back']) assert.equal(await page.locator(away).first().isVisible(), false, `${away} isn't printed`);
      await shot(page, 'invoice-printed');
      await page.emulateMedia({ media: 'screen' });
    }
    await page.goto(`/app/${org}/settings/billing`);
    await page.getByRole('button', { name: 'Manage card' }).click();
    await page.waitForURL(({ href }) => href.startsWith(runningStripe().url));
    await page.goto(`/app/${org}/calendar`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  });
});

test('a business is invited, and has its organisation without paying', {}, async () => {
  await withFirstServer('invited', async (server) => {
    await withPage({ base: server.url, name: 'inviting', status: [401, 403, 422] }, async (page) => {
      await enterFirst(page, true);
      await page.goto('/admin/invitations');
      await heading(page, 'Invitations');
      await look(page, 'admin-invitations');
      await page.getByLabel('Business name').fill('Ivy Interiors');
      await page.getByLabel('Email', { exact: true }).fill('ivy@new.example');
      await page.getByLabel('Special price').fill('49.50');
      await page.getByRole('button', { name: 'Invite', exact: true }).click();
      await page.getByText('Invited. The email is on its way.').waitFor();
      await page.getByText('Team, 5 people, $49.50 a month, including GST, the first 30 days free').waitFor();
      await look(page, 'admin-invited', [390]);
      for (const [where, title] of [['people', 'People'], ['mail', 'Emails'], ['mail/templates', ''], ['payments', 'Payments'], ['jobs', ''], ['health', ''], ['log', '']]) {
        await page.goto(`/admin/${where}`);
        if (title) await heading(page, title);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await look(page, `admin-${where.replace('/', '-')}`);
      }
      await page.goto('/app/quokka-physio/settings/data');
      await page.getByRole('heading', { level: 1 }).waitFor();
      await look(page, 'org-data');
      await page.goto('/app/quokka-physio/settings/look');
      await page.getByRole('heading', { level: 1 }).waitFor();
      await look(page, 'org-look');
    });
    await withPage({ base: server.url, js: false, width: 390, name: 'invited', status: [401] }, async (page) => {
      await page.goto(linkIn(await letter('ivy@new.example', 'Ivy Interiors is invited to Devalo'), server.url));
      await heading(page, 'You are invited');
      await shot(page, 'invited-390');
      assert.equal(await page.getByLabel('Business name').inputValue(), 'Ivy Interiors');
      await page.getByLabel('Your name').fill('Ivy Lane');
      await page.getByLabel('New password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Create my account' }).click();
      await heading(page, 'Welcome, Ivy Interiors');
      await page.getByRole('link', { name: 'Open the dashboard' }).click();
      await page.getByRole('heading', { level: 1 }).waitFor();
    });
  });
});

// A word of ninety letters: no page is wider than a phone for it.
const LONG = `Physiotherapieundrehabilitationszentrum${'woolloomooloo'.repeat(4)} & Co`;
const TEAM = '/app/quokka-physio/settings';

test('somebody joins a team by the link in their email, with a new account and with the one they have', { js: [true, false] }, async ({ js }) => {
  await withFirstServer(`joining-${js}`, async (server) => {
    const ready = async (page) => {
      if (js) await hydrated(page);
      await fitsWidth(page);
    };
    await withPage({ base: server.url, js, width: 390, name: 'inviting-a-team', status: [401, 403, 422] }, async (page) => {
      await enterFirst(page, js);
      await visit(page, `${TEAM}/details`, { js });
      await page.getByLabel('Business name').fill(LONG);
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved. Your public pages show it already.').waitFor();
      for (const email of ['casey@new.example', 'ivy@new.example']) {
        await visit(page, `${TEAM}/people`, { js });
        await page.getByRole('link', { name: 'Invite somebody' }).click();
        await heading(page, 'Invite somebody');
        await ready(page);
        await page.getByLabel('Their email address').fill(email);
        await page.getByRole('button', { name: 'Send the invitation' }).click();
        await page.getByText('The invitation is on its way.').waitFor();
      }
      // Ivy has a business of her own, too.
      await page.goto('/admin/invitations');
      await page.getByLabel('Business name').fill('Ivy Interiors');
      await page.getByLabel('Email', { exact: true }).fill('ivy@new.example');
      await page.getByLabel('Special price').fill('49.50');
      await page.getByRole('button', { name: 'Invite', exact: true }).click();
      await page.getByText('Invited. The email is on its way.').waitFor();
      for (const where of ['/b/quokka-physio', '/app/quokka-physio/welcome', `${TEAM}/data`, '/admin/orgs/quokka-physio']) {
        await page.goto(where);
        await page.locator('h1').waitFor();
        await fitsWidth(page);
      }
    });

    const arrives = async (page) => {
      await page.waitForURL(/\/app\/quokka-physio\/calendar/);
      await page.locator('.topbar-org', { hasText: LONG }).waitFor();
      await visit(page, '/app/quokka-physio/calendar?view=day', { js });
      await page.locator('h1').waitFor();
    };
    const invited = async (email) => linkIn(await letter(email, `Your invitation to ${LONG}`), server.url);

    await withPage({ base: server.url, js, width: 390, name: 'joining-anew', status: [401, 410, 422] }, async (page) => {
      const link = await invited('casey@new.example');
      await page.goto(link);
      await heading(page, 'You are invited');
      await ready(page);
      if (js) await shot(page, 'joining-390');
      await page.getByLabel('Your name').fill('Casey Reed');
      await page.getByLabel('New password').fill('short');
      await page.getByRole('button', { name: /^Join / }).click();
      await page.locator('#field-password-error').waitFor();
      // What was typed is still there.
      assert.equal(await page.getByLabel('Your name').inputValue(), 'Casey Reed');
      await ready(page);
      await page.getByLabel('New password').fill(PASSWORD);
      await page.getByRole('button', { name: /^Join / }).click();
      await arrives(page);
      await page.goto(link);
      await heading(page, 'This invitation has ended');
      await ready(page);
    });

    await withPage({ base: server.url, js, width: 390, name: 'having-an-account', status: [401] }, async (page) => {
      await page.goto(linkIn(await letter('ivy@new.example', 'Ivy Interiors is invited to Devalo'), server.url));
      await heading(page, 'You are invited');
      await page.getByLabel('Your name').fill('Ivy Lane');
      await page.getByLabel('New password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Create my account' }).click();
      await heading(page, 'Welcome, Ivy Interiors');
    });
    await withPage({ base: server.url, js, width: 390, name: 'joining-with-it', status: [401] }, async (page) => {
      await page.goto(await invited('ivy@new.example'));
      await heading(page, 'You are invited');
      await ready(page);
      await page.getByText('ivy@new.example has a Devalo account already.').waitFor();
      await page.getByRole('link', { name: 'Log in' }).click();
      await page.waitForURL(/\/login\?/);
      await ready(page);
      await page.getByLabel('Email').fill('ivy@new.example');
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await page.getByRole('button', { name: 'Log in', exact: true }).click();
      await heading(page, 'You are invited');
      await ready(page);
      await page.getByRole('button', { name: /^Join / }).click();
      await arrives(page);
      await visit(page, '/app', { js });
      await heading(page, 'Choose an organisation');
      await ready(page);
      await page.getByRole('link', { name: /^Ivy Interiors/ }).waitFor();
    });
  });
});
