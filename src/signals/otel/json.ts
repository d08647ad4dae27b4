/** Parses OTLP/JSON. */
import { parseObject } from '../../base/json/json.js';
import type { Request } from './decoded.js';

/**
 * Parses the body of an OTLP/JSON request.
 *
 * @param key the top-level field of such a request, e.g. `resourceLogs`. A request for another signal lacks it and is
 *  an error that its sender should see. `{}` is a request without records.
 */
export function parseRequest(body: Uint8Array, key: string): Request {
  const request = parseObject(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  if (request === undefined)
    return { problem: { name: 'not_json', message: 'The body is not a JSON object' } };
  const isEmpty = Object.keys(request).length === 0;
  if (!isEmpty && !Array.isArray(request[key]))
    return { problem: { name: 'not_otlp', message: `The body has no list "${key}"` } };
  return { request };
}
