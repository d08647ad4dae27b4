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
 *
 * A few failures may be chance. So `surely` is a lower limit of the share, with a confidence of 90 %: the
 * lower bound of Wilson's interval, z = 1.2816. 2 of 10 failures (bound 9 %) are no hint, 3 of 10 (15 %) are.
 */
const rules = {
  agent_cost: { share: ['>=', 0.3], size: 0.1 },
  low_cache: { share: ['<', 0.6], size: 100_000 },
  tool_failures: { share: ['>=', 0.2], size: 10, surely: 0.1 },
  skill_failures: { share: ['>=', 0.2], size: 5, surely: 0.1 },
  model_cost: { share: ['>=', 0.8], size: 1 },
} as const;

type HintKind = keyof typeof rules;

/** The kinds, in the order in which hints are given. */
export const hintKinds = Object.keys(rules) as HintKind[];

/** Of a normal distribution, 90 % lie below this many standard deviations. */
const Z = 1.2816;

/** A lower limit of a share, with a confidence of 90 %: the lower bound of Wilson's interval. */
function atLeast(share: number, size: number): number {
  const spread = Z * Math.sqrt((share * (1 - share)) / size + Z ** 2 / (4 * size ** 2));
  return (share + Z ** 2 / (2 * size) - spread) / (1 + Z ** 2 / size);
}

/** The same as SQL. */
const atLeastSql = (share: string, size: string) =>
  `((${share}) + ${Z} * ${Z} / (2 * (${size})) - ${Z} * sqrt((${share}) * (1 - (${share})) / (${size}) + ${Z} * ${Z} / (4 * (${size}) * (${size})))) / (1 + ${Z} * ${Z} / (${size}))`;

/** Whether figures are worth a hint of a kind. */
export function standsOut(kind: HintKind, share: number, size: number): boolean {
  const rule = rules[kind];
  const [side, limit] = rule.share;
  return (
    size >= rule.size &&
    (side === '<' ? share < limit : share >= limit) &&
    (!('surely' in rule) || atLeast(share, size) >= rule.surely)
  );
}

/** The same rule as SQL, over the expressions of a share and a size. */
export function standsOutSql(kind: HintKind, share: string, size: string): string {
  const rule = rules[kind];
  const surely = 'surely' in rule ? ` AND ${atLeastSql(share, size)} >= ${rule.surely}` : '';
  return `${size} >= ${rule.size} AND ${share} ${rule.share.join(' ')}${surely}`;
}
