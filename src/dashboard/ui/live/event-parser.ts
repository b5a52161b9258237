/** Reads `text/event-stream` as it comes, in pieces of any size. Pure. */

/** One event. */
export interface StreamEvent {
  /** Undefined where the event has none. */
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** Takes a piece, and returns the events that are complete with it. */
export type EventParser = (piece: string) => StreamEvent[];

/** Makes a parser at the start of a stream, as the HTML standard describes one; our server sends no CR. */
export function createEventParser(): EventParser {
  let rest = '';
  return (piece) => {
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop() ?? '';
    return blocks.flatMap((block) => eventOf(block) ?? []);
  };
}

/** The event of a block; undefined for a comment, which only keeps the connection open. */
function eventOf(block: string): StreamEvent | undefined {
  const fields = block.split('\n').map((line) => {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    return { name, value };
  });
  const last = (name: string): string | undefined => fields.findLast((field) => field.name === name)?.value;
  const data = fields.filter(({ name }) => name === 'data').map(({ value }) => value);
  if (data.length === 0) return undefined;
  return { id: last('id'), event: last('event') ?? 'message', data: data.join('\n') };
}
