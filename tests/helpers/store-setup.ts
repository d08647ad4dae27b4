/** Prepares one store for all tests, before vitest runs them. */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cli, startAtel } from './atel.js';
import { offerStore } from './prepared-store.js';

const dist = dirname(cli);
const cache = fileURLToPath(new URL('../../node_modules/.cache/atel', import.meta.url));

/** Everything that determines a store after its first start: the built program, the catalogue and the engine. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const programs = [dist, join(dist, 'chunks')].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.(?:js|cjs)$|^catalogue\.json$/.test(name))
      .map((name) => join(folder, name)),
  );
  const engine = fileURLToPath(new URL('../../node_modules/chdb/package.json', import.meta.url));
  for (const file of [...programs.sort(), ...(existsSync(engine) ? [engine] : [])])
    hash.update(`${file}\n`).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

/**
 * vitest calls this before the tests. It starts the built program once with an empty folder, as a user's first start
 * does, and keeps the resulting store for the tests to copy. A store is reused in later runs while the program is the
 * same.
 */
export async function setup(): Promise<void> {
  // Each test reports the missing build itself.
  if (!existsSync(cli)) return;
  const store = join(cache, `store-${fingerprint()}`);
  if (!existsSync(store)) {
    rmSync(cache, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    const home = mkdtempSync(join(tmpdir(), 'atel-prepared-'));
    // The most common umask: drain.test.ts checks that only the owner can read what a first start makes.
    const before = process.umask(0o022);
    try {
      const atel = await startAtel({ home });
      await atel.stop();
      // Each copy needs its own store id.
      rmSync(join(home, 'store', 'id'));
      keep(join(home, 'store'), store);
    } finally {
      process.umask(before);
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  offerStore(store);
}

/** Moves the folder to its place in one step; another test run may have been first. */
function keep(folder: string, place: string): void {
  const beside = mkdtempSync(join(cache, 'new-'));
  cpSync(folder, join(beside, 'store'), { recursive: true, verbatimSymlinks: true });
  if (!existsSync(place)) renameSync(join(beside, 'store'), place);
  rmSync(beside, { recursive: true, force: true });
}
