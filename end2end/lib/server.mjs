// A server of the tests' own: fresh keys, a fresh database with the demo business, a stand-in for Stripe, a free port, and
// away again.
import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { access, chmod, chown, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { startStripe } from './stripe.mjs';

const run = promisify(execFile);
const isRoot = process.getuid() === 0;

/**
 * Starts `devalo serve` on a database of its own: with the demo, or with the first account that these settings make. It is
 * billed by a stand-in for Stripe of its own: `stripe`. `settings` are more of them.
 */
export async function startServer({ database, binary, site, root, log, first, settings: more }) {
  await access(binary).catch(() => {
    throw new Error(`${binary} is missing: build it first, or set DEVALO_BIN`);
  });
  await access(path.join(site, 'pkg/devalo_bg.wasm')).catch(() => {
    throw new Error(`${site} holds no site: run scripts/build-site first, or set LEPTOS_SITE_ROOT`);
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'devalo-e2e-'));
  let cluster;
  let server;
  let stripe;

  const stop = async () => {
    if (server) await endProcess(server);
    if (stripe) await stripe.stop();
    if (cluster) await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  };

  try {
    let databaseUrl = `sqlite://${path.join(folder, 'devalo.db')}`;
    if (database === 'postgres') {
      cluster = await startPostgres(folder);
      databaseUrl = cluster.url;
    }
    const port = await freePort();
    // By name: passkeys know a site by its name.
    const url = `http://localhost:${port}`;
    stripe = await startStripe({ webhookUrl: `${url}/webhooks/stripe` });
    // Nothing of the caller's own settings reaches the server. Its zone is an odd one: no page may depend on it.
    const environment = { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', TZ: 'America/St_Johns', LEPTOS_SITE_ROOT: site };
    const options = { cwd: root, env: environment };
    const keys = await run(binary, ['generate-keys'], options);
    const envFile = path.join(folder, 'env');
    const settings = ['DEVALO_ENV=development', `DATABASE_URL='${databaseUrl}'`, `DEVALO_ADDR=127.0.0.1:${port}`, `DEVALO_ORIGIN=${url}`];
    settings.push(`STRIPE_SECRET_KEY=${stripe.key}`, `STRIPE_WEBHOOK_SECRET=${stripe.secret}`, `STRIPE_API_BASE=${stripe.url}`);
    settings.push("SELLER_NAME='Devalo Test Pty Ltd'", 'SELLER_ABN=51824753556', "SELLER_ADDRESS='1 Test Street, Sydney NSW 2000'");
    for (const [name, value] of Object.entries({ ...first, ...more })) settings.push(`${name}='${value}'`);
    await writeFile(envFile, `${settings.join('\n')}\n${keys.stdout}`, { mode: 0o600 });

    if (!first) await run(binary, ['seed-demo', '--env-file', envFile], options);
    const output = openSync(log, 'w');
    server = spawn(binary, ['serve', '--env-file', envFile], { ...options, stdio: ['ignore', output, output] });
    closeSync(output);
    await ready(url, server, log);
    return { url, stop, stripe, complaints: () => complaints(log), mail: path.join(folder, 'mail') };
  } catch (error) {
    await stop();
    throw new Error([error.message, error.stderr].filter(Boolean).join('\n'));
  }
}

async function ready(url, server, log) {
  let ended = false;
  server.once('exit', () => { ended = true; });
  server.once('error', () => { ended = true; });
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && !ended) {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  const tail = (await readFile(log, 'utf8')).split('\n').slice(-30).join('\n');
  throw new Error(`the server ${ended ? 'ended' : 'was not ready within a minute'}:\n${tail}`);
}

/** What a server's log must not hold after a run without one failing request. */
async function complaints(log) {
  // eslint-disable-next-line no-control-regex
  const plain = (await readFile(log, 'utf8')).replace(/\u001b\[[0-9;]*m/g, '');
  return plain.split('\n').filter((line) => /\bERROR\b|panicked at/.test(line)).slice(0, 10);
}

async function endProcess(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  child.kill('SIGTERM');
  // Streams to open pages hold a stop up for a while.
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(late);
}

/** A PostgreSQL cluster in this folder, reached by its socket only. PostgreSQL refuses to run as root. */
async function startPostgres(folder) {
  const binaries = await postgresBinaries();
  const home = path.join(folder, 'postgres');
  const data = path.join(home, 'data');
  const socket = path.join(home, 'socket');
  await mkdir(home);
  if (isRoot) {
    const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)));
    await chown(home, uid, gid);
    await chmod(folder, 0o711);
  }
  const as = (program, args) => {
    const command = [path.join(binaries, program), ...args];
    return isRoot ? run('runuser', ['-u', 'postgres', '--', ...command], { cwd: '/' }) : run(command[0], command.slice(1));
  };
  await as('initdb', ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync']);
  if (isRoot) await run('runuser', ['-u', 'postgres', '--', 'mkdir', socket], { cwd: '/' });
  else await mkdir(socket);
  const settings = `-c listen_addresses= -c unix_socket_directories=${socket} -c fsync=off -c full_page_writes=off -c shared_buffers=64MB`;
  // pg_ctl leaves the server its own output, which must not be our pipe: the pipe would never end.
  await as('pg_ctl', ['start', '--pgdata', data, '--wait', '--silent', '--log', path.join(home, 'data', 'log'), '--options', settings]);
  const pid = Number((await readFile(path.join(data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  const stop = async () => {
    try {
      process.kill(pid, 'SIGQUIT');
      for (let tries = 0; tries < 100; tries += 1) {
        process.kill(pid, 0);
        await sleep(50);
      }
    } catch {
      // It is gone.
    }
  };
  try {
    const server = `postgres://postgres@localhost/postgres?host=${socket}`;
    const psql = (statement) => run(path.join(binaries, 'psql'), ['--no-psqlrc', '--quiet', '--command', statement, server]);
    await psql('CREATE ROLE devalo LOGIN CREATEROLE');
    await psql('CREATE DATABASE devalo OWNER devalo');
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `postgres://devalo@localhost/devalo?host=${socket}`, stop };
}

async function postgresBinaries() {
  const base = '/usr/lib/postgresql';
  const versions = (await readdir(base).catch(() => [])).map(Number).filter(Number.isFinite).sort((a, b) => b - a);
  for (const version of versions) {
    const binaries = path.join(base, String(version), 'bin');
    if (await access(path.join(binaries, 'initdb')).then(() => true, () => false)) return binaries;
  }
  throw new Error('PostgreSQL is missing: run scripts/setup --for test');
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
