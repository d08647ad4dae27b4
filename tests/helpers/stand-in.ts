import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes a telemetry folder look as if a process were draining it, so that what is put there stays there. */
export function standInForDrain(home: string): void {
  mkdirSync(home, { recursive: true });
  // A process of its own: what ends the background processes of a folder may end it.
  const holder = spawn('sleep', ['600'], { stdio: 'ignore' });
  const beat = () => {
    writeFileSync(join(home, 'drain.pid'), `${holder.pid}\n`);
    writeFileSync(join(home, 'drain.beat'), `${Math.floor(uptime())}\n`);
  };
  beat();
  // A lock that is not touched for 30 s counts as stale, and a test may take longer.
  const heart = setInterval(beat, 5_000);
  onTestFinished(() => {
    clearInterval(heart);
    holder.kill();
  });
}
