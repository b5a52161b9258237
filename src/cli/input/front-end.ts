/** The terminal as the front end of a session. */
import type { FrontEnd } from '../../session/context.js';
import type { Context } from '../context.js';
import { notifyOn } from '../output/notes.js';
import type { Printer } from '../output/output.js';
import { askWorkspace, canAsk } from './ask.js';
import type { XanoFlags } from './options.js';

/** Prints the notes of a session on stderr, and asks on the terminal if a user is present. */
export function frontEnd(flags: XanoFlags, context: Context, printer: Printer): FrontEnd {
  return {
    notify: notifyOn(printer),
    choose: canAsk(flags, context)
      ? (listed) => askWorkspace(listed, context, 'Nothing was done.')
      : undefined,
  };
}
