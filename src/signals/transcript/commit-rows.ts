/** The rows of the commits that a session made. */
import { existsSync } from 'node:fs';
import { linkCommits, type LinkedCommit, type MadeCommit } from '../git/made-commits.js';
import { loggedCommits, type LoggedCommit } from '../git/reflog.js';
import { identify } from '../identity.js';
import { asName } from '../privacy/name.js';
import { mainRoot } from '../project.js';
import { noWork, type SignalRow } from '../row.js';
import { storeTime } from '../../base/time/store-time.js';
import type { EpochMs } from '../../base/time/units.js';
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
  const found = quietCommits(threads, commits);
  if (commits.length + found.length === 0) return [];
  const ordered = [...commits, ...found];
  ordered.sort((one, other) => one.outcome.at - other.outcome.at || one.place - other.place);
  // A line that is printed again later is the same commit.
  const seen = new Set<string>();
  const made = ordered.filter(({ hash }) => !seen.has(hash) && seen.add(hash));
  return linkCommits(made, repositoryIn)
    .filter(({ commit: { call, agent } }) => !call.copy && isNew(agent, call.end))
    .map((linked) => commitRow(linked, shared));
}

/** A longer call of a script leaves time for a commit that somebody else makes, milliseconds. */
const LONGEST_SCRIPT_MS = 60_000;

/**
 * So does a call that asks git for a commit and waits for the permission of the user, which is in its time. The client
 * ends a command after ten minutes, milliseconds.
 */
const LONGEST_ASKED_MS = 600_000;

/** Digits of a hash from a log, which has it whole. git itself shortens to seven or more. */
const HASH_DIGITS = 10;

/** By what two hashes are compared: git prints them in different lengths. */
const shortHash = (hash: string) => hash.slice(0, 7);

/** The log has whole seconds. */
const secondOf = (at: EpochMs) => Math.floor(at / 1000) * 1000;

/**
 * The commits that git did not print, from the log of HEAD: those that were made in the folder of a call while it ran,
 * and while no call ran that is still open, which may print them. Each belongs to one call, and one that asked git to
 * commit comes before a script. The commits of such a call that git printed get their place, their kind and what they
 * replace from the log, too.
 *
 * @param printed those that git printed; they are changed
 */
function quietCommits(threads: readonly Thread[], printed: readonly ThreadCommit[]): ThreadCommit[] {
  const open: EpochMs[] = [];
  const calls = threads
    .flatMap(({ transcript, agent }) =>
      transcript.toolCalls.flatMap((call) => {
        const { outcome, copy } = call;
        if (outcome === null && !copy && call.name === 'Bash') open.push(call.at);
        return outcome?.quiet === undefined || copy
          ? []
          : [{ call, agent, outcome, quiet: outcome.quiet, lasted: outcome.at - call.at }];
      }),
    )
    .filter(({ quiet, lasted }) => lasted <= (quiet.isAsked ? LONGEST_ASKED_MS : LONGEST_SCRIPT_MS))
    .sort(
      (one, other) =>
        Number(other.quiet.isAsked) - Number(one.quiet.isAsked) ||
        one.lasted - other.lasted ||
        one.call.at - other.call.at,
    );
  const logs = new Map<string, readonly LoggedCommit[]>();
  const logOf = (folder: string) => {
    const log = logs.get(folder) ?? loggedCommits(folder);
    logs.set(folder, log);
    return log;
  };
  // An open call whose session has ended never gets a result.
  const mayBeOfOpen = (at: EpochMs) =>
    open.some((since) => at >= secondOf(since) && at <= since + LONGEST_ASKED_MS);
  const claimed = new Set(printed.map(({ hash }) => shortHash(hash)));
  const found: ThreadCommit[] = [];
  for (const { call, agent, outcome, quiet } of calls) {
    const from = secondOf(call.at);
    const during = quiet.folders.flatMap((folder) =>
      logOf(folder)
        .filter(({ at }) => at >= from && at <= outcome.at)
        .map((logged) => ({ ...logged, folder })),
    );
    const free = during.filter(({ hash, at }) => !claimed.has(shortHash(hash)) && !mayBeOfOpen(at));
    // The last ones: a call may have waited for the permission of the user first.
    const made = quiet.most === null ? free : free.slice(-quiet.most);
    if (made.length === 0) continue;
    const isGiven = made.filter(({ kind }) => kind === 'reverted').length === quiet.reverted.length;
    const given = quiet.reverted.values();
    const ofCall: ThreadCommit[] = printed.filter((one) => one.call === call);
    for (const [n, { hash, old, kind, subject, branch, folder }] of made.entries()) {
      claimed.add(shortHash(hash));
      const commit: ThreadCommit = {
        ...{ kind, subject, folder, call, outcome, agent },
        hash: hash.slice(0, HASH_DIGITS),
        branch: branch ?? (call.branch === 'HEAD' ? '' : call.branch),
        ...{ files: null, added: null, removed: null },
        place: outcome.commits.length + n,
        given: kind === 'reverted' && isGiven ? (given.next().value ?? '') : '',
        ...(kind === 'amended' && { old }),
        found: quiet.isAsked ? 'log' : 'log_of_script',
      };
      found.push(commit);
      ofCall.push(commit);
    }
    putInOrder(ofCall, during);
  }
  return found;
}

/** Gives the commits of a call their places in the log, if all of them stand there. */
function putInOrder(commits: readonly ThreadCommit[], log: readonly LoggedCommit[]): void {
  const places = new Map(log.map(({ hash }, place) => [shortHash(hash), place]));
  const placed = commits
    .flatMap((commit) => {
      const place = places.get(shortHash(commit.hash));
      return place === undefined ? [] : [{ commit, place, logged: log[place] }];
    })
    .sort((one, other) => one.place - other.place);
  if (placed.length < commits.length) return;
  for (const [place, { commit, logged }] of placed.entries()) {
    commit.place = place;
    if (logged === undefined || commit.found !== undefined) continue;
    commit.kind = logged.kind;
    if (logged.kind === 'amended') commit.old = logged.old;
  }
}

/** The main folder of the repository that a folder is in; undefined if either is gone. */
function repositoryIn(folder: string): string | undefined {
  return existsSync(folder) ? mainRoot(folder) : undefined;
}

function commitRow(linked: LinkedCommit<ThreadCommit>, shared: SessionColumns): SignalRow {
  const { commit, replaces, first, reverts, evidence } = linked;
  const { call, outcome, agent, hash, kind, place, files, added, removed, found } = commit;
  return {
    table: 'telemetry_events',
    row: {
      ...shared,
      ...noWork,
      // A commit that the log gave and that is printed later is the same: git mostly prints seven digits.
      event_id: identify('commit', shared.session_id, found === undefined ? hash : shortHash(hash)),
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
      sequence: call.place,
      payload: JSON.stringify({
        kind,
        place,
        branch: asName(commit.branch),
        ...(files === null ? {} : { files, lines_added: added, lines_removed: removed }),
        ...(replaces === '' ? {} : { replaces, first }),
        ...(reverts === '' ? {} : { reverts }),
        ...(evidence === '' ? {} : { evidence }),
        ...(found === undefined ? {} : { found }),
      }),
      version: eventVersion(),
    },
  };
}
