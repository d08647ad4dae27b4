/** Findings about delivery: do rows reach the store? */
import { plural } from '../../base/format/counts.js';
import { sentence, type Finding } from './finding.js';
import type { Status } from './state.js';

const finding = (
  severity: Finding['severity'],
  id: string,
  what: string,
  why: string,
  command: string | null,
): Finding => ({ id, class: 'delivery', severity, what, why, command });

export function deliveryFindings(current: Status): Finding[] {
  const {
    refused,
    refused_tables: tables,
    delivery_problem: delivery,
    waiting,
    otel_export: traces,
  } = current;
  const ofTables = tables.map(({ table, problem }) => `${table}: ${problem}`);
  return [
    ...(delivery === null || ofTables.includes(delivery)
      ? []
      : [
          finding(
            'problem',
            'delivery_failed',
            sentence(`The last delivery failed: ${delivery}`),
            'The rows wait on disk. The next drain tries again after a pause, the command at once.',
            'atel flush',
          ),
        ]),
    ...tables.map(({ table, problem, since }) =>
      finding(
        'problem',
        'table_refused',
        sentence(`The store refuses rows of ${table} since ${since}: ${problem}`),
        'They wait on disk; other tables are delivered. Deploy this version or mend the append token; then the command.',
        'atel flush',
      ),
    ),
    ...(refused.rows === 0
      ? []
      : [
          finding(
            'problem',
            'dead_letters',
            `${plural(refused.rows, 'row was', 'rows were')} refused (${refused.reasons[0] ?? 'unknown reason'}).`,
            'They are kept with the reason; atel dead list shows each. The command tries them again once the cause is mended.',
            'atel dead replay',
          ),
        ]),
    ...(waiting.events + waiting.batches === 0
      ? []
      : [
          finding(
            'hint',
            'waiting',
            `${plural(waiting.events, 'event')} and ${plural(waiting.batches, 'batch', 'batches')} wait.`,
            'The next session delivers them, the command at once.',
            'atel flush',
          ),
        ]),
    ...(typeof traces?.problem !== 'string'
      ? []
      : [
          finding(
            'hint',
            'traces_not_sent',
            sentence(`Traces do not reach ${traces.url}: ${traces.problem}`),
            'They are sent later, from the store. The setting otel_endpoint has the address.',
            'atel flush',
          ),
        ]),
    ...current.project_logs.flatMap(({ file, problem }) =>
      problem === null
        ? []
        : [
            finding(
              'hint',
              'log_not_pruned',
              sentence(`${file} could not be pruned: ${problem}`),
              'The next drain on another day tries again.',
              null,
            ),
          ],
    ),
  ];
}
