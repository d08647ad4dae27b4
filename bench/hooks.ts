/**
 * Measures hooks: the capture script and the SessionStart hook, compared with `sh -c :`, bare node and `npx tsx`, in
 * one run. Needs `npm run build`.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startAtel } from '../tests/helpers/atel.js';
import { capturedPayloads } from '../tests/helpers/captures.js';
import { measure, table } from './measure.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const hooks = join(root, '.claude', 'hooks');
const payload = capturedPayloads()[0]?.text ?? '';
const home = mkdtempSync(join(tmpdir(), 'atel-bench-'));
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
    Number(process.env.ROUNDS ?? 40),
  );
  console.log(table(figures, ['sh -c :', "node -e ''"]));
  console.log(`\nMemory of the server: ${atel.residentMegabytes()} MB resident`);
} finally {
  await atel.stop();
  rmSync(home, { recursive: true, force: true });
}

/** A telemetry folder whose drain ends at once. */
function kickingHome(): string {
  const folder = join(home, 'kicking');
  mkdirSync(join(folder, 'inbox'), { recursive: true });
  mkdirSync(join(folder, 'program'));
  writeFileSync(join(folder, 'program', 'drain.js'), '');
  return folder;
}
