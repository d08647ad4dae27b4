import { cleanEngineMessage } from '../engine/engine-error.js';

const longestToken = 40;

/**
 * The engine's message as a caller may see it: what is wrong and the error's name, without the query that it was
 * found in. That one is spelt out over tables and pipes, which the caller may not know.
 */
export function messageWithoutQuery(message: string): string {
  const clean = cleanEngineMessage(message);
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
