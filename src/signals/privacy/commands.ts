/**
 * Redacts passwords that commands and statements take in ways of their own: `curl -u me:x`, `mysql -px`, `IDENTIFIED BY
 * 'x'`.
 */
import { marker } from './marker.js';
import { endOfWord } from './named-values.js';

const PASSWORD = 'password';

/**
 * How a flag takes its password: as the next word, attached to the flag, either of the two, or after a separator in a
 * pair.
 */
type Form = 'next' | 'glued' | 'either' | ':' | '%' | ',';

interface CommandFlags {
  command: RegExp;
  flags: Readonly<Record<string, Form>>;
  /** Only if the command also contains this word; otherwise the flag means something else. */
  only?: string;
}

const pair = { '-u': ':', '-U': ':', '--user': ':', '--proxy-user': ':', '--auth': ':', '-a': ':' } as const;
const commands: readonly CommandFlags[] = [
  { command: /^(?:curl|wget|https?|xh|httpx|aria2c|nikto|sqlmap)$/, flags: pair },
  { command: /^(?:mysql|mariadb)[\w-]*$/, flags: { '-p': 'glued' } },
  { command: /^(?:7z\w?|rar|unrar)$/, flags: { '-p': 'glued' } },
  {
    command: /^(?:sshpass|mongo\w*|twine|rdesktop|vncviewer|skopeo|crane|az|oc|cf|rclone)$/,
    flags: { '-p': 'either' },
  },
  {
    command: /^(?:docker|podman|nerdctl|buildah|helm|kubectl|oras|flyctl|heroku)$/,
    flags: { '-p': 'either' },
    only: 'login',
  },
  { command: /^(?:redis|valkey|keydb)-cli$/, flags: { '-a': 'either' } },
  { command: /^(?:sqlcmd|bcp|osql|isql|zip|unzip|mosquitto_\w+|snmp\w+)$/, flags: { '-P': 'either' } },
  { command: /^ldap\w+$/, flags: { '-w': 'either' } },
  { command: /^security$/, flags: { '-w': 'either' } },
  { command: /^(?:xfreerdp\d?|wfreerdp)$/, flags: { '/p:': 'glued' } },
  { command: /^(?:smbclient|rpcclient|smbmap|net|nxc|crackmapexec)$/, flags: { '-U': '%', '-p': 'either' } },
  { command: /^lftp$/, flags: { '-u': ',' } },
];

/** The program of a command, at the end of its path, if it may be one of the list. */
const commandWord =
  /(?<![\w.-])(?:curl|wget|https?|xh|httpx|aria2c|nikto|sqlmap|mysql[\w-]{0,20}|mariadb[\w-]{0,20}|7z\w?|rar|unrar|sshpass|mongo\w{0,20}|twine|rdesktop|vncviewer|skopeo|crane|az|oc|cf|rclone|docker|podman|nerdctl|buildah|helm|kubectl|oras|flyctl|heroku|(?:redis|valkey|keydb)-cli|sqlcmd|bcp|osql|isql|zip|unzip|mosquitto_\w{1,10}|snmp\w{1,10}|ldap\w{1,10}|security|xfreerdp\d?|wfreerdp|smbclient|rpcclient|smbmap|net|nxc|crackmapexec|lftp)(?=\s)/g;

/** Matches every text that contains what this file looks for. */
export const commandHint = String.raw`(?:^|[\s"'])(?:--?(?:[pPaAuUw]|user|proxy-user|auth)[^a-z]?|/p:)|identified\s|chpasswd|-stdin|sudo\s|[\d*]:[\w*-]{1,63}:`;

/** Redacts the passwords in commands. */
export function redactCommands(text: string): string {
  return redactStatements(redactFlags(text));
}

function redactFlags(text: string): string {
  let safe = '';
  let done = 0;
  commandWord.lastIndex = 0;
  for (let found = commandWord.exec(text); found !== null; found = commandWord.exec(text)) {
    const words = wordsFrom(text, found.index);
    const safeWords = redactWords(words.map(({ word }) => word));
    for (const [index, { from, word }] of words.entries()) {
      const safeWord = safeWords[index] ?? word;
      if (safeWord === word) continue;
      safe += text.slice(done, from) + safeWord;
      done = from + word.length;
    }
    const last = words.at(-1);
    if (last !== undefined)
      commandWord.lastIndex = Math.max(commandWord.lastIndex, last.from + last.word.length);
  }
  return safe + text.slice(done);
}

/** The words of a command up to its end: a line feed that is not escaped, `;`, `|`, `&&`. */
function wordsFrom(text: string, begin: number): { from: number; word: string }[] {
  const words: { from: number; word: string }[] = [];
  for (let at = begin; at < text.length;) {
    const to = endOfWord(text, at);
    const word = text.slice(at, to);
    if (/^(?:;|\|\|?|&&?)$/.test(word)) break;
    if (word !== '' && word !== '\\\n') words.push({ from: at, word });
    at = to;
    while (text[at] === ' ' || text[at] === '\t') at += 1;
    if (text[at] === '\n' || text[at] === '\r') break;
    // Not a word: a quote that closes the text around the command, or a control character.
    if (at === to) at += 1;
  }
  return words;
}

/** Redacts the passwords among the words of commands. */
export function redactWords(words: readonly string[]): string[] {
  const names = words.map((word) => word.slice(word.lastIndexOf('/') + 1));
  const known = commands.filter(
    ({ command, only }) =>
      names.some((name) => command.test(name)) && (only === undefined || words.includes(only)),
  );
  if (known.length === 0) return [...words];
  const flags = new Map(known.flatMap(({ flags }) => Object.entries(flags)));
  return words.map((word, index) => {
    const before = flags.get(words[index - 1] ?? '');
    if (before !== undefined && before !== 'glued') return redactHeld(word, before);
    for (const [flag, form] of flags) {
      if (!word.startsWith(flag) || word.length === flag.length || form === 'next') continue;
      const mark = flag.startsWith('--') ? '=' : '';
      if (flag.startsWith('--') && !word.startsWith(`${flag}=`)) continue;
      return flag + mark + redactHeld(word.slice(flag.length + mark.length), form);
    }
    return word;
  });
}

/** Redacts the password in a word: the whole word, or the part after the separator. */
function redactHeld(word: string, form: Form): string {
  if (form === 'next' || form === 'either' || form === 'glued') return keptMarker(word);
  const at = word.indexOf(form);
  // A user and a group as numbers are not a password.
  if (at === -1 || /^["']?\d+:\d+["']?$/.test(word)) return word;
  return word.slice(0, at + 1) + keptMarker(word.slice(at + 1));
}

function keptMarker(word: string): string {
  return word === '' || word.includes('[redacted:') ? word : marker(PASSWORD);
}

/** A quoted value or a word. */
const value = String.raw`(?!\[redacted:)(?:"(?:[^"\\]|\\.){1,500}"|'(?:[^'\\]|\\.){1,500}'|[^\s"'|;,)]{1,500})`;

const statements: readonly RegExp[] = [
  // SQL: the password of a user.
  new RegExp(
    String.raw`(\bidentified\s{1,9}(?:with\s{1,9}\S{1,60}\s{1,9})?(?:by|as)\s{1,9}(?:password\s{1,9}|values\s{1,9})?)${value}`,
    'gi',
  ),
  // A value that is piped to a command that reads a password from its input.
  new RegExp(
    String.raw`(\b(?:echo|printf)\s{1,9}(?:-[neE]{1,3}\s{1,9}|["']?%s(?:\\n)?["']?\s{1,9}){0,2})${value}(?=\s{0,9}\|\s{0,9}(?:\S{1,60}\s{1,9}){0,12}?(?:chpasswd|passwd|sudo\s{1,9}-S|\S{0,20}-stdin|--with-token|--login))`,
    'g',
  ),
  new RegExp(
    String.raw`((?:-stdin|--with-token|sudo\s{1,9}-S)(?:\s{1,9}[^\s<]{1,60}){0,9}\s{0,9}<<<\s{0,9})${value}`,
    'g',
  ),
  // .pgpass: host, port, database, user, password.
  /((?<=^|[\s'"])(?:[\w.*-]{1,253}|\[[0-9a-f:]{2,40}\]):(?:\d{2,5}|\*):(?:[A-Za-z_*][\w*-]{0,62}):(?:[A-Za-z_*][\w.*-]{0,62}):)(?!\[redacted:)[^\s'"]{1,500}/gm,
];

function redactStatements(text: string): string {
  return statements.reduce(
    (safe, statement) => safe.replace(statement, (_, before: string) => before + marker(PASSWORD)),
    text,
  );
}
