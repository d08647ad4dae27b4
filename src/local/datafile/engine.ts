/** Reads the ENGINE lines of a datafile. */
import { DatafileError } from '../errors.js';
import { tableEngines } from '../table-engines.js';
import { requireValue, type Command } from './lines.js';
import type { TableEngine } from './types.js';

/** What each option sets. Some options have an older name too. */
const options = new Map<string, Exclude<keyof TableEngine, 'name'>>([
  ['ENGINE_SORTING_KEY', 'sortingKey'],
  ['ENGINE_PARTITION_KEY', 'partitionKey'],
  ['ENGINE_PRIMARY_KEY', 'primaryKey'],
  ['ENGINE_SAMPLING_KEY', 'samplingKey'],
  ['ENGINE_TTL', 'ttl'],
  ['ENGINE_SETTINGS', 'settings'],
  ['ENGINE_VER', 'version'],
  ['ENGINE_VERSION', 'version'],
  ['ENGINE_IS_DELETED', 'isDeleted'],
  ['ENGINE_SIGN', 'sign'],
  ['ENGINE_SUMMING_COLUMNS', 'summingColumns'],
  ['ENGINE_COLUMNS', 'summingColumns'],
  ['ENGINE_JOIN_STRICTNESS', 'joinStrictness'],
  ['ENGINE_JOIN_TYPE', 'joinType'],
  ['ENGINE_KEY_COLUMNS', 'keyColumns'],
]);

/** The commands of a table's engine. */
export const engineCommands: readonly string[] = ['ENGINE', ...options.keys()];

/** Sets what the command says; false if it is not a command of the engine. */
export function readEngineCommand(engine: TableEngine, command: Command): boolean {
  if (command.name === 'ENGINE') {
    const written = requireValue(command);
    const name = tableEngines.find((one) => one.toLowerCase() === written.toLowerCase());
    if (name === undefined) {
      throw new DatafileError(
        `line ${command.line}: ENGINE ${written} is not supported by the local server; it has ${tableEngines.join(', ')}`,
      );
    }
    engine.name = name;
    return true;
  }
  const key = options.get(command.name);
  if (key === undefined) return false;
  // Tinybird's own client writes an option that is not set as "".
  const isEmpty = command.block === undefined && command.value === '';
  engine[key] = isEmpty ? undefined : requireValue(command);
  return true;
}

/** MergeTree without keys, which a datafile without ENGINE lines has. */
export function emptyEngine(): TableEngine {
  return {
    name: 'MergeTree',
    sortingKey: undefined,
    partitionKey: undefined,
    primaryKey: undefined,
    samplingKey: undefined,
    ttl: undefined,
    settings: undefined,
    version: undefined,
    isDeleted: undefined,
    sign: undefined,
    summingColumns: undefined,
    joinStrictness: undefined,
    joinType: undefined,
    keyColumns: undefined,
  };
}

/** Throws a DatafileError if options do not belong to the engine, or one that it needs is missing. */
export function checkEngine(engine: TableEngine): void {
  const isReplacing = engine.name === 'ReplacingMergeTree';
  const isVersioned = isReplacing || engine.name === 'VersionedCollapsingMergeTree';
  const isCollapsing = engine.name.endsWith('CollapsingMergeTree');
  const wrong: [boolean, string][] = [
    [engine.version !== undefined && !isVersioned, 'ENGINE_VER / ENGINE_VERSION'],
    [engine.isDeleted !== undefined && !isReplacing, 'ENGINE_IS_DELETED'],
    [engine.sign !== undefined && !isCollapsing, 'ENGINE_SIGN'],
    [engine.summingColumns !== undefined && engine.name !== 'SummingMergeTree', 'ENGINE_SUMMING_COLUMNS'],
    ...joinOptions.map(({ key, option }): [boolean, string] => [
      engine[key] !== undefined && engine.name !== 'Join',
      option,
    ]),
  ];
  for (const [isWrong, option] of wrong) {
    if (isWrong) throw new DatafileError(`${option} does not belong to ENGINE ${engine.name}`);
  }
  if (engine.name === 'Join') checkJoin(engine);
  if (engine.isDeleted !== undefined && engine.version === undefined) {
    throw new DatafileError('ENGINE_IS_DELETED needs ENGINE_VER');
  }
  if (isCollapsing && engine.sign === undefined)
    throw new DatafileError(`ENGINE ${engine.name} needs ENGINE_SIGN`);
  if (engine.name === 'VersionedCollapsingMergeTree' && engine.version === undefined) {
    throw new DatafileError('ENGINE VersionedCollapsingMergeTree needs ENGINE_VERSION');
  }
}

/** What ENGINE Join needs; `values` are all that an option can have. */
const joinOptions = [
  { key: 'joinStrictness', option: 'ENGINE_JOIN_STRICTNESS', values: ['ANY', 'ALL', 'SEMI', 'ANTI'] },
  { key: 'joinType', option: 'ENGINE_JOIN_TYPE', values: ['LEFT', 'INNER', 'RIGHT', 'FULL'] },
  { key: 'keyColumns', option: 'ENGINE_KEY_COLUMNS', values: [] },
] as const;

function checkJoin(engine: TableEngine): void {
  for (const { key, option, values } of joinOptions) {
    const value = engine[key];
    if (value === undefined) throw new DatafileError(`ENGINE Join needs ${option}`);
    if (values.length > 0 && !values.some((one) => one === value.toUpperCase()))
      throw new DatafileError(`${option} is one of ${values.join(', ')}, found ${value}`);
  }
}

/** The lines that say this. */
export function engineLines(engine: TableEngine): string[] {
  const keys = new Set<string>();
  const lines = [...options].flatMap(([name, key]) => {
    const value = engine[key];
    if (value === undefined || keys.has(key)) return [];
    keys.add(key);
    return [`${name} "${value}"`];
  });
  return [`ENGINE "${engine.name}"`, ...lines];
}
