/** `atel audit`: each session's cost beside the client's own total. */
import { agrees, reasons } from '../../api/client-cost.js';
import { grouped, plural } from '../../base/format/counts.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { emptyLines, heading, headingOf, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import { findSession } from '../shared/find-session.js';
import { readWindow } from '../shared/options.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { wrap } from '../render/text.js';
import { auditSums } from '../views/audit-sums.js';
import type { AuditRow, auditSchema } from '../../schemas.js';
import type { audit } from '../commands/audit.js';
import type { OptionsOf } from '../shared/command.js';

/** Compares the sessions of the period, or one session. */
export async function run(
  options: OptionsOf<typeof audit.flags>,
  desk: Desk,
  sessionId: string | undefined,
): Promise<void> {
  const isWhole = sessionId !== undefined && options.since === undefined && options.until === undefined;
  const window = readWindow(isWhole ? { ...options, since: '1971-01-01' } : options, desk.now);
  const session = sessionId === undefined ? undefined : await findSession(desk, sessionId);
  const sessions = await desk.asker.ask('costAudit', {
    ...(isWhole ? {} : window.params),
    ...(session === undefined ? {} : { session_id: session.session_id }),
  });
  const json = { window: windowJson(window), sessions };
  await printAnswer<typeof auditSchema>(desk, options, json, async () => {
    const head = [
      ...(isWhole
        ? headingOf(
            'Audit',
            `session ${session?.session_id ?? ''}, whole.`,
            desk.terminal,
            'List prices, USD.',
          )
        : heading('Audit', window, desk.terminal)),
      '',
    ];
    if (sessions.length === 0) return [...head, ...(await emptyLines('sessions', window, desk))];
    return [...head, ...auditTable(sessions, desk.terminal), '', ...notes(sessions, desk.terminal)];
  });
}

function auditTable(rows: readonly AuditRow[], terminal: Terminal): string[] {
  const { paint } = terminal;
  const money = usdColumn(rows.flatMap((row) => [row.total_cost_usd, row.client_cost_usd]));
  const columns: Column<AuditRow>[] = [
    { title: 'Session', cell: (row) => row.session_id, shrinksTo: 8 },
    { title: 'Requests', align: 'right', cell: (row) => grouped(row.request_count), spare: 1 },
    { title: 'USD', align: 'right', cell: (row) => money(row.total_cost_usd) },
    { title: 'Client', align: 'right', cell: (row) => money(row.client_cost_usd) },
    { title: 'Unexplained', align: 'right', cell: (row) => money(row.unexplained_usd) },
    {
      title: 'Reason',
      cell: (row) => reasons[row.verdict],
      paint: (cell, row) =>
        agrees(row)
          ? paint.green(cell)
          : row.verdict === 'unexplained'
            ? paint.red(cell)
            : paint.yellow(cell),
    },
  ];
  return table(rows, columns, terminal);
}

/** The sums, and what can be done about differences. */
function notes(rows: readonly AuditRow[], { width, paint }: Terminal): string[] {
  const { compared, equal } = auditSums(rows);
  const unseen = rows.filter(({ verdict }) => verdict === 'unseen');
  const missing = unexplained(unseen);
  const unanswered = rows.filter(({ verdict }) => verdict === 'unanswered');
  const broken = rows.reduce((sum, row) => sum + row.broken_cost_usd, 0);
  return [
    ...wrap(
      compared === 0
        ? 'No session can be compared: Claude Code writes its total since version 2.1.332, when a session is left, or reports it with OpenTelemetry.'
        : `${grouped(equal)} of ${plural(compared, 'session')} with a total of the client ${equal === 1 ? 'agrees' : 'agree'} with it to a millionth of a dollar.`,
      width,
    ),
    ...(broken === 0
      ? []
      : wrap(
          `The client charges ${usd(broken)} USD more for attempts that broke off before the answer came. The list price of the sessions does not include them.`,
          width,
        )),
    ...(unanswered.length === 0
      ? []
      : wrap(
          `In ${plural(unanswered.length, 'session')} attempts broke off or were interrupted, and no whole answer followed. The client charges an estimate for them, most or all of ${usd(unexplained(unanswered))} USD.`,
          width,
        )),
    ...(unseen.length === 0
      ? []
      : wrap(
          `${usd(missing)} USD of ${plural(unseen.length, 'session')} are in no transcript: compactions, web searches, broken attempts. OpenTelemetry reports them: atel init --otel.`,
          width,
        ).map(paint.yellow)),
  ];
}

/** What the causes of some sessions leave unexplained, USD. */
function unexplained(rows: readonly AuditRow[]): number {
  return rows.reduce((sum, row) => sum + (row.unexplained_usd ?? 0), 0);
}
