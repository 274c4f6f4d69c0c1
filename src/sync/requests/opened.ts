import type { Context } from '../../roster/index.ts';
import { type Opened, OpeningError, openWrapped } from '../../wire/index.ts';
import type { Feeds } from '../feeds/feeds.ts';
import type { StoredFeed } from '../feeds/settings.ts';

/** What opening files needs. */
export interface OpenedDeps {
  readonly feeds: Pick<Feeds, 'feedSecret'>;
  readonly maxFileBytes: number;
  /** Folder in which packages are put aside. */
  readonly workFolder: string;
}

/** How many bytes one byte as it came may give, beyond the first mebibyte. */
const ratio = 100;

/**
 * A file out of gzip, a zip package of one file and OpenPGP; `feed` is undefined for the first file of a new one, whose zip
 * packages are OneRoster's. Throws an {@link OpeningError}, here or while it is read.
 */
export function openedFile(
  { feeds, maxFileBytes, workFolder }: OpenedDeps,
  context: Context,
  feed: StoredFeed | undefined,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Opened> {
  return openWrapped(bytes, {
    limits: { bytes: maxFileBytes, ratio },
    // A package is what this protocol's files are.
    zip: feed !== undefined && feed.protocol !== 'oneroster-csv',
    workFolder,
    pgpRequired: feed?.pgp?.required === true,
    async keys() {
      if (feed === undefined || feed.pgp === null) return undefined;
      const secretOf = async (field: string) => {
        const secret = await feeds.feedSecret(context, feed.name, 'pgp', field);
        if (!secret.ok) throw new OpeningError('conflict', secret.problem.text);
        return secret.value;
      };
      const privateKey = await secretOf('privateKey');
      if (privateKey === undefined) return undefined;
      const verificationKeys = feed.pgp.verificationKeys ?? undefined;
      return { privateKey, passphrase: await secretOf('passphrase'), verificationKeys };
    },
  });
}
