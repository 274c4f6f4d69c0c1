import { type Failed, failed } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { Sync } from '../types.ts';

/**
 * The same {@link Sync} for callers that may use some feeds only: other feeds are refused (`forbidden`) or, where they are
 * looked for, not there, and so are their runs with all lists and reports.
 */
export function limitToFeeds(sync: Sync): Sync {
  async function ofRun<T>(context: Context, id: string, work: () => Promise<T | Failed>): Promise<T | Failed> {
    if (context.feeds === undefined || (await run(context, id)) !== undefined) return work();
    const shown = id.slice(0, 64);
    return failed('unknown-object', `There is no run ${shown}.`, { id: shown });
  }

  async function run(context: Context, id: string) {
    const found = await sync.run(context, id);
    return found === undefined || mayUse(context, found.feed) ? found : undefined;
  }

  async function ofFeed<T>(context: Context, feed: string | undefined, work: () => Promise<T | Failed>) {
    if (context.feeds === undefined) return work();
    if (feed === undefined) return failed('forbidden', 'Name a feed: this credential may use some of them only.');
    if (mayUse(context, feed)) return work();
    const shown = feed.slice(0, 64);
    return failed('forbidden', `This credential may not use the feed ${shown}; an admin can allow it.`, { id: shown });
  }

  return {
    ...sync,
    submit: (context, request, bytes) => ofFeed(context, request.feed, () => sync.submit(context, request, bytes)),
    rollover: (context, request) => ofFeed(context, request.feed, () => sync.rollover(context, request)),
    crosswalk: (context, request, bytes) =>
      ofFeed(context, request.feed, () => sync.crosswalk(context, request, bytes)),
    pull: (context, request) => ofFeed(context, request.feed, () => sync.pull(context, request)),
    pullNow: (context, request, signal) => ofFeed(context, request.feed, () => sync.pullNow(context, request, signal)),
    previewPull: (context, feed) => ofFeed(context, feed, () => sync.previewPull(context, feed)),
    checkPull: (context, feed) => ofFeed(context, feed, () => sync.checkPull(context, feed)),
    putFeed: (context, name, settings) => ofFeed(context, name, () => sync.putFeed(context, name, settings)),
    handEdits: (context, feed, query) => ofFeed(context, feed, () => sync.handEdits(context, feed, query)),
    unmapped: (context, feed, query) => ofFeed(context, feed, () => sync.unmapped(context, feed, query)),
    checklist: (context, feed) => ofFeed(context, feed, () => sync.checklist(context, feed)),
    deleteFeed: (context, name) => ofFeed(context, name, () => sync.deleteFeed(context, name)),
    pulled: async (context, feed) => (mayUse(context, feed) ? sync.pulled(context, feed) : undefined),
    feed: async (context, name) => (mayUse(context, name) ? sync.feed(context, name) : undefined),
    async feeds(context) {
      const all = await sync.feeds(context);
      if (context.feeds === undefined) return all;
      const items = all.items.filter(({ name }) => mayUse(context, name));
      return { ...all, items, total: items.length };
    },
    run,
    again: (context, id, options) => ofRun(context, id, () => sync.again(context, id, options)),
    undo: (context, id, options) => ofRun(context, id, () => sync.undo(context, id, options)),
    changes: (context, id, query) => ofRun(context, id, () => sync.changes(context, id, query)),
    problems: (context, id, query) => ofRun(context, id, () => sync.problems(context, id, query)),
    pairs: (context, id, query) => ofRun(context, id, () => sync.pairs(context, id, query)),
    merge: (context, id, what) => ofRun(context, id, () => sync.merge(context, id, what)),
    approve: (context, id) => ofRun(context, id, () => sync.approve(context, id)),
    reject: (context, id) => ofRun(context, id, () => sync.reject(context, id)),
    async wait(context, id, onProgress, signal) {
      return (await run(context, id)) === undefined ? undefined : sync.wait(context, id, onProgress, signal);
    },
  };
}

function mayUse({ feeds }: Context, feed: string): boolean {
  return feeds === undefined || feeds.includes(feed);
}
