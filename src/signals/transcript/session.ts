/**
 * Reads a session from its transcripts: the main file and, in a folder of the session's name beside it, one file per
 * subagent (workflow agents one level deeper), each with a `.meta.json`.
 */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { readLines } from '../../base/json-scan/lines.js';
import { answered, isHeldUp } from '../../base/regular-file/answer.js';
import { NotReadable, textOrEmpty } from '../../base/regular-file/open.js';
import { isAgentFile } from './agent-file.js';
import { findElders } from './elders.js';
import { asText, parseObject } from '../../base/json/json.js';
import { asName } from '../privacy/name.js';
import { isCommand, isSkill } from '../skills/skill-files.js';
import { TranscriptReader, type Transcript, type TypedCommand } from './transcript.js';

/** A subagent's transcript and what is known of the subagent. */
export interface AgentTranscript {
  agentId: string;
  agentType: string;
  /** The subagent that started it; empty if the main thread did. */
  parentAgentId: string;
  /** The tool call that started it; empty if unknown. */
  toolUseId: string;
  transcript: Transcript;
  /** Path of the file. */
  path: string;
}

export interface SessionTranscripts {
  main: Transcript;
  agents: AgentTranscript[];
  /** Typed `/name` commands that are skills. */
  typedSkills: TypedCommand[];
}

/** Size and time of each file of a session; if they are unchanged, there is nothing new. */
export type FileStamps = Record<string, string>;

/** Offset after the last complete line of each file that was read, by path. */
export type FileOffsets = Map<string, number>;

/** The files of a session, the main one first. */
async function sessionFiles(mainPath: string): Promise<string[]> {
  const agentsFolder = join(dirname(mainPath), basename(mainPath, '.jsonl'), 'subagents');
  const entries = await answered(agentsFolder, () => readdir(agentsFolder, { recursive: true })).catch(
    () => [],
  );
  return [
    mainPath,
    ...entries
      .filter(isAgentFile)
      .sort()
      .map((name) => join(agentsFolder, name)),
  ];
}

/** Stamps of those files of the session that exist. */
export async function sessionStamps(mainPath: string): Promise<FileStamps> {
  const stamps: FileStamps = {};
  for (const file of await sessionFiles(mainPath)) {
    const stats = await answered(file, () => stat(file)).catch(unlessSilent);
    if (stats !== undefined) stamps[file] = `${stats.size}:${stats.mtimeMs}`;
  }
  return stamps;
}

/**
 * A file whose status cannot be read is treated as missing. If the file system does not answer, this throws, since
 * opening the file would block.
 */
function unlessSilent(error: unknown): undefined {
  if (isHeldUp()) throw error;
}

/** Reads a whole session. A missing main file counts as empty. */
export async function readSession(mainPath: string): Promise<SessionTranscripts> {
  return readSessionFiles(await sessionFiles(mainPath));
}

/** Options for a caller that reads many sessions. */
export interface SessionReading {
  /** Main files of the sessions that this one may have been forked from. Default: searched for in its folder. */
  elders?: readonly string[];
  /** Receives the offset after the last complete line of each file. */
  offsets?: FileOffsets;
}

/**
 * Reads the files of one session, the main one first. Blocks while it reads.
 *
 * After a fork by a user (`--fork-session` in a terminal), the head of the file names the fork's own first prompt,
 * unless the client keeps no snapshots of edited files or wrote that one late. Therefore a line that an older file with
 * the same beginning also has counts as a copy too, and so does everything dated before it.
 */
export function readSessionFiles(files: readonly string[], how: SessionReading = {}): SessionTranscripts {
  const [mainPath = '', ...agentFiles] = files;
  const reader = scan(mainPath, how);
  let main = reader.finish();
  if (!main.hasMark && main.responses.length > 0) {
    const elders = how.elders ?? findElders(mainPath);
    const copiedUntil = lastShared(main, elders);
    if (copiedUntil !== null) main = reader.finish(copiedUntil);
  }
  const read = agentFiles.map((path) => ({
    path,
    agentId: basename(path, '.jsonl').replace(/^agent-/, ''),
    meta: parseObject(textOrEmpty(path.replace(/\.jsonl$/, '.meta.json'))) ?? {},
    transcript: scan(path, how).finish(),
  }));
  const callers = new Map(
    read.flatMap(({ agentId, transcript }) => transcript.toolCalls.map(({ id }) => [id, agentId] as const)),
  );
  return {
    main,
    agents: read.map(({ agentId, meta, transcript, path }) => {
      const toolUseId = asText(meta.toolUseId) ?? '';
      return {
        agentId,
        agentType:
          asName(meta.agentType) ||
          (transcript.responses.find(({ agentType }) => agentType !== '')?.agentType ?? ''),
        parentAgentId: asText(meta.parentAgentId) ?? callers.get(toolUseId) ?? '',
        toolUseId,
        transcript,
        path,
      };
    }),
    typedSkills: typedSkills(main, mainPath),
  };
}

/** Number of lines in all files of a session that could not be counted. */
export function leftOutLines({ main, agents }: SessionTranscripts): number {
  return agents.reduce((sum, { transcript }) => sum + transcript.leftOutLines, main.leftOutLines);
}

/**
 * Reads one file of any size. Only complete lines count; an incomplete last line is read next time. A path that is not
 * a regular file has no lines.
 */
export function readTranscript(path: string): Transcript {
  return scan(path, {}).finish();
}

function scan(path: string, { offsets }: SessionReading): TranscriptReader {
  const reader = new TranscriptReader();
  try {
    const { offset, tooLong } = readLines(path, (from, to, end) => reader.pick(from, to, end));
    reader.passOver(tooLong);
    offsets?.set(path, offset);
  } catch (error) {
    if (!(error instanceof NotReadable) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return reader;
}

/** Time of the last response that an older file also has; null if there is none. */
function lastShared(main: Transcript, elders: readonly string[]): number | null {
  let last: number | null = null;
  for (const elder of elders) {
    const { responses } = readTranscript(elder);
    const known = new Set(responses.map(({ key }) => key));
    for (const { key, at } of main.responses) if (known.has(key) && (last === null || at > last)) last = at;
  }
  return last;
}

/**
 * The typed commands that are skills: installed in the folder where they were typed, or coming with the client. The
 * latter have no file: the client names them as the skill of the requests that follow, and there is no command file of
 * that name. So they are found only where the folder still exists.
 */
function typedSkills(main: Transcript, mainPath: string): TypedCommand[] {
  const configDir = dirname(dirname(dirname(mainPath)));
  const known = new Map<string, boolean>();
  const namedByClient = new Set(main.responses.map(({ promptId, skillName }) => `${promptId}\n${skillName}`));
  return main.commands.filter(({ name, cwd, promptId }) => {
    const isNamed = namedByClient.has(`${promptId}\n${name}`);
    const id = `${cwd}\n${name}\n${String(isNamed)}`;
    const roots = { cwd, configDir };
    const is =
      known.get(id) ??
      (isSkill(name, roots) || (isNamed && isAbsolute(cwd) && existsSync(cwd) && !isCommand(name, roots)));
    known.set(id, is);
    return is;
  });
}
