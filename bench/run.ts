/**
 * Measures what `atel run` adds to a command, and `emit` to a program, compared with the bare command and bare node, in
 * one run. Needs `npm run build`.
 *
 * Environment variables: ROUNDS=40 EMITS=10000
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { cli } from '../tests/helpers/atel.js';
import { measure, table } from './measure.js';

const home = mkdtempSync(join(tmpdir(), 'atel-bench-'));
try {
  // As if a drain were running, since a drain works in the background.
  const drainRunning = () => writeFileSync(join(home, 'drain.pid'), `${process.pid}\n`);
  const env = { ...process.env, AGENT_TELEMETRY_HOME: home };
  const figures = measure(
    [
      { name: 'sh -c :', command: 'sh', args: ['-c', ':'] },
      { name: "node -e ''", command: process.execPath, args: ['-e', ''] },
      {
        name: 'node spawning sh -c :',
        command: process.execPath,
        args: ['-e', "require('child_process').spawn('sh', ['-c', ':'], { stdio: 'inherit' })"],
      },
      {
        name: 'atel run -- sh -c :',
        command: process.execPath,
        args: [cli, 'run', '--', 'sh', '-c', ':'],
        env,
        before: drainRunning,
      },
      {
        name: 'atel run, recording off',
        command: process.execPath,
        args: [cli, 'run', '--', 'sh', '-c', ':'],
        env: { ...env, AGENT_TELEMETRY_ENABLED: '0' },
      },
      {
        name: 'atel run, kicks a drain',
        command: process.execPath,
        args: [cli, 'run', '--', 'sh', '-c', ':'],
        env: { ...env, AGENT_TELEMETRY_HOME: kickingHome() },
      },
    ],
    Number(process.env.ROUNDS ?? 40),
  );
  console.log(table(figures, ['sh -c :', "node -e ''"]));

  const { emit } = (await import(
    pathToFileURL(join(dirname(cli), 'index.js')).href
  )) as typeof import('../src/index.js');
  process.env.AGENT_TELEMETRY_HOME = home;
  const count = Number(process.env.EMITS ?? 10_000);
  const times = Array.from({ length: count }, (_, n) => {
    const start = performance.now();
    emit({ event: 'custom', name: 'tick', n, metadata: { attempt: 1, kind: 'bench' } });
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const quantile = (q: number) => ((times[Math.floor(q * (count - 1))] ?? NaN) * 1_000).toFixed(0);
  console.log(
    `\n${count} emits: median ${quantile(0.5)} µs, 99th percentile ${quantile(0.99)} µs, longest ${quantile(1)} µs`,
  );
} finally {
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}

/** A telemetry folder whose drain ends at once. */
function kickingHome(): string {
  const folder = join(home, 'kicking');
  mkdirSync(join(folder, 'program'), { recursive: true });
  writeFileSync(join(folder, 'program', 'drain.js'), '');
  return folder;
}
