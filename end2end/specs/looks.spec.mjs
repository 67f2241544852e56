// Every page: hydrates cleanly on a phone, passes axe, fits the window, and leaves a picture; on a phone, on a desk, and dark.
import { hydrated, lookAllOver, test, visit, withPage } from '../harness.mjs';
import { DIARY, HOME, aStart, book, bookElsewhere, cancelElsewhere, dateIn, diaryAt, fillIn, formAddress, heading, inDiary, logIn, plusDays } from '../journeys.mjs';

const nextWeek = plusDays(dateIn(Date.now()), 7);

const pages = {
  landing: (page) => visit(page, '/'),
  login: (page) => visit(page, '/login'),
  business: (page) => visit(page, HOME),
  times: (page) => visit(page, `${HOME}/follow-up?from=${nextWeek}`),
  'times-perth': (page) => visit(page, `${HOME}/follow-up?from=${nextWeek}&zone=Australia/Perth`),
  form: async (page) => visit(page, formAddress('follow-up', await aStart('follow-up'), { from: nextWeek })),
  'form-with-errors': async (page) => {
    await visit(page, formAddress('follow-up', await aStart('follow-up')));
    await fillIn(page, { name: '', email: 'nobody@nowhere', phone: 'call me' });
    await book(page);
    await page.getByRole('alert').waitFor();
  },
  confirmation: async (page) => {
    await visit(page, formAddress('follow-up', await aStart('follow-up')));
    await fillIn(page, { name: 'Paula Picture', email: 'paula.picture@example.com' });
    await book(page);
    await heading(page, 'You’re booked');
  },
  manage: async (page) => visit(page, `/manage/${(await booked()).token}`),
  reschedule: async (page) => visit(page, `/manage/${(await booked()).token}?reschedule=1&from=${nextWeek}`),
  'reschedule-chosen': async (page) => visit(page, `/manage/${(await booked()).token}?reschedule=1&start=${await aStart('follow-up')}`),
  cancelled: async (page) => {
    const { token } = await booked();
    await cancelElsewhere(token);
    await visit(page, `/manage/${token}`);
  },
  docs: (page) => visit(page, '/docs'),
  'docs-page': (page) => visit(page, '/docs/operators/backups'),
  'docs-missing': (page) => visit(page, '/docs/nothing-here', { status: 404 }),
  'not-found': (page) => visit(page, '/nothing-here', { status: 404 }),
  // The business's name is there at any width.
  'dashboard-missing': async (page) => {
    await logIn(page, DIARY);
    await visit(page, '/app/harbour-physio/nothing-here', { status: 404 });
    await page.locator('.topbar-org', { hasText: 'Harbour Physio' }).waitFor();
  },
  account: async (page) => {
    await logIn(page, '/account');
    await page.reload();
    await hydrated(page);
  },
  'account-set-up': async (page) => {
    await logIn(page, '/account/second-factor');
    await page.reload();
    await hydrated(page);
  },
  'account-confirm': async (page) => {
    await logIn(page, '/account/confirm?next=/account');
    await page.reload();
    await hydrated(page);
  },
  'dashboard-week': async (page) => {
    await logIn(page, `${DIARY}?date=${nextWeek}&view=week`);
    await page.reload();
    await hydrated(page);
    await page.locator('[data-appointment]').first().waitFor();
  },
  'dashboard-day': async (page) => {
    const start = await aStart('follow-up');
    const { id } = await bookElsewhere('follow-up', start, 'Paula Picture');
    await logIn(page, diaryAt(start, 'day'));
    await page.reload();
    await hydrated(page);
    await inDiary(page, id).waitFor();
  },
  'dashboard-open': async (page) => {
    const start = await aStart('follow-up');
    const { id } = await bookElsewhere('follow-up', start, 'Paula Picture', { phone: '0412 345 678', notes: 'Scans are on their way.' });
    await logIn(page, `${diaryAt(start)}&open=${id}`);
    await page.getByRole('dialog').waitFor();
  },
};

async function booked() {
  return bookElsewhere('follow-up', await aStart('follow-up'), 'Paula Picture');
}

for (const [name, open] of Object.entries(pages)) {
  test(`the page ${name}`, {}, () =>
    withPage({ width: 390, height: 844, name, status: [404, 422] }, async (page) => {
      await open(page);
      await hydrated(page);
      await lookAllOver(page, name);
    }));
}
