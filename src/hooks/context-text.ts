/** Writes the text that the agent gets when a session starts. */
import { compact, plural } from '../base/format/counts.js';
import { duration } from '../base/format/durations.js';
import { usd } from '../base/format/money.js';
import { percent } from '../base/format/shares.js';
import { asCount, type Json } from '../base/json/json.js';
import { standsOut } from '../pipes/parts/hint-rules.js';
import type { UsageContext } from './context-cache.js';
import type { Ms } from '../base/time/units.js';

/** What the text says besides the figures. */
export interface ContextFrame {
  /** Whether the figures are of this project or of all projects. */
  scope: 'project' | 'all';
  /** Age of cached figures, milliseconds; null for a fresh answer. */
  ageMs: Ms | null;
  /** What resuming costs, if the prompt cache has probably expired; null if not, or unknown. */
  resumed: ResumeCost | null;
  /** The state of the spool. */
  telemetry: { waiting: number; deadLetters: number; problem: string | null };
  /** The line about alerts and budgets that are past their limits; empty for none. */
  alerts: string;
}

/** What a resumed session writes to the prompt cache again, as the client estimates it. */
export interface ResumeCost {
  /** Length of the context, tokens. */
  tokens: number;
  /** Price of writing it, USD; null if the client gives none. */
  costUsd: number | null;
}

/** What the payload of SessionStart says about a resumed session whose prompt cache has probably expired; else null. */
export function resumeCost(payload: Json): ResumeCost | null {
  const tokens = asCount(payload.context_tokens);
  if (payload.prompt_cache_likely_expired !== true || tokens === undefined || tokens === 0) return null;
  const cost = payload.estimated_cache_write_usd;
  return { tokens, costUsd: typeof cost === 'number' && cost >= 0 ? cost : null };
}

/** Longest text given to the agent, characters. */
export const MAX_CONTEXT = 2_000;

/**
 * The text that the agent gets when its session starts: cost of the last seven days, by what, and hints for saving,
 * each with its figures. At most 2,000 characters; one line if there is no data.
 */
export function contextText(context: UsageContext, frame: ContextFrame): string {
  const aged = frame.ageMs === null ? '' : ` Figures are from the cache, ${age(frame.ageMs)} old.`;
  if (context.requests === 0) {
    return `agent-telemetry: recording is on; nothing was recorded in the last 7 days: no figures yet.${aged} ${telemetryLine(frame)} ${resumeHint(frame)}`.trim();
  }
  const scope =
    frame.scope === 'project' ? 'this project' : 'all projects (nothing recorded for this one yet)';
  const lines = [
    `agent-telemetry: last 7 days, ${scope}. Costs are list prices in USD.${aged}`,
    `- Total: ${plural(context.sessions, 'session')}, ${price(context.total_cost_usd)}, ${compact(context.total_tokens)} tokens, cache hit rate ${percent(cacheHitRate(context))}.${unpriced(context)}`,
    frame.alerts,
    agentsLine(context),
    failuresLine('Skills that fail', context.failing_skills),
    frame.resumed === null ? '' : `- ${resumeHint(frame)}`,
    ...hints(context).map((hint) => `- Hint: ${hint}`),
    `- ${telemetryLine(frame)}`,
  ].filter((line) => line !== '');
  return cap(lines);
}

/** Up to three hints, in the order of hint-rules.ts. */
export function hints(context: UsageContext): string[] {
  const found: string[] = [];
  const total = context.total_cost_usd ?? 0;
  const [agent] = context.top_agents;
  if (agent !== undefined && total > 0) {
    const [name, runs, cost] = agent;
    if (cost !== null && runs > 0 && standsOut('agent_cost', cost / total, cost / runs)) {
      found.push(
        `agent ${safe(name)} took ${percent(cost / total)} of the cost (${price(cost)} in ${plural(runs, 'run')}, ${price(cost / runs)} each). Give it narrower tasks, or a cheaper model.`,
      );
    }
  }
  const rate = cacheHitRate(context);
  const prompt = context.input_tokens + context.cache_read_tokens + context.cache_creation_tokens;
  if (rate !== null && standsOut('low_cache', rate, prompt)) {
    found.push(
      `only ${percent(rate)} of ${compact(prompt)} prompt tokens came from the cache. Keep sessions going instead of starting new ones, and do not switch models midway.`,
    );
  }
  for (const [name, failures, calls] of context.failing_tools) {
    if (standsOut('tool_failures', failures / calls, calls)) {
      found.push(
        `tool ${safe(name)} failed in ${failures} of ${calls} calls (${percent(failures / calls)}). Check its input before calling it again.`,
      );
    }
  }
  for (const [name, failures, outcomes] of context.failing_skills) {
    if (standsOut('skill_failures', failures / outcomes, outcomes)) {
      found.push(
        `skill ${safe(name)} failed in ${failures} of ${outcomes} uses (${percent(failures / outcomes)}). Fix it or do without it.`,
      );
    }
  }
  const [model] = context.top_models;
  if (model !== undefined && context.top_models.length > 1) {
    const [name, cost] = model;
    if (cost !== null && standsOut('model_cost', cost / total, total)) {
      found.push(
        `${safe(name)} took ${percent(cost / total)} of the cost (${price(cost)}). Searching and reading can go to a cheaper model's agent.`,
      );
    }
  }
  return found.slice(0, 3);
}

function agentsLine(context: UsageContext): string {
  if (context.top_agents.length === 0) return '';
  const agents = context.top_agents.map(([name, runs, cost]) => {
    const each =
      cost === null ? 'cost unknown' : runs > 0 ? `${price(cost / runs)} each` : `${price(cost)} in all`;
    return `${safe(name)} (${plural(runs, 'run')}, ${each})`;
  });
  return `- Agents by cost: ${agents.join(', ')}.`;
}

function failuresLine(title: string, failing: UsageContext['failing_skills']): string {
  if (failing.length === 0) return '';
  return `- ${title}: ${failing.map(([name, failures, of]) => `${safe(name)} (${failures} of ${of})`).join(', ')}.`;
}

function resumeHint({ resumed }: ContextFrame): string {
  if (resumed === null) return '';
  const cost = resumed.costUsd === null ? '' : `, about ${price(resumed.costUsd)}`;
  return `Hint: the prompt cache of this session has probably expired; the next prompt writes ${compact(resumed.tokens)} tokens to it again${cost}. If little of that is still needed, a new session is cheaper.`;
}

function telemetryLine({ telemetry }: ContextFrame): string {
  const { waiting, deadLetters, problem } = telemetry;
  if (waiting === 0 && deadLetters === 0 && problem === null) return 'Telemetry: all delivered.';
  const parts = [
    waiting > 0 ? `${plural(waiting, 'batch', 'batches')} not delivered yet` : '',
    deadLetters > 0 ? `${plural(deadLetters, 'row')} refused` : '',
    problem ?? '',
  ].filter((part) => part !== '');
  return `Telemetry: ${parts.join('; ')} (see atel status).`;
}

function unpriced(context: UsageContext): string {
  if (context.unpriced_requests === 0) return '';
  return ` ${plural(context.unpriced_requests, 'request')} of a model without a known price not included.`;
}

function cacheHitRate(context: UsageContext): number | null {
  const prompt = context.input_tokens + context.cache_read_tokens + context.cache_creation_tokens;
  return prompt === 0 ? null : context.cache_read_tokens / prompt;
}

/**
 * Reduces a stored name to one short word. It goes into the agent's context, where a longer text could give it
 * instructions.
 */
export function safe(name: string): string {
  const plain = name.replace(/[^\w:@.-]+/g, '_').replace(/^[_.]+|[_.]+$/g, '');
  if (plain === '') return 'unnamed';
  return plain.length > 40 ? `${plain.slice(0, 39)}…` : plain;
}

/** As many whole lines as fit. */
function cap(lines: string[]): string {
  let text = '';
  for (const line of lines) {
    if (text.length + line.length + 1 > MAX_CONTEXT) break;
    text += text === '' ? line : `\n${line}`;
  }
  return text;
}

/** An amount with its currency. */
function price(amount: number | null): string {
  return amount === null ? 'cost unknown' : `${usd(amount)} USD`;
}

/** An age in whole minutes; seconds do not matter here. */
function age(ms: Ms): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 1 ? 'less than a minute' : duration(minutes * 60_000);
}
