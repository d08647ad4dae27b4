/**
 * A session as its transcripts tell it: the main file and, beside it in a folder of the session's name, one
 * file a subagent (workflow agents one level deeper) with a `.meta.json` each.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readLines } from '../../base/json-scan/lines.js';
import { answered, isHeldUp } from '../../base/regular-file/answer.js';
import { NotReadable, textOrEmpty } from '../../base/regular-file/open.js';
import { isAgentFile } from './agent-file.js';
import { findElders } from './elders.js';
import { asText, parseObject } from '../../base/json/json.js';
import { asName } from '../privacy/name.js';
import { isSkill } from '../skills/skill-files.js';
import { TranscriptReader, type Transcript, type TypedCommand } from './transcript.js';

/** A subagent's transcript with what is known of the subagent. */
export interface AgentTranscript {
  agentId: string;
  agentType: string;
  /** The subagent that started it; empty if the main thread did. */
  parentAgentId: string;
  /** The tool call that started it; empty if none is told. */
  toolUseId: string;
  transcript: Transcript;
  /** Where it was read from. */
  path: string;
}

export interface SessionTranscripts {
  main: Transcript;
  agents: AgentTranscript[];
  /** What was typed as `/name` and is a skill. */
  typedSkills: TypedCommand[];
}

/** Size and time of each file that a session is read from: unchanged means nothing new. */
export type FileStamps = Record<string, string>;

/** Where the whole lines of each file ended when it was read, bytes, by path. */
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

/** Stamps of the session's files that exist. */
export async function sessionStamps(mainPath: string): Promise<FileStamps> {
  const stamps: FileStamps = {};
  for (const file of await sessionFiles(mainPath)) {
    const stats = await answered(file, () => stat(file)).catch(unlessSilent);
    if (stats !== undefined) stamps[file] = `${stats.size}:${stats.mtimeMs}`;
  }
  return stamps;
}

/** A file that cannot be looked at is none; one whose file system does not answer must not be opened. */
function unlessSilent(error: unknown): undefined {
  if (isHeldUp()) throw error;
}

/** Reads a session whole. A missing main file is an empty one. */
export async function readSession(mainPath: string): Promise<SessionTranscripts> {
  return readSessionFiles(await sessionFiles(mainPath));
}

/** What a caller that reads many sessions knows and wants to know. */
export interface SessionReading {
  /** Main files of the sessions that this one may have been forked from. Default: looked for beside it. */
  elders?: readonly string[];
  /** Filled with where the whole lines of each file ended. */
  offsets?: FileOffsets;
}

/**
 * Reads the files of one session, the main one first. Blocks while it reads.
 *
 * Where a person forked (`--fork-session` in a terminal), the file's head names the first prompt of its own, unless
 * the client keeps no snapshots of edited files, or wrote that one late. So what an older file of the same beginning
 * also holds is a copy too, and everything dated before that.
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

/** Lines of all files of a session that could not be counted. */
export function leftOutLines({ main, agents }: SessionTranscripts): number {
  return agents.reduce((sum, { transcript }) => sum + transcript.leftOutLines, main.leftOutLines);
}

/**
 * Streams one file, however large; only whole lines count, a torn last line is read next time. What is no regular file
 * holds no lines.
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

/** When the last response or prompt happened that an older file holds too; null if there is none. */
function lastShared(main: Transcript, elders: readonly string[]): number | null {
  let last: number | null = null;
  for (const elder of elders) {
    const { responses } = readTranscript(elder);
    const known = new Set(responses.map(({ key }) => key));
    for (const { key, at } of main.responses) if (known.has(key) && (last === null || at > last)) last = at;
  }
  return last;
}

/** What was typed and is a skill where it was typed. */
function typedSkills(main: Transcript, mainPath: string): TypedCommand[] {
  const configDir = dirname(dirname(dirname(mainPath)));
  const known = new Map<string, boolean>();
  return main.commands.filter(({ name, cwd }) => {
    const id = `${cwd}\n${name}`;
    const is = known.get(id) ?? isSkill(name, { cwd, configDir });
    known.set(id, is);
    return is;
  });
}
