/** The states of a session, and which of them mean that it is over. */
export const sessionStatuses = ['active', 'ended', 'abandoned'] as const;
export type SessionStatus = (typeof sessionStatuses)[number];

/** Whether a session in this state is over: nothing of it is expected any more. */
export function isOver(status: string | undefined): boolean {
  return status === 'ended' || status === 'abandoned';
}
