/**
 * What a question in the terminal costs: `atel summary` over 10,000 events from a cold process with the server up,
 * the same from a log alone, and the status line, beside bare node. Needs `npm run build`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli, startAtel } from '../tests/helpers/atel.js';
import {
  makeAgentActivationRow,
  makeApiRequestRow,
  makeSessionSummaryRow,
  makeSkillActivationRow,
  makeTelemetryEventRow,
} from '../tests/integration/helpers/factories.js';
import { measure, table } from './measure.js';

const home = mkdtempSync(join(tmpdir(), 'atel-bench-'));
const day = 86_400_000;

/** The time of one of so many events that are spread over the last thirteen days: this week's and the one before. */
function timeOf(index: number, of: number): string {
  const at = new Date(Date.now() - 13 * day + (index / of) * 13 * day);
  return at.toISOString().replace('T', ' ').replace('Z', '');
}

/** So many rows, their times and ids in order. */
function rows<R>(count: number, make: (index: number, timestamp: string, session_id: string) => R): R[] {
  return Array.from({ length: count }, (_, index) =>
    make(index, timeOf(index, count), `session-${Math.floor((index / count) * 100)}`),
  );
}

const models = ['claude-opus-4-8', 'claude-haiku-4-5', 'claude-sonnet-4-6'];
const types = ['', '', 'Explore', 'reviewer', 'general-purpose'];
const tools = ['Bash', 'Read', 'Edit', 'Grep', 'Write', 'Agent'];

/** A project's log: runs of tasks of seven events each. */
const log = join(home, 'telemetry.jsonl');
const told = [
  'command_start',
  'issue_start',
  'issue_phase',
  'context_snapshot',
  'issue_phase',
  'issue_complete',
];
writeFileSync(
  log,
  rows(10_000, (index, timestamp, session_id) => {
    const run = Math.floor(index / 7);
    const event = told[index % 7] ?? 'command_end';
    return `${JSON.stringify({
      event_id: `event-${index}`,
      timestamp: `${timestamp.replace(' ', 'T')}Z`,
      event,
      session_id,
      tool: `runner-${run % 3}`,
      ...(event.startsWith('command') ? { command_id: `command-${run}` } : { task_id: `TASK-${run}` }),
      ...(event.startsWith('issue')
        ? { parent_id: `command-${run}`, phase: index % 7 === 2 ? 'ready' : 'verify' }
        : {}),
      ...(event.endsWith('_end') || event.endsWith('_complete')
        ? { status: run % 11 === 0 ? 'failure' : 'success', duration_ms: run }
        : {}),
      ...(event === 'context_snapshot' ? { breakdown: { Read: run % 50, Bash: run % 30 } } : {}),
    })}\n`;
  }).join(''),
);

const atel = await startAtel({ home });
try {
  const { client } = atel;
  await Promise.all([
    client.apiRequests.ingest(
      rows(5_000, (index, timestamp, session_id) => {
        const agent_type = types[index % types.length] ?? '';
        return makeApiRequestRow({
          timestamp,
          session_id,
          model: models[index % models.length] ?? '',
          agent_type,
          agent_id: agent_type === '' ? '' : `agent-${Math.floor(index / 10)}`,
          skill_name: index % 7 === 0 ? `skill-${index % 4}` : '',
          project: `project-${index % 3}`,
        });
      }),
    ),
    client.telemetryEvents.ingest(
      rows(4_200, (index, timestamp, session_id) =>
        makeTelemetryEventRow({
          timestamp,
          session_id,
          tool_name: tools[index % tools.length] ?? '',
          tool_use_id: `toolu-${index}`,
          status: index % 11 === 0 ? 'failure' : 'success',
          duration_ms: index % 500,
        }),
      ),
    ),
    client.agentActivations.ingest(
      rows(400, (index, timestamp, session_id) =>
        makeAgentActivationRow({
          timestamp,
          session_id,
          agent_id: `agent-${Math.floor(index / 2)}`,
          event: index % 2 === 0 ? 'start' : 'stop',
        }),
      ),
    ),
    client.skillActivations.ingest(
      rows(300, (index, timestamp, session_id) =>
        makeSkillActivationRow({ timestamp, session_id, skill_name: `skill-${index % 4}` }),
      ),
    ),
    client.sessionSummaries.ingest(
      rows(100, (_, timestamp, session_id) => makeSessionSummaryRow({ timestamp, session_id })),
    ),
  ]);

  const env = { ...process.env, ...atel.env };
  const node = (name: string, args: string[], input = '') => ({
    name,
    command: process.execPath,
    args,
    input,
    env,
  });
  const line = JSON.stringify({ model: { display_name: 'Opus' }, cost: { total_cost_usd: 1 } });
  const today = join(home, 'contexts', 'today.statusline');
  const figures = measure(
    [
      node("node -e ''", ['-e', '']),
      node('atel --version', [cli, '--version']),
      node('atel summary, 10,000 events', [cli, 'summary']),
      node('atel summary --file, 10,000 events', [cli, 'summary', '--file', log]),
      node('atel trace --file, 10,000 events', [cli, 'trace', 'TASK-7', '--file', log]),
      node('atel sessions', [cli, 'sessions']),
      node('atel trends', [cli, 'trends']),
      node('atel agents', [cli, 'agents']),
      node('atel insights', [cli, 'insights']),
      node('status line', [join(cli, '..', 'statusline.cjs')], line),
      {
        ...node('status line, store asked', [join(cli, '..', 'statusline.cjs')], line),
        before: () => rmSync(today, { force: true }),
      },
      node('atel statusline', [cli, 'statusline'], line),
    ],
    Number(process.env.ROUNDS ?? 30),
  );
  console.log(table(figures, ["node -e ''"]));
} finally {
  await atel.stop();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
