/** The pages of the dashboard, in a real browser. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { rowsOfFile } from '../cli/terminal.js';
import { brokenRules, describeBrowser, expectShown, follow, openPage } from './browser.js';
import { change, dashboardOf, deskWithShop, keepRequests, TOKEN } from './dashboard-at.js';

/** Every page, and the last link of its navigation that is marked as the one shown. */
const PAGES = [
  ['#/overview', 'overview'],
  ['#/tables', 'tables'],
  ['#/tables/xano_data.products', 'rows'],
  ['#/tables/xano_data.products?part=columns', 'columns'],
  ['#/tables/xano_data.products?part=profile', 'profile'],
  ['#/tables/xano_data.products?part=set+aside', 'set aside (0)'],
  ['#/tables/xano_data.products?part=loads', 'loads'],
  ['#/tables/xano_data.none', 'tables'],
  ['#/loads', 'loads'],
  ['#/query', 'query'],
  ['#/diagram', 'diagram'],
] as const;

describeBrowser('the pages of the dashboard', () => {
  it('show the numbers of xano status --json', async () => {
    const { desk, file } = await deskWithShop();
    const { url } = await dashboardOf(desk, file);
    const page = await openPage(url);
    await expectShown(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('Complete and fresh');
    await expectShown(() => page.locator('.verdict p').allInnerTexts()).toEqual([
      '4 of 4 tables proved complete, the oldest loaded under a minute ago.',
    ]);
    await expectShown(() => page.locator('.numbers div').allInnerTexts()).toEqual([
      'Tables\n4',
      'Rows\n1,039',
      'Values set aside\n0',
      expect.stringMatching(/^Token\n/),
    ]);
    await follow(page.getByRole('link', { name: 'tables' }), 'Tables');
    const { stdout } = await desk.run(['status', '--to', file, '--json']);
    const { tables } = JSON.parse(stdout) as { tables: { table: string; rows: number }[] };
    await expectShown(() => page.locator('tbody tr').allInnerTexts()).toEqual(
      tables.map(({ table, rows }) =>
        [
          `xano_data.${table}`,
          rows.toLocaleString('en-US'),
          '–',
          'under a minute',
          '\nproved\n',
          '0',
          '–',
        ].join('\t'),
      ),
    );
  });

  it('take the token out of the address, keep it for the tab, and show nothing without it', async () => {
    const { desk, file } = await deskWithShop();
    const { url, url_once, port } = await dashboardOf(desk, file);
    const page = await openPage(url);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(page.url()).toBe(`http://127.0.0.1:${port}/#/`);
    await page.reload();
    await expectShown(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('Complete and fresh');
    expect(await page.context().cookies()).toEqual([]);
    const other = await page.context().newPage();
    await other.goto(`http://127.0.0.1:${port}/`);
    await expectShown(() => other.locator('main').innerText()).toBe(
      'This address has no token.\nOpen the address that `xano dashboard` printed.',
    );
    const started = await openPage(url_once);
    expect(await started.getByRole('heading', { level: 1 }).innerText()).toBe('Complete and fresh');
    expect(started.url()).toBe(`http://127.0.0.1:${port}/#/`);
  });

  it('sort, filter and prove by keyboard alone', async () => {
    const { desk, file } = await deskWithShop();
    const { url } = await dashboardOf(desk, file);
    const page = await openPage(`${url}`);
    const names = () => page.locator('tbody th a').allInnerTexts();
    await page.getByRole('link', { name: 'tables' }).press('Enter');
    await page.getByRole('button', { name: 'Rows' }).press('Enter');
    await expectShown(() =>
      page.getByRole('columnheader', { name: 'Rows', exact: false }).first().getAttribute('aria-sort'),
    ).toBe('descending');
    await expectShown(() => names()).toEqual(
      ['products', 'every_type', 'merchant', 'categories'].map((name) => `xano_data.${name}`),
    );
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('CATE');
    await expectShown(() => names()).toEqual(['xano_data.categories']);
    await expectShown(() => page.getByRole('status').innerText()).toBe('1 of 4 tables');
    await page.locator('summary').press('Enter');
    await expectShown(() => page.locator('.proof dl').innerText()).toBe(
      'Xano counted\n8\nxano read\n8\ndistinct keys\n8\nthe table has\n8\nloaded\n2026-03-01 12:00 UTC',
    );
    await page.locator('tbody th a').press('Enter');
    await page.getByRole('navigation', { name: 'Parts of this table' }).waitFor();
    expect(await page.title()).toBe('xano_data.categories · shop.duckdb · xano');
  });

  it('show rows in pages, as SQL gives them', async () => {
    const { desk, file } = await deskWithShop();
    const { url } = await dashboardOf(desk, file);
    const page = await openPage(url);
    await follow(page.getByRole('link', { name: 'tables' }), 'Tables');
    await follow(page.getByRole('link', { name: 'xano_data.products' }), 'xano_data.products');
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByText('101–200 of 1,000').waitFor();
    const ids = await page.locator('.rows tbody td:first-child').allInnerTexts();
    expect(ids).toEqual(
      (
        await rowsOfFile(file, 'SELECT id::VARCHAR FROM (FROM products ORDER BY id LIMIT 100 OFFSET 100)')
      ).flat(),
    );
  });

  it.each([
    ['in the editor', false],
    ['in a plain field, where the editor does not load', true],
  ])('run SQL, complete names, and show values as text: %s', async (_, isPlain) => {
    const { desk, file } = await deskWithShop();
    const { url } = await dashboardOf(desk, file);
    const page = await openPage(url, { is_hostile: isPlain });
    if (isPlain) await page.route('**/code-editor.js', (route) => route.abort());
    await follow(page.getByRole('link', { name: 'query' }), 'Query');
    const field = page.getByRole('textbox', { name: 'SQL' });
    const textOf = () => (isPlain ? field.inputValue() : field.innerText());
    // By keys, as people do: Chromium's own commands put styles into an editable element.
    const write = async (text: string) => {
      await field.press('Control+a');
      await field.press('Delete');
      await page.keyboard.insertText(text);
    };
    await write('');
    await field.pressSequentially('SELECT count(*) AS n FROM merch');
    await page.getByRole('option', { name: 'merchant', exact: true }).waitFor();
    await field.press('Tab');
    await expectShown(() => textOf()).toBe('SELECT count(*) AS n FROM merchant');
    expect(await page.locator('textarea').count()).toBe(isPlain ? 1 : 0);
    await field.press('Control+Enter');
    await page.locator('.rows').waitFor();
    await expectShown(() => page.locator('.rows tbody').innerText()).toBe('12');
    expect(new URL(page.url()).hash).toBe('#/query?sql=SELECT+count%28*%29+AS+n+FROM+merchant');

    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe('query.csv');
    expect(readFileSync(await saved.path(), 'utf8')).toBe('n\r\n12\r\n');

    const html = '<img src=x onerror="document.title=1">';
    const link = 'javascript:alert(1)';
    await write(`SELECT '${html}' AS "<b>a</b>", '${link}' AS b, 'https://example.com/' AS c, NULL AS d`);
    await page.getByRole('button', { name: 'Run' }).click();
    await page.locator('.rows').getByText('example.com').waitFor();
    await expectShown(() => page.locator('.rows tbody td').allInnerTexts()).toEqual([
      html,
      link,
      'https://example.com/',
      'NULL',
    ]);
    await expectShown(() => page.locator('img').count()).toBe(0);
    expect(await page.locator('.rows a').evaluateAll((links) => links.map((one) => one.outerHTML))).toEqual([
      '<a href="https://example.com/" target="_blank" rel="noopener noreferrer">https://example.com/</a>',
    ]);
  });

  it('say what is incomplete, failed and stale, the worst first', async () => {
    const { desk, file } = await deskWithShop();
    await change(
      file,
      "UPDATE _xano.resources SET completeness = 'incomplete' WHERE target_table = 'merchant'",
    );
    desk.clock.advance(2 * 3_600_000);
    const next_run = '2026-03-02T03:15:00.000Z';
    const scheduled = {
      program: { command: [], options: [], env: {}, cwd: desk.folder },
      nextRun: () => next_run,
      health: () => ({ status: 'ok' as const, last_load: null, next_run }),
    };
    const { url } = await dashboardOf(desk, file, { max_age_ms: 3_600_000, more: { scheduled } });
    const page = await openPage(url);
    await expectShown(() => page.getByRole('heading', { level: 1 }).innerText()).toBe(
      '1 table needs attention',
    );
    await expectShown(() => page.locator('.facts').innerText()).toContain('Next load\n2026-03-02 03:15 UTC');
    await expectShown(() => page.locator('.verdict').getAttribute('class')).toBe('verdict bad');
    const remarks = await page.locator('.problems li').allInnerTexts();
    expect(remarks[0]).toBe('xano_data.merchant is incomplete: rows of Xano are missing.');
    expect(remarks.filter((words) => words.endsWith('is stale: it was loaded 2 h ago.')).length).toBe(4);
    expect(await brokenRules(page)).toEqual([]);
  });

  it('say that nothing is loaded yet, and show it once it is', async () => {
    const { desk } = await deskWithShop();
    const { url } = await dashboardOf(desk, desk.path('none.duckdb'));
    const page = await openPage(url, { is_hostile: true });
    await expectShown(() => page.getByRole('alert').innerText()).toContain('none.duckdb');
    expect(await brokenRules(page)).toEqual([]);
  });

  it('keep what they showed when the dashboard ends, and say so', async () => {
    const { desk, file } = await deskWithShop();
    const { url, close } = await dashboardOf(desk, file);
    const page = await openPage(url, { is_hostile: true });
    await follow(page.getByRole('link', { name: 'tables' }), 'Tables');
    await page.getByRole('link', { name: 'xano_data.products' }).waitFor();
    await close();
    await page.getByRole('alert').waitFor();
    await expectShown(() => page.getByRole('alert').innerText()).toBe(
      'The dashboard has ended. Run `xano dashboard` again, and open its address.',
    );
    await expectShown(() => page.locator('tbody tr').count()).toBe(4);
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)('break no rule of accessibility and fit: %s, %i px', async (colorScheme, width) => {
    const { desk, file } = await deskWithShop();
    await keepRequests({ desk, file });
    const { url } = await dashboardOf(desk, file);
    const page = await openPage(url, { colorScheme, viewport: { width, height: 800 } });
    await page.getByRole('heading', { level: 1 }).waitFor();
    for (const [hash, shown] of [...PAGES, ['#/history', 'history'] as const]) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await expectShown(() => page.locator('[aria-current=page]').last().textContent()).toBe(shown);
      await page.getByText('Reading …').waitFor({ state: 'hidden' });
      expect(await brokenRules(page), hash).toEqual([]);
      const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(beyond, hash).toBe(0);
    }
    await expectShown(() => page.locator('h2').allInnerTexts()).toEqual([
      'Requests an hour',
      'Slowest endpoints, in milliseconds',
      'Errors a day',
    ]);
    const words = await page.locator('figcaption').allInnerTexts();
    expect(words).toEqual([
      'requests by hour: 5 points.',
      expect.stringMatching(/^ms_95_percent by endpoint: \d+ points\.$/),
      'failed, refused by day: 1 point.',
    ]);
    await expectShown(() => page.locator('.kept li').allInnerTexts()).toEqual([
      expect.stringMatching(/^xano_request_history: \d+ rows, kept since .* UTC without a gap\.$/),
    ]);
  });

  it('are closed to other websites: a rebound name, and a page of another port', async () => {
    const { desk, file } = await deskWithShop();
    const { port } = await dashboardOf(desk, file);
    const rebound = await openPage(`http://evil.test:${port}/`, {
      resolver_rules: 'MAP *.test 127.0.0.1',
      is_hostile: true,
    });
    expect(await rebound.locator('body').innerText()).toContain('answers only at the address');
    const evil = createServer((_request, response) => response.end('<!doctype html><title>evil</title>'));
    evil.listen(0, '127.0.0.1');
    await once(evil, 'listening');
    onTestFinished(() => void evil.close());
    const address = evil.address();
    const other = typeof address === 'object' && address !== null ? address.port : 0;
    const page = await openPage(`http://127.0.0.1:${other}/`, { is_hostile: true });
    const attempts = await page.evaluate(
      async ({ at, token }) => {
        const attempt = (init: RequestInit): Promise<string> =>
          fetch(`${at}/api/status`, init).then(
            (response) => `${response.type} ${response.status}`,
            () => 'refused',
          );
        return Promise.all([
          attempt({}),
          attempt({ headers: { Authorization: `Bearer ${token}` } }),
          attempt({ method: 'POST', mode: 'no-cors' }),
        ]);
      },
      { at: `http://127.0.0.1:${port}`, token: TOKEN },
    );
    // An opaque answer, if there is one, is a 403 that the page cannot read.
    expect(attempts.filter((outcome) => !/^(refused|opaque 0)$/.test(outcome))).toEqual([]);
  });
});
