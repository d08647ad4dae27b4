import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeMessage } from '../signals/otel/protobuf.js';
import { decodeTracesProtobuf } from '../signals/otel/traces/protobuf.js';
import { readHeaders, sendSpans, tracesUrl } from './otlp-http.js';
import { spanIdOf, traceIdOf, type Span } from './span.js';

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

const target = { url: 'http://otel.test/v1/traces', headers: { 'x-key': 'k' } };
const once = { timeoutMs: 5_000, retryMs: 0 };

const spans = (count: number): Span[] =>
  Array.from({ length: count }, (_, n) => ({
    traceId: traceIdOf('session', 's'),
    spanId: spanIdOf('tool', String(n)),
    parentSpanId: '',
    name: 'execute_tool Bash',
    kind: 'internal',
    start: 1_795_171_772_558,
    end: 1_795_171_772_559,
    error: null,
    attributes: {},
    events: [],
    links: [],
    isOver: true,
  }));

/** Gives these answers in turn, and counts the spans of each request. */
function answers(...all: ((count: number) => Response)[]): number[] {
  const counts: number[] = [];
  server.use(
    http.post(target.url, async ({ request }) => {
      const decoded = decodeTracesProtobuf(new Uint8Array(await request.arrayBuffer()));
      const count = 'records' in decoded ? decoded.records.length : NaN;
      const answer = all[Math.min(counts.length, all.length - 1)]!;
      counts.push(count);
      return answer(count);
    }),
  );
  return counts;
}

const ok = () => new HttpResponse(null, { status: 200 });
const status =
  (code: number, headers = {}) =>
  () =>
    new HttpResponse(null, { status: code, headers });

describe('an endpoint', () => {
  it.each([
    ['http://localhost:4318', 'http://localhost:4318/v1/traces'],
    ['http://localhost:4318/', 'http://localhost:4318/v1/traces'],
    ['https://otlp.example/otlp/', 'https://otlp.example/otlp/v1/traces'],
    ['https://otlp.example/v1/traces', 'https://otlp.example/v1/traces'],
    ['localhost:4318', undefined],
    ['grpc://localhost:4317', undefined],
    ['https://user:secret@otlp.example', undefined],
  ])('the endpoint %s takes traces at %s', (endpoint, url) => {
    expect(tracesUrl(endpoint)).toBe(url);
  });

  it.each([
    ['', {}],
    ['Authorization=Bearer%20x%2Cy, x-team=shop', { authorization: 'Bearer x,y', 'x-team': 'shop' }],
    ['key=a=b', { key: 'a=b' }],
    ['no value', undefined],
    ['x=%0d%0aevil: 1', undefined],
  ])('the header setting "%s" is read as %j', (text, headers) => {
    expect(readHeaders(text)).toEqual(headers);
  });
});

describe('sending spans', () => {
  it('a temporary failure is retried, and the accepted spans are counted', async () => {
    const counts = answers(status(429, { 'retry-after': '0' }), status(503), ok);
    expect(await sendSpans(target, spans(3), { timeoutMs: 5_000, retryMs: 60_000 })).toEqual({
      sent: 3,
      refused: 0,
      reason: '',
    });
    expect(counts).toEqual([3, 3, 3]);
  });

  it('a pause beyond the time limit ends the export with an error', async () => {
    answers(status(429, { 'retry-after': '3600' }));
    await expect(sendSpans(target, spans(1), { timeoutMs: 5_000, retryMs: 1_000 })).rejects.toMatchObject({
      message: `${target.url} answered 429, try again in 3600 s`,
      retryAfterMs: 3_600_000,
      isBad: false,
    });
  });

  it('a batch that is too large is halved', async () => {
    const counts = answers((count) => new HttpResponse(null, { status: count > 2 ? 413 : 200 }));
    expect(await sendSpans(target, spans(5), once)).toMatchObject({ sent: 5 });
    expect(counts).toEqual([5, 3, 2, 1, 2]);
  });

  it.each([
    [
      'protobuf',
      writeMessage('ExportServiceResponse', { partialSuccess: { rejected: 2, errorMessage: 'too old' } }),
    ],
    ['json', JSON.stringify({ partialSuccess: { rejectedSpans: '2', errorMessage: 'too old' } })],
  ])('spans that the backend refuses are counted, from an answer in %s', async (type, body) => {
    answers(() => new HttpResponse(body, { headers: { 'content-type': `application/${type}` } }));
    expect(await sendSpans(target, spans(5), once)).toEqual({ sent: 3, refused: 2, reason: 'too old' });
  });

  it('a refusal is repeated as one line without control characters', async () => {
    const body = writeMessage('Status', { code: 3, message: 'no\u001b[31m such\ntenant' });
    answers(
      () =>
        new HttpResponse(body, {
          status: 400,
          headers: { 'content-type': 'application/x-protobuf' },
        }),
    );
    await expect(sendSpans(target, spans(1), once)).rejects.toMatchObject({
      message: `${target.url} answered 400: no [31m such tenant`,
      isBad: true,
    });
  });

  it('a redirect is not followed', async () => {
    answers(status(307, { location: 'http://elsewhere.test/' }));
    await expect(sendSpans(target, spans(1), once)).rejects.toThrow(
      `${target.url} answered 307: redirects to http://elsewhere.test/`,
    );
  });

  it('the error names the HTTP port if the gRPC port does not answer', async () => {
    server.use(http.post('http://otel.test:4317/v1/traces', () => HttpResponse.error()));
    await expect(
      sendSpans({ url: 'http://otel.test:4317/v1/traces', headers: {} }, spans(1), once),
    ).rejects.toThrow('4318');
  });
});
