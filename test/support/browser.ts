/** A real Chromium, for tests of pages. */
import { type Browser, chromium } from 'playwright-core';
import { commandOnPath, isMissing } from './tools';

const executablePath = () => commandOnPath('chromium') ?? commandOnPath('google-chrome');

export function isBrowserMissing(test: string): boolean {
  return isMissing(test, { Chromium: executablePath() });
}

/** A new profile each time. What would look for updates and proxies is off, and so is the sandbox, which root cannot have. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-proxy-server',
    ],
  });
}
