// The stand-in for Stripe, as a process of its own.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createInterface } from 'node:readline';

const SERVER = path.join(import.meta.dirname, '../stripe/server.mjs');
const PATIENCE_MS = 15_000;

/**
 * Starts a stand-in that sends its events to `webhookUrl`. `control(path, body)` asks its control API, with a body by POST;
 * see stripe/control.mjs.
 */
export async function startStripe({ webhookUrl, state } = {}) {
  const key = `sk_test_${randomBytes(12).toString('hex')}`;
  const secret = `whsec_${randomBytes(16).toString('hex')}`;
  const args = [SERVER, '--port', '0', '--secret-key', key, '--webhook-secret', secret, '--parent', String(process.pid)];
  if (webhookUrl) args.push('--webhook-url', webhookUrl);
  if (state) args.push('--state', state);
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  };
  try {
    const url = await said(child);
    return { url, key, secret, stop, control: (where, body) => control(url, where, body) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** The stand-in that runs beside the spec's server, as end2end/run started it. */
export function runningStripe() {
  const { DEVALO_STRIPE: url, DEVALO_STRIPE_KEY: key } = process.env;
  if (!url) throw new Error('Run specs with end2end/run.');
  return { url, key, control: (where, body) => control(url, where, body) };
}

/** Asks the control API of the stand-in at this address: `clock`, `webhooks/deliver`, `events` … */
export async function control(url, where, body) {
  const answer = await fetch(`${url}/_control/${where}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-control': '1', 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`the stand-in's control: ${said.error.message}`);
  return said;
}

function said(child) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the stand-in for Stripe was not ready in time')), PATIENCE_MS);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the stand-in for Stripe ended with ${code}`)));
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const url = /^stripe stand-in at (\S+)$/.exec(line)?.[1];
      if (!url) return;
      clearTimeout(late);
      resolve(url);
    });
  });
}
