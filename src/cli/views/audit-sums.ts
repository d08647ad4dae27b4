/** How many sessions agree with the client's own totals, by the verdicts of cost_audit. */
import { agrees } from '../../api/client-cost.js';
import type { AuditRow } from '../../schemas.js';

/** Counts the sessions for which the client has written a total, and those that agree with it. */
export function auditSums(rows: readonly AuditRow[]): { compared: number; equal: number } {
  const compared = rows.filter(({ verdict }) => verdict !== 'unreported' && verdict !== 'running');
  return { compared: compared.length, equal: compared.filter(agrees).length };
}
