import { spawn } from 'node:child_process';
import type { ProcessOptions, ProcessResult } from './process.js';

/** Long enough for any program that ends; one that waits for the end of stdin never does. */
const HANGS_AFTER_MS = 20_000;

interface OpenStdin extends ProcessOptions {
  /** What is written later, and when. */
  later?: { input: string; afterMs: number };
}

/**
 * Runs a program whose stdin is never closed after the input. If it does not end, it is killed, and the result has the
 * signal.
 */
export function runWithOpenStdin(
  command: string,
  args: readonly string[],
  { input = '', env = {}, cwd, later }: OpenStdin,
): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: 'pipe' });
    const limit = setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER_MS);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.on('error', () => undefined);
    child.stdin.write(input);
    if (later !== undefined) setTimeout(() => child.stdin.write(later.input), later.afterMs);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(limit);
      child.stdin.destroy();
      child.on('close', () => resolve({ code, signal, stdout, stderr }));
    });
  });
}
