import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addHooks, hooksProblem, ourHooks, removeHooks, scripts } from './hook-settings.js';

const FOLDER = '$CLAUDE_PROJECT_DIR/.claude/hooks';
const table = ourHooks(FOLDER);
const add = (settings: Record<string, unknown>) => addHooks(settings, table);
const claudeFolder = fileURLToPath(new URL('../../../.claude/', import.meta.url));

const foreignHandler = { type: 'command', command: 'echo done', timeout: 9 };
const foreignGroup = { matcher: 'Bash', hooks: [foreignHandler] };

/** Settings as in a file. */
const asFile = (settings: unknown): unknown => JSON.parse(JSON.stringify(settings));

describe('ourHooks', () => {
  it('every recorded event has its script', () => {
    const commands = Object.entries(table).map(([event, groups]) => [
      event,
      groups.map(({ matcher }) => matcher),
      groups.flatMap(({ hooks }) =>
        hooks.map(({ command }) => /([\w-]+\.(?:sh|js))"[^"]*$/.exec(command)?.[1]),
      ),
    ]);
    expect(commands).toEqual([
      ['SessionStart', ['*'], ['log-event.sh', 'inject-usage-context.js']],
      ['SubagentStart', ['*'], ['log-agent-start.sh']],
      ['SubagentStop', ['*'], ['log-agent-stop.sh']],
      ['PostToolUse', ['*'], ['log-event.sh']],
      ['PostToolUseFailure', ['*'], ['log-event.sh']],
      ['UserPromptExpansion', ['*'], ['log-skill-activation.sh']],
      ['PreModelSwitch', ['*'], ['log-event.sh']],
      ['PostModelSwitch', ['*'], ['log-event.sh']],
      ['Stop', [undefined], ['log-session-summary.sh']],
      ['SessionEnd', ['*'], ['log-session-summary.sh']],
    ]);
  });

  it('every hook has a timeout in seconds', () => {
    const handlers = Object.values(table).flatMap((groups) => groups.flatMap(({ hooks }) => hooks));
    expect(handlers).toHaveLength(11);
    expect(handlers.every(({ timeout }) => timeout === 5)).toBe(true);
  });

  it('the client waits for every hook but those of tool calls', () => {
    const waiting = Object.entries(table).flatMap(([event, groups]) =>
      groups.flatMap(({ hooks }) => hooks.map(({ async = false }) => [event, async])),
    );
    expect(waiting.filter(([, async]) => async)).toEqual([
      ['PostToolUse', true],
      ['PostToolUseFailure', true],
    ]);
  });

  it('every named script exists, is executable, and is copied', () => {
    const named = new Set(JSON.stringify(table).match(/[\w-]+\.(?:sh|js)/g));
    for (const script of named) expect(scripts).toContain(script);
    for (const script of scripts) {
      expect(existsSync(`${claudeFolder}hooks/${script}`), script).toBe(true);
      expect(statSync(`${claudeFolder}hooks/${script}`).mode & 0o111, script).toBe(0o111);
    }
    // capture.sh is sourced by the others.
    expect(new Set([...named, 'capture.sh'])).toEqual(new Set(scripts));
  });

  it('the settings that this repository has committed have the same hooks', () => {
    expect(JSON.parse(readFileSync(`${claudeFolder}settings.json`, 'utf8'))).toEqual({
      hooks: asFile(table),
    });
  });
});

describe('addHooks', () => {
  it('empty settings get our hooks and nothing else', () => {
    expect(add({})).toEqual({ hooks: table });
  });

  it('other settings, foreign hooks and their order are kept', () => {
    const settings = {
      model: 'opus',
      hooks: { PreToolUse: [foreignGroup], Stop: [foreignGroup, { hooks: [] }], Custom: [] },
      env: { A: '1' },
    };
    const added = add(settings);
    expect(Object.keys(added)).toEqual(['model', 'hooks', 'env']);
    const hooks = added.hooks as Record<string, unknown[]>;
    expect(Object.keys(hooks).slice(0, 3)).toEqual(['PreToolUse', 'Stop', 'Custom']);
    expect(hooks).toEqual({
      ...table,
      PreToolUse: [foreignGroup],
      Stop: [foreignGroup, { hooks: [] }, ...table.Stop!],
      Custom: [],
    });
  });

  it('adding twice changes nothing', () => {
    const once = add({ hooks: { Stop: [foreignGroup] }, model: 'opus' });
    expect(add(once)).toEqual(once);
    expect(JSON.stringify(add(once))).toBe(JSON.stringify(once));
  });

  it('the given settings are not changed', () => {
    const settings = { hooks: { Stop: [foreignGroup] } };
    const before = structuredClone(settings);
    add(settings);
    expect(settings).toEqual(before);
  });

  it('an older set of our hooks is replaced, whatever its folder and events', () => {
    const [start] = ourHooks('/home/me/.agent-telemetry/hooks').SubagentStart!;
    const older = {
      hooks: {
        // An event that is no longer used, a handler of ours in a foreign group, and another folder.
        PreToolUse: [start],
        SubagentStart: [{ matcher: 'Explore', hooks: [foreignHandler, ...start!.hooks] }],
        ...Object.fromEntries(Object.entries(ourHooks('/old place/hooks')).slice(2)),
      },
    };
    expect(add(older)).toEqual({
      hooks: {
        ...table,
        SubagentStart: [{ matcher: 'Explore', hooks: [foreignHandler] }, ...table.SubagentStart!],
      },
    });
  });

  it('an event with the name of an object member is handled like any other', () => {
    const settings = asFile({ hooks: { constructor: [foreignGroup] } }) as Record<string, unknown>;
    expect(removeHooks(add(settings))).toEqual(settings);
  });
});

describe('removeHooks', () => {
  it.each<[string, Record<string, unknown>]>([
    ['no hooks', { model: 'opus' }],
    ['nothing', {}],
    ['empty hooks', { hooks: {} }],
    ['an empty list', { hooks: { Stop: [] } }],
    ['an empty group', { hooks: { Stop: [{ hooks: [] }] } }],
    ['foreign hooks', { hooks: { Stop: [foreignGroup], Custom: [] } }],
    [
      'hooks of an unknown shape',
      { hooks: { Stop: 'odd', PreToolUse: [null, 3, { hooks: 'odd' }, { hooks: [null, 'x'] }] } },
    ],
    ['hooks that are no object', { hooks: ['odd'] }],
    [
      'a foreign script with the name of one of ours',
      { hooks: { Stop: [{ hooks: [{ type: 'command', command: '"/home/me/bin/log-event.sh"' }] }] } },
    ],
  ])('settings with %s are returned unchanged', (_, settings) => {
    const before = structuredClone(settings);
    expect(removeHooks(settings)).toBe(settings);
    expect(settings).toEqual(before);
  });

  it('nothing is left of settings that had nothing else', () => {
    expect(removeHooks(add({}))).toEqual({});
  });

  it('our hooks are found in any folder', () => {
    for (const folder of [FOLDER, '/home/a b/.agent-telemetry/hooks', '/odd\\"\\$x/hooks']) {
      expect(removeHooks({ hooks: ourHooks(folder) })).toEqual({});
    }
  });

  it('our handler is removed from a group that also has a foreign one', () => {
    const mixed = { matcher: '*', hooks: [foreignHandler, ...table.SubagentStop![0]!.hooks] };
    expect(removeHooks({ hooks: { SubagentStop: [mixed] } })).toEqual({
      hooks: { SubagentStop: [{ matcher: '*', hooks: [foreignHandler] }] },
    });
  });
});

describe('adding and removing', () => {
  const handler = fc.record(
    { type: fc.constant('command'), command: fc.string(), timeout: fc.nat() },
    { requiredKeys: ['type', 'command'] },
  );
  const group = fc.record(
    { matcher: fc.string(), hooks: fc.array(handler, { maxLength: 3 }) },
    { requiredKeys: ['hooks'] },
  );
  const event = fc.oneof(
    fc.constantFrom(
      'SessionStart',
      'PostToolUse',
      'Stop',
      'SessionEnd',
      'PreToolUse',
      'constructor',
      '__proto__',
    ),
    fc.string(),
  );
  // An empty list or object that was there before cannot be recognised: the backup restores it.
  const hooks = fc
    .array(fc.tuple(event, fc.array(fc.oneof(group, fc.jsonValue()), { minLength: 1, maxLength: 3 })), {
      minLength: 1,
      maxLength: 5,
    })
    .map((entries) => Object.fromEntries(entries));
  const settings = fc
    .tuple(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }), fc.option(hooks, { nil: undefined }))
    .map(([others, own]) => {
      const rest = Object.fromEntries(Object.entries(others).filter(([key]) => key !== 'hooks'));
      return asFile(own === undefined ? rest : { ...rest, hooks: own }) as Record<string, unknown>;
    });

  it('removing restores the settings, whatever they contained', () => {
    fc.assert(
      fc.property(settings, (original) => {
        fc.pre(hooksProblem(original) === undefined);
        const removed = removeHooks(asFile(add(original)) as Record<string, unknown>);
        expect(removed).toEqual(original);
        // The order of the keys too: nothing in the file moves.
        expect(JSON.stringify(removed)).toBe(JSON.stringify(original));
      }),
    );
  });

  it('adding twice is the same as adding once', () => {
    fc.assert(
      fc.property(settings, (original) => {
        const once = add(original);
        expect(JSON.stringify(add(asFile(once) as Record<string, unknown>))).toBe(JSON.stringify(once));
        expect(removeHooks(removeHooks(once))).toEqual(removeHooks(once));
      }),
    );
  });
});

describe('hooksProblem', () => {
  it.each<[unknown, string | undefined]>([
    [undefined, undefined],
    [{}, undefined],
    [{ Stop: [], Custom: [1] }, undefined],
    [null, '"hooks" is not an object'],
    [[], '"hooks" is not an object'],
    ['x', '"hooks" is not an object'],
    [{ Stop: {} }, '"hooks.Stop" is not a list'],
    [{ Start: [], Stop: null }, '"hooks.Stop" is not a list'],
  ])('the problem of %j is %s', (hooks, problem) => {
    expect(hooksProblem(hooks === undefined ? {} : { hooks })).toBe(problem);
  });
});
