/**
 * Measures `atel backfill` on a made-up history of 1 GB, the first time and again. In the same run it measures
 * `ccusage`, which adds up the same files and stores nothing. Needs `npm run build`.
 *
 * Environment variables: BYTES (1e9), RESULT (median size of a tool's result, 500: about 5 KB per request, as in the
 * reference corpus), ROUNDS (3) and CLIENT (`2.1.197 2.1.332`: the clients whose transcripts are made up; the newer one
 * writes its prompts and requests, too).
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { cli, startAtel, type RunningAtel } from '../tests/helpers/atel.js';
import { ccusageBinary, ccusageCommand, ccusageTotals } from '../tests/helpers/ccusage.js';
import { writeCorpus, type CorpusTruth } from '../tests/helpers/corpus.js';

const rounds = Number(process.env.ROUNDS ?? 3);
let folder = '';

interface Run {
  ms: number;
  peakMegabytes: number;
  stdout: string;
}

/** Runs a program to its end and records its memory usage. */
async function run(command: string, args: readonly string[], env: Record<string, string>): Promise<Run> {
  const started = performance.now();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  let peakMegabytes = 0;
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const watch = setInterval(() => {
    peakMegabytes = Math.max(peakMegabytes, megabytesOf(child.pid, 'VmHWM'));
  }, 20);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}`);
  return { ms: performance.now() - started, peakMegabytes, stdout };
}

function megabytesOf(pid: number | undefined, what: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;

async function storedTokens(atel: RunningAtel): Promise<Record<string, unknown> | undefined> {
  const rows = await atel.client.sql(
    `SELECT count() AS requests, sum(bitAnd(best_input_tokens, 4294967295)) AS input, sum(bitAnd(best_output_tokens, 4294967295)) AS output, sum(bitAnd(best_cache_read_tokens, 4294967295)) AS cacheRead, sum(bitAnd(best_cache_creation_tokens, 4294967295)) AS cacheCreation
     FROM (SELECT * FROM requests FINAL WHERE week = toMonday(timestamp) ORDER BY is_sidechain LIMIT 1 BY if(message_id = '', request_key, message_id)) FORMAT JSON`,
    { timeoutMs: 60_000 },
  );
  return rows[0];
}

/** The figures that both programs must agree on, in a fixed order. */
const figures = (of: Partial<Record<string, unknown>>) =>
  JSON.stringify([of.input, of.output, of.cacheRead, of.cacheCreation]);

async function measure(truth: CorpusTruth, binary: string): Promise<void> {
  const { args, env } = ccusageCommand(folder);
  const projects = join(folder, 'projects');
  const theirs: Run[] = [];
  const cold: Run[] = [];
  const again: Run[] = [];
  const reports: number[] = [];
  let last = '';
  for (let round = 0; round < rounds; round += 1) {
    theirs.push(await run(binary, args, env));
    const home = mkdtempSync(join(tmpdir(), 'atel-bench-home-'));
    const atel = await startAtel({ home });
    try {
      const own = { PATH: process.env.PATH ?? '', HOME: home, ...atel.env };
      const backfill = () => run(process.execPath, [cli, 'backfill', '--root', projects, '--json'], own);
      const first = await backfill();
      cold.push(first);
      last = first.stdout;
      for (let n = 0; n < 5; n += 1) again.push(await backfill());
      const stored = await storedTokens(atel);
      if (
        stored === undefined ||
        figures(stored) !== figures({ ...truth }) ||
        stored.requests !== truth.requests
      )
        throw new Error(`stored ${JSON.stringify(stored)}, not what was used`);
      for (let n = 0; n < 5; n += 1) {
        const started = performance.now();
        await atel.client.costByModel.query({ from: '2026-01-01', to: '2027-01-01' });
        reports.push(performance.now() - started);
      }
      console.log(
        `round ${round + 1}: ccusage ${seconds(theirs.at(-1)?.ms ?? NaN)}, cold ${seconds(first.ms)}, server ${atel.residentMegabytes()} MB, load ${loadavg()[0]?.toFixed(1)}`,
      );
    } finally {
      await atel.stop();
      rmSync(home, { recursive: true, force: true });
    }
  }
  const reference = median(theirs.map(({ ms }) => ms));
  const line = (name: string, ms: number, more = '') =>
    console.log(
      `${name.padEnd(28)}${seconds(ms).padStart(10)}${`${(ms / reference).toFixed(3)} ×`.padStart(12)}  ${more}`,
    );
  const peak = (runs: Run[]) => `${Math.max(...runs.map(({ peakMegabytes }) => peakMegabytes))} MB at most`;
  console.log(`\n${''.padEnd(28)}${'median'.padStart(10)}${'of ccusage'.padStart(12)}`);
  line('ccusage claude daily', reference, peak(theirs));
  const coldMs = median(cold.map(({ ms }) => ms));
  const rate = (amount: number) => (amount / (coldMs / 1000)).toFixed(0);
  line(
    'atel backfill, cold',
    coldMs,
    `${peak(cold)}, ${rate(truth.bytes / 1e6)} MB and ${rate(truth.requests)} requests per second`,
  );
  line('atel backfill, again', median(again.map(({ ms }) => ms)), peak(again));
  line('report: cost_by_model', median(reports));
  const { times } = JSON.parse(last) as { times: Record<string, number> };
  console.log(
    `\nstages of the last cold run, summed over what ran side by side: ${Object.entries(times)
      .map(([stage, ms]) => `${stage} ${seconds(ms)}`)
      .join(', ')}`,
  );
}

async function measureClient(client: '2.1.197' | '2.1.332', binary: string): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'atel-bench-'));
  try {
    const truth = writeCorpus(folder, {
      bytes: Number(process.env.BYTES ?? 1e9),
      result: Number(process.env.RESULT ?? 500),
      requestIds: true,
      client,
    });
    const { bytes, files, sessions, requests, toolCalls } = truth;
    console.log(
      `Transcripts of ${client}: ${(bytes / 1e6).toFixed(0)} MB in ${files} files of ${sessions} sessions: ${requests} requests, ${toolCalls} tool calls`,
    );
    if (figures({ ...ccusageTotals(binary, folder) }) !== figures({ ...truth }))
      throw new Error('ccusage does not count what was used');
    await measure(truth, binary);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const binary = ccusageBinary();
if (binary === undefined) throw new Error('ccusage is not installed here: run npm ci');
const asked = (process.env.CLIENT ?? '2.1.197 2.1.332').split(' ');
for (const client of ['2.1.197', '2.1.332'] as const) {
  if (asked.includes(client)) await measureClient(client, binary);
}
