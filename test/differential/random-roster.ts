/** A person of a random roster. */
export interface RandomPerson {
  readonly id: string;
  readonly given: string;
  readonly family: string;
  readonly email: string | undefined;
}

/** A group of a random roster. A course is archived where others are trashed. */
export interface RandomGroup {
  readonly id: string;
  readonly title: string;
  readonly kind: 'school' | 'class' | 'course';
  readonly parent: string | undefined;
}

/** A membership of a random roster. */
export interface RandomMember {
  readonly group: string;
  readonly person: string;
  readonly roles: readonly ('01' | '02')[];
}

/** A whole roster, by id; memberships by `group/person`. */
export interface RandomRoster {
  readonly persons: ReadonlyMap<string, RandomPerson>;
  readonly groups: ReadonlyMap<string, RandomGroup>;
  readonly members: ReadonlyMap<string, RandomMember>;
}

/** How large a random roster is, at most, and which kinds of groups it has. */
export interface RosterSize {
  /** Kinds of the groups in turn; the first, which is always there, takes members. */
  readonly kinds: readonly RandomGroup['kind'][];
  /** Kinds of groups that take members. */
  readonly joined: readonly RandomGroup['kind'][];
  readonly persons: number;
  readonly groups: number;
  readonly members: number;
}

/** Numbers from 0 up to 1 that follow from a seed. */
export type Chance = () => number;

/** Makes a {@link Chance} (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const below = (chance: Chance, limit: number) => Math.floor(chance() * limit);
const names = ['Åse', 'Bo', 'Çelik', 'Dag & Dina', 'Eva <E>', "O'Hara", '李', 'Zoë'];
const nameOf = (chance: Chance) => names[below(chance, names.length)] ?? '';

/**
 * A random roster; `before` is the one that it follows: most of its records stay as they are, some change, some go. At
 * least one record of each kind is there, since a type that is missing altogether is held.
 */
export function randomRoster(chance: Chance, size: RosterSize, before?: RandomRoster): RandomRoster {
  const persons = new Map<string, RandomPerson>();
  const groups = new Map<string, RandomGroup>();
  const members = new Map<string, RandomMember>();
  const keep = 0.5 + chance() / 2;
  const change = chance() / 3;
  const take = <T>(there: T | undefined, make: () => T): T | undefined => {
    if (there === undefined) return chance() < 0.6 ? make() : undefined;
    if (chance() > keep) return undefined;
    return chance() < change ? make() : there;
  };
  const fill = <T>(
    target: Map<string, T>,
    count: number,
    letter: string,
    old: ReadonlyMap<string, T> | undefined,
    make: (id: string) => T,
  ) => {
    for (let at = 0; at < count; at += 1) {
      const id = `${letter}${at}`;
      const made = take(old?.get(id), () => make(id));
      if (made !== undefined || at === 0) target.set(id, made ?? old?.get(id) ?? make(id));
    }
  };
  fill(persons, size.persons, 'p', before?.persons, (id) => ({
    id,
    given: nameOf(chance),
    family: `${nameOf(chance)} ${id}`,
    email: chance() < 0.5 ? `${id}.${below(chance, 3)}@example.org` : undefined,
  }));
  fill(groups, size.groups, 'g', before?.groups, (id) => {
    const old = before?.groups.get(id);
    const kind = old?.kind ?? size.kinds[Number(id.slice(1)) % size.kinds.length] ?? 'class';
    return { id, title: `${nameOf(chance)} ${below(chance, 4)}`, kind, parent: undefined };
  });
  const schools = [...groups.values()].filter(({ kind }) => kind === 'school');
  for (const [id, group] of groups) {
    // A school that goes takes along what is below it, so that what stays must be below another one.
    const stays = group.parent !== undefined && groups.get(group.parent)?.kind === 'school';
    const school = schools[below(chance, schools.length)]?.id;
    const moved = chance() < 0.8 && group.kind !== 'school' ? school : undefined;
    groups.set(id, { ...group, parent: stays && chance() < 0.9 ? group.parent : moved });
  }
  const groupIds = [...groups.values()].filter(({ kind }) => size.joined.includes(kind)).map(({ id }) => id);
  const personIds = [...persons.keys()];
  const add = (group: string, person: string) =>
    members.set(`${group}/${person}`, {
      group,
      person,
      roles: chance() < 0.8 ? ['01'] : chance() < 0.5 ? ['02'] : ['01', '02'],
    });
  for (const [name, member] of before?.members ?? []) {
    if (!groups.has(member.group) || !persons.has(member.person) || chance() > keep) continue;
    if (chance() < change) add(member.group, member.person);
    else members.set(name, member);
  }
  const wanted = before === undefined ? size.members : below(chance, size.members / 2);
  for (let at = 0; at < wanted || members.size === 0; at += 1) {
    const group = groupIds[below(chance, groupIds.length)] ?? '';
    const person = personIds[below(chance, personIds.length)] ?? '';
    if (!members.has(`${group}/${person}`)) add(group, person);
  }
  return { persons, groups, members };
}
