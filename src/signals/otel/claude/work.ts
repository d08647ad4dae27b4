import { asName } from '../../privacy/name.js';
import type { AttributeReader } from './reader.js';

/** Which piece of work a record of Claude Code belongs to, as far as its attributes tell. */
export function workColumns(read: AttributeReader) {
  const subagent = isSubagent(read);
  return {
    prompt_id: read.name('prompt.id'),
    agent_id: read.name('agent_id'),
    agent_type: subagent ? asName(agentType(read)) : '',
    skill_name: asName(read.name('skill.name')),
    model: asName(bareModel(read.name('model'))),
  };
}

/**
 * Whether a subagent did it. Spans carry its id; log events name it as `agent:builtin:NAME`, `agent:custom` (for
 * all that are not built in), or by the bare name. A main thread that runs as an agent has an agent's name too,
 * but its query source is that of a main thread.
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

/** Spans and metrics say `claude-opus-4-8[1m]` of what logs and transcripts call `claude-opus-4-8`. */
function bareModel(model: string): string {
  return model.replace(/\[[^\]]*\]$/, '');
}
