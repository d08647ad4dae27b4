import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileSafely } from '../files.js';
import { tableEngines } from '../table-engines.js';

/** What the server itself does in the engine: no more is granted, to any session. */
const grants = [
  'SHOW, SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP, TRUNCATE, OPTIMIZE, SYSTEM, KILL QUERY ON *.*',
  'CREATE TEMPORARY TABLE, CREATE ARBITRARY TEMPORARY TABLE ON *.*',
  ...[
    'Atomic',
    'MaterializedView',
    ...tableEngines,
    // A file on its way in, as a table of the one session that may write.
    'File',
  ].map((engine) => `TABLE ENGINE ON ${engine}`),
];

/**
 * Writes the engine's configuration into the store's folder and returns the arguments that make the engine read it.
 * With it no session can open a file, an address, a program, another database's server or a dictionary by a table
 * function or a table engine, whatever a query says: the engine's user has no right to. The folders in which the
 * engine would look for such things are one that is empty.
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

/** Makes a folder without anything in it. What links lead to is left alone, be it the folder itself or in it. */
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
