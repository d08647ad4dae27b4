/**
 * Sends spans over OTLP/HTTP. Source: "OTLP/HTTP" of OpenTelemetry's protocol specification 1.x: 429, 502, 503 and
 * 504 are tried again, never before Retry-After; every other failure is final.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { asCount, asObject, asText, parseObject } from '../base/json/json.js';
import { parseMessage } from '../signals/otel/protobuf.js';
import { backoff } from '../spool/retry-policy.js';
import { parseRetryAfter, plainText } from '../store/store-error.js';
import { OtlpError } from './otlp-error.js';
import { encodeTraceRequest } from './otlp-request.js';
import type { Span } from './span.js';
import type { Ms } from '../base/time/units.js';

export { OtlpError };

/** Where spans go. */
export interface OtlpTarget {
  /** Address of the signal, `…/v1/traces`. */
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** What came of sending. */
export interface OtlpOutcome {
  /** Spans that the backend took. */
  sent: number;
  /** Spans that it refused, and why, in its own words (the first of them). */
  refused: number;
  reason: string;
}

/** How long to go on. */
export interface OtlpPatience {
  /** How long one request may take. */
  timeoutMs: Ms;
  /** How long refused requests are tried again in all; 0: once. */
  retryMs: Ms;
}

/** That of an export that somebody waits for. */
export const USUAL_PATIENCE: OtlpPatience = { timeoutMs: 30_000, retryMs: 120_000 };

/** Spans a request: far below what backends take. */
export const BATCH_SPANS = 500;

/**
 * The address that spans go to, from an endpoint as OpenTelemetry's exporters take it: `/v1/traces` is added
 * unless it is there. Undefined where it is no http or https address, or holds a password.
 */
export function tracesUrl(endpoint: string): string | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  if (!/^https?:$/.test(url.protocol) || url.username !== '') return undefined;
  if (!url.pathname.endsWith('/v1/traces')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return url.href;
}

/** Reads headers as OTEL_EXPORTER_OTLP_HEADERS has them: `key=value,key=value`. Undefined where they are none. */
export function readHeaders(text: string): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [, name = '', value = ''] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    const plain = decoded(value);
    if (name === '' || plain === undefined || !/^[\x20-\x7e]*$/.test(plain)) return undefined;
    headers[name.toLowerCase()] = plain;
  }
  return headers;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Sends spans, at most {@link BATCH_SPANS} together. @throws {OtlpError} */
export async function sendSpans(
  target: OtlpTarget,
  spans: readonly Span[],
  patience: OtlpPatience,
): Promise<OtlpOutcome> {
  const body = encodeTraceRequest(spans);
  const deadline = Date.now() + patience.retryMs;
  for (let attempt = 1; ; attempt += 1) {
    const response = await post(target, body, patience.timeoutMs);
    if (response.ok) return outcomeOf(response, spans.length);
    if (response.status === 413 && spans.length > 1) return sendHalves(target, spans, patience);
    const after = parseRetryAfter(response.retryAfter, Date.now());
    const wait = backoff(attempt, after, Math.random());
    const isPassing = [429, 502, 503, 504].includes(response.status);
    if (!isPassing || Date.now() + wait > deadline) throw refusal(target, response, isPassing ? after : null);
    await sleep(wait);
  }
}

async function sendHalves(
  target: OtlpTarget,
  spans: readonly Span[],
  patience: OtlpPatience,
): Promise<OtlpOutcome> {
  const middle = Math.ceil(spans.length / 2);
  const first = await sendSpans(target, spans.slice(0, middle), patience);
  const second = await sendSpans(target, spans.slice(middle), patience);
  return {
    sent: first.sent + second.sent,
    refused: first.refused + second.refused,
    reason: first.reason === '' ? second.reason : first.reason,
  };
}

interface Answer {
  ok: boolean;
  status: number;
  type: string;
  location: string | null;
  retryAfter: string | null;
  body: Uint8Array;
}

async function post({ url, headers }: OtlpTarget, body: Uint8Array, timeoutMs: number): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: body as Uint8Array<ArrayBuffer>,
      headers: { 'content-type': 'application/x-protobuf', ...headers },
      // Data goes where the user said, and nowhere else.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return {
      ok: response.ok,
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      location: response.headers.get('location'),
      retryAfter: response.headers.get('retry-after'),
      body: new Uint8Array(await response.arrayBuffer()),
    };
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    const what = isLate ? `did not answer within ${timeoutMs} ms` : `cannot be reached: ${innermost(error)}`;
    throw new OtlpError(`${url} ${what}${hint(url)}`, null, false, { cause: error });
  }
}

/** Port 4317 is that of OTLP over gRPC wherever nobody changed it. */
function hint(url: string): string {
  return new URL(url).port === '4317' ? ' (4317 is usually gRPC; OTLP over HTTP has port 4318)' : '';
}

function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return innermost(error.cause);
  return error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
}

function outcomeOf({ type, body }: Answer, count: number): OtlpOutcome {
  const { refused, reason } = partialSuccess(type, body);
  return { sent: Math.max(0, count - refused), refused: Math.min(count, refused), reason: plainText(reason) };
}

/** What a 2xx says of spans that were refused all the same. */
function partialSuccess(type: string, body: Uint8Array): { refused: number; reason: string } {
  if (type.includes('json')) {
    const partial = asObject(parseObject(Buffer.from(body).toString('utf8'))?.partialSuccess) ?? {};
    return {
      refused: asCount(Number(partial.rejectedSpans ?? 0)) ?? 0,
      reason: asText(partial.errorMessage) ?? '',
    };
  }
  const parsed = parseMessage(body, 'ExportServiceResponse');
  const partial = 'problem' in parsed ? {} : (asObject(parsed.request.partialSuccess) ?? {});
  return {
    refused: asCount(Number(partial.rejected ?? 0)) ?? 0,
    reason: asText(partial.errorMessage) ?? '',
  };
}

/** Longest text of a refusal that is repeated: an error page is no message. */
const MAX_SAID = 300;

function refusal({ url }: OtlpTarget, answer: Answer, retryAfterMs: number | null): OtlpError {
  const { status, type, body, location } = answer;
  const text = Buffer.from(body).toString('utf8');
  const parsed = type.includes('protobuf') ? parseMessage(body, 'Status') : undefined;
  const said =
    parsed !== undefined && 'request' in parsed
      ? (asText(parsed.request.message) ?? '')
      : type.includes('html')
        ? ''
        : (asText(parseObject(text)?.message) ?? text);
  const more =
    location === null ? said.replace(/\s+/g, ' ').trim().slice(0, MAX_SAID) : `redirects to ${location}`;
  const later = retryAfterMs === null ? '' : `, try again in ${Math.ceil(retryAfterMs / 1000)} s`;
  return new OtlpError(
    `${url} answered ${status}${more === '' ? '' : `: ${more}`}${later}`,
    retryAfterMs,
    [400, 413, 422].includes(status),
  );
}
