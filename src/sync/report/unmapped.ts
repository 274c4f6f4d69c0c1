import { failed, ok } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { RunStore } from '../../store/index.ts';
import { type Feeds, noFeed } from '../feeds/feeds.ts';
import type { CommunityColumn } from '../feeds/sections/list.ts';
import type { ProblemItem } from '../run.ts';
import type { Feed, Sync, UnmappedItem } from '../types.ts';

/** What {@link makeUnmapped} needs. */
export interface UnmappedDeps {
  readonly feeds: Pick<Feeds, 'stored'>;
  readonly runs: Pick<RunStore, 'list'>;
  readonly problems: Sync['problems'];
}

/** States of a run whose file was read. */
const read = ['held', 'done', 'rejected', 'expired', 'undone'];

/**
 * Lists columns and values of a feed's last file that its settings say nothing of (`feeds.md` 3.11), each with the setting that
 * an entry is to be added to, as the settings are now.
 */
export function makeUnmapped({ feeds, runs, problems }: UnmappedDeps): Pick<Sync, 'unmapped'> {
  return {
    async unmapped(context: Context, name, query) {
      const feed = await feeds.stored(context.tenant, name);
      if (feed === undefined) return noFeed(name);
      if (feed.protocol !== 'list-csv') {
        const text = `The feed ${name} takes ${feed.protocol}; only feeds of the protocol list-csv have values to be mapped.`;
        return failed('conflict', text, { id: name });
      }
      const { rows } = await runs.list(
        context.tenant,
        { feed: name, 'report.kind': 'import', 'report.protocol': 'list-csv', state: { $in: read } },
        1,
      );
      const run = rows[0]?._id;
      if (run === undefined) return ok({ run: null, items: [], total: 0, next: null });
      const page = await problems(context, run, { ...query, kind: 'warning.unmapped' });
      if (!page.ok) return page;
      const { items, total, next } = page.value;
      return ok({ run, items: items.map((item) => itemOf(item, feed)), total, next });
    },
  };
}

function itemOf({ field, id, line, rows = 1 }: ProblemItem, { list }: Pick<Feed, 'list'>): UnmappedItem {
  const column = field ?? '';
  const shown = { column, value: id, rows, line };
  if (id === null) {
    const entry: CommunityColumn = {
      column,
      group: column,
      kind: 'other',
      communities: [],
      values: [],
      anyValue: true,
    };
    return { ...shown, setting: 'list.communities', entry: { ...entry } };
  }
  const same = (one: string) => one.trim().toLowerCase() === column.trim().toLowerCase();
  const aliases = list?.columns.filter(({ name }) => same(name)).map(({ column: own }) => own as string) ?? [];
  const at = list?.communities.findIndex((one) => same(one.column) || aliases.includes(one.column)) ?? -1;
  return at < 0
    ? { ...shown, setting: 'list.userTypes', entry: { value: id, role: null } }
    : { ...shown, setting: `list.communities.${at}.values`, entry: { value: id, community: null } };
}
