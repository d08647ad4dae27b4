/** Parses the files of a project and checks their references. */
import { parseConnection } from '../datafile/connection.js';
import { connectionOf } from '../datafile/connector.js';
import { parseDatasource } from '../datafile/datasource.js';
import { parsePipe } from '../datafile/pipe.js';
import type { Connection, Datasource, Options, Pipe, Resource } from '../datafile/types.js';
import { DatafileError, messageOf, type FileProblem } from '../errors.js';
import { mergeParameters, type Parameter } from '../template/parameters.js';
import { compileTemplate, type Template } from '../template/template.js';

/** A file as it was sent. */
export interface SourceFile {
  /** `events.datasource` */
  filename: string;
  content: string;
}

interface CompiledTemplates {
  templates: ReadonlyMap<string, Template>;
  parameters: readonly Parameter[];
}

/** A pipe and its templates, which are parsed when they are first needed: most starts of the server need few of them. */
export class CompiledPipe {
  private compiled: CompiledTemplates | undefined;

  constructor(readonly pipe: Pipe) {}

  /** Parses the templates, once. Throws a DatafileError that names the node whose template is wrong. */
  compile(): CompiledTemplates {
    return (this.compiled ??= compileNodes(this.pipe));
  }

  /** The templates of the nodes, by name. Throws as `compile` does. */
  get templates(): ReadonlyMap<string, Template> {
    return this.compile().templates;
  }

  /** Parameters of all nodes, without duplicates. Throws as `compile` does. */
  get parameters(): readonly Parameter[] {
    return this.compile().parameters;
  }
}

/** Everything that is deployed together. */
export interface Project {
  files: readonly SourceFile[];
  datasources: ReadonlyMap<string, Datasource>;
  pipes: ReadonlyMap<string, CompiledPipe>;
  connections: ReadonlyMap<string, Connection>;
}

export const emptyProject: Project = {
  files: [],
  datasources: new Map(),
  pipes: new Map(),
  connections: new Map(),
};

/** The name under which the quarantined rows of a datasource can be read. */
export const quarantineName = (datasource: string) => `${datasource}_quarantine`;

/** Whether the datasource takes rows over the Events API. */
export const isIngestible = (datasource: Datasource) =>
  datasource.columns.some((column) => column.jsonPath !== undefined);

/**
 * Parses and cross-checks the files, without the engine. Reports one problem for each file that has one.
 *
 * @param areDeployed whether their templates were parsed before, when they were deployed, and can wait
 */
export function parseProject(
  files: readonly SourceFile[],
  { areDeployed = false } = {},
): { project: Project; problems: FileProblem[] } {
  const problems: FileProblem[] = [];
  const datasources = new Map<string, Datasource>();
  const pipes = new Map<string, CompiledPipe>();
  const connections = new Map<string, Connection>();
  const names = new Map<string, string>();
  for (const file of files) {
    try {
      const resource = parseFile(file);
      const other = names.get(resource.name);
      if (other !== undefined) throw new Error(`the name ${resource.name} is taken by ${other}`);
      names.set(resource.name, file.filename);
      if (resource.kind === 'datasource') datasources.set(resource.name, resource);
      else if (resource.kind === 'pipe') {
        const pipe = new CompiledPipe(resource);
        if (!areDeployed) pipe.compile();
        pipes.set(resource.name, pipe);
      } else connections.set(resource.name, resource);
    } catch (error) {
      problems.push({ filename: file.filename, error: messageOf(error) });
    }
  }
  const project: Project = { files, datasources, pipes, connections };
  if (problems.length === 0) problems.push(...crossCheck(project));
  return { project, problems };
}

function parseFile({ filename, content }: SourceFile): Resource {
  const [, name, extension] = /^(?:.*[/\\])?([^/\\]+)\.(\w+)$/.exec(filename) ?? [];
  if (name === undefined)
    throw new Error('the file name has no extension (.datasource, .pipe or .connection)');
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw new Error(`"${name}" is not a valid resource name: letters, digits and _ only, no digit first`);
  }
  if (/^ws_local(?:__\w+)?$/i.test(name)) throw new Error(`the name ${name} is the local server's own`);
  if (extension === 'datasource') return parseDatasource(name, content);
  if (extension === 'pipe') return parsePipe(name, content);
  if (extension === 'connection') return parseConnection(name, content);
  throw new Error(`.${extension ?? ''} files are not supported: .datasource, .pipe and .connection only`);
}

function compileNodes(pipe: Pipe): CompiledTemplates {
  const templates = new Map<string, Template>();
  for (const node of pipe.nodes) {
    try {
      templates.set(node.name, compileTemplate(node.sql));
    } catch (error) {
      throw new DatafileError(`node ${node.name}: ${messageOf(error)}`, { cause: error });
    }
  }
  return { templates, parameters: mergeParameters(templates.values()) };
}

function crossCheck(project: Project): FileProblem[] {
  const problems: FileProblem[] = [];
  for (const datasource of project.datasources.values()) {
    const error = datasourceProblem(project, datasource);
    if (error !== undefined) problems.push({ filename: `${datasource.name}.datasource`, error });
  }
  for (const compiled of project.pipes.values()) {
    for (const error of pipeProblems(project, compiled)) {
      problems.push({ filename: `${compiled.pipe.name}.pipe`, error });
    }
  }
  return problems;
}

function datasourceProblem(project: Project, datasource: Datasource): string | undefined {
  const quarantine = quarantineName(datasource.name);
  if (isIngestible(datasource) && project.datasources.has(quarantine)) {
    return `its quarantine needs the name ${quarantine}, which another datasource has`;
  }
  return datasource.connector && connectionProblem(project, datasource.connector);
}

function* pipeProblems(project: Project, compiled: CompiledPipe): Generator<string> {
  const { pipe } = compiled;
  const { materialized, copy, sink } = pipe;
  const targets = [
    // With an ENGINE, the pipe itself defines the datasource.
    ...materialized
      .filter(({ engine }) => engine === undefined)
      .map(({ node, datasource }) => ({ node, name: datasource })),
    copy && { node: copy.node, name: copy.target },
  ];
  for (const target of targets) {
    if (!target || project.datasources.has(target.name)) continue;
    yield `node ${target.node}: datasource ${target.name} does not exist`;
  }
  const dynamic =
    materialized.length > 0 && pipe.nodes.find((node) => compiled.templates.get(node.name)?.isDynamic);
  if (dynamic) yield `node ${dynamic.name}: a materialized pipe cannot have parameters`;
  const problem = sink && connectionProblem(project, sink.options);
  if (problem !== undefined) yield `node ${sink?.node}: ${problem}`;
}

/**
 * Why the options do not fit the connection that they name. A connection without a file is accepted: it may exist in
 * the workspace on Tinybird Cloud, and this server never connects.
 */
function connectionProblem({ connections }: Project, options: Options): string | undefined {
  const wanted = connectionOf(options);
  const connection = wanted && connections.get(wanted.name);
  if (!connection || wanted.types.includes(connection.type)) return undefined;
  return `connection ${wanted.name} is of type ${connection.type}, expected ${wanted.types.join(' or ')}`;
}
