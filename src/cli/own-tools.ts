import { Argument, type Command } from 'commander';
import { eventNames } from '../emit/event-names.js';
import type { PruneOptions } from './bodies/prune.js';
import type { RunOptions } from './bodies/run.js';
import { withExamples } from './shared/describe.js';
import { guardOutput } from './shared/guard-output.js';

/** Adds the commands for a user's own tools, scripts and shell. Each is loaded when it is called. */
export function addOwnTools(
  program: Command,
  print: (line: string) => void,
  complain: (line: string) => void,
): void {
  const event = new Argument('<event>', 'what happened');
  // Shown and completed, but not enforced by the parser: a wrong one must not end a script.
  event.argChoices = [...eventNames];
  withExamples(program.command('emit'), [
    'atel emit issue_start task_id=BUG-7 tool=my-runner',
    'atel emit issue_complete task_id=BUG-7 status=success duration_ms=81000',
    'atel emit custom name=deploy metadata.attempts=2 timestamp=$(date +%s)',
  ])
    .description('Record an event of your own tool. Never fails; complains on stderr about a wrong event.')
    .addArgument(event)
    .argument('[key=value...]', 'its fields: task_id=BUG-7 duration_ms=1200 metadata.attempts=2')
    .exitOverride(endWell)
    .action(async (event: string, pairs: string[]) => {
      const { emitCommand } = await import('./bodies/emit.js');
      emitCommand(event, pairs, complain);
    });

  // Options behind the command are the command's.
  program.enablePositionalOptions();
  withExamples(program.command('run'), [
    'atel run -- npm test',
    'atel run --task BUG-7 --phase verify -- npm test',
  ])
    .description('Run a command, and record its start and end. Ends as the command ends.')
    .passThroughOptions()
    .option('--task <id>', 'task that the work belongs to')
    .option('--phase <name>', 'phase of that task')
    .option('--otel-endpoint <url>', 'send the trace of the command there when it has ended, over OTLP/HTTP')
    .argument('<command>', 'program to run')
    .argument('[args...]', 'its arguments; never recorded')
    .action(async (command: string, args: string[], options: RunOptions) => {
      const { runCommand } = await import('./bodies/run.js');
      await runCommand(command, args, options);
    });

  withExamples(program.command('prune'), [
    'atel prune',
    'atel prune --older-than 90d --dry-run',
    'atel prune --file old.jsonl --older-than 4w',
  ])
    .description(
      "Remove old events from this project's own log (.ll/telemetry.jsonl). Safe to run while tools write to it.",
    )
    .option('--older-than <age>', 'like 90d, 12h or 4w (default: retention_days of the project)')
    .option('--dry-run', 'only count')
    .option('--file [path]', "a log (default: this project's own)")
    .action(async (options: PruneOptions) => {
      const { prune } = await import('./bodies/prune.js');
      await prune(options, print);
    });

  withExamples(program.command('hook-handler'), [
    'In .claude/settings.json: {"type": "command", "command": "atel hook-handler"}',
  ])
    .description('Take the JSON of a Claude Code hook from stdin, as the capture scripts do. Silent.')
    .exitOverride(endWell)
    .action(async () => {
      const { hookHandler } = await import('./bodies/hook-handler.js');
      await hookHandler();
    });

  withExamples(program.command('completion'), [
    'source <(atel completion bash)',
    'atel completion zsh > "${fpath[1]}/_atel"',
    'atel completion fish | source',
  ])
    .description('Print the completion script of a shell.')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: string) => {
      guardOutput(complain);
      const { completion } = await import('./bodies/completion.js');
      print(completion(program, shell).trimEnd());
    });
}

/** Not even a wrong use may stop a script, or, as 2 would for a hook, Claude Code. */
function endWell(): never {
  process.exit(0);
}
