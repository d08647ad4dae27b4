/**
 * Sends spans over OTLP/HTTP. Source: "OTLP/HTTP" in OpenTelemetry's protocol specification 1.x: 429, 502, 503 and 504
 * are retried, never before Retry-After; every other failure is final.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { asCount, asObject, asText, parseObject } from '../base/json/json.js';
import { parseMessage } from '../signals/otel/protobuf.js';
import { backoff } from '../spool/retry-policy.js';
import { parseRetryAfter, withoutControls } from '../store/store-error.js';
import { OtlpError } from './otlp-error.js';
import { encodeTraceRequest } from './otlp-request.js';
import type { Span } from './span.js';
import type { Ms } from '../base/time/units.js';

export { OtlpError };

/** An endpoint. */
export interface OtlpTarget {
  /** Address of the traces signal, `…/v1/traces`. */
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** The result of sending. */
export interface OtlpOutcome {
  /** Spans that the backend accepted. */
  sent: number;
  /** Spans that it refused, and its reason for the first of them. */
  refused: number;
  reason: string;
}

/** Time limits of sending. */
export interface OtlpPatience {
  /** Deadline of one request, milliseconds. */
  timeoutMs: Ms;
  /** How long failed requests are retried in all, milliseconds; 0 for one attempt. */
  retryMs: Ms;
}

/** The limits for an export that a user waits for. */
export const USUAL_PATIENCE: OtlpPatience = { timeoutMs: 30_000, retryMs: 120_000 };

/** Spans per request, far below the limits of backends. */
export const BATCH_SPANS = 500;

/**
 * The traces address of an endpoint, by the rules of OpenTelemetry's exporters: `/v1/traces` is added if it is missing.
 * Undefined if it is not an http or https address, or contains a password.
 */
export function tracesUrl(endpoint: string): string | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  if (!/^https?:$/.test(url.protocol) || url.username !== '') return undefined;
  if (!url.pathname.endsWith('/v1/traces')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return url.href;
}

/** Parses headers in the format of OTEL_EXPORTER_OTLP_HEADERS, `key=value,key=value`. Undefined if they are invalid. */
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

/** Sends spans, at most {@link BATCH_SPANS} per request. @throws {OtlpError} */
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

async function post({ url, headers }: OtlpTarget, body: Uint8Array, timeoutMs: Ms): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: body as Uint8Array<ArrayBuffer>,
      headers: { 'content-type': 'application/x-protobuf', ...headers },
      // A redirect is not followed: data goes only where the user said.
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

/** Port 4317 is the default of OTLP over gRPC. */
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
  return {
    sent: Math.max(0, count - refused),
    refused: Math.min(count, refused),
    reason: withoutControls(reason),
  };
}

/** Reads the partial success in a 2xx: the spans that were refused. */
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

/** Longest part of a refusal that is repeated: it may be a whole error page. */
const MAX_SAID = 300;

function refusal({ url }: OtlpTarget, answer: Answer, retryAfterMs: Ms | null): OtlpError {
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
