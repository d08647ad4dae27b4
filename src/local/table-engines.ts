/** The engines that a datasource may have; the engine's user has no right to other kinds of stored tables. */
export const tableEngines = [
  'MergeTree',
  'ReplacingMergeTree',
  'SummingMergeTree',
  'AggregatingMergeTree',
  'CollapsingMergeTree',
  'VersionedCollapsingMergeTree',
  'Join',
  'Null',
] as const;
