/** The text of xano.yaml. Pure. */
import { type YamlValue, yamlLines } from '../../export/yaml.js';

/** What a person wants of a project; undefined: as without a project. */
export interface ProjectAnswers {
  readonly profile?: string | undefined;
  readonly instance?: string | undefined;
  readonly workspace?: string | undefined;
  readonly data_source?: string | undefined;
  readonly destination: string;
  readonly dataset?: string | undefined;
  readonly write_disposition?: string | undefined;
  readonly incremental?: string | undefined;
  readonly max_age?: string | undefined;
  readonly schedule?: string | undefined;
  /** Empty for every table. */
  readonly tables: readonly string[];
  readonly exclude_tables: readonly string[];
  /** Columns with their masks: `users.email=hash`. */
  readonly masks: readonly string[];
}

/** Why each key is there: at most one comment a key. */
const COMMENTS: Readonly<Record<string, string>> = {
  profile: 'the stored login; never a token',
  data_source: 'instead of live',
  destination: 'what --to takes: a file, out/, ducklake:… or "${DATABASE_URL}"',
  incremental: 'the column that tells new and changed rows',
  max_age: 'older tables are stale: `xano status` then ends with 7',
  schedule: 'when to load: minute hour day month weekday',
  tables: 'only these, unless * stands for all others; each may have exclude, mask and where',
  exclude_tables: 'not these',
};

/** The file. It checks nothing: reading the text finds what is wrong. */
export function projectText(answers: ProjectAnswers): string {
  const { tables, masks, exclude_tables, ...rest } = answers;
  const values: Readonly<Record<string, YamlValue | undefined>> = {
    ...rest,
    tables: tablesOf(tables, masks),
    exclude_tables: exclude_tables.length === 0 ? undefined : exclude_tables,
  };
  const lines = Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const [first = '', ...more] = yamlLines({ [name]: value });
    const comment = COMMENTS[name];
    return [comment === undefined ? first : `${first}  # ${comment}`, ...more];
  });
  return [
    '# yaml-language-server: $schema=https://unpkg.com/xano-connector/xano.schema.json',
    '# What `xano load`, `status`, `query`, `dashboard` and `mcp` do in this folder; docs/project.md has every key.',
    'project:',
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

/** A list of names, or a map where a column is masked; `*` keeps every other table. */
function tablesOf(tables: readonly string[], masks: readonly string[]): YamlValue | undefined {
  if (masks.length === 0) return tables.length === 0 ? undefined : tables;
  const map = new Map<string, Record<string, string>>(tables.map((name) => [name, {}]));
  for (const given of masks) {
    const [column = given, mask = ''] = splitLast(given, '=');
    const [table, name = ''] = splitFirst(column, '.');
    map.set(table, { ...map.get(table), [name]: mask });
  }
  if (tables.length === 0 && !map.has('*')) map.set('*', {});
  return Object.fromEntries(
    [...map].map(([name, mask]) => [name, Object.keys(mask).length === 0 ? {} : { mask }]),
  );
}

const splitLast = (text: string, sign: string): string[] => {
  const at = text.lastIndexOf(sign);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
};

const splitFirst = (text: string, sign: string): [string, string?] => {
  const at = text.indexOf(sign);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
};
