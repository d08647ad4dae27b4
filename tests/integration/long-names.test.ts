import { afterAll, beforeAll, expect, it } from 'vitest';
import { width } from '../../src/cli/render/text.js';
import { runCommand } from '../helpers/command-host.js';
import { startReplay, type Replay } from '../helpers/replay.js';
import { tempFolder } from '../helpers/temp.js';
import { ingestEmitted } from './helpers/emitted.js';
import {
  makeAgentActivationRow,
  makeApiRequestRow,
  makeSessionSummaryRow,
  makeSkillActivationRow,
  makeTelemetryEventRow,
} from './helpers/factories.js';
import { useStore } from './helpers/store.js';

const store = useStore({ isEmptied: 'once' });

/** A word of 150 letters, and one of 110 characters that are two columns wide. */
const long = (name: string) => name.padEnd(150, '-without-a-blank');
const wide = '設計'.repeat(55);

const project = long('project');
const task = long('TASK-1').slice(0, 110);
const time = { project, session_id: long('session') };

/** Each command is called twice with the same questions. */
let replay: Replay;
afterAll(() => replay.close());

beforeAll(async () => {
  replay = await startReplay(store.url);
  const { client } = store;
  await client.apiRequests.ingest([
    makeApiRequestRow({ ...time, model: long('model'), skill_name: long('skill') }),
    makeApiRequestRow({ ...time, agent_id: long('id'), agent_type: long('agent'), cost_usd: 30 }),
    makeApiRequestRow({ ...time, agent_id: 'second', agent_type: wide, cost_usd: null }),
  ]);
  await client.agentActivations.ingest([
    makeAgentActivationRow({ ...time, agent_id: long('id'), agent_type: long('agent') }),
    makeAgentActivationRow({ ...time, agent_id: 'second', agent_type: wide, event: 'stop' }),
  ]);
  await client.skillActivations.ingest(
    [true, false, false].map((success) =>
      makeSkillActivationRow({ ...time, skill_name: long('skill'), success }),
    ),
  );
  await client.telemetryEvents.ingest(
    Array.from({ length: 9 }, (_, n) =>
      makeTelemetryEventRow({
        ...time,
        tool_name: n < 6 ? long('mcp__tool') : wide,
        status: 'failure',
        error_class: long('error'),
      }),
    ),
  );
  await client.sessionSummaries.ingest([makeSessionSummaryRow({ ...time, end_reason: long('reason') })]);
  const about = { task_id: task, tool: long('tool').slice(0, 120), session_id: long('s').slice(0, 110) };
  const phase = long('phase').slice(0, 110);
  const at = (seconds: number) => new Date(Date.UTC(2026, 2, 2, 12) + seconds * 1_000).toISOString();
  await ingestEmitted(
    client,
    [
      { event: 'command_start', ...about, timestamp: at(-2) },
      { event: 'issue_start', ...about, timestamp: at(-1) },
      { event: 'issue_phase', ...about, phase, status: 'failure', duration_ms: 900, timestamp: at(1) },
      {
        event: 'context_snapshot',
        ...about,
        breakdown: { [wide]: 3 },
        estimated_tokens: 9,
        timestamp: at(1),
      },
      { event: 'issue_complete', ...about, status: 'failure', timestamp: at(2), issue_type: phase },
      { event: 'command_end', ...about, status: 'failure', error_class: phase, timestamp: at(3) },
    ],
    project.slice(0, 110),
  );
});

const MARCH = ['--since', '2026-03-01', '--until', '2026-04-01'];

it.each([
  ['summary', ...MARCH],
  ['summary', ...MARCH, '--project', project],
  ['sessions', ...MARCH],
  ['session', 'session'],
  ['trends', ...MARCH],
  ['trace', task],
  ['agents', ...MARCH],
  ['skills', ...MARCH],
  ['insights', ...MARCH],
  ['tasks', ...MARCH],
  ['context', ...MARCH],
  ['failures', ...MARCH],
  ['agents', '--since', '2025-03-01', '--until', '2025-03-02', '--project', project],
  ['sql', 'SELECT tool_name, error_class FROM telemetry_events FINAL'],
  ['sql', 'SELECT *, payload AS ' + long('name').replaceAll('-', '_') + ' FROM telemetry_events FINAL'],
])('atel %s fits in 80 and 120 columns, however long a name is', async (...args) => {
  for (const columns of [80, 120]) {
    const { code, stdout, stderr } = await runCommand(args, {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: tempFolder(),
        TINYBIRD_URL: replay.url,
        COLUMNS: String(columns),
      },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const line of stdout.split('\n')) expect(width(line), line).toBeLessThanOrEqual(columns);
    // A cut name is marked as cut.
    if (args[0] !== 'sql' && args[0] !== 'trends') expect(stdout).toContain('…');
  }
});
