import type { EventEmitter } from 'node:events';
import type { Context } from '../roster/index.ts';
import type { Run, Sync } from '../sync/index.ts';

/** Milliseconds after which a silent stream says that it is alive. */
const aliveMs = 15_000;

/**
 * The events of a run as a `text/event-stream`: `progress` whenever it has changed, `end` when it is neither queued nor
 * running any more. Ends too when the client goes, or the gateway stops; a client that wants more then connects again.
 */
export async function* runEvents(
  sync: Pick<Sync, 'wait'>,
  context: Context,
  id: string,
  response: EventEmitter | undefined,
  aliveAfter = aliveMs,
): AsyncGenerator<string> {
  const stop = new AbortController();
  const ends = () => stop.abort();
  response?.once('close', ends).once('draining', ends);
  // Only the latest state counts: a client that reads slowly misses some.
  let latest: Run | undefined;
  let last = '';
  let wake: () => void = () => undefined;
  let ended: Run | undefined;
  let isOver = false;
  const waited = sync
    .wait(
      context,
      id,
      (run) => {
        latest = run;
        wake();
      },
      stop.signal,
    )
    .then((run) => {
      ended = run;
    })
    .finally(() => {
      isOver = true;
      wake();
    });
  waited.catch(() => undefined);
  try {
    for (let said = Date.now(); !isOver; ) {
      const text = latest === undefined ? '' : JSON.stringify(latest);
      latest = undefined;
      if (text !== '' && text !== last) {
        last = text;
        yield event('progress', text);
        said = Date.now();
      } else if (Date.now() - said >= aliveAfter) {
        yield ': alive\n\n';
        said = Date.now();
      }
      if (latest === undefined && !isOver) await woken(said + aliveAfter - Date.now(), (call) => (wake = call));
    }
    await waited;
    if (ended !== undefined && !stop.signal.aborted) yield event('end', JSON.stringify(ended));
  } finally {
    stop.abort();
    response?.removeListener('close', ends).removeListener('draining', ends);
  }
}

function woken(ms: number, on: (call: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    on(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function event(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}
