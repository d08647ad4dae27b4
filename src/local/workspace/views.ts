/** The materialized views of a project, and the order in which they fill datasources. */
import type { Datasource } from '../datafile/types.js';
import { hashOf } from './ddl.js';
import type { CompiledPipe, Project } from './project.js';
import { Resolver } from './resolve.js';

/** A materialized view fills one datasource from another. */
export interface View {
  pipe: string;
  node: string;
  source: string;
  target: string;
  /** All resources that the query reads. */
  reads: readonly string[];
  alter: boolean;
}

/** The project's views. */
export function findViews(project: Project, sources: ReadonlySet<string>): View[] {
  // The names are only compared and hashed, so each table name stands for itself.
  const resolver = new Resolver(project, (name) => name, sources);
  return [...project.pipes.values()].flatMap((compiled): View[] => {
    const { materialized, name } = compiled.pipe;
    return materialized.flatMap(({ node, datasource: target, alter }) => {
      const { datasources: reads } = resolver.node(compiled, node, new Map(), 'run');
      const [source] = reads;
      return source === undefined ? [] : [{ pipe: name, node, source, target, reads, alter }];
    });
  });
}

/** A datasource, and those that views fill from it, directly or indirectly. */
export function filledWith(name: string, views: readonly View[]): string[] {
  const filled = [name];
  for (const source of filled)
    for (const view of views)
      if (view.source === source && !filled.includes(view.target)) filled.push(view.target);
  return filled;
}

/** The SELECT of a view, over the tables that `tableOf` names. */
export function viewSelect(
  project: Project,
  view: View,
  tableOf: (name: string) => string,
  sources: ReadonlySet<string>,
): string {
  const compiled: CompiledPipe | undefined = project.pipes.get(view.pipe);
  if (!compiled) throw new Error(`pipe ${view.pipe} is not in the project`);
  return new Resolver(project, tableOf, sources).node(compiled, view.node, new Map(), 'run').sql;
}

/** Datasources ordered so that each comes after those that fill it. Views in a circle keep the order of the files. */
export function inFillOrder(project: Project, views: readonly View[]): Datasource[] {
  const ordered: Datasource[] = [];
  const done = new Set<string>();
  const visit = (name: string): void => {
    if (done.has(name)) return;
    done.add(name);
    for (const view of views) if (view.target === name) view.reads.forEach(visit);
    const datasource = project.datasources.get(name);
    if (datasource) ordered.push(datasource);
  };
  for (const name of project.datasources.keys()) visit(name);
  return ordered;
}

/**
 * Hash of everything that fills each datasource, including what fills its sources. If it changes, the existing rows
 * were computed by another query than the deployed one.
 */
export function fillHashes(
  project: Project,
  views: readonly View[],
  sources: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const hashes = new Map<string, string>();
  for (const { name } of inFillOrder(project, views)) {
    const parts = views
      .filter((view) => view.target === name)
      .map((view) => [
        viewSelect(project, view, (table) => table, sources).replaceAll(/\s+/g, ' '),
        ...view.reads.map((read) => hashes.get(read) ?? ''),
      ]);
    hashes.set(name, parts.length === 0 ? '' : hashOf(JSON.stringify(parts)));
  }
  return hashes;
}
