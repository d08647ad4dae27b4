import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startAtel, type RunningAtel } from '../helpers/atel.js';
import { clientBinary, createSandbox, runClaude } from '../helpers/claude.js';
import { clients } from '../helpers/client-binary.js';
import { startScriptedApi } from '../helpers/scripted-api.js';

const PROMPT =
  'PLAN: agent Explore foreground <<PLAN: bash ls -a ; say found it>> + agent reviewer foreground <<PLAN: bash git log --oneline ; say reviewed>> ; skill release-notes ; bash false ; say finished';

/** Repeats a query until the answer satisfies, for at most a minute, because the client exports with a delay. */
async function eventually<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 250))) {
    const answer = await ask();
    if (satisfies(answer) || Date.now() > deadline) return answer;
  }
}

async function spansOf(atel: RunningAtel) {
  const rows = await atel.client.sql(
    'SELECT TraceId AS trace, SpanId AS span, ParentSpanId AS parent, SpanName AS name FROM otel_traces FINAL',
  );
  return rows as { trace: string; span: string; parent: string; name: string }[];
}

describe.each([
  ['2.1.332', 'http/protobuf'],
  ['2.1.332', 'http/json'],
  ['2.1.332', 'grpc'],
  // This version still reads the OpenTelemetry variables in a project's settings.
  ['2.1.197', 'http/protobuf'],
] as const)('the real client %s with hooks and OpenTelemetry over %s', (version, protocol) => {
  it('each request is counted once, and hooks and OpenTelemetry both report all of them', async () => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const atel = await startAtel({
      home: join(sandbox.home, '.agent-telemetry'),
      userHome: sandbox.home,
    });
    try {
      expect(await atel.command('init', '--project', sandbox.project, '--otel', protocol)).toMatchObject({
        code: 0,
        stderr: '',
      });
      const run = await runClaude({
        sandbox,
        api,
        env: atel.env,
        prompt: PROMPT,
        binary: clientBinary(process.env, clients[version]),
      });
      // An older client does not complain of hooks for events that it never fires.
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await atel.command('flush')).toMatchObject({ code: 0 });

      const [seen, ...others] = await eventually(
        () => atel.client.coverage.query({ days: 1 }),
        ([first]) => first?.seen_by_both === run.requests.length,
      );
      expect(others).toEqual([]);
      expect(seen).toMatchObject({
        session_id: run.result.session_id,
        request_count: run.requests.length,
        seen_by_transcript: run.requests.length,
        seen_by_otel: run.requests.length,
        seen_by_both: run.requests.length,
        only_transcript: 0,
        only_otel: 0,
        cost_mismatches: 0,
      });
      expect(seen?.total_cost_usd).toBeCloseTo(run.result.total_cost_usd, 9);
      expect(seen?.reported_cost_usd_total).toBeCloseTo(run.result.total_cost_usd, 9);

      const agents = await atel.client.costByAgent.query({ days: 1 });
      expect(agents.map(({ agent_type, request_count }) => [agent_type, request_count]).sort()).toEqual([
        ['Explore', 2],
        ['main', run.requests.filter(({ agent }) => agent === null).length],
        ['reviewer', 2],
      ]);
      expect(await atel.client.skillFrequency.query({ days: 1 })).toMatchObject([
        { skill_name: 'release-notes', activations: 1 },
      ]);

      // The client's own counters agree.
      const compared = await eventually(
        () => atel.client.costReconciliation.query({ days: 1 }),
        (rows) => rows.length > 0,
      );
      expect(compared.filter(({ differs }) => differs !== 0)).toEqual([]);
      expect(compared.reduce((cost, { metric_cost_usd }) => cost + metric_cost_usd, 0)).toBeCloseTo(
        run.result.total_cost_usd,
        9,
      );
      const metrics = await atel.client.usageMetrics.query({ days: 1 });
      const tokens = run.requests.reduce((sum, { usage }) => sum + (usage?.output_tokens ?? 0), 0);
      expect(metrics.reduce((sum, { output_tokens }) => sum + output_tokens, 0)).toBe(tokens);

      // The span tree of the prompt: one root, no missing parent, one span per request.
      const spans = await eventually(
        () => spansOf(atel),
        (found) => found.some(({ name }) => name === 'claude_code.interaction'),
      );
      const roots = spans.filter(({ parent }) => parent === '');
      expect(roots.map(({ name }) => name)).toEqual(['claude_code.interaction']);
      const ids = new Set(spans.map(({ span }) => span));
      expect(spans.filter(({ parent }) => parent !== '' && !ids.has(parent))).toEqual([]);
      expect(spans.filter(({ name }) => name === 'claude_code.llm_request')).toHaveLength(
        run.requests.length,
      );
      // Two agents with one command each, a skill and a command.
      expect(spans.filter(({ name }) => name === 'claude_code.tool')).toHaveLength(6);
      expect(new Set(spans.map(({ trace }) => trace)).size).toBe(1);
    } finally {
      await atel.stop();
    }
  });
});
