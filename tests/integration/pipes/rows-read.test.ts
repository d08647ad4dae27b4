/** A question reads its window: how much it reads does not depend on the history before. */
import { beforeAll, expect, it } from 'vitest';
import * as pipes from '../../../src/pipes/index.js';
import {
  makeAgentActivationRow,
  makeApiRequestRow,
  makeSessionSummaryRow,
  makeSkillActivationRow,
  makeTelemetryEventRow,
} from '../helpers/factories.js';
import { storeExport } from '../helpers/otlp.js';
import { useStore } from '../helpers/store.js';

const store = useStore({ isEmptied: 'once' });

/**
 * The last use of a skill may be years ago: unused_skills reads every use. cost_audit still reads some older rows, too:
 * it is not known yet of which table.
 */
const readsAll = ['unused_skills', 'cost_audit'];
const questions = Object.values(pipes)
  .map(({ _name: name }) => name)
  .filter((name) => !readsAll.includes(name));
/** Requests and tool calls of a session, each. */
const SIZE = 500;
/** The small tables have a few rows per session, task and skill. */
const ALLOWED = 100;

/** One session of a day: requests, tool calls, and one of everything else. */
async function storeSession(day: string, size: number): Promise<void> {
  const of = { session_id: `session ${day}`, project: 'app-1', timestamp: `${day} 12:00:00.000` };
  const task = { ...of, task_id: `task ${day}`, tool_name: 'runner', source: 'cli' as const };
  const each = <R>(make: (place: number) => R) => Array.from({ length: size }, (_, place) => make(place));
  await store.client.apiRequests.ingest(
    each((place) => makeApiRequestRow({ ...of, event_id: `${day} ${place}` })),
  );
  await store.client.telemetryEvents.ingest([
    ...each((place) => makeTelemetryEventRow({ ...of, event_id: `${day} ${place}` })),
    makeTelemetryEventRow({ ...of, event: 'prompt', event_id: `${day} prompt` }),
    makeTelemetryEventRow({
      ...of,
      event: 'session_start',
      event_id: `${day} start`,
      payload: JSON.stringify({ skills: ['notes'] }),
    }),
    makeTelemetryEventRow({ ...task, event: 'issue_start', event_id: `${day} issue` }),
    makeTelemetryEventRow({ ...task, event: 'issue_complete', event_id: `${day} end` }),
  ]);
  await store.client.agentActivations.ingest(
    each((place) =>
      makeAgentActivationRow({ ...of, event_id: `${day} ${place}`, agent_id: `agent ${place}` }),
    ),
  );
  await store.client.skillActivations.ingest(
    each((place) => makeSkillActivationRow({ ...of, event_id: `${day} ${place}` })),
  );
  await store.client.sessionSummaries.ingest([
    makeSessionSummaryRow({ ...of, event_id: `${day} summary`, last_activity_at: of.timestamp }),
  ]);
  await storeExport(store.client, 'metrics', Buffer.from(JSON.stringify(counters(of.session_id, day, size))));
}

/** An export with as many data points of one counter. */
function counters(session: string, day: string, size: number) {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const noon = Date.parse(`${day}T12:00:00Z`);
  const dataPoints = Array.from({ length: size }, (_, place) => ({
    attributes: [text('session.id', session), text('model', 'claude-opus-4-8'), text('type', 'output')],
    startTimeUnixNano: `${noon}000000`,
    timeUnixNano: `${noon + 1 + place}000000`,
    asDouble: 1,
  }));
  const metric = {
    name: 'claude_code.token.usage',
    sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints },
  };
  return {
    resourceMetrics: [
      {
        resource: { attributes: [text('service.name', 'claude-code')] },
        scopeMetrics: [{ scope: { name: 'com.anthropic.claude_code' }, metrics: [metric] }],
      },
    ],
  };
}

async function rowsRead(question: string): Promise<number> {
  const params = new URLSearchParams({
    days: '1',
    date_to: '2026-09-17 00:00:00',
    session_id: 'session 2026-09-16',
    task_id: 'task 2026-09-16',
  });
  const response = await fetch(`${store.url}/v0/pipes/${question}.json?${params.toString()}`, {
    headers: { authorization: 'Bearer local' },
  });
  const { statistics } = (await response.json()) as { statistics: { rows_read: number } };
  return statistics.rows_read;
}

let before: ReadonlyMap<string, number>;
beforeAll(async () => {
  await storeSession('2026-09-16', SIZE);
  const read: [string, number][] = [];
  for (const question of questions) read.push([question, await rowsRead(question)]);
  before = new Map(read);
  // The months before the 31 days in which the beginnings of tasks are looked for.
  for (const month of ['01', '02', '03', '04', '05', '06']) await storeSession(`2026-${month}-16`, SIZE);
});

it('a question of the day reads rows of the day', () => {
  expect(before.get('cost_total')).toBeGreaterThanOrEqual(SIZE);
});

it.each(questions)(
  '%s reads no more rows of a day when months of history are stored before it',
  async (question) => {
    expect(await rowsRead(question)).toBeLessThan((before.get(question) ?? 0) + ALLOWED);
  },
);
