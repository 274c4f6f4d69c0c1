import { ok, type Result } from '../../base/result.ts';
import type { Remote } from './remote.ts';

/** The log-in that the files of one look share. */
export interface Session {
  /** A log-in that has not ended; made anew where the one before has. */
  remote(signal: AbortSignal): Promise<Result<Remote>>;
  close(): void;
}

/** Makes {@link Session}. */
export function makeSession(enter: (signal: AbortSignal) => Promise<Result<Remote>>): Session {
  let there: Remote | undefined;
  return {
    async remote(signal) {
      if (there !== undefined && !there.isClosed) return ok(there);
      const made = await enter(signal);
      if (made.ok) there = made.value;
      return made;
    },
    close: () => there?.close(),
  };
}
