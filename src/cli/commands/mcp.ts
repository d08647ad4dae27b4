/** The definition of `atel mcp`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const mcp = definition({
  name: 'mcp',
  group: 'export',
  summary: 'Answer an agent over MCP',
  description:
    'An MCP server on stdin and stdout: an agent can ask what was used, what it cost and what stands out. It only reads.',
  examples: ['claude mcp add agent-telemetry -- npx atel mcp', 'atel mcp'],
  flags: (made: Command) => made,
});
