import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startAtel } from '../helpers/atel.js';
import { createSandbox, runClaude } from '../helpers/claude.js';
import { clientBinary, clients } from '../helpers/client-binary.js';
import { startScriptedApi } from '../helpers/scripted-api.js';
import { trueCost } from '../helpers/truth.js';

/** Scripts that are checks by their names. The tests pass once there is a file `fixed`. */
const scripts = { 'test.sh': 'test -f fixed', 'lint.sh': 'true', 'build.sh': 'true', 'deploy.sh': 'exit 3' };

it.each(Object.entries(clients))(
  'the checks of a session of client %s: tests that fail twice and then pass, and what that cost',
  async (_, wrapper) => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const atel = await startAtel({ home: join(sandbox.home, '.agent-telemetry') });
    try {
      for (const [name, script] of Object.entries(scripts)) {
        writeFileSync(join(sandbox.project, name), `#!/bin/sh\n${script}\n`);
        chmodSync(join(sandbox.project, name), 0o755);
      }
      expect(await atel.command('init', '--project', sandbox.project)).toMatchObject({ code: 0 });
      const steps = [
        'bash ./test.sh',
        'bash touch other',
        'agent reviewer foreground <<PLAN: bash sh test.sh ; say ok>>',
        'bash touch fixed',
        'bash ./lint.sh && ./test.sh 2>&1',
        'bash ./lint.sh; ./test.sh',
        'bash git add . && git commit -m one',
        'bash ./build.sh && ./deploy.sh',
        'bash ./deploy.sh | cat',
        'say done',
      ];
      const { requests, result } = await runClaude({
        ...{ sandbox, api, env: atel.env, binary: clientBinary(process.env, wrapper) },
        prompt: `PLAN: ${steps.join(' ; ')}`,
      });
      expect(await atel.command('flush')).toMatchObject({ code: 0 });

      // The main thread's ten, and two of the subagent after its third.
      expect(requests).toHaveLength(12);
      const between = requests.slice(1, 7);
      const session = {
        test: { runs: 4, passed: 2, failed: 2, unknown: 0, tries_to_green: 3, mends: 1, red_sessions: 0 },
        lint: { runs: 2, passed: 1, failed: 0, unknown: 1, tries_to_green: 1, mends: 0 },
        build: { runs: 1, passed: 0, failed: 0, unknown: 1, tries_to_green: null, mends: 0 },
        deploy: { runs: 2, passed: 0, failed: 0, unknown: 2, tries_to_green: null },
      };
      const mended = {
        failure_classes: [['exit_1', 2]],
        mend_requests: between.length,
        mend_cost_usd: expect.closeTo(trueCost(between), 9) as number,
        unpriced_mend_requests: 0,
        // Two failures were the only checks of their calls; of the passes none was.
        timed_runs: 2,
      };
      const ask = (more: { group_by?: string } = {}) => atel.client.qualityRuns.query({ days: 1, ...more });
      const expected = [
        { check: 'test', ...session.test, ...mended },
        { check: 'lint', ...session.lint },
        { check: 'build', ...session.build },
        { check: 'deploy', ...session.deploy },
      ];
      expect(await ask()).toMatchObject(expected);
      expect(await ask({ group_by: 'session' })).toMatchObject(
        expected.map((row) => ({ ...row, session_id: result.session_id })),
      );
      const [{ commit_hash: hash } = { commit_hash: '' }] = await atel.client.costByCommit.query({ days: 1 });
      expect(hash).toMatch(/^[0-9a-f]{7,}$/);
      expect(
        (await ask({ group_by: 'commit' })).map((row) => [row.commit_hash, row.branch, row.check, row.runs]),
      ).toEqual([
        [hash, 'main', 'test', 4],
        [hash, 'main', 'lint', 2],
        ['unattributed', '', 'build', 1],
        ['unattributed', '', 'deploy', 2],
      ]);
      const events = () =>
        atel.client.sql(
          "SELECT * EXCEPT (origin) FROM telemetry_events FINAL WHERE event = 'check_run' ORDER BY event_id",
        );
      const live = await events();
      expect(JSON.stringify(live)).not.toMatch(/\.sh|fixed|cat/);

      // A backfill sends the same rows again.
      const again = await atel.command('backfill', '--again', '--root', join(sandbox.home, '.claude'));
      expect(again).toMatchObject({ code: 0 });
      expect(await atel.command('flush')).toMatchObject({ code: 0 });
      expect(await events()).toEqual(live);
      expect(await ask()).toMatchObject(expected);
    } finally {
      await atel.stop();
    }
  },
);
