// What a page makes a visitor load.
import { assert, hydrated, site, test, visit, withPage } from '../harness.mjs';
import { HOME } from '../journeys.mjs';

/** The files of ours that a page asked for, by name without query, with the bytes that crossed the network. */
async function loaded(path, options, prepare = async () => {}) {
  const files = new Map();
  await withPage({ width: 390, name: 'weight', ...options }, async (page) => {
    await prepare(page);
    page.on('requestfinished', async (request) => {
      const { responseBodySize, responseHeadersSize } = await request.sizes();
      files.set(new URL(request.url()).pathname, responseBodySize + responseHeadersSize);
    });
    await visit(page, path, options);
    await page.waitForLoadState('networkidle');
  });
  return files;
}

const programs = (files) => [...files.keys()].filter((name) => /\.(wasm|js)$/.test(name)).sort();

test('a first visit takes at most 60 KB before any script', {}, async () => {
  for (const path of [HOME, `${HOME}/initial-consultation`, '/']) {
    const files = await loaded(path, { js: false });
    assert.deepEqual(programs(files), [], path);
    const bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
    assert.ok(files.has('/pkg/devalo.css') && bytes < 60 * 1024, `${path}: ${bytes} bytes: ${JSON.stringify([...files])}`);
  }
});

test('the public pages load the small program, the dashboard the whole one', {}, async () => {
  for (const path of [HOME, `${HOME}/initial-consultation`, '/']) {
    assert.deepEqual(programs(await loaded(path, {})), ['/pkg/public.js', '/pkg/public_bg.wasm'], path);
  }
  assert.deepEqual(programs(await loaded('/login', {})), ['/pkg/devalo.js', '/pkg/devalo_bg.wasm']);
});

test('from a public page to the log-in, and back', {}, () =>
  withPage({ name: 'weight' }, async (page) => {
    await visit(page, '/');
    await page.getByRole('link', { name: 'Log in' }).first().click();
    await page.waitForURL(`${site.origin}/login`);
    await hydrated(page);
    await page.getByLabel('Email').waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await hydrated(page);
  }));
