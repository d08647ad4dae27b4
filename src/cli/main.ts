import { loadConfig, processSources } from '../base/config.js';
import { addBackfill } from './backfill-command.js';
import { complain, newProgram, print, runProgram } from './command-line.js';
import type { FlushOptions } from './bodies/flush.js';
import type { InitOptions } from './bodies/init.js';
import type { OpenOptions } from './bodies/open.js';
import type { StatusOptions } from './bodies/status.js';
import type { UpOptions } from './bodies/up.js';
import { withExamples } from './shared/describe.js';
import { guardOutput } from './shared/guard-output.js';
import { addOwnTools } from './own-tools.js';
import { addQuestions } from './questions.js';

// Each command is loaded when it is called: what serves is heavy, and a question must be quick.
const program = newProgram();

withExamples(program.command('up'), ['atel up', 'atel up --detach'])
  .description(
    'Serve the embedded store on this machine. Prints one line starting with "ready" when it is usable.',
  )
  .option('--detach', 'start it in the background and return')
  .option('--background', 'stop by itself when long idle (how hooks start it)')
  .option('--otel-endpoint <url>', 'as long as it serves, send traces of what happens there, over OTLP/HTTP')
  .action(async (options: UpOptions) => {
    const { up } = await import('./bodies/up.js');
    await up(loadConfig(), options, print, complain);
  });

withExamples(program.command('down'), ['atel down'])
  .description('Stop the embedded store, in the background or not. Exits with 1 if it does not end.')
  .action(async () => {
    const { down } = await import('./bodies/down.js');
    await down(loadConfig(), print);
  });

withExamples(program.command('open'), ['atel open', 'atel open --print'])
  .description('Open the dashboard in the browser. Prints its address; fails if atel up does not serve it.')
  .option('--print', 'only print the address')
  .action(async (options: OpenOptions) => {
    const { open } = await import('./bodies/open.js');
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
  .option(
    '--otel [protocol]',
    'also send OpenTelemetry of all your projects to atel (http/protobuf, http/json or grpc)',
  )
  .option('--statusline', 'also show the cost and the limits below the prompt')
  .option('--remove', 'take exactly what we added out again')
  .action(async (options: InitOptions) => {
    const { init } = await import('./bodies/init.js');
    await init(loadConfig(), options, processSources().homeDir, print);
  });

addBackfill(program, print);

withExamples(program.command('flush'), ['atel flush', 'atel flush --replay'])
  .description('Deliver everything now. Exits with 1 if anything remains.')
  .option('--replay', 'try the refused rows again')
  .action(async (options: FlushOptions) => {
    const { flush } = await import('./bodies/flush.js');
    await flush(loadConfig(), options, print);
  });

withExamples(program.command('status'), ['atel status', 'atel status --json'])
  .description('Where telemetry goes, what waits, and what is wrong. Exits with 1 if something is.')
  .option('--json', 'print it as JSON')
  .action(async (options: StatusOptions) => {
    guardOutput(complain);
    const { status } = await import('./bodies/status.js');
    if (!(await status(loadConfig(), options, print))) process.exitCode = 1;
  });

addOwnTools(program, print, complain);

addQuestions(program, { config: loadConfig, print, complain });

await runProgram(program);
