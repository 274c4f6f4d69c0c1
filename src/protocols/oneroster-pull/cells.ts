import type { Cells } from '../../wire/index.ts';
import type { Item } from './collection.ts';

/** A text as a cell; numbers and booleans are written as servers that quote them do. */
export function cell(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** A list as one cell; a single text is a list of one, and commas in items become semicolons. */
export function listCell(value: unknown): string | undefined {
  const items = Array.isArray(value) ? value : [value];
  const texts = items.map(cell).filter((text): text is string => text !== undefined && text !== '');
  return texts.length === 0 ? undefined : texts.map((text) => text.replaceAll(',', ';')).join(',');
}

/** The id of a reference; its address is not looked at. */
export function refCell(value: unknown): string | undefined {
  return cell((value as Item | null | undefined)?.['sourcedId']);
}

/** The ids of a list of references. */
export function refsCell(value: unknown): string | undefined {
  return listCell(itemsIn(value).map(refCell));
}

/** The objects in a list. */
export function itemsIn(value: unknown): Item[] {
  const list: unknown[] = Array.isArray(value) ? value : [];
  return list.filter((one): one is Item => typeof one === 'object' && one !== null && !Array.isArray(one));
}

/** The `metadata.*` columns of a record. */
export function metadataCells(value: unknown): Cells {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== null && one !== undefined)
      .map(([name, one]) => [`metadata.${name}`, cell(one) ?? JSON.stringify(one)]),
  );
}
