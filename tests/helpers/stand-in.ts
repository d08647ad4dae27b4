import { mkdirSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes a telemetry folder look as if a drain were running, so that files in it stay there. */
export function standInForDrain(home: string): void {
  mkdirSync(home, { recursive: true });
  const beat = () => {
    // Not the id of this process, which knows that it is not a drain.
    writeFileSync(join(home, 'drain.pid'), `${process.ppid}\n`);
    writeFileSync(join(home, 'drain.beat'), `${Math.floor(uptime())}\n`);
  };
  beat();
  // A lock that is not touched for 30 s counts as stale, and a test may take longer.
  const heart = setInterval(beat, 5_000);
  onTestFinished(() => clearInterval(heart));
}
