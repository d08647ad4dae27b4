/** Reads the names that clients, clouds and gateways have for one model. */

/** What the name of a model says. */
export interface ModelName {
  /** The model, as in the price list: without provider, region, version and date. */
  id: string;
  /** Whether it names the fast variant of the model. */
  isFast: boolean;
  /** Whether it names a regional endpoint of Bedrock or Vertex, which costs more than the global one. */
  isRegional: boolean;
  /** Whether this endpoint is one of AWS GovCloud, which has prices of its own. */
  isGov: boolean;
}

/**
 * Reads a name: `us.anthropic.claude-opus-4-6-v1:0` (Bedrock), `claude-opus-4-5@20251101` (Vertex),
 * `anthropic/claude-opus-4.6` and `anthropic/claude-4.6-opus-20260205` (OpenRouter), `claude-opus-4-8[1m]` (Claude Code), `claude-opus-4-8-fast`.
 *
 * On Bedrock every id is regional but those that begin with `global.`; on Vertex a resource name has its location.
 */
export function readModelName(name: string): ModelName {
  const place = /(?:^|\/)locations\/([^/]+)\//.exec(name)?.[1];
  const isRouted = /(?:^|\/)anthropic\//.test(name);
  const last = name.replace(/^.*\//, '').replace(/\[[^[\]]*\]$/, '');
  const [bedrock, scope = ''] = /^(?:([a-z-]+)\.)?anthropic\./.exec(last) ?? [];
  const bare = (bedrock === undefined ? last : last.slice(bedrock.length))
    .replace(isRouted ? /:(?:beta|thinking)$/ : /^$/, '')
    .replace(/-v\d+(?::\d+)?$/, '')
    .replace(/@(?:default|latest)$|[@-]\d{8}$/, '')
    .replace(/(\d)\.(?=\d)/g, '$1-')
    // OpenRouter's name of a version, which older models have as their own: `anthropic/claude-4.6-opus-20260205`.
    .replace(/^claude-([4-9](?:-\d)?)-([a-z]+)(?=$|-fast$)/, 'claude-$2-$1');
  const isFast = bare.endsWith('-fast');
  return {
    id: isFast ? bare.slice(0, -'-fast'.length) : bare,
    isFast,
    isRegional: bedrock === undefined ? place !== undefined && place !== 'global' : scope !== 'global',
    isGov: bedrock !== undefined && (scope === 'us-gov' || /[:/]us-gov-\w+-\d/.test(name)),
  };
}
