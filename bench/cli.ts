/**
 * Measures commands in the terminal: `atel summary` over about 10,000 events from a new process with the server
 * running, the same from a project log of 10,000 events, and the status line. For comparison: bare node, and `ccusage`,
 * which reads the same transcripts each time. Needs `npm run build`.
 *
 * Environment variables: BYTES (25e6 of transcripts: about 10,000 requests and tool calls) and ROUNDS (30).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { schemas } from '../src/schemas.js';
import { cli, startAtel, type RunningAtel } from '../tests/helpers/atel.js';
import { ccusageBinary, ccusageCommand, ccusageTotals } from '../tests/helpers/ccusage.js';
import { writeCorpus } from '../tests/helpers/corpus.js';
import { measure, table } from './measure.js';

const home = mkdtempSync(join(tmpdir(), 'atel-bench-'));
/** The months of the made-up history. */
const window = ['--since', '2026-10-01', '--until', '2026-12-01'];

/** Input and output tokens of the summary, compared with ccusage's, because a fast answer must also be right. */
async function summaryTokens(atel: RunningAtel): Promise<unknown[]> {
  const { stdout } = await atel.command('summary', ...window, '--json');
  const { metrics } = schemas.summary.parse(JSON.parse(stdout));
  return ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_creation_tokens'].map(
    (name) => metrics.find(({ metric }) => metric === name)?.value,
  );
}

/** Writes a project log of 10,000 events: task runs of seven events each, within the last thirteen days. */
function writeLog(file: string): void {
  const count = 10_000;
  const start = Date.now() - 13 * 86_400_000;
  const told = [
    'command_start',
    'issue_start',
    'issue_phase',
    'context_snapshot',
    'issue_phase',
    'issue_complete',
  ];
  const lines = Array.from({ length: count }, (_, index) => {
    const run = Math.floor(index / 7);
    const event = told[index % 7] ?? 'command_end';
    return `${JSON.stringify({
      event_id: `event-${index}`,
      timestamp: new Date(start + (index / count) * 13 * 86_400_000).toISOString(),
      event,
      session_id: `session-${Math.floor((index / count) * 100)}`,
      tool: `runner-${run % 3}`,
      ...(event.startsWith('command') ? { command_id: `command-${run}` } : { task_id: `TASK-${run}` }),
      ...(event.startsWith('issue')
        ? { parent_id: `command-${run}`, phase: index % 7 === 2 ? 'ready' : 'verify' }
        : {}),
      ...(event.endsWith('_end') || event.endsWith('_complete')
        ? { status: run % 11 === 0 ? 'failure' : 'success', duration_ms: run }
        : {}),
      ...(event === 'context_snapshot' ? { breakdown: { Read: run % 50, Bash: run % 30 } } : {}),
    })}\n`;
  });
  writeFileSync(file, lines.join(''));
}

const log = join(home, 'telemetry.jsonl');
writeLog(log);

const atel = await startAtel({ home });
try {
  const binary = ccusageBinary();
  if (binary === undefined) throw new Error('ccusage is not installed here: run npm ci');
  const history = join(home, 'history');
  const corpus = writeCorpus(history, {
    bytes: Number(process.env.BYTES ?? 25e6),
    result: 500,
    requestIds: true,
  });
  const { requests, toolCalls, sessions } = corpus;
  const read = await atel.command('backfill', '--root', join(history, 'projects'));
  if (read.code !== 0) throw new Error(read.stderr);
  const { input, output, cacheRead, cacheCreation } = ccusageTotals(binary, history);
  const theirs = JSON.stringify([input, output, cacheRead, cacheCreation]);
  const ours = JSON.stringify(await summaryTokens(atel));
  if (ours !== theirs) throw new Error(`atel counts ${ours}, ccusage ${theirs}`);
  console.log(`${requests} requests and ${toolCalls} tool calls in ${sessions} sessions\n`);

  const env = { ...process.env, ...atel.env };
  const node = (name: string, args: string[], input = '') => ({
    name,
    command: process.execPath,
    args,
    input,
    env,
  });
  const ccusage = ccusageCommand(history);
  const line = JSON.stringify({ model: { display_name: 'Opus' }, cost: { total_cost_usd: 1 } });
  const today = join(home, 'contexts', 'today.statusline');
  const figures = measure(
    [
      node("node -e ''", ['-e', '']),
      { name: 'ccusage daily', command: binary, args: ccusage.args, env: ccusage.env },
      node('atel --version', [cli, '--version']),
      node('atel summary', [cli, 'summary', ...window]),
      node('atel summary --file', [cli, 'summary', '--file', log]),
      node('atel trace --file', [cli, 'trace', 'TASK-7', '--file', log]),
      node('atel sessions', [cli, 'sessions', ...window]),
      node('atel trends', [cli, 'trends', ...window]),
      node('atel agents', [cli, 'agents', ...window]),
      node('atel insights', [cli, 'insights', ...window]),
      node('status line', [join(cli, '..', 'statusline.cjs')], line),
      {
        // The status line starts the process that asks the store, and does not wait for it.
        ...node('status line, has the store asked', [join(cli, '..', 'statusline.cjs')], line),
        before: () => [today, `${today}.asked`].forEach((file) => rmSync(file, { force: true })),
      },
      node('atel statusline', [cli, 'statusline'], line),
    ],
    Number(process.env.ROUNDS ?? 30),
  );
  console.log(table(figures, ["node -e ''", 'ccusage daily']));
} finally {
  await atel.stop();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
