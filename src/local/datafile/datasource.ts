/** Parses `.datasource` files. */
import { DatafileError } from '../errors.js';
import { checkImport, readOption } from './connector.js';
import { checkEngine, emptyEngine, engineCommands, readEngineCommand } from './engine.js';
import {
  lineOf,
  readCommands,
  readList,
  requireBlock,
  requireValue,
  type Command,
  type Grammar,
} from './lines.js';
import { readProjections } from './projections.js';
import { plainColumn, readIndexes, readSchema } from './schema.js';
import { readToken } from './token.js';
import type { Datasource } from './types.js';

const grammar: Grammar = {
  kind: 'datasource',
  commands: new Set([
    ...engineCommands,
    'DESCRIPTION',
    'TOKEN',
    'SCHEMA',
    'INDEXES',
    'PROJECTIONS',
    'TAGS',
    'SHARED_WITH',
    'FORWARD_QUERY',
    'BACKFILL',
    'VERSION',
  ]),
  prefixes: ['KAFKA_', 'IMPORT_'],
  unsupported: new Map([
    ['INCLUDE', 'includes are not supported: write the lines into the file'],
    ['SETTINGS', 'not an option, use ENGINE_SETTINGS'],
  ]),
};

/** Parses a `.datasource` file; `name` is the file's name without extension. Throws a DatafileError. */
export function parseDatasource(name: string, content: string): Datasource {
  const datasource: Datasource = {
    kind: 'datasource',
    name,
    description: '',
    columns: [],
    indexes: [],
    projections: [],
    engine: emptyEngine(),
    forwardQuery: undefined,
    backfill: undefined,
    connector: undefined,
    tags: [],
    sharedWith: [],
    tokens: [],
    content,
  };
  const options: Record<string, string> = {};
  for (const command of readCommands(content, grammar)) readCommand(datasource, options, command);
  if (datasource.columns.length === 0) throw new DatafileError('SCHEMA is missing');
  checkEngine(datasource.engine);
  if (Object.keys(options).length > 0) {
    checkImport(options);
    datasource.connector = options;
    addKafkaColumns(datasource);
  }
  return datasource;
}

function readCommand(datasource: Datasource, options: Record<string, string>, command: Command): void {
  if (readEngineCommand(datasource.engine, command)) return;
  switch (command.name) {
    case 'DESCRIPTION':
      datasource.description = requireBlock(command, true);
      break;
    case 'TOKEN':
      datasource.tokens.push(readToken(command, ['READ', 'APPEND']));
      break;
    case 'SCHEMA':
      datasource.columns = readSchema(requireBlock(command, false), (offset) => lineOf(command, offset));
      break;
    case 'INDEXES':
      requireBlock(command, false);
      datasource.indexes = readIndexes(command);
      break;
    case 'PROJECTIONS':
      datasource.projections = readProjections(requireBlock(command, false), (offset) =>
        lineOf(command, offset),
      );
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
    case 'TAGS':
      datasource.tags = readList(command);
      break;
    case 'SHARED_WITH':
      datasource.sharedWith = readList(command);
      break;
    case 'VERSION':
      break;
    default:
      readOption(options, command);
  }
}

/** The columns that Tinybird adds to a datasource of a Kafka topic. */
const kafkaColumns: readonly (readonly [string, string])[] = [
  ['__value', 'String'],
  ['__topic', 'LowCardinality(String)'],
  ['__partition', 'Int16'],
  ['__offset', 'Int64'],
  ['__timestamp', 'DateTime'],
  ['__key', 'String'],
];

function addKafkaColumns({ columns, connector }: Datasource): void {
  if (connector?.KAFKA_TOPIC === undefined) return;
  const hasHeaders = /^true$/i.test(connector.KAFKA_STORE_HEADERS ?? '');
  const headers = ['__headers', 'Map(String, String)'] as const;
  for (const [name, type] of hasHeaders ? [...kafkaColumns, headers] : kafkaColumns) {
    if (columns.some((column) => column.name === name)) continue;
    columns.push(plainColumn(name, type));
  }
}
