/** Reads the file of a request: its body, a part of its form, or what an address on this machine serves. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { readBody } from '../../base/loopback/body.js';
import { HttpError } from '../../base/loopback/http-error.js';
import { isLoopbackName } from '../../base/loopback/guard.js';
import { ApiError, messageOf } from '../errors.js';
import { fileFormats, type FileFormat, type SentFile } from '../workspace/append.js';
import { formFields } from './form.js';
import { readParts } from './multipart.js';

/** How long an address may take to serve its file, milliseconds. */
const FETCH_MS = 60_000;

interface NamedBytes {
  bytes: Buffer;
  /** A file's name or an address. */
  name: string;
}

/**
 * The file of a request, unpacked if it is a gzip file; undefined if it has none.
 *
 * @throws {ApiError | HttpError} 400, 413, 415
 */
export async function readFile(request: Request, limit: number): Promise<SentFile | undefined> {
  const query = new URL(request.url).searchParams;
  const source = await sourceOf(request, query, limit);
  if (source === undefined || source.bytes.length === 0) return undefined;
  const dialect = (key: string) => query.get(`dialect_${key}`) ?? undefined;
  const [delimiter, newLine, escape] = [dialect('delimiter'), dialect('new_line'), dialect('escapechar')];
  for (const [key, value] of Object.entries({ delimiter, escapechar: escape })) {
    if (value !== undefined && (value.length !== 1 || value === '"' || value === '\n')) {
      throw new ApiError(400, `dialect_${key} is one character, not ${JSON.stringify(value)}`);
    }
  }
  if (newLine === '') throw new ApiError(400, 'dialect_new_line is empty');
  return {
    format: formatOf(query.get('format'), source.name),
    bytes: await unpacked(source.bytes, limit),
    dialect: { delimiter, newLine, escape },
  };
}

async function sourceOf(
  request: Request,
  query: URLSearchParams,
  limit: number,
): Promise<NamedBytes | undefined> {
  const contentType = request.headers.get('content-type') ?? '';
  const body = await readBody(request, limit);
  const isForm = contentType.includes('application/x-www-form-urlencoded');
  const inForm = isForm ? new Map(await formFields(body, contentType)).get('url') : undefined;
  const url = query.get('url') ?? inForm;
  if (url !== undefined) return { bytes: await fetchLocal(url, limit), name: new URL(url).pathname };
  if (isForm) return undefined;
  const parts = readParts(body, contentType);
  if (parts === undefined) return { bytes: body, name: '' };
  const file =
    parts.find(({ filename }) => filename !== undefined) ?? parts.find(({ name }) => name === 'csv');
  return file && { bytes: file.content, name: file.filename ?? '' };
}

function formatOf(given: string | null, name: string): FileFormat {
  const [, extension = 'csv'] = /\.(\w+)(?:\.gz)?$/.exec(name) ?? [];
  const wanted = given ?? (extension === 'jsonl' ? 'ndjson' : extension);
  const known = fileFormats.find((format) => format === wanted.toLowerCase());
  if (known !== undefined) return known;
  if (given === null) return 'csv';
  throw new ApiError(400, `format=${given} is not supported: send ${fileFormats.join(', ')}`);
}

async function unpacked(bytes: Buffer, limit: number): Promise<Buffer> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError)
      throw new HttpError(413, `The file is larger than ${limit} bytes unpacked`);
    throw new ApiError(400, 'The file is not a whole gzip file');
  }
}

/** What an address on this machine serves. This server opens no connection to another machine. */
async function fetchLocal(text: string, limit: number): Promise<Buffer> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ApiError(400, `"${text}" is not an http address`);
  }
  if (!isLoopbackName(url.hostname)) {
    throw new ApiError(
      400,
      `The local server fetches files from this machine only (localhost, 127.0.0.1, [::1]), not from ${url.hostname}: download the file, then send it`,
    );
  }
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS) }).catch(
    (error: unknown) => {
      const { cause } = error as { cause?: unknown };
      throw new ApiError(400, `${url.href} cannot be fetched: ${messageOf(cause ?? error)}`);
    },
  );
  if (!answer.ok) throw new ApiError(400, `${url.href} answers ${answer.status}`);
  // Its content is unpacked by fetch already.
  const plain = new Request(url, { method: 'POST', body: answer.body, duplex: 'half' });
  return readBody(plain, limit);
}
