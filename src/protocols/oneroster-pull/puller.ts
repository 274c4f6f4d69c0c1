import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { Puller, PullTarget } from '../../sync/index.ts';
import type { Outbound } from '../../wire/index.ts';
import { makeClient } from './client.ts';
import { totalOf } from './collection.ts';
import { type Read, readServer } from './reading.ts';

/** What a puller needs. */
export interface PullerDeps {
  readonly outbound: Outbound;
  /** Milliseconds before a request is sent for the second time; 1,000 unless told. */
  readonly firstDelayMs?: number;
}

/** How much earlier than what is known changes are asked for: clocks of a server's machines differ. */
const marginMs = 5 * 60_000;

/**
 * Makes the reader of other OneRoster servers, 1.1 and 1.2. All that a server has, or has changed since an earlier pull, is read
 * and packed as a package of OneRoster CSV in its version, which a feed takes as it takes files; nothing is packed before all
 * is there.
 */
export function makeOneRosterPuller({ outbound, firstDelayMs = 1_000 }: PullerDeps): Puller {
  const clientOf = (target: PullTarget, signal: AbortSignal) => makeClient({ outbound, target, signal, firstDelayMs });

  return {
    checkUrl: (url) => outbound.check(url),

    async check(target, signal) {
      let total: number | undefined;
      const answer = await clientOf(target, signal).get(`${target.url}/users?limit=1&offset=0`);
      if (answer.ok) total = totalOf(answer.value);
      return answer.ok ? ok({ records: total ?? null }) : answer;
    },

    async pull(target, options) {
      const { since, signal } = options;
      const client = clientOf(target, signal);
      const read = async (kind: 'full' | 'delta'): Promise<Result<Read>> => {
        const folder = join(options.folder, kind);
        await mkdir(folder, { mode: 0o700 });
        const collections = kind === 'full' ? null : (since?.collections ?? null);
        const metadata = since?.metadata ?? [];
        return readServer({ client, target, folder, since: collections, metadata, marginMs, options });
      };
      let note: string | null = null;
      if (since?.collections != null && !options.full) {
        const changes = await read('delta');
        if (changes.ok) return ok(pulledOf('delta', changes.value, null));
        if (!mayReadAll(changes.problem.code, signal)) return changes;
        note = changes.problem.text;
      }
      const all = await read('full');
      return all.ok ? ok(pulledOf('full', all.value, note)) : all;
    },
  };
}

/** Whether a server that did not tell its changes may tell all. */
function mayReadAll(code: string, signal: AbortSignal): boolean {
  return !signal.aborted && code !== 'forbidden' && code !== 'too-large';
}

function pulledOf(kind: 'full' | 'delta', { bytes, collections, metadata }: Read, note: string | null) {
  const untimed = 'The server does not give each record a dateLastModified, so that changes cannot be asked for.';
  return { bytes, facts: { kind, collections, metadata, note: note ?? (collections === null ? untimed : null) } };
}
