/** `atel live`: today's figures, drawn again every few seconds. */
import type { EpochMs } from '../../base/time/units.js';
import type { live } from '../commands/live.js';
import { terminalOf } from '../render/terminal.js';
import { Screen } from '../render/screen.js';
import type { Desk } from '../shared/answer.js';
import { endWell } from '../shared/end-well.js';
import { CommandError } from '../shared/command-error.js';
import type { OptionsOf } from '../shared/command.js';
import { readCount, readWindow } from '../shared/options.js';
import { liveLines, liveTitle, type LiveFigures } from '../views/live-lines.js';

const HOUR_MS = 3_600_000;

/** How far back the start of a running subagent is looked for, milliseconds. */
const AGENTS_MS = 6 * HOUR_MS;

/** The most sessions that are shown. */
const MOST_SESSIONS = 20;

/** The most starts and stops: a stop that is missing would leave its subagent running. */
const MOST_ACTIVATIONS = 100_000;

/** How much longer than its answer takes the next question waits: an open screen uses a tenth of a core at most. */
const PAUSE = 9;

/** Draws the figures until the person ends it; prints them once if the output is no terminal. */
export async function run(options: OptionsOf<typeof live.flags>, desk: Desk): Promise<void> {
  const every = readCount('--every', options.every, 3_600) * 1_000;
  const { timezone } = readWindow({ timezone: options.timezone }, desk.now);
  if (options.once === true || !process.stdout.isTTY) {
    const figures = await askFigures(desk, timezone, desk.now);
    const lines = liveLines(figures, { now: desk.now, timezone, rows: Infinity }, desk.terminal);
    for (const line of lines) desk.print(line);
    return;
  }
  await watch(desk, timezone, every);
  // The person has left: a question that the store has not answered must not keep the program waiting.
  endWell();
}

async function watch(desk: Desk, timezone: string, every: number): Promise<void> {
  // The first answer comes before the screen: a store that does not start is an error as everywhere.
  let shown = await askFigures(desk, timezone, Date.now());
  let at = Date.now();
  let trouble: string | null = null;
  using screen = new Screen(process.stdin, process.stdout);
  const draw = () => {
    const terminal = terminalOf();
    const how = { now: Date.now(), timezone, rows: screen.rows - 2 };
    screen.draw([liveTitle(at, timezone, trouble, terminal), '', ...liveLines(shown, how, terminal)]);
  };
  screen.onResize(draw);
  for (let pause = every; !screen.hasLeft();) {
    draw();
    await screen.leftWithin(pause);
    if (screen.hasLeft()) return;
    const began = Date.now();
    try {
      const figures = await screen.answerOrLeft(askFigures(desk, timezone, began));
      if (figures === undefined) return;
      shown = figures;
      at = Date.now();
      trouble = null;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      trouble = error.message;
    }
    // The questions of earlier rounds explain nothing.
    desk.asker.asked.length = 0;
    pause = Math.max(every, PAUSE * (Date.now() - began));
  }
}

async function askFigures({ asker }: Desk, timezone: string, now: EpochMs): Promise<LiveFigures> {
  const { from } = readWindow({ since: 'today', timezone }, now);
  const [todays, lastHours, hours, limits, sessions, activations] = await Promise.all([
    asker.ask('costTotal', { from }),
    asker.ask('costTotal', { from: new Date(now - HOUR_MS) }),
    asker.ask('costTrend', { from, period: 'hourly', timezone }),
    asker.ask('limitWindows', { days: 8 }),
    asker.ask('sessionList', { days: 1, status: 'active', limit: MOST_SESSIONS }),
    asker.ask('agentActivationList', { from: new Date(now - AGENTS_MS), limit: MOST_ACTIVATIONS }),
  ]);
  const [[today], [lastHour]] = [todays, lastHours];
  if (today === undefined || lastHour === undefined)
    throw new Error('The pipe cost_total always answers with one row.');
  return { today, lastHour, hours, limits, sessions, activations };
}
