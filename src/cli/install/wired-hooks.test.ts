import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ourHooks } from './hook-settings.js';
import { wiredHooks } from './wired-hooks.js';

const source = fileURLToPath(new URL('../../../.claude/hooks', import.meta.url));
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'atel-wired-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const shop = () => join(root, 'a $hop');
const user = () => join(root, 'me', 'settings.json');
const shared = () => join(shop(), '.claude', 'settings.json');
const scriptsOfShop = () => join(shop(), '.claude', 'hooks');
const IN_PROJECT = '$CLAUDE_PROJECT_DIR/.claude/hooks';
const whole = { missing_events: [], other_events: [], broken_scripts: [], other_scripts: [] };

function put(file: string, settings: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(settings));
}
const find = () =>
  wiredHooks(
    [
      { scope: 'user', file: user() },
      { scope: 'project', file: shared() },
    ],
    shop(),
    source,
  );

describe("our hooks in Claude Code's settings", () => {
  it('hooks of others are not ours', async () => {
    put(user(), { hooks: { Stop: [{ hooks: [{ type: 'command', command: 'log-event.sh' }] }] } });
    expect(await find()).toEqual([]);
  });

  it('the hooks of a project are found with their scripts', async () => {
    put(shared(), { hooks: ourHooks(IN_PROJECT) });
    cpSync(source, scriptsOfShop(), { recursive: true });
    expect(await find()).toEqual([{ scope: 'project', file: shared(), plugin: null, ...whole }]);
  });

  it("the user's scripts are found in a folder whose name the settings had to escape", async () => {
    const folder = join(root, 'ho$me "x"');
    cpSync(source, folder, { recursive: true });
    put(user(), { hooks: ourHooks(folder.replace(/[\\"$`]/g, '\\$&')) });
    expect(await find()).toEqual([{ scope: 'user', file: user(), plugin: null, ...whole }]);
  });

  it('a missing script, one that cannot be run and one of another version are told apart', async () => {
    put(shared(), { hooks: ourHooks(IN_PROJECT) });
    cpSync(source, scriptsOfShop(), { recursive: true });
    rmSync(join(scriptsOfShop(), 'capture.sh'));
    chmodSync(join(scriptsOfShop(), 'log-event.sh'), 0o644);
    writeFileSync(join(scriptsOfShop(), 'log-agent-stop.sh'), '#!/bin/sh\n');
    expect(await find()).toMatchObject([
      {
        broken_scripts: ['capture.sh', 'log-event.sh'].map((script) => join(scriptsOfShop(), script)),
        other_scripts: [join(scriptsOfShop(), 'log-agent-stop.sh')],
      },
    ]);
  });

  it('events that an earlier version did not know are named', async () => {
    const { PreModelSwitch, PostModelSwitch, ...earlier } = ourHooks(IN_PROJECT);
    expect([PreModelSwitch, PostModelSwitch]).not.toContain(undefined);
    put(shared(), { hooks: earlier });
    expect(await find()).toMatchObject([{ missing_events: ['PreModelSwitch', 'PostModelSwitch'] }]);
  });

  it('an event whose hook an earlier version wrote for one tool alone is named, and not one beside foreign hooks', async () => {
    const [group] = ourHooks(IN_PROJECT).SubagentStart ?? [];
    const foreign = { matcher: '*', hooks: [{ type: 'command', command: 'echo' }] };
    put(shared(), {
      hooks: {
        ...ourHooks(IN_PROJECT),
        PostToolUse: [{ ...group, matcher: 'Skill' }],
        Stop: [foreign, ...(ourHooks(IN_PROJECT).Stop ?? [])],
      },
    });
    cpSync(source, scriptsOfShop(), { recursive: true });
    expect(await find()).toEqual([
      { scope: 'project', file: shared(), plugin: null, ...whole, other_events: ['PostToolUse'] },
    ]);
  });

  it('the plugin counts as a place of its own while it is switched on', async () => {
    put(user(), { enabledPlugins: { 'agent-telemetry@agent-telemetry': true, 'other@market': true } });
    put(shared(), { enabledPlugins: { 'agent-telemetry@agent-telemetry': false } });
    expect(await find()).toEqual([
      { scope: 'user', file: user(), plugin: 'agent-telemetry@agent-telemetry', ...whole },
    ]);
  });
});
