/**
 * Reads pull requests in the shape of `gh pr list --json number,url,state,createdAt,mergedAt,closedAt,updatedAt,headRefName`
 * into rows. Titles, texts, people and addresses in it are not kept.
 */
import { asCount, asObject, asText } from '../../base/json/json.js';
import { isStoreTime, storeTime } from '../../base/time/store-time.js';
import type { EpochMs } from '../../base/time/units.js';
import { identify } from '../identity.js';
import { asName } from '../privacy/name.js';
import { repositoryOfPullRequest } from '../project.js';
import { noWork, stamp, type Recorder, type SignalRow } from '../row.js';

const states = ['OPEN', 'MERGED', 'CLOSED'];

/** Largest number that the column holds. */
const MOST_NUMBER = 2 ** 32 - 1;

/**
 * The rows of a pull request: its newest known state, and when it was closed without a merge, if it was. The identity of
 * the state is its repository and number, so a newer state replaces an older one. A closing stays: if a later state is
 * another one, the pull request was opened again.
 *
 * @param readAt its version if it does not say when it was updated
 * @throws {Error} that names the field that is missing or wrong
 */
export function readPullRequest(entry: unknown, readAt: EpochMs, recorder: Recorder): SignalRow[] {
  const given = asObject(entry);
  if (given === undefined) throw new Error('it is not an object');
  const number = asCount(given.number);
  if (number === undefined || number === 0 || number > MOST_NUMBER || number !== given.number)
    throw new Error('number is not a number of a pull request');
  const repository = repositoryOfPullRequest(asText(given.url) ?? '');
  if (repository === undefined)
    throw new Error('url is not the address of a pull request (https://github.com/OWNER/NAME/pull/NUMBER)');
  if (numberIn(asText(given.url) ?? '') !== number) throw new Error(`number is not that of its url`);
  const state = asText(given.state) ?? '';
  if (!states.includes(state)) throw new Error(`state is not one of ${states.join(', ')}`);
  const openedAt = timeIn(given, 'createdAt', readAt);
  if (openedAt === null) throw new Error('createdAt is missing');
  const [mergedAt, closedAt] = [timeIn(given, 'mergedAt', readAt), timeIn(given, 'closedAt', readAt)];
  if (mergedAt !== null && mergedAt < openedAt) throw new Error('mergedAt is before createdAt');
  if (closedAt !== null && closedAt < openedAt) throw new Error('closedAt is before createdAt');
  if (state === 'MERGED' && mergedAt === null) throw new Error('mergedAt is missing');
  if (state === 'CLOSED' && closedAt === null) throw new Error('closedAt is missing');
  const size = {
    lines_added: countIn(given, 'additions'),
    lines_removed: countIn(given, 'deletions'),
    files: countIn(given, 'changedFiles'),
  };
  const version = timeIn(given, 'updatedAt', readAt) ?? readAt;
  const shared = {
    ...stamp(recorder),
    ...noWork,
    session_id: '',
    project: asName(repository.repository),
    source: 'git',
    ...{ prompt_id: '', agent_id: '', agent_type: '', skill_name: '', model: '' },
    ...{ error_class: '', tool_name: '', tool_use_id: '', pr_number: number },
  };
  const key = [repository.repository, String(number)];
  const newest: SignalRow = {
    table: 'telemetry_events',
    row: {
      ...shared,
      event_id: identify('pull_request_state', ...key),
      timestamp: storeTime(openedAt),
      event: 'pull_request_state',
      status: state.toLowerCase(),
      duration_ms: mergedAt === null ? null : mergedAt - openedAt,
      payload: JSON.stringify({
        repository: asName(repository.repository),
        host: repository.host,
        // Another repository's branch of that name is not the one that is checked out here.
        branch: given.isCrossRepository === true ? '' : asName(given.headRefName),
        ...(mergedAt === null ? {} : { merged_at: storeTime(mergedAt) }),
        // A merged one is closed, too; an open one may have been, before it was opened again.
        ...(closedAt === null || state === 'OPEN' ? {} : { closed_at: storeTime(closedAt) }),
        ...Object.fromEntries(Object.entries(size).filter(([, value]) => value !== null)),
      }),
      version,
    },
  };
  // What is open now and has a time of closing was closed before.
  if (closedAt === null || mergedAt !== null) return [newest];
  const closing: SignalRow = {
    table: 'telemetry_events',
    row: {
      ...shared,
      event_id: identify('pull_request_closed', ...key, storeTime(closedAt)),
      timestamp: storeTime(closedAt),
      event: 'pull_request_closed',
      status: '',
      duration_ms: null,
      payload: JSON.stringify({ repository: asName(repository.repository), host: repository.host }),
      version,
    },
  };
  return [newest, closing];
}

/** The number in the address of a pull request. */
function numberIn(url: string): number {
  const number =
    /\/(?:pull|pulls|pull-requests|pullrequest|merge_requests)\/(\d{1,15})(?!\d)/i.exec(url)?.[1] ?? NaN;
  return Number(number);
}

/** A count of it; null if it has none. @throws {Error} if it is no count */
function countIn(given: Record<string, unknown>, name: string): number | null {
  const value = given[name];
  if (value === null || value === undefined) return null;
  if (typeof value !== 'number' || asCount(value) !== value) throw new Error(`${name} is not a whole number`);
  return value;
}

/** The clock of the server may be a little ahead of this machine's, milliseconds. */
const AHEAD_MS = 24 * 3600_000;

/**
 * A time of it; null if it has none. `gh` writes the first moment of year 1 for some.
 *
 * @throws {Error} if it is no time, or one that has not come yet
 */
function timeIn(given: Record<string, unknown>, name: string, now: EpochMs): EpochMs | null {
  const value = given[name];
  if (value === null || value === undefined || value === '' || asText(value)?.startsWith('0001-') === true)
    return null;
  const at = Date.parse(asText(value) ?? '');
  if (Number.isNaN(at) || !isStoreTime(at)) throw new Error(`${name} is not a time`);
  if (at > now + AHEAD_MS) throw new Error(`${name} is in the future`);
  return at;
}
