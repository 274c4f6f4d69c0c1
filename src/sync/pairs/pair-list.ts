import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FindingPacks, FindingPlace } from '../../store/index.ts';
import { itemsOf } from '../report/packs.ts';
import type { Pair } from '../run.ts';

const pack = promisify(gzip);

/** The pairs that a run has found, as its report lists them. */
export interface PairList {
  all(place: FindingPlace): Promise<Pair[]>;
  /** Notes that pairs are one now, or will be when the run is approved, by their new ids. */
  merged(place: FindingPlace, newIds: ReadonlySet<string>): Promise<void>;
}

/** Makes a {@link PairList}. */
export function makePairList(packs: FindingPacks): PairList {
  return {
    async all(place) {
      const pairs: Pair[] = [];
      for await (const { packed } of packs.read(place, 'pair', 0)) {
        for (const line of await itemsOf(packed)) pairs.push(JSON.parse(line) as Pair);
      }
      return pairs;
    },
    async merged(place, newIds) {
      for await (const { n, kinds, packed } of packs.read(place, 'pair', 0)) {
        const pairs = (await itemsOf(packed)).map((line) => JSON.parse(line) as Pair);
        if (!pairs.some((pair) => newIds.has(pair.newId) && !pair.merged)) continue;
        const lines = pairs.map((pair) => JSON.stringify(newIds.has(pair.newId) ? { ...pair, merged: true } : pair));
        await packs.put(place, 'pair', { n, kinds, packed: await pack(lines.join('\n')) });
      }
    },
  };
}
