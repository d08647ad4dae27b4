/** How many sessions agree with the client's own totals, by the verdicts of cost_audit. */
import type { AuditRow } from '../../schemas.js';

/** Whether a session's cost equals the client's total, or would without what a known cause explains. */
export const agrees = ({ verdict }: AuditRow): boolean =>
  verdict === 'equal' || verdict === 'inherited' || verdict === 'broken';

/** Counts the sessions for which the client has written a total, and those that agree with it. */
export function auditSums(rows: readonly AuditRow[]): { compared: number; equal: number } {
  const compared = rows.filter(({ verdict }) => verdict !== 'unreported' && verdict !== 'running');
  return { compared: compared.length, equal: compared.filter(agrees).length };
}
