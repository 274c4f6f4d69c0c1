import type { Doc } from '../../store/index.ts';

/** A view's condition in the store's words. */
export interface StoreCondition {
  /** Holds for each record that may match. */
  readonly record: Doc;
  /** Holds for what matches; of a membership, for each role by itself (field `role`) once roles are taken apart. */
  readonly item: Doc;
  /** Whether roles of one membership may differ in it. */
  readonly perRole: boolean;
}

/** Conditions that all hold; those that are absent or empty are passed over. */
export function allOf(conditions: readonly (StoreCondition | undefined)[]): StoreCondition {
  const parts = conditions.filter(
    (part) => part !== undefined && Object.keys(part.item).length > 0,
  ) as StoreCondition[];
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  if (parts.length === 0) return { record: {}, item: {}, perRole: false };
  return {
    record: { $and: parts.map((part) => part.record) },
    item: { $and: parts.map((part) => part.item) },
    perRole: parts.some((part) => part.perRole),
  };
}
