/** The events that a user's own tools can emit. Separate from their schemas, which take a while to load. */
export const eventNames = [
  'command_start',
  'command_end',
  'wave_start',
  'wave_complete',
  'issue_start',
  'issue_phase',
  'issue_complete',
  'context_snapshot',
  'custom',
] as const;
