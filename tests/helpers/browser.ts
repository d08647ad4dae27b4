/** Starts a headless browser for the tests of the dashboard. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Usual paths of the browser. */
const places = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of the browser; undefined if none is installed. */
export const chromiumPath = places.find((path) => path !== '' && existsSync(path));

/** Starts a browser with a fresh profile that sends no requests of its own, except those of the page. */
export function startBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('there is no chromium');
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
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

/** A page, with its errors and its requests to other servers. */
export interface WatchedPage {
  page: Page;
  /** Errors and warnings in the console, and exceptions. */
  complaints: string[];
  /** Requests to any server but `origin`. */
  strangers: string[];
}

/** Opens a page in its own context, with time zone UTC. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: { colorScheme?: 'light' | 'dark'; width?: number; hasTouch?: boolean } = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    baseURL: origin,
    timezoneId: 'UTC',
    colorScheme: options.colorScheme ?? 'light',
    hasTouch: options.hasTouch ?? false,
    viewport: { width: options.width ?? 1280, height: 900 },
  });
  // Only prevents hanging; speed is not tested here.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) strangers.push(request.url());
  });
  return { page, complaints, strangers };
}
