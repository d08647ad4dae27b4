/** Cleans the engine's messages for callers. */
import { cleanEngineMessage } from '../engine/engine-error.js';

const longestToken = 40;

/** A table of this server as the engine names it, with its database and sometimes its id. */
const tableName = /`?\bws_local(?:__\w+)?`?\.(`?)(\w+)\1(?: \([0-9a-f]{8}-[0-9a-f-]{27}\))?/g;

/** The text with tables named as the project names them. */
export function withoutDatabases(text: string): string {
  return text.replaceAll(tableName, '$2');
}

/**
 * The engine's message for a caller: the cause and the name of the error, without the query, which contains the SQL of
 * tables and pipes that the caller may not be allowed to see.
 */
export function messageWithoutQuery(message: string): string {
  const clean = withoutDatabases(cleanEngineMessage(message));
  const name = / ?\(([A-Z][A-Z0-9_]+)\)$/.exec(clean)?.[0] ?? '';
  const text = clean.slice(0, clean.length - name.length);
  const syntax = /^Syntax error: failed at position \d+ \((.*?)\)(?: \(line (\d+), col (\d+)\))?:/s.exec(
    text,
  );
  if (syntax) {
    const [, token = '', line, column] = syntax;
    const place = line === undefined ? '' : ` in line ${Number(line) - 1}, column ${column}`;
    return `Syntax error at ${token.slice(0, longestToken)}${place}.${name}`;
  }
  const end = text.search(/[:.]? (?:in scope |while (?:executing|processing) )|[:.]? Maybe you meant: /i);
  return `${(end < 0 ? text : text.slice(0, end)).replace(/[.:]+$/, '')}.${name}`;
}
