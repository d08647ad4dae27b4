import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Ports that the system never assigns by itself: below the range for outgoing connections and `listen(0)` (from 32768
 * on Linux, 49152 elsewhere). So a port that is free here is still free when the process under test listens on it.
 */
const FIRST = 12_000;
const LAST = 32_000;
/** Each test process has its own range, so that two running in parallel never find the same port. */
const SLICES = 8;
const SLICE = (LAST - FIRST) / SLICES;

const slice = FIRST + (Number(process.env.VITEST_POOL_ID ?? 0) % SLICES) * SLICE;
let next = randomInt(SLICE);

/** A port without a listener on this machine, and not returned to this process before. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < SLICE; tried += 1) {
    const port = slice + next;
    next = (next + 1) % SLICE;
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port))) return port;
  }
  throw new Error(`no free port between ${slice} and ${slice + SLICE}`);
}

function isFree(port: number, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
