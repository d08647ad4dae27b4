/** The status line in Claude Code's settings, and how ours is added and removed. Pure: settings in, settings out. */

type Settings = Record<string, unknown>;

/** Recognises our status line, whatever the telemetry folder. */
const mark = '/program/statusline.cjs"';

/**
 * The command that Claude Code runs: the program that the capture scripts also find. If it does not exist, nothing is
 * shown: a colleague who uses the same settings must not see an error.
 */
const command =
  'atel_line="${AGENT_TELEMETRY_HOME:-$HOME/.agent-telemetry}/program/statusline.cjs"; command -v node >/dev/null 2>&1 && [ -r "$atel_line" ] && node "$atel_line"; exit 0';

/** Whether the settings have a status line that is not ours. */
export function hasForeignStatusLine({ statusLine }: Settings): boolean {
  return statusLine !== undefined && statusLine !== null && !isOurs(statusLine);
}

/** Adds our status line, or updates one of an earlier version; other options that were set for it stay. */
export function addStatusLine(settings: Settings): Settings {
  const before = isOurs(settings.statusLine) ? settings.statusLine : {};
  return { ...settings, statusLine: { ...before, type: 'command', command } };
}

/** Removes our status line. Settings without it are returned unchanged. */
export function removeStatusLine(settings: Settings): Settings {
  const { statusLine, ...others } = settings;
  return isOurs(statusLine) ? others : settings;
}

function isOurs(statusLine: unknown): statusLine is Settings {
  if (typeof statusLine !== 'object' || statusLine === null || !('command' in statusLine)) return false;
  return typeof statusLine.command === 'string' && statusLine.command.includes(mark);
}
