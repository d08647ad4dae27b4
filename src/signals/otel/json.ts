import { parseObject } from '../../base/json/json.js';
import type { Request } from './decoded.js';

/**
 * Reads the body of an OTLP/JSON request.
 *
 * @param key the field that such a request has, e.g. `resourceLogs`: a request for another signal is a mistake
 *   that its sender should hear of. `{}` is a request without records.
 */
export function parseRequest(body: Uint8Array, key: string): Request {
  const request = parseObject(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  if (request === undefined) return { problem: { name: 'not_json', message: 'The body is no JSON object' } };
  const isEmpty = Object.keys(request).length === 0;
  if (!isEmpty && !Array.isArray(request[key]))
    return { problem: { name: 'not_otlp', message: `The body has no list "${key}"` } };
  return { request };
}
