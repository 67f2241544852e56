// Errors as Stripe words them.

/** An answer that isn't a yes. */
export class Refused extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.body = { error: { type: 'invalid_request_error', ...error } };
    if (error.code) this.body.error.doc_url = `https://docs.stripe.com/error-codes/${error.code.replaceAll('_', '-')}`;
  }
}

export const refuse = (message, more = {}) => new Refused(400, { message, ...more });
export const missing = (param) => refuse(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
export const unknown = (param) => refuse(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
export const noSuch = (what, id, param = 'id') => new Refused(404, { code: 'resource_missing', message: `No such ${what}: '${id}'`, param });
/** In a parameter a thing that isn't there is bad input, not a missing page. */
export const noSuchIn = (what, id, param) => refuse(`No such ${what}: '${id}'`, { code: 'resource_missing', param });
export const declined = (failure, more = {}) => new Refused(402, {
  type: 'card_error', code: failure.code, decline_code: failure.decline_code, message: failure.message, ...more,
});

/** Whole numbers, booleans and words out of a form. */
export function whole(value, param, { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = {}) {
  if (value === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(value)) throw refuse(`Invalid integer: ${value}`, { code: 'parameter_invalid_integer', param });
  const number = Number(value);
  if (number < min) throw refuse(`This value must be greater than or equal to ${min}.`, { code: 'parameter_invalid_integer', param });
  if (number > max) throw refuse(`This value must be less than or equal to ${max}.`, { code: 'parameter_invalid_integer', param });
  return number;
}

export function yesNo(value, param) {
  if (value === undefined) return undefined;
  if (value !== 'true' && value !== 'false') throw refuse(`Invalid boolean: ${value}`, { param });
  return value === 'true';
}

export function oneOf(value, param, words) {
  if (value === undefined || words.includes(value)) return value;
  throw refuse(`Invalid ${param}: must be one of ${words.join(', ')}`, { param });
}
