import { createHash } from 'node:crypto';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Context, Vault } from '../../roster/index.ts';
import { type Feeds, noFeed } from '../feeds/feeds.ts';
import type { StoredFeed } from '../feeds/settings.ts';
import { sourceOf } from './bases.ts';
import type { Pulled, Puller, PullFacts, PullOptions, PullPreview, RestPuller } from './types.ts';

/** Whose secret the sealed text of a feed's setting `pull` is. */
export const pullPurpose = (tenant: string, feed: string) => `pull:${tenant}/${feed}`;

/** A server that a feed is read from, with all that is needed to ask it. */
export interface Source {
  readonly feed: StoredFeed;
  /** A hash of what the server and the client are; with another one nothing is gone on from. */
  readonly id: string;
  /** Whether changes alone are read, and after how many days all is read again. */
  readonly delta: boolean;
  readonly fullEvery: number;
  /** What a full pull of such a server has to say; for people. */
  told(facts: PullFacts): string | null;
  check(signal: AbortSignal): Promise<Result<{ readonly records: number | null }>>;
  pull(options: PullOptions): Promise<Result<Pulled>>;
  /** What the first pages become; undefined: such a server gives rows as they are. */
  preview: ((signal: AbortSignal) => Promise<Result<PullPreview>>) | undefined;
}

/** What finding a source needs. */
export interface SourcesDeps {
  readonly feeds: Pick<Feeds, 'stored' | 'feedSecret'>;
  readonly puller: Puller;
  readonly restPuller: RestPuller;
  readonly vault: Pick<Vault, 'open'>;
}

/**
 * Finds the server of a feed: that of the setting `restPull` where the feed's transport is `rest-pull` or no setting `pull`
 * is there, else that of `pull`.
 */
export function makeSources({ feeds, puller, restPuller, vault }: SourcesDeps) {
  return async function sourceOfFeed(context: Context, name: string): Promise<Result<Source>> {
    const { tenant } = context;
    const feed = await feeds.stored(tenant, name);
    if (feed === undefined) return noFeed(name);
    const { pull, restPull } = feed;
    if (restPull !== null && (pull === null || feed.transport === 'rest-pull')) {
      const secret = await feeds.feedSecret(context, name, 'restPull', 'secret');
      if (!secret.ok) return secret;
      const target = { ...restPull, secret: secret.value };
      return ok({
        feed,
        id: createHash('sha256')
          .update(JSON.stringify([restPull, feed.namespace]))
          .digest('hex')
          .slice(0, 32),
        delta: false,
        fullEvery: 1,
        told: ({ note }) => note,
        check: (signal) => restPuller.check(target, signal),
        pull: (options) => restPuller.pull(target, options),
        preview: (signal) => restPuller.preview(target, signal),
      });
    }
    if (pull === null || feed.transport === 'rest-pull') {
      const field = feed.transport === 'rest-pull' ? 'restPull' : 'pull';
      return failed('invalid-request', `The feed ${name} has no settings to pull from another server.`, { field });
    }
    const secret = vault.open(feed.pullSecret ?? '', pullPurpose(tenant, name));
    if (secret === undefined) {
      return failed('invalid-request', 'The secret cannot be opened with this secrets key; set it again.', {
        field: 'pull.secret',
      });
    }
    const target = { ...pull, secret };
    return ok({
      feed,
      id: sourceOf(target, feed.namespace),
      delta: target.delta,
      fullEvery: target.fullEvery,
      told: () => null,
      check: (signal) => puller.check(target, signal),
      pull: (options) => puller.pull(target, options),
      preview: undefined,
    });
  };
}
