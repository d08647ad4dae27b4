import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ourHooks } from './hook-settings.js';
import { pluginHooks } from './plugin-hooks.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => JSON.parse(readFileSync(root + path, 'utf8')) as Record<string, unknown>;

describe('the Claude Code plugin', () => {
  const link = 'sh "${CLAUDE_PLUGIN_ROOT}/hooks/link.sh" 2>/dev/null; ';

  it('the plugin has the hooks that init adds, with its own folder in front of the scripts', () => {
    const commands = (table: ReturnType<typeof ourHooks>) =>
      Object.entries(table).map(([event, groups]) => [
        event,
        groups.map(({ matcher, hooks }) => [matcher, hooks.map(({ command }) => command.replace(link, ''))]),
      ]);
    expect(commands(pluginHooks().hooks)).toEqual(commands(ourHooks('${CLAUDE_PLUGIN_ROOT}/.claude/hooks')));
    const first = pluginHooks().hooks.SessionStart![0]!.hooks[0]!;
    expect(first.command.startsWith(link)).toBe(true);
  });

  it('the generated plugin is the same as the committed one', () => {
    expect(read('hooks/hooks.json')).toEqual(JSON.parse(JSON.stringify(pluginHooks())));
  });

  it('the plugin has the version and the licence of the package, and its files are in the package', () => {
    const { version, license, files } = read('package.json') as {
      version: string;
      license: string;
      files: string[];
    };
    expect(read('.claude-plugin/plugin.json')).toMatchObject({ version, license });
    expect(files).toEqual(expect.arrayContaining(['.claude-plugin', '.claude/hooks', 'hooks', 'dist']));
    expect(existsSync(`${root}hooks/link.sh`)).toBe(true);
    expect(statSync(`${root}hooks/link.sh`).mode & 0o111).toBe(0o111);
  });
});
