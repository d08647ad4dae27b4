/** Shows the days and weeks that are far from what is usual. */
import type * as z from 'zod/mini';
import { grouped } from '../../base/format/counts.js';
import { usd } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import type { insightsSchema } from '../../schemas.js';
import type { Terminal } from '../render/terminal.js';
import { hanging, plain, wrap } from '../render/text.js';

type Anomaly = z.infer<typeof insightsSchema>['anomalies'][number];

/** How many are shown; the JSON has all. */
const MOST_SHOWN = 10;

/** The anomalies, the newest first; empty without any. */
export function anomalyLines(anomalies: readonly Anomaly[], { paint, width }: Terminal): string[] {
  if (anomalies.length === 0) return [];
  const hidden = anomalies.length - MOST_SHOWN;
  return [
    ...wrap('Unusual days and weeks (UTC):', width).map((line) => paint.bold(line)),
    ...anomalies.slice(0, MOST_SHOWN).flatMap((one) => hanging('  ', sentenceOf(one), width)),
    ...(hidden > 0 ? [paint.dim(`  and ${grouped(hidden)} more (--json)`)] : []),
  ];
}

function sentenceOf(one: Anomaly): string {
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
