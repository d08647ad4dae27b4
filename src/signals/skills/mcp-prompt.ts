/** Whether the client means a prompt of an MCP server, which it also names as a skill. */
export function isMcpPrompt(name: string): boolean {
  return name.startsWith('mcp__');
}

/** The name of a skill; empty for a prompt of an MCP server. */
export function unlessMcpPrompt(name: string): string {
  return isMcpPrompt(name) ? '' : name;
}
