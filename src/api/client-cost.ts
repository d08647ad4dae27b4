/** Says in words how a session's list price compares with the client's own total. */
import type { InferOutputRow } from '@tinybirdco/sdk';
import { usd } from '../base/format/money.js';
import type { costAudit } from '../pipes/index.js';

type AuditRow = InferOutputRow<typeof costAudit>;

/** What the verdicts of cost_audit mean, in a few words. */
export const reasons: Record<AuditRow['verdict'], string> = {
  equal: 'equal',
  inherited: 'equal, less its original',
  broken: 'equal, with broken attempts',
  further_calls: 'equal, with further calls',
  unanswered: 'attempts without answer',
  unseen: 'requests without transcript',
  unknown_model: 'model without list price',
  managed: 'managed prices',
  running: 'not written yet',
  unreported: 'client reports no total',
  unexplained: 'unexplained',
};

const explained: ReadonlySet<AuditRow['verdict']> = new Set([
  'equal',
  'inherited',
  'broken',
  'further_calls',
]);

/** Whether a session's cost equals the client's total, or would without what a known cause explains. */
export const agrees = ({ verdict }: Pick<AuditRow, 'verdict'>): boolean => explained.has(verdict);

/** The client's own total of a session; null if it reports none. */
export function clientTotal(row: AuditRow | null): { usd: string; reason: string } | null {
  const total = row?.client_cost_usd ?? null;
  if (row === null || total === null) return null;
  const parts = [
    row.inherited_cost_usd > 0
      ? `${usd(row.inherited_cost_usd)} by the session that it was forked from`
      : undefined,
    row.broken_cost_usd > 0 ? `${usd(row.broken_cost_usd)} for attempts that broke off` : undefined,
    row.further_calls_usd > 0
      ? `${usd(row.further_calls_usd)} for calls of another model that only its counters report`
      : undefined,
    agrees(row) ? undefined : reasons[row.verdict],
  ].filter((part) => part !== undefined);
  return {
    usd: `${usd(total)} USD`,
    reason: parts.length === 0 ? 'the same' : parts.join('; '),
  };
}
