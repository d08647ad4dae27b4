/** `atel session`: one session as a timeline. */
import type * as z from 'zod/mini';
import { compact, grouped, plural } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { clientTotal } from '../../api/client-cost.js';
import { threadOf } from '../../api/session-thread.js';
import { clock, printAnswer, type Desk } from '../shared/answer.js';
import { findSession } from '../shared/find-session.js';
import { readWindow, storeMoment, wallClock } from '../shared/options.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { fit, plain, width, wrap } from '../render/text.js';
import type { AuditRow, sessionDetailSchema } from '../../schemas.js';
import { contentLines } from '../views/content-lines.js';
import { paintStatus, type SessionRow } from './sessions.js';
import type { session } from '../commands/session.js';
import type { OptionsOf } from '../shared/command.js';

/** Shows one session: its facts, its timeline by prompt, and which thread started which. */
export async function run(options: OptionsOf<typeof session.flags>, desk: Desk, id: string): Promise<void> {
  const { timezone } = readWindow(options, desk.now);
  const one = await findSession(desk, id);
  const ofSession = { session_id: one.session_id };
  const [timeline, threads, [client = null], contents] = await Promise.all([
    desk.asker.ask('sessionTimeline', ofSession),
    desk.asker.ask('sessionThreads', ofSession),
    desk.asker.ask('costAudit', ofSession),
    desk.asker.ask('sessionContents', ofSession),
  ]);
  const json = { session: one, client, timeline, threads, contents };
  await printAnswer<typeof sessionDetailSchema>(desk, options, json, () => [
    ...headLines(one, client, timezone, desk.terminal),
    ...timelineLines(timeline, timezone, desk.terminal),
    ...threadLines(threads, desk.terminal),
    ...contentLines(contents, options.texts === true, timezone, desk.terminal),
  ]);
}

type Step = z.infer<typeof sessionDetailSchema>['timeline'][number];
type Thread = z.infer<typeof sessionDetailSchema>['threads'][number];

function headLines(row: SessionRow, client: AuditRow | null, timezone: string, terminal: Terminal): string[] {
  const { paint } = terminal;
  const total = clientTotal(client);
  const time = (text: string | null) => (text === null ? 'unknown' : wallClock(storeMoment(text), timezone));
  const known = (figure: number | null, one: string, many?: string) =>
    figure === null ? `${many ?? `${one}s`} unknown` : plural(figure, one, many);
  const state = `${row.status}${row.end_reason === '' ? '' : ` (${plain(row.end_reason)})`}`;
  const facts = [
    ['Project', row.project === '' ? 'unknown' : plain(row.project)],
    ['Started', `${time(row.started)} ${timezone}`],
    [
      'Last activity',
      `${time(row.last_activity)}${row.duration_ms === null ? '' : ` (after ${duration(row.duration_ms)})`}`,
    ],
    ['Models', row.models.map(plain).join(', ') || 'unknown'],
    ['Status', paintStatus(row.status, terminal)(state)],
    [
      'Cost',
      `${usd(row.total_cost_usd)}${row.total_cost_usd === null ? '' : ' USD'} list price${row.unpriced_requests > 0 ? `, without ${plural(row.unpriced_requests, 'request')} of unknown price` : ''}`,
    ],
    ...(total === null ? [] : [['By the client', `${total.usd} (${total.reason})`]]),
    [
      'Tokens',
      `${compact(row.total_tokens)} (input ${compact(row.total_input)}, output ${compact(row.total_output)}, cached ${compact(row.total_cache_read)}, written ${compact(row.total_cache_creation)})`,
    ],
    ['Cache hit rate', percent(row.cache_hit_rate)],
    [
      'Work',
      [
        known(row.prompts, 'prompt'),
        plural(row.request_count, 'request'),
        plural(row.agents_used, 'type of agent', 'types of agent'),
        plural(row.skills_used, 'skill'),
        `${known(row.tool_calls, 'tool call')}${(row.tool_failures ?? 0) > 0 ? `, ${grouped(row.tool_failures ?? 0)} failed` : ''}`,
        ...(row.lines_added === null || row.lines_removed === null
          ? ['edited lines unknown']
          : [`${plural(row.lines_added, 'line')} added`, `${grouped(row.lines_removed)} removed`]),
        ...(row.commits === null ? [] : [plural(row.commits, 'commit')]),
      ].join(', '),
    ],
  ];
  return [
    `${paint.bold('Session')} ${fit(plain(row.session_id), terminal.width - 'Session '.length)}`,
    ...facts.flatMap(([name = '', fact = '']) =>
      wrap(fact, terminal.width, ' '.repeat(16)).map((line, index) =>
        index === 0 ? paint.dim(name.padEnd(16)) + line.slice(16) : line,
      ),
    ),
  ];
}

/** A line of the timeline: a request with the tools that it called, a subagent, a skill, an event. */
interface Line {
  at: string;
  depth: number;
  what: string;
  /** Failed tools, to be coloured. */
  failed: boolean;
  duration: string;
  /** Whether the duration is that of the longest of several calls. */
  isLongest: boolean;
  tokens: string;
  cost: number | null | undefined;
  isAgent: boolean;
}

function timelineLines(steps: readonly Step[], timezone: string, terminal: Terminal): string[] {
  const { paint } = terminal;
  const prompts = steps.filter(({ kind }) => kind === 'prompt');
  const byPrompt = new Map(prompts.map(({ prompt_id: id }) => [id, [] as Step[]]));
  for (const step of steps) if (step.kind !== 'prompt') byPrompt.get(step.prompt_id)?.push(step);
  const linesOf = prompts.map(({ prompt_id: id }) => promptLines(byPrompt.get(id) ?? []));
  const money = usdColumn(steps.map(({ total_cost_usd: cost }) => cost));
  const shown = ({ at }: { at: string }) => wallClock(storeMoment(at), timezone);
  const isOneDay = new Set(steps.map((step) => shown(step).slice(0, 10))).size === 1;
  const columns: Column<Line>[] = [
    {
      title: 'Time',
      // The heading of each prompt shows the year.
      cell: (line) => shown(line).slice(isOneDay ? 11 : 5),
      paint: (cell) => paint.dim(cell),
    },
    {
      title: 'Step',
      cell: ({ what, depth }) => '  '.repeat(depth) + what,
      shrinksTo: 20,
      paint: (cell, line) => (line.failed ? paint.red(cell) : line.isAgent ? paint.cyan(cell) : cell),
    },
    { title: 'Took', align: 'right', cell: (line) => line.duration },
    { title: 'Tokens', align: 'right', cell: (line) => line.tokens },
    {
      title: 'USD',
      align: 'right',
      cell: ({ cost }) => (cost === undefined ? '' : money(cost)),
    },
  ];
  const [head = '', ...body] = table(linesOf.flat(), columns, terminal, '  ');
  let named = 0;
  const lines = prompts.flatMap((prompt, index) => {
    if (prompt.prompt_id !== '') named += 1;
    const title = prompt.prompt_id === '' ? 'Outside of any known prompt' : `Prompt ${named}`;
    const facts = [
      clock(storeMoment(prompt.at), timezone),
      ...(prompt.duration_ms === null ? [] : [duration(prompt.duration_ms)]),
      plural(prompt.request_count, 'request'),
      ...(prompt.request_count === 0
        ? []
        : [`${compact(prompt.total_tokens)} tokens`, priced(prompt.total_cost_usd)]),
    ];
    return [
      '',
      ...promptHead(title, facts.join(' · '), terminal),
      ...(index === 0 && body.length > 0 ? [head] : []),
      ...body.splice(0, linesOf[index]?.length ?? 0),
    ];
  });
  return [...lines, ...timeNotes(linesOf.flat(), terminal)];
}

/** The text for the unknown duration of a call. */
const UNKNOWN_TIME = '–';

/** Explains the column of times, once, if it needs an explanation. */
function timeNotes(lines: readonly Line[], { paint, width: columns }: Terminal): string[] {
  const notes = [
    ...(lines.some(({ isLongest }) => isLongest) ? ['Took: of several calls, the longest.'] : []),
    ...(lines.some(({ duration }) => duration === UNKNOWN_TIME)
      ? [`${UNKNOWN_TIME}: no hook, OpenTelemetry or transcript has the end of this call.`]
      : []),
  ];
  return notes.length === 0 ? [] : ['', ...wrap(notes.join(' '), columns).map((line) => paint.dim(line))];
}

/** On one line if it fits, else the facts below their title. */
function promptHead(title: string, facts: string, { paint, width: columns }: Terminal): string[] {
  return width(`${title}  ${facts}`) <= columns
    ? [`${paint.bold(title)}  ${facts}`]
    : [paint.bold(title), ...wrap(facts, columns, '  ')];
}

function priced(cost: number | null): string {
  return cost === null ? 'price unknown' : `${usd(cost)} USD`;
}

/** The steps of a prompt: the main thread in order, the steps of each subagent below its line. */
function promptLines(steps: readonly Step[]): Line[] {
  const runs = new Map(steps.filter(({ kind }) => kind === 'agent').map((run) => [run.agent_id, run]));
  const childrenOf = new Map<string, Step[]>();
  for (const step of steps) {
    const parent = threadOf(step, runs);
    const siblings = childrenOf.get(parent) ?? [];
    siblings.push(step);
    childrenOf.set(parent, siblings);
  }
  const walk = (thread: string, depth: number): Line[] =>
    merged(childrenOf.get(thread) ?? []).flatMap((entry) => [
      lineOf(entry, depth),
      ...(entry.step.kind === 'agent' ? walk(entry.step.agent_id, depth + 1) : []),
    ]);
  return walk('', 0);
}

interface Entry {
  step: Step;
  /** Tool calls and skills of a request. */
  uses: Step[];
}

/** The steps of a thread, with each tool call added to the request before it, which asked for it. */
function merged(steps: readonly Step[]): Entry[] {
  const entries: Entry[] = [];
  let request: Entry | undefined;
  const asSkill = new Set(steps.filter(({ kind }) => kind === 'skill').map(({ at }) => at));
  const inOrder = [...steps].sort(
    (a, b) => a.at.localeCompare(b.at) || Number(b.kind === 'request') - Number(a.kind === 'request'),
  );
  for (const step of inOrder) {
    // A skill that the model called also appears as a call of the tool Skill.
    if (step.kind === 'tool' && step.name === 'Skill' && asSkill.has(step.at)) continue;
    const entry: Entry = { step, uses: [] };
    if (step.kind === 'request') request = entry;
    if ((step.kind === 'tool' || step.kind === 'skill') && request !== undefined) request.uses.push(step);
    else entries.push(entry);
  }
  return entries;
}

function lineOf({ step, uses }: Entry, depth: number): Line {
  const what =
    step.kind === 'request'
      ? [step.name, ...(uses.length === 0 ? [] : [`→ ${uses.map(useOf).join(', ')}`])].join(' ')
      : step.kind === 'agent'
        ? `agent ${step.name === '' ? 'of unknown type' : step.name}`
        : useOf(step);
  // Most events are moments: a commit, a pull request.
  const isMoment = step.kind === 'event' && step.duration_ms === null;
  const took =
    step.kind === 'request' ? uses.map(({ duration_ms: ms }) => ms) : isMoment ? [] : [step.duration_ms];
  const times = took.filter((ms) => ms !== null);
  const hasMoney = step.kind === 'request' || step.kind === 'agent';
  return {
    at: step.at,
    depth,
    what,
    failed: [step, ...uses].some(({ status }) => status === 'failure'),
    // Calls of one request run side by side.
    duration: times.length > 0 ? duration(Math.max(...times)) : took.length > 0 ? UNKNOWN_TIME : '',
    isLongest: took.length > 1 && times.length > 0,
    tokens: hasMoney ? compact(step.total_tokens) : '',
    cost: hasMoney ? step.total_cost_usd : undefined,
    isAgent: step.kind === 'agent',
  };
}

function useOf({ kind, name, status, error_class: error }: Step): string {
  const what = kind === 'skill' ? `skill ${name}` : kind === 'event' ? name.replaceAll('_', ' ') : name;
  // In front, so that a narrow column does not cut it off.
  if (status === 'failure') return `✗ ${what}${error === '' ? '' : ` (${error.replace('_', ' ')})`}`;
  if (kind === 'event' && name.startsWith('check '))
    return status === 'success' ? `✓ ${what}` : `${what} (unknown)`;
  return status === 'typed' ? `${what} (typed)` : what;
}

/** Which thread started which, as a tree. */
function threadLines(threads: readonly Thread[], terminal: Terminal): string[] {
  if (threads.length < 2) return [];
  const { paint } = terminal;
  const known = new Set(threads.map(({ agent_id: id }) => id));
  const rows: { thread: Thread; branch: string }[] = [];
  const seen = new Set<Thread>();
  const walk = (children: Thread[], before: string) => {
    for (const [index, thread] of children.entries()) {
      if (seen.has(thread)) continue;
      seen.add(thread);
      const isLast = index === children.length - 1;
      rows.push({ thread, branch: `${before}${isLast ? '└ ' : '├ '}` });
      walk(childrenOf(thread.agent_id), `${before}${isLast ? '  ' : '│ '}`);
    }
  };
  const childrenOf = (id: string) =>
    threads.filter(
      (thread) =>
        thread.agent_id !== '' &&
        (thread.parent_agent_id === id || (id === '' && !known.has(thread.parent_agent_id))),
    );
  const main = threads.find(({ agent_id: id }) => id === '');
  if (main !== undefined) rows.push({ thread: main, branch: '' });
  walk(childrenOf(''), '');
  // A cycle of parents has no root, but is shown too.
  walk(
    threads.filter((thread) => thread.agent_id !== '' && !seen.has(thread)),
    '? ',
  );
  const money = usdColumn(threads.map(({ total_cost_usd: cost }) => cost));
  const columns: Column<(typeof rows)[number]>[] = [
    {
      title: 'Thread',
      cell: ({ thread, branch }) =>
        `${branch}${thread.agent_type === '' ? 'of unknown type' : thread.agent_type}`,
      shrinksTo: 20,
    },
    { title: 'Id', cell: ({ thread }) => thread.agent_id, spare: 1, paint: (cell) => paint.dim(cell) },
    { title: 'Requests', align: 'right', cell: ({ thread }) => grouped(thread.request_count) },
    { title: 'Tools', align: 'right', cell: ({ thread }) => grouped(thread.tool_calls) },
    {
      title: 'Failed',
      align: 'right',
      cell: ({ thread }) => grouped(thread.tool_failures),
      paint: (cell, { thread }) => (thread.tool_failures > 0 ? paint.red(cell) : cell),
    },
    {
      title: 'Took',
      align: 'right',
      cell: ({ thread }) => (thread.agent_id === '' ? '' : duration(thread.duration_ms)),
    },
    { title: 'Tokens', align: 'right', cell: ({ thread }) => compact(thread.total_tokens) },
    { title: 'USD', align: 'right', cell: ({ thread }) => money(thread.total_cost_usd) },
  ];
  return [
    '',
    ...table(rows, columns, terminal),
    ...(threads.some(({ is_orphan: orphan }) => orphan === 1)
      ? wrap(
          'Some agents were started by an agent that was not seen; they are listed under the main thread.',
          terminal.width,
        )
      : []),
  ];
}
