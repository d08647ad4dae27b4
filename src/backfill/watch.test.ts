import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { capturesFolder, sessions, transcriptsFolder } from '../../tests/helpers/captures.js';
import { tempFolder } from '../../tests/helpers/temp.js';
import { ConfigError, loadConfig } from '../base/config.js';
import type { BackfillSummary } from './summary.js';
import { watchTranscripts, type WatchOptions } from './watch.js';

/** A folder with the captured transcripts. */
function captured(): string {
  const root = join(tempFolder(), 'projects');
  cpSync(join(capturesFolder, 'transcripts'), root, { recursive: true });
  return root;
}

function start(some: Partial<WatchOptions> = {}, root = captured()) {
  const home = tempFolder();
  const read: BackfillSummary[] = [];
  const problems: unknown[] = [];
  const env = { AGENT_TELEMETRY_HOME: home, TINYBIRD_URL: 'http://localhost:9' };
  const watching = watchTranscripts(loadConfig({ env, homeDir: home, platform: 'linux' }), {
    roots: [root],
    settleMs: 50,
    threads: 0,
    send: ({ rows }) => Promise.resolve({ successful_rows: rows, quarantined_rows: 0 }),
    onRead: (summary) => read.push(summary),
    onProblem: (error) => problems.push(error),
    ...some,
  });
  return { root, read, problems, watching };
}

const main = (root: string) => join(root, '-home-dev-shop', `${sessions.first}.jsonl`);
const line = `${JSON.stringify({ type: 'system', timestamp: '2026-11-20T11:00:00.000Z' })}\n`;
/** The pause after a read is twenty times as long as it took, which a busy machine makes long. */
const soon = { timeout: 60_000, interval: 20 };

it('existing lines are read at once, and then what is written', async () => {
  const { root, read, problems, watching } = start();
  await vi.waitFor(() => expect(read).toMatchObject([{ files: 7 }]), soon);
  appendFileSync(main(root), line);
  await vi.waitFor(() => expect(read[1]).toMatchObject({ sessions: 1, files: 4 }), soon);
  cpSync(join(transcriptsFolder, `${sessions.overloaded}.jsonl`), join(root, '-home-dev-shop', 'new.jsonl'));
  // A copy under another name belongs to the session that its lines name: both files are read.
  await vi.waitFor(() => expect(read[2]).toMatchObject({ sessions: 1, files: 2 }), soon);
  expect(problems).toEqual([]);
  await watching.close();
}, 180_000);

it('a change without an event is found by the poll', async () => {
  const { root, read, watching } = start({ settleMs: 1e9, pollMs: 100 });
  await vi.waitFor(() => expect(read).toHaveLength(1), soon);
  appendFileSync(main(root), line);
  await vi.waitFor(() => expect(read).toHaveLength(2), soon);
  await watching.close();
}, 180_000);

it('a lower tier in the settings counts from the next reading on, and wrong settings read nothing', async () => {
  const home = tempFolder();
  const env = { AGENT_TELEMETRY_HOME: home, AGENT_TELEMETRY_PRIVACY_TIER: '3' };
  let config = loadConfig({ env, homeDir: home, platform: 'linux' });
  let isWrong = false;
  const tables: string[] = [];
  const { root, read, problems, watching } = start({
    current: () => {
      if (isWrong) throw new ConfigError('wrong');
      return config;
    },
    send: ({ table, rows }) => {
      tables.push(table);
      return Promise.resolve({ successful_rows: rows, quarantined_rows: 0 });
    },
  });
  await vi.waitFor(() => expect(read).toHaveLength(1), soon);
  expect(tables).toContain('contents');
  tables.length = 0;
  config = { ...config, privacy_tier: 1 };
  const folder = join(root, '-home-dev-shop');
  cpSync(join(transcriptsFolder, `${sessions.overloaded}.jsonl`), join(folder, 'new.jsonl'));
  await vi.waitFor(() => expect(read).toHaveLength(2), soon);
  expect(tables).not.toContain('contents');
  isWrong = true;
  cpSync(join(transcriptsFolder, `${sessions.overloaded}.jsonl`), join(folder, 'newer.jsonl'));
  await vi.waitFor(() => expect(problems).toHaveLength(1), soon);
  expect(read).toHaveLength(2);
  await watching.close();
}, 180_000);

it('nothing is read after close', async () => {
  const { root, read, watching } = start();
  const other = start({}, root);
  for (const one of [read, other.read]) await vi.waitFor(() => expect(one).toHaveLength(1), soon);
  await watching.close();
  appendFileSync(main(root), line);
  await vi.waitFor(() => expect(other.read).toHaveLength(2), soon);
  expect(read).toHaveLength(1);
  await other.watching.close();
});
