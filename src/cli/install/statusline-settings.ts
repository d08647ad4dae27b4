/** The status line in Claude Code's settings, and how ours gets in and out. Pure: settings in, settings out. */

type Settings = Record<string, unknown>;

/** What marks a status line as ours, wherever the telemetry folder lies. */
const mark = '/program/statusline.cjs"';

/**
 * What Claude Code runs: the program that the capture scripts find, too. Where it is not there, nothing is shown:
 * whoever takes the settings along must not see an error.
 */
const command =
  'atel_line="${AGENT_TELEMETRY_HOME:-$HOME/.agent-telemetry}/program/statusline.cjs"; command -v node >/dev/null 2>&1 && [ -r "$atel_line" ] && node "$atel_line"; exit 0';

/** Whether the settings have a status line that is not ours. */
export function hasForeignStatusLine({ statusLine }: Settings): boolean {
  return statusLine !== undefined && statusLine !== null && !isOurs(statusLine);
}

/** Adds our status line, or renews one of an earlier version; what somebody set beside its command stays. */
export function addStatusLine(settings: Settings): Settings {
  const before = isOurs(settings.statusLine) ? settings.statusLine : {};
  return { ...settings, statusLine: { ...before, type: 'command', command } };
}

/** Takes our status line out. Settings without it are given back as they are. */
export function removeStatusLine(settings: Settings): Settings {
  const { statusLine, ...others } = settings;
  return isOurs(statusLine) ? others : settings;
}

function isOurs(statusLine: unknown): statusLine is Settings {
  if (typeof statusLine !== 'object' || statusLine === null || !('command' in statusLine)) return false;
  return typeof statusLine.command === 'string' && statusLine.command.includes(mark);
}
