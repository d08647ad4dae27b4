/**
 * Measures hooks: the capture script, the guard of budgets and the SessionStart hook, compared with `sh -c :`, bare node and `npx tsx`, in
 * one run; and in how many sessions that start right after a write the agent is told fresh figures. Needs
 * `npm run build`.
 *
 * Environment variables: ROUNDS (40); N (0), WEEK and KEEP: the history in the store, see made-store.ts.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startAtel } from '../tests/helpers/atel.js';
import { capturedPayloads } from '../tests/helpers/captures.js';
import { makeApiRequestRow } from '../tests/integration/helpers/factories.js';
import { storeTime } from '../src/base/time/store-time.js';
import { madeStore } from './made-store.js';
import { measure, table } from './measure.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const hooks = join(root, '.claude', 'hooks');
const payload = capturedPayloads()[0]?.text ?? '';
const rounds = Number(process.env.ROUNDS ?? 40);
const toolCall = capturedPayloads().find(({ text }) => text.includes('"PreToolUse"'))?.text ?? '';
const { home, history, remove } = await madeStore(0);
const inbox = join(home, 'inbox');

const atel = await startAtel({ home });
try {
  await atel.loadCaptures();
  // A hook gets the environment of the client, which may affect how fast node starts.
  const env = { ...process.env, ...atel.env };
  const sessionStart = JSON.stringify({ ...(JSON.parse(payload) as object), cwd: root });
  const emptyInbox = () => {
    for (const name of readdirSync(inbox)) rmSync(join(inbox, name));
  };
  // As if a drain were running: the hook only leaves its event. This process stands in for the drain.
  const drainRunning = () => {
    emptyInbox();
    writeFileSync(join(home, 'drain.pid'), `${process.pid}\n`);
    writeFileSync(join(home, 'drain.beat'), `${Math.floor(uptime())}\n`);
  };
  mkdirSync(inbox, { recursive: true });

  const figures = measure(
    [
      { name: 'sh -c :', command: 'sh', args: ['-c', ':'] },
      {
        name: 'capture hook',
        command: join(hooks, 'log-agent-start.sh'),
        args: [],
        input: payload,
        env,
        before: drainRunning,
      },
      {
        name: 'capture hook, kicks a drain',
        command: join(hooks, 'log-agent-start.sh'),
        args: [],
        input: payload,
        // Without the drain itself, which runs in the background.
        env: { ...env, AGENT_TELEMETRY_HOME: kickingHome() },
      },
      {
        name: 'guard, no budget is past its limit',
        command: join(hooks, 'guard-budget.sh'),
        args: [],
        input: toolCall,
        env: { ...env, AGENT_TELEMETRY_HOME: guardedHome('free', []) },
      },
      {
        name: 'guard, another session is',
        command: join(hooks, 'guard-budget.sh'),
        args: [],
        input: toolCall,
        env: { ...env, AGENT_TELEMETRY_HOME: guardedHome('other', ['hard|other|*|Budget.']) },
      },
      {
        name: 'guard, denies',
        command: join(hooks, 'guard-budget.sh'),
        args: [],
        input: toolCall,
        env: { ...env, AGENT_TELEMETRY_HOME: guardedHome('denied', ['hard|*|*|Budget.']) },
      },
      { name: "node -e ''", command: process.execPath, args: ['-e', ''] },
      {
        name: 'SessionStart hook, server up',
        command: process.execPath,
        args: [join(hooks, 'inject-usage-context.js')],
        input: sessionStart,
        env,
      },
      {
        name: 'SessionStart hook, server down',
        command: process.execPath,
        args: [join(hooks, 'inject-usage-context.js')],
        input: sessionStart,
        env: { ...env, TINYBIRD_URL: 'http://localhost:9' },
      },
      { name: 'npx tsx', command: 'npx', args: ['tsx', '-e', ''] },
    ],
    rounds,
  );
  console.log(table(figures, ['sh -c :', "node -e ''"]));
  let fresh = 0;
  for (let round = 0; round < rounds; round += 1) {
    // A write, so that the server cannot repeat its last answer.
    const event_id = `bench-${process.pid}-${round}`;
    await atel.client.apiRequests.ingest([
      makeApiRequestRow({ event_id, request_key: event_id, timestamp: storeTime(Date.now()) }),
    ]);
    const told = execFileSync(process.execPath, [join(hooks, 'inject-usage-context.js')], {
      input: sessionStart,
      env,
      encoding: 'utf8',
    });
    if (told.includes('last 7 days') && !told.includes('from the cache')) fresh += 1;
  }
  console.log(
    `\n${history.requests} requests in the store: ${fresh} of ${rounds} sessions that started right after a write got fresh figures`,
  );
  console.log(`\nMemory of the server: ${atel.residentMegabytes()} MB resident`);
} finally {
  await atel.stop();
  remove();
}

/** A telemetry folder whose guard has these lines; this process stands in for the server. */
function guardedHome(name: string, lines: readonly string[]): string {
  const folder = join(home, `guard-${name}`);
  mkdirSync(folder, { recursive: true });
  const until = Math.floor(Date.now() / 1_000) + 3_600;
  if (lines.length > 0)
    writeFileSync(join(folder, 'guard'), [`1 ${process.pid} ${until}`, ...lines, ''].join('\n'));
  return folder;
}

/** A telemetry folder whose drain ends at once. */
function kickingHome(): string {
  const folder = join(home, 'kicking');
  mkdirSync(join(folder, 'inbox'), { recursive: true });
  mkdirSync(join(folder, 'program'), { recursive: true });
  writeFileSync(join(folder, 'program', 'drain.js'), '');
  return folder;
}
