import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as catalogue from '../../src/datasources/index.js';
import { deliver } from '../../src/spool/deliver.js';
import { Spool } from '../../src/spool/spool.js';
import { tempFolder } from '../helpers/temp.js';
import { ingestMadeUp } from './helpers/made-up-rows.js';
import { useStore } from './helpers/store.js';

const store = useStore();

/** Tables that can be filled, and have rows here. */
const tables = [
  catalogue.apiRequests,
  catalogue.agentActivations,
  catalogue.skillActivations,
  catalogue.sessionSummaries,
  catalogue.telemetryEvents,
].map(({ _name }) => _name);
/** How many rows of made-up-rows.ts each has. */
const counts = [15, 16, 5, 1, 29];

async function parquetOf(sql: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of await store.client.parquet({ sql })) pieces.push(piece);
  return Buffer.concat(pieces);
}

const rowsOf = (table: string) => store.client.sql(`SELECT * FROM ${table} ORDER BY event_id`);
const week = { from: '2026-03-01', to: '2026-03-16' };

describe('waiting rows that are sent as Parquet files', () => {
  it('the rows of every table are the same as with JSON, and sending them again changes no total', async () => {
    await ingestMadeUp(store.client);
    const spool = new Spool(join(tempFolder(), 'spool'));
    const before = new Map<string, Record<string, unknown>[]>();
    for (const [place, table] of tables.entries()) {
      const rows = await rowsOf(table);
      expect(rows, table).toHaveLength(counts[place]!);
      before.set(table, rows);
      await spool.putFile(table, await parquetOf(`SELECT * FROM ${table}`), rows.length);
    }
    const [costs, sessions] = await Promise.all([
      store.client.costByModel.query(week),
      store.client.sessionOverview.query(week),
    ]);
    expect(costs.map(({ model, request_count }) => [model, request_count]).sort()).toEqual([
      ['claude-haiku-4-5-20251001', 2],
      ['claude-opus-4-8', 6],
      ['somebody/else-1-preview', 2],
    ]);
    const files = await Promise.all((await spool.waiting()).map((name) => spool.readFile(name)));
    await store.clear();

    const stored = [...before.values()].reduce((sum, rows) => sum + rows.length, 0);
    await expect(deliver(spool, store.client)).resolves.toEqual({
      stored,
      buried: 0,
      stopped: null,
      reasons: new Set(),
      refused: new Map(),
      skipped: new Set(),
    });
    for (const table of tables) expect(await rowsOf(table)).toEqual(before.get(table));
    expect(await store.client.costByModel.query(week)).toEqual(costs);
    expect(await store.client.sessionOverview.query(week)).toEqual(sessions);

    for (const [place, table] of tables.entries())
      await spool.putFile(table, files[place]!, before.get(table)?.length ?? 0);
    await expect(deliver(spool, store.client)).resolves.toMatchObject({ stored, stopped: null });
    expect(await store.client.costByModel.query(week)).toEqual(costs);
    expect(await store.client.sessionOverview.query(week)).toEqual(sessions);
  });

  it('a row that does not fit is quarantined alone, and a broken file is set aside', async () => {
    await ingestMadeUp(store.client);
    const rows = await rowsOf('api_requests');
    const good = await parquetOf('SELECT * FROM api_requests');
    const [bad] = rows;
    const one = await parquetOf(
      `SELECT * REPLACE (if(event_id = '${String(bad?.event_id)}', -1, input_tokens)::Int64 AS input_tokens) FROM api_requests`,
    );
    await store.clear();
    const folder = join(tempFolder(), 'spool');
    const spool = new Spool(folder);
    await spool.putFile('api_requests', one, rows.length);
    const broken = await spool.putFile('api_requests', good.subarray(0, -9), rows.length);
    await expect(deliver(spool, store.client)).resolves.toMatchObject({
      stored: rows.length - 1,
      buried: rows.length + 1,
      stopped: null,
    });
    await expect(rowsOf('api_requests')).resolves.toEqual(rows.slice(1));
    await expect(
      store.client.sql('SELECT event_id, c__error AS reasons FROM api_requests_quarantine'),
    ).resolves.toEqual([
      { event_id: bad?.event_id, reasons: ["value '-1' on column 'input_tokens' is not UInt32"] },
    ]);
    const letters = (await spool.deadLetters()).sort((a, b) => a.rows - b.rows);
    expect(letters).toMatchObject([
      {
        table: 'api_requests',
        rows: 1,
        reason: "quarantined: value '-1' on column 'input_tokens' is not UInt32",
      },
      { table: 'api_requests', rows: rows.length, reason: expect.stringContaining('Parquet') as string },
    ]);
    expect(readFileSync(join(folder, 'dead-letters', broken))).toEqual(good.subarray(0, -9));

    // Sent again without the damage: every row is stored once.
    await spool.putFile('api_requests', good, rows.length);
    await expect(deliver(spool, store.client)).resolves.toMatchObject({ stored: rows.length, buried: 0 });
    await expect(store.client.sql('SELECT * FROM api_requests FINAL ORDER BY event_id')).resolves.toEqual(
      rows,
    );
  });
});
