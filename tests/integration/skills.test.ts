import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { projectOf } from '../../src/signals/project.js';
import { startAtel } from '../helpers/atel.js';
import { endsInBackground } from '../helpers/background.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';

const hooks = fileURLToPath(new URL('../../.claude/hooks', import.meta.url));
const silence = { code: 0, signal: null, stdout: '', stderr: '' };

it('atel skills lists installed skills that were not used', async () => {
  const root = tempFolder();
  const [home, project] = [join(root, 'telemetry'), join(root, 'shop')];
  for (const name of ['notes', 'stale', 'Buy milk']) {
    mkdirSync(join(project, '.claude', 'skills', name), { recursive: true });
    writeFileSync(join(project, '.claude', 'skills', name, 'SKILL.md'), '---\ndescription: secret\n---\n');
  }
  mkdirSync(home, { mode: 0o700 });
  endsInBackground(home);
  const atel = await startAtel({ home });
  onTestFinished(() => atel.stop(), 60_000);

  const hook = (script: string, payload: object, ...args: string[]) =>
    run(join(hooks, script), args, {
      env: { PATH: process.env.PATH ?? '', HOME: root, ...atel.env },
      input: JSON.stringify({
        cwd: project,
        transcript_path: join(root, '.claude', 'projects', '-shop', 's.jsonl'),
        ...payload,
      }),
    });
  const started = { hook_event_name: 'SessionStart', source: 'startup' };
  for (const session_id of ['s1', 's2', 's2'])
    expect(await hook('log-event.sh', { ...started, session_id }, 'kick')).toEqual(silence);
  const used = {
    hook_event_name: 'PostToolUse',
    session_id: 's2',
    tool_name: 'Skill',
    tool_use_id: 't1',
    tool_input: { skill: 'notes' },
  };
  expect(await hook('log-skill-activation.sh', used)).toEqual(silence);
  expect(await atel.command('flush')).toMatchObject({ code: 0, stderr: '' });

  const unused = await atel.client.unusedSkills.query({ days: 1, project: projectOf(project) });
  expect(unused.map((row) => [row.skill_name, row.sessions, row.last_used])).toEqual([
    [expect.stringMatching(/^other-[0-9a-f]{8}$/), 2, null],
    ['stale', 2, null],
  ]);
  const today = unused[0]?.first_seen.slice(0, 10);
  const told = await atel.command('skills', '--project', projectOf(project));
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toMatch(
    new RegExp(
      `^Installed, not used +Sessions +Last used.*\\nother-\\w+ +2 +never seen +${today} or before.*\\nstale +2 +never seen`,
      'm',
    ),
  );

  // A removed skill is no longer listed.
  rmSync(join(project, '.claude', 'skills', 'stale'), { recursive: true });
  expect(await hook('log-event.sh', { ...started, session_id: 's3' }, 'kick')).toEqual(silence);
  expect(await atel.command('flush')).toMatchObject({ code: 0, stderr: '' });
  const left = await atel.client.unusedSkills.query({ days: 1 });
  expect(left.map((row) => [row.skill_name.slice(0, 6), row.sessions])).toEqual([['other-', 3]]);
});
