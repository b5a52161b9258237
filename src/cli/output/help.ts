/** How help is laid out: the same order for every command, options in groups, examples, exit statuses. */
import { type Command, Help, type HelpConfiguration, Option } from 'commander';

/** Narrower than this, words stand below what they explain. */
const READABLE = 24;

/** Groups of options, in the order in which help shows them. */
const GROUPS: readonly { readonly heading: string; readonly options: readonly string[] }[] = [
  {
    heading: 'What is read:',
    options: [
      '--workspace',
      '--data-source',
      '--endpoints',
      '--api-groups',
      '--branch',
      '--file',
      '--columns',
      '--counts',
      '--incremental',
      '--lag',
      '--page-size',
      '--concurrency',
    ],
  },
  {
    heading: 'Where it goes:',
    options: ['--to', '--dataset', '--nested', '--flatten', '--output', '--format', '--schema', '--write'],
  },
  {
    heading: 'How rows meet those of the load before:',
    options: ['--write-disposition', '--hard-delete', '--allow-empty', '--allow-shrink', '--strict'],
  },
  {
    heading: 'How it runs:',
    options: [
      '--dry-run',
      '--restart',
      '--max-duration',
      '--keep-loads',
      '--max-age',
      '--loads',
      '--offline',
      '--no-input',
      '--serve',
      '--port',
      '--token-stdin',
      '--expires',
    ],
  },
  {
    heading: 'Token and instance:',
    options: [
      '--token',
      '--token-file',
      '--token-command',
      '--profile',
      '--instance',
      '--account-origin',
      '--config-dir',
    ],
  },
  {
    heading: 'What is said:',
    options: [
      '--json',
      '--csv',
      '--mermaid',
      '--quiet',
      '--verbose',
      '--log',
      '--log-file',
      '--color',
      '--no-color',
      '--debug',
    ],
  },
];
const OTHERS = 'Other options:';

interface Page {
  /** What the command does, beyond its description. */
  readonly about?: string;
  readonly examples: readonly (readonly [command: string, does: string])[];
  readonly statuses?: string;
}

/** What the help of each command says beside its options, by the command's path. */
const PAGES: Readonly<Record<string, Page>> = {
  xano: {
    examples: [
      ['xano', 'asks, and loads what you tick'],
      ['xano demo', 'a Xano on this computer; no account'],
      ['xano auth login', 'store a token'],
      ['xano discover', 'what the token may see'],
      ['xano load', 'every table into xano.duckdb'],
      ['xano load orders users --to shop.duckdb', 'two of them into another file'],
      ['xano query "FROM orders LIMIT 5"', 'look at the rows'],
      ['xano status --max-age 24h', 'whether they are fresh and complete'],
    ],
    statuses:
      '0 done, 1 a bug, 2 usage or config, 4 log in, 5 Xano, 6 destination,\n7 partial, incomplete, out of time or stale, 130 interrupted',
  },
  'xano auth': { examples: [['xano auth status', 'where the token comes from, and when it ends']] },
  'xano auth login': {
    examples: [
      ['xano auth login', 'asks for the token; it is not shown'],
      ['xano auth login --expires 7d --profile shop', 'one of several logins, and when it ends'],
      ['printf %s "$TOKEN" | xano auth login --token-stdin', 'without a terminal'],
    ],
  },
  'xano auth status': {
    examples: [
      ['xano auth status', 'for people'],
      ['xano auth status --json', 'for programs; exit status 4 when the token is over'],
    ],
  },
  'xano auth logout': {
    examples: [['xano auth logout --profile shop', 'forgets one of several logins']],
  },
  'xano discover': {
    about: 'What the token may not see is named, with the scope that it lacks.',
    examples: [
      ['xano discover --counts', 'tables with their rows'],
      ['xano discover --workspace Shop --columns', 'one workspace, column by column'],
      ['xano discover --output catalog.json', 'everything, as JSON'],
    ],
    statuses: '0 done, 4 log in, 5 Xano, 7 something could not be listed',
  },
  'xano endpoints': {
    about: 'A config says how one list is read. Save them, change them, load them.',
    examples: [
      ['xano endpoints orders', 'how one table is read'],
      ['xano endpoints --api-groups --output endpoints.json', 'with the lists of API groups'],
      ['xano load --endpoints endpoints.json', 'loads what the file says'],
      ['xano endpoints --format dlt --output xano.py', 'the same for dlt'],
    ],
  },
  'xano check': {
    about:
      'A small request or two for each; some more where a config leaves something open or is wrong. What was found can be written into the file.',
    examples: [
      ['xano check', 'every table: does it answer?'],
      ['xano check Storefront/products', 'a list of an API group'],
      ['xano check --endpoints endpoints.json', 'what its configs get wrong'],
      ['xano check --endpoints endpoints.json --write', 'and corrected'],
    ],
    statuses: '0 all would load, 2 usage or config, 4 log in, 5 Xano,\n7 some would not load as configured',
  },
  'xano load': {
    about:
      'Each table is read, compared with what Xano counts, and only then put in place of the old one. A table that fails leaves the others alone. A load that was stopped goes on where it was.',
    examples: [
      ['xano load', 'every table into xano.duckdb'],
      ['xano load orders 12 --to shop.duckdb', 'by name, or by id'],
      ['xano load --dry-run', 'what it would take; nothing is written'],
      ['xano load --incremental updated_at', 'only what is new since the load before'],
      ['xano load --nested struct --flatten', 'STRUCTs for JSON, tables for lists'],
      ['xano load --quiet --max-duration 30m', 'for cron: silent when all is well'],
      ['xano load --log json 2>load.jsonl', 'for programs: an event a line'],
    ],
    statuses:
      '0 loaded, 2 usage, 4 log in, 5 Xano, 6 the file, 7 not all tables, or --max-duration was over, 130 interrupted (Ctrl-C, SIGTERM)',
  },
  'xano auth use': { examples: [['xano auth use shop', 'meant from now on where none is named']] },
  'xano schema': {
    examples: [
      ['xano schema --workspace Shop', 'tables, types, keys and references'],
      ['xano schema orders order_items', 'two of them'],
      ['xano schema --mermaid > schema.mmd', 'a diagram'],
      ['xano schema --to shop.duckdb', 'of a loaded file; no token needed'],
    ],
  },
  'xano status': {
    about: 'Tables that are gone in Xano are not held against --max-age: nothing can refresh them.',
    examples: [
      ['xano status', 'how fresh and complete xano.duckdb is'],
      ['xano status orders users --to shop.duckdb', 'two tables of another file'],
      ['xano status --max-age 24h || xano load', 'load again what is a day old'],
      ["xano status --json | jq '.tables[] | select(.failed)'", 'for programs'],
    ],
    statuses: '0 fresh, 2 usage, 6 the file, 7 older than --max-age',
  },
  'xano query': {
    about:
      'Tables are found by name alone in the schema xano_data, then in other schemas; shop.orders and _xano.loads name the schema.',
    examples: [
      ['xano query "SHOW TABLES" --to shop.duckdb', 'what there is'],
      ['xano query "SELECT * FROM orders LIMIT 10"', 'a table, or tabs in a pipe'],
      ['xano query --file report.sql --csv > report.csv', 'SQL of a file, CSV for others'],
      ['echo "SUMMARIZE orders" | xano query --json', 'SQL of a pipe, JSON for programs'],
    ],
  },
  'xano completion': {
    examples: [
      ['source <(xano completion bash)', 'in ~/.bashrc'],
      ['source <(xano completion zsh)', 'in ~/.zshrc, below compinit'],
      ['xano completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
  },
  'xano demo': {
    examples: [
      ['xano demo', 'into xano-demo.duckdb'],
      ['xano demo --serve', 'keeps the local Xano running, to try commands on'],
    ],
  },
};

const ENVIRONMENT = `XANO_TOKEN, XANO_PROFILE, XANO_INSTANCE, XANO_WORKSPACE, XANO_DATA_SOURCE, XANO_TOKEN_FILE, XANO_TOKEN_COMMAND, XANO_ACCOUNT_ORIGIN, XANO_CONFIG_DIR; each has a flag, and the flag wins.
XANO_API_TOKEN: the authToken for endpoints of API groups.`;

/** The part of help that commander makes, arranged our way. */
export const HELP_LAYOUT: HelpConfiguration = {
  minWidthToWrap: READABLE,
  // Where too little is left beside the terms, what they mean stands below them.
  formatItem(term, termWidth, description, helper) {
    const columns = helper.helpWidth ?? 80;
    if (description === '' || columns - termWidth - 4 >= READABLE)
      return Help.prototype.formatItem.call(this, term, termWidth, description, helper);
    return `  ${term}\n${indented(helper.boxWrap(description, columns - 6), 6)}`;
  },
  subcommandTerm: (command) => command.name(),
  groupItems: (all, visible, groupOf) => {
    const headingOf = (item: (typeof visible)[number]): string =>
      item instanceof Option ? headingOfOption(item) : groupOf(item);
    const order = [...GROUPS.map(({ heading }) => heading), OTHERS];
    const headings = [...new Set([...visible, ...all].map(headingOf))].toSorted(
      (a, b) => order.indexOf(a) - order.indexOf(b),
    );
    const grouped = headings
      .map(
        (heading) =>
          [heading, visible.filter((item) => headingOf(item) === heading).toSorted(inOrder)] as const,
      )
      .filter(([, items]) => items.length > 0);
    // Nothing is "other" where there is nothing else.
    return new Map(
      grouped.length === 1 && grouped[0]![0] === OTHERS ? [['Options:', grouped[0]![1]]] : grouped,
    );
  },
};

const placeOf = (item: Command | Option): number =>
  item instanceof Option ? GROUPS.flatMap(({ options }) => options).indexOf(item.long ?? '') : 0;

const inOrder = (a: Command | Option, b: Command | Option): number => placeOf(a) - placeOf(b);

function headingOfOption({ long }: Option): string {
  return GROUPS.find(({ options }) => options.includes(long ?? ''))?.heading ?? OTHERS;
}

/** Adds what stands around the options: what the command does, examples, exit statuses. */
export function addManual(command: Command, path: string): void {
  const page = PAGES[path];
  if (page === undefined) return;
  if (path !== 'xano') {
    const summary = command.description();
    const about = page.about === undefined ? '' : `\n\n${page.about}`;
    command.summary(summary).description(`${sentence(summary)}${about}`);
  }
  command.addHelpText('after', ({ error }) => {
    const { getOutHelpWidth, getErrHelpWidth } = command.configureOutput();
    const columns = (error ? getErrHelpWidth : getOutHelpWidth)?.() ?? 80;
    const wrap: Wrap = (text, by) =>
      indented(command.createHelp().boxWrap(text, Math.max(READABLE, columns - by)), by);
    const parts = [
      ...(path === 'xano' ? [`Environment:\n${wrap(ENVIRONMENT, 2)}`] : []),
      `Examples:\n${examplesInLines(page.examples, columns, wrap)}`,
      ...(page.statuses === undefined ? [] : [`Exit status:\n${wrap(page.statuses, 2)}`]),
    ];
    return `\n${parts.join('\n\n')}`;
  });
}

/** Breaks a text at words, and indents it. */
type Wrap = (text: string, by: number) => string;

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const indented = (text: string, by: number): string => text.replace(/^/gm, ' '.repeat(by));

/** Side by side where they fit, below each other where they do not. A command is a line however long it is, so that it can be copied. */
function examplesInLines(examples: Page['examples'], columns: number, wrap: Wrap): string {
  const widest = Math.max(...examples.map(([command]) => command.length));
  const beside = examples.map(([command, does]) => `  ${command.padEnd(widest)}  ${does}`);
  return (
    beside.every((line) => line.length < columns)
      ? beside
      : examples.map(([command, does]) => `  ${command}\n${wrap(does, 6)}`)
  ).join('\n');
}
