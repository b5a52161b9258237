import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseEndpoints, toDango, toDlt } from '../../src/index.js';
import { office } from './office.js';
import { openDesk } from './terminal.js';

const NUMBERED =
  'people, rooms: pages are asked for by number, in the order of the key: rows that are deleted meanwhile shift others out of sight.\n';

describe('xano endpoints --format', () => {
  it('dlt writes a Python file, with the names of variables where tokens go', async () => {
    const desk = await openDesk({ instances: [office()] });
    const { status, stdout, stderr } = await desk.run(['endpoints', '--api-groups', '--format', 'dlt']);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'No config for POST Door/ring: POST may write.\n',
    });
    await expect(desk.tidy(stdout)).toMatchFileSnapshot('../fixtures/exits/office.py');
    const { endpoints } = JSON.parse((await desk.run(['endpoints', '--api-groups'])).stdout);
    expect(stdout).toBe(`${toDlt(parseEndpoints({ version: 1, endpoints })).text}\n`);
  });

  it('dango writes a sources.yml, and says in it and beside it what Dango cannot do', async () => {
    const desk = await openDesk({ instances: [office()] });
    const { status, stdout, stderr } = await desk.run(['endpoints', '--api-groups', '--format', 'dango']);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `No config for POST Door/ring: POST may write.\n${NUMBERED}`,
    });
    await expect(desk.tidy(stdout)).toMatchFileSnapshot('../fixtures/exits/office.yml');
    const { endpoints } = JSON.parse((await desk.run(['endpoints', '--api-groups'])).stdout);
    expect(stdout).toBe(`${toDango(parseEndpoints({ version: 1, endpoints })).text}\n`);
  });

  it('--output writes the file, of named tables and with another page size', async () => {
    const desk = await openDesk({ instances: [office()] });
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

  it('knows three formats', async () => {
    const desk = await openDesk({ instances: [office()] });
    const { status, stdout, stderr } = await desk.run(['endpoints', '--format', 'xml']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Allowed choices are json, dlt, dango.');
  });
});
