/** Datasources that have no file, because the pipe that fills them defines their engine. */
import { parseDatasource } from '../datafile/datasource.js';
import { engineLines } from '../datafile/engine.js';
import type { TableEngine } from '../datafile/types.js';
import type { Engine } from '../engine/engine.js';
import { DatafileError, messageOf, type FileProblem } from '../errors.js';
import { qualified, quoteIdentifier } from '../sql/quote.js';
import { createEmpty, inCheckDatabase, outputColumns, type OutputColumn } from './check.js';
import type { Databases } from './databases.js';
import type { Project, SourceFile } from './project.js';
import { Resolver } from './resolve.js';

/**
 * The files of such datasources, as they would be written: the columns are those of the pipe's query. Empty if the
 * project has none. A pipe can read the datasource of another one.
 */
export async function deriveFiles(
  engine: Engine,
  project: Project,
  databases: Databases,
): Promise<{ files: SourceFile[]; problems: FileProblem[] }> {
  const waiting = new Map(
    [...project.pipes.values()].flatMap((compiled) => {
      const { materialized, name } = compiled.pipe;
      return materialized.flatMap(({ node, datasource, engine: table }) =>
        table === undefined || project.datasources.has(datasource)
          ? []
          : [[datasource, { compiled, name, node, table }] as const],
      );
    }),
  );
  const files: SourceFile[] = [];
  if (waiting.size === 0) return { files, problems: [] };
  const datasources = new Map(project.datasources);
  return inCheckDatabase(engine, databases, async () => {
    for (const datasource of datasources.values()) {
      const error = await createEmpty(engine, datasource, databases.check);
      if (error !== undefined)
        return { files, problems: [{ filename: `${datasource.name}.datasource`, error }] };
    }
    for (;;) {
      const problems: FileProblem[] = [];
      const before = waiting.size;
      const resolver = new Resolver(
        { ...project, datasources },
        (name) => qualified(databases.check, name),
        engine.sources,
      );
      for (const [target, { compiled, name, node, table }] of waiting) {
        try {
          const resolved = resolver.node(compiled, node, new Map(), 'run');
          const content = contentOf(await outputColumns(engine, resolved), table);
          const datasource = parseDatasource(target, content);
          const error = await createEmpty(engine, datasource, databases.check);
          if (error !== undefined) throw new DatafileError(error);
          datasources.set(datasource.name, datasource);
          files.push({ filename: `${datasource.name}.datasource`, content });
          waiting.delete(target);
        } catch (error) {
          problems.push({
            filename: `${name}.pipe`,
            error: `node ${node}: ${messageOf(error)}`,
          });
        }
      }
      if (waiting.size === before || waiting.size === 0) return { files, problems };
    }
  });
}

function contentOf(columns: readonly OutputColumn[], engine: TableEngine): string {
  const schema = columns.map(({ name, type }) => `    ${quoteIdentifier(name)} ${type}`);
  return `SCHEMA >\n${schema.join(',\n')}\n\n${engineLines(engine).join('\n')}\n`;
}
