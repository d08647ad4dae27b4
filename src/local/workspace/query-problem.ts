/** Turns the engine's errors into HTTP errors. */
import { engineCode } from '../engine/engine-error.js';
import { queryLimits, type LaneName } from '../engine/engine.js';
import { ApiError, messageOf } from '../errors.js';
import { messageWithoutQuery } from './engine-message.js';

/** Codes of ClickHouse with a cause other than the query itself. */
const codes = { timeout: 159, memory: 241, cancelled: 394, thrown: 395, tooLarge: 396, tooMany: 202 };

/** Codes of temporary shortages (memory, disk, threads), or of an engine that is stopping. */
const passing = new Set([173, 236, 243, 425, 439, 473]);

/** Codes that blame the engine, its files or the machine. */
const own = new Set([40, 49, 74, 75, 76, 246, 1000, 1001, 1002]);

/**
 * The HTTP error for a query that the engine refused; for all other codes, the query is to blame. Errors that do not
 * come from the engine are returned unchanged.
 *
 * @param most the largest answer, bytes
 */
export function queryProblem(error: unknown, lane: LaneName, most: number): unknown {
  const code = engineCode(error);
  if (code === undefined) return error;
  const message = `[Error] ${messageWithoutQuery(messageOf(error))}`;
  if (code === codes.memory) return memoryProblem(messageOf(error), lane);
  if (code === codes.tooLarge) return answerTooLarge(most);
  if (code === codes.timeout || code === codes.cancelled) return new ApiError(408, message);
  if (code === codes.tooMany) return new ApiError(429, message);
  // throwIf: the query's own message, without the engine's name for the error.
  if (code === codes.thrown) return new ApiError(400, message.replace(/\.? ?\([A-Z_]+\)$/, ''));
  if (passing.has(code)) return new ApiError(503, message);
  return new ApiError(own.has(code) ? 500 : 400, message);
}

/** @param most bytes */
export function answerTooLarge(most: number): ApiError {
  return new ApiError(
    413,
    `[Error] The answer is larger than ${most / 1_000_000} MB: ask for fewer rows (LIMIT), fewer columns or a shorter period`,
  );
}

function memoryProblem(message: string, lane: LaneName): ApiError {
  // The memory limit of all queries together, or of the machine: a later request may succeed.
  if (!/Query memory limit/i.test(message)) {
    return new ApiError(
      503,
      `[Error] Not enough memory for the query at the moment: try again (MEMORY_LIMIT_EXCEEDED)`,
    );
  }
  const limit = `${queryLimits[lane].max_memory_usage / 1_000_000_000} GB`;
  const whose = lane === 'pipes' ? 'a pipe' : 'a query of your own';
  return new ApiError(
    400,
    `[Error] The query needs more than ${limit} of memory, the limit of ${whose}: read a shorter period or fewer columns, or make what it groups, sorts or joins smaller (MEMORY_LIMIT_EXCEEDED)`,
  );
}
