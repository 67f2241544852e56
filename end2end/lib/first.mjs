// A server of a test's own: with nobody on it but its first account, who runs the platform and owns the first organisation; or with
// the demo.
import path from 'node:path';

import { visit } from '../harness.mjs';
import { codeOf, heading } from '../journeys.mjs';
import { startServer } from './server.mjs';

const EMAIL = 'operator@devalo.example';
export const PASSWORD = 'three unrelated quokkas';
const root = path.dirname(path.dirname(import.meta.dirname));
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target');

const FIRST = { BOOTSTRAP_ADMIN_EMAIL: EMAIL, BOOTSTRAP_ADMIN_PASSWORD: PASSWORD, BOOTSTRAP_ADMIN_NAME: 'Olly Operator', BOOTSTRAP_ORG_NAME: 'Quokka Physio' };

/** Does something with such a server, with these settings beside its own, whose letters are found as ever; then it is stopped. */
export const withFirstServer = (name, doIt, settings = {}) => withServer(name, doIt, { first: FIRST, settings });

/** The same with one that has the demo on it. */
export const withDemoServer = (name, doIt, settings = {}) => withServer(name, doIt, { settings });

async function withServer(name, doIt, { first, settings }) {
  const server = await startServer({
    database: 'sqlite',
    binary: path.resolve(process.env.DEVALO_BIN ?? path.join(target, 'debug/devalo')),
    site: path.resolve(process.env.LEPTOS_SITE_ROOT ?? path.join(root, 'target/site')),
    root,
    log: path.join(process.env.DEVALO_ARTEFACTS, `${name}-server.log`),
    first,
    settings,
  });
  const kept = process.env.DEVALO_MAIL;
  process.env.DEVALO_MAIL = server.mail;
  try {
    await doIt(server);
  } finally {
    process.env.DEVALO_MAIL = kept;
    await server.stop();
  }
}

/** Logs the first account in, which sets up two-step login. */
export async function enterFirst(page, js) {
  await visit(page, '/login?next=/admin', { js });
  await page.getByLabel('Email').fill(EMAIL);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByText('Type it in instead').click();
  const secret = (await page.locator('.secret code').innerText()).replaceAll(' ', '');
  await page.getByLabel('The six digits').fill(codeOf(secret));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await heading(page, 'Your recovery codes');
}
