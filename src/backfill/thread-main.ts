/** The program of a reading thread: it gets orders and reports results. See thread.ts. */
import { parentPort } from 'node:worker_threads';
import { noTimes, SessionReader, type ReadBatch } from './session-reader.js';
import type { News, Order } from './thread.js';

function serve(port: NonNullable<typeof parentPort>): void {
  let reader: SessionReader | undefined;
  const tell = (news: News, transfer: ArrayBuffer[] = []) => port.postMessage(news, transfer);
  const tellBatch = (made: ReadBatch) => {
    tell(
      { kind: 'batch', ...made },
      (made.batch ?? []).map(({ file }) => file.buffer),
    );
  };
  port.on('message', (order: Order) => {
    switch (order.kind) {
      case 'begin':
        reader = new SessionReader(order.recorder, tellBatch);
        break;
      case 'read':
        for (const job of order.jobs) reader?.read(job, order.bytesToCome);
        tell({ kind: 'idle' });
        break;
      case 'end':
        reader?.flush();
        tell({ kind: 'ended', times: reader?.times ?? noTimes });
    }
  });
}

if (parentPort === null) throw new Error('this program runs in a thread of a backfill');
serve(parentPort);
