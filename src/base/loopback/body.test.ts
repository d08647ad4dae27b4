import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBody } from './body.js';
import { HttpError } from './http-error.js';

const LIMIT = 1_000;

/** A request whose body comes in pieces, as from a socket. */
function requestOf(pieces: Iterable<Uint8Array>, headers: Record<string, string> = {}): Request {
  const body = ReadableStream.from<Uint8Array>(pieces);
  return new Request('http://localhost/', { method: 'POST', headers, body, duplex: 'half' });
}

const bytes = (length: number) => new Uint8Array(length).fill(120);
const read = async (pieces: Iterable<Uint8Array>, headers?: Record<string, string>) =>
  (await readBody(requestOf(pieces, headers), LIMIT)).toString();

const packers = [
  ['gzip', gzipSync],
  ['GZIP ', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const;

describe('a body', () => {
  it('a body is read completely, with or without its length, in any number of pieces', async () => {
    const text = 'x'.repeat(LIMIT);
    expect(await read([bytes(LIMIT)])).toBe(text);
    expect(await read([bytes(LIMIT)], { 'content-length': String(LIMIT) })).toBe(text);
    expect(await read(Array.from({ length: LIMIT }, () => bytes(1)))).toBe(text);
    expect(await read([bytes(400), bytes(0), bytes(600)], { 'content-length': '10' })).toBe(text);
    expect(await read([])).toBe('');
    expect((await readBody(new Request('http://localhost/'), LIMIT)).byteLength).toBe(0);
  });

  it.each(packers)('a body in %s is unpacked', async (encoding, pack) => {
    expect(await read([pack('x'.repeat(LIMIT))], { 'content-encoding': encoding })).toBe('x'.repeat(LIMIT));
  });

  it.each(['identity', '', ' '])('a body with Content-Encoding "%s" is not unpacked', async (encoding) => {
    expect(await read([bytes(3)], { 'content-encoding': encoding })).toBe('xxx');
  });
});

describe('a body that is too large', () => {
  const refused = new HttpError(413, 'The body is larger than 1000 bytes: send less at a time');

  it('a body is refused by the length in its headers without being read', async () => {
    const request = requestOf([bytes(1)], { 'content-length': String(LIMIT + 1) });
    await expect(readBody(request, LIMIT)).rejects.toThrow(refused);
    expect(request.bodyUsed).toBe(false);
  });

  it('a body is read only up to the limit, whatever its headers say', async () => {
    let given = 0;
    function* endless() {
      for (;;) {
        given += 1;
        yield bytes(100);
      }
    }
    await expect(read(endless(), { 'content-length': '5' })).rejects.toThrow(refused);
    // Ten pieces fill it, the next is too much, and a stream reads a few ahead.
    expect(given).toBeLessThan(20);
  });

  it.each(packers)(
    'a body that exceeds the limit when unpacked from %s is given up at the limit',
    async (encoding, pack) => {
      const bomb = pack('x'.repeat(LIMIT + 1));
      expect(bomb.byteLength).toBeLessThan(100);
      await expect(read([bomb], { 'content-encoding': encoding })).rejects.toThrow(refused);
    },
  );

  it('a body of many gzip members is given up at the limit', async () => {
    const bomb = Buffer.concat([gzipSync('x'.repeat(600)), gzipSync('x'.repeat(600))]);
    await expect(read([bomb], { 'content-encoding': 'gzip' })).rejects.toThrow(refused);
  });
});

describe('a body that is not what its header says', () => {
  it.each(packers)('an invalid body is refused: %s', async (encoding, pack) => {
    const headers = { 'content-encoding': encoding };
    const said = `The body is not valid ${encoding.trim().toLowerCase()}`;
    for (const body of [bytes(20), pack('text').subarray(0, -3), new Uint8Array()])
      await expect(read([body], headers)).rejects.toThrow(new HttpError(400, said));
  });

  it.each(['zstd', 'gzip, gzip', 'compress', 'constructor'])(
    'an unsupported encoding is refused without reading the body: %s',
    async (encoding) => {
      const request = requestOf([bytes(1)], { 'content-encoding': encoding });
      await expect(readBody(request, LIMIT)).rejects.toMatchObject({ status: 415 });
      expect(request.bodyUsed).toBe(false);
    },
  );
});
