/**
 * When something is worth a hint, by kind, in the order in which hints are given: a share beyond a limit, of something
 * that is large enough to matter. The pipe `usage_hints` and the text at a session's start follow the same rules.
 *
 * | kind           | share                              | size                 |
 * |----------------|------------------------------------|----------------------|
 * | agent_cost     | of the cost, a type of subagent's  | USD per run          |
 * | low_cache      | of the prompt tokens, from cache   | prompt tokens        |
 * | tool_failures  | of a tool's calls, failed          | calls                |
 * | skill_failures | of a skill's outcomes, failed      | uses with an outcome |
 * | model_cost     | of the cost, a model's             | USD in all           |
 */
const rules = {
  agent_cost: { share: ['>=', 0.3], size: 0.1 },
  low_cache: { share: ['<', 0.6], size: 100_000 },
  tool_failures: { share: ['>=', 0.2], size: 5 },
  skill_failures: { share: ['>=', 0.2], size: 1 },
  model_cost: { share: ['>=', 0.8], size: 1 },
} as const;

type HintKind = keyof typeof rules;

/** The kinds, in the order in which hints are given. */
export const hintKinds = Object.keys(rules) as HintKind[];

/** Whether figures are worth a hint of a kind. */
export function standsOut(kind: HintKind, share: number, size: number): boolean {
  const [side, limit] = rules[kind].share;
  return size >= rules[kind].size && (side === '<' ? share < limit : share >= limit);
}

/** The same rule as SQL, over the expressions of a share and a size. */
export function standsOutSql(kind: HintKind, share: string, size: string): string {
  return `${size} >= ${rules[kind].size} AND ${share} ${rules[kind].share.join(' ')}`;
}
