/**
 * Tells which of two sessions with the same first messages is the original and which its fork, by their prompts. For
 * files whose heads do not say when each began, and whose times of creation say nothing because somebody copied them.
 */
import { readLines } from '../../base/json-scan/lines.js';
import { Picker } from '../../base/json-scan/pick.js';
import { asArray, asObject, asText } from '../../base/json/json.js';
import { isPrompt } from './prompt-line.js';

const picker = new Picker({
  keys: {
    type: {},
    uuid: {},
    promptId: {},
    isMeta: {},
    isCompactSummary: {},
    origin: { keys: { kind: {} } },
    message: { keys: { content: { text: 100, items: { keys: { type: {} } } } } },
  },
});

/** Ids of the prompts of a file, by the uuids of their lines. */
type Prompts = ReadonlyMap<string, string>;

/** Compares files of one family; each is read once. */
export class Originals {
  readonly #known = new Map<string, Prompts>();

  /**
   * Negative if the first file is the original, positive if the second is, 0 if their prompts do not tell.
   *
   * Claude Code 2.1.332 gives all prompts that it copies into a fork the id of the fork's own first prompt. Otherwise the
   * file that has all prompts of the other one and more is the fork.
   */
  compare(one: string, other: string): number {
    const [a, b] = [this.#promptsOf(one), this.#promptsOf(other)];
    const byStamp = Number(isStamped(a, b)) - Number(isStamped(b, a));
    if (byStamp !== 0) return byStamp;
    const [ownOfA, ownOfB] = [ownOf(a, b), ownOf(b, a)];
    if (ownOfA.length === a.size || ownOfB.length === b.size) return 0;
    return Math.sign(ownOfA.length) - Math.sign(ownOfB.length);
  }

  #promptsOf(path: string): Prompts {
    let prompts = this.#known.get(path);
    if (prompts === undefined) this.#known.set(path, (prompts = readPrompts(path)));
    return prompts;
  }
}

/** Ids of the prompts that the other file does not have. */
function ownOf(prompts: Prompts, other: Prompts): string[] {
  return [...prompts].flatMap(([uuid, id]) => (other.has(uuid) ? [] : [id]));
}

/** Whether the prompts that both files have carry the id of a prompt that only the first file has. */
function isStamped(prompts: Prompts, other: Prompts): boolean {
  const rewritten = new Set<string>();
  for (const [uuid, id] of prompts) if (other.has(uuid) && other.get(uuid) !== id) rewritten.add(id);
  const [id] = rewritten;
  return id !== undefined && rewritten.size === 1 && ownOf(prompts, other).includes(id);
}

function readPrompts(path: string): Prompts {
  const prompts = new Map<string, string>();
  const add = (from: number, to: number) => {
    const line = picker.pick(from, to);
    const uuid = asText(line?.uuid);
    if (line?.type !== 'user' || uuid === undefined || !isPrompt(line)) return;
    const isResult = asArray(asObject(line.message)?.content).some(
      (block) => asObject(block)?.type === 'tool_result',
    );
    if (!isResult) prompts.set(uuid, asText(line.promptId) ?? '');
  };
  try {
    readLines(path, add, undefined, add);
  } catch {
    // A file that cannot be read tells nothing.
  }
  return prompts;
}
