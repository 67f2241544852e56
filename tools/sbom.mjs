// What a release is made of, as CycloneDX: node tools/sbom.mjs >devalo.cdx.json. `cargo metadata` knows licences and where things come
// from, but adds up what any crate of the workspace asks for, and so names a driver for MySQL that is in nothing; `cargo tree` knows what
// is in. The same sources make the same file: no path is in it, and no time but SOURCE_DATE_EPOCH.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CRATES_IO = 'registry+https://github.com/rust-lang/crates.io-index';

/// The whole bill of materials.
export function bom() {
  const { compiler, host } = rust();
  const programs = released(host);
  const shipped = crates(programs, 'normal');
  const built = crates(programs, 'normal,build');

  const { packages, resolve } = metadata();
  const checksums = lockedChecksums();
  const known = new Map(packages.filter((one) => built.has(key(one))).map((one) => [one.id, one]));
  const components = [...known.values()].map((one) => crate(one, shipped.has(key(one)), checksums));
  const dependencies = resolve.nodes
    .filter((node) => known.has(node.id))
    .map((node) => {
      const deps = node.deps.filter((dep) => known.has(dep.pkg) && dep.dep_kinds.some((kind) => kind.kind !== 'dev'));
      return { ref: ref(known.get(node.id)), dependsOn: sorted(new Set(deps.map((dep) => ref(known.get(dep.pkg))))) };
    });

  const server = packages.find((one) => one.name === 'server' && one.source === null);
  const styles = npmTools();
  const properties = { 'cdx:rustc:sbom:target:triple': host, 'devalo:rustc': compiler, 'devalo:commit': process.env.DEVALO_COMMIT };
  const epoch = process.env.SOURCE_DATE_EPOCH;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      ...(epoch && { timestamp: new Date(Number(epoch) * 1000).toISOString() }),
      component: {
        type: 'application',
        'bom-ref': 'devalo',
        name: 'devalo',
        version: server.version,
        licenses: [{ expression: server.license }],
      },
      properties: Object.entries(properties)
        .filter(([, value]) => value)
        .map(([name, value]) => ({ name, value })),
    },
    components: [...components, ...styles].toSorted((a, b) => compare(a['bom-ref'], b['bom-ref'])),
    dependencies: [
      { ref: 'devalo', dependsOn: sorted([...programs.map(({ member }) => `devalo/${member}`), ...styles.map((tool) => tool['bom-ref'])]) },
      ...dependencies.toSorted((a, b) => compare(a.ref, b.ref)),
    ],
  };
}

/// The crates that are in what is released, each as `cargo metadata` knows it.
export function shippedCrates() {
  const shipped = crates(released(rust().host), 'normal');
  return metadata().packages.filter((one) => shipped.has(key(one)));
}

/// The compiler, and what it builds for.
function rust() {
  const [compiler, ...about] = run('rustc', '-vV').trim().split('\n');
  return { compiler, host: about.find((line) => line.startsWith('host: ')).slice('host: '.length) };
}

/// The programs, as scripts/package and scripts/build-site build them.
function released(host) {
  return [
    { member: 'server', features: 'otlp', target: host },
    { member: 'frontend', features: 'dashboard', target: 'wasm32-unknown-unknown' },
  ];
}

function metadata() {
  return JSON.parse(run('cargo', 'metadata', '--locked', '--format-version', '1', '--all-features'));
}

function crates(programs, edges) {
  return new Set(programs.flatMap((program) => tree(program, edges)));
}

/// Each crate that a program is made with, as NAME@VERSION.
function tree({ member, features, target }, edges) {
  const which = ['-p', member, '--features', features, '--target', target, '-e', edges, '--prefix', 'none', '--format', '{p}'];
  const lines = run('cargo', 'tree', '--locked', ...which).trim().split('\n');
  return lines.map((line) => line.split(' ')).map(([name, version]) => `${name}@${version.slice(1)}`);
}

function crate(one, isShipped, checksums) {
  const { name, version, description, license, repository, source } = one;
  if (source !== null && source !== CRATES_IO) throw new Error(`${name} comes from ${source}`);
  const checksum = checksums.get(key(one));
  return {
    type: 'library',
    'bom-ref': ref(one),
    name,
    version,
    ...(description && { description: description.trim() }),
    // What is only there while it is built is in nothing that runs.
    scope: isShipped ? 'required' : 'excluded',
    ...(checksum && { hashes: [{ alg: 'SHA-256', content: checksum }] }),
    // A slash is how it was once written.
    licenses: [{ expression: license.replaceAll(/\s*\/\s*/g, ' OR ') }],
    ...(source && { purl: ref(one) }),
    ...(repository && { externalReferences: [{ type: 'vcs', url: repository }] }),
  };
}

/// What makes the style sheet, and the programs of the pages small.
function npmTools() {
  const { packages } = JSON.parse(readFileSync(`${ROOT}style/package-lock.json`, 'utf8'));
  return Object.keys(packages[''].devDependencies).map((name) => {
    const { version, license, integrity } = packages[`node_modules/${name}`];
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    const content = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
    const hashes = [{ alg: 'SHA-512', content }];
    return { type: 'library', 'bom-ref': purl, name, version, scope: 'excluded', hashes, licenses: [{ expression: license }], purl };
  });
}

function lockedChecksums() {
  const entries = readFileSync(`${ROOT}Cargo.lock`, 'utf8').split('[[package]]\n').slice(1);
  const field = (entry, name) => entry.match(new RegExp(`^${name} = "(.*)"$`, 'm'))?.[1];
  return new Map(entries.map((entry) => [`${field(entry, "name")}@${field(entry, "version")}`, field(entry, 'checksum')]));
}

export function key({ name, version }) {
  return `${name}@${version}`;
}

function ref({ name, version, source }) {
  return source === null ? `devalo/${name}` : `pkg:cargo/${name}@${encodeURIComponent(version)}`;
}

function sorted(texts) {
  return [...texts].toSorted(compare);
}

// Not by the machine's language.
export function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}

function run(command, ...words) {
  const output = { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] };
  return execFileSync(command, words, output);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(bom(), null, 2)}\n`);
}
