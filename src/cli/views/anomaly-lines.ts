/** Shows the days and weeks that are far from what is usual. */
import type * as z from 'zod/mini';
import { anomalyWords } from '../../api/anomaly-words.js';
import { grouped } from '../../base/format/counts.js';
import type { insightsSchema } from '../../schemas.js';
import type { Terminal } from '../render/terminal.js';
import { hanging, wrap } from '../render/text.js';

type Anomaly = z.infer<typeof insightsSchema>['anomalies'][number];

/** How many are shown; the JSON has all. */
const MOST_SHOWN = 10;

/** The anomalies, the newest first; empty without any. */
export function anomalyLines(anomalies: readonly Anomaly[], { paint, width }: Terminal): string[] {
  if (anomalies.length === 0) return [];
  const hidden = anomalies.length - MOST_SHOWN;
  return [
    ...wrap('Unusual days and weeks (UTC):', width).map((line) => paint.bold(line)),
    ...anomalies.slice(0, MOST_SHOWN).flatMap((one) => hanging('  ', anomalyWords(one), width)),
    ...(hidden > 0 ? [paint.dim(`  and ${grouped(hidden)} more (--json)`)] : []),
  ];
}
