/** The columns of tokens and cost that the reports by day, week, month, model and project share. */
import type * as z from 'zod/mini';
import { compact, grouped } from '../../base/format/counts.js';
import { usdColumn } from '../../base/format/money.js';
import type { modelsSchema } from '../../schemas.js';
import type { Column } from '../render/table.js';

/** What a row of a report used and cost. */
export type Usage = z.infer<typeof modelsSchema>['total'];

/** Columns of usage for these rows, with one number of decimals for all costs. */
export function usageColumns<Row extends Usage>(rows: readonly Row[]): Column<Row>[] {
  const money = usdColumn(rows.map((row) => row.total_cost_usd));
  return [
    { title: 'Requests', align: 'right', cell: (row) => grouped(row.request_count), spare: 1 },
    { title: 'Input', align: 'right', cell: (row) => compact(row.total_input) },
    { title: 'Output', align: 'right', cell: (row) => compact(row.total_output) },
    { title: 'Cache write', align: 'right', cell: (row) => compact(row.total_cache_creation) },
    { title: 'Cache read', align: 'right', cell: (row) => compact(row.total_cache_read) },
    { title: 'Tokens', align: 'right', cell: (row) => compact(row.total_tokens) },
    { title: 'USD', align: 'right', cell: (row) => money(row.total_cost_usd) },
  ];
}

/**
 * Shortens the names of these models: without what all of them share, `opus-4-8` for `claude-opus-4-8`, and without the
 * date unless it tells two of them apart.
 */
export function shortModels(models: Iterable<string>): (model: string) => string {
  const all = new Set(models);
  const isAlone = (short: string) => [...all].filter((model) => undated(model) === short).length < 2;
  return (model) => {
    if (model === '') return 'unknown';
    const short = undated(model);
    return isAlone(short) ? short : bare(model);
  };
}

const bare = (model: string) => model.replace(/^claude-(?=.)/, '');
const undated = (model: string) => bare(model).replace(/-20\d{6}$/, '');
