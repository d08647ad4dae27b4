/** Names of events that Claude Code sends, in snake_case. Unknown events are kept by name, so the name must be one. */
import { redactText } from './redact-text.js';
import { isWord } from './word.js';

const UNKNOWN = 'unknown';
const LONGEST = 60;

/**
 * An event's name in snake_case, at most 60 characters. `unknown` for a text that is not a word, or that contains a
 * secret: both are judged before the name is rewritten, because a rewritten secret no longer looks like one.
 */
export function eventNameOf(text: string): string {
  if (!isWord(text, 2 * LONGEST) || redactText(text) !== text) return UNKNOWN;
  const name = text
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .slice(0, LONGEST);
  return name === '' ? UNKNOWN : name;
}
