import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { runCommand } from '../helpers/command-host.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';

const PATH = process.env.PATH ?? '';
const has = (shell: string) => spawnSync(shell, ['-c', ':']).status === 0;

async function script(shell: string): Promise<string> {
  const result = await runCommand(['completion', shell], {
    env: { PATH, HOME: '/nonexistent' },
  });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return result.stdout;
}

/** The completions of bash for a line that ends in an unfinished word. */
async function offered(...words: string[]): Promise<string[]> {
  const folder = tempFolder();
  const file = join(folder, 'completion.bash');
  writeFileSync(file, await script('bash'));
  const ask =
    'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _atel; printf "%s\\n" "${COMPREPLY[@]}"';
  const result = await run('bash', ['--norc', '-c', ask, file, 'atel', ...words], {
    env: { PATH },
    cwd: folder,
  });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return result.stdout.trim().split('\n').sort();
}

describe('atel completion', () => {
  it('bash completes every command, and no synonym of another tool', async () => {
    expect(await offered('')).toEqual(commands.map(({ name }) => name).sort());
    expect(await offered('comp')).toEqual(['completion']);
  });

  it('the ll-telemetry command has completion, too', async () => {
    const result = await run('bash', ['--norc', '-c', `${await script('bash')}\ncomplete -p ll-telemetry`], {
      env: { PATH },
    });
    expect(result).toMatchObject({ code: 0, stdout: 'complete -o filenames -F _atel ll-telemetry\n' });
  });

  it('bash completes options, values, programs and files', async () => {
    expect(await offered('prune', '--')).toEqual(['--dry-run', '--file', '--older-than']);
    expect(await offered('completion', '')).toEqual(['bash', 'fish', 'zsh']);
    expect(await offered('emit', 'issue_')).toEqual(['issue_complete', 'issue_phase', 'issue_start']);
    expect(await offered('run', '--ta')).toEqual(['--task']);
    expect(await offered('run', 'bas')).toContain('bash');
    expect(await offered('run', '--', 'bas')).toContain('bash');
    expect(await offered('init', 'compl')).toEqual(['completion.bash']);
    expect(await offered('init', '--project', '')).toEqual(['completion.bash']);
    expect(await offered('export', '--out', 'co')).toEqual(['completion.bash']);
  });

  it.runIf(has('zsh'))('the zsh script has no syntax errors', async () => {
    const file = join(tempFolder(), '_atel');
    writeFileSync(file, await script('zsh'));
    expect(await run('zsh', ['-n', file], { env: { PATH } })).toMatchObject({ code: 0, stderr: '' });
  });

  it.runIf(has('fish'))('the fish script has no syntax errors', async () => {
    const file = join(tempFolder(), 'atel.fish');
    writeFileSync(file, await script('fish'));
    expect(await run('fish', ['-n', file], { env: { PATH } })).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(['bash', 'zsh', 'fish'])('the script for %s names every command', async (shell) => {
    const text = await script(shell);
    for (const { name } of commands) expect(text).toContain(name);
  });

  it('an unknown shell gives one line with the known ones', async () => {
    const result = await runCommand(['completion', 'tcsh'], {
      env: { PATH, HOME: '/nonexistent' },
    });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/bash, zsh, fish/);
  });
});
