/** `atel skills`: use, outcome and cost of skills. */
import type * as z from 'zod/mini';
import { compact, grouped, plural } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { clock, heading, emptyLines, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import { readWindow, storeMoment } from '../shared/options.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import type { skillsSchema } from '../../schemas.js';
import type { skills } from '../commands/skills.js';
import type { OptionsOf } from '../shared/command.js';

/** Shows how often each skill was used, its outcomes, its cost, and which installed skills were never used. */
export async function run(options: OptionsOf<typeof skills.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const [used, cost, unused] = await Promise.all([
    desk.asker.ask('skillFrequency', window.params),
    desk.asker.ask('costBySkill', window.params),
    desk.asker.ask('unusedSkills', window.params),
  ]);
  await printAnswer<typeof skillsSchema>(
    desk,
    options,
    { window: windowJson(window), skills: used, cost, unused },
    async () => {
      const { terminal } = desk;
      const head = [...heading('Skills', window, terminal), ''];
      const rows = joined(used, cost);
      return [
        ...head,
        ...(rows.length === 0 ? await emptyLines('skills', window, desk) : skillTable(rows, terminal)),
        ...(unused.length === 0 ? [] : ['', ...unusedTable(unused, window.timezone, terminal)]),
      ];
    },
  );
}

type Skills = z.infer<typeof skillsSchema>;

interface Row {
  name: string;
  use: Skills['skills'][number] | undefined;
  spend: Skills['cost'][number] | undefined;
}

/** All skills that were used or have requests. */
function joined(used: Skills['skills'], cost: Skills['cost']): Row[] {
  const spent = cost.filter(({ skill_name: name }) => name !== 'unattributed');
  const names = new Set([...used, ...spent].map(({ skill_name: name }) => name));
  return [...names].map((name) => ({
    name,
    use: used.find(({ skill_name: one }) => one === name),
    spend: spent.find(({ skill_name: one }) => one === name),
  }));
}

function skillTable(rows: readonly Row[], terminal: Terminal): string[] {
  const money = usdColumn(rows.map(({ spend }) => spend?.total_cost_usd ?? null));
  const used = (figure: number | undefined) => (figure === undefined ? '0' : grouped(figure));
  const known = (figure: number | null | undefined, show: (figure: number) => string) =>
    typeof figure === 'number' ? show(figure) : '–';
  const columns: Column<Row>[] = [
    { title: 'Skill', cell: ({ name }) => name, shrinksTo: 14 },
    { title: 'Uses', align: 'right', cell: ({ use }) => used(use?.activations) },
    { title: 'Typed', align: 'right', cell: ({ use }) => used(use?.typed) },
    {
      title: 'Failed',
      align: 'right',
      cell: ({ use }) => used(use?.failures),
      paint: (cell, { use }) => ((use?.failures ?? 0) > 0 ? terminal.paint.red(cell) : cell),
    },
    {
      title: 'Success',
      align: 'right',
      cell: ({ use }) => known(use?.success_rate, percent),
    },
    {
      title: 'Launch',
      align: 'right',
      cell: ({ use }) => known(use?.avg_duration_ms, duration),
      spare: 1,
    },
    { title: 'Requests', align: 'right', cell: ({ spend }) => used(spend?.request_count), spare: 1 },
    {
      title: 'Tokens',
      align: 'right',
      cell: ({ spend }) => (spend === undefined ? '–' : compact(spend.total_tokens)),
    },
    {
      title: 'USD',
      align: 'right',
      cell: ({ spend }) => (spend === undefined ? '–' : money(spend.total_cost_usd)),
    },
  ];
  return table(rows, columns, terminal);
}

/** Limit of unused skills that are shown: more than a screenful would not be read. */
const MOST_UNUSED = 20;

function unusedTable(unused: Skills['unused'], timezone: string, terminal: Terminal): string[] {
  const day = (text: string) => clock(storeMoment(text), timezone).slice(0, 10);
  const columns: Column<Skills['unused'][number]>[] = [
    { title: 'Installed, not used', cell: ({ skill_name: name }) => name, shrinksTo: 14 },
    { title: 'Sessions', align: 'right', cell: ({ sessions }) => grouped(sessions) },
    { title: 'Last used', cell: ({ last_used: at }) => (at === null ? 'never seen' : day(at)) },
    { title: 'Installed since', cell: ({ first_seen: at }) => `${day(at)} or before`, spare: 1 },
    { title: 'Shown to the model', cell: ({ typed_only: typed }) => (typed === 1 ? 'no' : 'yes'), spare: 2 },
  ];
  const rest = unused.length - MOST_UNUSED;
  return [
    ...table(unused.slice(0, MOST_UNUSED), columns, terminal),
    ...(rest > 0 ? [terminal.paint.dim(`and ${plural(rest, 'more skill')} (--json names all)`)] : []),
  ];
}
