// Runs every spec on SQLite and on PostgreSQL, a quarter of them against a fresh server, two such quarters at once. The last
// line counts.
import { spawn } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { startServer } from './lib/server.mjs';

const here = import.meta.dirname;
const root = path.dirname(here);
const artefacts = path.join(here, 'artefacts');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    database: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
    // Only tests whose names match.
    only: { type: 'string' },
    'at-once': { type: 'string', default: '2' },
    // Keeps a picture of each page that is looked at; those of what failed are kept anyway.
    pictures: { type: 'boolean', default: false },
  },
});
// The documentation’s are taken of the demo as it comes, which other specs change.
const docsPictures = values.pictures && positionals.length === 1 && positionals[0] === 'docs';
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target');
const binary = path.resolve(process.env.DEVALO_BIN ?? path.join(target, 'debug/devalo'));
const site = path.resolve(process.env.LEPTOS_SITE_ROOT ?? path.join(root, 'target/site'));

// A file as it is, or a word that the names of specs hold.
const known = (await readdir(path.join(here, 'specs'))).filter((name) => name.endsWith('.spec.mjs')).sort();
const asked = (word) => (word.endsWith('.mjs') ? [path.resolve(word)] : known.filter((name) => name.includes(word)).map(inSpecs));
const specs = positionals.length ? positionals.flatMap(asked) : known.map(inSpecs);

function inSpecs(name) {
  return path.join(here, 'specs', name);
}

const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const servers = new Set();

// Whatever ends us ends the servers and the databases too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, async () => {
    await Promise.all([...servers].map((server) => server.stop()));
    process.exit(1);
  });
}

await rm(artefacts, { recursive: true, force: true });
// Which specs share a server is always the same, however fast each is.
const QUARTERS = [0, 1, 2, 3];
const parts = values.database.flatMap((database) => QUARTERS.map((quarter) => ({
  name: `${database}-${quarter + 1}`, database, specs: specs.filter((_, at) => at % QUARTERS.length === quarter),
}))).filter((part) => part.specs.length > 0);
// A free port is one until somebody takes it: servers start one after another.
let starting = Promise.resolve();
await Promise.all(Array.from({ length: Number(values['at-once']) }, async () => {
  for (let part = parts.shift(); part; part = parts.shift()) await runPart(part);
}));
// What failed stands at the end too, where a long log is read from.
for (const text of failures) console.log(`✗ ${text}`);
const skipped = totals.skipped ? `, ${totals.skipped} skipped` : '';
console.log(`end2end: ${totals.passed} passed, ${totals.failed} failed${skipped}`);
// A run that tests nothing is no success.
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);

async function runPart({ name, database, specs }) {
  const folder = path.join(artefacts, name);
  await mkdir(folder, { recursive: true });
  const say = (line) => console.log(`${name}: ${line}`);
  let server;
  try {
    const started = starting.then(() => startServer({ database, binary, site, root, log: path.join(folder, 'server.log') }));
    starting = started.catch(() => {});
    server = await started;
    servers.add(server);
    say(server.url);
    const counted = await runSpecs(specs, say, {
      DEVALO_ONLY: values.only ?? '', DEVALO_PICTURES: values.pictures ? 'yes' : '', DEVALO_DOCS_PICTURES: docsPictures ? 'yes' : '', DEVALO_URL: server.url, DEVALO_DATABASE: database, DEVALO_MAIL: server.mail, DEVALO_ARTEFACTS: folder,
      DEVALO_STRIPE: server.stripe.url, DEVALO_STRIPE_KEY: server.stripe.key,
    });
    for (const key of Object.keys(totals)) totals[key] += counted[key];
    failures.push(...counted.failures.map((text) => `${name}: ${text}`));
    for (const line of await server.complaints()) fail(`the server's log: ${line}`);
  } catch (error) {
    fail(error.message);
  } finally {
    await server?.stop();
    servers.delete(server);
  }

  function fail(text) {
    say(`✗ ${text}`);
    failures.push(`${name}: ${text}`);
    totals.failed += 1;
  }
}

function runSpecs(specs, say, environment) {
  const reporter = path.join(here, 'lib/reporter.mjs');
  // The time-out is for a whole file; what a page waits for ends sooner by itself.
  const options = ['--test', `--test-reporter=${reporter}`, '--test-reporter-destination=stdout', '--test-concurrency=1', '--test-timeout=900000'];
  const child = spawn(process.execPath, [...options, ...specs], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let counted;
  let rest = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('counted ')) counted = JSON.parse(line.slice('counted '.length));
      else say(line);
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (!counted) reject(new Error(`the test runner ended with ${code} and no count`));
      else if (code !== 0 && counted.failed === 0) reject(new Error(`the test runner ended with ${code}`));
      else resolve(counted);
    });
  });
}
