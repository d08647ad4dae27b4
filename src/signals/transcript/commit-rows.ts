/** The rows of the commits that a session made. */
import { existsSync } from 'node:fs';
import { linkCommits, type LinkedCommit, type MadeCommit } from '../git/made-commits.js';
import { loggedCommits, type LoggedCommit } from '../git/reflog.js';
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
  for (const commit of quietCommits(threads, commits)) commits.push(commit);
  if (commits.length === 0) return [];
  commits.sort((one, other) => one.outcome.at - other.outcome.at);
  // A line that is printed again later is the same commit.
  const seen = new Set<string>();
  const made = commits.filter(({ hash }) => !seen.has(hash) && seen.add(hash));
  return linkCommits(made, repositoryIn)
    .filter(({ commit: { call, agent } }) => !call.copy && isNew(agent, call.end))
    .map((linked) => commitRow(linked, shared));
}

/** A longer call of a script leaves time for a commit that somebody else makes, milliseconds. */
const LONGEST_SCRIPT_MS = 60_000;

/** Digits of a hash from a log, which has it whole. git itself shortens to seven or more. */
const HASH_DIGITS = 10;

/**
 * The commits that git did not print, from the log of HEAD: those that were made in the folder of a call while it ran.
 * Each belongs to one call, and one that asked git to commit comes before a script.
 *
 * @param printed those that git printed
 */
function quietCommits(threads: readonly Thread[], printed: readonly ThreadCommit[]): ThreadCommit[] {
  const calls = threads
    .flatMap(({ transcript, agent }) =>
      transcript.toolCalls.flatMap((call) => {
        const { outcome, copy } = call;
        return outcome?.quiet === undefined || copy
          ? []
          : [{ call, agent, outcome, quiet: outcome.quiet, lasted: outcome.at - call.at }];
      }),
    )
    .filter(({ quiet, lasted }) => quiet.isAsked || lasted <= LONGEST_SCRIPT_MS)
    .sort(
      (one, other) =>
        Number(other.quiet.isAsked) - Number(one.quiet.isAsked) ||
        one.lasted - other.lasted ||
        one.call.at - other.call.at,
    );
  const logs = new Map<string, LoggedCommit[]>();
  const logOf = (folder: string) => {
    const log = logs.get(folder) ?? loggedCommits(folder);
    logs.set(folder, log);
    return log;
  };
  const claimed = new Set(printed.map(({ hash }) => hash.slice(0, 7)));
  const found: ThreadCommit[] = [];
  for (const { call, agent, outcome, quiet } of calls) {
    const made = quiet.folders
      .flatMap((folder) => logOf(folder).map((logged) => ({ ...logged, folder })))
      // The log has whole seconds.
      .filter(({ at }) => at >= Math.floor(call.at / 1000) * 1000 && at <= outcome.at)
      .filter(({ hash }) => !claimed.has(hash.slice(0, 7)) && claimed.add(hash.slice(0, 7)));
    const isGiven = made.filter(({ kind }) => kind === 'reverted').length === quiet.reverted.length;
    const given = quiet.reverted.values();
    for (const [n, { hash, old, kind, subject, branch, folder }] of made.entries())
      found.push({
        ...{ kind, subject, folder, call, outcome, agent },
        hash: hash.slice(0, HASH_DIGITS),
        branch: branch ?? (call.branch === 'HEAD' ? '' : call.branch),
        ...{ files: null, added: null, removed: null },
        place: outcome.commits.length + n,
        given: kind === 'reverted' && isGiven ? (given.next().value ?? '') : '',
        ...(kind === 'amended' && { old }),
        found: quiet.isAsked ? 'log' : 'log_of_script',
      });
  }
  return found;
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
        ...(commit.found === undefined ? {} : { found: commit.found }),
      }),
      version: eventVersion(),
    },
  };
}
