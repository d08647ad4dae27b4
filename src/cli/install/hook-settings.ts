/**
 * The hooks that we add to Claude Code's settings, and the rules by which they get in and out. Pure: settings
 * in, settings out. Whatever is not ours is neither read nor touched.
 */

import { isDeepStrictEqual } from 'node:util';

/** A handler as Claude Code's settings hold it. */
interface Handler {
  type: 'command';
  command: string;
  /** Seconds. */
  timeout: number;
}

interface Group {
  matcher?: string;
  hooks: Handler[];
}

export type HookTable = Record<string, Group[]>;

/** Scripts that `init` copies beside each other. */
export const scripts = [
  'capture.sh',
  'log-agent-start.sh',
  'log-agent-stop.sh',
  'log-skill-activation.sh',
  'log-session-summary.sh',
  'log-event.sh',
  'inject-usage-context.js',
] as const;

/**
 * What marks a command as ours, wherever the scripts lie: the test that guards them. A foreign script that
 * happens to have one of the names is called without it.
 */
const ours =
  /\[ (?:! -x ".*\/log-(?:agent-start|agent-stop|skill-activation|session-summary|event)\.sh"|-r ".*\/inject-usage-context\.js") \]/;

/** Copied along where nobody has one there: it makes Node read the script as CommonJS, which starts faster. */
export const MODULE_KIND = 'package.json';

/** Copied along in the same way: it makes git keep the scripts' line ends in every checkout. */
export const LINE_ENDS = '.gitattributes';

/**
 * The hooks, with the scripts in `folder` (as it stands between double quotes in a shell, e.g. `$CLAUDE_PROJECT_DIR/.claude/hooks`).
 *
 * A script that is not there is passed over: a colleague without the scripts must not see an error on every event.
 * It is run by `sh`, not by its first line: a checkout with CRLF makes that name a shell that is not there.
 */
export function ourHooks(folder: string): HookTable {
  const run = (script: string, args = ''): Handler => {
    const file = `"${folder}/${script}"`;
    return { type: 'command', command: `[ ! -x ${file} ] || sh ${file}${args}`, timeout: 5 };
  };
  const inject: Handler = {
    type: 'command',
    command: `command -v node >/dev/null 2>&1 && [ -r "${folder}/inject-usage-context.js" ] && node "${folder}/inject-usage-context.js"; exit 0`,
    timeout: 5,
  };
  return {
    SessionStart: [{ matcher: '*', hooks: [run('log-event.sh', ' kick'), inject] }],
    SubagentStart: [{ matcher: '*', hooks: [run('log-agent-start.sh')] }],
    SubagentStop: [{ matcher: '*', hooks: [run('log-agent-stop.sh')] }],
    PostToolUse: [{ matcher: 'Skill', hooks: [run('log-skill-activation.sh')] }],
    PostToolUseFailure: [{ matcher: 'Skill', hooks: [run('log-skill-activation.sh')] }],
    UserPromptExpansion: [{ matcher: '*', hooks: [run('log-skill-activation.sh')] }],
    Stop: [{ hooks: [run('log-session-summary.sh')] }],
    SessionEnd: [{ matcher: '*', hooks: [run('log-session-summary.sh', ' kick')] }],
  };
}

/** Settings as they are in the file: an object of anything. */
type Settings = Record<string, unknown>;

/**
 * What is wrong with the settings' hooks, as far as we would have to change them; undefined if nothing is.
 * Claude Code takes an object of lists: anything else is the user's to mend.
 */
export function hooksProblem(settings: Settings): string | undefined {
  const { hooks } = settings;
  if (hooks === undefined) return undefined;
  if (!isRecord(hooks)) return '"hooks" is not an object';
  const odd = Object.keys(hooks).find((event) => !Array.isArray(hooks[event]));
  return odd === undefined ? undefined : `"hooks.${odd}" is not a list`;
}

/**
 * Adds our hooks, replacing an older set of ours; everything else stays as and where it is.
 *
 * @param settings without a {@link hooksProblem}
 */
export function addHooks(settings: Settings, table: HookTable): Settings {
  const before = isRecord(settings.hooks) ? settings.hooks : {};
  const cleaned = removeHooks(settings).hooks;
  const foreign = isRecord(cleaned) ? cleaned : {};
  const events = new Set([...Object.keys(before), ...Object.keys(table)]);
  const merged = [...events].flatMap((event): [string, unknown][] => {
    const groups = [...asList(own(foreign, event)), ...(own(table, event) ?? [])];
    return groups.length > 0 || Object.hasOwn(foreign, event) ? [[event, groups]] : [];
  });
  return { ...settings, hooks: Object.fromEntries(merged) };
}

/** Takes exactly our hooks out, and the shells that they leave empty. Settings without ours are given back as they are. */
export function removeHooks(settings: Settings): Settings {
  const { hooks, ...others } = settings;
  if (!isRecord(hooks)) return settings;
  const kept = Object.fromEntries(
    Object.entries(hooks).flatMap(([event, groups]): [string, unknown][] => {
      const rest = asList(groups).flatMap((group) => withoutOurs(group));
      if (isDeepStrictEqual(rest, asList(groups))) return [[event, groups]];
      return rest.length > 0 ? [[event, rest]] : [];
    }),
  );
  if (isDeepStrictEqual(kept, hooks)) return settings;
  return Object.keys(kept).length > 0 ? { ...settings, hooks: kept } : others;
}

/** A group without our handlers; no group at all if it held nothing else. */
function withoutOurs(group: unknown): unknown[] {
  if (!isRecord(group)) return [group];
  const handlers = asList(group.hooks);
  const foreign = handlers.filter((handler) => !isOurs(handler));
  if (foreign.length === handlers.length) return [group];
  return foreign.length === 0 ? [] : [{ ...group, hooks: foreign }];
}

function isOurs(handler: unknown): boolean {
  return isRecord(handler) && typeof handler.command === 'string' && ours.test(handler.command);
}

/** The value of a key of the object itself: a settings file may well have an event named `constructor`. */
function own<T>(record: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
