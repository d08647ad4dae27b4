/** Requests that the SDK does not send as they are needed here: exact numbers, files from memory, streamed Parquet. */
import { TinybirdApiError, type TinybirdApi } from '@tinybirdco/sdk';
import { parseExactly } from '../base/json/exact-json.js';
import { checkedAppend, errorOf, OddAnswer } from './answers.js';
import type { AppendOutcome, ParquetSource } from './client-types.js';
import { wireParams } from './wire.js';
import type { Ms } from '../base/time/units.js';

/** Sends a query as the SDK does, but keeps long numbers exact, which the SDK would round. */
export async function answerOf(api: TinybirdApi, statement: string, timeoutMs: Ms): Promise<unknown> {
  const response = await api.request('/v0/sql', {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: statement,
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body = await response.text();
  if (!response.ok) throw new TinybirdApiError(errorOf(body), response.status);
  return parseExactly(body);
}

export function parquetPath(of: ParquetSource): string {
  if ('sql' in of) return `/v0/sql?${new URLSearchParams({ q: `${of.sql} FORMAT Parquet` }).toString()}`;
  const known = Object.entries(wireParams(of.params)).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(Object.fromEntries(known.map(([name, value]) => [name, String(value)])));
  return `/v0/pipes/${of.pipe}.parquet?${query.toString()}`;
}

export async function download(
  api: TinybirdApi,
  path: string,
  timeoutMs: Ms,
): Promise<AsyncIterable<Uint8Array>> {
  const response = await api.request(path, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new TinybirdApiError(errorOf(await response.text()), response.status);
  if (response.body === null) throw new OddAnswer('answered without a body');
  return response.body;
}

/** Sends a file as the SDK does, but from memory: the SDK reads it from disk. */
export async function sendFile(
  api: TinybirdApi,
  table: string,
  file: Uint8Array,
  timeoutMs: Ms,
): Promise<AppendOutcome> {
  const boundary = `atel-${crypto.randomUUID()}`;
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="parquet"; filename="rows.parquet"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const query = new URLSearchParams({ name: table, mode: 'append', format: 'parquet' });
  const response = await api.request(`/v0/datasources?${query.toString()}`, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body = await response.text();
  if (!response.ok) throw new TinybirdApiError(errorOf(body), response.status);
  return checkedAppend(JSON.parse(body));
}
