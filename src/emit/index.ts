/** `emit`, for a user's own tools. */
export { emit, type EmitOptions } from './emit.js';
export type { EmitOutcome } from './record.js';
export type { EmittedEvent } from './vocabulary.js';
