/** Parses `.pipe` files. */
import { DatafileError } from '../errors.js';
import { checkExport, readOption, readSchedule } from './connector.js';
import { checkEngine, emptyEngine, engineCommands, readEngineCommand } from './engine.js';
import { readCommands, readList, requireBlock, requireValue, type Command, type Grammar } from './lines.js';
import { readToken } from './token.js';
import type { Copy, Pipe, PipeNode, TableEngine } from './types.js';

const grammar: Grammar = {
  kind: 'pipe',
  commands: new Set([
    ...engineCommands,
    'DESCRIPTION',
    'NODE',
    'SCOPE',
    'SQL',
    'TYPE',
    'DATASOURCE',
    'DEPLOYMENT_METHOD',
    'TARGET_DATASOURCE',
    'COPY_SCHEDULE',
    'COPY_MODE',
    'MODE',
    'FILTER',
    'TOKEN',
    'TAGS',
    'CACHE',
    'VERSION',
  ]),
  prefixes: ['EXPORT_'],
  unsupported: new Map([['INCLUDE', 'includes are not supported: write the lines into the file']]),
};

/** TYPE and the lines that belong to it. */
interface NodeType {
  name: string;
  node: string;
  line: number;
  datasource?: string;
  alter: boolean;
  engine: TableEngine | undefined;
  target?: string;
  schedule?: string;
  mode?: Copy['mode'];
  options: Record<string, string>;
}

interface Draft {
  pipe: Pipe;
  node: PipeNode | undefined;
  type: NodeType | undefined;
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
      materialized: [],
      copy: undefined,
      sink: undefined,
      tags: [],
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
      draft.type = {
        name: requireValue(command).toLowerCase(),
        node: node.name,
        line: command.line,
        alter: false,
        engine: undefined,
        options: {},
      };
      break;
    case 'TOKEN':
      pipe.tokens.push(readToken(command, ['READ']));
      break;
    case 'TAGS':
      pipe.tags = readList(command);
      break;
    case 'SCOPE':
    case 'CACHE':
    case 'FILTER':
    case 'VERSION':
      // They change no answer.
      break;
    default:
      readTypeCommand(draft.type, command);
  }
}

/** A command that belongs to a TYPE before it. */
function readTypeCommand(type: NodeType | undefined, command: Command): void {
  const { name, line } = command;
  const belongsTo = (one: string): NodeType => {
    if (type?.name === one) return type;
    throw new DatafileError(`line ${line}: ${name} must follow TYPE ${one}`);
  };
  if (name === 'DATASOURCE') {
    belongsTo('materialized').datasource = requireValue(command);
  } else if (name === 'DEPLOYMENT_METHOD') {
    if (requireValue(command).toLowerCase() !== 'alter') {
      throw new DatafileError(`line ${line}: DEPLOYMENT_METHOD takes only alter`);
    }
    belongsTo('materialized').alter = true;
  } else if (name === 'TARGET_DATASOURCE') {
    belongsTo('copy').target = requireValue(command);
  } else if (name === 'COPY_SCHEDULE') {
    belongsTo('copy').schedule = readSchedule(name, requireValue(command), line);
  } else if (name === 'COPY_MODE' || name === 'MODE') {
    const mode = requireValue(command).toLowerCase();
    if (mode !== 'append' && mode !== 'replace') {
      throw new DatafileError(`line ${line}: ${name} is append or replace, found "${command.value}"`);
    }
    belongsTo('copy').mode = mode;
  } else if (name.startsWith('EXPORT_')) {
    readOption(belongsTo('sink').options, command);
  } else {
    const into = belongsTo('materialized');
    into.engine ??= emptyEngine();
    readEngineCommand(into.engine, command);
  }
}

function finishType(draft: Draft): void {
  const { pipe, type } = draft;
  if (!type) return;
  draft.type = undefined;
  const { node } = type;
  const once = (known: unknown) => {
    if (known !== undefined) {
      throw new DatafileError(`line ${type.line}: a pipe has one TYPE ${type.name} node only`);
    }
  };
  if (type.name === 'endpoint') {
    once(pipe.endpoint);
    pipe.endpoint = node;
  } else if (type.name === 'materialized') {
    if (type.datasource === undefined) {
      throw new DatafileError(`line ${type.line}: node ${node}: TYPE materialized needs DATASOURCE`);
    }
    if (type.engine) checkEngine(type.engine);
    pipe.materialized.push({ node, datasource: type.datasource, alter: type.alter, engine: type.engine });
  } else if (type.name === 'copy') {
    once(pipe.copy);
    if (type.target === undefined) {
      throw new DatafileError(`line ${type.line}: node ${node}: TYPE copy needs TARGET_DATASOURCE`);
    }
    const { target, schedule = '@on-demand', mode = 'append' } = type;
    pipe.copy = { node, target, schedule, mode };
  } else if (type.name === 'sink') {
    once(pipe.sink);
    checkExport(node, type.options);
    pipe.sink = { node, options: type.options };
  } else {
    throw new DatafileError(
      `line ${type.line}: node ${node}: TYPE ${type.name} is not endpoint, materialized, copy or sink`,
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
