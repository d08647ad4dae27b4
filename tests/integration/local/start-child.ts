/** Starts an embedded server in a separate process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LocalServerOptions } from '../../../src/local/index.js';
import { SERVER_ENVIRONMENT } from '../../../src/base/thread-pool.js';

const script = fileURLToPath(new URL('child.ts', import.meta.url));

/** Runs `child.ts` with as many threads as atel up has; `line` reads its next line of output. */
export async function startChild(
  args: readonly string[],
  options: Partial<LocalServerOptions> = {},
): Promise<{ child: ChildProcess; url: string; line: () => Promise<string> }> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    env: { ...process.env, ...SERVER_ENVIRONMENT, SERVER_OPTIONS: JSON.stringify(options) },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => String((await lines.next()).value);
  return { child, url: await line(), line };
}
