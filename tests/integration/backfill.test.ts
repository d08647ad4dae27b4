import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { cli, fillInbox, startAtel, type RunningAtel } from '../helpers/atel.js';
import { billedRequests, capturesFolder } from '../helpers/captures.js';
import { writeCorpus } from '../helpers/corpus.js';
import { freePort } from '../helpers/ports.js';
import { tempFolder } from '../helpers/temp.js';

const usd = 0.5069675;
const root = join(capturesFolder, 'transcripts');

async function withAtel(work: (atel: RunningAtel) => Promise<void>): Promise<void> {
  const atel = await startAtel({ home: tempFolder() });
  try {
    await work(atel);
  } finally {
    await atel.stop();
  }
}

async function backfill(atel: RunningAtel, folder: string) {
  const { code, stdout, stderr } = await atel.command('backfill', '--root', folder, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as { files: number; stored: number; rows: number; corruptLines: number };
}

/** The totals of everything in the store. */
async function totals(atel: RunningAtel) {
  const [row] = await atel.client.sql(
    `SELECT count() AS requests, sum(cost) AS usd, countIf(owner = '') AS ownerless, uniqExact(owner) AS sessions
     FROM (SELECT best_price.4 AS cost, substring(best_session_id, 2) AS owner FROM requests FINAL WHERE week = toMonday(timestamp)) FORMAT JSON`,
  );
  return row;
}

const counts = async (atel: RunningAtel) => {
  const [row] = await atel.client.sql(
    `SELECT
       (SELECT count() FROM agent_activations FINAL) AS activations,
       (SELECT count() FROM skill_activations FINAL) AS skills,
       (SELECT sum(duration_ms) FROM skill_activations FINAL) AS skill_ms,
       (SELECT count() FROM session_summaries FINAL) AS sessions,
       (SELECT countIf(ended_at IS NOT NULL) FROM session_summaries FINAL) AS ended
     FORMAT JSON`,
  );
  return row;
};

describe('atel backfill', () => {
  it('a backfill stores the history, and a second one stores nothing twice', () =>
    withAtel(async (atel) => {
      await expect(backfill(atel, root)).resolves.toMatchObject({ files: 7 });
      const { stdout: status } = await atel.command('status', '--json');
      expect(JSON.parse(status)).toMatchObject({ last_stored_at: expect.stringMatching(/^20/) as string });
      const first = await totals(atel);
      expect(first).toMatchObject({ requests: 23, ownerless: 0, sessions: 4 });
      expect(first?.usd).toBeCloseTo(usd, 10);
      await expect(backfill(atel, root)).resolves.toMatchObject({ files: 0, rows: 0 });
      // A copy of the history in another folder adds nothing.
      const copy = tempFolder();
      cpSync(root, copy, { recursive: true });
      await expect(backfill(atel, copy)).resolves.toMatchObject({ files: 7 });
      expect(await totals(atel)).toEqual(first);
      // Three subagents, each with start and stop; two skills that the model called; no session has an end.
      expect(await counts(atel)).toMatchObject({ activations: 6, skills: 2, sessions: 4, ended: 0 });
      // Nothing is left to deliver.
      expect(await atel.command('flush')).toMatchObject({ code: 0 });
    }));

  it.each([
    ['before', true],
    ['after', false],
  ])('a backfill does not change what hooks recorded %s it', (_, isAfter) =>
    withAtel(async (atel) => {
      if (!isAfter) await backfill(atel, root);
      await atel.loadCaptures();
      const live = await counts(atel);
      if (isAfter) await backfill(atel, root);
      const all = await totals(atel);
      expect(all).toMatchObject({ requests: 23, ownerless: 0, sessions: 4 });
      expect(all?.usd).toBeCloseTo(usd, 10);
      const both = await counts(atel);
      // What only a hook knows (the end of a session, the duration of a skill) is still there.
      expect(both).toEqual(live);
      expect(both).toMatchObject({ activations: 6, sessions: 4, ended: 4 });
      // The model's two calls of the skill took 4 and 6 ms; the typed one has no duration.
      expect(Number(both?.skill_ms)).toBe(10);
      const [sources] = await atel.client.sql(
        `SELECT groupUniqArray(source) AS sources FROM agent_activations FINAL FORMAT JSON`,
      );
      expect(sources?.sources).toEqual(['hook']);
    }),
  );

  it(
    'a killed backfill continues beside live capture and reaches the same totals',
    () =>
      withAtel(async (atel) => {
        const folder = tempFolder();
        const truth = writeCorpus(folder, {
          bytes: 60_000_000,
          median: 40_000,
          largest: 4_000_000,
          result: 500,
        });
        const segments = join(atel.home, 'spool', 'segments');
        const segmentNames = () => (existsSync(segments) ? readdirSync(segments) : []);
        const start = Date.now() - 60_000;
        const waits = Array.from({ length: 4 }, () => Math.round(Math.random() * 500));
        for (const [kills, wait] of waits.entries()) {
          const before = new Set(segmentNames());
          const child = spawn(process.execPath, [cli, 'backfill', '--root', folder], {
            env: { PATH: process.env.PATH ?? '', HOME: atel.home, ...atel.env },
            stdio: 'ignore',
          });
          const gone = new Promise((resolve) => child.once('exit', resolve));
          // Meanwhile sessions are recorded. A drain that finds the backfill's rows in the spool may report that.
          fillInbox(atel.home, {
            at: (index) => start + index,
            only: (index) => index % waits.length === kills,
          });
          const live = atel.command('flush');
          // Killed at some moment after rows were put into the spool.
          await vi.waitFor(
            () =>
              expect(child.exitCode !== null || segmentNames().some((name) => !before.has(name))).toBe(true),
            { timeout: 60_000, interval: 2 },
          );
          await sleep(wait);
          child.kill('SIGKILL');
          await gone;
          await live;
        }
        await backfill(atel, folder);
        expect(await atel.command('flush')).toMatchObject({ code: 0 });
        const [row] = await atel.client.sql(
          `SELECT count() AS requests, sum(bitAnd(best_input_tokens, 4294967295)) AS input, sum(bitAnd(best_output_tokens, 4294967295)) AS output, sum(bitAnd(best_cache_read_tokens, 4294967295)) AS cacheRead, sum(bitAnd(best_cache_creation_tokens, 4294967295)) AS cacheCreation
         FROM (SELECT * FROM requests FINAL WHERE week = toMonday(timestamp) ORDER BY is_sidechain LIMIT 1 BY message_id) FORMAT JSON`,
        );
        const captured = billedRequests();
        const sum = (of: (usage: (typeof captured)[number]['usage']) => number) =>
          captured.reduce((total, { usage }) => total + of(usage), 0);
        expect(row, `killed ${waits.join(', ')} ms after rows were seen`).toEqual({
          requests: truth.requests + captured.length,
          input: truth.input + sum((usage) => usage.input_tokens),
          output: truth.output + sum((usage) => usage.output_tokens),
          cacheRead: truth.cacheRead + sum((usage) => usage.cache_read_input_tokens),
          cacheCreation: truth.cacheCreation + sum((usage) => usage.cache_creation_input_tokens),
        });
        const [owned] = await atel.client.sql(
          `SELECT uniqExactIf(best_session_id, best_session_id != '0') AS sessions, countIf(best_session_id = '0') AS ownerless FROM requests FINAL WHERE week = toMonday(timestamp) FORMAT JSON`,
        );
        expect(owned).toEqual({ sessions: new Set(truth.owners.values()).size + 4, ownerless: 0 });
      }),
    240_000,
  );

  it('a backfill fills a deleted, emptied or recreated store again, and any store with --again', async () => {
    const home = tempFolder();
    const store = join(home, 'store');
    // A backfill remembers what it stored at which address, so the port must stay the same.
    const port = await freePort();
    const up = async (work: (atel: RunningAtel) => Promise<void>) => {
      const atel = await startAtel({ home, port });
      try {
        await work(atel);
      } finally {
        await atel.stop();
      }
    };
    const state = join(home, 'backfill', `localhost-${port}.json`);
    let first: unknown;
    await up(async (atel) => {
      await expect(backfill(atel, root)).resolves.toMatchObject({ files: 7 });
      first = await totals(atel);
      expect(first).toMatchObject({ requests: 23, sessions: 4 });
      await expect(backfill(atel, root)).resolves.toMatchObject({ files: 0 });
    });
    // A store that was stopped and started is still the same one.
    await up(async (atel) => {
      await expect(backfill(atel, root)).resolves.toMatchObject({ files: 0 });
      expect(await totals(atel)).toEqual(first);
    });
    for (const gone of [store, join(store, 'engine')]) {
      rmSync(gone, { recursive: true });
      await up(async (atel) => {
        expect(await totals(atel)).toMatchObject({ requests: 0 });
        await expect(backfill(atel, root)).resolves.toMatchObject({ files: 7 });
        expect(await totals(atel)).toEqual(first);
      });
    }
    await up(async (atel) => {
      for (const table of ['api_requests', 'requests', 'session_summaries'])
        await fetch(`${atel.url}/v0/datasources/${table}/truncate`, {
          method: 'POST',
          headers: { authorization: 'Bearer local' },
        });
      expect(await totals(atel)).toMatchObject({ requests: 0 });
      await expect(backfill(atel, root)).resolves.toMatchObject({ files: 7 });
      expect(await totals(atel)).toEqual(first);
      const again = await atel.command('backfill', '--root', root, '--again', '--json');
      expect(JSON.parse(again.stdout)).toMatchObject({ files: 7, skippedFiles: 0 });
      expect(await totals(atel)).toEqual(first);
      await expect(backfill(atel, root)).resolves.toMatchObject({ files: 0 });
    });
    // An earlier version did not record for which store it had read. A store without those rows is filled.
    const old = readFileSync(state, 'utf8').replace(/"store":"[^"]*",/, '');
    writeFileSync(state, old);
    await up(async (atel) => {
      await expect(backfill(atel, root)).resolves.toMatchObject({ files: 0 });
      expect(readFileSync(state, 'utf8')).toContain('"store"');
    });
    rmSync(store, { recursive: true });
    await up(async (atel) => {
      writeFileSync(state, old);
      await expect(backfill(atel, root)).resolves.toMatchObject({ files: 7 });
      expect(await totals(atel)).toEqual(first);
    });
  }, 240_000);

  it('a backfill reports refused rows and skipped lines, and the session stays complete', () =>
    withAtel(async (atel) => {
      const folder = tempFolder();
      const line = (id: string, written: number, timestamp: string) =>
        JSON.stringify({
          type: 'assistant',
          uuid: `u-${id}`,
          timestamp,
          sessionId: 's',
          cwd: '/nowhere/shop',
          requestId: `req_${id}`,
          message: {
            id: `msg_${id}`,
            model: 'claude-opus-4-8',
            stop_reason: 'end_turn',
            content: [],
            usage: {
              input_tokens: 7,
              output_tokens: 1,
              cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: written },
            },
          },
        });
      const prompt = JSON.stringify({
        type: 'user',
        uuid: 'u',
        timestamp: '2026-11-20T10:00:00.000Z',
        sessionId: 's',
        cwd: '/nowhere/shop',
        promptId: 'p',
        message: { content: 'x' },
      });
      mkdirSync(join(folder, '-nowhere-shop'));
      writeFileSync(
        join(folder, '-nowhere-shop', 's.jsonl'),
        [
          prompt,
          line('a', 7, '2026-11-20T10:00:01.000Z'),
          line('b', 7, '9999-12-31T23:59:59.999Z'),
          // Together more tokens than the column can hold.
          line('c', 4_000_000_000, '2026-11-20T10:00:03.000Z'),
          '',
        ].join('\n'),
      );
      const told = await atel.command('backfill', '--root', folder);
      expect(told.code).toBe(1);
      expect(told.stdout).toContain(
        '1 line was left out: without an id, without a time from 1900 to 2299, or without counts that are numbers',
      );
      expect(told.stderr).toMatch(
        /^atel: The store refused 1 row; all others are stored\. api_requests: quarantined: .*cache_creation_tokens.* atel flush --replay tries again\.\n$/,
      );
      const status = await atel.command('status', '--json');
      expect(status.code).toBe(1);
      expect(JSON.parse(status.stdout)).toMatchObject({
        refused: { rows: 1, reasons: [expect.stringMatching(/^api_requests: .*cache_creation_tokens/)] },
        left_out_lines: 1,
      });
      expect((await atel.command('status')).stdout).toMatch(/^Left out +1 line of transcripts/m);
      const [summary] = await atel.client.sql(
        'SELECT prompts, toString(last_activity_at) AS last FROM session_summaries FINAL FORMAT JSON',
      );
      expect(summary).toEqual({ prompts: 1, last: '2026-11-20 10:00:03.000' });
      expect(await totals(atel)).toMatchObject({ requests: 1 });
    }));

  it.each([
    ['a missing folder', ['--root', '/nonexistent'], /is not a folder/],
    ['an invalid time', ['--since', 'soon'], /--since takes 10m, 24h, 7d/],
  ])('a backfill says in one line what is wrong with %s', (_, args, message) =>
    withAtel(async (atel) => {
      const { code, stderr, stdout } = await atel.command('backfill', ...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr.trim()).toMatch(message);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }),
  );
});
