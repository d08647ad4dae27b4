/**
 * Makes the store of an earlier version, as a fixture: its code records the captured sessions, and everything that it
 * leaves on disk is packed.
 *
 *     npx tsx tests/stores/make.ts COMMIT
 *
 * writes COMMIT.tar.gz and COMMIT.json to tests/fixtures/stores. The archive has a user's home: `.agent-telemetry` with the
 * store, rows that wait in the spool and payloads that wait in the inbox; `.config`; `.claude` with the transcripts; and
 * the project `shop` with the hooks that `atel init` installed. The JSON has the answers that this version gave about
 * what it had stored. It needs /home/dev, because the captured sessions ran there, and removes it at the end.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillInbox } from '../helpers/atel.js';
import { capturesFolder, captureTime, transcriptsFolder } from '../helpers/captures.js';
import { freePort } from '../helpers/ports.js';

const USER = '/home/dev';
const root = fileURLToPath(new URL('../..', import.meta.url));
const fixtures = join(root, 'tests', 'fixtures', 'stores');
/** The last hook payload that is stored; the next ones wait in the spool, and the last two in the inbox. */
const [LAST_STORED, LAST_SPOOLED] = [66, 71];

/** The questions whose answers are kept: those of this version must be equal in all columns that both have. */
const QUESTIONS = [
  'agent_usage_summary',
  'cost_by_agent',
  'cost_by_day',
  'cost_by_model',
  'cost_by_project',
  'cost_by_skill',
  'emitted_events',
  'session_overview',
  'skill_frequency',
  'task_summary',
  'tool_usage',
  'usage_metrics',
];

const commit = process.argv[2];
if (commit === undefined) throw new Error('Name a commit');
if (existsSync(USER)) throw new Error(`${USER} exists: this would overwrite it`);

const source = mkdtempSync(join(tmpdir(), 'atel-earlier-'));
execFileSync('sh', ['-c', `git archive ${commit} | tar -x -C '${source}'`], { cwd: root });
symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'));
execFileSync(process.execPath, ['build.mjs'], { cwd: source, stdio: 'inherit' });
const cli = join(source, 'dist', 'cli.js');

try {
  const [home, shop] = [join(USER, '.agent-telemetry'), join(USER, 'shop')];
  const transcripts = join(USER, '.claude', 'projects', '-home-dev-shop');
  for (const folder of [shop, transcripts, join(USER, '.config', 'agent-telemetry')])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  cpSync(transcriptsFolder, transcripts, { recursive: true });
  // The user typed /release-notes, which was a skill of the project.
  const skill = join(shop, '.claude', 'skills', 'release-notes');
  mkdirSync(skill, { recursive: true });
  writeFileSync(join(skill, 'SKILL.md'), '---\ndescription: Write release notes\n---\nWrite them.\n');
  writeFileSync(join(USER, '.config', 'agent-telemetry', 'config.json'), '{"idle_minutes": 7}\n');
  const port = await freePort();
  const collector = await freePort();
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: USER,
    UV_THREADPOOL_SIZE: '64',
    TINYBIRD_URL: `http://localhost:${port}`,
    AGENT_TELEMETRY_OTLP_GRPC_PORT: String(await freePort()),
    AGENT_TELEMETRY_COLLECTOR_PORT: String(collector),
    AGENT_TELEMETRY_API_PORT: String(await freePort()),
    AGENT_TELEMETRY_DASHBOARD_PORT: String(await freePort()),
  };
  const atel = (...args: string[]) =>
    execFileSync(process.execPath, [cli, ...args], {
      env,
      cwd: shop,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  atel('init', '--project', shop);
  const server = spawn(process.execPath, [cli, 'up'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(server.stdout, 'data');

  for (const name of readdirSync(join(capturesFolder, 'otlp')).sort()) {
    const signal = /^\d+-(\w+)\./.exec(name)?.[1] ?? '';
    const type = name.endsWith('.json') ? 'application/json' : 'application/x-protobuf';
    const body = readFileSync(join(capturesFolder, 'otlp', name));
    const answer = await fetch(`http://127.0.0.1:${collector}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  }
  const capture = { project: shop, transcripts, at: captureTime };
  fillInbox(home, { ...capture, only: (index) => index <= LAST_STORED });
  const told = ['task_id=BUG-7', 'status=success', 'duration_ms=1500', 'timestamp=2026-11-20T10:50:00Z'];
  atel('emit', 'issue_complete', ...told);
  atel('flush');

  const figures: Record<string, unknown> = {};
  for (const name of QUESTIONS) {
    const url = `${env.TINYBIRD_URL}/v0/pipes/${name}.json?date_from=2026-01-01%2000:00:00&date_to=2027-01-01%2000:00:00`;
    const answer = (await (await fetch(url, { headers: { authorization: 'Bearer local' } })).json()) as {
      data?: unknown;
    };
    if (answer.data === undefined) throw new Error(`${name}: ${JSON.stringify(answer)}`);
    figures[name] = answer.data;
  }
  writeFileSync(join(fixtures, `${commit}.json`), `${JSON.stringify(figures, null, 2)}\n`);
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;

  // Without the link to the program a drain finds no store to start, so the rows stay in the spool.
  rmSync(join(home, 'program'), { force: true, recursive: true });
  fillInbox(home, { ...capture, only: (index) => index > LAST_STORED && index <= LAST_SPOOLED });
  const drain = spawn(process.execPath, [join(source, 'dist', 'drain.js')], {
    env: { ...env, AGENT_TELEMETRY_DETACHED: '1' },
    stdio: 'inherit',
  });
  await once(drain, 'exit');
  fillInbox(home, { ...capture, only: (index) => index > LAST_SPOOLED });
  for (const name of ['atel.log', 'drain.pid', 'drain.beat', 'drain.kick'])
    rmSync(join(home, name), { force: true });

  execFileSync('sh', [
    '-c',
    `tar -C '${USER}' --owner=0 --group=0 -cf - . | gzip -9n > '${join(fixtures, commit)}.tar.gz'`,
  ]);
} finally {
  for (const folder of [USER, source]) rmSync(folder, { recursive: true, force: true });
}
