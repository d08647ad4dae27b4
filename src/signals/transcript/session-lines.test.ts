import { describe, expect, it } from 'vitest';
import { sessionLines } from './session-lines.js';
import type { AgentTranscript, SessionTranscripts } from './session.js';
import type { Transcript } from './transcript-types.js';
import { TranscriptReader } from './transcript.js';

const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 10, 0, second)).toISOString();
const patch = (...lines: string[]) => ({ structuredPatch: [{ lines }] });

/** A call and its result as in a transcript: a line of the model, then one of the tool. */
function call(id: string, name: string, toolUseResult: unknown, isError = false): string[] {
  const usage = { input_tokens: 1, output_tokens: 1 };
  return [
    {
      type: 'assistant',
      timestamp: at(1),
      requestId: `req_${id}`,
      message: { id: `msg_${id}`, model: 'm', usage, content: [{ type: 'tool_use', id, name, input: {} }] },
    },
    {
      type: 'user',
      timestamp: at(2),
      toolUseResult,
      message: { content: [{ type: 'tool_result', tool_use_id: id, is_error: isError }] },
    },
  ].map((line) => JSON.stringify(line));
}

function transcript(...lines: string[]): Transcript {
  const reader = new TranscriptReader();
  for (const line of lines) reader.add(line);
  return reader.finish();
}

const agent = (agentId: string, toolUseId: string, ...lines: string[]): AgentTranscript => ({
  agentId,
  agentType: 'Explore',
  parentAgentId: '',
  toolUseId,
  transcript: transcript(...lines),
  path: '',
});

const session = (main: Transcript, ...agents: AgentTranscript[]): SessionTranscripts => ({
  main,
  agents,
  typedSkills: [],
  unreadable: new Map(),
});

describe('the lines of a session', () => {
  const edited = call('e1', 'Edit', patch('+a', '+b', '-c'));
  const made = call('w1', 'Write', { type: 'create', content: 'x\ny\nz\n', structuredPatch: [] });
  const failed = call('e2', 'Edit', 'Error: String to replace not found', true);

  it('the lines of a session are the sum over its successful calls', () => {
    expect(sessionLines(session(transcript(...edited, ...made, ...failed)))).toEqual({
      added: 5,
      removed: 1,
    });
  });

  it('a session that edited nothing has 0 lines', () => {
    expect(sessionLines(session(transcript(...call('b1', 'Bash', { stdout: '' }))))).toEqual({
      added: 0,
      removed: 0,
    });
  });

  it('a call that a hook reported too is counted once', () => {
    const told = { e1: { added: 2, removed: 1 } };
    expect(sessionLines(session(transcript(...edited)), told)).toEqual({ added: 2, removed: 1 });
  });

  it('lines that only hooks reported are counted', () => {
    const told = { e9: { added: 4, removed: 0 } };
    expect(sessionLines(session(transcript(...edited)), told)).toEqual({ added: 6, removed: 1 });
    expect(sessionLines(session(transcript()), told)).toEqual({ added: 4, removed: 0 });
  });

  it('the lines of a session that was not read are unknown', () => {
    expect(sessionLines(session(transcript()))).toBeNull();
  });

  describe("a subagent, whose transcript does not contain its calls' results", () => {
    const silent = call('s1', 'Edit', undefined);
    const waited = call('t1', 'Agent', {
      status: 'completed',
      toolStats: { linesAdded: 9, linesRemoved: 3 },
    });
    const launched = call('t1', 'Agent', { status: 'async_launched' });

    it('the lines of a subagent are unknown if nothing else reports them', () => {
      expect(
        sessionLines(session(transcript(...edited, ...launched), agent('a', 't1', ...silent))),
      ).toBeNull();
    });

    it('the lines of a subagent are those that a hook reported of its calls', () => {
      const found = sessionLines(session(transcript(...edited, ...waited), agent('a', 't1', ...silent)), {
        s1: { added: 10, removed: 0 },
      });
      expect(found).toEqual({ added: 12, removed: 1 });
    });

    it('the lines of a subagent are those in the result of its whole run', () => {
      const found = sessionLines(session(transcript(...edited, ...waited), agent('a', 't1', ...silent)));
      expect(found).toEqual({ added: 11, removed: 4 });
    });

    it('the lines of a subagent are unknown if its result may include subagents of its own', () => {
      const nested = call('t2', 'Agent', { status: 'completed' });
      const found = sessionLines(
        session(transcript(...waited), agent('a', 't1', ...silent, ...nested), agent('b', 't2')),
      );
      expect(found).toBeNull();
    });

    it("the result of a subagent's run is not counted on top of its calls", () => {
      const found = sessionLines(session(transcript(...waited), agent('a', 't1', ...edited)));
      expect(found).toEqual({ added: 2, removed: 1 });
    });
  });
});
