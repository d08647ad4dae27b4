/** The text that replaces a secret of a kind. */
export const marker = (kind: string) => `[redacted:${kind}]`;

/** Any marker; captures its kind. */
export const redactedPlace = /\[redacted:([a-z_]{1,40})\]/g;

/** Words in the place of a secret that are not secrets: flags, types, placeholders. */
const noSecret =
  /^(?:|true|false|null|none|nil|undefined|str|string|number|int|integer|bool|boolean|any|unknown|object|optional|required|inherit|write|read|\*+|x{3,}|\.{3}|…|\$\{\{[^{}]{0,100}\}\})$/i;

/** A marker, possibly followed by the end of a bracket, a sentence or a list member. */
const isRedacted = /^\[redacted:[a-z_]{1,40}\](?:[)\]}>,;.:"'`\\]{0,20}$|[&;,][\w.-]{1,40}=)/;

/** Whether the value of a secret's name is not a secret: a flag, a type, a marker. */
export function isNothing(text: string): boolean {
  return text.length <= 200 && (noSecret.test(text.replace(/[)\]},;.\s]+$/, '')) || isRedacted.test(text));
}

/** Kinds whose names also name counts: tokens, cookies, login attempts, passed tests. */
const counted = new Set(['token', 'cookie', 'authorization', 'pass']);
/** Smaller numbers are taken for counts of these kinds. */
const LEAST_NUMBER = 1_000;

/** Whether a number under the name of a secret is a flag or a count. */
export function isCount(value: number, kind: string): boolean {
  return value === 0 || value === 1 || (counted.has(kind) && Math.abs(value) < LEAST_NUMBER);
}
