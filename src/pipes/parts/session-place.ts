/** Where a session stands in session_list: whoever pages through it goes on after such a place. */
interface SessionPlace {
  /** Its last_activity; null where none is known. */
  time: string | null;
  id: string;
}

/** The place of a row. */
export function placeOfSession(row: { last_activity: string | null; session_id: string }): SessionPlace {
  return { time: row.last_activity, id: row.session_id };
}

/** The parameters of session_list that go on after a place. */
export function afterSession({ time, id }: SessionPlace): { after_activity?: string; after_session: string } {
  return { ...(time === null ? {} : { after_activity: time }), after_session: id };
}
