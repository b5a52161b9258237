/** Pages that hold much, or nothing, or what somebody should act on, in a real browser. */
import { expect, it } from 'vitest';
import { brokenRules, describeBrowser, expectShown, openPage } from './browser.js';
import { change, dashboardOf, deskWithShop } from './dashboard-at.js';

/** Tables beside those of the shop. */
const MORE_TABLES = 196;
/** Columns of the widest one. */
const COLUMNS = 500;

const WIDE = Array.from({ length: COLUMNS }, (_, n) => ({
  name: `c${n}`,
  type: 'BIGINT',
  list: false,
  ...(n === 7 ? { references_table_id: 99 } : {}),
}));
const NARROW = [{ name: 'id', type: 'BIGINT', list: false }];
const nameOf = (i: number): string => `t${i}${i === 1 ? ' <img onerror=x>' : ''}`;

/**
 * Makes 200 tables of the shop's four: every other one incomplete, one of 500 columns, one with a hostile
 * name.
 */
const MANY = Array.from({ length: MORE_TABLES }, (_, i) => {
  const columns = i === 0 ? WIDE : NARROW;
  return `CREATE TABLE xano_data."${nameOf(i)}" AS SELECT ${columns.map(({ name }, n) => `${n} AS ${name}`).join(', ')};
    INSERT INTO _xano.resources SELECT * REPLACE ('host/t${i}' AS identity, '${nameOf(i)}' AS resource, '${nameOf(i)}' AS target_table,
      ['${columns[0]!.name}'] AS primary_key, '${JSON.stringify(columns)}'::JSON AS columns, 1 AS rows,
      '${i % 2 === 0 ? 'proved' : 'incomplete'}' AS completeness)
    FROM _xano.resources WHERE resource = 'merchant'`;
}).join(';');

/** The load of the day before, in which a table had fewer rows, a column came, and requests waited. */
const DAY_BEFORE = `INSERT INTO _xano.loads SELECT * REPLACE (
    '20260228T120000Z-0000' AS load_id, started_at - INTERVAL 1 DAY AS started_at, finished_at - INTERVAL 1 DAY AS finished_at,
    replace(replace(replace(replace(report::VARCHAR, load_id, '20260228T120000Z-0000'), '2026-03-01', '2026-02-28'),
      '"rows_total":1000', '"rows_total":990,"waits":[{"kind":"retry","reason":"It answered with status 503.","times":2,"wait_ms":1500}]'),
      '"schema_changes":[]', '"schema_changes":[{"change":"column_added","name":"sku","from":null,"to":"VARCHAR"}]')::JSON AS report)
  FROM _xano.loads`;

describeBrowser('the pages of a file with much in it', () => {
  it('show 200 tables, 500 columns, two loads and an expired token, in light and dark', async () => {
    const { desk, file } = await deskWithShop();
    await change(file, `${MANY}; ${DAY_BEFORE}`);
    desk.clock.advance(400 * 24 * 3_600_000);
    const { url } = await dashboardOf(desk, file, { max_age_ms: 3_600_000 });
    const page = await openPage(url, { colorScheme: 'light', reducedMotion: 'reduce' });
    const isAccessible = async (): Promise<void> => {
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await brokenRules(page), colorScheme).toEqual([]);
      }
    };
    const shows = async (hash: string, title: string): Promise<void> => {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
      await page.getByText(/^(Reading|Drawing) …$/).waitFor({ state: 'hidden' });
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), hash).toBe(0);
    };

    await shows('#/overview', '98 tables need attention');
    await expectShown(() => page.locator('.problems li').first().innerText()).toBe(
      'The token has expired: run `xano auth login`.',
    );
    await expectShown(() => page.locator('.numbers div').last().innerText()).toBe('Token\nexpired');
    await page.getByRole('button', { name: 'Ask Xano' }).click();
    await expectShown(() => page.getByRole('status').innerText()).toBe('Not checked. It has expired.');
    await isAccessible();

    await shows('#/tables', 'Tables');
    await expectShown(() => page.locator('tbody tr').count()).toBe(200);
    await expectShown(() => page.locator('img').count()).toBe(0);

    await shows('#/tables/xano_data.t0?part=columns', 'xano_data.t0');
    await expectShown(() => page.locator('tbody tr').count()).toBe(COLUMNS);
    await expectShown(() => page.locator('tbody tr').nth(7).innerText()).toBe(
      'c7\tBIGINT\t→ table 99, not loaded\t',
    );
    await shows('#/tables/xano_data.t0', 'xano_data.t0');
    await expectShown(() => page.locator('.rows thead th').count()).toBe(COLUMNS);

    await shows('#/diagram', 'Diagram');
    await expectShown(() => page.locator('.diagram .box').count()).toBe(200);
    await page.getByRole('searchbox', { name: 'Find a table' }).fill('MERCH');
    await expectShown(() => page.getByRole('status').innerText()).toBe(
      '1 table found, of 200 tables, 4 references',
    );
    await expectShown(() => page.locator('.diagram .box.found').count()).toBe(1);
    const zoom = page.getByRole('button', { name: /%$/ });
    await page.getByRole('region', { name: 'Diagram' }).press('0');
    await expectShown(() => zoom.innerText()).toBe('100 %');
    await page.keyboard.press('+');
    await expectShown(() => zoom.innerText()).toBe('125 %');
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download SVG' }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe('shop.duckdb.svg');
    await isAccessible();

    await shows('#/loads', 'Loads');
    await page.locator('tbody a').first().click();
    await page.getByRole('heading', { level: 1, name: /^Load 20260301/ }).waitFor();
    const row = page.getByRole('region', { name: 'Tables of this load' }).locator('tbody tr').nth(2);
    await expectShown(() => row.innerText()).toMatch(/^xano_data\.products\tproved\t1,000\t\+10\t.*\t$/);
    await isAccessible();
    await page.getByRole('link', { name: 'Loads', exact: true }).last().click();
    await page.locator('tbody a').last().click();
    await page.getByRole('heading', { level: 1, name: /^Load 20260228/ }).waitFor();
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption({ index: 1 });
    await expectShown(() => row.innerText()).toMatch(
      /^xano_data\.products\tproved\t990\t−10\t.*\tcolumn sku added \(VARCHAR\)$/,
    );
    await expectShown(() =>
      page.getByRole('region', { name: 'Requests and waits' }).locator('tbody tr').nth(2).innerText(),
    ).toContain('1.5 s in 2 waits, sent again: It answered with status 503.');

    await shows('#/tables/xano_data.products?part=loads', 'xano_data.products');
    await page
      .getByRole('img', { name: 'Rows after each of the last 2 loads: from 990 to 1,000.' })
      .waitFor();
    await expectShown(() => page.locator('tbody tr').last().innerText()).toContain(
      'column sku added (VARCHAR)',
    );
    await shows('#/query?sql=SELECT+id,+price+FROM+products', 'Query');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('button', { name: 'Chart' }).click();
    await page.getByRole('img', { name: 'price by id: 500 points.' }).waitFor();
    await isAccessible();
  });

  it('say what to do where nothing is loaded yet', async () => {
    const { desk, file } = await deskWithShop();
    await change(file, 'DELETE FROM _xano.resources; DELETE FROM _xano.loads');
    const { url } = await dashboardOf(desk, file);
    const page = await openPage(url);
    for (const [name, title, words] of [
      ['overview', 'No tables yet', 'Load some with `xano load`.'],
      ['tables', 'Tables', 'No tables yet.\nRun `xano load` in a terminal.'],
      ['loads', 'Loads', 'No load yet.\nRun `xano load` in a terminal.'],
      ['diagram', 'Diagram', 'No tables yet.\nRun `xano load` in a terminal.'],
    ] as const) {
      await page.evaluate(`location.hash = '#/${name}'`);
      await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
      await expectShown(() => page.locator('main').innerText()).toContain(words);
      expect(await brokenRules(page), name).toEqual([]);
    }
  });
});
