import { DatafileError } from '../errors.js';

/** One command of a datafile: `ENGINE "MergeTree"` or `SQL >` with the lines that follow. */
export interface Command {
  /** Upper case. */
  name: string;
  /** What follows on the same line, one pair of outer quotes taken off. */
  value: string;
  /** The block's lines, for `NAME >`. */
  block: string | undefined;
  /** 1-based. */
  line: number;
}

/** Which commands a kind of file knows. */
export interface Grammar {
  /** `datasource` or `pipe`, for messages. */
  kind: string;
  commands: ReadonlySet<string>;
  /** Commands that are known to Tinybird but not to this server, with the reason. */
  unsupported: ReadonlyMap<string, string>;
}

const firstWord = /^([A-Za-z_]+)(?:\s+(.*))?$/s;

/**
 * Cuts a datafile into commands. `NAME >` opens a block that runs until the next unindented line that starts
 * with a known command; blank lines and lines that start with # are dropped, inside blocks too.
 * Throws a DatafileError naming the line.
 */
export function readCommands(text: string, grammar: Grammar): Command[] {
  const commands: Command[] = [];
  let block: { command: Command; lines: string[] } | undefined;
  const close = () => {
    if (block) block.command.block = dedent(block.lines);
    block = undefined;
  };
  text.split(/\r?\n/).forEach((raw, index) => {
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return;
    const isIndented = /^\s/.test(raw);
    const [, word = '', rest = ''] = firstWord.exec(trimmed) ?? [];
    const name = word.toUpperCase();
    const isCommand = grammar.commands.has(name) || grammar.unsupported.has(name);
    if (block && (isIndented || !isCommand)) {
      block.lines.push(raw.trimEnd());
      return;
    }
    close();
    if (!isCommand) {
      throw new DatafileError(
        `line ${index + 1}: ${word || trimmed} is not a valid option in ${grammar.kind} files.`,
      );
    }
    const reason = grammar.unsupported.get(name);
    if (reason !== undefined) throw new DatafileError(`line ${index + 1}: ${name}: ${reason}`);
    const value = rest.trim();
    const command: Command = { name, value: stripQuotes(value), block: undefined, line: index + 1 };
    if (value === '>') {
      command.value = '';
      block = { command, lines: [] };
    }
    commands.push(command);
  });
  close();
  return commands;
}

function stripQuotes(value: string): string {
  const quote = value.charAt(0);
  const isQuoted = value.length >= 2 && (quote === '"' || quote === "'") && value.endsWith(quote);
  return isQuoted ? value.slice(1, -1) : value;
}

function dedent(lines: readonly string[]): string {
  const indents = lines.map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0);
  const least = Math.min(...indents, Infinity);
  return lines.map((line) => line.slice(Number.isFinite(least) ? least : 0)).join('\n');
}

/** The value of a command that takes one on its own line. */
export function requireValue(command: Command): string {
  if (command.block !== undefined) {
    throw new DatafileError(`line ${command.line}: ${command.name} does not support multiline arguments`);
  }
  if (command.value === '') throw new DatafileError(`line ${command.line}: ${command.name} needs a value`);
  return command.value;
}

/** The text of a command that takes a block (`allowInline`: or a value on its own line). */
export function requireBlock(command: Command, allowInline: boolean): string {
  if (command.block !== undefined && command.block.trim() !== '') return command.block;
  if (allowInline && command.value !== '') return command.value;
  if (command.block === undefined && !allowInline) {
    throw new DatafileError(`line ${command.line}: ${command.name} must be multiline`);
  }
  throw new DatafileError(`line ${command.line}: ${command.name} is empty`);
}
