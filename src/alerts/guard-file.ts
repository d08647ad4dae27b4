/**
 * The file that the guard reads: which sessions and agents are past a budget. A hook reads it with the builtins of a
 * shell, while Claude Code waits for each call of a tool: see .claude/hooks/guard-budget.sh.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../base/files.js';
import type { EpochMs } from '../base/time/units.js';

/** The file's place in a telemetry folder; the script repeats the name. */
export const guardFile = (home: string): string => join(home, 'guard');

/** One line of the file. */
export interface GuardLine {
  level: 'soft' | 'hard';
  /** Empty: any. */
  session: string;
  /** Empty: any; `main`: the main thread. */
  agent: string;
  /** What the agent is told. */
  text: string;
}

/** How long a line holds if nobody renews it, milliseconds: then the server does not work, and nothing is denied. */
const HOLDS_MS = 120_000;

/** The first line: the version of the format, the process that renews the file, and until when it holds, in seconds. */
const head = (pid: number, now: EpochMs) => `1 ${pid} ${Math.floor((now + HOLDS_MS) / 1_000)}`;

/** What can stand in a field: the shell splits a line at its `|`, and puts the text into JSON as it is. */
const plain = (text: string) => text.replace(/[^ -~]|["\\|$`]/g, '_');

/** The content of the file. The hard limits come first: one of them decides. */
function guardText(lines: readonly GuardLine[], pid: number, now: EpochMs): string {
  const sorted = [...lines].sort((a, b) => Number(a.level === 'soft') - Number(b.level === 'soft'));
  const rows = sorted.map(({ level, session, agent, text }) =>
    [level, session === '' ? '*' : session, agent === '' ? '*' : agent, text].map(plain).join('|'),
  );
  return [head(pid, now), ...rows, ''].join('\n');
}

/** Writes the file, or removes it if no budget is past its limit. */
export async function writeGuard(file: string, lines: readonly GuardLine[], now: EpochMs): Promise<void> {
  if (lines.length === 0) await rm(file, { force: true });
  else await writeDurably(file, guardText(lines, process.pid, now));
}
