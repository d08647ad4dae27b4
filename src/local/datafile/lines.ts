/** Splits a datafile into its commands. */
import { DatafileError } from '../errors.js';

/** One command of a datafile: `ENGINE "MergeTree"`, or `SQL >` with the lines after it. */
export interface Command {
  /** Upper case. */
  name: string;
  /** The rest of the line, without one pair of outer quotes. */
  value: string;
  /** The lines of the block after `NAME >`. */
  block: string | undefined;
  /** 1-based. */
  line: number;
  /** For each line of the block, its line in the file. */
  blockLines: number[];
}

/** The commands that a kind of file may have. */
export interface Grammar {
  /** `datasource`, `pipe` or `connection`, for messages. */
  kind: string;
  commands: ReadonlySet<string>;
  /** Beginnings of further commands, for the options of other services. */
  prefixes: readonly string[];
  /** Commands that Tinybird has but this server does not support, with the reason. */
  unsupported: ReadonlyMap<string, string>;
}

const firstWord = /^([A-Za-z_][A-Za-z0-9_]*)(?:\s+(.*))?$/s;

/**
 * Splits a datafile into commands. `NAME >` opens a block that ends before the next unindented line with a known
 * command. Blank lines and lines that start with # are dropped, inside blocks too. Throws a DatafileError that names
 * the line.
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
    const isCommand =
      grammar.commands.has(name) ||
      grammar.unsupported.has(name) ||
      grammar.prefixes.some((prefix) => name.startsWith(prefix));
    if (block && (isIndented || !isCommand)) {
      block.lines.push(raw.trimEnd());
      block.command.blockLines.push(index + 1);
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
    const command: Command = {
      name,
      value: stripQuotes(value),
      block: undefined,
      line: index + 1,
      blockLines: [],
    };
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

/** The value of a command that has it on its own line. */
export function requireValue(command: Command): string {
  if (command.block !== undefined) {
    throw new DatafileError(`line ${command.line}: ${command.name} does not support multiline arguments`);
  }
  if (command.value === '') throw new DatafileError(`line ${command.line}: ${command.name} needs a value`);
  return command.value;
}

/** The text of a command with a block (with `allowInline`, also a value on its own line). */
export function requireBlock(command: Command, allowInline: boolean): string {
  if (command.block !== undefined && command.block.trim() !== '') return command.block;
  if (allowInline && command.value !== '') return command.value;
  if (command.block === undefined && !allowInline) {
    throw new DatafileError(`line ${command.line}: ${command.name} must be multiline`);
  }
  throw new DatafileError(`line ${command.line}: ${command.name} is empty`);
}

/** The line in the file of a place in a command's block. */
export function lineOf(command: Command, offset: number): number {
  const before = (command.block ?? '').slice(0, offset).split('\n').length - 1;
  return command.blockLines[before] ?? command.line;
}

/** The items of a comma-separated list, on one line or in a block, without empty ones. */
export function readList(command: Command): string[] {
  return (command.block ?? command.value)
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
