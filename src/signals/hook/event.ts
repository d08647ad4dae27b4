/**
 * Reads Claude Code's hook payloads: the JSON that a hook gets on stdin. A payload contains no time; the time of
 * capture is used. Source: reference notes on Claude Code, §1. Unknown events and fields are normal, since releases add
 * some.
 */
import { dirname, isAbsolute } from 'node:path';
import { agentStart } from '../agent-start.js';
import { editedLines, isEditor, type EditedLines } from '../transcript/edited-lines.js';
import { contentRow } from '../content-row.js';
import { identify } from '../identity.js';
import { installedSkills, type InstalledSkills } from '../skills/installed-skills.js';
import { asCount, asObject, asText, type Json } from '../../base/json/json.js';
import { eventNameOf } from '../privacy/event-name.js';
import { asId, asName } from '../privacy/name.js';
import { textsIn } from '../privacy/contents.js';
import { filterPayload } from '../privacy/event.js';
import type { Tier } from '../privacy/tier.js';
import { limitReadings, type LimitReading } from './limit-readings.js';
import { noWork, stamp, type Recorder, type SignalRow } from '../row.js';
import { isSkill, type SkillRoots } from '../skills/skill-files.js';
import { storeTime } from '../../base/time/store-time.js';
import { errorClass, skillName } from '../transcript/tool-use.js';
import { contentVersion, eventVersion, skillVersion, startVersion } from '../versions.js';
import type { EpochMs } from '../../base/time/units.js';

/** A payload and what was recorded at its capture. */
export interface HookEvent {
  payload: Json;
  /** Time of capture. */
  at: EpochMs;
  /** Identity given at capture, for events without one of their own; it stays the same through every retry. */
  captureId: string;
}

/** What an event changes in the state of its session, besides the rows that it yields. */
export interface SessionNews {
  sessionId: string;
  transcriptPath: string;
  cwd: string;
  end?: { at: EpochMs; reason: string };
  stop?: { agentId: string; agentType: string; promptId: string; at: EpochMs };
  skill?: string;
  /** The lines that a call of Edit or Write changed in its file. */
  edit?: EditedLines & { toolUseId: string };
  /** Whether this is a SessionStart. A fork sends it under the id of the session that it was forked from. */
  starts: boolean;
  /** Whether the client does not wait for the hook, so that it may end after what came later: that of a tool call. */
  mayBeLate: boolean;
  /** Whether the transcripts should be read again now. */
  refresh: boolean;
}

export interface HookSignals {
  rows: SignalRow[];
  news: SessionNews | null;
}

/**
 * Turns one hook payload into rows and news. Pure, except that it looks up whether a typed name is a skill, and which
 * skills are installed when a session starts.
 *
 * @param project the project of the payload's folder
 */
export function readHookEvent(event: HookEvent, project: string, recorder: Recorder): HookSignals {
  const { payload, at } = event;
  const name = asText(payload.hook_event_name) ?? '';
  // Redacted this early because the id becomes part of file names and identities.
  const sessionId = asId(payload.session_id);
  const shared = {
    ...stamp(recorder),
    timestamp: storeTime(at),
    session_id: sessionId,
    project,
    source: 'hook',
    prompt_id: asId(payload.prompt_id),
    agent_id: asId(payload.agent_id),
    agent_type: asText(payload.agent_id) === undefined ? '' : asName(payload.agent_type),
    model: '',
  };
  const news: SessionNews = {
    sessionId,
    transcriptPath: asText(payload.transcript_path) ?? '',
    cwd: asText(payload.cwd) ?? '',
    starts: name === 'SessionStart',
    mayBeLate: name === 'PostToolUse' || name === 'PostToolUseFailure',
    refresh: false,
  };
  const signals = interpret(name, event, shared, news);
  const texts = recorder.privacyTier === 1 ? [] : contentRows(name, event, shared, recorder.privacyTier);
  return { rows: [...signals.rows, ...texts], news: sessionId === '' ? null : { ...news, ...signals.news } };
}

type Shared = ReturnType<typeof stamp> & {
  timestamp: string;
  session_id: string;
  project: string;
  source: string;
  prompt_id: string;
  agent_id: string;
  agent_type: string;
  model: string;
};

/** The texts that tiers 2 and 3 keep. */
function contentRows(
  name: string,
  { payload, captureId }: HookEvent,
  { model: _none, ...shared }: Shared,
  tier: Tier,
): SignalRow[] {
  return textsIn(name, payload, tier).map(({ kind, kept }) => {
    const isTools = kind === 'tool_input' || kind === 'tool_output';
    const toolUseId = isTools ? asId(payload.tool_use_id) || captureId : '';
    const toolName = isTools ? asName(payload.tool_name) : '';
    const content = { kind, kept, toolName, toolUseId, placeId: captureId };
    return contentRow(content, shared, contentVersion('hook'));
  });
}

interface Interpretation {
  rows: SignalRow[];
  news?: Partial<SessionNews>;
}

function interpret(name: string, event: HookEvent, shared: Shared, news: SessionNews): Interpretation {
  const { payload, at } = event;
  switch (name) {
    case 'SubagentStart':
      return {
        rows: [
          {
            table: 'agent_activations',
            row: {
              ...shared,
              ...agentStart(shared.session_id, shared.agent_id),
              version: startVersion('hook', at),
            },
          },
        ],
      };
    case 'SubagentStop':
      return {
        rows: [],
        news: {
          refresh: true,
          stop: { agentId: shared.agent_id, agentType: shared.agent_type, promptId: shared.prompt_id, at },
        },
      };
    case 'PostToolUse':
    case 'PostToolUseFailure':
      return toolUse(name, event, shared);
    case 'UserPromptExpansion':
      return expansion(event, shared, news);
    case 'SessionStart':
      return { rows: [other('session_start', event, shared, [], skillsAtStart(news))] };
    case 'Stop':
      return {
        rows: [other('turn_end', event, shared, [shared.session_id, shared.prompt_id])],
        news: { refresh: true },
      };
    case 'SessionEnd':
      return {
        rows: [other('session_end', event, shared, [])],
        news: { refresh: true, end: { at, reason: asName(payload.reason) } },
      };
    case 'UserPromptSubmit':
      return { rows: [other('prompt', event, shared, [shared.session_id, shared.prompt_id])] };
    case 'PreToolUse':
      return { rows: [toolEvent('tool_start', '', payload, at, shared, name)] };
    case 'StatusLine':
      return { rows: limitReadings(payload).map((reading) => limitRow(reading, shared)) };
    case '':
      return { rows: [] };
    default:
      return { rows: [other(eventNameOf(name), event, shared, [])] };
  }
}

function toolUse(name: string, { payload, at }: HookEvent, shared: Shared): Interpretation {
  const failed = name === 'PostToolUseFailure' || asObject(payload.tool_response)?.success === false;
  const call = toolEvent('tool_call', failed ? 'failure' : 'success', payload, at, shared, name);
  const tool = asText(payload.tool_name) ?? '';
  if (isEditor(tool) && !failed) return { rows: [call], news: editNews(tool, payload) };
  if (tool !== 'Skill') return { rows: [call] };
  const skill = skillName(asObject(payload.tool_input));
  if (skill === '') return { rows: [call] };
  const toolUseId = asId(payload.tool_use_id);
  return {
    rows: [
      call,
      {
        table: 'skill_activations',
        row: {
          ...shared,
          event_id: identify('skill', shared.session_id, toolUseId, skill),
          skill_name: skill,
          trigger: 'model',
          tool_use_id: toolUseId,
          duration_ms: asCount(payload.duration_ms) ?? null,
          success: !failed,
          error_class: failed ? errorClass(payload.error) : '',
          version: skillVersion('hook'),
        },
      },
    ],
    news: { skill },
  };
}

function limitRow({ eventId, facts }: LimitReading, shared: Shared): SignalRow {
  return {
    table: 'telemetry_events',
    row: {
      ...shared,
      ...noWork,
      // A limit is the account's: no session or project has it.
      session_id: '',
      project: '',
      event_id: eventId,
      event: 'limit_reading',
      status: '',
      error_class: '',
      skill_name: '',
      tool_name: '',
      tool_use_id: '',
      duration_ms: null,
      payload: JSON.stringify(facts),
      version: eventVersion(),
    },
  };
}

/** The microseconds of a time beyond its millisecond: they order the payloads of one millisecond. */
function microseconds(at: EpochMs): number {
  return Math.trunc((at - Math.trunc(at)) * 1_000);
}

function editNews(tool: string, payload: Json): Partial<SessionNews> {
  const toolUseId = asId(payload.tool_use_id);
  const lines = editedLines(tool, payload.tool_response);
  return toolUseId === '' || lines === null ? {} : { edit: { toolUseId, ...lines } };
}

function toolEvent(
  kind: 'tool_call' | 'tool_start',
  status: string,
  payload: Json,
  at: EpochMs,
  shared: Shared,
  name: string,
): SignalRow {
  const toolUseId = asId(payload.tool_use_id);
  return {
    table: 'telemetry_events',
    row: {
      ...shared,
      ...noWork,
      event_id: identify(kind, toolUseId, 'hook'),
      event: kind,
      status,
      error_class: status === 'failure' ? errorClass(payload.error) : '',
      skill_name: payload.tool_name === 'Skill' ? skillName(asObject(payload.tool_input)) : '',
      tool_name: asName(payload.tool_name),
      tool_use_id: toolUseId,
      duration_ms: asCount(payload.duration_ms) ?? null,
      sequence: microseconds(at),
      payload: filterPayload(name, payload),
      version: eventVersion(),
    },
  };
}

/**
 * A user typed `/name`: a skill if one of that name is installed or comes with the client, else a command. A prompt of
 * an MCP server is a command.
 */
function expansion(event: HookEvent, shared: Shared, news: SessionNews): Interpretation {
  const name = (asText(event.payload.command_name) ?? '').replace(/^\//, '');
  const isBundled = event.payload.command_source === 'bundled';
  if (name === '' || !(isBundled || isSkill(name, skillRoots(news)))) {
    return { rows: [other('command', event, shared, [shared.session_id, shared.prompt_id, name])] };
  }
  return {
    rows: [
      {
        table: 'skill_activations',
        row: {
          ...shared,
          event_id: identify('skill', shared.session_id, shared.prompt_id, asName(name)),
          skill_name: asName(name),
          trigger: 'typed',
          tool_use_id: '',
          duration_ms: null,
          success: null,
          error_class: '',
          version: skillVersion('hook'),
        },
      },
    ],
    news: { skill: asName(name) },
  };
}

/** The client's config folder is the one whose `projects/SLUG/` contains the transcript. */
function skillRoots({ cwd, transcriptPath }: SessionNews): SkillRoots {
  return { cwd, configDir: dirname(dirname(dirname(transcriptPath))) };
}

/** The installed skills; empty if the session's folders are unknown. */
function skillsAtStart(news: SessionNews): Partial<InstalledSkills> {
  return isAbsolute(news.cwd) && isAbsolute(news.transcriptPath) ? installedSkills(skillRoots(news)) : {};
}

/** The row of an event without a table of its own. Without a natural id, its identity is that of its capture. */
function other(
  kind: string,
  event: HookEvent,
  shared: Shared,
  naturalId: string[],
  facts: object = {},
): SignalRow {
  const { payload, at } = event;
  const name = asText(payload.hook_event_name) ?? '';
  const isNatural = naturalId.length > 0 && naturalId.every((part) => part !== '');
  return {
    table: 'telemetry_events',
    row: {
      ...shared,
      ...noWork,
      event_id: identify(kind, ...(isNatural ? naturalId : [event.captureId])),
      skill_name: '',
      event: kind,
      status: '',
      error_class: '',
      tool_name: asName(payload.tool_name),
      tool_use_id: asId(payload.tool_use_id),
      duration_ms: null,
      sequence: microseconds(at),
      payload: filterPayload(name, payload, facts),
      version: eventVersion(),
    },
  };
}
