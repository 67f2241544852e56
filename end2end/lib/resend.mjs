// A stand-in for Resend, in the spec's own process: takes letters as its API does, and tells what became of them in messages
// signed by Svix's own library.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { Webhook } from 'standardwebhooks';

const PATIENCE_MS = 20_000;

/** Starts one. Its `settings` lead a server to it. */
export async function startResend() {
  const resend = new Resend();
  await new Promise((resolve, reject) => {
    resend.http.once('error', reject);
    resend.http.listen(0, '127.0.0.1', resolve);
  });
  return resend;
}

class Resend {
  key = `re_${randomBytes(16).toString('hex')}`;
  secret = `whsec_${randomBytes(24).toString('base64')}`;
  /** What was taken, the oldest first: `{ id, to, subject, text, html }`. */
  letters = [];
  /** How many letters weren't taken. */
  refused = 0;
  /** Takes nothing, as when it is down. */
  down = false;
  http = createServer((request, response) => { this.#answer(request, response); });
  #known = new Map();

  get url() {
    return `http://127.0.0.1:${this.http.address().port}`;
  }

  /** For a server whose mail it takes. */
  get settings() {
    return {
      RESEND_API_KEY: this.key, RESEND_API_BASE: this.url, RESEND_WEBHOOK_SECRET: this.secret, EMAIL_FROM: 'Devalo <no-reply@devalo.example>',
    };
  }

  /** All letters to this address. */
  to(address) {
    return this.letters.filter((letter) => letter.to.includes(address));
  }

  /** The newest letter to this address, once there are so many. */
  async letter(address, many = 1) {
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(100)) {
      const letters = this.to(address);
      if (letters.length >= many) return letters.at(-1);
    }
    return assert.fail(`${this.to(address).length} letters came to ${address}, not ${many}`);
  }

  /** Tells the server at this address what became of a letter; answers its status. Signed with another secret, if one is given. */
  async tell(server, type, letter, { secret = this.secret, ...data } = {}) {
    const now = new Date();
    const body = JSON.stringify({
      type, created_at: now.toISOString(),
      data: { email_id: letter.id, created_at: now.toISOString(), from: 'Devalo <no-reply@devalo.example>', to: letter.to, subject: letter.subject, ...data },
    });
    const id = `msg_${randomBytes(12).toString('hex')}`;
    const answer = await fetch(`${server}/webhooks/resend`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json', 'svix-id': id, 'svix-timestamp': String(Math.floor(now.getTime() / 1000)),
        'svix-signature': new Webhook(secret).sign(id, now, body),
      },
      body,
    });
    return answer.status;
  }

  async stop() {
    this.http.closeAllConnections();
    await new Promise((resolve) => { this.http.close(resolve); });
  }

  async #answer(request, response) {
    let body = '';
    request.setEncoding('utf8');
    for await (const text of request) body += text;
    const [status, said] = this.#take(request, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  }

  #take({ method, url, headers }, body) {
    if (method !== 'POST' || url !== '/emails') return refusal(404, 'not_found');
    if (headers.authorization !== `Bearer ${this.key}`) return refusal(401, 'missing_api_key');
    if (this.down) {
      this.refused += 1;
      return refusal(503, 'internal_server_error');
    }
    // The same letter again, because the answer was lost, is one letter.
    const key = headers['idempotency-key'] ?? randomUUID();
    const id = this.#known.get(key) ?? randomUUID();
    if (!this.#known.has(key)) {
      const { to, subject, text, html } = JSON.parse(body);
      this.letters.push({ id, to: [to].flat(), subject, text, html });
      this.#known.set(key, id);
    }
    return [200, { id }];
  }
}

function refusal(statusCode, name) {
  return [statusCode, { statusCode, name, message: 'The stand-in doesn’t take it.' }];
}
