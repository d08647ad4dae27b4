import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clientBinary, createSandbox, runClaude } from '../helpers/claude.js';
import { readLines } from '../helpers/sandbox.js';
import { startScriptedApi, usageOf } from '../helpers/scripted-api.js';
import { bareModel, trueCost, trueTotals } from '../helpers/truth.js';

const SESSION = '11111111-1111-4111-8111-111111111111';

/** The request ids in a transcript. */
async function requestIdsIn(file: string): Promise<Set<unknown>> {
  const lines = await readLines(file);
  return new Set(lines.filter(({ type }) => type === 'assistant').map(({ requestId }) => requestId));
}

describe('the client with the scripted API', () => {
  it('two parallel subagents, a skill and a failing command cost what the client reports', async () => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const readme = `${sandbox.project}/README.md`;
    const notes = `${sandbox.project}/notes.txt`;

    const run = await runClaude({
      sandbox,
      api,
      sessionId: SESSION,
      prompt: `PLAN: bash ls ; read ${readme} ; agent Explore foreground <<PLAN: bash ls -a ; say found it>> + agent reviewer foreground <<PLAN: bash git log --oneline ; say reviewed>> ; skill release-notes ; bash false ; write ${notes} ; say finished`,
    });

    expect(run.exitCode).toBe(0);
    expect(run.stderr).toBe('');
    expect(run.result).toMatchObject({ is_error: false, result: 'finished', session_id: SESSION });
    expect(run.requests.filter(({ agent }) => agent === null).map(({ step }) => step)).toEqual([
      'bash ls',
      `read ${readme}`,
      expect.stringContaining('agent Explore'),
      'skill release-notes',
      'bash false',
      `write ${notes}`,
      'say finished',
    ]);
    expect(new Set(run.requests.flatMap(({ agent }) => agent ?? [])).size).toBe(2);
    expect(existsSync(notes)).toBe(true);

    // The results of the tools are in the last request of the main thread.
    const last = run.requests.find(({ step }) => step === 'say finished');
    const texts = last?.texts().join('\n') ?? '';
    for (const answer of ['found it', 'reviewed', 'Launching skill: release-notes', 'Exit code 1']) {
      expect(texts).toContain(answer);
    }

    expect(run.result.total_cost_usd).toBeCloseTo(trueCost(run.requests), 9);
    const reported = Object.entries(run.result.modelUsage).map(([model, usage]) => [
      bareModel(model),
      [usage.inputTokens, usage.outputTokens, usage.cacheCreationInputTokens, usage.cacheReadInputTokens],
    ]);
    const truth = Object.entries(trueTotals(run.requests)).map(([model, sum]) => [
      model,
      [sum.input, sum.output, sum.cache_write_5m + sum.cache_write_1h, sum.cache_read],
    ]);
    expect(Object.fromEntries(reported)).toEqual(Object.fromEntries(truth));
    expect(Object.keys(run.result.modelUsage).map(bareModel)).toContain('claude-haiku-4-5');

    // One main file and one per subagent; together they name all requests and no others.
    const files = await sandbox.transcripts();
    expect(files).toHaveLength(3);
    const named = await Promise.all(files.map(requestIdsIn));
    expect(named.flatMap((ids) => [...ids]).sort()).toEqual(
      run.requests.map(({ request_id }) => request_id).sort(),
    );
  });

  it('a session can be continued, and forked into another one', async () => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const first = await runClaude({
      sandbox,
      api,
      sessionId: SESSION,
      prompt: 'PLAN: bash echo one ; say first',
    });
    const resumed = await runClaude({
      sandbox,
      api,
      resume: SESSION,
      prompt: 'PLAN: bash echo two ; say second',
    });
    const forked = await runClaude({
      sandbox,
      api,
      resume: SESSION,
      fork: true,
      prompt: 'PLAN: bash echo three ; say third',
    });

    expect([first, resumed, forked].map(({ result }) => result.result)).toEqual(['first', 'second', 'third']);
    expect([first, resumed, forked].map(({ requests }) => requests.length)).toEqual([2, 2, 2]);
    expect(resumed.result.session_id).toBe(SESSION);
    expect(forked.result.session_id).not.toBe(SESSION);
    expect(resumed.requests[0]?.texts().join('\n')).toContain('PLAN: bash echo one');

    // The client adds the previous cost of the session to that of the run.
    expect(resumed.result.total_cost_usd).toBeCloseTo(
      trueCost(first.requests) + trueCost(resumed.requests),
      9,
    );

    // The fork's file repeats the requests of the session that it was forked from.
    const file = (await sandbox.transcripts()).find((each) => each.includes(forked.result.session_id));
    expect(await requestIdsIn(file ?? '')).toEqual(new Set(api.requests.map(({ request_id }) => request_id)));
  });

  it('a skill that the user types is expanded', async () => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const run = await runClaude({ sandbox, api, prompt: '/release-notes PLAN: bash echo typed ; say ok' });

    expect(run.result.result).toBe('ok');
    expect(run.requests.map(({ step }) => step)).toEqual(['bash echo typed', 'say ok']);
    const texts = run.requests[0]?.texts().join('\n') ?? '';
    expect(texts).toContain('<command-name>/release-notes</command-name>');
    expect(texts).toContain('Base directory for this skill:');
    expect(run.result.total_cost_usd).toBeCloseTo(trueCost(run.requests), 9);
  });

  it('a refused request is repeated; it has no usage and costs nothing', async () => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const run = await runClaude({
      sandbox,
      api,
      model: 'claude-haiku-4-5',
      prompt: 'PLAN: overloaded once ; bash ls ; say cheap',
    });

    expect(run.result.result).toBe('cheap');
    expect(run.requests.map(({ status, step }) => [status, step])).toEqual([
      [529, 'bash ls'],
      [200, 'bash ls'],
      [200, 'say cheap'],
    ]);
    expect(run.requests[0]).toMatchObject({ message_id: null, usage: null });
    // By hand, haiku 4.5, requests 2 and 3: input 1002 + 1003, output 102 + 103, 5m 40 + 60, 1h 20 + 30, read 5200 + 5300.
    // 2005 × 1 + 205 × 5 + 100 × 1.25 + 50 × 2 + 10500 × 0.1 = 4305 millionths of a dollar.
    expect(trueCost(run.requests)).toBeCloseTo(0.004305, 12);
    expect(run.result.total_cost_usd).toBeCloseTo(0.004305, 9);
  });

  it('the client waits for a subagent in the background and learns of its end', async () => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const run = await runClaude({
      sandbox,
      api,
      outputFormat: 'stream-json',
      prompt:
        'PLAN: agent reviewer background <<PLAN: bash sleep 1 ; say reviewed>> ; say waiting ; say heard',
    });

    expect(run.result.result).toBe('heard');
    const last = run.requests.at(-1);
    expect(last?.step).toBe('say heard');
    expect(last?.texts().join('\n')).toContain('<result>reviewed</result>');
    expect(run.result.total_cost_usd).toBeCloseTo(trueCost(run.requests), 9);
  });

  it('a streamed answer is read event by event, with one line per block', async () => {
    await using api = await startScriptedApi({ streamDelayMs: 20 });
    await using sandbox = await createSandbox();
    const run = await runClaude({
      sandbox,
      api,
      prompt: 'PLAN: say looking + bash ls + bash pwd ; say seen',
    });

    expect(run.result.result).toBe('seen');
    expect(run.result.total_cost_usd).toBeCloseTo(trueCost(run.requests), 9);
    const [file] = await sandbox.transcripts();
    const lines = (await readLines(file ?? '')).filter(({ type }) => type === 'assistant');
    const [first, second] = run.requests.map(({ request_id }) => request_id);
    expect(lines.map(({ requestId }) => requestId)).toEqual([first, first, first, second]);
  });

  it('the context of a SessionStart hook reaches the model in the first request', async () => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const output = {
      hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext: 'Remember the milk.' },
    };
    await sandbox.write('context.json', JSON.stringify(output));
    const hook = { type: 'command', command: 'cat "$CLAUDE_PROJECT_DIR/context.json"' };
    await sandbox.write(
      '.claude/settings.json',
      JSON.stringify({ hooks: { SessionStart: [{ hooks: [hook] }] } }),
    );

    const run = await runClaude({ sandbox, api, prompt: 'PLAN: say ok' });

    expect(run.requests).toHaveLength(1);
    const saying = run.requests[0]?.body.messages.filter((message) =>
      JSON.stringify(message).includes('the milk'),
    );
    expect(saying?.map(({ role }) => role)).toEqual(['system']);
    expect(run.requests[0]?.texts().join('\n')).toContain(
      'SessionStart hook additional context: Remember the milk.',
    );
  });

  it('an invalid plan gives an error that says what is wrong', async () => {
    await using api = await startScriptedApi();
    await using sandbox = await createSandbox();
    const run = await runClaude({ sandbox, api, prompt: 'PLAN: dance' });

    expect(run.exitCode).toBe(1);
    expect(run.result.is_error).toBe(true);
    expect(run.result.result).toContain('does not know: "dance"');
    expect(trueCost(run.requests)).toBe(0);
  });

  it('a client that exceeds the timeout is killed', async () => {
    await using api = await startScriptedApi({ delayMs: 30_000 });
    await using sandbox = await createSandbox();
    const run = runClaude({ sandbox, api, prompt: 'PLAN: say late', timeoutMs: 2000 });
    await expect(run).rejects.toThrow('claude ran longer than 2000 ms: PLAN: say late');
  });
});

describe('the scripted API', () => {
  const ask = (url: string, body: unknown): Promise<Response> =>
    fetch(`${url}/v1/messages`, { method: 'POST', body: JSON.stringify(body) });
  const question = { model: 'claude-opus-4-8', messages: [{ role: 'user', content: 'PLAN: say hello' }] };

  it('the scripted API answers without a stream, counts tokens, and uses unique request ids', async () => {
    await using one = await startScriptedApi();
    await using two = await startScriptedApi();
    const answers = await Promise.all([ask(one.url, question), ask(two.url, question)]);

    expect(await answers[0].json()).toMatchObject({
      id: one.requests[0]?.message_id,
      model: 'claude-opus-4-8',
      content: [{ type: 'text', text: 'hello' }],
      stop_reason: 'end_turn',
      usage: usageOf(1),
    });
    expect(answers[0].headers.get('request-id')).toBe(one.requests[0]?.request_id);
    expect(one.requests[0]?.request_id).not.toBe(two.requests[0]?.request_id);

    const count = await fetch(`${one.url}/v1/messages/count_tokens`, { method: 'POST', body: '12345678' });
    expect(await count.json()).toEqual({ input_tokens: 2 });
    expect(one.others).toEqual(['POST /v1/messages/count_tokens']);
  });

  it('the scripted API reports the usage that a test sets', async () => {
    await using api = await startScriptedApi({
      usage: ({ n, model }) => ({ ...usageOf(n), output_tokens: model === 'claude-opus-4-8' ? 7 : 9 }),
    });
    await ask(api.url, question);
    expect(trueTotals(api.requests)).toEqual({
      'claude-opus-4-8': {
        requests: 1,
        input: 1001,
        output: 7,
        cache_write_5m: 20,
        cache_write_1h: 10,
        cache_read: 5100,
      },
    });
    // 1001 × 5 + 7 × 25 + 20 × 6.25 + 10 × 10 + 5100 × 0.5 = 7955 millionths of a dollar.
    expect(trueCost(api.requests)).toBeCloseTo(0.007955, 12);
  });
});

describe('clientBinary', () => {
  it('an error names the file that was looked for', () => {
    expect(existsSync(clientBinary({}))).toBe(true);
    expect(() => clientBinary({ CLAUDE_CODE_BINARY: '/no/such/claude' })).toThrow(
      'CLAUDE_CODE_BINARY names a file that does not exist: /no/such/claude',
    );
  });
});
