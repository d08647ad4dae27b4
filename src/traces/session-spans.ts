/**
 * A recorded session as a trace: session → prompt → subagent → request and tool call. Names and attributes follow
 * OpenTelemetry's semantic conventions for generative AI (`gen_ai.*`) where they exist; our own are
 * `agent_telemetry.*`. Only requests have tokens and costs, so that adding them up gives the right sum.
 */
import type { InferOutputRow } from '@tinybirdco/sdk';
import type { sessionSpans } from '../pipes/index.js';
import { isOver as isSessionOver } from '../pipes/parts/session-status.js';
import { fromStoreTime } from '../base/time/store-time.js';
import { known, spanIdOf, traceIdOf, type Span } from './span.js';

/** A row of the pipe session_spans: one fact of a session. */
export type SessionFact = InferOutputRow<typeof sessionSpans>;

/** A future span with its parent. */
interface Node {
  kind: 'session' | 'prompt' | 'agent' | 'request' | 'tool';
  key: string;
  /** Null for a node that is known only from its children. */
  fact: SessionFact | null;
  parent: Node | null;
  children: Node[];
}

/** The spans of some sessions: each session's root first, and parents before their children. */
export function spansOfSessions(facts: readonly SessionFact[]): Span[] {
  const bySession = new Map<string, SessionFact[]>();
  for (const fact of facts) {
    const own = bySession.get(fact.session_id) ?? [];
    own.push(fact);
    bySession.set(fact.session_id, own);
  }
  return [...bySession].flatMap(([sessionId, own]) => spansOf(sessionId, own));
}

function spansOf(sessionId: string, facts: readonly SessionFact[]): Span[] {
  const root = treeOf(sessionId, facts);
  const isOver = isSessionOver(root.fact?.status);
  const project = facts.find((fact) => fact.project !== '')?.project ?? '';
  const lastPrompt = root.children
    .filter(({ kind }) => kind === 'prompt')
    .reduce<Node | null>((last, one) => (last === null || startOf(one) >= startOf(last) ? one : last), null);
  const spans: Span[] = [];
  const visit = (node: Node) => {
    const start = startOf(node);
    if (!Number.isFinite(start)) return;
    const isTold = times(node).every((time) => time !== null);
    spans.push({
      traceId: traceIdOf('session', sessionId),
      spanId: idOf(sessionId, node),
      parentSpanId: node.parent === null ? '' : idOf(sessionId, node.parent),
      name: nameOf(node),
      kind: node.kind === 'request' ? 'client' : 'internal',
      start,
      end: Math.max(start, endOf(node)),
      error: node.fact?.status === 'failure' ? node.fact.error_class || 'error' : null,
      attributes: {
        ...known({ 'gen_ai.conversation.id': sessionId, 'agent_telemetry.project': project }),
        ...attributesOf(node),
        ...(isTold ? {} : { 'agent_telemetry.duration_known': false }),
      },
      events: [],
      links: [],
      isOver: isOver || isDone(node, lastPrompt),
    });
    node.children.forEach(visit);
  };
  visit(root);
  return spans;
}

/** Links each fact to its parent. A fact whose parent is unknown becomes a child of the session. */
function treeOf(sessionId: string, facts: readonly SessionFact[]): Node {
  const make = (kind: Node['kind'], key: string, fact: SessionFact | null): Node => ({
    kind,
    key,
    fact,
    parent: null,
    children: [],
  });
  const root = make('session', sessionId, facts.find(({ kind }) => kind === 'session') ?? null);
  const prompts = new Map<string, Node>();
  const agents = new Map<string, Node>();
  const steps: Node[] = [];
  for (const fact of facts) {
    if (fact.kind === 'prompt') prompts.set(fact.key, make('prompt', fact.key, fact));
    if (fact.kind === 'agent') agents.set(fact.key, make('agent', fact.key, fact));
    if (fact.kind === 'request' || fact.kind === 'tool') steps.push(make(fact.kind, fact.key, fact));
  }
  const promptOf = (id: string): Node => {
    if (id === '') return root;
    const prompt = prompts.get(id) ?? make('prompt', id, null);
    prompts.set(id, prompt);
    return prompt;
  };
  for (const agent of agents.values()) {
    const starter = agents.get(agent.fact?.parent_agent_id ?? '');
    agent.parent =
      starter === undefined || isBelow(starter, agent) ? promptOf(agent.fact?.prompt_id ?? '') : starter;
  }
  for (const step of steps)
    step.parent = agents.get(step.fact?.agent_id ?? '') ?? promptOf(step.fact?.prompt_id ?? '');
  for (const prompt of prompts.values()) prompt.parent = root;
  for (const node of [...prompts.values(), ...agents.values(), ...steps]) node.parent?.children.push(node);
  return root;
}

/** Whether a node is another node or its descendant: a cycle of parents would be connected to no session. */
function isBelow(node: Node, above: Node): boolean {
  for (let at: Node | null = node; at !== null; at = at.parent) if (at === above) return true;
  return false;
}

/** The reported start and end; null if not reported. */
function times({ fact }: Node): [start: number | null, end: number | null] {
  const read = (text: string | null | undefined) =>
    text === null || text === undefined ? null : fromStoreTime(text);
  const ended = read(fact?.ended ?? fact?.last_seen);
  if (fact?.kind === 'request' && fact.duration_ms === null) return [null, ended];
  return [read(fact?.started), ended];
}

/** The reported start, else the start of the earliest child; Infinity if nothing is known. */
function startOf(node: Node): number {
  const [start, end] = times(node);
  return start ?? node.children.reduce((first, child) => Math.min(first, startOf(child)), end ?? Infinity);
}

/** The reported end, else the end of the last child, else its start. */
function endOf(node: Node): number {
  const [start, end] = times(node);
  return end ?? node.children.reduce((last, child) => Math.max(last, endOf(child)), start ?? -Infinity);
}

/** Whether a span will not change any more while its session is open. */
function isDone(node: Node, lastPrompt: Node | null): boolean {
  switch (node.kind) {
    case 'session':
      return false;
    case 'prompt':
      return node !== lastPrompt || isEnded(node);
    case 'agent':
      return isEnded(node);
    case 'request':
    case 'tool':
      return true;
  }
}

function isEnded({ fact }: Node): boolean {
  return fact !== null && fact.ended !== null;
}

function idOf(sessionId: string, { kind, key }: Node): string {
  return kind === 'session' ? sessionSpanId(sessionId) : spanIdOf(kind, sessionId, key);
}

/** The id of a session's root span. */
export function sessionSpanId(sessionId: string): string {
  return spanIdOf('session', sessionId);
}

function nameOf({ kind, fact }: Node): string {
  const what = (operation: string) => [operation, fact?.name ?? ''].filter((part) => part !== '').join(' ');
  switch (kind) {
    case 'session':
    case 'prompt':
      return kind;
    case 'agent':
      return what('invoke_agent');
    case 'request':
      return what('chat');
    case 'tool':
      return what('execute_tool');
  }
}

function attributesOf({ kind, key, fact }: Node) {
  switch (kind) {
    case 'session':
      return known({ 'agent_telemetry.session.status': fact?.status });
    case 'prompt':
      return { 'agent_telemetry.prompt.id': key };
    case 'agent':
      return known({
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.agent.id': key,
        'gen_ai.agent.name': fact?.name,
      });
    case 'request':
      return known({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.request.model': fact?.name,
        'gen_ai.response.model': fact?.name,
        'gen_ai.response.id': fact?.message_id,
        'gen_ai.agent.id': fact?.agent_id,
        'gen_ai.agent.name': fact?.agent_type,
        // The convention includes cached tokens, the API does not.
        'gen_ai.usage.input_tokens':
          (fact?.input_tokens ?? 0) + (fact?.cache_read_tokens ?? 0) + (fact?.cache_creation_tokens ?? 0),
        'gen_ai.usage.output_tokens': fact?.output_tokens,
        'gen_ai.usage.cache_read.input_tokens': fact?.cache_read_tokens,
        'gen_ai.usage.cache_write.input_tokens': fact?.cache_creation_tokens,
        // The name before semantic-conventions-genai 0.1, for backends that know only that one.
        'gen_ai.usage.cache_creation.input_tokens': fact?.cache_creation_tokens,
        'agent_telemetry.cost_usd': fact?.cost_usd,
        'agent_telemetry.skill.name': fact?.skill_name,
      });
    case 'tool':
      return known({
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': fact?.name,
        'gen_ai.tool.call.id': key,
        'gen_ai.agent.id': fact?.agent_id,
        'gen_ai.agent.name': fact?.agent_type,
        'error.type': fact?.status === 'failure' ? fact.error_class || 'error' : null,
      });
  }
}
