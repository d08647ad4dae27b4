/**
 * Tells which models declined in the middle of an answer: those that a `fallback` block names after content. Each block
 * has a line. A line's own identity and place decide, so that it does not matter how often and in which order lines are
 * read.
 */
import { asObject, asText, type Json } from '../../base/json/json.js';
import type { EpochMs } from '../../base/time/units.js';
import { readModelName } from '../model-name.js';

/** A line of a response: where it belongs among the others, and its blocks. */
interface BlockLine {
  uuid: string;
  parent: string;
  /** Place of its first block in the answer; null if the line does not say. */
  index: number | null;
  at: EpochMs;
  /** Of each block the model that declined before it; null for content. */
  blocks: readonly (string | null)[];
}

const CONTENT: readonly null[] = [null];

/** A model's name without date and provider, by which two names of one model are the same. */
export function modelId(name: unknown): string {
  return readModelName(asText(name) ?? '').id;
}

/** The lines of all responses, by the id of the response. */
export class DeclinedAttempts {
  readonly #lines = new Map<string, BlockLine[]>();
  /** The responses that another model took over. */
  readonly #takenOver = new Set<string>();

  add(id: string, line: Json, at: EpochMs, content: readonly unknown[]): void {
    if (content.length === 0) return;
    let blocks: readonly (string | null)[] = CONTENT;
    if (content.some((one) => asObject(one)?.type === 'fallback')) {
      this.#takenOver.add(id);
      blocks = content.map((one) => {
        const block = asObject(one);
        return block?.type === 'fallback' ? modelId(asObject(block.from)?.model) : null;
      });
    }
    const { apiBlockIndex: index } = line;
    const next: BlockLine = {
      uuid: asText(line.uuid) ?? '',
      parent: asText(line.parentUuid) ?? '',
      index: typeof index === 'number' ? index : null,
      at,
      blocks,
    };
    const lines = this.#lines.get(id);
    if (lines === undefined) this.#lines.set(id, [next]);
    else lines.push(next);
  }

  /** The models, see {@link modelId}, that declined after a part of this response's answer. */
  of(id: string): ReadonlySet<string> {
    const declined = new Set<string>();
    if (!this.#takenOver.has(id)) return declined;
    // A line that was read twice is one.
    const lines = [...new Map(this.#lines.get(id)?.map((line) => [identityOf(line), line])).values()];
    const isNumbered = lines.every(({ index }) => index !== null);
    let hasContent = false;
    let place = 0;
    for (const { index, blocks } of inOrder(lines, isNumbered)) {
      // A block is missing: its line was cut. Blocks of content are the most, and what was answered is billed.
      if (isNumbered && index !== null && index > place) hasContent = true;
      place = (index ?? place) + blocks.length;
      for (const model of blocks) {
        if (model !== null && hasContent) declined.add(model);
        hasContent = model === null;
      }
    }
    return declined;
  }
}

function identityOf({ uuid, at, index, blocks }: BlockLine): string {
  return uuid === '' ? `${at} ${String(index)} ${blocks.join()}` : uuid;
}

/** The lines in the order of the answer: by their numbers, else by their times, of equal ones the parent first. */
function inOrder(lines: readonly BlockLine[], isNumbered: boolean): BlockLine[] {
  if (isNumbered) return lines.toSorted((one, other) => (one.index ?? 0) - (other.index ?? 0));
  const byUuid = new Map(lines.map((line) => [line.uuid, line]));
  const depthOf = (line: BlockLine) => {
    let depth = 0;
    for (let up = byUuid.get(line.parent); up !== undefined && depth < lines.length; depth += 1)
      up = up.parent === '' ? undefined : byUuid.get(up.parent);
    return depth;
  };
  return lines
    .map((line) => ({ line, depth: depthOf(line) }))
    .sort((one, other) => one.line.at - other.line.at || one.depth - other.depth)
    .map(({ line }) => line);
}
