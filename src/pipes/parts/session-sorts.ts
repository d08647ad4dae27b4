/** What a list of sessions can be sorted by, and in which order. */
export const sessionSorts = [
  'activity',
  'started',
  'duration',
  'cost',
  'tokens',
  'requests',
  'failures',
] as const;
export const sessionOrders = ['desc', 'asc'] as const;

export type SessionSort = (typeof sessionSorts)[number];

/** Default: the sessions that were active last. */
export interface SortedBy {
  sort: SessionSort;
  order: (typeof sessionOrders)[number];
}

export const byActivity: SortedBy = { sort: 'activity', order: 'desc' };
