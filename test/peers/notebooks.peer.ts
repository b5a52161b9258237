/** The notebooks of examples/ and the Python of the skills, run on the loaded shop. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { openPeer, type Peer } from './peer.js';

const ROOT = resolve(import.meta.dirname, '..', '..');
const EXAMPLES = join(ROOT, 'examples');

/** The shop, loaded into the file that the notebooks open by default. */
async function atShop(): Promise<Peer> {
  const peer = await openPeer();
  const { status } = await peer.desk.run(['load', '--to', peer.desk.path('xano.duckdb'), '--quiet']);
  expect(status).toBe(0);
  return peer;
}

/** Runs Python that writes what it found to found.json. */
async function found({ desk, python }: Peer, lines: readonly string[]): Promise<unknown> {
  writeFileSync(desk.path('check.py'), ['import json, sys', ...lines].join('\n'));
  await python('check.py');
  return JSON.parse(readFileSync(desk.path('found.json'), 'utf8'));
}

it('examples/notebook.py lists tables, makes a frame, and plots, in marimo', async () => {
  const result = await found(await atShop(), [
    `sys.path.insert(0, ${JSON.stringify(EXAMPLES)})`,
    'from notebook import app',
    'outputs, defs = app.run()',
    'tables, frame, axes, months = (defs[name] for name in ("tables", "frame", "axes", "months"))',
    'json.dump([len(tables), defs["name"], len(frame), "status" in frame, len(axes.patches) == len(months) > 12,',
    '  sum(output is not None for output in outputs)], open("found.json", "w"))',
  ]);
  expect(result).toEqual([9, '"xano_data"."orders"', 1000, true, true, 3]);
});

it('examples/pandas.ipynb lists tables, makes a frame, and plots, in Jupyter', async () => {
  const result = await found(await atShop(), [
    'import nbformat, nbclient',
    `notebook = nbformat.read(${JSON.stringify(join(EXAMPLES, 'pandas.ipynb'))}, as_version=4)`,
    'nbformat.validate(notebook)',
    'nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()',
    'cells = [cell for cell in notebook.cells if cell.cell_type == "code"]',
    'kinds = [sorted(kind for output in cell.outputs for kind in output.get("data", {})) for cell in cells]',
    'json.dump([kinds, "orders" in str(cells[1].outputs)], open("found.json", "w"))',
  ]);
  const frame = ['text/html', 'text/plain'];
  expect(result).toEqual([[[], frame, frame, ['image/png', 'text/plain']], true]);
});

it('the notebooks of examples/ are stored without results', () => {
  const { cells } = JSON.parse(readFileSync(join(EXAMPLES, 'pandas.ipynb'), 'utf8')) as {
    cells: readonly { outputs?: unknown[]; execution_count?: unknown }[];
  };
  for (const { outputs = [], execution_count = null } of cells)
    expect([outputs, execution_count]).toEqual([[], null]);
});

it('the Python of the skill xano-report runs', async () => {
  const { desk, python } = await openPeer();
  const loaded = await desk.run(['load', 'orders', '--to', desk.path('shop.duckdb'), '--quiet']);
  expect(loaded.status).toBe(0);
  const page = readFileSync(join(ROOT, 'skills', 'xano-report', 'SKILL.md'), 'utf8');
  writeFileSync(desk.path('skill.py'), /```python\n([\s\S]*?)```/.exec(page)![1]!);
  await python('skill.py');
});
