/** Reads the template parameters of a request. */
import { parseObject } from '../../base/json/json.js';
import { ApiError } from '../errors.js';
import type { RequestParameters } from '../template/template.js';

/** Query keys that control the request and are never template parameters. */
const reserved = new Set([
  'token',
  'from',
  'q',
  'format',
  'pipeline',
  'output_format_json_quote_64bit_integers',
  'output_format_json_quote_denormals',
]);

/** Template parameters from the query string; a repeated key becomes a list. */
export function queryParameters(url: URL): Map<string, string | string[]> {
  const parameters = new Map<string, string | string[]>();
  for (const key of new Set(url.searchParams.keys())) {
    if (reserved.has(key)) continue;
    const values = url.searchParams.getAll(key);
    parameters.set(key, values.length > 1 ? values : (values[0] ?? ''));
  }
  return parameters;
}

/** Adds the parameters of a POST body, JSON or form. Throws an ApiError (400). */
export function bodyParameters(
  into: Map<string, string | string[]>,
  text: string,
  contentType: string,
): RequestParameters {
  if (text.trim() === '') return into;
  if (contentType.includes('application/x-www-form-urlencoded')) {
    for (const [key, value] of new URLSearchParams(text)) if (!reserved.has(key)) into.set(key, value);
    return into;
  }
  const given = parseObject(text);
  if (given === undefined) throw new ApiError(400, 'The body is not a JSON object of parameters');
  for (const [key, value] of Object.entries(given)) {
    if (reserved.has(key) || value === null || value === undefined) continue;
    into.set(key, Array.isArray(value) ? value.map(textOf) : textOf(value));
  }
  return into;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** True when the caller asks for 64-bit integers as text. */
export function wantsQuoted64(url: URL): boolean {
  return url.searchParams.get('output_format_json_quote_64bit_integers') === '1';
}
