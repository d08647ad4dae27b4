/** The usage columns of `requests`, and which of a request's sightings they are from. */
import { numberOf, orderOf, rankedNumber, readNumber, readRank } from './ranked.js';

/** Rank of a report that a request was declined. No other usage without output has this rank. */
const REFUSED_RANK = 2;

/** SQL of the rank of a sighting in `api_requests`. */
export const usageRank = `multiIf(
    source = 'transcript' AND is_final = 1, 3,
    is_refused = 1, ${REFUSED_RANK},
    source = 'otel' AND output_tokens > 0, 2,
    1
  )`;

/** SQL of the order of a sighting in `api_requests`: the usage of the one with the highest order counts. */
export const orderOfSighting = orderOf(usageRank, 'output_tokens');

/** What each kind of tokens is, by its column in `api_requests`. */
const kinds = {
  output_tokens: 'Output',
  input_tokens: 'Uncached input',
  cache_read_tokens: 'Input read from the cache',
  cache_creation_tokens: 'Input written to the cache',
  cache_creation_5m_tokens: 'Of these, written for five minutes',
  cache_creation_1h_tokens: 'Of these, written for one hour',
} as const;

/** A kind of tokens of a request. */
type TokenKind = keyof typeof kinds;

/** The kinds of tokens, with the two parts of the last kind. */
export const countedTokens = Object.keys(kinds) as TokenKind[];

/** The kinds of tokens: they sum to all tokens of a request. */
export const tokenKinds = [
  'output_tokens',
  'input_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
] as const satisfies readonly TokenKind[];

/** The columns of `requests` that hold the tokens of the best sighting. */
export const usageColumns = Object.fromEntries(
  countedTokens.map((kind) => [`best_${kind}`, rankedNumber(`${kinds[kind]}, tokens.`)]),
) as Record<`best_${TokenKind}`, ReturnType<typeof rankedNumber>>;

/** SQL that makes these columns from a sighting in `api_requests`, if `order` is its order. */
export const usageIn = (order: string): string =>
  countedTokens.map((kind) => `${numberOf(order, kind)} AS best_${kind}`).join(',\n  ');

/** SQL that reads the tokens of a row of `requests`. */
export const usage = (kind: TokenKind): string => readNumber(`best_${kind}`);

/** SQL of the rank of the sighting that the usage of a row of `requests` is from. */
export const rankOfUsage = readRank('best_output_tokens');

/** SQL that is 1 for a request that the API declined before any output: it is not billed. */
export const isDeclined = `(${rankOfUsage} = ${REFUSED_RANK} AND ${usage('output_tokens')} = 0)`;
