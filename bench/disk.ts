/**
 * Measures disk usage: the installed package with and without the embedded engine, and the telemetry folder when empty,
 * after five short sessions, and after a history of about 10,000 requests and tool calls. Needs `npm run build`, and
 * npm's cache or a registry for the dependencies.
 *
 * Environment variable: BYTES (25e6 of transcripts).
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startAtel, type RunningAtel } from '../tests/helpers/atel.js';
import { endBackground } from '../tests/helpers/background.js';
import { writeCorpus } from '../tests/helpers/corpus.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'atel-bench-'));

/** Disk usage of files, bytes: whole blocks, each file counted once. */
function taken(path: string, seen = new Set<number>()): number {
  const file = lstatSync(path);
  if (seen.has(file.ino)) return 0;
  seen.add(file.ino);
  const below = file.isDirectory() ? readdirSync(path).map((name) => taken(join(path, name), seen)) : [];
  return below.reduce((sum, bytes) => sum + bytes, file.blocks * 512);
}

/** The package and its dependencies as npm installs them into a project, without the optional engine. */
function installed(): string {
  const project = join(folder, 'project');
  mkdirSync(project);
  const npm = (cwd: string, ...args: string[]) =>
    execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  npm(root, 'pack', '--ignore-scripts', '--pack-destination', folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  // Not a global install: there, npm ignores --omit.
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  npm(project, 'install', '--omit=optional', ...quiet, join(folder, tarball));
  return join(project, 'node_modules');
}

/** The engine's packages in this clone: the binding, and the library for this platform. */
function engine(): string[] {
  const binding = dirname(createRequire(import.meta.url).resolve('chdb/package.json'));
  return [binding, join(dirname(binding), '@chdb')];
}

const rows: [what: string, bytes: number][] = [];
const note = (what: string, bytes: number) => rows.push([what, bytes]);

/** Size of the telemetry folder after everything has ended. */
async function homeAfter(home: string, work: (atel: RunningAtel) => Promise<void>): Promise<number> {
  const atel = await startAtel({ home });
  try {
    await work(atel);
  } finally {
    await atel.stop();
    await endBackground(home);
  }
  return taken(home);
}

try {
  const without = taken(installed());
  const ofEngine = engine().reduce((sum, path) => sum + taken(path), 0);
  note('package, without the engine', without);
  note('the engine (chDB)', ofEngine);
  note('package, with the engine', without + ofEngine);

  const home = join(folder, 'home');
  mkdirSync(home);
  const empty = await homeAfter(home, () => Promise.resolve());
  note('telemetry folder, nothing recorded', empty);
  note('telemetry folder, five short sessions', await homeAfter(home, (atel) => atel.loadCaptures()));

  const history = join(folder, 'history');
  const { requests, toolCalls, sessions, bytes } = writeCorpus(history, {
    bytes: Number(process.env.BYTES ?? 25e6),
    result: 500,
  });
  const long = join(folder, 'long');
  mkdirSync(long);
  const filled = await homeAfter(long, async (atel) => {
    const { code, stderr } = await atel.command('backfill', '--root', join(history, 'projects'));
    if (code !== 0) throw new Error(stderr);
  });
  note(`telemetry folder, ${requests} requests and ${toolCalls} tool calls in ${sessions} sessions`, filled);
  note('  of these, their transcripts', bytes);

  const size = (of: number) => `${(of / 1e6).toFixed(1)} MB`;
  const widest = Math.max(...rows.map(([what]) => what.length));
  for (const [what, of] of rows) console.log(`${what.padEnd(widest)}  ${size(of).padStart(9)}`);
  console.log(`\n${Math.round((filled - empty) / (requests + toolCalls))} bytes per request or tool call`);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
