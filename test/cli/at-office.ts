/** The command line at the office: a desk whose local Xano holds the made-up workspace of the tests. */
import type { LocalXanoOptions } from '../../src/index.js';
import type { LocalTable } from '../../src/sandbox/data/model.js';
import { office, officeWorkspace } from '../fixtures/office.js';
import { type Desk, openDesk } from './terminal.js';

/** How the office is served. */
export interface OfficeDeskOptions extends Omit<LocalXanoOptions, 'instances'> {
  /** The tables of its workspace. Default: `people` and `rooms`. */
  readonly tables?: readonly LocalTable[];
}

/** Opens a desk whose Xano holds the office, and nothing else. */
export const atOffice = ({ tables, ...options }: OfficeDeskOptions = {}): Promise<Desk> =>
  openDesk({ ...options, instances: [office([officeWorkspace(tables)])] });
