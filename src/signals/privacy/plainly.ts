/** Quick check for texts without secrets. It decides nearly all texts, and the SessionStart hook rarely needs more. */

/**
 * Ids and hashes, as Claude Code, the API and we write them: with times, most values in rows. Never secrets, unless all
 * of their bytes are letters of a text (encoded.ts). The API's ids begin with 01 or 011.
 */
const id =
  /^(?:(?!(?:[2-7][0-9a-f]){8,}$)(?:[0-9a-f]{8,40}|[0-9a-f]{64})|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:msg|req|toolu|srvtoolu)_(?:(?:vrtx_|bdrk_)?01[A-Za-z0-9]{8,38}|[0-9a-f]{10,40}))$/;

const time = /^\d{4}-\d\d-\d\d[ T][\d:.]{8,18}Z?$/;

/**
 * A short name, as of most folders. No pattern matches a text shorter than 23 characters without a capital letter, or
 * shorter than 12 with one, except those that begin like the excluded ones, and a sentence like `password_is_x`.
 */
const shortName =
  /^(?!.*(?:xox|xapp|[rsp]k_|[_.-](?:is|was|are)[_.-]|[Pp]ass|PASS|[Pp]wd|PWD|[Pp]sw|PSW|[Ss]ecret|SECRET))(?:[a-z0-9._-]{1,22}|[A-Za-z0-9._-]{1,11})$/;

/** Maximum length of such an id or name. */
const LONGEST = 64;
/** Shorter texts cannot contain both the name of a secret and its value. */
const SHORTEST = 4;

/** Whether a text is an id or a short name, by the quick check: it has no secret, no blank and no path. */
export function isPlainName(text: string): boolean {
  return text.length <= LONGEST && (id.test(text) || shortName.test(text));
}

/** Whether a text contains no secret, by the quick check. False if it does not know. */
export function isPlainly(text: string): boolean {
  return text.length < SHORTEST || isPlainName(text) || (text.length <= LONGEST && time.test(text));
}
