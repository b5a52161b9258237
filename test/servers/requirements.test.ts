import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

it('pins the extensions to the version of DuckDB that loads them', () => {
  const root = resolve(import.meta.dirname, '..', '..');
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { dependencies } = manifest as { dependencies: Record<string, string> };
  const pins = readFileSync(join(import.meta.dirname, 'requirements.txt'), 'utf8');
  const extensions = [...pins.matchAll(/^duckdb-extension-([\w-]+)==(.+)$/gm)];
  const version = dependencies['@duckdb/node-api']?.replace(/-.*/, '');
  expect(extensions.map(([, name, pinned]) => [name, pinned])).toEqual(
    ['avro', 'aws', 'ducklake', 'httpfs', 'iceberg', 'postgres-scanner', 'sqlite-scanner'].map((name) => [
      name,
      version,
    ]),
  );
});
