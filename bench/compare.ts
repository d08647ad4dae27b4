/**
 * Compares this build with another one, side by side in one run: the processor time of a first `atel backfill` and of
 * its store, and the times of the hooks. Processor time hardly depends on what else the machine does. Needs
 * `npm run build` in both clones.
 *
 * Environment variables: OTHER (a clone of the other version, built), BYTES (1e8), ROUNDS (3) and HOOKS (20 rounds).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startAtel } from '../tests/helpers/atel.js';
import { capturedPayloads } from '../tests/helpers/captures.js';
import { writeCorpus } from '../tests/helpers/corpus.js';
import { run } from '../tests/helpers/process.js';
import { columns, measure, quantile, table } from './measure.js';

const other = process.env.OTHER;
if (other === undefined) throw new Error('OTHER must name a built clone of the other version');
const clones = { here: fileURLToPath(new URL('..', import.meta.url)), other };
const rounds = Number(process.env.ROUNDS ?? 3);

/** Processor seconds of one backfill into a new store. */
async function backfill(clone: string, projects: string): Promise<{ client: number; store: number }> {
  const home = mkdtempSync(join(tmpdir(), 'atel-compare-'));
  const program = join(clone, 'dist', 'cli.js');
  const atel = await startAtel({ home, program });
  try {
    const before = atel.cpuSeconds();
    const env = { PATH: process.env.PATH ?? '', HOME: home, ...atel.env };
    // The second line of `times` is what the children used: 1m2.34s of their own and 0m0.5s in the system.
    const script = `"${process.execPath}" "${program}" backfill --root "${projects}" --json > /dev/null; times`;
    const { code, stdout, stderr } = await run('sh', ['-c', script], { env });
    const [user = '', system = ''] = stdout.trim().split('\n').at(-1)?.split(/\s+/) ?? [];
    if (code !== 0 || system === '') throw new Error(`the backfill of ${clone} failed: ${stderr}`);
    return { client: secondsOf(user) + secondsOf(system), store: atel.cpuSeconds() - before };
  } finally {
    await atel.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

function secondsOf(text: string): number {
  const [minutes = '0', seconds = '0'] = text.replace(/s$/, '').split('m');
  return Number(minutes) * 60 + Number(seconds);
}

async function compareBackfill(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'atel-compare-'));
  try {
    writeCorpus(folder, { bytes: Number(process.env.BYTES ?? 1e8), result: 500, requestIds: true });
    const spent = { here: [] as Record<string, number>[], other: [] as Record<string, number>[] };
    for (let round = 0; round < rounds; round += 1)
      for (const name of ['other', 'here'] as const)
        spent[name].push(await backfill(clones[name], join(folder, 'projects')));
    const middle = (name: 'here' | 'other', part: string) =>
      quantile(
        spent[name].map((one) => one[part] ?? NaN),
        0.5,
      );
    const line = (part: string, label: string) => [
      label,
      `${middle('other', part).toFixed(2)} s`,
      `${middle('here', part).toFixed(2)} s`,
      `${(middle('here', part) / middle('other', part)).toFixed(2)} ×`,
    ];
    console.log(
      columns([
        ['processor time, median', 'other', 'here', ''],
        line('client', 'atel backfill'),
        line('store', 'its store'),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compareHooks(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'atel-compare-'));
  const atel = await startAtel({ home });
  try {
    const env = { ...process.env, ...atel.env };
    const input = capturedPayloads()[0]?.text ?? '';
    const hook = (name: 'here' | 'other', label: string, file: string, command?: string) => {
      const path = join(clones[name], '.claude', 'hooks', file);
      return {
        name: `${label}, ${name}`,
        command: command ?? path,
        args: command === undefined ? [] : [path],
        input,
        env,
      };
    };
    const figures = measure(
      [
        hook('other', 'capture hook', 'log-agent-start.sh'),
        hook('here', 'capture hook', 'log-agent-start.sh'),
        hook('other', 'SessionStart hook', 'inject-usage-context.js', process.execPath),
        hook('here', 'SessionStart hook', 'inject-usage-context.js', process.execPath),
      ],
      Number(process.env.HOOKS ?? 20),
    );
    console.log(table(figures, ['capture hook, other', 'SessionStart hook, other']));
  } finally {
    await atel.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

await compareBackfill();
await compareHooks();
