import Type, { type Static } from 'typebox';
import { Extension, optionalNumber, optionalText } from '../parts.ts';

/** A category of line items (OneRoster 1.1 and 1.2 `category`). */
export const Category = Type.Object({
  title: optionalText('Title'),
  weight: optionalNumber('Weight'),
  extension: Type.Optional(Extension),
});
export type Category = Static<typeof Category>;
