/** The files of the page, as `npm run build` makes them, in memory: no path of a request reaches the disk. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { XanoError } from '../index.js';

/** A file of the page. */
export interface PageFile {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

// `dist` lies two levels up from this file in the package and in the repository.
const FOLDER = new URL('../../dist/dashboard/ui/', import.meta.url);

/** Reads the files by the path that a browser asks for. Throws BUG where the package was not built. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  try {
    return new Map(
      readdirSync(FOLDER).flatMap((name): [string, PageFile][] => {
        const type = TYPES[extname(name)];
        const path = name === 'index.html' ? '/' : `/${name}`;
        return type === undefined
          ? []
          : [[path, { content: new Uint8Array(readFileSync(new URL(name, FOLDER))), type }]];
      }),
    );
  } catch (cause) {
    throw new XanoError('BUG', 'The files of the dashboard are missing from this installation.', {
      hint: 'Install xano-connector again; in a clone, run npm run build.',
      cause,
    });
  }
}
