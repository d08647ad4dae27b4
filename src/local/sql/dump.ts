/** Reads the engine's dump of a parsed statement. */
import { isJoinGet } from './join-get.js';
import { isRowMaker, type FirstArgument } from './row-maker.js';

/** A function, a table or a name in a statement, as the engine has parsed it. */
export interface Mention {
  /** `table` is one that the engine has already looked up; a name may still turn out to be a table. */
  kind: 'function' | 'table function' | 'lambda' | 'name' | 'table' | 'common table';
  /** For a lambda, its alias. */
  name: string;
  /** Where a bare name is used: the function whose argument it is, or the part of the query. */
  within: { kind: 'function' | 'part'; name: string };
  hasAlias: boolean;
}

interface Line {
  indent: number;
  text: string;
}

/**
 * Reads the answer to `EXPLAIN QUERY TREE run_passes = 0` for a SELECT. For it, the engine has parsed the query, but
 * neither looked anything up nor computed anything. An alias is printed as it was written, so the name of the function
 * is the last match.
 */
export function readQueryTree(dump: string): Mention[] {
  return readLines(dump, (line, above) => {
    // The text of a constant may be anything; it is escaped, and no alias comes before it here.
    if (/^CONSTANT id: \d+, constant_value: /.test(line.text)) return undefined;
    const called = /^.*(?<!table_)function_name: (.*?)(?:, function_type: \w+.*)?$/.exec(line.text)?.[1];
    if (called !== undefined) return mention('function', called);
    const table = /^.*table_function_name: (.*?)(?:, .*)?$/.exec(line.text)?.[1];
    if (table !== undefined) return mention('table function', table);
    const lambda = /^LAMBDA id: \d+, alias: (.*)$/.exec(line.text)?.[1];
    if (lambda !== undefined) return mention('lambda', lambda);
    const common = /^(?:QUERY|UNION) id: .*cte_name: (.*?)(?:, \w+: .*)?$/.exec(line.text)?.[1];
    if (common !== undefined) return mention('common table', common);
    const stored = /^TABLE id: .*table_name: (.*)$/.exec(line.text)?.[1];
    if (stored !== undefined) return mention('table', stored);
    const name = /^IDENTIFIER id: .*identifier: (.*?)(?:, (?:final|sample_size): .*)?$/.exec(line.text)?.[1];
    if (name === undefined) return undefined;
    const parts = above.filter(({ text }) => !text.startsWith('LIST id: '));
    const [part, owner] = [parts.at(-1)?.text.trim() ?? '', parts.at(-2)?.text ?? ''];
    const taker = part === 'ARGUMENTS' ? /function_name: (.*), function_type/.exec(owner)?.[1] : undefined;
    const isSorted = part.startsWith('EXPRESSION') && owner.startsWith('SORT id: ');
    return {
      kind: 'name',
      name,
      within:
        taker === undefined
          ? { kind: 'part', name: isSorted ? 'ORDER BY' : part }
          : { kind: 'function', name: taker },
      hasAlias: /^IDENTIFIER id: \d+, alias: /.test(line.text),
    };
  });
}

/**
 * The tables that calls of joinGet() name in the answer to `EXPLAIN QUERY TREE run_passes = 0`; undefined for a call
 * whose first argument is not a plain text.
 */
export function readJoinGets(dump: string): { call: string; table: string | undefined }[] {
  const lines = dump.split('\n').map((line) => line.trim());
  return lines.flatMap((line, index) => {
    const call = /^.*(?<!table_)function_name: (.*?)(?:, function_type: \w+.*)?$/.exec(line)?.[1] ?? '';
    // A constant may have that text.
    if (!isJoinGet(call) || line.startsWith('CONSTANT id: ')) return [];
    const [part, list, first] = lines.slice(index + 1, index + 4);
    const table = /^CONSTANT id: \d+, constant_value: '(\w+(?:\.\w+)?)', constant_value_type: String$/.exec(
      first ?? '',
    )?.[1];
    const isFirst = part === 'ARGUMENTS' && /^LIST id: \d+, nodes: \d+$/.test(list ?? '');
    return [{ call, table: isFirst ? table : undefined }];
  });
}

/** The calls of values() and generateRandom() in the answer to `EXPLAIN QUERY TREE run_passes = 0`. */
export function readRowMakers(dump: string): { name: string; first: FirstArgument }[] {
  const lines = dump.split('\n').map((line) => line.trim());
  return lines.flatMap((line, index) => {
    const name = /^TABLE_FUNCTION id: .*table_function_name: (.*?)(?:, .*)?$/.exec(line)?.[1] ?? '';
    if (!isRowMaker(name)) return [];
    const [part, list, first] = lines.slice(index + 1, index + 4);
    const isFirst = part === 'ARGUMENTS' && /^LIST id: \d+, nodes: \d+$/.test(list ?? '');
    return [{ name, first: isFirst ? firstArgument(first ?? '') : undefined }];
  });
}

function firstArgument(line: string): FirstArgument {
  if (/^FUNCTION id: \d+, function_name: /.test(line)) return 'value';
  const [, value, type] =
    /^CONSTANT id: \d+, constant_value: (.*), constant_value_type: (.*)$/.exec(line) ?? [];
  if (value === undefined) return undefined;
  if (type !== 'String') return 'value';
  const text = value.slice(1, -1).replaceAll("\\'", "'");
  return text.includes('\\') ? undefined : { text };
}

/** Reads the answer to `EXPLAIN AST` for a CREATE TABLE. */
export function readDefinition(dump: string): Mention[] {
  return readLines(dump, ({ text }, above) => {
    const called = /^Function (.*?)(?: \(.*)?$/.exec(text)?.[1];
    if (called !== undefined) return mention('function', called);
    const name = /^Identifier (.*?)(?: \(.*)?$/.exec(text)?.[1];
    if (name === undefined) return undefined;
    const owner = above.filter((line) => !line.text.startsWith('ExpressionList')).at(-1)?.text ?? '';
    const taker = /^Function (.*?)(?: \(.*)?$/.exec(owner)?.[1];
    const within = taker ?? 'definition';
    return {
      kind: 'name',
      name,
      within: { kind: taker === undefined ? 'part' : 'function', name: within },
      hasAlias: text.includes(' (alias '),
    };
  });
}

function mention(kind: Mention['kind'], name: string): Mention {
  return { kind, name, within: { kind: 'part', name: '' }, hasAlias: false };
}

/** Reads each line together with the lines that it is nested in, the outermost first. */
function readLines(
  dump: string,
  read: (line: Line, above: readonly Line[]) => Mention | undefined,
): Mention[] {
  const above: Line[] = [];
  const mentions: Mention[] = [];
  for (const raw of dump.split('\n')) {
    const text = raw.trimStart();
    const line = { indent: raw.length - text.length, text };
    while ((above.at(-1)?.indent ?? -1) >= line.indent) above.pop();
    const found = read(line, above);
    if (found) mentions.push(found);
    above.push(line);
  }
  return mentions;
}
