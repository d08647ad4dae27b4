/** Answers the pipes about a user's own tools from a project's log alone: same shapes, no store. */
export { logEvent, type LogEvent } from './event.js';
export { gather, type LogWindow } from './gather.js';
export type { Period } from '../pipes/parts/period-names.js';
export { readLog, type LogReading } from './read.js';
export { toolCalls } from './tool-calls.js';
export { taskTrace } from './trace.js';
export { startBefore, widened, workByTool, workEnds, workSummary, workTrend } from './work.js';
