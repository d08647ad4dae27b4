import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { startAtel, type RunningAtel } from '../helpers/atel.js';
import { clientBinary, createSandbox, runClaude, type ClaudeOptions } from '../helpers/claude.js';
import { run } from '../helpers/process.js';
import type { Sandbox } from '../helpers/sandbox.js';
import { startScriptedApi } from '../helpers/scripted-api.js';

const initLine = z.looseObject({ subtype: z.literal('init'), skills: z.array(z.string()) });

/** The skills that the client itself reports as found. */
async function skillsOfClient(options: Omit<ClaudeOptions, 'prompt'>): Promise<string[]> {
  const session = await runClaude({ ...options, prompt: 'PLAN: say hi', outputFormat: 'stream-json' });
  const lines = session.stdout.split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => initLine.safeParse(JSON.parse(line)).data?.skills ?? []);
}

/** The skills that the newest session start recorded. */
async function skillsRecorded(atel: RunningAtel): Promise<string[]> {
  expect(await atel.command('flush')).toMatchObject({ code: 0, stderr: '' });
  const [row] = await atel.client.sql(
    "SELECT argMax(payload, timestamp) AS payload FROM telemetry_events FINAL WHERE event = 'session_start'",
  );
  return z.object({ skills: z.array(z.string()) }).parse(JSON.parse(String(row?.payload))).skills;
}

function skill(folder: string, head = ''): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'SKILL.md'), `---\ndescription: does it\n${head}---\nDo it.\n`);
}

function json(file: string, content: object): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(content));
}

/** Skills of the user and of the project, and plugins of a marketplace: installed, in another project, switched off. */
async function installMany(
  { home, project, root }: Sandbox,
  settings: Record<string, string>,
): Promise<void> {
  skill(join(home, '.claude/skills/mine'), 'name: shown-otherwise\n');
  skill(join(home, '.claude/skills/typed'), 'disable-model-invocation: true\n');
  skill(join(home, '.claude/skills/group/nested'));
  skill(join(root, 'elsewhere/linked'));
  symlinkSync(join(root, 'elsewhere/linked'), join(home, '.claude/skills/linked'));
  skill(join(project, 'web/.claude/skills/deep'));

  const market = join(root, 'market');
  json(join(market, '.claude-plugin/marketplace.json'), {
    name: 'bazaar',
    owner: { name: 'x' },
    plugins: [
      { name: 'tools', source: './tools' },
      { name: 'off', source: './off' },
      { name: 'offered', source: './offered' },
      { name: 'docs', source: './', strict: false, skills: ['./skills/xlsx'] },
    ],
  });
  for (const name of ['tools', 'off', 'offered']) {
    json(join(market, name, '.claude-plugin/plugin.json'), { name, version: '1.0.0', skills: ['./extra/'] });
    skill(join(market, name, 'skills/usual'));
    skill(join(market, name, 'extra/more'));
  }
  for (const name of ['xlsx', 'art']) skill(join(market, 'skills', name));
  for (const args of [
    ['marketplace', 'add', market],
    ['install', 'tools@bazaar', '--scope', 'project'],
    ['install', 'docs@bazaar'],
    ['install', 'off@bazaar'],
    ['disable', 'off@bazaar'],
  ]) {
    const env = { PATH: process.env.PATH ?? '', HOME: home, DISABLE_AUTOUPDATER: '1' };
    const done = await run(clientBinary(), ['plugin', ...args], {
      // The client runs hooks here, too, and a drain that they start must know the store.
      env: { ...settings, ...env, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
      cwd: project,
    });
    expect(done, args.join(' ')).toMatchObject({ code: 0 });
  }
}

it('a session start records the skills that the client found', async () => {
  await using api = await startScriptedApi();
  await using sandbox = await createSandbox();
  const atel = await startAtel({ home: join(sandbox.home, '.agent-telemetry') });
  try {
    expect(await atel.command('init', '--project', sandbox.project)).toMatchObject({ code: 0 });
    const options = { sandbox, api, env: atel.env };
    const few = await skillsOfClient(options);
    expect(await skillsRecorded(atel)).toEqual(['release-notes']);
    // Skills that come with the client are not counted as installed.
    const builtIn = few.filter((name) => name !== 'release-notes');

    await installMany(sandbox, atel.env);
    const many = (await skillsOfClient(options)).filter((name) => !builtIn.includes(name));
    expect(many).toEqual(expect.arrayContaining(['mine', 'linked', 'tools:more', 'docs:xlsx']));
    expect(await skillsRecorded(atel)).toEqual(many.sort());
  } finally {
    await atel.stop();
  }
});
