/** Redacts the values of secret columns in SQL: `INSERT INTO users (name, password) VALUES ('ann', 'x')`. */
import { isNothing, marker } from './marker.js';
import { secretKindOf } from './secret-names.js';

/** Matches every text that contains what this file looks for. */
export const insertHint = String.raw`\b(?:insert|replace)\s{1,9}(?:\w{1,12}\s{1,9}){0,2}into\s`;

/** Up to the first value: the table, and the columns if they are named. */
const insert =
  /\b(?:insert|replace)\s{1,9}(?:\w{1,12}\s{1,9}){0,2}into\s{1,9}([^\s(]{1,200})\s{0,9}(?:\(([^()]{1,2000})\)\s{0,9}(?:[a-z]{1,12}\s{1,9}){0,3})?values\s{0,9}(?=\()/gi;

/** A table whose rows hold a password if its columns are not named. */
const tableOfPeople = /(?:users?|accounts?|logins?|members?|admins?)["'`\]]?$/i;

/** Redacts the texts in the columns of secrets; every text if the columns are not named, but the table holds secrets. */
export function redactInserted(text: string): string {
  let safe = '';
  let done = 0;
  for (const found of text.matchAll(insert)) {
    const [all, table = '', columns] = found;
    if (found.index < done) continue;
    const kindOf = columns === undefined ? kindOfTable(table) : kindsOf(columns);
    if (kindOf === undefined) continue;
    for (const { column, from, to } of valuesFrom(text, found.index + all.length)) {
      const kind = kindOf(column);
      if (kind === undefined || isNothing(text.slice(from, to))) continue;
      safe += text.slice(done, from) + marker(kind);
      done = to;
    }
  }
  return safe + text.slice(done);
}

type KindOf = (column: number) => string | undefined;

function kindsOf(columns: string): KindOf | undefined {
  const kinds = columns.split(',').map((name) => secretKindOf(name.trim().replace(/^\W+|\W+$/g, '')));
  return kinds.some((kind) => kind !== undefined) ? (column) => kinds[column] : undefined;
}

function kindOfTable(table: string): KindOf | undefined {
  const kind =
    secretKindOf(table.replace(/\W+$/, '')) ?? (tableOfPeople.test(table) ? 'password' : undefined);
  return kind === undefined ? undefined : () => kind;
}

/** The content of each quoted value of all rows, with the number of its column. */
function* valuesFrom(text: string, begin: number): Generator<{ column: number; from: number; to: number }> {
  let depth = 0;
  let column = 0;
  for (let at = begin; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '(') {
      depth += 1;
      if (depth === 1) column = 0;
    } else if (letter === ')') depth -= 1;
    else if (letter === ',' && depth === 1) column += 1;
    else if (letter === "'" || letter === '"') {
      const to = endOfQuoted(text, at);
      // A quote outside of a row closes the text around the statement.
      if (depth === 0) return;
      yield { column, from: at + 1, to };
      at = to;
    } else if (depth === 0 && !/[\s,]/.test(letter ?? '')) return;
  }
}

/** The place of the closing quote; a doubled or escaped one is part of the value. */
function endOfQuoted(text: string, open: number): number {
  const mark = text[open];
  for (let at = open + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === mark) {
      if (text[at + 1] !== mark) return at;
      at += 1;
    }
  }
  return text.length;
}
