/** Prints the answers of commands, as JSON or as lines for the user. */
import type * as z from 'zod/mini';
import type { EpochMs } from '../../base/time/units.js';
import type { Asked, Asker } from './asker.js';
import type { OptionsOf } from './command.js';
import { wallClock, type addOutputOptions, type AskedWindow } from './options.js';
import { hanging, plain, whole, wrap } from '../render/text.js';
import type { Terminal } from '../render/terminal.js';
import type { windowSchema } from '../../schemas.js';

/** What a command prints to. */
export interface Page {
  terminal: Terminal;
  print: (line: string) => void;
  now: EpochMs;
}

/** What a command works with. */
export interface Desk extends Page {
  asker: Asker;
  /** A sentence that points to unread history on this machine; null if there is none. */
  history: () => Promise<string | null>;
}

/** The requested window as JSON. */
export function windowJson({ from, to, timezone, project }: AskedWindow): z.infer<typeof windowSchema> {
  return { from: from.toISOString(), to: to?.toISOString() ?? null, timezone, project };
}

/** How to print an answer. */
export type OutputOptions = OptionsOf<typeof addOutputOptions>;

/** Prints an answer as JSON that matches the schema, or as lines for the user; with --explain also its source. */
export function printAnswer<Schema extends z.ZodMiniType<object> = z.ZodMiniType<object>>(
  { asker, terminal, print }: Desk,
  options: OutputOptions,
  json: Omit<z.infer<Schema>, 'explain'>,
  lines: () => string[] | Promise<string[]>,
): Promise<void> {
  const { asked } = asker;
  return printFrom(print, options, json, lines, { json: asked, lines: () => explanation(asked, terminal) });
}

/** The same, with the lines for --explain. */
export async function printFrom(
  print: Page['print'],
  options: OutputOptions,
  json: object,
  lines: () => string[] | Promise<string[]>,
  source: { json: unknown; lines: () => string[] },
): Promise<void> {
  if (options.json === true) {
    print(JSON.stringify(options.explain === true ? { ...json, explain: source.json } : json, null, 2));
    return;
  }
  for (const line of await lines()) print(line);
  if (options.explain === true) for (const line of source.lines()) print(line);
}

/** A blank at which lines are not broken. */
const UNBROKEN = '\u00a0';

function explanation(asked: readonly Asked[], { paint, width }: Terminal): string[] {
  return [
    '',
    paint.dim('The figures come from these pipes:'),
    ...asked.flatMap(({ pipe, params }) =>
      hanging(
        `  ${pipe} `,
        Object.entries(params)
          // A value is not broken, so that it can be copied.
          .map(([name, value]) => plain(`${name}="${value}"`).replaceAll(' ', UNBROKEN))
          .join(' '),
        width,
        whole,
      ).map((line) => line.replaceAll(UNBROKEN, ' ').trimEnd()),
    ),
  ];
}

/** The first line of an answer: its subject, and the basis of its costs. */
export function heading(
  title: string,
  window: AskedWindow,
  terminal: Terminal,
  money = 'List prices, USD.',
): string[] {
  const scope = window.project === null ? 'all projects' : plain(window.project);
  return headingOf(title, `${window.title} (${window.timezone}), ${scope}.`, terminal, money);
}

/** A first line with its title in bold; what does not fit goes on the next line. */
export function headingOf(title: string, rest: string, { paint, width }: Terminal, below = ''): string[] {
  const what = `${title}: ${rest}`;
  const lines = wrap(`${what} ${below}`.trimEnd(), width);
  const isWhole = lines.length === 1 || below === '';
  return (isWhole ? lines : [...wrap(what, width), ...wrap(below, width)]).map((line, index) =>
    index === 0 && line.startsWith(title) ? paint.bold(title) + line.slice(title.length) : line,
  );
}

/** The line for an answer without rows. */
export function nothing(what: string, window: AskedWindow): string {
  const where = window.project === null ? '' : ` for the project ${plain(window.project)}`;
  const hint =
    window.project === null || /-[0-9a-f]{8}$/.test(window.project)
      ? 'A longer --since shows more; atel status says whether events arrive.'
      : 'A name ends with a hash, as in shop-7815fea6: atel sessions shows it.';
  return `No ${what}${where} in this period. ${hint}`;
}

/** The lines for an answer without rows: what was not found, and a pointer to unread history. */
export async function emptyLines(what: string, window: AskedWindow, desk: Desk): Promise<string[]> {
  return [...wrap(nothing(what, window), desk.terminal.width), ...(await historyLines(desk))];
}

/** The lines that point to unread history; none if everything was read. */
export async function historyLines({ history, terminal: { paint, width } }: Desk): Promise<string[]> {
  const line = await history();
  return line === null ? [] : wrap(line, width).map(paint.yellow);
}

/** A date and a time of day, for a table. */
export function clock(at: Date, timezone: string): string {
  return wallClock(at, timezone).slice(0, 16);
}
