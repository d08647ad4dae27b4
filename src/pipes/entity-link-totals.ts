/** The question entity_link_totals: how many links are there, and how sure are they? */
import { node, t } from '@tinybirdco/sdk';
import { linkKinds, linkNodes } from './entity-links.js';
import { defineQuestion, oneOf, windowParams } from './parts/define.js';
import { entityKinds } from './parts/entities.js';
import { groupKey } from './parts/group-key.js';

const ofLinks = groupKey({ from_kind: 'from_kind', kind: 'kind', to_kind: 'to_kind', origin: 'origin' });

/** How many links are there of each kind, how sure are they, and how many have a rival? */
export const entityLinkTotals = defineQuestion('entity_link_totals', {
  description:
    'How many links of entity_links are there, and how sure are they? Per kind of link and origin: links, the mean and the lowest confidence, and how many are ambiguous (an ambiguity above 0).',
  params: windowParams,
  nodes: [
    ...linkNodes,
    node({
      name: 'answer',
      sql: `
SELECT
  ${ofLinks.columns},
  count() AS links,
  avg(confidence) AS avg_confidence,
  min(confidence) AS lowest_confidence,
  countIf(ambiguity > 0) AS ambiguous_links
FROM (SELECT confidence, ambiguity, ${ofLinks.made} FROM links_rated)
GROUP BY ${ofLinks.name}
ORDER BY ${ofLinks.name}`,
    }),
  ],
  output: {
    from_kind: oneOf(...entityKinds),
    kind: oneOf(...linkKinds),
    to_kind: oneOf(...entityKinds),
    origin: oneOf('explicit', 'inferred'),
    links: t.uint64(),
    avg_confidence: t.float64(),
    lowest_confidence: t.float64(),
    ambiguous_links: t.uint64(),
  },
});
