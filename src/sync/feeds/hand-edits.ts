import { failed, ok } from '../../base/result.ts';
import type { RosterType } from '../../model/index.ts';
import type { Roster } from '../../roster/index.ts';
import type { BlockType, FeedBlocks } from '../../store/index.ts';
import { touchedOf } from '../hashes/touched.ts';
import type { HandEdit, Sync } from '../types.ts';
import { type Feeds, noFeed } from './feeds.ts';

/** What {@link makeHandEdits} needs. */
export interface HandEditsDeps {
  readonly feeds: Pick<Feeds, 'stored'>;
  readonly roster: Pick<Roster, 'handChanges' | 'names'>;
  blocks(tenant: string, feed: string): FeedBlocks;
}

const rosterTypeOf = (type: BlockType): RosterType => (type === 'person' || type === 'membership' ? type : 'group');

/**
 * Lists what was changed by hand of the records that a feed lists, and that its next file would change again (`feeds.md` 2.14);
 * a locked field stays (0.6).
 */
export function makeHandEdits({ feeds, roster, blocks }: HandEditsDeps): Pick<Sync, 'handEdits'> {
  return {
    async handEdits(context, feed, { limit, cursor = '' }) {
      if ((await feeds.stored(context.tenant, feed)) === undefined) return noFeed(feed);
      if (!/^[0-9a-f]{0,32}$/.test(cursor)) return failed('invalid-request', 'The cursor is none of this list.', {});
      const touched = new Map((await touchedOf(blocks(context.tenant, feed))).map((one) => [one.guid, one.type]));
      const changes = await roster.handChanges(context, new Set(touched.keys()));
      const guids = [...changes.keys()].sort();
      const page = guids.filter((guid) => guid > cursor).slice(0, limit);
      const items: HandEdit[] = [];
      for (const type of ['person', 'group', 'membership'] as const) {
        const ofType = page.filter((guid) => rosterTypeOf(touched.get(guid) ?? 'group') === type);
        const names = await roster.names(context, type, ofType);
        for (const guid of ofType) {
          const change = changes.get(guid);
          const name = names.get(guid);
          if (change === undefined || name === undefined) continue;
          const { at, writer, fields } = change;
          items.push({
            type,
            guid,
            id: name.imsId,
            state: name.state,
            at: at.toISOString(),
            writer,
            fields: [...fields],
          });
        }
      }
      const last = page.at(-1);
      const next = last !== undefined && last !== guids.at(-1) ? last : null;
      return ok({ items: items.sort((a, b) => (a.guid < b.guid ? -1 : 1)), total: guids.length, next });
    },
  };
}
