/** Writes the configuration of the engine, with a user who has only the rights that the server needs. */
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileSafely } from '../files.js';
import { tableEngines } from '../table-engines.js';

/** The rights that the server itself needs; no session gets more. */
const grants = [
  'SHOW, SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP, TRUNCATE, OPTIMIZE, SYSTEM, KILL QUERY ON *.*',
  'CREATE TEMPORARY TABLE, CREATE ARBITRARY TEMPORARY TABLE ON *.*',
  ...[
    'Atomic',
    'MaterializedView',
    ...tableEngines,
    // An imported file, as a table of the only session that may write.
    'File',
  ].map((engine) => `TABLE ENGINE ON ${engine}`),
];

/**
 * Writes the engine's configuration into the store's folder and returns the arguments that make the engine read it.
 * With it, no session can open a file, an address, a program, another database server or a dictionary by a table
 * function or a table engine, whatever the query says: the engine's user has no right to. All folders where the engine
 * would look for such things are one empty folder.
 */
export async function writePrivateConfig(folder: string): Promise<string[]> {
  const empty = resolve(folder, 'engine-empty');
  const users = resolve(folder, 'engine-users.xml');
  const config = resolve(folder, 'engine-config.xml');
  await makeEmpty(empty);
  await writeFileSafely(users, usersXml());
  await writeFileSafely(config, configXml(users, `${empty}/`));
  return [`--config-file=${config}`];
}

/** Makes an empty folder. Targets of links are not touched, whether the folder itself is a link or contains links. */
async function makeEmpty(folder: string): Promise<void> {
  const known = await lstat(folder).catch(() => undefined);
  if (known?.isDirectory() === false) await rm(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
}

function usersXml(): string {
  const queries = grants.map((grant) => `<query>GRANT ${grant}</query>`).join('\n      ');
  return `<clickhouse>
  <profiles><default></default></profiles>
  <quotas><default></default></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>::1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>
      ${queries}
      </grants>
    </default>
  </users>
</clickhouse>
`;
}

function configXml(users: string, empty: string): string {
  const folders = [
    'user_files_path',
    'user_scripts_path',
    'format_schema_path',
    'dictionaries_lib_path',
    'top_level_domains_path',
  ];
  return `<clickhouse>
  <users_config>${escapeXml(users)}</users_config>
  ${folders.map((name) => `<${name}>${escapeXml(empty)}</${name}>`).join('\n  ')}
  <remote_url_allow_hosts></remote_url_allow_hosts>
  <access_control_improvements>
    <table_engines_require_grant>true</table_engines_require_grant>
  </access_control_improvements>
</clickhouse>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
