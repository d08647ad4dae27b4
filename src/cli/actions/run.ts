/** `atel run`: runs a command and records its start and end. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { performance } from 'node:perf_hooks';
import { isatty } from 'node:tty';
import { kickDrain } from '../../drain/kick.js';
import { homeOf, joining, record } from '../../emit/record.js';
import { readEndpoint } from '../shared/otel-endpoint.js';
import { programFolder } from '../../base/program-folder.js';
import type { run as definition } from '../commands/run.js';
import type { OptionsOf, Outside } from '../shared/command.js';

type RunOptions = OptionsOf<typeof definition.flags>;

/** How a command ended. */
interface End {
  code: number;
  signal: NodeJS.Signals | null;
}

/** Signals that are sent to this process but meant for the command. */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Runs a command and records its start and its end: program name, duration, exit code, outcome; never its arguments.
 * The command and its caller notice no difference from running it directly: it gets our standard streams and our
 * signals, and this process ends the way it ended. Failures of the telemetry do not change that.
 *
 * Never touches process.stdin, stdout or stderr: that would make the pipes that the command shares non-blocking.
 */
export async function run(
  options: RunOptions,
  _: Outside,
  command: string,
  args: readonly string[],
): Promise<never> {
  // The only check before the command starts: with an invalid option nothing is run.
  const url = options.otelEndpoint === undefined ? undefined : await readEndpoint(options.otelEndpoint);
  const id = randomUUID();
  const parent = { ...process.env };
  const tool = { tool: basename(command), command_id: id, ...work(options) };
  const startedAt = new Date();
  const start = performance.now();

  const ending = startCommand(command, args, { ...parent, ...joinedEnvironment(id, options) });
  const { recorded } = record({ event: 'command_start', timestamp: startedAt, ...tool }, { makeHome: true });
  const end = await ending;
  record({
    event: 'command_end',
    ...tool,
    duration_ms: Math.round(performance.now() - start),
    exit_code: end.code,
    ...(end.signal === null ? {} : { signal: end.signal }),
    status: end.code === 0 ? 'success' : 'failure',
  });
  const paths = homeOf({});
  const runExport =
    url === undefined || !recorded
      ? undefined
      : JSON.stringify({ url, command: id, since: startedAt.toISOString() });
  if (paths !== undefined) kickDrain(paths, programFolder, runExport);
  return endAs(end);
}

function work({ task, phase }: RunOptions) {
  return { ...(task === undefined ? {} : { task_id: task }), ...(phase === undefined ? {} : { phase }) };
}

/** Variables that connect the events of the work inside the command with it. */
function joinedEnvironment(id: string, { task, phase }: RunOptions): Record<string, string> {
  return {
    [joining.command]: id,
    ...(task === undefined ? {} : { [joining.task]: task }),
    ...(phase === undefined ? {} : { [joining.phase]: phase }),
  };
}

/**
 * The message and the exit code of a shell for a command that cannot be started: 127 if it does not exist, else 126.
 */
const notStartedAs: Record<string, { says?: string; code?: number }> = {
  ENOENT: { says: 'command not found', code: 127 },
  // Node's own code, for an empty name.
  ERR_INVALID_ARG_VALUE: { says: 'command not found', code: 127 },
  EACCES: { says: 'permission denied' },
  ENOTDIR: { says: 'not a directory' },
  E2BIG: { says: 'argument list too long' },
};

/** Starts the command. Resolves when it has ended, with 127 or 126 as in a shell if it cannot be started. */
function startCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<End> {
  return new Promise((resolve) => {
    let child: ChildProcess | undefined;
    // Installed before the command starts, because a signal may come at once.
    for (const signal of forwarded)
      process.on(signal, () => {
        if (!reachedTheCommand(signal)) child?.kill(signal);
      });
    const notStarted = (error: NodeJS.ErrnoException) => {
      const { says = error.message, code = 126 } = notStartedAs[error.code ?? ''] ?? {};
      say(`atel: ${command}: ${says}\n`);
      resolve({ code, signal: null });
    };
    try {
      child = spawn(command, args, { stdio: streamsFor(args), env });
    } catch (error) {
      notStarted(error as NodeJS.ErrnoException);
      return;
    }
    child.on('exit', (code, signal) =>
      resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), signal }),
    );
    child.on('error', (error) => {
      // An error without a process id means that the start failed; others mean that a signal could not be sent.
      if (child.pid === undefined) notStarted(error);
    });
  });
}

/** Our three streams, and the files that a shell opened for `<(…)`, whose paths are among the arguments. */
function streamsFor(args: readonly string[]): ('inherit' | 'ignore' | number)[] {
  const streams: ('inherit' | 'ignore' | number)[] = ['inherit', 'inherit', 'inherit'];
  for (const arg of args) {
    const descriptor = Number(/^\/(?:dev|proc\/self)\/fd\/(\d{1,3})$/.exec(arg)?.[1] ?? 0);
    if (descriptor < 3) continue;
    while (streams.length <= descriptor) streams.push('ignore');
    streams[descriptor] = descriptor;
  }
  return streams;
}

/**
 * Whether a terminal sent the signal: Ctrl-C and Ctrl-\ go to all processes in the foreground, including the command.
 */
function reachedTheCommand(signal: NodeJS.Signals): boolean {
  if (signal !== 'SIGINT' && signal !== 'SIGQUIT') return false;
  try {
    // Fields after the name: state, parent, process group, session, terminal, foreground group of the terminal.
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[2] === fields[5];
  } catch {
    return isatty(0);
  }
}

/** Ends this process as the command ended: with the same signal, if there was one. */
function endAs({ code, signal }: End): never {
  if (signal !== null) {
    try {
      // Node ignores some signals and handles others; adding a handler and removing it restores the default.
      process.on(signal, () => undefined);
    } catch {
      // SIGKILL and SIGSTOP cannot have a handler.
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  process.exit(code);
}

function say(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nothing reads stderr.
  }
}
