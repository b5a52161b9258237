/** Loads that publish into one lake wait for their turn, however long it takes. */
import { expect, it, onTestFinished } from 'vitest';
import { parseLake } from '../../../../src/destinations/targets/ducklake/lake.js';
import { whilePublishing } from '../../../../src/destinations/targets/ducklake/lake-locks.js';
import { parsePostgresUrl } from '../../../../src/destinations/targets/postgres/wire/address.js';
import { connect } from '../../../../src/destinations/targets/postgres/wire/connection.js';
import { describePostgres, newDatabase, rows } from '../../../servers/postgres.js';

describePostgres('the lock of a lake', () => {
  it('is waited for longer than the lock of a table, which keeps its limit', async () => {
    const url = await newDatabase();
    const { catalog } = parseLake(`${url}?data=s3://bucket/lake/`);
    if (catalog.type !== 'postgres') throw new Error('The catalog is in Postgres.');
    const [first, second] = [
      await connect(parsePostgresUrl(url), 'first'),
      await connect(parsePostgresUrl(url), 'second'),
    ];
    onTestFinished(() => first.close());
    onTestFinished(() => second.close());
    await second.rows("SET lock_timeout = '1ms'");
    const steps: string[] = [];
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = (): void => {};
    const begins = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const publishing = whilePublishing(first, catalog, async () => {
      begun();
      await held;
      steps.push('first');
    });
    await begins;
    const waiting = whilePublishing(second, catalog, async () => {
      steps.push('second');
    });
    // Both are of the server's clock: it has waited for longer than its limit.
    const waits =
      "SELECT FROM pg_stat_activity WHERE application_name = 'second' AND wait_event = 'advisory' AND clock_timestamp() > query_start + interval '50 ms'";
    const untilWaiting = async (): Promise<void> => {
      while ((await rows(url, waits)).length === 0);
    };
    const failed = waiting.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(await Promise.race([untilWaiting(), failed])).toBeUndefined();
    release();
    await Promise.all([publishing, waiting]);
    expect(steps).toEqual(['first', 'second']);
    expect(await second.rows('SHOW lock_timeout')).toEqual([{ lock_timeout: '1ms' }]);
  });
});
