import { identify } from './identity.js';
import { asText } from './json.js';

/** What names of agents, skills, tools, models and branches look like. */
const NAME = /^[\w.:@+#-][\w.:@+#/=[\]-]{0,99}$/;

/**
 * A name as it may be kept: as it is if it looks like one, else `other-` with a hash of it. A model writes the
 * names of skills, and a repository those of agents: what has blanks in it or is a path may be a text.
 */
export function asName(value: unknown): string {
  const text = asText(value);
  if (text === undefined) return '';
  return NAME.test(text) && !/@\w+\.\w/.test(text) ? text : `other-${identify('name', text).slice(0, 8)}`;
}
