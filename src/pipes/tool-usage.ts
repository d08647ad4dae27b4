/**
 * The question tool_usage: which tools were called, how often did they fail and how, and how often was a failed
 * call tried again?
 */
import { node } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './parts/define.js';
import { pageOrder } from './parts/page-order.js';
import { toolCalls } from './parts/tool-calls.js';
import { callsInOrder, toolFigures, toolTypes } from './parts/tool-figures.js';

/** The order of the rows. */
export const toolUsageOrder = pageOrder(['calls', 'most'], ['tool_name', 'text']);

/** Which tools were called, how often did they fail and how, and how often was a failed call tried again? */
export const toolUsage = defineQuestion('tool_usage', {
  description:
    'Which tools were called, how did they fail, and how often was a failed call tried again? A retry is a call of the same tool by the same thread, within the same prompt, right after its own failure.',
  params: { ...windowParams, ...toolUsageOrder.params },
  nodes: [
    toolCalls(),
    callsInOrder(),
    node({
      name: 'by_tool',
      sql: `
SELECT
  tool_name,
  ${toolFigures}
FROM in_order
GROUP BY tool_name`,
    }),
    toolUsageOrder.page('by_tool'),
  ],
  output: toolTypes,
});
