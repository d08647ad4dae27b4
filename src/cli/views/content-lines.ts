/** The texts of a session that are kept, for a person. */
import type * as z from 'zod/mini';
import { grouped } from '../../base/format/counts.js';
import type { sessionDetailSchema } from '../../schemas.js';
import { clock } from '../shared/answer.js';
import { storeMoment } from '../shared/options.js';
import type { Terminal } from '../render/terminal.js';
import { fit, plain, whole, wrap } from '../render/text.js';

type Content = z.infer<typeof sessionDetailSchema>['contents'][number];

/** Lines of a text that are shown without `--texts`. */
const SHORT_LINES = 2;

/**
 * The texts in order of time, each below what it is; none if no text is kept.
 *
 * @param isWhole show all that is kept of each, not only its beginning
 */
export function contentLines(
  contents: readonly Content[],
  isWhole: boolean,
  timezone: string,
  { paint, width }: Terminal,
): string[] {
  if (contents.length === 0) return [];
  const lines = contents.flatMap((content) => {
    const { at, kind, tool_name: tool, agent_type: agent, is_cut: cut, characters } = content;
    const what = [kind.replace('_', ' '), plain(tool), agent === '' ? '' : `in ${plain(agent)}`];
    const more = cut === 1 ? ` (the beginning of ${grouped(characters)} characters)` : '';
    const head = `${paint.dim(clock(storeMoment(at), timezone))}  ${paint.bold(what.filter(Boolean).join(' '))}${more}`;
    return [head, ...textLines(content.text, isWhole, width)];
  });
  return ['', paint.bold('Texts'), ...lines];
}

function textLines(text: string, isWhole: boolean, width: number): string[] {
  const room = width - 2;
  if (!isWhole) return wrap(fit(plain(text.replace(/\s+/g, ' ')), SHORT_LINES * room), width, '  ', whole);
  return text.split(/\r?\n/).flatMap((line) => (line === '' ? [''] : wrap(plain(line), width, '  ', whole)));
}
