/** What stands in place of a secret of a kind. */
export const marker = (kind: string) => `[redacted:${kind}]`;

/** Any redacted place, and its kind. */
export const redactedPlace = /\[redacted:([a-z_]{1,40})\]/g;

/** Words that stand where a secret may stand: flags, types, what a workflow's secrets are replaced by. */
const noSecret =
  /^(?:|true|false|null|none|nil|undefined|str|string|number|int|integer|bool|boolean|any|unknown|object|optional|required|inherit|write|read|\*+|x{3,}|\.{3}|…|\$\{\{[^{}]{0,100}\}\})$/i;

/** A redacted place, with what closes a bracket, a sentence or a member of a list behind it. */
const isRedacted = /^\[redacted:[a-z_]{1,40}\](?:[)\]}>,;.:"'`\\]{0,20}$|[&;,][\w.-]{1,40}=)/;

/** Whether a text below the name of a secret tells none: a flag, a type, a redacted place. */
export function isNothing(text: string): boolean {
  return text.length <= 200 && (noSecret.test(text.replace(/[)\]},;.]+$/, '')) || isRedacted.test(text));
}

/** Kinds whose names are those of counts, too: tokens, cookies, attempts to log in, tests that passed. */
const counted = new Set(['token', 'cookie', 'authorization', 'pass']);
/** A number below this is taken for a count of them. */
const LEAST_NUMBER = 1_000;

/** Whether a number below the name of a secret of this kind is a flag or a count. */
export function isCount(value: number, kind: string): boolean {
  return value === 0 || value === 1 || (counted.has(kind) && Math.abs(value) < LEAST_NUMBER);
}
