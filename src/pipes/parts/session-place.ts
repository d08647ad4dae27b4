/** Pages through session_list. */

/** The position of a session in session_list: the next page starts after it. */
interface SessionPlace {
  /** Its last_activity; null if unknown. */
  time: string | null;
  id: string;
}

/** The position of a row. */
export function placeOfSession(row: { last_activity: string | null; session_id: string }): SessionPlace {
  return { time: row.last_activity, id: row.session_id };
}

/** The parameters of session_list for the rows after a position. */
export function afterSession({ time, id }: SessionPlace): { after_activity?: string; after_session: string } {
  return { ...(time === null ? {} : { after_activity: time }), after_session: id };
}
