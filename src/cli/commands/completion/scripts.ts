/**
 * Completion scripts for shells, made from the command tree. Pure. Not by the package @bomb.sh/tab, whose
 * scripts start the program at each Tab: these contain all words themselves.
 */
import type { Command, Option } from 'commander';

/** The shells with a script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A shell with a script. */
export type Shell = (typeof SHELLS)[number];

/** The names of the program. */
const PROGRAMS = ['xano', 'xano-connector'] as const;

interface Flag {
  readonly long: string;
  readonly short: string | undefined;
  readonly about: string;
  /** The kind of value that it takes. */
  readonly takes: 'nothing' | 'value' | 'file' | 'folder' | 'choice';
  readonly choices: readonly string[];
}

/** A command, with the words that may follow it. */
interface Place {
  /** Words after the program's name; empty for the program itself. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly words: readonly string[];
  readonly flags: readonly Flag[];
}

/** The script that makes a shell complete commands, flags, and the values that some flags take. */
export function completionScript(shell: Shell, program: Command): string {
  const places = placesOf(program, []);
  return { bash, zsh, fish }[shell](places);
}

function placesOf(command: Command, path: readonly string[]): Place[] {
  const help = command.createHelp();
  const subs = help.visibleCommands(command);
  const node = {
    path,
    commands: subs.map((sub) => ({ name: sub.name(), about: help.subcommandDescription(sub) })),
    words: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    flags: help.visibleOptions(command).flatMap(flagOf),
  };
  return [node, ...subs.flatMap((sub) => placesOf(sub, [...path, sub.name()]))].map((descendant) =>
    // `help` takes the name of a command.
    descendant.path.length === 1 && descendant.path[0] === 'help'
      ? { ...descendant, words: node.commands.map(({ name }) => name).filter((name) => name !== 'help') }
      : descendant,
  );
}

function flagOf(option: Option): Flag[] {
  if (option.long === undefined || option.long === null) return [];
  const value = /[<[]([^<>[\]]+)[>\]]/.exec(option.flags)?.[1];
  const takes =
    option.argChoices !== undefined
      ? 'choice'
      : value === undefined
        ? 'nothing'
        : value === 'file' || value === 'folder'
          ? value
          : // Most destinations are files.
            value === 'destination'
            ? 'file'
            : 'value';
  return [
    {
      long: option.long,
      short: option.short ?? undefined,
      about: option.description,
      takes,
      choices: option.argChoices ?? [],
    },
  ];
}

/** A word that a shell's script takes literally. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The key of a command in a bash script. */
const bashPath = ({ path }: Place): string => path.map((word) => ` ${word}`).join('');

const bashRow = (patterns: readonly string[], does: string): string[] =>
  patterns.length === 0 ? [] : [`    ${patterns.join(' | ')}) ${does} ;;`];

/** The values of flags, a row for each kind. */
function bashValues(places: readonly Place[]): string {
  const flags = places.flatMap((node) =>
    node.flags.map((flag) => ({ ...flag, at: quoted(`${bashPath(node)} ${flag.long}`) })),
  );
  const thatTake = (takes: Flag['takes']): string[] =>
    flags.filter((flag) => flag.takes === takes).map(({ at }) => at);
  return [
    ...bashRow(thatTake('file'), '_xano_files -f; return'),
    ...bashRow(thatTake('folder'), '_xano_files -d; return'),
    ...flags
      .filter(({ takes }) => takes === 'choice')
      .flatMap(({ at, choices }) =>
        bashRow([at], `COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$cur")); return`),
      ),
    ...bashRow(thatTake('value'), 'return'),
  ].join('\n');
}

/** The commands, words and flags of each command. */
function bashWords(places: readonly Place[]): string {
  const words = (all: readonly string[]): string => `words=${quoted(all.join(' '))}`;
  return places
    .flatMap((node) => {
      const candidates = [...node.commands.map(({ name }) => name), ...node.words];
      return [
        ...bashRow([quoted(`${bashPath(node)} -`)], words(node.flags.map(({ long }) => long))),
        ...(candidates.length === 0 ? [] : bashRow([quoted(bashPath(node))], words(candidates))),
      ];
    })
    .join('\n');
}

function bash(places: readonly Place[]): string {
  return `# bash completion for ${PROGRAMS.join(' and ')}
_xano() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} path='' words='' i
  COMPREPLY=()
  # bash takes --flag=value apart into three words.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
      ${places
        .slice(1)
        .map((node) => quoted(bashPath(node)))
        .join(' | ')}) path="$path \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $prev" in
${bashValues(places)}
  esac
  case "$path$([[ $cur == -* ]] && echo ' -')" in
${bashWords(places)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
_xano_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$cur"))
}
complete -F _xano ${PROGRAMS.join(' ')}
`;
}

const zshName = (path: readonly string[]): string => ['_xano', ...path].join('_');

/** A flag as `_arguments` takes it. */
function zshFlag(flag: Flag): string {
  const { long, short, takes, choices, about } = flag;
  const values = {
    nothing: '',
    value: ' ',
    file: '_files',
    folder: '_files -/',
    choice: `(${choices.join(' ')})`,
  }[takes];
  const name = takes === 'nothing' ? long : `${long}=`;
  const behind = takes === 'nothing' ? '' : `:${long.slice(2)}:${values}`;
  const does = `[${about.replace(/[[\]:\\]/g, '\\$&')}]${behind}`;
  return short === undefined
    ? quoted(`${name}${does}`)
    : `${quoted(`(${short} ${long})`)}{${short},${name}}${quoted(does)}`;
}

/** The function that completes the words after one command. */
function zshFunction(node: Place): string {
  const flags = node.flags.map((flag) => `    ${zshFlag(flag)} \\\n`).join('');
  // Names have no candidates: an empty list, without a message, still lets flags be completed.
  const words = node.words.length === 0 ? '*:word:()' : `1:word:(${node.words.join(' ')})`;
  if (node.commands.length === 0)
    return `${zshName(node.path)}() {
  _arguments -s -S \\
${flags}    ${quoted(words)}
}`;
  return `${zshName(node.path)}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C -s -S \\
${flags}    '1:command:->command' \\
    '*::word:->rest'
  case $state in
    command)
      local -a commands
      commands=(
${node.commands.map(({ name, about }) => `        ${quoted(`${name}:${about}`)}`).join('\n')}
      )
      _describe command commands
      ;;
    rest)
      case $line[1] in
${node.commands.map(({ name }) => `        ${name}) ${zshName([...node.path, name])} ;;`).join('\n')}
      esac
      ;;
  esac
}`;
}

function zsh(places: readonly Place[]): string {
  const functions = places.map(zshFunction);
  return `#compdef ${PROGRAMS.join(' ')}
# zsh completion for ${PROGRAMS.join(' and ')}
${functions.join('\n')}
if [[ $funcstack[1] == _xano ]]; then
  _xano "$@"
else
  compdef _xano ${PROGRAMS.join(' ')}
fi
`;
}

function fish(places: readonly Place[]): string {
  const text = (words: string): string => `'${words.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const behind = ({ takes, choices }: Flag): string =>
    ({
      nothing: '',
      value: ' -x',
      file: ' -r -F',
      folder: " -x -a '(__fish_complete_directories)'",
      choice: ` -x -a ${text(choices.join(' '))}`,
    })[takes];
  const lines = places.flatMap(({ path, commands, words, flags }) => {
    const within = `-n ${text(['__xano_within', ...path].join(' '))}`;
    const here = `-n ${text(['__xano_at', ...path].join(' '))}`;
    return [
      ...commands.map(({ name, about }) => `complete -c xano ${here} -a ${name} -d ${text(about)}`),
      ...words.map((word) => `complete -c xano ${here} -a ${word}`),
      ...flags.map(
        (flag) =>
          `complete -c xano ${commands.length > 0 ? here : within} -l ${flag.long.slice(2)}${flag.short === undefined ? '' : ` -s ${flag.short.slice(1)}`}${behind(flag)} -d ${text(flag.about)}`,
      ),
    ];
  });
  return `# fish completion for ${PROGRAMS.join(' and ')}
function __xano_words
    set -l words (commandline -opc)
    string match -v -- '-*' $words[2..-1]
end
function __xano_within
    set -l words (__xano_words)
    set -l many (count $argv)
    test (count $words) -ge $many; and test "$words[1..$many]" = "$argv"
end
function __xano_at
    test "$(__xano_words | string join ' ')" = "$argv"
end
complete -c xano -f
${lines.join('\n')}
complete -c xano-connector -w xano
`;
}
