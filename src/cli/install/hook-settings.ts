/**
 * Our hooks for Claude Code's settings, and the rules for adding and removing them. Pure: settings in, settings out.
 * Hooks of others are never changed.
 */

import { isDeepStrictEqual } from 'node:util';
import { asArray, isObject } from '../../base/json/json.js';

/** A handler in Claude Code's settings. */
interface Handler {
  type: 'command';
  command: string;
  /** Seconds. */
  timeout: number;
  /** The client does not wait for it. Clients before 2.1.0 do not know this and wait. */
  async?: true;
}

interface Group {
  matcher?: string;
  hooks: Handler[];
}

export type HookTable = Record<string, Group[]>;

/** Scripts that `init` copies into one folder. */
export const scripts = [
  'capture.sh',
  'log-agent-start.sh',
  'log-agent-stop.sh',
  'log-skill-activation.sh',
  'log-session-summary.sh',
  'log-event.sh',
  'inject-usage-context.js',
] as const;

/** The script of the guard, which is only installed where the user asks for it. */
export const GUARD = 'guard-budget.sh';

/**
 * Recognises our commands by the test that guards them, whatever the folder of the scripts. A foreign script that
 * happens to have one of the names is called without that test.
 */
const ours =
  /\[ (?:! -x ".*\/(?:log-(?:agent-start|agent-stop|skill-activation|session-summary|event)|guard-budget)\.sh"|-r ".*\/inject-usage-context\.js") \]/;

/** Also copied, unless it exists: it makes Node read the script as CommonJS, which starts faster. */
export const MODULE_KIND = 'package.json';

/** Also copied, unless it exists: it makes git keep the scripts' line endings in every checkout. */
export const LINE_ENDS = '.gitattributes';

/**
 * The hooks, with the scripts in `folder` (as written between double quotes in a shell, e.g.
 * `$CLAUDE_PROJECT_DIR/.claude/hooks`).
 *
 * A missing script is ignored: a colleague without the scripts must not see an error at every event. The script is run
 * by `sh` and not by its first line, which names a shell that does not exist if the checkout has CRLF. A damaged script
 * (a cut file, the markers of a merge conflict) must not print or fail either: `sh` ends with 2 at a syntax error, which
 * would block the user's work.
 */
export function ourHooks(folder: string, { isGuarded = false } = {}): HookTable {
  const run = (script: string, args = ''): Handler => {
    const file = `"${folder}/${script}"`;
    return {
      type: 'command',
      command: `[ ! -x ${file} ] || sh ${file}${args} 2>/dev/null || exit 0`,
      timeout: 5,
    };
  };
  const inject: Handler = {
    type: 'command',
    command: `command -v node >/dev/null 2>&1 && [ -r "${folder}/inject-usage-context.js" ] && node "${folder}/inject-usage-context.js" 2>/dev/null; exit 0`,
    timeout: 5,
  };
  return {
    SessionStart: [{ matcher: '*', hooks: [run('log-event.sh', ' kick'), inject] }],
    SubagentStart: [{ matcher: '*', hooks: [run('log-agent-start.sh')] }],
    SubagentStop: [{ matcher: '*', hooks: [run('log-agent-stop.sh')] }],
    // A session has hundreds of these: it does not wait for them (bench/tool-calls.ts).
    PostToolUse: [{ matcher: '*', hooks: [{ ...run('log-event.sh', ' tool'), async: true }] }],
    PostToolUseFailure: [{ matcher: '*', hooks: [{ ...run('log-event.sh', ' tool'), async: true }] }],
    UserPromptExpansion: [{ matcher: '*', hooks: [run('log-skill-activation.sh')] }],
    // Clients before 2.1.198 know these two events, but never fire them.
    PreModelSwitch: [{ matcher: '*', hooks: [run('log-event.sh')] }],
    PostModelSwitch: [{ matcher: '*', hooks: [run('log-event.sh')] }],
    Stop: [{ hooks: [run('log-session-summary.sh')] }],
    SessionEnd: [{ matcher: '*', hooks: [run('log-session-summary.sh', ' kick')] }],
    ...(isGuarded && {
      PreToolUse: [{ matcher: '*', hooks: [run(GUARD)] }],
      UserPromptSubmit: [{ hooks: [run(GUARD)] }],
    }),
  };
}

/** Whether the settings have the guard of budgets. */
export function hasGuard(settings: Settings): boolean {
  return ourCommands(settings).some(({ script }) => script === GUARD);
}

/** Settings as in the file: an object of anything. */
type Settings = Record<string, unknown>;

/**
 * What is wrong with the hooks in the settings, as far as we would have to change them; undefined if nothing is. Claude
 * Code expects an object of lists. Anything else must be fixed by the user.
 */
export function hooksProblem(settings: Settings): string | undefined {
  const { hooks } = settings;
  if (hooks === undefined) return undefined;
  if (!isObject(hooks)) return '"hooks" is not an object';
  const odd = Object.keys(hooks).find((event) => !Array.isArray(hooks[event]));
  return odd === undefined ? undefined : `"hooks.${odd}" is not a list`;
}

/**
 * Adds our hooks and replaces an older set of ours; everything else stays unchanged and in place.
 *
 * @param settings without a {@link hooksProblem}
 */
export function addHooks(settings: Settings, table: HookTable): Settings {
  const before = isObject(settings.hooks) ? settings.hooks : {};
  const cleaned = removeHooks(settings).hooks;
  const foreign = isObject(cleaned) ? cleaned : {};
  const events = new Set([...Object.keys(before), ...Object.keys(table)]);
  const merged = [...events].flatMap((event): [string, unknown][] => {
    const groups = [...asArray(own(foreign, event)), ...(own(table, event) ?? [])];
    return groups.length > 0 || Object.hasOwn(foreign, event) ? [[event, groups]] : [];
  });
  return { ...settings, hooks: Object.fromEntries(merged) };
}

/** Removes exactly our hooks and the groups that become empty. Settings without our hooks are returned unchanged. */
export function removeHooks(settings: Settings): Settings {
  const { hooks, ...others } = settings;
  if (!isObject(hooks)) return settings;
  const kept = Object.fromEntries(
    Object.entries(hooks).flatMap(([event, groups]): [string, unknown][] => {
      const rest = asArray(groups).flatMap((group) => withoutOurs(group));
      if (isDeepStrictEqual(rest, asArray(groups))) return [[event, groups]];
      return rest.length > 0 ? [[event, rest]] : [];
    }),
  );
  if (isDeepStrictEqual(kept, hooks)) return settings;
  return Object.keys(kept).length > 0 ? { ...settings, hooks: kept } : others;
}

/** A group without our handlers; no group at all if it contained nothing else. */
function withoutOurs(group: unknown): unknown[] {
  if (!isObject(group)) return [group];
  const handlers = asArray(group.hooks);
  const foreign = handlers.filter((handler) => !isOurs(handler));
  if (foreign.length === handlers.length) return [group];
  return foreign.length === 0 ? [] : [{ ...group, hooks: foreign }];
}

function isOurs(handler: unknown): boolean {
  return isObject(handler) && typeof handler.command === 'string' && ours.test(handler.command);
}

/**
 * Events that have a hook of ours in settings, but not as this version writes it: for other tools, with another
 * argument, or one that the client waits for.
 */
export function otherEvents(settings: Settings): string[] {
  const { hooks } = settings;
  if (!isObject(hooks)) return [];
  return Object.entries(ourHooks('')).flatMap(([event, wanted]) => {
    const found = asArray(own(hooks, event)).flatMap((group) => onlyOurs(group));
    return found.length === 0 || isDeepStrictEqual(found, wanted) ? [] : [event];
  });
}

/** A group with our handlers alone, their scripts in the folder ``; no group at all if it has none. */
function onlyOurs(group: unknown): unknown[] {
  if (!isObject(group)) return [];
  const handlers = asArray(group.hooks).flatMap((handler) => {
    const place = isOurs(handler) ? scriptOf(handler) : undefined;
    if (place === undefined || !isObject(handler) || typeof handler.command !== 'string') return [];
    return [{ ...handler, command: handler.command.replaceAll(`"${place.folder}/`, () => '"/') }];
  });
  return handlers.length === 0 ? [] : [{ ...group, hooks: handlers }];
}

/** A command of ours in settings: the event that it is for, and the folder of its script as it is written there. */
interface OurCommand {
  event: string;
  folder: string;
  script: string;
}

/** Our commands in settings, in their order. */
export function ourCommands(settings: Settings): OurCommand[] {
  if (!isObject(settings.hooks)) return [];
  return Object.entries(settings.hooks).flatMap(([event, groups]) =>
    asArray(groups)
      .flatMap((group) => (isObject(group) ? asArray(group.hooks) : []))
      .flatMap((handler) => {
        const found = isOurs(handler) ? scriptOf(handler) : undefined;
        return found === undefined ? [] : [{ event, ...found }];
      }),
  );
}

/** The folder and the name of the script in the test that guards a command. */
function scriptOf(handler: unknown): Pick<OurCommand, 'folder' | 'script'> | undefined {
  if (!isObject(handler) || typeof handler.command !== 'string') return undefined;
  const [, folder, script] = /\[ (?:! -x|-r) "(.*?)\/([\w-]+\.(?:sh|js))" \]/.exec(handler.command) ?? [];
  return folder === undefined || script === undefined ? undefined : { folder, script };
}

/** The value of an own key of the object: a settings file may contain an event named `constructor`. */
function own<T>(record: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
