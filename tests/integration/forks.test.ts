import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Recorder, SignalRow } from '../../src/signals/row.js';
import { sessionRows } from '../../src/signals/transcript/session-rows.js';
import { readSession } from '../../src/signals/transcript/session.js';
import { ingestSignals, useStore } from './helpers/store.js';

/**
 * Claude Code 2.1.332 writes the id of a fork's own first prompt on every line that the fork copies. A copy must
 * neither hide the fork's prompt nor move a request to another prompt.
 */
const store = useStore();
const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));
const recorder: Recorder = { device: 'test', privacyTier: 1, origin: 'backfill' };
const READ_AT = Date.parse('2026-11-29T12:00:00Z');

/** The rows of every session in a folder, by the name of its main file. */
async function rowsOf(folder: string): Promise<SignalRow[][]> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
  return Promise.all(
    files.map(async (name) => {
      const sessionId = name.replace('.jsonl', '');
      const state = { sessionId, project: 'shop', end: null, open: true, stops: {}, skills: [] };
      return sessionRows(await readSession(join(folder, name)), state, recorder, READ_AT);
    }),
  );
}

/** The prompts of a session with their number of requests, in order of time. */
async function promptsOf(session: string): Promise<[string, number][]> {
  const steps = await store.client.sessionTimeline.query({ session_id: session, days: 3_650 });
  return steps
    .filter(({ kind }) => kind === 'prompt')
    .map(({ prompt_id, request_count }) => [prompt_id.slice(0, 8), request_count]);
}

describe.each([
  {
    what: 'a fork made by the real client 2.1.332 (--fork-session -p)',
    folder: join(fixtures, 'captures-2.1.332/transcripts/-home-dev-shop'),
    original: '11111111-1111-4111-8111-111111111111',
    fork: '347d4525-8c54-491b-ab10-f877e0f10007',
    // From the log of the API: 8 of the main thread and 5 of two subagents, 3 and 2 of one subagent, 2 after the
    // compaction.
    originalPrompts: [
      ['6f3c6c97', 13],
      ['c4a2b585', 5],
      ['8150b834', 2],
    ],
    forkPrompts: [['2277983a', 2]],
    prompts: { original: 3, fork: 1 },
    requests: { original: 20, fork: 2 },
  },
  {
    what: 'a fork made in a terminal',
    folder: join(fixtures, 'cases/25-fork-rewrites-prompt-ids/projects/-home-u-app'),
    original: '738faba2-fbd9-57cf-bcae-aa74ce9395c5',
    fork: 'b6ccc00a-510f-5ea0-92f6-8039555bc2e7',
    originalPrompts: [
      ['11111111', 1],
      ['22222222', 1],
    ],
    forkPrompts: [['ffffffff', 1]],
    prompts: { original: 2, fork: 1 },
    requests: { original: 2, fork: 1 },
  },
])('$what', ({ folder, original, fork, originalPrompts, forkPrompts, prompts, requests }) => {
  it.each([
    ['the original first', false],
    ['the fork first', true],
  ])('fork and original each keep their own prompts, read with %s', async (_, reversed) => {
    const sessions = await rowsOf(folder);
    for (const rows of reversed ? sessions.reverse() : sessions) await ingestSignals(store.client, rows);

    const overview = await store.client.sessionOverview.query({ days: 3_650 });
    const figures = Object.fromEntries(
      overview.map((row) => [row.session_id, { prompts: row.prompts, requests: row.request_count }]),
    );
    expect(figures).toEqual({
      [original]: { prompts: prompts.original, requests: requests.original },
      [fork]: { prompts: prompts.fork, requests: requests.fork },
    });
    expect(await promptsOf(original)).toEqual(originalPrompts);
    expect(await promptsOf(fork)).toEqual(forkPrompts);
  });
});
