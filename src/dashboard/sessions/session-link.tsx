/** A link to a session. */
import { UNKNOWN } from '../../base/format/unknown.js';
import { plain } from '../format.js';
import { Link, useAddress, withQuery } from '../router.js';

/** The beginning of a session's id, which leads to its page. */
export function SessionLink({ id }: { id: string }) {
  const address = useAddress();
  if (id === '') return <span className="unknown">{UNKNOWN}</span>;
  return (
    <Link
      className="id"
      href={withQuery(new URL(address.pathname, address), `/sessions/${encodeURIComponent(id)}`, {})}
      title={plain(id)}
    >
      {plain(id.slice(0, 8))}
    </Link>
  );
}
