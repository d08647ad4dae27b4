/** The engines that a datasource may have; the engine's user has a right to no other kind of stored table. */
export const tableEngines = [
  'MergeTree',
  'ReplacingMergeTree',
  'SummingMergeTree',
  'AggregatingMergeTree',
  'CollapsingMergeTree',
  'VersionedCollapsingMergeTree',
  'Null',
] as const;
