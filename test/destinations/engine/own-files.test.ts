/** What may stand where a load keeps its own files: nothing that leads elsewhere. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pid } from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { realPath } from '../../../src/destinations/engine/own-files.js';
import { queryFile, readStatus } from '../../../src/destinations/open.js';
import { makeQueryFolder } from '../../../src/destinations/reader/query-folder.js';
import { sql } from '../duckdb.js';
import { loadedFile, put } from '../state/loaded.js';
import { tempFolder } from '../writing.js';

/** Something of the user's that a link leads to: a file and a folder with a file in it. */
function victims(): { readonly file: string; readonly folder: string; readonly isUntouched: () => void } {
  const place = tempFolder();
  const [file, folder] = [join(place, 'diary.txt'), join(place, 'photos')];
  writeFileSync(file, 'as it was');
  mkdirSync(folder);
  writeFileSync(join(folder, 'r_0-0.parquet'), 'as it was');
  return {
    file,
    folder,
    isUntouched: () => {
      expect(readFileSync(file, 'utf8')).toBe('as it was');
      expect(readdirSync(folder)).toEqual(['r_0-0.parquet']);
      expect(readFileSync(join(folder, 'r_0-0.parquet'), 'utf8')).toBe('as it was');
    },
  };
}

it.each(['.wal', '.wal.checkpoint', '.staging', '.staging.wal', '.staging.tmp'])(
  'a destination refuses a link that was planted as %s, and leaves the link’s target',
  async (ending) => {
    const file = await loadedFile();
    const { file: diary, folder, isUntouched } = victims();
    for (const to of [diary, folder, join(dirname(diary), 'not-there')]) {
      symlinkSync(to, file + ending);
      await expect(put(file, { load_id: 'load-2' })).rejects.toMatchObject({
        code: 'DATABASE_FAILED',
        message: expect.stringMatching(/ is a link; expected .*\.$/),
      });
      expect(lstatSync(file + ending).isSymbolicLink()).toBe(true);
      rmSync(file + ending);
      isUntouched();
    }
    expect(existsSync(join(dirname(diary), 'not-there'))).toBe(false);
    await put(file, { load_id: 'load-2' });
  },
);

it.each(['.wal', '.reading.tmp'])(
  'a reader refuses a file with a link that was planted as %s',
  async (ending) => {
    const file = await loadedFile();
    const { folder, isUntouched } = victims();
    symlinkSync(folder, file + ending);
    await expect(readStatus(file)).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    if (ending === '.wal')
      await expect(queryFile(file, 'SELECT 1')).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
    isUntouched();
  },
);

it('a destination refuses a pipe in place of a log, and does not wait for it', async () => {
  const file = await loadedFile();
  for (const name of [`${file}.wal`, `${file}.staging.wal`]) {
    execFileSync('mkfifo', [name]);
    await expect(put(file, { load_id: 'load-2' })).rejects.toMatchObject({
      code: 'DATABASE_FAILED',
      message: `${name} is not a plain file; expected the log of a database.`,
    });
    rmSync(name);
  }
});

it('a destination behind a link to a file keeps its log beside that file', async () => {
  const [real, link] = [await loadedFile(), join(tempFolder(), 'link.duckdb')];
  symlinkSync(real, link);
  await put(link, { load_id: 'load-2' }, [{ id: 5, name: 'new' }]);
  expect(await sql(real, 'SELECT id FROM xano_data.shop')).toEqual([{ id: '5' }]);
  expect(await readStatus(link)).toMatchObject({ tables: [{ rows: 1 }] });
  symlinkSync(victims().file, `${real}.wal`);
  await expect(put(link, { load_id: 'load-3' })).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
});

it('a destination may lie in a folder behind a link, or in one whose name has quotes', async () => {
  const [real, place] = [join(tempFolder(), "it's [here] *"), tempFolder()];
  mkdirSync(real);
  symlinkSync(real, join(place, 'link'));
  const file = join(place, 'link', 'x.duckdb');
  await put(file);
  await put(file, { load_id: 'load-2', write_disposition: 'merge' });
  expect(readdirSync(real)).toEqual(['x.duckdb']);
  expect(realPath(join(file, 'not', 'there'))).toBe(join(realPath(real), 'x.duckdb', 'not', 'there'));
});

it('a query removes the folders of killed queries, and no other', async () => {
  const file = await loadedFile();
  const { folder, isUntouched } = victims();
  const mine = (name: string): string => {
    const path = join(tmpdir(), name);
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  const host = thisComputer();
  // The process that has ended can have no folder in use.
  const gone = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
  const killed = mine(`xano-query-${host}-${gone}-aaaaaa`);
  mkdirSync(killed);
  symlinkSync(folder, join(killed, 'link'));
  const running = mine(`xano-query-${host}-${pid}-bbbbbb`);
  const elsewhere = mine(`xano-query-00000000-${gone}-cccccc`);
  const named = mine(`xano-query-${host}-${gone}-notes-of-mine`);
  for (const path of [running, elsewhere, named]) mkdirSync(path);
  const link = mine(`xano-query-${host}-${gone}-dddddd`);
  symlinkSync(folder, link);
  const old = mine('xano-query-eeeeee');
  mkdirSync(old);
  utimesSync(old, new Date(0), new Date(0));
  await queryFile(file, 'SELECT 1 AS one');
  expect([killed, old, running, elsewhere, named, link].map((path) => existsSync(path))).toEqual([
    false,
    false,
    true,
    true,
    true,
    true,
  ]);
  isUntouched();
});

/** The part of a query's folder that names this computer. */
function thisComputer(): string {
  const folder = makeQueryFolder();
  rmSync(folder, { recursive: true });
  return /xano-query-([0-9a-f]{8})-/.exec(folder)![1]!;
}

it('a query leaves no folder behind', async () => {
  const file = await loadedFile();
  const before = readdirSync(tmpdir()).filter((name) => name.includes(`-${pid}-`));
  await queryFile(file, 'SELECT 1 AS one');
  await queryFile(file, 'SELECT nothing').catch(() => {});
  expect(readdirSync(tmpdir()).filter((name) => name.includes(`-${pid}-`))).toEqual(before);
});
