import { failed, ok, type Result } from '../../base/result.ts';
import type { Puller, PullOptions, PullTarget } from '../../sync/index.ts';
import type { Outbound, OutboundAnswer } from '../../wire/index.ts';
import { makeClient } from './client.ts';
import { type Item, idOf, readCollection, totalOf } from './collection.ts';
import { rowsOf } from './rows.ts';
import { makeShelf } from './shelf.ts';

/** What a puller needs. */
export interface PullerDeps {
  readonly outbound: Outbound;
  /** Milliseconds before a request is sent for the second time; 1,000 unless told. */
  readonly firstDelayMs?: number;
}

/** What comes later refers to what came before: read in this order, fewest references point to what is not there yet. */
const collections = ['orgs', 'academicSessions', 'courses', 'classes', 'users', 'demographics', 'enrollments'] as const;
/** Files of users beside `users.csv`, from 1.2 on. */
const usersFiles: readonly string[] = ['roles', 'userProfiles'];

/**
 * Makes the reader of other OneRoster servers, 1.1 and 1.2. All that a server has is read and packed as a bulk package of
 * OneRoster CSV in its version, which a feed takes as it takes files; nothing is packed before all is there.
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
      const { version } = target;
      const shelf = makeShelf(options.folder, version, (file) => (usersFiles.includes(file) ? 'users' : file));
      try {
        for (const name of collections) {
          if (name === 'demographics' && !target.demographics) continue;
          shelf.begin(name);
          if (name === 'users' && version === 'v1p2') for (const file of usersFiles) shelf.begin(file);
        }
        const read = await readAll(target, options, clientOf(target, options.signal), shelf);
        if (!read.ok) return read;
      } finally {
        await shelf.end();
      }
      return ok(shelf.bytes());
    },
  };
}

async function readAll(
  target: PullTarget,
  { maxBytes, signal, onProgress }: PullOptions,
  client: ReturnType<typeof makeClient>,
  shelf: ReturnType<typeof makeShelf>,
): Promise<Result<void>> {
  const { url, version, pageSize } = target;
  let [records, bytes] = [0, 0];
  for (const name of collections) {
    if (name === 'demographics' && !target.demographics) continue;
    const take = async (items: readonly Item[], { body }: OutboundAnswer): Promise<Result<void>> => {
      if (signal.aborted) return failed('busy', 'The gateway is stopping.');
      bytes += body.length;
      if (bytes > maxBytes) {
        return failed(
          'too-large',
          `The server’s answers are larger than ${maxBytes} bytes (setting MAX_IMPORT_BYTES).`,
        );
      }
      for (const item of items) {
        records += 1;
        // What is gone is not in a bulk file, which removes what it does not have.
        const rows = isGone(item) ? [] : rowsOf(name, version, item);
        // Without an id, rows are told of by the reader as those of files are.
        await shelf.add(name, idOf(item) ?? `#${records}`, rows);
      }
      onProgress(records);
      return ok(undefined);
    };
    const read = await readCollection({ client, url, name, pageSize, take });
    if (!read.ok) return read;
  }
  return ok(undefined);
}

function isGone({ status }: Item): boolean {
  return typeof status === 'string' && ['tobedeleted', 'inactive'].includes(status.toLowerCase());
}
