import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cli, startAtel } from '../helpers/atel.js';
import { createSandbox, runClaude } from '../helpers/claude.js';
import { startScriptedApi } from '../helpers/scripted-api.js';

it('the real client starts atel mcp and gives the model the answer of its tool', async () => {
  await using api = await startScriptedApi();
  await using sandbox = await createSandbox();
  const atel = await startAtel({ home: join(sandbox.home, '.agent-telemetry') });
  try {
    await atel.loadCaptures();
    const config = join(sandbox.root, 'mcp.json');
    writeFileSync(
      config,
      JSON.stringify({
        mcpServers: { telemetry: { command: process.execPath, args: [cli, 'mcp'], env: atel.env } },
      }),
    );
    const tool = 'mcp__telemetry__cost_by';
    const told = await runClaude({
      sandbox,
      api,
      prompt: `PLAN: call ${tool} {"by": "model", "from": "2026-01-01"} ; say done`,
      outputFormat: 'stream-json',
      args: ['--mcp-config', config, '--strict-mcp-config', '--allowedTools', tool],
    });
    expect(told.result).toMatchObject({ is_error: false, result: 'done' });
    const rows = await atel.client.usageBreakdown.query({ from: '2026-01-01', group_by: 'model' });
    expect(rows.length).toBeGreaterThan(1);
    for (const { part, request_count: count } of rows) {
      expect(told.stdout).toContain(`\\"part\\":\\"${part}\\"`);
      expect(told.stdout).toContain(`\\"request_count\\":${count}`);
    }
  } finally {
    await atel.stop();
  }
});
