/** The parameters and the SQL of questions that answer a part of their rows. */
import { p } from '@tinybirdco/sdk';

/** Parameters of a question whose rows have a fixed order. */
export const sliceParams = {
  limit: p.int32().optional().describe('How many rows at most. Default: all.'),
  offset: p
    .int32()
    .optional()
    .describe('How many rows to leave out before them, with limit only. Default: 0.'),
};

/** The end of its SQL. */
export const slice = `
{% if defined(limit) %}
LIMIT {{ Int32(limit) }} OFFSET {{ Int32(offset, 0) }}
{% end %}`;
