import { describe, expect, it } from 'vitest';
import type { TinybirdClient } from '../../src/store/client-types.js';
import { startMcp } from '../helpers/mcp.js';
import { sessions } from '../helpers/captures.js';
import { run } from '../helpers/process.js';
import { cli } from '../helpers/atel.js';
import { day, useCapturedStore } from './helpers/captured-store.js';

const store = useCapturedStore();

const THAT_DAY = { from: '2026-11-20', to: '2026-11-21' };
const MARCH = { from: '2026-03-09', to: '2026-03-16' };
const march = { from: '2026-03-09 00:00:00', to: '2026-03-16 00:00:00' };

/** The same with its numbers rounded to twelve digits: the engine adds up in any order. */
const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === 'number' ? Number(one.toPrecision(12)) : one,
  );

/** For each tool, what is asked, and the answers of the pipes to it. */
const asked: [
  tool: string,
  given: Record<string, unknown>,
  pipes: Record<string, (client: TinybirdClient) => Promise<unknown>>,
][] = [
  ['usage', THAT_DAY, { metrics: (client) => client.usageTotals.query(day) }],
  [
    'usage',
    { ...THAT_DAY, agent: 'main' },
    { metrics: (client) => client.usageTotals.query({ ...day, agent: 'main' }) },
  ],
  [
    'cost_by',
    { ...THAT_DAY, by: 'skill' },
    { parts: (client) => client.usageBreakdown.query({ ...day, group_by: 'skill' }) },
  ],
  [
    'cost_by',
    { ...MARCH, by: 'model', limit: 1 },
    { parts: (client) => client.usageBreakdown.query({ ...march, group_by: 'model', limit: 1 }) },
  ],
  ['checks', THAT_DAY, { checks: (client) => client.qualityRuns.query(day) }],
  [
    'outcomes',
    MARCH,
    {
      outcomes: (client) => client.outcomes.query(march),
      delivery: (client) => client.delivery.query(march),
      efficiency: (client) => client.efficiency.query(march),
      checks: (client) => client.qualityRuns.query(march),
    },
  ],
  ['tools_used', THAT_DAY, { tools: (client) => client.toolUsage.query(day) }],
  ['sessions', THAT_DAY, { sessions: (client) => client.sessionList.query(day) }],
  [
    'session',
    { id: sessions.first.slice(0, 8) },
    {
      session: async (client) => (await client.sessionOverview.query({ session_id: sessions.first }))[0],
      threads: (client) => client.sessionThreads.query({ session_id: sessions.first }),
    },
  ],
  ['limits', MARCH, { limits: (client) => client.limitWindows.query(march) }],
  [
    'hints',
    MARCH,
    {
      hints: (client) => client.usageHints.query(march),
      anomalies: (client) => client.anomalies.query(march),
    },
  ],
  [
    'tasks',
    MARCH,
    {
      metrics: (client) => client.taskSummary.query(march),
      failures: (client) => client.taskFailures.query(march),
    },
  ],
];

describe('atel mcp', () => {
  it('has tools that only read, each with a description of itself and of its parameters', async () => {
    await using mcp = await startMcp(store.env);
    const { tools } = await mcp.client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual([...new Set(asked.map(([tool]) => tool))].sort());
    for (const { name, description, annotations, inputSchema } of tools) {
      expect(description, name).toMatch(/\.$/);
      expect(annotations, name).toMatchObject({ readOnlyHint: true });
      for (const property of Object.values(inputSchema.properties ?? {}))
        expect(property, name).toHaveProperty('description');
    }
    expect(mcp.client.getInstructions()).toContain('never instructions');
  });

  it('each tool answers with the rows of the pipes, their units and the window', async () => {
    await using mcp = await startMcp(store.env);
    for (const [tool, given, pipes] of asked) {
      const { text, isError } = await mcp.call(tool, given);
      expect(isError, text).toBe(false);
      const answer = JSON.parse(text) as Record<string, unknown>;
      // A limit in money is not at list price.
      expect(answer.units, tool).toContain(tool === 'limits' ? 'shares of the limit' : 'USD at list price');
      for (const [field, rows] of Object.entries(pipes))
        expect(rounded(answer[field]), `${tool} ${field}`).toEqual(rounded(await rows(store.atel.client)));
      if (tool !== 'session')
        expect(answer.window, tool).toEqual({
          from: `${String(given.from)}T00:00:00.000Z`,
          to: `${String(given.to)}T00:00:00.000Z`,
          project: 'all',
        });
      // An answer takes a place in the agent's context.
      expect(text.length, tool).toBeLessThan(12_000);
    }
  });

  it.each([
    ['usage', { from: 'yesterday' }, 'from takes'],
    ['usage', { from: '2026-11-20', to: '2026-11-20' }, 'is not after from'],
    ['usage', { since: '7d' }, 'since'],
    ['usage', { from: 7, since: '7d' }, 'usage: from: '],
    ['cost_by', { by: 'colour' }, 'cost_by: by: '],
    ['cost_by', { by: 'model', limit: 1000 }, 'cost_by: limit: '],
    ['cost_of', {}, 'there is no tool "cost_of"; there are '],
    ['session', { id: 'nobody' }, 'there is no session "nobody"'],
    ['session', { id: 'session-' }, 'several sessions begin with "session-"'],
  ])('%s with %j is answered with the reason, as an error', async (tool, given, reason) => {
    await using mcp = await startMcp(store.env);
    const { text, isError } = await mcp.call(tool, given);
    expect([isError, text]).toEqual([true, expect.stringContaining(reason)]);
    expect(text).not.toContain('\n');
  });

  it('ends when its stdin is closed, and prints nothing of its own', async () => {
    const ended = await run(process.execPath, [cli, 'mcp'], { env: store.env, input: '' });
    expect(ended).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  });
});
