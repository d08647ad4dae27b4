/** Asks the API for a view, and keeps the answer current. */
import {
  useInfiniteQuery,
  useQuery,
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
} from '@tanstack/react-query';
import { useEffect, useRef, type RefObject } from 'react';
import type { AnswerOf, Path, QueryOf } from '../api/answers.js';
import { ask } from './ask.js';
import { pauseMs } from './pause.js';
import { useScope } from './scope.js';

/** What to ask: the key is the same as long as the question is, although its period moves with the time. */
export interface Question<P extends Path> {
  key: readonly string[];
  query: () => QueryOf<P>;
}

interface Options {
  /** The session that the address names. */
  id?: string;
  /** Whether to ask again when rows arrive that the answer is made of. Default: true. */
  isLive?: boolean;
}

/** Gets one address, and again when its question changes or new rows arrive; the old answer stays until then. */
export function useAnswer<P extends Path>(
  path: P,
  { key, query }: Question<P>,
  { id = '', isLive = true }: Options = {},
): UseQueryResult<AnswerOf<P>> {
  const sent = useSent(path);
  const result = useQuery({
    queryKey: [path, id, ...key],
    queryFn: ({ signal }) => {
      sent.note();
      return ask(path, query(), { id, signal });
    },
    placeholderData: (before, asked) => (asked?.queryKey[1] === id ? before : undefined),
  });
  useFreshness(sent, isLive ? result : undefined);
  return result;
}

/** The addresses that answer a page at a time. */
export type PagedPath = {
  [P in Path]: AnswerOf<P> extends { next_cursor: string | null } ? P : never;
}[Path];

/** Gets one address a page at a time; new rows load again all pages that are shown. */
export function usePages<P extends PagedPath>(
  path: P,
  { key, query }: Question<P>,
): UseInfiniteQueryResult<InfiniteData<AnswerOf<P>>> {
  const sent = useSent(path);
  const pages = useInfiniteQuery({
    queryKey: [path, 'pages', ...key],
    queryFn: ({ pageParam, signal }) => {
      if (pageParam === '') sent.note();
      const cursor: { cursor?: string } = pageParam === '' ? {} : { cursor: pageParam };
      return ask(path, { ...query(), ...cursor }, { signal });
    },
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: (before) => before,
  });
  useFreshness(sent, pages);
  return pages;
}

/** What is known of a question when it is sent. */
interface Sent {
  /** The changes up to now, and when the question was last sent: the changes until then, and the time. */
  changes: number;
  last: RefObject<{ changes: number; at: number }>;
  /** Call it when the question is sent. */
  note: () => void;
}

/** Remembers when a question was sent. */
function useSent(path: Path): Sent {
  const changes = useScope().changesOf(path);
  const last = useRef({ changes, at: 0 });
  const note = () => {
    last.current = { changes, at: Date.now() };
  };
  return { changes, last, note };
}

/** The part of a question's state that says whether to ask again. */
type Asked = Pick<UseQueryResult, 'isFetching' | 'dataUpdatedAt' | 'errorUpdatedAt' | 'refetch'>;

/**
 * Asks again when rows arrived that an answer is made of. A question that runs is never given up for it: it is asked once
 * more after its end and a pause.
 */
function useFreshness({ changes, last }: Sent, asked: Asked | undefined): void {
  const { isFetching = true, dataUpdatedAt = 0, errorUpdatedAt = 0, refetch } = asked ?? {};
  useEffect(() => {
    if (isFetching || refetch === undefined || changes === last.current.changes) return;
    const ended = Math.max(dataUpdatedAt, errorUpdatedAt);
    const wait = ended + pauseMs(ended - last.current.at) - Date.now();
    const timer = setTimeout(() => void refetch({ cancelRefetch: false }), Math.max(0, wait));
    return () => clearTimeout(timer);
  }, [changes, last, isFetching, dataUpdatedAt, errorUpdatedAt, refetch]);
}
