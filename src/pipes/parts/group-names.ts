/** The parts by which requests can be grouped. */
export const groupNames = [
  'model',
  'model_family',
  'agent',
  'skill',
  'project',
  'branch',
  'session',
] as const;

export type GroupName = (typeof groupNames)[number];
