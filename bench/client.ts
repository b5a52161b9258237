/** Starts the data server in a process of its own, and speaks with it through its own door. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Counters, ServerConfig, ServerSettings } from './server-config.js';
import type { Facts } from './sets.js';

/** A data server that is running. */
export interface DataServer {
  readonly origin: string;
  /** Sets how it behaves from now on; counters begin at 0. */
  readonly set: (settings: ServerSettings) => Promise<void>;
  readonly counters: () => Promise<Counters>;
  /** Changes records of a workspace; gives what it adds up to now. */
  readonly change: (workspace: string, rows: number) => Promise<Facts>;
  readonly stop: () => Promise<void>;
}

/** Starts it, and waits until it is ready. */
export async function startServer(config: ServerConfig): Promise<DataServer> {
  const program = join(import.meta.dirname, 'server.js');
  const child = spawn(process.execPath, [program, JSON.stringify(config)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const origin = await readyAt(child);
  const ask = async <T>(path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${origin}/bench/${path}`, {
      method: 'POST',
      body: JSON.stringify(body ?? null),
    });
    if (!response.ok) throw new Error(`The data server answered ${response.status} to ${path}`);
    return (await response.json()) as T;
  };
  return {
    origin,
    set: async (settings) => {
      await ask('settings', settings);
    },
    counters: () => ask('counters'),
    change: (workspace, rows) => ask('change', { workspace, rows }),
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}

function readyAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('\n')) resolve(said.trim());
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The data server ended with ${code}`)));
  });
}
