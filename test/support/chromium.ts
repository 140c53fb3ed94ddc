import { chromium, type Browser } from 'playwright-core';

import { findOrInstall } from './apt.js';

/** A headless Chromium that talks to nobody; Debian's is installed where there is none. The caller closes it. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findOrInstall('chromium', 'chromium'),
    headless: true,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
