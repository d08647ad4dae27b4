import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { ApiError } from '../errors.js';

const decoders = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

function tooLarge(limit: number): ApiError {
  return new ApiError(413, `The request is larger than ${limit} bytes: send fewer rows at a time`);
}

/** The request's body, unpacked, of at most `limit` bytes both packed and unpacked. Throws an ApiError (413, 400). */
export async function readBody(request: Request, limit: number): Promise<Buffer> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > limit) throw tooLarge(limit);
  // Every piece is copied to its place at once: to keep them all and join them takes twice as long.
  let body = Buffer.allocUnsafe(announced);
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    const end = size + chunk.byteLength;
    if (end > limit) throw tooLarge(limit);
    if (end > body.length) body = Buffer.concat([body.subarray(0, size)], Math.max(end, 2 * size));
    body.set(chunk, size);
    size = end;
  }
  return unpack(body.subarray(0, size), request.headers.get('content-encoding'), limit);
}

async function unpack(body: Buffer, encoding: string | null, limit: number): Promise<Buffer> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return body;
  const decode = decoders.get(name);
  if (!decode) throw new ApiError(400, `Content-Encoding ${name} is not supported: use gzip`);
  try {
    return await decode(body, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(limit);
    throw new ApiError(400, `The body is not valid ${name}`);
  }
}

/** The fields of a form, `multipart/form-data` or urlencoded. Throws an ApiError (400, 413). */
export async function readForm(request: Request, limit: number): Promise<FormData> {
  const contentType = request.headers.get('content-type') ?? '';
  const body = await readBody(request, limit);
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- meant for streams; this body is whole and bounded
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw new ApiError(400, `The body is not a form (Content-Type: ${contentType || 'none'})`);
  }
}

/** The body as UTF-8. Throws an ApiError. */
export async function readText(request: Request, limit: number): Promise<string> {
  return (await readBody(request, limit)).toString('utf8');
}
