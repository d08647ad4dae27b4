/** What plainly holds no secret. Nearly every text that comes is of this kind, and the SessionStart hook needs no more. */

/** Ids and hashes as Claude Code, the API and we make them, and times: most of what rows hold. Never secrets. */
const id =
  /^(?:[0-9a-f]{8,40}|[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:msg|req|toolu|srvtoolu)_[A-Za-z0-9]{10,40}|\d{4}-\d\d-\d\d[ T][\d:.]{8,18}Z?)$/;

/**
 * A short name, as most folders have: no pattern matches anything shorter than 23 letters without a capital, or than 12
 * with one, but for those that begin like the excluded ones, and a sentence like `password_is_x`.
 */
const shortName =
  /^(?!.*(?:xox|xapp|[rsp]k_|[_.-](?:is|was|are)[_.-]|[Pp]ass|PASS|[Pp]wd|PWD|[Pp]sw|PSW|[Ss]ecret|SECRET))(?:[a-z0-9._-]{1,22}|[A-Za-z0-9._-]{1,11})$/;

/** Texts of this length are short enough to be one of the two. */
const LONGEST = 64;
/** Nothing shorter names a secret and holds one. */
const SHORTEST = 4;

/** Whether a text holds no secret at the first look. */
export function isPlainly(text: string): boolean {
  return text.length < SHORTEST || (text.length <= LONGEST && (id.test(text) || shortName.test(text)));
}
