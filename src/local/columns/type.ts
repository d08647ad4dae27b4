/** A ClickHouse type as a tree: `Array(Nullable(Int32))` → Array of Nullable of Int32. */
export interface TypeNode {
  name: string;
  /** The type as written. */
  text: string;
  /** Arguments that are types, in order (named tuple members carry their name). */
  args: TypeArgument[];
}

interface TypeArgument {
  /** The argument as written, without its member name. */
  text: string;
  /** Tuple member's name. */
  label: string | undefined;
  type: TypeNode;
}

/**
 * Parses a type. It never fails: what is not a type (a number, a string, a function) becomes a node without arguments.
 */
export function parseType(text: string): TypeNode {
  const trimmed = text.trim();
  const open = trimmed.indexOf('(');
  if (open < 0 || !trimmed.endsWith(')')) return { name: trimmed, text: trimmed, args: [] };
  const args = splitTopLevel(trimmed.slice(open + 1, -1)).map(parseArgument);
  return { name: trimmed.slice(0, open).trim(), text: trimmed, args };
}

function parseArgument(text: string): TypeArgument {
  const [, quoted, bare, rest] = /^(?:`([^`]+)`|([A-Za-z_]\w*))\s+([A-Za-z].*)$/s.exec(text) ?? [];
  const label = quoted ?? bare;
  const type = label === undefined ? text : (rest ?? '');
  return { text: type, label, type: parseType(type) };
}

/** Splits at commas outside parentheses and quotes. */
function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "'") at = quoteEnd(text, at);
    else if (char === '(' || char === '[') depth += 1;
    else if (char === ')' || char === ']') depth -= 1;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = text.slice(start).trim();
  if (last !== '') parts.push(last);
  return parts;
}

function quoteEnd(text: string, open: number): number {
  let at = open + 1;
  while (at < text.length && text.charAt(at) !== "'") at += text.charAt(at) === '\\' ? 2 : 1;
  return at;
}

/** The type in which a value of this column is sent: without LowCardinality and SimpleAggregateFunction. */
export function valueType(type: TypeNode): TypeNode {
  const inner =
    type.name === 'LowCardinality'
      ? type.args[0]
      : type.name === 'SimpleAggregateFunction'
        ? type.args[1]
        : undefined;
  return inner ? valueType(inner.type) : type;
}

/** True for `Nullable(T)` and `LowCardinality(Nullable(T))`. */
export function isNullable(type: TypeNode): boolean {
  return valueType(type).name === 'Nullable';
}
