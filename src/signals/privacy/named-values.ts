/**
 * Redacts values after the names of secrets in a text: `password=x`, `"api_key": "x"`, `--token x`,
 * `<password>x</password>`, `password%3Dx`, `- password: two words`. A pattern finds the names. The end of a value is
 * found by one pass over the text, so that the time is linear in its length.
 */
import { isNothing, marker } from './marker.js';
import { kindWithin, nameWithin } from './secret-names.js';

const r = String.raw;

/** A quote, plain or escaped as in JSON, URLs and HTML. */
const QUOTE = r`\\{0,7}["'${'`'}]|%22|%27|\\{1,4}u0022|\\{1,4}u0027|&quot;|&#3[49];|&apos;`;
const quote = new RegExp(QUOTE, 'y');

const equals = r`\\{1,4}u003[adAD]|\\x3[adAD]|%(?:25)?3[adAD]|&#(?:58|61|x3[adAD]);`;
/** A type between a name and its value, as in `password: str = "x"`. */
const type = r`[ ]{0,9}:[ ]{0,3}(?:[\w<>[\].|&?]{1,40}[ ]{1,3}(?==[ ])|(?:[Ss]tr(?:ing)?|any|bytes|text)[ ]{0,3}(?==[^=]))`;
/**
 * What may be between a name and its value: the closing quote of the name, Markdown emphasis, a type, then the
 * separator.
 */
const separator = new RegExp(
  r`(?:${QUOTE}|[*_\]]){0,3}[ ]?(?:${type})?[ ]{0,20}` +
    r`(?:(?:${equals})|[?+|!~:]?={1,3}>?|:(?!:)|::(?=[ ])|[：＝→]|(?<![ ])[~^¦](?=[^\s~^=>])|<-(?=[ ]?["'])|\t|\|)(?:[*_]{2})?` +
    r`[ \t]{0,20}(?:\\[nr]|\r?\n[ \t]{1,80}(?:-[ ]{1,9})?)?(?:[@$][brf]?(?=["']))?`,
  'y',
);
/** Between a name in a tag or an attribute and the text that is its value. */
const tag =
  /["']?(?:\s{1,9}[^<>"'=]{1,40}=\s?["'][^<>"']{0,100}["']){0,4}\s{0,9}>\s{0,40}(?:<!\[CDATA\[)?(?:<[\w:.-]{1,60}>\s{0,40})?|<\/[\w:.-]{1,60}>\s{0,40}<[\w:.-]{1,60}>\s{0,40}/y;
/** Between a name and the next member, which contains its value: `name: DB_PASSWORD, value: x`. */
const beside = new RegExp(
  r`(?:${QUOTE})?[ \t]{0,9}[,;]?(?:\s|\\[nrt]){0,40}(?:[\w:-]{1,30}=["'][^"'<>]{0,60}["']\s{1,9}){0,4}` +
    r`(?:${QUOTE})?(?:value|content|text|data|stringValue)(?:${QUOTE})?\s{0,9}[:=]\s{0,9}` +
    r`(?:\{\s{0,9}(?:${QUOTE})stringValue(?:${QUOTE})\s{0,9}:\s{0,9})?`,
  'yi',
);
/** Between a name and a quoted value: `set("password", "x")`, `PASSWORD 'x'`, `password("x")`. */
const toQuoted = new RegExp(
  r`(?:${QUOTE})?\s{0,9}[,(]?\s{1,9}(?=["'])|(?:${QUOTE})\s{0,9},(?=["'])|\((?=["'])`,
  'y',
);
/** Whose password it is: `password for root`, `Password (root)`. */
const owner = r`(?:[ ](?:for|of|to|on)(?:[ ][^\s:;,.]{1,60}){1,3}?|[ ]?\([^()\n]{1,40}\)|…)`;
/** A label with an owner: `Password for me@host: x`. */
const ownedLabel = new RegExp(r`${owner}[ ]?[:：=][ ]{0,3}`, 'y');
/** An owner before a sentence that states a password. */
const ownedStatement = new RegExp(r`${owner}(?=[ ](?:is|was|are|lautet|equals)[ :])`, 'y');
/** A sentence that states a password. */
const statement =
  /[ _.-](?:is|was|are|lautet|equals|should be|will be|must be|set to)[ _:.-]{1,3}(?!(?:not|no|a|an|the|in|too|so|wrong|incorrect|invalid|valid|correct|missing|empty|optional|required|expired|set|unset|needed|stored|hashed|never|always|only|now|sent|saved|used|read|checked|shown|hidden|kept|being|required|weak|strong|reset|changed|encrypted|unknown|ok|okay|rejected|accepted|entered|typed|asked|redacted|visible|public|private|broken|out|up|on|at|by|for|from|with|to|of|if|when|what|where|that|this|it|also|just|still|already|currently|probably|likely|supposed|expected|provided|given|exposed|leaked|logged|printed|masked|longer|shorter|safe|secure|configured|generated|created|defined|loaded|passed|returned|validated|verified)\b)/iy;
/** Where a name and its value are two words: in netrc, or in a command or a file that sets a variable. */
const netrc =
  /(?:^|[\s'"])(?:(?:machine\s{1,9}\S{1,200}|default)\s{1,9}(?:login\s{1,9}\S{1,100}\s{1,9})?|nmcli[ \t][^\n;|&]{0,100}(?:connect|add|modify)[ \t][^\n;|&]{1,100}[ \t])$/i;
const setting =
  /(?:^|[\s;&|"'(])(?:(?:[a-z]{1,12}:)?set|setenv|setx|env|arg|put|add|export|secret|login[ \t]{1,9}\S{1,100}|account[ \t]{1,9}\S{1,100}|user(?:name)?[ \t]{1,9}\S{1,100})[ \t]{1,9}(?:--?[a-z]{1,20}[ \t]{1,9}){0,2}(?:\/{1,2}\S{1,200}:)?$/i;
/** The name of an environment variable: `API_KEY`. */
const variable = /^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/;
/** Not an ordinary word: contains a digit or a special character, and is not the name of an algorithm. */
const oddWord =
  /^(?!(?:sha|md|base|utf|argon|bcrypt|oauth|v|http|tls|rs|hs|es|aes|pbkdf|web|i18n|k8s|e2e)-?\d)(?=\S{0,200}[\d!$%^&*+=~?])(?!\W)\S{5,}/i;

/** Before a name that follows its value: `<input value="x" type="password">`, `value: x` above `name: PASSWORD`. */
const nameMember = new RegExp(
  r`(?:name|key|type|id|field|variable|header)(?:${QUOTE})?\s{0,9}[:=]\s{0,9}(?:${QUOTE})?$`,
  'i',
);
const valueMember = new RegExp(
  r`(?:^|[\s"'{,])(?:value|content|data|stringValue)(?:${QUOTE})?\s{0,9}[:=]\s{0,9}` +
    r`(?:"([^"<>]{1,200})"|'([^'<>]{1,200})'|([^\s"'<>,;{}[\]]{1,200}))` +
    r`\s{0,9}[,;]?\s{0,40}(?:[\w:-]{1,30}=["'][^"'<>]{0,60}["']\s{1,9}){0,4}(?:${QUOTE})?$`,
  'id',
);

/** A long word that is hardly one of a sentence about a key: does not end as adjectives, participles and nouns do. */
const longWord =
  /^(?!\w{0,80}(?:ed|ing|able|ible|al|ly|ions?|ive|e?nt|ary|ory|ous|ful|less|ic|ity|ness|ment)[,.;:]?$)[A-Za-z]{12,80}[,.;:]?$/;

/** How many characters before a name are looked at. */
const BEFORE = 240;

/** Redacts the values of secret names. */
export function redactNamedValues(text: string): string {
  const names = nameWithin();
  names.lastIndex = 0;
  let safe = '';
  let done = 0;
  for (let name = names.exec(text); name !== null; name = names.exec(text)) {
    const end = names.lastIndex;
    const kind = kindWithin(text, name[0], name.index);
    const before = kind === undefined ? undefined : valueBefore(text, name.index, end, done);
    if (kind !== undefined && before !== undefined) {
      safe += text.slice(done, before.from) + marker(kind);
      done = before.to;
    }
    const value =
      kind === undefined || before !== undefined ? undefined : valueOf(text, name.index, end, kind);
    if (kind === undefined || value === undefined) {
      // The next name may begin within this one: `secret token=x`.
      names.lastIndex = Math.max(name.index + 1, end - 1);
      continue;
    }
    const { from } = value;
    const to = kind === 'authorization' || kind === 'credentials' ? endOfPair(text, value) : value.to;
    names.lastIndex = to;
    const found = text.slice(from, to);
    if (isNothing(found) || (kind === 'pass' && /^\d{1,3}[,;)]?$/.test(found))) continue;
    safe += text.slice(done, from) + marker(kind);
    done = to;
  }
  return safe + text.slice(done);
}

/** The second of two quoted texts in parentheses, after the first or in the middle of them. */
const secondQuoted = /(?:["'`]?\s{0,3},\s{0,3}|\s{1,3})(?=["'`])/y;

/** The end of a value that is a name and a password in parentheses: `.auth("me", "x")`, `auth=("me", "x")`. */
function endOfPair(text: string, { from, to }: Range): number {
  if (!/\(["'`]?$/.test(text.slice(Math.max(0, from - 2), from)) && text[from] !== '(') return to;
  const begin = after(secondQuoted, text, to);
  const second = begin === undefined ? undefined : inQuotes(text, begin);
  return second === undefined || /\s/.test(text.slice(second.from, second.to)) ? to : second.to;
}

interface Range {
  from: number;
  to: number;
}

/** The range of a value that stands before its name, and after `least`; undefined if there is none. */
function valueBefore(text: string, at: number, end: number, least: number): Range | undefined {
  if (!/^(?:["'\s/>,;}\\]|$)/.test(text.slice(end, end + 1))) return undefined;
  const begin = beginOfName(text, at);
  const near = text.slice(Math.max(least, begin - BEFORE), begin);
  const named = nameMember.exec(near.slice(-40));
  if (named === null) return undefined;
  const found = valueMember.exec(near.slice(0, near.length - named[0].length));
  const [, ...groups] = found?.indices ?? [];
  const [range] = groups.filter((group) => group !== undefined);
  if (range === undefined) return undefined;
  const [from, to] = range.map((place) => begin - near.length + place);
  if (from === undefined || to === undefined || isNothing(text.slice(from, to))) return undefined;
  return { from, to };
}

/** The range of a name's value; undefined if it has none. */
function valueOf(text: string, at: number, end: number, kind: string): Range | undefined {
  const begin = beginOfName(text, at);
  // A command's argument is usually followed by its value.
  if (
    text[end] === ' ' &&
    text[begin] === '-' &&
    /^--?[a-z]/i.test(text.slice(begin, begin + 3)) &&
    /[\w$]/.test(text[end + 1] ?? '')
  )
    return quotedOrWord(text, end + 1);
  const assigned = after(separator, text, end);
  if (assigned !== undefined && assigned < text.length && isAssignment(text, begin, end, assigned))
    return assignedValue(text, begin, end, assigned, kind);
  const besides = after(beside, text, end);
  if (besides !== undefined) return quotedOrWord(text, besides);
  const tagged = text[begin - 1] === '/' ? undefined : after(tag, text, end);
  if (tagged !== undefined) return { from: tagged, to: endAt(text, '<', tagged) };
  const literal = after(toQuoted, text, end);
  // In a list of texts, the name must be a whole text: `"password", "x"`, but not `"a secret", "x"`.
  const isListed = literal !== undefined && text.slice(end, literal).includes(',');
  if (literal !== undefined && (!isListed || /["'`{]/.test(text[begin - 1] ?? '')))
    return quotedOrWord(text, literal);
  const label = after(ownedLabel, text, end);
  if (label !== undefined && isTold(kind)) {
    const value = quotedOrWord(text, label);
    if (oddWord.test(text.slice(value.from, value.to))) return value;
  }
  const sentence = after(statement, text, after(ownedStatement, text, end) ?? end);
  if (sentence !== undefined) {
    const value = quotedOrWord(text, sentence);
    const found = text.slice(value.from, value.to);
    const isKnown = isTold(kind) || oddWord.test(found) || longWord.test(found);
    return isKnown ? value : undefined;
  }
  return isBlank(text[end]) ? nextWord(text, begin, at, end, kind) : undefined;
}

/** Kinds that occur in sentences. */
function isTold(kind: string): boolean {
  return kind === 'password' || kind === 'pass' || kind === 'secret';
}

/** Comparisons and arrows in programs are not assignments, unless a quoted text follows. */
function isAssignment(text: string, begin: number, end: number, from: number): boolean {
  const gap = text.slice(end, from);
  if (gap.includes('|') && !gap.includes('='))
    return /\|[ \t]{0,20}[*_`]{0,3}$/.test(text.slice(Math.max(0, begin - 30), begin));
  return !/=>|!=/.test(gap) || /^\\*["'`]/.test(gap) || /["'`]/.test(text[from] ?? '');
}

/** The value after a name and a blank: of an argument or a setting, or in a sentence if it is not an ordinary word. */
function nextWord(text: string, begin: number, at: number, end: number, kind: string): Range | undefined {
  const from = skipBlanks(text, end);
  if (from >= text.length) return undefined;
  if (/^--?[a-z]/i.test(text.slice(begin, begin + 3)))
    return /^--[a-z]/.test(text.slice(from, from + 3)) ? undefined : quotedOrWord(text, from);
  const before = text.slice(Math.max(0, begin - BEFORE), begin);
  if (isTold(kind) && netrc.test(before)) return quotedOrWord(text, from);
  const isCompound =
    /[_.:/]/.test(text.slice(begin, at)) ||
    text.startsWith('_', begin) ||
    variable.test(text.slice(begin, end));
  const isSet = setting.test(before);
  if (isSet && isCompound) return quotedOrWord(text, from);
  const value = quotedOrWord(text, from);
  const isOdd = oddWord.test(text.slice(value.from, value.to));
  return isOdd && (isSet || isTold(kind)) ? value : undefined;
}

/**
 * The value after a separator: a quoted text, the rest of the line or of the quoted text around the name, or a word.
 */
function assignedValue(text: string, begin: number, end: number, from: number, kind: string): Range {
  const quoted = inQuotes(text, from);
  if (quoted !== undefined) return quoted;
  const gap = text.slice(end, from);
  if (after(blockMark, text, from) !== undefined || gap.includes('\n'))
    return { from, to: endOfBlock(text, begin, from) };
  const around = text[begin - 1] ?? '';
  if (/["'`]/.test(around) && !/^\\*["'`]/.test(gap)) return { from, to: endAt(text, around, from) };
  if (gap.includes('|')) return { from, to: Math.min(endAt(text, '|', from), endOfLine(text, from)) };
  const isHeader = (kind === 'authorization' || kind === 'cookie') && gap.includes(':');
  if (isHeader) return { from, to: endOfHeader(text, from) };
  const isSpaced = /[:=][*_]{0,2}[ \t]/.test(gap);
  const isLine = isSpaced && (isTold(kind) || beginsLine(text, begin));
  return { from, to: isLine ? endOfValueLine(text, from) : endOfWord(text, from) };
}

const blockMark = /[|>][+-]?\d?[ \t]{0,9}\r?\n/y;

/** End of a match that begins at `at`. */
function after(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function quotedOrWord(text: string, from: number): Range {
  return inQuotes(text, from) ?? { from, to: endOfWord(text, from) };
}

/** The content of the quotes that open at `at`; up to the end of the text if they are not closed. */
function inQuotes(text: string, at: number): Range | undefined {
  const from = after(quote, text, at);
  if (from === undefined) return undefined;
  const open = text.slice(at, from);
  const mark = open.replace(/^\\+(?=["'`])/, '');
  const depth = open.length - mark.length;
  // Triple quotes, as in Python.
  if (depth === 0 && text.startsWith(mark + mark, from)) {
    const triple = text.indexOf(mark.repeat(3), from + 2);
    return { from: from + 2, to: triple === -1 ? text.length : triple };
  }
  for (let to = text.indexOf(mark, from); to !== -1; to = text.indexOf(mark, to + 1)) {
    let escapes = 0;
    while (to - 1 - escapes >= from && text[to - 1 - escapes] === '\\') escapes += 1;
    // A quote within the value has more backslashes before it than the opening one. A pair of backslashes is an escaped
    // backslash.
    if (depth === 0 ? escapes % 2 === 0 : escapes <= depth)
      return { from, to: depth === 0 ? to : to - escapes };
  }
  return { from, to: text.length };
}

/** The end of an unquoted word as a shell reads it: quoted and escaped blanks are part of the word. */
export function endOfWord(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const letter = text.charCodeAt(at);
    if (letter <= 0x20 || letter === 0xa0) return at;
    if (letter === 0x5c) {
      // An escaped blank. Before a quote it closes a text of JSON within JSON.
      if (text[at + 1] === '"' && closes(text[at + 2])) return at;
      at += 1;
    } else if (letter === 0x22 || letter === 0x27) {
      if (at > from && closes(text[at + 1])) return at;
      const [near = ''] = text.slice(at + 1, at + LONGEST_QUOTED).split('\n', 1);
      const other = near.indexOf(text[at] ?? '');
      if (other !== -1) at += other + 1;
    }
  }
  return Math.min(at, text.length);
}

const LONGEST_QUOTED = 200;

/** Whether a quote before this character closes a text, rather than opening one within a word. */
function closes(next: string | undefined): boolean {
  return next === undefined || /[\s,:;)\]}>\\]/.test(next);
}

function isBlank(letter: string | undefined): boolean {
  return letter === ' ' || letter === '\t' || letter === '\n';
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text[at])) at += 1;
  return at;
}

function endAt(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at;
}

function endOfLine(text: string, from: number): number {
  const at = text.slice(from, from + 1) === '\n' ? from : endAt(text, '\n', from);
  return text[at - 1] === '\r' ? at - 1 : at;
}

/** The end of a header's value: the rest of its line. */
function endOfHeader(text: string, from: number): number {
  const rest = /[\r\n]|\\[nr]/g;
  rest.lastIndex = from;
  return rest.exec(text)?.index ?? text.length;
}

/** The end of a value that may contain blanks: the rest of its line, without a comment. */
function endOfValueLine(text: string, from: number): number {
  const line = text.slice(from, endOfLine(text, from));
  const comment = line.search(/[ \t]#[ \t]/);
  return trimmed(text, from, from + (comment === -1 ? line.length : comment));
}

function trimmed(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && isBlank(text[end - 1])) end -= 1;
  return end;
}

/** The end of the lines below a name that are indented deeper than it. */
function endOfBlock(text: string, begin: number, from: number): number {
  const depth = indentOf(text, text.lastIndexOf('\n', begin - 1) + 1);
  let end = endOfLine(text, from);
  for (;;) {
    const next = text.indexOf('\n', end);
    if (next === -1) return end;
    const indent = indentOf(text, next + 1);
    if (next + 1 >= text.length) return end;
    if (indent <= depth && !/^[ \t]{0,80}(?:\r?\n|- )/.test(text.slice(next + 1, next + 84))) return end;
    end = endOfLine(text, next + 1);
  }
}

function indentOf(text: string, line: number): number {
  let at = line;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at - line;
}

/** The start of the longer name that ends with a secret's name: `x-api-key` for `api-key`. */
function beginOfName(text: string, at: number): number {
  let begin = at;
  while (begin > 0 && at - begin < BEFORE && isOfName(text.charCodeAt(begin - 1))) begin -= 1;
  return begin;
}

/** Letters, digits and `_ . % -`. */
function isOfName(letter: number): boolean {
  if (letter < 0x41)
    return (letter >= 0x30 && letter <= 0x39) || letter === 0x2d || letter === 0x2e || letter === 0x25;
  return letter <= 0x5a || letter === 0x5f || (letter >= 0x61 && letter <= 0x7a);
}

/** Whether only list or comment characters are before a name in its line. */
function beginsLine(text: string, begin: number): boolean {
  return /(?:^|[\n{,;]|\\n)[ \t]{0,80}(?:(?:[-*#>+]|\/\/|export|set|let|const|var)[ \t]{1,9}){0,3}["'`*_]{0,3}$/.test(
    text.slice(Math.max(0, begin - BEFORE), begin),
  );
}
