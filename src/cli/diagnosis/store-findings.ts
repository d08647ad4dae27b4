/** Findings about the store and what is served with it. */
import { storeAdvice } from '../../store/advice.js';
import { sentence, type Finding } from './finding.js';
import { stateOf, type Status } from './state.js';

/** @param now milliseconds since 1970 */
export function storeFindings(current: Status, now: number): Finding[] {
  const { store } = current;
  switch (stateOf(current, now)) {
    case 'answers':
      return store.local ? unserved(current) : [];
    case 'asleep':
      return [
        {
          id: 'store_asleep',
          class: 'store',
          severity: 'hint',
          what: 'The store is not running.',
          why: 'It starts with the next session. Questions and the dashboard need it earlier.',
          command: 'atel up --detach',
        },
      ];
    case 'starting':
      return [
        {
          id: 'store_starting',
          class: 'store',
          severity: 'hint',
          what: `The store is starting (process ${store.process?.pid ?? 'unknown'}).`,
          why: 'It answers in a moment.',
          command: null,
        },
      ];
    case 'silent':
      return [
        {
          id: 'store_silent',
          class: 'store',
          severity: 'problem',
          what: `Process ${store.process?.pid ?? 'unknown'} serves the store since ${store.process?.since ?? 'an unknown time'} and does not answer.`,
          why: 'No stored data is lost if it is stopped; atel.log says what it did last.',
          command: 'atel restart',
        },
      ];
    case 'troubled':
      return [troubled(store)];
  }
}

function troubled({ local, problem, url }: Status['store']): Finding {
  const kind = problem?.kind ?? 'network';
  return {
    id: `store_${kind}`,
    class: 'store',
    severity: 'problem',
    what: sentence(`The store (${url}) does not answer questions: ${problem?.message ?? 'unknown reason'}`),
    why: sentence(
      storeAdvice(kind, local ? 'embedded' : 'cloud') ??
        'Rows wait on disk and are delivered once it answers',
    ),
    command: local && ['network', 'not_found', 'unavailable'].includes(kind) ? 'atel restart' : null,
  };
}

/** Listeners that do not answer although the store does. */
function unserved({ api, collector, dashboard }: Status): Finding[] {
  const served = { dashboard, API: api, collector };
  return Object.entries(served).flatMap(([name, { url, answers }]): Finding[] =>
    answers
      ? []
      : [
          {
            id: `${name.toLowerCase()}_not_served`,
            class: 'store',
            severity: 'hint',
            what: `The ${name} does not answer on ${url}, although the store does.`,
            why: 'Its port was in use when the store started, or the store was started with another port: atel.log says so.',
            command: 'atel restart',
          },
        ],
  );
}
