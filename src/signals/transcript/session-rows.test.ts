import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  billedRequests,
  capturedPayloads,
  clientResults,
  sessions,
  transcriptsFolder,
} from '../../../tests/helpers/captures.js';
import { tempFolder } from '../../../tests/helpers/temp.js';
import { noSkill } from '../../datasources/no-skill.js';
import type { AgentActivationRow, ApiRequestRow, SessionSummaryRow } from '../../datasources/index.js';
import { readHookEvent } from '../hook/event.js';
import type { Recorder, SignalRow } from '../row.js';
import { readSession } from './session.js';
import type { SessionState } from './session-columns.js';
import { sessionRows } from './session-rows.js';

const recorder: Recorder = { device: 'test', privacyTier: 1, origin: 'live' };

const state = (sessionId: string, more: Partial<SessionState> = {}): SessionState => ({
  sessionId,
  project: 'shop-1',
  end: null,
  open: true,
  stops: {},
  skills: [],
  ...more,
});

async function rowsOf(sessionId: string, more: Partial<SessionState> = {}): Promise<SignalRow[]> {
  return sessionRows(
    await readSession(join(transcriptsFolder, `${sessionId}.jsonl`)),
    state(sessionId, more),
    recorder,
    1_000,
  );
}

const requestsIn = (rows: SignalRow[]): ApiRequestRow[] =>
  rows.flatMap((one) => (one.table === 'api_requests' ? [one.row] : []));
const ownRequestsIn = (rows: SignalRow[]) => requestsIn(rows).filter(({ is_copy }) => is_copy === 0);
const summaryIn = (rows: SignalRow[]): SessionSummaryRow | undefined =>
  rows.flatMap((one) => (one.table === 'session_summaries' ? [one.row] : []))[0];

const activationsIn = (rows: SignalRow[]): AgentActivationRow[] =>
  rows.flatMap((one) => (one.table === 'agent_activations' ? [one.row] : []));

const cost = (rows: ApiRequestRow[]) => rows.reduce((sum, { cost_usd }) => sum + (cost_usd ?? NaN), 0);

it('a stop without a type and without a transcript is no subagent', async () => {
  const { payload } = capturedPayloads('captures-2.1.332').find(({ name }) => name.startsWith('0164'))!;
  const { news } = readHookEvent({ payload, at: 1_000, captureId: 'c' }, 'shop-1', recorder);
  const { agentId, ...stop } = news!.stop!;
  const stopsOf = async (agentType: string) =>
    activationsIn(await rowsOf('no-such-session', { stops: { [agentId]: { ...stop, agentType } } }));
  expect(stop.agentType).toBe('');
  expect(await stopsOf('')).toEqual([]);
  expect(await stopsOf('Explore')).toMatchObject([{ agent_id: agentId, event: 'stop' }]);
});

describe('the captured sessions', () => {
  it('the first captured session added two lines to a file, and its fork none', async () => {
    const lines = async (id: string, more: Partial<SessionState> = {}) => {
      const summary = summaryIn(await rowsOf(id, more));
      return [summary?.lines_added, summary?.lines_removed];
    };
    expect(await lines(sessions.first)).toEqual([2, 0]);
    // A hook reported the same call.
    expect(await lines(sessions.first, { edits: { toolu_86f7e411x0: { added: 2, removed: 0 } } })).toEqual([
      2, 0,
    ]);
    expect(await lines(sessions.fork)).toEqual([0, 0]);
    expect(await lines(sessions.overloaded)).toEqual([0, 0]);
  });

  it('the captured sessions have 23 billed requests with their true usage, and cost 0.5069675 USD', async () => {
    const rows = (await Promise.all(Object.values(sessions).map((id) => rowsOf(id)))).flatMap(ownRequestsIn);
    const seen = rows
      .map((row) => ({
        rid: row.request_id,
        model: row.model,
        usage: [
          row.input_tokens,
          row.output_tokens,
          row.cache_read_tokens,
          row.cache_creation_5m_tokens,
          row.cache_creation_1h_tokens,
        ],
      }))
      .sort((a, b) => a.rid.localeCompare(b.rid));
    const truth = billedRequests()
      .map(({ rid, model, usage }) => ({
        rid,
        model,
        usage: [
          usage.input_tokens,
          usage.output_tokens,
          usage.cache_read_input_tokens,
          usage.cache_creation.ephemeral_5m_input_tokens,
          usage.cache_creation.ephemeral_1h_input_tokens,
        ],
      }))
      .sort((a, b) => a.rid.localeCompare(b.rid));
    expect(seen).toEqual(truth);
    expect(seen).toHaveLength(23);
    expect(cost(rows)).toBeCloseTo(0.5069675, 10);
  });

  it('each captured run costs what the client reported', async () => {
    const results = clientResults();
    const reported = (...runs: number[]) =>
      runs.reduce((sum, run) => sum + (results[run]?.total_cost_usd ?? NaN), 0);
    // Runs 1 and 2 are one session, resumed.
    expect(cost(ownRequestsIn(await rowsOf(sessions.first)))).toBeCloseTo(reported(0, 1), 10);
    expect(cost(ownRequestsIn(await rowsOf(sessions.overloaded)))).toBeCloseTo(reported(2), 10);
    expect(cost(ownRequestsIn(await rowsOf(sessions.typedSkill)))).toBeCloseTo(reported(3), 10);
    expect(cost(ownRequestsIn(await rowsOf(sessions.fork)))).toBeCloseTo(reported(4), 10);
  });

  it('a forked session adds only its own two requests; the rest are copies', async () => {
    const rows = requestsIn(await rowsOf(sessions.fork));
    expect(rows.filter(({ is_copy }) => is_copy === 0).map(({ request_id }) => request_id)).toEqual([
      'req_86f7e423',
      'req_86f7e424',
    ]);
    // The parent's main thread at that time: 8 requests of run 1 and 3 of run 2.
    expect(rows.filter(({ is_copy }) => is_copy === 1)).toHaveLength(11);
  });

  it("a subagent's requests are attributed to the agent and its type", async () => {
    const rows = ownRequestsIn(await rowsOf(sessions.first)).filter(({ agent_id }) => agent_id !== '');
    const count = (type: string) => rows.filter(({ agent_type }) => agent_type === type).length;
    expect([count('Explore'), count('reviewer'), count('general-purpose')]).toEqual([2, 3, 2]);
    expect(new Set(rows.map(({ parent_agent_id }) => parent_agent_id))).toEqual(new Set(['']));
  });

  it('requests are attributed to the skill under which they were made', async () => {
    const under = (rows: SignalRow[]) =>
      ownRequestsIn(rows).filter(({ skill_name }) => skill_name === 'release-notes').length;
    expect(under(await rowsOf(sessions.typedSkill))).toBe(2);
    expect(under(await rowsOf(sessions.first))).toBe(4);
  });

  it('the summary of a session has its totals', async () => {
    const summary = summaryIn(
      await rowsOf(sessions.first, {
        end: { at: Date.parse('2026-11-20T10:49:34Z'), reason: 'other' },
        open: false,
      }),
    );
    expect(summary).toMatchObject({
      started_at: '2026-11-20 10:49:32.558',
      ended_at: '2026-11-20 10:49:34.000',
      end_reason: 'other',
      models: ['claude-haiku-4-5-20251001', 'claude-opus-4-8'],
      prompts: 2,
      requests: 18,
      agents_used: 3,
      skills_used: 1,
      // Run 1: Bash ×3, Read, Agent ×2, Skill, Write; its subagents Bash, Bash, Read. Run 2: Bash, Agent; its subagent Skill.
      tool_calls: 14,
      tool_failures: 1,
      unpriced_requests: 0,
    });
    expect(summary?.total_cost_usd).toBeCloseTo(0.26416 + 0.12938125, 10);
  });

  it('a session is open again if lines follow its end', async () => {
    const early = { at: Date.parse('2026-11-20T09:00:00Z'), reason: 'other' };
    expect(summaryIn(await rowsOf(sessions.first, { end: early, open: false }))?.ended_at).toBeNull();
    expect(summaryIn(await rowsOf(sessions.first, { end: early, open: true }))?.ended_at).toBeNull();
  });

  it('a stopped agent has the tokens of its whole run', async () => {
    const stops = {
      a235d1b906c8c2056: { at: Date.parse('2026-11-20T10:49:32.900Z'), agentType: 'Explore', promptId: 'p' },
    };
    const stop = activationsIn(await rowsOf(sessions.first, { stops })).find(
      ({ event, source }) => event === 'stop' && source === 'hook',
    );
    // Requests 4 and 6: 607 + 1084 in, 36 + 138 out, 23010 + 650 read, 659 + 476 written
    expect(stop).toMatchObject({
      event: 'stop',
      agent_type: 'Explore',
      model: 'claude-haiku-4-5-20251001',
      input_tokens: 1_691,
      output_tokens: 174,
      cache_read_tokens: 23_660,
      cache_creation_tokens: 1_135,
    });
  });

  it('the tokens of an agent without a transcript are null, not 0', async () => {
    const stops = { unseen: { at: 5_000, agentType: 'Explore', promptId: '' } };
    const [stop] = sessionRows(
      await readSession('/nonexistent.jsonl'),
      state('s', { stops }),
      recorder,
      1_000,
    );
    expect(stop).toMatchObject({
      table: 'agent_activations',
      row: { input_tokens: null, duration_ms: null },
    });
  });

  it('transcripts report starts and stops of subagents that no hook reported', async () => {
    const seen = activationsIn(await rowsOf(sessions.first)).map((row) => [
      row.agent_id,
      row.agent_type,
      row.event,
      row.timestamp,
      row.duration_ms,
    ]);
    // The first lines of the subagents' files, and the results of the calls that started them.
    expect(seen).toEqual([
      ['a235d1b906c8c2056', 'Explore', 'start', '2026-11-20 10:49:32.773', null],
      ['a235d1b906c8c2056', 'Explore', 'stop', '2026-11-20 10:49:32.867', 94],
      ['a6371332f8a5f2572', 'general-purpose', 'start', '2026-11-20 10:49:33.826', null],
      ['a6371332f8a5f2572', 'general-purpose', 'stop', '2026-11-20 10:49:33.917', 91],
      ['a6ad339abf7a43614', 'reviewer', 'start', '2026-11-20 10:49:32.778', null],
      ['a6ad339abf7a43614', 'reviewer', 'stop', '2026-11-20 10:49:32.937', 159],
    ]);
  });

  it("a start and a stop reported by hooks win over the transcript's, in any order", async () => {
    const id = 'a235d1b906c8c2056';
    const at = Date.parse('2026-11-20T10:49:32.500Z');
    const hooks = activationsIn(
      await rowsOf(sessions.first, { stops: { [id]: { at, agentType: 'Explore', promptId: 'p' } } }),
    ).filter(({ agent_id }) => agent_id === id);
    const stops = hooks.filter(({ event }) => event === 'stop');
    expect(stops.map(({ source }) => source)).toEqual(['hook']);
    const mine = activationsIn(await rowsOf(sessions.first)).filter(({ agent_id }) => agent_id === id);
    const version = (rows: AgentActivationRow[], event: string) =>
      rows.find((row) => row.event === event)?.version ?? NaN;
    expect(version(hooks, 'stop')).toBeGreaterThan(version(mine, 'stop'));
    const started = readHookEvent(
      {
        payload: { hook_event_name: 'SubagentStart', session_id: sessions.first, agent_id: id },
        at: Date.parse('2100-01-01T00:00:00Z'),
        captureId: 'c',
      },
      'shop-1',
      recorder,
    ).rows[0]?.row as AgentActivationRow;
    expect(started.version).toBeGreaterThan(version(mine, 'start'));
    expect(started.event_id).toBe(mine.find(({ event }) => event === 'start')?.event_id);
  });

  it('each skill that the model called has the identity that a hook gives it', async () => {
    const skills = (rows: SignalRow[]) =>
      rows.flatMap((one) => (one.table === 'skill_activations' ? [one.row] : []));
    const mine = skills(await rowsOf(sessions.first));
    expect(
      mine.map((row) => [row.tool_use_id, row.skill_name, row.trigger, row.success, row.agent_type]),
    ).toEqual([
      ['toolu_86f7e49x0', 'release-notes', 'model', true, ''],
      ['toolu_86f7e416x0', 'release-notes', 'model', true, 'general-purpose'],
    ]);
    const hooks = capturedPayloads().flatMap(({ payload }) =>
      skills(readHookEvent({ payload, at: 1, captureId: 'c' }, 'shop-1', recorder).rows).filter(
        ({ session_id }) => session_id === sessions.first,
      ),
    );
    expect(mine.map(({ event_id }) => event_id)).toEqual(hooks.map(({ event_id }) => event_id));
    expect(Math.max(...mine.map(({ version }) => version))).toBeLessThan(
      Math.min(...hooks.map(({ version }) => version)),
    );
  });

  it('a typed skill of the client is known by the requests under its name, a command is none', async () => {
    const config = tempFolder();
    const project = join(config, 'projects', '-shop');
    const shop = tempFolder();
    mkdirSync(project, { recursive: true });
    mkdirSync(join(shop, '.claude/commands'), { recursive: true });
    writeFileSync(join(shop, '.claude/commands/deploy.md'), 'Deploy it.');
    const typed = (name: string, cwd: string) => [
      { type: 'user', promptId: name, cwd, message: { content: `<command-name>/${name}</command-name>` } },
      {
        type: 'assistant',
        requestId: name,
        attributionSkill: name,
        message: {
          id: `m-${name}`,
          model: 'claude-opus-5',
          usage: { output_tokens: 1 },
          stop_reason: 'end_turn',
        },
      },
    ];
    const lines = [
      ...typed('simplify', shop),
      ...typed('deploy', shop),
      ...typed('mcp__calc__greet', shop),
      ...typed('gone', join(shop, 'gone')),
      { type: 'user', promptId: 'm', cwd: shop, message: { content: '<command-name>/model</command-name>' } },
    ];
    const timestamp = '2026-11-20T10:00:00.000Z';
    const path = join(project, 's.jsonl');
    writeFileSync(path, lines.map((line) => `${JSON.stringify({ ...line, timestamp })}\n`).join(''));
    const read = await readSession(path);
    expect(read.typedSkills.map(({ name }) => name)).toEqual(['simplify']);
    // Nothing is known of the one whose folder is gone.
    expect(read.main.responses.map(({ skillName }) => skillName)).toEqual(['simplify', noSkill, '', 'gone']);
  });

  it('a typed skill has a row once it is known to be a skill, with the identity that a hook gives it', async () => {
    const project = tempFolder();
    mkdirSync(join(project, '.git'));
    mkdirSync(join(project, '.claude', 'skills', 'release-notes'), { recursive: true });
    writeFileSync(join(project, '.claude', 'skills', 'release-notes', 'SKILL.md'), '');
    const path = join(project, `${sessions.typedSkill}.jsonl`);
    const text = readFileSync(join(transcriptsFolder, `${sessions.typedSkill}.jsonl`), 'utf8');
    writeFileSync(path, text.replaceAll('"cwd":"/home/dev/shop"', `"cwd":${JSON.stringify(project)}`));
    const [row] = sessionRows(await readSession(path), state(sessions.typedSkill), recorder, 1).flatMap(
      (one) => (one.table === 'skill_activations' ? [one.row] : []),
    );
    const hook = capturedPayloads()
      .filter(({ payload }) => payload.hook_event_name === 'UserPromptExpansion')
      .flatMap(
        ({ payload }) =>
          readHookEvent({ payload: { ...payload, cwd: project }, at: 1, captureId: 'c' }, 'shop-1', recorder)
            .rows,
      )[0]?.row;
    expect(row).toMatchObject({ skill_name: 'release-notes', trigger: 'typed', success: null, version: 1 });
    expect(row?.event_id).toBe(hook?.event_id);
    // Without such a skill, it was a command.
    expect((await rowsOf(sessions.typedSkill)).map(({ table }) => table)).not.toContain('skill_activations');
  });

  it('the rows are the same at every reading, except for the version', async () => {
    const path = join(transcriptsFolder, `${sessions.first}.jsonl`);
    const at = async (version: number) =>
      sessionRows(await readSession(path), state(sessions.first), recorder, version).map(
        ({ table, row }) => ({ table, row: { ...row, version: 0 } }),
      );
    expect(await at(1)).toEqual(await at(2));
  });

  it('the rows hold no text that a user or a model wrote', async () => {
    const rows = (await Promise.all(Object.values(sessions).map((id) => rowsOf(id)))).flat();
    expect(JSON.stringify(rows)).not.toMatch(/PLAN|found it|git log|README|\/home\/dev|finished/);
  });
});

it('calls of one moment have the places in which they stand in the file, whichever is answered first', async () => {
  const folder = tempFolder();
  const at = '2026-11-20T10:00:00.000Z';
  const call = (id: string) =>
    JSON.stringify({
      ...{ type: 'assistant', timestamp: at, requestId: 'req_011', uuid: `of ${id}` },
      message: {
        ...{ id: 'msg_1', model: 'claude-opus-4-8', stop_reason: 'tool_use' },
        content: [{ type: 'tool_use', id, name: 'Bash', input: {} }],
        usage: { input_tokens: 1, output_tokens: 1 },
      },
    });
  const result = (id: string) =>
    JSON.stringify({
      ...{ type: 'user', timestamp: '2026-11-20T10:00:01.000Z', promptId: 'p', uuid: `result of ${id}` },
      message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'done' }] },
    });
  const lines = [call('toolu_b'), call('toolu_a'), call('toolu_c'), result('toolu_c'), result('toolu_b')];
  const file = join(folder, 's1.jsonl');
  const places = async (some: readonly string[]) => {
    writeFileSync(file, `${some.join('\n')}\n`);
    return sessionRows(await readSession(file), state('s1'), recorder, 1_000).flatMap((one) =>
      one.table === 'telemetry_events' ? [[one.row.tool_use_id, one.row.sequence]] : [],
    );
  };
  const early = await places(lines);
  expect(early).toEqual([
    ['toolu_b', 1],
    ['toolu_c', 3],
  ]);
  // What is written later changes no place.
  expect(await places([...lines, result('toolu_a')])).toEqual([
    ['toolu_b', 1],
    ['toolu_a', 2],
    ['toolu_c', 3],
  ]);
});
