/** The route /v1/outcomes: what became of the work that was paid for. */
import * as z from 'zod/mini';
import {
  delivery,
  efficiency,
  outcomes as outcomesPipe,
  qualityRuns,
  usageBreakdown,
} from '../../pipes/index.js';
import { rowsSchema } from '../../store/row-schema.js';
import { text } from '../parameters.js';
import { defineRoute } from '../route.js';
import { readWindow, windowParameters, windowSchema } from '../window.js';

export const outcomes = defineRoute({
  path: '/v1/outcomes',
  summary: 'What became of the work that was paid for: merged, open, reverted, or nothing that is known?',
  parameters: { ...windowParameters, branch: text('a git branch, or unattributed') },
  pipes: [outcomesPipe, delivery, efficiency, qualityRuns, usageBreakdown],
  answer: z.strictObject({
    window: windowSchema,
    outcomes: rowsSchema(outcomesPipe),
    /** One row. */
    delivery: rowsSchema(delivery),
    /** One row; none with branch: neither tool calls nor tasks have one. */
    efficiency: rowsSchema(efficiency),
    checks: rowsSchema(qualityRuns),
    /** One row; none without a request. */
    total: rowsSchema(usageBreakdown),
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const { branch } = given;
    const asked = { ...params, ...(branch !== undefined && { branch }) };
    const [rows, delivered, efficient, checks, total] = await Promise.all([
      client.outcomes.query(asked),
      client.delivery.query(asked),
      branch === undefined ? client.efficiency.query(params) : [],
      client.qualityRuns.query(asked),
      client.usageBreakdown.query(asked),
    ]);
    return { window, outcomes: rows, delivery: delivered, efficiency: efficient, checks, total };
  },
});
