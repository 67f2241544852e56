// The bill of materials says what is in a release: `node --test tools/sbom.test.mjs`
import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { bom } from './sbom.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

test('it names what is in, and nothing else', () => {
  process.env.SOURCE_DATE_EPOCH = '1790000000';
  process.env.DEVALO_COMMIT = '0123456789abcdef';
  const { bomFormat, metadata, components, dependencies } = bom();
  assert.equal(bomFormat, 'CycloneDX');
  assert.equal(metadata.timestamp, '2026-09-21T14:13:20.000Z');
  assert.ok(metadata.properties.some(({ value }) => value === '0123456789abcdef'));

  const byName = new Map(components.map((one) => [one.name, one]));
  for (const name of ['sqlx', 'axum', 'leptos', 'opentelemetry', 'wasm-bindgen', 'console_error_panic_hook']) {
    const one = byName.get(name);
    assert.ok(one?.scope === 'required' && one.purl.startsWith(`pkg:cargo/${name}@`) && one.licenses.length === 1, name);
    assert.match(one.hashes[0].content, /^[0-9a-f]{64}$/, name);
  }
  for (const name of ['cc', 'tailwindcss']) assert.equal(byName.get(name)?.scope, 'excluded', name);
  // A driver that nothing asks for, a crate of the tests, one for another system.
  for (const name of ['sqlx-mysql', 'insta', 'windows-sys']) assert.ok(!byName.has(name), name);

  const refs = new Set(['devalo', ...components.map((one) => one['bom-ref'])]);
  assert.equal(refs.size, components.length + 1, 'each is there once');
  for (const { ref, dependsOn } of dependencies) {
    for (const one of [ref, ...dependsOn]) assert.ok(refs.has(one), `${ref}: ${one}`);
  }
  const text = JSON.stringify({ metadata, components, dependencies });
  for (const path of [ROOT, homedir()]) assert.ok(!text.includes(path), path);
});
