import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiRequestRow } from '../../src/catalogue.js';
import * as tables from '../../src/datasources/index.js';
import { schemas } from '../../src/schemas.js';
import { cli, startAtel, type RunningAtel } from '../helpers/atel.js';
import { until } from '../helpers/background.js';
import { run } from '../helpers/process.js';
import { runCommand } from '../helpers/command-host.js';
import { removeFolder } from '../helpers/temp.js';
import { makeApiRequestRow, makeSessionSummaryRow } from './helpers/factories.js';
import { storeCase, storeExport } from './helpers/otlp.js';

let home: string;
let atel: RunningAtel;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'atel-prices-'));
  atel = await startAtel({ home });
});
afterAll(async () => {
  await atel.stop();
  await removeFolder(home);
});
beforeEach(async () => {
  for (const { _name } of Object.values(tables)) {
    const { ok } = await fetch(`${atel.url}/v0/datasources/${_name}/truncate`, {
      method: 'POST',
      headers: { authorization: 'Bearer local' },
    });
    if (!ok) throw new Error(`${_name} was not emptied`);
  }
  for (const file of ['learnt-prices.json', 'prices-seen']) rmSync(join(home, file), { force: true });
});

const always = { from: '2025-01-01', to: '2027-01-01' };

/** Runs a command with settings in the environment, and returns its output. It must succeed. */
async function say(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(args, {
    env: { PATH: process.env.PATH ?? '', HOME: home, ...atel.env, ...env },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

const glm = { input: 2, output: 8, write_5m: 2, write_1h: 2, read: 0.4 };
const withGlm = { AGENT_TELEMETRY_PRICES: JSON.stringify({ 'glm-4.7': glm }) };

/** A request in a transcript: 10,000 input and 2,000 output tokens. By `glm`, it costs 0.02 + 0.016 = 0.036 USD. */
const glmRow = (some: Partial<ApiRequestRow> = {}) =>
  makeApiRequestRow({
    model: 'glm-4.7',
    input_tokens: 10_000,
    output_tokens: 2_000,
    cache_read_tokens: 0,
    cache_creation_tokens: 0,
    cache_creation_5m_tokens: 0,
    cost_usd: null,
    price_source: '',
    ...some,
  });

/** The same as OpenTelemetry reports it, with the client's guess as its cost, as earlier versions stored it. */
const guessed = (some: Partial<ApiRequestRow> = {}) =>
  glmRow({
    source: 'otel',
    message_id: '',
    cost_usd: 0.1,
    reported_cost_usd: 0.1,
    ...some,
  });

describe('atel reprice', () => {
  it('a price in the settings gives stored requests their cost, and the session its total', async () => {
    await atel.client.apiRequests.ingest([glmRow(), glmRow()]);
    await atel.client.sessionSummaries.ingest([
      makeSessionSummaryRow({ requests: 2, total_cost_usd: null, unpriced_requests: 2, version: 7 }),
    ]);
    expect(await say(['reprice', '--dry-run'], withGlm)).toBe(
      'reprice (dry run): 2 of 2 requests would get another cost (2 had none); their sum would change by +0.0720 USD, from 0.00 to 0.0720; 2 rows and 1 session summary would be stored again',
    );
    expect(await atel.client.costTotal.query(always)).toMatchObject([
      { total_cost_usd: null, unpriced_requests: 2 },
    ]);

    expect(await say(['reprice'], withGlm)).toBe(
      'reprice: 2 of 2 requests got another cost (2 had none); their sum changed by +0.0720 USD, from 0.00 to 0.0720; 2 rows and 1 session summary stored again',
    );
    const [total] = await atel.client.costTotal.query(always);
    expect(total).toMatchObject({ request_count: 2, unpriced_requests: 0 });
    expect(total?.total_cost_usd).toBeCloseTo(0.072, 12);
    expect(await atel.client.requestList.query(always)).toMatchObject([
      { cost_usd: 0.036, price_source: 'settings' },
      { cost_usd: 0.036, price_source: 'settings' },
    ]);
    expect(
      await atel.client.sql(
        'SELECT round(total_cost_usd, 9) AS usd, unpriced_requests, prompts, version FROM session_summaries FINAL',
      ),
    ).toEqual([{ usd: 0.072, unpriced_requests: 0, prompts: 2, version: 8 }]);
  });

  it('a repeated atel reprice changes nothing; without the price, the cost is unknown again', async () => {
    await atel.client.apiRequests.ingest([glmRow(), makeApiRequestRow(listed)]);
    await say(['reprice'], withGlm);
    expect(await say(['reprice'], withGlm)).toBe(
      'reprice: 2 requests, every cost is as it is computed today',
    );
    expect(await say(['reprice'])).toMatch(
      /^reprice: 1 of 2 requests got another cost \(1 has none now\); their sum changed by -0\.0360 USD, from 0\.0360 to 0\.00; 1 row /,
    );
    expect(await atel.client.costByModel.query(always)).toMatchObject([
      { model: 'claude-opus-4-8', total_cost_usd: 0.0027125 },
      { model: 'glm-4.7', total_cost_usd: null, unpriced_requests: 1 },
    ]);
  });

  it("the client's guess that an earlier version stored as a list price is shown as reported only", async () => {
    await atel.client.apiRequests.ingest([guessed()]);
    expect(await atel.client.costByModel.query(always)).toMatchObject([{ total_cost_usd: 0.1 }]);
    expect(await say(['reprice'])).toMatch(/^reprice: 1 of 1 request got another cost \(1 has none now\)/);
    expect(await atel.client.costByModel.query(always)).toMatchObject([
      {
        total_cost_usd: null,
        unpriced_requests: 1,
        total_reported_cost_usd: 0.1,
        unpriced_reported_cost_usd: 0.1,
      },
    ]);
    expect(await atel.client.requestList.query(always)).toMatchObject([
      { cost_usd: null, price_source: '', reported_cost_usd: 0.1 },
    ]);
  });

  it('an alias gives the name of a gateway the price of the list', async () => {
    await atel.client.apiRequests.ingest([
      makeApiRequestRow({ ...listed, model: 'corp-large', cost_usd: null }),
    ]);
    await say(['reprice'], { AGENT_TELEMETRY_MODEL_ALIASES: '{"corp-large":"claude-opus-4-8"}' });
    expect(await atel.client.requestList.query(always)).toMatchObject([
      { model: 'corp-large', cost_usd: 0.0027125, price_source: 'list' },
    ]);
  });

  it('an old sighting that arrives again does not restore the old price', async () => {
    const row = glmRow();
    await atel.client.apiRequests.ingest([row]);
    await say(['reprice'], withGlm);
    await atel.client.apiRequests.ingest([{ ...row, cost_usd: 9, price_source: 'list', price_version: 1 }]);
    expect(await atel.client.requestList.query(always)).toMatchObject([{ cost_usd: 0.036 }]);
  });

  it('a better sighting that arrives later counts with its own price', async () => {
    const row = glmRow({ is_final: 0, output_tokens: 1 });
    await atel.client.apiRequests.ingest([row]);
    await say(['reprice'], withGlm);
    await atel.client.apiRequests.ingest([
      {
        ...row,
        is_final: 1,
        output_tokens: 2_000,
        cost_usd: 0.036,
        price_source: 'settings',
        price_version: 1,
      },
    ]);
    expect(await atel.client.requestList.query(always)).toMatchObject([
      { output_tokens: 2_000, cost_usd: 0.036 },
    ]);
  });

  it("a span's lower bound never takes the place of the price that the event gave", async () => {
    // 1,000 tokens written for an hour: 2 × 5 per million; the span takes them for five-minute ones, 1.25 × 5.
    const used = {
      request_key: 'req_1',
      request_id: 'req_1',
      source: 'otel',
      message_id: '',
      input_tokens: 0,
      output_tokens: 0,
      cache_read_tokens: 0,
      cache_creation_tokens: 1_000,
      price_version: 0,
    };
    const event = makeApiRequestRow({
      ...used,
      cache_creation_5m_tokens: 0,
      cache_creation_1h_tokens: 1_000,
      cost_usd: 0.01,
      reported_cost_usd: 0.01,
    });
    // Stored wrong, so that it is priced again.
    const span = makeApiRequestRow({ ...used, cache_creation_5m_tokens: 0, cost_usd: 0.001 });
    await atel.client.apiRequests.ingest([event, span]);
    await say(['reprice']);
    expect(await atel.client.requestList.query(always)).toMatchObject([{ cost_usd: 0.01 }]);
    expect(await say(['reprice'])).toMatch(/every cost is as it is computed today$/);
  });

  it('an attempt that the API declined stays free', async () => {
    await storeCase(atel.client, '23-refused-attempt');
    expect(await say(['reprice'])).toBe('reprice: 3 requests, every cost is as it is computed today');
    expect(await atel.client.costTotal.query(always)).toMatchObject([
      { request_count: 1, total_cost_usd: 0.018 },
    ]);
  });

  it('a web search that OpenTelemetry reported keeps its fee', async () => {
    // opus-4-8: 1,000 × 5 + 100 × 25 = 7,500 per million, and 0.01 for a search
    await storeExport(
      atel.client,
      'logs',
      otelRequest({
        session: 'searching',
        model: 'claude-opus-4-8',
        id: 'req_search',
        tokens: [1_000, 100, 0, 0, 0],
        usd: 0.0175,
        source: 'web_search_tool',
      }),
    );
    expect(await say(['reprice'])).toBe('reprice: 1 request, every cost is as it is computed today');
    expect(await atel.client.requestList.query(always)).toMatchObject([
      { cost_usd: 0.0175, price_source: 'list' },
    ]);
  });
});

/** claude-opus-4-8: 100 × 5 + 50 × 25 + 800 × 0.5 + 90 × 6.25 = 2,712.5 USD per million. */
const listed = {
  model: 'claude-opus-4-8',
  cache_creation_tokens: 90,
  cache_creation_5m_tokens: 90,
  cost_usd: 0.0027125,
} as const;

type Tokens = [input: number, output: number, write5m: number, write1h: number, read: number];

/** An `api_request` event of client 2.1.332, as OTLP. */
function otelRequest(of: {
  session: string;
  model: string;
  id: string;
  tokens: Tokens;
  usd: number;
  source?: string;
}): Uint8Array {
  const [input, output, write5m, write1h, read] = of.tokens;
  const numbers = {
    input_tokens: input,
    output_tokens: output,
    cache_creation_tokens: write5m + write1h,
    cache_creation_5m_tokens: write5m,
    cache_creation_1h_tokens: write1h,
    cache_read_tokens: read,
    cost_usd: of.usd,
  };
  const texts = {
    'event.name': 'api_request',
    'session.id': of.session,
    model: of.model,
    request_id: of.id,
    query_source: of.source ?? 'sdk',
    speed: 'normal',
  };
  const attributes = [
    ...Object.entries(texts).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    ...Object.entries(numbers).map(([key, doubleValue]) => ({ key, value: { doubleValue } })),
  ];
  const record = {
    timeUnixNano: '1795183260000000000',
    body: { stringValue: 'claude_code.api_request' },
    attributes,
  };
  const service = { attributes: [{ key: 'service.name', value: { stringValue: 'claude-code' } }] };
  return Buffer.from(
    JSON.stringify({ resourceLogs: [{ resource: service, scopeLogs: [{ logRecords: [record] }] }] }),
  );
}

/** Eight requests with tokens of every kind. */
const eight: Tokens[] = [
  [2_011, 422, 1_722, 543, 25_350],
  [1_255, 518, 266, 0, 3_380],
  [787, 252, 497, 468, 24_440],
  [913, 292, 574, 0, 21_060],
  [1_282, 342, 840, 534, 5_980],
  [1_849, 186, 1_100, 534, 21_000],
  [3_002, 77, 0, 1_800, 40_000],
  [512, 1_024, 3_000, 0, 0],
];

/** Their costs with 6, 30, 7.5, 12 and 0.15 USD per million tokens. */
const costs = eight.map(
  ([input, output, write5m, write1h, read]) =>
    (input * 6 + output * 30 + write5m * 7.5 + write1h * 12 + read * 0.15) / 1e6,
);

/** One of the eight requests, as OTLP. */
const novaRequest = (at: number, id = `req_nova_${at}`) =>
  otelRequest({
    session: 'session-1',
    model: 'claude-nova-9',
    id,
    tokens: eight[at] ?? [0, 0, 0, 0, 0],
    usd: costs[at] ?? 0,
  });

/** Stores the eight requests of a new model, and what the client says of their session. */
async function newModel(basis: string, models: object = {}): Promise<void> {
  for (const at of eight.keys()) await storeExport(atel.client, 'logs', novaRequest(at));
  await totalOfClient(basis, models);
}

async function totalOfClient(basis: string, models: object = {}): Promise<void> {
  await atel.client.sessionSummaries.ingest([
    makeSessionSummaryRow({
      requests: 0,
      total_cost_usd: null,
      reported_cost_usd: 1,
      reported_cost_basis: basis,
      reported_models: JSON.stringify(models),
    }),
  ]);
}

describe('prices of new models', () => {
  it('prices of new models are learnt from what the client reports, and shown as learnt', async () => {
    await newModel('known');
    const before = await atel.client.costByModel.query(always);
    expect(before).toMatchObject([{ model: 'claude-nova-9', total_cost_usd: null, unpriced_requests: 8 }]);
    const [learnt, repriced] = (await say(['reprice'])).split('\n');
    expect(learnt).toBe(
      'learnt claude-nova-9: input 6, output 30, write_5m 7.5, write_1h 12, read 0.15 USD per million tokens, solved from 5 figures of the client and confirmed by 3',
    );
    expect(repriced).toMatch(/^reprice: 8 of 8 requests got another cost \(8 had none\)/);
    expect(await atel.client.costByModel.query(always)).toMatchObject([
      { model: 'claude-nova-9', unpriced_requests: 0, learnt_requests: 8 },
    ]);
    for (const { price_source, cost_usd, reported_cost_usd } of await atel.client.requestList.query(always)) {
      expect(price_source).toBe('learnt');
      expect(cost_usd).toBeCloseTo(reported_cost_usd ?? NaN, 9);
    }
    const { models } = schemas.prices.parse(JSON.parse(await say(['prices', '--json'])));
    expect(models[0]).toMatchObject({
      model: 'claude-nova-9',
      price_source: 'learnt',
      origin: 'solved from 5 figures of the client, confirmed by 3',
      rates: { input: 6, output: 30, write_5m: 7.5, write_1h: 12, read: 0.15 },
      request_count: 8,
    });
    // A price of the settings comes first.
    const mine = { AGENT_TELEMETRY_PRICES: JSON.stringify({ 'claude-nova-9': glm }) };
    await say(['reprice'], mine);
    expect((await atel.client.requestList.query(always)).map(({ price_source: from }) => from)).toEqual(
      Array.from({ length: 8 }, () => 'settings'),
    );
  });

  it.each(['', 'unknown', 'managed'])(
    'nothing is learnt if the client says "%s" of its prices',
    async (basis) => {
      await newModel(basis);
      expect(await say(['reprice'])).toBe('reprice: 8 requests, every cost is as it is computed today');
      expect(await atel.client.costByModel.query(always)).toMatchObject([{ unpriced_requests: 8 }]);
    },
  );

  it('nothing is learnt from a session in which a model of the list cost less than the list says', async () => {
    // opus-4-8: a million input tokens cost 5 USD; here 4.
    const used = { input: 1_000_000, output: 0, write_5m: 0, write_1h: 0, read: 0, web_searches: 0 };
    await newModel('known', { 'claude-opus-4-8': { ...used, usd: 4 } });
    expect(await say(['reprice'])).toBe('reprice: 8 requests, every cost is as it is computed today');
    await newModel('known', { 'claude-opus-4-8': { ...used, usd: 5 } });
    expect(await say(['reprice', '--dry-run'])).toMatch(/^learnt claude-nova-9/);
  });
});

describe('a store that runs', () => {
  const receive = async (body: Uint8Array) => {
    const url = `http://127.0.0.1:${atel.env.AGENT_TELEMETRY_COLLECTOR_PORT}/v1/logs`;
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(url, { method: 'POST', headers, body: Buffer.from(body) });
    expect(status).toBe(200);
  };
  const nova = async () => (await atel.client.costByModel.query(always))[0];

  it('learns the price of a new model from what arrives, and prices what is stored and what comes', async () => {
    await totalOfClient('known');
    for (const at of [0, 1, 2, 3]) await receive(novaRequest(at));
    await say(['flush']);
    // Five rates are unknown: four requests are too few.
    expect(await nova()).toMatchObject({ request_count: 4, unpriced_requests: 4, learnt_requests: 0 });

    for (const at of [4, 5, 6, 7]) await receive(novaRequest(at));
    await say(['flush']);
    const all = costs.reduce((sum, usd) => sum + usd, 0);
    expect(await nova()).toMatchObject({ request_count: 8, unpriced_requests: 0, learnt_requests: 8 });
    expect((await nova())?.total_cost_usd).toBeCloseTo(all, 9);

    await receive(novaRequest(0, 'req_nova_later'));
    await say(['flush']);
    expect(await nova()).toMatchObject({ request_count: 9, unpriced_requests: 0, learnt_requests: 9 });
    expect((await nova())?.total_cost_usd).toBeCloseTo(all + (costs[0] ?? 0), 9);
    expect(await say(['reprice'])).toMatch(/every cost is as it is computed today$/m);
  });
});

describe('atel reprice that is killed', () => {
  it('leaves each request with its old or its new price, and is completed by the next one', async () => {
    const rows = Array.from({ length: 1_200 }, () => glmRow());
    await atel.client.apiRequests.ingest(rows);
    await atel.client.sessionSummaries.ingest([
      makeSessionSummaryRow({ requests: 1_200, total_cost_usd: null, unpriced_requests: 1_200 }),
    ]);
    const env = { PATH: process.env.PATH ?? '', HOME: home, ...atel.env, ...withGlm };
    const killed = spawn(process.execPath, [cli, 'reprice'], { env, stdio: 'ignore' });
    const ended = once(killed, 'exit');
    const spooled = () => readdirSync(join(home, 'spool', 'segments')).some((name) => name.endsWith('.rows'));
    await until('rows are spooled', spooled);
    killed.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);

    await until('the rest is delivered', async () => {
      await run(process.execPath, [cli, 'flush'], { env });
      return !spooled();
    });
    const [between] = await atel.client.costTotal.query(always);
    const priced = 1_200 - (between?.unpriced_requests ?? NaN);
    expect(between?.request_count).toBe(1_200);
    expect(priced).toBeGreaterThan(0);
    expect(between?.total_cost_usd).toBeCloseTo(priced * 0.036, 9);

    await say(['reprice'], withGlm);
    const [after] = await atel.client.costTotal.query(always);
    expect(after).toMatchObject({ request_count: 1_200, unpriced_requests: 0 });
    expect(after?.total_cost_usd).toBeCloseTo(43.2, 9);
    const [session] = await atel.client.sql(
      'SELECT round(total_cost_usd, 9) AS usd, unpriced_requests FROM session_summaries FINAL',
    );
    expect(session).toEqual({ usd: 43.2, unpriced_requests: 0 });
    expect(await say(['reprice'], withGlm)).toMatch(/every cost is as it is computed today$/);
  });
});

describe('atel prices', () => {
  it('atel prices lists seen and known models with the origin of their prices, and models without a price', async () => {
    await atel.client.apiRequests.ingest([
      glmRow(),
      glmRow(),
      guessed({ cost_usd: null }),
      makeApiRequestRow(listed),
    ]);
    const text = await say(['prices'], { COLUMNS: '80' });
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(text).toMatch(/^glm-4\.7 +– +– +– +– +– +no price +3$/m);
    expect(text).toMatch(/^claude-opus-4-8 +5\.00 +25\.00 +6\.25 +10\.00 +0\.50 +list 2026-11-29 +1$/m);
    expect(text).toMatch(/^claude-haiku-5-5 +0\.10 +0\.50 +0\.125 +0\.20 +0\.01 +list 2026-11-29 +0$/m);
    expect(text.replace(/\s+/g, ' ')).toContain(
      '3 requests of 1 model with 36.0k tokens have no price and are in no cost. The client reported 0.10 USD for them, which may be the price of another model.',
    );
  });

  it('the JSON of atel prices follows the schema and says where each price is from', async () => {
    await atel.client.apiRequests.ingest([glmRow(), makeApiRequestRow({ ...listed, model: 'corp-large' })]);
    const told = schemas.prices.parse(
      JSON.parse(
        await say(['prices', '--json'], {
          ...withGlm,
          AGENT_TELEMETRY_MODEL_ALIASES: '{"corp-large":"claude-opus-4-8"}',
        }),
      ),
    );
    const of = (name: string) => told.models.find(({ model }) => model === name);
    expect(of('glm-4.7')).toMatchObject({
      price_source: 'settings',
      priced_as: 'glm-4.7',
      rates: glm,
      date: null,
    });
    expect(of('corp-large')).toMatchObject({
      price_source: 'list',
      priced_as: 'claude-opus-4-8',
      date: '2026-11-29',
      fast: 2,
      us: 1.1,
      regional: 1.1,
    });
    expect(of('claude-haiku-5-5')?.long_prompt).toMatchObject({ prompt_tokens: 100_000, input: 0.5 });
    // Stored before the settings had a price: the request is unpriced until atel reprice.
    expect(told.unpriced).toEqual({
      models: 1,
      request_count: 1,
      total_tokens: 12_000,
      unpriced_reported_cost_usd: null,
    });
  });
});
