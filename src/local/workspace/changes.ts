/** Compares two versions of a project, for the answer to a deployment. */
import type { Project } from './project.js';

/** Names of what a deployment creates, changes and deletes, as Tinybird reports them. */
export interface Changes {
  new_datasource_names: string[];
  changed_datasource_names: string[];
  deleted_datasource_names: string[];
  new_pipe_names: string[];
  changed_pipe_names: string[];
  deleted_pipe_names: string[];
  new_data_connector_names: string[];
  changed_data_connector_names: string[];
  deleted_data_connector_names: string[];
}

/** Compares two projects by the text of their files. */
export function compareProjects(before: Project, after: Project): Changes {
  const pipesOf = ({ pipes }: Project) => new Map([...pipes].map(([name, { pipe }]) => [name, pipe.content]));
  const datasourcesOf = ({ datasources }: Project) =>
    new Map([...datasources].map(([name, { content }]) => [name, content]));
  const connectionsOf = ({ connections }: Project) =>
    new Map([...connections].map(([name, { content }]) => [name, content]));
  const datasources = compareTexts(datasourcesOf(before), datasourcesOf(after));
  const pipes = compareTexts(pipesOf(before), pipesOf(after));
  const connections = compareTexts(connectionsOf(before), connectionsOf(after));
  return {
    new_datasource_names: datasources.created,
    changed_datasource_names: datasources.changed,
    deleted_datasource_names: datasources.deleted,
    new_pipe_names: pipes.created,
    changed_pipe_names: pipes.changed,
    deleted_pipe_names: pipes.deleted,
    new_data_connector_names: connections.created,
    changed_data_connector_names: connections.changed,
    deleted_data_connector_names: connections.deleted,
  };
}

/** True if nothing changes. */
export function isEmpty(changes: Changes): boolean {
  return Object.values(changes).every((names: string[]) => names.length === 0);
}

function compareTexts(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) {
  return {
    created: [...after.keys()].filter((name) => !before.has(name)),
    changed: [...after]
      .filter(([name, text]) => before.has(name) && before.get(name) !== text)
      .map(([name]) => name),
    deleted: [...before.keys()].filter((name) => !after.has(name)),
  };
}
