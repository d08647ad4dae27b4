import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { createTinybirdClient } from '../store/client.js';
import type { Rule } from '../alerts/rule.js';
import { serveRules } from './alert-rules.js';
import { ApiError } from './error.js';
import { RuleBook } from './rule-book.js';

const given = { rule: 'busy', metric: 'requests', span: '1h', above: 5 };

/** The routes over a store that shows nothing of what is saved, as before a drain has delivered it. */
function routes() {
  const saved: { rule: Rule; version: number; isRemoved: boolean }[] = [];
  const clock = { now: 1_000_000 };
  const client = createTinybirdClient({
    baseUrl: 'http://localhost:1',
    token: 'x',
    fetch: () => Promise.resolve(Response.json({ data: [], meta: [], rows: 0 })),
  });
  const book = new RuleBook(
    (rule, version, isRemoved) => {
      saved.push({ rule, version, isRemoved });
      return Promise.resolve();
    },
    () => clock.now,
  );
  const app = new Hono();
  serveRules(app, () => client, book);
  app.onError((error, c) => c.text(error.message, error instanceof ApiError ? error.status : 500));
  const send = async (method: string, path: string, body?: object) => {
    const response = await app.request(path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, text: await response.text() };
  };
  return { saved, clock, send };
}

describe('rules that the store does not show yet', () => {
  it('a second rule of the same name is a conflict, also if both come at once', async () => {
    const { saved, send } = routes();
    const answers = await Promise.all([
      send('POST', '/v1/alerts', given),
      send('POST', '/v1/alerts', { ...given, above: 6 }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 409]);
    expect(answers[1].text).toBe('there is a rule busy already: PATCH /v1/alerts/busy changes it');
    expect((await send('POST', '/v1/alerts', given)).status).toBe(409);
    expect(saved.map(({ rule }) => rule.threshold)).toEqual([5]);
  });

  it('two changes at once are both kept, and each has a newer version', async () => {
    const { saved, send } = routes();
    await send('POST', '/v1/alerts', given);
    await Promise.all([
      send('PATCH', '/v1/alerts/busy', { above: 7 }),
      send('PATCH', '/v1/alerts/busy', { severity: 'info' }),
    ]);
    expect(saved.map(({ rule, version }) => [rule.threshold, rule.severity, version])).toEqual([
      [5, 'warning', 1_000_000],
      [7, 'warning', 1_000_001],
      [7, 'info', 1_000_002],
    ]);
  });

  it('a removed rule is gone, and can be added again', async () => {
    const { saved, send } = routes();
    await send('POST', '/v1/alerts', given);
    expect((await send('DELETE', '/v1/alerts/busy')).status).toBe(202);
    expect((await send('PATCH', '/v1/alerts/busy', { above: 7 })).status).toBe(404);
    expect((await send('POST', '/v1/alerts', given)).status).toBe(202);
    expect(saved.map(({ isRemoved }) => isRemoved)).toEqual([false, true, false]);
  });

  it('a refused change holds nothing up', async () => {
    const { send } = routes();
    await send('POST', '/v1/alerts', given);
    expect((await send('PATCH', '/v1/alerts/busy', { above: -1 })).status).toBe(400);
    expect((await send('PATCH', '/v1/alerts/busy', { above: 7 })).status).toBe(202);
  });

  it('what the store does not show after a minute was removed by another program', async () => {
    const { clock, send } = routes();
    await send('POST', '/v1/alerts', given);
    clock.now += 60_001;
    expect((await send('PATCH', '/v1/alerts/busy', { above: 7 })).status).toBe(404);
  });
});
