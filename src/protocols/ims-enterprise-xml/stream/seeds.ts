import type { Fingerprints, Seed } from '../../../sync/index.ts';

/** What holds records and remembers where their hashes begin, and for the encoding of which bytes. */
export interface Seeded {
  seed: { readonly encoding: string; readonly value: Seed } | undefined;
}

/** Where the hashes of what a holder holds begin; `name` tells the holder from others. */
export type SeedOf = (holder: Seeded, name: () => string) => Seed;

/** Makes a {@link SeedOf}: bytes in another encoding mean something else. */
export function makeSeedOf(fingerprints: Fingerprints, encoding: () => string): SeedOf {
  return (holder, name) => {
    const now = encoding();
    if (holder.seed?.encoding === now) return holder.seed.value;
    const value = fingerprints.container(now === 'utf-8' ? name() : `${now}\u0000${name()}`);
    holder.seed = { encoding: now, value };
    return value;
  };
}
