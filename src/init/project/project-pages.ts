/** The files that every project has beside xano.yaml. Pure. */
import type { ProjectFacts } from './project-facts.js';

/** What each variable is, for .env.example. */
const VARIABLES: Readonly<Record<string, string>> = {
  XANO_TOKEN: 'an access token of the Metadata API; not needed after `xano auth login`',
  XANO_MASK_KEY: 'the key of hashes, 16 characters or more: the same one for as long as hashes must join',
};

/** The variables of a project, without values. */
export function envExample({ variables }: ProjectFacts): string {
  return [
    '# Copy this to .env and fill it in; .gitignore keeps .env out of git. In a shell: set -a; . ./.env; set +a',
    ...variables.flatMap((name) => [
      ...(VARIABLES[name] === undefined ? [] : [`# ${VARIABLES[name]}`]),
      `${name}=`,
    ]),
    '',
  ].join('\n');
}

/** The lines of .gitignore: secrets, loaded data, logs. */
export const ignoredLines = ({ patterns }: ProjectFacts): string[] => [
  ...new Set(['.env', '*.duckdb*', ...patterns, 'load.jsonl']),
];

/** A page of one screen. `added`: what `--with` adds, a line each. */
export function readmePage(facts: ProjectFacts, added: readonly string[]): string {
  const { name, max_age, variables, version } = facts;
  return `# ${name}

A copy of a Xano workspace, kept by [xano-connector](https://www.npmjs.com/package/xano-connector). \`xano.yaml\` says what
is copied, where to, and how fresh it must be.

\`\`\`sh
npm install --global xano-connector@${version}
cp .env.example .env             # fill in ${variables.join(', ')}
set -a; . ./.env; set +a
xano load                        # copy
xano status                      # how fresh and complete it is; ends with 7 when older than ${max_age}
xano query "SHOW TABLES"         # ask in SQL
xano dashboard                   # look at it in the browser
\`\`\`
${added.length === 0 ? '' : `\n${added.map((line) => `- ${line}`).join('\n')}\n`}`;
}
