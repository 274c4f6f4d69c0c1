import { type Group, type GroupType, groupKindOf, type SourcedId } from '../../model/index.ts';
import type { XmlElement } from '../../wire/index.ts';
import {
  readComment,
  readFlagElement,
  readSourcedId,
  readTimeFrame,
  writeComment,
  writeFlag,
  writeSourcedId,
  writeTimeFrame,
} from './parts.ts';
import { type ReadRecord, readRecstatus } from './person.ts';
import { filled, once, orderOf, put, type Reading } from './reading.ts';
import { makeKeptWriter } from './rest.ts';

type Relationship = NonNullable<Group['relationships']>[number];

const groupOrder = orderOf(
  'comments',
  'sourcedid',
  'grouptype',
  'description',
  'org',
  'timeframe',
  'enrollcontrol',
  'email',
  'url',
  'relationship',
  'datasource',
  'extension',
);
const groupTypeOrder = orderOf('scheme', 'typevalue');
const descriptionOrder = orderOf('short', 'long', 'full');
const orgOrder = orderOf('orgname', 'orgunit', 'type', 'id');
const enrollOrder = orderOf('enrollaccept', 'enrollallowed');
const relationshipOrder = orderOf('sourcedid', 'label');

const relationWords: Readonly<Record<string, Relationship['relation']>> = {
  '1': 'parent',
  '2': 'child',
  '3': 'knownAs',
  parent: 'parent',
  child: 'child',
  knownas: 'knownAs',
};
const relationNumbers = { parent: '1', child: '2', knownAs: '3' } as const;

/** Reads `group` (IMS Enterprise 1.1 XML binding, group); what kind of group it is follows from its types (decisions 1.2). */
export function readGroup(reading: Reading, xml: XmlElement): ReadRecord<Group> {
  const data: Group = { kind: 'class' };
  const ids: SourcedId[] = [];
  const related: XmlElement[] = [];
  const removed = readRecstatus(reading, xml);
  reading.children(xml, '', groupOrder, (name, child) => {
    switch (name) {
      case 'sourcedid': {
        const id = readSourcedId(reading, child, `sourcedid[${ids.length}]`);
        if (id !== undefined) ids.push(id);
        return true;
      }
      case 'comments':
        return once(data, 'comments', () => readComment(reading, child, name));
      case 'grouptype': {
        const types = data.types ?? [];
        data.types = [...types, readGroupType(reading, child, `grouptype[${types.length}]`)];
        return true;
      }
      case 'description':
        return once(data, 'description', () => readDescription(reading, child));
      case 'org':
        return once(data, 'org', () => readOrg(reading, child));
      case 'timeframe':
        return once(data, 'timeFrame', () => readTimeFrame(reading, child, name));
      case 'enrollcontrol':
        return once(data, 'enrollControl', () => readEnrollControl(reading, child));
      case 'email':
      case 'url':
        return once(data, name, () => reading.leaf(child, name));
      case 'relationship':
        related.push(child);
        return true;
      default:
        return once(data, 'dataSource', () => reading.leaf(child, name));
    }
  });
  // After the ids, wherever they stand, since a link to oneself is no relationship.
  for (const child of related) readRelationship(reading, child, data, ids);
  data.kind = groupKindOf(data.types);
  return { data, ids, removed };
}

function readGroupType(reading: Reading, xml: XmlElement, path: string): GroupType {
  const type: GroupType = { values: [] };
  reading.attributes(xml, path, () => false);
  reading.children(xml, path, groupTypeOrder, (name, child) => {
    if (name === 'scheme') return once(type, 'scheme', () => reading.leaf(child, `${path}/scheme`));
    const place = `${path}/typevalue[${type.values.length}]`;
    const value: GroupType['values'][number] = {};
    reading.attributes(child, place, (word, level) => {
      if (word !== 'level') return false;
      if (level.trim() !== '') value.level = level.trim();
      return true;
    });
    for (const inner of child.children) reading.keep(place, inner);
    const text = child.text.trim();
    if (text !== '') value.type = text;
    if (filled(value) !== undefined) type.values.push(value);
    return true;
  });
  return type;
}

function readDescription(reading: Reading, xml: XmlElement): Group['description'] {
  const result: NonNullable<Group['description']> = {};
  reading.attributes(xml, 'description', () => false);
  reading.children(xml, 'description', descriptionOrder, (name, child) =>
    once(result, name as 'short' | 'long' | 'full', () => reading.leaf(child, `description/${name}`)),
  );
  return filled(result);
}

function readOrg(reading: Reading, xml: XmlElement): Group['org'] {
  const result: NonNullable<Group['org']> = {};
  reading.attributes(xml, 'org', () => false);
  reading.children(xml, 'org', orgOrder, (name, child) => {
    switch (name) {
      case 'orgname':
        return once(result, 'name', () => reading.leaf(child, 'org/orgname'));
      case 'orgunit': {
        const units = result.units ?? [];
        const unit = reading.leaf(child, `org/orgunit[${units.length}]`);
        if (unit !== undefined) result.units = [...units, unit];
        return true;
      }
      default:
        return once(result, name as 'type' | 'id', () => reading.leaf(child, `org/${name}`));
    }
  });
  return filled(result);
}

function readEnrollControl(reading: Reading, xml: XmlElement): Group['enrollControl'] {
  const result: NonNullable<Group['enrollControl']> = {};
  reading.attributes(xml, 'enrollcontrol', () => false);
  reading.children(xml, 'enrollcontrol', enrollOrder, (name, child) =>
    once(result, name === 'enrollaccept' ? 'accept' : 'allowed', () =>
      readFlagElement(reading, child, `enrollcontrol/${name}`, 'enrollcontrol'),
    ),
  );
  return filled(result);
}

function readRelationship(reading: Reading, xml: XmlElement, data: Group, own: readonly SourcedId[]): void {
  const all = data.relationships ?? [];
  const path = `relationship[${all.length}]`;
  let relation: Relationship['relation'] = 'parent';
  let label: string | undefined;
  let sourced: SourcedId | undefined;
  const { value: known, extension } = reading.apart(() => {
    let understood = true;
    reading.attributes(xml, path, (name, value) => {
      if (name !== 'relation') return false;
      const word = value.replace(/\s/g, '').toLowerCase();
      const found = Object.hasOwn(relationWords, word) ? relationWords[word] : undefined;
      understood = found !== undefined || word === '';
      relation = found ?? 'parent';
      return true;
    });
    reading.children(xml, path, relationshipOrder, (name, child) => {
      if (name === 'label') {
        if (label !== undefined) return false;
        label = reading.leaf(child, `${path}/label`);
        return true;
      }
      if (sourced !== undefined) return false;
      sourced = readSourcedId(reading, child, `${path}/sourcedid`);
      return true;
    });
    return understood;
  });
  const to: SourcedId | undefined = sourced;
  if (to === undefined || !known) {
    reading.note(
      'repair.unknown-vocabulary',
      'a relationship without id or of an unknown kind is kept but not read',
      xml.line,
    );
    reading.keep('', xml);
    return;
  }
  const target = reading.keyOf('group', to);
  if (relation === 'parent' && own.some((id) => reading.keyOf('group', id) === target)) {
    reading.note('repair.self-parent', 'a group that is its own parent loses that link', xml.line);
    return;
  }
  const entry: Relationship = { relation, target };
  put(entry, 'label', label);
  put(entry, 'source', to.source);
  data.relationships = [...all, entry];
  reading.keepAll((extension?.imsXml?.['kept'] ?? []) as Parameters<Reading['keepAll']>[0]);
}

/**
 * Writes `group`. `idOf` gives the sourcedid of a related group from the reference in the data. `recstatus` is left out
 * where none is given; fields that IMS Enterprise lacks are not written.
 */
export function writeGroup(
  group: Group,
  ids: readonly SourcedId[],
  idOf: (reference: string) => SourcedId,
  recstatus?: 1 | 2 | 3,
): string {
  const writer = makeKeptWriter(group.extension);
  const { description, org, enrollControl } = group;
  return writer.element(
    '',
    'group',
    { recstatus: recstatus?.toString() },
    writeComment(writer, 'comments', group.comments),
    ...ids.map((id, index) => writeSourcedId(writer, `sourcedid[${index}]`, id)),
    ...(group.types ?? []).map(
      ({ scheme, values }, index) =>
        writer.element(
          `grouptype[${index}]`,
          'grouptype',
          undefined,
          writer.leaf(`grouptype[${index}]/scheme`, scheme),
          ...values.map(({ type, level }, place) =>
            writer.leaf(`grouptype[${index}]/typevalue[${place}]`, type, { level }, 'typevalue'),
          ),
        ) || '<grouptype/>',
    ),
    writer.element(
      'description',
      'description',
      undefined,
      writer.leaf('description/short', description?.short),
      writer.leaf('description/long', description?.long),
      writer.leaf('description/full', description?.full),
    ),
    writer.element(
      'org',
      'org',
      undefined,
      writer.leaf('org/orgname', org?.name),
      ...(org?.units ?? []).map((unit, index) => writer.leaf(`org/orgunit[${index}]`, unit, {}, 'orgunit')),
      writer.leaf('org/type', org?.type),
      writer.leaf('org/id', org?.id),
    ),
    writeTimeFrame(writer, 'timeframe', group.timeFrame),
    writer.element(
      'enrollcontrol',
      'enrollcontrol',
      undefined,
      writer.leaf('enrollcontrol/enrollaccept', writeFlag(enrollControl?.accept)),
      writer.leaf('enrollcontrol/enrollallowed', writeFlag(enrollControl?.allowed)),
    ),
    writer.leaf('email', group.email),
    writer.leaf('url', group.url),
    ...(group.relationships ?? []).map(({ relation, target, label, source }, index) => {
      const path = `relationship[${index}]`;
      const id = idOf(target);
      return writer.element(
        path,
        'relationship',
        { relation: relationNumbers[relation] },
        writeSourcedId(writer, `${path}/sourcedid`, source === undefined ? id : { ...id, source }),
        // The DTD requires it; an empty one counts as absent.
        writer.leaf(`${path}/label`, label) || '<label/>',
      );
    }),
    writer.leaf('datasource', group.dataSource),
  );
}
