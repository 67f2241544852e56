// The endpoints under /v1. Strict, as Stripe is: what it doesn't know it refuses.
import { createHash } from 'node:crypto';

import { Refused, missing, noSuch, noSuchIn, oneOf, refuse, unknown, whole, yesNo } from './errors.mjs';
import { parse } from './form.mjs';
import * as objects from './objects.mjs';
import { view } from './store.mjs';

const { DAY, HOUR } = objects;
const PAGE = ['limit', 'starting_after', 'ending_before', 'created'];

export class Api {
  constructor({ store, billing, webhooks, secret }) {
    Object.assign(this, { store, billing, webhooks, secret });
    this.routes = ROUTES.map(([method, path, known, run]) => ({
      method, run, known: known && new Set([...known, 'expand']), pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`),
    }));
  }

  /** Answers a request: `{ status, body, replayed }`. */
  answer({ method, path, query, body, headers, requestId }) {
    try {
      this.authorise(headers.authorization);
      this.account = this.actingFor(headers['stripe-account']);
      // Clients send what a DELETE says either way.
      const text = { GET: query, DELETE: [query, body].filter(Boolean).join('&') }[method] ?? body;
      return this.once({ method, path, text, key: method === 'POST' ? headers['idempotency-key'] : undefined, requestId });
    } catch (error) {
      if (error instanceof Refused) return { status: error.status, body: { error: { ...error.body.error, request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` } } };
      throw error;
    }
  }

  authorise(header) {
    const [scheme, rest = ''] = (header ?? '').split(' ');
    const key = scheme.toLowerCase() === 'basic' ? Buffer.from(rest, 'base64').toString().split(':')[0] : rest;
    if (!header) throw new Refused(401, { message: 'You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth.' });
    if (key !== this.secret) throw new Refused(401, { code: undefined, message: `Invalid API Key provided: ${key.slice(0, 8)}****` });
  }

  /** The account that a request acts for: another's, which lets us; or none, which is our own. */
  actingFor(id) {
    if (id === undefined) return undefined;
    const account = this.store.get('account', id);
    if (!account || account._gone) throw notOurs(id);
    return account;
  }

  /** What belongs to the account that the request acts for. */
  isTheirs(object) {
    return object._account === this.account?.id;
  }

  /** The same key gets the same answer, and does nothing again. Bad input isn't kept under a key. */
  once({ method, path, text, key, requestId }) {
    if (key === undefined) return this.run({ method, path, text, requestId });
    // Each account has keys of its own.
    key = this.account ? `${this.account.id} ${key}` : key;
    const print = createHash('sha256').update(`${method} ${path} ${text}`).digest('hex');
    const found = Object.hasOwn(this.store.keys, key) ? this.store.keys[key] : undefined;
    // A day later it is forgotten.
    const kept = found && this.store.now() < found.at + DAY ? found : undefined;
    if (kept && kept.print !== print) {
      const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`;
      throw new Refused(400, { type: 'idempotency_error', message });
    }
    if (kept) return { status: kept.status, body: kept.body, replayed: true };
    const keep = (answer) => { this.store.keys[key] = { print, status: answer.status, body: answer.body, at: this.store.now() }; return answer; };
    try {
      return keep(this.run({ method, path, text, key, requestId }));
    } catch (error) {
      // A card that was declined is an answer.
      if (error instanceof Refused && error.status === 402) keep({ status: 402, body: error.body });
      throw error;
    }
  }

  run({ method, path, text, key, requestId }) {
    const fitting = this.routes.filter(({ pattern }) => pattern.test(path));
    const route = fitting.find((each) => each.method === method);
    if (!route) throw new Refused(404, { message: `Unrecognized request URL (${method}: ${path}). The stand-in has no such endpoint.` });
    const params = parse(text ?? '');
    if (route.known) for (const name of Object.keys(params)) if (!route.known.has(name)) throw unknown(name);
    const ids = route.pattern.exec(path).slice(1).map(decodeURIComponent);
    this.webhooks.request = { id: requestId, key: key ?? null };
    try {
      const object = route.run(this, params, ...ids);
      return { status: 200, body: this.expanded(object, params.expand) };
    } finally {
      this.webhooks.request = undefined;
    }
  }

  // ---- What the endpoints share

  need(kind, id, what = kind) {
    const object = this.store.get(kind, id);
    if (!object || !this.isTheirs(object)) throw noSuch(what.replaceAll('_', ' '), id);
    return object;
  }

  needIn(kind, id, param) {
    if (id === undefined || id === '') throw missing(param);
    const object = this.store.get(kind, id);
    if (!object || object.deleted || !this.isTheirs(object)) throw noSuchIn(kind, id, param);
    return object;
  }

  /** A page of a list, newest first. */
  page(url, all, params) {
    const limit = whole(params.limit, 'limit', { min: 1, max: 100 }) ?? 10;
    let rows = [...all].reverse().filter((each) => this.isTheirs(each) && within(each.created, params.created));
    for (const [param, cut] of [['starting_after', (at) => rows.slice(at + 1)], ['ending_before', (at) => rows.slice(Math.max(0, at - limit), at)]]) {
      if (params[param] === undefined) continue;
      const at = rows.findIndex(({ id }) => id === params[param]);
      if (at < 0) throw noSuchIn('object', params[param], param);
      rows = cut(at);
    }
    return { object: 'list', data: rows.slice(0, limit), has_more: rows.length > limit, url };
  }

  /** Ids that were asked for as objects, and lists that are only there when asked for. */
  expanded(object, paths = []) {
    const whole = view(object);
    if (!Array.isArray(paths)) throw refuse('Invalid array', { param: 'expand' });
    for (const path of paths) {
      const steps = path.split('.');
      if (steps.length > 4) throw refuse('You can only expand up to 4 levels of a property.', { param: 'expand' });
      this.expand(whole, steps, path);
    }
    return whole;
  }

  expand(at, [step, ...rest], path) {
    if (at === null || at === undefined) return;
    if (Array.isArray(at)) {
      for (const each of at) this.expand(each, [step, ...rest], path);
      return;
    }
    if (typeof at !== 'object') throw refuse(`This property cannot be expanded (${path}).`, { param: 'expand' });
    if (at[step] === undefined) {
      const extra = this.includable(at, step);
      if (extra === undefined) throw refuse(`This property cannot be expanded (${step}).`, { param: 'expand' });
      at[step] = view(extra);
    } else if (typeof at[step] === 'string') {
      const found = this.store.find(at[step]);
      if (!found) throw refuse(`This property cannot be expanded (${step}).`, { param: 'expand' });
      at[step] = view(found);
    }
    if (rest.length) this.expand(at[step], rest, path);
  }

  includable(object, name) {
    const { store } = this;
    if (object.object === 'invoice' && name === 'payments') {
      return objects.list(`/v1/invoices/${object.id}/payments`, store.all('invoice_payment').filter(({ invoice }) => invoice === object.id));
    }
    if (object.object === 'checkout.session' && name === 'line_items') return this.lineItems(store.get('checkout.session', object.id));
    if (object.object === 'customer' && name === 'subscriptions') {
      return objects.list(`/v1/customers/${object.id}/subscriptions`, store.all('subscription').filter(({ customer, status }) => customer === object.id && status !== 'canceled'));
    }
    if (object.object === 'charge' && name === 'refunds') return objects.list(`/v1/charges/${object.id}/refunds`, store.all('refund').filter(({ charge }) => charge === object.id));
    return undefined;
  }

  lineItems(session) {
    const trial = session.amount_total === 0;
    const lines = session._lines.map(({ id, price, quantity }) => ({ ...objects.checkoutLine(this.store, { price, quantity, name: this.billing.nameOf(price), trial }), id }));
    return objects.list(`/v1/checkout/sessions/${session.id}/line_items`, lines);
  }

  /** What is sold once, as a page has it: a price that is described there and then, in Australian dollars. */
  described(lines) {
    if (!Array.isArray(lines) || !lines.length) throw missing('line_items');
    return lines.map((given, index) => {
      const param = `line_items[${index}]`;
      const data = given.price_data;
      if (!data) throw refuse('The stand-in sells once what is described in `price_data` only.', { param });
      if (data.recurring) throw refuse('You specified `payment` mode but passed a recurring price.', { param });
      if (!data.product_data?.name) throw missing(`${param}[price_data][product_data][name]`);
      if (data.currency !== 'aud') throw refuse('The stand-in knows Australian dollars only.', { param: `${param}[price_data][currency]` });
      const cents = whole(data.unit_amount, `${param}[price_data][unit_amount]`, { min: 0, max: 99_999_999 });
      if (cents === undefined) throw missing(`${param}[price_data][unit_amount]`);
      const own = (object) => this.store.put(Object.assign(object, this.account ? { _account: this.account.id } : {}));
      const product = own(objects.product(this.store, { name: data.product_data.name }));
      const price = own(objects.price(this.store, { product: product.id, currency: 'aud', unit_amount: cents }));
      return { id: this.store.id('li_'), price, quantity: whole(given.quantity, `${param}[quantity]`, { min: 1 }) ?? 1, metadata: {} };
    });
  }

  taxIds(id) {
    return this.store.all('tax_id').filter(({ customer }) => customer === id);
  }

  /** The prices and quantities that a form asks for. */
  wanted(lines, param) {
    if (!Array.isArray(lines) || !lines.length) throw missing(param);
    return lines.map((given, index) => ({
      id: this.store.id('li_'), price: this.billing.priceFor(given, `${param}[${index}]`),
      quantity: whole(given.quantity, `${param}[${index}][quantity]`, { min: 1 }) ?? 1, metadata: given.metadata ?? {},
    }));
  }
}

const CUSTOMER = ['name', 'email', 'phone', 'description', 'metadata', 'address', 'preferred_locales', 'invoice_settings'];
const SUBSCRIPTION_DETAILS = ['items', 'proration_behavior', 'proration_date', 'cancel_at_period_end', 'trial_end', 'billing_cycle_anchor'];
const PRORATIONS = ['create_prorations', 'always_invoice', 'none'];

// A method, a path, the parameters known (none: not looked at), and what it does.
const ROUTES = [
  ['POST', '/v1/customers', CUSTOMER, (api, given) => {
    const customer = api.store.put(objects.customer(api.store, { ...customerFields(api, given), metadata: metadata({}, given.metadata) }));
    api.webhooks.emit('customer.created', customer);
    return customer;
  }],
  ['GET', '/v1/customers', [...PAGE, 'email'], (api, given) => {
    return api.page('/v1/customers', api.store.all('customer').filter(({ email, deleted }) => !deleted && (given.email === undefined || email === given.email)), given);
  }],
  ['GET', '/v1/customers/{id}', [], (api, given, id) => {
    const customer = api.need('customer', id);
    return customer.deleted ? { id, object: 'customer', deleted: true } : customer;
  }],
  ['POST', '/v1/customers/{id}', CUSTOMER, (api, given, id) => {
    const customer = api.need('customer', id);
    if (customer.deleted) throw noSuch('customer', id);
    const fields = customerFields(api, given);
    api.billing.changed(customer, 'customer.updated', () => {
      const { method, ...rest } = fields;
      Object.assign(customer, rest);
      if (method !== undefined) customer.invoice_settings.default_payment_method = method;
      customer.metadata = metadata(customer.metadata, given.metadata);
    });
    return customer;
  }],
  ['DELETE', '/v1/customers/{id}', [], (api, given, id) => {
    const customer = api.need('customer', id);
    for (const subscription of api.store.all('subscription')) if (subscription.customer === id && subscription.status !== 'canceled') api.billing.cancel(subscription);
    api.webhooks.emit('customer.deleted', customer);
    customer.deleted = true;
    return { id, object: 'customer', deleted: true };
  }],

  ['POST', '/v1/customers/{id}/tax_ids', ['type', 'value'], (api, given, id) => {
    const customer = api.need('customer', id);
    if (customer.deleted) throw noSuch('customer', id);
    for (const name of ['type', 'value']) if (!given[name]) throw missing(name);
    if (given.type !== 'au_abn') throw refuse('The stand-in knows Australian Business Numbers only.', { param: 'type' });
    const digits = given.value.replaceAll(' ', '');
    if (!/^\d{11}$/.test(digits)) throw refuse('Invalid value for au_abn.', { code: 'tax_id_invalid', param: 'value' });
    if (api.taxIds(id).some(({ value }) => value === digits)) throw refuse('This tax ID has already been added to the customer.', { code: 'resource_already_exists', param: 'value' });
    if (api.taxIds(id).length >= 5) throw refuse('A customer can have up to five tax IDs.');
    const made = api.store.put(objects.taxId(api.store, { customer: id, type: given.type, value: digits }));
    api.webhooks.emit('customer.tax_id.created', made);
    return made;
  }],
  ['GET', '/v1/customers/{id}/tax_ids', PAGE, (api, given, id) => api.page(`/v1/customers/${id}/tax_ids`, api.taxIds(api.need('customer', id).id), given)],
  ['DELETE', '/v1/customers/{id}/tax_ids/{id}', [], (api, given, id, tax) => {
    const gone = api.taxIds(api.need('customer', id).id).find((each) => each.id === tax);
    if (!gone) throw noSuch('tax ID', tax);
    delete api.store.kinds.tax_id[tax];
    api.webhooks.emit('customer.tax_id.deleted', gone);
    return { id: tax, object: 'tax_id', deleted: true };
  }],

  ['POST', '/v1/accounts', ['type', 'country', 'email', 'metadata', 'business_profile'], (api, given) => {
    if (api.account) throw notOurs(api.account.id);
    oneOf(given.type, 'type', ['standard', 'express', 'custom']);
    if (given.type !== 'standard') throw refuse('The stand-in knows standard accounts only.', { param: 'type' });
    return api.store.put(objects.account(api.store, { country: given.country, type: given.type, email: given.email ?? null, metadata: metadata({}, given.metadata) }));
  }],
  ['GET', '/v1/accounts/{id}', [], (api, given, id) => {
    const account = api.store.get('account', id);
    if (!account || account._gone) throw notOurs(id);
    return account;
  }],
  ['POST', '/v1/account_links', ['account', 'refresh_url', 'return_url', 'type', 'collection_options'], (api, given) => {
    for (const name of ['account', 'type', 'refresh_url', 'return_url']) if (!given[name]) throw missing(name);
    oneOf(given.type, 'type', ['account_onboarding', 'account_update']);
    for (const name of ['refresh_url', 'return_url']) if (!/^https?:\/\/[^/]/.test(given[name])) throw refuse('Not a valid URL', { code: 'url_invalid', param: name });
    const account = api.store.get('account', given.account);
    if (!account || account._gone) throw notOurs(given.account);
    const link = api.store.put(objects.accountLink(api.store, { account: account.id, refresh_url: given.refresh_url, return_url: given.return_url }));
    link.url = `${api.billing.origin}/connect/${link._token}`;
    return link;
  }],

  ['POST', '/v1/products', ['id', 'name', 'description', 'metadata', 'active', 'tax_code', 'unit_label', 'url', 'images', 'statement_descriptor', 'type'], (api, given) => {
    if (!given.name) throw missing('name');
    if (given.id !== undefined && api.store.get('product', given.id)) throw refuse(`Product already exists with id: ${given.id}`, { code: 'resource_already_exists', param: 'id' });
    const product = api.store.put(objects.product(api.store, { ...given, active: yesNo(given.active, 'active'), metadata: metadata({}, given.metadata) }));
    api.webhooks.emit('product.created', product);
    return product;
  }],
  ['GET', '/v1/products', [...PAGE, 'active', 'ids'], (api, given) => {
    const active = yesNo(given.active, 'active');
    return api.page('/v1/products', api.store.all('product').filter((product) => (active === undefined || product.active === active) && (!given.ids || given.ids.includes(product.id))), given);
  }],
  ['GET', '/v1/products/{id}', [], (api, given, id) => api.need('product', id)],
  ['POST', '/v1/products/{id}', ['name', 'description', 'metadata', 'active', 'tax_code', 'unit_label', 'default_price'], (api, given, id) => {
    const product = api.need('product', id);
    const { metadata: more, expand, active, ...rest } = given;
    api.billing.changed(product, 'product.updated', () => {
      Object.assign(product, rest, { metadata: metadata(product.metadata, more) });
      if (active !== undefined) product.active = yesNo(active, 'active');
    });
    return product;
  }],

  ['POST', '/v1/prices', [
    'product', 'currency', 'unit_amount', 'recurring', 'lookup_key', 'tax_behavior', 'metadata', 'nickname', 'active', 'transfer_lookup_key', 'billing_scheme',
  ], (api, given) => {
    if (!given.currency) throw missing('currency');
    if (!/^[a-z]{3}$/i.test(given.currency)) throw refuse(`Invalid currency: ${given.currency}.`, { param: 'currency' });
    const product = api.needIn('product', given.product, 'product');
    const unit = whole(given.unit_amount, 'unit_amount', { min: 0, max: 99_999_999 });
    if (unit === undefined) throw missing('unit_amount');
    if (given.recurring && !given.recurring.interval) throw missing('recurring[interval]');
    oneOf(given.recurring?.interval, 'recurring[interval]', ['day', 'week', 'month', 'year']);
    oneOf(given.tax_behavior, 'tax_behavior', ['inclusive', 'exclusive', 'unspecified']);
    if (given.tax_behavior === 'exclusive') throw refuse('The stand-in knows prices with GST inside them only.', { param: 'tax_behavior' });
    const holder = given.lookup_key && api.store.all('price').find(({ lookup_key: key, active }) => active && key === given.lookup_key);
    if (holder && given.transfer_lookup_key === 'true') holder.lookup_key = null;
    else if (holder) throw refuse(`A price (\`${holder.id}\`) already uses that lookup key.`, { code: 'resource_already_exists', param: 'lookup_key' });
    const price = api.store.put(objects.price(api.store, {
      product: product.id, currency: given.currency.toLowerCase(), unit_amount: unit,
      recurring: given.recurring && { interval: given.recurring.interval, interval_count: whole(given.recurring.interval_count, 'recurring[interval_count]', { min: 1 }) },
      lookup_key: given.lookup_key, tax_behavior: given.tax_behavior, metadata: metadata({}, given.metadata), nickname: given.nickname, active: yesNo(given.active, 'active'),
    }));
    api.webhooks.emit('price.created', price);
    return price;
  }],
  ['GET', '/v1/prices', [...PAGE, 'lookup_keys', 'active', 'product', 'currency', 'type', 'recurring'], (api, given) => {
    const active = yesNo(given.active, 'active');
    if (given.lookup_keys?.length > 10) throw refuse('Array must have at most 10 elements.', { param: 'lookup_keys' });
    const fits = (price) => (active === undefined || price.active === active)
      && (!given.lookup_keys || given.lookup_keys.includes(price.lookup_key)) && (!given.product || price.product === given.product);
    return api.page('/v1/prices', api.store.all('price').filter(fits), given);
  }],
  ['GET', '/v1/prices/{id}', [], (api, given, id) => api.need('price', id)],
  ['POST', '/v1/prices/{id}', ['active', 'metadata', 'nickname', 'lookup_key'], (api, given, id) => {
    const price = api.need('price', id);
    api.billing.changed(price, 'price.updated', () => {
      if (given.active !== undefined) price.active = yesNo(given.active, 'active');
      for (const key of ['nickname', 'lookup_key']) if (given[key] !== undefined) price[key] = given[key] || null;
      price.metadata = metadata(price.metadata, given.metadata);
    });
    return price;
  }],

  ['POST', '/v1/checkout/sessions', [
    'mode', 'customer', 'customer_email', 'line_items', 'subscription_data', 'success_url', 'cancel_url', 'client_reference_id', 'locale', 'metadata',
    'payment_method_collection', 'expires_at', 'payment_method_types', 'billing_address_collection', 'customer_update', 'currency', 'automatic_tax',
    'allow_promotion_codes', 'tax_id_collection', 'ui_mode', 'allowed_payment_method_types', 'payment_intent_data',
  ], (api, given) => {
    const { store } = api;
    if (given.mode === undefined) throw missing('mode');
    if (!['subscription', 'payment'].includes(given.mode)) throw refuse('The stand-in knows checkouts of subscriptions and single payments only.', { param: 'mode' });
    const once = given.mode === 'payment';
    if (api.account && !api.account.charges_enabled) throw refuse('Your account cannot currently make live charges.', { code: 'account_invalid' });
    for (const name of ['success_url', 'cancel_url']) {
      if (given[name] === undefined && name === 'success_url') throw missing(name);
      if (given[name] !== undefined && !/^https?:\/\/[^/]/.test(given[name])) throw refuse('Not a valid URL', { code: 'url_invalid', param: name });
    }
    if (given.customer !== undefined && given.customer_email !== undefined) throw refuse('You may only specify one of these parameters: customer, customer_email.');
    const customer = given.customer === undefined ? undefined : api.needIn('customer', given.customer, 'customer');
    const lines = once ? api.described(given.line_items) : api.wanted(given.line_items, 'line_items');
    const trialDays = whole(given.subscription_data?.trial_period_days, 'subscription_data[trial_period_days]', { min: 1, max: 730 });
    const trialEnd = whole(given.subscription_data?.trial_end, 'subscription_data[trial_end]');
    if (trialEnd !== undefined && trialEnd < store.now() + 2 * DAY) throw refuse('The `trial_end` date has to be at least 2 days in the future.', { param: 'subscription_data[trial_end]' });
    const expires = whole(given.expires_at, 'expires_at') ?? store.now() + DAY;
    if (expires < store.now() + HOUR / 2) throw refuse('The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.', { param: 'expires_at' });
    if (expires > store.now() + DAY) throw refuse('The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.', { param: 'expires_at' });
    oneOf(given.payment_method_collection, 'payment_method_collection', ['always', 'if_required']);
    const trial = trialDays !== undefined || trialEnd !== undefined;
    const session = store.put(objects.checkoutSession(store, {
      ...given, customer, lines, currency: lines[0].price.currency, expires_at: expires, metadata: metadata({}, given.metadata),
      due: trial ? 0 : lines.reduce((sum, { price, quantity }) => sum + price.unit_amount * quantity, 0),
    }));
    if (once && session.amount_total < 50) throw refuse('The Checkout Session\'s total amount due must add up to at least $0.50 aud', { code: 'amount_too_small' });
    if (once) session._about = lines.map(({ price }) => api.billing.nameOf(price)).join(', ');
    if (api.account) session._account = api.account.id;
    session.url = `${api.billing.origin}/c/pay/${session.id}`;
    return session;
  }],
  ['GET', '/v1/checkout/sessions', [...PAGE, 'customer', 'subscription', 'status'], (api, given) => {
    const fits = (session) => ['customer', 'subscription', 'status'].every((name) => given[name] === undefined || session[name] === given[name]);
    return api.page('/v1/checkout/sessions', api.store.all('checkout.session').filter(fits), given);
  }],
  ['GET', '/v1/checkout/sessions/{id}', [], (api, given, id) => api.need('checkout.session', id, 'checkout session')],
  ['GET', '/v1/checkout/sessions/{id}/line_items', PAGE, (api, given, id) => api.lineItems(api.need('checkout.session', id, 'checkout session'))],
  ['POST', '/v1/checkout/sessions/{id}/expire', [], (api, given, id) => {
    const session = api.need('checkout.session', id, 'checkout session');
    if (session.status !== 'open') throw refuse(`Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`);
    api.billing.expireSession(session);
    return session;
  }],

  ['POST', '/v1/subscriptions', [
    'customer', 'items', 'metadata', 'trial_period_days', 'trial_end', 'trial_settings', 'default_payment_method', 'description', 'payment_behavior',
    'proration_behavior', 'off_session', 'collection_method',
  ], (api, given) => {
    const { store, billing } = api;
    const customer = api.needIn('customer', given.customer, 'customer');
    const items = api.wanted(given.items, 'items');
    const days = whole(given.trial_period_days, 'trial_period_days', { min: 1, max: 730 });
    const trialEnd = whole(given.trial_end, 'trial_end') ?? (days ? store.now() + days * DAY : undefined);
    const paymentMethod = given.default_payment_method === undefined ? null : api.needIn('payment_method', given.default_payment_method, 'default_payment_method').id;
    if (!trialEnd && !billing.methodOf({ customer: customer.id, default_payment_method: paymentMethod })) {
      throw refuse('This customer has no attached payment source or default payment method. Please consider adding a default payment method.', { code: 'resource_missing' });
    }
    return billing.start({
      customer, items, trialEnd, metadata: metadata({}, given.metadata), trialSettings: given.trial_settings, description: given.description ?? null,
      paymentMethod, present: false,
    });
  }],
  ['GET', '/v1/subscriptions', [...PAGE, 'customer', 'status', 'price'], (api, given) => {
    oneOf(given.status, 'status', ['all', 'active', 'canceled', 'ended', 'incomplete', 'incomplete_expired', 'past_due', 'paused', 'trialing', 'unpaid']);
    const ended = (status) => ['canceled', 'incomplete_expired'].includes(status);
    const fits = ({ customer, status, items }) => (given.customer === undefined || customer === given.customer)
      && (given.price === undefined || items.data.some(({ price }) => price.id === given.price))
      && (given.status === 'all' || (given.status === 'ended' ? ended(status) : given.status === undefined ? status !== 'canceled' : status === given.status));
    return api.page('/v1/subscriptions', api.store.all('subscription').filter(fits), given);
  }],
  ['GET', '/v1/subscriptions/{id}', [], (api, given, id) => api.need('subscription', id)],
  ['POST', '/v1/subscriptions/{id}', [
    'items', 'proration_behavior', 'proration_date', 'cancel_at_period_end', 'cancel_at', 'payment_behavior', 'trial_end', 'metadata', 'description', 'default_payment_method',
    'trial_settings', 'billing_cycle_anchor', 'cancellation_details', 'off_session',
  ], (api, given, id) => {
    const subscription = api.need('subscription', id);
    if (['canceled', 'incomplete_expired'].includes(subscription.status)) {
      // Stripe lets those that ended have their metadata changed, and no more.
      const more = Object.keys(given).some((name) => !['metadata', 'cancellation_details', 'expand'].includes(name));
      if (more) throw refuse('A canceled subscription can only update its cancellation_details and metadata.');
    }
    oneOf(given.payment_behavior, 'payment_behavior', ['allow_incomplete', 'default_incomplete', 'error_if_incomplete', 'pending_if_incomplete']);
    if (given.payment_behavior === 'pending_if_incomplete' && (given.metadata || given.cancel_at_period_end !== undefined)) {
      throw refuse('When `payment_behavior` is set to `pending_if_incomplete`, only items, prorations, trial_end and billing_cycle_anchor can be changed.', { param: 'payment_behavior' });
    }
    if (given.cancel_at !== undefined) throw refuse('The stand-in knows `cancel_at_period_end` only.', { param: 'cancel_at' });
    api.billing.update(subscription, {
      ...changes(given), payment_behavior: given.payment_behavior,
      metadata: given.metadata === undefined ? undefined : metadata(subscription.metadata, given.metadata),
      description: given.description, trial_settings: given.trial_settings,
      default_payment_method: given.default_payment_method === undefined ? undefined : api.needIn('payment_method', given.default_payment_method, 'default_payment_method').id,
    });
    return subscription;
  }],
  ['DELETE', '/v1/subscriptions/{id}', ['prorate', 'invoice_now', 'cancellation_details'], (api, given, id) => {
    const subscription = api.need('subscription', id);
    if (subscription.status === 'canceled') throw noSuch('subscription', id);
    api.billing.cancel(subscription, { prorate: yesNo(given.prorate, 'prorate'), invoiceNow: yesNo(given.invoice_now, 'invoice_now') });
    return subscription;
  }],
  ['POST', '/v1/subscriptions/{id}/resume', ['billing_cycle_anchor', 'proration_behavior'], (api, given, id) => {
    const subscription = api.need('subscription', id);
    api.billing.resume(subscription);
    return subscription;
  }],

  ['POST', '/v1/invoices/create_preview', ['customer', 'subscription', 'subscription_details', 'currency', 'automatic_tax', 'preview_mode'], (api, given) => {
    const details = given.subscription_details ?? {};
    for (const name of Object.keys(details)) if (!SUBSCRIPTION_DETAILS.includes(name)) throw unknown(`subscription_details[${name}]`);
    const subscription = given.subscription === undefined ? undefined : api.needIn('subscription', given.subscription, 'subscription');
    if (given.customer !== undefined && subscription && subscription.customer !== given.customer) {
      throw refuse(`The subscription ${subscription.id} doesn't belong to this customer.`, { param: 'subscription' });
    }
    const customer = api.needIn('customer', subscription?.customer ?? given.customer, 'customer');
    // What is described for a preview isn’t made by it.
    const known = new Set(api.store.all('price').map(({ id }) => id));
    try {
      return api.billing.preview(customer, subscription, changes(details));
    } finally {
      for (const { id } of api.store.all('price')) if (!known.has(id)) delete api.store.kinds.price[id];
    }
  }],
  ['GET', '/v1/invoices', [...PAGE, 'customer', 'subscription', 'status'], (api, given) => {
    const fits = (invoice) => (given.customer === undefined || invoice.customer === given.customer) && (given.status === undefined || invoice.status === given.status)
      && (given.subscription === undefined || invoice.parent?.subscription_details.subscription === given.subscription);
    return api.page('/v1/invoices', api.store.all('invoice').filter(fits), given);
  }],
  ['GET', '/v1/invoices/{id}', [], (api, given, id) => api.need('invoice', id)],
  ['GET', '/v1/invoices/{id}/lines', PAGE, (api, given, id) => api.need('invoice', id).lines],
  ['POST', '/v1/invoices/{id}/finalize', ['auto_advance'], (api, given, id) => {
    const invoice = api.need('invoice', id);
    if (invoice.status !== 'draft') throw refuse('This invoice is already finalized, you can\'t re-finalize a non-draft invoice.', { code: 'invoice_not_editable' });
    api.billing.finalise(invoice);
    return invoice;
  }],
  ['POST', '/v1/invoices/{id}/pay', ['payment_method', 'off_session', 'forgive'], (api, given, id) => {
    const invoice = api.need('invoice', id);
    if (invoice.status === 'paid') throw refuse('Invoice is already paid', { code: 'invoice_already_paid' });
    if (invoice.status === 'draft') api.billing.finalise(invoice);
    if (invoice.status !== 'open') return invoice;
    const method = given.payment_method === undefined ? undefined : api.needIn('payment_method', given.payment_method, 'payment_method');
    const failure = api.billing.attempt(invoice, { method, present: given.off_session === 'false' });
    if (failure) throw new Refused(402, { type: 'card_error', code: failure.code, decline_code: failure.decline_code, message: failure.message });
    return invoice;
  }],
  ['POST', '/v1/invoices/{id}/void', [], (api, given, id) => {
    const invoice = api.need('invoice', id);
    api.billing.voidInvoice(invoice);
    return invoice;
  }],
  ['GET', '/v1/invoice_payments', [...PAGE, 'invoice', 'payment', 'status'], (api, given) => {
    const intent = given.payment?.payment_intent;
    const fits = (paid) => (given.invoice === undefined || paid.invoice === given.invoice) && (intent === undefined || paid.payment.payment_intent === intent);
    return api.page('/v1/invoice_payments', api.store.all('invoice_payment').filter(fits), given);
  }],

  ['GET', '/v1/charges', [...PAGE, 'customer', 'payment_intent'], (api, given) => {
    const fits = ({ customer, payment_intent: intent }) => (given.customer === undefined || customer === given.customer)
      && (given.payment_intent === undefined || intent === given.payment_intent);
    return api.page('/v1/charges', api.store.all('charge').filter(fits), given);
  }],
  ['GET', '/v1/charges/{id}', [], (api, given, id) => api.need('charge', id)],
  ['POST', '/v1/refunds', ['charge', 'payment_intent', 'amount', 'reason', 'metadata'], (api, given) => {
    if (given.charge === undefined && given.payment_intent === undefined) throw refuse('One of the following params should be provided for this request: payment_intent or charge.');
    const intent = given.charge === undefined ? api.needIn('payment_intent', given.payment_intent, 'payment_intent') : undefined;
    const charge = api.needIn('charge', given.charge ?? intent.latest_charge, 'charge');
    oneOf(given.reason, 'reason', ['duplicate', 'fraudulent', 'requested_by_customer']);
    return api.billing.refund(charge, { amount: whole(given.amount, 'amount', { min: 1 }), reason: given.reason, metadata: metadata({}, given.metadata) });
  }],
  ['GET', '/v1/refunds', [...PAGE, 'charge', 'payment_intent'], (api, given) => {
    const fits = (refund) => (given.charge === undefined || refund.charge === given.charge) && (given.payment_intent === undefined || refund.payment_intent === given.payment_intent);
    return api.page('/v1/refunds', api.store.all('refund').filter(fits), given);
  }],
  ['GET', '/v1/refunds/{id}', [], (api, given, id) => api.need('refund', id)],
  ['GET', '/v1/disputes', [...PAGE, 'charge', 'payment_intent'], (api, given) => {
    return api.page('/v1/disputes', api.store.all('dispute').filter(({ charge }) => given.charge === undefined || charge === given.charge), given);
  }],
  ['GET', '/v1/disputes/{id}', [], (api, given, id) => api.need('dispute', id)],
  ['GET', '/v1/payment_intents/{id}', [], (api, given, id) => api.need('payment_intent', id)],
  ['GET', '/v1/payment_methods/{id}', [], (api, given, id) => api.need('payment_method', id)],
  ['GET', '/v1/customers/{id}/payment_methods', [...PAGE, 'type'], (api, given, id) => {
    return api.page(`/v1/customers/${id}/payment_methods`, api.store.all('payment_method').filter(({ customer }) => customer === api.need('customer', id).id), given);
  }],

  ['POST', '/v1/billing_portal/sessions', ['customer', 'return_url', 'locale', 'configuration', 'flow_data'], (api, given) => {
    const customer = api.needIn('customer', given.customer, 'customer');
    if (given.return_url !== undefined && !/^https?:\/\/[^/]/.test(given.return_url)) throw refuse('Not a valid URL', { code: 'url_invalid', param: 'return_url' });
    const session = api.store.put(objects.portalSession(api.store, { customer: customer.id, return_url: given.return_url, locale: given.locale }));
    session.url = `${api.billing.origin}/p/session/${session._token}`;
    return session;
  }],

  ['GET', '/v1/events', [...PAGE, 'type', 'types'], (api, given) => {
    const fits = ({ type }) => (given.type === undefined || type === given.type) && (given.types === undefined || given.types.includes(type));
    return api.page('/v1/events', api.store.events.map(({ event }) => event).filter(fits), given);
  }],
  ['GET', '/v1/events/{id}', [], (api, given, id) => {
    const kept = api.store.events.find(({ event }) => event.id === id);
    if (!kept) throw noSuch('event', id);
    return kept.event;
  }],
];

/** Stripe's words for an account that was disconnected, or never was connected. */
const notOurs = (id) => new Refused(403, {
  code: 'account_invalid', message: `The provided key does not have access to account '${id}' (or that account does not exist). Application access may have been revoked.`,
});

function customerFields(api, given) {
  const fields = {};
  for (const name of ['name', 'email', 'phone', 'description']) if (given[name] !== undefined) fields[name] = given[name] === '' ? null : given[name];
  if (fields.email && !/^[^@\s]+@[^@\s]+$/.test(fields.email)) throw refuse(`Invalid email address: ${given.email}`, { code: 'email_invalid', param: 'email' });
  if (given.address !== undefined) fields.address = given.address === '' ? null : { city: null, country: null, line1: null, line2: null, postal_code: null, state: null, ...given.address };
  if (given.preferred_locales !== undefined) fields.preferred_locales = given.preferred_locales;
  const method = given.invoice_settings?.default_payment_method;
  if (method !== undefined) fields.method = api.needIn('payment_method', method, 'invoice_settings[default_payment_method]').id;
  return fields;
}

/** What a subscription's change and its preview both understand. */
function changes(given) {
  oneOf(given.proration_behavior, 'proration_behavior', PRORATIONS);
  oneOf(given.billing_cycle_anchor, 'billing_cycle_anchor', ['now', 'unchanged']);
  if (given.trial_end !== undefined && given.trial_end !== 'now') throw refuse('The stand-in can end a trial `now` only.', { param: 'trial_end' });
  if (given.items !== undefined && !Array.isArray(given.items)) throw refuse('Invalid array', { param: 'items' });
  return {
    items: given.items, proration_behavior: given.proration_behavior, proration_date: whole(given.proration_date, 'proration_date'),
    cancel_at_period_end: yesNo(given.cancel_at_period_end, 'cancel_at_period_end'), trial_end: given.trial_end, billing_cycle_anchor: given.billing_cycle_anchor,
  };
}

/** Given names are set, empty ones go; nothing at all empties it. */
function metadata(old, given) {
  if (given === undefined) return old;
  if (given === '') return {};
  const next = { ...old };
  for (const [name, value] of Object.entries(given)) {
    if (name.length > 40 || value.length > 500) throw refuse('Metadata keys can have up to 40 characters, and values up to 500.', { param: `metadata[${name}]` });
    if (value === '') delete next[name];
    else next[name] = value;
  }
  return next;
}

function within(created, range) {
  if (range === undefined) return true;
  if (typeof range === 'string') return created === Number(range);
  const at = (name) => (range[name] === undefined ? undefined : Number(range[name]));
  return !(created < (at('gte') ?? -Infinity) || created <= (at('gt') ?? -Infinity) || created > (at('lte') ?? Infinity) || created >= (at('lt') ?? Infinity));
}
