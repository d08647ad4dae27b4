import { describe, expect, it } from 'vitest';
import { logEvent } from './event.js';
import { toolCalls } from './tool-calls.js';

const window = { from: Date.parse('2026-03-09'), to: Date.parse('2026-03-16'), now: 0 };

function calls(snapshots: [time: string, session: string, breakdown: Record<string, unknown>][]) {
  const gatherer = toolCalls(window);
  for (const [timestamp, session_id, breakdown] of snapshots)
    gatherer.add(logEvent({ timestamp, session_id, event: 'context_snapshot', breakdown }, timestamp)!);
  return Object.fromEntries(gatherer.answer().map(({ tool_name: tool, calls: count }) => [tool, count]));
}

describe('toolCalls', () => {
  it('the increase over the previous snapshot of the session is counted', () => {
    expect(
      calls([
        ['2026-03-10T10:00Z', 'one', { Read: 4, Bash: 6 }],
        ['2026-03-10T10:01Z', 'two', { Read: 10 }],
        ['2026-03-10T10:02Z', 'one', { Read: 5, Bash: 9 }],
      ]),
    ).toEqual({ Read: 15, Bash: 9 });
  });

  it('a smaller number than before is a new count', () => {
    expect(
      calls([
        ['2026-03-10T10:00Z', '', { Bash: 9 }],
        ['2026-03-10T10:01Z', '', { Bash: 2 }],
        ['2026-03-10T10:02Z', '', { Bash: 5 }],
      ]),
    ).toEqual({ Bash: 14 });
  });

  it('only calls within the window are counted, and values that are not numbers are ignored', () => {
    expect(
      calls([
        ['2026-03-08T23:59Z', 'one', { Bash: 9 }],
        ['2026-03-09T00:00Z', 'one', { Bash: 11, Read: 'many' }],
        ['2026-03-16T00:00Z', 'one', { Bash: 99 }],
      ]),
    ).toEqual({ Bash: 2 });
  });
});
