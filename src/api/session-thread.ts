/** What tells whose a step of a session is, as session_timeline has it. */
interface Step {
  kind: string;
  agent_id: string;
  parent_agent_id: string;
}

/**
 * The thread that a step is shown in: the id of the subagent below whose run it stands; empty for the main one, also
 * where nobody saw that run.
 *
 * @param runs the runs of subagents that were seen, by id
 */
export function threadOf(step: Step, runs: ReadonlyMap<string, Step>): string {
  const thread = step.kind === 'agent' ? step.parent_agent_id : step.agent_id;
  if (!runs.has(thread)) return '';
  // A run that is its own ancestor would be shown nowhere.
  const seen = new Set(step.kind === 'agent' ? [step.agent_id] : []);
  for (let above = thread; above !== ''; above = runs.get(above)?.parent_agent_id ?? '') {
    if (seen.has(above)) return '';
    seen.add(above);
  }
  return thread;
}
