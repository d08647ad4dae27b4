/** Parses `.datasource` files. */
import { DatafileError } from '../errors.js';
import { tableEngines } from '../table-engines.js';
import { readCommands, requireBlock, requireValue, type Command, type Grammar } from './lines.js';
import { readIndexes, readSchema } from './schema.js';
import { readToken } from './token.js';
import type { Datasource, TableEngine } from './types.js';

const connector = 'connections are not supported by the local server; ingest over /v0/events instead';
const grammar: Grammar = {
  kind: 'datasource',
  commands: new Set([
    'DESCRIPTION',
    'TOKEN',
    'SCHEMA',
    'INDEXES',
    'ENGINE',
    'ENGINE_SORTING_KEY',
    'ENGINE_PARTITION_KEY',
    'ENGINE_PRIMARY_KEY',
    'ENGINE_SAMPLING_KEY',
    'ENGINE_TTL',
    'ENGINE_SETTINGS',
    'ENGINE_VER',
    'ENGINE_IS_DELETED',
    'ENGINE_SIGN',
    'ENGINE_VERSION',
    'ENGINE_SUMMING_COLUMNS',
    'ENGINE_COLUMNS',
    'TAGS',
    'SHARED_WITH',
    'FORWARD_QUERY',
    'BACKFILL',
    'VERSION',
  ]),
  unsupported: new Map([
    ...[
      'KAFKA_CONNECTION_NAME',
      'KAFKA_TOPIC',
      'KAFKA_GROUP_ID',
      'KAFKA_AUTO_OFFSET_RESET',
      'KAFKA_STORE_RAW_VALUE',
      'KAFKA_STORE_HEADERS',
      'KAFKA_KEY_FORMAT',
      'KAFKA_VALUE_FORMAT',
      'IMPORT_CONNECTION_NAME',
      'IMPORT_BUCKET_URI',
      'IMPORT_SCHEDULE',
      'IMPORT_FROM_TIMESTAMP',
      'IMPORT_TABLE_ARN',
      'IMPORT_EXPORT_BUCKET',
      'IMPORT_SERVICE',
    ].map((name): [string, string] => [name, connector]),
    ['INCLUDE', 'includes are not supported'],
    ['SETTINGS', 'not an option, use ENGINE_SETTINGS'],
  ]),
};

const engines = new Set<string>(tableEngines);

/** Parses a `.datasource` file; `name` is the file's name without extension. Throws a DatafileError. */
export function parseDatasource(name: string, content: string): Datasource {
  const datasource: Datasource = {
    kind: 'datasource',
    name,
    description: '',
    columns: [],
    indexes: [],
    engine: emptyEngine(),
    forwardQuery: undefined,
    backfill: undefined,
    tokens: [],
    content,
  };
  for (const command of readCommands(content, grammar)) readCommand(datasource, command);
  if (datasource.columns.length === 0) throw new DatafileError('SCHEMA is missing');
  checkEngine(datasource.engine);
  return datasource;
}

function readCommand(datasource: Datasource, command: Command): void {
  const { engine } = datasource;
  switch (command.name) {
    case 'DESCRIPTION':
      datasource.description = requireBlock(command, true);
      break;
    case 'TOKEN':
      datasource.tokens.push(readToken(command, ['READ', 'APPEND']));
      break;
    case 'SCHEMA':
      datasource.columns = readSchema(requireBlock(command, false));
      break;
    case 'INDEXES':
      datasource.indexes = readIndexes(requireBlock(command, false));
      break;
    case 'ENGINE':
      engine.name = requireValue(command);
      break;
    case 'ENGINE_SORTING_KEY':
      engine.sortingKey = requireValue(command);
      break;
    case 'ENGINE_PARTITION_KEY':
      // "" is an empty partition key, which is the same as none.
      engine.partitionKey = command.value === '' ? undefined : requireValue(command);
      break;
    case 'ENGINE_PRIMARY_KEY':
      engine.primaryKey = requireValue(command);
      break;
    case 'ENGINE_SAMPLING_KEY':
      engine.samplingKey = requireValue(command);
      break;
    case 'ENGINE_TTL':
      engine.ttl = command.value === '' ? undefined : requireValue(command);
      break;
    case 'ENGINE_SETTINGS':
      engine.settings = requireValue(command);
      break;
    case 'ENGINE_VER':
    case 'ENGINE_VERSION':
      engine.version = requireValue(command);
      break;
    case 'ENGINE_IS_DELETED':
      engine.isDeleted = requireValue(command);
      break;
    case 'ENGINE_SIGN':
      engine.sign = requireValue(command);
      break;
    case 'ENGINE_SUMMING_COLUMNS':
    case 'ENGINE_COLUMNS':
      engine.summingColumns = requireValue(command);
      break;
    case 'FORWARD_QUERY':
      datasource.forwardQuery = requireBlock(command, false);
      break;
    case 'BACKFILL':
      if (requireValue(command).toLowerCase() !== 'skip') {
        throw new DatafileError(`line ${command.line}: BACKFILL takes only skip`);
      }
      datasource.backfill = 'skip';
      break;
    default:
      // TAGS, SHARED_WITH and VERSION have no effect in a single local workspace.
      break;
  }
}

function emptyEngine(): TableEngine {
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
  };
}

function checkEngine(engine: TableEngine): void {
  if (!engines.has(engine.name)) {
    throw new DatafileError(
      `ENGINE ${engine.name} is not supported by the local server; it has ${[...engines].join(', ')}`,
    );
  }
  const isReplacing = engine.name === 'ReplacingMergeTree';
  const isVersioned = isReplacing || engine.name === 'VersionedCollapsingMergeTree';
  const isCollapsing = engine.name.endsWith('CollapsingMergeTree');
  const wrong: [boolean, string][] = [
    [engine.version !== undefined && !isVersioned, 'ENGINE_VER / ENGINE_VERSION'],
    [engine.isDeleted !== undefined && !isReplacing, 'ENGINE_IS_DELETED'],
    [engine.sign !== undefined && !isCollapsing, 'ENGINE_SIGN'],
    [engine.summingColumns !== undefined && engine.name !== 'SummingMergeTree', 'ENGINE_SUMMING_COLUMNS'],
  ];
  for (const [isWrong, option] of wrong) {
    if (isWrong) throw new DatafileError(`${option} does not belong to ENGINE ${engine.name}`);
  }
  if (engine.isDeleted !== undefined && engine.version === undefined) {
    throw new DatafileError('ENGINE_IS_DELETED needs ENGINE_VER');
  }
  if (isCollapsing && engine.sign === undefined)
    throw new DatafileError(`ENGINE ${engine.name} needs ENGINE_SIGN`);
  if (engine.name === 'VersionedCollapsingMergeTree' && engine.version === undefined) {
    throw new DatafileError('ENGINE VersionedCollapsingMergeTree needs ENGINE_VERSION');
  }
}
