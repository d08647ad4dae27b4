import { expect, it } from 'vitest';
import { makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

it('tool_durations counts the calls of each tool by outcome and by how long they took', async () => {
  const call = (tool_name: string, status: string, duration_ms: number | null) =>
    makeTelemetryEventRow({
      event: 'tool_call',
      tool_name,
      status,
      duration_ms,
      tool_use_id: `toolu_${made++}`,
    });
  let made = 0;
  await store.client.telemetryEvents.ingest([
    call('Bash', 'success', 10),
    call('Bash', 'success', 11),
    call('Bash', 'failure', 700_000),
    call('Bash', 'interrupted', null),
    call('Read', 'success', null),
  ]);
  const rows = await store.client.toolDurations.query({
    from: '2026-03-01 00:00:00',
    to: '2026-04-01 00:00:00',
  });
  expect(rows).toEqual([
    {
      tool_name: 'Bash',
      ...{ calls: 4, successes: 2, failures: 1, others: 1, timed_calls: 3, total_duration_ms: 700_021 },
      // At most 10, 50, 100 ms … 10 minutes; the longest call is longer.
      bucket_counts: [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2],
    },
    {
      tool_name: 'Read',
      ...{ calls: 1, successes: 1, failures: 0, others: 0, timed_calls: 0, total_duration_ms: null },
      bucket_counts: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    },
  ]);
});
