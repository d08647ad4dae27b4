/** Makes the `hooks/hooks.json` of the Claude Code plugin. */
import { ourHooks, type HookTable } from './hook-settings.js';

const ROOT = '${CLAUDE_PLUGIN_ROOT}';

/**
 * The `hooks/hooks.json` of the Claude Code plugin: the hooks that `init` adds, with the scripts in the plugin. A
 * plugin is used without `init`, so the session's first hook makes the telemetry folder.
 */
export function pluginHooks(): { description: string; hooks: HookTable } {
  const { SessionStart = [], ...others } = ourHooks(`${ROOT}/.claude/hooks`);
  const [group, ...groups] = SessionStart;
  if (group === undefined) throw new Error('There is no SessionStart hook to go before');
  const [capture, ...rest] = group.hooks;
  if (capture === undefined) throw new Error('There is no SessionStart hook to go before');
  const first = { ...capture, command: `sh "${ROOT}/hooks/link.sh" 2>/dev/null; ${capture.command}` };
  return {
    description: 'Records what happens on this machine, and gives each new session a summary of it.',
    hooks: { SessionStart: [{ ...group, hooks: [first, ...rest] }, ...groups], ...others },
  };
}
