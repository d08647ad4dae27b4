import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../helpers/command-host.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';

const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(':');
const hooks = fileURLToPath(new URL('../../.claude/hooks', import.meta.url));
const silent = { code: 0, signal: null, stdout: '', stderr: '' };

describe('scripts that a checkout or an editor changed', () => {
  it('git keeps the line ends of the scripts that init installs', async () => {
    const root = tempFolder();
    const project = join(root, 'shop');
    mkdirSync(project);
    const env = { PATH, HOME: root, AGENT_TELEMETRY_HOME: join(root, 'telemetry') };
    const git = (...args: string[]) =>
      run('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], { env, cwd: project });
    await git('init', '-q', '.');
    expect(await runCommand(['init', '--project', project], { env })).toMatchObject({
      code: 0,
    });
    await git('add', '-A');
    await git('commit', '-qm', 'x');
    const clone = join(root, 'clone');
    expect(await git('clone', '-q', '-c', 'core.autocrlf=true', project, clone)).toMatchObject({ code: 0 });
    const folder = join(clone, '.claude', 'hooks');
    const written = readdirSync(folder).filter((name) => name.endsWith('.sh'));
    expect(written).toHaveLength(6);
    for (const name of written) expect(readFileSync(join(folder, name), 'utf8')).not.toContain('\r');
    // `--remove` leaves nothing.
    await runCommand(['init', '--project', project, '--remove'], { env });
    expect(readdirSync(project)).toEqual(['.git']);
  });

  const damages: [what: string, damage: (text: string) => string][] = [
    ['line ends of Windows', (text) => text.replaceAll('\n', '\r\n')],
    ['a byte-order mark', (text) => `\uFEFF${text}`],
    ['only their first half', (text) => text.slice(0, text.length / 2)],
    ['the markers of a merge conflict', (text) => `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> main\n`],
    ['nothing in them', () => ''],
  ];
  it.each(['dash', 'bash'].flatMap((shell) => damages.map((damage) => [shell, ...damage] as const)))(
    'every hook exits with 0 and prints nothing under %s if the scripts have %s',
    async (shell, _, damage) => {
      const root = tempFolder();
      const folder = join(root, '.claude', 'hooks');
      mkdirSync(folder, { recursive: true });
      for (const name of readdirSync(hooks)) {
        writeFileSync(join(folder, name), damage(readFileSync(join(hooks, name), 'utf8')));
        chmodSync(join(folder, name), 0o755);
      }
      const home = join(root, 'telemetry');
      mkdirSync(home);
      const env = { PATH, HOME: root, AGENT_TELEMETRY_HOME: home, CLAUDE_PROJECT_DIR: root };
      const settings = JSON.parse(readFileSync(join(hooks, '..', 'settings.json'), 'utf8')) as {
        hooks: Record<string, { hooks: { command: string }[] }[]>;
      };
      const commands = Object.values(settings.hooks).flatMap((groups) =>
        groups.flatMap((group) => group.hooks),
      );
      expect(commands).toHaveLength(11);
      for (const { command } of commands)
        expect(
          await run('sh', ['-c', command.replaceAll('sh "', `${shell} "`)], { env, input: '{}' }),
        ).toEqual(silent);
    },
  );
});
