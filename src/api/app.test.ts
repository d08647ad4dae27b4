import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createTinybirdClient } from '../store/client.js';
import { createApi } from './app.js';
import { LiveFeed } from './live.js';
import { openApi } from './openapi.js';
import { RuleBook } from './rule-book.js';

const log = vi.fn();

/** The API over a store that gives every query this answer. */
function apiOver(answer: () => Promise<Response>, openApiFile = '/nonexistent') {
  return createApi({
    countsAllWrites: true,
    clientFor: () => createTinybirdClient({ baseUrl: 'http://localhost:1', token: 'x', fetch: answer }),
    feed: new LiveFeed(() => new Map()),
    writes: () => new Map(),
    openApiFile,
    service: 'atel-api',
    pages: { port: 8318, origins: [] },
    log,
    metricsPrefix: 'agent_telemetry_',
    rules: new RuleBook(() => Promise.resolve()),
  });
}

const refusal = (status: number, error: string) => () =>
  Promise.resolve(Response.json({ error }, { status }));

describe('an API whose store does not answer well', () => {
  it.each([
    [503, 'atel up serves the store', () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:1'))],
    [504, 'a shorter period asks for less', () => Promise.reject(new DOMException('late', 'TimeoutError'))],
    [502, 'must be a token that may read', refusal(403, 'Invalid token')],
    [502, 'of another version', refusal(404, 'There is no pipe')],
    [502, 'answered 400: bad', refusal(400, 'bad')],
    [503, 'answered 500: broken', refusal(500, 'broken')],
  ])('the API answers %i with one line: %s', async (status, message, answer) => {
    const response = await apiOver(answer).request('/v1/summary');
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: { kind: string; message: string } };
    expect(error.kind).toBe('store');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
  });

  it.each(['GET', 'HEAD'])(
    'a %s, of whatever size, says that its answer varies by encoding',
    async (method) => {
      const api = apiOver(() => Promise.resolve(Response.json({ data: [] })));
      for (const path of ['/health', '/v1/nothing'])
        for (const coding of ['gzip', 'identity']) {
          const response = await api.request(path, { method, headers: { 'accept-encoding': coding } });
          expect(response.headers.get('vary')).toMatch(/^accept-encoding$/i);
        }
    },
  );

  it('an unchanged answer says that it varies by encoding, too', async () => {
    const api = apiOver(() => Promise.resolve(Response.json({ data: [] })));
    const path = '/v1/summary?from=2026-01-01&to=2026-01-02';
    const etag = (await api.request(path)).headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    const unchanged = await api.request(path, { headers: { 'if-none-match': etag } });
    expect(unchanged.status).toBe(304);
    expect(unchanged.headers.get('vary')).toMatch(/^accept-encoding$/i);
  });

  it('a fault of the API itself is written to the log and not shown to the client', async () => {
    const api = apiOver(() => Promise.resolve(Response.json({ data: [] })));
    api.get('/v1/fault', () => {
      throw new Error('a secret');
    });
    const response = await api.request('/v1/fault');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(log).toHaveBeenCalledWith('GET /v1/fault failed: a secret');
  });
});

describe('GET /docs', () => {
  it('is the page of the description, with its own policy; other hosts and methods are refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'atel-docs-'));
    try {
      const file = join(folder, 'openapi.json');
      writeFileSync(file, JSON.stringify(openApi('1.2.3')));
      const api = apiOver(() => Promise.reject(new Error('not asked')), file);
      const page = await api.request('http://127.0.0.1:8318/docs');
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('<h1>agent-telemetry 1.2.3: API</h1>');
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
      expect(page.headers.get('x-content-type-options')).toBe('nosniff');
      const posted = await api.request('http://127.0.0.1:8318/docs', { method: 'POST' });
      expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      const foreign = await api.request('http://127.0.0.1:8318/docs', { headers: { host: 'evil.example' } });
      expect(foreign.status).toBe(403);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
