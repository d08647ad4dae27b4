import type { Command } from 'commander';
import type { Config } from '../base/config.js';
import type { Desk } from './shared/answer.js';
import type { ExportOptions } from './bodies/export-options.js';
import type { SessionOptions } from './bodies/session.js';
import type { SessionsOptions } from './bodies/sessions.js';
import type { SqlOptions } from './bodies/sql.js';
import type { FailuresOptions } from './bodies/failures.js';
import type { ContextOptions } from './bodies/context.js';
import type { SummaryOptions } from './bodies/summary.js';
import type { TraceOptions } from './bodies/trace.js';
import type { TrendsOptions } from './bodies/trends.js';
import { withExamples } from './shared/describe.js';
import { addFileOption, wantsFile, type FileOptions } from './shared/file-option.js';
import { guardOutput } from './shared/guard-output.js';
import type { LogDesk } from './shared/log-desk.js';
import {
  addOutputOptions,
  addTimeOptions,
  addWindowOptions,
  UsageError,
  type WindowOptions,
} from './shared/options.js';

/** What a command is given: settings are read when it runs. */
interface Outside {
  config: () => Config;
  print: (line: string) => void;
  /** Says what is wrong, on stderr. */
  complain: (line: string) => void;
}

/** Adds the commands that answer from the store. Each is loaded when it is called. */
export function addQuestions(program: Command, outside: Outside): void {
  const command = (
    name: string,
    about: string,
    examples: readonly string[],
    add: (command: Command) => Command,
    run: (options: never, desk: Desk, argument: string) => Promise<void>,
    ofLog?: (options: never, desk: LogDesk, argument: string) => Promise<void>,
  ) => {
    const described = add(program.command(name).description(about));
    const made = withExamples(ofLog === undefined ? described : addFileOption(described), examples);
    made.action(async (...given: unknown[]) => {
      const argument = typeof given[0] === 'string' ? given[0] : '';
      const [expected] = made.registeredArguments;
      if (expected !== undefined && argument.trim() === '')
        throw new UsageError(
          `<${expected.name()}> is empty (atel ${made.name()} --help shows what there is)`,
        );
      guardOutput(outside.complain);
      if (ofLog !== undefined && wantsFile(made.opts<FileOptions>()))
        await ofLog(made.opts<never>(), await openLog(made.opts<FileOptions>(), outside), argument);
      else await run(made.opts<never>(), await openDesk(outside), argument);
    });
  };

  command(
    'summary',
    'Summary of a period, compared with the previous one: cost, sessions, tokens, agents, skills and tools.',
    ['atel summary', 'atel summary --since 24h', 'atel summary --since 2026-11-01 --until 2026-12-01 --json'],
    (made) => addWindowOptions(made).option('--top <count>', 'how many rows of each breakdown', '5'),
    async (options: SummaryOptions, desk) => (await import('./bodies/summary.js')).summary(options, desk),
    async (options: SummaryOptions, desk) =>
      (await import('./bodies/summary-log.js')).summaryOfLog(options, desk),
  );

  command(
    'sessions',
    'Sessions in a period, newest first.',
    ['atel sessions', 'atel sessions --since 30d --status abandoned', 'atel sessions --limit 5 --json'],
    (made) =>
      addWindowOptions(made)
        .option('--limit <count>', 'how many', '20')
        .option('--cursor <text>', 'go on where the page before ended, which printed this')
        .option('--status <state>', 'only active, ended or abandoned sessions'),
    async (options: SessionsOptions, desk) =>
      (await import('./bodies/sessions.js')).sessions(options, desk),
  );

  command(
    'session <id>',
    'One session, prompt by prompt: requests, agents, tools and skills, with tokens and cost.',
    ['atel session 1f3a', 'atel session 1f3a --timezone local', 'atel session 1f3a --json'],
    (made) =>
      addOutputOptions(
        made.option('--timezone <name>', 'time zone of times, e.g. Europe/Berlin or local', 'UTC'),
      ),
    async (options: SessionOptions, desk, id) =>
      (await import('./bodies/session.js')).session(options, desk, id),
  );

  command(
    'trends',
    'Cost and usage over time, by hour, day, week or month.',
    ['atel trends', 'atel trends --weekly', 'atel trends --period monthly --timezone Europe/Berlin'],
    (made) =>
      addWindowOptions(made, 'by the period,')
        .option('--period <name>', 'hourly, daily, weekly (from Monday) or monthly (default: daily)')
        .option('--hourly', 'the same as --period hourly')
        .option('--daily', 'the same as --period daily')
        .option('--weekly', 'the same as --period weekly')
        .option('--monthly', 'the same as --period monthly'),
    async (options: TrendsOptions, desk) => (await import('./bodies/trends.js')).trends(options, desk),
    async (options: TrendsOptions, desk) =>
      (await import('./bodies/trends-log.js')).trendsOfLog(options, desk),
  );

  command(
    'trace <task>',
    'All events of a task across tools, in order of time: commands, waves, phases, results.',
    ['atel trace BUG-7', 'atel trace BUG-7 --timezone local --json', 'atel trace BUG-7 --file'],
    (made) =>
      addOutputOptions(
        made
          .option('--timezone <name>', 'time zone of times, e.g. Europe/Berlin or local', 'UTC')
          .option('--project <name>', 'only this project, as the project column names it')
          .option('--limit <count>', 'how many events', '1000')
          .option('--cursor <text>', 'go on where the page before ended, which printed this'),
      ),
    async (options: TraceOptions, desk, task) =>
      (await import('./bodies/trace.js')).trace(options, desk, task),
    async (options: TraceOptions, desk, task) =>
      (await import('./bodies/trace-log.js')).traceOfLog(options, desk, task),
  );

  command(
    'agents',
    'What each type of subagent did and cost, and how well.',
    ['atel agents', 'atel agents --since 30d --project shop-7815fea6', 'atel agents --json'],
    (made) => addWindowOptions(made),
    async (options: WindowOptions, desk) => (await import('./bodies/agents.js')).agents(options, desk),
  );

  command(
    'skills',
    'How often each skill was used, how it went, what was spent under it, and which were not used.',
    ['atel skills', 'atel skills --since 30d', 'atel skills --json'],
    (made) => addWindowOptions(made),
    async (options: WindowOptions, desk) => (await import('./bodies/skills.js')).skills(options, desk),
  );

  command(
    'insights',
    'What could be done better, with the figures behind each hint.',
    ['atel insights', 'atel insights --since 30d --explain', 'atel insights --json'],
    (made) => addWindowOptions(made),
    async (options: WindowOptions, desk) => (await import('./bodies/insights.js')).insights(options, desk),
  );

  command(
    'tasks',
    'How long the tasks of your own tools took, which phase is the bottleneck, what changed, and what each phase used.',
    ['atel tasks', 'atel tasks --since 30d --project shop-7815fea6', 'atel tasks --json'],
    (made) => addWindowOptions(made),
    async (options: WindowOptions, desk) => (await import('./bodies/tasks.js')).tasks(options, desk),
  );

  command(
    'context',
    'How much context each task used: its snapshots, tokens and cost.',
    ['atel context', 'atel context --since 30d --top 50', 'atel context --json'],
    (made) => addWindowOptions(made).option('--top <count>', 'how many tasks', '20'),
    async (options: ContextOptions, desk) => (await import('./bodies/context.js')).context(options, desk),
  );

  command(
    'failures',
    'How often tasks fail by tool, phase and type, and how often commands and tool calls do.',
    ['atel failures', 'atel failures --since 30d', 'atel failures --json'],
    (made) => addWindowOptions(made).option('--top <count>', 'how many rows of each', '10'),
    async (options: FailuresOptions, desk) =>
      (await import('./bodies/failures.js')).failures(options, desk),
  );

  command(
    'statusline',
    "One line for Claude Code's statusLine, from the JSON that it gives on stdin.",
    [
      'atel init --user --statusline',
      'In .claude/settings.json: "statusLine": {"type": "command", "command": "atel statusline"}',
    ],
    (made) => made,
    async () => (await import('./bodies/statusline.js')).statusline(),
  );

  command(
    'sql <query>',
    'Run one read-only SELECT over the tables and pipes. In JSON, a number that JSON cannot hold is a string of its digits.',
    [
      'atel sql "SELECT tool_name, count() AS calls FROM telemetry_events FINAL GROUP BY tool_name"',
      'atel sql "SELECT * FROM cost_by_model" --json',
    ],
    (made) => made.option('--json', 'print JSON'),
    async (options: SqlOptions, desk, query) => (await import('./bodies/sql.js')).sql(options, desk, query),
  );

  command(
    'export',
    'Write rows as CSV, JSON, NDJSON or Parquet, or traces as OpenTelemetry: to stdout, a file or an OTLP endpoint.',
    [
      'atel export --since 30d > requests.csv',
      'atel export --table sessions --format ndjson',
      'atel export --table events --format json --out events.json',
      'atel export --file --task BUG-7 --format ndjson',
      'atel export --format parquet --out requests.parquet',
      'atel export --format otel --endpoint http://localhost:4318',
    ],
    (made) =>
      addTimeOptions(made)
        .option('--format <name>', 'csv, json, ndjson, parquet or otel (traces)', 'csv')
        .option('--table <name>', 'requests, sessions, agents, skills or events (default: requests)')
        .option('--event <name>', 'of the events, only those of this name')
        .option('--tool <name>', 'of the events, only those of this tool')
        .option('--task <id>', 'of the events, only those of this task')
        .option('--out <file>', 'write there instead of to stdout (-); parquet needs one')
        .option('--endpoint <url>', 'with otel: send there over OTLP/HTTP, instead of writing OTLP/JSON')
        .option('--header <name=value...>', 'with --endpoint: send this header too'),
    async (options: ExportOptions, desk) => (await import('./bodies/export.js')).exportRows(options, desk),
    async (options: ExportOptions, desk) =>
      (await import('./bodies/export-log.js')).exportLog(options, desk),
  );
}

async function openDesk({ config, print }: Outside): Promise<Desk> {
  const [{ Asker }, { terminalOf }] = await Promise.all([
    import('./shared/asker.js'),
    import('./render/terminal.js'),
  ]);
  return { asker: new Asker(config()), terminal: terminalOf(), print, now: Date.now() };
}

async function openLog(options: FileOptions, { print, complain }: Outside): Promise<LogDesk> {
  const [{ logFile }, { terminalOf }] = await Promise.all([
    import('./shared/log-desk.js'),
    import('./render/terminal.js'),
  ]);
  return { file: logFile(options), terminal: terminalOf(), print, complain, now: Date.now() };
}
