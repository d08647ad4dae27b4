/** An MCP client that starts `atel mcp`, as an agent does. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { cli } from './atel.js';

/** The answer of a tool: its text, and whether it is an error. */
interface ToolAnswer {
  text: string;
  isError: boolean;
}

/** Starts `atel mcp` with these environment variables, and connects to it. */
export async function startMcp(env: Record<string, string>) {
  const client = new Client({ name: 'a test', version: '1' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [cli, 'mcp'], env }));
  return {
    client,
    /** Calls a tool. */
    async call(name: string, given: Record<string, unknown>): Promise<ToolAnswer> {
      const answer = await client.callTool({ name, arguments: given });
      const [first] = answer.content as { type: string; text?: string }[];
      return { text: first?.text ?? '', isError: answer.isError === true };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
