// What others made goes along with its licence: `node --test tools/notices.test.mjs`
import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { test } from 'node:test';

import { notices } from './notices.mjs';
import { ROOT, shippedCrates } from './sbom.mjs';

test('whatever is in a release is named, with a text of its licence', () => {
  const said = notices();
  assert.equal(said, notices(), 'the same sources make the same file');
  const [list, ...rest] = said.split(`\n${'-'.repeat(100)}\n`);
  const texts = rest.filter((_, at) => at % 2 === 1);
  const bringers = new Set(rest.filter((_, at) => at % 2 === 0).flatMap((names) => names.split('\n')));
  const crates = shippedCrates().filter((one) => one.source !== null);
  assert.ok(crates.length > 300);
  const names = [...crates.map(({ name, version }) => `${name} ${version}`), 'the Rust standard library', 'Familjen Grotesk'];
  for (const name of names) {
    assert.ok(list.includes(`\n${name}; `), `${name} isn’t in the list`);
    assert.ok(bringers.has(name), `${name} has no text`);
  }
  assert.match(list, /^tailwindcss [0-9.]+; MIT; /m);
  // One that brings no text, ones whose text is its neighbour’s, what is built in from C.
  assert.ok(texts.some((text) => text.includes('Copyright (c) Greg Johnston') && text.includes('Permission is hereby granted')));
  assert.ok(texts.every((text) => !text.trim().startsWith('../')), 'a text is the name of one');
  for (const whose of ['LaunchBadge, LLC', 'Microsoft Corporation', 'Meta Platforms']) assert.ok(said.includes(whose), whose);
  for (const path of [ROOT, homedir()]) assert.ok(!said.includes(path), path);
});
