/**
 * Measures how long `atel up` takes until it is usable, wall and processor time: on an empty store, on an empty store
 * without the build's check of the catalogue (`dist/checked.json`), and on an existing store. Needs `npm run build`.
 *
 * Environment variables: ROUNDS (3).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { SERVER_ENVIRONMENT } from '../src/base/thread-pool.js';
import { cli } from '../tests/helpers/command-host.js';
import { freePort } from '../tests/helpers/ports.js';
import { columns, quantile } from './measure.js';

const rounds = Number(process.env.ROUNDS ?? 3);
/** Linux counts processor time in these, per second. */
const TICKS = 100;

const root = mkdtempSync(join(tmpdir(), 'atel-bench-start-'));
// Below the package, so that it finds the engine.
const unchecked = mkdtempSync(join(dirname(cli), '..', 'node_modules', '.cache', 'bench-start-'));
cpSync(dirname(cli), unchecked, { recursive: true });
rmSync(join(unchecked, 'checked.json'));

interface Start {
  wall: number;
  processor: number;
}

/** Starts a server on a home folder, and ends it when it is ready. */
async function start(program: string, home: string): Promise<Start> {
  const ports = await Promise.all(Array.from({ length: 5 }, () => freePort()));
  const names = ['TINYBIRD', 'OTLP_GRPC', 'COLLECTOR', 'API', 'DASHBOARD'];
  const started = performance.now();
  const server = spawn(process.execPath, [program, 'up'], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: home,
      AGENT_TELEMETRY_HOME: join(home, 'data'),
      ...Object.fromEntries(names.map((name, n) => [`AGENT_TELEMETRY_${name}_PORT`, String(ports[n])])),
      ...SERVER_ENVIRONMENT,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    server.stdout.on('data', (text: Buffer) => /^ready/m.test(text.toString()) && resolve());
    server.once('exit', (code) => reject(new Error(`atel up ended with ${String(code)}`)));
  });
  const figures = { wall: performance.now() - started, processor: processorMs(server) };
  server.removeAllListeners('exit');
  const gone = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await gone;
  return figures;
}

/** Processor time of a process with its threads, milliseconds. */
function processorMs({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

const kinds = ['first start', 'first start, not checked by the build', 'start on an existing store'] as const;
const found = new Map<string, Start[]>(kinds.map((kind) => [kind, []]));
try {
  for (let round = 0; round < rounds; round += 1) {
    const home = mkdtempSync(join(root, 'home-'));
    found.get(kinds[0])?.push(await start(cli, home));
    found.get(kinds[2])?.push(await start(cli, home));
    found.get(kinds[1])?.push(await start(join(unchecked, 'cli.js'), mkdtempSync(join(root, 'home-'))));
  }
  const median = (starts: Start[], what: keyof Start) =>
    Math.round(
      quantile(
        starts.map((one) => one[what]),
        0.5,
      ),
    ).toLocaleString('en');
  console.log(
    columns([
      ['', 'wall ms', 'processor ms'],
      ...[...found].map(([kind, starts]) => [kind, median(starts, 'wall'), median(starts, 'processor')]),
    ]),
  );
} finally {
  for (const folder of [root, unchecked]) rmSync(folder, { recursive: true, force: true });
}
