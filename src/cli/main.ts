import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { ConfigError, loadConfig, processSources } from '../config.js';
import { CommandError } from './command-error.js';
import type { BackfillOptions } from './commands/backfill.js';
import type { FlushOptions } from './commands/flush.js';
import type { InitOptions } from './commands/init.js';
import type { OpenOptions } from './commands/open.js';
import type { StatusOptions } from './commands/status.js';
import type { UpOptions } from './commands/up.js';
import { withExamples } from './describe.js';
import { guardOutput } from './guard-output.js';
import { UsageError } from './options.js';
import { addOwnTools } from './own-tools.js';
import { addQuestions } from './questions.js';

// Each command is loaded when it is called: what serves is heavy, and a question must be quick.
const print = (line: string) => console.log(line);
const complain = (line: string) => console.error(`atel: ${line}`);

const program = new Command('atel')
  .description('agent-telemetry: what your Claude Code agents, skills and sessions did, and what it cost.')
  .version(packageJson.version)
  .showHelpAfterError('(atel --help shows what there is)')
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'atel: ')) })
  // Commands that are added below take this over.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

withExamples(program.command('up'), ['atel up', 'atel up --detach'])
  .description(
    'Serve the embedded store on this machine. Prints one line starting with "ready" when it is usable.',
  )
  .option('--detach', 'start it in the background and return')
  .option('--background', 'stop by itself when long idle (how hooks start it)')
  .option('--otel-endpoint <url>', 'as long as it serves, send traces of what happens there, over OTLP/HTTP')
  .action(async (options: UpOptions) => {
    const { up } = await import('./commands/up.js');
    await up(loadConfig(), options, print, complain);
  });

withExamples(program.command('open'), ['atel open', 'atel open --print'])
  .description('Open the dashboard in the browser. Prints its address; fails if atel up does not serve it.')
  .option('--print', 'only print the address')
  .action(async (options: OpenOptions) => {
    const { open } = await import('./commands/open.js');
    await open(loadConfig(), options, print);
  });

withExamples(program.command('init'), [
  'atel init',
  'atel init --project ~/shop --statusline',
  'atel init --user --otel',
  'atel init --project ~/shop --remove',
])
  .description(
    'Add the hooks to a Claude Code project (default: this folder), or to all your projects. Safe to repeat.',
  )
  .option('--project <folder>', 'the project that is to be recorded')
  .option('--user', 'record every project of yours')
  .option('--otel [protocol]', 'also send OpenTelemetry to atel (http/protobuf, http/json or grpc)')
  .option('--statusline', 'also show the cost and the limits below the prompt')
  .option('--remove', 'take exactly what we added out again')
  .action(async (options: InitOptions) => {
    const { init } = await import('./commands/init.js');
    await init(loadConfig(), options, processSources().homeDir, print);
  });

withExamples(program.command('backfill'), [
  'atel backfill',
  'atel backfill --since 30d',
  'atel backfill --root ~/old-laptop/.claude --json',
])
  .description(
    'Read the transcripts that Claude Code keeps on this machine, and send what is new. Safe to repeat.',
  )
  .option('--since <when>', 'only sessions that went on after: 7d, 24h, 2w, today, yesterday or a date (UTC)')
  .option('--root <folder>', 'a folder of transcripts, instead of the usual ones; repeatable', collect, [])
  .option('--json', 'print the summary as JSON')
  .action(async (options: BackfillOptions) => {
    const { backfill } = await import('./commands/backfill.js');
    await backfill(loadConfig(), options, print);
  });

withExamples(program.command('flush'), ['atel flush', 'atel flush --replay'])
  .description('Deliver everything now. Exits with 1 if anything remains.')
  .option('--replay', 'try the refused rows again')
  .action(async (options: FlushOptions) => {
    const { flush } = await import('./commands/flush.js');
    await flush(loadConfig(), options, print);
  });

withExamples(program.command('status'), ['atel status', 'atel status --json'])
  .description('Where telemetry goes, what waits, and what is wrong. Exits with 1 if something is.')
  .option('--json', 'print it as JSON')
  .action(async (options: StatusOptions) => {
    guardOutput(complain);
    const { status } = await import('./commands/status.js');
    if (!(await status(loadConfig(), options, print))) process.exitCode = 1;
  });

addOwnTools(program, print, complain);

addQuestions(program, { config: loadConfig, print, complain });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommandError || error instanceof ConfigError || isRefusal(error))) throw error;
  complain(error.message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** Gathers an option that may be given several times. */
function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

/** What the operating system would not do (a folder without permission, a full disk): its message names the path. */
function isRefusal(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
