/**
 * A telemetry folder with a made history, for benches. Environment variables: N (requests in 365 days), WEEK (how many of
 * them are in the last 7 days; default: as many as in any 7 days) and KEEP (a folder for the store: it is made there
 * once, and used again by later runs).
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { Engine } from '../src/local/engine/engine.js';
import { startAtel } from '../tests/helpers/atel.js';
import { HISTORY_DAYS, statements, type History } from './made-history.js';

/** The database of the embedded store's tables. */
const LIVE = 'ws_local';

/** A telemetry folder, and what its store has. */
export interface MadeStore {
  home: string;
  history: History;
  /** Removes the folder, unless it is kept. */
  remove: () => void;
}

/** @param requests N where the environment does not say it */
export async function madeStore(requests: number): Promise<MadeStore> {
  const kept = process.env.KEEP;
  const home = kept ?? mkdtempSync(join(tmpdir(), 'atel-bench-'));
  mkdirSync(home, { recursive: true });
  const remove = () => {
    if (kept === undefined) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  const file = join(home, 'made.json');
  if (existsSync(file)) return { home, history: readMade(home, file), remove };
  const history = await make(home, Number(process.env.N ?? requests));
  writeFileSync(file, JSON.stringify(history));
  return { home, history, remove };
}

function readMade(home: string, file: string): History {
  const history = z
    .object({ requests: z.number(), lastWeek: z.number(), end: z.number() })
    .parse(JSON.parse(readFileSync(file, 'utf8')));
  if (process.env.N !== undefined && Number(process.env.N) !== history.requests)
    throw new Error(`${home} has ${history.requests} requests: unset N, or choose another KEEP`);
  return history;
}

/** A server deploys the catalogue, then the engine makes the rows. */
async function make(home: string, requests: number): Promise<History> {
  const started = performance.now();
  const lastWeek = Number(process.env.WEEK ?? Math.round((requests * 7) / HISTORY_DAYS));
  const history = { requests, lastWeek, end: Math.floor(Date.now() / 1000) * 1000 };
  await (await startAtel({ home })).stop();
  await inEngine(home, async (engine) => {
    for (const statement of statements(history, LIVE)) await engine.execute(statement);
    await untilMerged(engine);
  });
  console.log(`Made in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
  return history;
}

/** Works with the engine of a store that no server uses meanwhile. */
export async function inEngine<T>(home: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await Engine.open(join(home, 'store', 'engine'));
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

async function untilMerged(engine: Engine): Promise<void> {
  for (;;) {
    const [running] = await engine.rows<{ merges: number }>('SELECT count() AS merges FROM system.merges');
    if (running?.merges === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
