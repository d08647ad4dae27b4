/** Reads the body of a request, up to a limit. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { HttpError } from './http-error.js';

const decoders = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/**
 * The body of a request, unpacked. At most `limit` bytes, packed and unpacked: the stream is read to its limit and no
 * further, whatever length the headers report, and a small body that unpacks to gigabytes is given up at the limit.
 *
 * @throws {HttpError} 413 too large, 415 packed in another way, 400 not what its header says
 */
export async function readBody(request: Request, limit: number): Promise<Buffer> {
  const encoding = (request.headers.get('content-encoding') ?? '').trim().toLowerCase() || 'identity';
  const decode = decoders.get(encoding);
  if (decode === undefined && encoding !== 'identity')
    throw new HttpError(415, `Content-Encoding ${encoding} is not supported: send gzip or none`);
  const body = await collect(request, limit);
  if (decode === undefined) return body;
  try {
    return await decode(body, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(limit);
    throw new HttpError(400, `The body is not valid ${encoding}`);
  }
}

async function collect(request: Request, limit: number): Promise<Buffer> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > limit) throw tooLarge(limit);
  // Every piece is copied to its place at once: to keep them all and join them takes twice as long.
  let body = Buffer.allocUnsafe(announced);
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    const end = size + chunk.byteLength;
    if (end > limit) throw tooLarge(limit);
    if (end > body.length)
      body = Buffer.concat([body.subarray(0, size)], Math.min(limit, Math.max(end, 2 * size)));
    body.set(chunk, size);
    size = end;
  }
  return body.subarray(0, size);
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, `The body is larger than ${limit} bytes: send less at a time`);
}
