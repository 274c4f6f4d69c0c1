import type { RecordType } from '../../model/index.ts';
import type { Row } from '../../store/index.ts';
import type { ReferenceName } from '../query.ts';

/** Fields of a row that its name needs. */
export const nameFields = {
  state: 1,
  keys: 1,
  imsId: 1,
  sourcedId: 1,
  sourcedIds: 1,
  made: 1,
  'data.name.formatted': 1,
  'data.name.given': 1,
  'data.name.family': 1,
  'data.title': 1,
  'data.description': 1,
} as const;

/** How a row's record is named outside. */
export function nameOf(type: RecordType, row: Row): ReferenceName {
  const data = row['data'] as
    | {
        name?: { formatted?: string; given?: string; family?: string };
        title?: string;
        description?: { short?: string; long?: string };
      }
    | undefined;
  const title =
    type === 'person'
      ? (data?.name?.formatted ?? ([data?.name?.given, data?.name?.family].filter(Boolean).join(' ') || undefined))
      : (data?.title ?? data?.description?.short ?? data?.description?.long);
  const source = (row['sourcedIds'] as { source?: string }[] | undefined)?.[0]?.source;
  return {
    guid: row._id,
    type,
    state: row['state'] as ReferenceName['state'],
    keys: (row['keys'] as string[] | undefined) ?? [],
    imsId: (row['imsId'] as string | undefined) ?? row._id,
    sourcedId: (row['sourcedId'] as string | undefined) ?? row._id,
    ...(source === undefined ? {} : { source }),
    ...(row['made'] === true ? { made: true } : {}),
    ...(title === undefined ? {} : { title }),
  };
}
