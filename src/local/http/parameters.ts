/** Reads what a request asks for: the parameters of templates, and the keys that control the request itself. */
import { readBody } from '../../base/loopback/body.js';
import { parseObject } from '../../base/json/json.js';
import { ApiError } from '../errors.js';
import { formFields } from './form.js';

/** Keys that control the request and are never template parameters. */
const reserved = new Set([
  'token',
  'from',
  'q',
  'format',
  'pipeline',
  'output_format_json_quote_64bit_integers',
  'output_format_json_quote_denormals',
]);

/** The content of a request for an answer. */
export interface Call {
  /** Template parameters; a repeated key is a list. */
  parameters: Map<string, string | string[]>;
  /** The reserved keys that were given; the query string wins over the body. */
  controls: ReadonlyMap<string, string>;
}

/**
 * Reads the query string and, of a POST or PUT, the body: a form or a JSON object of the same keys.
 *
 * @param takesSql whether a body that is neither is the query `q`
 * @throws {ApiError | HttpError} 400, 413, 415
 */
export async function readCall(request: Request, limit: number, takesSql: boolean): Promise<Call> {
  const fields = new Map<string, string | string[]>();
  if (request.method === 'POST' || request.method === 'PUT') {
    const body = await readBody(request, limit);
    for (const [key, value] of await bodyFields(body, request.headers.get('content-type') ?? '', takesSql)) {
      fields.set(key, value);
    }
  }
  for (const [key, value] of grouped(new URL(request.url).searchParams)) fields.set(key, value);
  const call = { parameters: new Map<string, string | string[]>(), controls: new Map<string, string>() };
  for (const [key, value] of fields) {
    if (!reserved.has(key)) call.parameters.set(key, value);
    else call.controls.set(key, typeof value === 'string' ? value : (value.at(-1) ?? ''));
  }
  return call;
}

type Fields = Iterable<[string, string | string[]]>;

async function bodyFields(body: Buffer, contentType: string, takesSql: boolean): Promise<Fields> {
  const text = body.toString('utf8');
  if (text.trim() === '') return [];
  if (/form-urlencoded|form-data/.test(contentType)) {
    // `curl -d 'SELECT 1'` calls any body a form.
    if (takesSql && !contentType.includes('form-data') && startsSql.test(text)) return [['q', text]];
    return grouped(await formFields(body, contentType));
  }
  const given = parseObject(text);
  if (given === undefined && takesSql) return [['q', text]];
  if (given === undefined) throw new ApiError(400, 'The body is not a JSON object of parameters');
  return Object.entries(given).flatMap(([key, value]): [string, string | string[]][] =>
    value === null || value === undefined ? [] : [[key, parameterOf(value)]],
  );
}

const startsSql = /^\s*(?:%|\(|select\b|with\b|from\b)/i;

/** Repeated keys as lists. */
function grouped(entries: Iterable<[string, string]>): Map<string, string | string[]> {
  const fields = new Map<string, string | string[]>();
  for (const [key, value] of entries) {
    const known = fields.get(key);
    fields.set(key, known === undefined ? value : [known, value].flat());
  }
  return fields;
}

/** A JSON value as the query string would give it: a list as a list of texts, anything else as one text. */
export function parameterOf(value: unknown): string | string[] {
  return Array.isArray(value) ? value.map(textOf) : textOf(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
