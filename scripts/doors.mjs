/**
 * Checks src/ against the rooms in doors.config.mjs: no import (static, dynamic or of a type) without a door, no unused
 * door, no folder that is not a room, no cycle of files, no import of
 * a file that does not exist. Checks the table in docs/architecture.md, or writes it with
 * --write.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { cruise } from 'dependency-cruiser';
import { rooms } from './doors.config.mjs';

const PAGE = 'docs/architecture.md';
const START = '<!-- doors: written by npm run doors -- --write -->';
const END = '<!-- /doors -->';
/** Number of cycles that are printed. */
const MOST_CYCLES = 5;

const { output } = await cruise(['src'], {
  exclude: { path: ['\\.test\\.tsx?$', '^src/base/json-scan/assembly/', '^node_modules'] },
  tsPreCompilationDeps: true,
});
const problems = new Set();
const cycles = new Set();
const used = new Map(Object.keys(rooms).map((room) => [room, new Set()]));

for (const { source, dependencies } of output.modules) {
  const room = roomOf(source);
  if (room === undefined) continue;
  if (rooms[room] === undefined)
    problems.add(`src/${room} is no room: give it one in scripts/doors.config.mjs`);
  for (const { resolved, circular, cycle, couldNotResolve } of dependencies) {
    // Otherwise an import of a file that does not exist would pass without a door.
    if (couldNotResolve && resolved.startsWith('.'))
      problems.add(`${source} imports ${resolved}, which does not exist`);
    const other = roomOf(resolved);
    if (circular) cycles.add(`cycle: ${cycleOf(source, cycle)}`);
    if (other === undefined || other === room) continue;
    used.get(room)?.add(other);
    if (rooms[room] !== undefined && !rooms[room].doors.includes(other))
      problems.add(`${source} imports ${resolved}: "${room}" has no door to "${other}"`);
  }
}
for (const [room, { doors }] of Object.entries(rooms))
  for (const door of doors)
    if (!used.get(room)?.has(door))
      problems.add(`nothing uses the door from "${room}" to "${door}": close it`);

const page = await readFile(PAGE, 'utf8');
const written = withTable(page);
if (process.argv.includes('--write')) await writeFile(PAGE, written);
else if (written !== page) problems.add(`${PAGE} has another table: npm run doors -- --write`);

// One wrong import can close hundreds of cycles; the short ones show where.
const shortest = [...cycles].sort((a, b) => a.length - b.length).slice(0, MOST_CYCLES);
for (const problem of [...problems, ...shortest]) console.error(problem);
if (cycles.size > MOST_CYCLES) console.error(`and ${cycles.size - MOST_CYCLES} longer cycles`);
if (problems.size + cycles.size > 0) process.exit(1);

/** The first folder of a file's path below src/, or the name of a file that is directly in src/. */
function roomOf(file) {
  return /^src\/([^/]+?)(?:\/|\.tsx?$)/.exec(file)?.[1];
}

/** The files of a cycle, starting with the first by name, because each cycle is found once per file in it. */
function cycleOf(source, cycle) {
  const files = [source, ...cycle.map(({ name }) => name).filter((name) => name !== source)];
  const first = files.indexOf([...files].sort()[0]);
  return [...files.slice(first), ...files.slice(0, first), files[first]].join(' → ');
}

function withTable(text) {
  const [before, rest] = split(text, START);
  const [, after] = split(rest, END);
  const rows = Object.entries(rooms).map(([room, { doors, holds }]) => [
    `\`${room}\``,
    doors.join(', ') || '–',
    holds,
  ]);
  return `${before}${START}\n\n${table([['room', 'may import from', 'what it holds'], ...rows])}\n\n${END}${after}`;
}

function split(text, mark) {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`${PAGE} has no line "${mark}"`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

/** A Markdown table as Prettier formats it. */
function table([head, ...rows]) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  );
}
