/** Runs `atel` commands in one process, for tests that look at what many commands print. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { run, type ProcessOptions, type ProcessResult } from './process.js';

/** The built command line. */
export const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const script = fileURLToPath(new URL('command-host.mjs', import.meta.url));

/** Commands that keep running, start another program, read their input, or are a program of their own. */
const ownProcess = new Set(['up', 'run', 'emit', 'hook-handler', 'statusline', 'backfill']);

let host: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command of the built program with exactly the given environment, and returns what a process of its own would
 * return (command-host.test.ts compares the two). Commands run one after another in one process, which takes a tenth of
 * the time. For commands that must run at the same time, `run` starts processes.
 */
export function runCommand(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
  if (ownProcess.has(args[0] ?? '') || (options.input ?? '') !== '')
    return run(process.execPath, [cli, ...args], options);
  const result = last.then(() => ask(args, options));
  last = result.catch(() => undefined);
  return result;
}

async function ask(
  args: readonly string[],
  { env = {}, cwd = process.cwd() }: ProcessOptions,
): Promise<ProcessResult> {
  const child = (host ??= start());
  const answer = await new Promise<ProcessResult | { failed: string }>((resolve) => {
    const settle = (result: ProcessResult | { failed: string }) => {
      child.off('message', settle).off('exit', fail);
      resolve(result);
    };
    const fail = (code: number | null, signal: string | null) =>
      settle({ failed: `its process ended with ${signal ?? code}` });
    child.on('message', settle).on('exit', fail);
    child.channel?.ref();
    child.send({ args, env, cwd });
  });
  // The host ends with this process, which does not wait for it.
  child.channel?.unref();
  if ('failed' in answer) throw new Error(`atel ${args.join(' ')} failed: ${answer.failed}`);
  return answer;
}

function start(): ChildProcess {
  const child = fork(script, [cli], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  child.unref();
  child.once('exit', () => (host = undefined));
  return child;
}
