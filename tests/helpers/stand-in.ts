import { mkdirSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes a telemetry folder look as if a process were draining it, so that what is put there stays there. */
export function standInForDrain(home: string): void {
  mkdirSync(home, { recursive: true });
  const beat = () => {
    // Not this one: it would know that it does not drain.
    writeFileSync(join(home, 'drain.pid'), `${process.ppid}\n`);
    writeFileSync(join(home, 'drain.beat'), `${Math.floor(uptime())}\n`);
  };
  beat();
  // A lock that is not touched for 30 s is taken for a dead one's: a test may take longer.
  const heart = setInterval(beat, 5_000);
  onTestFinished(() => clearInterval(heart));
}
