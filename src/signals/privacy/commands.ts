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
type Form = 'next' | 'glued' | 'either' | ':' | '%' | ',' | '=';

interface CommandFlags {
  command: RegExp;
  flags: Readonly<Record<string, Form>>;
  /** Only if the command also contains this word; otherwise the flag means something else. */
  only?: string;
}

/** A command whose password is a word by its place among the words that are not flags. */
interface CommandWords {
  command: RegExp;
  /** The subcommand after which the words count; without it, they count after the command. */
  after?: RegExp;
  /** Only if the command also contains such a word; otherwise its words mean something else. */
  only?: RegExp;
  /** Words that do not count. */
  skip?: RegExp;
  /** The place of the password: from the end if negative. */
  at: number;
  /** The separator before the password within the word. */
  within?: ':' | '/' | '=';
  /** Only if no other word counts: more of them are a sentence about the command. */
  alone?: true;
}

const pair = { '-u': ':', '-U': ':', '--user': ':', '--proxy-user': ':', '--auth': ':', '-a': ':' } as const;
const certificate = { '-E': ':', '--cert': ':', '--proxy': ':', '--preproxy': ':', '--socks5': ':' } as const;
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
  { command: /^etcdctl$/, flags: { '--user': ':' } },
  { command: /^curl$/, flags: { ...certificate, '-b': '=', '--cookie': '=' } },
  { command: /^gh$/, flags: { '-b': 'either', '--body': 'either' }, only: 'secret' },
  { command: /^aws$/, flags: { '--value': 'either' }, only: 'put-parameter' },
  { command: /^aws$/, flags: { '--secret-string': 'either', '--secret-binary': 'either' } },
  { command: /^az$/, flags: { '--value': 'either' }, only: 'secret' },
  { command: /^kubectl$/, flags: { '--from-literal': '=' }, only: 'secret' },
  { command: /^openssl$/, flags: { '-k': 'next', '-K': 'next', '-hmac': 'next' } },
  { command: /^(?:cqlsh|cypher-shell|evil-winrm|psexec(?:64)?(?:\.exe)?)$/i, flags: { '-p': 'next' } },
  { command: /^(?:useradd|usermod)$/, flags: { '-p': 'next' } },
  { command: /^security$/, flags: { '-p': 'next' }, only: 'unlock-keychain' },
  { command: /^ssh-keygen$/, flags: { '-N': 'next', '-P': 'next' } },
  { command: /^pdf\w+$/, flags: { '-upw': 'next', '-opw': 'next' } },
  { command: /^snmp\w+$/, flags: { '-A': 'next', '-X': 'next', '-c': 'next' } },
  { command: /^signtool(?:\.exe)?$/i, flags: { '/p': 'next' } },
  { command: /^certutil(?:\.exe)?$/i, flags: { '-p': 'next' } },
  { command: /^schtasks(?:\.exe)?$/i, flags: { '/rp': 'next' } },
];

const commandsWithWords: readonly CommandWords[] = [
  { command: /^htpasswd$/, only: /^-\w*b/, at: -1 },
  {
    command: /^net(?:\.exe)?$/i,
    after: /^use$/i,
    only: /^(?:\/user:|\\\\|\/\/)/i,
    skip: /^(?:[A-Za-z]:|\*|\\\\.*|https?:.*)$/,
    at: 0,
  },
  { command: /^net(?:\.exe)?$/i, after: /^user$/i, only: /^\/(?:add|domain|active:|expires:)/i, at: 1 },
  { command: /^lpass$/, after: /^login$/, at: 0 },
  { command: /^bw$/, after: /^login$/, only: /@|\[redacted:email/, at: 1 },
  { command: /^bw$/, after: /^unlock$/, only: /[\d!$%^&]/, at: 0 },
  { command: /^wpa_passphrase$/, at: 1 },
  { command: /^(?:redis|valkey|keydb)-cli$/, after: /^auth$/i, at: -1 },
  { command: /^openssl$/, after: /^passwd$/, at: -1 },
  { command: /^(?:sqlplus|expdp|impdp|sqlldr)$/, at: 0, within: '/' },
  { command: /^\w{1,30}\.py$/, only: /^[\w.$-]+\/[\w.$-]+:[^@]+@/, at: 0, within: ':' },
  {
    command: /^(?:fly|flyctl)$/,
    after: /^secrets$/,
    only: /^(?:set|import)$/,
    skip: /^set$/,
    at: 0,
    within: '=',
  },
  { command: /^vault$/, after: /^kv$/, only: /^put$/, skip: /^put$/, at: 1, within: '=' },
  { command: /^consul$/, after: /^kv$/, only: /^put$/, skip: /^put$/, at: 1 },
  {
    command: /^vault$/,
    after: /^login$/,
    skip: /^(?:[\w-]+=.*|first|again|now|here|page|docs|fails|failed)$/,
    at: 0,
    alone: true,
  },
  { command: /^ngrok$/, after: /^(?:add-)?authtoken$/, at: 0, alone: true },
  { command: /^snyk$/, after: /^auth$/, at: 0, alone: true },
  { command: /^etcdctl$/, after: /^put$/, only: /pass|secret|token|cred/i, at: -1 },
];

/** The program of a command, at the end of its path, if it may be one of the list. */
const commandWord =
  /(?<![\w.-])(?:curl|wget|https?|xh|httpx|aria2c|nikto|sqlmap|mysql[\w-]{0,20}|mariadb[\w-]{0,20}|7z\w?|rar|unrar|sshpass|mongo\w{0,20}|twine|rdesktop|vncviewer|skopeo|crane|az|oc|cf|rclone|docker|podman|nerdctl|buildah|helm|kubectl|oras|flyctl|heroku|(?:redis|valkey|keydb)-cli|sqlcmd|bcp|osql|isql|zip|unzip|mosquitto_\w{1,10}|snmp\w{1,10}|ldap\w{1,10}|security|xfreerdp\d?|wfreerdp|smbclient|rpcclient|smbmap|net(?:\.exe)?|nxc|crackmapexec|lftp|gh|aws|openssl|cqlsh|cypher-shell|evil-winrm|psexec(?:64)?(?:\.exe)?|useradd|usermod|ssh-keygen|pdf\w{1,10}|signtool(?:\.exe)?|certutil(?:\.exe)?|schtasks(?:\.exe)?|htpasswd|lpass|bw|wpa_passphrase|sqlplus|expdp|impdp|sqlldr|\w{1,30}\.py|fly|vault|consul|ngrok|snyk|etcdctl)(?=\s)/g;

/** Matches every text that contains what this file looks for. */
export const commandHint = String.raw`(?:^|[\s"'])(?:--?(?:[pPaAuUwbEkKNXc]|user|proxy|preproxy|socks5|auth|body|cert|cookie|value|secret|from-literal|hmac|upw|opw)[^a-z]?|/r?p[\s:])|htpasswd|lpass|wpa_pass|\bnet(?:\.exe)?\s+use|\bauth\s|\bvault\s|\bngrok\s|\bsnyk\s|\betcdctl\s|\bpasswd\s|sqlplus|expdp|impdp|sqlldr|\.py\s|secrets?\s|\bkv\s|\benv\s+add|kinit\s|insert\s|data-file|passphrase-fd|@(?:tcp|unix)\(|oracle|\bbw\s|securestring|requirepass|masterauth|crypt|argon|wifi:|/d\s|\b(?:key|token|code|pin)s?[ _](?:is|was|are)|identified\s|chpasswd|-stdin|sudo\s|[\d*]:[\w*-]{1,63}:`;

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
  return redactFlagged(redactPlaced(words, names), names);
}

/** A word with a letter or a digit that is not a flag or a redirection. */
const isOperand = /^(?!-|\/[a-z]|[<>|&]).*[A-Za-z0-9]/is;

/** Redacts passwords by their place among the words of a command. */
function redactPlaced(words: readonly string[], names: readonly string[]): readonly string[] {
  const safe = [...words];
  for (const { command, after, only, skip, at, within, alone } of commandsWithWords) {
    const program = names.findIndex((name) => command.test(name));
    if (program === -1 || (only !== undefined && !words.some((word) => only.test(word)))) continue;
    const begin =
      after === undefined ? program : words.findIndex((word, index) => index > program && after.test(word));
    if (begin === -1) continue;
    const places = [...words.keys()].slice(begin + 1).filter((index) => {
      const word = words[index] ?? '';
      return isOperand.test(word) && skip?.test(word) !== true;
    });
    const index = places.at(at);
    if (index === undefined || (alone === true && places.length > 1)) continue;
    const word = words[index] ?? '';
    safe[index] = within === undefined ? keptMarker(word) : redactHeld(word, within);
  }
  return safe;
}

/** Redacts passwords that flags announce. */
function redactFlagged(words: readonly string[], names: readonly string[]): string[] {
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
function redactHeld(word: string, form: Form | '/'): string {
  if (form === 'next' || form === 'either' || form === 'glued') return keptMarker(word);
  const at = word.indexOf(form);
  // The password in an address is found by redactUserInfo.
  if (/^["']?[a-z0-9]{2,10}:\/\//.test(word)) return word;
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
    String.raw`(\b(?:echo|printf)\s{1,9}(?:-[neE]{1,3}\s{1,9}|["']?%s(?:\\n)?["']?\s{1,9}){0,2})${value}(?=\s{0,9}\|\s{0,9}(?:\S{1,60}\s{1,9}){0,12}?(?:chpasswd|passwd|sudo\s{1,9}-S|\S{0,20}-stdin|--with-token|--login|--data-file=-|kinit\s|pass\s{1,9}insert|env\s{1,9}add|secrets?\s{1,9}(?:create|set|put|add|versions)))`,
    'g',
  ),
  new RegExp(
    String.raw`((?:-stdin|--with-token|sudo\s{1,9}-S|secret\s{1,9}(?:set|put)|--passphrase-fd)(?:\s{1,9}[^\s<]{1,60}){0,9}\s{0,9}<<<\s{0,9})${value}`,
    'g',
  ),
  // PowerShell: a text that becomes a password.
  new RegExp(String.raw`(\bConvertTo-SecureString\s{1,9}(?:-String\s{1,9})?)(?![-$])${value}`, 'gi'),
  // A setting of Redis.
  new RegExp(
    String.raw`(\b(?:requirepass|masterauth)\s{1,9})(?!(?:is|in|and|or|not|to|the|was|option|setting|directive|config)\b)${value}`,
    'gi',
  ),
  // A registry value: its name, then its data.
  new RegExp(
    String.raw`(\/v\s{1,9}\w{0,40}(?:password|passwd|pwd)\w{0,40}\s{1,9}(?:\/t\s{1,9}\S{1,40}\s{1,9})?\/d\s{1,9})${value}`,
    'gi',
  ),
  // A password that is hashed.
  new RegExp(
    String.raw`(\bcrypt\(\s{0,9})${value}(?=\s{0,9},\s{0,9}gen_salt)|(\b(?:bcrypt|argon2|scrypt)\.\w{1,30}\(\s{0,9})(?=["'])${value}`,
    'gi',
  ),
  // The code of a wireless network.
  /(\bWIFI:[^\s]{0,200}?;P:)(?!\[redacted:)[^\s;]{1,200}/g,
  // The address of a database in Go.
  /((?<=^|[\s"'=])[\w.$-]{1,63}:)(?!\[redacted:)[^\s@"']{1,200}(?=@(?:tcp|unix)\()/g,
  // A thin address of Oracle.
  /(\bjdbc:oracle:\w{1,9}:[\w$#]{1,63}\/)(?!\[redacted:)[^\s@"']{1,200}(?=@)/g,
  // A sentence that states a key. A letter of each case and a digit tell it from a word.
  /(\b(?:[Kk]ey|[Tt]oken|[Cc]ode|[Pp]in|KEY|TOKEN|CODE|PIN)s?[ _](?:is|was|are|IS)[ _:]{1,3}["'\x60]?)(?=[A-Za-z0-9+/=-]{0,100}\d)(?=[A-Za-z0-9+/=-]{0,100}[A-Z])(?=[A-Za-z0-9+/=-]{0,100}[a-z])[A-Za-z0-9+/=-]{10,500}/g,
  // .pgpass: host, port, database, user, password.
  /((?<=^|[\s'"])(?:[\w.*-]{1,253}|\[[0-9a-f:]{2,40}\]):(?:\d{2,5}|\*):(?:[A-Za-z_*][\w*-]{0,62}):(?:[A-Za-z_*][\w.*-]{0,62}):)(?!\[redacted:)[^\s'"]{1,500}/gm,
];

function redactStatements(text: string): string {
  return statements.reduce(
    (safe, statement) =>
      safe.replace(
        statement,
        (_, before: string | undefined, other: string) => (before ?? other) + marker(PASSWORD),
      ),
    text,
  );
}
