/** Redacts secrets and people in URLs and addresses: `scheme://user:password@host`, `?sig=x`, `person@example.org`. */
import { lazily } from './lazily.js';
import { isNothing, marker } from './marker.js';

const URL_PASSWORD = 'url_password';

const endOfAddress = /[\s"'<>`]|\\[nrt"]|$/g;

/** Redacts the passwords in URLs. A password may contain any character except blanks, quotes and brackets. */
export function redactUserInfo(text: string): string {
  let safe = '';
  let done = 0;
  for (let scheme = text.indexOf('://'); scheme !== -1;) {
    const from = scheme + 3;
    endOfAddress.lastIndex = from;
    const end = endOfAddress.exec(text)?.index ?? text.length;
    const secret = userInfo(text.slice(from, end));
    if (secret !== undefined) {
      safe += text.slice(done, from + secret.from) + marker(URL_PASSWORD);
      done = from + secret.to;
    }
    scheme = text.indexOf('://', end);
  }
  return safe + text.slice(done);
}

/** The position of the password in a URL, or of a token in the place of the user. */
function userInfo(address: string): { from: number; to: number } | undefined {
  const at = address.lastIndexOf('@');
  const colon = address.indexOf(':');
  if (at === -1 || !/^@[\w[.%-]/.test(address.slice(at, at + 2))) return undefined;
  const slash = address.search(/[/?#]/);
  const isPort = colon !== -1 && /^:\d{1,5}[/?#]/.test(address.slice(colon, colon + 7));
  if (colon !== -1 && colon < at && !isPort && (slash === -1 || colon < slash)) {
    const password = address.slice(colon + 1, at);
    return isNothing(password) || password === '' ? undefined : { from: colon + 1, to: at };
  }
  const user = address.slice(0, at);
  const isToken =
    (slash === -1 || slash > at) &&
    /^(?=.{0,200}\d)[\w.~%+-]{16,500}$/.test(user) &&
    !user.includes('[redacted');
  return isToken ? { from: 0, to: at } : undefined;
}

/** URL parameters that give access to whoever has them. */
const urlParameter =
  /((?:[?&;#]|%3F|%26|\\u0026)(?:access_token|refresh_token|id_token|token|api[_-]?key|apikey|key|sig|sign|signature|password|passwd|pwd|pass|secret|client_secret|auth|jwt|code|session|sessionid|sid|sas|hmac|ticket|assertion|saml(?:request|response)|x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid|googleaccessid)(?:=|%3D|\\u003d))([^&#\s"'<>[\]\\%]{4,4000}(?:%(?!26)[^&#\s"'<>[\]\\%]{1,4000}){0,200})/gi;

/** Redacts the secret parameters of URLs. */
export function redactUrlParameters(text: string): string {
  return text.replace(urlParameter, (all: string, before: string, secret: string) =>
    isNothing(secret) ? all : before + marker('url_parameter'),
  );
}

/** What follows a person's name in an email address, in plain or URL encoding. */
const emailHost = lazily(() => /(?:@|%40)(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/gu);
const emailLetter = lazily(() => /[\p{L}\p{N}._%+-]/u);

/** Searches from each host backwards: a pattern would try every letter of the text as the start of an address. */
export function redactEmails(text: string): string {
  let safe = '';
  let done = 0;
  for (const { 0: host, index } of text.matchAll(emailHost())) {
    let from = index;
    while (from > done && index - from < 64 && emailLetter().test(text[from - 1] ?? '')) from -= 1;
    // `git@host` does not name a person.
    if (from === index || text.slice(from, index) === 'git') continue;
    safe += text.slice(done, from) + marker('email');
    done = index + host.length;
  }
  return safe + text.slice(done);
}
