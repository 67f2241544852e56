// Stripe's objects, whole: clients in other languages want every field.

export const API_VERSION = '2026-09-30.endive';
export const DAY = 24 * 60 * 60;
export const HOUR = 60 * 60;

export const list = (url, data = []) => ({ object: 'list', data, has_more: false, total_count: data.length, url });

const NO_ADDRESS = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
const ISSUER = { type: 'self' };

export function customer(store, { email = null, name = null, phone = null, description = null, address = null, metadata = {}, preferred_locales = [] }) {
  const id = store.id('cus_', 14);
  return {
    id, object: 'customer', address, balance: 0, created: store.now(), currency: null, default_source: null, delinquent: false,
    description, discount: null, email, invoice_prefix: store.id('', 8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false, metadata, name, next_invoice_sequence: 1, phone, preferred_locales, shipping: null, tax_exempt: 'none', test_clock: null,
  };
}

export function taxId(store, { customer, type, value }) {
  return {
    id: store.id('txi_'), object: 'tax_id', country: type === 'au_abn' ? 'AU' : null, created: store.now(), customer, customer_account: null, livemode: false,
    owner: { account: null, application: null, customer, customer_account: null, type: 'customer' }, type, value,
    verification: { status: 'pending', verified_address: null, verified_name: null },
  };
}

export function product(store, { id, name, description = null, metadata = {}, active = true, unit_label = null, tax_code = null, url = null, images = [], statement_descriptor = null }) {
  const now = store.now();
  return {
    id: id ?? store.id('prod_', 14), object: 'product', active, attributes: [], created: now, default_price: null, description, images, livemode: false,
    marketing_features: [], metadata, name, package_dimensions: null, shippable: null, statement_descriptor, tax_code, type: 'service', unit_label,
    updated: now, url,
  };
}

export function price(store, { product, currency, unit_amount, recurring = null, lookup_key = null, tax_behavior = 'unspecified', metadata = {}, nickname = null, active = true }) {
  return {
    id: store.id('price_'), object: 'price', active, billing_scheme: 'per_unit', created: store.now(), currency, custom_unit_amount: null, livemode: false,
    lookup_key, metadata, nickname, product,
    recurring: recurring && { interval: recurring.interval, interval_count: recurring.interval_count ?? 1, meter: null, trial_period_days: null, usage_type: 'licensed' },
    tax_behavior, tiers_mode: null, transform_quantity: null, type: recurring ? 'recurring' : 'one_time', unit_amount, unit_amount_decimal: String(unit_amount),
  };
}

const plan = (price) => ({
  id: price.id, object: 'plan', active: price.active, amount: price.unit_amount, amount_decimal: price.unit_amount_decimal, billing_scheme: 'per_unit',
  created: price.created, currency: price.currency, interval: price.recurring.interval, interval_count: price.recurring.interval_count, livemode: false,
  metadata: price.metadata, meter: null, nickname: price.nickname, product: price.product, tiers_mode: null, transform_usage: null,
  trial_period_days: null, usage_type: 'licensed',
});

export function subscriptionItem(store, subscription, price, quantity, metadata = {}) {
  return {
    id: store.id('si_', 14), object: 'subscription_item', billing_thresholds: null, created: store.now(), current_period_end: 0, current_period_start: 0,
    discounts: [], metadata, plan: plan(price), price: structuredClone(price), quantity, subscription, tax_rates: [],
  };
}

/** Another price for what is there. */
export function reprice(item, price) {
  item.price = structuredClone(price);
  item.plan = plan(price);
}

export function subscription(store, { customer, currency, metadata = {}, description = null, trialSettings, paymentMethod = null }) {
  const now = store.now();
  const id = store.id('sub_');
  return {
    id, object: 'subscription', application: null, application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: now, billing_cycle_anchor_config: null, billing_mode: { flexible: null, type: 'classic' }, billing_schedules: [],
    billing_thresholds: null, cancel_at: null, cancel_at_period_end: false, canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null }, collection_method: 'charge_automatically', created: now, currency, customer,
    days_until_due: null, default_payment_method: paymentMethod, default_source: null, default_tax_rates: [], description, discounts: [], ended_at: null,
    invoice_settings: { account_tax_ids: null, custom_fields: null, description: null, footer: null, issuer: ISSUER },
    items: list(`/v1/subscription_items?subscription=${id}`), latest_invoice: null, livemode: false, metadata, next_pending_invoice_item_invoice: null,
    on_behalf_of: null, pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null, pending_setup_intent: null, pending_update: null, schedule: null, start_date: now, status: 'incomplete',
    test_clock: null, transfer_data: null, trial_end: null,
    trial_settings: { end_behavior: { missing_payment_method: trialSettings?.end_behavior?.missing_payment_method ?? 'create_invoice' } },
    trial_start: null,
    // Prorations that wait for the next invoice.
    _pending: [],
  };
}

/** GST stands in the price: one part of eleven. */
const gst = (amount) => Math.round(amount / 11);
const TAX_RATE = 'txr_GST10PercentInclusive';
const taxOf = (tax, amount) => ({
  amount: tax, tax_behavior: 'inclusive', tax_rate_details: { tax_rate: TAX_RATE }, taxability_reason: 'standard_rated', taxable_amount: amount - tax,
  type: 'tax_rate_details',
});

export function taxRate(store) {
  return {
    id: TAX_RATE, object: 'tax_rate', active: true, country: 'AU', created: store.now(), description: 'GST', display_name: 'GST', effective_percentage: 10,
    flat_amount: null, inclusive: true, jurisdiction: 'AU', jurisdiction_level: 'country', livemode: false, metadata: {}, percentage: 10,
    rate_type: 'percentage', state: null, tax_type: 'gst',
  };
}

/** One line of an invoice. `proration`: a credit or a charge that comes from a change. */
export function line(store, { subscription, item, price, quantity, amount, description, start, end, proration = false }) {
  return {
    id: store.id('il_'), object: 'line_item', amount, currency: price.currency, description, discount_amounts: [], discountable: !proration, discounts: [],
    invoice: null, livemode: false, metadata: { ...subscription?.metadata },
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: proration ? store.id('ii_') : null, proration, proration_details: { credited_items: null }, subscription: subscription?.id ?? null,
        subscription_item: item,
      },
      type: 'subscription_item_details',
    },
    period: { end, start }, pretax_credit_amounts: [],
    pricing: { price_details: { price: price.id, product: price.product }, type: 'price_details', unit_amount_decimal: price.unit_amount_decimal },
    quantity, quantity_decimal: String(quantity), subscription: subscription?.id ?? null, subtotal: amount, taxes: [taxOf(gst(amount), amount)],
  };
}

/** A draft of an invoice with these lines. The balance of its customer counts: what was paid too much comes off. */
export function invoice(store, { id, customer, subscription, currency, lines, reason, created, periodStart, periodEnd }) {
  const total = lines.reduce((sum, { amount }) => sum + amount, 0);
  const taxes = lines.reduce((sum, { taxes }) => sum + taxes[0].amount, 0);
  const due = Math.max(0, total + customer.balance);
  for (const each of lines) each.invoice = id;
  return {
    id, object: 'invoice', account_country: 'AU', account_name: 'Devalo (test)', account_tax_ids: null, amount_due: due, amount_overpaid: 0, amount_paid: 0,
    amount_paid_off_stripe: null, amount_remaining: due, amount_shipping: 0, application: null, attempt_count: 0, attempted: false, auto_advance: true,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null }, automatically_finalizes_at: null,
    billing_reason: reason, collection_method: 'charge_automatically', created, currency, custom_fields: null, customer: customer.id,
    customer_address: customer.address, customer_email: customer.email, customer_name: customer.name, customer_phone: customer.phone, customer_shipping: null,
    customer_tax_exempt: 'none', customer_tax_ids: [], default_payment_method: null, default_source: null, default_tax_rates: [], description: null,
    discounts: [], due_date: null, effective_at: null, ending_balance: null, footer: null, from_invoice: null, hosted_invoice_url: null, invoice_pdf: null,
    issuer: ISSUER, last_finalization_error: null, latest_revision: null, lines: list(`/v1/invoices/${id}/lines`, lines), livemode: false, metadata: {},
    next_payment_attempt: null, number: null, on_behalf_of: null,
    parent: subscription && { quote_details: null, subscription_details: { metadata: { ...subscription.metadata }, subscription: subscription.id }, type: 'subscription_details' },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: periodEnd, period_start: periodStart, post_payment_credit_notes_amount: 0, pre_payment_credit_notes_amount: 0, receipt_number: null,
    rendering: null, shipping_cost: null, shipping_details: null, starting_balance: customer.balance, statement_descriptor: null, status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: total, subtotal_excluding_tax: total - taxes, test_clock: null, threshold_reason: null, total, total_discount_amounts: [],
    total_excluding_tax: total - taxes, total_pretax_credit_amounts: [],
    total_taxes: [taxOf(taxes, total)],
    webhooks_delivered_at: null,
  };
}

export function paymentMethod(store, customer, card) {
  return {
    id: store.id('pm_'), object: 'payment_method', allow_redisplay: 'always',
    billing_details: { address: NO_ADDRESS, email: customer.email, name: customer.name, phone: null, tax_id: null },
    card: {
      brand: card.brand, checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' }, country: 'AU', display_brand: card.brand,
      exp_month: 12, exp_year: new Date(store.now() * 1000).getUTCFullYear() + 3, fingerprint: `stand-in-${card.last4}`, funding: 'credit', generated_from: null,
      last4: card.last4, networks: { available: [card.brand], preferred: null }, regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true }, wallet: null,
    },
    created: store.now(), customer: customer.id, livemode: false, metadata: {}, type: 'card',
    // paid, declined or, without its owner there, declined.
    _works: card.works, _failure: card.failure,
  };
}

export function paymentIntent(store, { invoice, customer }) {
  const id = store.id('pi_');
  return {
    id, object: 'payment_intent', amount: invoice.amount_due, amount_capturable: 0, amount_details: { tip: {} }, amount_received: 0, application: null,
    application_fee_amount: null, automatic_payment_methods: null, canceled_at: null, cancellation_reason: null, capture_method: 'automatic',
    client_secret: `${id}_secret_${store.id('', 16)}`, confirmation_method: 'automatic', created: store.now(), currency: invoice.currency, customer: customer.id,
    description: 'Subscription', last_payment_error: null, latest_charge: null, livemode: false, metadata: {}, next_action: null, on_behalf_of: null,
    payment_method: null, payment_method_options: null, payment_method_types: ['card'], processing: null, receipt_email: null, review: null,
    setup_future_usage: 'off_session', shipping: null, source: null, statement_descriptor: null, statement_descriptor_suffix: null,
    status: 'requires_payment_method', transfer_data: null, transfer_group: null,
  };
}

export function charge(store, { invoice, intent, customer, method, failure }) {
  const { brand, exp_month, exp_year, last4 } = method.card;
  return {
    id: store.id('ch_'), object: 'charge', amount: invoice.amount_due, amount_captured: failure ? 0 : invoice.amount_due, amount_refunded: 0, application: null,
    application_fee: null, application_fee_amount: null, balance_transaction: failure ? null : store.id('txn_'), billing_details: method.billing_details,
    calculated_statement_descriptor: 'DEVALO', captured: !failure, created: store.now(), currency: invoice.currency, customer: customer.id,
    description: 'Subscription', disputed: false, failure_balance_transaction: null, failure_code: failure?.code ?? null, failure_message: failure?.message ?? null,
    fraud_details: {}, livemode: false, metadata: {}, on_behalf_of: null,
    outcome: {
      advice_code: failure ? 'try_again_later' : null, network_advice_code: null, network_decline_code: null,
      network_status: failure ? 'declined_by_network' : 'approved_by_network', reason: failure?.decline_code ?? null, risk_level: 'normal',
      seller_message: failure ? 'The bank declined the payment.' : 'Payment complete.', type: failure ? 'issuer_declined' : 'authorized',
    },
    paid: !failure, payment_intent: intent.id, payment_method: method.id,
    payment_method_details: { card: { brand, country: 'AU', exp_month, exp_year, funding: 'credit', last4, network: brand }, type: 'card' },
    receipt_email: null, receipt_number: null, receipt_url: failure ? null : invoice.hosted_invoice_url, refunded: false, review: null, shipping: null, source: null,
    source_transfer: null, statement_descriptor: null, statement_descriptor_suffix: null, status: failure ? 'failed' : 'succeeded', transfer_data: null,
    transfer_group: null,
    _invoice: invoice.id,
  };
}

export function invoicePayment(store, { invoice, intent }) {
  const now = store.now();
  return {
    id: store.id('inpay_'), object: 'invoice_payment', amount_paid: invoice.amount_due, amount_requested: invoice.amount_due, created: now,
    currency: invoice.currency, invoice: invoice.id, is_default: true, livemode: false, payment: { payment_intent: intent.id, type: 'payment_intent' },
    status: 'paid', status_transitions: { canceled_at: null, paid_at: now },
  };
}

export function refund(store, { charge, amount, reason = null, metadata = {} }) {
  return {
    id: store.id('re_'), object: 'refund', amount, balance_transaction: store.id('txn_'), charge: charge.id, created: store.now(), currency: charge.currency,
    destination_details: { card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' }, type: 'card' }, metadata,
    payment_intent: charge.payment_intent, reason, receipt_number: null, source_transfer_reversal: null, status: 'succeeded', transfer_reversal: null,
  };
}

const EVIDENCE = [
  'access_activity_log', 'billing_address', 'cancellation_policy', 'cancellation_policy_disclosure', 'cancellation_rebuttal', 'customer_communication',
  'customer_email_address', 'customer_name', 'customer_purchase_ip', 'customer_signature', 'duplicate_charge_documentation', 'duplicate_charge_explanation',
  'duplicate_charge_id', 'product_description', 'receipt', 'refund_policy', 'refund_policy_disclosure', 'refund_refusal_explanation', 'service_date',
  'service_documentation', 'shipping_address', 'shipping_carrier', 'shipping_date', 'shipping_documentation', 'shipping_tracking_number',
  'uncategorized_file', 'uncategorized_text',
];

export function dispute(store, { charge, reason = 'fraudulent' }) {
  return {
    id: store.id('du_'), object: 'dispute', amount: charge.amount, balance_transactions: [], charge: charge.id, created: store.now(), currency: charge.currency,
    enhanced_eligibility_types: [], evidence: { ...Object.fromEntries(EVIDENCE.map((name) => [name, null])), enhanced_evidence: {} },
    evidence_details: { due_by: store.now() + 9 * DAY, enhanced_eligibility: {}, has_evidence: false, past_due: false, submission_count: 0 },
    is_charge_refundable: false, livemode: false, metadata: {}, payment_intent: charge.payment_intent,
    payment_method_details: { card: { brand: 'visa', case_type: 'chargeback', network: 'visa', network_reason_code: '10.4' }, type: 'card' }, reason, status: 'needs_response',
  };
}

export function checkoutSession(store, given) {
  const id = store.id('cs_test_', 58);
  return {
    id, object: 'checkout.session', adaptive_pricing: null, after_expiration: null, allow_promotion_codes: null, amount_subtotal: given.due, amount_total: given.due,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null }, billing_address_collection: null, cancel_url: given.cancel_url ?? null,
    client_reference_id: given.client_reference_id ?? null, client_secret: null, collected_information: null, consent: null, consent_collection: null,
    created: store.now(), currency: given.currency, currency_conversion: null, custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null }, customer: given.customer?.id ?? null,
    customer_creation: given.customer ? null : given.mode === 'payment' ? 'if_required' : 'always',
    customer_details: { address: null, email: given.customer?.email ?? given.customer_email ?? null, name: given.customer?.name ?? null, phone: null, tax_exempt: 'none', tax_ids: [] },
    customer_email: given.customer_email ?? null, discounts: [], expires_at: given.expires_at, invoice: null, invoice_creation: null, livemode: false,
    locale: given.locale ?? null, metadata: given.metadata, mode: given.mode ?? 'subscription', payment_intent: null, payment_link: null,
    payment_method_collection: given.payment_method_collection ?? 'always', payment_method_configuration_details: null,
    payment_method_options: { card: { request_three_d_secure: 'automatic' } }, payment_method_types: ['card'], payment_status: 'unpaid',
    phone_number_collection: { enabled: false }, recovered_from: null, saved_payment_method_options: null, setup_intent: null,
    shipping_address_collection: null, shipping_cost: null, shipping_options: [], status: 'open', submit_type: null, subscription: null,
    success_url: given.success_url, total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: gst(given.due) }, ui_mode: 'hosted_page',
    url: null, wallet_options: null,
    _lines: given.lines, _data: given.subscription_data ?? {},
  };
}

export function checkoutLine(store, { price, quantity, name, trial }) {
  const amount = trial ? 0 : price.unit_amount * quantity;
  return {
    id: store.id('li_'), object: 'item', adjustable_quantity: null, amount_discount: 0, amount_subtotal: amount, amount_tax: gst(amount), amount_total: amount,
    currency: price.currency, description: name, discounts: [], metadata: {}, price, quantity, taxes: [],
  };
}

/** A business's own account, which our customers' customers pay to. */
export function account(store, { country = 'AU', type = 'standard', email = null, metadata = {} }) {
  return {
    id: store.id('acct_', 16), object: 'account', business_profile: null, business_type: null, capabilities: { card_payments: 'inactive', transfers: 'inactive' },
    charges_enabled: false, country, created: store.now(), default_currency: 'aud', details_submitted: false, email, metadata, payouts_enabled: false, type,
  };
}

/** A link to the page where an account's owner says who they are. */
export function accountLink(store, { account, refresh_url, return_url }) {
  const token = store.id('', 24);
  return {
    id: `link_${token}`, object: 'account_link', created: store.now(), expires_at: store.now() + 5 * 60, url: '',
    _token: token, _account_id: account, _refresh: refresh_url, _return: return_url, _seen: false,
  };
}

export function portalSession(store, { customer, return_url = null, locale = null }) {
  return {
    id: store.id('bps_'), object: 'billing_portal.session', configuration: 'bpc_StandIn', created: store.now(), customer, flow: null, livemode: false, locale,
    on_behalf_of: null, return_url, url: '',
    _token: store.id('test_', 32),
  };
}

export function event(store, { type, object, previous, request, account }) {
  return {
    id: store.id('evt_'), object: 'event', api_version: API_VERSION, created: store.now(),
    data: previous ? { object, previous_attributes: previous } : { object }, livemode: false, pending_webhooks: 1, ...(account ? { account } : {}),
    request: { id: request?.id ?? null, idempotency_key: request?.key ?? null }, type,
  };
}
