/** Loads in a real browser: planned, confirmed, watched, cancelled, and continued. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { openDesk, rowsOfFile } from '../../cli/terminal.js';
import { brokenRules, describeBrowser, expectShown, follow, openPage } from '../browser.js';
import { dashboardOf } from '../dashboard-at.js';
import { inTheMiddle, loadingDashboard } from './loading-dashboard.js';

const titled = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { level: 1, name }).waitFor({ timeout: 20_000 });

/** No rule is broken in light and dark, and nothing is wider than a phone. */
async function expectSound(page: Page, state: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    // Colours change in a tenth of a second.
    await page.evaluate('Promise.all(document.getAnimations().map(({ finished }) => finished))');
    expect(await brokenRules(page), `${state}, ${colorScheme}`).toEqual([]);
  }
  const { width, height } = page.viewportSize()!;
  await page.setViewportSize({ width: 390, height });
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), state).toBe(0);
  await page.setViewportSize({ width, height });
}

describeBrowser('loads on the pages of the dashboard', () => {
  it('are planned and confirmed by keyboard, watched, cancelled, and continued', async () => {
    const desk = await openDesk({ now: Date.now });
    const file = desk.path('shop.duckdb');
    const loading = await loadingDashboard(desk, file);
    // Until the first load, the file that pages ask for is missing, which the console says.
    const page = await openPage(loading.url, { is_hostile: true });
    await page.getByRole('link', { name: 'Load', exact: true }).press('Enter');
    await titled(page, 'Load');
    await page.getByRole('radio', { name: 'Some tables' }).press('Space');
    await page.getByRole('checkbox', { name: 'orders' }).press('Space');
    await expectShown(() => page.getByRole('status').innerText()).toBe('1 of 9 chosen');
    await page.getByRole('button', { name: 'Plan' }).press('Enter');
    await page.getByRole('heading', { name: 'Plan' }).waitFor();
    await expectShown(() => page.locator('.plan strong').innerText()).toBe('1 table, 5,000 rows, 5 requests');
    await expectShown(() => page.locator('.plan tbody').innerText()).toBe(
      ['orders', 'xano_data.orders', '5,000', '5', '–'].join('\t'),
    );
    await expectSound(page, 'plan');
    expect(desk.files()).toEqual([]);

    await inTheMiddle(desk, loading, () => page.getByRole('button', { name: 'Load 1 table' }).press('Enter'));
    await titled(page, 'Loading 1 table');
    await page.getByRole('progressbar', { name: /^orders: [2-9]\d %$/ }).waitFor();
    await expectSound(page, 'live');
    // The load is not the page's: another look at it shows the same.
    await page.reload();
    await titled(page, 'Loading 1 table');
    await page.getByRole('progressbar', { name: /^orders: [2-9]\d %$/ }).waitFor();
    await page.getByRole('link', { name: 'overview' }).click();
    await page.getByRole('link', { name: 'Loading 0 of 1' }).click();
    await page.getByRole('button', { name: 'Cancel' }).press('Enter');
    await titled(page, 'Cancelled');
    await expectSound(page, 'cancelled');

    await page.getByRole('link', { name: 'Plan it again' }).click();
    await page.getByRole('button', { name: 'Plan' }).click();
    await page.getByRole('button', { name: 'Load 1 table' }).click();
    await titled(page, 'Loaded');
    await page.getByText(/continued after [\d,]+ rows/).waitFor();
    await expectSound(page, 'loaded');
    expect(await rowsOfFile(file, 'SELECT count(*)::INT FROM orders')).toEqual([[5_000]]);
    // The pages know it without being asked.
    await follow(page.getByRole('link', { name: 'tables' }), 'Tables');
    // The page of a table offers to load it alone.
    await page.getByRole('link', { name: 'xano_data.orders' }).click();
    await page.getByRole('link', { name: 'Load this table' }).click();
    await titled(page, 'Load');
    await expectShown(() => page.getByRole('status').innerText()).toBe('1 of 9 chosen');
    expect(await page.getByRole('checkbox', { name: 'orders' }).isChecked()).toBe(true);

    // Between the plan and the load, the token ends.
    await page.getByRole('button', { name: 'Plan' }).click();
    await expectShown(() => page.locator('.plan strong').innerText()).toBe('1 table, 5,000 rows, 5 requests');
    desk.xano.revoke(desk.xano.token);
    await page.getByRole('button', { name: 'Load 1 table' }).click();
    await titled(page, 'The load failed');
    await expectSound(page, 'failed');
    await page.getByRole('link', { name: 'Plan it again' }).click();
    await page.getByRole('button', { name: 'Plan' }).click();
    await page.getByRole('alert').last().waitFor();
    await expectSound(page, 'a plan that failed');

    // The same with --read-only.
    const { url } = await dashboardOf(desk, file);
    const other = await openPage(`${url}`);
    await titled(other, 'Complete and fresh');
    await other.evaluate("location.hash = '#/load'");
    await other.getByText('This dashboard only shows loads.').waitFor();
    expect(await other.getByRole('link', { name: 'Load', exact: true }).count()).toBe(0);
    await other.evaluate("location.hash = '#/live'");
    await other.getByText('No load is running.').waitFor();
    await expectSound(other, 'read-only');
  });
});
