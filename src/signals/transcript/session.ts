/**
 * Reads a session from its transcripts: the main file and, in a folder of the session's name beside it, one file per
 * subagent at any depth, each with a `.meta.json`.
 *
 * A project that was moved may have left the session's files in its old folder: then the main file, or that of a
 * subagent, is there twice, and one continues the other. All files of one name are read as one transcript.
 */
import { existsSync, type Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileId } from '../../base/file-id.js';
import { NotUtf8, readLines } from '../../base/json-scan/lines.js';
import { answered, isHeldUp } from '../../base/regular-file/answer.js';
import { NotReadable, textOrEmpty } from '../../base/regular-file/open.js';
import { isAgentFile } from './agent-file.js';
import { sessionOfAgent } from './session-id.js';
import { findElders, lastShared } from './elders.js';
import { MainThread } from './repeated-lines.js';
import { parseObject, type Json } from '../../base/json/json.js';
import { noSkill } from '../../datasources/no-skill.js';
import { asId, asName } from '../privacy/name.js';
import { patternTable, type PatternTable } from '../checks/class-of.js';
import { highestTier, type Tier } from '../privacy/tier.js';
import type { Recorder } from '../row.js';
import { isCommand, isSkill } from '../skills/skill-files.js';
import type { EpochMs } from '../../base/time/units.js';
import type { Transcript, TypedCommand } from './transcript-types.js';
import { TranscriptReader } from './transcript.js';
import { isMissingFile } from '../../base/missing-file.js';

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
  /** Files that cannot be read because they are not in UTF-8, with the reason. */
  unreadable: Map<string, string>;
}

/** Size and time of each file of a session; if they are unchanged, there is nothing new. */
export type FileStamps = Record<string, string>;

/** Offset after the last complete line of each file that was read, by path. */
export type FileOffsets = Map<string, number>;

/** The files of a session with their status, the main one first. A file that two paths lead to is listed once. */
async function sessionFiles(mainPath: string): Promise<Map<string, Stats>> {
  const files = new Map<string, Stats>();
  const known = new Set<string>();
  const add = async (path: string) => {
    const stats = await answered(path, () => stat(path)).catch(unlessSilent);
    if (stats === undefined || known.has(fileId(stats))) return;
    known.add(fileId(stats));
    files.set(path, stats);
  };
  const mainPaths = [mainPath, ...(await formerPaths(mainPath))];
  for (const path of mainPaths) await add(path);
  for (const path of mainPaths) {
    const folder = join(dirname(path), basename(path, '.jsonl'), 'subagents');
    const entries = await answered(folder, () => readdir(folder, { recursive: true })).catch(() => []);
    for (const name of entries.filter(isAgentFile).sort()) await add(join(folder, name));
    for (const agent of await agentsBeside(path)) await add(agent);
  }
  return files;
}

/** The session of each subagent's file that is beside the sessions, by path: empty if unknown. */
const sessionsOfAgents = new Map<string, string>();

/** The files of a session's subagents that are beside its main file, as older clients wrote them. */
async function agentsBeside(mainPath: string): Promise<string[]> {
  const folder = dirname(mainPath);
  const names = await answered(folder, () => readdir(folder)).catch(() => []);
  return names
    .filter(isAgentFile)
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => {
      let sessionId = sessionsOfAgents.get(path) ?? '';
      if (sessionId === '') sessionsOfAgents.set(path, (sessionId = sessionOfAgent(path)));
      return sessionId === basename(mainPath, '.jsonl');
    });
}

/** Where the main file of a session may be besides: in the folders of other projects, under the same name. */
async function formerPaths(mainPath: string): Promise<string[]> {
  const own = dirname(mainPath);
  const projects = dirname(own);
  if (basename(projects) !== 'projects') return [];
  const names = await answered(projects, () => readdir(projects)).catch(() => []);
  return names
    .sort()
    .map((name) => join(projects, name, basename(mainPath)))
    .filter((path) => path !== mainPath);
}

/** Stamps of those files of the session that exist. */
export async function sessionStamps(mainPath: string): Promise<FileStamps> {
  const stamps: FileStamps = {};
  for (const [path, { size, mtimeMs }] of await sessionFiles(mainPath)) stamps[path] = `${size}:${mtimeMs}`;
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
export async function readSession(
  mainPath: string,
  how: Pick<SessionReading, 'tier' | 'checks'> = {},
): Promise<SessionTranscripts> {
  const files = [...(await sessionFiles(mainPath)).keys()];
  return readSessionFiles([mainPath, ...files.filter((path) => path !== mainPath)], how);
}

/** Options for a caller that reads many sessions. */
export interface SessionReading {
  /** Main files of the sessions that this one may have been forked from. Default: searched for in its folder. */
  elders?: readonly string[];
  /** Receives the offset after the last complete line of each file. */
  offsets?: FileOffsets;
  /** The privacy tier whose texts are read. Default: 1, which has none. */
  tier?: Tier;
  /** Which commands are checks, besides those that this program knows. Default: none. */
  checks?: PatternTable;
}

/** How a recorder's sessions are read: with the texts of the highest tier that applies anywhere. */
export function readingOf(recorder: Recorder): Pick<SessionReading, 'tier' | 'checks'> {
  return { tier: highestTier(recorder), checks: patternTable(recorder.qualityCommands ?? {}) };
}

/**
 * Reads the files of one session, a main one first. Blocks while it reads.
 *
 * After a fork by a user (`--fork-session` in a terminal), the head of the file names the fork's own first prompt,
 * unless the client keeps no snapshots of edited files or wrote that one late. Therefore a line that an older session
 * with the same beginning also has counts as a copy too, and so does everything dated before it.
 */
export function readSessionFiles(files: readonly string[], how: SessionReading = {}): SessionTranscripts {
  const unreadable = new Map<string, string>();
  const mainPath = files[0] ?? '';
  const mainPaths = files.filter((path, n) => n === 0 || !isAgentFile(path));
  const reader = scan(mainPaths, how, unreadable);
  let main = reader.finish();
  if (!main.hasMark && main.responses.length > 0) {
    const elders = how.elders ?? mainPaths.flatMap((path) => findElders(path));
    const copiedUntil = lastShared(mainPaths, elders);
    if (copiedUntil !== null) main = reader.finish(copiedUntil);
  }
  const agentPaths = new Map<string, string[]>();
  for (const path of files) {
    if (mainPaths.includes(path)) continue;
    const paths = agentPaths.get(basename(path));
    if (paths === undefined) agentPaths.set(basename(path), [path]);
    else paths.push(path);
  }
  const mainThread = agentPaths.size === 0 ? undefined : new MainThread(main);
  let mainTimes: ReadonlySet<EpochMs> | undefined;
  const read = [...agentPaths.values()].map((paths) => {
    const ofAgent = scan(paths, how, unreadable);
    const transcript = ofAgent.finish();
    const copiedUntil = mainThread?.lastIn(transcript) ?? null;
    return {
      path: paths[0] ?? '',
      agentId: asId(basename(paths[0] ?? '', '.jsonl').replace(/^agent-/, '')),
      meta: metaOf(paths),
      // Lines of its own may stand before those that it repeats, which keep their times.
      transcript:
        copiedUntil === null ? transcript : ofAgent.finish(copiedUntil, (mainTimes ??= reader.times())),
    };
  });
  const callers = new Map(
    read.flatMap(({ agentId, transcript }) => transcript.toolCalls.map(({ id }) => [id, agentId] as const)),
  );
  markCommands(main, [main, ...read.map(({ transcript }) => transcript)], mainPath);
  return {
    main,
    agents: read.map(({ agentId, meta, transcript, path }) => {
      const toolUseId = asId(meta.toolUseId);
      return {
        agentId,
        agentType:
          asName(meta.agentType) ||
          (transcript.responses.find(({ agentType }) => agentType !== '')?.agentType ?? ''),
        parentAgentId: asId(meta.parentAgentId) || (callers.get(toolUseId) ?? ''),
        toolUseId,
        transcript,
        path,
      };
    }),
    typedSkills: typedSkills(main, mainPath),
    unreadable,
  };
}

/** The working directory at the start of a session; empty if unknown. */
export function folderOf({ main, agents }: SessionTranscripts): string {
  if (main.cwd !== '') return main.cwd;
  return agents.find(({ transcript }) => transcript.cwd !== '')?.transcript.cwd ?? '';
}

/** The working directories of a session, the one at its start first. All of them only above tier 1. */
export function foldersOf(session: SessionTranscripts): string[] {
  const threads = [session.main, ...session.agents.map(({ transcript }) => transcript)];
  return [...new Set([folderOf(session), ...threads.flatMap(({ folders }) => [...folders])])];
}

/** What a subagent's `.meta.json` says. */
function metaOf(paths: readonly string[]): Json {
  for (const path of paths) {
    const meta = parseObject(textOrEmpty(path.replace(/\.jsonl$/, '.meta.json')));
    if (meta !== undefined) return meta;
  }
  return {};
}

/** Number of lines in all files of a session that could not be counted, and of records that are damaged. */
export function uncountedLines({ main, agents }: SessionTranscripts): { leftOut: number; corrupt: number } {
  const uncounted = { leftOut: main.leftOutLines, corrupt: main.corruptLines };
  for (const { transcript } of agents) {
    uncounted.leftOut += transcript.leftOutLines;
    uncounted.corrupt += transcript.corruptLines;
  }
  return uncounted;
}

/**
 * Reads one file of any size. Only whole records count; an incomplete last one is read next time. A path that is not a
 * regular file has no lines.
 */
export function readTranscript(path: string): Transcript {
  return scan([path], {}, new Map()).finish();
}

/** Reads files as one transcript, one after the other. */
function scan(
  paths: readonly string[],
  { offsets, tier, checks }: SessionReading,
  unreadable: Map<string, string>,
): TranscriptReader {
  const reader = new TranscriptReader(tier, checks);
  for (const path of paths) {
    try {
      reader.nextFile();
      const { offset, tooLong } = readLines(
        path,
        (from, to, end) => reader.pick(from, to, end),
        undefined,
        (from, to, end) => reader.pickRest(from, to, end),
      );
      reader.passOver(tooLong);
      offsets?.set(path, offset);
    } catch (error) {
      if (error instanceof NotUtf8) unreadable.set(path, error.message);
      else if (!(error instanceof NotReadable) && !isMissingFile(error)) throw error;
    }
  }
  return reader;
}

/**
 * The client names a typed command as the skill of the requests that follow. It is marked as none where a file of that
 * command exists.
 */
function markCommands(main: Transcript, threads: readonly Transcript[], mainPath: string): void {
  const configDir = dirname(dirname(dirname(mainPath)));
  const commands = new Set<string>();
  const known = new Map<string, boolean>();
  for (const { name, cwd, promptId } of main.commands) {
    const id = `${cwd}\n${name}`;
    const roots = { cwd, configDir };
    const is = known.get(id) ?? (isCommand(name, roots) && !isSkill(name, roots));
    known.set(id, is);
    if (is) commands.add(`${promptId}\n${asName(name)}`);
  }
  if (commands.size === 0) return;
  for (const { responses } of threads)
    for (const response of responses)
      if (commands.has(`${response.promptId}\n${response.skillName}`)) response.skillName = noSkill;
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
