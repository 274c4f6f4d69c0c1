import { key } from '../../model/index.ts';
import type { CommunityColumn, FeedItem, ReadOptions, Seed } from '../../sync/index.ts';
import type { Layout } from './header.ts';
import type { Unmapped } from './unmapped.ts';

/** A community as a group of the roster. */
export interface Community {
  readonly key: string;
  readonly kind: CommunityColumn['kind'];
}

/** What the community columns of a file mean (`feeds.md` 3.11). */
export interface Communities {
  /** Gives the groups of communities and the communities that the settings name. */
  begin(): void;
  /** The communities of a row, each once; gives those that are met for the first time, and counts what is not mapped. */
  of(cells: readonly string[], line: number): Community[];
}

interface Column {
  readonly name: string;
  readonly place: number;
  readonly setting: string;
  readonly column: CommunityColumn;
  /** What values mean, in lower case; null: no community. */
  readonly means: Map<string, Community | null>;
}

/** Bytes of a group, under which it is known. */
const separator = '\n';

/** Makes the {@link Communities} of a file; groups go to `items`. */
export function makeCommunities(
  settings: readonly CommunityColumn[],
  layout: Pick<Layout, 'communities'>,
  { namespace, fingerprints }: Pick<ReadOptions, 'namespace' | 'fingerprints'>,
  items: FeedItem[],
  unmapped: Unmapped,
): Communities {
  const seed: Seed = fingerprints.container('communities');
  const given = new Set<string>();

  const give = (id: string, title: string, kind: CommunityColumn['kind'], parent: string | undefined): string => {
    const groupKey = key('group', namespace, id);
    if (given.has(id)) return groupKey;
    given.add(id);
    const bytes = Buffer.from([id, title, kind, parent ?? ''].join(separator));
    if (fingerprints.known('group', seed, bytes, 0, bytes.length)) return groupKey;
    const hash = fingerprints.hash();
    const relationships = parent === undefined ? [] : [{ relation: 'parent' as const, target: parent }];
    const data = { kind, description: { short: title }, relationships };
    const change = { op: 'upsert', type: 'group', key: groupKey, data, moveParents: true, hash } as const;
    items.push({ kind: 'record', type: 'group', hash, line: 1, id, change });
    return groupKey;
  };

  const parentId = ({ group }: CommunityColumn) => `community/${group.trim().toLowerCase()}`;

  const communityOf = (column: CommunityColumn, name: string): Community => {
    const title = name.trim();
    const parent = key('group', namespace, parentId(column));
    const groupKey = give(`${parentId(column)}/${title.toLowerCase()}`, title, column.kind, parent);
    return { key: groupKey, kind: column.kind };
  };

  const columns: Column[] = layout.communities.flatMap(({ setting, name, place }) => {
    const column = settings[setting];
    if (column === undefined) return [];
    return [{ name, place, column, setting: `list.communities.${setting}.values`, means: new Map() }];
  });

  const meaning = ({ column, means }: Column, value: string): Community | null | undefined => {
    const folded = value.toLowerCase();
    const known = means.get(folded);
    if (known !== undefined || !column.anyValue) return known;
    const community = communityOf(column, value);
    means.set(folded, community);
    return community;
  };

  return {
    begin() {
      for (const { column, means } of columns) {
        give(parentId(column), column.group.trim(), column.kind === 'org' ? 'org' : 'other', undefined);
        for (const name of column.communities) means.set(name.trim().toLowerCase(), communityOf(column, name));
        for (const { value, community } of column.values) {
          means.set(value.trim().toLowerCase(), community === null ? null : communityOf(column, community));
        }
      }
    },
    of(cells, line) {
      const found: Community[] = [];
      for (const column of columns) {
        const cell = cells[column.place] ?? '';
        if (cell === '') continue;
        for (const part of cell.split(';')) {
          const value = part.trim();
          if (value === '') continue;
          const community = meaning(column, value);
          if (community === undefined) unmapped.value(column.name, value, line, column.setting);
          else if (community !== null && !found.some((one) => one.key === community.key)) found.push(community);
        }
      }
      return found;
    },
  };
}
