// The texts of the licences of all that is in a release, as they ask for: node tools/notices.mjs >third-party-notices.txt. What is in it is
// what the bill of materials says (sbom.mjs); the texts are those that each library brings. The same sources make the same file.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ROOT, compare, key, shippedCrates } from './sbom.mjs';

// What isn't in the program: trials, examples, and the part of SQLite’s library that another feature builds.
const ELSEWHERE = /(^|\/)(tests?|testdata|benches|examples|fuzz|resources|sqlcipher)\//;
const NAMED_SO = /^((un)?licen[cs]e|copying|copyright|notice|patents)(?!.*\.(rs|js|json|toml|py|sh)$)/i;
// Less than this only says where a text is.
const WHOLE = 400;

/// All of it.
export function notices() {
  const works = [...crates(), standardLibrary(), styles(), font()].toSorted((a, b) => compare(a.name, b.name));
  const groups = new Map();
  for (const { name, texts } of works) {
    for (const text of texts) {
      const same = text.replaceAll(/\s+/g, ' ');
      const group = groups.get(same) ?? { text, names: [] };
      if (!group.names.includes(name)) group.names.push(name);
      groups.set(same, group);
    }
  }
  const line = '-'.repeat(100);
  return [
    'What others made, and Devalo is made with: the program, and what browsers load of it.',
    'First each of them with its licence and where its sources are; then the texts, each with those that bring it.',
    'Each library’s sources in just this version are at https://crates.io/crates/NAME/VERSION as well.',
    '',
    ...works.map(({ name, licence, home }) => [name, licence, ...(home ? [home] : [])].join('; ')),
    ...[...groups.values()].flatMap(({ text, names }) => ['', line, ...names, line, '', text]),
    '',
  ].join('\n');
}

function crates() {
  const found = shippedCrates()
    .filter((one) => one.source !== null)
    .map((one) => ({ one, texts: textsIn(dirname(one.manifest_path)) }))
    .toSorted((a, b) => compare(key(a.one), key(b.one)));
  const lenders = new Map(found.filter(({ one, texts }) => one.repository && isWhole(texts)).map((each) => [home(each.one), each.texts]));
  return found.map(({ one, texts }) => ({
    name: `${one.name} ${one.version}`,
    licence: one.license.replaceAll(/\s*\/\s*/g, ' OR '),
    home: one.repository,
    // Some leave it in the folder above, of which another one brings it; and some have none at all.
    texts: isWhole(texts) ? texts : [...texts, ...(lenders.get(home(one)) ?? [standard(one)])],
  }));
}

function home({ repository }) {
  return repository?.replace(/\/tree\/.*$/, '').replace(/\/$/, '').replace(/\.git$/, '');
}

function isWhole(texts) {
  return texts.some((text) => text.length >= WHOLE);
}

/// The texts in a crate’s folder; a link to one outside of it was packed as its target’s name.
function textsIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .filter((path) => !ELSEWHERE.test(path) && (NAMED_SO.test(basename(path)) || /(^|\/)licen[cs]es\//i.test(path)))
    .toSorted(compare)
    .map((path) => read(join(folder, path)))
    .filter((text) => text && !/^\.\.\/\S+$/.test(text));
}

/// What a licence says where a crate names it and doesn’t bring it.
function standard({ name, version, license, authors }) {
  const whose = authors.map((author) => author.replace(/\s*<.*>$/, '')).join(', ') || `the authors of ${name}`;
  const choices = license.split(/\s+OR\s+|\s*\/\s*/);
  if (choices.includes('MIT')) return MIT(whose);
  if (choices.includes('BSD-3-Clause')) return BSD_3(whose);
  const whole = ['Apache-2.0', 'MPL-2.0'].find((one) => choices.includes(one));
  if (!whole) throw new Error(`${name} ${version} brings no text of its licence (${license})`);
  return `Copyright (c) ${whose}\n\n${read(`/usr/share/common-licenses/${whole}`)}`;
}

/// Rust’s own library is in both programs, and in no list of cargo’s.
function standardLibrary() {
  return {
    name: 'the Rust standard library',
    licence: '(MIT OR Apache-2.0) AND Unicode-3.0',
    home: 'https://github.com/rust-lang/rust',
    texts: [MIT('The Rust Project Contributors')],
  };
}

/// Of what makes the style sheet, its beginning is in it.
function styles() {
  const { version, license } = JSON.parse(read(`${ROOT}style/package-lock.json`)).packages['node_modules/tailwindcss'];
  const text = `${ROOT}style/node_modules/tailwindcss/LICENSE`;
  if (!existsSync(text)) throw new Error('style/node_modules isn’t there: run scripts/setup first');
  return { name: `tailwindcss ${version}`, licence: license, home: 'https://tailwindcss.com', texts: [read(text)] };
}

function font() {
  const home = 'https://github.com/Familjen-Sthlm/Familjen-Grotesk';
  return { name: 'Familjen Grotesk', licence: 'OFL-1.1', home, texts: [read(`${ROOT}public/fonts/OFL.txt`)] };
}

/// A text, with lines as they end here.
function read(path) {
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(/[ \t\f]+$/gm, '').replace(/^\n+/, '').trimEnd();
}

function MIT(whose) {
  return `Copyright (c) ${whose}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
}

function BSD_3(whose) {
  return `Copyright (c) ${whose}

Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are
met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer in the
documentation and/or other materials provided with the distribution.

3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote products derived from this
software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT
LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT
HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT
LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY
THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF
THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(notices());
}
