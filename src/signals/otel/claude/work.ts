/** The work columns of Claude Code's records. */
import { asName } from '../../privacy/name.js';
import { unlessMcpPrompt } from '../../skills/mcp-prompt.js';
import type { AttributeReader } from './reader.js';

/** The prompt, agent, skill and model that a record belongs to, as far as its attributes say. */
export function workColumns(read: AttributeReader) {
  const subagent = isSubagent(read);
  return {
    prompt_id: read.name('prompt.id'),
    agent_id: read.name('agent_id'),
    agent_type: subagent ? asName(agentType(read)) : '',
    skill_name: unlessMcpPrompt(asName(read.name('skill.name'))),
    model: asName(bareModel(read.name('model'))),
  };
}

/**
 * Whether a subagent made the record. Spans carry its id; log events name it as `agent:builtin:NAME`, as `agent:custom`
 * (any that is not built in), or by the bare name. A main thread that runs as an agent has an agent's name too, but the
 * query source of a main thread.
 */
export function isSubagent(read: AttributeReader): boolean {
  const source = read.name('query_source');
  if (read.name('agent_id') !== '' || source === 'subagent' || source.startsWith('agent:')) return true;
  return source !== '' && source === read.name('agent.name');
}

function agentType(read: AttributeReader): string {
  const named = read.name('agent.name');
  return named === '' ? (/^agent:(?:builtin:)?(.+)$/.exec(read.name('query_source'))?.[1] ?? '') : named;
}

/** Spans and metrics write `claude-opus-4-8[1m]` for the `claude-opus-4-8` of logs and transcripts. */
function bareModel(model: string): string {
  return model.replace(/\[[^[\]]*\]$/, '');
}
