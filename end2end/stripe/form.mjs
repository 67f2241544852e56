// Bodies as Stripe reads them: form-encoded, with brackets for what is nested. `items[0][price]=…` is a list of one thing.

/** Reads a form or a query into nested objects and lists. */
export function parse(text) {
  const root = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.replaceAll(']', '').split('[');
    let at = root;
    path.forEach((key, index) => {
      // `a[]=1` appends.
      const step = key === '' ? String(Object.keys(at).length) : key;
      if (index === path.length - 1) {
        put(at, step, value);
        return;
      }
      if (typeof at[step] !== 'object') put(at, step, {});
      at = at[step];
    });
  }
  return lists(root);
}

// A name such as `__proto__` is a name like any other here.
function put(object, key, value) {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function lists(value) {
  if (typeof value !== 'object') return value;
  const keys = Object.keys(value);
  if (keys.length && keys.every((key) => /^\d+$/.test(key))) {
    return keys.sort((a, b) => a - b).map((key) => lists(value[key]));
  }
  for (const key of keys) put(value, key, lists(value[key]));
  return value;
}
