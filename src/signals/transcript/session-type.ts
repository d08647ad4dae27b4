/** How a session was started, by the word that the client writes into each line as `entrypoint`. */
import { Picker } from '../../base/json-scan/pick.js';
import { asText } from '../../base/json/json.js';
import type { SessionType } from '../../datasources/session-types.js';

const types: ReadonlyMap<string, SessionType> = new Map([
  ['cli', 'interactive'],
  ['sdk-cli', 'print'],
  ['sdk-ts', 'sdk'],
  ['sdk-py', 'sdk'],
  ['mcp', 'sdk'],
  ['claude-vscode', 'editor'],
  ['claude-desktop', 'desktop'],
  ['claude-desktop-3p', 'desktop'],
  ['local-agent', 'desktop'],
  ['claude-code-github-action', 'ci'],
  ['claude_in_slack', 'remote'],
]);

const picker = new Picker({ keys: { entrypoint: {} } });

/** The type of a session by a line of its transcript, which is in the picker's memory; empty if it does not tell. */
export function sessionTypeIn(from: number, to: number): SessionType | '' {
  const entrypoint = asText(picker.pickMore(from, to)?.entrypoint) ?? '';
  return types.get(entrypoint) ?? (/^remote(?:_|$)/.test(entrypoint) ? 'remote' : '');
}
