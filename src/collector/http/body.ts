import { promisify } from 'node:util';
import { gunzip as gunzipWithCallback } from 'node:zlib';
import { HttpError } from './error.js';

const gunzip = promisify(gunzipWithCallback);

/**
 * The decompressed body of a request, at most `limit` bytes compressed and decompressed. The stream is read no further
 * than the limit, whatever length the headers claim.
 *
 * @throws {HttpError} 413 too large, 415 unknown encoding, 400 not in the encoding that its header names
 */
export async function readBody(request: Request, limit: number): Promise<Buffer> {
  const encoding = (request.headers.get('content-encoding') ?? 'identity').trim().toLowerCase();
  if (!['identity', '', 'gzip'].includes(encoding))
    throw new HttpError(415, `Content-Encoding ${encoding} is not taken: send gzip or none`);
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit);
  const body = await collect(request, limit);
  if (encoding !== 'gzip') return body;
  try {
    return await gunzip(body, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(limit);
    throw new HttpError(400, 'The body is not gzip');
  }
}

async function collect(request: Request, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, `The body is larger than ${limit} bytes: send fewer records at a time`);
}
