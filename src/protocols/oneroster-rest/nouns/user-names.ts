import type { Person } from '../../../model/index.ts';

/** Given and family name, both required of a OneRoster user. */
export interface UserNames {
  readonly givenName: string;
  readonly familyName: string;
}

/** Takes a full name apart: `Family, Given`, else the last word is the family name. */
function splitFormatted(formatted: string): Partial<UserNames> {
  const text = formatted.trim().replace(/\s+/g, ' ');
  const comma = text.indexOf(',');
  const [family, given] =
    comma >= 0
      ? [text.slice(0, comma), text.slice(comma + 1)]
      : [text.slice(text.lastIndexOf(' ') + 1), text.slice(0, Math.max(text.lastIndexOf(' '), 0))];
  return {
    ...(given.trim() === '' ? {} : { givenName: given.trim() }),
    ...(family.trim() === '' ? {} : { familyName: family.trim() }),
  };
}

/**
 * The names of a user (OneRoster 1.2, `User.givenName`, `familyName`). What the sender did not give is taken from the
 * full name, else from the nickname (given name only), else from the user name, else from the `sourcedId`.
 */
export function userNames(person: Person, username: string | undefined, sourcedId: string): UserNames {
  const { given, family, formatted, nickname } = person.name ?? {};
  if (given && family) return { givenName: given, familyName: family };
  const split: Partial<UserNames> = formatted ? splitFormatted(formatted) : {};
  return {
    givenName: given || split.givenName || nickname || username || sourcedId,
    familyName: family || split.familyName || username || sourcedId,
  };
}
