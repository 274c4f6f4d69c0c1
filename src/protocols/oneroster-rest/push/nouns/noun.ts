import type { Extension, StoredRecord } from '../../../../model/index.ts';
import { sentMetadata } from '../../../../model/index.ts';
import type { View, ViewItem } from '../../../../roster/index.ts';
import type { Data, FieldReader } from '../../body/fields.ts';
import type { Version } from '../../operations/index.ts';

/** A reference in a body: the field that holds it, and the key of what it names. */
export interface Named {
  readonly field: string;
  readonly view: View;
  readonly key: string;
}

/** What the fields of a body are read with; references are collected, so that they can be looked up together. */
export interface Reading {
  readonly fields: FieldReader;
  readonly version: Version;
  /** The key that a reference names, or null. */
  reference(name: string, view: View): string | null;
  references(name: string, view: View): string[] | null;
  /** Collects a reference that lies deeper in the body. */
  note(field: string, view: View, key: string | null): void;
}

/** The values of a body, or of what reads show, by OneRoster's names; null for what is not there. */
export type Sent = Readonly<Record<string, unknown>>;

/** What is at hand when a body becomes the data of a change. */
export interface Merging {
  readonly version: Version;
  readonly sourcedId: string;
  readonly sent: Sent;
  /** The record under this id, if there is one. */
  readonly known: ViewItem | undefined;
  /** Whether one of the fields is sent otherwise than reads show it; all are for a record that is new. */
  changed(...names: readonly string[]): boolean;
  /** The guid of what a key names, where that is there; else the key itself, which a change may have too. */
  guidOf(key: string): string;
}

/** How bodies of one class of objects are read, and what of them is stored. */
export interface PushNoun {
  /** The values of a body; the first fault is noted by its reader. */
  readonly read: (reading: Reading) => Sent;
  /**
   * The data of an upsert: the fields that are sent otherwise than reads show them. So what answers make up is not stored
   * when it comes back, and what OneRoster cannot say stays as it is.
   */
  readonly data: (merging: Merging) => Data;
}

/** The fields of a change that are sent as they are kept, by their canonical names. */
export function picked({ sent, changed }: Merging, names: Readonly<Record<string, string>>): Data {
  return Object.fromEntries(
    Object.entries(names).flatMap(([canonical, name]) => (changed(name) ? [[canonical, sent[name]]] : [])),
  );
}

/** The data of the known record, typed by its noun; undefined for a record that is new. */
export function dataOf<T extends StoredRecord['type']>(
  { known }: Merging,
  type: T,
): StoredRecord<T>['data'] | undefined {
  return known?.record.type === type ? (known.record.data as StoredRecord<T>['data']) : undefined;
}

const isFields = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object that takes the place of an older one when it is merged into it: what it has no more is null. */
export function inPlaceOf(old: unknown, next: unknown): unknown {
  if (!isFields(old) || !isFields(next)) return next;
  const gone = Object.keys(old).filter((name) => !Object.hasOwn(next, name));
  return Object.fromEntries([
    ...gone.map((name) => [name, null] as const),
    ...Object.entries(next).map(([name, value]) => [name, inPlaceOf(old[name], value)] as const),
  ]);
}

/** OneRoster's metadata as they are stored; nothing where they are sent as reads show them. */
export function metadataOf({ sent, changed }: Merging, extension: Extension | undefined): Data {
  if (!changed('metadata')) return {};
  return { extension: { oneRoster: { metadata: inPlaceOf(sentMetadata(extension), sent['metadata']) } } };
}

/** Guids of the resources that are sent, for they are kept by guid. */
export function resourcesOf({ sent, changed, guidOf }: Merging): Data {
  if (!changed('resources')) return {};
  return { resources: (sent['resources'] as string[] | null)?.map(guidOf) ?? null };
}
