/** What checks can be grouped by. */
export const qualityGroups = ['class', 'session', 'branch', 'commit'] as const;
