/** The parts by which requests can be grouped. */
export const groupNames = [
  'model',
  'model_family',
  'agent',
  'skill',
  'project',
  'branch',
  'session',
  'session_type',
  'device',
  'user',
] as const;

export type GroupName = (typeof groupNames)[number];
