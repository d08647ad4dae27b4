/**
 * Measures how long events that waited while the store was down take until they are stored: hook payloads in the inbox,
 * and events that `atel emit` recorded. `atel flush` runs in a process of its own, against a server that has just
 * started; at the end each event must be stored exactly once. Exits with 1 if one is not. Needs `npm run build`.
 *
 * `npx tsx bench/recovery.ts`, environment variables: EVENTS=50000 (of each kind) SESSIONS=200
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { homePaths } from '../src/base/home.js';
import { cli, startAtel } from '../tests/helpers/atel.js';
import { columns } from './measure.js';

const EVENTS = Number(process.env.EVENTS ?? 50_000);
const SESSIONS = Number(process.env.SESSIONS ?? 200);
/** Time of the last event: an hour ago, so that none is in the future. */
const NOW = Date.now() - 3_600_000;

/** Puts hook payloads into the inbox, as the capture script names them: a prompt, then calls of a skill. */
function fillInbox(home: string): void {
  const { inbox } = homePaths(home);
  mkdirSync(inbox, { recursive: true });
  for (let n = 0; n < EVENTS; n += 1) {
    const isPrompt = n % 25 === 0;
    const payload = {
      session_id: `00000000-0000-4000-8000-${String(n % SESSIONS).padStart(12, '0')}`,
      hook_event_name: isPrompt ? 'UserPromptSubmit' : 'PostToolUse',
      cwd: '/srv/shop',
      prompt_id: `prompt-${n}`,
      ...(isPrompt
        ? { prompt: 'x'.repeat(200) }
        : {
            tool_name: 'Skill',
            tool_use_id: `toolu_${n}`,
            tool_input: { skill: 'commit' },
            duration_ms: 12,
          }),
    };
    const file = join(inbox, `${n}-0.json`);
    writeFileSync(file, JSON.stringify(payload));
    const time = new Date(NOW - (EVENTS - n));
    utimesSync(file, time, time);
  }
}

/** Records events as a program does that uses the library. */
async function emitAll(home: string): Promise<void> {
  process.env.AGENT_TELEMETRY_HOME = home;
  // No drain of its own: as if one were running.
  writeFileSync(join(home, 'drain.pid'), String(process.pid));
  const { emit } = (await import(
    pathToFileURL(join(dirname(cli), 'index.js')).href
  )) as typeof import('../src/index.js');
  for (let n = 0; n < EVENTS; n += 1)
    emit({ event: 'custom', name: 'tick', task_id: `task-${n}`, timestamp: (NOW - n) / 1000 });
  rmSync(join(home, 'drain.pid'));
}

const kinds = { 'hook payloads': fillInbox, 'emitted events': emitAll };

const lines = [['', 'events', 'stored after', 'events/s', 'CPU of server']];
for (const [kind, fill] of Object.entries(kinds)) {
  const home = mkdtempSync(join(tmpdir(), 'atel-bench-recovery-'));
  try {
    await fill(home);
    const atel = await startAtel({ home });
    const before = atel.cpuSeconds();
    const start = performance.now();
    const child = spawn(process.execPath, [cli, 'flush'], {
      env: { PATH: process.env.PATH ?? '', HOME: home, ...atel.env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    await once(child, 'exit');
    const seconds = (performance.now() - start) / 1000;
    const server = atel.cpuSeconds() - before;
    const rows = await atel.client.sql(
      'SELECT count() AS rows, uniqExact(event_id) AS ids FROM telemetry_events',
    );
    if (Number(rows[0]?.rows) !== EVENTS || Number(rows[0]?.ids) !== EVENTS) {
      console.error(`${kind}: ${EVENTS} events, stored ${JSON.stringify(rows[0])}`);
      process.exitCode = 1;
    }
    lines.push([
      kind,
      String(EVENTS),
      `${seconds.toFixed(1)} s`,
      (EVENTS / seconds).toFixed(0),
      `${server.toFixed(1)} s`,
    ]);
    await atel.stop();
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
console.log(columns(lines));
