import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../tests/helpers/temp.js';
import { realRoots, transcriptRoots } from './roots.js';

const roots = (env: Record<string, string>) => transcriptRoots({ env, homeDir: '/home/u' });

it.each([
  ['nothing is set', {}, ['/home/u/.claude/projects', '/home/u/.config/claude/projects']],
  ['XDG_CONFIG_HOME is set', { XDG_CONFIG_HOME: '/x' }, ['/home/u/.claude/projects', '/x/claude/projects']],
  [
    'XDG_CONFIG_HOME is empty',
    { XDG_CONFIG_HOME: '' },
    ['/home/u/.claude/projects', '/home/u/.config/claude/projects'],
  ],
  ['CLAUDE_CONFIG_DIR names one', { CLAUDE_CONFIG_DIR: '/a' }, ['/a/projects']],
  ['CLAUDE_CONFIG_DIR names several', { CLAUDE_CONFIG_DIR: '/a, /b,,/a' }, ['/a/projects', '/b/projects']],
])('the folders of Claude Code are found when %s', (_, env, expected) => {
  expect(roots(env)).toEqual(expected);
});

it('two roots that lead to one folder are one root, and a root that does not exist stays as it is', () => {
  const home = tempFolder();
  mkdirSync(join(home, 'config/projects'), { recursive: true });
  symlinkSync('config', join(home, '.claude'));
  const given = [join(home, '.claude/projects'), join(home, 'config/projects'), join(home, 'none')];
  expect(realRoots(given)).toEqual([join(home, 'config/projects'), join(home, 'none')]);
});

it.each([
  ['macOS', 'Library/Application Support/Claude', {}],
  ['Linux', '.config/Claude', {}],
  ['Windows', 'AppData/Roaming/Claude', {}],
  ['Windows, from its store', 'AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude', {}],
])('the transcripts of Claude Desktop’s local agents are found on %s', (_, app, env) => {
  const homeDir = tempFolder();
  const sessions = join(homeDir, app, 'local-agent-mode-sessions');
  const agents = ['org/account/local_1', 'org/account/agent/local_ditto_2'].map((path) =>
    join(sessions, path),
  );
  for (const agent of agents) mkdirSync(join(agent, '.claude/projects/-sessions-shop'), { recursive: true });
  // A session without transcripts, and the plugin's own folder.
  mkdirSync(join(sessions, 'org/account/local_3/uploads'), { recursive: true });
  mkdirSync(join(sessions, 'skills-plugin/org/account/skills/docx'), { recursive: true });
  expect(transcriptRoots({ env, homeDir }).slice(2).sort()).toEqual(
    agents.map((agent) => join(agent, '.claude/projects')).sort(),
  );
  expect(transcriptRoots({ env: { CLAUDE_CONFIG_DIR: '/a' }, homeDir })).toEqual(['/a/projects']);
});
