import { isNationalId, type Person, type UserId } from '../../model/index.ts';

/** By what two persons are probably one, as {@link Pair.by} has it. */
export type Sameness = 'name and birthday' | 'login' | 'email' | 'national id' | 'user id';

/** Something that few persons have in common. */
export interface Identity {
  readonly by: Sameness;
  /** Normalised, and apart from identities of other kinds; log-ins and user ids are one kind. */
  readonly text: string;
}

/** Shorter log-ins and ids say nothing. */
const shortest = 3;

/** What a person can be recognised by beside the sender's id (`feeds.md` 0.9); a log-in and a user id may be the same. */
export function identitiesOf(person: Person): Identity[] {
  const found = new Map<string, Identity>();
  const add = (by: Sameness, kind: string, value: string | undefined) => {
    const text = normal(value ?? '');
    if (text.length >= shortest && !found.has(`${kind} ${text}`))
      found.set(`${kind} ${text}`, { by, text: `${kind} ${text}` });
  };
  const { name, demographics, email, username, userIds, userMasterIdentifier } = person;
  if (name?.family !== undefined && name.given !== undefined && demographics?.birthDate !== undefined) {
    const names = [name.family, name.given].map(normal);
    if (!names.includes('')) add('name and birthday', 'name', `${names.join(' | ')} | ${demographics.birthDate}`);
  }
  add('email', 'email', email);
  add('login', 'account', username);
  userIds?.forEach((userId, at) => {
    const by = sameness(userId, at);
    add(by, by === 'national id' ? 'national' : 'account', userId.value);
  });
  add('user id', 'account', userMasterIdentifier);
  return [...found.values()];
}

/** The first user id without a type is the user name of IMS; words of types are the senders' own. */
function sameness({ type = '' }: UserId, at: number): Sameness {
  if (isNationalId(type)) return 'national id';
  if ((type === '' && at === 0) || /log.?(in|on)|user.?name/i.test(type)) return 'login';
  return 'user id';
}

/** Without case, marks above and below letters, and white space that counts for nothing. */
function normal(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

/** A person's name for people. */
export function nameOf({ name }: Person): string | null {
  return name?.formatted ?? ([name?.given, name?.family].filter(Boolean).join(' ') || null);
}
