// A local stand-in for Stripe: its API, the pages that it hosts, and its webhooks. Nobody pays anything here.
//
//   node end2end/stripe/server.mjs --port 0 --secret-key sk_test_… --webhook-secret whsec_… --webhook-url http://localhost:3000/webhooks/stripe
//     [--state FILE] [--origin http://localhost:PORT] [--parent PID]
//
// It listens on this machine only; a port that is taken gives way to the next free one. With --parent it ends when that
// process does.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import { Api } from './api.mjs';
import { Billing } from './billing.mjs';
import { Control } from './control.mjs';
import { parse } from './form.mjs';
import { taxRate } from './objects.mjs';
import { Pages } from './pages.mjs';
import { Store } from './store.mjs';
import { Webhooks } from './webhooks.mjs';

const LARGEST = 1024 * 1024;
const MOST_REQUESTS = 20_000;
const MOST_PORTS = 20;

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'secret-key': { type: 'string' },
    'webhook-secret': { type: 'string' },
    'webhook-url': { type: 'string' },
    state: { type: 'string' },
    origin: { type: 'string' },
    parent: { type: 'string' },
  },
});
for (const [name, begins] of [['secret-key', 'sk_test_'], ['webhook-secret', 'whsec_']]) {
  if (!options[name]?.startsWith(begins)) die(`--${name} must begin with ${begins}`);
}

const store = new Store(options.state);
const webhooks = new Webhooks(store, { url: options['webhook-url'], secret: options['webhook-secret'] });
const billing = new Billing(store, webhooks);
const api = new Api({ store, billing, webhooks, secret: options['secret-key'] });
const pages = new Pages({ store, billing });
const control = new Control({ store, billing, webhooks });
control.prepare = () => store.get('tax_rate', taxRate(store).id) ?? store.put(taxRate(store));
control.prepare();

const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(error);
    if (!response.headersSent) send(response, 500, { error: { type: 'api_error', message: `The stand-in failed: ${error.message}` } });
  });
});
const wanted = Number(options.port);
let port = wanted;
server.on('error', (error) => {
  if (error.code !== 'EADDRINUSE' || port >= wanted + MOST_PORTS) die(`The stand-in can't listen: ${error.message}`);
  port += 1;
  server.listen(port, '127.0.0.1');
});
server.listen(port, '127.0.0.1');
server.once('listening', () => {
  const here = `http://127.0.0.1:${server.address().port}`;
  billing.origin = options.origin ?? here;
  webhooks.resume();
  console.log(`stripe stand-in at ${here}`);
});

// Time passes without requests too.
const seconds = setInterval(() => {
  if (billing.catchUp() || store.changed) save();
  if (options.parent && !alive(Number(options.parent))) end();
}, 1_000);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, end);

async function handle(request, response) {
  const url = new URL(request.url, 'http://stand-in');
  const { method } = request;
  const body = await bodyOf(request);
  if (body === undefined) {
    send(response, 413, { error: { type: 'invalid_request_error', message: 'The body is too large.' } });
    return;
  }
  if (billing.catchUp()) save();
  const path = url.pathname;
  if (path.startsWith('/v1/')) await answerApi(request, response, { method, path, query: url.search.slice(1), body });
  else if (path.startsWith('/_control/')) {
    const answer = await control.answer(method, path, url.search, body, request.headers);
    if (method !== 'GET') save();
    send(response, answer.status, answer.body);
  } else if (path === '/readyz') send(response, 200, { ready: true });
  else answerPage(response, pages.answer(method, path, url.search, body), method);
}

async function answerApi(request, response, { method, path, query, body }) {
  const requestId = store.id('req_', 14);
  const seen = {
    at: store.now(), id: requestId, method, path, params: parse(method === 'POST' ? body : query), idempotency_key: request.headers['idempotency-key'] ?? null,
    status: null, replayed: false, outage: null,
  };
  store.requests.push(seen);
  if (store.requests.length > MOST_REQUESTS) store.requests.shift();
  const outage = outageFor(method, path);
  if (outage && !outage.after && outage.mode !== 'slow') {
    fail(response, outage, seen);
    return;
  }
  const answer = api.answer({ method, path, query, body, headers: request.headers, requestId });
  if (method !== 'GET') save();
  seen.replayed = Boolean(answer.replayed);
  if (outage?.mode === 'slow') {
    seen.outage = 'slow';
    await new Promise((resolve) => { setTimeout(resolve, outage.ms ?? 1_000); });
  } else if (outage) {
    // It was carried out, and nobody is told.
    fail(response, outage, seen);
    return;
  }
  seen.status = answer.status;
  const headers = { 'request-id': requestId, 'stripe-version': request.headers['stripe-version'] ?? '' };
  if (seen.idempotency_key) headers['idempotency-key'] = seen.idempotency_key;
  if (answer.replayed) headers['idempotent-replayed'] = 'true';
  send(response, answer.status, answer.body, headers);
}

/** The outage that this request meets, if any; it is counted. */
function outageFor(method, path) {
  const { outage } = store.settings;
  if (outage.mode === 'none' || (outage.path && !path.includes(outage.path)) || (outage.method && outage.method !== method)) return undefined;
  if (outage.times !== undefined) {
    if (outage.times <= 0) return undefined;
    outage.times -= 1;
  }
  return { ...outage };
}

function fail(response, { mode }, seen) {
  seen.outage = mode;
  if (mode === 'reset') {
    response.socket.destroy();
    return;
  }
  if (mode === 'key' || mode === 'denied') {
    seen.status = mode === 'key' ? 401 : 403;
    const message = mode === 'key' ? 'Invalid API Key provided: sk_test_****' : "The provided key doesn't have the permissions that this takes.";
    send(response, seen.status, { error: { type: 'invalid_request_error', message } });
    return;
  }
  seen.status = 500;
  send(response, 500, { error: { type: 'api_error', message: 'An unknown error occurred. (The stand-in was told to fail.)' } });
}

function answerPage(response, answer, method) {
  if (method !== 'GET') save();
  const headers = {
    'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
  };
  if (answer.location) response.writeHead(303, { ...headers, location: answer.location }).end();
  else if (answer.pdf) response.writeHead(200, { ...headers, 'content-type': 'application/pdf', 'content-disposition': `inline; filename="${answer.name}"` }).end(answer.pdf);
  else response.writeHead(answer.status, { ...headers, 'content-type': 'text/html; charset=utf-8' }).end(answer.html);
}

function send(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers }).end(`${JSON.stringify(body, null, 2)}\n`);
}

async function bodyOf(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length <= LARGEST) parts.push(part);
  }
  return length <= LARGEST ? Buffer.concat(parts).toString('utf8') : undefined;
}

function save() {
  store.changed = false;
  store.save();
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function end() {
  clearInterval(seconds);
  webhooks.stop();
  save();
  process.exit(0);
}

function die(text) {
  console.error(text);
  process.exit(1);
}
