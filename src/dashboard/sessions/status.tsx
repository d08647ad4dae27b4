/** A session's state, in a word and a colour. */
export function Status({ status }: { status: 'active' | 'ended' | 'abandoned' }) {
  return <span className={`status ${status}`}>{status}</span>;
}
