/** A real browser that looks at the dashboard, and notices what no page of it may do. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';

const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Chromium, by `CHROMIUM` or on the PATH; undefined where there is none. */
const executable =
  process.env['CHROMIUM'] ??
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(isProgram);

/**
 * A suite that needs Chromium. Without one it does not run, and its name says so; where
 * `XANO_TEST_REQUIRE_BROWSER` is set, it fails.
 */
export function describeBrowser(name: string, tests: () => void): void {
  if (executable !== undefined) describe(name, tests);
  else if ((process.env['XANO_TEST_REQUIRE_BROWSER'] ?? '') !== '')
    describe(name, () => {
      it('has a Chromium', () => {
        throw new Error('There is no Chromium on the PATH, and CHROMIUM names none.');
      });
    });
  else describe.skip(`${name} (not run: no Chromium on the PATH, and CHROMIUM names none)`, tests);
}

/** How a page is looked at. */
export interface Looking extends BrowserContextOptions {
  /** Where names lead, as `MAP *.test 127.0.0.1`. */
  readonly resolver_rules?: string;
  /** Requests and messages of the page are the test's own subject. */
  readonly is_hostile?: boolean;
}

/**
 * Opens an address. At the end of the test the page must have written nothing to the console, and asked
 * nobody but its own origin.
 */
export async function openPage(
  url: string,
  { resolver_rules, is_hostile = false, ...options }: Looking = {},
): Promise<Page> {
  const browser = await chromium.launch({
    executablePath: executable!,
    args: [
      // Root has no sandbox.
      '--no-sandbox',
      ...(resolver_rules === undefined ? [] : [`--host-resolver-rules=${resolver_rules}`]),
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const noticed: string[] = [];
  await context.route('**/*', (route) => {
    if (new URL(route.request().url()).origin === new URL(url).origin) return route.continue();
    noticed.push(`request: ${route.request().url()}`);
    return is_hostile ? route.continue() : route.abort();
  });
  const page = await context.newPage();
  page.on('console', (message) => noticed.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => noticed.push(`error: ${error.message}`));
  onTestFinished(async () => {
    await browser.close();
    if (!is_hostile) expect(noticed).toEqual([]);
  });
  await page.goto(url);
  return page;
}

/**
 * An expectation of what a page shows that waits for it: a page is drawn after a click or a key, not in it,
 * so what it shows at once may be of the moment before.
 */
export function expectShown<T>(read: () => Promise<T>): PromisifiedExpect<T> {
  return expect.poll(read, { interval: 25, timeout: 20_000 });
}

type PromisifiedExpect<T> = ReturnType<typeof expect.poll<T>>;

/** Follows a link, and waits until the page with that title is drawn. */
export async function follow(link: Locator, title: string | RegExp): Promise<void> {
  await link.click();
  await link.page().getByRole('heading', { level: 1, name: title }).waitFor();
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Rules of accessibility that a page breaks (WCAG 2.2, A and AA), with the elements that do. */
export async function brokenRules(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}
