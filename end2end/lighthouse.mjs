// Lighthouse's scores of the public pages, as a phone on a slow line sees them, from a release server on a database of its
// own: LEPTOS_SITE_ROOT is the site, DEVALO_BIN the server's program. Fails under the targets. The report of each page is
// kept in end2end/artefacts/lighthouse. With `--quick` each page is measured once.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import lighthouse from 'lighthouse';

import { CHROMIUM, CHROMIUM_ARGS, DEMO } from './constants.mjs';
import { startServer } from './lib/server.mjs';

const TARGETS = { performance: 95, accessibility: 100, 'best-practices': 100, seo: 100 };
const PAGES = {
  'landing page': '/',
  'business page': `/b/${DEMO.slug}`,
  'booking page': `/b/${DEMO.slug}/initial-consultation`,
};

const root = path.dirname(import.meta.dirname);
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const rounds = values.quick ? 1 : 3;
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target');
const binary = path.resolve(process.env.DEVALO_BIN ?? path.join(target, 'release/devalo'));
const site = path.resolve(process.env.LEPTOS_SITE_ROOT ?? path.join(root, 'target/site'));
const reports = path.join(import.meta.dirname, 'artefacts/lighthouse');

await rm(reports, { recursive: true, force: true });
await mkdir(reports, { recursive: true });
let missed = 0;
let server;
let browser;
try {
  server = await startServer({ database: 'sqlite', binary, site, root, log: path.join(reports, 'server.log') });
  browser = await startBrowser();
  for (const [name, address] of Object.entries(PAGES)) missed += await measure(name, address);
} finally {
  await browser?.stop();
  await server?.stop();
}
process.exit(missed ? 1 : 0);

/** Prints the median of each score, and what costs points. */
async function measure(name, address) {
  const runs = [];
  for (let round = 0; round < rounds; round += 1) {
    const result = await lighthouse(`${server.url}${address}`, { port: browser.port, output: 'html', logLevel: 'error' });
    runs.push(result);
  }
  runs.sort((a, b) => a.lhr.categories.performance.score - b.lhr.categories.performance.score);
  const { lhr, report } = runs[Math.floor(runs.length / 2)];
  await writeFile(path.join(reports, `${name.replaceAll(' ', '-')}.html`), report);
  if (lhr.runtimeError) throw new Error(`${name}: ${lhr.runtimeError.message}`);
  let under = 0;
  for (const [category, wanted] of Object.entries(TARGETS)) {
    const score = Math.round(lhr.categories[category].score * 100);
    if (score < wanted) {
      under += 1;
      for (const { id, weight } of lhr.categories[category].auditRefs) {
        const audit = lhr.audits[id];
        if (weight > 0 && audit.score !== null && audit.score < 0.9) console.log(`  ${name}: ${audit.title} ${audit.displayValue ?? ''}`);
      }
    }
    result(`Lighthouse, ${name}: ${lhr.categories[category].title.toLowerCase()}`, score, `≥ ${wanted}`, score >= wanted);
  }
  const kb = Math.round(lhr.audits['total-byte-weight'].numericValue / 1024);
  const paint = Math.round(lhr.audits['largest-contentful-paint'].numericValue);
  result(`${name}: first visit, over the line`, `${kb} KiB`, '–');
  result(`${name}: largest contentful paint on a slow phone`, `${paint} ms`, '–');
  return under;
}

function result(figure, measured, wanted, met) {
  console.log(['RESULT', figure, measured, '–', '–', wanted, met === undefined ? '–' : met ? 'ok' : 'MISSED'].join('\t'));
}

async function startBrowser() {
  const profile = await mkdtemp(path.join(tmpdir(), 'devalo-lighthouse-'));
  const args = ['--headless=new', '--no-sandbox', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...CHROMIUM_ARGS, 'about:blank'];
  const child = spawn(CHROMIUM, args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  const stop = async () => {
    child.kill();
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  for (let tries = 0; tries < 100; tries += 1) {
    const text = await readFile(path.join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
    if (text) return { port: Number(text.split('\n')[0]), stop };
    await sleep(100);
  }
  await stop();
  throw new Error(`${CHROMIUM} didn’t start`);
}
