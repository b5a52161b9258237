/** What a run of the benchmarks ran on and with. */
import type { Machine } from './machine.js';

/** Everything there is to say about the machine, and with what dlt ran. */
export interface About extends Machine {
  /** Null where dlt was not measured. */
  readonly dlt: string | null;
}
