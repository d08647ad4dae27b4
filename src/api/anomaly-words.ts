/** Says in words how a day or a week is unusual. */
import type { RowsOf } from '../store/question-types.js';
import { grouped } from '../base/format/counts.js';
import { usd } from '../base/format/money.js';
import { plain } from '../base/format/plain.js';
import { percent } from '../base/format/shares.js';

/** `2026-11-20 cost 61.20 USD; 12.00 is usual. Most of it: opus.` */
export function anomalyWords(one: RowsOf<'anomalies'>[number]): string {
  const day = one.starts_at.slice(0, 10);
  const subject = plain(one.subject);
  switch (one.kind) {
    case 'cost_spike':
      return `${day} cost ${usd(one.value)} USD; ${usd(one.usual)} is usual. Most of it: ${subject}.`;
    case 'failure_spike':
      return `${day}: ${percent(one.value)} of the tool calls failed; ${percent(one.usual)} is usual. Most of them: ${subject}.`;
    case 'velocity_drop':
      return `Week from ${day}: ${grouped(one.value)} commits and completed tasks; ${grouped(Math.round(one.usual))} is usual.`;
  }
}
