import { failed, ok, type Result } from '../../base/result.ts';
import type { PreviewedCollection, RestPuller, RestPullTarget } from '../../sync/index.ts';
import type { Outbound } from '../../wire/index.ts';
import { makeClient } from './client.ts';
import { type Page, readPages } from './paging.ts';
import { type Address, addressesOf, readAddresses } from './reading.ts';

/** What a puller needs. */
export interface RestPullerDeps {
  readonly outbound: Outbound;
  /** Milliseconds before a request is sent for the second time; 1,000 unless told. */
  readonly firstDelayMs?: number;
}

/** Rows of a collection that a preview shows. */
const mostRows = 20;

/**
 * Makes the reader of HTTP APIs that are not OneRoster: what differs between them is in the settings. All that a server has is
 * read and packed as a bulk package of OneRoster CSV, which a feed takes as it takes files; nothing is packed before all is there.
 */
export function makeRestPuller({ outbound, firstDelayMs = 1_000 }: RestPullerDeps): RestPuller {
  const clientOf = (target: RestPullTarget, signal: AbortSignal) =>
    makeClient({ outbound, target, signal, firstDelayMs });

  async function firstPage(target: RestPullTarget, address: Address, signal: AbortSignal): Promise<Result<Page>> {
    for await (const page of readPages({ client: clientOf(target, signal), target, ...address })) return page;
    return failed('unreadable-input', 'There is no first page.');
  }

  return {
    async check(target, signal) {
      const [address] = addressesOf(target);
      if (address === undefined) return failed('invalid-request', 'The setting restPull.collections is empty.');
      const page = await firstPage(target, address, signal);
      return page.ok ? ok({ records: page.value.total ?? null }) : page;
    },

    async preview(target, signal) {
      const collections: PreviewedCollection[] = [];
      for (const address of addressesOf(target)) {
        const page = await firstPage(target, address, signal);
        if (!page.ok) return page;
        for (const one of address.collections) collections[one.index] = previewed(address, one, page.value);
      }
      return ok({ collections });
    },

    async pull(target, options) {
      const client = clientOf(target, options.signal);
      const read = await readAddresses({ client, target, options });
      if (!read.ok) return read;
      const { bytes, note } = read.value;
      return ok({ bytes, facts: { kind: 'full', note, collections: null, metadata: [] } });
    },
  };
}

function previewed(
  { path }: Address,
  { collection, make }: Address['collections'][number],
  { records }: Page,
): PreviewedCollection {
  const rows: Record<string, string>[] = [];
  const problems = new Map<string, PreviewedCollection['problems'][number]>();
  for (const record of records) {
    const made = make(record);
    for (const cells of made.rows) {
      if (rows.length === mostRows) break;
      const filled = Object.entries(cells).filter((cell): cell is [string, string] => (cell[1] ?? '') !== '');
      rows.push(Object.fromEntries(filled));
    }
    for (const fault of made.faults) {
      const key = JSON.stringify(fault);
      const problem = problems.get(key) ?? { ...fault, count: 0 };
      problem.count += 1;
      problems.set(key, problem);
    }
  }
  return { type: collection.type, path, records: records.length, rows, problems: [...problems.values()].slice(0, 100) };
}
