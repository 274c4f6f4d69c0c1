import { isGuid } from '../../base/ids.ts';
import { isKey, key, type StoredRecord, servedNamespace } from '../../model/index.ts';
import type { Context, Roster } from '../../roster/index.ts';

/** The group or academic session that a person means by a sender's id, a OneRoster sourcedId, a key or a guid. */
export async function findGroup(
  roster: Roster,
  context: Context,
  id: string,
  namespaces: readonly string[],
): Promise<StoredRecord<'group'> | undefined> {
  const spaces = ['group', 'academicSession', 'class', 'course', 'org'] as const;
  const asked = [
    ...(isGuid(id) || isKey(id) ? [id] : []),
    ...[...new Set([context.namespace, ...namespaces])].flatMap((namespace) =>
      spaces.map((space) => key(space, namespace, id.trim())),
    ),
    ...spaces.map((space) => key(space, servedNamespace, id.trim())),
  ];
  const found = await roster.find(context, 'group', asked);
  const groups = found.flatMap((group) => (group === undefined ? [] : [group]));
  // Who has the id now comes before one of another kind who had it once.
  return groups.find(({ guid, imsId, sourcedId }) => [guid, imsId, sourcedId].includes(id.trim())) ?? groups[0];
}
