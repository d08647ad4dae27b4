import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startAtel } from '../helpers/atel.js';
import { createSandbox, runClaude } from '../helpers/claude.js';
import { clientBinary, clients } from '../helpers/client-binary.js';
import { startScriptedApi } from '../helpers/scripted-api.js';
import { trueCost } from '../helpers/truth.js';

/** The older client names no commit in the results of its tools: its output alone tells. */
it.each(Object.entries(clients))(
  'the commits of sessions of client %s are found, linked and priced, live and by a backfill; one made outside is not',
  async (_, wrapper) => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const atel = await startAtel({ home: join(sandbox.home, '.agent-telemetry') });
    const git = (...args: string[]) =>
      execFileSync('git', args, {
        cwd: sandbox.project,
        env: { PATH: process.env.PATH, HOME: sandbox.home, GIT_CONFIG_NOSYSTEM: '1' },
        encoding: 'utf8',
      }).trim();
    const hashOf = (subject: string) => git('log', '--reflog', '--format=%h', '-1', `--grep=^${subject}$`);
    try {
      expect(await atel.command('init', '--project', sandbox.project)).toMatchObject({ code: 0 });
      const session = { sandbox, api, env: atel.env, binary: clientBinary(process.env, wrapper) };
      const steps = [
        'bash echo 1 > a.txt && git add a.txt && git commit -m one && echo 2 > b.txt && git add b.txt && git commit -m two',
        'bash printf "2\\n3\\n" > b.txt && git commit -a --amend -m better',
        'agent reviewer foreground <<PLAN: bash echo 4 > c.txt && git add c.txt && git commit -m reviewed ; say ok>>',
        'bash git revert --no-edit HEAD',
        'say done',
      ];
      const first = await runClaude({ ...session, prompt: `PLAN: ${steps.join(' ; ')}` });
      git('commit', '--allow-empty', '--message=outside');
      const one = git('log', '--format=%H', '-1', '--grep=^one$');
      const second = await runClaude({
        ...session,
        prompt: `PLAN: bash git revert --no-edit ${one} ; bash echo 5 > d.txt && git add d.txt && git commit -qm quiet ; say done`,
      });
      expect(await atel.command('flush')).toMatchObject({ code: 0 });

      // The requests in the order of their steps; those of the subagent are the fourth and the fifth.
      const [committed, amended, delegated, reviewed, reported, reverted, done] = first.requests;
      const [revertedOne, quiet, doneAgain] = second.requests;
      expect([first.requests.length, second.requests.length]).toEqual([7, 3]);
      const cost = (...requests: (typeof committed)[]) =>
        expect.closeTo(trueCost(requests.flatMap((request) => request ?? [])), 9) as number;
      const [undoReviewed, undoOne] = [
        git('log', '--format=%h', '-1', 'HEAD~3'),
        git('log', '--format=%h', '-1', 'HEAD~1'),
      ];

      const expected = [
        // git printed nothing: it was found in the log of HEAD.
        {
          commit_hash: git('log', '--format=%H', '-1').slice(0, 10),
          kind: 'committed',
          branch: 'main',
          confidence: 0.9,
          total_cost_usd: cost(quiet),
        },
        {
          commit_hash: undoOne,
          kind: 'reverted',
          reverts: one,
          session_id: second.result.session_id,
          confidence: 1,
          total_cost_usd: cost(revertedOne),
        },
        {
          commit_hash: undoReviewed,
          kind: 'reverted',
          reverts: hashOf('reviewed'),
          confidence: 0.8,
          // With the call of the subagent, and its answer after its last commit.
          total_cost_usd: cost(delegated, reported, reverted),
        },
        {
          commit_hash: hashOf('reviewed'),
          agent_type: 'reviewer',
          reverted_by: undoReviewed,
          total_cost_usd: cost(reviewed),
        },
        {
          commit_hash: hashOf('better'),
          kind: 'amended',
          replaced_commits: [hashOf('two')],
          files: 1,
          lines_added: 2,
          lines_removed: 0,
          confidence: 0.8,
          total_cost_usd: cost(amended),
        },
        {
          commit_hash: hashOf('one'),
          kind: 'committed',
          branch: 'main',
          agent_type: 'main',
          reverted_by: undoOne,
          files: 1,
          lines_added: 1,
          confidence: 1,
          total_cost_usd: cost(committed),
        },
        { commit_hash: 'unattributed', total_cost_usd: cost(done, doneAgain) },
      ];
      const commits = () => atel.client.costByCommit.query({ days: 1 });
      const events = () =>
        atel.client.sql(
          "SELECT * EXCEPT (origin) FROM telemetry_events WHERE event = 'commit' ORDER BY event_id",
        );
      expect(await commits()).toMatchObject(expected);
      expect(await commits()).toHaveLength(expected.length);
      expect(await atel.client.costByBranch.query({ days: 1 })).toMatchObject([
        { branch: 'main', total_cost_usd: cost(...first.requests, ...second.requests) },
      ]);

      // claude -p started both.
      expect(await atel.client.costBySessionType.query({ days: 1 })).toMatchObject([
        {
          session_type: 'print',
          sessions: 2,
          total_cost_usd: cost(...first.requests, ...second.requests),
        },
      ]);

      const live = await events();
      expect(JSON.stringify(live)).not.toMatch(/better|a\.txt|--amend|two|reviewed|quiet/);
      const again = await atel.command('backfill', '--again', '--root', join(sandbox.home, '.claude'));
      expect(again).toMatchObject({ code: 0 });
      expect(await atel.command('flush')).toMatchObject({ code: 0 });
      const after = await events();
      // The backfill sends the same rows again; the store keeps one of each.
      expect([...new Set(after.map((row) => JSON.stringify(row)))]).toEqual(
        live.map((row) => JSON.stringify(row)),
      );
      expect(await commits()).toMatchObject(expected);
      expect(await commits()).toHaveLength(expected.length);
    } finally {
      await atel.stop();
    }
  },
);
