import { describe, expect, it } from 'vitest';
import * as pipes from '../../../src/pipes/index.js';
import { makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

describe('every pipe', () => {
  /** Required parameters of some pipes. */
  const given = { session_id: 'session-1', task_id: 'task-1' };
  const questions = Object.keys(pipes) as (keyof typeof pipes)[];

  it.each(questions)('%s refuses an invalid time in one line that names it', async (question) => {
    await expect(store.client[question].query({ ...given, from: 'yesterday' })).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('yesterday') as string,
    });
  });

  it.each(questions)('%s is not open to SQL injection', async (question) => {
    await expect(
      store.client[question].query({ ...given, project: "'; DROP TABLE requests --" }),
    ).resolves.toBeInstanceOf(Array);
    await expect(
      store.client[question].query({ ...given, days: 'now()' as unknown as number }),
    ).rejects.toMatchObject({
      kind: 'rejected',
    });
  });
});

describe('over HTTP', () => {
  it.each([
    ['a task without a name', 'task_trace', 'task_id=', 'task_id is empty'],
    ['a session without a name', 'session_timeline', 'session_id=', 'session_id is empty'],
    ['a session without a name in session_threads', 'session_threads', 'session_id=', 'session_id is empty'],
    ['an unknown period', 'cost_trend', 'period=yearly', 'period takes hourly, daily, weekly or monthly'],
    ['an unknown period of work', 'work_trend', 'period=', 'period takes hourly, daily, weekly or monthly'],
    [
      'a trend with too many rows',
      'cost_trend',
      'period=hourly&days=36500',
      '[Error] a trend has at most 5,000 periods: ask for a shorter window or for longer periods',
    ],
    [
      'a trend of the work with too many rows',
      'work_trend',
      'period=hourly&days=36500',
      '[Error] a trend has at most 5,000 periods: ask for a shorter window or for longer periods',
    ],
  ])('%s is refused with a clear message', async (_, pipe, query, says) => {
    await store.client.telemetryEvents.ingest([makeTelemetryEventRow()]);
    const answer = await fetch(`${store.url}/v0/pipes/${pipe}.json?${query}`, {
      headers: { authorization: 'Bearer local' },
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: says });
  });
});
