/**
 * How many rows to ask for at a time: as many as keep an answer within a budget of bytes, and as the server
 * was seen to bear.
 */
import type { XanoError } from '../../errors.js';
import { isBadRequest } from '../http/failures.js';
import { isPassingStatus } from '../http/statuses.js';

/** Follows the answers of one list. */
export interface PageSizes {
  /** Rows to ask for next. */
  readonly now: () => number;
  /** Whether the server has given so many at a time before, or is expected to. */
  readonly isTried: (size: number) => boolean;
  /** So many rows were asked for, so many came in so many bytes, and there are more of them. */
  readonly took: (asked: number, count: number, bytes: number, more: boolean) => void;
  /** A request failed for good. True where a smaller one may do; that is what is asked for from then on. */
  readonly refused: (asked: number, error: XanoError) => boolean;
}

/** What sizes are chosen from. */
export interface SizeLimits {
  readonly page_size: number;
  readonly max_page_size?: number | undefined;
}

/** Larger answers are no faster, and each that is under way is held in memory. */
const ANSWER_BYTES = 4 * 1024 * 1024;

const FULL = 0.8;

/**
 * A failure that a smaller page may not meet with: the server has not the strength, or what it sent broke on
 * the way.
 */
function isOverwhelmed({ code, request }: XanoError): boolean {
  if (code === 'XANO_FAILED') return isPassingStatus(request?.status ?? 0);
  return code === 'XANO_UNREACHABLE' || code === 'RESPONSE_UNEXPECTED';
}

/**
 * Begins with `page_size`; without `max_page_size` it stays there. `on_limit` hears of a size that the server
 * does not go beyond.
 */
export function createPageSizes(
  { page_size, max_page_size }: SizeLimits,
  on_limit: (size: number) => void = () => {},
): PageSizes {
  let most = max_page_size ?? page_size;
  let size = Math.min(page_size, most);
  let borne = 0;
  let short: number | undefined;
  /** What the server may not go beyond: known once it gives so many where it refused more. */
  let supposed: number | undefined;

  return {
    now: () => size,
    isTried: (asked) => asked <= Math.max(borne, page_size),
    took: (asked, count, bytes, more) => {
      if (supposed !== undefined && asked <= supposed) {
        on_limit(supposed);
        supposed = undefined;
      }
      if (more && count < asked && count > 0) {
        // As many twice: a server with a size of its own. What it does not give need not be asked for.
        if (short === count) {
          most = Math.min(most, count);
          on_limit(count);
        }
        short = count;
      } else {
        short = undefined;
        borne = Math.max(borne, asked);
      }
      if (count > 0 && max_page_size !== undefined) {
        const fit = Math.max(1, Math.floor((ANSWER_BYTES * count) / bytes));
        // Only a page that was as good as full says anything about larger ones.
        size = Math.min(fit, count >= asked * FULL ? Math.max(size, asked * 2) : size);
      }
      size = Math.min(size, most);
    },
    refused: (asked, error) => {
      const untried = asked > borne;
      const refusal = untried && isBadRequest(error);
      // So many short rows were borne, but not so many long ones: what pages began with still may be.
      const bearable = Math.max(untried ? borne : 0, Math.min(page_size, asked));
      if (asked <= Math.min(size, bearable) || !(refusal || isOverwhelmed(error))) return false;
      most = Math.min(most, bearable);
      size = Math.min(size, bearable);
      if (refusal) supposed = bearable;
      return true;
    },
  };
}
