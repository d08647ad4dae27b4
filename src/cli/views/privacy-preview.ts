/** What each privacy tier would keep of a hook payload, or of lines of a transcript. */
import { parseObject, type Json } from '../../base/json/json.js';
import type { EpochMs } from '../../base/time/units.js';
import { readHookEvent } from '../../signals/hook/event.js';
import { redacted } from '../../signals/privacy/redacted-row.js';
import { asId } from '../../signals/privacy/name.js';
import { aboutTier, tiers, type Tier } from '../../signals/privacy/tier.js';
import { projectOf } from '../../signals/project.js';
import type { Recorder, SignalRow } from '../../signals/row.js';
import { isAgentFile } from '../../signals/transcript/agent-file.js';
import { folderOf, readSessionFiles, type SessionTranscripts } from '../../signals/transcript/session.js';
import { sessionRows } from '../../signals/transcript/session-rows.js';
import { TranscriptReader } from '../../signals/transcript/transcript.js';
import { CommandError } from '../shared/command-error.js';

/**
 * Each tier with the rows that it would store; tiers 2 and 3 with those that they add. Columns that are empty or unknown
 * are left out.
 *
 * @param folder working directory, for a payload that names none
 * @param path the file of the text, so that a fork's elders are found beside it
 * @throws {CommandError} if the text is neither a payload nor lines of a transcript
 */
export function previewOf(text: string, folder: string, path?: string): string[] {
  const rowsAt = reader(text, folder, path);
  const shown = new Set<string>();
  return tiers.flatMap((tier) => {
    const rows = rowsAt(tier).map((row) => lineOf(redacted(row)));
    const added = rows.filter((row) => !shown.has(row));
    for (const row of added) shown.add(row);
    const head = tier === 1 ? `Tier 1 (${aboutTier[1]}) keeps:` : `Tier ${tier} adds:`;
    return [head, ...(added.length === 0 ? ['  nothing'] : added.map((row) => `  ${row}`))];
  });
}

function reader(text: string, folder: string, path?: string): (tier: Tier) => SignalRow[] {
  const payload = parseObject(text);
  const now = Date.now();
  if (typeof payload?.hook_event_name === 'string') return (tier) => ofHook(payload, folder, tier, now);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const parsed = lines.map(parseObject);
  if (lines.length === 0 || !parsed.some((line) => typeof line?.type === 'string'))
    throw new CommandError(
      'this is neither a hook payload (JSON with hook_event_name) nor lines of a transcript (JSON with type)',
    );
  const sessionId = sessionIdIn(parsed);
  const read =
    path === undefined
      ? (tier: Tier) => inLines(lines, parsed, tier)
      : (tier: Tier) => readSessionFiles(isAgentFile(path) ? [`${path}.main`, path] : [path], { tier });
  return (tier) => ofTranscript(read(tier), sessionId, folder, tier, now);
}

/** The transcript in some lines. If all of them are a subagent's, it is that of a subagent. */
function inLines(
  lines: readonly string[],
  parsed: readonly (Json | undefined)[],
  tier: Tier,
): SessionTranscripts {
  const reader = new TranscriptReader(tier);
  for (const line of lines) reader.add(line);
  const transcript = reader.finish();
  const messages = parsed.filter((line) => line?.message !== undefined);
  const [first] = messages;
  const isAgents =
    messages.length > 0 && messages.every((line) => line?.isSidechain === true && asId(line.agentId) !== '');
  const agent = {
    agentId: asId(first?.agentId),
    agentType: transcript.responses.find(({ agentType }) => agentType !== '')?.agentType ?? '',
    parentAgentId: '',
    toolUseId: '',
    transcript,
    path: '',
  };
  return {
    main: isAgents ? new TranscriptReader().finish() : transcript,
    agents: isAgents ? [agent] : [],
    typedSkills: [],
    unreadable: new Map(),
  };
}

function sessionIdIn(lines: readonly (Json | undefined)[]): string {
  const id = lines.find((line) => typeof line?.sessionId === 'string')?.sessionId;
  return typeof id === 'string' ? id : '';
}

const recorderAt = (privacyTier: Tier): Recorder => ({ device: '', origin: 'live', privacyTier });

function ofHook(payload: Json, folder: string, tier: Tier, at: EpochMs): SignalRow[] {
  const project = projectOf(typeof payload.cwd === 'string' ? payload.cwd : folder);
  return readHookEvent({ payload, at, captureId: 'preview' }, project, recorderAt(tier)).rows;
}

function ofTranscript(
  transcripts: SessionTranscripts,
  sessionId: string,
  folder: string,
  tier: Tier,
  now: EpochMs,
): SignalRow[] {
  const project = projectOf(folderOf(transcripts) || folder);
  const state = { sessionId, project, end: null, open: true, stops: {}, skills: [] };
  return sessionRows(transcripts, state, recorderAt(tier), transcripts.main.lastAt ?? now);
}

/** Columns that say nothing about what is kept. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'event_id',
  'version',
  'schema_version',
  'privacy_tier',
  'device',
]);

function lineOf({ table, row }: SignalRow): string {
  const told = Object.entries(row).filter(
    ([name, value]) => !LEFT_OUT.has(name) && value !== '' && value !== null && value !== '{}',
  );
  return `${table} ${JSON.stringify(Object.fromEntries(told))}`;
}
