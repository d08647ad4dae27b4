import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { capturedPayloads, sessions, transcriptsFolder } from '../../../tests/helpers/captures.js';
import { editedLines } from './edited-lines.js';
import { readTranscript } from './session.js';

const hunk = (...lines: string[]) => ({ oldStart: 1, oldLines: 3, newStart: 1, newLines: 3, lines });

describe('the lines of an edit', () => {
  it('an edit has the lines that its hunks add and remove, not their context', () => {
    const structuredPatch = [
      hunk(' import a;', '-const one = 1;', '-const two = 2;', '+const one = 2;', ' export { one };'),
      hunk(' }', '+', '+-- a comment of SQL', '-++ not an increment', '\\ No newline at end of file'),
    ];
    expect(editedLines('Edit', { filePath: '/f', structuredPatch })).toEqual({ added: 3, removed: 3 });
    expect(editedLines('MultiEdit', { structuredPatch })).toEqual({ added: 3, removed: 3 });
    expect(editedLines('Write', { type: 'update', content: 'a\nb\nc', structuredPatch })).toEqual({
      added: 3,
      removed: 3,
    });
  });

  it.each([
    ['', 0],
    ['one', 1],
    ['one\n', 1],
    ['one\ntwo', 2],
    ['one\r\ntwo\r\n', 2],
    ['\n\n', 2],
  ])('a new file has all its lines added: %j', (content, added) => {
    expect(editedLines('Write', { type: 'create', content, structuredPatch: [] })).toEqual({
      added,
      removed: 0,
    });
  });

  it('an emptied file has all its lines removed', () => {
    const structuredPatch = [hunk('-one', '-two', '-three')];
    expect(editedLines('Write', { type: 'update', content: '', structuredPatch })).toEqual({
      added: 0,
      removed: 3,
    });
  });

  it('an edit that changes nothing has no lines', () => {
    expect(editedLines('Write', { type: 'update', content: 'same\n', structuredPatch: [] })).toEqual({
      added: 0,
      removed: 0,
    });
  });

  it.each([
    ['Edit', undefined],
    ['Edit', 'Error: file not found'],
    ['Edit', { filePath: '/f' }],
    ['Write', { type: 'create', structuredPatch: [] }],
    ['Write', [{ structuredPatch: [] }]],
    ['Read', { structuredPatch: [hunk('+no edit')] }],
    ['Agent', { status: 'async_launched' }],
    ['Agent', { toolStats: { linesAdded: 'many', linesRemoved: 1 } }],
  ])('the lines of %s are unknown if its result does not report them: %j', (tool, result) => {
    expect(editedLines(tool, result)).toBeNull();
  });

  it('the result of a subagent that was waited for has the lines of its whole run', () => {
    const toolStats = { editFileCount: 2, linesAdded: 7, linesRemoved: 2 };
    expect(editedLines('Agent', { status: 'completed', content: [], toolStats })).toEqual({
      added: 7,
      removed: 2,
    });
  });

  it('the captured hook payload and the transcript report the same new file of two lines', () => {
    const write = capturedPayloads().find(({ name }) => name === '34-PostToolUse-Write.json')!.payload;
    expect(editedLines('Write', write.tool_response)).toEqual({ added: 2, removed: 0 });
    const calls = readTranscript(join(transcriptsFolder, `${sessions.first}.jsonl`)).toolCalls;
    expect(calls.find(({ id }) => id === write.tool_use_id)?.outcome?.lines).toEqual({
      added: 2,
      removed: 0,
    });
    expect(
      calls.filter(({ name, outcome }) => name !== 'Agent' && (outcome?.lines ?? null) !== null),
    ).toHaveLength(1);
  });
});
