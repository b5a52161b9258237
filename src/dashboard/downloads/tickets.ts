/** Tickets for downloads: a link cannot carry the header with the token, so its address works once. */

/** Tickets that nobody has used yet. */
export interface Tickets<T> {
  /** Keeps something for one use within {@link LIFE_MS}. Returns the id of its ticket. */
  readonly give: (what: T) => string;
  /** Whether a ticket of that id is still good. */
  readonly has: (id: string) => boolean;
  /** Takes what a ticket stands for; undefined where it is used up, too old, or unknown. */
  readonly take: (id: string) => T | undefined;
}

/** How long a ticket is good. Milliseconds. */
export const LIFE_MS = 30_000;
/** The most tickets at a time; the oldest one goes first. */
const MOST = 20;

/**
 * Makes a set of tickets. `time`: milliseconds of a monotonic clock. `secret`: a text that nobody can guess.
 */
export function createTickets<T>(time: () => number, secret: () => string): Tickets<T> {
  const tickets = new Map<string, { readonly what: T; readonly until: number }>();
  const good = (id: string): { readonly what: T } | undefined => {
    const ticket = tickets.get(id);
    return ticket !== undefined && time() < ticket.until ? ticket : undefined;
  };
  return {
    give: (what) => {
      for (const id of tickets.keys()) if (good(id) === undefined || tickets.size >= MOST) tickets.delete(id);
      const id = secret();
      tickets.set(id, { what, until: time() + LIFE_MS });
      return id;
    },
    has: (id) => good(id) !== undefined,
    take: (id) => {
      const ticket = good(id);
      tickets.delete(id);
      return ticket?.what;
    },
  };
}
