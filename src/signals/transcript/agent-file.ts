/** Whether a file name below a session's folder of subagents is that of a subagent's transcript. */
export function isAgentFile(name: string): boolean {
  return /(?:^|[/\\])agent-[^/\\]+\.jsonl$/.test(name);
}
