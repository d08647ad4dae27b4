/** The texts of a session, where the privacy tier keeps any. */
import type { AnswerOf } from '../../api/answers.js';
import { grouped } from '../../base/format/counts.js';
import { storeMoment } from '../../base/time/store-time.js';
import { clock, plain } from '../format.js';

type Content = AnswerOf<'/v1/sessions/:id/contents'>['contents'][number];

/** A list of the texts in order of time; each is folded up to its first words. Nothing if no text is kept. */
export function Contents({ contents }: { contents: readonly Content[] }) {
  if (contents.length === 0) return null;
  return (
    <section className="card" aria-labelledby="texts">
      <h2 id="texts">Texts</h2>
      <ol className="timeline">
        {contents.map((content, place) => (
          <li key={place}>
            <details>
              <summary>
                <span className="title">{whatOf(content)}</span>
                <span className="when">{clock(storeMoment(content.at))}</span>
              </summary>
              <pre className="text">{content.text}</pre>
              {content.is_cut === 1 && (
                <p className="hint">The beginning of {grouped(content.characters)} characters.</p>
              )}
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}

function whatOf({ kind, tool_name: tool, agent_type: agent }: Content): string {
  const name = [kind.replace('_', ' '), plain(tool)].filter((part) => part !== '').join(' ');
  return agent === '' ? name : `${name} in ${plain(agent)}`;
}
