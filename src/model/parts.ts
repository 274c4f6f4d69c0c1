import Type, { type Static, type TSchema } from 'typebox';

/** A text field; `doc` becomes its line in the reference page. */
export const text = (doc: string) => Type.String({ description: doc });
/** An optional text field. */
export const optionalText = (doc: string) => Type.Optional(text(doc));
/** An optional yes/no field. */
export const optionalFlag = (doc: string) => Type.Optional(Type.Boolean({ description: doc }));
/** An optional number. */
export const optionalNumber = (doc: string) => Type.Optional(Type.Number({ description: doc }));
/** An optional list. */
export const optionalList = <T extends TSchema>(item: T, doc: string) =>
  Type.Optional(Type.Array(item, { description: doc }));

/** What only one standard has, under that standard's name (`imsEs`, `imsXml`, `oneRoster`); never read by another. */
export const Extension = Type.Object(
  {
    imsEs: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    imsXml: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    oneRoster: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { description: 'What only one standard has, kept for that standard' },
);
export type Extension = Static<typeof Extension>;

/** A text with its language (IMS `comments`, `recordInfo`). */
export const Comment = Type.Object({ text: text('The remark'), language: optionalText('Language tag') });
export type Comment = Static<typeof Comment>;

/** A log-in or identifier of a person or role (IMS `userid`, `userId`; OneRoster `userIds`). */
export const UserId = Type.Object({
  value: text('The identifier'),
  type: optionalText('What kind of identifier'),
  password: optionalText('Password as the sender gave it; given back only to IMS clients'),
  passwordEncryption: optionalText('How the password is encrypted'),
  authentication: optionalText('Authentication type'),
});
export type UserId = Static<typeof UserId>;

/**
 * A span of days (IMS `timeframe`). Dates are `YYYY-MM-DD`; `start` is the first day, `end` the first day after
 * (decisions 1.9), so IMS's inclusive `end` is moved by one day on the way in and back on the way out.
 */
export const TimeFrame = Type.Object({
  start: optionalText('First day'),
  end: optionalText('First day after'),
  startRestrict: optionalFlag('No participation before the start'),
  endRestrict: optionalFlag('No participation after the end'),
  adminPeriod: optionalText('Administrative period'),
});
export type TimeFrame = Static<typeof TimeFrame>;

/** A result of a membership's role (IMS `interimresult`, `finalresult`). */
export const RoleResult = Type.Object({
  type: optionalText('Result type'),
  comments: Type.Optional(Comment),
  valueType: optionalText('0 list, 1 range'),
  list: optionalList(Type.String(), 'Possible values'),
  min: optionalText('Lowest value, as written'),
  max: optionalText('Highest value, as written'),
  mode: optionalText('Grading mode'),
  result: optionalText('The result'),
});
export type RoleResult = Static<typeof RoleResult>;

/** A sender's own name for a record: IMS `sourcedid` with source, id and type, kept to be given back. */
export const SourcedId = Type.Object({
  source: optionalText('Who gave the id'),
  id: text('The id'),
  type: optionalText('New, Old or Duplicate'),
});
export type SourcedId = Static<typeof SourcedId>;

/** How a record stands to another one. */
export const relations = ['parent', 'child', 'knownAs'] as const;
/** A relationship; `target` is a guid in the store, and may be a key in a change (see `roster.execute`). */
export const Relationship = Type.Object({
  relation: Type.Union([Type.Literal('parent'), Type.Literal('child'), Type.Literal('knownAs')], {
    description: 'parent, child or knownAs',
  }),
  target: text('The other record'),
  label: optionalText('What the sender calls the relationship'),
  source: optionalText('Source of the id as sent'),
  extension: Type.Optional(Extension),
});
export type Relationship = Static<typeof Relationship>;
