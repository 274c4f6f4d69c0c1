import type { NoticeKind } from '../../base/problem.ts';
import { endsKey, type RosterType, type SourcedId } from '../../model/index.ts';
import type { RemoveChange, WriteChange } from '../../roster/index.ts';
import type { FeedItem, ReadOptions, Seed } from '../../sync/index.ts';
import { makeXmlParser, type XmlElement, XmlError } from '../../wire/index.ts';
import { readGroup } from './group.ts';
import { readMember } from './membership.ts';
import { chooseIds, readSourcedId } from './parts.ts';
import { readPerson } from './person.ts';
import { makeReading } from './reading.ts';
import { containerPath, keptOf } from './rest.ts';
import { fileTypeOf } from './stream/file-type.ts';
import { idInText } from './stream/id-in-text.ts';
import { plainName } from './stream/markup.ts';
import { type MembershipHead, makeMembershipHead } from './stream/membership-head.ts';
import { type Piece, recordLimits, type StreamSource } from './stream/piece.ts';
import { repairRecord } from './stream/repair.ts';
import { makeSeedOf, type Seeded } from './stream/seeds.ts';

type Part = Extract<Piece, { kind: 'part' }>;
type Oversize = Extract<Piece, { kind: 'oversize' }>;

const rankOf = (type: 'person' | 'group'): number => (type === 'person' ? 1 : 2);

/** Turns pieces into feed items. */
export interface PieceReader {
  read(piece: Piece): void;
  /** Whether the bytes are those of a record that is known; it counts as read then. */
  known: StreamSource['known'];
  /** How far the order of the file's elements has come. */
  rank(): number;
  /** Says that records were passed by, and how far they have come. */
  passed(rank: number): void;
  /** Looks back at the whole file; throws an {@link XmlError} where nothing in it is of the format. */
  end(): void;
}

/**
 * Makes a {@link PieceReader} that puts its items into `items`, in file order. `encoding` is that of the bytes at hand, which
 * mean something else in another.
 */
export function makePieceReader(options: ReadOptions, items: FeedItem[], encoding: () => string): PieceReader {
  const { fingerprints } = options;
  const parser = makeXmlParser(false, { depth: recordLimits.depth, elements: recordLimits.elements });
  const reading = makeReading(options.namespace, options.sourceInKey);
  const op = options.mode === 'full' ? 'replace' : 'upsert';
  let container: MembershipHead | undefined;
  let known = 0;
  let firstUnknown: { name: string; line: number } | undefined;
  let propertiesSeen = false;
  let highest = 0;
  const whole: Seeded = { seed: undefined };
  const seedIn = makeSeedOf(fingerprints, encoding);
  const seedOf = (group: MembershipHead | undefined): Seed =>
    group === undefined ? seedIn(whole, () => '') : seedIn(group, () => `${group.key ?? ''}\u0000${group.headText}`);

  const notice = (kind: NoticeKind, text: string, line: number, type?: RosterType, id?: string): void => {
    items.push({
      kind: 'notice',
      notice: kind,
      line,
      ...(type !== undefined && { type }),
      ...(id !== undefined && { id }),
      text,
    });
  };

  const flushNotes = (type: RosterType | undefined, id: string | undefined): void => {
    for (const note of reading.notes) notice(note.notice, note.text, note.line, type, id);
    reading.notes.length = 0;
  };

  const repaired = (part: Part): string => repairRecord(part.text, part.line, reading.note);

  // A record that is not well-formed is rejected alone, unless another may have been swallowed by it.
  const parse = (part: Part, text: string): XmlElement | XmlError => {
    try {
      return parser.parse(text, part.line);
    } catch (error) {
      if (!(error instanceof XmlError) || part.nested) throw error;
      return error;
    }
  };

  const reject = (part: Part | Oversize, type: RosterType, kind: NoticeKind, text: string, line = part.line): void => {
    const sourced = idInText(part.text);
    let key = sourced === undefined ? undefined : reading.keyOf(type === 'group' ? 'group' : 'person', sourced);
    if (type === 'membership') {
      key = key === undefined || container?.key === undefined ? undefined : endsKey(container.key, key, 'person');
    }
    items.push({
      kind: 'rejected',
      type,
      ...(key !== undefined && { key }),
      line,
      ...(sourced !== undefined && { id: sourced.id }),
      notice: kind,
      text,
    });
  };

  const rejectXml = (part: Part, type: RosterType, error: XmlError): void => {
    flushNotes(type, undefined);
    const kind = error.code === 'too-large' ? 'rejected.too-large' : 'rejected.unreadable';
    reject(part, type, kind, `the record is not used: ${error.message}`, error.line);
  };

  const standalone = (part: Part, type: 'person' | 'group'): void => {
    reading.begin();
    if (fingerprints.known(type, seedOf(undefined), part.bytes, 0, part.bytes.length)) {
      highest = rankOf(type);
      return;
    }
    const hash = fingerprints.hash();
    inOrder(rankOf(type), type, part.line);
    const xml = parse(part, repaired(part));
    if (xml instanceof XmlError) {
      rejectXml(part, type, xml);
      return;
    }
    const { value: record, extension } = reading.apart(() =>
      type === 'person' ? readPerson(reading, xml) : readGroup(reading, xml),
    );
    const { main, old } = chooseIds(record.ids);
    flushNotes(type, main?.id);
    if (main === undefined) {
      reject(part, type, 'rejected.missing-id', `a ${type} without sourcedid is not used`);
      return;
    }
    const key = reading.keyOf(type, main);
    const data = extension === undefined ? record.data : { ...record.data, extension };
    const change: WriteChange | RemoveChange = record.removed
      ? { op: 'remove', type, key }
      : {
          op,
          type,
          key,
          data: data as WriteChange['data'],
          ...(options.sourceInKey && { imsId: main.id }),
          sourcedIds: record.ids,
          hash,
        };
    const renamedFrom = old === undefined ? undefined : reading.keyOf(type, old);
    items.push({
      kind: 'record',
      type,
      hash,
      line: part.line,
      id: main.id,
      change,
      ...(renamedFrom !== undefined && renamedFrom !== key && { renamedFrom }),
    });
  };

  const member = (part: Part | Oversize, group: MembershipHead): void => {
    const type = 'membership';
    if (part.kind === 'oversize') {
      reject(part, type, 'rejected.too-large', `a member is not used: ${part.why}`);
      return;
    }
    reading.begin();
    if (group.key === undefined) {
      reject(part, type, 'rejected.missing-id', 'a member of a membership without sourcedid is not used');
      return;
    }
    if (fingerprints.known(type, seedOf(group), part.bytes, 0, part.bytes.length)) return;
    const hash = fingerprints.hash();
    const xml = parse(part, repaired(part));
    if (xml instanceof XmlError) {
      rejectXml(part, type, xml);
      return;
    }
    const { value: read, extension } = reading.apart(() => {
      reading.keepAll(group.head);
      return readMember(reading, xml);
    });
    flushNotes(type, read.id?.id);
    if (read.id === undefined) {
      reject(part, type, 'rejected.missing-id', 'a member without sourcedid is not used');
      return;
    }
    const memberKey = reading.keyOf(read.memberType, read.id);
    const { withoutRoles } = read;
    const change: WriteChange | RemoveChange = read.removed
      ? {
          op: 'remove',
          type,
          key: endsKey(group.key, memberKey, read.memberType),
          ...(withoutRoles.length > 0 && { roles: withoutRoles }),
        }
      : {
          op,
          type,
          data: {
            group: group.key,
            member: memberKey,
            ...read.data,
            ...(extension !== undefined && { extension }),
          } as WriteChange['data'],
          // A full snapshot is taken as a whole; elsewhere a role with recstatus speaks of itself only.
          ...(read.roleLevel && options.mode !== 'full' && { addRoles: true }),
          ...(withoutRoles.length > 0 && options.mode !== 'full' && { withoutRoles }),
          hash,
        };
    items.push({ kind: 'record', type, hash, line: part.line, id: read.id.id, change });
  };

  const inMembership = (part: Part | Oversize, group: MembershipHead): void => {
    if (part.name === 'member') {
      group.members += 1;
      if (group.key !== undefined || group.waitingLength > recordLimits.bytes) {
        member(part, group);
        return;
      }
      // Its bytes are only lent.
      group.waiting.push(part.kind === 'part' ? { ...part, bytes: Uint8Array.from(part.bytes) } : part);
      group.waitingLength += part.text.length;
      return;
    }
    if (part.kind === 'oversize') {
      notice('repair.unknown-element', `<${part.name}> in <membership> is left out: ${part.why}`, part.line);
      return;
    }
    reading.begin();
    const xml = parse(part, repaired(part));
    if (xml instanceof XmlError) {
      notice('repair.unknown-element', `<${part.name}> in <membership> is left out: ${xml.message}`, part.line);
      return;
    }
    const sourced = part.name === 'sourcedid' ? readSourcedId(reading, xml, 'sourcedid') : undefined;
    if (sourced !== undefined && group.key === undefined && sourced.type?.toLowerCase() !== 'old') {
      flushNotes('membership', undefined);
      useGroup(group, sourced);
    } else {
      if (part.name !== 'comments' && part.name !== 'sourcedid') {
        reading.note('repair.unknown-element', `<${part.name}> in <membership> is kept with its members`, part.line);
      }
      group.headText += part.text;
      group.seed = undefined;
      const { extension } = reading.apart(() => reading.keep(containerPath, xml));
      group.head.push(...keptOf(extension));
      flushNotes('membership', undefined);
    }
  };

  const useGroup = (group: MembershipHead, sourced: SourcedId): void => {
    group.key = reading.keyOf('group', sourced);
    items.push({ kind: 'listed-group', key: group.key, line: group.line });
    if (group.waiting.length > 0) {
      notice('repair.element-order', 'members stand before the sourcedid of their group', group.line);
    }
    release(group);
  };

  const release = (group: MembershipHead): void => {
    const { waiting } = group;
    group.waiting = [];
    for (const part of waiting) member(part, group);
  };

  const openMembership = (tag: string, line: number): void => {
    known += 1;
    container = makeMembershipHead(line);
    if (/\s\w[^>]*=/.test(tag)) noteTag(tag, line, 'membership');
    inOrder(3, 'membership', line);
  };

  const closeMembership = (): void => {
    const group = container;
    if (group === undefined) return;
    release(group);
    if (group.key === undefined && group.members === 0) {
      notice('rejected.missing-id', 'a membership without sourcedid is not used', group.line, 'membership');
    }
    container = undefined;
  };

  const noteTag = (tag: string, line: number, name: string): void => {
    reading.begin();
    try {
      const xml = parser.parse(tag.endsWith('/>') ? tag : `${tag.slice(0, -1)}/>`, line);
      reading.declare(xml.attributes);
      const ignored = Object.keys(xml.attributes).filter((word) => !/^(xmlns|xsi:|xml:)/.test(word));
      if (ignored.length < Object.keys(xml.attributes).length) {
        notice('repair.namespace-ignored', `the namespace of <${name}> is ignored`, line);
      }
      if (ignored.length > 0) notice('repair.unknown-element', `${ignored.join(', ')} of <${name}> is ignored`, line);
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      notice('repair.unknown-element', `the attributes of <${name}> are ignored: ${error.message}`, line);
    }
  };

  const inOrder = (rank: number, name: string, line: number): void => {
    if (rank < highest) notice('repair.element-order', `<${name}> stands after what should follow it`, line);
    highest = rank;
  };

  const properties = (part: Part): void => {
    propertiesSeen = true;
    reading.begin();
    const xml = parse(part, repaired(part));
    let fileType: 'full' | 'delta' | 'event' | undefined;
    if (!(xml instanceof XmlError)) {
      const type = xml.children.find((child) => reading.nameOf(child) === 'type');
      const word = type?.text.trim().toLowerCase() ?? '';
      fileType = fileTypeOf(word);
      if (word !== '' && fileType === undefined) {
        reading.note('repair.unknown-vocabulary', `the file's type "${word.slice(0, 40)}" says nothing`, part.line);
      }
    }
    flushNotes(undefined, undefined);
    items.push({ kind: 'properties', ...(fileType !== undefined && { fileType }), line: part.line });
  };

  const inEnterprise = (part: Part | Oversize): void => {
    const { name, line } = part;
    if (name === 'person' || name === 'group') {
      known += 1;
      if (part.kind === 'part') standalone(part, name);
      else {
        inOrder(rankOf(name), name, line);
        reject(part, name, 'rejected.too-large', `a ${name} is not used: ${part.why}`);
      }
    } else if (name === 'properties' && part.kind === 'part') {
      known += 1;
      properties(part);
    } else if (name !== 'comments') {
      firstUnknown ??= { name, line };
      notice('repair.unknown-element', `<${name.slice(0, 64)}> in <enterprise> is ignored`, line);
    }
  };

  return {
    read(piece) {
      switch (piece.kind) {
        case 'open':
          if (piece.container === 'membership') {
            openMembership(piece.tag, piece.line);
            return;
          }
          propertiesSeen = false;
          highest = 0;
          if (/\s\w[^>]*=/.test(piece.tag)) noteTag(piece.tag, piece.line, 'enterprise');
          noteCase(piece.tag, piece.line);
          return;
        case 'close':
          if (piece.container === 'membership') {
            closeMembership();
            return;
          }
          if (!propertiesSeen) notice('repair.properties-missing', 'the file has no <properties>', piece.line);
          return;
        case 'notice':
          notice(piece.notice, piece.text, piece.line);
          return;
        default:
          return piece.container === 'membership' && container !== undefined
            ? inMembership(piece, container)
            : inEnterprise(piece);
      }
    },
    rank: () => highest,
    passed(rank) {
      known += 1;
      highest = rank;
    },
    known(holder, name, bytes, from, to) {
      if (holder === 'membership') {
        if (container?.key === undefined) return false;
        if (!fingerprints.known('membership', seedOf(container), bytes, from, to)) return false;
        container.members += 1;
        return true;
      }
      const type = name === 'group' ? 'group' : 'person';
      if (!fingerprints.known(type, seedOf(undefined), bytes, from, to)) return false;
      known += 1;
      highest = rankOf(type);
      return true;
    },
    end() {
      if (known > 0 || firstUnknown === undefined) return;
      throw new XmlError(
        'unreadable-input',
        `this is no IMS Enterprise file: it holds no person, group or membership, but <${firstUnknown.name.slice(0, 64)}>`,
        { line: firstUnknown.line },
      );
    },
  };

  function noteCase(tag: string, line: number): void {
    const raw = /^<([^\s/>]+)/.exec(tag)?.[1] ?? '';
    if (raw.includes(':')) notice('repair.namespace-ignored', `the prefix of <${raw}> is ignored`, line);
    if (raw !== raw.toLowerCase()) notice('repair.case-folded', `<${raw}> is read as <${plainName(raw)}>`, line);
  }
}
