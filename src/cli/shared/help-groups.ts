/** The groups of commands in the overview `atel --help`. */

/** The heading of each group, in this order; null for commands that people do not type. */
export const helpGroups = {
  start: 'Start:',
  ask: 'Ask:',
  tools: 'Your own tools:',
  export: 'Export:',
  internal: null,
} as const;

export type HelpGroup = keyof typeof helpGroups;
