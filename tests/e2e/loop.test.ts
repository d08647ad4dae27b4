import { usd } from '../../src/base/format/money.js';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSandbox, runClaude } from '../helpers/claude.js';
import { startAtel } from '../helpers/atel.js';
import { startScriptedApi, type AnsweredRequest } from '../helpers/scripted-api.js';
import { trueCost } from '../helpers/truth.js';

const SESSION = '11111111-1111-4111-8111-111111111111';

const sum = (
  requests: readonly AnsweredRequest[],
  kind: 'input_tokens' | 'output_tokens' | 'cache_read_input_tokens',
) => requests.reduce((total, { usage }) => total + (usage?.[kind] ?? 0), 0);

describe('the loop with the real client', () => {
  it('a session is recorded and priced as the client does, and the next session is told about it', async () => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const atel = await startAtel({ home: join(sandbox.home, '.agent-telemetry') });
    try {
      const installed = await atel.command('init', '--project', sandbox.project);
      expect(installed).toMatchObject({ code: 0, stderr: '' });

      const first = await runClaude({
        sandbox,
        api,
        sessionId: SESSION,
        env: atel.env,
        prompt:
          'PLAN: agent Explore foreground <<PLAN: bash ls -a ; say found it>> + agent reviewer foreground <<PLAN: bash git log --oneline ; say reviewed>> ; skill release-notes ; bash false ; say finished',
      });
      expect(first.exitCode).toBe(0);
      expect(first.stderr).toBe('');
      expect(await atel.command('flush')).toMatchObject({ code: 0 });

      // The scripted values, per query.
      const models = await atel.client.costByModel.query({ days: 1 });
      const total = models.reduce((cost, row) => cost + (row.total_cost_usd ?? NaN), 0);
      expect(total).toBeCloseTo(first.result.total_cost_usd, 9);
      expect(total).toBeCloseTo(trueCost(first.requests), 9);
      expect(
        Object.fromEntries(
          models.map((row) => [
            row.model,
            [row.request_count, row.total_input, row.total_output, row.total_cache_read],
          ]),
        ),
      ).toEqual(
        Object.fromEntries(
          [...new Set(first.requests.map(({ model }) => model))].map((model) => {
            const own = first.requests.filter((request) => request.model === model);
            return [
              model,
              [
                own.length,
                sum(own, 'input_tokens'),
                sum(own, 'output_tokens'),
                sum(own, 'cache_read_input_tokens'),
              ],
            ];
          }),
        ),
      );

      const agents = await atel.client.agentUsageSummary.query({ days: 1 });
      const agentIds = [...new Set(first.requests.flatMap(({ agent }) => agent ?? []))];
      expect(
        agents
          .map(({ agent_type, invocations, request_count }) => [agent_type, invocations, request_count])
          .sort(),
      ).toEqual([
        ['Explore', 1, 2],
        ['reviewer', 1, 2],
      ]);
      const ofAgents = first.requests.filter(({ agent }) => agent !== null);
      expect(agentIds).toHaveLength(2);
      expect(agents.reduce((cost, { est_cost_usd }) => cost + (est_cost_usd ?? NaN), 0)).toBeCloseTo(
        trueCost(ofAgents),
        9,
      );
      expect(agents.reduce((tokens, { total_input }) => tokens + (total_input ?? NaN), 0)).toBe(
        sum(ofAgents, 'input_tokens'),
      );
      for (const { avg_duration_ms } of agents) expect(avg_duration_ms).toBeGreaterThan(0);

      // Each call once, though a hook and the transcript report it; the hook with the client's own duration.
      const tools = await atel.client.toolDurations.query({ days: 1 });
      expect(
        tools.map((tool) => [tool.tool_name, tool.calls, tool.failures, tool.timed_calls]).sort(),
      ).toEqual([
        ['Agent', 2, 0, 2],
        ['Bash', 3, 1, 3],
        ['Skill', 1, 0, 1],
      ]);
      const sightings = await atel.client.sql(
        "SELECT source, count() AS calls, count(duration_ms) AS timed FROM telemetry_events FINAL WHERE event = 'tool_call' GROUP BY source ORDER BY source",
      );
      expect(sightings).toEqual([
        { source: 'hook', calls: 6, timed: 6 },
        { source: 'transcript', calls: 6, timed: 0 },
      ]);

      expect(await atel.client.skillFrequency.query({ days: 1 })).toMatchObject([
        { skill_name: 'release-notes', activations: 1, successes: 1, failures: 0, typed: 0, success_rate: 1 },
      ]);

      const [session, ...others] = await atel.client.sessionOverview.query({ session_id: SESSION });
      expect(others).toEqual([]);
      expect(session).toMatchObject({
        session_id: SESSION,
        agents_used: 2,
        skills_used: 1,
        request_count: first.requests.length,
        prompts: 1,
        tool_failures: 1,
        end_reason: 'other',
      });
      expect(session?.total_cost_usd).toBeCloseTo(first.result.total_cost_usd, 9);
      expect(session?.ended).not.toBeNull();
      expect(session?.project).toMatch(/^shop-[0-9a-f]{8}$/);

      // The first request of the next session has the context.
      const second = await runClaude({ sandbox, api, env: atel.env, prompt: 'PLAN: say thanks' });
      const told = second.requests[0]?.texts().join('\n') ?? '';
      expect(told).toContain('agent-telemetry: last 7 days, this project.');
      expect(told).toContain(`1 session, ${usd(first.result.total_cost_usd)} USD`);
      expect(told).toMatch(/Explore \(1 run, [\d.]+ USD each\)/);
      expect(told).toContain('Telemetry: all delivered.');

      // A typed skill and a fork: each is counted once, with only its own cost.
      const typed = await runClaude({
        sandbox,
        api,
        env: atel.env,
        prompt: '/release-notes PLAN: say typed',
      });
      const fork = await runClaude({
        sandbox,
        api,
        env: atel.env,
        resume: SESSION,
        fork: true,
        prompt: 'PLAN: say forked',
      });
      expect(await atel.command('flush')).toMatchObject({ code: 0 });
      // The client reports the fork's cost together with that of the session that it was forked from.
      expect(fork.result.total_cost_usd).toBeCloseTo(
        first.result.total_cost_usd + trueCost(fork.requests),
        9,
      );
      const reported = [first, second, typed].reduce(
        (cost, { result }) => cost + result.total_cost_usd,
        trueCost(fork.requests),
      );
      const sessions = await atel.client.sessionOverview.query({ days: 1 });
      expect(sessions).toHaveLength(4);
      expect(sessions.reduce((cost, { total_cost_usd }) => cost + (total_cost_usd ?? NaN), 0)).toBeCloseTo(
        reported,
        9,
      );
      const forked = sessions.find(({ session_id }) => session_id === fork.result.session_id);
      expect(forked?.total_cost_usd).toBeCloseTo(trueCost(fork.requests), 9);
      expect(forked?.request_count).toBe(1);
      expect(await atel.client.skillFrequency.query({ days: 1 })).toMatchObject([
        { activations: 2, successes: 1, typed: 1 },
      ]);

      // No text of the sessions left the inbox.
      const everything = await Promise.all(
        [
          'agent_activations',
          'api_requests',
          'session_summaries',
          'skill_activations',
          'telemetry_events',
        ].map((table) => atel.client.sql(`SELECT * FROM ${table}`)),
      );
      expect(JSON.stringify(everything)).not.toMatch(/PLAN|found it|reviewed|git log|finished/);

      const removed = await atel.command('init', '--project', sandbox.project, '--remove');
      expect(removed).toMatchObject({ code: 0, stderr: '' });
    } finally {
      await atel.stop();
    }
  });
});
