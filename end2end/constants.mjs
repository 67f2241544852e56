import { existsSync } from 'node:fs';

// What the demo business is called and who logs in to it: as `devalo seed-demo` makes it.
export const DEMO = {
  slug: 'harbour-physio',
  name: 'Harbour Physio',
  email: 'owner@harbour-physio.example',
  password: 'quiet-harbour-demo',
  zone: 'Australia/Sydney',
};

export const CHROMIUM = process.env.CHROMIUM ?? ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((file) => existsSync(file));

// Nothing of the browser's own leaves the machine, and no host but ours resolves.
export const CHROMIUM_ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];
