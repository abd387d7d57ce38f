/** A real Chromium, for tests of pages. */
import { type Browser, chromium } from 'playwright-core';
import { commandOnPath, isMissing } from './tools';

const executablePath = () => commandOnPath('chromium') ?? commandOnPath('google-chrome');

export function isBrowserMissing(test: string): boolean {
  return isMissing(test, { Chromium: executablePath() });
}

/** A new profile each time. The browser does not look for updates and proxies. The sandbox is off, because root cannot have it. */
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
