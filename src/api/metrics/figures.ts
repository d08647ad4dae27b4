/** The figures that `/metrics` has, from the pipes, over all time. */
import type { TinybirdClient } from '../../store/client-types.js';
import { FIRST_MOMENT_MS } from '../../base/time/asked-time.js';

/** The most models, tools, agents and skills that have series of their own: the first of each pipe's order. */
const MOST_PARTS = 200;

/** Asks the pipes. */
export async function askFigures(client: TinybirdClient) {
  const ever = { from: new Date(FIRST_MOMENT_MS) };
  const some = { ...ever, limit: MOST_PARTS };
  const [models, tools, agents, skills] = await Promise.all([
    client.costByModel.query(some),
    client.toolDurations.query(some),
    client.agentUsageSummary.query(ever),
    client.skillFrequency.query(ever),
  ]);
  return { models, tools, agents: agents.slice(0, MOST_PARTS), skills: skills.slice(0, MOST_PARTS) };
}

export type MetricFigures = Awaited<ReturnType<typeof askFigures>>;
