/** Listens to the API's announcements of stored rows, as the page does. */

/** The announcements of a server. */
export interface Announcements {
  /** Waits until a table is announced that was not announced since the last wait. */
  until: (table: string) => Promise<void>;
  close: () => void;
}

/** @param url the address of the API or of the page */
export async function listenTo(url: string): Promise<Announcements> {
  const stop = new AbortController();
  const response = await fetch(`${url}/v1/live`, { signal: stop.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let told = '';
  const read = async () => {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended: ${told}`);
    told += value;
  };
  while (!told.includes('event: ready')) await read();
  told = '';
  return {
    until: async (table) => {
      while (!told.includes(`"${table}"`)) await read();
      told = '';
    },
    close: () => stop.abort(),
  };
}
