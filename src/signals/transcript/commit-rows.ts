/** The rows of the commits that a session made. */
import { existsSync } from 'node:fs';
import { linkCommits, type LinkedCommit, type MadeCommit } from '../git/made-commits.js';
import { identify } from '../identity.js';
import { asName } from '../privacy/name.js';
import { mainRoot } from '../project.js';
import { noWork, type SignalRow } from '../row.js';
import { storeTime } from '../../base/time/store-time.js';
import { eventVersion } from '../versions.js';
import type { SessionColumns } from './session-columns.js';
import type { AgentTranscript } from './session.js';
import type { ToolCall, ToolOutcome, Transcript } from './transcript-types.js';

/** A thread of a session: its transcript, and its subagent, which is undefined for the main thread. */
interface Thread {
  transcript: Transcript;
  agent: AgentTranscript | undefined;
}

type ThreadCommit = MadeCommit & { call: ToolCall; outcome: ToolOutcome; agent: AgentTranscript | undefined };

/**
 * One row per commit of the session's own calls. Commits that a fork copied from its original are only linked to: they
 * are the original's.
 *
 * @param isNew leaves out rows whose lines are known to have been sent
 */
export function commitRows(
  threads: readonly Thread[],
  isNew: (agent: AgentTranscript | undefined, end: number) => boolean,
  shared: SessionColumns,
): SignalRow[] {
  const commits: ThreadCommit[] = [];
  for (const { transcript, agent } of threads)
    for (const call of transcript.toolCalls) {
      const { outcome } = call;
      if (outcome === null || outcome.commits.length === 0) continue;
      for (const commit of outcome.commits) commits.push({ ...commit, call, outcome, agent });
    }
  if (commits.length === 0) return [];
  commits.sort((one, other) => one.outcome.at - other.outcome.at);
  // A line that is printed again later is the same commit.
  const seen = new Set<string>();
  const made = commits.filter(({ hash }) => !seen.has(hash) && seen.add(hash));
  return linkCommits(made, repositoryIn)
    .filter(({ commit: { call, agent } }) => !call.copy && isNew(agent, call.end))
    .map((linked) => commitRow(linked, shared));
}

/** The main folder of the repository that a folder is in; undefined if either is gone. */
function repositoryIn(folder: string): string | undefined {
  return existsSync(folder) ? mainRoot(folder) : undefined;
}

function commitRow(linked: LinkedCommit<ThreadCommit>, shared: SessionColumns): SignalRow {
  const { commit, replaces, first, reverts, evidence } = linked;
  const { call, outcome, agent, hash, kind, place, files, added, removed } = commit;
  return {
    table: 'telemetry_events',
    row: {
      ...shared,
      ...noWork,
      event_id: identify('commit', shared.session_id, hash),
      timestamp: storeTime(outcome.at),
      prompt_id: call.promptId,
      agent_id: agent?.agentId ?? '',
      agent_type: agent?.agentType ?? '',
      skill_name: '',
      model: '',
      event: 'commit',
      status: 'success',
      error_class: '',
      tool_name: call.name,
      tool_use_id: call.id,
      duration_ms: null,
      commit_hash: hash,
      payload: JSON.stringify({
        kind,
        place,
        branch: asName(commit.branch),
        ...(files === null ? {} : { files, lines_added: added, lines_removed: removed }),
        ...(replaces === '' ? {} : { replaces, first }),
        ...(reverts === '' ? {} : { reverts }),
        ...(evidence === '' ? {} : { evidence }),
      }),
      version: eventVersion(),
    },
  };
}
