import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Signal } from '../../src/signals/otel/export.js';
import { storeCase, storeExport } from './helpers/otlp.js';
import { rounds } from '../helpers/rounds.js';
import { useStore } from './helpers/store.js';

/** Claude Code's counters, as deltas and as cumulative values: both must give the same increase, counted once. */
const store = useStore();
const years = { days: 3_650 };

const send = (signal: Signal, body: Uint8Array) => storeExport(store.client, signal, body);
const sendCase = (name: string) => storeCase(store.client, name);

const SECOND = 1_000_000_000n;
const START = BigInt(Date.parse('2026-11-20T10:00:00Z')) * 1_000_000n;

interface Point {
  /** Seconds after 10:00. */
  at: number;
  value: number;
  /** Start time of the counter, seconds after 10:00. */
  start?: number;
  session?: string;
  temporality?: 1 | 2;
  metric?: string;
  type?: string;
}

/** An export of counters with one metric per point, in the given order. */
function exported(points: readonly Point[]): Uint8Array {
  const text = (value: string) => ({ stringValue: value });
  const body = {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: text('claude-code') }] },
        scopeMetrics: [
          {
            scope: { name: 'com.anthropic.claude_code' },
            metrics: points.map(({ at, value, start = 0, session = 's', temporality = 2, metric, type }) => ({
              name: metric ?? 'claude_code.lines_of_code.count',
              sum: {
                aggregationTemporality: temporality,
                isMonotonic: true,
                dataPoints: [
                  {
                    attributes: [
                      { key: 'session.id', value: text(session) },
                      { key: 'type', value: text(type ?? 'added') },
                    ],
                    startTimeUnixNano: String(START + BigInt(start) * SECOND),
                    timeUnixNano: String(START + BigInt(at) * SECOND),
                    asDouble: value,
                  },
                ],
              },
            })),
          },
        ],
      },
    ],
  };
  return Buffer.from(JSON.stringify(body));
}

/** Added lines per session. */
async function linesAdded(window: { days?: number; from?: string; to?: string } = years) {
  const rows = await store.client.usageMetrics.query(window);
  return Object.fromEntries(rows.map(({ session_id, lines_added }) => [session_id, lines_added]));
}

describe('cumulative counters', () => {
  it('a cumulative counter is counted once however often it is exported', async () => {
    await sendCase('34-otel-cumulative-counters');
    expect(await store.client.usageMetrics.query(years)).toMatchObject([
      { session_id: 'case34', model: '', lines_added: 40, commits: 2 },
      { session_id: 'case34', model: 'claude-opus-4-8', input_tokens: 400, cost_usd: 0.002 },
    ]);
    expect(await store.client.costReconciliation.query(years)).toMatchObject([{ metric_cost_usd: 0.002 }]);
  });

  it('session_overview has the same lines and commits as the counters', async () => {
    await sendCase('34-otel-cumulative-counters');
    const event = {
      resourceLogs: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'claude-code' } }] },
          scopeLogs: [
            {
              scope: { name: 'com.anthropic.claude_code.events' },
              logRecords: [
                {
                  timeUnixNano: '1795172460000000000',
                  body: { stringValue: 'claude_code.user_prompt' },
                  attributes: [
                    { key: 'event.name', value: { stringValue: 'user_prompt' } },
                    { key: 'session.id', value: { stringValue: 'case34' } },
                    { key: 'prompt.id', value: { stringValue: 'p' } },
                  ],
                },
              ],
            },
          ],
        },
      ],
    };
    await send('logs', Buffer.from(JSON.stringify(event)));
    expect(await store.client.sessionOverview.query(years)).toMatchObject([
      { session_id: 'case34', lines_added: 40, lines_removed: 0, commits: 2 },
    ]);
  });

  it('a smaller value or another start time restarts a counter', async () => {
    // 5, then +2; restarted at 3, then +4; and a second process of the session: 10, then +1.
    const points = [
      { at: 10, value: 5 },
      { at: 20, value: 7 },
      { at: 30, value: 3 },
      { at: 40, value: 7 },
      { at: 15, value: 10, start: 12 },
      { at: 35, value: 11, start: 12 },
    ];
    await send('metrics', exported(points));
    expect(await linesAdded()).toEqual({ s: 5 + 2 + 3 + 4 + 10 + 1 });
  });

  it('counters are separate per session and attributes, and add up with deltas', async () => {
    await send(
      'metrics',
      exported([
        { at: 10, value: 5 },
        { at: 10, value: 100, session: 'other' },
        { at: 20, value: 6 },
        { at: 20, value: 101, session: 'other' },
        { at: 10, value: 50, type: 'removed' },
        { at: 20, value: 60, type: 'removed' },
        { at: 10, value: 4, session: 'deltas', temporality: 1 },
        { at: 20, value: 4, session: 'deltas', temporality: 1, start: 10 },
      ]),
    );
    expect(await linesAdded()).toEqual({ s: 6, other: 101, deltas: 8 });
  });

  it('a window contains only what was added within it', async () => {
    await send(
      'metrics',
      exported([
        { at: 10, value: 5 },
        { at: 3_590, value: 50 },
        { at: 3_610, value: 53 },
        { at: 7_210, value: 60 },
      ]),
    );
    const hour = (from: number) => ({
      from: `2026-11-20 1${from}:00:00`,
      to: `2026-11-20 1${from + 1}:00:00`,
    });
    expect(await linesAdded(hour(0))).toEqual({ s: 50 });
    expect(await linesAdded(hour(1))).toEqual({ s: 3 });
    expect(await linesAdded(hour(2))).toEqual({ s: 7 });
  });

  it('cumulative and delta counters give the same totals, in any order and however often repeated', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 12 }),
        fc.integer(),
        async (added, seed) => {
          await store.clear();
          let total = 0;
          const points = added.map((value, index) => ({ at: 10 + index, value: (total += value) }));
          const shuffled = [...points, ...points.slice(0, 3)]
            .map((point, index) => ({ point, key: Math.sin(seed + index) }))
            .sort((a, b) => a.key - b.key)
            .map(({ point }) => point);
          for (const point of shuffled) await send('metrics', exported([point]));
          expect(await linesAdded()).toEqual({ s: added.reduce((sum, value) => sum + value, 0) });
        },
      ),
      { numRuns: rounds(4) },
    );
  });
});

describe('counters without a session', () => {
  it('counters without a session are not compared with requests', async () => {
    await sendCase('35-otel-metrics-without-session-id');
    expect(await store.client.costReconciliation.query(years)).toEqual([
      {
        session_id: '',
        model: 'claude-opus-4-8',
        metric_cost_usd: 0.0005,
        requests_cost_usd: null,
        difference_usd: null,
        broken_attempts_usd: 0,
        differs: 0,
      },
    ]);
  });
});
