/** Creates and removes single datasources, as a deployment of everything that is there and one change. */
import { ApiError } from '../errors.js';
import { deploy } from './deploy.js';
import type { SourceFile } from './project.js';
import type { Workspace } from './workspace.js';

/** Parameters of a request that are options of the datafile under the same name. */
const engineOptions = [
  'engine',
  'engine_sorting_key',
  'engine_partition_key',
  'engine_primary_key',
  'engine_ttl',
  'engine_ver',
  'engine_is_deleted',
  'engine_sign',
  'engine_version',
  'engine_columns',
  'engine_summing_columns',
  'engine_sampling_key',
  'engine_settings',
  'engine_join_strictness',
  'engine_join_type',
  'engine_key_columns',
];

/**
 * Creates a datasource from the parameters `schema` and `engine…`. The caller holds the workspace's turn. Throws an
 * ApiError: 400 for a wrong definition, 409 if the name is taken.
 */
export async function createDatasource(
  workspace: Workspace,
  name: string,
  parameters: ReadonlyMap<string, string>,
): Promise<void> {
  const { files, datasources, pipes } = workspace.project;
  if (datasources.has(name) || pipes.has(name)) throw new ApiError(409, `The name "${name}" is taken`);
  const schema = parameters.get('schema')?.replace(/\s+/g, ' ').trim() ?? '';
  if (schema === '') {
    throw new ApiError(
      400,
      'mode=create needs the parameter "schema", as "id UInt32 `json:$.id`, name String `json:$.name`": the local server does not guess types. For a Data Source that exists, use mode=append',
    );
  }
  const lines = engineOptions.flatMap((option) => {
    const value = parameters.get(option);
    if (value === undefined) return [];
    if (/["\r\n]/.test(value)) throw new ApiError(400, `${option} has a quote or a line break`);
    return [`${option.toUpperCase()} "${value}"`];
  });
  const content = ['SCHEMA >', `    ${schema}`, '', ...lines].join('\n');
  await redeploy(workspace, [...files, { filename: `${name}.datasource`, content }], 400);
}

/** Removes a datasource with its rows. Throws an ApiError: 409 while something else needs it. */
export async function removeDatasource(workspace: Workspace, name: string): Promise<void> {
  const { files } = workspace.project;
  const isOther = ({ filename }: SourceFile) =>
    filename !== `${name}.datasource` && !filename.endsWith(`/${name}.datasource`);
  await redeploy(workspace, files.filter(isOther), 409);
}

async function redeploy(workspace: Workspace, files: readonly SourceFile[], status: number): Promise<void> {
  const outcome = await deploy(workspace, {
    files,
    kind: 'deploy',
    allowDestructive: true,
    check: false,
    promote: true,
  });
  if (outcome.result !== 'failed') return;
  const reasons = outcome.problems.map(({ filename, error }) =>
    filename === '' ? error : `${filename}: ${error}`,
  );
  throw new ApiError(status, reasons.join('; '));
}
