import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseEndpoints, toDango, toDlt } from '../../../src/index.js';
import { atOffice } from '../at-office.js';
import { expectError } from '../terminal.js';

const NUMBERED =
  'people, rooms: dlt requests pages by number, in the order of the key: it misses rows that shift when others are deleted meanwhile.\n';

/** What the document of the office leaves open. */
const OPEN =
  'Low confidence in Door/people: The document shows a list under "items" that names further pages, but no input that selects one: xano detects it from the first answers. See `xano check Door/people`.\n';
const GUESSED = 'Door/people: dlt guesses the settings that the config omits.\n';

describe('xano endpoints --format', () => {
  it('writes a Python file for dlt, with the names of variables in place of tokens', async () => {
    const desk = await atOffice();
    const { status, stdout, stderr } = await desk.run(['endpoints', '--api-groups', '--format', 'dlt']);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `No config for POST Door/ring: POST may write.\n${OPEN}${GUESSED}`,
    });
    await expect(desk.tidy(stdout)).toMatchFileSnapshot('../../fixtures/export/office.py');
    const { endpoints } = JSON.parse((await desk.run(['endpoints', '--api-groups'])).stdout);
    expect(stdout).toBe(`${toDlt(parseEndpoints({ version: 1, endpoints })).text}\n`);
  });

  it('writes a sources.yml for Dango, and says in it and on stderr what Dango cannot do', async () => {
    const desk = await atOffice();
    const { status, stdout, stderr } = await desk.run(['endpoints', '--api-groups', '--format', 'dango']);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `No config for POST Door/ring: POST may write.\n${OPEN}${NUMBERED}${GUESSED}`,
    });
    await expect(desk.tidy(stdout)).toMatchFileSnapshot('../../fixtures/export/office.yml');
    const { endpoints } = JSON.parse((await desk.run(['endpoints', '--api-groups'])).stdout);
    expect(stdout).toBe(`${toDango(parseEndpoints({ version: 1, endpoints })).text}\n`);
  });

  it('writes the file with --output, for named tables and with another page size', async () => {
    const desk = await atOffice();
    const file = desk.path('office.py');
    const argv = ['endpoints', 'rooms', '--page-size', '7', '--format', 'dlt'];
    expect(await desk.run([...argv, '--output', file])).toEqual({
      status: 0,
      stdout: '',
      stderr: `Wrote a file for dlt to ${file}.\n`,
    });
    expect(readFileSync(file, 'utf8')).toBe((await desk.run(argv)).stdout);
    expect(readFileSync(file, 'utf8')).toContain('"json": {"page": 1, "per_page": 7, "sort": {"id": "asc"}}');
  });

  it('exports the write disposition and the incremental column', async () => {
    const desk = await atOffice();
    const argv = ['endpoints', 'people', '--incremental', 'born', '--format', 'dlt'];
    const { status, stdout, stderr } = await desk.run(argv);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'people: rows deleted in Xano stay, because dlt does not detect deletions.\n',
    });
    expect(stdout).toContain('"write_disposition": "merge",');
    expect(stdout).toMatch(
      /"incremental": \{\s+"cursor_path": "born",\s+"start_param": "born\|>",\s+"on_cursor/,
    );
    expectError(
      await desk.run([...argv, '--write-disposition', 'replace']),
      2,
      'USAGE',
      '--incremental with replace would delete every row that is not new.',
      'Use --write-disposition merge (the default with --incremental) or append.',
    );
  });

  it('refuses a fourth format and names the three', async () => {
    const desk = await atOffice();
    const { status, stdout, stderr } = await desk.run(['endpoints', '--format', 'xml']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Allowed choices are json, dlt, dango.');
  });
});
