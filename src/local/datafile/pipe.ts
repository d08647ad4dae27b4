/** Parses `.pipe` files. */
import { DatafileError } from '../errors.js';
import { readCommands, requireBlock, requireValue, type Command, type Grammar } from './lines.js';
import { readToken } from './token.js';
import type { Pipe, PipeNode } from './types.js';

const copies = 'copy pipes are not supported by the local server';
const sinks = 'sinks are not supported by the local server';
const grammar: Grammar = {
  kind: 'pipe',
  commands: new Set([
    'DESCRIPTION',
    'NODE',
    'SCOPE',
    'SQL',
    'TYPE',
    'DATASOURCE',
    'DEPLOYMENT_METHOD',
    'TOKEN',
    'TAGS',
    'CACHE',
    'VERSION',
  ]),
  unsupported: new Map([
    ...['TARGET_DATASOURCE', 'COPY_SCHEDULE', 'COPY_MODE', 'MODE'].map((name): [string, string] => [
      name,
      copies,
    ]),
    ...[
      'EXPORT_CONNECTION_NAME',
      'EXPORT_KAFKA_TOPIC',
      'EXPORT_BUCKET_URI',
      'EXPORT_FILE_TEMPLATE',
      'EXPORT_SCHEDULE',
      'EXPORT_FORMAT',
      'EXPORT_STRATEGY',
      'EXPORT_COMPRESSION',
      'EXPORT_WRITE_STRATEGY',
    ].map((name): [string, string] => [name, sinks]),
    ['FILTER', 'filters are not supported'],
    ['INCLUDE', 'includes are not supported'],
  ]),
};

interface Draft {
  pipe: Pipe;
  node: PipeNode | undefined;
  type: { name: string; node: string; datasource?: string; alter: boolean } | undefined;
}

/** Parses a `.pipe` file; `name` is the file's name without extension. Throws a DatafileError. */
export function parsePipe(name: string, content: string): Pipe {
  const draft: Draft = {
    pipe: {
      kind: 'pipe',
      name,
      description: '',
      nodes: [],
      endpoint: undefined,
      materialized: undefined,
      tokens: [],
      content,
    },
    node: undefined,
    type: undefined,
  };
  for (const command of readCommands(content, grammar)) readCommand(draft, command);
  finishType(draft);
  checkNodes(draft.pipe);
  return draft.pipe;
}

function readCommand(draft: Draft, command: Command): void {
  const { pipe, node } = draft;
  switch (command.name) {
    case 'DESCRIPTION':
      (node ?? pipe).description = requireBlock(command, true);
      break;
    case 'NODE':
      draft.node = { name: requireValue(command), description: '', sql: '' };
      pipe.nodes.push(draft.node);
      break;
    case 'SQL':
      if (!node) throw new DatafileError(`line ${command.line}: SQL must follow a NODE`);
      node.sql = requireBlock(command, false);
      break;
    case 'TYPE':
      finishType(draft);
      if (!node) throw new DatafileError(`line ${command.line}: TYPE must follow a NODE`);
      draft.type = { name: requireValue(command).toLowerCase(), node: node.name, alter: false };
      break;
    case 'DATASOURCE':
      if (!draft.type)
        throw new DatafileError(`line ${command.line}: DATASOURCE must follow TYPE materialized`);
      draft.type.datasource = requireValue(command);
      break;
    case 'DEPLOYMENT_METHOD':
      if (requireValue(command).toLowerCase() !== 'alter' || !draft.type) {
        throw new DatafileError(
          `line ${command.line}: DEPLOYMENT_METHOD takes only alter, after TYPE materialized`,
        );
      }
      draft.type.alter = true;
      break;
    case 'TOKEN':
      pipe.tokens.push(readToken(command, ['READ']));
      break;
    default:
      // SCOPE, TAGS, CACHE and VERSION do not change any answer.
      break;
  }
}

function finishType(draft: Draft): void {
  const { pipe, type } = draft;
  if (!type) return;
  draft.type = undefined;
  if (type.name === 'endpoint') {
    if (pipe.endpoint !== undefined) throw new DatafileError('a pipe has one TYPE endpoint node only');
    pipe.endpoint = type.node;
  } else if (type.name === 'materialized') {
    if (type.datasource === undefined) {
      throw new DatafileError(`node ${type.node}: TYPE materialized needs DATASOURCE`);
    }
    if (pipe.materialized) throw new DatafileError('a pipe has one TYPE materialized node only');
    pipe.materialized = { node: type.node, datasource: type.datasource, alter: type.alter };
  } else if (type.name === 'copy') {
    throw new DatafileError(`node ${type.node}: ${copies}`);
  } else if (type.name === 'sink') {
    throw new DatafileError(`node ${type.node}: ${sinks}`);
  } else {
    throw new DatafileError(
      `node ${type.node}: TYPE ${type.name} is not endpoint, materialized, copy or sink`,
    );
  }
}

function checkNodes(pipe: Pipe): void {
  if (pipe.nodes.length === 0) throw new DatafileError('a pipe needs a NODE');
  const seen = new Set<string>();
  for (const node of pipe.nodes) {
    if (!/^[A-Za-z_]\w*$/.test(node.name)) throw new DatafileError(`"${node.name}" is not a valid node name`);
    if (seen.has(node.name)) throw new DatafileError(`node ${node.name} is there twice`);
    if (node.sql.trim() === '') throw new DatafileError(`node ${node.name} has no SQL`);
    seen.add(node.name);
  }
}
