/** Prints columns that look personal, and the lines that protect them. */
import { printable } from '../../../hidden-characters.js';
import type { EndpointConfig, Mask, PersonalColumn } from '../../../index.js';
import type { Printer, Tone } from '../../output/output.js';
import { counted, shellWord } from '../../output/text.js';

/** How a column is protected already: by an option of this command, or by the loads so far. */
export interface Protection {
  readonly by: 'option' | 'load';
  readonly how: Mask | 'excluded';
}

/** A column that looks personal, and how it is protected already. */
export interface PersonalFinding extends PersonalColumn {
  readonly protected: Protection | null;
}

const TONES: Readonly<Record<PersonalFinding['sure'], Tone>> = { high: 'bad', medium: 'warn', low: 'plain' };

/** Prints the columns to stdout, and after them options and lines of `xano.yaml` for those still open. */
export function printPersonal(
  findings: readonly PersonalFinding[],
  endpoints: readonly EndpointConfig[],
  printer: Printer,
): void {
  printer.table(
    ['column', 'looks like', 'sure', 'why', 'protected', 'suggestion'],
    findings.map((finding) => [
      `${finding.table}.${finding.column}`,
      finding.kind.replaceAll('_', ' '),
      { text: finding.sure, tone: TONES[finding.sure] },
      finding.reasons.map(({ by }) => by).join(', '),
      inWords(finding.protected),
      finding.suggestion ?? 'a key: keep the table out',
    ]),
    [],
    // suggestion, why
    [5, 3],
  );
  for (const { table, column, reasons } of findings)
    printer.detail(printable(`${table}.${column}: ${reasons.map(({ says }) => says).join('; ')}.`));
  // What is least sure is for people to judge.
  const open = findings.filter(
    (one) => one.protected === null && one.suggestion !== null && one.sure !== 'low',
  );
  if (open.length === 0) {
    printer.note(
      findings.length === 0
        ? `${counted(endpoints.length, 'table')} looked at: no column looks personal.`
        : 'Every column that surely looks personal is protected.',
    );
    return;
  }
  printer.note('');
  printer.note('Options of `xano load`, without the columns that you need as they are:');
  printer.note(`  ${printable(optionsFor(open))}`);
  printer.note('');
  printer.note('The same in xano.yaml; `tables` names every table that is loaded:');
  for (const line of yamlFor(open, endpoints)) printer.note(`  ${printable(line)}`);
}

function inWords(protection: Protection | null): string {
  if (protection === null) return 'no';
  const how = protection.how === 'excluded' ? 'left out' : protection.how;
  return protection.by === 'load' ? `${how} (loaded so)` : how;
}

/** `--exclude users.phone --mask users.email=hash`. */
function optionsFor(open: readonly PersonalFinding[]): string {
  const named = ({ table, column }: PersonalFinding): string => `${table}.${column}`;
  const excluded = open.filter(({ suggestion }) => suggestion === 'exclude').map(named);
  const masked = open
    .filter(({ suggestion }) => suggestion !== 'exclude')
    .map((one) => `${named(one)}=${String(one.suggestion)}`);
  return [
    ...(excluded.length === 0 ? [] : ['--exclude', ...excluded.map(shellWord)]),
    ...(masked.length === 0 ? [] : ['--mask', ...masked.map(shellWord)]),
  ].join(' ');
}

/** The part `project: tables:` with these columns, every table among it. */
function yamlFor(open: readonly PersonalFinding[], endpoints: readonly EndpointConfig[]): string[] {
  const lines = endpoints.map(({ name }) => {
    const of = open.filter(({ table }) => table === name);
    const excluded = of.filter(({ suggestion }) => suggestion === 'exclude');
    const masked = of.filter(({ suggestion }) => suggestion !== 'exclude');
    const parts = [
      ...(excluded.length === 0
        ? []
        : [`exclude: [${excluded.map(({ column }) => word(column)).join(', ')}]`]),
      ...(masked.length === 0
        ? []
        : [
            `mask: { ${masked.map(({ column, suggestion }) => `${word(column)}: ${String(suggestion)}`).join(', ')} }`,
          ]),
    ];
    return `    ${word(name)}: {${parts.length === 0 ? '' : ` ${parts.join(', ')} `}}`;
  });
  return ['project:', '  tables:', ...lines];
}

/** A word of YAML; in quotes, as JSON has it, where it could mean something else. */
const word = (text: string): string =>
  /^[A-Za-z_][\w-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
