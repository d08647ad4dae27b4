/** The columns of session_timeline that say which thread a step belongs to. */
interface Step {
  kind: string;
  agent_id: string;
  parent_agent_id: string;
}

/**
 * The thread that a step is shown in: the id of the subagent in whose run it happened; empty for the main thread, and
 * if that run is unknown.
 *
 * @param runs the known runs of subagents, by id
 */
export function threadOf(step: Step, runs: ReadonlyMap<string, Step>): string {
  const thread = step.kind === 'agent' ? step.parent_agent_id : step.agent_id;
  if (!runs.has(thread)) return '';
  // A run that is its own ancestor would not be shown at all, so it counts as main.
  const seen = new Set(step.kind === 'agent' ? [step.agent_id] : []);
  for (let above = thread; above !== ''; above = runs.get(above)?.parent_agent_id ?? '') {
    if (seen.has(above)) return '';
    seen.add(above);
  }
  return thread;
}
