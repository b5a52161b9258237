// Finds regular expressions in src/ that take more than linear time on some text: a text from outside would
// stop the program, Ctrl-C included.
// Exits with 1 and names each. Every literal counts, wherever its texts come from; one built at run time
// needs a reason below.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from 'recheck';
import { parseAst } from 'rolldown/parseAst';

/** Expressions that are known and may stay, as `file: source`, each with its reason. */
const EXCEPTIONS = new Map([]);

/** Every regular expression of a file; `source` is undefined for one that is built at run time. */
function expressionsOf(file) {
  const text = readFileSync(file, 'utf8');
  const found = [];
  const walk = (node) => {
    if (Array.isArray(node)) for (const one of node) walk(one);
    else if (typeof node === 'object' && node !== null) {
      const line = () => text.slice(0, node.start).split('\n').length;
      if (node.type === 'Literal' && node.regex)
        found.push({ file, line: line(), source: node.regex.pattern, flags: node.regex.flags });
      if (/^(New|Call)Expression$/.test(node.type) && node.callee?.name === 'RegExp')
        found.push({ file, line: line(), built: text.slice(node.start, node.end) });
      for (const child of Object.values(node)) walk(child);
    }
  };
  walk(parseAst(text, { lang: 'ts' }, file));
  return found;
}

const files = readdirSync('src', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name));
const expressions = files.flatMap(expressionsOf);
const unused = new Set(EXCEPTIONS.keys());
let wrong = 0;
const refuse = ({ file, line, shown }, verdict) => {
  wrong++;
  const reason = verdict.complexity?.summary ?? verdict.error?.kind ?? '';
  console.error(`${file}:${line}: ${shown}: ${verdict.status} ${reason}`.trimEnd());
};
/** Expressions that are checked once more, one after the other. */
const doubted = [];
await Promise.all(
  expressions.map(async ({ file, line, source, flags, built }) => {
    const shown = built ?? `/${source}/${flags}`;
    if (EXCEPTIONS.has(`${file}: ${shown}`)) {
      unused.delete(`${file}: ${shown}`);
      return;
    }
    const verdict =
      built === undefined ? await check(source, flags, { timeout: 60_000 }) : { status: 'built at run time' };
    if (verdict.status === 'safe') return;
    const expression = { file, line, shown, source, flags };
    if (verdict.checker === 'fuzz') doubted.push(expression);
    else refuse(expression, verdict);
  }),
);
// The fuzzer tries its attack against the clock: beside a busy compiler it called /^"([^"\\]{1,100})"/
// polynomial.
for (const expression of doubted) {
  let verdict;
  for (let tries = 0; tries < 3 && verdict?.status !== 'safe'; tries++)
    verdict = await check(expression.source, expression.flags, { timeout: 60_000 });
  if (verdict.status !== 'safe') refuse(expression, verdict);
}
for (const name of unused) {
  wrong++;
  console.error(`check-regexes.js: the exception is not needed any more: ${name}`);
}
console.log(`${expressions.length} regular expressions checked, ${wrong} refused.`);
process.exit(wrong === 0 ? 0 : 1);
