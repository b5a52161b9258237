/**
 * Chooses how many rows to request: as many as keep an answer within a budget of bytes, and as the server has
 * delivered.
 */
import type { XanoError } from '../../errors.js';
import { isBadRequest } from '../http/failures.js';
import { isPassingStatus } from '../http/statuses.js';

/** Follows the answers of one list. */
export interface PageSizes {
  /** Rows to request next. */
  readonly now: () => number;
  /** Whether the server has delivered this many rows, or is expected to. */
  readonly isTried: (size: number) => boolean;
  /**
   * Records how many rows were requested, how many came in how many bytes, and whether more of them follow.
   */
  readonly took: (asked: number, count: number, bytes: number, more: boolean) => void;
  /**
   * Records that a request failed finally. Returns whether a smaller page may succeed; the next requests ask
   * for that.
   */
  readonly refused: (asked: number, error: XanoError) => boolean;
}

/** The limits of the page size. */
export interface SizeLimits {
  readonly page_size: number;
  readonly max_page_size?: number | undefined;
}

/** Larger answers are no faster, and each concurrent one is held in memory. */
const ANSWER_BYTES = 4 * 1024 * 1024;

const FULL = 0.8;

/** A failure that a smaller page may avoid: the server was overloaded, or its answer broke off. */
function isOverwhelmed({ code, request }: XanoError): boolean {
  if (code === 'XANO_FAILED') return isPassingStatus(request?.status ?? 0);
  return code === 'XANO_UNREACHABLE' || code === 'RESPONSE_UNEXPECTED';
}

/**
 * Begins with `page_size`; without `max_page_size` it stays there. Calls `on_limit` with the largest size
 * that the server delivers.
 */
export function createPageSizes(
  { page_size, max_page_size }: SizeLimits,
  on_limit: (size: number) => void = () => {},
): PageSizes {
  let most = max_page_size ?? page_size;
  let size = Math.min(page_size, most);
  let borne = 0;
  let short: number | undefined;
  /** The supposed limit of the server: confirmed when it delivers this size after it refused a larger one. */
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
        // The same short count twice means that the server has its own limit, so larger pages are pointless.
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
        // Only a page that was almost full says anything about larger ones.
        size = Math.min(fit, count >= asked * FULL ? Math.max(size, asked * 2) : size);
      }
      size = Math.min(size, most);
    },
    refused: (asked, error) => {
      const untried = asked > borne;
      const refusal = untried && isBadRequest(error);
      // The server delivered this many short rows, but not as many long ones: the first size may still work.
      const bearable = Math.max(untried ? borne : 0, Math.min(page_size, asked));
      if (asked <= Math.min(size, bearable) || !(refusal || isOverwhelmed(error))) return false;
      most = Math.min(most, bearable);
      size = Math.min(size, bearable);
      if (refusal) supposed = bearable;
      return true;
    },
  };
}
