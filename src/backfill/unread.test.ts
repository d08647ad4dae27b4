import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../base/config.js';
import { homePaths } from '../base/home.js';
import { tempFolder } from '../../tests/helpers/temp.js';
import { stateFolder } from './folder.js';
import { BackfillState } from './state.js';
import { unreadHistory } from './unread.js';

const now = Date.parse('2026-11-20T12:00:00Z');
const DAY = 86_400_000;

function place() {
  const home = tempFolder();
  const root = join(home, 'projects');
  const config = loadConfig({
    env: { AGENT_TELEMETRY_HOME: join(home, 'telemetry') },
    homeDir: home,
    platform: 'linux',
  });
  const paths = homePaths(config.home);
  return {
    paths,
    transcript(name: string, daysAgo: number) {
      const path = join(root, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '{}\n');
      const at = new Date(now - daysAgo * DAY);
      utimesSync(path, at, at);
      return path;
    },
    /** Writes a file below the telemetry folder. */
    put(path: string, text: string) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    },
    state: () => BackfillState.load(stateFolder(paths), config.tinybird_url, [root]),
    unread: () => unreadHistory(config, [root], now),
  };
}

const read = { bytes: 3, writtenAt: 0, offset: 3, check: '', root: '', born: 0, begun: null };

it('without transcripts there is no unread history', () => {
  expect(place().unread()).toBeNull();
});

it('sessions are counted, not files, and the days go back to the oldest', () => {
  const here = place();
  here.transcript('shop/a.jsonl', 0.5);
  here.transcript('shop/b.jsonl', 9.5);
  here.transcript('shop/b/subagents/agent-1.jsonl', 9);
  expect(here.unread()).toEqual({ sessions: 2, days: 10 });
});

it('a session of the last hours is one of the last day', () => {
  const here = place();
  here.transcript('shop/a.jsonl', 0);
  expect(here.unread()).toEqual({ sessions: 1, days: 1 });
});

it('a session that a backfill read into this store, or that hooks reported, is not unread', async () => {
  const here = place();
  here.put(here.paths.storeId, 'store-1');
  const path = here.transcript('shop/a.jsonl', 3);
  here.transcript('shop/b.jsonl', 2);
  here.transcript('shop/c.jsonl', 1);
  const state = here.state();
  state.store = 'store-1';
  state.set(path, read);
  await state.save();
  here.put(join(here.paths.sessions, 'b.json'), '{}');
  expect(here.unread()).toEqual({ sessions: 1, days: 1 });
});

it('what was read into a store that is gone is unread', async () => {
  const here = place();
  here.put(here.paths.storeId, 'store-2');
  const path = here.transcript('shop/a.jsonl', 3);
  const state = here.state();
  state.store = 'store-1';
  state.set(path, read);
  await state.save();
  expect(here.unread()).toEqual({ sessions: 1, days: 3 });
});
