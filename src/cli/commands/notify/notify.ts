/** `xano notify test`: sends one notice to each receiver of the project, and says what became of it. */
import { Command } from 'commander';
import type { Context, Finish } from '../../context.js';
import { withOutputOptions, type XanoFlags } from '../../input/options.js';
import { withProjectOption } from '../../input/project-options.js';
import { HEADINGS, withManual } from '../../output/help.js';

/** Makes `xano notify`. */
export function notifyCommand(context: Context, finish: Finish): Command {
  const group = new Command('notify')
    .description('tell receivers how loads went')
    .helpCommand('help [command]', 'print help for a command');
  const source = new Command('test')
    .description('send one notice to each receiver of the project')
    .optionsGroup(HEADINGS.source);
  const command = withProjectOption(source)
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print one JSON object')
    .action(async (flags: XanoFlags) => finish(await test(flags, context)));
  group.addCommand(
    withManual(withOutputOptions(command, 'show the cause of an error'), {
      about:
        'The receivers are those of `notify` in xano.yaml. A webhook gets a notice that says it is a test, a healthcheck a success.',
      examples: [['xano notify test', 'see whether each address works']],
      statuses: '0 all arrived, 2 usage, 6 one did not',
    }),
  );
  return withManual(group, { examples: [['xano notify test', 'see whether each address works']] });
}

async function test({ projectFacts, json, color }: XanoFlags, context: Context): Promise<number> {
  const { XanoError } = await import('../../../index.js');
  const { createPrinter } = await import('../../output/output.js');
  const { notifierFor } = await import('../load/load-notices.js');
  const printer = createPrinter(context, color !== false);
  if (projectFacts === undefined || projectFacts.notify.length === 0)
    throw new XanoError('USAGE', 'This folder has no project with receivers.', {
      hint: 'Add `notify` to the part "project" of xano.yaml; docs/schedule.md explains it.',
    });
  const place = { to: '', dataset: projectFacts.dataset };
  const outcomes = await notifierFor(projectFacts, place, context, printer.warn).test();
  if (json === true) printer.json({ receivers: outcomes });
  else
    printer.table(
      ['receiver', 'kind', 'result'],
      outcomes.map(({ receiver, kind, trouble }) => [receiver, kind, trouble ?? 'arrived']),
    );
  const failed = outcomes.filter(({ trouble }) => trouble !== null);
  if (failed.length > 0)
    throw new XanoError(
      'NOTICE_FAILED',
      `${failed.length} of ${outcomes.length} receivers got nothing: ${failed.map(({ receiver }) => receiver).join(', ')}.`,
    );
  return 0;
}
