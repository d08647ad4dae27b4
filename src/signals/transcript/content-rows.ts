/** The rows of a session's texts, for privacy tiers 2 and 3. */
import { storeTime } from '../../base/time/store-time.js';
import { contentRow } from '../content-row.js';
import { contentKinds } from '../privacy/contents.js';
import type { Tier } from '../privacy/tier.js';
import type { SignalRow } from '../row.js';
import { contentVersion } from '../versions.js';
import type { AgentTranscript, SessionTranscripts } from './session.js';
import type { SessionColumns } from './session-columns.js';
import type { Transcript } from './transcript-types.js';

/**
 * The texts that a tier keeps, without copies. A subagent's prompt is left out: it is in the parameters of the call that
 * started it.
 *
 * @param isNew leaves out rows whose lines are known to have been sent
 */
export function contentRows(
  { main, agents }: SessionTranscripts,
  tier: Tier,
  isNew: (agent: AgentTranscript | undefined, end: number) => boolean,
  shared: SessionColumns,
): SignalRow[] {
  const rowsOf = (transcript: Transcript, agent?: AgentTranscript) =>
    transcript.texts
      .filter(({ kind, copy, end }) => contentKinds[kind] <= tier && !copy && isNew(agent, end))
      .map(({ at, promptId, uuid, ...text }) =>
        contentRow(
          { ...text, placeId: uuid },
          {
            ...shared,
            timestamp: storeTime(at),
            prompt_id: promptId,
            agent_id: agent?.agentId ?? '',
            agent_type: agent?.agentType ?? '',
          },
          contentVersion('transcript'),
        ),
      );
  return [
    ...rowsOf(main),
    ...agents.flatMap((agent) =>
      rowsOf(
        { ...agent.transcript, texts: agent.transcript.texts.filter(({ kind }) => kind !== 'prompt') },
        agent,
      ),
    ),
  ];
}
