/**
 * Writes the tables of docs/privacy.md from the allow-lists in src/signals/privacy.
 * Usage: npm run privacy             fails if a table of the page is stale
 *        npm run privacy -- --write  writes them
 */
import { readFileSync, writeFileSync } from 'node:fs';
import process, { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import * as datasources from '../src/datasources/index.js';
import { columnRules, holdsText, textColumns } from '../src/signals/privacy/columns.js';
import { contentKinds, hookContents, MOST_CHARACTERS } from '../src/signals/privacy/contents.js';
import { keptAtTier1 } from '../src/signals/privacy/event.js';

export const page = fileURLToPath(new URL('../docs/privacy.md', import.meta.url));

const code = (names: readonly string[]) =>
  names.length === 0 ? 'none' : names.map((name) => `\`${name}\``).join(', ');
const rowsOf = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** The fields of each hook event, by the tier that keeps them. */
function hookTable(): string {
  const events = [...new Set([...keptAtTier1.keys(), ...Object.keys(hookContents)])];
  const fieldsAt = (event: string, tier: number) =>
    Object.entries(hookContents[event] ?? {})
      .filter(([, kind]) => contentKinds[kind] === tier)
      .map(([field]) => field);
  const rows = events.map((event) => [
    event,
    code(keptAtTier1.get(event) ?? []),
    code(fieldsAt(event, 2)),
    code(fieldsAt(event, 3)),
  ]);
  return rowsOf(
    ['event', 'tier 1', 'tier 2 adds', 'tier 3 adds'],
    [...rows, ['any other', 'none', 'none', 'none']],
  );
}

/** The kinds of text, each with its tier. */
function kindTable(): string {
  const rows = Object.entries(contentKinds).map(([kind, tier]) => [`\`${kind}\``, String(tier)]);
  return `${rowsOf(['kind of text', 'from tier'], rows)}\n\nEach is cut at ${MOST_CHARACTERS.toLocaleString('en')} characters.`;
}

interface TableColumns {
  table: string;
  columns: { column: string; isText: boolean }[];
}

/** Every column of every table. */
export function allColumns(): TableColumns[] {
  return Object.values(datasources).map(({ _name: table, _schema: schema }) => ({
    table,
    columns: Object.entries(schema).map(([column, { type }]) => ({
      column,
      isText: holdsText((type as { _tinybirdType: string })._tinybirdType),
    })),
  }));
}

/** The rules of text columns, and the columns of each table by rule. */
function columnTable(): string {
  const rules = Object.entries(columnRules).map(([rule, meaning]) => [rule, meaning]);
  const rows = allColumns().map(({ table, columns }) => [
    `\`${table}\``,
    [
      ...Object.keys(columnRules).flatMap((rule) => {
        const own = columns.filter(({ column, isText }) => isText && textColumns[column] === rule);
        return own.length === 0 ? [] : [`${rule}: ${code(own.map(({ column }) => column))}`];
      }),
      `numbers, times, flags: ${code(columns.filter(({ isText }) => !isText).map(({ column }) => column))}`,
    ].join('; '),
  ]);
  return `${rowsOf(['rule', 'what a column may hold'], rules)}\n\n${rowsOf(['table', 'columns by rule'], rows)}`;
}

const tables: Readonly<Record<string, () => string>> = {
  hooks: hookTable,
  kinds: kindTable,
  columns: columnTable,
};

/** The page with its tables as the allow-lists are. @throws {Error} if the page lacks the place of a table */
export async function written(text: string): Promise<string> {
  let page = text;
  for (const [name, make] of Object.entries(tables)) {
    const place = new RegExp(`(<!-- ${name}: [^\\n]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!place.test(page))
      throw new Error(`docs/privacy.md has no place <!-- ${name}: … --> … <!-- /${name} -->`);
    page = page.replace(place, (_, open: string, close: string) => `${open}\n${make()}\n\n${close}`);
  }
  return format(page, { ...(await resolveConfig(fileURLToPath(import.meta.url))), parser: 'markdown' });
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const before = readFileSync(page, 'utf8');
  const after = await written(before);
  if (argv.includes('--write')) writeFileSync(page, after);
  else if (after !== before) {
    process.stderr.write('docs/privacy.md is stale: npm run privacy -- --write\n');
    process.exitCode = 1;
  }
}
