import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const end = new URL('end.ts', import.meta.url).href;
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs a program that ends itself within a second, and returns how it ended. */
function ended(program: string): Promise<[code: number | null, signal: string | null]> {
  const code = `import { endWithin } from ${JSON.stringify(end)}; endWithin(1_000); ${program}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: root,
    stdio: 'ignore',
  });
  return new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
}

it('a process whose main thread is held ends nevertheless', async () => {
  // Without that, it would end by itself after a minute, with code 0.
  const held = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);';
  expect(await ended(held)).toEqual([null, 'SIGKILL']);
}, 90_000);

it('a process that is done earlier ends by itself', async () => {
  expect(await ended('process.exitCode = 3;')).toEqual([3, null]);
}, 90_000);
