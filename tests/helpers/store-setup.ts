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

/** What decides how a store looks after its first start: the built program, the catalogue and the engine. */
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
 * What vitest calls before the tests: starts the built program once with an empty folder, as a user's first start
 * does, and keeps the store that it leaves for the tests to copy. A store is kept from run to run as long as the
 * program is the same.
 */
export async function setup(): Promise<void> {
  // Each test says itself that it needs a build.
  if (!existsSync(cli)) return;
  const store = join(cache, `store-${fingerprint()}`);
  if (!existsSync(store)) {
    rmSync(cache, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    const home = mkdtempSync(join(tmpdir(), 'atel-prepared-'));
    try {
      const atel = await startAtel({ home });
      await atel.stop();
      // Each copy is a store of its own.
      rmSync(join(home, 'store', 'id'));
      keep(join(home, 'store'), store);
    } finally {
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  offerStore(store);
}

/** Moves the folder to its place in one step; another run of the tests may have been faster. */
function keep(folder: string, place: string): void {
  const beside = mkdtempSync(join(cache, 'new-'));
  cpSync(folder, join(beside, 'store'), { recursive: true, verbatimSymlinks: true });
  if (!existsSync(place)) renameSync(join(beside, 'store'), place);
  rmSync(beside, { recursive: true, force: true });
}
