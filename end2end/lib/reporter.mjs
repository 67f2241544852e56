// One line a test, what went wrong below it, and a count for run.mjs.
import path from 'node:path';

export default async function* report(events) {
  const counted = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const error = data.details?.error;
    // A suite is counted by its tests, a file by its own unless it couldn't run at all.
    const ofItsTests = error?.failureType === 'subtestsFailed' || error?.code === 'ERR_TEST_FAILURE' && error.failureType === 'subtestsFailed';
    if (data.details?.type === 'suite' && (type === 'test:pass' || ofItsTests)) continue;
    const isFile = path.isAbsolute(data.name) || data.name.endsWith('.spec.mjs');
    if (isFile && (type === 'test:pass' || ofItsTests)) continue;
    const name = isFile ? path.basename(data.name) : data.name;
    const took = `${((data.details?.duration_ms ?? 0) / 1000).toFixed(1)} s`;
    if (data.skip !== undefined || data.todo !== undefined) {
      counted.skipped += 1;
      yield `  - ${name} (skipped)\n`;
    } else if (type === 'test:pass') {
      counted.passed += 1;
      yield `  ✓ ${name}, ${took}\n`;
    } else {
      counted.failed += 1;
      const cause = error?.cause ?? error;
      const text = String(cause?.stack ?? cause?.message ?? cause);
      counted.failures.push(`${name}: ${String(cause?.message ?? cause).split('\n', 3).join(' ')}`);
      yield `  ✗ ${name}, ${took}\n${text.replace(/^/gm, '      ')}\n`;
    }
  }
  yield `counted ${JSON.stringify(counted)}\n`;
}
