import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startAtel } from '../helpers/atel.js';
import { createSandbox, runClaude } from '../helpers/claude.js';
import { startScriptedApi } from '../helpers/scripted-api.js';

/** All events that the client sends over HTTP and that are stored. */
const EVENTS = [
  'UserPromptSubmit',
  'PreToolUse',
  'PostToolUse',
  'PostToolUseFailure',
  'SubagentStart',
  'SubagentStop',
  'Stop',
  'SessionEnd',
];

it('the collector works as an HTTP hook of the client', async () => {
  await using api = await startScriptedApi();
  await using sandbox = await createSandbox();
  const atel = await startAtel({ home: join(sandbox.home, '.agent-telemetry') });
  try {
    const url = `http://127.0.0.1:${atel.env.AGENT_TELEMETRY_COLLECTOR_PORT}/v1/hooks`;
    const handlers = [{ hooks: [{ type: 'http', url, timeout: 10 }] }];
    await mkdir(join(sandbox.project, '.claude'), { recursive: true });
    await writeFile(
      join(sandbox.project, '.claude', 'settings.json'),
      JSON.stringify({ hooks: Object.fromEntries(EVENTS.map((event) => [event, handlers])) }),
    );
    const run = await runClaude({
      sandbox,
      api,
      prompt:
        'PLAN: agent Explore foreground <<PLAN: bash ls -a ; say found it>> ; skill release-notes ; bash false ; say finished',
    });
    expect(run.exitCode).toBe(0);
    // An answer with text would reach the model as the output of the hook.
    expect(
      run.requests.flatMap(({ texts }) => texts()).filter((text) => /(?:Use|Submit|Stop)\S* hook/.test(text)),
    ).toEqual([]);
    expect(await atel.command('flush')).toMatchObject({ code: 0, stderr: '' });

    const [session, ...others] = await atel.client.sessionOverview.query({ days: 1 });
    expect(others).toEqual([]);
    expect(session).toMatchObject({
      session_id: run.result.session_id,
      status: 'ended',
      prompts: 1,
      // Agent, Bash inside it, Skill, Bash.
      tool_calls: 4,
      tool_failures: 1,
      agents_used: 1,
      skills_used: 1,
      request_count: run.requests.length,
    });
    expect(session?.total_cost_usd).toBeCloseTo(run.result.total_cost_usd, 9);
    // Only hooks report how long a skill took and when a subagent started.
    expect(await atel.client.skillFrequency.query({ days: 1 })).toMatchObject([
      {
        skill_name: 'release-notes',
        activations: 1,
        successes: 1,
        avg_duration_ms: expect.any(Number) as number,
      },
    ]);
    const [sources] = await atel.client.sql(
      'SELECT groupUniqArray(toString(source)) AS sources, toUInt32(count()) AS n FROM agent_activations FINAL',
    );
    expect(sources).toEqual({ sources: ['hook'], n: 2 });
  } finally {
    await atel.stop();
  }
});
