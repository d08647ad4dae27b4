/**
 * Reads the markup that the client writes into a user line: `<command-name>/review</command-name>`. The text is foreign
 * and of any length, so it is searched for the tags alone: a pattern could take time by the square of its length.
 */

/** Longest name of a command, and longest word. */
const LONGEST = 1_000;

/**
 * Whether the client wrote the text, not the user: for a command of its own (`/model`, `! ls`), its output, or the
 * notification of a finished subagent. A typed skill begins differently.
 */
export function isClientsText(text: string): boolean {
  return (
    /^\s*<(?:command-name|local-command-\w{1,40}|bash-(?:input|stdout|stderr))>/.test(text) ||
    text.startsWith('<task-notification>')
  );
}

/** Whether the line is a typed `/name`. */
export function isTypedCommand(text: string): boolean {
  return /^\s*<command-(?:name|message)>/.test(text);
}

/** The name of a typed `/name`, without the slash; undefined if there is none. */
export function typedName(text: string): string | undefined {
  const name = textWithin('command-name', text)?.replace(/^\//, '');
  return name === undefined || name === '' || name.length > LONGEST || name.includes('<') ? undefined : name;
}

/** The word in the first tag of a name; undefined if there is none. */
export function wordIn(tag: string, text: string): string | undefined {
  const word = textWithin(tag, text);
  return word !== undefined && word.length <= LONGEST && /^[^<\s]+$/.test(word) ? word : undefined;
}

/** The text in the first tag of a name, without blanks around it; undefined if there is no such tag, or no end of it. */
export function textWithin(tag: string, text: string): string | undefined {
  const begin = text.indexOf(`<${tag}>`);
  if (begin === -1) return undefined;
  const from = begin + tag.length + 2;
  const to = text.indexOf(`</${tag}>`, from);
  return to === -1 ? undefined : text.slice(from, to).trim();
}
