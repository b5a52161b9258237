/** `xano status --html`: the pages as one file, which a browser opens from the disk. */
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { expectError } from '../cli/terminal.js';
import { brokenRules, describeBrowser, expectShown, follow, openPage } from './browser.js';
import { change, deskWithShop } from './dashboard-at.js';

/** What would end the data, begin a comment in it, or run. */
const HOSTILE = '</script><!--<script><img src=x onerror="document.title=1">';

it('xano status --html writes the page as well as the status, and neither a token nor rows', async () => {
  const { desk, file } = await deskWithShop();
  const html = desk.path('status.html');
  const plain = await desk.run(['status', '--to', file, '--json']);
  expect(await desk.run(['status', '--to', file, '--json', '--html', html])).toEqual(plain);
  const page = readFileSync(html, 'utf8');
  const [, stored] = /<script type="application\/json" id="stored">(.*)<\/script>/.exec(page)!;
  const { status, schema, reports } = JSON.parse(stored!) as Record<string, unknown>;
  expect(status).toEqual(JSON.parse(plain.stdout));
  expect(schema).toEqual(JSON.parse((await desk.run(['schema', '--to', file, '--json'])).stdout));
  expect(reports).toMatchObject([
    { status: 'loaded', resources: [{ resource: 'merchant', rows_total: 12 }, {}, {}, {}] },
  ]);
  expect(page).not.toContain(desk.xano.token);
  // No element names a file or an address that a browser would request.
  expect(page.match(/(?:src|href)="(?!data:)[^"]*"/g)).toBe(null);
});

it('xano status --html is USAGE where the file cannot be written', async () => {
  const { desk, file } = await deskWithShop();
  const html = desk.path('none/status.html');
  const { stdout } = await desk.run(['status', '--to', file, '--json']);
  const said = await desk.run(['status', '--to', file, '--json', '--html', html]);
  expect(said.stdout).toBe(stdout);
  expectError(
    { ...said, stdout: '' },
    2,
    'USAGE',
    `The folder of ${html} does not exist.`,
    'Create the folder, or name another file with --html.',
  );
  expect(existsSync(html)).toBe(false);
});

describeBrowser('the page of xano status --html', () => {
  it.each(['light', 'dark'] as const)(
    'opens from the disk, requests nothing, and breaks no rule: %s',
    async (colorScheme) => {
      const { desk, file } = await deskWithShop();
      await change(file, `COMMENT ON TABLE xano_data.merchant IS '${HOSTILE}'`);
      const html = desk.path('status.html');
      expect((await desk.run(['status', '--to', file, '--html', html])).status).toBe(0);
      const page = await openPage(pathToFileURL(html).href, { colorScheme });
      await expectShown(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('Complete and fresh');
      await expectShown(() => page.getByRole('navigation', { name: 'Pages' }).innerText()).not.toMatch(
        /query/i,
      );
      expect(await brokenRules(page)).toEqual([]);
      await follow(page.getByRole('link', { name: 'tables' }), 'Tables');
      await expectShown(() => page.locator('tbody th a').allInnerTexts()).toEqual(
        ['categories', 'every_type', 'merchant', 'products'].map((name) => `xano_data.${name}`),
      );
      await follow(page.getByRole('link', { name: 'xano_data.merchant' }), 'xano_data.merchant');
      await page.getByText(HOSTILE).waitFor();
      await expectShown(() => page.locator('img').count()).toBe(0);
      await follow(page.getByRole('link', { name: 'loads' }).first(), 'Loads');
      await follow(page.locator('tbody a').first(), /^Load /);
      await expectShown(() =>
        page.getByRole('region', { name: 'Tables of this load' }).locator('tbody th').allInnerTexts(),
      ).toEqual(['merchant', 'categories', 'products', 'every_type'].map((name) => `xano_data.${name}`));
      expect(await brokenRules(page)).toEqual([]);
      await page.emulateMedia({ media: 'print' });
      await expectShown(() => page.getByRole('navigation', { name: 'Pages' }).isVisible()).toBe(false);
    },
  );
});
