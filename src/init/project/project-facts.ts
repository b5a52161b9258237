/**
 * What the files beside xano.yaml need to know of a project.
 * This room makes the files of a new project.
 * In: answers of a person or flags, and a folder.
 * Out: texts of files. Reads and writes nothing.
 */
import type { ProjectSettings } from '../../project/project-schema.js';
import { type Schedule, scheduleOf } from '../../schedule/schedule-schema.js';
import { partsOfDestination } from '../../session/destination-path.js';

/** A project, as its other files mention it. */
export interface ProjectFacts {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** The version of this program, which files pin. */
  readonly version: string;
  /** Node and this program, to start it again. */
  readonly program: readonly string[];
  /** The time zone of this computer. */
  readonly timezone: string;
  readonly schedule: Schedule;
  /** As `--max-age` takes it. */
  readonly max_age: string;
  /** The DuckDB file that commands read; undefined where the first destination is another kind. */
  readonly file: string | undefined;
  /** Patterns of the files that loads write in the folder. */
  readonly patterns: readonly string[];
  /** Variables of the environment that a load needs, the token first. */
  readonly variables: readonly string[];
}

/** The schedule of a project that names none: every night. */
export const NIGHTLY = '15 3 * * *';

/** The greatest age of a project that names none: a day, and two hours for a late load. */
export const A_DAY = '26h';

/** What this computer adds to the facts. */
export type Machine = Pick<ProjectFacts, 'name' | 'folder' | 'version' | 'program' | 'timezone'>;

/** The facts of a project's settings. */
export function factsOf(settings: ProjectSettings, machine: Machine): ProjectFacts {
  const { destination = 'xano.duckdb', destinations, max_age = A_DAY, schedule } = settings;
  const places = destinations === undefined ? [destination] : Object.values(destinations);
  const [first = destination] = places;
  return {
    ...machine,
    schedule: schedule ?? scheduleOf({ cron: NIGHTLY }),
    max_age,
    file: isFile(first) ? first : undefined,
    patterns: [...new Set(places.flatMap(patternOf))],
    variables: ['XANO_TOKEN', ...new Set([...keys(settings), ...references(JSON.stringify(settings))])],
  };
}

const isFile = (to: string): boolean => {
  const { scheme, path } = partsOfDestination(to);
  return scheme === '' && path !== undefined && /^[^$]*\.duckdb$/.test(path);
};

/** Paths out of the folder, and those in variables, are somebody else's. */
function patternOf(to: string): string[] {
  const { path } = partsOfDestination(to);
  if (path === undefined || path.includes('$') || /^([/\\~]|\.\.|[A-Za-z]:)/.test(path)) return [];
  return [/[\\/]$/.test(path) ? path : `${path}*`];
}

/** The key of hashes, where a table has one. */
function keys(settings: ProjectSettings): string[] {
  const all = [settings, ...Object.values(settings.sources ?? {})];
  const hasHash = all.some(
    ({ tables = {} }) =>
      !Array.isArray(tables) &&
      Object.values(tables).some((table) => Object.values(table?.mask ?? {}).includes('hash')),
  );
  return hasHash ? ['XANO_MASK_KEY'] : [];
}

/** Variables that destinations and receivers of notices name. */
const references = (text: string): string[] => [
  ...[...text.matchAll(/\$\{([A-Za-z_]\w*)\}/g)].map(([, name]) => name!),
  ...[...text.matchAll(/\{"env":"([A-Za-z_]\w*)"\}/g)].map(([, name]) => name!),
];
