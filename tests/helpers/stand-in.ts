import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a telemetry folder look as if this process were draining it, so that what is put there stays there. */
export function standInForDrain(home: string): void {
  mkdirSync(home, { recursive: true });
  const lock = join(home, 'drain.pid');
  writeFileSync(lock, `${process.pid}\n`);
  // A lock that is not touched for 30 s is taken for a dead one's: a test may take longer.
  const later = new Date(Date.now() + 3600_000);
  utimesSync(lock, later, later);
}
